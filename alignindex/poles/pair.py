"""Tilt between two poles, on the published scale of 0 to 100."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from alignindex.base.arguments import check_choice
from alignindex.base.intervals import intervals
from alignindex.base.typing import Floats
from alignindex.poles.table import ties
from alignindex.scoring.scores import Data

__all__ = ["BAND", "tilt"]

BAND = (45.0, 55.0)  # the published hedging band


def tilt(
    data: Data,
    *,
    poles: tuple[str, str],
    form: Literal["difference", "ratio"] = "difference",
    draws: Floats | None = None,
    level: float = 0.9,
) -> pd.DataFrame:
    r"""Which of two poles a state leans to: 100 wholly the first, 0 the second, 45 to 55 hedging.

    With scores a and b toward the first and the second, ``difference`` is :math:`50 + 50(a - b)`
    and ``ratio`` :math:`100\,a/(a + b)`. Swapping the poles turns a tilt t into 100 - t. Read it
    beside `depth` = :math:`(a + b)/2`: a state with no tie to either stands at 50 too.

    Parameters
    ----------
    data : AlignmentResult, Series or DataFrame
        Scores in [0, 1].
    poles : (str, str)
        Two partners; the first is the end at 100.
    form : {"difference", "ratio"}
        The ratio makes much of nothing: 0.02 against 0.01 gives 67. It is offered because
        published scales use it.
    draws : ndarray, shape (draws, rows), optional
    level : float
        Probability of the interval over draws.

    Returns
    -------
    DataFrame
        Index (state, year): `tilt` (0 to 100), `depth` (0 to 1), `hedges` (45 <= tilt <= 55; NaN
        where unknown, as 1.0 and 0.0). With draws `tilt_lower`, `tilt_upper`, and the
        probabilities `p_hedges` and `p_first` (tilt above 50). NaN where one score is unknown;
        the ratio also where both are 0.

    Raises
    ------
    PanelError
        If a score lies outside [0, 1], a pole is not a partner, or the poles are the same.

    Notes
    -----
    The scale and its band are those of the Anatomy of Choice index (Khong & Liow). Raw voting
    agreement is not comparable across partners: see `docs/poles.md`.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([["KAZ"], ["RUS", "USA"], [2010, 2011]],
    ...                                    names=["state", "partner", "year"])
    >>> tilt(pd.Series([0.75, 0.5, 0.25, 0.5], index=index), poles=("RUS", "USA"))
                tilt  depth  hedges
    state year
    KAZ   2010  75.0    0.5     0.0
          2011  50.0    0.5     1.0
    """
    check_choice(form, "form", ("difference", "ratio"))
    table = ties(data, draws=draws, level=level, high=1.0)
    left, right = table.pair(poles)

    def measured(x: Floats) -> Floats:
        one, two = x[..., left], x[..., right]
        if form == "difference":
            value: Floats = 50.0 + 50.0 * (one - two)
            return value
        with np.errstate(invalid="ignore"):  # 0/0: no tie with either
            return 50.0 + 50.0 * ((one - two) / (one + two))

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
        columns["p_first"] = np.count_nonzero(drawn > 50.0, axis=0) / whole
    return pd.DataFrame(columns, index=table.index)
