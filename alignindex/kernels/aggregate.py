"""Aggregation kernels: codes on the last axis become one value; NaN codes are left out.

Every kernel goes column by column over blocks that fit the cache, with elementwise operations
only: the value of a row depends on nothing but that row, to the last bit, whatever the blocks.
Children of weight 0 take no part. A row without any code gives NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "minimum",
    "observed_weight",
    "stages",
    "weighted_geometric",
    "weighted_mean",
    "weighted_sum",
]

Floats = NDArray[np.float64]

BLOCK = 32_768  # rows: a few float64 temporaries of this length stay in a core's own cache


def _rows(codes: ArrayLike) -> tuple[Floats, tuple[int, ...]]:
    """Codes as a table (rows, k), and the shape that its result has."""
    table = np.asarray(codes, dtype=np.float64)
    return table.reshape(-1, table.shape[-1]), table.shape[:-1]


def _blocks(n: int) -> Iterator[slice]:
    for start in range(0, n, BLOCK):
        yield slice(start, min(start + BLOCK, n))


def _subset_sums(weights: Floats) -> Floats:
    """Sum of the weights of every subset; subset s holds column j if bit j of s is set.

    Adding in column order gives the same floating-point sum as a loop over the columns.
    """
    sums = np.zeros(1 << weights.size)
    for j, weight in enumerate(weights):
        sums[1 << j : 2 << j] = sums[: 1 << j] + weight
    return sums


def _observed(table: Floats, columns: NDArray[np.intp], weights: Floats) -> Floats:
    """Total weight of the codes that are not NaN, row by row.

    Eight columns at a time become the bits of one byte, which looks its sum up in a table of
    256: about half the memory traffic of adding masked weights.
    """
    total = np.zeros(len(table))
    for first in range(0, columns.size, 8):
        group = columns[first : first + 8]
        pattern = np.zeros(len(table), dtype=np.uint8)
        for bit, j in enumerate(group):
            column = table[:, j]
            seen = np.equal(column, column).view(np.uint8)
            np.left_shift(seen, bit, out=seen)
            pattern |= seen
        sums = _subset_sums(weights[group]).take(pattern, mode="clip")
        total = sums if first == 0 else np.add(total, sums, out=total)
    return total


def _total(
    table: Floats,
    columns: NDArray[np.intp],
    weights: Floats,
    transform: Callable[[Floats], object] | None = None,
) -> Floats:
    """Sum of weight x code over the codes that are not NaN, row by row."""
    total = np.zeros(len(table))
    scratch, rest = np.empty_like(total), np.empty_like(total)
    for j in columns:
        np.copyto(scratch, table[:, j])
        if transform is not None:
            # On contiguous values only: numpy's vector and scalar loops may differ in the last bit.
            transform(scratch)
        scratch *= weights[j]
        # fmin and fmax against 0 split a term in its two signs and turn NaN into 0, in half
        # the time of a masked assignment.
        np.fmin(scratch, 0.0, out=rest)
        np.fmax(scratch, 0.0, out=scratch)
        total += rest
        total += scratch
    return total


def _reduce(
    codes: ArrayLike,
    weights: ArrayLike,
    block: Callable[[Floats, NDArray[np.intp], Floats], Floats],
) -> Floats:
    table, shape = _rows(codes)
    w = np.asarray(weights, dtype=np.float64)
    columns = np.flatnonzero(w)
    out = np.empty(len(table))
    for rows in _blocks(len(table)):
        out[rows] = block(table[rows], columns, w)
    return out.reshape(shape)


def observed_weight(codes: ArrayLike, weights: ArrayLike) -> Floats:
    r"""Total weight of the codes that are not NaN.

    Parameters
    ----------
    codes : array_like, shape (..., k)
    weights : array_like, shape (k,)
        Finite, >= 0.

    Returns
    -------
    ndarray, shape (...)

    Examples
    --------
    >>> observed_weight([[0.5, np.nan], [1.0, 0.0]], [1, 3])
    array([1., 4.])
    """
    return _reduce(codes, weights, _observed)


def weighted_mean(codes: ArrayLike, weights: ArrayLike) -> Floats:
    r"""Weighted arithmetic mean, :math:`\sum w_j c_j / \sum w_j` over the codes that are not NaN.

    Parameters
    ----------
    codes : array_like, shape (..., k)
        NaN is left out.
    weights : array_like, shape (k,)
        Finite, >= 0, not all 0; only their ratios count.

    Returns
    -------
    ndarray, shape (...)
        NaN where no code of positive weight is there.

    Examples
    --------
    >>> weighted_mean([[1.0, 0.5], [np.nan, 0.5], [np.nan, np.nan]], [1, 3])
    array([0.625, 0.5  ,   nan])
    """

    def block(table: Floats, columns: NDArray[np.intp], w: Floats) -> Floats:
        with np.errstate(invalid="ignore"):  # 0/0 is the NaN of a row without codes
            return _total(table, columns, w) / _observed(table, columns, w)

    return _reduce(codes, weights, block)


def weighted_sum(codes: ArrayLike, weights: ArrayLike) -> Floats:
    r"""Weighted sum, :math:`\sum w_j c_j` over the codes that are not NaN.

    Parameters
    ----------
    codes : array_like, shape (..., k)
        NaN is left out.
    weights : array_like, shape (k,)
        Finite, >= 0.

    Returns
    -------
    ndarray, shape (...)
        NaN where no code of positive weight is there.

    Examples
    --------
    >>> weighted_sum([[1.0, 1.0, 0.0], [1.0, np.nan, np.nan], [np.nan] * 3], [1, 1, 1])
    array([ 2.,  1., nan])
    """

    def block(table: Floats, columns: NDArray[np.intp], w: Floats) -> Floats:
        total = _total(table, columns, w)
        total[_observed(table, columns, w) == 0] = np.nan
        return total

    return _reduce(codes, weights, block)


def weighted_geometric(codes: ArrayLike, weights: ArrayLike) -> Floats:
    r"""Weighted geometric mean, :math:`\prod c_j^{w_j / \sum w}` over the codes that are not NaN.

    Parameters
    ----------
    codes : array_like, shape (..., k)
        >= 0; NaN is left out.
    weights : array_like, shape (k,)
        Finite, >= 0, not all 0; only their ratios count.

    Returns
    -------
    ndarray, shape (...)
        0 where any code of positive weight is 0; NaN where there is none.

    Examples
    --------
    >>> weighted_geometric([[0.25, 1.0], [0.0, 1.0], [np.nan, 0.5]], [1, 1])
    array([0.5, 0. , 0.5])
    """

    def block(table: Floats, columns: NDArray[np.intp], w: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):  # log 0 = -inf, exp(-inf) = 0
            total = _total(table, columns, w, lambda column: np.log(column, out=column))
            return np.exp(total / _observed(table, columns, w))

    return _reduce(codes, weights, block)


def minimum(codes: ArrayLike, weights: ArrayLike) -> Floats:
    """Least code among those that are not NaN; weights only tell who takes part (> 0).

    Parameters
    ----------
    codes : array_like, shape (..., k)
        NaN is left out.
    weights : array_like, shape (k,)

    Returns
    -------
    ndarray, shape (...)
        NaN where no code of positive weight is there.

    Examples
    --------
    >>> minimum([[0.5, 0.25], [np.nan, 1.0]], [1, 1])
    array([0.25, 1.  ])
    """

    def block(table: Floats, columns: NDArray[np.intp], w: Floats) -> Floats:
        least = table[:, columns[0]].copy()
        for j in columns[1:]:
            np.fmin(least, table[:, j], out=least)
        return least

    return _reduce(codes, weights, block)


def stages(codes: ArrayLike, weights: ArrayLike, met: float) -> Floats:
    r"""Weight of the stages reached, as a share; a stage counts only when the earlier ones do.

    Stage j is reached when its code and all the earlier codes are at least `met`; the value is
    :math:`\sum_{j \text{ reached}} w_j / \sum_j w_j` (a cumulative, or Guttman, scale).

    Parameters
    ----------
    codes : array_like, shape (..., k)
        In the order of the stages. NaN is left out: that stage does not exist for the row.
    weights : array_like, shape (k,)
        Finite, >= 0, not all 0; only their ratios count.
    met : float
        Code from which a stage is reached.

    Returns
    -------
    ndarray, shape (...)
        NaN where no code of positive weight is there.

    Examples
    --------
    >>> stages([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]], [1, 1, 2], met=0.5)
    array([0.5, 0. ])
    """

    def block(table: Floats, columns: NDArray[np.intp], w: Floats) -> Floats:
        reached = np.zeros(len(table))
        open_ = np.ones(len(table), dtype=bool)
        for j in columns:
            column = table[:, j]
            open_ &= ~(column < met)  # a NaN fails nothing
            reached += np.where(open_ & (column >= met), w[j], 0.0)
        with np.errstate(invalid="ignore"):
            return reached / _observed(table, columns, w)

    return _reduce(codes, weights, block)
