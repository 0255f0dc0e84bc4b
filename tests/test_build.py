"""Builders against slow twins, the shipped panel and what sources without direction must keep."""

from __future__ import annotations

import math
import sys
import warnings
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignindex import (
    indicators,
    load_dataset,
    load_panel,
    load_spec,
    score,
    similarity,
)
from alignindex.base.errors import PanelError
from alignindex.base.keys import KEYS
from alignindex.indicators import Coverage
from alignindex.panel.build import build_panel
from alignindex.panel.convert import as_panel
from benchmarks.twins import indicators as slow

ACTORS = ["ARM", "GEO", "RUS", "USA"]
YEARS = st.integers(2000, 2006)
ACTOR = st.sampled_from(ACTORS)
WHOLE = Coverage(2000, 2005, exhaustive=True)


def joined(*parts: object, years: range = range(2000, 2007)) -> pd.DataFrame:
    return build_panel(states=ACTORS, partners=ACTORS, years=years, indicators=parts)  # type: ignore[arg-type]


def same(left: float, right: float) -> bool:
    return math.isclose(left, right, rel_tol=1e-12) or (math.isnan(left) and math.isnan(right))


# --- against the twins ---------------------------------------------------------------------------


@given(
    events=st.lists(
        st.tuples(st.lists(ACTOR, min_size=1, max_size=4), YEARS, st.integers(0, 2)), max_size=12
    ),
    span=st.booleans(),
)
def test_exercises_are_counted_as_by_hand(
    events: list[tuple[list[str], int, int]], span: bool
) -> None:
    listed = [(";".join(parties), first, first + more) for parties, first, more in events]
    table = pd.DataFrame(listed, columns=["participants", "start_year", "end_year"])
    column = indicators.exercises(
        table, coverage=WHOLE, count="span" if span else "start", name="n"
    )
    for (state, partner, year), value in joined(column)["n"].items():
        expected = slow.exercise_count(listed, state, partner, year, span=span)
        assert same(value, expected if year <= 2005 else math.nan)


@given(
    st.lists(
        st.tuples(ACTOR, st.sampled_from(["CSTO", "SCO"]), YEARS, st.none() | YEARS), max_size=12
    )
)
def test_memberships_are_shared_as_by_hand(
    spells: list[tuple[str, str, int, int | None]],
) -> None:
    table = pd.DataFrame(spells, columns=["state", "org", "start", "end"]).astype(
        {"start": object, "end": object}
    )
    column = indicators.memberships(table, coverage=WHOLE, name="n")
    for (state, partner, year), value in joined(column)["n"].items():
        expected = slow.shared_memberships(spells, state, partner, year)
        assert same(value, expected if year <= 2005 else math.nan)


@given(
    cells=st.dictionaries(
        st.tuples(ACTOR, st.sampled_from([*ACTORS, "unknown"]), YEARS),
        st.sampled_from([0.0, 1.0, 2.5, 40.0]),
        min_size=1,
        max_size=15,
    ),
    years=st.integers(1, 5),
)
def test_arms_are_summed_as_by_hand(cells: dict[tuple[str, str, int], float], years: int) -> None:
    rows = [(r, s, y, tiv) for (r, s, y), tiv in cells.items() if r != s]
    table = pd.DataFrame(rows, columns=["recipient", "supplier_name", "year", "tiv"]).assign(
        supplier=lambda t: t["supplier_name"].where(t["supplier_name"] != "unknown")
    )
    if table["supplier_name"].nunique() == 1 < table["recipient"].nunique():
        with pytest.raises(PanelError, match="needs all suppliers of a recipient"):
            indicators.arms(table, coverage=(2000, 2005))
        return
    if table.empty:
        return
    parts = indicators.arms(table, coverage=(2000, 2005), share_years=years)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "arms_tiv.*no row of the table concerns")
        panel = joined(*parts)
    for (state, partner, year), row in panel.iterrows():
        if year > 2005 or state not in set(table["recipient"]):
            assert row.isna().all()
            continue
        wanted = slow.arms(rows, state, partner, year, years, 2000)
        assert all(same(a, b) for a, b in zip(row, wanted, strict=True)), (state, partner, year)


