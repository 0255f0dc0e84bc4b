"""The records of a delimited text: whole ones, broken ones, and where each begins."""

from __future__ import annotations

import io

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignindex.sources.reading.common import Ledger, Signature, find_header, open_source
from alignindex.sources.reading.delimiters import LONGEST, Records, survey
from alignindex.sources.reading.records import read_records

SIGNATURE = Signature("test.read_votes", (("a",), ("b",)))


def one_record(text: str) -> tuple[list[str], int, bool]:
    """Slow twin of one record: letter by letter; fields, lines, and whether a quote is stray."""
    fields, at, lines, stray = [], 0, 1, False
    while True:
        cell, inside, begin, tail = "", text[at : at + 1] == '"', at, 0
        at += inside
        while at < len(text):
            letter = text[at]
            if inside and letter == '"':
                if text[at + 1 : at + 2] == '"':
                    cell, at = cell + '"', at + 2
                    continue
                inside, tail = False, 0
            elif not inside and letter in ",\n":
                break
            else:
                cell += letter
                tail += not inside
            at += 1
        if inside or (tail and text[begin] == '"' and "\n" in text[begin:at]):  # the quote is text
            stray, at = True, begin
            while at < len(text) and text[at] not in ",\n":
                at += 1
            cell = text[begin:at]
        fields.append(cell)
        if at >= len(text) or text[at] == "\n":
            return fields, text[:at].count("\n") + lines, stray
        at += 1


def all_records(text: str, wanted: int) -> tuple[list[tuple[int, list[str]]], list[int]]:
    """Slow twin of `survey`: line and fields of each whole record, and lines of broken ones."""
    lines = text.split("\n")
    lines = lines[:-1] if not lines[-1] else lines
    whole, broken, at = [], [], 0
    while at < len(lines):
        fields, used, _ = one_record("\n".join(lines[at : at + LONGEST]))
        if len(fields) == wanted:
            whole.append((at, fields))
            at += used
        else:
            broken.append(at)
            at += 1
    return whole, broken


def cells_of(found: Records, fields: int) -> list[list[str]]:
    data = found.data[found.start :]
    if not data:
        return []
    table = pd.read_csv(
        io.BytesIO(data), header=None, names=range(fields), dtype=str, keep_default_na=False,
        skip_blank_lines=False, lineterminator="\n", index_col=False,
    )  # fmt: skip
    return table.to_numpy().tolist()


