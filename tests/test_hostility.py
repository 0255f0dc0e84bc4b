"""Hostility and signals: laws of the curated tables, hand-checked levels, and a slow twin."""

from __future__ import annotations

import csv
import importlib.util
import math
import re
import sys
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignindex.data import load_dataset

FOLDER = Path(__file__).resolve().parents[1] / "datasets"
if str(FOLDER) not in sys.path:
    sys.path.insert(0, str(FOLDER))


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


yearly = load("hostility_yearly")
TABLE = load_dataset("hostility/yearly").set_index(["state", "partner", "year"])
CURATED = ("table", "occupation", "sanctions", "joined", "disputes")


def read(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- curated tables -------------------------------------------------------------------------
@pytest.mark.parametrize("name", [*(f"hostility/{n}.csv" for n in CURATED), "signals/table.csv"])
def test_every_row_has_a_source_that_can_be_followed(name: str) -> None:
    rows = read(name)
    assert len(rows) > 8
    for row in rows:
        assert row["source"], row
        assert "general knowledge" not in row["source"], row
        assert "seed" not in row["source"], row
        assert all(cell == cell.strip() for cell in row.values()), row


@pytest.mark.parametrize("name", [f"hostility/{n}.csv" for n in CURATED])
def test_ends_follow_starts(name: str) -> None:
    for row in read(name):
        assert re.fullmatch(r"\d{4}(-\d\d){0,2}", row["start"]), row
        if row["end"]:
            shared = min(len(row["start"]), len(row["end"]))
            assert row["start"][:shared] <= row["end"][:shared], row


@pytest.mark.parametrize("folder", ["hostility", "signals", "claims"])
def test_every_data_set_says_what_it_is(folder: str) -> None:
    text = (FOLDER / folder / "README.md").read_text(encoding="utf-8").lower()
    for heading in (
        "how it was compiled", "citation and licence", "coverage", "columns", "coding rules",
        "known disputes", "limits", "to propose a correction",
    ):  # fmt: skip
        assert heading in text, heading


@pytest.mark.parametrize(
    ("sender", "target", "start", "level"),
    [
        ("USA", "BLR", "2006-06-16", "individual"),
        ("USA", "RUS", "2014-03-06", "individual"),
        ("USA", "RUS", "2014-07", "sectoral"),
        ("USA", "TUR", "2020-12-14", "arms embargo"),
        ("USA", "AZE", "1992-10-24", "aid restriction"),
        ("RUS", "GEO", "2006-03-27", "trade (goods)"),
        ("RUS", "TUR", "2015-11-28", "sectoral"),
        ("TUR", "ARM", "1993-04", "comprehensive"),
        ("UKR", "RUS", "2014-04-11", "individual"),
    ],
)
def test_sanctions_checked_by_hand(sender: str, target: str, start: str, level: str) -> None:
    found = [
        row["level"]
        for row in read("hostility/sanctions.csv")
        if (row["sender"], row["target"], row["start"]) == (sender, target, start)
    ]
    assert found == [level]


def test_who_joined_the_sanctions_of_2022_and_who_did_not() -> None:
    stance: dict[str, set[str]] = {}
    for row in read("hostility/joined.csv"):
        if row["round"] == "2022":
            stance.setdefault(row["state"], set()).add(row["stance"])
    never = {"ARM", "AZE", "BLR", "CHN", "GEO", "KAZ", "KGZ", "TJK", "TKM", "TUR", "UZB"}
    assert all("not joined" in stance[state] for state in never)
    assert not any("joined" in stance[state] for state in never)
    assert {"not joined", "joined"} <= stance["MDA"]  # in part, from 2023
    first = {row["state"] for row in read("hostility/joined.csv")
             if row["round"] == "2014" and row["stance"] == "joined"}  # fmt: skip
    assert first == {"EST", "LVA", "LTU", "GEO", "UKR"}  # Georgia on Crimea alone


# --- the yearly level -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("state", "partner", "first", "last", "level"),
    [
        ("GEO", "RUS", 1992, 1993, 5),  # Abkhazia
        ("GEO", "RUS", 1994, 2005, 0),  # no more than what was found
        ("GEO", "RUS", 2006, 2007, 3),  # transport and post cut in October 2006
        ("GEO", "RUS", 2008, 2008, 5),
        ("GEO", "RUS", 2009, 2025, 4),
        ("UKR", "RUS", 2014, 2025, 5),
        ("UKR", "RUS", 2010, 2013, 0),
        ("UKR", "RUS", 2009, 2009, 1),  # gas
        ("MDA", "RUS", 1992, 1992, 5),  # Transnistria
        ("MDA", "RUS", 1993, 2005, 0),
        ("BLR", "USA", 1992, 2005, 0),
        ("BLR", "USA", 2006, 2020, 2),
        ("BLR", "USA", 2021, 2025, 3),
        ("RUS", "USA", 2014, 2025, 3),
        ("RUS", "USA", 2012, 2013, 2),  # Magnitsky
        ("TUR", "USA", 2020, 2025, 2),
        ("TUR", "RUS", 2015, 2016, 3),
        ("TUR", "RUS", 2017, 2025, 0),
        ("ARM", "TUR", 1993, 2025, 3),
        ("ARM", "RUS", 1992, 2025, 0),
        ("AZE", "USA", 1992, 2001, 2),  # Section 907
        ("AZE", "USA", 2002, 2025, 0),  # waived
        ("AZE", "RUS", 2024, 2025, 1),
        ("EST", "RUS", 2014, 2025, 3),
        ("LTU", "CHN", 2021, 2025, 2),
        ("GEO", "USA", 2024, 2025, 2),
        ("KAZ", "RUS", 2023, 2025, 0),
    ],
)
def test_levels_checked_by_hand(
    state: str, partner: str, first: int, last: int, level: int
) -> None:
    spell = TABLE.loc[(state, partner), "hostility"].loc[first:last]
    assert spell.tolist() == [level] * (last - first + 1)


