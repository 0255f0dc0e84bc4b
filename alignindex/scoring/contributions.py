"""Contributions of the indicators to a score."""

from __future__ import annotations

import numpy as np
import pandas as pd

from alignindex.base.errors import SpecError
from alignindex.kernels.scoring import tree
from alignindex.panel.index import dyad_years
from alignindex.scoring.coding import BLOCK, Coder
from alignindex.spec import IndexSpec

__all__ = ["contributions"]

MAX_SHAPLEY = 20  # leaves below a geometric, min or stages node of nodes: 2^20 evaluations a row


def contributions(
    panel: pd.DataFrame, spec: IndexSpec, score: pd.Series[float]
) -> tuple[pd.DataFrame, pd.Series[float]]:
    """Contribution of each indicator to each score, and the score at the reference.

    Parameters
    ----------
    panel : DataFrame
        Sorted, and scored with `spec`.
    spec : IndexSpec
    score : Series
        Its scores; an unknown one has no contributions.

    Raises
    ------
    SpecError
        If more than 20 indicators hang below nodes of a node that is not linear.
    """
    index = panel.index
    _check_shapley(spec, spec.tree)
    _, rows = dyad_years(panel)
    coder = Coder(panel, spec, rows)
    propagate = spec.missing == "propagate"
    parts, base = np.empty((len(spec.indicators), len(index))), np.empty(len(index))
    scores = score.to_numpy()
    for start in range(0, len(index), BLOCK):
        part = slice(start, min(start + BLOCK, len(index)))
        codes = coder.filled(part)
        code, low, high = codes.used.T, codes.low.T, codes.high.T
        used = tree.codes_in_use(spec.tree, code, low, high, propagate=propagate)
        held, reference = tree.contributions(spec.tree, used, ~np.isnan(low), propagate=propagate)
        unknown = np.isnan(scores[part])
        held[unknown], reference[unknown] = np.nan, np.nan
        parts[:, part], base[part] = held.T, reference
    names = [indicator.name for indicator in spec.indicators]
    frame = pd.DataFrame(parts.T, index=index, columns=names, copy=False)
    return frame, pd.Series(base, index=index, name="reference", copy=False)


def _check_shapley(spec: IndexSpec, node: tree.Tree) -> None:
    """Refuse a tree whose Shapley values would take too many subsets."""
    nodes = [child for child in node.children if isinstance(child, tree.Tree)]
    if node.aggregation in tree.LINEAR:
        for child in nodes:
            _check_shapley(spec, child)
        return
    if node.flat:
        return
    # Below a geometric mean only subsets within each child are gone through.
    apart = nodes if node.aggregation == "geometric" else [node]
    most = max(len(part.players) for part in apart)
    if most > MAX_SHAPLEY:
        raise SpecError(
            f"spec {spec.name!r} has {most} indicators below nodes of one node with "
            f"aggregation {node.aggregation!r}; exact contributions take at most {MAX_SHAPLEY}: "
            "hang them from that node itself, or group them below several nodes of a mean or sum"
        )
