"""Panels for the bundled specs beside the default one: facts by cell or spell, and derived figures.

``economist2023/panel`` and ``strategic_stages/panel`` follow from the curated tables beside them;
``obligations`` and ``unga_alignment`` from published files that are not part of this project.
"""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd

from alignindex.data import load_dataset

KEY = ["state", "partner", "year"]
ECONOMIST_YEAR = 2023
ATOP_YEARS = range(1992, 2019)  # version 5.1 ends in 2018
# Strongest pledge first, ranked as the Correlates of War rank their alliances.
ATOP_RANK = (
    ("atop_defense", 3.0), ("atop_neutral", 2.0), ("atop_nonagg", 2.0), ("atop_consul", 1.0),
)  # fmt: skip
COW = {
    2: "USA", 359: "MDA", 365: "RUS", 366: "EST", 367: "LVA", 368: "LTU", 369: "UKR", 370: "BLR",
    371: "ARM", 372: "GEO", 373: "AZE", 640: "TUR", 701: "TKM", 702: "TJK", 703: "KGZ",
    704: "UZB", 705: "KAZ", 710: "CHN",
}  # fmt: skip


def economist2023(measures: pd.DataFrame) -> pd.DataFrame:
    """One row per country, one column per measure; unknown where no fact was found."""
    wide = measures.pivot(index="state", columns="measure", values="value")
    wide = wide[list(dict.fromkeys(measures["measure"]))].reset_index()
    wide.insert(1, "partner", "RUS")
    wide.insert(2, "year", ECONOMIST_YEAR)
    return wide.rename_axis(columns=None)


def strategic_stages(spells: pd.DataFrame) -> pd.DataFrame:
    """One row per directed dyad-year, one column per criterion; unknown outside the spells.

    A spell of low confidence counts as none, as in the other panels.
    """
    first, last = int(spells["first"].min()), int(spells["last"].max())
    cells = {
        (a, b, year, row.criterion): row.value
        for row in spells[spells["confidence"] != "low"].itertuples(index=False)
        for a, b in permutations((row.state, row.partner))
        for year in range(int(row.first), int(row.last) + 1)
    }
    dyads = sorted({(a, b) for a, b, _, _ in cells})
    criteria = list(dict.fromkeys(spells["criterion"]))
    rows = [
        (a, b, year, *(cells.get((a, b, year, criterion), np.nan) for criterion in criteria))
        for a, b in dyads
        for year in range(first, last + 1)
    ]
    return pd.DataFrame(rows, columns=[*KEY, *criteria])


def obligations(folder: Path) -> pd.DataFrame:
    """Rank of the strongest pledge that a state made to a partner by treaty (ATOP), 0 for none."""
    table = pd.read_csv(folder / "atop" / "peacesciencer_atop_alliance.csv")
    rank = np.zeros(len(table))
    for column, value in ATOP_RANK:
        rank = np.maximum(rank, np.where(table[column] == 1, value, 0.0))
    state, partner = (table[name].astype(int).map(COW) for name in ("ccode1", "ccode2"))
    found = {
        (a, b, int(year)): value
        for a, b, year, value in zip(state, partner, table["year"], rank, strict=True)
        if isinstance(a, str) and isinstance(b, str)
    }
    names = sorted(COW.values())
    rows = [
        (a, b, year, found.get((a, b, year), 0.0))
        for a, b in permutations(names, 2)
        if b in ("RUS", "USA", "CHN", "TUR")
        for year in ATOP_YEARS
    ]
    return pd.DataFrame(rows, columns=[*KEY, "alliance"])


def unga_alignment(folder: Path) -> pd.DataFrame:
    """Index A and squared kappa of the votes of every ordered pair in every complete year."""
    from from_published import UNGA_TO, yearly_votes

    rows = []
    for year, levels in yearly_votes(folder):
        for a, b in permutations(sorted(levels.columns), 2):
            if b not in ("RUS", "USA", "CHN", "TUR"):
                continue
            shared, *values = dyad_alignment(levels[a].to_numpy(), levels[b].to_numpy())
            rows.append((a, b, year, *(values if shared >= 10 else (np.nan, np.nan))))
    assert max(row[2] for row in rows) <= UNGA_TO
    frame = pd.DataFrame(rows, columns=[*KEY, "un_a", "un_kappa_squared"]).sort_values(KEY)
    return frame.reset_index(drop=True)


def dyad_alignment(a: np.ndarray, b: np.ndarray) -> tuple[int, float, float]:
    """Shared roll calls of two voting records, their alignment index A, and their squared kappa.

    Votes are 1 yes, 2 abstain, 3 no, NaN not cast. A = S − E[S] with S = 1 − 2 ΣW∘P and
    E[S] = 1 − 2 ΣW∘E, W = |i − j| / 2; so A = 2 (ΣW∘E − ΣW∘P). Kappa is 1 − ΣW²∘P / ΣW²∘E, NaN
    where ΣW²∘E = 0. Without shared roll calls both are NaN.
    """
    both = ~(np.isnan(a) | np.isnan(b))
    n = int(both.sum())
    if n == 0:
        return 0, float("nan"), float("nan")
    counts = np.zeros((3, 3), dtype=np.int64)
    np.add.at(counts, (a[both].astype(int) - 1, b[both].astype(int) - 1), 1)
    steps = np.abs(np.subtract.outer(np.arange(3), np.arange(3)))
    chance = np.outer(counts.sum(axis=1), counts.sum(axis=0))
    # Whole numbers up to the one division: each result is the double nearest to the exact value.
    gain = [int((w * chance).sum()) - n * int((w * counts).sum()) for w in (steps, steps**2)]
    expected = int((steps**2 * chance).sum())
    return n, gain[0] / n**2, gain[1] / expected if expected else float("nan")


PUBLISHED = {"obligations": obligations, "unga_alignment": unga_alignment}
FILES = {
    "economist2023/panel": "economist2023/panel.csv",
    "strategic_stages/panel": "strategic_stages/panel.csv",
}
TABLE_KEYS = dict.fromkeys([*PUBLISHED, *FILES], KEY)


def derived(root: Path) -> dict[str, pd.DataFrame]:
    """Panels that follow from the curated tables under ``root``, by name."""
    return {
        "economist2023/panel": economist2023(load_dataset("economist2023", root=root)),
        "strategic_stages/panel": strategic_stages(load_dataset("strategic_stages", root=root)),
    }
