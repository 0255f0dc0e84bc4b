"""Dyadic-robust covariances of models that other packages fitted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.errors import PanelError
from alignindex.regression.robust import sandwich

__all__ = ["from_pyfixest", "from_statsmodels"]


def from_statsmodels(
    result: Any,
    data: pd.DataFrame,
    *,
    state: str = "state",
    partner: str = "partner",
    kind: str = "dyadic",
    correction: str = "members",
) -> tuple[pd.Series, pd.DataFrame]:
    """Return coefficients and a robust covariance of a model fitted with statsmodels.

    Parameters
    ----------
    result : results object of statsmodels
        Its model needs ``score_obs`` and ``hessian``, as GLM, Poisson, Logit and Probit have; OLS
        and WLS are taken by their residuals.
    data : DataFrame
        The rows of the fit, in their order: drop rows with missing values before you fit.
    state, partner : str
        Columns of the two members.
    kind, correction : str
        As in `sandwich`.

    Returns
    -------
    (Series, DataFrame)
        Estimates and covariance: what `over_draws` takes from an estimator.

    Raises
    ------
    PanelError
        If the model has neither, or `data` has another number of rows.

    Notes
    -----
    PPML is ``statsmodels.api.GLM(y, X, family=statsmodels.api.families.Poisson())``.

    References
    ----------
    Santos Silva & Tenreyro (2006), doi:10.1162/rest.88.4.641 (PPML).
    """
    model, params = result.model, result.params
    names = list(params.index) if isinstance(params, pd.Series) else list(model.exog_names)
    values = np.asarray(params, dtype=np.float64)
    if hasattr(model, "wendog"):
        x = np.asarray(model.wexog, dtype=np.float64)
        scores = x * np.asarray(result.wresid, dtype=np.float64)[:, None]
        hessian = x.T @ x
    elif hasattr(model, "score_obs") and hasattr(model, "hessian"):
        scores = np.asarray(model.score_obs(values), dtype=np.float64)
        hessian = -np.asarray(model.hessian(values), dtype=np.float64)
    else:
        raise PanelError(
            f"{type(model).__name__} has no score_obs and hessian; hand scores and Hessian to "
            "ai.regression.sandwich"
        )
    found = sandwich(
        pd.DataFrame(scores, columns=names), hessian, data,
        state=state, partner=partner, kind=kind, correction=correction,
    )  # fmt: skip
    return pd.Series(values, index=pd.Index(names, name="term"), name="estimate"), found


def from_pyfixest(
    fit: Any,
    data: pd.DataFrame,
    *,
    state: str = "state",
    partner: str = "partner",
    kind: str = "dyadic",
    correction: str = "members",
) -> tuple[pd.Series, pd.DataFrame]:
    """Return coefficients and a robust covariance of a model fitted with pyfixest.

    Parameters
    ----------
    fit : Feols or Fepois
        What ``pyfixest.feols`` or ``pyfixest.fepois`` returns, fixed effects or not.
    data : DataFrame
        The table that was given to pyfixest; rows that it skipped (missing values, singletons,
        separated ones) are found by ``fit._na_index``.
    state, partner : str
        Columns of the two members.
    kind, correction : str
        As in `sandwich`.

    Returns
    -------
    (Series, DataFrame)
        Estimates and covariance of the coefficients that are not absorbed: what `over_draws`
        takes from an estimator.

    Raises
    ------
    PanelError
        If the fit has no scores, or the rows cannot be matched.

    Notes
    -----
    Absorbed effects are partialled out of scores and Hessian, so that the covariance is that of a
    regression with dummy columns, up to the factor of the correction.
    """
    scores, hessian = (getattr(fit, name, None) for name in ("_scores", "_hessian"))
    if scores is None or hessian is None:
        raise PanelError(
            f"{type(fit).__name__} has no scores and Hessian; fit with pyfixest.feols or "
            "pyfixest.fepois (IV and quantile regressions are not taken)"
        )
    skipped = np.asarray(list(getattr(fit, "_na_index", [])), dtype=np.int64)
    rows = data.drop(index=data.index[skipped]) if data.index.is_unique else None
    if rows is None or len(rows) != len(scores):
        raise PanelError(
            f"the fit used {len(scores)} rows of {len(data)}, and which ones is not plain: drop "
            "rows with missing values, reset the index and fit again"
        )
    estimates = fit.coef()
    found = sandwich(
        pd.DataFrame(np.asarray(scores), columns=list(estimates.index)), np.asarray(hessian), rows,
        state=state, partner=partner, kind=kind, correction=correction,
    )  # fmt: skip
    return estimates.rename("estimate").rename_axis("term"), found
