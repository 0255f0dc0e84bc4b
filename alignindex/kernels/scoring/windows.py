"""Kernels that look back in time: windows over years, and codes carried from earlier years.

Rows are dyad-years, sorted by dyad and year. Time enters through `key`, a rising integer with
``key[i] - key[j]`` = years between rows i and j of one dyad, and far more than any window between
rows of different dyads. A missing row is an unobserved year, and a gap is never a neighbour.
"""

from __future__ import annotations

import numpy as np

from alignindex.kernels.typing import Floats, Ints

__all__ = ["carry", "last_known", "trailing_mean", "trailing_sum"]


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
