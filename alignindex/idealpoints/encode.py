"""From a long table of votes to what the kernels read: check, number, sort out, connect."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from alignindex.base.errors import SimilarityError, closest, first_three
from alignindex.kernels.idealpoints.model import Model, arrange

MIN_ITEMS = 2  # a period with one roll call says no more than that roll call's own cut-points
HOLD_OUT = 50  # one vote in so many is kept out to judge the sweeps
LEAST_HELD_OUT = 1000
INNOVATION = 0.5
Ints = NDArray[np.int64]


class Encoded(NamedTuple):
    """Votes in numbers. `group` is a set of linked items that share their parameters."""

    table: pd.DataFrame  # state, period, item, category: one row a vote, sorted
    states: pd.Index
    periods: pd.Index  # sorted; a single dummy where the points do not move
    items: pd.Index
    group_of_item: Ints  # (n_items,)
    nodes: pd.DataFrame  # state, period, n_votes, number (-1: not in the model)
    groups: pd.DataFrame  # number (-1: not in the model), two_cuts, first category, last category
    node: Ints  # of the votes in the model
    group: Ints
    kind: Ints
    node_period: Ints  # (n_nodes,) rank among the periods in the model
    model: Model
    set_aside: pd.DataFrame  # what, key, reason, votes
    digest: str


def check_columns(votes: pd.DataFrame, names: Iterable[str]) -> None:
    """Raise unless all columns are there."""
    if not isinstance(votes, pd.DataFrame):
        raise SimilarityError(
            f"expected a DataFrame of votes, one row a vote, got {type(votes).__name__}"
        )
    for name in names:
        if name not in votes.columns:
            present = [str(column) for column in votes.columns]
            raise SimilarityError(
                f"the votes have no column {name!r}{closest(name, present)}; columns are "
                f"{', '.join(present)}. Name yours with state=, item=, value= and period="
            )


def check_levels(levels: Sequence[Hashable]) -> list[Hashable]:
    """Return two or three distinct levels in their order."""
    known = list(levels)
    if len(known) not in (2, 3) or len(set(known)) != len(known):
        raise SimilarityError(
            f"levels must be two or three different values in their order, such as [1, 2, 3] for "
            f"yes, abstain, no; got {known!r}"
        )
    return known


def check_values(values: pd.Series, levels: list[Hashable], absent: Iterable[Hashable]) -> None:
    """Raise where a vote is neither a level nor declared as not cast."""
    known = set(levels) | set(absent)
    strange = values[values.notna() & ~values.isin(list(known))]
    if strange.empty:
        return
    counts = strange.astype(object).value_counts()
    shown = first_three(f"{value!r} ({count} rows)" for value, count in counts.items())
    numeric = all(isinstance(level, (int, float, np.number)) for level in levels)
    if numeric and any(isinstance(value, str) for value in counts.index):
        mend = (
            "map the words to numbers first, such as "
            "votes['vote'].map({'Y': 1, 'A': 2, 'N': 3}), or name them as levels=['Y', 'A', 'N']; "
            "ai.sources has readers for published files"
        )
    else:
        mend = (
            "absence and non-membership are no levels: keep the votes that were cast, "
            f"votes[votes[{values.name!r}].isin({levels!r})], or use ai.idealpoints.prepare"
        )
    raise SimilarityError(f"votes must be one of {levels!r}, found {shown}: {mend}")


def drop_repeats(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One vote of a state on an item; identical repeats are counted, contradictions an error."""
    keys = ["state", "item"]
    repeated = table[table.duplicated(keys, keep=False)]
    if repeated.empty:
        return table, account([])
    differing = repeated.groupby(keys, observed=True, sort=True)["category"].nunique()
    differing = differing[differing > 1]
    if len(differing):
        shown = first_three(f"{state} on {item}" for state, item in differing.index)
        raise SimilarityError(
            f"{len(differing)} states cast contradictory votes on one item: {shown}; keep the one "
            "that counts, or give the roll calls different identifiers"
        )
    extra = int(table.duplicated(keys).sum())
    rows = [("vote", "", "identical repeat of a vote, counted once", extra)]
    return table.drop_duplicates(keys), account(rows)


