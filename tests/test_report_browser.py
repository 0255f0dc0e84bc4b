"""The report page in headless Chromium: it asks for nothing, works by key, and is accessible."""

from __future__ import annotations

import io
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alignindex import report, robustness
from alignindex.data import load_panel
from alignindex.panel.convert import as_panel
from alignindex.scoring.result import AlignmentResult, score
from alignindex.spec import IndexSpec

pytestmark = pytest.mark.browser
pytest.importorskip("jinja2", reason="needs jinja2 (extra report)")
api = pytest.importorskip("playwright.sync_api", reason="needs playwright (extra browser)")

EVIL = '</script><img src=x onerror="document.title=1">&amp;, "'
NAMES = ("chromium", "chromium-browser", "google-chrome")


class Page:
    """A page of the browser, with what it logged and asked for."""

    def __init__(self, page: Any, path: Path) -> None:
        self.page, self.path = page, path
        self.messages: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.messages.append(message.text))
        page.on("pageerror", lambda error: self.messages.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(path.as_uri())
        page.wait_for_selector('html[data-ready="yes"]')

    def __getattr__(self, name: str) -> Any:
        return getattr(self.page, name)

    def rows(self) -> list[list[str]]:
        """Cells of the table as texts."""
        found: list[list[str]] = self.page.eval_on_selector_all(
            "#scores tbody tr", "rows => rows.map(r => [...r.cells].map(c => c.textContent))"
        )
        return found

    def wide(self) -> int:
        """Pixels that the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    named = os.environ.get("ALIGNINDEX_CHROMIUM")
    path = named or next(filter(None, map(shutil.which, NAMES)), None)
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with api.sync_playwright() as driver:
        try:
            chromium = driver.chromium.launch(executable_path=path, args=root)
        except api.Error as error:
            pytest.skip(f"no Chromium to drive: {str(error).splitlines()[0]}")
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def result() -> AlignmentResult:
    return score(load_panel("post_soviet"), "erkomaishvili2019")


@pytest.fixture(scope="module")
def files(result: AlignmentResult, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pages of the bundled panel, and of a panel of odd texts, numbers and gaps."""
    folder = tmp_path_factory.mktemp("pages")
    keys = {
        "state": [EVIL, EVIL, EVIL, "Y", "Y"], "partner": ["P", "P", f"{EVIL}2", "P", "P"],
        "year": [2001, 2003, 2003, 2003, 2004],
    }  # fmt: skip
    values = {"a": [1e-7, 1e-17, 1.0, 0.1 + 0.2, np.nan], "b": [0.0, 0.0, 1 / 3, np.nan, np.nan]}
    rule = {"kind": "identity"}
    spec = IndexSpec.model_validate(
        {
            "schema_version": 1, "name": EVIL, "title": EVIL, "notes": EVIL, "citation": EVIL,
            "fidelity": "illustrative", "missing": "renormalise", "scale": [-1.0, 1.0],
            "indicators": [
                {"name": EVIL, "title": EVIL, "columns": ["a"], "rule": rule},
                {"name": "b", "columns": ["b"], "rule": rule, "years": {"last": 2003}},
            ],
        }
    )  # fmt: skip
    odd = score(as_panel(pd.DataFrame({**keys, **values})), spec)
    (folder / "odd.csv").write_text(odd.to_frame().to_csv(index=False, lineterminator="\n"))
    return {
        "bundled": Path(report.html(result, folder / "bundled.html", draws=200)),
        "odd": Path(report.html(odd, folder / "odd.html", draws=20)),
    }


@pytest.fixture
def open_page(browser: Any, files: dict[str, Path]) -> Iterator[Any]:
    """Open a page; afterwards, nothing may have been logged or asked for."""
    opened: list[Page] = []
    contexts = []

    def open_it(name: str = "bundled", **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        here = files[name].as_uri()
        context.route(
            "**/*",
            lambda route: route.continue_() if route.request.url == here else route.abort(),
        )
        opened.append(Page(context.new_page(), files[name]))
        return opened[-1]

    yield open_it
    for page in opened:
        assert page.messages == []
        assert [url for url in page.requests if not url.startswith("blob:")] == [page.path.as_uri()]
    for context in contexts:
        context.close()


def shown(value: float) -> str:
    return f"{value:.3f}"


def test_the_table_opens_with_the_latest_complete_year_and_sorts(
    open_page: Any, result: AlignmentResult
) -> None:
    page = open_page()
    year = result.latest_complete_year()
    of_year = result.scores.xs(year, level="year").xs("RUS", level="partner")
    assert (
        page.locator("#t-count").inner_text()
        == f"1–17 of 17 dyad-years with Russia (RUS) in {year}"
    )
    by_score = of_year.sort_values("score", ascending=False, na_position="last", kind="stable")
    codes = [re.search(r"\((\w+)\)$", row[0])[1] for row in page.rows()]  # type: ignore[index]
    assert codes == by_score.index.tolist()
    assert [row[1] for row in page.rows()] == [
        "?" if np.isnan(value) else shown(value) for value in by_score["score"]
    ]
    button = page.locator('#scores button[data-key="state"]')
    button.focus()
    page.keyboard.press("Enter")
    codes = [re.search(r"\((\w+)\)$", row[0])[1] for row in page.rows()]  # type: ignore[index]
    assert codes == sorted(codes)
    assert page.locator('#scores th[aria-sort="ascending"]').inner_text() == "state"
    page.keyboard.press("Enter")  # the focus stayed on the button
    again = [re.search(r"\((\w+)\)$", row[0])[1] for row in page.rows()]  # type: ignore[index]
    assert again == codes[::-1]
    page.locator('#scores button[data-key="score"]').click()
    page.locator('#scores button[data-key="score"]').click()
    values = [row[1] for row in page.rows()]
    unknown = int(of_year["score"].isna().sum())
    assert values[len(values) - unknown :] == ["?"] * unknown  # last either way
    known = [float(value) for value in values if value != "?"]
    assert known == sorted(known)


def test_the_table_filters_by_state_partner_and_year(
    open_page: Any, result: AlignmentResult
) -> None:
    page = open_page()
    page.select_option("#t-state", label="Kazakhstan (KAZ)")
    page.select_option("#t-partner", label="every partner")
    page.select_option("#t-year", label="2005")
    of_year = result.scores.loc["KAZ"].xs(2005, level="year")
    rows = page.rows()
    assert len(rows) == len(of_year) == 4
    for row in rows:
        code = re.search(r"\((\w+)\)$", row[1])[1]  # type: ignore[index]
        values = of_year.loc[code]
        assert row[2] == shown(values["score"])
        assert row[3] == f"{shown(values['low'])}–{shown(values['high'])}"
    page.select_option("#t-year", label="every year")
    page.select_option("#t-state", label="every state")
    assert page.locator("#t-count").inner_text() == f"1–100 of {len(result.scores):,} dyad-years"
    page.locator("#t-next").click()
    assert page.locator("#t-count").inner_text().startswith("101–200 of ")
    page.select_option("#t-size", label="all")
    assert len(page.rows()) == len(result.scores)


def test_intervals_in_the_table_are_those_of_the_draws(
    open_page: Any, result: AlignmentResult
) -> None:
    page = open_page()
    sure = robustness.uncertainty(result, draws=200, rng=0)
    key = ("KAZ", "RUS", result.latest_complete_year())
    row = next(row for row in page.rows() if row[0].endswith("(KAZ)"))
    drawn, rank = sure.scores.loc[key], sure.ranks.loc[key]
    assert row[3] == f"{shown(drawn['q05'])}–{shown(drawn['q95'])}"
    assert row[4] == f"{rank['nominal']:.0f} ({rank['q05']:.0f}–{rank['q95']:.0f})"


@pytest.mark.parametrize("name", ["bundled", "odd"])
def test_the_csv_is_the_one_that_the_library_writes(
    open_page: Any, result: AlignmentResult, files: dict[str, Path], name: str
) -> None:
    page = open_page(name, accept_downloads=True)
    with page.expect_download() as waiting:
        page.locator("#csv-all").click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8")
    if name == "odd":
        assert text == files["odd"].with_suffix(".csv").read_text(encoding="utf-8")
        return
    assert text == result.to_frame().to_csv(index=False, lineterminator="\n")
    assert waiting.value.suggested_filename == "erkomaishvili2019-reconstructed.csv"
    with page.expect_download() as waiting:
        page.locator("#csv-shown").click()
    part = pd.read_csv(io.BytesIO(Path(waiting.value.path()).read_bytes()))
    assert len(part) == 17
    assert set(part["partner"]) == {"RUS"}


def test_the_heatmap_shows_the_scores_and_moves_by_key(
    open_page: Any, result: AlignmentResult
) -> None:
    page = open_page()
    page.select_option("#h-partner", label="China (CHN)")
    cell = page.locator('#heat tbody tr:has(th[title="Kazakhstan (KAZ)"]) td').nth(2010 - 1992)
    value = result.scores.loc[("KAZ", "CHN", 2010)]
    assert cell.inner_text() == f"{value['score']:.2f}".lstrip("0")
    cell.hover()
    told = page.locator("#tip").inner_text().splitlines()
    assert told[:3] == [
        "KAZ with CHN, 2010", f"score {shown(value['score'])}",
        f"possible {shown(value['low'])}–{shown(value['high'])}",
    ]  # fmt: skip
    assert cell.get_attribute("aria-label").startswith(", ".join(told[:2]))
    cell.focus()
    page.keyboard.press("ArrowRight")
    focused = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert focused.startswith("KAZ with CHN, 2011")
    assert page.locator('#heat td[tabindex="0"]').count() == 1
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator("#s-head").inner_text() == "Kyrgyzstan (KGZ) in 2011"
    assert page.evaluate("document.activeElement.textContent") == "with China (CHN)"


def test_what_is_unknown_is_hatched_and_never_a_number(
    open_page: Any, result: AlignmentResult
) -> None:
    page = open_page()
    unknown = result.scores["score"].xs("RUS", level="partner").isna()
    assert page.locator("#heat td.none").count() == unknown.sum() > 0
    assert "".join(page.locator("#heat td.none").all_inner_texts()) == ""
    image = page.locator("#heat td.none").first.evaluate("e => getComputedStyle(e).backgroundImage")
    assert "gradient" in image
    state, year = unknown.index[unknown][0]
    label = page.locator("#heat td.none").first.get_attribute("aria-label")
    assert label.startswith(f"{state} with RUS, {year}, no score")


def hover_year(page: Page, chart: str, year: int) -> None:
    over = page.locator(f"#{chart} .u-over").bounding_box()
    assert over is not None
    x = over["x"] + over["width"] * (year - 1992) / (2025 - 1992)
    page.mouse.move(x, over["y"] + over["height"] / 2)


def readout(page: Page, chart: str) -> dict[str, str]:
    found: dict[str, str] = page.eval_on_selector_all(
        f"#{chart} .readout button",
        "all => Object.fromEntries(all.map(b => [b.dataset.key, b.lastChild.textContent]))",
    )
    return found


def test_the_hover_of_the_trajectories_reads_the_scores_of_the_year(
    open_page: Any, result: AlignmentResult
) -> None:
    page = open_page()
    page.locator("#c-chart .u-over").scroll_into_view_if_needed()
    for year in (1996, 2014):
        hover_year(page, "c-chart", year)
        assert page.locator("#c-chart .at").inner_text().startswith(str(year))
        of_year = result.scores["score"].xs("RUS", level="partner").xs(year, level="year")
        assert readout(page, "c-chart") == {
            state: "?" if np.isnan(value) else shown(value) for state, value in of_year.items()
        }


def test_the_trajectories_work_by_key_and_zoom(open_page: Any, result: AlignmentResult) -> None:
    page = open_page()
    plot = page.locator("#c-chart .plot")
    plot.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    value = result.scores.loc[("ARM", "RUS", 1993)]
    assert (
        page.locator("#c-chart .at")
        .inner_text()
        .startswith(
            f"1993 · Armenia: score {shown(value['score'])}, possible {shown(value['low'])}–"
        )
    )
    before = plot.screenshot()
    page.keyboard.press("+")
    page.wait_for_timeout(50)
    zoomed = plot.screenshot()
    assert zoomed != before
    page.keyboard.press("0")
    button = page.locator('#c-chart .readout button[data-key="KAZ"]')
    button.focus()
    page.keyboard.press("Enter")
    assert (
        page.locator('#c-chart .readout button[data-key="KAZ"]').get_attribute("aria-pressed")
        == "false"
    )
    assert page.evaluate("document.activeElement.dataset.key") == "KAZ"
    page.locator("#c-chart summary").click()
    page.locator("#c-chart details tr").first.wait_for()
    table = page.eval_on_selector_all(
        "#c-chart details tr", "rows => rows.map(r => [...r.cells].map(c => c.textContent))"
    )
    column = table[0].index("Kazakhstan")
    for row in table[1:]:
        value = result.scores.loc[("KAZ", "RUS", int(row[0])), "score"]
        assert row[column] == ("?" if np.isnan(value) else shown(value))


def test_a_state_shows_contributions_and_the_sources_behind_them(
    open_page: Any, result: AlignmentResult
) -> None:
    page = open_page()
    page.select_option("#s-state", label="Armenia (ARM)")
    page.select_option("#s-year", label="2013")
    card = page.locator(".card", has=page.locator("h4", has_text="with Russia (RUS)"))
    key = ("ARM", "RUS", 2013)
    assert card.locator(".big").inner_text() == shown(result.scores.loc[key, "score"])
    rows = card.locator("table tbody tr").all()
    for row, indicator in zip(rows, result.spec.indicators, strict=True):
        code, part = (
            frame.loc[key, indicator.name] for frame in (result.codes, result.contributions)
        )
        texts = row.locator("th, td").all_inner_texts()
        assert texts[0] == indicator.title
        assert texts[1] == ("does not apply" if np.isnan(code) else shown(code))
        assert texts[2] == ("" if np.isnan(part) else f"+{shown(part)}")
    card.locator("summary").click()
    shown_text = " ".join(card.locator("details").inner_text().split())
    told = " ".join(result.explain(*key).split())
    for line in re.findall(r"source \w+: (.*?) (?=source |rule )", told):
        years = re.match(r"coverage 2011–2013|(\d{4}): ", line)
        if years is None or years[1] is None:
            assert line in shown_text
    assert "2012: 0 of 0 million TIV (no entry: none)" in shown_text
    assert "the indicator begins in 2014" in shown_text
    rules = re.findall(r" rule (.*?) (?:code|does not apply)", told)
    assert len(rules) == len(result.spec.indicators)
    assert all(f"rule {rule}" in shown_text for rule in rules)
    assert "2009: 45.8, 2010: 45.8, 2011: 1.5, 2012: 0, 2013: 16" in shown_text


def test_why_opens_the_score_that_was_asked_about(open_page: Any) -> None:
    page = open_page()
    page.locator('button[aria-label^="Why: TKM with RUS"]').click()
    assert page.locator("#s-head").inner_text().startswith("Turkmenistan (TKM) in ")
    assert page.locator(".card details[open]").count() == 1
    assert page.evaluate("document.activeElement.textContent") == "with Russia (RUS)"


def test_dark_follows_the_system_and_the_button(open_page: Any) -> None:
    page = open_page(color_scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    page.emulate_media(color_scheme="light")
    page.wait_for_selector('html[data-theme="light"]')
    light = page.evaluate(paper)
    assert (light, dark) == ("rgb(255, 255, 255)", "rgb(20, 24, 29)")
    for name, wanted in (("light", light), ("dark", dark), ("auto", light)):
        page.locator("#theme").click()
        assert page.locator("#theme").inner_text() == f"Theme: {name}"
        assert page.evaluate(paper) == wanted


@pytest.mark.parametrize("name", ["bundled", "odd"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scrolling(open_page: Any, name: str, scheme: str) -> None:
    page = open_page(name, viewport={"width": 360, "height": 740}, color_scheme=scheme)
    assert page.wide() == 0
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert page.wide() == 0


def test_the_page_prints_on_a_few_sheets(open_page: Any) -> None:
    page = open_page(color_scheme="dark")
    raw = page.pdf(format="A4")
    assert 3 <= len(re.findall(rb"/Type\s*/Page\b", raw)) <= 8
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"  # and back again


@pytest.mark.parametrize(
    ("name", "scheme"), [("bundled", "light"), ("bundled", "dark"), ("odd", "light")]
)
def test_accessibility_has_no_serious_finding(open_page: Any, name: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="extra browser")
    page = open_page(name, color_scheme=scheme)
    if scheme == "light":  # once with what unfolds
        some = "#c-chart details, .card:first-child details, #provenance details"
        page.eval_on_selector_all(some, "all => all.forEach(d => { d.open = true; })")
        page.wait_for_timeout(50)
    found = axe.Axe().run(page.page).response["violations"]
    bad = [
        f"{item['id']}: {node['html'][:150]}"
        for item in found
        for node in item["nodes"][:2]
        if item["impact"] in ("serious", "critical")
    ]
    assert bad == []


def test_a_line_does_not_leap_over_a_year_without_rows(open_page: Any) -> None:
    page = open_page("odd")
    page.select_option("#c-partner", label="P")
    page.locator("#c-chart summary").click()
    page.locator("#c-chart details tr").first.wait_for()
    rows = page.eval_on_selector_all(
        "#c-chart details tr", "rows => rows.map(r => [...r.cells].map(c => c.textContent))"
    )
    assert rows == [
        ["year", EVIL, "Y"], ["2001", "-1.000", ""], ["2002", "", ""], ["2003", "-1.000", "-0.400"],
        ["2004", "", "?"],
    ]  # fmt: skip


def test_texts_of_others_stay_texts(open_page: Any) -> None:
    page = open_page("odd")
    assert page.locator("img").count() == 0
    assert page.locator("h1").inner_text() == EVIL
    assert page.title() == f"{EVIL} (illustrative)"
    assert page.locator("#scores tbody th").first.inner_text() in (EVIL, "Y")
    page.locator("#scores td button").first.click()
    page.locator("#t-state").select_option(index=1)
    assert page.locator("script").count() == 3
    codes = page.locator(".card table th[scope=row]").all_inner_texts()
    assert EVIL in codes
