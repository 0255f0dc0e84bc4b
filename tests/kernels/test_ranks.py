from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from alignindex.kernels.robustness import ranks
from benchmarks.twins import robustness as slow

coarse = st.sampled_from([0.0, 0.1, 0.2, 0.3, 0.1 + 0.2, 0.7, 1.0, np.nan])
tables = hnp.arrays(np.float64, st.tuples(st.integers(1, 9), st.integers(1, 6)), elements=coarse)


@given(scores=tables, ties=st.sampled_from(["min", "max", "average"]), seed=st.integers(0, 99))
def test_ranks_equal_counting(scores, ties, seed):
    count = np.random.default_rng(seed).integers(1, 4, len(scores))
    got = ranks.rank_draws(scores, count, ties=ties) / 2
    expected = slow.rank_draws(scores, count, ties)
    np.testing.assert_array_equal(np.where(got == 0, np.nan, got), expected)


@given(scores=tables, ties=st.sampled_from(["min", "max", "average"]))
def test_a_multiplicity_is_as_good_as_repeated_rows(scores, ties):
    count = np.arange(1, len(scores) + 1)
    short = ranks.rank_draws(scores, count, ties=ties)
    long = ranks.rank_draws(np.repeat(scores, count, axis=0), ties=ties)
    np.testing.assert_array_equal(np.repeat(short, count, axis=0), long)


@given(scores=tables, seed=st.integers(0, 99))
def test_ranks_do_not_depend_on_the_order_of_rows(scores, seed):
    order = np.random.default_rng(seed).permutation(len(scores))
    np.testing.assert_array_equal(ranks.rank_draws(scores[order]), ranks.rank_draws(scores)[order])


def test_ranks_do_not_depend_on_the_blocks(monkeypatch):
    scores = np.random.default_rng(0).random((30, 200)).round(2)
    whole = ranks.rank_draws(scores, ties="average")
    monkeypatch.setattr(ranks, "BLOCK", 30 * 7)
    np.testing.assert_array_equal(ranks.rank_draws(scores, ties="average"), whole)


@pytest.mark.parametrize("seed", range(20))
def test_equal_scores_tie_however_they_were_summed(seed):
    """Sums of the same terms in other orders differ in the last bits; their ranks must not."""
    rng = np.random.default_rng(seed)
    weights, codes = rng.dirichlet(np.ones(7)), rng.random(7)
    terms = weights * codes
    sums = np.array([[sum(terms[rng.permutation(7)])] for _ in range(50)])
    assert len(np.unique(sums)) > 1
    assert (ranks.rank_draws(sums) == 2).all()


def test_scores_that_differ_by_three_units_do_not_tie():
    scores = np.array([[0.5], [0.5 + 3 * ranks.UNIT]])
    assert ranks.rank_draws(scores).ravel().tolist() == [4, 2]


@given(scores=tables, p=st.sampled_from([0.0, 0.05, 0.25, 0.5, 0.95, 1.0]))
def test_rank_quantiles_equal_the_definition(scores, p):
    doubled = ranks.rank_draws(scores, ties="average")
    plain = np.where(doubled == 0, np.nan, doubled / 2)
    expected = [slow.rank_quantile(row, p) for row in plain]
    got = ranks.rank_quantiles(doubled.astype(np.uint16), np.array([p]))[:, 0]
    np.testing.assert_array_equal(got, expected)


@given(scores=tables)
def test_score_quantiles_equal_numpy(scores):
    p = np.array([0.0, 0.05, 0.5, 0.9, 1.0])
    known = ~np.isnan(scores).all(axis=1)
    expected = np.full((len(scores), 5), np.nan)
    if known.any():
        expected[known] = np.nanquantile(scores[known], p, axis=1).T
    np.testing.assert_allclose(ranks.quantile_rows(scores.copy(), p), expected, atol=1e-15)


@pytest.mark.parametrize("kind", ["spread", "few values", "one far away", "all alike", "huge"])
def test_order_statistics_by_keys_equal_sorting(kind):
    """Whatever the keys of two bytes can tell apart: the values are those of a full sort."""
    rng = np.random.default_rng(4)
    values = rng.random((7, 5000))
    if kind == "few values":
        values = np.round(values, 2)
    elif kind == "one far away":
        values[:, 17] = 1e9
    elif kind == "all alike":
        values[:] = 0.1
    elif kind == "huge":
        values *= 1e300
    p = np.array([0.0, 0.05, 0.5, 0.500001, 0.95, 1.0])
    place = p * 4999
    ordered = np.sort(values, axis=1)
    below, share = np.floor(place).astype(int), place - np.floor(place)
    low, high = ordered[:, below], ordered[:, np.minimum(below + 1, 4999)]
    expected = np.where(low == high, low, low * (1 - share) + high * share)
    np.testing.assert_array_equal(ranks.quantile_rows(values.copy(), p), expected)


@given(
    table=hnp.arrays(np.int64, st.tuples(st.integers(1, 5), st.integers(1, 9)),
                     elements=st.integers(0, 6)),
    limit=st.lists(st.integers(-1, 7), min_size=1, max_size=3),
)  # fmt: skip
def test_counting_in_sorted_rows_equals_counting(table, limit):
    table.sort(axis=1)
    expected = [[int((row <= x).sum()) for x in limit] for row in table]
    assert ranks.count_upto(table, np.array(limit)).tolist() == expected


@given(scores=tables)
def test_kendall_equals_counting_pairs(scores):
    exact = np.where(scores == 0.1 + 0.2, 0.3, scores)
    np.testing.assert_allclose(
        ranks.kendall_distance(scores[:, 0], scores),
        slow.kendall_distance(exact[:, 0], exact),
        atol=1e-15,
    )


@given(
    codes=hnp.arrays(
        np.float64, st.tuples(st.integers(1, 8), st.just(3)),
        elements=st.sampled_from([0.0, 0.5, 1.0, np.nan]),
    ),
    weights=st.sampled_from([(1.0, 1.0, 1.0), (3.0, 1.0, 2.0), (0.1, 0.2, 0.3), (1.0, 0.0, 2.0)]),
)  # fmt: skip
def test_copeland_equals_pair_by_pair(codes, weights):
    balance, _ = ranks.copeland(codes, np.array(weights))
    np.testing.assert_allclose(balance, slow.copeland(codes, weights), atol=1e-15)


def test_copeland_with_missing_values_does_not_depend_on_row_order():
    """COINr's does."""
    rng = np.random.default_rng(5)
    codes = rng.integers(0, 3, (20, 4)) / 2
    codes[rng.random(codes.shape) < 0.4] = np.nan
    balance, number = ranks.copeland(codes, np.ones(4))
    for _ in range(5):
        order = rng.permutation(20)
        again, count = ranks.copeland(codes[order], np.ones(4))
        np.testing.assert_array_equal(again, balance[order])
        np.testing.assert_array_equal(count, number[order])


@pytest.mark.oracle
@pytest.mark.parametrize("ties", ["min", "max", "average"])
def test_ranks_equal_scipy(ties):
    stats = pytest.importorskip("scipy.stats")
    scores = np.random.default_rng(1).integers(0, 6, (40, 10)) / 5
    expected = stats.rankdata(-scores, method=ties, axis=0)
    np.testing.assert_array_equal(ranks.rank_draws(scores, ties=ties) / 2, expected)


def test_copeland_takes_rounding_for_a_tie():
    balance, _ = ranks.copeland(np.array([[0.1 + 0.2], [0.3]]), np.array([1.0]))
    assert balance.tolist() == [0.0, 0.0]
