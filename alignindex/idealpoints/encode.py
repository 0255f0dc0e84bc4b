"""Check a long table of votes and turn it into the arrays that the kernels read."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from alignindex.base.errors import SimilarityError, closest, first_three
from alignindex.base.typing import Bools, Floats, Ints
from alignindex.kernels.idealpoints.model import Model, arrange

MIN_ITEMS = 2  # the cut-points of a single roll call absorb all that it says about a period
HOLD_OUT = 50  # one vote in so many is kept out to judge the sweeps
MIN_HELD_OUT = 1000
INNOVATION = 0.5  # variance of the walk from one period to the next, between equal numbers of votes


class Encoded(NamedTuple):
    """Votes in numbers. A group is a set of linked items that share their parameters."""

    table: pd.DataFrame  # state, period, item, category: one row per vote, sorted
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
    skipped: pd.DataFrame  # what, key, reason, votes
    digest: str


def check_columns(votes: pd.DataFrame, names: Iterable[str]) -> None:
    """Raise unless the table has all columns."""
    if not isinstance(votes, pd.DataFrame):
        raise SimilarityError(
            f"expected a DataFrame of votes, one row per vote, got {type(votes).__name__}"
        )
    for name in names:
        if name not in votes.columns:
            present = [str(column) for column in votes.columns]
            raise SimilarityError(
                f"the votes have no column {name!r}{closest(name, present)}; columns are "
                f"{', '.join(present)}. Name yours with item=, value=, state= and by="
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
        fix = (
            "map the words to numbers first, such as "
            "votes['vote'].map({'Y': 1, 'A': 2, 'N': 3}), or name them as levels=['Y', 'A', 'N']; "
            "ai.sources has readers for published files"
        )
    else:
        fix = (
            "absence and non-membership are not levels: keep the votes that were cast, "
            f"votes[votes[{values.name!r}].isin({levels!r})], or name their codes with not_cast="
        )
    raise SimilarityError(f"votes must be one of {levels!r}, found {shown}: {fix}")


def drop_repeats(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one vote per state and item, and the repeats skipped; raise for contradictions."""
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
    """Return a table of what was skipped, from rows (what, key, reason, votes)."""
    table = pd.DataFrame(rows, columns=["what", "key", "reason", "votes"])
    return table.astype({"what": object, "key": object, "reason": object, "votes": np.int64})


def link_groups(items: pd.Index, links: object) -> tuple[Ints, pd.DataFrame]:
    """Return the group of every item; items linked directly or through others share one."""
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
    """Return the account of several keys that were skipped for one reason."""
    return account([(what, key, reason, int(n)) for key, n in zip(keys, counts, strict=True)])


def skipped_values(values: pd.Series) -> pd.DataFrame:
    """Return the account of rows without a vote, by their code."""
    counts = values.value_counts(dropna=False, sort=False)
    return named(counts.index, "not cast", counts, "vote")


