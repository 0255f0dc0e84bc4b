"""Write a table as CSV, JSON or Parquet, every number in full."""

from __future__ import annotations

import importlib.util
import json
import math
from collections.abc import Callable
from io import BytesIO

import pandas as pd

from alignindex.base.errors import ExtraError, OutputError, closest

__all__ = ["FORMATS", "encode"]


def encode(table: pd.DataFrame, format: str) -> bytes:
    r"""Encode a table with its index as the bytes of a file.

    Parameters
    ----------
    table : DataFrame
    format : {"csv", "json", "parquet"}
        CSV: empty is missing. JSON: a list of records, one a line, null is missing. Parquet: keeps
        the index.

    Raises
    ------
    OutputError
        If there is no such format.
    ExtraError
        If Parquet is asked for and pyarrow is not installed (extra ``io``).

    Examples
    --------
    >>> scores = pd.Series([0.1, float("nan")], pd.Index([1, 2], name="y"), name="score")
    >>> encode(scores.to_frame(), "csv")
    b'y,score\n1,0.1\n2,\n'
    """
    if format not in FORMATS:
        raise OutputError(
            f"format must be one of {', '.join(FORMATS)}; got {format!r}{closest(format, FORMATS)}"
        )
    return FORMATS[format](table)


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(lineterminator="\n").encode()


def _json(table: pd.DataFrame) -> bytes:
    flat = table.reset_index()
    # Through Python's own floats: pandas writes 15 digits at most.
    columns = [flat[name].astype(object).tolist() for name in flat.columns]
    names = [str(name) for name in flat.columns]
    lines = [
        json.dumps(dict(zip(names, map(_plain, row), strict=True)), ensure_ascii=False)
        for row in zip(*columns, strict=True)
    ]
    return ("[\n" + ",\n".join(lines) + ("\n" if lines else "") + "]\n").encode()


def _plain(value: object) -> object:
    """JSON knows no NaN."""
    return None if isinstance(value, float) and math.isnan(value) else value


def _parquet(table: pd.DataFrame) -> bytes:
    if importlib.util.find_spec("pyarrow") is None:
        raise ExtraError("writing Parquet", "io")
    buffer = BytesIO()
    table.to_parquet(buffer, engine="pyarrow")
    return buffer.getvalue()


FORMATS: dict[str, Callable[[pd.DataFrame], bytes]] = {
    "csv": _csv,
    "json": _json,
    "parquet": _parquet,
}
