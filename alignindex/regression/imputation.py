"""Draws of a measure as multiple imputations: Rubin's rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.arguments import is_number
from alignindex.base.errors import PanelError, first_three
from alignindex.base.typing import Floats
from alignindex.kernels import regression as kernel
from alignindex.regression.checks import check_columns, interval_table
from alignindex.regression.linear import Fit

__all__ = ["Pooled", "over_draws", "pool"]


@dataclass(frozen=True, eq=False)
class Pooled:
    """Estimates pooled over imputations.

    Attributes
    ----------
    estimate, df, missing_share : Series
        Pooled estimate, degrees of freedom, and the share of the variance that is due to the
        spread between imputations, (1 + 1/m) B / T.
    covariance, within, between : DataFrame
        T = W + (1 + 1/m) B, and its parts W and B.
    n_draws : int
        The number m of imputations.
    """

    estimate: pd.Series
    covariance: pd.DataFrame
    within: pd.DataFrame
    between: pd.DataFrame
    df: pd.Series
    missing_share: pd.Series
    n_draws: int

    def __repr__(self) -> str:
        return f"<Pooled: {len(self.estimate)} coefficients over {self.n_draws} draws>"

    def to_frame(self, *, level: float = 0.9) -> pd.DataFrame:
        """Return estimate, se, t, df, p, lower, upper and missing_share, one row per coefficient.

        Parameters
        ----------
        level : float
            Probability of the interval ``lower`` to ``upper``.
        """
        errors = np.sqrt(np.diag(self.covariance))
        names = [str(name) for name in self.estimate.index]
        table = interval_table(names, self.estimate.to_numpy(), errors, self.df.to_numpy(), level)
        return table.assign(missing_share=self.missing_share.to_numpy())


def pool(
    estimates: Sequence[Any], covariances: Sequence[Any], *, complete_df: float = np.inf
) -> Pooled:
    r"""Pool the estimates of m imputations by Rubin's rules.

    :math:`T = W + (1 + 1/m) B`, W the mean covariance and B the covariance of the estimates.
    Degrees of freedom after Barnard & Rubin: :math:`1/\nu = 1/\nu_m + 1/\nu_o` with
    :math:`\nu_m = (m-1)/\lambda^2`, :math:`\nu_o = \frac{\nu_c + 1}{\nu_c + 3}\nu_c(1 - \lambda)`,
    :math:`\lambda = (1 + 1/m)B/T`.

    Parameters
    ----------
    estimates : sequence of arrays or Series, each of shape (k,)
    covariances : sequence of arrays or DataFrames, each of shape (k, k) or (k,)
        A vector holds variances.
    complete_df : float
        Degrees of freedom :math:`\nu_c` of one fit. For dyadic-robust errors: members less one.
        Infinite gives Rubin's :math:`\nu_m`.

    Returns
    -------
    Pooled
        ``to_frame()`` gives the table. Where imputations agree to the last bit, B is 0, T is W,
        and the degrees of freedom are :math:`\nu_o` at :math:`\lambda = 0`.

    Raises
    ------
    PanelError
        Fewer than two imputations, shapes or names that differ, values that are not finite,
        negative variances.

    References
    ----------
    Rubin (1987), doi:10.1002/9780470316696. Barnard & Rubin (1999), Biometrika 86(4), 948-955,
    doi:10.1093/biomet/86.4.948.

    Examples
    --------
    >>> import alignindex as ai
    >>> pooled = ai.regression.pool([[1.0], [2.0], [3.0]], [[0.5], [0.5], [0.5]])
    >>> pooled.covariance.iloc[0, 0].round(4)
    np.float64(1.8333)
    """
    names = [list(e.index) if isinstance(e, pd.Series) else None for e in estimates]
    if len(names) < 2 or len(names) != len(covariances):
        raise PanelError(
            "pooling needs at least two imputations, each with an estimate and a covariance; got "
            f"{len(names)} estimates and {len(covariances)} covariances"
        )
    different = [i for i, name in enumerate(names) if name != names[0]]
    if different:
        raise PanelError(
            f"imputation {different[0]} has the coefficients {names[different[0]]}, the first "
            f"has {names[0]}: give every fit the same terms"
        )
    q = [np.asarray(e, dtype=np.float64) for e in estimates]
    u = [np.asarray(c, dtype=np.float64) for c in covariances]
    u = [np.diag(c) if c.ndim == 1 else c for c in u]
    k = q[0].size
    wrong = [i for i in range(len(q)) if q[i].shape != (k,) or u[i].shape != (k, k)]
    if wrong:
        raise PanelError(
            f"imputation {wrong[0]}: expected {k} estimates and a covariance of shape {(k, k)}; "
            f"got {q[wrong[0]].shape} and {u[wrong[0]].shape}"
        )
    bad = [
        i
        for i in range(len(q))
        if not (np.isfinite(q[i]).all() and np.isfinite(u[i]).all() and (np.diag(u[i]) >= 0).all())
    ]
    if bad:
        raise PanelError(
            f"imputations {first_three(bad)}: estimates must be finite and variances at least 0; "
            "look at the fits of these draws"
        )
    if not is_number(complete_df) or not complete_df > 0:
        raise PanelError(f"complete_df must be a number above 0; got {complete_df!r}")
    found = kernel.pool(np.stack(q), np.stack(u), float(complete_df))
    index = pd.Index(names[0] if names[0] is not None else range(k), name="term")

    def table(values: Floats) -> pd.DataFrame:
        return pd.DataFrame(values, index=index, columns=index)

    return Pooled(
        pd.Series(found.estimate, index=index, name="estimate"),
        table(found.total),
        table(found.within),
        table(found.between),
        pd.Series(found.df, index=index, name="df"),
        pd.Series(found.share, index=index, name="missing_share"),
        len(q),
    )


def over_draws(
    estimator: Callable[[pd.DataFrame], Any],
    data: pd.DataFrame,
    draws: Mapping[str, Sequence[str]],
    *,
    complete_df: float | None = None,
) -> Pooled:
    """Run an estimator on every draw of a measure and pool what comes.

    Parameters
    ----------
    estimator : function of a table
        Returns a `Fit`, or a pair of estimates and their covariance (or variances).
    data : DataFrame
        The table of the regression, with one column per draw.
    draws : mapping of str to columns
        Name of the measure in the regression to the columns that hold its draws. With several
        measures the i-th draws go together, so their lists are equally long.
    complete_df : float, optional
        As in `pool`. By default that of the `Fit` (the smallest, if they differ), or infinite.

    Returns
    -------
    Pooled

    Raises
    ------
    PanelError
        Columns that do not exist, fewer than two draws, an estimator that returns something else.

    Notes
    -----
    The spread between draws stands for error of measurement as the draws describe it. Pooling
    widens the interval; it does not undo attenuation, which needs draws that condition on the
    outcome (Blackwell, Honaker & King 2017).

    References
    ----------
    Rubin (1987), doi:10.1002/9780470316696. Blackwell, Honaker & King (2017), Sociological
    Methods & Research 46(3), 303-341, doi:10.1177/0049124115585360.

    Examples
    --------
    >>> import pandas as pd
    >>> import alignindex as ai
    >>> data = pd.DataFrame({
    ...     "state": list("AAABBC"), "partner": list("BCDCDD"), "y": [1.0, 2, 4, 3, 1, 5],
    ...     "x_0": [0.0, 1, 2, 1, 0, 3], "x_1": [0.1, 0.9, 2.2, 1.1, 0, 2.8],
    ... })
    >>> fit = lambda table: ai.regression.ols(table, "y", ["x"])
    >>> ai.regression.over_draws(fit, data, {"x": ["x_0", "x_1"]}).n_draws
    2
    """
    if not isinstance(draws, Mapping) or not draws:
        raise PanelError(
            "draws maps a measure to the columns of its draws, such as "
            f"{{'distance': ['distance_0', 'distance_1']}}; got {type(draws).__name__}"
        )
    columns = {name: list(each) for name, each in draws.items()}
    sizes = {name: len(each) for name, each in columns.items()}
    if min(sizes.values()) < 2 or len(set(sizes.values())) > 1:
        raise PanelError(f"every measure needs the same number of draws, two or more; got {sizes}")
    check_columns(data, [column for each in columns.values() for column in each])
    estimates, covariances, freedom = [], [], []
    for number in range(next(iter(sizes.values()))):
        table = data.assign(**{name: data[each[number]] for name, each in columns.items()})
        found = estimator(table)
        if isinstance(found, Fit):
            freedom.append(float(found.df.min()))
            found = found.coefficients, found.covariance
        if not isinstance(found, tuple) or len(found) != 2:
            raise PanelError(
                "the estimator must return a Fit or a pair (estimates, covariance); got "
                f"{type(found).__name__}"
            )
        estimates.append(found[0])
        covariances.append(found[1])
    if complete_df is None:
        complete_df = min(freedom) if freedom else np.inf
    return pool(estimates, covariances, complete_df=complete_df)
