"""How far scores and ranks depend on weights, choices, missing data and coder error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.arguments import (
    check_choice,
    check_count,
    check_number,
    check_numbers,
    generator,
    seed_of,
)
from alignindex.base.errors import AlignIndexError
from alignindex.base.typing import Floats
from alignindex.kernels.robustness.ranks import TIES, Ties
from alignindex.robustness.drawn_scores import QUANTILES, Uncertainty
from alignindex.robustness.draws.alternatives import Choice
from alignindex.robustness.draws.cells import MissingDraws
from alignindex.robustness.draws.coder_error import Coders
from alignindex.robustness.draws.dependence import Sharing
from alignindex.robustness.draws.sampler import Sampler
from alignindex.robustness.draws.summaries import Summaries, check_quantiles, group_numbers
from alignindex.robustness.draws.weights import Dirichlet, Weights
from alignindex.scoring.result import AlignmentResult

__all__ = ["uncertainty"]

MIB = 1 << 20


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
    unknown code, or the error of a coder, is one draw per *fact*: a spell of consecutive years in
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
        by dyad-year (index as in ``result.codes``, one column per code), which also stand in for
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
    Score quantiles are linear between order statistics; a rank quantile is the smallest rank r with
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
        quantiles=check_quantiles(quantiles),
        top=np.array(_ranks(top)),
        thresholds=_thresholds(thresholds, sampler),
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


def _thresholds(thresholds: Any, sampler: Sampler) -> Floats:
    low, high = sampler.low, sampler.high
    what = f"scores from {low:g} to {high:g}, the scale of the index"
    example = "(0.5, 0.75)"
    return np.array(check_numbers(thresholds, "thresholds", what, example, low=low, high=high))


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
