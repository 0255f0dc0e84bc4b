"""Exercises, refusals and their yearly table: hand-worked cells, laws, and a slow twin.

The files are read as text, without the package; the rules are written a second time here.
"""

from __future__ import annotations

import csv
import math
import re
import sys
from collections import defaultdict
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

DATASETS = Path(__file__).resolve().parents[1] / "datasets"
sys.path.insert(0, str(DATASETS))

import exercise_absence  # noqa: E402
import exercise_coverage  # noqa: E402
import exercise_yearly  # noqa: E402

POLES = ["RUS", "USA", "CHN", "TUR"]
FOURTEEN = [
    "ARM",
    "AZE",
    "BLR",
    "EST",
    "GEO",
    "KAZ",
    "KGZ",
    "LTU",
    "LVA",
    "MDA",
    "TJK",
    "TKM",
    "UKR",
    "UZB",
]
Cell = tuple[str, str, int]


def read(name: str) -> list[dict[str, str]]:
    with (DATASETS / "exercises" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def number(text: str) -> float:
    return float(text) if text else math.nan


YEARLY = {(row["state"], row["partner"], int(row["year"])): row for row in read("yearly.csv")}


def worth(row: dict[str, str]) -> list[float]:
    """Every weight that the size of an exercise allows."""
    weights = {2: 1.0} | dict.fromkeys(range(3, 9), 0.5) | {9: 0.2}
    if row["n_participants"]:
        return [weights[min(int(row["n_participants"]), 9)]]
    return [weights[n] for n in range(min(int(row["n_at_least"]), 9), 10)]


# ------------------------------------------------------------------------------- hand-worked
# What is expected was worked out from the exercises named beside it, not from our own output.
CELLS = {
    ("ARM", "RUS", 2019): (4, 0, 2.0, 0),  # Echelon, Search, Interaction, Brotherhood: six states
    ("ARM", "RUS", 2020): (3, 1, 2.0, 1),  # air defence and Kavkaz of seven, one of the two
    ("ARM", "RUS", 2021): (3, 0, 1.5, 0),  # Zapad of seven, Interaction and Brotherhood of six
    ("ARM", "RUS", 2022): (2, 0, 0.7, 1),  # Vostok of fourteen, Cobalt of six
    ("ARM", "RUS", 2023): (0, 0, 0.0, 3),  # hosting refused, and two stayed away from
    ("ARM", "RUS", 2024): (0, 0, 0.0, 3),  # Cobalt, Interaction and Brotherhood without it
    ("BLR", "RUS", 2022): (5, 2, 3.2, 0),  # Allied Resolve, air staff; Vostok and two more
    ("BLR", "RUS", 2023): (4, 2, 3.0, 0),  # flights and Union Shield; Interaction, Brotherhood
    ("BLR", "RUS", 2024): (5, 2, 3.5, 0),  # nuclear stage, flights; three of five states
    ("BLR", "RUS", 2025): (3, 0, 1.5, 0),  # Zapad of eight, Interaction, Brotherhood
    ("KGZ", "RUS", 2022): (3, 0, 1.2, 2),  # Vostok, Cobalt, Interaction; two refused in October
    ("AZE", "TUR", 2017): (5, 3, 4.0, 0),  # three of the two; Caucasian Eagle, Eternity of three
    ("AZE", "TUR", 2024): (4, 1, 2.2, 0),  # SAT-SAS; Caucasian Eagle, Brotherhood-III; Efes
    ("EST", "RUS", 1993): (1, 0, 0.2, 0),  # BALTOPS
    ("EST", "RUS", 2008): (1, 0, 0.2, 0),  # BALTOPS
    ("EST", "RUS", 2009): (0, 0, 0.0, 0),  # BALTOPS without Russia
    ("EST", "RUS", 2011): (1, 0, 0.2, 0),  # BALTOPS
    ("EST", "RUS", 2020): (0, 0, 0.0, 0),
    ("GEO", "USA", 2023): (1, 0, 0.2, 1),  # Agile Spirit of 21; away from Defender 23
    ("GEO", "USA", 2024): (1, 0, 0.2, 0),  # Sea Breeze off Scotland
    ("KAZ", "USA", 2019): (1, 0, 0.5, 0),  # Steppe Eagle of five
    ("KAZ", "USA", 2024): (1, 0, 0.5, 0),  # Regional Cooperation of seven
    ("KAZ", "USA", 2025): (2, 0, 0.7, 0),  # Winter Exercise of twenty, Regional Cooperation
    ("MDA", "RUS", 2003): (2, 1, 1.2, 0),  # Blue Shield; Cooperative Best Effort of nineteen
    ("UZB", "RUS", 2025): (1, 1, 1.0, 0),  # Hamkorlik
    ("TJK", "RUS", 2024): (5, 1, 3.0, 0),  # of the two; Cobalt, Interaction, Brotherhood, Rubezh
}  # fmt: skip


@pytest.mark.parametrize("cell", CELLS)
def test_cells_worked_by_hand(cell: Cell) -> None:
    row = YEARLY[cell]
    found = tuple(float(row[name]) for name in ("count", "bilateral", "depth", "refusals"))
    assert found == pytest.approx(CELLS[cell], abs=1e-12)


@pytest.mark.parametrize(
    ("name", "year", "states"),
    [
        ("Regional Cooperation 2021", "2021", {"KAZ", "TJK", "USA", "UZB"}),
        ("Allied Resolve 2022", "2022", {"BLR", "RUS"}),
        ("Aerospace Security 2016", "2016", {"CHN", "RUS"}),
        ("Aerospace Security 2017", "2017", {"CHN", "RUS"}),
        ("BALTOPS 2011", "2011", {"EST", "LTU", "LVA", "RUS", "USA"}),
        ("Eagle Partner 2024", "2024", {"ARM", "USA"}),
        ("Eagle Partner 2025", "2025", {"ARM", "USA"}),
        ("Hamkorlik-2025 (RUS-UZB)", "2025", {"RUS", "UZB"}),
        ("Rubezh-2025", "2025", {"KAZ", "KGZ", "RUS", "TJK"}),
    ],
)
def test_exercises_that_texts_name_are_there(name: str, year: str, states: set[str]) -> None:
    (row,) = [row for row in read("table.csv") if row["name"] == name]
    assert row["year"] == year
    assert states <= set(row["participants"].split(";"))
    assert row["confidence"] == "high"


@pytest.mark.parametrize(
    ("state", "partner", "year", "what"),
    [
        ("ARM", "RUS", "2023", "refused_to_host"),
        ("KGZ", "RUS", "2022", "cancelled"),
        ("USA", "RUS", "2014", "suspended"),
        ("USA", "GEO", "2024", "postponed"),
        ("USA", "CHN", "2018", "disinvited"),
        ("TKM", "RUS", "2002", "declined"),
        ("AZE", "RUS", "2020", "declined"),
        ("TJK", "RUS", "2021", "withdrew"),
    ],
)
def test_refusals_that_texts_name_are_there(state: str, partner: str, year: str, what: str) -> None:
    found = [
        row
        for row in read("refusals.csv")
        if (row["state"], row["partner"], row["year"], row["what"]) == (state, partner, year, what)
    ]
    assert len(found) == 1
    if partner in POLES:
        assert float(YEARLY[state, partner, int(year)]["refusals"]) >= 1
    if state in POLES:
        assert float(YEARLY[partner, state, int(year)]["refused_by_partner"]) >= 1


def test_a_ban_that_was_overruled_is_no_refusal() -> None:
    assert not [row for row in read("refusals.csv") if "Rapid Trident 2017" in row["exercise"]]


# ------------------------------------------------------------------------------------ the laws
def test_sizes_hold_who_is_named() -> None:
    for row in read("table.csv"):
        named = len(row["participants"].split(";"))
        assert int(row["n_at_least"]) >= named, row["name"]
        if row["n_participants"]:
            assert row["n_participants"] == row["n_at_least"], row["name"]
        if row["n_basis"] == "list" and row["n_participants"]:
            assert int(row["n_participants"]) == named, row["name"]


def test_patrols_and_security_services_are_listed_and_never_counted() -> None:
    kinds = defaultdict(list)
    for row in read("table.csv"):
        kinds[row["kind"]].append(row["name"])
    assert len(kinds["patrol"]) == 10
    assert {"Thunder-2021 (anti-drug)", "Eurasia-Antiterror-2023", "Nurek Antiterror 2009"} <= set(
        kinds["security_services"]
    )
    assert {"Cobalt-2022", "Cobalt-2024"} <= set(kinds["mixed"])
    assert YEARLY["ARM", "RUS", 2023]["security"] == "1.0"  # Eurasia-Antiterror
    assert YEARLY["CHN", "RUS", 2020]["count"] == "1.0"  # Kavkaz; the patrol is not one


def test_the_yearly_table_equals_its_slow_twin() -> None:
    status = {
        (row["state"], row["partner"], year): row["status"]
        for row in read("coverage.csv")
        for year in range(int(row["first"]), int(row["last"]) + 1)
    }
    by_year = defaultdict(list)
    for row in read("table.csv"):
        if row["confidence"] != "low":
            by_year[int(row["start"][:4])].append((row["participants"].split(";"), row))
    refusals = [row for row in read("refusals.csv") if row["confidence"] != "low"]
    compared = 0
    for (state, partner, year), shipped in YEARLY.items():
        word = status.get((state, partner, year), "unknown")
        both = [row for who, row in by_year[year] if state in who and partner in who]
        counted = [row for row in both if row["kind"] in ("armed_forces", "mixed")]
        assert shipped["status"] == word
        assert float(shipped["security"]) == len(
            [row for row in both if row["kind"] == "security_services"]
        )
        for column, who, whom in (
            ("refusals", state, partner), ("refused_by_partner", partner, state),
        ):  # fmt: skip
            assert float(shipped[column]) == len(
                [r for r in refusals if r["counts"] == "yes" and r["year"] == str(year)
                 and (r["state"], r["partner"]) == (who, whom)]
            )  # fmt: skip
        if word == "unknown" or (word == "partial" and not counted):
            assert shipped["count"] == shipped["depth_low"] == shipped["depth_high"] == ""
            continue
        compared += 1
        low, high = sum(min(worth(r)) for r in counted), sum(max(worth(r)) for r in counted)
        assert float(shipped["count"]) == len(counted)
        assert float(shipped["bilateral"]) == sum(r["n_participants"] == "2" for r in counted)
        assert float(shipped["count_without_mme"]) == len(
            [r for r in counted
             if not all(part.strip().startswith("MME v7") for part in r["source"].split(";"))]
        )  # fmt: skip
        assert float(shipped["depth_low"]) == pytest.approx(low, abs=1e-9)
        assert float(shipped["depth_high"]) == pytest.approx(high, abs=1e-9)
        assert (shipped["depth"] == "") == (abs(high - low) > 1e-9)
    assert compared > 1000


def test_depth_lies_between_its_bounds_and_no_higher_than_the_count() -> None:
    for row in YEARLY.values():
        if row["count"]:
            low, high = number(row["depth_low"]), number(row["depth_high"])
            assert 0.2 * float(row["count"]) <= low + 1e-9
            assert float(row["bilateral"]) <= low + 1e-9 <= high + 2e-9
            assert high <= float(row["count"]) + 1e-9


def test_none_found_and_zero_hold_none_and_each_of_the_fourteen_is_known_with_russia() -> None:
    for row in YEARLY.values():
        if row["status"] == "none_found":
            assert row["count"] == row["depth"] == "0.0"
    for state in FOURTEEN:
        span = range(1994, 2025)
        known = [year for year in span if YEARLY[state, "RUS", year]["count"] != ""]
        assert len(known) / len(span) >= 0.9, state


@given(
    n=st.integers(2, 40),
    low=st.integers(2, 40),
)
def test_weights_fall_with_the_number_of_states(n: int, low: int) -> None:
    assert exercise_yearly.weight(n) >= exercise_yearly.weight(n + 1)
    assert exercise_yearly.weight(n) >= 1 / (n - 1) - 0.5 * (n > 2)
    assert exercise_yearly.bounds(float(n), 2.0) == (exercise_yearly.weight(n),) * 2
    least, most = exercise_yearly.bounds(math.nan, float(low))
    sizes = [exercise_yearly.weight(m) for m in range(low, 60)]
    assert (least, most) == (min(sizes), max(sizes))


def test_an_exercise_of_one_state_is_refused() -> None:
    with pytest.raises(ValueError, match="exercise of 1 states"):
        exercise_yearly.weight(1)


def test_a_declared_none_that_the_rows_contradict_is_refused() -> None:
    events = pd.DataFrame(
        [("2001", "AAA;RUS", "high", "armed_forces"), ("2002", "AAA;RUS", "high", "patrol")],
        columns=["start", "participants", "confidence", "kind"],
    )
    columns = exercise_coverage.COLUMNS
    fine = pd.DataFrame(
        [("AAA", "RUS", 2002, 2003, "none_found", "none found: x")], columns=columns
    )
    found = exercise_coverage.derive(events, fine, ("AAA",), ("RUS",))
    assert found[["first", "last", "status"]].to_numpy().tolist() == [
        [2001, 2001, "at_least"], [2002, 2003, "none_found"],
    ]  # fmt: skip
    wrong = fine.assign(first=2001)
    with pytest.raises(ValueError, match=r"AAA-RUS 2001 .*declared"):
        exercise_coverage.derive(events, wrong, ("AAA",), ("RUS",))


def test_what_a_search_missed_is_counted() -> None:
    cells = [("AAA", "RUS", year) for year in range(2000, 2004)]
    search = {cells[0]: 1}
    truth = {cells[0]: 1, cells[1]: 2, cells[2]: 0}
    assert exercise_absence.missed(search, truth, cells) == (3, 1)


@pytest.mark.real
def test_the_readme_says_how_often_mme_misses_one(sources: Path, capsys: object) -> None:
    exercise_absence.main(["--mme", str(sources / "mme" / "mme_v7.csv")])
    out = capsys.readouterr().out  # type: ignore[attr-defined]
    none, filled = re.search(r"none in (\d+), another report in (\d+) of these", out).groups()
    text = (DATASETS / "exercises" / "README.md").read_text(encoding="utf-8")
    assert f"none in {none} of these years" in text
    assert f"in {filled} of them" in text
