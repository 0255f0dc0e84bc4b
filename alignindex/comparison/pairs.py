"""Two indices on the dyad-years that both score: places, differences, and what makes them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from alignindex.base.typing import Bools, Floats, Ints
from alignindex.kernels import comparison as concordance
from alignindex.kernels.scoring import tree
from alignindex.kernels.scoring.aggregate import NOISE
from alignindex.scoring.result import AlignmentResult
from alignindex.spec import IndexSpec

__all__ = ["COMPOSITION", "Pair", "compares", "scale_of"]

COMPOSITION = "composition"
MIN_CLUSTERS = 10  # with fewer, intervals of redrawn clusters hold the truth too rarely


def scale_of(spec: IndexSpec) -> str:
    """Return the kind of scale of a spec: interval, ordinal, or bipolar with its poles.

    Examples
    --------
    >>> from alignindex.spec import load_spec
    >>> scale_of(load_spec("erkomaishvili2019"))
    'interval'
    """
    if spec.poles is not None:
        return f"bipolar {spec.poles[0]}–{spec.poles[1]}"
    nodes = [spec.aggregation, *(node.aggregation for node in spec.nodes)]
    return "ordinal" if "stages" in nodes else "interval"


def compares(first: IndexSpec, second: IndexSpec) -> str:
    """Return what can be compared between two specs: ``scores``, or only their ``order``.

    Stages have an order and no distances; a score between two poles is another quantity than an
    alignment with one of them.
    """
    kinds = {scale_of(first), scale_of(second)}
    return "scores" if len(kinds) == 1 and kinds != {"ordinal"} else "order"


@dataclass(frozen=True, eq=False)
class Pair:
    """Two results, and the dyad-years that both score.

    Attributes
    ----------
    first, second : AlignmentResult
    index : MultiIndex
        The shared dyad-years.
    scores : ndarray, shape (n, 2)
        On the common scale.
    group, cluster : ndarray of int, shape (n,)
        Numbers from 0.
    """

    first: AlignmentResult
    second: AlignmentResult
    index: pd.MultiIndex
    scores: Floats
    group: Ints
    cluster: Ints

    @cached_property
    def levels(self) -> tuple[Ints, Ints]:
        """Places of the scores among the distinct ones of their group."""
        first, second = (concordance.tie_levels(s, self.group) for s in self.scores.T)
        return first, second

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per shared dyad-year; see `Comparison.pair`."""
        out: dict[str, Any] = {"first_score": self.scores[:, 0], "second_score": self.scores[:, 1]}
        for name, level in zip(("first", "second"), self.levels, strict=True):
            rank, percentile, size = concordance.places(level, self.group)
            out |= {f"{name}_rank": rank, "of": size, f"{name}_percentile": percentile}
        difference = self.scores[:, 0] - self.scores[:, 1]
        typical = concordance.group_mean(difference, self.group)
        if compares(self.first.spec, self.second.spec) == "order":
            difference, typical = np.full((2, len(self.index)), np.nan)
        out |= {"difference": difference, "typical": typical, "excess": difference - typical}
        out["shift"] = out["first_percentile"] - out["second_percentile"]
        columns = [
            *("first_score", "second_score", "first_rank", "second_rank", "of"),
            *("first_percentile", "second_percentile", "shift"),
            *("difference", "typical", "excess"),
        ]
        return pd.DataFrame(out, index=self.index)[columns]

    @cached_property
    def attribution(self) -> pd.DataFrame:
        """What each item adds to the excess; see `Comparison.attribution`."""
        sides = [self._beyond(self.first), self._beyond(self.second)]
        columns = {}
        for label, members in items(self.first.spec, self.second.spec).items():
            total = np.zeros(len(self.index))
            for sign, side, places in zip((1.0, -1.0), sides, members, strict=True):
                for place in places:
                    total += sign * side[:, place]
            columns[label] = total
        excess = self.table["excess"].to_numpy()
        columns[COMPOSITION] = excess - sum(columns.values(), np.zeros(len(self.index)))
        return pd.DataFrame(columns, index=self.index).rename_axis(columns="item")

    def _beyond(self, result: AlignmentResult) -> Floats:
        """Return what each indicator adds to the score beyond what is typical of the group."""
        rows = result.scores.index.get_indexer(self.index)
        parts = result.contributions.to_numpy()[rows]
        applies = result.applies.to_numpy()[rows]
        unit = _units(result.spec, parts, applies)
        lo, hi = result.spec.range
        return concordance.beyond_typical(parts / (hi - lo), unit / (hi - lo), self.group)

    def correlations(self, *, level: float, draws: int, seed: int) -> dict[str, float]:
        """Rank correlations within groups, with intervals; see `Comparison.correlations`."""
        clusters = int(self.cluster.max()) + 1 if len(self.cluster) else 0
        enough = clusters >= MIN_CLUSTERS
        counts = np.ones((max(clusters, 1), 1 + draws * enough))
        if enough:
            # Afresh for every pair, so that its interval does not depend on what else is compared.
            generator = np.random.default_rng(seed)
            drawn = generator.multinomial(clusters, np.full(clusters, 1 / clusters), draws)
            counts[:, 1:] = drawn.T
        spearman, kendall = concordance.correlations(*self.levels, self.group, self.cluster, counts)
        size = np.bincount(self.group) if len(self.group) else np.empty(0)
        out: dict[str, float] = {
            "n": len(self.index),
            "groups": int((size > 1).sum()),
            "clusters": clusters,
        }
        for name, values in (("spearman", spearman), ("kendall", kendall)):
            lower, upper = _interval(values[0], values[1:], level)
            out |= {name: values[0], f"{name}_lower": lower, f"{name}_upper": upper}
        out["difference"] = (
            float(np.mean(self.scores[:, 0] - self.scores[:, 1]))
            if len(self.index) and compares(self.first.spec, self.second.spec) == "scores"
            else np.nan
        )
        return out


