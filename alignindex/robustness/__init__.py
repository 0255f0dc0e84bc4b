"""How sure a score is, and what it depends on.

`uncertainty` draws weights, choices of method, unknown codes and coder errors, and returns
intervals of scores and ranks; `draw_codes` hands the draws on to the measures over time and over
poles; `factorial` and `sensitivity` say which of them matter; `importance`,
`leave_one_out` and `compensability` look at the indicators; `placebo` and `external` hold the
scores against something else; `consistency` describes the codes.
"""

from __future__ import annotations

from alignindex.robustness.code_draws import draw_codes
from alignindex.robustness.compare import (
    Compensability,
    Placebo,
    compensability,
    leave_one_out,
    placebo,
)
from alignindex.robustness.consistency import Consistency, consistency
from alignindex.robustness.drawn_scores import Uncertainty
from alignindex.robustness.draws.alternatives import (
    Aggregate,
    Choice,
    Drop,
    MissingRule,
    Recode,
    Replace,
    drop_one,
)
from alignindex.robustness.draws.weights import Dirichlet, Ranges, Simplex
from alignindex.robustness.external import External, external
from alignindex.robustness.factorial import Factorial, factorial
from alignindex.robustness.importance import importance
from alignindex.robustness.sobol import Sensitivity, SensitivityWarning, sensitivity
from alignindex.robustness.target_weights import TargetWeights, target_weights
from alignindex.robustness.uncertainty import uncertainty

__all__ = [
    "Aggregate",
    "Choice",
    "Compensability",
    "Consistency",
    "Dirichlet",
    "Drop",
    "External",
    "Factorial",
    "MissingRule",
    "Placebo",
    "Ranges",
    "Recode",
    "Replace",
    "Sensitivity",
    "SensitivityWarning",
    "Simplex",
    "TargetWeights",
    "Uncertainty",
    "compensability",
    "consistency",
    "draw_codes",
    "drop_one",
    "external",
    "factorial",
    "importance",
    "leave_one_out",
    "placebo",
    "sensitivity",
    "target_weights",
    "uncertainty",
]
