"""Everything that is wrong with a panel file or a spec file, at once."""

from __future__ import annotations

from alignindex.validate._actors import CodeSystem
from alignindex.validate._panels import panel_problems, read_panel
from alignindex.validate._specs import spec_problems

__all__ = ["CodeSystem", "panel_problems", "read_panel", "spec_problems"]
