"""Codes carried from a dyad's own past, signed scales, and rules that bear weight, by hand."""

from __future__ import annotations

import math
import re

import numpy as np
import pandas as pd
import pytest

import alignindex as ai
from alignindex import IndexSpec
from alignindex.base.errors import PanelError, SpecError
from alignindex.spec import toml

nan = math.nan
VOTES = {"name": "votes", "columns": ["votes"], "rule": {"kind": "identity"}}
BASES = {"name": "bases", "columns": ["bases"], "rule": {"kind": "identity"}}


def spec(*indicators, **changes):
    content = {
        "schema_version": 2, "name": "x", "fidelity": "illustrative", "missing": "carry",
        "carry_years": 2, "indicators": list(indicators or (VOTES, BASES)),
    }  # fmt: skip
    written = {k: v for k, v in (content | changes).items() if v is not None}
    return IndexSpec.from_toml(toml.dumps(written))


def panel(years=None, **columns):
    n = len(next(iter(columns.values())))
    years = range(2000, 2000 + n) if years is None else years
    keys = {"state": "ARM", "partner": "RUS", "year": list(years)}
    return ai.as_panel(pd.DataFrame(keys | columns))


def codes_of(indicator, **columns):
    """Codes of one indicator on one dyad, unknown ones not carried."""
    one = spec(indicator, missing="renormalise", carry_years=None)
    return ai.score(panel(**columns), one)


def assert_close(left, right):
    np.testing.assert_allclose(np.asarray(left, float), np.asarray(right, float), rtol=1e-13)


# --- carry ----------------------------------------------------------------------------------------


def test_a_code_is_carried_for_carry_years_and_then_left_out():
    result = ai.score(
        panel(votes=[0.8, nan, nan, nan, 0.2], bases=[0.4, 0.4, 0.4, 0.4, 0.4]), spec()
    )
    table = result.scores
    assert_close(table["score"], [0.6, 0.6, 0.6, 0.4, 0.3])
    assert_close(table["coverage"], [1, 0.5, 0.5, 0.5, 1])
    assert_close(table["carried"], [0, 0.5, 0.5, 0, 0])
    assert table["n_indicators"].tolist() == [2, 1, 1, 1, 2]
    # A carried code is unknown to the bounds: 0.2 to 0.7 with votes between 0 and 1.
    assert_close(table["low"], [0.6, 0.2, 0.2, 0.2, 0.3])
    assert_close(table["high"], [0.6, 0.7, 0.7, 0.7, 0.3])
    # The table of codes has what was observed; ages and used codes stand beside it.
    assert_close(result.codes["votes"], [0.8, nan, nan, nan, 0.2])
    assert_close(result.codes_used["votes"], [0.8, 0.8, 0.8, nan, 0.2])
    assert_close(result.carried["votes"], [nan, 1, 2, nan, nan])
    assert result.carried["bases"].isna().all()
    assert_close(result.contributions["votes"], [0.4, 0.4, 0.4, nan, 0.1])


def test_carry_counts_years_and_not_rows():
    # 2000, then 2002 (two years later) and 2003 (three years later).
    result = ai.score(
        panel([2000, 2002, 2003], votes=[0.8, nan, nan], bases=[0.4, 0.4, 0.4]), spec()
    )
    assert_close(result.carried["votes"], [nan, 2, nan])


def test_the_latest_code_is_carried_and_never_a_later_one():
    result = ai.score(panel(votes=[nan, 0.8, 0.6, nan], bases=[0.4] * 4), spec())
    assert_close(result.codes_used["votes"], [nan, 0.8, 0.6, 0.6])
    assert_close(result.carried["votes"], [nan, nan, nan, 1])


def test_an_indicator_may_have_its_own_number_of_years():
    own = spec(VOTES | {"carry_years": 1}, BASES | {"carry_years": 0})
    result = ai.score(panel(votes=[0.8, nan, nan], bases=[0.4, nan, nan]), own)
    assert_close(result.carried["votes"], [nan, 1, nan])
    assert result.carried["bases"].isna().all()
    assert_close(result.scores["score"], [0.6, 0.8, nan])
    assert own.carry_ages == (1, 0)


