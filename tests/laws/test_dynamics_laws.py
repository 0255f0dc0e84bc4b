"""Laws of the path and segment kernels that hold for any series."""

from __future__ import annotations

import math

import hypothesis.extra.numpy as hnp
import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from alignindex.kernels.dynamics import dating, paths, segments

SCORES = st.one_of(st.floats(0, 1, width=32), st.sampled_from([0.0, 0.5, 1.0]), st.just(math.nan))
SERIES = hnp.arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(2, 12)), elements=SCORES)
SEEDS = st.integers(0, 10_000)


def noisy(seed: int, n: int = 6, t: int = 24, missing: float = 0.0) -> np.ndarray:
    """Series in which no two segmentations tie."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.2, 0.8, (n, 1)) + rng.normal(0, 0.05, (n, t))
    for row in x:
        row[rng.integers(4, t - 3) :] += rng.choice([-0.2, 0.0, 0.2])
    x[rng.random(x.shape) < missing] = np.nan
    return x


# --- fluidity ------------------------------------------------------------------------------------


@given(SERIES)
def test_rate_is_drift_plus_churn_and_oscillation_their_share(x: np.ndarray) -> None:
    got = paths.fluidity(x)
    assert_array_equal(got.rate, got.drift + got.churn)
    moving = got.rate > 0
    assert ((got.oscillation[moving] >= 0) & (got.oscillation[moving] <= 1)).all()
    assert np.isnan(got.oscillation[~moving]).all()
    steps = [np.abs(np.diff(row[~np.isnan(row)])).sum() for row in x]
    known = ~np.isnan(got.rate)
    assert_allclose((got.rate * got.span)[known], np.array(steps)[known], atol=1e-12)
    ends = [row[~np.isnan(row)][[-1, 0]] if k else [0, 0] for row, k in zip(x, known, strict=True)]
    net = np.array([a - b for a, b in ends])
    assert_allclose(got.net[known], net[known], atol=1e-12)


@given(SERIES)
def test_fluidity_is_unchanged_by_time_reversal_and_complement(x: np.ndarray) -> None:
    own = paths.fluidity(x)
    for other, sign in ((paths.fluidity(x[:, ::-1]), -1), (paths.fluidity(1.0 - x), -1)):
        for name in ("rate", "drift", "churn", "span"):
            assert_allclose(getattr(own, name), getattr(other, name), atol=1e-12)
        assert_allclose(own.net, sign * other.net, atol=1e-12)


@given(SERIES, st.data())
def test_path_length_adds_up_over_adjoining_spans(x: np.ndarray, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, x.shape[1] - 1))
    x = x[~np.isnan(x[:, cut])]
    whole, first, second = (paths.fluidity(p) for p in (x, x[:, : cut + 1], x[:, cut:]))
    length = [np.nan_to_num(f.rate * f.span) for f in (whole, first, second)]
    assert_allclose(length[0], length[1] + length[2], atol=1e-12)


@given(SERIES, st.data())
def test_dropping_an_interior_year_never_raises_the_rate(
    x: np.ndarray, data: st.DataObject
) -> None:
    row = x[:1]
    seen = np.flatnonzero(~np.isnan(row[0]))
    assume(len(seen) >= 3)
    less = row.copy()
    less[0, data.draw(st.sampled_from(seen[1:-1].tolist()))] = np.nan
    assert paths.fluidity(less).rate[0] <= paths.fluidity(row).rate[0] + 1e-12


@given(hnp.arrays(np.float64, (2, 4, 5), elements=SCORES), st.permutations(range(4)))
def test_turnover_laws(x: np.ndarray, order: list[int]) -> None:
    own = paths.turnover(x)
    assert_array_equal(own.total, own.substitution + own.shift)
    for other in (x[:, order], 1.0 - x):
        assert_allclose(own.total, paths.turnover(other).total, atol=1e-12)
        assert_allclose(own.substitution, paths.turnover(other).substitution, atol=1e-12)
    back = paths.turnover(x[:, :, ::-1])
    assert_allclose(own.total, back.total[:, ::-1], atol=1e-12)
    assert_allclose(own.shift, back.shift[:, ::-1], atol=1e-12)
    with np.errstate(invalid="ignore"):
        mean = np.abs(np.diff(x, axis=2))
    for i, t in np.ndindex(*own.total.shape):
        if own.partners[i, t]:
            assert abs(own.total[i, t] - np.nanmean(mean[i, :, t])) < 1e-12
        else:
            assert np.isnan(own.total[i, t])


# --- segments ------------------------------------------------------------------------------------


@given(SEEDS, st.sampled_from([0.0, 0.4]), st.sampled_from([0.0, 0.3]))
def test_regimes_mirror_under_time_reversal_and_complement(
    seed: int, rho: float, missing: float
) -> None:
    x = noisy(seed, missing=missing)
    own = segments.segment(x, rho)
    flipped = segments.segment(1.0 - x, rho)
    assert_array_equal(own.start, flipped.start)
    assert_allclose(own.mean, 1.0 - flipped.mean, atol=1e-12)
    back = segments.segment(x[:, ::-1], rho)
    assert_array_equal(own.breaks, back.breaks)
    count = paths.pack(x).length
    for row, k in enumerate(own.breaks):
        mirrored = count[row] - back.start[row, :k][::-1]
        assert own.start[row, :k].tolist() == mirrored.tolist()
    assert_allclose(own.rss, back.rss, atol=1e-10)


@given(SEEDS)
def test_regimes_ignore_the_level_the_other_series_and_unobserved_years(seed: int) -> None:
    x = noisy(seed)
    own = segments.segment(x)
    assert_array_equal(own.start, segments.segment(x + 3.0).start)
    assert_array_equal(own.start[2:3], segments.segment(x[2:3]).start)
    wide = np.full((len(x), 2 * x.shape[1]), np.nan)
    wide[:, ::2] = x
    assert_array_equal(own.start, segments.segment(wide).start)


@given(SEEDS, st.sampled_from([0.0, 0.3]))
def test_regimes_hold_the_least_years_and_explain_what_they_say(seed: int, missing: float) -> None:
    x = noisy(seed, missing=missing)
    found, packed = segments.segment(x), paths.pack(x)
    alone = segments.segment(x, most=0).rss
    for row, k in enumerate(found.breaks):
        edges = [0, *found.start[row, :k].tolist(), int(packed.length[row])]
        assert (np.diff(edges) >= segments.MIN_YEARS).all()
        assert (found.evidence[row] > 0) == (k > 0)
    assert (found.rss <= alone + 1e-12).all()


@given(SEEDS, st.integers(1, 2), st.sampled_from([0.0, 0.2]))
def test_posterior_is_a_distribution_over_observed_years(
    seed: int, breaks: int, missing: float
) -> None:
    x = noisy(seed, missing=missing)
    x = x[np.count_nonzero(~np.isnan(x), axis=1) >= 4 * (breaks + 1)]
    got = dating.posterior(x, breaks)
    assert_allclose(got.sum(axis=2), 1.0, atol=1e-12)
    assert (got[np.broadcast_to(np.isnan(x)[:, None], got.shape)] == 0).all()
    centre = (got * np.arange(x.shape[1])).sum(axis=2)
    assert (np.diff(centre, axis=1) > 0).all()
    mirrored = dating.posterior(1.0 - x, breaks)
    assert_allclose(got, mirrored, atol=1e-8)


@given(SERIES)
def test_a_line_fits_at_least_as_well_as_a_level_and_a_line_is_a_line(x: np.ndarray) -> None:
    line = segments.line_rss(x)
    level = segments.segment(x, most=0).rss
    assert (line <= level + 1e-10).all()
    slope = np.where(np.isnan(x), np.nan, 0.3 + 0.02 * np.arange(x.shape[1]))
    assert_allclose(segments.line_rss(slope), 0.0, atol=1e-12)
