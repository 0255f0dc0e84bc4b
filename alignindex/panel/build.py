"""`build_panel`: the panel of chosen states, partners and years, from any number of raw columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from alignindex import states as actors
from alignindex.base.errors import PanelError, closest, first_three
from alignindex.indicators.column import KEYS, Column

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
        coverage of a column, cells are NaN.

    Raises
    ------
    PanelError
        If an actor is unknown, a list is empty, two columns have one name, or a part is neither
        a column nor a panel.

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
    for part in _flat(indicators):
        if isinstance(part, Column):
            columns.append(part.on(index))
            continue
        if list(part.index.names) != KEYS or not part.index.is_unique:
            raise PanelError(
                f"a table among the indicators must be a panel with a unique index (state, "
                f"partner, year), got {list(part.index.names)}: make it one with as_panel"
            )
        taken = part.reindex(index)
        columns += [taken[name] for name in taken.columns]
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
            c for c in lists[word] if not (c in declared or (isinstance(c, str)
                                                             and actors.is_actor(c)))
        ]  # fmt: skip
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
    return pd.MultiIndex.from_arrays([state, partner, year.astype(np.int64)], names=KEYS)
