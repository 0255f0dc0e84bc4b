"""Coding kernels: windows over years, and rules that turn raw values into codes.

Rows are dyad-years, sorted by dyad and year. Time enters through `key`, a rising integer with
``key[i] - key[j]`` = years between rows i and j of one dyad, and far more than any window between
rows of different dyads. A missing row is an unobserved year, and a gap is never a neighbour.

Rules return ``(code, low, high)``: code NaN where it is unknown, with `low` and `high` the minimum
and maximum code that an admissible raw value gives; all three NaN where it does not apply. Where
a raw value is NaN, a window may still bound it: `least_raw` and `greatest_raw`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from alignindex.kernels.scoring.aggregate import NOISE
from alignindex.kernels.typing import Floats, Ints

__all__ = [
    "Coded",
    "carry",
    "cut",
    "distance",
    "identity",
    "last_known",
    "levels",
    "minmax",
    "reverse",
    "saturate",
    "share",
    "thresholds",
    "tilt",
    "trailing_mean",
    "trailing_sum",
]

Coded = tuple[Floats, Floats, Floats]

LOG2 = math.log(2.0)


# --- windows -------------------------------------------------------------------------------------


def trailing_sum(values: Floats, key: Ints, years: int) -> tuple[Floats, Floats]:
    """Sum of the observed values of the last `years` years, and how many were observed.

    Parameters
    ----------
    values : ndarray, shape (n,)
        NaN = unobserved.
    key : ndarray of int, shape (n,)
    years : int
        Width of the window, the year itself included.

    Returns
    -------
    total, observed : ndarray, shape (n,)
        Years are added from the latest to the earliest. `total` is 0 where none is observed.

    Examples
    --------
    >>> trailing_sum(np.array([1.0, 2.0, np.nan, 4.0]), np.array([0, 1, 2, 5]), 3)
    (array([1., 3., 3., 4.]), array([1., 2., 2., 1.]))
    """
    seen = values == values
    amount = np.where(seen, values, 0.0)
    count = seen.astype(np.float64)
    total, observed = amount.copy(), count.copy()
    for back in range(1, min(years, len(values))):
        inside = key[back:] - key[:-back] < years
        if not inside.any():  # rows further back are further off in time
            break
        total[back:] += amount[:-back] * inside
        observed[back:] += count[:-back] * inside
    return total, observed


def trailing_mean(values: Floats, key: Ints, years: int, min_years: int) -> Floats:
    """Mean of the observed values of the last `years` years; NaN if under `min_years` are.

    Examples
    --------
    >>> trailing_mean(np.array([1.0, 2.0, np.nan, 4.0]), np.array([0, 1, 2, 5]), 3, 2)
    array([nan, 1.5, 1.5, nan])
    """
    total, observed = trailing_sum(values, key, years)
    return np.where(observed >= min_years, total / np.maximum(observed, 1.0), np.nan)


def last_known(values: Floats, key: Ints, max_age: int) -> Floats:
    """Latest observed value that is at most `max_age` years old; NaN if there is none.

    Examples
    --------
    >>> last_known(np.array([1.0, np.nan, np.nan, np.nan]), np.array([0, 1, 2, 3]), 2)
    array([ 1.,  1.,  1., nan])
    """
    out = values.copy()
    for back in range(1, min(max_age + 1, len(values))):
        inside = key[back:] - key[:-back] <= max_age
        if not inside.any():
            break
        later = out[back:]
        np.copyto(later, values[:-back], where=inside & np.isnan(later))
    return out


# --- rules ---------------------------------------------------------------------------------------


def _known(code: Floats, least: ArrayLike, greatest: ArrayLike) -> Coded:
    """Bounds of a code: the code itself where it is known, else `least` and `greatest`."""
    unknown = np.isnan(code)
    return code, np.where(unknown, least, code), np.where(unknown, greatest, code)


def identity(
    raw: Floats, least_raw: Floats | None = None, greatest_raw: Floats | None = None
) -> Coded:
    """Code = raw value, which lies in [0, 1].

    Where `raw` is NaN, it lies in [`least_raw`, `greatest_raw`], as far as they are given.

    Examples
    --------
    >>> identity(np.array([0.25, np.nan]))
    (array([0.25,  nan]), array([0.25, 0.  ]), array([0.25, 1.  ]))
    """
    return minmax(raw, 0.0, 1.0, least_raw, greatest_raw)


def share(
    part: Floats,
    whole: Floats,
    observed: ArrayLike,
    prior: tuple[Floats, Floats] | None = None,
    volume: float = 0.0,
) -> Coded:
    r"""Code = part / whole, at most 1; with a prior, (part + m p) / (whole + m).

    Parameters
    ----------
    part, whole : ndarray, shape (n,)
        Sums over the years in which both are observed.
    observed : array_like, shape (n,)
        Number of those years: 0 makes the share unknown. Observed, a whole of 0 is 0/0, which is
        undefined: the indicator does not apply.
    prior : tuple of ndarray, optional
        Part and whole of a longer window, whose share is p. Where they are given, it is their
        whole that must not be 0.
    volume : float
        m, the volume that p counts as; > 0 with a prior.

    Examples
    --------
    >>> code, low, high = share(np.array([1.0, 0.0, 0.0]), np.array([4.0, 0.0, 0.0]), [1, 1, 0])
    >>> code, low, high
    (array([0.25,  nan,  nan]), array([0.25,  nan, 0.  ]), array([0.25,  nan, 1.  ]))

    Three of three units, after 10 of 40 in the longer window: (3 + 30 × 0.25) / (3 + 30).

    >>> share(np.array([3.0]), np.array([3.0]), [5], (np.array([10.0]), np.array([40.0])), 30.0)[0]
    array([0.31818182])
    """
    some = np.asarray(observed) > 0
    base = whole if prior is None else prior[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        if prior is None:
            code = np.minimum(part / whole, 1.0)
        else:
            usual = np.minimum(prior[0] / prior[1], 1.0)
            code = np.minimum((part + volume * usual) / (whole + volume), 1.0)
    code[~some | (base == 0)] = np.nan
    undefined = some & (base == 0)
    return _known(code, np.where(undefined, np.nan, 0.0), np.where(undefined, np.nan, 1.0))


def thresholds(
    raw: Floats,
    cuts: ArrayLike,
    codes: ArrayLike,
    least_raw: Floats | None = None,
    greatest_raw: Floats | None = None,
) -> Coded:
    """Code by class: class j + 1 begins at ``cuts[j]``.

    Parameters
    ----------
    raw : ndarray, shape (n,)
    cuts : array_like, shape (c,)
        Rising.
    codes : array_like, shape (c + 1,)
    least_raw, greatest_raw : ndarray, shape (n,), optional
        Where `raw` is NaN, the raw value lies between these (as a partial sum says). When all the
        classes that it can be in have one code, the code is known.

    Examples
    --------
    >>> nan = np.nan
    >>> thresholds(np.array([0.0, 2.0, nan]), [1, 3], [0.0, 0.5, 1.0], np.array([nan, nan, 1.0]))
    (array([0. , 0.5, nan]), array([0. , 0.5, 0.5]), array([0. , 0.5, 1. ]))
    >>> thresholds(np.array([nan]), [1, 3], [0.0, 0.5, 1.0], np.array([3.0]))
    (array([1.]), array([1.]), array([1.]))
    """
    cuts, codes = np.asarray(cuts, dtype=np.float64), np.asarray(codes, dtype=np.float64)
    unknown = np.isnan(raw)

    def place(value: Floats) -> Ints:
        found = np.zeros(raw.shape, dtype=np.int64)  # NaN reaches no cut
        for point in cuts:
            found += value >= point - NOISE * max(1.0, abs(point))
        return found

    first = place(raw if least_raw is None else np.where(unknown, least_raw, raw))
    if greatest_raw is None:
        last = np.where(unknown, len(cuts), first)
    else:
        last = place(np.where(unknown, greatest_raw, raw))
    # Minimum and maximum code of the classes from one to another.
    least, greatest = np.empty((2, len(codes), len(codes)))
    for begin in range(len(codes)):
        least[begin, begin:] = np.minimum.accumulate(codes[begin:])
        greatest[begin, begin:] = np.maximum.accumulate(codes[begin:])
    low, high = least[first, last], greatest[first, last]
    return np.where(low == high, low, np.nan), low, high


def levels(number: Floats, least: ArrayLike, greatest: ArrayLike) -> Coded:
    """Code of a category, which may be known in part only.

    Parameters
    ----------
    number : ndarray, shape (n,)
        Position of the category; NaN = unknown.
    least, greatest : array_like, shape (m,)
        Bounds of each category's code: equal where the code is known.

    Examples
    --------
    >>> levels(np.array([1.0, 2.0, np.nan]), [0.0, 1.0, 0.0], [0.0, 1.0, 0.5])
    (array([ 1., nan, nan]), array([1., 0., 0.]), array([1. , 0.5, 1. ]))
    """
    least, greatest = np.asarray(least, dtype=np.float64), np.asarray(greatest, dtype=np.float64)
    unknown = np.isnan(number)
    place = np.where(unknown, 0.0, number).astype(np.intp)
    low = np.where(unknown, least.min(), least[place])
    high = np.where(unknown, greatest.max(), greatest[place])
    return np.where(low == high, low, np.nan), low, high


def minmax(
    raw: Floats,
    lo: float,
    hi: float,
    least_raw: Floats | None = None,
    greatest_raw: Floats | None = None,
) -> Coded:
    """Code = (raw - lo) / (hi - lo), kept within [0, 1].

    Where `raw` is NaN, it lies in [`least_raw`, `greatest_raw`], as far as they are given.

    Examples
    --------
    >>> minmax(np.array([15.0, np.nan]), 10.0, 20.0)
    (array([0.5, nan]), array([0.5, 0. ]), array([0.5, 1. ]))
    """

    def code(value: Floats) -> Floats:
        return np.clip((value - lo) / (hi - lo), 0.0, 1.0)

    return _between(code(raw), code, least_raw, greatest_raw)


def saturate(
    raw: Floats,
    half: float,
    form: str = "exponential",
    least_raw: Floats | None = None,
    greatest_raw: Floats | None = None,
) -> Coded:
    r"""Code = :math:`1 - 2^{-x / k}` or :math:`x / (x + k)`, with k = `half`; 0 where x < 0.

    Where `raw` is NaN, it lies in [`least_raw`, `greatest_raw`], as far as they are given; an
    amount without a maximum has the bound 1, which it approaches.

    Examples
    --------
    >>> saturate(np.array([0.0, 2.0, 4.0, np.nan]), 2.0)[0]
    array([0.  , 0.5 , 0.75,  nan])
    >>> saturate(np.array([0.0, 2.0, 6.0, -1.0]), 2.0, "hyperbolic")[0]
    array([0.  , 0.5 , 0.75, 0.  ])
    """

    def code(value: Floats) -> Floats:
        x = np.maximum(value, 0.0) / half
        if form == "exponential":
            faded: Floats = -np.expm1(-LOG2 * x)
            return faded
        with np.errstate(invalid="ignore"):
            return np.where(np.isinf(x), 1.0, x / (x + 1.0))

    return _between(code(raw), code, least_raw, greatest_raw)


def _between(
    code: Floats,
    rule: Callable[[Floats], Floats],
    least_raw: Floats | None,
    greatest_raw: Floats | None,
) -> Coded:
    """Bounds of a code by a rising rule, from bounds of the raw value; known where they agree."""
    least: ArrayLike = 0.0
    greatest: ArrayLike = 1.0
    if least_raw is not None:
        least = np.nan_to_num(rule(least_raw), nan=0.0)
    if greatest_raw is not None:
        greatest = np.nan_to_num(rule(greatest_raw), nan=1.0)
    if least_raw is not None or greatest_raw is not None:
        code = np.where(np.isnan(code) & np.equal(least, greatest), least, code)
    return _known(code, least, greatest)


def distance(state: Floats, partner: Floats) -> Coded:
    """Code = 1 - |position of the state - position of the partner|, positions in [0, 1].

    With one position p known, the code lies in [min(p, 1 - p), 1].

    Examples
    --------
    >>> distance(np.array([0.75, 0.5, np.nan]), np.array([1.0, np.nan, np.nan]))
    (array([0.75,  nan,  nan]), array([0.75, 0.5 , 0.  ]), array([0.75, 1.  , 1.  ]))
    """
    known = np.fmax(state, partner)  # the one that is known, where the other is not
    least = np.where(np.isnan(known), 0.0, np.minimum(known, 1.0 - known))
    return _known(1.0 - np.abs(state - partner), least, 1.0)


def tilt(one: Floats, other: Floats) -> Coded:
    """Code = (1 + one - other) / 2, both in [0, 1].

    With `one` known to be x alone, the code lies in [x / 2, (1 + x) / 2]; with `other` known to be
    y alone, in [(1 - y) / 2, 1 - y / 2].

    Examples
    --------
    >>> tilt(np.array([0.75, 0.5, np.nan]), np.array([0.25, np.nan, np.nan]))
    (array([0.75,  nan,  nan]), array([0.75, 0.25, 0.  ]), array([0.75, 0.75, 1.  ]))
    """
    least = (1.0 + np.where(np.isnan(one), 0.0, one) - np.where(np.isnan(other), 1.0, other)) / 2.0
    greatest = (
        1.0 + np.where(np.isnan(one), 1.0, one) - np.where(np.isnan(other), 0.0, other)
    ) / 2.0
    return _known((1.0 + one - other) / 2.0, least, greatest)


# --- after the rule ------------------------------------------------------------------------------


def reverse(coded: Coded) -> Coded:
    """Turn codes round: 1 - code.

    Examples
    --------
    >>> reverse((np.array([np.nan]), np.array([0.25]), np.array([1.0])))
    (array([nan]), array([0.]), array([0.75]))
    """
    code, low, high = coded
    return 1.0 - code, 1.0 - high, 1.0 - low


def cut(coded: Coded, at: float) -> Coded:
    """Dichotomise: 1 where the code reaches `at`, else 0; known where both bounds agree.

    Examples
    --------
    >>> nan = np.nan
    >>> cut((np.array([0.75, nan, nan]), np.array([0.75, 0.8, nan]), np.array([0.75, 1, nan])), 0.7)
    (array([ 1.,  1., nan]), array([ 1.,  1., nan]), array([ 1.,  1., nan]))
    """
    _, low, high = coded
    applies = ~np.isnan(low)
    low = np.where(applies, low >= at - NOISE, np.nan)
    high = np.where(applies, high >= at - NOISE, np.nan)
    return np.where(low == high, low, np.nan), low, high


def carry(
    code: Floats,
    low: Floats,
    high: Floats,
    key: Ints,
    years: int,
    rupture: Floats | None = None,
) -> tuple[Floats, Floats]:
    """Fill an unknown code with the latest known one of the dyad's last `years` years.

    Parameters
    ----------
    code, low, high : ndarray, shape (n,)
        A code and its bounds. Only an unknown code is filled, never one that does not apply.
    key : ndarray of int, shape (n,)
    years : int
        Greatest age of a code that is carried.
    rupture : ndarray, shape (n,), optional
        Where it is above 0, no code of an earlier year is carried into the year or across it.

    Returns
    -------
    filled : ndarray, shape (n,)
        The code, or the carried one, held within `low` and `high`; NaN where there is none.
    age : ndarray, shape (n,)
        Age of a carried code in years; NaN where none is carried.

    Examples
    --------
    >>> nan = np.nan
    >>> code, low, high = np.array([0.8, nan, nan, nan]), np.zeros(4), np.ones(4)
    >>> carry(code, low, high, np.arange(4), 2)
    (array([0.8, 0.8, 0.8, nan]), array([nan,  1.,  2., nan]))
    """
    filled, age = code.copy(), np.full(len(code), np.nan)
    lacking = np.isnan(code) & ~np.isnan(low)
    ruptures = np.zeros(len(code)) if rupture is None else np.cumsum(np.nan_to_num(rupture) > 0)
    for back in range(1, min(years + 1, len(code))):
        apart = key[back:] - key[:-back]
        if not (apart <= years).any():
            break
        take = (apart <= years) & lacking[back:] & ~np.isnan(code[:-back])
        take &= ruptures[back:] == ruptures[:-back]
        rows = np.flatnonzero(take)
        filled[rows + back] = np.clip(code[rows], low[rows + back], high[rows + back])
        age[rows + back] = apart[rows]
        lacking[rows + back] = False
    return filled, age
