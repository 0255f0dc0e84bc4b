"""Tables for publication: cells are the numbers of the result, in every format."""

from __future__ import annotations

import html
import importlib.util
import math
import re
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alignindex import report, robustness
from alignindex.base.errors import ExtraError, OutputError, PanelError
from alignindex.data import load_panel
from alignindex.panel.convert import as_panel
from alignindex.report.latex import escape
from alignindex.report.markup import _plain
from alignindex.scoring.result import AlignmentResult, score
from alignindex.spec import IndexSpec

EVIL = r'=1+1 \{$&#_%~^<b>"|*`[x](y)'
FORMATS = ("latex", "markdown", "html")


@pytest.fixture(scope="module")
def result() -> AlignmentResult:
    return score(load_panel("post_soviet"), "erkomaishvili2019")


@pytest.fixture(scope="module")
def sure(result: AlignmentResult) -> robustness.Uncertainty:
    return robustness.uncertainty(result, draws=40, rng=1)


def spec_of() -> IndexSpec:
    rule = {"kind": "identity"}
    return IndexSpec.model_validate({
        "schema_version": 1, "name": "mine", "fidelity": "illustrative", "missing": "renormalise",
        "indicators": [{"name": n, "columns": [n], "rule": rule} for n in ("a", "b")],
    })  # fmt: skip


def tiny(values: list[float], **changes: Any) -> AlignmentResult:
    """X with P in years 1 to n, and Y with P in year 1 only."""
    n = len(values) - 1
    panel = pd.DataFrame(
        {"state": ["X"] * n + ["Y"], "partner": "P", "year": [*range(1, n + 1), 1], "a": values}
    )
    base: dict[str, Any] = {
        "schema_version": 1, "name": "mine", "fidelity": "illustrative", "missing": "renormalise",
        "indicators": [{"name": "a", "columns": ["a"], "rule": {"kind": "identity"}}],
    }  # fmt: skip
    return score(as_panel(panel), IndexSpec.model_validate({**base, **changes}))


def table(result: AlignmentResult, **options: Any) -> str:
    text = report.table(result, **options)
    assert isinstance(text, str)
    return text