def test_a_level_is_of_both_ends_and_an_act_of_one() -> None:
    poles = ("CHN", "RUS", "TUR", "USA")
    for a in poles:
        for b in poles:
            if a == b:
                continue
            one, other = TABLE.loc[(a, b)], TABLE.loc[(b, a)]
            assert one["hostility"].equals(other["hostility"])
            assert one["hostility_by_state"].equals(other["hostility_by_partner"])
    row = TABLE.loc[("GEO", "RUS", 2010)]
    assert (row["hostility_by_state"], row["hostility_by_partner"]) == (1, 4)


def test_the_level_is_the_higher_direction_and_its_rows_are_named() -> None:
    known = TABLE.dropna(subset=["hostility"])
    sides = known[["hostility_by_state", "hostility_by_partner"]].max(axis=1)
    assert (known["hostility"] == sides).all()
    assert (known["hostility_high"] >= known["hostility"]).all()
    assert known["hostility_rows"].isna().eq(known["hostility"] == 0).all()


def test_transnistria_is_a_bound_and_not_a_level() -> None:
    spell = TABLE.loc[("MDA", "RUS")].loc[1993:2025]
    assert (spell["hostility_high"] == 4).all()
    assert (spell["hostility"] < 4).all()


def test_what_nobody_looked_for_is_unknown() -> None:
    assert TABLE.loc[("KAZ", "CHN")].loc[1992:2009, "hostility"].isna().all()
    assert (TABLE.loc[("KAZ", "CHN")].loc[2010:2025, "hostility"] == 0).all()
    looked = {
        (a, b, year)
        for row in read("hostility/coverage.csv")
        for a, b in ((row["state"], row["partner"]), (row["partner"], row["state"]))
        for year in range(int(row["first"]), int(row["last"]) + 1)
    }
    unknown = TABLE.index[TABLE["hostility"].isna()]
    assert len(unknown) > 100
    assert not looked & set(unknown)


