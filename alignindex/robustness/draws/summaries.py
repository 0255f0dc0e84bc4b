"""Summaries of scores and ranks over the draws, group by group, within a memory budget."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.arguments import check_numbers, shown
from alignindex.base.errors import AlignIndexError, closest
from alignindex.base.typing import Bools, Floats, Ints
from alignindex.kernels.robustness import draws as kernels
from alignindex.kernels.robustness import ranks
from alignindex.kernels.robustness.ranks import Ties
from alignindex.panel.index import KEYS
from alignindex.robustness.draws.sampler import Inputs, Sampler

__all__ = ["Summaries", "check_quantiles", "group_numbers", "quantile_names"]

Rows = NDArray[np.intp]
Halves = NDArray[np.integer]  # twice a rank, so that average ranks are integers too

# Bytes that one score takes at once: itself, a sorted copy, its rank and temporaries.
PER_SCORE = 32
PER_SORTED = 48  # of a score in a block that is being ranked
WORKERS = 2
SUMMARY = 1 << 19  # scores summarised at once
AT_ONCE = 512  # draws of a large group that a thread takes
ALONE = 256  # profiles from which a group that stands alone is cut into blocks for the threads


def quantile_names(probabilities: Iterable[float]) -> list[str]:
    """Name columns of quantiles, in per cent and in full.

    Examples
    --------
    >>> quantile_names([0.05, 0.5, 0.975, 0.0001])
    ['q05', 'q50', 'q97.5', 'q00.01']
    """
    names = []
    for p in probabilities:
        whole, _, part = f"{Decimal(repr(float(p))).scaleb(2).normalize():f}".partition(".")
        names.append(f"q{whole:0>2}{'.' if part else ''}{part}")
    return names


def check_quantiles(quantiles: Any) -> Floats:
    """Return different probabilities as an array."""
    example = "(0.05, 0.5, 0.95)"
    return np.array(
        check_numbers(quantiles, "quantiles", "numbers in [0, 1]", example, low=0, high=1)
    )


def group_numbers(index: pd.Index[Any], within: Any) -> tuple[Ints, pd.Index[Any]]:
    """Return the number of each row's group, in which ranks are taken, and names of the groups.

    Raises
    ------
    AlignIndexError
        If `within` names anything but state, partner and year, or one of them twice.
    """
    names = [within] if isinstance(within, str) else within
    if not isinstance(names, Iterable):
        raise AlignIndexError(f"within takes a list of {', '.join(KEYS)}; got {shown(within)}")
    names = list(names)
    wrong = [name for name in names if name not in KEYS or names.count(name) > 1]
    if wrong:
        raise AlignIndexError(
            f"within takes each of {', '.join(KEYS)} once at most; got {shown(within)}"
            f"{closest(str(wrong[0]), KEYS)}"
        )
    if not names:
        return np.zeros(len(index), dtype=np.int64), pd.Index(["all"], name="group")
    groups = index.to_frame(index=False)[names].groupby(names, sort=True, observed=True)
    return np.asarray(groups.ngroup(), dtype=np.int64), groups.size().index


class Summaries:
    """Tables of an uncertainty analysis; see :meth:`fill`.

    `counts` are four sums per group over draws: draws whose ranks are all nominal, absolute change
    of rank, ranks that were compared, and draws in which something could be compared.
    """

    def __init__(
        self,
        sampler: Sampler,
        inputs: Inputs,
        *,
        quantiles: Floats,
        top: Floats,
        thresholds: Floats,
        ties: Ties,
        budget: int,
        kept: Floats | None,
    ) -> None:
        self.sampler, self.inputs, self.kept = sampler, inputs, kept
        self.quantiles, self.top, self.thresholds = quantiles, top, thresholds
        self.ties, self.budget = ties, budget
        n, q = len(sampler.nominal), len(quantiles)
        self.scores = np.empty((n, 4 + q + len(thresholds)))
        self.ranks = np.empty((n, 1 + q + len(top)))
        self.fits = max(1, budget // 2 // WORKERS // (PER_SCORE * inputs.draws))

    def fill(self, group: Ints, n_groups: int) -> None:
        """Fill `scores` and `ranks`, one row per dyad-year, and `counts`, one per group.

        Groups are taken together while their distinct profiles fit. Scores do not depend on
        blocks, and batches share no row and no group, so neither blocks nor threads change a bit.
        """
        self.counts = np.zeros((n_groups, 4))
        profile = self.sampler.profiles(self.inputs)
        order = np.argsort(group, kind="stable")
        bounds = np.searchsorted(group[order], np.arange(n_groups + 1))
        large: list[tuple[int, Rows, Rows, Rows]] = []

        def batch(ends: tuple[int, int]) -> None:
            first, last = ends
            rows = order[bounds[first] : bounds[last]]
            _, number, entry = np.unique(profile[rows], return_index=True, return_inverse=True)
            picked = rows[number]
            if last == first + 1 and len(picked) > min(self.fits, ALONE):
                large.append((first, rows, picked, entry))
                return
            scores = self.sampler.scores(picked, self.inputs)
            if self.kept is not None:
                self.kept[:, rows] = scores[entry].T
            for g in range(first, last):
                part = slice(bounds[g] - bounds[first], bounds[g + 1] - bounds[first])
                self._rank_small(g, rows[part], entry[part], scores)
            self.scores[rows] = self._summary(scores, self.sampler.nominal[picked])[entry]

        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(batch, self._batches(order, bounds, profile)))
            for task in large:
                self._score_large(*task[1:], self._rank_large(*task, pool), pool)

    def _batches(self, order: Rows, bounds: Rows, profile: Ints) -> Iterator[tuple[int, int]]:
        """Cut the groups into runs whose distinct profiles fit."""
        first, held = 0, 0
        for g in range(len(bounds) - 1):
            size = bounds[g + 1] - bounds[g]
            if size > self.fits:
                size = len(np.unique(profile[order[bounds[g] : bounds[g + 1]]]))
            if g > first and held + size > self.fits:
                yield first, g
                first, held = g, 0
            held += size
        if len(bounds) > 1:
            yield first, len(bounds) - 1

    # --- scores ----------------------------------------------------------------------------------

    def _summary(self, scores: Floats, nominal: Floats) -> Floats:
        """Nominal, mean, sd, quantiles, known, P(above) of each row; sorts `scores` in place."""
        out = np.empty((len(scores), self.scores.shape[1]))
        out[:, 0] = nominal
        known_at = 3 + len(self.quantiles)
        margin = 2.0 * self.sampler.unit
        for rows in kernels.spans(len(scores), max(1, SUMMARY // scores.shape[1])):
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
            out[rows, known_at] = known / part.shape[1]
            for j, threshold in enumerate(self.thresholds, start=known_at + 1):
                out[rows, j] = (part > threshold + margin).sum(axis=1) / of
            out[rows, 3:known_at] = ranks.quantile_rows(part, self.quantiles)
        return out

    def _score_large(
        self,
        rows: Rows,
        picked: Rows,
        entry: Rows,
        held: Floats | None,
        pool: ThreadPoolExecutor,
    ) -> None:
        table = np.empty((len(picked), self.scores.shape[1]))

        def summarise(part: slice) -> None:
            scores = (
                held[part] if held is not None else self.sampler.scores(picked[part], self.inputs)
            )
            if self.kept is not None:
                mine = np.flatnonzero((entry >= part.start) & (entry < part.stop))
                self.kept[:, rows[mine]] = scores[entry[mine] - part.start].T
            table[part] = self._summary(scores, self.sampler.nominal[picked[part]])

        size = min(self.fits, -(-len(picked) // WORKERS))
        list(pool.map(summarise, kernels.spans(len(picked), size)))
        self.scores[rows] = table[entry]

    # --- ranks -----------------------------------------------------------------------------------

    def _doubled(self, scores: Floats, count: Ints, out: Halves | None = None) -> Halves:
        if out is None:
            kind = np.uint16 if 2 * int(count.sum()) < 1 << 16 else np.uint32
            out = np.empty(scores.shape, dtype=kind)
        origin, unit = self.sampler.low, self.sampler.unit
        return ranks.rank_draws(scores, count, ties=self.ties, origin=origin, unit=unit, out=out)

    def _rank_table(self, doubled: Halves, nominal: Halves) -> Floats:
        """Nominal rank, rank quantiles, P(rank <= k); sorts `doubled` in place."""
        out = np.empty((len(doubled), self.ranks.shape[1]))
        out[:, 0] = np.where(nominal > 0, nominal / 2.0, np.nan)
        q = 1 + len(self.quantiles)
        out[:, 1:q] = ranks.rank_quantiles(doubled, self.quantiles)
        upto = ranks.count_upto(doubled, np.array([0, *(2 * k for k in self.top)], dtype=np.int64))
        known = doubled.shape[1] - upto[:, :1]
        out[:, q:] = (upto[:, 1:] - upto[:, :1]) / np.where(known > 0, known, np.nan)
        return out

    def _order(self, scores: Floats, doubled: Halves, count: Ints, nominal: Floats) -> Floats:
        """Compare the ranks of each draw with the nominal ones: the four sums of `counts`.

        Only rows with a score in both are compared: where others lose their score, those that
        remain have not passed anybody.
        """
        has = ~np.isnan(nominal)
        total = np.zeros(4)
        for draws, seen in _patterns(doubled, has) if has.any() else ():
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
            total += _changes(part, alone, count[seen])
        return total

    def _rank_small(self, g: int, rows: Rows, entry: Rows, scores: Floats) -> None:
        number, first, place = np.unique(entry, return_index=True, return_inverse=True)
        count, nominal = np.bincount(place), self.sampler.nominal[rows[first]]
        mine = scores[number]
        doubled = self._doubled(mine, count)
        self.counts[g] = self._order(mine, doubled, count, nominal)
        own = self._doubled(nominal[:, None], count)[:, 0]
        self.ranks[rows] = self._rank_table(doubled, own)[place]

    def _rank_large(
        self, g: int, rows: Rows, picked: Rows, entry: Rows, pool: ThreadPoolExecutor
    ) -> Floats | None:
        """Rank one group by blocks of draws, for as many of its profiles at once as fit.

        Return its scores if they fit the budget too, so that they need not be computed again.
        """
        count, nominal = np.bincount(entry), self.sampler.nominal[picked]
        own = self._doubled(nominal[:, None], count)[:, 0]
        draws, p = self.inputs.draws, len(picked)
        table = np.empty((p, self.ranks.shape[1]))
        at_once = max(1, min(p, self.budget // (2 * own.dtype.itemsize) // draws))
        step = max(1, min(draws, AT_ONCE, self.budget // 4 // WORKERS // (PER_SORTED * p)))
        whole = np.empty((p, draws)) if 8 * p * draws <= self.budget // 4 else None
        for part in kernels.spans(p, at_once):
            held = np.empty((part.stop - part.start, draws), dtype=own.dtype)

            def rank(block: slice, part: slice = part, held: Halves = held) -> Floats:
                scores = self.sampler.scores(
                    picked, self.inputs, np.arange(block.start, block.stop)
                )
                doubled = self._doubled(scores, count)
                held[:, block] = doubled[part]
                if whole is not None:
                    whole[:, block] = scores
                return (
                    self._order(scores, doubled, count, nominal) if part.start == 0 else np.zeros(4)
                )

            def close(some: slice, part: slice = part, held: Halves = held) -> None:
                there = slice(part.start + some.start, part.start + some.stop)
                table[there] = self._rank_table(held[some], own[there])

            # Counts and sums of half ranks are whole numbers: no order of adding changes them.
            self.counts[g] += sum(pool.map(rank, kernels.spans(draws, step)))
            list(pool.map(close, kernels.spans(len(held), -(-len(held) // WORKERS))))
        self.ranks[rows] = table[entry]
        return whole

    # --- tables ----------------------------------------------------------------------------------

    def frames(self, group: Ints, labels: pd.Index[Any]) -> dict[str, pd.DataFrame]:
        """Return the tables `scores`, `ranks` and `groups`."""
        known = np.bincount(group[~np.isnan(self.sampler.nominal)], minlength=len(labels))
        kept, change, compared, draws = self.counts.T
        with np.errstate(invalid="ignore"):  # nothing to compare: 0/0 is NaN
            groups = np.stack([known, kept / draws, change / compared], axis=1)
        names = quantile_names(self.quantiles)
        over = [f"above_{repr(float(x)).removesuffix('.0')}" for x in self.thresholds]
        columns = {
            "scores": ["nominal", "mean", "sd", *names, "known", *over],
            "ranks": ["nominal", *names, *(f"top_{k:.0f}" for k in self.top)],
            "groups": ["n", "order_kept", "mean_rank_change"],
        }
        index = self.sampler.index
        tables = {"scores": (self.scores, index), "ranks": (self.ranks, index)}
        return {
            name: pd.DataFrame(table, index=rows, columns=columns[name], copy=False)
            for name, (table, rows) in (tables | {"groups": (groups, labels)}).items()
        }


def _patterns(doubled: Halves, has: Bools) -> list[tuple[Rows, Bools]]:
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


def _changes(doubled: Halves, alone: Halves, count: Ints) -> Floats:
    """Return the four sums of `counts` for ranks that are all known."""
    draws = doubled.shape[1]
    kept = change = 0
    for block in kernels.spans(draws, max(32, (1 << 16) // len(doubled))):
        step = np.abs(np.subtract(doubled[:, block], alone, dtype=np.float64))
        kept += step.shape[1] - int(np.count_nonzero(step.any(axis=0)))
        change += int(step.sum(axis=1) @ count)
    return np.array([kept, change / 2.0, draws * int(count.sum()), draws])
