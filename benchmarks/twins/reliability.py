"""Slow twins of the reliability kernels: plain loops over plain lists, from the definitions.

They share no code with the package; the tests hold the kernels to them, and the benchmarks time
them. A unit is a list of ratings, one a coder, None where there is none.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

NAN = math.nan
Unit = Sequence[float | None]
Weights = Callable[[float, float], float]


def rated(unit: Unit) -> list[float]:
    return [value for value in unit if value is not None]


def coincidences(units: Sequence[Unit]) -> dict[tuple[float, float], float]:
    """Krippendorff's coincidence matrix: every ordered pair in a unit counts 1/(m - 1)."""
    table: dict[tuple[float, float], float] = {}
    for unit in units:
        values = rated(unit)
        for pair in itertools.permutations(values, 2):
            table[pair] = table.get(pair, 0.0) + 1.0 / (len(values) - 1)
    return table


def difference(level: str, margins: dict[float, float]) -> Weights:
    """Squared difference of two values at a level of measurement (Krippendorff 2011)."""

    def nominal(c: float, k: float) -> float:
        return 0.0 if c == k else 1.0

    def ordinal(c: float, k: float) -> float:
        low, high = min(c, k), max(c, k)
        between = sum(n for value, n in margins.items() if low <= value <= high)
        return (between - (margins[c] + margins[k]) / 2) ** 2

    def interval(c: float, k: float) -> float:
        return (c - k) ** 2

    def ratio(c: float, k: float) -> float:
        return 0.0 if c == k else ((c - k) / (c + k)) ** 2

    return {"nominal": nominal, "ordinal": ordinal, "interval": interval, "ratio": ratio}[level]


def alpha(units: Sequence[Unit], level: str) -> float:
    table = coincidences(units)
    margins: dict[float, float] = {}
    for (c, _), number in table.items():
        margins[c] = margins.get(c, 0.0) + number
    total = sum(margins.values())
    delta = difference(level, margins)
    observed = sum(number * delta(c, k) for (c, k), number in table.items())
    expected = sum(margins[c] * margins[k] * delta(c, k) for c in margins for k in margins)
    if expected == 0:
        return NAN
    return 1 - (total - 1) * observed / expected


def agreement(units: Sequence[Unit], weights: Weights) -> float:
    """Mean over the units with two ratings of the mean weight of their pairs."""
    means = []
    for unit in units:
        pairs = list(itertools.permutations(rated(unit), 2))
        if pairs:
            means.append(sum(weights(a, b) for a, b in pairs) / len(pairs))
    return sum(means) / len(means) if means else NAN


def shares(units: Sequence[Unit], levels: Sequence[float]) -> list[float]:
    """Mean over the rated units of the share of each level among a unit's ratings."""
    part = [rated(unit) for unit in units if rated(unit)]
    return [
        sum(values.count(level) / len(values) for values in part) / len(part) for level in levels
    ]


def corrected(observed: float, expected: float) -> float:
    return NAN if math.isnan(observed) or expected == 1 else (observed - expected) / (1 - expected)


def fleiss(units: Sequence[Unit], levels: Sequence[float], weights: Weights) -> float:
    p = shares(units, levels)
    expected = sum(
        p[i] * p[j] * weights(a, b) for i, a in enumerate(levels) for j, b in enumerate(levels)
    )
    return corrected(agreement(units, weights), expected)


def gwet(units: Sequence[Unit], levels: Sequence[float], weights: Weights) -> float:
    q = len(levels)
    if q < 2:
        return NAN
    total = sum(weights(a, b) for a in levels for b in levels)
    p = shares(units, levels)
    expected = total / (q * (q - 1)) * sum(share * (1 - share) for share in p)
    return corrected(agreement(units, weights), expected)


def cohen(units: Sequence[Unit], levels: Sequence[float], weights: Weights) -> float:
    """Two coders, on the units that both rated."""
    both = [unit for unit in units if None not in unit]
    if not both:
        return NAN
    n = len(both)
    first = [sum(unit[0] == level for unit in both) / n for level in levels]
    second = [sum(unit[1] == level for unit in both) / n for level in levels]
    observed = sum(weights(a, b) for a, b in both) / n  # type: ignore[arg-type]
    expected = sum(
        first[i] * second[j] * weights(a, b)
        for i, a in enumerate(levels)
        for j, b in enumerate(levels)
    )
    return corrected(observed, expected)


def bootstrap(
    units: Sequence[Unit], counts: Sequence[Sequence[int]], measure: Callable[..., float]
) -> list[float]:
    """`measure` of the units repeated as often as each row of counts says."""
    return [
        measure([unit for unit, times in zip(units, row, strict=True) for _ in range(times)])
        for row in counts
    ]


def confusion(units: Sequence[Unit], levels: Sequence[float], coder: int) -> list[list[float]]:
    """Ratings of a coder (columns) by those of the others (rows); a unit weighs 1 in all."""
    table = [[0.0] * len(levels) for _ in levels]
    for unit in units:
        others = [v for number, v in enumerate(unit) if number != coder and v is not None]
        if unit[coder] is None or not others:
            continue
        for value in others:
            table[levels.index(value)][levels.index(unit[coder])] += 1 / len(others)  # type: ignore[arg-type]
    return table


def dawid_skene(
    readings: Sequence[Sequence[Sequence[int]]], levels: int, steps: int, smoothing: float = 0.0
) -> tuple[list[float], list[list[list[float]]], list[list[float]], float]:
    """EM of Dawid & Skene 1979: readings[unit][coder] lists level numbers.

    Starts from the shares of each unit's ratings, takes `steps` steps, and returns prevalence,
    confusion[coder][true][given], posterior[unit][true] and the log-likelihood at the parameters.
    """
    coders = len(readings[0])
    posterior = []
    for unit in readings:
        every = [value for given in unit for value in given]
        posterior.append([every.count(k) / len(every) for k in range(levels)])
    prevalence: list[float] = []
    rates: list[list[list[float]]] = []
    likelihood = NAN
    for _ in range(steps):
        prevalence = [sum(t[j] for t in posterior) / len(posterior) for j in range(levels)]
        rates = []
        for c in range(coders):
            rows = []
            for j in range(levels):
                row = [
                    smoothing / levels
                    + sum(
                        t[j] * unit[c].count(k) for t, unit in zip(posterior, readings, strict=True)
                    )
                    for k in range(levels)
                ]
                mass = sum(row)
                rows.append([value / mass if mass else 0.0 for value in row])
            rates.append(rows)
        likelihood, posterior = 0.0, []
        for unit in readings:
            joint = []
            for j in range(levels):
                chance = prevalence[j]
                for c, given in enumerate(unit):
                    for value in given:
                        chance *= rates[c][j][value]
                joint.append(chance)
            likelihood += math.log(sum(joint))
            posterior.append([chance / sum(joint) for chance in joint])
    return prevalence, rates, posterior, likelihood
