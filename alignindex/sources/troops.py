"""US forces abroad (troopdata): personnel by host and year, and sites."""

from __future__ import annotations

import calendar
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from alignindex.base.errors import SourceError, closest, first_three
from alignindex.sources.reading.common import (
    Ledger,
    Signature,
    Source,
    SourceInfo,
    close,
    need,
    numbers,
)
from alignindex.sources.reading.keys import places_of, reject_repeated
from alignindex.sources.reading.tables import read_any
from alignindex.sources.reading.yearly import cow_actors, dated, figures, reject_replaced
from alignindex.states.resolution import actor_codes

__all__ = ["read_bases", "read_troopdata"]

TROOPS = Signature(
    "troops.read_troopdata", (("ccode",), ("year",), ("troops", "troops_ad"), ("army", "army_ad"))
)
BASES = Signature("troops.read_bases", (("ccode",), ("basename",), ("lilypad",), ("fundedsite",)))
SIGNATURES = (TROOPS, BASES)

_PERSONNEL = {
    "troops_ad": "troops",
    "troops": "troops",
    "army_ad": "army",
    "army": "army",
    "navy_ad": "navy",
    "navy": "navy",
    "air_force_ad": "air_force",
    "air_force": "air_force",
    "marine_corps_ad": "marine_corps",
    "marine_corps": "marine_corps",
    "coast_guard_ad": "coast_guard",
    "space_force_ad": "space_force",
    "total_selected_reserve": "reserve",
    "total_civilian": "civilian",
}
_TEXTS = ("iso3c", "month", "source", "quarter")
_FACTS: dict[str, Any] = {
    "version": "",
    "citation": "Allen, Michael A., Michael E. Flynn, and Carla Martinez Machain (2022), US Global "
    "Military Deployments, 1950–2020, Conflict Management and Peace Science 39(3), 351–370, "
    "doi:10.1177/07388942211030885",
    "licence": "MIT (package troopdata)",
    "url": "https://github.com/meflynn/troopdata",
}


_MONTHS = tuple(month.casefold() for month in calendar.month_name)
Aggregate = Literal["mean", "median", "min", "max"]


def read_troopdata(
    source: Source, *, month: str | int | None = None, aggregate: Aggregate | None = None
) -> tuple[pd.DataFrame, SourceInfo]:
    r"""Read the number of US military personnel by host country and year.

    Parameters
    ----------
    source : path or open binary file
        The country-years of the R package troopdata (``troops_ad`` and so on; or ``troops`` in
        its older releases), or its file by month or quarter; text, parquet or Stata, also as
        ``.gz`` or ``.zip``.
    month : str or int, optional
        With a file of several counts a year: the month whose count stands for the year, such as
        ``"June"`` or 6. The others are in ``info.rejected``.
    aggregate : {"mean", "median", "min", "max"}, optional
        With a file of several counts a year: how they become one. Unknown counts take no part.

    Returns
    -------
    table : pandas.DataFrame
        One row for each row of the file: ``state`` (the host; actor code of the year, missing
        for territories that are not declared actors), ``partner`` (``USA``), ``state_name``,
        ``ccode``, ``year``, ``troops`` (active duty) and, as far as the file has them, ``army,
        navy, air_force, marine_corps, coast_guard, space_force, reserve, civilian``. Persons; NaN
        is unknown.
    info : SourceInfo
        One record is one host and year; with ``aggregate``, a note gives the number of rows.

    Raises
    ------
    SourceError
        If the source cannot be opened or holds no such country-years, or if it has several counts
        a year and neither ``month`` nor ``aggregate`` says which one is meant.

    Notes
    -----
    A host can stand in a year under two names (``Czechia`` and ``Czech Republic``): both rows are
    kept, a note counts them, and `alignindex.indicators.troops` adds them up. A row of the same
    name and year is rejected. A zero without a source (column ``source`` of the file by quarter)
    fills a gap and is missing. Where ``ccode`` is not a declared actor, ``iso3c`` tells the host.
    A host that is not listed in a year is unknown. Counts are those at one day of the year as the
    Department of Defense reports them.

    References
    ----------
    Allen, Flynn & Martinez Machain (2022), doi:10.1177/07388942211030885.

    Examples
    --------
    >>> import io
    >>> text = "countryname,year,ccode,iso3c,troops_ad,army_ad\nTurkey,2019,640,TUR,1714,149\n"
    >>> table, info = read_troopdata(io.BytesIO(text.encode()))
    >>> table[["state", "partner", "year", "troops", "army"]].values.tolist()
    [['TUR', 'USA', 2019, 1714.0, 149.0]]
    """
    ledger, notes = Ledger(), list[str]()
    payload, table, read = read_any(
        source,
        TROOPS,
        ledger,
        used="|".join(["ccode", "countryname", *_TEXTS, "year", *_PERSONNEL]),
        whole="ccode|year",
        texts="|".join(["countryname", *_TEXTS]),
    )
    table = dated(need(table, ["ccode", "year"], ledger), ledger)
    named = "countryname" in table.columns
    key = ["ccode", *(["countryname"] if named else []), "year"]
    held: dict[str, str] = {}
    for name, own in _PERSONNEL.items():
        if name in table.columns and own not in held.values():
            held[name] = own
    if "source" in table.columns:
        table = _without_fillers(table, list(held), notes)
    table, fewer = _yearly(table, key, list(held), month, aggregate, ledger, notes)
    read -= fewer
    table = reject_repeated(table, key, ledger, values=list(held))
    table = reject_replaced(table, ["ccode"], ledger).reset_index(drop=True)
    twice = len(table) - np.unique(places_of([table["ccode"], table["year"]])).size
    if twice:
        notes.append(f"{twice} hosts stand in a year under a second name: add their rows up")
    out = pd.DataFrame(
        {
            "state": _hosts(table, notes),
            "partner": "USA",
            "state_name": table["countryname"] if named else pd.NA,
            "ccode": table["ccode"],
            "year": table["year"],
            **figures(table, held, notes),
        }
    )
    info = close(
        out,
        ledger,
        read,
        payload,
        reader=TROOPS.reader,
        layout="active duty by service" if "troops_ad" in held else "troops by service",
        title="US military deployments",
        unit="host and year",
        notes=tuple(notes),
        **_FACTS,
    )
    return out, info


