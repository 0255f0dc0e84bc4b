"""A fact that several dyads share is one draw."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alignindex as ai
from alignindex import robustness
from alignindex.base.errors import PanelError, SpecError
from alignindex.panel.index import dyad_years
from alignindex.robustness.draws.dependence import owners_of
from benchmarks.twins import robustness as slow

ACTORS = ["A", "B", "P", "Q"]
YEARS = range(2000, 2006)
POSITIONS = {"A": 0.5, "B": 0.75, "P": 1.0, "Q": 0.0}
# The poles are coded without error; what is coded 0.5 or 0.75 may be either.
CONFUSION = pd.DataFrame(
    [[1, 0, 0, 0], [0, 0.7, 0.3, 0], [0, 0.4, 0.6, 0], [0, 0, 0, 1]],
    index=[0.0, 0.5, 0.75, 1.0],
    columns=[0.0, 0.5, 0.75, 1.0],
    dtype=float,
)


def spec(*rules: dict, **changes) -> ai.IndexSpec:
    content = {
        "schema_version": 1,
        "name": "invented",
        "fidelity": "illustrative",
        "missing": "renormalise",
        "indicators": tuple({"weight": 1.0, **rule} for rule in rules),
    }
    return ai.IndexSpec.from_dict({**content, **changes})


STANCE = {"name": "stance", "columns": ("mine", "yours"), "rule": {"kind": "distance"}}
PLAIN = {"name": "x", "columns": ("x",), "rule": {"kind": "identity"}}


def panel(positions=None, actors=ACTORS) -> pd.DataFrame:
    keys = [(s, p, y) for s, p in itertools.permutations(actors, 2) for y in YEARS]
    index = pd.MultiIndex.from_tuples(keys, names=["state", "partner", "year"])
    at = {(a, y): (positions or {}).get((a, y), POSITIONS[a]) for a in actors for y in YEARS}
    return pd.DataFrame(
        {"mine": [at[s, y] for s, _, y in keys], "yours": [at[p, y] for _, p, y in keys]}, index
    ).sort_index()


def drawn(data, rules=STANCE, draws=300, **options):
    result = ai.score(data, spec(rules))
    options = {"weights": None, "missing": None, "rng": 1, **options}
    return robustness.uncertainty(result, draws=draws, **options)


def test_a_position_is_one_draw_in_every_dyad_of_its_actor():
    sure = drawn(panel(), coders={"stance": CONFUSION})
    assert sure.shared == {"stance": "actor"}
    for actor, year in itertools.product("AB", (2000, 2005)):
        to_p, to_q = sure.sample([(actor, "P", year), (actor, "Q", year)]).T
        # P is at 1 and Q at 0: the code with P is the position, that with Q is 1 - it.
        np.testing.assert_array_equal(to_p + to_q, 1.0)
        np.testing.assert_array_equal(np.unique(to_p), [0.5, 0.75])
        from_q = sure.sample([("Q", actor, year)])[:, 0]
        np.testing.assert_array_equal(from_q, to_q)
    a, b, gap = sure.sample([("A", "P", 2001), ("B", "P", 2001), ("A", "B", 2001)]).T
    np.testing.assert_array_equal(gap, 1 - np.abs(a - b))
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.25
    np.testing.assert_array_equal(*sure.sample([("A", "P", 2000), ("A", "P", 2005)]).T)


def test_errors_are_of_positions_and_not_of_distances():
    """Prior of A and B by maximum likelihood; P(true 0.5 | coded 0.5) by Bayes."""
    sure = drawn(panel(), draws=20_000, coders={"stance": CONFUSION})
    share = np.array([0.5, 0.5])  # one fact coded 0.5, one coded 0.75, however many dyads
    chance = CONFUSION.loc[[0.5, 0.75], [0.5, 0.75]].to_numpy()
    prior = np.array([0.5, 0.5])
    for _ in range(5000):
        joint = prior[:, None] * chance
        prior = (joint / joint.sum(axis=0)) @ share
    posterior = prior[:, None] * chance / (prior @ chance)
    expected = np.array([0.5, 0.75]) @ posterior
    for actor, mean in zip("AB", expected, strict=True):
        assert sure.scores.loc[(actor, "P", 2003), "mean"] == pytest.approx(mean, abs=0.005)


def test_an_unknown_position_is_one_draw_too():
    holes = {("A", year): np.nan for year in (2002, 2003, 2004)}
    for rule in ("admissible", "hot_deck"):
        sure = drawn(panel(holes), missing=rule)
        to_p, to_q, later = sure.sample([("A", "P", 2002), ("A", "Q", 2002), ("A", "P", 2004)]).T
        np.testing.assert_allclose(to_p + to_q, 1.0, atol=1e-15)
        np.testing.assert_array_equal(to_p, later)
        if rule == "hot_deck":
            assert set(to_p) == {0.5}  # A's own position in the other years
        else:
            assert to_p.mean() == pytest.approx(0.5, abs=4 / np.sqrt(12 * 300))
            assert len(np.unique(to_p)) == 300
        np.testing.assert_array_equal(sure.sample([("A", "P", 2001)]), 0.5)


def test_the_bundled_positions_are_of_actors():
    result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    sure = robustness.uncertainty(result, draws=50, weights=None, rng=1)
    assert sure.shared == {
        "exercises": "pair", "un_votes": "dyad", "bases": "dyad", "crimea": "actor"
    }  # fmt: skip
    four = result.spec.model_copy(update={"indicators": result.spec.indicators[4:]})
    crimea = robustness.uncertainty(ai.score(result.panel, four), draws=50, weights=None, rng=1)
    rus, usa = crimea.sample([("TJK", "RUS", 2021), ("TJK", "USA", 2021)]).T
    np.testing.assert_allclose(rus + usa, 1.0, atol=1e-15)  # Russia is at 1, the USA at 0


def values(of, actors=ACTORS) -> pd.DataFrame:
    index = panel(actors=actors).index
    return pd.DataFrame({"x": [of(s, p, y) for s, p, y in index]}, index)


def rare(s, p, y):
    return float(f"0.{ord(s) % 7}{ord(p) % 9}{y % 2}")


@pytest.mark.parametrize(
    ("of", "kind"),
    [
        (lambda s, p, y: ord(s) % 3 / 2, "state"),
        (lambda s, p, y: ord(p) % 3 / 2, "partner"),
        (lambda s, p, y: (ord(s) + ord(p)) % 3 / 2, "pair"),
        (rare, "dyad"),
        (lambda s, p, y: 0.5, "dyad"),  # what never varies shows nothing
        (lambda s, p, y: np.nan if s == "A" and y == 2001 else ord(s) % 3 / 2, "state"),
        (lambda s, p, y: np.nan if (s, p) == ("A", "B") else ord(s) % 3 / 2, "dyad"),
        (lambda s, p, y: np.nan if (s, p) == ("A", "B") else (ord(s) + ord(p)) % 3 / 2, "dyad"),
    ],
)
def test_the_columns_show_who_owns_a_fact(of, kind):
    data, rows = dyad_years(values(of))
    assert owners_of(data, rows, spec(PLAIN).indicators[0], None).kind == kind


def test_one_partner_shows_nothing():
    data, rows = dyad_years(values(lambda s, p, y: ord(s) % 3 / 2).xs(
        "P", level="partner", drop_level=False))  # fmt: skip
    assert owners_of(data, rows, spec(PLAIN).indicators[0], None).kind == "dyad"


def test_a_pair_and_a_state_draw_once():
    codes = [0.0, 0.5, 1.0]
    table = pd.DataFrame(0.25 + 0.25 * np.eye(3), codes, codes)
    pair = drawn(values(lambda s, p, y: (ord(s) + ord(p)) % 3 / 2), PLAIN, coders={"x": table})
    np.testing.assert_array_equal(*pair.sample([("A", "B", 2001), ("B", "A", 2001)]).T)
    state = drawn(values(lambda s, p, y: ord(s) % 3 / 2), PLAIN, coders={"x": table})
    a, b, other = state.sample([("A", "B", 2001), ("A", "Q", 2003), ("B", "A", 2001)]).T
    np.testing.assert_array_equal(a, b)
    assert (a != other).any()
    apart = drawn(
        values(lambda s, p, y: ord(s) % 3 / 2), PLAIN, coders={"x": table}, shared={"x": "dyad"}
    )
    one, two = apart.sample([("A", "B", 2001), ("A", "Q", 2001)]).T
    assert (one != two).any()
    assert apart.shared == {"x": "dyad"}


def test_a_shared_fact_makes_the_gap_between_its_dyads_certain():
    """Two dyads of one state differ by their own codes only; drawn apart they would not."""
    codes = [0.0, 0.5, 1.0]
    table = pd.DataFrame(0.25 + 0.25 * np.eye(3), codes, codes)
    data = values(lambda s, p, y: ord(s) % 3 / 2)
    pairs = [(("A", "P", 2003), ("A", "Q", 2003))]
    together = drawn(data, PLAIN, coders={"x": table}).above(pairs)
    assert together["tied"].item() == 1.0
    apart = drawn(data, PLAIN, coders={"x": table}, shared={"x": "dyad"}).above(pairs)
    assert 0.2 < apart["tied"].item() < 0.6


def test_a_subset_of_dyads_has_the_same_draws_of_shared_facts():
    options = {"missing": "admissible", "rng": 4}
    data = panel({("A", 2003): np.nan})
    whole = drawn(data, **options).sample([("A", "P", 2003)])
    some = drawn(data.loc[["A"]].xs("P", level="partner", drop_level=False), **options)
    np.testing.assert_array_equal(some.sample([("A", "P", 2003)]), whole)


def test_probabilities_of_positions_go_by_actor_and_year():
    index = pd.MultiIndex.from_tuples([("A", 2001), ("A", 2002)], names=["actor", "year"])
    chance = pd.DataFrame([[0.2, 0.8], [0.2, 0.8]], index, columns=[0.5, 1.0])
    sure = drawn(panel(), draws=4000, coders={"stance": chance})
    to_p, to_q, untouched = sure.sample([("A", "P", 2001), ("A", "Q", 2002), ("A", "P", 2003)]).T
    np.testing.assert_array_equal(to_p + to_q, 1.0)
    assert (to_p == 1.0).mean() == pytest.approx(0.8, abs=0.03)
    np.testing.assert_array_equal(untouched, 0.5)
    three = pd.MultiIndex.from_tuples([("A", "P", 2001)], names=["state", "partner", "year"])
    with pytest.raises(PanelError, match=r"index \(actor, year\)"):
        drawn(panel(), coders={"stance": chance.iloc[:1].set_axis(three)})


def test_a_row_of_probabilities_speaks_for_the_mirrored_dyad():
    data = values(lambda s, p, y: (ord(s) + ord(p)) % 3 / 2)
    index = pd.MultiIndex.from_tuples([("A", "B", 2001)], names=data.index.names)
    chance = pd.DataFrame([[0.5, 0.5]], index, columns=[0.0, 1.0])
    sure = drawn(data, PLAIN, coders={"x": chance})
    one, mirror = sure.sample([("A", "B", 2001), ("B", "A", 2001)]).T
    np.testing.assert_array_equal(one, mirror)
    assert set(one) == {0.0, 1.0}
    both = index.append(pd.MultiIndex.from_tuples([("B", "A", 2001)], names=data.index.names))
    clash = pd.DataFrame([[0.5, 0.5], [0.4, 0.6]], both, columns=[0.0, 1.0])
    with pytest.raises(PanelError, match=r"probabilities .*A\|B\|2001"):
        drawn(data, PLAIN, coders={"x": clash})


def test_labels_of_facts_go_by_the_columns_of_a_distance():
    data = panel()
    labels = pd.DataFrame({"mine": "one", "yours": "one"}, data.index)
    labels.loc[(slice(None), slice(None), slice(2003, None)), :] = "another"
    sure = drawn(data, coders={"stance": CONFUSION}, facts=labels)
    early, late = sure.sample([("A", "P", 2002), ("A", "P", 2003)]).T
    assert (early != late).any()
    with pytest.raises(PanelError, match="got column 'stance'"):
        drawn(data, coders={"stance": CONFUSION}, facts=labels.rename(columns={"mine": "stance"}))
    labels.loc[("A", "P", 2004), "mine"] = "its own"
    with pytest.raises(PanelError, match=r"labels in mine, yours .*A\|2004"):
        drawn(data, coders={"stance": CONFUSION}, facts=labels)


@pytest.mark.parametrize(
    ("shared", "message"),
    [
        ("pair", "shared is a mapping"),
        ({"y": "pair"}, "shared names indicator 'y'"),
        ({"x": "pairs"}, r"one of dyad, pair, state, partner .*did you mean 'pair'"),
        ({"x": "actor"}, "one of dyad, pair, state, partner for rule 'identity'; got 'actor'"),
        ({"x": ["pair"]}, r"got \['pair'\]"),
    ],
)
def test_a_wrong_declaration_is_named(shared, message):
    with pytest.raises(SpecError, match=message):
        drawn(values(rare), PLAIN, missing="admissible", shared=shared)


def test_a_declaration_that_the_columns_contradict_is_refused():
    data = values(rare)
    data.iloc[0] = np.nan
    with pytest.raises(PanelError, match="state and year, and column 'x'"):
        drawn(data, PLAIN, missing="admissible", shared={"x": "state"})
    data = panel()
    data.loc[("A", "P", 2003), "mine"] = 0.75
    assert drawn(data, coders={"stance": CONFUSION}).shared == {"stance": "dyad"}
    with pytest.raises(PanelError, match=r"actor and year.* A–B 2003 and A–P 2003"):
        drawn(data, coders={"stance": CONFUSION}, shared={"stance": "actor"})


def test_positions_at_the_two_ends_may_be_different_facts():
    data = panel()
    data["yours"] = 1 - data["yours"]  # the partners' positions are on another question
    table = pd.DataFrame(
        0.1 + 0.5 * np.eye(5), [0.0, 0.25, 0.5, 0.75, 1.0], [0.0, 0.25, 0.5, 0.75, 1.0]
    )
    sure = drawn(data, coders={"stance": table})
    assert sure.shared == {"stance": "ends"}


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000), kind=st.sampled_from(["dyad", "pair", "state", "partner"]))
def test_spells_of_owners_equal_a_loop_over_them(seed, kind):
    rng = np.random.default_rng(seed)
    data = values(rare)
    data = data[rng.random(len(data)) < 0.7]
    _, rows = dyad_years(data.assign(x=np.nan))
    owners = owners_of(data.assign(x=np.nan), rows, spec(PLAIN).indicators[0], kind)
    part = rng.random(len(data)) < 0.8
    # One value an owner-year, as in what is shared.
    _, number = np.unique(owners.key, return_inverse=True)
    value = rng.integers(0, 2, number.max() + 1).astype(float)[number]
    expected = slow.owner_spells(owners.owner.tolist(), owners.year.tolist(), part, value)
    assert owners.spells(part, value).tolist() == expected


def test_bounds_of_a_distance_follow_the_position_that_is_drawn():
    """With the pole unknown, a position p leaves the code at least min(p, 1 - p)."""
    data = panel({("P", year): np.nan for year in YEARS}).assign(x=0.0)
    rules = spec(STANCE, PLAIN)
    sure = robustness.uncertainty(
        ai.score(data, rules),
        draws=200,
        weights=None,
        missing=None,
        coders={"stance": CONFUSION},
        rng=1,
    )
    held, own = sure.sample([("A", "P", 2001), ("A", "Q", 2001)]).T
    position = 1 - 2 * own  # Q is at 0 and x is 0: the score is half of 1 - the position
    np.testing.assert_allclose(held, np.minimum(position, 1 - position) / 2, atol=1e-15)
    assert set(held) == {0.25, 0.125}
