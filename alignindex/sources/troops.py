"""US forces abroad (troopdata): personnel by host and year, and sites."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from alignindex.sources.reading.common import (
    Ledger,
    Signature,
    Source,
    SourceInfo,
    close,
    need,
    numbers,
)
from alignindex.sources.reading.yearly import cow_actors, dated, figures, reject_repeated
from alignindex.sources.unga.common import places_of, read_any
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
_FACTS: dict[str, Any] = {
    "version": "",
    "citation": "Allen, Michael A., Michael E. Flynn, and Carla Martinez Machain (2022), US Global "
    "Military Deployments, 1950–2020, Conflict Management and Peace Science 39(3), 351–370, "
    "doi:10.1177/07388942211030885",
    "licence": "MIT (package troopdata)",
    "url": "https://github.com/meflynn/troopdata",
}


def read_troopdata(source: Source) -> tuple[pd.DataFrame, SourceInfo]:
    r"""Read the number of US military personnel by host country and year.

    Parameters
    ----------
    source : path or open binary file
        The country-years of the R package troopdata (``troops_ad`` and so on; or ``troops`` in
        its older releases), as text or parquet, also as ``.gz`` or ``.zip``.

    Returns
    -------
    table : pandas.DataFrame
        One row for each row of the file: ``state`` (the host; actor code of the year, missing
        for territories that are no declared actor), ``partner`` (``USA``), ``state_name``,
        ``ccode``, ``year``, ``troops`` (active duty) and, as far as the file has them, ``army,
        navy, air_force, marine_corps, coast_guard, space_force, reserve, civilian``. Persons; NaN
        is unknown.
    info : SourceInfo
        One record is one host and year.

    Raises
    ------
    SourceError
        If the source cannot be opened or holds no such country-years.

    Notes
    -----
    A host can stand in a year under two names (``Czechia`` and ``Czech Republic``): both rows are
    kept, a note counts them, and `alignindex.indicators.troops` adds them up. A row of the same
    name and year is rejected. A host that is not listed in a year is unknown. Counts are those
    at one day of the year as the Department of Defense reports them.

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
        used="|".join(["ccode", "countryname", "year", *_PERSONNEL]),
        whole="ccode|year",
        texts="countryname",
    )
    table = dated(need(table, ["ccode", "year"], ledger), ledger)
    named = "countryname" in table.columns
    key = ["ccode", *(["countryname"] if named else []), "year"]
    held: dict[str, str] = {}
    for name, own in _PERSONNEL.items():
        if name in table.columns and own not in held.values():
            held[name] = own
    table = reject_repeated(table, key, ledger, values=list(held)).reset_index(drop=True)
    twice = len(table) - np.unique(places_of([table["ccode"], table["year"]])).size
    if twice:
        notes.append(f"{twice} hosts stand in a year under a second name: add their rows up")
    out = pd.DataFrame(
        {
            "state": cow_actors(table["ccode"], table["year"], notes),
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
        If the source cannot be opened or is no such list.

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
        notes.append(f"{int(state.isna().sum())} rows have a ccode that is no declared actor")
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
