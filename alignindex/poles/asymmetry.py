"""Asymmetry: how far a tie runs one way more than the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from alignindex.base.errors import PanelError, closest
from alignindex.base.intervals import intervals
from alignindex.base.typing import Bools, Floats, Ints
from alignindex.kernels.scoring import tree
from alignindex.panel.index import DyadYears, once_an_index
from alignindex.poles.table import Data, check_code_draws, read_scores
from alignindex.scoring.result import AlignmentResult

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

    Returns
    -------
    DataFrame
        Index (state, partner, year), every row of the data: `score` and `mirror` (on the directed
        indicators), `asymmetry` = score - mirror, `mutual` = min, `relative` = asymmetry / (score
        + mirror), `n_indicators` for a result. NaN where a direction is missing (most partners are
        no states of the panel); `relative` also where both are 0. With draws `asymmetry_low`,
        `asymmetry_high` and `p_positive`.

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
    of_codes = isinstance(data, AlignmentResult)
    scores = read_scores(data, None if of_codes else draws)
    table, rows = scores.table, scores.rows
    mirror = once_an_index(rows.index, "mirror", lambda: _mirror(rows))
    there = mirror >= 0
    columns: dict[str, Floats | Ints] = {}
    drawn = None
    if isinstance(data, AlignmentResult):
        codes = data.codes.to_numpy()
        kept = _directed(data, indicators, codes, mirror)
        both = kept & ~np.isnan(codes) & ~np.isnan(codes[mirror]) & there[:, None]

        def sides(x: Floats) -> tuple[Floats, Floats]:
            held = [np.where(both, side, np.nan) for side in (x, x[mirror])]
            own, other = (tree.evaluate(data.spec.tree, h, h, h, propagate=False)[0] for h in held)
            return own, other

        columns["score"], columns["mirror"] = sides(codes)
        if draws is not None:
            check_code_draws(data, draws)
            drawn = np.stack([np.subtract(*sides(one)) for one in draws])
    else:
        own = table["score"].to_numpy()
        columns = {"score": own, "mirror": np.where(there, own[mirror], np.nan)}
        if draws is not None:
            ordered = scores.drawn(draws)
            drawn = ordered - np.where(there, ordered[:, mirror], np.nan)
    one, two = columns["score"], columns["mirror"]
    columns["asymmetry"], columns["mutual"] = one - two, np.minimum(one, two)
    with np.errstate(invalid="ignore", divide="ignore"):  # 0/0: no tie either way
        columns["relative"] = columns["asymmetry"] / (one + two)
    if of_codes:
        columns["n_indicators"] = np.count_nonzero(both, axis=1).astype(np.int64)
    if drawn is not None:
        columns |= intervals({"asymmetry": drawn}, level)
        known = np.count_nonzero(~np.isnan(drawn), axis=0)
        positive = np.count_nonzero(drawn > 0, axis=0)
        columns["p_positive"] = positive / np.where(known > 0, known, np.nan)
    return pd.DataFrame(columns, index=rows.index.view(), copy=False)


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
    """Which indicators are compared."""
    names = [str(name) for name in result.codes.columns]
    if indicators is None:
        other = np.where((mirror >= 0)[:, None], codes[mirror], np.nan)
        return np.asarray((np.abs(codes - other) > 1e-12).any(axis=0))
    for name in indicators:
        if name not in names:
            raise PanelError(
                f"indicator {name!r} is not in spec {result.spec.name!r}"
                f"{closest(name, names)}; it has {', '.join(names)}"
            )
    return np.isin(names, list(indicators))
