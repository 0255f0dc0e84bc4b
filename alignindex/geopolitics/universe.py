"""`Multiverse`: the points of many variants, and what the choices among them are worth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from alignindex.base.arguments import Years, check_years, shown
from alignindex.base.errors import SimilarityError, closest
from alignindex.base.typing import Floats, Ints
from alignindex.geopolitics.variants import Variant, as_variant
from alignindex.kernels.geopolitics import parts as kernel
from alignindex.panel.select import Labels, select_labels

__all__ = ["CHOICES", "Multiverse"]

CHOICES = tuple(f.name for f in fields(Variant))


@dataclass(frozen=True, eq=False)
class Multiverse:
    """Ideal points of many variants.

    Attributes
    ----------
    variants : DataFrame
        Index variant (its label); one column per choice.
    alternatives : dict of str to tuple
        The choices that vary, each with its levels; empty if the variants are not a full grid.
    points : DataFrame
        Index (state, year), one column per variant; NaN where a variant has no point.
    """

    variants: pd.DataFrame
    alternatives: dict[str, tuple[Any, ...]]
    points: pd.DataFrame

    def __repr__(self) -> str:
        levels = ", ".join(f"{name} {len(each)}" for name, each in self.alternatives.items())
        return (
            f"<Multiverse: {len(self.variants)} variants ({levels or 'no full grid'}), "
            f"{len(self.points)} state-years>"
        )

    def distances(
        self, *, states: Labels = None, partners: Labels = None, years: Years = None
    ) -> pd.DataFrame:
        """Return distances by dyad-year, one column per variant.

        Parameters
        ----------
        states, partners : label or list of labels, optional
        years : int, (first, last) or list of int, optional

        Returns
        -------
        DataFrame
            Index (state, partner, year), both directions; NaN where a variant has no point.
        """
        index, one, other = self._pairs(states, partners, years)
        at = self.points.to_numpy()
        return pd.DataFrame(np.abs(at[one] - at[other]), index=index, columns=self.points.columns)

    def _pairs(
        self, states: Labels, partners: Labels, years: Years
    ) -> tuple[pd.MultiIndex, Ints, Ints]:
        """Rows of the points that form the dyad-years asked for."""
        label = self.points.index.get_level_values("state")
        year = self.points.index.get_level_values("year").to_numpy()
        rows = label.isin(select_labels(states, label.unique(), "states"))
        columns = label.isin(select_labels(partners, label.unique(), "partners"))
        one, other = [], []
        for when in check_years(years, known=np.unique(year)):
            here = np.flatnonzero(year == when)
            left, right = here[rows[here]], here[columns[here]]
            i, j = np.repeat(left, right.size), np.tile(right, left.size)
            one.append(i[i != j])
            other.append(j[i != j])
        i, j = np.concatenate(one), np.concatenate(other)
        order = np.lexsort((year[i], label.to_numpy()[j], label.to_numpy()[i]))
        i, j = i[order], j[order]
        index = pd.MultiIndex.from_arrays(
            [label[i], label[j], year[i]], names=["state", "partner", "year"]
        )
        return index, i, j

    def to_frame(
        self, *, states: Labels = None, partners: Labels = None, years: Years = None
    ) -> pd.DataFrame:
        """Return range, rank stability and Shapley parts of the choices, by dyad-year.

        Parameters
        ----------
        states, partners : label or list of labels, optional
        years : int, (first, last) or list of int, optional

        Returns
        -------
        DataFrame
            Index (state, partner, year). ``n_variants`` that have a distance, their ``minimum``,
            ``median``, ``maximum`` and ``variance``; ``rank_minimum`` and ``rank_maximum``, the
            smallest and largest percentile of the distance among all dyads of the year over the
            variants; and ``part_<choice>``, the Shapley part of each choice in the variance.

        Notes
        -----
        Parts sum to the variance over variants (divisor n, all variants weigh the same). A dyad
        that only some levels of a choice reach, as years before a late start, is split over the
        levels that do. Where the known variants are not a full grid, parts are NaN.

        References
        ----------
        Owen (2014), Sobol' indices and Shapley value, doi:10.1137/130936233. Song, Nelson & Staum
        (2016), doi:10.1137/15M1048070.
        """
        known = np.unique(self.points.index.get_level_values("year"))
        blocks = [  # year by year, so that all dyads of many variants fit into memory
            self._summary(self.distances(states=states, partners=partners, years=year), year)
            for year in check_years(years, known=known)
        ]
        return pd.concat(blocks).sort_index()

    def _summary(self, table: pd.DataFrame, year: int) -> pd.DataFrame:
        """Summarise the distances of one year over the variants."""
        values = table.to_numpy()
        known = ~np.isnan(values)
        out = pd.DataFrame({"n_variants": known.sum(axis=1)}, index=table.index)
        some = known.any(axis=1)
        ranks = self._percentiles(values, year)
        for name, function, source in (
            ("minimum", np.nanmin, values),
            ("median", np.nanmedian, values),
            ("maximum", np.nanmax, values),
            ("variance", np.nanvar, values),
            ("rank_minimum", np.nanmin, ranks),
            ("rank_maximum", np.nanmax, ranks),
        ):
            column = np.full(len(table), np.nan)
            if some.any():
                column[some] = function(source[some], axis=1)
            out[name] = column
        for name, part in zip(self.alternatives, self._parts(values), strict=True):
            out[f"part_{name}"] = part
        return out

    def _percentiles(self, values: Floats, year: int) -> Floats:
        """Percentile of each distance among all dyads of its year, by variant."""
        out = np.full(values.shape, np.nan)
        here = self.points.to_numpy()[self.points.index.get_level_values("year") == year]
        i, j = np.triu_indices(len(here), 1)
        for column, mine in enumerate(values.T):
            every = np.sort(np.abs(here[i, column] - here[j, column]))
            every = every[~np.isnan(every)]
            if every.size:
                low, high = (np.searchsorted(every, mine, side=s) for s in ("left", "right"))
                out[:, column] = np.where(np.isnan(mine), np.nan, (low + high) / 2 / every.size)
        return out

    def _parts(self, values: Floats) -> Floats:
        """Shapley parts of the choices in the variance of each row; shape (choices, rows)."""
        k = len(self.alternatives)
        out = np.full((k, len(values)), np.nan)
        if not k:
            return out
        sizes = [len(levels) for levels in self.alternatives.values()]
        known = ~np.isnan(values)
        patterns, number = np.unique(known, axis=0, return_inverse=True)
        for place, pattern in enumerate(patterns):
            grid = pattern.reshape(sizes)
            reached = [
                np.flatnonzero(grid.any(axis=tuple(o for o in range(k) if o != j)))
                for j in range(k)
            ]
            if not pattern.any() or not grid[np.ix_(*reached)].all():
                continue
            rows = np.flatnonzero(number.ravel() == place)
            cells = values[rows].T.reshape(*sizes, rows.size)[np.ix_(*reached)]
            out[:, rows] = kernel.shapley(kernel.variance_worth(cells, k))
        return out

    def explain(self, state: str, partner: str, year: int, first: Any, second: Any) -> pd.Series:
        """Split the difference of two variants' distances exactly among the choices.

        Parameters
        ----------
        state, partner, year
            The dyad-year.
        first, second : Variant, preset or label
            Two variants of the grid.

        Returns
        -------
        Series
            One part per choice (Shapley values over all orders of changing them), which sum to
            the second's distance less the first's; NaN if a variant between them has no distance.
        """
        self._check_grid()
        values = self.distances(states=state, partners=partner, years=int(year)).to_numpy()[0]
        sizes = [len(levels) for levels in self.alternatives.values()]
        cells = [self._cell(each) for each in (first, second)]
        worth = kernel.difference_worth(values.reshape(sizes), cells[0], cells[1])
        return pd.Series(kernel.shapley(worth), index=pd.Index(self.alternatives, name="choice"))

    def _check_grid(self) -> None:
        if not self.alternatives:
            raise SimilarityError(
                "the choices have parts only in a full grid that varies something: run "
                "multiverse with alternatives=, two levels or more"
            )

    def _cell(self, variant: Any) -> tuple[int, ...]:
        """Place of a variant in the grid."""
        if isinstance(variant, str) and variant in self.variants.index:
            label = variant
        else:
            label = as_variant(variant).label
        if label not in self.variants.index:
            raise SimilarityError(
                f"variant {label!r} was not run{closest(label, list(self.variants.index))}"
            )
        place = list(self.variants.index).index(label)
        sizes = [len(levels) for levels in self.alternatives.values()]
        return tuple(int(c) for c in np.unravel_index(place, sizes))

    def rank_stability(self) -> pd.DataFrame:
        """Return how well the variants agree on the order of all dyads, by year.

        Returns
        -------
        DataFrame
            Index year: the ``n_variants`` that have points in the year, and the minimum and mean
            Spearman correlation of their distances over pairs of variants, on the dyads that all
            of them have; NaN with fewer than two variants.
        """
        year = self.points.index.get_level_values("year").to_numpy()
        rows = {}
        for each in np.unique(year):
            here = self.points.to_numpy()[year == each]
            here = here[:, ~np.isnan(here).all(axis=0)]
            shared = here[~np.isnan(here).any(axis=1)]
            lowest = mean = np.nan
            if here.shape[1] > 1 and len(shared) > 2:
                i, j = np.triu_indices(len(shared), 1)
                ranks = rankdata(np.abs(shared[i] - shared[j]), axis=0)
                pairs = np.corrcoef(ranks.T)[np.triu_indices(here.shape[1], 1)]
                lowest, mean = float(pairs.min()), float(pairs.mean())
            rows[int(each)] = (here.shape[1], lowest, mean)
        columns = ["n_variants", "spearman_minimum", "spearman_mean"]
        return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("year")

    def curve(
        self,
        function: Callable[[pd.DataFrame], Any],
        *,
        states: Labels = None,
        partners: Labels = None,
        years: Years = None,
    ) -> pd.DataFrame:
        """Return the specification curve of any number that is computed from distances.

        Parameters
        ----------
        function : function of a DataFrame
            Takes the distances of one variant (index state, partner, year; column ``distance``;
            rows without one left out), returns a number, or (estimate, lower, upper).
        states, partners : label or list of labels, optional
        years : int, (first, last) or list of int, optional

        Returns
        -------
        DataFrame
            One row per variant, sorted by ``estimate``: variant, its choices, estimate, and lower
            and upper where the function gives them. ``attrs["parts"]`` holds the Shapley part of
            each choice in the variance of the estimate (NaN if one is missing).

        References
        ----------
        Simonsohn, Simmons & Nelson (2020), Specification curve analysis,
        doi:10.1038/s41562-020-0912-z.
        """
        if not callable(function):
            raise SimilarityError(f"function must be callable; got {shown(function)}")
        table = self.distances(states=states, partners=partners, years=years)
        rows = []
        for label in self.variants.index:
            given = table[label].dropna().to_frame("distance")
            found = np.atleast_1d(np.asarray(function(given), dtype=np.float64))
            if found.shape not in ((1,), (3,)):
                raise SimilarityError(
                    "function must return a number or (estimate, lower, upper); for "
                    f"{label} it gave {found.size} values"
                )
            rows.append(found if found.size == 3 else [found[0], np.nan, np.nan])
        values = np.array(rows, dtype=np.float64)
        out = self.variants.copy()
        out[["estimate", "lower", "upper"]] = values
        if np.isnan(values[:, 1:]).all():
            out = out.drop(columns=["lower", "upper"])
        split = self._parts(values[None, :, 0])[:, 0].tolist()
        out = out.sort_values("estimate", kind="stable").reset_index()
        out.attrs["parts"] = dict(zip(self.alternatives, split, strict=True))
        return out
