"""Standard errors of similarity, for all pairs at once: delta method, and bootstrap over items.

Items are treated as draws from a population of issues. The delta method needs, beside the joint
tables, the derivative of a measure with respect to the cells of the table, and the tables of
squared weights. The bootstrap redraws the items, the same for all pairs, so that one matrix
product per draw serves them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alignindex.kernels.similarity.measures import FORMS, pair_measures
from alignindex.kernels.similarity.tables import (
    BLOCK_BYTES,
    Distance,
    Tables,
    n_pairs,
    table_chunks,
)
from alignindex.kernels.typing import Floats, Ints

__all__ = ["SLOPES", "analytic_errors", "bootstrap_errors"]

# A slope is the derivative of a measure with respect to the cells of the table of proportions, up
# to a constant over cells (which the centring in `_variance` removes). Shapes: (levels², pairs).


def agreement_slope(tables: Tables, distance: Distance) -> Floats:
    """Slope of 1 − D."""
    return -_column(distance) / distance.span * np.ones_like(tables.cells)


def s_slope(tables: Tables, distance: Distance) -> Floats:
    """Slope of 1 − 2D."""
    return 2.0 * agreement_slope(tables, distance)


def a_slope(tables: Tables, distance: Distance) -> Floats:
    """Slope of 2 (E[D] − D)."""
    return 2.0 / distance.span * (_independent_slope(tables, distance) - _column(distance))


def kappa_slope(tables: Tables, distance: Distance) -> Floats:
    """Slope of 1 − D / E[D] (Fleiss, Cohen & Everitt 1969, doi:10.1037/h0028106)."""
    seen = tables.observed(distance) / tables.total
    chance = tables.independent(distance) / tables.total**2
    return (seen / chance * _independent_slope(tables, distance) - _column(distance)) / chance


def pi_slope(tables: Tables, distance: Distance) -> Floats:
    """Slope of 1 − D / E[D] with pooled margins."""
    seen = tables.observed(distance) / tables.total
    chance = tables.pooled(distance) / (4.0 * tables.total**2)
    pooled = distance.matrix @ ((tables.first + tables.second) / (2.0 * tables.total))
    slope = _outer_sum(pooled, pooled)
    return (seen / chance * slope - _column(distance)) / chance


def tau_b_slope(tables: Tables, distance: Distance) -> Floats:
    """Slope of tau-b (Brown & Benedetti 1977, JASA 72(358), 309–315)."""
    rank = np.arange(tables.n_levels, dtype=np.float64)
    sign = np.sign(rank[:, None] - rank)
    joint = tables.cells.reshape(tables.n_levels, tables.n_levels, -1)
    by_first = np.einsum("ki,ijp->kjp", sign, joint)
    concordance = np.einsum("lj,kjp->klp", sign, by_first).reshape(tables.cells.shape)
    concordance = concordance / tables.total
    excess: Floats = (tables.cells * concordance).sum(axis=0) / tables.total
    untied_first = distance.matrix @ tables.first / tables.total
    untied_second = distance.matrix @ tables.second / tables.total
    size_first: Floats = (tables.first * untied_first).sum(axis=0) / tables.total
    size_second: Floats = (tables.second * untied_second).sum(axis=0) / tables.total
    # d log tau = d log excess − ½ d log size_first − ½ d log size_second, all three quadratic.
    spread = _outer_sum(untied_first / size_first, untied_second / size_second)
    slope: Floats = (2.0 * concordance - excess * spread) / np.sqrt(size_first * size_second)
    return slope


SLOPES: Mapping[str, Callable[[Tables, Distance], Floats]] = {
    "agreement": agreement_slope,
    "s": s_slope,
    "a": a_slope,
    "kappa": kappa_slope,
    "pi": pi_slope,
    "tau_b": tau_b_slope,
}
"""The slope of every form in `alignindex.kernels.similarity.measures.FORMS`."""


def analytic_errors(
    codes: NDArray[np.signedinteger[Any]],
    n_levels: int,
    measures: Sequence[tuple[str, Distance]],
    *,
    weights: Floats | None = None,
    squares: Floats | None = None,
    counts: Floats | None = None,
    block_bytes: int = BLOCK_BYTES,
) -> tuple[Floats, Ints, Floats]:
    """Return measures, numbers of shared items, and delta-method standard errors.

    The variance is ``Σ w² (g − ḡ)² / (Σ w)²`` over the shared items, with g the slope of the
    measure at the item's cell and ḡ its weighted mean: the infinitesimal jackknife. It is zero
    if all shared items lie in one cell, and NaN if the measure is NaN or fewer than two items are
    shared.

    Parameters
    ----------
    codes, n_levels, measures, weights, counts, block_bytes
        As in `alignindex.kernels.similarity.measures.pair_measures`.
    squares : ndarray, shape (items,), optional
        Squared weight of each item. Default: the square of `weights`. Differs if one column stands
        for several items.

    Returns
    -------
    values : ndarray, shape (measures, pairs)
    shared : ndarray of int, shape (pairs,)
    errors : ndarray, shape (measures, pairs)
    """
    pairs = n_pairs(len(codes))
    values, errors = np.empty((2, len(measures), pairs))
    shared = np.empty(pairs, dtype=np.int64)
    weightings = [weights]
    if weights is not None:
        weightings.append(weights**2 if squares is None else squares)
        counts = (weights > 0).astype(np.float64) if counts is None else counts
    for joints, number, segments in table_chunks(codes, n_levels, weightings, counts, block_bytes):
        tables = Tables(joints[0])
        squared = joints[-1].reshape(n_levels**2, -1)
        number = tables.total if number is None else number
        with np.errstate(invalid="ignore", divide="ignore"):
            rows = [FORMS[form](tables, distance) for form, distance in measures]
            spreads = [
                np.sqrt(_variance(tables, squared, SLOPES[form](tables, distance)))
                for form, distance in measures
            ]
        for target, source in segments:
            shared[target] = number[source]
            for row, spread, value, error in zip(rows, spreads, values, errors, strict=True):
                value[target] = row[source]
                error[target] = spread[source]
    errors[np.isnan(values) | (shared < 2)] = np.nan
    return values, shared, errors


def bootstrap_errors(
    codes: NDArray[np.signedinteger[Any]],
    n_levels: int,
    measures: Sequence[tuple[str, Distance]],
    draws: NDArray[np.integer[Any]],
    *,
    weights: Floats | None = None,
    block_bytes: int = BLOCK_BYTES,
) -> Floats:
    """Return the standard deviation of every measure over redrawn items.

    Parameters
    ----------
    codes, n_levels, measures, weights, block_bytes
        As in `alignindex.kernels.similarity.measures.pair_measures`; `weights` are those of
        a single item.
    draws : ndarray of int, shape (draws, items)
        How often each item is drawn.

    Returns
    -------
    errors : ndarray, shape (measures, pairs)
        Over the draws in which the measure is defined; NaN if those are fewer than half.
    """
    shape = (len(measures), n_pairs(len(codes)))
    mean, squares, defined = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for times in draws:
        drawn = times if weights is None else times * weights
        values, _ = pair_measures(
            codes, n_levels, measures, weights=drawn.astype(np.float64), block_bytes=block_bytes
        )
        known = ~np.isnan(values)
        defined += known
        # Welford's update, which a draw without a value does not change.
        step = np.where(known, values - mean, 0.0)
        mean += step / np.maximum(defined, 1.0)
        squares += step * np.where(known, values - mean, 0.0)
    enough = (defined >= 2) & (2 * defined >= len(draws))
    variances: Floats = np.divide(squares, defined - 1.0, out=np.full(shape, np.nan), where=enough)
    return np.sqrt(variances)


def _column(distance: Distance) -> Floats:
    """Return the distance as a column over cells, shape (levels², 1)."""
    return distance.matrix.reshape(-1, 1)


def _outer_sum(first: Floats, second: Floats) -> Floats:
    """Return ``first_k + second_l`` in every cell, shape (levels², pairs)."""
    return (first[:, None] + second[None, :]).reshape(len(first) ** 2, -1)


def _independent_slope(tables: Tables, distance: Distance) -> Floats:
    """Return the slope of E[D] under independence."""
    return _outer_sum(
        distance.matrix @ tables.second / tables.total,
        distance.matrix @ tables.first / tables.total,
    )


def _variance(tables: Tables, squared: Floats, slope: Floats) -> Floats:
    """Return the variance of a measure from its slope and the table of squared weights."""
    centre = (tables.cells * slope).sum(axis=0) / tables.total
    spread: Floats = (squared * (slope - centre) ** 2).sum(axis=0)
    return spread / tables.total**2
