from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import alignindex as ai
from alignindex import robustness
from alignindex.base.errors import AlignIndexError, PanelError, SpecError
from alignindex.kernels.robustness import sensitivity as kernels
from benchmarks.twins import robustness as slow


def make_spec(k: int = 3, **changes) -> ai.IndexSpec:
    content = {
        "schema_version": 1,
        "name": "invented",
        "fidelity": "illustrative",
        "missing": "renormalise",
        "indicators": tuple(
            {"name": f"x{j}", "columns": (f"x{j}",), "rule": {"kind": "identity"}} for j in range(k)
        ),
    }
    return ai.IndexSpec(**{**content, **changes})


def make_panel(codes: np.ndarray, years: int = 1) -> pd.DataFrame:
    index = pd.MultiIndex.from_product(
        [[f"S{i:04d}" for i in range(len(codes) // years)], ["P"], range(2000, 2000 + years)],
        names=["state", "partner", "year"],
    )
    return pd.DataFrame(codes, index=index, columns=[f"x{j}" for j in range(codes.shape[1])])


def choices():
    return [
        robustness.Choice(
            "agg",
            {"mean": None, "geo": robustness.Aggregate("geometric"), "min":
             robustness.Aggregate("min")},
            probability={"mean": 2, "geo": 1, "min": 1},
        ),
        robustness.Choice("x0", {"as is": None, "cut": robustness.Replace("x0", cut=0.5)}),
        robustness.Choice("half", {"0.5": None, "0.25": robustness.Recode("x1", {0.5: 0.25})}),
    ]  # fmt: skip


CODES = np.random.default_rng(3).integers(0, 5, (8, 3)) / 4


@pytest.mark.parametrize("output", ["score", "rank", "rank_change", "kendall"])
def test_factorial_equals_scoring_every_spec_by_hand(output):
    panel = make_panel(CODES)
    result = ai.score(panel, make_spec())
    found = robustness.factorial(result, choices(), output=output)
    nominal = result.scores["score"].to_numpy()
    expected = np.empty((3, 2, 2, 8))
    for a, how in enumerate(("mean", "geometric", "min")):
        for c, cut in enumerate((None, 0.5)):
            for h, half in enumerate((0.5, 0.25)):
                spec = make_spec(aggregation=how)
                first = spec.indicators[0].model_copy(update={"cut": cut})
                spec = spec.model_copy(update={"indicators": (first, *spec.indicators[1:])})
                other = panel.assign(x1=panel["x1"].where(panel["x1"] != 0.5, half))
                expected[a, c, h] = ai.score(other, spec).scores["score"]
    flat = expected.reshape(12, 8)
    ranks = slow.rank_draws(flat.T, np.ones(8), "min").T
    if output == "score":
        values = flat
    elif output == "rank":
        values = ranks
    elif output == "rank_change":
        values = np.abs(ranks - ranks[0]).mean(axis=1, keepdims=True)
    else:
        values = slow.kendall_distance(np.round(nominal, 12), np.round(flat.T, 12))[:, None]
    np.testing.assert_allclose(found.outputs.to_numpy(), values, atol=1e-12)
    p = [np.array([0.5, 0.25, 0.25]), np.full(2, 0.5), np.full(2, 0.5)]
    table = values.reshape(3, 2, 2, -1)
    last = slow.factorial_effects(table[..., -1], p)
    rows = found.effects.iloc[-3:]
    assert rows["variance"].iloc[0] == pytest.approx(last[0], abs=1e-12)
    if last[0] > 0:
        for name, effect in zip(("first", "total", "shapley"), last[1:], strict=True):
            np.testing.assert_allclose(rows[name], np.array(effect) / last[0], atol=1e-10)


def test_the_runs_are_listed_with_their_probability():
    found = robustness.factorial(ai.score(make_panel(CODES), make_spec()), choices())
    assert len(found.runs) == 12
    assert found.runs["probability"].sum() == pytest.approx(1.0)
    assert found.runs.iloc[0].tolist() == ["mean", "as is", "0.5", 0.125]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (robustness.Replace("x9", cut=0.5), "it has x0, x1, x2"),
        (robustness.Replace("x0", ruel={}), "did you mean 'rule'"),
        (robustness.Replace("x0", rule={"kind": "share"}), "a valid spec"),
        (robustness.Aggregate("geometric", node="hard"), "names node 'hard'"),
        (robustness.Recode("x9", {0.5: 1.0}), "it has x0, x1, x2"),
        (robustness.Recode("x1", {0.3: 1.0}), "changes nothing"),
        (robustness.Recode("x1", {0.5: 7.0}), r"takes values in \[0, 1\]"),
        (robustness.Drop("y"), "names indicator 'y'"),
    ],
)
def test_a_wrong_change_is_named(change, message):
    result = ai.score(make_panel(CODES), make_spec())
    choice = robustness.Choice("c", {"a": None, "b": change})
    with pytest.raises((SpecError, PanelError), match=message):
        robustness.factorial(result, [choice])


def test_choices_that_clash_or_are_none_are_named():
    result = ai.score(make_panel(CODES), make_spec())
    one = robustness.Choice("a", {"1": None, "2": robustness.Aggregate("min")})
    two = robustness.Choice("b", {"1": None, "2": robustness.Aggregate("geometric")})
    with pytest.raises(SpecError, match="both change aggregation of the root"):
        robustness.factorial(result, [one, two])
    with pytest.raises(SpecError, match="different names"):
        robustness.factorial(result, [one, one])
    with pytest.raises(AlignIndexError, match="0 choices"):
        robustness.factorial(result, [])
    with pytest.raises(AlignIndexError, match="output takes"):
        robustness.factorial(result, [one], output="scores")
    with pytest.raises(SpecError, match="two levels"):
        robustness.Choice("c", {"only": None})
    with pytest.raises(SpecError, match="name each level once"):
        robustness.Choice("c", {"a": None, "b": None}, probability={"a": 1})


def test_sensitivity_finds_the_closed_form_of_an_additive_score():
    """Equal ranges: w_j = f_j / sum f; one row with codes 1, 0, 0 depends on x0 most."""
    result = ai.score(make_panel(np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])), make_spec())
    found = robustness.sensitivity(
        result, points=2048, weights=robustness.Ranges(0.05), factors="weight", missing=None, rng=1
    )
    # For a small spread s = w0 + ... is linear: dy = (2/9, -1/9, -1/9) df, shares 4/6, 1/6, 1/6.
    first = found.effects["first"].to_numpy()[:3]
    np.testing.assert_allclose(first, [4 / 6, 1 / 6, 1 / 6], atol=0.01)
    rows = found.effects.iloc[:3]
    assert (rows["first_lower"] <= rows["first"]).all()
    assert (rows["first"] <= rows["first_upper"]).all()
    assert found.effects.iloc[3:]["total"].isna().all()  # a score of 0 never changes


