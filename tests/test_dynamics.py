"""The fronts of dynamics: fixed sets, splits, realignments on results and plain tables, errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import alignindex as ai
from alignindex import dynamics
from alignindex.base.errors import AlignIndexError, PanelError
from alignindex.kernels.dynamics import dating, segments
from benchmarks.twins import dynamics as slow

NAN = np.nan
KEYS = ["state", "partner", "year"]
MEASURES = ["turnover", "substitution", "shift"]


def spec(*indicators: dict, **options) -> ai.IndexSpec:
    content = {"schema_version": 1, "name": "small", "fidelity": "illustrative"}
    content |= {"missing": "renormalise", "indicators": list(indicators)} | options
    return ai.IndexSpec.from_dict(content)


def identity(name: str, **options) -> dict:
    return {"name": name, "columns": [name], "rule": {"kind": "identity"}} | options


def one_dyad(first: int = 2001, **columns: list[float]) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    index = pd.MultiIndex.from_product([["ARM"], ["RUS"], range(first, first + n)], names=KEYS)
    return pd.DataFrame(columns, index=index)


def plain(*rows: list[float], first: int = 2001) -> pd.Series:
    width = len(str(len(rows) - 1))  # so that the order of names is the order of rows
    states = [f"S{i:0{width}d}" for i in range(len(rows))]
    years = range(first, first + len(rows[0]))
    index = pd.MultiIndex.from_product([states, ["RUS"], years], names=KEYS)
    return pd.Series(np.ravel(rows), index=index)


@pytest.fixture(scope="module")
def bundled() -> ai.AlignmentResult:
    return ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")


# --- changes -------------------------------------------------------------------------------------


def test_changes_by_hand() -> None:
    # b enters in 2002, a leaves in 2003: shared sets {a}, {b}.
    panel = one_dyad(a=[0.2, 0.4, NAN], b=[NAN, 1.0, 0.5])
    got = dynamics.changes(ai.score(panel, spec(identity("a"), identity("b"))))
    # scores .2, .7, .5
    assert_allclose(got["change"], [0.5, -0.2], atol=1e-15)
    assert_allclose(got["codes"], [0.2, -0.5], atol=1e-15)
    assert_allclose(got["entry"], [0.3, 0.0], atol=1e-15)
    assert_allclose(got["exit"], [0.0, 0.3], atol=1e-15)
    assert_array_equal(got["shared"], [1, 1])


def test_changes_without_a_shared_indicator_are_unknown_and_stated() -> None:
    panel = one_dyad(a=[0.2, NAN], b=[NAN, 1.0])
    got = dynamics.changes(ai.score(panel, spec(identity("a"), identity("b")))).iloc[0]
    assert got["change"] == pytest.approx(0.8)
    assert np.isnan(got["codes"])
    assert np.isnan(got["composition"])
    assert got["shared"] == 0


def test_changes_skip_missing_years() -> None:
    panel = one_dyad(a=[0.1, 0.2, 0.3, 0.4]).drop(("ARM", "RUS", 2002))
    got = dynamics.changes(ai.score(panel, spec(identity("a"))))
    assert got.index.get_level_values("year").tolist() == [2004]


def test_crimea_moves_scores_by_composition_alone(bundled: ai.AlignmentResult) -> None:
    got = dynamics.changes(bundled)
    assert_allclose(
        got["codes"] + got["composition"], got["change"].where(got["codes"].notna()), atol=1e-12
    )
    # Georgia and the USA: no code moves by much, Crimea enters at 1.
    row = got.loc[("GEO", "USA", 2014)]
    codes = bundled.codes.loc[("GEO", "USA")]
    assert codes.loc[2014, "crimea"] == 1.0
    assert row["composition"] > 0.1 > abs(row["codes"])


# --- paths ---------------------------------------------------------------------------------------


def test_changes_over_draws_of_the_codes() -> None:
    rng = np.random.default_rng(7)
    index = pd.MultiIndex.from_product([["A"], ["B"], range(2001, 2006)], names=KEYS)
    drawn = rng.random((9, 5, 2))
    own = drawn[0].copy()
    own[:2, 1] = np.nan  # the second indicator enters in 2003

    def scored(codes: np.ndarray) -> ai.AlignmentResult:
        panel = pd.DataFrame(codes, index=index, columns=["a", "b"])
        return ai.score(panel, spec(identity("a"), identity("b")))

    got = dynamics.changes(scored(own), draws=drawn)
    each = [dynamics.changes(scored(np.where(np.isnan(own), np.nan, one))) for one in drawn]
    for name in ("change", "codes", "composition"):
        stack = np.stack([one[name] for one in each])
        assert_allclose(got[f"{name}_lower"], np.quantile(stack, 0.05, axis=0), atol=1e-14)
        assert_allclose(got[f"{name}_upper"], np.quantile(stack, 0.95, axis=0), atol=1e-14)
    with pytest.raises(PanelError, match=r"shape \(draws, 5, 2\); got \(9, 5\)"):
        dynamics.changes(scored(own), draws=drawn[..., 0])


def test_fixed_set_is_what_is_known_in_every_year_of_the_span() -> None:
    panel = one_dyad(a=[NAN, 0.2, 0.4, 0.6], b=[NAN, 1.0, NAN, 1.0], c=[NAN, 0.0, 0.0, 0.5])
    result = ai.score(panel, spec(*map(identity, "abc")))
    got = dynamics.paths(result, years=(2001, 2004))
    assert got.members.loc[("ARM", "RUS")].to_dict() == {"a": True, "b": False, "c": True}
    assert_allclose(got.values.iloc[0], [NAN, 0.1, 0.2, 0.55])
    loose = dynamics.paths(result, years=(2001, 2004), known=0.6)
    assert loose.members.all(axis=None)
    assert_allclose(loose.values.iloc[0], [NAN, 0.4, NAN, 0.7])
    named = dynamics.paths(result, years=(2001, 2004), indicators=["b"])
    assert_allclose(named.values.iloc[0], [NAN, 1.0, NAN, 1.0])
    everything = dynamics.paths(result, years=(2001, 2004), indicators="all")
    assert_allclose(everything.values.iloc[0], result.scores["score"])


def test_default_years_end_with_the_last_complete_year(bundled: ai.AlignmentResult) -> None:
    assert dynamics.paths(bundled).years[[0, -1]].tolist() == [1992, 2024]


def test_no_indicator_known_throughout_leaves_an_empty_series() -> None:
    panel = one_dyad(a=[0.1, NAN, 0.3], b=[NAN, 0.2, NAN])
    got = dynamics.paths(ai.score(panel, spec(identity("a"), identity("b"))), years=(2001, 2003))
    assert got.values.isna().all(axis=None)
    assert not got.members.any(axis=None)
    assert dynamics.fluidity(got)["rate"].isna().all()
    with pytest.warns(dynamics.RealignmentWarning, match="nothing was tested"):
        assert dynamics.realignments(got).table.empty


def test_a_missing_row_is_an_unobserved_year() -> None:
    scores = plain([0.1, 0.2, 0.3]).drop(("S0", "RUS", 2002))
    assert_array_equal(dynamics.paths(scores).values.iloc[0], [0.1, NAN, 0.3])


def test_draws_of_codes_are_scored_on_the_same_set() -> None:
    panel = one_dyad(a=[0.2, 0.4, 0.6], b=[1.0, 0.0, NAN])
    result = ai.score(panel, spec(identity("a"), identity("b")))
    draws = np.stack([result.codes.to_numpy(), np.clip(result.codes.to_numpy() + 0.1, 0, 1)])
    got = dynamics.paths(result, years=(2001, 2003), draws=draws)
    assert got.draws is not None
    assert_allclose(got.draws[:, 0], [[0.2, 0.4, 0.6], [0.3, 0.5, 0.7]])
    table = dynamics.fluidity(got)
    assert_allclose(table[["rate", "rate_lower", "rate_upper"]], 0.2)


def test_draws_of_scores_follow_unsorted_rows() -> None:
    scores = plain([0.1, 0.2, 0.4], [0.5, 0.5, 0.5])
    draws = np.stack([scores.to_numpy(), scores.to_numpy() * 2])
    order = [4, 0, 3, 2, 5, 1]
    one = dynamics.fluidity(dynamics.paths(scores, draws=draws))
    two = dynamics.fluidity(dynamics.paths(scores.iloc[order], draws=draws[:, order]))
    pd.testing.assert_frame_equal(one, two)
    # two draws, rates .15 and .30: the 5th and 95th percentile lie .0075 within
    assert_allclose(one.loc[("S0", "RUS"), ["rate_lower", "rate_upper"]], [0.1575, 0.2925])


# --- windows -------------------------------------------------------------------------------------


def test_unwindowed_keeps_the_code_of_a_steady_amount() -> None:
    windowed = spec(
        {
            "name": "x",
            "columns": ["x"],
            "rule": {"kind": "thresholds", "cuts": [1.0, 3.0], "codes": [0.0, 0.5, 1.0]},
            "window": {"kind": "trailing_sum", "years": 3},
        },
        {
            "name": "m",
            "columns": ["m"],
            "rule": {"kind": "minmax", "lo": 0.0, "hi": 10.0},
            "window": {"kind": "trailing_sum", "years": 2},
        },
        identity("a", window={"kind": "trailing_mean", "years": 5, "min_years": 1}),
    )
    panel = one_dyad(x=[1.0] * 4, m=[2.0] * 4, a=[0.3] * 4)
    own, single = ai.score(panel, windowed), ai.score(panel, dynamics.unwindowed(windowed))
    assert_allclose(single.codes.iloc[-1], own.codes.iloc[-1])
    assert_allclose(own.codes.iloc[-1], [1.0, 0.4, 0.3])
    assert dynamics.unwindowed(spec(identity("a"))) == spec(identity("a"))


def test_a_step_is_dated_in_its_year_without_windows_and_late_with_them() -> None:
    values = [0.2] * 10 + [0.8] * 10
    windowed = spec(identity("a", window={"kind": "trailing_mean", "years": 5, "min_years": 1}))
    result = ai.score(one_dyad(a=values), windowed)
    own = dynamics.realignments(result).table
    assert own["first"].tolist() == [2011]
    assert own["last"].tolist() == [2010]
    with pytest.warns(dynamics.RealignmentWarning, match="at its limit"):
        late = dynamics.realignments(result.scores).table
    assert late["first"].iloc[0] > 2011


# --- fluidity and turnover -----------------------------------------------------------------------


def test_fluidity_of_noise_and_of_a_step() -> None:
    rng = np.random.default_rng(1)
    noise = 0.5 + 0.05 * rng.standard_normal((400, 30))
    step = np.where(np.arange(30) < 15, 0.3, 0.7) + 0.05 * rng.standard_normal((400, 30))
    got = dynamics.fluidity(plain(*noise.tolist(), *step.tolist()))
    # E|x - y| of independent normals is 2 sd / sqrt(pi) = 0.0564
    assert got["rate"].iloc[:400].mean() == pytest.approx(0.0564, abs=0.001)
    assert got["regime_rate"].iloc[:400].mean() < 0.001
    assert got["regime_rate"].iloc[400:].mean() == pytest.approx(0.4 / 29, abs=0.001)
    assert got["residual_sd"].mean() == pytest.approx(0.05, abs=0.002)


def test_turnover_of_a_trade_and_of_a_shift() -> None:
    index = pd.MultiIndex.from_product([["ARM"], ["RUS", "USA"], [2001, 2002, 2003]], names=KEYS)
    got = dynamics.turnover(pd.Series([0.6, 0.4, 0.5, 0.2, 0.4, 0.5], index=index))
    assert_allclose(got.loc[("ARM", 2002), MEASURES], [0.2, 0.2, 0.0], atol=1e-15)
    assert_allclose(got.loc[("ARM", 2003), MEASURES], [0.1, 0.0, 0.1], atol=1e-15)


# --- realignments --------------------------------------------------------------------------------


def test_realignment_through_a_gap_is_an_interval() -> None:
    values = [0.2] * 6 + [NAN] * 3 + [0.6] * 6
    got = dynamics.realignments(plain(values)).table.iloc[0]
    assert (got["last"], got["first"]) == (2006, 2010)
    assert got["step"] == pytest.approx(0.4)
    assert got["material"]
    assert not got["drift"]


def test_small_steps_are_not_material_and_lines_are_drift() -> None:
    step = [0.50] * 8 + [0.58] * 8
    line = (0.2 + 0.03 * np.arange(16)).tolist()
    got = dynamics.realignments(plain(step, line), rho=0.0)
    assert got.table.loc["S0", "material"].tolist() == [False]
    assert got.table.loc["S1", "drift"].all()
    assert got.found.empty


def test_tables_agree_with_the_kernels_and_with_one_another() -> None:
    rng = np.random.default_rng(4)
    x = 0.4 + 0.05 * rng.standard_normal((30, 24))
    x[:10, 9:] += 0.3
    x[5:15, 16:] -= 0.3
    x[rng.random(x.shape) < 0.1] = NAN
    got = dynamics.realignments(plain(*x.tolist()), rho=0.1)
    assert got.rho == 0.1
    for row, values in enumerate(x.tolist()):
        _, starts = slow.segment(values, 0.1)
        observed = [2001 + t for t, _ in slow.known(values)]
        own = got.table[got.table.index.get_level_values("state") == f"S{row:02d}"]
        assert own["first"].tolist() == [observed[s] for s in starts]
        assert own["last"].tolist() == [observed[s - 1] for s in starts]
        regimes = got.regimes[got.regimes.index.get_level_values("state") == f"S{row:02d}"]
        assert len(regimes) == len(starts) + 1
        assert regimes["n"].sum() == len(observed)
        assert_allclose(own["before"], regimes["mean"].iloc[:-1])
        assert_allclose(own["after"], regimes["mean"].iloc[1:])
        assert regimes["first"].tolist() == [observed[s] for s in (0, *starts)]
        if starts:
            over = dating.posterior(np.array([values]), len(starts), 0.1)[0]
            assert_allclose(got.years.loc[f"S{row:02d}"], over, atol=1e-12)
            assert_allclose(own["probability"], [over[i, observed[s] - 2001]
                                                 for i, s in enumerate(starts)])  # fmt: skip
    assert (got.table["year_lower"] <= got.table["year_upper"]).all()
    mass = [
        row.loc[low:high].sum()
        for (_, row), low, high in zip(
            got.years.iterrows(), got.table["year_lower"], got.table["year_upper"], strict=True
        )
    ]
    assert min(mass) >= 0.9 - 1e-9


def test_carriers_sum_to_the_step() -> None:
    rng = np.random.default_rng(8)
    n = 20
    a = np.clip(0.3 + 0.02 * rng.standard_normal(n), 0, 1)
    b = np.clip(np.where(np.arange(n) < 9, 0.2, 0.8) + 0.02 * rng.standard_normal(n), 0, 1)
    c = np.where(np.arange(n) == 4, NAN, 0.5)
    result = ai.score(
        one_dyad(a=a.tolist(), b=b.tolist(), c=c.tolist()),
        spec(identity("a"), identity("b", weight=3.0), identity("c")),
    )
    got = dynamics.realignments(dynamics.paths(result, years=(2001, 2020)))
    assert got.table["first"].tolist() == [2010]
    assert_allclose(got.carriers[["a", "b"]].sum(axis=1), got.table["step"], atol=1e-12)
    assert got.carriers["b"].iloc[0] == pytest.approx(0.75 * 0.6, abs=0.02)
    assert np.isnan(got.carriers["c"].iloc[0])
    assert dynamics.realignments(result.scores).carriers.shape == (1, 0)


def test_frequency_over_draws_counts_breaks_near_by() -> None:
    rng = np.random.default_rng(3)
    values = np.where(np.arange(20) < 10, 0.3, 0.6)
    draws = values + 0.03 * rng.standard_normal((40, 20))
    draws[30:] = 0.45 + 0.03 * rng.standard_normal((10, 20))  # a quarter without the step
    got = dynamics.realignments(dynamics.paths(plain(values.tolist()), draws=draws), rho=0.0)
    assert got.table["frequency"].tolist() == [0.75]


def test_realignments_of_the_bundled_panel_find_the_clear_ones(bundled: ai.AlignmentResult) -> None:
    got = dynamics.realignments(dynamics.paths(bundled, years=(1992, 2019), windows=False))
    assert got.found.loc[("UKR", "RUS"), "first"].tolist()[-1] == 2014
    # The Manas air base: opened in 2001, a transit centre from 2009, closed in 2014.
    assert got.found.loc[("KGZ", "USA"), "first"].tolist() == [2001, 2009, 2014]
    steps = got.carriers.sum(axis=1)
    assert_allclose(steps, got.table["step"], atol=1e-12)


def collapsed() -> ai.AlignmentResult:
    """The ties of Belarus with Russia end in 2010, on 28 years of five codes that drift."""
    years = np.arange(28)
    codes = {f"x{j}": 0.3 + 0.1 * j + 0.001 * (j + 1) * years for j in range(5)}
    panel = one_dyad(1992, **{name: values.tolist() for name, values in codes.items()})
    panel.loc[panel.index.get_level_values("year") >= 2010, ["x3", "x4"]] = 0.0
    return ai.score(panel, spec(*(identity(name) for name in codes)))


def test_what_was_tested_is_reported_and_a_limit_is_named() -> None:
    with pytest.warns(dynamics.RealignmentWarning, match=r"at its limit, 0\.85: .* in 1 of the 1"):
        got = dynamics.realignments(collapsed(), material=0.05)
    assert got.rho_at_limit
    assert got.rho == segments.RHO_LIMIT
    row = got.tested.iloc[0]
    assert row["n"] == 28
    assert (row["first"], row["last"]) == (1996, 2016)  # four years before, four from it on
    assert row["min_step"] > 0.05
    assert row["power"] < 0.5
    given = dynamics.realignments(collapsed(), material=0.05, rho=0.3)
    assert not given.rho_at_limit
    assert given.table["first"].tolist().count(2010) == 1
    assert (given.tested["power"] > row["power"]).all()
    assert given.to_frame() is given.table


def test_a_series_too_short_for_two_regimes_says_so() -> None:
    with pytest.warns(dynamics.RealignmentWarning, match="nothing was tested"):
        got = dynamics.realignments(plain([0.1] * 3 + [0.9] * 4))
    assert got.tested[["first", "last", "min_step", "power"]].isna().all(axis=None)


def test_changes_between_two_years_split_codes_from_composition() -> None:
    # a falls by 0.2 from 2001 to 2004; b enters in 2003 at 1 and stays.
    panel = one_dyad(a=[0.6, 0.5, 0.5, 0.4], b=[NAN, NAN, 1.0, 1.0])
    result = ai.score(panel, spec(identity("a"), identity("b")))
    got = dynamics.changes(result, years=(2001, 2004))
    assert got.index.get_level_values("year").tolist() == [2004]
    assert_allclose(got[["change", "codes", "composition"]], [[0.1, -0.2, 0.3]], atol=1e-15)
    assert got[["since", "shared"]].to_numpy().tolist() == [[2001, 1]]
    steps = dynamics.changes(result, years=[2001, 2002, 2004])
    assert steps["since"].tolist() == [2001, 2002]
    assert_allclose(steps["codes"], [-0.1, -0.1], atol=1e-15)
    whole = dynamics.changes(result)
    pd.testing.assert_frame_equal(dynamics.changes(result, years=2003), whole.iloc[[1]])
    pd.testing.assert_frame_equal(dynamics.changes(result, years=[2001, 2002, 2003, 2004]), whole)
    gap = panel.drop(("ARM", "RUS", 2001))
    assert len(dynamics.changes(ai.score(gap, result.spec), years=(2002, 2004))) == 1


@pytest.mark.parametrize("years", [(2004, 2001), (2001, 2009), [2001], "2001", (2001, 2002, 2003)])
def test_changes_refuse_years_that_are_not_two(years) -> None:
    result = ai.score(one_dyad(a=[0.6, 0.5, 0.5, 0.4]), spec(identity("a")))
    with pytest.raises(PanelError, match="years"):
        dynamics.changes(result, years=years)


# --- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda r: dynamics.paths(r, known=0.0), "known must be a share"),
        (lambda r: dynamics.paths(r, years=(2005, 2001)), r"got \(2005, 2001\)"),
        (lambda r: dynamics.paths(r, years=(1900, 1901)), "1900; 1901 not found"),
        (lambda r: dynamics.paths(r, indicators=["arm"]), r"did you mean 'arms'\?"),
        (lambda r: dynamics.paths(r, draws=np.zeros((3, len(r.scores)))), "draws of the codes"),
        (lambda r: dynamics.paths(r.scores, draws=np.zeros((3, 2))), "draws of scores"),
        (
            lambda r: dynamics.paths(r, indicators="all", draws=np.zeros((2, *r.codes.shape))),
            "takes draws of scores",
        ),
        (lambda r: dynamics.paths(r.codes), "the column 'score'"),
        (lambda r: dynamics.paths([0.1]), "got list"),
        (lambda r: dynamics.paths(dynamics.paths(r), years=(2000, 2010)), "are Paths already"),
        (lambda r: dynamics.realignments(r, rho=1.0), r"rho must be .* got 1\.0"),
        (lambda r: dynamics.realignments(r, level=0.0), "level must be a probability"),
        (lambda r: dynamics.realignments(r, min_years=1), "min_years"),
        (lambda r: dynamics.fluidity(r, level=1.5), "level must be a probability"),
        (lambda r: dynamics.paths(r.scores["score"] / 0.0), "±inf at"),
    ],
)
def test_errors_name_what_came(bundled: ai.AlignmentResult, call, message: str) -> None:
    with pytest.raises(AlignIndexError, match=message):
        call(bundled)


def test_empty_tables() -> None:
    with pytest.raises(PanelError, match="empty"):
        dynamics.paths(plain([0.1]).iloc[:0])
    with pytest.warns(dynamics.RealignmentWarning, match="nothing was tested"):
        alone = dynamics.realignments(plain([0.5]))
    assert alone.table.empty
    assert alone.regimes["n"].tolist() == [1]
    assert segments.common_rho(np.empty((0, 0))) == 0.0
