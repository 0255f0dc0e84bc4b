"""Effects of continuous factors, and of whole sources of uncertainty, by quasi-Monte Carlo."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.arguments import (
    check_choice,
    check_count,
    check_level,
    generator,
    seed_of,
)
from alignindex.base.errors import AlignIndexError, first_three
from alignindex.base.typing import Floats
from alignindex.kernels.robustness import draws as draw_kernels
from alignindex.kernels.robustness import sensitivity as kernels
from alignindex.kernels.robustness.ranks import Ties
from alignindex.robustness.draws.alternatives import Choice
from alignindex.robustness.draws.cells import MissingDraws
from alignindex.robustness.draws.coder_error import Coders
from alignindex.robustness.draws.dependence import Sharing
from alignindex.robustness.draws.sampler import Inputs, Sampler
from alignindex.robustness.draws.weights import Dirichlet, Weights
from alignindex.robustness.output import Kind, Output, effects_frame
from alignindex.scoring.result import AlignmentResult

__all__ = ["Sensitivity", "SensitivityWarning", "sensitivity"]

CERTAIN = 0.95
NEARLY = 0.05  # share of the variance
COLUMNS = (
    "first",
    "first_lower",
    "first_upper",
    "total",
    "total_lower",
    "total_upper",
    "variance",
)


class SensitivityWarning(UserWarning):
    """The sample is too small to put the factors in order."""


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """First-order and total indices with bootstrap intervals.

    Attributes
    ----------
    effects : DataFrame
        Index: the output and ``factor``; columns ``first``, ``first_lower``, ``first_upper``,
        ``total``, ``total_lower``, ``total_upper`` (shares of the variance; percentile intervals
        at the level of the call) and ``variance``.
    order : DataFrame
        One row per output: ``certainty``, the smallest share of bootstrap draws in which two
        factors that follow one another by total index are in that order; ``pair``, which two.
        Two whose difference is within ±0.05 (90 % of the draws) count as equal.
    evaluations : int
        Runs of the model: points × (factors + 2).
    seed : int or None
        Seed that gives the same numbers again; None if a Generator was given.
    """

    effects: pd.DataFrame = field(repr=False)
    order: pd.DataFrame = field(repr=False)
    evaluations: int
    seed: int | None

    def to_frame(self) -> pd.DataFrame:
        """Return `effects`."""
        return self.effects

    def __repr__(self) -> str:
        return f"<Sensitivity: {len(self.order)} outputs, {self.evaluations} runs>"


def sensitivity(
    result: AlignmentResult,
    *,
    points: int = 1024,
    weights: Weights = Dirichlet(50.0),  # noqa: B008 - frozen
    alternatives: Sequence[Choice] = (),
    missing: MissingDraws = "admissible",
    coders: Coders | None = None,
    facts: pd.DataFrame | None = None,
    shared: Mapping[str, Sharing] | None = None,
    factors: Literal["source", "weight"] = "source",
    output: Kind = "score",
    within: Sequence[str] = ("partner", "year"),
    ties: Ties = "min",
    draws: int = 500,
    level: float = 0.9,
    rng: np.random.Generator | int | None = 0,
) -> Sensitivity:
    r"""Say which source of uncertainty an output depends on.

    Parameters
    ----------
    result : AlignmentResult
    points : int
        Base points of the design, a power of two; every factor costs as many runs again.
    weights, alternatives, missing, coders, facts, shared
        As in :func:`uncertainty`.
    factors : {"source", "weight"}
        What counts as one factor besides each choice, the unknown codes and the coder errors: all
        weights together, or the weight of each child of a node by itself.
    output, within, ties
        As in :func:`factorial`.
    draws : int
        Bootstrap draws over the points.
    level : float
        Probability of the intervals.
    rng : Generator, int or None

    Returns
    -------
    Sensitivity

    Raises
    ------
    AlignIndexError
        If `points` is not a power of two, an option is out of range, or nothing varies.

    Warns
    -----
    SensitivityWarning
        If, for some output, two neighbours by total index change places in more than 5 % of the
        bootstrap draws, and their difference is not within ±0.05 either: take more points.

    Notes
    -----
    Scrambled Sobol points for weights and choices, streams of their own for facts; Saltelli's and
    Jansen's estimators, centred: see `kernels.sensitivity.saltelli_jansen`. Drawn weights are
    normalised, so "the weight of a child" is the draw behind it: its gamma variate under
    `Dirichlet`, its factor under `Ranges`. Those are independent, as the method demands.

    Examples
    --------
    >>> import alignindex as ai
    >>> from alignindex import robustness
    >>> panel = ai.load_panel("post_soviet").loc[["ARM"]]
    >>> result = ai.score(panel.query("year == 2013"), "erkomaishvili2019")
    >>> found = robustness.sensitivity(result, points=1024, missing=None, factors="weight", rng=1)
    >>> found.evaluations
    7168
    """
    _check(points, draws, level, factors)
    sampler = Sampler(
        result,
        weights=weights,
        alternatives=alternatives,
        missing=missing,
        coders=coders,
        facts=facts,
        shared=shared,
    )
    random = generator(rng)
    mixed, a, b = _design(sampler, points, random, factors)
    outputs = Output(sampler, output, within, ties)
    resampling = random.integers(2**63)
    k, m = len(mixed), len(outputs.labels)
    table = np.empty((7, k, m))
    certainty, pair = np.ones(m), np.full(m, "", dtype=object)
    tails = [(1 - level) / 2, (1 + level) / 2]
    for place, groups in outputs.parts(max(1, (1 << 23) // (points * (k + 2)))):
        of_a, of_b = outputs.values(groups, a), outputs.values(groups, b)
        of_mixed = np.stack([outputs.values(groups, inputs) for inputs in mixed.values()])
        # The same resampling whatever the part, so that parts change nothing.
        firsts, totals = kernels.bootstrap_indices(
            of_a, of_b, of_mixed, draws, np.random.default_rng(resampling)
        )
        table[0][:, place], table[3][:, place], table[6][:, place] = kernels.saltelli_jansen(
            of_a, of_b, of_mixed
        )
        table[1:3, :, place] = np.quantile(firsts, tails, axis=0)
        table[4:6, :, place] = np.quantile(totals, tails, axis=0)
        certainty[place], pair[place] = _order(table[3][:, place], totals, list(mixed))
    order = pd.DataFrame({"certainty": certainty, "pair": pair}, index=outputs.labels)
    _warn(order, points)
    return Sensitivity(
        effects=effects_frame(
            outputs.labels, "factor", list(mixed), dict(zip(COLUMNS, table, strict=True))
        ),
        order=order,
        evaluations=points * (k + 2),
        seed=seed_of(rng, random),
    )


def _check(points: int, draws: int, level: float, factors: str) -> None:
    check_count(points, "points", 2)
    if points & (points - 1):
        raise AlignIndexError(f"points must be a power of two, such as 1024; got {points}")
    check_count(draws, "draws", 2)
    check_level(level)
    check_choice(factors, "factors", ("source", "weight"))


def _warn(order: pd.DataFrame, points: int) -> None:
    doubtful = order[order["certainty"] < CERTAIN]
    if len(doubtful):
        shown = first_three([f"{label} ({pair})" for label, pair in doubtful["pair"][:4].items()])
        warnings.warn(
            f"{points} points are too few to order the factors for {len(doubtful)} of "
            f"{len(order)} outputs, such as {shown}; take more points",
            SensitivityWarning,
            stacklevel=3,
        )


def _design(
    sampler: Sampler, points: int, rng: np.random.Generator, factors: str
) -> tuple[dict[str, Inputs], Inputs, Inputs]:
    """Return inputs A with one factor from B, by factor, and A and B: one set of points."""
    from scipy.stats import qmc  # costs a second to import

    width, choices = sampler.width, sampler.choices
    size = width + len(choices)
    if 2 * size > qmc.Sobol.MAXDIM:
        raise AlignIndexError(
            f"{size} weights and choices are more than Sobol points can take "
            f"({qmc.Sobol.MAXDIM // 2})"
        )
    # scipy renamed the option in 1.15.
    name = "rng" if "rng" in inspect.signature(qmc.Sobol.__init__).parameters else "seed"
    both = np.zeros((points, 0))
    if size:
        both = qmc.Sobol(2 * size, **{name: rng}).random(points)
    made = []
    for half in (both[:, :size], both[:, size:]):
        levels = np.empty((points, len(choices)), dtype=np.int64)
        for j, choice in enumerate(choices):
            levels[:, j] = draw_kernels.choose(half[:, width + j], np.cumsum(choice.probability))
        seeds = {source: rng.bytes(32) for source in ("missing", "coders")}
        made.append(Inputs(np.ascontiguousarray(half[:, :width]), levels, seeds))
    mixed = _mixed(sampler, made[0], made[1], factors)
    if not mixed:
        raise AlignIndexError("nothing varies: give weights, alternatives, missing or coders")
    return mixed, made[0], made[1]


def _mixed(sampler: Sampler, a: Inputs, b: Inputs, factors: str) -> dict[str, Inputs]:
    """Make inputs A with one factor from B, by the name of the factor."""
    out: dict[str, Inputs] = {}
    start = 0
    for factor in sampler.factors:
        for child in factor.children:
            if factors == "weight":
                uniforms = a.uniforms.copy()
                uniforms[:, start] = b.uniforms[:, start]
                out[f"weight of {child}"] = replace(a, uniforms=uniforms, streams={})
            start += 1
    if factors == "source" and sampler.width:
        out["weights"] = replace(a, uniforms=b.uniforms, streams={})
    for j, choice in enumerate(sampler.choices):
        levels = a.levels.copy()
        levels[:, j] = b.levels[:, j]
        out[choice.name] = replace(a, levels=levels, streams={})
    for source, there in (
        ("missing", sampler.missing is not None),
        ("coders", bool(sampler.coders)),
    ):
        if there:
            out[source] = replace(a, seeds={**a.seeds, source: b.seeds[source]}, streams={})
    return out


def _order(total: Floats, replicates: Floats, names: list[str]) -> tuple[Floats, NDArray[Any]]:
    """Smallest share of draws that keep the order of two neighbours, and which they are."""
    m = total.shape[1]
    sure, pair = np.ones(m), np.full(m, "", dtype=object)
    rank = np.argsort(-total, axis=0, kind="stable")
    for step in range(len(names) - 1):
        above, below = rank[step], rank[step + 1]
        column = np.arange(m)
        gap = replicates[:, above, column] - replicates[:, below, column]
        share = (gap >= 0).mean(axis=0)
        # Two that are known to be nearly equal need no order, and no points would give it.
        ends = np.quantile(gap, [0.05, 0.95], axis=0)
        equal = (np.abs(ends) <= NEARLY).all(axis=0)
        here = (share < sure) & ~np.isnan(total[above, column]) & ~equal
        sure[here] = share[here]
        for i in np.flatnonzero(here):
            pair[i] = f"{names[above[i]]} before {names[below[i]]}"
    return sure, pair
