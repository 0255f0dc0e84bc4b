"""Alignment between states, measured: coded indicators of their ties, aggregated into an index.

The submodules are loaded when they are first used, so that ``import alignindex`` costs little
more than ``import pandas``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_FUNCTIONS = {
    "AlignIndexError": "errors",
    "AlignmentResult": "index",
    "IndexSpec": "spec",
    "as_panel": "panel",
    "list_datasets": "data",
    "list_specs": "spec",
    "load_dataset": "data",
    "load_panel": "data",
    "load_spec": "spec",
    "score": "index",
}
_MODULES = ("idealpoints", "similarity", "sources", "states")

__all__ = ["__version__", *sorted(_FUNCTIONS), *_MODULES]  # noqa: PLE0604

if TYPE_CHECKING:
    from alignindex import idealpoints, similarity, sources, states
    from alignindex.data import list_datasets, load_dataset, load_panel
    from alignindex.errors import AlignIndexError
    from alignindex.index import AlignmentResult, score
    from alignindex.panel import as_panel
    from alignindex.spec import IndexSpec, list_specs, load_spec


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name in _FUNCTIONS:
        value = getattr(importlib.import_module(f"alignindex.{_FUNCTIONS[name]}"), name)
    elif name in _MODULES:
        value = importlib.import_module(f"alignindex.{name}")
    else:
        raise AttributeError(f"module 'alignindex' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
