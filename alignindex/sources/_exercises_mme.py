"""Multinational Military Exercises (MME): one row for each exercise."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from alignindex.sources._common import Ledger, Signature, Source, SourceInfo, close, need
from alignindex.sources._exercises_common import (
    dates_of,
    ids_note,
    iso_dates,
    parts_of,
    stacked,
    with_participants,
    without_year,
    words_of,
    year_of,
)
from alignindex.sources._unga_common import read_any
from alignindex.sources._yearly import figures, repeated_aside

MME = Signature(
    "exercises.read_mme", (("mmeid",), ("ex_name",), ("startdate",), ("statea",), ("stateb",))
)
_ACTIVITIES = (
    "cpx", "air", "land", "sea", "amphibious", "cyber", "warfighting", "peacekeeping",
    "humanitarian",
)  # fmt: skip
_TEXTS = {"mmeid": "exercise_id", "ex_name": "name", "series_name": "series", "location": "place"}


def read_mme(source: Source) -> tuple[pd.DataFrame, SourceInfo]:
    r"""Read the Multinational Military Exercises data.

    Parameters
    ----------
    source : path or open binary file
        ``mme_v7.csv`` (text or parquet, also as ``.gz`` or ``.zip``).

    Returns
    -------
    table : pandas.DataFrame
        One row for each exercise, in the order of the file: ``exercise_id``, ``name``,
        ``series``, ``place`` (missing where the file says −9), ``latitude, longitude``,
        ``start, end`` (ISO text as far as known: ``"1980-01"``), ``start_year, end_year``
        (``Int64``), the activities ``cpx`` (command post), ``air, land, sea, amphibious, cyber,
        warfighting, peacekeeping, humanitarian`` (1, 0, NaN), ``participants`` (actor codes of
        the year, joined by ``;``, each once), ``unresolved`` (names that are no declared actor),
        ``n_participants`` and ``incomplete`` (a participant is not known: −9).
    info : SourceInfo
        One record is one exercise. Version 7 holds 1980–2010: later years are unknown.

    Raises
    ------
    SourceError
        If the source cannot be opened or holds no such exercises.

    Notes
    -----
    The collection rests on news: a pair without an exercise has none *listed*. Participants
    stand in 39 columns; the USSR is called Russia, and is ``SUN`` before 1991 here. Three MMEIDs
    of version 7 are borne by two different exercises each; all six are kept and a note names
    them.

    References
    ----------
    D'Orazio, Vito, and Kevin Galambos, Multinational Military Exercises, doi:10.7910/DVN/KHFODX.

    Examples
    --------
    >>> import io
    >>> text = "MMEID,Ex_Name,StartDate,s.year,s.month,s.day,StateA,StateB,StateC\n"
    >>> text += "mme1,-9,1985-05-xx,1985,5,xx,Poland,Russia,-9\n"
    >>> table, info = read_mme(io.BytesIO(text.encode()))
    >>> table[["start", "participants", "n_participants", "incomplete"]].values.tolist()
    [['1985-05', 'POL;SUN', 2, True]]
    """
    ledger, notes = Ledger(), list[str]()
    payload, table, read = read_any(source, MME, ledger)
    table = need(table, [], ledger)
    header = table["mmeid"].astype(str).str.casefold().eq("mmeid")
    if header.any():
        ids = table.loc[header, "mmeid"]
        ledger.add_many(table.loc[header, "line"].tolist(), "header repeated", ids)
        table = table[~header]
    table = _repeated_aside(table, ledger)
    table = table.reset_index(drop=True)
    for word, prefix in (("start", "s"), ("end", "e")):
        table[word] = _dates(table, word, prefix)
        table[f"{word}_year"] = year_of(table[word].to_numpy())
    table = without_year(table, ledger, ["mmeid", "ex_name", "startdate"]).reset_index(drop=True)
    out = pd.DataFrame(index=table.index)
    for name, own in _TEXTS.items():
        out[own] = words_of(table[name]) if name in table.columns else np.nan
    for name, own in (("lat", "latitude"), ("lon", "longitude")):
        if name in table.columns:
            out[own] = pd.to_numeric(table[name], errors="coerce")
    out[["start", "end"]] = table[["start", "end"]].where(table[["start", "end"]] != "")
    out[["start_year", "end_year"]] = table[["start_year", "end_year"]]
    held = {name: name for name in _ACTIVITIES if name in table.columns}
    out = out.join(figures(table, held, notes, allowed=(0, 1)))
    columns = [name for name in table.columns if re.fullmatch(r"state[a-z]{1,2}", name)]
    row, names = stacked(table, columns)
    out = with_participants(
        out, row, names, system="any", unknown=("-9", "-9.0", "xx"), notes=notes
    )
    notes += ids_note(out["exercise_id"], "MMEIDs")
    info = close(
        out,
        ledger,
        read,
        payload,
        years=out["start_year"],
        reader=MME.reader,
        layout=f"participants in {len(columns)} columns",
        title="Multinational Military Exercises",
        version="",
        citation="D'Orazio, Vito, and Kevin Galambos, Multinational Military Exercises, Harvard "
        "Dataverse, doi:10.7910/DVN/KHFODX",
        licence="CC0 1.0",
        url="https://doi.org/10.7910/DVN/KHFODX",
        unit="exercise",
        notes=tuple(notes),
    )
    return out, info


def _repeated_aside(table: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Set aside records that repeat an earlier one in every column."""
    again = table["mmeid"].duplicated(keep=False)
    if not again.any():
        return table
    suspects = table[again]
    kept = repeated_aside(suspects, [n for n in table.columns if n != "line"], ledger)
    return table.drop(index=suspects.index.difference(kept.index))


def _dates(table: pd.DataFrame, word: str, prefix: str) -> np.ndarray[Any, Any]:
    """Dates from the columns of year, month and day, or from the text where those are silent."""
    parts = [f"{prefix}.{part}" for part in ("year", "month", "day")]
    dates = np.full(len(table), "", dtype=object)
    if set(parts) <= set(table.columns):
        dates = iso_dates(*(parts_of(table[part]) for part in parts))
    silent = dates == ""
    if f"{word}date" in table.columns and silent.any():
        dates[silent] = dates_of(table.loc[silent, f"{word}date"])
    return dates
