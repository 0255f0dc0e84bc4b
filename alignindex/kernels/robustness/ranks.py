"""Rank kernels: ranks of every draw, quantiles over the draws, distances between rankings.

**Ties.** Scores are put on a lattice of width `unit` (2^-40 of the range of an index, about 1e-12)
and compared as integers. Rounding errors of a score are under 2^-45, so two scores that are equal
in exact arithmetic come to the same lattice point or to two adjacent ones. Neighbours in the order
that are at most one point apart are one tie. Equal scores therefore always share a rank, in
whatever order and by whatever route they were summed; two that differ by more than two units
never do, unless scores between them fill the gap in steps of a unit. Rows with the same profile
are one entry with a multiplicity and tie by construction.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from alignindex.kernels.scoring.aggregate import NOISE
from alignindex.kernels.typing import Floats, Ints

__all__ = [
    "TIES",
    "UNIT",
    "copeland",
    "count_upto",
    "kendall_distance",
    "lattice",
    "quantile_rows",
    "rank_draws",
    "rank_quantiles",
]

Ties = Literal["min", "average", "max"]
TIES = get_args(Ties)

UNIT = 2.0**-40
UNKNOWN = 1 << 41  # lattice point of an unknown score: after all others
BLOCK = 1 << 16  # scores sorted at once: a few int64 temporaries stay in a core's cache
KEYS = 65_535  # largest two-byte key
LEAST_STEP = 16  # minimum of draws sorted at once: narrower columns would waste each cache line


def lattice(scores: Floats, origin: float = 0.0, unit: float = UNIT) -> Ints:
    """Lattice points of scores, descending: the highest score has the smallest point.

    Parameters
    ----------
    scores : ndarray
        NaN = unknown.
    origin, unit : float
        ``(scores - origin) / unit`` must lie within ±2^40.

    Examples
    --------
    >>> lattice(np.array([0.5, 1.0, np.nan]), unit=0.25)
    array([           -2,            -4, 2199023255552])
    """
    points = (origin - scores) * (1.0 / unit)
    np.rint(points, out=points)
    if points.size and np.isnan(points.min()):  # the minimum of numbers and NaN is NaN
        np.copyto(points, float(UNKNOWN), where=np.isnan(points))
    return points.astype(np.int64)


def _ranks(points: Ints, count: NDArray[np.integer], ties: Ties, out: NDArray[np.integer]) -> None:
    """Put twice the rank of each entry into `out`, (n, draws); points are (draws, n)."""
    draws, n = points.shape
    bits = max(1, (n - 1).bit_length())
    np.left_shift(points, bits, out=points)
    np.bitwise_or(points, np.arange(n), out=points)
    points.sort(axis=1)
    entry = points & ((1 << bits) - 1)
    np.right_shift(points, bits, out=points)
    own = count.take(entry)
    last = np.cumsum(own, axis=1, dtype=count.dtype)
    first = np.subtract(last, own, out=own)
    first += 1
    gap = np.diff(points, axis=1)
    if gap.size and gap.min() <= 1:
        tied = gap <= 1
        start = np.zeros((draws, n), dtype=bool)
        np.logical_not(tied, out=start[:, 1:])
        start[:, 0] = True
        first = np.maximum.accumulate(np.where(start, first, 0), axis=1)
        end = np.ones((draws, n), dtype=bool)
        np.logical_not(tied, out=end[:, :-1])
        far = np.where(end, last, np.iinfo(last.dtype).max)[:, ::-1]
        last = np.minimum.accumulate(far, axis=1)[:, ::-1]
    doubled = first + (last if ties == "average" else first) if ties != "max" else last + last
    if points[:, -1].max() >= UNKNOWN:
        doubled[points >= UNKNOWN] = 0
    # Scattered and transposed at once: entry e of draw d stands at e * draws + d.
    entry *= draws
    entry += np.arange(draws)[:, None]
    table = np.empty(n * draws, dtype=out.dtype)
    table[entry.ravel()] = doubled.ravel()
    out[...] = table.reshape(n, draws)


def rank_draws(
    scores: Floats,
    count: Ints | None = None,
    *,
    ties: Ties = "min",
    origin: float = 0.0,
    unit: float = UNIT,
    out: NDArray[np.integer] | None = None,
) -> NDArray[np.integer]:
    """Twice the rank of every entry in every draw; the highest score has rank 1.

    Ranks are doubled so that average ranks are integers too.

    Parameters
    ----------
    scores : ndarray, shape (n, draws)
        NaN = unknown: such an entry has no rank and takes no place. n < 2^21.
    count : ndarray of int, shape (n,), optional
        How many dyads have this profile; 1 unless given.
    ties : {"min", "average", "max"}
        Which rank equal scores share, all dyads of the profile included.
    origin, unit : float
        Lattice; see the top of this module.
    out : ndarray of int, shape (n, draws), optional
        Where to put the result.

    Returns
    -------
    ndarray of int, shape (n, draws)
        0 where the score is unknown.

    Examples
    --------
    >>> rank_draws(np.array([[0.3], [0.1 + 0.2], [0.9], [np.nan]])).ravel() / 2
    array([2., 2., 1., 0.])
    >>> rank_draws(np.array([[0.3], [0.9]]), np.array([1, 3]), ties="average").ravel() / 2
    array([4., 2.])
    """
    n, draws = scores.shape
    counts = np.ones(n, dtype=np.int64) if count is None else count
    narrow = 2 * int(counts.sum()) <= np.iinfo(np.int32).max
    counts = counts.astype(np.int32 if narrow else np.int64)
    result = np.empty((n, draws), dtype=np.int64) if out is None else out
    step = max(LEAST_STEP, BLOCK // max(n, 1))
    for start in range(0, draws if n else 0, step):
        part = slice(start, min(start + step, draws))
        points = np.ascontiguousarray(lattice(scores[:, part], origin, unit).T)
        _ranks(points, counts, ties, result[:, part])
    return result


def quantile_rows(values: Floats, probabilities: Floats) -> Floats:
    """Quantiles of each row, NaN left out, linear between order statistics (type 7).

    `values` is put in another order, in place.

    Parameters
    ----------
    values : ndarray, shape (n, draws)
    probabilities : ndarray, shape (p,)
        In [0, 1].

    Returns
    -------
    ndarray, shape (n, p)
        NaN where a row has no value.

    Examples
    --------
    >>> quantile_rows(np.array([[3.0, np.nan, 1.0, 2.0]]), np.array([0.25, 0.5]))
    array([[1.5, 2. ]])
    """
    draws = values.shape[1]
    known = draws - np.count_nonzero(np.isnan(values), axis=1)
    place = np.maximum(known - 1, 0)[:, None] * probabilities
    below = np.floor(place).astype(np.intp)
    above = np.minimum(below + 1, np.maximum(known - 1, 0)[:, None])
    if len(values) and known.min() == draws:
        ends, which = np.unique([below[0], above[0]], return_inverse=True)
        least, greatest = _order_statistics(values, ends)[:, which.reshape(2, -1)].swapaxes(0, 1)
    else:
        values.sort(axis=1)
        rows = np.arange(len(values))[:, None]
        least, greatest = values[rows, below], values[rows, above]
    share = place - below
    # From the nearer end, so that equal neighbours give themselves.
    between: Floats = least * (1.0 - share) + greatest * share
    return np.where(least == greatest, least, between)


def _order_statistics(values: Floats, places: NDArray[np.intp]) -> Floats:
    """Values at some places of each row in rising order, (n, places); no NaN, rising places.

    Two-byte keys are sorted in place of the values: they fall behind nothing that is smaller, so
    the value wanted is among the few with the key at its place.
    """
    n, draws = values.shape
    least = values.min(axis=1, keepdims=True)
    span = values.max(axis=1, keepdims=True) - least
    scaled = values - least
    scaled *= KEYS / np.where(span > 0, span, 1.0)
    keys = np.minimum(scaled, KEYS, out=scaled).astype(np.uint16)
    ordered = np.sort(keys, axis=1, kind="stable")  # a radix sort
    key = ordered[:, places]
    before = count_upto(ordered, key.astype(np.int64) - 1)
    out = np.empty((n, len(places)))
    for j, place in enumerate(places):
        flat = np.flatnonzero(keys == key[:, j, None])
        if len(flat) > values.size // 8:  # nearly all in one place: no gain from keys
            values.partition(places, axis=1)
            return values[:, places]
        row, found = flat // draws, values.ravel()[flat]
        found = found[np.lexsort((found, row))]
        out[:, j] = found[np.searchsorted(row, np.arange(n)) + place - before[:, j]]
    return out


def count_upto(ordered: NDArray[np.integer], limit: Ints | int) -> Ints:
    """Count the entries of each sorted row that are at most each of its limits.

    Parameters
    ----------
    ordered : ndarray of int, shape (n, m)
        Rows rise.
    limit : int or ndarray of int, shape (p,) or (n, p)

    Returns
    -------
    ndarray of int, shape (n, p)

    Examples
    --------
    >>> count_upto(np.array([[0, 2, 2, 4], [1, 1, 1, 1]]), np.array([0, 2]))
    array([[1, 3],
           [0, 4]])
    """
    n, m = ordered.shape
    limits = np.broadcast_to(limit, (n, np.shape(np.atleast_1d(limit))[-1]))
    rows = np.arange(n)[:, None]
    low, high = np.zeros(limits.shape, dtype=np.int64), np.full(limits.shape, m, dtype=np.int64)
    for _ in range(m.bit_length()):  # halving: every row at once
        middle = (low + high) // 2
        going = low < high
        fits = going & (ordered[rows, np.minimum(middle, m - 1)] <= limits)
        low = np.where(fits, middle + 1, low)
        high = np.where(going & ~fits, middle, high)
    return low


def rank_quantiles(doubled: NDArray[np.integer], probabilities: Floats) -> Floats:
    """Quantiles of the ranks of each row: the smallest rank r with P(rank <= r) at least p.

    `doubled` is sorted in place.

    Parameters
    ----------
    doubled : ndarray of int, shape (n, draws)
        From :func:`rank_draws`; 0 = unknown.
    probabilities : ndarray, shape (p,)
        In [0, 1].

    Returns
    -------
    ndarray, shape (n, p)
        Ranks that occur; NaN where no draw has one.

    Examples
    --------
    >>> rank_quantiles(np.array([[2, 2, 4, 0]]), np.array([0.5, 0.95]))
    array([[1., 2.]])
    """
    doubled.sort(axis=1, kind="stable" if doubled.dtype.itemsize == 2 else None)
    draws = doubled.shape[1]
    unknown = count_upto(doubled, 0)[:, 0]
    known = draws - unknown
    # p x draws carries rounding noise: 0.05 x 1000 may come as 50.000000000000004.
    place = np.ceil(known[:, None] * probabilities - 1e-9).astype(np.intp)
    place = np.clip(place - 1, 0, np.maximum(known - 1, 0)[:, None]) + unknown[:, None]
    picked = doubled[np.arange(len(doubled))[:, None], np.minimum(place, draws - 1)]
    return np.where((known > 0)[:, None], picked / 2.0, np.nan)


def kendall_distance(nominal: Floats, scores: Floats, unit: float = UNIT) -> Floats:
    r"""Kendall's distance of rankings to a nominal one, as a share of the pairs.

    A pair that is in opposite order counts 1, one that is tied in only one of the two counts
    1/2 (Fagin et al. 2006, :math:`K^{(1/2)}`). Entries that are unknown in either are left out.

    Parameters
    ----------
    nominal : ndarray, shape (n,)
    scores : ndarray, shape (n, draws)
    unit : float
        Scores that differ by at most two units are tied.

    Returns
    -------
    ndarray, shape (draws,)
        In [0, 1]; NaN where fewer than two entries are known.

    Examples
    --------
    >>> kendall_distance(np.array([1.0, 2.0, 3.0]), np.array([[1.0, 3.0], [2.0, 2.0], [3.0, 1.0]]))
    array([0., 1.])
    """
    total, pairs = np.zeros(scores.shape[1]), np.zeros(scores.shape[1])
    margin = 2.0 * unit
    for i in range(len(nominal) - 1):
        before = nominal[i] - nominal[i + 1 :]
        step = scores[i] - scores[i + 1 :]
        known = ~(np.isnan(before)[:, None] | np.isnan(step))
        old = np.sign(np.where(np.abs(before) > margin, before, 0.0))[:, None]
        new = np.sign(np.where(np.abs(step) > margin, step, 0.0))
        total += np.where(known, np.abs(old - new) / 2.0, 0.0).sum(axis=0)
        pairs += known.sum(axis=0)
    return np.where(pairs > 0, total / np.where(pairs > 0, pairs, 1.0), np.nan)


def copeland(codes: Floats, weights: Floats) -> tuple[Floats, Ints]:
    """Copeland's wins minus losses of every row against the other rows of its group.

    A row beats another when the weight of the indicators on which it is higher exceeds the weight
    of those on which it is lower, over the indicators known for both. It says something about a
    place in this group only, and nothing about a level.

    Parameters
    ----------
    codes : ndarray, shape (n, k)
        NaN = unknown.
    weights : ndarray, shape (k,)

    Returns
    -------
    balance : ndarray, shape (n,)
        (wins - losses) / comparisons, in [-1, 1]; NaN for a row that can be compared with none.
    comparisons : ndarray of int, shape (n,)
        Other rows that share a known indicator.

    Examples
    --------
    >>> copeland(np.array([[1.0, 1.0], [0.5, np.nan], [0.0, 0.5]]), np.array([1.0, 1.0]))
    (array([ 1.,  0., -1.]), array([2, 2, 2]))
    """
    n = len(codes)
    balance, comparisons = np.zeros(n), np.zeros(n, dtype=np.int64)
    known = ~np.isnan(codes) & (weights > 0)
    margin = NOISE * weights.sum()
    for i in range(n):
        both = known & known[i]
        ahead = codes[i] - codes  # codes that differ by rounding alone are equal
        lead = np.where(both & (np.abs(ahead) > NOISE), np.sign(ahead), 0.0) @ weights
        won = np.where(np.abs(lead) > margin, np.sign(lead), 0.0)
        compared = both.any(axis=1)
        compared[i] = False
        balance[i] = won[compared].sum()
        comparisons[i] = compared.sum()
    with np.errstate(invalid="ignore"):  # no comparison: 0/0 is NaN
        balance /= comparisons
    return balance, comparisons
