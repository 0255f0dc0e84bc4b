"""Variants of ideal points: selection, independence, parts and curves."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pandas as pd
import pytest

import alignindex as ai
from alignindex import geopolitics as geo
from alignindex.geopolitics.variants import ballots, select

STATES = ["ARM", "BRA", "CHN", "CUB", "DEU", "FRA", "GBR", "IND", "RUS", "USA"]
CHOICES = {
    "start": [None, 1992],
    "votes": ["all", "final", "without_me"],
    "missing": ["skip", "abstain"],
}


def votes(seed: int = 0, sessions=range(45, 50), per: int = 14) -> pd.DataFrame:
    """Votes by one dimension, with absences, flags and kinds of roll calls."""
    rng = np.random.default_rng(seed)
    place = dict(zip(STATES, np.linspace(-1.5, 1.5, len(STATES)), strict=True))
    rows, rcid = [], 0
    for session in sessions:
        for _ in range(per):
            rcid += 1
            slope, cut = rng.normal(1.5, 0.5), rng.normal(0, 0.7)
            facts = {
                "kind": "adopted" if rng.random() < 0.7 else "paragraph",
                "important": float(rng.random() < 0.4),
                "ec": float(rng.random() < 0.5) if session < 49 else math.nan,
                "me": float(rng.random() < 0.3),
            }
            for state in STATES:
                z = slope * place[state] + rng.normal(0, 0.6)
                vote = 1 + (z > cut - 0.3) + (z > cut + 0.3)
                cast = float(vote) if rng.random() > 0.1 else [math.nan, 8.0][rng.integers(2)]
                rows.append(
                    {"rcid": rcid, "session": session, "state": state, "vote": cast} | facts
                )
    return pd.DataFrame(rows)


def test_points_are_those_of_the_estimator_itself():
    table = votes()
    cast = ai.idealpoints.prepare(table).votes
    wanted = ai.idealpoints.fit(cast, standard_errors=False, draws=0).points
    np.testing.assert_array_equal(geo.ideal_points(table)["point"], wanted["point"])


@pytest.fixture(scope="module")
def runs() -> geo.Multiverse:
    return geo.multiverse(votes(), alternatives=CHOICES)


# Which votes a variant takes


def chosen(table: pd.DataFrame, **choices) -> set[int]:
    return set(select(ballots(table), geo.Variant(**choices))["rcid"])


def test_sets_of_votes_are_those_of_the_flags():
    table = votes()
    calls = table.drop_duplicates("rcid").set_index("rcid")
    every = chosen(table)
    for name, wanted in {
        "final": calls["kind"] == "adopted",
        "economic": calls["ec"] == 1,
        "important": calls["important"] == 1,
        "without_me": calls["me"] != 1,
    }.items():
        assert chosen(table, votes=name) == every & set(calls.index[wanted])
    late = chosen(table, start=1992)
    assert late == every & set(calls.index[calls["session"] >= 47])
    assert 0 < len(late) < len(every)


def test_older_tables_mark_final_passage_by_two_flags():
    table = votes()
    other = (table["kind"] != "adopted").astype(float)
    old = table.drop(columns="kind").assign(para=other * 0.0, amend=other)
    assert chosen(old, votes="final") == chosen(table, votes="final")


def test_absence_and_near_unanimity():
    rows = [(1, s, 1.0) for s in range(79)] + [(1, 79, 3.0)]  # 1 of 80 differs: 1.25 %
    rows += [(r, s, 1.0 + 2 * (s < 20)) for r in (2, 3) for s in range(80)]
    rows += [(4, s, 1.0) for s in range(80)]  # unanimous
    table = pd.DataFrame(rows, columns=["rcid", "state", "vote"]).assign(session=70)
    assert chosen(table) == {1, 2, 3}
    assert chosen(table, unanimous="near") == {2, 3}
    table.loc[len(table) - 1, "vote"] = math.nan  # an absence, which becomes an abstention
    assert chosen(table, missing="abstain") == {1, 2, 3, 4}
    assert len(select(ballots(table), geo.Variant(missing="abstain"))) == 4 * 80


def test_presets_are_listed_with_what_is_exact():
    table = geo.variants()
    assert table.loc["airaudo_economic_full", ["start", "votes"]].tolist() == [1971, "economic"]
    assert table.loc["airaudo_all_short", "start"] == 1992
    assert table["note"].str.contains("Exact: ").all()
    assert table["note"].str.contains("Ours: ").all()
    assert table["source"].str.contains("doi:10.").all()


def test_links_join_only_roll_calls_of_the_variant():
    table = votes()
    links = pd.DataFrame({"rcid1": [1, 2, 9999], "rcid2": [16, 17, 3]})
    plain = geo.ideal_points(table)
    tied = geo.ideal_points(table, variant=geo.Variant(links="given"), links=links)
    assert (plain["point"] != tied["point"]).any()
    with pytest.raises(ai.AlignIndexError, match="links"):
        geo.ideal_points(table, variant=geo.Variant(links="given"))


# The multiverse


def test_a_variant_does_not_depend_on_the_others(runs):
    alone = geo.multiverse(votes(), variants=[{"start": 1992, "votes": "final"}], workers=1)
    label = "final/1992/drop/none/skip"
    both = runs.points[label].dropna()
    assert alone.points[label].equals(both.rename(label))
    direct = geo.ideal_points(votes(), variant=geo.Variant(start=1992, votes="final"))
    direct = direct.set_index(["state", "year"])["point"].sort_index()
    np.testing.assert_array_equal(direct, both)
    assert len(runs.variants) == 12
    assert repr(runs) == "<Multiverse: 12 variants (start 2, votes 3, missing 2), 50 state-years>"


def test_ranges_are_those_of_the_distances(runs):
    table = runs.to_frame(states="USA")
    every = runs.distances(states="USA")
    np.testing.assert_array_equal(table["minimum"], every.min(axis=1))
    np.testing.assert_array_equal(table["maximum"], every.max(axis=1))
    np.testing.assert_array_equal(table["n_variants"], every.notna().sum(axis=1))
    assert table["n_variants"].unstack("year").iloc[0].tolist() == [6, 6, 12, 12, 12]
    np.testing.assert_allclose(table["variance"], every.var(axis=1, ddof=0))


def test_parts_sum_to_the_variance_and_are_zero_for_what_cannot_vary(runs):
    table = runs.to_frame()
    split = table[["part_start", "part_votes", "part_missing"]]
    np.testing.assert_allclose(split.sum(axis=1), table["variance"], atol=1e-12)
    assert (split >= -1e-12).all(axis=None)
    early = table.index.get_level_values("year") < 1992
    assert (split.loc[early, "part_start"] == 0).all()
    assert (split.loc[~early, "part_start"] > 0).any()


def test_ranks_are_percentiles_among_all_dyads_of_the_year(runs):
    label = runs.points.columns[0]
    every = runs.distances(years=1993)[label]
    single = geo.multiverse(votes(), variants=[geo.Variant()]).to_frame(years=1993)
    half = every[[a < b for a, b, _ in every.index]]
    for key in [("USA", "CUB", 1993), ("ARM", "BRA", 1993)]:
        mine = every[key]
        wanted = ((half < mine).sum() + (half <= mine).sum()) / 2 / len(half)
        assert single.loc[key, "rank_minimum"] == single.loc[key, "rank_maximum"] == wanted


def test_rank_stability_is_spearman_over_pairs_of_variants(runs):
    from scipy.stats import spearmanr

    found = runs.rank_stability().loc[1993]
    every = runs.distances(years=1993)
    half = every.loc[[a < b for a, b, _ in every.index]]
    pairs = [
        spearmanr(half.iloc[:, i], half.iloc[:, j]).statistic for i in range(12) for j in range(i)
    ]
    assert found["n_variants"] == 12
    assert found["spearman_minimum"] == pytest.approx(min(pairs))
    assert found["spearman_mean"] == pytest.approx(np.mean(pairs))


def test_a_difference_is_split_exactly_over_all_orders(runs):
    first, second = geo.Variant(), geo.Variant(start=1992, votes="final", missing="abstain")
    found = runs.explain("USA", "RUS", 1993, first, second)
    at = runs.distances(states="USA", partners="RUS", years=1993).iloc[0]
    names = ["start", "votes", "missing"]
    total = dict.fromkeys(names, 0.0)
    for order in permutations(names):
        now = {name: getattr(first, name) for name in names}
        for name in order:
            before = at[geo.Variant(**now).label]
            now[name] = getattr(second, name)
            total[name] += (at[geo.Variant(**now).label] - before) / 6
    assert found.to_dict() == pytest.approx(total)
    assert found.sum() == pytest.approx(at[second.label] - at[first.label])
    assert runs.explain("USA", "RUS", 1990, first, second).isna().all()


def test_the_specification_curve_is_sorted_and_has_its_parts(runs):
    def gap(table):
        return float(table["distance"].mean())

    curve = runs.curve(gap, states="USA", partners=["RUS", "CUB"], years=(1992, 1994))
    assert curve["estimate"].is_monotonic_increasing
    wanted = runs.distances(states="USA", partners=["RUS", "CUB"], years=(1992, 1994)).mean()
    assert curve.set_index("variant")["estimate"].to_dict() == pytest.approx(wanted.to_dict())
    assert sum(curve.attrs["parts"].values()) == pytest.approx(curve["estimate"].var(ddof=0))
    wide = runs.curve(lambda table: (gap(table), 0.0, 9.0), years=1993)
    assert list(wide.columns[-3:]) == ["estimate", "lower", "upper"]


def test_a_list_of_variants_has_no_parts():
    runs = geo.multiverse(votes(), variants=["july2025_all", "july2025_final"])
    table = runs.to_frame(states="USA", partners="RUS")
    assert not any(column.startswith("part_") for column in table)
    with pytest.raises(ai.AlignIndexError, match="full grid"):
        runs.explain("USA", "RUS", 1993, "july2025_all", "july2025_final")


def test_agreement_takes_the_roll_calls_of_a_variant():
    table = votes()
    found = geo.agreement(table, variant=geo.Variant(votes="economic"), measures=["agreement"])
    row = found.loc[("USA", "RUS", 1990)]
    wide = table[(table["session"] == 45) & (table["ec"] == 1) & table["vote"].isin([1, 2, 3])]
    wide = wide.pivot(index="rcid", columns="state", values="vote")[["USA", "RUS"]].dropna()
    assert row["n_shared"] == len(wide)
    assert row["agreement"] == pytest.approx((wide["USA"] == wide["RUS"]).mean())
    assert found.loc[("RUS", "USA", 1990)].equals(row.rename(("RUS", "USA", 1990)))


def test_blocs_by_vote_name_who_was_absent():
    one = pd.DataFrame(
        {"rcid": 7, "session": 76, "state": ["CHN", "DEU", "RUS", "VEN"], "vote": [2, 1, 3, 8]}
    )
    found = geo.vote_blocs(one)["bloc"]
    assert found.tolist() == ["abstained", "for", "against", "absent"]
    assert found.index.get_level_values("year").unique().tolist() == [2021]
    dated = geo.vote_blocs(one.assign(year=2022))
    assert dated.index.get_level_values("year").unique().tolist() == [2022]


def present() -> pd.DataFrame:
    table = votes()
    return table[table["vote"].isin([1, 2, 3])]


def contradicted() -> pd.DataFrame:
    one = pd.DataFrame({"rcid": 5, "session": 45, "state": "CHN", "vote": [1.0, 3.0]})
    return pd.concat([votes(), one], ignore_index=True)


def test_an_identical_repeat_counts_once():
    table = votes()
    twice = pd.concat([table, table.head(20)], ignore_index=True)
    wanted = geo.ideal_points(table)
    pd.testing.assert_frame_equal(geo.ideal_points(twice), wanted)


def test_the_vote_on_ukraine_has_its_published_counts():
    """A/RES/ES-11/1 of 2 March 2022: 141 for, 5 against, 35 abstentions (UN press GA/12407)."""
    table = ai.load_votes(years=2022)
    found = geo.vote_blocs(table[table["date"] == "2022-03-02"])["bloc"]
    assert found.value_counts().to_dict() == {
        "for": 141, "abstained": 35, "absent": 12, "against": 5
    }  # fmt: skip
    assert found.loc[["CHN", "IND", "RUS"], 2022].tolist() == ["abstained", "abstained", "against"]


BAD = [
    (lambda: geo.Variant(start=1900), "start"),
    (lambda: geo.Variant(votes="economy"), "economic"),
    (lambda: geo.Variant(unanimous="keep"), "unanimous"),
    (lambda: geo.ideal_points(votes(), variant="july2025"), "july2025_all"),
    (lambda: geo.ideal_points(votes(), variant={"vote": "all"}), "votes"),
    (lambda: geo.ideal_points(votes().drop(columns="rcid")), "'rcid'"),
    (lambda: geo.ideal_points(votes().head(0)), "empty"),
    (lambda: geo.ideal_points(votes().assign(vote=4)), "4"),
    (lambda: geo.ideal_points(votes().assign(state=None)), "state"),
    (lambda: geo.ideal_points([1]), "DataFrame"),
    (lambda: geo.ideal_points(contradicted()), "CHN on 5"),
    (lambda: geo.ideal_points(votes(), anchor=("US", 1)), "'USA'"),
    (lambda: geo.ideal_points(votes(), anchor="USA"), "anchor"),
    (lambda: geo.ideal_points(votes().drop(columns="ec"), variant="airaudo_economic_full"), "ec"),
    (lambda: geo.ideal_points(votes().drop(columns="kind"), variant="july2025_final"), "kind"),
    (lambda: geo.ideal_points(votes(), variant=geo.Variant(start=2020)), "2020"),
    (lambda: geo.multiverse(votes(), alternatives={"begin": [1946]}), "begin"),
    (lambda: geo.multiverse(votes(), alternatives={}), "none"),
    (lambda: geo.multiverse(votes(), alternatives={"start": []}), "'start'"),
    (lambda: geo.multiverse(votes(), alternatives={"start": [1946, 1946]}), "twice"),
    (lambda: geo.multiverse(votes(), alternatives={}, variants=["july2025_all"]), "not both"),
    (lambda: geo.multiverse(votes(), variants="july2025_all"), "list"),
    (lambda: geo.multiverse(votes(), workers=0), "workers"),
    (lambda: geo.ideal_points(present(), variant={"missing": "abstain"}), "did not vote"),
    (lambda: geo.vote_blocs(votes()), "one roll call"),
    (lambda: geo.agreement(votes(), variant=geo.Variant(start=2020)), "no votes"),
]


@pytest.mark.parametrize(("call", "keyword"), BAD, ids=range(len(BAD)))
def test_bad_input_is_one_clear_error(call, keyword):
    with pytest.raises(ai.AlignIndexError, match=keyword):
        call()


def test_a_curve_wants_a_number(runs):
    with pytest.raises(ai.AlignIndexError, match="2 values"):
        runs.curve(lambda table: (1.0, 2.0))
    with pytest.raises(ai.AlignIndexError, match="callable"):
        runs.curve("mean")
    with pytest.raises(ai.AlignIndexError, match="was not run"):
        runs.explain("USA", "RUS", 1993, geo.Variant(), geo.Variant(votes="important"))