def cells_of(text: str, format: str) -> list[list[str]]:
    """Header and rows of a table as texts, group titles as rows of one cell."""
    if format == "markdown":
        lines = [line for line in text.splitlines() if line.startswith("| ")]
        return [re.split(r"\s*(?<!\\)\|\s*", line)[1:-1] for line in (lines[0], *lines[2:])]
    if format == "latex":
        rows = [line[:-3] for line in text.splitlines() if line.endswith(r" \\")]
        found = [re.split(r"\s*(?<!\\)&\s*", row) for row in rows]
        return [
            [re.sub(r"\\multicolumn\{\d+\}\{l\}\{\\textit\{(.*)\}\}", r"\1", c) for c in row]
            for row in found
        ]
    rows: list[list[str]] = []
    parser = HTMLParser()

    def start(tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            rows.append([])
        elif tag in ("td", "th"):
            rows[-1].append("")
        elif tag == "br":
            rows[-1][-1] += " "

    def text_of(text: str) -> None:
        if rows and rows[-1] and text.strip():
            rows[-1][-1] += text

    parser.handle_starttag = start  # type: ignore[method-assign]
    parser.handle_data = text_of  # type: ignore[method-assign]
    parser.feed(text)
    return rows[:-1]  # the last one is the notes


@pytest.mark.parametrize("format", FORMATS)
def test_cells_of_a_wide_table_are_the_rounded_scores(result: AlignmentResult, format: str) -> None:
    text = table(result, format=format, partners=["RUS"], years=[1993, 2013], names=False)
    rows = {row[0]: row[1:] for row in cells_of(text, format)}
    assert rows["state"] == ["1993", "2013"]
    dash = "--" if format == "latex" else "–"
    scores = result.scores["score"].xs("RUS", level="partner")
    states = scores.index.get_level_values("state").unique()
    assert set(states) <= set(rows)
    for state in states:
        for year, shown in zip((1993, 2013), rows[state], strict=True):
            value = scores[(state, year)]
            assert shown == (dash if math.isnan(value) else f"{value:.3f}")
    assert dash in {cell for state in states for cell in rows[state]}
    assert f"{dash}: no score, which means unknown and not zero." in text


@pytest.mark.parametrize("format", FORMATS)
def test_intervals_stand_beside_their_scores(
    result: AlignmentResult, sure: robustness.Uncertainty, format: str
) -> None:
    options: dict[str, Any] = {"format": format, "partners": ["RUS"], "years": [2013], "digits": 4}
    text = table(result, intervals="draws", uncertainty=sure, varied="weights", **options)
    row = sure.scores.loc[("KAZ", "RUS", 2013)]
    assert f"[{row['q05']:.4f}, {row['q95']:.4f}]" in text
    assert f"{row['nominal']:.4f}" in text
    assert "(40 draws: weights)" in text
    possible = table(result, intervals="bounds", **options)
    row = result.scores.loc[("MDA", "RUS", 2013)]
    assert f"[{row['low']:.4f}, {row['high']:.4f}]" in possible
    assert "minimum and maximum score" in possible


@pytest.mark.parametrize("format", FORMATS)
def test_a_long_table_has_a_row_a_dyad_year(result: AlignmentResult, format: str) -> None:
    text = table(
        result, format=format, layout="long", states=["KAZ"], partners=["CHN", "USA"],
        years=[2011, 2012], intervals="bounds",
    )  # fmt: skip
    rows = [row for row in cells_of(text, format) if row[0] == "Kazakhstan"]
    assert [row[1:3] for row in rows] == [
        ["China", "2011"], ["China", "2012"], ["United States", "2011"], ["United States", "2012"],
    ]  # fmt: skip
    for row, code in zip(rows, ("CHN", "CHN", "USA", "USA"), strict=True):
        values = result.scores.loc[("KAZ", code, int(row[2]))]
        assert row[3:] == [
            *(f"{values[name]:.3f}" for name in ("score", "low", "high")),
            f"{values['coverage']:.2f}",
            f"{values['n_indicators']:.0f}",
        ]


@pytest.mark.parametrize("format", FORMATS)
def test_notes_tell_fidelity_rounding_citation_and_digests(
    result: AlignmentResult, format: str
) -> None:
    text = table(result, format=format, partners=["RUS"], years=[2013], digits=1)
    facts = result.provenance
    assert "Fidelity: RECONSTRUCTED: after a published design" in text
    assert "the scores are not the published ones" in text
    assert "rounded to 1 decimal." in text
    assert "Erkomaishvili, D. (2019)." in text
    assert "doi:10.1177/0020881718825079." in text
    assert facts["spec"]["digest"][:12] in text
    assert facts["panel"]["digest"][:12] in text
    assert "Empty:" not in text


def test_several_partners_are_groups(result: AlignmentResult) -> None:
    options: dict[str, Any] = {"states": ["ARM"], "partners": ["RUS", "TUR"], "years": [2013]}
    rows = cells_of(table(result, **options), "markdown")
    assert [row[:2] for row in rows] == [
        ["partner", "state"], ["Russia", "Armenia"], ["Turkey", "Armenia"],
    ]  # fmt: skip
    for format in ("latex", "html"):
        found = list(cells_of(table(result, format=format, **options), format))
        assert [row[0] for row in found] == [
            "state", "with Russia", "Armenia", "with Turkey", "Armenia",
        ]  # fmt: skip


def test_what_does_not_exist_is_empty_and_what_is_unknown_is_a_dash() -> None:
    text = table(tiny([0.25, math.nan, 0.0, 0.5]))
    rows = cells_of(text, "markdown")
    assert rows == [
        ["state", "1", "2", "3"], ["X", "0.250", "–", "0.000"], ["Y", "0.500", "", ""],
    ]  # fmt: skip
    assert "Empty: no such dyad-year in the panel." in text


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, "0.250"),
        ({"scale": [-100.0, 100.0]}, "-50.0"),
        ({"scale": [0.0, 1000.0]}, "250"),
        ({"aggregation": "sum"}, "0.25"),  # a count, but this one is no whole number
    ],
)
def test_decimals_follow_the_range(changes: dict[str, Any], shown: str) -> None:
    found = tiny([0.25, 0.5], **changes)
    assert cells_of(table(found), "markdown")[1][1] == shown
    latex = shown.replace("-", "$-$")
    assert f"X & {latex} \\\\" in table(found, format="latex")


def test_counts_are_whole_numbers() -> None:
    found = tiny([1.0, 0.0], aggregation="sum")
    assert cells_of(table(found), "markdown") == [["state", "1"], ["X", "1"], ["Y", "0"]]
    assert "number of indicators met" in table(found)


# --- escaping and structure ----------------------------------------------------------------------


