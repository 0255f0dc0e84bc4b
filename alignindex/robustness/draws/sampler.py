"""Scores of any rows under any draws: the same bits whenever they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.arguments import check_type
from alignindex.base.errors import PanelError
from alignindex.base.typing import Bools, Floats, Ints
from alignindex.kernels.robustness import draws as kernels
from alignindex.kernels.scoring import aggregate
from alignindex.kernels.scoring.tree import Tree
from alignindex.panel.columns import column_problems
from alignindex.panel.index import dyad_years
from alignindex.robustness.draws.alternatives import (
    Choice,
    Recode,
    check_alternatives,
    recoded,
    spec_with,
)
from alignindex.robustness.draws.cells import (
    Cells,
    MissingDraws,
    check_missing,
    key_of,
    with_imputations,
    with_missing,
)
from alignindex.robustness.draws.coder_error import Coders, check_coders, with_coders
from alignindex.robustness.draws.dependence import Owners, Sharing, check_sharing, owners_of
from alignindex.robustness.draws.weights import Weights, factors_of
from alignindex.scoring.coding import Coder
from alignindex.scoring.result import AlignmentResult
from alignindex.spec import IndexSpec, Indicator
from alignindex.spec.checks import children_of
from alignindex.spec.rules import Distance, Identity

__all__ = ["Inputs", "Sampler", "check_result"]

Rows = NDArray[np.intp]

BLOCK, DRAW_BLOCK = 1 << 17, 1024  # a block of scores and its temporaries stay in a core's cache
CACHED = 1 << 22  # uniform numbers of facts kept at once: 32 MiB


def check_result(result: Any) -> None:
    """Raise unless it is a result of :func:`alignindex.score`."""
    check_type(result, AlignmentResult, "result", "an AlignmentResult, from ai.score(panel, spec)")


@dataclass(frozen=True)
class Inputs:
    """What was drawn: one row of `uniforms` and `levels` per draw.

    `uniforms` has one column per drawn weight, `levels` one per choice; `seeds` are the keys of
    the streams of unknown codes and of coder errors.
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
            found = kernels.uniforms(key_of(seed, label), self.draws)
            self.streams[label] = found
        return found


@dataclass(frozen=True)
class _Combination:
    """One combination of levels: its codes, the children of its nodes, and its blank rows."""

    spec: IndexSpec
    nodes: tuple[tuple[tuple[str, ...], Floats], ...]  # names and weights of each node's children
    cells: tuple[Cells, ...]
    blank: Bools


