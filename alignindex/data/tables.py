"""Loading a bundled table: bytes, columns, values and key are checked on the way."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

from alignindex.base.errors import DatasetError, closest, first_three
from alignindex.data.catalogue import (
    FIX,
    PANEL_KEY,
    ColumnInfo,
    DatasetInfo,
    FileInfo,
    TableInfo,
    find_table,
    panel_columns,
    resolve_root,
)

__all__ = ["load_dataset", "load_panel"]

_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


def load_dataset(name: str, *, root: str | Path | None = None) -> pd.DataFrame:
    """Load a bundled table after checking its hash, columns, types and key.

    Only an empty field is missing (NaN): the text ``NA`` stays text. Dates known to the month
    or the year alone (``2014-03``, ``2014``) stay text too.

    Parameters
    ----------
    name : str
        A data set (``"bases"``), or one of its further tables (``"bases/coverage"``).
    root : path, optional
        Folder with a ``catalogue.toml``; the bundled one unless given.

    Returns
    -------
    DataFrame
        Rows in file order with a plain range index. ``attrs`` holds ``dataset``, ``version``
        and ``sha256``.

    Raises
    ------
    DatasetError
        If the name is unknown, the file is missing, its bytes differ from the catalogue's
        hash, or its columns, values or key differ from what the catalogue declares.

    Examples
    --------
    >>> arms = load_dataset("arms_imports")
    >>> row = arms.query("recipient == 'BLR' and supplier == 'RUS' and year == 2021").iloc[0]
    >>> bool(0 < row["tiv"] <= row["tiv_total"])
    True
    """
    info, table = find_table(name, root)
    path = resolve_root(root) / table.file
    content = checked_bytes(info, table, root)
    text = pd.read_csv(BytesIO(content), dtype=str, keep_default_na=False, na_values=[""])
    _check_names(path, text.columns, [column.name for column in table.columns])
    frame = pd.DataFrame(
        {column.name: _typed(path, text[column.name], column) for column in table.columns}
    )
    _check_key(path, frame, table.key)
    frame.attrs.update(dataset=table.name, version=info.version, sha256=table.sha256)
    return frame


def checked_bytes(
    info: DatasetInfo, part: TableInfo | FileInfo, root: str | Path | None = None
) -> bytes:
    """Read a file of a data set whole, and refuse it unless its hash is that of the catalogue."""
    path = resolve_root(root) / part.file
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DatasetError(
            f"{part.name}: expected the file {path}, which cannot be read ({error.strerror}). {FIX}"
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if found != part.sha256:
        raise DatasetError(
            f"{path}: expected sha256 {part.sha256}, found {found}: "
            f"the file is not the one that belongs to {info.name} {info.version}. {FIX}"
        )
    return content


def load_panel(name: str = "post_soviet", *, root: str | Path | None = None) -> pd.DataFrame:
    """Load a bundled dyad-year panel, ready for scoring.

    Parameters
    ----------
    name : str
        A data set whose key is state, partner and year, or ``"world"``: every member of the
        United Nations beside ten large states, 1946-2025, computed from points and counts of
        states (``load_dataset("world/columns")`` says what each column covers).
    root : path, optional
        Folder with a ``catalogue.toml``; the bundled one unless given.

    Returns
    -------
    DataFrame
        Index (state, partner, year), sorted and unique; raw yearly values, unwindowed: float64,
        or category for a column of named levels. NaN is unknown; 0 or ``none`` is an observed
        none. ``attrs`` as in `load_dataset`.

    Raises
    ------
    DatasetError
        As in `load_dataset`, and if the data set is not a panel.

    Examples
    --------
    >>> panel = load_panel("post_soviet")
    >>> panel.index.names
    FrozenList(['state', 'partner', 'year'])
    >>> str(panel.loc[("ARM", "RUS", 2013), "bases"])
    'base'
    """
    info, table = find_table(name, root)
    if name == info.name and info.derived:
        from alignindex.data.world import world_panel  # reads tables through this module

        return world_panel(root)
    if table.key != PANEL_KEY:
        panels = sorted(set(panel_columns(root=root).values()))
        raise DatasetError(
            f"expected a panel, a table with the key {', '.join(PANEL_KEY)}; {name!r} has the key "
            f"{', '.join(table.key)}. Panels: {first_three(panels)}; "
            "load other tables with load_dataset."
        )
    return load_dataset(name, root=root).set_index(list(PANEL_KEY)).sort_index()


def _check_names(path: Path, found: Iterable[str], declared: list[str]) -> None:
    found = list(found)
    if found == declared:
        return
    lacking = [f"{name!r}{closest(name, found)}" for name in declared if name not in found]
    beyond = [repr(name) for name in found if name not in declared]
    differs = "; ".join(
        part
        for part in (
            f"lacks {first_three(lacking)}" if lacking else "",
            f"has the undeclared {first_three(beyond)}" if beyond else "",
        )
        if part
    )
    raise DatasetError(
        f"{path}: expected the columns {', '.join(declared)}; the file "
        f"{differs or 'has them in another order'}. {FIX}"
    )


def _typed(path: Path, text: pd.Series, column: ColumnInfo) -> pd.Series:
    """Convert one column from text to its declared type; name the values that do not fit."""
    missing = text.isna().to_numpy()
    values = text.to_numpy(dtype=object)
    known = values[~missing]
    if column.dtype in ("float64", "int64"):
        parse = float if column.dtype == "float64" else int
        wrong = [value for value in known if not _is_number(value, parse)]
        if not wrong and not (column.dtype == "int64" and missing.any()):
            numbers = np.full(len(values), np.nan) if parse is float else np.zeros(len(values), int)
            numbers[~missing] = [parse(value) for value in known]
            return pd.Series(numbers, name=column.name, dtype=column.dtype)
    elif column.dtype == "category":
        allowed = frozenset(column.categories)
        wrong = [value for value in known if value not in allowed]
        if not wrong:
            kind = pd.CategoricalDtype(list(column.categories))
            return text.astype(kind)
    elif column.dtype == "date":
        wrong = [value for value in known if not _DATE.fullmatch(value)]
        if not wrong:
            return text
    elif column.dtype == "string":
        return text
    else:
        raise DatasetError(
            f"{path}, column {column.name}: the catalogue declares the unknown type "
            f"{column.dtype!r}. Types: string, date, category, int64, float64."
        )
    rows = [
        f"row {row + 2}: {'empty' if gap else repr(value)}"
        for row, (value, gap) in enumerate(zip(values, missing, strict=True))
        if (gap and column.dtype == "int64") or (not gap and value in wrong)
    ]
    among = f" (one of {', '.join(column.categories)})" if column.categories else ""
    raise DatasetError(
        f"{path}, column {column.name}: expected {column.dtype}{among}, "
        f"found {first_three(rows)}. {FIX}"
    )


def _is_number(value: str, parse: type[float] | type[int]) -> bool:
    """Whether text is a finite number of the stated type (``nan`` and ``inf`` are not)."""
    try:
        return bool(np.isfinite(parse(value)))
    except ValueError:
        return False


def _check_key(path: Path, frame: pd.DataFrame, key: tuple[str, ...]) -> None:
    """Refuse a key that occurs twice; an empty part of a key is a value like any other."""
    columns = list(key)
    repeated = frame.duplicated(columns, keep=False).to_numpy()
    if repeated.any():
        keys = frame.loc[repeated, columns].itertuples(index=False)
        rows = [
            f"row {row + 2}: ({', '.join(map(str, values))})"
            for row, values in zip(np.flatnonzero(repeated), keys, strict=True)
        ]
        raise DatasetError(
            f"{path}: expected one row for each ({', '.join(key)}), "
            f"found more of {first_three(rows)}. {FIX}"
        )
