"""Agreement of the scores with an outside measure."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from alignindex.base.errors import PanelError, first_three
from alignindex.base.typing import Floats
from alignindex.robustness.checks import check_count, check_number, check_result, generator
from alignindex.scoring.result import AlignmentResult

__all__ = ["External", "correlation", "external"]


def correlation(x: Floats, y: Floats, by_rank: bool) -> float:
    """Correlate values, or their ranks; NaN under three rows or where one side is flat."""
    if by_rank:
        x, y = (np.asarray(pd.Series(v).rank(), dtype=np.float64) for v in (x, y))
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return np.nan
    x, y = x - x.mean(), y - y.mean()
    return float(np.clip(x @ y / np.sqrt((x @ x) * (y @ y)), -1.0, 1.0))


@dataclass(frozen=True, eq=False)
class External:
    """Agreement of the score with an outside measure.

    Attributes
    ----------
    spearman, low, high : float
        Rank correlation and its interval by resampling whole dyads.
    n, dyads : int
        Dyad-years with both, and the dyads they come from.
    table : DataFrame
        ``score``, ``outside``, and ``residual``: the score minus what its least-squares line on
        the outside measure gives. Rows with both.
    """

    spearman: float
    low: float
    high: float
    n: int
    dyads: int
    table: pd.DataFrame = field(repr=False)

    def __str__(self) -> str:
        return (
            f"Spearman correlation {self.spearman:.3f} [{self.low:.3f}, {self.high:.3f}] over "
            f"{self.n} dyad-years of {self.dyads} dyads"
        )


def external(
    result: AlignmentResult,
    series: pd.Series,
    *,
    level: float = 0.9,
    bootstrap: int = 1000,
    rng: np.random.Generator | int | None = None,
) -> External:
    """Compare the score with an outside measure of the same dyad-years.

    Years of one dyad are no independent observations: the interval comes from resampling whole
    dyads, and is much wider than a formula for n independent rows would give.

    Parameters
    ----------
    result : AlignmentResult
    series : Series
        Index (state, partner, year).
    level : float
    bootstrap : int
    rng : Generator, int or None

    Returns
    -------
    External

    Raises
    ------
    PanelError
        If the series has other keys, or shares fewer than three known dyad-years.
    AlignIndexError
        If `level` or `bootstrap` is out of range.

    Examples
    --------
    >>> import alignindex as ai
    >>> from alignindex import robustness
    >>> panel = ai.load_panel("post_soviet")
    >>> result = ai.score(panel, "erkomaishvili2019")
    >>> robustness.external(result, panel["un_kappa"], rng=1).spearman > 0
    True
    """
    check_result(result)
    check_number(level, "level", "a coverage between 0 and 1, such as 0.9", 0, 1)
    check_count(bootstrap, "bootstrap", 2)
    random = generator(rng)
    if not isinstance(series, pd.Series) or list(series.index.names) != list(
        result.scores.index.names
    ):
        raise PanelError(
            "external takes a Series with the index (state, partner, year); set it with "
            "as_panel(data)[column]"
        )
    if series.index.has_duplicates:
        raise PanelError("the outside series has a dyad-year twice; keep one value each")
    table = pd.DataFrame({"score": result.scores["score"]})
    if not pd.api.types.is_numeric_dtype(series):
        raise PanelError(f"the outside series must hold numbers; got {series.dtype}")
    table["outside"] = series.reindex(table.index).astype(np.float64)
    endless = table.index[np.isinf(table["outside"])]
    if len(endless):
        named = [f"{state}–{partner} {year}" for state, partner, year in endless]
        raise PanelError(
            f"the outside series must be finite; got ±inf at {first_three(named)}: an unknown "
            "value is NaN"
        )
    table = table.dropna()
    if len(table) < 3:
        raise PanelError(
            f"only {len(table)} dyad-years have both a score and an outside value; three are "
            "needed: check actor codes and years"
        )
    score, outside = table["score"].to_numpy(), table["outside"].to_numpy()
    found = correlation(score, outside, True)
    codes, _ = pd.factorize(table.index.droplevel("year"))  # type: ignore[arg-type]
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(codes.max() + 2))
    blocks = [order[a:b] for a, b in itertools.pairwise(bounds)]
    values = np.empty(bootstrap)
    for i in range(bootstrap):
        picked = random.integers(0, len(blocks), len(blocks))
        rows = np.concatenate([blocks[p] for p in picked])
        values[i] = correlation(score[rows], outside[rows], True)
    values = values[~np.isnan(values)]
    ends = np.quantile(values, [(1 - level) / 2, (1 + level) / 2]) if values.size else [np.nan] * 2
    centred = outside - outside.mean()
    spread = centred @ centred
    slope = centred @ (score - score.mean()) / spread if spread > 0 else 0.0
    table["residual"] = score - score.mean() - slope * centred
    return External(found, float(ends[0]), float(ends[1]), len(table), len(blocks), table)
