"""Pledges in force and their use by directed dyad and year, from the tables of ``memberships``.

    memberships/pledges    state, partner, year -> pledge, its parts and its texts
    memberships/behaviour  state, partner, year -> appeals, answer, silent, for years with an event

A text binds both sides. A row that names partners binds its state and each of them; a row of an
organisation or treaty without partners binds its state and every other state with a row of the same
name, by the weaker of their two pledges.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from from_published import PARTNERS, STATES

from alignindex.data import load_dataset

KEY = ["state", "partner", "year"]
FIRST, LAST = 1992, 2025
RANK = {"none": 0, "consultation": 1, "neutrality-nonaggression": 2, "defence": 3}
# A text that was not read may pledge anything up to this rank.
UNREAD = {"not seen": 3, "not seen, no defence": 2}
DEFENCE = RANK["defence"]
COLUMNS = ["pledge", "pledge_defence", "pledge_frozen", "pledge_basis", "pledge_atop"]
Bonds = dict[tuple[str, str, int], list[tuple[int, int, bool, str]]]


def in_force(start: object, end: object, year: int) -> bool:
    """Whether a spell is in force on 31 December: begun by then, and not ended in the year."""
    return int(str(start)[:4]) <= year and (pd.isna(end) or int(str(end)[:4]) > year)


def bonds(spells: pd.DataFrame) -> Bonds:
    """Bounds of each pledge in force: (least, most, frozen, name) by directed dyad and year.

    Rows of low confidence bind nobody: their text or date was not seen.
    """
    found: Bonds = defaultdict(list)
    sure = spells[(spells["confidence"] != "low") & spells["start"].notna()]
    for year in range(FIRST, LAST + 1):
        members = defaultdict(list)
        for row in sure.itertuples(index=False):
            if not in_force(row.start, row.end, year):
                continue
            least, most = RANK.get(row.pledge, 0), UNREAD.get(row.pledge, RANK.get(row.pledge, 0))
            frozen = "frozen" in row.status
            if pd.isna(row.partner):
                members[row.org].append((row.state, least, most, frozen))
                continue
            for partner in row.partner.split(";"):
                _bind(found, row.state, partner, year, (least, most, frozen, row.org))
        for name, own in members.items():
            for (a, la, ma, fa), (b, lb, mb, fb) in combinations(own, 2):
                _bind(found, a, b, year, (min(la, lb), min(ma, mb), fa or fb, name))
    return found


def _bind(found: Bonds, a: str, b: str, year: int, bond: tuple[int, int, bool, str]) -> None:
    if bond[1] > 0:
        found[a, b, year].append(bond)
        found[b, a, year].append(bond)


def pledges(spells: pd.DataFrame, coverage: pd.DataFrame, atop: pd.DataFrame) -> pd.DataFrame:
    """Strongest pledge of each directed dyad-year, unknown where it could be a stronger one.

    Where the coverage does not let the absence of a row mean none, a text that nobody looked for
    may pledge up to non-aggression (scope ``defence``) or anything (no coverage at all).
    """
    found = bonds(spells)
    unlooked = _unlooked(coverage)
    other = atop.set_index(KEY)["alliance"]
    rows = []
    for state in sorted(STATES):
        for partner in sorted(PARTNERS):
            if state == partner:
                continue
            for year in range(FIRST, LAST + 1):
                key = (state, partner, year)
                own = found.get(key, [])
                least = max((bond[0] for bond in own), default=0)
                most = max([least, unlooked.get(key, DEFENCE), *(bond[1] for bond in own)])
                top = [bond for bond in own if bond[0] == least > 0]
                rows.append((
                    *key,
                    float(least) if least == most else np.nan,
                    np.nan if least < DEFENCE == most else float(least == DEFENCE),
                    float(any(bond[2] for bond in top)),
                    ";".join(sorted({bond[3] for bond in top})) or np.nan,
                    other.get(key, np.nan),
                ))  # fmt: skip
    return pd.DataFrame(rows, columns=[*KEY, *COLUMNS])


def _unlooked(coverage: pd.DataFrame) -> dict[tuple[str, str, int], int]:
    """Highest rank that a text nobody looked for may have, by directed dyad and year."""
    most = {"all": 0, "defence": DEFENCE - 1}
    found: dict[tuple[str, str, int], int] = {}
    for row in coverage.itertuples(index=False):
        for a, b in ((row.state, row.partner), (row.partner, row.state)):
            for year in range(int(row.first), int(row.last) + 1):
                found[a, b, year] = min(found.get((a, b, year), DEFENCE), most[row.scope])
    return found


def disagreements(table: pd.DataFrame) -> pd.DataFrame:
    """Spells of years in which ATOP gives another rank than this table, one row per spell."""
    known = table.dropna(subset=["pledge", "pledge_atop"])
    apart = known[known["pledge"] != known["pledge_atop"]]
    groups = apart.groupby(["state", "partner", "pledge", "pledge_atop"])["year"]
    return groups.agg(first="min", last="max", years="count").reset_index()


# How far an appeal was answered.
ANSWER = {"none": 0.0, "declined": 0.0, "consultations": 1.0, "mission": 2.0, "forces": 3.0}


def behaviour(uses: pd.DataFrame, spells: pd.DataFrame) -> pd.DataFrame:
    """What a state and Russia did for each other under their pledge, in years with an event.

    ``appeals`` counts what the state asked for, ``answer`` is the most that it got, and ``silent``
    counts attacks on Russia to which an article applied and the bound state did not react. The
    partner is Russia, the one pole in these obligations. Uses of low confidence do not count.
    """
    sure = uses[uses["confidence"] != "low"]
    rows: dict[tuple[str, int], list[float]] = defaultdict(lambda: [0.0, np.nan, 0.0])
    for use in sure.itertuples(index=False):
        year = int(use.date[:4])
        if use.appeal != "none":
            row = rows[use.state, year]
            row[0] += 1
            row[1] = np.fmax(row[1], ANSWER[use.response])
        elif use.state == "RUS" and use.response == "none" and pd.notna(use.article):
            for ally in sorted(_bound(spells, use.obligation, year) - {"RUS"}):
                rows[ally, year][2] += 1
    table = [(state, "RUS", year, *row) for (state, year), row in sorted(rows.items())]
    return pd.DataFrame(table, columns=[*KEY, "appeals", "answer", "silent"])


def _bound(spells: pd.DataFrame, name: str, year: int) -> set[str]:
    own = spells[(spells["org"] == name) & spells["start"].notna()]
    return {row.state for row in own.itertuples() if in_force(row.start, row.end, year)}


FILES = {
    "memberships/pledges": "memberships/pledges.csv",
    "memberships/behaviour": "memberships/behaviour.csv",
}
TABLE_KEYS = dict.fromkeys(FILES, KEY)


def derived(root: Path) -> dict[str, pd.DataFrame]:
    """The derived tables, from the curated ones under ``root``."""
    spells = load_dataset("memberships", root=root)
    coverage = load_dataset("memberships/pledge_coverage", root=root)
    uses = load_dataset("memberships/obligation_use", root=root)
    return {
        "memberships/pledges": pledges(spells, coverage, load_dataset("obligations", root=root)),
        "memberships/behaviour": behaviour(uses, spells),
    }
