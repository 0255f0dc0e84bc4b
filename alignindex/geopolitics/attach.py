"""`attach`: measures on a user's table of dyads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from alignindex import states as actors
from alignindex.base.arguments import check_choice, is_whole, shown
from alignindex.base.errors import PanelError, closest, first_three
from alignindex.geopolitics.numeric import numeric_codes

__all__ = ["Attached", "attach"]

SYSTEMS = ("auto", "iso3", "iso_numeric", "cow", "cow_abb", "gw", "name", "un")
SPLIT = 2003  # numeric code 891 was Yugoslavia's before, Serbia and Montenegro's after


@dataclass(frozen=True, eq=False)
class Attached:
    """A table with measures, and the account of what did not match.

    Attributes
    ----------
    data : table of the kind that was given
        With one more column per measure and lag; rows, order and index are those given.
    report : DataFrame
        what (state, partner, dyad, row), key, reason, rows. Empty if every row has every measure.
    matched : float
        Share of rows that have all measures at all lags.
    """

    data: Any
    report: pd.DataFrame
    matched: float

    def __repr__(self) -> str:
        return f"<Attached: {self.matched:.1%} of rows matched; {len(self.report)} notes in report>"

    def to_frame(self) -> Any:
        """Return the table with its measures."""
        return self.data


def attach(
    data: Any,
    measures: pd.DataFrame | pd.Series,
    *,
    state: str = "state",
    partner: str = "partner",
    time: str = "year",
    system: str = "auto",
    directed: bool = True,
    lags: Sequence[int] = (0,),
    prefix: str = "",
) -> Attached:
    """Put measures on a table of dyads, whatever its codes, and report what did not match.

    Parameters
    ----------
    data : DataFrame of pandas or polars, or Table of pyarrow
        One or more rows per dyad and year, such as trade flows by product.
    measures : DataFrame or Series
        Index (state, partner, year): put on the dyad. Index (state, year): put on both ends, as
        ``<measure>_<state>`` and ``<measure>_<partner>`` after the two column names. Actor codes
        as everywhere here (ISO3 of the time).
    state, partner, time : str
        Columns of `data`; `time` holds years, dates or text that begins with a year.
    system : str
        Codes of both columns: ``"iso3"``, ``"iso_numeric"`` (M49), ``"cow"``, ``"cow_abb"``,
        ``"gw"``, ``"name"``, ``"un"``, or ``"auto"``: ISO3 codes and names in any spelling.
        Numbers must be named, since codes of several systems overlap.
    directed : bool
        False: the measure of one direction holds for the other too.
    lags : sequence of int
        Years before the row's; lag 0 keeps the measure's name, others add ``_lag<n>``. A negative
        lag is a lead.
    prefix : str
        Put before the names of the new columns.

    Returns
    -------
    Attached
        Rows without a match have NaN and are counted in ``report``: unknown codes by code, missing
        dyad-years by reason, repeated rows.

    Raises
    ------
    PanelError
        Missing columns, new columns that exist already, numbers without a system, numbers and
        text in one column, times without a year, measures whose index is not as above, repeats
        itself, or differs between directions with ``directed=False``; no row that matches.

    Examples
    --------
    >>> import pandas as pd
    >>> import alignindex as ai
    >>> points = pd.DataFrame({"state": ["BRA", "IRN"], "year": 2024, "point": [5.0, 10.0]})
    >>> trade = pd.DataFrame({"exporter": ["Brazil", "Atlantis"], "importer": "Iran", "t": 2024})
    >>> out = ai.geopolitics.attach(
    ...     trade, ai.geopolitics.distance(points), state="exporter", partner="importer", time="t"
    ... )
    >>> out.data["distance"].tolist(), out.report["key"].iloc[0]
    ([5.0, nan], 'Atlantis')
    """
    check_choice(system, "system", SYSTEMS)
    steps = check_lags(lags)
    table = columns_of(data, [state, partner, time])
    values = as_measures(measures, directed)
    names = new_names(values, steps, prefix, state, partner)
    taken = [name for name in names if name in list_columns(data)]
    if taken:
        raise PanelError(
            f"data has columns {first_three(map(repr, taken))} already: drop them, or give prefix="
        )
    year = years_of(table[time], time)
    codes = {side: actors_of(table[side], year, system, side) for side in (state, partner)}
    finder, dyadic = Finder(values.index), values.index.nlevels == 3
    first = finder.codes(0, codes[state])
    second = finder.codes(1 if dyadic else 0, codes[partner])
    new: dict[str, np.ndarray[Any, Any]] = {}
    for lag in steps:
        end = "" if lag == 0 else f"_lag{lag}" if lag > 0 else f"_lead{-lag}"
        then = finder.codes(2 if dyadic else 1, year - lag)
        ends = [("", [first, second, then])] if dyadic else [
            (f"_{state}", [first, then]), (f"_{partner}", [second, then])
        ]  # fmt: skip
        for side, keys in ends:
            at = finder.places(keys)
            for name in values.columns:
                new[f"{prefix}{name}{side}{end}"] = taken_at(values[name], at)
    full = np.ones(len(table), dtype=bool)
    for column in new.values():
        full &= ~pd.isna(column)
    report = account(table, codes, year, full, values, state, partner, time)
    if len(table) and not full.any():
        top = report.iloc[0]
        raise PanelError(
            f"no row of {len(table)} has all measures; first reason: {top['what']} {top['key']!r}, "
            f"{top['reason']}. Look at system=, time= and lags="
        )
    return Attached(add_columns(data, new), report, float(full.mean()) if len(table) else 1.0)


def check_lags(lags: Any) -> list[int]:
    """Return the lags, each a whole number and once."""
    steps = list(lags) if not is_whole(lags) and not isinstance(lags, str) else [lags]
    if not steps or not all(is_whole(step) for step in steps) or len(set(steps)) < len(steps):
        raise PanelError(f"lags takes whole numbers, each once, such as (0, 1); got {shown(lags)}")
    return [int(step) for step in steps]


def list_columns(data: Any) -> list[str]:
    """Return the names of a table's columns."""
    return [str(c) for c in (data.column_names if hasattr(data, "column_names") else data.columns)]


