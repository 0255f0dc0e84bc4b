"""Scores as a table of state-years by partners: what the measures of several poles run on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.arguments import check_level, shown
from alignindex.base.errors import PanelError
from alignindex.base.typing import Floats, Ints
from alignindex.panel.index import DyadYears, dyad_years
from alignindex.panel.select import select_labels
from alignindex.scoring.result import AlignmentResult
from alignindex.scoring.scores import Data, read_scores, score_codes

__all__ = ["Ties", "comparable", "state_years", "ties"]


@dataclass(frozen=True, eq=False)
class Ties:
    """Scores by state-year (rows, in `index`) and partner (columns).

    `span` holds the minimum and maximum score; `draws` has the shape (draws, rows, partners).
    """

    index: pd.MultiIndex
    partners: pd.Index[Any]
    score: Floats
    low: Floats
    high: Floats
    bounded: bool
    span: tuple[float, float]
    draws: Floats | None

    def pair(self, poles: Any) -> list[int]:
        """Places of two different partners.

        Raises
        ------
        PanelError
            If `poles` is not two different partners of the table (with the closest).
        """
        names = [str(name) for name in self.partners]
        if not isinstance(poles, tuple | list) or len(poles) != 2 or poles[0] == poles[1]:
            raise PanelError(
                'poles takes two different partners, such as poles=("RUS", "USA"); got '
                f"{shown(poles)}"
            )
        return [names.index(name) for name in select_labels(poles, names, "poles")]


def ties(
    data: Data,
    *,
    draws: Floats | None = None,
    level: float = 0.9,
    low: float = 0.0,
    high: float = np.inf,
) -> Ties:
    """Spread scores over state-years and partners.

    Parameters
    ----------
    data : AlignmentResult, Series or DataFrame
    draws : ndarray, shape (draws, rows), optional
    level : float
        Probability of the intervals over draws, only checked here.
    low, high : float
        Minimum and maximum score for which the measure has a meaning.

    Raises
    ------
    PanelError
        If a score is below `low` or above `high`.
    AlignIndexError
        If `level` is not a probability.
    """
    check_level(level)
    scores = read_scores(data, draws)
    table, rows = scores.table, scores.rows
    score = table["score"].to_numpy()
    top = high + 1e-9
    if scores.span[0] < low or scores.span[1] > top:
        what = f"in [{low:g}, {high:g}]" if np.isfinite(high) else f"of at least {low:g}"
        wrong = (score < low) | (score > top)
        raise PanelError(
            f"this measure takes scores {what}; got {rows.name(wrong, score)}. Give the root of "
            "the spec a scale of [0, 1], or rescale the table"
        )
    index, place, empty = rows.once("state-years by partners", lambda: _places(rows))

    def spread(values: Floats) -> Floats:
        out: Floats = values.take(place, axis=-1)
        out[..., empty[0], empty[1]] = np.nan
        return out

    bounded = {"low", "high"} <= set(table.columns)
    own = spread(score)
    least, most = (spread(table[n].to_numpy()) if bounded else own for n in ("low", "high"))
    drawn = None if scores.draws is None else spread(scores.draws)
    return Ties(index.view(), rows.partners, own, least, most, bounded, scores.span, drawn)


def state_years(
    label: Ints, labels: pd.Index[Any], year: Ints, name: str = "state"
) -> tuple[pd.MultiIndex, Ints]:
    """Return the distinct pairs of a label and a year, sorted, and the pair of each row.

    Parameters
    ----------
    label, year : ndarray of int, shape (rows,)
        Position in `labels`, and the year.
    labels : Index
    name : str
        Name of the first level.
    """
    first = int(year.min(initial=2**40))
    years = int(year.max(initial=first)) - first + 1
    key = label.astype(np.int64) * years + (year - first)
    # numpy.unique without its sort: a table of what is there is enough for keys this dense.
    there = np.zeros(len(labels) * years, dtype=bool)
    there[key] = True
    at = np.flatnonzero(there)
    index = pd.MultiIndex.from_arrays(
        [labels.take(at // years), at % years + first], names=[name, "year"]
    )
    return index, (np.cumsum(there) - 1)[key]


def _places(rows: DyadYears) -> tuple[pd.MultiIndex, Ints, tuple[Ints, ...]]:
    """State-years, the row of each cell of a table of them by partners, and the empty cells."""
    index, row = state_years(rows.state, rows.states, rows.year)
    place = np.full((len(index), len(rows.partners)), -1, dtype=np.int64)
    place[row, rows.partner] = np.arange(len(row))
    empty = np.nonzero(place < 0)
    place[empty] = 0
    return index, place, empty


def comparable(
    result: AlignmentResult, *, partners: str | Iterable[str] | None = None
) -> pd.DataFrame:
    """Score each state-year on the indicators whose codes are known toward *every* partner.

    A score toward one partner may rest on five indicators and toward another on two. Here all
    ties of a state in a year rest on the same ones, so that depth, tilt and types compare like
    with like.

    Parameters
    ----------
    result : AlignmentResult
    partners : str or sequence of str, optional
        Those to be compared; default all in the panel. A state is not its own partner. Adding a
        partner changes the common set, and so may change every score.

    Returns
    -------
    DataFrame
        Index (state, partner, year), `score` and `n_indicators` (in the common set); NaN and 0
        where a partner has no row in the year, or no indicator is known toward all of them. It
        goes into every measure of this module.

    Raises
    ------
    PanelError
        If a partner is not in the panel.

    Examples
    --------
    >>> import alignindex as ai
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> like = comparable(result)
    >>> like.loc[("KAZ", slice(None), 2010), "n_indicators"].to_list()
    [3, 3, 3, 3]
    """
    _, rows = dyad_years(result.scores)
    chosen = select_labels(partners, rows.partners, "partners")
    keep = rows.partners.isin(chosen)[rows.partner]
    codes = result.codes[keep]
    index, number = state_years(rows.state[keep], rows.states, rows.year[keep])
    seen = codes.notna().to_numpy()
    due = len(chosen) - index.get_level_values("state").isin(chosen).astype(np.int64)
    count = [np.bincount(number, weights=one, minlength=len(index)) for one in seen.T]
    common = (np.stack(count, axis=1) == due[:, None])[number]
    value = score_codes(result, np.where(common, codes.to_numpy(), np.nan))
    return pd.DataFrame({"score": value, "n_indicators": common.sum(axis=1)}, index=codes.index)
