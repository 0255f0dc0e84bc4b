r"""Rank correlations within groups, and what parts two scores.

Rows belong to groups (such as the states of one partner and year) and to clusters (such as all
rows of one state). Only rows of one group are compared with one another. A replicate of the
cluster bootstrap is a column of `counts`: how often each cluster was drawn. It stands for the
table in which every row occurs as often as its cluster was drawn.

Ties are those of :mod:`alignindex.kernels.robustness.ranks`: scores on a lattice,
neighbours at most one point apart are equal.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from alignindex.kernels.robustness.ranks import lattice

__all__ = ["beyond_typical", "correlations", "group_mean", "places", "tie_levels"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CELLS = 1 << 18  # numbers worked on at once: a few such tables stay in a core's cache


def tie_levels(values: Floats, group: Ints) -> Ints:
    """Give every value its place among the distinct ones of its group, upwards from 0.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Known, in [0, 1].
    group : ndarray of int, shape (n,)

    Returns
    -------
    ndarray of int, shape (n,)

    Examples
    --------
    >>> tie_levels(np.array([0.3, 0.1 + 0.2, 0.9, 0.5]), np.array([0, 0, 0, 1]))
    array([0, 0, 1, 0])
    """
    points = -lattice(values)
    order = np.lexsort((points, group))
    start = _edges(group[order])
    # A group takes a step more than its values do; its first place is taken off again.
    running = np.cumsum(start | (np.diff(points[order], prepend=0) > 1))
    levels = np.empty(len(values), dtype=np.int64)
    levels[order] = running - np.maximum.accumulate(np.where(start, running, 0))
    return levels


def places(level: Ints, group: Ints) -> tuple[Ints, Floats, Ints]:
    r"""Return rank, percentile and size of the group of every row.

    With b rows of the group below a row and e rows equal to it (itself included), of n, the rank
    is :math:`n - b - e + 1` and the percentile :math:`(b + e/2) / n`: 1/2 on average in every
    group, whatever its ties.

    Parameters
    ----------
    level : ndarray of int, shape (n,)
        From :func:`tie_levels`.
    group : ndarray of int, shape (n,)

    Returns
    -------
    rank : ndarray of int
        1 is the highest; equal rows share the best of their ranks.
    percentile : ndarray
        In (0, 1); 1/2 for a row that is alone.
    size : ndarray of int

    Examples
    --------
    >>> places(np.array([0, 0, 1]), np.array([7, 7, 7]))[:2]
    (array([2, 2, 1]), array([0.33333333, 0.33333333, 0.83333333]))
    """
    n = len(level)
    order = np.lexsort((level, group))
    outer = _edges(group[order])
    inner = outer | _edges(level[order])
    starts, firsts = np.flatnonzero(inner), np.flatnonzero(outer)
    run, ours = np.cumsum(inner) - 1, np.cumsum(outer) - 1
    equal = np.diff(starts, append=n)[run]
    sizes = np.diff(firsts, append=n)[ours]
    below = starts[run] - firsts[ours]
    rank, percentile, size = np.empty(n, np.int64), np.empty(n), np.empty(n, np.int64)
    rank[order] = sizes - below - equal + 1
    percentile[order] = (below + equal / 2.0) / sizes
    size[order] = sizes
    return rank, percentile, size


def _edges(sorted_: Ints) -> NDArray[np.bool_]:
    """Where a run of equal values begins."""
    edges = np.ones(len(sorted_), dtype=bool)
    edges[1:] = sorted_[1:] != sorted_[:-1]
    return edges


def group_mean(values: Floats, group: Ints) -> Floats:
    """Mean of the group of every row.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Known.
    group : ndarray of int, shape (n,)
        Numbers from 0.

    Examples
    --------
    >>> group_mean(np.array([1.0, 3.0, 5.0]), np.array([0, 0, 1]))
    array([2., 2., 5.])
    """
    total, count = np.bincount(group, values), np.bincount(group)
    return (total / np.maximum(count, 1))[group]


def beyond_typical(parts: Floats, unit: Floats, group: Ints) -> Floats:
    r"""Return what each part adds beyond what is typical of its group.

    A part :math:`t_{ij}` belongs to row i and indicator j, and :math:`\omega_{ij}` is what it
    would be at code 1. The typical code of a group is
    :math:`\bar c_j = \sum_i t_{ij} / \sum_i \omega_{ij}`, over the rows where the indicator takes
    part, and the result is :math:`t_{ij} - \omega_{ij} \bar c_j`. So an indicator that is not
    known for a row does not count as one with code 0.

    Parameters
    ----------
    parts, unit : ndarray, shape (n, k)
        NaN in `parts` where an indicator takes no part.
    group : ndarray of int, shape (n,)
        Numbers from 0.

    Returns
    -------
    ndarray, shape (n, k)
        0 where an indicator takes no part. Every column sums to 0 in every group.

    Examples
    --------
    >>> beyond_typical(np.array([[0.5], [0.1], [np.nan]]), np.ones((3, 1)), np.zeros(3, int))
    array([[ 0.2],
           [-0.2],
           [ 0. ]])
    """
    known = ~np.isnan(parts)
    out = np.zeros(parts.shape)
    for j in range(parts.shape[1]):
        part, weight = np.where(known[:, j], parts[:, j], 0.0), np.where(known[:, j], unit[:, j], 0)
        total, due = np.bincount(group, part), np.bincount(group, weight)
        typical = total / np.where(due > 0, due, 1.0)
        out[:, j] = part - weight * typical[group]
    return out


def correlations(
    first: Ints, second: Ints, group: Ints, cluster: Ints, counts: Floats
) -> tuple[Floats, Floats]:
    r"""Spearman's and Kendall's rank correlation within groups, for every replicate.

    Spearman: the correlation of the percentiles (:func:`places`), each centred on its group; with
    one group it is Spearman's rho with average ranks. Kendall: tau-b over the pairs of rows that
    share a group,

    .. math::
        \tau_b = \frac{\sum \operatorname{sgn}(x_i - x_j) \operatorname{sgn}(y_i - y_j)}
            {\sqrt{\sum |\operatorname{sgn}(x_i - x_j)| \sum |\operatorname{sgn}(y_i - y_j)|}} .

    Parameters
    ----------
    first, second : ndarray of int, shape (n,)
        From :func:`tie_levels`, of the same rows and groups.
    group : ndarray of int, shape (n,)
    cluster : ndarray of int, shape (n,)
        Rows of `counts`.
    counts : ndarray, shape (clusters, replicates)
        Whole numbers; a column of ones is the data as it is.

    Returns
    -------
    spearman, kendall : ndarray, shape (replicates,)
        In [-1, 1]; NaN where one of the two is the same for all rows of every group.

    Notes
    -----
    The time goes with the pairs of rows in groups, and with rows x replicates; the memory with
    the square of the clusters that can be compared with one another.

    Examples
    --------
    >>> one = np.zeros(3, int)
    >>> correlations(np.array([0, 1, 2]), np.array([0, 2, 1]), one, np.arange(3), np.ones((3, 1)))
    (array([0.5]), array([0.33333333]))
    """
    spearman, kendall = np.zeros((2, 3, counts.shape[1]))
    for rows in _blocks(group, cluster):
        names, own = np.unique(cluster[rows], return_inverse=True)
        drawn = np.ascontiguousarray(counts[names])
        x, y = first[rows], second[rows]
        edges = np.append(np.flatnonzero(_edges(group[rows])), len(rows))
        pairs = np.zeros((3, len(names), len(names)))
        height = max(1, CELLS // counts.shape[1])
        start = 0
        while start < len(edges) - 1:  # as many groups at once as fit a core's cache, at least one
            stop = max(start + 1, int(np.searchsorted(edges, edges[start] + height, "right")) - 1)
            part = slice(edges[start], edges[stop])
            inner = edges[start : stop + 1] - edges[start]
            by_x, by_y = _signs(x[part], y[part], own[part], inner, pairs)
            _add_spearman(spearman, by_x, by_y, own[part], inner, drawn)
            start = stop
        for total, table in zip(kendall, pairs, strict=True):
            total += np.einsum("ar,ar->r", drawn, table @ drawn)
    return _ratio(spearman), _ratio(kendall)


def _ratio(sums: Floats) -> Floats:
    across, first, second = sums
    whole = np.sqrt(first * second)
    return np.where(whole > 0, across / np.where(whole > 0, whole, 1.0), np.nan)


def _blocks(group: Ints, cluster: Ints) -> list[NDArray[np.intp]]:
    """Rows that can be compared, through groups and clusters that they share, block by block."""
    if not len(group):
        return []
    groups, clusters = int(group.max()) + 1, int(cluster.max()) + 1
    links = coo_array(
        (np.ones(len(group)), (group, groups + cluster)), shape=(groups + clusters,) * 2
    )
    _, names = connected_components(links, directed=False)
    block = names[group]
    order = np.lexsort((group, block))
    return np.split(order, np.flatnonzero(np.diff(block[order])) + 1)


def _signs(x: Ints, y: Ints, cluster: Ints, edges: Ints, pairs: Floats) -> tuple[Floats, Floats]:
    """Compare every row with the rows of its group, cluster by cluster.

    Returns, for x and for y, the rows of each cluster that are below a row less those above it
    (rows, clusters). Adds to `pairs` (3, clusters, clusters) the signs of all pairs of rows: their
    products, and the sizes of the one and of the other. Groups lie between `edges`.
    """
    n, clusters = len(x), pairs.shape[1]
    after = np.repeat(edges[1:], np.diff(edges)) - np.arange(n) - 1  # later rows of the group
    upto = np.cumsum(after)
    before = upto - after
    by_x, by_y = np.zeros((2, n * clusters))
    begin = 0
    while begin < n:  # some rows at a time: the pairs of a large group are many
        wanted = before[begin] + max(CELLS, n * clusters)
        end = max(begin + 1, int(np.searchsorted(upto, wanted, "right")))
        one = np.repeat(np.arange(begin, end), after[begin:end])
        other = one + 1 + before[begin] + np.arange(len(one)) - before[one]
        apart_x, apart_y = np.sign(x[one] - x[other]), np.sign(y[one] - y[other])
        for sums, signs in ((by_x, apart_x), (by_y, apart_y)):
            sums += np.bincount(one * clusters + cluster[other], signs, minlength=len(sums))
            sums -= np.bincount(other * clusters + cluster[one], signs, minlength=len(sums))
        place = cluster[one] * clusters + cluster[other]
        parts = (apart_x * apart_y, np.abs(apart_x), np.abs(apart_y))
        for total, signs in zip(pairs, parts, strict=True):
            found = np.bincount(place, signs, minlength=clusters * clusters)
            total += found.reshape(clusters, clusters)
        begin = end
    return by_x.reshape(n, clusters), by_y.reshape(n, clusters)


def _add_spearman(
    sums: Floats, by_x: Floats, by_y: Floats, cluster: Ints, edges: Ints, counts: Floats
) -> None:
    """Add products of centred percentiles of some groups; whole numbers until the last step."""
    width = max(1, CELLS // len(cluster))
    for start in range(0, counts.shape[1], width):
        part = slice(start, start + width)
        some = np.ascontiguousarray(counts[:, part])
        for low, high in itertools.pairwise(edges.tolist()):
            # A product for each group: small enough for one thread, which no other waits for.
            drawn, x, y = some[cluster[low:high]], by_x[low:high] @ some, by_y[low:high] @ some
            scale = 1.0 / np.maximum(drawn.sum(axis=0), 1.0) ** 2
            for total, one, two in zip(sums, (x, x, y), (y, x, y), strict=True):
                total[part] += np.einsum("nr,nr,nr->r", one, two, drawn) * scale