def test_latex_is_balanced_and_every_row_has_every_column(
    result: AlignmentResult, sure: robustness.Uncertainty
) -> None:
    for layout in ("wide", "long"):
        text = table(
            result, format="latex", layout=layout, years=[1992, 2013], intervals="draws",
            uncertainty=sure, label="tab:one", caption=EVIL,
        )  # fmt: skip
        bare = re.sub(r"\\[\\{}]", "", text)
        assert bare.count("{") == bare.count("}")
        assert re.findall(r"\\begin\{(\w+)\}", text)[::-1] == sorted(
            re.findall(r"\\end\{(\w+)\}", text),
            key=re.findall(r"\\begin\{(\w+)\}", text)[::-1].index,
        )
        columns = re.search(r"\\begin\{(?:tabular|longtable)\}\{(l+r+)\}", text)
        assert columns is not None
        for line in text.splitlines():
            if line.endswith(r" \\") and "multicolumn" not in line:
                assert len(re.findall(r"(?<!\\)&", line)) == len(columns[1]) - 1
        assert r"\label{tab:one}" in text
        for rule in ("toprule", "midrule", "bottomrule"):
            assert rf"\{rule}" in text


def test_every_special_sign_is_escaped_for_latex() -> None:
    assert escape(r"\ { } $ & # _ % ~ ^") == (
        r"\textbackslash{} \{ \} \$ \& \# \_ \% \textasciitilde{} \textasciicircum{}"
    )
    assert escape("[*] a\n b") == "{[}{*}{]} a b"


def test_texts_of_others_are_texts(tmp_path: Path) -> None:
    found = tiny([0.25, 0.5], title=EVIL, citation=EVIL)
    panel = found.panel.rename(index={"X": EVIL})
    found = score(panel, found.spec)
    html = table(found, format="html", caption=EVIL)
    assert "<b>" not in html
    assert ['=1+1 \\{$&#_%~^<b>"|*`[x](y)', "0.250"] in cells_of(html, "html")
    markdown = table(found, caption=EVIL)
    assert _plain(EVIL) in markdown
    assert "<b>" not in markdown
    assert len(cells_of(markdown, "markdown")[1]) == 2
    latex = table(found, format="latex")
    assert escape(EVIL) in latex
    assert "<b>" not in latex


def test_what_is_longer_than_a_page_is_a_longtable(result: AlignmentResult) -> None:
    short = table(result, format="latex", partners=["RUS"], years=[2013])
    whole = table(result, format="latex", years=[2013])
    assert (r"\begin{table}" in short, r"\begin{longtable}" in short) == (True, False)
    assert (r"\begin{table}" in whole, r"\begin{longtable}" in whole) == (False, True)


# --- workbook ------------------------------------------------------------------------------------


def workbook(result: AlignmentResult, **options: Any) -> Any:
    openpyxl = pytest.importorskip("openpyxl")
    raw = report.table(result, format="xlsx", **options)
    assert isinstance(raw, bytes)
    return openpyxl.load_workbook(BytesIO(raw))


def test_a_workbook_holds_the_numbers_unrounded(
    result: AlignmentResult, sure: robustness.Uncertainty
) -> None:
    book = workbook(
        result, years=[1993, 2013], partners=["RUS"], names=False, intervals="draws",
        uncertainty=sure,
    )  # fmt: skip
    rows = list(book["scores"].iter_rows())
    head = [cell.value for cell in rows[0]]
    assert head == [
        "partner", "state", "1993", "1993 low", "1993 high", "2013", "2013 low", "2013 high",
    ]  # fmt: skip
    for row in rows[1:]:
        key = (row[1].value, row[0].value)
        for k, year in ((2, 1993), (5, 2013)):
            drawn = sure.scores.loc[(*key, year)]
            for cell, name in zip(row[k : k + 3], ("nominal", "q05", "q95"), strict=True):
                if math.isnan(drawn[name]):
                    assert cell.value is None
                else:
                    assert cell.data_type == "n"
                    assert cell.value == pytest.approx(drawn[name], rel=1e-15)
                    assert cell.number_format == "0.000"
    assert len(rows) == 18
    assert book["scores"].freeze_panes == "C2"
    notes = [row[0].value for row in book["notes"].iter_rows()]
    assert any("RECONSTRUCTED" in note for note in notes)


