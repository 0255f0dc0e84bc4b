"""The report page: its numbers, its words, and how it is written."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from alignindex import report, robustness
from alignindex.base.errors import ExtraError, OutputError, PanelError
from alignindex.cli import main
from alignindex.cli import progress as _progress
from alignindex.data import dataset_info, load_panel
from alignindex.panel.convert import as_panel
from alignindex.report.pack import dumps, pack, unpack
from alignindex.report.payload import YEAR_SIGN
from alignindex.scoring.evidence import source_rows
from alignindex.scoring.result import AlignmentResult, score
from alignindex.spec import FIDELITY, IndexSpec, load_spec

pytest.importorskip("jinja2", reason="needs jinja2 (extra report)")

EVIL = '</script><img src=x onerror="alert(1)">&amp;'


def data_of(page: str) -> dict[str, Any]:
    """The JSON inside a page."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return dict(json.loads(found[1]))


def spec_of(**changes: Any) -> IndexSpec:
    base: dict[str, Any] = {
        "schema_version": 1,
        "name": "mine",
        "fidelity": "illustrative",
        "missing": "renormalise",
        "indicators": [
            {"name": name, "columns": [name], "rule": {"kind": "identity"}} for name in ("a", "b")
        ],
    }
    return IndexSpec.model_validate({**base, **changes})


def small(columns: dict[str, list[float]] | None = None) -> pd.DataFrame:
    """Two actors that no list knows, three years, a gap."""
    keys = {"state": ["X", "X", "X", "Y"], "partner": ["P", "P", "Q", "P"], "year": [1, 3, 3, 3]}
    return as_panel(
        pd.DataFrame(
            {**keys, **(columns or {"a": [0.1, 0.2, np.nan, 1e-5], "b": [1, 0, 1, np.nan]})}
        )
    )


@pytest.fixture(scope="module")
def result() -> AlignmentResult:
    return score(load_panel("post_soviet"), "erkomaishvili2019")


@pytest.fixture(scope="module")
def page(result: AlignmentResult) -> str:
    text = report.html(result, draws=50, rng=3)
    assert isinstance(text, str)
    return text


@pytest.fixture(scope="module")
def data(page: str) -> dict[str, Any]:
    return data_of(page)


# --- numbers -------------------------------------------------------------------------------------


@given(st.lists(st.floats(allow_infinity=False) | st.sampled_from([0.0, -0.0, 0.5])))
def test_packed_numbers_come_back_to_the_bit(values: list[float]) -> None:
    column = np.array(values, dtype=np.float64)
    back = unpack(json.loads(dumps(pack(column))))
    assert_array_equal(back, column)
    assert_array_equal(np.signbit(back), np.signbit(np.where(np.isnan(column), np.nan, column)))


def test_every_number_of_the_result_is_in_the_page(
    result: AlignmentResult, data: dict[str, Any]
) -> None:
    index = result.scores.index
    for name in ("state", "partner", "year"):
        labels = np.array(data["labels"][name], dtype=object)
        assert_array_equal(
            labels[unpack(data["rows"][name]).astype(int)], index.get_level_values(name)
        )
    for name in result.scores.columns:
        assert_array_equal(unpack(data["scores"][name]), result.scores[name])
    for j, name in enumerate(result.codes.columns):
        assert_array_equal(unpack(data["codes"][j]), result.codes[name])
        assert_array_equal(unpack(data["parts"][j]), result.contributions[name])
        assert_array_equal(~np.isnan(unpack(data["code_low"][j])), result.applies[name])
    assert_array_equal(unpack(data["reference"]), result.reference)
    for name, packed in data["raw"].items():
        column = result.panel[name]
        if "c" in packed:
            words = np.array(packed["c"], dtype=object)[unpack({**packed}).astype(int)]
            assert [w for w in words if w] == column.dropna().astype(str).tolist()
            assert_array_equal(pd.isna(words), column.isna())
        else:
            assert_array_equal(unpack(packed), column)


