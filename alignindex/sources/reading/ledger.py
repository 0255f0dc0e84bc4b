"""The account of records that cannot be used, each with its line, its reason and its text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import repeat
from typing import Any

import numpy as np
import pandas as pd

from alignindex.sources.reading.layout import fold_heading
from alignindex.sources.reading.numbers import numbers


class Ledger:
    """Rejected records, each with its line, column, reason and text."""

    def __init__(self) -> None:
        self._rows: list[tuple[Any, str, str, str]] = []

    def add(self, line: int | None, reason: str, text: object, *, column: str = "") -> None:
        """Reject one record."""
        self._rows.append((line, column, reason, str(text)))

    def add_many(
        self,
        lines: Iterable[Any],
        reason: str,
        texts: Iterable[object],
        *,
        column: str | Iterable[str] = "",
    ) -> None:
        """Reject several records for one reason."""
        columns = repeat(column) if isinstance(column, str) else column
        self._rows += [
            (line, own, reason, str(text))
            for line, own, text in zip(lines, columns, texts, strict=False)
        ]

    def add_rows(
        self, table: pd.DataFrame, reason: str, shown: Sequence[str], *, column: str = ""
    ) -> None:
        """Reject the rows of a table, showing some of its columns."""
        self.add_many(table["line"], reason, shown_cells(table, shown), column=column)

    def __len__(self) -> int:
        return len(self._rows)

    def frame(self) -> pd.DataFrame:
        """Return all rejected records, in the order of the file."""
        if not self._rows:
            return _empty().copy()
        lines, *words = zip(*self._rows, strict=True)
        table = pd.DataFrame({"line": pd.array(list(lines), dtype="Int64")})
        for name, cells in zip(("column", "reason", "text"), words, strict=True):
            table[name] = pd.Series(cells, dtype=object)
        return table.sort_values("line", kind="stable", ignore_index=True)


@cache
def _empty() -> pd.DataFrame:
    words = {name: pd.Series([], dtype=object) for name in ("column", "reason", "text")}
    return pd.DataFrame({"line": pd.array([], dtype="Int64"), **words})


def shown_cells(table: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """Write the cells of each row with commas between them; a missing one is empty."""
    return [
        ",".join("" if pd.isna(cell) else str(cell) for cell in row)
        for row in table[list(columns)].itertuples(index=False, name=None)
    ]


def need(table: pd.DataFrame, columns: Sequence[str], ledger: Ledger) -> pd.DataFrame:
    """Make columns numeric, and reject the records in which one of them is not a whole number.

    Repeated headers and blank lines are rejected with reasons of their own.
    """
    if columns and all(table[name].dtype.kind in "iu" for name in columns):
        return table
    blank = blank_records(table)
    if blank.any():
        ledger.add_many(table.loc[blank, "line"], "blank line", [""] * int(blank.sum()))
        table = table[~blank]
    for name in columns:
        if table[name].dtype.kind in "iu":
            continue
        value = numbers(table[name])
        with np.errstate(invalid="ignore"):
            bad = ~(value == np.floor(value)) | (value.abs() > 2**53)
        if bad.any():
            given = table[name]
            again = bad.copy()
            again[bad] = given[bad].map(fold_heading).eq(name).to_numpy(dtype=bool, na_value=False)
            cells = [str(column) for column in table.columns.drop("line")]
            for where, reason in (
                (again, "header repeated"),
                (bad & ~again & given.isna(), f"no {name}"),
                (bad & ~again & given.notna(), f"{name} is not a whole number"),
            ):
                ledger.add_rows(table[where], reason, cells, column=name)
            table, value = table[~bad], value[~bad]
        table = table.assign(**{name: value.astype(np.int64)})
    return table


def blank_records(table: pd.DataFrame) -> pd.Series[bool]:
    """Say which records are blank; a column without gaps answers for all."""
    blank = pd.Series(True, index=table.index)
    for name in table.columns.drop("line"):
        if not blank.any():
            break
        blank &= table[name].isna()
    return blank
