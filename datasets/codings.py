"""Two codings of the same units, and the adjudicated one: the table ``codings``.

One row is one unit and one coder. What is compared:

bases       the highest kind that a host harbours on 31 December, as in the panel: every pair and
            year that the first coding declares as researched and the second searched
crimea      an actor's position at the end of a year
exercises   whether an actor took part, in a random fifth of the exercises

Rows of low confidence are left out of both codings, as they are left out of the panel.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from from_published import FIRST_YEAR, STATES

from alignindex.data import load_dataset

KEY = ["dataset", "subject", "object", "year", "coder"]
COLUMNS = [*KEY, "code"]
CODERS = ("A", "B", "adjudicated")
LAST_YEAR = 2023
KIND_RANK = {"none": 0, "facility": 1, "base": 2}
# (least, greatest) kind hosted with consent; the two differ where consent is disputed.
KINDS = {
    (0, 0): "none", (1, 1): "facility", (2, 2): "base",
    (0, 1): "disputed_facility", (0, 2): "disputed_base", (1, 2): "facility_or_base",
}  # fmt: skip

Rows = list[tuple[str, str, str, int, str, str]]


def derive(root: Path, positions: pd.DataFrame) -> pd.DataFrame:
    """The table, from the codings and the tables that the adjudication ended in."""
    rows = [*_bases(root), *_crimea(root, positions), *_exercises(root)]
    return pd.DataFrame(rows, columns=COLUMNS).sort_values(KEY, ignore_index=True)


def _bases(root: Path) -> Rows:
    spells = load_dataset("codings/bases", root=root)
    by_coder = {str(coder): part for coder, part in spells.groupby("coder")}
    by_coder["adjudicated"] = load_dataset("bases", root=root)
    rows: Rows = []
    for _, pair in load_dataset("codings/units", root=root).iterrows():
        years = range(int(pair["first"]), int(pair["last"]) + 1)
        for coder in CODERS:
            kinds = kinds_hosted(by_coder[coder], pair["host"], pair["patron"])
            rows += [("bases", pair["host"], pair["patron"], y, coder, kinds[y]) for y in years]
    return rows


def kinds_hosted(spells: pd.DataFrame, host: str, patron: str) -> Mapping[int, str]:
    """Highest kind of one patron's presences in one host by year; a missing row means none."""
    sure = spells["confidence"] != "low"
    own = spells[sure & (spells["host"] == host) & (spells["patron"] == patron)]
    out = {}
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        least = most = 0
        for spell in own.itertuples(index=False):
            if int(spell.start[:4]) <= year and (pd.isna(spell.end) or year < int(spell.end[:4])):
                rank = KIND_RANK[spell.kind]
                least = max(least, rank if spell.consent == "yes" else 0)
                most = max(most, rank if spell.consent != "no" else 0)
        out[year] = KINDS[least, most]
    return out


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
    for row in coded.itertuples(index=False):
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
