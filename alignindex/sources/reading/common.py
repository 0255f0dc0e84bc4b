"""The parts that every reader shares: opening a source, recognising it, and keeping accounts.

A reader opens its source with `open_source`, finds its header with `find_header` (never by a
line count), reads the records with `read_records`, notes each record that cannot be used in a
`Ledger`, and closes the account with `close`. That raises unless every record read is in the tidy
table or rejected with a reason.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from alignindex.base.errors import SourceError, first_three
from alignindex.sources.reading.layout import (
    FAMILIES,
    Header,
    Signature,
    find_header,
    fold_heading,
    open_source,
    search_header,
    split_fields,
    wrong_file,
)
from alignindex.sources.reading.ledger import Ledger, blank_records, need
from alignindex.sources.reading.numbers import floats, numbers
from alignindex.sources.reading.payload import Payload, Source
from alignindex.sources.reading.records import read_records

__all__ = [
    "FAMILIES",
    "Header",
    "Ledger",
    "Payload",
    "Signature",
    "Source",
    "SourceInfo",
    "blank_records",
    "close",
    "find_header",
    "floats",
    "fold_heading",
    "need",
    "numbers",
    "open_source",
    "read_records",
    "search_header",
    "split_fields",
    "wrong_file",
]


@dataclass(frozen=True, slots=True, eq=False)
class SourceInfo:
    """Where a tidy table comes from, and what became of every record of the file.

    Attributes
    ----------
    reader, layout : str
        The function that read the file, and the layout that it recognised.
    title, version : str
        Title of the data, and the version or date that the file states ("" if none).
    citation, licence, url : str
        How to cite the data, what its terms are, where it is published.
    first_year, last_year : int or None
        Span of years of the tidy table.
    file, sha256, encoding : str
        Name of the file, hash of its bytes (as they came, compressed or not), and encoding.
    unit : str
        What one record is: a line, or a cell (partner and year) of a wide table.
    rows_read : int
        Records in the file; always ``len(table) + len(rejected)``.
    rejected : pandas.DataFrame
        One row for each record that is not in the tidy table: ``line`` (from 1; the sheet's row
        in a workbook; missing in parquet), ``column``, ``reason``, ``text``.
    notes : tuple of str
        What the reader noticed and the user should know.
    """

    reader: str
    layout: str
    title: str
    version: str
    citation: str
    licence: str
    url: str
    first_year: int | None
    last_year: int | None
    file: str
    sha256: str
    encoding: str
    unit: str
    rows_read: int
    rejected: pd.DataFrame = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def reasons(self) -> dict[str, int]:
        """Number of rejected records, by reason."""
        return dict(Counter(self.rejected["reason"]))


def close(
    frame: pd.DataFrame,
    ledger: Ledger,
    rows_read: int,
    payload: Payload,
    *,
    years: Any = None,
    **facts: Any,
) -> SourceInfo:
    """Close the accounts of a reader: every record read is in the frame or rejected.

    ``facts`` are the other fields of `SourceInfo`; ``years`` gives its span, ``frame.year`` if
    not given.
    """
    rejected = ledger.frame()
    if rows_read != len(frame) + len(rejected):
        raise AssertionError(
            f"{payload.name}: {rows_read} records read, {len(frame)} kept, {len(rejected)} rejected"
        )
    if frame.empty:
        reasons = first_three(f"{n} × {why}" for why, n in Counter(rejected["reason"]).items())
        raise SourceError(
            f"{facts['reader']} found no usable record in {payload.name}"
            f"{f' ({reasons})' if reasons else ''}; give the whole file as it was downloaded"
        )
    years = (frame["year"] if years is None else years).dropna()
    return SourceInfo(
        first_year=int(years.min()) if len(years) else None,
        last_year=int(years.max()) if len(years) else None,
        file=payload.name,
        sha256=hashlib.sha256(payload.raw).hexdigest(),
        encoding=payload.encoding,
        rows_read=rows_read,
        rejected=rejected,
        **facts,
    )
