"""General Assembly files: votes in two formats, ideal points, agreement scores."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alignindex.base.errors import SourceError
from alignindex.sources import unga
from benchmarks.studies.fuzz_readers import AGREE, IDEAL, UNDL, VOTES


def voeten(text: str, **options: object) -> tuple[pd.DataFrame, object]:
    return unga.read_voeten(io.BytesIO(text.encode()), **options)  # type: ignore[arg-type]


def undl(text: str) -> tuple[pd.DataFrame, object]:
    return unga.read_undl(io.BytesIO(text.encode()))


def closes(table: pd.DataFrame, info: object) -> bool:
    return info.rows_read == len(table) + len(info.rejected)  # type: ignore[attr-defined]


# Voeten ---------------------------------------------------------------------------------


def test_votes_of_invented_roll_calls() -> None:
    table, info = voeten(VOTES)
    assert closes(table, info)
    assert table["state"].fillna("").tolist() == ["USA", "SUN", "KAZ", "KGZ", "XKX"]
    assert table["ccode"].tolist() == [2, 365, 705, 703, 347]
    assert table["vote"].tolist() == [1, 3, 2, 8, 9]
    assert table["year"].tolist()[:4] == [1946, 1946, 2014, 2014]
    assert pd.isna(table["year"][4])
    assert table["me"].isna().tolist() == [False, False, True, True, False]
    assert table["unres"][4] == "A, B"
    assert info.notes == ("1 votes have no date, and so no year",)
    assert info.version == "roll calls to 2014-03-27"


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b'"A, B"', b'"A, B"').replace(b"\n", b"\r\n"),
        lambda data: pd.read_csv(io.BytesIO(data)).to_csv(sep="\t", index=False).encode(),
        lambda data: pd.read_csv(io.BytesIO(data)).to_csv(sep=";", index=True).encode(),
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data.decode().encode("utf-16"),
        gzip.compress,
    ],
    ids=["CRLF", "tab", "semicolon and an index", "BOM", "UTF-16", "gzip"],
)
def test_votes_however_saved(change: object) -> None:
    expected, _ = voeten(VOTES)
    found, _ = unga.read_voeten(io.BytesIO(change(VOTES.encode())))  # type: ignore[operator]
    pd.testing.assert_frame_equal(found, expected)


def test_votes_from_parquet_with_the_roll_calls_apart(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    whole = pd.read_csv(io.StringIO(VOTES))
    votes = tmp_path / "votes.parquet"
    calls = tmp_path / "calls.csv"
    whole[["rcid", "vote", "ccode"]].to_parquet(votes)
    rest = ["rcid", "session", "date", "unres", "importantvote", "me", "nu"]
    whole[rest].drop_duplicates("rcid").to_csv(calls, index=False)
    found, info = unga.read_voeten(votes, rollcalls=calls)
    assert closes(found, info)
    assert info.rejected.empty
    expected, _ = voeten(VOTES)
    columns = ["rcid", "session", "date", "year", "ccode", "state", "vote", "unres"]
    pd.testing.assert_frame_equal(found[columns], expected[columns])
    alone, alone_info = unga.read_voeten(votes)
    assert alone["year"].isna().all()
    assert alone_info.notes[0] == "neither dates nor years; give rollcalls="
    whole[rest].to_csv(calls, index=False)
    with pytest.raises(SourceError, match="one row for each roll call"):
        unga.read_voeten(votes, rollcalls=calls)
    calls.write_text("rcid,session\n999,1\n")
    with pytest.raises(SourceError, match="found none of them"):
        unga.read_voeten(votes, rollcalls=calls)


def test_countries_in_place_of_codes() -> None:
    table, _ = voeten("rcid,vote,Country,date\n9,1,USA,2001-02-03\n9,3,Cuba,2001-02-03\n")
    assert table["state"].tolist() == ["USA", "CUB"]
    assert table["ccode"].tolist() == [2, 40]


def test_votes_rejected() -> None:
    head = "rcid,vote,ccode,date\n"
    rows = [
        ("1,1,2,2001-02-03", None),
        ("1,3,2,2001-02-03", "contradicts an earlier record"),
        ("1,1,2,2001-02-03", "repeats an earlier record"),
        ("1,5,20,2001-02-03", "vote is none of 1, 2, 3, 8, 9"),
        ("1,,20,2001-02-03", "no vote"),
        ("1,1,x,2001-02-03", "ccode is not a whole number"),
        ("1,1", "expected 4 fields, found 2"),
        ("rcid,vote,ccode,date", "header repeated"),
        ("", "blank line"),
        ("1,2,20,2001-02-03", None),
    ]
    table, info = voeten(head + "".join(f"{row}\n" for row, _ in rows))
    rejected = info.rejected
    assert table["vote"].tolist() == [1, 2]
    assert closes(table, info)
    expected = [(i + 2, reason) for i, (_, reason) in enumerate(rows) if reason]
    assert list(zip(rejected["line"], rejected["reason"], strict=True)) == expected


def test_an_actor_out_of_its_time() -> None:
    """A code of no member is nobody, unless it voted."""
    table, info = voeten(
        "rcid,vote,ccode,date\n1,9,371,1950-01-01\n1,1,315,1993-01-05\n1,1,998,1993-01-05\n"
    )
    assert table["state"].fillna("").tolist() == ["", "CSK", ""]
    assert info.notes == ("voted, but are not known actors: 998",)


def test_r_data_names_the_line_of_r(tmp_path: Path) -> None:
    for name, content in {
        "votes.RData": gzip.compress(b"RDX3\nX\n"),
        "votes.rds": gzip.compress(b"X\n\x00\x00\x00\x03"),
        "other.rda": b"anything",
    }.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(SourceError, match=r'write.csv\(x, "file.csv", row.names = FALSE\)'):
            unga.read_voeten(path)


# UN Digital Library ---------------------------------------------------------------------


def test_undl_of_invented_resolutions() -> None:
    table, info = undl(UNDL)
    assert closes(table, info)
    assert table["state"].tolist() == ["UKR", "RUS", "KAZ", "KGZ", "SUN"]
    assert table["vote"].isna().tolist() == [False] * 4 + [True]
    assert table["vote"].tolist()[:4] == [1, 3, 2, 8]
    assert table["session"].tolist() == ["68"] * 4 + ["ES-6"]
    assert table["title"][0] == "Integrity, of Ukraine"
    assert table["total_no"].tolist()[:1] == [1.0]
    assert info.notes == ()


def test_undl_older_headings() -> None:
    text = (
        "undl_id,ms_codes,ms_names,ms_votes,date,resolution\n"
        "7,CHN,CHINA,NV,1960-01-05,A/RES/1\n7,,USSR,Y,1960-01-05,A/RES/1\n"
    )
    table, _ = undl(text)
    assert table["vote"].tolist() == [8, 1]
    assert table["state"].tolist() == ["CHN", "SUN"]


def test_undl_notes_totals_that_do_not_add_up() -> None:
    _, info = undl(UNDL.replace(",1,1.0,1", ",2,1.0,1"))
    assert info.notes == (
        "1 resolutions whose votes do not add up to the stated totals: 1",
    )  # fmt: skip


def test_undl_rejects() -> None:
    text = UNDL + "2,FRA,FRANCE,Q,1980-01-14,ES-6,A,T,,,\n1,RUS,RUSSIA,Y,2014-03-27,68,A,T,,,\n"
    table, info = undl(text + ",FRA,FRANCE,Y,1980-01-14,ES-6,A,T,,,\n2,,,Y,1980-01-14,1,A,T,,,\n")
    assert len(table) == 5
    assert closes(table, info)
    assert info.reasons == {
        "ms_vote is none of Y, A, N, X, NV": 1, "contradicts an earlier record": 1,
        "no undl_id": 1, "no state": 1,
    }  # fmt: skip


# Ideal points and agreement ----------------------------------------------------------------


def test_ideal_points() -> None:
    table, info = unga.read_ideal_points(io.BytesIO(IDEAL.encode("cp1252")))
    assert closes(table, info)
    assert table["state"].tolist() == ["USA", "RUS", "SUN"]
    assert table["year"].tolist() == [2013, 2013, 1985]
    assert list(table)[4:] == ["n_votes", "ideal_point", "q0", "q5", "q50", "q95", "q100"]
    assert table["ideal_point"].tolist() == [2.9, -0.9, -2.1]


def test_ideal_points_of_several_estimates() -> None:
    text = (
        "iso3c,ccode,session,IdealPointAll,NVotesAll,IdealPointFP,Q5%All\nUSA,2,75,2.1,90,2.2,1.9\n"
    )
    table, _ = unga.read_ideal_points(io.BytesIO(text.encode()))
    assert list(table)[4:] == ["ideal_point_all", "n_votes_all", "ideal_point_fp", "q5_all"]


def test_agreement() -> None:
    text = AGREE + "2,365,1.5,1981\n2,365,0.3,1980\n"
    table, info = unga.read_agreement(io.BytesIO(text.encode()))
    assert closes(table, info)
    assert table[["state", "partner", "agree"]].values.tolist() == [
        ["ARM", "RUS", 0.75], ["RUS", "ARM", 0.75], ["USA", "SUN", 0.2],
    ]  # fmt: skip
    assert info.reasons == {
        "agreement is not from 0 to 1": 1, "contradicts an earlier record": 1,
    }  # fmt: skip


def test_the_wrong_file_names_the_right_reader() -> None:
    with pytest.raises(SourceError, match=r"looks like .*unga\.read_undl"):
        voeten(UNDL)
    with pytest.raises(SourceError, match=r"sources.unga.read_agreement: use that"):
        unga.read_ideal_points(io.BytesIO(AGREE.encode()))


# Published files ------------------------------------------------------------------------

CAST = {1: 100, 3: 11, 2: 58}


@pytest.mark.slow
@pytest.mark.real
def test_the_2017_release(sources: Path) -> None:
    table, info = unga.read_voeten(sources / "unga" / "UNVotesPublished.csv.gz")
    assert closes(table, info)
    assert info.rows_read == 1_066_613
    crimea = table[table["unres"] == "R/68/262"]
    assert crimea["vote"].value_counts()[[1, 3, 2]].to_dict() == CAST
    assert set(crimea["year"]) == {2014}
    cast = crimea.set_index("state")["vote"]
    assert [cast[s] for s in ("AZE", "BLR", "KAZ", "KGZ")] == [1, 3, 2, 8]
    assert table.loc[table["vote"].isin([1, 2, 3]), "state"].notna().all()
    assert "ec: 197 cells are not numbers and are missing" in info.notes
    assert table["ec"].isna().sum() >= 197


@pytest.mark.slow
@pytest.mark.real
def test_the_2021_release(sources: Path) -> None:
    folder = sources / "unga"
    table, info = unga.read_voeten(
        folder / "unga_votes.parquet", rollcalls=folder / "unga_rollcalls.parquet"
    )
    assert closes(table, info)
    assert table["rcid"].nunique() == 6_203
    assert (info.first_year, info.last_year) == (1946, 2020)
    crimea = table[table["unres"] == "R/68/262"]
    assert crimea["vote"].value_counts()[[1, 3, 2]].to_dict() == CAST
    assert np.isnan(table["importantvote"]).any()


@pytest.mark.slow
@pytest.mark.real
def test_two_releases_agree_on_the_roll_call(sources: Path) -> None:
    folder = sources / "unga"
    old, _ = unga.read_voeten(folder / "UNVotesPublished.csv.gz")
    new, _ = unga.read_voeten(
        folder / "unga_votes.parquet", rollcalls=folder / "unga_rollcalls.parquet"
    )
    both = [t[t["unres"] == "R/68/262"].set_index("state")["vote"] for t in (old, new)]
    pd.testing.assert_series_equal(both[0].sort_index(), both[1].sort_index())
