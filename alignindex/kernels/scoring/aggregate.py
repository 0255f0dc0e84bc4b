"""Aggregation kernels: codes on the last axis become one value; NaN codes are left out.

Every kernel goes column by column over blocks that fit the cache, with elementwise operations
only. So the value of a row depends on that row alone, to the last bit, whatever the blocks.
Children of weight 0 take no part. A row without any code gives NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alignindex.kernels.typing import Bools, Floats

__all__ = [
    "falls_short",
    "minimum",
    "observed_weight",
    "stages",
    "weighted_geometric",
    "weighted_mean",
    "weighted_sum",
]

Columns = NDArray[np.intp]

# Rounding: values that differ by less are equal, and a cut-point missed by less is met.
NOISE = 1e-12
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


class _Buffers(NamedTuple):
    """Scratch space of one call: a block after block allocates nothing."""

    total: Floats
    term: Floats
    rest: Floats
    weight: Floats
    seen: NDArray[np.bool_]
    pattern: NDArray[np.uint8]

    def first(self, n: int) -> _Buffers:
        """Return the buffers cut to n rows."""
        return _Buffers(
            self.total[:n],
            self.term[:n],
            self.rest[:n],
            self.weight[:n],
            self.seen[:n],
            self.pattern[:n],
        )


def _buffers(n: int) -> _Buffers:
    total, term, rest, weight = np.empty((4, n))
    return _Buffers(total, term, rest, weight, np.empty(n, np.bool_), np.empty(n, np.uint8))


def _observed(table: Floats, columns: Columns, weights: Floats, use: _Buffers) -> Floats:
    """Total weight of the codes that are not NaN, row by row.

    Eight columns at a time become the bits of one byte, which looks its sum up in a table of
    256: less memory traffic than adding masked weights.
    """
    if columns.size == 0:  # no weight is positive, and the buffer holds what was there before
        use.weight.fill(0.0)
    for first in range(0, columns.size, 8):
        group = columns[first : first + 8]
        use.pattern.fill(0)
        bits = use.seen.view(np.uint8)
        for bit, j in enumerate(group):
            np.equal(table[:, j], table[:, j], out=use.seen)
            np.left_shift(bits, bit, out=bits)
            np.bitwise_or(use.pattern, bits, out=use.pattern)
        sums = _subset_sums(weights[group])
        if first == 0:
            sums.take(use.pattern, mode="clip", out=use.weight)
        else:
            np.add(use.weight, sums.take(use.pattern, mode="clip"), out=use.weight)
    return use.weight


def _total(
    table: Floats,
    columns: Columns,
    weights: Floats,
    use: _Buffers,
    transform: Callable[[Floats], object] | None = None,
) -> Floats:
    """Sum of weight x code over the codes that are not NaN, row by row."""
    use.total.fill(0.0)
    # One look at the block saves two passes a column: codes are hardly ever negative.
    signed = transform is not None or np.fmin.reduce(table, axis=None, initial=0.0) < 0
    for j in columns:
        if transform is None:
            np.multiply(table[:, j], weights[j], out=use.term)
        else:
            # On contiguous values only: numpy's vector and scalar loops may differ in the last bit.
            np.copyto(use.term, table[:, j])
            transform(use.term)
            np.multiply(use.term, weights[j], out=use.term)
        # fmin and fmax against 0 split a term in its two signs and turn NaN into 0, in half
        # the time of a masked assignment.
        if signed:
            np.fmin(use.term, 0.0, out=use.rest)
            np.add(use.total, use.rest, out=use.total)
        np.fmax(use.term, 0.0, out=use.term)
        np.add(use.total, use.term, out=use.total)
    return use.total


def _reduce(
    codes: ArrayLike,
    weights: ArrayLike,
    block: Callable[[Floats, Columns, Floats, _Buffers, Floats], object],
) -> Floats:
    """Call ``block(table, columns, weights, buffers, out)`` on blocks of rows."""
    table, shape = _rows(codes)
    w = np.asarray(weights, dtype=np.float64)
    columns = np.flatnonzero(w)
    out = np.empty(len(table))
    buffers = _buffers(min(BLOCK, len(table)))
    for rows in _blocks(len(table)):
        part = table[rows]
        block(part, columns, w, buffers.first(len(part)), out[rows])
    return out.reshape(shape)


def falls_short(coverage: Floats, least: float) -> Bools:
    """Where a coverage is below the required one by more than rounding.

    Sums of weights carry noise: 0.6 may come as 0.6 - 1e-16. NaN (nothing applies) does not.

    Examples
    --------
    >>> falls_short(np.array([0.6 - 1e-16, 0.5, np.nan]), 0.6)
    array([False,  True, False])
    """
    return coverage < least - NOISE


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

    def block(table: Floats, columns: Columns, w: Floats, use: _Buffers, out: Floats) -> None:
        np.copyto(out, _observed(table, columns, w, use))

    return _reduce(codes, weights, block)


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
        NaN where every code of positive weight is NaN.

    Examples
    --------
    >>> weighted_mean([[1.0, 0.5], [np.nan, 0.5], [np.nan, np.nan]], [1, 3])
    array([0.625, 0.5  ,   nan])
    """

    def block(table: Floats, columns: Columns, w: Floats, use: _Buffers, out: Floats) -> None:
        total, seen = _total(table, columns, w, use), _observed(table, columns, w, use)
        with np.errstate(invalid="ignore"):  # 0/0 is the NaN of a row without codes
            np.divide(total, seen, out=out)

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
        NaN where every code of positive weight is NaN.

    Examples
    --------
    >>> weighted_sum([[1.0, 1.0, 0.0], [1.0, np.nan, np.nan], [np.nan] * 3], [1, 1, 1])
    array([ 2.,  1., nan])
    """

    def block(table: Floats, columns: Columns, w: Floats, use: _Buffers, out: Floats) -> None:
        np.copyto(out, _total(table, columns, w, use))
        out[_observed(table, columns, w, use) == 0] = np.nan

    return _reduce(codes, weights, block)


def weighted_geometric(codes: ArrayLike, weights: ArrayLike) -> Floats:
    r"""Weighted geometric mean, :math:`\prod c_j^{w_j / \sum w}` over the codes that are not NaN.

    Parameters
    ----------
    codes : array_like, shape (..., k)
        >= 0; NaN is left out. A 0 that rounding has put below 0 counts as 0.
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

    def log(term: Floats) -> None:
        np.maximum(term, 0.0, out=term)  # NaN stays NaN
        np.log(term, out=term)

    def block(table: Floats, columns: Columns, w: Floats, use: _Buffers, out: Floats) -> None:
        with np.errstate(invalid="ignore", divide="ignore"):  # log 0 = -inf, exp(-inf) = 0
            total = _total(table, columns, w, use, log)
            np.divide(total, _observed(table, columns, w, use), out=out)
        np.exp(out, out=out)

    return _reduce(codes, weights, block)


