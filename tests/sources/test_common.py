"""Opening, recognising, reading and accounting, as every reader does it."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignindex.base.errors import SourceError
from alignindex.sources import unga
from alignindex.sources.reading import payload as _open
from alignindex.sources.reading.common import (
    Ledger,
    Payload,
    Signature,
    SourceInfo,
    close,
    find_header,
    need,
    numbers,
    open_source,
    read_records,
    split_fields,
)

SIGNATURE = Signature("test.read_votes", (("id",), ("vote", "position")))
TEXT = b"preamble\nid,vote,note\n1,2,a\n2,3,b\n"


def payload_of(text: str | bytes, name: str = "votes.csv") -> Payload:
    data = text.encode() if isinstance(text, str) else text
    file = io.BytesIO(data)
    file.name = name
    return open_source(file, SIGNATURE)


def records(text: str | bytes) -> tuple[pd.DataFrame, int, Ledger]:
    payload, ledger = payload_of(text), Ledger()
    header = find_header(payload, SIGNATURE)
    table, read = read_records(payload, header, ledger)
    return table, read, ledger


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/"), data)
    return out.getvalue()


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("as_path", [str, Path, "open"])
def test_opens_any_way(tmp_path: Path, pack: object, as_path: object) -> None:
    path = tmp_path / "file.bin"  # the name says nothing; the bytes do
    path.write_bytes(pack(TEXT))  # type: ignore[operator]
    if as_path == "open":
        with path.open("rb") as file:
            payload = open_source(file, SIGNATURE)
    else:
        payload = open_source(as_path(path), SIGNATURE)  # type: ignore[operator]
    assert payload.data == TEXT
    assert payload.name == "file.bin"


def test_opens_a_zip_with_one_file() -> None:
    assert payload_of(zipped(votes=TEXT)).data == TEXT
    mac = zipped(votes=TEXT, **{"__MACOSX____._votes": b"x", ".DS_Store": b"x"})
    assert len(payload_of(zipped(votes=TEXT)).data) == len(TEXT)
    assert mac


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "has 0 bytes; download it again"),
        (zipped(a=TEXT, b=TEXT), r"expected one file in votes.csv, found 2 \(a; b\)"),
        (zipped(), "found 0"),
        (gzip.compress(TEXT, mtime=0)[:-9], "breaks off"),
        (zipped(a=TEXT)[:-30], "cannot unpack"),
        (
            gzip.compress(b"RDX3\nX\n\x00\x00\x00", mtime=0),
            r"holds R data; export it .*write.csv",
        ),
        (b"RDX2\n", "holds R data"),
        (b"PAR1" + b"\x00" * 20, "whole parquet file"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 20, "old .xls"),
        (b"id,vote\n1,\x00\n", "binary content"),
        (b"\xff\xfei\x00d", None),
        (b"\xff\xfeid\x00", "UTF-16"),
        (b"nothing here\n", r"expected in votes.csv a header with 'id', 'vote'; found text that"),
        (b"\n\n", "blank text"),
    ],
)
def test_bad_files(content: bytes, message: str | None) -> None:
    with pytest.raises(SourceError, match=message):
        records(content)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"cannot open .*No such file"):
        open_source(tmp_path / "none.csv", SIGNATURE)
    with pytest.raises(SourceError, match="is a directory; name the file in it"):
        open_source(tmp_path, SIGNATURE)
    with pytest.raises(SourceError, match="got int"):
        open_source(3, SIGNATURE)  # type: ignore[arg-type]
    with pytest.raises(SourceError, match=r'open\(..., "rb"\)'):
        open_source(io.StringIO("id,vote\n"), SIGNATURE)  # type: ignore[arg-type]


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_open, "LARGEST", 1 << 22)
    bomb = gzip.compress(b"\x00" * (1 << 23))
    with pytest.raises(SourceError, match="holds more"):
        payload_of(bomb)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT, "ascii"),
        (b"\xef\xbb\xbf" + TEXT, "ascii"),
        (TEXT.replace(b"a", "ü".encode()), "utf-8"),
        (TEXT.replace(b"a", b"\xfc"), "cp1252"),
        (TEXT.replace(b"a", b"\x81"), "latin-1"),
        (TEXT.decode().encode("utf-16"), "utf-16"),
        (TEXT.replace(b"\n", b"\r\n"), "ascii"),
        (TEXT.replace(b"\n", b"\r"), "ascii"),
        (TEXT.replace(b",", b";"), "ascii"),
        (TEXT.replace(b",", b"\t"), "ascii"),
        (TEXT.replace(b"id,vote", b' ID , "Vote"'), "ascii"),
        (b"x\n\n" * 20 + TEXT, "ascii"),
    ],
)
def test_same_records_however_written(data: bytes, encoding: str) -> None:
    payload = payload_of(data)
    table, read, ledger = records(data)
    assert payload.text
    assert payload.encoding == encoding
    assert read == 2
    assert table["id"].tolist() == [1, 2]
    assert table["vote"].tolist() == [2, 3]
    assert ledger.frame().empty


def test_names_of_headings_without_or_with_the_same_name() -> None:
    table, _, _ = records("id,vote,,id,line\n1,2,3,4,5\n")
    assert list(table) == ["line", "id", "vote", "2", "id3", "line4"]


def test_broken_lines_are_rejected_with_their_reason() -> None:
    text = "id,vote,note\n1,2,a\n2,3\n\n3,1,b,c\nid,vote,note\n4,x,d\n,2,e\n5,1.5,f\n6,2,g\n"
    table, read, ledger = records(text)
    kept = need(table, ["id", "vote"], ledger)
    rejected = ledger.frame()
    assert read == 9
    assert kept["id"].tolist() == [1, 6]
    assert kept["line"].tolist() == [2, 10]
    assert len(kept) + len(rejected) == read
    assert list(zip(rejected["line"], rejected["reason"], rejected["text"], strict=True)) == [
        (3, "expected 3 fields, found 2", "2,3"),
        (4, "blank line", ""),
        (5, "expected 3 fields, found 4", "3,1,b,c"),
        (6, "header repeated", "id,vote,note"),
        (7, "vote is not a whole number", "4,x,d"),
        (8, "no id", ",2,e"),
        (9, "vote is not a whole number", "5,1.5,f"),
    ]


def test_quoted_fields_and_stray_quotes() -> None:
    table, read, ledger = records(
        'id,vote,note\n1,2,"a, b"\n2,3,"c\nd"\n3,1,say "e"\n4,1,"open\n5,2,f\n'
    )
    kept = need(table, ["id", "vote"], ledger)
    assert read == 5
    assert kept["note"].tolist() == ["a, b", "c\nd", 'say "e"', '"open', "f"]


@given(
    st.lists(
        st.tuples(
            st.integers(-999, 999),
            st.sampled_from(["1", "2", "", "x", "1,2", "3,", '"', '"a', '"b,c"', " ", "\r", "é"]),
        ),
        max_size=20,
    )
)
def test_accounts_always_close(lines: list[tuple[int, str]]) -> None:
    text = "id,vote\n" + "".join(f"{number},{rest}\n" for number, rest in lines)
    table, read, ledger = records(text)
    kept = need(table, ["id", "vote"], ledger)
    assert read == len(kept) + len(ledger.frame())
    if not any('"' in rest for _, rest in lines):
        assert read == len(lines)
    good = [number for number, rest in lines if rest in ("1", "2")]
    if not any('"' in rest for _, rest in lines):
        assert kept["id"].tolist() == good


def test_the_fast_and_the_careful_pass_agree() -> None:
    rows = "".join(f"{i},{i % 3 + 1},n{i}\n" for i in range(200))
    fast, _, _ = records("id,vote,note\n" + rows)
    careful, _, ledger = records("id,vote,note\n" + rows + "broken\n")
    pd.testing.assert_frame_equal(fast, careful, check_dtype=False)
    assert ledger.frame()["reason"].tolist() == ["expected 3 fields, found 1"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7), (" 7 ", 7), ("-7.5", -7.5), ("1,234", 1234), ("1,234,567.5", 1234567.5),
        ("1 234", 1234), ("1\u00a0234", 1234), ("-1,234", -1234), ("12,5", 12.5), ("6.5%", 6.5),
        ("1e3", 1000), ("", np.nan), ("...", np.nan), ("xxx", np.nan), ("1,23,4", np.nan),
        ("1_000", np.nan), ("nan", np.nan), ("inf", np.nan), ("1e999", np.nan), ("-", np.nan),
        ("٣", np.nan), (",", np.nan), ("1,,2", np.nan), ("--1", np.nan),
    ],
)  # fmt: skip
def test_numbers(text: str, value: float) -> None:
    np.testing.assert_equal(numbers(pd.Series([text], dtype=object))[0], value)


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        ("a,b", ["a", "b"]),
        ('"a,b",c', ["a,b", "c"]),
        ('"a ""b""",c', ['a "b"', "c"]),
        ('a "b",c', ['a "b"', "c"]),
        ('"a,b', ['"a,b']),
        ('"",x', ["", "x"]),
        (",", ["", ""]),
    ],
)
def test_fields(record: str, fields: list[str]) -> None:
    assert split_fields(record, ",") == fields


