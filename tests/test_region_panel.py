"""The panel post_soviet, version 2: every column against its table, and version 1 as it was."""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest

import alignindex as ai
from alignindex.data import data_root, dataset_info, load_panel, load_votes

PANEL = load_panel("post_soviet")
Key = tuple[str, str, int]
Row = dict[str, str]


@cache
def read(path: str) -> list[Row]:
    with (data_root() / path).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@cache
def by_dyad(path: str) -> dict[Key, Row]:
    return {(row["state"], row["partner"], int(row["year"])): row for row in read(path)}


@cache
def arms() -> dict[Key, Row]:
    rows = read("arms_imports/table.csv")
    return {(row["recipient"], row["supplier"], int(row["year"])): row for row in rows}


@cache
def pairs() -> dict[tuple[frozenset[str], int], Row]:
    rows = read("unga_agreement/table.csv")
    return {(frozenset((row["state_a"], row["state_b"])), int(row["year"])): row for row in rows}


@cache
def positions(path: str) -> dict[tuple[str, int], Row]:
    return {(row["actor"], int(row["year"])): row for row in read(path)}


def number(text: str) -> float:
    return float(text) if text else math.nan


def vote(key: Key, column: str) -> float:
    row = pairs()[frozenset(key[:2]), key[2]]
    enough = int(row["shared_rollcalls"]) >= 10 and key[2] <= 2024  # 2025 is a part of a year
    return number(row[column]) if enough else math.nan


def depth(key: Key) -> float:
    row = by_dyad("exercises/yearly.csv")[key]
    known = row["status"] in ("complete", "at_least", "none_found")
    return number(row["depth"]) if known else math.nan


def count(key: Key) -> float:
    row = by_dyad("exercises/yearly.csv")[key]
    return number(row["count"]) if row["status"] in ("complete", "at_least") else math.nan


def old_position(actor: str, year: int) -> float:
    row = positions("crimea/positions.csv").get((actor, year))
    return number(row["position"]) if row else math.nan


def position(actor: str, year: int) -> float:
    row = positions("positions/yearly.csv").get((actor, year))
    said = row is not None and row["basis"] not in ("silent", "unknown")
    return number(row["position"]) if row and said else math.nan


def pledge(key: Key) -> str:
    row = by_dyad("memberships/pledges.csv")[key]
    if row["pledge"] == "":
        return "below_defence" if number(row["pledge_defence"]) == 0 else ""
    name = {"0.0": "none", "1.0": "consultation", "2.0": "restraint", "3.0": "defence"}[
        row["pledge"]
    ]
    return "frozen_defence" if name == "defence" and number(row["pledge_frozen"]) == 1 else name


def behaviour(key: Key, column: str) -> float:
    row = by_dyad("memberships/behaviour.csv").get(key)
    return (number(row[column]) if row else 0.0) or 0.0


LOOK_UP: dict[str, Callable[[Key], float | str]] = {
    "arms_tiv": lambda key: number(arms()[key]["tiv"]) if key in arms() else math.nan,
    "arms_tiv_total": lambda key: number(arms()[key]["tiv_total"]) if key in arms() else math.nan,
    "exercises": count,
    "exercise_depth": depth,
    "exercise_refusals": lambda key: number(by_dyad("exercises/yearly.csv")[key]["refusals"]),
    "un_votes": lambda key: vote(key, "agreement_half"),
    "un_kappa": lambda key: vote(key, "kappa_linear"),
    "un_percentile": lambda key: (
        number(by_dyad("unga_relative/table.csv")[key]["unga_percentile"])
        if key[2] <= 2024
        else math.nan
    ),
    "bases": lambda key: by_dyad("bases/yearly.csv")[key]["hosted"],
    "crimea_state": lambda key: old_position(key[0], key[2]),
    "crimea_partner": lambda key: old_position(key[1], key[2]),
    "position_state": lambda key: position(key[0], key[2]),
    "position_partner": lambda key: position(key[1], key[2]),
    "pledge_kind": pledge,
    "appeals": lambda key: float(behaviour(key, "appeals") > 0),
    "answers": lambda key: (
        0.0 if math.isnan(behaviour(key, "answer")) else behaviour(key, "answer") / 3
    ),
    "hostility": lambda key: number(by_dyad("hostility/yearly.csv")[key]["hostility"]),
    "rupture": lambda key: float(by_dyad("hostility/yearly.csv")[key]["hostility"] == "5.0"),
}


def test_every_column_has_its_look_up() -> None:
    assert list(LOOK_UP) == list(PANEL.columns)


@pytest.mark.parametrize("column", list(LOOK_UP))
def test_every_cell_is_that_of_its_table(column: str) -> None:
    for key, value in PANEL[column].items():
        expected = LOOK_UP[column](key)  # type: ignore[arg-type]
        if isinstance(expected, str):
            assert (expected == "") == pd.isna(value), key
            assert pd.isna(value) or value == expected, key
        else:
            assert value == expected or (math.isnan(value) and math.isnan(expected)), key


# --- each year once more, from the rows below the derived tables ----------------------------------
DYADS = [
    ("ARM", "RUS"),
    ("KAZ", "RUS"),
    ("GEO", "USA"),
    ("AZE", "TUR"),
    ("TJK", "CHN"),
    ("RUS", "CHN"),
]


