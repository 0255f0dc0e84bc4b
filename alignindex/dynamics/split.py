"""Split every change of a score into change of codes and change of composition."""

from __future__ import annotations

import numpy as np
import pandas as pd

from alignindex.index import AlignmentResult
from alignindex.kernels import tree
from alignindex.panel import dyad_years

__all__ = ["changes"]


def changes(result: AlignmentResult) -> pd.DataFrame:
    r"""Change of each score since the year before, by cause.

    With C the indicators known in both years and F(·) the score on a set of indicators,

    .. math:: x_t - x_{t-1} = \underbrace{F_t(C) - F_{t-1}(C)}_{codes}
        + \underbrace{x_t - F_t(C)}_{entry} + \underbrace{F_{t-1}(C) - x_{t-1}}_{exit}

    `composition` is entry + exit: what the change owes to indicators that came to be known or
    applicable, or ceased to be. Only `codes` can make a realignment.

    Parameters
    ----------
    result : AlignmentResult

    Returns
    -------
    DataFrame
        One row a dyad-year whose dyad has a row for the year before; columns `change`, `codes`,
        `composition`, `entry`, `exit`, `shared` (number of indicators in C). NaN where a score is
        unknown; `codes` is NaN only where no indicator is shared, and `composition` with it.

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
    _, rows = dyad_years(result.panel)
    follows = np.flatnonzero(np.diff(rows.key) == 1) + 1
    codes = result.codes.to_numpy()
    shared = ~np.isnan(codes[follows]) & ~np.isnan(codes[follows - 1])
    ends = []
    for at in (follows, follows - 1):
        held = np.where(shared, codes[at], np.nan)
        ends.append(tree.evaluate(result.spec.tree, held, held, held, propagate=False)[0])
    after, before = ends
    score = result.scores["score"].to_numpy()
    entry, leave = score[follows] - after, before - score[follows - 1]
    return pd.DataFrame(
        {
            "change": score[follows] - score[follows - 1],
            "codes": after - before,
            "composition": entry + leave,
            "entry": entry,
            "exit": leave,
            "shared": shared.sum(axis=1),
        },
        index=result.scores.index[follows],
    )