FACTS = {
    "reader": "test.read_votes", "layout": "csv", "title": "", "version": "", "citation": "",
    "licence": "", "url": "", "unit": "line",
}  # fmt: skip


def test_accounts_close_or_shout() -> None:
    payload, ledger = payload_of(TEXT), Ledger()
    ledger.add(4, "no vote", "x")
    frame = pd.DataFrame({"year": [1990, 1992]})
    info = close(frame, ledger, 3, payload, **FACTS)
    assert (info.first_year, info.last_year, info.rows_read) == (1990, 1992, 3)
    assert info.reasons == {"no vote": 1}
    with pytest.raises(AssertionError, match="4 records read, 2 kept, 1 rejected"):
        close(frame, ledger, 4, payload, **FACTS)
    with pytest.raises(SourceError, match=r"no usable record .*\(1 × no vote\)"):
        close(frame.iloc[:0], ledger, 1, payload, **FACTS)


VOTES_HEAD = "rcid,session,vote,ccode,date,unres\n"


def voeten(text: str) -> tuple[pd.DataFrame, SourceInfo]:
    return unga.read_voeten(io.BytesIO(text.encode()))


def test_a_short_line_among_quoted_ones_is_rejected() -> None:
    text = VOTES_HEAD + '3,68,1,365,1/1/2014,"R, 1"\n4,68,2,365,1/1/2014\n5,68,1,365,,x\n'
    table, info = voeten(text)
    assert table["rcid"].tolist() == [3, 5]
    assert info.rejected[["line", "reason"]].values.tolist() == [[3, "expected 6 fields, found 5"]]


