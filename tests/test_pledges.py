"""Yearly pledges and the use of obligations: hand-checked cells, laws, and a slow twin."""

from __future__ import annotations

import csv
import importlib.util
import math
import sys
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignindex.data import load_dataset

FOLDER = Path(__file__).resolve().parents[1] / "datasets"
if str(FOLDER) not in sys.path:
    sys.path.insert(0, str(FOLDER))


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pledges = load("pledges")
TABLE = load_dataset("memberships/pledges").set_index(["state", "partner", "year"])
DEFENCE, NONAGGRESSION, CONSULTATION, NONE = 3.0, 2.0, 1.0, 0.0


@pytest.mark.parametrize(
    ("state", "partner", "first", "last", "pledge"),
    [
        ("KAZ", "RUS", 1992, 2025, DEFENCE),  # Collective Security Treaty, May 1992
        ("BLR", "RUS", 1993, 2025, DEFENCE),  # joined on 31 December 1993
        ("UZB", "RUS", 1992, 1998, DEFENCE),  # left in April 1999
        ("UZB", "RUS", 2005, 2025, DEFENCE),  # treaty of 14 November 2005, kept after 2012
        ("AZE", "RUS", 1993, 1998, DEFENCE),
        ("AZE", "RUS", 1999, 2025, NONAGGRESSION),  # treaty of 1997, declaration of 2022
        ("GEO", "RUS", 1999, 2008, CONSULTATION),  # charter of the CIS until August 2009
        ("GEO", "RUS", 2009, 2025, NONE),
        ("UKR", "RUS", 1999, 2018, NONAGGRESSION),  # expired on 1 April 2019
        ("UKR", "RUS", 2019, 2025, NONE),
        ("ARM", "RUS", 1992, 2025, DEFENCE),
        ("EST", "USA", 2004, 2025, DEFENCE),  # NATO, 29 March 2004
        ("EST", "TUR", 2004, 2025, DEFENCE),
        ("LVA", "USA", 1998, 2003, CONSULTATION),  # Baltic charter
        ("GEO", "USA", 1992, 2025, NONE),  # the charter of 2009 pledges nothing
        ("UKR", "USA", 2024, 2025, CONSULTATION),  # agreement of 13 June 2024
        ("AZE", "TUR", 2010, 2025, DEFENCE),
        ("TUR", "USA", 1992, 2025, DEFENCE),
        ("CHN", "RUS", 1996, 2025, NONAGGRESSION),  # and no defence in 2001
        ("UKR", "CHN", 2013, 2025, NONAGGRESSION),
        ("TKM", "RUS", 2017, 2025, NONAGGRESSION),
    ],
)
def test_pledges_checked_by_hand(
    state: str, partner: str, first: int, last: int, pledge: float
) -> None:
    spell = TABLE.loc[(state, partner), "pledge"].loc[first:last]
    assert len(spell) == last - first + 1
    assert spell.tolist() == [pledge] * len(spell)


@pytest.mark.parametrize(
    ("state", "partner", "year", "defence"),
    [
        ("UZB", "RUS", 2000, None),  # the treaty of 1992 was not read
        ("TKM", "RUS", 1995, None),
        ("AZE", "TUR", 2000, None),  # a treaty of 1994 was not found
        ("MDA", "RUS", 2010, 0.0),  # neutral, though the treaty of 2001 was not read in full
        ("TKM", "RUS", 2010, 0.0),
        ("KAZ", "TUR", 2010, 0.0),
    ],
)
def test_what_was_not_read_is_unknown(
    state: str, partner: str, year: int, defence: float | None
) -> None:
    row = TABLE.loc[(state, partner, year)]
    assert math.isnan(row["pledge"])
    if defence is None:
        assert math.isnan(row["pledge_defence"])
    else:
        assert row["pledge_defence"] == defence


def test_the_freeze_is_visible_and_the_pledge_stays() -> None:
    frozen = TABLE[TABLE["pledge_frozen"] == 1]
    assert set(frozen.index) == {("ARM", "RUS", 2024), ("ARM", "RUS", 2025)}
    assert (frozen["pledge"] == DEFENCE).all()
    assert set(frozen["pledge_basis"]) == {"CST/CSTO;RUS treaty 1997"}


def test_pledges_among_partners_go_both_ways() -> None:
    poles = ("CHN", "RUS", "TUR", "USA")
    for a in poles:
        for b in poles:
            if a != b:
                one, other = TABLE.loc[(a, b)], TABLE.loc[(b, a)]
                pd.testing.assert_series_equal(one["pledge"], other["pledge"])


def test_every_dyad_year_to_2025_has_a_row() -> None:
    assert len(TABLE) == (14 * 4 + 4 * 3) * 34
    assert set(TABLE.index.get_level_values("year")) == set(range(1992, 2026))


