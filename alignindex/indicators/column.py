"""A raw panel column before it has rows: its observed values, its coverage, what absence means."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from alignindex.base.errors import PanelError, closest, first_three
from alignindex.base.keys import KEYS
from alignindex.base.typing import Array, Bools
from alignindex.sources.reading.common import SourceInfo

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Where a source speaks: only there does "no row" mean that there was none.

    Attributes
    ----------
    first, last : int
        First and last year covered.
    states, partners : collection of str, optional
        Actors covered at either end of the dyad; everyone where left out.
    spells : DataFrame, optional
        ``state, partner, first, last``: where coverage differs from dyad to dyad; the four
        fields above then bound it.
    exhaustive : bool, optional
        Whether the source lists the ties of every actor, so that an actor without any row has
        none. Otherwise a coverage that names nobody holds for the actors of the table alone.

    Examples
    --------
    >>> declared = Coverage(1992, 2023, states=["ARM", "GEO"])
    >>> rows = (np.array(["ARM", "EST"]), np.array(["RUS", "RUS"]), np.array([2000, 2000]))
    >>> declared.holds(*rows).tolist()
    [True, False]
    """

    first: int
    last: int
    states: Iterable[str] | None = None
    partners: Iterable[str] | None = None
    spells: pd.DataFrame | None = field(default=None, repr=False)
    exhaustive: bool = False

    def __post_init__(self) -> None:
        if not self.first <= self.last:
            raise PanelError(
                f"coverage runs from its first to its last year, got {self.first} to {self.last}"
            )
        for name in ("states", "partners"):
            given = getattr(self, name)
            if isinstance(given, str):
                raise PanelError(f"{name} of coverage is a list of codes, got {given!r}")
            if given is not None:
                object.__setattr__(self, name, frozenset(given))
        if self.spells is not None:
            lacking = [n for n in ("state", "partner", "first", "last") if n not in self.spells]
            if lacking:
                raise PanelError(
                    f"coverage as a table needs state, partner, first, last; lacks "
                    f"{', '.join(lacking)}: rename its columns"
                )

    def both_ways(self) -> Coverage:
        """Return the coverage of a source whose dyads have no direction."""
        if self.spells is None:
            if self.states is None and self.partners is None:
                return self
            ends = [(self.states, self.partners), (self.partners, self.states)]
            return _EitherWay(self.first, self.last, exhaustive=self.exhaustive, ways=tuple(ends))
        spells = self.spells
        for end, listed in (("state", self.states), ("partner", self.partners)):
            if listed is not None:
                spells = spells[spells[end].isin(list(listed))]
        swapped = spells.rename(columns={"state": "partner", "partner": "state"})
        both = pd.concat([spells, swapped])
        return Coverage(self.first, self.last, spells=both, exhaustive=self.exhaustive)

    def holds(self, state: Array, partner: Array, year: Array) -> Bools:
        """Say of each dyad-year whether it is covered."""
        inside = (year >= self.first) & (year <= self.last)
        for who, listed in ((state, self.states), (partner, self.partners)):
            if listed is not None:
                inside &= pd.Index(who).isin(list(listed))
        if self.spells is not None:
            inside &= self._in_spells(state, partner, year)
        return np.asarray(inside, dtype=bool)

    def _in_spells(self, state: Array, partner: Array, year: Array) -> Bools:
        table = self.spells
        assert table is not None
        dyads = pd.MultiIndex.from_arrays([state, partner])
        number, uniques = pd.factorize(dyads)
        named = pd.MultiIndex.from_arrays([table["state"], table["partner"]])
        at = pd.Index(uniques).get_indexer(named)
        inside = np.zeros(len(year), dtype=bool)
        rows_of = pd.Series(np.arange(len(year))).groupby(number).indices
        firsts, lasts = table["first"].to_numpy(), table["last"].to_numpy()
        for dyad, first, last in zip(at, firsts, lasts, strict=True):
            if dyad >= 0:
                rows = rows_of[dyad]
                inside[rows] |= (year[rows] >= int(first)) & (year[rows] <= int(last))
        return inside

    def unspoken(self, state: Array, partner: Array, year: Array) -> list[str]:
        """Return the actors of dyad-years that lie in the declared years, but in no table."""
        return []


@dataclass(frozen=True, slots=True)
class _Named(Coverage):
    """Coverage of the dyads that a table speaks for, since it names actors at their ends."""

    inner: Coverage | None = None
    named: frozenset[str] = frozenset()
    ends: Literal["state", "either", "both"] = "state"

    def holds(self, state: Array, partner: Array, year: Array) -> Bools:
        return self._within(state, partner, year) & self._spoken(state, partner)

    def _within(self, state: Array, partner: Array, year: Array) -> Bools:
        assert self.inner is not None
        return self.inner.holds(state, partner, year)

    def _spoken(self, state: Array, partner: Array) -> Bools:
        one, other = (pd.Index(who).isin(list(self.named)) for who in (state, partner))
        return np.asarray({"state": one, "either": one | other, "both": one & other}[self.ends])

    def unspoken(self, state: Array, partner: Array, year: Array) -> list[str]:
        lost = self._within(state, partner, year) & ~self._spoken(state, partner)
        actors = {*state[lost], *(partner[lost] if self.ends == "both" else ())}
        return sorted(map(str, actors - self.named))


