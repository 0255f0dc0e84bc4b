"""Alliances, states and capabilities of the Correlates of War."""

from __future__ import annotations

import gzip
import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from alignindex import states
from alignindex.base.errors import SourceError
from alignindex.sources import cow
from alignindex.sources.reading.common import SourceInfo
from benchmarks.studies import fuzz_seeds as invented

Read = tuple[pd.DataFrame, SourceInfo]


def read(reader: Callable[..., Read], text: str | bytes, **options: Any) -> Read:
    data = text.encode() if isinstance(text, str) else text
    table, info = reader(io.BytesIO(data), **options)
    assert info.rows_read == len(table) + len(info.rejected)
    return table, info


def test_alliances_keep_every_treaty_and_rank_it() -> None:
    table, info = read(cow.read_alliances, invented.ALLIANCES)
    own = table[(table["state"] == "ARM") & (table["year"] == 1995)]
    assert own["partner"].tolist() == ["RUS", "RUS"]
    assert own["alliance"].tolist() == [1, 2]
    assert own["strength"].tolist() == [3, 1]
    germany = table[table["ccode1"] == 260]
    assert germany["state"].tolist() == ["DEU"]
    assert germany["strength"].tolist() == [2]
    assert info.layout == "directed dyad-years"
    assert (info.version, info.first_year, info.last_year) == ("4.1", 1980, 1995)


def test_a_file_with_each_dyad_once_says_so() -> None:
    once = [line for i, line in enumerate(invented.ALLIANCES.split("\n")) if i % 2 == 1 or not i]
    _, info = read(cow.read_alliances, "\n".join(once))
    assert info.layout == "dyad-years, each once"


@pytest.mark.parametrize(
    ("flags", "strength"),
    [
        ("1,,,", 3), ("0,1,0,0", 2), ("0,0,1,1", 2), ("0,0,0,1", 1), ("0,0,0,0", 0),
        (",1,1,1", math.nan), ("0,,0,1", math.nan), ("0,0,-9,1", math.nan), ("0,0,0,", math.nan),
        ("0,1,,", 2), ("7,1,1,1", math.nan),
    ],
)  # fmt: skip
def test_an_unknown_kind_leaves_the_strength_unknown_if_it_could_raise_it(
    flags: str, strength: float
) -> None:
    text = "ccode1,ccode2,year,defense,neutrality,nonaggression,entente\n"
    table, info = read(cow.read_alliances, f"{text}371,365,1995,{flags}\n")
    found = table["strength"].tolist()[0]
    assert found == strength or (math.isnan(found) and math.isnan(strength))
    assert bool(info.notes) == flags.startswith("7")


def test_the_code_365_changes_hands() -> None:
    table, _ = read(cow.read_nmc, invented.NMC)
    assert table["state"].tolist() == ["ARM", "SUN", "RUS", "DDR"]


def test_minus_nine_is_unknown() -> None:
    table, info = read(cow.read_nmc, invented.NMC)
    assert math.isnan(table.loc[0, "milex"])
    assert math.isnan(table.loc[2, "upop"])
    assert table.loc[1, "tpop"] == 265000.5
    assert info.notes == ()  # −9 is no surprise
    assert info.version == "2021"


def test_state_spells_and_country_codes() -> None:
    table, info = read(cow.read_states, invented.STATES)
    assert info.layout == "state system membership"
    assert table["state"].tolist() == ["ARM", "CUB", "CUB", "DDR"]
    assert table.loc[1, ["start", "end"]].tolist() == ["1902-05-20", "1906-09-25"]
    assert (info.first_year, info.last_year) == (1902, 2016)
    table, info = read(cow.read_states, invented.COUNTRY_CODES)
    assert info.layout == "country codes"
    assert info.reasons == {"repeats an earlier record": 1}
    assert table["state"].tolist() == ["ARM", "CUB", "RUS"]
    assert table[["start", "end"]].isna().all(axis=None)


BAD_RECORDS = [
    (cow.read_nmc, invented.NMC, "ARM,371,1992,1,1,1,1,1,1,1,2021", "contradicts an earlier"),
    (cow.read_nmc, invented.NMC, "GDR,265,1988,14000,-9,8000,130000,16600,3000,0.012,2021",
     "repeats an earlier record"),
    (cow.read_nmc, invented.NMC, invented.NMC.split("\n")[0], "header repeated"),
    (cow.read_nmc, invented.NMC, "ARM,371,19x2,1,1,1,1,1,1,1,2021", "year is not a whole number"),
    (cow.read_nmc, invented.NMC, "ARM,,1993,1,1,1,1,1,1,1,2021", "no ccode"),
    (cow.read_nmc, invented.NMC, "ARM,371,19930,1,1,1,1,1,1,1,2021", "year is not from 1815"),
    (cow.read_nmc, invented.NMC, "ARM,371,1993", "expected 11 fields, found 3"),
    (cow.read_nmc, invented.NMC, "", "blank line"),
    (cow.read_alliances, invented.ALLIANCES,
     "9,371,Armenia,371,Armenia,1995,,0,1,1,0,1,1,1995,4.1", "allied to itself"),
    (cow.read_states, invented.STATES, "XXX,371,Armenia,1991,2,30,2016,12,31,2016,,,,,,,,,,,",
     "no such date"),
    (cow.read_states, invented.STATES, "XXX,371,Armenia,2016,2,3,1991,12,31,2016,,,,,,,,,,,",
     "ends before it begins"),
]  # fmt: skip