def test_atop_stands_beside_and_changes_nothing() -> None:
    atop = load_dataset("obligations").set_index(["state", "partner", "year"])["alliance"]
    both = TABLE["pledge_atop"].dropna()
    assert len(both) == len(atop)
    assert (both == atop.reindex(both.index)).all()
    other = pledges.pledges(
        load_dataset("memberships"), load_dataset("memberships/pledge_coverage"),
        load_dataset("obligations").assign(alliance=0.0),
    )  # fmt: skip
    assert other["pledge"].equals(TABLE.reset_index()["pledge"])


def test_each_defence_pledge_that_atop_does_not_share_is_a_known_one() -> None:
    known = TABLE.dropna(subset=["pledge_defence", "pledge_atop"])
    apart = known[(known["pledge_defence"] == 1) != (known["pledge_atop"] == 3)]
    spells = {(state, partner) for state, partner, _ in apart.index}
    assert spells == {
        ("AZE", "RUS"), ("GEO", "RUS"), ("TKM", "RUS"), ("EST", "TUR"), ("EST", "USA"),
        ("LTU", "TUR"), ("LTU", "USA"), ("LVA", "TUR"), ("LVA", "USA"),
    }  # fmt: skip
    assert (apart["pledge_defence"] == 0).all()  # ATOP has the pledge, this table has not


# --- the rule, a second time and slowly -------------------------------------------------------
SPELL = st.tuples(
    st.sampled_from(["ARM", "UZB", "RUS", "USA"]), st.sampled_from(["X", "Y", "Z"]),
    st.sampled_from(["", "RUS", "USA"]), st.integers(1990, 2026),
    st.one_of(st.none(), st.integers(0, 20)), st.sampled_from(sorted(pledges.RANK)),
    st.sampled_from(["high", "medium", "low"]),
)  # fmt: skip


def slow(spells: list[tuple[str, str, str, int, int | None, str, str]], year: int) -> int:
    """Strongest pledge of Armenia to Russia, from the words of the README."""
    here = [s for s in spells if s[3] <= year and (s[4] is None or s[3] + s[4] > year)]
    here = [s for s in here if s[6] != "low"]
    best = 0
    for one in here:
        rank = pledges.RANK[one[5]]
        if {one[0], one[2]} == {"ARM", "RUS"}:
            best = max(best, rank)
        for other in here:
            together = not one[2] and not other[2] and one[1] == other[1]
            if together and {one[0], other[0]} == {"ARM", "RUS"}:
                best = max(best, min(rank, pledges.RANK[other[5]]))
    return best


@given(st.lists(SPELL, max_size=6), st.integers(1992, 2025))
def test_the_strongest_pledge_is_that_of_the_slow_rule(
    spells: list[tuple[str, str, str, int, int | None, str, str]], year: int
) -> None:
    spells = [s for s in spells if s[0] != s[2]]
    frame = pd.DataFrame(
        [
            (s[0], s[1], s[2] or math.nan, str(s[3]),
             math.nan if s[4] is None else str(s[3] + s[4]), s[5], s[6], "member")
            for s in spells
        ],
        columns=["state", "org", "partner", "start", "end", "pledge", "confidence", "status"],
    ).astype(object)  # fmt: skip
    found = pledges.bonds(frame).get(("ARM", "RUS", year), [])
    assert max((bond[0] for bond in found), default=0) == slow(spells, year)


# --- use of obligations -----------------------------------------------------------------------
def test_behaviour_checked_by_hand() -> None:
    table = load_dataset("memberships/behaviour").set_index(["state", "year"])
    assert table.loc[("KAZ", 2022), ["appeals", "answer"]].tolist() == [1.0, 3.0]
    assert table.loc[("KGZ", 2010), ["appeals", "answer"]].tolist() == [1.0, 0.0]
    assert table.loc[("ARM", 2022), ["appeals", "answer"]].tolist() == [1.0, 2.0]
    assert table.loc[("ARM", 2021), "appeals"] == 2.0  # to the organisation and to Russia
    bound = {"ARM", "BLR", "KAZ", "KGZ", "TJK"}
    for year in (2022, 2024):
        assert set(table[table["silent"] > 0].xs(year, level="year").index) == bound
    assert table["answer"].isna().eq(table["appeals"] == 0).all()


def test_coverage_of_pledges_does_not_overlap() -> None:
    with (FOLDER / "memberships" / "pledge_coverage.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    years = [
        (frozenset((row["state"], row["partner"])), year)
        for row in rows
        for year in range(int(row["first"]), int(row["last"]) + 1)
    ]
    assert len(years) == len(set(years)) > 2000
