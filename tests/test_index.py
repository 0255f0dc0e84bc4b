"""Scores of a panel worked by hand: every rule, window, aggregation and missing-data mode."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

import alignindex as ai
from alignindex.spec import IndexSpec
from benchmarks.twins import scoring as twin

nan = np.nan

# Status of ARM with RUS in 2010, 2011, 2013 and 2014 (no row for 2012), and with USA in 2014.
#
#             arms, of all   exercises   votes   bases           Crimea: state, partner   trade
# RUS 2010      10    20         1        0.8    facility           .      .                4
# RUS 2011       0     0         2         .     .                  .      .                .
# RUS 2013     145   144         0        0.6    disputed           .      .                8
# RUS 2014       .     5         3        0.7    .                  .     0.5               2
# USA 2014       0     0         4        0.25   none               0      0                0
COLUMNS = ["arms", "arms_all", "exercises", "votes", "bases", "crimea", "crimea_partner", "trade"]
ROWS = [
    ("ARM", "RUS", 2010, 10, 20, 1, 0.8, "facility", nan, nan, 4),
    ("ARM", "RUS", 2011, 0, 0, 2, nan, None, nan, nan, nan),
    ("ARM", "RUS", 2013, 145, 144, 0, 0.6, "disputed", nan, nan, 8),
    ("ARM", "RUS", 2014, nan, 5, 3, 0.7, None, nan, 0.5, 2),
    ("ARM", "USA", 2014, 0, 0, 4, 0.25, "none", 0, 0, 0),
]
# arms: share over three years, of the years in which both are observed.
#   RUS 2010: 10/20; 2011: (10+0)/(20+0); 2013: 145/144, rounding, 1; 2014: that of 2013 still, 1.
#   USA 2014: 0/0, which does not apply.
# exercises: three years, all needed. RUS 2010: 1 at least, 0.5 to 1; 2011: 3 at least, which is
#   enough: 1; 2013: 2 at least, 0.5 to 1; 2014: 3 at least: 1. USA 2014: 4 at least: 1.
# votes: as they are; 2011 unknown.
# bases: the latest of two years. RUS 2010 and 2011: 0.5; 2013 disputed, 0 to 1; 2014 the same.
# crimea: from 2014. RUS 2014: the partner at 0.5 leaves 0.5 to 1. USA 2014: 1.
# trade: mean of two years, one needed, of 10, turned round.
#   RUS 2010: 0.6; 2011: 0.6; 2013: 0.2; 2014: (8+2)/2 = 5: 0.5. USA: 1.
CODES = [
    [0.5, nan, 0.8, 0.5, nan, 0.6],
    [0.5, 1.0, nan, 0.5, nan, 0.6],
    [1.0, nan, 0.6, nan, nan, 0.2],
    [1.0, 1.0, 0.7, nan, nan, 0.5],
    [nan, 1.0, 0.25, 0.0, 1.0, 1.0],
]
INDICATORS = [
    {
        "name": "arms",
        "columns": ["arms", "arms_all"],
        "rule": {"kind": "share", "tolerance": 1.0},
        "window": {"kind": "trailing_sum", "years": 3},
        "weight": 2.0,
    },
    {
        "name": "exercises",
        "columns": ["exercises"],
        "rule": {"kind": "thresholds", "cuts": [1, 3], "codes": [0, 0.5, 1]},
        "window": {"kind": "trailing_sum", "years": 3},
    },
    {"name": "votes", "columns": ["votes"], "rule": {"kind": "identity"}},
    {
        "name": "bases",
        "columns": ["bases"],
        "rule": {
            "kind": "levels",
            "codes": {"none": 0, "facility": 0.5, "base": 1, "disputed": [0, 1]},
        },
        "window": {"kind": "last_known", "max_age": 1},
    },
    {
        "name": "crimea",
        "columns": ["crimea", "crimea_partner"],
        "rule": {"kind": "distance"},
        "years": {"first": 2014},
    },
    {
        "name": "trade",
        "columns": ["trade"],
        "rule": {"kind": "minmax", "lo": 0, "hi": 10},
        "window": {"kind": "trailing_mean", "years": 2, "min_years": 1},
        "reverse": True,
        "weight": 2.0,
    },
]


def panel_by_hand():
    return ai.as_panel(pd.DataFrame(ROWS, columns=["state", "partner", "year", *COLUMNS]))


def spec_by_hand(**changes):
    content = {
        "schema_version": 1,
        "name": "by hand",
        "fidelity": "illustrative",
        "missing": "renormalise",
        "indicators": INDICATORS,
    }
    return IndexSpec.from_dict(content | changes)


def scores(**changes):
    return ai.score(panel_by_hand(), spec_by_hand(**changes)).scores


def assert_close(left, right):
    np.testing.assert_allclose(np.asarray(left, float), np.asarray(right, float), rtol=1e-12)


def test_codes():
    result = ai.score(panel_by_hand(), spec_by_hand())
    assert_close(result.codes, CODES)
    assert result.codes.columns.tolist() == [i["name"] for i in INDICATORS]
    assert result.applies.to_numpy().tolist() == [
        [True, True, True, True, False, True],
        [True, True, True, True, False, True],
        [True, True, True, True, False, True],
        [True] * 6,
        [False, True, True, True, True, True],
    ]


def test_mean_with_renormalised_weights():
    table = scores()
    # Weights 2 1 1 1 1 2: 7 without Crimea, 8 with it, 6 without arms.
    # Known sums: 1 + .8 + .5 + 1.2 = 3.5; 1 + 1 + .5 + 1.2 = 3.7; 2 + .6 + .4 = 3;
    # 2 + 1 + .7 + 1 = 4.7; 1 + .25 + 0 + 1 + 2 = 4.25.
    assert_close(table["score"], [3.5 / 6, 3.7 / 6, 3 / 5, 4.7 / 6, 4.25 / 6])
    assert_close(table["low"], [4 / 7, 3.7 / 7, 3.5 / 7, 5.2 / 8, 4.25 / 6])
    assert_close(table["high"], [4.5 / 7, 4.7 / 7, 5 / 7, 6.7 / 8, 4.25 / 6])
    assert_close(table["coverage"], [6 / 7, 6 / 7, 5 / 7, 6 / 8, 1])
    assert table["n_indicators"].tolist() == [4, 4, 3, 4, 5]


def test_contributions_of_a_mean():
    result = ai.score(panel_by_hand(), spec_by_hand())
    assert_close(
        result.contributions,
        [
            [1 / 6, nan, 0.8 / 6, 0.5 / 6, nan, 1.2 / 6],
            [1 / 6, 1 / 6, nan, 0.5 / 6, nan, 1.2 / 6],
            [2 / 5, nan, 0.6 / 5, nan, nan, 0.4 / 5],
            [2 / 6, 1 / 6, 0.7 / 6, nan, nan, 1 / 6],
            [nan, 1 / 6, 0.25 / 6, 0, 1 / 6, 2 / 6],
        ],
    )
    assert result.reference.tolist() == [0.0] * 5


def test_propagate_keeps_bounds_and_coverage():
    table, other = scores(missing="propagate"), scores()
    assert_close(table["score"], [nan, nan, nan, nan, 4.25 / 6])
    columns = ["low", "high", "coverage", "carried", "n_indicators"]
    pd.testing.assert_frame_equal(table[columns], other[columns])


def test_min_coverage_blanks_the_score_and_never_the_bounds():
    table, other = scores(min_coverage=0.75), scores()
    assert_close(table["score"], [3.5 / 6, 3.7 / 6, nan, 4.7 / 6, 4.25 / 6])
    pd.testing.assert_frame_equal(table.drop(columns="score"), other.drop(columns="score"))


def test_min_coverage_is_met_when_it_is_equal_but_for_rounding():
    # Eight of ten equal weights: 0.8, and in floating point 0.7999999999999999.
    indicators = [
        {"name": f"i{j}", "columns": [f"x{j}"], "rule": {"kind": "identity"}} for j in range(10)
    ]
    values = {f"x{j}": [0.5 if j < 8 else nan] for j in range(10)}
    frame = pd.DataFrame({"state": ["A"], "partner": ["B"], "year": [2000]} | values)
    for least, score in ((0.8, 0.5), (0.81, nan)):
        spec = spec_by_hand(indicators=indicators, min_coverage=least)
        row = ai.score(ai.as_panel(frame), spec).scores.iloc[0]
        np.testing.assert_equal(row["score"], score)
        assert row["coverage"] == pytest.approx(0.8, abs=1e-15)


def test_sum():
    # Weights over their mean, 8/6: 1.5 .75 .75 .75 .75 1.5. Crimea not applicable leaves 5.25 of 6.
    table = scores(aggregation="sum")
    assert_close(table["score"], [3.5 / 6 * 5.25, 3.7 / 6 * 5.25, 3.15, 4.7, 0.75 * 4.25])
    assert_close(table["low"], [3.0, 0.75 * 3.7, 0.75 * 3.5, 0.75 * 5.2, 0.75 * 4.25])
    assert_close(table["high"], [0.75 * 4.5, 0.75 * 4.7, 3.75, 0.75 * 6.7, 0.75 * 4.25])


def test_sum_counts_k_of_n():
    met = [i | {"cut": 0.5, "weight": 3.0} for i in INDICATORS]
    table = scores(indicators=met, aggregation="sum", missing="propagate")
    # RUS 2010: arms 1, exercises 0.5 at least 1, votes 1, bases 1, trade 1: 5 of 5. 2011 without
    # votes: 4 to 5. 2013: arms, exercises (0.5 at least), votes, trade 0: 3, bases 0 or 1.
    # 2014: arms, exercises, votes, Crimea (0.5 at least), trade: 5, bases 0 or 1. USA: 1 0 0 1 1.
    assert_close(table["score"], [5, nan, nan, nan, 3])
    assert table["low"].tolist() == [5, 4, 3, 5, 3]
    assert table["high"].tolist() == [5, 5, 4, 6, 3]


def test_geometric():
    table = scores(aggregation="geometric")
    known = [0.5**2 * 0.8 * 0.5 * 0.6**2, 0.5**2 * 0.5 * 0.6**2, 0.6 * 0.2**2, 0.7 * 0.5**2, 0]
    assert_close(
        table["score"], [x ** (1 / w) for x, w in zip(known, [6, 6, 5, 6, 6], strict=True)]
    )
    assert_close(table["low"], [(known[0] * 0.5) ** (1 / 7), 0, 0, 0, 0])
    assert_close(table["high"], [x ** (1 / w) for x, w in zip(known, [7, 7, 7, 8, 6], strict=True)])


def test_min_always_propagates():
    table = scores(aggregation="min")
    assert_close(table["score"], [nan, nan, nan, nan, 0])
    assert_close(table["low"], [0.5, 0, 0, 0, 0])
    assert_close(table["high"], [0.5, 0.5, 0.2, 0.5, 0])


def test_stages_always_propagate():
    # From 0.5 on a stage is met. RUS 2010: all five are, whatever the exercises: 7/7.
    # 2011: 3/7 without the votes. 2013: arms, exercises, votes: 4/7; then bases: 5/7.
    # 2014: arms, exercises, votes: 4/8, then all. USA: exercises 1/6, votes fail.
    table = scores(aggregation="stages", met=0.5)
    assert_close(table["score"], [nan, nan, nan, nan, 1 / 6])
    assert_close(table["low"], [1, 3 / 7, 4 / 7, 4 / 8, 1 / 6])
    assert_close(table["high"], [1, 1, 5 / 7, 1, 1 / 6])


def test_scale_maps_scores_and_bounds():
    table, plain = scores(scale=[-100, 100]), scores()
    for name in ("score", "low", "high"):
        assert_close(table[name], -100 + 200 * plain[name])
    assert_close(table["coverage"], plain["coverage"])


def test_a_two_level_index():
    # P = mean(0.2, 0.4) = 0.3, as (1 + P)/2 = 0.65; E = mean(0.5, 0.7) = 0.6; S = 0.9.
    # 0.4 P + 0.4 E + 0.2 S = 0.54; ((1 + P)/2)^0.4 · E^0.4 · S^0.2
    names = {"p1": "P", "p2": "P", "e1": "E", "e2": "E", "s": "S"}
    indicators = [
        {"name": name, "columns": [name], "rule": {"kind": "identity"}, "parent": parent}
        for name, parent in names.items()
    ]
    nodes = [
        {"name": "P", "weight": 0.4, "scale": [0.5, 1]},
        {"name": "E", "weight": 0.4},
        {"name": "S", "weight": 0.2},
    ]
    values = {"p1": [0.2], "p2": [0.4], "e1": [0.5], "e2": [0.7], "s": [0.9]}
    frame = pd.DataFrame({"state": ["A"], "partner": ["B"], "year": [2000]} | values)
    spec = spec_by_hand(indicators=indicators, nodes=nodes, aggregation="geometric")
    result = ai.score(ai.as_panel(frame), spec)
    assert_close(result.scores["score"], [0.65**0.4 * 0.6**0.4 * 0.9**0.2])
    total = result.contributions.sum(axis=1) + result.reference
    assert_close(total, result.scores["score"])
    plain = [nodes[0] | {"scale": [0, 1]}, *nodes[1:]]
    spec = spec_by_hand(indicators=indicators, nodes=plain)
    result = ai.score(ai.as_panel(frame), spec)
    assert_close(result.scores["score"], [0.54])
    assert_close(result.contributions, [[0.04, 0.08, 0.1, 0.14, 0.18]])


def test_states_and_partners_where_an_indicator_applies():
    indicators = [INDICATORS[2], INDICATORS[5] | {"partners": ["USA"], "states": ["ARM"]}]
    table = scores(indicators=indicators)
    assert_close(table["score"], [0.8, nan, 0.6, 0.7, (0.25 + 2) / 3])
    assert_close(table["coverage"], [1, 0, 1, 1, 1])
    assert_close(table["high"], [0.8, 1, 0.6, 0.7, 0.75])


def test_where_no_indicator_applies_there_is_nothing():
    result = ai.score(panel_by_hand(), spec_by_hand(indicators=[INDICATORS[4]]))
    assert_close(result.scores["coverage"], [nan, nan, nan, 0, 1])
    assert_close(result.scores["low"], [nan, nan, nan, 0.5, 1])
    assert_close(result.scores["score"], [nan, nan, nan, nan, 1])
    assert result.scores["n_indicators"].tolist() == [0, 0, 0, 0, 1]


def test_leaf_weights_and_range():
    assert spec_by_hand().leaf_weights == (0.25, 0.125, 0.125, 0.125, 0.125, 0.25)
    assert spec_by_hand(aggregation="sum").range == (0.0, 6.0)
    assert spec_by_hand(scale=[-1, 1]).range == (-1.0, 1.0)


def test_the_panel_is_neither_copied_nor_changed():
    panel = panel_by_hand()
    before = panel.copy()
    result = ai.score(panel, spec_by_hand())
    if int(pd.__version__.split(".")[0]) >= 3:  # before, a copy keeps later changes out
        assert np.shares_memory(result.panel["votes"].to_numpy(), panel["votes"].to_numpy())
    _ = result.contributions, result.provenance, result.to_frame()
    pd.testing.assert_frame_equal(panel, before)


@pytest.mark.skipif(int(pd.__version__.split(".")[0]) < 3, reason="pandas 3 copies on write")
def test_later_changes_to_the_panel_do_not_reach_the_result():
    panel, spec = panel_by_hand(), spec_by_hand()
    result, untouched = ai.score(panel, spec), ai.score(panel_by_hand(), spec)
    panel.loc[("ARM", "RUS", 2010), "votes"] = 0.1
    panel["trade"] = 0.0
    pd.testing.assert_frame_equal(result.contributions, untouched.contributions)
    assert result.provenance["panel"]["digest"] == untouched.provenance["panel"]["digest"]
    assert result.explain("ARM", "RUS", 2010) == untouched.explain("ARM", "RUS", 2010)


def test_a_single_row():
    table = ai.score(panel_by_hand().iloc[[0]], spec_by_hand()).scores
    assert_close(table.loc[("ARM", "RUS", 2010), "score"], 3.5 / 6)


def test_latest_complete_year():
    assert ai.score(panel_by_hand(), spec_by_hand()).latest_complete_year() == 2014
    # RUS alone: 2014 lacks bases and Crimea, 2013 exercises and bases; 2011 votes; 2010 exercises.
    russia = panel_by_hand().xs("RUS", level="partner", drop_level=False)
    assert ai.score(russia, spec_by_hand()).latest_complete_year() is None
    votes = spec_by_hand(indicators=[INDICATORS[2]])
    assert ai.score(russia, votes).latest_complete_year() == 2014
    assert ai.score(russia.loc[:, :, [2010, 2011]], votes).latest_complete_year() == 2010


def test_the_result_is_frozen_and_reads_well():
    result = ai.score(panel_by_hand(), spec_by_hand())
    assert repr(result) == (
        "<AlignmentResult: by hand (illustrative), 5 dyad-years, 5 with a score; half of the dyads "
        "complete to 2014>"
    )
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.scores = None
    assert result.contributions is result.contributions
    assert result.provenance is result.provenance


def test_the_spec_may_be_a_name_or_a_file(tmp_path):
    spec = spec_by_hand()
    (tmp_path / "own.toml").write_text(spec.to_toml(), encoding="utf-8")
    for given in (str(tmp_path / "own.toml"), tmp_path / "own.toml"):
        result = ai.score(panel_by_hand(), given)
        assert result.spec == spec
        pd.testing.assert_frame_equal(result.scores, scores())


@pytest.mark.parametrize("name", ["erkomaishvili2019", "-count", "-kappa"])
def test_the_bundled_specs_equal_the_slow_twin(name):
    spec = ai.load_spec(name if name[0] == "e" else f"erkomaishvili2019{name}")
    panel = ai.load_panel("post_soviet").loc[["ARM", "RUS", "UZB"]]
    result = ai.score(panel, spec)
    rows = twin.reference_score(panel, spec)
    assert result.scores.index.tolist() == [(r["state"], r["partner"], r["year"]) for r in rows]
    for column in result.scores:
        np.testing.assert_allclose(
            result.scores[column], np.array([r[column] for r in rows], float), rtol=1e-12
        )
    for column in result.codes:
        codes = np.array([r["codes"][column] for r in rows], float)
        np.testing.assert_allclose(result.codes[column], codes, rtol=1e-12)
        parts = np.array([r["contributions"][column] for r in rows], float)
        np.testing.assert_allclose(result.contributions[column], parts, rtol=1e-12, atol=1e-15)
    assert result.scores["score"].notna().sum() > 50


def test_the_default_index_by_hand():
    """A dyad from raw figures that are invented: every rule of version 2, and a carried code."""
    rows = {
        year: {"arms_tiv": 1.0, "arms_tiv_total": 4.0, "exercise_depth": 1.0,
               "exercise_refusals": 0.0, "rupture": 0.0, "un_percentile": 0.7, "bases": "none",
               "position_state": 0.5, "position_partner": 1.0}
        for year in range(2012, 2017)
    }  # fmt: skip
    rows[2016] |= {"position_state": 0.75, "bases": "facility", "un_percentile": nan,
                   "exercise_refusals": 1.0}  # fmt: skip
    frame = pd.DataFrame(
        [{"state": "UZB", "partner": "RUS", "year": year} | row for year, row in rows.items()]
    )
    result = ai.score(ai.as_panel(frame), "erkomaishvili2019")
    # Arms: (5 + 30 · 5/20) / (20 + 30) = 0.25. Exercises: the depth of 2016 is 1 - 1 = 0, those of
    # 2015 to 2012 fade by a half every two years; the mean weight is over all five years.
    factors = [0.5 ** (age / 2) for age in range(5)]
    exercises = 1 - 0.5 ** (sum(factors[1:]) / sum(factors))
    row = result.scores.loc[("UZB", "RUS", 2016)]
    assert result.codes.loc[("UZB", "RUS", 2016), "exercises"] == pytest.approx(
        exercises, abs=1e-12
    )
    # Votes are carried from 2015 (0.7), a facility is 0.5, positions 1 - |0.75 - 1| = 0.75.
    known = 0.25 + exercises + 0.5 + 0.75
    assert row["score"] == pytest.approx((known + 0.7) / 5, abs=1e-12)
    assert row["low"] == pytest.approx(known / 5, abs=1e-12)
    assert row["high"] == pytest.approx((known + 1) / 5, abs=1e-12)
    assert row[["coverage", "carried"]].tolist() == pytest.approx([0.8, 0.2])


def test_version_1_of_the_index_by_hand():
    """Uzbekistan with Russia in 2016, from raw figures that are invented."""
    rows = {
        year: {"arms_tiv": 1.0, "arms_tiv_total": 4.0, "exercises": 1.0, "un_votes": 0.7,
               "bases": "none", "crimea_state": 0.5, "crimea_partner": 1.0}
        for year in range(2012, 2017)
    }  # fmt: skip
    rows[2016] |= {"crimea_state": 0.75, "bases": "facility", "un_votes": nan}
    frame = pd.DataFrame(
        [{"state": "UZB", "partner": "RUS", "year": year} | row for year, row in rows.items()]
    )
    table = ai.score(ai.as_panel(frame), "erkomaishvili2019-v1").scores
    # 2016: arms 5/20 = 0.25, exercises 3 in three years = 1, votes unknown, facility 0.5,
    # Crimea 1 - |0.75 - 1| = 0.75: 2.5 of four; 2013: arms 0.25, exercises unknown (2 at least:
    # 0.5), votes 0.7, none 0, Crimea not yet.
    row = table.loc[("UZB", "RUS", 2016)]
    assert_close(row, [2.5 / 4, 2.5 / 5, 3.5 / 5, 0.8, 0, 4])
    row = table.loc[("UZB", "RUS", 2013)]
    # The mean of the known codes, 0.95 / 3, is less than the exercises that were seen make sure of:
    # (0.25 + 0.5 + 0.7 + 0) / 4. The score is held there.
    assert_close(row, [1.45 / 4, 1.45 / 4, 1.95 / 4, 0.75, 0, 3])
