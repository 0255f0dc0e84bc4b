"""Index specs: the indicators, coding rules, weights and aggregation of one index.

A spec is a tree. Indicators are its leaves; they hang from nodes, and the nodes from the root,
which is the index itself. Every node has its own aggregation, and every child its own weight.
One TOML file holds one spec; :func:`load_spec` reads it, :meth:`IndexSpec.to_toml` writes it.
"""

from __future__ import annotations

from alignindex.spec.library import list_specs, load_spec
from alignindex.spec.model import IndexSpec
from alignindex.spec.parts import FIDELITY, Alternative, Band, Indicator, Node, YearSpan

__all__ = [
    "FIDELITY",
    "Alternative",
    "Band",
    "IndexSpec",
    "Indicator",
    "Node",
    "YearSpan",
    "list_specs",
    "load_spec",
]
