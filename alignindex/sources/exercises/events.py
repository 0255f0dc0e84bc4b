"""Any set of exercises (or other joint events), however it writes its participants."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
import pandas as pd

from alignindex.base.errors import SourceError, closest
from alignindex.base.typing import Array
from alignindex.sources.exercises.common import (
    System,
    dates_of,
    header_again,
    ids_note,
    stacked,
    with_participants,
    without_year,
    year_of,
)
from alignindex.sources.reading.common import (
    Ledger,
    Payload,
    Signature,
    Source,
    SourceInfo,
    close,
    fold_heading,
    need,
)
from alignindex.sources.reading.keys import reject_repeated
from alignindex.sources.reading.tables import read_any

READER = "exercises.read_events"


def read_events(
    source: Source,
    *,
    start: str,
    participants: str | Sequence[str],
    separator: str | None = None,
    id: str | None = None,
    end: str | None = None,
    name: str | None = None,
    system: System = "any",
    unknown: Sequence[str] = ("-9",),
    title: str = "events",
) -> tuple[pd.DataFrame, SourceInfo]:
    r"""Read any set of joint events: participants as columns, as long rows, or as a list.

    Parameters
    ----------
    source : path or open binary file
        Text (comma, semicolon, tab or bar) or parquet, also as ``.gz`` or ``.zip``.
    start, end : str
        Columns of dates: ``2014-03-27``, ``2014-03``, ``2014``, ``3/27/2014`` (month first),
        ``2014-03-xx``.
    participants : str or sequence of str
        *Several columns*: their names, one participant a cell. *One column with* ``separator``:
        a list in one cell. *One column without it*: long rows, one participant a row; rows with
        the same ``id`` make one event.
    separator : str, optional
        The separator of participants in one cell, such as ``";"``.
    id, name : str, optional
        Columns of the event's number (needed for long rows) and its name.
    system : str
        What the participants are written in, as for `alignindex.states.resolve`.
    unknown : sequence of str
        What stands for a participant that is not known.
    title : str
        Title for the returned information.

    Returns
    -------
    table : pandas.DataFrame
        One row for each event, in the order of the file: ``exercise_id``, ``name``, ``start``,
        ``end`` (ISO text as far as known), ``start_year, end_year`` (``Int64``),
        ``participants`` (actor codes of the year, joined by ``;``, each once), ``unresolved``,
        ``n_participants`` and ``incomplete``, as `read_mme`.
    info : SourceInfo
        One record is one event; with long rows, a row that belongs to none is a record too, and
        a note gives the number of rows.

    Raises
    ------
    SourceError
        If the source cannot be opened or a named column is not in it.

    Examples
    --------
    >>> import io
    >>> text = "number;begins;parties\n1;2012-09-15;Armenia, Russia\n2;2013;Armenia, USA\n"
    >>> table, info = read_events(
    ...     io.BytesIO(text.encode()), start="begins", participants="parties", separator=","
    ... )
    >>> table[["start", "start_year", "participants"]].values.tolist()
    [['2012-09-15', 2012, 'ARM;RUS'], ['2013', 2013, 'ARM;USA']]
    >>> text = "event,year,country\nA,2012,ARM\nA,2012,RUS\nB,2013,USA\nB,2013,ARM\n"
    >>> table, info = read_events(
    ...     io.BytesIO(text.encode()), start="year", participants="country", id="event"
    ... )
    >>> table["participants"].tolist()
    ['ARM;RUS', 'ARM;USA']
    """
    columns = [fold_heading(word) for word in _listed(participants)]
    long = isinstance(participants, str) and separator is None
    _check_form(participants, columns, separator, id)
    words = {"start": start, "end": end, "exercise_id": id, "name": name}
    wanted = {own: fold_heading(word) for own, word in words.items() if word is not None}
    ledger, notes = Ledger(), list[str]()
    payload, table, read = _read(source, [*wanted.values(), *columns], ledger)
    table = _placed(table, wanted, columns, ledger, long=long)
    if long:
        first, row = _events_of(table, wanted, ledger)
        rows = table[row >= 0].reset_index(drop=True)
        at, party, parties = stacked(rows, columns)
        row = row[row >= 0][at]
        notes.append(f"{len(rows)} rows make {len(first)} events")
        read += len(first) - len(rows)
        events = table.iloc[first].reset_index(drop=True)
    else:
        events = table
        row, party, parties = stacked(table, columns)
        if separator is not None:
            row, party, parties = _split(row, party, parties, separator)
    out = pd.DataFrame(index=events.index)
    for own in ("exercise_id", "name"):
        out[own] = events[wanted[own]] if own in wanted else np.nan
    for word in ("start", "end"):
        text = events[f"{word} of event"]
        out[word] = text.where(text != "")
    out[["start_year", "end_year"]] = events[["start_year", "end_year"]]
    started = out["start_year"].to_numpy(dtype=np.int64)
    known = with_participants(
        started, row, party, parties, system=system, unknown=unknown, notes=notes
    )
    out = out.assign(**known)
    if "exercise_id" in wanted:
        notes += ids_note(out["exercise_id"], "ids")
    in_columns = f"participants in {len(columns)} columns"
    in_lists = f"participants separated by {separator!r}"
    info = close(
        out,
        ledger,
        read,
        payload,
        years=out["start_year"],
        reader=READER,
        layout="long rows" if long else in_columns if separator is None else in_lists,
        title=title,
        unit="event",
        notes=tuple(notes),
        **dict.fromkeys(("version", "citation", "licence", "url"), ""),
    )
    return out, info


def _listed(participants: str | Sequence[str]) -> list[str]:
    return [participants] if isinstance(participants, str) else list(participants)


def _check_form(
    participants: str | Sequence[str], columns: list[str], separator: str | None, id: str | None
) -> None:
    """Raise unless the arguments describe one of the three ways to write participants."""
    if not columns:
        raise SourceError(f"{READER} expected names of columns in participants, got none")
    if not isinstance(participants, str) and separator is not None:
        raise SourceError(
            f"{READER} takes a separator with one column of participants, got {len(columns)} "
            "columns; leave separator out"
        )
    if separator == "":
        raise SourceError(f"{READER} expected a separator such as ';', got an empty one")
    if isinstance(participants, str) and separator is None and id is None:
        raise SourceError(
            f"{READER} expected id= with long rows (one participant per row); name the column that "
            "tells the events apart, or give separator= if a cell holds a list"
        )


def _read(source: Source, columns: list[str], ledger: Ledger) -> tuple[Payload, pd.DataFrame, int]:
    """Read a table that has the named columns, or say which one it lacks."""
    signature = Signature(READER, tuple((word,) for word in dict.fromkeys(columns)))
    payload, table, read = read_any(source, signature, ledger)
    for word in columns:
        if word not in table.columns:
            raise SourceError(
                f"{READER} expected a column {word!r} in {payload.name}"
                f"{closest(word, map(str, table.columns))}"
            )
    return payload, need(table, [], ledger), read


def _placed(
    table: pd.DataFrame,
    wanted: dict[str, str],
    columns: list[str],
    ledger: Ledger,
    *,
    long: bool,
) -> pd.DataFrame:
    """Give rows that name an event its dates; reject the others."""
    again = header_again(table[wanted["start"]], wanted["start"])
    ledger.add_rows(table[again], "header repeated", [wanted["start"]])
    table = reject_repeated(table[~again], [n for n in table.columns if n != "line"], ledger)
    table = table.reset_index(drop=True)
    if long:
        number = wanted["exercise_id"]
        nameless = table[number].isna()
        ledger.add_rows(table[nameless], f"no {number}", [wanted["start"]])
        table = table[~nameless].reset_index(drop=True)
    for word in ("start", "end"):
        none = np.full(len(table), "", dtype=object)
        table[f"{word} of event"] = dates_of(table[wanted[word]]) if word in wanted else none
        table[f"{word}_year"] = year_of(table[f"{word} of event"])
    return without_year(table, ledger, [wanted["start"], *columns]).reset_index(drop=True)


def _events_of(table: pd.DataFrame, wanted: dict[str, str], ledger: Ledger) -> tuple[Array, Array]:
    """First row of each event, and the event of each row; rows that contradict it are rejected."""
    facts = ["start of event", "end of event", *([wanted["name"]] if "name" in wanted else [])]
    event, _ = pd.factorize(table[wanted["exercise_id"]])
    first = np.flatnonzero(~pd.Series(event).duplicated().to_numpy())
    stated = table[facts].astype(object)
    stated = stated.where(stated.notna(), "")
    same = (stated.to_numpy() == stated.to_numpy()[first[event]]).all(axis=1)
    if not same.all():
        rows = table[~same]
        texts = [
            ", ".join(map(str, cells))
            for cells in rows[[wanted["exercise_id"], *facts]].itertuples(index=False, name=None)
        ]
        ledger.add_many(rows["line"].tolist(), "contradicts an earlier row of the event", texts)
    return first, np.where(same, event, -1)


def _split(
    row: Array, word: Array, words: list[str], separator: str
) -> tuple[Array, Array, list[str]]:
    """Take the lists in cells apart, each distinct one once."""
    lists = [[part for cut in text.split(separator) if (part := cut.strip())] for text in words]
    sizes = np.array([len(parts) for parts in lists], dtype=np.int64)
    codes, uniques = pd.factorize(np.array([*chain.from_iterable(lists), ""], dtype=object))
    size = sizes[word]
    # Parts of list i stand from starts[i] on; those of each cell are counted from there.
    starts = np.cumsum(sizes) - sizes
    within = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    return np.repeat(row, size), codes[np.repeat(starts[word], size) + within], list(uniques)
