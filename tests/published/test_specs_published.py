"""Specs that are called verified give the published numbers."""

from __future__ import annotations

import pandas as pd
import pytest

import alignindex as ai

# Signorino & Ritter 1999, Table 6: commitments of 1914, 0 none to 3 defence, twenty states.
GERMANY = [3, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0]
RUSSIA = [0, 3, 1, 3, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]


def panel(table: pd.DataFrame, year: int, **options: object) -> pd.DataFrame:
    """Similarity of every two states as a panel of one year, both ways."""
    found = ai.similarity.dyads(table, directed=True, by=None, **options)  # type: ignore[arg-type]
    return ai.as_panel(found.assign(year=year).drop(columns="n_shared"))


@pytest.mark.parametrize(
    ("spec", "measure", "published"),
    [
        ("signorino-ritter-s", "s_absolute", 0.4),
        ("hage-kappa", "kappa_squared", -0.0775862068965516),
    ],
)
def test_1914(spec: str, measure: str, published: float) -> None:
    table = pd.DataFrame(
        {
            "state": ["DEU"] * 20 + ["RUS"] * 20,
            "item": [*range(20)] * 2,
            "value": GERMANY + RUSSIA,
        }
    )
    made = panel(table, 1914, state="state", item="item", value="value", levels=[0, 1, 2, 3],
                 measures=[measure])  # fmt: skip
    result = ai.score(made, spec)
    assert result.spec.fidelity == "verified"
    score = result.scores["score"]
    for pair in (("DEU", "RUS", 1914), ("RUS", "DEU", 1914)):
        assert score[pair] == pytest.approx(published, abs=2e-15)


def test_agreement_as_the_voting_data_define_it() -> None:
    """Five roll calls of session 70, worked by hand.

    Roll call 3 is unanimous among votes cast and drops out; on 5 the USA is absent. Of 1, 2 and 4,
    the USA and Israel vote alike twice and differ by an abstention once: (1 + 1 + 0.5) / 3.
    """
    ballots = {"USA": [3, 3, 1, 1, None], "ISR": [3, 3, 1, 2, 3], "CUB": [1, 2, 1, 3, 1]}
    votes = pd.DataFrame(
        [(s, call, vote, 70) for s, row in ballots.items() for call, vote in enumerate(row, 1)],
        columns=["state", "rcid", "vote", "session"],
    )
    made = panel(votes, 70 + 1945, state="state", item="rcid", value="vote", levels=[1, 2, 3],
                 measures=["agreement_half"], unanimous="drop")  # fmt: skip
    result = ai.score(made, "voeten-agreement")
    assert result.spec.fidelity == "documented"
    score = result.scores["score"]
    assert score[("USA", "ISR", 2015)] == pytest.approx(2.5 / 3, abs=1e-15)
    assert score[("USA", "CUB", 2015)] == pytest.approx((0 + 0.5 + 0) / 3, abs=1e-15)


@pytest.mark.parametrize(
    "name", [name for name in ai.list_specs().index if ai.load_spec(name).fidelity == "verified"]
)
def test_every_verified_spec_is_tested_here(name: str) -> None:
    assert name in {"signorino-ritter-s", "hage-kappa"}
