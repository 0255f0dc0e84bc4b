"""Split every change of a score into change of codes and change of composition."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.arguments import Years, check_level, check_years, is_whole
from alignindex.base.errors import PanelError
from alignindex.base.intervals import intervals
from alignindex.base.typing import Floats, Ints
from alignindex.kernels.scoring import tree
from alignindex.panel.index import DyadYears, numbered
from alignindex.scoring.result import AlignmentResult
from alignindex.scoring.scores import check_code_draws, score_codes

__all__ = ["changes"]


def changes(
    result: AlignmentResult,
    *,
    years: Years = None,
    draws: Floats | None = None,
    level: float = 0.9,
) -> pd.DataFrame:
    r"""Change of each score from an earlier year to a later one, by cause.

    With C the indicators known in both years s and t, and F(·) the score on a set of indicators,

    .. math:: x_t - x_s = \underbrace{F_t(C) - F_s(C)}_{codes}
        + \underbrace{x_t - F_t(C)}_{entry} + \underbrace{F_s(C) - x_s}_{exit}

    `composition` is entry + exit: what the change owes to indicators that came to be known or
    applicable, or ceased to be. Only `codes` can make a realignment.

    Parameters
    ----------
    result : AlignmentResult
    years : int, (first, last) or list of int, optional
        A pair is compared end with end: ``(2019, 2023)`` gives the change from 2019 to 2023. A
        list gives the change from each listed year to the next, an int the change to that year
        from the year before. Default: every year against the year before.
    draws : ndarray, shape (draws, rows, indicators), optional
        Draws of the codes; a code that is unknown stays so.
    level : float
        Probability of the intervals over draws.

    Returns
    -------
    DataFrame
        One row per dyad and later year, for dyads with a row in both years; columns `change`,
        `codes`, `composition`, `entry`, `exit`, `shared` (number of indicators in C), `since` (the
        earlier year). NaN where a score is unknown; `codes` is NaN only where no indicator is
        shared, and `composition` with it. With draws ``_lower`` and ``_upper`` of `change`, `codes`
        and `composition`.

    Raises
    ------
    PanelError
        If a year is not in the result, or the draws have another shape.
    AlignIndexError
        If `level` is not a probability.

    Notes
    -----
    Swapping the two years changes the sign of `change`, `codes` and `composition`. Under
    ``renormalise`` a score that is held at one of its bounds owes the difference to `entry` or
    `exit`, since it comes from codes that are only partly known.

    Examples
    --------
    Crimea enters in 2014 and moves Kazakhstan's score; no code changes by as much:

    >>> import alignindex as ai
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> row = changes(result, years=(2013, 2014)).loc[("KAZ", "USA", 2014)]
    >>> bool(abs(row["codes"]) < abs(row["composition"]))
    True
    """
    check_level(level)
    rows, _ = numbered(result.scores.index)
    after, before = _pairs(rows, years)
    codes, own = result.codes.to_numpy(), result.scores["score"].to_numpy()
    shared = ~np.isnan(codes[after]) & ~np.isnan(codes[before])

    def split(x: Floats, score: Floats) -> dict[str, Floats]:
        then, now = (score_codes(result, np.where(shared, x[at], np.nan)) for at in (before, after))
        entry, leave = score[after] - now, then - score[before]
        return {
            "change": score[after] - score[before],
            "codes": now - then,
            "composition": entry + leave,
            "entry": entry,
            "exit": leave,
        }

    columns: dict[str, Any] = dict(split(codes, own)) | {"shared": shared.sum(axis=1)}
    columns["since"] = rows.year[before]
    if draws is not None:
        check_code_draws(result, draws)
        propagate, parts = result.spec.missing == "propagate", []
        for draw in draws:
            held = np.where(np.isnan(codes), np.nan, draw)
            score, _, _ = tree.evaluate(result.spec.tree, held, held, held, propagate=propagate)
            parts.append(split(held, np.where(np.isnan(own), np.nan, score)))
        names = ("change", "codes", "composition")
        columns |= intervals({n: np.stack([p[n] for p in parts]) for n in names}, level)
    return pd.DataFrame(columns, index=result.scores.index[after])


def _pairs(rows: DyadYears, years: Years) -> tuple[Ints, Ints]:
    """Rows of the later years, and for each the row of the same dyad in the earlier year."""
    if years is None:
        after = np.flatnonzero(np.diff(rows.key) == 1) + 1
        return after, after - 1
    if isinstance(years, int | np.integer) and is_whole(years):
        years = [int(years) - 1, int(years)]
    elif isinstance(years, tuple):
        check_years(years)
        years = list(years)
    listed = check_years(years, known=pd.unique(rows.year))
    if len(listed) < 2:
        raise PanelError(f"years must name two years to compare, as (2019, 2023); got {listed}")
    later = np.searchsorted(listed, rows.year)
    there = np.flatnonzero(np.isin(rows.year, listed[1:]))
    gap = np.diff(listed)[later[there] - 1]
    wanted = rows.key[there] - gap
    place = np.minimum(np.searchsorted(rows.key, wanted), len(rows.key) - 1)
    both = rows.key[place] == wanted
    if not both.any():
        raise PanelError(f"no dyad has a row in two of the years {listed}; there is no change")
    return there[both], place[both]
