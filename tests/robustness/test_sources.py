"""What is drawn is drawn as declared: weights by their closed forms, choices as scored by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import alignindex as ai
from alignindex import robustness
from alignindex.base.errors import AlignIndexError
from alignindex.robustness.draws import summaries as passes

WEIGHTS = (4.0, 3.0, 2.0, 1.0)


def make_spec(**changes) -> ai.IndexSpec:
    content = {
        "schema_version": 1,
        "name": "invented",
        "fidelity": "illustrative",
        "missing": "renormalise",
        "indicators": [
            {"name": f"x{j}", "columns": [f"x{j}"], "rule": {"kind": "identity"}, "weight": w}
            for j, w in enumerate(WEIGHTS)
        ],
    }
    return ai.IndexSpec.from_dict({**content, **changes})


def make_panel(codes, years: int = 1) -> pd.DataFrame:
    codes = np.asarray(codes, dtype=float)
    index = pd.MultiIndex.from_product(
        [[f"S{i:02d}" for i in range(len(codes) // years)], ["P"], range(2000, 2000 + years)],
        names=["state", "partner", "year"],
    )
    return pd.DataFrame(codes, index=index, columns=[f"x{j}" for j in range(codes.shape[1])])


# A row with a single code of 1 has that indicator's weight for a score.
ONES = ai.score(make_panel(np.eye(4)), make_spec())


def test_dirichlet_weights_have_the_moments_of_the_closed_form():
    sure = robustness.uncertainty(ONES, draws=40_000, weights=robustness.Dirichlet(20), rng=1)
    mean = np.array(WEIGHTS) / 10
    np.testing.assert_allclose(sure.scores["mean"], mean, atol=4 * 0.11 / 200)
    np.testing.assert_allclose(sure.scores["sd"], np.sqrt(mean * (1 - mean) / 21), rtol=0.02)


def test_simplex_weights_are_uniform_whatever_the_nominal_ones():
    """One weight of four is Beta(1, 3) on the simplex: P(w <= x) = 1 - (1 - x)^3."""
    p = (0.05, 0.5, 0.95)
    sure = robustness.uncertainty(
        ONES, draws=40_000, weights=robustness.Simplex(), rng=1, quantiles=p
    )
    expected = 1 - (1 - np.array(p)) ** (1 / 3)
    for name, value in zip(("q05", "q50", "q95"), expected, strict=True):
        np.testing.assert_allclose(sure.scores[name], value, atol=0.01)


def test_ranges_bound_the_ratio_of_any_two_weights():
    sure = robustness.uncertainty(
        ONES, draws=4000, weights=robustness.Ranges(0.25), rng=1, keep_draws=True
    )
    np.testing.assert_allclose(sure.draws.sum(axis=1), 1.0, atol=1e-14)
    ratio = (sure.draws[:, 0] / sure.draws[:, 3]) / 4
    assert 0.6 <= ratio.min() < 0.65  # (1 - 0.25) / (1 + 0.25)
    assert 1.55 < ratio.max() <= 1.25 / 0.75
    named = robustness.Ranges({"x0": (0.5, 2.0)})
    sure = robustness.uncertainty(ONES, draws=2000, weights=named, rng=1, keep_draws=True)
    np.testing.assert_allclose(sure.draws[:, 1] / sure.draws[:, 2], 1.5, rtol=1e-12)
    factor = sure.draws[:, 0] / sure.draws[:, 1] * 3 / 4
    assert 0.5 <= factor.min() < 0.51
    assert 1.98 < factor.max() <= 2.0


CODES = np.random.default_rng(5).integers(0, 4, (20, 4)).astype(float)
CODES[3, 1] = CODES[8, 2] = CODES[8, 3] = np.nan
COUNTS = make_panel(CODES, years=5)


def counted(**changes) -> ai.IndexSpec:
    rule = {"kind": "thresholds", "cuts": [1.0, 3.0], "codes": [0.0, 0.5, 1.0]}
    parts = [
        {"name": f"x{j}", "columns": [f"x{j}"], "rule": rule, "weight": w}
        for j, w in enumerate(WEIGHTS)
    ]
    return make_spec(indicators=parts, **changes)


def replaced(name: str, **fields) -> ai.IndexSpec:
    content = counted().model_dump()
    for part in content["indicators"]:
        if part["name"] == name:
            part.update(fields)
    return ai.IndexSpec.from_dict(content)


ANY = {"kind": "thresholds", "cuts": [1.0], "codes": [0.0, 1.0]}
WINDOW = {"kind": "trailing_sum", "years": 3}


@pytest.mark.parametrize(
    ("change", "spec"),
    [
        (robustness.Replace("x0", rule=ANY), replaced("x0", rule=ANY)),
        (robustness.Replace("x1", window=WINDOW), replaced("x1", window=WINDOW)),
        (robustness.Replace("x2", reverse=True), replaced("x2", reverse=True)),
        (robustness.Replace("x2", weight=9.0), replaced("x2", weight=9.0)),
        (robustness.Replace("x3", years={"first": 2002}), replaced("x3", years={"first": 2002})),
        (robustness.Aggregate("geometric"), counted(aggregation="geometric")),
        (robustness.Aggregate("min"), counted(aggregation="min")),
        (robustness.MissingRule("propagate"), counted(missing="propagate")),
        (robustness.MissingRule("renormalise", 0.8), counted(min_coverage=0.8)),
    ],
)
def test_every_kind_of_choice_is_as_the_changed_spec_scores(change, spec):
    """COINr ignores alternatives it was asked for (#60)."""
    result = ai.score(COUNTS, counted())
    choice = robustness.Choice("c", {"as it is": None, "changed": change})
    expected = ai.score(COUNTS, spec).scores["score"]
    assert not expected.equals(result.scores["score"])
    sure = robustness.uncertainty(
        result, draws=20, weights=None, missing=None, alternatives=[choice], rng=1, keep_draws=True
    )
    seen = {tuple(np.nan_to_num(row, nan=-1.0).round(12)) for row in sure.draws}
    both = (result.scores["score"], expected)
    assert seen == {tuple(np.nan_to_num(scores, nan=-1.0).round(12)) for scores in both}


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("within", [("partner", "year"), ()])
def test_bits_do_not_depend_on_the_number_of_threads(monkeypatch, threads, within):
    """COINr takes no seed at all."""
    codes = np.random.default_rng(1).integers(0, 5, (700, 4)) / 4
    codes[np.random.default_rng(2).random(codes.shape) < 0.05] = np.nan
    result = ai.score(make_panel(codes, years=2), make_spec())
    expected = robustness.uncertainty(result, draws=80, rng=1, within=within)
    monkeypatch.setattr(passes, "WORKERS", threads)
    found = robustness.uncertainty(result, draws=80, rng=1, within=within)
    for name in ("scores", "ranks", "groups"):
        pd.testing.assert_frame_equal(
            getattr(found, name), getattr(expected, name), check_exact=True
        )


def test_no_analysis_stumbles_over_an_unknown_code():
    """scikit-criteria fails with an obscure error, pymcdm returns nothing but NaN."""
    codes = np.random.default_rng(3).integers(0, 5, (40, 4)) / 4
    codes[5, 1] = codes[9] = np.nan
    result = ai.score(make_panel(codes, years=2), make_spec())
    known = result.scores["score"].notna()
    assert known.sum() == 39
    assert robustness.leave_one_out(result)["score"].notna().sum() == 39 * 4
    table = robustness.compensability(result).table
    for name in ("mean", "geometric", "min", "rank_copeland"):
        pd.testing.assert_series_equal(table[name].notna(), known, check_names=False)
    assert robustness.importance(result)["ratio"].notna().all()
    assert robustness.consistency(result).alpha["alpha"].notna().all()
    effects = robustness.factorial(result, [robustness.drop_one(result.spec)]).effects
    assert effects["variance"].notna().sum() == 39
    found = robustness.sensitivity(
        result, points=256, weights=robustness.Simplex(), factors="source", rng=1
    ).effects
    assert found["variance"].notna().all()
    with pytest.raises(AlignIndexError, match="no such dyad-year"):
        robustness.uncertainty(result, draws=5, rng=1).sample([("S99", "P", 2000)])


def test_another_missing_rule_ends_what_is_carried():
    """How long codes are carried goes with the rule, and so does not outlive it."""
    panel = make_panel([[0.5, 0.5, 0.5, 0.5], [np.nan, 0.5, 0.5, 1.0]], years=2)
    carried = make_spec(schema_version=2, missing="carry", carry_years=3)
    result = ai.score(panel, carried)
    assert result.scores["score"].notna().all()
    choice = robustness.Choice(
        "missing", {"carry": None, "propagate": robustness.MissingRule("propagate")}
    )
    found = robustness.factorial(result, [choice, robustness.drop_one(result.spec)])
    expected = ai.score(panel, make_spec(missing="propagate")).scores["score"]
    np.testing.assert_array_equal(found.outputs.iloc[5], expected)
    np.testing.assert_array_equal(found.outputs.iloc[0], result.scores["score"])