def test_bounds_of_unknown_codes_are_those_of_the_explanation(
    result: AlignmentResult, data: dict[str, Any]
) -> None:
    low = [unpack(column) for column in data["code_low"]]
    high = [unpack(column) for column in data["code_high"]]
    unknown = result.applies.to_numpy() & result.codes.isna().to_numpy()
    for row, j in np.argwhere(unknown)[::400]:
        key = result.scores.index[row]
        told = f"unknown, between {low[j][row]:.3g} and {high[j][row]:.3g}"
        assert told in result.explain(*key)


def test_carried_codes_and_their_years_are_those_of_the_explanation(
    result: AlignmentResult, data: dict[str, Any]
) -> None:
    found = [{key: unpack(c) for key, c in packed.items()} for packed in data["carried"]]
    for name, cells in zip(result.carried, found, strict=True):
        ages = result.carried[name].to_numpy()
        assert_array_equal(cells["row"], np.flatnonzero(ages > 0))
        assert_array_equal(cells["age"], ages[ages > 0])
    # Votes of 2025 are not whole: the code is that of 2024.
    row = result.scores.index.get_loc(("ARM", "RUS", 2025))
    votes = found[list(result.codes).index("un_votes")]
    (place,) = np.flatnonzero(votes["row"] == row)
    code = votes["code"][place]
    assert votes["age"][place] == 1
    assert code == result.panel.loc[("ARM", "RUS", 2024), "un_percentile"]
    assert f"{code:.3f}, carried from 2024" in result.explain("ARM", "RUS", 2025)


def test_a_spec_that_carries_nothing_has_no_carried_codes() -> None:
    found = data_of(str(report.html(score(small(), spec_of()), draws=0)))
    assert found["carried"] is None


def test_intervals_and_ranks_are_those_of_the_draws(
    result: AlignmentResult, data: dict[str, Any]
) -> None:
    sure = robustness.uncertainty(result, draws=50, rng=3)
    found = data["interval"]
    assert found["span"] == "5–95 %"
    assert_array_equal(unpack(found["lo"]), sure.scores["q05"])
    assert_array_equal(unpack(found["hi"]), sure.scores["q95"])
    assert_array_equal(unpack(found["rank_nominal"]), sure.ranks["nominal"])
    assert_array_equal(unpack(found["rank_lo"]), sure.ranks["q05"])
    assert_array_equal(unpack(found["rank_hi"]), sure.ranks["q95"])


def test_draws_of_ones_own_take_their_outer_quantiles(result: AlignmentResult) -> None:
    sure = robustness.uncertainty(result, draws=40, rng=1, quantiles=(0.5, 0.975, 0.025))
    text = report.html(result, uncertainty=sure, varied="weights alone")
    found = data_of(text)["interval"]
    assert found["span"] == "2.5–97.5 %"
    assert_array_equal(unpack(found["lo"]), sure.scores["q02.5"])
    assert "40 draws: weights alone" in text


def test_source_rows_are_those_of_the_library(
    result: AlignmentResult, data: dict[str, Any]
) -> None:
    sources = data["sources"]
    of = [unpack(packed).astype(int) for packed in sources["of"]]
    for row in range(0, len(result.scores), 97):
        state, partner, year = result.scores.index[row]
        for j, indicator in enumerate(result.spec.indicators):
            lines = [sources["lines"][n] for n in sources["sets"][of[j][row]]]
            told = [line.replace(YEAR_SIGN, str(year), 1) for line in lines]
            columns = indicator.columns
            assert told == source_rows(indicator.dataset, state, partner, [year], columns)


