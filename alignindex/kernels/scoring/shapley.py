r"""Shapley values of one node whose children are codes, by closed forms.

The value of a set S of codes is the node's value with every code outside S at a reference. Codes
that are NaN are no players. With m players the cost is O(m²) a row, where going through all sets
would be O(2^m). Below, t is the probability with which each other player is there: the Shapley
value is the mean over t in [0, 1] of a player's expected gain (the multilinear extension of Owen,
1972, doi:10.1287/mnsc.18.5.64).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from alignindex.kernels.scoring.aggregate import NOISE
from alignindex.kernels.typing import Floats

__all__ = ["of_geometric", "of_minimum", "of_stages"]


def of_geometric(codes: Floats, weights: ArrayLike) -> Floats:
    r"""Shapley values in a weighted geometric mean, with the reference 1.

    With :math:`a_j = c_j^{w_j / \sum w}` a set is worth :math:`\prod_{j \in S} a_j`, so that
    :math:`\phi_j = (a_j - 1) \int_0^1 \prod_{k \ne j} (1 - t + t a_k) \, dt`. The integrand is a
    polynomial of degree m - 1, which Gauss-Legendre quadrature with ⌈m / 2⌉ points integrates
    exactly.

    Parameters
    ----------
    codes : ndarray, shape (n, m)
        >= 0; NaN is left out.
    weights : array_like, shape (m,)
        Finite, > 0; only their ratios count.

    Returns
    -------
    ndarray, shape (n, m)
        NaN for a code that is left out.

    Examples
    --------
    >>> of_geometric(np.array([[0.25, 1.0], [0.25, 0.25]]), [1, 1])
    array([[-0.5  ,  0.   ],
           [-0.375, -0.375]])
    """
    m = codes.shape[1]
    seen = ~np.isnan(codes)
    w = np.where(seen, np.asarray(weights, dtype=np.float64), 0.0)
    share = w / np.maximum(w.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    factor = np.where(seen, codes, 1.0) ** share
    points, weight = np.polynomial.legendre.leggauss((m + 1) // 2)
    out = np.zeros(codes.shape)
    for point, part in zip(points, weight, strict=True):
        t = (point + 1.0) / 2.0
        expected = 1.0 - t + t * factor
        before, after = np.ones(codes.shape), np.ones(codes.shape)
        np.cumprod(expected[:, :-1], axis=1, out=before[:, 1:])
        np.cumprod(expected[:, :0:-1], axis=1, out=after[:, -2::-1])
        out += before * after * (part / 2.0)
    return np.where(seen, out * (factor - 1.0), np.nan)


def of_minimum(codes: Floats) -> Floats:
    r"""Shapley values in a minimum, with the reference 1.

    A set loses :math:`\max_{j \in S} (1 - c_j)`. That is the airport game (Littlechild & Owen,
    1973, doi:10.1287/mnsc.20.3.370): from the smallest loss up, each further step is shared by
    those whose loss reaches it. A code above 1 loses nothing.

    Parameters
    ----------
    codes : ndarray, shape (n, m)
        NaN is left out.

    Returns
    -------
    ndarray, shape (n, m)
        NaN for a code that is left out.

    Examples
    --------
    >>> of_minimum(np.array([[0.5, 0.25], [0.5, np.nan]]))
    array([[-0.25, -0.5 ],
           [-0.5 ,   nan]])
    """
    n, m = codes.shape
    loss = np.maximum(1.0 - np.where(np.isnan(codes), 1.0, codes), 0.0)
    order = np.argsort(loss, axis=1, kind="stable")
    rising = np.take_along_axis(loss, order, axis=1)
    step = np.diff(rising, axis=1, prepend=0.0) / np.arange(m, 0, -1)
    out = np.empty((n, m))
    np.put_along_axis(out, order, -np.cumsum(step, axis=1), axis=1)
    return np.where(np.isnan(codes), np.nan, out)


def of_stages(codes: Floats, weights: ArrayLike, met: float) -> Floats:
    r"""Shapley values in stages, with the reference 0.

    Stage j counts when the players 1 .. j are all there and have reached `met`: each of them has
    an equal part of its weight.

    Parameters
    ----------
    codes : ndarray, shape (n, m)
        In the order of the stages. NaN is left out.
    weights : array_like, shape (m,)
        Finite, > 0; only their ratios count.
    met : float
        Code from which a stage is reached.

    Returns
    -------
    ndarray, shape (n, m)
        NaN for a code that is left out.

    Examples
    --------
    >>> of_stages(np.array([[1.0, 1.0, 0.0]]), [1, 1, 2], 0.5)
    array([[0.375, 0.125, 0.   ]])
    """
    seen = ~np.isnan(codes)
    w = np.where(seen, np.asarray(weights, dtype=np.float64), 0.0)
    total = np.maximum(w.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    if met - NOISE <= 0.0:  # the reference reaches every stage: nobody adds anything
        return np.where(seen, 0.0, np.nan)
    going = np.logical_and.accumulate(~(codes < met - NOISE), axis=1)
    players = np.maximum(np.cumsum(seen, axis=1), 1)
    gain = np.where(going & seen, w / total / players, 0.0)
    out = np.cumsum(gain[:, ::-1], axis=1)[:, ::-1]
    return np.where(seen, np.where(going, out, 0.0), np.nan)