def test_sensitivity_agrees_with_exact_effects_of_choices():
    result = ai.score(make_panel(CODES), make_spec())
    exact = robustness.factorial(result, choices()).effects
    found = robustness.sensitivity(
        result, points=4096, weights=None, alternatives=choices(), missing=None, rng=1
    )
    both = exact["variance"].to_numpy() > 1e-6
    for name in ("first", "total"):
        np.testing.assert_allclose(
            found.effects[name].to_numpy()[both], exact[name].to_numpy()[both], atol=0.05
        )


def test_too_few_points_are_warned_of():
    result = ai.score(make_panel(CODES), make_spec())
    with pytest.warns(robustness.SensitivityWarning, match="too few to order"):
        robustness.sensitivity(result, points=8, factors="weight", missing=None, rng=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        robustness.sensitivity(
            ai.score(make_panel(np.array([[1.0, 0.0, 0.0]])), make_spec()),
            points=2048, factors="weight", missing=None, rng=1,
        )  # fmt: skip


def test_sensitivity_is_reproducible_and_apportions_unknown_codes():
    codes = np.tile(CODES, (2, 1))
    codes[3, 0] = np.nan
    result = ai.score(make_panel(codes), make_spec())
    one, two = (robustness.sensitivity(result, points=512, weights=None, rng=7) for _ in range(2))
    pd.testing.assert_frame_equal(one.effects, two.effects, check_exact=True)
    rows = one.effects.xs("missing", level="factor")
    assert rows["total"].iloc[3] == pytest.approx(1.0, abs=0.15)
    assert rows["total"].drop(rows.index[3]).isna().all()
    with pytest.raises(AlignIndexError, match="power of two"):
        robustness.sensitivity(result, points=100)
    with pytest.raises(AlignIndexError, match="nothing varies"):
        robustness.sensitivity(result, weights=None, missing=None, points=8)


def test_importance_is_the_correlation_ratio_not_the_weight():
    """COINr reports nominal weights as "effective weights"."""
    rng = np.random.default_rng(0)
    codes = np.column_stack([rng.integers(0, 2, 400), 0.5 + rng.integers(0, 2, 400) / 50])
    result = ai.score(make_panel(codes.astype(float)), make_spec(2))
    table = robustness.importance(result)
    y = result.scores["score"].to_numpy()
    for j in range(2):
        plain = slow.correlation_ratio(codes[:, j].tolist(), y.tolist())
        expected = 1 - (1 - plain) * 399 / 398  # two classes
        assert table["ratio"].iloc[j] == pytest.approx(expected, abs=1e-12)
    assert table["weight"].tolist() == [0.5, 0.5]
    assert table["ratio"].iloc[0] > 0.99
    assert table["ratio"].iloc[1] < 0.05
    np.testing.assert_allclose(
        table["correlated"] + table["uncorrelated"], table["ratio"], atol=1e-12
    )


def test_a_constant_indicator_gives_zero_not_nan():
    """COINr: constant columns give NaN."""
    codes = np.column_stack([np.linspace(0, 1, 50), np.full(50, 0.4)])
    result = ai.score(make_panel(codes), make_spec(2))
    table = robustness.importance(result)
    assert table["ratio"].tolist() == pytest.approx([1.0, 0.0])
    assert table["noise"].tolist()[1] == 0.0
    report = robustness.consistency(result)
    assert report.indicators["constant"].tolist() == [False, True]
    assert report.components["PC1"]["x0"] == pytest.approx(1.0)


def test_an_indicator_without_bearing_has_no_importance_on_average():
    """In the sample the ratio of noise is about 0.12; adjusted, it is 0 on average."""
    plain, ratios, below = [], [], []
    spec = make_spec(2)
    weightless = spec.indicators[1].model_copy(update={"weight": 0.0})
    spec = spec.model_copy(update={"indicators": (spec.indicators[0], weightless)})
    for seed in range(40):
        codes = np.random.default_rng(seed).random((60, 2))
        row = robustness.importance(ai.score(make_panel(codes), spec)).loc["x1"]
        ratios.append(row["ratio"])
        below.append(row["ratio"] <= row["noise"])
        table = kernels.smoother(codes[:, 1])
        y = codes[:, 0] - codes[:, 0].mean()
        plain.append(((table.T @ y) ** 2).sum() / (y @ y))
    assert np.mean(plain) > 0.08
    assert abs(np.mean(ratios)) < 4 * np.std(ratios) / np.sqrt(40)
    assert np.mean(ratios) < 0.03
    assert 0.85 <= np.mean(below) <= 1.0


def test_chance_ratios_of_trajectories_are_larger_than_those_of_rows():
    """Dyads that keep their level for years resemble an indicator that does so too."""
    rng = np.random.default_rng(5)
    levels = np.repeat(rng.random((40, 2)), 10, axis=0) * 0.9 + rng.random((400, 2)) * 0.1
    table = robustness.importance(ai.score(make_panel(levels, years=10), make_spec(2)))
    mixed = robustness.importance(ai.score(make_panel(rng.permutation(levels)), make_spec(2)))
    assert (table["noise"] > 3 * mixed["noise"]).all()


def test_importance_takes_the_same_rows_for_all():
    codes = np.random.default_rng(1).integers(0, 5, (200, 3)) / 4
    holed = codes.copy()
    holed[:60, 0] = np.nan
    part = robustness.importance(ai.score(make_panel(holed), make_spec()))
    alone = robustness.importance(ai.score(make_panel(codes[60:]), make_spec()))
    assert part["n"].tolist() == [140] * 3
    pd.testing.assert_frame_equal(part, alone)
    holed[:, 2] = np.nan  # nowhere known: left out, and no reason to have no rows at all
    two = robustness.importance(ai.score(make_panel(holed), make_spec()))
    assert two["n"].tolist() == [140] * 3
    assert two["ratio"].notna().tolist() == [True, True, False]
    few = robustness.importance(ai.score(make_panel(codes[:29]), make_spec()))
    assert few["ratio"].isna().all()


def nested(**hard) -> ai.IndexSpec:
    parts = [i.model_dump() for i in make_spec(4).indicators]
    for part in parts[:2]:
        part["parent"] = "hard"
    parts[0]["weight"] = 3.0
    return make_spec(4, indicators=tuple(parts), nodes=({"name": "hard", "weight": 2.0, **hard},))


@pytest.mark.slow
@pytest.mark.parametrize("hard", [{}, {"scale": (0.0, 0.5)}])
def test_weights_of_a_tree_are_fitted_node_by_node(hard):
    codes = np.random.default_rng(2).integers(0, 5, (3000, 4)) / 4
    result = ai.score(make_panel(codes), nested(**hard))
    target = {"x0": 0.1, "x1": 0.4, "x2": 0.3, "x3": 0.2}
    found = robustness.target_weights(result, target)
    assert found.reached
    np.testing.assert_allclose(found.spec.leaf_weights, found.table["weight"], atol=1e-12)
    again = ai.score(result.panel, found.spec)
    shares = robustness.importance(again)["share"]
    np.testing.assert_allclose(shares, list(target.values()), atol=0.011)
    np.testing.assert_allclose(shares, found.table["reached"], atol=1e-9)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (make_spec(4, aggregation="geometric"), "has 'geometric' at the root"),
        (nested(aggregation="min"), "has 'min' at node 'hard'"),
        (nested(aggregation="sum", scale=(0.0, 0.5)), "has 'sum' at node 'hard'"),
    ],
)
def test_target_weights_want_a_linear_tree(spec, message):
    codes = np.random.default_rng(2).integers(0, 5, (50, 4)) / 4
    with pytest.raises(SpecError, match=message):
        robustness.target_weights(ai.score(make_panel(codes), spec))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": [0.5, 0.5]}, "target is a mapping"),
        ({"target": {"x0": "half", "x1": 0.5, "x2": 0.1}}, "every indicator a share >= 0"),
        ({"target": {"x0": 0, "x1": 0, "x2": 0}}, "not all 0"),
        ({"target": {"x0": 1}}, "must give every indicator a share"),
        ({"bounds": 0.5}, "bounds are two numbers"),
        ({"bounds": ("a", 1)}, "bounds are two numbers"),
    ],
)
def test_a_wrong_target_is_named(options, message):
    result = ai.score(make_panel(np.random.default_rng(0).random((40, 3))), make_spec())
    with pytest.raises(SpecError, match=message):
        robustness.target_weights(result, **options)


