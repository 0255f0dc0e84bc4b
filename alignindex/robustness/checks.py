"""Checks of arguments: what was expected, what came, and how to mend it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from alignindex.base.arguments import check_count, check_number, generator, is_number, shown
from alignindex.base.errors import AlignIndexError, PanelError, SpecError, closest
from alignindex.base.typing import Floats
from alignindex.robustness.draws.alternatives import Choice
from alignindex.scoring.result import AlignmentResult

__all__ = [
    "check_choices",
    "check_count",
    "check_number",
    "check_numbers",
    "check_pairs",
    "check_quantiles",
    "check_ranks",
    "check_result",
    "check_ties",
    "generator",
    "quantile_names",
]


def check_result(result: Any) -> None:
    """Refuse what is no result of `score`."""
    if not isinstance(result, AlignmentResult):
        raise AlignIndexError(
            "result must be what ai.score(panel, spec) gives, an AlignmentResult; got "
            f"{shown(result)}"
        )


def check_numbers(values: Any, name: str, what: str, example: str) -> list[float]:
    """Return different finite numbers as a list.

    Raises
    ------
    AlignIndexError
        If it is no list of such numbers; also if one comes twice.
    """
    if isinstance(values, (str, bytes, dict)) or not isinstance(values, Iterable):
        raise AlignIndexError(f"{name} must be a list of {what}, such as {example}; got "
                              f"{shown(values)}")  # fmt: skip
    found = list(values)
    wrong = [value for value in found if not is_number(value) or not math.isfinite(value)]
    if wrong:
        raise AlignIndexError(
            f"{name} must be a list of {what}, such as {example}; it holds {shown(wrong[0])}"
        )
    numbers = [float(value) for value in found]
    twice = sorted({value for value in numbers if numbers.count(value) > 1})
    if twice:
        raise AlignIndexError(f"{name} must be different numbers; {twice[0]:g} comes twice")
    return numbers


def check_choices(choices: Any, name: str) -> tuple[Choice, ...]:
    """Return choices as a tuple.

    Raises
    ------
    SpecError
        If it is no list of choices.
    """
    if isinstance(choices, (str, Choice)) or not isinstance(choices, Sequence):
        raise SpecError(f"{name} must be a list of Choice, such as [Choice(...)]; got "
                        f"{shown(choices)}")  # fmt: skip
    wrong = [choice for choice in choices if not isinstance(choice, Choice)]
    if wrong:
        raise SpecError(
            f"{name} must be a list of Choice; it holds {shown(wrong[0])}: make it "
            "Choice(name, {level: change, ...})"
        )
    return tuple(choices)


def check_ties(ties: Any) -> None:
    """Refuse an unknown way to rank equal scores."""
    if ties not in ("min", "average", "max"):
        raise AlignIndexError(
            f"ties must be 'min', 'average' or 'max'; got {shown(ties)}"
            f"{closest(str(ties), ['min', 'average', 'max'])}"
        )


def check_pairs(pairs: Any) -> list[tuple[Any, Any]]:
    """Return pairs of keys as a list.

    Raises
    ------
    PanelError
        If they are something else.
    """
    found = list(pairs) if isinstance(pairs, Iterable) and not isinstance(pairs, str) else [pairs]
    for pair in found:
        if not (
            isinstance(pair, tuple | list)
            and len(pair) == 2
            and all(isinstance(key, tuple) and len(key) in (2, 3) for key in pair)
        ):
            raise PanelError(
                "pairs are a list of two keys each, such as [(('ARM', 'RUS'), ('KAZ', 'RUS'))], "
                f"with (state, partner) or (state, partner, year); got {pair!r}"
            )
    return found


def check_ranks(top: Any) -> list[int]:
    """Return different ranks as a list.

    Raises
    ------
    AlignIndexError
        If they are something else.
    """
    values = check_numbers(top, "top", "ranks, whole numbers from 1", "(1, 3)")
    if any(k < 1 or k != int(k) for k in values):
        raise AlignIndexError(f"top takes ranks, whole numbers from 1; got {list(top)}")
    return [int(k) for k in values]


def quantile_names(probabilities: Floats) -> list[str]:
    """Name columns of quantiles, in per cent and in full.

    Examples
    --------
    >>> quantile_names(np.array([0.05, 0.5, 0.975, 0.0001]))
    ['q05', 'q50', 'q97.5', 'q00.01']
    """
    names = []
    for p in probabilities:
        whole, _, part = f"{Decimal(repr(float(p))).scaleb(2).normalize():f}".partition(".")
        names.append(f"q{whole:0>2}{'.' if part else ''}{part}")
    return names


def check_quantiles(quantiles: Any) -> Floats:
    """Return different probabilities as an array.

    Raises
    ------
    AlignIndexError
        If they are something else.
    """
    values = check_numbers(quantiles, "quantiles", "numbers in [0, 1]", "(0.05, 0.5, 0.95)")
    outside = [value for value in values if not 0 <= value <= 1]
    if outside:
        raise AlignIndexError(f"quantiles lie in [0, 1]; got {outside[0]:g}")
    return np.array(values)
