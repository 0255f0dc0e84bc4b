"""The argument `by` of `dyads`: which rows belong to which group, also if groups overlap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.arguments import is_whole
from alignindex.base.errors import SimilarityError, first_three
from alignindex.base.typing import Ints
from alignindex.similarity.checks import check_columns, check_known

__all__ = ["By", "Flags", "Groups", "Rolling", "group_rows"]

Positions: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True)
class Rolling:
    """Rolling windows over a column of whole numbers such as years, named by their last value.

    Parameters
    ----------
    column : str
        Column of whole numbers.
    width : int
        Number of values in a window: the window of 2014 with width 3 holds 2012, 2013 and 2014.

    Notes
    -----
    A window ends at every value that occurs, from the first value + `width` − 1, so that no window
    is cut short by the start of the data. A value without rows adds nothing to a window.

    Examples
    --------
    >>> Rolling("year", 3)
    Rolling(column='year', width=3)
    """

    column: str
    width: int

    def __post_init__(self) -> None:
        if not is_whole(self.width) or self.width < 1:
            raise SimilarityError(
                f"Rolling needs a width of at least 1, got {self.width!r}; "
                "a window of width 1 is the value itself"
            )


@dataclass(frozen=True)
class Flags:
    """Groups from columns of 0/1 flags; an item may have several (issues of a vote).

    Parameters
    ----------
    columns : sequence of str
        Columns of 0, 1 or NaN. A row belongs to the group of every column in which it has 1. NaN
        is unknown, not 0: the row is left out of the group of that column, and
        ``attrs["unknown_flags"]`` of the result counts it.
    name : str, optional
        Name of the column of the result that names the flag.

    Examples
    --------
    >>> Flags(["me", "hr"])
    Flags(columns=('me', 'hr'), name='issue')
    """

    columns: tuple[str, ...]
    name: str = "issue"

    def __init__(self, columns: Sequence[str], name: str = "issue") -> None:
        object.__setattr__(self, "columns", (columns,) if isinstance(columns, str) else (*columns,))
        object.__setattr__(self, "name", name)


By: TypeAlias = str | Rolling | Flags | Sequence[str | Rolling | Flags] | None


@dataclass(frozen=True)
class Groups:
    """The rows of every group, group after group."""

    labels: pd.DataFrame
    """one row per group, sorted; one column per key; no column without `by`"""
    rows: Positions | None
    """positions in the data, group after group; None if the data are in that order already"""
    bounds: Positions
    """group g consists of ``rows[bounds[g] : bounds[g + 1]]``"""
    unknown_flags: dict[str, int]

    def __iter__(self) -> Iterator[slice]:
        """Slices of the rows of each group."""
        for start, stop in zip(self.bounds[:-1], self.bounds[1:], strict=True):
            yield slice(int(start), int(stop))

    def take(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return a column of the data in the order of the groups."""
        return values if self.rows is None else values[self.rows]

    def name(self, group: int) -> str:
        """Return the group's labels for messages, such as ``session 68``."""
        row = self.labels.iloc[group]
        return ", ".join(f"{key} {row[key]}" for key in self.labels.columns) or "the data"


def group_rows(data: pd.DataFrame, by: By) -> Groups:
    """Return the groups of rows for `by`."""
    keys = [] if by is None else [by] if isinstance(by, (str, Rolling, Flags)) else list(by)
    rows: Positions | None = None
    names: list[str] = []
    codes: list[Positions] = []
    uniques: list[pd.Index] = []
    unknown: dict[str, int] = {}
    for key in keys:
        if isinstance(key, Rolling):
            name, kept, code, unique = _rolling(data, key, rows)
        elif isinstance(key, Flags):
            name, kept, code, unique = _flags(data, key, rows, unknown)
        elif isinstance(key, str):
            check_columns(data, {"by": key})
            check_known(data, {"by": key})
            code, unique = pd.factorize(data[key], sort=True)
            name, kept = key, None
            code = code if rows is None else code[rows]
        else:
            raise SimilarityError(
                f"by takes column names, Rolling(column, width) and Flags(columns), got {key!r}"
            )
        if kept is not None:
            # Rows may repeat from here on, so earlier keys are repeated with them.
            rows = kept if rows is None else rows[kept]
            codes = [earlier[kept] for earlier in codes]
        if name in names:
            raise SimilarityError(f"by names {name!r} twice; give each key once")
        names.append(name)
        codes.append(code)
        uniques.append(pd.Index(unique))
    return _sorted_groups(len(data), rows, names, codes, uniques, unknown)


