"""Odd and hostile panels: the right value, or one clear error."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest

import alignindex as ai

nan = np.nan


def table(**columns: Any) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    keys = {"state": ["ARM"] * n, "partner": ["RUS"] * n, "year": range(2010, 2010 + n)}
    return pd.DataFrame(keys | columns)


def spec(*indicators: dict[str, Any], **more: Any) -> ai.IndexSpec:
    return ai.IndexSpec.from_dict(
        {
            "schema_version": 1,
            "name": "test",
            "fidelity": "illustrative",
            "missing": "renormalise",
            "indicators": list(indicators),
        }
        | more
    )


def one(kind: str, *columns: str, name: str = "a", **rule: Any) -> dict[str, Any]:
    return {"name": name, "columns": list(columns) or ["x"], "rule": {"kind": kind} | rule}


IDENTITY = spec(one("identity"))
BALANCE = spec(one("balance", "visits", "visits@CHN"), poles=["USA", "CHN"])


def scores(data: pd.DataFrame, index: ai.IndexSpec = IDENTITY) -> list[float]:
    return ai.score(ai.as_panel(data), index).scores["score"].tolist()


def refused(data: Any, *parts: str, index: ai.IndexSpec = IDENTITY, **options: Any) -> None:
    with pytest.raises(ai.PanelError) as error:
        ai.score(ai.as_panel(data, **options), index)
    for part in parts:
        assert part in str(error.value)
    assert len(str(error.value)) < 2000


# --- keys ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("years", [["2013", "2014"], ["2013.0", " 2014 "], [2013.0, 2014.0]])
@pytest.mark.parametrize("dtype", [object, "string"])
def test_whole_years_are_taken_whatever_their_type(years: list[Any], dtype: Any) -> None:
    if dtype == "string" and not isinstance(years[0], str):
        pytest.skip("numbers")
    data = table(x=[0.25, 0.5]).assign(year=pd.Series(years, dtype=dtype))
    panel = ai.as_panel(data)
    assert panel.index.get_level_values("year").tolist() == [2013, 2014]
    direct = data.set_index(["state", "partner", "year"])
    assert ai.score(direct, IDENTITY).scores.index.get_level_values("year").dtype == np.int64
    assert ai.score(direct, IDENTITY).scores["score"].tolist() == [0.25, 0.5]


def test_years_as_text_and_as_numbers_are_one_year() -> None:
    data = table(x=[0.25, 0.5]).assign(year=pd.Series(["2013", 2013], dtype=object))
    refused(data, "must be unique", "2013")


@pytest.mark.parametrize(
    ("year", "part"),
    [
        (1e300, "1e+300"),
        (10**30, "1000000"),
        (-(10**30), "-1000000"),
        (2**63 - 1, "9223372036854775807"),
        (0, "got 0"),
        ("12345", "'12345'"),
        ("²⁰¹³", "'²⁰¹³'"),
        ("9" * 5000, "9999"),
        (complex(2013), "2013"),
        (b"2013", "2013"),
        (np.datetime64("2013"), "2013"),
    ],
)
def test_other_years_are_one_error(year: Any, part: str) -> None:
    data = table(x=[0.5]).assign(year=pd.Series([year], dtype=object))
    refused(data, "year must", part)


def test_float16_years_are_refused() -> None:
    refused(table(x=[0.5]).assign(year=np.array([2013], dtype=np.float16)), "float16", "int64")


@pytest.mark.parametrize("key", ["state", "partner"])
@pytest.mark.parametrize("label", [["ARM"], {"a": 1}, {1}])
def test_unhashable_labels(key: str, label: Any) -> None:
    data = table(x=[0.5])
    data[key] = pd.Series([label], dtype=object)
    refused(data, type(label).__name__, "text")


def test_categorical_keys_sort_by_label() -> None:
    data = pd.DataFrame(
        {"state": list("CABC"), "partner": list("XXXY"), "year": 2010, "x": [0.1, 0.2, 0.3, 0.4]}
    )
    plain = ai.score(ai.as_panel(data), IDENTITY)
    order = pd.CategoricalDtype(["C", "B", "A", "unused"], ordered=True)
    odd = data.assign(state=data["state"].astype(order), partner=data["partner"].astype("category"))
    for panel in (ai.as_panel(odd), odd.set_index(["state", "partner", "year"])):
        result = ai.score(panel, IDENTITY)
        assert result.scores.index.get_level_values("state").tolist() == list("ABCC")
        assert result.scores["score"].tolist() == [0.2, 0.3, 0.1, 0.4]
        assert result.provenance == plain.provenance


def test_labels_of_a_million_characters_are_shortened() -> None:
    long = "x" * 1_000_000
    refused(table(x=[2.0]).assign(state=long), "takes values", "xxx")
    refused(table(x=[0.5, 0.5]).assign(state=long, year=2010), "must be unique")
    refused(table(x=[0.5]).assign(state=long, partner=long), "own partner")
    refused(table(**{long: [0.5]}), "needs column 'x'")
    result = ai.score(ai.as_panel(table(x=[0.5])), IDENTITY)
    with pytest.raises(ai.PanelError) as error:
        result.explain(long, "RUS", 2010)
    assert len(str(error.value)) < 1000


# --- columns -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["x", "state", "year"])
def test_a_column_name_that_is_there_twice(name: str) -> None:
    data = table(x=[0.5])
    refused(pd.concat([data, data[[name]]], axis=1), "unique", repr(name))


def test_column_names_of_two_levels() -> None:
    data = table(x=[0.5])
    data.columns = pd.MultiIndex.from_product([["a"], data.columns])
    refused(data, "one level")


def test_complex_numbers() -> None:
    refused(table(x=[0.5 + 1j]), "complex", "'x'")
    panel = ai.as_panel(table(x=[0.5])).astype(complex)
    with pytest.raises(ai.PanelError, match="complex"):
        ai.score(panel, IDENTITY)


@pytest.mark.parametrize("value", [1e308, -1e308])
@pytest.mark.parametrize(
    "index",
    [
        spec(one("balance", "x", "y")),
        spec(one("minmax", lo=0, hi=1, clip=True)),
        spec(one("thresholds", cuts=[1], codes=[0, 1]) | {
            "window": {"kind": "trailing_sum", "years": 3}
        }),
    ],
)  # fmt: skip
def test_numbers_that_would_overflow_are_refused(value: float, index: ai.IndexSpec) -> None:
    refused(table(x=[value] * 3, y=[value] * 3), "'x'", "up to", index=index)


@pytest.mark.parametrize(
    "dtype", ["Int64", "Float64", "boolean", "bool", "float32", "int8", "uint8", "object"]
)
def test_a_dtype_changes_neither_score_nor_digest(dtype: str) -> None:
    plain = ai.score(ai.as_panel(table(x=[0.0, 1.0])), IDENTITY)
    column = pd.Series([0, 1]).astype(dtype if dtype != "object" else "Int64")
    raw = table(x=column).set_index(["state", "partner", "year"])
    for panel in (ai.as_panel(table(x=column)), raw):
        result = ai.score(panel, IDENTITY)
        assert result.scores["score"].tolist() == [0.0, 1.0]
        assert result.provenance["panel"]["digest"] == plain.provenance["panel"]["digest"]


@pytest.mark.parametrize("dtype", ["bool", "int64", "double"])
def test_columns_of_arrow(dtype: str) -> None:
    pytest.importorskip("pyarrow")
    column = pd.Series([False, True, None]).astype(f"{dtype}[pyarrow]")
    result = ai.score(ai.as_panel(table(x=column)), IDENTITY)
    np.testing.assert_array_equal(result.scores["score"], [0.0, 1.0, nan])
    plain = ai.score(ai.as_panel(table(x=[0.0, 1.0, nan])), IDENTITY)
    assert result.provenance == plain.provenance


@pytest.mark.parametrize("dtype", ["Int64", "int32", "uint16", "float64"])
def test_numeric_labels_have_one_digest(dtype: str) -> None:
    data = table(x=[0.25, 0.5]).assign(state=371, partner=365)
    plain = ai.score(ai.as_panel(data), IDENTITY).provenance
    if dtype == "float64":
        data = data.astype({"year": dtype})
    else:
        data = data.astype({"state": dtype, "partner": dtype, "year": dtype})
    assert ai.score(ai.as_panel(data), IDENTITY).provenance == plain


@pytest.mark.parametrize(
    ("values", "dtype"),
    [([0, 1, None], "Int64"), ([False, True, None], "boolean"), ([0.0, 1.0, nan], "float64")],
)
def test_zero_and_one_match_levels(values: list[Any], dtype: str) -> None:
    index = spec(one("levels", codes={"0": 0.25, "1": 0.75}))
    data = table(x=pd.Series(values, dtype=dtype))
    np.testing.assert_array_equal(scores(data, index), [0.25, 0.75, nan])
    raw = data.set_index(["state", "partner", "year"])
    np.testing.assert_array_equal(ai.score(raw, index).scores["score"], [0.25, 0.75, nan])


def test_text_at_two_poles() -> None:
    index = spec(
        one("levels", "pact", name="a", codes={"none": 0, "pact": 1}),
        one("levels", "pact@CHN", name="b", codes={"none": 0, "pact": 1}) | {"reverse": True},
        poles=["USA", "CHN"],
    )
    data = pd.DataFrame(
        {
            "state": ["LAO", "LAO", "THA", "VNM"],
            "partner": ["USA", "CHN", "USA", "CHN"],
            "year": 2020,
            "pact": ["none", "pact", "pact", "none"],
        }
    )
    result = ai.score(ai.as_panel(data), index)
    codes = result.codes.droplevel(["partner", "year"])
    np.testing.assert_array_equal(codes.loc["LAO"], [0.0, 0.0])
    np.testing.assert_array_equal(codes.loc["THA"], [1.0, nan])
    np.testing.assert_array_equal(codes.loc["VNM"], [nan, 1.0])


# --- values --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "given"),
    [([0.5, -9.0], [-9]), ([0.5, -99.0, -9.0], [-9, -99]), ([0.5, 999.0], [999])],
)
def test_sentinels_are_an_error_until_they_are_declared(
    values: list[float], given: list[float]
) -> None:
    refused(table(x=values), "sentinels=", "'x'", f"{given[0]}")
    for dtype in ("float64", "Float64", "int64"):
        if dtype == "int64":
            values = [0.0 if value == 0.5 else value for value in values]
        data = table(x=pd.Series(values).astype(dtype))
        panel = ai.as_panel(data, sentinels=given)
        assert panel["x"].tolist()[:1] == values[:1]
        assert panel["x"].isna().tolist() == [False, *[True] * (len(values) - 1)]
        assert ai.as_panel(data, sentinels=[])["x"].tolist() == values


@pytest.mark.parametrize("values", [[-9.0, -5.0], [999.0, 1000.0], [-9.5, 1.0], [998.0, 1.0]])
def test_other_numbers_are_values(values: list[float]) -> None:
    assert ai.as_panel(table(x=values))["x"].tolist() == values


@pytest.mark.parametrize("given", ["-9", ["-9"], 5j, [None]])
def test_sentinels_that_are_not_numbers(given: Any) -> None:
    refused(table(x=[0.5]), "sentinels takes numbers", sentinels=given)


def test_a_value_that_misses_a_bound_is_not_printed_as_the_bound() -> None:
    refused(table(x=[1.000001]), "got ARM–RUS 2010: 1.000001")
    refused(table(x=[1.0000001]), "1.0000001.")


def test_percentages_get_advice_that_works() -> None:
    refused(table(x=[45.0, 100.0]), "divide them by 100", 'kind = "minmax", lo = 0, hi = 100')
    with pytest.raises(ai.PanelError) as error:
        ai.score(ai.as_panel(table(x=[45.0])), IDENTITY)
    assert "clip" not in str(error.value)
    index = spec(one("minmax", lo=0, hi=100))
    assert scores(table(x=[45.0, 100.0]), index) == [0.45, 1.0]
    assert scores(table(x=[0.45, 1.0])) == [0.45, 1.0]


# --- independence and later changes --------------------------------------------------------------


def poles_panel() -> pd.DataFrame:
    return ai.as_panel(
        pd.DataFrame(
            {
                "state": ["LAO", "LAO", "THA", "VNM"],
                "partner": ["USA", "CHN", "USA", "CHN"],
                "year": 2020,
                "visits": [1.0, 4.0, 2.0, 3.0],
            }
        )
    )


@pytest.mark.parametrize("states", [["THA"], ["VNM"], ["THA", "VNM"], ["LAO"], ["LAO", "THA"]])
def test_a_subset_scores_as_the_whole_between_two_poles(states: list[str]) -> None:
    whole = ai.score(poles_panel(), BALANCE)
    part = ai.score(poles_panel().loc[states], BALANCE)
    for name in ("scores", "codes", "applies"):
        expected = getattr(whole, name).loc[states]
        pd.testing.assert_frame_equal(getattr(part, name), expected, check_exact=True)


def test_a_panel_without_either_pole_is_an_error() -> None:
    panel = poles_panel().rename(index={"USA": "US", "CHN": "PRC"}, level="partner")
    with pytest.raises(ai.PanelError, match=r"'USA'.*'CHN'"):
        ai.score(panel, BALANCE)


def test_later_changes_of_the_panel_do_not_reach_the_result() -> None:
    panel = ai.as_panel(table(x=[0.25, 0.5], y=["a", "b"]))
    fresh = ai.score(ai.as_panel(table(x=[0.25, 0.5], y=["a", "b"])), IDENTITY)
    result = ai.score(panel, IDENTITY)
    panel.loc[:, "x"] = 0.75
    panel["x"] *= 0.5
    panel.index.names = ["from", "to", "when"]
    assert result.panel["x"].tolist() == [0.25, 0.5]
    total = result.contributions.sum(axis=1) + result.reference
    assert total.tolist() == result.scores["score"].tolist() == [0.25, 0.5]
    assert result.provenance == fresh.provenance
    assert result.explain("ARM", "RUS", 2011) == fresh.explain("ARM", "RUS", 2011)


def test_values_of_an_array_that_the_caller_keeps() -> None:
    values = np.array([[0.25], [0.5]])
    index = ai.as_panel(table(x=[0.0, 0.0])).index
    result = ai.score(pd.DataFrame(values, index=index, columns=["x"]), IDENTITY)
    values[:] = 0.75
    assert result.contributions["a"].tolist() == [0.25, 0.5]


# --- errors that travel --------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in ai.__all__ if n.endswith("Error")])
def test_errors_travel_between_processes(name: str) -> None:
    kind = getattr(ai, name)
    error = kind("writing", "io") if name == "ExtraError" else kind("a message")
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is kind
    assert str(back) == str(error)