def test_min_coverage_counts_observed_and_carried_weight():
    columns = {"votes": [0.8, nan, nan, nan], "bases": [0.4] * 4}
    table = ai.score(panel(**columns), spec(min_coverage=0.6)).scores
    assert_close(table["score"], [0.6, 0.6, 0.6, nan])


def test_nothing_is_carried_where_an_indicator_does_not_apply():
    late = spec(VOTES | {"years": {"last": 2000}}, BASES)
    result = ai.score(panel(votes=[0.8, nan], bases=[0.4, 0.4]), late)
    assert_close(result.scores["score"], [0.6, 0.4])
    assert_close(result.scores["coverage"], [1, 1])
    assert result.carried.isna().all(axis=None)


def test_a_rupture_ends_what_is_carried():
    columns = {
        "votes": [0.8, nan, nan, nan, 0.6, nan],
        "bases": [0.4] * 6,
        "war": [0.0, 0.0, 1.0, 0.0, 1.0, 0.0],
    }
    result = ai.score(panel(**columns), spec(carry_until="war", carry_years=5))
    # A code of 2004, the year of the second rupture, was observed in it, and may be carried on.
    assert_close(result.carried["votes"], [nan, 1, nan, nan, nan, 1])
    assert result.spec.raw_columns == ("votes", "bases", "war")


def test_a_carried_code_is_held_within_what_is_known():
    # Three exercises seen already fix the code at 1; one seen puts it at 0.5 at least.
    drills = {
        "name": "drills", "columns": ["drills"],
        "window": {"kind": "trailing_sum", "years": 2},
        "rule": {"kind": "thresholds", "cuts": [1, 3], "codes": [0, 0.5, 1]},
    }  # fmt: skip
    result = ai.score(panel(drills=[0, 0, nan, 1.0]), spec(drills))
    assert_close(result.codes["drills"], [nan, 0, nan, nan])
    assert_close(result.codes_used["drills"], [nan, 0, 0, 0.5])
    assert_close(result.scores["low"], [0, 0, 0, 0.5])


def test_a_minimum_takes_a_carried_code():
    result = ai.score(panel(votes=[0.8, nan, nan, nan], bases=[0.9] * 4), spec(aggregation="min"))
    assert_close(result.scores["score"], [0.8, 0.8, 0.8, nan])


def test_explain_says_from_which_year_a_code_is_carried():
    result = ai.score(panel(votes=[0.8, nan], bases=[0.4, 0.4]), spec())
    text = result.explain("ARM", "RUS", 2001)
    assert "carried from 2000" in text
    assert "carried 0.50" in text
    assert "= 0.600" in text
    assert "raw      votes 2000: 0.8, 2001: unknown\n" in text


def test_a_carried_code_is_explained_by_the_values_and_sources_of_its_year():
    result = ai.score(ai.load_panel("post_soviet").loc[["ARM"]], "erkomaishvili2019")
    text = result.explain("ARM", "RUS", 2025)
    place = result.panel.loc[("ARM", "RUS", 2024), "un_percentile"]
    assert f"{place:.3f}, carried from 2024" in text
    assert f"raw      un_percentile 2024: {place:.6g}, 2025: unknown\n" in text
    cited = re.findall(r"source   unga_relative: (\d{4}): ", text)
    assert cited == ["2024", "2025"]


def test_carry_in_draws_starts_from_the_carried_code():
    result = ai.score(panel(votes=[0.8, nan], bases=[0.4, 0.4]), spec())
    drawn = ai.robustness.uncertainty(result, draws=10, rng=1, weights={}, keep_draws=True).draws
    assert_close(drawn, np.tile(result.scores["score"].to_numpy(), (10, 1)))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"carry_years": None}, "carry_years"),
        ({"missing": "renormalise"}, "missing = 'carry'"),
        ({"missing": "propagate", "carry_years": None, "carry_until": "war"}, "carry_until"),
        ({"schema_version": 1}, "schema_version = 2"),
        ({"carry_years": -1}, "carry_years"),
        ({"carry_until": ""}, "carry_until"),
    ],
)
def test_carry_that_cannot_be(changes, word):
    with pytest.raises(SpecError, match=word):
        spec(**changes)


