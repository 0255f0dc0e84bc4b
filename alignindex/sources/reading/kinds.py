"""Kinds of files, known by their first bytes: those that are read, and advice on the others."""

from __future__ import annotations

# Old Stata files begin with their version and the order of bytes.
_OLD_STATA = tuple(
    bytes([version, order]) for version in (104, 105, *range(108, 116)) for order in (1, 2)
)
_KINDS = (  # how files of a kind begin
    ("parquet", (b"PAR1",)),
    ("xlsx", (b"PK\x03\x04",)),
    ("xls", (b"\xd0\xcf\x11\xe0",)),
    ("stata", (b"<stata_dta>", *_OLD_STATA)),
)
_EXPORT = 'write.csv(x, "file.csv", row.names = FALSE), then read file.csv'
# Kinds of file that are not read: how they begin, how their names end, what they are, what helps.
_UNREAD = (
    (
        (b"RDX2\n", b"RDX3\n", b"RDA2\n", b"RDA3\n", b"X\n\x00\x00\x00", b"A\n2\n", b"A\n3\n"),
        (".rdata", ".rda", ".rds"),
        "R data",
        f'export it in R with: x <- get(load("file.RData")); {_EXPORT} '
        '(for .rds: x <- readRDS("file.rds"))',
    ),
    (
        (b"$FL2", b"$FL3"),
        (".sav", ".zsav"),
        "SPSS data",
        f'export it in R with: x <- haven::read_sav("file.sav"); {_EXPORT}; or save it as .csv '
        "or .dta in SPSS",
    ),
    (
        (b"\x00" * 12 + b"\xc2\xea\x81\x60", b"HEADER RECORD*******"),
        (".sas7bdat", ".xpt"),
        "SAS data",
        f'export it in R with: x <- haven::read_sas("file.sas7bdat"); {_EXPORT}',
    ),
    ((b"%PDF",), (".pdf",), "a PDF", "give the data file itself"),
    ((b"ARROW1",), (".feather", ".arrow"), "Arrow data", "save it as parquet or CSV"),
    ((b"\x89HDF",), (".h5", ".hdf5"), "HDF5 data", "save it as parquet or CSV"),
    (
        (b"<!doctype html", b"<html", b"<!DOCTYPE html", b"<!DOCTYPE HTML", b"<HTML"),
        (),
        "a web page",
        "the download was a page, perhaps of a login: download the file itself",
    ),
)


def kind_of(data: bytes) -> str:
    """Return ``"parquet"``, ``"xlsx"``, ``"xls"``, ``"stata"`` or ``"text"``."""
    return next((kind for kind, starts in _KINDS if data.startswith(starts)), "text")


def unread_kind(data: bytes, name: str) -> str:
    """Say what a file of a kind that is not read is, and what helps; empty for any other."""
    for starts, ends, what, advice in _UNREAD:
        if data[:200].lstrip().startswith(starts) or (ends and name.casefold().endswith(ends)):
            return f"{what}; {advice}"
    return ""
