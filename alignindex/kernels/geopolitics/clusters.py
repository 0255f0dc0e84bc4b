"""Clusters of states, labels that keep from year to year, and what judges them."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from alignindex.kernels.typing import Floats, Ints

__all__ = [
    "adjusted_rand",
    "communities",
    "first_seen",
    "k_means_line",
    "match",
    "modularity",
    "overlap",
    "silhouette",
]

GAIN = 1e-12  # a change of modularity that is smaller is rounding


def first_seen(labels: Ints) -> Ints:
    """Renumber clusters by the place of their first member: their names play no part."""
    _, first, codes = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[codes].astype(np.int64)


def k_means_line(points: Floats, k: int) -> Ints:
    """Cluster points of a line with the smallest sum of squares; exact, by dynamic programming.

    Clusters are numbered from the left. There are at least k distinct points.
    """
    order = np.argsort(points, kind="stable")
    x = points[order] - points.mean()
    n = x.size
    sums, squares = (np.concatenate([[0.0], np.cumsum(v)]) for v in (x, x * x))
    i, j = np.arange(n + 1)[:, None], np.arange(n + 1)[None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = sums[None, :] - sums[:, None]
        cost = squares[None, :] - squares[:, None] - gap * gap / (j - i)
    cost = np.where(j > i, np.maximum(cost, 0.0), np.inf)  # of the points i, ..., j - 1
    best, cuts = cost[0].copy(), []
    for _ in range(1, k):
        total = best[:, None] + cost
        cuts.append(total.argmin(axis=0))
        best = total.min(axis=0)
    labels, end = np.empty(n, dtype=np.int64), n
    for number in range(k - 1, -1, -1):
        start = int(cuts[number - 1][end]) if number else 0
        labels[order[start:end]] = number
        end = start
    return labels


def modularity(weights: Floats, labels: Ints, resolution: float = 1.0) -> float:
    """Newman's modularity of a division of an undirected weighted network, without loops."""
    total = weights.sum()
    share = weights / total
    degree = share.sum(axis=1)
    same = labels[:, None] == labels[None, :]
    return float((share - resolution * np.outer(degree, degree))[same].sum())


def communities(weights: Floats, resolution: float = 1.0) -> Ints:
    """Communities of high modularity: merge greedily, then move single nodes while that gains.

    Ties go to the lowest numbers, so that the same network gives the same division.
    """
    n = len(weights)
    share = weights / weights.sum()
    degree = share.sum(axis=1)
    gain = share - resolution * np.outer(degree, degree)  # half of what a merger gains
    labels = np.arange(n, dtype=np.int64)
    joint = gain.copy()
    np.fill_diagonal(joint, -np.inf)
    while True:
        place = int(joint.argmax())
        a, b = sorted(divmod(place, n))
        if not joint[a, b] > GAIN:
            break
        joint[a] += joint[b]
        joint[:, a] += joint[:, b]
        joint[b], joint[:, b] = -np.inf, -np.inf
        joint[a, a] = -np.inf
        labels[labels == b] = a
    np.fill_diagonal(gain, 0.0)
    member = (labels[:, None] == np.arange(n)[None, :]).astype(np.float64)
    pull = gain @ member  # of each community on each node
    moved = True
    while moved:
        moved = False
        for node in range(n):
            here = int(labels[node])
            there = int(pull[node].argmax())
            if pull[node, there] - pull[node, here] > GAIN:
                pull[:, here] -= gain[:, node]
                pull[:, there] += gain[:, node]
                labels[node] = there
                moved = True
    return first_seen(labels)


def overlap(previous: Ints, now: Ints, n_previous: int, n_now: int) -> Ints:
    """Count the states of each old label (rows) and new cluster (columns); -1 is absent."""
    both = (previous >= 0) & (now >= 0)
    cells = previous[both] * n_now + now[both]
    counts = np.bincount(cells, minlength=n_previous * n_now)
    return counts.reshape(n_previous, n_now).astype(np.int64)


def match(counts: Ints) -> Ints:
    """Give each new cluster the old label that keeps most states in place overall, or -1.

    A cluster that shares no state with the label left for it gets -1.
    """
    rows, columns = linear_sum_assignment(counts, maximize=True)
    out = np.full(counts.shape[1], -1, dtype=np.int64)
    shared = counts[rows, columns] > 0
    out[columns[shared]] = rows[shared]
    return out


def silhouette(distance: Floats, labels: Ints) -> Floats:
    """Silhouette of every state: (b - a) / max(a, b); 0 in a cluster of one.

    a is the mean distance to the others of its cluster, b the smallest mean distance to another
    cluster. There are at least two clusters, numbered from 0 without gaps.
    """
    k = int(labels.max()) + 1
    member = (labels[:, None] == np.arange(k)[None, :]).astype(np.float64)
    size = member.sum(axis=0)
    sums = distance @ member
    mine = np.arange(labels.size), labels
    own = size[labels] - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        within = sums[mine] / own
        others = sums / size
        others[mine] = np.inf
        between = others.min(axis=1)
        value = (between - within) / np.maximum(within, between)
    return np.where((own > 0) & np.isfinite(value), value, 0.0)


def adjusted_rand(one: Ints, other: Ints) -> float:
    """Agreement of two divisions, 1 if they are the same and 0 as expected by chance."""
    table = overlap(one, other, int(one.max()) + 1, int(other.max()) + 1)

    def pairs(counts: Ints) -> float:
        return float((counts * (counts - 1) // 2).sum())

    both, first, second = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    n = int(table.sum())
    expected = first * second / (n * (n - 1) / 2) if n > 1 else 0.0
    highest = (first + second) / 2
    return 1.0 if highest == expected else (both - expected) / (highest - expected)
