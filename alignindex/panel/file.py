"""Read the file of a panel: a CSV or Parquet table, with the place of every row kept.

Nothing is coerced on the way: an empty cell alone is missing (the text ``NA`` is text), numbers
are read to the last bit, and rows that are too short or too long are problems, not gaps.
"""

from __future__ import annotations

import csv
import importlib.util
from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.errors import ExtraError, PanelError, first_three

__all__ = ["FORMATS", "TableFile", "read_table"]

FORMATS = (".csv", ".parquet")
# From 3.1 on pandas has one converter, which is exact; before, the exact one is asked for.
_EXACT: dict[str, Any] = (
    {}
    if tuple(int(part) for part in pd.__version__.split(".")[:2]) >= (3, 1)
    else {"float_precision": "round_trip"}
)


@dataclass(frozen=True)
class TableFile:
    """A table as its file gives it.

    Attributes
    ----------
    path : Path
    frame : DataFrame
        Plain columns, each name once; rows that do not fit the header are left out.
    place : ndarray of int
        Line of the file (CSV) or number of the row (Parquet) behind each row of `frame`.
    unit : str
        What `place` counts: ``"line"`` or ``"row"``.
    problems : tuple of str
        What is wrong with the shape of the file.
    """

    path: Path
    frame: pd.DataFrame
    place: NDArray[np.int64]
    unit: str
    problems: tuple[str, ...] = ()

    def at(self, rows: Sequence[int] | NDArray[Any], texts: Sequence[str] = ()) -> str:
        """Name the first three of some rows of `frame` with what stands there; count the rest.

        Examples
        --------
        >>> table = TableFile(Path("x.csv"), pd.DataFrame(), np.arange(2, 12), "line")
        >>> table.at([0, 3]), table.at([0], ["'NA'"]), table.at([1, 2, 3, 4, 5])
        ('line 2; line 5', "line 2: 'NA'", 'line 3; line 4; line 5; and 2 more')
        """
        names = [f"{self.unit} {self.place[row]}" for row in rows[:3]]
        shown = [f"{name}: {text}" for name, text in zip(names, texts, strict=False)] or names
        return first_three([*shown, *[""] * (len(rows) - len(shown))])