def test_compensability_aggregates_every_node_by_its_own_weights():
    codes = np.array([[1.0, 0.25, 0.5, 1.0], [0.5, np.nan, 0.0, 0.5]])
    table = robustness.compensability(ai.score(make_panel(codes), nested())).table
    hard = [0.75 * 1.0 + 0.25 * 0.25, 0.5]  # weights 3 and 1; an unknown one leaves all to x0
    mean = [(2 * hard[0] + 0.5 + 1.0) / 4, (2 * hard[1] + 0.0 + 0.5) / 4]
    assert table["mean"].tolist() == pytest.approx(mean, abs=1e-15)
    geometric = [(0.25**0.25) ** 0.5 * 0.5**0.25, 0.0]
    assert table["geometric"].tolist() == pytest.approx(geometric, abs=1e-15)
    assert table["min"].tolist() == [0.25, 0.0]


def test_weights_reach_a_target_that_can_be_reached():
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 5, (3000, 3)) / 4
    result = ai.score(make_panel(codes), make_spec())
    found = robustness.target_weights(result, {"x0": 0.5, "x1": 0.3, "x2": 0.2})
    assert found.reached
    # Independent parts of one variance: shares of importance are squares of weights.
    expected = np.sqrt([0.5, 0.3, 0.2])
    np.testing.assert_allclose(found.table["weight"], expected / expected.sum(), atol=0.03)


