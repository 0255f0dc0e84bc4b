"""Segmentation kernels: exact least-squares break points of many short series at once.

Series are packed first (unobserved years squeezed out), so that a position counts *observed*
years. With S the running sum of a centred series, a regime over positions i .. j - 1 explains
:math:`g(i, j) = (S_j - S_i)^2 / (j - i)` of its sum of squares; the best k breaks maximise the
sum of g. Years run down the first axis inside, so that every pass is over contiguous memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from alignindex.kernels.dynamics.paths import Packed, pack
from alignindex.kernels.typing import Floats, Ints

__all__ = [
    "FLOOR",
    "MIN_YEARS",
    "RHO_LIMIT",
    "Segments",
    "blocks",
    "common_rho",
    "correction",
    "forward",
    "last_gain",
    "line_evidence",
    "line_rss",
    "segment",
    "squares_around_mean",
]


BLOCK = 1024  # series at once: a (years, series) table of float64 stays in a core's own cache
FLOOR = 0.01  # sd added to the noise, so that a step in a noiseless series costs a finite amount
MIN_YEARS = 4  # observed years of a regime
RHO_LIMIT = 0.85  # the estimate is cut here: series of some decades cannot tell more


class Segments(NamedTuple):
    """Regimes of each series; K is the maximum number of breaks that any series may have.

    Attributes
    ----------
    breaks : ndarray of int, shape (n,)
        Number of breaks chosen.
    start : ndarray of int, shape (n, K)
        Packed position of the first year of each new regime, then -1.
    mean : ndarray, shape (n, K + 1)
        Mean of each regime, then NaN.
    rss : ndarray, shape (n,)
        Sum of squares around these means.
    evidence : ndarray, shape (n,)
        The criterion at the chosen number of breaks (0 without breaks).
    odds : ndarray, shape (n,)
        exp(-criterion / 2) summed over the numbers of breaks >= 1, each at its best: the
        evidence for any break against none, on the scale of a Bayes factor.
    """

    breaks: Ints
    start: Ints
    mean: Floats
    rss: Floats
    evidence: Floats
    odds: Floats


def _lag_moment(x: Floats, lag: int, *, trimmed: bool) -> float:
    """Square of the median absolute difference, or the mean of the lower 90 % of its squares."""
    size = np.abs(x[:, lag:] - x[:, :-lag])
    size = size[~np.isnan(size)]
    if size.size == 0:
        return 0.0
    if not trimmed:
        return float(np.median(size)) ** 2
    keep = max(1, int(0.9 * size.size))
    return float(np.mean(np.partition(size, keep - 1)[:keep] ** 2))


def common_rho(x: ArrayLike) -> float:
    r"""Estimate the serial correlation of the noise, pooled over all series.

    For stationary AR(1) noise :math:`E(x_t - x_{t-2})^2 / E(x_t - x_{t-1})^2 = 1 + \rho`. Medians
    of absolute differences stand for the moments, since a few steps hardly move them; where the
    median is 0 (many codes never move) the mean of the lower 90 % of the squares does. Clipped to
    [0, 0.85]; 0 where nothing moves.

    Parameters
    ----------
    x : array_like, shape (n, t)
        Calendar years, NaN unobserved.

    Examples
    --------
    >>> common_rho([[0.0, 1.0, 0.0, 1.0, 0.5, 0.25]])
    0.0
    """
    series = np.asarray(x, dtype=np.float64)
    if series.shape[1] < 3:
        return 0.0
    for trimmed in (False, True):
        one, two = (_lag_moment(series, lag, trimmed=trimmed) for lag in (1, 2))
        if one > 0:
            return float(np.clip(two / one - 1.0, 0.0, RHO_LIMIT))
    return 0.0


def correction(rho: float) -> float:
    """Variance inflation of a mean under AR(1) noise: (1 + rho) / (1 - rho)."""
    return (1.0 + rho) / (1.0 - rho)


def blocks(packed: Packed) -> Iterator[tuple[slice, Floats, Ints]]:
    """Blocks of series as running sums (t + 1, m) of centred values, with the counts."""
    for first in range(0, len(packed.length), BLOCK):
        part = slice(first, min(first + BLOCK, len(packed.length)))
        count = packed.length[part]
        x = packed.values[part].T
        x = np.where(np.isnan(x), 0.0, x)
        centre = x.sum(axis=0) / np.maximum(count, 1)
        x -= centre
        x[np.arange(len(x))[:, None] >= count] = 0.0
        sums = np.zeros((len(x) + 1, len(count)))
        np.cumsum(x, axis=0, out=sums[1:])
        yield part, sums, count


def forward(sums: Floats, most: int, min_years: int) -> Floats:
    """Best explained sum of squares of positions 0 .. j - 1 with k breaks, as [k, j].

    Passes over the series, for each pair i < j: 3 for g(i, j), then 2 (add, maximum) for every
    number of breaks that still leaves room.
    """
    t, m = sums.shape[0] - 1, sums.shape[1]
    best = np.full((most, t + 1, m), -np.inf)
    gain, scratch = np.empty((t, m)), np.empty((t, m))
    length = np.arange(t, 0, -1, dtype=np.float64)[:, None]
    for j in range(min_years, t - min_years + 1):
        np.multiply(sums[j], sums[j], out=best[0, j])
        best[0, j] /= j
        stop = j - min_years + 1  # break positions i < stop
        if stop <= min_years or most < 2:
            continue
        g = gain[min_years:stop]
        np.subtract(sums[j], sums[min_years:stop], out=g)
        np.multiply(g, g, out=g)
        np.divide(g, length[t - j + min_years : t - j + stop], out=g)
        for k in range(1, min(most, j // min_years)):
            rows = slice(min_years * k, stop)
            total = scratch[rows]
            np.add(best[k - 1, rows], gain[rows], out=total)
            np.max(total, axis=0, out=best[k, j])
    return best


def last_gain(sums: Floats, end: Ints, min_years: int) -> Floats:
    """g(i, end) for every i and each series' own end; -inf where a regime would be too short."""
    t = sums.shape[0] - 1
    series = np.arange(sums.shape[1])
    i = np.arange(t + 1)[:, None]
    length = end - i
    gain = (sums[end, series] - sums) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):  # length 0 is masked below
        gain /= length
    gain[length < min_years] = -np.inf
    return np.asarray(gain)