def test_lines_are_counted_through_quoted_line_breaks() -> None:
    text = VOTES_HEAD + '3,68,1,365,1/1/2014,"R,\n1"\n4,68,7,365,1/1/2014,"R ""2"""\n'
    table, info = voeten(text)
    assert table["unres"].tolist() == ["R,\n1"]
    assert info.rejected["line"].tolist() == [4]


@pytest.mark.parametrize("surplus", [",", ",5"])
def test_a_long_record_where_a_piece_begins_is_rejected(surplus: str) -> None:
    rows = ["1,1,1"] * (2**18 + 20)
    broken = [2**17, 2**18 - 1, 2**18, 2**18 + 1]  # pandas reads 2**18 records of three at a time
    for at in broken:
        rows[at] += surplus
    table, read, ledger = records("id,vote,note\n" + "\n".join(rows) + "\n")
    assert (read, len(table)) == (len(rows), len(rows) - len(broken))
    assert ledger.frame()["line"].tolist() == [at + 2 for at in broken]


@pytest.mark.parametrize("late", ["x", "1.5", "TRUE", "9" * 20, ""])
@pytest.mark.parametrize("early", ["1", "1.5", "TRUE", "", "x"])
def test_a_column_that_changes_late_is_read_as_a_whole(early: str, late: str) -> None:
    rows = [f"1,1,{early},a"] * 2**17 + [f"1,1,{late},a"] * 10
    text = "id,vote,self,end\n" + "\n".join(rows) + "\n"
    table, _, _ = records(text)
    whole = pd.read_csv(
        io.StringIO(text), low_memory=False, keep_default_na=False, na_values=["", "NA", "NaN"]
    )
    pd.testing.assert_series_equal(table["self"], whole["self"])


def test_texts_that_look_like_something_else_stay_texts() -> None:
    for cells in (["TRUE", "", "FALSE"], ["9" * 20, "", "x"], ["1", "", "2"]):
        payload, ledger = payload_of("id,vote\n" + "".join(f"{c},1\n" for c in cells)), Ledger()
        header = find_header(payload, SIGNATURE)
        table, _ = read_records(payload, header, ledger, texts="id")
        assert table["id"].fillna("").tolist() == cells


def test_texts_that_look_like_numbers_stay_as_they_are() -> None:
    for rows in ("007,1\n1.50,2\n", "007,1\n1.50,2\nbroken\n"):  # the second by the careful pass
        payload, ledger = payload_of("id,vote\n" + rows), Ledger()
        header = find_header(payload, SIGNATURE)
        table, _ = read_records(payload, header, ledger, texts="id")
        assert table["id"].tolist() == ["007", "1.50"]
        assert table["vote"].tolist() == [1, 2]


def test_a_broken_key_is_shown_with_all_its_record() -> None:
    from alignindex.sources import atop

    head = "state,year,atopally,defense,offense,neutral,nonagg,consul,atopid1\n"
    text = head + "371,1995,1,1,0,0,1,1,1234\nXX,1995,1,1,0,0,1,1,99\n"
    table, info = atop.read_state_years(io.BytesIO(text.encode()))
    assert len(table) == 1
    assert info.rejected["text"].tolist() == ["XX,1995,1,1,0,0,1,1,99"]
