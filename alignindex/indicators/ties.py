"""Formal ties: alliances, treaty obligations, shared memberships."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from alignindex.base.errors import PanelError, closest
from alignindex.base.keys import KEYS
from alignindex.indicators.column import (
    Column,
    Covered,
    as_coverage,
    dyad_values,
    named,
    need_columns,
    spoken_for,
)
from alignindex.indicators.events import _spell_years

OBLIGATIONS = ("defense", "offense", "neutrality", "nonaggression", "consultation")


def alliances(table: pd.DataFrame, *, coverage: Covered, name: str = "alliance") -> Column:
    """Strength of the strongest alliance of two states in the year (COW).

    Parameters
    ----------
    table : DataFrame
        Of `sources.cow.read_alliances`, directed or not: ``state, partner, year, strength``.
    coverage : (first, last), Coverage, SourceInfo or DataFrame
        Version 4.1 ends in 2012. Within coverage a dyad that is not listed has no alliance.
    name : str, optional

    Returns
    -------
    Column
        3 defence, 2 neutrality or non-aggression, 1 entente, 0 none; the same in both
        directions. Unknown if the strength of one of its treaties is unknown.

    Raises
    ------
    PanelError
        If columns lack.

    Examples
    --------
    >>> from alignindex.panel.build import build_panel
    >>> table = pd.DataFrame({"state": "ARM", "partner": "RUS", "year": 1995,
    ...                       "strength": [3.0, 1.0]})
    >>> column = alliances(table, coverage=(1816, 2012))
    >>> build_panel(states=["RUS"], partners=["ARM", "GEO"], years=[1995], indicators=[column])
                        alliance
    state partner year
    RUS   ARM     1995       3.0
          GEO     1995       0.0
    """
    need_columns(table, ["state", "partner", "year", "strength"], "indicators.alliances")
    values = dyad_values(table, "strength", "max", undirected=True)
    actors = pd.concat([table["state"], table["partner"]]).unique()
    declared = spoken_for(as_coverage(coverage), actors, "either", "indicators.alliances")
    return Column(name, values, declared, 0.0)


def obligations(
    table: pd.DataFrame,
    *,
    coverage: Covered,
    kinds: Sequence[str] = OBLIGATIONS,
    prefix: str = "atop",
) -> list[Column]:
    """Say what the state promised the partner by treaty (ATOP): a column a kind, and their number.

    Parameters
    ----------
    table : DataFrame
        Of `sources.atop.read_directed_dyads`.
    coverage : (first, last), Coverage, SourceInfo or DataFrame
        Version 5.1 ends in 2018. Within coverage a dyad that is not listed has no obligation.
    kinds : sequence of str, optional
        Among ``defense, offense, neutrality, nonaggression, consultation``.
    prefix : str, optional

    Returns
    -------
    list of Column
        ``<prefix>_<kind>``, 1 or 0, and ``<prefix>_obligations``, the number of the chosen kinds;
        directed from who promised.

    Raises
    ------
    PanelError
        If columns lack or a kind is none of them.

    Examples
    --------
    >>> from alignindex.panel.build import build_panel
    >>> table = pd.DataFrame({"state": ["ARM"], "partner": ["RUS"], "year": [1995],
    ...                       "defense": [1.0], "consultation": [1.0]})
    >>> parts = obligations(table, coverage=(1815, 2018), kinds=["defense", "consultation"])
    >>> panel = build_panel(states=["ARM"], partners=["RUS"], years=[1995], indicators=parts)
    >>> panel.iloc[0].tolist()
    [1.0, 1.0, 2.0]
    """
    strange = [kind for kind in kinds if kind not in OBLIGATIONS]
    if strange or not kinds:
        raise PanelError(
            f"kinds of obligation are {', '.join(OBLIGATIONS)}; got "
            f"{repr(strange[0]) + closest(strange[0], OBLIGATIONS) if strange else 'none'}"
        )
    need_columns(table, ["state", "partner", "year", *kinds], "indicators.obligations")
    actors = pd.concat([table["state"], table["partner"]]).unique()
    declared = spoken_for(as_coverage(coverage), actors, "state", "indicators.obligations")
    names = named(None, kinds, prefix)
    each = {kind: dyad_values(table, kind, "max") for kind in kinds}
    number = pd.concat(each, axis=1).sum(axis=1, skipna=False)
    columns = [Column(own, each[kind], declared, 0.0) for kind, own in names.items()]
    return [*columns, Column(f"{prefix}_obligations", number, declared, 0.0)]


def memberships(
    spells: pd.DataFrame,
    *,
    coverage: Covered,
    organisations: Sequence[str] | None = None,
    status: Sequence[str] = ("member",),
    name: str = "shared_memberships",
) -> Column:
    """Count the organisations to which both ends belong on 31 December.

    Parameters
    ----------
    spells : DataFrame
        ``state, org, status, start, end`` (ISO text or years; an empty end lasts); ``status`` may
        be left out.
    coverage : (first, last), Coverage, SourceInfo or DataFrame
        Where memberships were researched **for both ends**: outside it a missing row says nothing.
    organisations : sequence of str, optional
        Those that count; all of the table where left out.
    status : sequence of str, optional
        What counts as belonging.
    name : str, optional

    Returns
    -------
    Column
        Whole numbers, the same in both directions. A membership counts from the year in which it
        starts and not in that in which it ends.

    Raises
    ------
    PanelError
        If columns lack, an organisation or status is not in the table, or a spell that counts has
        no start.

    Examples
    --------
    >>> from alignindex.panel.build import build_panel
    >>> spells = pd.DataFrame({"state": ["ARM", "RUS", "RUS"], "org": ["CSTO", "CSTO", "SCO"],
    ...                        "start": ["2002", "2002", "2001"], "end": [None, None, None]})
    >>> column = memberships(spells, coverage=(1992, 2023))
    >>> build_panel(states=["ARM"], partners=["RUS"], years=[2001, 2002], indicators=[column])
                        shared_memberships
    state partner year
    ARM   RUS     2001                 0.0
                  2002                 1.0
    """
    need_columns(spells, ["state", "org", "start", "end"], "indicators.memberships")
    rows = spells
    for column, wanted in (("status", status), ("org", organisations)):
        if wanted is None or column not in rows.columns:
            continue
        absent = [word for word in wanted if not (rows[column] == word).any()]
        if absent:
            present = sorted(map(str, spells[column].dropna().unique()))
            raise PanelError(
                f"{column} {absent[0]!r} is not among the memberships"
                f"{closest(absent[0], present)}; there are {', '.join(present[:8])}"
            )
        rows = rows[rows[column].isin(list(wanted))]
    first, last = _spell_years(rows, "membership")
    declared = as_coverage(coverage)
    span = np.arange(declared.first, declared.last + 1)
    actor, actors = pd.factorize(rows["state"], sort=True)
    org, orgs = pd.factorize(rows["org"], sort=True)
    inside = np.zeros((len(span), len(actors), len(orgs)))
    for a, o, start, stop in zip(actor, org, first, last, strict=True):
        inside[(span >= start) & (span < stop), a, o] = 1.0
    shared = inside @ inside.transpose(0, 2, 1)
    y, i, j = np.nonzero(shared)
    apart = i != j
    labels = np.asarray(actors, dtype=object)
    index = pd.MultiIndex.from_arrays(
        [labels[i[apart]], labels[j[apart]], span[y[apart]]], names=KEYS
    )
    values = pd.Series(shared[y[apart], i[apart], j[apart]], index=index)
    members = spells["state"].unique()
    return Column(
        name, values, spoken_for(declared, members, "both", "indicators.memberships"), 0.0
    )
