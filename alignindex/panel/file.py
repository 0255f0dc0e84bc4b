"""Read the file of a panel: a CSV or Parquet table, with the place of every row kept.

Nothing is coerced on the way: an empty cell alone is missing (the text ``NA`` is text), numbers
are read to the last bit, and rows that are too short or too long are problems, not gaps.
"""

from __future__ import annotations

import csv
import importlib.util
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.errors import ExtraError, PanelError, first_three
from alignindex.base.typing import Array, Ints
from alignindex.sources.reading.delimiters import split_record, survey, with_unix_ends

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
    header : tuple of str
        Names of all columns of the file, also of those that were not read.
    """

    path: Path
    frame: pd.DataFrame
    place: Ints
    unit: str
    problems: tuple[str, ...] = ()
    header: tuple[str, ...] = ()

    def at(self, rows: Sequence[int] | Array, texts: Sequence[str] = ()) -> str:
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


def read_table(
    path: str | Path, *, text: Collection[str] = (), columns: Collection[str] | None = None
) -> TableFile:
    r"""Read a table from a ``.csv`` or ``.parquet`` file.

    Parameters
    ----------
    path : str or Path
        CSV: UTF-8, separated by commas, names in the first line. Parquet needs the extra ``io``.
    text : collection of str
        Columns whose cells stay text, so that a code such as ``002`` keeps its zeros.
    columns : collection of str, optional
        Read these only, as far as the file has them; all unless given.

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
    except ValueError as error:  # a NUL in the path
        raise PanelError(f"panel file {str(path)!r} cannot be read: {error}") from None
    if not content.strip():
        raise PanelError(_empty(path))
    if suffix == ".csv":
        return _read_csv(path, content, text, columns)
    return _read_parquet(path, content, columns)


def _read_csv(
    path: Path, content: bytes, text: Collection[str], columns: Collection[str] | None
) -> TableFile:
    data = _plain_text(path, content)
    header, above, start = _header(path, data)
    found = survey(data, start, ",", len(header))
    for line in found.stray[:1]:
        raise PanelError(
            f"{path} is not a CSV file: line {above + line}: a quote is not closed at the end of "
            'its cell; double a quote that is text (""), and save it again as CSV UTF-8'
        )
    problems = _header_problems(header)
    ragged = [broken for broken in found.broken if broken.text]
    if ragged:
        shown = first_three(f"line {above + row.line}: {row.fields} fields" for row in ragged)
        problems.append(
            f"every row must have the {len(header)} fields of the header; got {shown}. Quote a "
            "cell that holds a comma"
        )
    first = {name: place for place, name in reversed(list(enumerate(header)))}
    wanted = [place for place, name in enumerate(header) if first[name] == place]
    if columns is not None:
        wanted = [place for place in wanted if header[place] in columns]
    kept = wanted or [0]
    frame = pd.DataFrame({place: pd.Series(dtype=object) for place in kept})
    if found.lines.size:
        frame = pd.read_csv(
            BytesIO(found.data[found.start :]),
            header=None,
            names=range(len(header)),
            usecols=kept,
            keep_default_na=False,
            na_values=[""],
            low_memory=False,
            index_col=False,
            skip_blank_lines=False,
            lineterminator="\n",
            dtype={place: str for place in kept if header[place] in text},
            **_EXACT,
        )
    # pandas' own names for columns without one.
    frame.columns = [header[place] or f"Unnamed: {place}" for place in kept]
    for name in frame.columns if not len(frame) else ():
        frame[name] = frame[name].astype(str if name in text else np.float64)
    if len(frame) != found.lines.size:
        raise PanelError(
            f"{path} is not a plain CSV file: it reads as {found.lines.size} or as {len(frame)} "
            "rows; look for stray quotes, and save it again as CSV UTF-8"
        )
    frame = frame if wanted else frame.iloc[:, :0]
    return TableFile(path, frame, found.lines + above, "line", tuple(problems), tuple(header))


def _plain_text(path: Path, content: bytes) -> bytes:
    """Give the UTF-8 text without a byte-order mark and with LF line ends, or refuse."""
    if content[:4] == b"PK\x03\x04":
        raise PanelError(f"{path} is a ZIP or Excel file, not a CSV; save the sheet as CSV UTF-8")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise PanelError(f"{path} is UTF-16 text; save it as CSV UTF-8")
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PanelError(
            f"{path} is not UTF-8 text: byte 0x{content[error.start]:02x} in line {line}; save it "
            "as CSV UTF-8"
        ) from None
    if b"\x00" in content:
        line = content.count(b"\n", 0, content.index(b"\x00")) + 1
        raise PanelError(f"{path} is not text: a NUL byte in line {line}; save it as CSV UTF-8")
    return with_unix_ends(content.removeprefix(b"\xef\xbb\xbf"))


def _header(path: Path, data: bytes) -> tuple[list[str], int, int]:
    """Names in the first line that is not blank, the line below it, and where that begins."""
    start = len(data) - len(data.lstrip(b"\n"))
    if not data[start:].strip():
        raise PanelError(_empty(path))
    _, stop, stray = split_record(data, start, len(data), b",")
    if stray:
        line = data.count(b"\n", 0, start) + 1
        raise PanelError(f"{path} is not a CSV file: line {line}: a quote in it is never closed")
    header = next(csv.reader(StringIO(data[start:stop].decode(), newline="")))
    for mark, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and mark in header[0]:
            raise PanelError(
                f"{path} is separated by {name}: the header is one field, {header[0]!r}; "
                "save it with commas"
            )
    return header, data.count(b"\n", 0, stop) + 2, min(stop + 1, len(data))


def _empty(path: Path) -> str:
    return f"{path} is empty: expected a header with state, partner, year and raw columns"


def _header_problems(header: Sequence[str]) -> list[str]:
    problems = []
    twice = [repr(name) for name, count in Counter(header).items() if name and count > 1]
    if twice:
        problems.append(
            f"column names must be unique; there more than once: {first_three(twice)}. "
            "Rename or remove the columns that are too many"
        )
    nameless = [f"column {place}" for place, name in enumerate(header, start=1) if not name.strip()]
    if nameless:
        problems.append(f"every column needs a name; without one: {first_three(nameless)}")
    return problems


def _read_parquet(path: Path, content: bytes, columns: Collection[str] | None) -> TableFile:
    if importlib.util.find_spec("pyarrow") is None:
        raise ExtraError("reading a Parquet file", "io")
    from pyarrow import parquet

    try:
        names = list(parquet.read_schema(BytesIO(content)).names)
        unique = len(set(names)) == len(names)
        wanted = [n for n in names if n in columns] if columns is not None and unique else None
        try:
            frame = pd.read_parquet(BytesIO(content), engine="pyarrow", columns=wanted)
        except (
            Exception
        ):  # pandas' notes in the file may be wrong: the columns speak for themselves
            table = parquet.read_table(BytesIO(content), columns=wanted, use_pandas_metadata=False)
            frame = table.replace_schema_metadata(None).to_pandas()
    except Exception as error:  # a damaged file can raise anything
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise PanelError(f"{path} is not a readable Parquet file: {reason}") from None
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    frame.columns = [str(name) for name in frame.columns]
    header = [*frame.columns, *(name for name in names if name not in set(frame.columns))]
    problems = _header_problems(list(frame.columns))
    frame = frame.loc[:, ~frame.columns.duplicated()]
    rows = np.arange(1, len(frame) + 1)
    return TableFile(path, frame, rows, "row", tuple(problems), tuple(header))
