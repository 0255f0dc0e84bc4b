"""Read the table of a figure, and choose its rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from alignindex.base.arguments import check_years
from alignindex.base.errors import AlignIndexError, PanelError, first_three
from alignindex.base.typing import Floats
from alignindex.dynamics import Paths
from alignindex.panel.index import KEYS, dyad_years
from alignindex.panel.select import Labels, Years, select_labels, select_rows
from alignindex.robustness import Uncertainty
from alignindex.scoring.result import AlignmentResult
from alignindex.scoring.scores import score_columns
from alignindex.spec import IndexSpec

__all__ = [
    "KEYS",
    "Data",
    "Interval",
    "Labels",
    "Years",
    "checked",
    "grid",
    "interval_of",
    "one_label",
    "one_year",
    "row",
    "scores_of",
    "select_labels",
    "select_rows",
    "span_of",
    "spec_of",
]

Data: TypeAlias = AlignmentResult | pd.Series | pd.DataFrame | Paths


def spec_of(data: Any, spec: IndexSpec | None) -> IndexSpec | None:
    """Return the spec behind the data, or the given one."""
    if spec is not None and not isinstance(spec, IndexSpec):
        raise AlignIndexError(
            f"spec takes the IndexSpec behind the table, such as result.spec; got "
            f"{type(spec).__name__}"
        )
    if isinstance(data, Paths):
        data = data.result
    return data.spec if isinstance(data, AlignmentResult) else spec


def scores_of(data: Data) -> pd.DataFrame:
    """Return the sorted table of the scores, with `low` and `high` if there are bounds.

    Raises
    ------
    PanelError
        If the data are not scores by dyad-year, or empty.
    """
    table = _of_paths(data) if isinstance(data, Paths) else score_columns(data, also="Paths, ")
    table, _ = dyad_years(table.astype(np.float64))
    if table.empty:
        raise PanelError("there is nothing to draw: the table has no dyad-year")
    return table


def _of_paths(paths: Paths) -> pd.DataFrame:
    """Return the scores of the series, one row per dyad and year."""
    dyads, years = paths.values.index, paths.years
    rows = dyads.repeat(len(years)).to_frame(index=False)
    rows["year"] = np.tile(years, len(dyads))
    values = paths.values.to_numpy(dtype=np.float64).ravel()
    return pd.DataFrame({"score": values}, index=pd.MultiIndex.from_frame(rows))


def one_label(wanted: Labels, known: Iterable[Any], what: str) -> Any:
    """Return the one label that is wanted; raise if there are several."""
    found = select_labels(wanted, known, what)
    if wanted is None or len(found) != 1:
        named = "none" if wanted is None else f"{len(found)}: {first_three(map(repr, found))}"
        raise PanelError(f"this figure is of one of {what}, such as {what}='RUS'; got {named}")
    return found[0]


def one_year(wanted: Years, known: Iterable[Any]) -> int:
    """Return the one year that is wanted; raise if there are several."""
    found = check_years(wanted, known=known)
    if len(found) != 1:
        raise PanelError(f"this figure is of one year, such as years={found[-1]}; got {len(found)}")
    return found[0]


def span_of(years: Iterable[Any]) -> range:
    """Return all years from the first to the last."""
    there = np.asarray(list(years), dtype=np.int64)
    return range(int(there.min()), int(there.max()) + 1)


def grid(series: pd.Series, rows: pd.Index[Any], years: range) -> pd.DataFrame:
    """Return rows by consecutive years; NaN without a row, so that a gap stays a gap."""
    columns = pd.Index(years, name="year")
    out: pd.DataFrame = series.unstack("year").reindex(index=rows, columns=columns)
    return out


def row(table: pd.DataFrame, key: Any) -> Floats:
    """Return one row of a table, as numbers."""
    values: Floats = table.loc[key].to_numpy(dtype=np.float64)
    return values


class Interval(NamedTuple):
    """Ends of an interval, and its name."""

    low: pd.Series
    high: pd.Series
    name: str


def interval_of(frame: pd.DataFrame) -> Interval:
    """Return the outermost quantiles of a table of `Uncertainty`.

    Raises
    ------
    AlignIndexError
        If it has fewer than two.
    """
    cover = {name: _probability(str(name)) for name in frame.columns}
    known = sorted((p, str(name)) for name, p in cover.items() if p is not None)
    if len(known) < 2:
        raise AlignIndexError(
            "an interval needs two quantiles, such as quantiles=(0.05, 0.5, 0.95) of "
            f"robustness.uncertainty; this one has {', '.join(n for _, n in known) or 'none'}"
        )
    (start, first), (end, last) = known[0], known[-1]
    return Interval(frame[first], frame[last], f"{100 * (end - start):g} % of the draws")


def _probability(name: str) -> float | None:
    try:
        return float(name[1:]) / 100 if name.startswith("q") else None
    except ValueError:
        return None


def checked(uncertainty: Any, rows: pd.Index[Any]) -> Uncertainty:
    """Return an uncertainty that has the rows to draw.

    Raises
    ------
    AlignIndexError
        If it is something else, or of other dyad-years.
    """
    if not isinstance(uncertainty, Uncertainty):
        raise AlignIndexError(
            "uncertainty takes the result of robustness.uncertainty(result); got "
            f"{type(uncertainty).__name__}"
        )
    absent = rows.difference(uncertainty.scores.index)
    if len(absent):
        raise AlignIndexError(
            f"the uncertainty has no draws of {first_three(list(absent))}: compute it from the "
            "result that is drawn"
        )
    return uncertainty
