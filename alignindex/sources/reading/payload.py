"""Opening a source: path or open file, bare or compressed, text, workbook or parquet."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import os
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from alignindex.base.errors import ExtraError, SourceError, first_three
from alignindex.sources.reading.delimiters import with_unix_ends
from alignindex.sources.reading.kinds import kind_of, unread_kind

Source = str | os.PathLike[str] | IO[bytes]

# A published file of this kind has at most some hundred megabytes; a forged archive may claim
# any size.
LARGEST = 2 * 1024**3
LONGEST_SHEET = 100_000  # rows
_CHUNK = 1 << 20
# A workbook's parts are read into memory whole, several times their size.
LARGEST_PART, LARGEST_BOOK = 128 * 1024**2, 512 * 1024**2


@dataclass
class Payload:
    """The content of a source: ``raw`` as it came, ``data`` unpacked, ``kind`` by its first bytes.

    ``kind`` is ``"text"``, ``"xlsx"``, ``"xls"``, ``"parquet"`` or ``"stata"``; ``headings`` are
    those of its table, folded, once they are found.
    """

    name: str
    raw: bytes
    data: bytes
    kind: str
    encoding: str = ""
    headings: tuple[str, ...] = ()

    @cached_property
    def text(self) -> str:
        """The text, with LF line ends and without a byte-order mark."""
        return self.utf8.decode()

    @cached_property
    def utf8(self) -> bytes:
        """The text as UTF-8, with LF line ends and without a byte-order mark.

        Its encoding is UTF-8 where the bytes are valid UTF-8 and UTF-16 where a mark says so, else
        Windows-1252 (the printable characters of ISO-8859-1 are the same there). Bytes that are
        right as they are are not copied.
        """
        data = self._recoded()
        if b"\x00" in data:
            raise SourceError(
                f"expected text in {self.name}, found binary content; give the file as downloaded"
            )
        return with_unix_ends(data)

    def _recoded(self) -> bytes:
        if self.data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            self.encoding = "utf-16"
            try:
                return self.data.decode("utf-16").encode()
            except UnicodeDecodeError as problem:
                raise SourceError(
                    f"expected whole UTF-16 text in {self.name}: {problem}; download it again"
                ) from problem
        data = self.data.removeprefix(codecs.BOM_UTF8)
        if data.isascii():
            self.encoding = "ascii"
            return data
        try:
            data.decode()
            self.encoding = "utf-8"
            return data
        except UnicodeDecodeError:
            pass
        try:
            text = data.decode("cp1252")
            self.encoding = "cp1252"
        except UnicodeDecodeError:
            text = data.decode("latin-1")
            self.encoding = "latin-1"
        return text.encode()

    def recode(self, text: bytes) -> None:
        """Put other text in the place of the file's, such as that without padding."""
        self.__dict__["utf8"] = text
        self.__dict__.pop("text", None)

    def head(self, size: int = 1 << 18) -> list[str]:
        """Lines at the beginning of the text."""
        return self.utf8[:size].decode("utf-8", "ignore").split("\n")

    def offset(self, line: int) -> int:
        """Position in ``utf8`` at which the text below a line (numbered from 0) begins."""
        at = 0
        for _ in range(line + 1):
            at = self.utf8.find(b"\n", at) + 1
            if not at:
                return len(self.utf8)
        return at

    def columns(self) -> list[str]:
        """Column names of a parquet or Stata file."""
        return [str(name) for name in self.table.columns]

    @cached_property
    def table(self) -> pd.DataFrame:
        """Table of a parquet or Stata file; a named index becomes columns."""
        if self.kind == "stata":
            return self._stata()
        try:
            table = pd.read_parquet(io.BytesIO(self.data))
        except ImportError as problem:
            raise ExtraError("reading parquet", "io") from problem
        except Exception as problem:  # pyarrow raises many kinds on a broken file
            raise SourceError(
                f"expected a whole parquet file in {self.name}: {clipped(str(problem))}; "
                "download it again"
            ) from problem
        return table.reset_index() if table.index.names != [None] else table

    def _stata(self) -> pd.DataFrame:
        """Table of a Stata file, with values and not their labels; empty texts are missing."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # on encodings and labels of old files
                table: pd.DataFrame = pd.read_stata(
                    io.BytesIO(self.data), convert_categoricals=False, convert_missing=False
                )
        except Exception as problem:  # pandas raises many kinds on a broken file
            raise SourceError(
                f"expected a whole Stata file in {self.name}: {clipped(str(problem))}; download "
                "it again, or save it as CSV in Stata"
            ) from problem
        table = table.loc[:, ~table.columns.duplicated()].copy()
        for name in table.columns:
            if not isinstance(table[name].dtype, np.dtype) or table[name].dtype == object:
                table[name] = table[name].mask(table[name] == "")
        return table

    def sheets(self) -> list[str]:
        """Sheet names of a workbook."""
        return [] if self.kind not in ("xlsx", "xls") else list(self.workbook().sheetnames)

    def workbook(self) -> Any:
        """Open an .xlsx workbook for reading its values."""
        if self.kind == "xls":
            raise SourceError(
                f"expected an .xlsx workbook, {self.name} is an old .xls; save it as .xlsx or CSV"
            )
        try:
            import openpyxl
        except ImportError as problem:
            raise ExtraError("reading workbooks", "io") from problem
        _limit_parts(self.data, self.name)
        try:
            with warnings.catch_warnings():
                # openpyxl warns of styles and rules that it does not know; the cells are right.
                warnings.simplefilter("ignore", UserWarning)
                return openpyxl.load_workbook(io.BytesIO(self.data), read_only=True, data_only=True)
        except Exception as problem:  # openpyxl raises many kinds on a broken file
            raise SourceError(
                f"expected a whole .xlsx workbook in {self.name}: {clipped(repr(problem))}; "
                "download it again"
            ) from problem

    def beginning(self) -> str:
        """Describe the content for a message."""
        if self.kind == "text":
            lines = (line.strip() for line in self.head())
            shown = next((line for line in lines if line), "")
            return f"text that begins {shown[:60]!r}" if shown else "blank text"
        if self.kind in ("parquet", "stata"):
            shown = first_three(map(clipped, self.columns()))
            return f"a {self.kind.replace('stata', 'Stata')} file with columns {shown}"
        return f"a workbook with sheets {first_three(map(clipped, self.sheets()))}"


def rows_of_sheet(sheet: Any, reader: str, *, values_only: bool) -> Iterator[Sequence[Any]]:
    """Rows of a sheet of an .xlsx workbook, each as long as its last cell.

    What the sheet says of its size does not count: it may be forged, or cut its rows off.

    Raises
    ------
    SourceError
        If a cell stands farther down than any table of this kind.
    """
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(values_only=values_only)):
        if number == LONGEST_SHEET:
            raise SourceError(
                f"{reader} expected at most {LONGEST_SHEET} rows in sheet "
                f"{clipped(str(sheet.title))!r}, found a cell below; delete what lies below the "
                "table"
            )
        yield row


@contextmanager
def whole_sheet(payload: Payload, reader: str, title: str) -> Iterator[None]:
    """Say of whatever fails within that this sheet is broken."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # as in `Payload.workbook`
            yield
    except SourceError:
        raise
    except Exception as problem:  # openpyxl raises many kinds on a broken sheet
        raise SourceError(
            f"{reader} expected whole sheets in {payload.name}, {clipped(title)!r} is broken: "
            f"{clipped(repr(problem))}; download it again"
        ) from problem


