"""The same index without an indicator, aggregated otherwise, or on dyads that are not aligned."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.arguments import check_choice, check_within
from alignindex.base.errors import AlignIndexError, PanelError, SpecError, first_three
from alignindex.base.typing import Floats
from alignindex.kernels.robustness import ranks as kernels
from alignindex.kernels.robustness.ranks import TIES, Ties
from alignindex.kernels.scoring import aggregate
from alignindex.kernels.scoring.tree import Tree
from alignindex.panel.select import Labels, select_labels
from alignindex.robustness.draws.alternatives import Choice, Drop
from alignindex.robustness.draws.sampler import Inputs, Sampler, check_result
from alignindex.robustness.draws.summaries import group_numbers, quantile_names
from alignindex.robustness.output import Output, effects_frame
from alignindex.scoring.result import AlignmentResult, score

__all__ = ["Compensability", "Placebo", "compensability", "leave_one_out", "placebo"]

QUANTILES = [0.5, 0.9, 0.95]
RULES = {
    "mean": aggregate.weighted_mean,
    "geometric": aggregate.weighted_geometric,
    "min": aggregate.minimum,
}


def leave_one_out(
    result: AlignmentResult,
    *,
    indicators: Labels = None,
    within: Sequence[str] = ("partner", "year"),
    ties: Ties = "min",
) -> pd.DataFrame:
    """Score and rank every dyad-year without each of the indicators.

    Parameters
    ----------
    result : AlignmentResult
        Of two indicators at least.
    indicators : str or list of str, optional
        Indicators to leave out, one at a time; all by default.
    within : sequence of {"state", "partner", "year"}
    ties : {"min", "average", "max"}

    Returns
    -------
    DataFrame
        Index (state, partner, year, dropped); ``score`` and ``rank`` without the indicator,
        ``score_change`` and ``rank_change`` from the nominal ones (without minus with; ranks among
        the dyad-years that have a score both ways). Scores with another range are mapped linearly
        on the nominal one. Averages are one `groupby` away.

    Raises
    ------
    SpecError
        If there is one indicator only, or the spec is not valid without one of the indicators.

    Examples
    --------
    >>> import alignindex as ai
    >>> from alignindex import robustness
    >>> result = ai.score(ai.load_panel("post_soviet").loc[["ARM"]], "erkomaishvili2019")
    >>> table = robustness.leave_one_out(result)
    >>> change = table["score_change"].abs().groupby("dropped").mean()
    >>> change.idxmax()
    'un_votes'
    """
    check_result(result)
    names = [indicator.name for indicator in result.spec.indicators]
    if len(names) < 2:
        raise SpecError(f"spec {result.spec.name!r} has one indicator: there is none to leave out")
    names = select_labels(indicators, names, "indicators")
    dropped = Choice("dropped", {"none": None, **{name: Drop(name) for name in names}})
    sampler = Sampler(result, alternatives=[dropped])
    inputs = Inputs(np.empty((len(names) + 1, 0)), np.arange(len(names) + 1)[:, None], {})
    scores, ranks, shifts = np.empty((3, len(names) + 1, len(sampler.index)))
    by_score = Output(sampler, "score", within, ties)
    by_rank = Output(sampler, "rank", within, ties)
    for place, groups in by_rank.parts(1 << 16):
        scores[:, place] = by_score.values(groups, inputs)
        ranks[:, place] = by_rank.values(groups, inputs)
        shifts[:, place] = by_rank.shifts(groups, inputs)
    effects = {
        "score": scores[1:],
        "score_change": scores[1:] - scores[0],
        "rank": ranks[1:],
        "rank_change": shifts[1:],
    }
    return effects_frame(sampler.index, "dropped", names, effects)


@dataclass(frozen=True, eq=False)
class Compensability:
    """How much a strong indicator makes up for a weak one.

    Attributes
    ----------
    table : DataFrame
        Rows of ``result.scores``: ``mean``, ``geometric``, ``min`` (values of the three ways to
        aggregate), ``rank_mean``, ``rank_geometric``, ``rank_min``, ``rank_copeland`` (places in
        the group; Copeland has no value), and ``made_up``: True where a weak indicator stands
        beside a strong one *and* the place under the mean is better than under the geometric
        mean, which lets a strong indicator make up for less. A dyad with both that keeps its
        place is not counted: it gains nothing.
    share : float
        Share of such dyad-years among those with all four ranks.
    """

    table: pd.DataFrame = field(repr=False)
    share: float

    def to_frame(self) -> pd.DataFrame:
        """Return `table`."""
        return self.table


def compensability(
    result: AlignmentResult,
    *,
    weak: float = 0.25,
    strong: float = 0.75,
    within: Sequence[str] = ("partner", "year"),
    ties: Ties = "min",
) -> Compensability:
    """Aggregate the codes by mean, geometric mean, minimum and Copeland's rule, side by side.

    Mean, geometric mean and minimum each take the place of the aggregation of *every* node, with
    the weights of the node and without its scale; an unknown code leaves its weight to its
    siblings. Copeland's rule compares a dyad with the others of its group only, indicator by
    indicator, with weights multiplied down the tree, so it gives a place there and never a score.
    Dyad-years whose score is unknown are left out.

    Parameters
    ----------
    result : AlignmentResult
    weak, strong : float
        A code of at most `weak` is weak, one of at least `strong` strong.
    within : sequence of {"state", "partner", "year"}
    ties : {"min", "average", "max"}

    Returns
    -------
    Compensability

    Raises
    ------
    AlignIndexError
        If not 0 <= weak < strong <= 1.

    Examples
    --------
    >>> import alignindex as ai
    >>> from alignindex import robustness
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> 0 < robustness.compensability(result).share < 1
    True
    """
    check_result(result)
    check_choice(ties, "ties", TIES)
    check_within(weak, "weak", "a code in [0, 1]", 0, 1)
    check_within(strong, "strong", "a code in [0, 1]", 0, 1)
    if weak >= strong:
        raise AlignIndexError(f"needs 0 <= weak < strong <= 1; got weak={weak}, strong={strong}")
    codes = result.codes.to_numpy()
    known = result.scores["score"].notna().to_numpy()
    codes = np.where(known[:, None], codes, np.nan)
    weights = np.array(result.spec.leaf_weights)
    tree = result.spec.tree
    values = {name: _by(rule, tree, codes) for name, rule in RULES.items()}
    group, labels = group_numbers(result.scores.index, within)
    order = np.argsort(group, kind="stable")
    bounds = np.searchsorted(group[order], np.arange(len(labels) + 1))
    places = {name: np.full(len(codes), np.nan) for name in (*values, "copeland")}
    for start, stop in itertools.pairwise(bounds):
        rows = order[start:stop]
        net, _ = kernels.copeland(codes[rows], weights)
        for name, value in [*((n, v[rows]) for n, v in values.items()), ("copeland", net)]:
            doubled = kernels.rank_draws(value[:, None], ties=ties)[:, 0]
            places[name][rows] = np.where(doubled > 0, doubled / 2.0, np.nan)
    with np.errstate(invalid="ignore"):
        both = (codes <= weak).any(axis=1) & (codes >= strong).any(axis=1)
        made_up = both & (places["mean"] < places["geometric"])
    table = pd.DataFrame(
        {**values, **{f"rank_{name}": place for name, place in places.items()}},
        index=result.scores.index,
    )
    table["made_up"] = made_up
    ranked = table.filter(like="rank_").notna().all(axis=1).to_numpy()
    return Compensability(table, float(made_up[ranked].mean()) if ranked.any() else np.nan)


def _by(rule: Callable[[Floats, Sequence[float]], Floats], tree: Tree, codes: Floats) -> Floats:
    """Aggregate every node of a tree by one rule, with its own weights; no scale."""
    parts = [
        _by(rule, child, codes) if isinstance(child, Tree) else codes[:, child]
        for child in tree.children
    ]
    return rule(np.stack(parts, axis=1), tree.weights)


@dataclass(frozen=True, eq=False)
class Placebo:
    """Scores of dyads that should not be aligned, and where the others stand against them.

    Attributes
    ----------
    scores : DataFrame
        Of the placebo dyads, as ``result.scores``.
    floor : DataFrame
        One row per year (and one ``all``): ``n``, ``mean``, ``q50``, ``q90``, ``q95``, ``max`` of
        the placebo scores.
    above : Series
        Rows of ``result.scores`` that are not a placebo: share of all the placebo scores that lie
        below the score, ties counted half. About 0.5 is what a placebo gets.
    """

    scores: pd.DataFrame = field(repr=False)
    floor: pd.DataFrame = field(repr=False)
    above: pd.Series = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        """Return `floor`."""
        return self.floor


def placebo(result: AlignmentResult, dyads: Sequence[tuple[str, str]] | pd.DataFrame) -> Placebo:
    """Take the same index on dyads that should not be aligned, as a floor to read scores against.

    Parameters
    ----------
    result : AlignmentResult
    dyads : sequence of (state, partner), or DataFrame
        Dyads of the result, or a panel of others with the columns of the spec.

    Returns
    -------
    Placebo

    Raises
    ------
    PanelError
        If a dyad is not in the result, or no placebo has a score.

    Examples
    --------
    >>> import alignindex as ai
    >>> from alignindex import robustness
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> floor = robustness.placebo(result, [("EST", "RUS"), ("LVA", "RUS"), ("LTU", "RUS")])
    >>> bool(floor.above.loc[("ARM", "RUS", 2013)] > 0.95)
    True
    """
    check_result(result)
    if isinstance(dyads, pd.DataFrame):
        fake = score(dyads, result.spec).scores
        mine = np.zeros(len(result.scores), dtype=bool)
    else:
        pairs = _pairs(dyads)
        own: Any = result.scores.index.droplevel("year")  # type: ignore[arg-type]
        absent = [pair for pair in pairs if pair not in own]
        if absent:
            raise PanelError(f"the result has no dyad {first_three(absent)}; name dyads it has")
        mine = own.isin(pairs)
        fake = result.scores[mine]
    known = np.sort(fake["score"].dropna().to_numpy())
    if not known.size:
        raise PanelError("no placebo dyad-year has a score; take dyads with more coverage")
    years = fake.index.get_level_values("year")
    groups = [("all", fake["score"]), *fake["score"].groupby(years)]
    floor = pd.DataFrame(
        {
            year: [values.notna().sum(), values.mean(), *values.quantile(QUANTILES), values.max()]
            for year, values in groups
        },
        index=["n", "mean", *quantile_names(QUANTILES), "max"],
        dtype=np.float64,
    ).T.rename_axis("year")
    real = result.scores.loc[~mine, "score"]
    value = real.to_numpy()
    margin = 2.0 * (result.spec.range[1] - result.spec.range[0]) * kernels.UNIT
    below = np.searchsorted(known, value - margin, side="left")
    upto = np.searchsorted(known, value + margin, side="right")
    share = np.where(np.isnan(value), np.nan, (below + upto) / 2.0 / known.size)
    return Placebo(fake, floor, pd.Series(share, index=real.index, name="above"))


def _pairs(dyads: Any) -> list[tuple[str, str]]:
    """Pairs of state and partner; a text of two letters is not a pair, though it has two parts."""
    found = list(dyads) if isinstance(dyads, Iterable) and not isinstance(dyads, str) else [dyads]
    wrong = [pair for pair in found if not (isinstance(pair, tuple | list) and len(pair) == 2)]
    if wrong or not found:
        raise PanelError(
            "dyads are a list of (state, partner), such as [('EST', 'RUS')], or a panel; got "
            f"{wrong[0] if wrong else dyads!r}"
        )
    return [(state, partner) for state, partner in found]