@pytest.mark.parametrize("year", range(1992, 2026))
def test_exercises_of_each_year_follow_from_the_listed_events(year: int) -> None:
    compared = 0
    for state, partner in DYADS:
        found = PANEL.loc[(state, partner, year)]
        status = by_dyad("exercises/yearly.csv")[state, partner, year]["status"]
        total, low, high = 0, 0.0, 0.0
        for row in read("exercises/table.csv"):
            who = {name.strip() for name in row["participants"].split(";")}
            counts = row["kind"] not in ("security_services", "patrol")
            if (
                row["start"][:4] == str(year)
                and {state, partner} <= who
                and counts
                and (row["confidence"] != "low")
            ):
                total += 1
                sizes = (row["n_participants"] or 99, row["n_participants"] or row["n_at_least"])
                few, many = (1.0 if int(n) == 2 else 0.5 if int(n) <= 8 else 0.2 for n in sizes)
                low, high = low + few, high + many
        if status in ("complete", "at_least"):
            assert found["exercises"] == total
        if status in ("complete", "at_least", "none_found"):
            known = math.isclose(low, high)
            assert np.isnan(found["exercise_depth"]) != known
            assert not known or found["exercise_depth"] == pytest.approx(low, abs=1e-9)
        compared += status != "unknown"
    assert compared or year < 1994


@pytest.mark.parametrize("year", range(1992, 2025))
def test_votes_of_each_year_follow_from_the_roll_calls(year: int) -> None:
    table = load_votes(years=year).pivot(index="rcid", columns="state", values="vote")
    votes = {member: table[member].to_numpy() for member in table}
    for state, partner in DYADS:
        world = {}
        for member in set(votes) - {partner}:
            gap = np.abs(votes[member] - votes[partner])
            both = ~np.isnan(gap)
            if both.sum() >= 10:
                world[member] = float((2 - gap[both]).sum()) / (2 * int(both.sum()))
        cell = PANEL.loc[(state, partner, year)]
        if state not in world:
            assert np.isnan(cell["un_votes"])
            continue
        own = world[state]
        below = sum(other < own - 1e-12 for other in world.values())
        level = sum(abs(other - own) <= 1e-12 for other in world.values())
        assert cell["un_votes"] == pytest.approx(own, abs=1e-12)
        assert cell["un_percentile"] == pytest.approx((below + level / 2) / len(world), abs=1e-12)


@pytest.mark.parametrize(
    ("cell", "column", "value"),
    [
        # One or more cells of every year since 2019, typed from the pages that the rows name.
        (("ARM", "RUS", 2019), "crimea_state", 0.75),
        (("ARM", "RUS", 2020), "appeals", 1.0),
        (("BLR", "RUS", 2021), "bases", "base"),
        (("BLR", "RUS", 2021), "position_state", 1.0),  # "de facto and de jure", 30 November
        (("AZE", "TUR", 2021), "bases", "facility"),  # joint monitoring centre from January
        (("KGZ", "RUS", 2022), "exercise_refusals", 2.0),  # Rubezh, Indestructible Brotherhood
        (("ARM", "RUS", 2022), "appeals", 1.0),
        (("UKR", "RUS", 2022), "rupture", 1.0),
        (("ARM", "USA", 2023), "exercise_refusals", 0.0),  # Defender 23 named it by mistake
        (("ARM", "RUS", 2023), "exercise_refusals", 3.0),
        (("GEO", "USA", 2023), "exercise_refusals", 1.0),  # Defender 23
        (("ARM", "RUS", 2024), "pledge_kind", "frozen_defence"),
        (("UKR", "USA", 2024), "pledge_kind", "consultation"),  # agreement of 13 June 2024
        (("RUS", "CHN", 2024), "hostility", 0.0),
        (("USA", "RUS", 2025), "position_state", 0.4375),  # No on ES-11/7, abstention on ES-11/8
    ],
)
def test_cells_of_the_last_years(cell: Key, column: str, value: float | str) -> None:
    assert PANEL.loc[cell, column] == value


def test_a_year_that_is_not_complete_has_no_votes() -> None:
    last = PANEL.xs(2025, level="year")
    assert last[["un_votes", "un_kappa", "un_percentile", "arms_tiv"]].isna().all(axis=None)
    assert last["exercise_depth"].notna().any()


# --- version 1 -----------------------------------------------------------------------------------
# sha256sum datasets/post_soviet/table.csv at the last commit before version 2 (a1b76aa)
OLD_PANEL = "4c15ddaf99fab6ee1de64490a7b5c1ff615e7f5c528af6f4f9dcdca9eb6f146a"
# digest(ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019").scores) at that commit, which
# had version 1 under these names
OLD_SCORES = "fd7130cba7d9f3a80a58d89563989b6b5305794c0b2d5e90db51b6d724e60b91"


def digest(scores: pd.DataFrame) -> str:
    """Hash of the bits of scores, bounds and coverage; NaN as -1, since its bits may vary."""
    bits = np.column_stack([scores[name] for name in ("score", "low", "high", "coverage")])
    return hashlib.sha256(np.where(np.isnan(bits), -1.0, bits).tobytes()).hexdigest()


def test_version_1_of_the_panel_is_the_file_of_that_time() -> None:
    table = next(t for t in dataset_info("post_soviet").tables if t.name == "post_soviet/v1")
    content = (data_root() / table.file).read_bytes()
    assert hashlib.sha256(content).hexdigest() == OLD_PANEL


def test_version_1_of_the_index_gives_the_scores_of_that_time() -> None:
    result = ai.score(load_panel("post_soviet/v1"), "erkomaishvili2019-v1")
    assert digest(result.scores) == OLD_SCORES