def _trace(best: Floats, sums: Floats, count: Ints, k: int, min_years: int) -> Ints:
    """Positions of the k best breaks of each series, in order: shape (m, k)."""
    start = np.empty((sums.shape[1], k), dtype=np.int64)
    end = count
    for m in range(k, 0, -1):
        end = np.argmax(best[m - 1] + last_gain(sums, end, min_years), axis=0)
        start[:, m - 1] = end
    return start


def _spread(start: Ints, count: Ints) -> Floats:
    """Minus the sum of log(n_i / n) over regimes: the allowance for regimes of unequal length."""
    edges = np.concatenate([np.zeros((len(count), 1), np.int64), start, count[:, None]], axis=1)
    logs: Floats = np.log(np.diff(edges, axis=1) / count[:, None])
    total: Floats = logs.sum(axis=1)
    return -total


def segment(
    x: ArrayLike,
    rho: float = 0.0,
    *,
    most: int | None = None,
    min_years: int = MIN_YEARS,
    floor: float = FLOOR,
    penalty: float = 3.0,
) -> Segments:
    r"""Exact least-squares regimes of every series, their number chosen by a modified BIC.

    For each number of breaks k the best positions come from dynamic programming. The number
    chosen maximises :math:`n \log(1 + (R_0 - R_k)/(c R_k)) - 3 k \log n - \sum_i \log(n_i/n)`
    with :math:`R_k = RSS_k + n f^2`, f the `floor`, :math:`c = (1+\rho)/(1-\rho)` and n_i the
    observed years of regime i (Zhang & Siegmund 2007, doi:10.1111/j.1541-0420.2006.00662.x, with
    the gain deflated for serially correlated noise). Ties go to fewer breaks.

    Parameters
    ----------
    x : array_like, shape (n, t)
        NaN is an unobserved year.
    rho : float
        Serial correlation of the noise, in [0, 1).
    most : int, optional
        Maximum number of breaks; default as many as the observed years allow.
    min_years : int
        Minimum number of observed years in a regime.
    floor : float
        Standard deviation added to the noise.
    penalty : float
        Multiple of log n that a break costs.

    Returns
    -------
    Segments

    Examples
    --------
    >>> found = segment([[0.2] * 6 + [0.6] * 6])
    >>> found.breaks, found.start, found.mean.round(3)[:, :2]
    (array([1]), array([[ 6, -1]]), array([[0.2, 0.6]]))
    """
    packed = pack(np.asarray(x, dtype=np.float64))
    n_series = len(packed.length)
    room = max(int(packed.length.max(initial=0)) // min_years - 1, 0)
    most = room if most is None else min(most, room)
    breaks = np.zeros(n_series, dtype=np.int64)
    start = np.full((n_series, most), -1, dtype=np.int64)
    evidence, odds = np.zeros(n_series), np.zeros(n_series)
    c = correction(rho)
    for part, sums, count in blocks(packed):
        if most == 0:
            break
        squares = squares_around_mean(packed, part)
        best = forward(sums, most, min_years)
        last = last_gain(sums, count, min_years)
        n = np.maximum(count, 1).astype(np.float64)
        noise = n * floor**2
        smallest, largest = np.zeros((most + 1, len(n))), np.zeros((most + 1, len(n)))
        for k in range(1, most + 1):
            explained = np.max(best[k - 1] + last, axis=0)
            possible = count >= min_years * (k + 1)
            after = np.maximum(squares - explained, 0.0) + noise
            with np.errstate(invalid="ignore", divide="ignore"):  # -inf where k does not fit
                value = n * np.log1p((squares + noise - after) / (c * after))
                value -= penalty * k * np.log(n)
                # The allowance is smallest for equal regimes, largest with one long regime.
                most_uneven = -k * np.log(min_years / n) - np.log(
                    np.maximum(n - min_years * k, 1) / n
                )
            smallest[k] = np.where(possible, value + (k + 1) * np.log(k + 1), -np.inf)
            largest[k] = np.where(possible, value + most_uneven, -np.inf)
        bar = smallest.max(axis=0)
        chosen = np.zeros(len(n))
        for k in range(1, most + 1):
            rows = np.flatnonzero((largest[k] >= bar) & (largest[k] > 0.0))
            if rows.size == 0:
                continue
            found = _trace(best[:k, :, rows], sums[:, rows], count[rows], k, min_years)
            even = smallest[k, rows] - (k + 1) * np.log(k + 1)
            value = even + _spread(found, count[rows])
            odds[part.start + rows] += np.exp(np.minimum(value / 2, 700.0))
            better = value > chosen[rows]
            rows, found = rows[better], found[better]
            chosen[rows] = value[better]
            breaks[part.start + rows] = k
            start[part.start + rows, :k] = found
            start[part.start + rows, k:] = -1
        evidence[part] = chosen
    mean, rss = _means(packed, start)
    return Segments(breaks, start, mean, rss, evidence, odds)


def squares_around_mean(packed: Packed, part: slice) -> Floats:
    """Sum of squares of some series around their means."""
    values = packed.values[part]
    centre = np.nansum(values, axis=1) / np.maximum(packed.length[part], 1)
    squares: Floats = np.nansum((values - centre[:, None]) ** 2, axis=1)
    return squares


def _means(packed: Packed, start: Ints) -> tuple[Floats, Floats]:
    """Regime means, and the sum of squares around them."""
    n, t = packed.values.shape
    regimes = start.shape[1] + 1
    begins = np.zeros((n, t + 1), dtype=np.int64)
    row, which = np.nonzero(start >= 0)
    begins[row, start[row, which]] = 1
    regime = np.cumsum(begins[:, :t], axis=1)
    seen = np.arange(t) < packed.length[:, None]
    cell = (regime + regimes * np.arange(n)[:, None])[seen]
    values = packed.values[seen]
    size = np.bincount(cell, minlength=n * regimes)
    total = np.bincount(cell, weights=values, minlength=n * regimes)
    mean = np.full(n * regimes, np.nan)
    np.divide(total, size, out=mean, where=size > 0)
    residual = (values - mean[cell]) ** 2
    rss = np.bincount(cell // regimes, weights=residual, minlength=n)
    return mean.reshape(n, regimes), rss.astype(np.float64)


def line_rss(x: ArrayLike, years: ArrayLike | None = None) -> Floats:
    """Sum of squares of each series around its least-squares straight line.

    Parameters
    ----------
    x : array_like, shape (n, t)
        NaN is an unobserved year.
    years : array_like, shape (t,), optional

    Returns
    -------
    ndarray, shape (n,)
        0 where fewer than three years are observed.

    Examples
    --------
    >>> line_rss([[0.0, 0.5, np.nan, 1.5, 2.0], [0.0, 0.0, 1.0, 0.0, 0.0]]).round(3)
    array([0. , 0.8])
    """
    series = np.asarray(x, dtype=np.float64)
    t = series.shape[1]
    year = np.arange(t, dtype=np.float64) if years is None else np.asarray(years, dtype=np.float64)
    seen = ~np.isnan(series)
    n = np.maximum(np.count_nonzero(seen, axis=1), 1)
    value = np.where(seen, series, 0.0)
    when = np.where(seen, year - year.mean(), 0.0)
    value = np.where(seen, value - (value.sum(axis=1) / n)[:, None], 0.0)
    when = np.where(seen, when - (when.sum(axis=1) / n)[:, None], 0.0)
    across = np.einsum("nt,nt->n", value, when)
    spread = np.einsum("nt,nt->n", when, when)
    total = np.einsum("nt,nt->n", value, value)
    rest: Floats = np.maximum(total - across**2 / np.where(spread > 0, spread, np.inf), 0.0)
    return rest


def line_evidence(
    x: ArrayLike, years: ArrayLike | None = None, rho: float = 0.0, *, floor: float = FLOOR
) -> Floats:
    r"""Criterion of a straight line, to hold against that of :func:`segment`.

    :math:`n \log(1 + (R_0 - R_1)/(c R_1)) - \log n` with R_1 around the line: the same gain, at
    the price of one parameter.

    Parameters
    ----------
    x : array_like, shape (n, t)
        NaN is an unobserved year.
    years : array_like, shape (t,), optional
    rho, floor : float
        As in :func:`segment`.

    Returns
    -------
    ndarray, shape (n,)

    Examples
    --------
    >>> x = [[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]]
    >>> bool(line_evidence(x)[0] > segment(x).evidence[0])
    True
    """
    packed = pack(np.asarray(x, dtype=np.float64))
    n = np.maximum(packed.length, 1).astype(np.float64)
    before = squares_around_mean(packed, slice(None)) + n * floor**2
    after = line_rss(x, years) + n * floor**2
    gain: Floats = n * np.log1p(np.maximum(before - after, 0.0) / (correction(rho) * after))
    return gain - np.log(n)
