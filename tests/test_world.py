"""The panel world: hand-checked cells, laws, coverage, and the spec that scores it."""

from __future__ import annotations

import math
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alignindex as ai
from alignindex.data import data_root, dataset_info, panel_columns

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "datasets"))

PARTNERS = {"USA", "SUN", "RUS", "CHN", "GBR", "FRA", "DEU", "IND", "JPN", "TUR", "BRA"}


@pytest.fixture(scope="module")
def world() -> pd.DataFrame:
    return ai.load_panel("world")


@pytest.mark.slow
def test_it_is_a_panel(world: pd.DataFrame) -> None:
    assert world.index.names == ["state", "partner", "year"]
    assert world.index.is_unique
    assert world.index.is_monotonic_increasing
    assert (world.dtypes == np.float64).all()
    assert list(world) == [column.name for column in dataset_info("world").derived]
    assert set(world.index.get_level_values("partner")) == PARTNERS
    assert ai.as_panel(world.reset_index()).equals(world)


def test_every_member_of_every_year(world: pd.DataFrame) -> None:
    for year in (1946, 1960, 1971, 1991, 2006, 2025):
        members = set(ai.states.members(year, system="un")["iso3"])
        rows = world.xs(year, level="year")
        assert set(rows.index.get_level_values("state")) == members
        partners = set(rows.index.get_level_values("partner"))
        assert partners == PARTNERS & members
        assert len(rows) == len(members) * len(partners) - len(partners)


def test_columns_are_found_by_name() -> None:
    homes = panel_columns()
    assert homes["ideal_distance"] == homes["us_troops"] == "world"
    inputs = ai.spec_inputs("alignment-world")
    assert set(inputs["panel"]) == {"world"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("state", "partner", "year"),
    [("VNM", "USA", 2019), ("CUB", "SUN", 1985), ("AUS", "GBR", 1950), ("KEN", "CHN", 2024)],
)
def test_votes_in_plain_loops(world: pd.DataFrame, state: str, partner: str, year: int) -> None:
    votes = ai.load_votes(years=year, absences="drop")
    records = {
        code: dict(zip(part["rcid"], part["vote"].astype(int), strict=True))
        for code, part in votes.groupby("state", observed=True)
    }
    agreement = {}
    for other, record in records.items():
        common = set(record) & set(records[partner])
        if other != partner and len(common) >= 10:
            apart = sum(abs(record[c] - records[partner][c]) for c in common)
            agreement[other] = (2 * len(common) - apart) / (2 * len(common))
    row = world.loc[(state, partner, year)]
    assert row["votes_shared"] == len(set(records[state]) & set(records[partner]))
    assert row["votes_agreement"] == agreement[state]
    below = sum(value < agreement[state] for value in agreement.values())
    equal = sum(value == agreement[state] for value in agreement.values())
    assert row["votes_percentile"] == (below + equal / 2) / len(agreement)


def test_votes_equal_the_table_of_the_region(world: pd.DataFrame) -> None:
    table = ai.load_panel("unga_relative")
    both = world.reindex(table.index)
    enough = (table["unga_shared"] >= 10) & both["votes_shared"].notna()
    assert enough.sum() > 2200
    for old, new in (
        ("unga_agreement", "votes_agreement"), ("unga_a", "votes_a"),
        ("unga_kappa", "votes_kappa"), ("unga_percentile", "votes_percentile"),
    ):  # fmt: skip
        np.testing.assert_array_equal(table.loc[enough, old], both.loc[enough, new])


@pytest.mark.parametrize(
    ("state", "partner", "year", "column", "value"),
    [
        ("DEU", "USA", 2018, "treaty_pledge", 3.0), ("ARM", "RUS", 2018, "treaty_pledge", 3.0),
        ("UKR", "CHN", 2018, "treaty_pledge", 2.0), ("BLR", "TUR", 2000, "treaty_pledge", 2.0),
        ("DEU", "USA", 2019, "treaty_pledge", np.nan),
        ("VNM", "USA", 2010, "treaty_pledge", np.nan),
        ("TUR", "USA", 2025, "treaty_pledge", 3.0),  # NATO
        ("ARM", "RUS", 2025, "treaty_pledge", 3.0),  # treaty of 1997, not frozen
        ("AZE", "TUR", 2021, "treaty_pledge", 3.0),  # treaty of 2010, Shusha 2021
        ("UKR", "RUS", 2018, "treaty_pledge", 2.0),
        ("UKR", "RUS", 2019, "treaty_pledge", 0.0),  # expired on 1 April 2019
        ("RUS", "CHN", 2022, "treaty_pledge", 2.0),  # treaty of 2001
        ("KAZ", "USA", 2019, "treaty_pledge", np.nan),  # ATOP counts Helsinki, the other not
        ("MDA", "RUS", 2019, "treaty_pledge", np.nan),  # a treaty that was not read
        ("DEU", "USA", 2018, "us_troops", 36452.0), ("DEU", "GBR", 2018, "us_troops", np.nan),
        ("ARM", "RUS", 2015, "memberships_shared", 3.0),
        ("ARM", "RUS", 2024, "memberships_shared", 2.0),  # CIS, EAEU; the CSTO is frozen
        ("BLR", "CHN", 2023, "memberships_shared", 0.0),
        ("BLR", "CHN", 2025, "memberships_shared", 1.0),  # SCO since July 2024
        ("KAZ", "RUS", 2025, "memberships_shared", 4.0),  # CIS, CSTO, EAEU, SCO
        ("CHN", "RUS", 2025, "memberships_shared", 2.0),  # BRICS, SCO
        ("IND", "RUS", 2023, "memberships_shared", np.nan),  # its other rows are not listed
        ("EST", "USA", 2003, "memberships_shared", 0.0),
        ("EST", "USA", 2004, "memberships_shared", 1.0),
        ("VNM", "USA", 2004, "memberships_shared", np.nan),
        ("VEN", "USA", 2022, "votes_agreement", np.nan),  # in arrears: no vote
    ],
)  # fmt: skip
def test_known_cells(
    world: pd.DataFrame, state: str, partner: str, year: int, column: str, value: float
) -> None:
    np.testing.assert_equal(world.loc[(state, partner, year), column], value)


