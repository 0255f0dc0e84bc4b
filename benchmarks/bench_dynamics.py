"""Speed of the measures over time and over poles, as ratios within one run.

The panel: 200 actors, all 39,800 directed dyads, 32 years, noise of sd 0.05 around a level, a fifth
of the dyads with a step, 5 % of the dyad-years unobserved. The slow twins run on the dyads of a few
actors; times are compared per dyad-year. Both begin with the Series of scores and its index.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pandas as pd

from alignindex import dynamics, poles
from alignindex.kernels.dynamics import segments
from benchmarks.twins import dynamics as slow

ACTORS, YEARS, FIRST = 200, 32, 1992
SEED = 20190107


def best(
    function: Callable[[], object],
    repeat: int = 3,
    clock: Callable[[], float] = time.process_time,
) -> float:
    """Least time of several runs, in seconds of this process: waiting for a core is no part."""
    times = []
    for _ in range(repeat):
        start = clock()
        function()
        times.append(clock() - start)
    return min(times)


@lru_cache(maxsize=1)
def scores() -> pd.Series:
    rng = np.random.default_rng(SEED)
    names = pd.Index([f"S{i:03d}" for i in range(ACTORS)])
    state, partner = (a.ravel() for a in np.meshgrid(range(ACTORS), range(ACTORS), indexing="ij"))
    keep = state != partner
    n = int(keep.sum())
    x = rng.uniform(0.1, 0.7, (n, 1)) + 0.05 * rng.standard_normal((n, YEARS))
    x += np.where(rng.random((n, 1)) < 0.2, 0.2, 0.0) * (np.arange(YEARS) >= YEARS // 2)
    x[rng.random(x.shape) < 0.05] = np.nan
    years = pd.Index(np.arange(FIRST, FIRST + YEARS))
    index = pd.MultiIndex(
        levels=[names, names, years],
        codes=[
            np.repeat(state[keep], YEARS),
            np.repeat(partner[keep], YEARS),
            np.tile(np.arange(YEARS), n),
        ],
        names=["state", "partner", "year"],
    )
    return pd.Series(np.clip(x, 0.0, 1.0).ravel(), index=index)


@lru_cache(maxsize=1)
def obligations() -> pd.Series:
    rng = np.random.default_rng(SEED + 1)
    index = scores().index
    return pd.Series(np.where(rng.random(len(index)) < 0.1, "pact", None), index=index)


def sample(actors: int) -> tuple[pd.Series, list[list[float]]]:
    """Scores of the dyads of the first actors, and their series as plain lists."""
    part = scores().iloc[: actors * (ACTORS - 1) * YEARS]
    return part, part.to_numpy().reshape(-1, YEARS).tolist()


# --- slow twins on a Series ---------------------------------------------------------------------


def by_state_year(rows: pd.Series) -> dict[tuple[str, int], dict[str, float]]:
    out: dict[tuple[str, int], dict[str, float]] = defaultdict(dict)
    for (state, partner, year), value in rows.items():
        out[state, year][partner] = value
    return out


def slow_turnover(rows: pd.Series) -> None:
    cells = by_state_year(rows)
    for (state, year), after in cells.items():
        before = cells.get((state, year - 1))
        if before is not None:
            slow.turnover([before[p] for p in after], list(after.values()))


def slow_asymmetry(rows: pd.Series) -> None:
    cell = dict(rows.items())
    for (s, p, y), v in cell.items():
        other = cell.get((p, s, y), slow.NAN)
        total = v + other
        _ = (v - other, min(v, other), (v - other) / total if total > 0 else slow.NAN)


def slow_strength(rows: pd.Series) -> None:
    cell: dict[tuple[str, int], list[float]] = defaultdict(list)
    for (_, partner, year), value in rows.items():
        if value == value:
            cell[partner, year].append(value)
    _ = {key: (sum(v), sum(v) / len(v)) for key, v in cell.items()}


def slow_tilt(rows: pd.Series, a: str, b: str) -> None:
    for ties in by_state_year(rows).values():
        one, two = ties.get(a, slow.NAN), ties.get(b, slow.NAN)
        tilt = 50 + 50 * (one - two)
        _ = (tilt, (one + two) / 2, 45 <= tilt <= 55)


def slow_types(rows: pd.Series) -> None:
    for ties in by_state_year(rows).values():
        for threshold in (0.4, 0.30, 0.35, 0.40, 0.45, 0.50, 0.55, 0.60):
            slow.class_of(list(ties.values()), threshold, 0.1)


def slow_gap(rows: pd.Series) -> None:
    """One pass for the sums of every year, one for the means of the others."""
    flags = dict(
        zip(obligations().index[: len(rows)], obligations().iloc[: len(rows)], strict=True)
    )
    total: dict[int, float] = defaultdict(float)
    count: dict[int, int] = defaultdict(int)
    for (state, partner, year), value in rows.items():
        if flags[state, partner, year] is not None and value == value:
            total[year] += value
            count[year] += 1
    for (state, partner, year), value in rows.items():
        if flags[state, partner, year] is not None and count[year] > 3:
            _ = value - (total[year] - value) / (count[year] - 1)


def slow_similarity(rows: pd.Series) -> None:
    cells = [list(v.values()) for (_, year), v in by_state_year(rows).items() if year == FIRST]
    for a in cells:
        for b in cells:
            slow.similarity(a, b)


def per_unit(fast: Callable[[], object], twin: Callable[[], object], share: float) -> float:
    """Time of the twin on a share of the data, scaled up, over the time of the fast one."""
    return best(twin, 2) / share / best(fast, 7)


def speedup(name: str) -> float:
    x = scores()
    few, many = 1, 4
    years = [float(FIRST + t) for t in range(YEARS)]
    if name in ("fluidity", "segmentation"):
        _, series = sample(few)
        if name == "fluidity":  # its regimes are part of it
            return per_unit(
                lambda: dynamics.fluidity(x),
                lambda: [(slow.fluidity(s, years), slow.segment(s, 0.0)) for s in series[:40]],
                40 / (len(x) / YEARS),
            )
        return per_unit(
            lambda: segments.segment(x.to_numpy().reshape(-1, YEARS)),
            lambda: [slow.segment(s, 0.0) for s in series[:40]],
            40 / (len(x) / YEARS),
        )
    rows, _ = sample(many)
    share = len(rows) / len(x)
    a, b = "S000", "S001"
    pairs: dict[str, tuple[Callable[[], object], Callable[[], object], float]] = {
        "turnover": (lambda: dynamics.turnover(x), lambda: slow_turnover(rows), share),
        "depth": (
            lambda: poles.depth(x),
            lambda: [slow.depth(list(v.values()), 2) for v in by_state_year(rows).values()],
            share,
        ),
        "effective partners": (
            lambda: poles.effective_partners(x),
            lambda: [
                (slow.effective_partners(ties), slow.depth(ties, 1), slow.depth(ties, 2))
                for ties in map(list, map(dict.values, by_state_year(rows).values()))
            ],
            share,
        ),
        "types": (lambda: poles.typology(x), lambda: slow_types(rows), share),
        "asymmetry": (lambda: poles.asymmetry(x), lambda: slow_asymmetry(rows), share),
        "rival hedge": (
            lambda: poles.rival_hedge(x, poles=(a, b)),
            lambda: [
                slow.hedge(v.get(a, slow.NAN), v.get(b, slow.NAN))
                for v in by_state_year(rows).values()
            ],
            share,
        ),
        "tilt": (lambda: poles.tilt(x, poles=(a, b)), lambda: slow_tilt(rows, a, b), share),
        "obligation gap": (
            lambda: poles.obligation_gap(x, obligations()), lambda: slow_gap(rows), share
        ),
        "strength": (lambda: poles.strength(x), lambda: slow_strength(rows), share),
    }  # fmt: skip
    return per_unit(*pairs[name])


def similarity_speedup() -> float:
    """All pairs of one year, against loops on a hundredth of them."""
    year = scores()[scores().index.get_level_values("year") == FIRST]
    part = year.loc[:"S019"]
    return per_unit(
        lambda: poles.likeness(year, year=FIRST),
        lambda: slow_similarity(part),
        (20 / ACTORS) ** 2,
    )


# --- segmentation against the passes that it needs -----------------------------------------------


def passes(t: int = YEARS, least: int = segments.MIN_YEARS) -> int:
    """Passes over one number a series that the dynamic program needs.

    The running sum (t); for every end j and start i of an inner regime 3 for what it explains, and
    2 for each number of breaks; for the last regime the same, once for every number of breaks.
    """
    most = t // least - 1
    count = t
    for j in range(least, t - least + 1):
        count += 2 + 3 * max(j - 2 * least + 1, 0)
        count += sum(2 * max(j - least * (k + 1) + 1, 0) for k in range(1, most))
    count += 3 * (t - 2 * least + 1)
    return count + sum(2 * max(t - least * (k + 1) + 1, 0) for k in range(1, most + 1))


def segmentation_over_passes() -> float:
    """Time of `segment` over that of as many passes of numpy's cumulative sum."""
    x = scores().to_numpy().reshape(-1, YEARS)
    x = np.where(np.isnan(x), 0.5, x)
    table = np.ascontiguousarray(x[: segments.BLOCK].T)
    out = np.empty_like(table)
    repeat = -(-len(x) // segments.BLOCK)
    runs = passes() / YEARS * repeat  # one cumsum of a block is YEARS passes

    def floor() -> None:
        for _ in range(round(runs)):
            np.cumsum(table, axis=0, out=out)

    return best(lambda: segments.segment(x, 0.0)) / best(floor)


def everything() -> None:
    """Every measure once."""
    x = scores()
    series = dynamics.paths(x)
    dynamics.fluidity(series)
    dynamics.realignments(series)
    dynamics.turnover(series)
    poles.multivectorism(x)  # depth and effective partners are part of it
    poles.rival_hedge(x, poles=("S000", "S001"))
    poles.tilt(x, poles=("S000", "S001"))
    poles.typology(x)
    poles.asymmetry(x)
    poles.obligation_gap(x, obligations())
    poles.strength(x)
    poles.likeness(x, year=FIRST)
    poles.biplot(x)


def everything_over_sorts() -> float:
    """Time of all measures over that of one sort of the scores."""
    values = scores().to_numpy()
    return best(everything, 2) / best(lambda: np.argsort(values, kind="stable"))


# The aim is 50 for each. Limits leave room for a noisy machine; the index of the table is read once
# and kept with it, so the best of several runs is that of a measure on a table already read.
LIMITS = {
    "segmentation": 50.0,
    "fluidity": 50.0,
    "types": 50.0,
    "obligation gap": 35.0,
    "turnover": 30.0,
    "depth": 35.0,
    "effective partners": 40.0,
    "asymmetry": 40.0,
    "rival hedge": 40.0,
    "tilt": 40.0,
    "strength": 40.0,
}
GATES = [
    *(
        (f"slow twin / {name}, 39,800 x {YEARS}", lambda name=name: speedup(name), limit, "min")
        for name, limit in LIMITS.items()
    ),
    ("slow twin / similarity, 200 states, one year", similarity_speedup, 40.0, "min"),
    (
        f"segmentation, 39,800 x {YEARS} / {passes():,} passes of cumsum",
        segmentation_over_passes,
        3.0,
        "max",
    ),
    ("all measures, 39,800 x 32 / one sort of the scores", everything_over_sorts, 20.0, "max"),
]


def extras() -> dict[str, float]:
    """Absolute figures, reported and not gated."""
    x = scores().to_numpy().reshape(-1, YEARS)
    return {
        "all measures, 39,800 dyads x 32 years (s)": best(everything, 3, time.perf_counter),
        "segmentation, series of 32 years a second": len(x)
        / best(lambda: segments.segment(x), 3, time.perf_counter),
    }
