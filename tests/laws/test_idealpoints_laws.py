"""Laws of ideal points: what no order, name or direction may change."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import alignindex as ai
from alignindex.base.errors import AlignIndexError
from alignindex.kernels.idealpoints import errors as laplace
from alignindex.kernels.idealpoints import model as kernel

SEEDS = st.integers(0, 10_000)


def votes_of(seed: int) -> pd.DataFrame:
    """Votes of the model with absences; unanimous items are kept out."""
    rng = np.random.default_rng(seed)
    n_states, n_periods, n_items = rng.integers(5, 10), rng.integers(1, 4), rng.integers(8, 16)
    home = np.linspace(1.5, -1.5, n_states)
    rows = []
    for session in range(n_periods):
        for number in range(n_items):
            slope, lower = rng.normal(0, 2), rng.normal(0, 0.5)
            z = slope * home + rng.normal(size=n_states)
            vote = 1 + (z > lower) + (z > lower + 0.7)
            for j in np.flatnonzero(rng.random(n_states) < 0.9):
                rows.append((f"S{j}", 100 * session + number, session, int(vote[j])))
    votes = pd.DataFrame(rows, columns=["state", "rcid", "session", "vote"])
    return votes[votes.groupby("rcid")["vote"].transform("nunique") > 1].reset_index(drop=True)


def fit(votes: pd.DataFrame, **options: Any) -> ai.idealpoints.IdealPoints:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # small periods are not the point here
        return ai.idealpoints.fit(
            votes, **{"anchor": ("S0", 1), "draws": 0, "max_sweeps": 12, **options}
        )


@given(SEEDS)
@settings(max_examples=15)
def test_row_order_changes_no_bit(seed: int) -> None:
    votes = votes_of(seed)
    one, other = fit(votes), fit(votes.sample(frac=1.0, random_state=seed))
    pd.testing.assert_frame_equal(one.points, other.points, check_exact=True)
    pd.testing.assert_frame_equal(one.items, other.items, check_exact=True)
    assert one.fit.digest == other.fit.digest


@given(SEEDS)
@settings(max_examples=15)
def test_names_of_states_and_items_do_not_matter(seed: int) -> None:
    votes = votes_of(seed)
    renamed = votes.assign(
        state=votes["state"].map({f"S{j}": f"T{9 - j}" for j in range(10)}), rcid=-votes["rcid"]
    )
    one = fit(votes, tolerance=0.0).points
    other = fit(renamed, tolerance=0.0, anchor=("T9", 1)).points
    other["state"] = other["state"].map({f"T{9 - j}": f"S{j}" for j in range(10)})
    other = other.sort_values(["state", "period"], ignore_index=True)
    for column in ("point", "se"):
        np.testing.assert_allclose(one[column], other[column], rtol=1e-6, atol=1e-8)


@given(SEEDS)
@settings(max_examples=15)
def test_reversed_levels_turn_the_items_and_not_the_points(seed: int) -> None:
    votes = votes_of(seed)
    up, down = fit(votes, tolerance=0.0), fit(votes, levels=[3, 2, 1], tolerance=0.0)
    np.testing.assert_allclose(up.points["point"], down.points["point"], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(
        up.items["discrimination"], -down.items["discrimination"], rtol=1e-6, atol=1e-8
    )


@given(SEEDS)
@settings(max_examples=15)
def test_points_are_standardised_and_errors_positive(seed: int) -> None:
    points = fit(votes_of(seed)).points
    known = points.dropna(subset=["point"])
    assert known["point"].mean() == pytest.approx(0.0, abs=1e-10)
    assert known["point"].std(ddof=0) == pytest.approx(1.0, rel=1e-10)
    assert (known["se"] > 0).all()
    assert known.loc[known["state"] == "S0", "point"].mean() >= 0


@given(SEEDS)
@settings(max_examples=15)
def test_probabilities_are_a_distribution_ordered_by_the_points(seed: int) -> None:
    votes = votes_of(seed)
    found = fit(votes)
    item = votes["rcid"].iloc[0]
    session = votes["session"].iloc[0]
    there = found.points[(found.points["period"] == session) & found.points["point"].notna()]
    assume(len(there) > 1)
    there = there.sort_values("point")
    chances = ai.idealpoints.probabilities(found, there[["state"]].assign(rcid=item))
    assert chances.min(axis=None) >= 0
    np.testing.assert_allclose(chances.sum(axis=1), 1.0, rtol=1e-12)
    slope = found.items.set_index("item").loc[item, "discrimination"]
    assume(not np.isnan(slope))
    above = chances[3] + chances[2]
    assert (np.diff(above) * np.sign(slope) >= -1e-15).all()


@given(SEEDS)
@settings(max_examples=15)
def test_roll_call_fit_keeps_its_ranges(seed: int) -> None:
    votes = votes_of(seed)
    table = ai.idealpoints.roll_call_fit(fit(votes), votes)
    known = table.dropna()
    assert known["gmp"].between(0, 1).all()
    assert known["correct"].between(0, 1).all()
    assert known["commonest"].between(1 / 3, 1).all()
    assert (known["pre"] <= 1).all()


@given(st.lists(st.floats(-5, 5), min_size=3, max_size=8))
def test_distance_is_a_metric(points: list[float]) -> None:
    table = pd.DataFrame({"state": [f"S{j}" for j in range(len(points))], "period": 2001})
    found = ai.idealpoints.distance(table.assign(point=points))["ideal_point_distance"]
    square = found.unstack("partner").droplevel("year").fillna(0.0).to_numpy()
    np.testing.assert_array_equal(square, square.T)
    assert (square >= 0).all()
    assert (square[:, :, None] <= square[:, None, :] + square.T[None] + 1e-12).all()


@given(SEEDS)
def test_preparing_twice_is_preparing_once(seed: int) -> None:
    votes = votes_of(seed)
    codes = np.random.default_rng(seed).random(len(votes))
    votes["vote"] = votes["vote"].where(codes > 0.2, 8)
    once = ai.idealpoints.prepare(votes)
    twice = ai.idealpoints.prepare(once.votes)
    pd.testing.assert_frame_equal(once.votes, twice.votes)
    assert twice.skipped.empty
    assert len(once.votes) + once.skipped["votes"].sum() == len(votes)


@given(SEEDS)
@settings(max_examples=10)
def test_a_copy_of_the_world_without_ties_is_refused(seed: int) -> None:
    votes = votes_of(seed)
    other = votes.assign(state="X" + votes["state"], rcid=votes["rcid"] + 1000)
    with pytest.raises(AlignIndexError, match="no common scale"):
        fit(pd.concat([votes, other], ignore_index=True))


@given(st.floats(-30, 8), st.floats(0.01, 3))
def test_mills_ratio_falls_and_stays_above_its_bound(x: float, step: float) -> None:
    here, further = kernel.mills(np.array([x, x + step]))
    assert further < here
    assert here > max(-x, 0.0)


@given(st.floats(-6, 6), st.floats(0.05, 4), st.booleans())
def test_expected_information_is_positive(a: float, gap: float, two: bool) -> None:
    first, second, between = (
        float(x[0])
        for x in laplace.expected_information(np.array([a]), np.array([a + gap]), np.array([two]))
    )
    assert first > 0
    assert second >= 0
    assert first * second - between**2 >= -1e-12 * first * max(second, 1e-300)


@given(SEEDS)
def test_chain_posterior_equals_the_dense_solution(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 12))
    link = np.where(rng.random(n - 1) < 0.8, rng.uniform(0.1, 9, n - 1), 0.0)
    dense = np.diag(rng.uniform(0.01, 5, n))
    for j, w in enumerate(link):
        dense[j : j + 2, j : j + 2] += w * np.array([[1, -1], [-1, 1]])
    right = rng.normal(size=n)
    mean, variance = kernel.chain_posterior(np.diagonal(dense).copy(), link, right)
    np.testing.assert_allclose(dense @ mean, right, atol=1e-9)
    np.testing.assert_allclose(variance, np.diag(np.linalg.inv(dense)), rtol=1e-8)
