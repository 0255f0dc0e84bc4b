"""Alignment between states, measured: coded indicators of their ties, aggregated into an index.

The submodules are loaded when they are first used, so that ``import alignindex`` costs little
more than ``import pandas``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from alignindex.base.version import __version__

if TYPE_CHECKING:
    from alignindex import (
        dynamics,
        geopolitics,
        idealpoints,
        indicators,
        plot,
        poles,
        regression,
        reliability,
        report,
        robustness,
        similarity,
        sources,
        states,
    )
    from alignindex.base.errors import (
        ActorError,
        AlignIndexError,
        DatasetError,
        ExtraError,
        OutputError,
        PanelError,
        ReliabilityError,
        SimilarityError,
        SourceError,
        SpecError,
    )
    from alignindex.comparison import Comparison, compare
    from alignindex.data import list_datasets, load_dataset, load_panel, load_votes
    from alignindex.data.fetch import fetch, list_fetchable
    from alignindex.panel.build import build_panel
    from alignindex.panel.convert import as_panel, panel_from_wide
    from alignindex.panel.inputs import panel_for_spec, spec_inputs
    from alignindex.panel.validate import validate_panel
    from alignindex.scoring.result import AlignmentResult, score
    from alignindex.scoring.saved import load_result
    from alignindex.spec import IndexSpec, list_specs, load_spec
    from alignindex.spec.validate import validate_spec

__all__ = [
    "ActorError",
    "AlignIndexError",
    "AlignmentResult",
    "Comparison",
    "DatasetError",
    "ExtraError",
    "IndexSpec",
    "OutputError",
    "PanelError",
    "ReliabilityError",
    "SimilarityError",
    "SourceError",
    "SpecError",
    "__version__",
    "as_panel",
    "build_panel",
    "compare",
    "dynamics",
    "fetch",
    "geopolitics",
    "idealpoints",
    "indicators",
    "list_datasets",
    "list_fetchable",
    "list_specs",
    "load_dataset",
    "load_panel",
    "load_result",
    "load_spec",
    "load_votes",
    "panel_for_spec",
    "panel_from_wide",
    "plot",
    "poles",
    "regression",
    "reliability",
    "report",
    "robustness",
    "score",
    "similarity",
    "sources",
    "spec_inputs",
    "states",
    "validate_panel",
    "validate_spec",
]

_HOMES = {  # where each public name is defined; other public names are modules
    "ActorError": "base.errors",
    "AlignIndexError": "base.errors",
    "AlignmentResult": "scoring.result",
    "Comparison": "comparison",
    "DatasetError": "base.errors",
    "ExtraError": "base.errors",
    "IndexSpec": "spec",
    "OutputError": "base.errors",
    "PanelError": "base.errors",
    "ReliabilityError": "base.errors",
    "SimilarityError": "base.errors",
    "SourceError": "base.errors",
    "SpecError": "base.errors",
    "as_panel": "panel.convert",
    "build_panel": "panel.build",
    "compare": "comparison",
    "fetch": "data.fetch",
    "list_datasets": "data",
    "list_fetchable": "data.fetch",
    "list_specs": "spec",
    "load_dataset": "data",
    "load_panel": "data",
    "load_result": "scoring.saved",
    "load_spec": "spec",
    "load_votes": "data",
    "panel_for_spec": "panel.inputs",
    "panel_from_wide": "panel.convert",
    "score": "scoring.result",
    "spec_inputs": "panel.inputs",
    "validate_panel": "panel.validate",
    "validate_spec": "spec.validate",
}


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
