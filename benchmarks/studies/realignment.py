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
series with a material break of the right sign within two years (an excursion: both breaks).
"Year right" is among those: the true year of change is at most one year from the first year of
the new regime that is reported. Cover is the share in which the 90 % set of years holds the truth.

Run ``python -m benchmarks.studies.realignment [--scale 0.1]``; the table is printed as Markdown,
and the exit code is 1 where a bar is broken.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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
