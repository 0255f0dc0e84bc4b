"""Checks of long tables of votes or commitments, shared by the functions of this package."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.errors import SimilarityError, closest, first_three
from alignindex.base.typing import Floats

__all__ = [
    "PUBLISHED",
    "check_choice",
    "check_columns",
    "check_known",
    "check_levels",
    "check_table",
    "level_codes",
    "members_only",
]

MAX_LEVELS = 32  # a dyad's table has a cell for every two levels: 1,024 of them
PUBLISHED = (1, 2, 3)  # yes, abstain, no in the published votes of the General Assembly
ABSENT, NOT_A_MEMBER = 8, 9  # the other codes of that coding


def check_table(data: object, what: str) -> None:
    """Raise unless `data` is a DataFrame with rows."""
    if not isinstance(data, pd.DataFrame):
        raise SimilarityError(
            f"{what} must be a pandas DataFrame with one row per vote, got {type(data).__name__}"
        )
    if data.empty:
        raise SimilarityError(f"{what} has no rows; check the filter that made it")


def check_columns(data: pd.DataFrame, columns: Mapping[str, str]) -> None:
    """Raise unless each option names exactly one column of `data`."""
    for option, column in columns.items():
        if column not in data.columns:
            near = closest(str(column), map(str, data.columns))
            none = ", or by=None for a single group" if option == "by" else ""
            raise SimilarityError(
                f"{option}={column!r} is not a column of the data{near}; name one of "
                f"{', '.join(map(str, data.columns))}{none}"
            )
        if not data.columns.is_unique and int((data.columns == column).sum()) > 1:
            raise SimilarityError(
                f"{option}={column!r} names several columns of the data; rename all but one"
            )


def check_known(data: pd.DataFrame, columns: Mapping[str, str]) -> None:
    """Raise if a state, item or group is missing."""
    for option, column in columns.items():
        missing = data[column].isna().to_numpy()
        if missing.any():
            rows = data.index[missing]
            raise SimilarityError(
                f"{option} column {column!r} is missing in {len(rows):,} rows (index "
                f"{first_three(rows)}); fill it or drop the rows with "
                f".dropna(subset=[{column!r}])"
            )


def check_choice(option: str, value: object, allowed: Sequence[str | None]) -> None:
    """Raise unless the value of an option is allowed."""
    if value not in allowed:
        near = closest(value, filter(None, allowed)) if isinstance(value, str) else ""
        named = ", ".join(map(repr, allowed))
        raise SimilarityError(f"{option} must be one of {named}, got {value!r}{near}")


def check_levels(levels: Iterable[float]) -> Floats:
    """Return the declared levels in the given order; raise unless they are different numbers."""
    declared = list(levels) if not isinstance(levels, str) else [levels]
    try:
        values = np.array(declared, dtype=np.float64)
    except (TypeError, ValueError):
        raise SimilarityError(
            f"levels must be numbers, got {declared!r}; map categories to numbers first, for "
            'example with .map({"Y": 1, "A": 2, "N": 3})'
        ) from None
    if values.ndim != 1 or len(values) < 2 or not np.isfinite(values).all():
        raise SimilarityError(
            f"levels must be at least two finite numbers, got {declared!r}; declare every value "
            "that may occur, such as levels=[1, 2, 3]"
        )
    if len(values) > MAX_LEVELS:
        raise SimilarityError(
            f"similarity of categories needs at most {MAX_LEVELS} levels, got {len(values)}; "
            "group the values first"
        )
    if len(np.unique(values)) < len(values):
        raise SimilarityError(f"levels must differ, got {declared!r}; name each value once")
    return values


def _is_published(levels: Floats) -> bool:
    """Return whether the levels are votes as published, so that 8 and 9 have their meaning."""
    return set(levels.tolist()) <= set(PUBLISHED)


def members_only(
    votes: pd.DataFrame, columns: Mapping[str, str], levels: Floats
) -> tuple[pd.DataFrame, dict[Hashable, int]]:
    """Return the rows of members with a state, and how many rows were left out for each reason.

    Published votes have rows of states that were not members (code 9), most of them before there
    was such a state; those rows say nothing about similarity.
    """
    value, state = (votes[columns[option]] for option in ("value", "state"))
    outside = np.zeros(len(votes), dtype=bool)
    if _is_published(levels) and pd.api.types.is_numeric_dtype(value.dtype):
        outside = (value == NOT_A_MEMBER).fillna(False).to_numpy(dtype=bool)
    nameless = state.isna().to_numpy() & ~outside
    if nameless.any():
        warnings.warn(
            f"{int(nameless.sum()):,} votes are left out, since they have no state (column "
            f"{columns['state']!r}, index {first_three(votes.index[nameless])}); fill the column "
            "to count them",
            UserWarning,
            stacklevel=3,
        )
    left = outside | nameless
    if left.all():
        raise SimilarityError(
            f"no vote of a member is left: {int(outside.sum()):,} rows have the code "
            f"{NOT_A_MEMBER} (not a member), {int(nameless.sum()):,} no state"
        )
    counts: dict[Hashable, int] = {
        "not_a_member": int(outside.sum()),
        "no_state": int(nameless.sum()),
    }
    return (votes[~left] if left.any() else votes), counts


def level_codes(
    data: pd.DataFrame, value: str, levels: Floats, where: Sequence[str]
) -> NDArray[np.int8]:
    """Return the position of every value among the ascending levels; −1 where it is missing."""
    column = data[value]
    if not (pd.api.types.is_numeric_dtype(column.dtype)):
        shown = [repr(each) for each in column.dropna().unique()]
        raise SimilarityError(
            f"value column {value!r} must hold numbers, it is {column.dtype} with "
            f"{first_three(shown)}; map its categories, for example "
            f'data[{value!r}].map({{"Y": 1, "A": 2, "N": 3}}) with absence left to NaN, or read '
            "the file with alignindex.sources.unga"
        )
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    codes = np.full(len(values), -1, dtype=np.int8)
    for number, level in enumerate(np.sort(levels)):
        codes[values == level] = number
    absent = np.isnan(values) | ((values == ABSENT) & _is_published(levels))
    unknown = np.flatnonzero((codes < 0) & ~absent)
    if len(unknown):
        odd, firsts, counts = np.unique(values[unknown], return_index=True, return_counts=True)
        rows = [data.iloc[int(unknown[at])] for at in firsts]
        places = [", ".join(f"{name} {row[name]}" for name in where) for row in rows]
        shown = [
            f"{each:g} in {count:,} rows (first: {place})"
            for each, count, place in zip(odd, counts, places, strict=True)
        ]
        declared = ", ".join(f"{level:g}" for level in levels)
        raise SimilarityError(
            f"value column {value!r} has values outside levels=[{declared}]: {first_three(shown)}. "
            "Declare them, or say what they are: absence is NaN in the row of a member, a state "
            "that is not a member has no row"
        )
    return codes