def test_every_word_of_the_tables_has_a_level() -> None:
    assert {row["role"] for row in read("hostility/table.csv")} == set(yearly.ROLES)
    assert {row["status"] for row in read("hostility/occupation.csv")} <= set(yearly.STATUSES)
    assert {row["level"] for row in read("hostility/sanctions.csv")} <= set(yearly.SANCTIONS)


# --- the rule, a second time and slowly -------------------------------------------------------
@pytest.mark.slow
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["GEO", "RUS"]), st.sampled_from(sorted(yearly.SANCTIONS)),
            st.integers(1990, 2025), st.one_of(st.none(), st.integers(0, 30)),
            st.sampled_from(["high", "medium", "low"]),
        ),
        max_size=5,
    ),
    st.integers(1992, 2025),
)  # fmt: skip
def test_sanctions_count_on_the_last_day_of_the_year(
    measures: list[tuple[str, str, int, int | None, str]], year: int
) -> None:
    frame = pd.DataFrame(
        [
            (sender, "RUS" if sender == "GEO" else "GEO", level, str(first),
             math.nan if length is None else str(first + length), confidence, f"S{i}")
            for i, (sender, level, first, length, confidence) in enumerate(measures)
        ],
        columns=["sender", "target", "level", "start", "end", "confidence", "sanction_id"],
    ).astype(object)  # fmt: skip
    empty = {
        name: load_dataset(f"hostility/{name}").iloc[:0] for name in ("occupation", "disputes")
    }
    tables = {"wars": load_dataset("hostility").iloc[:0], "sanctions": frame, **empty}
    result = yearly.yearly(tables, load_dataset("hostility/coverage"))
    row = result.set_index(["state", "partner", "year"]).loc[("GEO", "RUS", year)]
    for sender, column in (("GEO", "hostility_by_state"), ("RUS", "hostility_by_partner")):
        expected = 0
        for who, level, first, length, confidence in measures:
            stands = first <= year and (length is None or first + length > year)
            if who == sender and stands and confidence != "low":
                broad = level in ("sectoral", "comprehensive")
                expected = max(expected, 0 if level == "waived" else 3 if broad else 2)
        assert row[column] == expected


# --- signals ---------------------------------------------------------------------------------
def test_signals_are_dated_in_order_and_end_in_2025() -> None:
    rows = read("signals/table.csv")
    dates = [row["date"] for row in rows]
    assert dates == sorted(dates)
    assert dates[-1] < "2026"
    assert {row["direction"] for row in rows} == {"-1", "0", "1"}
    for row in rows:
        assert row["signal_id"].startswith(row["date"][:4])
        assert row["actor"] != row["partner"], row


@pytest.mark.parametrize(
    ("actor", "partner", "date", "direction"),
    [
        ("ARM", "RUS", "2022-11-23", "-1"),
        ("ARM", "RUS", "2024-02-22", "-1"),
        ("TJK", "RUS", "2022-10-14", "-1"),
        ("TUR", "RUS", "2022-07-22", "1"),  # the grain deal
        ("RUS", "KAZ", "2022-07-05", "-1"),  # the court order, not the speech of June
        ("MDA", "EU", "2023-11-24", "1"),
        ("AZE", "RUS", "2025-06-30", "-1"),
        ("CHN", "RUS", "2022-02-23", "1"),
    ],
)
def test_signals_checked_by_hand(actor: str, partner: str, date: str, direction: str) -> None:
    found = [
        row["direction"]
        for row in read("signals/table.csv")
        if (row["actor"], row["partner"], row["date"]) == (actor, partner, date)
    ]
    assert direction in found


def test_no_panel_reads_the_signals() -> None:
    for name in ("rebuild.py", "pledges.py", "hostility_yearly.py", "spec_inputs.py"):
        assert '"signals' not in (FOLDER / name).read_text(encoding="utf-8")
