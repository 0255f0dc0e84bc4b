"""Which dyad-years rest on one fact: an actor's position, the tie of a pair, or a dyad's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.errors import PanelError, SpecError, closest
from alignindex.base.typing import Bools, Floats, Ints
from alignindex.kernels.robustness import draws as kernels
from alignindex.panel.index import DyadYears
from alignindex.spec import IndexSpec, Indicator
from alignindex.spec.rules import Distance

__all__ = ["Owners", "Sharing", "check_sharing", "owners_of"]

Sharing: TypeAlias = Literal["dyad", "pair", "state", "partner", "actor", "ends"]
OF_DISTANCE: tuple[Sharing, ...] = ("actor", "ends", "dyad")
OF_OTHERS: tuple[Sharing, ...] = ("dyad", "pair", "state", "partner")


@dataclass(frozen=True)
class Owners:
    """Who owns the fact behind each cell: a cell is a code, or one end of a distance.

    Cells are the rows of the panel; for a distance they are the rows with their states' ends,
    then the rows with their partners' ends.

    Attributes
    ----------
    kind : str
    owner, year : ndarray of int, shape (cells,)
    mirrored : ndarray of bool, shape (cells,)
        Cells named by their pair in alphabetical order, not by their dyad.
    columns : tuple of str
        What the ends are called.
    """

    kind: Sharing
    rows: DyadYears
    owner: Ints
    year: Ints
    mirrored: Bools
    columns: tuple[str, ...]

    @property
    def key(self) -> Ints:
        """Number of the owner-year of each cell; neighbours in time differ by 1."""
        first = self.year.min(initial=0)
        span = int(self.year.max(initial=0) - first) + 2
        return np.asarray(self.owner * span + (self.year - first), dtype=np.int64)

    def spells(self, part: Bools, *values: Floats) -> NDArray[np.intp]:
        """First cell of the spell that each cell belongs to; -1 outside `part`.

        A spell is a run of consecutive years of one owner; `values` are the same in all cells of
        an owner-year, or that of the first of them counts.
        """
        cells = np.flatnonzero(part)
        number, first, inverse = np.unique(self.key[cells], return_index=True, return_inverse=True)
        shown = cells[first]
        begins = kernels.spells(number, np.ones(len(number), bool), *(v[shown] for v in values))
        out = np.full(len(part), -1, dtype=np.intp)
        out[cells] = shown[begins][inverse.ravel()]
        return out

    @cached_property
    def _names(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Names of states and partners as plain arrays: an index is slow to ask for one name."""
        return self.rows.states.to_numpy(object), self.rows.partners.to_numpy(object)

    def label(self, cell: int) -> str:
        """Name the fact whose spell begins in a cell; the same in every panel that has it."""
        row, end = cell % len(self.rows.year), cell // len(self.rows.year)
        states, partners = self._names
        state, partner = str(states[self.rows.state[row]]), str(partners[self.rows.partner[row]])
        year = self.year[cell]
        if self.kind == "state":
            return f"{state}|*|{year}"
        if self.kind == "partner":
            return f"*|{partner}|{year}"
        if self.kind in ("actor", "ends"):
            side = "" if self.kind == "actor" else f"{self.columns[end]}|"
            return f"{side}{(state, partner)[end]}|{year}"
        names = sorted((state, partner)) if self.mirrored[cell] else [state, partner]
        side = f"{self.columns[end]}|" if self.columns else ""
        return f"{side}{'|'.join(names)}|{year}"

    def actors(self) -> pd.MultiIndex | None:
        """Actor and year of each cell, where an actor owns the facts; else None."""
        ends = {"state": "s", "partner": "p", "actor": "sp"}.get(self.kind)
        if ends is None:
            return None
        of = {
            "s": self.rows.states.take(self.rows.state),
            "p": self.rows.partners.take(self.rows.partner),
        }
        names = np.concatenate([of[end].to_numpy(dtype=object) for end in ends])
        return pd.MultiIndex.from_arrays([names, self.year])


def check_sharing(spec: IndexSpec, shared: Any) -> dict[str, Sharing]:
    """Check what is declared about shared facts.

    Raises
    ------
    SpecError
        If an indicator or a kind of sharing is unknown, or a kind does not go with the rule.
    """
    if shared is None:
        return {}
    if not isinstance(shared, Mapping):
        raise SpecError(
            "shared is a mapping from indicator to who owns its facts, such as "
            f"{{'exercises': 'pair'}}; got {shared!r}"
        )
    rules = {indicator.name: indicator.rule for indicator in spec.indicators}
    for name, kind in shared.items():
        if name not in rules:
            raise SpecError(
                f"shared names indicator {name!r}, and spec {spec.name!r} has none"
                f"{closest(str(name), rules)}; it has {', '.join(rules)}"
            )
        allowed = OF_DISTANCE if isinstance(rules[name], Distance) else OF_OTHERS
        if kind not in allowed:
            raise SpecError(
                f"shared[{name!r}] must be one of {', '.join(allowed)} for rule "
                f"{rules[name].kind!r}; got {kind!r}{closest(str(kind), get_args(Sharing))}"
            )
    return dict(shared)