@pytest.mark.parametrize(
    ("body", "lines", "broken"),
    [
        ("1,2,3\n4,5,6\n", [0, 1], []),
        ("1,2,3\n4,5,6", [0, 1], []),
        ('1,"a,b",3\n4,"c\nd",6\n7,,\n', [0, 1, 3], []),
        ('1,"a ""quoted"", b",3\n', [0], []),
        ('1,a 5" pipe,3\n4,0",6\n', [0, 1], []),
        ('1,"a" "b",3\n', [0], []),
        ('"","",""\n', [0], []),
        ("1,2\n3,4,5,6\n", [], [(0, 2), (1, 4)]),
        ("1,2,3\n4,5\n", [0], [(1, 2)]),
        ("1,2,3\n4,5,6,7\n", [0], [(1, 4)]),
        ('1,"2,3\n4,5,6\n', [0, 1], []),
        ("1,2,3\n\n", [0], [(1, 1)]),
        ("1,2,3\n4,5", [0], [(1, 2)]),
        ('1,"a\nb",3\nx\n4,"c\nd",6\n', [0, 3], [(2, 1)]),
        ('1,"a,b\n2,x,y\n3,"b",c\n', [0, 1, 2], []),
        ('9,"a\n2,x,y\n3,"b",c,d\n', [1], [(0, 2), (2, 4)]),
    ],
)
def test_records_end_where_they_do(
    body: str, lines: list[int], broken: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = ("head\n" + body).encode()
    for chunk in (1 << 20, 5, 3, 1):  # whatever piece a mark falls into
        monkeypatch.setattr("alignindex.sources.reading.delimiters._CHUNK", chunk)
        found = survey(data, 5, ",", 3)
        assert found.lines.tolist() == lines
        assert [(line, fields) for line, fields, _ in found.broken] == broken
        assert cells_of(found, 3) == [fields for _, fields in all_records(body, 3)[0]]


CELLS = ["", "1", "x", '"y"', '"', '"a', 'b"', "NA", '"c,d"', '"e\nf"', '""', '"g"h', "é"]
RECORDS = st.lists(
    st.lists(st.sampled_from(CELLS), max_size=4)
    | st.tuples(*[st.sampled_from(["1", "x", "", '"c,d"', "9" * 20])] * 3),
    min_size=1,
    max_size=7,
)


@settings(max_examples=500)
@given(records=RECORDS, end=st.sampled_from(["", "\n"]))
def test_the_survey_is_its_slow_twin(records: list[tuple[str, ...]], end: str) -> None:
    text = "\n".join(map(",".join, records)) + end
    found = survey(text.encode(), 0, ",", 3)
    whole, broken = all_records(text, 3)
    assert found.lines.tolist() == [line for line, _ in whole]
    assert [line for line, _, _ in found.broken] == broken
    assert cells_of(found, 3) == [fields for _, fields in whole]


@pytest.mark.slow
@settings(max_examples=300)
@given(
    records=RECORDS,
    end=st.sampled_from(["", "\n"]),
    used=st.sampled_from([".*", "a|c", "a"]),
)
def test_readers_read_what_the_twin_finds(
    records: list[tuple[str, ...]], end: str, used: str
) -> None:
    text = "\n".join(map(",".join, records)) + end
    payload = open_source(io.BytesIO(f"a,b,c\n{text}".encode()), SIGNATURE)
    ledger = Ledger()
    header = find_header(payload, SIGNATURE)
    table, read = read_records(payload, header, ledger, used=used, texts=".*")
    whole, broken = all_records(text, 3)
    assert table["line"].tolist() == [line + 2 for line, _ in whole]
    assert table["a"].fillna("").tolist() == [
        "" if fields[0] == "NA" else fields[0] for _, fields in whole
    ]
    assert ledger.frame()["line"].tolist() == [line + 2 for line in broken]
    assert read == len(whole) + len(broken)


def test_a_stray_quote_swallows_no_more_than_fifty_lines() -> None:
    rows = [f"{i},x,y" for i in range(200)]
    rows[3], rows[150] = '3,"x,y', '150,x",y'
    found = survey("\n".join(rows).encode(), 0, ",", 3)
    assert found.lines.tolist() == list(range(200))
    assert found.stray == (3,)
    rows[30] = '30,x",y'  # within fifty lines it closes the field of line 3
    found = survey("\n".join(rows).encode(), 0, ",", 3)
    assert found.lines.tolist() == [*range(4), *range(31, 200)]


@pytest.mark.parametrize("kind", ["short", "long", "blank", "quote"])
def test_one_broken_record_leaves_the_others_as_they_were(kind: str) -> None:
    rows = [f"{i},{i % 3 + 1},n{i}" for i in range(5_000)]
    clean = "a,b,c\n" + "\n".join(rows) + "\n"
    odd = {"short": "7", "long": "1,2,3,4", "blank": "", "quote": '7,"x'}[kind]
    rows.insert(2_500, odd)
    tables = []
    for text in (clean, "a,b,c\n" + "\n".join(rows) + "\n"):
        payload, ledger = open_source(io.BytesIO(text.encode()), SIGNATURE), Ledger()
        table, read = read_records(payload, find_header(payload, SIGNATURE), ledger)
        assert read == len(table) + len(ledger)
        tables.append(table)
    assert tables[1]["line"].tolist() == [*range(2, 2_502), *range(2_503, 5_003)]
    pd.testing.assert_frame_equal(
        tables[0].drop(columns="line"), tables[1].drop(columns="line"), check_exact=True
    )
    assert ledger.frame()["line"].tolist() == [2_502]


@pytest.mark.parametrize(
    ("body", "lines", "cells"),
    [
        ('1,"2,3\n4,5,"6"\n', [0, 1], [["1", '"2', "3"], ["4", "5", '"6"']]),
        ('1,"2,3",4\n', [0], [["1", "2,3", "4"]]),
        ('1,"2\n",3\n', [0], [["1", "2\n", "3"]]),
    ],
)
def test_records_that_take_quotes_as_text_and_come_in_pieces(
    body: str, lines: list[int], cells: list[list[str]]
) -> None:
    found = survey(body.encode(), 0, ",", 3, literal=True, pieces=5)
    assert found.lines.tolist() == lines
    assert cells_of(found, 3) == cells
