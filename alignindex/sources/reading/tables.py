"""Read a table of text, parquet or Stata, whichever it comes as."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from alignindex.sources.reading.layout import (
    Signature,
    find_header,
    fits_headings,
    fold_heading,
    open_source,
    wrong_file,
)
from alignindex.sources.reading.ledger import Ledger
from alignindex.sources.reading.payload import Payload, Source
from alignindex.sources.reading.records import read_records

_NARROW = [np.dtype(name) for name in ("i1", "i2", "i4", "u1", "u2", "u4")]


def read_any(
    source: Source, signature: Signature, ledger: Ledger, **columns: Any
) -> tuple[Payload, pd.DataFrame, int]:
    """Read text, parquet or Stata data as columns with folded headings and a column ``line``.

    ``columns`` says how `read_records` may read some of them faster; the payload keeps the
    headings of all.
    """
    payload = open_source(source, signature, accepts=("text", "parquet", "stata"))
    if payload.kind == "text":
        header = find_header(payload, signature)
        payload.headings = header.headings
        table, read = read_records(payload, header, ledger, **columns)
        return payload, table, read
    table = payload.table.copy(deep=False)
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
