"""Sensitivity kernels: how much of the variance of an output belongs to which factor.

Outputs come along the last axis and are treated all at once.
"""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from alignindex.kernels.typing import Floats, Ints

__all__ = [
    "Effects",
    "adjusted",
    "becker_matrices",
    "bootstrap_indices",
    "factorial_effects",
    "saltelli_jansen",
    "smoother",
]


NOISE = 1e-24  # relative to the mean square: a variance below it is rounding of a constant output


class Effects(NamedTuple):
    """Effects of k factors on m outputs: `variance` (m,), the others (k, m), as variances."""

    variance: Floats
    first: Floats
    total: Floats
    shapley: Floats


# --- full factorial ------------------------------------------------------------------------------


def factorial_effects(outputs: Floats, probabilities: list[Floats]) -> Effects:
    r"""Exact effects of independent discrete factors from every combination of their levels.

    With :math:`v(u) = \mathrm{Var}(E[Y \mid X_u])` over subsets u of the factors: the first-order
    effect is :math:`v(i)`, the total effect :math:`v(\text{all}) - v(\text{all but } i)`, and the
    Shapley effect the Shapley value of v (Owen 2014, doi:10.1137/130936233). Nothing is sampled.

    Parameters
    ----------
    outputs : ndarray, shape (levels_1, ..., levels_k, m)
    probabilities : list of ndarray
        Of the levels of each factor; each sums to 1.

    Returns
    -------
    Effects
        In the units of the outputs squared. NaN where an output is NaN anywhere.

    Examples
    --------
    >>> half = np.array([0.5, 0.5])
    >>> out = np.array([[[0.0], [1.0]], [[2.0], [5.0]]])
    >>> effects = factorial_effects(out, [half, half])
    >>> effects.variance, effects.first.ravel(), effects.shapley.ravel()
    (array([3.5]), array([2.25, 1.  ]), array([2.375, 1.125]))
    """
    k = len(probabilities)
    # Centred first: variances of conditional means are then sums of squares without cancellation.
    mean = outputs
    for p in probabilities:
        mean = np.tensordot(p, mean, axes=(0, 0))
    scale = np.abs(outputs).reshape(-1, outputs.shape[-1]).max(axis=0)
    value = {0: np.zeros(outputs.shape[-1])}

    def explained(table: Floats, left: list[int]) -> None:
        """Variances of the conditional means of `table`, averaging one more factor out."""
        members = sum(1 << j for j in left)
        if members in value:
            return
        square = table * table
        for j in left:
            square = np.tensordot(probabilities[j], square, axes=(0, 0))
        value[members] = square
        for place, j in enumerate(left):
            rest = left[:place] + left[place + 1 :]
            if sum(1 << other for other in rest) not in value:
                explained(np.tensordot(probabilities[j], table, axes=(0, place)), rest)

    explained(outputs - mean, list(range(k)))
    everything = (1 << k) - 1
    value = {u: np.where(v <= NOISE * scale**2, v * 0.0, v) for u, v in value.items()}
    first = np.stack([value[1 << j] for j in range(k)])
    total = np.stack([value[everything] - value[everything ^ (1 << j)] for j in range(k)])
    shapley = np.zeros_like(first)
    for j in range(k):
        others = [i for i in range(k) if i != j]
        for size in range(k):
            weight = 1.0 / (k * math.comb(k - 1, size))
            for subset in itertools.combinations(others, size):
                u = sum(1 << i for i in subset)
                shapley[j] += weight * (value[u | 1 << j] - value[u])
    return Effects(value[everything], first, total, shapley)


# --- continuous factors --------------------------------------------------------------------------


def saltelli_jansen(a: Floats, b: Floats, ab: Floats) -> tuple[Floats, Floats, Floats]:
    r"""First-order and total indices from a radial design.

    .. math::
        S_i = \frac{\overline{(f_B - c)(f_{AB_i} - f_A)}}{V}, \qquad
        T_i = \frac{\overline{(f_A - f_{AB_i})^2}}{2 V}

    where row i of AB is A with factor i from B, c the mean and V the variance of f over A and B
    (Saltelli et al. 2010, doi:10.1016/j.cpc.2009.09.018; Jansen 1999,
    doi:10.1016/S0010-4655(98)00154-4). Taking c off leaves the expectation alone and removes the
    error that grows with the mean of the output: uncentred, small samples give nonsense.

    Parameters
    ----------
    a, b : ndarray, shape (n, m)
    ab : ndarray, shape (k, n, m)

    Returns
    -------
    first, total : ndarray, shape (k, m)
        NaN where the output is constant, or NaN anywhere.
    variance : ndarray, shape (m,)
    """
    both = np.concatenate([a, b])
    mean = both.mean(axis=0)
    variance = both.var(axis=0)
    scale = np.where(variance > NOISE * (both * both).mean(axis=0), variance, np.nan)
    first = np.stack([((b - mean) * (row - a)).mean(axis=0) for row in ab]) / scale
    total = np.stack([((a - row) ** 2).mean(axis=0) for row in ab]) / (2.0 * scale)
    return first, total, variance