def test_a_long_workbook_has_years_as_numbers(result: AlignmentResult) -> None:
    book = workbook(result, layout="long", states=["ARM"], partners=["RUS"], years=[2012, 2013])
    rows = [[cell.value for cell in row] for row in book["scores"].iter_rows()]
    assert rows[0] == ["state", "partner", "year", "score", "coverage", "indicators"]
    assert [row[:3] for row in rows[1:]] == [
        ["Armenia", "Russia", 2012], ["Armenia", "Russia", 2013],
    ]  # fmt: skip
    assert rows[2][3] == result.scores.loc[("ARM", "RUS", 2013), "score"]


def test_a_text_that_looks_like_a_formula_is_a_text() -> None:
    found = tiny([0.25, 0.5])
    book = workbook(score(found.panel.rename(index={"X": "=1+1"}), found.spec))
    cell = next(c for row in book["scores"].iter_rows() for c in row if c.value == "=1+1")
    assert cell.data_type == "s"


def test_the_same_table_gives_the_same_bytes(result: AlignmentResult) -> None:
    pytest.importorskip("openpyxl")
    one, two = (report.table(result, format="xlsx", years=[2013]) for _ in range(2))
    assert one == two
    assert b"2026" not in re.sub(rb"\d{7,}", b"", one if isinstance(one, bytes) else b"")


def test_without_openpyxl_the_extra_is_named(
    result: AlignmentResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "openpyxl" else find(name)
    )
    with pytest.raises(ExtraError, match=r'pip install "alignindex\[io\]"'):
        report.table(result, format="xlsx")


# --- files and refusals --------------------------------------------------------------------------


def test_a_table_is_written_whole_and_never_over_another(
    result: AlignmentResult, tmp_path: Path
) -> None:
    path = tmp_path / "table.tex"
    options: dict[str, Any] = {"format": "latex", "years": [2013]}
    assert report.table(result, path=path, **options) == path
    assert path.read_text(encoding="utf-8") == report.table(result, **options)
    with pytest.raises(OutputError, match="exists already"):
        report.table(result, path=path, **options)
    report.table(result, path=path, force=True, format="markdown", years=[2013])
    assert path.read_text(encoding="utf-8").startswith("**Alliance index")


