"""Panels: setting the index, and columns of every dtype that users bring."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from alignindex import as_panel, score
from alignindex.base.errors import PanelError
from alignindex.panel.index import dyad_years, key_problems
from alignindex.spec import IndexSpec

nan = np.nan


def table(**columns):
    n = len(next(iter(columns.values()))) if columns else 2
    return pd.DataFrame(
        {"state": ["ARM"] * n, "partner": ["RUS"] * n, "year": range(2013, 2013 + n)} | columns
    )


def spec_of(rule, columns=("x",)):
    return IndexSpec.from_dict(
        {
            "schema_version": 1, "name": "test", "fidelity": "illustrative",
            "missing": "renormalise",
            "indicators": [{"name": "x", "columns": columns, "rule": rule}],
        }
    )  # fmt: skip


IDENTITY = spec_of({"kind": "identity"})
LEVELS = spec_of({"kind": "levels", "codes": {"none": 0, "base": 1}})


def test_other_names_for_the_keys():
    data = pd.DataFrame({"from": ["B", "A"], "to": ["R", "R"], "t": [1, 2], "x": [0.5, nan]})
    before = data.copy()
    panel = as_panel(data, state="from", partner="to", year="t")
    assert panel.index.tolist() == [("A", "R", 2), ("B", "R", 1)]
    assert panel.index.names == ["state", "partner", "year"]
    assert panel.columns.tolist() == ["x"]
    pd.testing.assert_frame_equal(data, before)


def test_column_types():
    data = table(
        number=[1, 2], flag=[True, False], nullable=pd.array([1, None], dtype="Int64"),
        wide=pd.array([0.5, None], dtype="Float64"), text=["none", None],
        string=pd.array(["none", None], dtype="string"),
        yes=pd.array([True, None], dtype="boolean"), small=np.array([1, 2], dtype="float32"),
    )  # fmt: skip
    panel = as_panel(data)
    for name in ("number", "flag", "nullable", "wide", "yes", "small"):
        assert panel[name].dtype == np.float64, name
    for name in ("text", "string"):
        assert panel[name].dtype == "category", name
        assert panel[name].isna().tolist() == [False, True]
    assert panel["nullable"].isna().tolist() == [False, True]
    assert panel["yes"].iloc[0] == 1.0
    blank = as_panel(table(gone=[None, None], never=[nan, nan]))
    assert blank.isna().all(axis=None)
    assert (blank.dtypes == np.float64).all()


@pytest.mark.parametrize(
    "dtype", ["float64", "float32", "int64", "int8", "bool", "boolean", "Int64", "Float64"]
)
def test_numeric_dtypes_that_score_takes_as_they_are(dtype):
    panel = as_panel(table(x=[0.0, 1.0]))
    panel["x"] = panel["x"].astype(dtype)
    assert score(panel, IDENTITY).scores["score"].tolist() == [0.0, 1.0]


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "boolean"])
def test_missing_values_of_nullable_dtypes_are_unknown(dtype):
    panel = as_panel(table(x=[0.0, 1.0]))
    panel["x"] = pd.array([None, 1], dtype=dtype)
    row = score(panel, IDENTITY).scores.iloc[0]
    assert np.isnan(row["score"])
    assert (row["low"], row["high"]) == (0.0, 1.0)


@pytest.mark.parametrize("dtype", ["object", "string", "category"])
def test_text_dtypes_under_levels(dtype):
    panel = as_panel(table(x=["none", "base", "none"]))
    panel["x"] = pd.Series(["none", None, "base"], index=panel.index, dtype=dtype)
    scores = score(panel, LEVELS).scores
    np.testing.assert_array_equal(scores["score"], [0.0, nan, 1.0])


def test_declared_categories_that_no_row_holds():
    panel = as_panel(table(x=["none", "base"]))
    panel["x"] = panel["x"].cat.add_categories(["annexed"])
    assert score(panel, LEVELS).scores["score"].tolist() == [0.0, 1.0]


def test_numbers_as_categories_are_named_by_their_text():
    spec = spec_of({"kind": "levels", "codes": {"0": 0.25, "3": 0.75}})
    panel = as_panel(table(x=[0, 3]))
    panel["x"] = panel["x"].astype(int)
    assert score(panel, spec).scores["score"].tolist() == [0.25, 0.75]


@pytest.mark.parametrize(
    "unknown",
    [
        pd.Series([None, None], dtype=object),
        pd.Series([nan, nan], dtype="category"),
        pd.Series([None, None], dtype="string"),
    ],
)
def test_a_column_that_is_wholly_unknown_may_have_any_dtype(unknown):
    panel = as_panel(table(y=[1.0, 1.0]))
    panel["x"] = unknown.to_numpy() if unknown.dtype == object else unknown.array
    for spec in (IDENTITY, LEVELS, spec_of({"kind": "distance"}, ("x", "y"))):
        assert score(panel, spec).scores["score"].isna().all()


@pytest.mark.parametrize("rule", [IDENTITY, LEVELS], ids=["identity", "levels"])
@pytest.mark.parametrize(
    "empty",
    [
        as_panel(pd.DataFrame(columns=["state", "partner", "year", "x"])),
        as_panel(table(x=[0.5])).iloc[:0],
        as_panel(table(x=["none"])).iloc[:0],
    ],
    ids=["header only", "no number left", "no category left"],
)
def test_an_empty_panel_gives_an_empty_result(rule, empty):
    result = score(empty, rule)
    assert len(result.scores) == 0
    assert result.scores.dtypes.astype(str).to_dict() == {
        "score": "float64", "low": "float64", "high": "float64", "coverage": "float64",
        "carried": "float64", "n_indicators": "int64",
    }  # fmt: skip
    assert result.scores.index.names == ["state", "partner", "year"]
    assert result.codes.columns.tolist() == result.contributions.columns.tolist() == ["x"]
    assert (result.codes.dtypes == "float64").all()
    assert (result.applies.dtypes == "bool").all()
    assert len(result.reference) == 0
    assert result.latest_complete_year() is None
    assert result.provenance["panel"]["rows"] == 0
    assert result.provenance["panel"]["years"] == []
    for codes in ("iso3", "cow"):
        frame = result.to_frame(codes=codes)
        assert len(frame) == 0
        assert list(frame.columns)[3:] == [*result.scores.columns, "code_x", "fidelity"]


def test_whole_years_as_floats_or_nullable_integers():
    for years in ([2013.0, 2014.0], pd.array([2013, 2014], dtype="Int64")):
        panel = as_panel(table(x=[0.1, 0.2]).assign(year=years))
        assert panel.index.get_level_values("year").tolist() == [2013, 2014]
        assert pd.api.types.is_integer_dtype(panel.index.levels[2])
        scores = score(panel, IDENTITY).scores
        assert scores.loc[("ARM", "RUS", 2014), "score"] == 0.2


def test_labels_of_rows_that_were_taken_out_do_not_matter():
    for odd in ("total", 2015.5, None):
        data = table(x=[0.1, 0.2, 0.3])
        data["year"] = pd.Series([2013, 2014, odd], dtype=object)
        part = data.set_index(["state", "partner", "year"]).iloc[:2]
        assert score(part, IDENTITY).scores["score"].tolist() == [0.1, 0.2]


def test_numeric_actor_codes():
    data = pd.DataFrame({"state": [371, 20], "partner": [365, 365], "year": 2013, "x": [0.5, 0.1]})
    scores = score(as_panel(data), IDENTITY).scores
    assert scores.index.tolist() == [(20, 365, 2013), (371, 365, 2013)]
    assert scores["score"].tolist() == [0.1, 0.5]


def test_categorical_keys_give_the_same_scores():
    data = pd.DataFrame(
        {
            "state": ["B", "A", "A"],
            "partner": ["R", "S", "R"],
            "year": [1, 2, 3],
            "x": [0.1, 0.2, 0.3],
        }
    )
    plain = score(as_panel(data), IDENTITY).scores
    data["state"] = pd.Categorical(data["state"], categories=["B", "A", "R"])
    data["partner"] = pd.Categorical(data["partner"], categories=["S", "R"])
    scores = score(as_panel(data), IDENTITY).scores
    for key, row in plain.iterrows():
        assert scores.loc[key, "score"] == row["score"]


def test_a_sorted_panel_is_not_copied():
    panel = as_panel(table(x=[0.1, 0.2]))
    assert dyad_years(panel)[0] is panel
    turned = panel.iloc[::-1]
    same, rows = dyad_years(turned)
    assert same.index.tolist() == panel.index.tolist()
    assert np.diff(rows.key).tolist() == [1]


def test_keys_keep_dyads_apart():
    data = pd.DataFrame(
        [(s, p, y) for s in "ABC" for p in "XYZ" for y in (1, 2000, 4000)],
        columns=["state", "partner", "year"],
    )
    _, rows = dyad_years(as_panel(data))
    steps = np.diff(rows.key)
    assert (steps > 0).all()
    assert (steps[[2, 5, 8]] > 1000).all()  # from one dyad to the next: beyond any window


def test_key_problems_names_all_of_them_at_once():
    data = pd.DataFrame(
        {"state": ["A", "B", "B", None], "partner": ["A", "C", "C", "C"], "year": [1, 2, 2, 2.5]}
    )
    problems = key_problems(data.set_index(["state", "partner", "year"]))
    assert len(problems) == 4
    assert "key 'state' is empty in row 4" in problems[0]
    assert "whole number, such as 2013; got 2.5" in problems[1]
    assert "own partner: A–A 1" in problems[2]
    assert "must be unique; there again: B–C 2" in problems[3]
    assert key_problems(as_panel(table(x=[1.0]))) == []


def test_years_that_cannot_be_years():
    with pytest.raises(PanelError, match=r"between 1 and 9999.*20130101"):
        as_panel(table(x=[1.0, 1.0]).assign(year=[2013, 20130101]))
    with pytest.raises(PanelError, match="more than 4096 years apart"):
        as_panel(table(x=[1.0, 1.0]).assign(year=[2013, 9000]))
