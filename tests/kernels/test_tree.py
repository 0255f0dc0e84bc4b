"""Trees by hand: value, bounds and contributions of every aggregation, nested and scaled."""

from __future__ import annotations

import math

import numpy as np
import pytest

from alignindex.kernels.scoring.tree import (
    Tree,
    _all_subsets,
    codes_in_use,
    contributions,
    evaluate,
)

nan = np.nan


def rows(*codes):
    """Rows of (code, low, high) triples, or plain codes where nothing is unknown."""
    triples = [[c if isinstance(c, tuple) else (c, c, c) for c in row] for row in codes]
    table = np.array(triples, dtype=float)
    return table[..., 0], table[..., 1], table[..., 2]


UNKNOWN = (nan, 0.0, 1.0)
ABSENT = (nan, nan, nan)


def value(tree, *codes, propagate=False):
    return [part.tolist() for part in evaluate(tree, *rows(*codes), propagate=propagate)]


def parts(tree, *codes, propagate=False):
    code, low, high = rows(*codes)
    used = codes_in_use(tree, code, low, high, propagate=propagate)
    out, base = contributions(tree, used, ~np.isnan(low), propagate=propagate)
    return out, base


MEAN = Tree("mean", (0, 1), (1.0, 0.5))


def test_mean():
    # (0.9 + 0.5 · 0.3) / 1.5 = 0.7; 0.9 alone; unknown: 0.9/1.5 = 0.6 to 1.4/1.5
    score, low, high = value(MEAN, (0.9, 0.3), (0.9, ABSENT), (0.9, UNKNOWN), (ABSENT, ABSENT))
    np.testing.assert_allclose(score, [0.7, 0.9, 0.9, nan])
    np.testing.assert_allclose(low, [0.7, 0.9, 0.6, nan])
    np.testing.assert_allclose(high, [0.7, 0.9, 1.4 / 1.5, nan])


def test_mean_propagates():
    score, low, _ = value(MEAN, (0.9, UNKNOWN), (0.9, ABSENT), (0.9, 0.3), propagate=True)
    np.testing.assert_allclose(score, [nan, 0.9, 0.7])
    np.testing.assert_allclose(low, [0.6, 0.9, 0.7])


def test_sum_gives_the_weight_of_the_unknown_to_the_rest_but_not_that_of_the_absent():
    tree = Tree("sum", (0, 1, 2), (1.0, 1.0, 1.0))
    # 1 + 0.5 + 0 = 1.5; without the third: 1.5; with it unknown: 1.5 · 3/2 = 2.25, in [1.5, 2.5]
    score, low, high = value(tree, (1, 0.5, 0), (1, 0.5, ABSENT), (1, 0.5, UNKNOWN))
    assert score == [1.5, 1.5, 2.25]
    assert low == [1.5, 1.5, 1.5]
    assert high == [1.5, 1.5, 2.5]


def test_min_and_stages_always_propagate():
    for tree in (Tree("min", (0, 1), (1, 1)), Tree("stages", (0, 1), (1, 1), None, 0.5)):
        score, _, _ = value(tree, (0.4, UNKNOWN), (0.4, ABSENT), (1.0, 1.0))
        assert math.isnan(score[0])
        assert score[1:] == ([0.4, 1.0] if tree.aggregation == "min" else [0.0, 1.0])


def test_bounds_of_min_and_stages():
    _, low, high = value(Tree("min", (0, 1), (1, 1)), (0.4, UNKNOWN), (0.4, (nan, 0.2, 0.9)))
    assert (low, high) == ([0.0, 0.2], [0.4, 0.4])
    # The first stage reached, the second unknown: 1/4 or 1. The first unknown: 0 or 1.
    tree = Tree("stages", (0, 1), (1.0, 3.0), None, 0.5)
    _, low, high = value(tree, (0.5, UNKNOWN), (UNKNOWN, 1.0))
    assert (low, high) == ([0.25, 0.0], [1.0, 1.0])


def test_a_score_is_held_at_its_bounds():
    # The second code is 0.5 at least: the mean is (0.1 + 0.5)/2 = 0.3 at least, not 0.1.
    tree = Tree("mean", (0, 1), (1.0, 1.0))
    score, low, high = value(tree, (0.1, (nan, 0.5, 1.0)), (0.9, (nan, 0.0, 0.2)))
    np.testing.assert_allclose(score, [0.3, 0.55])
    np.testing.assert_allclose(low, [0.3, 0.45])
    np.testing.assert_allclose(high, [0.55, 0.55])
    out, base = parts(tree, (0.1, (nan, 0.5, 1.0)), (0.9, (nan, 0.0, 0.2)))
    np.testing.assert_allclose(out, [[0.05, 0.25], [0.45, 0.1]])
    assert base.tolist() == [0.0, 0.0]


