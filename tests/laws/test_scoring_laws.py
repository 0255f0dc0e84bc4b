"""What must hold for any panel and any spec: scoring equals its slow twin and obeys its laws."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from alignindex import as_panel, score
from alignindex.kernels.scoring import aggregate
from alignindex.scoring import coding, contributions
from alignindex.scoring import result as result_module
from alignindex.spec import IndexSpec
from benchmarks.twins import scoring as twin

STATES, PARTNERS, YEARS = ("AAA", "BBB", "CCC"), ("BBB", "CCC", "RRR"), range(2000, 2009)
SCORES = ["score", "low", "high", "coverage", "carried", "n_indicators"]
seeds = st.integers(0, 2**32 - 1)

# --- random specs and panels ----------------------------------------------------------------------


def pick(rng, options):
    return options[rng.integers(len(options))]


def some_window(rng, kinds):
    kind = pick(rng, kinds)
    if kind == "trailing_sum":
        return {"kind": kind, "years": int(rng.integers(1, 5))}
    if kind == "trailing_mean":
        years = int(rng.integers(1, 5))
        return {"kind": kind, "years": years, "min_years": int(rng.integers(1, years + 1))}
    if kind == "last_known":
        return {"kind": kind, "max_age": int(rng.integers(0, 4))}
    if kind in ("decay_sum", "decay_mean"):
        years = int(rng.integers(1, 5))
        window = {"kind": kind, "years": years, "half_life": pick(rng, [0.5, 1.0, 2.0, 3.3])}
        if kind == "decay_mean":
            window["min_years"] = int(rng.integers(1, years + 1))
        return window | {name: name for name in ("subtract", "reset") if rng.random() < 0.4}
    return {"kind": "none"}


def some_code(rng):
    return pick(rng, [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0, float(rng.random())])


DECAYS = ["decay_sum", "decay_mean"]


def some_rule(rng, kinds, full_range, language):
    """Draw a rule and a window that goes with it."""
    kind = pick(rng, kinds)
    if kind == "share":
        rule = {"kind": kind, "tolerance": pick(rng, [0.0, 0.5])}
        if language == 2 and rng.random() < 0.5:
            rule |= {"prior_volume": pick(rng, [0.5, 3.0, 30.0]), "prior_years": 6}
        return rule, some_window(rng, ["none", "trailing_sum"])
    if kind == "balance":
        return {"kind": kind}, some_window(rng, ["none", "trailing_sum"])
    if kind in ("distance", "tilt"):
        return {"kind": kind}, some_window(rng, ["none", "trailing_mean", "last_known"])
    if kind == "levels":
        names = ["none", "facility", "base", "disputed", "odd name"]
        names = names[: rng.integers(2, 6)]
        codes = {}
        for name in names:
            lo, hi = sorted((some_code(rng), some_code(rng)))
            codes[name] = [lo, hi] if rng.random() < 0.3 else lo
        if full_range:
            codes["none"], codes["facility"] = 0.0, 1.0
        return {"kind": kind, "codes": codes}, some_window(rng, ["none", "last_known"])
    windows = ["none", "trailing_sum", "trailing_mean", "last_known"]
    window = some_window(rng, windows + (DECAYS if language == 2 else []))
    if kind == "saturate":
        rule = {"kind": kind, "half": pick(rng, [0.5, 1.0, 3.0])}
        return rule | {"form": pick(rng, ["exponential", "hyperbolic"])}, window
    if kind == "thresholds":
        n = int(rng.integers(1, 4))
        cuts = sorted(rng.choice([-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 5.0], n, replace=False).tolist())
        codes = [some_code(rng) for _ in range(n + 1)]
        if full_range:
            cuts, codes = [1.0, 3.0], [0.0, 0.5, 1.0]
        return {"kind": kind, "cuts": cuts, "codes": codes}, window
    if kind == "minmax":
        lo = 0.0 if full_range else pick(rng, [-2.0, -1.0, 0.0])
        if rng.random() < 0.5:
            window.pop("subtract", None)  # which could take a sum below the minimum
            hi = 20.0 if window["kind"] in ("trailing_sum", "decay_sum") else 4.0
            lo = min(lo, 0.0)  # a year before a rupture counts as 0
            return {"kind": kind, "lo": lo, "hi": hi}, window
        lo = 0.0 if full_range else pick(rng, [-1.0, 0.0, 1.5])
        return {"kind": kind, "lo": lo, "hi": lo + 3.0, "clip": True}, window
    window.pop("subtract", None)
    return {"kind": "identity"}, window


def raw_columns(rng, indicator, n, unknown):
    """Random raw values that the rule admits, a share of them unknown."""
    kind, window = indicator.rule.kind, indicator.window.kind
    names = indicator.columns

    def holes(values):
        values = np.asarray(values, dtype=object)
        values[rng.random(n) < unknown] = None
        return values

    if indicator.window.columns:
        plain = indicator.model_copy(
            update={"window": indicator.window.model_copy(update={"subtract": None, "reset": None})}
        )
        found = raw_columns(rng, plain, n, unknown)
        for name in indicator.window.columns:
            found[name] = holes(rng.choice([0, 0, 0, 1, 2], n)).astype(float)
        return found
    if kind == "levels":
        known = list(indicator.rule.codes)
        return {names[0]: pd.Categorical(holes(rng.choice(known, n)), categories=known)}
    if kind == "share":
        whole = rng.choice([0, 0, 1, 2, 5, 7.5], n)
        part = np.floor(whole * rng.choice([0, 0.3, 0.7, 1], n)) + indicator.rule.tolerance * (
            rng.random(n) < 0.3
        )
        both = {names[0]: np.minimum(part, whole + indicator.rule.tolerance), names[1]: whole}
        return {name: holes(values).astype(float) for name, values in both.items()}
    if kind == "balance":
        return {name: holes(rng.choice([0, 0, 1, 2, 7.5], n)).astype(float) for name in names}
    if kind in ("distance", "tilt"):
        return {
            name: holes(rng.choice([0, 0.25, 0.5, 0.75, 1, rng.random()], n)).astype(float)
            for name in names
        }
    if kind == "identity":
        values = rng.random(n).round(int(rng.integers(1, 4))) * (
            0.25 if window in ("trailing_sum", "decay_sum") else 1
        )
    elif kind == "minmax" and not indicator.rule.clip:
        values = rng.choice([0, 1, 2.5, 4], n)
    elif kind == "minmax" and window not in ("trailing_sum", "decay_sum"):
        values = rng.choice([-3, 0, 1, 2.5, 4, 9], n)
    else:
        values = rng.choice([0, 0, 1, 1, 2, 4], n)
    return {names[0]: holes(values).astype(float)}


RULES = ["identity", "share", "thresholds", "levels", "minmax", "distance", "balance", "tilt"]


def some_spec(
    rng,
    *,
    aggregations=("mean", "sum", "geometric", "min", "stages"),
    rules=RULES,
    missing=("propagate", "renormalise", "carry"),
    max_nodes=3,
    scales=True,
    where=True,
    full_range=False,
    zero_weights=True,
    languages=(1, 2),
):
    language = pick(rng, languages)
    if language == 1:
        missing = [how for how in missing if how != "carry"]
    elif "minmax" in rules:
        rules = [*rules, "saturate"]
    k = int(rng.integers(1, 6))
    weights = [0.5, 1.0, 1.0, 2.0, 3.7] + ([0.0] if zero_weights else [])
    nodes = []
    for j in range(int(rng.integers(0, max_nodes + 1))):
        nodes.append(
            {
                "name": f"n{j}",
                "parent": pick(rng, ["", *[node["name"] for node in nodes]]),
                "aggregation": pick(rng, aggregations),
                "weight": pick(rng, weights),
            }
        )
    indicators = []
    for j in range(k):
        rule, window = some_rule(rng, rules, full_range, language)
        window |= {part: f"{part}{j}" for part in ("subtract", "reset") if part in window}
        two = rule["kind"] in ("share", "distance", "balance", "tilt")
        columns = [f"x{j}", f"y{j}"] if two else [f"x{j}"]
        one = {"name": f"i{j}", "columns": columns, "rule": rule, "window": window}
        one["parent"] = pick(rng, ["", *[node["name"] for node in nodes]])
        one["weight"] = pick(rng, weights)
        one["reverse"] = bool(rng.random() < 0.25)
        if rng.random() < 0.15 and not full_range:
            one["cut"] = pick(rng, [0.0, 0.25, 0.5, 0.75, 1.0])
        if where and rng.random() < 0.2:
            spans = [{"first": 2003}, {"last": 2004}, {"first": 2002, "last": 6000}]
            one["years"] = pick(rng, spans)
        if where and rng.random() < 0.15:
            one["states"] = ["AAA", "CCC"]
        if where and rng.random() < 0.15:
            one["partners"] = ["RRR", "ZZZ"]
        one["carries"] = rng.random() < 0.3
        indicators.append(one)
    while True:  # nodes without children go
        parents = {part["parent"] for part in (*nodes, *indicators)}
        kept = [node for node in nodes if node["name"] in parents]
        if len(kept) == len(nodes):
            break
        nodes = kept
    for parent in ["", *[node["name"] for node in nodes]]:
        below = [part for part in (*nodes, *indicators) if part["parent"] == parent]
        if below and all(part["weight"] == 0 for part in below):
            below[0]["weight"] = 1.0
    root = {"aggregation": pick(rng, aggregations)}
    geometric = any(part["aggregation"] == "geometric" for part in (root, *nodes))
    for part in (root, *nodes):
        if part["aggregation"] == "stages":
            part["met"] = pick(rng, [0.0, 0.4, 0.5, 1.0])
        if scales and rng.random() < 0.3:
            part["scale"] = pick(rng, [[0.0, 2.0], [0.5, 1.0], [0.2, 0.9]])
            if not geometric and rng.random() < 0.5:
                part["scale"] = pick(rng, [[-1.0, 1.0], [-100.0, 100.0], [2.0, 3.0]])
    how = pick(rng, missing)
    for one in indicators:
        if one.pop("carries") and how == "carry":
            one["carry_years"] = int(rng.integers(0, 4))
    content = {
        "schema_version": language, "name": "random", "fidelity": "illustrative", "missing": how,
        "min_coverage": pick(rng, [0.0, 0.0, 0.3, 0.6, 1.0]) if how != "propagate" else 0.0,
        "nodes": nodes, "indicators": indicators, **root,
    }  # fmt: skip
    if how == "carry":
        content["carry_years"] = int(rng.integers(0, 5))
        if rng.random() < 0.3:
            content["carry_until"] = "rupture"
    return IndexSpec.from_dict(content)


def some_panel(rng, spec, unknown=None):
    keys = [
        (state, partner, year)
        for state in STATES
        for partner in PARTNERS
        if state != partner and rng.random() < 0.6
        for year in YEARS
        if rng.random() < 0.8
    ] or [("AAA", "RRR", 2001)]
    unknown = pick(rng, [0.0, 0.2, 0.5, 0.9]) if unknown is None else unknown
    columns = {}
    for indicator in spec.indicators:
        columns.update(raw_columns(rng, indicator, len(keys), unknown))
    if spec.carry_until is not None:
        columns[spec.carry_until] = rng.choice([0.0, 0.0, np.nan, 1.0], len(keys))
    index = pd.MultiIndex.from_tuples(keys, names=["state", "partner", "year"])
    return pd.DataFrame(columns, index=index)


def some_case(seed, **limits):
    rng = np.random.default_rng(seed)
    spec = some_spec(rng, **limits)
    return some_panel(rng, spec), spec, rng


def changed(spec, **changes):
    return IndexSpec.from_dict(spec.model_dump(exclude_none=True) | changes)


def assert_close(left, right, tolerance=1e-12):
    np.testing.assert_allclose(
        np.asarray(left, float), np.asarray(right, float), rtol=tolerance, atol=tolerance
    )


def assert_same(left, right, columns=SCORES):
    pd.testing.assert_frame_equal(left[columns], right[columns], check_exact=True)


# --- the twin -------------------------------------------------------------------------------------


def compare_with_twin(panel, spec):
    result = score(panel, spec)
    rows = twin.reference_score(panel, spec)
    assert list(result.scores.index) == [(r["state"], r["partner"], r["year"]) for r in rows]
    for name in SCORES:
        assert_close(result.scores[name], [r[name] for r in rows])
    names = [indicator.name for indicator in spec.indicators]
    assert result.codes.columns.tolist() == names
    assert_close(result.codes, [[r["codes"][name] for name in names] for r in rows])
    assert result.applies.to_numpy().tolist() == [list(r["applies"].values()) for r in rows]
    assert_close(result.carried, [[r["ages"][name] for name in names] for r in rows])
    scale = 1 + max(abs(end) for end in spec.range)
    for place, row in enumerate(rows):
        expected = [row["contributions"][name] for name in names]
        assert_close(result.contributions.iloc[place], expected, 1e-12 * scale)
        assert_close(result.reference.iloc[place], row["reference"], 1e-12 * scale)


@given(seeds)
def test_equals_the_slow_twin(seed):
    panel, spec, _ = some_case(seed)
    compare_with_twin(panel, spec)


@given(seeds)
def test_equals_the_slow_twin_on_flat_specs(seed):
    panel, spec, _ = some_case(seed, max_nodes=0)
    compare_with_twin(panel, spec)


# --- values and bounds ----------------------------------------------------------------------------


@given(seeds)
def test_the_score_lies_within_the_range_of_its_codes(seed):
    panel, spec, _ = some_case(
        seed, aggregations=("mean", "geometric", "min"), max_nodes=0, scales=False
    )
    result = score(panel, spec)
    weighted = [i.name for i in spec.indicators if i.weight > 0]
    complete = result.applies[weighted].sum(axis=1) == result.codes[weighted].notna().sum(axis=1)
    known = result.scores["score"].notna()
    codes = result.codes.loc[known & complete, weighted]
    value = result.scores.loc[known & complete, "score"]
    assert (value >= codes.min(axis=1) - 1e-12).all()
    assert (value <= codes.max(axis=1) + 1e-12).all()
    bounds = result.scores.loc[result.scores["low"].notna(), ["low", "high"]]
    assert ((bounds >= -1e-12) & (bounds <= 1 + 1e-12)).all(axis=None)


@given(seeds)
def test_low_score_high(seed):
    panel, spec, _ = some_case(seed)
    scores = score(panel, spec).scores
    known = scores["score"].notna()
    assert (scores["low"].notna() == scores["high"].notna()).all()
    assert (scores["low"] <= scores["high"]).sum() == scores["low"].notna().sum()
    assert (scores.loc[known, "low"] <= scores.loc[known, "score"]).all()
    assert (scores.loc[known, "score"] <= scores.loc[known, "high"]).all()


@given(seeds)
def test_where_nothing_is_unknown_the_bounds_are_the_score(seed):
    panel, spec, _ = some_case(seed)
    spec = changed(spec, min_coverage=0.0)
    result = score(panel, spec)
    complete = (result.codes.notna() == result.applies).all(axis=1) & result.scores["low"].notna()
    rows = result.scores[complete]
    assert (rows["score"] == rows["low"]).all()
    assert (rows["score"] == rows["high"]).all()
    assert (rows["coverage"] == 1).all()


@given(seeds)
def test_contributions_and_reference_add_up_to_the_score(seed):
    panel, spec, _ = some_case(seed)
    result = score(panel, spec)
    known = result.scores["score"].notna()
    total = result.contributions.sum(axis=1) + result.reference
    scale = 1 + max(abs(end) for end in spec.range)
    assert_close(total[known] / scale, result.scores.loc[known, "score"] / scale)
    assert result.contributions[~known].isna().all(axis=None)
    assert result.reference[~known].isna().all()


@given(seeds)
def test_monotone_in_every_code(seed):
    """Raising one raw value under `identity` never lowers score, low or high."""
    panel, spec, rng = some_case(seed, rules=["identity"], zero_weights=True)
    spec = changed(
        spec,
        indicators=[
            i.model_dump(exclude_none=True) | {"reverse": False, "window": {"kind": "none"}}
            for i in spec.indicators
        ],
    )
    column = pick(rng, [name for name in panel.columns if name != spec.carry_until])
    higher = panel.copy()
    higher[column] += (1 - higher[column]) * rng.random(len(panel))
    before, after = score(panel, spec).scores, score(higher, spec).scores
    slack = 1e-12 * (1 + max(abs(end) for end in spec.range))
    for name in ("score", "low", "high"):
        assert (before[name].isna() == after[name].isna()).all()
        known = before[name].notna()
        assert (after.loc[known, name] >= before.loc[known, name] - slack).all()


@given(seeds)
def test_reversed_indicators_are_monotone_downwards(seed):
    panel, spec, rng = some_case(seed, rules=["identity"], max_nodes=1)
    spec = changed(
        spec,
        indicators=[
            i.model_dump(exclude_none=True) | {"reverse": True, "window": {"kind": "none"}}
            for i in spec.indicators
        ],
    )
    higher = panel + (1 - panel) * rng.random()
    if spec.carry_until is not None:
        higher[spec.carry_until] = panel[spec.carry_until]
    before, after = score(panel, spec).scores, score(higher, spec).scores
    slack = 1e-12 * (1 + max(abs(end) for end in spec.range))
    known = before["score"].notna()
    assert (after.loc[known, "score"] <= before.loc[known, "score"] + slack).all()


# --- bounds are attained --------------------------------------------------------------------------


def with_both_ends(spec):
    """Give a category that is known in part two more names, one for each end."""
    indicators = []
    for indicator in spec.indicators:
        content = indicator.model_dump(exclude_none=True)
        if indicator.rule.kind == "levels":
            codes = dict(content["rule"]["codes"])
            for name in list(codes):
                lo, hi = indicator.rule.bounds(name)
                codes[f"{name} at least"], codes[f"{name} at most"] = lo, hi
            content["rule"] = {"kind": "levels", "codes": codes}
        indicators.append(content)
    return changed(spec, indicators=indicators)


def admissible(indicator, cell, year):
    """Yield every completion of the unknown cells that the code of a year rests on."""
    window, kind = indicator.window, indicator.rule.kind
    back = {"trailing_sum": lambda: window.years - 1, "last_known": lambda: window.max_age}
    years = range(year - back.get(window.kind, lambda: 0)(), year + 1)
    if kind == "levels":
        ends = [n for n in indicator.rule.codes if n.endswith((" at least", " at most"))]

        def options(column, y):
            now = cell(column, y)
            return ends if now is None else [f"{now} at least", f"{now} at most"]
    else:
        grids = {
            "distance": sorted(
                {0.0, 0.5, 1.0, *(cell(c, y) or 0.0 for c in indicator.columns for y in years)}
            ),
            "thresholds": [0.0, 0.5, 1.0, 2.0, 3.0, 5.0],
            "tilt": [0.0, 0.5, 1.0],
            "identity": [0.0, 0.5, 1.0],
            "share": [0.0, 1.0, 4.0],
            "balance": [0.0, 1.0, 4.0],
        }
        if kind == "identity" and window.kind == "trailing_sum":
            grids["identity"] = [0.0, 1 - sum(cell(indicator.columns[0], y) or 0.0 for y in years)]
        if kind == "minmax":
            lo, hi = indicator.rule.lo, indicator.rule.hi
            known = [cell(indicator.columns[0], y) or 0.0 for y in years]
            summed = window.kind == "trailing_sum"
            grids["minmax"] = [0.0, hi - sum(known), hi] if summed else [lo, (lo + hi) / 2, hi]
        if kind == "thresholds" and window.kind != "trailing_sum":
            grids["thresholds"] = [-9.0, -1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 5.0]

        def options(column, y):
            now = cell(column, y)
            return grids[kind] if now is None else [now]

    cells = [(column, y) for column in indicator.columns for y in years]
    if window.kind == "last_known":  # the latest value that is known, else one of the year itself
        latest = {c: [y for y in years if cell(c, y) is not None] for c in indicator.columns}
        cells = [(c, max(known, default=year)) for c, known in latest.items()]
    return cells, itertools.product(*(options(*one) for one in cells))


def attainable_codes(indicator, cell, key):
    """Return every code that some admissible completion of the raw values gives."""
    found = set()
    rule, window = indicator.rule, indicator.window
    cells, completions = admissible(indicator, cell, key[2])
    for values in completions:
        full = dict(zip(cells, values, strict=True))
        total = sum(v for v in values if not isinstance(v, str))
        if rule.kind == "identity" and window.kind == "trailing_sum" and total > 1 + 1e-12:
            continue
        if rule.kind == "minmax" and window.kind == "trailing_sum" and not rule.clip and not (
            rule.lo - 1e-12 <= total <= rule.hi + 1e-12
        ):  # fmt: skip
            continue
        if rule.kind == "share" and any(
            full[(indicator.columns[0], y)] > full[(indicator.columns[1], y)] + rule.tolerance
            for y in {y for _, y in cells}
        ):
            continue
        coded = twin.code_of(indicator, lambda c, y, full=full: full.get((c, y)), *key)
        if coded is not None:  # 0/0: a share that is not there bounds nothing
            assert coded[0] is not None
            found.add(coded[0])
    return found


@given(seeds)
def test_bounds_are_the_least_and_greatest_admissible_score(seed):
    """Brute force over raw values: no score beyond the bounds, and each bound is some score."""
    rng = np.random.default_rng(seed)
    spec = some_spec(rng, missing=["renormalise"], languages=[1])
    plain = [
        i.model_dump(exclude_none=True)
        | ({"window": {"kind": "none"}} if i.window.kind == "trailing_mean" else {})
        for i in spec.indicators[:3]
    ]
    for indicator in plain:
        if indicator["window"].get("years", 0) > 3:
            indicator["window"]["years"] = 3
        if (
            indicator["window"]["kind"] == "trailing_sum"
            and indicator["rule"]["kind"] == "identity"
        ):
            indicator["window"]["years"] = min(2, indicator["window"]["years"])
    names = {part["parent"] for part in plain}
    parents = {node.name: node.parent for node in spec.nodes}
    for name in list(names):
        while name:
            name = parents[name]
            names.add(name)
    nodes = [n.model_dump(exclude_none=True) for n in spec.nodes if n.name in names]
    for part in (*plain, *nodes):
        part["weight"] = part["weight"] or 1.0
    spec = changed(spec, indicators=plain, nodes=nodes, min_coverage=0.0)
    n = 3
    unknown = pick(rng, [0.3, 0.6])
    columns = {}
    for indicator in spec.indicators:
        columns.update(raw_columns(rng, indicator, n, unknown))
        if indicator.rule.kind in ("share", "balance"):  # half a pair is known: see the last test
            part, whole = (columns[c] for c in indicator.columns)
            part[np.isnan(whole)], whole[np.isnan(part)] = np.nan, np.nan
    keys = [("AAA", "RRR", year) for year in (2003, 2004, 2005)]
    panel = pd.DataFrame(
        columns, index=pd.MultiIndex.from_tuples(keys, names=["state", "partner", "year"])
    )
    row = score(panel, spec).scores.loc[keys[-1]]
    cells = twin.read_cells(panel)

    def cell(column, year):
        return cells.get(("AAA", "RRR", year), {}).get(column)

    wide = with_both_ends(spec)
    codes = {}
    for narrow, indicator in zip(spec.indicators, wide.indicators, strict=True):
        coded = twin.code_of(narrow, cell, *keys[-1])
        if coded is None:
            continue
        if coded[0] is not None:
            codes[indicator.name] = {coded[0]}
        else:
            codes[indicator.name] = attainable_codes(indicator, cell, keys[-1])
    if not codes:
        assert math.isnan(row["low"])
        return
    found = [
        twin.value_of(spec, spec, "", dict(zip(codes, chosen, strict=True)), True)
        for chosen in itertools.product(*codes.values())
    ]
    assert_close(row["low"], min(found))
    assert_close(row["high"], max(found))


# --- what must not matter -------------------------------------------------------------------------


@given(seeds, st.sampled_from([0.001, 0.3, 7.0, 1e6]))
def test_scale_of_weights_does_not_matter(seed, factor):
    panel, spec, _ = some_case(seed)
    scaled = changed(
        spec,
        indicators=[
            i.model_dump(exclude_none=True) | {"weight": i.weight * factor} for i in spec.indicators
        ],
        nodes=[n.model_dump(exclude_none=True) | {"weight": n.weight * factor} for n in spec.nodes],
    )
    before, after = score(panel, spec).scores, score(panel, scaled).scores
    scale = 1 + max(abs(end) for end in spec.range)
    for name in SCORES:
        assert_close(before[name] / scale, after[name] / scale)


@given(seeds)
def test_order_of_indicators_does_not_matter(seed):
    panel, spec, rng = some_case(seed, aggregations=("mean", "sum", "geometric", "min"))
    order = rng.permutation(len(spec.indicators))
    turned = changed(
        spec, indicators=[spec.indicators[j].model_dump(exclude_none=True) for j in order]
    )
    before, after = score(panel, spec), score(panel, turned)
    scale = 1 + max(abs(end) for end in spec.range)
    for name in SCORES:
        assert_close(before.scores[name] / scale, after.scores[name] / scale)
    assert_same(before.codes, after.codes, list(before.codes.columns))


@given(seeds)
def test_order_of_rows_does_not_matter(seed):
    panel, spec, rng = some_case(seed)
    before, after = score(panel, spec), score(panel.iloc[rng.permutation(len(panel))], spec)
    assert_same(before.scores, after.scores)
    assert_same(before.contributions, after.contributions, list(before.codes.columns))
    assert before.provenance["panel"]["digest"] == after.provenance["panel"]["digest"]


@pytest.mark.slow
@given(seeds, st.sampled_from([1, 2, 7]))
def test_chunks_do_not_matter(seed, rows):
    panel, spec, _ = some_case(seed)
    before = score(panel, spec)
    with pytest.MonkeyPatch.context() as patch:
        for module in (coding, result_module, contributions, aggregate):
            patch.setattr(module, "BLOCK", rows)
        after = score(panel, spec)
        after_parts = after.contributions
    assert_same(before.scores, after.scores)
    assert_same(before.codes, after.codes, list(before.codes.columns))
    assert_same(before.contributions, after_parts, list(before.codes.columns))
    pd.testing.assert_series_equal(before.reference, after.reference, check_exact=True)


@given(seeds)
def test_a_subset_of_dyads_has_the_same_scores(seed):
    panel, spec, rng = some_case(seed)
    dyads = panel.index.droplevel("year").unique()
    kept = dyads[rng.random(len(dyads)) < 0.5]
    assume(len(kept))
    part = panel[panel.index.droplevel("year").isin(kept)]
    assert_same(score(part, spec).scores, score(panel, spec).scores.loc[part.index])


@given(seeds, st.sampled_from(list(YEARS)))
def test_a_panel_cut_at_a_year_has_the_same_scores(seed, year):
    panel, spec, _ = some_case(seed)
    part = panel[panel.index.get_level_values("year") <= year]
    assert_same(score(part, spec).scores, score(panel, spec).scores.loc[part.index])


@given(seeds)
def test_appended_rows_change_no_score(seed):
    panel, spec, rng = some_case(seed)
    more = some_panel(rng, spec)
    years = panel.index.get_level_values("year").max() + 1
    later = more.reset_index()
    later["year"] += years - later["year"].min()
    others = more.rename(index={"AAA": "AA0", "BBB": "BB0", "CCC": "ZZZ"}, level="state")
    grown = pd.concat([panel, later.set_index(["state", "partner", "year"]), others])
    assert_same(score(panel, spec).scores, score(grown, spec).scores.loc[panel.index])


@given(seeds)
def test_swapping_state_and_partner_swaps_rows(seed):
    panel, spec, _ = some_case(seed)
    swapped = changed(
        spec,
        indicators=[
            {
                key: value
                for key, value in i.model_dump(exclude_none=True).items()
                if key not in ("states", "partners")
            }
            | ({"partners": i.states} if i.states else {})
            | ({"states": i.partners} if i.partners else {})
            for i in spec.indicators
        ],
    )
    turned = as_panel(panel.reset_index(), state="partner", partner="state")
    back = score(turned, swapped).scores.swaplevel("state", "partner")
    back.index = back.index.set_names(["state", "partner", "year"])
    assert_same(score(panel, spec).scores, back.sort_index())


@given(seeds)
def test_an_indicator_that_is_unknown_throughout_changes_no_score(seed):
    """Under renormalise, where its possible codes run from 0 to 1.

    Rows that are held at a bound are left out: what holds them is what is known in part of some
    other indicator, and an unknown one beside it widens the bounds.
    """
    panel, spec, rng = some_case(
        seed, aggregations=("mean", "geometric"), missing=["renormalise"], scales=False,
        full_range=True, languages=[1],
    )  # fmt: skip
    spec = changed(spec, min_coverage=0.0)
    victim = spec.indicators[rng.integers(len(spec.indicators))]
    siblings = [p for p in (*spec.nodes, *spec.indicators) if p.parent == victim.parent]
    assume(len([p for p in siblings if p.weight > 0 and p is not victim]) > 0)
    blank = panel.copy()
    for name in victim.columns:
        blank[name] = blank[name].where(np.zeros(len(blank), dtype=bool))
    without = changed(
        spec,
        indicators=[i.model_dump(exclude_none=True) for i in spec.indicators if i is not victim],
    )
    left, right = score(blank, spec).scores, score(blank, without).scores
    both = left["score"].notna() & right["score"].notna()
    for side in (left, right):
        both &= (side["coverage"] == 1) | (
            (side["low"] < side["score"]) & (side["score"] < side["high"])
        )
    assert_close(left.loc[both, "score"], right.loc[both, "score"])
    # Where nothing else applies, there are bounds, and no score either way.
    assert (left["score"].notna() == right["score"].notna()).all()
    bounded = right["low"].notna()
    assert (left.loc[bounded, "low"] <= right.loc[bounded, "low"] + 1e-12).all()
    assert (left.loc[bounded, "high"] >= right.loc[bounded, "high"] - 1e-12).all()


@given(seeds)
def test_reading_and_writing_a_spec_is_the_identity(seed):
    spec = some_case(seed)[1]
    assert IndexSpec.from_toml(spec.to_toml()) == spec
    assert IndexSpec.from_toml(spec.to_toml()).digest == spec.digest


# Hostile to a writer of TOML: control characters, quotes, escapes, other scripts, astral planes.
odd_text = st.one_of(
    st.text(),
    st.text(alphabet="\"\\\x00\x1f\x7f\x85\u2028\r\n\t'#[]={}., ab"),
    st.sampled_from(['"""', "'''", "a.b", "\r\n", "\\u0041", "# no comment", "Ünï ☃ 𝔘", "\x7f"]),
)
odd_name = odd_text.filter(bool)


@given(odd_name, odd_text, odd_name, odd_name, odd_name, st.floats(0, 1), st.floats(-1e299, 1e299))
def test_odd_strings_and_numbers_survive_toml(name, notes, level, column, node, code, lo):
    assume(level != "none")
    spec = IndexSpec.from_dict(
        {
            "schema_version": 1, "name": name, "notes": notes, "title": notes, "citation": notes,
            "fidelity": "illustrative", "missing": "propagate",
            "nodes": [{"name": node, "title": notes, "scale": [lo, lo + abs(lo) + 1]}],
            "indicators": [
                {"name": node + "1", "columns": [column], "parent": node, "description": notes,
                 "rule": {"kind": "levels", "codes": {level: code, "none": [0.0, code]}}},
                {"name": node + "2", "columns": [column], "weight": 1 + abs(lo),
                 "rule": {"kind": "minmax", "lo": lo, "hi": math.nextafter(lo, math.inf)}},
            ],
        }
    )  # fmt: skip
    again = IndexSpec.from_toml(spec.to_toml())
    assert again == spec
    assert again.digest == spec.digest
