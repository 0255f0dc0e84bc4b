"""The slow, obvious twin of scoring: one dyad-year at a time, plain loops, no arrays.

Written from the definitions of the index, not from the kernels. ``None`` is unknown, and an
indicator or node that does not apply is simply absent from a dictionary.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import pandas as pd

LINEAR = ("mean", "sum")
ALWAYS_PROPAGATE = ("min", "stages")
Known = tuple[float | None, float, float]  # code, least, greatest

Bounded = tuple[float | None, float | None, float | None]  # value, what it is between if unknown
Cell = Callable[[str, int], Any]

# --- windows: values by year -> one value, and what it lies between -------------------------------


def window_value(cell: Cell, column: str, window: Any, year: int) -> Bounded:
    """Value of the window that ends in `year`; of a partial sum also what it lies between."""
    if window.kind in ("decay_sum", "decay_mean"):
        return decayed(cell, column, window, year)

    def value(at: int) -> float | None:
        return cell(column, at)

    if window.kind == "trailing_sum":
        seen = [value(y) for y in range(year - window.years + 1, year + 1)]
        least = math.fsum(v for v in seen if v is not None)
        return (least if None not in seen else None), least, None
    if window.kind == "trailing_mean":
        seen = [value(y) for y in range(year - window.years + 1, year + 1)]
        known = [v for v in seen if v is not None]
        mean = math.fsum(known) / len(known) if len(known) >= window.min_years else None
        return mean, None, None
    if window.kind == "last_known":
        for y in range(year, year - window.max_age - 1, -1):
            if value(y) is not None:
                return value(y), None, None
        return None, None, None
    return value(year), None, None


def decayed(cell: Cell, column: str, window: Any, year: int) -> Bounded:
    """Faded sum or mean, by going through every way in which unobserved ruptures can be."""
    years = [year - age for age in range(window.years)]
    ruptures: list[list[bool]] = []
    for at in years:
        mark = 0.0 if window.reset is None else cell(window.reset, at)
        ruptures.append([False, True] if mark is None else [mark > 0])
    sums, means = [], []
    for story in itertools.product(*ruptures):
        ended = story.index(True) if True in story else window.years
        low, high, top, bottom, seen = [0.0], [0.0], [], [], 0
        for age, at in enumerate(years):
            factor = 0.5 ** (age / window.half_life)
            amount, loss = cell(column, at), 0.0
            if window.subtract is not None:
                loss = cell(window.subtract, at)
            if age >= ended:
                amount = loss = 0.0
            low.append(-math.inf if loss is None else factor * ((amount or 0.0) - loss))
            high.append(math.inf if amount is None else factor * (amount - (loss or 0.0)))
            if amount is not None and loss is not None:
                top.append(factor * (amount - loss))
                bottom.append(factor)
                seen += 1
        sums.append((sum(low), sum(high)))
        # With an unobserved year of rupture, an unobserved amount before it is left out all the
        # same: only amounts that are there can tell the stories apart.
        means.append((top, math.fsum(bottom), seen))
    if window.kind == "decay_sum":
        least, greatest = min(low for low, _ in sums), max(high for _, high in sums)
        same = math.isfinite(least) and math.isclose(least, greatest, rel_tol=0, abs_tol=1e-12)
        return (least if same else None), least, greatest
    top, bottom, seen = means[0]  # no rupture but the observed ones
    counted = [term for term in top if term]
    if seen < window.min_years or any([t for t in other if t] != counted for other, _, _ in means):
        return None, None, None
    return math.fsum(top) / bottom, None, None


def reaches(value: float, cut: float) -> bool:
    """Whether a value reaches a cut-point, but for the rounding of sums and powers."""
    return value >= cut - 1e-12 * max(1.0, abs(cut))


# --- rules ----------------------------------------------------------------------------------------


def between(rule: Callable[[float], float], bounded: Bounded) -> Known:
    """Code of a raw value by a rising rule, or the codes that its bounds leave."""
    raw, least, greatest = bounded
    if raw is not None:
        return rule(raw), rule(raw), rule(raw)
    low = 0.0 if least is None else rule(least)
    high = 1.0 if greatest is None else rule(greatest)
    return (low if low == high else None), low, high


def code_minmax(bounded: Bounded, lo: float, hi: float) -> Known:
    return between(lambda x: min(1.0, max(0.0, (x - lo) / (hi - lo))), bounded)


def code_saturate(bounded: Bounded, half: float, form: str) -> Known:
    def code(x: float) -> float:
        if math.isinf(x) and x > 0:
            return 1.0
        x = max(x, 0.0)
        return 1 - 0.5 ** (x / half) if form == "exponential" else x / (x + half)

    return between(code, bounded)


def code_thresholds(bounded: Bounded, cuts: tuple[float, ...], codes: tuple[float, ...]) -> Known:
    def place(x: float) -> int:
        return sum(reaches(x, cut) for cut in cuts)

    raw, least, greatest = bounded
    if raw is not None:
        code = codes[place(raw)]
        return code, code, code
    first = 0 if least is None else place(least)
    last = len(cuts) if greatest is None else place(greatest)
    still = codes[first : last + 1]
    low, high = min(still), max(still)
    return (low if low == high else None), low, high


def code_levels(raw: str | None, codes: dict[str, Any]) -> Known:
    def bounds(name: str) -> tuple[float, float]:
        code = codes[name]
        return tuple(code) if isinstance(code, (tuple, list)) else (code, code)

    some = list(codes) if raw is None else [raw]
    low = min(bounds(name)[0] for name in some)
    high = max(bounds(name)[1] for name in some)
    return (low if low == high else None), low, high


def code_distance(state: float | None, partner: float | None) -> Known:
    if state is not None and partner is not None:
        code = 1 - abs(state - partner)
        return code, code, code
    if state is None and partner is None:
        return None, 0.0, 1.0
    one = state if partner is None else partner
    return None, min(1 - abs(one - 0), 1 - abs(one - 1)), 1.0


def code_tilt(one: float | None, other: float | None) -> Known:
    ends = [
        (1 + (a if one is None else one) - (b if other is None else other)) / 2
        for a in (0, 1)
        for b in (0, 1)
    ]
    return (ends[0] if min(ends) == max(ends) else None), min(ends), max(ends)


def code_balance(pairs: list[tuple[float | None, float | None]]) -> Known | str:
    both = [(x, y) for x, y in pairs if x is not None and y is not None]
    if not both:
        return None, 0.0, 1.0
    one, other = math.fsum(x for x, _ in both), math.fsum(y for _, y in both)
    if one + other == 0:
        return "undefined"
    code = one / (one + other)
    return code, code, code


def code_share(
    pairs: list[tuple[float | None, float | None]],
    longer: list[tuple[float | None, float | None]] | None = None,
    volume: float | None = None,
) -> Known | str:
    both = [(p, w) for p, w in pairs if p is not None and w is not None]
    if not both:
        return None, 0.0, 1.0
    part, whole = math.fsum(p for p, _ in both), math.fsum(w for _, w in both)
    if volume is not None:
        usual = code_share(longer)
        if usual == "undefined":
            return usual
        part, whole = part + volume * usual[0], whole + volume
    if whole == 0:
        return "undefined"
    code = min(1.0, part / whole)
    return code, code, code


def code_of(indicator: Any, cell: Cell, state: str, partner: str, year: int) -> Known | None:
    """Code, minimum and maximum code of one indicator in one dyad-year; None: does not apply."""
    span = indicator.years
    if span is not None and span.first is not None and year < span.first:
        return None
    if span is not None and span.last is not None and year > span.last:
        return None
    if indicator.states is not None and state not in indicator.states:
        return None
    if indicator.partners is not None and partner not in indicator.partners:
        return None
    rule, window = indicator.rule, indicator.window
    first = indicator.columns[0]
    if rule.kind in ("share", "balance"):
        width = window.years if window.kind == "trailing_sum" else 1

        def pairs(width: int) -> list[tuple[float | None, float | None]]:
            years = range(year - width + 1, year + 1)
            return [(cell(first, y), cell(indicator.columns[1], y)) for y in years]

        if rule.kind == "balance":
            coded = code_balance(pairs(width))
        else:
            longer = None if rule.prior_years is None else pairs(rule.prior_years)
            coded = code_share(pairs(width), longer, rule.prior_volume)
        if coded == "undefined":
            return None
    elif rule.kind in ("distance", "tilt"):
        ends = [window_value(cell, c, window, year)[0] for c in indicator.columns]
        coded = code_distance(*ends) if rule.kind == "distance" else code_tilt(*ends)
    else:
        bounded = window_value(cell, first, window, year)
        if rule.kind == "levels":
            coded = code_levels(bounded[0], rule.codes)
        elif rule.kind == "thresholds":
            coded = code_thresholds(bounded, rule.cuts, rule.codes)
        elif rule.kind == "minmax":
            coded = code_minmax(bounded, rule.lo, rule.hi)
        elif rule.kind == "saturate":
            coded = code_saturate(bounded, rule.half, rule.form)
        else:
            coded = code_minmax(bounded, 0.0, 1.0)
    code, low, high = coded
    if indicator.reverse:
        code, low, high = (None if code is None else 1 - code), 1 - high, 1 - low
    if indicator.cut is not None:
        low, high = (float(reaches(end, indicator.cut)) for end in (low, high))
        code = low if low == high else None
    return code, low, high


def carried_code(
    indicator: Any, spec: Any, cell: Cell, there: Callable[[int], bool], key: tuple[str, str, int]
) -> tuple[float | None, int | None]:
    """Latest known code of the dyad that may stand for an unknown one, and its age."""
    state, partner, year = key
    years = spec.carry_years if indicator.carry_years is None else indicator.carry_years
    for age in range(1, years + 1):
        if spec.carry_until is not None and (cell(spec.carry_until, year - age + 1) or 0) > 0:
            return None, None
        if there(year - age):
            found = code_of(indicator, cell, state, partner, year - age)
            if found is not None and found[0] is not None:
                return found[0], age
    return None, None


# --- aggregation: one row, (weight, code) of the children that are there --------------------------


def mean_of(parts: list[tuple[float, float]]) -> float:
    return math.fsum(w * c for w, c in parts) / math.fsum(w for w, _ in parts)


def sum_of(parts: list[tuple[float, float]]) -> float:
    return math.fsum(w * c for w, c in parts)


def geometric_of(parts: list[tuple[float, float]]) -> float:
    total = math.fsum(w for w, _ in parts)
    # A scaled child that is 0 can come as -5e-17.
    return math.prod(max(c, 0.0) ** (w / total) for w, c in parts)


def min_of(parts: list[tuple[float, float]]) -> float:
    return min(c for _, c in parts)


def stages_of(parts: list[tuple[float, float]], met: float) -> float:
    reached = []
    for weight, code in parts:
        if not reaches(code, met):
            break
        reached.append(weight)
    return math.fsum(reached) / math.fsum(w for w, _ in parts)


def children(spec: Any, name: str) -> list[Any]:
    return [part for part in (*spec.nodes, *spec.indicators) if part.parent == name]


def is_node(spec: Any, part: Any) -> bool:
    return any(part is node for node in spec.nodes)


def weights_of(spec: Any, owner: Any, name: str) -> dict[str, float]:
    """Weights of the children that take part; for a sum with mean 1."""
    positive = {c.name: c.weight for c in children(spec, name) if c.weight > 0}
    if owner.aggregation != "sum":
        return positive
    mean = math.fsum(positive.values()) / len(positive)
    return {child: weight / mean for child, weight in positive.items()}


ABSENT = "absent"


def value_of(
    spec: Any, owner: Any, name: str, codes: dict[str, float | None], propagate: bool
) -> float | str | None:
    """Value of a node from a code (or None: unknown) for every indicator that applies."""
    weights = weights_of(spec, owner, name)
    found: list[tuple[float, float | None]] = []
    for child in children(spec, name):
        if child.name not in weights:
            continue
        if is_node(spec, child):
            value = value_of(spec, child, child.name, codes, propagate)
        else:
            value = codes.get(child.name, ABSENT)
        if value != ABSENT:
            found.append((weights[child.name], value))
    if not found:
        return ABSENT
    known = [(w, c) for w, c in found if c is not None]
    if not known:
        return None
    if len(known) < len(found) and (propagate or owner.aggregation in ALWAYS_PROPAGATE):
        return None
    if owner.aggregation == "mean":
        value = mean_of(known)
    elif owner.aggregation == "sum":
        due, seen = math.fsum(w for w, _ in found), math.fsum(w for w, _ in known)
        value = sum_of(known) * due / seen
    elif owner.aggregation == "geometric":
        value = geometric_of(known)
    elif owner.aggregation == "min":
        value = min_of(known)
    else:
        value = stages_of(known, owner.met)
    lo, hi = owner.scale or (0.0, 1.0)
    return lo + (hi - lo) * value


# --- contributions --------------------------------------------------------------------------------


def leaves_of(spec: Any, name: str) -> list[str]:
    """Indicators below a node that take part in it."""
    found = []
    for child in children(spec, name):
        if child.weight == 0:
            continue
        found += leaves_of(spec, child.name) if is_node(spec, child) else [child.name]
    return found


def shapley(
    spec: Any, owner: Any, name: str, codes: dict[str, float | None], propagate: bool
) -> tuple[dict[str, float], float]:
    """Mean gain of each leaf over all orders in which the leaves can arrive."""
    reference = 1.0 if owner.aggregation in ("geometric", "min") else 0.0
    players = [leaf for leaf in leaves_of(spec, name) if codes.get(leaf) is not None]
    memory: dict[frozenset[str], float] = {}

    def worth(members: frozenset[str]) -> float:
        if members not in memory:
            mixed = dict(codes)
            for player in players:
                if player not in members:
                    mixed[player] = reference
            memory[members] = value_of(spec, owner, name, mixed, propagate)
        return memory[members]

    gains: dict[str, list[float]] = {player: [] for player in players}
    for order in itertools.permutations(players):
        for place, player in enumerate(order):
            before = frozenset(order[:place])
            gains[player].append(worth(before | {player}) - worth(before))
    mean = {player: math.fsum(gain) / len(gain) for player, gain in gains.items()}
    return mean, worth(frozenset())


def contributions_of(
    spec: Any, owner: Any, name: str, codes: dict[str, float | None], propagate: bool
) -> tuple[dict[str, float], float]:
    """Contribution of each indicator that is part of a known value, and the reference value."""
    if owner.aggregation not in LINEAR:
        return shapley(spec, owner, name, codes, propagate)
    weights = weights_of(spec, owner, name)
    value: dict[str, Any] = {}
    for child in children(spec, name):
        value[child.name] = (
            value_of(spec, child, child.name, codes, propagate)
            if is_node(spec, child)
            else codes.get(child.name, ABSENT)
        )
    due = math.fsum(w for child, w in weights.items() if value[child] != ABSENT)
    seen = math.fsum(w for child, w in weights.items() if value[child] not in (ABSENT, None))
    lo, hi = owner.scale or (0.0, 1.0)
    parts: dict[str, float] = {}
    base = lo
    for child in children(spec, name):
        if child.name not in weights or value[child.name] in (ABSENT, None):
            continue
        share = (hi - lo) * weights[child.name] / seen
        if owner.aggregation == "sum":
            share *= due
        if is_node(spec, child):
            below, reference = contributions_of(spec, child, child.name, codes, propagate)
            base += share * reference
            parts.update({leaf: share * part for leaf, part in below.items()})
        else:
            parts[child.name] = share * value[child.name]
    return parts, base


# --- the whole ------------------------------------------------------------------------------------


def leaf_weight(spec: Any, part: Any) -> float:
    """Weight of an indicator among all, multiplied down the tree."""
    own = part.weight / math.fsum(c.weight for c in children(spec, part.parent))
    if not part.parent:
        return own
    return own * leaf_weight(spec, next(n for n in spec.nodes if n.name == part.parent))


def read_cells(panel: pd.DataFrame) -> dict[tuple[str, str, int], dict[str, Any]]:
    cells = {}
    for (state, partner, year), row in zip(
        panel.index, panel.astype(object).to_dict("records"), strict=True
    ):
        cells[(state, partner, int(year))] = {
            name: None if pd.isna(value) else value for name, value in row.items()
        }
    return cells


def paired(
    cells: dict[tuple[str, str, int], dict[str, Any]], a: str, b: str
) -> dict[tuple[str, str, int], dict[str, Any]]:
    """Rows of a bipolar index: what a state has with a, and under ``x@b`` what it has with b."""
    both = {}
    for state, partner, year in cells:
        if partner in (a, b) and state not in (a, b):
            of_a = cells.get((state, a, year), {})
            of_b = cells.get((state, b, year), {})
            both[(state, a, year)] = {**of_a, **{f"{name}@{b}": v for name, v in of_b.items()}}
    return both


def reference_score(panel: pd.DataFrame, spec: Any) -> list[dict[str, Any]]:
    """Score every dyad-year of a panel, in the order of (state, partner, year)."""
    cells = read_cells(panel)
    if spec.poles is not None:
        cells = paired(cells, *spec.poles)
    return [score_of(cells, spec, *key) for key in sorted(cells)]


def score_of(
    cells: dict[tuple[str, str, int], dict[str, Any]],
    spec: Any,
    state: str,
    partner: str,
    year: int,
) -> dict[str, Any]:
    """Score one dyad-year; a row that is missing is an unobserved year."""

    def cell(column: str, at: int) -> Any:
        return cells.get((state, partner, at), {}).get(column)

    coded = {}
    for indicator in spec.indicators:
        found = code_of(indicator, cell, state, partner, year)
        if found is not None:
            coded[indicator.name] = found
    propagate = spec.missing == "propagate"
    code = {name: c for name, (c, _, _) in coded.items()}
    least = {name: lo for name, (_, lo, _) in coded.items()}
    greatest = {name: hi for name, (_, _, hi) in coded.items()}
    low = value_of(spec, spec, "", least, propagate)
    high = value_of(spec, spec, "", greatest, propagate)
    seen_codes, ages = dict(code), dict.fromkeys(code)
    if spec.missing == "carry":
        for indicator in spec.indicators:
            name = indicator.name
            if name in code and code[name] is None:
                old, ages[name] = carried_code(
                    indicator, spec, cell, lambda y: (state, partner, y) in cells,
                    (state, partner, year),
                )  # fmt: skip
                if old is not None:
                    code[name] = min(max(old, least[name]), greatest[name])
    weight = {i.name: leaf_weight(spec, i) for i in spec.indicators}
    due = math.fsum(weight[name] for name in coded)
    seen = math.fsum(weight[name] for name in coded if seen_codes[name] is not None)
    held = math.fsum(weight[name] for name in coded if ages[name] is not None)
    coverage = seen / due if due > 0 else None
    carried = held / due if due > 0 else None
    plain = value_of(spec, spec, "", code, propagate)
    used, score = code, plain
    if low == ABSENT:
        score = low = high = coverage = carried = None
    elif plain is not None:
        noise = 1e-12 * max(1.0, abs(plain))  # of rounding: it does not hold a score at a bound
        if plain < low - noise:
            used, score = least, low
        elif plain > high + noise:
            used, score = greatest, high
        if coverage + carried < spec.min_coverage - 1e-12:
            score = None
    parts, reference = {}, None
    if score is not None:
        parts, reference = contributions_of(spec, spec, "", used, propagate)
    return {
        "state": state,
        "partner": partner,
        "year": year,
        "score": score,
        "low": low,
        "high": high,
        "coverage": coverage,
        "carried": carried,
        "n_indicators": sum(c is not None and weight[name] > 0 for name, c in seen_codes.items()),
        "codes": {i.name: seen_codes.get(i.name) for i in spec.indicators},
        "ages": {i.name: ages.get(i.name) for i in spec.indicators},
        "applies": {i.name: i.name in coded for i in spec.indicators},
        "contributions": {i.name: parts.get(i.name) for i in spec.indicators},
        "reference": reference,
    }
