"""The trade register of SIPRI's arms transfers: one row for each deal."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from alignindex.sources.reading.common import (
    Header,
    Ledger,
    Signature,
    Source,
    SourceInfo,
    close,
    find_header,
    numbers,
    open_source,
)
from alignindex.sources.sipri.common import CREDIT, codes, generated
from alignindex.sources.sipri.records import whole_records

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
_YEAR = re.compile(r"(19|20)\d\d")

_Bools = np.ndarray[Any, np.dtype[np.bool_]]
_Ints = np.ndarray[Any, np.dtype[np.int64]]


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
    kinds = {name: kind for spellings, kind in _FIELDS.values() for name in spellings}
    texts = [i for i, name in enumerate(header.headings) if kinds.get(name) not in _NUMERIC]
    cells, at_line, stitched, shown = whole_records(payload, header, ledger, texts=texts)
    rows_read = len(at_line) + len(ledger)
    columns, absent = _register_columns(cells, header)
    table, year = _checked(columns, at_line, shown, ledger)
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
        years=year[year > 0],
        reader=REGISTER.reader,
        layout="trade register",
        title=next((line for line in lines[: header.line] if line.startswith("Transfers of")), ""),
        version=generated(lines[: header.line]),
        unit="deal",
        notes=tuple(notes),
        **CREDIT,
    )
    return table, info


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
    at_line: _Ints,
    shown: Callable[[], list[str]],
    ledger: Ledger,
) -> tuple[pd.DataFrame, pd.Series[Any]]:
    """Give each column its type; set aside records with a cell that its column cannot hold.

    Returns the table, and the year for which the names of each record hold (0 if none is known).
    """
    faults: dict[str, _Bools] = {}
    out: dict[str, pd.Series[Any]] = {}
    for name, given in columns.items():
        kind = _FIELDS.get(name, ((), "flag"))[1]
        wrong: Any = np.False_
        if kind in _NUMERIC:
            out[name] = numbers(given)
            value = out[name].to_numpy()
            wrong = np.isinf(value)
            if given.dtype.kind not in "iuf":
                wrong |= np.isnan(value) & given.notna().to_numpy(dtype=bool)
            if kind == "year":
                within = (value == np.floor(value)) & (value >= 1900) & (value <= 2100)
                wrong |= ~np.isnan(value) & ~within
                ordered = np.where(within, value, 0).astype(np.int64)
                out[name] = pd.Series(pd.arrays.IntegerArray(ordered, ~within), index=given.index)
        elif kind == "years":
            codes_, spans = pd.factorize(given)
            last = np.array([*(_span(str(span).strip()) for span in spans.tolist()), 0.0])[codes_]
            wrong = np.isnan(last)
            out[name] = _text(given)
        elif kind == "flag":
            out[name] = given.isin(["?"])
            wrong = out[name].to_numpy() == given.isna().to_numpy(dtype=bool)
        else:
            out[name] = _text(given)
            if name in ("recipient_name", "supplier_name"):
                wrong = given.isna().to_numpy(dtype=bool)
        if wrong.any():
            faults[f"{name} is unreadable"] = wrong
    again = out["recipient_name"].isin(["Recipient", "recipient", "RECIPIENT"])
    if again.any():
        faults = {"header repeated": again.to_numpy(dtype=bool), **faults}
    table = pd.DataFrame(out, index=again.index, copy=False)
    year = pd.Series(np.where(last > 0, last, ordered).astype(np.int64), index=table.index)
    if not faults:
        return table, year
    bad = np.full(len(at_line), "", dtype=object)
    for reason, wrong in reversed(faults.items()):
        bad[wrong] = reason
    records = shown()
    for reason in faults:
        rows = np.flatnonzero(bad == reason)
        ledger.add_many(at_line[rows], reason, [records[i] for i in rows])
    return table[bad == ""], year[bad == ""]


def _text(given: pd.Series[Any]) -> pd.Series[Any]:
    """Text, also where no cell of the column holds any."""
    if isinstance(given.dtype, np.dtype) and (given.dtype.kind in "iufb" or given.isna().all()):
        return given.astype("str").mask(given.isna())
    return given


def _span(text: str) -> float:
    """Last year of ``"2008; 2009"``; 0 for none, NaN if it is no list of years."""
    if not text:
        return 0.0
    years = [part.strip() for part in text.split(";")]
    if all(map(_YEAR.fullmatch, years)):
        return float(max(years))
    return float("nan")
