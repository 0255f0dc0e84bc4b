"""Treaty obligations by directed dyad and by state."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from alignindex import build_panel, indicators
from alignindex.base.errors import SourceError
from alignindex.sources import atop
from alignindex.sources.reading.common import SourceInfo
from benchmarks.studies import fuzz_seeds as invented

Read = tuple[pd.DataFrame, SourceInfo]


def read(reader: Callable[..., Read], text: str) -> Read:
    table, info = reader(io.BytesIO(text.encode()))
    assert info.rows_read == len(table) + len(info.rejected)
    return table, info


def test_promises_have_a_direction() -> None:
    table, info = read(atop.read_directed_dyads, invented.DIRECTED)
    assert table[["state", "partner", "year"]].values.tolist() == [
        ["ARM", "RUS", 1995], ["RUS", "ARM", 1995], ["RUS", "ARM", 1997], ["FRA", "SUN", 1935],
    ]  # fmt: skip
    assert table.loc[3, "defense":"consultation"].tolist() == [1, 0, 1, 0, 0]
    assert info.layout == "ATOP directed dyad-years"


def test_the_number_of_the_dyad_alone_suffices() -> None:
    whole, _ = read(atop.read_directed_dyads, invented.DIRECTED)
    lines = [",".join(line.split(",")[:9]) for line in invented.DIRECTED.split("\n")]
    table, _ = read(atop.read_directed_dyads, "\n".join(lines))
    pd.testing.assert_frame_equal(table, whole)


def test_the_export_from_r_reads_the_same() -> None:
    table, info = read(atop.read_directed_dyads, invented.R_DYADS)
    whole, _ = read(atop.read_directed_dyads, invented.DIRECTED)
    pd.testing.assert_frame_equal(table, whole[:2])
    assert info.layout == "dyads of COW codes"


def test_states_and_their_obligations() -> None:
    table, info = read(atop.read_state_years, invented.STATE_YEARS)
    assert table["state"].tolist() == ["ARM", "ARM", "RUS"]
    assert table["alliances"].tolist() == [2, 1, 2]
    assert table["transition"].tolist() == [1, 0, 0]
    assert info.notes == ("2 columns with numbers of alliances (atopid) are not read",)
    assert info.version == "5.1"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("371366,1996,1,1,0,0,1,1,1234,371,365,5.1", "ddyad is not stateA and stateB"),
        ("371371,1996,1,1,0,0,1,1,1234,371,371,5.1", "allied to itself"),
        ("371365,1995,1,0,0,0,1,1,1234,371,365,5.1", "contradicts an earlier record"),
        ("371365,1995,1,1,0,0,1,1,1234,371,365,5.1", "repeats an earlier record"),
        ("371365,,1,1,0,0,1,1,1234,371,365,5.1", "no year"),
    ],
)
def test_broken_records_are_rejected_with_a_reason(record: str, reason: str) -> None:
    whole, _ = read(atop.read_directed_dyads, invented.DIRECTED)
    table, info = read(atop.read_directed_dyads, f"{invented.DIRECTED}{record}\n")
    assert len(info.rejected) == 1
    assert reason in info.rejected.loc[0, "reason"]
    pd.testing.assert_frame_equal(table, whole)


def test_a_flag_that_is_none_is_unknown_and_noted() -> None:
    text = invented.STATE_YEARS.replace("371,1996,1,1,0", "371,1996,1,4,-9")
    table, info = read(atop.read_state_years, text)
    assert math.isnan(table.loc[1, "defense"])
    assert math.isnan(table.loc[1, "offense"])
    assert "defense: 1 cells are not one of [0, 1] and are missing: 4" in info.notes


def test_wrong_files() -> None:
    with pytest.raises(SourceError, match=r"sources\.atop\.read_state_years"):
        read(atop.read_directed_dyads, invented.STATE_YEARS)
    with pytest.raises(SourceError, match=r"sources\.atop\.read_directed_dyads"):
        read(atop.read_state_years, invented.R_DYADS)
    with pytest.raises(SourceError, match="both ends of each dyad"):
        read(atop.read_directed_dyads, "ccode1,year,offense,nonagg,consul\n371,1995,0,0,0\n")


@pytest.mark.real
def test_published_state_years(sources: Path) -> None:
    table, info = atop.read_state_years(sources / "atop" / "atop5_1sy.csv")
    assert (len(table), len(info.rejected)) == (11_921, 2)
    assert (info.version, info.first_year, info.last_year) == ("5.1", 1815, 2018)
    assert table["defense"].sum() == 8_918
    assert table["alliances"].max() == 59


@pytest.mark.real
def test_published_dyads(sources: Path) -> None:
    table, info = atop.read_directed_dyads(sources / "atop" / "peacesciencer_atop_alliance.csv")
    assert (len(table), info.last_year) == (11_636, 2018)
    span = range(1992, 2020)
    parts = indicators.obligations(table, coverage=(1990, 2018), kinds=["defense"])
    panel = build_panel(
        states=["AZE", "UZB", "EST"], partners=["RUS"], years=span, indicators=parts
    )["atop_defense"]
    # Obligation is what treaties say, not who belongs to an organisation.
    assert panel.loc[("AZE", "RUS", 2018)] == 1
    assert panel.loc[("UZB", "RUS", 2018)] == 1
    assert panel.loc[("EST", "RUS", 2018)] == 0
    assert panel.xs(2019, level="year").isna().all()
