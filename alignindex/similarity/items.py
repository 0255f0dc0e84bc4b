"""Turn checked rows into a states × items array of level codes per group, and item weights."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.errors import SimilarityError, first_three
from alignindex.base.typing import Floats
from alignindex.similarity.groups import Groups, Positions

__all__ = ["Block", "Blocks", "blocks", "group_weights"]

_ABSENT, _NO_ROW = -1, -2


@dataclass(frozen=True)
class Block:
    """The votes of one group."""

    states: Positions
    """positions among the labels of states, ascending"""
    items: Positions
    """positions among the labels of items, ascending"""
    codes: NDArray[np.int8]
    """shape (states, items): position of the level, negative if there is no vote"""


@dataclass(frozen=True)
class Blocks:
    """The votes of all groups."""

    blocks: list[Block]
    labels: pd.Index
    """states, sorted"""
    item_labels: pd.Index
    n_levels: int
    identical_duplicates: int


def blocks(
    data: pd.DataFrame,
    groups: Groups,
    codes: NDArray[np.int8],
    *,
    state: str,
    item: str,
    n_levels: int,
    absent: int | None,
    unanimous: str,
) -> Blocks:
    """Return the votes of every group as arrays; raise if rows contradict or a group is empty."""
    states, labels = _factorize(data[state], state)
    items, item_labels = _factorize(data[item], item)
    states, items, codes = groups.take(states), groups.take(items), groups.take(codes)
    found: list[Block] = []
    empty: list[str] = []
    duplicates = 0
    for number, part in enumerate(groups):
        here, local = _local(states[part], len(labels))
        there, column = _local(items[part], len(item_labels))
        votes = np.full((len(here), len(there)), _NO_ROW, dtype=np.int8)
        votes[local, column] = codes[part]
        if np.count_nonzero(votes != _NO_ROW) < len(local):
            if np.any(votes[local, column] != codes[part]):
                raise _contradiction(data, groups, part, (state, item), codes)
            duplicates += len(local) - int(np.count_nonzero(votes != _NO_ROW))
        if absent is None and not np.any(votes >= 0):
            empty.append(groups.name(number))
        if unanimous == "drop":
            cast = votes >= 0
            low = np.where(cast, votes, n_levels).min(axis=0)
            contested = low < votes.max(axis=0)
            votes, there = votes[:, contested], there[contested]
        if absent is not None:
            votes[votes == _ABSENT] = absent
        found.append(Block(here, there, votes))
    if empty:
        raise SimilarityError(
            f"{len(empty)} of {len(found)} groups of `by` have no votes, since all values are "
            f"missing: {first_three(empty)}; drop their rows, or count absence as a level with "
            "absent=..."
        )
    return Blocks(found, labels, item_labels, n_levels, duplicates)


def _factorize(column: pd.Series, name: str) -> tuple[Positions, pd.Index]:
    """Return the rank of each row's value, and the sorted values."""
    codes, found = pd.factorize(column)
    # A categorical has an order of its own, but results are sorted by label.
    labels = pd.Index(np.asarray(found)) if column.dtype == "category" else pd.Index(found)
    try:
        order = labels.argsort()
    except TypeError:
        kinds = sorted({type(each).__name__ for each in column.unique()})
        raise SimilarityError(
            f"column {name!r} mixes {' and '.join(kinds)}, which have no common order; convert it "
            "with .astype(str)"
        ) from None
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    return rank[codes], labels.take(order)


def _local(codes: Positions, size: int) -> tuple[Positions, Positions]:
    """Return the codes that occur, ascending, and the position of each row's code among them."""
    seen = np.zeros(size, dtype=bool)
    seen[codes] = True
    return np.flatnonzero(seen), (np.cumsum(seen) - 1)[codes]


def _contradiction(
    data: pd.DataFrame,
    groups: Groups,
    part: slice,
    keys: tuple[str, str],
    codes: NDArray[np.int8],
) -> SimilarityError:
    """Return the error about rows of one state and item that have different values."""
    rows = np.arange(len(data))[part] if groups.rows is None else groups.rows[part]
    frame = data.iloc[rows][list(keys)].assign(code=codes[part], position=rows)
    clashes = frame.groupby(list(keys), observed=True)["code"].transform("nunique") > 1
    named: dict[tuple[Hashable, ...], list[int]] = {}
    for one, other, _, position in frame[clashes].itertuples(index=False, name=None):
        named.setdefault((one, other), []).append(position)
    shown = [
        f"{keys[0]} {one}, {keys[1]} {other} (rows {data.index[at].tolist()})"
        for (one, other), at in named.items()
    ]
    group = groups.name(int(np.searchsorted(groups.bounds, part.start, side="right")) - 1)
    return SimilarityError(
        f"contradictory votes of one state on one item in {group}: {first_three(shown)}; keep one "
        "row of each, or add the column that tells them apart to `by`"
    )


def group_weights(
    found: Blocks, groups: Groups, item: str, weights: pd.Series | None
) -> list[Floats | None]:
    """Return the item weights of every group."""
    if weights is None:
        return [None] * len(found.blocks)
    if not isinstance(weights, pd.Series):
        raise SimilarityError(
            f"item_weights must be a Series indexed by {item!r}, got {type(weights).__name__}; "
            f"for example data.drop_duplicates({item!r}).set_index({item!r})['weight']"
        )
    by_group = isinstance(weights.index, pd.MultiIndex)
    names = [*groups.labels.columns, item]
    if by_group and (weights.index.nlevels != len(names) or len(names) == 1):
        raise SimilarityError(
            f"item_weights must be indexed by {item!r}"
            + (f" or by {', '.join(map(repr, names))}" if len(names) > 1 else "")
            + f", got an index of {weights.index.nlevels} levels {list(weights.index.names)}"
        )
    if not weights.index.is_unique:
        twice = weights.index[weights.index.duplicated()].unique()
        raise SimilarityError(
            f"item_weights gives several weights to {len(twice)} items: {first_three(twice)}; give "
            "each one weight"
        )
    try:
        given = weights.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        raise SimilarityError(f"item_weights must be numbers, got {weights.dtype}") from None
    wrong = ~(np.isfinite(given) & (given >= 0))
    if wrong.any():
        shown = [f"{key}: {number}" for key, number in weights[wrong].items()]
        raise SimilarityError(
            f"item_weights must be finite and ≥ 0; {len(shown)} are not: {first_three(shown)}"
        )
    numbers = pd.Series(given, index=weights.index)
    sizes = [len(block.items) for block in found.blocks]
    wanted = found.item_labels.take(np.concatenate([block.items for block in found.blocks]))
    if by_group:
        at = np.repeat(np.arange(len(sizes)), sizes)
        columns = [pd.Index(groups.labels[name]).take(at) for name in groups.labels.columns]
        wanted = pd.MultiIndex.from_arrays([*columns, wanted])
    positions = numbers.index.get_indexer(wanted)
    if (positions < 0).any():
        missing = wanted[positions < 0].unique()
        raise SimilarityError(
            f"item_weights misses {len(missing)} items of the data: {first_three(missing)}; give "
            "every item a weight, 0 to leave it out"
        )
    return list(np.split(given[positions], np.cumsum(sizes)[:-1]))
