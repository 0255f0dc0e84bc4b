"""Actors over time: names and codes, dates, organisations, and what cannot be matched."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alignindex import states
from alignindex.base.errors import ActorError

POST_SOVIET = [
    "ARM",
    "AZE",
    "BLR",
    "EST",
    "GEO",
    "KAZ",
    "KGZ",
    "LVA",
    "LTU",
    "MDA",
    "TJK",
    "TKM",
    "UKR",
    "UZB",
]


@pytest.mark.parametrize(
    ("value", "system", "year", "expected"),
    [
        # The Soviet Union and Russia
        ("Soviet Union", "sipri", 1991, "SUN"),
        ("Russia", "sipri", 1992, "RUS"),
        ("Russia", "name", 1985, "SUN"),
        ("Russia", "name", 1900, "RUS"),
        (365, "cow", 1900, "RUS"),
        (365, "cow", 1922, "SUN"),
        (365, "cow", 1990, "SUN"),
        (365, "cow", 1991, "RUS"),
        (365.0, "gw", 1950, "SUN"),
        (365, "cow", None, "RUS"),
        ("USSR", "any", None, "SUN"),
        # Yugoslavia and Serbia
        ("Yugoslavia", "sipri", 1980, "YUG"),
        ("Serbia", "sipri", 1992, "YUG"),
        ("Serbia", "sipri", 1999, "YUG"),
        ("Serbia", "sipri", 2004, "SCG"),
        ("Serbia", "sipri", 2010, "SRB"),
        (345, "cow", 1914, "SRB"),
        (345, "cow", 1935, "YUG"),
        (345, "cow", 2003, "SCG"),
        (345, "cow", 2006, "SRB"),
        (340, "gw", 2010, "SRB"),
        (345, "gw", 2005, "SCG"),
        (345, "gw", None, "SCG"),
        # The Germanies
        ("Germany", "name", 1980, "DEU"),
        ("West Germany", "name", 1980, "DEU"),
        ("East Germany (GDR)", "sipri", 1989, "DDR"),
        ("German Democratic Republic", "sipri", 1989, "DDR"),
        (255, "cow", 1900, "DEU"),
        (260, "cow", 1950, "DEU"),
        (265, "cow", 1990, "DDR"),
        (260, "gw", 2000, "DEU"),
        # The Yemens
        ("Yemen", "sipri", 2000, "YEM"),
        ("North Yemen", "sipri", 1980, "YEM"),
        ("South Yemen", "sipri", 1980, "YMD"),
        ("Yemen, North", "sipri", 1980, "YEM"),
        (680, "cow", 1980, "YMD"),
        (679, "cow", 1990, "YEM"),
        (678, "gw", 2000, "YEM"),
        # Sudan, Czechoslovakia, Viet Nam, China at the UN
        ("Sudan", "name", 2005, "SDN"),
        ("South Sudan", "name", 2011, "SSD"),
        ("Czechoslovakia", "name", 1992, "CSK"),
        ("Czechia", "sipri", 1993, "CZE"),
        ("Viet Nam", "sipri", 1990, "VNM"),
        ("South Vietnam", "sipri", 1970, "RVN"),
        ("China", "un", 1960, "TWN"),
        ("China", "un", 1975, "CHN"),
        ("China", "any", 1960, "CHN"),
        # Spellings
        ("Turkiye", "sipri", 2020, "TUR"),
        ("TÜRKİYE", "un", 2023, "TUR"),
        ("Korea, South", "sipri", 2020, "KOR"),
        ("REPUBLIC OF KOREA", "un", 2020, "KOR"),
        ("Korea", "name", 1900, "XKR"),
        ("Kyrgyz Republic", "sipri", 2000, "KGZ"),
        ("Congo - Kinshasa", "name", 2000, "COD"),
        ("Bosnia & Herzegovina", "name", 2000, "BIH"),
        ("Bahamas, The", "name", 2000, "BHS"),
        ("Côte d’Ivoire", "any", 2000, "CIV"),
        ("St. Vincent & Grenadines", "name", 2000, "VCT"),
        ("GMY", "cow_abb", 1900, "DEU"),
        # Declared actors that are no states
        ("NATO**", "sipri", 2005, "NATO"),
        ("African Union**", "sipri", 2010, "AU"),
        ("European Union", "sipri", 2020, "EU"),
        ("Abkhazia", "any", 2000, "XAB"),
        ("Northern Cyprus", "sipri", 1990, "XNC"),
        ("Palestine", "sipri", 2000, "PSE"),
    ],
)
def test_by_date(value: object, system: str, year: int | None, expected: str) -> None:
    assert states.resolve([value], system=system, year=year).tolist() == [expected]


@pytest.mark.parametrize(
    ("actor", "year", "cow", "gw"),
    [
        ("DEU", 1900, 255, 255),
        ("DEU", 1960, 260, 260),
        ("DEU", 1990, 255, 260),
        ("DEU", 2000, 255, 260),
        ("SRB", 2010, 345, 340),
        ("SCG", 2004, 345, 345),
        ("YEM", 1980, 678, 678),
        ("YEM", 2000, 679, 678),
        ("SUN", 1991, 365, 365),
        ("RUS", None, 365, 365),
    ],
)
def test_codes_given_back(actor: str, year: int | None, cow: int, gw: int) -> None:
    assert states.resolve(actor, year=year, to="cow") == cow
    assert states.resolve(actor, year=year, to="gw") == gw


def test_names_given_back() -> None:
    names = states.resolve([678, 678, 365], system="gw", year=[1980, 2000, 1950], to="name")
    assert names.tolist() == ["North Yemen", "Yemen", "Soviet Union"]


@pytest.mark.parametrize("system", ["any", "name", "sipri", "un"])
@pytest.mark.parametrize(
    "name",
    ["Armas (Guatemala)*", "Hezbollah (Lebanon)*", "Ukraine Rebels*", "Libya HoR*", "Russia*"],
)
def test_starred_names_are_never_states(name: str, system: str) -> None:
    with pytest.raises(ActorError, match="starred: not a state"):
        states.resolve([name], system=system)
    assert states.resolve([name], system=system, unknown="missing").isna().all()


def test_two_stars_find_organisations_alone() -> None:
    given = states.resolve(["NATO**", "France**"], system="sipri", unknown="missing")
    assert given[0] == "NATO"
    assert pd.isna(given[1])


def test_all_unknown_names_are_reported_together() -> None:
    with pytest.raises(ActorError) as caught:
        states.resolve(["Armenai", "Wakanda", "Armenai", "Georgia"], system="sipri", year=2000)
    text = str(caught.value)
    assert "got 2 it does not" in text
    assert "'Armenai' (did you mean 'Armenia'?)" in text
    assert "'Wakanda'" in text
    assert "Georgia" not in text


def test_many_unknown_names_are_counted() -> None:
    with pytest.raises(ActorError, match="and 15 more"):
        states.resolve([f"Q{i}" for i in range(25)])


def test_own_usage_alone_decides() -> None:
    """SIPRI's Russia is never the Soviet Union, and its Yemen never North Yemen."""
    years = [1985, 1985, 1995]
    given = states.resolve(
        ["Russia", "Yemen", "Yugoslavia"], system="sipri", year=years, unknown="missing"
    )
    assert given.isna().all()
    assert states.resolve(["Russia", "Yemen"], system="sipri").tolist() == ["RUS", "YEM"]