def test_reasons_for_what_does_not_apply_are_those_of_the_explanation(
    result: AlignmentResult, data: dict[str, Any]
) -> None:
    seen = set()
    for j, packed in enumerate(data["why"]["of"]):
        places = unpack(packed).astype(int)
        assert_array_equal(places == 0, result.applies.iloc[:, j])
        for place in np.unique(places[places > 0]):
            row = int(np.flatnonzero(places == place)[0])
            text = data["why"]["texts"][place]
            told = " ".join(result.explain(*result.scores.index[row]).split())
            assert f"does not apply: {text}" in told
            seen.add(text)
    assert len(seen) >= 2


def test_robustness_shows_importance_and_what_leaving_out_changes(
    result: AlignmentResult, page: str
) -> None:
    table = robustness.importance(result)
    changes = robustness.leave_one_out(result)[["score_change", "rank_change"]].abs()
    mean = changes.groupby("dropped").mean()
    rows = re.findall(r'<tr><th scope="row">([^<]+)</th>(.*?)</tr>', page, re.DOTALL)
    cells = {unescape(name): re.findall(r'<td class="num">([^<]*)</td>', row) for name, row in rows}
    for indicator in result.spec.indicators:
        shown = cells[indicator.title]
        for place, name in ((1, "ratio"), (2, "noise"), (3, "share")):
            assert shown[place] == f"{table.loc[indicator.name, name]:.3f}"
        assert shown[4] == f"{table.loc[indicator.name, 'n']:,}"
        assert shown[5] == f"{mean.loc[indicator.name, 'score_change']:.3f}"
        assert shown[6] == f"{mean.loc[indicator.name, 'rank_change']:.2f}"


# --- words ---------------------------------------------------------------------------------------


def test_fidelity_provenance_and_citations_are_told(result: AlignmentResult, page: str) -> None:
    assert "<strong>RECONSTRUCTED</strong>" in page
    assert FIDELITY["reconstructed"] in page
    assert "1,000 draws" not in page
    assert "50 draws, seed 3: weights from a Dirichlet" in page
    facts = result.provenance
    assert facts["spec"]["digest"] in page
    assert facts["panel"]["digest"] in page
    assert all(entry["sha256"] in page for entry in facts["datasets"].values())
    plain = html_text(page)
    for indicator in result.spec.indicators:
        info = dataset_info(indicator.dataset)
        assert info.citation in plain
        assert info.licence in plain
    assert result.spec.citation in plain
    assert "Permission is hereby granted, free of charge" in plain


def html_text(page: str) -> str:
    texts: list[str] = []
    parser = HTMLParser()
    parser.handle_data = texts.append  # type: ignore[method-assign]
    parser.feed(page)
    return "".join(texts)


def test_the_page_of_the_bundled_panel_is_under_a_megabyte(result: AlignmentResult) -> None:
    text = report.html(result)
    assert isinstance(text, str)
    assert len(text.encode()) < 1_000_000


def test_the_same_result_gives_the_same_page(result: AlignmentResult, page: str) -> None:
    again = score(load_panel("post_soviet"), load_spec("erkomaishvili2019"))
    assert report.html(again, draws=50, rng=3) == page
    assert "<dt>Date</dt>" not in page
    few = score(load_panel("post_soviet").loc[["ARM"]], "erkomaishvili2019")
    assert report.html(few, draws=50, rng=3) != report.html(few, draws=50, rng=4)
    assert "<dt>Date</dt><dd>2026-11-22</dd>" in str(report.html(few, draws=0, dated="2026-11-22"))


def test_nothing_is_loaded_from_elsewhere_and_every_script_is_allowed_by_its_hash(
    page: str,
) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    rules = dict(rule.split(" ", 1) for rule in policy[1].replace("&#39;", "'").split("; "))
    assert rules["default-src"] == "'none'"
    assert "unsafe" not in policy[1]
    assert "http" not in policy[1]

    def digest(text: str) -> str:
        return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"

    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    styles = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert rules["script-src"].split() == [digest(text) for text in scripts]
    assert rules["style-src"].split() == [digest(text) for text in styles]
    assert len(scripts) == 2
    assert len(styles) == 1
    assert not re.search(r"<(?:link|img|iframe|object|embed|base)\b", page)
    assert not re.search(
        r"<[^>]*\s(?:src|style|on\w+)=", re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    )
    assert not re.search(r"@import|url\(", styles[0])


