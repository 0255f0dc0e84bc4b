"""Types of alignment: non-aligned, multi-vector, with one pole, or not to be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.arguments import check_within
from alignindex.base.typing import Bools, Floats
from alignindex.kernels import poles as kernels
from alignindex.poles.table import Ties, ties
from alignindex.scoring.result import AlignmentResult
from alignindex.scoring.scores import Data

__all__ = ["Typology", "typology"]

THRESHOLDS = (0.30, 0.35, 0.40, 0.45, 0.50, 0.55, 0.60)


@dataclass(frozen=True, eq=False)
class Typology:
    """Types of state-years, and what they hang on.

    Attributes
    ----------
    classes : DataFrame
        Index (state, year): `type` (the class, or *undetermined* where the bounds permit another),
        `nominal` (the class of the scores as they are; missing where there is none), `possible`
        (every class that the bounds permit, joined by " | "), `first`, `second` (the two highest
        scores).
    by_threshold : DataFrame
        Nominal class at other thresholds, one column each.
    probabilities : DataFrame, optional
        With draws: the share of them in each class.
    threshold, margin : float
    """

    classes: pd.DataFrame
    by_threshold: pd.DataFrame = field(repr=False)
    probabilities: pd.DataFrame | None = field(repr=False)
    threshold: float
    margin: float

    def to_frame(self) -> pd.DataFrame:
        """Return `classes`."""
        return self.classes


def typology(
    data: Data,
    *,
    threshold: float = 0.40,
    margin: float = 0.10,
    thresholds: Sequence[float] = THRESHOLDS,
    draws: Floats | None = None,
) -> Typology:
    """Name the type of each state in each year.

    In this order: no tie reaches the threshold: *non-aligned*; the second tie also does and lies
    within the margin of the first: *multi-vector*; otherwise *with X*, the partner of the highest
    score. *Undetermined* only where the bounds of the scores permit another class.

    Parameters
    ----------
    data : AlignmentResult, Series or DataFrame
        A plain Series has no bounds: its classes are determined.
    threshold, margin : float
        No value is established in the literature, so `by_threshold` shows what the threshold does.
    thresholds : sequence of float
        For `by_threshold`.
    draws : ndarray, shape (draws, rows), optional
        Draws of the scores, columns aligned with the rows of the scores.

    Returns
    -------
    Typology

    Raises
    ------
    AlignIndexError
        If a threshold is not a score that the scale of the index allows, or the margin is wider
        than that scale or negative. A plain table is taken to have the scale [0, 1], or its own
        minimum to maximum where that is wider.

    Notes
    -----
    Raw voting agreement is not comparable across partners: give the types under a spec with
    kappa too, and under :func:`comparable`.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([["BLR", "KAZ"], ["CHN", "RUS"], [2010]],
    ...                                    names=["state", "partner", "year"])
    >>> typology(pd.Series([0.2, 0.8, 0.55, 0.6], index=index)).classes["type"]
    state  year
    BLR    2010        with RUS
    KAZ    2010    multi-vector
    Name: type, dtype: object
    """
    table = ties(data, draws=draws, low=-np.inf)
    at = _checked(data, table, [threshold, *thresholds], margin)
    names = np.array(
        ["non-aligned", "multi-vector", *(f"with {p}" for p in table.partners), None], dtype=object
    )
    codes = kernels.nominal_types(table.score, thresholds=at, margin=margin)
    nominal = names[codes]
    if table.bounded:
        possible = kernels.possible_types(table.low, table.high, threshold=threshold, margin=margin)
    else:  # known scores have one class, their own
        possible = np.zeros((len(table.index), len(names) - 1), dtype=bool)
        rows = np.flatnonzero(codes[0] >= 0)
        possible[rows, codes[0, rows]] = True
    decided = possible.sum(axis=1) == 1
    only = names[np.where(decided, possible.argmax(axis=1), -1)]
    none = ~possible.any(axis=1)
    kind = np.where(decided, only, "undetermined")
    kind[none] = None
    classes = pd.DataFrame(
        {
            "type": pd.Series(kind, dtype=object),
            "nominal": pd.Series(nominal[0], dtype=object),
            "possible": pd.Series(_joined(possible, names[:-1]), dtype=object),
            "first": kernels.depth(table.score, 1),
            "second": kernels.depth(table.score, 2),
        }
    ).set_axis(table.index, axis=0)
    other = dict(zip(thresholds, nominal[1:], strict=True))
    by_threshold = pd.DataFrame(other, index=table.index, dtype=object).rename_axis(
        columns="threshold"
    )
    probabilities = _probabilities(table, names[:-1], threshold, margin)
    return Typology(classes, by_threshold, probabilities, threshold, margin)


def _checked(data: Data, table: Ties, thresholds: list[float], margin: float) -> list[float]:
    """Return the thresholds; they and the margin must fit the scale of the scores."""
    if isinstance(data, AlignmentResult):
        low, high = data.spec.range
    else:
        low, high = (
            float(f(*ends))
            for f, ends in zip(
                (np.fmin, np.fmax), ((0, table.span[0]), (1, table.span[1])), strict=True
            )
        )
    what = f"a number from {low:g} to {high:g}, the scale of the scores"
    for value in thresholds:
        check_within(value, "threshold", what, low, high)
    check_within(margin, "margin", f"a number from 0 to {high - low:g}", 0, high - low)
    return thresholds


def _joined(possible: Bools, names: NDArray[np.object_]) -> list[str]:
    """Names of the possible classes of each row, each distinct set joined once."""
    bits = np.packbits(possible, axis=1)
    keys = [row.tobytes() for row in bits]
    first = {key: row for row, key in enumerate(keys)}
    texts = {key: " | ".join(names[possible[row]]) for key, row in first.items()}
    return [texts[key] for key in keys]


def _probabilities(
    table: Ties, names: NDArray[np.object_], threshold: float, margin: float
) -> pd.DataFrame | None:
    if table.draws is None:
        return None
    count = np.zeros((len(table.index), len(names)))
    for draw in table.draws:
        own = kernels.nominal_types(draw, thresholds=[threshold], margin=margin)[0]
        rows = np.flatnonzero(own >= 0)
        count[rows, own[rows]] += 1
    total = count.sum(axis=1, keepdims=True)
    share = count / np.where(total > 0, total, np.nan)
    return pd.DataFrame(share, index=table.index, columns=list(names))
