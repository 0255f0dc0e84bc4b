"""SIPRI's military expenditure: the workbook, sheet by sheet, or one sheet saved as CSV."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from alignindex.base.errors import SourceError, closest, first_three
from alignindex.base.typing import Array, Ints
from alignindex.sources.reading.common import (
    Ledger,
    Payload,
    Signature,
    Source,
    SourceInfo,
    close,
    find_header,
    fold_heading,
    numbers,
    open_source,
    split_fields,
    wrong_file,
)
from alignindex.sources.reading.payload import clipped, rows_of_sheet, whole_sheet
from alignindex.sources.sipri.common import codes

_WORKBOOK = Signature("sipri.read_milex", sheets=("share of gdp", "current us$"))
_CSV = Signature(
    "sipri.read_milex", pattern=r'\ufeff?"?country"?\s*[,;\t|](.*[,;\t|])?"?19\d\d"?\s*[,;\t|]'
)
MILEX = (_WORKBOOK, _CSV)

# Name of a measure, and how its sheet begins in any release.
MEASURES = {
    "local_financial": ("local currency financial", "local currency"),
    "local_calendar": ("local currency calendar", "local currency"),
    "constant_usd": ("constant", "million US dollars at constant prices"),
    "current_usd": ("current us$", "million US dollars at current prices"),
    "share_gdp": ("share of gdp", "share (1 is all)"),
    "per_capita": ("per capita", "US dollars a head at current prices"),
    "share_government": ("share of govt", "share (1 is all)"),
}
_UNKNOWN = ("...", ". .", "..", "")
_NO_STATE = "xxx"
_COLOURS = {12: "estimate", 10: "uncertain"}  # indexed font colours: blue and red


class _Sheet(NamedTuple):
    """One sheet: rows of cells, and of the colours of their figures (None in a CSV)."""

    title: str
    rows: list[Sequence[Any]]
    colours: list[list[str]] | None


def read_milex(
    source: Source, *, measures: Iterable[str] | None = None, measure: str | None = None
) -> tuple[pd.DataFrame, SourceInfo]:
    r"""Read SIPRI's military expenditure from the workbook, or from one sheet saved as CSV.

    Parameters
    ----------
    source : path or open binary file
        The ``.xlsx`` workbook as downloaded (reading it needs the extra ``io``), or a CSV of one
        of its sheets.
    measures : iterable of str, optional
        Which sheets of the workbook to read, among ``local_financial, local_calendar,
        constant_usd, current_usd, share_gdp, per_capita, share_government``; all by default.
    measure : str, optional
        What a CSV holds; a CSV does not say.

    Returns
    -------
    table : pandas.DataFrame
        One row for each country, year and measure: ``state`` (actor code of the year; missing
        in a year without a figure in which there was no such state), ``state_name``, ``year``,
        ``measure``, ``value`` (NaN where unknown; shares are fractions of 1), ``unit``,
        ``base_year`` (``Int64``; of constant prices), ``reported`` (``"amount"``,
        ``"unknown"``, ``"no_state"``), ``certainty`` (SIPRI's colours: ``"reported"``,
        ``"estimate"``, ``"uncertain"``; missing in a CSV), ``currency`` and ``marks`` (SIPRI's
        notes on the series).
    info : SourceInfo
        One record is one cell of a year. Headings of regions and blank rows are rejected.

    Raises
    ------
    SourceError
        If the source cannot be opened, is neither, or a measure is unknown.
    ExtraError
        If a workbook is given and the extra ``io`` is not installed.

    Notes
    -----
    The header is found by its cell ``Country``, the base year in the sheet's name. The sheets of
    regional totals and of footnotes are not read, and a note says so.

    References
    ----------
    SIPRI Military Expenditure Database, doi:10.55163/CQGC9685.

    Examples
    --------
    >>> import io
    >>> text = "Country,Notes,1990,1991,1992\nCentral Asia,,,,\nKazakhstan,,xxx,xxx,12.5\n"
    >>> table, info = read_milex(io.BytesIO(text.encode()), measure="current_usd")
    >>> table[["state", "year", "value", "reported"]].iloc[2:].values.tolist()
    [['KAZ', 1992, 12.5, 'amount']]
    >>> info.reasons
    {'region': 3}
    """
    payload, ledger = open_source(source, _WORKBOOK, accepts=("text", "xlsx")), Ledger()
    wanted = list(MEASURES) if measures is None else list(measures)
    for name in [*wanted, *([measure] if measure else [])]:
        if name not in MEASURES:
            raise SourceError(
                f"{_CSV.reader} expected measures among {', '.join(MEASURES)}, got {name!r}"
                f"{closest(name, MEASURES)}"
            )
    notes: list[str] = []
    if payload.kind == "text":
        if measure is None:
            notes.append("a CSV does not say what it measures; pass measure=")
        sheets = {measure or "unstated": _from_csv(payload)}
    else:
        sheets = _from_workbook(payload, wanted, notes)
    parts, read = [], 0
    for name, sheet in sheets.items():
        part, cells = _tidy(sheet, name, payload, ledger)
        parts.append(part)
        read += cells
    table = pd.concat(parts, ignore_index=True)
    code = codes(table["state_name"], table["year"], strict=True)
    amount = table["reported"] == "amount"
    code = code.where(~amount | code.notna(), codes(table["state_name"], None, strict=False))
    table = table.infer_objects()
    table.insert(0, "state", code.mask(table["reported"] == "no_state"))
    for name in ("measure", "unit", "reported", "certainty"):
        table[name] = table[name].astype("category")
    titles = {sheet.title for sheet in sheets.values()} - {""}
    info = close(
        table,
        ledger,
        read,
        payload,
        reader=_CSV.reader,
        layout="CSV of one sheet" if payload.kind == "text" else "workbook",
        title="SIPRI Military Expenditure Database",
        version=first_three(sorted({found for t in titles for found in re.findall(r"©.*", t)})),
        citation="Stockholm International Peace Research Institute, SIPRI Military Expenditure "
        "Database, doi:10.55163/CQGC9685",
        licence="(c) SIPRI; use with credit as its terms ask",
        url="https://www.sipri.org/databases/milex",
        unit="cell of a year",
        notes=tuple(notes),
    )
    return table, info


def _from_csv(payload: Payload) -> _Sheet:
    header = find_header(payload, _CSV)
    lines = payload.text.split("\n")
    rows = [split_fields(line, header.separator) for line in lines[: len(lines) - (not lines[-1])]]
    return _Sheet(next((row[0] for row in rows[: header.line] if row[0]), ""), list(rows), None)


def _from_workbook(payload: Payload, wanted: list[str], notes: list[str]) -> dict[str, _Sheet]:
    """Sheets of the wanted measures, with the base year kept in the title."""
    book = payload.workbook()
    found: dict[str, _Sheet] = {}
    left = []
    for name in book.sheetnames:
        folded = fold_heading(name)
        measure = next((m for m, (start, _) in MEASURES.items() if folded.startswith(start)), None)
        if measure is None:
            left.append(name)
        elif measure in wanted:
            with whole_sheet(payload, _WORKBOOK.reader, name):
                found[measure] = _cells(book[name], name)
    if not found:
        raise wrong_file(payload, _WORKBOOK)
    if left:
        notes.append(f"sheets not read: {', '.join(map(clipped, left))}")
    return found


def _cells(sheet: Any, name: str) -> _Sheet:
    """Values and certainty of every cell; a colour is looked up once for each cell style."""
    styles: dict[Any, str] = {}
    rows: list[Sequence[Any]] = []
    colours: list[list[str]] = []
    for row in rows_of_sheet(sheet, _WORKBOOK.reader, values_only=False):
        rows.append([cell.value for cell in row])
        own = []
        for cell in row:
            style = getattr(cell, "_style_id", None)
            if style is None:
                own.append("reported")
                continue
            if style not in styles:
                colour = cell.font.color
                index = colour.indexed if colour is not None and colour.type == "indexed" else -1
                styles[style] = _COLOURS.get(index, "reported")
            own.append(styles[style])
        colours.append(own)
    title = next((str(row[0]) for row in rows[:1] if row and row[0]), "")
    return _Sheet(f"{name}\n{title}", rows, colours)


def _tidy(
    sheet: _Sheet, measure: str, payload: Payload, ledger: Ledger
) -> tuple[pd.DataFrame, int]:
    """Long table of one sheet, without codes."""
    top = next(
        (i for i, row in enumerate(sheet.rows[:60]) if row and fold_heading(row[0]) == "country"),
        None,
    )
    where = sheet.title.partition("\n")[0]
    if top is None:
        raise SourceError(
            f"{_CSV.reader} expected a row in sheet {clipped(where)!r} of {payload.name} that "
            "begins with 'Country'; give the workbook as it was downloaded"
        )
    header = [fold_heading("" if cell is None else cell) for cell in sheet.rows[top]]
    places = [i for i, name in enumerate(header) if re.fullmatch(r"(19|20)\d\d(\.0)?", name)]
    years = np.array([int(float(header[i])) for i in places], dtype=np.int64)
    sides: tuple[str, ...] = ("notes", "currency")
    column = {name: header.index(name) for name in sides if name in header}
    kept: list[int] = []
    for i in range(top + 1, len(sheet.rows)):
        row = [_text(cell) for cell in sheet.rows[i]]
        cells = [row[j] if j < len(row) else "" for j in places]
        reason = ""
        if not any(row):
            reason = "blank row"
        elif len(row) != len(header) and payload.kind == "text":
            reason = f"expected {len(header)} fields, found {len(row)}"
        elif fold_heading(row[0]) == "country":
            reason = "header repeated"
        elif not row[0]:
            reason = "no name"
        elif not any(cells):
            reason = "region"
        if reason:
            shown = [row[0] if row else ""] * len(places)
            cells_of = [f"{where} {year}".strip() for year in years]
            ledger.add_many([i + 1] * len(places), reason, shown, column=cells_of)
        else:
            kept.append(i)
    table = _long(sheet, kept, places, years, column)
    bad = table["value"].isna() & (table["reported"] == "amount")
    if bad.any():
        rejected = table[bad]
        ledger.add_many(
            rejected["line"].tolist(),
            "no number",
            rejected["text"],
            column=[f"{where} {year}".strip() for year in rejected["year"]],
        )
    table = table[~bad].drop(columns=["line", "text"])
    base = re.search(r"\b(19|20)\d\d\b", where) if measure == "constant_usd" else None
    unit = MEASURES.get(measure, ("", "as in the file"))[1]
    table.insert(2, "measure", measure)
    table.insert(4, "unit", unit)
    base_year = [int(base.group()) if base else None] * len(table)
    table.insert(5, "base_year", pd.Series(base_year, index=table.index, dtype="Int64"))
    return table, (len(sheet.rows) - top - 1) * len(places)


def _long(
    sheet: _Sheet,
    kept: list[int],
    places: list[int],
    years: Ints,
    column: dict[str, int],
) -> pd.DataFrame:
    """One row for each year cell of the rows kept."""
    rows = [sheet.rows[i] for i in kept]
    n = len(places)

    def repeated(values: Sequence[Any]) -> Array:
        return np.repeat(np.array(values, dtype=object), n)

    def side(name: str) -> list[Any]:
        at = column.get(name)
        return [
            (_text(row[at]) or None) if at is not None and at < len(row) else None for row in rows
        ]

    cells = pd.Series(
        [row[j] if j < len(row) else "" for row in rows for j in places], dtype=object
    )
    text = cells.map(_text, na_action=None)
    unknown, no_state = text.isin(_UNKNOWN), text == _NO_STATE
    value = numbers(cells.where(~(unknown | no_state), None))
    certainty: Any = np.nan
    if sheet.colours is not None:
        colours = [sheet.colours[i] for i in kept]
        certainty = [own[j] if j < len(own) else "reported" for own in colours for j in places]
    return pd.DataFrame(
        {
            "state_name": repeated([_text(row[0]) for row in rows]),
            "year": np.tile(years, len(rows)),
            "value": value,
            "reported": np.select([no_state, unknown], ["no_state", "unknown"], "amount"),
            "certainty": pd.Series(certainty, index=cells.index, dtype=object),
            "currency": repeated(side("currency")),
            "marks": repeated(side("notes")),
            "line": repeated([i + 1 for i in kept]),
            "text": text,
        }
    )


def _text(cell: object) -> str:
    return "" if cell is None else str(cell).strip()
