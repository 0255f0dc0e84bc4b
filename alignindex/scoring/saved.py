"""Read a saved result back."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.errors import AlignIndexError, ExtraError, OutputError, first_three
from alignindex.base.files import FORMATS, recover
from alignindex.base.version import __version__
from alignindex.panel.index import KEYS, dyad_years
from alignindex.scoring.provenance import panel_digest, panel_read, word_columns
from alignindex.scoring.result import AlignmentResult
from alignindex.spec import IndexSpec, toml

__all__ = ["load_result"]

TABLES = ("scores", "codes", "contributions", "applies", "panel")


def load_result(folder: str | Path) -> AlignmentResult:
    """Read a result that `AlignmentResult.save` wrote, every number to the bit.

    Parameters
    ----------
    folder : str or Path
        The folder, in any of the formats.

    Returns
    -------
    AlignmentResult
        With the scores, codes, contributions, spec and provenance of the files. Its panel has the
        columns that the spec reads. Nothing is scored again, except for `explain` and `reference`.

    Raises
    ------
    OutputError
        If the folder does not hold a result, a file of it cannot be read, its tables do not fit
        together, or the panel or the spec does not have the digest in ``provenance.json``.
    ExtraError
        If the tables are Parquet and pyarrow is not installed.

    Warns
    -----
    UserWarning
        If another version of alignindex wrote the folder.

    Examples
    --------
    >>> import tempfile
    >>> import alignindex as ai
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> folder = result.save(tempfile.mkdtemp() + "/result")
    >>> again = ai.load_result(folder)
    >>> again.scores.equals(result.scores), again.provenance == result.provenance
    (True, True)
    """
    folder = Path(folder)
    try:
        names = _names(folder)
        texts = {
            name: (folder / name).read_text(encoding="utf-8")
            for name in ("spec.toml", "provenance.json")
            if name in names
        }
        if len(texts) < 2:
            raise OutputError(
                f"{str(folder)!r} does not hold a result: it lacks "
                f"{first_three(sorted({'spec.toml', 'provenance.json'} - names))}; name a folder "
                "that result.save(folder) wrote"
            )
        made = json.loads(texts["provenance.json"])
        version = made["package"]["version"]
        format = _format(folder, names, version)
        data = {name: (folder / f"{name}.{format}").read_bytes() for name in TABLES}
        # Not from_toml: it refuses what a spec that was made from dictionaries may hold.
        where = str(folder / "spec.toml")
        spec = IndexSpec.from_dict(toml.read(texts["spec.toml"], where), where=where)
        labels = made["panel"]["labels"]
        tables = {
            name: _table(READERS[format](data[name]), labels, columns)
            for name, columns in _columns(spec).items()
        }
        result = _result(tables, spec, made)
    except ExtraError:
        raise
    except OutputError as error:
        raise OutputError(f"{error}") from None
    except OSError as error:
        raise OutputError(f"{str(folder)!r} cannot be read: {error.strerror}") from None
    except (AlignIndexError, KeyError, TypeError, ValueError) as error:
        lines = str(error).splitlines() or [type(error).__name__]
        # Our own errors list the problems of a spec below one another.
        reason = " ".join(
            " ".join(lines if isinstance(error, AlignIndexError) else lines[:1]).split()
        )
        raise OutputError(
            f"{str(folder)!r} does not hold a sound result: {reason}; save it again"
        ) from None
    found = panel_digest(panel_read(result.panel, spec))
    for what, own, told in (
        ("panel", found, made["panel"]["digest"]),
        ("spec", spec.digest, made["spec"]["digest"]),
    ):
        if own != told and version == __version__:
            raise OutputError(
                f"the {what} in {str(folder)!r} is not the one that was scored: its digest is "
                f"{own[:12]}, and provenance.json says {told[:12]}; score it again"
            )
    if version != __version__:
        warnings.warn(
            f"{str(folder)!r} was written by alignindex {version}, and this is {__version__}: the "
            "numbers are those of the files; score the panel again for those of this version",
            UserWarning,
            stacklevel=2,
        )
    return result


def _names(folder: Path) -> set[str]:
    """Return the names in a folder, after an interrupted replacement is undone."""
    try:
        recover(folder)
        return {entry.name for entry in folder.iterdir()}
    except OSError as error:
        reason = error.strerror
    except ValueError as error:  # a NUL in the path
        reason = str(error)
    raise OutputError(f"{str(folder)!r} cannot be read: {reason}")


def _columns(spec: IndexSpec) -> dict[str, list[str]]:
    """Return the columns of each table."""
    names = [indicator.name for indicator in spec.indicators]
    return {
        "scores": ["score", "low", "high", "coverage", "carried", "n_indicators"],
        "codes": names,
        "contributions": names,
        "applies": names,
        "panel": list(spec.columns),
    }


def _format(folder: Path, names: set[str], version: str) -> str:
    """Return the format in which all tables are there."""
    for format in FORMATS:
        absent = [name for name in TABLES if f"{name}.{format}" not in names]
        if not absent:
            return format
        if len(absent) < len(TABLES):
            raise OutputError(
                f"{str(folder)!r} lacks {first_three(f'{name}.{format}' for name in absent)}; it "
                f"was written by alignindex {version}, and this is {__version__}"
            )
    raise OutputError(
        f"{str(folder)!r} holds no table of a result ({', '.join(FORMATS)}); name a folder that "
        "result.save(folder) wrote"
    )


def _read_csv(data: bytes) -> pd.DataFrame:
    return pd.DataFrame(pd.read_csv(BytesIO(data), dtype=str, keep_default_na=False))


def _read_json(data: bytes) -> pd.DataFrame:
    records: list[dict[str, Any]] = json.loads(data)
    return pd.DataFrame(records).astype(object)


def _read_parquet(data: bytes) -> pd.DataFrame:
    try:
        return pd.DataFrame(pd.read_parquet(BytesIO(data), engine="pyarrow").reset_index())
    except ImportError:
        raise ExtraError("reading Parquet", "io") from None


READERS: dict[str, Callable[[bytes], pd.DataFrame]] = {
    "csv": _read_csv,
    "json": _read_json,
    "parquet": _read_parquet,
}


def _table(frame: pd.DataFrame, labels: dict[str, str], columns: list[str]) -> pd.DataFrame:
    """Set the index, with labels of their kind and years as integers."""
    if frame.empty and not len(frame.columns):  # an empty list of records
        frame = pd.DataFrame(columns=[*KEYS, *columns])
    for name in ("state", "partner"):
        frame[name] = frame[name].astype(np.int64 if labels[name] == "number" else str)
    frame["year"] = frame["year"].astype(np.int64)
    return frame.set_index(list(KEYS))[columns]


def _numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns as float64; an empty cell is missing."""
    return frame.replace({"": None}).astype(np.float64) if frame.size else frame.astype(np.float64)


def _result(
    tables: dict[str, pd.DataFrame], spec: IndexSpec, made: dict[str, Any]
) -> AlignmentResult:
    words = word_columns(spec)
    panel = tables["panel"].copy()
    for name in panel.columns:
        if name in words:
            text = panel[name].astype(object)
            panel[name] = text.where(text.notna() & (text != ""), None).astype("category")
        else:
            panel[name] = _numbers(panel[[name]])[name]
    panel, rows = dyad_years(panel)
    for table in tables.values():
        if not table.index.equals(rows.index):
            raise ValueError("its tables do not have the same rows")
    scores = _numbers(tables["scores"])
    scores["n_indicators"] = scores["n_indicators"].astype(np.int64)
    applies = tables["applies"].astype(str).isin(["True", "true", "1"])
    held = {
        "scores": scores,
        "codes": _numbers(tables["codes"]),
        "applies": applies,
        "panel": panel,
    }
    result = AlignmentResult(
        **{name: table.set_axis(rows.index) for name, table in held.items()}, spec=spec
    )
    contributions = _numbers(tables["contributions"]).set_axis(rows.index)
    # Both are made on first access; here they come from the files.
    result.__dict__["contributions"] = contributions
    result.__dict__["provenance"] = made
    return result
