"""Choosing rows of a table by state, partner and year."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from alignindex import states as actors
from alignindex.base.arguments import Years, check_years, is_whole, shown
from alignindex.base.errors import PanelError, closest, first_three
from alignindex.base.typing import Bools

__all__ = ["Labels", "Years", "known_label", "select_labels", "select_row", "select_rows"]

Labels: TypeAlias = Hashable | Iterable[Hashable] | None
NAMED = 20  # labels that a message lists


def known_label(label: Any, known: Iterable[Any], what: str) -> Any:
    """Return the known label that a code, a name or a number stands for.

    A label matches as it is (a number and its text are the same), in another case, or as the name
    or the COW or Gleditsch–Ward number of a state, where only one known label is meant.

    Raises
    ------
    PanelError
        If no label or more than one is meant; the message has the closest.

    Examples
    --------
    >>> known_label("armenia", ["ARM", "BLR"], "state"), known_label(371, ["ARM"], "state")
    ('ARM', 'ARM')
    """
    by_text = {str(one): one for one in known}
    found = _meant(label, by_text)
    if found is None:
        raise PanelError(_not_found([label], by_text, what))
    return by_text[found]


def _meant(label: Any, by_text: Mapping[str, Any]) -> str | None:
    """Return the text of the one known label that is meant, or None."""
    text = str(label)
    if text in by_text:
        return text
    if isinstance(label, bool) or not isinstance(label, str | int | np.integer) or len(text) > 100:
        return None
    bare = text.strip()
    systems: tuple[Any, ...] = ("cow", "gw") if bare.isdecimal() else ("any",)
    codes = (actors.resolve(bare, system=system, unknown="missing") for system in systems)
    found = {code for code in map(str, codes) if code in by_text}
    found |= {one for one in by_text if one.casefold() == bare.casefold()}
    return found.pop() if len(found) == 1 else None


def _not_found(absent: list[Any], by_text: Mapping[str, Any], what: str) -> str:
    names = list(by_text)
    rest = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return (
        f"{what}: {first_three(map(shown, absent))} not found{closest(str(absent[0]), names)}; "
        f"there are {', '.join(names[:NAMED]) or 'none'}{rest}"
    )


def select_labels(wanted: Labels, known: Iterable[Any], what: str) -> list[Any]:
    """Return the wanted labels in their order, each once; all known ones for None.

    Parameters
    ----------
    wanted : label, iterable of labels or None
        One or several labels; each may be written as for :func:`known_label`.
    known : iterable
        Labels that exist.
    what : str
        Name of the argument in messages, such as ``"states"``.

    Raises
    ------
    PanelError
        If a label does not exist (the first three, and the closest), or none is named.

    Examples
    --------
    >>> select_labels("ARM", ["ARM", "BLR"], "states")
    ['ARM']
    >>> select_labels(None, ["ARM", "BLR"], "states")
    ['ARM', 'BLR']
    """
    by_text = {str(label): label for label in known}
    if wanted is None:
        return list(by_text.values())
    if isinstance(wanted, Mapping | pd.DataFrame):
        raise PanelError(f"{what} takes one code or a list of codes; got {shown(wanted)}")
    if isinstance(wanted, Iterable) and not isinstance(wanted, str | bytes):
        picked: list[Any] = list(wanted)
    else:
        picked = [wanted]
    if not picked:
        raise PanelError(f"{what} is empty: name at least one, or leave it out to take all")
    found = [_meant(label, by_text) for label in picked]
    absent = [label for label, text in zip(picked, found, strict=True) if text is None]
    if absent:
        raise PanelError(_not_found(absent, by_text, what))
    return [by_text[text] for text in dict.fromkeys(text for text in found if text is not None)]


def select_rows(
    index: pd.Index[Any],
    *,
    states: Labels = None,
    partners: Labels = None,
    years: Years = None,
) -> Bools:
    """Return which rows belong to the chosen states, partners and years; None chooses all.

    Parameters
    ----------
    index : MultiIndex
        With the levels `state`, `partner` and `year`; a level may be absent if nothing is chosen
        from it.
    states, partners : label, iterable of labels or None
    years : int, (first, last), iterable of int or None
        An int is that year, a tuple of two is a span with both ends, anything else lists years.

    Returns
    -------
    ndarray of bool, shape (rows,)

    Raises
    ------
    PanelError
        If a label or all years do not occur, or no row has them together.

    Examples
    --------
    >>> import alignindex as ai
    >>> index = ai.load_panel("post_soviet").index
    >>> int(select_rows(index, states="ARM", partners=["RUS", "USA"], years=(2018, 2019)).sum())
    4
    """
    keep = np.ones(len(index), dtype=bool)
    for level, wanted in (("state", states), ("partner", partners)):
        if wanted is None:
            continue
        labels = index.get_level_values(level)
        chosen = select_labels(wanted, labels.unique(), f"{level}s")
        keep &= labels.isin(chosen)
    if years is not None:
        labels = index.get_level_values("year")
        known = labels.unique()
        chosen = check_years(years, known=known)
        keep &= labels.isin(chosen)
    if not keep.any() and len(index):
        raise PanelError(
            "no row has these states, partners and years together: "
            f"states={shown(states)}, partners={shown(partners)}, years={shown(years)}; "
            "leave one of them out to see which rows there are"
        )
    return keep


def select_row(index: pd.Index[Any], state: Any, partner: Any, year: Any) -> tuple[Any, Any, int]:
    """Return the one dyad-year of an index that is meant.

    Parameters
    ----------
    index : MultiIndex
        With the levels `state`, `partner` and `year`.
    state, partner : label
        Written as for :func:`known_label`.
    year : int or str
        A whole number, or its text.

    Raises
    ------
    PanelError
        If there is no such row; the message names the part that is wrong.

    Examples
    --------
    >>> import alignindex as ai
    >>> select_row(ai.load_panel("post_soviet").index, "Armenia", 365, "2013")
    ('ARM', 'RUS', 2013)
    """
    if isinstance(year, str) and year.strip().isdecimal() and len(year) < 30:
        year = int(year)
    if not is_whole(year):
        raise PanelError(f"a year must be a whole number, such as 2013; got {shown(year)}")
    levels = {name: index.get_level_values(name) for name in ("state", "partner", "year")}
    state, partner = (
        known_label(label, levels[name].unique(), name)
        for name, label in (("state", state), ("partner", partner))
    )
    years = levels["year"][(levels["state"] == state) & (levels["partner"] == partner)]
    if not len(years):
        raise PanelError(f"there is no dyad {state}–{partner}; there are others of {state}")
    if year not in years:
        raise PanelError(
            f"there is {state}–{partner} from {years.min()} to {years.max()}, but not {shown(year)}"
        )
    return state, partner, int(year)