@given(
    votes=st.lists(st.sampled_from([1, 2, 3, 8, None]), min_size=3, max_size=3),
    said=st.lists(st.tuples(st.integers(2014, 2017), st.sampled_from([0.0, 0.5, 0.75, 1.0])),
                  max_size=3),
)  # fmt: skip
def test_positions_are_those_of_every_possible_past(
    votes: list[int | None], said: list[tuple[int, float]]
) -> None:
    days = ["2014-03-27", "2016-12-19", "2017-12-19"]
    rows = [("AZE", day, day, 1) for day in days]  # somebody voted, so the roll calls are known
    rows += [("ARM", day, day, v) for day, v in zip(days, votes, strict=True) if v is not None]
    table = pd.DataFrame(rows, columns=["state", "unres", "date", "vote"])
    table["date"] = pd.to_datetime(table["date"])
    statements = pd.DataFrame(
        [("ARM", f"{year}-06-0{n + 1}", value) for n, (year, value) in enumerate(said)],
        columns=["actor", "date", "value"],
    )
    if all(v is None for v in votes) and not said:
        return
    parts = indicators.positions(
        table, rollcalls=days, coverage=(2014, 2018), statements=statements, name="crimea"
    )
    years = range(2013, 2020)
    panel = build_panel(states=["ARM"], partners=["AZE"], years=years, indicators=parts)
    values = {1: 0.0, 3: 0.75, 2: 0.5, 8: 0.5, None: None}
    events = [(day, values[v]) for day, v in zip(days, votes, strict=True)]
    events += list(zip(statements["date"], statements["value"], strict=True))
    for year in years:
        row = panel.loc[("ARM", "AZE", year)]
        wanted = slow.position(events, year, 0.0, 0.75, 0.5) if 2014 <= year <= 2018 else math.nan
        assert same(row["crimea_state"], wanted)
        assert same(row["crimea_partner"], 0.0 if 2014 <= year <= 2018 else math.nan)


@pytest.mark.slow
@given(st.integers(0, 10_000), st.sampled_from(["keep", "drop"]))
def test_votes_are_those_of_the_similarity_module(seed: int, unanimous: str) -> None:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        [(s, call, y) for y in (2013, 2014) for call in range(6) for s in ACTORS],
        columns=["state", "call", "year"],
    ).assign(vote=rng.choice([1, 2, 3, 8, 9], size=48))
    table["rcid"] = table["year"] * 100 + table["call"]
    measures = list(similarity.MEASURES)
    parts = indicators.votes(
        table, coverage=(2013, 2013), measures=measures, min_shared=2, unanimous=unanimous
    )
    panel = joined(*parts, years=range(2013, 2015))
    own = table[(table["year"] == 2013) & (table["vote"] != 9)]
    own = own.assign(vote=own["vote"].where(own["vote"] < 8).astype(float))
    whole = similarity.dyads(
        own, by=None, min_shared=2, unanimous=unanimous,
        directed=True,
    ).set_index(["state", "partner"])  # fmt: skip
    assert panel.xs(2014, level="year").isna().all(axis=None)
    for a, b in permutations(ACTORS, 2):
        for measure in measures:
            wanted = whole[measure].get((a, b), math.nan)
            assert same(panel.loc[(a, b, 2013), f"un_{measure}"], wanted)


# --- against what is shipped ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped() -> pd.DataFrame:
    return load_panel("post_soviet")


def rebuilt(shipped: pd.DataFrame, *parts: object) -> pd.DataFrame:
    levels = [shipped.index.get_level_values(key).unique() for key in KEYS]
    panel = build_panel(states=levels[0], partners=levels[1], years=levels[2], indicators=parts)  # type: ignore[arg-type]
    return panel.reindex(shipped.index)


def test_exercises_of_the_shipped_panel_follow_from_its_table(shipped: pd.DataFrame) -> None:
    spells, events = load_dataset("exercises/coverage"), load_dataset("exercises")
    column = indicators.exercises(
        events[
            (events["confidence"] != "low") & ~events["kind"].isin(["patrol", "security_services"])
        ],
        coverage=spells[spells["status"].isin(["complete", "at_least"])],
    )
    pd.testing.assert_frame_equal(rebuilt(shipped, column)[["exercises"]], shipped[["exercises"]])


