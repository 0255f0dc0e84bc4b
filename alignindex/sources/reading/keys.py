"""Keys that several records share: found column by column, and rejected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.typing import Ints
from alignindex.sources.reading.ledger import Ledger


def reject_repeated(
    table: pd.DataFrame, key: Sequence[str], ledger: Ledger, *, values: Sequence[str] | None = None
) -> pd.DataFrame:
    """Keep the first record of each key; say of the others whether they contradict it.

    ``values`` are the columns in which a record can contradict; all but ``line`` by default.
    """
    rows = suspects_of(table, key)
    if not rows.size:
        return table
    again = table[list(key)].iloc[rows].duplicated().to_numpy()
    if not again.any():
        return table
    suspects = table.iloc[rows]
    compared = [*key, *(values or [n for n in table.columns if n not in ("line", *key)])]
    same = suspects.duplicated(compared).to_numpy()
    shown = [*key, *(values if values and len(values) == 1 else [])]
    for where, reason in (
        (again & same, "repeats an earlier record"),
        (again & ~same, "contradicts an earlier record"),
    ):
        part = suspects[where]
        texts = [
            ", ".join(f"{name} {cell}" for name, cell in zip(shown, row, strict=True))
            for row in part[shown].itertuples(index=False, name=None)
        ]
        ledger.add_many(part["line"], reason, texts)
    return table.drop(index=suspects.index[again])


def suspects_of(table: pd.DataFrame, key: Sequence[str]) -> Ints:
    """Places of the rows that share their key with another, by one column after the other."""
    rows = np.arange(len(table))
    place, size = np.zeros(len(table), dtype=np.int64), 1
    for name in key:
        if not rows.size:
            break
        cells = table[name] if rows.size == len(table) else table[name].iloc[rows]
        place, size = _with_column(place, size, cells)
        held = np.zeros(size, dtype=bool)
        held[place] = True
        if int(np.count_nonzero(held)) == rows.size:
            return rows[:0]
        if size > 2 * rows.size:
            place, firsts = pd.factorize(place)
            size = len(firsts)
        shared = np.bincount(place)[place] > 1
        rows, place = rows[shared], place[shared]
    return rows


def places_of(columns: Sequence[pd.Series[Any]]) -> Ints:
    """Give each row the number of its key: not negative, and of the size of the table."""
    place, size = np.zeros(len(columns[0]), dtype=np.int64), 1
    for cells in columns:
        place, size = _with_column(place, size, cells)
    return place


def _with_column(place: Ints, size: int, cells: pd.Series[Any]) -> tuple[Ints, int]:
    """Take one more column into the number of each row's key, which stays below a size."""
    number, distinct = _ranked(cells)
    place, size = place * distinct + number, size * distinct
    if size > 64 * len(cells) + 1_000_000:  # bytes of a table of flags that memory holds
        place, firsts = pd.factorize(place)
        size = len(firsts)
    return place, size


def _ranked(cells: pd.Series[Any]) -> tuple[Ints, int]:
    """Give each cell the number of its value, and say how many numbers there are."""
    length = len(cells)
    if isinstance(cells.dtype, np.dtype) and cells.dtype.kind == "i" and length:
        values = cells.to_numpy().astype(np.int64, copy=False)
        least = int(values.min())
        span = int(values.max()) - least + 1
        if span <= 16 * length + 1_000_000:
            there = np.zeros(span, dtype=bool)
            there[values - least] = True
            found = np.flatnonzero(there)
            rank = np.empty(span, dtype=np.int32)
            rank[found] = np.arange(found.size)
            return rank[values - least].astype(np.int64), int(found.size)
    codes, uniques = pd.factorize(cells)
    return codes + 1, len(uniques) + 1  # 0 is missing
