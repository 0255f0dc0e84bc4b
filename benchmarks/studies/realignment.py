"""Simulation study of realignments: false positives, power and dating on known paths.

The generators were written down and committed before the rule was measured on them; they are not
to be changed to suit it. A *panel* has 2,500 series of 30 years around a level drawn from
U(0.2, 0.6), with stationary noise of sd 0.05; a fifth of its series are broken.

``step``        a lasting step of +-0.20; its year is uniform over those that leave four observed
                years on each side
``excursion``   +-0.20 for 5 to 12 years, then back
noise           independent, or AR(1) with coefficient 0.3 or 0.6
``gaps``        each year is unobserved with probability 0.3
``windowed``    a whole panel: three indicators, raw -> window -> code -> score (five-year mean,
                share over five years, no window); each moves by the step, and their noise is such
                that the score *without* windows has sd 0.05
limits          a straight line of 0.02 a year; a spike of 0.4 in one year; ten years unobserved in
                a row, with the step inside; steps of 0.10 and 0.15

A false positive is a *material* break in a series without one. Power is the share of broken
series with a material break of the right sign (an excursion: both). "Year right" is among those:
the first year of the new regime that is reported is at most one year from the first *observed*
year of the true one. Cover is the share in which the 90 % set of years holds that year. "Called
drift" is the share flagged as drift among false positives, and among the breaks rightly found; "by
RSS" what the plain comparison of sums of squares would flag instead of that of criteria.

Run ``python -m benchmarks.studies.realignment [--scale 0.1]``; the table is printed as Markdown,
and the exit code is 1 where a bar is broken.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import alignindex as ai
from alignindex import dynamics
from alignindex.kernels.dynamics import segments

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SERIES, YEARS, NOISE, STEP, BROKEN, LEAST = 2500, 30, 0.05, 0.20, 0.2, 4
FIRST = 1990


class Simulated(NamedTuple):
    """Paths, and the truth: columns of the true breaks (-1 for none) and their sign."""

    x: Floats
    breaks: Ints  # (n, 2)
    sign: Ints  # (n,)


def noise(n: int, rho: float, rng: np.random.Generator, years: int = YEARS) -> Floats:
    """Stationary AR(1) noise with sd NOISE."""
    shock = rng.normal(0.0, NOISE, (n, years))
    out = shock.copy()
    for t in range(1, years):
        out[:, t] = rho * out[:, t - 1] + np.sqrt(1.0 - rho**2) * shock[:, t]
    return out


def truth(
    n: int, kind: str, seen: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Columns of the true breaks of each series, and their sign."""
    breaks = np.full((n, 2), -1, dtype=np.int64)
    sign = np.where(rng.random(n) < 0.5, 1, -1)
    for row in np.flatnonzero(rng.random(n) < BROKEN):
        before = np.cumsum(seen[row]) - seen[row]  # observed years before each column
        after = seen[row].sum() - before
        if kind == "excursion":
            length = int(rng.integers(5, 13))
            begin = int(rng.integers(LEAST, YEARS - LEAST - length + 1))
            breaks[row] = begin, begin + length
        else:
            breaks[row, 0] = rng.choice(np.flatnonzero((before >= LEAST) & (after >= LEAST)))
    return breaks, sign


def signal(breaks: Ints, sign: Ints, step: float) -> Floats:
    """Paths without noise, around 0."""
    year = np.arange(YEARS)
    begin, end = breaks[:, :1], breaks[:, 1:]
    on = (begin >= 0) & (year >= begin) & ((end < 0) | (year < end))
    return step * sign[:, None] * on


def simulate(
    n: int,
    rng: np.random.Generator,
    *,
    kind: str = "step",
    rho: float = 0.0,
    gaps: float = 0.0,
    step: float = STEP,
) -> Simulated:
    """One panel of series."""
    seen = rng.random((n, YEARS)) >= gaps
    breaks, sign = truth(n, kind, seen, rng)
    level = rng.uniform(0.2, 0.6, (n, 1))
    x = level + signal(breaks, sign, step) + noise(n, rho, rng)
    return Simulated(np.where(seen, x, np.nan), breaks, sign)


def trend(n: int, rng: np.random.Generator) -> Simulated:
    """Straight lines of 0.02 a year, no break."""
    sign = np.where(rng.random(n) < 0.5, 1, -1)
    x = 0.5 + 0.02 * sign[:, None] * (np.arange(YEARS) - YEARS / 2) + noise(n, 0.0, rng)
    return Simulated(x, np.full((n, 2), -1), sign)


def spike(n: int, rng: np.random.Generator) -> Simulated:
    """One year 0.4 above or below the rest, no break."""
    sign = np.where(rng.random(n) < 0.5, 1, -1)
    x = 0.5 + noise(n, 0.0, rng)
    x[np.arange(n), rng.integers(0, YEARS, n)] += 0.4 * sign
    return Simulated(x, np.full((n, 2), -1), sign)