def bootstrap_indices(
    a: Floats, b: Floats, ab: Floats, replicates: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Bootstrap the rows of a radial design.

    Parameters
    ----------
    a, b : ndarray, shape (n, m)
    ab : ndarray, shape (k, n, m)
    replicates : int
    rng : Generator

    Returns
    -------
    first, total : ndarray, shape (replicates, k, m)
    """
    n, m = a.shape
    count = rng.multinomial(n, np.full(n, 1.0 / n), size=replicates).astype(np.float64) / n
    # Every sum of a replicate is a weighted sum over the rows: one product for all replicates.
    # Centred on the overall mean first, so that variances do not cancel.
    centre = (a.mean(axis=0) + b.mean(axis=0)) / 2.0
    a, b = a - centre, b - centre
    mean = count @ ((a + b) / 2.0)
    variance = count @ ((a * a + b * b) / 2.0) - mean * mean
    floor = NOISE * (centre * centre + (a * a + b * b).mean(axis=0))
    variance = np.where(variance > floor, variance, np.nan)
    first, total = np.empty((2, replicates, len(ab), m))
    for i, row in enumerate(ab):
        step = (row - centre) - a
        first[:, i] = (count @ (b * step) - mean * (count @ step)) / variance
        total[:, i] = (count @ (step * step)) / (2.0 * variance)
    return first, total


# --- importance ----------------------------------------------------------------------------------

FEW = 10  # distinct values up to which each value is a class of its own
KNOTS = (0.2, 0.4, 0.6, 0.8)


def smoother(x: Floats) -> Floats:
    """Orthonormal columns whose span holds the estimate of E[y | x], the constant included.

    Up to ten distinct values are classes of their own: the estimate is the class mean, exactly.
    Otherwise a cubic regression spline with knots at the quintiles.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Without NaN.

    Returns
    -------
    ndarray, shape (n, d)

    Examples
    --------
    >>> q = smoother(np.array([0.0, 0.0, 1.0, 1.0]))
    >>> q @ (q.T @ np.array([1.0, 3.0, 5.0, 5.0]))
    array([2., 2., 5., 5.])
    """
    levels = np.unique(x)
    if levels.size <= FEW:
        table: Floats = (x[:, None] == levels).astype(np.float64)
        table /= np.sqrt(table.sum(axis=0))
        return table
    z = (x - x.min()) / (x.max() - x.min())
    knots = np.unique(np.quantile(z, KNOTS))
    knots = knots[(knots > 0) & (knots < 1)]
    powers = [np.ones_like(z), z, z * z, z * z * z]
    table = np.stack([*powers, *(np.maximum(z - at, 0.0) ** 3 for at in knots)], axis=1)
    left, size, _ = np.linalg.svd(table, full_matrices=False)
    return np.ascontiguousarray(left[:, size > 1e-10 * size[0]])


def adjusted(ratio: ArrayLike, rows: int, size: ArrayLike) -> Floats:
    r"""Take the noise out of a correlation ratio that was fitted to the rows it is scored on.

    :math:`1 - (1 - S)\,(n - 1)/(n - d)` with d columns in the smoother, the constant included: as
    the adjusted coefficient of determination (for classes: Kelley's epsilon squared), its mean is
    0 where y has nothing to do with x, and may then fall below 0.

    Parameters
    ----------
    ratio : array_like
    rows : int
    size : array_like
        Columns of the smoother, d < n.

    Examples
    --------
    >>> adjusted(0.2, 11, 3)
    array(0.)
    """
    return np.asarray(1.0 - (1.0 - np.asarray(ratio)) * (rows - 1) / (rows - np.asarray(size)))


def becker_matrices(x: Floats) -> tuple[Floats, Floats, Floats, Ints]:
    r"""Matrices of the correlation ratio of a weighted sum with each of its parts.

    For y = X w, the variance of the estimate of :math:`E[y \mid x_j]` is w' A_j w with
    A_j = cov(P_j X), and Var(y) = w' C w. The smoothers P_j are projections, so the correlation
    ratio is between 0 and 1, and known for every w at once. With :math:`z_j` = what is left of
    :math:`x_j` after linear regression on the other columns, :math:`B_j` gives the uncorrelated
    part (Becker et al. 2017, doi:10.1016/j.ecolind.2017.03.056).

    Parameters
    ----------
    x : ndarray, shape (n, k)
        Without NaN.

    Returns
    -------
    full, uncorrelated : ndarray, shape (k, k, k)
    covariance : ndarray, shape (k, k)
    sizes : ndarray of int, shape (k,)
        Columns of the smoother of each column of x; see :func:`adjusted`.
    """
    n, k = x.shape
    sizes = np.empty(k, dtype=np.int64)
    centred = x - x.mean(axis=0)
    full, uncorrelated = np.zeros((2, k, k, k))
    for j in range(k):
        table = smoother(x[:, j])
        sizes[j] = table.shape[1]
        fitted = table.T @ centred
        full[j] = fitted.T @ fitted / n
        others = np.delete(centred, j, axis=1)
        rest = centred[:, j]
        if others.shape[1]:
            rest = rest - others @ np.linalg.lstsq(others, rest, rcond=None)[0]
        grain = 1e-9 * max(np.abs(centred[:, j]).max(), 1e-300)
        if np.abs(rest).max() > grain:
            # Rounding would split equal residuals into classes of their own.
            fitted = smoother(np.rint(rest / grain) + 0.0).T @ centred
            uncorrelated[j] = fitted.T @ fitted / n
    return full, uncorrelated, centred.T @ centred / n, sizes
