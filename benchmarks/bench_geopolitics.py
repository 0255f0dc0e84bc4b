"""Benchmarks of geopolitics and regression: ratios within one run, and the bar of the multiverse.

Votes are those of the benchmark of the ideal points: simulated, of the General Assembly's size.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from itertools import product

import numpy as np
import pandas as pd

import alignindex as ai
from alignindex.geopolitics.points import fit_variant
from alignindex.geopolitics.variants import Variant, ballots, select
from alignindex.kernels import regression
from alignindex.kernels.geopolitics import clusters, parts
from alignindex.kernels.geopolitics import exposure as exposures
from benchmarks import bench_idealpoints
from benchmarks.twins import geopolitics as slow
from benchmarks.twins import regression as slow_regression

FEW, MANY = 4, 100  # variants that are measured, and that the bar is for


def best(call: Callable[[], object], repeats: int = 3) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


@cache
def votes() -> pd.DataFrame:
    table, _ = bench_idealpoints.votes()
    rng = np.random.default_rng(1)
    items = pd.Series(rng.random(table["rcid"].nunique()), index=table["rcid"].unique())
    draw = table["rcid"].map(items)
    return table.assign(
        state=table["state"].astype(str),
        vote=table["vote"] + 1.0,
        kind=np.where(draw < 0.8, "adopted", "paragraph"),
        nu=np.where((draw > 0.2) & (draw < 0.3), 1.0, 0.0),
    )


def anchor() -> tuple[str, int]:
    return str(votes()["state"].iloc[0]), 1


@cache
def hundred_variants() -> float:
    """CPU seconds of 100 variants, from a few of them: half from 1946, half from 1992.

    Two cores that share them evenly need half as long; one core needs as long.
    """
    start = time.process_time()
    ai.geopolitics.multiverse(
        votes(),
        alternatives={"start": [None, 1992], "votes": ["all", "without_nu"]},
        anchor=anchor(),
    )
    return (time.process_time() - start) * MANY / FEW


def variant_to_fit() -> float:
    data = ballots(votes())
    chosen = select(data, Variant())
    options = {"standard_errors": False, "draws": 0, "anchor": (0, 1)}
    plain = best(lambda: ai.idealpoints.fit(chosen, **options), 1)
    return best(lambda: fit_variant(data, Variant(), anchor=anchor()), 1) / plain


def parts_against_twin() -> float:
    levels = (3, 2, 2, 2)
    values = np.random.default_rng(0).normal(size=(*levels, 200))

    def slowly() -> None:
        for column in range(3):
            cells = {cell: values[(*cell, column)] for cell in product(*map(range, levels))}
            slow.shapley(slow.variance_worth(cells, levels))

    fast = best(lambda: parts.shapley(parts.variance_worth(values, len(levels))))
    return (best(slowly, 1) / 3) / (fast / 200)


def communities_against_twin() -> float:
    x = np.random.default_rng(0).normal(size=16)
    weights = 1.0 - np.abs(x[:, None] - x) / 5.0
    np.fill_diagonal(weights, 0.0)
    slowly = best(lambda: slow.communities(weights.tolist()), 1)
    return slowly / best(lambda: clusters.communities(weights), 10)


def exposure_against_twin() -> float:
    rng = np.random.default_rng(0)
    owner, share = np.repeat(np.arange(150), 150), np.full(150 * 150, 1 / 150)
    gaps, ends = rng.uniform(0, 4, owner.size), np.zeros(150)
    lists = [each.tolist() for each in (owner, share, gaps, ends, ends)]
    slowly = best(lambda: slow.exposed(*lists), 1)
    return slowly / best(lambda: exposures.exposed(owner, share, gaps, ends, ends), 10)


def meat_against_twin() -> float:
    i, j = np.triu_indices(30, 1)
    scores = np.random.default_rng(0).normal(size=(i.size, 4))
    slowly = best(lambda: slow_regression.dyadic_meat(scores, i.tolist(), j.tolist()), 1)
    return slowly / best(lambda: regression.dyadic_meat(scores, i, j), 10)


def jackknife_to_clusters() -> float:
    """All dyads of 190 states in 20 years: the jackknife against clustering by dyad alone."""
    i, j = (np.tile(side, 20) for side in np.triu_indices(190, 1))
    design = np.random.default_rng(0).normal(size=(i.size, 4))
    parts_of = design[:, :, None] * design[:, None, :]
    floor = best(lambda: regression.cluster_meat(design, i * 190 + j), 2)
    return best(lambda: regression.jackknife(design, parts_of, i, j), 2) / floor


def attach_to_merge() -> float:
    """Two lags on half a million rows, with codes resolved, against two pandas merges."""
    names = sorted(ai.states.members(2000)["iso3"].unique())[:150]
    points = pd.DataFrame(
        [(s, y, k + y / 100) for k, s in enumerate(names) for y in range(1990, 2020)],
        columns=["state", "year", "point"],
    )
    gaps = ai.geopolitics.distance(points)
    trade = gaps.index.to_frame(index=False).sample(500_000, random_state=0)

    def merges() -> None:
        for lag in (0, 1):
            left = trade.assign(year=trade["year"] - lag)
            left.merge(gaps.reset_index(), on=["state", "partner", "year"], how="left")

    return best(lambda: ai.geopolitics.attach(trade, gaps, lags=(0, 1)), 2) / best(merges, 2)


GATES = [
    ("geopolitics: 100 variants, CPU seconds from 4 of them", hundred_variants, 480.0, "max"),
    ("geopolitics: a variant / the fit of its votes", variant_to_fit, 1.6, "max"),
    ("geopolitics: Shapley parts, loop / kernel", parts_against_twin, 100.0, "min"),
    ("geopolitics: communities, loop / kernel", communities_against_twin, 20.0, "min"),
    ("geopolitics: exposure, loop / kernel", exposure_against_twin, 10.0, "min"),
    ("geopolitics: attach with two lags / two merges", attach_to_merge, 6.0, "max"),
    ("regression: dyadic meat, loop / kernel", meat_against_twin, 100.0, "min"),
    ("regression: jackknife / clusters by dyad", jackknife_to_clusters, 60.0, "max"),
]
