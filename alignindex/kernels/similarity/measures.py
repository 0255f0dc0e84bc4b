"""Similarity of all pairs of portfolios: votes, or commitments, of actors on the same items.

A measure is a *form* (agreement, S, A, kappa, pi, tau-b) applied to a *distance* between levels;
each form reads the joint tables of `alignindex.kernels.similarity.tables`.

A measure of 0/0 is undefined, and NaN. Those zeros are exact, since they are sums of exact zeros
and never differences, so degenerate cases need no tolerance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alignindex.kernels.similarity.tables import (
    BLOCK_BYTES,
    Distance,
    Tables,
    n_pairs,
    table_chunks,
)
from alignindex.kernels.typing import Floats, Ints

__all__ = ["FORMS", "MEASURES", "Measure", "pair_measures"]


def agreement_form(tables: Tables, distance: Distance) -> Floats:
    """1 − D, with D the mean disagreement divided by its span."""
    whole = tables.total * distance.span
    return (whole - tables.observed(distance)) / whole


def s_form(tables: Tables, distance: Distance) -> Floats:
    """1 − 2D (Signorino & Ritter 1999, doi:10.1111/0020-8833.00113)."""
    whole = tables.total * distance.span
    return (whole - 2.0 * tables.observed(distance)) / whole


def a_form(tables: Tables, distance: Distance) -> Floats:
    """S less its expectation for independent portfolios: 2 (E[D] − D) (Benati & Capurri 2026)."""
    excess = tables.independent(distance) - tables.total * tables.observed(distance)
    return 2.0 * excess / (tables.total * tables.total * distance.span)


def kappa_form(tables: Tables, distance: Distance) -> Floats:
    """1 − D / E[D], expected from each actor's own margins (Cohen 1968, doi:10.1037/h0026256)."""
    chance = tables.independent(distance)
    return (chance - tables.total * tables.observed(distance)) / chance


def pi_form(tables: Tables, distance: Distance) -> Floats:
    """1 − D / E[D], expected from the pooled margins (Scott 1955, doi:10.1086/266577)."""
    chance = tables.pooled(distance)
    return (chance - 4.0 * tables.total * tables.observed(distance)) / chance


def tau_b_form(tables: Tables, distance: Distance) -> Floats:
    """Kendall's tau-b: (C − D) / sqrt(pairs untied in the first × pairs untied in the second).

    The weight of a pair of items is the product of their weights. `distance` is the nominal one:
    the untied pairs are half the sum of ``d_kl r_k r_l`` (a sum, so that a constant row gives an
    exact zero, which a difference from all pairs would not).
    """
    excess = np.zeros(tables.total.shape)
    later = np.zeros_like(tables.first)
    joint = tables.cells.reshape(tables.n_levels, tables.n_levels, -1)
    for level in range(tables.n_levels - 1, 0, -1):
        # `later`: weight of the items on which the first actor is above `level` - 1, by the level
        # of the second. Of these, pairs with the second above are concordant, below discordant.
        later += joint[level]
        higher_less_lower = _running(later[::-1])[::-1] - _running(later)
        excess += (joint[level - 1] * higher_less_lower).sum(axis=0)
    untied_first: Floats = 0.5 * (tables.first * (distance.matrix @ tables.first)).sum(axis=0)
    untied_second: Floats = 0.5 * (tables.second * (distance.matrix @ tables.second)).sum(axis=0)
    return excess / np.sqrt(untied_first * untied_second)


def _running(levels: Floats) -> Floats:
    """Return running sums over rows; row by row, since `cumsum` is slow along the first axis."""
    sums = levels.copy()
    for level in range(1, len(sums)):
        sums[level] += sums[level - 1]
    return sums


FORMS: Mapping[str, Callable[[Tables, Distance], Floats]] = {
    "agreement": agreement_form,
    "s": s_form,
    "a": a_form,
    "kappa": kappa_form,
    "pi": pi_form,
    "tau_b": tau_b_form,
}
"""The formulas; add a form here."""


class Measure(NamedTuple):
    """A form applied to a distance."""

    form: str
    distance: str


MEASURES: Mapping[str, Measure] = {
    "agreement": Measure("agreement", "nominal"),
    "agreement_half": Measure("agreement", "rank"),
    "s_absolute": Measure("s", "absolute"),
    "s_squared": Measure("s", "squared"),
    "a_absolute": Measure("a", "absolute"),
    "a_squared": Measure("a", "squared"),
    "kappa_nominal": Measure("kappa", "nominal"),
    "kappa_linear": Measure("kappa", "absolute"),
    "kappa_squared": Measure("kappa", "squared"),
    "pi_nominal": Measure("pi", "nominal"),
    "pi_linear": Measure("pi", "absolute"),
    "pi_squared": Measure("pi", "squared"),
    "tau_b": Measure("tau_b", "nominal"),
}
"""The bundled measures; add one here (and its slow twin)."""


def pair_measures(
    codes: NDArray[np.signedinteger[Any]],
    n_levels: int,
    measures: Sequence[tuple[str, Distance]],
    *,
    weights: Floats | None = None,
    counts: Floats | None = None,
    block_bytes: int = BLOCK_BYTES,
    out: Floats | None = None,
) -> tuple[Floats, Ints]:
    """Return every measure for every pair of rows.

    Parameters
    ----------
    codes : ndarray of int, shape (actors, items)
        Position of the level, 0 to `n_levels` − 1; negative where there is none.
    n_levels : int
        Number of declared levels, whether or not they occur.
    measures : sequence of (form, Distance)
        A key of `FORMS` and the distance that it is applied to.
    weights : ndarray, shape (items,), optional
        Weight of each item, ≥ 0. Default: 1.
    counts : ndarray, shape (items,), optional
        Contribution of an item to the number of shared items. Default: 1 if its weight is positive.
    block_bytes : int
        Working memory beside the input and the result.
    out : ndarray, shape (measures, pairs), optional
        Array to write the values to.

    Returns
    -------
    values : ndarray, shape (measures, pairs)
        In the order of `pair_indices`; NaN if a measure is undefined.
    shared : ndarray of int, shape (pairs,)
        Number of items on which both have a level.
    """
    pairs = n_pairs(len(codes))
    values = np.empty((len(measures), pairs)) if out is None else out
    shared = np.empty(pairs, dtype=np.int64)
    if counts is None and weights is not None:
        counts = (weights > 0).astype(np.float64)
    for joints, number, segments in table_chunks(codes, n_levels, [weights], counts, block_bytes):
        tables = Tables(joints[0])
        # The only invalid division is 0/0, whose documented value is NaN.
        with np.errstate(invalid="ignore"):
            rows = [FORMS[form](tables, distance) for form, distance in measures]
        number = tables.total if number is None else number
        for target, source in segments:
            shared[target] = number[source]
            for row, result in zip(rows, values, strict=True):
                result[target] = row[source]
    return values, shared
