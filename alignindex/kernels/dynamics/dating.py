"""Dating kernel: how probable each year is as the year of a break."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from alignindex.kernels.dynamics.paths import pack
from alignindex.kernels.dynamics.segments import (
    FLOOR,
    LEAST,
    blocks,
    correction,
    forward,
    last_gain,
    squares_around_mean,
)
from alignindex.kernels.typing import Floats, Ints

__all__ = ["posterior"]


def posterior(
    x: ArrayLike, breaks: int, rho: float = 0.0, *, least: int = LEAST, floor: float = FLOOR
) -> Floats:
    r"""Posterior of the year of each break, given how many breaks there are.

    Every segmentation with `breaks` breaks and at least `least` observed years a regime has the
    same prior; the regime means have a flat prior and are integrated out; the noise variance is
    :math:`s = c R_k / (n - k - 1)` at the best segmentation. Sums over all segmentations run
    forward and backward over the positions.

    Parameters
    ----------
    x : array_like, shape (n, t)
        Each series has at least ``least * (breaks + 1)`` observed years.
    breaks : int
        At least 1.
    rho, least, floor
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
            forward(sums, breaks, least)[breaks - 1] + last_gain(sums, count, least), axis=0
        )
        noise = np.maximum(squares - explained, 0.0) + count * floor**2
        scale = 2.0 * correction(rho) * noise / np.maximum(count - breaks - 1, 1)
        position = _positions(sums, count, breaks, scale, least)
        row, column = np.nonzero(packed.column[part] >= 0)
        target = packed.column[part][row, column]
        out[part.start + row, :, target] = position[column, :, row]
    return out


def _positions(sums: Floats, count: Ints, breaks: int, scale: Floats, least: int) -> Floats:
    """Posterior over packed positions, as (t, breaks, m)."""
    t, m = sums.shape[0] - 1, sums.shape[1]
    i = np.arange(t + 1)

    def weight(to: Floats, length: Floats) -> Floats:
        """Log weight of the regimes that end at `to`, from every start."""
        with np.errstate(divide="ignore", invalid="ignore"):
            value = (to - sums) ** 2 / (length * scale) - 0.5 * np.log(length)
        return np.where(length >= least, value, -np.inf)

    end = np.arange(m)
    final = weight(sums[count, end], np.asarray((count - i[:, None]), dtype=np.float64))
    inner = np.full((t + 1, t + 1, m), -np.inf)  # [j, i]: regime over i .. j - 1
    for j in range(least, t + 1):
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
