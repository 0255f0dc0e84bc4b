"""Kernels for several poles at once: rows are states in a year, the last axis their partners.

NaN is a missing partner. Scores are >= 0 unless a kernel says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from alignindex.kernels.typing import Bools, Floats, Ints

__all__ = [
    "MULTI_VECTOR",
    "NON_ALIGNED",
    "WITH",
    "align",
    "biplot",
    "depth",
    "effective_partners",
    "likeness",
    "nominal_types",
    "others_mean",
    "possible_types",
    "top_two",
]


NON_ALIGNED, MULTI_VECTOR, WITH = 0, 1, 2  # class WITH + j: with partner j
TINY = np.finfo(np.float64).tiny
WIDE = 16  # partners from which numpy's reductions over a row beat passes over the columns
BLOCK = 256  # rows at a time
ROUNDING = 1e-12  # scores are sums of products: 0.4 - 0.3 is a little more than 0.1


def depth(x: ArrayLike, k: int = 2) -> Floats:
    """k-th highest score among the partners of each row.

    Parameters
    ----------
    x : array_like, shape (..., p)
    k : int
        From 1.

    Returns
    -------
    ndarray, shape (...)
        NaN where fewer than k partners are observed.

    Examples
    --------
    >>> depth([[0.75, 0.25, 0.5], [0.75, np.nan, np.nan]])
    array([0.5, nan])
    """
    scores = np.asarray(x, dtype=np.float64)
    p = scores.shape[-1]
    if k > p:
        return np.full(scores.shape[:-1], np.nan)
    if k <= 2:
        value = top_two(scores)[k - 1]
    else:
        known = np.where(np.isnan(scores), -np.inf, scores)
        value = np.partition(known, p - k, axis=-1)[..., p - k]
    return np.where(np.isneginf(value), np.nan, value)


def effective_partners(x: ArrayLike) -> Floats:
    r"""Hill numbers of order 0, 1 and 2 of the shares of the scores.

    With shares :math:`p_j = x_j / \sum x`: N0 the number of positive scores, N1 =
    :math:`\exp(-\sum p_j \log p_j)`, N2 = :math:`1/\sum p_j^2`; N2 <= N1 <= N0 (Hill 1973,
    doi:10.2307/1934352).

    Parameters
    ----------
    x : array_like, shape (..., p)
        >= 0.

    Returns
    -------
    ndarray, shape (..., 3)
        NaN where no score is positive.

    Examples
    --------
    >>> effective_partners([[0.1, 0.1, 0.1, 0.1], [1.0, 0.0, np.nan, 0.0]])
    array([[4., 4., 4.],
           [1., 1., 1.]])
    """
    scores = np.asarray(x, dtype=np.float64)
    flat = scores.reshape(-1, scores.shape[-1])
    out = np.empty((len(flat), 3))
    for start in range(0, len(flat), BLOCK):  # what is made on the way stays in the cache
        out[start : start + BLOCK] = _hill(flat[start : start + BLOCK])
    return out.reshape(*scores.shape[:-1], 3)


def _hill(scores: Floats) -> Floats:
    share = np.fmax(scores, 0.0)  # fmax turns NaN into 0
    total = share.sum(axis=1, keepdims=True)
    share /= np.where(total > 0, total, np.nan)
    squares = np.einsum("mp,mp->m", share, share)
    positive = np.count_nonzero(share > 0, axis=1).astype(np.float64)
    # p log p is 0 at p = 0, where the log is taken of the smallest number instead.
    entropy = -np.einsum("mp,mp->m", share, np.log(np.maximum(share, TINY)))
    number = np.where(np.isnan(squares), np.nan, positive)
    return np.stack([number, np.exp(entropy), 1.0 / squares], axis=1)


def top_two(x: ArrayLike) -> tuple[Floats, Floats, Ints]:
    """Highest and second-highest score of each row, and where the first stands.

    Parameters
    ----------
    x : array_like, shape (..., p)
        p from 1.

    Returns
    -------
    first, second : ndarray, shape (...)
        -inf where there is none.
    place : ndarray of int, shape (...)
        The first of equals; 0 in a row without any score.

    Examples
    --------
    >>> top_two([[0.75, 0.25, 0.5], [np.nan, 0.25, np.nan]])
    (array([0.75, 0.25]), array([ 0.5, -inf]), array([0, 1]))
    """
    scores = np.asarray(x, dtype=np.float64)
    shape, p = scores.shape[:-1], scores.shape[-1]
    flat = scores.reshape(-1, p)
    if p > WIDE:
        first, second = np.empty((2, len(flat)))
        place = np.empty(len(flat), dtype=np.int64)
        for start in range(0, len(flat), BLOCK):  # what is made on the way stays in the cache
            part = slice(start, start + BLOCK)
            known = np.where(np.isnan(flat[part]), -np.inf, flat[part])
            rows, at = np.arange(len(known)), known.argmax(axis=1)
            first[part], place[part] = known[rows, at], at
            known[rows, at] = -np.inf
            known.max(axis=1, out=second[part])
    else:  # a reduction over a few cells costs more than as many passes over the rows
        columns = np.array(flat.T, order="C")
        columns[np.isnan(columns)] = -np.inf
        first, second = np.full((2, len(flat)), -np.inf)
        place, least = np.zeros(len(flat), dtype=np.int64), np.empty(len(flat))
        for j, column in enumerate(columns):
            place[column > first] = j
            np.minimum(first, column, out=least)
            np.maximum(second, least, out=second)
            np.maximum(first, column, out=first)
    return first.reshape(shape), second.reshape(shape), place.reshape(shape)


def nominal_types(x: ArrayLike, *, thresholds: Sequence[float], margin: float) -> Ints:
    """Class of each row at each threshold, by the scores as they are.

    In order: no tie reaches the threshold: non-aligned; the second tie also does and lies within
    the margin of the first: multi-vector; otherwise with the partner of the first.

    Parameters
    ----------
    x : array_like, shape (m, p)
        NaN is unknown and takes no part.
    thresholds : sequence of float
    margin : float

    Returns
    -------
    ndarray of int, shape (thresholds, m)
        0 non-aligned, 1 multi-vector, 2 + j with partner j; -1 without any score.

    Examples
    --------
    >>> nominal_types([[0.3, 0.2], [0.6, 0.55], [0.8, 0.5]], thresholds=[0.4], margin=0.1)
    array([[0, 1, 2]])
    """
    first, second, place = top_two(np.asarray(x, dtype=np.float64))
    near = second >= first - (margin + ROUNDING)
    out = np.empty((len(thresholds), len(first)), dtype=np.int64)
    for row, threshold in zip(out, thresholds, strict=True):
        least = threshold - ROUNDING
        both = np.where(near & (second >= least), MULTI_VECTOR, WITH + place)
        row[:] = np.where(first < least, NON_ALIGNED, both)
    out[:, np.isneginf(first)] = -1
    return out


def possible_types(low: ArrayLike, high: ArrayLike, *, threshold: float, margin: float) -> Bools:
    """Classes that each row has for some scores within its bounds.

    Parameters
    ----------
    low, high : array_like, shape (m, p)
        NaN in both: not a partner.
    threshold, margin : float

    Returns
    -------
    ndarray of bool, shape (m, p + 2)
        Columns: non-aligned, multi-vector, with partner 0, 1, ... None in a row without bounds.

    Examples
    --------
    >>> possible_types([[0.3, 0.2]], [[0.6, 0.2]], threshold=0.4, margin=0.1)
    array([[ True, False,  True, False]])
    """
    low, high = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    least, near = threshold - ROUNDING, margin + ROUNDING
    low_first, low_second, low_place = top_two(low)
    high_first, high_second, _ = top_two(high)
    possible = np.zeros((len(low), low.shape[1] + 2), dtype=bool)
    possible[:, NON_ALIGNED] = ~np.isneginf(high_first) & (low_first < least)
    # The least demanding top for a near second: as low as the others and the threshold allow.
    top = np.maximum(low_first, least)
    possible[:, MULTI_VECTOR] = (high_first >= top) & (high_second >= np.maximum(least, top - near))
    for j in range(low.shape[1]):
        rival = np.where(low_place == j, low_second, low_first)
        alone = (rival < least) | (high[:, j] - rival > near)
        with np.errstate(invalid="ignore"):  # a missing partner compares as False
            possible[:, WITH + j] = (high[:, j] >= least) & (high[:, j] >= rival) & alone
    return possible


def others_mean(x: ArrayLike, group: Ints, *, min_others: int = 3) -> Floats:
    """Mean of the *other* values of the same group.

    Parameters
    ----------
    x : array_like, shape (..., n)
        NaN is unknown and counts nowhere.
    group : ndarray of int, shape (n,)
        From 0; -1 belongs to none.
    min_others : int
        Number of others that a mean needs.

    Returns
    -------
    ndarray, shape (..., n)
        NaN where x is unknown, without a group, or with fewer than `min_others` others.

    Examples
    --------
    >>> others_mean([0.5, 0.25, 0.75, 0.0], np.array([0, 0, 0, -1]), min_others=2)
    array([0.5  , 0.625, 0.375,   nan])
    """
    values = np.asarray(x, dtype=np.float64)
    flat = values.reshape(-1, values.shape[-1])
    groups = int(group.max(initial=-1)) + 1
    seen = ~np.isnan(flat) & (group >= 0)
    cell = (np.where(group >= 0, group, 0) + groups * np.arange(len(flat))[:, None])[seen]
    size = np.bincount(cell, minlength=max(groups * len(flat), 1))
    total = np.bincount(cell, weights=flat[seen], minlength=max(groups * len(flat), 1))
    out = np.full(flat.shape, np.nan)
    others = size[cell] - 1
    mean = np.full(len(cell), np.nan)
    np.divide(total[cell] - flat[seen], others, out=mean, where=others >= max(min_others, 1))
    out[seen] = mean
    return out.reshape(values.shape)


def likeness(x: ArrayLike, *, min_shared: int = 1) -> tuple[Floats, Ints]:
    """How alike the ties of two states are: 1 - mean absolute difference over shared partners.

    Parameters
    ----------
    x : array_like, shape (..., s, p)
        Scores in [0, 1].
    min_shared : int
        Number of shared partners that a value needs.

    Returns
    -------
    value : ndarray, shape (..., s, s)
        In [0, 1]; NaN below `min_shared` shared partners.
    shared : ndarray of int, shape (..., s, s)

    Examples
    --------
    >>> likeness([[0.5, 0.25], [0.25, 0.25]])[0]
    array([[1.   , 0.875],
           [0.875, 1.   ]])
    """
    scores = np.asarray(x, dtype=np.float64)
    unknown = np.isnan(scores)
    held = np.where(unknown, 0.0, scores)
    seen = (~unknown).astype(np.float64)
    shared = np.rint(seen @ np.swapaxes(seen, -1, -2)).astype(np.int64)
    # An unknown stands as 0 in the distances: take what that adds out again.
    alone = np.abs(held) @ np.swapaxes(unknown.astype(np.float64), -1, -2)
    total = _distances(held) - (alone + np.swapaxes(alone, -1, -2))
    enough = shared >= max(min_shared, 1)
    value = np.full(total.shape, np.nan)
    np.divide(np.maximum(total, 0.0), shared, out=value, where=enough)
    return 1.0 - value, shared


def _distances(x: Floats) -> Floats:
    """Sum of absolute differences of every two rows."""
    from scipy.spatial.distance import pdist, squareform

    flat = x.reshape(-1, *x.shape[-2:])
    out = [squareform(pdist(part, "cityblock")) for part in flat]
    return np.stack(out).reshape(*x.shape[:-1], x.shape[-2])


def biplot(x: ArrayLike) -> tuple[Floats, Floats, float]:
    """States and partners in two dimensions: singular vectors of the column-centred scores.

    Parameters
    ----------
    x : array_like, shape (s, p)
        States with a missing partner get NaN and take no part.

    Returns
    -------
    states : ndarray, shape (s, 2)
        Row coordinates in units of the scores: distances between states are those of their ties,
        as far as two dimensions show them.
    partners : ndarray, shape (p, 2)
        Unit-length directions, as far as two dimensions show them.
    explained : float
        Share of the sum of squares that the two dimensions show; NaN if nothing varies.

    Examples
    --------
    >>> states, partners, explained = biplot([[1.0, 0.0], [0.0, 0.0], [0.5, 0.0]])
    >>> np.abs(states[:, 0]), explained
    (array([0.5, 0.5, 0. ]), 1.0)
    """
    scores = np.asarray(x, dtype=np.float64)
    whole = ~np.isnan(scores).any(axis=1)
    states, partners = np.full((len(scores), 2), np.nan), np.zeros((scores.shape[1], 2))
    if not whole.any():
        return states, np.full_like(partners, np.nan), np.nan
    centred = scores[whole] - scores[whole].mean(axis=0)
    left, size, right = np.linalg.svd(centred, full_matrices=False)
    size[size < 1e-12] = 0.0
    kept = min(2, len(size))
    states[whole] = 0.0
    states[whole, :kept] = left[:, :kept] * size[:kept]
    partners[:, :kept] = right[:kept].T * (size[:kept] > 0)
    total = float(np.square(size).sum())
    explained = float(np.square(size[:kept]).sum()) / total if total > 0 else np.nan
    return states, partners, explained


def align(moving: Floats, fixed: Floats) -> Floats:
    """Rotation or reflection that brings one set of points nearest to another (Procrustes).

    Parameters
    ----------
    moving, fixed : ndarray, shape (n, 2)
        Rows with NaN in either are left out.

    Returns
    -------
    ndarray, shape (2, 2)
        Orthogonal R, for ``moving @ R``; the identity where no row is left.

    Examples
    --------
    >>> points = np.array([[1.0, 0.0], [0.0, 2.0]])
    >>> align(points @ np.array([[0.0, 1.0], [-1.0, 0.0]]), points).round(6) + 0.0
    array([[ 0., -1.],
           [ 1.,  0.]])
    """
    rows = ~(np.isnan(moving).any(axis=1) | np.isnan(fixed).any(axis=1))
    if not rows.any():
        return np.eye(2)
    left, _, right = np.linalg.svd(moving[rows].T @ fixed[rows])
    rotation: Floats = left @ right
    return rotation
