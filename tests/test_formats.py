"""Tables as bytes: every number in full, in every format."""

from __future__ import annotations

import json
from io import BytesIO, StringIO
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignindex.base.errors import OutputError
from alignindex.base.files import encode
from alignindex.data import load_panel
from alignindex.scoring.result import score

NUMBERS = st.lists(st.floats(allow_infinity=False), min_size=1, max_size=10)


def table_of(values: list[float]) -> pd.DataFrame:
    keys = [("ARM", "Côte d'Ivoire", 1992 + k) for k in range(len(values))]
    index = pd.MultiIndex.from_tuples(keys, names=["state", "partner", "year"])
    return pd.DataFrame({"score": values, "n": range(len(values))}, index=index)


@given(NUMBERS)
def test_json_keeps_every_bit_and_gives_null_for_missing(values: list[float]) -> None:
    records = json.loads(encode(table_of(values), "json"))
    assert [record["partner"] for record in records] == ["Côte d'Ivoire"] * len(values)
    assert [record["year"] for record in records] == list(range(1992, 1992 + len(values)))
    for record, value in zip(records, values, strict=True):
        assert record["score"] is None if value != value else record["score"] == value


@given(NUMBERS)
def test_csv_keeps_every_bit_and_leaves_missing_empty(values: list[float]) -> None:
    back = pd.read_csv(StringIO(encode(table_of(values), "csv").decode()), dtype=str)
    for cell, value in zip(back["score"], values, strict=True):
        assert pd.isna(cell) if value != value else float(cell) == value


@given(NUMBERS)
def test_parquet_gives_the_table_back(values: list[float]) -> None:
    pytest.importorskip("pyarrow")
    table = table_of(values)
    back = pd.read_parquet(BytesIO(encode(table, "parquet")))
    pd.testing.assert_frame_equal(back, table, check_exact=True, check_index_type=False)


def test_an_empty_table_is_an_empty_list() -> None:
    table = table_of([0.5]).iloc[:0]
    assert json.loads(encode(table, "json")) == []
    assert encode(table, "csv") == b"state,partner,year,score,n\n"


def test_an_unknown_format_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    result = score(load_panel("post_soviet").loc[["ARM"]], "erkomaishvili2019")
    with pytest.raises(OutputError, match=r"got 'jsn' \(did you mean"):
        result.save(tmp_path / "out", format="jsn")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
