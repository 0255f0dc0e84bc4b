"""Check a panel file, and read it if the check finds nothing wrong."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex import states
from alignindex.base.arguments import check_choice
from alignindex.base.errors import PanelError, closest, first_three
from alignindex.base.typing import Bools
from alignindex.panel.columns import column_problems, listed
from alignindex.panel.convert import as_panel
from alignindex.panel.file import TableFile, read_table
from alignindex.panel.index import KEYS, dyad_years
from alignindex.panel.poles import pair_poles
from alignindex.spec import IndexSpec, load_spec
from alignindex.spec.rules import Levels
from alignindex.states.strangers import CodeSystem, stranger

__all__ = ["read_panel", "validate_panel"]

FIRST, LAST = 1815, 2100  # a year outside is a slip: the state system begins in 1816
SHOWN = 10  # unknown actors of a column that are listed


def read_panel(
    path: str | Path,
    spec: IndexSpec,
    *,
    named: str = "",
    sentinels: Iterable[float] | None = None,
) -> pd.DataFrame:
    r"""Return the panel of a file, if a spec can score it.

    Parameters
    ----------
    path : str or Path
        A ``.csv`` or ``.parquet`` file with the columns state, partner, year and raw values.
    spec : IndexSpec
        Says which columns to read, and which hold numbers and which categories.
    named : str
        How the user named the spec: the message gives the command that lists every problem. Empty
        for the default spec of the command line.
    sentinels : iterable of float, optional
        Numbers that stand for a missing value; see `as_panel`.

    Returns
    -------
    DataFrame
        Index (state, partner, year), sorted, and the columns that the spec reads; see `as_panel`.
        Actor codes are text.

    Raises
    ------
    PanelError
        If anything but the codes of actors is wrong; the message names the first problem and says
        how many more there are.

    Examples
    --------
    >>> import tempfile
    >>> from alignindex.spec import load_spec
    >>> path = Path(tempfile.mkdtemp()) / "panel.csv"
    >>> _ = path.write_text("state,year\nARM,2013\n")
    >>> try:
    ...     read_panel(path, load_spec("erkomaishvili2019"))
    ... except PanelError as error:
    ...     print(str(error).partition(": ")[2].partition(". ")[0])
    key column 'partner' is not in the table; it has state, year
    """
    table = read_table(path, text=_text_columns(spec), columns=_read_columns(spec))
    panel, problems = _checked(table, spec, sentinels)
    if problems:
        more = len(problems) - 1
        command = f"alignindex validate {path}" + (f" --spec {named}" if named else "")
        rest = f" (and {more} more problem{'s'[: more > 1]}: {command})"
        raise PanelError(f"{path}: {problems[0]}{rest if more else ''}")
    return panel


def validate_panel(
    path: str | Path,
    spec: IndexSpec | str | Path,
    *,
    codes: CodeSystem = "iso3",
    sentinels: Iterable[float] | None = None,
) -> list[str]:
    r"""Return everything that is wrong with a panel file under a spec, one sentence each.

    Parameters
    ----------
    path : str or Path
        A ``.csv`` or ``.parquet`` file.
    spec : IndexSpec, str or Path
        A spec, the name of a bundled one, or the path of a TOML file.
    codes : {"iso3", "cow", "gw", "any"}
        What state and partner hold: ISO3 codes, numbers of the Correlates of War, those of
        Gleditsch and Ward, or names and ISO3 codes in any spelling.
    sentinels : iterable of float, optional
        Numbers that stand for a missing value; see `as_panel`.

    Raises
    ------
    PanelError
        If the file cannot be read as a table at all.

    Examples
    --------
    >>> import tempfile
    >>> import alignindex as ai
    >>> path = Path(tempfile.mkdtemp()) / "panel.csv"
    >>> _ = path.write_text("state,partner,year\nARM,RUS,2013.5\n")
    >>> ai.validate_panel(path, "erkomaishvili2019")[0]
    "column 'year': a year must be a whole number, such as 2013; got line 2: 2013.5"
    """
    spec = spec if isinstance(spec, IndexSpec) else load_spec(spec)
    check_choice(codes, "codes", ("iso3", "cow", "gw", "any"))
    table = read_table(path, text=_text_columns(spec), columns=_read_columns(spec))
    problems = _checked(table, spec, sentinels)[1]
    return [*problems, *_pole_problems(table, spec), *_actor_problems(table, codes)]


def _pole_problems(table: TableFile, spec: IndexSpec) -> list[str]:
    """Say which pole has no row; a part of a panel may lack one, a whole panel should not."""
    if spec.poles is None or "partner" not in table.frame.columns:
        return []
    partners = sorted(set(table.frame["partner"].dropna().astype(str).str.strip()))
    ending = f"@{spec.poles[1]}"
    if any(column.endswith(ending) for column in table.header):
        return []  # a paired panel
    return [
        f"no row has the partner {pole!r}{closest(pole, partners)}, a pole of spec {spec.name!r}: "
        "every cell of it is missing"
        for pole in spec.poles
        if pole not in partners
    ]


def _read_columns(spec: IndexSpec) -> set[str]:
    """Return the columns that a spec needs of a file; a paired panel has both poles in one row."""
    return {*KEYS, *spec.raw_columns, *spec.columns}


def _text_columns(spec: IndexSpec) -> set[str]:
    """Return the columns whose cells are text: actors and categories."""
    levels = {c for i in spec.indicators if isinstance(i.rule, Levels) for c in i.columns}
    if spec.poles is not None:
        levels = {column.removesuffix(f"@{spec.poles[1]}") for column in levels}
    return {"state", "partner", *levels}


# --- keys ----------------------------------------------------------------------------------------


def _checked(
    table: TableFile, spec: IndexSpec, sentinels: Iterable[float] | None
) -> tuple[pd.DataFrame, list[str]]:
    """Return the panel of the sound rows and cells, and what is wrong with the others."""
    problems = list(table.problems)
    frame = table.frame
    keys = [name for name in KEYS if name in frame.columns]
    columns = list(table.header)
    for name in KEYS:
        if name not in keys:
            others = [column for column in columns if column not in (*KEYS, *spec.raw_columns)]
            problems.append(
                f"key column {name!r} is not in the table{closest(name, others)}; "
                f"it has {listed(columns)}{_rename(name, columns)}"
            )
    clean = frame.copy(deep=False)
    sound = np.ones(len(frame), dtype=bool)
    for name in keys:
        values, wrong, found = (_years if name == "year" else _actors)(table, name)
        clean[name], sound = values, sound & ~wrong
        problems += found
    if {"state", "partner"} <= set(keys):
        same = sound & (clean["state"] == clean["partner"]).to_numpy()
        problems += _self_problems(table, clean, same)
        sound &= ~same
    if len(keys) == len(KEYS):
        again = np.zeros(len(frame), dtype=bool)
        again[sound] = clean.loc[sound, list(KEYS)].duplicated().to_numpy()
        problems += _twice_problems(table, clean, sound, again)
        sound &= ~again
    problems += _cell_problems(table, clean, spec)
    if len(keys) < len(KEYS):
        return frame, [*problems, *_missing_columns(columns, spec)]
    clean = clean[sound].astype({"year": np.int64})
    try:
        panel, rows = dyad_years(as_panel(clean, sentinels=sentinels))
        if spec.poles is not None:
            panel, rows = dyad_years(pair_poles(panel, spec))
    except PanelError as error:
        return frame, [*problems, str(error), *_missing_columns(columns, spec)]
    # One indicator at a time: a column that is wrong for one hides nothing about the others.
    for indicator in spec.indicators:
        alone = indicator.model_copy(update={"parent": "", "weight": 1.0})
        part = spec.model_copy(update={"indicators": (alone,), "nodes": ()})
        found = column_problems(panel, part, rows, header=columns)
        problems += [problem for problem in found if problem not in problems]
    return panel, problems


def _rename(name: str, columns: list[str]) -> str:
    """Say how to name a key column, and how to check COW numbers."""
    how = f". Rename the column that holds it to {name!r}"
    if name != "year" and any(column.casefold().startswith(("ccode", "cow")) for column in columns):
        how += "; for COW numbers say --codes cow to alignindex validate"
    return how


def _missing_columns(columns: list[str], spec: IndexSpec) -> list[str]:
    return [
        f"spec {spec.name!r} needs column {name!r}, and the table has none{closest(name, columns)}"
        for name in spec.raw_columns
        if name not in columns
    ]


def _actors(table: TableFile, name: str) -> tuple[pd.Series, Bools, list[str]]:
    """Return actor codes as stripped text, where they are empty, and sentences on both."""
    column = table.frame[name]
    if pd.api.types.is_float_dtype(column) and (column.dropna() % 1 == 0).all():
        column = column.astype("Int64")  # codes that became floats because some are missing
    text = column.astype(object).map(str).where(column.notna(), "")
    bare = text.str.strip()
    empty = (bare == "").to_numpy(dtype=bool)
    problems = []
    padded = (text != bare).to_numpy(dtype=bool) & ~empty
    if padded.any():
        rows = np.flatnonzero(padded)
        problems.append(
            f"column {name!r}: a code has a blank before or after it, which makes it another "
            f"state: {table.at(rows, _shown(text, rows))}. Remove the blank"
            f"{'s'[: len(rows) > 1]}: {bare.iloc[rows[0]]!r}"
        )
    if empty.any():
        problems.append(
            f"key {name!r} is empty in {table.at(np.flatnonzero(empty))}; "
            "every row needs state, partner and year"
        )
    return bare, empty, problems


def _years(table: TableFile, name: str) -> tuple[pd.Series, Bools, list[str]]:
    """Return years as numbers, where they cannot be years, and sentences on those."""
    column = table.frame[name]
    empty = column.isna().to_numpy(dtype=bool)
    if pd.api.types.is_bool_dtype(column):
        number = pd.Series(np.nan, index=column.index)
    else:
        number = _numbers(column)[0]
    with np.errstate(invalid="ignore"):
        whole = ((number == np.floor(number)) & np.isfinite(number)).to_numpy(dtype=bool)
        near = ((number >= FIRST) & (number <= LAST)).to_numpy(dtype=bool)
    wrong, far = ~empty & ~whole, ~empty & whole & ~near
    problems = []
    if empty.any():
        problems.append(
            f"key {name!r} is empty in {table.at(np.flatnonzero(empty))}; "
            "every row needs state, partner and year"
        )
    if wrong.any():
        rows = np.flatnonzero(wrong)
        problems.append(
            f"column {name!r}: a year must be a whole number, such as 2013; got "
            f"{table.at(rows, _shown(column, rows))}"
        )
    if far.any():
        rows = np.flatnonzero(far)
        slip = "is a digit missing" if abs(float(number.iloc[rows[0]])) < FIRST else "is it a slip"
        problems.append(
            f"column {name!r}: a year must lie between {FIRST} and {LAST}; got "
            f"{table.at(rows, _shown(column, rows))} ({slip}?)"
        )
    return number, empty | wrong | far, problems


def _shown(column: pd.Series, rows: NDArray[np.intp]) -> list[str]:
    return [repr(v) if isinstance(v, str) else f"{v}" for v in column.iloc[rows[:3]]]


def _dyads(frame: pd.DataFrame, rows: NDArray[np.intp]) -> list[str]:
    named = frame.iloc[rows[:3]]
    return [
        f"{state}–{partner}" + (f" {year:.0f}" if math.isfinite(year) else "")
        for state, partner, year in zip(
            named["state"],
            named["partner"],
            named.get("year", [math.nan] * 3),
            strict=False,
        )
    ]


def _self_problems(table: TableFile, clean: pd.DataFrame, same: Bools) -> list[str]:
    if not same.any():
        return []
    rows = np.flatnonzero(same)
    return [
        f"a state cannot be its own partner: {table.at(rows, _dyads(clean, rows))}; "
        "remove these rows"
    ]


def _twice_problems(table: TableFile, clean: pd.DataFrame, sound: Bools, again: Bools) -> list[str]:
    if not again.any():
        return []
    rows = np.flatnonzero(again)
    first = clean[sound & ~again].reset_index().set_index(list(KEYS))["index"]
    earlier = [first.loc[tuple(clean.loc[row, list(KEYS)])] for row in rows[:3]]
    texts = [
        f"{dyad} (first in {table.unit} {table.place[row]})"
        for dyad, row in zip(_dyads(clean, rows), earlier, strict=True)
    ]
    return [
        f"(state, partner, year) must be unique; there again: {table.at(rows, texts)}. "
        "Keep one row per dyad-year"
    ]


# --- cells ---------------------------------------------------------------------------------------


def _cell_problems(table: TableFile, clean: pd.DataFrame, spec: IndexSpec) -> list[str]:
    """Return sentences on cells that are not finite numbers; they become NaN in `clean`."""
    problems = []
    words = _text_columns(spec)
    for name in (c for c in spec.raw_columns if c in clean.columns and c not in words):
        number, text = _numbers(table.frame[name])
        infinite = np.isinf(number).to_numpy()
        for wrong, what in ((text, "numbers"), (infinite, "finite numbers")):
            if wrong.any():
                rows = np.flatnonzero(wrong)
                problems.append(
                    f"column {name!r} must hold {what}; got "
                    f"{table.at(rows, _shown(table.frame[name], rows))}. "
                    "Leave the cell empty for a missing value"
                )
        clean[name] = number.mask(infinite)
    return problems


def _numbers(column: pd.Series) -> tuple[pd.Series, Bools]:
    """Return float64 values of a column, and where it holds something other than a number."""
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_complex_dtype(column):
        values = column.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
        return pd.Series(values, index=column.index), np.zeros(len(column), dtype=bool)
    missing = column.isna().to_numpy(dtype=bool)
    cells = column.astype(object).to_numpy()
    values = np.array(
        [math.nan if gap else _number(cell) for cell, gap in zip(cells, missing, strict=True)],
        dtype=np.float64,
    )
    return pd.Series(values, index=column.index), np.isnan(values) & ~missing


def _number(cell: object) -> float:
    """Return a cell as a number or NaN; ``1_000`` is a number in Python, not in a table."""
    if isinstance(cell, str) and ("_" in cell or not cell.isascii()):
        return math.nan
    try:
        return float(cast(Any, cell))
    except (TypeError, ValueError):
        return math.nan


# --- actors --------------------------------------------------------------------------------------


def _actor_problems(table: TableFile, codes: CodeSystem) -> list[str]:
    """Return sentences on unknown actor codes, each with the place and the closest code."""
    problems = []
    for name in ("state", "partner"):
        if name not in table.frame.columns:
            continue
        text, empty, _ = _actors(table, name)
        place, distinct = pd.factorize(text.where(~empty))
        names = distinct.tolist()
        unknown = states.resolve(names, system=codes, unknown="missing").isna().to_numpy()
        near = [str(known) for known, gap in zip(names, unknown, strict=True) if not gap]
        strangers = np.flatnonzero(unknown)
        for number in strangers[:SHOWN]:
            rows = np.flatnonzero(place == number)
            said = stranger(str(names[number]), codes, near)
            problems.append(f"column {name!r}, {table.at(rows)}: {said}")
        rest = [repr(names[number]) for number in strangers[SHOWN:]]
        if rest:
            problems.append(
                f"column {name!r}: {len(rest)} more codes name no actor: {first_three(rest)}. A "
                "score does not depend on who the actors are"
            )
    return problems
