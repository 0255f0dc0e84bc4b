"""Read what is to be drawn, and choose the actors and years of a figure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.errors import AlignIndexError, PanelError, closest, first_three
from alignindex.dynamics import Paths
from alignindex.panel.index import KEYS, dyad_years
from alignindex.robustness import Uncertainty
from alignindex.scoring.result import AlignmentResult
from alignindex.scoring.scores import score_columns
from alignindex.spec import IndexSpec

__all__ = [
    "KEYS",
    "Data",
    "Interval",
    "Names",
    "checked",
    "chosen",
    "grid",
    "interval_of",
    "one_of",
    "one_year",
    "row",
    "scores_of",
    "spec_of",
    "ties_of",
    "years_of",
]

Floats = NDArray[np.float64]
Data: TypeAlias = AlignmentResult | pd.Series | pd.DataFrame | Paths
Names: TypeAlias = str | Sequence[str] | None


def spec_of(data: Any, spec: IndexSpec | None) -> IndexSpec | None:
    """Return the spec behind the data, or the one given."""
    if spec is not None and not isinstance(spec, IndexSpec):
        raise AlignIndexError(
            f"spec takes the IndexSpec behind the table, such as result.spec; got "
            f"{type(spec).__name__}"
        )
    if isinstance(data, Paths):
        data = data.result
    return data.spec if isinstance(data, AlignmentResult) else spec


def scores_of(data: Data) -> pd.DataFrame:
    """Sorted table of the scores, with `low` and `high` where there are bounds.

    Raises
    ------
    PanelError
        If it is no panel of scores, or empty.
    """
    table = _of_paths(data) if isinstance(data, Paths) else score_columns(data, also="Paths, ")
    table, _ = dyad_years(table.astype(np.float64))
    if table.empty:
        raise PanelError("there is nothing to draw: the table has no dyad-year")
    return table


def _of_paths(paths: Paths) -> pd.DataFrame:
    """Scores of the series, one row a dyad and year."""
    dyads, years = paths.values.index, paths.years
    rows = dyads.repeat(len(years)).to_frame(index=False)
    rows["year"] = np.tile(years, len(dyads))
    values = paths.values.to_numpy(dtype=np.float64).ravel()
    return pd.DataFrame({"score": values}, index=pd.MultiIndex.from_frame(rows))


def chosen(wanted: Names, known: Iterable[Any], what: str) -> list[str]:
    """Return the names wanted, in their order; all that are known where None are given.

    Raises
    ------
    PanelError
        If one is not there (with the closest), or none is named.
    """
    names = list(dict.fromkeys(str(name) for name in known))
    if wanted is None:
        return names
    picked = [wanted] if isinstance(wanted, str) else [str(name) for name in wanted]
    if not picked:
        raise PanelError(f"no {what} is named; leave the option out to take all of them")
    for name in picked:
        if name not in names:
            raise PanelError(
                f"{what} {name!r} is not in the data{closest(name, names)}; there are "
                f"{', '.join(names)}"
            )
    return list(dict.fromkeys(picked))


def one_of(wanted: str, known: Iterable[Any], what: str) -> str:
    """Return one name that must be there."""
    if not isinstance(wanted, str):
        raise PanelError(f"{what} takes one name, such as 'RUS'; got {wanted!r}")
    return chosen(wanted, known, what)[0]


def years_of(wanted: tuple[int, int] | int | None, known: Iterable[Any]) -> tuple[int, int]:
    """First and last year to draw.

    Raises
    ------
    PanelError
        If they are out of order or share no year with the data.
    """
    there = np.asarray(list(known), dtype=np.int64)
    first, last = int(there.min()), int(there.max())
    if wanted is None:
        return first, last
    try:
        start, end = (int(year) for year in wanted)  # type: ignore[union-attr]
    except (TypeError, ValueError):
        raise PanelError(f"years are (first, last), such as (2000, 2019); got {wanted!r}") from None
    if start > end:
        raise PanelError(f"years are (first, last); got first = {start} after last = {end}")
    if not ((there >= start) & (there <= end)).any():
        raise PanelError(f"the data have no year from {start} to {end}; they run from {first} to "
                         f"{last}")  # fmt: skip
    return start, end


def one_year(wanted: int, known: Iterable[Any]) -> int:
    """Return a year that must be in the data."""
    there = sorted({int(year) for year in known})
    if isinstance(wanted, bool) or not isinstance(wanted, (int, np.integer)):
        raise PanelError(f"a year must be a whole number, such as 2013; got {wanted!r}")
    if int(wanted) not in there:
        near = min(there, key=lambda year: abs(year - int(wanted)))
        raise PanelError(
            f"year {wanted} is not in the data; they run from {there[0]} to {there[-1]}, and the "
            f"closest is {near}"
        )
    return int(wanted)


def grid(series: pd.Series, rows: pd.Index[Any], years: tuple[int, int]) -> pd.DataFrame:
    """Rows by calendar years without a break; NaN where there is no row: a gap stays a gap."""
    wide = series.unstack("year")
    columns = pd.Index(range(years[0], years[1] + 1), name="year")
    out: pd.DataFrame = wide.reindex(index=rows, columns=columns)
    return out


def row(table: pd.DataFrame, key: Any) -> Floats:
    """One row of a table, as numbers."""
    at: Any = table.index.get_loc(key)
    values: Floats = table.to_numpy(dtype=np.float64)[at]
    return values


def ties_of(score: pd.Series) -> dict[tuple[str, str], float]:
    """Scores by dyad."""
    ends = [[str(name) for name in score.index.get_level_values(i)] for i in (0, 1)]
    return dict(zip(zip(*ends, strict=True), score.to_numpy(dtype=np.float64), strict=True))


class Interval(NamedTuple):
    """Ends of an interval, and what it is called."""

    low: pd.Series
    high: pd.Series
    name: str


def interval_of(frame: pd.DataFrame) -> Interval:
    """Outermost quantiles of a table of `Uncertainty`.

    Raises
    ------
    AlignIndexError
        If it has fewer than two.
    """
    ends = [str(name) for name in frame.columns if _probability(str(name)) is not None]
    if len(ends) < 2:
        raise AlignIndexError(
            "an interval needs two quantiles, such as quantiles=(0.05, 0.5, 0.95) of "
            f"robustness.uncertainty; this one has {', '.join(ends) or 'none'}"
        )
    ends.sort(key=lambda name: _probability(name) or 0.0)
    cover = (_probability(ends[-1]) or 0.0) - (_probability(ends[0]) or 0.0)
    return Interval(frame[ends[0]], frame[ends[-1]], f"{100 * cover:g} % of the draws")


def _probability(name: str) -> float | None:
    try:
        return float(name[1:]) / 100 if name.startswith("q") else None
    except ValueError:
        return None


def checked(uncertainty: Any, rows: pd.Index[Any]) -> Uncertainty:
    """Return an uncertainty that has the rows to be drawn.

    Raises
    ------
    AlignIndexError
        If it is something else, or of other dyad-years.
    """
    if not isinstance(uncertainty, Uncertainty):
        raise AlignIndexError(
            "uncertainty takes what robustness.uncertainty(result) gives; got "
            f"{type(uncertainty).__name__}"
        )
    absent = rows.difference(uncertainty.scores.index)
    if len(absent):
        raise AlignIndexError(
            f"the uncertainty has no draws of {first_three(list(absent))}: make it of the result "
            "that is drawn"
        )
    return uncertainty
