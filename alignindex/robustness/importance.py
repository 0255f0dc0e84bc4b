"""What each indicator really contributes to the variation of the score."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.typing import Floats
from alignindex.kernels.robustness import sensitivity as kernels
from alignindex.robustness.draws.sampler import check_result
from alignindex.scoring.result import AlignmentResult

__all__ = ["LEAST", "importance"]

LEAST = 30  # rows under which a correlation ratio says nothing
ROTATIONS, FEWEST = 200, 20  # of the score, for the noise level


def importance(result: AlignmentResult) -> pd.DataFrame:
    r"""Correlation ratio of each indicator with the score, beside its nominal weight.

    :math:`S_j = \mathrm{Var}(E[y \mid x_j]) / \mathrm{Var}(y)`: the share of the variance of the
    score that would go, on average, if indicator j were fixed (Paruolo, Saisana & Saltelli 2013,
    doi:10.1111/j.1467-985X.2012.01059.x). A weight is a rate of exchange, not an importance: an
    indicator that hardly varies has none, whatever its weight.

    Parameters
    ----------
    result : AlignmentResult

    Returns
    -------
    DataFrame
        One row per indicator: ``weight`` (nominal, summing to 1), ``ratio`` (S_j, adjusted),
        ``share`` (S_j over the sum of all, negative ones as 0), ``uncorrelated`` and
        ``correlated`` (Becker et al. 2017, doi:10.1016/j.ecolind.2017.03.056: the part that the
        residual of x_j on the other indicators explains, adjusted, and the rest, which may be
        negative), ``noise`` (what a ratio comes to by chance, see Notes) and ``n``. Everything is
        over the same rows: the dyad-years with a score and every indicator. An indicator that is
        nowhere known is left out of that and has NaN.

    Notes
    -----
    E[y | x_j] is estimated by class means for up to ten distinct codes, else by a cubic regression
    spline with knots at the quintiles. The curve is scored on the rows that it was fitted to, which
    by itself gives an indicator without any bearing on the score a ratio above 0; ratios are
    adjusted for that, as an adjusted R² is, so that they are 0 on average in such a case, and may
    fall below 0 (`kernels.sensitivity.adjusted`).

    Rows of one dyad resemble one another, which makes chance ratios larger than independent rows
    would. ``noise`` is their 95 % quantile: the score is rotated along the rows (dyad by dyad, year
    by year) by up to 200 evenly spaced steps, each longer than the longest dyad, which keeps
    trajectories and breaks their tie with the indicator. A ratio below it says nothing. It is NaN
    with too few dyads for 20 such steps.

    Figures over fewer than 30 rows are NaN, and those of an indicator that does not vary are 0.

    Examples
    --------
    >>> import alignindex as ai
    >>> from alignindex import robustness
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> table = robustness.importance(result)
    >>> table["share"].sum().round(9).item()
    1.0
    """
    check_result(result)
    codes = result.codes.to_numpy()
    score = result.scores["score"].to_numpy()
    there = ~np.isnan(codes).all(axis=0)
    rows = ~np.isnan(score) & ~np.isnan(codes[:, there]).any(axis=1) & there.any()
    names = result.codes.columns
    table = pd.DataFrame(np.nan, index=names.rename("indicator"), columns=COLUMNS)
    table["weight"] = result.spec.leaf_weights
    table["n"] = int(rows.sum())
    x, y = codes[np.ix_(rows, there)], score[rows]
    if len(y) >= LEAST:
        turned = _rotations(y, result.scores.index[rows])
        found = np.array([_of(x, j, y, turned) for j in range(x.shape[1])])
        table.loc[there, ["ratio", "uncorrelated", "noise"]] = found
    table["correlated"] = table["ratio"] - table["uncorrelated"]
    positive = table["ratio"].clip(lower=0.0)
    table["share"] = positive / positive.sum()
    return table


COLUMNS = ["weight", "ratio", "share", "uncorrelated", "correlated", "noise", "n"]


def _of(x: Floats, j: int, y: Floats, turned: Floats) -> tuple[float, float, float]:
    """Ratio of one indicator, its uncorrelated part, and the noise level of the ratio."""
    if np.ptp(x[:, j]) == 0:
        return 0.0, 0.0, 0.0
    own = x[:, j] - x[:, j].mean()
    others = np.delete(x, j, axis=1)
    others = others - others.mean(axis=0)
    rest = own - others @ np.linalg.lstsq(others, own, rcond=None)[0]
    grain = 1e-9 * float(np.abs(own).max())
    # Rounding would split equal residuals into classes of their own.
    apart = np.abs(rest).max() > grain
    alone = _ratios(np.rint(rest / grain) + 0.0, y[:, None])[0] if apart else 0.0
    noise = np.nan
    if turned.shape[1] >= FEWEST:
        noise = float(np.quantile(_ratios(x[:, j], turned), 0.95))
    return float(_ratios(x[:, j], y[:, None])[0]), float(alone), noise


def _ratios(x: Floats, y: Floats) -> Floats:
    """Adjust correlation ratios of one indicator with each column of y; 0 where y is flat."""
    centred = y - y.mean(axis=0)
    total = (centred * centred).sum(axis=0)
    varies = total > 1e-24 * (y * y).sum(axis=0)
    table = kernels.smoother(x)
    fitted = table.T @ centred
    raw = np.minimum((fitted * fitted).sum(axis=0) / np.where(varies, total, 1.0), 1.0)
    return np.where(varies, kernels.adjusted(raw, len(x), table.shape[1]), 0.0)


def _rotations(y: Floats, index: pd.Index[Any]) -> Floats:
    """Rotate the score along its rows, (rows, steps), each step longer than the longest dyad."""
    dyads = pd.factorize(index.droplevel("year"))[0]  # type: ignore[arg-type]
    longest = int(np.bincount(dyads).max())
    steps = np.arange(longest, len(y) - longest + 1)
    if len(steps) > ROTATIONS:
        steps = steps[np.linspace(0, len(steps) - 1, ROTATIONS).astype(np.intp)]
    return (
        np.stack([np.roll(y, step) for step in steps], axis=1)
        if len(steps)
        else np.empty((len(y), 0))
    )
