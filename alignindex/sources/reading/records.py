"""Reading the records of a delimited text, and keeping account of those that cannot be used."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from alignindex.sources.reading.delimiters import count_of, first_lines, record_ends, separators
from alignindex.sources.reading.layout import Header, fold_heading, split_fields
from alignindex.sources.reading.payload import Payload

_MISSING = ["", "NA", "NaN"]
_REFUSES_LONG = tuple(map(int, pd.__version__.split(".")[:2])) >= (3, 1)


class Ledger:
    """Records set aside, each with its line, column, reason and text."""

    def __init__(self) -> None:
        self._parts: list[pd.DataFrame] = []

    def add(self, line: int | None, reason: str, text: object, *, column: str = "") -> None:
        """Set one record aside."""
        self.add_many([line], reason, [text], column=column)

    def add_many(
        self,
        lines: Sequence[int | None] | np.ndarray[Any, Any] | pd.Series[Any],
        reason: str,
        texts: Iterable[object],
        *,
        column: str | Sequence[str] = "",
    ) -> None:
        """Set several records aside for one reason."""
        if len(lines):
            self._parts.append(
                pd.DataFrame(
                    {
                        "line": pd.Series(list(lines), dtype="Int64"),
                        "column": column,
                        "reason": reason,
                        "text": pd.Series([str(text) for text in texts], dtype=object),
                    }
                )
            )

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def frame(self) -> pd.DataFrame:
        """Return all records set aside, in the order of the file."""
        if not self._parts:
            return _none_aside().copy()
        return pd.concat(self._parts).sort_values("line", kind="stable", ignore_index=True)


@cache
def _none_aside() -> pd.DataFrame:
    words = {name: pd.Series([], dtype=object) for name in ("column", "reason", "text")}
    return pd.DataFrame({"line": pd.array([], dtype="Int64"), **words})


def read_records(
    payload: Payload,
    header: Header,
    ledger: Ledger,
    *,
    used: str = ".*",
    whole: str = "",
    texts: str = "",
) -> tuple[pd.DataFrame, int]:
    """Read the records below a header as columns named by the folded headings.

    Every line is a record. pandas' own parser reads the text; where it gives up, or where a record
    has not all its fields, a slower pass sets the broken records aside one by one.

    Parameters
    ----------
    used, whole, texts : regular expressions of names, optional
        The columns that the reader uses; those of them that must be whole numbers (while they
        are, no record has to be shown in full, and columns that are not used are left unread,
        but for the last); and columns that hold texts, whatever they look like.

    Returns
    -------
    table : pandas.DataFrame
        One row for each whole record, with a column ``line`` (from 1) and types as pandas infers
        them. Blank headings are named by their position (``"4"``), repeated ones get it appended.
    rows_read : int
        Number of records, set aside or not.
    """
    names: list[str] = []
    for place, name in enumerate(header.headings):
        names.append(name if name and name not in names and name != "line" else f"{name}{place}")
    data, start = payload.utf8, payload.offset(header.line)
    # The last column shows that no record is short.
    chosen = [name for name in names if re.fullmatch(used, name) or name == names[-1]]
    below = _Below(data, start, header, names, re.compile(texts))
    try:
        table = below.table(chosen)
        if len(chosen) < len(names) and any(
            table[name].dtype.kind not in "iu" for name in chosen if re.fullmatch(whole, name)
        ):
            table = below.table(names)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, pd.errors.ParserWarning, ValueError):
        return below.careful(ledger)
    lines = below.lines_of(table)
    if lines is None:
        return below.careful(ledger)
    return _numbered(table, lines + header.line + 2), len(table)


@dataclass(frozen=True, slots=True)
class _Below:
    """The text below a header, which begins at a place of ``data``."""

    data: bytes
    start: int
    header: Header
    names: list[str]
    texts: re.Pattern[str]

    def table(self, chosen: list[str]) -> pd.DataFrame:
        """Read some columns by pandas' parser.

        In pieces, which the processor's cache can hold, it is a fifth faster; where the pieces of
        a column differ in type, the whole decides, as it must. A column of texts that look like
        something else is read again as what it is: to say so at once takes four times as long for
        all.
        """
        with warnings.catch_warnings(record=True) as caught:
            # pandas drops the surplus fields of the first line with no more than a warning.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            warnings.simplefilter("always", pd.errors.DtypeWarning)
            table = self._parsed(chosen, low_memory=True)
        pieces = [w for w in caught if issubclass(w.category, pd.errors.DtypeWarning)]
        for other in caught:
            if other not in pieces:
                warnings.warn_explicit(other.message, other.category, other.filename, other.lineno)
        texts = [name for name in chosen if self.texts.fullmatch(name)]
        empty = [name for name in texts if table[name].isna().all()]
        mixed = [name for name in chosen if pieces and table[name].dtype == object]
        bare = [name for name in texts if name not in empty and not _is_text(table[name])]
        again = [name for name in chosen if name in {*mixed, *bare}]
        if again:
            types = {name: str for name in again if name in texts}
            whole = self._parsed(again, low_memory=False, dtype=types)
            for name in again:
                table[name] = whole[name]
        if empty:
            nowhere = np.full(len(table), -1)
            table[empty[0]] = pd.Series([""], dtype="str").array.take(nowhere, allow_fill=True)
            for name in empty[1:]:
                table[name] = table[empty[0]]
        return table

    def _parsed(self, chosen: list[str], **how: Any) -> pd.DataFrame:
        below = io.BytesIO(self.data)
        below.seek(self.start)
        table: pd.DataFrame = pd.read_csv(
            below,
            sep=self.header.separator,
            lineterminator="\n",
            names=self.names,
            usecols=chosen if len(chosen) < len(self.names) else None,
            header=None,
            index_col=False,
            skip_blank_lines=False,
            keep_default_na=False,
            na_values=_MISSING,
            **how,
        )
        return table

    def lines_of(self, table: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.int64]] | None:
        """Line at which each record of the table begins, from 0; None if one is not whole.

        pandas fills a record with too few fields with missing ones; since 3.1 it refuses one with
        more fields than the first if it reads them all (before, not at the beginning of a piece).
        Where it holds a line for a record, mostly no field has to be counted: if the last column
        has no gap, no record is short, and if none is long or none short, the sum of the
        separators tells the rest.
        """
        data, start, separator = self.data, self.start, self.header.separator
        fields = len(self.names)
        lines = count_of(data, b"\n", start) + (start < len(data) and not data.endswith(b"\n"))
        if lines == len(table):
            end = data.find(b"\n", start)
            first = record_ends(data[: end if end >= 0 else None], start, separator, fields)
            none_long = _REFUSES_LONG and table.shape[1] == fields and first is not None
            last = table.get(self.names[-1])
            none_short = last is not None and not (last.isna().any() or _writes_gaps(last))
            if none_long and none_short:
                return np.arange(lines)
            if none_long or none_short:
                whole = separators(data, start, separator) == lines * (fields - 1)
                return np.arange(lines) if whole else None
        ends = record_ends(data, start, separator, fields)
        return None if ends is None or ends.size != len(table) else first_lines(data, start, ends)

    def careful(self, ledger: Ledger) -> tuple[pd.DataFrame, int]:
        """Read line by line; a quoted field may run over line breaks, any other may not."""
        kept: list[list[str]] = []
        numbers_: list[int] = []
        read = 0
        for number, record in _records(self.data[self.start :].decode().split("\n"), self.header):
            read += 1
            fields = split_fields(record, self.header.separator)
            if not record.strip():
                ledger.add(number, "blank line", record)
            elif len(fields) != len(self.names):
                ledger.add(
                    number, f"expected {len(self.names)} fields, found {len(fields)}", record
                )
            else:
                kept.append(fields)
                numbers_.append(number)
        columns = list(zip(*kept, strict=True)) if kept else [()] * len(self.names)
        table = pd.DataFrame(
            {
                name: _inferred(column, text=self.texts.fullmatch(name) is not None)
                for name, column in zip(self.names, columns, strict=True)
            }
        )
        return _numbered(table, np.array(numbers_, dtype=np.int64)), read


def _is_text(values: pd.Series[Any]) -> bool:
    """Say whether all that a column holds are texts."""
    if values.dtype == object:
        return pd.api.types.infer_dtype(values) == "string"
    return isinstance(values.dtype, pd.StringDtype) and not _writes_gaps(values)


def _writes_gaps(values: pd.Series[Any]) -> bool:
    """Say whether an empty cell became a text, as pandas has it in a column of huge numbers."""
    return values.dtype.kind not in "iufb" and bool(values.isin(_MISSING).any())


def _numbered(table: pd.DataFrame, lines: np.ndarray[Any, np.dtype[np.int64]]) -> pd.DataFrame:
    """Put the line numbers before the columns."""
    if table.shape[1] <= 90:
        table.insert(0, "line", lines)
        return table
    line = pd.Series(lines, index=table.index, name="line", dtype=np.int64)
    # pandas warns of each column added to a table of a hundred separate ones.
    return pd.concat([line, table], axis=1).copy()


def _records(lines: list[str], header: Header) -> Iterator[tuple[int, str]]:
    """Join lines while a quote stands open, 50 at most: a stray quote swallows no more."""
    if lines and not lines[-1]:
        lines = lines[:-1]
    at = 0
    while at < len(lines):
        record, end = lines[at], at + 1
        while record.count('"') % 2 and end < min(len(lines), at + 50):
            record, end = f"{record}\n{lines[end]}", end + 1
        if record.count('"') % 2:
            record, end = lines[at], at + 1
        yield at + header.line + 2, record
        at = end


def _inferred(column: Sequence[str], *, text: bool) -> pd.Series[Any]:
    """Give texts the type that pandas' parser would give them; empty ones and NA are missing."""
    texts = pd.Series(column, dtype=object)
    texts = texts.mask(texts.isin(_MISSING))
    if text:
        return texts
    try:
        return pd.to_numeric(texts)
    except (ValueError, TypeError):
        return texts


