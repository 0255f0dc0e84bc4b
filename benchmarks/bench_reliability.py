"""Krippendorff's alpha of 5 coders x 20,000 units with 500 bootstrap replicates, and EM.

The floor of alpha is one pass over the table in a replicate as a plain bootstrap makes it: drawing
the units and gathering their rows, 500 times. The slow twin is timed on 1,000 units and few
replicates, and scaled: its time is proportional to units times replicates.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import perf_counter

import numpy as np
import pandas as pd

from alignindex import reliability
from benchmarks.twins import reliability as slow

UNITS, CODERS, REPLICATES = 20_000, 5, 500


def table(units: int = UNITS, *, decimals: bool = False) -> pd.DataFrame:
    """Five levels, a tenth missing; or every rating a number of its own."""
    rng = np.random.default_rng(1)
    truth = rng.integers(5, size=(units, 1)).astype(float)
    if decimals:
        return pd.DataFrame(truth + rng.normal(size=(units, CODERS)))
    codes = np.where(
        rng.random((units, CODERS)) < 0.7, truth, rng.integers(5, size=(units, CODERS))
    )
    codes[rng.random(codes.shape) < 0.1] = np.nan
    return pd.DataFrame(codes)


def best_of(run: Callable[[], object], times: int = 3) -> float:
    spent = []
    for _ in range(times):
        start = perf_counter()
        run()
        spent.append(perf_counter() - start)
    return min(spent)


def alpha(ratings: pd.DataFrame, level: str, replicates: int = REPLICATES) -> object:
    return reliability.krippendorff_alpha(ratings, scale=level, draws=replicates, rng=1)


def gathering(ratings: pd.DataFrame) -> None:
    """Draw the units of every replicate and gather their rows: the floor of a plain bootstrap."""
    codes, rng = ratings.to_numpy(), np.random.default_rng(1)
    for _ in range(REPLICATES):
        codes[rng.integers(len(codes), size=len(codes))]


def to_floor(level: str, *, decimals: bool = False) -> float:
    ratings = table(decimals=decimals)
    floor = best_of(partial(gathering, ratings))
    return best_of(partial(alpha, ratings, level)) / floor


def to_twin() -> float:
    """Time of the slow twin over ours, ordinal, for the same units and replicates."""
    small, few = 1_000, 3
    units = [[None if x != x else x for x in row] for row in table(small).to_numpy().tolist()]
    counts = np.random.default_rng(1).multinomial(small, np.full(small, 1 / small), size=few)
    start = perf_counter()
    slow.bootstrap(units, counts.tolist(), lambda part: slow.alpha(part, "ordinal"))
    twin = (perf_counter() - start) * (UNITS / small) * (REPLICATES / few)
    return twin / best_of(partial(alpha, table(), "ordinal"))


def iterations_to_twin() -> float:
    """Time of EM in plain loops over ours, an iteration on 1,000 units."""
    ratings = table(1_000)
    rows = ratings.to_numpy().tolist()
    readings = [[[] if x != x else [int(x)] for x in row] for row in rows]
    start = perf_counter()
    slow.dawid_skene(readings, 5, 2)
    twin = (perf_counter() - start) / 2
    fit = reliability.dawid_skene(ratings)
    return twin / (best_of(lambda: reliability.dawid_skene(ratings)) / fit.iterations)


GATES = [
    ("alpha, ordinal, 5 coders x 20,000 units x 500 replicates, over gathering the rows",
     partial(to_floor, "ordinal"), 1.5, "max"),
    ("the same, nominal", partial(to_floor, "nominal"), 1.5, "max"),
    ("the same, interval, every rating a number of its own",
     partial(to_floor, "interval", decimals=True), 8.0, "max"),
    ("the same, ordinal, every rating a number of its own",
     partial(to_floor, "ordinal", decimals=True), 18.0, "max"),
    ("slow twin over alpha, ordinal", to_twin, 150.0, "min"),
    ("slow twin over an iteration of Dawid-Skene, 1,000 units", iterations_to_twin, 20.0, "min"),
]  # fmt: skip


def extras() -> dict[str, float]:
    out = {
        f"s: alpha, {level}, 5 x 20,000, 500 replicates": best_of(partial(alpha, table(), level))
        for level in ("nominal", "ordinal", "interval", "ratio")
    }
    for level in ("interval", "ordinal"):
        out[f"s: alpha, {level}, the same with every rating its own number"] = best_of(
            partial(alpha, table(decimals=True), level), 1
        )
    ratings = table()
    out["s: Dawid-Skene, 5 x 20,000"] = best_of(lambda: reliability.dawid_skene(ratings))
    return out
