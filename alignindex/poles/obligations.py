"""Behaviour against obligation: a dyad beside the others that are bound as it is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.errors import PanelError, closest, first_three
from alignindex.index import AlignmentResult
from alignindex.kernels import ties as kernels
from alignindex.kernels import tree
from alignindex.panel import KEYS
from alignindex.poles.table import Data, intervals, read_scores

__all__ = ["obligation_gap"]

Floats = NDArray[np.float64]


def obligation_gap(
    data: Data,
    obligations: pd.Series,
    *,
    treaties: Sequence[str] = (),
    least: int = 3,
    draws: Floats | None = None,
    interval: float = 0.9,
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
    draws : ndarray, shape (draws, rows), optional
        Draws of behaviour, columns aligned with the rows of the scores; with `treaties`, give a
        plain Series of behaviour instead.
    interval : float

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
    twice = obligations.index[obligations.index.duplicated()]
    if len(twice):
        raise PanelError(
            f"obligations repeat {first_three(map(str, twice))}; one obligation a dyad-year: join "
            "the names of several"
        )
    table, rows = read_scores(data, draws)
    behaviour = table["score"].to_numpy()
    if treaties:
        if not isinstance(data, AlignmentResult) or draws is not None:
            raise PanelError(
                "treaties leaves indicators of a result out; a plain table, and draws, hold "
                "behaviour already"
            )
        behaviour = _behaviour(data, treaties)
    labels = obligations.reindex(rows.index)
    bound = labels.notna().to_numpy(copy=True)
    kind, names = pd.factorize(labels[bound])
    refused = [isinstance(label, (bool, np.bool_)) and not label for label in names]
    held = ~np.asarray(refused, dtype=bool)[kind]
    kind, bound[bound] = kind[held].astype(np.int64), held
    group = np.full(len(bound), -1, dtype=np.int64)
    if bound.any():
        year = rows.year[bound] - rows.year.min()
        group[bound] = kind * (int(year.max()) + 1) + year
    others = kernels.others_mean(behaviour, group, least=least)
    out = {
        "obligation": np.asarray(names, dtype=object)[kind],
        "behaviour": behaviour[bound],
        "others": others[bound],
        "gap": (behaviour - others)[bound],
    }
    if draws is not None:
        drawn = draws[:, table["row"].to_numpy()]
        gap = drawn - kernels.others_mean(drawn, group, least=least)
        out |= intervals({"gap": gap[:, bound]}, interval)
    return pd.DataFrame(out, index=rows.index[bound])


def _behaviour(result: AlignmentResult, treaties: Sequence[str]) -> Floats:
    names = [str(name) for name in result.codes.columns]
    for treaty in treaties:
        if treaty not in names:
            raise PanelError(
                f"indicator {treaty!r} is not in spec {result.spec.name!r}{closest(treaty, names)};"
                f" it has {', '.join(names)}"
            )
    kept = ~np.isin(names, list(treaties))
    held = np.where(kept, result.codes.to_numpy(), np.nan)
    return tree.evaluate(result.spec.tree, held, held, held, propagate=False)[0]
