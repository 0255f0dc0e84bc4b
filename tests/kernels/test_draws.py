from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignindex.kernels.robustness import draws
from alignindex.kernels.scoring import tree
from benchmarks.twins import robustness as slow

SHAPES = {
    "flat": lambda kind: tree.Tree(kind, (0, 1, 2, 3), (1.0, 0.5, 0.25, 1.0)),
    "nested": lambda kind: tree.Tree(
        "mean",
        (tree.Tree(kind, (0, 2), (1.0, 1.0), scale=(0.25, 1.0)), 1, 3),
        (1.0, 0.0, 0.75),
    ),
}


def make_case(seed: int, kind: str, shape: str, n: int = 8, d: int = 2):
    rng = np.random.default_rng(seed)
    root = SHAPES[shape](kind)
    if kind == "stages":
        root = root._replace(met=0.5) if shape == "flat" else root._replace(
            children=(root.children[0]._replace(met=0.5), 1, 3)
        )  # fmt: skip
    if kind == "sum" and shape == "flat":
        root = root._replace(weights=tuple(w / 0.6875 for w in root.weights))
    weights = [rng.dirichlet(np.ones(len(root.children)), d)]
    if shape == "nested":
        weights[0][:, 1] = 0.0
        weights.append(rng.dirichlet([2.0, 3.0], d))
    condition = rng.integers(0, 5, (n, 4))
    codes, low, high = [], [], []
    for j in range(4):
        wide = j % 2 == 0
        code = rng.random((n, d if wide else 1)).round(2)
        unknown, outside = condition[:, j] == 0, condition[:, j] == 1
        code[unknown | outside] = np.nan
        least = np.where(outside, np.nan, rng.random(n) / 2)
        codes.append(code)
        least = np.where(unknown | outside, least, np.nanmin(np.nan_to_num(code), axis=1))[:, None]
        most = np.where(unknown | outside, least[:, 0] + 0.3, np.nan_to_num(code).max(axis=1))
        # Bounds may follow a draw, as those of a distance do when one end is drawn.
        low.append(least * np.linspace(1.0, 0.5, d) if j == 2 else least)
        high.append(most[:, None] + np.linspace(0.0, 0.2, d) if j == 2 else most[:, None])
    return root, weights, codes, low, high


@pytest.mark.parametrize("shape", ["flat", "nested"])
@pytest.mark.parametrize("kind", ["mean", "sum", "geometric", "min", "stages"])
@pytest.mark.parametrize("propagate", [False, True])
@settings(max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_scores_equal_one_evaluation_a_draw(shape, kind, propagate, seed):
    root, weights, codes, low, high = make_case(seed, kind, shape)
    got = draws.score_draws(root, weights, codes, low, high, propagate=propagate)
    expected = slow.score_draws(root, weights, codes, low, high, propagate=propagate)
    np.testing.assert_allclose(got, expected, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("kind", ["mean", "sum", "geometric", "min", "stages"])
def test_a_score_has_the_same_bits_whatever_the_block(kind):
    root, weights, codes, low, high = make_case(3, kind, "nested", n=40, d=50)
    whole = draws.score_draws(root, weights, codes, low, high, propagate=False)
    for rows in draws.spans(40, 7):
        for part in draws.spans(50, 13):
            block = draws.score_draws(
                root,
                [w[part] for w in weights],
                [c[rows] if c.shape[1] == 1 else c[rows, part] for c in codes],
                *(
                    [c[rows] if c.shape[1] == 1 else c[rows, part] for c in sides]
                    for sides in (low, high)
                ),
                propagate=False,
            )
            np.testing.assert_array_equal(block, whole[rows, part])


def key(*parts: int):
    return np.array(parts, dtype=np.uint64)


def test_a_stream_depends_on_its_key_only():
    first = draws.uniforms(key(1, 2), 1000)
    np.testing.assert_array_equal(first, draws.uniforms(key(1, 2), 1000))
    assert not np.isin(first, draws.uniforms(key(1, 3), 1000)).any()
    assert not np.isin(first, draws.uniforms(key(2, 2), 1000)).any()


def test_streams_are_uniform_and_independent_of_one_another():
    table = np.stack([draws.uniforms(key(0, i), 2000) for i in range(50)])
    assert table.min() >= 0
    assert table.max() < 1
    assert abs(table.mean() - 0.5) < 4 * np.sqrt(1 / 12 / table.size)
    off = np.corrcoef(table)[np.triu_indices(50, 1)]
    assert np.abs(off).max() < 5 / np.sqrt(2000)


def test_dirichlet_has_its_moments():
    a = np.array([1.0, 2.0, 7.0])
    w = draws.dirichlet(np.random.default_rng(0).random((200_000, 3)), a)
    mean = a / a.sum()
    np.testing.assert_allclose(w.sum(axis=1), 1.0, atol=1e-15)
    np.testing.assert_allclose(w.mean(axis=0), mean, atol=0.002)
    np.testing.assert_allclose(w.var(axis=0), mean * (1 - mean) / 11, rtol=0.02)


def test_dirichlet_never_takes_a_child_out():
    w = draws.dirichlet(np.array([[0.0, 0.5, 0.0]]), np.array([0.01, 0.01, 1.0]))
    assert (w > 0).all()


@given(
    u=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=20),
    p=st.lists(st.integers(1, 9), min_size=1, max_size=25),
)
def test_choose_counts_the_steps_reached(u, p):
    cumulative = np.cumsum(p) / sum(p)
    got = draws.choose(np.array(u), cumulative)
    expected = [sum(x >= c for c in cumulative[:-1]) for x in u]
    assert got.tolist() == expected


@given(st.data())
def test_spells_equal_the_slow_twin(data):
    n = data.draw(st.integers(1, 30))
    steps = data.draw(st.lists(st.sampled_from([1, 1, 1, 2, 5000]), min_size=n, max_size=n))
    key = np.cumsum(steps)
    part = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    value = np.array(
        data.draw(st.lists(st.sampled_from([0.0, 0.5, np.nan]), min_size=n, max_size=n))
    )
    np.testing.assert_array_equal(draws.spells(key, part, value), slow.spells(key, part, value))
