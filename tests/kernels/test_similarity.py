"""Kernels of similarity: worked tables, exactness, memory, and other packages as oracles."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from alignindex.kernels.similarity.errors import SLOPES, analytic_errors, bootstrap_errors
from alignindex.kernels.similarity.measures import FORMS, MEASURES, pair_measures
from alignindex.kernels.similarity.tables import level_distances, n_pairs
from benchmarks.twins import similarity as twin

NAMES = tuple(MEASURES)
LEVELS = np.array([1.0, 2.0, 3.0])


def chosen(levels=LEVELS, names=NAMES):
    distances = level_distances(np.asarray(levels, dtype=float))
    return [(MEASURES[name].form, distances[MEASURES[name].distance]) for name in names]


def measured(codes, levels=LEVELS, **options):
    values, shared = pair_measures(
        np.asarray(codes, dtype=np.int8), len(levels), chosen(levels), **options
    )
    return dict(zip(NAMES, values[:, 0], strict=True)), int(shared[0])


def random_votes(actors=5, items=60, missing=0.2, levels=3, seed=1):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, levels, size=(actors, items)).astype(np.int8)
    codes[rng.random(codes.shape) < missing] = -1
    return codes, rng.uniform(0.1, 5.0, size=items)


def test_every_form_has_a_slope_and_every_measure_a_twin():
    assert set(FORMS) == set(SLOPES)
    assert set(MEASURES) == set(twin.TWINS)
    for name, (form, kind) in twin.TWINS.items():
        assert MEASURES[name].form == form.__name__, name
        assert MEASURES[name].distance == kind, name


def test_hand_worked_table():
    # Items: (1,1) (1,2) (2,2) (3,1); rows 2,1,1; columns 2,2,0 (of 4).
    found, shared = measured([[0, 0, 1, 2], [0, 1, 1, 0]])
    assert shared == 4
    # D: nominal 2/4; absolute (0.5 + 1)/4 = 3/8; squared (0.25 + 1)/4 = 5/16.
    assert found["agreement"] == 1 / 2
    assert found["agreement_half"] == 5 / 8
    assert found["s_absolute"] == 1 / 4
    assert found["s_squared"] == 3 / 8
    # E: nominal 1 − (4 + 2 + 0)/16 = 10/16; absolute (4·.5 + 2·.5 + 2·1 + 2·.5)/16 = 6/16;
    # squared (4·.25 + 2·.25 + 2·1 + 2·.25)/16 = 4/16.
    assert found["kappa_nominal"] == pytest.approx(1 - (1 / 2) / (10 / 16), abs=1e-15)
    assert found["kappa_linear"] == pytest.approx(1 - (3 / 8) / (6 / 16), abs=1e-15)
    assert found["kappa_squared"] == pytest.approx(1 - (5 / 16) / (4 / 16), abs=1e-15)
    assert found["a_absolute"] == pytest.approx(2 * (6 / 16 - 3 / 8), abs=1e-15)
    assert found["a_squared"] == pytest.approx(2 * (4 / 16 - 5 / 16), abs=1e-15)
    # Pooled 4, 3, 1 of 8. P: nominal 1 − 26/64 = 38/64; absolute 2(12·.5 + 4·1 + 3·.5)/64 = 23/64;
    # squared 2(12·.25 + 4·1 + 3·.25)/64 = 15.5/64.
    assert found["pi_nominal"] == pytest.approx(1 - (1 / 2) / (38 / 64), abs=1e-15)
    assert found["pi_linear"] == pytest.approx(1 - (3 / 8) / (23 / 64), abs=1e-15)
    assert found["pi_squared"] == pytest.approx(1 - (5 / 16) / (15.5 / 64), abs=1e-15)
    # Pairs of items: concordant 1 (first, third), discordant 2; untied 5 in the first, 4 in the
    # second.
    assert found["tau_b"] == pytest.approx((1 - 2) / np.sqrt(5 * 4), abs=1e-15)


def test_no_shared_item_is_undefined():
    found, shared = measured([[0, -1], [-1, 2]])
    assert shared == 0
    assert all(np.isnan(value) for value in found.values())


def test_integer_weights_beyond_single_precision_are_exact():
    weights = np.array([2.0**24, 1.0, 1.0])
    found, _ = measured([[0, 0, 0], [0, 0, 2]], weights=weights)
    assert found["agreement"] == (2**24 + 1) / (2**24 + 2)


def test_counts_of_what_one_column_stands_for():
    # A column may stand for several items, or for none in the number of shared ones.
    codes = [[0, 0, 2], [0, 2, 2]]
    found, shared = measured(codes, weights=np.array([1.0, 1.0, 2.0]), counts=np.array([1, 1, 0.0]))
    assert found["agreement"] == 3 / 4
    assert shared == 2


@pytest.mark.slow
def test_memory_with_many_levels_weights_and_errors():
    rng = np.random.default_rng(0)
    levels = np.arange(12.0)
    codes = rng.integers(-1, 12, size=(300, 40)).astype(np.int8)
    weights = rng.uniform(0.5, 2.0, size=40)
    budget = 24 * 2**20
    tracemalloc.start()
    try:
        values, shared, errors = analytic_errors(
            codes, 12, chosen(levels), weights=weights, block_bytes=budget
        )
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak - values.nbytes - errors.nbytes - shared.nbytes <= budget
    x, y = ([None if code < 0 else levels[code] for code in row] for row in codes[:2])
    for name, value, error in zip(NAMES, values[:, 0], errors[:, 0], strict=True):
        assert value == pytest.approx(twin.similarity(name, x, y, levels, weights), abs=1e-13)
        assert error == pytest.approx(twin.jackknife_error(name, x, y, levels, weights), rel=1e-6)


@pytest.mark.parametrize("budget", [2**20, 9 * 2**20])
def test_working_memory_stays_within_the_budget(budget):
    codes = np.random.default_rng(0).integers(-1, 3, size=(300, 60)).astype(np.int8)
    measures = chosen(names=("s_absolute", "kappa_linear", "tau_b"))
    tracemalloc.start()
    try:
        values, shared = pair_measures(codes, 3, measures, block_bytes=budget)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    floor = 6 * 2**20  # a chunk of pairs and its measures, the smallest unit of work
    assert peak - values.nbytes - shared.nbytes <= max(budget, floor)
    whole, _ = pair_measures(codes, 3, measures, block_bytes=2**30)
    np.testing.assert_array_equal(values, whole)


def test_error_of_agreement_is_binomial():
    codes, _ = random_votes(missing=0)
    names = ("agreement",)
    values, shared, errors = analytic_errors(codes, 3, chosen(names=names))
    expected = np.sqrt(values[0] * (1 - values[0]) / shared)
    np.testing.assert_allclose(errors[0], expected, rtol=1e-13)


def test_one_shared_item_has_no_error():
    codes = np.array([[0, 1, -1], [0, -1, 2]], dtype=np.int8)
    values, shared, errors = analytic_errors(codes, 3, chosen())
    assert shared.tolist() == [1]
    assert values[0, 0] == 1.0
    assert np.isnan(errors).all()


def test_bootstrap_approaches_the_delta_method():
    codes, weights = random_votes(actors=4, items=400)
    _, _, analytic = analytic_errors(codes, 3, chosen(), weights=weights)
    draws = np.random.default_rng(5).multinomial(400, np.full(400, 1 / 400), size=2000)
    bootstrap = bootstrap_errors(codes, 3, chosen(), draws, weights=weights)
    # 2,000 draws leave a relative error of 1.6 % (one sd); six pairs × 13 measures.
    np.testing.assert_allclose(bootstrap, analytic, rtol=0.08)


def test_bootstrap_needs_half_of_the_draws():
    codes = np.array([[0, 1, 1], [0, 1, 1]], dtype=np.int8)
    kappa = chosen(names=("kappa_nominal",))
    varied, constant = [1, 1, 1], [3, 0, 0]
    few = bootstrap_errors(codes, 3, kappa, np.array([varied, varied, *[constant] * 3]))
    enough = bootstrap_errors(codes, 3, kappa, np.array([varied, varied, *[constant] * 2]))
    assert np.isnan(few[0, 0])
    assert enough[0, 0] == 0.0


@pytest.mark.oracle
def test_tau_b_equals_scipy():
    stats = pytest.importorskip("scipy.stats")
    codes, _ = random_votes(items=40)
    values, _ = pair_measures(codes, 3, chosen(names=("tau_b",)))
    at = 0
    for i in range(len(codes)):
        for j in range(i + 1, len(codes)):
            both = (codes[i] >= 0) & (codes[j] >= 0)
            expected = stats.kendalltau(codes[i][both], codes[j][both]).statistic
            assert values[0, at] == pytest.approx(expected, abs=1e-13)
            at += 1


@pytest.mark.oracle
def test_weighted_tau_b_equals_scipy_on_repeated_items():
    stats = pytest.importorskip("scipy.stats")
    codes, _ = random_votes(items=25, missing=0.1)
    times = np.random.default_rng(3).integers(0, 5, size=25)
    values, _ = pair_measures(codes, 3, chosen(names=("tau_b",)), weights=times.astype(float))
    both = (codes[0] >= 0) & (codes[1] >= 0)
    first, second = (np.repeat(codes[i][both], times[both]) for i in (0, 1))
    expected = stats.kendalltau(first, second).statistic
    assert values[0, 0] == pytest.approx(expected, abs=1e-13)


@pytest.mark.oracle
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    ("name", "scheme"),
    [("kappa_nominal", None), ("kappa_linear", "linear"), ("kappa_squared", "quadratic")],
)
def test_kappa_equals_scikit_learn(name, scheme, weighted):
    metrics = pytest.importorskip("sklearn.metrics")
    codes, weights = random_votes(items=50)
    options = {"weights": weights} if weighted else {}
    values, _ = pair_measures(codes, 3, chosen(names=(name,)), **options)
    at = 0
    for i in range(len(codes)):
        for j in range(i + 1, len(codes)):
            both = (codes[i] >= 0) & (codes[j] >= 0)
            expected = metrics.cohen_kappa_score(
                codes[i][both],
                codes[j][both],
                labels=[0, 1, 2],
                weights=scheme,
                sample_weight=weights[both] if weighted else None,
            )
            assert values[0, at] == pytest.approx(expected, abs=1e-13)
            at += 1
    assert at == n_pairs(len(codes))


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("name", "scheme"),
    [("kappa_nominal", None), ("kappa_linear", "linear"), ("kappa_squared", "quadratic")],
)
def test_error_of_kappa_equals_statsmodels(name, scheme):
    inter_rater = pytest.importorskip("statsmodels.stats.inter_rater")
    codes, _ = random_votes(actors=2, items=80)
    values, _, errors = analytic_errors(codes, 3, chosen(names=(name,)))
    table = np.zeros((3, 3))
    for one, other in codes.T:
        if one >= 0 and other >= 0:
            table[one, other] += 1
    expected = inter_rater.cohens_kappa(table, wt=scheme)
    assert values[0, 0] == pytest.approx(expected.kappa, abs=1e-13)
    assert errors[0, 0] == pytest.approx(expected.std_kappa, abs=1e-13)


def test_error_of_tau_b_equals_an_independent_table_formula():
    # Brown & Benedetti's ASE1, in the notation of Agresti (2010), cell by cell.
    codes, _ = random_votes(actors=2, items=80, missing=0.1)
    table = np.zeros((3, 3))
    for one, other in codes.T:
        if one >= 0 and other >= 0:
            table[one, other] += 1
    n = table.sum()
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    w_rows, w_columns = n**2 - (rows**2).sum(), n**2 - (columns**2).sum()
    w = np.sqrt(w_rows * w_columns)
    concordance = np.zeros((3, 3))
    for i in range(3):
        for j in range(3):
            for k in range(3):
                for m in range(3):
                    concordance[i, j] += table[k, m] * np.sign(i - k) * np.sign(j - m)
    excess = (table * concordance).sum()
    tau = excess / w
    v = rows[:, None] * w_columns + columns[None, :] * w_rows
    inner = (table * (2 * w * concordance + tau * v) ** 2).sum()
    ase = np.sqrt(inner - n**3 * tau**2 * (w_rows + w_columns) ** 2) / w**2
    values, _, errors = analytic_errors(codes, 3, chosen(names=("tau_b",)))
    assert values[0, 0] == pytest.approx(tau, abs=1e-13)
    assert errors[0, 0] == pytest.approx(ase, abs=1e-12)
