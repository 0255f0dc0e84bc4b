"""Coding kernels: windows over years, and rules that turn raw values into codes.

Rows are dyad-years, sorted by dyad and year. Time enters through `key`, a rising integer with
``key[i] - key[j]`` = years between rows i and j of one dyad, and far more than any window between
rows of different dyads. A missing row is an unobserved year, and a gap is never a neighbour.

Rules return ``(code, low, high)``: code NaN where it is unknown, with `low` and `high` the least
and greatest code that an admissible raw value gives; all three NaN where it does not apply.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alignindex.kernels.scoring.aggregate import NOISE

__all__ = [
    "cut",
    "distance",
    "identity",
    "last_known",
    "levels",
    "minmax",
    "reverse",
    "share",
    "thresholds",
    "tilt",
    "trailing_mean",
    "trailing_sum",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Coded = tuple[Floats, Floats, Floats]


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


def identity(raw: Floats, least_raw: Floats | None = None) -> Coded:
    """Code = raw value, which lies in [0, 1].

    Where `raw` is NaN, it is at least `least_raw`, if that is given.

    Examples
    --------
    >>> identity(np.array([0.25, np.nan]))
    (array([0.25,  nan]), array([0.25, 0.  ]), array([0.25, 1.  ]))
    """
    return minmax(raw, 0.0, 1.0, least_raw)


def share(part: Floats, whole: Floats, observed: ArrayLike) -> Coded:
    """Code = part / whole, at most 1.

    Parameters
    ----------
    part, whole : ndarray, shape (n,)
        Sums over the years in which both are observed.
    observed : array_like, shape (n,)
        Number of those years: 0 makes the share unknown. Observed, a whole of 0 is 0/0, which is
        undefined: the indicator does not apply.

    Examples
    --------
    >>> code, low, high = share(np.array([1.0, 0.0, 0.0]), np.array([4.0, 0.0, 0.0]), [1, 1, 0])
    >>> code, low, high
    (array([0.25,  nan,  nan]), array([0.25,  nan, 0.  ]), array([0.25,  nan, 1.  ]))
    """
    some = np.asarray(observed) > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        code = np.minimum(part / whole, 1.0)
    code[~some | (whole == 0)] = np.nan
    undefined = some & (whole == 0)
    return _known(code, np.where(undefined, np.nan, 0.0), np.where(undefined, np.nan, 1.0))


def thresholds(
    raw: Floats, cuts: ArrayLike, codes: ArrayLike, least_raw: Floats | None = None
) -> Coded:
    """Code by class: class j + 1 begins at ``cuts[j]``.

    Parameters
    ----------
    raw : ndarray, shape (n,)
    cuts : array_like, shape (c,)
        Rising.
    codes : array_like, shape (c + 1,)
    least_raw : ndarray, shape (n,), optional
        Where `raw` is NaN, the raw value is at least this (a partial sum). When all the classes
        from there on have one code, the code is known.

    Examples
    --------
    >>> nan = np.nan
    >>> thresholds(np.array([0.0, 2.0, nan]), [1, 3], [0.0, 0.5, 1.0], np.array([nan, nan, 1.0]))
    (array([0. , 0.5, nan]), array([0. , 0.5, 0.5]), array([0. , 0.5, 1. ]))
    >>> thresholds(np.array([nan]), [1, 3], [0.0, 0.5, 1.0], np.array([3.0]))
    (array([1.]), array([1.]), array([1.]))
    """
    cuts, codes = np.asarray(cuts, dtype=np.float64), np.asarray(codes, dtype=np.float64)
    # From a class on, the least and greatest code still to be had.
    least = np.minimum.accumulate(codes[::-1])[::-1]
    greatest = np.maximum.accumulate(codes[::-1])[::-1]
    unknown = np.isnan(raw)
    start = raw if least_raw is None else np.where(unknown, least_raw, raw)
    place = np.zeros(raw.shape, dtype=np.intp)  # a NaN reaches no cut: everything is still open
    for value in cuts:
        place += start >= value - NOISE * max(1.0, abs(value))
    code = codes[place]
    low, high = np.where(unknown, least[place], code), np.where(unknown, greatest[place], code)
    code[unknown & (low != high)] = np.nan
    return code, low, high


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


def minmax(raw: Floats, lo: float, hi: float, least_raw: Floats | None = None) -> Coded:
    """Code = (raw - lo) / (hi - lo), kept within [0, 1].

    Where `raw` is NaN, it is at least `least_raw`, if that is given.

    Examples
    --------
    >>> minmax(np.array([15.0, np.nan]), 10.0, 20.0)
    (array([0.5, nan]), array([0.5, 0. ]), array([0.5, 1. ]))
    """
    code = np.clip((raw - lo) / (hi - lo), 0.0, 1.0)
    if least_raw is None:
        return _known(code, 0.0, 1.0)
    least = np.clip((np.where(np.isnan(least_raw), lo, least_raw) - lo) / (hi - lo), 0.0, 1.0)
    code = np.where(np.isnan(code) & (least == 1.0), 1.0, code)
    return _known(code, least, 1.0)


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
