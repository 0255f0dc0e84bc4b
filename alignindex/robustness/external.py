"""Agreement of the scores with an outside measure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.arguments import check_count, check_level, generator, seed_of
from alignindex.base.errors import PanelError, first_three
from alignindex.base.intervals import intervals
from alignindex.base.typing import Floats
from alignindex.robustness.draws.sampler import check_result
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
    spearman, lower, upper : float
        Rank correlation and its interval by resampling whole dyads.
    level : float
        Probability of the interval.
    n, dyads : int
        Dyad-years with both, and the dyads they come from.
    table : DataFrame
        ``score``, ``outside``, and ``residual``: the score minus what its least-squares line on
        the outside measure gives. Rows with both.
    seed : int or None
        Seed that gives the same interval again; None if a Generator was given.
    """

    spearman: float
    lower: float
    upper: float
    level: float
    n: int
    dyads: int
    table: pd.DataFrame = field(repr=False)
    seed: int | None

    def to_frame(self) -> pd.DataFrame:
        """Return `table`."""
        return self.table

    def __str__(self) -> str:
        return (
            f"Spearman correlation {self.spearman:.3f} [{self.lower:.3f}, {self.upper:.3f}] over "
            f"{self.n} dyad-years of {self.dyads} dyads"
        )


def external(
    result: AlignmentResult,
    series: pd.Series,
    *,
    level: float = 0.9,
    draws: int = 1000,
    rng: np.random.Generator | int | None = 0,
) -> External:
    """Compare the score with an outside measure of the same dyad-years.

    Years of one dyad are not independent observations: the interval comes from resampling whole
    dyads, and is much wider than a formula for n independent rows would give.

    Parameters
    ----------
    result : AlignmentResult
    series : Series
        Index (state, partner, year).
    level : float
        Probability of the interval.
    draws : int
        Number of times that the dyads are resampled.
    rng : Generator, int or None

    Returns
    -------
    External

    Raises
    ------
    PanelError
        If the series has other keys, or shares fewer than three known dyad-years.
    AlignIndexError
        If `level` or `draws` is out of range.

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
    check_level(level)
    check_count(draws, "draws", 2)
    random = generator(rng)
    table = _table(result, series)
    score, outside = table["score"].to_numpy(), table["outside"].to_numpy()
    codes, _ = pd.factorize(table.index.droplevel("year"))  # type: ignore[arg-type]
    order = np.argsort(codes, kind="stable")
    blocks = np.split(order, np.cumsum(np.bincount(codes))[:-1])
    values = np.empty(draws)
    for i in range(draws):
        picked = random.integers(0, len(blocks), len(blocks))
        rows = np.concatenate([blocks[p] for p in picked])
        values[i] = correlation(score[rows], outside[rows], True)
    ends = intervals({"spearman": values}, level)
    centred = outside - outside.mean()
    spread = centred @ centred
    slope = centred @ (score - score.mean()) / spread if spread > 0 else 0.0
    table["residual"] = score - score.mean() - slope * centred
    return External(
        spearman=correlation(score, outside, True),
        lower=float(ends["spearman_lower"]),
        upper=float(ends["spearman_upper"]),
        level=level,
        n=len(table),
        dyads=len(blocks),
        table=table,
        seed=seed_of(rng, random),
    )


def _table(result: AlignmentResult, series: Any) -> pd.DataFrame:
    """Score and outside measure of the dyad-years with both.

    Raises
    ------
    PanelError
        If the series is not one of finite numbers by dyad-year, or shares fewer than three.
    """
    index = result.scores.index
    if not isinstance(series, pd.Series) or list(series.index.names) != list(index.names):
        raise PanelError(
            "external takes a Series with the index (state, partner, year); set it with "
            "as_panel(data)[column]"
        )
    if series.index.has_duplicates:
        raise PanelError("the outside series has a dyad-year twice; keep one value each")
    if not pd.api.types.is_numeric_dtype(series):
        raise PanelError(f"the outside series must hold numbers; got {series.dtype}")
    outside = series.reindex(index).astype(np.float64)
    endless = index[np.isinf(outside)]
    if len(endless):
        named = [f"{state}–{partner} {year}" for state, partner, year in endless]
        raise PanelError(
            f"the outside series must be finite; got ±inf at {first_three(named)}: an unknown "
            "value is NaN"
        )
    table = pd.DataFrame({"score": result.scores["score"], "outside": outside}).dropna()
    if len(table) < 3:
        raise PanelError(
            f"only {len(table)} dyad-years have both a score and an outside value; three are "
            "needed: check actor codes and years"
        )
    return table