def minimum(codes: ArrayLike, weights: ArrayLike) -> Floats:
    """Minimum of the codes that are not NaN; a code takes part if its weight is > 0.

    Parameters
    ----------
    codes : array_like, shape (..., k)
        NaN is left out.
    weights : array_like, shape (k,)

    Returns
    -------
    ndarray, shape (...)
        NaN where every code of positive weight is NaN.

    Examples
    --------
    >>> minimum([[0.5, 0.25], [np.nan, 1.0]], [1, 1])
    array([0.25, 1.  ])
    """

    def block(table: Floats, columns: Columns, w: Floats, use: _Buffers, out: Floats) -> None:
        np.copyto(out, table[:, columns[0]])
        for j in columns[1:]:
            np.fmin(out, table[:, j], out=out)

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
        Code from which a stage is reached, but for rounding: a node below may give 0.5 - 1e-16.

    Returns
    -------
    ndarray, shape (...)
        NaN where every code of positive weight is NaN.

    Examples
    --------
    >>> stages([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]], [1, 1, 2], met=0.5)
    array([0.5, 0. ])
    """
    least = met - NOISE

    def block(table: Floats, columns: Columns, w: Floats, use: _Buffers, out: Floats) -> None:
        reached = np.zeros(len(table))
        going = np.ones(len(table), dtype=bool)
        for j in columns:
            going &= ~(table[:, j] < least)  # a comparison with NaN is False
            reached += np.where(going & (table[:, j] >= least), w[j], 0.0)
        with np.errstate(invalid="ignore"):
            np.divide(reached, _observed(table, columns, w, use), out=out)

    return _reduce(codes, weights, block)
