"""Series of dyads over the years, on a fixed set of indicators: what the measures run on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from alignindex.base.arguments import Years, check_within, check_years
from alignindex.base.errors import PanelError
from alignindex.base.typing import Bools, Floats, Ints
from alignindex.dynamics.unwindow import unwindowed
from alignindex.panel.index import DyadYears, numbered
from alignindex.scoring.result import AlignmentResult, score
from alignindex.scoring.scores import (
    check_code_draws,
    chosen_indicators,
    read_scores,
    score_codes,
)

__all__ = ["Data", "Paths", "paths"]

TINY = np.nextafter(0, 1)


@dataclass(frozen=True, eq=False)
class Paths:
    """One series per dyad, over calendar years.

    Attributes
    ----------
    values : DataFrame
        One row per dyad (state, partner), one column per calendar year; NaN is unobserved.
    members : DataFrame of bool
        Which indicators each dyad's series is made of; no columns for a plain table.
    draws : ndarray, shape (draws, dyads, years), optional
        Draws of `values`, if there are any.
    codes : DataFrame
        The codes behind the series, in the rows of the panel; empty for a plain table.
    result : AlignmentResult, optional
        The result behind them (without its windows, if they were taken out).
    """

    values: pd.DataFrame
    members: pd.DataFrame = field(repr=False)
    draws: Floats | None = field(default=None, repr=False)
    codes: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    result: AlignmentResult | None = field(default=None, repr=False)

    def to_frame(self) -> pd.DataFrame:
        """Return `values`."""
        return self.values

    @property
    def years(self) -> Ints:
        """Calendar years of the columns."""
        return self.values.columns.to_numpy(dtype=np.int64)


Data = AlignmentResult | pd.Series | pd.DataFrame | Paths


def paths(
    data: Data,
    *,
    years: Years = None,
    indicators: Literal["fixed", "all"] | Sequence[str] = "fixed",
    known: float = 1.0,
    windows: bool = True,
    draws: Floats | None = None,
) -> Paths:
    r"""Make series of dyads in which only codes move, never the set of indicators.

    A raw score jumps when an indicator enters or leaves. By default each dyad's series is scored
    on the indicators whose code is known in *every* year of its span (the years from its first to
    its last row with any known code), with the tree and weights of the spec renormalised over them.

    Parameters
    ----------
    data : AlignmentResult, Series or DataFrame
        A Series of scores, or a table with the column `score`, has the index (state, partner,
        year) and is taken as it is. `Paths` are returned unchanged.
    years : int, (first, last) or list of int, optional
        That year, a span with both ends, or these years (others are then unobserved). Default:
        from the first year of the panel to the last complete year of the result (the last in which
        every indicator has coverage), to the last year of a plain table. Give them to make later
        data change nothing.
    indicators : {"fixed", "all"} or sequence of str
        ``fixed``: as above. ``all``: the scores themselves, composition included. Names: exactly
        these for every dyad; a year in which one of them is unknown is unobserved.
    known : float
        In (0, 1]: the share of the years of the span in which a code of the fixed set must be
        known. Below 1 more indicators stay in, and years in which one is unknown are unobserved.
    windows : bool
        Whether codes are made over the windows of the spec. False makes them of single years; see
        :func:`unwindowed`.
    draws : ndarray, optional
        Uncertainty, rows aligned with ``result.scores.index`` (or the index of a plain table):
        shape (draws, rows, indicators) are draws of the codes, which are scored on the same fixed
        set; shape (draws, rows) are draws of the scores, for ``indicators="all"`` and plain
        tables only, since scores mix codes with composition.

    Returns
    -------
    Paths
        A dyad without any indicator that is known throughout has an all-NaN series.

    Raises
    ------
    PanelError
        If the index, the years, the names or the shape of the draws do not fit.

    Examples
    --------
    >>> import alignindex as ai
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> series = paths(result, years=(1996, 2019))
    >>> members = series.members.loc[("ARM", "RUS")]
    >>> list(members.index[members])
    ['arms', 'exercises', 'un_votes', 'bases']
    """
    if isinstance(data, Paths):
        if not (years is None and indicators == "fixed" and windows and draws is None):
            raise PanelError(
                "these are Paths already; choose years, indicators and draws in paths()"
            )
        return data
    if not isinstance(data, AlignmentResult):
        return _plain(data, years, draws)
    check_within(known, "known", "a share of the years above 0 and up to 1", TINY, 1)
    result = data if windows else score(data.panel, unwindowed(data.spec))
    years = _complete(result) if years is None else years
    if isinstance(indicators, str) and indicators == "all":
        return replace(
            _plain(result.scores["score"], years, draws), codes=result.codes, result=result
        )
    grid = _Grid.of(numbered(result.scores.index)[0], years)
    codes = result.codes.to_numpy()[grid.inside]
    seen = ~np.isnan(codes)
    if isinstance(indicators, str) and indicators == "fixed":
        keep = _fixed(seen, grid, known)
    else:
        keep = np.tile(chosen_indicators(result, indicators), (len(grid.dyads), 1))
    member = keep[grid.row]
    values = grid.table(_scored(result, codes, member))
    drawn = None
    if draws is not None:
        check_code_draws(result, draws)
        part = np.where(seen, draws[:, grid.inside], np.nan)
        drawn = np.stack([grid.table(_scored(result, one, member)) for one in part])
    return Paths(
        values=grid.frame(values),
        members=pd.DataFrame(keep, index=grid.dyads.view(), columns=result.codes.columns),
        draws=drawn,
        codes=result.codes,
        result=result,
    )


# --- from rows to a table ------------------------------------------------------------------------


@dataclass(frozen=True)
class _Grid:
    """Rows of a panel as cells of a table of dyads by years."""

    dyads: pd.Index[Any]
    first: int
    last: int
    inside: Bools | slice  # rows of the panel within the years
    row: Ints  # of the rows inside
    column: Ints
    place: Ints  # of each cell among the rows inside, -1 where there is none

    @classmethod
    def of(cls, rows: DyadYears, years: Years) -> _Grid:
        if not len(rows.year):
            raise PanelError("there is no dyad-year to measure; the table is empty")
        chosen = tuple(check_years(years, known=pd.unique(rows.year)))
        kept: dict[tuple[int, ...], _Grid] = rows.once("latest grid", dict)
        if chosen not in kept:
            grid = cls._of(rows, np.array(chosen))
            kept.clear()  # one choice of years at a time: a table each would grow with every call
            kept[chosen] = grid
        return kept[chosen]

    @classmethod
    def _of(cls, rows: DyadYears, years: Ints) -> _Grid:
        first, last = int(years[0]), int(years[-1])
        begins = np.ones(len(rows.year), dtype=bool)
        begins[1:] = (np.diff(rows.state) != 0) | (np.diff(rows.partner) != 0)
        number = np.cumsum(begins) - 1
        inside = np.isin(rows.year, years)
        row, column = number[inside], rows.year[inside] - first
        place = np.full((int(number[-1]) + 1, last - first + 1), -1, dtype=np.int64)
        place[row, column] = np.arange(len(row))
        return cls(
            dyads=rows.index[begins].droplevel(["year"]),
            first=first,
            last=last,
            inside=slice(None) if inside.all() else inside,  # nothing to copy
            row=row,
            column=column,
            place=place,
        )

    def frame(self, values: Floats) -> pd.DataFrame:
        """Label a table of dyads by years."""
        columns = pd.Index(range(self.first, self.last + 1), name="year")
        return pd.DataFrame(values, index=self.dyads.view(), columns=columns, copy=False)

    def table(self, values: Floats) -> Floats:
        """Spread values of the rows inside over dyads and years; NaN where there is no row."""
        padded = np.append(values, np.full((*values.shape[:-1], 1), np.nan), axis=-1)
        return padded.take(self.place, axis=-1)


def _plain(data: Any, years: Years, draws: Any) -> Paths:
    scores = read_scores(data, draws, also="Paths, ")
    grid = _Grid.of(scores.rows, years)
    values = grid.table(scores.table["score"].to_numpy()[grid.inside])
    drawn = None if scores.draws is None else grid.table(scores.draws[:, grid.inside])
    return Paths(grid.frame(values), pd.DataFrame(index=grid.dyads.view()), drawn)


# --- the set of indicators -----------------------------------------------------------------------


def _complete(result: AlignmentResult) -> tuple[int, int] | None:
    """First year of the panel to the last complete one."""
    last = result.latest_complete_year()
    years = result.scores.index.get_level_values("year")
    return None if last is None else (int(years.min()), last)


def _fixed(seen: Bools, grid: _Grid, known: float) -> Bools:
    """Which indicators are known in enough years of each dyad's span: (dyads, indicators)."""
    n, k = len(grid.dyads), seen.shape[1]
    some = seen.any(axis=1)
    first = np.full(n, np.iinfo(np.int64).max)
    last = np.full(n, -1)
    np.minimum.at(first, grid.row[some], grid.column[some])
    np.maximum.at(last, grid.row[some], grid.column[some])
    years = np.where(last >= 0, last - first + 1, 1)
    count = np.empty((n, k))
    for j in range(k):
        count[:, j] = np.bincount(grid.row, weights=seen[:, j], minlength=n)
    keep: Bools = (count > 0) & (count >= known * years[:, None] - 1e-9)
    return keep


def _scored(result: AlignmentResult, codes: Floats, keep: Bools) -> Floats:
    """Score of each row on its own set of indicators; NaN where one of them is unknown."""
    held = np.where(keep, codes, np.nan)
    value = score_codes(result, held)
    value[(keep & np.isnan(codes)).any(axis=1) | ~keep.any(axis=1)] = np.nan
    return value
