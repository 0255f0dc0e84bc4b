"""What a sensitivity analysis can be of: scores, ranks, rank changes, Kendall's distance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.arguments import check_choice
from alignindex.base.typing import Floats
from alignindex.kernels.robustness import ranks
from alignindex.kernels.robustness.ranks import TIES, Ties
from alignindex.robustness.draws.sampler import Inputs, Sampler
from alignindex.robustness.draws.summaries import group_numbers

__all__ = ["Kind", "Output", "effects_frame"]

Rows = NDArray[np.intp]
Kind: TypeAlias = Literal["score", "rank", "rank_change", "kendall"]


class Output:
    """Outputs of a model run: one per dyad-year, or one per group of dyad-years.

    ``score`` and ``rank`` are of each dyad-year; ``rank_change`` (mean absolute change of rank)
    and ``kendall`` (distance to the nominal order, 0 to 1) of each group. Both compare the
    dyad-years that have a score nominally and in the draw: where others lose their score, those
    that remain have not passed anybody.
    """

    def __init__(
        self, sampler: Sampler, kind: Kind, within: Sequence[str], ties: Ties = "min"
    ) -> None:
        check_choice(kind, "output", get_args(Kind))
        check_choice(ties, "ties", TIES)
        self.sampler, self.kind, self.ties = sampler, kind, ties
        group, names = group_numbers(sampler.index, within)
        self.order = np.argsort(group, kind="stable")
        self.bounds = np.searchsorted(group[self.order], np.arange(len(names) + 1))
        self.by_row = kind in ("score", "rank")
        self.labels: pd.Index[Any] = sampler.index if self.by_row else names

    def parts(self, rows_at_once: int) -> Iterator[tuple[Rows, slice]]:
        """Whole groups of rows at once: positions of the outputs, and the groups."""
        n_groups = len(self.bounds) - 1
        first = 0
        for last in range(1, n_groups + 1):
            if last == n_groups or self.bounds[last + 1] - self.bounds[first] > rows_at_once:
                rows = self.order[self.bounds[first] : self.bounds[last]]
                yield (rows if self.by_row else np.arange(first, last)), slice(first, last)
                first = last

    def _groups(self, groups: slice, inputs: Inputs) -> Iterator[tuple[slice, Floats, Floats]]:
        """Place of each group among the rows of `groups`, its nominal scores, its scores."""
        start = self.bounds[groups.start]
        rows = self.order[start : self.bounds[groups.stop]]
        scores = self.sampler.scores(rows, inputs)
        for g in range(groups.start, groups.stop):
            mine = slice(self.bounds[g] - start, self.bounds[g + 1] - start)
            yield mine, self.sampler.nominal[rows[mine]], scores[mine]

    def values(self, groups: slice, inputs: Inputs) -> Floats:
        """Compute the outputs of some groups in every draw, (draws, outputs)."""
        out = []
        for _, nominal, scores in self._groups(groups, inputs):
            if self.kind == "score":
                out.append(scores)
            elif self.kind == "rank":
                out.append(self._ranks(scores))
            elif self.kind == "kendall":
                out.append(ranks.kendall_distance(nominal, scores, self.sampler.unit)[None])
            else:
                change = np.abs(self._shift(nominal, scores))
                known = np.count_nonzero(~np.isnan(change), axis=0)
                out.append((np.nansum(change, axis=0) / np.where(known, known, np.nan))[None])
        table = np.concatenate(out).T
        # The layout decides the order in which means are summed, and so their last bits.
        return table if self.kind == "score" else np.ascontiguousarray(table)

    def shifts(self, groups: slice, inputs: Inputs) -> Floats:
        """Change of rank of each dyad-year in every draw, (draws, rows); NaN where unknown."""
        found = [self._shift(*group[1:]) for group in self._groups(groups, inputs)]
        return np.concatenate(found).T

    def _shift(self, nominal: Floats, scores: Floats) -> Floats:
        """Rank less nominal rank, both among the rows that have a score in both."""
        before = np.broadcast_to(nominal[:, None], scores.shape)
        both = ~np.isnan(scores) & ~np.isnan(before)
        now, then = (np.where(both, values, np.nan) for values in (scores, before))
        shift: Floats = self._ranks(now) - self._ranks(then)
        return shift

    def _ranks(self, scores: Floats) -> Floats:
        origin, unit = self.sampler.low, self.sampler.unit
        doubled = ranks.rank_draws(scores, ties=self.ties, origin=origin, unit=unit)
        return np.where(doubled > 0, doubled / 2.0, np.nan)


def effects_frame(
    labels: pd.Index[Any], level: str, names: Sequence[str], effects: dict[str, Floats]
) -> pd.DataFrame:
    """Tidy effects, (names, labels) each: one row per output and name."""
    repeated = labels.repeat(len(names))
    arrays = [repeated.get_level_values(i) for i in range(repeated.nlevels)]
    tiled = np.tile(np.asarray(names, dtype=object), len(labels))
    index = pd.MultiIndex.from_arrays([*arrays, tiled], names=[*repeated.names, level])
    return pd.DataFrame({name: values.T.ravel() for name, values in effects.items()}, index=index)