def account(rows: list[tuple[str, Any, str, int]]) -> pd.DataFrame:
    """Build the table of what was set aside."""
    table = pd.DataFrame(rows, columns=["what", "key", "reason", "votes"])
    return table.astype({"what": object, "key": object, "reason": object, "votes": np.int64})


def link_groups(items: pd.Index, links: object) -> tuple[Ints, pd.DataFrame]:
    """Give items that are linked, directly or through others, one number."""
    if links is None:
        return np.arange(len(items), dtype=np.int64), account([])
    table = links if isinstance(links, pd.DataFrame) else pd.DataFrame(list(links))  # type: ignore[call-overload]
    if {"rcid1", "rcid2"} <= set(table.columns):
        table = table[["rcid1", "rcid2"]]
    if table.shape[1] != 2 and len(table):
        raise SimilarityError(
            "links must have two columns, an item and the same item voted again (such as rcid1 "
            f"and rcid2); got {table.shape[1]}: {', '.join(map(str, table.columns))}"
        )
    if not len(table):
        return np.arange(len(items), dtype=np.int64), account([])
    one, other = (items.get_indexer(pd.Index(table.iloc[:, side])) for side in (0, 1))
    known = (one >= 0) & (other >= 0)
    size = len(items)
    graph = coo_array((np.ones(int(known.sum())), (one[known], other[known])), shape=(size, size))
    _, groups = connected_components(graph, directed=False)
    lost = int((~known).sum())
    rows = [("link", "", "names an item without votes here", lost)] if lost else []
    if lost == len(table):
        raise SimilarityError(
            f"none of the {lost} links names two items of the votes; the first is "
            f"{tuple(table.iloc[0].tolist())}: check that both use one identifier"
        )
    return groups.astype(np.int64), account(rows)


def named(keys: Iterable[object], reason: str, counts: Iterable[int], what: str) -> pd.DataFrame:
    """Account rows of one kind."""
    return account([(what, key, reason, int(n)) for key, n in zip(keys, counts, strict=True)])


