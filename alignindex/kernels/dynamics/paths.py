"""Path kernels: how far series move over the years, and how a state's ties trade places.

Series are rows (dyads), years are columns; NaN is an unobserved year and is stepped over.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from alignindex.kernels.typing import Floats, Ints

__all__ = ["Fluidity", "Packed", "Turnover", "fluidity", "pack", "turnover"]


class Packed(NamedTuple):
    """Series with their unobserved years squeezed out.

    Attributes
    ----------
    values : ndarray, shape (n, t)
        The observed values of each row in order, then NaN.
    length : ndarray of int, shape (n,)
        How many there are.
    column : ndarray of int, shape (n, t)
        Column that each came from, then -1.
    """

    values: Floats
    length: Ints
    column: Ints


def pack(x: ArrayLike) -> Packed:
    """Squeeze the unobserved years out of series, keeping their order.

    Parameters
    ----------
    x : array_like, shape (n, t)
        NaN is unobserved.

    Returns
    -------
    Packed

    Examples
    --------
    >>> packed = pack([[np.nan, 0.5, np.nan, 0.25]])
    >>> packed.values[0, :2], packed.length, packed.column
    (array([0.5 , 0.25]), array([2]), array([[ 1,  3, -1, -1]]))
    """
    series = np.asarray(x, dtype=np.float64)
    n, t = series.shape
    seen = ~np.isnan(series)
    count = np.count_nonzero(seen, axis=1).astype(np.int64)
    every = np.arange(t, dtype=np.int64)
    if (count == t).all():
        return Packed(series, count, np.broadcast_to(every, (n, t)))
    filled = every < count[:, None]
    values = np.full((n, t), np.nan)
    values[filled] = series[seen]
    column = np.full((n, t), -1, dtype=np.int64)
    column[filled] = np.broadcast_to(every, (n, t))[seen]
    return Packed(values, count, column)


class Fluidity(NamedTuple):
    """Rates a year of each series; see :func:`fluidity`. Each has shape (n,)."""

    rate: Floats
    drift: Floats
    churn: Floats
    oscillation: Floats
    net: Floats
    span: Floats


def fluidity(x: ArrayLike, years: ArrayLike | None = None) -> Fluidity:
    r"""How much series move a year, split into net drift and churn.

    With U the sum of rises and W the sum of falls between successive observed years, and S the
    years from the first observed to the last: rate :math:`V = (U + W)/S`, drift
    :math:`D = |U - W|/S`, churn :math:`C = 2 \min(U, W)/S`, so that V = D + C; oscillation
    :math:`O = C/V`. `net` is U - W, the signed change over the span.

    Parameters
    ----------
    x : array_like, shape (n, t)
        NaN is an unobserved year.
    years : array_like, shape (t,), optional
        Strictly rising; default 0, 1, ...

    Returns
    -------
    Fluidity
        NaN where fewer than two years are observed; O is NaN for a constant series too.

    Examples
    --------
    >>> fluidity([[0.5, 0.75, np.nan, 0.5]]).rate * 3
    array([0.5])
    """
    series = np.asarray(x, dtype=np.float64)
    n, t = series.shape
    year = np.arange(t, dtype=np.float64) if years is None else np.asarray(years, dtype=np.float64)
    packed = pack(series)
    step = np.diff(packed.values, axis=1)
    rise = np.fmax(step, 0.0).sum(axis=1)  # fmax turns the NaN of a padded step into 0
    fall = np.abs(np.fmin(step, 0.0).sum(axis=1))
    enough = packed.length >= 2
    rows = np.flatnonzero(enough)
    span = np.full(n, np.nan)
    last = packed.column[rows, packed.length[rows] - 1]
    span[rows] = year[last] - year[packed.column[rows, 0]]
    rise[~enough], fall[~enough] = np.nan, np.nan
    drift = np.abs(rise - fall) / span
    churn = 2.0 * np.minimum(rise, fall) / span
    rate = drift + churn
    with np.errstate(invalid="ignore"):  # a constant series: 0/0 is NaN
        oscillation = churn / rate
    return Fluidity(rate, drift, churn, oscillation, rise - fall, span)


class Turnover(NamedTuple):
    """Turnover of each row from column to column; see :func:`turnover`. Shape (n, t - 1)."""

    total: Floats
    substitution: Floats
    shift: Floats
    partners: Ints


def turnover(x: ArrayLike) -> Turnover:
    r"""How far a state's ties trade places between successive years.

    With G the sum of gains and L the sum of losses over the p partners observed in both years:
    substitution :math:`2 \min(G, L)/p`, level shift :math:`|G - L|/p`, and their sum, the mean
    absolute change.

    Parameters
    ----------
    x : array_like, shape (n, p, t)
        States, partners, years; NaN is unobserved.

    Returns
    -------
    Turnover
        NaN where no partner is observed in both years.

    Examples
    --------
    >>> turnover([[[0.5, 0.25], [0.25, 0.75]]])
    Turnover(total=array([[0.375]]), substitution=array([[0.25]]), shift=array([[0.125]]),
             partners=array([[2]]))
    """
    step = np.diff(np.asarray(x, dtype=np.float64), axis=2)
    gain = np.fmax(step, 0.0).sum(axis=1)
    loss = np.abs(np.fmin(step, 0.0).sum(axis=1))
    partners = np.count_nonzero(~np.isnan(step), axis=1).astype(np.int64)
    known = np.where(partners > 0, partners, np.nan)
    substitution = 2.0 * np.minimum(gain, loss) / known
    shift = np.abs(gain - loss) / known
    return Turnover(substitution + shift, substitution, shift, partners)
