"""Slow, obvious twins of the comparison kernels: plain loops, checked against by the tests."""

from __future__ import annotations

import math

TOLERANCE = 1e-11  # far above the rounding error of a score, far below any difference that counts


def same(a: float, b: float) -> bool:
    return abs(a - b) < TOLERANCE


def sign(a: float, b: float) -> int:
    return 0 if same(a, b) else 1 if a > b else -1


def places(values, group):
    """Rank, percentile and size by counting, row by row."""
    ranks, percentiles, sizes = [], [], []
    for value, own in zip(values, group, strict=True):
        others = [v for v, g in zip(values, group, strict=True) if g == own]
        above = sum(sign(v, value) > 0 for v in others)
        equal = sum(same(v, value) for v in others)
        below = len(others) - above - equal
        ranks.append(above + 1)
        percentiles.append((below + equal / 2) / len(others))
        sizes.append(len(others))
    return ranks, percentiles, sizes


def spearman(x, y, group):
    """Pearson's correlation of percentiles that are centred on their group."""
    px, py = places(x, group)[1], places(y, group)[1]
    a, b = [p - 0.5 for p in px], [p - 0.5 for p in py]
    across = math.fsum(i * j for i, j in zip(a, b, strict=True))
    whole = math.sqrt(math.fsum(i * i for i in a) * math.fsum(j * j for j in b))
    return across / whole if whole > 0 else math.nan


def kendall(x, y, group):
    """Tau-b over all pairs of rows that share a group."""
    across = first = second = 0
    for i in range(len(x)):
        for j in range(i):
            if group[i] == group[j]:
                a, b = sign(x[i], x[j]), sign(y[i], y[j])
                across += a * b
                first += abs(a)
                second += abs(b)
    return across / math.sqrt(first * second) if first and second else math.nan


def replicate(x, y, group, cluster, drawn):
    """Write out the table in which the rows of each cluster occur as often as it was drawn."""
    rows = [i for i, c in enumerate(cluster) for _ in range(int(drawn[c]))]
    return [x[i] for i in rows], [y[i] for i in rows], [group[i] for i in rows]


def group_mean(values, group):
    out = []
    for own in group:
        ours = [v for v, g in zip(values, group, strict=True) if g == own]
        out.append(math.fsum(ours) / len(ours))
    return out


def beyond_typical(parts, unit, group):
    """Part less unit times the typical code of the group, loop by loop."""
    out = [[0.0] * len(parts[0]) for _ in parts]
    for i, row in enumerate(parts):
        for j, part in enumerate(row):
            if math.isnan(part):
                continue
            ours = [
                h for h in range(len(parts)) if group[h] == group[i] and not math.isnan(parts[h][j])
            ]
            due = math.fsum(unit[h][j] for h in ours)
            typical = math.fsum(parts[h][j] for h in ours) / due if due > 0 else 0.0
            out[i][j] = part - unit[i][j] * typical
    return out