def test_a_target_that_cannot_be_reached_is_said_to_be():
    rng = np.random.default_rng(1)
    x = rng.integers(0, 5, 500) / 4
    codes = np.column_stack([x, np.clip(x + rng.integers(-1, 2, 500) / 40, 0, 1)])
    result = ai.score(make_panel(codes), make_spec(2))
    found = robustness.target_weights(result, {"x0": 0.95, "x1": 0.05})
    assert not found.reached
    assert "cannot be reached" in str(found)
    with pytest.raises(SpecError, match="leave no 2 weights"):
        robustness.target_weights(result, bounds=(0.6, 1.0))
    with pytest.raises(SpecError, match="target names 'xl'"):
        robustness.target_weights(result, {"x0": 1, "xl": 1})


def test_leave_one_out_equals_scoring_without_it():
    codes = CODES.copy()
    codes[2, 1] = np.nan
    result = ai.score(make_panel(codes), make_spec())
    table = robustness.leave_one_out(result)
    for j in range(3):
        spec = make_spec()
        rest = tuple(i for i in spec.indicators if i.name != f"x{j}")
        alone = ai.score(make_panel(codes), spec.model_copy(update={"indicators": rest})).scores
        mine = table.xs(f"x{j}", level="dropped")
        np.testing.assert_allclose(mine["score"], alone["score"], atol=1e-15)
        expected = slow.rank_draws(alone["score"].to_numpy()[:, None], np.ones(8), "min")[:, 0]
        np.testing.assert_array_equal(mine["rank"], expected)
        np.testing.assert_allclose(
            mine["score_change"], alone["score"] - result.scores["score"], atol=1e-14
        )


