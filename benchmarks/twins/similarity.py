"""Slow twins of the similarity kernels: plain loops over the raw votes of one pair.

No joint table, no margin, no matrix: expectations are loops over pairs of items, so that the
formulas are derived a second way. Portfolios are lists of level values; None marks an item
without a level.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

Portfolio = Sequence[float | None]


def shared_items(
    x: Portfolio, y: Portfolio, weights: Sequence[float] | None = None
) -> list[tuple[float, float, float]]:
    """Values of both and weight of every item that both have and that weighs anything."""
    kept = []
    for item in range(len(x)):
        weight = 1.0 if weights is None else weights[item]
        if x[item] is not None and y[item] is not None and weight > 0:
            kept.append((float(x[item]), float(y[item]), float(weight)))
    return kept


def disagreement(kind: str, levels: Sequence[float]) -> Callable[[float, float], float]:
    """Disagreement between two level values, between 0 and 1."""
    span = max(levels) - min(levels)
    ranks = {value: rank for rank, value in enumerate(sorted(levels))}

    def measure(a: float, b: float) -> float:
        if kind == "nominal":
            return 0.0 if a == b else 1.0
        if kind == "rank":
            return abs(ranks[a] - ranks[b]) / (len(levels) - 1)
        if kind == "absolute":
            return abs(a - b) / span
        if kind == "squared":
            return (a - b) ** 2 / span**2
        raise KeyError(kind)

    return measure


def mean_disagreement(items, distance) -> float:
    total = weight = 0.0
    for a, b, w in items:
        total += w * distance(a, b)
        weight += w
    return total / weight


def independent_disagreement(items, distance) -> float:
    """Mean over every vote of the first against every vote of the second."""
    total = weight = 0.0
    for a, _, w in items:
        for _, b, v in items:
            total += w * v * distance(a, b)
            weight += w * v
    return total / weight


def pooled_disagreement(items, distance) -> float:
    """Mean over every two votes drawn, with replacement, from those of both."""
    votes = [(a, w) for a, _, w in items] + [(b, w) for _, b, w in items]
    total = weight = 0.0
    for a, w in votes:
        for b, v in votes:
            total += w * v * distance(a, b)
            weight += w * v
    return total / weight


def agreement(items, distance) -> float:
    return 1 - mean_disagreement(items, distance) if items else math.nan


def s(items, distance) -> float:
    return 1 - 2 * mean_disagreement(items, distance) if items else math.nan


def a(items, distance) -> float:
    if not items:
        return math.nan
    expected = 1 - 2 * independent_disagreement(items, distance)
    return s(items, distance) - expected


def kappa(items, distance) -> float:
    chance = independent_disagreement(items, distance) if items else 0
    return 1 - mean_disagreement(items, distance) / chance if chance else math.nan


def pi(items, distance) -> float:
    chance = pooled_disagreement(items, distance) if items else 0
    return 1 - mean_disagreement(items, distance) / chance if chance else math.nan


def tau_b(items, distance=None) -> float:
    excess = untied_first = untied_second = 0.0
    for i in range(len(items)):
        for j in range(i):
            a_i, b_i, w_i = items[i]
            a_j, b_j, w_j = items[j]
            weight = w_i * w_j
            if a_i != a_j:
                untied_first += weight
            if b_i != b_j:
                untied_second += weight
            if (a_i - a_j) * (b_i - b_j) > 0:
                excess += weight
            elif (a_i - a_j) * (b_i - b_j) < 0:
                excess -= weight
    if not untied_first or not untied_second:
        return math.nan
    return excess / math.sqrt(untied_first * untied_second)


FORMS = {"agreement": agreement, "s": s, "a": a, "kappa": kappa, "pi": pi, "tau_b": tau_b}
TWINS = {
    "agreement": (agreement, "nominal"),
    "agreement_half": (agreement, "rank"),
    "s_absolute": (s, "absolute"),
    "s_squared": (s, "squared"),
    "a_absolute": (a, "absolute"),
    "a_squared": (a, "squared"),
    "kappa_nominal": (kappa, "nominal"),
    "kappa_linear": (kappa, "absolute"),
    "kappa_squared": (kappa, "squared"),
    "pi_nominal": (pi, "nominal"),
    "pi_linear": (pi, "absolute"),
    "pi_squared": (pi, "squared"),
    "tau_b": (tau_b, "nominal"),
}


def similarity(
    name: str,
    x: Portfolio,
    y: Portfolio,
    levels: Sequence[float],
    weights: Sequence[float] | None = None,
) -> float:
    """One measure of one pair."""
    form, kind = TWINS[name]
    return form(shared_items(x, y, weights), disagreement(kind, levels))


def jackknife_error(
    name: str,
    x: Portfolio,
    y: Portfolio,
    levels: Sequence[float],
    weights: Sequence[float] | None = None,
    step: float = 1e-5,
) -> float:
    """Infinitesimal jackknife: how the measure moves when an item counts a little more."""
    form, kind = TWINS[name]
    items = shared_items(x, y, weights)
    distance = disagreement(kind, levels)
    if len(items) < 2 or math.isnan(form(items, distance)):
        return math.nan

    def moved(item: int, by: float) -> float:
        changed = [(a, b, w * (1 + by) if i == item else w) for i, (a, b, w) in enumerate(items)]
        return form(changed, distance)

    variance = 0.0
    for item in range(len(items)):
        variance += ((moved(item, step) - moved(item, -step)) / (2 * step)) ** 2
    return math.sqrt(variance)


def bootstrap_error(
    name: str,
    x: Portfolio,
    y: Portfolio,
    levels: Sequence[float],
    draws: Sequence[Sequence[int]],
    weights: Sequence[float] | None = None,
) -> float:
    """Standard deviation over redrawn items, each written out as often as it was drawn."""
    form, kind = TWINS[name]
    distance = disagreement(kind, levels)
    values = []
    for times in draws:
        items = []
        for item, count in enumerate(times):
            weight = None if weights is None else [weights[item]]
            items += shared_items([x[item]], [y[item]], weight) * int(count)
        value = form(items, distance)
        if not math.isnan(value):
            values.append(value)
    if len(values) < 2 or 2 * len(values) < len(draws):
        return math.nan
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))
