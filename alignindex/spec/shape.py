"""The tree of a spec as the kernels read it, and what follows from it for each indicator."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from alignindex.kernels.scoring.tree import LINEAR, Tree
from alignindex.spec.checks import children_of
from alignindex.spec.parts import Indicator, Node

if TYPE_CHECKING:
    from alignindex.spec import IndexSpec

__all__ = ["build_tree", "leaf_weights", "references"]


def leaf_weights(spec: IndexSpec) -> tuple[float, ...]:
    """Weight of each indicator, multiplied down the tree."""
    siblings: dict[str, list[float]] = {}
    parts: list[Indicator | Node] = [*spec.nodes, *spec.indicators]
    for part in parts:
        siblings.setdefault(part.parent, []).append(part.weight)
    total = {parent: math.fsum(weights) for parent, weights in siblings.items()}
    nodes = {node.name: node for node in spec.nodes}

    def weight(part: Indicator | Node) -> float:
        own = part.weight / total[part.parent]
        return own * weight(nodes[part.parent]) if part.parent else own

    return tuple(weight(indicator) for indicator in spec.indicators)


def references(spec: IndexSpec) -> dict[str, float]:
    """Code at which each indicator stands when it is left out of a Shapley value."""
    found: dict[str, float] = {}

    def walk(tree: Tree, reference: float | None) -> None:
        if reference is None and tree.aggregation not in LINEAR:
            reference = tree.reference
        for child in tree.children:
            if isinstance(child, Tree):
                walk(child, reference)
            else:
                found[spec.indicators[child].name] = reference or 0.0

    walk(spec.tree, None)
    return {indicator.name: found[indicator.name] for indicator in spec.indicators}


def build_tree(spec: IndexSpec, owner: IndexSpec | Node, name: str) -> Tree:
    """Build the tree below a node (the root is ``""``); leaves are positions in `indicators`."""
    children = children_of(spec, name)
    positions = {indicator.name: i for i, indicator in enumerate(spec.indicators)}
    weights = [child.weight for child in children]
    # Only the ratios count. Divided by the largest (for a sum: by the mean over the positive
    # ones), equal weights are exactly 1 and leave no rounding behind.
    positive = [weight for weight in weights if weight > 0]
    unit = math.fsum(positive) / len(positive) if owner.aggregation == "sum" else max(positive)
    return Tree(
        aggregation=owner.aggregation,
        children=tuple(
            build_tree(spec, child, child.name)
            if isinstance(child, Node)
            else positions[child.name]
            for child in children
        ),
        weights=tuple(weight / unit for weight in weights),
        scale=owner.scale,
        met=owner.met,
    )
