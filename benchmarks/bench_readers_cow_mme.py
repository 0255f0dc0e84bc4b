"""How long the readers of COW, ATOP, exercises and troops take, as a multiple of pandas' own.

Run: python -m benchmarks.run readers_cow_mme
"""

from __future__ import annotations

import io
import sys
from functools import cache, partial
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from alignindex import build_panel, indicators, states
from alignindex.sources import atop, cow, exercises, troops
from benchmarks.bench_readers import against, best_of, published
from benchmarks.twins import indicators as slow


def _state_years(first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    codes = [np.unique(states.members(y)["code"].to_numpy(dtype=int)) for y in range(first, last)]
    years = np.repeat(np.arange(first, last), [len(own) for own in codes])
    return np.concatenate(codes), years


@cache
def capabilities() -> bytes:
    """Capabilities of every member of the state system, 1816–2016 (1.4 MB)."""
    rng = np.random.default_rng(1)
    ccode, year = _state_years(1816, 2017)
    frame = pd.DataFrame({"stateabb": "XYZ", "ccode": ccode, "year": year})
    for name in ("milex", "milper", "irst", "pec", "tpop", "upop"):
        frame[name] = np.where(rng.random(len(frame)) < 0.1, -9, rng.integers(0, 10**6, len(frame)))
    frame["cinc"], frame["version"] = rng.random(len(frame)), 2021
    return pd.concat([frame] * 2).drop_duplicates(["ccode", "year"]).to_csv(index=False).encode()


@cache
def alliances() -> bytes:
    """120,000 treaty dyad-years (9 MB)."""
    rng = np.random.default_rng(2)
    ccode, year = _state_years(1900, 2013)
    one, other = rng.integers(len(ccode), size=(2, 70_000))
    apart = np.flatnonzero(ccode[one] != ccode[other])[:60_000]
    one, other = np.append(one[apart], other[apart]), np.append(other[apart], one[apart])
    frame = pd.DataFrame(
        {
            "version4id": np.arange(120_000) % 60_000,
            "ccode1": ccode[one],
            "state_name1": "A state with a name",
            "ccode2": ccode[other],
            "state_name2": "Another state",
            **{f"dyad_{part}": 1 for part in ("st_day", "st_month", "end_day", "end_month")},
            "defense": rng.integers(2, size=120_000),
            "neutrality": rng.integers(2, size=120_000),
            "nonaggression": rng.integers(2, size=120_000),
            "entente": rng.integers(2, size=120_000),
            "year": np.tile(year[one[:60_000]], 2),
            "version": 4.1,
        }
    )
    return frame.to_csv(index=False).encode()


@cache
def promises() -> bytes:
    """120,000 directed dyad-years of obligations (6 MB)."""
    rng = np.random.default_rng(3)
    ccode, year = _state_years(1900, 2019)
    one, other = rng.integers(len(ccode), size=(2, 150_000))
    frame = pd.DataFrame({"statea": ccode[one], "stateb": ccode[other], "year": year[one]})
    frame = frame[frame["statea"] != frame["stateb"]].drop_duplicates()[:120_000]
    frame.insert(0, "ddyad", frame["statea"] * 1000 + frame["stateb"])
    for name in ("atopally", "defense", "offense", "neutral", "nonagg", "consul"):
        frame[name] = rng.integers(2, size=len(frame))
    frame["atopid1"] = 1234
    return frame.to_csv(index=False).encode()


@cache
def obligations() -> bytes:
    """State-years with 59 columns of alliances (1.6 MB)."""
    rng = np.random.default_rng(4)
    ccode, year = _state_years(1816, 2019)
    frame = pd.DataFrame({"state": ccode, "year": year})
    for name in ("atopally", "defense", "offense", "neutral", "nonagg", "consul", "transyr"):
        frame[name] = rng.integers(2, size=len(frame))
    frame["number"] = rng.integers(1, 9, size=len(frame))
    for place in range(1, 60):
        frame[f"atopid{place}"] = np.where(frame["number"] >= place, 1234.0, np.nan)
    frame["version"] = 5.1
    return frame.drop_duplicates(["state", "year"]).to_csv(index=False).encode()


@cache
def events(rows: int = 20_000) -> bytes:
    """20,000 exercises with participants in 39 columns (5 MB; MME v7 has 3,707 and 1.1 MB)."""
    rng = np.random.default_rng(5)
    names = states.members(2000)["name"].to_numpy(dtype=object)
    sizes = rng.choice([2, 2, 2, 3, 5, 9], size=rows)
    frame = pd.DataFrame({"MMEID": [f"mme{i}" for i in range(rows)], "Ex_Name": "An exercise"})
    frame["Series_Name"], frame["Location"] = "", "Somewhere at sea"
    frame["lat"], frame["lon"] = rng.random(rows), rng.random(rows)
    year, month, day = (rng.integers(*span, size=rows) for span in ((1980, 2011), (1, 13), (1, 29)))
    for word, letter in (("Start", "s"), ("End", "e")):
        frame[f"{word}Date"] = [
            f"{m}/{d}/{y % 100:02d}" for y, m, d in np.stack([year, month, day]).T
        ]
        frame[f"{letter}.year"], frame[f"{letter}.month"] = year, month
        frame[f"{letter}.day"] = np.where(rng.random(rows) < 0.2, "xx", day.astype(str))
    for name in ("CPX", "Air", "Land", "Sea", "Amphibious", "Cyber", "Warfighting", "Peacekeeping"):
        frame[name] = rng.integers(2, size=rows)
    frame["FocusDescription"] = "what it was about, in a sentence of some length"
    for place in range(39):
        letter = "A" * (place >= 26) + chr(65 + place % 26)
        frame[f"State{letter}"] = np.where(sizes > place, names[rng.integers(190, size=rows)], "")
    return frame.to_csv(index=False).encode()


@cache
def lists() -> bytes:
    """40,000 events with a list of participants (3 MB)."""
    rng = np.random.default_rng(6)
    names = states.members(2000)["iso3"].to_numpy(dtype=object)
    rows = 40_000
    parties = [";".join(names[rng.integers(190, size=3)]) for _ in range(rows)]
    date = pd.Timestamp("1990-01-01") + pd.to_timedelta(rng.integers(9000, size=rows), unit="D")
    frame = pd.DataFrame({"id": np.arange(rows), "start": date.strftime("%Y-%m-%d")})
    frame["name"], frame["who"] = "An exercise with a name and a place", parties
    return frame.to_csv(index=False).encode()


@cache
def personnel() -> bytes:
    """Hosts of troops, 1950–2024, with the columns of the published file (1.2 MB)."""
    rng = np.random.default_rng(7)
    ccode, year = _state_years(1950, 2025)
    frame = pd.DataFrame({"countryname": "A country", "year": year, "ccode": ccode})
    frame["iso3c"], frame["region"] = "ABC", "Some region"
    for name in (
        "troops_ad", "army_ad", "navy_ad", "air_force_ad", "marine_corps_ad", "coast_guard_ad",
        "space_force_ad", "army_national_guard", "air_national_guard", "army_reserve",
        "navy_reserve", "marine_corps_reserve", "air_force_reserve", "coast_guard_reserve",
        "total_selected_reserve", "army_civilian", "navy_civilian", "marine_corps_civilian",
        "air_force_civilian", "dod_civilian", "total_civilian",
    ):  # fmt: skip
        frame[name] = rng.integers(10_000, size=len(frame))
    return frame.drop_duplicates(["ccode", "year"]).to_csv(index=False).encode()


def plain_events(file: io.BytesIO) -> pd.Series:
    """Read exercises with pandas and stack their participants, as any script must.

    The floor of a reader that takes participants apart; reading alone is a fraction of it.
    """
    frame = pd.read_csv(file)
    columns = [name for name in frame.columns if name.startswith("State")]
    return frame[columns].stack().dropna().groupby(level=0).agg(";".join)


def plain_lists(file: io.BytesIO) -> pd.Series:
    """Read events with pandas and take their lists of participants apart."""
    frame = pd.read_csv(file, parse_dates=["start"])
    parties = frame["who"].str.split(";").explode().str.strip()
    return parties.groupby(level=0).agg(";".join)


read_list = partial(
    exercises.read_events, start="start", participants="who", separator=";", id="id", name="name"
)


def panel_against_the_twin() -> float:
    """Time of the twin over that of counting and joining, for 6 × 6 actors and 20 years."""
    rng = np.random.default_rng(8)
    actors = ["ARM", "GEO", "RUS", "USA", "TUR", "CHN"]
    listed = [
        (";".join(rng.choice(actors, 3)), int(rng.integers(2000, 2020)), 0) for _ in range(500)
    ]
    table = pd.DataFrame(listed, columns=["participants", "start_year", "end_year"])

    def fast() -> None:
        column = indicators.exercises(table, coverage=(2000, 2019))
        build_panel(states=actors, partners=actors, years=range(2000, 2020), indicators=[column])

    def twin() -> None:
        for state in actors:
            for partner in actors:
                for year in range(2000, 2020):
                    slow.exercise_count(listed, state, partner, year, span=False)

    fast()
    return best_of(twin, 1) / best_of(fast)


# The aim is twice plain pandas for files of 1 MB and up, in processor time. State-years of ATOP
# take 0.7 to 0.8 (columns that are not used are left unread); alliances, directed dyads,
# capabilities and troops 1.7 to 2.2, published troops 1.8 to 2.3, published capabilities, of
# 0.9 MB, 2.2. The exercises take 3.2 to 4 readings of the published file (3,707 rows, 8 ms), and up
# to 5 of the invented one: 11 ms are reading, decoding, the check of the records and the hash, 4
# the participants in their year, 3 the dates, 2 the stacking of 39 columns, 2 the texts. Stacking
# with pandas alone takes four times as long as all of it. The gates leave room for a noisy machine.
GATES = [
    ("cow.read_nmc / read_csv", partial(against, cow.read_nmc, pd.read_csv, capabilities),
     3.5, "max"),
    ("cow.read_alliances / read_csv", partial(against, cow.read_alliances, pd.read_csv, alliances),
     3.5, "max"),
    ("atop.read_directed_dyads / read_csv",
     partial(against, atop.read_directed_dyads, pd.read_csv, promises), 3.3, "max"),
    ("atop.read_state_years / read_csv",
     partial(against, atop.read_state_years, pd.read_csv, obligations), 1.5, "max"),
    ("exercises.read_mme / read_csv and stacking",
     partial(against, exercises.read_mme, plain_events, events),
     0.4, "max"),
    ("exercises.read_mme / read_csv",
     partial(against, exercises.read_mme, pd.read_csv, partial(events, 3_707)), 6.5, "max"),
    ("exercises.read_events / read_csv and splitting",
     partial(against, read_list, plain_lists, lists),
     0.4, "max"),
    ("troops.read_troopdata / read_csv",
     partial(against, troops.read_troopdata, pd.read_csv, personnel), 3.3, "max"),
    ("slow twin / indicators.exercises and build", panel_against_the_twin, 10.0, "min"),
]  # fmt: skip


def extras() -> dict[str, float]:
    """Ratios for published files."""
    return published(
        {
            "atop/atop5_1sy.csv": (atop.read_state_years, pd.read_csv, {}),
            "cow/NMC-60-abridged.csv": (cow.read_nmc, pd.read_csv, {}),
            "troopdata/troopdata-rebuild-country-year.csv": (
                troops.read_troopdata,
                pd.read_csv,
                {},
            ),
            "mme/mme_v7.csv": (exercises.read_mme, pd.read_csv, {"encoding": "latin-1"}),
        }
    )


if __name__ == "__main__":
    start = perf_counter()
    for name, measure, limit, sense in GATES:
        print(f"{name:<45} {measure():8.2f}  ({sense} {limit})")
    print(f"{perf_counter() - start:.0f} s")
