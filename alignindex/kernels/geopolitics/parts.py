"""Shapley parts of choices: of a variance over a full grid, and of a difference of two cells."""

from __future__ import annotations

from math import factorial

import numpy as np

from alignindex.kernels.typing import Floats

__all__ = ["difference_worth", "shapley", "variance_worth"]


def shapley(worth: Floats) -> Floats:
    """Split the worth of all players among them.

    Parameters
    ----------
    worth : ndarray, shape (2^k, ...)
        Worth of each set of players; bit j of the place says whether player j is in it.

    Returns
    -------
    ndarray, shape (k, ...)
        Their sum is the worth of all less that of none.
    """
    k = len(worth).bit_length() - 1
    sets = np.arange(1 << k)
    sizes = np.array([int(s).bit_count() for s in sets])
    share = [factorial(s) * factorial(k - s - 1) / factorial(k) for s in range(k)]
    out = np.zeros((k, *worth.shape[1:]))
    for j in range(k):
        for s in sets[(sets >> j) & 1 == 0]:
            out[j] += share[sizes[s]] * (worth[s | 1 << j] - worth[s])
    return out


def variance_worth(values: Floats, k: int) -> Floats:
    """Variance of the mean given the levels of each set of choices; shape (2^k, ...).

    Parameters
    ----------
    values : ndarray, shape (n_1, ..., n_k, ...)
        A number for every cell of the full grid; all cells weigh the same.
    k : int
        Number of choices, at least 1.
    """
    out = np.zeros((1 << k, *values.shape[k:]))
    grand = values.mean(axis=tuple(range(k)))
    for s in range(1, 1 << k):
        inside = tuple(j for j in range(k) if s >> j & 1)
        outside = tuple(j for j in range(k) if not s >> j & 1)
        given = values.mean(axis=outside, keepdims=True) if outside else values
        out[s] = ((given - grand) ** 2).mean(axis=inside + outside)
    return out


def difference_worth(values: Floats, first: tuple[int, ...], second: tuple[int, ...]) -> Floats:
    """Value of the cell with the second's levels for each set of choices; shape (2^k, ...)."""
    k = len(first)
    cells = [tuple(second[j] if s >> j & 1 else first[j] for j in range(k)) for s in range(1 << k)]
    return np.stack([values[cell] for cell in cells])