def test_later_pledges_continue_the_earlier_ones(world: pd.DataFrame) -> None:
    """A pair is continued after the end of ATOP exactly where the curated table agrees there."""
    own = ai.load_dataset("memberships/pledges").set_index(["state", "partner", "year"])["pledge"]
    pledge = world["treaty_pledge"].to_dict()
    continued = 0
    for state, partner in {(a, b) for a, b, year in pledge if year == 2018}:
        held = [pledge[(state, partner, year)] for year in range(2018, 2026)]
        curated = [own.get((state, partner, year), np.nan) for year in range(2018, 2026)]
        if curated[0] == held[0]:
            continued += 1
            np.testing.assert_array_equal(held, curated)
        else:
            assert np.isnan(held[1:]).all()
    assert continued == 24


def test_distance_follows_from_the_points(world: pd.DataFrame) -> None:
    points = ai.load_dataset("world").set_index(["state", "year"])
    for state, partner, year in (("BRA", "USA", 1985), ("RUS", "CHN", 2023), ("FRA", "GBR", 1956)):
        a, b = points.loc[(state, year)], points.loc[(partner, year)]
        row = world.loc[(state, partner, year)]
        assert row["ideal_distance"] == abs(a["point"] - b["point"])
        expected = math.sqrt(a["se_calibrated"] ** 2 + b["se_calibrated"] ** 2)
        assert row["ideal_distance_se"] == pytest.approx(expected, rel=1e-15)


def test_symmetric_columns_read_the_same_both_ways(world: pd.DataFrame) -> None:
    names = ["votes_shared", "votes_agreement", "votes_a", "votes_kappa", "ideal_distance"]
    swapped = world[names].swaplevel("state", "partner").rename_axis(world.index.names)
    both = world.index.intersection(swapped.index)
    assert len(both) > 6000
    pd.testing.assert_frame_equal(world.loc[both, names], swapped.loc[both])


def test_nothing_is_known_outside_the_declared_coverage(world: pd.DataFrame) -> None:
    table = ai.load_dataset("world/columns").set_index("column")
    assert list(table.index) == list(world)
    years = world.index.get_level_values("year")
    partners = world.index.get_level_values("partner")
    for column, row in table.iterrows():
        known = world[column].notna().to_numpy()
        assert years[known].min() >= row["first"]
        assert years[known].max() <= row["last"]
        named = {"SUN", *row["partners"].split()}
        assert row["partners"] == "all" or set(partners[known]) <= named
        assert row["credit"]
        assert row["licence"]


def test_1964_has_no_roll_call(world: pd.DataFrame) -> None:
    votes = [name for name in world if name.startswith(("votes", "ideal"))]
    assert world.xs(1964, level="year")[votes].isna().all(axis=None)


def test_scores_of_the_spec(world: pd.DataFrame) -> None:
    part = world.loc[["VNM", "AUS", "ISR"]]
    result = ai.score(part, "alignment-world")
    row, score = part.loc[("AUS", "USA", 2022)], result.scores["score"]
    expected = (row["votes_percentile"] + 1 - min(row["ideal_distance"] / 5, 1)) / 2
    assert score[("AUS", "USA", 2022)] == pytest.approx(expected, abs=1e-15)
    assert result.provenance["panel"]["bundled"] == "world"
    assert result.spec.fidelity == "illustrative"
    assert "bundled panel world" in result.explain("AUS", "USA", 2022)
    # What a reader who knows the states expects.
    assert score[("ISR", "USA", 2022)] > score[("AUS", "USA", 2022)] > score[("VNM", "USA", 2022)]
    assert score[("VNM", "RUS", 2022)] > score[("AUS", "RUS", 2022)] > score[("ISR", "RUS", 2022)]
    assert score[("VNM", "SUN", 1985)] > 0.9


def test_size_in_a_wheel(tmp_path: Path) -> None:
    path = tmp_path / "part.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted((data_root() / "world").iterdir()):
            archive.write(file, file.name)
    assert path.stat().st_size < 3_000_000


@pytest.mark.real
def test_stored_tables_follow_from_the_published_files(sources: Path) -> None:
    import rebuild
    import world_inputs

    for name in ("world/pledges", "world/troops"):
        made = world_inputs.PUBLISHED[name](sources)
        assert rebuild.differences(ai.load_dataset(name), made, rebuild.TABLE_KEYS[name]) == []


@pytest.mark.slow
@pytest.mark.real
def test_pledges_are_those_of_the_obligations_table(sources: Path) -> None:
    """Another table of the project has the same pledges for the states of the region."""
    own = ai.load_panel("obligations")["alliance"]
    world = ai.load_panel("world")["treaty_pledge"].reindex(own.index)
    both = world.notna()
    assert both.sum() > 1500
    assert (world[both] == own[both]).all()


@pytest.mark.slow
@pytest.mark.real
def test_ideal_points_are_those_of_a_new_fit() -> None:
    import world_inputs

    made, held = world_inputs.points(), ai.load_dataset("world")
    assert made[["state", "year", "n_votes"]].equals(held[["state", "year", "n_votes"]])
    for name in ("point", "se", "se_calibrated"):
        np.testing.assert_allclose(made[name], held[name], rtol=0, atol=1e-6)
