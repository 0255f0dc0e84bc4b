"""Two codings of the same units, and the adjudicated one: the table ``codings``.

One row is one unit and one coder. Compared are:

bases       the highest kind that a host harbours on 31 December, as in the panel: every pair and
            year that the first coding declares as researched and the second searched
crimea      an actor's position at the end of a year
exercises   whether an actor took part, in a random fifth of the 269 exercises listed at the time
refusals    the part of a state in an exercise, and of a refusal what it was, toward whom and why
presences   the highest kind hosted, years to 2025; ``consent`` and ``imposed`` stand beside it
statements  label and kind of each statement on Ukraine's territory
positions   an actor's position on Ukraine's territory at the end of a year

Rows of low confidence are left out of both codings, as they are left out of the panel; of
``positions`` they stay in, since a rule gives the first coding and the second is a judgement.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from from_published import PARTNERS, STATES

from alignindex.data import load_dataset

KEY = ["dataset", "subject", "object", "year", "coder"]
COLUMNS = [*KEY, "code"]
CODERS = ("A", "B", "adjudicated")
KIND_RANK = {"none": 0, "facility": 1, "base": 2}
# (lowest, highest) kind hosted with consent; the two differ where consent is disputed, or where
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


def derive(root: Path, positions: pd.DataFrame, yearly: pd.DataFrame) -> pd.DataFrame:
    """The table, from the codings and the tables that the adjudication ended in."""
    rows = [
        *_bases(root), *_crimea(root, positions), *_exercises(root),
        *_refusals(root), *_presences(root), *_statements(root), *_positions(root, yearly),
    ]  # fmt: skip
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
    """Lowest and highest kind hosted with consent on 31 December: they differ where it is disputed.

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


def _refusals(root: Path) -> Rows:
    coded = load_dataset("codings/refusals", root=root)
    codes = {
        (row.unit, int(row.year), row.coder): _refusal(row)
        for row in coded[coded["confidence"] != "low"].itertuples(index=False)
    }
    refused = load_dataset("exercises/refusals", root=root).set_index("refusal_id")
    events = load_dataset("exercises", root=root).set_index("exercise_id")
    for row in coded[coded["coder"] == "A"].itertuples(index=False):
        if row.record in refused.index:
            final = refused.loc[row.record]
            toward = final["partner"] if final["partner"] in PARTNERS else "none"
            decided = ["refused", final["what"], toward, final["ground"]]
        else:  # a refusal that was struck out is not among the exercises either
            taking_part = row.record in events.index and row.state in _actors(
                events.loc[row.record, "participants"]
            )
            decided = ["took_part" if taking_part else "not_expected", None, None, None]
        codes[row.unit, int(row.year), "adjudicated"] = decided
    names = ("part", "what", "toward", "ground")
    return [
        ("refusals", unit, name, year, coder, code)
        for (unit, year, coder), given in codes.items()
        for name, code in zip(names, given, strict=True)
        if code is not None
    ]


def _refusal(row: Any) -> list[str | None]:
    """Part, what, toward and ground of a coded unit; None where not determined or not refused."""
    if row.part != "refused":
        return [None if row.part == "not_determined" else row.part, None, None, None]
    return [row.part, row.what, "none" if pd.isna(row.toward) else row.toward, row.ground]


def _presences(root: Path) -> Rows:
    coded = load_dataset("codings/presences", root=root)
    spells = spells_of(load_dataset("bases", root=root))
    imposed = load_dataset("bases/yearly", root=root).set_index(["state", "partner", "year"])
    rows: Rows = []
    for row in coded[coded["confidence"] != "low"].itertuples(index=False):
        found = {"presences": row.hosted, "imposed": row.imposed}
        if row.hosted != "not_determined":
            found["consent"] = "none" if pd.isna(row.consent) else row.consent
        rows += [
            (name, row.host, row.patron, int(row.year), row.coder, code)
            for name, code in found.items()
            if code != "not_determined"
        ]
    for key in sorted({(row[1], row[2], row[3]) for row in rows if row[4] == "A"}):
        least, most = hosted(spells.get(key[:2], []), key[2])
        kind = next(name for name, rank in KIND_RANK.items() if rank == most)
        consent = "none" if most == 0 else "yes" if least == most else "disputed"
        rows += [
            ("presences", *key, "adjudicated", kind),
            ("consent", *key, "adjudicated", consent),
        ]
        against = imposed["imposed"].get(key, 0.0)  # organisations have no row, and impose nothing
        if not pd.isna(against):
            rows.append(("imposed", *key, "adjudicated", f"{against:g}"))
    return rows


def _statements(root: Path) -> Rows:
    coded = load_dataset("codings/statements", root=root)
    final = load_dataset("positions", root=root).assign(coder="adjudicated")
    first = set(coded.loc[coded["coder"] == "A", "statement_id"])
    final = final[final["statement_id"].isin(first)]
    both = pd.concat([coded[coded["statement_id"].isin(first)], final])
    return [
        ("statements", row.statement_id, name, int(row.statement_id[4:8]), row.coder, code)
        for row in both[both["confidence"] != "low"].itertuples(index=False)
        for name, code in (("label", row.label), ("kind", row.kind))
    ]


def _positions(root: Path, yearly: pd.DataFrame) -> Rows:
    coded = load_dataset("codings/positions", root=root)
    both = pd.concat([coded, yearly.assign(coder="adjudicated")])
    return [
        ("positions", row.actor, "Ukraine", int(row.year), row.coder, f"{row.position:.3f}")
        for row in both.itertuples(index=False)
        if not pd.isna(row.position)
    ]


def _actors(text: object) -> set[str]:
    return set() if pd.isna(text) else {actor.strip() for actor in str(text).split(";")}
