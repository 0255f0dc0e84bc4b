"""What can be wrong with the parts of a spec that came with version 2 of the language."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from alignindex.base.errors import AlignIndexError, closest
from alignindex.spec.checks import children_of, range_of
from alignindex.spec.rules import KINDS_SINCE_2, Model

if TYPE_CHECKING:
    from alignindex.spec import IndexSpec, Indicator, Node

__all__ = ["carry_problems", "number_problems", "version_problems", "written_problems"]

SMALLEST, LARGEST = 1e-300, 1e300


def version_problems(spec: IndexSpec) -> list[str]:
    """Name what a file with ``schema_version = 1`` uses of version 2."""
    if spec.schema_version != 1:
        return []
    used = ["missing = 'carry'"] if spec.missing == "carry" else []
    used += _later(spec, "")
    parts: list[Node | Indicator] = [*spec.nodes, *spec.indicators]
    for part in parts:
        used += _later(part, f"{part.name!r} > ")
    for indicator in spec.indicators:
        for role, what in (("rule", indicator.rule), ("window", indicator.window)):
            if what.kind in KINDS_SINCE_2:
                used.append(f"{indicator.name!r} > {role} {what.kind!r}")
            used += _later(what, f"{indicator.name!r} > {role} > ")
    return [f"{', '.join(used)} needs schema_version = 2"] if used else []


def _later(part: Model, place: str) -> list[str]:
    fields = type(part).model_fields
    return [
        f"{place}{name}"
        for name in fields
        if name in part.SINCE_2 and getattr(part, name) != fields[name].default
    ]


def carry_problems(spec: IndexSpec) -> list[str]:
    """Say what the carrying of codes and neutral points lack."""
    problems = []
    if spec.missing == "carry" and spec.carry_years is None:
        problems.append("missing = 'carry' needs carry_years, the maximum age of a carried code")
    own = [i.name for i in spec.indicators if i.neutral is not None]
    if own and spec.neutral is None:
        problems.append(
            f"{', '.join(map(repr, own))} has a neutral point, and the spec has none: give the "
            "spec's own first"
        )
    return problems


def written_problems(spec: IndexSpec) -> list[str]:
    """Say what is wrong with a spec as its author wrote it.

    A spec that is derived from another by changing some of its parts may keep keys that have lost
    their use, and alternatives to parts that it no longer has.
    """
    problems = []
    if spec.missing != "carry":
        given = ["carry_years"] if spec.carry_years is not None else []
        given += ["carry_until"] if spec.carry_until is not None else []
        given += [f"{i.name!r} > carry_years" for i in spec.indicators if i.carry_years is not None]
        if given:
            problems.append(f"{', '.join(given)} goes with missing = 'carry', and only with it")
    return problems or _alternative_problems(spec)


def number_problems(spec: IndexSpec) -> list[str]:
    """Name scales and weights that floating-point numbers cannot hold."""
    problems = []
    owners: list[tuple[str, IndexSpec | Node]] = [("", spec)]
    owners += [(node.name, node) for node in spec.nodes]
    for name, owner in owners:
        label = f"node {name!r}" if name else "the root"
        if owner.scale is not None and max(map(abs, owner.scale)) > LARGEST:
            problems.append(
                f"{label}: scale {list(owner.scale)} is beyond ±{LARGEST:g}, where floating-point "
                "numbers overflow"
            )
        elif not problems and not _finite(spec, owner, name):
            problems.append(
                f"{label}: its scales and weights together overflow floating-point numbers: "
                "divide them"
            )
    return problems + _weight_problems(spec)


def _finite(spec: IndexSpec, owner: IndexSpec | Node, name: str) -> bool:
    try:
        return all(map(math.isfinite, range_of(spec, owner, name)))
    except OverflowError:
        return False


def _weight_problems(spec: IndexSpec) -> list[str]:
    small: list[str] = []
    nodes = {node.name for node in spec.nodes}

    def walk(name: str, above: float) -> None:
        children = [child for child in children_of(spec, name) if child.weight > 0]
        most = max((child.weight for child in children), default=1.0)
        for child in children:
            weight = above * (child.weight / most)
            if min(weight, child.weight) < SMALLEST:
                small.append(child.name)
            elif child.name in nodes:
                walk(child.name, weight)

    walk("", 1.0)
    if not small:
        return []
    return [
        f"the weight of {', '.join(map(repr, small))} is too small beside the others for "
        f"floating-point numbers (under {SMALLEST:g}); use 0 for a part that takes no part"
    ]


# Keys of a spec that a level of an alternative may change.
CHANGEABLE = (
    "aggregation",
    "bands",
    "carry_until",
    "carry_years",
    "indicators",
    "met",
    "min_coverage",
    "missing",
    "neutral",
    "nodes",
    "remove",
    "scale",
)


def _alternative_problems(spec: IndexSpec) -> list[str]:
    """Name the levels of alternatives that do not make a valid spec, or change nothing."""
    problems = []
    names = [alternative.name for alternative in spec.alternatives]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        problems.append(f"alternatives must have different names; used twice: {', '.join(twice)}")
    for alternative in spec.alternatives:
        for level in alternative.levels:
            place = f"alternatives > {alternative.name!r} > {level.name!r}"
            wrong = [key for key in level.change if key not in CHANGEABLE]
            if wrong:
                problems.append(
                    f"{place}: {wrong[0]!r} cannot be changed{closest(wrong[0], CHANGEABLE)}; "
                    f"one of {', '.join(CHANGEABLE)}"
                )
                continue
            try:
                variant = spec.variant(alternative.name, level.name)
            except AlignIndexError as error:
                problems.append(f"{place}: {str(error).replace(chr(10) + '  - ', ' ')}")
                continue
            plain = spec.model_copy(update={"alternatives": (), "name": variant.name})
            if variant.digest == plain.digest:
                problems.append(f"{place}: changes nothing")
    return problems
