"""Scores and codes as the measures over time and over poles read them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.errors import PanelError
from alignindex.base.typing import Bools, Floats, Ints
from alignindex.kernels.scoring import tree
from alignindex.panel.index import DyadYears, numbered
from alignindex.panel.select import select_labels
from alignindex.scoring.result import AlignmentResult

__all__ = [
    "Data",
    "Scores",
    "check_code_draws",
    "check_draws",
    "chosen_indicators",
    "read_scores",
    "score_codes",
    "score_columns",
]

Data = AlignmentResult | pd.Series | pd.DataFrame


@dataclass(frozen=True, eq=False)
class Scores:
    """A panel of scores, its rows sorted.

    Attributes
    ----------
    table : DataFrame
        ``score``, and ``low`` and ``high`` where there are bounds.
    rows : DyadYears
    given : Index
        The index of the data.
    order : ndarray of int or None
        Place of each row in the data; None where they were sorted.
    span : (float, float)
        Minimum and maximum score; NaN without any.
    draws : ndarray, shape (draws, rows), or None
        Draws of the scores, in the order of the rows.
    """

    table: pd.DataFrame
    rows: DyadYears
    given: pd.Index[Any]
    order: Ints | None
    span: tuple[float, float]
    draws: Floats | None


def score_columns(data: Any, *, also: str = "") -> pd.DataFrame:
    """Return the columns ``score``, and ``low`` and ``high`` where there are bounds.

    Parameters
    ----------
    data : AlignmentResult, Series or DataFrame
    also : str
        What else the caller takes, for the message.

    Raises
    ------
    PanelError
        If it is not a panel of scores.
    """
    if isinstance(data, AlignmentResult):
        return data.scores[["score", "low", "high"]]
    if isinstance(data, pd.Series):
        return data.rename("score").to_frame()
    if isinstance(data, pd.DataFrame) and "score" in data.columns:
        return data[[name for name in ("score", "low", "high") if name in data.columns]]
    got = list(data.columns) if isinstance(data, pd.DataFrame) else type(data).__name__
    raise PanelError(
        f"expected an AlignmentResult, {also}a Series of scores, or a table with the column "
        f"'score', each with the index (state, partner, year); got {got}"
    )


def read_scores(data: Any, draws: Any = None, *, also: str = "") -> Scores:
    """Return a sorted table of scores with its rows numbered.

    Raises
    ------
    PanelError
        If it is not a panel of scores, holds ±inf, or the draws have another shape.
    """
    table = score_columns(data, also=also).astype(np.float64)
    own = data.scores.index if isinstance(data, AlignmentResult) else data.index
    if draws is not None:
        check_draws(draws, (len(table),), "scores, one column per row of the scores")
    rows, order = numbered(own)
    if order is not None:
        table = table.iloc[order]
        draws = None if draws is None else draws[:, order]
    table = table.set_axis(rows.index.view(), axis=0)
    score = table["score"].to_numpy()
    span = (np.fmin.reduce(score), np.fmax.reduce(score)) if len(score) else (np.nan, np.nan)
    if np.isinf(span).any():
        raise PanelError(f"scores must be finite; got ±inf at {rows.name(np.isinf(score))}")
    return Scores(table, rows, own, order, span, draws)


def check_draws(draws: Any, shape: tuple[int, ...], what: str) -> None:
    """Raise unless `draws` is an array of the shape (draws, *shape).

    Raises
    ------
    PanelError
    """
    got = draws.shape if isinstance(draws, np.ndarray) else type(draws).__name__
    if not isinstance(draws, np.ndarray) or draws.ndim < 1 or draws.shape[1:] != shape:
        sizes = ", ".join(["draws", *map(str, shape)])
        raise PanelError(f"this measure takes draws of {what}, with shape ({sizes}); got {got}")


def check_code_draws(result: AlignmentResult, draws: Any) -> None:
    """Raise unless `draws` are draws of the codes of a result, (draws, rows, indicators).

    Raises
    ------
    PanelError
    """
    what = "the codes (robustness.draw_codes), since it leaves indicators of the result out"
    check_draws(draws, result.codes.shape, what)


def chosen_indicators(result: AlignmentResult, names: str | Iterable[str]) -> Bools:
    """Return which indicators of a result are named, (indicators,).

    Raises
    ------
    PanelError
        If one of them is not in the spec (with the closest).
    """
    known = list(result.codes.columns)
    return np.isin(known, select_labels(names, known, "indicators"))


def score_codes(result: AlignmentResult, codes: Floats) -> Floats:
    """Return the score of each row on its known codes, with weights renormalised over them."""
    return tree.evaluate(result.spec.tree, codes, codes, codes, propagate=False)[0]
