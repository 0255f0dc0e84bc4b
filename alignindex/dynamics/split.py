"""Split every change of a score into change of codes and change of composition."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.errors import PanelError
from alignindex.base.intervals import intervals
from alignindex.base.typing import Floats, Ints
from alignindex.kernels.scoring import tree
from alignindex.panel.index import numbered
from alignindex.scoring.result import AlignmentResult

__all__ = ["changes"]


def changes(
    result: AlignmentResult, *, draws: Floats | None = None, level: float = 0.9
) -> pd.DataFrame:
    r"""Change of each score since the year before, by cause.

    With C the indicators known in both years and F(·) the score on a set of indicators,

    .. math:: x_t - x_{t-1} = \underbrace{F_t(C) - F_{t-1}(C)}_{codes}
        + \underbrace{x_t - F_t(C)}_{entry} + \underbrace{F_{t-1}(C) - x_{t-1}}_{exit}

    `composition` is entry + exit: what the change owes to indicators that came to be known or
    applicable, or ceased to be. Only `codes` can make a realignment.

    Parameters
    ----------
    result : AlignmentResult
    draws : ndarray, shape (draws, rows, indicators), optional
        Draws of the codes; a code that is unknown stays so.
    level : float
        Coverage of the intervals over draws.

    Returns
    -------
    DataFrame
        One row a dyad-year whose dyad has a row for the year before; columns `change`, `codes`,
        `composition`, `entry`, `exit`, `shared` (number of indicators in C). NaN where a score is
        unknown; `codes` is NaN only where no indicator is shared, and `composition` with it. With
        draws ``_lower`` and ``_upper`` of `change`, `codes` and `composition`.

    Raises
    ------
    PanelError
        If the draws have another shape or `interval` is no coverage.

    Notes
    -----
    Swapping the two years changes the sign of `change`, `codes` and `composition`. Under
    ``renormalise`` a score that is held at one of its bounds owes the difference to `entry` or
    `exit`, since it comes from what is not fully known.

    Examples
    --------
    Crimea enters in 2014 and moves Kazakhstan's score; no code changes by as much:

    >>> import alignindex as ai
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> row = changes(result).loc[("UKR", "USA", 2014)]
    >>> bool(row["codes"] + row["composition"] - row["change"] < 1e-15)
    True
    """
    rows, _ = numbered(result.scores.index)
    follows = np.flatnonzero(np.diff(rows.key) == 1) + 1
    codes = result.codes.to_numpy()
    shared = ~np.isnan(codes[follows]) & ~np.isnan(codes[follows - 1])

    def on_shared(x: Floats, at: Ints) -> Floats:
        held = np.where(shared, x[at], np.nan)
        return tree.evaluate(result.spec.tree, held, held, held, propagate=False)[0]

    def split(x: Floats, score: Floats) -> dict[str, Floats]:
        after, before = on_shared(x, follows), on_shared(x, follows - 1)
        entry, leave = score[follows] - after, before - score[follows - 1]
        return {
            "change": score[follows] - score[follows - 1],
            "codes": after - before,
            "composition": entry + leave,
            "entry": entry,
            "exit": leave,
        }

    own = result.scores["score"].to_numpy()
    columns: dict[str, Any] = dict(split(codes, own)) | {"shared": shared.sum(axis=1)}
    if draws is not None:
        if draws.ndim != 3 or draws.shape[1:] != codes.shape:
            raise PanelError(
                f"changes takes draws of the codes, with the shape (draws, {len(codes)}, "
                f"{codes.shape[1]}); got {draws.shape}"
            )
        spec, known = result.spec, ~np.isnan(codes)
        parts = []
        for draw in draws:
            held = np.where(known, draw, np.nan)
            propagate = spec.missing == "propagate"
            score, _, _ = tree.evaluate(spec.tree, held, held, held, propagate=propagate)
            parts.append(split(held, np.where(np.isnan(own), np.nan, score)))
        names = ("change", "codes", "composition")
        columns |= intervals({n: np.stack([p[n] for p in parts]) for n in names}, level)
    return pd.DataFrame(columns, index=result.scores.index[follows])
