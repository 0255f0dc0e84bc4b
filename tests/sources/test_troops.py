"""US forces abroad by host and year, and sites."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from alignindex import build_panel, indicators
from alignindex.base.errors import SourceError
from alignindex.sources import troops
from alignindex.sources.reading.common import SourceInfo
from benchmarks.studies import fuzz_seeds as invented

Read = tuple[pd.DataFrame, SourceInfo]


def read(reader: Callable[..., Read], text: str | bytes) -> Read:
    table, info = reader(io.BytesIO(text.encode() if isinstance(text, str) else text))
    assert info.rows_read == len(table) + len(info.rejected)
    return table, info


def test_hosts_under_two_names_keep_both_rows() -> None:
    table, info = read(troops.read_troopdata, invented.TROOPS)
    assert table["state"].tolist()[1:] == ["TUR", "CZE", "CZE"]
    assert pd.isna(table.loc[0, "state"])  # Aden: a colony, no declared actor
    assert table["troops"].tolist() == [0, 1714, 17, 0]
    assert math.isnan(table.loc[3, "marine_corps"])  # −1 in the file
    assert table["civilian"].tolist() == [0, 300, 0, 0]
    joined = " | ".join(info.notes)
    assert "1 hosts stand in a year under a second name" in joined
    assert "not a declared actor, and so no actor code: 1029" in joined
    assert "marine_corps_ad: 1 cells are not at least 0" in joined


def test_older_releases() -> None:
    text = "countryname,ccode,iso3c,region,year,troops,army,navy,air_force,marine_corps\n"
    table, info = read(troops.read_troopdata, f"{text}Turkey,640,TUR,Europe,2000,2000,1,2,3,4\n")
    assert table.loc[0, ["state", "troops", "army"]].tolist() == ["TUR", 2000, 1]
    assert info.layout == "troops by service"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("Turkey,2019,640,TUR,Europe,1714,149,10,1500,55,300", "repeats an earlier record"),
        ("Turkey,2019,640,TUR,Europe,1,149,10,1500,55,300", "contradicts an earlier record"),
        ("Turkey,,640,TUR,Europe,1,149,10,1500,55,300", "no year"),
        ("Turkey,2020", "fields, found 2"),
    ],
)
def test_broken_records_are_rejected_with_a_reason(record: str, reason: str) -> None:
    whole, _ = read(troops.read_troopdata, invented.TROOPS)
    table, info = read(troops.read_troopdata, f"{invented.TROOPS}{record}\n")
    assert len(info.rejected) == 1
    assert reason in info.rejected.loc[0, "reason"]
    pd.testing.assert_frame_equal(table, whole, check_dtype=False)


def test_sites_have_no_years() -> None:
    table, info = read(troops.read_bases, invented.BASES.encode("latin-1"))
    assert table["state"].tolist() == ["TUR", "CHL", "XKX"]
    assert table["site"].tolist()[:2] == ["Somewhere AB, Adana", "Concón"]
    assert (info.first_year, info.last_year, info.encoding) == (None, None, "cp1252")
    with pytest.raises(ValueError, match=r"has no years.*coverage=\(first, last\)"):
        indicators.troops(table.assign(year=2000, troops=1), coverage=info)


def test_wrong_files() -> None:
    with pytest.raises(SourceError, match=r"sources\.troops\.read_bases: use that"):
        read(troops.read_troopdata, invented.BASES)
    with pytest.raises(SourceError, match=r"sources\.troops\.read_troopdata"):
        read(troops.read_bases, invented.TROOPS)


@pytest.mark.real
def test_published_troops(sources: Path) -> None:
    path = sources / "troopdata" / "troopdata-rebuild-country-year.csv"
    table, info = troops.read_troopdata(path)
    assert (len(table), len(info.rejected)) == (13_134, 1)
    assert (info.first_year, info.last_year) == (1950, 2024)
    assert any(note.startswith("29 hosts stand in a year") for note in info.notes)
    panel = build_panel(
        states=["CZE"], partners=["USA"], years=[2013, 2024, 2025],
        indicators=[indicators.troops(table, coverage=info)],
    )["troops"]  # fmt: skip
    assert panel.tolist()[:2] == [17, 16]  # Czechia 17 and Czech Republic 0; 16 and 0
    assert math.isnan(panel.tolist()[2])


@pytest.mark.real
def test_published_sites(sources: Path) -> None:
    table, info = troops.read_bases(sources / "troopdata" / "basedata.csv")
    assert info.rows_read == 414
    assert info.reasons == {"repeats an earlier record": 1}
    assert table["state"].notna().all()
