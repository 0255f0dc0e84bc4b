"""Every reader takes every form of its file, and says which reader fits another's."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from alignindex.base.errors import SourceError
from benchmarks.studies import fuzz_workbooks as books
from benchmarks.studies.fuzz_readers import READERS, seeds

CASES: dict[str, tuple[Callable[[Any], Any], bytes]] = {
    **{name: (reader, seeds(name, None)[0]) for name, (reader, _) in READERS.items()},
    **{name: (reader, make()) for name, (reader, make) in books.READERS.items()},
}


@pytest.mark.parametrize("name", CASES)
def test_forms(name: str, tmp_path: Path) -> None:
    reader, data = CASES[name]
    bare, packed, archive = (tmp_path / f"file.{end}" for end in ("csv", "gz", "zip"))
    bare.write_bytes(data)
    packed.write_bytes(gzip.compress(data))
    with zipfile.ZipFile(archive, "w") as book:
        book.writestr("inner.csv", data)
    expected, info = reader(io.BytesIO(data))
    assert info.rows_read == len(expected) + len(info.rejected)
    for source in (str(bare), bare, packed, archive):
        pd.testing.assert_frame_equal(reader(source)[0], expected)
    for path in (bare, packed):
        with path.open("rb") as file:
            pd.testing.assert_frame_equal(reader(file)[0], expected)


@pytest.mark.parametrize("name", CASES)
def test_a_file_of_another_reader(name: str) -> None:
    reader = CASES[name][0]
    own = name.split(":")[0]
    for other in ("sipri.read_trade_register", "cow.read_nmc", "troops.read_bases"):
        if other != own:
            with pytest.raises(SourceError, match=rf"looks like .*sources\.{other}"):
                reader(io.BytesIO(CASES[other][1]))


CLEAN = {
    "cow.read_nmc": "ccode,year,milex,milper,cinc\n2,1990,5,7,0.25\n365,1980,-9,9,0.5\n",
    "unga.read_voeten": (
        "rcid,session,vote,ccode,date,unres,me\n1,68,1,2,2014-03-27,R/1,0\n1,68,3,365,2014-03-27,R/1,\n"
    ),
    "unga.read_undl": (
        "undl_id,ms_code,ms_name,ms_vote,date,title\n1,UKR,UKRAINE,Y,2014-03-27,a\n"
        "1,RUS,RUSSIAN FEDERATION,N,2014-03-27,a\n"
    ),
    "troops.read_troopdata": (
        "countryname,year,ccode,troops_ad,army_ad\nTurkey,2019,640,9,1\nJapan,2019,740,8,\n"
    ),
}


@pytest.mark.parametrize("name", CLEAN)
@pytest.mark.parametrize("kind", ["plain", "categories", "nullable", "narrow"])
def test_parquet_gives_what_text_gives(name: str, kind: str) -> None:
    pytest.importorskip("pyarrow")
    reader = READERS[name][0]
    table = pd.read_csv(io.StringIO(CLEAN[name]))
    if kind == "categories":
        table = table.astype(dict.fromkeys(table.columns, "category"))
    elif kind == "nullable":
        table = table.convert_dtypes()
    elif kind == "narrow":
        table = table.astype({c: "int16" for c in table.columns if table[c].dtype == "int64"})
    out = io.BytesIO()
    table.to_parquet(out)
    expected, info = reader(io.BytesIO(CLEAN[name].encode()))
    found, account = reader(io.BytesIO(out.getvalue()))
    pd.testing.assert_frame_equal(found, expected)
    assert account.rows_read == info.rows_read


def test_a_missing_code_in_nullable_parquet_is_rejected() -> None:
    pytest.importorskip("pyarrow")
    table = pd.read_csv(io.StringIO(CLEAN["cow.read_nmc"])).convert_dtypes()
    table.loc[0, "ccode"] = pd.NA
    out = io.BytesIO()
    table.to_parquet(out)
    found, info = READERS["cow.read_nmc"][0](io.BytesIO(out.getvalue()))
    assert found["state"].tolist() == ["SUN"]
    assert info.reasons == {"no ccode": 1}


def test_flags_from_nullable_truth_values() -> None:
    pytest.importorskip("pyarrow")
    table = pd.read_csv(io.StringIO(CLEAN["unga.read_voeten"]))
    for flags, expected in (([True, pd.NA], [1.0, float("nan")]), ([True, False], [1.0, 0.0])):
        out = io.BytesIO()
        table.assign(me=pd.array(flags, dtype="boolean")).to_parquet(out)
        found, _ = READERS["unga.read_voeten"][0](io.BytesIO(out.getvalue()))
        assert str(found["me"].tolist()) == str(expected)


SHEETS = [name for name in books.READERS if name.endswith("xlsx")]


@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.parametrize("row", [3, 1_048_576])
def test_a_cell_far_away_costs_nothing(name: str, row: int) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    reader, make = books.READERS[name]
    expected, _ = reader(io.BytesIO(make()))
    book = openpyxl.load_workbook(io.BytesIO(make()))
    book.worksheets[0].cell(row, 16_384).value = "x"
    out = io.BytesIO()
    book.save(out)
    if row == 3:
        pd.testing.assert_frame_equal(reader(io.BytesIO(out.getvalue()))[0], expected)
    else:
        with pytest.raises(SourceError, match=r"at most 100000 rows .* below"):
            reader(io.BytesIO(out.getvalue()))


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_that_lies_about_its_size_is_read_whole(name: str) -> None:
    reader, make = books.READERS[name]
    expected, info = reader(io.BytesIO(make()))
    out = io.BytesIO()
    forged = 0
    with zipfile.ZipFile(io.BytesIO(make())) as given, zipfile.ZipFile(out, "w") as made:
        for part in given.namelist():
            text = given.read(part)
            if part.startswith("xl/worksheets/"):
                text, n = re.subn(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:B2"', text)
                forged += n
            made.writestr(part, text)
    assert forged
    found, account = reader(io.BytesIO(out.getvalue()))
    pd.testing.assert_frame_equal(found, expected)
    assert account.rows_read == info.rows_read
