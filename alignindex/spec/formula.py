"""The aggregation of a spec in plain text, one line per node."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from alignindex.kernels.scoring.aggregate import NOISE
from alignindex.spec.checks import children_of

if TYPE_CHECKING:
    from alignindex.spec.model import IndexSpec
    from alignindex.spec.parts import Node

__all__ = ["formula_lines"]


def formula_lines(spec: IndexSpec) -> tuple[str, ...]:
    """Write the score, then every node, by the names of their parts; last the neutral score."""
    owners: list[tuple[str, IndexSpec | Node]] = [("score", spec)]
    owners += [(node.name, node) for node in spec.nodes]
    lines = [
        f"{name} = {_value(spec, owner, '' if owner is spec else name)}" for name, owner in owners
    ]
    if spec.neutral_score is not None:
        lines.append(f"neutral score = {spec.neutral_score:.6g}")
    return tuple(lines)


def _value(spec: IndexSpec, owner: IndexSpec | Node, name: str) -> str:
    parts = [child for child in children_of(spec, name) if child.weight > 0]
    names = [part.name for part in parts]
    total = math.fsum(part.weight for part in parts)
    if owner.aggregation == "sum":
        total /= len(parts)
    shares = [part.weight / total for part in parts]
    even = max(shares) - min(shares) < NOISE
    listed = ", ".join(names)
    if owner.aggregation == "min":
        text = names[0] if len(names) == 1 else f"minimum of ({listed})"
    elif owner.aggregation == "stages":
        assert owner.met is not None
        unit = "number" if owner.scale == (0.0, float(len(names))) and even else "share"
        return (
            f"{unit} of the stages ({listed}) reached, each from {owner.met:g} on and only after "
            "the earlier ones"
        ) + ("" if unit == "number" or owner.scale is None else f", on {_ends(owner)}")
    elif len(names) == 1 and even and (owner.aggregation != "sum"):
        text = names[0]
    elif owner.aggregation == "geometric":
        text = (
            f"geometric mean of ({listed})"
            if even
            else " · ".join(f"{n}^{s:.4g}" for n, s in zip(names, shares, strict=True))
        )
    elif even:
        text = f"{'sum' if owner.aggregation == 'sum' else 'mean'} of ({listed})"
    else:
        text = " + ".join(f"{s:.4g} {n}" for n, s in zip(names, shares, strict=True))
    if owner.scale is None:
        return text
    lo, hi = owner.scale
    start = "" if lo == 0 else f"{lo:g} + "
    return f"{start}{hi - lo:g} × ({text})"


def _ends(owner: IndexSpec | Node) -> str:
    assert owner.scale is not None
    return f"[{owner.scale[0]:g}, {owner.scale[1]:g}]"