def columns_of(data: Any, names: list[str]) -> pd.DataFrame:
    """Return some columns of any table as pandas."""
    if not (hasattr(data, "columns") or hasattr(data, "column_names")):
        raise PanelError(
            f"data must be a table of pandas, polars or pyarrow; got {type(data).__name__}"
        )
    there = list_columns(data)
    absent = [name for name in names if name not in there]
    if absent:
        raise PanelError(
            f"data has no column {absent[0]!r}{closest(absent[0], there)}; columns are "
            f"{', '.join(there[:20])}"
        )
    if isinstance(data, pd.DataFrame):
        return data[names].reset_index(drop=True)
    found: pd.DataFrame = data.select(names).to_pandas()
    return found


def add_columns(data: Any, new: dict[str, Any]) -> Any:
    """Return the table with new columns, in its own kind."""
    if isinstance(data, pd.DataFrame):
        return data.assign(**new)
    kind = type(data).__module__.partition(".")[0]
    if kind == "polars":
        import polars

        return data.with_columns([polars.Series(name, list(each)) for name, each in new.items()])
    for name, each in new.items():
        data = data.append_column(name, [each])
    return data


def as_measures(measures: Any, directed: bool) -> pd.DataFrame:
    """Check the measures; with ``directed=False`` fill the other direction."""
    table = measures.to_frame() if isinstance(measures, pd.Series) else measures
    names = list(table.index.names) if isinstance(table, pd.DataFrame) else []
    if names not in (["state", "partner", "year"], ["state", "year"]) or not len(table.columns):
        raise PanelError(
            "measures need the index (state, partner, year) or (state, year) and a column; got "
            f"{names or type(measures).__name__}"
        )
    table = table.rename(columns=str)
    if not table.index.is_unique:
        twice = table.index[table.index.duplicated()]
        raise PanelError(f"measures repeat {first_three(twice)}; keep one row each")
    if directed or len(names) == 2:
        return table
    turned = table.swaplevel(0, 1).rename_axis(index=["state", "partner", "year"])
    shared = table.index.intersection(turned.index)
    one, other = table.loc[shared], turned.loc[shared]
    differ = ((one != other) & one.notna() & other.notna()).any(axis=1)
    if differ.any():
        raise PanelError(
            f"directed=False, but {first_three(shared[differ])} differ from the other direction: "
            "take directed=True, or average the two"
        )
    return table.combine_first(turned)


def new_names(
    values: pd.DataFrame, steps: list[int], prefix: str, state: str, partner: str
) -> list[str]:
    """Return the names of the columns to come."""
    ends = ["" if s == 0 else f"_lag{s}" if s > 0 else f"_lead{-s}" for s in steps]
    sides = [""] if values.index.nlevels == 3 else [f"_{state}", f"_{partner}"]
    return [f"{prefix}{name}{side}{end}" for end in ends for side in sides for name in values]