def test_bases_of_the_shipped_panel_follow_from_its_table(shipped: pd.DataFrame) -> None:
    coverage = load_dataset("bases/coverage")
    found = rebuilt(shipped, indicators.hosting(load_dataset("bases"), coverage=coverage))["bases"]
    known = found.notna()
    assert known.sum() > 2000
    assert (found[known].astype(object) == shipped.loc[known, "bases"].astype(object)).all()
    # Outside the years researched nothing is taken as known; the panel keeps what was observed as
    # the least that was there.
    assert set(shipped.loc[~known, "bases"].dropna().unique()) <= {"base", "facility_or_base"}


def test_positions_of_the_shipped_panel_follow_from_its_table(shipped: pd.DataFrame) -> None:
    positions = load_dataset("crimea/positions").rename(
        columns={"actor": "state", "position": "crimea"}
    )
    span = (int(positions["year"].min()), int(positions["year"].max()))
    parts = indicators.attribute(positions, value="crimea", coverage=span)
    names = ["crimea_state", "crimea_partner"]
    pd.testing.assert_frame_equal(rebuilt(shipped, *parts)[names], shipped[names])


@pytest.mark.slow
@pytest.mark.real
def test_votes_of_the_shipped_panel_follow_from_the_published_ones(
    sources: Path, shipped: pd.DataFrame
) -> None:
    from alignindex.sources import unga

    table, _ = unga.read_voeten(
        sources / "unga" / "unga_votes.parquet",
        rollcalls=sources / "unga" / "unga_rollcalls.parquet",
    )
    actors = shipped.index.get_level_values("state").unique()
    names = {"agreement_half": "un_votes", "kappa_linear": "un_kappa"}
    parts = indicators.votes(table, coverage=(1992, 2019), states=actors, names=names)
    shipped = load_panel("post_soviet/v1")  # version 2 has adopted resolutions only
    wanted = shipped[list(names.values())]
    pd.testing.assert_frame_equal(
        rebuilt(shipped, *parts)[list(names.values())], wanted, rtol=1e-12
    )


@pytest.mark.slow
@pytest.mark.real
def test_positions_from_the_roll_calls_alone(sources: Path) -> None:
    from alignindex.sources import unga

    table, _ = unga.read_voeten(
        sources / "unga" / "unga_votes.parquet",
        rollcalls=sources / "unga" / "unga_rollcalls.parquet",
    )
    parts = indicators.positions(
        table,
        rollcalls=["68/262", "71/205", "72/190", "73/194", "74/17", "74/168"],
        coverage=(2014, 2019),
    )
    panel = build_panel(
        states=["AZE", "BLR", "TJK", "TKM", "UZB"],
        partners=["RUS"],
        years=range(2014, 2020),
        indicators=parts,
    )["position_state"].unstack("year").droplevel("partner")  # fmt: skip
    assert panel.loc["AZE"].eq(0).all()
    assert panel.loc["TKM"].eq(0.5).all()
    assert panel.loc["BLR"].eq(0.75).all()
    assert panel.loc["UZB"].tolist() == [0.5, 0.5, 0.75, 0.75, 0.75, 0.75]
    assert panel.loc["TJK"].tolist() == [0.5, 0.5, 0.5, 0.75, 0.75, 0.75]


# --- what a panel must keep ----------------------------------------------------------------------


