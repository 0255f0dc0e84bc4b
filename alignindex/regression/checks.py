"""Checks that all regressions share, and the numbering of members."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from alignindex.base.arguments import check_number
from alignindex.base.errors import PanelError, closest, first_three
from alignindex.base.keys import label_text
from alignindex.base.typing import Array, Floats, Ints

__all__ = ["Members", "check_columns", "check_level", "interval_table", "members"]


class Members(NamedTuple):
    """Numbers of the two members of every row, and how many members and dyads there are."""

    state: Ints
    partner: Ints
    n_members: int
    n_dyads: int


def check_columns(data: Any, columns: Iterable[str], what: str = "data") -> None:
    """Raise unless this is a table with these columns."""
    if not isinstance(data, pd.DataFrame):
        raise PanelError(f"{what} must be a DataFrame; got {type(data).__name__}")
    there = [str(column) for column in data.columns]
    absent = [column for column in columns if column not in data.columns]
    if absent:
        raise PanelError(
            f"{what} has no column {first_three(map(repr, absent))}"
            f"{closest(str(absent[0]), there)}; columns are {', '.join(there[:20])}"
        )


def check_level(level: Any) -> None:
    """Refuse a level that is not strictly between 0 and 1."""
    check_number(level, "level", "a probability between 0 and 1, such as 0.9", 0, 1)


def members(data: pd.DataFrame, state: str, partner: str) -> Members:
    """Give the members of all rows numbers.

    Raises
    ------
    PanelError
        A member is missing, or a state is its own partner.
    """
    check_columns(data, [state, partner])
    one, other = data[state], data[partner]
    empty = one.isna() | other.isna()
    if empty.any():
        rows = first_three(data.index[empty])
        raise PanelError(
            f"every row needs two members; {int(empty.sum())} rows have an empty {state} or "
            f"{partner} (rows {rows}): fill or drop them"
        )
    both = np.concatenate([_texts(one), _texts(other)])
    codes, labels = pd.factorize(both)
    first, second = codes[: len(data)].astype(np.int64), codes[len(data) :].astype(np.int64)
    selves = first == second
    if selves.any():
        shown = first_three(pd.unique(one[selves]))
        raise PanelError(
            f"a dyad has two different members; {int(selves.sum())} rows pair a state with "
            f"itself ({shown}): drop domestic rows before you fit"
        )
    low, high = np.minimum(first, second), np.maximum(first, second)
    dyads = np.unique(low * len(labels) + high).size
    return Members(first, second, len(labels), int(dyads))


def _texts(column: pd.Series[Any]) -> Array:
    codes, values = pd.factorize(column)
    return np.array([label_text(value) for value in values.tolist()], dtype=object)[codes]


def interval_table(
    names: Sequence[str], estimate: Floats, errors: Floats, df: Floats, level: float
) -> pd.DataFrame:
    """Build the table of estimates: estimate, se, t, df, p, lower, upper."""
    check_level(level)
    quantile = stats.t.ppf((1 + level) / 2, df)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = estimate / errors
    table = {
        "estimate": estimate,
        "se": errors,
        "t": ratio,
        "df": df,
        "p": 2 * stats.t.sf(np.abs(ratio), df),
        "lower": estimate - quantile * errors,
        "upper": estimate + quantile * errors,
    }
    return pd.DataFrame(table, index=pd.Index(list(names), name="term"))
