"""Series of dyads over the years, on a fixed set of indicators: what the measures run on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from alignindex.base.errors import PanelError, closest
from alignindex.base.typing import Bools, Floats, Ints
from alignindex.dynamics.unwindow import unwindowed
from alignindex.kernels.scoring import tree
from alignindex.panel.index import DyadYears, numbered, once_an_index
from alignindex.scoring.result import AlignmentResult, score

__all__ = ["Data", "Paths", "paths"]


@dataclass(frozen=True, eq=False)
class Paths:
    """One series a dyad, over calendar years.

    Attributes
    ----------
    values : DataFrame
        One row a dyad (state, partner), one column a year without a break; NaN is unobserved.
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

    @property
    def years(self) -> Ints:
        """Calendar years of the columns."""
        return self.values.columns.to_numpy(dtype=np.int64)


Data = AlignmentResult | pd.Series | pd.DataFrame | Paths


def paths(
    data: Data,
    *,
    years: tuple[int, int] | None = None,
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
    years : (int, int), optional
        First and last year. Default: from the first year of the panel to the last complete year
        of the result (the last in which every indicator has coverage), to the last year of a
        plain table. Give them to make later data change nothing.
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
    ['arms', 'un_votes', 'bases']
    """
    if isinstance(data, Paths):
        _refuse_options(years is None and indicators == "fixed" and windows and draws is None)
        return data
    if not isinstance(data, AlignmentResult):
        return _plain(data, years, draws)
    if not 0 < known <= 1:
        raise PanelError(f"known is a share of the years above 0 and up to 1; got {known}")
    result = data if windows else score(data.panel, unwindowed(data.spec))
    if indicators == "all":
        own = _plain(result.scores["score"], years or _complete(result), _two(draws))
        return Paths(own.values, _no_members(own), own.draws, result.codes, result)
    rows, _ = numbered(result.scores.index)
    grid = _Grid.of(rows, years or _complete(result))
    codes = result.codes.to_numpy()[grid.inside]
    seen = ~np.isnan(codes)
    keep = (
        _fixed(seen, grid, known)
        if indicators == "fixed"
        else _named(result, indicators, len(grid.dyads))
    )
    values = grid.table(_scored(result, codes, keep[grid.row]))
    drawn = None
    if draws is not None:
        if draws.ndim != 3 or draws.shape[1:] != result.codes.shape:
            raise PanelError(
                "draws for series on a fixed set of indicators are draws of the codes, with shape "
                f"(draws, {len(result.codes)}, {result.codes.shape[1]}); got {draws.shape}. Draws "
                'of scores go with indicators="all"'
            )
        part = np.where(seen, draws[:, grid.inside], np.nan)
        drawn = np.stack([grid.table(_scored(result, one, keep[grid.row])) for one in part])
    columns = pd.Index(range(grid.first, grid.last + 1), name="year")
    return Paths(
        values=pd.DataFrame(values, index=grid.dyads.view(), columns=columns, copy=False),
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
    def of(cls, rows: DyadYears, years: tuple[int, int] | None) -> _Grid:
        if not len(rows.year):
            raise PanelError("there is no dyad-year to measure; the table is empty")
        span = years or (int(rows.year.min()), int(rows.year.max()))
        kept: dict[tuple[int, int], _Grid] = once_an_index(rows.index, "latest grid", dict)
        if span not in kept:
            grid = cls._of(rows, *span)
            kept.clear()  # one span at a time: a table a span would grow with every call
            kept[span] = grid
        return kept[span]

    @classmethod
    def _of(cls, rows: DyadYears, first: int, last: int) -> _Grid:
        if first > last:
            raise PanelError(f"years are (first, last); got first = {first} after last = {last}")
        begins = np.ones(len(rows.year), dtype=bool)
        begins[1:] = (np.diff(rows.state) != 0) | (np.diff(rows.partner) != 0)
        number = np.cumsum(begins) - 1
        inside = (rows.year >= first) & (rows.year <= last)
        if not inside.any():
            raise PanelError(
                f"no dyad-year lies in the years {first} to {last}; the table has "
                f"{rows.year.min()} to {rows.year.max()}"
            )
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

    def table(self, values: Floats) -> Floats:
        """Spread values of the rows inside over dyads and years; NaN where there is no row."""
        padded = np.append(values, np.full((*values.shape[:-1], 1), np.nan), axis=-1)
        return padded.take(self.place, axis=-1)


def _plain(
    data: pd.Series | pd.DataFrame, years: tuple[int, int] | None, draws: Floats | None
) -> Paths:
    if isinstance(data, pd.DataFrame):
        if "score" not in data.columns:
            raise PanelError(
                "a plain table of scores needs the column 'score'"
                f"{closest('score', map(str, data.columns))}; it has "
                f"{', '.join(map(str, data.columns)) or 'no columns'}"
            )
        data = data["score"]
    if not isinstance(data, pd.Series):
        raise PanelError(
            "expected an AlignmentResult, Paths, or a Series of scores with the index (state, "
            f"partner, year); got {type(data).__name__}"
        )
    if draws is not None and (draws.ndim != 2 or draws.shape[1] != len(data)):
        raise PanelError(
            f"draws of scores have the shape (draws, {len(data)}), one column a row of the "
            f"table; got {draws.shape}"
        )
    rows, order = numbered(data.index)
    values = data.to_numpy(dtype=np.float64, na_value=np.nan)
    if order is not None:
        values, draws = values[order], None if draws is None else draws[:, order]
    if np.isinf(values).any():
        raise PanelError(f"scores must be finite; got ±inf at {rows.name(np.isinf(values))}")
    grid = _Grid.of(rows, years)
    columns = pd.Index(range(grid.first, grid.last + 1), name="year")
    table = pd.DataFrame(
        grid.table(values[grid.inside]), index=grid.dyads.view(), columns=columns, copy=False
    )
    drawn = None
    if draws is not None:
        drawn = grid.table(draws[:, grid.inside])
    return Paths(table, pd.DataFrame(index=grid.dyads.view()), drawn)


def _no_members(own: Paths) -> pd.DataFrame:
    return pd.DataFrame(index=own.values.index)


def _two(draws: Floats | None) -> Floats | None:
    if draws is not None and draws.ndim == 3:
        raise PanelError(
            'draws of codes go with a fixed set; indicators="all" takes draws of scores'
        )
    return draws


def _refuse_options(none_given: bool) -> None:
    if not none_given:
        raise PanelError("these are Paths already; choose years, indicators and draws in paths()")


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


def _named(result: AlignmentResult, indicators: str | Sequence[str], n: int) -> Bools:
    names = [str(name) for name in result.codes.columns]
    chosen = [indicators] if isinstance(indicators, str) else list(indicators)
    for name in chosen:
        if name not in names:
            raise PanelError(
                f"indicator {name!r} is not in spec {result.spec.name!r}{closest(name, names)}; "
                f"it has {', '.join(names)}; or give 'fixed' or 'all'"
            )
    return np.tile(np.isin(names, chosen), (n, 1))


def _scored(result: AlignmentResult, codes: Floats, keep: Bools) -> Floats:
    """Score of each row on its own set of indicators; NaN where one of them is unknown."""
    held = np.where(keep, codes, np.nan)
    value, _, _ = tree.evaluate(result.spec.tree, held, held, held, propagate=False)
    value[(keep & np.isnan(codes)).any(axis=1) | ~keep.any(axis=1)] = np.nan
    return value
