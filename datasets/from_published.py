"""Derive three bundled tables from the published files that they summarise.

The published files belong to their makers and are not part of this project. Whoever holds
them can run ``python datasets/rebuild.py --sources FOLDER`` and see, cell by cell, whether the
bundled figures follow from them. Each function here reads one family of files with its own
plain reader, so that a fault of the package's readers cannot hide in the tables.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

STATES = (
    "ARM", "AZE", "BLR", "EST", "GEO", "KAZ", "KGZ", "LVA", "LTU", "MDA", "TJK", "TKM", "UKR",
    "UZB", "RUS", "CHN", "TUR", "USA",
)  # fmt: skip
PARTNERS = ("RUS", "USA", "CHN", "TUR")
FIRST_YEAR = 1992

ARMS_NAMES = {
    "Armenia": "ARM", "Azerbaijan": "AZE", "Belarus": "BLR", "Estonia": "EST",
    "Georgia": "GEO", "Kazakhstan": "KAZ", "Kyrgyzstan": "KGZ", "Latvia": "LVA",
    "Lithuania": "LTU", "Moldova": "MDA", "Tajikistan": "TJK", "Turkmenistan": "TKM",
    "Ukraine": "UKR", "Uzbekistan": "UZB", "Russia": "RUS", "China": "CHN",
    "Turkey": "TUR", "Turkiye": "TUR", "United States": "USA",
}  # fmt: skip
SPENDING_NAMES = {
    "Armenia": "ARM", "Azerbaijan": "AZE", "Belarus": "BLR", "Estonia": "EST",
    "Georgia": "GEO", "Kazakhstan": "KAZ", "Kyrgyz Republic": "KGZ", "Latvia": "LVA",
    "Lithuania": "LTU", "Moldova": "MDA", "Tajikistan": "TJK", "Turkmenistan": "TKM",
    "Ukraine": "UKR", "Uzbekistan": "UZB", "Russia": "RUS", "China": "CHN",
    "Türkiye": "TUR", "United States of America": "USA",
}  # fmt: skip

SOURCE_FOLDERS = ("sipri_at", "sipri_milex", "unga")
TABLES_TO = 2021  # last year of the import tables of April 2022
REGISTER_YEARS = (2022, 2023)  # years that only the register of October 2024 reaches
# The register at hand lists every transfer to these recipients, whoever supplied it.
REGISTER_RECIPIENTS = frozenset(STATES) - {"CHN", "USA"}
UNGA_TO = 2019  # the roll calls at hand end in January 2020


# ---------------------------------------------------------------------------------------
# Arms imports
def arms_imports(folder: Path) -> pd.DataFrame:
    """Yearly arms imports by recipient and supplier, with the recipient's total.

    1992–2021 are the cells of SIPRI's import tables; 2022–2023 are the trade register's
    delivered volumes, each split evenly over its years of delivery.
    """
    table = _import_tables(folder / "sipri_at" / "import_tiv_2022.csv")
    register = _register(folder / "sipri_at" / "trade-register_2024-10_extract.csv")
    rows = []
    for recipient in STATES:
        for supplier in PARTNERS:
            if supplier == recipient:
                continue
            for year in range(FIRST_YEAR, REGISTER_YEARS[-1] + 1):
                if year <= TABLES_TO:
                    found, basis = table, "import_table_2022"
                elif recipient in REGISTER_RECIPIENTS:
                    found, basis = register, "register_2024_even_split"
                else:
                    missing = (np.nan, "unknown", np.nan, "unknown", "not_available")
                    rows.append((recipient, supplier, year, *missing))
                    continue
                cells = []
                for source in (supplier, "Total"):
                    value = found.get((recipient, source, year))
                    if value is None:  # inside coverage, no row is an observed none
                        cells += [0.0, "none"]
                    else:
                        cells += [value, "amount" if value > 0 else "under_half"]
                rows.append((recipient, supplier, year, *cells, basis))
    names = ["recipient", "supplier", "year", "tiv", "tiv_reported", "tiv_total",
             "total_reported", "basis"]  # fmt: skip
    return _sorted(rows, names, ["recipient", "supplier", "year"])


def _import_tables(path: Path) -> dict[tuple[str, str, int], float]:
    """Cells of the tidied import tables; a published 0 (under half a million) is kept."""
    cells: dict[tuple[str, str, int], float] = {}
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            recipient = ARMS_NAMES.get(row["Import_To"])
            supplier = "Total" if row["Export_From"] == "Total" else row["Export_From"]
            if recipient is None or row["Year"] == "Total":
                continue
            key = (recipient, ARMS_NAMES.get(supplier, supplier), int(row["Year"]))
            if key in cells:
                raise ValueError(f"{path.name}: two cells for {key}")
            cells[key] = float(row["TIV"])
    return cells


def _register(path: Path) -> dict[tuple[str, str, int], float]:
    """Delivered volume by recipient, supplier and year, split evenly over delivery years."""
    lines = path.read_text(encoding="iso-8859-1").split("\n")
    start = next(i for i, line in enumerate(lines) if line.startswith("Recipient,Supplier,"))
    header = [name.strip() for name in lines[start].split(",")]
    delivered_at = header.index("Year(s) of delivery")
    volume_at = header.index("SIPRI TIV of delivered weapons")
    parts: dict[tuple[str, str, int], list[float]] = {}
    for number, line in enumerate(lines[start + 1 :], start=start + 2):
        if not line.strip():
            continue
        fields = line.split(",")
        if len(fields) != len(header):
            raise ValueError(f"{path.name}, line {number}: {len(fields)} of {len(header)} fields")
        recipient = ARMS_NAMES.get(fields[0])
        years = [int(year) for year in fields[delivered_at].split(";") if year.strip()]
        if recipient is None or not years:
            continue
        share = float(fields[volume_at]) / len(years)
        supplier = ARMS_NAMES.get(fields[1], fields[1])
        for year in years:
            for source in (supplier, "Total"):
                parts.setdefault((recipient, source, year), []).append(share)
    # fsum: the table must not depend on the order of the register's lines.
    return {key: math.fsum(values) for key, values in parts.items()}


# ---------------------------------------------------------------------------------------
# Agreement in the General Assembly
def yearly_votes(folder: Path) -> Iterator[tuple[int, pd.DataFrame]]:
    """Votes of every state (1 yes, 2 abstain, 3 no, NaN not cast) in every complete year."""
    votes = pd.read_parquet(folder / "unga" / "unga_votes.parquet")
    calls = pd.read_parquet(folder / "unga" / "unga_rollcalls.parquet")
    votes = votes[votes["iso3"].isin(STATES)].merge(
        calls[["rcid", "date"]], on="rcid", validate="many_to_one", suffixes=("_vote", "")
    )
    year = votes["date"].dt.year
    votes = votes.assign(year=year)[year.between(FIRST_YEAR, UNGA_TO)]
    for (this_year,), group in votes.groupby(["year"]):
        cast = group.pivot(index="rcid", columns="iso3", values="vote").reindex(columns=STATES)
        yield int(this_year), cast.where(cast.isin([1, 2, 3])).astype("float64")


def unga_agreement(folder: Path) -> pd.DataFrame:
    """Agreement and linear kappa of every pair, all roll calls of the release (version 1)."""
    rows = []
    for this_year, levels in yearly_votes(folder):
        for a, b in combinations(sorted(STATES), 2):
            n, agreement, kappa = dyad_agreement(levels[a].to_numpy(), levels[b].to_numpy())
            rows.append((a, b, this_year, n, agreement, kappa))
    names = ["state_a", "state_b", "year", "shared_rollcalls", "agreement_half", "kappa_linear"]
    return _sorted(rows, names, ["state_a", "state_b", "year"])


def dyad_agreement(a: np.ndarray, b: np.ndarray) -> tuple[int, float, float]:
    """Shared roll calls, mean agreement and linearly weighted kappa of two voting records.

    Votes are 1 yes, 2 abstain, 3 no, NaN not cast. With W = |i − j| / 2, agreement is
    1 − ΣW∘P and kappa 1 − ΣW∘P / ΣW∘E, P the joint proportions on shared roll calls and E
    the product of their margins. Without shared roll calls both are NaN; kappa is also NaN
    where ΣW∘E = 0, when both records are constant and the same.
    """
    both = ~(np.isnan(a) | np.isnan(b))
    n = int(both.sum())
    if n == 0:
        return 0, float("nan"), float("nan")
    counts = np.zeros((3, 3), dtype=np.int64)
    np.add.at(counts, (a[both].astype(int) - 1, b[both].astype(int) - 1), 1)
    steps = np.abs(np.subtract.outer(np.arange(3), np.arange(3)))  # W = steps / 2
    observed = int((steps * counts).sum())  # 2 n ΣW∘P, a whole number
    expected = int((steps * np.outer(counts.sum(axis=1), counts.sum(axis=0))).sum())  # 2 n² ΣW∘E
    # Whole numbers up to the one division: each result is the double nearest to the exact value.
    agreement = (2 * n - observed) / (2 * n)
    kappa = (expected - n * observed) / expected if expected else float("nan")
    return n, agreement, kappa


# ---------------------------------------------------------------------------------------
# Military spending
CERTAINTY = {12: "estimate", 10: "uncertain"}  # indexed font colours: blue and red
SPECIAL_NOTES = {
    "†": "excludes military pensions",
    "‡": "current spending only",
    "§": "adopted budget",
    "¶": "excludes paramilitary forces",
    "‖": "currency changed or redenominated",
}
PRINTED_2018 = {"ARM": "506", "BLR": "604", "KAZ": "1,590", "RUS": "45,349", "TJK": "217"}


def military_spending(folder: Path) -> pd.DataFrame:
    """Yearly military expenditure in current and constant US dollars."""
    import openpyxl

    path = folder / "sipri_milex" / "SIPRI-Milex-data-1948-2023.xlsx"
    book = openpyxl.load_workbook(path, data_only=True)
    current = dict(_spending_cells(book["Current US$"]))
    constant = dict(_spending_cells(book["Constant (2022) US$"]))
    rows = []
    for (state, year), (value, certainty, marks) in current.items():
        fixed = constant[state, year][0]
        notes = []
        if value == 0:
            # A few years of old currency vanish when they are expressed in the new one.
            value = None
            notes.append("printed as 0 after redenomination of the currency: taken as unknown")
        if year == 2018 and state in PRINTED_2018:
            notes.append(
                f"another overview prints USD {PRINTED_2018[state]} million for 2018 "
                "(its axis says billions); SIPRI is preferred"
            )
        definition = "; ".join(SPECIAL_NOTES[mark] for mark in marks if mark in SPECIAL_NOTES)
        if value is None and fixed is None:
            certainty = ""
        rows.append((state, year, value, fixed, certainty, definition, "; ".join(notes)))
    names = ["state", "year", "usd_current", "usd_constant_2022", "certainty", "definition",
             "note"]  # fmt: skip
    frame = _sorted(rows, names, ["state", "year"])
    frame[names[2:4]] = frame[names[2:4]].astype("float64")
    for name in names[4:]:
        frame[name] = frame[name].where(frame[name] != "", np.nan)
    return frame


def _spending_cells(
    sheet: object,
) -> Iterator[tuple[tuple[str, int], tuple[float | None, str, str]]]:
    """(state, year) and (value, certainty, marks) of one sheet; years from 1992."""
    grid = list(sheet.iter_rows())  # type: ignore[attr-defined]
    top = next(i for i, row in enumerate(grid[:12]) if row[0].value == "Country")
    header = [cell.value for cell in grid[top]]
    notes_at = header.index("Notes")
    years = {int(name): at for at, name in enumerate(header) if str(name).isdigit()}
    for row in grid[top + 1 :]:
        state = SPENDING_NAMES.get(row[0].value)
        if state is None:
            continue
        for year, at in years.items():
            if year < FIRST_YEAR:
                continue
            cell = row[at]
            colour = cell.font.color
            index = colour.indexed if colour is not None and colour.type == "indexed" else None
            missing = cell.value in ("...", ". .", "xxx", None)
            value = None if missing else float(cell.value)
            certainty = CERTAINTY.get(index, "reported")
            yield (state, year), (value, certainty, str(row[notes_at].value or ""))


# ---------------------------------------------------------------------------------------
def _sorted(rows: list[tuple[object, ...]], names: list[str], key: list[str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=names).sort_values(key, ignore_index=True)


TABLES = {
    "arms_imports/v1": arms_imports,
    "military_spending/v1": military_spending,
    "unga_agreement/v1": unga_agreement,
}
