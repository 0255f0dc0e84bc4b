"""What a sensitivity analysis can be of: scores, ranks, rank changes, Kendall's distance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.errors import AlignIndexError, closest
from alignindex.base.typing import Floats
from alignindex.kernels.robustness import ranks
from alignindex.kernels.robustness.ranks import Ties
from alignindex.robustness.draws.sampler import Inputs, Sampler
from alignindex.robustness.keys import group_numbers

__all__ = ["OUTPUTS", "Output", "Target"]

Rows = NDArray[np.intp]
Output: TypeAlias = Literal["score", "rank", "rank_change", "kendall"]
OUTPUTS = ("score", "rank", "rank_change", "kendall")


class Target:
    """Outputs of a model run: one a dyad-year, or one a group of dyad-years.

    ``score`` and ``rank`` are of each dyad-year; ``rank_change`` (mean absolute change of rank)
    and ``kendall`` (distance to the nominal order, 0 to 1) of each group. Both compare the
    dyad-years that have a score nominally and in the draw: where others lose their score, those
    that remain have not passed anybody.
    """

    def __init__(
        self,
        sampler: Sampler,
        nominal: Floats,
        output: Output,
        within: Sequence[str],
        ties: Ties = "min",
    ) -> None:
        if output not in OUTPUTS:
            raise AlignIndexError(
                f"output must be one of {', '.join(OUTPUTS)}; got {output!r}"
                f"{closest(str(output), OUTPUTS)}"
            )
        self.sampler, self.nominal, self.output, self.ties = sampler, nominal, output, ties
        group, names = group_numbers(sampler.index, within)
        self.order = np.argsort(group, kind="stable")
        self.bounds = np.searchsorted(group[self.order], np.arange(len(names) + 1))
        self.by_row = output in ("score", "rank")
        self.labels: pd.Index[Any] = sampler.index if self.by_row else names

    def parts(self, rows_at_once: int) -> Iterator[tuple[Rows, slice]]:
        """Whole groups of rows at once: positions of the outputs, and the groups."""
        n_groups = len(self.bounds) - 1
        first = 0
        for g in range(n_groups):
            last = g + 1
            if last == n_groups or self.bounds[last + 1] - self.bounds[first] > rows_at_once:
                rows = self.order[self.bounds[first] : self.bounds[last]]
                yield (rows if self.by_row else np.arange(first, last)), slice(first, last)
                first = last

    def values(self, groups: slice, inputs: Inputs) -> Floats:
        """Compute the outputs of some groups in every draw, (draws, outputs)."""
        start = self.bounds[groups.start]
        rows = self.order[start : self.bounds[groups.stop]]
        scores = self.sampler.scores(rows, inputs)
        if self.output == "score":
            return scores.T
        out = np.empty((scores.shape[1], len(rows) if self.by_row else groups.stop - groups.start))
        for g in range(groups.start, groups.stop):
            mine = slice(self.bounds[g] - start, self.bounds[g + 1] - start)
            nominal = self.nominal[rows[mine]]
            if self.output == "kendall":
                out[:, g - groups.start] = ranks.kendall_distance(
                    nominal, scores[mine], self.sampler.unit
                )
                continue
            if self.output == "rank":
                out[:, mine] = self._ranks(scores[mine]).T
                continue
            change = np.abs(self._shift(nominal, scores[mine]))
            known = np.count_nonzero(~np.isnan(change), axis=0)
            out[:, g - groups.start] = np.nansum(change, axis=0) / np.where(known, known, np.nan)
        return out

    def shifts(self, groups: slice, inputs: Inputs) -> Floats:
        """Change of rank of each dyad-year in every draw, (draws, rows); NaN where unknown."""
        start = self.bounds[groups.start]
        rows = self.order[start : self.bounds[groups.stop]]
        scores = self.sampler.scores(rows, inputs)
        out = np.empty(scores.T.shape)
        for g in range(groups.start, groups.stop):
            mine = slice(self.bounds[g] - start, self.bounds[g + 1] - start)
            out[:, mine] = self._shift(self.nominal[rows[mine]], scores[mine]).T
        return out

    def _shift(self, nominal: Floats, scores: Floats) -> Floats:
        """Rank less nominal rank, both among what has a score in both."""
        before = np.broadcast_to(nominal[:, None], scores.shape)
        both = ~np.isnan(scores) & ~np.isnan(before)
        now, then = (np.where(both, values, np.nan) for values in (scores, before))
        shift: Floats = self._ranks(now) - self._ranks(then)
        return shift

    def _ranks(self, scores: Floats) -> Floats:
        doubled = ranks.rank_draws(
            scores, ties=self.ties, origin=self.sampler.low, unit=self.sampler.unit
        )
        return np.where(doubled > 0, doubled / 2.0, np.nan)
