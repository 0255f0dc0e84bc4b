"""The signed index: its ends, its neutral point, its weights, and what the page says of them."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alignindex as ai

SPEC = ai.load_spec("alignindex2026")
NOTHING: dict[str, Any] = {
    "arms_tiv": 0.0, "arms_tiv_total": 10.0, "exercise_depth": 0.0, "exercise_refusals": 0.0,
    "bases": "none", "pledge_kind": "none", "appeals": 0.0, "answers": 0.0, "hostility": 0.0,
    "rupture": 0.0, "un_percentile": 0.5, "position_state": 0.5, "position_partner": 0.5,
}  # fmt: skip
ALL = NOTHING | {
    "arms_tiv": 10.0, "exercise_depth": 100.0, "bases": "base", "pledge_kind": "defence",
    "un_percentile": 1.0,
}  # fmt: skip
WAR = NOTHING | {
    "hostility": 5.0, "rupture": 1.0, "un_percentile": 0.0, "position_state": 0.0,
    "position_partner": 1.0,
}  # fmt: skip


def score(cells: dict[str, Any], first: int = 2000) -> float:
    """Score of a dyad whose years are all alike, in the last of twenty."""
    rows = [
        {"state": "AAA", "partner": "BBB", "year": y, **cells} for y in range(first, first + 20)
    ]
    return float(ai.score(ai.as_panel(pd.DataFrame(rows)), SPEC).scores["score"].iloc[-1])


def test_nothing_between_two_states_is_neutral() -> None:
    assert score(NOTHING, first=1990) == 0.0  # to 2009: positions do not apply
    assert SPEC.neutral_score == 0.0


def test_the_ends_are_every_tie_and_war() -> None:
    assert score(ALL) == pytest.approx(1.0, abs=1e-9)
    assert score(WAR) == -1.0


@pytest.mark.parametrize(
    ("changed", "by"),
    [
        # Of two units a part weighs 2/3; ties are a quarter each, obligation is two to one.
        ({"hostility": 1.0}, -2 / 3 * 0.1),
        ({"hostility": 2.0}, -2 / 3 * 0.3),
        ({"hostility": 3.0}, -2 / 3 * 0.6),
        ({"hostility": 4.0}, -2 / 3 * 0.85),
        ({"arms_tiv": 10.0}, 2 / 3 / 4),
        ({"bases": "base"}, 2 / 3 / 4),
        ({"bases": "facility"}, 2 / 3 / 4 / 2),
        ({"exercise_depth": 1.0}, 2 / 3 / 4 / 2),
        # Without an appeal the pledge is the whole of the obligation.
        ({"pledge_kind": "defence"}, 2 / 3 / 4),
        ({"pledge_kind": "frozen_defence"}, 2 / 3 / 4 / 2),
        ({"pledge_kind": "consultation"}, 2 / 3 / 4 / 4),
        ({"pledge_kind": "defence", "appeals": 1.0, "answers": 0.0}, 2 / 3 / 4 * 2 / 3),
        ({"un_percentile": 1.0}, 2 / 3 / 2),
    ],
)
def test_each_code_weighs_what_the_page_says(changed: dict[str, Any], by: float) -> None:
    before = {"first": 1990}
    assert score(NOTHING | changed, **before) - score(NOTHING, **before) == pytest.approx(by)


def test_positions_are_half_of_diplomacy() -> None:
    apart = NOTHING | {"position_state": 0.0, "position_partner": 1.0}
    assert score(apart) - score(NOTHING) == pytest.approx(-2 / 3 / 2)


@given(level=st.integers(0, 4), place=st.floats(0, 1), depth=st.floats(0, 5))
def test_more_hostility_never_raises_a_score(level: int, place: float, depth: float) -> None:
    cells = NOTHING | {"un_percentile": place, "exercise_depth": depth, "hostility": float(level)}
    calm, worse = score(cells), score(cells | {"hostility": level + 1.0})
    assert worse < calm
    assert -1 <= worse <= calm <= 1


def test_inputs_are_bundled_and_years_reach_2024() -> None:
    result = ai.score(ai.panel_for_spec("alignindex2026"), "alignindex2026")
    assert result.provenance["panel"]["bundled"] == "post_soviet"
    assert result.latest_complete_year() == 2024
    assert not math.isnan(result.scores.loc[("GEO", "RUS", 1992), "score"])


def test_war_and_occupation_are_the_other_end() -> None:
    scores = ai.score(ai.load_panel("post_soviet"), SPEC).scores["score"]
    five = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019").scores["score"]
    for year in (2022, 2023):  # version 1 gave 0.00 to both
        assert scores[("UKR", "RUS", year)] < scores[("GEO", "RUS", year)] < -0.5
        assert abs(five[("UKR", "RUS", year)] - five[("GEO", "RUS", year)]) < 0.05


@pytest.mark.parametrize("name", ["erkomaishvili2019", "erkomaishvili2019-kappa", "alignindex2026"])
def test_every_declared_alternative_can_be_scored_and_changes_a_score(name: str) -> None:
    spec, panel = ai.load_spec(name), ai.load_panel("post_soviet").loc[["KAZ", "KGZ", "GEO"]]
    nominal = ai.score(panel, spec).scores["score"]
    for alternative in spec.alternatives:
        for level in alternative.levels:
            varied = ai.score(panel, spec.variant(alternative.name, level.name)).scores["score"]
            assert (varied - nominal).abs().max() > 1e-6, (alternative.name, level.name)
