"""How far scores and ranks depend on weights, choices, missing data and coder error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.errors import AlignIndexError, PanelError
from alignindex.base.typing import Floats
from alignindex.kernels.robustness import draws as kernels
from alignindex.kernels.robustness import ranks
from alignindex.kernels.robustness.ranks import Ties
from alignindex.robustness.checks import (
    check_choices,
    check_count,
    check_number,
    check_numbers,
    check_pairs,
    check_quantiles,
    check_ranks,
    check_result,
    check_ties,
    generator,
    quantile_names,
)
from alignindex.robustness.draws.alternatives import Choice
from alignindex.robustness.draws.coded_cells import MissingRule
from alignindex.robustness.draws.coder_error import Coders
from alignindex.robustness.draws.dependence import Sharing
from alignindex.robustness.draws.sampler import Inputs, Sampler
from alignindex.robustness.draws.summaries import Summaries
from alignindex.robustness.draws.weights import Dirichlet, Weights
from alignindex.robustness.keys import Key, group_numbers, rows_of, years_of
from alignindex.scoring.result import AlignmentResult

__all__ = ["Uncertainty", "uncertainty"]

QUANTILES = (0.05, 0.5, 0.95)
MIB = 1 << 20


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """Scores and ranks over the draws; every frame has the rows of ``result.scores``.

    Attributes
    ----------
    scores : DataFrame
        ``nominal``, ``mean``, ``sd`` (over the known draws, divided by their number),
        one column a quantile (``q05``, ``q50``, ``q95``), ``known``
        (share of the draws that give a score), and ``above_x`` for each threshold: the share of
        the known draws with a score over x. NaN where no draw gives a score.
    ranks : DataFrame
        ``nominal``, one column a quantile, and ``top_k``: P(rank <= k). 1 is the highest score.
    groups : DataFrame
        One row a group: ``n`` (rows with a nominal score), ``order_kept`` (share of the draws in
        which all ranks, ties included, are the nominal ones) and ``mean_rank_change`` (mean
        absolute change of rank, over rows and draws). Both compare the rows that have a score
        nominally and in the draw: where others lose their score, those that remain have passed
        nobody. A draw with no such row counts in neither.
    draws : ndarray, shape (draws, rows), or None
        The scores themselves, with ``keep_draws=True``.

    Notes
    -----
    Draws that were not kept can be had again to the bit: :meth:`sample`, :meth:`above` and
    :meth:`difference` draw the rows that they need once more.
    """

    scores: pd.DataFrame = field(repr=False)
    ranks: pd.DataFrame = field(repr=False)
    groups: pd.DataFrame = field(repr=False)
    draws: Floats | None = field(repr=False)
    _sampler: Sampler = field(repr=False)
    _inputs: Inputs = field(repr=False)

    def __repr__(self) -> str:
        return f"<Uncertainty: {len(self.scores)} dyad-years, {self._inputs.draws} draws>"

    @property
    def shared(self) -> dict[str, Sharing]:
        """Who owns the facts behind the drawn codes of each indicator: see :func:`uncertainty`.

        Examples
        --------
        >>> import alignindex as ai
        >>> from alignindex import robustness
        >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
        >>> robustness.uncertainty(result, draws=2, rng=1).shared["crimea"]
        'actor'
        """
        return self._sampler.codings.sharing

    def sample(self, rows: Sequence[Key] | None = None) -> Floats:
        """Scores of some rows in every draw, (draws, rows); all rows unless given.

        Examples
        --------
        >>> import alignindex as ai
        >>> from alignindex import robustness
        >>> result = ai.score(ai.load_panel("post_soviet").loc[["ARM"]], "erkomaishvili2019")
        >>> sure = robustness.uncertainty(result, draws=100, rng=1)
        >>> sure.sample([("ARM", "RUS", 2013)]).shape
        (100, 1)
        """
        index = self.scores.index
        place = np.arange(len(index)) if rows is None else rows_of(index, rows)
        return self._sampler.scores(place, self._inputs).T

    def above(self, pairs: Sequence[tuple[Key, Key]]) -> pd.DataFrame:
        """P(i above j) for chosen pairs of dyad-years, or of dyads in every year they share.

        Parameters
        ----------
        pairs : sequence of (key, key)
            A key is (state, partner, year), or (state, partner) for all years.

        Returns
        -------
        DataFrame
            Columns ``i``, ``j`` (state–partner), ``year_i``, ``year_j``, ``above``, ``tied``
            (exact ties), ``known`` (share of the draws that give both scores). Ties are no part
            of `above`.
        """
        index = self.scores.index
        lines: list[tuple[tuple[Any, ...], tuple[Any, ...]]] = []
        for pair in check_pairs(pairs):
            one, other = pair
            if len(one) == 3 or len(other) == 3:
                if len(one) != len(other):
                    raise PanelError(
                        f"a pair takes two dyads or two dyad-years; got {one!r} and {other!r}"
                    )
                lines.append((one, other))
                continue
            years = [years_of(index, key) for key in (one, other)]
            lines += [((*one, year), (*other, year)) for year in years[0] if year in years[1]]
        place = [rows_of(index, [line[side] for line in lines]) for side in (0, 1)]
        table = []
        unit = 2.0 * self._sampler.unit
        for (one, other), i, j in zip(lines, *place, strict=True):
            first, second = self._sampler.scores(np.array([i, j]), self._inputs)
            gap = first - second
            known = ~np.isnan(gap)
            number = int(known.sum())
            tied, higher = (np.abs(gap) <= unit).sum(), (gap > unit).sum()
            table.append(
                {
                    "i": f"{one[0]}–{one[1]}",
                    "j": f"{other[0]}–{other[1]}",
                    "year_i": one[2],
                    "year_j": other[2],
                    "above": higher / number if number else np.nan,
                    "tied": tied / number if number else np.nan,
                    "known": number / len(gap),
                }
            )
        columns = ["i", "j", "year_i", "year_j", "above", "tied", "known"]
        return pd.DataFrame(table, columns=columns)

    def difference(
        self, first: int, second: int, *, quantiles: Sequence[float] = QUANTILES
    ) -> pd.DataFrame:
        """Change of every dyad's score between two years, `second` minus `first`, over the draws.

        One draw's weights, choices and errors hold in both years, so the interval is that of the
        change, not of two scores that know nothing of one another.

        Parameters
        ----------
        first, second : int
        quantiles : sequence of float

        Returns
        -------
        DataFrame
            Index (state, partner) of the dyads with both years; ``nominal``, ``mean``, one column
            a quantile, ``rises`` and ``falls`` (shares of the known draws, exact ties in neither)
            and ``known``.

        Notes
        -----
        The indicators that apply may differ between the years: compare on a fixed set of
        indicators (score a spec without the others) where that matters.
        """
        index = self.scores.index
        years = index.get_level_values("year")
        ends = []
        for year in (first, second):
            check_count(year, "a year", -(10**6))
            if not (years == year).any():
                raise PanelError(
                    f"the result has no year {year}; it has {years.min()} to {years.max()}"
                )
            rows = np.flatnonzero(years == year)
            ends.append((rows, index[rows].droplevel("year")))  # type: ignore[arg-type]
        both = ends[0][1].intersection(ends[1][1]).sort_values()
        probabilities = check_quantiles(quantiles)
        nominal = self.scores["nominal"].to_numpy()
        old, new = (rows[dyads.get_indexer(both)] for rows, dyads in ends)
        table = np.empty((len(both), 5 + len(probabilities)))
        unit = 2.0 * self._sampler.unit
        for part in kernels.spans(len(both), max(1, (1 << 22) // self._inputs.draws)):
            gap = self._sampler.scores(new[part], self._inputs)
            gap -= self._sampler.scores(old[part], self._inputs)
            known = np.count_nonzero(~np.isnan(gap), axis=1)
            of = np.where(known > 0, known, np.nan)
            table[part, 0] = nominal[new[part]] - nominal[old[part]]
            table[part, 1] = np.nansum(gap, axis=1) / of
            table[part, -3] = (gap > unit).sum(axis=1) / of
            table[part, -2] = (gap < -unit).sum(axis=1) / of
            table[part, -1] = known / gap.shape[1]
            table[part, 2:-3] = ranks.quantile_rows(gap, probabilities)
        names = ["nominal", "mean", *quantile_names(probabilities), "rises", "falls", "known"]
        return pd.DataFrame(table, index=both, columns=names)


def uncertainty(
    result: AlignmentResult,
    *,
    draws: int = 10_000,
    weights: Weights = Dirichlet(50.0),  # noqa: B008 - frozen
    alternatives: Sequence[Choice] = (),
    missing: MissingRule = "admissible",
    coders: Coders | None = None,
    facts: pd.DataFrame | None = None,
    shared: Mapping[str, Sharing] | None = None,
    rng: np.random.Generator | int | None = None,
    quantiles: Sequence[float] = QUANTILES,
    top: Sequence[int] = (1, 3),
    thresholds: Sequence[float] = (),
    within: Sequence[str] = ("partner", "year"),
    ties: Ties = "min",
    keep_draws: bool = False,
    memory: float = 512,
) -> Uncertainty:
    r"""Draw weights, choices, missing codes and coder errors, and score and rank every draw.

    One draw has one set of weights and one level of each choice, for all dyads and years. An
    unknown code, or the error of a coder, is one draw a *fact*: a spell of consecutive years in
    which it is unknown, or in which the code does not change. So a trajectory stays one. Where
    several dyads rest on one fact, such as the position of a state that enters all its dyads, the
    fact is drawn once for all of them (`shared`).

    Parameters
    ----------
    result : AlignmentResult
    draws : int
    weights : Dirichlet, Simplex, Ranges, mapping or None
        How weights are drawn at every node, or by node (the root is ``""``); None fixes them. By
        default Dirichlet with concentration 50 around the nominal ones.
    alternatives : sequence of Choice
        Choices of method: coding rules, windows, aggregation, missing-data rule, dropped
        indicators, recoded values. Scores of an alternative with another range are mapped
        linearly on the nominal range.
    missing : {"admissible", "hot_deck"}, sequence of DataFrame, or None
        Unknown codes: drawn evenly among what is admissible; from the codes observed for the same
        dyad (else the same partner, else all) within the bounds; from completed tables of codes
        (multiple imputation: a draw takes one table); or left unknown. A score that is blank
        because too little was observed (`min_coverage`, at nominal weights) stays blank.
    coders : mapping from indicator to DataFrame, optional
        Either a confusion matrix, P(code given | true code) with true codes in the index and
        given ones in the columns, turned round by Bayes with the shares of the true codes
        estimated from the facts (maximum likelihood); or the probabilities of the true codes
        by dyad-year (index as in ``result.codes``, one column a code), which also stand in for
        an unknown code. Labels are codes, or the names of the levels of a `levels` rule. For a
        `distance` indicator they are the *positions* that were coded, before the distance is
        taken, and probabilities go by (actor, year).
    facts : DataFrame, optional
        Rows as in ``result.codes``, columns indicators of `coders` (for a distance: its two
        columns): any label of the fact that was coded. A spell also ends where the label changes,
        so that two facts with one code, one after the other, can err apart.
    shared : mapping from indicator to kind, optional
        Who owns the facts: ``"dyad"``; ``"pair"`` (both directions of a dyad); ``"state"`` or
        ``"partner"`` (all its dyads); for a distance ``"actor"`` (its position, at either end),
        ``"ends"`` (its position as a state is one fact, as a partner another) or ``"dyad"``.
        Unless declared, the raw columns decide, exactly: a distance is of actors where no actor
        has two positions in a year; any other indicator is of the state (partner) if its columns
        are constant over partners (states) in every year, and of the pair if mirrored dyads are
        always alike, unknown values included; columns that never vary, or panels in which no row
        could differ, show nothing, and the facts are the dyad's. `shared` of the result says what
        was decided.
    rng : Generator, int or None
        The same seed gives the same bits, whatever `memory` and the number of threads, and
        whatever other dyads there are (as long as facts are shared in the same way; a confusion
        matrix is turned round by shares that all facts of the panel estimate).
    quantiles : sequence of float
    top : sequence of int
        P(rank <= k) for these k.
    thresholds : sequence of float
        P(score > x) for these x.
    within : sequence of {"state", "partner", "year"}
        Ranks are among the rows that share these: by default the partner's dyads of one year.
    ties : {"min", "average", "max"}
        Rank that equal scores share.
    keep_draws : bool
        Keep all scores, (draws, rows).
    memory : float
        Budget in MiB for what is held at once, besides the panel and the result. A group that
        needs more is ranked in several passes.

    Returns
    -------
    Uncertainty

    Raises
    ------
    SpecError, PanelError
        If weights, alternatives, missing or coders do not fit the spec or the panel.
    AlignIndexError
        If an option is out of its range, or the draws to be kept exceed `memory`.

    Notes
    -----
    Score quantiles are linear between order statistics; a rank quantile is the least rank r with
    P(rank <= r) >= p, so it is a rank that occurs. Ranks are exact: see `kernels.ranks`. Rows with
    the same profile are ranked once, with their number as multiplicity.

    Examples
    --------
    >>> import alignindex as ai
    >>> from alignindex import robustness
    >>> result = ai.score(ai.load_panel("post_soviet").loc[["ARM"]], "erkomaishvili2019")
    >>> sure = robustness.uncertainty(result, draws=200, rng=1)
    >>> row = sure.scores.loc[("ARM", "RUS", 2013)]
    >>> bool(row["q05"] < row["nominal"] < row["q95"])
    True
    """
    check_result(result)
    check_count(draws, "draws", 1)
    check_number(memory, "memory", "a budget in MiB above 0", 0, np.inf)
    check_ties(ties)
    probabilities, best = check_quantiles(quantiles), check_ranks(top)
    over = check_numbers(thresholds, "thresholds", "scores", "(0.5, 0.75)")
    random = generator(rng)
    sampler = Sampler(
        result,
        weights=weights,
        alternatives=check_choices(alternatives, "alternatives"),
        missing=missing,
        coders=coders,
        facts_of=facts,
        shared=shared,
    )
    n = len(sampler.index)
    budget = int(memory * MIB)
    if keep_draws and 8 * draws * n > budget:
        raise AlignIndexError(
            f"keeping {draws} draws of {n} dyad-years takes {8 * draws * n / MIB:.0f} MiB, more "
            f"than the budget of {memory:g}; raise memory=, score fewer dyads, or ask the result "
            "for the rows you need with .sample(rows)"
        )
    inputs = sampler.inputs(draws, random)
    kept = np.empty((draws, n)) if keep_draws else None
    group, labels = group_numbers(sampler.index, within)
    run = Summaries(
        sampler,
        inputs,
        result.scores["score"].to_numpy(),
        probabilities=probabilities,
        top=np.asarray(best, dtype=np.float64),
        thresholds=np.asarray(over, dtype=np.float64),
        ties=ties,
        budget=budget,
    )
    run.fill(group, len(labels), kept)
    names = quantile_names(probabilities)
    return Uncertainty(
        scores=pd.DataFrame(
            run.scores,
            index=sampler.index,
            copy=False,
            columns=["nominal", "mean", "sd", *names, "known",
                     *(f"above_{repr(x).removesuffix('.0')}" for x in over)],
        ),
        ranks=pd.DataFrame(
            run.ranks,
            index=sampler.index,
            copy=False,
            columns=["nominal", *names, *(f"top_{k}" for k in best)],
        ),
        groups=pd.DataFrame(
            run.groups, index=labels, columns=["n", "order_kept", "mean_rank_change"]
        ),
        draws=kept,
        _sampler=sampler,
        _inputs=inputs,
    )  # fmt: skip
