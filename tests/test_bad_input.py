"""Bad panels: what is refused, and that the message names the offender and the mend."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from alignindex import as_panel, load_spec, score
from alignindex.base.errors import AlignIndexError, PanelError, SpecError
from alignindex.spec import IndexSpec

nan, inf = np.nan, np.inf


def table(years=None, **columns):
    n = len(next(iter(columns.values())))
    return pd.DataFrame(
        {"state": ["ARM"] * n, "partner": ["RUS"] * n, "year": years or range(2010, 2010 + n)}
        | columns
    )


def spec_of(rule, columns=("x",), window=None):
    indicator = {"name": "ind", "columns": columns, "rule": rule}
    if window is not None:
        indicator["window"] = window
    return IndexSpec.from_dict(
        {
            "schema_version": 1, "name": "test", "fidelity": "illustrative",
            "missing": "renormalise", "indicators": [indicator],
        }
    )  # fmt: skip


IDENTITY = spec_of({"kind": "identity"})


def refused(panel, spec=IDENTITY):
    with pytest.raises(PanelError) as error:
        score(panel, spec)
    return str(error.value)


def refused_keys(data, **names):
    with pytest.raises(PanelError) as error:
        as_panel(data, **names)
    return str(error.value)


# --- keys -----------------------------------------------------------------------------------------


def test_the_same_dyad_year_twice():
    message = refused_keys(table(years=[2013, 2013, 2014, 2014, 2013], x=[0.1] * 5))
    assert "(state, partner, year) must be unique" in message
    assert "ARM–RUS 2013; ARM–RUS 2014; ARM–RUS 2013" in message
    assert "Keep one row per dyad-year" in message
    message = refused_keys(table(years=[2013] * 6, x=[0.1] * 6))
    assert "ARM–RUS 2013; ARM–RUS 2013; ARM–RUS 2013; and 2 more" in message


def test_a_missing_key_column_shows_the_closest():
    message = refused_keys(table(x=[0.1]).rename(columns={"partner": "partners"}))
    assert "key column 'partner' is not in the table (did you mean 'partners'?)" in message
    assert "it has state, partners, year, x" in message
    assert "as_panel(data, state=..., partner=..., year=...)" in message
    assert "key column 'yr'" in refused_keys(table(x=[0.1]), year="yr")
    assert "no columns" in refused_keys(pd.DataFrame())


@pytest.mark.parametrize("key", ["state", "partner", "year"])
def test_an_empty_key(key):
    data = table(x=[0.1, 0.2, 0.3])
    data[key] = data[key].astype(object).where([True, False, True], None)
    message = refused_keys(data)
    assert f"key {key!r} is empty in row 2 (counted from 1)" in message
    assert "every row needs state, partner and year" in message
    raw = data.set_index(["state", "partner", "year"])
    assert f"key {key!r} is empty in row 2" in refused(raw)


def test_a_state_that_is_its_own_partner():
    data = table(x=[0.1, 0.2]).assign(partner=["ARM", "RUS"])
    message = refused_keys(data)
    assert "a state cannot be its own partner: ARM–ARM 2010" in message
    assert "remove these rows" in message
    assert "own partner" in refused(data.set_index(["state", "partner", "year"]))


@pytest.mark.parametrize(
    ("year", "shown"),
    [
        (2013.5, "2013.5"),
        ("2013.5", "'2013.5'"),
        (1e300, "1e+300"),
        (10**30, "1" + "0" * 30),
        ("2013-14", "'2013-14'"),
        (True, "True"),
        (pd.Timestamp("2013-12-31"), "Timestamp('2013-12-31 00:00:00')"),
        (inf, "inf"),
    ],
)
def test_a_year_that_is_not_a_whole_number(year, shown):
    message = refused_keys(table(x=[0.1]).assign(year=pd.Series([year], dtype=object)))
    assert "year must" in message
    assert f"got {shown}" in message


def test_years_as_text_are_taken_and_others_show_the_first_three():
    data = table(x=[0.1] * 5).assign(year=[str(year) for year in range(2010, 2015)])
    years = as_panel(data).index.get_level_values("year")
    assert years.tolist() == [2010, 2011, 2012, 2013, 2014]
    assert years.dtype == np.int64
    data = data.assign(year=[f"y{year}" for year in data["year"]])
    assert "'y2010'; 'y2011'; 'y2012'; and 2 more" in refused_keys(data)


def test_the_index_of_a_panel():
    message = refused(table(x=[0.1]))
    assert "a panel has the index (state, partner, year); got [None]" in message
    assert "set it with as_panel" in message
    turned = as_panel(table(x=[0.1])).swaplevel("state", "partner")
    assert "got ['partner', 'state', 'year']" in refused(turned)
    assert "got ['state', 'year']" in refused(table(x=[0.1]).set_index(["state", "year"]))
    assert "got ['state']" in refused(table(x=[0.1]).set_index("state"))


def test_labels_of_mixed_kinds():
    data = table(x=[0.1, 0.2]).assign(state=["ARM", 371])
    message = refused_keys(data)
    assert "labels of state must be of one kind" in message
    assert "371 (int)" in message
    assert "'ARM' (str)" in message


def test_keys_that_clash():
    data = table(x=[0.1]).assign(iso=["ARM"])
    message = refused_keys(data, state="iso")
    assert "a column 'state' besides 'iso'" in message
    assert "drop or rename one of them" in message
    message = refused_keys(data, state="iso", partner="iso")
    assert "need a column each; got 'iso', 'iso', 'year'" in message


# --- columns --------------------------------------------------------------------------------------


def test_a_column_that_the_panel_lacks_shows_the_closest():
    panel = as_panel(table(un_vote=[0.5], arms_tiv=[1.0]))
    message = refused(panel, load_spec("erkomaishvili2019"))
    assert "needs column 'arms_tiv_total' for indicator arms" in message
    assert "(did you mean 'arms_tiv'?)" in message
    assert "it has un_vote, arms_tiv" in message
    message = refused(panel, spec_of({"kind": "identity"}, ("un_votes",)))
    assert "spec 'test' needs column 'un_votes' for indicator ind" in message
    assert "(did you mean 'un_vote'?)" in message


def test_a_column_that_is_there_twice():
    panel = as_panel(table(x=[0.1]))
    assert "column 'x' more than once" in refused(pd.concat([panel, panel], axis=1))
    other = panel.assign(y=1.0)
    assert score(pd.concat([other, other[["y"]]], axis=1), IDENTITY).scores["score"].item() == 0.1


def test_text_in_a_numeric_column():
    data = table(x=[0.5, 0.2, 0.1, 0.4, 0.2])
    data["x"] = ["0.5", "n/a", "-", "..", "xxx"]
    message = refused(as_panel(data))
    assert "column 'x' must hold numbers for rule 'identity' of indicator 'ind'" in message
    assert "'n/a'; '-'; '..'; and 1 more" in message
    assert "pd.to_numeric" in message
    # Text that reads as numbers is refused as well: nothing is coerced without a word.
    data["x"] = ["0.5", "0.2", "0.1", "0.4", "0.2"]
    assert "'0.5'; '0.2'; '0.1'; and 2 more" in refused(as_panel(data))


def test_numbers_in_an_object_column():
    panel = as_panel(table(x=[0.5, 0.2]))
    panel["x"] = panel["x"].astype(object)
    message = refused(panel)
    assert "got object with 0.5; 0.2" in message
    assert "pd.to_numeric" in message


def test_dates_and_categories_of_numbers_are_not_numbers():
    panel = as_panel(table(x=[0.5, 0.2]))
    assert "got category with 0.5; 0.2" in refused(panel.astype({"x": "category"}))
    assert "datetime64" in refused(panel.assign(x=pd.Timestamp("2013-12-31")))


@pytest.mark.parametrize("dtype", ["float64", "Float64"])
@pytest.mark.parametrize("value", [inf, -inf])
def test_infinity(value, dtype):
    panel = as_panel(table(x=[value, 0.5, value, value, value]))
    panel["x"] = panel["x"].astype(dtype)
    message = refused(panel)
    assert "column 'x' must hold finite numbers; got ±inf at" in message
    assert "ARM–RUS 2010; ARM–RUS 2012; ARM–RUS 2013; and 1 more" in message
    assert "leave the cell empty (NaN)" in message


# --- values ---------------------------------------------------------------------------------------


def test_a_code_outside_0_and_1():
    message = refused(as_panel(table(x=[0.5, 1.2, -0.1, 3, 4])))
    assert "column 'x' of indicator 'ind': rule 'identity' takes values in [0, 1]; got" in message
    assert "ARM–RUS 2011: 1.2; ARM–RUS 2012: -0.1; ARM–RUS 2013: 3; and 1 more" in message
    assert 'Use rule = { kind = "minmax"' in message
    ends = as_panel(table(x=[0.0, 1.0]))
    assert score(ends, IDENTITY).scores["score"].tolist() == [0.0, 1.0]


def test_a_value_outside_the_bounds_of_minmax():
    spec = spec_of({"kind": "minmax", "lo": 10, "hi": 20})
    message = refused(as_panel(table(x=[9.5, 21.0, 15.0])), spec)
    assert (
        "rule 'minmax' takes values in [10, 20]; got ARM–RUS 2010: 9.5; ARM–RUS 2011: 21" in message
    )
    assert "clip = true" in message
    clipped = spec_of({"kind": "minmax", "lo": 10, "hi": 20, "clip": True})
    codes = score(as_panel(table(x=[9.5, 21.0, 15.0])), clipped).codes["ind"]
    assert codes.tolist() == [0.0, 1.0, 0.5]


def test_a_sum_outside_the_bounds():
    window = {"kind": "trailing_sum", "years": 2}
    spec = spec_of({"kind": "minmax", "lo": 2, "hi": 10}, window=window)
    # 2010 is a partial sum: it may still be 2 and more. 2011: 0 + 1 is not.
    message = refused(as_panel(table(x=[0.0, 1.0, 5.0])), spec)
    assert "got ARM–RUS 2011: 1." in message
    # A partial sum of 11 is too great already.
    assert "got ARM–RUS 2010: 11." in refused(as_panel(table(x=[11.0])), spec)
    assert score(as_panel(table(x=[1.0, 1.0, 9.0])), spec).codes["ind"].tolist()[1:] == [0.0, 1.0]
    message = refused(as_panel(table(x=[0.6, 0.6])), spec_of({"kind": "identity"}, window=window))
    assert "got ARM–RUS 2011: 1.2" in message


SHARE = ("part", "whole")


def test_a_share_above_1_is_noise_within_the_tolerance_and_an_error_beyond():
    panel = as_panel(table(part=[145.0, 1.0], whole=[144.0, 4.0]))
    spec = spec_of({"kind": "share", "tolerance": 1.0}, SHARE)
    assert score(panel, spec).codes["ind"].tolist() == [1.0, 0.25]
    message = refused(panel, spec_of({"kind": "share", "tolerance": 0.5}, SHARE))
    assert "indicator 'ind': a share cannot exceed 1, and 'part' exceeds 'whole'" in message
    assert "by more than the tolerance of 0.5 for rounding, by ARM–RUS 2010: 1." in message
    assert "state a larger tolerance in the spec" in message
    assert "tolerance of 0 for" in refused(panel, spec_of({"kind": "share"}, SHARE))
    # Year by year: that the sum of the window is in order does not mend a year that is not.
    window = {"kind": "trailing_sum", "years": 2}
    assert "exceeds 'whole'" in refused(panel, spec_of({"kind": "share"}, SHARE, window))


def test_rounding_of_floating_point_sums_is_noise():
    # 0.1 + 0.2 of 0.3 is a share of 1, though the sum exceeds 0.3 by 6e-17.
    panel = as_panel(table(part=[0.1 + 0.2, 0.0], whole=[0.3, 1.0], x=[1 + 2e-16, -1e-17]))
    assert score(panel, spec_of({"kind": "share"}, SHARE)).codes["ind"].tolist() == [1.0, 0.0]
    assert score(panel, IDENTITY).codes["ind"].tolist() == [1.0, 0.0]
    # From a billionth on it is an error.
    assert "takes values in [0, 1]" in refused(as_panel(table(x=[1 + 2e-9])))
    assert "takes values in [0, 1]" in refused(as_panel(table(x=[-2e-9])))
    message = refused(
        as_panel(table(part=[3 + 6e-9], whole=[3.0])), spec_of({"kind": "share"}, SHARE)
    )
    assert "exceeds 'whole'" in message


def test_the_default_spec_tolerates_the_rounding_of_its_source():
    # SIPRI prints whole millions: 145 from Russia of 144 in all is rounding, 146 of 144 is not.
    arms = load_spec("erkomaishvili2019-v1").indicators[0]
    spec = spec_of(arms.rule.model_dump(), SHARE)
    assert score(as_panel(table(part=[145.0], whole=[144.0])), spec).codes["ind"].item() == 1.0
    message = refused(as_panel(table(part=[146.0], whole=[144.0])), spec)
    assert "ARM–RUS 2010: 2" in message


def test_negative_amounts():
    panel = as_panel(table(part=[-1.0, 1.0], whole=[4.0, 4.0]))
    message = refused(panel, spec_of({"kind": "share"}, SHARE))
    assert "column 'part' of indicator 'ind': amounts that make up a share must not be" in message
    assert "negative; got ARM–RUS 2010: -1" in message
    spec = spec_of(
        {"kind": "thresholds", "cuts": [1], "codes": [0, 1]}, ("part",),
        {"kind": "trailing_sum", "years": 3},
    )  # fmt: skip
    message = refused(panel, spec)
    assert "amounts that are summed over years must not be negative" in message
    # Unsummed, a threshold may lie below zero.
    plain = spec_of({"kind": "thresholds", "cuts": [0], "codes": [0, 1]}, ("part",))
    assert score(panel, plain).codes["ind"].tolist() == [0.0, 1.0]


def test_positions_outside_0_and_1():
    panel = as_panel(table(a=[0.5, 1.5], b=[1.0, 1.0]))
    message = refused(panel, spec_of({"kind": "distance"}, ("a", "b")))
    assert (
        "column 'a' of indicator 'ind': positions lie in [0, 1]; got ARM–RUS 2011: 1.5" in message
    )


def test_a_category_that_the_rule_does_not_know_shows_the_closest():
    spec = spec_of({"kind": "levels", "codes": {"none": 0, "facility": 0.5, "base": 1}})
    panel = as_panel(table(x=["none", "facilty", "base", "bases", "hub", "post"]))
    message = refused(panel, spec)
    assert (
        "column 'x' holds categories that rule 'levels' of indicator 'ind' does not know" in message
    )
    assert "'bases'; 'facilty'; 'hub'; and 1 more" in message
    assert "(did you mean 'facility'?)" in message
    assert "(ARM–RUS 2011; ARM–RUS 2013; ARM–RUS 2014; and 1 more)" in message
    assert "it knows none, facility, base" in message
    # A category that is declared and held by no row is no offender.
    declared = panel.assign(x=panel["x"].cat.add_categories(["annexed"]))
    assert "annexed" not in refused(declared, spec)
    assert "'0'" in refused(as_panel(table(x=[0.0])), spec)
    # Case counts: nothing is matched by guess.
    assert "(did you mean 'base'?)" in refused(as_panel(table(x=["Base"])), spec)


def test_an_unknown_spec_shows_the_closest():
    with pytest.raises(SpecError, match=r"did you mean 'erkomaishvili2019-kappa'\?"):
        score(as_panel(table(x=[0.1])), "erkomaishvili2019-kapa")


@pytest.mark.parametrize("panel", [[1], {"x": [1]}, None, pd.Series([1.0])])
def test_what_is_no_table(panel):
    for take in (as_panel, lambda data: score(data, "erkomaishvili2019")):
        with pytest.raises(PanelError, match=f"DataFrame .*; got {type(panel).__name__}: make"):
            take(panel)


@pytest.mark.parametrize("spec", [None, {"name": "x"}, 3])
def test_what_is_no_spec(spec):
    with pytest.raises(SpecError, match=f"expected a spec, .*; got {type(spec).__name__}: Index"):
        score(as_panel(table(x=[0.5])), spec)


def test_the_first_problem_is_about_what_comes_first():
    # A missing column is named before the values of those that are there.
    panel = as_panel(table(part=[-1.0]))
    assert "needs column 'whole'" in refused(panel, spec_of({"kind": "share"}, SHARE))


def test_panel_errors_are_of_the_one_base():
    with pytest.raises(AlignIndexError):
        score(as_panel(table(x=[7.0])), IDENTITY)
    with pytest.raises(ValueError, match="takes values"):
        score(as_panel(table(x=[7.0])), IDENTITY)


def test_no_warning_leaks_from_odd_but_right_input():
    # The test run turns every warning into an error; nothing but unknown, and nothing observed.
    panel = as_panel(table(part=[nan, 0.0, nan], whole=[nan, 0.0, 1.0], x=[nan] * 3))
    for aggregation in ("mean", "sum", "geometric", "min"):
        spec = spec_of({"kind": "share"}, SHARE).model_copy(update={"aggregation": aggregation})
        result = score(panel, spec)
        assert result.scores["score"].isna().all()
        assert result.scores["coverage"].tolist()[::2] == [0.0, 0.0]
        assert result.contributions.isna().all(axis=None)
