"""The Alliance Treaty Obligations and Provisions (ATOP) data by directed dyad and by state."""

from __future__ import annotations

from typing import Any

import pandas as pd

from alignindex.base.errors import SourceError
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

__all__ = ["read_directed_dyads", "read_state_years"]

STATE_YEARS = Signature(
    "atop.read_state_years", (("state",), ("year",), ("atopally",), ("nonagg",), ("consul",))
)
DIRECTED = Signature(
    "atop.read_directed_dyads",
    (
        ("ddyad", "statea", "ccode1"),
        ("year",),
        ("offense", "atop_offense"),
        ("nonagg", "atop_nonagg"),
        ("consul", "atop_consul"),
    ),
)
SIGNATURES = (STATE_YEARS, DIRECTED)
_DYADIC = "use ATOP's directed dyad-years, atop5_1ddyr.csv, with sources.atop.read_directed_dyads"
UNREAD = (
    Signature(
        DIRECTED.reader,
        (("dyad",), ("year",), ("atopally",), ("nonagg",), ("consul",)),
        advice=f"it holds ATOP's dyad-years without direction, not who promised: {_DYADIC}",
    ),
    Signature(
        DIRECTED.reader,
        (("atopid",), ("member",), ("yrent", "inyr", "yrexit", "outyr")),
        advice=f"it is ATOP's list of members of alliances, without dyads: {_DYADIC}",
    ),
    Signature(
        DIRECTED.reader,
        (("atopid",), ("begyr",), ("endyr",)),
        advice=f"it is ATOP's list of alliances, without dyads: {_DYADIC}",
    ),
)

# Obligations as ATOP abbreviates them, and their names here.
_OBLIGATIONS = {
    "defense": "defense",
    "offense": "offense",
    "neutral": "neutrality",
    "nonagg": "nonaggression",
    "consul": "consultation",
}
_FACTS: dict[str, Any] = {
    "citation": "Leeds, Brett Ashley, Jeffrey M. Ritter, Sara McLaughlin Mitchell, and Andrew G. "
    "Long (2002), Alliance Treaty Obligations and Provisions, 1815–1944, International "
    "Interactions 28(3), 237–260, doi:10.1080/03050620213653",
    "licence": "free for research; cite it",
    "url": "http://www.atopdata.org",
}


def read_directed_dyads(source: Source) -> tuple[pd.DataFrame, SourceInfo]:
    r"""Read what states promised to one another, by directed dyad and year.

    Parameters
    ----------
    source : path or open binary file
        ATOP's directed dyad-years (``atop5_1ddyr.csv``), or the same data with the columns
        ``ccode1, ccode2, year, atop_defense, ...`` as R users export them; text or parquet, also
        as ``.gz`` or ``.zip``.

    Returns
    -------
    table : pandas.DataFrame
        One row for each directed dyad-year: ``state`` (who promised), ``partner`` (to whom; actor
        codes of the year), ``ccode1, ccode2, year``, and the obligations ``defense, offense,
        neutrality, nonaggression, consultation`` (1, 0, NaN unknown).
    info : SourceInfo
        One record is one directed dyad-year. Version 5.1 ends in 2018: later years are unknown.

    Raises
    ------
    SourceError
        If the source cannot be opened or holds no such dyads.

    Notes
    -----
    Only dyads with an obligation are listed: within the years of the data, absence is none.
    ATOP's dyad number is stateA · 1000 + stateB; a record that contradicts it is rejected.
    Obligation is what treaties say, not membership: ``defense`` of Azerbaijan and Uzbekistan
    with Russia stays 1 after they left the Collective Security Treaty. We know ATOP's own
    directed file from its codebook; the export from R is tested with a real one.

    References
    ----------
    Leeds, Ritter, Mitchell & Long (2002), doi:10.1080/03050620213653.

    Examples
    --------
    >>> import io
    >>> text = "ddyad,year,atopally,defense,offense,neutral,nonagg,consul,stateA,stateB\n"
    >>> text += "371365,1995,1,1,0,0,1,1,371,365\n"
    >>> table, info = read_directed_dyads(io.BytesIO(text.encode()))
    >>> table[["state", "partner", "year", "defense", "offense"]].values.tolist()
    [['ARM', 'RUS', 1995, 1.0, 0.0]]
    """
    ledger, notes = Ledger(), list[str]()
    ends = "ddyad|state[ab]|ccode[12]|year"
    used = f"{ends}|version|(atop_)?({'|'.join(_OBLIGATIONS)})"
    payload, table, read = read_any(source, DIRECTED, ledger, used=used, whole=ends)
    table, layout = _ends(table, ledger)
    table = dated(table, ledger)
    alone = table["ccode1"] == table["ccode2"]
    if alone.any():
        codes = table.loc[alone, "ccode1"]
        ledger.add_many(table.loc[alone, "line"].tolist(), "a state allied to itself", codes)
        table = table[~alone]
    prefix = "atop_" if "atop_offense" in table.columns else ""
    held = {f"{prefix}{name}": own for name, own in _OBLIGATIONS.items()}
    held = {name: own for name, own in held.items() if name in table.columns}
    table = reject_repeated(table, ["ccode1", "ccode2", "year"], ledger, values=list(held))
    table = reject_replaced(table, ["ccode1", "ccode2"], ledger).reset_index(drop=True)
    out = pd.DataFrame(
        {
            "state": cow_actors(table["ccode1"], table["year"], notes),
            "partner": cow_actors(table["ccode2"], table["year"], notes),
            "ccode1": table["ccode1"],
            "ccode2": table["ccode2"],
            "year": table["year"],
            **figures(table, held, notes, allowed=(0, 1)),
        }
    )
    info = close(
        out,
        ledger,
        read,
        payload,
        reader=DIRECTED.reader,
        layout=layout,
        title="Alliance Treaty Obligations and Provisions, directed dyad-years",
        version=stated_version(table),
        unit="directed dyad-year",
        notes=tuple(notes),
        **_FACTS,
    )
    return out, info


