"""Closed forms of Shapley values against all orders of arrival, and by hand."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignindex.kernels.scoring import aggregate, shapley

nan = math.nan
MET = 0.5


def worth(kind, codes, weights):
    if kind == "geometric":
        return float(aggregate.weighted_geometric(codes, weights))
    if kind == "min":
        return float(aggregate.minimum(codes, weights))
    return float(aggregate.stages(codes, weights, MET))


def closed(kind, codes, weights, met=MET):
    table = np.array([codes])
    if kind == "geometric":
        return shapley.of_geometric(table, weights)[0]
    if kind == "min":
        return shapley.of_minimum(table)[0]
    return shapley.of_stages(table, weights, met)[0]


def over_all_orders(kind, codes, weights):
    """Mean gain of each code over all orders in which the codes can arrive."""
    players = [j for j, code in enumerate(codes) if not math.isnan(code)]
    resting = 0.0 if kind == "stages" else 1.0
    gains = {j: [] for j in players}
    for order in itertools.permutations(players):
        now = [resting if j in players else nan for j in range(len(codes))]
        for j in order:
            before = worth(kind, now, weights)
            now[j] = codes[j]
            gains[j].append(worth(kind, now, weights) - before)
    return [math.fsum(gains[j]) / len(gains[j]) if j in gains else nan for j in range(len(codes))]


@st.composite
def nodes(draw):
    m = draw(st.integers(1, 5))
    code = st.one_of(st.just(nan), st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.floats(0, 1))
    weight = st.one_of(st.just(1.0), st.floats(0.01, 50))
    fixed = {"min_size": m, "max_size": m}
    return draw(st.lists(code, **fixed)), draw(st.lists(weight, **fixed))


@pytest.mark.parametrize("kind", ["geometric", "min", "stages"])
@given(nodes())
def test_equals_all_orders_of_arrival(kind, node):
    codes, weights = node
    expected = over_all_orders(kind, codes, weights)
    np.testing.assert_allclose(closed(kind, codes, weights), expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("kind", ["geometric", "min", "stages"])
@pytest.mark.parametrize("m", [1, 2, 20, 60])
def test_parts_add_up_to_the_value_less_the_reference(kind, m):
    rng = np.random.default_rng(m)
    codes, weights = rng.random(m), rng.random(m) + 0.1
    codes[rng.random(m) < 0.2] = nan
    codes[0] = 0.75
    resting = 0.0 if kind == "stages" else 1.0
    gain = worth(kind, codes, weights) - resting
    assert abs(np.nansum(closed(kind, codes, weights)) - gain) < 1e-13


def test_a_minimum_by_hand():
    # Losses 0.1, 0.4 and 0.7: steps 0.1 / 3, 0.3 / 2 and 0.3.
    parts = closed("min", [0.6, 0.9, 0.3], [1, 1, 1])
    steps = [0.1 / 3, 0.1 / 3 + 0.15, 0.1 / 3 + 0.15 + 0.3]
    np.testing.assert_allclose(parts, [-steps[1], -steps[0], -steps[2]], rtol=1e-14)
    # Of two that are the same, each bears half; one that is left out bears nothing.
    np.testing.assert_allclose(closed("min", [0.5, nan, 0.5], [1, 1, 1]), [-0.25, nan, -0.25])
    np.testing.assert_array_equal(closed("min", [1.0, 1.0], [1, 1]), [0, 0])


def test_a_geometric_mean_by_hand():
    # 0.16 and 0.81 with equal weights: factors 0.4 and 0.9. Gains of the first: -0.6 alone and
    # 0.36 - 0.9 after the other; of the second: -0.1 and 0.36 - 0.4.
    parts = closed("geometric", [0.16, 0.81], [2, 2])
    np.testing.assert_allclose(parts, [(-0.6 - 0.54) / 2, (-0.1 - 0.04) / 2], rtol=1e-14)
    # With a 0, what is beside it loses only where it comes first.
    np.testing.assert_allclose(closed("geometric", [0.0, 0.25], [1, 1]), [-0.75, -0.25])


def test_stages_by_hand():
    # The first two of four are reached, of weights 1 and 2 in 8: 1/8, and 2/8 shared by two.
    np.testing.assert_allclose(
        closed("stages", [0.5, 0.9, 0.4, 1.0], [1, 2, 3, 2]), [0.25, 0.125, 0, 0]
    )
    # A stage that is left out is not waited for; a stage missed by rounding is reached.
    np.testing.assert_allclose(
        closed("stages", [nan, 0.5 - 1e-13, 1.0], [5, 1, 1]), [nan, 0.75, 0.25]
    )
    np.testing.assert_array_equal(closed("stages", [0.0, 0.3], [1, 1], met=0.0), [0, 0])


def test_rows_do_not_touch_one_another():
    rng = np.random.default_rng(7)
    table = np.where(rng.random((30, 6)) < 0.2, nan, rng.random((30, 6)))
    weights = rng.random(6)
    for kernel in (
        lambda rows: shapley.of_geometric(rows, weights),
        shapley.of_minimum,
        lambda rows: shapley.of_stages(rows, weights, MET),
    ):
        whole = kernel(table)
        alone = np.vstack([kernel(row[None]) for row in table])
        np.testing.assert_array_equal(whole, alone)
        assert kernel(np.empty((0, 6))).shape == (0, 6)
        assert np.isnan(kernel(np.full((1, 6), nan))).all()
