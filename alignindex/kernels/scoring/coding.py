"""Coding kernels: rules that turn raw values, or values of windows, into codes.

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
    "cut",
    "distance",
    "identity",
    "levels",
    "minmax",
    "reverse",
    "saturate",
    "share",
    "thresholds",
    "tilt",
]

Coded = tuple[Floats, Floats, Floats]

LOG2 = math.log(2.0)


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
    least, greatest = np.full((2, len(codes), len(codes)), np.nan)
    for begin in range(len(codes)):
        least[begin, begin:] = np.minimum.accumulate(codes[begin:])
        greatest[begin, begin:] = np.maximum.accumulate(codes[begin:])
    low, high = least[first, last], greatest[first, last]
    return np.where(low == high, low, np.nan), low, high


def levels(number: Floats, least: ArrayLike, greatest: ArrayLike) -> Coded:
    """Code of a category, which may be known only in part.

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
    """Reverse codes: 1 - code.

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