@pytest.mark.parametrize(("reader", "text", "record", "reason"), BAD_RECORDS)
def test_broken_records_are_rejected_with_a_reason(
    reader: Callable[..., Read], text: str, record: str, reason: str
) -> None:
    whole, _ = read(reader, text)
    table, info = read(reader, f"{text}{record}\n")
    assert len(info.rejected) == 1
    assert reason in info.rejected.loc[0, "reason"]
    assert info.rejected.loc[0, "line"] == text.count("\n") + 1
    pd.testing.assert_frame_equal(table, whole, check_dtype=False)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: text.replace(b",", b";"),
        lambda text: text.replace(b",", b"\t"),
        lambda text: text.decode().encode("utf-16"),
        gzip.compress,
        lambda text: text.replace(b"ccode", b" CCODE ", 1),
        lambda text: text.replace(b"148000", b'"148,000"'),
        lambda text: b"\n".join(b",".join(reversed(line.split(b","))) for line in text.split(b"\n"))
        if b"3" in text else text,
        lambda text: b"\n".join(line + b",9" if line else b"" for line in text.split(b"\n")),
    ],
)  # fmt: skip
def test_the_same_however_it_is_written(change: Callable[[bytes], bytes]) -> None:
    plain, _ = read(cow.read_nmc, invented.NMC)
    table, info = read(cow.read_nmc, change(invented.NMC.encode()))
    pd.testing.assert_frame_equal(table, plain)
    assert info.rejected.empty


@pytest.mark.parametrize(
    ("reader", "text", "fitting"),
    [
        (cow.read_nmc, invented.ALLIANCES, "sources.cow.read_alliances"),
        (cow.read_nmc, invented.STATE_YEARS, "sources.atop.read_state_years"),
        (cow.read_alliances, invented.R_DYADS, "sources.atop.read_directed_dyads"),
        (cow.read_alliances, invented.MME, "sources.exercises.read_mme"),
        (cow.read_states, invented.NMC, "sources.cow.read_nmc"),
        (cow.read_states, invented.TROOPS, "sources.troops.read_troopdata"),
    ],
)
def test_a_wrong_file_names_the_reader_that_fits(
    reader: Callable[..., Read], text: str, fitting: str
) -> None:
    with pytest.raises(SourceError, match=f"looks like a file for {fitting}"):
        read(reader, text)


def test_nothing_usable_is_an_error() -> None:
    head = invented.NMC.split("\n")[0]
    with pytest.raises(SourceError, match="no usable record"):
        read(cow.read_nmc, f"{head}\n")
    with pytest.raises(SourceError, match=r"no usable record .*1 × no ccode"):
        read(cow.read_nmc, f"{head}\nARM,,1993,1,1,1,1,1,1,1,2021\n")


@pytest.mark.real
def test_published_capabilities(sources: Path) -> None:
    table, info = cow.read_nmc(sources / "cow" / "NMC-60-abridged.csv")
    assert (len(table), len(info.rejected)) == (15_949, 2)
    assert (info.first_year, info.last_year) == (1816, 2016)
    # −9 in the file: counted with grep -o on each column.
    assert table[["milex", "milper", "irst", "pec", "upop"]].isna().sum().tolist() == [
        2217, 426, 26, 448, 68,
    ]  # fmt: skip
    assert table["state"].notna().all()
    assert table.loc[0, ["state", "year", "milex", "cinc"]].tolist() == [
        "USA", 1816, 3823, 0.039697491,
    ]  # fmt: skip


@pytest.mark.real
def test_published_states(sources: Path) -> None:
    table, info = cow.read_states(sources / "cow" / "states2016.csv")
    assert (len(table), len(info.rejected)) == (243, 0)
    assert table["state"].notna().all()
    for year in (1816, 1919, 1950, 2010):
        first, last = (table[end].str[:4].astype(int) for end in ("start", "end"))
        inside = table[(first <= year) & (last >= year)]
        assert sorted(inside["ccode"]) == sorted(states.members(year)["code"])


@pytest.mark.real
def test_published_country_codes_have_25_duplicates(sources: Path) -> None:
    table, info = cow.read_states(sources / "cow" / "COW country codes.csv")
    assert info.rows_read == 242
    assert info.reasons == {"repeats an earlier record": 25}
    assert table["ccode"].is_unique
