"""Windows that fade, codes that are carried, and rules that bear weight, against plain loops."""

from __future__ import annotations

import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignindex.kernels.scoring import coding, decay, windows
from benchmarks.twins import scoring as twin

nan = math.nan
NAMES = ("x", "loss", "rupture")


@st.composite
def histories(draw, most=10):
    """Draw several dyads with gaps in years: amounts, losses and ruptures by key."""
    keys, columns = [], {name: [] for name in NAMES}
    grids = {
        "x": [nan, 0.0, 1.0, 2.5, 7.0],
        "loss": [nan, 0.0, 0.0, 1.0],
        "rupture": [nan, 0.0, 0.0, 0.0, 1.0],
    }
    for dyad in range(draw(st.integers(1, 3))):
        years = draw(st.lists(st.integers(-6, 6), unique=True, min_size=1, max_size=most))
        for year in sorted(years):
            keys.append(dyad * 8192 + year)
            for name in NAMES:
                columns[name].append(draw(st.sampled_from(grids[name])))
    return {name: np.array(values) for name, values in columns.items()}, np.array(keys)


def reader(columns, key):
    known = {
        (name, int(k)): None if math.isnan(v) else float(v)
        for name, values in columns.items()
        for k, v in zip(key, values, strict=True)
    }
    return lambda name, year: known.get((name, year))


def window(kind, years, half_life, subtract, reset, min_years=1):
    return SimpleNamespace(
        kind=kind, years=years, half_life=half_life, min_years=min_years,
        subtract="loss" if subtract else None, reset="rupture" if reset else None,
    )  # fmt: skip


def extra(columns, subtract, reset):
    return (columns["loss"] if subtract else None, columns["rupture"] if reset else None)


BOTH = pytest.mark.parametrize(
    ("subtract", "reset"), list(itertools.product([False, True], repeat=2))
)
half_lives = st.sampled_from([0.5, 1.0, 3.3])


def assert_close(left, right):
    np.testing.assert_allclose(np.asarray(left), np.asarray(right, float), rtol=1e-12, atol=1e-12)


@BOTH
@given(histories(), st.integers(1, 6), half_lives)
def test_decay_sum_is_the_loop_over_years(subtract, reset, history, years, half_life):
    columns, key = history
    cell = reader(columns, key)
    one = window("decay_sum", years, half_life, subtract, reset)
    got = decay.decay_sum(columns["x"], key, years, half_life, *extra(columns, subtract, reset))
    want = [twin.window_value(cell, "x", one, int(k)) for k in key]
    for side, part in enumerate(got):
        assert_close(part, [nan if w[side] is None else w[side] for w in want])


@BOTH
@given(histories(), st.integers(1, 6), half_lives, st.integers(1, 6))
def test_decay_mean_is_the_loop_over_years(subtract, reset, history, years, half_life, least):
    columns, key = history
    cell = reader(columns, key)
    one = window("decay_mean", years, half_life, subtract, reset, least)
    got = decay.decay_mean(
        columns["x"], key, years, half_life, least, *extra(columns, subtract, reset)
    )
    want = [twin.window_value(cell, "x", one, int(k))[0] for k in key]
    assert_close(got, [nan if w is None else w for w in want])


@given(histories(most=4), st.integers(1, 3), half_lives, st.booleans())
def test_bounds_of_a_decay_sum_are_attained(history, years, half_life, reset):
    """Fill in what is unobserved, on a grid: both bounds are reached, unless they are infinite."""
    columns, key = history
    cell = reader(columns, key)
    _, least, greatest = decay.decay_sum(
        columns["x"], key, years, half_life, None, columns["rupture"] if reset else None
    )
    one = window("decay_sum", years, half_life, False, reset)
    for k, low, high in zip(key, least, greatest, strict=True):
        names = ["x", "rupture"] if reset else ["x"]
        open_cells = [
            (name, int(k) - age)
            for name in names
            for age in range(years)
            if cell(name, int(k) - age) is None
        ]
        found = []
        for values in itertools.product([0.0, 1.0, 1e6], repeat=len(open_cells)):
            full = dict(zip(open_cells, values, strict=True))
            value, _, _ = twin.window_value(
                lambda name, at, full=full: full.get((name, at), cell(name, at)), "x", one, int(k)
            )
            found.append(value)
        assert min(found) == pytest.approx(low, abs=1e-9)
        if math.isinf(high):
            assert max(found) >= 1e6 * 0.5 ** (years / half_life)
        else:
            assert max(found) == pytest.approx(high, abs=1e-9)


def test_windows_of_no_rows_and_arguments_that_stay():
    none, no_key = np.empty(0), np.empty(0, np.int64)
    assert [len(part) for part in decay.decay_sum(none, no_key, 3, 1.0)] == [0, 0, 0]
    assert len(decay.decay_mean(none, no_key, 3, 1.0, 1)) == 0
    x, key, rupture = np.array([1.0, nan]), np.array([2000, 2001]), np.array([0.0, 1.0])
    decay.decay_sum(x, key, 2, 1.0, None, rupture)
    decay.decay_mean(x, key, 2, 1.0, 1, x, rupture)
    windows.carry(x, np.zeros(2), np.ones(2), key, 2, rupture)
    np.testing.assert_array_equal(x, [1.0, nan])
    np.testing.assert_array_equal(rupture, [0.0, 1.0])


