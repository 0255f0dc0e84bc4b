"""Would another index say the same? Indices side by side, on the same dyad-years.

`compare` scores with several specs (or takes results), and returns a `Comparison`: scores on a
common scale, ranks, rank correlations with intervals, where the indices disagree most, and which
indicator is behind it.
"""

from __future__ import annotations

from alignindex.comparison.build import compare
from alignindex.comparison.result import Comparison

__all__ = ["Comparison", "compare"]