def test_texts_of_others_are_never_markup() -> None:
    panel = small().rename(index={"X": EVIL, "P": f"{EVIL}'`"})
    spec = spec_of(
        title=EVIL, citation=EVIL, notes=f"{EVIL}\n\nand {EVIL}", version=EVIL, doi=f"10.1/{EVIL}",
        indicators=[{"name": "a", "title": EVIL, "description": EVIL, "columns": ["a"],
                     "rule": {"kind": "identity"}}],
    )  # fmt: skip
    result = score(panel, spec)
    text = report.html(result, draws=20, title=f"T {EVIL}", dated=EVIL)
    assert isinstance(text, str)
    assert EVIL not in text
    tags: list[tuple[str, list[tuple[str, str | None]]]] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: tags.append((tag, attrs))  # type: ignore[method-assign]
    parser.feed(text)
    assert [tag for tag, _ in tags].count("script") == 3
    assert not any(tag == "img" or dict(attrs).get("onerror") for tag, attrs in tags)
    found = data_of(text)
    assert EVIL in found["labels"]["state"]
    assert found["spec"]["indicators"][0]["title"] == EVIL


# --- any result ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    {
        "as it is": {},
        "another scale": {"scale": [-100.0, 100.0]},
        "geometric": {"aggregation": "geometric"},
        "a count": {"aggregation": "sum", "missing": "propagate"},
        "one indicator": {
            "indicators": [{"name": "a", "columns": ["a"], "rule": {"kind": "identity"}}]
        },
        "a tree": {
            "nodes": [{"name": "n", "aggregation": "min"}],
            "indicators": [
                {"name": "a", "columns": ["a"], "rule": {"kind": "identity"}, "parent": "n"},
                {"name": "b", "columns": ["b"], "rule": {"kind": "identity"}},
            ],
        },
        "an indicator for some": {
            "indicators": [
                {"name": "a", "columns": ["a"], "rule": {"kind": "identity"}},
                {"name": "b", "columns": ["b"], "rule": {"kind": "identity"},
                 "states": ["Y"], "partners": ["P"], "years": {"first": 2, "last": 9}},
            ]
        },
        "an indicator without weight": {
            "indicators": [
                {"name": "a", "columns": ["a"], "rule": {"kind": "identity"}},
                {"name": "b", "columns": ["b"], "rule": {"kind": "identity"}, "weight": 0},
            ]
        },
    }.items(),
    ids=lambda case: case[0],
)  # fmt: skip
def test_any_spec_and_panel_makes_a_page(changes: tuple[str, dict[str, Any]]) -> None:
    result = score(small(), spec_of(**changes[1]))
    text = report.html(result, draws=20)
    assert isinstance(text, str)
    found = data_of(text)
    assert found["spec"]["range"] == list(result.spec.range)
    assert found["spec"]["counts"] == (changes[0] == "a count")
    assert found["sources"] is None
    assert found["names"] == {}
    for j, name in enumerate(result.codes.columns):
        assert_array_equal(unpack(found["parts"][j]), result.contributions[name])
    assert "the panel that was given" in text


@pytest.mark.parametrize(
    "panel",
    [small().iloc[[0]], small({"a": [np.nan] * 4, "b": [np.nan] * 4})],
    ids=["one row", "nothing known"],
)
def test_little_to_show_is_shown(panel: pd.DataFrame) -> None:
    result = score(panel, spec_of())
    found = data_of(str(report.html(result, draws=10)))
    assert found["year"] == panel.index.get_level_values("year").max()
    assert_array_equal(unpack(found["scores"]["score"]), result.scores["score"])


def identity(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "columns": [name], "rule": {"kind": "identity"}, **more}


