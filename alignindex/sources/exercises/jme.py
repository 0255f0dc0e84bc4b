"""The coders' worksheet of Joint Military Exercises (JME): one row for each exercise."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.errors import ExtraError, SourceError
from alignindex.base.typing import Array
from alignindex.sources.exercises.common import (
    dates_of,
    header_again,
    ids_note,
    iso_dates,
    parts_of,
    stacked,
    with_participants,
    without_year,
    words_of,
    year_of,
)
from alignindex.sources.reading.common import (
    Ledger,
    Payload,
    Signature,
    Source,
    SourceInfo,
    close,
    find_header,
    fold_heading,
    need,
    open_source,
    read_records,
    wrong_file,
)
from alignindex.sources.reading.keys import reject_repeated
from alignindex.sources.reading.layout import fits_headings
from alignindex.sources.reading.payload import clipped, rows_of_sheet, whole_sheet

JME = Signature(
    "exercises.read_jme",
    (("exercise name",), ("start date",), ("enddate",), ("state a",), ("state b",)),
)
_TEXTS = {
    "exercise name": "name",
    "location1": "place",
    "location2": "place_detail",
    "jme type": "kind",
    "source(s)": "source",
}
_FORMER = {"ROM": "ROU"}  # a former ISO code that the worksheet uses
_SEARCHED = 200


def read_jme(source: Source) -> tuple[pd.DataFrame, SourceInfo]:
    r"""Read the worksheet of Joint Military Exercises.

    Parameters
    ----------
    source : path or open binary file
        ``jme_v3.xls`` as published (reading it needs the extra ``io``), or the same sheet saved
        as ``.xlsx`` or CSV; also as ``.gz`` or ``.zip``.

    Returns
    -------
    table : pandas.DataFrame
        One row for each exercise, in the order of the file: ``exercise_id`` (the worksheet's
        number, ``Int64``; missing in many rows), ``name``, ``place``, ``place_detail``, ``kind``
        (field exercise FTX, command post CPX), ``source`` (missing where the file says −9),
        ``start, end`` (ISO text as far as known), ``start_year, end_year`` (``Int64``),
        ``participants`` (actor codes of the year, joined by ``;``, each once), ``unresolved``,
        ``n_participants`` and ``incomplete`` (a participant is not known: −9).
    info : SourceInfo
        One record is one line.

    Raises
    ------
    SourceError
        If the source cannot be opened or is not such a worksheet.
    ExtraError
        If it is a workbook and the extra ``io`` is not installed.

    Notes
    -----
    A worksheet, not a finished data set: exercises are entered more than once by different
    coders (the same parties and dates under two numbers), and only lines that repeat another in
    every column are rejected. The parts of a date (``s.year`` and so on) count before its text,
    which is month first. Russia before 1991 is ``SUN``.

    Examples
    --------
    >>> import io
    >>> text = ",Exercise Name,Start Date,s.year,s.month,s.day,enddate,State A,State B\n"
    >>> text += "7,Jug 84,3/26/1984,1984,3,26,4/xx/1984,DDR,RUS\n"
    >>> table, info = read_jme(io.BytesIO(text.encode()))
    >>> table[["exercise_id", "start", "end", "participants"]].values.tolist()
    [[7, '1984-03-26', '1984-04', 'DDR;SUN']]
    """
    ledger, notes = Ledger(), list[str]()
    payload = open_source(source, JME, accepts=("text", "xls", "xlsx"))
    if payload.kind == "text":
        header = find_header(payload, JME)
        table, read = read_records(payload, header, ledger)
        layout = "delimited text"
    else:
        table, layout = _from_workbook(payload, notes)
        read = len(table)
    number = _number_column(table)
    table = _placed(table, ledger)
    out = pd.DataFrame(index=table.index)
    ids = parts_of(table[number]) if number else np.full(len(table), np.nan)
    out["exercise_id"] = pd.Series(
        np.where((ids % 1 == 0) & (abs(ids) < 2**53), ids, np.nan)
    ).astype("Int64")
    for name, own in _TEXTS.items():
        if name in table.columns:
            out[own] = words_of(table[name])
    out[["start", "end"]] = table[["start", "end"]].where(table[["start", "end"]] != "")
    out[["start_year", "end_year"]] = table[["start_year", "end_year"]]
    columns = [name for name in table.columns if re.fullmatch(r"state [a-z]{1,2}", name)]
    row, party, given = stacked(table, columns)
    parties = [code.upper() if re.fullmatch(r"[A-Za-z]{3}", code) else code for code in given]
    known = with_participants(
        out["start_year"].to_numpy(dtype=np.int64),
        row,
        party,
        [_FORMER.get(code, code) for code in parties],
        system="any",
        unknown=("-9", "xx"),
        notes=notes,
    )
    out = out.assign(**known)
    notes += ids_note(out["exercise_id"], "numbers")
    info = close(
        out,
        ledger,
        read,
        payload,
        years=out["start_year"],
        reader=JME.reader,
        layout=f"{layout}, participants in {len(columns)} columns",
        title="Joint Military Exercises, coders' worksheet",
        version="",
        citation="D'Orazio, Vito (2013), International Military Cooperation: From Concepts to "
        "Constructs, dissertation, Pennsylvania State University",
        licence="not stated in the file; ask its author before passing it on",
        url="https://www.vitodorazio.com",
        unit="line",
        notes=tuple(notes),
    )
    return out, info


def _placed(table: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Give rows that name an exercise its dates; reject the others."""
    table = need(table, [], ledger)
    again = header_again(table["start date"], "start date")
    ledger.add_rows(table[again], "header repeated", ["start date"])
    table = reject_repeated(table[~again], [n for n in table.columns if n != "line"], ledger)
    table = table.reset_index(drop=True)
    for word, text, prefix in (("start", "start date", "s"), ("end", "enddate", "e")):
        table[word] = _dates(table, text, prefix)
        table[f"{word}_year"] = year_of(table[word])
    table = without_year(table, ledger, ["exercise name", "start date", "enddate"])
    return table.reset_index(drop=True)


