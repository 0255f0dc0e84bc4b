"""What made a result: package, spec and panel with digests, and versions of data sets."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pandas as pd
from pandas.util import hash_pandas_object

from alignindex import data
from alignindex.base.errors import PanelError
from alignindex.base.version import __version__
from alignindex.panel.columns import read_numbers
from alignindex.scoring.evidence import bundled_name, bundled_panels
from alignindex.spec import IndexSpec

__all__ = ["label_kind", "panel_digest", "provenance_of"]


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
            "digest": panel_digest(read),
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


def panel_digest(panel: pd.DataFrame) -> str:
    """Return the SHA-256 of keys and values, the same for every dtype that holds them."""
    plain = {
        name: read_numbers(column)
        if pd.api.types.is_numeric_dtype(column)
        else column.astype(object).where(column.notna(), None)
        for name, column in panel.items()
    }
    try:
        hashes = hash_pandas_object(pd.DataFrame(plain, index=panel.index), index=True)
    except UnicodeEncodeError as error:
        raise PanelError(
            f"the panel holds text that is not Unicode: {error.object[:20]!a}; decode it again"
        ) from None
    header = json.dumps([str(column) for column in panel.columns]).encode()
    return hashlib.sha256(header + hashes.to_numpy(dtype="<u8").tobytes()).hexdigest()
