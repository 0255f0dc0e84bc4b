"""Ideal-point kernels against their slow twins, dense matrices and their own definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from alignindex.kernels.idealpoints import errors as laplace
from alignindex.kernels.idealpoints import model as kernel
from alignindex.kernels.idealpoints import spread as reading
from benchmarks.twins import idealpoints as slow


def problem(
    seed: int, *, links: bool, gaps: bool, items_each: int = 6, two_share: float = 0.66
) -> tuple[kernel.Model, slow.Table, np.ndarray, kernel.Parameters]:
    """Nine states, five periods; a third of the items with one cut-point."""
    rng = np.random.default_rng(seed)
    n_states, n_periods = 9, 5
    nodes = [
        (s, t)
        for s in range(n_states)
        for t in range(n_periods)
        if not (gaps and rng.random() < 0.3)
    ]
    number = {node: j for j, node in enumerate(nodes)}
    when = [(t,) for t in range(n_periods) for _ in range(items_each)]
    if links:
        when[0], when[items_each + 1], when[3 * items_each + 2] = (0, 1), (1, 3, 4), (0, 3)
    points = rng.normal(size=len(nodes))
    points = (points - points.mean()) / points.std()
    slopes = rng.normal(size=len(when))
    two = rng.random(len(when)) < two_share
    lower = rng.normal(-0.4, 0.5, len(when))
    gap = 0.4 + rng.exponential(0.7, len(when))
    upper = np.where(two, lower + gap, lower)
    rows = []
    for item, periods in enumerate(when):
        for t in periods:
            for s in range(n_states):
                if (s, t) in number and rng.random() < 0.9:
                    z = slopes[item] * points[number[s, t]] + rng.normal()
                    kind = 0 if z < lower[item] else (1 if z < upper[item] else 2)
                    rows.append((number[s, t], item, kind))
    state = np.array([s for s, _ in nodes])
    period = np.array([t for _, t in nodes])
    same = state[1:] == state[:-1]
    link = np.where(same, rng.uniform(2.0, 6.0, same.size), 0.0)
    node, item_of, kind_of = (
        np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)
    )
    votes = kernel.arrange(node, item_of, kind_of, len(nodes), len(when))
    model = kernel.Model(votes, two, state, link)
    now = kernel.Parameters(points, rng.uniform(0.05, 0.2, points.size), slopes, lower, upper)
    table = slow.Table(rows, two.tolist(), state.tolist(), link.tolist())
    return model, table, period, now


def items_of(now: kernel.Parameters) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return now.slopes, now.lower, now.upper


@pytest.mark.parametrize("x", [-40.0, -8.0, -1.3, 0.0, 0.7, 5.0])
def test_mills_ratio_is_density_over_probability(x: float) -> None:
    found = float(kernel.mills(np.array([x]))[0])
    if x > -30:
        assert found == pytest.approx(slow.phi(x) / slow.cdf(x), rel=1e-12)
    else:  # the asymptotic series -x (1 + 1/x² - 2/x⁴ ...) where both vanish
        assert found == pytest.approx(-x + -1.0 / x, rel=1e-5)


def test_interval_score_keeps_its_digits_in_both_tails() -> None:
    for a, c in [(-0.3, 0.9), (6.0, 6.5), (-6.5, -6.0)]:
        left, right, p = (float(x[0]) for x in kernel.interval_score(np.array([a]), np.array([c])))
        # In the left tail the difference of complementary error functions is exact.
        near, far = (a, c) if a + c <= 0 else (-c, -a)
        assert p == pytest.approx(slow.cdf(far) - slow.cdf(near), rel=1e-13)
        assert left == pytest.approx(slow.phi(a) / p, rel=1e-13)
        assert right == pytest.approx(slow.phi(c) / p, rel=1e-13)


@pytest.mark.parametrize("seed", range(3))
def test_chain_posterior_equals_dense_inverse(seed: int) -> None:
    _, table, _, now = problem(seed, links=False, gaps=True)
    rng = np.random.default_rng(seed)
    extra = rng.uniform(0.1, 3.0, now.points.size)
    dense = slow.prior_precision(table) + np.diag(extra)
    right = rng.normal(size=extra.size)
    mean, variance = kernel.chain_posterior(np.diagonal(dense).copy(), np.array(table.link), right)
    np.testing.assert_allclose(mean, np.linalg.solve(dense, right), rtol=1e-11)
    np.testing.assert_allclose(variance, np.diag(np.linalg.inv(dense)), rtol=1e-11)


def test_chain_of_one_node() -> None:
    mean, variance = kernel.chain_posterior(np.array([4.0]), np.zeros(0), np.array([2.0]))
    assert (mean[0], variance[0]) == (0.5, 0.25)


def test_votes_are_sorted_by_kind_and_node_and_remember_their_place() -> None:
    node, item, kind = np.array([2, 0, 1, 0]), np.array([0, 1, 0, 0]), np.array([2, 2, 0, 0])
    votes = kernel.arrange(node, item, kind, 3, 2)
    assert votes.kind_start.tolist() == [0, 2, 2, 4]
    assert votes.node.tolist() == [0, 1, 0, 2]
    assert kind[votes.order].tolist() == [0, 0, 2, 2]


@pytest.mark.parametrize("seed", range(4))
def test_mean_log_probability_equals_the_loop(seed: int) -> None:
    model, table, _, now = problem(seed, links=True, gaps=True)
    found = kernel.mean_log_probability(model.votes, now)
    assert found == pytest.approx(
        slow.mean_log_probability(table, now.points, *items_of(now)), rel=1e-12
    )


@pytest.mark.parametrize("seed", range(3))
def test_vote_terms_equal_numerical_derivatives(seed: int) -> None:
    model, _, _, now = problem(seed, links=False, gaps=False)
    votes, terms = model.votes, kernel.vote_terms(model.votes, now)
    first_middle = votes.kind_start[1]
    kind = np.repeat([0, 1, 2], np.diff(votes.kind_start))
    for j in range(0, votes.node.size, 7):
        k = votes.item[j]
        eta = now.slopes[k] * now.points[votes.node[j]]
        ac = terms.ac[j - first_middle] if kind[j] == 1 else 0.0
        found = (terms.da[j], terms.dc[j], terms.aa[j], terms.cc[j], ac)
        wanted = slow.vote_derivatives(int(kind[j]), now.lower[k], now.upper[k], eta)
        assert found == pytest.approx(wanted, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_sweep_equals_the_loop_near_the_optimum(seed: int) -> None:
    model, table, _, now = problem(seed, links=True, gaps=True)
    counts = np.zeros((model.votes.n_items, 3))
    np.add.at(counts, (model.votes.item, np.repeat([0, 1, 2], np.diff(model.votes.kind_start))), 1)
    for _ in range(40):  # where no step needs to be shortened
        now = kernel.sweep(model, now)
    fast = kernel.sweep(model, now)
    wanted = slow.sweep(table, *now)
    # An item whose middle never occurs keeps closing its gap, by shortened steps: left out.
    settled = (counts[:, 1] > 0) | ~model.two_cuts
    assert settled.sum() > 15
    for found, want in zip(fast[2:], wanted[2:], strict=True):
        np.testing.assert_allclose(found[settled], want[settled], atol=2e-3)
    np.testing.assert_allclose(fast.points, wanted[0], atol=2e-3)


def test_standardise_keeps_every_probability() -> None:
    model, _, _, now = problem(5, links=True, gaps=True)
    shifted = now._replace(points=3.0 * now.points + 1.0)
    after = kernel.standardise(shifted)
    assert float(after.points.mean()) == pytest.approx(0.0, abs=1e-14)
    assert float(after.points.std()) == pytest.approx(1.0, rel=1e-14)
    assert kernel.mean_log_probability(model.votes, after) == pytest.approx(
        kernel.mean_log_probability(model.votes, shifted), rel=1e-13
    )


def test_expected_information_sums_over_outcomes() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=20)
    c = a + rng.exponential(size=20)
    two = np.arange(20) % 2 == 0
    first, second, between = laplace.expected_information(a, c, two)
    for j in range(20):
        low, high = slow.cdf(a[j]), slow.cdf(-c[j])
        middle = slow.cdf(c[j]) - low
        f, g = slow.phi(a[j]), slow.phi(c[j])
        if two[j]:
            wanted = (f * f * (1 / low + 1 / middle), g * g * (1 / middle + 1 / high))
            assert between[j] == pytest.approx(-f * g / middle, rel=1e-11)
        else:
            wanted = (f * f / (low * (1 - low)), 0.0)
            assert between[j] == 0.0
        assert (first[j], second[j]) == pytest.approx(wanted, rel=1e-11)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("links", [False, True])
@pytest.mark.parametrize("gaps", [False, True])
def test_standard_deviations_equal_the_dense_inverse(seed: int, links: bool, gaps: bool) -> None:
    model, table, period, now = problem(seed, links=links, gaps=gaps)
    factors = laplace.factorise(model, now, period)
    assert (factors.border.size > 0) == links
    found = reading.spread(factors, now)
    points, items = slow.standard_deviations(table, now.points, *items_of(now))
    np.testing.assert_allclose(found.points, points, rtol=1e-10)
    np.testing.assert_allclose(found.slopes, items[:, 0], rtol=1e-10)
    np.testing.assert_allclose(found.lower, items[:, 1], rtol=1e-10)
    two = model.two_cuts
    np.testing.assert_allclose(found.upper[two], items[two, 2], rtol=1e-10)


def test_phantoms_stand_for_every_absent_period() -> None:
    model, _, period, now = problem(1, links=False, gaps=True)
    factors = laplace.factorise(model, now, period)
    sizes = [part.inverse.shape[0] for part in factors.periods]
    absent = sum(int(period[j + 1] - period[j] - 1) for j in np.flatnonzero(model.link > 0.0))
    assert absent > 0
    assert sum(sizes) == now.points.size + absent


@pytest.mark.slow
def test_draws_have_the_covariance_of_the_dense_inverse() -> None:
    # One cut-point each, so that no draw has to be shortened to keep two in order.
    model, table, period, now = problem(2, links=True, gaps=True, items_each=3, two_share=0.0)
    factors = laplace.factorise(model, now, period)
    rng = np.random.default_rng(3)
    n, draws = now.points.size, 3000
    sample = np.empty((draws, n + now.slopes.size))
    for row in sample:
        one = reading.draw(factors, model, now, rng)
        row[:] = np.concatenate([one.points - now.points, one.slopes - now.slopes])
    whole = np.linalg.inv(slow.joint_precision(table, now.points, *items_of(now)))
    places = np.append(np.arange(n), n + 3 * np.arange(now.slopes.size))
    wanted = whole[np.ix_(places, places)]
    sd = np.sqrt(np.diag(wanted))
    scaled = (np.cov(sample.T) - wanted) / np.outer(sd, sd)
    # The sd of a sample covariance of unit variables is at most sqrt(2 / 3000) = 0.026.
    assert np.abs(scaled).max() < 5 * 0.026
    assert np.sqrt((scaled**2).mean()) < 0.026
    assert np.abs(sample.mean(axis=0) / sd).max() < 6 / math.sqrt(draws)


def test_draws_keep_the_cut_points_in_order() -> None:
    model, _, period, now = problem(4, links=True, gaps=True)
    factors = laplace.factorise(model, now, period)
    rng = np.random.default_rng(0)
    for _ in range(50):
        one = reading.draw(factors, model, now, rng)
        assert (one.upper[model.two_cuts] > one.lower[model.two_cuts]).all()
        assert (one.upper[~model.two_cuts] == one.lower[~model.two_cuts]).all()


def test_estimate_stops_when_the_watched_votes_gain_nothing() -> None:
    model, _, _, _ = problem(0, links=True, gaps=False)
    seen: list[int] = []
    found = kernel.estimate(model, report=lambda number, value: seen.append(number))
    assert found.converged
    assert seen == list(range(1, len(found.trace)))
    last = found.trace[-4:].max() - found.trace[:-4].max()
    assert last < 4e-4
    again = kernel.mean_log_probability(model.votes, found.parameters)
    assert again == pytest.approx(found.trace.max(), rel=1e-12)


def test_estimate_says_when_it_ran_out_of_sweeps() -> None:
    model, _, _, _ = problem(0, links=True, gaps=False)
    found = kernel.estimate(model, max_sweeps=2)
    assert not found.converged
    assert len(found.trace) == 3
