"""Arguments of a wrong kind: every one a clear error that names it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import alignindex as ai
from alignindex import robustness
from alignindex.base.errors import AlignIndexError


def make() -> ai.AlignmentResult:
    index = pd.MultiIndex.from_product(
        [list("ABCD"), ["P"], [2000, 2001]], names=["state", "partner", "year"]
    )
    codes = np.random.default_rng(0).integers(0, 5, (8, 3)) / 4
    spec = ai.IndexSpec(
        schema_version=1,
        name="invented",
        fidelity="illustrative",
        missing="renormalise",
        indicators=tuple(
            {"name": f"x{j}", "columns": (f"x{j}",), "rule": {"kind": "identity"}} for j in range(3)
        ),
    )
    return ai.score(pd.DataFrame(codes, index=index, columns=["x0", "x1", "x2"]), spec)


RESULT = make()
CHOICE = robustness.Choice("agg", {"mean": None, "min": robustness.Aggregate("min")})
ANALYSES = {
    "uncertainty": robustness.uncertainty,
    "sensitivity": robustness.sensitivity,
    "factorial": lambda r: robustness.factorial(r, [CHOICE]),
    "leave_one_out": robustness.leave_one_out,
    "compensability": robustness.compensability,
    "placebo": lambda r: robustness.placebo(r, [("A", "P")]),
    "importance": robustness.importance,
    "target_weights": robustness.target_weights,
    "consistency": robustness.consistency,
    "external": lambda r: robustness.external(r, RESULT.scores["score"]),
}


@pytest.mark.parametrize("analysis", ANALYSES)
@pytest.mark.parametrize("wrong", [None, "erkomaishvili2019", RESULT.scores])
def test_every_analysis_wants_a_result(analysis, wrong):
    with pytest.raises(AlignIndexError, match=r"result must be an AlignmentResult"):
        ANALYSES[analysis](wrong)


FRAME = pd.DataFrame([[0.5, np.nan], [0.5, 0.5]], [0.0, 1.0], [0.0, 1.0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"draws": True}, "draws must be a whole number of at least 1; got True"),
        ({"draws": 100.0}, "draws must be a whole number of at least 1; got 100.0"),
        ({"draws": "many"}, "draws must be a whole number of at least 1; got 'many'"),
        ({"alternatives": CHOICE}, "alternatives must be a list of Choice, such as"),
        ({"alternatives": ["x"]}, "list of Choice, .* got 'x'"),
        ({"alternatives": "x"}, "alternatives must be a list of Choice"),
        ({"missing": 5}, "or None .* got 5"),
        ({"missing": RESULT.codes}, "completed code tables .* got a DataFrame"),
        ({"missing": [1]}, "completed code tables .* got 1"),
        ({"coders": [1]}, "coders is a mapping from indicator .* got list"),
        ({"coders": {"x0": pd.DataFrame()}}, r"coders\['x0'\] must be a DataFrame"),
        ({"coders": {"x0": FRAME.astype(object).replace(0.5, "a")}}, "must hold probabilities"),
        ({"coders": {"x0": FRAME}}, r"row 1 is \[0.5, nan\]; NaN .* dawid_skene\(..., smoothing=1"),
        ({"facts": 3}, "facts must be a DataFrame .* got 3"),
        ({"shared": 3}, "shared is a mapping"),
        ({"rng": "a"}, "rng must be a whole number of at least 0 .* got 'a'"),
        ({"rng": -1}, "rng must be .* got -1"),
        ({"rng": 1.0}, "rng must be .* got 1.0"),
        ({"rng": True}, "rng must be .* got True"),
        ({"quantiles": 0.5}, r"quantiles must be a list of numbers in \[0, 1\].* got 0.5"),
        ({"quantiles": ["5"]}, "quantiles .* got '5'"),
        ({"quantiles": [0.5, np.nan]}, "quantiles .* got nan"),
        ({"quantiles": [0.5, 0.5]}, "quantiles must be different numbers; 0.5 comes twice"),
        ({"quantiles": "05"}, "quantiles must be a list"),
        ({"top": 3}, "top must be a list of ranks, whole numbers from 1, .* got 3"),
        ({"top": [1.5]}, r"top takes ranks, whole numbers from 1; got \[1.5\]"),
        ({"top": [1, 1]}, "1 comes twice"),
        ({"thresholds": 0.5}, "thresholds must be a list of scores .* got 0.5"),
        ({"thresholds": [np.nan]}, "thresholds must be a list of scores .* got nan"),
        ({"thresholds": [40]}, "thresholds .* the scale of the index.* got 40"),
        ({"thresholds": [0.5, 0.5]}, "thresholds must be different numbers; 0.5 comes twice"),
        ({"memory": "1"}, "memory must be a budget in MiB above 0; got '1'"),
        ({"memory": np.nan}, "memory must be .* got nan"),
        ({"within": 5}, "within takes .* got 5"),
        ({"within": [5]}, r"within takes .* got \[5\]"),
        ({"within": ["year", "year"]}, "each of state, partner, year once"),
        ({"ties": None}, "ties takes .* got None"),
        ({"weights": "dirichlet"}, "weights takes Dirichlet"),
    ],
)
def test_an_option_of_a_wrong_kind_is_named(options, message):
    with pytest.raises(AlignIndexError, match=message):
        robustness.uncertainty(RESULT, **{"draws": 5, **options})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"points": 128.0}, "points must be a whole number of at least 2; got 128.0"),
        ({"points": True}, "points must be a whole number"),
        ({"points": 100}, "points must be a power of two"),
        ({"draws": 1}, "draws must be a whole number of at least 2; got 1"),
        ({"level": 90}, "level must be a probability .* got 90"),
        ({"level": "90 %"}, "level must be a probability"),
        ({"rng": "a"}, "rng must be"),
        ({"alternatives": CHOICE}, "alternatives must be a list of Choice"),
        ({"factors": "weights"}, "factors takes source or weight"),
    ],
)
def test_an_option_of_sensitivity_of_a_wrong_kind_is_named(options, message):
    with pytest.raises(AlignIndexError, match=message):
        robustness.sensitivity(RESULT, **{"points": 8, **options})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: robustness.factorial(RESULT, CHOICE), "alternatives must be a list of Choice"),
        (lambda: robustness.factorial(RESULT, [3]), "list of Choice, .* got 3"),
        (lambda: robustness.factorial(RESULT, [CHOICE], ties=1), "ties takes"),
        (lambda: robustness.leave_one_out(RESULT, ties="dense"), "ties takes"),
        (lambda: robustness.compensability(RESULT, weak="low"), "weak.* got 'low'"),
        (lambda: robustness.placebo(RESULT, "EST"), r"list of \(state, partner\).* got 'EST'"),
        (lambda: robustness.placebo(RESULT, ["AP"]), "got 'AP'"),
        (lambda: robustness.placebo(RESULT, []), r"got \[\]"),
        (lambda: robustness.placebo(RESULT, 3), "got 3"),
        (lambda: robustness.external(RESULT, [1.0]), "external takes a Series"),
        (
            lambda: robustness.external(RESULT, RESULT.scores["score"].astype(str)),
            "must hold numbers",
        ),
        (
            lambda: robustness.external(RESULT, RESULT.scores["score"], draws=2.5),
            "draws must be a whole number",
        ),
        (
            lambda: robustness.consistency(RESULT, outside=RESULT.scores["score"], rng="a"),
            "rng must be",
        ),
        (lambda: robustness.Choice("c", ["a", "b"]), "choice 'c' takes a mapping from level"),
        (lambda: robustness.Choice(3, {"a": None, "b": None}), "a choice needs a name"),
        (lambda: robustness.Choice("c", {"a": None, "b": 3}), "level 'b' of choice 'c' must be"),
        (lambda: robustness.Choice("c", {"a": None, 2: None}), "named by texts; got 2"),
        (
            lambda: robustness.Choice("c", {"a": None, "b": None}, probability=[0.5, 0.5]),
            "is a mapping from level to number",
        ),
        (
            lambda: robustness.Choice("c", {"a": None, "b": None}, probability={"a": "x", "b": 1}),
            "must be >= 0, not all 0",
        ),
        (lambda: robustness.Recode("x0", 0.5), "takes a mapping from value to value"),
        (lambda: robustness.Dirichlet("wide"), "concentration of at least 0.1, got 'wide'"),
        (lambda: robustness.Ranges("25 %"), "a spread between 0 and 1"),
        (lambda: robustness.Ranges({"x0": 2}), "0 < minimum <= maximum for 'x0', got 2"),
    ],
)
def test_other_arguments_of_a_wrong_kind_are_named(call, message):
    with pytest.raises(AlignIndexError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: s.sample(["x"]), r"list of keys \(state, partner, year\).* got 'x'"),
        (lambda s: s.sample("x"), "got 'x'"),
        (lambda s: s.sample([("A", "P")]), r"got \('A', 'P'\)"),
        (lambda s: s.sample([("A", "P", 1999)]), "no such dyad-year"),
        (lambda s: s.above(3), "pairs are a list of two keys each, .* got 3"),
        (lambda s: s.above([("A", "P")]), r"got \('A', 'P'\)"),
        (lambda s: s.above([(("A", "P"), ("Z", "P"))]), "'Z' not found"),
        (lambda s: s.difference("2000", 2001), "first must be a whole number .* got '2000'"),
        (lambda s: s.difference(2000, 1999), "second: 1999 not found"),
        (lambda s: s.difference(2000, 2001, quantiles=0.5), "quantiles must be a list"),
    ],
)
def test_what_is_asked_of_the_draws_is_checked(call, message):
    sure = robustness.uncertainty(RESULT, draws=5, rng=1)
    with pytest.raises(AlignIndexError, match=message):
        call(sure)


def test_columns_are_named_in_full():
    sure = robustness.uncertainty(
        RESULT, draws=5, rng=1, quantiles=[0.0001, 0.025, 0.12345, 1], thresholds=[0.1234567, 1]
    )
    named = ["q00.01", "q02.5", "q12.345", "q100"]
    assert sure.ranks.columns.tolist() == ["nominal", *named, "top_1", "top_3"]
    assert sure.scores.columns.tolist()[3:] == [*named, "known", "above_0.1234567", "above_1"]


def test_one_report_holds_the_outside_measure():
    scores = RESULT.scores["score"]
    report = robustness.consistency(RESULT, outside=scores, rng=1)
    alone = robustness.external(RESULT, scores, rng=1)
    assert report.external.spearman == pytest.approx(1.0)
    pd.testing.assert_frame_equal(report.external.table, alone.table)
    assert (report.external.lower, report.external.upper) == (alone.lower, alone.upper)
    assert "An outside measure\nSpearman correlation 1.000" in str(report)
    assert robustness.consistency(RESULT).external is None