@dataclass(frozen=True, slots=True)
class _EitherWay(Coverage):
    """Coverage of dyads without direction, declared for actors at either end."""

    ways: tuple[tuple[Any, Any], ...] = ()

    def holds(self, state: Array, partner: Array, year: Array) -> Bools:
        inside = np.zeros(len(year), dtype=bool)
        for states, partners in self.ways:
            inside |= Coverage(self.first, self.last, states, partners).holds(state, partner, year)
        return inside


@dataclass(frozen=True, slots=True)
class _OfActor(Coverage):
    """Coverage of figures of one actor, seen from one end of the dyad."""

    end: str = "state"

    def holds(self, state: Array, partner: Array, year: Array) -> Bools:
        actor = state if self.end == "state" else partner
        return Coverage(self.first, self.last, self.states, None, self.spells).holds(
            actor, actor, year
        )


def spoken_for(
    declared: Coverage,
    actors: Iterable[Any],
    ends: Literal["state", "either", "both"],
    builder: str,
    *,
    warn: bool = True,
) -> Coverage:
    """Limit a declared coverage to what a table can speak for.

    Parameters
    ----------
    declared : Coverage
        One that names actors, has spells or is exhaustive stays as it is.
    actors : iterable
        Those that the table names.
    ends : {"state", "either", "both"}
        Which ends of a dyad must be among them; with the last two the dyad has no direction.
    builder : str
        Who asks, for the warning about declared actors of which the table holds no row.
    """
    named = frozenset(str(actor) for actor in actors if not pd.isna(actor))
    whole = declared if ends == "state" else declared.both_ways()
    listed = {*(declared.states or ()), *((declared.partners or ()) if ends != "state" else ())}
    if listed - named and warn and declared.states is not None:
        warnings.warn(
            f"{builder}: no row of the table concerns {listing(listed - named)}; the declared "
            "coverage makes this an observed none. Leave them out of the coverage where the table "
            "does not list them",
            stacklevel=3,
        )
    if declared.exhaustive or listed or declared.spells is not None:
        return whole
    return _Named(declared.first, declared.last, inner=whole, named=named, ends=ends)


def listing(names: Iterable[object], most: int = 10) -> str:
    """Write names in order, with commas, and the number of those left out."""
    shown = sorted(map(str, names))
    more = f" and {len(shown) - most} more" if len(shown) > most else ""
    return f"{', '.join(shown[:most])}{more}"


Covered = Coverage | Span | SourceInfo | pd.DataFrame


def as_coverage(given: Covered) -> Coverage:
    """Take a coverage as it was declared: itself, two years, a reader's information, a table.

    Examples
    --------
    >>> as_coverage((1980, 2010)).last
    2010
    """
    if isinstance(given, Coverage):
        return given
    if isinstance(given, SourceInfo):
        if given.first_year is None or given.last_year is None:
            raise PanelError(
                f"{given.file} has no years, so its coverage must be declared: coverage=(first, "
                "last)"
            )
        return Coverage(given.first_year, given.last_year)
    if isinstance(given, pd.DataFrame):
        table = given.rename(columns={"host": "state", "patron": "partner"})
        if table.empty:
            raise PanelError("coverage as a table needs at least one row, got none")
        first = table["first"].min() if "first" in table else 0
        last = table["last"].max() if "last" in table else 0
        return Coverage(int(first), int(last), spells=table)
    if isinstance(given, tuple) and len(given) == 2:
        return Coverage(int(given[0]), int(given[1]))
    raise PanelError(
        "coverage is declared as (first, last), a Coverage, the SourceInfo of a reader, or a table "
        f"with state, partner, first, last; got {given!r}"
    )


