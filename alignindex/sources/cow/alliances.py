"""The Correlates of War's formal alliances by dyad and year."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from alignindex.sources.reading.common import Ledger, Signature, Source, SourceInfo, close, need
from alignindex.sources.reading.keys import places_of, reject_repeated
from alignindex.sources.reading.tables import read_any
from alignindex.sources.reading.yearly import (
    cow_actors,
    dated,
    figures,
    reject_replaced,
    stated_version,
)

ALLIANCES = Signature(
    "cow.read_alliances",
    (("ccode1",), ("ccode2",), ("year",), ("defense",), ("neutrality",), ("entente",)),
)
_YEARLY = (
    "use the yearly file of the same release, alliance_v4.1_by_directed_yearly.csv or "
    "alliance_v4.1_by_dyad_yearly.csv, with sources.cow.read_alliances"
)
UNREAD = (
    Signature(
        ALLIANCES.reader,
        (("version4id*",), ("ccode1",), ("ccode2",), ("dyad_st_year",), ("defense",)),
        advice=f"it is the COW list of alliances by dyad, with spells and no years: {_YEARLY}",
    ),
    Signature(
        ALLIANCES.reader,
        (("version4id*",), ("ccode",), ("mem_st_year", "all_st_year"), ("defense",)),
        advice=f"it is the COW list of alliances by member, without dyads: {_YEARLY}",
    ),
)
_KINDS = ("defense", "neutrality", "nonaggression", "entente")


def read_alliances(source: Source) -> tuple[pd.DataFrame, SourceInfo]:
    r"""Read the Correlates of War's formal alliances, yearly, directed or not.

    Parameters
    ----------
    source : path or open binary file
        ``alliance_v4.1_by_directed_yearly.csv`` or ``..._by_dyad_yearly.csv`` (text or parquet,
        also as ``.gz`` or ``.zip``).

    Returns
    -------
    table : pandas.DataFrame
        One row for each treaty, dyad and year, as in the file; **a dyad-year has a row for each
        of its treaties**: ``state, partner`` (actor codes of the year), ``ccode1, ccode2, year``,
        ``alliance`` (number of the treaty, ``Int64``), ``defense, neutrality, nonaggression,
        entente`` (1, 0, NaN unknown) and ``strength``: 3 defence, 2 neutrality or
        non-aggression, 1 entente, 0 none of them; NaN where an unknown kind could raise it.
    info : SourceInfo
        One record is one treaty, dyad and year. Version 4.1 ends in 2012: later years are
        unknown, not without alliances. ``layout`` says whether the file holds each dyad once or
        in both directions.

    Raises
    ------
    SourceError
        If the source cannot be opened or holds no alliances.

    Notes
    -----
    Dyads without an alliance are not listed: within the years of the data they have none.
    `alignindex.indicators.alliances` takes the strongest treaty of each dyad-year. We know the
    file from its codebook, and have not had a real one to test with.

    References
    ----------
    Gibler, Douglas M. (2009), International Military Alliances, 1648–2008, CQ Press.

    Examples
    --------
    >>> import io
    >>> text = "version4id,ccode1,ccode2,defense,neutrality,nonaggression,entente,year\n"
    >>> text += "1,371,365,1,0,0,1,1995\n2,371,365,0,0,1,1,1995\n"
    >>> table, info = read_alliances(io.BytesIO(text.encode()))
    >>> table[["state", "partner", "year", "alliance", "strength"]].values.tolist()
    [['ARM', 'RUS', 1995, 1, 3.0], ['ARM', 'RUS', 1995, 2, 2.0]]
    """
    ledger, notes = Ledger(), list[str]()
    ends = "ccode[12]|year|version4id.*"
    used = f"{ends}|version|{'|'.join(_KINDS)}"
    payload, table, read = read_any(source, ALLIANCES, ledger, used=used, whole=ends)
    number = next((name for name in table.columns if name.startswith("version4id")), None)
    whole = ["ccode1", "ccode2", "year", *([number] if number else [])]
    table = dated(need(table, whole, ledger), ledger)
    alone = table["ccode1"] == table["ccode2"]
    if alone.any():
        codes = table.loc[alone, "ccode1"]
        ledger.add_many(table.loc[alone, "line"].tolist(), "a state allied to itself", codes)
        table = table[~alone]
    if number:
        held = [name for name in _KINDS if name in table.columns]
        table = reject_repeated(table, whole, ledger, values=held)
    table = reject_replaced(table, ["ccode1", "ccode2"], ledger)
    table = table.reset_index(drop=True)
    kinds = {name: name for name in _KINDS if name in table.columns}
    out = pd.DataFrame(
        {
            "state": cow_actors(table["ccode1"], table["year"], notes),
            "partner": cow_actors(table["ccode2"], table["year"], notes),
            "ccode1": table["ccode1"],
            "ccode2": table["ccode2"],
            "year": table["year"],
            "alliance": table[number].astype("Int64") if number else pd.NA,
            **figures(table, kinds, notes, allowed=(0, 1)),
        }
    )
    if "nonaggression" not in kinds:
        out["nonaggression"] = np.nan
        notes.append("the file has no column nonaggression: unknown")
    out["alliance"] = out["alliance"].astype("Int64")
    out["strength"] = _strength(out)
    info = close(
        out,
        ledger,
        read,
        payload,
        reader=ALLIANCES.reader,
        layout="directed dyad-years" if _directed(table) else "dyad-years, each once",
        title="COW Formal Alliances",
        version=stated_version(table),
        citation="Gibler, Douglas M. (2009), International Military Alliances, 1648–2008, CQ Press",
        licence="free for research; cite it",
        url="https://correlatesofwar.org/data-sets/formal-alliances/",
        unit="treaty, dyad and year",
        notes=tuple(notes),
    )
    return out, info


def _strength(out: pd.DataFrame) -> pd.Series[Any]:
    """Rank of the strongest kind; NaN where an unknown kind could be stronger."""
    defense, neutrality, nonaggression, entente = (out[name].to_numpy() for name in _KINDS)
    strength = np.select(
        [
            defense == 1,
            np.isnan(defense),
            (neutrality == 1) | (nonaggression == 1),
            np.isnan(neutrality) | np.isnan(nonaggression),
            entente == 1,
            np.isnan(entente),
        ],
        [3.0, np.nan, 2.0, np.nan, 1.0, np.nan],
        default=0.0,
    )
    return pd.Series(strength, index=out.index)


def _directed(table: pd.DataFrame) -> bool:
    """Say whether every dyad-year stands in both directions."""
    a, b = (table[end].to_numpy() for end in ("ccode1", "ccode2"))
    low, high = pd.Series(np.minimum(a, b)), pd.Series(np.maximum(a, b))
    place = places_of([low, high, table["year"]])
    forth, back = np.zeros((2, int(place.max(initial=-1)) + 1), dtype=bool)
    forth[place[a < b]] = True
    back[place[a > b]] = True
    return bool(len(table)) and np.array_equal(forth, back)
