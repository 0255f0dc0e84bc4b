"""Laws of the measures over several poles, and that appended data change nothing that exists."""

from __future__ import annotations

import math

import hypothesis.extra.numpy as hnp
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import alignindex as ai
from alignindex import dynamics, poles
from alignindex.kernels import poles as ties

KEYS = ["state", "partner", "year"]
SCORES = st.one_of(
    st.sampled_from([0.0, 0.3, 0.4, 0.5, 0.9, 1.0]),
    st.floats(0, 1, width=16),
    st.just(math.nan),
)
CELLS = hnp.arrays(np.float64, st.tuples(st.integers(1, 5), st.integers(2, 5)), elements=SCORES)


def as_table(x: np.ndarray) -> pd.Series:
    states = [f"S{i}" for i in range(x.shape[0])]
    partners = [f"P{j}" for j in range(x.shape[1])]
    index = pd.MultiIndex.from_product([states, partners, [2010]], names=KEYS)
    return pd.Series(x.ravel(), index=index)


@given(CELLS, st.integers(1, 5), st.floats(0, 1, width=16))
def test_depth_is_monotone_in_scores_and_falls_with_k(x: np.ndarray, k: int, rise: float) -> None:
    own = ties.depth(x, k)
    higher = x.copy()
    higher[0, 0] = np.fmin(higher[0, 0] + rise, 1.0) if x[0, 0] == x[0, 0] else np.nan
    known = ~np.isnan(own)
    assert (ties.depth(higher, k)[known] >= own[known]).all()
    deeper = ties.depth(x, k + 1)
    both = ~np.isnan(deeper)
    assert (deeper[both] <= own[both]).all()
    assert_array_equal(own, ties.depth(x[:, ::-1], k))


@given(CELLS, st.integers(2, 4))
def test_hill_numbers_order_range_scale_and_replication(x: np.ndarray, times: int) -> None:
    x = np.where(x < 1e-3, 0.0, x)
    got = ties.effective_partners(x)
    known = ~np.isnan(got[:, 0])
    n0, n1, n2 = got[known].T
    assert ((n2 >= 1 - 1e-12) & (n2 <= n1 + 1e-9) & (n1 <= n0 + 1e-9)).all()
    assert_allclose(ties.effective_partners(0.25 * x), got, rtol=1e-9)
    assert_allclose(ties.effective_partners(np.tile(x, times)), times * got, rtol=1e-9)
    shuffled = x[:, np.random.default_rng(0).permutation(x.shape[1])]
    assert_allclose(ties.effective_partners(shuffled), got, rtol=1e-12)


@given(CELLS)
def test_hedge_and_tilt_laws(x: np.ndarray) -> None:
    table = as_table(x)
    one, two = (
        poles.rival_hedge(table, poles=("P0", "P1")),
        poles.rival_hedge(table, poles=("P1", "P0")),
    )
    assert_array_equal(one[["strength", "evenness"]], two[["strength", "evenness"]])
    assert one["evenness"].dropna().between(0, 1).all()
    assert (
        one["strength"].dropna()
        <= one[["toward_first", "toward_second"]].min(axis=1)[one["strength"].notna()]
    ).all()
    for form in ("difference", "ratio"):
        ab = poles.tilt(table, poles=("P0", "P1"), form=form)
        ba = poles.tilt(table, poles=("P1", "P0"), form=form)
        assert_allclose(ab["tilt"], 100.0 - ba["tilt"], rtol=0, atol=1e-12)
        assert_array_equal(ab["depth"], ba["depth"])
        assert_array_equal(ab["hedges"], ba["hedges"])
        assert ab["tilt"].dropna().between(0, 100).all()


@given(hnp.arrays(np.float64, (4, 4), elements=SCORES))
def test_asymmetry_is_antisymmetric(x: np.ndarray) -> None:
    names = list("ABCD")
    index = pd.MultiIndex.from_product([names, names, [2010]], names=KEYS)
    table = pd.Series(x.ravel(), index=index)
    table = table[index.get_level_values(0) != index.get_level_values(1)]
    got = poles.asymmetry(table)
    swapped = got.swaplevel("state", "partner").rename_axis(KEYS).reindex(got.index)
    for name in ("asymmetry", "relative"):
        assert_array_equal(got[name] + 0.0, -swapped[name] + 0.0)
    assert_array_equal(got["mutual"], swapped["mutual"])
    assert got["relative"].dropna().between(-1, 1).all()


@given(CELLS, st.data())
def test_types_are_relabelled_with_their_partners(x: np.ndarray, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(x.shape[1])))
    own = ties.nominal_types(x, thresholds=[0.4], margin=0.1)[0]
    moved = ties.nominal_types(x[:, order], thresholds=[0.4], margin=0.1)[0]
    partner = np.array(order)[np.maximum(moved - ties.WITH, 0)]
    back = np.where(moved >= ties.WITH, ties.WITH + partner, moved)
    assert_array_equal(own, back)


@given(CELLS, CELLS)
def test_wider_bounds_only_add_types(x: np.ndarray, y: np.ndarray) -> None:
    rows, columns = min(len(x), len(y)), min(x.shape[1], y.shape[1])
    x, y = x[:rows, :columns], y[:rows, :columns]
    low, high = np.fmin(x, y), np.fmax(x, y)
    wide = ties.possible_types(low, high, threshold=0.4, margin=0.1)
    for inner in (np.where(np.isnan(x), low, x), low, high):
        narrow = ties.possible_types(inner, inner, threshold=0.4, margin=0.1)
        assert (wide | ~narrow).all()