def block_gap(n: int, rng: np.random.Generator) -> Simulated:
    """Years 10 to 19 unobserved; a fifth of the series step at a uniform column among 10 .. 20."""
    simulated = simulate(n, rng)
    broken = simulated.breaks[:, 0] >= 0
    breaks = np.full((n, 2), -1, dtype=np.int64)
    breaks[broken, 0] = rng.integers(10, 21, int(broken.sum()))
    x = rng.uniform(0.2, 0.6, (n, 1)) + signal(breaks, simulated.sign, STEP) + noise(n, 0.0, rng)
    x[:, 10:20] = np.nan
    return Simulated(x, breaks, simulated.sign)


def windowed_raw(n: int, rng: np.random.Generator) -> tuple[dict[str, Floats], Simulated]:
    """Raw yearly values of three indicators, each (n, YEARS), and the truth.

    `part / whole` and `once` each carry noise of sqrt(3) x NOISE, so that their equally weighted
    mean with `mean5` carries NOISE.
    """
    base = simulate(n, rng)
    level = rng.uniform(0.3, 0.5, (n, 1)) + signal(base.breaks, base.sign, STEP)
    one, two, three = (level + np.sqrt(3.0) * noise(n, 0.0, rng) for _ in range(3))
    whole = np.exp(rng.normal(4.0, 0.4, (n, YEARS)))
    share = np.clip(two, 0.0, 1.0)
    raw = {
        "mean5": np.clip(one, 0.0, 1.0),
        "part": share * whole,
        "whole": whole,
        "once": np.clip(three, 0.0, 1.0),
    }
    return raw, Simulated((raw["mean5"] + share + raw["once"]) / 3.0, base.breaks, base.sign)


# --- measuring -----------------------------------------------------------------------------------


def as_scores(x: Floats) -> pd.Series:
    """Paths as a plain table of scores."""
    states = [f"S{i:05d}" for i in range(len(x))]
    index = pd.MultiIndex.from_product(
        [states, ["POLE"], range(FIRST, FIRST + YEARS)], names=["state", "partner", "year"]
    )
    return pd.Series(x.ravel(), index=index)


def as_result(raw: dict[str, Floats]) -> ai.AlignmentResult:
    """Raw yearly values -> windows -> codes -> scores, under a spec of three indicators."""
    panel = pd.DataFrame({name: as_scores(x) for name, x in raw.items()})
    mean5 = {"kind": "trailing_mean", "years": 5, "min_years": 1}
    indicators = [
        {"name": "mean5", "columns": ["mean5"], "rule": {"kind": "identity"}, "window": mean5},
        {
            "name": "share",
            "columns": ["part", "whole"],
            "rule": {"kind": "share"},
            "window": {"kind": "trailing_sum", "years": 5},
        },
        {"name": "once", "columns": ["once"], "rule": {"kind": "identity"}},
    ]
    spec = {
        "schema_version": 1,
        "name": "windowed",
        "fidelity": "illustrative",
        "missing": "renormalise",
        "indicators": indicators,
    }
    return ai.score(panel, ai.IndexSpec.from_dict(spec))


class Outcome(NamedTuple):
    """Counts of one panel; see the top of this module."""

    clean: int
    false: int
    broken: int
    found: int
    right: int
    covered: int
    late: float
    false_drift: int
    true_drift: int
    plain_drift: int

    def plus(self, other: Outcome) -> Outcome:
        return Outcome(*(a + b for a, b in zip(self, other, strict=True)))


def judge(simulated: Simulated, found: dynamics.Realignments) -> Outcome:
    """Hold the breaks that were found to the true ones."""
    table = found.table.reset_index()
    series = pd.factorize(found.series.values.index.get_level_values("state"))[1]
    row = pd.Index(series).get_indexer(table["state"])
    column = table["first"].to_numpy() - FIRST
    sign = np.sign(table["step"].to_numpy())
    low, high = table["year_lower"].to_numpy() - FIRST, table["year_upper"].to_numpy() - FIRST
    material = table["material"].to_numpy()
    n = len(simulated.x)
    clean = simulated.breaks[:, 0] < 0
    some = np.bincount(row[material], minlength=n) > 0
    hit, right, covered = (np.ones(n, dtype=bool) for _ in range(3))
    late = np.zeros(n)
    seen = ~np.isnan(simulated.x)
    for which, turn in ((0, 1), (1, -1)):
        true = simulated.breaks[:, which]
        due = true >= 0
        first = np.array([b + np.argmax(s[b:]) for s, b in zip(seen, true, strict=True)])
        own = material & due[row] & (sign == turn * simulated.sign[row])
        off = column - first[row]
        exact = own & (np.abs(off) <= 1)
        inside = own & (low <= first[row]) & (high >= first[row])
        for flag, cells in ((hit, own), (right, exact), (covered, inside)):
            flag &= ~due | (np.bincount(row[cells], minlength=n) > 0)
        np.add.at(late, row[own], off[own])
    rss = segments.segment(found.series.values.to_numpy(), found.rho).rss
    plain = segments.line_rss(found.series.values.to_numpy()) <= rss
    broken = ~clean
    good = broken & hit
    drifts = np.bincount(row[material & table["drift"].to_numpy()], minlength=n) > 0
    return Outcome(
        int(clean.sum()),
        int((clean & some).sum()),
        int(broken.sum()),
        int(good.sum()),
        int((good & right).sum()),
        int((good & covered).sum()),
        float(late[good].sum()),
        int((clean & some & drifts).sum()),
        int((good & drifts).sum()),
        int((clean & some & plain).sum()),
    )


