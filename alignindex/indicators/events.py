"""Joint exercises by start or span, and hosting of forces from spells."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from alignindex.base.errors import PanelError, first_three
from alignindex.base.keys import KEYS
from alignindex.indicators.column import (
    Column,
    Covered,
    as_coverage,
    chosen,
    need_columns,
    spoken_for,
)


def exercises(
    events: pd.DataFrame,
    *,
    coverage: Covered,
    count: Literal["start", "span"] = "start",
    only: Literal["all", "bilateral"] = "all",
    name: str = "exercises",
) -> Column:
    """Count joint exercises of two actors by year.

    Parameters
    ----------
    events : DataFrame
        Of `sources.exercises`: ``participants`` (actor codes joined by ``;``) and
        ``start_year`` (or ``start``); ``end_year`` for spans, ``n_participants`` and
        ``incomplete`` for the bilateral ones.
    coverage : (first, last), Coverage, SourceInfo or DataFrame
        Where a pair that is not listed had none. It has no direction.
    count : {"start", "span"}
        An exercise counts in the year of its start, or in every year from start to end (an end
        that is not known is the start).
    only : {"all", "bilateral"}
        Bilateral: with two participants, both known.
    name : str, optional

    Returns
    -------
    Column
        Numbers of exercises, the same in both directions; 0 where covered and none is listed.

    Raises
    ------
    PanelError
        If columns lack, an event has no year, or ``count`` or ``only`` is none of the options.

    Examples
    --------
    >>> from alignindex.panel.build import build_panel
    >>> events = pd.DataFrame({"participants": ["ARM;RUS", "ARM;GEO;USA"],
    ...                        "start_year": [2012, 2012]})
    >>> counts = exercises(events, coverage=(2000, 2012))
    >>> build_panel(states=["ARM"], partners=["RUS", "USA"], years=[2012], indicators=[counts])
                        exercises
    state partner year
    ARM   RUS     2012        1.0
          USA     2012        1.0
    """
    chosen(count, ("start", "span"), "count")
    chosen(only, ("all", "bilateral"), "only")
    need_columns(events, ["participants"], "indicators.exercises")
    start = _year(events, "start")
    if start.isna().any():
        rows = np.flatnonzero(start.isna()) + 1
        raise PanelError(f"an event needs a year of start; none in row {first_three(rows)}")
    end = start
    if count == "span":
        end = _year(events, "end").fillna(start).astype(np.int64)
        if (end < start).any():
            rows = np.flatnonzero(end < start) + 1
            raise PanelError(f"an event ends before it starts in row {first_three(rows)}")
    lists = [
        sorted({code.strip() for code in str(text).split(";")} - {""}) if pd.notna(text) else []
        for text in events["participants"]
    ]
    number = np.array([len(found) for found in lists], dtype=np.int64)
    wanted = number >= 2
    if only == "bilateral":
        known = events["n_participants"].to_numpy() if "n_participants" in events else number
        wanted &= known == 2
        if "incomplete" in events:
            wanted &= ~events["incomplete"].to_numpy(dtype=bool)
    first, last = start.to_numpy(dtype=np.int64), end.to_numpy(dtype=np.int64)
    parts = [
        (a, b, year)
        for at in np.flatnonzero(wanted)
        for year in range(first[at], last[at] + 1)
        for a in lists[at]
        for b in lists[at]
        if a != b
    ]
    counts = pd.Series(1.0, index=_index(parts)).groupby(level=[0, 1, 2]).sum()
    actors = {code for found in lists for code in found}
    declared = spoken_for(as_coverage(coverage), actors, "either", "indicators.exercises")
    return Column(name, counts, declared, 0.0)


def _index(parts: list[tuple[str, str, int]]) -> pd.MultiIndex:
    a, b, y = zip(*parts, strict=True) if parts else ((), (), ())
    return pd.MultiIndex.from_arrays([list(a), list(b), np.array(y, dtype=np.int64)], names=KEYS)


def _year(events: pd.DataFrame, word: str) -> pd.Series[Any]:
    """Year of start or end: its own column, or the first four figures of the date."""
    if f"{word}_year" in events.columns:
        return events[f"{word}_year"].astype("Int64")
    need_columns(events, [word], "indicators.exercises")
    years = pd.to_numeric(events[word].astype("string").str[:4], errors="coerce")
    return years.astype("Int64")


def hosting(
    spells: pd.DataFrame,
    *,
    coverage: Covered,
    kinds: tuple[str, ...] = ("facility", "base"),
    name: str = "bases",
) -> Column:
    """Highest kind of forces of the partner that the state hosts with its consent.

    Parameters
    ----------
    spells : DataFrame
        ``host, patron, kind, consent`` (``yes``, ``no``, ``disputed``), ``start``, ``end`` (ISO
        text or years; an empty end lasts).
    coverage : (first, last), Coverage, SourceInfo or DataFrame
        Where presences were researched; a table may call its columns ``host, patron``.
    kinds : tuple of str, optional
        Kinds from the lowest to the highest.
    name : str, optional

    Returns
    -------
    Column
        Categories: ``none``, the kinds, and where consent to something higher is disputed
        ``disputed_<kind>`` (else none) or ``<kind>_or_<higher>``. Status on 31 December: a
        presence counts from the year in which it starts and not in that in which it ends.

    Raises
    ------
    PanelError
        If columns lack, a spell has no start, or kind or consent is none of the words.

    Examples
    --------
    >>> from alignindex.panel.build import build_panel
    >>> spells = pd.DataFrame({"host": ["ARM", "GEO"], "patron": "RUS", "kind": "base",
    ...                        "consent": ["yes", "no"], "start": ["1992", "2008-08-26"],
    ...                        "end": [None, None]})
    >>> column = hosting(spells, coverage=(1992, 2023))
    >>> build_panel(states=["ARM", "GEO"], partners=["RUS"], years=[2010], indicators=[column])
                       bases
    state partner year
    ARM   RUS     2010  base
    GEO   RUS     2010  none
    """
    need_columns(
        spells, ["host", "patron", "kind", "consent", "start", "end"], "indicators.hosting"
    )
    for column, words in (("kind", kinds), ("consent", ("yes", "no", "disputed"))):
        strange = spells.loc[~spells[column].isin(words), column]
        if len(strange):
            raise PanelError(
                f"{column} of a presence is one of {', '.join(words)}; got "
                f"{first_three(repr(word) for word in strange.unique())}"
            )
    first, last = _spell_years(spells, "presence")
    declared = as_coverage(coverage)
    rank = {kind: number for number, kind in enumerate(kinds, start=1)}
    held: dict[tuple[str, str, int], tuple[int, int]] = {}
    facts = spells[["host", "patron", "kind", "consent"]].itertuples(index=False, name=None)
    for (host, patron, kind, consent), start, stop in zip(facts, first, last, strict=True):
        if consent == "no":
            continue
        for year in range(start, min(stop, max(declared.last, start) + 1)):
            least, most = held.get((host, patron, year), (0, 0))
            sure = rank[kind] if consent == "yes" else 0
            held[host, patron, year] = max(least, sure), max(most, rank[kind])
    labelled = _labels(("none", *kinds))
    values = pd.Series(
        [labelled[pair] for pair in held.values()], index=_index(list(held)), dtype=object
    )
    covered = spoken_for(declared, spells["host"].unique(), "state", "indicators.hosting")
    return Column(name, values, covered, "none", categories=tuple(labelled.values()))


def _labels(kinds: tuple[str, ...]) -> dict[tuple[int, int], str]:
    """Name each pair of the kind that is sure and the highest that may be."""
    out = {}
    for sure, low in enumerate(kinds):
        for most, high in enumerate(kinds[sure:], start=sure):
            either = f"{low}_or_{high}" if sure else f"disputed_{high}"
            out[sure, most] = high if sure == most else either
    return out


def _spell_years(spells: pd.DataFrame, what: str) -> tuple[list[int], list[int]]:
    """First year of each spell, and the year in which it is over on 31 December."""
    starts = pd.to_numeric(spells["start"].astype("string").str[:4], errors="coerce")
    ends = pd.to_numeric(spells["end"].astype("string").str[:4], errors="coerce")
    broken = starts.isna() | (ends.isna() & spells["end"].notna())
    if broken.any():
        rows = np.flatnonzero(broken) + 1
        raise PanelError(
            f"a {what} needs a start (year or date; an end may be empty); not so in row "
            f"{first_three(rows)}"
        )
    return starts.astype(int).tolist(), ends.fillna(9999).astype(int).tolist()