@pytest.mark.parametrize(
    ("changes", "dashes", "reasons"),
    [
        # Without a the rest has no weight; without b nothing changes.
        ({"indicators": [identity("a"), identity("b", weight=0)]}, ["a"], 1),
        # The bands are those of a sum of three, which no sum of two has.
        (
            {
                "aggregation": "sum",
                "missing": "propagate",
                "indicators": [identity("a"), identity("b"), identity("c")],
                "bands": [{"name": "all", "lo": 2.5, "hi": 3.0}],
            },
            ["a", "b", "c"],
            3,
        ),
        ({"indicators": [identity("a")]}, ["a"], 0),
    ],
    ids=["weights of one and none", "bands on a sum of three", "one indicator"],
)
@pytest.mark.parametrize("draws", [0, 20])
def test_what_cannot_be_computed_is_a_dash_with_its_reason(
    changes: dict[str, Any], dashes: list[str], reasons: int, draws: int
) -> None:
    values = {"a": [0.1, 0.2, 0.5, 1e-5], "b": [1, 0, 1, 0.5], "c": [0.5, 0.1, 0.9, 0.0]}
    result = score(small(values), spec_of(**changes))
    text = str(report.html(result, draws=draws))
    cells = re.findall(r'<tr><th scope="row">(\w+)</th>(.*?)</tr>', text, re.DOTALL)
    rows = {name: re.findall(r'<td class="num">(.*?)</td>', row) for name, row in cells}
    without = [name for name, row in rows.items() if row[-2:] == ["–", "–"]]
    assert without == dashes
    assert len(re.findall(r"<li>No index without", text)) == reasons
    assert ("No draws were made for this page" in text) == (draws == 0)
    assert_array_equal(unpack(data_of(text)["scores"]["score"]), result.scores["score"])


def test_a_pole_that_one_indicator_reads_makes_a_page() -> None:
    index = pd.MultiIndex.from_product([["X", "Y"], ["P", "Q"], [2001, 2002]],
                                       names=["state", "partner", "year"])  # fmt: skip
    panel = pd.DataFrame({"a": np.linspace(0, 1, 8), "b": np.linspace(1, 0.5, 8)}, index=index)
    tilted = {"name": "a", "columns": ["a", "a@Q"], "rule": {"kind": "tilt"}}
    spec = spec_of(poles=["P", "Q"], missing="propagate", indicators=[tilted, identity("b")])
    text = str(report.html(score(panel, spec), draws=20))
    # Without a no indicator reads the second pole.
    assert len(re.findall("<li>No index without &#39;a&#39;: ", text)) == 1


def test_more_leaves_than_contributions_can_take_are_told() -> None:
    names = [f"i{n}" for n in range(21)]
    spec = spec_of(
        aggregation="min",
        nodes=[{"name": "below"}],
        indicators=[
            {"name": n, "columns": [n], "rule": {"kind": "identity"}, "parent": "below"}
            for n in names
        ],
    )
    panel = small({name: [0.5, 0.5, 0.5, 0.5] for name in names})
    found = data_of(str(report.html(score(panel, spec), draws=0)))
    assert found["parts"] is None
    assert "exact contributions take at most 20" in found["no_parts"]


def test_a_selection_keeps_the_ranks_of_the_whole(result: AlignmentResult) -> None:
    text = str(report.html(result, states=["ARM", "KAZ"], partners=["USA"], draws=50, rng=3))
    found = data_of(text)
    assert found["labels"]["state"] == ["ARM", "KAZ"]
    assert found["labels"]["partner"] == ["USA"]
    sure = robustness.uncertainty(result, draws=50, rng=3)
    whole = sure.ranks["nominal"].loc[(["ARM", "KAZ"], "USA")]
    assert_array_equal(unpack(found["interval"]["rank_nominal"]), whole)
    assert whole.max() > 2
    assert "a selection out of" in text


