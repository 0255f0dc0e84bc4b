"""How long a million names take, as a multiple of mapping them with a plain dictionary.

Run: python benchmarks/bench_states.py
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from alignindex import states
from benchmarks.twins import states as slow

ROWS = 1_000_000


def mixed_names(rows: int = ROWS, seed: int = 1) -> tuple[pd.Series, np.ndarray]:
    """Names in every spelling of the table, and years in which they are known."""
    held = states.table()
    held = held[held["system"].isin(["iso3", "name", "alias", "sipri", "un"])]
    rng = np.random.default_rng(seed)
    picked = rng.integers(len(held), size=rows)
    first = held["start"].str[:4].astype(int).to_numpy()[picked]
    last = held["end"].fillna("2020").str[:4].astype(int).to_numpy()[picked]
    years = first + (rng.random(rows) * (np.maximum(last, first) - first + 1)).astype(int)
    return pd.Series(held["value"].to_numpy(dtype=object)[picked]), years


def best_of(run: Callable[[], object], times: int = 5) -> float:
    spent = []
    for _ in range(times):
        start = perf_counter()
        run()
        spent.append(perf_counter() - start)
    return min(spent)


def ratio_to_map(*, dated: bool, dtype: str) -> float:
    """Time of resolve over time of Series.map with a dictionary of the same spellings."""
    names, years = mixed_names()
    names = names.astype(dtype)
    plain = dict(zip(names.unique(), range(len(names)), strict=False))
    year = years if dated else None
    states.resolve(names[:10], year=None if year is None else year[:10])  # builds the tables
    mapping = best_of(lambda: names.map(plain))
    return best_of(lambda: states.resolve(names, year=year, unknown="missing")) / mapping


def ratio_to_twin() -> float:
    """Time of the slow twin over time of resolve, for 200 names."""
    names, years = mixed_names(200)
    table = slow.read_table()
    fast = best_of(lambda: states.resolve(names, year=years, unknown="missing"))

    def loop() -> None:
        for name, year in zip(names, years, strict=True):
            slow.resolve_one(table, name, "any", int(year))

    return best_of(loop, 1) / fast


def ratio_to_floor() -> float:
    """Time of resolve by year over that of finding the distinct names once."""
    names, years = mixed_names()
    states.resolve(names[:10], year=years[:10])
    floor = best_of(lambda: pd.factorize(names))
    return best_of(lambda: states.resolve(names, year=years, unknown="missing")) / floor


GATES = [
    ("states.resolve / Series.map", partial(ratio_to_map, dated=False, dtype="object"), 3.0, "max"),
    (
        "states.resolve by year / Series.map",
        partial(ratio_to_map, dated=True, dtype="object"),
        3.0,
        "max",
    ),
    (
        "states.resolve by year, str / Series.map",
        partial(ratio_to_map, dated=True, dtype="str"),
        3.0,
        "max",
    ),
    ("states.resolve by year / pd.factorize", ratio_to_floor, 4.0, "max"),
    ("slow twin / states.resolve, 200 names", ratio_to_twin, 20.0, "min"),
]

if __name__ == "__main__":
    for name, measure, limit, sense in GATES:
        print(f"{name:<45} {measure():8.2f}  ({sense} {limit})")
