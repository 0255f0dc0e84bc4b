"""Scores of any rows under any draws: the same bits whenever they are asked for.

A sampler holds every coding of every indicator that the plan can ask for. Inputs hold what was
drawn: uniform numbers behind the weights, the level of each choice, and the seeds of the facts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.typing import Bools, Floats, Ints
from alignindex.kernels.robustness import draws as kernels
from alignindex.kernels.scoring import aggregate
from alignindex.kernels.scoring.tree import Tree
from alignindex.panel.index import dyad_years
from alignindex.robustness.draws import coded_cells as facts
from alignindex.robustness.draws.alternatives import Choice, Plan
from alignindex.robustness.draws.coded_cells import Cells, Codes, MissingRule
from alignindex.robustness.draws.coder_error import Coders
from alignindex.robustness.draws.codings import Codings
from alignindex.robustness.draws.dependence import Sharing
from alignindex.robustness.draws.weights import Weights, factors_of
from alignindex.scoring.result import AlignmentResult
from alignindex.spec import IndexSpec
from alignindex.spec.checks import children_of

__all__ = ["Inputs", "Sampler"]

Rows = NDArray[np.intp]

BLOCK, DRAW_BLOCK = 1 << 17, 1024  # a block of scores and its temporaries stay in a core's cache
CACHED = 1 << 22  # uniform numbers of facts kept at once: 32 MiB


@dataclass(frozen=True)
class Inputs:
    """What was drawn: one row of `uniforms` and `levels` a draw.

    `uniforms` has one column a drawn weight; `levels` one a choice; `seeds` are the keys of the
    streams of unknown codes and of coder errors.
    """

    uniforms: Floats
    levels: Ints
    seeds: dict[str, bytes]
    streams: dict[str, Floats] = field(default_factory=dict, compare=False, repr=False)

    @property
    def draws(self) -> int:
        """Number of draws."""
        return len(self.levels)

    def stream(self, label: str) -> Floats:
        """Uniform numbers of one fact, (draws,)."""
        found = self.streams.get(label)
        if found is None:
            if (len(self.streams) + 1) * self.draws > CACHED:  # threads at worst draw it twice
                self.streams.clear()
            seed = self.seeds[label.partition("|")[0]]
            found = kernels.uniforms(facts.key_of(seed, label), self.draws)
            self.streams[label] = found
        return found


@dataclass(frozen=True)
class _Combination:
    """One combination of levels: its tree, its codes, and where its scores are blank."""

    spec: IndexSpec
    tree: Tree
    nodes: tuple[tuple[tuple[str, ...], Floats], ...]  # names and weights of each node's children
    codes: tuple[Codes, ...]
    blank: Bools


class Sampler:
    """Everything that is needed to score rows of a panel under any draws."""

    def __init__(
        self,
        result: AlignmentResult,
        *,
        weights: Weights = None,
        alternatives: Sequence[Choice] = (),
        missing: MissingRule = None,
        coders: Coders | None = None,
        facts_of: pd.DataFrame | None = None,
        shared: Mapping[str, Sharing] | None = None,
    ) -> None:
        self.panel, rows = dyad_years(result.panel)
        self.spec = result.spec
        self.index = result.scores.index
        self.plan = Plan(self.panel, self.spec, alternatives)
        self.factors = factors_of(self.spec, weights)
        self.codings = Codings(
            self.panel,
            rows,
            self.spec,
            self.index,
            missing=missing,
            coders=coders,
            facts_of=facts_of,
            shared=shared,
        )
        self.low, self.high = self.spec.range
        self.unit = (self.high - self.low) * 2.0**-40
        self._built: dict[tuple[int, ...], _Combination] = {}

    # --- inputs ----------------------------------------------------------------------------------

    @property
    def width(self) -> int:
        """Number of uniform numbers behind the weights of one draw."""
        return sum(len(factor.children) for factor in self.factors)

    def inputs(self, draws: int, rng: np.random.Generator) -> Inputs:
        """Draw the inputs; `rng` is used here and nowhere else."""
        seeds = {name: rng.bytes(32) for name in ("missing", "coders")}
        uniforms = rng.random((draws, self.width))
        levels = np.empty((draws, len(self.plan.choices)), dtype=np.int64)
        for j, choice in enumerate(self.plan.choices):
            levels[:, j] = kernels.choose(rng.random(draws), np.cumsum(choice.probability))
        return Inputs(uniforms, levels, seeds)

    # --- combinations ----------------------------------------------------------------------------

    def combination(self, levels: tuple[int, ...]) -> _Combination:
        """Build one combination of levels, or return it."""
        if levels not in self._built:
            spec, columns = self.plan.build(levels)
            codes = tuple(self.codings.of(indicator, columns) for indicator in spec.indicators)
            blank = np.zeros(len(self.index), dtype=bool)
            weights = np.array(spec.leaf_weights)
            for part in kernels.spans(len(blank), BLOCK):  # no table of all rows at once
                code = np.stack([one.cells.value[part] for one in codes], axis=1)
                low = np.stack([one.cells.low[part] for one in codes], axis=1)
                seen, due = (aggregate.observed_weight(side, weights) for side in (code, low))
                with np.errstate(invalid="ignore"):  # nothing applies: 0/0 is NaN
                    blank[part] = aggregate.falls_short(seen / due, spec.min_coverage)
            nodes = tuple(_nodes(spec, spec.tree, ""))
            self._built[levels] = _Combination(spec, spec.tree, nodes, codes, blank)
        return self._built[levels]

    # --- scores ----------------------------------------------------------------------------------

    def scores(self, rows: Rows, inputs: Inputs, draws: NDArray[np.intp] | None = None) -> Floats:
        """Scores of rows under draws, (rows, draws), on the range of the nominal spec."""
        picked = np.arange(inputs.draws) if draws is None else draws
        out = np.empty((len(rows), len(picked)))
        levels = inputs.levels[picked]
        combos, which = np.unique(levels, axis=0, return_inverse=True)
        which = which.ravel()
        for number, combo in enumerate(combos):
            combination = self.combination(tuple(int(level) for level in combo))
            place = np.flatnonzero(which == number) if len(combos) > 1 else None
            mine = picked if place is None else picked[place]
            multipliers = self._multipliers(inputs, mine)
            for part in kernels.spans(len(mine), DRAW_BLOCK):
                weights = _weights(combination, multipliers, part)
                for some in kernels.spans(len(rows), BLOCK // min(len(mine), DRAW_BLOCK)):
                    block = self._block(combination, rows[some], inputs, mine[part], weights)
                    if place is None:
                        out[some, part] = block
                    else:
                        out[some, place[part]] = block
        return out

    def codes(self, inputs: Inputs) -> Floats:
        """Codes of all rows under all draws, (draws, rows, indicators of the nominal spec)."""
        rows = np.arange(len(self.index))
        place = {indicator.name: j for j, indicator in enumerate(self.spec.indicators)}
        out = np.full((inputs.draws, len(rows), len(place)), np.nan)
        combos, which = np.unique(inputs.levels, axis=0, return_inverse=True)
        for number, combo in enumerate(combos):
            combination = self.combination(tuple(int(level) for level in combo))
            mine = np.flatnonzero(which.ravel() == number)
            for indicator, made in zip(combination.spec.indicators, combination.codes, strict=True):
                drawn, _, _ = _drawn(made, rows, inputs, mine)
                out[mine, :, place[indicator.name]] = drawn.T
        return out

    def _multipliers(self, inputs: Inputs, draws: NDArray[np.intp]) -> dict[str, Floats]:
        out: dict[str, Floats] = {}
        start = 0
        for factor in self.factors:
            stop = start + len(factor.children)
            out |= factor.multipliers(inputs.uniforms[draws, start:stop])
            start = stop
        return out

    def _block(
        self,
        combination: _Combination,
        rows: Rows,
        inputs: Inputs,
        draws: NDArray[np.intp],
        weights: list[Floats],
    ) -> Floats:
        parts = [_drawn(part, rows, inputs, draws) for part in combination.codes]
        out = kernels.score_draws(
            combination.tree,
            weights,
            *([part[side] for part in parts] for side in range(3)),
            propagate=combination.spec.missing == "propagate",
        )
        lo, hi = combination.spec.range
        if (lo, hi) != (self.low, self.high):
            out = self.low + (out - lo) * ((self.high - self.low) / (hi - lo))
        out[combination.blank[rows]] = np.nan
        return out

    def profiles(self, inputs: Inputs) -> Ints:
        """Give each row the number of its profile: equal numbers have equal scores in every draw.

        A profile is everything that a score depends on: the codes and bounds of each indicator
        under each coding that the draws take, and the fact that a drawn code follows.
        """
        for combo in np.unique(inputs.levels, axis=0):
            self.combination(tuple(int(level) for level in combo))
        number = np.zeros(len(self.index), dtype=np.int64)
        size = 1
        for part in self.codings.made:
            for column in part.columns:
                codes, values = pd.factorize(column, use_na_sentinel=False)
                if len(values) > 1:
                    number, uniques = pd.factorize(number * len(values) + codes)
                    size = len(uniques)
        return number if size > 1 else np.zeros(len(self.index), dtype=np.int64)


def _nodes(spec: IndexSpec, tree: Tree, name: str) -> Iterator[tuple[tuple[str, ...], Floats]]:
    """Names and weights of the children of each node, root first, then down child by child."""
    children = children_of(spec, name)
    yield tuple(child.name for child in children), np.array(tree.weights)
    for child, below in zip(children, tree.children, strict=True):
        if isinstance(below, Tree):
            yield from _nodes(spec, below, child.name)


def _weights(
    combination: _Combination, multipliers: dict[str, Floats], part: slice
) -> list[Floats]:
    """Weights of one block of draws, (draws, children), node by node."""
    out = []
    for names, nominal in combination.nodes:
        table = np.empty((part.stop - part.start, len(names)))
        for j, name in enumerate(names):
            table[:, j] = nominal[j]
            if name in multipliers:
                table[:, j] *= multipliers[name][part]
        out.append(table)
    return out


def _drawn(
    codes: Codes, rows: Rows, inputs: Inputs, draws: NDArray[np.intp]
) -> tuple[Floats, Floats, Floats]:
    """Codes of rows under draws with their bounds, (rows, 1) where nothing is drawn."""
    cells = codes.cells
    low, high = cells.low[rows][:, None], cells.high[rows][:, None]
    if codes.ends is None:
        return _values(cells, rows, inputs, draws), low, high
    state = _values(codes.ends, rows, inputs, draws)
    partner = _values(codes.ends, rows + len(cells.value), inputs, draws)
    out, low, high = codes.from_ends(state, partner, low)
    whole = np.flatnonzero(cells.fact[rows] != -1)  # completed tables know codes, not positions
    if whole.size:
        out = np.repeat(out, len(draws), axis=1) if out.shape[1] == 1 else out
        out[whole] = _values(cells, rows[whole], inputs, draws)
    return out, low, high


def _values(cells: Cells, rows: Rows, inputs: Inputs, draws: NDArray[np.intp]) -> Floats:
    """Values of cells under draws: (cells, 1) where none of them is drawn."""
    fact = cells.fact[rows]
    base = cells.value[rows][:, None]
    if (fact == -1).all():
        return base
    out = np.repeat(base, len(draws), axis=1)
    whole = len(draws) == int(draws[-1]) - int(draws[0]) + 1
    picked: Any = slice(int(draws[0]), int(draws[-1]) + 1) if whole else draws
    for i in np.flatnonzero(fact != -1):
        uniform = inputs.stream(cells.label(int(rows[i])))[picked]
        row, table = rows[i], cells.table[rows[i]]
        if table < 0:
            out[i] = cells.low[row] + uniform * (cells.high[row] - cells.low[row])
        else:
            values, cumulative = cells.tables[table]
            out[i] = values[kernels.choose(uniform, cumulative)]
    return out