def alliance_rows(*rows: tuple[str, str, int, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["state", "partner", "year", "strength"])


def test_sources_without_direction_speak_both_ways_directed_ones_one() -> None:
    pact = alliance_rows(("ARM", "RUS", 2001, 3.0), ("RUS", "ARM", 2001, 2.0))
    promise = pd.DataFrame({"state": ["ARM"], "partner": ["RUS"], "year": [2001], "defense": [1.0]})
    panel = joined(
        indicators.alliances(pact, coverage=Coverage(2000, 2004, exhaustive=True)),
        indicators.obligations(
            promise, coverage=Coverage(2000, 2004, exhaustive=True), kinds=["defense"]
        ),
    ).xs(2001, level="year")
    assert panel.loc[("ARM", "RUS")].tolist() == [3.0, 1.0, 1.0]
    assert panel.loc[("RUS", "ARM")].tolist() == [3.0, 0.0, 0.0]
    assert panel.loc[("GEO", "ARM")].tolist() == [0.0, 0.0, 0.0]


def test_an_unknown_treaty_leaves_the_dyad_unknown() -> None:
    pact = alliance_rows(("ARM", "RUS", 2001, 1.0), ("ARM", "RUS", 2001, math.nan))
    panel = joined(indicators.alliances(pact, coverage=Coverage(2000, 2004, exhaustive=True)))
    assert panel["alliance"].isna().sum() == 2 + 2 * 12  # the dyad both ways; 2005 and 2006


@pytest.mark.parametrize(
    ("coverage", "zero"),
    [
        (Coverage(2000, 2006, exhaustive=True), 12),
        (Coverage(2000, 2006, states=["ARM"]), 6),
        (Coverage(2000, 2006, partners=["RUS", "USA"], states=["ARM"]), 4),
        (pd.DataFrame({"state": ["ARM"], "partner": ["RUS"], "first": [2000], "last": [2006]}), 2),
        (pd.DataFrame({"host": ["ARM", "ARM"], "patron": ["RUS", "USA"], "first": [2000, 2003],
                       "last": [2006, 2006]}), 2),
    ],
)  # fmt: skip
def test_absence_is_none_only_where_it_was_declared(coverage: object, zero: int) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*no row of the table concerns")
        column = indicators.alliances(alliance_rows(("TUR", "AZE", 1990, 3.0)), coverage=coverage)  # type: ignore[arg-type]
    in_2001 = joined(column)["alliance"].xs(2001, level="year")
    assert in_2001.eq(0).sum() == zero
    assert in_2001.isna().sum() == 12 - zero


def test_an_observed_value_outside_coverage_is_unknown() -> None:
    column = indicators.alliances(alliance_rows(("ARM", "RUS", 2006, 3.0)), coverage=WHOLE)
    assert joined(column)["alliance"].xs(2006, level="year").isna().all()


def test_only_years_in_which_both_exist_have_rows() -> None:
    panel = build_panel(
        states=["SUN", "RUS", "USA"], partners=["USA", "SUN"], years=range(1985, 1996),
        indicators=[],
    )  # fmt: skip
    assert panel.loc[("SUN", "USA")].index.tolist() == list(range(1985, 1992))
    assert panel.loc[("RUS", "USA")].index.min() >= 1991
    assert ("USA", "USA") not in panel.droplevel("year").index


def test_two_centuries_and_one_year_go_one_way() -> None:
    rng = np.random.default_rng(1)
    rows = [("USA", "GBR", y, float(rng.integers(4))) for y in range(1816, 2013)]
    column = indicators.alliances(alliance_rows(*rows), coverage=(1816, 2012))
    span = range(1816, 2013)
    long = build_panel(
        states=["USA", "GBR"], partners=["USA", "GBR"], years=span, indicators=[column]
    )
    assert len(long) == 2 * len(span)
    for year in (1816, 1914, 2012):
        one = build_panel(states=["USA"], partners=["GBR"], years=[year], indicators=[column])
        assert one["alliance"].tolist() == [long.loc[("USA", "GBR", year), "alliance"]]


def test_a_panel_of_ones_own_joins_and_scores() -> None:
    own = as_panel(
        pd.DataFrame({"state": ["ARM"], "partner": ["RUS"], "year": [2014], "fbic": [0.4]})
    )
    panel = build_panel(states=["ARM"], partners=["RUS", "USA"], years=[2014], indicators=[own])
    assert panel["fbic"].tolist()[0] == 0.4
    assert math.isnan(panel["fbic"].tolist()[1])


def test_a_built_panel_scores(shipped: pd.DataFrame) -> None:
    spec = load_spec("erkomaishvili2019")
    own = [shipped[[name]] for name in shipped.columns]
    panel = rebuilt(shipped, *own)
    pd.testing.assert_frame_equal(score(panel, spec).scores, score(shipped, spec).scores)


def test_registers_are_split_and_say_so() -> None:
    deals = pd.DataFrame(
        {
            "recipient": ["ARM", "ARM", "ARM"],
            "supplier": ["RUS", "RUS", None],
            "delivery_years": ["2001; 2002", "2002", None],
            "tiv_delivered": [30.0, 5.0, 9.0],
        }
    )
    covered = Coverage(2000, 2004, exhaustive=True)
    panel = joined(*indicators.arms(deals, coverage=covered))
    found = panel.loc[("ARM", "RUS")].loc[2000:2003]
    assert found["arms_tiv"].tolist() == [0, 15, 20, 0]
    assert found["arms_tiv_split"].tolist() == [0, 15, 15, 0]
    assert found["arms_tiv_total"].tolist() == [0, 15, 20, 0]


def test_bilateral_exercises() -> None:
    events = pd.DataFrame(
        {
            "participants": ["ARM;RUS", "ARM;RUS", "ARM;RUS", "ARM;RUS;USA"],
            "start_year": 2001,
            "n_participants": [2, 3, 2, 3],
            "incomplete": [False, False, True, False],
        }
    )
    every = indicators.exercises(events, coverage=(2001, 2001), name="every")
    two = indicators.exercises(events, coverage=(2001, 2001), only="bilateral", name="two")
    assert joined(every, two).loc[("RUS", "ARM", 2001)].tolist() == [4, 1]


def test_troops_add_up_and_only_the_sender_is_covered() -> None:
    table = pd.DataFrame(
        {"state": ["GEO", "GEO"], "partner": "USA", "year": 2001, "troops": [3.0, 4.0]}
    )
    panel = joined(
        indicators.troops(table, coverage=(2001, 2001)),
        indicators.troops(table, coverage=(2001, 2001), unlisted=0.0, name="all_listed"),
    ).xs(2001, level="year")
    assert panel.loc[("GEO", "USA")].tolist() == [7, 7]
    assert panel["troops"].notna().sum() == 1
    assert panel["all_listed"].eq(0).sum() == 2
    assert panel.xs("RUS", level="partner").isna().all(axis=None)


# --- bad input -----------------------------------------------------------------------------------

EVENTS = pd.DataFrame({"participants": ["ARM;RUS"], "start_year": [2001]})
ONE = indicators.exercises(EVENTS, coverage=(2000, 2005))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"states": ["ARMENIA"]}, r"unknown: 'ARMENIA'.*states.resolve"),
        ({"states": "ARM"}, "put it in brackets"),
        ({"states": []}, "at least one actor"),
        ({"states": ["RUS"]}, "nobody is paired with itself"),
        ({"years": []}, "years are whole numbers"),
        ({"years": [2001.5]}, "years are whole numbers"),
        ({"years": [1950]}, "not yet there has no row"),
        ({"indicators": [ONE, ONE]}, "two columns are called exercises"),
        ({"indicators": ONE}, "put the single one in brackets"),
        ({"indicators": [3]}, "got int"),
        ({"indicators": [EVENTS]}, "make it one with as_panel"),
    ],
)
def test_bad_requests(options: dict[str, object], message: str) -> None:
    asked = {"states": ["ARM"], "partners": ["RUS"], "years": [2001], "indicators": [ONE]}
    with pytest.raises(PanelError, match=message):
        build_panel(**(asked | options))  # type: ignore[arg-type]


