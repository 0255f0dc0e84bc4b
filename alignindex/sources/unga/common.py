"""What readers of text or parquet share: tables, dates, keys that rows share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from alignindex.sources.reading.common import (
    Ledger,
    Payload,
    Signature,
    Source,
    find_header,
    fold_heading,
    open_source,
    read_records,
    wrong_file,
)
from alignindex.sources.reading.layout import fits_headings

_NARROW = [np.dtype(name) for name in ("i1", "i2", "i4", "u1", "u2", "u4")]
VOTES = {"Y": 1, "A": 2, "N": 3, "X": 8, "NV": 8, "YES": 1, "ABSTAIN": 2, "NO": 3}


def read_any(
    source: Source, signature: Signature, ledger: Ledger, **columns: Any
) -> tuple[Payload, pd.DataFrame, int]:
    """Read delimited text or parquet as columns with folded headings and a column ``line``.

    ``columns`` says how `read_records` may read some of them faster; the payload keeps the
    headings of all.
    """
    payload = open_source(source, signature, accepts=("text", "parquet"))
    if payload.kind == "text":
        header = find_header(payload, signature)
        payload.headings = header.headings
        table, read = read_records(payload, header, ledger, **columns)
        return payload, table, read
    table = payload.parquet()
    table.columns = pd.Index([fold_heading(name) for name in table.columns])
    payload.headings = tuple(table.columns)
    if not fits_headings(table.columns, signature.headings):
        raise wrong_file(payload, signature)
    table = table.loc[:, ~table.columns.duplicated()].drop(columns="line", errors="ignore")
    table = pd.DataFrame({name: _plain(cells) for name, cells in table.items()})
    table.insert(0, "line", pd.Series(pd.NA, index=table.index, dtype="Int64"))
    return payload, table.reset_index(drop=True), len(table)


def _plain(values: pd.Series[Any]) -> pd.Series[Any]:
    """Give a column the type that it would have from text: no category, no NA, no narrow number."""
    kind = values.dtype
    if isinstance(kind, pd.CategoricalDtype):
        gap = [np.nan] if values.isna().any() else []  # the code of a missing one, -1, is the last
        cells = pd.Series([*values.cat.categories, *gap])
        return cells.take(values.cat.codes.to_numpy()).set_axis(values.index)
    if isinstance(kind, pd.StringDtype) and kind.na_value is pd.NA:
        return pd.Series(values.to_numpy(object, na_value=np.nan).tolist(), index=values.index)
    if kind.kind in "iufb" and not isinstance(kind, np.dtype):
        if values.isna().any() or kind.kind == "f":
            return pd.Series(values.to_numpy(np.float64, na_value=np.nan), index=values.index)
        whole = np.bool_ if kind.kind == "b" else np.int64
        return pd.Series(values.to_numpy(whole), index=values.index)
    if values.dtype in _NARROW:
        return values.astype(np.int64)
    return values


def first_of(table: pd.DataFrame, spellings: Sequence[str]) -> str | None:
    """Return the first of the spellings that is a column."""
    return next((name for name in spellings if name in table.columns), None)


def dates(values: pd.Series[Any]) -> pd.Series[Any]:
    """Read dates written ``2014-03-27``, ``3/27/2014`` (month first) or ``20140327``.

    What is none of these is missing.
    """
    if values.dtype.kind == "M":
        return pd.Series(values.dt.tz_localize(None).astype("datetime64[s]"))
    codes, parsed = _distinct_dates(values)
    return pd.Series(parsed[codes], index=values.index)


def dates_and_years(values: pd.Series[Any]) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """Read dates as `dates` does, with their calendar years (float, NaN where there is none)."""
    if values.dtype.kind == "M":
        found = dates(values)
        return found, found.dt.year.astype(np.float64)
    codes, parsed = _distinct_dates(values)
    years = parsed.astype("datetime64[Y]").astype(np.float64) + 1970.0
    years[np.isnat(parsed)] = np.nan
    return (
        pd.Series(parsed[codes], index=values.index),
        pd.Series(years[codes], index=values.index),
    )


def _distinct_dates(
    values: pd.Series[Any],
) -> tuple[np.ndarray[Any, np.dtype[np.int64]], np.ndarray[Any, np.dtype[np.datetime64]]]:
    """Place of each value among the distinct dates, the last of which is the missing one."""
    codes, uniques = pd.factorize(values)
    texts = pd.Series([str(value).strip().removesuffix(".0") for value in uniques], dtype=object)
    parsed = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[s]")
    for pattern, form, shape in (
        ("%Y-%m-%d", texts.str[:10], r"\d{4}-\d{1,2}-\d{1,2}"),
        ("%m/%d/%Y", texts, r"\d{1,2}/\d{1,2}/\d{4}"),
        ("%Y%m%d", texts, r"\d{8}"),
    ):
        if parsed.notna().all():
            break
        fits = form.str.fullmatch(shape).fillna(False).astype(bool)
        if fits.any():
            found = pd.to_datetime(form[fits].astype(str), format=pattern, errors="coerce")
            parsed[fits] = found.astype("datetime64[s]")
    return codes, np.append(parsed.to_numpy(), np.datetime64("NaT"))


def suspects_of(table: pd.DataFrame, key: Sequence[str]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Places of the rows that share their key with another, by one column after the other."""
    rows = np.arange(len(table))
    place, size = np.zeros(len(table), dtype=np.int64), 1
    for name in key:
        if not rows.size:
            break
        cells = table[name] if rows.size == len(table) else table[name].iloc[rows]
        place, size = _with_column(place, size, cells)
        held = np.zeros(size, dtype=bool)
        held[place] = True
        if int(np.count_nonzero(held)) == rows.size:
            return rows[:0]
        if size > 2 * rows.size:
            place, firsts = pd.factorize(place)
            size = len(firsts)
        shared = np.bincount(place)[place] > 1
        rows, place = rows[shared], place[shared]
    return rows