def test_another_rule_for_missing_codes_in_one_step():
    plain = IndexSpec.from_dict(spec().model_dump() | {"missing": "renormalise"})
    assert plain.carry_ages == (0, 0)
    table = ai.score(panel(votes=[0.8, nan], bases=[0.4, 0.4]), plain).scores
    assert_close(table["score"], [0.6, 0.4])
    assert_close(table["carried"], [0, 0])


def test_a_panel_without_the_column_of_ruptures_is_refused():
    with pytest.raises(PanelError, match="'war' for carry_until"):
        ai.score(panel(votes=[0.8], bases=[0.4]), spec(carry_until="war"))
    with pytest.raises(PanelError, match="numbers"):
        ai.score(panel(votes=[0.8], bases=[0.4], war=["yes"]), spec(carry_until="war"))


# --- a share with a prior -------------------------------------------------------------------------

SHARE = {
    "name": "arms", "columns": ["part", "whole"],
    "window": {"kind": "trailing_sum", "years": 2},
    "rule": {"kind": "share", "prior_volume": 30, "prior_years": 4},
}  # fmt: skip


def test_a_small_volume_decides_little():
    # Years 0-2: 90 of 100; year 3: 0 of 3; then nothing at all.
    part, whole = [90.0, 0, 0, 0, 0, 0, 0], [100.0, 0, 0, 3, 0, 0, 0]
    codes = codes_of(SHARE, part=part, whole=whole).codes["arms"]
    assert_close(
        codes,
        [
            0.9,
            0.9,  # 90 + 30 × 0.9 of 100 + 30
            0.9,  # nothing in two years: the share of four, which was 0.9
            30 * (90 / 103) / 33,  # 0 of 3 beside 90 of 103
            0 / 33,  # the delivery of year 0 is out of the four years: 0 of 3
            0,
            0,
        ],
    )


def test_only_a_prior_window_without_anything_is_undefined():
    result = codes_of(SHARE, part=[9.0, 0, 0, 0, 0], whole=[10.0, 0, 0, 0, 0])
    assert_close(result.codes["arms"], [0.9, 0.9, 0.9, 0.9, nan])
    assert result.applies["arms"].tolist() == [True] * 4 + [False]


def test_no_year_observed_in_the_window_leaves_the_share_unknown():
    result = codes_of(SHARE, part=[9.0, nan, nan], whole=[10.0, nan, nan])
    assert_close(result.codes["arms"], [0.9, 0.9, nan])
    assert_close(result.scores.loc[("ARM", "RUS", 2002), ["low", "high"]], [0, 1])


def test_importing_nothing_does_not_lift_a_score():
    votes = {"name": "votes", "columns": ["votes"], "rule": {"kind": "identity"}}
    columns = {"part": [0.0, 0, 0], "whole": [10.0, 0, 0], "votes": [0.8] * 3}
    plain = SHARE | {"rule": {"kind": "share"}}
    lifted = ai.score(panel(**columns), spec(plain, votes)).scores["score"]
    steady = ai.score(panel(**columns), spec(SHARE, votes)).scores["score"]
    assert_close(lifted, [0.4, 0.4, 0.8])  # undefined, so that votes stand alone
    assert_close(steady, [0.4, 0.4, 0.4])


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        ({"prior_volume": 30}, "go together"),
        ({"prior_years": 15}, "go together"),
        ({"prior_volume": 30, "prior_years": 2}, "exceed"),
        ({"prior_volume": 0, "prior_years": 15}, "greater than 0"),
    ],
)
def test_a_prior_that_cannot_be(rule, word):
    with pytest.raises(SpecError, match=word):
        spec(SHARE | {"rule": {"kind": "share"} | rule})


