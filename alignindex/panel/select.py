"""Choosing rows of a table by state, partner and year: one gate with one message."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.arguments import Years, check_years, shown
from alignindex.base.errors import PanelError, closest, first_three

__all__ = ["Labels", "Years", "select_labels", "select_rows"]

Labels: TypeAlias = Hashable | Iterable[Hashable] | None
NAMED = 20  # labels that a message lists


def select_labels(wanted: Labels, known: Iterable[Any], what: str) -> list[Any]:
    """Return the wanted labels in their order, each once; all known ones for None.

    Parameters
    ----------
    wanted : label, iterable of labels or None
        One or several labels. A number and its text are the same label (``365`` and ``"365"``).
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
    absent = [label for label in picked if str(label) not in by_text]
    if absent:
        names = list(by_text)
        rest = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        raise PanelError(
            f"{what}: {first_three(map(repr, absent))} not found{closest(str(absent[0]), names)}; "
            f"there are {', '.join(names[:NAMED])}{rest}"
        )
    return [by_text[text] for text in dict.fromkeys(map(str, picked))]


def select_rows(
    index: pd.Index[Any],
    *,
    states: Labels = None,
    partners: Labels = None,
    years: Years = None,
) -> NDArray[np.bool_]:
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
