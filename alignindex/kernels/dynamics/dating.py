"""Dating kernels: how probable each year is as the year of a break, and which steps show."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from alignindex.kernels.dynamics.paths import pack
from alignindex.kernels.dynamics.segments import (
    FLOOR,
    MIN_YEARS,
    blocks,
    correction,
    forward,
    last_gain,
    squares_around_mean,
)
from alignindex.kernels.typing import Floats, Ints

__all__ = ["detection", "posterior"]


def posterior(
    x: ArrayLike, breaks: int, rho: float = 0.0, *, min_years: int = MIN_YEARS, floor: float = FLOOR
) -> Floats:
    r"""Posterior of the year of each break, given how many breaks there are.

    Every segmentation with `breaks` breaks and at least `min_years` observed years a regime has the
    same prior; the regime means have a flat prior and are integrated out; the noise variance is
    :math:`s = c R_k / (n - k - 1)` at the best segmentation. Sums over all segmentations run
    forward and backward over the positions.

    Parameters
    ----------
    x : array_like, shape (n, t)
        Each series has at least ``min_years * (breaks + 1)`` observed years.
    breaks : int
        At min_years 1.
    rho, min_years, floor
        As in :func:`segment`.

    Returns
    -------
    ndarray, shape (n, breaks, t)
        Probability that the new regime's first observed year is this *column*; sums to 1 over
        the last axis, and is 0 in unobserved years.

    Examples
    --------
    >>> posterior([[0.2] * 6 + [0.6] * 6], 1).argmax(axis=2)
    array([[6]])
    """
    packed = pack(np.asarray(x, dtype=np.float64))
    n, t = packed.values.shape
    out = np.zeros((n, breaks, t))
    for part, sums, count in blocks(packed):
        squares = squares_around_mean(packed, part)
        explained = np.max(
            forward(sums, breaks, min_years)[breaks - 1] + last_gain(sums, count, min_years), axis=0
        )
        noise = np.maximum(squares - explained, 0.0) + count * floor**2
        scale = 2.0 * correction(rho) * noise / np.maximum(count - breaks - 1, 1)
        position = _positions(sums, count, breaks, scale, min_years)
        row, column = np.nonzero(packed.column[part] >= 0)
        target = packed.column[part][row, column]
        out[part.start + row, :, target] = position[column, :, row]
    return out


def _positions(sums: Floats, count: Ints, breaks: int, scale: Floats, min_years: int) -> Floats:
    """Posterior over packed positions, as (t, breaks, m)."""
    t, m = sums.shape[0] - 1, sums.shape[1]
    i = np.arange(t + 1)

    def weight(to: Floats, length: Floats) -> Floats:
        """Log weight of the regimes that end at `to`, from every start."""
        with np.errstate(divide="ignore", invalid="ignore"):
            value = (to - sums) ** 2 / (length * scale) - 0.5 * np.log(length)
        return np.where(length >= min_years, value, -np.inf)

    end = np.arange(m)
    final = weight(sums[count, end], np.asarray((count - i[:, None]), dtype=np.float64))
    inner = np.full((t + 1, t + 1, m), -np.inf)  # [j, i]: regime over i .. j - 1
    for j in range(min_years, t + 1):
        inner[j] = weight(sums[j], np.maximum(j - i, 0)[:, None].astype(np.float64))
    ahead, behind = [inner[:, 0]], [final]
    for _ in range(breaks - 1):
        ahead.append(_logsum(inner + ahead[-1][None], axis=1))
        behind.append(_logsum(inner + behind[-1][:, None], axis=0))
    out = np.empty((t, breaks, m))
    for b in range(breaks):
        logs = ahead[b][:t] + behind[breaks - 1 - b][:t]
        logs -= logs.max(axis=0)
        weights = np.exp(logs)
        out[:, b] = weights / weights.sum(axis=0)
    return out


def _logsum(logs: Floats, axis: int) -> Floats:
    """Log of the sum of exponentials; -inf where nothing is summed."""
    top = logs.max(axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        total: Floats = np.log(np.exp(logs - top).sum(axis=axis)) + np.squeeze(top, axis=axis)
    return total


def detection(
    length: ArrayLike,
    variance: ArrayLike,
    step: float,
    rho: float = 0.0,
    *,
    min_years: int = MIN_YEARS,
    floor: float = FLOOR,
    penalty: float = 3.0,
) -> tuple[Floats, Floats]:
    r"""Smallest single step in the middle of a series that :func:`segment` reports, and power.

    A step d between regimes of :math:`n_1` and :math:`n_2` of n years adds :math:`d^2 n_1 n_2/n` to
    the sum of squares around one mean. With s^2 the variance around the two means, the criterion
    of :func:`segment` is above 0 from

    .. math:: d_{min} = n \sqrt{c\,(s^2 + f^2)\,(e^{t} - 1)/(n_1 n_2)}, \quad
        t = (3 \log n + \log(n_1/n) + \log(n_2/n))/n

    The estimate of a step has the standard error :math:`\sqrt{c\,s^2 n/(n_1 n_2)}`, so the power is
    about :math:`\Phi((d - d_{min})/se)`.

    Parameters
    ----------
    length : array_like of int, shape (n,)
        Observed years.
    variance : array_like, shape (n,)
        s^2, of the noise.
    step : float
        Step whose power is wanted, not negative.
    rho, min_years, floor, penalty
        As in :func:`segment`.

    Returns
    -------
    smallest, power : ndarray, shape (n,)
        NaN for a series of fewer than ``2 * min_years`` years, in which no step is looked for.

    Examples
    --------
    >>> smallest, power = detection([20, 5], [0.0025, 0.0], 0.2)
    >>> smallest.round(3), power.round(2)
    (array([0.069,   nan]), array([ 1., nan]))
    """
    n = np.asarray(length, dtype=np.float64)
    s2 = np.asarray(variance, dtype=np.float64)
    n = np.where(n >= 2 * min_years, n, np.nan)
    one = np.floor(n / 2)
    parts = one * (n - one)
    t = (penalty * np.log(n) + np.log(parts / n**2)) / n
    c = correction(rho)
    smallest = n * np.sqrt(c * (s2 + floor**2) * np.expm1(t) / parts)
    error = np.sqrt(c * s2 * n / parts)
    gap = step - smallest
    with np.errstate(divide="ignore", invalid="ignore"):  # without noise a step shows or does not
        power = np.where(error > 0, special.ndtr(gap / error), np.where(gap >= 0, 1.0, 0.0))
    return smallest, np.where(np.isnan(n), np.nan, power)