# --- windows that fade, and saturation ------------------------------------------------------------


def drills(window, **rule):
    rule = rule or {"kind": "minmax", "lo": 0, "hi": 10}
    return {"name": "drills", "columns": ["drills"], "window": window, "rule": rule}


def test_a_faded_sum_by_hand():
    window = {"kind": "decay_sum", "years": 3, "half_life": 1}
    result = codes_of(drills(window), drills=[4.0, 2, 1, 0, 0, nan, 8])
    # 1 + 2/2 + 4/4 = 3; 0 + 1/2 + 2/4 = 1; 0 + 0 + 1/4.
    assert_close(result.codes["drills"] * 10, [nan, nan, 3, 1, 0.25, nan, nan])
    # The last year: 8 for certain, and anything in the year before.
    assert_close(result.scores["low"].iloc[-2:] * 10, [0, 8])
    assert_close(result.scores["high"].iloc[-2:] * 10, [10, 10])


def test_a_refusal_takes_off_and_a_rupture_ends_the_past():
    window = {"kind": "decay_mean", "years": 2, "half_life": 1, "min_years": 1}
    columns = {"drills": [2.0, 2, 2, 2], "refusals": [0.0, 1, 0, 0], "war": [0.0, 0, 1, 0]}
    one = drills(window | {"subtract": "refusals", "reset": "war"})
    codes = codes_of(one, **columns).codes["drills"] * 10
    # 2; (1 + 2/2) / 1.5; the year of the war and what was before it are 0; (2 + 0) / 1.5.
    assert_close(codes, [2, 2 / 1.5, 0, 2 / 1.5])


def test_a_rupture_that_is_not_observed_leaves_what_it_could_change_unknown():
    window = {"kind": "decay_sum", "years": 2, "half_life": 1, "reset": "war"}
    result = codes_of(drills(window), drills=[4.0, 2, 0, 2], war=[0.0, nan, 0, nan])
    # 2000: one year is missing. 2001: 0 with a rupture, 4 without. 2002: 0 or 1. 2003: 0 or 2.
    assert result.codes["drills"].isna().all()
    assert_close(result.scores["low"].iloc[1:] * 10, [0, 0, 0])
    assert_close(result.scores["high"].iloc[1:] * 10, [4, 1, 2])


@pytest.mark.parametrize(
    ("form", "expected"),
    [("exponential", [0, 0.5, 0.75, 1 - 0.5**5]), ("hyperbolic", [0, 0.5, 2 / 3, 5 / 6])],
)
def test_saturation_varies_where_thresholds_do_not(form, expected):
    one = drills({"kind": "none"}, kind="saturate", half=2, form=form)
    assert_close(codes_of(one, drills=[0.0, 2, 4, 10]).codes["drills"], expected)


def test_a_net_amount_below_zero_counts_as_zero_when_saturated():
    window = {"kind": "decay_sum", "years": 1, "half_life": 1, "subtract": "refusals"}
    one = drills(window, kind="saturate", half=2)
    codes = codes_of(one, drills=[0.0, 3.0], refusals=[2.0, 1.0]).codes["drills"]
    assert_close(codes, [0, 0.5])


@pytest.mark.parametrize(
    ("one", "columns", "word"),
    [
        (drills({"kind": "none"}, kind="saturate", half=2), {"drills": [-1.0]}, "negative"),
        (
            drills({"kind": "decay_sum", "years": 2, "half_life": 1, "subtract": "no"}),
            {"drills": [1.0], "no": [-1.0]},
            "'no'",
        ),
        (
            drills({"kind": "decay_sum", "years": 2, "half_life": 1, "reset": "war"}),
            {"drills": [1.0]},
            "'war'",
        ),
    ],
)
def test_columns_that_a_fading_window_refuses(one, columns, word):
    with pytest.raises(PanelError, match=word):
        codes_of(one, **columns)


