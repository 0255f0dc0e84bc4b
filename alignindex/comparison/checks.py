"""Checks of what a comparison is asked for: specs, states, one dyad-year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from alignindex.base.arguments import is_whole, shown
from alignindex.base.errors import AlignIndexError, PanelError, closest

__all__ = ["check_code", "check_key", "check_label", "check_year", "state_list"]


def check_label(label: Any, name: str, known: Iterable[str]) -> None:
    """Refuse what is not the label of one spec.

    Raises
    ------
    AlignIndexError
        If it is no text, or no spec is called so (with the closest).
    """
    labels = list(known)
    if not isinstance(label, str):
        raise AlignIndexError(
            f"{name} takes the label of one spec, such as {labels[0]!r}; got {shown(label)}"
        )
    if label not in labels:
        raise AlignIndexError(
            f"no spec here is called {label!r}{closest(label, labels)}; there are "
            f"{', '.join(labels)}"
        )


def check_code(code: Any, name: str) -> None:
    """Refuse what cannot be the code of an actor: a list, None, a number with a fraction.

    Raises
    ------
    PanelError
        If it is no text and no whole number.
    """
    if not isinstance(code, str) and not is_whole(code):
        raise PanelError(f"a {name} is one code, such as 'KAZ'; got {shown(code)}")


def check_year(year: Any) -> None:
    """Refuse what is no whole number.

    Raises
    ------
    PanelError
        If it is something else.
    """
    if not is_whole(year):
        raise PanelError(f"a year must be a whole number, such as 2015; got {shown(year)}")


def check_key(rows: pd.MultiIndex, state: Any, partner: Any, year: Any) -> tuple[Any, Any, int]:
    """Return a dyad-year that is there.

    Raises
    ------
    PanelError
        If it is not; the message names the part that is wrong.
    """
    for name, code in (("state", state), ("partner", partner)):
        check_code(code, name)
        known = rows.get_level_values(name).unique()
        if code not in known:
            codes = [str(one) for one in known]
            raise PanelError(
                f"no spec has the {name} {code!r}{closest(str(code), codes)}; there are "
                f"{', '.join(codes)}"
            )
    check_year(year)
    of_dyad = (rows.get_level_values("state") == state) & (
        rows.get_level_values("partner") == partner)  # fmt: skip
    years = rows.get_level_values("year")[of_dyad]
    if not len(years):
        raise PanelError(
            f"no spec has the dyad {state}–{partner}; the rows of .scores are those that there are"
        )
    if year not in years:
        raise PanelError(
            f"no spec has {state}–{partner} in {year}; the years of this dyad run from "
            f"{years.min()} to {years.max()}"
        )
    return state, partner, int(year)


def state_list(states: Any, known: Sequence[str]) -> list[str] | None:
    """Return one or several states as a list; None where none are chosen.

    Raises
    ------
    PanelError
        If it is no code and no list of codes, or no spec has one of them (with the closest).
    """
    if states is None:
        return None
    if isinstance(states, Mapping) or not isinstance(states, Iterable):
        raise PanelError(f"states takes codes, such as ['KAZ', 'ARM']; got {shown(states)}")
    wanted = [states] if isinstance(states, str) else list(states)
    for state in wanted:
        check_code(state, "state")
        if state not in known:
            raise PanelError(
                f"no spec has the state {state!r}{closest(str(state), known)}; there are "
                f"{', '.join(known)}"
            )
    return wanted
