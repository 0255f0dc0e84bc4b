"""Kernels of paths, segments and ties against their slow twins and against worked numbers."""

from __future__ import annotations

import itertools
import math

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from alignindex.kernels import poles as ties
from alignindex.kernels.dynamics import dating, paths, segments
from benchmarks.twins import dynamics as slow

SCORES = st.one_of(
    st.sampled_from([0.0, 0.25, 0.4, 0.5, 1.0]), st.floats(0, 1, width=32), st.just(math.nan)
)


def tables(rows: tuple[int, int], columns: tuple[int, int], elements=SCORES):
    shape = st.tuples(st.integers(*rows), st.integers(*columns))
    return hnp.arrays(np.float64, shape, elements=elements)


@given(tables((1, 5), (1, 12)))
def test_pack_keeps_what_is_observed_in_order(x: np.ndarray) -> None:
    packed = paths.pack(x)
    for row, values in enumerate(x):
        points = slow.known(values.tolist())
        n = len(points)
        assert packed.length[row] == n
        assert packed.values[row, :n].tolist() == [v for _, v in points]
        assert np.isnan(packed.values[row, n:]).all()
        assert packed.column[row, :n].tolist() == [t for t, _ in points]
        assert (packed.column[row, n:] == -1).all()


@given(tables((1, 5), (1, 10)), st.lists(st.integers(1, 4), min_size=10, max_size=10))
def test_fluidity_is_its_twin(x: np.ndarray, gaps: list[int]) -> None:
    years = 1990 + np.cumsum(gaps)[: x.shape[1]].astype(float)
    fast = np.column_stack(paths.fluidity(x, years))
    twin = np.array([slow.fluidity(row.tolist(), years.tolist()) for row in x])
    assert_allclose(fast, twin, rtol=0, atol=1e-12)


def test_fluidity_worked_by_hand() -> None:
    # 2001 .2, 2003 .5, 2004 .4, 2006 .8: rises .7, falls .1 over five years.
    got = paths.fluidity([[0.2, 0.5, np.nan, 0.4, 0.8]], [2001, 2003, 2003.5, 2004, 2006])
    assert_allclose(np.ravel(got), [0.16, 0.12, 0.04, 0.25, 0.6, 5.0], atol=1e-15)


def test_fluidity_degenerate_series() -> None:
    got = paths.fluidity([[0.5, 0.5, 0.5], [np.nan, 0.5, np.nan], [np.nan] * 3])
    assert_array_equal(got.rate, [0.0, np.nan, np.nan])
    assert np.isnan(got.oscillation).all()


@given(hnp.arrays(np.float64, st.tuples(*[st.integers(1, 4)] * 3), elements=SCORES))
def test_turnover_is_its_twin(x: np.ndarray) -> None:
    fast = paths.turnover(x)
    for state, year in np.ndindex(*fast.total.shape):
        twin = slow.turnover(x[state, :, year].tolist(), x[state, :, year + 1].tolist())
        got = [part[state, year] for part in fast[:3]]
        assert_allclose(got, twin, rtol=0, atol=1e-12)


# --- segments ------------------------------------------------------------------------------------


def paths_with_steps(seed: int, n: int, t: int, missing: float) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = rng.normal(0.0, 0.05, (n, t)) + rng.uniform(0.2, 0.8, (n, 1))
    for row in x:
        for at in rng.integers(1, t, 2):
            row[at:] += rng.choice([-0.2, 0.0, 0.3])
    x[rng.random(x.shape) < missing] = np.nan
    return x


@given(tables((1, 6), (1, 9)))
def test_rho_is_its_twin(x: np.ndarray) -> None:
    assert segments.common_rho(x) == pytest.approx(slow.rho(x.tolist()), abs=1e-9)


def test_rho_finds_the_correlation_of_noise() -> None:
    rng = np.random.default_rng(5)
    for rho in (0.0, 0.3, 0.6):
        x = rng.normal(size=(2000, 40))
        for t in range(1, 40):
            x[:, t] = rho * x[:, t - 1] + math.sqrt(1 - rho**2) * x[:, t]
        # sd of the estimate at 80,000 differences is about 0.01
        assert segments.common_rho(x) == pytest.approx(rho, abs=0.03)


@pytest.mark.parametrize("missing", [0.0, 0.3])
@pytest.mark.parametrize("rho", [0.0, 0.5])
@pytest.mark.parametrize("t", [5, 8, 17, 32])
def test_segment_is_dynamic_programming_in_loops(missing: float, rho: float, t: int) -> None:
    x = paths_with_steps(t, 60, t, missing)
    fast = segments.segment(x, rho)
    for row, values in enumerate(x.tolist()):
        value, starts = slow.segment(values, rho)
        assert fast.start[row, : fast.breaks[row]].tolist() == list(starts)
        assert fast.evidence[row] == pytest.approx(value, abs=1e-8)


