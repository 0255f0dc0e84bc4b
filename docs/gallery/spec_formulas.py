"""The formulas of an index, typeset from its spec: what makes the score, and what the codes."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction

from alignindex.spec import IndexSpec, Indicator
from alignindex.spec.parts import Node
from alignindex.spec.rules import (
    Decay,
    DecayMean,
    LastKnown,
    Levels,
    MinMax,
    Saturate,
    Share,
    Thresholds,
    TrailingMean,
    TrailingSum,
)

MANY = 6  # terms that are written out; more are summed up


def number(value: float) -> str:
    """A number as a reader would write it, a simple fraction as one."""
    short = f"{value:.4g}"
    if float(short) == value:
        return short
    simple = Fraction(value).limit_denominator(60)
    if abs(float(simple) - value) < 1e-12:
        return rf"\frac{{{simple.numerator}}}{{{simple.denominator}}}"
    return short


def upright(name: str) -> str:
    plain = name.replace("_", r"\_").replace("-", r"\text{-}").replace("@", r"\text{@}")
    return rf"\mathrm{{{plain}}}"


def symbol(part: Indicator | Node) -> str:
    letter = "v" if isinstance(part, Node) else "c"
    return f"{letter}_{{{upright(part.name)}}}"


def children(spec: IndexSpec, parent: str) -> list[Indicator | Node]:
    """Children that take part, nodes first as in the file."""
    parts: list[Indicator | Node] = [*spec.nodes, *spec.indicators]
    return [part for part in parts if part.parent == parent and part.weight > 0]


def _bracket(text: str) -> str:
    return rf"\left({text}\right)"


def _weights(parts: list[Indicator | Node]) -> list[float] | None:
    """Weights that sum to 1; None where they are equal."""
    weights = [part.weight for part in parts]
    if max(weights) - min(weights) < 1e-12 * max(weights):
        return None
    return [weight / sum(weights) for weight in weights]


def _terms(symbols: list[str], factors: list[float] | None) -> str:
    if factors is None:
        return " + ".join(symbols)
    return " + ".join(rf"{number(f)}\,{s}" for f, s in zip(factors, symbols, strict=True))


def _mean(parts: list[Indicator | Node], _: float | None) -> str:
    weights = _weights(parts)
    n = len(parts)
    if n == 1:
        return symbol(parts[0])
    if weights is None:
        total = rf"\sum_{{j=1}}^{{{n}}} c_j" if n > MANY else _bracket(_terms_of(parts))
        return rf"\frac{{1}}{{{n}}} {total}"
    return _terms([symbol(part) for part in parts], weights)


def _terms_of(parts: list[Indicator | Node]) -> str:
    return _terms([symbol(part) for part in parts], None)


def _sum(parts: list[Indicator | Node], _: float | None) -> str:
    weights, n = _weights(parts), len(parts)
    if weights is None:
        return rf"\sum_{{j=1}}^{{{n}}} c_j" if n > MANY else _terms_of(parts)
    return _terms([symbol(part) for part in parts], [weight * n for weight in weights])


def _geometric(parts: list[Indicator | Node], _: float | None) -> str:
    weights, n = _weights(parts), len(parts)
    if weights is None:
        return rf"{_bracket(' '.join(symbol(part) for part in parts))}^{{1/{n}}}"
    return r"\,".join(
        f"{symbol(part)}^{{{number(weight)}}}" for part, weight in zip(parts, weights, strict=True)
    )


def _min(parts: list[Indicator | Node], _: float | None) -> str:
    return rf"\min{_bracket(', '.join(symbol(part) for part in parts))}"


def _stages(parts: list[Indicator | Node], met: float | None) -> str:
    reached = [rf"[{symbol(part)} \ge {number(met or 0)}]" for part in parts]
    terms = [r"\,".join(reached[: k + 1]) for k in range(len(parts))]
    weights = _weights(parts)
    if weights is None:
        return rf"\frac{{1}}{{{len(parts)}}} {_bracket(' + '.join(terms))}"
    return _terms(terms, weights)


AGGREGATIONS: dict[str, Callable[[list[Indicator | Node], float | None], str]] = {
    "mean": _mean,
    "sum": _sum,
    "geometric": _geometric,
    "min": _min,
    "stages": _stages,
}


def value(spec: IndexSpec, owner: IndexSpec | Node) -> str:
    """The formula of the index, or of one node."""
    root = isinstance(owner, IndexSpec)
    inner = AGGREGATIONS[owner.aggregation](children(spec, "" if root else owner.name), owner.met)
    if owner.scale is not None:
        lo, hi = owner.scale
        summed = " + " in inner and not inner.startswith(r"\frac")
        inner = _bracket(inner) if summed else inner
        factor = "" if hi - lo == 1 else rf"{number(hi - lo)} \cdot "
        inner = (f"{number(lo)} + " if lo else "") + factor + inner
    return f"{'S' if root else symbol(owner)} = {inner}"


# --- codes ---------------------------------------------------------------------------------------


def _windowed(letter: str, indicator: Indicator) -> str:
    window = indicator.window
    if isinstance(window, TrailingSum):
        return rf"\sum_{{u=t-{window.years - 1}}}^{{t}} {letter}_u"
    if isinstance(window, TrailingMean):
        return rf"\bar{{{letter}}}_{{t-{window.years - 1},\,t}}"
    if isinstance(window, LastKnown):
        return rf"{letter}_{{\mathrm{{latest}}}}"
    if isinstance(window, Decay):
        return _fading(letter, window)
    return letter


def _fading(letter: str, window: Decay) -> str:
    """A sum or mean of amounts that fade; z is the column that is subtracted."""
    amount = f"{letter}_{{t-a}}" if window.subtract is None else rf"({letter}_{{t-a}} - z_{{t-a}})"
    factor = rf"2^{{-a/{number(window.half_life)}}}"
    span = rf"\sum_{{a=0}}^{{{window.years - 1}}}"
    total = rf"{span} {factor}\,{amount}"
    return rf"\frac{{{total}}}{{{span} {factor}}}" if isinstance(window, DecayMean) else total


def _cases(rows: list[tuple[str, str]]) -> str:
    return r"\begin{cases} " + r" \\ ".join(f"{c} & {when}" for c, when in rows) + r" \end{cases}"


def _thresholds(x: str, rule: Thresholds) -> str:
    cuts = [number(cut) for cut in rule.cuts]
    name = "x" if x == "x" else "s"
    spans = [
        f"{name} < {cuts[0]}",
        *(rf"{low} \le {name} < {high}" for low, high in itertools.pairwise(cuts)),
        rf"{name} \ge {cuts[-1]}",
    ]
    where = "" if x == "x" else rf",\quad s = {x}"
    return _cases([(number(c), s) for c, s in zip(rule.codes, spans, strict=True)]) + where


def _levels(rule: Levels) -> str:
    by_code: dict[str, list[str]] = {}
    for name, code in rule.codes.items():
        shown = number(code) if isinstance(code, float) else (
            rf"\text{{unknown in }} [{number(code[0])}, {number(code[1])}]"
        )  # fmt: skip
        by_code.setdefault(shown, []).append(name)
    return _cases(
        [(code, r"\text{ or }".join(map(upright, names))) for code, names in by_code.items()]
    )


def _minmax(x: str, rule: MinMax) -> str:
    top = x if rule.lo == 0 else f"{x} - {number(rule.lo)}".replace("- -", "+ ")
    width = rule.hi - rule.lo
    inner = top if width == 1 else rf"\frac{{{top}}}{{{number(width)}}}"
    return rf"\min\left(1, \max\left(0, {inner}\right)\right)" if rule.clip else inner


def _saturate(x: str, rule: Saturate) -> str:
    half = number(rule.half)
    if rule.form == "hyperbolic":
        return rf"\frac{{s}}{{s + {half}}},\quad s = \max\left(0, {x}\right)"
    power = "s" if rule.half == 1 else f"s/{half}"
    return rf"1 - 2^{{-{power}}},\quad s = \max\left(0, {x}\right)"


def _drawn_share(x: str, y: str, rule: Share) -> str:
    """A share that is drawn towards the share p of a longer span."""
    m, years = number(rule.prior_volume or 0.0), (rule.prior_years or 1) - 1
    long = [rf"\sum_{{u=t-{years}}}^{{t}} {letter}_u" for letter in "xy"]
    return rf"\frac{{{x} + {m}\,p}}{{{y} + {m}}},\quad p = \frac{{{long[0]}}}{{{long[1]}}}"


def code(indicator: Indicator) -> str:
    """The formula of a code; x is the first column of the indicator, y the second."""
    rule, x, y = indicator.rule, _windowed("x", indicator), _windowed("y", indicator)
    if isinstance(rule, Thresholds):
        raw = _thresholds(x, rule)
    elif isinstance(rule, Levels):
        raw = _levels(rule)
    elif isinstance(rule, MinMax):
        raw = _minmax(x, rule)
    elif isinstance(rule, Saturate):
        raw = _saturate(x, rule)
    elif isinstance(rule, Share) and rule.prior_volume is not None:
        raw = _drawn_share(x, y, rule)
    else:
        raw = {
            "identity": x,
            "share": rf"\frac{{{x}}}{{{y}}}",
            "balance": rf"\frac{{{x}}}{{{x} + {y}}}",
            "distance": rf"1 - \left|{x} - {y}\right|",
            "tilt": rf"\frac{{1 + {x} - {y}}}{{2}}",
        }[rule.kind]
    if not indicator.reverse and indicator.cut is None:
        return f"c = {raw}"
    turned = "1 - r" if indicator.reverse else "r"
    last = turned if indicator.cut is None else rf"[{turned} \ge {number(indicator.cut)}]"
    return rf"c = {last},\quad r = {raw}"
