"""The index of a panel: checking, sorting and numbering its rows.

A panel is a plain DataFrame with the index (state, partner, year), sorted and unique, and one
column per raw value: float64, or category for a column that a `levels` rule reads. NaN is unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.arguments import FIRST, LAST, shown
from alignindex.base.errors import PanelError, first_three
from alignindex.base.typing import Bools, Ints

__all__ = [
    "KEYS",
    "DyadYears",
    "check_table",
    "dyad_years",
    "key_problems",
    "numbered",
]

KEYS = ("state", "partner", "year")
GAP = 4096  # years between the keys of two dyads: wider than any window of a spec

Read = TypeVar("Read")


@dataclass(frozen=True)
class DyadYears:
    """The rows of a panel as the kernels read them.

    Attributes
    ----------
    index : MultiIndex
    state, partner : ndarray of int
        Positions in `states` and `partners`.
    states, partners : Index
        The distinct labels, sorted.
    year : ndarray of int
    key : ndarray of int
        Increasing; differences within a dyad are years.
    kept : dict
        What was read from these rows once; see :meth:`once`.
    """

    index: pd.MultiIndex
    state: NDArray[Any]
    states: pd.Index[Any]
    partner: NDArray[Any]
    partners: pd.Index[Any]
    year: Ints
    key: Ints
    kept: dict[object, Any] = field(default_factory=dict, repr=False, compare=False)

    def once(self, what: object, read: Callable[[], Read]) -> Read:
        """Return what `read` returns, and read it only once for these rows.

        Examples
        --------
        >>> rows = numbered(pd.MultiIndex.from_tuples([("ARM", "RUS", 2013)], names=KEYS))[0]
        >>> rows.once("last", lambda: 2013), rows.once("last", lambda: "not read again")
        (2013, 2013)
        """
        if what not in self.kept:
            self.kept[what] = read()
        value: Read = self.kept[what]
        return value

    def label(self, row: int) -> str:
        """Return the name of a row for a message.

        Examples
        --------
        >>> rows = numbered(pd.MultiIndex.from_tuples([("ARM", "RUS", 2013)], names=KEYS))[0]
        >>> rows.label(0)
        'ARM–RUS 2013'
        """
        state = self.states[self.state[row]]
        return f"{state}–{self.partners[self.partner[row]]} {self.year[row]}"

    def name(self, where: Bools, values: NDArray[Any] | None = None) -> str:
        """Return the names of the first three rows at `where`, with their values."""
        rows = np.flatnonzero(where)
        shown = [
            self.label(row) + ("" if values is None else f": {values[row]:.12g}")
            for row in rows[:3]
        ]
        return first_three([*shown, *[""] * (len(rows) - len(shown))])


def check_table(data: object) -> None:
    """Raise unless `data` is a DataFrame."""
    if not isinstance(data, pd.DataFrame):
        raise PanelError(
            f"expected a pandas DataFrame with one row per dyad-year; got {type(data).__name__}: "
            "make one with pandas.DataFrame(...), then as_panel(...)"
        )


def key_problems(panel: pd.DataFrame) -> list[str]:
    """Return everything that is wrong with the index of a panel, one sentence each.

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
    years = frame["year"].unique()
    given = {year: whole_year(year) for year in years if not pd.isna(year)}
    for wrong, what in (
        ([y for y, n in given.items() if n is None], "be a whole number, such as 2013"),
        (
            [y for y, n in given.items() if n is not None and not FIRST <= n <= LAST],
            f"lie between {FIRST} and {LAST}",
        ),
    ):
        if wrong:
            named = (shown(y.item() if isinstance(y, np.generic) else y) for y in wrong)
            problems.append(f"year must {what}; got {first_three(named)}")
    if not problems:
        frame["year"] = frame["year"].map(given)
    same = frame["state"].astype(object).to_numpy() == frame["partner"].astype(object).to_numpy()
    if same.any():
        problems.append(
            f"a state cannot be its own partner: {_named(frame[same])}; remove these rows"
        )
    twice = frame.duplicated()
    if twice.any():
        problems.append(
            f"(state, partner, year) must be unique; there again: {_named(frame[twice])}. "
            "Keep one row per dyad-year"
        )
    return problems