class Sampler:
    """Everything that is needed to score rows of a panel under any draws."""

    def __init__(
        self,
        result: AlignmentResult,
        *,
        weights: Weights = None,
        alternatives: Sequence[Choice] = (),
        missing: MissingDraws = None,
        coders: Coders | None = None,
        facts: pd.DataFrame | None = None,
        shared: Mapping[str, Sharing] | None = None,
    ) -> None:
        check_result(result)
        check_missing(missing)
        self.panel, self.rows = dyad_years(result.panel)
        self.spec, self.index = result.spec, result.scores.index
        self.nominal = result.scores["score"].to_numpy()
        self.choices = check_alternatives(alternatives) if alternatives != () else ()
        self.recoded = {
            repr(change): recoded(self.panel, change)
            for choice in self.choices
            for level in choice.changes
            for change in level
            if isinstance(change, Recode)
        }
        self.factors = factors_of(self.spec, weights)
        self.missing, self.facts = missing, facts
        self.coders: dict[str, pd.DataFrame] = {}
        if coders is not None or facts is not None:
            self.coders = check_coders(coders, facts, self.spec, self.index)
        self.declared = check_sharing(self.spec, shared)
        self.owners: dict[str, Owners] = {}
        self.made: dict[str, Cells] = {}
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
        levels = np.empty((draws, len(self.choices)), dtype=np.int64)
        for j, choice in enumerate(self.choices):
            levels[:, j] = kernels.choose(rng.random(draws), np.cumsum(choice.probability))
        return Inputs(uniforms, levels, seeds)

    # --- codes -----------------------------------------------------------------------------------

    def cells(self, spec: IndexSpec, indicator: Indicator, recodes: Mapping[str, Recode]) -> Cells:
        """Code one indicator, with what is drawn in it; once for each way to code it."""
        alone = indicator.model_copy(update={"weight": 1.0, "parent": ""})
        done = {name: repr(recodes[name]) for name in alone.columns if name in recodes}
        # A code is carried over years in which it is unknown as the spec says, so it depends on it.
        carried = repr((spec.carry_years, spec.carry_until))
        name = alone.model_dump_json() + carried + "".join(done.values())
        if name not in self.made:
            columns = {column: self.recoded[how] for column, how in done.items()}
            self.made[name] = self._with_draws(spec, alone, self.panel.assign(**columns))
        return self.made[name]

    def _coded(self, spec: IndexSpec, indicator: Indicator, panel: pd.DataFrame) -> Cells:
        single = spec.model_copy(update={"indicators": (indicator,), "nodes": (), "poles": None})
        problems = column_problems(panel, single, self.rows)
        if problems:
            raise PanelError(problems[0])
        codes = Coder(panel, single, self.rows).filled(slice(0, len(panel)))
        return Cells(indicator, codes.used[0], codes.low[0], codes.high[0])

    def _with_draws(self, spec: IndexSpec, indicator: Indicator, panel: pd.DataFrame) -> Cells:
        cells = self._coded(spec, indicator, panel)
        rule = self.missing if isinstance(self.missing, str) else None
        errors = self.coders.get(indicator.name)
        if errors is not None or (rule is not None and cells.unknown.any()):
            drawn = cells
            if isinstance(indicator.rule, Distance):
                cells.ends = drawn = self._ends(spec, indicator, panel)
            drawn.owners = self._owners(indicator.name)
            if errors is not None:
                with_coders(drawn, errors, self.facts)
            if rule is not None:
                with_missing(drawn, rule)
        if self.missing is not None and not isinstance(self.missing, str):
            with_imputations(cells, self.missing, self.index)
        return cells

    def _ends(self, spec: IndexSpec, indicator: Indicator, panel: pd.DataFrame) -> Cells:
        """Code the positions behind a distance as they are: one cell per end."""
        plain = {"rule": Identity(), "reverse": False, "cut": None}
        ends = [
            self._coded(spec, indicator.model_copy(update={**plain, "columns": (column,)}), panel)
            for column in indicator.columns
        ]
        value, low, high = (
            np.concatenate([getattr(end, side) for end in ends])
            for side in ("value", "low", "high")
        )
        return Cells(ends[0].indicator, value, low, high)

    def _owners(self, name: str) -> Owners:
        """Who owns the facts behind an indicator: decided once, on the panel as it came."""
        if name not in self.owners:
            nominal = next(i for i in self.spec.indicators if i.name == name)
            self.owners[name] = owners_of(self.panel, self.rows, nominal, self.declared.get(name))
        return self.owners[name]

    # --- combinations ----------------------------------------------------------------------------

    def combination(self, levels: tuple[int, ...]) -> _Combination:
        """Build one combination of levels, or return it."""
        if levels not in self._built:
            spec, recodes = (
                spec_with(self.spec, self.choices, levels) if levels else (self.spec, {})
            )
            cells = tuple(self.cells(spec, indicator, recodes) for indicator in spec.indicators)
            blank = np.zeros(len(self.index), dtype=bool)
            weights = np.array(spec.leaf_weights)
            for part in kernels.spans(len(blank), BLOCK):  # no table of all rows at once
                seen, due = (
                    aggregate.observed_weight(np.stack(side, axis=1), weights)
                    for side in zip(
                        *((one.value[part], one.low[part]) for one in cells), strict=True
                    )
                )
                with np.errstate(invalid="ignore"):  # nothing applies: 0/0 is NaN
                    blank[part] = aggregate.falls_short(seen / due, spec.min_coverage)
            self._built[levels] = _Combination(
                spec, tuple(_nodes(spec, spec.tree, "")), cells, blank
            )
        return self._built[levels]

    def _by_combination(self, levels: Ints) -> Iterator[tuple[_Combination, Rows]]:
        """Each combination that is drawn, and the draws that take it."""
        combos, which = np.unique(levels, axis=0, return_inverse=True)
        for number, combo in enumerate(combos):
            combination = self.combination(tuple(int(level) for level in combo))
            yield combination, np.flatnonzero(which.ravel() == number)

    # --- scores ----------------------------------------------------------------------------------

    def scores(self, rows: Rows, inputs: Inputs, draws: Rows | None = None) -> Floats:
        """Scores of rows under draws, (rows, draws), on the range of the nominal spec."""
        picked = np.arange(inputs.draws) if draws is None else draws
        out = np.empty((len(rows), len(picked)))
        for combination, place in self._by_combination(inputs.levels[picked]):
            mine, whole = picked[place], len(place) == len(picked)
            multipliers = self._multipliers(inputs, mine)
            for part in kernels.spans(len(mine), DRAW_BLOCK):
                weights = _weights(combination, multipliers, part)
                for some in kernels.spans(len(rows), BLOCK // min(len(mine), DRAW_BLOCK)):
                    # A slice, where all draws take one combination, is written much faster.
                    at = part if whole else place[part]
                    out[some, at] = self._block(
                        combination, rows[some], inputs, mine[part], weights
                    )
        return out

    def codes(self, inputs: Inputs) -> Floats:
        """Codes of all rows under all draws, (draws, rows, indicators of the nominal spec)."""
        rows = np.arange(len(self.index))
        place = {indicator.name: j for j, indicator in enumerate(self.spec.indicators)}
        out = np.full((inputs.draws, len(rows), len(place)), np.nan)
        for combination, mine in self._by_combination(inputs.levels):
            for cells in combination.cells:
                drawn, _, _ = _drawn(cells, rows, inputs, mine)
                out[mine, :, place[cells.indicator.name]] = drawn.T
        return out

    def _multipliers(self, inputs: Inputs, draws: Rows) -> dict[str, Floats]:
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
        draws: Rows,
        weights: list[Floats],
    ) -> Floats:
        parts = [_drawn(cells, rows, inputs, draws) for cells in combination.cells]
        spec = combination.spec
        out = kernels.score_draws(
            spec.tree, weights, *zip(*parts, strict=True), propagate=spec.missing == "propagate"
        )
        lo, hi = spec.range
        if (lo, hi) != (self.low, self.high):
            out = self.low + (out - lo) * ((self.high - self.low) / (hi - lo))
        out[combination.blank[rows]] = np.nan
        return out

    def profiles(self, inputs: Inputs) -> Ints:
        """Give each row the number of its profile: equal numbers have equal scores in every draw.

        A profile is everything that a score depends on: the codes and bounds of each indicator in
        each way of coding that the draws take, and the fact that a drawn code follows; and the
        nominal score, whose coding no draw need take.
        """
        for _ in self._by_combination(inputs.levels):  # so that all codings are made
            pass
        columns = [column for cells in self.made.values() for column in cells.columns]
        number = np.zeros(len(self.index), dtype=np.int64)
        for column in (*columns, self.nominal):
            codes, values = pd.factorize(column, use_na_sentinel=False)
            if len(values) > 1:
                number, _ = pd.factorize(number * len(values) + codes)
        return number


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


def _drawn(cells: Cells, rows: Rows, inputs: Inputs, draws: Rows) -> tuple[Floats, Floats, Floats]:
    """Codes of rows under draws with their bounds, (rows, 1) where nothing is drawn."""
    low, high = cells.low[rows][:, None], cells.high[rows][:, None]
    if cells.ends is None:
        return _values(cells, rows, inputs, draws), low, high
    state = _values(cells.ends, rows, inputs, draws)
    partner = _values(cells.ends, rows + len(cells.value), inputs, draws)
    out, low, high = cells.from_ends(state, partner, low)
    whole = np.flatnonzero(cells.fact[rows] != -1)  # completed tables know codes, not positions
    if whole.size:
        out = np.repeat(out, len(draws), axis=1) if out.shape[1] == 1 else out
        out[whole] = _values(cells, rows[whole], inputs, draws)
    return out, low, high


def _values(cells: Cells, rows: Rows, inputs: Inputs, draws: Rows) -> Floats:
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