def test_power_means_skip_what_is_missing():
    """COINr's power mean returns NA where a missing value should be skipped."""
    codes = np.array([[0.25, 1.0, np.nan], [0.5, 0.5, 0.5]])
    table = robustness.compensability(ai.score(make_panel(codes), make_spec())).table
    assert table["geometric"].tolist() == pytest.approx([0.5, 0.5])
    assert table["rank_geometric"].tolist() == [1.0, 1.0]


def test_one_unknown_code_does_not_blank_the_others():
    """pymcdm: one NaN turns every score into NaN."""
    codes = CODES.copy()
    codes[0] = np.nan
    result = ai.score(make_panel(codes), make_spec())
    sure = robustness.uncertainty(result, draws=20, missing=None, rng=1)
    assert np.isnan(sure.scores["q50"].iloc[0])
    assert sure.scores["q50"].iloc[1:].notna().all()
    assert sure.ranks["q50"].iloc[1:].notna().all()


def test_ranks_are_of_unrounded_scores():
    """COINr rounds before ranking."""
    codes = np.array([[0.5, 0.5, 0.5], [0.5, 0.5, 0.5 + 1e-9]])
    sure = robustness.uncertainty(
        ai.score(make_panel(codes), make_spec()), draws=10, weights=None, rng=1
    )
    assert sure.ranks["q50"].tolist() == [2.0, 1.0]