def test_declared_actors_of_ones_own() -> None:
    panel = build_panel(
        states=["ARM"], partners=["XBLOC"], years=[2001], indicators=[], declared=["XBLOC"]
    )
    assert panel.index.tolist() == [("ARM", "XBLOC", 2001)]


VOTES = pd.DataFrame({"state": ["ARM"], "vote": [1], "rcid": [1], "year": [2001],
                      "unres": ["R/55/1"], "date": pd.to_datetime(["2001-01-01"])})  # fmt: skip
SPELLS = pd.DataFrame({"host": ["ARM"], "patron": ["RUS"], "kind": ["base"], "consent": ["yes"],
                       "start": ["1992"], "end": [None]})  # fmt: skip
MEMBERS = pd.DataFrame({"state": ["ARM"], "org": ["CSTO"], "status": ["member"],
                        "start": ["2002"], "end": [None]})  # fmt: skip
TWICE = pd.DataFrame({"recipient": "ARM", "supplier": ["RUS", "RUS", "CHN"], "year": 2001,
                      "tiv": [1.0, 2.0, 3.0]})  # fmt: skip
FIGURES = pd.DataFrame({"state": "ARM", "year": 2001, "measure": "share_gdp",
                        "value": [1.0, 2.0]})  # fmt: skip


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: indicators.exercises((EVENTS, 1), coverage=(1, 2)), "reader returns a table and"),
        (lambda: indicators.exercises(VOTES, coverage=(1, 2)), "expected a column 'participants'"),
        (lambda: indicators.exercises(EVENTS, coverage=(2, 1)), "first to its last year"),
        (lambda: indicators.exercises(EVENTS, coverage=3), "coverage is declared as"),
        (lambda: indicators.exercises(EVENTS, coverage=VOTES), "lacks partner, first, last"),
        (lambda: indicators.exercises(EVENTS, coverage=(1, 2), only="two"), "only is one of"),
        (lambda: indicators.exercises(EVENTS, coverage=(1, 2), count="end"), "count is one of"),
        (lambda: indicators.exercises(EVENTS.assign(start_year=pd.NA), coverage=(1, 2)),
         "none in row 1"),
        (lambda: indicators.exercises(EVENTS.assign(end_year=1999), coverage=(1, 2), count="span"),
         "ends before it starts in row 1"),
        (lambda: indicators.hosting(SPELLS.assign(kind="castle"), coverage=(1, 2)), "'castle'"),
        (lambda: indicators.hosting(SPELLS.assign(consent="maybe"), coverage=(1, 2)), "'maybe'"),
        (lambda: indicators.hosting(SPELLS.assign(start=None), coverage=(1, 2)), "row 1"),
        (lambda: indicators.memberships(MEMBERS, coverage=(1, 2), status=["membre"]),
         r"'membre'.*did you mean 'member'"),
        (lambda: indicators.memberships(MEMBERS, coverage=(1, 2), organisations=["NATO"]),
         "there are CSTO"),
        (lambda: indicators.obligations(MEMBERS, coverage=(1, 2), kinds=["defence"]),
         r"did you mean 'defense'"),
        (lambda: indicators.arms(TWICE, coverage=(2000, 2005)), "stands twice"),
        (lambda: indicators.arms(TWICE[1:], coverage=(2000, 2005), share_years=0), "from 1, got 0"),
        (lambda: indicators.votes(VOTES, coverage=(1, 2), measures=["kapa_linear"]),
         "did you mean 'kappa_linear'"),
        (lambda: indicators.votes(VOTES, coverage=(1990, 1991)), "no vote of the chosen states"),
        (lambda: indicators.votes(VOTES, coverage=(2001, 2001), names={"s_absolute": "s"}),
         "names are given for agreement_half, kappa_linear"),
        (lambda: indicators.positions(VOTES, rollcalls=["68/262"], coverage=(2001, 2002)),
         "not in column 'unres' of the table: 68/262"),
        (lambda: indicators.positions(VOTES, rollcalls=[], coverage=(2001, 2002)),
         "none was asked"),
        (lambda: indicators.positions(VOTES.assign(date=pd.NaT), rollcalls=["55/1"],
                                    coverage=(2001, 2002)), "without a date: 55/1"),
        (lambda: indicators.military_expenditure(FIGURES, coverage=(1, 2), measure="share_gpd"),
         "did you mean 'share_gdp'"),
        (lambda: indicators.attribute(FIGURES, value="value", coverage=(2000, 2002)),
         "two different figures for ARM 2001"),
        (lambda: indicators.attribute(FIGURES[:1], value="value",
                                    coverage=Coverage(1, 2, partners=["RUS"])), "in states="),
        (lambda: indicators.attribute(FIGURES[:1], value="value", coverage=SPELLS), "actor, first"),
        (lambda: Coverage(1, 2, states="ARM"), "a list of codes"),
    ],
)  # fmt: skip
def test_bad_tables(call: object, message: str) -> None:
    with pytest.raises(PanelError, match=message):
        call()  # type: ignore[operator]


def test_the_twins_are_on_the_path() -> None:
    assert "benchmarks.twins.indicators" in sys.modules
