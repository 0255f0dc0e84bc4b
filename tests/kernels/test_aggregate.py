"""Aggregation kernels against plain loops: missing codes, weights of 0, many columns, blocks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from alignindex.kernels.scoring import aggregate
from benchmarks.twins import scoring as twin

nan = np.nan
KERNELS = {
    "mean": (aggregate.weighted_mean, twin.mean_of),
    "sum": (aggregate.weighted_sum, twin.sum_of),
    "geometric": (aggregate.weighted_geometric, twin.geometric_of),
    "min": (aggregate.minimum, twin.min_of),
    "stages": (
        lambda codes, weights: aggregate.stages(codes, weights, 0.5),
        lambda parts: twin.stages_of(parts, 0.5),
    ),
    "weight": (aggregate.observed_weight, lambda parts: math.fsum(w for w, _ in parts)),
}
# Each kind has all of the examples to itself: shared among six, too few fall on each.
every_kind = pytest.mark.parametrize("kind", list(KERNELS))


@st.composite
def tables(draw, least=0.0):
    k = draw(st.sampled_from([1, 2, 3, 5, 8, 9, 17]))
    n = draw(st.integers(0, 12))
    element = st.one_of(
        st.just(nan), st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.floats(least, 3, width=32)
    )
    codes = draw(hnp.arrays(np.float64, (n, k), elements=element))
    weight = st.one_of(st.sampled_from([0.0, 1.0, 1.0]), st.floats(0.01, 50))
    weights = draw(hnp.arrays(np.float64, k, elements=weight))
    if not weights.any():
        weights[draw(st.integers(0, k - 1))] = 1.0
    return codes, weights


def loop(kind, codes, weights):
    out = []
    for row in codes:
        parts = [(w, c) for w, c in zip(weights, row, strict=True) if w > 0 and not math.isnan(c)]
        out.append(KERNELS[kind][1](parts) if parts else (0.0 if kind == "weight" else nan))
    return np.array(out)


@every_kind
@given(tables())
def test_equals_the_loop(kind, case):
    codes, weights = case
    got = KERNELS[kind][0](codes, weights)
    np.testing.assert_allclose(got, loop(kind, codes, weights), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", ["mean", "sum", "min", "stages"])
@given(tables(least=-3.0))
def test_equals_the_loop_below_zero_too(kind, case):
    codes, weights = case
    got = KERNELS[kind][0](codes, weights)
    np.testing.assert_allclose(got, loop(kind, codes, weights), rtol=1e-12, atol=1e-12)


@every_kind
@given(tables(), st.sampled_from([1, 2, 7]))
def test_blocks_and_memory_order_change_no_bit(kind, case, rows):
    codes, weights = case
    kernel = KERNELS[kind][0]
    whole = kernel(codes, weights)
    np.testing.assert_array_equal(kernel(np.asfortranarray(codes), weights), whole)
    np.testing.assert_array_equal([kernel(row, weights) for row in codes], whole)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aggregate, "BLOCK", rows)
        np.testing.assert_array_equal(kernel(codes, weights), whole)
        wide = np.full((len(codes), codes.shape[1] * 2), 9.0)  # strided columns
        wide[:, ::2] = codes
        np.testing.assert_array_equal(kernel(wide[:, ::2], weights), whole)


@every_kind
@given(tables())
def test_a_weight_of_0_takes_no_part(kind, case):
    codes, weights = case
    more = np.column_stack([codes, np.full(len(codes), 0.123)])
    kernel = KERNELS[kind][0]
    np.testing.assert_array_equal(kernel(more, [*weights, 0.0]), kernel(codes, weights))


@every_kind
@given(tables())
def test_the_arguments_stay_as_they_are(kind, case):
    codes, weights = case
    before = codes.copy(), weights.copy()
    KERNELS[kind][0](codes, weights)
    np.testing.assert_array_equal(codes, before[0])
    np.testing.assert_array_equal(weights, before[1])


@every_kind
def test_shapes(kind):
    kernel = KERNELS[kind][0]
    cube = np.linspace(0, 1, 24).reshape(2, 3, 4)
    assert kernel(cube, [1, 2, 3, 4]).shape == (2, 3)
    assert kernel(cube[0, 0], [1, 2, 3, 4]).shape == ()
    assert kernel(np.empty((0, 4)), [1, 2, 3, 4]).shape == (0,)


def test_no_positive_weight_is_no_weight(monkeypatch):
    # The scratch space of a call must not be read before it is written.
    clean = aggregate._buffers

    def dirty(n):
        buffers = clean(n)
        for part in buffers:
            part.fill(7)
        return buffers

    monkeypatch.setattr(aggregate, "_buffers", dirty)
    assert aggregate.observed_weight(np.ones((5, 3)), [0, 0, 0]).tolist() == [0.0] * 5
    assert aggregate.observed_weight(np.ones((5, 3)), [0, 2, 0]).tolist() == [2.0] * 5
    assert np.isnan(aggregate.weighted_mean(np.ones((5, 3)), [0, 0, 0])).all()


@pytest.mark.parametrize("place", range(4))
def test_the_minimum_may_be_in_any_column(place):
    codes = [0.5, 0.5, 0.5, 0.5]
    codes[place] = 0.25
    assert aggregate.minimum([codes], [1, 1, 1, 1]).tolist() == [0.25]
    weights = [1.0] * 4
    weights[place] = 0.0
    assert aggregate.minimum([codes], weights).tolist() == [0.5]


@pytest.mark.parametrize("k", [7, 8, 9, 16, 17])
def test_every_column_counts_past_the_eight_of_a_byte(k):
    weights = [2.0**j for j in range(k)]
    for j in range(k):
        row = [nan] * k
        row[j] = 0.5
        assert aggregate.observed_weight(row, weights) == 2.0**j
        assert aggregate.weighted_sum(row, weights) == 2.0 ** (j - 1)
        assert aggregate.weighted_mean(row, weights) == 0.5


@pytest.mark.parametrize("n", [0, 1, aggregate.BLOCK, aggregate.BLOCK + 1])
def test_the_last_block_is_whole(n):
    codes = np.linspace(0, 1, 2 * n).reshape(n, 2)
    np.testing.assert_allclose(aggregate.weighted_mean(codes, [1, 3]), codes @ [0.25, 0.75])


def test_a_coverage_falls_short_by_more_than_rounding():
    edge = 0.6 - aggregate.NOISE  # the very edge does not fall short
    coverage = np.array([0.6 - 1e-11, np.nextafter(edge, 0), edge, 0.6, 1.0, nan])
    assert aggregate.falls_short(coverage, 0.6).tolist() == [True, True] + [False] * 4


def test_by_hand():
    codes = [[0.2, 0.8, nan], [nan, nan, nan], [0.0, 1.0, 0.5]]
    weights = [1, 3, 4]
    # (0.2 + 2.4) / 4 = 0.65; (0 + 3 + 2) / 8 = 0.625
    np.testing.assert_allclose(aggregate.weighted_mean(codes, weights), [0.65, nan, 0.625])
    # 0.2 + 2.4; 0 + 3 + 2
    np.testing.assert_allclose(aggregate.weighted_sum(codes, weights), [2.6, nan, 5.0])
    # (0.2 · 0.8³)^(1/4) = (0.1024)^(1/4) = 0.32^(1/2); a 0 makes 0
    np.testing.assert_allclose(aggregate.weighted_geometric(codes, weights), [0.32**0.5, nan, 0])
    np.testing.assert_array_equal(aggregate.minimum(codes, weights), [0.2, nan, 0.0])
    # A first stage below 0.5 stops the rest; from 0.2 on, both stages that are there count.
    np.testing.assert_array_equal(aggregate.stages(codes, weights, 0.5), [0, nan, 0])
    np.testing.assert_array_equal(aggregate.stages(codes, weights, 0.2), [1, nan, 0])
    np.testing.assert_array_equal(aggregate.stages([[1, 0.4, 1]], weights, 0.5), [1 / 8])


def test_rounding_does_not_fail_a_stage():
    # A geometric mean of halves may come as 0.5 - 1e-16; 0.5 - 1e-9 is less than a half.
    codes = [[np.nextafter(0.5, 0), 1.0], [0.5 - 1e-9, 1.0]]
    assert aggregate.stages(codes, [1, 1], 0.5).tolist() == [1.0, 0.0]
    # At the very edge of rounding a stage is reached; one step below it is not.
    edge = 0.5 - aggregate.NOISE
    codes = [[edge, edge], [np.nextafter(edge, 0), 1.0], [1.0, np.nextafter(edge, 0)]]
    assert aggregate.stages(codes, [1, 1], 0.5).tolist() == [1.0, 0.0, 0.5]


def test_no_warning_leaks():
    with np.errstate(all="raise"):
        for kernel, _ in KERNELS.values():
            kernel([[nan, nan], [0.0, 0.0], [1e-300, 1.0]], [1e-3, 1e3])


def test_a_negative_code_elsewhere_in_a_block_changes_no_bit_of_a_row():
    rng = np.random.default_rng(4)
    codes = np.where(rng.random((50, 3)) < 0.2, np.nan, rng.random((50, 3)))
    weights = [0.3, 0.1, 0.6]
    with_negative = np.vstack([codes, [[-0.5, np.nan, 0.25]]])
    for kernel in (aggregate.weighted_mean, aggregate.weighted_sum):
        alone, together = kernel(codes, weights), kernel(with_negative, weights)
        assert alone.tobytes() == together[:50].tobytes()
        assert together[50] == kernel(with_negative[50], weights)
    assert aggregate.weighted_sum(with_negative, weights)[50] == -0.5 * 0.3 + 0.25 * 0.6


def test_a_zero_that_rounding_made_negative_is_zero_to_a_geometric_mean():
    codes = [[-5e-17, 0.81], [0.25, 1.0], [nan, 0.5]]
    assert aggregate.weighted_geometric(codes, [1, 1]).tolist() == [0.0, 0.5, 0.5]
    assert twin.geometric_of([(1.0, -5e-17), (1.0, 0.81)]) == 0.0