def _hosts(table: pd.DataFrame, notes: list[str]) -> pd.Series[Any]:
    """Actor of each row by its COW code, else by its ISO3 code."""
    lost: list[str] = []
    host = cow_actors(table["ccode"], table["year"], lost)
    if host.isna().any() and "iso3c" in table.columns:
        other = actor_codes(table["iso3c"], table["year"], system="iso3", sure=False)
        saved = int((host.isna() & other.notna()).sum())
        host = host.where(host.notna(), other)
        if saved:
            notes.append(
                f"{saved} rows have their actor by iso3c, since ccode is not a declared one"
            )
    notes += lost if host.isna().any() else []
    return host


def _without_fillers(table: pd.DataFrame, held: list[str], notes: list[str]) -> pd.DataFrame:
    """Make the figures of rows without a source missing where the total is 0."""
    filler = (table["source"].isna() & (numbers(table[held[0]]) == 0)).to_numpy(dtype=bool)
    if not filler.any():
        return table
    notes.append(f"{int(filler.sum())} rows have 0 without a source: missing")
    return table.assign(**{name: table[name].mask(filler) for name in held})


def _yearly(
    table: pd.DataFrame,
    key: list[str],
    held: list[str],
    month: str | int | None,
    aggregate: str | None,
    ledger: Ledger,
    notes: list[str],
) -> tuple[pd.DataFrame, int]:
    """Make one row for each host and year of several; also, how many fewer they are."""
    within = next((name for name in ("month", "quarter") if name in table.columns), None)
    if month is not None and aggregate is not None:
        raise SourceError(f"{TROOPS.reader} takes month= or aggregate=, not both; leave one out")
    if aggregate is not None and aggregate not in get_args(Aggregate):
        raise SourceError(
            f"{TROOPS.reader} expected aggregate in {get_args(Aggregate)}, got {aggregate!r}"
            f"{closest(str(aggregate), get_args(Aggregate))}"
        )
    if month is None and (within is None or not table.duplicated(key).any()):
        return table, 0
    if month is not None:
        if within != "month":
            raise SourceError(f"{TROOPS.reader} expected a column month for month={month!r}")
        wanted = month if isinstance(month, int) else _number_of(month)
        number = table["month"].map(_number_of)
        if not (number == wanted).any():
            present = first_three(table["month"].dropna().unique())
            raise SourceError(
                f"{TROOPS.reader} expected a month of the file, such as {present}; got {month!r}"
            )
        other = number != wanted
        ledger.add_rows(table[other], "of another month", [*key, "month"])
        return table[~other], 0
    values = {name: numbers(table[name]) for name in held}
    groups = table.assign(**values).groupby(key, sort=False, dropna=False)
    if aggregate is not None:
        whole = table.drop_duplicates(key).set_index(key)
        figures_ = groups[held].agg(aggregate)
        notes.append(f"{len(table)} rows make {len(figures_)} hosts and years ({aggregate})")
        fewer = len(table) - len(figures_)
        return whole.assign(**{n: figures_[n] for n in held}).reset_index(), fewer
    most = groups[held[0]].transform("nunique")
    row = table.iloc[int(most.to_numpy().argmax())]
    same = (table[key] == row[key]).all(axis=1)
    shown = table[same].assign(**{held[0]: values[held[0]][same]})
    months = ", ".join(
        f"{within}={cell!r} gives {figure:.10g}"
        for cell, figure in zip(shown[within], shown[held[0]], strict=True)
    )
    counts = shown[held[0]]
    all_of = ", ".join(
        f"aggregate={how!r} gives {getattr(counts, how)():.10g}" for how in get_args(Aggregate)
    )
    raise SourceError(
        f"{TROOPS.reader} found several counts a year (column {within}): pass month= or "
        f"aggregate=. For {' '.join(str(row[name]) for name in key)}, {months}; {all_of}"
    )