def test_out_of_its_time() -> None:
    message = r"'Czechoslovakia' in 1995 \(not then: CSK 1918–1992, then CZE SVK\)"
    with pytest.raises(ActorError, match=message):
        states.resolve("Czechoslovakia", year=1995)
    with pytest.raises(ActorError, match="'South Sudan' in 2005"):
        states.resolve("South Sudan", year=2005)


def test_numbers_need_a_system() -> None:
    with pytest.raises(ActorError, match="say system='cow' or system='gw'"):
        states.resolve([340])


def test_iso_codes_are_taken_as_they_stand() -> None:
    with pytest.raises(ActorError, match="did you mean 'ARM'"):
        states.resolve("arm", system="iso3")


@pytest.mark.parametrize(
    ("year", "message"),
    [
        ([1990, 2000], "one for each of 1 values"),
        ([np.nan], "missing or broken"),
        ([1990.5], "missing or broken"),
        ("later", "expected whole years"),
    ],
)
def test_bad_years(year: object, message: str) -> None:
    with pytest.raises(ActorError, match=message):
        states.resolve(["ARM"], year=year)


@pytest.mark.parametrize("option", [{"system": "isso3"}, {"to": "kow"}, {"unknown": "drop"}])
def test_bad_options(option: dict[str, str]) -> None:
    with pytest.raises(ActorError, match="expected"):
        states.resolve(["ARM"], **option)


