"""How deep and how spread a state's ties are: depth, effective partners, hedging of rivals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from alignindex.base.arguments import check_count
from alignindex.base.intervals import intervals
from alignindex.base.typing import Floats, Ints
from alignindex.kernels import poles as kernels
from alignindex.poles.table import ties
from alignindex.scoring.scores import Data

__all__ = ["depth", "effective_partners", "multivectorism", "rival_hedge"]


def depth(
    data: Data, *, k: int = 2, draws: Floats | None = None, level: float = 0.9
) -> pd.DataFrame:
    """Strength of the k-th best tie of each state in each year.

    k = 2 is the headline of multivectorism: how strong the second-best tie is. It rises with every
    score, needs no ratio, and tells four ties of 1 from four of 0.1.

    Parameters
    ----------
    data : AlignmentResult, Series or DataFrame
    k : int
        From 1.
    draws : ndarray, shape (draws, rows), optional
        Draws of the scores, columns aligned with the rows of the scores.
    level : float
        Probability of the interval over draws.

    Returns
    -------
    DataFrame
        Index (state, year): `depth`, `partners` (number with a score). For a result (or a table
        with `low` and `high`) also `low` and `high`, the depth of the bounds. With draws
        `depth_lower`, `depth_upper`. NaN where fewer than k partners have a score.

    Raises
    ------
    PanelError
        If the data are not a panel of scores.
    AlignIndexError
        If k is not a whole number from 1, or `level` is not a probability.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([["KAZ"], ["CHN", "RUS", "USA"], [2010]],
    ...                                    names=["state", "partner", "year"])
    >>> depth(pd.Series([0.5, 0.75, 0.25], index=index))
                depth  partners
    state year
    KAZ   2010    0.5         3
    """
    check_count(k, "k", 1)
    table = ties(data, draws=draws, level=level, low=-np.inf)
    columns: dict[str, Floats | Ints] = {
        "depth": kernels.depth(table.score, k),
        "partners": np.count_nonzero(~np.isnan(table.score), axis=1),
    }
    if table.bounded:
        columns["low"] = kernels.depth(table.low, k)
        columns["high"] = kernels.depth(table.high, k)
    if table.draws is not None:
        columns |= intervals({"depth": kernels.depth(table.draws, k)}, level)
    return pd.DataFrame(columns, index=table.index)


def effective_partners(
    data: Data, *, draws: Floats | None = None, level: float = 0.9
) -> pd.DataFrame:
    r"""Effective number of partners: Hill numbers of the shares of the scores, beside depth.

    With shares :math:`p_j = x_j/\sum x`: `n0` the number of partners with a positive score, `n1`
    = :math:`\exp(-\sum p_j \log p_j)`, `n2` = :math:`1/\sum p_j^2` = 1/HHI. Shares know nothing of
    strength: four ties of 0.1 score like four of 1. So `first` and `second`, the depths 1 and 2,
    stand beside them.

    Parameters
    ----------
    data : AlignmentResult, Series or DataFrame
        Scores >= 0.
    draws : ndarray, shape (draws, rows), optional
    level : float
        Probability of the intervals over draws.

    Returns
    -------
    DataFrame
        Index (state, year): `first`, `second`, `n0`, `n1`, `n2`, `partners`; with draws
        ``_lower``/``_upper`` of all but `partners`. 1 <= n2 <= n1 <= n0 <= partners; all three are
        NaN where no score is positive.

    Notes
    -----
    Replication: doubling every tie (each partner counted twice) doubles n0, n1 and n2. Hill (1973),
    doi:10.2307/1934352.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([["KAZ"], ["CHN", "RUS", "USA"], [2010]],
    ...                                    names=["state", "partner", "year"])
    >>> effective_partners(pd.Series([0.5, 0.5, 0.0], index=index)).round(3)
                first  second   n0   n1   n2  partners
    state year
    KAZ   2010    0.5     0.5  2.0  2.0  2.0         3
    """
    return _spread(data, draws, level, ratio=False)


def _spread(data: Data, draws: Floats | None, level: float, *, ratio: bool) -> pd.DataFrame:
    table = ties(data, draws=draws, level=level)

    def measured(x: Floats) -> dict[str, Floats]:
        two = [np.where(np.isneginf(tie), np.nan, tie) for tie in kernels.top_two(x)[:2]]
        out = dict(zip(("first", "second"), two, strict=True))
        if ratio:
            out["second_ratio"] = two[1] / np.where(two[0] > 0, two[0], np.nan)
        hill = kernels.effective_partners(x)
        return out | {f"n{order}": hill[..., order] for order in range(3)}

    columns: dict[str, Floats | Ints] = dict(measured(table.score))
    columns["partners"] = np.count_nonzero(~np.isnan(table.score), axis=1)
    if table.draws is not None:
        columns |= intervals(measured(table.draws), level)
    return pd.DataFrame(columns, index=table.index)


def multivectorism(data: Data, *, draws: Floats | None = None, level: float = 0.9) -> pd.DataFrame:
    """Tell how far a state keeps several ties at once: depth first, then their spread.

    The columns of :func:`effective_partners`, with `second_ratio` = second / first: 1 where the
    two best ties are equal. `second`, the depth of the second-best tie, is the headline.

    Parameters
    ----------
    data, draws, level
        As in :func:`effective_partners`.

    Returns
    -------
    DataFrame
        Index (state, year). `second_ratio` is NaN where the first tie is 0 or there is no second.

    Examples
    --------
    >>> import alignindex as ai
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> found = multivectorism(result).loc[("BLR", 2019)]
    >>> bool(found["second"] <= found["first"])
    True
    """
    return _spread(data, draws, level, ratio=True)


def rival_hedge(
    data: Data, *, poles: tuple[str, str], draws: Floats | None = None, level: float = 0.9
) -> pd.DataFrame:
    r"""How strongly a state keeps ties with two rivals at once.

    With scores a and b toward the two, `strength` = min(a, b): what it has with *both*; `evenness`
    = :math:`1 - |a - b|/(a + b)`. A strong but uneven pair leans one way; an even pair without
    strength amounts to nothing.

    Parameters
    ----------
    data : AlignmentResult, Series or DataFrame
        Scores >= 0.
    poles : (str, str)
        The rivals; their order does not matter.
    draws : ndarray, shape (draws, rows), optional
    level : float
        Probability of the intervals over draws.

    Returns
    -------
    DataFrame
        Index (state, year): `toward_first`, `toward_second` (the scores), `strength`, `evenness`;
        NaN where one of the scores is unknown, `evenness` also where both are 0. With draws
        ``_lower``/``_upper`` of the last two.

    Raises
    ------
    PanelError
        If a pole is not among the partners, or they are the same.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([["KAZ"], ["RUS", "USA"], [2010]],
    ...                                    names=["state", "partner", "year"])
    >>> rival_hedge(pd.Series([0.75, 0.25], index=index), poles=("RUS", "USA"))
                toward_first  toward_second  strength  evenness
    state year
    KAZ   2010          0.75           0.25      0.25       0.5
    """
    table = ties(data, draws=draws, level=level)
    places = table.pair(poles)

    def measured(x: Floats) -> dict[str, Floats]:
        one, two = (x[..., place] for place in places)
        with np.errstate(invalid="ignore"):  # 0/0: no tie with either
            evenness = 1.0 - np.abs(one - two) / (one + two)
        return {"strength": np.minimum(one, two), "evenness": evenness}

    columns = dict(zip(("toward_first", "toward_second"), table.score.T[places], strict=True))
    columns |= measured(table.score)
    if table.draws is not None:
        columns |= intervals(measured(table.draws), level)
    return pd.DataFrame(columns, index=table.index)
