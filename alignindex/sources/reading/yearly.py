"""Shared by the readers of state-year and dyad-year tables: actors, figures, versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.errors import first_three
from alignindex.base.typing import Floats
from alignindex.sources.reading.ledger import Ledger
from alignindex.sources.reading.numbers import floats
from alignindex.states.lookup import replaced_codes
from alignindex.states.resolution import actor_codes

FIRST_YEAR, LAST_YEAR = 1815, 2100


def dated(table: pd.DataFrame, ledger: Ledger, column: str = "year") -> pd.DataFrame:
    """Reject the records of a year that no table of the state system holds."""
    year = table[column].to_numpy()
    wrong = (year < FIRST_YEAR) | (year > LAST_YEAR)
    if wrong.any():
        ledger.add_many(
            table.loc[wrong, "line"].tolist(),
            f"{column} is not from {FIRST_YEAR} to {LAST_YEAR}",
            table.loc[wrong, column],
            column=column,
        )
        table = table[~wrong]
    return table


def cow_actors(codes: pd.Series[Any], years: pd.Series[Any], notes: list[str]) -> pd.Series[Any]:
    """Actor codes of COW codes by date; a code out of its time keeps its usual actor."""
    actor = actor_codes(codes, years, system="cow")
    lost = codes[actor.isna().to_numpy()]
    if len(lost):
        notes.append(
            f"{len(lost)} rows have a {codes.name} that is not a declared actor, and so no actor "
            f"code: {first_three(sorted(lost.unique()))}"
        )
    return actor


def reject_replaced(
    table: pd.DataFrame, codes: Sequence[str], ledger: Ledger, *, year: str = "year"
) -> pd.DataFrame:
    """Reject rows under a code that its actor gave up within the year, if the later one has a row.

    West Germany (260) and Germany (255) both have rows of 1990 and are one actor. A year stands
    for its 31 December, so the row of the code that holds on that day is the actor's.
    """
    later = replaced_codes("cow")
    years = table[year].to_numpy(dtype=np.int64)
    near = np.flatnonzero(np.isin(years, [when for _, when in later]))
    if not near.size:
        return table
    key = [*codes, year]
    rows = list(zip(*(table[name].iloc[near].tolist() for name in key), strict=True))
    heirs = [(*(later.get((code, row[-1]), code) for code in row[:-1]), row[-1]) for row in rows]
    held = {row for row, heir in zip(rows, heirs, strict=True) if row == heir}
    again = [heir != row and heir in held for row, heir in zip(rows, heirs, strict=True)]
    if not any(again):
        return table
    gone = np.zeros(len(table), dtype=bool)
    gone[near[again]] = True
    ledger.add_rows(table[gone], "the actor has another code on 31 December", key)
    return table[~gone]


def figures(
    table: pd.DataFrame,
    columns: Mapping[str, str],
    notes: list[str],
    *,
    allowed: tuple[float, ...] | None = None,
) -> dict[str, Floats]:
    """Columns of figures under their own names; −9 and what cannot be one is missing.

    Figures are at least 0 and, if ``allowed`` is given, one of its values; every other cell is
    counted in a note.
    """
    out: dict[str, Floats] = {}
    for name, own in columns.items():
        given = table[name]
        value = floats(given)
        good = value >= 0 if allowed is None else np.isin(value, allowed)
        if not good.all():
            wrong = ~good & (value != -9) & given.notna().to_numpy()
            if wrong.any():
                shown = first_three(given[wrong].astype(object).unique())
                wanted = "at least 0" if allowed is None else f"one of {list(allowed)}"
                notes.append(
                    f"{name}: {wrong.sum()} cells are not {wanted} and are missing: {shown}"
                )
            value = np.where(good, value, np.nan)
        out[own] = value
    return out


def stated_version(table: pd.DataFrame, column: str = "version") -> str:
    """Return the version that the records of a file state, empty if they state none or several."""
    if column not in table.columns:
        return ""
    stated = [value for value in table[column].unique() if not pd.isna(value)]
    return str(stated[0]) if len(stated) == 1 else ""
