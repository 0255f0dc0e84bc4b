"""Regressions on dyads: errors that fit dyadic data, and draws as multiple imputations.

`ols` fits a linear regression with a covariance of choice, dyadic-robust by default. `sandwich`
makes the same covariance from the scores and Hessian of any other estimator; `from_statsmodels`
and `from_pyfixest` read them from a fitted model. `pool` combines estimates by Rubin's rules, and
`over_draws` runs an estimator on every draw of a measure and pools what comes.
"""

from __future__ import annotations

from alignindex.regression.handover import from_pyfixest, from_statsmodels
from alignindex.regression.imputation import Pooled, over_draws, pool
from alignindex.regression.linear import Fit, ols
from alignindex.regression.robust import sandwich

__all__ = [
    "Fit",
    "Pooled",
    "from_pyfixest",
    "from_statsmodels",
    "ols",
    "over_draws",
    "pool",
    "sandwich",
]
