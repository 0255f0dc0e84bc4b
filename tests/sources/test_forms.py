"""Every reader takes every form of its file, and says which reader fits another's."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from alignindex.errors import SourceError
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
    assert info.rows_read == len(expected) + len(info.set_aside)
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
            with pytest.raises(SourceError, match=rf"it looks like a file for sources\.{other}"):
                reader(io.BytesIO(CASES[other][1]))
