"""Kernels of the regression against their slow twins, and hand-worked cases."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignindex.kernels import regression as fast
from benchmarks.twins import regression as slow

SEEDS = st.integers(0, 10_000)


def case(seed: int, n: int = 18, members: int = 6, k: int = 3):
    """Rows of directed dyads, some of them repeated and some reversed; scores off zero."""
    rng = np.random.default_rng(seed)
    state = rng.integers(0, members, n)
    partner = (state + rng.integers(1, members, n)) % members
    design = np.column_stack([np.ones(n), rng.normal(2, 3, (n, k - 1))])
    outcome = design @ np.arange(1, k + 1) + rng.normal(0, 1 + state, n)
    return design, outcome, state.astype(np.int64), partner.astype(np.int64)


@given(seed=SEEDS)
def test_least_squares_solve_the_normal_equations(seed):
    design, outcome, _, _ = case(seed)
    for found, wanted in zip(
        fast.least_squares(design, outcome), slow.least_squares(design, outcome), strict=True
    ):
        np.testing.assert_allclose(found, wanted, rtol=1e-8, atol=1e-10)


@given(seed=SEEDS)
def test_meats_are_sums_over_all_tied_pairs(seed):
    design, outcome, state, partner = case(seed)
    scores = design * outcome[:, None]
    size = np.abs(scores).sum() ** 2
    for found, wanted in (
        (fast.dyadic_meat(scores, state, partner), slow.dyadic_meat(scores, state, partner)),
        (fast.cluster_meat(scores, state), slow.cluster_meat(scores, state)),
        (fast.two_way_meat(scores, state, partner), slow.two_way_meat(scores, state, partner)),
    ):
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12 * size)


@given(seed=SEEDS)
def test_the_jackknife_leaves_out_members_and_dyads(seed):
    design, outcome, state, partner = case(seed, n=24)
    beta, bread = fast.least_squares(design, outcome)
    scores = design * (outcome - design @ beta)[:, None]
    hessians = design[:, :, None] * design[:, None, :]
    np.testing.assert_allclose(
        fast.jackknife(scores, hessians, state, partner),
        slow.jackknife(scores, hessians, state, partner),
        rtol=1e-7,
        atol=1e-9,
    )
    np.testing.assert_allclose(
        fast.effective_members(design, bread, state, partner),
        slow.effective_members(design, bread, state.tolist(), partner.tolist()),
        rtol=1e-9,
    )


def test_the_jackknife_is_exact_for_least_squares():
    """The change of the coefficients is that of a fit without the rows of the member."""
    design, outcome, state, partner = case(3, n=20)
    beta, _ = fast.least_squares(design, outcome)
    scores = design * (outcome - design @ beta)[:, None]
    hessians = design[:, :, None] * design[:, None, :]
    total = np.zeros((3, 3))
    for member in range(6):
        keep = (state != member) & (partner != member)
        change = fast.least_squares(design[keep], outcome[keep])[0] - beta
        total += np.outer(change, change)
    for pair in {frozenset(p) for p in zip(state.tolist(), partner.tolist(), strict=True)}:
        keep = np.array([frozenset(p) != pair for p in zip(state, partner, strict=True)])
        change = fast.least_squares(design[keep], outcome[keep])[0] - beta
        total -= np.outer(change, change)
    found = fast.jackknife(scores, hessians, state, partner)
    np.testing.assert_allclose(found, total, rtol=1e-8)


def test_a_dyadic_meat_by_hand():
    """AB 1, AC 1, BC -1, CD -1: all pairs but AB with CD are tied, so 0² - 2(1)(-1) = 2."""
    scores = np.array([[1.0], [1.0], [-1.0], [-1.0]])
    state, partner = np.array([0, 0, 1, 2]), np.array([1, 2, 2, 3])
    assert fast.dyadic_meat(scores, state, partner).item() == 2.0


def test_two_years_of_one_dyad_are_counted_once_each_way():
    """AB twice with scores 1 and 2, once reversed: (1 + 2)² = 9, not 18."""
    scores = np.array([[1.0], [2.0]])
    assert fast.dyadic_meat(scores, np.array([0, 1]), np.array([1, 0])).item() == 9.0


@given(seed=SEEDS)
def test_doubled_forms_add_the_pairs_once_more(seed):
    design, outcome, state, partner = case(seed)
    scores = design * outcome[:, None]
    size = np.abs(scores).sum() ** 2
    low, high = np.minimum(state, partner), np.maximum(state, partner)
    pair = [(int(a), int(b)) for a, b in zip(low, high, strict=True)]
    wanted = slow.dyadic_meat(scores, state, partner) + slow.cluster_meat(scores, pair)
    found = fast.dyadic_meat(scores, state, partner, doubled=True)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12 * size)
    wanted = slow.cluster_meat(scores, state) + slow.cluster_meat(scores, partner)
    found = fast.two_way_meat(scores, state, partner, doubled=True)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12 * size)
    assert fast.is_positive(found)


def test_positive_is_judged_by_eigenvalues_whatever_the_units():
    units = np.outer([1e-6, 1e6], [1e-6, 1e6])
    assert fast.is_positive(units * [[1.0, 0.999], [0.999, 1.0]])
    assert not fast.is_positive(units * [[1.0, 1.001], [1.001, 1.0]])
    assert not fast.is_positive(units * [[1.0, 0.0], [0.0, -0.1]])


@given(seed=SEEDS, m=st.integers(2, 6), complete=st.sampled_from([3.0, 40.0, math.inf]))
def test_pooling_is_rubins_rules_written_out(seed, m, complete):
    rng = np.random.default_rng(seed)
    estimates = rng.normal(1, 2, (m, 3))
    estimates[:, 2] = 0.75  # imputations that agree
    covariances = np.stack([np.diag(rng.uniform(0.5, 2, 3)) for _ in range(m)])
    found = fast.pool(estimates, covariances, complete)
    for j, (mean, within, between, total, df, share) in enumerate(
        slow.pool(estimates, covariances, complete)
    ):
        assert found.estimate[j] == pytest.approx(mean)
        assert found.within[j, j] == pytest.approx(within)
        assert found.between[j, j] == pytest.approx(between, rel=1e-9, abs=1e-30)
        assert found.total[j, j] == pytest.approx(total)
        assert found.df[j] == pytest.approx(df, rel=1e-9)
        assert found.share[j] == pytest.approx(share, rel=1e-9, abs=1e-30)


def test_rubins_rules_by_hand():
    """Estimates 1, 2, 3 with variance 0.5: W 0.5, B 1, T 0.5 + 4/3, df 2 (T / (4/3))²."""
    found = fast.pool(np.array([[1.0], [2.0], [3.0]]), np.full((3, 1, 1), 0.5), math.inf)
    assert found.estimate.item() == 2.0
    assert found.total.item() == pytest.approx(11 / 6)
    assert found.df.item() == pytest.approx(2 * (11 / 8) ** 2)
    # Barnard and Rubin with 10 complete df: observed 11/13 * 10 * (1 - 8/11) = 30/13.
    small = fast.pool(np.array([[1.0], [2.0], [3.0]]), np.full((3, 1, 1), 0.5), 10.0)
    assert small.df.item() == pytest.approx(1 / (1 / (2 * (11 / 8) ** 2) + 13 / 30))