def _ends(table: pd.DataFrame, ledger: Ledger) -> tuple[pd.DataFrame, str]:
    """Name the two ends of the dyads ``ccode1`` and ``ccode2``, from whatever the file has."""
    if {"statea", "stateb"} <= set(table.columns):
        table = table.drop(columns=["ccode1", "ccode2"], errors="ignore")
        table = table.rename(columns={"statea": "ccode1", "stateb": "ccode2"})
    numbered = "ddyad" in table.columns
    if "ccode1" in table.columns and "ccode2" in table.columns:
        table = need(table, ["ccode1", "ccode2", "year", *(["ddyad"] if numbered else [])], ledger)
        if numbered:
            wrong = table["ddyad"] != table["ccode1"] * 1000 + table["ccode2"]
            if wrong.any():
                rows = table.loc[wrong, ["ddyad", "ccode1", "ccode2"]]
                texts = [
                    f"ddyad {d}, stateA {a}, stateB {b}" for d, a, b in rows.itertuples(index=False)
                ]
                ledger.add_many(
                    table.loc[wrong, "line"].tolist(), "ddyad is not stateA and stateB", texts
                )
                table = table[~wrong]
        return table, "ATOP directed dyad-years" if numbered else "dyads of COW codes"
    if not numbered:
        raise SourceError(
            f"{DIRECTED.reader} expected both ends of each dyad (stateA and stateB, ccode1 and "
            "ccode2, or ddyad), found one alone; give the whole file as it was downloaded"
        )
    table = table.drop(columns=["ccode1", "ccode2"], errors="ignore")
    table = need(table, ["ddyad", "year"], ledger)
    return (
        table.assign(ccode1=table["ddyad"] // 1000, ccode2=table["ddyad"] % 1000),
        "ATOP directed dyad-years",
    )


def read_state_years(source: Source) -> tuple[pd.DataFrame, SourceInfo]:
    r"""Read the obligations of states to any ally, by state and year.

    Parameters
    ----------
    source : path or open binary file
        ``atop5_1sy.csv`` or another release (text or parquet, also as ``.gz`` or ``.zip``).

    Returns
    -------
    table : pandas.DataFrame
        One row for each state-year with an alliance: ``state`` (actor code of the year),
        ``ccode``, ``year``, the obligations ``defense, offense, neutrality, nonaggression,
        consultation`` (1 in any alliance of the year, 0, NaN unknown), ``alliances`` (their
        number) and ``transition`` (1 if an alliance began or ended in the year).
    info : SourceInfo
        One record is one state-year. Version 5.1 holds 1815–2018.

    Raises
    ------
    SourceError
        If the source cannot be opened or holds no such state-years.

    Notes
    -----
    Only state-years with an alliance are listed: within the years of the data, absence is none.
    The numbers of the single alliances (``atopid1`` and so on) are not read.

    References
    ----------
    Leeds, Ritter, Mitchell & Long (2002), doi:10.1080/03050620213653.

    Examples
    --------
    >>> import io
    >>> text = "state,year,atopally,defense,offense,neutral,nonagg,consul,number,transyr\n"
    >>> text += "371,1995,1,1,0,0,1,1,4,0\n"
    >>> table, info = read_state_years(io.BytesIO(text.encode()))
    >>> table[["state", "year", "defense", "alliances"]].values.tolist()
    [['ARM', 1995, 1.0, 4.0]]
    """
    ledger, notes = Ledger(), list[str]()
    payload, table, read = read_any(
        source,
        STATE_YEARS,
        ledger,
        used="|".join(["state", "year", *_OBLIGATIONS, "number", "transyr", "version"]),
        whole="state|year",
    )
    table = dated(need(table, ["state", "year"], ledger), ledger)
    flags = {name: own for name, own in _OBLIGATIONS.items() if name in table.columns}
    counts = {"number": "alliances"} if "number" in table.columns else {}
    moves = {"transyr": "transition"} if "transyr" in table.columns else {}
    values = [*flags, *counts, *moves]
    table = reject_repeated(table, ["state", "year"], ledger, values=values)
    table = reject_replaced(table, ["state"], ledger).reset_index(drop=True)
    out = pd.DataFrame(
        {
            "state": cow_actors(table["state"], table["year"], notes),
            "ccode": table["state"],
            "year": table["year"],
            **figures(table, flags, notes, allowed=(0, 1)),
            **figures(table, counts, notes),
            **figures(table, moves, notes, allowed=(0, 1)),
        }
    )
    numbered = sum(name.startswith("atopid") for name in payload.headings)
    if numbered:
        notes.append(f"{numbered} columns with numbers of alliances (atopid) are not read")
    info = close(
        out,
        ledger,
        read,
        payload,
        reader=STATE_YEARS.reader,
        layout="state-years",
        title="Alliance Treaty Obligations and Provisions, state-years",
        version=stated_version(table),
        unit="state-year",
        notes=tuple(notes),
        **_FACTS,
    )
    return out, info
