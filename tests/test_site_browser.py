"""The built site in headless Chromium: nothing from a network, no errors, nothing sticks out.

Looks at the folder that ``ALIGNINDEX_SITE`` names (``.ci/run`` builds one); skipped without it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

api = pytest.importorskip("playwright.sync_api", reason="needs playwright (extra browser)")

SITE = Path(os.environ.get("ALIGNINDEX_SITE", ""))
PAGES = (
    "index",
    "quickstart",
    "tutorial_panel",
    "tutorial_similarity",
    "note_multivectorism",
    "howto/index",
    "fidelity",
    "spec_language",
    "reference/api",
    "reference/datasets/bases",
    "reference/generated/alignindex.dynamics.changes",
    "reference/generated/alignindex.scoring.result.AlignmentResult",
    "gallery/figures",
    "benchmarks",
)
# What reaches beyond the window, and is in nothing that scrolls by itself.
STICKS_OUT = """() => {
  const width = document.documentElement.clientWidth, found = [];
  if (document.documentElement.scrollWidth > width) found.push("the page");
  for (const part of document.querySelectorAll(".bd-article *")) {
    if (part.getBoundingClientRect().right <= width + 1) continue;
    let box = part;
    while (box && !["auto", "scroll", "hidden"].includes(getComputedStyle(box).overflowX))
      box = box.parentElement;
    if (!box) found.push(part.outerHTML.slice(0, 80));
  }
  return found.slice(0, 3);
}"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    if not (SITE / "index.html").is_file():
        pytest.skip("no built site: ALIGNINDEX_SITE names no folder with index.html")
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if program is None:
        pytest.skip("no chromium on the path")
    with api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_pages_are_whole_by_themselves_and_keep_within_the_window(
    chromium: Any, width: int
) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 900})
    wrong: list[str] = []
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request",
        lambda r: None if r.url.startswith(("file:", "data:")) else wrong.append(r.url),
    )
    for name in PAGES:
        page.goto((SITE / f"{name}.html").resolve().as_uri())
        wrong += [f"sticks out: {part}" for part in page.evaluate(STICKS_OUT)]
        assert page.locator("h1").count() == 1, name
        pictures = page.evaluate("[...document.images].filter(i => !i.naturalWidth).length")
        assert pictures == 0, f"{name}: {pictures} pictures are not there"
        assert wrong == [], (name, width)
    page.close()