def clipped(text: str, most: int = 200) -> str:
    """Cut what a broken file may blow up, such as the name of a sheet in a message."""
    return text if len(text) <= most else f"{text[:most]}…"


def read_payload(source: Source, reader: str) -> Payload:
    """Read a path, ``Path`` or open binary file, unpacking ``.gz`` and one-file ``.zip``.

    Compression and kind are known by the first bytes, never by the file's name.

    Raises
    ------
    SourceError
        If the source is missing, a directory, empty, truncated, not binary, a zip with several
        files, larger than 2 GB unpacked, or R data.
    """
    name, raw = _bytes_of(source, reader)
    if not raw:
        raise SourceError(
            f"{reader} expected a file with content, {name} has 0 bytes; download it again"
        )
    data = _unpacked(raw, name, reader)
    kind = kind_of(data)
    other = unread_kind(data, name if kind == "text" else "")
    if other:
        raise SourceError(f"{reader} expected text, parquet or Stata data, {name} holds {other}")
    return Payload(name, raw, data, kind)


def _limit_parts(data: bytes, name: str) -> None:
    """Refuse a workbook whose parts are too large unpacked, before one is parsed."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            parts = [(part.file_size, part.filename) for part in book.infolist()]
    except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError) as problem:
        raise SourceError(
            f"expected a whole .xlsx workbook in {name}: {problem}; download it again"
        ) from problem
    size, part = max(parts, default=(0, ""))
    whole = sum(size for size, _ in parts)
    if size > LARGEST_PART or whole > LARGEST_BOOK:
        raise SourceError(
            f"expected a workbook with parts of at most {LARGEST_PART >> 20} MB and at most "
            f"{LARGEST_BOOK >> 20} MB together, {name} unpacks to {whole >> 20} MB "
            f"({clipped(part)}: {size >> 20} MB); save the one sheet that you need as CSV"
        )


def _bytes_of(source: Source, reader: str) -> tuple[str, bytes]:
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        if path.is_dir():
            raise SourceError(
                f"{reader} expected a file, {path} is a directory; name the file in it"
            )
        try:
            with path.open("rb") as file:
                known = min(os.fstat(file.fileno()).st_size, LARGEST + 1)
                return path.name, _limited(file, path.name, reader, known)
        except OSError as problem:
            raise SourceError(
                f"{reader} cannot open {path}: {problem.strerror or problem}; check the path"
            ) from problem
    if not hasattr(source, "read"):
        raise SourceError(
            f"{reader} expected a path or an open binary file, got {type(source).__name__}"
        )
    name = os.path.basename(str(getattr(source, "name", "") or "the open file"))
    first = source.read(0)
    if not isinstance(first, bytes):
        raise SourceError(
            f'{reader} expected a binary file, {name} is open as text; use open(..., "rb")'
        )
    known = 0
    if isinstance(source, io.BytesIO):  # its buffer, asked for, would be copied
        here = source.tell()
        known = source.seek(0, os.SEEK_END) - here
        source.seek(here)
    return name, _limited(source, name, reader, min(known, LARGEST + 1))


def _limited(file: IO[bytes], name: str, reader: str, known: int = 0) -> bytes:
    """Read all of a file, but no more than LARGEST."""
    parts: list[bytes] = []
    size = 0
    # Bytes that are known to be there come in one piece, and are not copied again.
    while chunk := file.read(max(_CHUNK, known - size)):
        size += len(chunk)
        if size > LARGEST:
            raise SourceError(
                f"{reader} expected at most {LARGEST >> 30} GB, {name} holds more; "
                "give the one table that you need"
            )
        parts.append(chunk)
    return b"".join(parts)


def _unpacked(raw: bytes, name: str, reader: str) -> bytes:
    """Unpack gzip, zip, bzip2 or xz; an .xlsx workbook, itself a zip, stays whole."""
    try:
        if raw.startswith(b"\x1f\x8b"):
            with gzip.open(io.BytesIO(raw)) as packed:
                return _limited(packed, name, reader)  # type: ignore[arg-type]
        if raw.startswith(b"BZh"):
            with bz2.open(io.BytesIO(raw)) as packed_bz2:
                return _limited(packed_bz2, name, reader)
        if raw.startswith(b"\xfd7zXZ"):
            with lzma.open(io.BytesIO(raw)) as packed_xz:
                return _limited(packed_xz, name, reader)
        if raw.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                return _only_member(archive, raw, name, reader)
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as problem:
        raise SourceError(
            f"{reader} expected a whole compressed file, {name} breaks off: {problem}; "
            "download it again"
        ) from problem
    except (zipfile.BadZipFile, RuntimeError, ValueError, LookupError, struct.error) as problem:
        if isinstance(problem, SourceError):
            raise
        raise SourceError(
            f"{reader} cannot unpack {name}: {problem}; unpack it yourself and give the file in it"
        ) from problem
    return raw


def _only_member(archive: zipfile.ZipFile, raw: bytes, name: str, reader: str) -> bytes:
    names = [member.filename for member in archive.infolist() if not member.is_dir()]
    if "[Content_Types].xml" in names:
        return raw
    files = [n for n in names if not n.startswith("__MACOSX/") and not Path(n).name.startswith(".")]
    if len(files) != 1:
        found = first_three(files) if files else "none"
        raise SourceError(
            f"{reader} expected one file in {name}, found {len(files)} ({found}); "
            "unpack it and give the file that you mean"
        )
    with archive.open(files[0]) as member:
        return _limited(member, name, reader)
