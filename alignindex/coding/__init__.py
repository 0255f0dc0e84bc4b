"""From raw columns to codes: pair the poles, check the columns, then call the kernels."""

from __future__ import annotations

from alignindex.coding.coder import BLOCK, CODERS, Coder
from alignindex.coding.columns import column_problems
from alignindex.coding.poles import pair_poles

__all__ = ["BLOCK", "CODERS", "Coder", "column_problems", "pair_poles"]