def _number_column(table: pd.DataFrame) -> str | None:
    """Name of the column of numbers, which has no heading: the one before the name."""
    at = list(table.columns).index("exercise name")
    before = str(table.columns[at - 1])
    return before if re.fullmatch(r"\d+", before) else None


def _dates(table: pd.DataFrame, text: str, prefix: str) -> Array:
    parts = [f"{prefix}.{part}" for part in ("year", "month", "day")]
    dates = np.full(len(table), "", dtype=object)
    if set(parts) <= set(table.columns):
        dates = iso_dates(*(parts_of(table[part]) for part in parts))
    silent = dates == ""
    if silent.any():
        dates[silent] = dates_of(table.loc[silent, text])
    return dates


def _from_workbook(payload: Payload, notes: list[str]) -> tuple[pd.DataFrame, str]:
    """Read the sheet that has the header, whatever its name and wherever it stands."""
    for title, rows in _sheets(payload):
        for number, row in enumerate(rows[:_SEARCHED]):
            headings = [fold_heading("" if cell is None else cell) for cell in row]
            if fits_headings(headings, JME.headings):
                width = max(place for place, name in enumerate(headings) if name) + 1
                names: list[str] = []
                for place, name in enumerate(headings[:width]):
                    fresh = name and name not in names and name != "line"
                    names.append(name if fresh else f"{name}{place}")
                below = rows[number + 1 :]
                beyond = sum(any(cell not in (None, "") for cell in row[width:]) for row in below)
                if beyond:
                    notes.append(f"{beyond} lines have cells right of the last heading: not read")
                body = [[*row[:width], *[None] * (width - len(row))] for row in below]
                table = pd.DataFrame(body, columns=pd.Index(names), dtype=object)
                table = table.mask(table.isna() | (table == ""))
                table.insert(0, "line", np.arange(len(table)) + number + 2)
                return table, f"sheet {title!r}"
    raise wrong_file(payload, JME)


def _sheets(payload: Payload) -> Iterator[tuple[str, list[list[Any]]]]:
    """Sheets of a workbook as rows of cells; dates as ISO text."""
    if payload.kind == "xlsx":
        for sheet in payload.workbook().worksheets:
            with whole_sheet(payload, JME.reader, str(sheet.title)):
                found = rows_of_sheet(sheet, JME.reader, values_only=True)
                rows = [[_cell(cell) for cell in row] for row in found]
            yield str(sheet.title), rows
        return
    try:
        import xlrd
    except ImportError as problem:
        raise ExtraError("reading .xls workbooks", "io") from problem
    try:
        # Ragged: one cell far away would else fill a million others.
        book = xlrd.open_workbook(
            file_contents=payload.data, logfile=io.StringIO(), ragged_rows=True
        )
        whole = [
            (sheet.name, [[_old_cell(cell, book) for cell in row] for row in sheet.get_rows()])
            for sheet in book.sheets()
        ]
    except Exception as problem:  # xlrd raises many kinds on a broken file
        raise SourceError(
            f"expected a whole .xls workbook in {payload.name}: {clipped(repr(problem))}; "
            "download it again"
        ) from problem
    yield from whole


def _cell(value: Any) -> Any:
    return value.strftime("%Y-%m-%d") if hasattr(value, "strftime") else value


def _old_cell(cell: Any, book: Any) -> Any:
    """Value of a cell of an old workbook; types are 1 text, 2 number, 3 date, 4 truth, 5 error."""
    if cell.ctype == 3:
        import xlrd

        try:
            moment = xlrd.xldate.xldate_as_datetime(cell.value, book.datemode)
        except (ValueError, OverflowError, xlrd.xldate.XLDateError):
            return cell.value
        return str(moment.strftime("%Y-%m-%d"))
    if cell.ctype == 2 and float(cell.value).is_integer():
        return int(cell.value)
    return cell.value if cell.ctype in (1, 2, 4) else None