@pytest.mark.parametrize(
    ("part", "word"),
    [
        ({"window": {"kind": "decay_sum", "years": 2, "half_life": 0}}, "half_life"),
        (
            {"window": {"kind": "decay_mean", "years": 2, "half_life": 1, "min_years": 3}},
            "min_years",
        ),
        ({"window": {"kind": "decay_mean", "years": 2, "half_life": 1}}, "min_years"),
        ({"rule": {"kind": "saturate", "half": 0}}, "half"),
        (
            {
                "rule": {"kind": "levels", "codes": {"a": 1}},
                "window": {"kind": "decay_sum", "years": 2, "half_life": 1},
            },
            "no meaning",
        ),
    ],
)
def test_fading_windows_and_saturation_that_cannot_be(part, word):
    with pytest.raises(SpecError, match=word):
        spec(drills({"kind": "none"}) | part)


def test_a_fading_window_can_be_taken_out_of_an_index():
    window = {"kind": "decay_sum", "years": 2, "half_life": 1}
    steady = panel(drills=[2.0, 2, 2], part=[1.0] * 3, whole=[2.0] * 3)
    for rule in (
        {"kind": "saturate", "half": 3.0},
        {"kind": "thresholds", "cuts": [3.0], "codes": [0, 1]},
        {"kind": "minmax", "lo": 0.0, "hi": 4.0},
    ):
        whole = spec(drills(window, **rule), SHARE)
        single = ai.dynamics.unwindowed(whole)
        assert single.indicators[0].reach == single.indicators[1].reach == 0
        one, other = (ai.score(steady, s).codes.iloc[-1] for s in (whole, single))
        assert_close(one, other)


# --- signed scales --------------------------------------------------------------------------------

HOSTILITY = {
    "name": "hostility", "columns": ["hostility"],
    "window": {"kind": "last_known", "max_age": 3},
    "rule": {"kind": "levels", "codes": {"war": 0.0, "sanctions": 0.25, "none": 0.5}},
}  # fmt: skip


def test_a_signed_scale_has_its_neutral_point():
    signed = spec(VOTES, HOSTILITY, scale=[-1, 1], neutral=0.5)
    assert signed.neutral_score == 0
    assert signed.formula[-1] == "neutral score = 0"
    assert IndexSpec.from_toml(signed.to_toml()) == signed
    columns = {"votes": [0.5, 0.5, 1.0, nan], "hostility": ["none", "war", None, "sanctions"]}
    result = ai.score(panel(**columns), signed)
    # The war of the second year is still the latest known in the third.
    assert_close(result.scores["score"], [0, -0.5, 0, 0.25])
    assert "-1 hostile, 0 neutral, 1 aligned" in result.explain("ARM", "RUS", 2001)


def test_an_indicator_may_have_a_neutral_code_of_its_own():
    own = spec(VOTES, BASES | {"neutral": 0.25}, scale=[-1, 1], neutral=0.5)
    assert own.neutral_score == -0.25  # mean of 0.5 and 0.25, on [-1, 1]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"neutral": 0}, "neutral"),
        ({"neutral": 1}, "neutral"),
        ({"neutral": -0.5}, "neutral"),
        ({"indicators": [VOTES | {"neutral": 0.5}]}, "neutral point"),
        ({"schema_version": 1, "missing": "propagate", "carry_years": None, "neutral": 0.5}, "= 2"),
    ],
)
def test_neutral_points_that_cannot_be(changes, word):
    with pytest.raises(SpecError, match=word):
        spec(**changes)


def test_hostility_caps_a_score_by_a_minimum():
    peace = {"name": "peace", "columns": ["peace"], "rule": {"kind": "levels", "codes": {
        "war": 0.1, "none": 1.0}}}  # fmt: skip
    capped = spec(
        VOTES | {"parent": "ties"}, BASES | {"parent": "ties"}, peace,
        aggregation="min", nodes=[{"name": "ties"}],
    )  # fmt: skip
    table = panel(votes=[0.8, 0.8, 0.0], bases=[0.6] * 3, peace=["none", "war", "war"])
    assert_close(ai.score(table, capped).scores["score"], [0.7, 0.1, 0.1])
