"""Tables of ratings: units by coders, checked and turned into codes."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.errors import ReliabilityError, closest, first_three
from alignindex.base.typing import Bools, Floats, Ints

__all__ = ["Ratings", "as_ratings", "read"]

LONG = {"unit", "coder", "value"}


@dataclass(frozen=True)
class Ratings:
    """Ratings as numbers of their levels.

    Attributes
    ----------
    codes : ndarray of int, shape (n, c)
        Position in `levels`, -1 where a coder did not rate a unit.
    levels : tuple
        Every value that may be given, in order.
    ordered : bool
        Whether their order means something: numbers, declared levels, ordered categories.
    numeric : bool
    units : Index
    coders : list
    """

    codes: Ints
    levels: tuple[Any, ...]
    ordered: bool
    numeric: bool
    units: pd.Index[Any]
    coders: list[Hashable]

    @property
    def values(self) -> Floats:
        """What the levels stand for: numbers themselves, else their positions."""
        return np.array(self.levels if self.numeric else range(len(self.levels)), dtype=np.float64)


def as_ratings(
    rows: pd.DataFrame,
    *,
    unit: Hashable | Sequence[Hashable] = "unit",
    coder: Hashable = "coder",
    value: Hashable = "value",
) -> pd.DataFrame:
    """Turn long rows, one a rating, into the table of units by coders.

    Parameters
    ----------
    rows : DataFrame
        One row per rating. A missing value (NaN, None) is not a rating; its unit and coder stay.
    unit : column or list of columns
        What was rated, such as ``["state", "partner", "year"]``: becomes the index.
    coder, value : column

    Returns
    -------
    DataFrame
        Units in the index, coders in the columns, both sorted; NaN where there is no rating.

    Raises
    ------
    ReliabilityError
        If a column is missing, a unit or coder is unknown, or a coder rates a unit twice.

    Examples
    --------
    >>> rows = pd.DataFrame({"unit": ["a", "a", "b"], "coder": ["X", "Y", "X"], "value": [1, 2, 1]})
    >>> as_ratings(rows)
    coder    X    Y
    unit
    a      1.0  2.0
    b      1.0  NaN
    """
    if not isinstance(rows, pd.DataFrame):
        raise ReliabilityError(
            f"rows must be a DataFrame with one row per rating; got {type(rows).__name__}"
        )
    keys = list(unit) if isinstance(unit, list | tuple) else [unit]
    wanted = [*keys, coder, value]
    for column in wanted:
        if np.count_nonzero(rows.columns == column) != 1:
            hint = closest(str(column), [str(name) for name in rows.columns])
            raise ReliabilityError(
                f"rows must have one column {column!r}{hint}; they have {list(rows.columns)}. Name "
                "the columns with unit=, coder= and value="
            )
    if len(set(wanted)) < len(wanted):
        raise ReliabilityError(f"unit, coder and value must be different columns; got {wanted}")
    blank = rows[[*keys, coder]].isna().any(axis=1).to_numpy()
    if blank.any():
        raise ReliabilityError(
            f"every rating needs its unit and coder; {int(blank.sum())} rows lack one: "
            f"{first_three(f'row {row + 1}' for row in np.flatnonzero(blank))}. Fill them in"
        )
    twice = rows.duplicated([*keys, coder]).to_numpy()
    if twice.any():
        shown = rows.loc[twice, [*keys, coder]].itertuples(index=False, name=None)
        raise ReliabilityError(
            "a coder rates a unit once; rated again: "
            f"{first_three(shown)}. Keep one rating, or give repeated readings columns of their own"
        )
    return rows.set_index([*keys, coder])[value].unstack(coder).sort_index()


def read(ratings: Any, *, levels: Sequence[Any] | None = None, repeated: bool = False) -> Ratings:
    """Check a table of ratings and turn it into codes.

    Parameters
    ----------
    ratings : DataFrame
        Units by coders; or long rows with exactly the columns unit, coder and value.
    levels : sequence, optional
        Every value that may be given, in order. By default the categories if every column has the
        same ones, else the values that occur, sorted.
    repeated : bool
        Columns may be repeated readings; fewer than two coders is then for the caller to judge.

    Raises
    ------
    ReliabilityError
    """
    if not isinstance(ratings, pd.DataFrame):
        raise ReliabilityError(
            "ratings must be a DataFrame, units in the index and coders in the columns, or long "
            f"rows with columns unit, coder, value; got {type(ratings).__name__}"
        )
    if set(ratings.columns) == LONG and len(ratings.columns) == len(LONG):
        ratings = as_ratings(ratings)
    _check_labels(ratings, repeated=repeated)
    cells = np.empty(ratings.shape, dtype=object)
    for number in range(ratings.shape[1]):
        cells[:, number] = ratings.iloc[:, number].to_numpy(dtype=object, na_value=None)
    known = ratings.notna().to_numpy()
    if not known.any():
        raise ReliabilityError("ratings hold no rating at all; every cell is missing")
    allowed, declared = _levels(ratings, cells[known], levels)
    numeric = all(_is_number(level) for level in allowed)
    if not declared:
        _check_kinds(ratings, cells, known)
    where = {level: number for number, level in enumerate(allowed)}
    flat = [where.get(cell, -1) for cell in cells[known]]
    codes = np.full(ratings.shape, -1, dtype=np.int64)
    codes[known] = flat
    strange = known & (codes < 0)
    if strange.any():
        raise ReliabilityError(
            f"ratings must be one of the levels {list(allowed)}; {int(strange.sum())} are not: "
            f"{_first_cells(ratings, cells, strange)}. Declare every value with levels=, or "
            "correct the ratings"
        )
    if numeric and not all(a < b for a, b in itertools.pairwise(allowed)):
        raise ReliabilityError(f"levels that are numbers must ascend; got {list(allowed)}")
    return Ratings(codes, allowed, declared or numeric, numeric, ratings.index, list(ratings))


def _check_labels(ratings: pd.DataFrame, *, repeated: bool) -> None:
    if ratings.shape[1] < 2 and not repeated:
        raise ReliabilityError(
            f"agreement needs at least two coders; ratings have the columns {list(ratings)}. Put "
            "units in the rows and coders in the columns, or call as_ratings on long rows"
        )
    for what, labels in (("coder", ratings.columns), ("unit", ratings.index)):
        twice = labels[labels.duplicated()]
        if len(twice):
            raise ReliabilityError(
                f"every {what} must have one {'column' if what == 'coder' else 'row'}; these have "
                f"several: {first_three(repr(name) for name in twice.unique())}. Merge or rename "
                "them"
            )


def _levels(
    ratings: pd.DataFrame, seen: NDArray[Any], levels: Sequence[Any] | None
) -> tuple[tuple[Any, ...], bool]:
    """Levels, and whether their order was declared."""
    if levels is not None:
        if isinstance(levels, str | bytes) or not isinstance(levels, Iterable):
            raise ReliabilityError(
                f"levels must be a list of every value that may be given, in order; got {levels!r}"
            )
        allowed = tuple(levels)
        if not allowed or len(set(allowed)) < len(allowed) or any(pd.isna(v) for v in allowed):
            raise ReliabilityError(
                f"levels must be different values, at least one and none missing; got {allowed!r}"
            )
        return allowed, True
    kinds = list(ratings.dtypes)
    first = kinds[0]
    if isinstance(first, pd.CategoricalDtype) and all(kind == first for kind in kinds):
        return tuple(first.categories), bool(first.ordered)
    found = set(seen)
    try:
        return tuple(sorted(found)), False
    except TypeError:
        return tuple(found), False  # of mixed kinds: _check_kinds says so


def _check_kinds(ratings: pd.DataFrame, cells: NDArray[Any], known: Bools) -> None:
    number = np.zeros(cells.shape, dtype=bool)
    text = np.zeros(cells.shape, dtype=bool)
    number[known] = [_is_number(cell) for cell in cells[known]]
    text[known] = [isinstance(cell, str) for cell in cells[known]]
    odd = known & ~number & ~text
    if number.any() and text.any():
        odd |= text if number.sum() >= text.sum() else number
    if odd.any():
        raise ReliabilityError(
            "ratings must be finite numbers or else text, not a mixture; of another kind: "
            f"{_first_cells(ratings, cells, odd)} ({int(odd.sum())} in all). Write missing ratings "
            "as NaN"
        )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number | np.bool_) and bool(np.isfinite(value))


def _first_cells(ratings: pd.DataFrame, cells: NDArray[Any], where: Bools) -> str:
    return first_three(
        f"{cells[row, column]!r} by coder {ratings.columns[column]!r} of unit "
        f"{ratings.index[row]!r}"
        for row, column in np.argwhere(where)
    )