def test_segment_is_the_best_of_all_segmentations() -> None:
    x = paths_with_steps(3, 25, 16, 0.1)
    fast = segments.segment(x, 0.2)
    assert set(fast.breaks) >= {0, 1, 2}
    for row, values in enumerate(x.tolist()):
        value, starts = slow.segment_all(values, 0.2)
        assert fast.start[row, : fast.breaks[row]].tolist() == list(starts)
        assert fast.evidence[row] == pytest.approx(value, abs=1e-8)
        packed = [v for _, v in slow.known(values)]
        edges = [0, *starts, len(packed)]
        parts = [packed[a:b] for a, b in itertools.pairwise(edges)]
        means = [sum(part) / len(part) for part in parts]
        assert_allclose(fast.mean[row, : len(means)], means, atol=1e-12)
        assert np.isnan(fast.mean[row, len(means) :]).all()
        assert fast.rss[row] == pytest.approx(sum(map(slow.around_mean, parts)), abs=1e-12)


def test_segment_without_room_or_without_data() -> None:
    x = np.array([[0.0] * 3 + [1.0] * 4 + [np.nan], [np.nan] * 8, [0.5] * 8])
    found = segments.segment(x)
    assert_array_equal(found.breaks, 0)
    assert_array_equal(found.mean[:, 0], [4 / 7, np.nan, 0.5])
    assert segments.segment(np.empty((0, 5))).start.shape == (0, 0)


def test_segment_does_not_depend_on_blocks() -> None:
    x = paths_with_steps(9, segments.BLOCK + 7, 20, 0.1)
    whole, apart = segments.segment(x, 0.3), segments.segment(x[-9:], 0.3)
    assert_array_equal(whole.start[-9:, : apart.start.shape[1]], apart.start)
    assert_array_equal(whole.evidence[-9:], apart.evidence)


@pytest.mark.oracle
def test_segment_agrees_with_ruptures_on_complete_series() -> None:
    ruptures = pytest.importorskip("ruptures")
    x = paths_with_steps(11, 20, 24, 0.0)
    for most in (1, 2, 3):
        # A penalty of 0 and no allowance would always take the most; compare at fixed k by RSS.
        for row in x:
            ours = slow.criterion(row.tolist(), _best(row, most), 0.0)[1]
            search = ruptures.Dynp(model="l2", min_size=4, jump=1).fit(row)
            theirs = slow.criterion(row.tolist(), search.predict(n_bkps=most)[:-1], 0.0)[1]
            assert ours == pytest.approx(theirs, abs=1e-10)


def _best(row: np.ndarray, k: int) -> list[int]:
    """Best segmentation with exactly k breaks, from the kernel's own tables."""
    packed = paths.pack(row[None])
    (_, sums, count) = next(segments.blocks(packed))
    best = segments.forward(sums, k, segments.MIN_YEARS)
    return segments._trace(best, sums, count, k, segments.MIN_YEARS)[0].tolist()


@pytest.mark.parametrize(("breaks", "t"), [(1, 12), (2, 15), (3, 18)])
def test_posterior_is_the_sum_over_all_segmentations(breaks: int, t: int) -> None:
    x = paths_with_steps(breaks, 12, t, 0.0)
    x[:4, 3] = np.nan
    if breaks < 3:
        x[2:6, 9] = np.nan
    rows = [r for r in x if np.count_nonzero(~np.isnan(r)) >= 4 * (breaks + 1)]
    assert len(rows) >= 8
    fast = dating.posterior(np.array(rows), breaks, 0.2)
    for got, values in zip(fast, rows, strict=True):
        assert_allclose(got, slow.posterior(values.tolist(), breaks, 0.2), atol=1e-9)


@given(tables((1, 5), (1, 9)))
def test_line_is_its_twin(x: np.ndarray) -> None:
    years = np.arange(x.shape[1]) + 1990.0
    twin = [slow.line_rss(row, years.tolist()) for row in x.tolist()]
    assert_allclose(segments.line_rss(x, years), twin, rtol=0, atol=1e-10)


@pytest.mark.parametrize("rho", [0.0, 0.4])
def test_line_evidence_is_the_criterion_of_a_line(rho: float) -> None:
    x = paths_with_steps(21, 20, 14, 0.2)
    years = np.arange(14) + 1990.0
    got = segments.line_evidence(x, years, rho)
    for value, row in zip(got, x.tolist(), strict=True):
        observed = [v for _, v in slow.known(row)]
        n = len(observed)
        before = slow.around_mean(observed) + n * 0.01**2
        after = slow.line_rss(row, years.tolist()) + n * 0.01**2
        gain = n * math.log(1 + (before - after) * (1 - rho) / ((1 + rho) * after))
        assert value == pytest.approx(gain - math.log(n), abs=1e-9)


# --- ties ----------------------------------------------------------------------------------------


