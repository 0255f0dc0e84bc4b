"""Slow twins of the measures over time and over poles: plain loops over plain lists.

They follow the definitions word by word and share no code with the package; the tests hold the
kernels to them, and the benchmarks time them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

NAN = math.nan


def known(values: Sequence[float]) -> list[tuple[int, float]]:
    return [(t, v) for t, v in enumerate(values) if not math.isnan(v)]


def fluidity(values: Sequence[float], years: Sequence[float]) -> tuple[float, ...]:
    """Rate, drift, churn, oscillation, net change, span."""
    points = known(values)
    if len(points) < 2:
        return (NAN,) * 6
    rises = falls = 0.0
    for (_, a), (_, b) in itertools.pairwise(points):
        if b > a:
            rises += b - a
        else:
            falls += a - b
    span = years[points[-1][0]] - years[points[0][0]]
    rate, churn = (rises + falls) / span, 2 * min(rises, falls) / span
    oscillation = churn / rate if rate > 0 else NAN
    return rate, abs(rises - falls) / span, churn, oscillation, rises - falls, span


def turnover(before: Sequence[float], after: Sequence[float]) -> tuple[float, float, float]:
    """Turnover, substitution, level shift of one state between two years."""
    gains = losses = 0.0
    partners = 0
    for a, b in zip(before, after, strict=True):
        if math.isnan(a) or math.isnan(b):
            continue
        partners += 1
        gains += max(b - a, 0.0)
        losses += max(a - b, 0.0)
    if partners == 0:
        return NAN, NAN, NAN
    return (
        (gains + losses) / partners,
        2 * min(gains, losses) / partners,
        abs(gains - losses) / partners,
    )


def rho(panel: Sequence[Sequence[float]]) -> float:
    """Pooled serial correlation of the noise."""
    squares = []
    for trimmed in (False, True):
        squares = []
        for lag in (1, 2):
            sizes = sorted(
                abs(row[t] - row[t - lag])
                for row in panel
                for t in range(lag, len(row))
                if not (math.isnan(row[t]) or math.isnan(row[t - lag]))
            )
            m = len(sizes)
            if m == 0:
                squares.append(0.0)
            elif trimmed:
                kept = sizes[: max(1, int(0.9 * m))]
                squares.append(sum(s * s for s in kept) / len(kept))
            else:
                squares.append(((sizes[(m - 1) // 2] + sizes[m // 2]) / 2) ** 2)
        if squares[0] > 0:
            return min(max(squares[1] / squares[0] - 1, 0.0), 0.85)
    return 0.0


def around_mean(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return sum((v - mean) ** 2 for v in values)


def criterion(
    values: Sequence[float], starts: Sequence[int], rho: float, floor: float = 0.01
) -> tuple[float, float]:
    """Criterion and RSS of one segmentation of the observed values."""
    n, k = len(values), len(starts)
    edges = [0, *starts, n]
    rss = sum(around_mean(values[a:b]) for a, b in itertools.pairwise(edges))
    c = (1 + rho) / (1 - rho)
    before, after = around_mean(values) + n * floor**2, rss + n * floor**2
    spread = sum(math.log((b - a) / n) for a, b in itertools.pairwise(edges))
    return n * math.log(1 + (before - after) / (c * after)) - 3 * k * math.log(n) - spread, rss


def segmentations(n: int, k: int, least: int = 4) -> list[tuple[int, ...]]:
    """Every way to place k breaks among n observed values."""
    return [
        starts
        for starts in itertools.combinations(range(1, n), k)
        if all(b - a >= least for a, b in itertools.pairwise([0, *starts, n]))
    ]


def segment_all(values: Sequence[float], rho: float, least: int = 4) -> tuple[float, tuple]:
    """Best segmentation by trying every one: criterion and starts (for short series)."""
    x = [v for _, v in known(values)]
    best = (0.0, ())
    for k in range(1, len(x) // least):
        fits = [(criterion(x, s, rho)[1], s) for s in segmentations(len(x), k, least)]
        if fits:
            starts = min(fits)[1]
            value = criterion(x, starts, rho)[0]
            if value > best[0]:
                best = (value, starts)
    return best


def segment(values: Sequence[float], rho: float, least: int = 4) -> tuple[float, tuple]:
    """Best segmentation by dynamic programming in loops: criterion and starts."""
    x = [v for _, v in known(values)]
    n = len(x)
    cost: dict[tuple[int, int], float] = {}
    for i in range(n):
        total = squares = 0.0
        for j in range(i + 1, n + 1):
            total += x[j - 1]
            squares += x[j - 1] ** 2
            cost[i, j] = squares - total**2 / (j - i)
    table: dict[tuple[int, int], tuple[float, tuple[int, ...]]] = {}
    for j in range(least, n + 1):
        table[0, j] = (cost[0, j], ())
    best = (0.0, ())
    for k in range(1, n // least):
        for j in range(least * (k + 1), n + 1):
            table[k, j] = min(
                (table[k - 1, i][0] + cost[i, j], (*table[k - 1, i][1], i))
                for i in range(least * k, j - least + 1)
            )
        starts = table[k, n][1]
        value = criterion(x, starts, rho)[0]
        if value > best[0]:
            best = (value, starts)
    return best


def posterior(
    values: Sequence[float], k: int, rho: float, least: int = 4, floor: float = 0.01
) -> list[list[float]]:
    """Posterior of each break over the columns, by summing over every segmentation."""
    points = known(values)
    x, n = [v for _, v in points], len(points)
    ways = segmentations(n, k, least)
    fits = [criterion(x, s, rho)[1] for s in ways]
    c = (1 + rho) / (1 - rho)
    scale = c * (min(fits) + n * floor**2) / (n - k - 1)
    weights = [
        math.exp(-(f - min(fits)) / (2 * scale))
        / math.sqrt(math.prod(b - a for a, b in itertools.pairwise([0, *s, n])))
        for f, s in zip(fits, ways, strict=True)
    ]
    out = [[0.0] * len(values) for _ in range(k)]
    for weight, starts in zip(weights, ways, strict=True):
        for which, start in enumerate(starts):
            out[which][points[start][0]] += weight / sum(weights)
    return out


def line_rss(values: Sequence[float], years: Sequence[float]) -> float:
    points = [(years[t], v) for t, v in known(values)]
    if len(points) < 3:
        return 0.0
    n = len(points)
    tm, vm = sum(t for t, _ in points) / n, sum(v for _, v in points) / n
    slope = sum((t - tm) * (v - vm) for t, v in points) / sum((t - tm) ** 2 for t, _ in points)
    return sum((v - vm - slope * (t - tm)) ** 2 for t, v in points)


# --- several poles -------------------------------------------------------------------------------


def depth(scores: Sequence[float], k: int) -> float:
    ranked = sorted((s for s in scores if not math.isnan(s)), reverse=True)
    return ranked[k - 1] if len(ranked) >= k else NAN


def effective_partners(scores: Sequence[float]) -> tuple[float, float, float]:
    positive = [s for s in scores if s > 0]
    total = sum(positive)
    if not positive:
        return NAN, NAN, NAN
    shares = [s / total for s in positive]
    entropy = -sum(p * math.log(p) for p in shares)
    return float(len(shares)), math.exp(entropy), 1 / sum(p * p for p in shares)


def hedge(a: float, b: float) -> tuple[float, float]:
    """Strength and balance."""
    if math.isnan(a) or math.isnan(b):
        return NAN, NAN
    return min(a, b), (1 - abs(a - b) / (a + b) if a + b > 0 else NAN)


def class_of(scores: Sequence[float], threshold: float, margin: float) -> int:
    """0 non-aligned, 1 multi-vector, 2 + j with partner j; -1 without a score."""
    ranked = sorted(((s, -j) for j, s in enumerate(scores) if not math.isnan(s)), reverse=True)
    if not ranked:
        return -1
    top, place = ranked[0][0], -ranked[0][1]
    if top < threshold - 1e-12:
        return 0
    if len(ranked) > 1:
        second = ranked[1][0]
        if second >= threshold - 1e-12 and top - second <= margin + 1e-12:
            return 1
    return 2 + place


def possible_classes(
    low: Sequence[float], high: Sequence[float], threshold: float, margin: float
) -> set[int]:
    """Classes over a box of scores, tried at every score where a class can change."""
    marks = {threshold, threshold - 1e-6}
    for bound in (*low, *high):
        if not math.isnan(bound):
            marks |= {bound + d + e for d in (-margin, 0.0, margin) for e in (-1e-6, 0.0, 1e-6)}
            marks |= {threshold + margin + e for e in (-1e-6, 0.0, 1e-6)}
    choices = [
        [NAN] if math.isnan(a) else sorted({m for m in marks if a <= m <= b} | {a, b})
        for a, b in zip(low, high, strict=True)
    ]
    return {class_of(scores, threshold, margin) for scores in itertools.product(*choices)} - {-1}


def others_mean(values: Sequence[float], group: Sequence[int], least: int) -> list[float]:
    out = []
    for i, (value, own) in enumerate(zip(values, group, strict=True)):
        others = [
            v
            for j, (v, g) in enumerate(zip(values, group, strict=True))
            if j != i and g == own and not math.isnan(v)
        ]
        usable = own >= 0 and not math.isnan(value) and len(others) >= least
        out.append(sum(others) / len(others) if usable else NAN)
    return out


def similarity(a: Sequence[float], b: Sequence[float]) -> float:
    gaps = [abs(p - q) for p, q in zip(a, b, strict=True) if not (math.isnan(p) or math.isnan(q))]
    return 1 - sum(gaps) / len(gaps) if gaps else NAN
