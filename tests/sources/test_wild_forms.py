"""Forms that files take in the wild, invented here in small: each with the right value."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alignindex import indicators, similarity
from alignindex.base.errors import SourceError
from alignindex.panel.build import build_panel
from alignindex.sources import atop, cow, exercises, sipri, troops, unga
from alignindex.sources.reading import payload as reading
from benchmarks.studies import fuzz_workbooks as books
from benchmarks.studies.fuzz_readers import REGISTER


def read(reader: Callable[..., Any], text: str | bytes, **options: Any) -> tuple[pd.DataFrame, Any]:
    data = text.encode() if isinstance(text, str) else text
    table, info = reader(io.BytesIO(data), **options)
    assert info.rows_read == len(table) + len(info.rejected)
    return table, info


# --- 1990: two codes of one actor ----------------------------------------------------------------

NMC = "ccode,year,milex,milper,cinc\n371,2000,1,2,0.0004\n255,1990,5,6,0.05\n260,1990,7,8,0.06\n"
NMC += "678,1990,1,1,0.01\n679,1990,2,2,0.02\n"
DYADS = "ddyad,year,atopally,defense,offense,neutral,nonagg,consul,stateA,stateB\n"
DYADS += "260002,1990,1,1,0,0,0,0,260,2\n255002,1990,1,0,0,0,0,1,255,2\n"
DYADS += "260679,1989,1,1,0,0,0,0,260,679\n"
PACTS = "version4id,ccode1,ccode2,defense,neutrality,nonaggression,entente,year\n"
PACTS += "1,260,2,1,0,0,0,1990\n2,255,2,0,0,0,1,1990\n3,260,2,1,0,0,0,1989\n"
POINTS = "ccode,session,NVotes,IdealPoint\n260,45,9,1.0\n255,45,9,1.5\n"
AGREE = "ccode1,ccode2,agree,year\n260,678,0.5,1990\n255,679,0.75,1990\n"


def test_the_code_of_31_december_keeps_the_actor() -> None:
    table, info = read(cow.read_nmc, NMC)
    cinc = table.set_index(["state", "year"])["cinc"]
    assert cinc.index.is_unique
    assert cinc[("DEU", 1990)] == 0.05
    assert cinc[("YEM", 1990)] == 0.02
    assert info.rejected["line"].tolist() == [4, 5]
    assert set(info.rejected["reason"]) == {"the actor has another code on 31 December"}
    columns = indicators.attribute(table, value="cinc", coverage=info)
    panel = build_panel(states=["ARM"], partners=["DEU"], years=[2000, 1999], indicators=columns)
    assert panel.loc[("ARM", "DEU", 2000), "cinc_state"] == 0.0004


@pytest.mark.parametrize(
    ("reader", "text", "column", "value"),
    [
        (atop.read_directed_dyads, DYADS, "defense", 0),
        (cow.read_alliances, PACTS, "strength", 1),
        (unga.read_ideal_points, POINTS, "ideal_point", 1.5),
        (unga.read_agreement, AGREE, "agree", 0.75),
        (
            atop.read_state_years,
            "state,year,atopally,defense,offense,neutral,nonagg,consul\n"
            "260,1990,1,1,0,0,0,0\n255,1990,1,0,0,0,0,1\n",
            "defense",
            0,
        ),
        (
            troops.read_troopdata,
            "countryname,year,ccode,troops_ad,army_ad\nYemen Arab Republic,1990,678,0,0\n"
            "Yemen,1990,679,37,19\n",
            "troops",
            37,
        ),
    ],
)
def test_every_reader_keeps_one_code_of_1990(
    reader: Callable[..., Any], text: str, column: str, value: float
) -> None:
    table, info = read(reader, text)
    in_1990 = table[table["year"] == 1990]
    assert len(in_1990) == 1
    assert in_1990[column].tolist() == [value]
    assert len(info.rejected) == 1


def test_a_code_that_stands_alone_in_its_last_year_is_kept() -> None:
    table, info = read(cow.read_nmc, NMC.replace("255,1990,5,6,0.05\n", ""))
    assert table.set_index(["state", "year"])["cinc"][("DEU", 1990)] == 0.06
    assert len(info.rejected) == 1


# --- SIPRI ---------------------------------------------------------------------------------------

DELIVERIES = (
    "Transfers of major conventional arms\nData generated: 13 Apr 2024\n"
    "SIPRI AT Database ID,Supplier,Recipient,Designation,Description,Armament category,Order date,"
    "Order date is estimate,Numbers delivered,Numbers delivered is estimate,Delivery year,"
    "Delivery year is estimate,Status,SIPRI estimate,TIV deal unit,TIV delivery values,"
    "Local production\n"
    "7,Russia,Armenia,T-1,tank,Armoured vehicles,1993,Yes,4,No,1994,No,New,1,1,4.25,No\n"
    "7,Russia,Armenia,T-1,tank,Armoured vehicles,1993,Yes,2,Yes,1995,No,New,1,1,2.5,No\n"
    "8,Soviet Union,Armenia,T-2,tank,Armoured vehicles,1990,No,1,No,1991,Yes,New,1,1,,Yes\n"
    "9,Russia,Armenia,T-3,tank,Armoured vehicles,1993,Perhaps,1,No,1995,No,New,1,1,1,No\n"
    "10,Russia,Armenia,T-3,tank,Armoured vehicles,1993,No,1,No,,No,New,1,1,1,No\n"
)


def test_the_register_by_delivery() -> None:
    table, info = read(sipri.read_trade_register, DELIVERIES)
    assert info.layout == "register by delivery"
    assert table["supplier"].tolist() == ["RUS", "RUS", "SUN"]
    assert table["year"].tolist() == [1994, 1995, 1991]
    assert table["order_year_uncertain"].tolist() == [True, True, False]
    assert table["tiv_delivered"].isna().tolist() == [False, False, True]
    assert info.rejected["reason"].tolist() == [
        "order_year_uncertain is unreadable",
        "year is unreadable",
    ]
    columns = indicators.arms(table, coverage=(1992, 1995))
    panel = build_panel(states=["ARM"], partners=["RUS"], years=[1994, 1995], indicators=columns)
    assert panel["arms_tiv"].tolist() == [4.25, 2.5]
    assert "arms_tiv_split" not in panel


PADDED = (
    REGISTER.split("\n")[2]
    + "\nArmenia,China,1996,,8,,Thing,gun,8,,1996,New,broken,,,\n,0.25,3.5,3.25,,,,,,,,,,,,\n"
    + "Armenia,Russia,1996,,8,,Thing,gun,8,,1996,New,,0.5,4,4\n"
)


def test_tails_padded_with_separators_are_joined() -> None:
    table, info = read(sipri.read_trade_register, PADDED)
    assert table["tiv_delivered"].tolist() == [3.25, 4.0]
    assert table["tiv_unit"].tolist() == [0.25, 0.5]
    assert table["comments"].fillna("").tolist() == ["broken", ""]
    assert info.notes == ("1 records were broken over lines and joined again",)


def test_a_padded_tail_without_its_last_figure_leaves_it_unknown() -> None:
    table, _ = read(sipri.read_trade_register, PADDED.replace(",0.25,3.5,3.25,", ",0.25,3.5,,"))
    assert table["tiv_order"].tolist() == [3.5, 4.0]
    assert table["tiv_delivered"].isna().tolist() == [True, False]


def test_a_record_without_a_supplier_is_not_a_tail() -> None:
    broken = "Armenia,,1996,,8,,Thing,gun,8,,1996,New,,0.5,4,4\n"
    _, info = read(sipri.read_trade_register, PADDED + broken)
    assert info.reasons == {"supplier_name is unreadable": 1}


@pytest.mark.parametrize("tail", [";;;", ";", "\t"])
def test_separators_behind_the_last_heading_are_taken_off(tail: str) -> None:
    text = "\n".join(f"{line}{tail}" for line in REGISTER.rstrip("\n").split("\n")[2:5]) + "\n"
    table, _ = read(sipri.read_trade_register, text)
    assert table["tiv_delivered"].tolist() == [4.0, 6.25]
    text = "\n".join(f"{line}{tail}" for line in NMC.rstrip("\n").split("\n")) + "\n"
    assert read(cow.read_nmc, text)[0]["cinc"].tolist() == [0.0004, 0.05, 0.02]


@pytest.mark.parametrize("text", [REGISTER.split("\n", 2)[2], DELIVERIES.split("\n", 2)[2]])
def test_lines_that_became_one_quoted_cell_are_taken_apart(text: str) -> None:
    lines = text.rstrip("\n").split("\n")
    quoted = "\n".join(f'"{line}";;;' for line in lines) + "\n"
    expected, _ = read(sipri.read_trade_register, text)
    pd.testing.assert_frame_equal(read(sipri.read_trade_register, quoted)[0], expected)


# --- ideal points of 2025, and of issues ---------------------------------------------------------

RELEASE = (
    "ccode,iso3c,countryname,year,idealpointfp,idealpointall,idealpointlegacy,nvotesfp,qofp,q5fp,"
    "q50fp,q100fp,nvotesall,qoall,q95all,nvotesLegacy\n"
    "2,USA,United States,2013,2.9,2.8,2.7,80,2.1,2.2,2.85,3.5,90,2.0,3.1,85\n"
)


def test_ideal_points_of_2025_keep_their_year_and_quantiles() -> None:
    table, info = read(unga.read_ideal_points, RELEASE)
    row = table.iloc[0]
    assert (row["state"], row["year"]) == ("USA", 2013)
    assert table["session"].isna().all()
    assert row[["q0_fp", "q5_fp", "q50_fp", "q100_fp", "q0_all", "q95_all"]].tolist() == [
        2.1, 2.2, 2.85, 3.5, 2.0, 3.1,
    ]  # fmt: skip
    assert row[["n_votes_fp", "n_votes_all", "n_votes_legacy"]].tolist() == [80, 90, 85]
    assert info.layout == "ideal points by year"
    assert "session" in info.notes[0]


def test_a_session_beside_the_year_changes_neither() -> None:
    text = RELEASE.replace("ccode,", "session,ccode,").replace("\n2,USA", "\n68,2,USA")
    table, _ = read(unga.read_ideal_points, text.replace(",2013,", ",2014,"))
    assert table[["session", "year", "q50_fp"]].values.tolist() == [[68, 2014, 2.85]]


@pytest.mark.parametrize("issue", ["HumanRights", "Important", "MiddleEast", "NoNukes", "Nuclear"])
def test_ideal_points_of_an_issue(issue: str) -> None:
    text = (
        f"ccode,session,NVotes{issue},IdealPoint{issue},QO%{issue},Q5%{issue}\n2,68,9,1.5,1.2,1.3\n"
    )
    table, _ = read(unga.read_ideal_points, text)
    own = issue.casefold()
    columns = [f"n_votes_{own}", f"ideal_point_{own}", f"q0_{own}", f"q5_{own}"]
    assert table[["state", "year", *columns]].values.tolist() == [["USA", 2013, 9, 1.5, 1.2, 1.3]]


# --- troops by month -----------------------------------------------------------------------------

QUARTERS = (
    "ccode,iso3c,countryname,year,month,quarter,source,troops_ad,army_ad\n"
    "640,TUR,Turkey,2022,December,4,NA,0,NA\n640,TUR,Turkey,2022,June,2,June 2022,3446,306\n"
    "640,TUR,Turkey,2022,March,1,March 2022,3418,316\n"
)


def test_troops_by_month_need_a_choice_and_say_what_each_gives() -> None:
    with pytest.raises(
        SourceError, match=r"pass month= or aggregate=.*'June' gives 3446"
    ) as caught:
        read(troops.read_troopdata, QUARTERS)
    assert "aggregate='mean' gives 3432" in str(caught.value)


@pytest.mark.parametrize(
    ("options", "troops_of_2022", "rejected"),
    [
        ({"month": "June"}, 3446, 2),
        ({"month": "jun"}, 3446, 2),
        ({"month": 3}, 3418, 2),
        ({"aggregate": "mean"}, 3432, 0),  # the zero without a source is missing
        ({"aggregate": "max"}, 3446, 0),
    ],
)
def test_troops_of_a_month_or_of_all(
    options: dict[str, Any], troops_of_2022: float, rejected: int
) -> None:
    table, info = read(troops.read_troopdata, QUARTERS, **options)
    assert table[["state", "year", "troops"]].values.tolist() == [["TUR", 2022, troops_of_2022]]
    assert len(info.rejected) == rejected


def test_a_zero_without_a_source_is_unknown() -> None:
    table, _ = read(troops.read_troopdata, QUARTERS, month="December")
    assert table["troops"].isna().tolist() == [True]


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"month": "Juli"}, "Juli"),
        ({"aggregate": "mode"}, "mode"),
        ({"month": 6, "aggregate": "max"}, "not both"),
    ],
)
def test_other_choices_are_refused(options: dict[str, Any], word: str) -> None:
    with pytest.raises(SourceError, match=word):
        read(troops.read_troopdata, QUARTERS, **options)


def test_iso3c_tells_the_host_where_ccode_does_not() -> None:
    text = "ccode,iso3c,countryname,year,troops_ad,army_ad\n1010,MNE,Montenegro,2010,5,1\n"
    table, info = read(troops.read_troopdata, text)
    assert table["state"].tolist() == ["MNE"]
    assert "iso3c" in info.notes[0]


# --- events, votes -------------------------------------------------------------------------------


@pytest.mark.parametrize("last", ["2", ""])
@pytest.mark.parametrize("sentinel", ["-9", "-9.0"])
def test_a_sentinel_does_not_depend_on_the_type_of_its_column(last: str, sentinel: str) -> None:
    text = f"e,y,a,b\n1,2012,{sentinel},2\n2,2012,371,{last}\n"
    table, _ = read(
        exercises.read_events, text, start="y", participants=["a", "b"], id="e", system="cow"
    )
    assert table["participants"].tolist() == ["USA", "ARM;USA" if last else "ARM"]
    assert table["incomplete"].tolist() == [True, False]
    assert table["unresolved"].tolist() == ["", ""]


def test_a_year_does_not_depend_on_a_blank_in_its_column() -> None:
    text = "e,y,p\n1,2012,ARM;RUS\n2,,ARM;USA\n"
    table, info = read(exercises.read_events, text, start="y", participants="p", separator=";")
    assert table[["start", "participants"]].values.tolist() == [["2012", "ARM;RUS"]]
    assert info.reasons == {"no year of start": 1}


@pytest.mark.parametrize(
    ("text", "rcid"),
    [
        (
            "rc_id,state_code,vote\nR/1,USA,yes\nR/1,RUS,No\nR/1,KAZ,abstain\nR/1,KGZ,absent\n",
            "R/1",
        ),
        ("rcid,country,vote\n3,United States,Y\n3,Russia,N\n3,Kazakhstan,A\n3,Kyrgyzstan,X\n", 3),
        ("rcid,ccode,vote\n3,2,1\n3,365,3\n3,705,2\n3,703,8\n", 3),
    ],
)
def test_votes_in_words(text: str, rcid: object) -> None:
    head, *rows = text.rstrip("\n").split("\n")
    text = "\n".join([f"{head},date", *(f"{row},2014-03-27" for row in rows)]) + "\n"
    table, _ = read(unga.read_voeten, text)
    assert table["state"].tolist() == ["USA", "RUS", "KAZ", "KGZ"]
    assert table["vote"].tolist() == [1, 3, 2, 8]
    assert table["rcid"].unique().tolist() == [rcid]


def test_a_word_that_is_not_a_vote_is_rejected() -> None:
    _, info = read(unga.read_voeten, "rcid,country,vote\n1,Russia,maybe\n1,Chad,yes\n")
    assert info.rejected["text"].tolist() == ["1,Russia,maybe"]


def test_readers_of_votes_have_one_key_and_one_line_leads_to_dyads() -> None:
    voeten, _ = read(
        unga.read_voeten,
        "rcid,vote,ccode,date\n1,1,2,2014-03-27\n1,3,365,2014-03-27\n2,8,2,2014-03-28\n"
        "2,1,365,2014-03-28\n2,9,626,2009-03-28\n3,1,2,2014-03-28\n3,1,365,2014-03-28\n"
        "3,1,9999,2014-03-28\n",
    )
    library, _ = read(
        unga.read_undl,
        "undl_id,ms_code,ms_name,ms_vote,date\n1,USA,,Y,2014-03-27\n1,RUS,,N,2014-03-27\n"
        "3,USA,,Y,2014-03-28\n3,RUS,,Y,2014-03-28\n",
    )
    assert "rcid" in voeten
    assert library["rcid"].tolist() == ["1", "1", "3", "3"]
    for table in (voeten, library):
        found = similarity.dyads(
            unga.votes_cast(table), by="year", levels=[1, 2, 3], measures=["agreement_half"],
        )  # fmt: skip
        assert found["agreement_half"].tolist() == [0.5]


def test_votes_of_two_codes_of_one_actor_are_one() -> None:
    votes = pd.DataFrame({"rcid": [1, 1], "state": ["DEU", "DEU"], "vote": [8, 3]})
    assert unga.votes_cast(votes)["vote"].tolist() == [3.0]


# --- files of other kinds ------------------------------------------------------------------------


@pytest.mark.parametrize("version", [114, 117, 118])
def test_stata_files_are_read(version: int) -> None:
    table = pd.read_csv(io.StringIO(RELEASE))
    out = io.BytesIO()
    table.to_stata(out, write_index=False, version=version)
    found, _ = read(unga.read_ideal_points, out.getvalue())
    expected, _ = read(unga.read_ideal_points, RELEASE)
    pd.testing.assert_frame_equal(found, expected)


def test_gaps_of_stata_are_missing() -> None:
    text = DYADS.replace("255002,1990,1,0", "255002,1990,1,")
    out = io.BytesIO()
    pd.read_csv(io.StringIO(text)).to_stata(out, write_index=False)
    found, _ = read(atop.read_directed_dyads, out.getvalue())
    expected, _ = read(atop.read_directed_dyads, text)
    pd.testing.assert_frame_equal(found, expected)
    assert found["defense"].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"$FL2@(#) SPSS DATA FILE" + b"\x00" * 90, "x.sav", ["SPSS", "haven"]),
        (b"RDX3\nX\n", "x.rds", ["R data", "readRDS"]),
        (b"\x00" * 12 + b"\xc2\xea\x81\x60" + b"\x00" * 90, "x.sas7bdat", ["SAS", "read_sas"]),
        (b"<!DOCTYPE html><html>", "x.csv", ["web page", "download"]),
        (b"%PDF-1.7", "x.csv", ["PDF"]),
        (b"<stata_dta><header>", "x.dta", ["Stata", "download it again"]),
    ],
)
def test_other_kinds_of_file_say_what_they_are(data: bytes, name: str, words: list[str]) -> None:
    file = io.BytesIO(data)
    file.name = name
    with pytest.raises(SourceError) as caught:
        unga.read_voeten(file)
    assert all(word in str(caught.value) for word in words)


WIDE = "resolution,date,AFG,ALB,DZA,ARG,ARM,AUS,AUT,AZE,BLR,BEL,USA,RUS"


@pytest.mark.parametrize(
    ("reader", "head", "words"),
    [
        (
            cow.read_alliances,
            "version4id,ccode1,state_name1,ccode2,state_name2,dyad_st_year,defense,entente",
            ["by dyad", "directed_yearly"],
        ),
        (
            cow.read_alliances,
            "version4id,ccode,state_name,all_st_year,mem_st_year,defense,entente",
            ["by member", "directed_yearly"],
        ),
        (
            atop.read_directed_dyads,
            "dyad,year,atopally,defense,offense,neutral,nonagg,consul",
            ["without direction", "atop5_1ddyr"],
        ),
        (atop.read_state_years, "atopid,atopphase,member,yrent,moent", ["members", "atop5_1ddyr"]),
        (unga.read_voeten, WIDE, ["wide", "melt"]),
    ],
)
def test_layouts_that_are_not_read_say_what_they_are(
    reader: Callable[..., Any], head: str, words: list[str]
) -> None:
    with pytest.raises(SourceError) as caught:
        read(reader, head + "\n")
    assert all(word in str(caught.value) for word in words)


# --- workbooks -----------------------------------------------------------------------------------

SHEETS = [name for name in books.READERS if name.endswith("xlsx")]


@pytest.mark.parametrize("name", SHEETS)
def test_a_workbook_without_styles_reads_without_a_warning(name: str) -> None:
    pytest.importorskip("openpyxl")
    reader, make = books.READERS[name]
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(make())) as given, zipfile.ZipFile(out, "w") as made:
        for part in given.namelist():
            text = given.read(part)
            if part == "xl/styles.xml":
                text = b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
            made.writestr(part, text)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table, _ = reader(io.BytesIO(out.getvalue()))
    assert len(table)


@pytest.mark.parametrize("name", SHEETS)
def test_a_part_that_unpacks_too_large_is_refused_before_parsing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    monkeypatch.setattr(reading, "LARGEST_PART", 1 << 20)
    monkeypatch.setattr(openpyxl, "load_workbook", lambda *a, **k: pytest.fail("it was parsed"))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr("xl/sharedStrings.xml", np.zeros(1 << 21, dtype=np.uint8).tobytes())
    with pytest.raises(SourceError, match=r"sharedStrings\.xml: 2 MB"):
        books.READERS[name][0](io.BytesIO(out.getvalue()))