@given(tables((1, 6), (1, 6)), st.integers(1, 6))
def test_depth_is_its_twin(x: np.ndarray, k: int) -> None:
    assert_array_equal(ties.depth(x, k), [slow.depth(row, k) for row in x.tolist()])


@given(tables((1, 6), (1, 6)))
def test_effective_partners_is_its_twin(x: np.ndarray) -> None:
    x[x < 1e-6] = 0.0  # squares of subnormal shares are no matter of this test
    twin = [slow.effective_partners(row) for row in x.tolist()]
    assert_allclose(ties.effective_partners(x), twin, rtol=1e-12)


@given(tables((1, 6), (1, 4)), st.sampled_from([0.3, 0.4, 0.5]), st.sampled_from([0.0, 0.1]))
def test_nominal_types_are_their_twin(x: np.ndarray, threshold: float, margin: float) -> None:
    at = [threshold, 0.7]
    twin = [[slow.class_of(row, value, margin) for row in x.tolist()] for value in at]
    assert_array_equal(ties.nominal_types(x, thresholds=at, margin=margin), twin)
    possible = ties.possible_types(x, x, threshold=threshold, margin=margin)
    for row, own in zip(possible, twin[0], strict=True):  # a known row has one class, its own
        assert np.flatnonzero(row).tolist() == ([] if own < 0 else [own])


GRID = st.sampled_from([0.0, 0.2, 0.35, 0.4, 0.45, 0.5, 0.6, 0.65, 0.8])


@given(st.lists(st.tuples(GRID, GRID), min_size=1, max_size=3), st.sampled_from([0.0, 0.1]))
def test_possible_types_are_those_found_by_trying(pairs: list, margin: float) -> None:
    low = np.array([[min(p) for p in pairs]])
    high = np.array([[max(p) for p in pairs]])
    got = ties.possible_types(low, high, threshold=0.4, margin=margin)
    assert set(np.flatnonzero(got[0]).tolist()) == slow.possible_classes(
        low[0].tolist(), high[0].tolist(), 0.4, margin
    )


@given(tables((1, 3), (1, 9)), st.data(), st.integers(1, 4))
def test_others_mean_is_its_twin(x: np.ndarray, data: st.DataObject, least: int) -> None:
    group = np.array(data.draw(st.lists(st.integers(-1, 2), min_size=9, max_size=9)))[: x.shape[1]]
    twin = [slow.others_mean(row, group.tolist(), least) for row in x.tolist()]
    assert_allclose(ties.others_mean(x, group, min_others=least), twin, rtol=0, atol=1e-12)


@given(tables((1, 5), (1, 5)))
def test_similarity_is_its_twin(x: np.ndarray) -> None:
    twin = [[slow.similarity(a, b) for b in x.tolist()] for a in x.tolist()]
    assert_allclose(ties.likeness(x)[0], twin, rtol=0, atol=1e-12)


def test_biplot_shows_two_dimensions_exactly() -> None:
    rng = np.random.default_rng(2)
    x = rng.random((7, 2)) @ rng.random((2, 4))
    states, partners, explained = ties.biplot(x)
    assert_allclose(states @ partners.T, x - x.mean(axis=0), atol=1e-12)
    assert explained == pytest.approx(1.0)
    x[3, 1] = np.nan
    assert np.isnan(ties.biplot(x)[0][3]).all()


@given(st.floats(0, 6.28), st.booleans(), st.integers(0, 1000))
def test_align_undoes_a_rotation_or_reflection(angle: float, mirror: bool, seed: int) -> None:
    points = np.random.default_rng(seed).normal(size=(5, 2))
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    turn = turn * [1, -1] if mirror else turn
    moved = points @ turn
    assert_allclose(moved @ ties.align(moved, points), points, atol=1e-9)


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.85])
@pytest.mark.parametrize("n", [8, 9, 20, 31])
def test_the_smallest_step_is_the_one_at_which_segment_begins_to_report(n: int, rho: float) -> None:
    smallest, power = dating.detection([n, n, 7], 0.0, 0.2, rho)
    for factor, breaks in ((1 - 1e-6, 0), (1 + 1e-6, 1)):
        step = factor * smallest[0]
        row = [0.0] * (n // 2) + [step] * (n - n // 2)
        assert segments.segment([row], rho, most=1).breaks.tolist() == [breaks]
    assert power[:2].tolist() == [float(smallest[0] <= 0.2)] * 2
    assert np.isnan([smallest[2], power[2]]).all()


def test_power_is_about_the_share_of_steps_that_are_found() -> None:
    rng = np.random.default_rng(3)
    n, sd, step = 30, 0.1, 0.15
    rows = sd * rng.standard_normal((4000, n)) + step * (np.arange(n) >= n // 2)
    found = segments.segment(rows, 0.0, most=1).breaks.mean()
    _, power = dating.detection([n], [sd**2], step)
    # The break is looked for everywhere, and so found somewhat more often than the formula says.
    assert power[0] < found < power[0] + 0.12
