"""Codes of one indicator, and the ones among them that are drawn, spell by spell."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, Union

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.arguments import shown
from alignindex.base.errors import PanelError, SpecError, closest
from alignindex.base.typing import Bools, Floats
from alignindex.kernels.scoring import coding as coding_kernels
from alignindex.robustness.draws.dependence import Owners
from alignindex.spec import Indicator
from alignindex.spec.rules import Levels, Thresholds

__all__ = [
    "EXACT",
    "Cells",
    "MissingDraws",
    "check_missing",
    "key_of",
    "with_imputations",
    "with_missing",
]

MissingDraws: TypeAlias = Union[str, Sequence[pd.DataFrame], None]  # noqa: UP007
EXACT = 1e-9  # codes this near to a category are that category
WHOLE = -2  # the one fact of all completed tables
RULES = ("admissible", "hot_deck")


@dataclass
class Cells:
    """Values of one indicator, coded in one way: its codes, or the two positions of a distance.

    Attributes
    ----------
    value, low, high : ndarray, shape (cells,)
        Value (NaN if unknown), and the smallest and largest that it may have (NaN where the
        indicator does not apply).
    owners : Owners or None
        Who owns the facts behind the cells; None where nothing is drawn.
    ends : Cells or None
        The positions behind a distance, those of the states and then those of the partners, where
        positions are drawn; codes follow from them.
    fact : ndarray of int, shape (cells,)
        First cell of the spell whose stream a cell follows; -1 where nothing is drawn, -2 where
        completed tables are. Cells with one fact and one table have one value in every draw.
    table : ndarray of int, shape (cells,)
        Number of the list in `tables` that a cell picks from; -1 for uniform between low and high.
    coded : ndarray of bool, shape (cells,)
        Drawn because a coder may err.
    """

    indicator: Indicator
    value: Floats
    low: Floats
    high: Floats
    owners: Owners | None = None
    ends: Cells | None = None
    fact: NDArray[np.signedinteger] = field(init=False)
    coded: NDArray[np.bool_] = field(init=False)
    table: NDArray[np.signedinteger] = field(init=False)
    tables: list[tuple[Floats, Floats]] = field(default_factory=list)  # values, cumulative chances
    known: dict[bytes, int] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        kind = np.int32 if len(self.value) < 2**31 else np.int64  # half the memory of a large panel
        self.fact, self.table = np.full((2, len(self.value)), -1, dtype=kind)
        self.coded = np.zeros(len(self.value), dtype=bool)

    @property
    def unknown(self) -> NDArray[np.bool_]:
        """Cells that apply, have no value, and follow no stream yet."""
        cells: Bools = np.isnan(self.value) & ~np.isnan(self.low) & (self.fact == -1)
        return cells

    def add_table(self, values: Floats, cumulative: Floats) -> int:
        """Give a number to a list of values with their cumulative chances."""
        name = values.tobytes() + b"|" + cumulative.tobytes()
        if name not in self.known:
            self.known[name] = len(self.tables)
            self.tables.append((values, cumulative))
        return self.known[name]

    def follow(self, first: NDArray[np.intp], *, coded: bool) -> None:
        """Let the cells of spells, given by their first cells, follow one stream each."""
        inside = first >= 0
        self.fact[inside] = first[inside]
        self.coded[inside] = coded

    def label(self, cell: int) -> str:
        """Name the fact of a drawn cell: what it is about and when it begins."""
        if self.fact[cell] == WHOLE:
            return "missing|completed tables"
        assert self.owners is not None
        source = "coders" if self.coded[cell] else "missing"
        return f"{source}|{self.indicator.name}|{self.owners.label(int(self.fact[cell]))}"

    @property
    def columns(self) -> list[NDArray[Any]]:
        """Everything that the code of a row depends on, one value per row each."""
        found: list[NDArray[Any]] = [self.value, self.low, self.high, self.fact, self.table]
        if self.ends is not None:
            for part in (self.ends.value, self.ends.fact, self.ends.table):
                found += np.split(part, 2)
        return found

    def from_ends(self, state: Floats, partner: Floats, applies: Floats) -> list[Floats]:
        """Code with its minimum and maximum from drawn positions, by the steps of coding."""
        coded = coding_kernels.distance(state, partner)
        if self.indicator.reverse:
            coded = coding_kernels.reverse(coded)
        if self.indicator.cut is not None:
            coded = coding_kernels.cut(coded, self.indicator.cut)
        return [np.where(np.isnan(applies), np.nan, part) for part in coded]


def check_missing(missing: Any) -> None:
    """Raise unless `missing` says how unknown codes are drawn.

    Raises
    ------
    SpecError
        If it is neither a known rule, nor a list of tables, nor None.
    """
    if missing is None or (isinstance(missing, str) and missing in RULES):
        return
    tables = list(missing) if isinstance(missing, list | tuple) else [missing]
    wrong = [table for table in tables if not isinstance(table, pd.DataFrame)]
    if isinstance(missing, list | tuple) and tables and not wrong:
        return
    near = closest(missing, RULES) if isinstance(missing, str) else ""
    raise SpecError(
        "missing must be 'admissible', 'hot_deck', a list of completed code tables (DataFrames "
        "with the rows and columns of result.codes), or None to leave unknown codes unknown; got "
        f"{shown(wrong[0] if wrong else missing)}{near}"
    )


def key_of(seed: bytes, label: str) -> NDArray[np.uint64]:
    """Key of the stream of one fact: a hash, so that it depends on no order."""
    digest = hashlib.blake2b(label.encode(), key=seed, digest_size=16).digest()
    return np.frombuffer(digest, dtype="<u8").astype(np.uint64)


def _admissible(indicator: Indicator) -> Floats | None:
    """Codes that an indicator can take, or None if it can take any in a range."""
    if indicator.cut is not None:
        return np.array([0.0, 1.0])
    rule = indicator.rule
    if isinstance(rule, Thresholds):
        codes = np.array(sorted(set(rule.codes)))
    elif isinstance(rule, Levels):
        codes = np.array(sorted({end for name in rule.codes for end in rule.bounds(name)}))
    else:
        return None
    return np.sort(1.0 - codes) if indicator.reverse else codes


def _even(number: int) -> Floats:
    return np.arange(1, number + 1) / number


def with_missing(cells: Cells, rule: str) -> None:
    """Let unknown values be drawn: one fact per spell of unknown years of their owner.

    ``admissible``: equally likely among the codes that the rule can give between low and high, or
    uniform there. ``hot_deck``: equally likely among the values observed for the same owner
    between low and high; if there is none, for the same partner (of a dyad), then anywhere;
    failing that, admissible.
    """
    unknown = cells.unknown
    if not unknown.any():
        return
    assert cells.owners is not None
    cells.follow(cells.owners.spells(unknown), coded=False)
    allowed = _admissible(cells.indicator)
    pools = _Donors(cells.value, cells.owners) if rule == "hot_deck" else None
    if pools is None:
        _from_allowed(cells, np.flatnonzero(unknown), allowed)
        return
    for cell in np.flatnonzero(unknown):
        values = pools.between(cell, cells.low[cell] - EXACT, cells.high[cell] + EXACT)
        if values.size:
            cells.table[cell] = cells.add_table(values, _even(values.size))
        else:
            _from_allowed(cells, np.array([cell]), allowed)


def _from_allowed(cells: Cells, where: NDArray[np.intp], allowed: Floats | None) -> None:
    """Equal chances of what is allowed between low and high; where nothing is, uniform."""
    if allowed is None:
        return
    bounds = np.stack([cells.low[where], cells.high[where]], axis=1)
    shown, which = np.unique(bounds, axis=0, return_inverse=True)
    numbers = np.full(len(shown), -1, dtype=np.int64)
    for i, (low, high) in enumerate(shown):
        values = allowed[(allowed >= low - EXACT) & (allowed <= high + EXACT)]
        if values.size:
            numbers[i] = cells.add_table(values, _even(values.size))
    cells.table[where] = numbers[which.ravel()]


class _Donors:
    """Observed values, sorted, by owner, by partner and altogether; each owner-year once."""

    def __init__(self, value: Floats, owners: Owners) -> None:
        seen = np.flatnonzero(~np.isnan(value))
        seen = seen[np.unique(owners.key[seen], return_index=True)[1]]
        seen = seen[np.argsort(value[seen], kind="stable")]
        self.everywhere = value[seen]
        self.owner = owners.owner
        self.by_owner = _pools(value[seen], owners.owner[seen])
        # The partner's other dyads are nearer than all dyads; an actor or a pair has no such kin.
        self.partner = np.tile(owners.rows.partner, len(value) // len(owners.rows.year))
        single = (owners.kind == "dyad") | ((owners.kind == "pair") & ~owners.mirrored)
        self.single = np.broadcast_to(single, value.shape)
        self.by_partner = _pools(value[seen], self.partner[seen])

    def between(self, cell: np.intp, low: float, high: float) -> Floats:
        """Donors of one cell, from the nearest pool that has one in its bounds."""
        none = np.empty(0)
        pools = [self.by_owner.get(int(self.owner[cell]), none)]
        if self.single[cell]:
            pools.append(self.by_partner.get(int(self.partner[cell]), none))
        for pool in (*pools, self.everywhere):
            part = pool[np.searchsorted(pool, low) : np.searchsorted(pool, high, side="right")]
            if part.size:
                return np.asarray(part)
        return none


def _pools(values: Floats, owner: NDArray[np.generic]) -> dict[int, Floats]:
    """Values of each owner, in the order in which they come."""
    order = np.argsort(owner, kind="stable")
    owners, starts = np.unique(owner[order], return_index=True)
    parts = np.split(values[order], starts[1:]) if owners.size else []
    return {int(name): part for name, part in zip(owners, parts, strict=True)}


def with_imputations(cells: Cells, tables: Sequence[pd.DataFrame], index: pd.Index[Any]) -> None:
    """Let unknown codes come from completed tables: a draw takes one table for all of them."""
    unknown = np.flatnonzero(cells.unknown)
    if not unknown.size:
        return
    name = cells.indicator.name
    columns = []
    for number, table in enumerate(tables):
        if name not in table.columns or not index.isin(table.index).all():
            raise PanelError(
                f"completed table no. {number + 1} must have the rows and columns of result.codes; "
                f"it lacks column {name!r} or some rows"
            )
        columns.append(table[name].reindex(index).to_numpy(np.float64)[unknown])
    values = np.stack(columns, axis=1)
    bad = np.isnan(values) | (values < -EXACT) | (values > 1 + EXACT)
    if bad.any():
        row = unknown[np.flatnonzero(bad.any(axis=1))[0]]
        raise PanelError(
            f"completed tables must give a code in [0, 1] wherever one is unknown; {name!r} is "
            f"{values[bad][0]} at {index[row]} ({int(bad.sum())} such cells)"
        )
    cells.fact[unknown] = WHOLE
    for row, value in zip(unknown, values, strict=True):
        cells.table[row] = cells.add_table(value, _even(len(tables)))
