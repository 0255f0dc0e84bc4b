"""The Correlates of War's list of states, and their material capabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from alignindex.sources.reading.common import Ledger, Signature, Source, SourceInfo, close, need
from alignindex.sources.reading.keys import reject_repeated
from alignindex.sources.reading.tables import read_any
from alignindex.sources.reading.yearly import (
    cow_actors,
    dated,
    figures,
    reject_replaced,
    stated_version,
)
from alignindex.states.resolution import actor_codes

_NAMES = (("stateabb",), ("ccode",), ("statenme",))
SPELLS = Signature("cow.read_states", (*_NAMES, ("styear",), ("endyear",)))
COUNTRY_CODES = Signature("cow.read_states", _NAMES)
NMC = Signature("cow.read_nmc", (("ccode",), ("year",), ("cinc",), ("milper",)))

_PARTS = ("styear", "stmonth", "stday", "endyear", "endmonth", "endday")
_FIGURES = ("milex", "milper", "irst", "pec", "tpop", "upop", "cinc")


def read_states(source: Source) -> tuple[pd.DataFrame, SourceInfo]:
    r"""Read the Correlates of War's state system membership, or its list of country codes.

    Parameters
    ----------
    source : path or open binary file
        ``states2016.csv`` or ``COW country codes.csv`` (text or parquet, also as ``.gz`` or
        ``.zip``); the content tells which.

    Returns
    -------
    table : pandas.DataFrame
        One row for each spell of membership: ``state`` (actor code on its last day), ``ccode``,
        ``abbreviation``, ``name``, ``start``, ``end`` (dates as ISO text). The list of country
        codes has no dates: ``start`` and ``end`` are missing, and there is one row for each code.
    info : SourceInfo
        One record is one line.

    Raises
    ------
    SourceError
        If the source cannot be opened or is not a list of states.

    Notes
    -----
    The published file of 2016 has 11 empty columns behind its last one. Its ``end`` of
    31 December 2016 is the end of the list, not of the states. The list of country codes repeats
    a state for each of its spells; the repetitions are rejected. COW 365 is one spell from 1816;
    its ``state`` is ``RUS``. `alignindex.states.members` has the same spells built in.

    References
    ----------
    Correlates of War Project (2017), State System Membership List, v2016.

    Examples
    --------
    >>> import io
    >>> text = "stateabb,ccode,statenme,styear,stmonth,stday,endyear,endmonth,endday,version,,\n"
    >>> text += "ARM,371,Armenia,1991,12,21,2016,12,31,2016,,\n"
    >>> table, info = read_states(io.BytesIO(text.encode()))
    >>> table.loc[0, ["state", "name", "start", "end"]].tolist()
    ['ARM', 'Armenia', '1991-12-21', '2016-12-31']
    """
    ledger = Ledger()
    payload, table, read = read_any(source, COUNTRY_CODES, ledger)
    spells = set(_PARTS) <= set(table.columns)
    table = need(table, ["ccode", *(_PARTS if spells else ())], ledger)
    if spells:
        table = _with_dates(table, ledger)
        years = table["endyear"]
    else:
        table = table.assign(start=np.nan, end=np.nan)
        years = pd.Series(dtype=np.int64)
    key = ["ccode", "start"] if spells else ["ccode"]
    table = reject_repeated(table, key, ledger, values=["stateabb", "statenme", "end"]).reset_index(
        drop=True
    )
    if spells:
        state = cow_actors(table["ccode"], table["endyear"], [])
        years = pd.concat([table["styear"], table["endyear"]])
    else:
        today = pd.Series(2100, index=table.index)
        state = actor_codes(table["ccode"], today, system="cow")
    out = pd.DataFrame(
        {
            "state": state,
            "ccode": table["ccode"],
            "abbreviation": table["stateabb"],
            "name": table["statenme"],
            "start": table["start"],
            "end": table["end"],
        }
    )
    lost = int(out["state"].isna().sum())
    info = close(
        out,
        ledger,
        read,
        payload,
        years=years,
        reader=SPELLS.reader,
        layout="state system membership" if spells else "country codes",
        title="State System Membership List" if spells else "COW country codes",
        version=stated_version(table),
        citation="Correlates of War Project (2017), State System Membership List, v2016, "
        "https://correlatesofwar.org",
        licence="free for research; cite it",
        url="https://correlatesofwar.org/data-sets/state-system-membership/",
        unit="line",
        notes=(f"{lost} rows have a ccode that is not a declared actor",) if lost else (),
    )
    return out, info


def _with_dates(table: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Write the dates of spells as ISO text; reject spells with broken dates."""
    dates: dict[str, pd.Series[Any]] = {}
    for end, prefix in (("start", "st"), ("end", "end")):
        parts = table[[f"{prefix}year", f"{prefix}month", f"{prefix}day"]]
        parts = parts.set_axis(["year", "month", "day"], axis=1)
        inside = parts["year"].between(1678, 2261)  # what pandas can hold as a date
        dates[end] = pd.to_datetime(parts.where(inside), errors="coerce")
    broken = dates["start"].isna() | dates["end"].isna()
    backward = ~broken & (dates["end"] < dates["start"])
    for where, reason in ((broken, "no such date"), (backward, "ends before it begins")):
        part = table[where]
        texts = [str(row) for row in part[list(_PARTS)].itertuples(index=False, name=None)]
        ledger.add_many(part["line"].tolist(), reason, texts)
    iso = {end: date.dt.strftime("%Y-%m-%d") for end, date in dates.items()}
    return table.assign(**iso)[~broken & ~backward]


