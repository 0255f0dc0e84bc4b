from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignindex.kernels.robustness import sensitivity
from benchmarks.twins import robustness as slow


@given(seed=st.integers(0, 10_000))
def test_factorial_effects_equal_the_definition(seed):
    rng = np.random.default_rng(seed)
    levels = rng.integers(1, 4, rng.integers(1, 4))
    probabilities = [rng.dirichlet(np.ones(m)) for m in levels]
    outputs = rng.normal(5.0, 1.0, (*levels, 3))
    got = sensitivity.factorial_effects(outputs, probabilities)
    for m in range(3):
        variance, first, total, shapley = slow.factorial_effects(outputs[..., m], probabilities)
        np.testing.assert_allclose(got.variance[m], variance, atol=1e-12)
        np.testing.assert_allclose(got.first[:, m], first, atol=1e-12)
        np.testing.assert_allclose(got.total[:, m], total, atol=1e-12)
        np.testing.assert_allclose(got.shapley[:, m], shapley, atol=1e-12)


@given(seed=st.integers(0, 10_000))
def test_shapley_effects_sum_to_the_variance_and_lie_between_first_and_total(seed):
    rng = np.random.default_rng(seed)
    levels = rng.integers(2, 4, rng.integers(1, 5))
    probabilities = [rng.dirichlet(np.ones(m)) for m in levels]
    got = sensitivity.factorial_effects(rng.normal(size=(*levels, 2)), probabilities)
    np.testing.assert_allclose(got.shapley.sum(axis=0), got.variance, atol=1e-12)
    assert (got.first <= got.shapley + 1e-12).all()
    assert (got.shapley <= got.total + 1e-12).all()


def test_two_by_two_by_hand():
    """Y = 2a + b + 2ab on {0, 1} x {0, 1}: cells 0 1 2 5, mean 2.

    E[Y|a] = 0.5, 3.5, so v(a) = 2.25; E[Y|b] = 1, 3, so v(b) = 1; variance
    (4 + 1 + 0 + 9)/4 = 3.5; interaction 0.25, shared equally by Shapley.
    """
    half = np.array([0.5, 0.5])
    got = sensitivity.factorial_effects(np.array([[[0.0], [1.0]], [[2.0], [5.0]]]), [half, half])
    assert got.variance.tolist() == [3.5]
    assert got.first.ravel().tolist() == [2.25, 1.0]
    assert got.total.ravel().tolist() == [2.5, 1.25]
    assert got.shapley.ravel().tolist() == [2.375, 1.125]


def test_additive_and_product_models():
    p = [np.array([0.25, 0.75]), np.array([0.5, 0.25, 0.25])]
    x, z = np.array([1.0, 3.0]), np.array([0.0, 1.0, 4.0])
    var = [np.average((v - np.average(v, weights=w)) ** 2, weights=w) for v, w in
           ((x, p[0]), (z, p[1]))]  # fmt: skip
    mean = [np.average(v, weights=w) for v, w in ((x, p[0]), (z, p[1]))]
    added = sensitivity.factorial_effects((x[:, None] + z)[..., None], p)
    for effect in (added.first, added.total, added.shapley):
        np.testing.assert_allclose(effect.ravel(), var, rtol=1e-13)
    product = sensitivity.factorial_effects((x[:, None] * z)[..., None], p)
    first = [mean[1] ** 2 * var[0], mean[0] ** 2 * var[1]]
    both = var[0] * var[1]
    np.testing.assert_allclose(product.first.ravel(), first, rtol=1e-13)
    np.testing.assert_allclose(product.total.ravel(), np.add(first, both), rtol=1e-13)
    np.testing.assert_allclose(product.shapley.ravel(), np.add(first, both / 2), rtol=1e-13)


def test_a_constant_output_has_no_effects_whatever_its_rounding():
    outputs = np.full((3, 3, 1), 0.1 + 0.2)
    outputs[1] = 0.3
    third = np.full(3, 1 / 3)
    got = sensitivity.factorial_effects(outputs, [third, third])
    assert got.variance.tolist() == [0.0]
    assert got.total.ravel().tolist() == [0.0, 0.0]


def ishigami(x):
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def radial(function, k, n, seed):
    qmc = pytest.importorskip("scipy.stats.qmc")
    u = qmc.Sobol(2 * k, rng=seed).random(n) if _takes_rng(qmc) else qmc.Sobol(
        2 * k, seed=seed
    ).random(n)  # fmt: skip
    a, b = u[:, :k], u[:, k:]
    rows = []
    for j in range(k):
        ab = a.copy()
        ab[:, j] = b[:, j]
        rows.append(function(ab))
    return function(a)[:, None], function(b)[:, None], np.stack(rows)[..., None]


def _takes_rng(qmc):
    import inspect

    return "rng" in inspect.signature(qmc.Sobol.__init__).parameters


def test_ishigami():
    """Closed form: S = 0.3139, 0.4424, 0; T = 0.5576, 0.4424, 0.2437 (a = 7, b = 0.1)."""
    a, b = 7.0, 0.1
    v1 = 0.5 * (1 + b * np.pi**4 / 5) ** 2
    v2, v13 = a**2 / 8, b**2 * np.pi**8 * (1 / 18 - 1 / 50)
    variance = v1 + v2 + v13
    design = radial(lambda u: ishigami((2 * u - 1) * np.pi), 3, 2**14, 1)
    first, total, got = sensitivity.saltelli_jansen(*design)
    np.testing.assert_allclose(got, variance, rtol=0.01)
    np.testing.assert_allclose(first.ravel(), [v1 / variance, v2 / variance, 0.0], atol=0.01)
    np.testing.assert_allclose(
        total.ravel(), [(v1 + v13) / variance, v2 / variance, v13 / variance], atol=0.01
    )


