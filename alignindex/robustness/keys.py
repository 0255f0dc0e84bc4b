"""Rows and groups of a result, by their keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.errors import AlignIndexError, PanelError, closest, first_three
from alignindex.base.typing import Ints
from alignindex.panel.index import KEYS

__all__ = ["Key", "group_numbers", "rows_of", "years_of"]

Rows = NDArray[np.intp]
Key: TypeAlias = tuple[str, str] | tuple[str, str, int]


def years_of(index: pd.Index[Any], key: Key) -> list[int]:
    """Return the years of a dyad."""
    mine = (index.get_level_values(0) == key[0]) & (index.get_level_values(1) == key[1])
    if not mine.any():
        raise PanelError(
            f"the result has no dyad {key[0]}–{key[1]}"
            f"{closest(key[0], index.get_level_values(0).unique().astype(str))}"
        )
    return [int(year) for year in index.get_level_values("year")[mine]]


def rows_of(index: pd.Index[Any], keys: Sequence[Any]) -> Rows:
    """Positions of dyad-years.

    Raises
    ------
    PanelError
        If a dyad-year is not there.
    """
    odd = [] if isinstance(keys, (str, bytes)) or not isinstance(keys, Iterable) else [
        key for key in keys if not (isinstance(key, tuple) and len(key) == 3)
    ]  # fmt: skip
    if isinstance(keys, (str, bytes)) or not isinstance(keys, Iterable) or odd:
        shown = odd[0] if odd else keys
        raise PanelError(
            f"rows are a list of keys (state, partner, year), such as [('ARM', 'RUS', 2013)]; got "
            f"{shown!r}"
        )
    keys = list(keys)
    place = index.get_indexer(pd.MultiIndex.from_tuples(keys, names=index.names) if len(keys)
                              else index[:0])  # fmt: skip
    if (place < 0).any():
        absent = [keys[int(i)] for i in np.flatnonzero(place < 0)]
        raise PanelError(
            f"no such dyad-year in the result: {first_three(absent)}; a key is "
            "(state, partner, year)"
        )
    return np.asarray(place)


def group_numbers(index: pd.Index[Any], within: Sequence[str]) -> tuple[Ints, pd.Index[Any]]:
    """Give numbers to the groups in which ranks are taken, and name them."""
    if not isinstance(within, str | Iterable):
        raise AlignIndexError(f"within takes a list of {', '.join(KEYS)}; got {within!r}")
    names = [within] if isinstance(within, str) else list(within)
    wrong = [name for name in names if name not in KEYS]
    if wrong:
        raise AlignIndexError(
            f"within takes {', '.join(KEYS)}; got {wrong[0]!r}{closest(str(wrong[0]), KEYS)}"
        )
    if len(set(names)) < len(names):
        raise AlignIndexError(f"within takes each of {', '.join(KEYS)} once; got {names}")
    if not names:
        return np.zeros(len(index), dtype=np.int64), pd.Index(["all"], name="group")
    frame = index.to_frame(index=False)[names]
    groups = frame.groupby(names, sort=True, observed=True)
    labels = groups.size().index
    return np.asarray(groups.ngroup(), dtype=np.int64), labels
