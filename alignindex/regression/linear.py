"""`ols`: least squares on dyads with a covariance of choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alignindex.base.arguments import check_choice
from alignindex.base.errors import PanelError, first_three
from alignindex.base.typing import Floats
from alignindex.kernels import regression as kernel
from alignindex.regression.checks import Members, check_columns, interval_table, members
from alignindex.regression.robust import KINDS, check_enough, covariance

__all__ = ["Fit", "ols"]


@dataclass(frozen=True, eq=False)
class Fit:
    """Coefficients, their covariance and the degrees of freedom of their t distribution.

    Attributes
    ----------
    coefficients : Series
    covariance : DataFrame
    df : Series
        Degrees of freedom of each coefficient.
    kind : str
        Kind of the covariance.
    n_rows, n_skipped, n_members, n_dyads : int
        Rows used, rows skipped for a missing value, members and unordered dyads.
    """

    coefficients: pd.Series
    covariance: pd.DataFrame
    df: pd.Series
    kind: str
    n_rows: int
    n_skipped: int
    n_members: int
    n_dyads: int

    def __repr__(self) -> str:
        return (
            f"<Fit: {len(self.coefficients)} coefficients, {self.kind} errors; {self.n_rows} rows, "
            f"{self.n_dyads} dyads, {self.n_members} members, {self.n_skipped} rows skipped>"
        )

    def to_frame(self, *, level: float = 0.9) -> pd.DataFrame:
        """Return estimate, se, t, df, p, lower and upper, one row per coefficient.

        Parameters
        ----------
        level : float
            Probability of the interval ``lower`` to ``upper``.
        """
        errors = np.sqrt(np.maximum(np.diag(self.covariance), 0.0))
        names = [str(name) for name in self.coefficients.index]
        return interval_table(
            names, self.coefficients.to_numpy(), errors, self.df.to_numpy(), level
        )


def ols(
    data: pd.DataFrame,
    outcome: str,
    regressors: Sequence[str],
    *,
    state: str = "state",
    partner: str = "partner",
    kind: str = "dyadic",
    correction: str = "jackknife",
    df: str = "members",
    intercept: bool = True,
) -> Fit:
    r"""Fit a linear regression on dyads, with dyadic-robust errors unless asked otherwise.

    :math:`\hat\beta = (X'X)^{-1} X'y`. The dyadic covariance with ``correction="jackknife"`` is
    :math:`\sum_c \delta_c \delta_c' - \sum_p \delta_p \delta_p'`, where :math:`\delta_c` is the
    change of the coefficients when all rows of member c are left out and :math:`\delta_p` that
    for all rows of the unordered dyad p. It is the formula of Aronow, Samii & Assenova with each
    sum of scores weighted by its leverage, which takes most of the bias of small samples away.

    Parameters
    ----------
    data : DataFrame
        One row per dyad, or dyad-year, directed or not.
    outcome : str
        Column of the outcome.
    regressors : sequence of str
        Columns of the regressors.
    state, partner : str
        Columns of the two members.
    kind : {"dyadic", "classical", "robust", "pair", "state", "partner", "two_way"}
        As in `sandwich`; ``classical`` takes errors as independent with one variance.
    correction : {"jackknife", "members", "none"}
        For ``kind="dyadic"``. Other kinds take ``members`` unless ``none`` is asked.
    df : {"members", "effective"}
        Degrees of freedom of a dyadic fit: members less one, or the effective number of members
        behind each coefficient, :math:`(\sum w^2)^2/\sum w^4`, if that is smaller; w is the
        weight of a member's error in the coefficient. Take ``effective`` for fewer than about 50
        members.
    intercept : bool
        True adds a constant, named ``intercept``.

    Returns
    -------
    Fit
        ``to_frame()`` gives the table with intervals. Rows with a missing outcome or regressor
        are skipped and counted.

    Raises
    ------
    PanelError
        Unknown columns, text in them, collinear regressors, fewer dyads than parameters, a row
        whose members are equal or missing.

    References
    ----------
    Aronow, Samii & Assenova (2015), doi:10.1093/pan/mpv018. Cameron & Miller (2014), Robust
    inference for dyadic data. Carter, Schnepel & Steigerwald (2017), doi:10.1162/REST_a_00639
    (effective number of clusters).

    Examples
    --------
    >>> import pandas as pd
    >>> import alignindex as ai
    >>> data = pd.DataFrame({
    ...     "state": list("AAABBC"), "partner": list("BCDCDD"),
    ...     "x": [0.0, 1, 2, 1, 0, 3], "y": [1.0, 2, 4, 3, 1, 5],
    ... })
    >>> ai.regression.ols(data, "y", ["x"]).coefficients.round(3).to_dict()
    {'intercept': 1.073, 'x': 1.366}
    """
    check_choice(kind, "kind", ("classical", *KINDS))
    check_choice(correction, "correction", ("jackknife", "members", "none"))
    check_choice(df, "df", ("members", "effective"))
    if isinstance(regressors, str) or not len(regressors):
        raise PanelError("regressors takes a list of columns, such as ['distance']")
    check_columns(data, [outcome, *regressors, state, partner])
    numbers = as_numbers(data, [outcome, *regressors])
    known = np.isfinite(numbers).all(axis=1)
    used = data.iloc[np.flatnonzero(known)]
    y, x = numbers[known, 0], numbers[known, 1:]
    names = list(regressors)
    if intercept:
        x, names = np.column_stack([np.ones(len(x)), x]), ["intercept", *names]
    who = members(used, state, partner)
    check_enough(who, x.shape[1])
    check_rank(x, names)
    beta, bread = kernel.least_squares(x, y)
    residual = y - x @ beta
    if kind == "classical":
        n, k = x.shape
        found = bread * (residual @ residual) / (n - k)
        freedom = np.full(k, float(n - k))
    else:
        take = correction if kind == "dyadic" or correction == "none" else "members"
        parts = x[:, :, None] * x[:, None, :] if take == "jackknife" else x.T @ x
        found, _, _ = covariance(x * residual[:, None], parts, who, kind, take)
        freedom = np.full(x.shape[1], degrees(kind, who, *x.shape))
        if df == "effective" and kind == "dyadic":
            weighed = kernel.effective_members(x, bread, who.state, who.partner)
            freedom = np.maximum(np.fmin(freedom, weighed), 1.0)
    index = pd.Index(names, name="term")
    return Fit(
        pd.Series(beta, index=index, name="estimate"),
        pd.DataFrame(found, index=index, columns=index),
        pd.Series(freedom, index=index, name="df"),
        kind, len(x), int((~known).sum()), who.n_members, who.n_dyads,
    )  # fmt: skip


def as_numbers(data: pd.DataFrame, columns: Sequence[str]) -> Floats:
    """Return columns as floats; refuse text and infinite values."""
    wrong = [c for c in columns if not pd.api.types.is_numeric_dtype(data[c])]
    if wrong:
        raise PanelError(
            f"regressions need numbers; {first_three(map(repr, wrong))} holds other values: "
            "convert it, or make dummy columns of its categories"
        )
    out = data[list(columns)].to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isinf(out).any():
        bad = [
            c for c, infinite in zip(columns, np.isinf(out).any(axis=0), strict=True) if infinite
        ]
        raise PanelError(
            f"infinite values in {first_three(map(repr, bad))}: the logarithm of 0 is one cause; "
            "drop those rows, or use PPML on the level"
        )
    return np.asarray(out)


def check_rank(x: Floats, names: Sequence[str]) -> None:
    """Refuse collinear regressors; name the first that adds nothing."""
    scaled = x / np.where(np.abs(x).max(axis=0) > 0, np.abs(x).max(axis=0), 1.0)
    for k in range(1, x.shape[1] + 1):
        if np.linalg.matrix_rank(scaled[:, :k]) < k:
            raise PanelError(
                f"the regressors are collinear: {names[k - 1]!r} adds nothing to "
                f"{', '.join(names[: k - 1]) or 'nothing, as it is 0 in all rows'}; drop it"
            )


def degrees(kind: str, who: Members, n: int, k: int) -> float:
    """Degrees of freedom: clusters less one, or rows less parameters where none are formed."""
    states, partners = (np.unique(codes).size for codes in (who.state, who.partner))
    clusters = {
        "dyadic": who.n_members,
        "pair": who.n_dyads,
        "state": states,
        "partner": partners,
        "two_way": min(states, partners),
    }
    return float(n - k) if kind in ("robust", "classical") else float(clusters[kind] - 1)
