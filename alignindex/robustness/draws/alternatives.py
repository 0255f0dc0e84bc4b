"""Choices of method that an analysis varies: what is changed, under which name, how probable."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, Union

import numpy as np
import pandas as pd
from pydantic import ValidationError

from alignindex.base.arguments import shown
from alignindex.base.errors import PanelError, SpecError, closest
from alignindex.base.typing import Floats, Ints
from alignindex.spec import IndexSpec

__all__ = [
    "Aggregate",
    "Change",
    "Choice",
    "Drop",
    "MissingRule",
    "Recode",
    "Replace",
    "check_alternatives",
    "combinations",
    "drop_one",
    "recoded",
    "spec_with",
]


class Replace:
    """Other fields of one indicator: rule, window, columns, cut, reverse, years, weight ...

    Examples
    --------
    >>> Replace("exercises", rule={"kind": "thresholds", "cuts": [1.0], "codes": [0.0, 1.0]})
    Replace('exercises', rule={'kind': 'thresholds', 'cuts': [1.0], 'codes': [0.0, 1.0]})
    """

    def __init__(self, indicator: str, **fields: Any) -> None:
        if not fields:
            raise SpecError(f"Replace({indicator!r}) changes nothing; name a field, such as rule=")
        self.indicator, self.fields = indicator, fields

    def __repr__(self) -> str:
        shown = ", ".join(f"{k}={v!r}" for k, v in self.fields.items())
        return f"Replace({self.indicator!r}, {shown})"

    def targets(self) -> list[str]:
        """Name what it touches."""
        return [f"{self.indicator}.{name}" for name in self.fields]


@dataclass(frozen=True)
class Drop:
    """Leave an indicator out; its weight goes to its siblings."""

    indicator: str

    def targets(self) -> list[str]:
        """Name what it touches."""
        return [f"dropping {self.indicator}"]


@dataclass(frozen=True)
class Aggregate:
    """Aggregate the children of a node (the root is ``""``) by another rule."""

    aggregation: str
    node: str = ""
    met: float | None = None

    def targets(self) -> list[str]:
        """Name what it touches."""
        return [f"aggregation of {self.node or 'the root'}"]


@dataclass(frozen=True)
class MissingRule:
    """Another missing-data rule: ``propagate``, or ``renormalise`` with a minimum coverage."""

    rule: str
    min_coverage: float = 0.0

    def targets(self) -> list[str]:
        """Name what it touches."""
        return ["missing"]


@dataclass(frozen=True)
class Recode:
    """Other raw values in a panel column: each value that is named becomes another.

    Examples
    --------
    >>> Recode("crimea_state", {0.5: 0.25})
    Recode(column='crimea_state', values={0.5: 0.25})
    """

    column: str
    values: Mapping[Any, Any]

    def __post_init__(self) -> None:
        if not isinstance(self.values, Mapping) or not self.values:
            raise SpecError(
                f"Recode({self.column!r}) takes a mapping from value to value, such as "
                f"{{0.5: 0.25}}; got {self.values!r}"
            )

    def targets(self) -> list[str]:
        """Name what it touches."""
        return [f"values of column {self.column}"]


Change: TypeAlias = Union[Replace, Drop, Aggregate, MissingRule, Recode]  # noqa: UP007


class Choice:
    """One choice of method and its levels, of which a draw takes one for all dyads and years.

    Parameters
    ----------
    name : str
    levels : mapping of str to change, sequence of changes, or None
        None leaves the spec as it is.
    probability : mapping of str to float, optional
        Of each level; equal unless given.

    Examples
    --------
    >>> Choice("aggregation", {"mean": None, "geometric": Aggregate("geometric")}).levels
    ('mean', 'geometric')
    """

    def __init__(
        self,
        name: str,
        levels: Mapping[str, Change | Sequence[Change] | None],
        *,
        probability: Mapping[str, float] | None = None,
    ) -> None:
        if not isinstance(name, str) or not name:
            raise SpecError(f"a choice needs a name, a text; got {name!r}")
        if not isinstance(levels, Mapping):
            raise SpecError(
                f"choice {name!r} takes a mapping from level to change, such as "
                f"{{'as it is': None, 'min': Aggregate('min')}}; got {levels!r}"
            )
        wrong_names = [level for level in levels if not isinstance(level, str)]
        if wrong_names:
            raise SpecError(f"levels of choice {name!r} are named by texts; got {wrong_names[0]!r}")
        self.name = name
        self.levels = tuple(levels)
        self.changes: tuple[tuple[Change, ...], ...] = tuple(
            () if c is None else tuple(c) if isinstance(c, (list, tuple)) else (c,)  # type: ignore[misc]
            for c in levels.values()
        )
        for level, changes in zip(self.levels, self.changes, strict=True):
            wrong = [c for c in changes if not isinstance(c, _CHANGES)]
            if wrong:
                raise SpecError(
                    f"level {level!r} of choice {name!r} must be None, Replace, Drop, Aggregate, "
                    f"MissingRule, Recode or a list of these; got {wrong[0]!r}"
                )
        if len(self.levels) < 2:
            raise SpecError(f"choice {name!r} needs two levels at least, got {list(levels)}")
        if probability is not None and not isinstance(probability, Mapping):
            raise SpecError(
                f"probability of choice {name!r} is a mapping from level to number; got "
                f"{probability!r}"
            )
        given = dict.fromkeys(self.levels, 1.0) if probability is None else dict(probability)
        if set(given) != set(self.levels):
            raise SpecError(
                f"probability of choice {name!r} must name each level once; levels "
                f"{list(self.levels)}, got {list(given)}"
            )
        number = all(isinstance(p, int | float) for p in given.values())
        total = math.fsum(given.values()) if number else math.nan
        if not number or not all(p >= 0 for p in given.values()) or not 0 < total < math.inf:
            raise SpecError(
                f"probabilities of choice {name!r} must be >= 0, not all 0; got {given}"
            )
        self.probability: Floats = np.array([given[n] / total for n in self.levels])

    def __repr__(self) -> str:
        return f"Choice({self.name!r}, levels={list(self.levels)})"


_CHANGES = (Replace, Drop, Aggregate, MissingRule, Recode)


def drop_one(spec: IndexSpec, name: str = "dropped") -> Choice:
    """Make a choice that leaves out no indicator, or one of them, all equally probable.

    Examples
    --------
    >>> from alignindex import load_spec
    >>> drop_one(load_spec("erkomaishvili2019")).levels
    ('none', 'arms', 'exercises', 'un_votes', 'bases', 'crimea')
    """
    names = [indicator.name for indicator in spec.indicators]
    return Choice(name, {"none": None, **{indicator: Drop(indicator) for indicator in names}})


def check_alternatives(alternatives: Any) -> tuple[Choice, ...]:
    """Return choices as a tuple.

    Raises
    ------
    SpecError
        If it is not a list of choices, two have one name, or two change the same thing.
    """
    listed = isinstance(alternatives, list | tuple)
    choices = list(alternatives) if listed else [alternatives]
    wrong = [choice for choice in choices if not (listed and isinstance(choice, Choice))]
    if wrong:
        raise SpecError(
            "alternatives must be a list of Choice, such as [Choice(name, {level: change, ...})]; "
            f"got {shown(wrong[0])}"
        )
    names = [choice.name for choice in choices]
    if len(set(names)) < len(names):
        raise SpecError(f"choices must have different names; got {names}")
    owner: dict[str, str] = {}
    for choice in choices:
        for target in {t for level in choice.changes for c in level for t in c.targets()}:
            if target in owner:
                raise SpecError(
                    f"choices {owner[target]!r} and {choice.name!r} both change {target}; "
                    "put these levels into one choice"
                )
            owner[target] = choice.name
    return tuple(choices)


def combinations(choices: Sequence[Choice]) -> Ints:
    """Return every combination of levels, one per row, the last choice fastest."""
    levels = itertools.product(*(range(len(choice.levels)) for choice in choices))
    return np.array(list(levels), dtype=np.int64)


def spec_with(
    spec: IndexSpec, choices: Sequence[Choice], levels: Sequence[int]
) -> tuple[IndexSpec, dict[str, Recode]]:
    """Return the spec under one level of each choice, and the columns that are recoded there.

    Raises
    ------
    SpecError
        If a change names something that the spec does not have, or the result is not a spec.
    """
    taken = list(zip(choices, levels, strict=True))
    changes = [change for choice, level in taken for change in choice.changes[level]]
    if not changes:
        return spec, {}
    content = spec.model_dump(exclude={"alternatives"})  # they name what may be dropped here
    columns = {}
    for change in sorted(changes, key=lambda c: isinstance(c, Drop)):  # drops come last
        if isinstance(change, Recode):
            columns[change.column] = change
        else:
            _apply(content, change, spec.name)
    try:
        return IndexSpec.model_validate(content), columns
    except ValidationError as error:
        label = ", ".join(f"{choice.name} = {choice.levels[level]}" for choice, level in taken)
        said = error.errors()[0]["msg"]
        raise SpecError(f"the alternative {label} does not make a valid spec: {said}") from None


def _apply(
    content: dict[str, Any], change: Replace | Drop | Aggregate | MissingRule, spec: str
) -> None:
    if isinstance(change, MissingRule):
        content |= {"missing": change.rule, "min_coverage": change.min_coverage}
        if change.rule != "carry":  # how long a code is carried goes with that rule only
            for part in (content, *content["indicators"]):
                part |= {name: None for name in ("carry_years", "carry_until") if name in part}
        return
    if isinstance(change, Aggregate):
        owners = {"": content, **{node["name"]: node for node in content["nodes"]}}
        if change.node not in owners:
            raise SpecError(
                f"Aggregate names node {change.node!r}, and spec {spec!r} has none"
                f"{closest(change.node, owners)}"
            )
        owners[change.node]["aggregation"] = change.aggregation
        owners[change.node]["met"] = change.met
        return
    found = {indicator["name"]: indicator for indicator in content["indicators"]}
    if change.indicator not in found:
        raise SpecError(
            f"{type(change).__name__} names indicator {change.indicator!r}, and spec {spec!r} has "
            f"none{closest(change.indicator, found)}; it has {', '.join(found)}"
        )
    if isinstance(change, Replace):
        for name in change.fields:
            if name in ("name", "parent") or name not in found[change.indicator]:
                raise SpecError(
                    f"Replace({change.indicator!r}) cannot change {name!r}"
                    f"{closest(name, found[change.indicator])}; it changes columns, rule, window, "
                    "weight, reverse, cut, years, states, partners"
                )
        found[change.indicator].update(change.fields)
        return
    content["indicators"] = [i for i in content["indicators"] if i["name"] != change.indicator]
    if not content["indicators"]:
        raise SpecError(f"dropping {change.indicator!r} leaves spec {spec!r} without an indicator")
    while True:  # a node that is left without children goes too
        parents = {part["parent"] for part in [*content["indicators"], *content["nodes"]]}
        kept = [node for node in content["nodes"] if node["name"] in parents]
        if len(kept) == len(content["nodes"]):
            return
        content["nodes"] = kept


def recoded(panel: pd.DataFrame, change: Recode) -> pd.Series:
    """Return a panel column with other values.

    Raises
    ------
    PanelError
        If there is no such column, or none of the values occurs in it.
    """
    columns = [str(column) for column in panel.columns]
    if change.column not in columns:
        raise PanelError(
            f"Recode names column {change.column!r}, and the panel has none"
            f"{closest(change.column, columns)}; it has {', '.join(columns)}"
        )
    column = panel[change.column]
    values = column.astype(object)
    if not values.isin(list(change.values)).any():
        raise PanelError(
            f"Recode({change.column!r}) names {list(change.values)}, and none of them occurs in "
            "the column; a choice that changes nothing is not a choice"
        )
    new = values.map(lambda value: change.values.get(value, value))
    return new.astype("category") if column.dtype == "category" else new.astype(np.float64)
