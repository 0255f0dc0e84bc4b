"""The reliability kernels against their slow twins, on ratings that are missing and uneven."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignindex.kernels.reliability import coefficients as kernels
from alignindex.kernels.reliability import latent_codes as latent
from benchmarks.twins import reliability as slow

VALUES = [0.0, 1.0, 2.5, 7.0]
LEVELS = ["nominal", "ordinal", "interval", "ratio"]


@st.composite
def tables(draw, coders=None, rows=8):
    width = draw(st.integers(2, 4)) if coders is None else coders
    cell = st.sampled_from([-1, 0, 1, 2, 3])
    row = st.lists(cell, min_size=width, max_size=width)
    return np.array(draw(st.lists(row, min_size=1, max_size=rows)), dtype=np.int64)


def units(codes):
    return [[None if code < 0 else VALUES[code] for code in row] for row in codes]


def once(codes, *, ordered=False):
    rows, times = kernels.distinct(codes, ordered=ordered)
    return rows, times[None]


WEIGHTS = {
    "nominal": lambda a, b: float(a == b),
    "linear": lambda a, b: 1 - abs(a - b) / 7,
    "squared": lambda a, b: 1 - (a - b) ** 2 / 49,
}


def matrix(name):
    return np.array([[WEIGHTS[name](a, b) for b in VALUES] for a in VALUES])


@pytest.mark.parametrize("level", LEVELS)
@given(codes=tables())
def test_alpha(level, codes):
    found = kernels.alpha(*once(codes)[:1], np.array(VALUES), once(codes)[1], level).value
    np.testing.assert_allclose(found, [slow.alpha(units(codes), level)], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("level", LEVELS)
@given(codes=tables(rows=6), seed=st.integers(0, 2**32))
def test_replicates_of_alpha(level, codes, seed):
    rows, times = kernels.distinct(codes)
    drawn = kernels.resample(times, 3, np.random.default_rng(seed))
    assert (drawn.sum(axis=1) == len(codes)).all()
    found = kernels.alpha(rows, np.array(VALUES), drawn, level).value
    wanted = slow.bootstrap(units(rows), drawn.tolist(), lambda part: slow.alpha(part, level))
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("level", LEVELS)
def test_alpha_in_blocks_is_alpha_at_once(level, monkeypatch):
    codes = np.random.default_rng(3).integers(-1, 4, size=(50, 3))
    rows, times = kernels.distinct(codes)
    drawn = kernels.resample(times, 20, np.random.default_rng(4))
    whole = kernels.alpha(rows, np.array(VALUES), drawn, level).value
    monkeypatch.setattr(kernels, "BLOCK", 3)
    parts = kernels.alpha(rows, np.array(VALUES), drawn, level).value
    np.testing.assert_allclose(parts, whole, rtol=1e-12)


@pytest.mark.parametrize("value", [0.1, 1 / 3, 1e9])
@pytest.mark.parametrize("level", LEVELS)
def test_alpha_is_unknown_without_variation(level, value):
    values = np.array([0.0, value])
    rows, times = once(np.ones((7, 3), dtype=np.int64))
    assert np.isnan(kernels.alpha(rows, values, times, level).value).all()
    # Nor in a replicate that happens to miss every other value.
    rows, times = kernels.distinct(np.array([[1, 1, 1], [1, 1, 1], [0, 1, 0]]))
    only = np.where((rows == 1).all(axis=1), 3, 0)[None]
    assert np.isnan(kernels.alpha(rows, values, only, level).value).all()


@pytest.mark.parametrize("name", WEIGHTS)
@given(codes=tables())
def test_fleiss_and_gwet(name, codes):
    if not (codes >= 0).any():
        return
    rows, times = once(codes)
    for fast, twin in ((kernels.fleiss, slow.fleiss), (kernels.gwet, slow.gwet)):
        found = fast(rows, matrix(name), times).value
        wanted = twin(units(codes), VALUES, WEIGHTS[name])
        np.testing.assert_allclose(found, [wanted], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", WEIGHTS)
@given(codes=tables(coders=2))
def test_cohen(name, codes):
    rows, times = once(codes, ordered=True)
    found = kernels.cohen(rows, matrix(name), times).value
    wanted = slow.cohen(units(codes), VALUES, WEIGHTS[name])
    np.testing.assert_allclose(found, [wanted], rtol=1e-10, atol=1e-10)


@given(codes=tables(coders=3))
def test_confusion_with_the_others(codes):
    for coder in range(3):
        found = kernels.confusion(codes[:, coder], kernels.others(codes, 4, coder))
        wanted = slow.confusion(units(codes), VALUES, coder)
        np.testing.assert_allclose(found, wanted, atol=1e-12)


@pytest.mark.parametrize("smoothing", [0.0, 1.5])
@settings(max_examples=30)
@given(codes=tables(coders=4, rows=12), steps=st.integers(1, 6))
def test_dawid_skene(smoothing, codes, steps):
    codes = codes[(codes >= 0).any(axis=1)]
    if not len(codes):
        return
    owner = np.array([0, 0, 1, 2])  # the first coder reads twice
    rows, place, times = np.unique(codes, axis=0, return_inverse=True, return_counts=True)
    found = latent.dawid_skene(
        latent.readings(rows, owner, 3, 4), times, 4,
        smoothing=smoothing, tolerance=-1.0, max_iterations=steps,
    )  # fmt: skip
    given_by = [
        [[int(v) for v in row[owner == c] if v >= 0] for c in range(3)] for row in codes.tolist()
        for row in [np.array(row)]
    ]  # fmt: skip
    prevalence, rates, posterior, likelihood = slow.dawid_skene(given_by, 4, steps, smoothing)
    assert found.iterations == steps
    np.testing.assert_allclose(found.prevalence, prevalence, atol=1e-12)
    np.testing.assert_allclose(np.nan_to_num(found.rates), rates, atol=1e-10)
    np.testing.assert_allclose(found.posterior[np.reshape(place, -1)], posterior, atol=1e-10)
    assert found.log_likelihood == pytest.approx(likelihood, rel=1e-9, abs=1e-9)


def test_em_never_lowers_the_likelihood():
    codes = np.random.default_rng(5).integers(-1, 3, size=(40, 4))
    codes = codes[(codes >= 0).any(axis=1)]
    table = latent.readings(codes, np.arange(4), 4, 3)
    ones = np.ones(len(codes), dtype=np.int64)
    path = [
        latent.dawid_skene(
            table, ones, 3, smoothing=0.0, tolerance=1e-9, max_iterations=n
        ).log_likelihood
        for n in range(1, 40)
    ]  # fmt: skip
    assert (np.diff(path) > -1e-9).all()
    assert path[-1] > path[0] + 1
