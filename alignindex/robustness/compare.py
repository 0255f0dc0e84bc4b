"""The same index without an indicator, aggregated otherwise, or on dyads that are not aligned."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.errors import AlignIndexError, PanelError, SpecError, first_three
from alignindex.base.typing import Floats
from alignindex.kernels.robustness import ranks as kernels
from alignindex.kernels.robustness.ranks import Ties
from alignindex.kernels.scoring import aggregate
from alignindex.kernels.scoring.tree import Tree
from alignindex.robustness.checks import check_number, check_result, check_ties
from alignindex.robustness.draws.alternatives import drop_one
from alignindex.robustness.draws.sampler import Inputs, Sampler
from alignindex.robustness.keys import group_numbers
from alignindex.robustness.output import Target
from alignindex.scoring.result import AlignmentResult, score

__all__ = ["Compensability", "Placebo", "compensability", "leave_one_out", "placebo"]

RULES = {
    "mean": aggregate.weighted_mean,
    "geometric": aggregate.weighted_geometric,
    "min": aggregate.minimum,
}


def leave_one_out(
    result: AlignmentResult, *, within: Sequence[str] = ("partner", "year"), ties: Ties = "min"
) -> pd.DataFrame:
    """Score and rank every dyad-year without each of the indicators.

    Parameters
    ----------
    result : AlignmentResult
        Of two indicators at least.
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
        If there is one indicator only.

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
    check_ties(ties)
    names = [indicator.name for indicator in result.spec.indicators]
    if len(names) < 2:
        raise SpecError(f"spec {result.spec.name!r} has one indicator: there is none to leave out")
    sampler = Sampler(result, alternatives=[drop_one(result.spec)])
    inputs = Inputs(np.empty((len(names) + 1, 0)), np.arange(len(names) + 1)[:, None], {})
    nominal = result.scores["score"].to_numpy()
    scores, ranks, shifts = np.empty((3, len(names) + 1, len(nominal)))
    by_score = Target(sampler, nominal, "score", within, ties)
    by_rank = Target(sampler, nominal, "rank", within, ties)
    for place, groups in by_rank.parts(1 << 16):
        scores[:, place] = by_score.values(groups, inputs)
        ranks[:, place] = by_rank.values(groups, inputs)
        shifts[:, place] = by_rank.shifts(groups, inputs)
    index = result.scores.index
    repeated = index.repeat(len(names))
    keys = pd.MultiIndex.from_arrays(
        [
            *(repeated.get_level_values(i) for i in range(3)),
            np.tile(np.asarray(names, dtype=object), len(index)),
        ],
        names=[*index.names, "dropped"],
    )
    return pd.DataFrame(
        {
            "score": scores[1:].T.ravel(),
            "score_change": (scores[1:] - scores[0]).T.ravel(),
            "rank": ranks[1:].T.ravel(),
            "rank_change": shifts[1:].T.ravel(),
        },
        index=keys,
    )


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
        place is not counted: nothing was won by it.
    share : float
        How often that is so, among the dyad-years with all four ranks.
    """

    table: pd.DataFrame = field(repr=False)
    share: float


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
    check_ties(ties)
    for end, name in ((weak, "weak"), (strong, "strong")):
        check_number(end, name, "a code in [0, 1]", -np.inf, np.inf)
    if not 0 <= weak < strong <= 1:
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
        balance, _ = kernels.copeland(codes[rows], weights)
        for name, value in [*((n, v[rows]) for n, v in values.items()), ("copeland", balance)]:
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
        One row a year (and one ``all``): ``n``, ``mean``, ``q50``, ``q90``, ``q95``, ``max`` of
        the placebo scores.
    above : Series
        Rows of ``result.scores`` that are no placebo: share of all the placebo scores that lie
        below the score, ties counted half. About 0.5 is what a placebo gets.
    """

    scores: pd.DataFrame = field(repr=False)
    floor: pd.DataFrame = field(repr=False)
    above: pd.Series = field(repr=False)


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
    if not isinstance(dyads, pd.DataFrame):
        dyads = _pairs(dyads)
    if isinstance(dyads, pd.DataFrame):
        fake = score(dyads, result.spec).scores
        mine = np.zeros(len(result.scores), dtype=bool)
    else:
        pairs = pd.MultiIndex.from_tuples(dyads)
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
            year: {
                "n": float(values.notna().sum()),
                "mean": values.mean(),
                "q50": values.quantile(0.5),
                "q90": values.quantile(0.9),
                "q95": values.quantile(0.95),
                "max": values.max(),
            }
            for year, values in groups
        }
    ).T.rename_axis("year")
    real = result.scores.loc[~mine, "score"]
    value = real.to_numpy()
    margin = 2.0 * (result.spec.range[1] - result.spec.range[0]) * kernels.UNIT
    below = np.searchsorted(known, value - margin, side="left")
    upto = np.searchsorted(known, value + margin, side="right")
    share = np.where(np.isnan(value), np.nan, (below + upto) / 2.0 / known.size)
    return Placebo(fake, floor, pd.Series(share, index=real.index, name="above"))


def _pairs(dyads: Any) -> list[tuple[str, str]]:
    """Pairs of state and partner; a pair is no text, though a text of two letters has two parts."""
    found = list(dyads) if isinstance(dyads, Iterable) and not isinstance(dyads, str) else None
    wrong = [dyads] if found is None else [
        pair for pair in found
        if not (isinstance(pair, tuple | list) and len(pair) == 2)
    ]  # fmt: skip
    if wrong or not found:
        raise PanelError(
            "dyads are a list of (state, partner), such as [('EST', 'RUS')], or a panel; got "
            f"{wrong[0] if wrong else dyads!r}"
        )
    return [(state, partner) for state, partner in found]
