"""The records of a delimited text: which are whole, which are broken, and where each begins.

Every reader of text uses this one engine. pandas parses; it fills short records up and shifts
some long ones without a word, so `survey` finds the whole records first and hands only these on.
The work is done on arrays of positions. Python looks at single records only where the separators
or quotes of a record do not add up, so one broken record costs one look, not a slow pass over the
file.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from alignindex.base.typing import Bools, Ints

_CHUNK = 1 << 20  # bytes that the processor's cache holds
_NEWLINE, _QUOTE = ord("\n"), ord('"')
LONGEST = 50  # lines of one record: a stray quote cannot swallow more


class Broken(NamedTuple):
    """A record with too few or too many fields: its line (from 0), its fields, its text."""

    line: int
    fields: int
    text: str


class Records(NamedTuple):
    """The whole records of a text, ready for pandas' parser, and the broken ones.

    ``data`` holds whole records alone from ``start`` on; record i begins in line ``lines[i]`` of
    the text (from 0). ``joined`` counts records that came in pieces, ``stray`` lists lines with a
    quote that opens a field and is not closed at its end; it is read as text.
    """

    data: bytes
    start: int
    lines: Ints
    broken: list[Broken]
    joined: int = 0
    stray: tuple[int, ...] = ()


def survey(
    data: bytes,
    start: int,
    separator: str,
    fields: int,
    *,
    literal: bool = False,
    pieces: int = 1,
) -> Records:
    """Find the records below a position that have all their fields, and those that do not.

    A quote at the beginning of a field protects separators and line ends up to the closing one;
    any other quote is text.

    Parameters
    ----------
    data, start : bytes, int
        UTF-8 text with LF line ends, and the position at which its first record begins.
    separator, fields : str, int
        The separator, and the number of fields of a whole record.
    literal : bool, optional
        Whether a line that has all its separators is a record as it stands, quotes being text.
    pieces : int, optional
        How many lines a record may be broken into; the pieces are joined by a blank.
    """
    ends, counts, odd = _lines(data, start, separator, fields, literal)
    rows = np.flatnonzero(odd)
    if not rows.size:
        return Records(data, start, _line_numbers(data, start, ends), [])
    starts = np.append(start, ends[:-1] + 1)
    look = _Look(data, starts, ends, counts, separator.encode(), fields, literal, pieces)
    keep = np.ones(ends.size, dtype=bool)
    view = memoryview(data)  # slices of it are not copied
    parts: list[bytes | memoryview] = []
    broken: list[Broken] = []
    stray: list[int] = []
    joined, done = 0, 0
    for at in rows.tolist():
        if at < done:
            continue
        parts.append(view[starts[done] : starts[at]] if at > done else b"")
        record, lines, kind = look.at(at)
        done = at + lines
        keep[at + (record is not None) : done] = False
        joined += kind == "joined"
        if kind == "stray":
            stray.append(at)
        if record is None:
            text = data[starts[at] : ends[at]].decode()
            broken.append(Broken(at, int(counts[at]) + 1, text))
        else:
            parts += [record, b"\n"]
    parts.append(view[starts[done] :] if done < ends.size else b"")
    return Records(b"".join(parts), 0, np.flatnonzero(keep), broken, joined, tuple(stray))


class _Look(NamedTuple):
    """Looks at single records whose separators or quotes do not add up."""

    data: bytes
    starts: Ints
    ends: Ints
    counts: Ints
    separator: bytes
    fields: int
    literal: bool
    pieces: int

    def at(self, line: int) -> tuple[bytes | None, int, str]:
        """Return the record that begins in a line (None if it is broken), its lines, its kind."""
        text = self.data[self.starts[line] : self.ends[line]]
        if self.literal and self.counts[line] == self.fields - 1:
            return self.separator.join(map(_escaped, text.split(self.separator))), 1, "literal"
        if b'"' in text:
            last = int(self.ends[min(line + LONGEST, self.ends.size) - 1])
            cells, stop, stray = split_record(
                self.data, int(self.starts[line]), last, self.separator
            )
            lines = int(np.searchsorted(self.ends, stop)) - line + 1
            if len(cells) == self.fields:
                return self.separator.join(cells), lines, "stray" if stray else "quoted"
            if not self.literal:
                return None, 1, "broken"
        return self._joined(line, text)

    def _joined(self, line: int, record: bytes) -> tuple[bytes | None, int, str]:
        """Join a record with the lines after it while they are too short to be records."""
        used, wanted = 1, self.fields - 1
        while (
            record.count(self.separator) < wanted
            and used < self.pieces
            and line + used < self.ends.size
            and record.strip()
            and 0 < self.counts[line + used] < wanted
        ):
            record += b" " + self.data[self.starts[line + used] : self.ends[line + used]]
            used += 1
        if used == 1 or record.count(self.separator) != wanted:
            return None, 1, "broken"
        return self.separator.join(map(_escaped, record.split(self.separator))), used, "joined"


@cache
def _quoted_field(separator: bytes) -> re.Pattern[bytes]:
    """Match a quoted field, with what stands between its closing quote and the separator.

    One that runs over lines must close at the end of a field: text after the quote shows that
    two stray quotes met.
    """
    mark = re.escape(separator)
    one_line = rb'"(?:[^"\n]++|"")*+"([^%b\n]*+)' % mark
    return re.compile(one_line + rb'|"(?:[^"]++|"")*+"(?=[%b\n]|\Z)' % mark)


def split_record(
    data: bytes, at: int, last: int, separator: bytes
) -> tuple[list[bytes], int, bool]:
    """Split the record that begins at a position and ends at ``last`` or at a line end before.

    Returns
    -------
    fields : list of bytes
        As they stand; one with a quote that is never closed is escaped, so that it is text.
    stop, stray : int, bool
        Where the record ends, and whether a quote that opens a field is not closed at its end.
    """
    quoted = _quoted_field(separator)
    fields: list[bytes] = []
    stray = False
    while True:
        found = quoted.match(data, at, last) if data[at : at + 1] == b'"' else None
        if found:
            field, at = found.group(), found.end()
            stray |= bool(found[1])
        else:
            newline = data.find(b"\n", at, last)
            stop = data.find(separator, at, newline if newline >= 0 else last)
            begin, at = at, stop if stop >= 0 else newline if newline >= 0 else last
            field = _escaped(data[begin:at])
            stray |= field[:1] == b'"'
        fields.append(field)
        if at >= last or data[at] == _NEWLINE:
            return fields, at, stray
        at += 1


def _escaped(field: bytes) -> bytes:
    """Write a field so that a quote at its beginning is text."""
    return b'"%b"' % field.replace(b'"', b'""') if field[:1] == b'"' else field


def _lines(
    data: bytes, start: int, separator: str, fields: int, literal: bool
) -> tuple[Ints, Ints, Bools]:
    """Return where each line ends, its separators outside quotes, and which need a look.

    A quoted field may run over line ends: then a "line" is a whole record, provided that every
    quote of the text opens or closes a field and every record has its fields.
    """
    wanted = fields - 1
    if data.find(b'"', start) < 0:
        ends, counts = _ends(data, start, separator, np.empty(0, dtype=np.int64))
        return ends, counts, counts != wanted
    quotes, opens, closes = _quotes(data, start, separator)
    none = quotes[:0]
    if not literal and quotes.size % 2 == 0 and opens[::2].all() and closes[1::2].all():
        ends, counts = _ends(data, start, separator, quotes)
        odd = counts != wanted
        lines = _count_lines(data, start)
        if ends.size == lines or not (odd.any() or _longest(data, start, ends) > LONGEST):
            return ends, counts, odd
    if literal:
        ends, counts = _ends(data, start, separator, none)
        odd = counts != wanted
        odd[np.searchsorted(ends, quotes[opens])] = True
        return ends, counts, odd
    letters = np.frombuffer(data, dtype=np.uint8)
    ends = _places(letters, start, _NEWLINE)
    if letters.size > start and letters[-1] != _NEWLINE:
        ends = np.append(ends, letters.size)
    line = np.searchsorted(ends, quotes)
    rank = np.arange(quotes.size) - np.searchsorted(line, line)
    odd = np.bincount(line, minlength=ends.size) % 2 == 1
    odd[line[~np.where(rank % 2 == 0, opens, closes)]] = True
    ends, counts = _ends(data, start, separator, quotes[~odd[line]])
    return ends, counts, odd | (counts != wanted)


def _quotes(data: bytes, start: int, separator: str) -> tuple[Ints, Bools, Bools]:
    """Places of the quotes, and whether each can open, and can close, a field.

    A quote opens a field at its beginning, and closes one at its end; of a doubled quote within
    a field the first counts as closing and the second as opening.
    """
    letters = np.frombuffer(data, dtype=np.uint8)
    quotes = _places(letters, start, _QUOTE)
    before = np.where(quotes > start, letters[quotes - 1], _NEWLINE)
    after = np.where(
        quotes + 1 < letters.size, letters[np.minimum(quotes + 1, letters.size - 1)], _NEWLINE
    )
    doubled = np.append(np.diff(quotes) == 1, False)
    opens = (before == ord(separator)) | (before == _NEWLINE)
    opens |= np.append(False, doubled[:-1])
    closes = (after == ord(separator)) | (after == _NEWLINE) | doubled
    return quotes, opens, closes


def _places(letters: NDArray[np.uint8], start: int, letter: int) -> Ints:
    """Places of one byte from a position on."""
    found = [
        np.flatnonzero(letters[at : at + _CHUNK] == letter) + at
        for at in range(start, letters.size, _CHUNK)
    ]
    return np.concatenate([np.empty(0, dtype=np.int64), *found])


def _ends(data: bytes, start: int, separator: str, spans: Ints) -> tuple[Ints, Ints]:
    """Places of the line ends outside quoted spans, and the separators of each line.

    ``spans`` are the places of the quotes that open and close fields, by turns.
    """
    letters = np.frombuffer(data, dtype=np.uint8)
    ends: list[Ints] = [np.empty(0, dtype=np.int64)]
    places: list[Ints] = [np.array([-1])]
    seen = 0
    for at in range(start, letters.size, _CHUNK):
        piece = letters[at : at + _CHUNK]
        marks = np.flatnonzero((piece == ord(separator)) | (piece == _NEWLINE))
        first, last = np.searchsorted(spans, [at, at + piece.size])
        if first < last or first % 2:
            after = np.searchsorted(marks, spans[first:last] - at)
            passed = first + np.cumsum(np.bincount(after, minlength=marks.size + 1))
            marks = marks[passed[: marks.size] % 2 == 0]
        closing = np.flatnonzero(piece[marks] == _NEWLINE)
        ends.append(marks[closing] + at)
        places.append(closing + seen)
        seen += marks.size
    if start < letters.size and letters[-1] != _NEWLINE:
        ends.append(np.array([letters.size]))
        places.append(np.array([seen]))
    counts: Ints = np.diff(np.concatenate(places)) - 1  # type: ignore[assignment]
    return np.concatenate(ends), counts


def _line_numbers(data: bytes, start: int, ends: Ints) -> Ints:
    """Line at which each record begins, from 0; a quoted field may run over lines."""
    if data.find(b'"', start) < 0 or _count_lines(data, start) <= ends.size:
        return np.arange(ends.size)
    newlines = _places(np.frombuffer(data, dtype=np.uint8), start, _NEWLINE)
    return np.searchsorted(newlines, np.append(start, ends[:-1] + 1))


def _longest(data: bytes, start: int, ends: Ints) -> int:
    """Lines of the longest record, but for the last."""
    return int(np.diff(_line_numbers(data, start, ends)).max(initial=1))


def adds_up(data: bytes, start: int, separator: str, fields: int) -> bool:
    """Say whether the separators below a position are as many as whole records need.

    Quotes do not count: it is a test of text without them.
    """
    lines = _count_lines(data, start)
    return count_of(data, separator.encode(), start) == lines * (fields - 1)


def _count_lines(data: bytes, start: int) -> int:
    return count_of(data, b"\n", start) + (start < len(data) and not data.endswith(b"\n"))


def with_unix_ends(data: bytes) -> bytes:
    """Write every line end as LF; bytes that are right as they are are not copied."""
    if b"\r" not in data:
        return data
    letters = np.frombuffer(data, dtype=np.uint8)
    after = np.flatnonzero(letters == ord("\r")) + 1
    if after[-1] < letters.size and (letters[after] == _NEWLINE).all():
        return data.translate(None, b"\r")  # twice as fast as to replace every pair
    data = data.replace(b"\r\n", b"\n")
    return data if b"\n" in data else data.replace(b"\r", b"\n")


def count_of(data: bytes, letter: bytes, start: int = 0) -> int:
    """Count one byte from a position on: several times faster than ``bytes.count``."""
    letters = np.frombuffer(data, dtype=np.uint8)
    return sum(
        int(np.count_nonzero(letters[at : at + _CHUNK] == letter[0]))
        for at in range(start, letters.size, _CHUNK)
    )
