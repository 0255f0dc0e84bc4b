"""Checks of long tables of votes or commitments, shared by the functions of this package."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.errors import SimilarityError, closest, first_three

__all__ = [
    "check_choice",
    "check_columns",
    "check_known",
    "check_levels",
    "check_table",
    "level_codes",
    "place",
]

# Tables have a cell for every two levels: 1,024, for every dyad.
_MOST_LEVELS = 32


def check_table(data: object, what: str) -> None:
    """Refuse anything but a DataFrame with rows."""
    if not isinstance(data, pd.DataFrame):
        raise SimilarityError(
            f"{what} must be a pandas DataFrame with one row a vote, got {type(data).__name__}"
        )
    if data.empty:
        raise SimilarityError(f"{what} has no rows; check the filter that made it")


def check_columns(data: pd.DataFrame, columns: Mapping[str, str]) -> None:
    """Refuse option values that are no column of `data`, or one of several of that name."""
    for option, column in columns.items():
        if column not in data.columns:
            near = closest(str(column), map(str, data.columns))
            raise SimilarityError(
                f"{option}={column!r} is no column of the data{near}; it has "
                f"{', '.join(map(str, data.columns))}"
            )
        if not data.columns.is_unique and int((data.columns == column).sum()) > 1:
            raise SimilarityError(
                f"{option}={column!r} names several columns of the data; rename all but one"
            )


def check_known(data: pd.DataFrame, columns: Mapping[str, str]) -> None:
    """Refuse rows whose state, item or group is missing."""
    for option, column in columns.items():
        missing = data[column].isna().to_numpy()
        if missing.any():
            rows = data.index[missing]
            raise SimilarityError(
                f"{option} column {column!r} is missing in {len(rows):,} rows (index "
                f"{first_three(rows)}); fill it or drop the rows with "
                f".dropna(subset=[{column!r}])"
            )


def check_choice(option: str, value: object, choices: Sequence[str | None]) -> None:
    """Refuse an option outside its choices."""
    if value not in choices:
        near = closest(value, filter(None, choices)) if isinstance(value, str) else ""
        named = ", ".join(map(repr, choices))
        raise SimilarityError(f"{option} must be one of {named}, got {value!r}{near}")


def check_levels(levels: Iterable[float]) -> NDArray[np.float64]:
    """Return the declared level values as given, refusing fewer than two or repeated ones."""
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
    if len(values) > _MOST_LEVELS:
        raise SimilarityError(
            f"similarity of categories needs at most {_MOST_LEVELS} levels, got {len(values)}; "
            "group the values first"
        )
    if len(np.unique(values)) < len(values):
        raise SimilarityError(f"levels must differ, got {declared!r}; name each value once")
    return values


def place(data: pd.DataFrame, position: int, columns: Sequence[str]) -> str:
    """Return where a row stands, for messages: ``state ARM, item 5309``."""
    row = data.iloc[position]
    return ", ".join(f"{column} {row[column]}" for column in columns)


def level_codes(
    data: pd.DataFrame, value: str, levels: NDArray[np.float64], where: Sequence[str]
) -> NDArray[np.int8]:
    """Return the position of every value among the levels in rising order, −1 for NaN."""
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
    unknown = np.flatnonzero((codes < 0) & ~np.isnan(values))
    if len(unknown):
        odd, firsts, counts = np.unique(values[unknown], return_index=True, return_counts=True)
        shown = [
            f"{each:g} in {count:,} rows (first: {place(data, int(unknown[at]), where)})"
            for each, at, count in zip(odd, firsts, counts, strict=True)
        ]
        declared = ", ".join(f"{level:g}" for level in levels)
        raise SimilarityError(
            f"value column {value!r} has values outside levels=[{declared}]: {first_three(shown)}. "
            "Declare them, or say what they are: absence is NaN in the row of a member, a "
            "non-member has no row"
        )
    return codes
