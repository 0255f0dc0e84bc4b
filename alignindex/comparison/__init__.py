"""Compare indices on the same dyad-years.

`compare` scores with several specs (or takes results) and returns a `Comparison`: scores on a
common scale, ranks, rank correlations with intervals, the largest disagreements, and the indicators
behind them.
"""

from __future__ import annotations

from alignindex.comparison.build import compare
from alignindex.comparison.result import Comparison

__all__ = ["Comparison", "compare"]
