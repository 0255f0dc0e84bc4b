"""Level of hostility by directed dyad and year, from the tables of ``hostility``.

    hostility/yearly    state, partner, year -> hostility, its two directions, a bound, the rows

Each curated row becomes acts of an actor towards a target in a year: a war is an act of both sides,
an occupation one of the occupier, a sanction one of its sender. The level of a dyad is the highest
of both directions. ``README.md`` of the data set gives the scale and its reasons.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from from_published import PARTNERS, STATES

from alignindex.data import load_dataset

KEY = ["state", "partner", "year"]
FIRST, LAST = 1992, 2025
SCALE = {"none": 0, "dispute": 1, "limited sanctions": 2, "broad sanctions": 3,
         "occupation": 4, "war": 5}  # fmt: skip
WAR, OCCUPATION = SCALE["war"], SCALE["occupation"]
# (level, highest level that a reading of the sources allows)
ROLES = {
    "belligerent": (WAR, WAR), "forces took part": (WAR, WAR), "disputed": (0, WAR),
    "territory used": (SCALE["dispute"], WAR),
    "supported the other side": (SCALE["dispute"], WAR),
}  # fmt: skip
STATUSES = {
    "annexed": (OCCUPATION, OCCUPATION), "controlled": (OCCUPATION, OCCUPATION),
    "recognised": (OCCUPATION, OCCUPATION), "disputed": (0, OCCUPATION), "separatist": (0, 0),
}  # fmt: skip
LIMITED, BROAD = SCALE["limited sanctions"], SCALE["broad sanctions"]
SANCTIONS = {
    "individual": LIMITED, "firms": LIMITED, "arms embargo": LIMITED, "aid restriction": LIMITED,
    "trade (goods)": LIMITED, "trade (services)": LIMITED, "sectoral": BROAD,
    "comprehensive": BROAD, "waived": SCALE["none"],
}  # fmt: skip
# (actor, target, year, level, highest level, row)
Act = tuple[str, str, int, int, int, str]
TABLES = ("wars", "occupation", "sanctions", "disputes")


def during(start: object, end: object) -> range:
    """Years of which any day lies in the spell."""
    last = LAST if pd.isna(end) else min(LAST, int(str(end)[:4]))
    return range(max(FIRST, int(str(start)[:4])), last + 1)


def at_the_end(start: object, end: object) -> range:
    """Years on whose 31 December the spell stands: begun by then, and not ended in the year."""
    last = LAST if pd.isna(end) else min(LAST, int(str(end)[:4]) - 1)
    return range(max(FIRST, int(str(start)[:4])), last + 1)


def acts(tables: Mapping[str, pd.DataFrame]) -> Iterator[Act]:
    """Acts of hostility by actor, target and year.

    Fighting and events count in every year in which they took place, territories and measures in
    the years on whose last day they stood. A row of low confidence counts for the bound alone.
    """
    for row in tables["wars"].itertuples(index=False):
        least, most = _sure(ROLES[row.role], row.confidence)
        for year in during(row.start, row.end):
            yield row.state, row.partner, year, least, most, row.war_id
            yield row.partner, row.state, year, least, most, row.war_id
    for row in tables["occupation"].itertuples(index=False):
        least, most = _sure(STATUSES[row.status], row.confidence)
        for year in at_the_end(row.start, row.end):
            yield row.partner, row.state, year, least, most, row.occupation_id
    for row in tables["sanctions"].itertuples(index=False):
        level = SANCTIONS[row.level]
        least, most = _sure((level, level), row.confidence)
        for year in at_the_end(row.start, row.end):
            yield row.sender, row.target, year, least, most, row.sanction_id
    for row in tables["disputes"].itertuples(index=False):
        least, most = _sure((SCALE["dispute"],) * 2, row.confidence)
        years = during(row.start, row.end if row.lasting == "yes" else row.start)
        for year in years:
            yield row.state, row.partner, year, least, most, row.dispute_id
            if row.mutual == "yes":
                yield row.partner, row.state, year, least, most, row.dispute_id


def _sure(levels: tuple[int, int], confidence: str) -> tuple[int, int]:
    return (0, levels[1]) if confidence == "low" else levels


def yearly(tables: Mapping[str, pd.DataFrame], coverage: pd.DataFrame) -> pd.DataFrame:
    """One row per directed dyad-year; where nothing was found and nobody looked, unknown."""
    found: dict[tuple[str, str, int], list[tuple[int, int, str]]] = defaultdict(list)
    for actor, target, year, least, most, name in acts(tables):
        found[actor, target, year].append((least, most, name))
    looked = {
        pair
        for row in coverage.itertuples(index=False)
        for year in range(int(row.first), int(row.last) + 1)
        for pair in ((row.state, row.partner, year), (row.partner, row.state, year))
    }
    rows = []
    for state in sorted(STATES):
        for partner in sorted(PARTNERS):
            for year in range(FIRST, LAST + 1) if state != partner else ():
                own, other = found[state, partner, year], found[partner, state, year]
                by_state, by_partner = (max((a[0] for a in x), default=0) for x in (own, other))
                level, most = max(by_state, by_partner), max((a[1] for a in own + other), default=0)
                # War and occupation cannot be surpassed by a measure that nobody looked for.
                known = (state, partner, year) in looked or level >= OCCUPATION
                top = sorted({a[2] for a in own + other if a[0] == level > 0})
                values = (level, by_state, by_partner, max(level, most)) if known else (np.nan,) * 4
                rows.append((state, partner, year, *map(float, values), ";".join(top) or np.nan))
    columns = ["hostility", "hostility_by_state", "hostility_by_partner", "hostility_high"]
    return pd.DataFrame(rows, columns=[*KEY, *columns, "hostility_rows"])


FILES = {"hostility/yearly": "hostility/yearly.csv"}
TABLE_KEYS = {"hostility/yearly": KEY}


def derived(root: Path) -> dict[str, pd.DataFrame]:
    """The derived table, from the curated ones under ``root``."""
    tables = {name: load_dataset(f"hostility/{name}", root=root) for name in TABLES[1:]}
    tables["wars"] = load_dataset("hostility", root=root)
    coverage = load_dataset("hostility/coverage", root=root)
    return {"hostility/yearly": yearly(tables, coverage)}
