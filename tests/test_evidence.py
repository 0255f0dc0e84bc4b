"""The page about the evidence shows the tables that the study prints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alignindex as ai
from benchmarks.studies import evidence

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "evidence.md").read_text("utf-8")


@pytest.fixture(scope="module")
def tables() -> dict[str, str]:
    return evidence.tables()


@pytest.mark.slow
def test_the_page_shows_every_table(tables: dict[str, str]) -> None:
    for heading, table in tables.items():
        shown = PAGE.split(f"### {heading}\n\n")[1].split("\n\n")[0]
        assert shown == table, heading


def toy(**columns: list[float]) -> pd.DataFrame:
    """One dyad, 2013 to 2019."""
    years = range(2013, 2020)
    return ai.as_panel(pd.DataFrame({"state": "ARM", "partner": "RUS", "year": years, **columns}))


SPEC = ai.IndexSpec.from_dict(
    {
        "schema_version": 2, "name": "toy", "fidelity": "illustrative", "missing": "carry",
        "carry_years": 3, "aggregation": "mean",
        "indicators": [
            {"name": n, "columns": [n], "rule": {"kind": "identity"}} for n in ("a", "b")
        ],
    }
)  # fmt: skip


def test_what_is_hidden_is_replaced_by_the_rule_and_compared_with_the_truth(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    panel = toy(a=[0.5, 0.5, 0.4, 0.4, 0.6, 0.8, 1.0], b=[0.9] * 7)
    monkeypatch.setattr(evidence, "result_of", lambda spec, panel: ai.score(panel, spec))
    row = evidence.holdout(SPEC, panel).loc["a"]  # type: ignore[arg-type]
    # 2015 has 0.4, which stands in for 2016, 2017 and 2018; 2019 is beyond three years.
    assert (row["hidden"], row["filled"], row["compared"]) == (4, 0.75, 3)
    assert row["rule"] == row["last"] == pytest.approx((0.0 + 0.2 + 0.4) / 3)
    assert row["others"] == pytest.approx((0.5 + 0.3 + 0.1) / 3)


def test_carried_codes_count_as_composition() -> None:
    # b is carried at 0.9 in 2016 and 2017 and seen again in 2018, at 0.1: between years in which
    # it was observed nothing but b moved, and none of it shows as a change of codes.
    nan = np.nan
    result = ai.score(toy(a=[0.5] * 7, b=[0.9, 0.9, 0.9, nan, nan, 0.1, 0.1]), SPEC)
    found = evidence.composition(result)
    assert found["dyads"].tolist() == [1] * 6
    assert found["share"].tolist() == [0.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    # The same values observed throughout: a change of codes.
    seen = ai.score(toy(a=[0.5] * 7, b=[0.9, 0.9, 0.9, 0.9, 0.9, 0.1, 0.1]), SPEC)
    assert evidence.composition(seen)["share"].tolist() == [0.0] * 6
    gone = ai.score(toy(a=[0.5] * 7, b=[0.9] + [nan] * 6), SPEC)
    assert evidence.composition(gone)["share"].loc[2017] == 1.0  # too old from 2017: 0.7 to 0.5


def test_known_years_are_counted_from_1994_to_2024() -> None:
    table = evidence.known(evidence.result_of("erkomaishvili2019-v1", "post_soviet/v1"))
    assert table.loc["MDA", "scored"] == pytest.approx(1 / 31)
    assert (table["carried"] == 0).all()


def test_declared_alternatives_become_choices_with_the_nominal_level_first() -> None:
    choices = evidence.declared(ai.load_spec("erkomaishvili2019"))
    assert [choice.name for choice in choices] == ["votes", "exercises", "arms", "bases"]
    assert all(choice.levels[0] == "as it is" for choice in choices)
    assert choices[0].levels[1:] == ("raw agreement", "kappa")
