"""The catalogue of the bundled tables: what there is, where it lies, and how it is described."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from alignindex.base import root as _root
from alignindex.base.errors import DatasetError, closest

__all__ = [
    "ColumnInfo",
    "CoverageInfo",
    "DatasetInfo",
    "FileInfo",
    "TableInfo",
    "data_root",
    "dataset_info",
    "find_table",
    "list_datasets",
    "panel_columns",
    "read_catalogue",
    "resolve_root",
]

# The way out of every mismatch between a file and the catalogue.
FIX = (
    "Reinstall alignindex; if you changed the file on purpose in a checkout, "
    "run: python datasets/rebuild.py --hashes"
)

PANEL_KEY = ("state", "partner", "year")

_TEXT_FIELDS = (
    "title",
    "version",
    "description",
    "citation",
    "licence",
    "url",
    "doi",
    "retrieved",
    "coverage",
)


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """One declared column: ``dtype`` is string, date, category, int64 or float64."""

    name: str
    dtype: str
    meaning: str
    unit: str = ""
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableInfo:
    """One file of a data set: where it lies, its hash, key and columns."""

    name: str
    file: str
    sha256: str
    rows: int
    key: tuple[str, ...]
    columns: tuple[ColumnInfo, ...]


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A further file of a data set that is not a table, such as a packed matrix."""

    name: str
    file: str
    sha256: str
    meaning: str


@dataclass(frozen=True, slots=True)
class CoverageInfo:
    """First and last year with an observed cell of one column, and how many such cells."""

    column: str
    first: int
    last: int
    observed: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """The catalogue entry of one data set; ``tables[0]`` is its main table."""

    name: str
    title: str
    version: str
    description: str
    citation: str
    licence: str
    url: str
    doi: str
    retrieved: str
    coverage: str
    sources: tuple[str, ...]
    coverage_by: tuple[CoverageInfo, ...]
    tables: tuple[TableInfo, ...]
    files: tuple[FileInfo, ...] = ()
    derived: tuple[ColumnInfo, ...] = ()  # columns of the panel of this name, computed on load

    @property
    def table(self) -> TableInfo:
        """The main table."""
        return self.tables[0]


def data_root() -> Path:
    """Return the folder of the bundled tables.

    The copy inside the installed package comes first, then the top-level ``datasets/`` of a
    checkout. A folder counts only if it holds ``catalogue.toml``: an unrelated folder of that
    name must not be mistaken for ours.

    Raises
    ------
    DatasetError
        If neither folder holds a catalogue.

    Examples
    --------
    >>> (data_root() / "catalogue.toml").is_file()
    True
    """
    try:
        return _root.data_root()
    except FileNotFoundError as error:
        raise DatasetError(str(error)) from error


def list_datasets(*, root: str | Path | None = None) -> pd.DataFrame:
    """List the bundled data sets.

    Parameters
    ----------
    root : path, optional
        Folder with a ``catalogue.toml``; the bundled one unless given.

    Returns
    -------
    DataFrame
        One row per data set: name, title, version, rows (of its main table), coverage, licence,
        citation; in the order of names.

    Raises
    ------
    DatasetError
        If the catalogue is missing or cannot be read.

    Examples
    --------
    >>> "post_soviet" in list_datasets()["name"].tolist()
    True
    """
    names = ["name", "title", "version", "rows", "coverage", "licence", "citation"]
    entries = [info for _, info in sorted(read_catalogue(root).items())]
    rows = [
        (i.name, i.title, i.version, i.table.rows, i.coverage, i.licence, i.citation)
        for i in entries
    ]
    return pd.DataFrame(rows, columns=names)


def dataset_info(name: str, *, root: str | Path | None = None) -> DatasetInfo:
    """Return the catalogue entry of a data set.

    Parameters
    ----------
    name : str
        A data set (``"bases"``), or one of its tables (``"bases/coverage"``).
    root : path, optional
        Folder with a ``catalogue.toml``; the bundled one unless given.

    Returns
    -------
    DatasetInfo
        Title, version, citation, licence, coverage, sources and declared columns.

    Raises
    ------
    DatasetError
        If there is no such data set; the message shows the closest name.

    Examples
    --------
    >>> dataset_info("post_soviet").table.key
    ('state', 'partner', 'year')
    """
    return find_table(name, root)[0]


