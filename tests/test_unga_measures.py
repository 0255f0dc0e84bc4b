"""Agreement by dyad and year: hand-worked cells, a slow twin in fractions, and known figures."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import alignindex as ai
from alignindex.data import load_dataset
from alignindex.kernels.rollcalls import agreement, mid_ranks

Pair = tuple[int, Fraction | None, Fraction | None, Fraction | None]


def slow_pair(a: dict[int, int], b: dict[int, int]) -> Pair:
    """Shared roll calls, agreement, A and kappa of two records of {roll call: vote}, in words.

    Chance disagreement is the mean over every vote of one with every vote of the other.
    """
    common = sorted(set(a) & set(b))
    n = len(common)
    if n == 0:
        return 0, None, None, None
    observed = sum(Fraction(abs(a[call] - b[call]), 2) for call in common) / n
    chance = sum(Fraction(abs(a[i] - b[j]), 2) for i in common for j in common) / n**2
    kappa = None if chance == 0 else 1 - observed / chance
    return n, 1 - observed, 2 * (chance - observed), kappa


def records(year: int) -> dict[str, dict[int, int]]:
    """Votes that were cast in a year, by state."""
    votes = ai.load_votes(years=year, absences="drop")
    table: dict[str, dict[int, int]] = {}
    for state, call, vote in zip(votes["state"], votes["rcid"], votes["vote"], strict=True):
        table.setdefault(state, {})[call] = int(vote)
    return table


def same(value: float, exact: Fraction | None) -> bool:
    return math.isnan(value) if exact is None else value == float(exact)


def test_a_hand_worked_year() -> None:
    """Three states on five roll calls.

    X and Y share 1, 2, 4: disagreements 0, 1/2, 1, so agreement 1/2. X casts 1, 2, 1 and Y
    1, 1, 3 there: chance disagreement (0+0+1 + 1/2+1/2+1/2 + 0+0+1)/9 = 7/18, A = -2/9 and
    kappa = 1 - (1/2)/(7/18) = -2/7. Z votes yes throughout; X and Z
    share all five: 0, 1/2, 0, 0, 1.
    """
    votes = np.array([[1, 2, 1, 1, 3], [1, 1, 4, 3, 0], [1, 1, 1, 1, 1]], dtype=np.uint8)
    found = agreement(votes, votes)
    assert found.shared.tolist() == [[5, 3, 5], [3, 3, 3], [5, 3, 5]]
    assert found.agreement[0, 1] == 1 / 2
    assert found.alignment[0, 1] == -2 / 9
    assert found.kappa[0, 1] == -2 / 7
    assert found.agreement[0, 2] == 7 / 10
    assert found.kappa[0, 2] == 0
    assert math.isnan(found.kappa[2, 2])


@given(
    hnp.arrays(
        np.uint8, st.tuples(st.integers(2, 4), st.integers(1, 8)), elements=st.integers(0, 5)
    )
)
def test_measures_equal_the_slow_twin(votes: np.ndarray) -> None:
    found = agreement(votes, votes)
    cast = [{call: int(vote) for call, vote in enumerate(row) if 1 <= vote <= 3} for row in votes]
    for i, a in enumerate(cast):
        for j, b in enumerate(cast):
            n, mean, alignment, kappa = slow_pair(a, b)
            assert found.shared[i, j] == n
            assert same(float(found.agreement[i, j]), mean)
            assert same(float(found.alignment[i, j]), alignment)
            assert same(float(found.kappa[i, j]), kappa)


def test_mid_ranks_by_hand() -> None:
    assert mid_ranks(np.array([0.5, 0.2, 0.5, 0.9])).tolist() == [0.5, 0.125, 0.5, 0.875]
    assert mid_ranks(np.array([0.3])).tolist() == [0.5]
    assert mid_ranks(np.array([])).tolist() == []


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
    n, mean_of_pair, alignment, kappa = slow_pair(table.get(state, {}), table[partner])
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
    """The mean change of places is no larger in 2020 than in the years before it."""
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