def years_of(times: pd.Series[Any], name: str) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the years of whole numbers, dates, periods or text that begins with a year."""
    if isinstance(times.dtype, pd.PeriodDtype) or pd.api.types.is_datetime64_any_dtype(times):
        years = times.dt.year.astype("float64")
    elif pd.api.types.is_numeric_dtype(times):
        years = times.astype("float64")
    else:
        text = times.astype("object").where(times.notna(), "").astype(str)
        years = pd.to_numeric(text.str.extract(r"^\s*(\d{4})(?!\d)")[0], errors="coerce")
    number = years.to_numpy(dtype=np.float64, na_value=np.nan)
    bad = ~np.isfinite(number) | (number != np.floor(number)) | (number < 1) | (number > 9999)
    if bad.any():
        raise PanelError(
            f"{int(bad.sum())} rows of {name!r} hold no year: "
            f"{first_three(map(repr, times[bad].unique()))}; expected 2019, a date or '2019-06'"
        )
    return np.asarray(number, dtype=np.int64)


def actors_of(values: pd.Series[Any], year: Any, system: str, name: str) -> pd.Series[Any]:
    """Return actor codes; missing where a value names nobody."""
    kept = values[values.notna()]
    digits = kept.astype(str).str.fullmatch(r"\s*\d+(\.0*)?\s*")
    numeric = system in ("iso_numeric", "cow", "gw")
    if digits.any() and not digits.all():
        raise PanelError(
            f"column {name!r} mixes numbers and text: {kept[digits].iloc[0]!r} and "
            f"{kept[~digits].iloc[0]!r}; bring it to one system of codes first"
        )
    if len(kept) and bool(digits.any()) != numeric:
        have = "numbers" if digits.any() else "text"
        raise PanelError(
            f"column {name!r} holds {have}, such as {kept.iloc[0]!r}, which system={system!r} does "
            "not read: name the system of the codes, such as iso_numeric, cow, gw or iso3"
        )
    if system == "iso_numeric":
        number = pd.to_numeric(values, errors="coerce")
        codes = number.map(numeric_codes()).astype(object)
        return codes.where(~((codes == "SCG") & (year < SPLIT)), "YUG")
    found = actors.resolve(
        values, system="any" if system == "auto" else system, year=year, unknown="missing"
    )  # type: ignore[call-overload]
    return pd.Series(found, index=values.index).astype(object)


class Finder:
    """Finds rows of the measures by their keys; the index is numbered once for all lags."""

    def __init__(self, index: pd.Index[Any]) -> None:
        self.levels: list[pd.Index[Any]] = []
        numbers = np.zeros(len(index), dtype=np.int64)
        for level in range(index.nlevels):
            code, labels = pd.factorize(index.get_level_values(level))
            self.levels.append(pd.Index(labels))
            numbers = numbers * len(labels) + code
        self.numbers = pd.Index(numbers)

    def codes(self, level: int, values: Any) -> np.ndarray[Any, Any]:
        """Give the keys of one level their numbers; -1 where the measures have none."""
        code, uniques = pd.factorize(values)
        known = self.levels[level].get_indexer(pd.Index(uniques))
        return np.append(known, -1)[code]

    def places(self, codes: list[np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
        """Return the row of the measures for each row of the table; -1 for none."""
        wanted = np.zeros(len(codes[0]), dtype=np.int64)
        lost = np.zeros(len(codes[0]), dtype=bool)
        for labels, code in zip(self.levels, codes, strict=True):
            wanted = wanted * len(labels) + code
            lost |= code < 0
        return np.where(lost, -1, self.numbers.get_indexer(pd.Index(wanted)))


def taken_at(column: pd.Series[Any], at: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return values by place; missing for -1."""
    missing = np.nan if pd.api.types.is_numeric_dtype(column) else None
    kind = np.float64 if missing is not None else object
    found = column.to_numpy(dtype=kind)
    padded = np.append(found, np.array([missing], dtype=kind))
    return np.asarray(padded[at])


def account(
    table: pd.DataFrame,
    codes: dict[str, pd.Series[Any]],
    year: Any,
    full: np.ndarray[Any, Any],
    values: pd.DataFrame,
    state: str,
    partner: str,
    time: str,
) -> pd.DataFrame:
    """Count what did not match, and repeated rows."""
    rows: list[tuple[str, Any, str, int]] = []
    told = full.copy()
    for what, side in (("state", state), ("partner", partner)):
        unknown = codes[side].isna().to_numpy()
        named = table.loc[unknown, side].astype(object)
        for key, count in named.where(named.notna(), "").value_counts().items():
            reason = "names no actor in its year" if key != "" else "empty"
            rows.append((what, key, reason, int(count)))
        told |= unknown
    domestic = (codes[state] == codes[partner]).to_numpy() & ~told
    if domestic.any():
        rows.append(("row", "", "a state with itself", int(domestic.sum())))
    told |= domestic
    known = values.index.get_level_values("year")
    outside = ~np.isin(year, known) & ~told
    for key, count in pd.Series(year[outside]).value_counts(sort=False).items():
        rows.append(("row", key, "year without measures", int(count)))
    told |= outside
    for what, side in (("state", state), ("partner", partner)):
        level = "state" if what == "state" or values.index.nlevels == 2 else "partner"
        strange = ~codes[side].isin(values.index.get_level_values(level)).to_numpy() & ~told
        for key, count in codes[side][strange].value_counts().items():
            rows.append((what, key, "has no measures", int(count)))
        told |= strange
    if (~told).any():
        rows.append(("dyad", "", "no value in its year, or at a lag", int((~told).sum())))
    twice = int(table.duplicated([state, partner, time]).sum())
    if twice:
        rows.append(("row", "", "repeats a dyad and time; each row got its measures", twice))
    return pd.DataFrame(rows, columns=["what", "key", "reason", "rows"])
