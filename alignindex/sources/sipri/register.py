"""The trade register of SIPRI's arms transfers: by deal, or by delivery and year."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.typing import Bools
from alignindex.sources.reading.common import (
    Header,
    Ledger,
    Payload,
    Signature,
    Source,
    SourceInfo,
    close,
    find_header,
    numbers,
    open_source,
    read_records,
)
from alignindex.sources.reading.records import column_names
from alignindex.sources.sipri.common import CREDIT, codes, generated

_YEARS_OF = ("year(s) of delivery", "year(s) of deliveries", "year(s) delivered")
REGISTER = Signature(
    "sipri.read_trade_register",
    (
        ("recipient",),
        ("supplier",),
        _YEARS_OF,
        ("sipri tiv of delivered weapons", "sipri tiv for total order"),
    ),
)
DELIVERIES = Signature(
    "sipri.read_trade_register",
    (("recipient",), ("supplier",), ("delivery year",), ("tiv delivery values",)),
)
# Column of the tidy register: spellings in the file, and how it is read. The "?" beside a column
# of the first form, and "... is estimate" in the second, say that it is uncertain.
_DEALS: dict[str, tuple[tuple[str, ...], str]] = {
    "recipient_name": (("recipient",), "name"),
    "supplier_name": (("supplier",), "name"),
    "order_year": (("year of order",), "year"),
    "order_year_uncertain": (("year of order",), "mark"),
    "ordered": (("number ordered",), "number"),
    "ordered_uncertain": (("number ordered",), "mark"),
    "designation": (("weapon designation",), "text"),
    "description": (("weapon description",), "text"),
    "delivered": (("number delivered",), "number"),
    "delivered_uncertain": (("number delivered",), "mark"),
    "delivery_years": (_YEARS_OF, "years"),
    "status": (("status",), "text"),
    "comments": (("comments",), "text"),
    "tiv_unit": (("sipri tiv per unit",), "number"),
    "tiv_order": (("sipri tiv for total order",), "number"),
    "tiv_delivered": (("sipri tiv of delivered weapons",), "number"),
}
_BY_DELIVERY: dict[str, tuple[tuple[str, ...], str]] = {
    "recipient_name": (("recipient",), "name"),
    "supplier_name": (("supplier",), "name"),
    "year": (("delivery year",), "year"),
    "year_uncertain": (("delivery year is estimate",), "yes"),
    "deal_id": (("sipri at database id",), "number"),
    "order_year": (("order date",), "year"),
    "order_year_uncertain": (("order date is estimate",), "yes"),
    "designation": (("designation",), "text"),
    "description": (("description",), "text"),
    "category": (("armament category",), "text"),
    "delivered": (("numbers delivered",), "number"),
    "delivered_uncertain": (("numbers delivered is estimate",), "yes"),
    "status": (("status",), "text"),
    "tiv_new": (("sipri estimate",), "number"),
    "tiv_unit": (("tiv deal unit",), "number"),
    "tiv_delivered": (("tiv delivery values",), "number"),
    "local_production": (("local production",), "yes"),
}
_NUMERIC = ("number", "year", "mark", "yes")
_YEAR = re.compile(r"(19|20)\d\d")
_PIECE = 1 << 18  # bytes that the processor's cache holds with what is found of them


def read_trade_register(source: Source) -> tuple[pd.DataFrame, SourceInfo]:
    r"""Read the trade register of SIPRI's arms transfers database, by deal or by delivery.

    Parameters
    ----------
    source : path or open binary file
        The CSV as downloaded (2023 onward), also as ``.gz`` or ``.zip``; with or without its
        preamble. The content tells which form it is.

    Returns
    -------
    table : pandas.DataFrame
        One row for each record, in the order of the file. Both forms have ``recipient, supplier``
        (actor codes, missing for armed groups and unknown parties), ``recipient_name,
        supplier_name``, ``order_year`` (``Int64``), ``delivered`` (number of weapons; missing is
        unknown), ``designation, description, status``, ``tiv_unit, tiv_delivered`` (million TIV;
        0 is under half a million, missing is unknown) and ``order_year_uncertain,
        delivered_uncertain`` (SIPRI's ``?``).

        *By deal*, also ``ordered, ordered_uncertain, tiv_order, comments`` and
        ``delivery_years`` (as SIPRI writes them, ``"2008; 2009"``; missing if none).

        *By delivery and year*, also ``year`` (of the delivery, ``Int64``), ``year_uncertain``,
        ``deal_id``, ``category``, ``tiv_new`` (TIV of a new unit) and ``local_production``.
    info : SourceInfo
        One record is one deal, or one delivery of a year; ``layout`` says which.

    Raises
    ------
    SourceError
        If the source cannot be opened or is not a trade register.

    Notes
    -----
    Prefer the form by delivery: it says how much came in each year. A deal with several delivery
    years has one TIV for all of them: a yearly figure made from it is an even split, not an
    observation. Records that contain a line break come in pieces and are joined again, also where
    a spreadsheet has padded the pieces with separators; a piece that fits nothing is rejected.
    Codes are those of the last delivery year, else of the year of order.

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
    >>> info.rows_read == len(table) + len(info.rejected)
    True
    """
    payload, ledger, notes = open_source(source, REGISTER), Ledger(), list[str]()
    header = find_header(payload, REGISTER, DELIVERIES)
    by_delivery = header.column("delivery year") is not None
    fields = _BY_DELIVERY if by_delivery else _DEALS
    kinds = {name: kind for spellings, kind in fields.values() for name in spellings}
    texts = [
        re.escape(name)
        for name, heading in zip(column_names(header), header.headings, strict=True)
        if kinds.get(heading) not in _NUMERIC
    ]

    how: dict[str, Any] = {"texts": "|".join(texts), "missing": [""], "pieces": 5}
    how["literal"] = not header.quoted
    cells, rows_read = read_records(payload, header, ledger, notes=notes, **how)
    if _unpadded(payload, header, cells):
        ledger, notes = Ledger(), []
        cells, rows_read = read_records(payload, header, ledger, notes=notes, **how)
    for name in cells.columns[1:][_padded(payload, header)]:
        cells[name] = _stripped(cells[name])
    columns, absent = _register_columns(cells, header, fields)
    table, year = _checked(columns, fields, cells["line"], payload, ledger)
    for place, side in enumerate(("recipient", "supplier")):
        table.insert(place, side, codes(table[f"{side}_name"], year, strict=False))
    table = table.reset_index(drop=True) if len(table) < len(cells) else table
    if absent:
        notes.append(f"not in the file: {', '.join(absent)}")
    lines = payload.head()[: header.line]
    info = close(
        table,
        ledger,
        rows_read,
        payload,
        years=year[year > 0],
        reader=REGISTER.reader,
        layout="register by delivery" if by_delivery else "trade register",
        title=next((line for line in lines if line.startswith("Transfers of")), ""),
        version=generated(lines),
        unit="delivery of a year" if by_delivery else "deal",
        notes=tuple(notes),
        **CREDIT,
    )
    return table, info


def _unpadded(payload: Payload, header: Header, cells: pd.DataFrame) -> bool:
    """Take the padding off records that came in pieces, which a spreadsheet made full lines.

    The tail of such a record names no supplier, and without their padding it and the line above
    have no more fields than one record. Says whether there was one; the pieces then join as any.
    """
    place, comments = header.column("supplier"), header.column("comments") or 0
    if place is None or not len(cells):
        return False
    supplier = cells.iloc[:, place + 1]
    nameless = supplier.isna() | numbers(supplier).notna()
    if not nameless.any():
        return False
    lines, mark, wanted = (
        payload.utf8.split(b"\n"),
        header.separator.encode(),
        len(header.headings) - 1,
    )
    found = False
    for line in cells.loc[nameless, "line"].tolist():
        above, tail = lines[line - 2].rstrip(mark), lines[line - 1].rstrip(mark)
        held = max(above.count(mark), comments)  # the line break stands in the comment
        lacking = wanted - held - tail.count(mark)
        padded = lines[line - 2].count(mark) == wanted and lines[line - 2].endswith(mark)
        if padded and tail and lacking >= 0 and held < wanted and line > header.line + 2:
            lines[line - 2] = above + mark * (held - above.count(mark))
            lines[line - 1] = tail + mark * lacking
            found = True
    if found:
        payload.recode(b"\n".join(lines))
    return found


def _register_columns(
    cells: pd.DataFrame, header: Header, fields: dict[str, tuple[tuple[str, ...], str]]
) -> tuple[dict[str, pd.Series[Any]], list[str]]:
    """Name the columns of the register; blank headings are the marks of those to their left."""
    absent = []
    columns: dict[str, pd.Series[Any]] = {}
    nothing = pd.Series(np.nan, index=cells.index, dtype=object)
    for name, (spellings, kind) in fields.items():
        place = header.column(*spellings)
        if kind == "mark" and place is not None:
            place += 1
            marked = place < len(header.headings) and header.headings[place] in ("", "?")
            place = place if marked else None
        elif place is None:
            absent.append(name)
        columns[name] = nothing if place is None else cells.iloc[:, place + 1]
    return columns, [name for name in absent if fields[name][1] != "mark"]


def _checked(
    columns: dict[str, pd.Series[Any]],
    fields: dict[str, tuple[tuple[str, ...], str]],
    lines: pd.Series[Any],
    payload: Payload,
    ledger: Ledger,
) -> tuple[pd.DataFrame, pd.Series[Any]]:
    """Give each column its type; reject records with a cell that its column cannot hold.

    Returns the table, and the year for which the names of each record hold (0 if none is known).
    """
    faults: dict[str, Bools] = {}
    out: dict[str, pd.Series[Any]] = {}
    when = np.zeros(len(lines), dtype=np.int64)
    for name, given in columns.items():
        kind = fields[name][1]
        held = given.notna().to_numpy(dtype=bool)
        if kind in ("number", "year"):
            value = numbers(given).to_numpy()
            wrong = np.isinf(value) | (np.isnan(value) & held)
            out[name] = pd.Series(value, index=given.index)
            if kind == "year":
                within = (value == np.floor(value)) & (value >= 1900) & (value <= 2100)
                wrong |= ~np.isnan(value) & ~within
                year = np.where(within, value, 0).astype(np.int64)
                out[name] = pd.Series(pd.arrays.IntegerArray(year, ~within), index=given.index)
                when = np.where(when > 0, when, year)
                if name == "year":
                    wrong |= ~within
        elif kind == "years":
            places, spans = pd.factorize(given)
            last = np.array([*(_span(str(span).strip()) for span in spans.tolist()), 0.0])[places]
            wrong = np.isnan(last)
            out[name] = _text(given)
            when = np.where(last > 0, last, when).astype(np.int64)
        elif kind in ("mark", "yes"):
            out[name] = given.isin(["?"] if kind == "mark" else ["Yes", "yes", "YES"])
            no = given.isin(["No", "no", "NO"]).to_numpy(dtype=bool)
            wrong = ~(out[name].to_numpy(dtype=bool) | ~held | (no & (kind == "yes")))
        else:
            out[name] = _text(given)
            wrong = ~held & (kind == "name")
        if wrong.any():
            faults[f"{name} is unreadable"] = wrong
    again = out["recipient_name"].isin(["Recipient", "recipient", "RECIPIENT"])
    if again.any():
        faults = {"header repeated": again.to_numpy(dtype=bool), **faults}
    table = pd.DataFrame(out, index=again.index, copy=False)
    placed = pd.Series(when, index=table.index)
    if not faults:
        return table, placed
    bad = np.full(len(lines), "", dtype=object)
    for reason, wrong in reversed(faults.items()):
        bad[wrong] = reason
    texts = payload.utf8.split(b"\n")
    for reason in faults:
        at = lines[bad == reason].tolist()
        ledger.add_many(at, reason, [texts[line - 1].decode() for line in at])
    return table[bad == ""], placed[bad == ""]


def _text(given: pd.Series[Any]) -> pd.Series[Any]:
    """Text, also where no cell of the column holds any."""
    if isinstance(given.dtype, np.dtype) and (given.dtype.kind in "iufb" or given.isna().all()):
        return given.astype("str").mask(given.isna())
    return given


def _span(text: str) -> float:
    """Last year of ``"2008; 2009"``; 0 for none, NaN if it is not a list of years."""
    if not text:
        return 0.0
    years = [part.strip() for part in text.split(";")]
    return float(max(years)) if all(map(_YEAR.fullmatch, years)) else float("nan")


def _padded(payload: Payload, header: Header) -> Bools:
    """Say which columns may have a cell with blanks at an end; beyond ASCII any byte may be one.

    To strip every column takes longer than this pass over the bytes.
    """
    fields = len(header.headings)
    start = payload.offset(header.line)
    letters = np.frombuffer(payload.utf8, dtype=np.uint8)[start:]
    padded = np.zeros(fields, dtype=bool)
    if not letters.size:
        return padded
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
    lines += letters[-1] != newline  # the end of the text closes the last line
    edges += letters[-1] != newline
    # Where the separators do not add up, the places of cells cannot be told from a count.
    return np.asarray(padded | (lines * fields != edges) | header.quoted, dtype=bool)


def _stripped(given: pd.Series[Any]) -> pd.Series[Any]:
    """Text without blanks around; empty text is missing."""
    if given.dtype.kind in "iufb" or given.isna().all():
        return given
    if given.dtype == object:  # numbers too large for the processor among them
        given = given.map(lambda cell: cell.strip() if isinstance(cell, str) else cell)
        return given.mask(given == "")
    text = given.str.strip()
    return text.mask(text == "")
