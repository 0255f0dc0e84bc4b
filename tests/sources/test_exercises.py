"""MME, the JME worksheet, and exercises with participants written in three ways."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignindex import build_panel, indicators
from alignindex.base.errors import SourceError
from alignindex.sources import exercises
from alignindex.sources.exercises.common import iso_date, iso_dates, iso_parts, stacked
from alignindex.sources.reading.common import SourceInfo
from benchmarks.studies import fuzz_seeds as invented

Read = tuple[pd.DataFrame, SourceInfo]


def read(reader: Callable[..., Read], text: str | bytes, **options: Any) -> Read:
    data = text.encode() if isinstance(text, str) else text
    table, info = reader(io.BytesIO(data), **options)
    assert info.rows_read == len(table) + len(info.rejected)
    return table, info


# --- dates ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2014-03-27", "2014-03-27"), ("2014-3-7", "2014-03-07"), ("2014-03", "2014-03"),
        ("2014", "2014"), ("1980-01-xx", "1980-01"), ("1980-XX-xx", "1980"),
        ("3/27/2014", "2014-03-27"), ("1/14/80", "1980-01-14"), ("1/14/29", "2029-01-14"),
        ("11/xx/1974", "1974-11"), ("xx/xx/1984", "1984"), ("2016-02-29", "2016-02-29"),
        ("2015-02-29", ""), ("13/1/2001", ""), ("11/xx2002", ""), ("-9", ""), ("", ""),
        ("2014-03-27T10:00", "2014-03-27"), ("27.03.2014", ""), ("nan", ""),
    ],
)  # fmt: skip
def test_dates_are_kept_as_far_as_known(text: str, date: str) -> None:
    assert iso_date(text) == date


@given(st.dates(min_value=pd.Timestamp(1000, 1, 1).date()), st.integers(1, 3))
def test_parts_make_the_date(date: Any, known: int) -> None:
    parts = [date.year, date.month, date.day][:known]
    cells = [np.array([float(p)]) for p in parts] + [np.array([np.nan])] * (3 - known)
    wanted = date.isoformat()[: {1: 4, 2: 7, 3: 10}[known]] if date.year <= 2261 else ""
    assert iso_dates(*cells)[0] == wanted


@given(
    st.integers(950, 2300), st.none() | st.integers(0, 14), st.none() | st.integers(0, 33)
)  # fmt: skip
def test_many_parts_make_the_dates_that_one_by_one_make(
    year: int, month: int | None, day: int | None
) -> None:
    cells = [np.array([np.nan if part is None else part]) for part in (float(year), month, day)]
    words = [None if part is None else str(part) for part in (month, day)]
    assert iso_dates(*cells)[0] == iso_parts(str(year), *words)


@pytest.mark.parametrize("year", [1900, 2000, 2023, 2024])
def test_every_day_of_a_year_is_a_date(year: int) -> None:
    days = np.arange(f"{year}-01-01", f"{year + 1}-01-01", dtype="datetime64[D]")
    first = days.astype("datetime64[M]")
    month, day = first.astype(np.int64) % 12 + 1.0, (days - first).astype(np.int64) + 1.0
    assert iso_dates(np.full(len(days), float(year)), month, day).tolist() == [*map(str, days)]
    last = np.append(month[1:] != month[:-1], True)
    over = iso_dates(np.full(12, float(year)), month[last], day[last] + 1)
    assert set(over.tolist()) == {""}


# --- participants in columns ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "columns",
    [
        {"a": ["Peru", " Chad ", None], "b": [None, "Peru", None], "c": ["Mali", None, "Oman"]},
        {"a": ["Peru", None, "  "], "b": [7.0, np.nan, 8.0], "c": [np.nan] * 3},
        {"a": [1, 2, 3], "b": ["Peru", "Chad", None]},
        {"a": [np.nan] * 3},
    ],
)
def test_cells_are_taken_row_by_row(columns: dict[str, list[Any]]) -> None:
    table = pd.DataFrame(columns)
    row, word, words = stacked(table, list(columns))
    wanted = [
        (i, str(int(cell)) if isinstance(cell, float) else str(cell).strip())
        for i in range(len(table))
        for cell in table.iloc[i].tolist()
        if not pd.isna(cell) and str(cell).strip()
    ]
    assert [(i, words[w]) for i, w in zip(row, word, strict=True)] == wanted


# --- MME -----------------------------------------------------------------------------------------


def test_mme() -> None:
    table, info = read(exercises.read_mme, invented.MME)
    assert table["exercise_id"].tolist() == ["mme1", "mme2", "mme2"]
    assert table["name"].isna().tolist() == [False, True, False]
    assert table["place"].isna().tolist() == [False, True, False]
    assert table["start"].tolist() == ["1985-01-14", "1995-07", "2005-12-30"]
    assert table["end"].tolist() == ["1985-01-21", "1995-08", "2006-01-02"]
    assert table["end_year"].tolist() == [1985, 1995, 2006]
    # The USSR stands in the file as Russia; a repeated participant counts once.
    assert table["participants"].tolist() == ["POL;SUN", "UKR;USA", "ARM;RUS"]
    assert table["unresolved"].tolist() == ["", "", "Atlantis"]
    assert table["n_participants"].tolist() == [2, 2, 3]
    assert table["incomplete"].tolist() == [False, True, False]
    assert table["cpx"].tolist() == [0, 1, 0]
    assert info.layout == "participants in 4 columns"
    joined = " | ".join(info.notes)
    assert "not declared actors: Atlantis" in joined
    assert "1 participants are named again" in joined
    assert "1 exercises have a participant that is not known" in joined
    assert "1 MMEIDs belong to several exercises: mme2" in joined


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: text + text.split("\n")[1] + "\n", "repeats an earlier record"),
        (lambda text: text + text.split("\n")[0] + "\n", "header repeated"),
        (lambda text: text + "mme9,Cut\r\n", "fields, found 2"),
        (lambda text: text + "\r\n", "blank line"),
        (lambda text: text + text.split("\n")[1].replace("1985", "xx").replace("85", "xx") + "\n",
         "no year of start"),
        (lambda text: text + text.split("\n")[1].replace("1/21/85,1985", "1/21/84,1984") + "\n",
         "ends in an earlier year"),
    ],
)  # fmt: skip
def test_broken_mme_records_are_rejected(change: Callable[[str], str], reason: str) -> None:
    whole, _ = read(exercises.read_mme, invented.MME)
    table, info = read(exercises.read_mme, change(invented.MME))
    assert len(info.rejected) == 1
    assert reason in info.rejected.loc[0, "reason"]
    pd.testing.assert_frame_equal(table, whole, check_dtype=False)


def test_without_columns_of_parts_the_text_gives_the_date() -> None:
    text = "MMEID,Ex_Name,StartDate,StateA,StateB\nm1,One,1/14/85,Poland,Russia\n"
    table, _ = read(exercises.read_mme, text)
    assert table.loc[0, "start"] == "1985-01-14"


@pytest.mark.real
def test_published_mme(sources: Path) -> None:
    table, info = exercises.read_mme(sources / "mme" / "mme_v7.csv")
    assert (len(table), len(info.rejected)) == (3_707, 0)
    assert (info.first_year, info.last_year) == (1980, 2010)
    assert info.layout == "participants in 39 columns"
    assert "3 MMEIDs belong to several exercises: mme3457; mme3458; mme3460" in info.notes
    assert table["exercise_id"].duplicated().sum() == 3
    assert table["name"].isna().sum() == 1_033  # -9 in the file
    assert table["place"].isna().sum() == 71
    assert (table["unresolved"] != "").sum() == 1  # "Baltic States"
    early = table["participants"][table["start_year"] < 1991]
    assert early.str.contains("SUN").sum() > 0
    assert early.str.contains("RUS").sum() == 0
    assert table["n_participants"].max() == 39


@pytest.mark.real
def test_counts_from_mme_end_with_it(sources: Path) -> None:
    table, info = exercises.read_mme(sources / "mme" / "mme_v7.csv")
    panel = build_panel(
        states=["KGZ", "USA"], partners=["USA", "RUS", "KGZ"], years=range(2005, 2013),
        indicators=[indicators.exercises(table, coverage=info)],
    )["exercises"]  # fmt: skip
    assert panel.loc[("KGZ", "USA")].equals(panel.loc[("USA", "KGZ")])
    assert panel.loc[("KGZ", "RUS")].loc[2005:2010].notna().all()
    assert panel.loc[("KGZ", "RUS")].loc[2011:].isna().all()
    both = table["participants"].str.split(";").map(lambda p: {"KGZ", "USA"} <= set(p))
    assert panel.loc[("KGZ", "USA", 2005)] == (both & (table["start_year"] == 2005)).sum()


# --- JME -----------------------------------------------------------------------------------------


def test_jme() -> None:
    table, info = read(exercises.read_jme, invented.JME)
    assert table["exercise_id"].tolist() == [77, pd.NA, 79]
    assert table["start"].tolist() == ["1974-11", "1984-03-26", "2006-09-19"]
    assert table["end"].isna().tolist() == [False, False, True]
    assert table["participants"].tolist() == ["PAK;TUR;USA", "DDR;POL;SUN", "ROU;USA"]
    assert table["unresolved"].tolist() == ["", "", "8 NATO members"]
    assert table["place"].isna().tolist() == [False, False, True]
    assert info.reasons == {"no year of start": 1}


def workbook() -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["nothing here"])
    sheet = book.create_sheet("worksheet")
    sheet.append(["a line above"])
    for line in invented.JME.rstrip("\n").split("\n"):
        cells = line.split(",")
        sheet.append([int(c) if c.isdigit() else c or None for c in cells])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_reads_as_the_text_does() -> None:
    pytest.importorskip("openpyxl")
    plain, _ = read(exercises.read_jme, invented.JME)
    table, info = read(exercises.read_jme, workbook())
    pd.testing.assert_frame_equal(table, plain, check_dtype=False)
    assert info.layout == "sheet 'worksheet', participants in 3 columns"
    assert info.rejected["line"].tolist() == [6]  # the sheet's row


@pytest.mark.parametrize(
    "data",
    [b"\xd0\xcf\x11\xe0" + b"\x00" * 600, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 5000],
)
def test_a_broken_old_workbook(data: bytes) -> None:
    pytest.importorskip("xlrd")
    with pytest.raises(SourceError, match=r"whole \.xls workbook.*download it again"):
        read(exercises.read_jme, data)


def test_a_workbook_of_another_kind() -> None:
    openpyxl = pytest.importorskip("openpyxl")
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    with pytest.raises(SourceError, match="a workbook with sheets Sheet"):
        read(exercises.read_jme, out.getvalue())


@pytest.mark.real
def test_published_jme(sources: Path) -> None:
    pytest.importorskip("xlrd")
    table, info = exercises.read_jme(sources / "jme" / "jme_v3.xls")
    assert info.rows_read == 1_790
    assert info.reasons == {"no year of start": 8, "ends in an earlier year than it starts": 1}
    assert (info.first_year, info.last_year) == (1974, 2010)
    assert info.layout == "sheet 'Sheet1_2', participants in 30 columns"
    assert table.loc[0, "participants"] == "GBR;PAK;TUR;USA"
    assert set(table["unresolved"]) == {"", "8 NATO members"}


# --- any other set -------------------------------------------------------------------------------


def test_three_ways_to_write_participants_are_one_table() -> None:
    rows = [("1", "2012-09-15", ["ARM", "RUS"]), ("2", "2013", ["ARM", "USA", "GEO"])]
    as_list = "id,start,who\n" + "".join(f"{i},{d},{' / '.join(p)}\n" for i, d, p in rows)
    as_rows = "id,start,who\n" + "".join(f"{i},{d},{w}\n" for i, d, p in rows for w in p)
    as_columns = "id,start,a,b,c\n" + "".join(
        f"{i},{d},{','.join([*p, ''][:3])}\n" for i, d, p in rows
    )
    first, info = read(
        exercises.read_events, as_list, start="start", participants="who", separator="/", id="id"
    )
    assert info.layout == "participants separated by '/'"
    second, info = read(exercises.read_events, as_rows, start="start", participants="who", id="id")
    assert (info.layout, info.rows_read) == ("long rows", 2)
    assert info.notes == ("5 rows make 2 events",)
    third, _ = read(
        exercises.read_events, as_columns, start="start", participants=["a", "b", "c"], id="id"
    )
    assert first["participants"].tolist() == ["ARM;RUS", "ARM;GEO;USA"]
    pd.testing.assert_frame_equal(first, second)
    pd.testing.assert_frame_equal(first, third)


def test_a_long_row_that_contradicts_its_event_is_rejected() -> None:
    text = "id,start,name,who\nA,2012,One,ARM\nA,2012,One,RUS\nA,2013,One,USA\n,2012,One,GEO\n"
    table, info = read(
        exercises.read_events, text, start="start", name="name", participants="who", id="id"
    )
    assert table["participants"].tolist() == ["ARM;RUS"]
    assert info.reasons == {"contradicts an earlier row of the event": 1, "no id": 1}
    assert info.rows_read == 3  # one event, two rows that belong to none


def test_events_in_codes_of_other_systems() -> None:
    table, _ = read(invented.read_columns, invented.EVENTS_COLUMNS)
    assert table["participants"].tolist() == ["ARM;RUS", "ARM;GEO;USA"]


def test_a_participant_that_is_not_known_leaves_the_event_incomplete() -> None:
    table, _ = read(invented.read_list, invented.EVENTS_LIST)
    assert table["incomplete"].tolist() == [False, False, True]
    assert table["participants"].tolist()[2] == "GEO;TUR"
    assert table["end_year"].tolist() == [2012, pd.NA, 2015]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"participants": "parties"}, "expected id= with long rows"),
        ({"participants": []}, "got none"),
        ({"participants": "parties", "separator": ""}, "empty one"),
        ({"participants": ["parties", "name"], "separator": ","}, "leave separator out"),
        ({"participants": "partys", "separator": ","}, "header with .*'partys'"),
        ({"participants": "parties", "separator": ",", "start": "day"}, "header with 'day'"),
    ],
)
def test_bad_requests(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read(exercises.read_events, invented.EVENTS_LIST, **({"start": "begins"} | options))


@pytest.mark.parametrize(
    ("reader", "text", "fitting"),
    [
        (exercises.read_mme, invented.JME, "sources.exercises.read_jme"),
        (exercises.read_jme, invented.MME, "sources.exercises.read_mme"),
        (exercises.read_mme, invented.BASES, "sources.troops.read_bases"),
    ],
)
def test_a_wrong_file_names_the_reader_that_fits(
    reader: Callable[..., Read], text: str, fitting: str
) -> None:
    with pytest.raises(SourceError, match=f"{fitting}: use that"):
        read(reader, text)
