"""Encode tables, and write files and folders whole or not at all."""

from __future__ import annotations

import contextlib
import csv
import ctypes
import importlib.util
import itertools
import json
import math
import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path

import pandas as pd

from alignindex.base.errors import ExtraError, OutputError, closest, first_three

__all__ = [
    "FORMATS",
    "check_file",
    "check_folder",
    "encode",
    "recover",
    "save_tables",
    "write_file",
    "write_folder",
]

FORMULA = re.compile(r"^[=+\-@\t\r]")  # a spreadsheet runs a cell that begins with one of these


# --- formats -------------------------------------------------------------------------------------


def encode(table: pd.DataFrame, format: str, *, escape: bool = False) -> bytes:
    r"""Encode a table with its index as the bytes of a file, every number in full.

    Parameters
    ----------
    table : DataFrame
    format : {"csv", "json", "parquet"}
        CSV: an empty cell is missing. JSON: a list of records, one per line; null is missing.
        Parquet keeps the index.
    escape : bool
        CSV only: put an apostrophe before text that a spreadsheet would run as a formula. Such a
        file does not come back to the bit.

    Raises
    ------
    OutputError
        If the format is unknown.
    ExtraError
        If the format is Parquet and pyarrow is not installed (extra ``io``).

    Examples
    --------
    >>> scores = pd.Series([0.1, float("nan")], pd.Index([1, 2], name="y"), name="score")
    >>> encode(scores.to_frame(), "csv")
    b'y,score\n1,0.1\n2,\n'
    """
    if format not in FORMATS:
        near = closest(str(format), FORMATS)
        raise OutputError(f"format must be one of {', '.join(FORMATS)}; got {format!r}{near}")
    if escape and format == "csv":
        table = _escaped(table)
    try:
        return FORMATS[format](table)
    except (ValueError, TypeError) as error:  # pyarrow on mixed labels, text that is not Unicode
        if isinstance(error, ExtraError):
            raise
        reason = str(error).splitlines()[0][:200]
        raise OutputError(f"the table cannot be written as {format}: {reason}") from None