def test_index_name_and_missing_are_kept() -> None:
    given = pd.Series(["Armenia", None, "Russia"], index=[5, 3, 9], name="recipient")
    out = states.resolve(given, year=2000)
    assert out.index.tolist() == [5, 3, 9]
    assert out.name == "recipient"
    assert out.isna().tolist() == [False, True, False]
    assert str(states.resolve(given, year=2000, to="cow").dtype) == "Int64"


@pytest.mark.parametrize(
    "values",
    [
        ["ARM", "RUS"],
        ("ARM", "RUS"),
        np.array(["ARM", "RUS"], dtype=object),
        pd.Index(["ARM", "RUS"]),
        pd.Series(["ARM", "RUS"], dtype="category"),
        (code for code in ("ARM", "RUS")),
    ],
)
def test_any_sequence(values: object) -> None:
    assert states.resolve(values, to="cow").tolist() == [371, 365]


def test_empty() -> None:
    assert len(states.resolve([])) == 0
    assert len(states.resolve(pd.Series([], dtype=object), year=pd.Series([], dtype=int))) == 0


def test_no_code_in_the_target_system_is_missing() -> None:
    assert states.resolve(["NATO", "ARM"], to="cow").isna().tolist() == [True, False]


def test_actor_codes() -> None:
    poles = ["RUS", "USA", "CHN", "TUR", "NATO", "EU", "CSTO", "SCO", "CIS"]
    assert all(states.is_actor(code) for code in [*POST_SOVIET, *poles])
    assert not states.is_actor("Armenia")
    assert set(POST_SOVIET) <= states.known("state")
    assert not states.known("organisation") & states.known("state")
    with pytest.raises(ActorError, match="expected kind"):
        states.known("kingdom")  # type: ignore[arg-type]


def test_successors() -> None:
    assert "RUS" in states.successors("SUN")
    assert states.successors("ARM") == ()
    with pytest.raises(ActorError, match="did you mean 'ARM'"):
        states.successors("ARMM")


# "Growth in United Nations membership", United Nations: members at the end of the year.
UN_GROWTH = {
    1945: 51, 1946: 55, 1947: 57, 1948: 58, 1949: 59, 1950: 60, 1955: 76, 1956: 80, 1957: 82,
    1958: 82, 1960: 99, 1961: 104, 1962: 110, 1963: 113, 1964: 115, 1965: 117, 1966: 122,
    1967: 123, 1968: 126, 1970: 127, 1971: 132, 1973: 135, 1974: 138, 1975: 144, 1976: 147,
    1977: 149, 1978: 151, 1979: 152, 1980: 154, 1981: 157, 1983: 158, 1984: 159, 1990: 159,
    1991: 166, 1992: 179, 1993: 184, 1994: 185, 1999: 188, 2000: 189, 2002: 191, 2006: 192,
    2011: 193,
}  # fmt: skip


@pytest.mark.parametrize(("year", "count"), UN_GROWTH.items())
def test_un_membership_grows_as_the_un_counts(year: int, count: int) -> None:
    listed = states.members(year, system="un")
    lasting = listed["end"].isna() | (listed["end"].astype(object) >= f"{year}-12-31")
    assert int(lasting.sum()) == count


def test_members_refuses() -> None:
    with pytest.raises(ActorError, match="from 1816"):
        states.members(1815)
    with pytest.raises(ActorError, match="expected system"):
        states.members(1990, system="nato")  # type: ignore[arg-type]


@pytest.mark.parametrize("system", ["cow", "gw"])
def test_every_member_resolves_both_ways(system: str) -> None:
    """In every year but those in which two members became one, codes come back as they went."""
    merged = {("cow", 1990, 260), ("cow", 1990, 678)}
    for year in range(1816, 2025):
        listed = states.members(year, system=system)
        codes = listed["code"].drop_duplicates()
        actors = states.resolve(codes, system=system, year=year)
        back = states.resolve(actors, system="iso3", year=year, to=system)
        lost = {(system, year, int(code)) for code in codes[(back != codes).to_numpy()]}
        assert lost <= merged
        assert set(actors) <= set(listed["iso3"])


def test_every_un_member_has_a_cow_code_that_comes_back() -> None:
    for year in range(1946, 2025):
        actors = states.members(year, system="un")["iso3"]
        codes = states.resolve(actors, year=year, to="cow")
        assert not codes.isna().any()
        back = states.resolve(codes, system="cow", year=year)
        # A code that passed to the next actor is that one's on the last day of the year.
        passed = {1991: {"SUN"}, 2003: {"YUG"}, 2006: {"SCG"}}.get(year, set())
        assert set(actors[(back != actors).to_numpy()]) == passed


