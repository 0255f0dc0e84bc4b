"""The bundled tables: listed, described, and loaded with hash, column and key checks.

Every table lies in a folder with ``catalogue.toml``, which says for each file its sha256, its
columns and key, and for each data set its version, citation, licence and coverage. A table is
handed over only if its bytes are those of the catalogue, so that a result can name the data
that made it.
"""

from __future__ import annotations

from alignindex.data.catalogue import (
    ColumnInfo,
    CoverageInfo,
    DatasetInfo,
    FileInfo,
    TableInfo,
    data_root,
    dataset_info,
    list_datasets,
    panel_columns,
)
from alignindex.data.tables import load_dataset, load_panel
from alignindex.data.votes import RollCalls, load_votes, roll_calls

__all__ = [
    "ColumnInfo",
    "CoverageInfo",
    "DatasetInfo",
    "FileInfo",
    "RollCalls",
    "TableInfo",
    "data_root",
    "dataset_info",
    "list_datasets",
    "load_dataset",
    "load_panel",
    "load_votes",
    "panel_columns",
    "roll_calls",
]
