"""Two codings of the same units, and the adjudicated one: the table ``codings``.

One row is one unit and one coder. What is compared:

bases       the highest kind that a host harbours on 31 December, as in the panel: every pair and
            year that the first coding declares as researched and the second searched
crimea      an actor's position at the end of a year
exercises   whether an actor took part, in a random fifth of the 269 exercises listed at the time

Rows of low confidence are left out of both codings, as they are left out of the panel.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pandas as pd
from from_published import STATES

from alignindex.data import load_dataset

KEY = ["dataset", "subject", "object", "year", "coder"]
COLUMNS = [*KEY, "code"]
CODERS = ("A", "B", "adjudicated")
KIND_RANK = {"none": 0, "facility": 1, "base": 2}
# (least, greatest) kind hosted with consent; the two differ where consent is disputed, or where
# more may have been there than research has found.
KINDS = {
    (0, 0): "none", (1, 1): "facility", (2, 2): "base",
    (0, 1): "disputed_facility", (0, 2): "disputed_base", (1, 2): "facility_or_base",
}  # fmt: skip

Rows = list[tuple[str, str, str, int, str, str]]


class Spell(NamedTuple):
    """One spell of one presence."""

    first: int
    end: int
    rank: int
    consent: str


def derive(root: Path, positions: pd.DataFrame) -> pd.DataFrame:
    """The table, from the codings and the tables that the adjudication ended in."""
    rows = [*_bases(root), *_crimea(root, positions), *_exercises(root)]
    return pd.DataFrame(rows, columns=COLUMNS).sort_values(KEY, ignore_index=True)


def _bases(root: Path) -> Rows:
    coded = load_dataset("codings/bases", root=root)
    by_coder = {
        str(coder): spells_of(part) for coder, part in coded.groupby("coder", observed=True)
    }
    by_coder["adjudicated"] = spells_of(load_dataset("bases", root=root))
    rows: Rows = []
    for _, pair in load_dataset("codings/units", root=root).iterrows():
        host, patron = pair["host"], pair["patron"]
        for coder in CODERS:
            spells = by_coder[coder].get((host, patron), [])
            rows += [
                ("bases", host, patron, year, coder, KINDS[hosted(spells, year)])
                for year in range(int(pair["first"]), int(pair["last"]) + 1)
            ]
    return rows


def spells_of(presences: pd.DataFrame) -> dict[tuple[str, str], list[Spell]]:
    """Spells of each host and patron, those of low confidence left out."""
    spells: dict[tuple[str, str], list[Spell]] = {}
    for row in presences[presences["confidence"] != "low"].itertuples(index=False):
        if pd.isna(row.start):
            raise ValueError(f"bases: {row[0]} has no start; give at least its year")
        end = 9999 if pd.isna(row.end) else int(row.end[:4])
        spell = Spell(int(row.start[:4]), end, KIND_RANK[row.kind], row.consent)
        spells.setdefault((row.host, row.patron), []).append(spell)
    return spells


def hosted(spells: list[Spell], year: int) -> tuple[int, int]:
    """Least and greatest kind hosted with consent on 31 December: they differ where it is disputed.

    A spell is there on 31 December of its first year, and gone on that of its last.
    """
    there = [spell for spell in spells if spell.first <= year < spell.end]
    least = max((spell.rank for spell in there if spell.consent == "yes"), default=0)
    most = max((spell.rank for spell in there if spell.consent != "no"), default=0)
    return least, most


def _crimea(root: Path, positions: pd.DataFrame) -> Rows:
    coded = load_dataset("codings/crimea", root=root)
    final = positions.assign(coder="adjudicated")
    both = pd.concat([coded[["coder", "actor", "year", "position"]], final])
    return [
        ("crimea", row.actor, "Crimea", int(row.year), row.coder, f"{row.position:g}")
        for row in both.itertuples(index=False)
        if not pd.isna(row.position)
    ]


def _exercises(root: Path) -> Rows:
    coded = load_dataset("codings/exercises", root=root)
    final = load_dataset("exercises", root=root).set_index("exercise_id")
    rows: Rows = []
    for row in coded[coded["confidence"] != "low"].itertuples(index=False):
        year = int(row.exercise_id[:4])
        doubtful = _actors(row.not_determined)
        for actor in sorted(STATES):
            if row.found != "no" and actor not in doubtful:
                part = "yes" if actor in _actors(row.participants) else "no"
                rows.append(("exercises", row.exercise_id, actor, year, row.coder, part))
    for number in sorted(set(coded["exercise_id"])):
        taking_part = _actors(final.loc[number, "participants"])
        rows += [
            ("exercises", number, actor, int(number[:4]), "adjudicated",
             "yes" if actor in taking_part else "no")
            for actor in sorted(STATES)
        ]  # fmt: skip
    return rows


def _actors(text: object) -> set[str]:
    return set() if pd.isna(text) else {actor.strip() for actor in str(text).split(";")}
