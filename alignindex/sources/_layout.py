"""Knowing a source by its content: the headings of its layout, and which reader fits it."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alignindex.errors import SourceError
from alignindex.sources._open import Payload, Source, read_payload

# One line for each family; each declares SIGNATURES, so that a reader that gets a file of another
# family can say which reader fits.
FAMILIES = ("sipri", "unga", "cow", "atop", "exercises", "troops")
_SEARCHED = 200  # lines in which a header is looked for
_SEPARATORS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Signature:
    """How a layout is known: the headings that one line must hold, or the sheets of a workbook.

    Each group of ``headings`` lists spellings of one column, folded by `fold_heading`.
    """

    reader: str
    headings: tuple[tuple[str, ...], ...] = ()
    sheets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """The header found in a text: its line (from 0), separator and folded headings."""

    line: int
    separator: str
    headings: tuple[str, ...]
    quoted: bool

    def column(self, *spellings: str) -> int | None:
        """Position of the first heading with one of the spellings, or None."""
        for spelling in spellings:
            if spelling in self.headings:
                return self.headings.index(spelling)
        return None


def fold_heading(text: object) -> str:
    """Fold a heading: case, blanks, quotes and line breaks do not count.

    Examples
    --------
    >>> fold_heading(' "Year of  order" ')
    'year of order'
    """
    return " ".join(str(text).replace('"', " ").split()).casefold()


def fits_headings(headings: Iterable[str], groups: tuple[tuple[str, ...], ...]) -> bool:
    present = set(headings)
    return bool(groups) and all(present.intersection(group) for group in groups)


def search_header(lines: Sequence[str], groups: tuple[tuple[str, ...], ...]) -> Header | None:
    """Find the first line that holds every heading, whatever stands before it and between."""
    for number, line in enumerate(lines[:_SEARCHED]):
        for separator in _SEPARATORS:
            if separator in line:
                headings = tuple(fold_heading(cell) for cell in line.split(separator))
                if fits_headings(headings, groups):
                    return Header(number, separator, headings, '"' in line)
    return None


def find_header(payload: Payload, lines: Sequence[str], signature: Signature) -> Header:
    """Find the header of a layout, or say what the file is instead.

    Raises
    ------
    SourceError
        If no line within the first 200 holds every heading of the signature.
    """
    header = search_header(lines, signature.headings)
    if header is None:
        raise wrong_file(payload, signature)
    return header


def _recognised(payload: Payload) -> list[str]:
    """Readers whose layout the source has."""
    fitting: list[str] = []
    if payload.kind == "text":
        lines = payload.text.splitlines()[:_SEARCHED]
    for family in FAMILIES:
        try:
            module = importlib.import_module(f"alignindex.sources.{family}")
        except ModuleNotFoundError:
            continue
        for signature in module.SIGNATURES:
            if payload.kind == "text":
                fits = search_header(lines, signature.headings) is not None
            elif payload.kind == "parquet":
                fits = fits_headings(map(fold_heading, payload.columns()), signature.headings)
            else:
                sheets = " | ".join(payload.sheets()).casefold()
                fits = bool(signature.sheets) and all(s in sheets for s in signature.sheets)
            if fits:
                fitting.append(signature.reader)
    return list(dict.fromkeys(fitting))


def wrong_file(payload: Payload, signature: Signature) -> SourceError:
    """Say that a source is not what the reader expects, and which reader fits it."""
    wanted = ", ".join(repr(group[0]) for group in signature.headings) or ", ".join(
        f"a sheet {name!r}" for name in signature.sheets
    )
    others = [reader for reader in _recognised(payload) if reader != signature.reader]
    if others:
        mend = f"it looks like a file for sources.{' or sources.'.join(others)}: use that"
    else:
        mend = "give the file as it was downloaded"
    start = payload.beginning()
    return SourceError(
        f"{signature.reader} expected in {payload.name} a header with {wanted}; "
        f"found {start}; {mend}"
    )


def open_source(
    source: Source, signature: Signature, *, accepts: tuple[str, ...] = ("text",)
) -> Payload:
    """Open a source for a reader and refuse a kind of file that it does not take.

    Raises
    ------
    SourceError
        As `read_payload`, and if the file is of another kind than ``accepts``.
    """
    payload = read_payload(source, signature.reader)
    if payload.kind == "xls" and "xls" not in accepts:
        payload.workbook()
    if payload.kind not in accepts:
        raise wrong_file(payload, signature)
    return payload
