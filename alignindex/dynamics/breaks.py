"""Realignments: lasting shifts of a tie, when they came and how large they were."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.errors import PanelError
from alignindex.base.typing import Floats, Ints
from alignindex.dynamics.series import Data, Paths, paths
from alignindex.kernels.dynamics import dating, segments
from alignindex.kernels.dynamics import paths as kernels
from alignindex.kernels.scoring import tree
from alignindex.scoring.result import AlignmentResult

__all__ = ["Realignments", "realignments"]


@dataclass(frozen=True, eq=False)
class Realignments:
    """Breaks in the series of a panel, with the regimes between them.

    Attributes
    ----------
    table : DataFrame
        One row a break, index (state, partner, break), breaks counted from 1:

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
        ``year_low``, ``year_high``
            Ends of the smallest set of years that holds the new regime's first year with
            probability `interval`.
        ``any_break``
            Weight of the evidence for any break against none, b / (1 + b) with b the sum of
            exp(criterion / 2) over the numbers of breaks.
        ``frequency``
            With draws: the share of them with a material break of the same sign whose `first` is
            at most one year away.
    years : DataFrame
        Posterior over the first year of the new regime: rows as in `table`, one column a year.
    regimes : DataFrame
        Index (state, partner, regime): `first`, `last`, `mean`, `n` (observed years), for every
        dyad with an observed year.
    rho : float
        Serial correlation of the noise, pooled over the panel or given.
    series : Paths
        What was segmented.
    """

    table: pd.DataFrame
    years: pd.DataFrame = field(repr=False)
    regimes: pd.DataFrame = field(repr=False)
    rho: float
    series: Paths = field(repr=False)

    @property
    def found(self) -> pd.DataFrame:
        """The realignments proper: breaks that are material and no drift."""
        return self.table[self.table["material"] & ~self.table["drift"]]

    @cached_property
    def carriers(self) -> pd.DataFrame:
        """What each indicator adds to each step: change of its mean contribution between regimes.

        Rows as in `table`, one column an indicator; NaN where it is no part of the series. A row
        sums to the step. Without columns for a plain table of scores.
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
    least: int = segments.LEAST,
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
        Least absolute step that counts as material.
    rho : float, optional
        Serial correlation of the noise, in [0, 1). Default: estimated, pooled over all series of
        the panel; it depends on which dyads are there. Give it to make results independent of
        the rest of the panel.
    level : float
        Probability that the reported set of years holds.
    least : int
        Observed years that a regime has at least.

    Returns
    -------
    Realignments

    Raises
    ------
    PanelError
        If an option lies outside its range, or the data are not a panel.

    Notes
    -----
    Limits, measured in ``benchmarks/studies/realignment.py``: a steady trend is cut into steps
    (and flagged as drift); a large one-year spike can pass for a short regime beside a true one;
    a shift inside a long unobserved stretch is found, but dated only to the stretch; shifts
    nearer than `least` observed years to either end, or to one another, are not looked for.
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
    if not 0 < interval < 1:
        raise PanelError(f"interval is a probability between 0 and 1, such as 0.9; got {interval}")
    if rho is not None and not 0 <= rho < 1:
        raise PanelError(f"rho is the serial correlation of the noise, in [0, 1); got {rho}")
    if least < 2 or material < 0:
        raise PanelError(
            f"a regime has at least 2 years and a step is not negative; got {least=}, {material=}"
        )
    series = paths(data, windows=False) if isinstance(data, AlignmentResult) else paths(data)
    x, years = series.values.to_numpy(), series.years
    own_rho = segments.common_rho(x) if rho is None else float(rho)
    found = segments.segment(x, own_rho, least=least)
    packed = kernels.pack(x)
    row, which = np.nonzero(found.start >= 0)
    at = found.start[row, which]
    first, last = years[packed.column[row, at]], years[packed.column[row, at - 1]]
    before, after = found.mean[row, which], found.mean[row, which + 1]
    drift = (found.breaks > 0) & (segments.line_evidence(x, years, own_rho) >= found.evidence)
    over = np.zeros((len(row), len(years)))
    for number in np.unique(found.breaks[found.breaks > 0]):
        dyads = np.flatnonzero(found.breaks == number)
        cells = np.flatnonzero(found.breaks[row] == number)  # in dyad order, as many a dyad
        posterior = dating.posterior(x[dyads], int(number), own_rho, least=least)
        over[cells] = posterior.reshape(-1, len(years))
    low, high = _credible(over, interval)
    index = _breaks_index(series.values.index, row, which + 1, "break")
    step: Floats = after - before
    table = pd.DataFrame(
        {
            "last": last,
            "first": first,
            "before": before,
            "after": after,
            "step": step,
            "material": np.abs(step) >= material - 1e-12,
            "drift": drift[row],
            "probability": over[np.arange(len(row)), first - years[0]],
            "year_low": years[low],
            "year_high": years[high],
            "any_break": (found.odds / (1.0 + found.odds))[row],
        },
        index=index,
    )
    if series.draws is not None:
        table["frequency"] = _frequency(series.draws, table, row, years, own_rho, material, least)
    return Realignments(
        table=table,
        years=pd.DataFrame(over, index=index, columns=series.values.columns),
        regimes=_regimes(series, found, packed),
        rho=own_rho,
        series=series,
    )


def _dyads(index: pd.Index[Any]) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([index.get_level_values(n) for n in ("state", "partner")])


def _breaks_index(dyads: pd.Index[Any], row: Ints, number: Ints, name: str) -> pd.MultiIndex:
    of_break = dyads[row].to_frame(index=False)
    of_break[name] = number
    return pd.MultiIndex.from_frame(of_break)


def _credible(over: Floats, level: float) -> tuple[Ints, Ints]:
    """Columns of the ends of the smallest set of years that holds `interval` of each row."""
    order = np.argsort(-over, axis=1, kind="stable")
    ranked = np.take_along_axis(over, order, axis=1)
    needed = (np.cumsum(ranked, axis=1) - ranked) < interval - 1e-12
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
    draws: Floats,
    table: pd.DataFrame,
    row: Ints,
    years: Ints,
    rho: float,
    material: float,
    least: int,
) -> Floats:
    """Share of draws with a material break of the same sign within a year of each break."""
    hits = np.zeros(len(table))
    dyads, place = np.unique(row, return_inverse=True)
    first, sign = table["first"].to_numpy(), np.sign(table["step"].to_numpy())
    for draw in draws[:, dyads]:
        found, packed = segments.segment(draw, rho, least=least), kernels.pack(draw)
        step = np.diff(found.mean, axis=1)
        column = np.take_along_axis(packed.column, np.maximum(found.start, 0), axis=1)
        year = np.where(found.start >= 0, years[column], years[0] - 10_000)
        near = np.abs(year[place] - first[:, None]) <= 1
        with np.errstate(invalid="ignore"):
            same = step[place] * sign[:, None] >= material - 1e-12
        hits += (near & same).any(axis=1)
    return hits / len(draws)