def _sorted_groups(
    n_rows: int,
    rows: Positions | None,
    names: list[str],
    codes: list[Positions],
    uniques: list[pd.Index],
    unknown: dict[str, int],
) -> Groups:
    """Sort the rows by group, keeping their order within a group."""
    n_rows = n_rows if rows is None else len(rows)
    if not names:
        return Groups(pd.DataFrame(index=range(1)), rows, np.array([0, n_rows]), unknown)
    group = codes[0].astype(np.int64)
    for code, unique in zip(codes[1:], uniques[1:], strict=True):
        group = group * len(unique) + code
    present, group = np.unique(group, return_inverse=True) if len(names) > 1 else _one_key(group)
    if len(group) and np.any(group[1:] < group[:-1]):
        # numpy sorts integers of one or two bytes by radix, in linear time.
        narrow = group.astype(np.min_scalar_type(len(present)))
        order = np.argsort(narrow, kind="stable")
        rows, group = (order if rows is None else rows[order]), group[order]
    bounds = np.searchsorted(group, np.arange(len(present) + 1))
    labels: dict[str, Any] = {}
    rest = present
    for name, unique in reversed(list(zip(names, uniques, strict=True))):
        rest, at = np.divmod(rest, len(unique))
        labels[name] = unique.take(at)
    return Groups(pd.DataFrame({name: labels[name] for name in names}), rows, bounds, unknown)


def _one_key(group: Ints) -> tuple[Ints, Ints]:
    """Return the same as `np.unique(group, return_inverse=True)`, without sorting."""
    size = int(group.max()) + 1 if len(group) else 0
    seen = np.zeros(size, dtype=bool)
    seen[group] = True
    present = np.flatnonzero(seen)
    return present, (np.cumsum(seen) - 1)[group]


def _rolling(
    data: pd.DataFrame, key: Rolling, rows: Positions | None
) -> tuple[str, Positions, Positions, pd.Index]:
    """Repeat every row for each window that it belongs to."""
    check_columns(data, {"by": key.column})
    check_known(data, {"by": key.column})
    column = data[key.column]
    if not pd.api.types.is_numeric_dtype(column.dtype):
        raise SimilarityError(
            f"Rolling({key.column!r}, ...) needs whole numbers, the column is {column.dtype}; "
            "convert it, for example with .dt.year"
        )
    values = column.to_numpy(dtype=np.float64)
    broken = values[values != np.rint(values)]
    if len(broken):
        raise SimilarityError(
            f"Rolling({key.column!r}, ...) needs whole numbers, got {first_three(broken)}"
        )
    values = values.astype(np.int64)
    if len(values) and values.max() - values.min() + 1 < key.width:
        raise SimilarityError(
            f"no window of width {key.width} fits into {key.column!r} from {values.min()} to "
            f"{values.max()}; take a smaller width"
        )
    ends = np.unique(values)
    ends = ends[ends >= ends[:1] + key.width - 1]
    values = values if rows is None else values[rows]
    kept, codes = [], []
    for offset in range(key.width):
        at = np.searchsorted(ends, values + offset)
        inside = np.flatnonzero(ends[np.minimum(at, len(ends) - 1)] == values + offset)
        kept.append(inside)
        codes.append(at[inside])
    return key.column, np.concatenate(kept), np.concatenate(codes), pd.Index(ends)


def _flags(
    data: pd.DataFrame, key: Flags, rows: Positions | None, unknown: dict[str, int]
) -> tuple[str, Positions, Positions, pd.Index]:
    """Repeat every row for each of its flags."""
    kept, codes = [], []
    for number, column in enumerate(key.columns):
        check_columns(data, {"by": column})
        try:
            marks = data[column].to_numpy(dtype=np.float64, na_value=np.nan)
        except (TypeError, ValueError):
            marks = np.array([2.0])
        odd = marks[~(np.isnan(marks) | (marks == 0) | (marks == 1))]
        if len(odd):
            raise SimilarityError(
                f"Flags needs columns of 0, 1 or NaN; {column!r} ({data[column].dtype}) has "
                f"others: {first_three(data[column].unique())}"
            )
        unknown[column] = int(np.isnan(marks).sum())
        marks = marks if rows is None else marks[rows]
        inside = np.flatnonzero(marks == 1)
        if not len(inside):
            raise SimilarityError(
                f"a group of `by` has no votes: no row has {column!r} = 1; leave the flag out"
            )
        kept.append(inside)
        codes.append(np.full(len(inside), number))
    return key.name, np.concatenate(kept), np.concatenate(codes), pd.Index(key.columns)
