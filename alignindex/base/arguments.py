"""Checks of arguments that many fronts share: what was expected, what came, how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.errors import AlignIndexError, closest

__all__ = [
    "check_choice",
    "check_count",
    "check_number",
    "generator",
    "is_number",
    "is_whole",
    "shown",
]


def is_whole(value: Any) -> bool:
    """Say whether it is a whole number; True and 5.0 are none.

    Examples
    --------
    >>> is_whole(5), is_whole(np.int64(5)), is_whole(5.0), is_whole(True), is_whole("5")
    (True, True, False, False, False)
    """
    return isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.bool_))


def is_number(value: Any) -> bool:
    """Say whether it is a real number; True is none."""
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def shown(value: Any) -> str:
    """Show a value in short: tables by their kind.

    Examples
    --------
    >>> shown("0.9"), shown(np.zeros(3))
    ("'0.9'", 'a ndarray')
    """
    if isinstance(value, (pd.DataFrame, pd.Series, np.ndarray)):
        return f"a {type(value).__name__}"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def check_count(value: Any, name: str, least: int) -> None:
    """Refuse what is no whole number of at least `least`; True and 5.0 are none."""
    if not is_whole(value) or value < least:
        raise AlignIndexError(
            f"{name} must be a whole number of at least {least}; got {shown(value)}"
        )


def check_number(value: Any, name: str, what: str, low: float, high: float) -> None:
    """Refuse what is no number strictly between `low` and `high`."""
    if not is_number(value) or not low < value < high:
        raise AlignIndexError(f"{name} must be {what}; got {shown(value)}")


def check_choice(value: Any, name: str, known: Iterable[str]) -> None:
    """Refuse what is none of the known words (with the closest)."""
    words = list(known)
    if not isinstance(value, str) or value not in words:
        near = closest(value, words) if isinstance(value, str) else ""
        raise AlignIndexError(f"{name} takes {' or '.join(words)}; got {shown(value)}{near}")


def generator(rng: Any) -> np.random.Generator:
    """Make a generator from a seed, or pass one on.

    Raises
    ------
    AlignIndexError
        If it is neither.
    """
    if isinstance(rng, np.random.Generator):
        return rng
    if rng is None or (is_whole(rng) and rng >= 0):
        return np.random.default_rng(rng)
    raise AlignIndexError(
        f"rng must be a whole number of at least 0 (a seed), a numpy Generator or None; got "
        f"{shown(rng)}"
    )
