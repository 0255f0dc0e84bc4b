"""How often a search that finds no exercise has missed one: what ``none_found`` is worth.

    python datasets/exercise_absence.py --mme FILE      MME lists none, and another report has one
    python datasets/exercise_absence.py --before FILE   an earlier table had none, and this one has

Both are counted over the years of the fourteen states with Russia. FILE is ``mme_v7.csv`` of
doi:10.7910/DVN/KHFODX, or an earlier ``exercises/table.csv``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent))

import compare_mme
import exercise_coverage
import exercise_yearly
from from_published import PARTNERS, STATES

from alignindex.data import load_dataset

Cell = tuple[str, str, int]
FIRST, LAST_OF_MME, LAST = 1994, 2010, 2024


def missed(
    search: Mapping[Cell, int], truth: Mapping[Cell, int], cells: Iterable[Cell]
) -> tuple[int, int]:
    """Cells in which the search has none, and how many of these the other source fills."""
    none = [cell for cell in cells if not search.get(cell, 0)]
    return len(none), sum(truth.get(cell, 0) > 0 for cell in none)


def with_russia(first: int, last: int) -> list[Cell]:
    """The fourteen states with Russia, year by year."""
    states = sorted(set(STATES) - set(PARTNERS))
    return [(state, "RUS", year) for state in states for year in range(first, last + 1)]


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--mme", type=Path)
    parser.add_argument("--before", type=Path)
    options = parser.parse_args(arguments)
    events = load_dataset("exercises")
    sure = events[events["confidence"] != "low"]
    if options.mme:
        others = sure[[not exercise_yearly.rests_on_mme_alone(text) for text in sure["source"]]]
        none, filled = missed(
            compare_mme.mme_counts(options.mme), exercise_coverage.seen(others),
            with_russia(FIRST, LAST_OF_MME),
        )  # fmt: skip
        print(f"MME, {FIRST}-{LAST_OF_MME}: none in {none}, another report in {filled} of these")
    if options.before:
        old = pd.read_csv(options.before, dtype=str, keep_default_na=False)
        for first, last in ((FIRST, LAST_OF_MME), (LAST_OF_MME + 1, 2021)):
            none, filled = missed(
                exercise_coverage.seen(old), exercise_coverage.seen(sure), with_russia(first, last)
            )
            print(f"earlier table, {first}-{last}: none in {none}, found since in {filled}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
