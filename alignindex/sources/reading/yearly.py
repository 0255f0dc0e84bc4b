"""What the readers of state-year and dyad-year tables share: actors, figures, repeated records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.errors import first_three
from alignindex.sources.reading.common import Ledger, floats
from alignindex.sources.unga.common import suspects_of
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
            f"{len(lost)} rows have a {codes.name} that is no declared actor and so no actor code: "
            f"{first_three(sorted(lost.unique()))}"
        )
    return actor


def figures(
    table: pd.DataFrame,
    columns: Mapping[str, str],
    notes: list[str],
    *,
    allowed: tuple[float, ...] | None = None,
) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
    """Columns of figures under their own names; −9 and what cannot be one is missing.

    Figures are at least 0 and, if ``allowed`` is given, one of its values; every other cell is
    counted in a note.
    """
    out: dict[str, np.ndarray[Any, np.dtype[np.float64]]] = {}
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


def reject_repeated(
    table: pd.DataFrame, key: Sequence[str], ledger: Ledger, *, values: Sequence[str] | None = None
) -> pd.DataFrame:
    """Keep the first record of each key; say of the others whether they contradict it.

    ``values`` are the columns in which a record can contradict; all but ``line`` by default.
    """
    rows = suspects_of(table, key)
    if not rows.size:
        return table
    again = table[list(key)].iloc[rows].duplicated().to_numpy()
    if not again.any():
        return table
    suspects = table.iloc[rows]
    compared = [*key, *(values or [n for n in table.columns if n not in ("line", *key)])]
    same = suspects.duplicated(compared).to_numpy()
    for where, reason in (
        (again & same, "repeats an earlier record"),
        (again & ~same, "contradicts an earlier record"),
    ):
        part = suspects[where]
        texts = [
            ", ".join(f"{name} {cell}" for name, cell in zip(key, row, strict=True))
            for row in part[list(key)].itertuples(index=False, name=None)
        ]
        ledger.add_many(part["line"].tolist(), reason, texts)
    return table.drop(index=suspects.index[again])


def stated_version(table: pd.DataFrame, column: str = "version") -> str:
    """Return the version that the records of a file state, empty if they state none or several."""
    if column not in table.columns:
        return ""
    stated = [value for value in table[column].unique() if not pd.isna(value)]
    return str(stated[0]) if len(stated) == 1 else ""
