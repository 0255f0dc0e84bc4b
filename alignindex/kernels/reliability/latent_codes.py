"""Latent-class kernel: true codes and coders' error rates from ratings alone (Dawid & Skene)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import sparse

from alignindex.kernels.typing import Floats, Ints

__all__ = ["LatentClasses", "dawid_skene", "readings"]

IMPOSSIBLE = -1e6  # log of a chance of zero: finite, so that 0 readings times it is 0


class LatentClasses(NamedTuple):
    """Where EM came to rest.

    Attributes
    ----------
    posterior : ndarray, shape (r, k)
        Probability of each true level, given the ratings of a row.
    prevalence : ndarray, shape (k,)
    rates : ndarray, shape (c, k, k)
        Chance that a coder gives a level (last axis), by true level; NaN where the coder rated
        nothing that may be of that level.
    log_likelihood : float
        At these estimates, summed over units.
    iterations : int
    change : float
        Largest change of any prevalence or rate in the last step.
    """

    posterior: Floats
    prevalence: Floats
    rates: Floats
    log_likelihood: float
    iterations: int
    change: float


def readings(codes: Ints, coder: Ints, coders: int, levels: int) -> sparse.csr_array:
    """Count readings, shape (r, coders * levels).

    Parameters
    ----------
    codes : ndarray of int, shape (r, m)
        Level number, -1 where there is no reading.
    coder : ndarray of int, shape (m,)
        Coder of each column; several columns of one coder are repeated readings.
    coders, levels : int
    """
    row, column = np.nonzero(codes >= 0)
    place = coder[column] * levels + codes[row, column]
    return sparse.csr_array(
        (np.ones(len(row)), (row, place)), shape=(len(codes), coders * levels), dtype=np.float64
    )


def dawid_skene(
    table: sparse.csr_array,
    times: Ints,
    levels: int,
    *,
    smoothing: float,
    tolerance: float,
    max_iterations: int,
) -> LatentClasses:
    r"""Estimate true levels and error rates by EM, from the shares of each unit's ratings.

    .. math::
        T_{uj} \propto \pi_j \prod_{c,k} \theta_{cjk}^{n_{uck}}, \quad
        \pi_j = \bar T_{\cdot j}, \quad
        \theta_{cjk} \propto \sum_u T_{uj} n_{uck} + s/K

    Parameters
    ----------
    table : sparse array, shape (r, c * k)
        From :func:`readings`; every row has a reading.
    times : ndarray of int, shape (r,)
        Number of units with the readings of each row.
    levels : int
    smoothing : float
        s, readings added to each true level of each coder, spread evenly; 0 is maximum likelihood.
    tolerance : float
        EM rests when no prevalence or rate changes by more.
    max_iterations : int
    """
    coders = table.shape[1] // levels
    shares = table @ np.tile(np.eye(levels), (coders, 1))
    posterior = shares / shares.sum(axis=1, keepdims=True)
    weighted = (table * times[:, None]).T.tocsr()
    prevalence, rates = np.zeros(levels), np.zeros((coders, levels, levels))
    change, step, likelihood = np.inf, 0, -np.inf
    while change > tolerance and step < max_iterations:
        step += 1
        new_prevalence = times @ posterior / times.sum()
        mass = (weighted @ posterior).reshape(coders, levels, levels).transpose(0, 2, 1)
        mass = mass + smoothing / levels
        total = mass.sum(axis=2, keepdims=True)
        new_rates = mass / np.where(total > 0, total, 1.0)
        change = max(
            float(np.abs(new_prevalence - prevalence).max()),
            float(np.abs(new_rates - rates).max()),
        )
        prevalence, rates = new_prevalence, new_rates
        by_reading = _log(rates).transpose(0, 2, 1).reshape(coders * levels, levels)
        joint = _log(prevalence) + table @ by_reading
        top = joint.max(axis=1, keepdims=True)
        posterior = np.exp(joint - top)
        norm = posterior.sum(axis=1, keepdims=True)
        posterior /= norm
        likelihood = float(times @ (top + np.log(norm))[:, 0])
    empty = rates.sum(axis=2) == 0
    rates[empty] = np.nan
    return LatentClasses(posterior, prevalence, rates, likelihood, step, change)


def _log(chance: Floats) -> Floats:
    out = np.full(chance.shape, IMPOSSIBLE)
    np.log(chance, out=out, where=chance > 0)
    return out
