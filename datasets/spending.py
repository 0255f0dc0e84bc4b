"""Derive military expenditure (version 2) and armed forces from published files.

Expenditure comes from SIPRI's workbook for 1949–2024. Active forces come from the National
Material Capabilities of the Correlates of War project (version 6, to 2016). Later estimates and the
figures that count paramilitary forces too were compiled by hand, in ``armed_forces/factbook.csv``
and ``armed_forces/wdi.csv``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from from_published import (
    FIRST_YEAR,
    PRINTED_2018,
    SPECIAL_NOTES,
    SPENDING_NAMES,
    STATES,
)
from spec_inputs import COW

WORKBOOK = "SIPRI-Milex-data-1949-2024.xlsx"
SHEETS = {
    "usd_current": "Current US$",
    "usd_constant_2023": "Constant (2023) US$",
    "gdp_share": "Share of GDP",
    "gov_share": "Share of Govt. spending",
}
CERTAINTY = {"FF0000FF": "estimate", "FFFF0000": "uncertain"}  # SIPRI's blue and red
# Military spending over a share of government spending gives government spending over GDP.
LEAST_GOVERNMENT = 0.07  # below this share of GDP the printed share of spending is not credible
NMC = "NMC-60-abridged.csv"
NMC_TO = 2016
HERE = Path(__file__).resolve().parent

Cell = tuple[float | None, str, str]  # value, certainty, marks of the special notes


def military_spending(folder: Path) -> pd.DataFrame:
    """Yearly military expenditure in dollars, and as shares of GDP and of government spending."""
    import openpyxl

    book = openpyxl.load_workbook(folder / "sipri_milex" / WORKBOOK, data_only=True)
    sheets = {name: dict(_cells(book[title])) for name, title in SHEETS.items()}
    rows = []
    for state, year in sheets["usd_current"]:
        values = {name: sheet[state, year][0] for name, sheet in sheets.items()}
        _, certainty, marks = sheets["usd_current"][state, year]
        notes = _screen(values)
        if year == 2018 and state in PRINTED_2018:
            notes.append(
                f"another overview prints USD {PRINTED_2018[state]} million for 2018 "
                "(its axis says billions); SIPRI is preferred"
            )
        if all(value is None for value in values.values()):
            certainty = ""
        definition = "; ".join(SPECIAL_NOTES[mark] for mark in marks if mark in SPECIAL_NOTES)
        rows.append((state, year, *values.values(), certainty, definition, "; ".join(notes)))
    names = ["state", "year", *SHEETS, "certainty", "definition", "note"]
    frame = pd.DataFrame(rows, columns=names).sort_values(["state", "year"], ignore_index=True)
    frame[[*SHEETS]] = frame[[*SHEETS]].astype("float64")
    for name in ("certainty", "definition", "note"):
        frame[name] = frame[name].where(frame[name] != "", np.nan)
    return frame


def _screen(values: dict[str, float | None]) -> list[str]:
    """Empty what the workbook cannot mean, and say so."""
    notes = []
    if values["usd_current"] == 0:
        # A few years of old currency vanish when they are expressed in the new one.
        values["usd_current"] = None
        notes.append("printed as 0 after redenomination of the currency: taken as unknown")
    gdp, government = values["gdp_share"], values["gov_share"]
    if gdp and government and gdp / government < LEAST_GOVERNMENT:
        values["gov_share"] = None
        notes.append(
            f"the printed share of government spending, {government:.1%}, would put that spending "
            f"at {gdp / government:.1%} of GDP: taken as unknown"
        )
    return notes


def _cells(sheet: object) -> Iterator[tuple[tuple[str, int], Cell]]:
    """(state, year) and value, certainty and marks of one sheet; years from 1992."""
    grid = list(sheet.iter_rows())  # type: ignore[attr-defined]
    top = next(i for i, row in enumerate(grid[:12]) if row[0].value == "Country")
    header = [cell.value for cell in grid[top]]
    notes_at = header.index("Notes")
    years = {int(name): at for at, name in enumerate(header) if isinstance(name, int | float)}
    for row in grid[top + 1 :]:
        state = SPENDING_NAMES.get(row[0].value)
        if state is None:
            continue
        for year, at in years.items():
            if year < FIRST_YEAR:
                continue
            cell = row[at]
            colour = cell.font.color
            shade = colour.rgb if colour is not None and colour.type == "rgb" else ""
            value = None if cell.value in ("...", ". .", "xxx", None) else float(cell.value)
            yield (
                (state, year),
                (value, CERTAINTY.get(shade, "reported"), str(row[notes_at].value or "")),
            )


def armed_forces(folder: Path, root: Path = HERE) -> pd.DataFrame:
    """Armed forces by state and year: active, active as estimated, and with the paramilitary."""
    active = {}
    with (folder / "cow" / NMC).open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            state, year = COW.get(int(row["ccode"])), int(row["year"])
            if state and year >= FIRST_YEAR and float(row["milper"]) >= 0:  # -9 is missing
                active[state, year] = 1000.0 * float(row["milper"])
    estimate, wider = (_persons(root / "armed_forces" / f"{n}.csv") for n in ("factbook", "wdi"))
    last = max(year for _, year in (*estimate, *wider))
    rows = [
        (state, year, *(cells.get((state, year), np.nan) for cells in (active, estimate, wider)))
        for state in sorted(STATES)
        for year in range(FIRST_YEAR, last + 1)
    ]
    names = ["state", "year", "active", "active_estimate", "with_paramilitary"]
    return pd.DataFrame(rows, columns=names)


def _persons(path: Path) -> dict[tuple[str, int], float]:
    """Persons by state and year of a table that was compiled by hand."""
    with path.open(encoding="utf-8", newline="") as handle:
        return {
            (row["state"], int(row["year"])): float(row["persons"])
            for row in csv.DictReader(handle)
        }


PUBLISHED = {"military_spending": military_spending, "armed_forces": armed_forces}
FILES = {"military_spending/v1": "military_spending/v1.csv"}
TABLE_KEYS = {name: ["state", "year"] for name in (*PUBLISHED, *FILES)}