def test_actor_codes_may_be_numbers() -> None:
    panel = small().rename(index={"X": 371, "Y": 372, "P": 365, "Q": 2})
    result = score(panel, spec_of())
    text = str(report.html(result, states=[371], partners=["365"], draws=10))
    found = data_of(text)
    assert (found["labels"]["state"], found["labels"]["partner"]) == (["371"], ["365"])
    assert_array_equal(unpack(found["scores"]["score"]), result.scores["score"].loc[(371, 365)])


def test_ranks_say_among_what(result: AlignmentResult) -> None:
    few = score(load_panel("post_soviet").loc[["ARM", "KAZ"]], "erkomaishvili2019")
    for within, told in (
        (("partner", "year"), "the rows of one partner and year"),
        (("year",), "the rows of one year"),
        ((), "all rows"),
    ):
        sure = robustness.uncertainty(few, draws=10, rng=1, within=within)
        text = str(report.html(few, uncertainty=sure, sources=False))
        assert f"Ranks are among {told};" in text
        assert data_of(text)["interval"]["within"] == told


def test_sources_can_be_left_out(result: AlignmentResult, page: str) -> None:
    text = str(report.html(result, draws=0, sources=False))
    assert data_of(text)["sources"] is None
    assert len(text) < len(page)


# --- writing -------------------------------------------------------------------------------------


def test_a_file_appears_whole_or_not_at_all(result: AlignmentResult, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    path = tmp_path / "new" / "page.html"
    assert report.html(result, path, states=["ARM"], draws=0) == path
    before = path.read_bytes()
    assert before.endswith(b"</html>\n")
    with pytest.raises(
        OutputError, match=r"exists already; name another, or replace it with force=True"
    ):
        report.html(result, path, states=["KAZ"], draws=0)
    assert path.read_bytes() == before
    report.html(result, path, states=["KAZ"], draws=0, force=True)
    assert path.read_bytes() != before
    assert [entry.name for entry in path.parent.iterdir()] == ["page.html"]


def test_a_failed_write_leaves_the_old_file(
    result: AlignmentResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "page.html"
    path.write_text("old")

    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match=r"page.html' cannot be written: No space left"):
        report.html(result, path, states=["ARM"], draws=0, force=True)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["page.html"]


def test_a_folder_is_no_file(result: AlignmentResult, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"is a folder, not a file; name a file"):
        report.html(result, tmp_path, states=["ARM"], draws=0, force=True)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"cannot be written"):
        report.html(result, tmp_path / "file" / "page.html", states=["ARM"], draws=0)


