"""Behaviour against obligation: a dyad beside the others that are bound as it is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from alignindex.base.errors import PanelError, closest, first_three
from alignindex.base.intervals import intervals
from alignindex.base.typing import Bools, Floats
from alignindex.kernels import poles as kernels
from alignindex.kernels.scoring import tree
from alignindex.panel.index import KEYS
from alignindex.poles.table import Data, check_code_draws, read_scores
from alignindex.scoring.result import AlignmentResult

__all__ = ["obligation_gap"]


def obligation_gap(
    data: Data,
    obligations: pd.Series,
    *,
    treaties: Sequence[str] = (),
    least: int = 3,
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
    least : int
        Others that are needed.
    draws : ndarray, optional
        Draws of behaviour, shape (draws, rows), columns aligned with the rows of the scores. With
        `treaties` draws of the codes, shape (draws, rows, indicators): behaviour is made of them.
    level : float

    Returns
    -------
    DataFrame
        Rows under an obligation: `obligation`, `behaviour`, `others` (mean of the others under it
        in the same year), `gap`. NaN with fewer than `least` others or unknown behaviour. With
        draws `gap_low`, `gap_high`. Relative to the panel by definition: another dyad under the
        same obligation changes `others`.

    Raises
    ------
    PanelError
        If the index of `obligations` is no (state, partner, year), or repeats; a treaty is no
        indicator, or `least` is below 1.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([["ARM", "BLR", "KAZ", "KGZ"], ["RUS"], [2010]],
    ...                                    names=["state", "partner", "year"])
    >>> scores = pd.Series([0.9, 0.7, 0.7, 0.7], index=index)
    >>> obligation_gap(scores, pd.Series("CSTO", index=index))["gap"].round(3).to_list()
    [0.2, -0.067, -0.067, -0.067]
    """
    if least < 1:
        raise PanelError(f"a mean of others needs at least 1 of them; got least = {least}")
    if list(obligations.index.names) != list(KEYS):
        raise PanelError(
            "obligations have the index (state, partner, year); got "
            f"{list(obligations.index.names)}"
        )
    if not obligations.index.is_unique:
        twice = obligations.index[obligations.index.duplicated()]
        raise PanelError(
            f"obligations repeat {first_three(map(str, twice))}; one obligation a dyad-year: join "
            "the names of several"
        )
    scores = read_scores(data, None if treaties else draws)
    table, rows = scores.table, scores.rows
    behaviour, drawn = table["score"].to_numpy(), None
    if treaties:
        if not isinstance(data, AlignmentResult):
            raise PanelError(
                "treaties leaves indicators of a result out; a plain table holds behaviour already"
            )
        kept = _kept(data, treaties)
        behaviour = _behaviour(data, data.codes.to_numpy(), kept)
        if draws is not None:
            check_code_draws(data, draws)
            drawn = np.stack([_behaviour(data, one, kept) for one in draws])
    elif draws is not None:
        drawn = scores.drawn(draws)
    same = scores.order is None and obligations.index is scores.given
    labels = obligations if same else obligations.reindex(rows.index)
    bound = labels.notna().to_numpy(copy=True)
    kind, names = pd.factorize(pd.Series(labels.array[bound]))
    refused = [isinstance(label, (bool, np.bool_)) and not label for label in names]
    held = ~np.asarray(refused, dtype=bool)[kind]
    kind, bound[bound] = kind[held].astype(np.int64), held
    year = rows.year[bound]
    first = int(year.min(initial=2**40))
    group = kind * (int(year.max(initial=first)) - first + 1) + (year - first)
    own = behaviour[bound]
    others = kernels.others_mean(own, group, least=least)
    out = {
        "obligation": np.asarray(names, dtype=object)[kind],
        "behaviour": own,
        "others": others,
        "gap": own - others,
    }
    if drawn is not None:
        each = drawn[:, bound]
        out |= intervals({"gap": each - kernels.others_mean(each, group, least=least)}, level)
    return pd.DataFrame(out, index=rows.index[bound])


def _kept(result: AlignmentResult, treaties: Sequence[str]) -> Bools:
    """Which indicators are behaviour."""
    names = [str(name) for name in result.codes.columns]
    for treaty in treaties:
        if treaty not in names:
            raise PanelError(
                f"indicator {treaty!r} is not in spec {result.spec.name!r}{closest(treaty, names)};"
                f" it has {', '.join(names)}"
            )
    return ~np.isin(names, list(treaties))


def _behaviour(result: AlignmentResult, codes: Floats, kept: Bools) -> Floats:
    held = np.where(kept & result.codes.notna().to_numpy(), codes, np.nan)
    return tree.evaluate(result.spec.tree, held, held, held, propagate=False)[0]
