"""Readers of published files, one module a family; each returns a tidy table and a SourceInfo."""

from __future__ import annotations

import importlib
from types import ModuleType

from alignindex.sources.reading.layout import FAMILIES

__all__ = [*FAMILIES]


def __getattr__(name: str) -> ModuleType:
    """Load a family of readers on first use (PEP 562)."""
    if name not in FAMILIES:
        raise AttributeError(f"module 'alignindex.sources' has no attribute {name!r}")
    module = importlib.import_module(f"alignindex.sources.{name}")
    globals()[name] = module
    return module


def __dir__() -> list[str]:
    return sorted([*globals(), *FAMILIES])
