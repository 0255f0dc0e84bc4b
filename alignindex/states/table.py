"""The table of actors: what each system calls each actor, from when to when."""

from __future__ import annotations

import csv
from collections import defaultdict
from functools import lru_cache
from typing import Literal, NamedTuple

import pandas as pd

from alignindex.base.errors import ActorError, DatasetError, closest
from alignindex.base.root import data_root

FIRST = 1816
OPEN = "9999-12-31"
_DAWN = "1816-01-01"


class Spell(NamedTuple):
    """What one system calls one actor from ``start`` to ``end`` (ISO dates, both included)."""

    iso3: str
    kind: str
    system: str
    value: str
    start: str
    end: str
    source: str


@lru_cache(maxsize=1)
def spells() -> tuple[Spell, ...]:
    """Rows of the table, with undated names given the dates of their actor."""
    try:
        path = data_root() / "states" / "table.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows = [Spell(*row) for row in list(csv.reader(file))[1:]]
    except (OSError, TypeError) as problem:
        raise DatasetError(
            f"expected the table of actors in datasets/states: {problem}; reinstall alignindex"
        ) from problem
    life: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in rows:
        if row.system == "iso3":
            life[row.iso3].append((row.start or _DAWN, row.end or OPEN))
    dated: list[Spell] = []
    for row in rows:
        if row.start or row.end:
            dated.append(row._replace(start=row.start or _DAWN, end=row.end or OPEN))
        else:
            dated += [row._replace(start=start, end=end) for start, end in life[row.iso3]]
    return tuple(dated)


@lru_cache(maxsize=1)
def actors() -> dict[str, int]:
    """Actor codes, numbered in the order of the table."""
    return {code: i for i, code in enumerate(dict.fromkeys(spell.iso3 for spell in spells()))}


@lru_cache(maxsize=1)
def life() -> dict[str, list[Spell]]:
    """Spells in which each actor existed."""
    life: dict[str, list[Spell]] = defaultdict(list)
    for spell in spells():
        if spell.system == "iso3":
            life[spell.iso3].append(spell)
    return life


def is_actor(code: str) -> bool:
    """Say whether a code is an actor of the table, at any time.

    Examples
    --------
    >>> is_actor("KAZ"), is_actor("NATO"), is_actor("Kazakhstan")
    (True, True, False)
    """
    return code in actors()


def known(
    kind: Literal["state", "de_facto", "territory", "organisation"] | None = None,
) -> frozenset[str]:
    """Return the codes of all actors, or of one kind.

    Examples
    --------
    >>> {"NATO", "EU", "CSTO"} <= known("organisation")
    True
    """
    kinds = ("state", "de_facto", "territory", "organisation")
    if kind is None:
        return frozenset(actors())
    if kind not in kinds:
        raise ActorError(f"expected kind in {kinds}, got {kind!r}{closest(kind, kinds)}")
    return frozenset(spell.iso3 for spell in spells() if spell.kind == kind)


def successors(code: str) -> tuple[str, ...]:
    """Return the actors that came after one that ended; empty if it did not.

    Examples
    --------
    >>> successors("CSK")
    ('CZE', 'SVK')
    """
    if not is_actor(code):
        raise ActorError(f"expected an actor code, got {code!r}{closest(code, actors())}")
    return tuple(
        spell.value for spell in spells() if spell.iso3 == code and spell.system == "successor"
    )


def members(year: int, *, system: Literal["cow", "gw", "un"] = "cow") -> pd.DataFrame:
    """List the members of the state system in a year.

    Parameters
    ----------
    year : int
        From 1816; a state that was a member on any day of the year is listed.
    system : {"cow", "gw", "un"}
        The Correlates of War list (v2016), that of Gleditsch and Ward (to 2017, without
        microstates), or the members of the United Nations (from 1945). The lists are taken to
        go on unchanged after their last year.

    Returns
    -------
    pandas.DataFrame
        ``iso3``, ``name``, ``code`` (``Int64``; missing for ``"un"``), ``start``, ``end``
        (dates of the spell, ``end`` missing while it lasts), sorted by ``iso3`` and ``start``.

    Raises
    ------
    ActorError
        If the year is before 1816 or the system is unknown.

    Examples
    --------
    >>> len(members(2011, system="un"))
    193
    >>> members(1939).loc[0, ["iso3", "name", "start"]].tolist()
    ['AFG', 'Afghanistan', '1919-08-08']
    """
    if system not in ("cow", "gw", "un"):
        raise ActorError(f"expected system 'cow', 'gw' or 'un', got {system!r}")
    if year != int(year) or year < FIRST:
        raise ActorError(f"expected a year from 1816, got {year!r}")
    wanted = "un_member" if system == "un" else system
    inside = sorted(
        (spell.iso3, spell.start, spell.end, spell.value)
        for spell in spells()
        if spell.system == wanted and int(spell.start[:4]) <= year <= int(spell.end[:4])
    )
    names = {  # of two names in one year the one of 31 December comes last
        spell.iso3: spell.value
        for spell in spells()
        if spell.system == "name" and int(spell.start[:4]) <= year <= int(spell.end[:4])
    }
    return pd.DataFrame(
        {
            "iso3": [row[0] for row in inside],
            "name": [names[row[0]] for row in inside],
            "code": pd.array(
                [pd.NA if system == "un" else int(row[3]) for row in inside], dtype="Int64"
            ),
            "start": [row[1] for row in inside],
            "end": [None if row[2] == OPEN else row[2] for row in inside],
        }
    )


def table() -> pd.DataFrame:
    """Return the whole table: one row for each thing that one system calls one actor.

    Returns
    -------
    pandas.DataFrame
        ``iso3, kind, system, value, start, end, source``; dates as ISO text, ``end`` missing
        while it lasts. Rows that are undated in the file carry the dates of their actor.

    Examples
    --------
    >>> held = table()
    >>> held.loc[(held.system == "cow") & (held.iso3 == "SUN"), "value"].tolist()
    ['365']
    """
    rows = pd.DataFrame(spells(), columns=list(Spell._fields))
    return rows.assign(end=rows["end"].where(rows["end"] != OPEN))