def _named(rows: pd.DataFrame) -> str:
    shown = [f"{r.state}–{r.partner} {r.year}" for r in rows[:3].itertuples(index=False)]
    return first_three([*shown, *[""] * (len(rows) - len(shown))])


def whole_year(year: object) -> int | None:
    """Return a year as an integer, of a number or of text such as "2013"; None if it is neither.

    Examples
    --------
    >>> whole_year(2013.0), whole_year("2013"), whole_year(2013.5), whole_year(True)
    (2013, 2013, None, None)
    """
    if isinstance(year, str):
        text = year.strip().removesuffix(".0")
        return int(text) if text.isascii() and text.isdecimal() and len(text) <= 30 else None
    if isinstance(year, (bool, np.bool_)):
        return None
    if isinstance(year, (int, np.integer)):
        return int(year)
    if isinstance(year, (float, np.floating)) and np.isfinite(year) and year == np.floor(year):
        return int(year)
    return None


def _ranked(level: pd.Index[Any], codes: NDArray[Any]) -> tuple[NDArray[Any], pd.Index[Any]]:
    """Return codes in the order of their labels, and the labels that occur, sorted."""
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


def _plain_levels(index: pd.MultiIndex, stop: Callable[[], None]) -> pd.MultiIndex:
    """Return the index with integer years and without categories, which sort by their own order."""
    years = index.levels[2]
    whole = pd.api.types.is_integer_dtype(years) and isinstance(years.dtype, np.dtype)
    if len(years) and not whole:
        stop()  # raises for anything but whole numbers and their text
    if (whole or not len(years)) and all(map(_is_plain, index.levels)):
        return index
    keys = [index.get_level_values(name) for name in KEYS]
    keys = [key if _is_plain(key) else pd.Index(key.tolist()) for key in keys]
    if len(years):
        values = [whole_year(year) or 0 for year in years]
        keys[2] = pd.Index(np.array([v if v <= LAST else 0 for v in values]).take(index.codes[2]))
    return pd.MultiIndex.from_arrays(keys, names=KEYS)


def _is_plain(level: pd.Index[Any]) -> bool:
    """Return whether a level sorts by its labels and hashes as they do."""
    nullable = pd.api.types.is_numeric_dtype(level) and not isinstance(level.dtype, np.dtype)
    return not isinstance(level.dtype, pd.CategoricalDtype) and not nullable


def dyad_years(panel: pd.DataFrame) -> tuple[pd.DataFrame, DyadYears]:
    """Check the index of a panel, sort its rows, and number them.

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

    check_table(panel)
    index = panel.index
    if not isinstance(index, pd.MultiIndex) or list(index.names) != list(KEYS):
        stop()
    assert isinstance(index, pd.MultiIndex)
    plain = _plain_levels(index, stop)
    if plain is not index:
        index, panel = plain, panel.set_axis(plain)
    levels, codes = index.levels, index.codes
    years = levels[2]
    state, states = _ranked(levels[0], np.asarray(codes[0]))
    partner, partners = _ranked(levels[1], np.asarray(codes[1]))
    if any(len(c) and c.min() < 0 for c in codes):
        stop()
    year = years.to_numpy(dtype=np.int64).take(codes[2]) if len(years) else np.empty(0, np.int64)
    same = states.get_indexer(partners).astype(state.dtype)
    if (same.take(partner) == state).any() if len(partners) else False:
        stop()
    if len(year) and not FIRST <= int(year.min()) <= int(year.max()) <= LAST:
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


def numbered(index: pd.Index[Any]) -> tuple[DyadYears, Ints | None]:
    """Return the rows of an index in their order, and their places in it unless they are sorted.

    As :func:`dyad_years`. Numbering a million labels takes longer than most measures that need
    the numbers, so they are kept with the index, which never changes but for its names.

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
    kept: tuple[Any, DyadYears, Ints | None] | None = index.__dict__.get("_alignindex_rows")
    if kept is None or kept[0] != list(index.names):
        # A view: an index that holds itself is freed late.
        table, rows = dyad_years(pd.DataFrame({"row": np.arange(len(index))}, index=index.view()))
        order = table["row"].to_numpy()
        for array in (rows.year, rows.key):
            array.flags.writeable = False
        kept = (list(index.names), rows, None if (np.diff(order) == 1).all() else order)
        index.__dict__["_alignindex_rows"] = kept
    return kept[1], kept[2]