REFUSED: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "format": (
        {"format": "latx"}, OutputError,
        r"format must be one of latex, markdown, html, xlsx; got 'latx' \(did you mean 'latex'",
    ),
    "layout": ({"layout": "broad"}, OutputError, r"layout must be one of wide, long; got 'broad'"),
    "intervals": (
        {"intervals": "drawn"}, OutputError, r"one of bounds, draws; got 'drawn'.*'draws'",
    ),
    "draws without draws": ({"intervals": "draws"}, OutputError, r"uncertainty go together"),
    "digits": ({"digits": 16}, OutputError, r"whole number from 0 to 15; got 16"),
    "half a digit": ({"digits": 1.5}, OutputError, r"whole number from 0 to 15; got 1.5"),
    "label in markdown": ({"label": "x"}, OutputError, r"label is for latex and html; markdown"),
    "label": ({"label": "a b", "format": "latex"}, OutputError, r"letters, digits.*got 'a b'"),
    "state": ({"states": ["AMR"]}, PanelError, r"'AMR' .*did you mean 'ARM'\?\)"),
    "year": ({"years": [1991, 2013]}, PanelError, r"years: 1991 not found; there are 1992"),
    "year as a text": ({"years": "2013"}, PanelError, r"years takes a year"),
    "words alone": ({"varied": "weights"}, OutputError, r"give them as uncertainty= too"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(result: AlignmentResult, case: str) -> None:
    options, error, message = REFUSED[case]
    with pytest.raises(error, match=message):
        report.table(result, **options)


def test_draws_without_interval_are_refused(
    result: AlignmentResult, sure: robustness.Uncertainty
) -> None:
    with pytest.raises(OutputError, match="go together"):
        report.table(result, uncertainty=sure)


def test_nothing_is_rounded_but_in_print(result: AlignmentResult) -> None:
    before = result.scores.copy()
    report.table(result, years=[2013], digits=0)
    pd.testing.assert_frame_equal(result.scores, before)
    assert np.isfinite(before["low"]).any()


def test_years_are_a_year_a_span_or_a_list(result: AlignmentResult) -> None:
    def years(wanted: Any) -> list[str]:
        text = str(report.table(result, states="ARM", partners="RUS", years=wanted))
        head = next(line for line in text.splitlines() if line.startswith("| state"))
        return [cell.strip() for cell in head.strip("|").split("|")][1:]

    assert years(2013) == ["2013"]
    assert years((2012, 2014)) == ["2012", "2013", "2014"]
    assert years([2012, 2014]) == ["2012", "2014"]


@pytest.mark.parametrize("layout", ["wide", "long"])
@pytest.mark.parametrize("format", ["markdown", "latex", "html"])
def test_rows_are_sorted_by_the_names_that_are_shown(format: str, layout: str) -> None:
    # By code: AUT, BGR, CHE. By name: Austria, Bulgaria, Switzerland; Germany after Croatia.
    states = ["DEU", "HRV", "CHE", "AUT", "BGR"]
    index = pd.MultiIndex.from_product([states, ["RUS"], [2019]],
                                       names=["state", "partner", "year"])  # fmt: skip
    panel = pd.DataFrame({"a": 0.5, "b": 0.5}, index=index)
    text = str(report.table(score(panel, spec_of()), format=format, layout=layout))
    names = ["Austria", "Bulgaria", "Croatia", "Germany", "Switzerland"]
    places = [text.index(name) for name in names]
    assert places == sorted(places)
    bare = str(report.table(score(panel, spec_of()), format=format, layout=layout, names=False))
    places = [bare.index(code) for code in sorted(states)]
    assert places == sorted(places)


def test_names_are_those_of_the_last_year_of_each_actor() -> None:
    keys = [("YUG", "USA", 1985), ("SRB", "USA", 2019)]
    index = pd.MultiIndex.from_tuples(keys, names=["state", "partner", "year"])
    panel = pd.DataFrame({"a": 0.5, "b": 0.5}, index=index)
    text = str(report.table(score(panel.sort_index(), spec_of()), layout="long"))
    assert "Yugoslavia" in text
    assert "Serbia" in text


LINKS = [
    "[1](javascript:alert(1))",
    "[0.1, 0.2](http://evil.example)",
    "![x](http://evil.example/x.png)",
    "[a]: http://evil.example",
    "[0.1, 0.2]: http://evil.example",
    "http://evil.example",
    "www.evil.example",
    "<http://evil.example>",
    "a\rb\u2028c\x00",
]


@pytest.mark.parametrize("name", LINKS)
def test_markdown_makes_no_link_of_a_name(name: str) -> None:
    markdown_it = pytest.importorskip("markdown_it")
    index = pd.MultiIndex.from_tuples([(name, "P", 2019)], names=["state", "partner", "year"])
    result = score(pd.DataFrame({"a": [0.5], "b": [0.5]}, index=index), spec_of())
    text = str(report.table(result, caption=name))
    made = markdown_it.MarkdownIt("gfm-like", {"linkify": False}).render(text)
    assert "<a " not in made
    assert "<img" not in made
    assert made.count("<tr>") == 2
    # Nothing that a renderer would turn into a link on its own is left.
    assert not re.search(r"https?:|javascript:|www\.", text)
    shown = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    assert html.escape(shown, quote=False).replace("\\", "") in made.replace("&quot;", '"')


@pytest.mark.parametrize("length", [32_767, 32_768, 1_000_000])
def test_a_workbook_takes_control_characters_and_long_texts(length: int) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    names = ["bell\x07 null\x00", "x" * length]
    index = pd.MultiIndex.from_product([names, ["P"], [2019]], names=["state", "partner", "year"])
    result = score(pd.DataFrame({"a": 0.5, "b": 0.5}, index=index), spec_of())
    content = report.table(result, format="xlsx", caption="form\x0cfeed")
    assert isinstance(content, bytes)
    book = openpyxl.load_workbook(BytesIO(content))
    shown = [row[1].value for row in book["scores"].iter_rows(min_row=2)]
    whole = names[1] if length <= 32_767 else "x" * 32_766 + "…"
    assert shown == [r"bell\x07 null\x00", whole]
    notes = [row[0].value for row in book["notes"].iter_rows()]
    assert notes[0] == r"form\x0cfeed"
    assert any("ellipsis" in note for note in notes) == (length > 32_767)


def test_a_lone_carriage_return_breaks_no_row(result: AlignmentResult) -> None:
    index = pd.MultiIndex.from_tuples([("a\rb", "P", 2019)], names=["state", "partner", "year"])
    one = score(pd.DataFrame({"a": [0.5], "b": [0.5]}, index=index), spec_of())
    for format in ("markdown", "latex", "html"):
        text = str(report.table(one, format=format))
        assert "\r" not in text.replace("&#13;", "")
        assert "a b" in text
