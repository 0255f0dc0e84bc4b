"""Every published file at hand: rows, figures looked up in the file by eye, and the account.

The figures were read off the raw lines of each file, not from a reader's table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from alignindex.base.errors import SourceError
from alignindex.sources import atop, cow, exercises, sipri, troops, unga

pytestmark = [pytest.mark.real, pytest.mark.slow]


@dataclass(frozen=True)
class File:
    """A file: reader and options, records kept and rejected, figures by their keys."""

    reader: Callable[..., Any]
    rows: int
    rejected: int
    figures: list[tuple[dict[str, object], str, object]]
    options: dict[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()


def old_table(rows: int, *figures: tuple[str, int, float]) -> File:
    """The old site's imports of one actor: (supplier, year, TIV); 144 cells are no deliveries."""
    return File(
        sipri.read_tiv_table, rows, 144,
        [({"supplier_name": who, "year": year}, "tiv", tiv) for who, year, tiv in figures],
    )  # fmt: skip


def deal(recipient: str, supplier: str, what: str, ordered: int) -> dict[str, object]:
    return {
        "recipient": recipient, "supplier": supplier, "designation": what, "order_year": ordered,
    }  # fmt: skip


def delivery(recipient: str, supplier: str, what: str, year: int) -> dict[str, object]:
    return {"recipient": recipient, "supplier": supplier, "designation": what, "year": year}


def vote(rcid: object, state: str) -> dict[str, object]:
    return {"rcid": rcid, "state": state}


def host(state: str, year: int) -> dict[str, object]:
    return {"state": state, "year": year}


def amount(state: str, year: int, measure: str) -> dict[str, object]:
    return {"state": state, "year": year, "measure": measure}


