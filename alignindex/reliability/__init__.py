"""How far several coders agree, who errs which way, and what the true codes may be.

Ratings are a DataFrame of units by coders with NaN where a coder did not rate, or long rows with
the columns `unit`, `coder` and `value` (:func:`as_ratings` for other names).
"""

from __future__ import annotations

from alignindex.reliability.bootstrap import Coefficient
from alignindex.reliability.coefficients import (
    cohen_kappa,
    fleiss_kappa,
    gwet_ac,
    krippendorff_alpha,
    percent_agreement,
)
from alignindex.reliability.ratings import as_ratings

__all__ = [
    "Coefficient",
    "as_ratings",
    "cohen_kappa",
    "fleiss_kappa",
    "gwet_ac",
    "krippendorff_alpha",
    "percent_agreement",
]