def owners_of(
    panel: pd.DataFrame, rows: DyadYears, indicator: Indicator, declared: Sharing | None
) -> Owners:
    """Owners of the facts behind an indicator: as declared, or as the raw columns show.

    Raises
    ------
    PanelError
        If what is declared contradicts the columns.
    """
    distance = isinstance(indicator.rule, Distance)
    values = [pd.factorize(panel[name])[0].astype(np.int64) for name in indicator.columns]
    clash: tuple[int, int] | None = None
    if distance:  # both ends are positions on one scale: number their values together
        ends = [panel[name].to_numpy(np.float64, na_value=np.nan) for name in indicator.columns]
        cells = pd.factorize(np.concatenate(ends))[0].astype(np.int64)
        kinds: tuple[Sharing, ...] = (declared,) if declared else OF_DISTANCE
        for kind in kinds:
            found = _owners(kind, rows, indicator, said=False)
            clash = _clash(found, cells)
            if clash is None:
                return found
    elif declared:
        found = _owners(declared, rows, indicator, said=True)
        clash = next((c for c in (_clash(found, v) for v in values) if c is not None), None)
        if clash is None:
            return found
    else:
        return _owners(_seen_in(values, rows), rows, indicator, said=False)
    assert clash is not None
    one, other = clash
    n = len(rows.year)
    raise PanelError(
        f"shared says that the facts of {indicator.name!r} are one for each {declared} and year, "
        f"and column {' or '.join(map(repr, indicator.columns))} has different values at "
        f"{rows.label(one % n)} and {rows.label(other % n)}; correct the panel, or declare 'dyad'"
    )


def _owners(kind: Sharing, rows: DyadYears, indicator: Indicator, *, said: bool) -> Owners:
    state, partner, actors = _actors(rows)
    mirrored = np.zeros(len(state), dtype=bool)
    owner = state * actors + partner
    year = rows.year.astype(np.int64)
    distance = isinstance(indicator.rule, Distance)
    if kind in ("state", "partner"):
        owner = state if kind == "state" else partner
    elif kind == "pair":
        # Without its mirror a dyad keeps its name, so that a table of such dyads alone, which
        # shows no pairs, has the same streams.
        mirrored = said | np.isin(partner * actors + state, owner)
        owner = np.minimum(state, partner) * actors + np.maximum(state, partner)
    if distance:
        year = np.concatenate([year, year])
        mirrored = np.concatenate([mirrored, mirrored])
        both = (state, partner) if kind in ("actor", "ends") else (owner, owner)
        apart = 0 if kind == "actor" else actors**2
        owner = np.concatenate([both[0], both[1] + apart])
    return Owners(kind, rows, owner, year, mirrored, indicator.columns if distance else ())


def _actors(rows: DyadYears) -> tuple[Ints, Ints, int]:
    """Numbers of state and partner in one list of actors, and how many there are."""
    actors = rows.states.union(rows.partners)
    state = actors.get_indexer(rows.states)[rows.state].astype(np.int64)
    partner = actors.get_indexer(rows.partners)[rows.partner].astype(np.int64)
    return state, partner, len(actors)


def _clash(owners: Owners, values: Ints) -> tuple[int, int] | None:
    """Two cells of one owner-year with different known values, or None."""
    known = np.flatnonzero(values >= 0)
    _, first, inverse = np.unique(owners.key[known], return_index=True, return_inverse=True)
    wrong = np.flatnonzero(values[known] != values[known[first]][inverse.ravel()])
    if not wrong.size:
        return None
    return int(known[first[inverse.ravel()[wrong[0]]]]), int(known[wrong[0]])


def _seen_in(values: list[Ints], rows: DyadYears) -> Sharing:
    """Say what the columns of an indicator show: constant over partners, states, or mirrored dyads.

    Unknown counts as a value here. A column that never varies is not a sign of a
    shared fact.
    """
    number = values[0]
    for more in values[1:]:
        number = pd.factorize(number * (more.max(initial=0) + 2) + more + 1)[0].astype(np.int64)
    state, partner, actors = _actors(rows)
    year = rows.year - rows.year.min(initial=0)
    span = int(year.max(initial=0)) + 1
    for kind, owner in (("state", state), ("partner", partner)):
        group = pd.factorize(owner * span + year)[0]
        if _constant(group, number, values[0]):
            return kind  # type: ignore[return-value]
    dyad = state * actors + partner
    mirrored = np.flatnonzero(np.isin(partner * actors + state, dyad))
    low, high = np.minimum(state, partner), np.maximum(state, partner)
    group = pd.factorize(((low * actors + high) * span + year)[mirrored])[0]
    return "pair" if _constant(group, number[mirrored], values[0][mirrored]) else "dyad"


def _constant(group: Ints, number: Ints, first: Ints) -> bool:
    """Whether values are constant within groups, of which some have several rows, and vary."""
    groups = int(group.max(initial=-1)) + 1
    if groups == len(group) or len(np.unique(number[first >= 0])) < 2:
        return False
    pairs = group.astype(np.int64) * (number.max(initial=0) + 2) + number + 1
    return len(pd.unique(pairs)) == groups
