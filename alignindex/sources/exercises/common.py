"""Shared by the readers of exercises: participants, dates known in part, the tidy table."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from alignindex.base.errors import first_three
from alignindex.base.typing import Array, Bools, Ints
from alignindex.sources.reading.common import Ledger, floats, fold_heading
from alignindex.states.resolution import actor_codes

System = Literal["any", "iso3", "cow", "cow_abb", "gw", "name", "sipri", "un"]
_PATTERNS = (  # year, month, day; unknown parts are x or left out
    (re.compile(r"(\d{4})(?:-(\d{1,2}|xx?)(?:-(\d{1,2}|xx?))?)?(?:[ T].*)?", re.I), (1, 2, 3)),
    (re.compile(r"(\d{1,2}|xx?)/(\d{1,2}|xx?)/(\d{4}|\d{2})", re.I), (3, 1, 2)),
)
PIVOT = 30  # a year of two digits from here on is of the 1900s
_NONE = np.array(["", "-9"], dtype=object)
_FIRST, _LAST = 1000, 2261
# What ISO dates are put together of: years, and endings by month and day (0 is not known).
_YEARS = np.array([str(year) for year in range(_FIRST, _LAST + 1)], dtype=object)
_ENDINGS = np.array(
    [
        [f"-{m:02d}-{d:02d}" if m and d else f"-{m:02d}" if m else "" for d in range(32)]
        for m in range(13)
    ],
    dtype=object,
)
_LENGTHS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])  # no month, January, …


def iso_date(text: object) -> str:
    """Write a date as ISO text as far as it is known, or an empty string.

    Takes ``2014-03-27``, ``2014-03``, ``2014``, ``1980-01-xx``, and month first ``3/27/2014``,
    ``3/27/14``, ``11/xx/1974``.

    Examples
    --------
    >>> [iso_date(text) for text in ("1/14/80", "1980-01-xx", "11/xx/1974", "2/30/2001", "-9")]
    ['1980-01-14', '1980-01', '1974-11', '', '']
    """
    for pattern, (y, m, d) in _PATTERNS:
        found = pattern.fullmatch(str(text).strip())
        if found:
            year = found[y]
            if len(year) == 2:
                year = f"{19 if int(year) >= PIVOT else 20}{year}"
            return iso_parts(year, found[m], found[d])
    return ""


def iso_parts(year: str, month: str | None, day: str | None) -> str:
    """Write year, month and day as ISO text as far as they are known; empty if impossible.

    Examples
    --------
    >>> iso_parts("1980", "xx", None), iso_parts("1980", "2", "30")
    ('1980', '')
    """
    m, d = (int(part) if part and part.isdigit() else None for part in (month, day))
    y = int(year)
    if not _FIRST <= y <= _LAST or (m is not None and not 1 <= m <= 12):
        return ""
    if m is None:
        return year
    if d is None:
        return f"{year}-{m:02d}"
    return f"{year}-{m:02d}-{d:02d}" if 1 <= d <= monthrange(y, m)[1] else ""


def iso_dates(year: Array, month: Array, day: Array) -> Array:
    """Write dates as ISO text as far as they are known (NaN is not); empty if impossible."""
    known_month, known_day = ~np.isnan(month), ~np.isnan(month) & ~np.isnan(day)
    good = (year >= _FIRST) & (year <= _LAST) & (year % 1 == 0)
    good &= ~known_month | ((month >= 1) & (month <= 12) & (month % 1 == 0))
    y = np.where(good, year, _FIRST).astype(np.int64)
    m = np.where(good & known_month, month, 0).astype(np.int64)
    leap = (y % 4 == 0) & ((y % 100 != 0) | (y % 400 == 0))
    length = _LENGTHS[m] + (leap & (m == 2))
    good &= ~known_day | ((day >= 1) & (day <= length) & (day % 1 == 0))
    d = np.where(good & known_day, day, 0).astype(np.int64)
    return np.asarray(np.where(good, _YEARS[y - _FIRST] + _ENDINGS[m, d], ""))


def parts_of(values: pd.Series[Any]) -> Array:
    """Numbers of a column of years, months or days; −9 and text such as xx is unknown."""
    number = floats(values)
    return np.where((number == -9) | ~np.isfinite(number), np.nan, number)


def dates_of(texts: pd.Series[Any]) -> Array:
    """ISO dates of texts, each distinct one once."""
    codes, uniques = pd.factorize(texts.to_numpy(dtype=object))
    # A column of years that holds a blank has 2012 as 2012.0.
    given = pd.Series([_bare_number(word) for word in uniques], dtype=object)
    shape = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
    plain = np.array([isinstance(t, str) and shape(t) is not None for t in given], dtype=bool)
    found = np.full(len(given) + 1, "", dtype=object)
    if plain.any():  # by far the most frequent way
        whole = pd.to_datetime(given[plain].astype(str), format="%Y-%m-%d", errors="coerce")
        found[:-1][plain] = np.where(whole.notna(), given[plain], "")
    found[:-1][~plain] = [iso_date(text) for text in given[~plain]]
    return found[codes]


def years_of(dates: Array) -> Ints:
    """Years of ISO dates, 0 where there is none."""
    codes, uniques = pd.factorize(dates)
    years = np.array([int(date[:4]) if date else 0 for date in uniques], dtype=np.int64)
    return np.asarray(years[codes])


def year_of(dates: pd.Series[Any]) -> pd.Series[Any]:
    """Year of ISO dates, missing where there is none."""
    years = years_of(dates.to_numpy(dtype=object))
    return pd.Series(pd.arrays.IntegerArray(years, years == 0), index=dates.index)


def actors_of(names: Array, years: Array, *, system: System) -> Array:
    """Actor of each name in its year; in years in which nobody bore it, its usual bearer.

    A missing name has none. "Russia" before 1992 is the Soviet Union: that is what exercise sets
    call it.
    """
    named = pd.Series(names, dtype=object)
    when = pd.Series(years)
    then = actor_codes(named, when, system=system, sure=False)
    usual = actor_codes(named, when, system=system).to_numpy(dtype=object)
    soviet = then.isna().to_numpy() & (usual == "RUS") & (years < 1991)
    return np.where(soviet, "SUN", usual)


def with_participants(
    start_year: Ints,
    row: Ints,
    word: Ints,
    words: Sequence[str],
    *,
    system: System,
    unknown: Sequence[str],
    notes: list[str],
) -> dict[str, Any]:
    """Return columns that say how much is known of the participants of exercises.

    Parameters
    ----------
    start_year : array, one for each exercise
    row, word : one entry for each participant
        Its exercise, and which of ``words`` (names or codes) it is; in the order of the file.
    system, unknown, notes
        How names are resolved; which of them stand for an unknown participant; where to say what
        was not resolved.

    Returns
    -------
    dict
        ``participants`` (actor codes joined by ``;``, each once), ``unresolved`` (names that are
        no declared actor, joined by ``;``), ``n_participants`` (distinct ones, resolved or not)
        and ``incomplete`` (a participant is not known).
    """
    n = len(start_year)
    # Each name is resolved once a year, however often it stands there.
    pair, pairs = pd.factorize(word.astype(np.int64) * 4096 + start_year[row])
    at, year = pairs // 4096, pairs % 4096
    none = {_bare_number(text) for text in unknown}
    name = np.array(
        [*(np.nan if _bare_number(text) in none else text for text in words), np.nan], dtype=object
    )
    missing = pd.isna(name)[at]
    actor = actors_of(name[at], year, system=system)
    other = pd.isna(actor) & ~missing
    plain = np.array([text.replace(";", ",") for text in [*words, ""]], dtype=object)
    strange_names = np.where(other, plain[at], np.nan)
    codes, n_codes = _joined(row, pair, actor, n, ordered=True)
    unresolved, n_unresolved = _joined(row, pair, strange_names, n, ordered=False)
    repeated = int((~missing)[pair].sum() - n_codes.sum() - n_unresolved.sum())
    incomplete = np.zeros(n, dtype=bool)
    incomplete[row[missing[pair]]] = True
    strange = list(dict.fromkeys(strange_names[other].tolist()))
    if strange:
        notes.append(f"participants that are not declared actors: {first_three(strange)}")
    if repeated:
        notes.append(f"{repeated} participants are named again in their exercise: counted once")
    if incomplete.any():
        notes.append(f"{incomplete.sum()} exercises have a participant that is not known")
    return {
        "participants": codes,
        "unresolved": unresolved,
        "n_participants": n_codes + n_unresolved,
        "incomplete": incomplete,
    }


def _joined(
    row: Array,
    at: Array,
    words: Array,
    n: int,
    *,
    ordered: bool,
) -> tuple[list[str], Array]:
    """Distinct words of each of n rows, joined by ``;``, and their number.

    Entry i belongs to ``row[i]`` and is ``words[at[i]]``; a missing word is none.
    """
    numbered, uniques = pd.factorize(words, sort=ordered)
    entry = numbered[at].astype(np.int64)
    there = entry >= 0
    pairs = row[there].astype(np.int64) * len(uniques) + entry[there]
    if not pairs.size:
        return [""] * n, np.zeros(n, dtype=np.int64)
    pairs.sort(kind="stable")  # by far the quickest way with what is nearly sorted
    pairs = pairs[np.append(True, pairs[1:] != pairs[:-1])]
    count = np.bincount(pairs // len(uniques), minlength=n)
    rows = np.flatnonzero(count)
    taken, stops = uniques[pairs % len(uniques)].tolist(), np.cumsum(count[rows]).tolist()
    joined = np.full(n, "", dtype=object)
    joined[rows] = [";".join(taken[a:b]) for a, b in zip([0, *stops], stops, strict=False)]
    return joined.tolist(), count


def without_year(table: pd.DataFrame, ledger: Ledger, shown: Sequence[str]) -> pd.DataFrame:
    """Reject exercises that cannot be placed in a year, or that end before they start."""
    placed = in_time(table, table["start_year"], table["end_year"], ledger, shown)
    return table if placed.all() else table[placed]


def in_time(
    table: pd.DataFrame,
    start: pd.Series[Any],
    end: pd.Series[Any],
    ledger: Ledger,
    shown: Sequence[str],
) -> Bools:
    """Say which exercises have a year of start, and end no earlier; reject the others."""
    first, last = (year.to_numpy(dtype=np.float64, na_value=np.nan) for year in (start, end))
    nowhere, early = np.isnan(first), last < first
    for where, reason in (
        (nowhere, "no year of start"),
        (early, "ends in an earlier year than it starts"),
    ):
        if where.any():
            rows = table[where]
            texts = [
                ",".join("" if pd.isna(cell) else str(cell) for cell in row)
                for row in rows[list(shown)].itertuples(index=False, name=None)
            ]
            ledger.add_many(rows["line"].tolist(), reason, texts)
    return np.asarray(~(nowhere | early))


def header_again(values: pd.Series[Any], heading: str) -> pd.Series[Any]:
    """Say which rows repeat the header, from one of its columns."""
    if values.dtype.kind in "iufM":
        return pd.Series(False, index=values.index)
    codes, uniques = pd.factorize(values.to_numpy(dtype=object))
    words = (isinstance(w, str) and not w[:1].isdigit() and fold_heading(w) for w in uniques)
    same = np.array([*(word == heading for word in words), False])
    return pd.Series(same[codes], index=values.index)


def words_of(values: pd.Series[Any]) -> pd.Series[Any]:
    """Texts without blanks around them; missing where there is none or −9 stands for it."""
    if not isinstance(values.dtype, pd.StringDtype):
        codes, uniques = pd.factorize(values.to_numpy(dtype=object))
        given = np.array([*map(_bare_number, uniques), np.nan], dtype=object)[codes]
        values = pd.Series(given, index=values.index, dtype=object)
    words = values.infer_objects() if values.isna().all() else values.str.strip()
    none = words.isin(_NONE).to_numpy()
    return (words.mask(none) if none.any() else words).infer_objects()


def ids_note(ids: pd.Series[Any], what: str) -> list[str]:
    """Say which numbers several exercises bear."""
    again = ids[ids.duplicated(keep=False).to_numpy()].dropna().astype(str).unique()
    return [f"{len(again)} {what} belong to several exercises: {first_three(sorted(again))}"] * (
        len(again) > 0
    )


def _bare_number(word: object) -> str:
    """Write a cell as text; a whole number is the same whatever type its column has.

    A column that holds a blank has -9 as -9.0.
    """
    text = str(word).strip()
    return text[:-2] if text.endswith(".0") and text[:-2].lstrip("-").isdecimal() else text


def stacked(table: pd.DataFrame, columns: Sequence[str]) -> tuple[Ints, Ints, list[str]]:
    """Cells of several columns that hold something, row by row: row, word, and distinct words."""
    cells_of = [table[name] for name in columns]
    held = [cells for cells in cells_of if cells.dtype.kind != "f" or cells.notna().any()]
    if not held:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), []
    cells = _chained(held)
    there = np.asarray(cells.notna()).reshape(len(held), len(table))
    row, place = np.divmod(np.flatnonzero(there.T), len(held))
    codes, uniques = pd.factorize(cells.take(place * len(table) + row))
    words = [_bare_number(word) for word in uniques.tolist()]
    if not all(words):
        filled = np.array([bool(word) for word in words])[codes]
        row, codes = row[filled], codes[filled]
    return row, codes, words


def _chained(columns: Sequence[pd.Series[Any]]) -> pd.Index[Any]:
    """Cells of several columns, one column after the other."""
    cells: pd.Index[Any]
    if all(isinstance(column.dtype, pd.StringDtype) for column in columns):
        # Several times faster than to concatenate as many series.
        first, *others = (pd.Index(column, copy=False) for column in columns)
        cells = first.append(others)
    else:
        cells = pd.Index(pd.concat(columns, ignore_index=True), dtype=object)
    return cells
