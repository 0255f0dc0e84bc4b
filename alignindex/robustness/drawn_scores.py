"""Scores and ranks over draws: the result of an uncertainty analysis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.arguments import check_count, check_years
from alignindex.base.errors import PanelError, first_three
from alignindex.base.typing import Floats
from alignindex.kernels.robustness import draws as kernels
from alignindex.kernels.robustness import ranks
from alignindex.panel.select import select_rows
from alignindex.robustness.draws.dependence import Sharing
from alignindex.robustness.draws.sampler import Inputs, Sampler
from alignindex.robustness.draws.summaries import check_quantiles, quantile_names

__all__ = ["QUANTILES", "Uncertainty"]

Key: TypeAlias = tuple[str, str] | tuple[str, str, int]
QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """Scores and ranks over the draws; every frame has the rows of ``result.scores``.

    Attributes
    ----------
    scores : DataFrame
        ``nominal``, ``mean``, ``sd`` (over the known draws, divided by their number),
        one column per quantile (``q05``, ``q50``, ``q95``), ``known``
        (share of the draws that give a score), and ``above_x`` for each threshold: the share of
        the known draws with a score over x. NaN where no draw gives a score.
    ranks : DataFrame
        ``nominal``, one column per quantile, and ``top_k``: P(rank <= k). 1 is the highest score.
    groups : DataFrame
        One row per group: ``n`` (rows with a nominal score), ``order_kept`` (share of the draws in
        which all ranks, ties included, are the nominal ones) and ``mean_rank_change`` (mean
        absolute change of rank, over rows and draws). Both compare the rows that have a score
        nominally and in the draw: where others lose their score, those that remain have not
        passed anybody. A draw without such a row counts in neither.
    draws : ndarray, shape (draws, rows), or None
        The scores themselves, with ``keep_draws=True``.
    seed : int or None
        Seed that gives the same draws again; None if a Generator was given.

    Notes
    -----
    Draws that were not kept can be regenerated exactly: :meth:`sample`, :meth:`above` and
    :meth:`difference` draw the rows that they need once more.
    """

    scores: pd.DataFrame = field(repr=False)
    ranks: pd.DataFrame = field(repr=False)
    groups: pd.DataFrame = field(repr=False)
    draws: Floats | None = field(repr=False)
    seed: int | None
    _sampler: Sampler = field(repr=False)
    _inputs: Inputs = field(repr=False)

    def __repr__(self) -> str:
        return f"<Uncertainty: {len(self.scores)} dyad-years, {self._inputs.draws} draws>"

    def to_frame(self) -> pd.DataFrame:
        """Return the summary of the scores, one row per dyad-year."""
        return self.scores

    @property
    def shared(self) -> dict[str, Sharing]:
        """Who owns the facts behind the drawn codes of each indicator: see :func:`uncertainty`.

        Examples
        --------
        >>> import alignindex as ai
        >>> from alignindex import robustness
        >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
        >>> robustness.uncertainty(result, draws=2, rng=1).shared["crimea"]
        'actor'
        """
        return {name: owners.kind for name, owners in self._sampler.owners.items()}

    def sample(self, rows: Sequence[Key] | None = None) -> Floats:
        """Return the scores of some rows (all unless given) in every draw, (draws, rows).

        Examples
        --------
        >>> import alignindex as ai
        >>> from alignindex import robustness
        >>> result = ai.score(ai.load_panel("post_soviet").loc[["ARM"]], "erkomaishvili2019")
        >>> sure = robustness.uncertainty(result, draws=100, rng=1)
        >>> sure.sample([("ARM", "RUS", 2013)]).shape
        (100, 1)
        """
        index = self.scores.index
        place = np.arange(len(index)) if rows is None else _rows_of(index, rows)
        return self._sampler.scores(place, self._inputs).T

    def above(self, pairs: Sequence[tuple[Key, Key]]) -> pd.DataFrame:
        """Return P(i above j) for pairs of dyad-years, or of dyads in every year they share.

        Parameters
        ----------
        pairs : sequence of (key, key)
            A key is (state, partner, year), or (state, partner) for all years.

        Returns
        -------
        DataFrame
            Columns ``i``, ``j`` (state–partner), ``year_i``, ``year_j``, ``above``, ``tied``
            (exact ties), ``known`` (share of the draws that give both scores). Ties are not
            part of `above`.
        """
        index = self.scores.index
        lines: list[tuple[tuple[Any, ...], tuple[Any, ...]]] = []
        for pair in _pairs(pairs):
            one, other = pair
            if len(one) == 3 or len(other) == 3:
                if len(one) != len(other):
                    raise PanelError(
                        f"a pair takes two dyads or two dyad-years; got {one!r} and {other!r}"
                    )
                lines.append((one, other))
                continue
            years = [
                index[select_rows(index, states=state, partners=partner)].get_level_values("year")
                for state, partner in (one, other)
            ]
            lines += [((*one, year), (*other, year)) for year in years[0] if year in years[1]]
        place = [_rows_of(index, [line[side] for line in lines]) for side in (0, 1)]
        table = []
        unit = 2.0 * self._sampler.unit
        for (one, other), i, j in zip(lines, *place, strict=True):
            gap = np.subtract(*self._sampler.scores(np.array([i, j]), self._inputs))
            known = int(np.count_nonzero(~np.isnan(gap)))
            of = known or np.nan
            counts = ((gap > unit).sum() / of, (np.abs(gap) <= unit).sum() / of, known / len(gap))
            table.append(
                (f"{one[0]}–{one[1]}", f"{other[0]}–{other[1]}", one[2], other[2], *counts)
            )
        columns = ["i", "j", "year_i", "year_j", "above", "tied", "known"]
        return pd.DataFrame(table, columns=columns)

    def difference(
        self, first: int, second: int, *, quantiles: Sequence[float] = QUANTILES
    ) -> pd.DataFrame:
        """Change of every dyad's score between two years, `second` minus `first`, over the draws.

        One draw's weights, choices and errors hold in both years, so the quantiles are those of
        the change, not of two independent scores.

        Parameters
        ----------
        first, second : int
        quantiles : sequence of float

        Returns
        -------
        DataFrame
            Index (state, partner) of the dyads with both years; ``nominal``, ``mean``, one column
            per quantile, ``rises`` and ``falls`` (shares of the known draws, exact ties in neither)
            and ``known``.

        Notes
        -----
        The indicators that apply may differ between the years: compare on a fixed set of
        indicators (score a spec without the others) where that matters.
        """
        index = self.scores.index
        years = index.get_level_values("year")
        ends = []
        for year, name in ((first, "first"), (second, "second")):
            check_count(year, name, 1)
            check_years(year, known=years.unique(), name=name)
            rows = np.flatnonzero(years == year)
            ends.append((rows, index[rows].droplevel("year")))  # type: ignore[arg-type]
        both = ends[0][1].intersection(ends[1][1]).sort_values()
        probabilities = check_quantiles(quantiles)
        nominal = self.scores["nominal"].to_numpy()
        old, new = (rows[dyads.get_indexer(both)] for rows, dyads in ends)
        table = np.empty((len(both), 5 + len(probabilities)))
        unit = 2.0 * self._sampler.unit
        for part in kernels.spans(len(both), max(1, (1 << 22) // self._inputs.draws)):
            gap = self._sampler.scores(new[part], self._inputs)
            gap -= self._sampler.scores(old[part], self._inputs)
            known = np.count_nonzero(~np.isnan(gap), axis=1)
            of = np.where(known > 0, known, np.nan)
            table[part, 0] = nominal[new[part]] - nominal[old[part]]
            table[part, 1] = np.nansum(gap, axis=1) / of
            table[part, -3] = (gap > unit).sum(axis=1) / of
            table[part, -2] = (gap < -unit).sum(axis=1) / of
            table[part, -1] = known / gap.shape[1]
            table[part, 2:-3] = ranks.quantile_rows(gap, probabilities)
        names = ["nominal", "mean", *quantile_names(probabilities), "rises", "falls", "known"]
        return pd.DataFrame(table, index=both, columns=names)


def _pairs(pairs: Any) -> list[tuple[Any, Any]]:
    found = list(pairs) if isinstance(pairs, Iterable) and not isinstance(pairs, str) else [pairs]
    for pair in found:
        if not (
            isinstance(pair, tuple | list)
            and len(pair) == 2
            and all(isinstance(key, tuple) and len(key) in (2, 3) for key in pair)
        ):
            raise PanelError(
                "pairs are a list of two keys each, such as [(('ARM', 'RUS'), ('KAZ', 'RUS'))], "
                f"with (state, partner) or (state, partner, year); got {pair!r}"
            )
    return found


def _rows_of(index: pd.Index[Any], keys: Any) -> NDArray[np.intp]:
    """Return the positions of dyad-years."""
    found = list(keys) if isinstance(keys, Iterable) and not isinstance(keys, str) else [keys]
    odd = [key for key in found if not (isinstance(key, tuple) and len(key) == 3)]
    if odd:
        raise PanelError(
            "rows are a list of keys (state, partner, year), such as [('ARM', 'RUS', 2013)]; got "
            f"{odd[0]!r}"
        )
    wanted = pd.MultiIndex.from_tuples(found, names=index.names) if found else index[:0]
    place = index.get_indexer(wanted)
    if (place < 0).any():
        absent = [found[int(i)] for i in np.flatnonzero(place < 0)]
        raise PanelError(
            f"no such dyad-year in the result: {first_three(absent)}; a key is "
            "(state, partner, year)"
        )
    return np.asarray(place)
