"""Agreement by dyad and year: cells against plain loops, and known figures."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

import alignindex as ai
from alignindex.data import load_dataset
from benchmarks.twins.rollcalls import agreement_of


def records(year: int) -> dict[str, dict[int, int]]:
    """Votes that were cast in a year, by state."""
    votes = ai.load_votes(years=year, absences="drop")
    table: dict[str, dict[int, int]] = {}
    for state, call, vote in zip(votes["state"], votes["rcid"], votes["vote"], strict=True):
        table.setdefault(state, {})[call] = int(vote)
    return table


def same(value: float, exact: Fraction | None) -> bool:
    return math.isnan(value) if exact is None else value == float(exact)


@pytest.mark.parametrize(
    ("state", "partner", "year"),
    [("ARM", "RUS", 2013), ("EST", "RUS", 2022), ("UZB", "USA", 2017), ("RUS", "CHN", 2024),
     ("TUR", "USA", 1992), ("KGZ", "TUR", 1999), ("GEO", "CHN", 2025), ("TJK", "RUS", 2001)],
)  # fmt: skip
def test_a_row_beside_the_world_in_plain_loops(state: str, partner: str, year: int) -> None:
    row = load_dataset("unga_relative").set_index(["state", "partner", "year"]).loc[
        (state, partner, year)
    ]  # fmt: skip
    table = records(year)
    n, mean_of_pair, alignment, kappa = agreement_of(table.get(state, {}), table[partner])
    assert row["unga_shared"] == n
    for name, exact in (("agreement", mean_of_pair), ("a", alignment), ("kappa", kappa)):
        assert same(row[f"unga_{name}"], exact)
    world = {}
    for other, votes in table.items():
        common = set(votes) & set(table[partner])
        if other != partner and len(common) >= 10:
            half = sum(Fraction(abs(votes[c] - table[partner][c]), 2) for c in common)
            world[other] = 1 - half / len(common)
    assert row["unga_members"] == len(world)
    mean = sum(world.values()) / len(world)
    variance = sum((value - mean) ** 2 for value in world.values()) / len(world)
    assert row["unga_mean"] == pytest.approx(float(mean), abs=1e-14)
    assert row["unga_sd"] == pytest.approx(math.sqrt(variance), abs=1e-14)
    if state not in world:
        assert math.isnan(row["unga_percentile"])
        return
    below = sum(value < world[state] for value in world.values())
    equal = sum(value == world[state] for value in world.values())
    expected = (Fraction(below) + Fraction(equal, 2)) / len(world)
    assert row["unga_percentile"] == float(expected)


def test_world_means_of_the_decade() -> None:
    """Most of the Assembly votes with China more often than with Turkey, Russia or the USA."""
    table = load_dataset("unga_relative").query("2010 <= year <= 2019")
    means = table.groupby("partner")["unga_mean"].mean()
    assert means.sort_values(ascending=False).index.tolist() == ["CHN", "TUR", "RUS", "USA"]
    assert means["RUS"] == pytest.approx(0.72, abs=0.02)
    assert means["CHN"] == pytest.approx(0.79, abs=0.02)
    assert means["TUR"] == pytest.approx(0.77, abs=0.02)
    # Adopted resolutions only: drafts and amendments that the USA carried or lost are not in it.
    assert means["USA"] == pytest.approx(0.35, abs=0.02)


def test_relative_and_plain_tables_agree() -> None:
    plain = load_dataset("unga_agreement").set_index(["state_a", "state_b", "year"])
    for row in load_dataset("unga_relative").itertuples(index=False):
        a, b = sorted((row.state, row.partner))
        shared, agreement, kappa = plain.loc[(a, b, row.year)]
        np.testing.assert_array_equal(
            [row.unga_shared, row.unga_agreement, row.unga_kappa], [shared, agreement, kappa]
        )


def test_every_pair_and_year_is_there() -> None:
    plain, relative = load_dataset("unga_agreement"), load_dataset("unga_relative")
    assert len(plain) == 153 * 34
    assert len(relative) == (14 * 4 + 4 * 3) * 34
    for table in (plain, relative):
        assert sorted(table["year"].unique()) == list(range(1992, 2026))
    span = relative["unga_percentile"].dropna()
    assert 0 < span.min() < span.max() < 1


def test_version_1_is_kept() -> None:
    first = load_dataset("unga_agreement/v1")
    assert (len(first), first["year"].max()) == (4284, 2019)
    assert first.attrs["sha256"].startswith("fd0edc5b949b8d77")  # the file as it was in 0.1


def test_no_seam_in_2020() -> None:
    """The mean change of places in 2020 does not exceed that of the years before it."""
    table = load_dataset("unga_relative").pivot_table(
        index=["state", "partner"], columns="year", values="unga_percentile"
    )
    moves = table.diff(axis=1).abs().mean()
    assert moves[2020] <= moves.loc[2010:2019].max()


@pytest.mark.parametrize(("state", "partner"), [("BLR", "RUS"), ("ARM", "RUS")])
def test_drift_shows(state: str, partner: str) -> None:
    place = load_dataset("unga_relative").set_index(["state", "partner", "year"])["unga_percentile"]
    assert place[(state, partner, 2013)] > 0.9
    falls = place[(state, partner, 2024)] < place[(state, partner, 2019)] - 0.05
    assert falls == (state == "ARM")


def test_frame_is_a_panel() -> None:
    panel = ai.load_panel("unga_relative")
    assert panel.index.names == ["state", "partner", "year"]
    assert (panel.dtypes == np.float64).all()
    assert isinstance(panel, pd.DataFrame)