def test_one_year_and_many_take_one_path():
    """COINr treats panels apart from one year (#50, #58)."""
    codes = np.random.default_rng(2).integers(0, 5, (24, 3)) / 4
    panel = make_panel(codes, years=3)
    whole = robustness.uncertainty(ai.score(panel, make_spec()), draws=50, rng=1)
    for year in (2000, 2001, 2002):
        one = panel.loc[panel.index.get_level_values("year") == year]
        alone = robustness.uncertainty(ai.score(one, make_spec()), draws=50, rng=1)
        pd.testing.assert_frame_equal(
            alone.ranks, whole.ranks.loc[alone.ranks.index], check_exact=True
        )


def test_copeland_is_a_place_in_the_group_and_made_up_is_counted():
    codes = np.array([[1.0, 0.0, 0.9], [0.5, 0.5, 0.5], [0.0, 0.0, 0.1]])
    found = robustness.compensability(ai.score(make_panel(codes), make_spec()))
    assert found.table["rank_copeland"].tolist() == [1.0, 2.0, 3.0]
    assert "copeland" not in found.table.columns
    assert found.table["made_up"].tolist() == [True, False, False]
    assert found.share == pytest.approx(1 / 3)


def test_placebo_scores_are_the_floor():
    codes = np.array([[0.9, 0.9, 0.9], [0.1, 0.1, 0.1], [0.3, 0.3, 0.3], [0.3, 0.3, 0.3]])
    panel = make_panel(codes)
    result = ai.score(panel, make_spec())
    found = robustness.placebo(result, [("S0001", "P"), ("S0002", "P")])
    assert found.floor.loc["all", "max"] == pytest.approx(0.3)
    assert found.floor.loc[2000, "n"] == 2
    assert found.above.tolist() == [1.0, 0.75]
    outside = robustness.placebo(result, panel.iloc[[1]])
    assert outside.above.tolist() == [1.0, 0.5, 1.0, 1.0]
    with pytest.raises(PanelError, match="no dyad"):
        robustness.placebo(result, [("S0009", "P")])


def test_consistency_by_hand():
    codes = np.array([[0.0, 0.1, 1.0], [0.5, 0.5, 0.5], [1.0, 0.9, 0.0], [0.5, np.nan, 0.5]])
    result = ai.score(make_panel(codes), make_spec())
    report = robustness.consistency(result)
    assert report.indicators["available"].tolist() == [1.0, 0.75, 1.0]
    assert report.indicators["distinct"].tolist() == [3, 3, 3]
    assert report.pairs.loc["x0", "x1"] == 3
    assert report.spearman.loc["x0", "x2"] == pytest.approx(-1)
    flags = report.flags.set_index(["first", "second"])["flag"].groupby(level=[0, 1]).agg(set)
    assert flags[("x0", "x1")] == {"redundant"}
    assert flags[("x0", "x2")] == {"redundant", "negative"}
    # Alpha over rows 1-3: variances .25, .16, .25; variance of the sums 1.1, 1.5, 1.9 is .16.
    assert report.alpha.loc["", "alpha"] == pytest.approx(1.5 * (1 - 0.66 / 0.16))
    assert "formative" in str(report)


def test_components_have_a_fixed_sign():
    """COINr: PCA weights with arbitrary sign."""
    rng = np.random.default_rng(0)
    codes = rng.random((60, 3))
    codes[:, 1] = (codes[:, 0] + codes[:, 1]) / 2
    one = robustness.consistency(ai.score(make_panel(codes), make_spec())).components
    two = robustness.consistency(ai.score(make_panel(codes[::-1]), make_spec())).components
    pd.testing.assert_frame_equal(one, two, atol=1e-9)
    assert (one.drop(index="share").sum() > 0).all()
    assert one.loc["share"].sum() == pytest.approx(1.0)


