"""The records of the trade register: whole, or joined where they come in pieces."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from alignindex.sources.reading.common import Header, Ledger, Payload, split_fields

_PIECE = 1 << 18  # bytes that the processor's cache holds with what is found of them

_Bools = np.ndarray[Any, np.dtype[np.bool_]]
_Ints = np.ndarray[Any, np.dtype[np.int64]]


def whole_records(
    payload: Payload, header: Header, ledger: Ledger, *, texts: Sequence[int]
) -> tuple[pd.DataFrame, _Ints, int, Callable[[], list[str]]]:
    """Read the records below the header; those that are not whole take a slower way.

    Parameters
    ----------
    texts : sequence of int
        Places of the columns that hold text, also where it looks like numbers.

    Returns
    -------
    cells : pandas.DataFrame
        Columns of the whole records by position.
    at_line : array
        Line of the file at which each whole record begins (from 1).
    stitched : int
        How many were joined from several lines.
    shown : callable
        Gives the whole records as texts.
    """
    data, start = payload.utf8, payload.offset(header.line)
    stitched, quoted = 0, header.quoted
    whole, padded = _edges(data, start, header)
    cells = _parsed(data, start, header, texts) if whole and not quoted else None
    if cells is not None:
        at_line = np.arange(len(cells)) + header.line + 2
    else:
        data, at_line, stitched, quoted = _stitch(data[start:], header, ledger)
        start = 0
        whole, padded = _edges(data, start, header)
        if not whole:  # quotes protect separators
            padded[:] = True
        if not quoted:
            cells = _parsed(data, start, header, texts)
        if cells is None:
            cells = _split(data, header)
    for place in np.flatnonzero(padded).tolist():
        cells[place] = _stripped(cells[place])
    return cells, at_line, stitched, lambda: data[start:].decode().split("\n")


def _edges(data: bytes, start: int, header: Header) -> tuple[bool, _Bools]:
    """Say whether the separators add up to whole records, and which columns may need a strip.

    Those have a cell with a blank at an end; beyond ASCII any byte may belong to a blank.
    """
    fields = len(header.headings)
    letters = np.frombuffer(data, dtype=np.uint8)[start:]
    padded = np.zeros(fields, dtype=bool)
    if not letters.size:
        return False, padded
    newline, separator = ord("\n"), ord(header.separator)
    outer = letters[[0, -1]]
    padded[[0, -1]] = (outer - 33 > 94) & (outer != newline) & (outer != separator)
    lines = edges = 0
    for at in range(0, letters.size, _PIECE):
        piece = letters[at : at + _PIECE + 1]  # with the first letter of the next
        end = piece == newline
        edge = end | (piece == separator)
        blank = (piece - 33 > 94) & ~edge  # bytes wrap round: below 33, and from 128
        begins, closes = edge[:-1] & blank[1:], blank[:-1] & edge[1:]
        if begins.any() or closes.any():
            cell = edges + np.cumsum(edge)
            padded[cell[1:][begins] % fields] = True
            padded[cell[:-1][closes] % fields] = True
        lines += int(np.count_nonzero(end[:_PIECE]))
        edges += int(np.count_nonzero(edge[:_PIECE]))
    if letters[-1] != newline:  # the end of the text closes the last line
        lines, edges = lines + 1, edges + 1
    return lines * fields == edges, padded


def _stitch(data: bytes, header: Header, ledger: Ledger) -> tuple[bytes, _Ints, int, bool]:
    """Give the whole records, one a line, joining those that came in pieces.

    Returns
    -------
    content, at_line : bytes, array
        The records, and the line of the file at which each begins (from 1).
    stitched, quoted : int, bool
        How many were joined, and whether fields are protected by quotes.
    """
    separator, wanted = header.separator.encode(), len(header.headings) - 1
    if data and not data.endswith(b"\n"):
        data += b"\n"
    letters = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(letters == ord("\n"))
    starts = np.append(0, ends + 1)
    separators = np.searchsorted(np.flatnonzero(letters == ord(separator)), ends)
    counts = np.diff(separators, prepend=0)
    at_line = np.arange(ends.size) + header.line + 2
    odd = np.flatnonzero(counts != wanted) if not header.quoted else np.arange(ends.size)
    parts: list[bytes] = []
    keep = np.ones(ends.size, dtype=bool)
    stitched, quoted, done = 0, header.quoted, 0
    for at in odd.tolist():
        if at < done:
            continue
        line, used = data[starts[at] : ends[at]], 1
        if b'"' in line and _fields(line, header) == wanted + 1:
            quoted = True
            continue
        record = line
        while (
            record.count(separator) < wanted
            and used < 5
            and at + used < ends.size
            and record.strip()
            and 0 < counts[at + used] < wanted
        ):
            record += b" " + data[starts[at + used] : ends[at + used]]
            used += 1
        parts.append(data[starts[done] : starts[at]])
        if record.count(separator) == wanted and not (header.quoted and b'"' in record):
            parts += [record, b"\n"]
            keep[at + 1 : at + used] = False
            stitched += used > 1
            done = at + used
        else:
            text = line.decode()
            reason = f"expected {wanted + 1} fields, found {int(counts[at]) + 1}"
            ledger.add(int(at_line[at]), reason if text.strip() else "blank line", text)
            keep[at] = False
            done = at + 1
    parts.append(data[starts[done] :])
    return b"".join(parts), at_line[keep], stitched, quoted


def _fields(record: bytes, header: Header) -> int:
    return len(split_fields(record.decode(), header.separator))


def _split(content: bytes, header: Header) -> pd.DataFrame:
    """Columns of the records by position, as texts; quotes protect separators."""
    separator, fields = header.separator, len(header.headings)
    rows = [
        record.split(separator)
        if record.count(separator) == fields - 1 and not header.quoted
        else split_fields(record, separator)
        for record in content.decode().split("\n")[:-1]
    ]
    texts = pd.DataFrame(rows, columns=range(fields), dtype="str")
    return texts.mask(texts == "")


def _parsed(data: bytes, start: int, header: Header, texts: Sequence[int]) -> pd.DataFrame | None:
    """Columns of the records by position; numbers where a column holds nothing else.

    None if a record has more fields than the header. Where the separators of all records add up,
    that finds each broken one, for no record can have fewer if none has more.
    """
    separator, fields = header.separator, len(header.headings)
    below = io.BytesIO(data)
    below.seek(start)
    if below.readline().count(separator.encode()) != fields - 1:
        return None  # pandas lets the first record have more
    how: dict[str, Any] = {
        "sep": separator,
        "lineterminator": "\n",
        "names": list(range(fields)),
        "header": None,
        "index_col": False,
        "quoting": csv.QUOTE_NONE,
        "skip_blank_lines": False,
        "low_memory": False,
        "keep_default_na": False,
        "na_values": [""],
    }
    below.seek(start)
    try:
        table: pd.DataFrame = pd.read_csv(below, **how)
    except pd.errors.ParserError:
        return None
    types = table.dtypes.tolist()
    if any(types[i].kind in "iuf" and table[i].notna().any() for i in texts):
        # A column of text that looks like numbers keeps its writing.
        below = io.BytesIO(data)
        below.seek(start)
        table = pd.read_csv(below, dtype=dict.fromkeys(texts, "str"), **how)
    return table


def _stripped(given: pd.Series[Any]) -> pd.Series[Any]:
    """Text without blanks around; empty text is missing."""
    if given.dtype.kind in "iufb" or given.isna().all():
        return given
    text = given.str.strip()
    return text.mask(text == "")