def numbers(values: pd.Series[Any]) -> pd.Series[Any]:
    """Read numbers as published files write them; what cannot be read for certain is NaN.

    Blanks around, no-break spaces and a trailing per cent sign do not count; thousands may be
    parted by a comma or a blank (``1,234`` is 1234) and decimals follow a point. ``12,5`` is read
    as 12.5; nothing else with a comma is.

    Examples
    --------
    >>> numbers(pd.Series(["0 ", "1,234.5", "12,5", "6.5%", "...", "1,23,4"])).tolist()
    [0.0, 1234.5, 12.5, 6.5, nan, nan]
    """
    if values.dtype.kind in "iufb":
        return values.astype(np.float64)
    codes, uniques = pd.factorize(values)
    distinct = np.array([*(_number(text) for text in uniques), np.nan], dtype=np.float64)
    return pd.Series(distinct[codes], index=values.index, name=values.name)


def floats(values: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Numbers of a column, as `numbers` reads them, without an index."""
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iuf":
        return values.to_numpy(dtype=np.float64)
    return numbers(values).to_numpy()


def _number(text: object) -> float:
    if isinstance(text, int | float) and not isinstance(text, bool):
        return float(text)
    if not isinstance(text, str):
        return float("nan")
    bare = text.replace("\u00a0", " ").strip().removesuffix("%").strip()
    if not bare or bare.strip("0123456789.,+-eE "):
        return float("nan")
    if "," in bare or " " in bare:
        sign, digits = ("-", bare[1:]) if bare[0] == "-" else ("", bare)
        whole, point, rest = digits.partition(".")
        for mark in (",", " "):
            first, *groups = whole.split(mark)
            thousands = all(len(group) == 3 and group.isdigit() for group in groups)
            if groups and thousands and first.isdigit() and len(first) <= 3:
                bare = f"{sign}{first}{''.join(groups)}{point}{rest}"
                break
        else:
            left, _, right = digits.partition(",")
            if not (left.isdigit() and right.isdigit() and len(right) != 3):
                return float("nan")
            bare = f"{sign}{left}.{right}"
    try:
        value = float(bare)
    except ValueError:
        return float("nan")
    return value if np.isfinite(value) else float("nan")


def need(table: pd.DataFrame, columns: Sequence[str], ledger: Ledger) -> pd.DataFrame:
    """Make columns numeric, and set aside the records in which one of them is no whole number.

    Repeated headers and blank lines are set aside under their own reasons.
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
            given = table[name].astype(object)
            again = bad & given.map(fold_heading).eq(name)
            _aside(table, again, "header repeated", name, ledger)
            _aside(table, bad & ~again & given.isna(), f"no {name}", name, ledger)
            _aside(table, bad & ~again & given.notna(), f"{name} is no whole number", name, ledger)
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


def _aside(
    table: pd.DataFrame, where: pd.Series[bool], reason: str, column: str, ledger: Ledger
) -> None:
    rows = table.loc[where]
    texts = [
        ",".join("" if pd.isna(cell) else str(cell) for cell in row)
        for row in rows.drop(columns="line").itertuples(index=False, name=None)
    ]
    ledger.add_many(rows["line"], reason, texts, column=column)
