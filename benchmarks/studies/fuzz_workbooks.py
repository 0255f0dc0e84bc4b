"""Small invented workbooks (.xlsx and .xls), and ways to break them inside as well as outside."""

from __future__ import annotations

import csv
import io
import re
import struct
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from alignindex.sources import exercises, sipri
from benchmarks.studies.fuzz_seeds import JME

Rows = Sequence[Sequence[Any]]
Mutation = Callable[[bytes, np.random.Generator], bytes]
_ODD = ("", "-9", "1e309", "9" * 20, "xxx", "...", "Country", "Exercise Name", "2/30/2001", "&#0;")


def rows_of(text: str) -> list[list[Any]]:
    """Cells of a CSV; whole numbers as numbers, empty ones as nothing."""
    return [
        [int(cell) if re.fullmatch(r"-?\d{1,9}", cell) else cell or None for cell in row]
        for row in csv.reader(io.StringIO(text))
    ]


def xlsx(sheets: dict[str, Rows]) -> bytes:
    """Make an .xlsx workbook."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xls(title: str, rows: Rows) -> bytes:
    """Make an .xls workbook of one sheet: BIFF8 records in a compound file (MS-XLS, MS-CFB)."""

    def record(number: int, body: bytes) -> bytes:
        return struct.pack("<HH", number, len(body)) + body

    def cell(i: int, j: int, value: Any) -> bytes:
        if isinstance(value, int):
            return record(0x203, struct.pack("<HHHd", i, j, 0, value))
        text = str(value)
        return record(
            0x204, struct.pack("<HHHHB", i, j, 0, len(text), 1) + text.encode("utf-16-le")
        )

    def globals_(offset: int) -> bytes:
        sheet = struct.pack("<IBBBB", offset, 0, 0, len(title), 0) + title.encode("latin-1")
        return (
            record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 1997, 0, 6))
            + record(0x42, struct.pack("<H", 1200))
            + record(0x85, sheet)
            + record(0x0A, b"")
        )

    body = record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 1997, 0, 6))
    for i, row in enumerate(rows):
        body += b"".join(cell(i, j, value) for j, value in enumerate(row) if value is not None)
    stream = globals_(len(globals_(0))) + body + record(0x0A, b"")
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    sectors = len(stream) // 512
    if sectors + 2 > 128:
        raise ValueError("one sector of the allocation table holds 64 kB at most")
    chain = [-3, -2, *range(3, sectors + 2), -2]
    table = struct.pack("<128i", *chain, *[-1] * (128 - len(chain)))

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        wide = name.encode("utf-16-le")
        return (
            (wide + b"\0\0").ljust(64, b"\0")
            + struct.pack("<HBBiii", len(wide) + 2, kind, 1, -1, -1, child)
            + b"\0" * 36
            + struct.pack("<iII", start, size, 0)
        )

    directory = entry("Root Entry", 5, 1, -2, 0) + entry("Workbook", 2, -1, 2, len(stream))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16
    head += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<iiiIIiIiI", 0, 1, 1, 0, 4096, -2, 0, -2, 0)
    head += struct.pack("<109i", 0, *[-1] * 108)
    return head + table + directory.ljust(512, b"\0") + stream


_YEARS = [1990, 1991, 1992]
_MILEX_ROWS: Rows = [
    ["Military expenditure by country (c) SIPRI 2024"],
    [None],
    ["Country", "Notes", *_YEARS],
    ["Africa"],
    ["Algeria", "§4", 904.3, "...", 1252],
    ["USSR", None, 100.5, "xxx", "xxx"],
    [None],
    ["Armenia", "‡", "xxx", "...", 3.5],
]


def milex() -> bytes:
    """Two sheets of the workbook of military expenditure, and one that is not read."""
    return xlsx(
        {"Current US$": _MILEX_ROWS, "Share of GDP": _MILEX_ROWS, "Footnotes": [["1", "text"]]}
    )


READERS: dict[str, tuple[Callable[[Any], Any], Callable[[], bytes]]] = {
    "sipri.read_milex: xlsx": (sipri.read_milex, milex),
    "exercises.read_jme: xlsx": (exercises.read_jme, lambda: xlsx({"data": rows_of(JME)})),
    "exercises.read_jme: xls": (exercises.read_jme, lambda: xls("data", rows_of(JME))),
}


def mutate(data: bytes, rng: np.random.Generator, plainly: Mutation) -> bytes:
    """Break a workbook: its bytes (``plainly``), or its parts, cells and records."""
    if rng.random() < 0.3:
        return plainly(data, rng)
    for _ in range(int(rng.integers(1, 4))):
        data = _part(data, rng, plainly) if data.startswith(b"PK") else _record(data, rng)
    return data


def _part(data: bytes, rng: np.random.Generator, plainly: Mutation) -> bytes:
    """Break one part of an .xlsx and zip it again."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheets = [name for name in parts if "sheet" in name and name.endswith(".xml")]
    chosen = sheets if rng.random() < 0.7 and sheets else list(parts)
    name = chosen[int(rng.integers(len(chosen)))]
    way = int(rng.integers(6))
    text = parts[name].decode("utf-8", "surrogateescape")
    if way == 0:
        del parts[name]
    elif way == 1:
        parts[name] = plainly(parts[name], rng)
    else:
        pattern = (r"<v>[^<]*</v>|<t>[^<]*</t>", r"<c .*?</c>", r"<row .*?</row>", r'"[^"<>]*"')
        found = list(re.finditer(pattern[way - 2], text))
        if found:
            here, there = (found[int(k)] for k in rng.integers(len(found), size=2))
            odd = _ODD[int(rng.integers(len(_ODD)))]
            new = (f"<v>{odd}</v>", "", there.group() * 2, f'"{odd}"')[way - 2]
            text = text[: here.start()] + new + text[here.end() :]
            parts[name] = text.encode("utf-8", "surrogateescape")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content)
    return out.getvalue()


def _record(data: bytes, rng: np.random.Generator) -> bytes:
    """Break one record of the sheet in an .xls: its number, length, place, cell or text."""
    out = bytearray(data)
    at, places = 1536, []
    while at + 4 <= len(out):
        number, length = struct.unpack_from("<HH", out, at)
        if (not number and not length) or at + 4 + length > len(out):
            break
        places.append((at, length))
        at += 4 + length
    if not places:
        return bytes(out)
    at, length = places[int(rng.integers(len(places)))]
    way = int(rng.integers(5))
    if way == 0:
        struct.pack_into("<H", out, at, int(rng.integers(0x900)))
    elif way == 1:
        struct.pack_into("<H", out, at + 2, int(rng.integers(0x10000)))
    elif way == 2 and length:
        out[at + 4 + int(rng.integers(length))] = int(rng.integers(256))
    elif way == 3 and length >= 4:
        struct.pack_into(
            "<HH", out, at + 4, *(int(k) for k in rng.integers(70_000, size=2) % 65536)
        )
    else:
        other, size = places[int(rng.integers(len(places)))]
        out[at : at + 4 + length] = out[other : other + 4 + size]
    return bytes(out)