def test_rounding_noise_does_not_hold_a_score():
    # 0.3 in three codes: the mean of the known ones and the bound differ by rounding at most.
    tree = Tree("mean", (0, 1, 2), (1.0, 1 / 3, 0.7))
    out, _ = parts(tree, (0.3, 0.3, (nan, 0.3, 1.0)))
    assert math.isnan(out[0, 2])


def test_a_node_that_is_unknown_is_dropped_by_a_renormalising_parent():
    tree = Tree("mean", (Tree("min", (0, 1), (1, 1)), 2), (1.0, 1.0))
    score, low, high = value(tree, (0.4, UNKNOWN, 0.8))
    # Only 0.8 is left; bounds (0 + 0.8)/2 and (0.4 + 0.8)/2 hold it: 0.6
    np.testing.assert_allclose([score, low, high], [[0.6], [0.4], [0.6]])
    assert math.isnan(value(tree, (0.4, UNKNOWN, 0.8), propagate=True)[0][0])


def test_a_node_without_children_that_apply_does_not_apply():
    tree = Tree("mean", (Tree("geometric", (0, 1), (1, 1)), 2), (1.0, 1.0))
    assert value(tree, (ABSENT, ABSENT, 0.8), propagate=True) == [[0.8], [0.8], [0.8]]


def test_a_weight_of_0_takes_no_part():
    tree = Tree("mean", (0, Tree("min", (1, 2), (1, 1))), (1.0, 0.0))
    assert value(tree, (0.4, UNKNOWN, 0.8), propagate=True) == [[0.4], [0.4], [0.4]]
    out, base = parts(tree, (0.4, 0.2, 0.8))
    np.testing.assert_array_equal(out, [[0.4, nan, nan]])
    assert base.tolist() == [0.0]
    assert math.isnan(value(tree, (ABSENT, 0.1, 0.1))[0][0])


def test_scale_comes_before_the_parent():
    # Inner: 0.25 -> -1 + 2 · 0.25 = -0.5. Root: mean(-0.5, 1) = 0.25 -> 10 + 10 · 0.25 = 12.5
    tree = Tree("mean", (Tree("mean", (0,), (1,), (-1.0, 1.0)), 1), (1.0, 1.0), (10.0, 20.0))
    assert value(tree, (0.25, 1.0)) == [[12.5], [12.5], [12.5]]
    out, base = parts(tree, (0.25, 1.0))
    # Reference: all codes 0: mean(-1, 0) = -0.5 -> 5. Leaves: 10 · 0.5 · 2 · 0.25 and 10 · 0.5
    assert base.tolist() == [5.0]
    assert out.tolist() == [[2.5, 5.0]]


def test_shapley_values_of_a_geometric_mean():
    # sqrt(0.25 · 0.64) = 0.4. v(0)=1, v(1)=0.5, v(2)=0.8, v(12)=0.4.
    # First: ((0.5-1) + (0.4-0.8))/2 = -0.45; second: ((0.8-1) + (0.4-0.5))/2 = -0.15.
    out, base = parts(Tree("geometric", (0, 1), (1, 1)), (0.25, 0.64))
    np.testing.assert_allclose(out, [[-0.45, -0.15]])
    assert base.tolist() == [1.0]


def test_shapley_values_of_a_minimum_and_of_stages():
    # min(0.2, 0.6): v()=1, v(1)=0.2, v(2)=0.6, v(12)=0.2: (-0.8 - 0.4)/2 and (-0.4 + 0)/2
    out, base = parts(Tree("min", (0, 1), (1, 1)), (0.2, 0.6))
    np.testing.assert_allclose(out, [[-0.6, -0.2]])
    assert base.tolist() == [1.0]
    # Stages (1, 1), weights 1 and 3: v(1) = 1/4, v(2) = 0, v(12) = 1.
    # First: (1/4 + 1)/2 = 0.625; second: (0 + 3/4)/2 = 0.375; from 0.
    out, base = parts(Tree("stages", (0, 1), (1.0, 3.0), None, 0.5), (1.0, 1.0))
    np.testing.assert_allclose(out, [[0.625, 0.375]])
    assert base.tolist() == [0.0]


def test_what_is_unknown_or_absent_has_no_contribution():
    tree = Tree("geometric", (0, 1, 2), (1, 1, 1))
    out, base = parts(tree, (0.25, UNKNOWN, 0.64), (0.25, 0.64, ABSENT))
    np.testing.assert_allclose(out, [[-0.45, nan, -0.15], [-0.45, -0.15, nan]])
    assert base.tolist() == [1.0, 1.0]


def test_a_non_linear_node_below_a_linear_one():
    # mean(sqrt(0.25 · 0.64) = 0.4, 1) = 0.7; the geometric part counts half, from half its 1.
    tree = Tree("mean", (Tree("geometric", (0, 1), (1, 1)), 2), (1.0, 1.0))
    out, base = parts(tree, (0.25, 0.64, 1.0))
    np.testing.assert_allclose(out, [[-0.225, -0.075, 0.5]])
    np.testing.assert_allclose(base, [0.5])


