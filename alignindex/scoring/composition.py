"""Which indicators stand behind the scores, and until when they are observed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.arguments import is_number, shown
from alignindex.base.errors import AlignIndexError
from alignindex.base.typing import Bools
from alignindex.panel.index import numbered

__all__ = ["composition", "latest_complete_year"]


def composition(
    score: pd.Series[float], codes: pd.DataFrame, weights: Sequence[float]
) -> pd.DataFrame:
    """Return the indicators behind each score; see `AlignmentResult.composition`."""
    scored = np.flatnonzero(score.notna().to_numpy())
    behind = codes.notna().to_numpy() & (np.array(weights) > 0)
    rows = numbered(score.index)[0]
    one, two = scored[:-1], scored[1:]
    follows = (rows.state[one] == rows.state[two]) & (rows.partner[one] == rows.partner[two])
    one, two = one[follows], two[follows]
    sets = {name: np.zeros_like(behind) for name in ("indicators", "joined", "left")}
    sets["indicators"][scored] = behind[scored]
    sets["joined"][two] = behind[two] & ~behind[one]
    sets["left"][two] = behind[one] & ~behind[two]
    columns: dict[str, Any] = {n: _named(which, codes.columns) for n, which in sets.items()}
    columns["changed"] = (sets["joined"] | sets["left"]).any(axis=1)
    return pd.DataFrame(columns, index=score.index)


def _named(which: Bools, names: pd.Index[Any]) -> list[str]:
    """Return the names of the indicators in each row."""
    distinct, place = np.unique(np.packbits(which, axis=1), axis=0, return_inverse=True)
    bits = np.unpackbits(distinct, axis=1, count=which.shape[1]).astype(bool)
    texts = [", ".join(names[row]) for row in bits]
    return [texts[at] for at in place.ravel()]


def latest_complete_year(codes: pd.DataFrame, applies: pd.DataFrame, share: float) -> int | None:
    """Return the latest year that is complete; see `AlignmentResult.latest_complete_year`.

    Raises
    ------
    AlignIndexError
        If `share` is out of range.
    """
    if not is_number(share) or not 0 < share <= 1:
        raise AlignIndexError(
            f"share must be a number above 0 and up to 1, such as 0.5; got {shown(share)}"
        )
    year = codes.index.get_level_values("year")
    known, due = codes.notna().groupby(year).sum(), applies.groupby(year).sum()
    enough = (known >= share * due - 1e-9) & (known > 0)
    complete = known.index[(enough | (due == 0)).all(axis=1) & (due > 0).any(axis=1)]
    return int(complete.max()) if len(complete) else None
