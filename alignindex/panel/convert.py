"""From tables to panels: long tables, and wide ones with the years in columns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.arguments import is_number, shown
from alignindex.base.errors import PanelError, closest, first_three
from alignindex.panel.index import KEYS, check_table, dyad_years

__all__ = ["as_panel", "check_sentinels", "panel_from_wide"]

NEGATIVE_SENTINELS = (-9.0, -99.0, -999.0)  # codes for "missing" in files of the field
LARGE_SENTINELS = (999.0,)
YEAR_COLUMN = re.compile(r"(?P<name>.*?)[ _.\-]?(?P<year>\d{4})", re.DOTALL)


def as_panel(
    data: pd.DataFrame,
    *,
    state: str = "state",
    partner: str = "partner",
    year: str = "year",
    sentinels: Iterable[float] | None = None,
) -> pd.DataFrame:
    """Turn a table with one row per dyad-year into a panel.

    Parameters
    ----------
    data : DataFrame
        The three key columns and one column per raw value. It is not changed.
    state, partner, year : str
        Names of the key columns. Years may be whole numbers or text such as ``"2013"``.
    sentinels : iterable of float, optional
        Numbers that stand for a missing value, such as ``[-9, -99]``; they become NaN. Give ``[]``
        if the numbers that look like sentinels are values.

    Returns
    -------
    DataFrame
        Index (state, partner, year), sorted. Numeric and boolean columns become float64, text
        columns category; a column without any value is float64, all NaN.

    Raises
    ------
    PanelError
        If a key column is missing or has empty cells, a column name is there twice, a year is not
        a whole number from 1 to 9999, a dyad-year occurs twice, a state is its own partner, or a
        column looks as if it held sentinels: its only negative values are among -9, -99 and -999,
        or it has no negative value and its maximum is 999.

    Examples
    --------
    >>> import alignindex as ai
    >>> import pandas as pd
    >>> table = pd.DataFrame({"from": ["ARM", "ARM"], "to": ["RUS", "RUS"], "t": [2014, 2013],
    ...                       "arms": [0.9, -9.0]})
    >>> ai.as_panel(table, state="from", partner="to", year="t", sentinels=[-9])
                        arms
    state partner year
    ARM   RUS     2013   NaN
                  2014   0.9
    """
    names = {state: "state", partner: "partner", year: "year"}
    _check_columns(data, names, (state, partner, year))
    missing = None if sentinels is None else _sentinels(sentinels)
    table = data.rename(columns=names)
    for name in KEYS:
        column = table[name]
        if column.dtype == np.float16:
            raise PanelError(
                f"key {name!r} has dtype float16, which cannot hold every whole number above "
                "2048; read the column as int64"
            )
        if isinstance(column.dtype, pd.CategoricalDtype):  # keys sort by label
            table[name] = column.astype(column.cat.categories.dtype)
    try:
        table = table.set_index(list(KEYS))
    except TypeError:
        kinds = sorted({type(key).__name__ for name in KEYS for key in table[name]})
        raise PanelError(
            f"keys must be text or whole numbers; got {first_three(kinds)}: convert them to text"
        ) from None
    panel = dyad_years(_converted(table, missing))[0]
    panel.attrs = dict(data.attrs)  # units, which concat does not keep
    if missing is None:
        check_sentinels(panel)
    return panel


def _check_columns(data: pd.DataFrame, names: dict[str, str], given: tuple[str, str, str]) -> None:
    """Raise unless the key columns are there, each once, and the other names are unique."""
    if len(names) < len(KEYS):
        raise PanelError(
            "state, partner and year need a column each; got "
            f"{', '.join(repr(name) for name in given)}"
        )
    check_table(data)
    if data.columns.nlevels > 1:
        raise PanelError(
            f"column names must have one level; got {data.columns.nlevels}: flatten them first"
        )
    columns = [str(column) for column in data.columns]
    twice = data.columns[data.columns.duplicated()].unique()
    if len(twice):
        raise PanelError(
            f"column names must be unique; there more than once: {first_three(map(repr, twice))}. "
            "Rename or drop the duplicates"
        )
    absent = [name for name in names if name not in data.columns]
    if absent:
        raise PanelError(
            f"key column {absent[0]!r} is not in the table{closest(str(absent[0]), columns)}; "
            f"it has {', '.join(columns[:20]) or 'no columns'}. Name the keys with "
            "as_panel(data, state=..., partner=..., year=...)"
        )
    clash = [name for name in KEYS if name in data.columns and name not in names]
    if clash:
        old = next(old for old, new in names.items() if new == clash[0])
        raise PanelError(
            f"the table has a column {clash[0]!r} besides {old!r}, which is to become the key "
            f"{clash[0]!r}: drop or rename one of them"
        )


def _converted(table: pd.DataFrame, missing: list[float] | None) -> pd.DataFrame:
    """Return the raw columns as float64 or category; plain numbers in one step."""
    plain = np.array([isinstance(t, np.dtype) and t.kind in "fiub" for t in table.dtypes], bool)
    numbers = table.loc[:, plain].astype(np.float64)
    if missing:
        numbers = numbers.mask(numbers.isin(missing))
    if plain.all():
        return numbers
    others = [_values(column, missing) for _, column in table.loc[:, ~plain].items()]
    return pd.concat([numbers, *others], axis=1)[list(table.columns)]


def _values(column: pd.Series, missing: list[float] | None) -> pd.Series:
    """Return a raw column as float64 or category."""
    if pd.api.types.is_complex_dtype(column):
        raise PanelError(
            f"column {column.name!r} holds complex numbers; give its real part, or drop it"
        )
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        if missing:
            values = np.where(np.isin(values, missing), np.nan, values)
        return pd.Series(values, index=column.index, name=column.name)
    if not isinstance(column.dtype, pd.CategoricalDtype):
        # The cells decide, not the dtype: pandas 2 holds text and gaps as objects.
        cells = pd.api.types.infer_dtype(column, skipna=True)
        if cells == "string":
            return column.astype("category")
        if cells == "empty":
            return pd.Series(np.nan, index=column.index, name=column.name)
    return column


def _sentinels(sentinels: Any) -> list[float]:
    """Return the sentinels as a list of numbers."""
    given = [sentinels] if is_number(sentinels) else sentinels
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise PanelError(f"sentinels takes numbers, such as [-9, -99]; got {shown(sentinels)}")
    numbers = list(given)
    if not all(map(is_number, numbers)):
        raise PanelError(f"sentinels takes numbers, such as [-9, -99]; got {shown(sentinels)}")
    return [float(number) for number in numbers]


def check_sentinels(panel: pd.DataFrame) -> None:
    """Raise if a numeric column looks as if it held sentinels.

    Raises
    ------
    PanelError
        Naming the first such column, the value and how often it is there.
    """
    numbers = panel.select_dtypes(np.float64)
    lows, highs = numbers.min().to_numpy(), numbers.max().to_numpy()
    suspect = np.isin(lows, NEGATIVE_SENTINELS) | ((lows >= 0) & np.isin(highs, LARGE_SENTINELS))
    for name, low, high in zip(
        numbers.columns[suspect], lows[suspect], highs[suspect], strict=True
    ):
        values = numbers[name].to_numpy()
        found: list[float] = []
        if low in NEGATIVE_SENTINELS:
            negative = np.unique(values[values < 0])
            found = negative.tolist() if np.isin(negative, NEGATIVE_SENTINELS).all() else []
        else:
            found = [float(high)]
        if found:
            count = int(np.isin(values, found).sum())
            listed = ", ".join(f"{value:g}" for value in found)
            cells = f"{count} cells" if count > 1 else "one cell"
            raise PanelError(
                f"column {name!r} holds {listed} in {cells} and is otherwise not negative, which "
                f"looks like a code for missing values. Say sentinels=[{listed}] if it is one "
                "(these cells become NaN), sentinels=[] if it is a value"
            )


def panel_from_wide(
    data: pd.DataFrame,
    *,
    value: str | None = None,
    state: str = "state",
    partner: str = "partner",
    sentinels: Iterable[float] | None = None,
) -> pd.DataFrame:
    """Turn a table with the years in columns into a panel.

    Parameters
    ----------
    data : DataFrame
        One row per dyad: the two key columns, and columns that are years (``2012``, ``"2012"``,
        ``"X2012"``) or end in one (``arms_2012``, ``arms.2012``, ``arms2012``).
    value : str, optional
        Name of the raw column, if the columns are bare years.
    state, partner : str
        Names of the key columns.
    sentinels : iterable of float, optional
        Numbers that stand for a missing value; see `as_panel`.

    Returns
    -------
    DataFrame
        Index (state, partner, year), sorted, with a row for every dyad and every year of any
        column; one column per raw value, NaN where the table has no such column or an empty cell.

    Raises
    ------
    PanelError
        If a column is neither a key nor of a year, bare years come without `value` or together
        with named ones, a column of one name and year is there twice, or the result is not a panel
        (see `as_panel`).

    Examples
    --------
    >>> import alignindex as ai
    >>> import pandas as pd
    >>> wide = pd.DataFrame({"state": ["ARM"], "partner": ["RUS"], "arms_2012": [0.5],
    ...                      "arms_2013": [0.75], "votes_2013": [1.0]})
    >>> ai.panel_from_wide(wide)
                        arms  votes
    state partner year
    ARM   RUS     2012  0.50    NaN
                  2013  0.75    1.0
    """
    check_table(data)
    keys = {state: "state", partner: "partner"}
    absent = [name for name in keys if name not in data.columns]
    if absent or len(keys) < 2:
        raise PanelError(
            f"a wide table needs two key columns, state and partner; {absent or [state]} "
            f"{'are' if len(absent) > 1 else 'is'} not there or named twice: name them with "
            "panel_from_wide(data, state=..., partner=...)"
        )
    places = _year_columns([name for name in data.columns if name not in keys], value)
    parts: dict[int, dict[str, pd.Series]] = {}
    for (name, year), column in places.items():
        position = np.flatnonzero(data.columns == column)
        if len(position) > 1:
            raise PanelError(f"column {column!r} is there twice; drop one of them")
        parts.setdefault(year, {})[name] = data[column]
    names = list(dict.fromkeys(name for name, _ in places))
    frames = []
    for year in sorted(parts):
        frame = data[list(keys)].rename(columns=keys).assign(year=year)
        frames.append(frame.assign(**parts[year]))
    long = pd.concat(frames, ignore_index=True)
    return as_panel(long[["state", "partner", "year", *names]], sentinels=sentinels)


def _year_columns(columns: list[Any], value: str | None) -> dict[tuple[str, int], Any]:
    """Return the column of each raw value and year."""
    found: dict[tuple[str, int], Any] = {}
    other: list[Any] = []
    bare: list[Any] = []
    named: list[Any] = []
    for column in columns:
        match = YEAR_COLUMN.fullmatch(str(column))
        if match is None:
            other.append(column)
            continue
        year_only = match["name"] in ("", "X") and (match["name"] == "" or value is not None)
        (bare if year_only else named).append(column)
        key = (str(value) if year_only else match["name"], int(match["year"]))
        if key in found:
            raise PanelError(
                f"columns {found[key]!r} and {column!r} are both {key[0]} in {key[1]}; drop one"
            )
        found[key] = column
    if other:
        raise PanelError(
            "every column but the keys must end in a year, such as arms_2012; got "
            f"{first_three(map(repr, other))}: rename or drop them"
        )
    if not found:
        raise PanelError("the table has no column that ends in a year, such as 2012 or arms_2012")
    if bare and named:
        raise PanelError(
            f"columns are bare years ({first_three(map(repr, bare))}) and named ones "
            f"({first_three(map(repr, named))}); use one form"
        )
    if bare and value is None:
        raise PanelError(
            f"the columns are bare years ({first_three(map(repr, bare))}); say what their cells "
            "are with value=, such as value='arms'"
        )
    if named and value is not None:
        raise PanelError(
            f"value={value!r} goes with columns that are bare years; got "
            f"{first_three(map(repr, named))}: leave value out"
        )
    return found
