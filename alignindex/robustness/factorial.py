"""Exact effects of discrete choices, from every combination of their levels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.errors import AlignIndexError
from alignindex.base.typing import Floats
from alignindex.kernels.robustness import sensitivity as kernels
from alignindex.kernels.robustness.ranks import Ties
from alignindex.robustness.checks import check_choices, check_result, check_ties
from alignindex.robustness.draws.alternatives import Choice
from alignindex.robustness.draws.sampler import Inputs, Sampler
from alignindex.robustness.output import Output, Target
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
        One row a combination: the level of each choice, and its ``probability``.
    outputs : DataFrame
        Output of every run: one row a run, one column an output.
    """

    effects: pd.DataFrame = field(repr=False)
    runs: pd.DataFrame = field(repr=False)
    outputs: pd.DataFrame = field(repr=False)

    def __repr__(self) -> str:
        return f"<Factorial: {len(self.runs)} runs, {self.outputs.shape[1]} outputs>"


def factorial(
    result: AlignmentResult,
    choices: Sequence[Choice],
    *,
    output: Output = "score",
    within: Sequence[str] = ("partner", "year"),
    ties: Ties = "min",
) -> Factorial:
    r"""Run every combination of choices and split the variance of an output among them, exactly.

    Parameters
    ----------
    result : AlignmentResult
    choices : sequence of Choice
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
        If there is no choice, or there are too many combinations.
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
    check_result(result)
    choices = check_choices(choices, "choices")
    check_ties(ties)
    if not choices:
        raise AlignIndexError("factorial needs at least one choice")
    sizes = [len(choice.levels) for choice in choices]
    runs = math.prod(sizes)
    if runs > MOST_RUNS or len(choices) > MOST_CHOICES:
        raise AlignIndexError(
            f"{len(choices)} choices make {runs} combinations; at most {MOST_CHOICES} choices and "
            f"{MOST_RUNS} combinations are run: leave some out, or use sensitivity()"
        )
    sampler = Sampler(result, alternatives=choices)
    levels = np.array(list(sampler.plan.combinations()), dtype=np.int64)
    inputs = Inputs(np.empty((runs, 0)), levels, {})
    target = Target(sampler, result.scores["score"].to_numpy(), output, within, ties)
    table = np.empty((runs, len(target.labels)))
    for place, groups in target.parts(max(1, (1 << 24) // runs)):
        table[:, place] = target.values(groups, inputs)
    probabilities = [choice.probability for choice in choices]
    found = kernels.factorial_effects(table.reshape(*sizes, -1), probabilities)
    names = [choice.name for choice in choices]
    frame = pd.DataFrame(
        {
            choice.name: np.asarray(choice.levels, dtype=object)[levels[:, j]]
            for j, choice in enumerate(choices)
        }
    )
    chance = [choice.probability[levels[:, j]] for j, choice in enumerate(choices)]
    frame["probability"] = np.prod(chance, axis=0)
    return Factorial(
        effects=effects_frame(
            target.labels,
            "choice",
            names,
            {"first": found.first, "total": found.total, "shapley": found.shapley},
            found.variance,
        ),
        runs=frame,
        outputs=pd.DataFrame(table, columns=target.labels),
    )


def effects_frame(
    labels: pd.Index[Any],
    level: str,
    names: Sequence[str],
    effects: dict[str, Floats],
    variance: Floats,
) -> pd.DataFrame:
    """Tidy effects, as shares: one row an output and factor."""
    k, m = len(names), len(labels)
    scale = np.where(variance > 0, variance, np.nan)
    columns = {name: (values / scale).T.ravel() for name, values in effects.items()}
    columns["variance"] = np.repeat(variance, k)
    index = labels.repeat(k)
    arrays = [index.get_level_values(i) for i in range(index.nlevels)]
    keys = pd.MultiIndex.from_arrays(
        [*arrays, np.tile(np.asarray(names, dtype=object), m)], names=[*index.names, level]
    )
    return pd.DataFrame(columns, index=keys)