def _csv(table: pd.DataFrame) -> bytes:
    text = table.to_csv(lineterminator="\n")
    if "\r" in text:  # before Python 3.13 the writer leaves such a cell bare, and its row breaks
        text = table.to_csv(lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    return text.encode()


def _escaped(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with an apostrophe before every text that reads as a formula."""

    def safe(cell: object) -> object:
        return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) else cell

    flat = table.reset_index()
    for name in flat.columns:
        if not pd.api.types.is_numeric_dtype(flat[name]):
            flat[name] = flat[name].astype(object).map(safe, na_action="ignore")
    flat.columns = [safe(name) for name in flat.columns]
    return flat.set_index(list(flat.columns[: table.index.nlevels]))


def _json(table: pd.DataFrame) -> bytes:
    flat = table.reset_index()
    # Through Python's own floats: pandas writes 15 digits at most.
    columns = [flat[name].astype(object).tolist() for name in flat.columns]
    names = [str(name) for name in flat.columns]
    lines = [
        json.dumps(dict(zip(names, map(_plain, row), strict=True)), ensure_ascii=False)
        for row in zip(*columns, strict=True)
    ]
    text = "[\n" + ",\n".join(lines) + ("\n" if lines else "") + "]\n"
    return text.encode()


def _plain(value: object) -> object:
    """Return what JSON can hold: it has no NaN."""
    return None if value is pd.NA or (isinstance(value, float) and math.isnan(value)) else value


def _parquet(table: pd.DataFrame) -> bytes:
    if importlib.util.find_spec("pyarrow") is None:
        raise ExtraError("writing Parquet", "io")
    buffer = BytesIO()
    table.to_parquet(buffer, engine="pyarrow")
    return buffer.getvalue()


FORMATS: dict[str, Callable[[pd.DataFrame], bytes]] = {
    "csv": _csv,
    "json": _json,
    "parquet": _parquet,
}


# --- folders -------------------------------------------------------------------------------------


def save_tables(
    folder: str | Path,
    tables: Mapping[str, pd.DataFrame],
    texts: Mapping[str, str],
    *,
    format: str = "csv",
    escape: bool = False,
    force: bool = False,
) -> Path:
    """Write tables in one format, and texts beside them, into a new folder.

    With `force` an earlier folder of this kind is replaced: one that holds ``provenance.json``
    and otherwise only files of these names, in any one format. A number in the name of a text
    (``spec-2.toml``) may differ.

    Raises
    ------
    OutputError
        If the format is unknown, or as for :func:`write_folder`.
    ExtraError
        If the format is Parquet and pyarrow is not installed.
    """
    files: dict[str, str | bytes] = {
        f"{name}.{format}": encode(table, format, escape=escape) for name, table in tables.items()
    }
    of_tables = "|".join(map(re.escape, tables))
    of_texts = "|".join(re.sub(r"\d+", r"\\d+", re.escape(name)) for name in texts)
    known = rf"({of_tables})\.({'|'.join(FORMATS)})|{of_texts}"
    return write_folder(
        Path(folder), {**files, **texts}, force=force, known=known, marker="provenance.json"
    )


def write_folder(
    folder: Path,
    files: Mapping[str, str | bytes],
    *,
    force: bool = False,
    known: str = "",
    marker: str = "",
) -> Path:
    """Write files into a new folder; either all of them appear or none.

    Where the system can exchange two folders in one step (Linux), one of the two is under its
    name at any time. Elsewhere a replaced folder is renamed first; if the process dies right then,
    the next call puts it back (:func:`recover`). A killed process can leave a hidden folder
    ``.alignindex-...`` behind, which may be deleted.

    Parameters
    ----------
    folder : Path
        A symbolic link is followed. Missing parents are created.
    files : mapping of str to str or bytes
        Content by name of file.
    force : bool
        Replace an earlier folder, with its mode and those of its files.
    known : str
        Regular expression of the names of files that `force` may replace; the names in `files`
        unless given.
    marker : str
        A file that an earlier result must hold: names alone prove little.

    Raises
    ------
    OutputError
        If the folder exists and `force` is not set, it holds anything but the regular files of an
        earlier result (which `force` leaves alone), or it cannot be written.
    """
    known = known or "|".join(map(re.escape, files))
    with _system_errors("output folder", folder):
        place = Path(os.path.realpath(folder))
        recover(place)
        check_folder(folder, force=force)
        if place.exists():
            _drop_earlier(place, known)
            _check_replaceable(folder, place, known, marker)
        place.parent.mkdir(parents=True, exist_ok=True)
        with _scratch(place.parent) as scratch:
            fresh = scratch / "new"
            fresh.mkdir()
            for name, content in files.items():
                data = content.encode() if isinstance(content, str) else content
                (fresh / name).write_bytes(data)
            if not place.exists():
                fresh.rename(place)
            else:
                _replace_folder(folder, place, fresh, known)
    return folder


def check_folder(folder: Path, *, force: bool = False) -> None:
    """Raise if the folder exists and `force` is not set, or it is a file.

    Raises
    ------
    OutputError
    """
    with _system_errors("output folder", folder):
        place = Path(os.path.realpath(folder))
        if place.exists() and not force:
            raise OutputError(
                f"output folder {str(folder)!r} exists already; name another, or replace it with "
                "force=True"
            )
        if place.exists() and not place.is_dir():
            raise OutputError(f"{str(folder)!r} is a file, not a folder; name another")


def _check_replaceable(folder: Path, place: Path, known: str, marker: str) -> None:
    """Raise unless the folder is an earlier result that may be replaced."""
    names = sorted(entry.name for entry in place.iterdir())
    foreign = _foreign(place, known) or (names if marker and marker not in names else [])
    if foreign:
        raise OutputError(
            f"output folder {str(folder)!r} holds files that are not of an earlier result: "
            f"{first_three(foreign)}; name another folder, or move them away"
        )


def _foreign(place: Path, known: str) -> list[str]:
    """Names in a folder that are not regular files of an earlier result."""
    return [
        entry.name
        for entry in sorted(place.iterdir())
        if not re.fullmatch(known, entry.name) or not stat.S_ISREG(entry.lstat().st_mode)
    ]


def _replace_folder(folder: Path, place: Path, fresh: Path, known: str) -> None:
    """Put a fresh folder in the place of an old one, and delete the files of the old one."""
    fresh.chmod(stat.S_IMODE(place.stat().st_mode))
    for entry in place.iterdir():
        if (fresh / entry.name).exists():
            (fresh / entry.name).chmod(stat.S_IMODE(entry.stat().st_mode))
    old = fresh
    if not _exchange(fresh, place):
        old = _earlier(place)
        place.rename(old)
        try:
            fresh.rename(place)
        except BaseException:
            old.rename(place)
            raise
    foreign = _foreign(old, known)
    if foreign:  # somebody wrote into the folder in the meantime: nothing of theirs is lost
        names = (place.with_name(f"{place.name}-replaced-{n}") for n in itertools.count(1))
        kept = next(name for name in names if not os.path.lexists(name))
        old.rename(kept)
        raise OutputError(
            f"{first_three(foreign)} appeared in {str(folder)!r} while it was replaced; the "
            f"earlier folder is now {str(kept)!r}"
        )
    shutil.rmtree(old)


def _earlier(place: Path) -> Path:
    """Where a folder waits while another takes its place."""
    return place.with_name(f".{place.name}-earlier")


def recover(place: Path) -> None:
    """Put back a folder whose replacement was interrupted between two renames."""
    place = Path(os.path.realpath(place))
    if not place.name:  # the root
        return
    earlier = _earlier(place)
    if earlier.is_dir() and not os.path.lexists(place):
        earlier.rename(place)


def _drop_earlier(place: Path, known: str) -> None:
    """Delete what a replacement left behind, so that it never comes back as the latest."""
    earlier = _earlier(place)
    if place.is_dir() and earlier.is_dir() and not _foreign(earlier, known):
        shutil.rmtree(earlier)


def _exchange(one: Path, two: Path) -> bool:
    """Exchange two folders in one step; False where the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    return rename is not None and not rename(
        here, os.fsencode(one), here, os.fsencode(two), exchange
    )


# --- single files --------------------------------------------------------------------------------


def write_file(path: Path, content: str | bytes, *, force: bool = False) -> Path:
    """Write one file, whole or not at all.

    A symbolic link is followed, and a replaced file keeps its mode.

    Raises
    ------
    OutputError
        As for :func:`check_file`, or if the file cannot be written.
    """
    check_file(path, force=force)
    with _system_errors("output file", path):
        place = Path(os.path.realpath(path))
        data = content.encode() if isinstance(content, str) else content
        with _scratch(place.parent) as scratch:
            fresh = scratch / "new"
            fresh.write_bytes(data)
            if place.exists():
                fresh.chmod(stat.S_IMODE(place.stat().st_mode))
            fresh.replace(place)
    return path


def check_file(path: Path, *, force: bool = False) -> None:
    """Raise unless a file may be written here.

    Raises
    ------
    OutputError
        If the file exists and `force` is not set, it is not a regular file, or its folder does
        not exist.
    """
    with _system_errors("output file", path):
        place = Path(os.path.realpath(path))
        if place.is_dir():
            raise OutputError(f"{str(path)!r} is a folder, not a file; name a file")
        if place.exists() and not force:
            raise OutputError(
                f"output file {str(path)!r} exists already; name another, or replace it with "
                "force=True"
            )
        if place.exists() and not place.is_file():
            raise OutputError(f"{str(path)!r} is not a regular file; name another")
        if not place.parent.is_dir():
            raise OutputError(
                f"output file {str(path)!r} cannot be written: the folder "
                f"{str(path.parent)!r} does not exist; create it first"
            )


@contextlib.contextmanager
def _scratch(parent: Path) -> Iterator[Path]:
    """Give a hidden folder on the same disk, so that renaming out of it is one step."""
    with tempfile.TemporaryDirectory(dir=parent, prefix=".alignindex-") as scratch:
        yield Path(scratch)


@contextlib.contextmanager
def _system_errors(what: str, path: Path) -> Iterator[None]:
    """Turn errors of the file system into one that names the path."""
    shown = repr(str(path) if len(str(path)) <= 200 else f"{str(path)[:197]}...")
    try:
        yield
    except OSError as error:
        raise OutputError(f"{what} {shown} cannot be written: {error.strerror}") from None
    except ValueError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"{what} {shown} cannot be written: {error}") from None
