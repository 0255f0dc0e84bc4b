"""What must hold for any votes: the kernels equal their slow twins and obey the field's laws."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from alignindex.base.errors import SimilarityError
from alignindex.kernels.similarity.errors import analytic_errors, bootstrap_errors
from alignindex.kernels.similarity.measures import MEASURES, pair_measures
from alignindex.kernels.similarity.tables import level_distances, n_pairs, pair_indices, tile_side
from alignindex.similarity import dyads
from benchmarks.twins import similarity as twin

NAMES = tuple(MEASURES)
UNEVEN = (-1.5, 0.0, 1.0, 7.0)


def chosen(levels, names=NAMES):
    distances = level_distances(np.asarray(levels, dtype=float))
    return [(MEASURES[name].form, distances[MEASURES[name].distance]) for name in names]


def as_values(row, levels):
    return [None if code < 0 else levels[code] for code in row]


@st.composite
def votes(draw, max_actors=5, max_items=9, weights=True):
    levels = draw(st.sampled_from([(0.0, 1.0), (1.0, 2.0, 3.0), UNEVEN, (0.1, 0.4, 0.55)]))
    shape = (draw(st.integers(2, max_actors)), draw(st.integers(0, max_items)))
    codes = draw(hnp.arrays(np.int8, shape, elements=st.integers(-1, len(levels) - 1)))
    weight = None
    if weights and draw(st.booleans()):
        elements = st.one_of(st.just(0.0), st.integers(1, 9).map(float), st.floats(0.01, 50.0))
        weight = draw(hnp.arrays(np.float64, shape[1], elements=elements))
    return codes, levels, weight


def assert_close(left, right, tolerance=1e-12):
    np.testing.assert_allclose(left, right, rtol=tolerance, atol=tolerance, equal_nan=True)


@given(votes())
def test_equals_the_slow_twin(case):
    codes, levels, weights = case
    values, shared = pair_measures(codes, len(levels), chosen(levels), weights=weights)
    for pair, (i, j) in enumerate(zip(*pair_indices(len(codes)), strict=True)):
        x, y = as_values(codes[i], levels), as_values(codes[j], levels)
        assert shared[pair] == len(twin.shared_items(x, y, weights))
        expected = [twin.similarity(name, x, y, levels, weights) for name in NAMES]
        assert_close(values[:, pair], expected)


@given(votes(max_actors=3))
def test_analytic_error_is_the_infinitesimal_jackknife(case):
    codes, levels, weights = case
    values, shared, errors = analytic_errors(codes, len(levels), chosen(levels), weights=weights)
    same_values, same_shared = pair_measures(codes, len(levels), chosen(levels), weights=weights)
    np.testing.assert_array_equal(values, same_values)
    np.testing.assert_array_equal(shared, same_shared)
    for pair, (i, j) in enumerate(zip(*pair_indices(len(codes)), strict=True)):
        x, y = as_values(codes[i], levels), as_values(codes[j], levels)
        expected = [twin.jackknife_error(name, x, y, levels, weights) for name in NAMES]
        # The twin differentiates numerically.
        assert_close(errors[:, pair], expected, tolerance=1e-6)


@given(votes(max_actors=3, max_items=6), st.integers(0, 2**32))
def test_bootstrap_error_equals_the_slow_twin(case, seed):
    codes, levels, weights = case
    items = codes.shape[1]
    if not items:
        return
    draws = np.random.default_rng(seed).multinomial(items, np.full(items, 1 / items), size=7)
    errors = bootstrap_errors(codes, len(levels), chosen(levels), draws, weights=weights)
    for pair, (i, j) in enumerate(zip(*pair_indices(len(codes)), strict=True)):
        x, y = as_values(codes[i], levels), as_values(codes[j], levels)
        expected = [twin.bootstrap_error(name, x, y, levels, draws, weights) for name in NAMES]
        assert_close(errors[:, pair], expected, tolerance=1e-7)


@given(votes(), st.randoms(use_true_random=False))
def test_symmetric_and_blind_to_order(case, random):
    codes, levels, weights = case
    actors, items = codes.shape
    values, shared = pair_measures(codes, len(levels), chosen(levels), weights=weights)
    order = random.sample(range(actors), actors)
    turn = random.sample(range(items), items)
    moved, moved_shared = pair_measures(
        codes[np.ix_(order, turn)],
        len(levels),
        chosen(levels),
        weights=None if weights is None else weights[turn],
    )
    place = {frozenset(pair): at for at, pair in enumerate(zip(*pair_indices(actors), strict=True))}
    for at, (i, j) in enumerate(zip(*pair_indices(actors), strict=True)):
        # Half of the pairs now come with their two actors the other way round.
        before = place[frozenset((order[i], order[j]))]
        assert moved_shared[at] == shared[before]
        assert_close(moved[:, at], values[:, before])


@given(votes(weights=False), st.integers(1, 2**22))
def test_blocks_do_not_change_a_bit(case, block_bytes):
    codes, levels, _ = case
    codes = np.vstack([codes, codes[::-1], codes, codes[:1]])
    weights = np.arange(codes.shape[1], dtype=float)
    for weight in (None, weights):
        whole, shared = pair_measures(codes, len(levels), chosen(levels), weights=weight)
        cut, cut_shared = pair_measures(
            codes, len(levels), chosen(levels), weights=weight, block_bytes=block_bytes
        )
        np.testing.assert_array_equal(whole, cut)
        np.testing.assert_array_equal(shared, cut_shared)


@given(votes(), st.floats(0.01, 100.0))
def test_scale_of_weights_is_irrelevant(case, factor):
    codes, levels, weights = case
    weights = np.ones(codes.shape[1]) if weights is None else weights
    values, _, errors = analytic_errors(codes, len(levels), chosen(levels), weights=weights)
    scaled, _, scaled_errors = analytic_errors(
        codes, len(levels), chosen(levels), weights=weights * factor
    )
    assert_close(values, scaled, tolerance=1e-10)
    assert_close(errors, scaled_errors, tolerance=1e-6)


@given(votes(weights=False), st.data())
def test_integer_weights_repeat_items(case, data):
    codes, levels, _ = case
    times = data.draw(hnp.arrays(np.int64, codes.shape[1], elements=st.integers(0, 4)))
    weighted, _ = pair_measures(codes, len(levels), chosen(levels), weights=times.astype(float))
    repeated, _ = pair_measures(np.repeat(codes, times, axis=1), len(levels), chosen(levels))
    np.testing.assert_array_equal(weighted, repeated)


@given(votes(), st.integers(0, 9))
def test_an_item_that_one_lacks_does_not_count(case, at):
    codes, levels, weights = case
    at = min(at, codes.shape[1])
    wider = np.insert(codes, at, -1, axis=1)
    wider[0, at] = 0
    wide_weights = None if weights is None else np.insert(weights, at, 3.0)
    left = pair_measures(codes, len(levels), chosen(levels), weights=weights)
    right = pair_measures(wider, len(levels), chosen(levels), weights=wide_weights)
    assert_close(left[0], right[0])
    np.testing.assert_array_equal(left[1], right[1])


@given(votes())
def test_ranges(case):
    codes, levels, weights = case
    values, _ = pair_measures(codes, len(levels), chosen(levels), weights=weights)
    for name, row in zip(NAMES, values, strict=True):
        low = 0.0 if name.startswith("agreement") else -1.0
        known = row[~np.isnan(row)]
        assert np.all(known >= low - 1e-12), name
        assert np.all(known <= 1.0 + 1e-12), name


@given(votes(max_actors=2))
def test_a_portfolio_with_itself(case):
    codes, levels, weights = case
    row = codes[0]
    values, _ = pair_measures(np.vstack([row, row]), len(levels), chosen(levels), weights=weights)
    weighs = row if weights is None else row[weights > 0]
    present = set(weighs[weighs >= 0].tolist())
    for name, (value,) in zip(NAMES, values, strict=True):
        corrected = MEASURES[name].form in ("kappa", "pi", "tau_b")
        if not present or (corrected and len(present) == 1):
            assert np.isnan(value), name
        elif name.startswith("a_"):
            # A is S less its expectation: 0 for a constant row, below 1 for any other.
            assert 0.0 <= value <= 1.0, name
            assert (value == 0.0) == (len(present) == 1), name
        else:
            assert value == pytest.approx(1.0, abs=1e-12), name


@given(votes(max_actors=4, max_items=8))
def test_a_constant_row_against_a_varied_one(case):
    codes, levels, weights = case
    codes = codes.copy()
    codes[0] = 1
    varied = codes[1] if weights is None else codes[1][weights > 0]
    if len(set(varied[varied >= 0].tolist())) < 2:
        return
    values, _ = pair_measures(codes[:2], len(levels), chosen(levels), weights=weights)
    found = dict(zip(NAMES, values[:, 0], strict=True))
    # Nothing beyond chance, by definition; tau-b has no untied pair in the constant row.
    for name in ("kappa_nominal", "kappa_linear", "kappa_squared", "a_absolute", "a_squared"):
        assert found[name] == pytest.approx(0.0, abs=1e-12), name
    assert np.isnan(found["tau_b"])
    assert found["pi_nominal"] < 0


@st.composite
def long_votes(draw):
    """A long table of a few sessions, in any order of rows, some of them repeated."""
    rows = draw(
        st.dictionaries(
            st.tuples(st.integers(1, 3), st.sampled_from("ABCDE"), st.integers(0, 6)),
            st.sampled_from([1.0, 2.0, 3.0, float("nan")]),
            min_size=1,
            max_size=40,
        )
    )
    table = [(*key, value) for key, value in rows.items()]
    table += draw(st.lists(st.sampled_from(table), max_size=3))
    order = draw(st.permutations(range(len(table))))
    columns = ["session", "state", "item", "value"]
    return pd.DataFrame([table[at] for at in order], columns=columns)


def front(table, **options):
    """`dyads`, or the message of its refusal."""
    try:
        return dyads(table, item="item", value="value", **options)
    except SimilarityError as error:
        assert "no votes" in str(error) or "no dyad" in str(error)  # noqa: PT017
        return None


@given(long_votes(), st.sampled_from(["drop", 2]), st.sampled_from(["keep", "drop"]))
def test_the_front_equals_the_slow_twin(table, absent, unanimous):
    found = front(table, absent=absent, unanimous=unanimous)
    if found is None:
        return
    once = table.drop_duplicates()
    assert found.attrs["identical_duplicates"] == len(table) - len(once)
    listed = set()
    for session, block in once.groupby("session"):
        wide = block.pivot(index="state", columns="item", values="value")
        here = block.pivot(index="state", columns="item", values="item").notna()
        contested = wide.nunique() > 1
        if absent == 2:
            wide = wide.mask(here & wide.isna(), 2.0)
        if unanimous == "drop":
            wide = wide.loc[:, contested]
        listed |= {(session, a, b) for a in wide.index for b in wide.index if a < b}
        for row in found[found["session"] == session].itertuples():
            x, y = ([None if v != v else v for v in wide.loc[s]] for s in (row.state, row.partner))
            assert row.n_shared == len(twin.shared_items(x, y))
            expected = [twin.similarity(name, x, y, [1, 2, 3]) for name in NAMES]
            assert_close([getattr(row, name) for name in NAMES], expected)
    keys = list(zip(found["session"], found["state"], found["partner"], strict=True))
    assert keys == sorted(listed)


@given(long_votes(), st.sampled_from("ABCDE"), st.integers(1, 3))
def test_leaving_out_a_state_or_a_session_changes_no_other_dyad(table, state, session):
    whole = front(table)
    rest = table[(table["state"] != state) & (table["session"] != session)]
    part = None if rest.empty else front(rest)
    if whole is None or part is None:
        return
    kept = whole[
        (whole["state"] != state) & (whole["partner"] != state) & (whole["session"] != session)
    ].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, part, check_exact=True)


@given(long_votes())
def test_new_names_for_states_change_nothing_else(table):
    whole = front(table, directed=True)
    if whole is None:
        return
    names = dict(zip("ABCDE", "XQZMN", strict=True))
    renamed = front(table.assign(state=table["state"].map(names)), directed=True)
    keys = ["session", "state", "partner"]
    expected = whole.assign(
        state=whole["state"].map(names), partner=whole["partner"].map(names)
    ).sort_values(keys, ignore_index=True)
    pd.testing.assert_frame_equal(renamed, expected, check_exact=True)


@given(st.integers(0, 40), st.integers(0, 30), st.integers(2, 7), st.integers(1, 10**9))
def test_every_pair_stands_once(actors, items, levels, block_bytes):
    first, second = pair_indices(actors)
    expected = [(i, j) for i in range(actors) for j in range(i + 1, actors)]
    assert list(zip(first.tolist(), second.tolist(), strict=True)) == expected
    assert len(expected) == n_pairs(actors)
    assert 1 <= tile_side(actors, items, levels, 1, block_bytes) <= max(actors, 1)