def cast_votes(
    votes: pd.DataFrame,
    columns: dict[str, str],
    value: str,
    levels: list[Hashable],
    not_cast: Sequence[Hashable],
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Return the votes cast, as columns state, item, period and category, and the skipped rows."""
    absent = [code for code in not_cast if code not in levels]
    check_values(votes[value], levels, absent)
    cast = votes[value].isin(levels)
    notes = [skipped_values(votes.loc[~cast, value])]
    votes = votes[cast]
    nameless = votes[columns["state"]].isna()
    if nameless.any():
        notes.append(account([("vote", "", "no state", int(nameless.sum()))]))
        votes = votes[~nameless]
    for role, column in columns.items():
        empty = votes[column].isna()
        if empty.any():
            raise SimilarityError(
                f"{int(empty.sum())} votes have no {role} (column {column!r}, rows "
                f"{first_three(votes.index[empty])}); fill or drop them"
            )
    table = pd.DataFrame({role: votes[column].to_numpy() for role, column in columns.items()})
    if "period" not in table:
        table["period"] = 0
    table["category"] = pd.Index(levels).get_indexer(pd.Index(votes[value]))
    table, repeats = drop_repeats(table)
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
    return table, [*notes, repeats]


def encode(
    votes: pd.DataFrame,
    *,
    state: str,
    item: str,
    value: str,
    by: str | None,
    levels: Sequence[Hashable],
    not_cast: Sequence[Hashable],
    links: object,
    gap: str,
) -> Encoded:
    """Check the votes and turn them into the arrays of the model."""
    known = check_levels(levels)
    columns = {"state": state, "item": item} | ({"period": by} if by else {})
    check_columns(votes, [value, *columns.values()])
    table, notes = cast_votes(votes, columns, value, known, not_cast)
    index = {
        name: pd.Index(_sorted(table[name].unique(), columns.get(name, name)))
        for name in ("state", "period", "item")
    }
    codes = [labels.get_indexer(pd.Index(table[name])) for name, labels in index.items()]
    order = np.lexsort((codes[2], codes[1], codes[0]))
    s, t, k = (code.astype(np.int64)[order] for code in codes)
    y = table["category"].to_numpy(dtype=np.int64)[order]
    group_of_item, unused = link_groups(index["item"], links)
    hashed = hashlib.sha256()
    for part in (s, t, k, y, group_of_item):
        hashed.update(np.ascontiguousarray(part, dtype=np.int64).tobytes())
    hashed.update(repr([list(labels) for labels in index.values()] + [known, gap]).encode())

    groups = group_of_item[k]
    usable, dropped = identify(s, t, k, groups, y, index)
    key = s * len(index["period"]) + t  # sorted, as the votes are
    begins = np.append(True, key[1:] != key[:-1])
    node_of = np.cumsum(begins) - 1
    node_state, node_time = np.divmod(key[begins], len(index["period"]))
    in_model = np.flatnonzero(np.bincount(node_of[usable]))
    number = numbered(in_model, len(node_state))
    nodes = pd.DataFrame({"state": node_state, "period": node_time})
    nodes["n_votes"], nodes["number"] = np.bincount(node_of), number
    kept_groups = np.flatnonzero(np.bincount(groups[usable]))
    group_number = numbered(kept_groups, int(group_of_item.max()) + 1)
    group = group_number[groups[usable]]
    facts, kind = kinds_of(group, y[usable], len(kept_groups), len(known))
    node = number[node_of[usable]]
    node_state = node_state[in_model]
    _, node_period = np.unique(node_time[in_model], return_inverse=True)
    link = walk_precision(node, node_state, node_period, gap)
    check_connected(node, group, link, nodes.iloc[in_model], index)
    _, state_number = np.unique(node_state, return_inverse=True)
    model = Model(
        arrange(node, group, kind, len(in_model), len(kept_groups)),
        facts["two_cuts"].to_numpy(),
        state_number,
        link,
    )
    return Encoded(
        table=pd.DataFrame({"state": s, "period": t, "item": k, "category": y}),
        states=index["state"],
        periods=index["period"],
        items=index["item"],
        group_of_item=group_number[group_of_item],
        nodes=nodes,
        groups=facts,
        node=node,
        group=group,
        kind=kind,
        node_period=node_period.astype(np.int64),
        model=model,
        skipped=pd.concat([*notes, unused, *dropped], ignore_index=True),
        digest=hashed.hexdigest()[:16],
    )


def numbered(kept: Ints, size: int) -> Ints:
    """Return the place of each of `size` numbers among those that are kept, -1 for the others."""
    number = np.full(size, -1, dtype=np.int64)
    number[kept] = np.arange(len(kept))
    return number


def kinds_of(
    group: Ints, category: Ints, n_groups: int, n_levels: int
) -> tuple[pd.DataFrame, Ints]:
    """Return which categories each group has, and whether each vote is low, middle or high.

    Where only two categories occur there is one cut-point, and votes are low or high.
    """
    seen = np.zeros((n_groups, n_levels), dtype=bool)
    seen[group, category] = True
    lowest, highest = seen.argmax(axis=1), n_levels - 1 - seen[:, ::-1].argmax(axis=1)
    facts = pd.DataFrame({"two_cuts": seen.sum(axis=1) == 3, "lowest": lowest, "highest": highest})
    kind = np.where(category == lowest[group], 0, np.where(category == highest[group], 2, 1))
    return facts, kind.astype(np.int64)


def walk_precision(node: Ints, state: Ints, period: Ints, gap: str) -> Floats:
    """Return the precision of the random walk between neighbouring nodes, 0 between states."""
    same = state[1:] == state[:-1]
    cast = np.bincount(node, minlength=len(state))
    step = np.diff(period) if gap == "grow" else np.ones(len(same))
    share = cast[1:] / (cast[1:] + cast[:-1])
    link = np.zeros(len(same))
    link[same] = 1.0 / (INNOVATION * share[same] * step[same])
    return link


def _sorted(labels: Any, column: str) -> Any:
    """Return sorted labels; raise unless they are of one kind."""
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
) -> tuple[Bools, list[pd.DataFrame]]:
    """Return the votes that can enter the model, and the items and periods that cannot.

    Dropping an item may leave a period too small, and dropping a period may leave a linked group
    with one category, so both are repeated until nothing changes.
    """
    usable = np.ones(s.size, dtype=bool)
    period_of = np.zeros(len(index["item"]), dtype=np.int64)
    period_of[k] = t  # an item belongs to one period
    notes: list[pd.DataFrame] = []
    while True:
        seen = np.zeros((int(groups.max()) + 1, int(y.max()) + 1), dtype=bool)
        seen[groups[usable], y[usable]] = True
        unanimous = usable & (seen.sum(axis=1) < 2)[groups]
        if unanimous.any():
            items, counts = np.unique(k[unanimous], return_counts=True)
            notes.append(named(index["item"][items], "one observed category", counts, "item"))
            usable &= ~unanimous
        present = np.bincount(k[usable], minlength=period_of.size) > 0
        per_period = np.bincount(period_of[present], minlength=len(index["period"]))
        small = usable & (per_period < MIN_ITEMS)[t]
        if not unanimous.any() and not small.any():
            break
        if small.any():
            periods, counts = np.unique(t[small], return_counts=True)
            reason = f"fewer than {MIN_ITEMS} items with two categories: too small to identify"
            notes.append(named(index["period"][periods], reason, counts, "period"))
            usable &= ~small
    if not usable.any():
        raise SimilarityError(
            "nothing can be estimated: no period has two items on which the states differ. Ideal "
            "points need roll calls with at least two categories, and all here are unanimous"
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
    link: Floats,
    nodes: pd.DataFrame,
    index: dict[str, pd.Index],
) -> None:
    """Raise unless votes and walks connect all states and periods."""
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


def hold_out(encoded: Encoded) -> Bools | None:
    """Return the votes that judge the sweeps, chosen evenly and not at random; None if too few."""
    node, group, kind = encoded.node, encoded.group, encoded.kind
    order = np.lexsort((node, kind, group))
    chosen = np.zeros(node.size, dtype=bool)
    chosen[order[HOLD_OUT // 2 :: HOLD_OUT]] = True
    cell = 3 * group + kind
    # Every category of every item, and every node, must stay in the model.
    chosen &= (np.bincount(cell)[cell] >= 5) & (np.bincount(node)[node] >= 10)
    return chosen if int(chosen.sum()) >= MIN_HELD_OUT else None
