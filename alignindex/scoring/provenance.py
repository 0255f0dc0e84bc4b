"""What made a result: package, spec and panel with digests, and versions of data sets."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
import pandas as pd
from pandas.util import hash_pandas_object

from alignindex import data
from alignindex.base.errors import OutputError, PanelError, first_three
from alignindex.base.version import __version__
from alignindex.panel.columns import level_name, read_numbers
from alignindex.scoring.evidence import bundled_name, bundled_panels
from alignindex.spec import IndexSpec
from alignindex.spec.rules import Levels

__all__ = [
    "check_labels",
    "label_kind",
    "panel_digest",
    "panel_read",
    "provenance_of",
    "word_columns",
]


def provenance_of(panel: pd.DataFrame, spec: IndexSpec) -> dict[str, Any]:
    """Return the provenance of a panel that was scored; see `AlignmentResult.provenance`."""
    read = panel[list(spec.columns)]
    bundled = bundled_name(read)
    behind = [i.dataset for i in spec.indicators if i.dataset] if bundled else []
    sets = [*bundled_panels(read), *behind]
    years = panel.index.get_level_values("year")
    return {
        "package": {"name": "alignindex", "version": __version__},
        "spec": {
            "name": spec.name,
            "version": spec.version,
            "fidelity": spec.fidelity,
            "digest": spec.digest,
            "citation": spec.citation,
            "doi": spec.doi,
        },
        "panel": {
            "digest": panel_digest(panel_read(panel, spec)),
            "rows": len(panel),
            "years": [int(years.min()), int(years.max())] if len(years) else [],
            "labels": {name: label_kind(panel.index, name) for name in ("state", "partner")},
            "bundled": bundled,
        },
        "datasets": {
            table.name: {
                "version": info.version,
                "sha256": table.sha256,
                "retrieved": info.retrieved,
            }
            for info in map(data.dataset_info, dict.fromkeys(sets))
            for table in info.tables
        },
    }


def label_kind(index: pd.Index[Any], name: str) -> str:
    """Return whether the labels of a level are text or whole numbers."""
    level = index.get_level_values(name)
    return "number" if pd.api.types.is_integer_dtype(level) else "text"


def check_labels(index: pd.Index[Any]) -> None:
    """Raise unless the labels of states and partners can be saved: text, or whole numbers."""
    for name in ("state", "partner"):
        labels = index.get_level_values(name).unique()
        odd = [label for label in labels if not isinstance(label, str)]
        if odd and label_kind(index, name) == "text":
            raise OutputError(
                f"labels of {name} must be text or whole numbers to be saved; got "
                f"{first_three(map(repr, odd))}: convert them with astype(int) or astype(str), "
                "and score again"
            )


def word_columns(spec: IndexSpec) -> set[str]:
    """Return the columns that only a `levels` rule reads: names of categories, not numbers."""
    words = {c for i in spec.indicators if isinstance(i.rule, Levels) for c in i.columns}
    numbers = {c for i in spec.indicators if not isinstance(i.rule, Levels) for c in i.reads}
    return words - numbers - {spec.carry_until}


def panel_read(panel: pd.DataFrame, spec: IndexSpec) -> pd.DataFrame:
    """Return the columns that a spec reads, in one form for every dtype that holds their values.

    Names of categories are text, or None; all else is float64. A file gives the same back.
    """
    words = word_columns(spec)
    columns = {
        name: _names(panel[name]) if name in words else read_numbers(panel[name])
        for name in spec.columns
    }
    return pd.DataFrame(columns, index=panel.index, columns=list(spec.columns))


def _names(column: pd.Series) -> pd.Series:
    category = column.astype("category").cat
    names = np.empty(len(category.categories) + 1, dtype=object)  # code -1 takes the last, None
    names[:-1] = [level_name(one) for one in category.categories]
    return pd.Series(names.take(category.codes), index=column.index, dtype=object)


def panel_digest(read: pd.DataFrame) -> str:
    """Return the SHA-256 of keys and values, as `panel_read` gives them."""
    try:
        hashes = hash_pandas_object(read, index=True)
    except UnicodeEncodeError as error:
        raise PanelError(
            f"the panel holds text that is not Unicode: {error.object[:20]!a}; decode it again"
        ) from None
    header = json.dumps([str(column) for column in read.columns]).encode()
    return hashlib.sha256(header + hashes.to_numpy(dtype="<u8").tobytes()).hexdigest()
