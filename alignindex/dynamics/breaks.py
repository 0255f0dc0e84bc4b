"""Realignments: lasting shifts of a tie, when they came and how large they were."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.arguments import check_count, check_level, check_within
from alignindex.base.typing import Floats, Ints
from alignindex.dynamics.series import Data, Paths, paths
from alignindex.kernels.dynamics import dating, segments
from alignindex.kernels.dynamics import paths as kernels
from alignindex.kernels.scoring import tree
from alignindex.kernels.scoring.aggregate import NOISE
from alignindex.scoring.result import AlignmentResult

__all__ = ["RealignmentWarning", "Realignments", "realignments"]


MAX, BELOW_ONE = np.finfo(float).max, np.nextafter(1, 0)


class RealignmentWarning(UserWarning):
    """The data, or an estimate at its limit, left shifts that could not have been found."""


@dataclass(frozen=True, eq=False)
class Realignments:
    """Breaks in the series of a panel, with the regimes between them.

    Attributes
    ----------
    table : DataFrame
        One row per break, index (state, partner, break), breaks counted from 1:

        ``last``, ``first``
            Last observed year of the old regime, first of the new: the shift lies after `last`
            and up to `first` (more than one year where years are unobserved).
        ``before``, ``after``, ``step``
            Means of the two regimes, and their difference.
        ``material``
            Whether the step is at least `material` of the call.
        ``drift``
            Whether a straight line fits the whole series at least as well as its regimes: then
            the breaks are stations of a slope rather than shifts.
        ``probability``
            Posterior probability that the new regime begins exactly in `first`, given the number
            of breaks.
        ``year_lower``, ``year_upper``
            Ends of the smallest set of years that holds the new regime's first year with
            probability `level`.
        ``any_break``
            Weight of the evidence for any break against none, b / (1 + b) with b the sum of
            exp(criterion / 2) over the numbers of breaks.
        ``frequency``
            With draws: the share of them with a material break of the same sign whose `first` is
            at most one year away.
    years : DataFrame
        Posterior over the first year of the new regime: rows as in `table`, one column per year.
    regimes : DataFrame
        Index (state, partner, regime): `first`, `last`, `mean`, `n` (observed years), for every
        dyad with an observed year.
    tested : DataFrame
        What was looked for, and what could not have been found. One row per dyad:

        ``n``, ``breaks``
            Observed years, and breaks found.
        ``first``, ``last``
            First and last year in which a new regime may begin: a regime has `min_years` observed
            years, so shifts nearer to either end cannot be dated. NaN if the series is too short.
        ``residual_sd``
            Root mean square around the regimes.
        ``min_step``
            Smallest step in the middle of the series that the criterion reports, with noise of
            that size and the serial correlation `rho`.
        ``power``
            Approximate probability of finding a step of the size `material` there.
    rho : float
        Serial correlation of the noise, pooled over the panel or given.
    rho_at_limit : bool
        Whether `rho` is an estimate that was cut at its limit, 0.85. Gains are then divided by
        12 before they count, and large shifts can go unreported: see `tested`.
    series : Paths
        The series that were segmented.
    """

    table: pd.DataFrame
    years: pd.DataFrame = field(repr=False)
    regimes: pd.DataFrame = field(repr=False)
    tested: pd.DataFrame = field(repr=False)
    rho: float
    rho_at_limit: bool
    series: Paths = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        """Return `table`."""
        return self.table

    @property
    def found(self) -> pd.DataFrame:
        """The realignments proper: breaks that are material and not a drift."""
        return self.table[self.table["material"] & ~self.table["drift"]]

    @cached_property
    def carriers(self) -> pd.DataFrame:
        """What each indicator adds to each step: change of its mean contribution between regimes.

        Rows as in `table`, one column per indicator; NaN where it is not part of the series. A
        row sums to the step. Without columns for a plain table of scores.
        """
        result, members = self.series.result, self.series.members
        if result is None or members.shape[1] == 0:
            return pd.DataFrame(index=self.table.index)
        dyads = self.series.values.index
        row = dyads.get_indexer(_dyads(self.table.index))
        number = self.table.index.get_level_values("break").to_numpy()
        first = np.full((len(dyads), int(number.max(initial=0))), np.iinfo(np.int64).max)
        first[row, number - 1] = self.table["first"]
        cell = dyads.get_indexer(_dyads(self.series.codes.index))
        year = self.series.codes.index.get_level_values("year").to_numpy()
        column = year - self.series.years[0]
        inside = (column >= 0) & (column < len(self.series.years)) & np.isin(cell, row)
        cell, year, column = cell[inside], year[inside], column[inside]
        seen = ~np.isnan(self.series.values.to_numpy()[cell, column])
        cell, year = cell[seen], year[seen]
        keep = members.to_numpy()
        held = np.where(keep[cell], self.series.codes.to_numpy()[inside][seen], np.nan)
        parts, _ = tree.contributions(result.spec.tree, held, ~np.isnan(held), propagate=False)
        regime = 1 + (year[:, None] >= first[cell]).sum(axis=1)
        mean = pd.DataFrame(parts).groupby([cell, regime]).mean()
        after = mean.reindex(pd.MultiIndex.from_arrays([row, number + 1])).to_numpy()
        before = mean.reindex(pd.MultiIndex.from_arrays([row, number])).to_numpy()
        return pd.DataFrame(after - before, index=self.table.index, columns=members.columns)


def realignments(
    data: Data,
    *,
    material: float = 0.10,
    rho: float | None = None,
    level: float = 0.9,
    min_years: int = segments.MIN_YEARS,
) -> Realignments:
    r"""Find lasting shifts by exact least-squares segmentation of all series at once.

    The number k of breaks maximises :math:`n \log(1 + (R_0 - R_k)/(c R_k)) - 3 k \log n -
    \sum_i \log(n_i/n)` with :math:`R = RSS + n \cdot 0.01^2` and :math:`c = (1+\rho)/(1-\rho)`.

    Parameters
    ----------
    data : AlignmentResult, Series, DataFrame or Paths
        A result is segmented on its fixed set of indicators and on codes of *single years*:
        windows delay a step (a five-year mean by about two years). See :func:`paths`.
    material : float
        Smallest absolute step that counts as material.
    rho : float, optional
        Serial correlation of the noise, in [0, 1). Default: estimated, pooled over all series of
        the panel; it depends on which dyads are there. Give it to make results independent of
        the rest of the panel.
    level : float
        Probability that the reported set of years holds the first year of the new regime.
    min_years : int
        Minimum number of observed years in a regime.

    Returns
    -------
    Realignments

    Raises
    ------
    PanelError
        If the data are not a panel.
    AlignIndexError
        If an option lies outside its range.

    Warns
    -----
    RealignmentWarning
        If the estimate of `rho` is at its limit, or no series is long enough to have a break.

    Notes
    -----
    Limits, measured in ``benchmarks/studies/realignment.py``: a steady trend is cut into steps
    (and flagged as drift); a large one-year spike can pass for a short regime beside a true one;
    a shift inside a long unobserved stretch is found, but dated only to the stretch; shifts
    nearer than `min_years` observed years to either end, or to one another, are not looked for.
    Criterion after Zhang & Siegmund (2007), doi:10.1111/j.1541-0420.2006.00662.x.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([["GEO"], ["RUS"], range(2001, 2013)],
    ...                                    names=["state", "partner", "year"])
    >>> scores = pd.Series([0.6] * 7 + [0.2] * 5, index=index)
    >>> realignments(scores).table[["last", "first", "before", "after", "material", "drift"]]
                         last  first  before  after  material  drift
    state partner break
    GEO   RUS     1      2007   2008     0.6    0.2      True  False
    """
    check_level(level)
    check_count(min_years, "min_years", 2)
    check_within(material, "material", "a step of at least 0, such as 0.1", 0, MAX)
    if rho is not None:
        check_within(rho, "rho", "a serial correlation in [0, 1), such as 0.3", 0, BELOW_ONE)
    series = paths(data, windows=False) if isinstance(data, AlignmentResult) else paths(data)
    x = series.values.to_numpy()
    own_rho = segments.common_rho(x) if rho is None else float(rho)
    found, packed = segments.segment(x, own_rho, min_years=min_years), kernels.pack(x)
    table, over = _table(series, found, packed, own_rho, level, min_years)
    table.insert(5, "material", np.abs(table["step"]) >= material - NOISE)
    if series.draws is not None:
        table["frequency"] = _frequency(series, table, own_rho, material, min_years)
    out = Realignments(
        table=table,
        years=pd.DataFrame(over, index=table.index, columns=series.values.columns),
        regimes=_regimes(series, found, packed),
        tested=_tested(series, found, packed, own_rho, material, min_years),
        rho=own_rho,
        rho_at_limit=rho is None and own_rho >= segments.RHO_LIMIT,
        series=series,
    )
    _warn(out, material)
    return out


def _warn(out: Realignments, material: float) -> None:
    power = out.tested["power"]
    weak = int((power < 0.5).sum())
    if out.rho_at_limit:
        warnings.warn(
            f"the serial correlation of the noise is at its limit, {out.rho:g}: steps of "
            f"{material:g} would be missed more often than found in {weak} of the "
            f"{int(power.notna().sum())} series that were tested. See `tested`; give rho= if you "
            "know it, or take series with less drift in them",
            RealignmentWarning,
            stacklevel=3,
        )
    elif power.isna().all():
        warnings.warn(
            "no series has enough observed years for two regimes; nothing was tested",
            RealignmentWarning,
            stacklevel=3,
        )


def _table(
    series: Paths,
    found: segments.Segments,
    packed: kernels.Packed,
    rho: float,
    level: float,
    min_years: int,
) -> tuple[pd.DataFrame, Floats]:
    """Return the breaks, one per row, and the posterior of their years."""
    x, years = series.values.to_numpy(), series.years
    row, which = np.nonzero(found.start >= 0)
    at = found.start[row, which]
    first, last = years[packed.column[row, at]], years[packed.column[row, at - 1]]
    before, after = found.mean[row, which], found.mean[row, which + 1]
    drift = (found.breaks > 0) & (segments.line_evidence(x, years, rho) >= found.evidence)
    over = np.zeros((len(row), len(years)))
    for number in np.unique(found.breaks[found.breaks > 0]):
        dyads = np.flatnonzero(found.breaks == number)
        cells = np.flatnonzero(found.breaks[row] == number)  # in dyad order, as many per dyad
        posterior = dating.posterior(x[dyads], int(number), rho, min_years=min_years)
        over[cells] = posterior.reshape(-1, len(years))
    lower, upper = _credible(over, level)
    columns = {
        "last": last,
        "first": first,
        "before": before,
        "after": after,
        "step": after - before,
        "drift": drift[row],
        "probability": over[np.arange(len(row)), first - years[0]],
        "year_lower": years[lower],
        "year_upper": years[upper],
        "any_break": (found.odds / (1.0 + found.odds))[row],
    }
    index = _breaks_index(series.values.index, row, which + 1, "break")
    return pd.DataFrame(columns, index=index), over


def _tested(
    series: Paths,
    found: segments.Segments,
    packed: kernels.Packed,
    rho: float,
    material: float,
    min_years: int,
) -> pd.DataFrame:
    """Return what was looked for in each series, and which steps could have been found."""
    n = packed.length
    variance = found.rss / np.maximum(n, 1)
    smallest, power = dating.detection(n, variance, material, rho, min_years=min_years)
    long = n >= 2 * min_years
    ends = np.full((2, len(n)), np.nan)
    rows = np.flatnonzero(long)
    for end, place in zip(ends, (np.full(len(n), min_years), n - min_years), strict=True):
        end[rows] = series.years[packed.column[rows, place[rows]]]
    columns = {
        "n": n,
        "breaks": found.breaks,
        "first": ends[0],
        "last": ends[1],
        "residual_sd": np.where(n > 0, np.sqrt(variance), np.nan),
        "min_step": smallest,
        "power": power,
    }
    return pd.DataFrame(columns, index=series.values.index)


def _dyads(index: pd.Index[Any]) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([index.get_level_values(n) for n in ("state", "partner")])


def _breaks_index(dyads: pd.Index[Any], row: Ints, number: Ints, name: str) -> pd.MultiIndex:
    of_break = dyads[row].to_frame(index=False)
    of_break[name] = number
    return pd.MultiIndex.from_frame(of_break)


def _credible(over: Floats, level: float) -> tuple[Ints, Ints]:
    """Columns of the ends of the smallest set of years that holds `level` of each row."""
    order = np.argsort(-over, axis=1, kind="stable")
    ranked = np.take_along_axis(over, order, axis=1)
    needed = (np.cumsum(ranked, axis=1) - ranked) < level - NOISE
    held = np.zeros(over.shape, dtype=bool)
    np.put_along_axis(held, order, needed, axis=1)
    if not len(over):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    return held.argmax(axis=1), over.shape[1] - 1 - held[:, ::-1].argmax(axis=1)


def _regimes(series: Paths, found: segments.Segments, packed: kernels.Packed) -> pd.DataFrame:
    years, n = series.years, packed.length
    begin = np.concatenate([np.zeros((len(n), 1), np.int64), found.start], axis=1)
    row, which = np.nonzero((begin >= 0) & (n[:, None] > 0))
    end = np.where(which < found.breaks[row], 0, n[row])
    inner = which < found.breaks[row]
    end[inner] = begin[row[inner], which[inner] + 1]
    start = begin[row, which]
    return pd.DataFrame(
        {
            "first": years[packed.column[row, start]],
            "last": years[packed.column[row, end - 1]],
            "mean": found.mean[row, which],
            "n": end - start,
        },
        index=_breaks_index(series.values.index, row, which + 1, "regime"),
    )


def _frequency(
    series: Paths, table: pd.DataFrame, rho: float, material: float, min_years: int
) -> Floats:
    """Share of draws with a material break of the same sign within a year of each break."""
    assert series.draws is not None
    years = series.years
    row = series.values.index.get_indexer(_dyads(table.index))
    hits = np.zeros(len(table))
    dyads, place = np.unique(row, return_inverse=True)
    first, sign = table["first"].to_numpy(), np.sign(table["step"].to_numpy())
    for draw in series.draws[:, dyads]:
        found, packed = segments.segment(draw, rho, min_years=min_years), kernels.pack(draw)
        step = np.diff(found.mean, axis=1)
        column = np.take_along_axis(packed.column, np.maximum(found.start, 0), axis=1)
        year = np.where(found.start >= 0, years[column], years[0] - 10_000)
        near = np.abs(year[place] - first[:, None]) <= 1
        with np.errstate(invalid="ignore"):
            same = step[place] * sign[:, None] >= material - NOISE
        hits += (near & same).any(axis=1)
    return hits / len(series.draws)