FILES: dict[str, File] = {
    "sipri_at/trade-register_2024-10_extract.csv": File(
        sipri.read_trade_register, 1_764, 0,
        [
            (deal("KAZ", "UKR", "BTR-3", 2005), "tiv_delivered", 2.0),
            (deal("KAZ", "UKR", "Kh-29", 1999), "tiv_unit", 0.08),
            (deal("KAZ", "UKR", "R-73", 1999), "delivered", 4.0),
        ],
    ),
    "sipri_at/trade-register_2024-10_ragged_and_latin1_rows.csv": File(
        sipri.read_trade_register, 12, 0,
        [
            (deal("THA", "UKR", "BTR-3", 2008), "tiv_delivered", 3.25),  # came in two lines
            (deal("UN", "ISR", "Hermes-900", 2015), "tiv_order", 9.0),  # so did this one
            (deal("ARG", "USA", "GUPPY-2", 1971), "tiv_delivered", 18.6),
        ],
    ),
    "sipri_at/trade-register_2025-10.csv": File(
        sipri.read_trade_register, 28_348, 0,
        [
            (deal("ARM", "IND", "Akash", 2023), "tiv_delivered", 16.0),
            (deal("ARM", "IND", "Pinaka 214mm", 2023), "tiv_order", 14.4),
            (deal("ARM", "IND", "Akash-1", 2023), "ordered", 400.0),
        ],
    ),
    "sipri_at/trade-register_deliveries_1990-2023.csv": File(
        sipri.read_trade_register, 27_838, 0,
        [
            (delivery("ARM", "RUS", "2K11 Krug", 1994), "tiv_delivered", 126.0),
            (delivery("ARM", "RUS", "3M8M1", 1994), "tiv_delivered", 27.92),
            (delivery("ARM", "RUS", "9M33", 1993), "delivered", 20.0),
        ],
    ),
    "sipri_at/import-export-values_1950-2024.csv": File(
        sipri.read_tiv_table, 19_314, 411,
        [
            ({"recipient": "ARM", "year": 1994}, "tiv", 181.0),
            ({"recipient": "KAZ", "year": 2000}, "tiv", 121.0),
            ({"recipient": "ARM", "year": 2021}, "tiv", 32.0),
        ],
    ),
    "sipri_at/import-export-values_1950-2024_1950-2024.csv": File(
        sipri.read_tiv_table, 10_064, 286,
        [
            ({"supplier_name": "Russia", "year": 1992}, "tiv", 2_639.0),
            ({"supplier_name": "Russia", "year": 2023}, "tiv", 1_269.0),
            ({"supplier_name": "Ukraine", "year": 2012}, "tiv", 1_491.0),
        ],
    ),
    "Armenia": old_table(
        576, ("Russia", 1994, 181), ("Russia", 1996, 70), ("Russia", 2019, 228)
    ),
    "Azerbaijan": old_table(
        1_008, ("Russia", 2007, 68), ("Russia", 2014, 550), ("Russia", 2018, 53)
    ),
    "Belarus": old_table(216, ("Russia", 1999, 41), ("Russia", 2019, 333), ("Russia", 2021, 62)),
    "Estonia": old_table(
        1_080, ("Germany", 1994, 12), ("Ukraine", 2013, 4), ("United States", 2003, 11)
    ),
    "Georgia": old_table(
        936, ("Russia", 1993, 4), ("Ukraine", 2007, 128), ("Poland", 2007, 8)
    ),
    "Kazakhstan": old_table(
        864, ("Russia", 1995, 99), ("Russia", 2015, 441), ("Ukraine", 2013, 56)
    ),
    "Kyrgyzstan": old_table(288, ("Russia", 2003, 9), ("Russia", 2005, 3), ("Russia", 2019, 14)),
    "Latvia": old_table(1_080, ("Russia", 2004, 4), ("Russia", 2005, 4), ("Russia", 2006, 0)),
    "Lithuania": old_table(
        936, ("Russia", 1992, 70), ("Germany", 2019, 46), ("Italy", 2006, 16)
    ),
    "Moldova": old_table(72, ("Romania", 1992, 8), ("Romania", 1994, 3), ("Romania", 1995, 9)),
    "NATO": old_table(
        720, ("Russia", 2006, 58), ("United States", 1985, 750), ("Germany", 1999, 18)
    ),
    "Russia": old_table(
        648, ("Ukraine", 2013, 171), ("Italy", 2014, 45), ("Poland", 1992, 40)
    ),
    "Soviet Union": old_table(
        576, ("Czechoslovakia", 1987, 1_177), ("Poland", 1967, 302), ("Italy", 1950, 36)
    ),
    "Tajikistan": old_table(
        216, ("Russia", 1994, 27), ("Russia", 2009, 34), ("Russia", 2019, 3)
    ),
    "Turkey": old_table(
        1_368, ("Russia", 2019, 280), ("United States", 1993, 1_913), ("Italy", 2021, 201)
    ),
    "Turkmenistan": old_table(
        1_296, ("Russia", 2009, 36), ("Russia", 2011, 134), ("Russia", 2021, 7)
    ),
    "Ukraine": old_table(
        648, ("Poland", 2018, 7), ("United States", 2018, 16), ("United States", 2021, 20)
    ),
    "Uzbekistan": old_table(
        504, ("Russia", 2010, 30), ("Russia", 2021, 47), ("United States", 2015, 35)
    ),
    "all": File(
        sipri.read_tiv_table, 18_720, 144,
        [
            ({"recipient": "RUS", "year": 1992}, "tiv", 40.0),
            ({"recipient": "RUS", "year": 2014}, "tiv", 218.0),
            ({"recipient": "RUS", "year": 2018}, "tiv", 52.0),
        ],
    ),
    "sipri_milex/SIPRI-Milex-data-1948-2023.xlsx": File(
        sipri.read_milex, 78_648, 8_552,
        [
            (amount("ARM", 2022, "current_usd"), "value", 795.2015800497068),
            (amount("KAZ", 2023, "current_usd"), "value", 1_236.2898596449713),
            (amount("KAZ", 1992, "current_usd"), "reported", "unknown"),
        ],
        needs=("openpyxl",),
    ),
    "sipri_milex/SIPRI-Milex-data-1949-2024.xlsx": File(
        sipri.read_milex, 78_996, 8_589,
        [
            (amount("ARM", 2024, "current_usd"), "value", 1_418.0117107942972),
            (amount("TUR", 2023, "constant_usd"), "value", 19_577.83192354367),
            (amount("KAZ", 2019, "current_usd"), "value", 1_853.499708868923),
        ],
        needs=("openpyxl",),
    ),
    "sipri_milex/SIPRI-Milex-Current-Dollars.csv": File(
        sipri.read_milex, 12_876, 518,
        [
            (host("ARM", 2022), "value", 795.2),
            (host("KAZ", 2022), "value", 1_133.0),
            (host("ARM", 2021), "value", 619.4),
        ],
        options={"measure": "current_usd"},
    ),
    "unga/UNVotesPublished.csv.gz": File(
        unga.read_voeten, 1_066_613, 0,
        [(vote(5309, "RUS"), "vote", 3), (vote(5309, "ARM"), "vote", 3),
         (vote(5309, "KAZ"), "vote", 2)],
    ),
    "unga/unga_votes.parquet": File(
        unga.read_voeten, 950_574, 0,
        [(vote(5309, "RUS"), "vote", 3), (vote(5309, "ARM"), "vote", 3),
         (vote(5309, "KAZ"), "vote", 2)],
        needs=("pyarrow",),
    ),
    "unga_2025/undl_votes_1946-2025.csv.gz": File(
        unga.read_undl, 917_380, 0,
        [(vote("3959039", "ARM"), "vote", 2), (vote("3959039", "ERI"), "vote", 3),
         (vote("3959039", "KGZ"), "vote", 2)],
    ),
    "cow/states2016.csv": File(
        cow.read_states, 243, 0,
        [({"ccode": 371}, "start", "1991-12-26"), ({"ccode": 240}, "end", "1866-07-26"),
         ({"state": "HAN"}, "name", "Hanover")],
    ),
    "cow/COW country codes.csv": File(
        cow.read_states, 217, 25,
        [({"ccode": 371}, "abbreviation", "ARM"), ({"ccode": 2}, "state", "USA"),
         ({"ccode": 2}, "name", "United States of America")],
    ),
    "cow/NMC-60-abridged.csv": File(
        cow.read_nmc, 15_949, 2,
        [(host("ARM", 2012), "cinc", 0.00063612399), (host("SUN", 1980), "milper", 3_900.0),
         (host("DEU", 1990), "milex", 37_200_000.0)],
    ),
    "atop/atop5_1sy.csv": File(
        atop.read_state_years, 11_921, 2,
        [(host("ARM", 1995), "alliances", 9.0), (host("SUN", 1980), "neutrality", 1.0),
         (host("USA", 2018), "alliances", 19.0)],
    ),
    "atop/peacesciencer_atop_alliance.csv": File(
        atop.read_directed_dyads, 11_636, 0,
        [({"state": "ARM", "partner": "RUS", "year": 1995}, "defense", 1.0),
         ({"state": "KAZ", "partner": "RUS", "year": 2000}, "neutrality", 0.0),
         ({"state": "TUR", "partner": "USA", "year": 1995}, "consultation", 1.0)],
    ),
    "mme/mme_v7.csv": File(
        exercises.read_mme, 3_707, 0,
        [({"exercise_id": "mme87"}, "participants", "GBR;NLD;USA"),
         ({"exercise_id": "mme766"}, "start", "1989-01-19"),
         ({"exercise_id": "mme3461"}, "participants", "CHN;PAK")],
    ),
    "jme/jme_v3.xls": File(
        exercises.read_jme, 1_781, 9,
        [({"exercise_id": 77}, "end", "1974-11-30"), ({"exercise_id": 79}, "start", "1975-12-24"),
         ({"exercise_id": 1338}, "end", "1999-11-19")],
        needs=("xlrd",),
    ),
    "troopdata/basedata.csv": File(
        troops.read_bases, 413, 1,
        [({"site": "Incirlik AB"}, "latitude", 37.003237),
         ({"site": "Ramstein AFB"}, "longitude", 7.5971),
         ({"site": "Incirlik AB"}, "state", "TUR")],
    ),
    "troopdata/troopdata-rebuild-country-year.csv": File(
        troops.read_troopdata, 13_134, 1,
        [(host("DEU", 1990), "troops", 227_586.0), (host("KGZ", 2005), "troops", 5.0),
         (host("TUR", 2019), "air_force", 1_538.0)],
    ),
    "troopdata/troopdata-rebuild-country-year-quarter-format.csv": File(
        troops.read_troopdata, 13_089, 16_540,
        [(host("TUR", 2022), "troops", 3_446.0), (host("TUR", 2022), "marine_corps", 60.0),
         (host("USA", 1950), "troops", 952_600.0)],
        options={"month": "June"},
    ),
}  # fmt: skip
OLD = "sipri_at/old_values_2022/TIV-Import-{}-1950-2021.csv"
# No reader's layout, whatever the file is good for.
OTHERS = (
    "sipri_at/import_tiv_2022.csv",
    "sipri_at/sipri_country_list.csv",
    "cow/peacesciencer_gw_states.csv",
    "cow/peacesciencer_cow_igo_ndy.csv",
    "unga/Matches.csv",
)
ROLL_CALLS = "unga/unga_rollcalls.parquet"  # goes with unga_votes.parquet


