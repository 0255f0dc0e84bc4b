"""The trade register of SIPRI's arms transfers: one row for each deal."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
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
    lines = payload.text.split("\n")
    header = find_header(payload, lines, REGISTER)
    records, at, stitched = _stitch(lines, header, ledger)
    rows_read = len(records) + len(ledger.frame())
    table, absent = _register_columns(_cells(records, header), header)
    table = _checked(table, records, at, ledger)
    year = table.pop("last_year").fillna(table["order_year"])
    for place, side in enumerate(("recipient", "supplier")):
        table.insert(place, side, codes(table[f"{side}_name"], year, strict=False))
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
    lines: Sequence[str], header: Header, ledger: Ledger
) -> tuple[list[str], list[int], int]:
    """Give the records below the header and their lines, joining those that came in pieces."""
    separator, wanted = header.separator, len(header.headings) - 1
    records: list[str] = []
    at_line: list[int] = []
    stitched, at, end = 0, header.line + 1, len(lines) - (not lines[-1])
    while at < end:
        record, used = lines[at], 1
        if not _is_whole(record, header):
            while (
                record.count(separator) < wanted
                and used < 5
                and at + used < end
                and record.strip()
                and 0 < lines[at + used].count(separator) < wanted
            ):
                record, used = f"{record} {lines[at + used]}", used + 1
            if not _is_whole(record, header):
                line = lines[at]
                reason = f"expected {wanted + 1} fields, found {line.count(separator) + 1}"
                ledger.add(at + 1, reason if line.strip() else "blank line", line)
                at += 1
                continue
            stitched += used > 1
        records.append(record)
        at_line.append(at + 1)
        at += used
    return records, at_line, stitched


def _is_whole(record: str, header: Header) -> bool:
    """Say whether a record has all its fields; SIPRI quotes none, who saves it again may."""
    wanted = len(header.headings)
    if record.count(header.separator) == wanted - 1 and not header.quoted:
        return True
    return '"' in record and len(split_fields(record, header.separator)) == wanted


def _cells(records: list[str], header: Header) -> pd.DataFrame:
    """Columns of the records by position; numbers where a column holds nothing else."""
    separator, fields = header.separator, len(header.headings)
    if header.quoted or any(record.count(separator) != fields - 1 for record in records):
        rows = [
            record.split(separator)
            if record.count(separator) == fields - 1 and not header.quoted
            else split_fields(record, separator)
            for record in records
        ]
        table = pd.DataFrame(rows, columns=range(fields), dtype="str")
        return table.mask(table == "")
    kinds = {name: kind for spellings, kind in _FIELDS.values() for name in spellings}
    texts = [
        place
        for place, name in enumerate(header.headings)
        if kinds.get(name) not in ("number", "year")
    ]
    return pd.read_csv(
        io.BytesIO("\n".join([*records, ""]).encode()),
        sep=separator,
        lineterminator="\n",
        names=list(range(fields)),
        header=None,
        index_col=False,
        quoting=csv.QUOTE_NONE,
        skip_blank_lines=False,
        low_memory=False,
        keep_default_na=False,
        na_values=[""],
        dtype=dict.fromkeys(texts, "str"),
    )


def _register_columns(cells: pd.DataFrame, header: Header) -> tuple[pd.DataFrame, list[str]]:
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
    return pd.DataFrame(columns), absent


def _checked(
    table: pd.DataFrame, records: list[str], at_line: list[int], ledger: Ledger
) -> pd.DataFrame:
    """Give each column its type; set aside records with a cell that its column cannot hold."""
    bad = np.full(len(table), "", dtype=object)
    out: dict[str, Any] = {}
    for name in reversed(list(table.columns)):
        given = table[name]
        kind = _FIELDS.get(name, ((), "flag"))[1]
        if kind in ("number", "year"):
            value = numbers(given)
            wrong = (value.isna() | np.isinf(value)) & given.notna() & ~_blank(given)
            if kind == "year":
                wrong |= value.notna() & ~(value.mod(1).eq(0) & value.between(1900, 2100))
                value = value.mask(wrong).astype("Int64")
            out[name] = value
        elif kind == "years":
            codes_, spans = pd.factorize(given)
            last = np.array([*(_span(str(span).strip()) for span in spans), 0.0])[codes_]
            wrong = pd.Series(np.isnan(last))
            out["last_year"] = pd.Series(last).mask((last == 0) | wrong).astype("Int64")
            out[name] = _stripped(given)
        else:
            text = _stripped(given)
            if kind == "flag":
                out[name] = (text == "?").fillna(False).astype(bool)
                wrong = text.notna() & ~out[name]
            else:
                out[name] = text
                wrong = text.isna() & (name in ("recipient_name", "supplier_name"))
        bad[wrong.to_numpy(dtype=bool)] = f"{name} is unreadable"
    names = out["recipient_name"].astype(object)
    bad[(names.str.casefold() == "recipient").to_numpy(dtype=bool)] = "header repeated"
    for reason in dict.fromkeys(bad[bad != ""]):
        rows = np.flatnonzero(bad == reason)
        ledger.add_many([at_line[i] for i in rows], reason, [records[i] for i in rows])
    checked = pd.DataFrame({name: out[name] for name in [*table.columns, "last_year"]})
    return checked[bad == ""] if (bad != "").any() else checked


def _blank(given: pd.Series[Any]) -> pd.Series[bool]:
    if given.dtype.kind in "iufb":
        return pd.Series(False, index=given.index)
    return given.astype(object).str.strip() == ""


def _stripped(given: pd.Series[Any]) -> pd.Series[Any]:
    """Text without blanks around; empty text is missing."""
    if given.isna().all():
        return given.astype("str").mask(given.isna())
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