def read_table(path: str | Path, *, text: Collection[str] = ()) -> TableFile:
    r"""Read a table from a ``.csv`` or ``.parquet`` file.

    Parameters
    ----------
    path : str or Path
        CSV: UTF-8, separated by commas, names in the first line. Parquet needs the extra ``io``.
    text : collection of str
        Columns whose cells stay text, so that a code such as ``002`` keeps its zeros.

    Returns
    -------
    TableFile

    Raises
    ------
    PanelError
        If the file is missing, unreadable, empty, or not of the format that its name states.
    ExtraError
        If a Parquet file is given and pyarrow is not installed.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "panel.csv"
    >>> _ = path.write_text("state,partner,year,arms\nARM,RUS,2013,NA\n")
    >>> read_table(path).frame["arms"].tolist()
    ['NA']
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise PanelError(
            f"{path}: expected a panel with the ending {' or '.join(FORMATS)}, "
            f"got {path.suffix or 'none'}"
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PanelError(f"panel file {str(path)!r} cannot be read: {error.strerror}") from None
    if not content.strip():
        raise PanelError(_empty(path))
    return _read_csv(path, content, text) if suffix == ".csv" else _read_parquet(path, content)


def _read_csv(path: Path, content: bytes, text: Collection[str]) -> TableFile:
    header, places, ragged = _survey(path, content)
    problems = _header_problems(header)
    if ragged:
        shown = [f"line {line}: {fields} fields" for line, fields in ragged]
        problems.append(
            f"every row must have the {len(header)} fields of the header; got "
            f"{first_three(shown)}. Quote a cell that holds a comma"
        )
    if problems:  # go on with what fits, so that the cells can be checked as well
        content = _mended(content, header)
    frame = pd.read_csv(
        BytesIO(content),
        encoding="utf-8-sig",
        keep_default_na=False,
        na_values=[""],
        low_memory=False,
        index_col=False,
        dtype=dict.fromkeys([name for name in header if name in text], str),
        **_EXACT,
    )
    for name in frame.columns if not len(frame) else ():
        frame[name] = frame[name].astype(str if name in text else np.float64)
    if len(frame) != len(places):
        raise PanelError(
            f"{path} is not a plain CSV file: it reads as {len(places)} or as {len(frame)} rows; "
            "look for stray quotes, and save it anew as CSV UTF-8"
        )
    return TableFile(path, frame, np.asarray(places, dtype=np.int64), "line", tuple(problems))


def _survey(path: Path, content: bytes) -> tuple[list[str], array[int], list[tuple[int, int]]]:
    """Header, line of every row that fits it, and (line, fields) of the rows that do not.

    pandas fills short rows up and takes the first fields of long ones as an index, both without
    a word; and it does not say in which line a row stood.
    """
    if content[:4] == b"PK\x03\x04":
        raise PanelError(f"{path} is a ZIP or Excel file, not a CSV; save the sheet as CSV UTF-8")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise PanelError(f"{path} is UTF-16 text; save it as CSV UTF-8")
    reader = csv.reader(
        TextIOWrapper(BytesIO(content), encoding="utf-8-sig", newline=""), strict=True
    )
    header: list[str] = []
    places, ragged = array("q"), []
    line = 1  # a quoted cell may hold line breaks: a row is named by the line that it begins in
    try:
        for row in reader:
            if row and not header:
                header = row
            elif len(row) == len(header):
                places.append(line)
            elif row:
                ragged.append((line, len(row)))
            line = reader.line_num + 1
    except csv.Error as error:
        raise PanelError(f"{path} is not a CSV file: line {line}: {error}") from None
    except UnicodeDecodeError:
        raise PanelError(_not_utf8(path, content)) from None
    if not header:
        raise PanelError(_empty(path))
    for mark, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and mark in header[0]:
            raise PanelError(
                f"{path} is separated by {name}: the header is one field, {header[0]!r}; "
                "save it with commas"
            )
    return header, places, ragged


def _empty(path: Path) -> str:
    return f"{path} is empty: expected a header with state, partner, year and raw columns"


def _not_utf8(path: Path, content: bytes) -> str:
    try:
        content.decode()
    except UnicodeDecodeError as error:
        newline = b"\n"
        return (
            f"{path} is not UTF-8 text: byte 0x{content[error.start]:02x} in line "
            f"{content.count(newline, 0, error.start) + 1}; save it as CSV UTF-8"
        )
    return f"{path} is not UTF-8 text; save it as CSV UTF-8"


def _header_problems(header: Sequence[str]) -> list[str]:
    problems = []
    twice = [repr(name) for name in dict.fromkeys(header) if name and header.count(name) > 1]
    if twice:
        problems.append(
            f"column names must be unique; there more than once: {first_three(twice)}. "
            "Rename or remove the columns that are too many"
        )
    nameless = [f"column {place}" for place, name in enumerate(header, start=1) if not name.strip()]
    if nameless:
        problems.append(f"every column needs a name; without one: {first_three(nameless)}")
    return problems


def _mended(content: bytes, header: Sequence[str]) -> bytes:
    """CSV of the rows that fit the header and the first of the columns of one name."""
    kept = [place for place, name in enumerate(header) if name not in header[:place]]
    reader = csv.reader(TextIOWrapper(BytesIO(content), encoding="utf-8-sig", newline=""))
    out = StringIO()
    csv.writer(out).writerows([row[k] for k in kept] for row in reader if len(row) == len(header))
    return out.getvalue().encode()


def _read_parquet(path: Path, content: bytes) -> TableFile:
    if importlib.util.find_spec("pyarrow") is None:
        raise ExtraError("reading a Parquet file", "io")
    from pyarrow import ArrowException

    try:
        frame = pd.read_parquet(BytesIO(content), engine="pyarrow")
    except (ArrowException, OSError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise PanelError(f"{path} is not a readable Parquet file: {reason}") from None
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    frame.columns = [str(name) for name in frame.columns]
    problems = _header_problems(list(frame.columns))
    frame = frame.loc[:, ~frame.columns.duplicated()]
    return TableFile(path, frame, np.arange(1, len(frame) + 1), "row", tuple(problems))
