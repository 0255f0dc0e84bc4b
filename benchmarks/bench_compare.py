"""Speed of putting indices side by side, as ratios within one run.

All bundled specs whose inputs are in the box are compared on their bundled panels, with the default
1,000 replicates of the bootstrap.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache

import numpy as np

import alignindex as ai
from alignindex.comparison.pairs import Pair
from alignindex.kernels import comparison as concordance
from benchmarks.twins import comparison as slow

SEED = 1
BAR = 2.0  # seconds that everything may take: loading the panels, scoring, comparing


def seconds(function: Callable[[], object], repeat: int = 3) -> float:
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    listed = ai.list_specs().index
    return tuple(n for n in listed if (ai.spec_inputs(n)["panel"] != "").all())


@lru_cache(maxsize=1)
def results() -> tuple[ai.AlignmentResult, ...]:
    return tuple(ai.score(ai.panel_for_spec(name), name) for name in names())


def whole() -> float:
    """Seconds for all of it."""
    return seconds(lambda: str(ai.compare(names(), rng=SEED)))


def share_of_the_bar() -> float:
    """All specs with inputs in the box, from the files to the printed summary, over the bar."""
    return whole() / BAR


def compare_over_scores() -> float:
    """`compare` of the results, over scoring them all."""
    score = seconds(lambda: [ai.score(r.panel, r.spec) for r in results()])
    return seconds(lambda: ai.compare(results(), rng=SEED)) / score


@lru_cache(maxsize=1)
def pair() -> Pair:
    found = ai.compare(["erkomaishvili2019", "erkomaishvili2019-kappa"], rng=SEED)
    return next(iter(found.pairs.values()))


def scipy_over_kernel() -> float:
    """Both correlations of the default pair by scipy, group by group, over those of the kernel.

    Scipy is called for the data as they are, in every group, times the replicates; the kernel is
    timed with all of them.
    """
    from scipy.stats import kendalltau, spearmanr

    ours, (x, y) = pair(), pair().levels
    groups = [np.flatnonzero(ours.group == g) for g in range(ours.group.max() + 1)]
    one = seconds(lambda: [(kendalltau(x[g], y[g]), spearmanr(x[g], y[g])) for g in groups], 1)
    counts = np.ones((ours.cluster.max() + 1, 1000))
    fast = seconds(lambda: concordance.correlations(x, y, ours.group, ours.cluster, counts))
    return one * 1000 / fast


def loops_over_kernel() -> float:
    """Both correlations of every fourth row, pooled, by the slow twins, over the kernel."""
    ours = pair()
    keep = np.arange(0, len(ours.index), 4)
    x, y = (level[keep] for level in ours.levels)
    group = np.zeros(len(keep), dtype=np.int64)
    cluster, counts = ours.cluster[keep], np.ones((ours.cluster.max() + 1, 1))
    table = (x.tolist(), y.tolist(), group.tolist())
    loops = seconds(lambda: (slow.kendall(*table), slow.spearman(*table)), 1)
    return loops / seconds(lambda: concordance.correlations(x, y, group, cluster, counts))


GATES = [
    ("all specs with inputs: load, score, compare, print / 2 s", share_of_the_bar, 1.5, "max"),
    ("compare, 1,000 replicates / scoring the same specs", compare_over_scores, 40.0, "max"),
    ("scipy, group by group / correlations, 1,000 replicates", scipy_over_kernel, 1000.0, "min"),
    ("loops over all pairs / correlations, one group", loops_over_kernel, 10.0, "min"),
]


def extras() -> dict[str, float]:
    """Absolute seconds, reported and not gated."""
    return {f"load, score, compare and print {len(names())} specs (s)": whole()}