def test_a_large_mean_does_not_spoil_small_samples():
    """COINr's uncentred estimator gives S1 = -0.51 at N = 64 where the truth is 0.13."""
    w = np.sqrt(np.array([0.13, 0.27, 0.6]))
    worst_here, worst_uncentred = 0.0, 0.0
    for seed in range(10):
        a, b = np.random.default_rng(seed).random((2, 64, 3))
        ab = np.stack([np.where(np.arange(3) == j, b, a) for j in range(3)])
        fa, fb, fab = (((v - 0.5) @ w * np.sqrt(12) + 50.0)[..., None] for v in (a, b, ab))
        first, total, variance = sensitivity.saltelli_jansen(fa, fb, fab)
        shifted = sensitivity.saltelli_jansen(fa - 50.0, fb - 50.0, fab - 50.0)
        np.testing.assert_allclose(first, shifted[0], atol=1e-10)
        np.testing.assert_allclose(total, shifted[1], atol=1e-10)
        worst_here = max(worst_here, np.abs(first.ravel() - w**2).max())
        uncentred = (fb * (fab - fa)).mean(axis=1) / variance
        worst_uncentred = max(worst_uncentred, np.abs(uncentred.ravel() - w**2).max())
    assert worst_here < 0.5
    assert worst_uncentred > 3.0  # the same designs with the mean left in


@given(seed=st.integers(0, 1000))
def test_indices_equal_the_slow_twin(seed):
    rng = np.random.default_rng(seed)
    a, b, ab = rng.normal(3, 1, (20, 2)), rng.normal(3, 1, (20, 2)), rng.normal(3, 1, (4, 20, 2))
    first, total, _ = sensitivity.saltelli_jansen(a, b, ab)
    for m in range(2):
        expected = slow.saltelli_jansen(a[:, m], b[:, m], ab[:, :, m])
        np.testing.assert_allclose(first[:, m], expected[0], atol=1e-12)
        np.testing.assert_allclose(total[:, m], expected[1], atol=1e-12)


def test_bootstrap_replicates_are_the_indices_of_resampled_rows():
    rng = np.random.default_rng(2)
    a, b, ab = rng.normal(3, 1, (20, 2)), rng.normal(3, 1, (20, 2)), rng.normal(3, 1, (4, 20, 2))
    first, total = sensitivity.bootstrap_indices(a, b, ab, 5, np.random.default_rng(7))
    counts = np.random.default_rng(7).multinomial(20, np.full(20, 1 / 20), size=5)
    for r in range(5):
        rows = np.repeat(np.arange(20), counts[r])
        expected = sensitivity.saltelli_jansen(a[rows], b[rows], ab[:, rows])
        np.testing.assert_allclose(first[r], expected[0], atol=1e-12)
        np.testing.assert_allclose(total[r], expected[1], atol=1e-12)


def test_a_constant_output_has_no_indices():
    flat = np.full((8, 1), 0.3)
    first, total, _ = sensitivity.saltelli_jansen(flat, flat, flat[None])
    assert np.isnan(first).all()
    assert np.isnan(total).all()


@given(seed=st.integers(0, 1000))
def test_correlation_ratio_of_classes_equals_the_definition(seed):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.integers(0, 4, 60), rng.integers(0, 3, 60)]) / 2.0
    x[:3, 0] = [0, 1, 2]
    x[:3, 1] = [0, 1, 0]
    w = np.array([0.7, 0.3])
    full, _, covariance, _ = sensitivity.becker_matrices(x)
    y = x @ w
    for j in range(2):
        got = w @ full[j] @ w / (w @ covariance @ w)
        np.testing.assert_allclose(got, slow.correlation_ratio(x[:, j], y), atol=1e-12)


def test_independent_parts_are_all_uncorrelated_and_a_copy_has_none():
    grid = np.array(np.meshgrid([0, 0.5, 1], [0, 1], [0, 0.25, 1])).reshape(3, -1).T
    full, alone, _, _ = sensitivity.becker_matrices(grid)
    np.testing.assert_allclose(full, alone, atol=1e-12)
    doubled = np.column_stack([grid, grid[:, 0]])
    full, alone, _, _ = sensitivity.becker_matrices(doubled)
    assert full[0].max() > 0.1
    assert np.abs(alone[[0, 3]]).max() == 0


def test_a_parabola_is_seen_where_correlation_is_zero():
    x = np.linspace(-1, 1, 401)
    q = sensitivity.smoother(x)
    y = x**2 - (x**2).mean()
    np.testing.assert_allclose(q @ (q.T @ y), y, atol=1e-12)


@pytest.mark.oracle
def test_indices_agree_with_salib():
    salib = pytest.importorskip("SALib.analyze.sobol")
    design = radial(lambda u: ishigami((2 * u - 1) * np.pi), 3, 1024, 3)
    a, b, ab = design
    # SALib's order of rows: A, AB_1..AB_k, B for each point.
    flat = np.concatenate([a[None], ab, b[None]])[..., 0].T.ravel()
    problem = {"num_vars": 3, "names": ["x", "y", "z"], "bounds": [[0, 1]] * 3}
    found = salib.analyze(problem, flat, calc_second_order=False, print_to_console=False)
    first, total, _ = sensitivity.saltelli_jansen(a, b, ab)
    # SALib takes the variance over A, B and uses the same numerators.
    np.testing.assert_allclose(first.ravel(), found["S1"], atol=0.01)
    np.testing.assert_allclose(total.ravel(), found["ST"], atol=0.01)
