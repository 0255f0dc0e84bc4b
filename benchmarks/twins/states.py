"""The slow, obvious twin of ``alignindex.states.resolve``: one value, plain loops over the file."""

from __future__ import annotations

import csv
import re
import unicodedata
from pathlib import Path

TABLE = Path(__file__).resolve().parents[2] / "datasets" / "states" / "table.csv"
SPEAKERS = {
    "any": ["iso3", "name", "alias", "sipri", "un"],
    "iso3": ["iso3"],
    "cow": ["cow"],
    "cow_abb": ["cow_abb"],
    "gw": ["gw", "gw_micro"],
    "name": ["name", "alias", "sipri", "un"],
    "sipri": ["sipri", "name", "alias", "un"],
    "un": ["un", "name", "alias", "sipri"],
}


def read_table() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    lives: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        if row["system"] == "iso3":
            lives.setdefault(row["iso3"], []).append((row["start"], row["end"]))
    dated = []
    for row in rows:
        own = [(row["start"], row["end"])] if row["start"] or row["end"] else lives[row["iso3"]]
        for start, end in own:
            dated.append({**row, "start": start or "1816-01-01", "end": end or "9999-12-31"})
    return dated


def fold(name: str) -> str:
    letters = []
    for char in unicodedata.normalize("NFKD", name):
        if unicodedata.combining(char) or char in "'’`´ʻ.":
            continue
        letters.append(" and " if char == "&" else char if char.isalnum() or char == "*" else " ")
    words = "".join(letters).casefold().split()
    words = ["saint" if word == "st" else word for word in words]
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    if len(words) > 1 and words[-1] == "the":
        words = words[:-1]
    return " ".join(words)


def same(system: str, own: str, value: object) -> bool:
    if system in ("cow", "gw"):
        return re.fullmatch(r"0*" + own + r"(\.0*)?", str(value).strip()) is not None
    if system in ("iso3", "cow_abb"):
        return own == str(value).strip()
    return fold(own) == fold(str(value))


def touches(row: dict[str, str], year: int) -> bool:
    return int(row["start"][:4]) <= year <= int(row["end"][:4])


def on_last_day(row: dict[str, str], year: int) -> bool:
    return row["start"] <= f"{year:04}-12-31" <= row["end"]


def holder(rows: list[dict[str, str]], year: int, field: str) -> str | None:
    """Who holds it on 31 December, else who alone held it in the year."""
    for test in (on_last_day, touches):
        found = sorted({row[field] for row in rows if test(row, year)})
        if len(found) == 1:
            return found[0]
        if found:
            raise ValueError(f"several in {year}: {found}")
    return None


def resolve_one(table: list[dict[str, str]], value: object, system: str, year: int | None) -> str:
    """Actor code, or an empty string."""
    matches = {
        tier: [row for row in table if row["system"] == tier and same(tier, row["value"], value)]
        for tier in SPEAKERS[system]
    }
    if system in ("sipri", "un") and matches[system]:
        matches = {tier: rows if tier == system else [] for tier, rows in matches.items()}
    for tier in SPEAKERS[system]:
        if not matches[tier]:
            continue
        if year is None:
            last = max(row["end"] for row in matches[tier])
            bearers = {row["iso3"] for row in matches[tier]}
            if len(bearers) > 1:
                bearers = {row["iso3"] for row in matches[tier] if row["end"] == last}
            return bearers.pop() if len(bearers) == 1 else ""
        found = holder(matches[tier], year, "iso3")
        if found:
            return found
    if year is not None and system in ("iso3", "cow", "cow_abb", "gw"):
        bearers = {row["iso3"] for rows in matches.values() for row in rows}
        lives = [row for row in table if row["system"] == "iso3" and row["iso3"] in bearers]
        return holder(lives, year, "iso3") or ""
    return ""


def answer_one(table: list[dict[str, str]], actor: str, to: str, year: int | None) -> str:
    """What the target system calls the actor, or an empty string."""
    systems = ("gw", "gw_micro") if to == "gw" else (to,)
    own = [row for row in table if row["iso3"] == actor and row["system"] in systems]
    if not own:
        return ""
    if year is None:
        return max(own, key=lambda row: row["end"])["value"]
    found = holder(own, year, "value")
    if found:
        return found

    def gap(row: dict[str, str]) -> tuple[int, int]:
        start, end = int(row["start"][:4]), int(row["end"][:4])
        return max(start - year, year - end, 0), -start

    return min(own, key=gap)["value"]
