"""Alignment between states, measured: coded indicators of their ties, aggregated into an index.

The submodules are loaded when they are first used, so that ``import alignindex`` costs little
more than ``import pandas``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = [
    "AlignIndexError",
    "AlignmentResult",
    "Comparison",
    "IndexSpec",
    "__version__",
    "as_panel",
    "compare",
    "dynamics",
    "idealpoints",
    "list_datasets",
    "list_specs",
    "load_dataset",
    "load_panel",
    "load_spec",
    "load_votes",
    "panel",
    "plot",
    "poles",
    "reliability",
    "report",
    "robustness",
    "score",
    "similarity",
    "sources",
    "states",
]

_HOMES = {
    "AlignIndexError": "errors",
    "AlignmentResult": "index",
    "Comparison": "comparison",
    "IndexSpec": "spec",
    "as_panel": "panel",
    "compare": "comparison",
    "list_datasets": "data",
    "list_specs": "spec",
    "load_dataset": "data",
    "load_panel": "data",
    "load_spec": "spec",
    "load_votes": "data",
    "score": "index",
}

if TYPE_CHECKING:
    from alignindex import (
        dynamics,
        idealpoints,
        panel,
        plot,
        poles,
        reliability,
        report,
        robustness,
        similarity,
        sources,
        states,
    )
    from alignindex.comparison import Comparison, compare
    from alignindex.data import list_datasets, load_dataset, load_panel, load_votes
    from alignindex.errors import AlignIndexError
    from alignindex.index import AlignmentResult, score
    from alignindex.panel import as_panel
    from alignindex.spec import IndexSpec, list_specs, load_spec


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module 'alignindex' has no attribute {name!r}")
    value: Any = importlib.import_module(f"alignindex.{_HOMES.get(name, name)}")
    if name in _HOMES:
        value = getattr(value, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
