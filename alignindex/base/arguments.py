"""Checks of arguments that many functions share."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from alignindex.base.errors import AlignIndexError, PanelError, closest, first_three

__all__ = [
    "Years",
    "check_choice",
    "check_count",
    "check_level",
    "check_number",
    "check_numbers",
    "check_type",
    "check_within",
    "check_years",
    "generator",
    "is_number",
    "is_whole",
    "seed_of",
    "shown",
]

Years: TypeAlias = int | tuple[int, int] | Iterable[int] | None
FIRST, LAST = 1, 9999  # years outside are not calendar years


def is_whole(value: Any) -> bool:
    """Return whether a value is an integer; bool and float are excluded.

    Examples
    --------
    >>> is_whole(5), is_whole(np.int64(5)), is_whole(5.0), is_whole(True), is_whole("5")
    (True, True, False, False, False)
    """
    return isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.bool_))


def is_number(value: Any) -> bool:
    """Return whether a value is a real number; bool is excluded."""
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def shown(value: Any) -> str:
    """Return a short text of a value for a message; tables are named by their type.

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
    """Raise unless `value` is an integer >= `least` (bool excluded)."""
    if not is_whole(value) or value < least:
        raise AlignIndexError(
            f"{name} must be a whole number of at least {least}; got {shown(value)}"
        )


def check_number(value: Any, name: str, what: str, low: float, high: float) -> None:
    """Raise unless `value` is a number strictly between `low` and `high`."""
    if not is_number(value) or not low < value < high:
        raise AlignIndexError(f"{name} must be {what}; got {shown(value)}")


def check_choice(value: Any, name: str, known: Iterable[str]) -> None:
    """Raise unless `value` is one of the known words; the message has the closest."""
    words = list(known)
    if not isinstance(value, str) or value not in words:
        near = closest(value, words) if isinstance(value, str) else ""
        raise AlignIndexError(f"{name} takes {' or '.join(words)}; got {shown(value)}{near}")


def check_years(
    years: Any, *, known: Iterable[int] | None = None, name: str = "years"
) -> list[int]:
    """Return the chosen years, ascending and without duplicates.

    Parameters
    ----------
    years : int, (first, last), iterable of int or None
        An int is that year; a tuple of two is a span, both ends included; a list, range, array or
        index lists years; None is all known years.
    known : iterable of int, optional
        Years that exist. A span is cut to them; a listed year that does not exist is an error.
    name : str
        Name of the argument in messages.

    Raises
    ------
    PanelError
        If `years` is anything else, a span runs backwards, or no known year is chosen.

    Examples
    --------
    >>> check_years(2019), check_years((2017, 2019)), check_years([2019, 2017])
    ([2019], [2017, 2018, 2019], [2017, 2019])
    """
    there = None if known is None else sorted({int(year) for year in known})
    if years is None:
        if there is None:
            raise PanelError(f"{name} must be given, such as 2019 or (2000, 2019)")
        return there
    if isinstance(years, str | bytes | dict) or not (
        is_whole(years) or isinstance(years, Iterable)
    ):
        raise PanelError(_years_expected(name, years))
    listed = [years] if is_whole(years) else list(years)
    if not listed or not all(is_whole(year) and FIRST <= year <= LAST for year in listed):
        raise PanelError(_years_expected(name, years))
    if isinstance(years, tuple):
        if len(listed) != 2 or listed[0] > listed[1]:
            raise PanelError(_years_expected(name, years))
        chosen = list(range(int(listed[0]), int(listed[1]) + 1))
        if there is not None:
            chosen = [year for year in there if listed[0] <= year <= listed[1]]
        absent = [] if chosen else listed
    else:
        chosen = sorted({int(year) for year in listed})
        absent = [] if there is None else [year for year in chosen if year not in set(there)]
    if absent and there is not None:
        has = f"there are {there[0]} to {there[-1]}" if there else "there are none"
        raise PanelError(f"{name}: {first_three(absent)} not found; {has}")
    return chosen


def _years_expected(name: str, years: Any) -> str:
    return (
        f"{name} takes a year (2019), a span (2000, 2019) with both ends included, or a list of "
        f"years [2015, 2019]; got {shown(years)}"
    )


def generator(rng: Any) -> np.random.Generator:
    """Return a generator made from a seed, or the given generator.

    Raises
    ------
    AlignIndexError
        If `rng` is neither.
    """
    if isinstance(rng, np.random.Generator):
        return rng
    if rng is None or (is_whole(rng) and rng >= 0):
        return np.random.default_rng(rng)
    raise AlignIndexError(
        f"rng must be a whole number of at least 0 (a seed), a numpy Generator or None; got "
        f"{shown(rng)}"
    )


def seed_of(rng: Any, made: np.random.Generator) -> int | None:
    """Return the seed that gives the same numbers again; None for a generator of the caller.

    Parameters
    ----------
    rng : Generator, int or None
        As the user gave it.
    made : Generator
        What :func:`generator` returned for it.

    Examples
    --------
    >>> seed_of(5, generator(5))
    5
    >>> seed_of(None, generator(None)) is None
    False
    """
    if isinstance(rng, np.random.Generator):
        return None
    return int(made.bit_generator.seed_seq.entropy)  # type: ignore[attr-defined]


def check_type(value: Any, kind: type | tuple[type, ...], name: str, expected: str) -> None:
    """Raise unless `value` is of a type; `expected` says in words what it must be."""
    if not isinstance(value, kind):
        raise AlignIndexError(f"{name} must be {expected}; got {shown(value)}")


def check_level(level: Any) -> None:
    """Raise unless `level` is a probability strictly between 0 and 1."""
    check_number(level, "level", "a probability between 0 and 1, such as 0.9", 0, 1)


def check_within(value: Any, name: str, what: str, low: float, high: float) -> None:
    """Raise unless `value` is a number from `low` to `high`, both included."""
    if not is_number(value) or not low <= value <= high:
        raise AlignIndexError(f"{name} must be {what}; got {shown(value)}")


def check_numbers(
    values: Any,
    name: str,
    what: str,
    example: str,
    *,
    low: float = -math.inf,
    high: float = math.inf,
) -> list[float]:
    """Return a list of different finite numbers from `low` to `high`.

    Parameters
    ----------
    values : iterable of numbers
    name : str
        Name of the argument in messages.
    what, example : str
        What the numbers are and how a list of them looks, for messages.
    low, high : float
        Smallest and largest number that is allowed.

    Raises
    ------
    AlignIndexError
        If it is not such a list, or a number comes twice.

    Examples
    --------
    >>> check_numbers((0.5, 0.75), "thresholds", "scores", "(0.5, 0.75)")
    [0.5, 0.75]
    """
    listed = isinstance(values, Iterable) and not isinstance(values, (str, bytes, dict))
    found = list(values) if listed else [values]
    wrong = [v for v in found if not is_number(v) or not math.isfinite(v) or not low <= v <= high]
    if wrong or not listed:
        came = first_three(map(shown, wrong or found))
        raise AlignIndexError(f"{name} must be a list of {what}, such as {example}; got {came}")
    numbers = [float(value) for value in found]
    twice = sorted({value for value in numbers if numbers.count(value) > 1})
    if twice:
        raise AlignIndexError(f"{name} must be different numbers; {twice[0]:g} comes twice")
    return numbers