def panel_columns(*, root: str | Path | None = None) -> dict[str, str]:
    """Return the bundled panel that holds each raw column: the first one, in the order of names.

    A panel is a table whose key is state, partner and year. The tables of a data set beside its
    main one come last, since panels are made of them.

    Parameters
    ----------
    root : path, optional
        Folder with a ``catalogue.toml``; the bundled one unless given.

    Raises
    ------
    DatasetError
        If the catalogue is missing or cannot be read.

    Examples
    --------
    >>> panel_columns()["un_votes"]
    'post_soviet'
    """
    panels: dict[str, tuple[ColumnInfo, ...]] = {}
    for info in read_catalogue(root).values():
        panels |= {table.name: table.columns for table in info.tables if table.key == PANEL_KEY}
        if info.derived:
            panels[info.name] = info.derived
    homes: dict[str, str] = {}
    for name in sorted(panels, key=lambda name: ("/" in name, name)):
        for column in panels[name]:
            if column.name not in PANEL_KEY:
                homes.setdefault(column.name, name)
    return homes


def resolve_root(root: str | Path | None) -> Path:
    """Return the folder given, or the bundled one."""
    return data_root() if root is None else Path(root)


def find_table(name: str, root: str | Path | None) -> tuple[DatasetInfo, TableInfo]:
    """Entry and table of a name; the error shows the closest one."""
    tables = {
        table.name: (info, table) for info in read_catalogue(root).values() for table in info.tables
    }
    if name not in tables:
        raise DatasetError(
            f"unknown data set {name!r}{closest(str(name), tables)}. "
            f"There are: {', '.join(sorted(tables))}."
        )
    return tables[name]


def read_catalogue(root: str | Path | None) -> Mapping[str, DatasetInfo]:
    """Every entry by name; read again when the file changes."""
    path = resolve_root(root) / "catalogue.toml"
    try:
        stat = path.stat()
    except OSError as error:
        raise DatasetError(
            f"expected a catalogue at {path}, which cannot be read ({error.strerror}). "
            "Give the folder that holds catalogue.toml, or reinstall alignindex."
        ) from error
    return _parsed(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=8)
def _parsed(path: Path, mtime_ns: int, size: int) -> Mapping[str, DatasetInfo]:
    """Parse a catalogue; time and size are there so that an edited file is read again."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
        return {name: _entry(name, entry) for name, entry in entries.items()}
    except KeyError as error:
        raise DatasetError(
            f"{path}: an entry lacks the field {error.args[0]!r}. Add it; "
            "datasets/README.md lists the fields of an entry."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError, AttributeError) as error:
        raise DatasetError(f"{path}: expected a catalogue in TOML: {error}. {FIX}") from error


def _entry(name: str, entry: Mapping[str, Any]) -> DatasetInfo:
    return DatasetInfo(
        name=name,
        **{field: str(entry[field]) for field in _TEXT_FIELDS},
        sources=tuple(entry["sources"]),
        coverage_by=tuple(CoverageInfo(**item) for item in entry.get("coverage_by", ())),
        tables=tuple(
            TableInfo(
                name=table["name"],
                file=table["file"],
                sha256=table["sha256"],
                rows=table["rows"],
                key=tuple(table["key"]),
                columns=tuple(_column(column) for column in table["columns"]),
            )
            for table in entry["tables"]
        ),
        files=tuple(FileInfo(**file) for file in entry.get("files", ())),
        derived=tuple(
            _column(column) for panel in entry.get("panels", ()) for column in panel["columns"]
        ),
    )


def _column(column: Mapping[str, Any]) -> ColumnInfo:
    return ColumnInfo(**{**column, "categories": tuple(column.get("categories", ()))})
