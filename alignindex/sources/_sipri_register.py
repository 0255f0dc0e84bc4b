"""The trade register of SIPRI's arms transfers: one row for each deal."""

from __future__ import annotations

import re
from collections.abc import Sequence

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
    fold_heading,
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
    table, absent = _register_columns(records, header)
    table.insert(0, "line", at)
    table = _checked(table, ledger)
    year = table.pop("last_year").fillna(table["order_year"].astype("Float64")).astype("Int64")
    for place, side in enumerate(("recipient", "supplier")):
        table.insert(place, side, codes(table[f"{side}_name"], year, strict=False))
    table = table.drop(columns="line").reset_index(drop=True)
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
) -> tuple[list[list[str]], list[int], int]:
    """Split the lines below the header into records, joining those that came in pieces."""
    separator, fields = header.separator, len(header.headings)
    records: list[list[str]] = []
    numbers_: list[int] = []
    stitched, at, end = 0, header.line + 1, len(lines) - (not lines[-1])
    while at < end:
        line, used = lines[at], 1
        if line.count(separator) == fields - 1 and not header.quoted:
            record = line.split(separator)
        elif '"' in line and len(split_fields(line, separator)) == fields:
            record = split_fields(line, separator)
        else:
            whole = line
            while (
                whole.count(separator) < fields - 1
                and used < 5
                and at + used < end
                and whole.strip()
                and 0 < lines[at + used].count(separator) < fields - 1
            ):
                whole, used = f"{whole}\n{lines[at + used]}", used + 1
            record = split_fields(whole, separator) if header.quoted else whole.split(separator)
            if len(record) != fields:
                reason = f"expected {fields} fields, found {line.count(separator) + 1}"
                ledger.add(at + 1, reason if line.strip() else "blank line", line)
                at += 1
                continue
            stitched += used > 1
        records.append(record)
        numbers_.append(at + 1)
        at += used
    return records, numbers_, stitched


def _register_columns(records: list[list[str]], header: Header) -> tuple[pd.DataFrame, list[str]]:
    """Name the columns of the register; blank headings are the flags of those to their left."""
    columns = list(zip(*records, strict=True)) if records else [()] * len(header.headings)
    table = pd.DataFrame(index=range(len(records)))
    absent = []
    for name, (spellings, _) in _FIELDS.items():
        place = header.column(*spellings)
        if place is None:
            absent.append(name)
            table[name] = ""
        else:
            table[name] = np.array(columns[place], dtype=object)
        if name in _FLAGGED:
            flag = -1 if place is None else place + 1
            flagged = 0 < flag < len(columns) and header.headings[flag] in ("", "?", "uncertain")
            table[f"{name}_uncertain"] = np.array(columns[flag], dtype=object) if flagged else ""
    return table, absent


def _checked(table: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Give each column its type; set aside records with a cell that its column cannot hold."""
    bad = pd.Series("", index=table.index, dtype=object)
    out = table.copy()
    for name in reversed(list(table.columns[1:])):
        texts = table[name].str.strip()
        kind = _FIELDS.get(name, ((), "flag"))[1]
        if kind == "flag":
            wrong = ~texts.isin(["", "?"])
            out[name] = texts == "?"
        elif kind in ("number", "year"):
            value = numbers(texts)
            wrong = value.isna() & (texts != "")
            if kind == "year":
                wrong |= value.notna() & ~((value % 1 == 0) & value.between(1900, 2100))
                value = value.mask(wrong).astype("Int64")
            out[name] = value
        elif kind == "years":
            spans = texts.map({t: _span(t) for t in texts.unique()})
            wrong = spans.isna()
            out["last_year"] = spans.mask(spans == 0).astype("Float64")
            out[name] = texts.where(texts != "")
        else:
            wrong = (texts == "") & (name in ("recipient_name", "supplier_name"))
            out[name] = texts.where(texts != "")
        bad[wrong] = f"{name} is unreadable"
    again = table["recipient_name"].map(fold_heading).eq("recipient")
    bad[again] = "header repeated"
    for reason in bad[bad != ""].unique():
        rows = table[bad == reason]
        cells = rows.iloc[:, 1:].itertuples(index=False, name=None)
        ledger.add_many(rows["line"].tolist(), reason, [",".join(row) for row in cells])
    return out[bad == ""].infer_objects()


def _span(text: str) -> float:
    """Last year of ``"2008; 2009"``; 0 for none, NaN if it is no list of years."""
    if not text:
        return 0.0
    years = [part.strip() for part in text.split(";")]
    if all(re.fullmatch(r"(19|20)\d\d", year) for year in years):
        return float(max(years))
    return float("nan")
