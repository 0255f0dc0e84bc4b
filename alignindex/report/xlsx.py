"""A table as a workbook: real numbers, shown rounded by their number format."""

from __future__ import annotations

import importlib.util
import math
import re
import zipfile
from io import BytesIO
from typing import Any

from alignindex.base.errors import ExtraError
from alignindex.report.sheet import Cell, Sheet

__all__ = ["xlsx"]

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip file can hold
LONGEST = 32_767  # characters that a cell can hold
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # not allowed in XML
STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")


def xlsx(sheet: Sheet) -> bytes:
    r"""Write the sheets `scores` and `notes`; the same table gives the same bytes.

    Numbers keep 16 significant digits, as openpyxl writes them. Missing numbers are empty cells.
    Intervals take two more columns. Control characters, which a workbook cannot hold, are written
    as their escapes such as ``\x07``; a text that is too long for a cell ends in an ellipsis, and
    the notes say so.

    Raises
    ------
    ExtraError
        If openpyxl is not installed (extra ``io``).
    """
    if importlib.util.find_spec("openpyxl") is None:
        raise ExtraError("a workbook", "io")
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    page = book.active
    page.title = "scores"
    grouped = len(sheet.groups) > 1 or bool(sheet.groups[0][0])
    spread = any(cell.interval for _, _, cells in sheet.rows for cell in cells)
    texts = [*(["partner"] if grouped else []), *sheet.texts]
    numbers = [
        title
        for name in sheet.numbers
        for title in ([name, f"{name} low", f"{name} high"] if spread else [name])
    ]
    for column, title in enumerate([*texts, *numbers], start=1):
        _write(page.cell(1, column), title)
        page.cell(1, column).font = Font(bold=True)
        page.cell(1, column).alignment = Alignment(
            horizontal="left" if column <= len(texts) else "right"
        )
    for row, (title, labels, cells) in enumerate(sheet.rows, start=2):
        first = [title.removeprefix("with ")] if grouped else []
        for column, text in enumerate([*first, *labels], start=1):
            _write(page.cell(row, column), int(text) if _is_year(sheet, text) else text)
        values = [value for cell in cells for value in _values(cell, spread)]
        for column, (value, digits) in enumerate(values, start=len(texts) + 1):
            if value is not None and not math.isnan(value):
                place = page.cell(row, column)
                place.value = value
                place.number_format = f"0.{'0' * digits}" if digits else "0"
    page.freeze_panes = page.cell(2, len(texts) + 1)
    for column in range(1, len(texts) + 1):
        shown = [len(str(page.cell(row, column).value or "")) for row in range(1, page.max_row + 1)]
        page.column_dimensions[page.cell(1, column).column_letter].width = min(40, max(shown) + 2)
    notes = book.create_sheet("notes")
    told = [sheet.caption, *sheet.notes]
    every = [
        *told,
        *numbers,
        *(text for title, labels, _ in sheet.rows for text in (title, *labels)),
    ]
    if any(len(_clean(text)) > LONGEST for text in every):
        told.append(f"Texts of more than {LONGEST:,} characters end in an ellipsis.")
    for row, text in enumerate(told, start=1):
        _write(notes.cell(row, 1), text)
        notes.cell(row, 1).alignment = Alignment(wrap_text=True, vertical="top")
    notes.cell(1, 1).font = Font(bold=True)
    notes.column_dimensions["A"].width = 100
    raw = BytesIO()
    book.save(raw)
    return _timeless(raw.getvalue())


def _values(cell: Cell, spread: bool) -> list[tuple[float | None, int]]:
    found: list[tuple[float | None, int]] = [(cell.value, cell.digits)]
    return [*found, (cell.low, cell.digits), (cell.high, cell.digits)] if spread else found


def _is_year(sheet: Sheet, text: str) -> bool:
    return "year" in sheet.texts and text.isdecimal() and text.isascii()


def _clean(text: str) -> str:
    return CONTROL.sub(lambda sign: ascii(sign[0])[1:-1], text)


def _write(place: Any, value: object) -> None:
    if not isinstance(value, str):
        place.value = value
        return
    text = _clean(value)
    place.value = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    place.data_type = "s"  # also if it begins with =, which would make it a formula


def _timeless(raw: bytes) -> bytes:
    """Return a workbook without the time at which it was written."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(raw)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = STAMP.sub(rb"\g<1>1980-01-01T00:00:00Z\g<2>", content)
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, content)
    return out.getvalue()
