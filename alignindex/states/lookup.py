"""Lookup tables: the actor of each name or code by year, and the answer for each actor."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from alignindex.base.typing import Ints
from alignindex.states.table import OPEN, actors, life, spells

# In which order the spellings of each system are tried; a later one speaks only in the years in
# which no earlier one does. Where SIPRI or the UN has a usage of its own, it alone decides.
TIERS: dict[str, tuple[str, ...]] = {
    "any": ("iso3", "name", "alias", "sipri", "un"),
    "iso3": ("iso3",),
    "cow": ("cow",),
    "cow_abb": ("cow_abb",),
    "gw": ("gw", "gw_micro"),
    "name": ("name", "alias", "sipri", "un"),
    "sipri": ("sipri", "name", "alias", "un"),
    "un": ("un", "name", "alias", "sipri"),
}
NUMERIC = ("cow", "gw")
_OWN_USAGE = ("sipri", "un")
CODES = ("iso3", "cow", "cow_abb", "gw")
FIRST, LAST = 1815, 2100  # grid of years: nothing holds in 1815, an open spell holds in 2100
NOT_THEN, AMBIGUOUS = -1, -2


@lru_cache(maxsize=1 << 14)  # the same names come with every year, column and file
def fold_name(value: str) -> str:
    """Fold a name: accents, case, punctuation and a leading or trailing article do not count.

    Stars stay, so that SIPRI's ``Armas (Guatemala)*`` never becomes Guatemala.
    """
    text = unicodedata.normalize("NFKD", value)
    text = "".join(char for char in text if not unicodedata.combining(char)).casefold()
    text = re.sub(r"['’`´ʻ.]", "", text).replace("&", " and ")
    text = re.sub(r"[^\w*]+", " ", text).replace("_", " ").strip()
    text = re.sub(r"\bst\b", "saint", text)
    return re.sub(r"^the (?=.)|(?<=.) the$", "", text)


@lru_cache(maxsize=1 << 14, typed=True)
def fold_code(value: Hashable) -> str:
    """Write a numeric code as text: 2, 2.0 and "002" are "2"."""
    try:
        number = float(str(value))
    except ValueError:
        return str(value).strip()
    return str(int(number)) if number.is_integer() else str(value).strip()


class Book(NamedTuple):
    """One system: its keys, and the actor of each key without a year and in each year."""

    rows: dict[str, int]
    undated: npt.NDArray[np.int16]  # (keys,)
    dated: npt.NDArray[np.int16]  # (keys, years)
    spellings: tuple[str, ...]


def _years(start: str, end: str) -> tuple[slice, slice]:
    """Columns of the grid that a spell touches, and those whose 31 December it covers."""
    first = max(int(start[:4]), FIRST) - FIRST
    last = min(int(end[:4]), LAST) - FIRST + 1
    closed = last if end[5:] == "12-31" or end == OPEN else last - 1
    return slice(first, last), slice(first, closed)


def _paint(
    row: npt.NDArray[np.int16], held: Iterable[tuple[int, str, str]], ambiguous: int = AMBIGUOUS
) -> None:
    """Write each (number, start, end) into the years it holds; the 31 December decides."""
    held = tuple(held)
    for part in (0, 1):
        layer = np.full_like(row, NOT_THEN)
        for number, start, end in held:
            cells = layer[_years(start, end)[part]]
            cells[...] = np.where(
                (cells == NOT_THEN) | (cells == number), number, np.int16(ambiguous)
            )
        row[layer != NOT_THEN] = layer[layer != NOT_THEN]


@lru_cache(maxsize=len(TIERS))
def book_of(system: str) -> Book:
    """Lookup tables of a system, built once."""
    number = actors()
    fold = fold_code if system in NUMERIC else fold_name
    held: dict[str, dict[str, list[tuple[int, str, str]]]] = defaultdict(lambda: defaultdict(list))
    spellings: dict[str, None] = {}
    for spell in spells():
        if spell.system in TIERS[system]:
            key = spell.value if spell.system in ("iso3", "cow_abb") else fold(spell.value)
            held[key][spell.system].append((number[spell.iso3], spell.start, spell.end))
            spellings[spell.value] = None
    undated = np.full(len(held), AMBIGUOUS, dtype=np.int16)
    dated = np.full((len(held), LAST - FIRST + 1), NOT_THEN, dtype=np.int16)
    codes = list(number)
    for i, tiers in enumerate(held.values()):
        if system in _OWN_USAGE and system in tiers:
            tiers = {system: tiers[system]}
        everyone = {actor for spells in tiers.values() for actor, _, _ in spells}
        if system in CODES:
            # A code still names its actor in years outside the membership (COW 260 in 1950).
            _paint(dated[i], ((a, s.start, s.end) for a in everyone for s in life()[codes[a]]))
            dated[i][dated[i] == AMBIGUOUS] = NOT_THEN
        for tier in reversed(TIERS[system]):
            _paint(dated[i], tiers.get(tier, ()))
        best = next(tiers[tier] for tier in TIERS[system] if tier in tiers)
        all_of = {actor for actor, _, _ in best}
        last = max(end for _, _, end in best)
        chosen = all_of if len(all_of) == 1 else {actor for actor, _, end in best if end == last}
        if len(chosen) == 1:
            undated[i] = chosen.pop()
    rows = {key: i for i, key in enumerate(held)}
    for key, i in rows.items():
        # A text that is one actor's code may be another's name in years before the code (GUAM).
        j = rows.get(fold(key), i)
        if j != i:
            dated[i] = np.where(dated[i] == NOT_THEN, dated[j], dated[i])
    return Book(rows, undated, dated, tuple(spellings))


class Answers(NamedTuple):
    """What a target system calls each actor: an answer number without a year, and by year."""

    labels: tuple[str, ...]
    undated: npt.NDArray[np.int16]  # (actors,)
    dated: npt.NDArray[np.int16]  # (actors, years)


@lru_cache(maxsize=4)
def answers_of(to: str) -> Answers:
    """Return the answers of a target system, built once.

    In years outside every spell the nearest spell answers (the later of two as near): a code is
    an identity, and ``members`` tells the membership.
    """
    number = actors()
    held: dict[int, list[tuple[int, str, str]]] = defaultdict(list)
    labels: dict[str, int] = {}
    for spell in spells():
        if spell.system == to or (to == "gw" and spell.system == "gw_micro"):
            label = labels.setdefault(spell.value, len(labels))
            held[number[spell.iso3]].append((label, spell.start, spell.end))
    grid = np.arange(FIRST, LAST + 1)
    undated = np.full(len(number), NOT_THEN, dtype=np.int16)
    dated = np.full((len(number), grid.size), NOT_THEN, dtype=np.int16)
    for actor, own in held.items():
        own.sort(key=lambda spell: spell[1])
        undated[actor] = max(own, key=lambda spell: spell[2])[0]
        starts = np.array([int(start[:4]) for _, start, _ in own])
        ends = np.array([int(end[:4]) for _, _, end in own])
        gap = np.maximum(np.maximum(starts[:, None] - grid, grid - ends[:, None]), 0)
        nearest = len(own) - 1 - np.argmin(gap[::-1], axis=0)
        dated[actor] = np.array([spell[0] for spell in own])[nearest]
        _paint(dated[actor], own)
    return Answers(tuple(labels), undated, dated)


@lru_cache(maxsize=4)
def replaced_codes(system: str) -> dict[tuple[int, int], int]:
    """Return (code, year): the code that the same actor bears on 31 December instead.

    COW 260 and 255 are both Germany in 1990: ``replaced_codes("cow")[260, 1990]`` is 255.
    """
    held: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    for spell in spells():
        if spell.system == system:
            held[spell.iso3].append((spell.start, spell.end, int(spell.value)))
    out: dict[tuple[int, int], int] = {}
    for own in held.values():
        for start, end, code in own:
            for later_start, _, later in own:
                if later != code and end[:4] == later_start[:4] and start < later_start:
                    out[code, int(end[:4])] = later
    return out


class Labels(NamedTuple):
    """What each key of a system means in each year, as numbers of words; -1 is nothing.

    ``usual`` gives the usual bearer of a key in years in which nobody bore it. The last row is
    that of no key.
    """

    words: tuple[str, ...]
    dated: npt.NDArray[np.int16]  # (keys + 1, years)
    usual: npt.NDArray[np.int16]  # (keys + 1, years)


@lru_cache(maxsize=len(TIERS))
def labels_of(system: str) -> Labels:
    """Return the actor codes of all keys of a system, built once."""
    book, answers = book_of(system), answers_of("iso3")
    column = np.arange(LAST - FIRST + 1)
    dated = np.full((len(book.dated) + 1, column.size), NOT_THEN, dtype=np.int16)
    dated[:-1] = np.where(book.dated >= 0, answers.dated[book.dated, column], NOT_THEN)
    ever = np.where(book.undated >= 0, answers.undated[book.undated], NOT_THEN)
    usual = np.where(dated >= 0, dated, np.append(ever, np.int16(NOT_THEN))[:, None])
    return Labels(answers.labels, dated, usual)


def lookup(uniques: Sequence[Hashable], system: str) -> Ints:
    """Row of each distinct value in the book of the system; -1 where it has none."""
    rows = book_of(system).rows
    out = np.full(len(uniques), -1, dtype=np.int64)
    for i, value in enumerate(uniques):
        text = str(value).strip()
        if system in NUMERIC:
            out[i] = rows.get(fold_code(value), -1)
        elif text in rows and system in ("any", "iso3", "cow_abb"):
            out[i] = rows[text]
        elif system in ("iso3", "cow_abb"):
            continue
        elif text.endswith("**"):  # SIPRI's mark of an organisation
            row = rows.get(fold_name(text.rstrip("* ")), -1)
            actor = book_of(system).undated[row] if row >= 0 else -1
            kind = life()[list(actors())[actor]][0].kind if actor >= 0 else ""
            out[i] = row if kind == "organisation" else -1
        else:
            out[i] = rows.get(fold_name(text), -1)
    return out
