"""The outcome shown in docs/face_validity.md is the one that the bundled data give."""

from __future__ import annotations

from pathlib import Path

import alignindex as ai
from benchmarks.studies.face_validity import outcomes, table

PAGE = Path(__file__).resolve().parents[1] / "docs" / "face_validity.md"


def test_page_shows_the_outcome_of_the_bundled_data() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in ("erkomaishvili2019", "erkomaishvili2019-kappa"):
        shown = page.split(f"### `{name}`\n\n")[1].split("\n\n")[0]
        assert shown == table(ai.score(ai.load_panel("post_soviet"), name))


def test_every_expectation_has_an_outcome() -> None:
    page = PAGE.read_text(encoding="utf-8")
    expected = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| F")]
    found = [
        no for no, _, _ in outcomes(ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019"))
    ]
    assert list(dict.fromkeys(expected)) == found