REFUSED: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "an unknown state": ({"states": ["AMR"]}, PanelError, r"'AMR' .*did you mean 'ARM'\?\)"),
    "four unknown partners": (
        {"partners": ["A", "B", "C", "D"]}, PanelError, r"'A'; 'B'; 'C'; and 1 more",
    ),
    "years as a text": ({"years": "2013"}, PanelError, r"years takes a year"),
    "no such dyad": ({"states": ["RUS"], "partners": ["RUS"]}, PanelError, r"no row has these"),
    "too many rows": (
        {"limit": 100}, PanelError, r"up to 100 dyad-years, and this one would hold [\d,]+",
    ),
    "draws below 0": ({"draws": -1}, OutputError, r"draws must be a whole number.*got -1"),
    "draws in words": ({"draws": "10"}, OutputError, r"draws must be a whole number.*got '10'"),
    "words without draws": ({"varied": "weights"}, OutputError, r"give them as uncertainty= too"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(result: AlignmentResult, case: str) -> None:
    options, error, message = REFUSED[case]
    with pytest.raises(error, match=message):
        report.html(result, **options)


def test_draws_of_another_result_are_refused(result: AlignmentResult) -> None:
    other = robustness.uncertainty(score(small(), spec_of()), draws=10, rng=1)
    with pytest.raises(PanelError, match=r"must be of the result.*has 4 dyad-years"):
        report.html(result, uncertainty=other)
    lone = robustness.uncertainty(result, draws=10, rng=1, quantiles=(0.5,))
    with pytest.raises(PanelError, match=r"needs two quantiles; the uncertainty has q50"):
        report.html(result, uncertainty=lone)


def test_an_empty_result_is_refused() -> None:
    with pytest.raises(PanelError, match="no dyad-years to show"):
        report.html(score(small().iloc[:0], spec_of()))


def test_without_jinja2_the_extra_is_named(
    result: AlignmentResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "jinja2" else find(name)
    )
    with pytest.raises(ExtraError, match=r'pip install "alignindex\[report\]"'):
        report.html(result)


# --- command line --------------------------------------------------------------------------------


def test_the_command_writes_what_the_function_gives(
    result: AlignmentResult,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_progress, "DELAY", 1e6)  # on a busy machine it would speak on stderr
    path = tmp_path / "page.html"
    call = ["report", "-o", str(path), "--partner", "USA", "--state", "ARM,KAZ", "--draws", "20",
            "--seed", "5", "--title", "Mine"]  # fmt: skip
    assert main(call) == 0
    out, err = capsys.readouterr()
    assert (out, err) == (
        f"wrote {path}: erkomaishvili2019, reconstructed; open it in a browser\n", "",
    )  # fmt: skip
    assert path.read_text(encoding="utf-8") == report.html(
        result, states=["ARM", "KAZ"], partners=["USA"], draws=20, rng=5, title="Mine"
    )
    assert main(call) == 2
    assert "exists already; name another, or replace it with --force" in capsys.readouterr().err
    assert main([*call, "--force"]) == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "the following arguments are required: -o/--output"),
        (["-o", "x.html", "--state", "AMR"], "(did you mean 'ARM'?)"),
        (["-o", "x.html", "--draws", "many"], "expected a whole number from 0 on; got 'many'"),
        (["-o", "x.html", "--spec", "nn"], "there is no bundled spec 'nn'"),
    ],
)
def test_the_command_refuses_in_one_line(
    options: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["report", *options]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert message in err
    assert list(tmp_path.iterdir()) == []


def test_the_help_of_the_command_shows_examples_that_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["report", "--help"]) == 0
    examples = re.findall(r"^  alignindex (report.*)$", capsys.readouterr().out, re.MULTILINE)
    assert len(examples) == 2
    for example in examples:
        assert main(example.split()) == 0
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["alignment.html", "usa.html"]


# --- third-party files ---------------------------------------------------------------------------


def test_vendored_files_are_those_that_their_note_names(page: str) -> None:
    folder = Path(report.__file__).parent / "vendor"
    note = (folder / "README.md").read_text(encoding="utf-8")
    lines = re.findall(r"^([0-9a-f]{64})  (\S+)$", note, re.MULTILINE)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    assert {path.relative_to(folder).as_posix() for path in files} == {
        "README.md",
        *(name for _, name in lines),
    }
    for digest, name in lines:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    version = re.search(r"uPlot\)[^|]*\| ([\d.]+) \|", note.replace("(https://", "("))
    assert version is not None
    assert f"uPlot {version[1]}" in page
    assert f"uPlot (v{version[1]})" in page


def test_years_select_rows_of_the_page(result: AlignmentResult) -> None:
    found = data_of(str(report.html(result, states="ARM", years=(2018, 2019), draws=0)))
    assert found["labels"]["state"] == ["ARM"]
    assert found["labels"]["year"] == [2018, 2019]


def test_a_fresh_seed_is_told(result: AlignmentResult) -> None:
    part = score(result.panel.loc[["ARM"]], result.spec)
    fresh = str(report.html(part, draws=20, rng=None))
    seed = re.search(r"20 draws, seed (\d+):", fresh)
    assert seed is not None
    assert str(report.html(part, draws=20, rng=int(seed[1]))) == fresh
    assert "20 draws, seed 0:" in str(report.html(part, draws=20))
