"""Laws that every comparison of indices keeps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alignindex as ai

SEEDS = st.integers(0, 10_000)
AGGREGATIONS = st.sampled_from(["mean", "sum", "geometric", "min"])
FEW = settings(max_examples=12)


def make(seed: int, holes: float = 0.2) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product(
        [[f"S{i:02d}" for i in range(11)], ["P", "Q"], [2000, 2001]],
        names=["state", "partner", "year"],
    )
    raw = rng.integers(0, 5, (len(index), 4)) / 4
    raw[rng.random(raw.shape) < holes] = np.nan
    return pd.DataFrame(raw, index=index, columns=list("wxyz"))


def spec(name: str, columns: str, aggregation: str = "mean", **options: object) -> ai.IndexSpec:
    return ai.IndexSpec.from_dict(
        {
            "schema_version": 1,
            "name": name,
            "fidelity": "illustrative",
            "missing": "renormalise",
            "aggregation": aggregation,
            "indicators": [
                {"name": c, "columns": [c], "rule": {"kind": "identity"}, "weight": j + 1}
                for j, c in enumerate(columns)
            ],
            **options,
        }
    )


@FEW
@given(seed=SEEDS, first=AGGREGATIONS, second=AGGREGATIONS)
def test_parts_sum_to_the_excess_and_to_nothing_in_every_group(seed, first, second):
    specs = [spec("a", "wxy", first, scale=[2, 7]), spec("b", "yzx", second)]
    found = ai.compare(specs, panel=make(seed), draws=2)
    parts, pair = found.attribution("a", "b"), found.pair("a", "b")
    assert parts.sum(axis=1).to_numpy() == pytest.approx(pair["excess"].to_numpy(), abs=1e-12)
    sums = pair["typical"] + parts.sum(axis=1)
    assert sums.to_numpy() == pytest.approx((pair["first_score"] - pair["second_score"]).to_numpy())
    assert parts.groupby(["partner", "year"]).sum().to_numpy() == pytest.approx(0, abs=1e-12)


@FEW
@given(seed=SEEDS, aggregation=AGGREGATIONS)
def test_a_spec_agrees_with_itself_whatever_its_scale(seed, aggregation):
    one = spec("one", "wxy", aggregation)
    same = spec("same", "wxy", aggregation, scale=[-100, 100])
    found = ai.compare([one, same], panel=make(seed, holes=0.0), draws=20, rng=seed)
    row = found.correlations.iloc[0]
    names = [f"{n}{e}" for n in ("spearman", "kendall") for e in ("", "_lower", "_upper")]
    assert row[names].astype(float).to_numpy() == pytest.approx(np.ones(6), abs=1e-12)
    assert found.pair("one", "same")["excess"].abs().max() < 1e-12
    assert found.attribution("one", "same").abs().max(axis=None) < 1e-12


@FEW
@given(seed=SEEDS)
def test_the_order_of_rows_and_of_specs_changes_nothing(seed):
    table = make(seed)
    mixed = table.sample(frac=1, random_state=seed)
    specs = [spec("a", "wx"), spec("b", "xyz", "geometric")]
    plain = ai.compare(specs, panel=table, draws=20, rng=1)
    other = ai.compare(specs[::-1], panel=mixed, draws=20, rng=1)
    pd.testing.assert_frame_equal(plain.ranks, other.ranks[["a", "b"]])
    there, back = plain.correlations.loc[("a", "b")], other.correlations.loc[("b", "a")]
    keys = [k for k in there.index if k != "difference"]
    assert there[keys].equals(back[keys])
    assert there["difference"] == -back["difference"]
    pd.testing.assert_frame_equal(plain.attribution("a", "b"),
                                  other.attribution("a", "b")[plain.attribution("a", "b").columns],
                                  atol=1e-14, rtol=0)  # fmt: skip


@FEW
@given(seed=SEEDS)
def test_a_monotone_change_of_one_score_leaves_ranks_and_rank_correlations_alone(seed):
    table = make(seed)
    table["w2"] = table["w"] ** 2
    first, second = spec("x", "x"), spec("w", "w")
    squared = ai.IndexSpec.from_dict(
        second.model_dump(exclude_none=True)
        | {"indicators": [{"name": "w2", "columns": ["w2"], "rule": {"kind": "identity"}}]}
    )
    plain = ai.compare([first, second], panel=table, draws=20, rng=1)
    other = ai.compare([first, squared], panel=table, draws=20, rng=1)
    pd.testing.assert_frame_equal(plain.ranks, other.ranks)
    for name in ("spearman", "kendall"):
        for end in ("", "_lower", "_upper"):
            assert plain.correlations[name + end].equals(other.correlations[name + end])


@FEW
@given(seed=SEEDS)
def test_swapping_the_two_turns_every_sign(seed):
    found = ai.compare([spec("a", "wx"), spec("b", "yz")], panel=make(seed), draws=2)
    there, back = found.pair("a", "b"), found.pair("b", "a")
    for name in ("shift", "difference", "typical", "excess"):
        assert (there[name] == -back[name]).all()
    assert (there["first_rank"] == back["second_rank"]).all()
    assert (found.attribution("a", "b") == -found.attribution("b", "a")).all(axis=None)
