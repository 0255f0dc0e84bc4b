"""Read the records of a delimited text: pandas parses those that the survey finds whole."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.errors import SourceError
from alignindex.base.typing import Ints
from alignindex.sources.reading.delimiters import Records, adds_up, count_of, survey
from alignindex.sources.reading.layout import Header
from alignindex.sources.reading.ledger import Ledger
from alignindex.sources.reading.payload import Payload

_MISSING = ("", "NA", "NaN")
_REFUSES_LONG = tuple(map(int, pd.__version__.split(".")[:2])) >= (3, 1)
_GIVES_UP = (pd.errors.ParserError, pd.errors.EmptyDataError, pd.errors.ParserWarning, ValueError)


def read_records(
    payload: Payload,
    header: Header,
    ledger: Ledger,
    *,
    used: str = ".*",
    whole: str = "",
    texts: str = "",
    missing: Sequence[str] = _MISSING,
    literal: bool = False,
    pieces: int = 1,
    notes: list[str] | None = None,
) -> tuple[pd.DataFrame, int]:
    """Read the records below a header as columns named by the folded headings.

    Records with too few or too many fields go to the ledger; all others are in the table.

    Parameters
    ----------
    used, whole, texts : regular expressions of names, optional
        The columns that the reader uses; those of them that must be whole numbers (while they
        are, no record has to be shown in full, and columns that are not used are left unread,
        but for the last); and columns that hold texts, whatever they look like.
    missing : sequence of str, optional
        Cells that are missing.
    literal, pieces : optional
        As for `alignindex.sources.reading.delimiters.survey`.
    notes : list of str, optional
        Receives the number of records that were joined.

    Returns
    -------
    table : pandas.DataFrame
        One row for each whole record, with a column ``line`` (from 1) and types as pandas infers
        them. Blank headings are named by their position (``"4"``), repeated ones get it appended.
    rows_read : int
        Number of records, rejected or not.

    Raises
    ------
    SourceError
        If pandas and the survey of records disagree on what a record is.
    """
    names = column_names(header)
    data, start = payload.utf8, payload.offset(header.line)
    # The last column shows that no record is short.
    chosen = [name for name in names if re.fullmatch(used, name) or name == names[-1]]
    below = _Below(data, start, header.separator, names, re.compile(texts), tuple(missing))
    quoted = data.find(b'"', start) >= 0
    table = None
    # Where a count shows that something is broken, pandas need not try.
    if quoted:
        sound = not literal and count_of(data, b'"', start) % 2 == 0
    else:
        sound = adds_up(data, start, below.separator, len(names))
    if sound:
        try:
            table = below.table(chosen, whole)
        except _GIVES_UP:
            table = None
    lines = None if table is None else below.lines_of(table)
    if table is not None and lines is not None:
        return _numbered(table, lines + header.line + 2), len(table)
    found = survey(data, start, below.separator, len(names), literal=literal, pieces=pieces)
    if table is None or found.data is not data or len(table) != found.lines.size:
        table = below.of(found).table(chosen, whole)
    if len(table) != found.lines.size:
        raise SourceError(
            f"expected {found.lines.size} records in {payload.name}, pandas reads {len(table)}; "
            "look for stray quotes, and save it again as CSV UTF-8"
        )
    for line, fields, text in found.broken:
        reason = f"expected {len(names)} fields, found {fields}" if text.strip() else "blank line"
        ledger.add(line + header.line + 2, reason, text)
    if found.joined and notes is not None:
        notes.append(f"{found.joined} records were broken over lines and joined again")
    return _numbered(table, found.lines + header.line + 2), len(table) + len(found.broken)


def column_names(header: Header) -> list[str]:
    """Name the columns by their headings; blank and repeated ones by their position."""
    names: list[str] = []
    for place, name in enumerate(header.headings):
        names.append(name if name and name not in names and name != "line" else f"{name}{place}")
    return names


@dataclass(frozen=True, slots=True)
class _Below:
    """The text below a header, which begins at a place of ``data``."""

    data: bytes
    start: int
    separator: str
    names: list[str]
    texts: re.Pattern[str]
    missing: tuple[str, ...] = _MISSING

    def of(self, records: Records) -> _Below:
        """Return the text of whole records alone."""
        return _Below(
            records.data, records.start, self.separator, self.names, self.texts, self.missing
        )

    def table(self, chosen: list[str], whole: str = "") -> pd.DataFrame:
        """Read some columns; all of them if one that must be whole numbers is not."""
        if self.start >= len(self.data):
            return pd.DataFrame({name: pd.Series(dtype=object) for name in chosen})
        table = self._typed(chosen)
        if len(chosen) < len(self.names) and any(
            table[name].dtype.kind not in "iu" for name in chosen if re.fullmatch(whole, name)
        ):
            table = self._typed(self.names)
        return table

    def _typed(self, chosen: list[str]) -> pd.DataFrame:
        """Read some columns by pandas' parser, and settle the types of texts.

        In pieces, which the processor's cache can hold, it is a fifth faster; if the pieces of a
        column differ in type, the column is read again in one piece. A column of texts that look
        like something else is read again as what it is: to say so at once takes four times as
        long for all.
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
        bare = [name for name in texts if name not in empty and not self._is_text(table[name])]
        again = [name for name in chosen if name in {*mixed, *bare}]
        if again:
            types = {name: str for name in again if name in texts}
            reread = self._parsed(again, low_memory=False, dtype=types)
            for name in again:
                table[name] = reread[name]
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
            sep=self.separator,
            lineterminator="\n",
            names=self.names,
            usecols=chosen if len(chosen) < len(self.names) else None,
            header=None,
            index_col=False,
            skip_blank_lines=False,
            keep_default_na=False,
            na_values=list(self.missing),
            **how,
        )
        return table

    def lines_of(self, table: pd.DataFrame) -> Ints | None:
        """Line at which each record begins, from 0, if pandas shows that all are whole.

        pandas fills a record with too few fields with missing ones; since 3.1 it refuses one with
        more fields than the first if it reads them all (before, not at the beginning of a piece).
        Where it holds a line for a record, mostly no field has to be counted: if the last column
        has no gap, no record is short, and if none is long or none short, the sum of the
        separators tells the rest. None where that proves nothing.
        """
        data, start, fields = self.data, self.start, len(self.names)
        lines = count_of(data, b"\n", start) + (start < len(data) and not data.endswith(b"\n"))
        if lines != len(table):
            return None
        end = data.find(b"\n", start)
        first = survey(data[: end if end >= 0 else None], start, self.separator, fields)
        none_long = _REFUSES_LONG and table.shape[1] == fields and first.lines.size == 1
        last = table.get(self.names[-1])
        none_short = last is not None and not (last.isna().any() or self._writes_gaps(last))
        if none_long and none_short:
            return np.arange(lines)
        if (none_long or none_short) and data.find(b'"', start) < 0:
            return np.arange(lines)  # the sum of the separators is known to be right
        return None

    def _is_text(self, values: pd.Series[Any]) -> bool:
        """Say whether all that a column holds are texts."""
        if values.dtype == object:
            return pd.api.types.infer_dtype(values) == "string"
        return isinstance(values.dtype, pd.StringDtype) and not self._writes_gaps(values)

    def _writes_gaps(self, values: pd.Series[Any]) -> bool:
        """Say whether an empty cell became a text, as pandas has it in a column of huge numbers."""
        if values.dtype.kind in "iufb":
            return False
        # Several times faster than isin.
        return any(bool((values == word).any()) for word in self.missing)


def _numbered(table: pd.DataFrame, lines: Ints) -> pd.DataFrame:
    """Put the line numbers before the columns."""
    if table.shape[1] <= 90:
        table.insert(0, "line", lines)
        return table
    line = pd.Series(lines, index=table.index, name="line", dtype=np.int64)
    # pandas warns of each column added to a table of a hundred separate ones.
    return pd.concat([line, table], axis=1).copy()