def encode(
    votes: pd.DataFrame,
    *,
    state: str,
    item: str,
    value: str,
    period: str | None,
    levels: Sequence[Hashable],
    links: object,
    gap: str,
) -> Encoded:
    """Check the votes and turn them into the arrays of the model."""
    known = check_levels(levels)
    check_columns(votes, [state, item, value] + ([period] if period else []))
    check_values(votes[value], known, [])
    keys = {"state": state, "item": item} | ({"period": period} if period else {})
    for role, column in keys.items():
        empty = int(votes[column].isna().sum())
        if empty:
            rows = first_three(votes.index[votes[column].isna()])
            raise SimilarityError(
                f"{empty} votes have no {role} (column {column!r}, rows {rows}); fill or drop them"
            )
    table = pd.DataFrame({role: votes[column].to_numpy() for role, column in keys.items()})
    if not period:
        table["period"] = 0
    table["category"] = pd.Index(known).get_indexer(pd.Index(votes[value]))
    uncast = int((table["category"] < 0).sum())
    notes = [account([("vote", "", "no value: not cast", uncast)] if uncast else [])]
    table, repeats = drop_repeats(table[table["category"] >= 0])
    notes.append(repeats)
    if table.empty:
        raise SimilarityError("no vote was cast: expected rows with a value of levels")
    spans = table.groupby("item", observed=True)["period"].nunique()
    if (spans > 1).any():
        shown = first_three(spans.index[spans > 1])
        raise SimilarityError(
            f"{int((spans > 1).sum())} items occur in several periods: {shown}; a roll call "
            "belongs to one period. Give a repeated vote its own identifier and join the two "
            "with links="
        )
    codes: dict[str, Ints] = {}
    index: dict[str, pd.Index] = {}
    for role in ("state", "period", "item"):
        index[role] = pd.Index(_sorted(table[role].unique(), keys.get(role, role)))
        codes[role] = index[role].get_indexer(pd.Index(table[role])).astype(np.int64)
    order = np.lexsort((codes["item"], codes["period"], codes["state"]))
    s, t, k = (codes[role][order] for role in ("state", "period", "item"))
    y = table["category"].to_numpy(dtype=np.int64)[order]
    group_of_item, unused = link_groups(index["item"], links)
    notes.append(unused)
    hashed = hashlib.sha256()
    for part in (s, t, k, y, group_of_item):
        hashed.update(np.ascontiguousarray(part, dtype=np.int64).tobytes())
    hashed.update(repr([list(index[role]) for role in index] + [known, gap]).encode())

    groups = group_of_item[k]
    usable, dropped = identify(s, t, k, groups, y, index)
    notes += dropped
    key = s * len(index["period"]) + t  # sorted, as the votes are
    begins = np.append(True, key[1:] != key[:-1])
    node_key, node_of = key[begins], np.cumsum(begins) - 1
    nodes = pd.DataFrame(
        {
            "state": node_key // len(index["period"]),
            "period": node_key % len(index["period"]),
            "n_votes": np.bincount(node_of),
        }
    )
    in_model = np.flatnonzero(np.bincount(node_of[usable]))
    number = np.full(len(nodes), -1, dtype=np.int64)
    number[in_model] = np.arange(in_model.size)
    nodes["number"] = number
    kept_groups = np.flatnonzero(np.bincount(groups[usable]))
    place = np.zeros(int(groups.max()) + 1, dtype=np.int64)
    place[kept_groups] = np.arange(kept_groups.size)
    group = place[groups[usable]]
    seen = np.zeros((kept_groups.size, len(known)), dtype=bool)
    seen[group, y[usable]] = True
    lowest, highest = seen.argmax(axis=1), len(known) - 1 - seen[:, ::-1].argmax(axis=1)
    two_cuts = seen.sum(axis=1) == 3
    group_number = np.full(int(group_of_item.max()) + 1, -1, dtype=np.int64)
    group_number[kept_groups] = np.arange(kept_groups.size)
    facts = pd.DataFrame({"two_cuts": two_cuts, "lowest": lowest, "highest": highest})
    kind = np.where(
        y[usable] == lowest[group], 0, np.where(y[usable] == highest[group], 2, 1)
    ).astype(np.int64)
    node = number[node_of[usable]]
    node_state = nodes["state"].to_numpy()[in_model]
    _, node_period = np.unique(nodes["period"].to_numpy()[in_model], return_inverse=True)
    same = node_state[1:] == node_state[:-1]
    cast = np.bincount(node, minlength=in_model.size)
    step = np.diff(node_period) if gap == "grow" else np.ones(len(same))
    share = cast[1:] / (cast[1:] + cast[:-1])
    link = np.zeros(len(same))
    link[same] = 1.0 / (INNOVATION * share[same] * step[same])
    check_connected(node, group, link, nodes.iloc[in_model], index)
    _, state_number = np.unique(node_state, return_inverse=True)
    arranged = arrange(node, group.astype(np.int64), kind, in_model.size, kept_groups.size)
    sorted_table = pd.DataFrame({"state": s, "period": t, "item": k, "category": y})
    return Encoded(
        sorted_table, index["state"], index["period"], index["item"],
        group_number[group_of_item], nodes, facts, node, group.astype(np.int64), kind,
        node_period.astype(np.int64), Model(arranged, two_cuts, state_number, link),
        pd.concat(notes, ignore_index=True), hashed.hexdigest()[:16],
    )  # fmt: skip


def _sorted(labels: Any, column: str) -> Any:
    """Sort labels, which must be of one kind."""
    try:
        return np.sort(labels)
    except TypeError:
        kinds = {type(label).__name__: repr(label) for label in labels}
        shown = "; ".join(f"{label} ({kind})" for kind, label in kinds.items())
        raise SimilarityError(
            f"the labels of column {column!r} must be of one kind to be sorted, got {shown}: "
            "convert them to one type before you put tables together"
        ) from None