def actor_coverages(given: Covered) -> tuple[Coverage, Coverage]:
    """Coverage of figures of single actors, for the state and for the partner of a dyad.

    A table has ``actor, first, last``; a `Coverage` names its actors in ``states``.
    """
    if isinstance(given, pd.DataFrame):
        if "actor" not in given:
            raise PanelError(
                "coverage of figures of actors, as a table, has actor, first, last; got "
                f"{first_three(given.columns)}"
            )
        given = given.assign(state=given["actor"], partner=given["actor"])
    declared = as_coverage(given)
    if declared.partners is not None:
        raise PanelError(
            "coverage of figures of actors names them in states=, whichever end of the dyad they "
            "stand at; leave partners= out"
        )
    facts = (declared.first, declared.last, declared.states, None, declared.spells)
    return _OfActor(*facts), _OfActor(*facts, end="partner")


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One raw column of a panel to come.

    Attributes
    ----------
    name : str
    values : Series
        Observed values, indexed by (state, partner, year), or by (actor, year) if ``end`` says
        which end of the dyad they belong to.
    coverage : Coverage
        Outside it every cell is unknown, even an observed one.
    absent : float, str or Series
        Value of a covered cell without a row: 0 or ``"none"`` where the source lists all there
        is, NaN where it does not; a Series by (state, year) where it depends.
    end : {None, "state", "partner"}
        None for values of dyads.
    categories : tuple of str
        Categories of a column of words; empty for numbers.
    """

    name: str
    values: pd.Series[Any]
    coverage: Coverage
    absent: Any = np.nan
    end: Literal["state", "partner"] | None = None
    categories: tuple[str, ...] = ()

    def on(self, index: pd.MultiIndex) -> pd.Series[Any]:
        """Return the column on the rows of a panel.

        Examples
        --------
        >>> seen = pd.Series([2.0], index=pd.MultiIndex.from_tuples([("ARM", "RUS", 2012)]))
        >>> rows = pd.MultiIndex.from_tuples(
        ...     [("ARM", "RUS", 2012), ("ARM", "USA", 2012), ("ARM", "RUS", 2013)], names=KEYS)
        >>> Column("exercises", seen, Coverage(2000, 2012), 0.0).on(rows).tolist()
        [2.0, 0.0, nan]
        """
        state, partner, year = (index.get_level_values(key).to_numpy() for key in KEYS)
        if self.end is None:
            wanted = index
        else:
            wanted = pd.MultiIndex.from_arrays([state if self.end == "state" else partner, year])
        at = self.values.index.get_indexer(wanted)
        taken = self.values.to_numpy(dtype=object if self.categories else np.float64)
        absent = self.absent
        if isinstance(absent, pd.Series):
            rows = pd.MultiIndex.from_arrays([state, year])
            absent = absent.reindex(rows).to_numpy()
        seen = at >= 0
        cells = np.full(len(index), np.nan, dtype=taken.dtype)
        cells[:] = absent
        cells[seen] = taken[at[seen]]
        cells[~self.coverage.holds(state, partner, year)] = np.nan
        if self.categories:
            return pd.Series(
                pd.Categorical(cells, categories=list(self.categories)), index=index, name=self.name
            )
        return pd.Series(cells, index=index, name=self.name)


def need_columns(table: pd.DataFrame, columns: Sequence[str], builder: str) -> None:
    """Refuse a table without the columns that a builder reads."""
    if not isinstance(table, pd.DataFrame):
        hint = " (a reader returns a table and its SourceInfo)" if isinstance(table, tuple) else ""
        raise PanelError(f"{builder} expected a table, got {type(table).__name__}{hint}")
    absent = [name for name in columns if name not in table.columns]
    if absent:
        present = [str(name) for name in table.columns]
        raise PanelError(
            f"{builder} expected a column {absent[0]!r}{closest(absent[0], present)}; the table "
            f"has {first_three(present)}"
        )


def chosen(given: str, options: Sequence[str], name: str) -> str:
    """Refuse a choice that is none of the options."""
    if given not in options:
        raise PanelError(
            f"{name} is one of {', '.join(options)}; got {given!r}{closest(given, options)}"
        )
    return given


def both_directions(values: pd.Series[Any]) -> pd.Series[Any]:
    """Values of dyads without direction, in both directions."""
    out = pd.concat([values, values.swaplevel(0, 1).rename_axis(list(KEYS))])
    return pd.Series(out[~out.index.duplicated()])


def dyad_values(
    table: pd.DataFrame, value: str, how: Literal["sum", "max"], *, undirected: bool = False
) -> pd.Series[Any]:
    """One value for each (state, partner, year): sum or greatest; unknown if a row is unknown.

    Rows without an actor at one end, and a state with itself, are not dyads. With ``undirected``
    the rows of both directions speak for the dyad.
    """
    rows = table.dropna(subset=["state", "partner", "year"])
    rows = rows[rows["state"].to_numpy(dtype=object) != rows["partner"].to_numpy(dtype=object)]
    keys = [rows["state"].astype(str), rows["partner"].astype(str), rows["year"].astype(np.int64)]
    values = rows[value].astype(np.float64).to_numpy()
    if undirected:
        low = np.where(keys[0].to_numpy() < keys[1].to_numpy(), keys[0], keys[1])
        high = np.where(keys[0].to_numpy() < keys[1].to_numpy(), keys[1], keys[0])
        index = pd.MultiIndex.from_arrays([low, high, keys[2]], names=KEYS)
    else:
        index = pd.MultiIndex.from_arrays(keys, names=KEYS)
    grouped = pd.Series(values, index=index).groupby(level=[0, 1, 2])
    out = grouped.sum() if how == "sum" else grouped.max()
    out = out.mask(grouped.size() > grouped.count())
    return both_directions(out) if undirected else out


def named(names: Mapping[str, str] | None, keys: Sequence[str], prefix: str) -> dict[str, str]:
    """Names of columns: the given ones, and ``prefix_key`` for the others."""
    given = dict(names or {})
    strange = [key for key in given if key not in keys]
    if strange:
        raise PanelError(
            f"names are given for {', '.join(keys)}; got {strange[0]!r}{closest(strange[0], keys)}"
        )
    return {key: given.get(key, f"{prefix}_{key}") for key in keys}
