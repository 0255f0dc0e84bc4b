"""How much ties move: fluidity of dyads, turnover of a state's partners."""

from __future__ import annotations

import numpy as np
import pandas as pd

from alignindex.base.arguments import check_level
from alignindex.base.intervals import intervals
from alignindex.base.typing import Floats, Ints
from alignindex.dynamics.series import Data, paths
from alignindex.kernels.dynamics import paths as kernels
from alignindex.kernels.dynamics import segments

__all__ = ["fluidity", "turnover"]

MEASURES = ("rate", "drift", "churn", "oscillation", "net")


def fluidity(data: Data, *, level: float = 0.9) -> pd.DataFrame:
    r"""How much each dyad's alignment moves a year, and how much of that is noise.

    Over the observed span of S years: rate :math:`V = \sum|\Delta x|/S`, drift
    :math:`D = |\text{net change}|/S`, churn :math:`C = 2\min(\text{rises}, \text{falls})/S`,
    V = D + C exactly; oscillation O = C/V in [0, 1].

    Parameters
    ----------
    data : AlignmentResult, Series, DataFrame or Paths
        A result is measured on its fixed set of indicators; see :func:`paths` for other choices.
    level : float
        With draws: probability of the intervals.

    Returns
    -------
    DataFrame
        One row per dyad: `rate`, `drift`, `churn`, `oscillation`, `net` (signed change), `span`
        (years), `n` (observed years), `regime_rate` (V of the fitted regime means) and
        `residual_sd` around them. With draws also ``<measure>_lower`` and ``<measure>_upper``.

        NaN where fewer than two years are observed; `oscillation` is NaN for a constant series,
        `residual_sd` where the regimes leave no degree of freedom.

    Notes
    -----
    Independent noise of sd 0.05 alone gives V of about 0.056 a year (:math:`2 s/\sqrt\pi`), more
    than a lasting step of 0.4 over nine years does: read `rate` beside `regime_rate`, which noise
    hardly enters, and `residual_sd`. The regimes are those of :func:`realignments`, with the
    serial correlation of the noise pooled over the panel: `regime_rate` and `residual_sd` depend on
    which dyads are there, the other columns do not. V is unchanged by reversal in time and by
    x → 1 − x, and dropping an interior year never raises it.

    Examples
    --------
    >>> years = range(2001, 2007)
    >>> index = pd.MultiIndex.from_product([["ARM"], ["RUS"], years], names=["state", "partner",
    ...                                                                      "year"])
    >>> fluidity(pd.Series([0.5, 0.7, 0.5, 0.7, 0.5, 0.6], index=index))[["rate", "drift", "churn"]]
                   rate  drift  churn
    state partner
    ARM   RUS      0.18   0.02   0.16
    """
    check_level(level)
    series = paths(data)
    x = series.values.to_numpy()
    got = kernels.fluidity(x, series.years)
    found = segments.segment(x, segments.common_rho(x))
    n = np.count_nonzero(~np.isnan(x), axis=1)
    freedom = n - found.breaks - 1
    with np.errstate(invalid="ignore"):
        steps = np.abs(np.diff(found.mean, axis=1))
        residual = np.sqrt(found.rss / np.where(freedom > 0, freedom, np.nan))
    columns = {name: getattr(got, name) for name in MEASURES}
    columns["span"], columns["n"] = got.span, n
    columns["regime_rate"] = np.fmax(steps, 0.0).sum(axis=1) / got.span
    columns["residual_sd"] = residual
    if series.draws is not None:
        count, n_dyads, t = series.draws.shape
        got = kernels.fluidity(series.draws.reshape(-1, t), series.years)
        drawn = {name: getattr(got, name).reshape(count, n_dyads) for name in MEASURES}
        columns |= intervals(drawn, level)
    return pd.DataFrame(columns, index=series.values.index)


def turnover(data: Data, *, level: float = 0.9) -> pd.DataFrame:
    r"""How far each state's ties trade places from one year to the next.

    With G the gains and L the losses over the p partners that are observed in both years:
    substitution :math:`2\min(G, L)/p` (a tie grows as another shrinks) plus level shift
    :math:`|G - L|/p` (all ties grow or shrink) is the turnover, the mean absolute change.

    Parameters
    ----------
    data : AlignmentResult, Series, DataFrame or Paths
    level : float
        With draws: probability of the intervals.

    Returns
    -------
    DataFrame
        Index (state, year), the year after the change; columns `turnover`, `substitution`,
        `shift`, `partners`. NaN where no partner is observed in both years. With draws also
        ``_lower`` and ``_upper`` of the first three.

    Notes
    -----
    Unchanged by time reversal (of the years), by x → 1 − x and by the order of partners.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([["ARM"], ["RUS", "USA"], [2001, 2002]],
    ...                                    names=["state", "partner", "year"])
    >>> turnover(pd.Series([0.75, 0.5, 0.25, 0.375], index=index))
                turnover  substitution   shift  partners
    state year
    ARM   2002    0.1875         0.125  0.0625         2
    """
    check_level(level)
    series = paths(data)
    state, states = pd.factorize(series.values.index.get_level_values("state"))
    partner, partners = pd.factorize(series.values.index.get_level_values("partner"))
    shape = (len(states), len(partners), series.values.shape[1])

    def measured(values: Floats) -> kernels.Turnover:
        cube = np.full(shape, np.nan)
        cube[state, partner] = values
        return kernels.turnover(cube)

    got = measured(series.values.to_numpy())
    index = pd.MultiIndex.from_product([states, series.years[1:]], names=["state", "year"])
    names = ("turnover", "substitution", "shift")
    columns: dict[str, Floats | Ints] = {
        name: np.ravel(values) for name, values in zip((*names, "partners"), got, strict=True)
    }
    if series.draws is not None:
        parts = [measured(draw) for draw in series.draws]
        columns |= intervals(
            {name: np.stack([p[i].ravel() for p in parts]) for i, name in enumerate(names)}, level
        )
    return pd.DataFrame(columns, index=index)