def test_a_linear_node_below_a_non_linear_one_is_part_of_its_shapley_values():
    # min(mean(a, b), c) with 0, 1, 0.6 from 1, 1, 1: v() = 1, v(a) = 0.5, v(b) = 1, v(c) = 0.6,
    # v(ab) = 0.5, v(ac) = 0.5, v(bc) = 0.6, v(abc) = 0.5.
    # b: never changes anything: 0. a: 1/3 (-0.5) + 1/6 (-0.5) + 1/6 (-0.1) + 1/3 (-0.1) = -0.3
    # c: 1/3 (-0.4) + 1/6 (0) + 1/6 (-0.4) + 1/3 (0) = -0.2
    tree = Tree("min", (Tree("mean", (0, 1), (1, 1)), 2), (1, 1))
    out, base = parts(tree, (0.0, 1.0, 0.6))
    np.testing.assert_allclose(out, [[-0.3, 0.0, -0.2]], atol=1e-15)
    assert base.tolist() == [1.0]


@pytest.mark.parametrize("aggregation", ["mean", "sum", "geometric", "min", "stages"])
def test_no_rows(aggregation):
    tree = Tree(aggregation, (0, 1), (1, 1), None, 0.5 if aggregation == "stages" else None)
    none = np.empty((0, 2))
    for propagate in (True, False):
        out = evaluate(tree, none, none, none, propagate=propagate)
        assert [part.shape for part in out] == [(0,)] * 3
        used = codes_in_use(tree, none, none, none, propagate=propagate)
        shares, base = contributions(tree, used, none == 0, propagate=propagate)
        assert (shares.shape, base.shape) == ((0, 2), (0,))


def test_evaluate_leaves_its_arguments_alone():
    code, low, high = rows((0.9, UNKNOWN), (0.2, 0.4))
    before = [part.copy() for part in (code, low, high)]
    value_, least, greatest = evaluate(MEAN, code, low, high, propagate=False)
    least[:], greatest[:] = 9, 9  # the three results share no memory
    assert value_.max() < 9
    for part, old in zip((code, low, high), before, strict=True):
        np.testing.assert_array_equal(part, old)


def test_shapley_values_below_a_geometric_mean_of_nodes():
    """The factored form equals all subsets, and needs no more than those within each node."""
    rng = np.random.default_rng(3)
    inner = Tree("mean", (0, 1, 2), (1.0, 2.0, 0.5), (0.2, 1.0))
    least = Tree("min", (3, 4), (1.0, 1.0))
    tree = Tree("geometric", (inner, least, 5), (1.0, 0.5, 2.0), (10.0, 20.0))
    codes = rng.random((40, 6))
    codes[rng.random((40, 6)) < 0.2] = nan
    codes[0], codes[1] = 0.0, 1.0
    for propagate in (False, True):
        for applies in (np.ones((40, 6), dtype=bool), ~np.isnan(codes)):
            out, base = contributions(tree, codes, applies, propagate=propagate)
            resting = np.where(np.isnan(codes), nan, 1.0)
            slow = _all_subsets(tree, codes, resting, applies, propagate)
            known = ~np.isnan(codes) & ~np.isnan(base)[:, None]
            np.testing.assert_allclose(out[known], slow[known], rtol=1e-12, atol=1e-12)
            assert np.isnan(out[~known]).all()


def test_twenty_codes_below_nodes_of_a_geometric_mean_add_up():
    children = tuple(Tree("mean", tuple(range(4 * k, 4 * k + 4)), (1.0,) * 4) for k in range(5))
    tree = Tree("geometric", children, (1.0, 2.0, 3.0, 4.0, 5.0))
    codes = np.random.default_rng(8).random((3, 20))
    applies = np.ones((3, 20), dtype=bool)
    out, base = contributions(tree, codes, applies, propagate=True)
    score, _, _ = evaluate(tree, codes, codes, codes, propagate=True)
    np.testing.assert_allclose(out.sum(axis=1) + base, score, rtol=1e-13)


def test_contributions_below_a_geometric_mean_of_a_node_that_is_0_but_for_rounding():
    below = tuple(Tree("mean", (leaf,), (1.0,), scale=(-0.1, 1.0)) for leaf in range(3))
    node = Tree("mean", below, (1.0, 1.0, 1.0), scale=(0.1, 1.1))
    tree = Tree("geometric", (node, 3), (1.0, 1.0))
    codes = (0.0, 0.0, 0.0, 0.81)
    assert -1e-15 < value(node, codes)[0][0] < 0
    out, base = parts(tree, codes)
    assert value(tree, codes)[0] == [0.0]
    np.testing.assert_allclose(out.sum(axis=1) + base, [0.0], atol=1e-12)
