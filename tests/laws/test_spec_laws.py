"""Laws of bipolar specs, and of every bundled spec on random panels: bounds, monotony, twins."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from alignindex import list_specs, load_spec, score
from alignindex.spec import IndexSpec
from benchmarks.twins import scoring as twin
from tests.laws.test_scoring_laws import (
    assert_close,
    assert_same,
    compare_with_twin,
    pick,
    raw_columns,
    some_spec,
)

seeds = st.integers(0, 2**32 - 1)
SPECS = [load_spec(name) for name in list_specs().index]
FLAT = [spec for spec in SPECS if spec.poles is None]
BIPOLAR = [spec for spec in SPECS if spec.poles is not None]
TWO = ["balance", "tilt", "distance"]
ONE = ["identity", "thresholds", "levels", "minmax"]


def dyad_years(rng, states, partners, years):
    keys = [
        (state, partner, year)
        for state in states
        for partner in partners
        if state != partner
        for year in years
        if rng.random() < 0.8
    ]
    return pd.MultiIndex.from_tuples(keys, names=["state", "partner", "year"])


def panel_for(rng, spec, index, unknown=None):
    """Random raw values that the rules of a spec admit, in the columns that a panel must bring."""
    unknown = pick(rng, [0.0, 0.2, 0.5]) if unknown is None else unknown
    ending = f"@{spec.poles[1]}" if spec.poles else "@"
    columns = {}
    for indicator in spec.indicators:
        drawn = raw_columns(rng, indicator, len(index), unknown)
        rule = indicator.rule
        if rule.kind == "minmax" and not rule.clip:
            drawn = {name: np.clip(values, rule.lo, rule.hi) for name, values in drawn.items()}
        columns |= {name.removesuffix(ending): values for name, values in drawn.items()}
    if spec.carry_until is not None:
        columns[spec.carry_until] = rng.choice([0.0, 0.0, np.nan, 1.0], len(index))
    return pd.DataFrame(columns, index=index)


def bipolar_spec(rng, rules=(*TWO, *ONE)):
    """A random spec whose indicators read the rows of RRR, of CCC, or of both."""
    plain = some_spec(rng, rules=list(rules), where=False)
    content = plain.model_dump(exclude_none=True)
    for indicator in content["indicators"]:
        base = indicator["columns"][0]
        two = len(indicator["columns"]) == 2
        other = f"{base}@CCC"
        indicator["columns"] = [base, other] if two else [pick(rng, [base, other])]
    assume(any("@" in c for i in content["indicators"] for c in i["columns"]))
    return IndexSpec.from_dict(content | {"poles": ["RRR", "CCC"]})


def bipolar_case(seed, **limits):
    rng = np.random.default_rng(seed)
    spec = bipolar_spec(rng, **limits)
    index = dyad_years(rng, ("AAA", "BBB", "CCC"), ("BBB", "CCC", "RRR"), range(2000, 2006))
    assume({"RRR", "CCC"} <= set(index.get_level_values("partner")))
    return panel_for(rng, spec, index), spec, rng


# --- between two poles ----------------------------------------------------------------------------


@given(seeds)
def test_a_bipolar_spec_equals_the_slow_twin(seed):
    panel, spec, _ = bipolar_case(seed)
    compare_with_twin(panel, spec)


@given(seeds)
def test_rows_are_those_of_states_that_are_no_pole(seed):
    panel, spec, _ = bipolar_case(seed)
    result = score(panel, spec)
    index = result.scores.index
    assert (index.get_level_values("partner") == "RRR").all()
    assert not index.get_level_values("state").isin(["RRR", "CCC"]).any()
    expected = {
        (state, year)
        for state, partner, year in panel.index
        if partner in ("RRR", "CCC") and state not in ("RRR", "CCC")
    }
    assert set(zip(index.get_level_values(0), index.get_level_values(2), strict=True)) == expected
    base = panel.columns[0]
    for state, year in list(expected)[:3]:
        paired = result.panel.loc[(state, "RRR", year)]
        for column, pole in ((base, "RRR"), (f"{base}@CCC", "CCC")):
            if column not in paired.index:
                continue
            there = (state, pole, year) in panel.index
            value = panel.loc[(state, pole, year), base] if there else np.nan
            same = paired[column]
            assert (pd.isna(value) and pd.isna(same)) or value == same


@given(seeds)
def test_a_paired_panel_gives_the_same_scores_again(seed):
    panel, spec, _ = bipolar_case(seed)
    once = score(panel, spec)
    assert_same(once.scores, score(once.panel, spec).scores)
    assume(len(once.scores))
    state = once.scores.index[0][0]
    alone = score(panel.loc[[state]], spec) if set(
        panel.loc[[state]].index.get_level_values("partner")
    ) >= {"RRR", "CCC"} else once  # fmt: skip
    assert_same(once.scores.loc[[state]], alone.scores.loc[[state]])


@given(seeds)
def test_swapping_the_poles_turns_balances_and_tilts_round(seed):
    """A mean of balances and tilts says of b what is left of a."""
    rng = np.random.default_rng(seed)
    rules = [pick(rng, ["balance", "tilt"]) for _ in range(3)]
    content = {
        "schema_version": 1, "name": "two", "fidelity": "illustrative", "scale": [0, 100],
        "missing": pick(rng, ["propagate", "renormalise"]), "poles": ["RRR", "CCC"],
        "indicators": [
            {"name": f"i{j}", "columns": [f"x{j}", f"x{j}@CCC"], "rule": {"kind": kind},
             "weight": float(rng.random() + 0.1)}
            for j, kind in enumerate(rules)
        ],
    }  # fmt: skip
    spec = IndexSpec.from_dict(content)
    index = dyad_years(rng, ("AAA", "BBB"), ("CCC", "RRR"), range(2000, 2006))
    assume({"RRR", "CCC"} <= set(index.get_level_values("partner")))
    panel = panel_for(rng, spec, index)
    turned = content | {
        "poles": ["CCC", "RRR"],
        "indicators": [
            i | {"columns": [i["columns"][0], f"{i['columns'][0]}@RRR"]}
            for i in content["indicators"]
        ],
    }
    one, other = score(panel, spec).scores, score(panel, IndexSpec.from_dict(turned)).scores
    back = other.droplevel("partner").reindex(one.index.droplevel("partner"))
    assert_close(one["score"], 100 - back["score"].to_numpy(), 1e-9)
    assert_close(one["low"], 100 - back["high"].to_numpy(), 1e-9)
    assert_close(one["coverage"], back["coverage"])


@given(seeds, st.floats(0, 1), st.floats(0, 1))
def test_bounds_of_a_tilt_are_attained(seed, x, y):
    for one, other in ((x, None), (None, y), (None, None), (x, y)):
        code, low, high = twin.code_tilt(one, other)
        grid = np.linspace(0, 1, 5)
        found = [
            twin.code_tilt(a, b)[0]
            for a in ([one] if one is not None else grid)
            for b in ([other] if other is not None else grid)
        ]
        assert_close([low, high], [min(found), max(found)])
        assert (code is None) == (one is None or other is None)


# --- every bundled spec ---------------------------------------------------------------------------


def bundled_case(spec, seed, unknown=None):
    rng = np.random.default_rng(seed)
    states, partners = ("AAA", "BBB"), spec.poles or ("RUS", "BBB")
    index = dyad_years(rng, states, partners, range(2012, 2017))
    assert set(partners) <= set(index.get_level_values("partner"))
    return panel_for(rng, spec, index, unknown), rng


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_every_bundled_spec_obeys_the_laws(spec):
    for seed in range(4):
        panel, _ = bundled_case(spec, seed)
        result = score(panel, spec)
        if len(spec.indicators) <= 12:  # the twin goes through every order of the leaves
            scored = twin.reference_score(panel, spec) if "fu2022" not in spec.name else []
            for name in ("score", "low", "high", "coverage") if scored else ():
                assert_close(result.scores[name], [row[name] for row in scored], 1e-9)
        least, greatest = spec.range
        known = result.scores[result.scores["low"].notna()]
        assert (known["low"] >= least - 1e-9).all()
        assert (known["high"] <= greatest + 1e-9).all()
        assert (known["low"] <= known["high"]).all()
        sure = known[known["score"].notna()]
        assert (sure["low"] <= sure["score"]).all()
        assert (sure["score"] <= sure["high"]).all()
        total = result.contributions.sum(axis=1) + result.reference
        assert_close(total[sure.index], sure["score"], 1e-9 * (1 + abs(greatest)))
        assert (result.contributions[result.scores["score"].isna()]).isna().all(axis=None)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_every_bundled_spec_is_monotone_in_its_codes(spec):
    """Codes are raised together through raw values of a spec with the rules taken away."""
    plain = IndexSpec.from_dict(
        spec.model_dump(exclude_none=True)
        | {
            "poles": None,
            "alternatives": [],
            "carry_until": None,
            "indicators": [
                i.model_dump(exclude_none=True)
                | {"columns": [i.name], "rule": {"kind": "identity"}, "window": {"kind": "none"},
                   "reverse": False, "cut": None}
                for i in spec.indicators
            ],
        }
    )  # fmt: skip
    panel, rng = bundled_case(plain, 7, unknown=0.3)
    before = score(panel, plain).scores
    for name in panel.columns:
        higher = panel.copy()
        higher[name] += (1 - higher[name]) * rng.random(len(panel))
        after = score(higher, plain).scores
        for side in ("score", "low", "high"):
            known = before[side].notna()
            assert (known == after[side].notna()).all()
            rise = after.loc[known, side] - before.loc[known, side]
            assert (rise >= -1e-9 * (1 + max(map(abs, plain.range)))).all()


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_every_bundled_spec_survives_toml(spec):
    again = IndexSpec.from_toml(spec.to_toml())
    assert again == spec
    assert again.digest == spec.digest


# --- version 2 ------------------------------------------------------------------------------------


def complete_example():
    """Return the complete example of the page on the language."""
    page = Path(__file__).resolve().parents[2] / "docs" / "spec_language.md"
    text = page.read_text(encoding="utf-8").split("<!-- complete example -->")[1]
    return IndexSpec.from_toml(text.split("```toml\n")[1].split("```")[0])


@pytest.mark.slow
@given(seeds)
def test_the_complete_example_and_its_alternatives_equal_the_slow_twin(seed):
    rng = np.random.default_rng(seed)
    spec = complete_example()
    index = dyad_years(rng, ("AAA", "BBB"), ("BBB", "RRR"), range(2000, 2012))
    panel = panel_for(rng, spec, index)
    panel["hostility"] = panel["hostility"].astype("category")
    # Indicators and the carrying of codes read the same column of ruptures.
    for one in (spec, spec.variant("memory of exercises", "short")):
        compare_with_twin(panel, one)
        found = score(panel, one).scores
        known = found["score"].notna()
        assert (found.loc[known, "low"] >= -1).all()
        assert (found.loc[known, "high"] <= 1).all()
        assert (found.loc[known, "coverage"] + found.loc[known, "carried"] >= 0.6 - 1e-12).all()


@given(seeds)
def test_carrying_for_no_years_is_renormalising(seed):
    rng = np.random.default_rng(seed)
    plain = some_spec(rng, missing=["renormalise"], languages=[2])
    carried = IndexSpec.from_dict(
        plain.model_dump(exclude_none=True) | {"missing": "carry", "carry_years": 0}
    )
    index = dyad_years(rng, ("AAA", "BBB"), ("BBB", "RRR"), range(2000, 2008))
    assume(len(index))
    panel = panel_for(rng, plain, index)
    assert_same(score(panel, plain).scores, score(panel, carried).scores)


@given(seeds)
def test_a_neutral_point_changes_no_score(seed):
    rng = np.random.default_rng(seed)
    plain = some_spec(rng, languages=[2])
    pointed = IndexSpec.from_dict(plain.model_dump(exclude_none=True) | {"neutral": 0.5})
    index = dyad_years(rng, ("AAA", "BBB"), ("BBB", "RRR"), range(2000, 2005))
    assume(len(index))
    panel = panel_for(rng, plain, index)
    assert_same(score(panel, plain).scores, score(panel, pointed).scores)
    least, greatest = pointed.range
    noise = 1e-9 * (1 + max(abs(least), abs(greatest)))
    assert least - noise <= pointed.neutral_score <= greatest + noise
