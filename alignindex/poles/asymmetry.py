"""Asymmetry: how far a tie runs one way more than the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from alignindex.base.arguments import check_level
from alignindex.base.intervals import intervals
from alignindex.base.typing import Bools, Floats, Ints
from alignindex.kernels.scoring.aggregate import NOISE
from alignindex.panel.index import DyadYears
from alignindex.scoring.result import AlignmentResult
from alignindex.scoring.scores import (
    Data,
    check_code_draws,
    chosen_indicators,
    read_scores,
    score_codes,
)

__all__ = ["asymmetry"]


def asymmetry(
    data: Data,
    *,
    indicators: Sequence[str] | None = None,
    draws: Floats | None = None,
    level: float = 0.9,
) -> pd.DataFrame:
    r"""Compare each tie with its mirror image: x of i with j against x of j with i.

    Parameters
    ----------
    data : AlignmentResult, Series or DataFrame
    indicators : sequence of str, optional
        For a result: the indicators to score both directions on. Votes and exercises are symmetric
        by nature and would hide the asymmetry. Default: those whose codes differ between the two
        directions anywhere in the panel, and so relative to the panel; name them to fix them. Both
        directions are scored on those known in both.
    draws : ndarray, optional
        For a plain table draws of its scores, shape (draws, rows). For a result draws of its
        *codes*, shape (draws, rows, indicators): its scores mix directed with symmetric
        indicators. A code that is unknown stays so.
    level : float
        Probability of the interval over draws.

    Returns
    -------
    DataFrame
        Index (state, partner, year), every row of the data: `score` and `mirror` (on the directed
        indicators), `asymmetry` = score - mirror, `mutual` = min, `relative` = asymmetry / (score
        + mirror), `n_indicators` for a result. NaN where a direction is missing (most partners are
        not states of the panel); `relative` also where both are 0. With draws `asymmetry_lower`,
        `asymmetry_upper` and `p_positive`.

    Raises
    ------
    PanelError
        If an indicator is not in the spec, or the draws have another shape.

    Notes
    -----
    asymmetry(i, j) = -asymmetry(j, i); `mutual` is the same both ways.

    Examples
    --------
    >>> index = pd.MultiIndex.from_tuples([("CHN", "RUS", 2010), ("RUS", "CHN", 2010)],
    ...                                   names=["state", "partner", "year"])
    >>> asymmetry(pd.Series([0.75, 0.25], index=index))[["asymmetry", "mutual", "relative"]]
                        asymmetry  mutual  relative
    state partner year
    CHN   RUS     2010        0.5    0.25       0.5
    RUS   CHN     2010       -0.5    0.25      -0.5
    """
    check_level(level)
    of_codes = isinstance(data, AlignmentResult)
    scores = read_scores(data, None if of_codes else draws)
    rows, own = scores.rows, scores.table["score"].to_numpy()
    mirror = rows.once("mirror", lambda: _mirror(rows))
    there = mirror >= 0
    both: Bools | None = None
    if isinstance(data, AlignmentResult):
        codes = data.codes.to_numpy()
        kept = _directed(data, indicators, codes, mirror)
        both = kept & ~np.isnan(codes) & ~np.isnan(codes[mirror]) & there[:, None]
        if draws is not None:
            check_code_draws(data, draws)
        own, other = _sides(data, codes, both, mirror)
        drawn = None if draws is None else [_sides(data, one, both, mirror) for one in draws]
    else:
        other = np.where(there, own[mirror], np.nan)
        drawn = (
            None
            if scores.draws is None
            else [(one, np.where(there, one[mirror], np.nan)) for one in scores.draws]
        )
    columns = {"score": own, "mirror": other, "asymmetry": own - other}
    columns["mutual"] = np.minimum(own, other)
    with np.errstate(invalid="ignore", divide="ignore"):  # 0/0: no tie either way
        columns["relative"] = columns["asymmetry"] / (own + other)
    if both is not None:
        columns["n_indicators"] = np.count_nonzero(both, axis=1)
    if drawn is not None:
        gaps = np.stack([one - reverse for one, reverse in drawn])
        columns |= intervals({"asymmetry": gaps}, level)
        known = np.count_nonzero(~np.isnan(gaps), axis=0)
        positive = np.count_nonzero(gaps > 0, axis=0)
        columns["p_positive"] = positive / np.where(known > 0, known, np.nan)
    return pd.DataFrame(columns, index=rows.index.view(), copy=False)


def _sides(
    result: AlignmentResult, codes: Floats, both: Bools, mirror: Ints
) -> tuple[Floats, Floats]:
    """Score of each row and of its mirror image on the indicators that are known in both."""
    own, other = (
        score_codes(result, np.where(both, side, np.nan)) for side in (codes, codes[mirror])
    )
    return own, other


def _mirror(rows: DyadYears) -> Ints:
    """Row of the other direction in the same year, or -1."""
    if not len(rows.year):
        return np.empty(0, dtype=np.int64)
    years = int(rows.year.max() - rows.year.min()) + 1
    wide = len(rows.partners)

    def keys(state: Ints, partner: Ints) -> Ints:
        key: Ints = (state.astype(np.int64) * wide + partner) * years
        return np.asarray(key + (rows.year - rows.year.min()), dtype=np.int64)

    state = rows.states.get_indexer(rows.partners)[rows.partner]
    partner = rows.partners.get_indexer(rows.states)[rows.state]
    own, other = keys(rows.state, rows.partner), keys(state, partner)
    there = (state >= 0) & (partner >= 0)
    # A table of where each key stands, one cell for every possible dyad-year, beats a search.
    size = len(rows.states) * wide * years
    if size <= 16 * len(own):
        place = np.full(size, -1, dtype=np.int64)
        place[own] = np.arange(len(own))
        return np.where(there, place[np.where(there, other, 0)], -1)
    at = np.minimum(np.searchsorted(own, other), len(own) - 1)
    return np.where(there & (own[at] == other), at, -1)


def _directed(
    result: AlignmentResult, indicators: Sequence[str] | None, codes: Floats, mirror: Ints
) -> Bools:
    """Which indicators are compared: those that are named, or that differ between directions."""
    if indicators is not None:
        return chosen_indicators(result, indicators)
    other = np.where((mirror >= 0)[:, None], codes[mirror], np.nan)
    return np.asarray((np.abs(codes - other) > NOISE).any(axis=0))
