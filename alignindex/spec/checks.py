"""Checks of the tree and the ranges of a spec, and its errors in words."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from alignindex.base.errors import closest
from alignindex.spec.rules import RULES, WINDOWS

if TYPE_CHECKING:
    from alignindex.spec import IndexSpec, Indicator, Node

__all__ = [
    "band_problems",
    "children_of",
    "pole_problems",
    "range_of",
    "range_problems",
    "readable",
    "tree_problems",
]


def children_of(spec: IndexSpec, name: str) -> list[Indicator | Node]:
    """Children of a node (the root is ``""``), nodes first, in the order of the file."""
    parts: list[Indicator | Node] = [*spec.nodes, *spec.indicators]
    return [part for part in parts if part.parent == name]


def tree_problems(spec: IndexSpec) -> list[str]:
    """Say everything that is wrong with names, parents, weights and aggregations."""
    problems: list[str] = []
    parts: list[Indicator | Node] = [*spec.nodes, *spec.indicators]
    names = [part.name for part in parts]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        problems.append(f"names must be unique; used twice: {', '.join(twice)}")
    problems += [
        f"an indicator cannot be named {indicator.name!r}: its column would stand beside the key "
        f"{indicator.name!r} of a dyad-year; give it another name"
        for indicator in spec.indicators
        if indicator.name in ("state", "partner", "year")
    ]
    nodes = {node.name: node for node in spec.nodes}
    for part in parts:
        if part.parent and part.parent not in nodes:
            problems.append(
                f"{part.name!r} hangs from node {part.parent!r}, which is not declared"
                f"{closest(part.parent, nodes)}; add it under [[nodes]] or leave parent out"
            )
    for node in spec.nodes:
        seen, up = {node.name}, node.parent
        while up in nodes and up not in seen:
            seen.add(up)
            up = nodes[up].parent
        if up in seen:
            problems.append(f"the tree has a cycle through node {node.name!r}: correct a parent")
    if problems:  # what follows presumes a tree
        return problems
    owners: list[tuple[str, Node | IndexSpec]] = [("", spec), *nodes.items()]
    for name, owner in owners:
        label = f"node {name!r}" if name else "the root"
        children = children_of(spec, name)
        if not children:
            problems.append(f"{label} has no children: give it indicators or remove it")
        elif sum(child.weight for child in children) <= 0:
            problems.append(f"the weights below {label} are all 0: at least one must be positive")
        elif math.isinf(sum(child.weight for child in children)):
            problems.append(f"the weights below {label} are too large to be added: divide them")
        if (owner.aggregation == "stages") != (owner.met is not None):
            problems.append(f"{label}: `met` goes with aggregation 'stages', and only with it")
        if owner.scale is not None and owner.scale[0] >= owner.scale[1]:
            problems.append(
                f"{label}: scale must rise, got {list(owner.scale)}; "
                "to reverse an indicator, use its `reverse`"
            )
    return problems


def range_of(spec: IndexSpec, owner: Node | IndexSpec, name: str) -> tuple[float, float]:
    """Minimum and maximum of a node (the root is ``""``), from those of its children."""
    children = [child for child in children_of(spec, name) if child.weight > 0]
    ends = [_range_of_child(spec, child) for child in children]
    weights = [child.weight for child in children]
    total = math.fsum(weights)
    values = []
    for side in (0, 1):
        parts = [end[side] for end in ends]
        if owner.aggregation == "min":
            value = min(parts)
        elif owner.aggregation == "stages":
            value = float(side)
        elif owner.aggregation == "geometric":
            value = math.prod(p ** (w / total) for p, w in zip(parts, weights, strict=True))
        else:
            value = math.fsum(p * w for p, w in zip(parts, weights, strict=True)) / total
            value *= len(children) if owner.aggregation == "sum" else 1
        lo, hi = owner.scale or (0.0, 1.0)
        values.append(lo + (hi - lo) * value)
    return values[0], values[1]


def _range_of_child(spec: IndexSpec, child: Indicator | Node) -> tuple[float, float]:
    node = next((node for node in spec.nodes if node.name == child.name), None)
    return (0.0, 1.0) if node is None else range_of(spec, node, node.name)


def _least_ever(spec: IndexSpec, child: Indicator | Node) -> float:
    """Bound on the value of a child from below, whichever of its own children apply or are known.

    `range_of` presumes all of them; without its highest child, a mean can fall below its range.
    """
    node = next((node for node in spec.nodes if node.name == child.name), None)
    if node is None:
        return 0.0
    children = [part for part in children_of(spec, node.name) if part.weight > 0]
    value = min(_least_ever(spec, part) for part in children)
    if node.aggregation == "stages":
        value = 0.0
    elif node.aggregation == "sum":
        weights = [part.weight for part in children]
        mean = math.fsum(weights) / len(weights)
        value *= len(children) if value < 0 else min(weights) / mean
    lo, hi = node.scale or (0.0, 1.0)
    return lo + (hi - lo) * value


def range_problems(spec: IndexSpec) -> list[str]:
    """Name the children of geometric nodes that can be negative."""
    problems = []
    owners: list[tuple[str, Node | IndexSpec]] = [("", spec)]
    owners += [(node.name, node) for node in spec.nodes]
    for name, owner in owners:
        if owner.aggregation != "geometric":
            continue
        for child in children_of(spec, name):
            least = _least_ever(spec, child)
            if least < 0:
                problems.append(
                    f"{child.name!r} can be as low as {least:g}, and a geometric mean takes no "
                    "negative value; scale it to [lo, hi] with lo >= 0"
                )
    return problems


def pole_problems(spec: IndexSpec) -> list[str]:
    """Say what is wrong with the two poles of a bipolar index, and with columns of their rows."""
    if spec.poles is None:
        return []
    a, b = spec.poles
    problems = []
    if a == b or not a or not b or "@" in a + b:
        problems.append(f"poles must be two different actors, such as ['USA', 'CHN']; got {[a, b]}")
    for indicator in spec.indicators:
        for column in indicator.columns:
            base, at, pole = column.rpartition("@")
            if at and (pole != b or not base):
                problems.append(
                    f"{indicator.name!r} reads column {column!r}: with poles [{a!r}, {b!r}] a "
                    f"plain name is the column of {a}, and the name with '@{b}' that of {b}"
                )
        if indicator.partners is not None:
            problems.append(
                f"{indicator.name!r} names partners, but under poles every row has partner {a}: "
                "leave partners out"
            )
    if not any(c.endswith(f"@{b}") for i in spec.indicators for c in i.columns):
        problems.append(
            f"with poles [{a!r}, {b!r}] some indicator must read {b}, as in 'votes@{b}'"
        )
    return problems


def band_problems(spec: IndexSpec) -> list[str]:
    """Say what is wrong with the names that a spec gives to ranges of its score."""
    problems = []
    names = [band.name for band in spec.bands]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        problems.append(f"bands must have different names; used twice: {', '.join(twice)}")
    lo, hi = range_of(spec, spec, "") if spec.bands else (0.0, 0.0)
    for band in spec.bands:
        if band.lo < lo - 1e-9 or band.hi > hi + 1e-9:
            problems.append(
                f"band {band.name!r} [{band.lo:g}, {band.hi:g}] lies outside the scores that the "
                f"index can have, [{lo:g}, {hi:g}]"
            )
    ends = sorted(spec.bands, key=lambda band: (band.lo, band.hi))
    for one, other in itertools.pairwise(ends):
        if other.lo < one.hi:
            problems.append(
                f"bands {one.name!r} and {other.name!r} overlap: they may share an end only"
            )
    return problems


def readable(error: Any, content: Mapping[str, Any], keys: Mapping[str, Iterable[str]]) -> str:
    """One pydantic error as a sentence, with the closest valid name where there is one."""
    names: list[str] = []
    value: Any = content
    kind = error["type"]
    for step in error["loc"]:
        if isinstance(value, dict) and step in value:
            value = value[step]
            names.append(str(step))
        elif isinstance(value, (list, tuple)) and isinstance(step, int) and step < len(value):
            value = value[step]
            named = isinstance(value, dict) and "name" in value
            names.append(repr(value["name"]) if named else f"no. {step + 1}")
        elif kind == "missing" and step not in RULES and step not in WINDOWS:
            names.append(str(step))
    place = " > ".join(names)
    if kind == "extra_forbidden":
        owner = next((part for part in keys if part in names), "spec")
        return f"{place}: there is no such key{closest(names[-1], keys[owner])}"
    if kind == "union_tag_invalid":
        tag = error["ctx"]["tag"]
        kinds = tuple(RULES) if "rule" in names else WINDOWS
        return f"{place}: unknown kind {tag!r}{closest(tag, kinds)}; one of {', '.join(kinds)}"
    if kind == "union_tag_not_found":
        kinds = tuple(RULES) if "rule" in names else WINDOWS
        return f"{place}: needs a kind; one of {', '.join(kinds)}"
    if kind == "missing":
        return f"{place}: is required"
    if kind == "value_error":
        return f"{place}: {error['ctx']['error']}" if place else str(error["ctx"]["error"])
    if kind == "literal_error":
        options = [
            part.strip("' ") for part in error["ctx"]["expected"].replace(" or ", ",").split(",")
        ]
        return (
            f"{place}: expected one of {', '.join(options)}, got {error['input']!r}"
            f"{closest(str(error['input']), options)}"
        )
    return f"{place}: {error['msg']}, got {error['input']!r}"
