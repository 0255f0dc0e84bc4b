"""Multinational Military Exercises (MME): one row for each exercise."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.typing import Array, Ints
from alignindex.sources.exercises.common import (
    dates_of,
    ids_note,
    in_time,
    iso_dates,
    parts_of,
    stacked,
    with_participants,
    words_of,
    years_of,
)
from alignindex.sources.reading.common import Ledger, Signature, Source, SourceInfo, close, need
from alignindex.sources.reading.keys import reject_repeated, suspects_of
from alignindex.sources.reading.tables import read_any
from alignindex.sources.reading.yearly import figures

MME = Signature(
    "exercises.read_mme", (("mmeid",), ("ex_name",), ("startdate",), ("statea",), ("stateb",))
)
_ACTIVITIES = (
    *("cpx", "air", "land", "sea", "amphibious", "cyber"),
    *("warfighting", "peacekeeping", "humanitarian"),
)
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
        the year, joined by ``;``, each once), ``unresolved`` (names that are not declared actors),
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
    of version 7 belong to two different exercises each; all six are kept and a note names
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
    if table["mmeid"].isna().any():
        table = need(table, [], ledger)
    header = table["mmeid"].isin(["MMEID", "mmeid", "Mmeid"])
    if header.any():
        ids = table.loc[header, "mmeid"]
        ledger.add_many(table.loc[header, "line"].tolist(), "header repeated", ids)
        table = table[~header]
    if suspects_of(table, ["mmeid", "ex_name", "startdate"]).size:
        table = reject_repeated(table, [n for n in table.columns if n != "line"], ledger)
    table, dates = _placed(table.reset_index(drop=True), ledger)
    out: dict[str, Any] = {
        own: words_of(table[name]) if name in table.columns else np.nan
        for name, own in _TEXTS.items()
    }
    for name, own in (("lat", "latitude"), ("lon", "longitude")):
        if name in table.columns:
            out[own] = pd.to_numeric(table[name], errors="coerce")
    held = {name: name for name in _ACTIVITIES if name in table.columns}
    columns = [name for name in table.columns if re.fullmatch(r"state[a-z]{1,2}", name)]
    started = dates["start_year"].to_numpy(dtype=np.int64)
    out |= dates | figures(table, held, notes, allowed=(0, 1))
    out |= with_participants(
        started, *stacked(table, columns), system="any", unknown=("-9", "xx"), notes=notes
    )
    frame = pd.DataFrame(out, index=table.index)
    notes += ids_note(frame["exercise_id"], "MMEIDs")
    info = close(
        frame,
        ledger,
        read,
        payload,
        years=frame["start_year"],
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
    return frame, info


def _placed(table: pd.DataFrame, ledger: Ledger) -> tuple[pd.DataFrame, dict[str, pd.Series[Any]]]:
    """Exercises that have a year, with a plain index, and their dates."""
    dates: dict[str, pd.Series[Any]] = {}
    for word, prefix in (("start", "s"), ("end", "e")):
        texts, years = _dates(table, word, prefix)
        none = years == 0
        text = pd.Series(texts, index=table.index)
        dates[word] = text.mask(none) if none.any() else text
        dates[f"{word}_year"] = pd.Series(pd.arrays.IntegerArray(years, none), index=table.index)
    shown = ["mmeid", "ex_name", "startdate"]
    placed = in_time(table, dates["start_year"], dates["end_year"], ledger, shown)
    if placed.all():
        return table, dates
    table = table[placed].reset_index(drop=True)
    return table, {name: date[placed].set_axis(table.index) for name, date in dates.items()}


def _dates(table: pd.DataFrame, word: str, prefix: str) -> tuple[Array, Ints]:
    """Dates from the columns of year, month and day, or from the text where those are silent.

    With the year of each, 0 where there is none.
    """
    parts = [f"{prefix}.{part}" for part in ("year", "month", "day")]
    dates, silent = np.full(len(table), "", dtype=object), np.ones(len(table), dtype=bool)
    years = np.zeros(len(table), dtype=np.int64)
    if set(parts) <= set(table.columns):
        year, month, day = (parts_of(table[part]) for part in parts)
        dates = iso_dates(year, month, day)
        silent = dates == ""
        years = np.where(silent, 0, year).astype(np.int64)
    if f"{word}date" in table.columns and silent.any():
        dates[silent] = dates_of(table.loc[silent, f"{word}date"])
        years[silent] = years_of(dates[silent])
    return dates, years