def _interval(value: float, redrawn: Floats, level: float) -> tuple[float, float]:
    """Return the bias-corrected percentile interval of a bootstrap, or NaN.

    A redrawn table has fewer distinct clusters, and rank correlations of fewer rows are lower on
    average; the correction moves the interval back by the bias of the median.
    """
    redrawn = redrawn[~np.isnan(redrawn)]
    if np.isnan(value) or not len(redrawn):
        return np.nan, np.nan
    same = np.abs(redrawn - value) <= NOISE
    below = np.count_nonzero((redrawn < value) & ~same) + np.count_nonzero(same) / 2
    share = np.clip(below / len(redrawn), 0.5 / len(redrawn), 1 - 0.5 / len(redrawn))
    ends = special.ndtr(
        2 * special.ndtri(share) + special.ndtri([(1 - level) / 2, (1 + level) / 2])
    )
    lower, upper = np.quantile(redrawn, ends)
    return float(lower), float(upper)


def items(first: IndexSpec, second: IndexSpec) -> dict[str, tuple[list[int], list[int]]]:
    """Return the items of two specs: sets of indicators that measure the same thing.

    Two indicators belong to one item if they read a common column or have the same name, directly
    or through a third one. Indicators of weight 0 are left out.

    Returns
    -------
    dict
        By item: positions of its indicators in the first and in the second spec. The name of an
        item joins those of its indicators.

    Examples
    --------
    >>> from alignindex.spec import load_spec
    >>> plain, kappa = load_spec("erkomaishvili2019"), load_spec("erkomaishvili2019-kappa")
    >>> list(items(plain, kappa))
    ['arms', 'exercises', 'un_votes', 'bases', 'crimea']
    """
    found: list[tuple[set[str], list[str], tuple[list[int], list[int]]]] = []
    for side, spec in enumerate((first, second)):
        weights = spec.leaf_weights
        for place, indicator in enumerate(spec.indicators):
            if weights[place] == 0:
                continue
            # A name and a column may have the same text and differ in meaning.
            marks = {f"name {indicator.name}", *(f"column {c}" for c in indicator.columns)}
            names = [indicator.name]
            places: tuple[list[int], list[int]] = ([], [])
            joined = [item for item in found if item[0] & marks]
            found = [item for item in found if not item[0] & marks]
            for item in reversed(joined):
                marks |= item[0]
                names = [*item[1], *(name for name in names if name not in item[1])]
                places = (item[2][0] + places[0], item[2][1] + places[1])
            places[side].append(place)
            found.append((marks, names, places))
    found.sort(key=lambda item: (not item[2][0], item[2][0] or item[2][1]))
    return {
        " + ".join(names) + (" (indicator)" if names == [COMPOSITION] else ""): places
        for _, names, places in found
    }


def _units(spec: IndexSpec, parts: Floats, applies: Bools) -> Floats:
    """Return each part at code 1, or 1 everywhere if the tree is not linear."""
    nodes = [spec.aggregation, *(node.aggregation for node in spec.nodes)]
    ones = np.where(np.isnan(parts), np.nan, 1.0)
    if not set(nodes) <= set(tree.LINEAR):
        return ones
    return tree.contributions(spec.tree, ones, applies, propagate=spec.missing == "propagate")[0]
