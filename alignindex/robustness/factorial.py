"""Exact effects of discrete choices, from every combination of their levels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from alignindex.base.errors import AlignIndexError
from alignindex.kernels.robustness import sensitivity as kernels
from alignindex.kernels.robustness.ranks import Ties
from alignindex.robustness.draws.alternatives import Choice, combinations
from alignindex.robustness.draws.sampler import Inputs, Sampler
from alignindex.robustness.output import Kind, Output, effects_frame
from alignindex.scoring.result import AlignmentResult

__all__ = ["Factorial", "factorial"]

MOST_RUNS, MOST_CHOICES = 100_000, 16


@dataclass(frozen=True, eq=False)
class Factorial:
    """Exact effects of every choice.

    Attributes
    ----------
    effects : DataFrame
        Index: the output (dyad-year, or group) and ``choice``; columns ``first``, ``total``,
        ``shapley`` as shares of the variance, and ``variance``, that of the output over all
        combinations (the same for every choice). Shares are NaN where the output never changes,
        all four where it is unknown in some combination.
    runs : DataFrame
        One row per combination: the level of each choice, and its ``probability``.
    outputs : DataFrame
        Output of every run: one row per run, one column per output.
    """

    effects: pd.DataFrame = field(repr=False)
    runs: pd.DataFrame = field(repr=False)
    outputs: pd.DataFrame = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        """Return `effects`."""
        return self.effects

    def __repr__(self) -> str:
        return f"<Factorial: {len(self.runs)} runs, {self.outputs.shape[1]} outputs>"


def factorial(
    result: AlignmentResult,
    alternatives: Sequence[Choice],
    *,
    output: Kind = "score",
    within: Sequence[str] = ("partner", "year"),
    ties: Ties = "min",
) -> Factorial:
    r"""Run every combination of choices and split the variance of an output among them, exactly.

    Parameters
    ----------
    result : AlignmentResult
    alternatives : sequence of Choice
        At most 16, and at most 100,000 combinations. Independent: the probability of a
        combination is the product of those of its levels.
    output : {"score", "rank", "rank_change", "kendall"}
        A dyad-year's score or rank; a group's mean absolute change of rank, or Kendall's distance
        to its nominal order (0 to 1, a pair tied in one of the two counted half).
    within : sequence of {"state", "partner", "year"}
        Groups in which ranks are taken.
    ties : {"min", "average", "max"}

    Returns
    -------
    Factorial

    Raises
    ------
    AlignIndexError
        If there are no choices, or too many combinations.
    SpecError, PanelError
        If a choice does not fit the spec or the panel.

    Notes
    -----
    Shapley effects sum to 1, and each lies between the first-order and the total effect (Owen
    2014, doi:10.1137/130936233). Unknown codes are treated as the spec of each run says.

    Examples
    --------
    >>> import alignindex as ai
    >>> from alignindex import robustness
    >>> result = ai.score(ai.load_panel("post_soviet").loc[["ARM"]], "erkomaishvili2019")
    >>> choice = robustness.Choice("mean", {"a": None, "g": robustness.Aggregate("geometric")})
    >>> found = robustness.factorial(result, [choice, robustness.drop_one(result.spec)])
    >>> len(found.runs)
    12
    """
    sampler = Sampler(result, alternatives=alternatives)
    choices = sampler.choices
    sizes = [len(choice.levels) for choice in choices]
    runs = math.prod(sizes)
    if not choices or runs > MOST_RUNS or len(choices) > MOST_CHOICES:
        raise AlignIndexError(
            f"factorial runs from 1 to {MOST_CHOICES} choices and at most {MOST_RUNS} combinations "
            f"of their levels; got {len(choices)} choices and {runs} combinations: leave some "
            "out, or use sensitivity()"
        )
    levels = combinations(choices)
    inputs = Inputs(np.empty((runs, 0)), levels, {})
    outputs = Output(sampler, output, within, ties)
    table = np.empty((runs, len(outputs.labels)))
    for place, groups in outputs.parts(max(1, (1 << 24) // runs)):
        table[:, place] = outputs.values(groups, inputs)
    found = kernels.factorial_effects(
        table.reshape(*sizes, -1), [choice.probability for choice in choices]
    )
    taken = list(zip(choices, levels.T, strict=True))
    frame = pd.DataFrame(
        {choice.name: np.asarray(choice.levels, dtype=object)[own] for choice, own in taken}
    )
    frame["probability"] = np.prod([choice.probability[own] for choice, own in taken], axis=0)
    scale = np.where(found.variance > 0, found.variance, np.nan)
    effects = {name: getattr(found, name) / scale for name in ("first", "total", "shapley")}
    effects["variance"] = np.tile(found.variance, (len(choices), 1))
    return Factorial(
        effects=effects_frame(outputs.labels, "choice", [c.name for c in choices], effects),
        runs=frame,
        outputs=pd.DataFrame(table, columns=outputs.labels),
    )
