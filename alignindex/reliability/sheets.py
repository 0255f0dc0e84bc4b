"""Codebooks and coding sheets as CSV files (UTF-8, LF), read back as they were written."""

from __future__ import annotations

import csv
import datetime
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from alignindex.base.arguments import check_type
from alignindex.base.errors import ReliabilityError, closest, first_three
from alignindex.base.files import write_file
from alignindex.reliability.codebook import (
    COLUMNS,
    Codebook,
    CodedUnit,
    CodingSheet,
    Level,
    MissingReason,
)

__all__ = ["read_codebook", "read_codings", "write_codebook", "write_codings"]

T = TypeVar("T")
BOOK = ("codebook", "question", "level", "code", "anchor")


def write_codebook(book: Codebook, path: str | Path, *, force: bool = False) -> Path:
    """Write a codebook: one row per level, in order.

    Parameters
    ----------
    book : Codebook
    path : path
    force : bool
        Replace a file that exists.

    Raises
    ------
    OutputError
        If the file exists and `force` is not set, or it cannot be written.
    """
    check_type(book, Codebook, "book", "a Codebook")
    rows = [
        [book.name, book.question, level.name, _number(level.code), level.anchor]
        for level in book.levels
    ]
    return write_file(_path(path), _csv(BOOK, rows), force=force)


def read_codebook(path: str | Path) -> Codebook:
    """Read a codebook that :func:`write_codebook` wrote, or a table with its columns.

    The columns are `codebook`, `question`, `level`, `code` (may be empty), `anchor`.

    Raises
    ------
    ReliabilityError
        If the file cannot be read or breaks the format; the message names line and column.
    """
    path = _path(path)
    header, lines = _lines(path)
    _columns(path, header, BOOK)
    found = [(line, dict(zip(header, cells, strict=True))) for line, cells in lines]
    heads = {(cells["codebook"], cells["question"]) for _, cells in found}
    if len(heads) != 1:
        raise ReliabilityError(
            f"{path} must hold one codebook: the same codebook and question in every row; got "
            f"{len(heads)}: {first_three(sorted(heads))}. Keep one file for each"
        )
    name, question = heads.pop()
    levels = _each(
        path,
        found,
        lambda cells: Level(
            name=cells["level"], code=_float(cells["code"], "code"), anchor=cells["anchor"]
        ),
    )
    return _build(path, lambda: Codebook(name=name, question=question, levels=tuple(levels)))


def write_codings(sheet: CodingSheet, path: str | Path, *, force: bool = False) -> Path:
    """Write what was coded: one row per unit and coder. The codebook goes to a file of its own.

    Raises
    ------
    OutputError
        If the file exists and `force` is not set, or it cannot be written.
    """
    check_type(sheet, CodingSheet, "sheet", "a CodingSheet")
    rows = [
        [
            *row.unit,
            row.coder,
            row.value or "",
            str(row.missing or ""),
            row.source,
            row.date.isoformat() if row.date else "",
            _number(row.confidence),
            row.note,
        ]
        for row in sheet.rows
    ]
    return write_file(_path(path), _csv((*sheet.unit, *COLUMNS), rows), force=force)


def read_codings(path: str | Path, codebook: Codebook) -> CodingSheet:
    """Read what was coded: columns of the unit, then those that say how it was coded.

    The latter are `coder`, `value` (a level), `missing` (unknown, not_applicable, not_coded or
    contested, where there is no value), `source`, `date` (YYYY-MM-DD), `confidence`, `note`; every
    other column is a part of the unit. An empty cell has no value. Nothing is guessed: a row with
    neither value nor reason is an error.

    Raises
    ------
    ReliabilityError
        If the file cannot be read or breaks the format; the message names line and column.
    """
    check_type(codebook, Codebook, "codebook", "a Codebook")
    path = _path(path)
    header, lines = _lines(path)
    unit = tuple(name for name in header if name not in COLUMNS)
    _columns(path, header, (*unit, *COLUMNS))
    if not unit:
        raise ReliabilityError(
            f"{path} needs a column that names the unit, besides {list(COLUMNS)}"
        )
    found = [(line, dict(zip(header, cells, strict=True))) for line, cells in lines]
    rows = _each(path, found, lambda cells: _coded(cells, unit))
    return _build(path, lambda: CodingSheet(codebook=codebook, unit=unit, rows=tuple(rows)))


