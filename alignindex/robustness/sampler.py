"""Scores of any rows under any draws: the same bits whenever they are asked for.

A sampler holds every coding of every indicator that the plan can ask for. Inputs hold what was
drawn: uniform numbers behind the weights, the level of each choice, and the seeds of the facts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex._spec_checks import children_of
from alignindex.coding import Coder, column_problems
from alignindex.errors import PanelError, SpecError, closest
from alignindex.index import AlignmentResult
from alignindex.kernels import aggregate
from alignindex.kernels import draws as kernels
from alignindex.kernels.tree import Tree
from alignindex.panel import dyad_years
from alignindex.robustness import facts
from alignindex.robustness.facts import Coders, Codes, MissingRule
from alignindex.robustness.plan import Choice, Plan
from alignindex.robustness.weights import Weights, factors_of
from alignindex.spec import IndexSpec

__all__ = ["Inputs", "Sampler"]

Floats = NDArray[np.float64]
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
    levels: NDArray[np.int64]
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
    blank: NDArray[np.bool_]


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
    ) -> None:
        self.panel, self.rows = dyad_years(result.panel)
        self.spec = result.spec
        self.index = result.scores.index
        self.plan = Plan(self.panel, self.spec, alternatives)
        self.factors = factors_of(self.spec, weights)
        self.missing, self.coders = missing, dict(coders or {})
        self.facts_of = facts_of
        self._check(missing)
        self.low, self.high = self.spec.range
        self.unit = (self.high - self.low) * 2.0**-40
        self._codes: dict[str, Codes] = {}
        self._built: dict[tuple[int, ...], _Combination] = {}

    def _check(self, missing: MissingRule) -> None:
        if isinstance(missing, str) and missing not in ("admissible", "hot_deck"):
            raise SpecError(
                f"missing must be 'admissible', 'hot_deck', a list of completed code tables, or "
                f"None to leave unknown what is; got {missing!r}"
                f"{closest(missing, ['admissible', 'hot_deck'])}"
            )
        if missing is not None and not isinstance(missing, str) and not len(missing):
            raise SpecError("missing is an empty list; give completed code tables, or None")
        names = [indicator.name for indicator in self.spec.indicators]
        for name in self.coders:
            if name not in names:
                raise SpecError(
                    f"coders names indicator {name!r}, and spec {self.spec.name!r} has none"
                    f"{closest(name, names)}; it has {', '.join(names)}"
                )
        if self.facts_of is not None:
            table = self.facts_of
            wrong = [str(c) for c in table.columns if c not in self.coders]
            if wrong or table.index.has_duplicates or not table.index.isin(self.index).all():
                raise PanelError(
                    "facts has one row a dyad-year of the result, each once, and one column an "
                    f"indicator of coders ({', '.join(self.coders) or 'none'})"
                    + (f"; got column {wrong[0]!r}" if wrong else "")
                )

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
            codes = tuple(self._code(indicator, spec, columns) for indicator in spec.indicators)
            code = np.stack([part.code for part in codes], axis=1)
            low = np.stack([part.low for part in codes], axis=1)
            weights = np.array(spec.leaf_weights)
            with np.errstate(invalid="ignore"):  # nothing applies: 0/0 is NaN
                coverage = aggregate.observed_weight(code, weights) / aggregate.observed_weight(
                    low, weights
                )
            blank = coverage < spec.min_coverage - 1e-12
            nodes = tuple(_nodes(spec, spec.tree, ""))
            self._built[levels] = _Combination(spec, spec.tree, nodes, codes, blank)
        return self._built[levels]

    def _code(
        self, indicator: Any, spec: IndexSpec, columns: dict[str, tuple[str, pd.Series]]
    ) -> Codes:
        alone = indicator.model_copy(update={"weight": 1.0, "parent": ""})
        recoded = {name: columns[name] for name in alone.columns if name in columns}
        name = alone.model_dump_json() + "".join(done for done, _ in recoded.values())
        if name not in self._codes:
            panel = self.panel.assign(**{c: values for c, (_, values) in recoded.items()})
            single = IndexSpec(
                schema_version=1,
                name=spec.name,
                fidelity=spec.fidelity,
                missing="propagate",
                indicators=(alone,),
            )
            problems = column_problems(panel, single, self.rows)
            if problems:
                raise PanelError(problems[0])
            code, low, high = (
                part[0] for part in Coder(panel, single, self.rows).block(slice(0, len(panel)))
            )
            self._codes[name] = self._with_draws(alone, code, low, high)
        return self._codes[name]

    def _with_draws(self, indicator: Any, code: Floats, low: Floats, high: Floats) -> Codes:
        n = len(code)
        none = np.full(n, -1)
        codes = Codes(indicator, code, low, high, none.copy(), none.copy(), [], [])
        if indicator.name in self.coders:
            facts.with_coders(
                codes, self.rows, self.coders[indicator.name], self._marks(indicator.name)
            )
        if isinstance(self.missing, str):
            facts.with_missing(codes, self.rows, self.missing)
        elif self.missing is not None:
            facts.with_imputations(codes, self.missing, self.index)
        return codes

    def _marks(self, name: str) -> Floats:
        """Give the number of the fact that each code of an indicator rests on; NaN where unsaid."""
        if self.facts_of is None or name not in self.facts_of.columns:
            return np.full(len(self.index), np.nan)
        labels = self.facts_of[name].reindex(self.index)
        numbers = pd.factorize(labels)[0].astype(np.float64)
        return np.where(numbers < 0, np.nan, numbers)

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
        codes = [_drawn(part, rows, inputs, draws) for part in combination.codes]
        out = kernels.score_draws(
            combination.tree,
            weights,
            codes,
            [part.low[rows] for part in combination.codes],
            [part.high[rows] for part in combination.codes],
            propagate=combination.spec.missing == "propagate",
        )
        lo, hi = combination.spec.range
        if (lo, hi) != (self.low, self.high):
            out = self.low + (out - lo) * ((self.high - self.low) / (hi - lo))
        out[combination.blank[rows]] = np.nan
        return out

    def profiles(self, inputs: Inputs) -> NDArray[np.int64]:
        """Give each row the number of its profile: equal numbers have equal scores in every draw.

        A profile is everything that a score depends on: the codes and bounds of each indicator
        under each coding that the draws take, and the fact that a drawn code follows.
        """
        for combo in np.unique(inputs.levels, axis=0):
            self.combination(tuple(int(level) for level in combo))
        number = np.zeros(len(self.index), dtype=np.int64)
        size = 1
        for part in self._codes.values():
            # Streams are told apart by their label, which all codings of a spell may share.
            for column in (part.code, part.low, part.high, part.fact, part.table):
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


def _drawn(codes: Codes, rows: Rows, inputs: Inputs, draws: NDArray[np.intp]) -> Floats:
    """Codes of rows under draws: (rows, 1) where none of them is drawn."""
    fact = codes.fact[rows]
    base = codes.code[rows][:, None]
    if (fact < 0).all():
        return base
    out = np.repeat(base, len(draws), axis=1)
    whole = len(draws) == int(draws[-1]) - int(draws[0]) + 1
    picked: Any = slice(int(draws[0]), int(draws[-1]) + 1) if whole else draws
    for i in np.flatnonzero(fact >= 0):
        uniform = inputs.stream(codes.labels[fact[i]])[picked]
        row, table = rows[i], codes.table[rows[i]]
        if table < 0:
            out[i] = codes.low[row] + uniform * (codes.high[row] - codes.low[row])
        else:
            values, cumulative = codes.tables[table]
            out[i] = values[kernels.choose(uniform, cumulative)]
    return out
