"""Positions on Ukraine's territory: statements, roll calls, votes, and the yearly rule.

The files are read as text, without the package. The yearly rule is written here a second time from
``datasets/positions/README.md``, in exact fractions, over plain rows.
"""

from __future__ import annotations

import csv
import gzip
import importlib.util
import re
import sys
from collections import Counter, defaultdict
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignindex.data import load_dataset

FOLDER = Path(__file__).resolve().parents[1] / "datasets"
YEARS = range(2014, 2026)
ACTORS = {
    "ARM", "AZE", "BLR", "CHN", "EST", "GEO", "KAZ", "KGZ", "LTU", "LVA", "MDA", "RUS", "TJK",
    "TKM", "TUR", "UKR", "USA", "UZB",
}  # fmt: skip
VALUES = {
    "recognises": "1", "supports": "0.75", "neutral": "0.5", "refuses": "0.25", "affirms": "0",
    "condemns": "0", "silent": "",
}  # fmt: skip


def load(name: str) -> ModuleType:
    sys.path.insert(0, str(FOLDER))
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


positions = load("positions")


def read(name: str) -> list[dict[str, str]]:
    with (FOLDER / "positions" / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


# --- statements ---------------------------------------------------------------------------
def test_statements_keep_to_the_codebook() -> None:
    rows = read("table")
    assert len({row["statement_id"] for row in rows}) == len(rows)
    for row in rows:
        assert row["actor"] in ACTORS
        assert row["statement_id"].startswith(f"{row['actor']}-{row['date'][:4]}-")
        assert re.fullmatch(r"20(1[4-9]|2[0-5])(-\d\d(-\d\d)?)?", row["date"])
        assert row["source"]
        assert row["paraphrase"]
        assert "general knowledge" not in row["note"] + row["source"]
        if row["value"] != VALUES[row["label"]]:  # a row may set no value, and then says so
            assert row["value"] == ""
            assert "sets no value" in row["note"]
        assert (row["kind"] == "silence") == (row["label"] == "silent")
    assert {row["statement_id"] for row in rows if row["label"] == "recognises"} == {
        "BLR-2021-1", "RUS-2014-1", "RUS-2022-1", "RUS-2022-2"
    }  # fmt: skip


def test_accounts_of_one_side_are_low() -> None:
    low = {(r["actor"], r["date"], r["object"]) for r in read("table") if r["confidence"] == "low"}
    assert {
        ("KGZ", "2022-02-26", "invasion"), ("AZE", "2016-07-14", "crimea"),
        ("AZE", "2019-12-17", "crimea"), ("CHN", "2014-11-21", "crimea"),
    } <= low  # fmt: skip


def test_the_units_of_a_second_coder_hold_no_code() -> None:
    rows, units = read("table"), read("units")
    kept = ["statement_id", "actor", "date", "object", "source"]
    assert [list(unit) for unit in units[:1]] == [kept]
    assert units == [{name: row[name] for name in kept} for row in rows]
    book = (FOLDER / "positions" / "CODEBOOK.md").read_text(encoding="utf-8")
    for label in VALUES:
        assert f"| `{label}` |" in book
    for kind in {row["kind"] for row in rows}:
        assert f"`{kind}`" in book


# --- roll calls ---------------------------------------------------------------------------
# Yes, no, abstentions as printed in the press releases and reports of the day.
PRINTED = {
    "68/262": (100, 11, 58), "71/205": (70, 26, 77), "72/190": (70, 26, 76),
    "73/194": (66, 19, 72), "73/263": (65, 27, 70), "74/17": (63, 19, 66), "74/168": (65, 23, 83),
    "75/29": (63, 17, 62), "75/192": (64, 23, 86), "76/70": (62, 22, 55), "76/179": (65, 25, 85),
    "ES-11/1": (141, 5, 35), "ES-11/2": (140, 5, 38), "ES-11/3": (93, 24, 58),
    "ES-11/4": (143, 5, 35), "ES-11/5": (94, 14, 73), "77/229": (82, 14, 80),
    "ES-11/6": (141, 7, 32), "78/221": (78, 15, 79), "78/316": (99, 9, 60), "79/184": (81, 14, 80),
    "ES-11/7": (93, 18, 65), "ES-11/8": (93, 8, 73),
}  # fmt: skip


def test_tallies_are_the_printed_ones() -> None:
    rows = {row["resolution"].removeprefix("A/RES/"): row for row in read("rollcalls")}
    assert set(rows) == set(PRINTED)
    for number, tally in PRINTED.items():
        assert tuple(int(rows[number][vote]) for vote in ("yes", "no", "abstain")) == tally, number
        assert sum(tally) + int(rows[number]["absent"]) == 193
    years = Counter(row["date"][:4] for row in rows.values())
    assert years == {"2014": 1, "2016": 1, "2017": 1, "2018": 2, "2019": 2, "2020": 2, "2021": 2,
                     "2022": 6, "2023": 2, "2024": 2, "2025": 2}  # fmt: skip


def test_votes_known_from_elsewhere() -> None:
    own = {(r["resolution"].removeprefix("A/RES/"), r["actor"]): r["vote"] for r in read("votes")}
    assert len(own) == 23 * 18
    for actor, vote in [("AZE", "yes"), ("ARM", "no"), ("KAZ", "abstain"), ("KGZ", "absent")]:
        assert own["68/262", actor] == vote
    for actor in ("ARM", "KAZ", "KGZ", "TJK", "CHN"):
        assert own["ES-11/1", actor] == "abstain"
    assert [own["ES-11/1", actor] for actor in ("AZE", "TKM", "UZB")] == ["absent"] * 3
    assert own["ES-11/3", "KAZ"] == "no"
    assert [own["ES-11/7", actor] for actor in ("USA", "GEO", "CHN", "BLR")] == [
        "no", "absent", "abstain", "no"
    ]  # fmt: skip
    assert [own["ES-11/8", actor] for actor in ("ARM", "USA", "RUS")] == ["yes", "abstain", "no"]


def test_votes_agree_with_those_of_the_older_data_set() -> None:
    own = {(r["resolution"], r["actor"]): (r["vote"], r["date"]) for r in read("votes")}
    with (FOLDER / "crimea" / "table.csv").open(encoding="utf-8", newline="") as handle:
        older = [row for row in csv.DictReader(handle) if row["kind"] == "vote"]
    known = [row for row in older if row["vote"] not in ("", "unknown")]
    assert (len(older), len(known)) == (198, 161)
    for row in known:
        assert own[row["resolution"], row["actor"]] == (row["vote"], row["date"])


@pytest.mark.slow
@pytest.mark.real
def test_votes_are_those_of_the_records(sources: Path) -> None:
    wanted = {f"A/RES/{number}" for number in PRINTED}
    seen: dict[tuple[str, str], str] = {}
    named = set()
    with gzip.open(sources / "unga_2025" / positions.RECORDS, "rt", encoding="utf-8") as handle:
        for line in csv.reader(handle):
            if line[5] in wanted:
                name = "TURKEY" if line[2].startswith("TÜRK") else line[2]
                seen[line[5], name] = line[3]
            if "Ukrain" in line[7] or "Crimea" in line[7]:
                named.add(line[5])
    assert wanted - named == {"A/RES/ES-11/3", "A/RES/ES-11/8"}
    assert named <= wanted  # the list is complete
    full = {code: name for name, code in positions.ACTORS.items() if not name.startswith("TÜRK")}
    for row in read("votes"):
        assert row["vote"][0].upper() == {"X": "A"}.get(
            letter := seen[row["resolution"], full[row["actor"]]], letter
        )
        assert (row["vote"] == "absent") == (letter == "X")


def test_an_unrecorded_actor_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "unga_2025"
    folder.mkdir()
    with gzip.open(folder / positions.RECORDS, "wt", encoding="utf-8") as handle:
        handle.write("undl_id,ms_name,ms_vote,date,resolution\n")
        for number, line in enumerate(positions.ROLLCALLS):
            handle.write(f"{number},ARMENIA,Y,2014-01-01,A/RES/{line}\n")
    with pytest.raises(ValueError, match=r"not recorded: \['AZE', 'BLR',"):
        positions.votes(tmp_path)
    with gzip.open(folder / positions.RECORDS, "at", encoding="utf-8") as handle:
        handle.write("99,ARMENIA,Y,2014-01-01,A/RES/68/262\n")
    with pytest.raises(ValueError, match=r"one record, found \['0', '99'\]"):
        positions.rollcalls(tmp_path)


# --- the yearly rule, a second time -------------------------------------------------------
CAST = {"yes": Fraction(0), "abstain": Fraction(1, 2), "no": Fraction(3, 4)}
HALF = Fraction(1, 2)
Row = dict[str, str]


def mean(values: list[Fraction | None]) -> Fraction | None:
    known = [value for value in values if value is not None]
    return sum(known, Fraction(0)) / len(known) if known else None


def slow(year: int, statements: list[Row], votes: list[Row]) -> dict[str, object]:
    """Position of one actor in one year, from the wording of the README."""
    said = sorted(
        (r for r in statements if r["value"] != "" and r["confidence"] != "low"
         and int(r["date"][:4]) <= year),
        key=lambda r: r["date"],
    )  # fmt: skip
    words: dict[str, Fraction] = {}
    for row in said:
        if int(row["date"][:4]) < year - 5:
            continue
        value = Fraction(row["value"])
        if row["object"] in words:
            old = words[row["object"]]
            if (old < HALF and value < HALF and value > old) or (
                old > HALF and value > HALF and value < old
            ):
                value = old
        words[row["object"]] = value
    spoken = mean(list(words.values()))
    by_year: dict[int, list[str]] = defaultdict(list)
    for row in votes:
        by_year[int(row["date"][:4])].append(row["vote"])
    voted, voted_year = None, 0
    for y in range(year, year - 6, -1):
        values = [CAST[v] for v in by_year[y] if v in CAST]
        if values:
            voted, voted_year = mean(list(values)), y
            break
    decisive = [r for r in said if r["kind"] == "act" or r["value"] in ("1", "1.0")]
    if decisive:
        value = Fraction(decisive[-1]["value"])
        return {"position": value, "basis": "act", "low": value, "high": value}
    here = by_year[year]
    low = mean([CAST.get(v, CAST["yes"]) for v in here]) if here else voted
    high = mean([CAST.get(v, CAST["no"]) for v in here]) if here else voted
    if spoken is None and voted is None:
        past = bool(said) or any(r["vote"] in CAST and int(r["date"][:4]) <= year for r in votes)
        return {"position": None if past else HALF, "basis": "unknown" if past else "silent",
                "low": Fraction(0), "high": Fraction(3, 4)}  # fmt: skip
    if any(int(r["date"][:4]) == year for r in said):
        basis = "statement"
    else:
        basis = "votes" if voted_year == year else "held"
    return {"position": mean([spoken, voted]), "basis": basis,
            "low": mean([spoken, low]), "high": mean([spoken, high])}  # fmt: skip


def number(value: object) -> object:
    return pytest.approx(float(value), abs=1e-12) if isinstance(value, Fraction) else value


def test_shipped_positions_follow_from_the_rule() -> None:
    statements, votes = read("table"), read("votes")
    rows = read("yearly")
    assert [(r["actor"], int(r["year"])) for r in rows] == [
        (actor, year) for actor in sorted(ACTORS) for year in YEARS
    ]
    for row in rows:
        own = [[r for r in table if r["actor"] == row["actor"]] for table in (statements, votes)]
        expected = slow(int(row["year"]), *own)
        assert row["basis"] == expected["basis"], row
        for name in ("position", "low", "high"):
            assert float(row[name]) == number(expected[name]), (name, row)


# Worked out by hand from the statements and votes.
HAND = {
    ("ARM", 2014): 0.75,  # said 0.75, voted no
    ("ARM", 2021): 0.75,  # two votes, both no
    ("ARM", 2022): 0.5,  # said 0.5 on the republics; five abstentions
    ("ARM", 2024): (1.25 / 3 + 0.5) / 2,  # said 0.5, 0.5, 0.25; two abstentions
    ("ARM", 2025): (1.25 / 3 + 0.25) / 2,  # voted abstention and yes
    ("BLR", 2020): 0.75,
    ("BLR", 2021): 1.0,
    ("BLR", 2025): 1.0,
    ("KAZ", 2014): 0.625,  # said 0.75, abstained
    ("KAZ", 2022): ((0.25 * 4 + 0.5) / 5 + (4 * 0.5 + 2 * 0.75) / 6) / 2,
    ("KGZ", 2021): 0.75,
    ("KGZ", 2022): ((0.75 + 0.5) / 2 + (5 * 0.5 + 0.75) / 6) / 2,
    ("KGZ", 2024): ((0.75 + 0.5) / 2 + 0.5) / 2,
    ("TJK", 2014): 0.5,
    ("TJK", 2022): (5 * 0.5 + 0.75) / 6,
    ("TUR", 2022): 0.0,
    ("AZE", 2018): 0.0,  # the vote of 2014 still holds
    ("GEO", 2025): 0.25,  # said 0, one abstention
    ("USA", 2024): 0.0,
    ("USA", 2025): ((0.75 + 0 + 0) / 3 + (0.75 + 0.5) / 2) / 2,
    ("UKR", 2025): 0.0,
    ("RUS", 2014): 1.0,
    ("UZB", 2021): 0.75,  # the votes of 2018 still hold
    ("UZB", 2022): ((0 + 0.5 + 0.5) / 3 + (3 * 0.5 + 0.75) / 4) / 2,
    ("CHN", 2025): 0.5,
    ("TKM", 2025): 0.5,
}


@pytest.mark.parametrize("key", HAND)
def test_positions_by_hand(key: tuple[str, int]) -> None:
    row = load_dataset("positions/yearly").set_index(["actor", "year"]).loc[key]
    assert row["position"] == pytest.approx(HAND[key], abs=1e-12)


def test_positions_move_both_ways() -> None:
    table = load_dataset("positions/yearly").pivot(index="actor", columns="year", values="position")
    for actor in ("ARM", "KGZ", "KAZ", "UZB"):
        assert table.loc[actor, 2021] > table.loc[actor, 2023] + 0.15  # back towards the middle
    for actor in ("BLR", "USA", "GEO"):
        assert table.loc[actor, 2025] > table.loc[actor, 2020] + 0.2
    assert table.notna().all(axis=None)


def test_the_table_in_the_readme_is_that_of_the_file() -> None:
    text = (FOLDER / "positions" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([A-Z]{3}) \| (.+) \|$", text, re.M)
    own = load_dataset("positions/yearly").pivot(index="actor", columns="year", values="position")
    assert len(rows) == 9
    for actor, cells in rows:
        assert cells.split(" | ") == [f"{value:.2f}" for value in own.loc[actor]]
    rest = own.drop([actor for actor, _ in rows])
    assert (rest.nunique(axis=1) == 1).all()
    assert rest[2025].to_dict() == {
        "AZE": 0, "EST": 0, "LTU": 0, "LVA": 0, "MDA": 0, "RUS": 1, "TKM": 0.5, "TUR": 0, "UKR": 0
    }  # fmt: skip


# --- laws ---------------------------------------------------------------------------------
STATEMENT = st.fixed_dictionaries({
    "actor": st.just("ARM"),
    "date": st.integers(2014, 2025).map(str),
    "object": st.sampled_from(["crimea", "dnr_lnr", "invasion"]),
    "kind": st.sampled_from(["statement", "statement", "statement", "act"]),
    "value": st.sampled_from(["0", "0.25", "0.5", "0.75", "1", ""]),
    "confidence": st.sampled_from(["high", "medium", "low"]),
})  # fmt: skip
VOTES = st.lists(
    st.tuples(st.integers(2014, 2025), st.sampled_from(["yes", "no", "abstain", "absent"])),
    max_size=8,
)


def frames(
    statements: list[Row], votes: list[tuple[int, str]]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    columns = ["actor", "date", "object", "kind", "value", "confidence"]
    said = pd.DataFrame(statements, columns=columns)
    said["value"] = pd.to_numeric(said["value"].replace("", None))
    calls = pd.DataFrame(
        [(f"R{i}", f"{year}-06-01", "rights") for i, (year, _) in enumerate(votes)],
        columns=["resolution", "date", "about"],
    )
    cast = pd.DataFrame(
        [(f"R{i}", f"{year}-06-01", "ARM", vote) for i, (year, vote) in enumerate(votes)],
        columns=["resolution", "date", "actor", "vote"],
    )
    return said, calls, cast


@given(st.lists(STATEMENT, max_size=5), VOTES)
def test_the_rule_equals_its_slow_twin(statements: list[Row], votes: list[tuple[int, str]]) -> None:
    statements = sorted(statements, key=lambda row: row["date"])
    table = (
        positions.yearly(*frames(statements, votes), actors=["ARM"])
        .set_index(["actor", "year"])
        .loc["ARM"]
    )
    plain = [{"date": f"{year}-06-01", "vote": vote} for year, vote in votes]
    for year in YEARS:
        expected, row = slow(year, statements, plain), table.loc[year]
        assert row["basis"] == expected["basis"]
        if expected["position"] is None:
            assert pd.isna(row["position"])
            continue
        assert row["position"] == number(expected["position"])
        assert row["low"] == number(expected["low"])
        assert row["high"] == number(expected["high"])
        assert row["low"] - 1e-12 <= row["position"] <= row["high"] + 1e-12


@given(st.lists(STATEMENT, max_size=4), VOTES, st.sampled_from(["yes", "no", "abstain"]))
def test_a_vote_that_was_not_cast_stays_inside_the_bounds(
    statements: list[Row], votes: list[tuple[int, str]], instead: str
) -> None:
    """Whatever the absent votes of a year had been, the position lies between low and high."""
    before = positions.yearly(*frames(statements, votes), actors=["ARM"]).set_index(
        ["actor", "year"]
    )
    for year in {y for y, vote in votes if vote == "absent"}:
        filled = [(y, instead if y == year and v == "absent" else v) for y, v in votes]
        after = positions.yearly(*frames(statements, filled), actors=["ARM"]).set_index(
            ["actor", "year"]
        )
        row = before.loc[("ARM", year)]
        assert row["low"] - 1e-12 <= after.loc[("ARM", year), "position"] <= row["high"] + 1e-12
