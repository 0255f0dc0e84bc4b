"""What each indicator really contributes to the variation of the score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.errors import AlignIndexError, SpecError, closest
from alignindex.index import AlignmentResult
from alignindex.kernels import sensitivity as kernels

__all__ = ["TargetWeights", "importance", "target_weights"]

Floats = NDArray[np.float64]
LEAST = 30  # rows under which a correlation ratio says nothing


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
        One row an indicator: ``weight`` (nominal, summing to 1), ``ratio`` (S_j, over the rows
        where code and score are known), ``share`` (S_j over the sum of all), ``uncorrelated`` and
        ``correlated`` (Becker et al. 2017, doi:10.1016/j.ecolind.2017.03.056: the part that the
        residual of x_j on the other indicators explains, and the rest, which may be negative;
        over the rows where every indicator that varies somewhere is known), ``n`` and
        ``n_complete``.

    Notes
    -----
    E[y | x_j] is estimated by class means for up to ten distinct codes, else by a cubic regression
    spline with knots at the quintiles. Figures over fewer than 30 rows are NaN, and those of an
    indicator that does not vary are 0. The curve is scored on the rows that it was fitted to, so a
    continuous indicator without any bearing on the score shows a ratio above 0: about 0.24 with 30
    rows, 0.06 with 122, 0.02 with 400 (means of 300 simulated noise series). `ratio` and the two
    parts are over different rows where codes are unknown, and need not add up.

    Examples
    --------
    >>> import alignindex as ai
    >>> from alignindex import robustness
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> table = robustness.importance(result)
    >>> bool(table["ratio"].between(0, 1).all())
    True
    """
    codes = result.codes.to_numpy()
    score = result.scores["score"].to_numpy()
    known = ~np.isnan(score)
    rows = {}
    for j, name in enumerate(result.codes.columns):
        here = known & ~np.isnan(codes[:, j])
        rows[name] = {
            "weight": result.spec.leaf_weights[j],
            "ratio": _ratio(codes[here, j], score[here]),
            "n": int(here.sum()),
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("indicator")
    table.insert(2, "share", table["ratio"] / table["ratio"].sum())
    complete = known & ~np.isnan(codes).any(axis=1)
    table["n_complete"] = int(complete.sum())
    alone, both = _parts(codes[complete], score[complete])
    table.insert(3, "uncorrelated", alone)
    table.insert(4, "correlated", both - alone)
    return table


def _ratio(x: Floats, y: Floats) -> float:
    if len(x) < LEAST:
        return np.nan
    centred = y - y.mean()
    total = centred @ centred
    if np.ptp(x) == 0 or total <= 1e-24 * (y @ y):
        return 0.0
    fitted = kernels.smoother(x).T @ centred
    return float(min(fitted @ fitted / total, 1.0))


def _parts(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Uncorrelated part and whole of each indicator's ratio, over the same rows."""
    k = x.shape[1]
    if len(x) < LEAST:
        return np.full(k, np.nan), np.full(k, np.nan)
    centred = x - x.mean(axis=0)
    alone, whole = np.zeros(k), np.zeros(k)
    for j in range(k):
        others = np.delete(centred, j, axis=1)
        rest = centred[:, j] - others @ np.linalg.lstsq(others, centred[:, j], rcond=None)[0]
        grain = 1e-9 * max(float(np.abs(centred[:, j]).max()), 1e-300)
        alone[j] = _ratio(np.rint(rest / grain) + 0.0, y) if np.abs(rest).max() > grain else 0.0
        whole[j] = _ratio(x[:, j], y)
    return alone, whole


@dataclass(frozen=True, eq=False)
class TargetWeights:
    """Weights whose importance comes nearest to a target.

    Attributes
    ----------
    table : DataFrame
        One row an indicator: ``target``, ``reached`` (share of the importance), ``weight``,
        ``nominal``.
    reached : bool
        Whether every share is within 0.01 of its target.
    gap : float
        Greatest distance from the target.
    n : int
        Dyad-years used: those with every indicator.
    """

    table: pd.DataFrame = field(repr=False)
    reached: bool
    gap: float
    n: int

    def __str__(self) -> str:
        if self.reached:
            return f"the target importance is reached within {self.gap:.3f}"
        return (
            f"the target importance cannot be reached: the nearest weights within the bounds miss "
            f"it by up to {self.gap:.3f}; correlations between indicators set a limit to what "
            "weights can do"
        )


def target_weights(
    result: AlignmentResult,
    target: Mapping[str, float] | None = None,
    *,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> TargetWeights:
    """Fit weights to a target importance; say so when it cannot be reached.

    Parameters
    ----------
    result : AlignmentResult
        Of a flat spec with aggregation ``mean``: there the ratios are known for all weights.
    target : mapping of str to float, optional
        Share of the importance that each indicator should have; the nominal weights unless given.
    bounds : (float, float)
        Least and greatest weight, of weights that sum to 1.

    Returns
    -------
    TargetWeights

    Raises
    ------
    SpecError
        If the spec is not a flat mean, the target does not name its indicators, or the bounds
        leave no weights that sum to 1.
    AlignIndexError
        If fewer than 30 dyad-years have every indicator, or one does not vary in them.

    Notes
    -----
    Least squares between the shares of the correlation ratios and the target (Becker et al. 2017),
    by sequential quadratic programming from the nominal weights and from each vertex direction;
    the best of them is kept. There is no random number in it.

    Examples
    --------
    >>> import alignindex as ai
    >>> from alignindex import robustness
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> robustness.target_weights(result).table["weight"].sum().round(9).item()
    1.0
    """
    from scipy.optimize import minimize

    spec = result.spec
    names = [indicator.name for indicator in spec.indicators]
    k = len(names)
    if spec.nodes or spec.aggregation != "mean":
        raise SpecError(
            f"target_weights needs a flat spec with aggregation 'mean'; spec {spec.name!r} has "
            f"{len(spec.nodes)} nodes and aggregation {spec.aggregation!r}"
        )
    nominal = np.array(spec.leaf_weights)
    wanted = dict(zip(names, nominal, strict=True)) if target is None else dict(target)
    for name in wanted:
        if name not in names:
            raise SpecError(f"target names {name!r}, and there is no such indicator"
                            f"{closest(name, names)}")  # fmt: skip
    goal = np.array([float(wanted.get(name, np.nan)) for name in names])
    if np.isnan(goal).any() or (goal < 0).any() or goal.sum() <= 0:
        raise SpecError(f"target must give every indicator a share >= 0, not all 0; got {wanted}")
    goal = goal / goal.sum()
    low, high = bounds
    if not (0 <= low <= high and low * k <= 1 <= high * k):
        raise SpecError(f"bounds {bounds} leave no {k} weights that sum to 1")
    codes = result.codes.to_numpy()
    x = codes[~np.isnan(codes).any(axis=1)]
    if len(x) < LEAST or (np.ptp(x, axis=0) == 0).any():
        flat = [n for n, c in zip(names, x.T, strict=True) if len(x) and np.ptp(c) == 0]
        raise AlignIndexError(
            f"target_weights needs {LEAST} dyad-years with every indicator, and each must vary "
            f"there; got {len(x)}, without variation: {', '.join(flat) or 'none'}"
        )
    full, _, _ = kernels.becker_matrices(x)

    def shares(w: Floats) -> Floats:
        raw = np.maximum(np.einsum("i,jik,k->j", w, full, w), 0.0)
        return np.asarray(raw / max(raw.sum(), 1e-300))

    starts = [nominal, *(0.5 * nominal + 0.5 * corner for corner in np.eye(k))]
    best: Floats | None = None
    loss = np.inf
    for start in starts:
        found = minimize(
            lambda w: float(((shares(w) - goal) ** 2).sum()),
            np.clip(start, low, high),
            method="SLSQP",
            bounds=[bounds] * k,
            constraints={"type": "eq", "fun": lambda w: w.sum() - 1.0},
            options={"ftol": 1e-14, "maxiter": 500},
        )
        w = np.clip(found.x, low, high)
        if abs(w.sum() - 1.0) < 1e-6 and found.fun < loss:
            best, loss = w / w.sum(), found.fun
    if best is None:
        raise AlignIndexError("no weights within the bounds were found; widen them")
    reached = shares(best)
    gap = float(np.abs(reached - goal).max())
    table = pd.DataFrame(
        {"target": goal, "reached": reached, "weight": best, "nominal": nominal},
        index=pd.Index(names, name="indicator"),
    )
    return TargetWeights(table=table, reached=gap <= 0.01, gap=gap, n=len(x))
