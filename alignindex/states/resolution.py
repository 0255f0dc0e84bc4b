"""Names and codes to actors, by date."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from functools import lru_cache
from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from alignindex.base.errors import ActorError, closest
from alignindex.base.typing import Bools, Ints
from alignindex.states.lookup import (
    AMBIGUOUS,
    FIRST,
    LAST,
    NOT_THEN,
    NUMERIC,
    TIERS,
    answers_of,
    book_of,
    labels_of,
    lookup,
)
from alignindex.states.table import actors, life, successors

System = Literal["any", "iso3", "cow", "cow_abb", "gw", "name", "sipri", "un"]
Target = Literal["iso3", "cow", "gw", "name"]
_SHOWN = 10


def _refuse(uniques: Sequence[Hashable], rows: Ints, bad: pd.DataFrame, system: str) -> ActorError:
    """Say which values name no actor, or none in their year, and what would."""
    book, codes = book_of(system), list(actors())
    lines = []
    for value, year, answer in bad.drop_duplicates().itertuples(index=False):
        row = rows[value]
        when = "" if year < 0 else f" in {year}"
        shown = f"{uniques[value]!r}{when}"
        if row < 0:
            text = str(uniques[value])
            if system == "any" and re.fullmatch(r"\s*\d+(\.0*)?\s*", text):
                lines.append(f"{shown} (a number: say system='cow' or system='gw')")
            elif "*" in text:
                lines.append(f"{shown} (starred: not a state)")
            else:
                lines.append(f"{shown}{closest(text, book.spellings)}")
        elif answer == AMBIGUOUS:
            lines.append(f"{shown} (borne by several actors: give a year)")
        else:
            bearers = sorted({codes[i] for i in book.dated[row] if i >= 0})
            spans = "; ".join(
                f"{code} {', '.join(f'{s.start[:4]}–{s.end[:4]}' for s in life()[code])}"
                + (f", then {' '.join(successors(code))}" if successors(code) else "")
                for code in bearers
            )
            lines.append(f"{shown} (not then: {spans.replace('–9999', '–')})")
    total = len(lines)
    more = f"; and {total - _SHOWN} more" if total > _SHOWN else ""
    return ActorError(
        f"expected actors that system={system!r} knows, got {total} it does not: "
        f"{'; '.join(lines[:_SHOWN])}{more}. Correct them, name another system, or pass "
        "unknown='missing' to leave them missing"
    )


def _as_years(year: Any, n: int) -> Ints:
    """Give one whole year for each value."""
    years = np.asarray(year.to_numpy() if hasattr(year, "to_numpy") else year)
    if years.ndim and years.shape != (n,):
        raise ActorError(
            f"expected one year, or one for each of {n} values, got {years.shape} years"
        )
    try:
        numbers = years.astype(np.float64)
    except (TypeError, ValueError) as problem:
        raise ActorError(f"expected whole years, got {year!r}: {problem}") from problem
    whole = np.isfinite(numbers) & (numbers == np.floor(numbers))
    if not whole.all():
        raise ActorError(
            f"expected whole years, got {np.sum(~whole)} that are missing or broken; "
            "drop those rows or pass year=None"
        )
    return np.broadcast_to(numbers.astype(np.int64), (n,))


@overload
def resolve(
    values: str | float,
    *,
    system: System = "any",
    year: Any = None,
    to: Target = "iso3",
    unknown: Literal["raise", "missing"] = "raise",
) -> Any: ...
@overload
def resolve(
    values: Iterable[Hashable],
    *,
    system: System = "any",
    year: Any = None,
    to: Target = "iso3",
    unknown: Literal["raise", "missing"] = "raise",
) -> pd.Series[Any]: ...


def resolve(
    values: Any,
    *,
    system: System = "any",
    year: Any = None,
    to: Target = "iso3",
    unknown: Literal["raise", "missing"] = "raise",
) -> Any:
    """Say which actor each name or code means, in its year.

    Parameters
    ----------
    values : str, number, or sequence of them
        Names or codes; missing ones stay missing. Case, accents and punctuation of names do not
        count; ISO3 codes and COW abbreviations are taken as they stand.
    system : {"any", "iso3", "cow", "cow_abb", "gw", "name", "sipri", "un"}
        Who speaks: ``"any"`` takes ISO3 codes and every spelling of a name; ``"cow"`` and
        ``"gw"`` are the numeric codes of the Correlates of War and of Gleditsch and Ward;
        ``"cow_abb"`` the abbreviations of the former; ``"sipri"`` and ``"un"`` follow the usage
        of those sources where it differs (SIPRI's Russia is never the Soviet Union; the UN's
        China is Taiwan's government until October 1971).
    year : None, int, or sequence of int
        One year for all, or one each. None: the primary name wins, then the actor that bore it
        last.
    to : {"iso3", "cow", "gw", "name"}
        What to give back. In years outside a state's membership its nearest code is given:
        codes identify, `members` tells the membership.
    unknown : {"raise", "missing"}
        What to do with a value that names no actor, or none in its year.

    Returns
    -------
    pandas.Series or scalar
        As long as ``values`` and with their index, if they have one: text (pandas' string dtype,
        missing NaN) for ``"iso3"`` and ``"name"``, ``Int64`` for ``"cow"`` and ``"gw"``. Actors
        without a code in the target system (NATO has none in COW) are missing. A single value
        gives a single value.

    Raises
    ------
    ActorError
        If values name no actor (all of them are reported, with the closest spellings), or years
        are missing or not as many as the values.

    Notes
    -----
    A name with SIPRI's ``*`` (armed group) is never matched; one with ``**`` (organisation) is
    matched with organisations alone. The distinct values are looked up once, in a table of
    spans of years, so a million rows cost little more than a dictionary lookup each.

    References
    ----------
    Correlates of War Project (2017), State System Membership List, v2016.
    Gleditsch & Ward (1999), "Interstate system membership: a revised list of the independent
    states since 1816", International Interactions 25(4), doi:10.1080/03050629908434958.

    Examples
    --------
    >>> resolve(["Viet Nam", "Türkiye", "Cote d'Ivoire"]).tolist()
    ['VNM', 'TUR', 'CIV']
    >>> resolve([365, 365], system="cow", year=[1980, 2000]).tolist()
    ['SUN', 'RUS']
    >>> resolve("Germany", year=1980, to="cow")
    260
    >>> resolve("Serbia", year=1999)
    'YUG'
    """
    for word, value, options in (
        ("system", system, tuple(TIERS)),
        ("to", to, ("iso3", "cow", "gw", "name")),
        ("unknown", unknown, ("raise", "missing")),
    ):
        if value not in options:
            raise ActorError(
                f"expected {word} in {options}, got {value!r}{closest(value, options)}"
            )
    if np.isscalar(values):
        answer = resolve([values], system=system, year=year, to=to, unknown=unknown)[0]
        return answer.item() if isinstance(answer, np.generic) else answer
    series = values if isinstance(values, pd.Series) else pd.Series(_listed(values))
    codes, uniques = pd.factorize(series)
    rows = lookup(list(uniques), system)
    book, answers = book_of(system), answers_of(to)
    at = np.append(rows, -1)[codes]
    if year is None:
        actor = np.append(book.undated, np.int16(NOT_THEN))[at]
        years = None
    else:
        years = _as_years(year, len(series))
        column = np.clip(years, FIRST, LAST) - FIRST
        actor = book.dated[at, column]
        actor[at < 0] = NOT_THEN
    wrong = (actor < 0) & (codes >= 0)
    if unknown == "raise" and wrong.any():
        bad = pd.DataFrame(
            {
                "value": codes[wrong],
                # The year plays no part where the value itself is unknown.
                "year": -1 if years is None else np.where(at[wrong] < 0, -1, years[wrong]),
                "answer": actor[wrong],
            }
        )
        raise _refuse(list(uniques), rows, bad, system)
    found = actor >= 0
    if years is None:
        label = np.where(found, answers.undated[actor], NOT_THEN)
    else:
        label = np.where(found, answers.dated[actor, column], NOT_THEN)
    out = _labelled(label, answers.labels, to)
    out.index, out.name = series.index, series.name
    return out


def actor_codes(
    values: pd.Series[Any],
    years: pd.Series[Any],
    *,
    system: System,
    sure: Bools | bool = True,
) -> pd.Series[Any]:
    """Look actor codes of names or codes up by year, for readers of files.

    As `resolve` with ``unknown="missing"``, but where ``sure``, a value that nobody bore in its
    year means its usual bearer.
    """
    codes, uniques = pd.factorize(values)
    at = np.append(lookup(list(uniques), system), -1)[codes]
    column = np.clip(years.to_numpy(dtype=np.int64), FIRST, LAST) - FIRST
    labels = labels_of(system)
    if isinstance(sure, bool):
        label = (labels.usual if sure else labels.dated)[at, column]
    else:
        label = np.where(sure, labels.usual[at, column], labels.dated[at, column])
    return _labelled(label, labels.words, "iso3").set_axis(values.index)


def _listed(values: Any) -> Any:
    """Keep arrays and indexes; turn any other iterable into a list."""
    return values if isinstance(values, np.ndarray | pd.Index | list) else list(values)


def _labelled(label: npt.NDArray[np.int16], labels: tuple[str, ...], to: str) -> pd.Series[Any]:
    """Turn answer numbers into text or nullable integers; -1 is missing."""
    if to in NUMERIC:
        numbers = np.array([int(value) for value in labels], dtype=np.int64)
        return pd.Series(pd.arrays.IntegerArray(numbers[label], label < 0))
    return pd.Series(_words(labels).take(label, allow_fill=True))


@lru_cache(maxsize=4)
def _words(labels: tuple[str, ...]) -> Any:
    """Texts as pandas holds them, built once."""
    return pd.Series(labels).array
