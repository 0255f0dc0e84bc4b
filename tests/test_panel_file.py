"""Reading the file of a panel: nothing coerced, every row placed, every misshape named."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignindex.base.errors import ExtraError, PanelError
from alignindex.panel.file import read_table


def table_of(tmp_path: Path, content: str | bytes, name: str = "panel.csv", **options):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, **options)


def test_only_an_empty_cell_is_missing(tmp_path: Path) -> None:
    frame = table_of(tmp_path, "state,word,number\nARM,NA,1.5\nnull,,\n").frame
    assert frame["state"].tolist() == ["ARM", "null"]
    assert frame["word"].isna().tolist() == [False, True]
    assert frame["word"][0] == "NA"
    assert frame["number"].isna().tolist() == [False, True]


def test_columns_of_text_keep_their_zeros(tmp_path: Path) -> None:
    table = table_of(tmp_path, "state,x\n002,003\n020,004\n", text={"state"})
    assert table.frame["state"].tolist() == ["002", "020"]
    assert table.frame["x"].tolist() == [3, 4]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_numbers_are_read_to_the_last_bit(values: list[float]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        table = table_of(Path(folder), "a,b\n" + "".join(f"x,{v!r}\n" for v in values))
    assert table.frame["b"].to_numpy(dtype=float).tobytes() == np.array(values).tobytes()


def test_rows_are_named_by_the_line_they_begin_in(tmp_path: Path) -> None:
    table = table_of(tmp_path, 'a,b\n1,"two\nlines"\n\n3,x\n')
    assert table.place.tolist() == [2, 5]
    assert table.unit == "line"
    assert table.at([1], ["'x'"]) == "line 5: 'x'"


def test_byte_order_mark_and_windows_lines_are_no_trouble(tmp_path: Path) -> None:
    table = table_of(tmp_path, b"\xef\xbb\xbfstate,x\r\nARM,1\r\n")
    assert table.frame.columns.tolist() == ["state", "x"]
    assert table.frame.values.tolist() == [["ARM", 1]]
    assert not table.problems


def test_rows_too_long_or_too_short_are_problems_and_the_rest_is_kept(tmp_path: Path) -> None:
    table = table_of(tmp_path, "a,b\n1,2\n3\n4,5,6\n7,8\n")
    assert table.problems == (
        "every row must have the 2 fields of the header; got line 3: 1 fields; line 4: 3 fields. "
        "Quote a cell that holds a comma",
    )
    assert table.frame.values.tolist() == [[1, 2], [7, 8]]
    assert table.place.tolist() == [2, 5]


def test_columns_of_one_name_and_of_none_are_problems(tmp_path: Path) -> None:
    table = table_of(tmp_path, "a,a,b,\n1,2,3,4\n")
    first, second = table.problems
    assert first.startswith("column names must be unique; there more than once: 'a'.")
    assert second == "every column needs a name; without one: column 4"
    assert table.frame["a"].tolist() == [1]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("p.csv", b"", "p.csv is empty: expected a header"),
        ("p.csv", b"\n \n", "p.csv is empty: expected a header"),
        ("p.csv", b"\xef\xbb\xbf", "p.csv is empty: expected a header"),
        ("p.csv", b"a,b\n1,2\n3,caf\xe9\n", "not UTF-8 text: byte 0xe9 in line 3; save it as CSV"),
        ("p.csv", "a,b\n1,2\n".encode("utf-16"), "is UTF-16 text; save it as CSV UTF-8"),
        ("p.csv", b"PK\x03\x04rest", "is a ZIP or Excel file, not a CSV"),
        ("p.csv", b"state;partner;year\nARM;RUS;2013\n", "is separated by semicolons"),
        ("p.csv", b"state\tpartner\tyear\n", "is separated by tabs"),
        (
            "p.csv",
            b'a,b\n1,"open\n2,3\n',
            "p.csv is not a CSV file: line 2: a quote is not closed",
        ),
        ("p.parquet", b"state,partner,year\n", "p.parquet is not a readable Parquet file"),
        (
            "p.xlsx",
            b"PK\x03\x04rest",
            "with the ending .csv or .parquet, got .xlsx",
        ),
        ("panel", b"a,b\n", "expected a panel with the ending .csv or .parquet, got none"),
    ],
)
def test_a_file_that_is_no_table(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    with pytest.raises(PanelError) as caught:
        table_of(tmp_path, content, name)
    assert message in str(caught.value)
    assert str(tmp_path / name) in str(caught.value)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(PanelError, match=r"none\.csv' cannot be read: No such file or directory"):
        read_table(tmp_path / "none.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(PanelError, match=r"folder\.csv' cannot be read: Is a directory"):
        read_table(tmp_path / "folder.csv")


def test_parquet_with_keys_as_columns_or_as_index(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    flat = pd.DataFrame({"state": ["ARM"], "partner": ["RUS"], "year": [2013], "x": [0.1]})
    flat.to_parquet(tmp_path / "flat.parquet")
    flat.set_index(["state", "partner", "year"]).to_parquet(tmp_path / "keyed.parquet")
    for name in ("flat", "keyed"):
        table = read_table(tmp_path / f"{name}.parquet")
        assert table.frame.columns.tolist() == ["state", "partner", "year", "x"]
        assert table.frame.iloc[0].tolist() == ["ARM", "RUS", 2013, 0.1]
        assert table.at([0]) == "row 1"


def test_parquet_without_pyarrow_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name == "pyarrow" else found(name, *a)
    )
    (tmp_path / "p.parquet").write_bytes(b"PAR1")
    with pytest.raises(ExtraError, match=r'pip install "alignindex\[io\]"'):
        read_table(tmp_path / "p.parquet")
