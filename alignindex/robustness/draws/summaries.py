"""Summaries of scores and ranks over the draws, group by group, within a memory budget."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alignindex.base.typing import Bools, Floats, Ints
from alignindex.kernels.robustness import draws as kernels
from alignindex.kernels.robustness import ranks
from alignindex.kernels.robustness.ranks import Ties
from alignindex.robustness.draws.sampler import Inputs, Sampler

__all__ = ["Summaries"]

Rows = NDArray[np.intp]

# Bytes that one score takes at once: itself, a sorted copy, its rank and temporaries.
PER_SCORE = 32
PER_SORTED = 48  # of a score in a block that is being ranked
WORKERS = 2
SUMMARY = 1 << 19  # scores summed up at once
AT_ONCE = 512  # draws of a large group that a thread takes
ALONE = 256  # profiles from which a group that stands alone is cut into blocks for the threads


class Order(NamedTuple):
    """How the ranks of some draws stand to the nominal ones, among what has a score in both.

    `kept` draws have all ranks as they are nominally, of `draws` in which something can be
    compared; `change` is the sum of the absolute changes of rank, over `compared` of them.
    """

    kept: int
    change: float
    compared: int
    draws: int

    def plus(self, other: Order) -> Order:
        """Add the counts of other draws."""
        return Order(
            self.kept + other.kept,
            self.change + other.change,
            self.compared + other.compared,
            self.draws + other.draws,
        )


NO_ORDER = Order(0, 0.0, 0, 0)


class Summaries:
    """Fills the tables of an uncertainty analysis.

    Groups are taken together while their distinct profiles fit the budget. A larger group is
    ranked by blocks of draws, and the ranks of as many profiles are kept as fit; the others wait
    for another pass. Scores do not depend on blocks, so neither does any figure.
    """

    def __init__(
        self,
        sampler: Sampler,
        inputs: Inputs,
        nominal: Floats,
        *,
        probabilities: Floats,
        top: Floats,
        thresholds: Floats,
        ties: Ties,
        budget: int,
    ) -> None:
        self.sampler, self.inputs, self.nominal = sampler, inputs, nominal
        self.probabilities, self.top, self.thresholds = probabilities, top, thresholds
        self.ties, self.budget = ties, budget
        n, p = len(nominal), len(probabilities)
        self.scores = np.empty((n, 4 + p + len(thresholds)))
        self.ranks = np.empty((n, 1 + p + len(top)))
        self.groups = np.empty((0, 3))

    def fill(self, group: Ints, n_groups: int, kept: Floats | None) -> None:
        """Fill `scores`, `ranks` and `groups`; and `kept`, (draws, rows), if it is given."""
        self.groups = np.empty((n_groups, 3))
        profile = self.sampler.profiles(self.inputs)
        order = np.argsort(group, kind="stable")
        bounds = np.searchsorted(group[order], np.arange(n_groups + 1))
        fits = max(1, self.budget // 2 // WORKERS // (PER_SCORE * self.inputs.draws))
        large: list[tuple[int, Rows, Rows, Rows]] = []

        def batch(ends: tuple[int, int]) -> None:
            first, last = ends
            rows = order[bounds[first] : bounds[last]]
            number, entry = _distinct(profile[rows])
            shown = rows[number]
            if last == first + 1 and len(shown) > min(fits, ALONE):
                large.append((first, rows, shown, entry))
                return
            scores = self.sampler.scores(shown, self.inputs)
            if kept is not None:
                kept[:, rows] = scores[entry].T
            for g in range(first, last):
                part = slice(bounds[g] - bounds[first], bounds[g + 1] - bounds[first])
                self._rank_small(g, rows[part], entry[part], scores)
            self.scores[rows] = self._summary(scores, self.nominal[shown])[entry]

        # Batches share no row and no group, so threads cannot change a figure.
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(batch, self._batches(order, bounds, profile, fits)))
            for g, rows, shown, entry in large:
                held = self._rank_large(g, rows, shown, entry, pool)
                self._score_large(rows, shown, entry, fits, kept, held, pool)

    def _batches(
        self, order: Rows, bounds: Rows, profile: Ints, fits: int
    ) -> Iterator[tuple[int, int]]:
        """Cut the groups into runs whose distinct profiles fit."""
        first, held = 0, 0
        for g in range(len(bounds) - 1):
            size = bounds[g + 1] - bounds[g]
            if size > fits:
                size = len(np.unique(profile[order[bounds[g] : bounds[g + 1]]]))
            if g > first and held + size > fits:
                yield first, g
                first, held = g, 0
            held += size
        if len(bounds) > 1:
            yield first, len(bounds) - 1

    # --- scores ----------------------------------------------------------------------------------

    def _summary(self, scores: Floats, nominal: Floats) -> Floats:
        """Nominal, mean, sd, quantiles, known, P(above) of each row; sorts `scores` in place."""
        n, p = len(scores), len(self.probabilities)
        out = np.empty((n, 4 + p + len(self.thresholds)))
        out[:, 0] = nominal
        margin = 2.0 * self.sampler.unit
        for rows in kernels.spans(n, max(1, SUMMARY // scores.shape[1])):
            part = scores[rows]
            unknown = np.isnan(part)
            known = part.shape[1] - np.count_nonzero(unknown, axis=1)
            of = np.where(known > 0, known, np.nan)
            filled = np.where(unknown, 0.0, part) if unknown.any() else part
            mean = filled.sum(axis=1) / of
            centred = part - mean[:, None]
            np.copyto(centred, 0.0, where=unknown)
            out[rows, 1] = mean
            out[rows, 2] = np.sqrt((centred * centred).sum(axis=1) / of)
            out[rows, 3 + p] = known / part.shape[1]
            for j, threshold in enumerate(self.thresholds):
                out[rows, 4 + p + j] = (part > threshold + margin).sum(axis=1) / of
            out[rows, 3 : 3 + p] = ranks.quantile_rows(part, self.probabilities)
        return out

    def _score_large(
        self,
        rows: Rows,
        shown: Rows,
        entry: Rows,
        fits: int,
        kept: Floats | None,
        held: Floats | None,
        pool: ThreadPoolExecutor,
    ) -> None:
        table = np.empty((len(shown), self.scores.shape[1]))

        def one(part: slice) -> None:
            scores = self.sampler.scores(shown[part], self.inputs) if held is None else held[part]
            if kept is not None:
                mine = np.flatnonzero((entry >= part.start) & (entry < part.stop))
                kept[:, rows[mine]] = scores[entry[mine] - part.start].T
            table[part] = self._summary(scores, self.nominal[shown[part]])

        list(pool.map(one, kernels.spans(len(shown), min(fits, -(-len(shown) // WORKERS)))))
        self.scores[rows] = table[entry]

    # --- ranks -----------------------------------------------------------------------------------

    def _doubled(
        self, scores: Floats, count: Ints, out: NDArray[np.integer] | None = None
    ) -> NDArray[np.integer]:
        if out is None:
            kind = np.uint16 if 2 * int(count.sum()) < 1 << 16 else np.uint32
            out = np.empty(scores.shape, dtype=kind)
        return ranks.rank_draws(
            scores,
            count,
            ties=self.ties,
            origin=self.sampler.low,
            unit=self.sampler.unit,
            out=out,
        )

    def _rank_table(self, doubled: NDArray[np.integer], nominal: NDArray[np.integer]) -> Floats:
        """Nominal rank, rank quantiles, P(rank <= k); sorts `doubled` in place."""
        out = np.empty((len(doubled), self.ranks.shape[1]))
        out[:, 0] = np.where(nominal > 0, nominal / 2.0, np.nan)
        p = len(self.probabilities)
        out[:, 1 : 1 + p] = ranks.rank_quantiles(doubled, self.probabilities)
        upto = ranks.count_upto(doubled, np.array([0, *(2 * k for k in self.top)], dtype=np.int64))
        known = doubled.shape[1] - upto[:, :1]
        out[:, 1 + p :] = (upto[:, 1:] - upto[:, :1]) / np.where(known > 0, known, np.nan)
        return out

    def _order(
        self,
        scores: Floats,
        doubled: NDArray[np.integer],
        count: Ints,
        nominal: Floats,
    ) -> Order:
        """Hold the ranks of each draw against the nominal ones, among what has a score in both."""
        has = ~np.isnan(nominal)
        total = NO_ORDER
        if not has.any():
            return total
        for draws, seen in _patterns(doubled, has):
            if not seen.any():
                continue
            alone = self._doubled(nominal[seen][:, None], count[seen])
            every = seen.all()
            if every and draws.size == doubled.shape[1]:
                part = doubled
            elif every or not doubled[np.ix_(~seen, draws)].any():
                part = doubled[np.ix_(seen, draws)]
            else:  # rows that are unknown nominally have a rank here: rank the others alone
                part = self._doubled(scores[np.ix_(seen, draws)], count[seen])
            total = total.plus(_changes(part, alone, count[seen]))
        return total

    def _rank_small(self, g: int, rows: Rows, entry: Rows, scores: Floats) -> None:
        shown, place, count = np.unique(entry, return_inverse=True, return_counts=True)
        # A row of each entry, for its nominal score.
        nominal = np.empty(len(shown))
        nominal[place] = self.nominal[rows]
        mine = scores[shown]
        doubled = self._doubled(mine, count)
        self._close(g, rows, self._order(mine, doubled, count, nominal))
        own = self._doubled(nominal[:, None], count)[:, 0]
        self.ranks[rows] = self._rank_table(doubled, own)[place]

    def _rank_large(
        self, g: int, rows: Rows, shown: Rows, entry: Rows, pool: ThreadPoolExecutor
    ) -> Floats | None:
        """Rank one group by blocks of draws; return its scores if they fit the budget too."""
        count = np.bincount(entry, minlength=len(shown))
        nominal = self.nominal[shown]
        own = self._doubled(nominal[:, None], count)[:, 0]
        size = own.dtype.itemsize
        draws, p = self.inputs.draws, len(shown)
        table = np.empty((p, self.ranks.shape[1]))
        at_once = max(1, min(p, self.budget // (4 * size // 2) // draws))
        step = max(1, min(draws, AT_ONCE, self.budget // 4 // WORKERS // (PER_SORTED * p)))
        order = NO_ORDER
        alone = at_once == p  # one pass: ranks go straight where they stay
        whole = np.empty((p, draws)) if 8 * p * draws <= self.budget // 4 else None
        for number, part in enumerate(kernels.spans(p, at_once)):
            held = np.empty((part.stop - part.start, draws), dtype=own.dtype)

            def one(
                block: slice, part: slice = part, held: Any = held, first: bool = number == 0
            ) -> Order:
                scores = self.sampler.scores(shown, self.inputs, np.arange(block.start, block.stop))
                doubled = self._doubled(scores, count, held[:, block] if alone else None)
                if not alone:
                    held[:, block] = doubled[part]
                if first and whole is not None:
                    whole[:, block] = scores
                return self._order(scores, doubled, count, nominal) if first else NO_ORDER

            def close(rows: slice, part: slice = part, held: Any = held) -> None:
                there = slice(part.start + rows.start, part.start + rows.stop)
                table[there] = self._rank_table(held[rows], own[there])

            # Counts and sums of half ranks are whole numbers: no order of adding changes them.
            for more in pool.map(one, kernels.spans(draws, step)):
                order = order.plus(more)
            size_of_part = part.stop - part.start
            list(pool.map(close, kernels.spans(size_of_part, -(-size_of_part // WORKERS))))
        self._close(g, rows, order)
        self.ranks[rows] = table[entry]
        return whole

    def _close(self, g: int, rows: Rows, order: Order) -> None:
        known = int(np.count_nonzero(~np.isnan(self.nominal[rows])))
        self.groups[g] = (
            known,
            order.kept / order.draws if order.draws else np.nan,
            order.change / order.compared if order.compared else np.nan,
        )


def _patterns(doubled: NDArray[np.integer], has: Bools) -> list[tuple[Rows, Bools]]:
    """Draws that give a score to the same rows, and which rows of `has` these are."""
    draws = np.arange(doubled.shape[1])
    known = doubled if has.all() else doubled[has]
    if known.min() > 0:
        return [(draws, has)]
    seen = (doubled > 0) & has[:, None]
    packed = np.ascontiguousarray(np.packbits(seen, axis=0).T)
    whole = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, which = np.unique(whole, return_index=True, return_inverse=True)
    return [(np.flatnonzero(which == j), seen[:, f]) for j, f in enumerate(first)]


def _changes(doubled: NDArray[np.integer], alone: NDArray[np.integer], count: Ints) -> Order:
    """Compare ranks with the nominal ones, all known: whole numbers, so in any order of adding."""
    kept = change = 0
    for block in kernels.spans(doubled.shape[1], max(32, (1 << 16) // len(doubled))):
        step = np.subtract(doubled[:, block], alone, dtype=np.float64)
        np.abs(step, out=step)
        kept += step.shape[1] - int(np.count_nonzero(step.any(axis=0)))
        change += int(step.sum(axis=1) @ count)
    draws = doubled.shape[1]
    return Order(kept, change / 2.0, draws * int(count.sum()), draws)


def _distinct(profile: Ints) -> tuple[Rows, Rows]:
    """First row of each distinct profile, and the number of the profile of each row."""
    _, first, inverse = np.unique(profile, return_index=True, return_inverse=True)
    return first, inverse
