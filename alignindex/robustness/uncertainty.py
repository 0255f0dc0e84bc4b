"""How far scores and ranks depend on weights, choices, missing data and coder error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.arguments import (
    check_choice,
    check_count,
    check_number,
    check_numbers,
    check_years,
    generator,
    seed_of,
)
from alignindex.base.errors import AlignIndexError, PanelError, first_three
from alignindex.base.typing import Floats
from alignindex.kernels.robustness import draws as kernels
from alignindex.kernels.robustness import ranks
from alignindex.kernels.robustness.ranks import TIES, Ties
from alignindex.panel.select import select_rows
from alignindex.robustness.draws.alternatives import Choice
from alignindex.robustness.draws.cells import MissingDraws
from alignindex.robustness.draws.coder_error import Coders
from alignindex.robustness.draws.dependence import Sharing
from alignindex.robustness.draws.sampler import Inputs, Sampler
from alignindex.robustness.draws.summaries import Summaries, group_numbers, quantile_names
from alignindex.robustness.draws.weights import Dirichlet, Weights
from alignindex.scoring.result import AlignmentResult

__all__ = ["Uncertainty", "uncertainty"]

Key: TypeAlias = tuple[str, str] | tuple[str, str, int]
QUANTILES = (0.05, 0.5, 0.95)
MIB = 1 << 20


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """Scores and ranks over the draws; every frame has the rows of ``result.scores``.

    Attributes
    ----------
    scores : DataFrame
        ``nominal``, ``mean``, ``sd`` (over the known draws, divided by their number),
        one column per quantile (``q05``, ``q50``, ``q95``), ``known``
        (share of the draws that give a score), and ``above_x`` for each threshold: the share of
        the known draws with a score over x. NaN where no draw gives a score.
    ranks : DataFrame
        ``nominal``, one column per quantile, and ``top_k``: P(rank <= k). 1 is the highest score.
    groups : DataFrame
        One row per group: ``n`` (rows with a nominal score), ``order_kept`` (share of the draws in
        which all ranks, ties included, are the nominal ones) and ``mean_rank_change`` (mean
        absolute change of rank, over rows and draws). Both compare the rows that have a score
        nominally and in the draw: where others lose their score, those that remain have not
        passed anybody. A draw without such a row counts in neither.
    draws : ndarray, shape (draws, rows), or None
        The scores themselves, with ``keep_draws=True``.
    seed : int or None
        Seed that gives the same draws again; None if a Generator was given.

    Notes
    -----
    Draws that were not kept can be regenerated exactly: :meth:`sample`, :meth:`above` and
    :meth:`difference` draw the rows that they need once more.
    """

    scores: pd.DataFrame = field(repr=False)
    ranks: pd.DataFrame = field(repr=False)
    groups: pd.DataFrame = field(repr=False)
    draws: Floats | None = field(repr=False)
    seed: int | None
    _sampler: Sampler = field(repr=False)
    _inputs: Inputs = field(repr=False)

    def __repr__(self) -> str:
        return f"<Uncertainty: {len(self.scores)} dyad-years, {self._inputs.draws} draws>"

    def to_frame(self) -> pd.DataFrame:
        """Return the summary of the scores, one row per dyad-year."""
        return self.scores

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
        return {name: owners.kind for name, owners in self._sampler.owners.items()}

    def sample(self, rows: Sequence[Key] | None = None) -> Floats:
        """Return the scores of some rows (all unless given) in every draw, (draws, rows).

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
        place = np.arange(len(index)) if rows is None else _rows_of(index, rows)
        return self._sampler.scores(place, self._inputs).T

    def above(self, pairs: Sequence[tuple[Key, Key]]) -> pd.DataFrame:
        """Return P(i above j) for pairs of dyad-years, or of dyads in every year they share.

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
        for pair in _pairs(pairs):
            one, other = pair
            if len(one) == 3 or len(other) == 3:
                if len(one) != len(other):
                    raise PanelError(
                        f"a pair takes two dyads or two dyad-years; got {one!r} and {other!r}"
                    )
                lines.append((one, other))
                continue
            years = [
                index[select_rows(index, states=state, partners=partner)].get_level_values("year")
                for state, partner in (one, other)
            ]
            lines += [((*one, year), (*other, year)) for year in years[0] if year in years[1]]
        place = [_rows_of(index, [line[side] for line in lines]) for side in (0, 1)]
        table = []
        unit = 2.0 * self._sampler.unit
        for (one, other), i, j in zip(lines, *place, strict=True):
            gap = np.subtract(*self._sampler.scores(np.array([i, j]), self._inputs))
            known = int(np.count_nonzero(~np.isnan(gap)))
            of = known or np.nan
            counts = ((gap > unit).sum() / of, (np.abs(gap) <= unit).sum() / of, known / len(gap))
            table.append(
                (f"{one[0]}–{one[1]}", f"{other[0]}–{other[1]}", one[2], other[2], *counts)
            )
        columns = ["i", "j", "year_i", "year_j", "above", "tied", "known"]
        return pd.DataFrame(table, columns=columns)

    def difference(
        self, first: int, second: int, *, quantiles: Sequence[float] = QUANTILES
    ) -> pd.DataFrame:
        """Change of every dyad's score between two years, `second` minus `first`, over the draws.

        One draw's weights, choices and errors hold in both years, so the quantiles are those of
        the change, not of two independent scores.

        Parameters
        ----------
        first, second : int
        quantiles : sequence of float

        Returns
        -------
        DataFrame
            Index (state, partner) of the dyads with both years; ``nominal``, ``mean``, one column
            per quantile, ``rises`` and ``falls`` (shares of the known draws, exact ties in neither)
            and ``known``.

        Notes
        -----
        The indicators that apply may differ between the years: compare on a fixed set of
        indicators (score a spec without the others) where that matters.
        """
        index = self.scores.index
        years = index.get_level_values("year")
        ends = []
        for year, name in ((first, "first"), (second, "second")):
            check_count(year, name, 1)
            check_years(year, known=years.unique(), name=name)
            rows = np.flatnonzero(years == year)
            ends.append((rows, index[rows].droplevel("year")))  # type: ignore[arg-type]
        both = ends[0][1].intersection(ends[1][1]).sort_values()
        probabilities = _quantiles(quantiles)
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
    missing: MissingDraws = "admissible",
    coders: Coders | None = None,
    facts: pd.DataFrame | None = None,
    shared: Mapping[str, Sharing] | None = None,
    rng: np.random.Generator | int | None = 0,
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
    check_count(draws, "draws", 1)
    check_number(memory, "memory", "a budget in MiB above 0", 0, np.inf)
    check_choice(ties, "ties", TIES)
    random = generator(rng)
    sampler = Sampler(
        result,
        weights=weights,
        alternatives=alternatives,
        missing=missing,
        coders=coders,
        facts=facts,
        shared=shared,
    )
    group, labels = group_numbers(sampler.index, within)
    run = Summaries(
        sampler,
        sampler.inputs(draws, random),
        quantiles=_quantiles(quantiles),
        top=np.array(_ranks(top)),
        thresholds=np.array(check_numbers(thresholds, "thresholds", "scores", "(0.5, 0.75)")),
        ties=ties,
        budget=int(memory * MIB),
        kept=_kept(draws, len(sampler.index), memory) if keep_draws else None,
    )
    run.fill(group, len(labels))
    return Uncertainty(
        **run.frames(group, labels),
        draws=run.kept,
        seed=seed_of(rng, random),
        _sampler=sampler,
        _inputs=run.inputs,
    )


def _quantiles(quantiles: Any) -> Floats:
    example = "(0.05, 0.5, 0.95)"
    return np.array(
        check_numbers(quantiles, "quantiles", "numbers in [0, 1]", example, low=0, high=1)
    )


def _ranks(top: Any) -> list[float]:
    found = check_numbers(top, "top", "ranks, whole numbers from 1", "(1, 3)", low=1)
    if any(k != int(k) for k in found):
        raise AlignIndexError(f"top takes ranks, whole numbers from 1; got {list(top)}")
    return found


def _kept(draws: int, rows: int, memory: float) -> Floats:
    """Table for the draws that are kept.

    Raises
    ------
    AlignIndexError
        If it takes more memory than there is.
    """
    if 8 * draws * rows > memory * MIB:
        raise AlignIndexError(
            f"keeping {draws} draws of {rows} dyad-years takes {8 * draws * rows / MIB:.0f} MiB, "
            f"more than the budget of {memory:g}; raise memory=, score fewer dyads, or ask the "
            "result for the rows you need with .sample(rows)"
        )
    return np.empty((draws, rows))


def _pairs(pairs: Any) -> list[tuple[Any, Any]]:
    found = list(pairs) if isinstance(pairs, Iterable) and not isinstance(pairs, str) else [pairs]
    for pair in found:
        if not (
            isinstance(pair, tuple | list)
            and len(pair) == 2
            and all(isinstance(key, tuple) and len(key) in (2, 3) for key in pair)
        ):
            raise PanelError(
                "pairs are a list of two keys each, such as [(('ARM', 'RUS'), ('KAZ', 'RUS'))], "
                f"with (state, partner) or (state, partner, year); got {pair!r}"
            )
    return found


def _rows_of(index: pd.Index[Any], keys: Any) -> NDArray[np.intp]:
    """Return the positions of dyad-years."""
    found = list(keys) if isinstance(keys, Iterable) and not isinstance(keys, str) else [keys]
    odd = [key for key in found if not (isinstance(key, tuple) and len(key) == 3)]
    if odd:
        raise PanelError(
            "rows are a list of keys (state, partner, year), such as [('ARM', 'RUS', 2013)]; got "
            f"{odd[0]!r}"
        )
    wanted = pd.MultiIndex.from_tuples(found, names=index.names) if found else index[:0]
    place = index.get_indexer(wanted)
    if (place < 0).any():
        absent = [found[int(i)] for i in np.flatnonzero(place < 0)]
        raise PanelError(
            f"no such dyad-year in the result: {first_three(absent)}; a key is "
            "(state, partner, year)"
        )
    return np.asarray(place)