def test_half_a_life_halves():
    x, key = np.array([8.0, 0, 0, 0]), np.arange(4)
    value = decay.decay_sum(x, key, 4, 1.0)[1]
    assert value.tolist() == [8.0, 4.0, 2.0, 1.0]
    assert decay.decay_sum(x, key, 4, 2.0)[1][2] == pytest.approx(4.0, rel=1e-15)
    # The window ends: an amount of three years ago is out of three years.
    assert decay.decay_sum(x, key, 3, 1.0)[0][3] == 0.0


# --- carry ----------------------------------------------------------------------------------------


@given(histories(), st.integers(0, 8), st.booleans())
def test_carry_is_the_loop_over_years(history, years, broken):
    columns, key = history
    code = columns["x"] / 7.0
    absent = columns["loss"] == 1.0  # does not apply
    low, high = np.where(absent, nan, 0.1), np.where(absent, nan, 0.9)
    code = np.clip(np.where(absent, nan, code), 0.1, 0.9)
    low, high = (np.where(np.isnan(code), end, code) for end in (low, high))
    cell = reader({"code": code, "rupture": columns["rupture"]}, key)
    got, ages = windows.carry(code, low, high, key, years, columns["rupture"] if broken else None)
    for row, k in enumerate(map(int, key)):
        want, want_age = code[row], nan
        for age in range(1, years + 1):
            if not np.isnan(code[row]) or absent[row]:
                break
            if broken and (cell("rupture", k - age + 1) or 0) > 0:
                break
            if cell("code", k - age) is not None:
                want, want_age = cell("code", k - age), age
                break
        np.testing.assert_array_equal([got[row], ages[row]], [want, want_age])


def test_a_carried_code_is_clipped_to_its_bounds():
    code, low, high = np.array([0.9, nan, nan]), np.array([0.9, 0.0, 0.95]), np.array([0.9, 0.5, 1])
    filled, age = windows.carry(code, low, high, np.arange(3), 5)
    assert filled.tolist() == [0.9, 0.5, 0.95]
    np.testing.assert_array_equal(age, [nan, 1, 2])


# --- rules ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["exponential", "hyperbolic"])
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.floats(-3, 50)),
            st.one_of(st.just(-math.inf), st.floats(-3, 3)),
            st.one_of(st.just(math.inf), st.floats(3, 50)),
        ),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from([0.5, 1.0, 7.0]),
)
def test_saturate_is_the_loop(form, rows, half):
    raw, least, greatest = zip(*rows, strict=True)
    got = coding.saturate(
        np.array([nan if v is None else v for v in raw]), half, form,
        np.array(least), np.array(greatest),
    )  # fmt: skip
    want = [twin.code_saturate(row, half, form) for row in rows]
    for side, part in enumerate(got):
        assert_close(part, [nan if w[side] is None else w[side] for w in want])


@given(
    st.lists(
        st.tuples(st.one_of(st.none(), st.floats(-3, 9)), st.floats(-3, 3), st.floats(3, 9)),
        min_size=1, max_size=8,
    ),
)  # fmt: skip
def test_bounds_from_both_sides_are_those_of_the_loop(rows):
    raw, least, greatest = zip(*rows, strict=True)
    bounds = np.array(least), np.array(greatest)
    values = np.array([nan if v is None else v for v in raw])
    cuts, codes = (0.0, 2.0, 5.0), (0.5, 0.0, 1.0, 1.0)
    for got, rule in (
        (coding.minmax(values, -1.0, 6.0, *bounds), lambda r: twin.code_minmax(r, -1.0, 6.0)),
        (
            coding.thresholds(values, cuts, codes, *bounds),
            lambda r: twin.code_thresholds(r, cuts, codes),
        ),
    ):
        want = [rule(row) for row in rows]
        for side, part in enumerate(got):
            assert_close(part, [nan if w[side] is None else w[side] for w in want])


amounts = st.lists(
    st.tuples(st.sampled_from([0.0, 1.0, 3.0]), st.sampled_from([0.0, 3.0, 10.0])),
    min_size=2,
    max_size=6,
)


@given(amounts, st.integers(1, 2), st.sampled_from([0.5, 30.0]))
def test_a_share_with_a_prior_is_the_loop(pairs, short, volume):
    pairs = [(min(part, whole), whole) for part, whole in pairs]
    want = twin.code_share(pairs[-short:], pairs, volume)
    part, whole = (np.array([math.fsum(side)]) for side in zip(*pairs[-short:], strict=True))
    prior = tuple(np.array([math.fsum(side)]) for side in zip(*pairs, strict=True))
    got = coding.share(part, whole, [short], prior, volume)
    assert_close([one[0] for one in got], [nan] * 3 if want == "undefined" else want)
