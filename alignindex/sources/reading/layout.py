"""Knowing a source by its content: the headings of its layout, and which reader fits it."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alignindex import states
from alignindex.base.errors import SourceError
from alignindex.sources.reading.payload import Payload, Source, read_payload

# One line for each family; each declares SIGNATURES, so that a reader that gets a file of another
# family can say which reader fits.
FAMILIES = ("sipri", "unga", "cow", "atop", "exercises", "troops")
_SEARCHED = 200  # lines in which a header is looked for
_HEAD = 1 << 18  # bytes in which it is
_SEPARATORS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Signature:
    """How a layout is known: the headings that one line must hold, or the sheets of a workbook.

    Each group of ``headings`` lists spellings of one column, folded by `fold_heading`;
    ``pattern`` is a regular expression for the header line of a layout whose headings are years.
    ``advice`` is for a layout that no reader takes: what the file is, and what to do instead.
    """

    reader: str
    headings: tuple[tuple[str, ...], ...] = ()
    sheets: tuple[str, ...] = ()
    pattern: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Header:
    """The header found in a text: its line (from 0), separator and folded headings.

    ``tail`` holds other separators that a spreadsheet has put behind the last heading.
    """

    line: int
    separator: str
    headings: tuple[str, ...]
    quoted: bool
    tail: str = ""

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
    """Say whether each group has a spelling among the headings; ``*`` ends a beginning."""
    present = set(headings)

    def holds(spelling: str) -> bool:
        if spelling.endswith("*"):
            return any(name.startswith(spelling[:-1]) for name in present)
        return spelling in present

    return bool(groups) and all(any(map(holds, group)) for group in groups)


def split_fields(record: str, separator: str) -> list[str]:
    r"""Split one record; a quote that opens a field protects separators, any other is text.

    Examples
    --------
    >>> split_fields('a,"b, c",d "e"', ",")
    ['a', 'b, c', 'd "e"']
    """
    if '"' not in record:
        return record.split(separator)
    fields: list[str] = []
    pieces = iter(record.split(separator))
    for piece in pieces:
        if piece.startswith('"'):
            whole = piece
            while not _closed(whole):
                following = next(pieces, None)
                if following is None:
                    break
                whole = f"{whole}{separator}{following}"
            piece = whole[1:-1].replace('""', '"') if _closed(whole) else whole
        fields.append(piece)
    return fields


def _closed(text: str) -> bool:
    return len(text) > 1 and text.endswith('"') and text.count('"') % 2 == 0


def search_header(lines: Sequence[str], signature: Signature) -> Header | None:
    """Find the first line that holds every heading, whatever stands before it and between."""
    for number, line in enumerate(lines[:_SEARCHED]):
        if signature.pattern and not re.match(signature.pattern, line, re.IGNORECASE):
            continue
        for separator in sorted(_SEPARATORS, key=line.count, reverse=True):
            if separator in line:
                bare = line.rstrip("".join(mark for mark in _SEPARATORS if mark != separator))
                headings = tuple(fold_heading(cell) for cell in split_fields(bare, separator))
                if signature.pattern or fits_headings(headings, signature.headings):
                    return Header(number, separator, headings, '"' in line, line[len(bare) :])
    return None


def find_header(payload: Payload, *signatures: Signature) -> Header:
    """Find the header of one of some layouts, or say what the file is instead.

    Separators of another kind at the ends of lines (``;;;`` in a file with commas, as
    spreadsheets leave them) are taken off, and so are quotes around whole lines.

    Raises
    ------
    SourceError
        If no line within the first 200 holds every heading of the signature.
    """
    header = _first_header(payload.head(), signatures)
    if header is None:
        bare = _without_line_quotes(payload.utf8)
        header = _first_header(bare[:_HEAD].decode("utf-8", "ignore").split("\n"), signatures)
        if header is None:
            raise wrong_file(payload, signatures[0])
        payload.recode(bare)
    if header.tail:
        marks = re.escape("".join(set(header.tail))).encode()
        payload.recode(re.sub(rb"[%b]+(?=\n|\Z)" % marks, b"", payload.utf8))
    return header


def _first_header(lines: Sequence[str], signatures: Sequence[Signature]) -> Header | None:
    found = (search_header(lines, signature) for signature in signatures)
    return next((header for header in found if header is not None), None)


def _without_line_quotes(text: bytes) -> bytes:
    """Take off the quotes of lines that are one quoted field, and the separators behind them."""
    quoted = re.compile(rb'^"((?:[^"\n]|"")*+)"[,;\t|]*+$', re.MULTILINE)
    return quoted.sub(lambda line: line[1].replace(b'""', b'"'), text)


def _recognised(payload: Payload) -> list[Signature]:
    """Layouts that the source has; those that a reader takes come first."""
    fitting: list[Signature] = []
    if payload.kind == "text":
        lines = payload.head()
    for family in FAMILIES:
        try:
            module = importlib.import_module(f"alignindex.sources.{family}")
        except ModuleNotFoundError:
            continue
        for signature in (*module.SIGNATURES, *getattr(module, "UNREAD", ())):
            if payload.kind == "text":
                fits = search_header(lines, signature) is not None
            elif payload.kind in ("parquet", "stata"):
                fits = fits_headings(map(fold_heading, payload.columns()), signature.headings)
            else:
                sheets = " | ".join(payload.sheets()).casefold()
                fits = bool(signature.sheets) and all(s in sheets for s in signature.sheets)
            if fits:
                fitting.append(signature)
    return sorted(fitting, key=lambda signature: bool(signature.advice))


def wrong_file(payload: Payload, signature: Signature) -> SourceError:
    """Say that a source is not what the reader expects, and which reader fits it."""
    wanted = ", ".join(
        [repr(group[0].rstrip("*")) for group in signature.headings]
        + [f"a sheet {name!r}" for name in signature.sheets]
        + ["one column for each year"] * bool(signature.pattern)
    )
    found = [o for o in _recognised(payload) if o.advice or o.reader != signature.reader]
    readers = list(dict.fromkeys(other.reader for other in found if not other.advice))
    if readers:
        advice = f"it looks like a file for sources.{' or sources.'.join(readers)}: use that"
    elif found:
        advice = found[0].advice
    else:
        advice = _wide_votes(payload) or "give the file as it was downloaded"
    return SourceError(
        f"{signature.reader} expected in {payload.name} a header with {wanted}; "
        f"found {payload.beginning()}; {advice}"
    )


def _wide_votes(payload: Payload) -> str:
    """Advice on a table of roll calls with one column for each state, if the file is one."""
    if payload.kind in ("parquet", "stata"):
        headings = payload.columns()
    elif payload.kind != "text":
        return ""
    else:
        line = max(payload.head()[:_SEARCHED], key=lambda text: text.count(","), default="")
        headings = max((split_fields(line, mark) for mark in _SEPARATORS), key=len)
    known = states.resolve(headings, unknown="missing").notna().to_numpy()
    if known.sum() < max(10, 0.5 * len(headings)):
        return ""
    others = [
        name.strip('" ') for name, is_state in zip(headings, known, strict=True) if not is_state
    ]
    return (
        "it is wide, with one column for each state; make it long and give it to "
        f"sources.unga.read_voeten: table.melt(id_vars={others[:3]}, var_name='state', "
        "value_name='vote'), with the column of roll calls named rcid, saved as CSV"
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
    if payload.kind not in accepts:
        if payload.kind == "xls":
            payload.workbook()
        raise wrong_file(payload, signature)
    return payload