def test_external_agreement():
    rng = np.random.default_rng(0)
    panel = make_panel(rng.random((40, 3)), years=4)
    result = ai.score(panel, make_spec())
    score = result.scores["score"]
    same = robustness.external(result, score * 3 + 1, rng=1)
    assert same.spearman == pytest.approx(1.0)
    assert same.lower == pytest.approx(1.0)
    np.testing.assert_allclose(same.table["residual"], 0, atol=1e-14)
    noise = robustness.external(result, pd.Series(rng.random(40), index=score.index), rng=1)
    assert noise.lower < 0 < noise.upper
    assert noise.dyads == 10
    with pytest.raises(PanelError, match="index"):
        robustness.external(result, pd.Series([1.0]))


@pytest.mark.oracle
def test_external_spearman_equals_scipy():
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(0)
    result = ai.score(make_panel(rng.integers(0, 3, (40, 3)) / 2), make_spec())
    outside = pd.Series(rng.integers(0, 4, 40).astype(float), index=result.scores.index)
    expected = stats.spearmanr(result.scores["score"], outside).statistic
    assert robustness.external(result, outside, rng=1).spearman == pytest.approx(expected)


def test_dyads_that_lose_their_score_let_nobody_rise():
    """Without x0 the two dyads on top fall below the coverage asked for; the others stay put."""
    codes = np.array([[0.9, np.nan, 1.0], [0.8, np.nan, 1.0], [0.3, 0.4, 0.5], [0.1, 0.2, 0.3]])
    result = ai.score(make_panel(codes), make_spec(min_coverage=0.6))
    without = robustness.leave_one_out(result).xs("x0", level="dropped")
    assert without["score"].isna().tolist() == [True, True, False, False]
    assert without["rank"].tolist()[2:] == [1.0, 2.0]
    assert without["rank_change"].tolist()[2:] == [0.0, 0.0]
    drop = robustness.Choice("x0", {"in": None, "out": robustness.Drop("x0")})
    found = robustness.factorial(result, [drop], output="rank_change")
    assert (found.outputs.to_numpy() == 0).all()


@pytest.mark.parametrize("memory", [512, 0.5])
def test_draws_that_blank_dyads_compare_ranks_among_the_others(memory):
    """Half of the draws blank the two dyads on top; the others have passed nobody."""
    codes = np.array([[0.9, np.nan, 1.0], [0.8, np.nan, 1.0], [0.3, 0.4, 0.5], [0.1, 0.2, 0.3]])
    codes = np.repeat(codes, 65, axis=0) - np.tile(np.linspace(0, 0.01, 65), 4)[:, None]
    result = ai.score(make_panel(codes), make_spec(min_coverage=0.6))
    drop = robustness.Choice("x0", {"in": None, "out": robustness.Drop("x0")})
    sure = robustness.uncertainty(
        result, draws=200, weights=None, missing=None, alternatives=[drop], rng=1, memory=memory
    )
    assert 0.4 < sure.scores.loc[("S0000", "P", 2000), "known"] < 0.6
    assert sure.groups["order_kept"].item() == 1
    assert sure.groups["mean_rank_change"].item() == 0


def test_a_code_that_no_true_code_can_give():
    result = ai.score(make_panel(np.array([[0.5], [1.0]])), make_spec(1))
    never = pd.DataFrame([[1.0, 0.0], [1.0, 0.0]], [0.5, 1.0], [0.5, 1.0])
    with pytest.raises(SpecError, match="the code 1 occurs in 1 dyad-years"):
        robustness.uncertainty(result, draws=10, coders={"x0": never}, rng=1)


def test_an_outside_series_must_be_finite():
    result = ai.score(make_panel(CODES), make_spec())
    series = result.scores["score"].copy()
    series.iloc[2] = np.inf
    with pytest.raises(PanelError, match=r"must be finite; got ±inf at S0002–P 2000"):
        robustness.external(result, series)


def test_weights_that_are_all_on_one_indicator_are_refused():
    with pytest.raises(SpecError, match=r"at least 0\.1, got 0\.001"):
        robustness.Dirichlet(0.001)
