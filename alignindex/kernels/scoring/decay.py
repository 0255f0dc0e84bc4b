"""Windows whose past fades: amounts halve with age, and end at a rupture.

Rows and `key` as in `kernels.scoring.windows`: a missing row is an unobserved year.
"""

from __future__ import annotations

import numpy as np

from alignindex.kernels.typing import Bools, Floats, Ints

__all__ = ["decay_mean", "decay_sum"]


def _factors(years: int, half_life: float) -> Floats:
    return np.exp2(-np.arange(years, dtype=np.float64) / half_life)


def decay_sum(
    amount: Floats,
    key: Ints,
    years: int,
    half_life: float,
    subtract: Floats | None = None,
    reset: Floats | None = None,
) -> tuple[Floats, Floats, Floats]:
    r"""Faded sum :math:`\sum_a (x_{t-a} - s_{t-a}) 2^{-a/h}` of the last `years` years.

    Parameters
    ----------
    amount : ndarray, shape (n,)
        x >= 0; NaN = unobserved.
    key : ndarray of int, shape (n,)
    years : int
        Width of the window, the year itself included.
    half_life : float
        h, in years.
    subtract : ndarray, shape (n,), optional
        s >= 0; NaN = unobserved.
    reset : ndarray, shape (n,), optional
        Above 0 in a year of rupture: that year and all earlier ones count as 0. NaN = unobserved.

    Returns
    -------
    value, least, greatest : ndarray, shape (n,)
        `value` is NaN where what is unobserved could change it; `least` and `greatest` are the
        minimum and maximum that it can be, infinite where nothing bounds it.

    Examples
    --------
    >>> key = np.arange(4)
    >>> decay_sum(np.array([4.0, 0.0, 2.0, np.nan]), key, 2, 1.0)
    (array([nan,  2.,  2., nan]), array([4., 2., 2., 1.]), array([inf,  2.,  2., inf]))
    >>> decay_sum(np.array([4.0, 2.0, 1.0]), key[:3], 3, 1.0, reset=np.array([0.0, 1.0, 0.0]))[0]
    array([nan,  0.,  1.])
    """
    n = len(amount)
    factor = _factors(years, half_life)
    unseen = np.isnan(amount)
    loss = np.zeros(n) if subtract is None else subtract
    lost = np.isnan(loss)
    # What a year can add, as far as it is observed.
    lowest = np.where(lost, -np.inf, np.where(unseen, 0.0, amount) - np.where(lost, 0.0, loss))
    highest = np.where(unseen, np.inf, np.where(unseen, 0.0, amount) - np.where(lost, 0.0, loss))
    low, high = np.zeros(n), np.zeros(n)  # of the years added so far
    least, greatest = np.full(n, np.inf), np.full(n, -np.inf)  # of where a sum can end
    alive, last = np.ones(n, dtype=bool), np.full(n, -1, dtype=np.int64)

    def may_end(rows: Bools) -> None:
        np.copyto(least, np.minimum(least, low), where=rows)
        np.copyto(greatest, np.maximum(greatest, high), where=rows)

    def miss(rows: Bools) -> None:
        """Pass over unobserved years: any amount, any loss, perhaps a rupture."""
        if reset is not None:
            may_end(rows)
        high[rows] = np.inf
        if subtract is not None:
            low[rows] = -np.inf

    for back in range(min(years, n)):
        age = np.full(n, years, dtype=np.int64)
        age[back:] = key[back:] - key[: n - back]
        inside = (age < years) & alive
        if not (age < years).any():
            break
        miss(inside & (age > last + 1))
        if reset is not None:
            mark = np.zeros(n)
            mark[back:] = reset[: n - back]
            may_end(inside & ~(mark <= 0))
            alive &= ~(inside & (mark > 0))
            inside &= alive
        rows = np.flatnonzero(inside)
        weight = factor[age[rows]]
        low[rows] += weight * lowest[rows - back]
        high[rows] += weight * highest[rows - back]
        last[inside] = age[inside]
    miss(alive & (last < years - 1))
    may_end(alive)
    return np.where(least == greatest, least, np.nan), least, greatest


def decay_mean(
    amount: Floats,
    key: Ints,
    years: int,
    half_life: float,
    min_years: int,
    subtract: Floats | None = None,
    reset: Floats | None = None,
) -> Floats:
    r"""Faded mean :math:`\sum_a (x_{t-a} - s_{t-a}) 2^{-a/h} / \sum_a 2^{-a/h}`.

    Parameters as in :func:`decay_sum`. A year is observed if its amount is, and what is taken
    off; the year of a rupture and all earlier ones count as observed, with 0.

    Returns
    -------
    ndarray, shape (n,)
        NaN where under `min_years` are observed, or where a year in which a rupture is unobserved
        would decide whether an earlier amount counts.

    Examples
    --------
    >>> decay_mean(np.array([4.0, np.nan, 1.0]), np.arange(3), 3, 1.0, 2)
    array([nan, nan, 1.6])
    >>> decay_mean(np.array([4.0, 3.0, 1.0]), np.arange(3), 3, 1.0, 1, reset=np.array([0, 1.0, 0]))
    array([4.        , 0.        , 0.57142857])
    """
    n = len(amount)
    factor = _factors(years, half_life)
    older = np.cumsum(factor[::-1])[::-1]  # factors of an age and all greater ones
    net = amount if subtract is None else amount - subtract
    total, weight, count = np.zeros((3, n))
    alive, last = np.ones(n, dtype=bool), np.full(n, -1, dtype=np.int64)
    doubt, lost = np.zeros((2, n), dtype=bool)
    for back in range(min(years, n)):
        age = np.full(n, years, dtype=np.int64)
        age[back:] = key[back:] - key[: n - back]
        if not (age < years).any():
            break
        inside = (age < years) & alive
        if reset is not None:
            mark = np.zeros(n)
            mark[back:] = reset[: n - back]
            doubt |= inside & ((age > last + 1) | np.isnan(mark))
            ended = np.flatnonzero(inside & (mark > 0))
            weight[ended] += older[age[ended]]
            count[ended] += years - age[ended]
            alive[ended] = False
            inside &= alive
        rows = np.flatnonzero(inside)
        rows = rows[~np.isnan(net[rows - back])]
        share = factor[age[rows]]
        total[rows] += share * net[rows - back]
        weight[rows] += share
        count[rows] += 1
        lost[rows] |= doubt[rows] & (net[rows - back] != 0)
        last[inside] = age[inside]
    known = (count >= min_years) & ~lost
    return np.where(known, total / np.where(weight > 0, weight, 1.0), np.nan)
