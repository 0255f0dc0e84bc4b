"""Presences to 2025: hand-checked cells, imposed presence, and a slow twin of the yearly table."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

DATASETS = Path(__file__).resolve().parents[1] / "datasets"


def read(name: str) -> list[dict[str, str]]:
    with (DATASETS / "bases" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


YEARLY = {(row["state"], row["partner"], int(row["year"])): row for row in read("yearly.csv")}


@pytest.mark.parametrize(
    ("state", "partner", "year", "hosted", "imposed"),
    [
        ("AZE", "RUS", 2023, "facility", "0.0"),  # peacekeepers in Karabakh
        ("AZE", "RUS", 2024, "none", "0.0"),  # left on 12 June 2024
        ("AZE", "RUS", 2025, "none", "0.0"),
        ("AZE", "TUR", 2023, "facility", "0.0"),  # monitoring centre
        ("AZE", "TUR", 2024, "", ""),  # centre closed; soldiers reported without place or number
        ("ARM", "RUS", 2024, "base", "0.0"),  # Gyumri stays, Zvartnots was left
        ("ARM", "RUS", 2025, "base", "0.0"),
        ("BLR", "RUS", 2020, "facility", "0.0"),
        ("BLR", "RUS", 2021, "base", "0.0"),  # Grodno
        ("BLR", "RUS", 2024, "base", "0.0"),
        ("BLR", "RUS", 2025, "base", "0.0"),
        ("EST", "USA", 2024, "base", "0.0"),
        ("EST", "USA", 2025, "base", "0.0"),  # Camp Reedo
        ("LTU", "USA", 2025, "base", "0.0"),  # Pabrade
        ("UKR", "USA", 2018, "none", "0.0"),  # Yavoriv is training
        ("GEO", "RUS", 2000, "base", "0.0"),  # by practice, never ratified
        ("GEO", "RUS", 2008, "none", "1.0"),
        ("GEO", "RUS", 2025, "none", "1.0"),
        ("UKR", "RUS", 2013, "base", "0.0"),
        ("UKR", "RUS", 2014, "none", "1.0"),
        ("UKR", "RUS", 2025, "none", "1.0"),
        ("MDA", "RUS", 2025, "disputed_facility", "1.0"),
        ("LVA", "RUS", 1993, "none", "1.0"),
        ("LVA", "RUS", 1994, "facility", "0.0"),  # Skrunda by agreement, the army gone
        ("TJK", "CHN", 2025, "disputed_facility", "0.0"),
        ("TJK", "RUS", 2025, "base", "0.0"),
        ("KGZ", "RUS", 2025, "base", "0.0"),
        ("TUR", "USA", 2025, "base", "0.0"),
    ],
)  # fmt: skip
def test_cells_of_presences_checked_by_hand(
    state: str, partner: str, year: int, hosted: str, imposed: str
) -> None:
    row = YEARLY[state, partner, year]
    assert (row["hosted"], row["imposed"]) == (hosted, imposed)


def spans(name: str, a: str, b: str) -> dict[tuple[str, str], list[dict[str, str]]]:
    found: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in read(name):
        if row.get("confidence") != "low":
            found.setdefault((row[a], row[b]), []).append(row)
    return found


def test_the_yearly_table_equals_its_slow_twin() -> None:
    rows, against = spans("table.csv", "host", "patron"), spans("imposed.csv", "state", "partner")
    covered = spans("coverage.csv", "host", "patron")
    scale = {"facility": 0.5, "base": 1.0}

    def there(row: dict[str, str], year: int) -> bool:
        return int(row["start"][:4]) <= year and (not row["end"] or int(row["end"][:4]) > year)

    unknown = 0
    for (state, partner, year), shipped in YEARLY.items():
        own = [row for row in rows.get((state, partner), []) if there(row, year)]
        least = max([scale[r["kind"]] for r in own if r["consent"] == "yes"], default=0.0)
        most = max([scale[r["kind"]] for r in own if r["consent"] != "no"], default=0.0)
        imposed = any(there(row, year) for row in against.get((state, partner), []))
        if any(
            int(r["first"]) <= year <= int(r["last"]) for r in covered.get((state, partner), [])
        ):
            assert float(shipped["imposed"]) == float(imposed)
        else:
            unknown += 1
            assert (shipped["imposed"] == "1.0") == imposed
            most = 1.0
            if not least:
                assert shipped["hosted"] == shipped["hosted_low"] == ""
                continue
        assert float(shipped["hosted_low"]) == least
        assert float(shipped["hosted_high"]) == most
    assert 20 < unknown < 60


def test_presence_without_consent_and_imposed_presence_agree() -> None:
    imposed, no_consent = set(), set()
    for name, a, b, into in (
        ("imposed.csv", "state", "partner", imposed), ("table.csv", "host", "patron", no_consent),
    ):  # fmt: skip
        for row in read(name):
            if row["confidence"] == "low" or row.get("consent", "no") != "no":
                continue
            last = int(row["end"][:4]) if row["end"] else 2026
            into.update((row[a], row[b], year) for year in range(int(row["start"][:4]), last))
    assert no_consent == imposed


def test_training_is_no_base_whatever_its_name_and_a_base_is_none_by_being_called_one() -> None:
    missions = {row["mission_id"]: row for row in read("training.csv")}
    assert missions["UKR-USA-T1"]["start"] == "2015-04-20"
    assert not [r for r in read("table.csv") if (r["host"], r["patron"]) == ("UKR", "USA")]
    (grodno,) = [r for r in read("table.csv") if r["presence_id"] == "BLR-RUS-06"]
    assert grodno["kind"] == "base"
    assert "combat duty" in grodno["note"]


def test_the_company_of_mercenaries_changes_no_code() -> None:
    (wagner,) = [r for r in read("table.csv") if r["presence_id"] == "BLR-RUS-11"]
    assert wagner["confidence"] == "low"
    assert wagner["size"] == "4000-5000"