def places_of(columns: Sequence[pd.Series[Any]]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Give each row the number of its key: not negative, and of the size of the table."""
    place, size = np.zeros(len(columns[0]), dtype=np.int64), 1
    for cells in columns:
        place, size = _with_column(place, size, cells)
    return place


def _with_column(
    place: np.ndarray[Any, np.dtype[np.int64]], size: int, cells: pd.Series[Any]
) -> tuple[np.ndarray[Any, np.dtype[np.int64]], int]:
    """Take one more column into the number of each row's key, which stays below a size."""
    number, distinct = _ranked(cells)
    place, size = place * distinct + number, size * distinct
    if size > 64 * len(cells) + 1_000_000:  # bytes of a table of flags that memory bears
        place, firsts = pd.factorize(place)
        size = len(firsts)
    return place, size


def _ranked(cells: pd.Series[Any]) -> tuple[np.ndarray[Any, np.dtype[np.int64]], int]:
    """Give each cell the number of its value, and say how many numbers there are."""
    length = len(cells)
    if isinstance(cells.dtype, np.dtype) and cells.dtype.kind == "i" and length:
        values = cells.to_numpy().astype(np.int64, copy=False)
        least = int(values.min())
        span = int(values.max()) - least + 1
        if span <= 16 * length + 1_000_000:
            there = np.zeros(span, dtype=bool)
            there[values - least] = True
            found = np.flatnonzero(there)
            rank = np.empty(span, dtype=np.int32)
            rank[found] = np.arange(found.size)
            return rank[values - least].astype(np.int64), int(found.size)
    codes, uniques = pd.factorize(cells)
    return codes + 1, len(uniques) + 1  # 0 is missing


def reject_repeated_votes(
    table: pd.DataFrame, key: Sequence[str], value: str, ledger: Ledger
) -> pd.DataFrame:
    """Keep the first record of each key; say of the others whether they contradict it."""
    suspects = suspects_of(table, key)
    if not suspects.size:
        return table
    repeated = suspects[table.iloc[suspects].duplicated(list(key)).to_numpy()]
    if not repeated.size:
        return table
    again = np.zeros(len(table), dtype=bool)
    again[repeated] = True
    rows = table[again]
    first = table[~again].set_index(list(key))[value]
    stated = first.loc[pd.MultiIndex.from_frame(rows[list(key)])].to_numpy()
    same = (rows[value].to_numpy() == stated) | (rows[value].isna() & pd.isna(stated)).to_numpy()
    reasons = {True: "repeats an earlier record", False: "contradicts an earlier record"}
    for agrees, reason in reasons.items():
        part = rows[np.asarray(same, dtype=bool) == agrees]
        texts = [
            ", ".join(f"{name} {cell}" for name, cell in zip([*key, value], row, strict=True))
            for row in part[[*key, value]].itertuples(index=False, name=None)
        ]
        ledger.add_many(part["line"].tolist(), reason, texts)
    return table[~again]
