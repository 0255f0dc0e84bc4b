"""Slow twins of `kernels/geopolitics`: written from the definitions, with plain loops."""

from __future__ import annotations

import math
from itertools import permutations, product


def shapley(worth):
    """Mean over all orders in which the players come of what each adds; worth maps sets."""
    players = sorted(max(worth, key=len))
    total = dict.fromkeys(players, 0.0)
    orders = list(permutations(players))
    for order in orders:
        there = frozenset()
        for player in order:
            total[player] += worth[there | {player}] - worth[there]
            there |= {player}
    return [total[player] / len(orders) for player in players]


def variance_worth(cells, levels):
    """Variance of the conditional mean for every set of choices.

    `cells` maps a tuple of levels to a number, for all of the grid; `levels` has their counts.
    """
    k = len(levels)
    grid = list(product(*map(range, levels)))
    grand = math.fsum(cells[cell] for cell in grid) / len(grid)
    worth = {}
    for inside in product([False, True], repeat=k):
        means = []
        for cell in grid:
            like = [
                cells[other]
                for other in grid
                if all(other[j] == cell[j] for j in range(k) if inside[j])
            ]
            means.append(math.fsum(like) / len(like))
        chosen = frozenset(j for j in range(k) if inside[j])
        worth[chosen] = math.fsum((m - grand) ** 2 for m in means) / len(grid)
    return worth


def difference_worth(cells, first, second):
    k = len(first)
    worth = {}
    for inside in product([False, True], repeat=k):
        cell = tuple(second[j] if inside[j] else first[j] for j in range(k))
        worth[frozenset(j for j in range(k) if inside[j])] = cells[cell]
    return worth


def within(points, labels):
    """Sum of squares around the means of clusters."""
    total = 0.0
    for label in set(labels):
        mine = [x for x, mark in zip(points, labels, strict=True) if mark == label]
        mean = math.fsum(mine) / len(mine)
        total += math.fsum((x - mean) ** 2 for x in mine)
    return total


def k_means(points, k):
    """Smallest sum of squares over all divisions into k clusters that are not empty."""
    divisions = (d for d in product(range(k), repeat=len(points)) if len(set(d)) == k)
    return min(within(points, d) for d in divisions)


def modularity(weights, labels, resolution=1.0):
    n = len(weights)
    total = math.fsum(weights[i][j] for i in range(n) for j in range(n))
    degree = [math.fsum(weights[i]) for i in range(n)]
    return math.fsum(
        weights[i][j] / total - resolution * degree[i] * degree[j] / total**2
        for i in range(n)
        for j in range(n)
        if labels[i] == labels[j]
    )


def communities(weights, resolution=1.0, gain=1e-12):
    """The greedy search, with every modularity computed anew."""
    n = len(weights)
    labels = list(range(n))

    def best_merger():
        base, found = modularity(weights, labels, resolution), None
        most = 2 * gain
        for a in sorted(set(labels)):
            for b in sorted(set(labels)):
                if a < b:
                    merged = [a if label == b else label for label in labels]
                    more = modularity(weights, merged, resolution) - base
                    if more > most + 1e-14:
                        most, found = more, merged
        return found

    while (merged := best_merger()) is not None:
        labels = merged
    moved = True
    while moved:
        moved = False
        for node in range(n):
            base = modularity(weights, labels, resolution)
            most, there = 2 * gain, None
            for target in range(n):
                trial = [*labels[:node], target, *labels[node + 1 :]]
                more = modularity(weights, trial, resolution) - base
                if more > most + 1e-14:
                    most, there = more, target
            if there is not None:
                labels[node] = there
                moved = True
    return labels


def best_overlap(counts):
    """Most states that keep their label, over all ways to hand out old labels."""
    n_old, n_new = len(counts), len(counts[0])
    places = [*range(n_old), *[None] * n_new]
    return max(
        sum(counts[old][new] for new, old in enumerate(order) if old is not None)
        for order in set(permutations(places, n_new))
    )


def silhouette(distance, labels):
    out = []
    for i, mine in enumerate(labels):
        own = [distance[i][j] for j, m in enumerate(labels) if m == mine and j != i]
        if not own:
            out.append(0.0)
            continue
        a = math.fsum(own) / len(own)
        others = []
        for other in set(labels) - {mine}:
            theirs = [distance[i][j] for j, m in enumerate(labels) if m == other]
            others.append(math.fsum(theirs) / len(theirs))
        b = min(others)
        out.append((b - a) / max(a, b) if max(a, b) > 0 else 0.0)
    return out


def adjusted_rand(one, other):
    """By counting pairs of states: together in both, in one, in the other."""
    n = len(one)
    pairs = [(i, j) for i in range(n) for j in range(i)]
    both = sum(one[i] == one[j] and other[i] == other[j] for i, j in pairs)
    first = sum(one[i] == one[j] for i, j in pairs)
    second = sum(other[i] == other[j] for i, j in pairs)
    expected = first * second / len(pairs) if pairs else 0.0
    highest = (first + second) / 2
    return 1.0 if highest == expected else (both - expected) / (highest - expected)


def exposed(owner, share, distance, lowest, highest):
    out = []
    for portfolio in range(len(lowest)):
        rows = [r for r in range(len(owner)) if owner[r] == portfolio]
        known = [r for r in rows if not math.isnan(distance[r])]
        coverage = math.fsum(share[r] for r in known)
        part = math.fsum(share[r] * distance[r] for r in known)
        rest = math.fsum(share[r] for r in rows if r not in known)
        low = part + rest * lowest[portfolio] if rest > 0 else part
        high = part + rest * highest[portfolio] if rest > 0 else part
        value = part / coverage if coverage > 0 else math.nan
        out.append((value, coverage, low, high, math.fsum(share[r] ** 2 for r in rows)))
    return out
