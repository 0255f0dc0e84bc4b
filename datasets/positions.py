"""Yearly positions on Ukraine's territory, from statements and from all roll calls of a year.

Roll calls and votes come from the records of the UN Digital Library; statements are compiled by
hand in ``positions/table.csv``. ``yearly`` is the rule that ``positions/README.md`` states, written
the slow and obvious way.
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

import numpy as np
import pandas as pd
from from_published import STATES

from alignindex.data import load_dataset

RECORDS = "undl_votes_1946-2025.csv.gz"
FIRST, LAST = 2014, 2025
HOLD = 5  # years for which a statement or the votes of a year hold
CAST = {"yes": 0.0, "abstain": 0.5, "no": 0.75}  # a vote that was not cast says nothing
LEAST, MOST = min(CAST.values()), max(CAST.values())
VOTES = {"Y": "yes", "N": "no", "A": "abstain", "X": "absent"}

# Roll calls by what they are about, with the day on which they were taken.
ROLLCALLS = {
    "68/262": "status", "71/205": "rights", "72/190": "rights", "73/194": "militarisation",
    "73/263": "rights", "74/17": "militarisation", "74/168": "rights", "75/29": "militarisation",
    "75/192": "rights", "76/70": "militarisation", "76/179": "rights", "77/229": "rights",
    "78/221": "rights", "78/316": "invasion", "79/184": "rights", "ES-11/1": "invasion",
    "ES-11/2": "invasion", "ES-11/3": "invasion", "ES-11/4": "status", "ES-11/5": "invasion",
    "ES-11/6": "invasion", "ES-11/7": "invasion", "ES-11/8": "invasion",
}  # fmt: skip
ACTORS = {
    "ARMENIA": "ARM", "AZERBAIJAN": "AZE", "BELARUS": "BLR", "CHINA": "CHN", "ESTONIA": "EST",
    "GEORGIA": "GEO", "KAZAKHSTAN": "KAZ", "KYRGYZSTAN": "KGZ", "LITHUANIA": "LTU",
    "LATVIA": "LVA", "REPUBLIC OF MOLDOVA": "MDA", "RUSSIAN FEDERATION": "RUS",
    "TAJIKISTAN": "TJK", "TURKMENISTAN": "TKM", "TURKEY": "TUR", "TÜRKİYE": "TUR",
    "TÜRKÝYE": "TUR", "UKRAINE": "UKR", "UNITED STATES": "USA", "UZBEKISTAN": "UZB",
}  # fmt: skip


class Said(NamedTuple):
    """A statement that counts."""

    year: int
    object: str
    kind: str
    value: float


class Vote(NamedTuple):
    """What an actor did in a roll call."""

    year: int
    vote: str
    about: str


# ---------------------------------------------------------------------------------------
# From the published records
def _recorded(folder: Path) -> dict[str, list[dict[str, str]]]:
    """Lines of the records by listed resolution."""
    found: dict[str, list[dict[str, str]]] = {number: [] for number in ROLLCALLS}
    path = folder / "unga_2025" / RECORDS
    with gzip.open(path, "rt", encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            number = row["resolution"].removeprefix("A/RES/")
            if number in found:
                found[number].append(row)
    for number, rows in found.items():
        records = {row["undl_id"] for row in rows}
        if len(records) != 1:
            raise ValueError(f"{path.name}: {number}: expected one record, found {sorted(records)}")
    return found


def rollcalls(folder: Path) -> pd.DataFrame:
    """Listed roll calls with their day, what they are about, and their tallies."""
    rows = []
    for number, lines in _recorded(folder).items():
        tally = Counter(VOTES[line["ms_vote"]] for line in lines)
        rows.append((f"A/RES/{number}", lines[0]["date"], ROLLCALLS[number], lines[0]["undl_id"],
                     *(tally[vote] for vote in ("yes", "no", "abstain", "absent"))))  # fmt: skip
    names = ["resolution", "date", "about", "undl_id", "yes", "no", "abstain", "absent"]
    return pd.DataFrame(rows, columns=names).sort_values(["date", "resolution"], ignore_index=True)


def votes(folder: Path) -> pd.DataFrame:
    """Vote of each of the 18 states on each listed roll call."""
    rows = []
    for number, lines in _recorded(folder).items():
        own = {
            ACTORS[line["ms_name"]]: VOTES[line["ms_vote"]]
            for line in lines
            if line["ms_name"] in ACTORS
        }
        if set(own) != set(STATES):
            raise ValueError(f"{number}: not recorded: {sorted(set(STATES) - set(own))[:3]}")
        rows += [(f"A/RES/{number}", lines[0]["date"], actor, vote) for actor, vote in own.items()]
    frame = pd.DataFrame(rows, columns=["resolution", "date", "actor", "vote"])
    return frame.sort_values(["date", "resolution", "actor"], ignore_index=True)


# ---------------------------------------------------------------------------------------
# Positions by year
def yearly(
    statements: pd.DataFrame,
    calls: pd.DataFrame,
    cast: pd.DataFrame,
    hold: int = HOLD,
    actors: Iterable[str] = STATES,
) -> pd.DataFrame:
    """Position of each actor in each year, 0 (affirms Ukraine's integrity) to 1 (recognition)."""
    said, own = _said(statements), _own(calls, cast)
    held = dict.fromkeys(range(FIRST, LAST + 1), 0)
    for date in calls["date"]:
        held[int(date[:4])] += 1
    rows = [
        (actor, year, *_position(year, said.get(actor, []), own.get(actor, []), held, hold))
        for actor in sorted(actors)
        for year in held
    ]
    names = ["actor", "year", "position", "basis", "age", "n_rollcalls", "n_cast", "said", "voted",
             "low", "high", "position_votes", "position_status"]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


def _said(statements: pd.DataFrame) -> dict[str, list[Said]]:
    """Statements that count, by actor and in order of date."""
    found: dict[str, list[Said]] = {}
    for row in statements.sort_values("date", kind="stable").to_dict("records"):
        if row["confidence"] != "low" and not pd.isna(row["value"]):
            said = Said(int(row["date"][:4]), row["object"], row["kind"], float(row["value"]))
            found.setdefault(row["actor"], []).append(said)
    return found


def _own(calls: pd.DataFrame, cast: pd.DataFrame) -> dict[str, list[Vote]]:
    """Votes by actor, with the year and what the roll call is about."""
    about = dict(zip(calls["resolution"], calls["about"], strict=True))
    found: dict[str, list[Vote]] = {}
    for row in cast.to_dict("records"):
        vote = Vote(int(row["date"][:4]), row["vote"], about[row["resolution"]])
        found.setdefault(row["actor"], []).append(vote)
    return found


def _position(
    year: int,
    said: list[Said],
    own: list[Vote],
    held: Mapping[int, int],
    hold: int,
) -> tuple[object, ...]:
    """Cells of one actor and year, from its statements in order and its votes."""
    counts = (held[year], sum(v.year == year and v.vote in CAST for v in own))
    words, words_year = _words(year, said, hold)
    votes_part, votes_year = _votes(year, own, hold)
    status, _ = _votes(year, [v for v in own if v.about == "status"], hold)
    parts = (words, votes_part)
    decisive = [s for s in said if s.year <= year and (s.kind == "act" or s.value == 1.0)]
    if decisive:
        value, age = decisive[-1].value, year - decisive[-1].year
        return (value, "act", age, *counts, *parts, value, value, votes_part, value)
    low, high = _bounds(year, own, held, votes_part)
    newest = max(words_year, votes_year)
    if newest:
        basis = "statement" if words_year == year else "votes" if votes_year == year else "held"
        ends = (_mean((words, low)), _mean((words, high)))
        return (_mean(parts), basis, year - newest, *counts, *parts, *ends, votes_part,
                _mean((words, status)))  # fmt: skip
    earlier = any(s.year <= year for s in said)
    earlier |= any(v.year <= year and v.vote in CAST for v in own)
    position = np.nan if earlier else 0.5  # nothing said and no vote cast so far: neutral
    basis = "unknown" if earlier else "silent"
    return (position, basis, np.nan, *counts, *parts, LEAST, MOST, votes_part, np.nan)


def _words(year: int, said: Iterable[Said], hold: int) -> tuple[float, int]:
    """Mean over objects of the statement in force, and the year of the newest; NaN, 0 if none.

    On each object the latest statement holds; one that is weaker than an earlier one on the same
    side of 0.5 renews the earlier one.
    """
    latest: dict[str, tuple[float, int]] = {}
    for row in said:
        if not year - hold <= row.year <= year:
            continue
        value = row.value
        before = latest.get(row.object, (value, row.year))[0]
        # Weaker words of the same side contradict nothing: the clearer ones stay in force.
        if before < value < 0.5 or before > value > 0.5:
            value = before
        latest[row.object] = (value, row.year)
    if not latest:
        return np.nan, 0
    return fmean(value for value, _ in latest.values()), max(made for _, made in latest.values())


def _votes(year: int, own: Iterable[Vote], hold: int) -> tuple[float, int]:
    """Mean of the votes cast in the year, or in the latest year that still holds; NaN, 0."""
    by_year: dict[int, list[float]] = {}
    for row in own:
        if row.vote in CAST and year - hold <= row.year <= year:
            by_year.setdefault(row.year, []).append(CAST[row.vote])
    if not by_year:
        return np.nan, 0
    return fmean(by_year[max(by_year)]), max(by_year)


def _bounds(
    year: int, own: Iterable[Vote], held: Mapping[int, int], part: float
) -> tuple[float, float]:
    """Minimum and maximum of the year's votes if those not cast had been cast."""
    if not held[year]:  # no roll call, nothing missing: what holds is exact
        return part, part
    here = [row.vote for row in own if row.year == year]
    here += ["absent"] * (held[year] - len(here))  # not listed is not cast
    return fmean(CAST.get(v, LEAST) for v in here), fmean(CAST.get(v, MOST) for v in here)


def _mean(parts: Iterable[float]) -> float:
    known = [part for part in parts if not np.isnan(part)]
    return fmean(known) if known else np.nan


def units(statements: pd.DataFrame) -> pd.DataFrame:
    """What a second coder is given: who, when, on what, and where it is reported; no codes."""
    return statements[["statement_id", "actor", "date", "object", "source"]].copy()


def derived(root: Path) -> dict[str, pd.DataFrame]:
    """Tables that follow from the statements and votes under ``root``, by name."""
    statements, calls, cast = (
        load_dataset(name, root=root)
        for name in ("positions", "positions/rollcalls", "positions/votes")
    )
    return {
        "positions/yearly": yearly(statements, calls, cast),
        "positions/units": units(statements),
    }


PUBLISHED = {"positions/rollcalls": rollcalls, "positions/votes": votes}
FILES = {f"positions/{name}": f"positions/{name}.csv"
         for name in ("rollcalls", "votes", "yearly", "units")}  # fmt: skip
TABLE_KEYS = {
    "positions": ["statement_id"],
    "positions/rollcalls": ["resolution"],
    "positions/votes": ["resolution", "actor"],
    "positions/yearly": ["actor", "year"],
    "positions/units": ["statement_id"],
}
