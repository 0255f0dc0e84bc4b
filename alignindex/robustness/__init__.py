"""How sure a score is, and what it depends on.

`uncertainty` draws weights, choices of method, unknown codes and coder errors, and returns
intervals of scores and ranks; `factorial` and `sensitivity` say which of them matter; `importance`,
`leave_one_out` and `compensability` look at the indicators; `placebo` and `external` hold the
scores against something else; `consistency` describes the codes.
"""

from __future__ import annotations

from alignindex.robustness.plan import (
    Aggregate,
    Choice,
    Drop,
    Missing,
    Recode,
    Replace,
    drop_one,
)
from alignindex.robustness.uncertainty import Uncertainty, uncertainty
from alignindex.robustness.weights import Dirichlet, Ranges, Simplex

__all__ = [
    "Aggregate",
    "Choice",
    "Dirichlet",
    "Drop",
    "Missing",
    "Ranges",
    "Recode",
    "Replace",
    "Simplex",
    "Uncertainty",
    "drop_one",
    "uncertainty",
]
