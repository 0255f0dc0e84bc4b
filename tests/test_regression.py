"""Regressions on dyads: laws, hand-overs and bad input."""

from __future__ import annotations

import math
import warnings
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alignindex as ai
from alignindex import regression

STATES = ["ARM", "BLR", "CHN", "DEU", "IND", "RUS", "USA"]
pytestmark = pytest.mark.filterwarnings("ignore:the .* covariance is not positive:UserWarning")


def table(seed: int = 0, states=STATES, years: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = [(a, b, t) for a, b in combinations(states, 2) for t in range(years)]
    data = pd.DataFrame(rows, columns=["state", "partner", "year"])
    data["x"], data["z"] = rng.normal(1, 2, (2, len(data)))
    data["y"] = 1 + 2 * data["x"] + rng.normal(0, 1, len(data))
    return data


@given(seed=st.integers(0, 5000), kind=st.sampled_from(["dyadic", "pair", "robust", "classical"]))
def test_direction_and_order_of_rows_do_not_matter(seed, kind):
    data = table(seed)
    plain = regression.ols(data, "y", ["x", "z"], kind=kind)
    rng = np.random.default_rng(seed)
    turned = data.copy()
    flip = rng.random(len(data)) < 0.5
    turned.loc[flip, ["state", "partner"]] = data.loc[flip, ["partner", "state"]].to_numpy()
    turned = turned.sample(frac=1, random_state=seed)
    again = regression.ols(turned, "y", ["x", "z"], kind=kind)
    np.testing.assert_allclose(again.coefficients, plain.coefficients, rtol=1e-9)
    np.testing.assert_allclose(again.covariance, plain.covariance, rtol=1e-6, atol=1e-10)


@given(seed=st.integers(0, 5000), scale=st.sampled_from([1e-4, 3.0, 1e5]))
def test_units_of_a_regressor_change_its_coefficient_and_error_alone(seed, scale):
    data = table(seed)
    plain = regression.ols(data, "y", ["x", "z"]).to_frame()
    rescaled = regression.ols(data.assign(x=data["x"] * scale), "y", ["x", "z"]).to_frame()
    np.testing.assert_allclose(rescaled["t"], plain["t"], rtol=1e-6)
    assert rescaled.loc["x", "estimate"] * scale == pytest.approx(plain.loc["x", "estimate"])
    assert rescaled.loc["x", "se"] * scale == pytest.approx(plain.loc["x", "se"])


def test_a_member_is_the_same_as_integer_and_as_float():
    numbers = dict(zip(STATES, [2, 200, 220, 255, 365, 710, 750], strict=True))
    data = table(3)
    data = data.assign(**{end: data[end].map(numbers) for end in ("state", "partner")})
    data = data.astype({"state": np.int64, "partner": np.int64})
    plain = regression.ols(data, "y", ["x"])
    for column in ("state", "partner"):
        mixed = regression.ols(data.astype({column: float}), "y", ["x"])
        assert mixed.n_members == len(STATES)
        np.testing.assert_array_equal(mixed.covariance, plain.covariance)


def test_the_sandwich_of_least_squares_is_the_covariance_of_ols():
    data = table(4, years=2)
    x = np.column_stack([np.ones(len(data)), data["x"]])
    for kind in ("dyadic", "robust", "pair", "state", "partner", "two_way"):
        fit = regression.ols(data, "y", ["x"], kind=kind, correction="none")
        scores = x * (data["y"] - x @ fit.coefficients.to_numpy()).to_numpy()[:, None]
        found = regression.sandwich(scores, x.T @ x, data, kind=kind, correction="none")
        np.testing.assert_allclose(found, fit.covariance, rtol=1e-10)
    scores = pd.DataFrame(scores, columns=["intercept", "x"])
    parts = x[:, :, None] * x[:, None, :]
    jackknife = regression.sandwich(scores, parts, data, correction="jackknife")
    wanted = regression.ols(data, "y", ["x"]).covariance
    np.testing.assert_allclose(jackknife, wanted, rtol=1e-10)
    assert list(jackknife.columns) == ["intercept", "x"]


def test_the_interval_is_that_of_the_t_distribution():
    """Members less one: 6 df; the 95 % quantile of t there is 2.446912."""
    row = regression.ols(table(1), "y", ["x"]).to_frame(level=0.95).loc["x"]
    assert row["df"] == 6
    assert row["upper"] - row["estimate"] == pytest.approx(2.4469118 * row["se"])
    assert row["estimate"] - row["lower"] == pytest.approx(2.4469118 * row["se"])


def test_missing_rows_are_counted():
    data = table(2)
    data.loc[3, "x"] = math.nan
    data.loc[5, "y"] = math.nan
    fit = regression.ols(data, "y", ["x"])
    assert (fit.n_rows, fit.n_skipped) == (19, 2)
    assert fit.n_dyads == 19
    assert fit.n_members == 7


def test_effective_members_lower_the_degrees_of_freedom():
    data = table(3)
    data["usa"] = ((data["state"] == "USA") | (data["partner"] == "USA")).astype(float)
    data["usa"] += 0.01 * data["z"]
    plain = regression.ols(data, "y", ["usa"]).df
    fewer = regression.ols(data, "y", ["usa"], df="effective").df
    assert plain["usa"] == 6
    assert 1 <= fewer["usa"] < 3  # one state carries the regressor


def test_draws_that_agree_change_nothing_but_degrees_of_freedom():
    data = table(6)
    data["d0"] = data["d1"] = data["x"]

    def estimator(frame):
        return regression.ols(frame, "y", ["x"])

    once = estimator(data)
    pooled = regression.over_draws(estimator, data, {"x": ["d0", "d1"]})
    np.testing.assert_allclose(pooled.covariance, once.covariance, rtol=1e-12)
    assert pooled.df["x"] == pytest.approx(7 / 9 * 6)
    assert pooled.missing_share["x"] == 0


def test_draws_that_differ_widen_the_interval():
    data = table(6)
    rng = np.random.default_rng(0)
    names = [f"d{i}" for i in range(5)]
    for name in names:
        data[name] = data["x"] + rng.normal(0, 0.5, len(data))
    pooled = regression.over_draws(
        lambda frame: regression.ols(frame, "y", ["x"]), data, {"x": names}
    )
    assert pooled.covariance.loc["x", "x"] > pooled.within.loc["x", "x"]
    assert list(pooled.to_frame().columns) == [
        "estimate", "se", "t", "df", "p", "lower", "upper", "missing_share",
    ]  # fmt: skip


@pytest.mark.oracle
def test_statsmodels_gives_the_same_robust_covariances():
    sm = pytest.importorskip("statsmodels.api")
    data = table(8, years=3)
    data["n"] = np.random.default_rng(1).poisson(np.exp(0.2 * data["x"]))
    x = sm.add_constant(data[["x"]])
    linear = sm.OLS(data["y"], x).fit()
    _, found = regression.from_statsmodels(linear, data, kind="robust", correction="none")
    np.testing.assert_allclose(found, linear.get_robustcov_results("HC0").cov_params(), rtol=1e-9)
    groups = pd.factorize(data["state"])[0]
    _, found = regression.from_statsmodels(linear, data, kind="state", correction="none")
    theirs = linear.get_robustcov_results("cluster", groups=groups, use_correction=False)
    np.testing.assert_allclose(found, theirs.cov_params(), rtol=1e-9)
    poisson = sm.GLM(data["n"], x, family=sm.families.Poisson())
    estimates, found = regression.from_statsmodels(
        poisson.fit(), data, kind="robust", correction="none"
    )
    np.testing.assert_allclose(found, poisson.fit(cov_type="HC0").cov_params(), rtol=1e-6)
    assert list(estimates.index) == ["const", "x"]


@pytest.mark.oracle
@pytest.mark.filterwarnings("ignore")
def test_pyfixest_with_absorbed_effects_is_a_fit_with_dummies():
    pf = pytest.importorskip("pyfixest")
    data = table(8, years=3).set_index(np.arange(63) * 2 + 5)
    data.loc[11, "x"] = math.nan
    fit = pf.feols("y ~ x | state", data)
    _, found = regression.from_pyfixest(fit, data, kind="pair", correction="none")
    used = data.dropna()
    dummies = pd.get_dummies(used["state"]).astype(float)
    whole = pd.concat([used, dummies], axis=1)
    names = ["x", *dummies.columns]
    long = regression.ols(
        whole, "y", names, kind="pair", intercept=False, correction="none"
    )  # the dyadic one need not be positive with so many dummies
    assert found.loc["x", "x"] == pytest.approx(long.covariance.loc["x", "x"])


def scores_of(data):
    return np.ones((len(data), 1)), np.array([[float(len(data))]])


BAD = [
    (lambda d: regression.ols(d, "trade", ["x"]), "'trade'"),
    (lambda d: regression.ols(d, "y", "x"), "regressors"),
    (lambda d: regression.ols(d, "y", []), "regressors"),
    (lambda d: regression.ols(d.assign(x="a"), "y", ["x"]), "'x'"),
    (lambda d: regression.ols(d.assign(y=np.inf), "y", ["x"]), "infinite"),
    (lambda d: regression.ols(d.assign(w=2 * d["x"]), "y", ["x", "w"]), "collinear"),
    (lambda d: regression.ols(d.assign(w=0.0), "y", ["w"]), "collinear"),
    (lambda d: regression.ols(d.head(2), "y", ["x"]), "2 dyads"),
    (lambda d: regression.ols(pd.concat([d.head(1)] * 9), "y", ["x"]), "1 dyads"),
    (lambda d: regression.ols(d.assign(partner=d["state"]), "y", ["x"]), "itself"),
    (lambda d: regression.ols(d.assign(partner=None), "y", ["x"]), "two members"),
    (lambda d: regression.ols(d, "y", ["x"], kind="dyad"), "kind"),
    (lambda d: regression.ols(d, "y", ["x"], df="all"), "df"),
    (lambda d: regression.ols(d, "y", ["x"]).to_frame(level=95), "level"),
    (lambda d: regression.ols(d[d["state"] == "ARM"], "y", ["x"], kind="state"), "cluster"),
    (lambda d: regression.ols(list(d), "y", ["x"]), "DataFrame"),
    (lambda d: regression.sandwich([[1.0]], [[1.0]], d), "scores"),
    (lambda d: regression.sandwich(scores_of(d)[0], np.eye(2), d), "hessian"),
    (lambda d: regression.sandwich(scores_of(d)[0] * np.nan, [[1.0]], d), "finite"),
    (lambda d: regression.sandwich(scores_of(d)[0], [[0.0]], d), "collinear"),
    (lambda d: regression.sandwich(*scores_of(d), d, correction="jackknife"), "jackknife"),
    (lambda d: regression.pool([[1.0]], [[1.0]]), "two imputations"),
    (lambda d: regression.pool([[1.0], [1.0, 2.0]], [[1.0], [1.0]]), "imputation 1"),
    (lambda d: regression.pool([[1.0], [np.nan]], [[1.0], [1.0]]), "1"),
    (lambda d: regression.pool([[1.0], [1.0]], [[1.0], [-1.0]]), "variances"),
    (lambda d: regression.pool([[1.0], [1.0]], [[1.0], [1.0]], complete_df=0), "complete_df"),
    (
        lambda d: regression.pool([pd.Series({"a": 1.0}), pd.Series({"b": 1.0})], [[1.0], [1.0]]),
        "'b'",
    ),
    (lambda d: regression.over_draws(len, d, {"x": ["x"]}), "two or more"),
    (lambda d: regression.over_draws(len, d, ["x", "z"]), "draws"),
    (lambda d: regression.over_draws(len, d, {"x": ["x", "zz"]}), "'zz'"),
    (lambda d: regression.over_draws(len, d, {"x": ["x", "z"]}), "int"),
    (lambda d: regression.from_pyfixest(object(), d), "scores"),
]


@pytest.mark.parametrize(("call", "keyword"), BAD, ids=range(len(BAD)))
def test_bad_input_is_one_clear_error(call, keyword):
    with pytest.raises(ai.AlignIndexError, match=keyword):
        call(table())


def test_a_covariance_that_is_not_positive_warns_and_never_gives_an_error_of_zero():
    data, warned = table(5, states=STATES[:5]), 0
    for seed in range(40):
        data["y"], data["x"] = np.random.default_rng(seed).normal(size=(2, len(data)))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            fit = regression.ols(data, "y", ["x"], correction="none")
        warned += any("not positive" in str(one.message) for one in caught)
        assert np.linalg.eigvalsh(fit.covariance.to_numpy()).min() > 1e-6
    assert 0 < warned < 40
