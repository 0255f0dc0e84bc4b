"""The dyad-year table: setting its index, and everything that can be wrong with it.

A panel is a plain DataFrame with the index (state, partner, year), sorted and unique, and one
column a raw value: float64, or category for a column that a `levels` rule reads. NaN is unknown.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.errors import PanelError, closest, first_three

__all__ = [
    "KEYS",
    "DyadYears",
    "as_panel",
    "dyad_years",
    "key_problems",
    "numbered",
    "once_an_index",
]

KEYS = ("state", "partner", "year")
GAP = 4096  # years between the keys of two dyads: wider than any window of a spec

Read = TypeVar("Read")


@dataclass(frozen=True)
class DyadYears:
    """The rows of a panel as the kernels need them.

    Attributes
    ----------
    index : MultiIndex
    state, partner : ndarray of int
        Positions in `states` and `partners`.
    states, partners : Index
        The distinct labels.
    year : ndarray of int
    key : ndarray of int
        Rising; differences within a dyad are years.
    """

    index: pd.MultiIndex
    state: NDArray[Any]
    states: pd.Index[Any]
    partner: NDArray[Any]
    partners: pd.Index[Any]
    year: NDArray[np.int64]
    key: NDArray[np.int64]

    def label(self, row: int) -> str:
        """Name a row in an error.

        Examples
        --------
        >>> rows = dyad_years(as_panel(
        ...     pd.DataFrame({"state": ["ARM"], "partner": ["RUS"], "year": [2013]})))[1]
        >>> rows.label(0)
        'ARM–RUS 2013'
        """
        state = self.states[self.state[row]]
        return f"{state}–{self.partners[self.partner[row]]} {self.year[row]}"

    def name(self, where: NDArray[np.bool_], values: NDArray[Any] | None = None) -> str:
        """Name the first three of the rows at `where`, with their values."""
        rows = np.flatnonzero(where)
        shown = [
            self.label(row) + ("" if values is None else f": {values[row]:.10g}")
            for row in rows[:3]
        ]
        return first_three([*shown, *[""] * (len(rows) - len(shown))])


def as_panel(
    data: pd.DataFrame, *, state: str = "state", partner: str = "partner", year: str = "year"
) -> pd.DataFrame:
    """Turn a table with one row a dyad-year into a panel.

    Parameters
    ----------
    data : DataFrame
        With the three key columns and one column a raw value. It is not changed.
    state, partner, year : str
        Names of the key columns.

    Returns
    -------
    DataFrame
        Index (state, partner, year), sorted. Numeric columns become float64 (NaN stays unknown),
        text columns category; a column without any value is float64, all unknown.

    Raises
    ------
    PanelError
        If a key column is missing or has empty cells, a year is not a whole number, a dyad-year
        occurs twice, or a state is its own partner.

    Examples
    --------
    >>> table = pd.DataFrame({"from": ["ARM", "ARM"], "to": ["RUS", "RUS"], "t": [2014, 2013],
    ...                       "arms": [0.9, 0.8]})
    >>> as_panel(table, state="from", partner="to", year="t")
                        arms
    state partner year
    ARM   RUS     2013   0.8
                  2014   0.9
    """
    names = {state: "state", partner: "partner", year: "year"}
    if len(names) < len(KEYS):
        raise PanelError(
            f"state, partner and year need a column each; got {state!r}, {partner!r}, {year!r}"
        )
    _refuse_other(data)
    absent = [name for name in names if name not in data.columns]
    if absent:
        columns = [str(column) for column in data.columns]
        raise PanelError(
            f"key column {absent[0]!r} is not in the table{closest(absent[0], columns)}; "
            f"it has {', '.join(columns) or 'no columns'}. Name the keys with "
            "as_panel(data, state=..., partner=..., year=...)"
        )
    twice = [name for name in KEYS if name in data.columns and name not in names]
    if twice:
        given = next(old for old, new in names.items() if new == twice[0])
        raise PanelError(
            f"the table has a column {twice[0]!r} besides {given!r}, which is to become the key "
            f"{twice[0]!r}: drop or rename one of them"
        )
    table = data.rename(columns=names).set_index(list(KEYS))
    for name in table.columns:
        column = table[name]
        if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
            table[name] = column.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
        elif not isinstance(column.dtype, pd.CategoricalDtype):
            # What the cells are, not the dtype: pandas 2 holds text and gaps as objects.
            cells = pd.api.types.infer_dtype(column, skipna=True)
            if cells == "string":
                table[name] = column.astype("category")
            elif cells == "empty":  # wholly unknown, whatever it was to be
                table[name] = np.nan
    return dyad_years(table)[0]


def _refuse_other(data: object) -> None:
    """Refuse what is no DataFrame."""
    if not isinstance(data, pd.DataFrame):
        raise PanelError(
            f"expected a pandas DataFrame with one row a dyad-year; got {type(data).__name__}: "
            "make one with pandas.DataFrame(...), then as_panel(...)"
        )


def key_problems(panel: pd.DataFrame) -> list[str]:
    """Everything that is wrong with the index of a panel, one sentence each.

    Examples
    --------
    >>> rows = pd.MultiIndex.from_tuples([("ARM", "ARM", 2013)], names=KEYS)
    >>> key_problems(pd.DataFrame(index=rows))
    ['a state cannot be its own partner: ARM–ARM 2013; remove these rows']
    """
    if list(panel.index.names) != list(KEYS):
        return [
            f"a panel has the index (state, partner, year); got {list(panel.index.names)}: "
            "set it with as_panel(data, state=..., partner=..., year=...)"
        ]
    problems = []
    frame = panel.index.to_frame(index=False)
    for name in KEYS:
        empty = np.flatnonzero(frame[name].isna())
        if empty.size:
            problems.append(
                f"key {name!r} is empty in row {first_three(empty + 1)} (counted from 1); "
                "every row needs state, partner and year"
            )
    years = frame["year"]
    whole = [
        isinstance(year, (int, float, np.integer, np.floating))
        and not isinstance(year, bool)
        and (pd.isna(year) or float(year).is_integer())
        for year in years.unique()
    ]
    if not all(whole):
        wrong = [
            repr(year.item() if isinstance(year, np.generic) else year)
            for year, good in zip(years.unique(), whole, strict=True)
            if not good
        ]
        problems.append(f"year must be a whole number, such as 2013; got {first_three(wrong)}")
    same = frame["state"].astype(object).to_numpy() == frame["partner"].astype(object).to_numpy()
    if same.any():
        rows = frame.loc[same]
        named = [f"{r.state}–{r.partner} {r.year}" for r in rows.itertuples(index=False)]
        problems.append(
            f"a state cannot be its own partner: {first_three(named)}; remove these rows"
        )
    twice = frame.duplicated()
    if twice.any():
        named = [f"{r.state}–{r.partner} {r.year}" for r in frame[twice].itertuples(index=False)]
        problems.append(
            f"(state, partner, year) must be unique; there again: {first_three(named)}. "
            "Keep one row a dyad-year"
        )
    return problems


def _ranked(level: pd.Index[Any], codes: NDArray[Any]) -> tuple[NDArray[Any], pd.Index[Any]]:
    """Codes whose order is the order of their labels, and the labels that there are rows of."""
    there = np.zeros(len(level) + 1, dtype=bool)  # one more for -1, no label
    there[codes] = True
    used = np.flatnonzero(there[:-1])
    ordered = level.is_monotonic_increasing
    if ordered and len(used) == len(level):
        return codes, level
    labels = level.take(used)
    if not ordered:
        try:
            order = np.argsort(labels.to_numpy(), kind="stable")
        except TypeError:
            kinds = {type(label).__name__: repr(label) for label in labels}
            shown = "; ".join(f"{label} ({kind})" for kind, label in kinds.items())
            raise PanelError(
                f"the labels of {level.name} must be of one kind to be sorted; got {shown}: "
                "convert them to text, or resolve them to one code with states.resolve"
            ) from None
        used, labels = used[order], labels.take(order)
    rank = np.full(len(level) + 1, -1, dtype=codes.dtype)
    rank[used] = np.arange(len(used))
    return rank[codes], labels


def dyad_years(panel: pd.DataFrame) -> tuple[pd.DataFrame, DyadYears]:
    """Check the index of a panel, sort its rows if they are not, and number them.

    Raises
    ------
    PanelError
        With the first problem of :func:`key_problems`.

    Examples
    --------
    >>> rows = pd.MultiIndex.from_tuples(
    ...     [("ARM", "RUS", 2014), ("ARM", "RUS", 2012)], names=KEYS
    ... )
    >>> panel, numbered = dyad_years(pd.DataFrame({"arms": [0.8, 0.9]}, index=rows))
    >>> panel["arms"].tolist(), np.diff(numbered.key).tolist()
    ([0.9, 0.8], [2])
    """

    def stop() -> None:
        problems = key_problems(panel)
        if problems:
            raise PanelError(problems[0])

    _refuse_other(panel)
    index = panel.index
    if not isinstance(index, pd.MultiIndex) or list(index.names) != list(KEYS):
        stop()
    assert isinstance(index, pd.MultiIndex)
    levels, codes = index.levels, index.codes
    years = levels[2]
    if len(years) and not pd.api.types.is_integer_dtype(years):
        stop()  # floats such as 2013.0 pass
        index = index.remove_unused_levels()  # rows that were taken out leave their labels behind
        levels, codes = index.levels, index.codes
        years = levels[2].astype(np.int64)
        index = index.set_levels(years.to_list(), level=2)
        panel = panel.set_axis(index)
    state, states = _ranked(levels[0], np.asarray(codes[0]))
    partner, partners = _ranked(levels[1], np.asarray(codes[1]))
    if any(len(c) and c.min() < 0 for c in codes):
        stop()
    year = years.to_numpy(dtype=np.int64).take(codes[2]) if len(years) else np.empty(0, np.int64)
    same = states.get_indexer(partners).astype(state.dtype)
    if (same.take(partner) == state).any() if len(partners) else False:
        stop()
    if len(year) and int(year.max()) - int(year.min()) >= GAP:
        raise PanelError(
            f"years run from {year.min()} to {year.max()}: more than {GAP} years apart; "
            "check the year column"
        )
    key = state.astype(np.int64)
    key *= len(partners)
    key += partner
    key *= 2 * GAP
    key += year
    step = np.diff(key)
    if (step == 0).any():
        stop()
    if (step < 0).any():
        order = np.argsort(key, kind="stable")
        return dyad_years(panel.iloc[order])
    return panel, DyadYears(index, state, states, partner, partners, year, key)


_READ: dict[int, tuple[weakref.ref[pd.Index[Any]], dict[object, Any]]] = {}


def once_an_index(index: pd.Index[Any], what: object, read: Callable[[], Read]) -> Read:
    """Read something from an index once, and keep it for as long as the index lives.

    Numbering a million labels takes longer than most measures that need the numbers, and measures
    come in rows on one table. An index never changes but for its names, which are checked before.

    Parameters
    ----------
    index : Index
    what : hashable
        What is read; the same `what` of the same index is read once.
    read : callable
        Its value is never changed afterwards, and does not hold the index itself: the index would
        never be given up. An index that is kept is handed out as a view, since names can be set.

    Examples
    --------
    >>> index = pd.MultiIndex.from_tuples([("ARM", "RUS", 2013)], names=KEYS)
    >>> once_an_index(index, "years", lambda: index.get_level_values("year").to_list())
    [2013]
    >>> once_an_index(index, "years", lambda: "not read again")
    [2013]
    """
    kept = _READ.get(id(index))
    if kept is None or kept[0]() is not index:
        key, forget = id(index), _READ.pop
        kept = weakref.ref(index, lambda _: forget(key, None)), {}
        _READ[key] = kept
    if what not in kept[1]:
        kept[1][what] = read()
    value: Read = kept[1][what]
    return value


def numbered(index: pd.Index[Any]) -> tuple[DyadYears, NDArray[np.int64] | None]:
    """Rows of an index in their order, and their places in it unless they were in order.

    As :func:`dyad_years`, once for as long as the index lives.

    Raises
    ------
    PanelError
        As :func:`dyad_years`.

    Examples
    --------
    >>> index = pd.MultiIndex.from_tuples(
    ...     [("ARM", "RUS", 2014), ("ARM", "RUS", 2012)], names=KEYS
    ... )
    >>> rows, order = numbered(index)
    >>> rows.year, order
    (array([2012, 2014]), array([1, 0]))
    """

    def read() -> tuple[DyadYears, NDArray[np.int64] | None]:
        # A view: what is kept must not hold the index itself.
        table, rows = dyad_years(pd.DataFrame({"row": np.arange(len(index))}, index=index.view()))
        order = table["row"].to_numpy()
        for kept in (rows.year, rows.key):
            kept.flags.writeable = False
        return rows, None if (np.diff(order) == 1).all() else order

    return once_an_index(index, ("rows", *index.names), read)
