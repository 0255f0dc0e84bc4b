"""Figures of forces: troops of the partner, military expenditure, any yearly figure of a state."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from alignindex.base.errors import PanelError, closest, first_three
from alignindex.indicators.column import (
    Column,
    Covered,
    actor_coverages,
    as_coverage,
    dyad_values,
    need_columns,
)


def troops(
    table: pd.DataFrame,
    *,
    coverage: Covered,
    value: str = "troops",
    unlisted: float = np.nan,
    name: str = "troops",
) -> Column:
    """Military personnel of the partner that the state hosts.

    Parameters
    ----------
    table : DataFrame
        Of `sources.troops.read_troopdata`: ``state`` (host), ``partner``, ``year`` and the value.
        Several rows of a host and year are added up.
    coverage : (first, last), Coverage, SourceInfo or DataFrame
        Only partners of the table are covered, unless a Coverage names them.
    value : str, optional
        Column of the table.
    unlisted : float, optional
        Value of a host that is not listed in a covered year: unknown, or 0 where you know that
        the source lists every host.
    name : str, optional

    Returns
    -------
    Column
        Persons, directed from host to the state that sent them.

    Raises
    ------
    PanelError
        If columns lack.

    Examples
    --------
    >>> from alignindex.panel.build import build_panel
    >>> table = pd.DataFrame({"state": ["CZE", "CZE"], "partner": "USA", "year": 2013,
    ...                       "troops": [17.0, 0.0]})
    >>> column = troops(table, coverage=(1950, 2024))
    >>> build_panel(states=["CZE"], partners=["RUS", "USA"], years=[2013], indicators=[column])
                        troops
    state partner year
    CZE   RUS     2013     NaN
          USA     2013    17.0
    """
    need_columns(table, ["state", "partner", "year", value], "indicators.troops")
    declared = as_coverage(coverage)
    if declared.partners is None and declared.spells is None:
        declared = replace(declared, partners=frozenset(table["partner"].dropna().unique()))
    return Column(name, dyad_values(table, value, "sum"), declared, unlisted)


def military_expenditure(
    table: pd.DataFrame, *, coverage: Covered, measure: str = "constant_usd", prefix: str = "milex"
) -> list[Column]:
    """Military expenditure of both ends of the dyad (SIPRI).

    Parameters
    ----------
    table : DataFrame
        Of `sources.sipri.read_milex`: ``state, year, measure, value``.
    coverage : (first, last), Coverage, SourceInfo or DataFrame
        A table has ``actor, first, last``.
    measure : str, optional
        One of the measures of the table, such as ``constant_usd`` (million US dollars at constant
        prices), ``current_usd``, ``share_gdp``.
    prefix : str, optional

    Returns
    -------
    list of Column
        ``<prefix>_state`` and ``<prefix>_partner``; unknown where SIPRI has no figure.

    Raises
    ------
    PanelError
        If columns lack, the measure is not in the table, or a state has two figures in a year.

    Examples
    --------
    >>> from alignindex.panel.build import build_panel
    >>> table = pd.DataFrame({"state": ["ARM", "RUS"], "year": 2018, "measure": "current_usd",
    ...                       "value": [506.0, 45349.0]})
    >>> parts = military_expenditure(table, coverage=(1992, 2023), measure="current_usd")
    >>> build_panel(states=["ARM"], partners=["RUS"], years=[2018], indicators=parts)
                        milex_state  milex_partner
    state partner year
    ARM   RUS     2018        506.0        45349.0
    """
    need_columns(table, ["state", "year", "measure", "value"], "indicators.military_expenditure")
    present = sorted(map(str, table["measure"].dropna().unique()))
    if measure not in present:
        raise PanelError(
            f"measure {measure!r} is not in the table{closest(measure, present)}; it has "
            f"{', '.join(present)}"
        )
    rows = table[table["measure"] == measure]
    return attribute(rows, value="value", coverage=coverage, prefix=prefix)


def attribute(
    table: pd.DataFrame, *, value: str, coverage: Covered, prefix: str | None = None
) -> list[Column]:
    """Any yearly figure of states, for both ends of the dyad (capabilities, population, ...).

    Parameters
    ----------
    table : DataFrame
        ``state, year`` and the value, such as that of `sources.cow.read_nmc`.
    value : str
        Column of the figure.
    coverage : (first, last), Coverage, SourceInfo or DataFrame
        A table has ``actor, first, last``.
    prefix : str, optional
        Beginning of the names; the value's own name where left out.

    Returns
    -------
    list of Column
        ``<prefix>_state`` and ``<prefix>_partner``; unknown where the table has no figure.

    Raises
    ------
    PanelError
        If columns lack, or a state has two different figures in a year.

    Examples
    --------
    >>> from alignindex.panel.build import build_panel
    >>> table = pd.DataFrame({"state": ["ARM", "RUS"], "year": 2012, "cinc": [0.0004, 0.04]})
    >>> build_panel(states=["ARM"], partners=["RUS"], years=[2012],
    ...       indicators=attribute(table, value="cinc", coverage=(1816, 2016)))
                        cinc_state  cinc_partner
    state partner year
    ARM   RUS     2012      0.0004          0.04
    """
    need_columns(table, ["state", "year", value], "indicators.attribute")
    rows = table[["state", "year", value]].dropna(subset=["state", "year"])
    # A code that passed from one state to another gives two rows; one that is empty says nothing.
    rows = rows.dropna(subset=[value]).drop_duplicates()
    twice = rows.duplicated(["state", "year"])
    if twice.any():
        shown = [f"{s} {y}" for s, y in rows.loc[twice, ["state", "year"]].to_numpy()]
        raise PanelError(
            f"{value} has two different figures for {first_three(shown)}; keep one of each"
        )
    index = pd.MultiIndex.from_arrays(
        [rows["state"].astype(object), rows["year"].astype(np.int64)], names=["actor", "year"]
    )
    values = pd.Series(rows[value].to_numpy(dtype=np.float64), index=index)
    of_state, of_partner = actor_coverages(coverage)
    name = value if prefix is None else prefix
    return [
        Column(f"{name}_state", values, of_state, end="state"),
        Column(f"{name}_partner", values, of_partner, end="partner"),
    ]