def _coded(cells: dict[str, str], unit: tuple[str, ...]) -> CodedUnit:
    reason = cells["missing"] or None
    if reason is not None and reason not in set(MissingReason):
        raise ValueError(
            f"missing must be one of {', '.join(MissingReason)}; got {reason!r}"
            f"{closest(reason, map(str, MissingReason))}"
        )
    try:
        date = datetime.date.fromisoformat(cells["date"]) if cells["date"] else None
    except ValueError:
        raise ValueError(f"date must be YYYY-MM-DD; got {cells['date']!r}") from None
    return CodedUnit(
        unit=tuple(cells[part] for part in unit),
        coder=cells["coder"],
        value=cells["value"] or None,
        missing=None if reason is None else MissingReason(reason),
        source=cells["source"],
        date=date,
        confidence=_float(cells["confidence"], "confidence"),
        note=cells["note"],
    )


def _csv(header: tuple[str, ...], rows: list[list[str]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _path(path: Any) -> Path:
    if not isinstance(path, str | os.PathLike):
        raise ReliabilityError(f"path must be the name of a CSV file; got {path!r}")
    return Path(path)


def _number(value: float | None) -> str:
    return "" if value is None else repr(value)


def _float(text: str, column: str) -> float | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{column} must be a number in [0, 1] or empty; got {text!r}") from None


def _lines(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Header, and each record with the number of its last line."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReliabilityError(
            f"{path} must be UTF-8; byte {error.start + 1} is not. Save it as CSV UTF-8"
        ) from None
    except OSError as error:
        raise ReliabilityError(f"{path} cannot be read: {error.strerror}") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)

    def records() -> Iterator[tuple[int, list[str]]]:
        try:
            for cells in reader:
                if cells:
                    yield reader.line_num, cells
        except csv.Error as error:
            raise ReliabilityError(f"{path}, line {reader.line_num}, is not CSV: {error}") from None

    every = list(records())
    if len(every) < 2:
        raise ReliabilityError(f"{path} must have a header and at least one row; it is empty")
    header = every[0][1]
    ragged = [(line, len(cells)) for line, cells in every[1:] if len(cells) != len(header)]
    if ragged:
        shown = first_three(f"line {line} has {width}" for line, width in ragged)
        raise ReliabilityError(
            f"{path}: every row must have {len(header)} cells as the header has; {shown}. Quote "
            "cells that hold commas"
        )
    return header, every[1:]


def _columns(path: Path, header: list[str], wanted: tuple[str, ...]) -> None:
    lacking = [name for name in wanted if name not in header]
    more = [name for name in header if name not in wanted]
    if lacking or more or len(set(header)) < len(header) or "" in header:
        raise ReliabilityError(
            f"{path} must have each of the columns {list(wanted)} once, named; it lacks {lacking}, "
            f"and its header is {header}"
        )


def _each(
    path: Path,
    rows: list[tuple[int, dict[str, str]]],
    build: Callable[[dict[str, str]], T],
) -> list[T]:
    out, wrong = [], []
    for line, cells in rows:
        try:
            out.append(build(cells))
        except ValidationError as error:
            wrong.append(f"line {line}: {_said(error)}")
        except ValueError as error:
            wrong.append(f"line {line}: {error}")
    if wrong:
        raise ReliabilityError(f"{path} has {len(wrong)} wrong rows: {first_three(wrong)}")
    return out


def _build(path: Path, build: Callable[[], T]) -> T:
    try:
        return build()
    except ValidationError as error:
        raise ReliabilityError(f"{path}: {_said(error)}") from None


def _said(error: ValidationError) -> str:
    """Return the first complaints, each with its field and what came."""

    def one(item: Any) -> str:
        where = ".".join(map(str, item["loc"]))
        said = item["msg"].removeprefix("Value error, ")
        return f"{where}: {said}; got {item['input']!r}" if where else said

    return ", ".join(one(item) for item in error.errors()[:3])
