"""Coding kernels: windows and rules against plain loops, and cases worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignindex.kernels.scoring import coding, windows
from benchmarks.twins import scoring as twin
from benchmarks.twins.scoring import code_distance, code_levels, code_minmax, code_thresholds

nan = np.nan


class Window:
    def __init__(self, kind, **options):
        self.kind = kind
        self.__dict__.update(options)


@st.composite
def histories(draw):
    """Draw several dyads with gaps in years: keys and values, with holes."""
    keys, values = [], []
    for dyad in range(draw(st.integers(1, 4))):
        years = draw(st.lists(st.integers(-6, 6), unique=True, min_size=1, max_size=10))
        for year in sorted(years):
            keys.append(dyad * 8192 + year)
            values.append(draw(st.sampled_from([nan, nan, 0.0, 1.0, 2.5, 0.1, 7.0])))
    return np.array(values), np.array(keys, dtype=np.int64)


def by_key(values, key):
    known = {int(k): None if math.isnan(v) else v for k, v in zip(key, values, strict=True)}
    return lambda column, year: known.get(year)


def filled(values):
    return [nan if value is None else value for value in values]


def assert_close(left, right):
    np.testing.assert_allclose(np.asarray(left), np.asarray(right, float), rtol=1e-13, atol=1e-13)


# --- windows --------------------------------------------------------------------------------------


@given(histories(), st.integers(1, 9))
def test_trailing_sum_is_the_loop_over_years(history, years):
    values, key = history
    total, observed = windows.trailing_sum(values, key, years)
    window = Window("trailing_sum", years=years)
    cell = by_key(values, key)
    assert_close(total, [twin.window_value(cell, "x", window, int(k))[1] for k in key])
    seen = [
        sum(cell("x", y) is not None for y in range(int(k) - years + 1, int(k) + 1)) for k in key
    ]
    assert observed.tolist() == seen


@given(histories(), st.integers(1, 9), st.integers(1, 9))
def test_trailing_mean_is_the_loop_over_years(history, years, least):
    values, key = history
    window = Window("trailing_mean", years=years, min_years=least)
    cell = by_key(values, key)
    expected = filled(twin.window_value(cell, "x", window, int(k))[0] for k in key)
    assert_close(windows.trailing_mean(values, key, years, least), expected)


@given(histories(), st.integers(0, 9))
def test_last_known_is_the_loop_over_years(history, age):
    values, key = history
    before = values.copy()
    window = Window("last_known", max_age=age)
    cell = by_key(values, key)
    expected = filled(twin.window_value(cell, "x", window, int(k))[0] for k in key)
    np.testing.assert_array_equal(windows.last_known(values, key, age), expected)
    np.testing.assert_array_equal(values, before)  # the raw values stay as they are


def test_a_gap_is_not_a_neighbour():
    # Rows of 2000, 2001 and 2004: a three-year window in 2004 reaches back to 2002.
    values, key = np.array([1.0, 2.0, 4.0]), np.array([2000, 2001, 2004])
    total, observed = windows.trailing_sum(values, key, 3)
    assert total.tolist() == [1.0, 3.0, 4.0]
    assert observed.tolist() == [1.0, 2.0, 1.0]
    assert windows.last_known(np.array([1.0, nan, nan]), key, 2).tolist()[1] == 1.0
    assert math.isnan(windows.last_known(np.array([1.0, nan, nan]), key, 3)[2])
    assert windows.last_known(np.array([1.0, nan, nan]), key, 4)[2] == 1.0


def test_a_window_never_reaches_into_another_dyad():
    values, key = np.array([5.0, 1.0]), np.array([8191 + 2000, 2 * 8192 + 2000 - 4095])
    assert windows.trailing_sum(values, key, 1000)[0].tolist() == [5.0, 1.0]


def test_a_sum_over_many_years_keeps_what_is_far_back():
    values, key = np.ones(50), np.arange(50, dtype=np.int64)
    total, observed = windows.trailing_sum(values, key, 50)
    assert total.tolist() == list(range(1, 51))
    assert observed[-1] == 50


@pytest.mark.parametrize("kernel", ["trailing_sum", "trailing_mean", "last_known"])
def test_windows_of_no_rows(kernel):
    arguments = {"trailing_sum": (3,), "trailing_mean": (3, 2), "last_known": (3,)}[kernel]
    out = getattr(windows, kernel)(np.empty(0), np.empty(0, np.int64), *arguments)
    assert all(len(part) == 0 for part in (out if isinstance(out, tuple) else (out,)))


# --- rules ----------------------------------------------------------------------------------------

raws = st.lists(
    st.one_of(st.just(None), st.sampled_from([-1.0, 0.0, 0.5, 1.0, 3.0]), st.floats(-10, 10)),
    min_size=1,
    max_size=12,
)


def assert_coded(coded, expected):
    for got, want in zip(coded, zip(*expected, strict=True), strict=True):
        assert_close(got, filled(want))


@given(raws, raws, st.floats(-5, 5), st.floats(0.1, 5), st.booleans())
def test_minmax_is_the_loop(raw, least, lo, width, partial):
    n = min(len(raw), len(least))
    raw, least, hi = raw[:n], [x or 0.0 for x in least[:n]], lo + width
    got = coding.minmax(
        np.array(filled(raw)), lo, hi, np.array(least, dtype=float) if partial else None
    )
    assert_coded(
        got,
        [
            code_minmax((x, m if partial else None, None), lo, hi)
            for x, m in zip(raw, least, strict=True)
        ],
    )


@given(
    raws,
    raws,
    st.lists(st.sampled_from([-1.0, 0.0, 0.5, 1.0, 3.0]), unique=True, min_size=1, max_size=4),
    st.data(),
)
def test_thresholds_is_the_loop(raw, least, cuts, data):
    n = min(len(raw), len(least))
    cuts = sorted(cuts)
    codes = data.draw(
        st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=len(cuts) + 1, max_size=len(cuts) + 1)
    )
    got = coding.thresholds(np.array(filled(raw[:n])), cuts, codes, np.array(filled(least[:n])))
    expected = [
        code_thresholds((x, m, None), tuple(cuts), tuple(codes))
        for x, m in zip(raw[:n], least[:n], strict=True)
    ]
    assert_coded(got, expected)
    whole = coding.thresholds(np.array(filled(raw)), cuts, codes)
    assert_coded(whole, [code_thresholds((x, None, None), tuple(cuts), tuple(codes)) for x in raw])


positions = st.lists(
    st.tuples(*[st.one_of(st.none(), st.floats(0, 1), st.sampled_from([0.0, 0.5, 1.0]))] * 2),
    min_size=1,
    max_size=12,
)


@given(positions)
def test_distance_is_the_loop_and_symmetric(pairs):
    state, partner = (np.array(filled(side)) for side in zip(*pairs, strict=True))
    assert_coded(coding.distance(state, partner), [code_distance(*pair) for pair in pairs])
    for one, other in zip(
        coding.distance(state, partner), coding.distance(partner, state), strict=True
    ):
        np.testing.assert_array_equal(one, other)


@given(st.lists(st.one_of(st.none(), st.integers(0, 2)), min_size=1, max_size=9))
def test_levels_is_the_loop(numbers):
    codes = {"a": 0.25, "b": (0.5, 0.75), "c": 1.0}
    names = list(codes)
    bounds = np.array([(0.25, 0.25), (0.5, 0.75), (1.0, 1.0)])
    got = coding.levels(np.array(filled(numbers), dtype=float), bounds[:, 0], bounds[:, 1])
    assert_coded(got, [code_levels(None if x is None else names[x], codes) for x in numbers])


def test_share_by_hand():
    # 1/4; 0/0 observed: does not apply; nothing observed: unknown; 145/144: rounding, full share;
    # nothing of something: 0.
    part, whole = np.array([1.0, 0, 0, 145, 0]), np.array([4.0, 0, 0, 144, 3])
    code, low, high = coding.share(part, whole, [1, 2, 0, 5, 1])
    np.testing.assert_array_equal(code, [0.25, nan, nan, 1, 0])
    np.testing.assert_array_equal(low, [0.25, nan, 0, 1, 0])
    np.testing.assert_array_equal(high, [0.25, nan, 1, 1, 0])


def test_a_partial_sum_fixes_a_code_only_when_nothing_more_could_change_it():
    raw, least = np.array([nan, nan, nan]), np.array([0.0, 2.0, 3.0])
    code, low, high = coding.thresholds(raw, [1, 3], [0, 0.5, 1], least)
    np.testing.assert_array_equal(code, [nan, nan, 1])
    np.testing.assert_array_equal(low, [0, 0.5, 1])
    np.testing.assert_array_equal(high, [1, 1, 1])
    # Codes that fall again: two at least may be 0.5 (two) or 0 (three and more).
    _, low, high = coding.thresholds(raw, [1, 3], [1, 0.5, 0], least)
    np.testing.assert_array_equal(low, [0, 0, 0])
    np.testing.assert_array_equal(high, [1, 0.5, 0])


def test_reverse_and_cut_by_hand():
    coded = (
        np.array([0.2, nan, nan, nan]),
        np.array([0.2, 0.5, 0, nan]),
        np.array([0.2, 1, 1, nan]),
    )
    code, low, high = coding.reverse(coded)
    np.testing.assert_array_equal(code, [0.8, nan, nan, nan])
    np.testing.assert_array_equal(low, [0.8, 0, 0, nan])
    np.testing.assert_array_equal(high, [0.8, 0.5, 1, nan])
    # A code of at least 0.5 reaches 0.5, known or not; of what does not apply there is no code.
    code, low, high = coding.cut(coded, 0.5)
    np.testing.assert_array_equal(code, [0, 1, nan, nan])
    np.testing.assert_array_equal(low, [0, 1, 0, nan])
    np.testing.assert_array_equal(high, [0, 1, 1, nan])
    # After `reverse` the same indicator is at most 0.5, and reaches 0.75 in no case.
    code, _, _ = coding.cut(coding.reverse(coded), 0.75)
    np.testing.assert_array_equal(code, [1, 0, nan, nan])


def test_rounding_does_not_keep_a_value_from_a_cut():
    # 1 - 0.9 = 0.09999999999999998 reaches 0.1, and the mean of 0.1 and 0.7 reaches 0.4.
    codes = coding.cut(coding.reverse((np.array([0.9, 0.9 + 1e-9]),) * 3), 0.1)[0]
    assert codes.tolist() == [1.0, 0.0]
    mean = np.array([(0.1 + 0.7) / 2, 0.4 - 1e-9])
    assert mean[0] < 0.4
    assert coding.thresholds(mean, [0.4], [0, 1])[0].tolist() == [1.0, 0.0]
    million = np.array([np.nextafter(1e6, 0), 1e6 - 0.1])
    assert coding.thresholds(million, [1e6], [0, 1])[0].tolist() == [1.0, 0.0]


@given(raws)
def test_bounds_hold_every_known_code(raw):
    values = np.array(filled(raw))
    for code, low, high in (
        coding.minmax(values, -1.0, 3.0),
        coding.thresholds(values, [0.0, 1.0], [0.3, 0.9, 0.1]),
        coding.identity(np.clip(values, 0, 1)),
    ):
        known = ~np.isnan(code)
        np.testing.assert_array_equal(low[known], code[known])
        np.testing.assert_array_equal(high[known], code[known])
        assert (low <= high).all()


def test_tilt_of_what_is_known_of_two_positions():
    one = np.array([0.75, 0.5, nan, nan])
    other = np.array([0.25, nan, 0.5, nan])
    code, low, high = coding.tilt(one, other)
    np.testing.assert_array_equal(code, [0.75, nan, nan, nan])
    np.testing.assert_array_equal(low, [0.75, 0.25, 0.25, 0.0])
    np.testing.assert_array_equal(high, [0.75, 0.75, 0.75, 1.0])


def test_identity_is_the_value_itself():
    code, low, high = coding.identity(np.array([0.0, 0.3, 1.0, nan]))
    np.testing.assert_array_equal(code, [0.0, 0.3, 1.0, nan])
    np.testing.assert_array_equal(low, [0.0, 0.3, 1.0, 0.0])
    np.testing.assert_array_equal(high, [0.0, 0.3, 1.0, 1.0])
    # A partial sum of 0.4 bounds a code from below, and one of 1 fixes it.
    code, low, high = coding.identity(np.array([nan, nan]), np.array([0.4, 1.0]))
    np.testing.assert_array_equal(code, [nan, 1.0])
    np.testing.assert_array_equal(low, [0.4, 1.0])
    np.testing.assert_array_equal(high, [1.0, 1.0])


def test_a_share_of_a_whole_of_one():
    code, low, high = coding.share(np.array([0.5, 1.0, 0.0]), np.array([1.0, 1.0, 1.0]), [1, 1, 1])
    for part in (code, low, high):
        np.testing.assert_array_equal(part, [0.5, 1.0, 0.0])


@pytest.mark.parametrize(
    ("cut", "gap", "met"),
    [
        (0.001, 0.9e-12, True),  # below 1 the noise is absolute
        (0.001, 1.1e-12, False),
        (1.0, 0.9e-12, True),
        (1.0, 1.1e-12, False),
        (-4096.0, 0.9e-12 * 4096, True),  # above 1 it grows with the cut-point
        (4096.0, 0.9e-12 * 4096, True),
        (4096.0, 1.2e-12 * 4096, False),
    ],
)
def test_the_scale_of_the_noise_at_a_cut(cut, gap, met):
    assert coding.thresholds(np.array([cut - gap]), [cut], [0, 1])[0].tolist() == [float(met)]
    assert coding.thresholds(np.array([cut]), [cut], [0, 1])[0].tolist() == [1.0]


def test_a_cut_is_reached_within_rounding_and_no_more():
    edge = 0.5 - 1e-12
    codes = np.array([edge, np.nextafter(edge, 0), 0.5, 1.0, 0.0])
    assert coding.cut((codes, codes, codes), 0.5)[0].tolist() == [1.0, 0.0, 1.0, 1.0, 0.0]


def test_a_mean_needs_exactly_so_many_years():
    values, key = np.array([1.0, nan, 3.0]), np.array([0, 1, 2])
    np.testing.assert_array_equal(windows.trailing_mean(values, key, 3, 2), [nan, nan, 2.0])
    np.testing.assert_array_equal(windows.trailing_mean(values, key, 3, 1), [1.0, 1.0, 2.0])


def test_bounds_in_the_wrong_order_leave_no_code():
    found = coding.thresholds(
        np.array([np.nan]), [1.0], [0.0, 1.0], np.array([2.0]), np.array([0.0])
    )
    assert np.isnan(found).all()
