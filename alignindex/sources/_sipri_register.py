"""The trade register of SIPRI's arms transfers: one row for each deal."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import numpy as np
import pandas as pd

from alignindex.sources._common import (
    Header,
    Ledger,
    Signature,
    Source,
    SourceInfo,
    close,
    find_header,
    numbers,
    open_source,
    split_fields,
)
from alignindex.sources._sipri_common import CREDIT, codes, generated

REGISTER = Signature(
    "sipri.read_trade_register",
    (
        ("recipient",),
        ("supplier",),
        ("year(s) of delivery", "year(s) of deliveries", "year(s) delivered"),
        ("sipri tiv of delivered weapons", "sipri tiv for total order"),
    ),
)
# Column of the tidy register: spellings in the file, and how it is read.
_FIELDS: dict[str, tuple[tuple[str, ...], str]] = {
    "recipient_name": (("recipient",), "text"),
    "supplier_name": (("supplier",), "text"),
    "order_year": (("year of order",), "year"),
    "ordered": (("number ordered",), "number"),
    "designation": (("weapon designation",), "text"),
    "description": (("weapon description",), "text"),
    "delivered": (("number delivered",), "number"),
    "delivery_years": (
        ("year(s) of delivery", "year(s) of deliveries", "year(s) delivered"),
        "years",
    ),
    "status": (("status",), "text"),
    "comments": (("comments",), "text"),
    "tiv_unit": (("sipri tiv per unit",), "number"),
    "tiv_order": (("sipri tiv for total order",), "number"),
    "tiv_delivered": (("sipri tiv of delivered weapons",), "number"),
}
_NUMERIC = ("number", "year")
_FLAGGED = ("order_year", "ordered", "delivered")


def read_trade_register(source: Source) -> tuple[pd.DataFrame, SourceInfo]:
    r"""Read the trade register of SIPRI's arms transfers database (CSV, 2023 onward).

    Parameters
    ----------
    source : path or open binary file
        The CSV as downloaded, also as ``.gz`` or ``.zip``; with or without its preamble.

    Returns
    -------
    table : pandas.DataFrame
        One row for each deal, in the order of the file: ``recipient, supplier`` (actor codes,
        missing for armed groups and unknown parties), ``recipient_name, supplier_name``,
        ``order_year`` (``Int64``), ``ordered`` and ``delivered`` (numbers of weapons; missing is
        unknown), ``designation, description, status, comments``, ``delivery_years`` (as SIPRI
        writes them, ``"2008; 2009"``; missing if none), ``tiv_unit, tiv_order, tiv_delivered``
        (million TIV; 0 is under half a million, missing is unknown) and
        ``order_year_uncertain, ordered_uncertain, delivered_uncertain`` (SIPRI's ``?``).
    info : SourceInfo
        One record is one deal.

    Raises
    ------
    SourceError
        If the source cannot be opened or is not a trade register.

    Notes
    -----
    A deal with several delivery years has one TIV for all of them: a yearly figure made from it
    is an even split, not an observation. Records that contain a line break come in pieces and
    are joined again; a piece that fits nothing is set aside. Codes are those of the last
    delivery year, else of the year of order.

    References
    ----------
    SIPRI Arms Transfers Database, https://www.sipri.org/databases/armstransfers.

    Examples
    --------
    >>> import io
    >>> text = (
    ...     "Recipient,Supplier,Year of order, ,Number ordered,Year(s) of delivery,"
    ...     "SIPRI TIV of delivered weapons\n"
    ...     "Armenia,Soviet Union,1990,?,4,1991,12\n"
    ...     "Armenia,unknown supplier(s),1994,,,1994; 1995,0.5\n"
    ... )
    >>> table, info = read_trade_register(io.BytesIO(text.encode()))
    >>> table[["recipient", "supplier", "ordered", "tiv_delivered"]].values.tolist()
    [['ARM', 'SUN', 4.0, 12.0], ['ARM', nan, nan, 0.5]]
    >>> info.rows_read == len(table) + len(info.set_aside)
    True
    """
    payload, ledger = open_source(source, REGISTER), Ledger()
    lines = payload.head()
    header = find_header(payload, lines, REGISTER)
    content, at_line, stitched, quoted, padded = _stitch(payload.below(header.line), header, ledger)
    rows_read = len(at_line) + len(ledger)
    cells = _cells(content, header, quoted=quoted)
    for place in np.flatnonzero(padded).tolist():
        cells[place] = _stripped(cells[place])
    columns, absent = _register_columns(cells, header)
    table = _checked(columns, content, at_line, ledger)
    year = table.pop("last_year").fillna(table["order_year"])
    for place, side in enumerate(("recipient", "supplier")):
        table.insert(place, side, codes(table[f"{side}_name"], year, strict=False))
    if len(table) < len(at_line):
        table = table.reset_index(drop=True)
    notes = []
    if stitched:
        notes.append(f"{stitched} records were broken over lines and joined again")
    if absent:
        notes.append(f"not in the file: {', '.join(absent)}")
    info = close(
        table,
        ledger,
        rows_read,
        payload,
        years=year,
        reader=REGISTER.reader,
        layout="trade register",
        title=next((line for line in lines[: header.line] if line.startswith("Transfers of")), ""),
        version=generated(lines[: header.line]),
        unit="deal",
        notes=tuple(notes),
        **CREDIT,
    )
    return table, info


def _stitch(
    data: bytes, header: Header, ledger: Ledger
) -> tuple[
    bytes, np.ndarray[Any, np.dtype[np.int64]], int, bool, np.ndarray[Any, np.dtype[np.bool_]]
]:
    """Give the whole records, one a line, joining those that came in pieces.

    Returns
    -------
    content, at_line : bytes, array
        The records, and the line of the file at which each begins (from 1).
    stitched, quoted : int, bool
        How many were joined, and whether fields are protected by quotes.
    padded : array
        Whether a column may have a cell with a blank at an end.
    """
    separator, wanted = header.separator.encode(), len(header.headings) - 1
    if not data.endswith(b"\n"):
        data += b"\n" * bool(data)
    letters, marks = _marks(data, header)
    ends = np.flatnonzero(letters[marks] == ord(b"\n"))
    counts = np.diff(ends, prepend=-1) - 1
    at_line = np.arange(ends.size) + header.line + 2
    odd = np.flatnonzero(counts != wanted) if not header.quoted else np.arange(ends.size)
    if not odd.size:
        return data, at_line, 0, False, _padded(letters, marks, header)
    lines: list[bytes] = data.split(b"\n")[:-1]
    keep = np.ones(ends.size, dtype=bool)
    stitched, quoted, done = 0, header.quoted, -1
    for at in odd.tolist():
        if at <= done:
            continue
        record, used = lines[at], 1
        if b'"' in record and _fields(record, header) == wanted + 1:
            quoted = True
            continue
        while (
            record.count(separator) < wanted
            and used < 5
            and at + used < len(lines)
            and record.strip()
            and 0 < counts[at + used] < wanted
        ):
            record, used = record + b" " + lines[at + used], used + 1
        if record.count(separator) == wanted and not (header.quoted and b'"' in record):
            lines[at], done = record, at + used - 1
            keep[at + 1 : at + used] = False
            stitched += used > 1
        else:
            text = lines[at].decode()
            reason = f"expected {wanted + 1} fields, found {int(counts[at]) + 1}"
            ledger.add(int(at_line[at]), reason if text.strip() else "blank line", text)
            keep[at] = False
    content = b"\n".join([*(line for line, kept in zip(lines, keep, strict=True) if kept), b""])
    at_line = at_line[keep]
    letters, marks = _marks(content, header)
    if marks.size == at_line.size * len(header.headings):
        padded = _padded(letters, marks, header)
    else:  # quotes protect separators
        padded = np.ones(len(header.headings), dtype=bool)
    return content, at_line, stitched, quoted, padded


def _fields(record: bytes, header: Header) -> int:
    return len(split_fields(record.decode(), header.separator))


def _cells(content: bytes, header: Header, *, quoted: bool) -> pd.DataFrame:
    """Columns of the records by position; numbers where a column holds nothing else."""
    separator, fields = header.separator, len(header.headings)
    if quoted or not content:
        rows = [
            record.split(separator)
            if record.count(separator) == fields - 1 and not header.quoted
            else split_fields(record, separator)
            for record in content.decode().split("\n")[:-1]
        ]
        texts_only = pd.DataFrame(rows, columns=range(fields), dtype="str")
        return texts_only.mask(texts_only == "")
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
    table: pd.DataFrame = pd.read_csv(io.BytesIO(content), **how)
    kinds = {name: kind for spellings, kind in _FIELDS.values() for name in spellings}
    texts = [i for i, name in enumerate(header.headings) if kinds.get(name) not in _NUMERIC]
    if any(table[i].dtype.kind in "iuf" and table[i].notna().any() for i in texts):
        # A column of text that looks like numbers keeps its writing.
        table = pd.read_csv(io.BytesIO(content), dtype=dict.fromkeys(texts, "str"), **how)
    return table


def _marks(
    content: bytes, header: Header
) -> tuple[np.ndarray[Any, np.dtype[np.uint8]], np.ndarray[Any, np.dtype[np.int64]]]:
    """Bytes of a text, and where its separators and line ends are."""
    letters = np.frombuffer(content, dtype=np.uint8)
    return letters, np.flatnonzero((letters == ord(header.separator)) | (letters == ord("\n")))


def _padded(
    letters: np.ndarray[Any, np.dtype[np.uint8]],
    marks: np.ndarray[Any, np.dtype[np.int64]],
    header: Header,
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Say which columns may have a cell with a blank at an end, so that the others need no look.

    Beyond ASCII any byte may belong to a blank.
    """
    fields = len(header.headings)
    padded = np.zeros(fields, dtype=bool)
    for beside, cell in (
        (letters[marks - 1], np.arange(marks.size)),
        (letters[np.minimum(marks[:-1] + 1, letters.size - 1)], np.arange(1, marks.size)),
    ):
        blank = (beside <= ord(" ")) | (beside >= 128)
        blank &= (beside != ord(header.separator)) & (beside != ord("\n"))
        padded[np.unique(cell[blank] % fields)] = True
    if letters.size:  # the first cell has no mark before it
        padded[0] |= bool(letters[0] <= ord(" ") or letters[0] >= 128)
    return padded


def _register_columns(
    cells: pd.DataFrame, header: Header
) -> tuple[dict[str, pd.Series[Any]], list[str]]:
    """Name the columns of the register; blank headings are the flags of those to their left."""
    absent = []
    columns: dict[str, pd.Series[Any]] = {}
    nothing = pd.Series(np.nan, index=cells.index, dtype=object)
    for name, (spellings, _) in _FIELDS.items():
        place = header.column(*spellings)
        if place is None:
            absent.append(name)
        columns[name] = nothing if place is None else cells[place]
        if name in _FLAGGED:
            flag = -1 if place is None else place + 1
            flagged = 0 < flag < cells.shape[1] and header.headings[flag] in ("", "?")
            columns[f"{name}_uncertain"] = cells[flag] if flagged else nothing
    return columns, absent


def _checked(
    columns: dict[str, pd.Series[Any]],
    content: bytes,
    at_line: np.ndarray[Any, np.dtype[np.int64]],
    ledger: Ledger,
) -> pd.DataFrame:
    """Give each column its type; set aside records with a cell that its column cannot hold."""
    bad = np.full(len(at_line), "", dtype=object)
    out: dict[str, Any] = {}
    for name, given in reversed(list(columns.items())):
        wrong: Any = np.False_
        kind = _FIELDS.get(name, ((), "flag"))[1]
        if kind in _NUMERIC:
            value = numbers(given).to_numpy()
            wrong = np.isinf(value)
            if given.dtype.kind not in "iuf":
                wrong |= np.isnan(value) & given.notna().to_numpy(dtype=bool)
            if kind == "year":
                within = (value == np.floor(value)) & (value >= 1900) & (value <= 2100)
                wrong |= ~np.isnan(value) & ~within
                out[name] = _whole_years(np.where(within, value, np.nan))
            else:
                out[name] = pd.Series(value)
        elif kind == "years":
            codes_, spans = pd.factorize(given)
            last = np.array([*(_span(str(span).strip()) for span in spans), 0.0])[codes_]
            wrong = np.isnan(last)
            out["last_year"] = _whole_years(np.where(last == 0, np.nan, last))
            out[name] = _text(given)
        elif kind == "flag":
            there = given.notna().to_numpy(dtype=bool)
            flagged = there & np.asarray((given == "?").fillna(False), dtype=bool)
            out[name] = pd.Series(flagged)
            wrong = there & ~flagged
        else:
            out[name] = _text(given)
            if name in ("recipient_name", "supplier_name"):
                wrong = given.isna().to_numpy(dtype=bool)
        if wrong.any():
            bad[wrong] = f"{name} is unreadable"
    again = out["recipient_name"].isin(["Recipient", "recipient", "RECIPIENT"])
    bad[again.to_numpy(dtype=bool)] = "header repeated"
    lost = bad != ""
    records = content.decode().split("\n") if lost.any() else []
    for reason in dict.fromkeys(bad[lost]):
        rows = np.flatnonzero(bad == reason)
        ledger.add_many(at_line[rows], reason, [records[i] for i in rows])
    checked = pd.DataFrame({name: out[name] for name in [*columns, "last_year"]}, copy=False)
    return checked[~lost] if lost.any() else checked


def _whole_years(years: np.ndarray[Any, np.dtype[np.float64]]) -> pd.Series[Any]:
    """Years as ``Int64``, NaN as missing."""
    missing = np.isnan(years)
    return pd.Series(pd.arrays.IntegerArray(np.where(missing, 1, years).astype(np.int64), missing))


def _text(given: pd.Series[Any]) -> pd.Series[Any]:
    """Text, also where no cell of the column holds any."""
    if given.dtype.kind in "iufb" or given.isna().all():
        return given.astype("str").mask(given.isna())
    return given


def _stripped(given: pd.Series[Any]) -> pd.Series[Any]:
    """Text without blanks around; empty text is missing."""
    if given.dtype.kind in "iufb" or given.isna().all():
        return given
    text = given.str.strip()
    return text.mask(text == "")


def _span(text: str) -> float:
    """Last year of ``"2008; 2009"``; 0 for none, NaN if it is no list of years."""
    if not text:
        return 0.0
    years = [part.strip() for part in text.split(";")]
    if all(re.fullmatch(r"(19|20)\d\d", year) for year in years):
        return float(max(years))
    return float("nan")
