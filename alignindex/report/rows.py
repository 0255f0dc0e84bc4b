"""Rows of a result that a document shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from alignindex.base.errors import PanelError, closest, first_three
from alignindex.scoring.result import AlignmentResult

__all__ = ["chosen"]


def chosen(
    result: AlignmentResult,
    *,
    states: Sequence[str] | None = None,
    partners: Sequence[str] | None = None,
    years: Sequence[int] | None = None,
) -> NDArray[np.bool_]:
    """Mark the rows of some states, partners and years; None takes all.

    Raises
    ------
    PanelError
        If the result has no rows, or lacks a label that is named, or all combinations.
    """
    index = result.scores.index
    if not len(index):
        raise PanelError("the result has no dyad-years to show: score a panel with rows")
    keep = np.ones(len(index), dtype=bool)
    known_years = index.get_level_values("year")
    for name, wanted in (("state", states), ("partner", partners), ("year", years)):
        if wanted is None:
            continue
        if isinstance(wanted, str):
            raise PanelError(f"{name}s takes a list, such as [{wanted!r}]; got the text {wanted!r}")
        labels = index.get_level_values(name).astype(str)  # codes may be numbers
        known = list(labels.unique())
        absent = [label for label in wanted if str(label) not in known]
        if absent:
            hint = "" if name == "year" else closest(str(absent[0]), known)
            has = (
                f"{known_years.min()} to {known_years.max()}"
                if name == "year"
                else ", ".join(known[:20])
                + (f" and {len(known) - 20} more" if len(known) > 20 else "")
            )
            raise PanelError(
                f"{name} not in the result: {first_three(map(repr, absent))}{hint}; it has {has}"
            )
        keep &= labels.isin([str(label) for label in wanted])
    if not keep.any():
        raise PanelError(
            "the result has no dyad-year of these states, partners and years together; name others"
        )
    return keep
