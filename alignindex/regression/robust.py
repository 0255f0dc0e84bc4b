"""`sandwich`: covariances from scores and Hessians."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.arguments import check_choice
from alignindex.base.errors import PanelError
from alignindex.base.typing import Floats
from alignindex.kernels import regression as kernel
from alignindex.regression.checks import Members, members

__all__ = ["CORRECTIONS", "KINDS", "sandwich"]

KINDS = ("dyadic", "robust", "pair", "state", "partner", "two_way")
CORRECTIONS = ("jackknife", "members", "none")


def sandwich(
    scores: Any,
    hessian: Any,
    data: pd.DataFrame,
    *,
    state: str = "state",
    partner: str = "partner",
    kind: str = "dyadic",
    correction: str = "members",
) -> pd.DataFrame:
    r"""Return the robust covariance of an estimator from its scores and Hessian.

    :math:`V = H^{-1} M H^{-1}` with the meat :math:`M = \sum_{d, e} 1[d \sim e]\, s_d s_e'`. Which
    rows are tied (:math:`d \sim e`) is the `kind`; dyadic-robust: rows that share at least one
    member, in whichever place, in any year (Aronow, Samii & Assenova 2015).

    Parameters
    ----------
    scores : array or DataFrame, shape (rows, k)
        Gradient of each row's part of the criterion at the estimate: x times residual for least
        squares, x (y - mu) for PPML with the log link.
    hessian : array, shape (k, k) or (rows, k, k)
        The negative Hessian, such as X'X, or its part for every row (needed for
        ``correction="jackknife"``).
    data : DataFrame
        The rows of the fit in the order of `scores`, with the two member columns.
    state, partner : str
        Names of these columns.
    kind : {"dyadic", "robust", "pair", "state", "partner", "two_way"}
        ``robust``: only a row with itself. ``pair``: rows of one unordered dyad. ``state``,
        ``partner``: rows with the same first, or second, member. ``two_way``: one or the other
        in the same place (Cameron, Gelbach & Miller 2011).
    correction : {"members", "jackknife", "none"}
        ``members``: G/(G - 1) for G members (or clusters; for ``two_way`` the smaller number; for
        ``robust`` n/(n - k)). ``jackknife``: leave out one member after the other, one Newton
        step each; only with ``kind="dyadic"``.

    Returns
    -------
    DataFrame, shape (k, k)
        In squared units of the coefficients. Its ``attrs`` hold ``n_members``, ``n_dyads`` and
        ``positive``: False if the larger form was taken (see the warning).

    Raises
    ------
    PanelError
        Shapes that do not fit, NaN, a row whose members are equal or missing, fewer dyads than
        parameters, a Hessian that has no inverse.

    Warns
    -----
    UserWarning
        If the covariance is not positive semi-definite, as dyadic and two-way ones may be in small
        samples or without dependence. Then rows of the same two members are counted twice in the
        meat: that form is always positive, and larger.

    References
    ----------
    Aronow, Samii & Assenova (2015), Political Analysis 23(4), 564-577, doi:10.1093/pan/mpv018.
    Cameron & Miller (2014), Robust inference for dyadic data, working paper. Cameron, Gelbach &
    Miller (2011), doi:10.1198/jbes.2010.07136.

    Examples
    --------
    >>> import pandas as pd
    >>> import alignindex as ai
    >>> rows = pd.DataFrame({"state": list("AABC"), "partner": list("BCCD")})
    >>> ai.regression.sandwich(
    ...     [[1.0], [1.0], [-1.0], [-1.0]], [[4.0]], rows, correction="none"
    ... ).iloc[0, 0]
    np.float64(0.125)
    """
    check_choice(kind, "kind", KINDS)
    check_choice(correction, "correction", CORRECTIONS)
    names = list(scores.columns) if isinstance(scores, pd.DataFrame) else None
    s, h = np.asarray(scores, dtype=np.float64), np.asarray(hessian, dtype=np.float64)
    if s.ndim != 2 or len(s) != len(data):
        raise PanelError(
            f"scores need one row for each of the {len(data)} rows of data and one column per "
            f"parameter; got shape {s.shape}"
        )
    k = s.shape[1]
    if h.shape not in ((k, k), (len(s), k, k)):
        raise PanelError(
            f"hessian must have shape {(k, k)} or {(len(s), k, k)} with {k} parameters; got "
            f"shape {h.shape}"
        )
    if not (np.isfinite(s).all() and np.isfinite(h).all()):
        raise PanelError("scores and hessian must be finite; drop rows with missing values first")
    found, who, positive = covariance(s, h, members(data, state, partner), kind, correction)
    out = pd.DataFrame(found, index=names, columns=names)
    out.attrs.update(n_members=who.n_members, n_dyads=who.n_dyads, positive=positive)
    return out


def covariance(
    scores: Floats, hessian: Floats, who: Members, kind: str, correction: str
) -> tuple[Floats, Members, bool]:
    """Compute the covariance, corrected; in its larger form if the plain one is not positive."""
    k = scores.shape[1]
    check_enough(who, k)
    if correction == "jackknife" and (kind != "dyadic" or hessian.ndim != 3):
        raise PanelError(
            "correction='jackknife' needs kind='dyadic' and a hessian of shape (rows, k, k), one "
            f"part per row; got kind={kind!r} and shape {hessian.shape}. Use correction='members'"
        )
    whole = hessian.sum(axis=0) if hessian.ndim == 3 else hessian
    if np.linalg.matrix_rank(whole) < k:
        raise PanelError(
            "the hessian has no inverse: the regressors are collinear; drop one of them"
        )
    found = one_covariance(scores, hessian, who, kind, correction, doubled=False)
    positive = kernel.is_positive(found)
    if not positive:
        found = one_covariance(scores, hessian, who, kind, correction, doubled=True)
        warnings.warn(
            f"the {kind} covariance is not positive with {who.n_members} members and {k} "
            "parameters; the larger form is given, which counts rows of the same two members twice",
            UserWarning,
            stacklevel=3,
        )
    return found, who, positive


def one_covariance(
    scores: Floats, hessian: Floats, who: Members, kind: str, correction: str, *, doubled: bool
) -> Floats:
    """Compute one covariance; `doubled` as in the kernels."""
    if correction == "jackknife":
        try:
            return kernel.jackknife(scores, hessian, who.state, who.partner, doubled)
        except np.linalg.LinAlgError as problem:
            raise PanelError(
                "leaving out one state leaves regressors that are collinear, so the jackknife "
                "has no value: a regressor hangs on one state. Use correction='members'"
            ) from problem
    bread = np.linalg.inv(hessian.sum(axis=0) if hessian.ndim == 3 else hessian)
    meat, factor = meat_of(scores, who, kind, doubled)
    return np.asarray(bread @ meat @ bread.T * (factor if correction == "members" else 1.0))


def check_enough(who: Members, k: int) -> None:
    """Refuse fewer dyads than parameters."""
    if who.n_dyads <= k or who.n_members < 3:
        raise PanelError(
            f"a regression on dyads needs more dyads than parameters and at least 3 members; got "
            f"{who.n_dyads} dyads of {who.n_members} members for {k} parameters"
        )


def meat_of(scores: Floats, who: Members, kind: str, doubled: bool) -> tuple[Floats, float]:
    """Return the meat and the factor for its number of clusters."""
    n, k = scores.shape
    if kind == "robust":
        return scores.T @ scores, n / (n - k) if n > k else np.nan
    if kind == "dyadic":
        meat = kernel.dyadic_meat(scores, who.state, who.partner, doubled)
        return meat, who.n_members / (who.n_members - 1)
    low, high = np.minimum(who.state, who.partner), np.maximum(who.state, who.partner)
    pair = np.unique(low * who.n_members + high, return_inverse=True)[1].astype(np.int64)
    one, other = (np.unique(x, return_inverse=True)[1] for x in (who.state, who.partner))
    groups = {"pair": (pair,), "state": (one,), "partner": (other,), "two_way": (one, other)}
    count = min(int(codes.max()) + 1 for codes in groups[kind])
    if count < 2:
        raise PanelError(f"kind={kind!r} needs at least two clusters; got one. Use kind='dyadic'")
    if kind == "two_way":
        meat = kernel.two_way_meat(scores, one, other, doubled)
    else:
        meat = kernel.cluster_meat(scores, groups[kind][0])
    return meat, count / (count - 1)