@given(st.lists(SCORES, min_size=4, max_size=8), st.floats(-0.5, 0.5, width=16))
def test_gap_sums_to_zero_and_ignores_the_level(values: list[float], shift: float) -> None:
    x, group = np.array(values), np.zeros(len(values), dtype=np.int64)
    gap = x - ties.others_mean(x, group)
    assert_allclose(gap[~np.isnan(gap)].sum(), 0.0, atol=1e-12)
    moved = x + shift - ties.others_mean(x + shift, group)
    assert_allclose(moved, gap, atol=1e-12)


@given(hnp.arrays(np.float64, (4, 3), elements=SCORES), st.permutations(range(3)))
def test_similarity_laws(x: np.ndarray, order: list[int]) -> None:
    value, shared = ties.likeness(x)
    assert_array_equal(value, value.T)
    own = np.diag(value)[~np.isnan(x).all(axis=1)]
    assert (own == 1).all()
    assert ((value[shared > 0] >= 0) & (value[shared > 0] <= 1)).all()
    assert_allclose(ties.likeness(x[:, order])[0], value, atol=1e-12)
    assert_allclose(ties.likeness(1.0 - x)[0], value, atol=1e-12)


# --- appended data -------------------------------------------------------------------------------

SPEC = ai.IndexSpec.from_dict(
    {
        "schema_version": 1,
        "name": "appended",
        "fidelity": "illustrative",
        "missing": "renormalise",
        "min_coverage": 0.4,
        "indicators": [
            {
                "name": "share",
                "columns": ["part", "whole"],
                "rule": {"kind": "share"},
                "window": {"kind": "trailing_sum", "years": 5},
            },
            {
                "name": "count",
                "columns": ["count"],
                "rule": {"kind": "thresholds", "cuts": [1, 3], "codes": [0.0, 0.5, 1.0]},
                "window": {"kind": "trailing_sum", "years": 3},
            },
            {"name": "votes", "columns": ["votes"], "rule": {"kind": "identity"}},
        ],
    }
)


def raw(seed: int, states: str, partners: str, years: range) -> pd.DataFrame:
    """Every cell depends on its own dyad-year alone, whatever else is in the panel."""
    index = pd.MultiIndex.from_product([list(states), list(partners), years], names=KEYS)
    index = index[index.get_level_values(0) != index.get_level_values(1)]
    rows = []
    for state, partner, year in index:
        rng = np.random.default_rng([seed, ord(state), ord(partner), year])
        whole = rng.integers(0, 4) * 10.0
        late = 0.4 * (year > 2006 and (ord(state) + ord(partner)) % 2)
        cells = [whole * rng.random(), whole, float(rng.poisson(0.5)), 0.6 * rng.random() + late]
        rows.append([math.nan if rng.random() < 0.07 else cell for cell in cells])
    return pd.DataFrame(rows, index=index, columns=["part", "whole", "count", "votes"])


def measures(result: ai.AlignmentResult) -> dict[str, pd.DataFrame]:
    """Everything that exists, with the options that are relative to the panel given."""
    own = dynamics.paths(result, years=(2000, 2013))
    single = dynamics.paths(result, years=(2000, 2013), windows=False, known=0.7)
    breaks = dynamics.realignments(single, rho=0.2)
    plain = ["rate", "drift", "churn", "oscillation", "net", "span", "n"]
    return {
        "scores": result.scores,
        "codes": result.codes,
        "contributions": result.contributions,
        "changes": dynamics.changes(result),
        "paths": own.values,
        "members": own.members,
        "fluidity": dynamics.fluidity(own)[plain],
        "breaks": breaks.table,
        "regimes": breaks.regimes,
        "carriers": breaks.carriers,
        "tilt": poles.tilt(result, poles=("X", "Y")),
        "hedge": poles.rival_hedge(result, poles=("X", "Y")),
        "asymmetry": poles.asymmetry(result, indicators=["share", "votes"]),
    }


def over_partners(result: ai.AlignmentResult) -> dict[str, pd.DataFrame]:
    """Measures of a state over all its partners: another partner is part of them."""
    types = poles.typology(result)
    return {
        "depth": poles.depth(result),
        "multivectorism": poles.multivectorism(result),
        "types": types.classes,
        "thresholds": types.by_threshold,
        "turnover": dynamics.turnover(dynamics.paths(result, years=(2000, 2013))),
        "comparable": poles.comparable(result),
        "biplot": poles.biplot(result.scores["score"].dropna()),
    }


FIRST = {"states": "ABX", "partners": "XY", "years": range(2000, 2014)}
GROWN = {
    "a later year": FIRST | {"years": range(2000, 2016)},
    "a state": FIRST | {"states": "ABCX"},
    "a partner": FIRST | {"partners": "XYZ"},
}


def held(own: pd.DataFrame, grown: pd.DataFrame) -> None:
    part = grown.loc[grown.index.isin(own.index), own.columns]
    assert len(part) == len(own)
    if len(own):  # an empty index has no type to compare
        pd.testing.assert_frame_equal(part, own, check_dtype=False)


@pytest.mark.slow
@pytest.mark.parametrize("what", GROWN)
@settings(max_examples=max(settings().max_examples // 10, 1))  # each scores two panels
@given(seed=st.integers(0, 10_000))
def test_appended_data_change_nothing_that_exists(what: str, seed: int) -> None:
    own = ai.score(raw(seed, **FIRST), SPEC)
    grown = ai.score(raw(seed, **GROWN[what]), SPEC)
    after = measures(grown)
    for table in measures(own).items():
        held(table[1], after[table[0]])
    if what != "a partner":
        after = over_partners(grown)
        for name, table in over_partners(own).items():
            if name != "biplot" or what == "a later year":  # a map is of all its states
                held(table, after[name])
