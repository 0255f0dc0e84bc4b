"""Tilt between two poles, on the published scale of 0 to 100."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from alignindex.base.errors import PanelError
from alignindex.base.intervals import intervals
from alignindex.base.typing import Floats
from alignindex.poles.table import Data, ties

__all__ = ["BAND", "tilt"]

BAND = (45.0, 55.0)  # the published hedging band


def tilt(
    data: Data,
    a: str,
    b: str,
    *,
    form: Literal["difference", "ratio"] = "difference",
    draws: Floats | None = None,
    level: float = 0.9,
) -> pd.DataFrame:
    r"""Which of two poles a state leans to: 0 is wholly b, 100 wholly a, 45 to 55 hedging.

    ``difference``: :math:`50 + 50(x_a - x_b)`; ``ratio``: :math:`100\,x_a/(x_a + x_b)`. Either way
    tilt(a, b) = 100 - tilt(b, a). Always beside `depth` = :math:`(x_a + x_b)/2`: a state with no
    tie to either stands at 50 too.

    Parameters
    ----------
    data : AlignmentResult, Series or DataFrame
        Scores in [0, 1].
    a, b : str
    form : {"difference", "ratio"}
        The ratio makes much of nothing: 0.02 against 0.01 gives 67. It is offered because
        published scales use it.
    draws : ndarray, shape (draws, rows), optional
    level : float

    Returns
    -------
    DataFrame
        Index (state, year): `tilt` (0 to 100), `depth` (0 to 1), `hedges` (45 <= tilt <= 55; NaN
        where unknown, as 1.0 and 0.0). With draws `tilt_low`, `tilt_high`, and the probabilities
        `p_hedges` and `p_a` (tilt above 50). NaN where one score is unknown; the ratio also where
        both are 0.

    Raises
    ------
    PanelError
        If a score lies outside [0, 1], a or b is no partner, or they are the same.

    Notes
    -----
    The scale and its band are those of the Anatomy of Choice index (Khong & Liow). Raw voting
    agreement is not comparable across partners: see `docs/poles.md`.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([["KAZ"], ["RUS", "USA"], [2010, 2011]],
    ...                                    names=["state", "partner", "year"])
    >>> tilt(pd.Series([0.75, 0.5, 0.25, 0.5], index=index), "RUS", "USA")
                tilt  depth  hedges
    state year
    KAZ   2010  75.0    0.5     0.0
          2011  50.0    0.5     1.0
    """
    if form not in ("difference", "ratio"):
        raise PanelError(f"form is 'difference' or 'ratio'; got {form!r}")
    table = ties(data, draws=draws, unit=True)
    left, right = table.pair(a, b)

    def measured(x: Floats) -> Floats:
        one, two = x[..., left], x[..., right]
        if form == "difference":
            value: Floats = 50.0 + 50.0 * (one - two)
            return value
        with np.errstate(invalid="ignore"):  # 0/0: no tie with either
            share: Floats = 50.0 + 50.0 * ((one - two) / (one + two))
        return share

    def within(x: Floats) -> Floats:
        inside = (x >= BAND[0] - 1e-9) & (x <= BAND[1] + 1e-9)
        return np.where(np.isnan(x), np.nan, inside)

    own = measured(table.score)
    columns = {
        "tilt": own,
        "depth": (table.score[:, left] + table.score[:, right]) / 2.0,
        "hedges": within(own),
    }
    if table.draws is not None:
        drawn = measured(table.draws)
        columns |= intervals({"tilt": drawn}, level)
        known = np.count_nonzero(~np.isnan(drawn), axis=0)
        whole = np.where(known > 0, known, np.nan)
        columns["p_hedges"] = np.nansum(within(drawn), axis=0) / whole
        columns["p_a"] = np.count_nonzero(drawn > 50.0, axis=0) / whole
    return pd.DataFrame(columns, index=table.index)
