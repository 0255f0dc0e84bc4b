"""Kernels of `geopolitics` against their slow twins, and hand-worked cases."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignindex.kernels.geopolitics import clusters, parts
from alignindex.kernels.geopolitics import exposure as fast
from benchmarks.twins import geopolitics as slow

SEEDS = st.integers(0, 10_000)


def by_bits(worth: dict, k: int) -> np.ndarray:
    places = [frozenset(j for j in range(k) if s >> j & 1) for s in range(1 << k)]
    return np.array([worth[place] for place in places])


@given(seed=SEEDS, k=st.integers(1, 4))
def test_shapley_parts_are_means_over_orders(seed, k):
    worth = np.random.default_rng(seed).normal(2, 3, 1 << k)
    sets = {frozenset(j for j in range(k) if s >> j & 1): worth[s] for s in range(1 << k)}
    found = parts.shapley(worth)
    np.testing.assert_allclose(found, slow.shapley(sets), rtol=1e-10, atol=1e-12)
    assert found.sum() == pytest.approx(worth[-1] - worth[0], abs=1e-10)


@given(seed=SEEDS, levels=st.lists(st.integers(1, 3), min_size=1, max_size=4))
def test_worths_are_those_of_the_definition(seed, levels):
    rng = np.random.default_rng(seed)
    values = rng.normal(1, 2, (*levels, 2))
    k = len(levels)
    found = parts.variance_worth(values, k)
    first, second = (tuple(int(rng.integers(n)) for n in levels) for _ in range(2))
    between = parts.difference_worth(values, first, second)
    for column in range(2):
        cells = {cell: values[(*cell, column)] for cell in product(*map(range, levels))}
        wanted = by_bits(slow.variance_worth(cells, levels), k)
        np.testing.assert_allclose(found[:, column], wanted, rtol=1e-9, atol=1e-12)
        wanted = by_bits(slow.difference_worth(cells, first, second), k)
        np.testing.assert_array_equal(between[:, column], wanted)


def test_parts_of_a_variance_by_hand():
    """Cells 0, 2 / 4, 10: choice 1 alone 9, choice 2 alone 4, both 14; halves of the rest."""
    values = np.array([[0.0, 2.0], [4.0, 10.0]])
    worth = parts.variance_worth(values, 2)
    assert worth.tolist() == [0.0, 9.0, 4.0, 14.0]
    assert parts.shapley(worth).tolist() == [9.5, 4.5]


@given(
    points=st.lists(st.integers(-20, 20), min_size=3, max_size=7),
    k=st.integers(1, 3),
    shift=st.sampled_from([0.0, 1000.0]),
)
def test_k_means_on_a_line_is_the_best_of_all_divisions(points, k, shift):
    if len(set(points)) < k:
        return
    x = np.array(points) / 7 + shift
    labels = clusters.k_means_line(x, k)
    assert sorted(set(labels.tolist())) == list(range(k))
    best = slow.k_means(x.tolist(), k)
    assert slow.within(x.tolist(), labels.tolist()) == pytest.approx(best, abs=1e-9)
    assert (np.diff(labels[np.argsort(x, kind="stable")]) >= 0).all()


def network(seed: int, n: int) -> np.ndarray:
    w = np.random.default_rng(seed).uniform(0, 1, (n, n)) ** 3
    w = (w + w.T) / 2
    np.fill_diagonal(w, 0.0)
    return w


@given(seed=SEEDS, n=st.integers(3, 8), resolution=st.sampled_from([0.8, 1.0, 1.3]))
def test_communities_are_those_of_the_plain_search(seed, n, resolution):
    weights = network(seed, n)
    labels = clusters.communities(weights, resolution)
    wanted = clusters.first_seen(np.array(slow.communities(weights.tolist(), resolution)))
    assert labels.tolist() == wanted.tolist()
    value = clusters.modularity(weights, labels, resolution)
    assert value == pytest.approx(
        slow.modularity(weights.tolist(), labels.tolist(), resolution), abs=1e-12
    )


def test_two_triangles_joined_by_one_tie_are_two_communities():
    weights = np.zeros((6, 6))
    for a, b in [(0, 1), (0, 2), (1, 2), (3, 4), (3, 5), (4, 5), (2, 3)]:
        weights[a, b] = weights[b, a] = 1.0
    labels = clusters.communities(weights)
    assert labels.tolist() == [0, 0, 0, 1, 1, 1]
    # 6 of 7 ties inside; half of all degrees on each side: 6/7 - 1/2.
    assert clusters.modularity(weights, labels) == pytest.approx(6 / 7 - 1 / 2)


@given(seed=SEEDS, n_old=st.integers(1, 4), n_new=st.integers(1, 4))
def test_labels_keep_as_many_states_in_place_as_can_be(seed, n_old, n_new):
    counts = np.random.default_rng(seed).integers(0, 5, (n_old, n_new))
    given_to = clusters.match(counts)
    kept = sum(counts[old, new] for new, old in enumerate(given_to) if old >= 0)
    assert kept == slow.best_overlap(counts.tolist())
    used = given_to[given_to >= 0].tolist()
    assert len(used) == len(set(used))
    assert all(counts[old, new] > 0 for new, old in enumerate(given_to) if old >= 0)


@given(seed=SEEDS, n=st.integers(3, 8), k=st.integers(2, 3))
def test_silhouettes_and_rand_indices_are_those_of_counting(seed, n, k):
    rng = np.random.default_rng(seed)
    x = rng.normal(3, 2, n)
    distance = np.abs(x[:, None] - x[None, :])
    one, other = (np.append(np.arange(k), rng.integers(0, k, n - k))[:n] for _ in range(2))
    np.testing.assert_allclose(
        clusters.silhouette(distance, one), slow.silhouette(distance.tolist(), one.tolist())
    )
    found = clusters.adjusted_rand(one, other)
    assert found == pytest.approx(slow.adjusted_rand(one.tolist(), other.tolist()), abs=1e-12)
    assert clusters.adjusted_rand(one, (one + 1) % k) == 1.0


@given(seed=SEEDS, n=st.integers(1, 12))
def test_exposure_is_the_weighted_sum_with_bounds(seed, n):
    rng = np.random.default_rng(seed)
    size = int(rng.integers(1, 4))
    owner = np.append(np.arange(size), rng.integers(0, size, n))
    share = rng.uniform(0.1, 1, owner.size)
    share /= np.bincount(owner, weights=share)[owner]
    distance = np.where(rng.random(owner.size) < 0.3, np.nan, rng.uniform(1, 4, owner.size))
    lowest, highest = np.full(size, 0.5), np.full(size, 4.5)
    found = fast.exposed(owner, share, distance, lowest, highest)
    wanted = slow.exposed(
        owner.tolist(), share.tolist(), distance.tolist(), lowest.tolist(), highest.tolist()
    )
    np.testing.assert_allclose(np.column_stack(found), wanted, rtol=1e-10, atol=1e-12)
    known = ~np.isnan(found.value)
    assert (found.low[known] <= found.value[known] + 1e-12).all()
    assert (found.value[known] <= found.high[known] + 1e-12).all()


def test_exposure_by_hand():
    """Half with the USA (0), half with Brazil (5), seen from Iran (10): 0.5 * 10 + 0.5 * 5."""
    found = fast.exposed(
        np.array([0, 0]), np.array([0.5, 0.5]), np.array([10.0, 5.0]), np.zeros(1), np.ones(1)
    )
    assert [column.item() for column in found] == [7.5, 1.0, 7.5, 7.5, 0.5]
    # A quarter unknown, between 1 and 9: known part 0.5 * 2 + 0.25 * 4 = 2 of 0.75.
    found = fast.exposed(
        np.zeros(3, dtype=np.int64), np.array([0.5, 0.25, 0.25]), np.array([2.0, 4.0, math.nan]),
        np.array([1.0]), np.array([9.0]),
    )  # fmt: skip
    assert [column.item() for column in found] == [2 / 0.75, 0.75, 2.25, 4.25, 0.375]