def _number_of(month: object) -> int:
    """Return the number of a month by its English name, beginning or number; 0 if none."""
    text = str(month).strip().casefold().removesuffix(".0")
    if text.isdecimal():
        return int(text)
    fits = [n for n, name in enumerate(_MONTHS) if len(text) >= 3 and name.startswith(text)]
    return fits[0] if fits else 0


def read_bases(source: Source) -> tuple[pd.DataFrame, SourceInfo]:
    r"""Read the list of US military sites abroad, which has no years.

    Parameters
    ----------
    source : path or open binary file
        ``basedata.csv`` of the R package troopdata, also as ``.gz`` or ``.zip``.

    Returns
    -------
    table : pandas.DataFrame
        One row for each site: ``state`` (the host; actor code of today), ``partner`` (``USA``),
        ``state_name`` (US territories have their own), ``ccode``, ``site``, ``latitude,
        longitude``, and ``base, lilypad, funded_site`` (1 or 0: large base, small site, site that
        the US only pays for).
    info : SourceInfo
        One record is one site. There are no years: the list says what there was when it was
        made, and cannot fill a panel by itself.

    Raises
    ------
    SourceError
        If the source cannot be opened or is not such a list.

    Examples
    --------
    >>> import io
    >>> text = "countryname,ccode,iso3c,basename,lat,lon,base,lilypad,fundedsite\n"
    >>> text += 'Chile,155,CHL,"Fuerte, Conc\xf3n",-32.9,-71.4,0,0,1\n'
    >>> table, info = read_bases(io.BytesIO(text.encode("latin-1")))
    >>> table[["state", "site", "base", "funded_site"]].values.tolist()
    [['CHL', 'Fuerte, Concón', 0.0, 1.0]]
    """
    ledger, notes = Ledger(), list[str]()
    payload, table, read = read_any(source, BASES, ledger)
    table = need(table, ["ccode"], ledger)
    table = reject_repeated(table, [n for n in table.columns if n != "line"], ledger)
    table = table.reset_index(drop=True)
    today = pd.Series(2100, index=table.index)
    state = actor_codes(table["ccode"], today, system="cow")
    if state.isna().any():
        notes.append(f"{int(state.isna().sum())} rows have a ccode that is not a declared actor")
    places = {"lat": "latitude", "lon": "longitude"}
    flags = {"base": "base", "lilypad": "lilypad", "fundedsite": "funded_site"}
    held = {name: own for name, own in flags.items() if name in table.columns}
    out = pd.DataFrame(
        {
            "state": state,
            "partner": "USA",
            "state_name": table["countryname"] if "countryname" in table.columns else pd.NA,
            "ccode": table["ccode"],
            "site": table["basename"],
            **{own: numbers(table[name]) for name, own in places.items() if name in table.columns},
            **figures(table, held, notes, allowed=(0, 1)),
        }
    )
    info = close(
        out,
        ledger,
        read,
        payload,
        years=pd.Series(dtype="Int64"),
        reader=BASES.reader,
        layout="sites",
        title="US military sites abroad",
        unit="site",
        notes=tuple(notes),
        **_FACTS,
    )
    return out, info
