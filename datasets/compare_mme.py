"""Compare the bundled counts of joint exercises with those of MME, 1992-2010.

    python datasets/compare_mme.py FILE    FILE is mme_v7.csv of doi:10.7910/DVN/KHFODX

MME (D'Orazio and Galambos, Multinational Military Exercises) is a collection from news. Its rows
are counted as they stand, one each, in the year of their start. The file is not part of the
project, and nothing of it is written.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent))

import exercise_coverage
from from_published import PARTNERS, STATES

from alignindex.data import load_dataset, load_panel

NAMES = {
    "Armenia": "ARM", "Azerbaijan": "AZE", "Belarus": "BLR", "China": "CHN", "Estonia": "EST",
    "Georgia": "GEO", "Kazakhstan": "KAZ", "Kyrgyzstan": "KGZ", "Lithuania": "LTU",
    "Latvia": "LVA", "Moldova": "MDA", "Russia": "RUS", "Tajikistan": "TJK",
    "Turkmenistan": "TKM", "Turkey": "TUR", "Ukraine": "UKR", "United States": "USA",
    "Uzbekistan": "UZB",
}  # fmt: skip
PERIODS = ((1992, 2002), (2003, 2010))
Counts = Mapping[tuple[str, str, int], int]


def mme_counts(path: Path) -> Counts:
    """Exercises by ordered pair of participants and year of the start."""
    table = pd.read_csv(path, dtype=str, encoding="latin-1")
    columns = [name for name in table if name.startswith("State")]
    if len(columns) < 2 or "s.year" not in table:
        raise ValueError(f"{path}: expected columns s.year, StateA, StateB ... of MME v7")
    counts: Counter[tuple[str, str, int]] = Counter()
    for year, row in zip(table["s.year"], table[columns].to_numpy(), strict=True):
        if not str(year).isdigit():
            continue
        members = {NAMES[name.strip()] for name in row if str(name).strip() in NAMES}
        for a in members:
            for b in members - {a}:
                counts[a, b, int(year)] += 1
    return counts


def pairs() -> list[tuple[str, str]]:
    """Every pair of the panel once."""
    chosen = {frozenset((s, p)) for s in STATES for p in PARTNERS if s != p}
    return sorted((a, b) for a, b in (sorted(pair) for pair in chosen))


def code(number: float) -> float:
    """Code of a three-year sum in the default index."""
    return 0.0 if number == 0 else 0.5 if number < exercise_coverage.ENOUGH else 1.0


def compare(own: Counts, mme: Counts, panel: pd.Series) -> list[str]:
    """Lines of the comparison."""
    lines = []
    for first, last in PERIODS:
        cells = [(a, b, year) for a, b in pairs() for year in range(first, last + 1)]
        some = [cell for cell in cells if mme.get(cell, 0)]
        fewer = sum(own.get(cell, 0) < mme[cell] for cell in some)
        more = sum(own.get(cell, 0) > mme.get(cell, 0) for cell in cells)
        only = sum(own.get(cell, 0) > 0 and not mme.get(cell, 0) for cell in cells)
        lines.append(
            f"{first}-{last}: {len(cells)} pair-years; MME has exercises in {len(some)}, the table "
            f"in {sum(own.get(cell, 0) > 0 for cell in cells)}; fewer in the table {fewer}, more "
            f"{more}, of these in the table only {only}; sums {sum(mme[c] for c in some)} and "
            f"{sum(own.get(c, 0) for c in cells)}"
        )
    differ: Counter[tuple[float, float]] = Counter()
    which = []
    for a, b in pairs():
        state, partner = (a, b) if b in PARTNERS else (b, a)
        for year in range(1994, 2011):
            window = [(state, partner, y) for y in range(year - 2, year + 1)]
            cells = panel.reindex(window)
            total = cells.sum()
            if cells.isna().any() and total < exercise_coverage.ENOUGH:
                continue
            both = (code(total), code(sum(mme.get(cell, 0) for cell in window)))
            differ[both] += 1
            if both[0] != both[1]:
                which.append(f"{state}-{partner} {year}: {both[0]:g}, MME {both[1]:g}")
    for (ours, theirs), number in sorted(differ.items()):
        lines.append(f"three-year code {ours:g} in the panel, {theirs:g} from MME: {number}")
    return lines + [f"  {line}" for line in which]


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    path = parser.parse_args(arguments).file
    events = load_dataset("exercises")
    own = exercise_coverage.seen(events[events["confidence"] != "low"])
    print("\n".join(compare(own, mme_counts(path), load_panel("post_soviet")["exercises"])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
