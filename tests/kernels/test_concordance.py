"""Rank correlations within groups against slow twins and scipy; laws of ranks and parts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from alignindex.kernels import comparison as fast
from benchmarks.twins import comparison as slow


def case(seed: int, n: int = 14, groups: int = 3, clusters: int = 5, grid: int = 5):
    """Coded values with ties, groups that clusters cross, some of them split over groups."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, grid, n) / (grid - 1) * 0.7 + 0.1
    y = rng.integers(0, grid, n) / (grid - 1) * 0.3 + 0.2 * x
    return x, y, rng.integers(0, groups, n), rng.integers(0, clusters, n)


SEEDS = st.integers(0, 10_000)


@given(seed=SEEDS)
def test_places_are_those_of_counting(seed):
    x, _, group, _ = case(seed)
    rank, percentile, size = fast.places(fast.tie_levels(x, group), group)
    ranks, percentiles, sizes = slow.places(x, group)
    assert rank.tolist() == ranks
    assert size.tolist() == sizes
    assert percentile == pytest.approx(percentiles, rel=1e-15)


@given(seed=SEEDS)
def test_every_replicate_is_the_written_out_table(seed):
    x, y, group, cluster = case(seed)
    counts = np.random.default_rng(seed).multinomial(5, [0.2] * 5, 4).T.astype(float)
    counts[:, 0] = 1.0
    spearman, kendall = fast.correlations(
        fast.tie_levels(x, group), fast.tie_levels(y, group), group, cluster, counts
    )
    for r in range(counts.shape[1]):
        table = slow.replicate(x, y, group, cluster, counts[:, r])
        assert spearman[r] == pytest.approx(slow.spearman(*table), abs=1e-12, nan_ok=True)
        assert kendall[r] == pytest.approx(slow.kendall(*table), abs=1e-12, nan_ok=True)


@given(seed=SEEDS)
def test_one_group_gives_the_numbers_of_scipy(seed):
    x, y, group, cluster = case(seed, n=30, groups=1)
    spearman, kendall = fast.correlations(
        fast.tie_levels(x, group), fast.tie_levels(y, group), group, cluster, np.ones((5, 1))
    )
    # Rounded, so that scipy sees the ties that rounding errors of the last bit would hide.
    assert spearman[0] == pytest.approx(stats.spearmanr(x.round(9), y.round(9))[0], abs=1e-12)
    assert kendall[0] == pytest.approx(stats.kendalltau(x.round(9), y.round(9))[0], abs=1e-12)


def test_a_hand_worked_pair_of_groups():
    # Group 0: the first pair is turned round, two pairs agree: 3 pairs, +1. Group 1: one pair, +1.
    x, y = np.array([0, 1, 2, 0, 1]), np.array([1, 0, 2, 0, 1])
    group, cluster = np.array([0, 0, 0, 1, 1]), np.arange(5)
    spearman, kendall = fast.correlations(x, y, group, cluster, np.ones((5, 1)))
    assert kendall[0] == pytest.approx((3 - 1 + 0) / 4, abs=1e-15)
    # Percentiles -1/3, 0, 1/3 against 0, -1/3, 1/3, and -1/4, 1/4 with itself.
    assert spearman[0] == pytest.approx((1 / 9 + 1 / 8) / (2 / 9 + 1 / 8), abs=1e-15)


def test_what_is_the_same_for_all_has_no_correlation():
    group = np.array([0, 0, 1, 1])
    flat, steep = np.zeros(4, int), np.array([0, 1, 0, 1])
    found = fast.correlations(flat, steep, group, np.arange(4), np.ones((4, 1)))
    assert all(np.isnan(value[0]) for value in found)


def test_rounding_does_not_break_a_tie_and_a_difference_does():
    levels = fast.tie_levels(np.array([0.3, 0.1 + 0.2, 0.3 + 1e-9]), np.zeros(3, int))
    assert levels.tolist() == [0, 0, 1]


def test_large_groups_are_cut_into_pieces_without_a_trace(monkeypatch):
    x, y, group, cluster = case(3, n=60, groups=2)
    levels = fast.tie_levels(x, group), fast.tie_levels(y, group)
    counts = np.random.default_rng(0).multinomial(5, [0.2] * 5, 7).T.astype(float)
    whole = fast.correlations(*levels, group, cluster, counts)
    monkeypatch.setattr(fast, "CELLS", 64)
    pieces = fast.correlations(*levels, group, cluster, counts)
    assert np.array_equal(whole, pieces)


def test_no_rows_are_no_error():
    none = np.empty(0, int)
    assert fast.tie_levels(np.empty(0), none).size == 0
    assert all(value.size == 0 for value in fast.places(none, none))
    found = fast.correlations(none, none, none, none, np.ones((0, 2)))
    assert np.isnan(found).all()


@given(seed=SEEDS)
def test_means_and_parts_are_those_of_the_loops_and_sum_to_nothing(seed):
    rng = np.random.default_rng(seed)
    parts, unit = rng.random((9, 3)) - 0.3, rng.random((9, 3))
    parts[rng.random(parts.shape) < 0.3] = np.nan
    group = rng.integers(0, 3, 9)
    found = fast.beyond_typical(parts, unit, group)
    assert found == pytest.approx(np.array(slow.beyond_typical(parts, unit, group)), abs=1e-12)
    assert fast.group_mean(unit[:, 0], group) == pytest.approx(slow.group_mean(unit[:, 0], group))
    for own in np.unique(group):
        assert found[group == own].sum(axis=0) == pytest.approx([0, 0, 0], abs=1e-12)
