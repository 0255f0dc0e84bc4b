"""What must hold for any coefficient of agreement, whatever the ratings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from alignindex import reliability as rel

LEVELS = ["nominal", "ordinal", "interval", "ratio"]
SEED = {"draws": 40, "rng": 7}
POOLED = [rel.krippendorff_alpha, rel.fleiss_kappa, rel.gwet_ac, rel.percent_agreement]


@st.composite
def ratings(draw, coders=(2, 4), missing=True):
    width = draw(st.integers(*coders))
    cell = st.sampled_from([0, 1, 2, 5] + ([None] if missing else []))
    rows = draw(st.lists(st.lists(cell, min_size=width, max_size=width), min_size=2, max_size=9))
    table = pd.DataFrame(rows, columns=list("ABCD")[:width], dtype=float)
    assume((table.notna().sum(axis=1) > 1).any())
    return table


@pytest.mark.parametrize("level", LEVELS)
@given(truth=st.lists(st.integers(0, 4), min_size=2, max_size=12), coders=st.integers(2, 5))
def test_perfect_agreement_is_one(level, truth, coders):
    assume(len(set(truth)) > 1)
    table = pd.DataFrame(dict.fromkeys(range(coders), truth))
    assert rel.krippendorff_alpha(table, scale=level, draws=0).value == pytest.approx(1)
    for measure in (*POOLED[1:], rel.percent_agreement):
        assert measure(table, draws=0).value == pytest.approx(1)
    assert rel.pairwise(table).filter(["agreement", "kappa", "ac"]).to_numpy() == pytest.approx(1)


@pytest.mark.parametrize("level", LEVELS)
def test_random_codes_are_about_zero(level):
    codes = np.random.default_rng(11).choice([1, 2, 3, 7], size=(20_000, 3), p=[0.5, 0.3, 0.1, 0.1])
    table = pd.DataFrame(codes)
    # Three pairs a unit: a standard error of about 1/sqrt(3 n) = 0.004.
    assert abs(rel.krippendorff_alpha(table, scale=level, draws=0).value) < 0.016
    assert abs(rel.fleiss_kappa(table, weights="linear", draws=0).value) < 0.016
    assert rel.pairwise(table)["kappa"].abs().max() < 0.03


@pytest.mark.parametrize("level", LEVELS)
@given(table=ratings(), seed=st.integers(0, 999))
def test_alpha_knows_no_order_of_units_or_coders(level, table, seed):
    rng = np.random.default_rng(seed)
    mixed = table.iloc[rng.permutation(len(table)), rng.permutation(table.shape[1])]
    one = rel.krippendorff_alpha(table, scale=level, **SEED)
    same_values = rel.krippendorff_alpha(mixed, scale=level, **SEED)
    np.testing.assert_array_equal(one.draws, same_values.draws)
    np.testing.assert_array_equal(
        [one.value, one.lower, one.upper], [same_values.value, same_values.lower, same_values.upper]
    )


@pytest.mark.parametrize("measure", POOLED)
@given(table=ratings())
def test_names_of_levels_do_not_matter_to_nominal_coefficients(measure, table):
    renamed = table.replace({0.0: 5.0, 1.0: 0.0, 2.0: 1.0, 5.0: 2.0})
    one = measure(table, draws=0).value
    np.testing.assert_allclose(measure(renamed, draws=0).value, one, rtol=1e-9, atol=1e-12)


@given(table=ratings(), shift=st.floats(-5, 5), scale=st.floats(0.1, 10))
def test_interval_alpha_knows_no_origin_and_no_unit(table, shift, scale):
    one = rel.krippendorff_alpha(table, scale="interval", draws=0).value
    moved = rel.krippendorff_alpha(table * scale + shift, scale="interval", draws=0).value
    np.testing.assert_allclose(moved, one, rtol=1e-7, atol=1e-7)


@given(table=ratings(), power=st.sampled_from([0.5, 2, 3]))
def test_ordinal_alpha_sees_order_alone(table, power):
    one = rel.krippendorff_alpha(table, scale="ordinal", draws=0).value
    bent = rel.krippendorff_alpha(table**power, scale="ordinal", draws=0).value
    np.testing.assert_allclose(bent, one, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("weights", ["nominal", "linear", "squared"])
@given(table=ratings(coders=(2, 2)))
def test_two_coders_are_interchangeable(weights, table):
    assume(table.notna().all(axis=1).any())
    turned = table[["B", "A"]]
    for measure in (rel.cohen_kappa, rel.gwet_ac, rel.fleiss_kappa):
        one = measure(table, weights=weights, draws=0).value
        other = measure(turned, weights=weights, draws=0).value
        np.testing.assert_allclose(other, one, rtol=1e-12, atol=1e-12)


@given(table=ratings())
def test_units_rated_once_tell_alpha_nothing(table):
    lone = pd.DataFrame({"A": [1.0, 5.0]}, index=["p", "q"])
    longer = pd.concat([table, lone])
    one = rel.krippendorff_alpha(table, scale="interval", **SEED)
    other = rel.krippendorff_alpha(longer, scale="interval", **SEED)
    np.testing.assert_array_equal(one.draws, other.draws)


@given(table=ratings(missing=False))
def test_alpha_and_fleiss_differ_by_the_small_sample_term(table):
    """With complete nominal ratings alpha = kappa + (1 - kappa)/n, n the number of ratings."""
    kappa = rel.fleiss_kappa(table, draws=0).value
    alpha = rel.krippendorff_alpha(table, draws=0).value
    np.testing.assert_allclose(alpha, kappa + (1 - kappa) / table.size, rtol=1e-9, atol=1e-9)


@given(table=ratings(coders=(3, 4)))
def test_confusion_counts_every_paired_rating_once(table):
    counted = rel.confusion(table).groupby(level="coder").sum().sum(axis=1)
    paired = table.notna().mul((table.notna().sum(axis=1) > 1), axis=0).sum()
    np.testing.assert_allclose(counted.to_numpy(), paired.to_numpy())
    leaning = rel.bias(table)
    np.testing.assert_array_equal(leaning["n_units"], paired)
    surplus = leaning.filter(like="surplus_").sum(axis=1, skipna=False).dropna()
    np.testing.assert_allclose(surplus, 0, atol=1e-12)


@given(table=ratings(coders=(3, 4)), seed=st.integers(0, 999))
def test_true_codes_know_no_order(table, seed):
    assume((table.notna().sum(axis=1) > 2).any())
    rng = np.random.default_rng(seed)
    mixed = table.iloc[rng.permutation(len(table)), rng.permutation(table.shape[1])]
    one = rel.dawid_skene(table, smoothing=1, tolerance=1e-6)
    other = rel.dawid_skene(mixed, smoothing=1, tolerance=1e-6)
    np.testing.assert_allclose(other.probabilities.loc[table.index], one.probabilities, atol=1e-5)
    np.testing.assert_allclose(other.pooled(), one.pooled(), atol=1e-5)
    rated = one.probabilities.dropna()
    np.testing.assert_allclose(rated.sum(axis=1), 1)
    np.testing.assert_allclose(one.pooled().sum(axis=1), 1)