def read_nmc(source: Source) -> tuple[pd.DataFrame, SourceInfo]:
    r"""Read the Correlates of War's National Material Capabilities.

    Parameters
    ----------
    source : path or open binary file
        ``NMC-60-abridged.csv`` or another release (text or parquet, also as ``.gz`` or ``.zip``).

    Returns
    -------
    table : pandas.DataFrame
        One row for each state-year: ``state`` (actor code of the year), ``ccode``, ``year``,
        ``milex`` (military expenditure, thousand pounds to 1913, then thousand US dollars, at
        current prices), ``milper`` (military personnel, thousands), ``irst`` (iron and steel,
        thousand tons), ``pec`` (primary energy, thousand coal-ton equivalents), ``tpop`` and
        ``upop`` (population and urban population, thousands) and ``cinc`` (composite index of
        national capability: the mean of the state's world shares of the six, 0 to 1). −9 is
        missing.
    info : SourceInfo
        One record is one state-year. Version 6 ends in 2016; later years are unknown.

    Raises
    ------
    SourceError
        If the source cannot be opened or holds no capabilities.

    Notes
    -----
    As weights of partners in a comparison of alliance portfolios, hand
    ``table.set_index(["year", "state"])["cinc"]`` to `alignindex.similarity.dyads` as
    ``item_weights`` with ``by="year"``.

    References
    ----------
    Singer, Bremer & Stuckey (1972), "Capability distribution, uncertainty, and major power war,
    1820–1965", in Russett (ed.), Peace, War, and Numbers. Singer (1987), "Reconstructing the
    Correlates of War dataset on material capabilities of states, 1816–1985", International
    Interactions 14(2), doi:10.1080/03050628808434695.

    Examples
    --------
    >>> import io
    >>> text = "stateabb,ccode,year,milex,milper,irst,pec,tpop,upop,cinc,version\n"
    >>> text += "ARM,371,1992,-9,20,0,5000,3600,1100,0.0004,2021\n"
    >>> table, info = read_nmc(io.BytesIO(text.encode()))
    >>> table[["state", "year", "milex", "milper", "cinc"]].values.tolist()
    [['ARM', 1992, nan, 20.0, 0.0004]]
    """
    ledger, notes = Ledger(), list[str]()
    payload, table, read = read_any(source, NMC, ledger)
    table = dated(need(table, ["ccode", "year"], ledger), ledger)
    held = {name: name for name in _FIGURES if name in table.columns}
    table = reject_repeated(table, ["ccode", "year"], ledger)
    table = reject_replaced(table, ["ccode"], ledger).reset_index(drop=True)
    out = pd.DataFrame(
        {
            "state": cow_actors(table["ccode"], table["year"], notes),
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
        reader=NMC.reader,
        layout="state-years",
        title="National Material Capabilities",
        version=stated_version(table),
        citation="Singer, J. David (1987), Reconstructing the Correlates of War dataset on "
        "material capabilities of states, 1816–1985, International Interactions 14(2), 115–132, "
        "doi:10.1080/03050628808434695",
        licence="free for research; cite it",
        url="https://correlatesofwar.org/data-sets/national-material-capabilities/",
        unit="state-year",
        notes=tuple(notes),
    )
    return out, info