def test_table_is_well_formed() -> None:
    held = states.table()
    assert set(held["kind"]) == {"state", "de_facto", "territory", "organisation"}
    assert (held["start"] <= held["end"].fillna("9999-12-31")).all()
    assert held.groupby("iso3")["kind"].nunique().eq(1).all()
    assert set(held.loc[held["system"] == "successor", "value"]) <= states.known()
    names = held[held["system"] == "name"]
    assert set(names["iso3"]) == states.known()


def _published(path: Path, columns: tuple[str, ...]) -> dict[int, list[tuple[str, str]]]:
    spells: dict[int, list[tuple[str, str]]] = {}
    with path.open(encoding="latin-1", newline="") as file:
        for row in csv.DictReader(file):
            code = int(float(row[columns[0]]))
            if len(columns) == 3:
                start, end = row[columns[1]], row[columns[2]]
            else:
                start = date(*(int(row[name]) for name in columns[1:4])).isoformat()
                end = date(*(int(row[name]) for name in columns[4:7])).isoformat()
            spells.setdefault(code, []).append((start, end))
    return spells


@pytest.mark.real
@pytest.mark.parametrize(
    ("system", "file", "columns", "last"),
    [
        (
            "cow",
            "cow/states2016.csv",
            ("ccode", "styear", "stmonth", "stday", "endyear", "endmonth", "endday"),
            "2016-12-31",
        ),
        ("gw", "cow/peacesciencer_gw_states.csv", ("gwcode", "startdate", "enddate"), "2017-12-31"),
    ],
)
def test_spells_are_the_published_ones(
    sources: Path, system: str, file: str, columns: tuple[str, ...], last: str
) -> None:
    held = states.table()
    own: dict[int, list[tuple[str, str]]] = {}
    rows = held[held["system"] == system].sort_values("start")
    for value, start, end in rows[["value", "start", "end"]].itertuples(index=False):
        mine = own.setdefault(int(value), [])
        end = last if pd.isna(end) else end
        eve = (date.fromisoformat(start) - timedelta(days=1)).isoformat()
        if mine and mine[-1][1] == eve:  # one code that passed to the next actor
            mine[-1] = (mine[-1][0], end)
        else:
            mine.append((start, end))
    published = _published(sources / file, columns)
    assert own == {code: sorted(spells) for code, spells in published.items()}


@pytest.mark.real
def test_every_sipri_label_is_known_or_apart(sources: Path) -> None:
    labels = pd.read_csv(sources / "sipri_at" / "sipri_country_list.csv")["country_label"]
    left = labels[states.resolve(labels, system="sipri", unknown="missing").isna()]
    plain = left[~left.str.endswith("*")]
    assert sorted(plain) == [
        "All", "Europe multi-state", "Libya GNC", "Unknown recipient(s)", "Unknown supplier(s)",
    ]  # fmt: skip


@pytest.mark.real
def test_every_exercise_participant_is_known(sources: Path) -> None:
    table = pd.read_csv(sources / "mme" / "mme_v7.csv", dtype=str)
    named = table.loc[:, "StateA":"StateAM"].stack().dropna()
    found = states.resolve(named, system="name", unknown="missing")
    assert sorted(named[found.isna()].unique()) == ["-9", "Baltic States"]


@pytest.mark.real
def test_codes_agree_with_the_votes_file(sources: Path) -> None:
    """Another project's pairs of COW and ISO codes, where they name the same actor."""
    votes = pd.read_parquet(
        sources / "unga" / "unga_votes.parquet", columns=["ccode", "iso3", "year"]
    ).drop_duplicates()
    votes = votes[votes["iso3"].notna()]
    own = states.resolve(votes["ccode"], system="cow", year=votes["year"], unknown="missing")
    pairs = votes.assign(own=own)[own.notna() & (own != votes["iso3"].astype(object))]
    # They give one ISO code to a COW code for all years, and one to both Yemens.
    assert set(zip(pairs["iso3"].astype(str), pairs["own"], strict=True)) == {
        ("RUS", "SUN"), ("YUG", "SCG"), ("YUG", "SRB"), ("YAR", "YEM"), ("YAR", "YMD"),
    }  # fmt: skip


def test_a_code_that_is_another_actors_name_in_earlier_years() -> None:
    found = states.resolve(["GUAM", "GUAM", "Guam"], year=[1900, 2000, 2000])
    assert found.tolist() == ["GUM", "GUAM", "GUM"]
