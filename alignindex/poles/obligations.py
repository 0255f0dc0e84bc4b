"""Behaviour against obligation: a dyad beside the others that are bound as it is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from alignindex.base.arguments import check_count, check_level, shown
from alignindex.base.errors import PanelError, first_three
from alignindex.base.intervals import intervals
from alignindex.base.typing import Floats
from alignindex.kernels import poles as kernels
from alignindex.panel.index import KEYS
from alignindex.poles.table import state_years
from alignindex.scoring.result import AlignmentResult
from alignindex.scoring.scores import (
    Data,
    check_code_draws,
    chosen_indicators,
    read_scores,
    score_codes,
)

__all__ = ["obligation_gap"]


def obligation_gap(
    data: Data,
    obligations: pd.Series,
    *,
    treaties: Sequence[str] = (),
    min_others: int = 3,
    draws: Floats | None = None,
    level: float = 0.9,
) -> pd.DataFrame:
    """Behaviour of a dyad less the mean behaviour of the *others* under the same obligation.

    Behaviour is the score without treaty indicators, so that an obligation is not held against
    itself, and nothing on one scale is subtracted from something on another.

    Parameters
    ----------
    data : AlignmentResult, Series or DataFrame
    obligations : Series
        Index (state, partner, year); the name of the obligation in force, missing (or False) where
        there is none. Rows that the data lack are ignored.
    treaties : sequence of str
        For a result: indicators that are obligations themselves and are left out of behaviour.
    min_others : int
        Number of others that a mean needs.
    draws : ndarray, optional
        Draws of behaviour, shape (draws, rows), columns aligned with the rows of the scores. With
        `treaties` draws of the codes, shape (draws, rows, indicators): behaviour is made of them.
    level : float
        Probability of the interval over draws.

    Returns
    -------
    DataFrame
        Rows under an obligation: `obligation`, `behaviour`, `others` (mean of the others under it
        in the same year), `gap`. NaN with fewer than `min_others` others or unknown behaviour. With
        draws `gap_lower`, `gap_upper`. Relative to the panel by definition: another dyad under the
        same obligation changes `others`.

    Raises
    ------
    PanelError
        If the index of `obligations` is not (state, partner, year), or repeats; or a treaty is
        not an indicator.
    AlignIndexError
        If `min_others` is not a whole number from 1, or `level` is not a probability.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([["ARM", "BLR", "KAZ", "KGZ"], ["RUS"], [2010]],
    ...                                    names=["state", "partner", "year"])
    >>> scores = pd.Series([0.9, 0.7, 0.7, 0.7], index=index)
    >>> obligation_gap(scores, pd.Series("CSTO", index=index))["gap"].round(3).to_list()
    [0.2, -0.067, -0.067, -0.067]
    """
    check_level(level)
    check_count(min_others, "min_others", 1)
    if not isinstance(obligations, pd.Series) or list(obligations.index.names) != list(KEYS):
        index = getattr(obligations, "index", None)
        raise PanelError(
            "obligations must be a Series with the index (state, partner, year); got "
            f"{shown(obligations)} with the index {list(getattr(index, 'names', []))}"
        )
    if not obligations.index.is_unique:
        twice = obligations.index[obligations.index.duplicated()]
        raise PanelError(
            f"obligations repeat {first_three(map(str, twice))}; name one obligation per "
            "dyad-year: join the names of several"
        )
    scores = read_scores(data, None if treaties else draws)
    rows, behaviour, drawn = scores.rows, scores.table["score"].to_numpy(), scores.draws
    if treaties:
        if not isinstance(data, AlignmentResult):
            raise PanelError(
                "treaties leaves indicators of a result out; a plain table holds behaviour already"
            )
        kept = ~chosen_indicators(data, treaties) & data.codes.notna().to_numpy()
        behaviour = score_codes(data, np.where(kept, data.codes.to_numpy(), np.nan))
        if draws is not None:
            check_code_draws(data, draws)
            drawn = np.stack([score_codes(data, np.where(kept, one, np.nan)) for one in draws])
    same = scores.order is None and obligations.index is scores.given
    labels = obligations if same else obligations.reindex(rows.index)
    bound = labels.notna().to_numpy(copy=True)
    kind, names = pd.factorize(pd.Series(labels.array[bound]))
    refused = [isinstance(label, (bool, np.bool_)) and not label for label in names]
    held = ~np.asarray(refused, dtype=bool)[kind]
    kind, bound[bound] = kind[held].astype(np.int64), held
    _, group = state_years(kind, pd.Index(names), rows.year[bound])
    own = behaviour[bound]
    others = kernels.others_mean(own, group, min_others=min_others)
    out = {
        "obligation": np.asarray(names, dtype=object)[kind],
        "behaviour": own,
        "others": others,
        "gap": own - others,
    }
    if drawn is not None:
        each = drawn[:, bound]
        out |= intervals(
            {"gap": each - kernels.others_mean(each, group, min_others=min_others)}, level
        )
    return pd.DataFrame(out, index=rows.index[bound])
