"""The outcomes shown in docs/face_validity.md are those that the bundled data give."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

import alignindex as ai
from benchmarks.studies import expectations, face_validity
from benchmarks.studies.face_validity import CASES

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "face_validity.md").read_text("utf-8")
TABLES: dict[str, Callable[[ai.AlignmentResult], str]] = {
    "F1–F18": face_validity.table,
    "G1–G26": expectations.table,
}


@cache
def scored(spec: str, panel: str) -> ai.AlignmentResult:
    return ai.score(ai.load_panel(panel), spec)


@pytest.mark.parametrize("rows", list(TABLES))
@pytest.mark.parametrize(("spec", "panel", "heading"), CASES)
def test_page_shows_the_outcome_of_the_bundled_data(
    rows: str, spec: str, panel: str, heading: str
) -> None:
    shown = PAGE.split(f"### {rows}: {heading}\n\n")[1].split("\n\n")[0]
    assert shown == TABLES[rows](scored(spec, panel))


@pytest.mark.parametrize(("spec", "panel", "heading"), CASES)
def test_page_counts_the_hits(spec: str, panel: str, heading: str) -> None:
    result = scored(spec, panel)
    counts = [
        f"{sum(held for _, held, _ in found)} of {len(found)}"
        for found in (face_validity.outcomes(result), expectations.outcomes(result))
    ]
    assert f"| {heading} | {counts[0]} | {counts[1]} |" in PAGE


def test_every_expectation_has_an_outcome_and_the_text_that_was_committed() -> None:
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in PAGE.splitlines()]
    listed = {row[0]: row[1] for row in reversed(rows) if row and row[0][:1] in ("F", "G")}
    result = scored("erkomaishvili2019", "post_soviet")
    found = [no for no, _, _ in face_validity.outcomes(result) + expectations.outcomes(result)]
    assert sorted(listed) == sorted(found)
    for row in expectations.EXPECTATIONS:
        assert listed[row.no] == row.text
