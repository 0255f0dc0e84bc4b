"""Speed of the scoring core, as ratios within one run.

The large panel has 3.2 million dyad-years: 200 actors, all directed dyads, 80 years, with the
columns, windows and rules of the default index and about a tenth of its cells unknown.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pandas as pd

import alignindex as ai
from alignindex.kernels.scoring import aggregate, tree
from alignindex.panel.index import DyadYears, dyad_years
from alignindex.scoring.coding import BLOCK, Coder

ACTORS, YEARS = 200, 80
SEED = 20190101


def best(function: Callable[[], object], repeat: int = 5) -> float:
    """Least wall time of several runs, in seconds."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def make_panel(actors: int, years: int) -> pd.DataFrame:
    """Invent a panel for the default index, all directed dyads of `actors` actors."""
    rng = np.random.default_rng(SEED)
    names = pd.Index([f"S{i:03d}" for i in range(actors)])
    state, partner = (a.ravel() for a in np.meshgrid(range(actors), range(actors), indexing="ij"))
    keep = state != partner
    state, partner = np.repeat(state[keep], years), np.repeat(partner[keep], years)
    year = np.tile(np.arange(1941, 1941 + years), keep.sum())
    n = len(state)
    index = pd.MultiIndex(
        levels=[names, names, pd.Index(np.arange(1941, 1941 + years))],
        codes=[state, partner, year - 1941],
        names=["state", "partner", "year"],
    )

    def some(values: np.ndarray) -> np.ndarray:
        values = values.astype(np.float64)
        values[rng.random(n) < 0.1] = np.nan
        return values

    total = rng.poisson(20.0, n).astype(np.float64)
    columns = {
        "arms_tiv": some(np.floor(total * rng.random(n))),
        "arms_tiv_total": some(total),
        "exercises": some(rng.poisson(0.7, n)),
        "un_votes": some(rng.random(n)),
        "un_kappa": some(rng.random(n)),
        "crimea_state": some(rng.integers(0, 5, n) / 4),
        "crimea_partner": some(rng.integers(0, 5, n) / 4),
    }
    panel = pd.DataFrame(columns, index=index)
    kinds = ["none", "facility", "base", "disputed_facility"]
    codes = rng.choice([-1, 0, 1, 2, 3], size=n, p=[0.1, 0.6, 0.15, 0.1, 0.05]).astype(np.int8)
    panel["bases"] = pd.Categorical.from_codes(codes, kinds)
    return panel


@lru_cache(maxsize=1)
def large_panel() -> pd.DataFrame:
    return make_panel(ACTORS, YEARS)


def mean_over_product() -> float:
    """Time of weighted_mean on 3.2 million x 5 codes over that of one ``codes @ weights``."""
    rng = np.random.default_rng(SEED)
    codes = rng.random((3_200_000, 5))
    codes[rng.random(codes.shape) < 0.15] = np.nan
    weights = np.array([1.0, 2.0, 1.0, 1.0, 0.5])
    return best(lambda: aggregate.weighted_mean(codes, weights)) / best(lambda: codes @ weights)


def kernels_alone(panel: pd.DataFrame, rows: DyadYears) -> None:
    """Everything that the kernels do for `score`, without checks and without labels."""
    spec = ai.load_spec("erkomaishvili2019-v1")
    coder = Coder(panel, spec, rows)
    weights = np.array(spec.leaf_weights)
    for start in range(0, len(panel), BLOCK):
        code, low, high = coder.block(slice(start, min(start + BLOCK, len(panel))))
        tree.evaluate(spec.tree, code.T, low.T, high.T, propagate=False)
        aggregate.observed_weight(code.T, weights) / aggregate.observed_weight(low.T, weights)


def score_over_kernels() -> float:
    """Time of `score` on 3.2 million dyad-years over that of its kernels alone."""
    panel = large_panel()
    _, rows = dyad_years(panel)
    alone = best(lambda: kernels_alone(panel, rows), 3)
    return best(lambda: ai.score(panel, "erkomaishvili2019-v1"), 3) / alone


def score_memory() -> float:
    """Peak extra memory of `score`, results included, over the memory of the panel."""
    panel = large_panel()
    size = panel.memory_usage(index=True, deep=True).sum()
    tracemalloc.start()
    result = ai.score(panel, "erkomaishvili2019-v1")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(result.scores) == len(panel)
    return float(peak / size)


def twin_over_score() -> float:
    """Time of the slow twin over that of `score`, on 20 actors and 20 years."""
    from benchmarks.twins.scoring import reference_score

    panel = make_panel(20, 20)
    spec = ai.load_spec("erkomaishvili2019-v1")
    return best(lambda: reference_score(panel, spec), 1) / best(lambda: ai.score(panel, spec), 3)


GATES = [
    ("weighted_mean, 3.2 million x 5 / codes @ weights", mean_over_product, 8.0, "max"),
    ("score, 3.2 million dyad-years / its kernels", score_over_kernels, 2.0, "max"),
    ("score, peak extra memory / panel", score_memory, 2.0, "max"),
    ("slow twin / score, 7,600 dyad-years", twin_over_score, 20.0, "min"),
]


def extras() -> dict[str, float]:
    """Absolute seconds, reported and not gated."""
    panel = large_panel()
    return {
        "score, 3.2 million dyad-years (s)": best(
            lambda: ai.score(panel, "erkomaishvili2019-v1"), 3
        )
    }