def path_of(name: str, sources: Path) -> Path:
    return sources / (name if "/" in name else OLD.format(name))


@pytest.mark.parametrize("name", FILES)
def test_the_file_is_read_and_accounted_for(name: str, sources: Path) -> None:
    file = FILES[name]
    for package in file.needs:
        pytest.importorskip(package)
    table, info = file.reader(path_of(name, sources), **file.options)
    assert info.rows_read == len(table) + len(info.rejected)
    assert (len(table), len(info.rejected)) == (file.rows, file.rejected)
    assert info.rejected["reason"].str.len().gt(0).all()
    for keys, column, value in file.figures:
        row = table
        for key, wanted in keys.items():
            row = row[row[key] == wanted]
        assert len(row), keys
        assert row[column].iloc[0] == value, (keys, column)


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize(
    "reader",
    [sipri.read_trade_register, unga.read_voeten, cow.read_nmc, atop.read_state_years,
     exercises.read_mme, troops.read_troopdata],
)  # fmt: skip
def test_a_file_of_no_reader_is_refused(
    name: str, reader: Callable[..., Any], sources: Path
) -> None:
    with pytest.raises(SourceError, match="expected in"):
        reader(sources / name)


def test_roll_calls_join_their_votes(sources: Path) -> None:
    pytest.importorskip("pyarrow")
    table, info = unga.read_voeten(
        sources / "unga" / "unga_votes.parquet", rollcalls=sources / ROLL_CALLS
    )
    assert info.rows_read == len(table) + len(info.rejected)
    crimea = table[(table["rcid"] == 5309) & (table["state"] == "RUS")]
    assert crimea["date"].tolist() == [pd.Timestamp("2014-03-27")]


def test_no_file_is_forgotten(sources: Path) -> None:
    held = {
        str(path.relative_to(sources))
        for path in sources.rglob("*")
        if path.is_file() and path.suffix != ".md"
    }
    named = {str(path_of(name, sources).relative_to(sources)) for name in FILES}
    assert held - named - {*OTHERS, ROLL_CALLS} == set()