def identify(
    s: Ints, t: Ints, k: Ints, groups: Ints, y: Ints, index: dict[str, pd.Index]
) -> tuple[NDArray[np.bool_], list[pd.DataFrame]]:
    """Votes that can enter the model, and the items and periods that cannot."""
    usable = np.ones(s.size, dtype=bool)
    period_of = np.zeros(len(index["item"]), dtype=np.int64)
    period_of[k] = t  # an item belongs to one period
    notes: list[pd.DataFrame] = []
    while True:
        seen = np.zeros((int(groups.max()) + 1, int(y.max()) + 1), dtype=bool)
        seen[groups[usable], y[usable]] = True
        dull = usable & (seen.sum(axis=1) < 2)[groups]
        if dull.any():
            items, counts = np.unique(k[dull], return_counts=True)
            notes.append(named(index["item"][items], "one observed category", counts, "item"))
            usable &= ~dull
        present = np.bincount(k[usable], minlength=period_of.size) > 0
        per_period = np.bincount(period_of[present], minlength=len(index["period"]))
        small = usable & (per_period < MIN_ITEMS)[t]
        if not dull.any() and not small.any():
            break
        if small.any():
            periods, counts = np.unique(t[small], return_counts=True)
            reason = f"fewer than {MIN_ITEMS} items with two categories: too small to identify"
            notes.append(named(index["period"][periods], reason, counts, "period"))
            usable &= ~small
    if not usable.any():
        raise SimilarityError(
            "nothing can be estimated: no period has two items on which the states differ. Ideal "
            "points need roll calls with at least two categories; unanimous ones say nothing"
        )
    empty = np.setdiff1d(t, t[usable])
    told = {key for note in notes for key in note.loc[note["what"] == "period", "key"]}
    left = [p for p in empty if index["period"][p] not in told]
    lost = [int((t == p).sum()) for p in left]
    notes.append(named(index["period"][left], "no item with two categories", lost, "period"))
    return usable, notes


def check_connected(
    node: Ints,
    group: Ints,
    link: NDArray[np.float64],
    nodes: pd.DataFrame,
    index: dict[str, pd.Index],
) -> None:
    """Raise unless votes and walks tie all states and periods together."""
    n = len(nodes)
    tied = np.flatnonzero(link > 0.0)
    rows, columns = np.append(node, tied), np.append(n + group, tied + 1)
    size = n + int(group.max()) + 1
    graph = coo_array((np.ones(rows.size), (rows, columns)), shape=(size, size))
    parts, label = connected_components(graph, directed=False)
    if parts == 1:
        return
    sizes = np.bincount(label[:n], minlength=parts)
    outside = nodes[label[:n] != sizes.argmax()]
    states = first_three(index["state"][np.unique(outside["state"])])
    periods = first_three(index["period"][np.unique(outside["period"])])
    raise SimilarityError(
        f"the votes fall into {parts} parts that share neither a state over time nor an item, so "
        f"their points have no common scale. Outside the largest part: states {states}; periods "
        f"{periods}. Fit the parts one by one, or tie them with links="
    )


def hold_out(encoded: Encoded) -> NDArray[np.bool_] | None:
    """Choose the votes that judge the sweeps, evenly and without chance; None if too few."""
    node, group, kind = encoded.node, encoded.group, encoded.kind
    order = np.lexsort((node, kind, group))
    chosen = np.zeros(node.size, dtype=bool)
    chosen[order[HOLD_OUT // 2 :: HOLD_OUT]] = True
    cell = 3 * group + kind
    # Every category of every item, and every node, must stay in the model.
    chosen &= (np.bincount(cell)[cell] >= 5) & (np.bincount(node)[node] >= 10)
    return chosen if int(chosen.sum()) >= LEAST_HELD_OUT else None