Case = tuple[str, Callable[[int, np.random.Generator], Outcome], dict[str, float]]


def plain(**options: Any) -> Callable[[int, np.random.Generator], Outcome]:
    def run(n: int, rng: np.random.Generator) -> Outcome:
        simulated = simulate(n, rng, **options)
        return judge(simulated, dynamics.realignments(as_scores(simulated.x)))

    return run


def limit(
    make: Callable[[int, np.random.Generator], Simulated],
) -> Callable[[int, np.random.Generator], Outcome]:
    def run(n: int, rng: np.random.Generator) -> Outcome:
        simulated = make(n, rng)
        return judge(simulated, dynamics.realignments(as_scores(simulated.x)))

    return run


def windowed(*, keep: bool) -> Callable[[int, np.random.Generator], Outcome]:
    """The whole way from raw values; `keep` segments the windowed scores instead."""

    def run(n: int, rng: np.random.Generator) -> Outcome:
        raw, simulated = windowed_raw(n, rng)
        result = as_result(raw)
        return judge(simulated, dynamics.realignments(result.scores if keep else result))

    return run


BARS = {"false": 0.02, "power": 0.97, "right": 0.97}
AR6 = BARS | {"power": 0.93}
CASES: list[Case] = [
    ("independent noise", plain(), BARS),
    ("AR 0.3", plain(rho=0.3), BARS),
    ("AR 0.6", plain(rho=0.6), AR6),
    ("30 % gaps", plain(gaps=0.3), BARS),
    ("excursion", plain(kind="excursion"), BARS),
    ("raw → window → code", windowed(keep=False), BARS),
    ("the same, windows kept (for comparison)", windowed(keep=True), {}),
    ("step 0.15", plain(step=0.15), {}),
    ("step 0.10", plain(step=0.10), {}),
    ("ten years unobserved", limit(block_gap), {}),
    ("trend 0.02 a year", limit(trend), {}),
    ("one-year spike of 0.4", limit(spike), {}),
]
COLUMNS = ("false", "power", "right", "cover", "late", "false drift", "true drift", "plain drift")


def figures(outcome: Outcome) -> dict[str, float]:
    def share(part: float, whole: float) -> float:
        return part / whole if whole else np.nan

    return {
        "false": share(outcome.false, outcome.clean),
        "power": share(outcome.found, outcome.broken),
        "right": share(outcome.right, outcome.found),
        "cover": share(outcome.covered, outcome.found),
        "late": share(outcome.late, outcome.found),
        "false drift": share(outcome.false_drift, outcome.false),
        "true drift": share(outcome.true_drift, outcome.found),
        "plain drift": share(outcome.plain_drift, outcome.false),
    }


def meets(value: float, name: str, bar: float, n: int, *, small: bool) -> bool:
    """Whether a share meets its bar; small runs are given three standard errors."""
    slack = 3.0 * np.sqrt(bar * (1.0 - bar) / max(n, 1)) if small else 0.0
    return value <= bar + slack if name == "false" else value >= bar - slack


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0, help="share of the series; 1 is 10,000")
    parser.add_argument("--seed", type=int, default=20260101)
    options = parser.parse_args()
    panels = 4 if options.scale >= 1 else 1
    n = max(int(SERIES * min(options.scale * 4 / panels, 1.0)), 100)
    print(f"{panels} panels of {n} series a case, seed {options.seed}\n")
    print(
        "| case | false | power | year right | 90 % cover | mean years late "
        "| drift: false | drift: true | drift by RSS: false |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    broken = []
    for label, run, bars in CASES:
        total = Outcome(*[0] * len(Outcome._fields))
        for panel in range(panels):
            total = total.plus(run(n, np.random.default_rng([options.seed, panel])))
        got = figures(total)
        size = {"false": total.clean, "power": total.broken, "right": total.found}
        cells = []
        for name in COLUMNS:
            text = "" if np.isnan(got[name]) else f"{got[name]:.3f}"
            if name in bars and not meets(
                got[name], name, bars[name], size[name], small=options.scale < 1
            ):
                text = f"**{text}**"
                broken.append(f"{label}: {name} {got[name]:.3f}, bar {bars[name]:g}")
            cells.append(text)
        print(f"| {label} | {' | '.join(cells)} |", flush=True)
    for line in broken:
        print(f"bar broken: {line}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
