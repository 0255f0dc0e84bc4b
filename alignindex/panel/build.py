"""`build_panel`: the panel of chosen states, partners and years, from any number of raw columns."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from alignindex import states as actors
from alignindex.base.errors import PanelError, closest, first_three
from alignindex.base.keys import KEYS
from alignindex.indicators.column import Column, listing

__all__ = ["build_panel"]

Part = Column | pd.DataFrame
Parts = Part | Sequence[Part]


def build_panel(
    *,
    states: Iterable[str],
    partners: Iterable[str],
    years: Iterable[int],
    indicators: Iterable[Parts],
    declared: Iterable[str] = (),
) -> pd.DataFrame:
    """Join raw columns into the panel of the dyads of states and partners.

    Parameters
    ----------
    states, partners : iterable of str
        Actor codes of the two ends; a state is not paired with itself.
    years : iterable of int
        Such as ``range(1992, 2024)``; one year or two centuries.
    indicators : iterable
        What the functions of `alignindex.indicators` return, and panels of one's own (from
        `as_panel`), whose missing rows are unknown.
    declared : iterable of str
        Codes of actors that are not in the table of `alignindex.states`; they exist throughout.

    Returns
    -------
    DataFrame
        A panel: index (state, partner, year), sorted and unique, with a row for every dyad and
        year in which both actors exist (a state that is gone or not yet there has no row), and
        the columns in the order given: float64, or category for words. Outside the declared
        coverage of a column, cells are NaN. A coverage that names nobody holds for the actors of
        the table; a warning names the others.

    Raises
    ------
    PanelError
        If an actor is unknown, a list is empty, two columns have one name, or a part is neither
        a column nor a panel, or a table concerns no actor of the panel.

    Examples
    --------
    >>> import pandas as pd
    >>> from alignindex import indicators
    >>> events = pd.DataFrame({"participants": ["ARM;RUS"], "start_year": [2012]})
    >>> build_panel(states=["ARM"], partners=["RUS", "USA"], years=[2012, 2013],
    ...       indicators=[indicators.exercises(events, coverage=(2000, 2012))])
                        exercises
    state partner year
    ARM   RUS     2012        1.0
                  2013        NaN
          USA     2012        0.0
                  2013        NaN
    """
    index = _rows(states, partners, years, frozenset(declared))
    columns: list[pd.Series] = []
    unspoken: dict[tuple[str, ...], list[str]] = {}
    rows = [index.get_level_values(key).to_numpy() for key in KEYS]
    for part in _flat(indicators):
        if isinstance(part, Column):
            column = part.on(index)
            columns.append(column)
            _check_keys(part.name, part.values.index, column, frozenset(declared))
            lost = tuple(part.coverage.unspoken(*rows))
            if lost:
                unspoken.setdefault(lost, []).append(part.name)
            continue
        if tuple(part.index.names) != KEYS or not part.index.is_unique:
            raise PanelError(
                f"a table among the indicators must be a panel with a unique index (state, "
                f"partner, year), got {list(part.index.names)}: make it one with as_panel"
            )
        taken = part.reindex(index)
        columns += [taken[name] for name in taken.columns]
        for name in taken.columns[:1]:
            _check_keys(str(name), part.index, taken[name], frozenset(declared))
    for actors_, names in unspoken.items():
        warnings.warn(
            f"{', '.join(names)}: no row of the table concerns {listing(actors_)}, so they are "
            "unknown there. If the source lists the ties of every actor, declare "
            "Coverage(first, last, exhaustive=True)",
            stacklevel=2,
        )
    names = [str(column.name) for column in columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise PanelError(
            f"two columns are called {first_three(twice)}; name one of them otherwise (name= of "
            "the builder)"
        )
    if not columns:
        return pd.DataFrame(index=index)
    return pd.concat(columns, axis=1)


def _check_keys(name: str, keys: pd.Index, column: pd.Series, declared: frozenset[str]) -> None:
    """Compare the actors of a table with those of the panel: none in common is an error.

    Keys that are not codes of actors, such as names or COW numbers, are a warning.
    """
    ends = range(keys.nlevels - 1)
    given = dict.fromkeys(key for end in ends for key in keys.get_level_values(end).unique())
    panel = {code for end in (0, 1) for code in column.index.get_level_values(end).unique()}
    strange = [key for key in given if not (key in declared or actors.is_actor(str(key)))]
    if given and not panel.intersection(given) and not column.notna().any():
        shown = first_three(f"{key!r}{_meant(key, panel)}" for key in strange or given)
        raise PanelError(
            f"{name} concerns no actor of the panel: its table has {shown}, the panel "
            f"{first_three(sorted(panel))}. Give actor codes, as states.resolve makes them of "
            "names and numbers"
        )
    if strange:
        shown = first_three(f"{key!r}{_meant(key, panel)}" for key in strange)
        warnings.warn(
            f"{name}: keys that are not codes of actors are not used: {shown}; resolve them with "
            "states.resolve, or list actors of your own in declared=",
            stacklevel=3,
        )


def _meant(key: object, panel: Iterable[str]) -> str:
    """Guess the actor that a key means, for a message."""
    text = str(key).removesuffix(".0")
    if text.isdecimal():
        code = actors.resolve(text, system="cow", unknown="missing")
        return f" (COW number of {code!r}?)" if isinstance(code, str) else ""
    code = actors.resolve(text, unknown="missing")
    return f" (did you mean {code!r}?)" if isinstance(code, str) else closest(text, panel)


def _flat(indicators: Iterable[Parts]) -> list[Part]:
    """All parts, one after the other."""
    if isinstance(indicators, Column | pd.DataFrame):
        raise PanelError("indicators is a list; put the single one in brackets: [...]")
    parts: list[Part] = []
    for item in indicators:
        for part in item if isinstance(item, list | tuple) else [item]:
            if not isinstance(part, Column | pd.DataFrame):
                raise PanelError(
                    "an indicator is what a function of alignindex.indicators returns, or a panel; "
                    f"got {type(part).__name__}"
                )
            parts.append(part)
    return parts


def _rows(
    states: Iterable[str], partners: Iterable[str], years: Iterable[int], declared: frozenset[str]
) -> pd.MultiIndex:
    """Return the rows of the panel: every dyad, in the years in which both ends exist."""
    lists: dict[str, list[str]] = {}
    for word, given in (("states", states), ("partners", partners)):
        if isinstance(given, str):
            raise PanelError(f"{word} is a list of actor codes, got {given!r}: put it in brackets")
        lists[word] = sorted(set(given))
        if not lists[word]:
            raise PanelError(f"{word} needs at least one actor code, got none")
        strange = [
            code
            for code in lists[word]
            if code not in declared and not (isinstance(code, str) and actors.is_actor(code))
        ]
        if strange:
            known = sorted(actors.known())
            shown = first_three(f"{c!r}{closest(str(c), known)}" for c in strange)
            raise PanelError(
                f"{word} are codes of declared actors; unknown: {shown}. Resolve names with "
                "states.resolve, or list actors of your own in declared="
            )
    span = np.array(sorted(set(years)))
    if not span.size or span.dtype.kind not in "iu":
        raise PanelError(
            f"years are whole numbers, such as range(1992, 2024); got {first_three(span) or 'none'}"
        )
    living = {
        code: np.ones(len(span), dtype=bool)
        if code in declared
        else actors.resolve([code] * len(span), system="iso3", year=span, unknown="missing")
        .notna()
        .to_numpy()
        for code in dict.fromkeys([*lists["states"], *lists["partners"]])
    }
    dyads = [(s, p) for s in lists["states"] for p in lists["partners"] if s != p]
    there = [living[s] & living[p] for s, p in dyads]
    times = np.array([int(years_.sum()) for years_ in there], dtype=np.int64)
    state = np.repeat(np.array([s for s, _ in dyads], dtype=object), times)
    partner = np.repeat(np.array([p for _, p in dyads], dtype=object), times)
    year = np.concatenate([span[both] for both in there]) if dyads else span[:0]
    if not len(year):
        raise PanelError(
            f"no dyad of {first_three(lists['states'])} with {first_three(lists['partners'])} "
            f"exists in {span[0]}–{span[-1]}: nobody is paired with itself, and a state that is "
            "gone or not yet there has no row"
        )
    return pd.MultiIndex.from_arrays([state, partner, year.astype(np.int64)], names=list(KEYS))
