"""Laws that every analysis of robustness keeps."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

import alignindex as ai
from alignindex import robustness

AGGREGATIONS = st.sampled_from(["mean", "sum", "geometric", "min"])


def make(seed: int, aggregation: str = "mean", holes: float = 0.0, n: int = 7, k: int = 3):
    rng = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product(
        [[f"S{i}" for i in range(n)], ["P"], [2000, 2001]], names=["state", "partner", "year"]
    )
    codes = rng.integers(0, 5, (len(index), k)) / 4
    codes[rng.random(codes.shape) < holes] = np.nan
    panel = pd.DataFrame(codes, index=index, columns=[f"x{j}" for j in range(k)])
    spec = ai.IndexSpec(
        schema_version=1,
        name="law",
        fidelity="illustrative",
        missing="renormalise",
        aggregation=aggregation,
        indicators=tuple(
            {"name": f"x{j}", "columns": (f"x{j}",), "rule": {"kind": "identity"}, "weight": j + 1}
            for j in range(k)
        ),
    )
    return panel, spec


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), aggregation=AGGREGATIONS)
def test_a_dominated_dyad_never_ranks_above_the_one_that_dominates_it(seed, aggregation):
    panel, spec = make(seed, aggregation)
    better = panel.loc[("S0", "P")] + np.random.default_rng(seed).random((2, 3)) / 2
    panel.loc[("S1", "P")] = better.clip(upper=1.0).to_numpy()
    for weights in (robustness.Simplex(), robustness.Ranges(0.5), robustness.Dirichlet(3)):
        sure = robustness.uncertainty(
            ai.score(panel, spec), draws=60, weights=weights, rng=seed, keep_draws=True
        )
        low, high = (sure.sample([(s, "P", y) for y in (2000, 2001)]) for s in ("S0", "S1"))
        assert (low <= high + 1e-12).all()
        above = sure.above([(("S0", "P"), ("S1", "P"))])
        assert (above["above"] == 0).all()
        assert (sure.ranks.loc["S0"].to_numpy()[:, 1:4] >= sure.ranks.loc["S1"].to_numpy()[:, 1:4]
                ).all()  # fmt: skip


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), aggregation=AGGREGATIONS)
def test_permuting_rows_changes_nothing(seed, aggregation):
    panel, spec = make(seed, aggregation, holes=0.2)
    mixed = panel.iloc[np.random.default_rng(seed).permutation(len(panel))]
    one, two = (robustness.uncertainty(ai.score(p, spec), draws=40, rng=3) for p in (panel, mixed))
    pd.testing.assert_frame_equal(one.scores, two.scores, check_exact=True)
    pd.testing.assert_frame_equal(one.ranks, two.ranks, check_exact=True)


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_wider_weights_give_wider_intervals_on_average(seed):
    panel, spec = make(seed)
    result = ai.score(panel, spec)
    widths = []
    for concentration in (400, 50, 8):
        rule = robustness.Dirichlet(concentration)
        table = robustness.uncertainty(result, draws=400, weights=rule, rng=1).scores
        widths.append((table["q95"] - table["q05"]).mean())
    assert widths[0] < widths[1] < widths[2]


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_equal_profiles_share_every_rank(seed):
    panel, spec = make(seed, holes=0.2)
    panel.loc[("S2", "P", 2000)] = panel.loc[("S5", "P", 2000)].to_numpy()
    panel.loc[("S2", "P", 2001)] = panel.loc[("S5", "P", 2001)].to_numpy()
    sure = robustness.uncertainty(ai.score(panel, spec), draws=50, missing=None, rng=1)
    pd.testing.assert_frame_equal(sure.ranks.loc["S2"], sure.ranks.loc["S5"], check_exact=True)
    assert (sure.above([(("S2", "P"), ("S5", "P"))])["tied"].isin([1.0]) | (
        sure.scores.loc["S2", "known"].to_numpy() == 0
    )).all()  # fmt: skip


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), aggregation=AGGREGATIONS)
def test_scores_stay_within_the_range_of_their_codes(seed, aggregation):
    panel, spec = make(seed, aggregation)
    sure = robustness.uncertainty(
        ai.score(panel, spec), draws=50, weights=robustness.Simplex(), rng=1, keep_draws=True
    )
    codes = panel.to_numpy() * (3 if aggregation == "sum" else 1)
    assert (sure.draws >= codes.min(axis=1) - 1e-12).all()
    assert (sure.draws <= codes.max(axis=1) + 1e-12).all()


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_shapley_effects_sum_to_one_and_lie_between_first_and_total(seed):
    panel, spec = make(seed)
    found = robustness.factorial(
        ai.score(panel, spec),
        [
            robustness.Choice("agg", {"m": None, "g": robustness.Aggregate("geometric")}),
            robustness.drop_one(spec),
            robustness.Choice("cut", {"n": None, "c": robustness.Replace("x1", cut=0.5)}),
        ],
    ).effects.dropna()
    keys = ["state", "partner", "year"]
    np.testing.assert_allclose(found.groupby(keys)["shapley"].sum(), 1.0, atol=1e-9)
    assert (found["first"] <= found["shapley"] + 1e-9).all()
    assert (found["shapley"] <= found["total"] + 1e-9).all()
