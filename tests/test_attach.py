"""`attach`: measures on tables of dyads in any codes, and the account of what did not match."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alignindex as ai
from alignindex import geopolitics as geo

POINTS = pd.DataFrame(
    [(s, y, p + (y - 2020) / 8) for s, p in (("USA", 3.0), ("RUS", -1.0), ("ARM", 0.5))
     for y in (2019, 2020, 2021)],
    columns=["state", "year", "point"],
)  # fmt: skip
GAPS = geo.distance(POINTS)
NET = geo.net_alignment(POINTS, poles=("USA", "RUS"))[["net_alignment"]]
TRADE = pd.DataFrame(
    {"exporter": ["USA", "ARM", "RUS"], "importer": ["RUS", "USA", "ARM"], "t": [2020, 2021, 2019],
     "flow": [1.0, 2.0, 3.0]}
)  # fmt: skip
SIDES = {"state": "exporter", "partner": "importer", "time": "t"}
CODES = {
    "auto": {"USA": "United States", "RUS": "Russian Federation", "ARM": "ARM"},
    "iso3": {"USA": "USA", "RUS": "RUS", "ARM": "ARM"},
    "iso_numeric": {"USA": 840, "RUS": 643, "ARM": "051"},
    "cow": {"USA": 2, "RUS": 365, "ARM": 371},
    "gw": {"USA": 2.0, "RUS": 365.0, "ARM": 371.0},
    "name": {"USA": "USA", "RUS": "Russia", "ARM": "Armenia"},
}


@pytest.mark.parametrize("system", CODES)
def test_any_system_of_codes_gives_the_same_values(system):
    trade = TRADE.assign(
        **{name: TRADE[name].map(CODES[system]) for name in ("exporter", "importer")}
    )
    found = geo.attach(trade, GAPS, system=system, **SIDES)
    assert found.data["distance"].tolist() == [4.0, 2.5, 1.5]
    assert found.data.drop(columns="distance").equals(trade)
    assert found.matched == 1
    assert found.report.empty


@pytest.mark.parametrize(
    "times",
    [
        pd.to_datetime(["2020-06-01", "2021-01-01", "2019-12-31"]),
        pd.PeriodIndex(["2020Q1", "2021Q4", "2019Q2"], freq="Q"),
        ["2020", "2021-03", "2019-01-01"],
        [2020.0, 2021.0, 2019.0],
    ],
)
def test_times_of_any_kind(times):
    found = geo.attach(TRADE.assign(t=times), GAPS, **SIDES)
    assert found.data["distance"].tolist() == [4.0, 2.5, 1.5]


@pytest.mark.parametrize("kind", ["polars", "pyarrow"])
def test_any_dataframe_comes_back_as_it_was(kind):
    module = pytest.importorskip(kind)
    trade = module.from_pandas(TRADE) if kind == "polars" else module.Table.from_pandas(TRADE)
    found = geo.attach(trade, GAPS, lags=(0, 1), **SIDES).data
    assert type(found) is type(trade)
    new = found.to_pandas()
    assert new["distance"].tolist() == [4.0, 2.5, 1.5]
    assert new["distance_lag1"].isna().tolist() == [False, False, True]


def test_lags_and_leads_look_at_other_years():
    rising = geo.distance(POINTS.assign(point=POINTS["point"] * (POINTS["year"] - 2018)))
    found = geo.attach(TRADE.head(1), rising, lags=(0, 1, -1), prefix="ipd_", **SIDES).data
    at = rising["distance"]
    assert found["ipd_distance"].item() == at["USA", "RUS", 2020]
    assert found["ipd_distance_lag1"].item() == at["USA", "RUS", 2019]
    assert found["ipd_distance_lead1"].item() == at["USA", "RUS", 2021]


def test_measures_of_states_go_to_both_ends():
    blocs = geo.blocs(POINTS, poles=("USA", "RUS")).table[["bloc"]]
    found = geo.attach(TRADE, NET.join(blocs), **SIDES).data
    assert found["net_alignment_exporter"].tolist() == [1, -0.25, -1]
    assert found["bloc_exporter"].tolist() == [
        blocs.loc[key, "bloc"] for key in [("USA", 2020), ("ARM", 2021), ("RUS", 2019)]
    ]
    assert found["net_alignment_importer"].tolist() == [
        NET.loc[key, "net_alignment"] for key in [("RUS", 2020), ("USA", 2021), ("ARM", 2019)]
    ]


def test_undirected_measures_hold_both_ways():
    half = GAPS[[a < b for a, b, _ in GAPS.index]]
    directed = geo.attach(TRADE, half, **SIDES)
    assert directed.data["distance"].isna().tolist() == [True, False, True]
    assert directed.report[["what", "rows"]].to_numpy().tolist() == [["state", 1], ["partner", 1]]
    both = geo.attach(TRADE, half, directed=False, **SIDES)
    assert both.data["distance"].tolist() == [4.0, 2.5, 1.5]


def test_what_does_not_match_is_counted_once():
    trade = pd.DataFrame(
        [
            ("USA", "RUS", 2020), ("USA", "RUS", 2020),  # repeated
            ("Atlantis", "RUS", 2020), ("USA", None, 2020), ("USA", "USA", 2020),
            ("USA", "RUS", 1999), ("USA", "FRA", 2020), ("USA", "ARM", 2021),
        ],
        columns=["exporter", "importer", "t"],
    )  # fmt: skip
    gaps = GAPS.drop(index=[("USA", "ARM", 2021)])
    found = geo.attach(trade, gaps, **SIDES)
    assert found.report.to_numpy().tolist() == [
        ["state", "Atlantis", "names no actor in its year", 1],
        ["partner", "", "empty", 1],
        ["row", "", "a state with itself", 1],
        ["row", 1999, "year without measures", 1],
        ["partner", "FRA", "has no measures", 1],
        ["dyad", "", "no value in its year, or at a lag", 1],
        ["row", "", "repeats a dyad and time; each row got its measures", 1],
    ]
    lost = found.report.loc[~found.report["reason"].str.startswith("repeats"), "rows"].sum()
    assert lost == found.data["distance"].isna().sum() == 6
    assert found.matched == 2 / 8


def test_numeric_codes_follow_the_state_of_the_time():
    points = pd.DataFrame(
        {"state": ["YUG", "USA", "SCG", "USA"], "year": [1999, 1999, 2004, 2004],
         "point": [0.0, 1, 0, 2]}
    )  # fmt: skip
    trade = pd.DataFrame({"state": [891, 891], "partner": 840, "year": [1999, 2004]})
    found = geo.attach(trade, geo.distance(points), system="iso_numeric")
    assert found.data["distance"].tolist() == [1.0, 2.0]


def test_every_numeric_code_is_of_an_actor():
    from alignindex.geopolitics.numeric import numeric_codes

    codes = numeric_codes()
    assert len(codes) == 236
    assert all(ai.states.is_actor(code) for code in codes.values())
    known = {4: "AFG", 8: "ALB", 156: "CHN", 276: "DEU", 344: "HKG", 643: "RUS", 894: "ZMB"}
    assert {number: codes[number] for number in known} == known


@given(seed=st.integers(0, 5000))
def test_rows_and_their_order_stay(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 20))
    trade = pd.DataFrame(
        {
            "exporter": rng.choice(["USA", "RUS", "ARM"], n),
            "importer": rng.choice(["RUS", "ARM"], n),
            "t": rng.integers(2019, 2022, n),
        },
        index=rng.permutation(n) * 3,
    )  # fmt: skip
    trade = pd.concat([TRADE, trade])
    found = geo.attach(trade, GAPS, **SIDES)
    pd.testing.assert_frame_equal(found.data[trade.columns], trade)
    for (a, b, t), value in zip(
        trade[["exporter", "importer", "t"]].itertuples(index=False), found.data["distance"],
        strict=True,
    ):  # fmt: skip
        assert np.isnan(value) if a == b else value == GAPS.loc[(a, b, t), "distance"]
    assert found.matched == found.data["distance"].notna().mean()


BAD = [
    ({"state": "origin"}, TRADE, GAPS, "'origin'"),
    ({}, TRADE.assign(distance=1), GAPS, "'distance'"),
    ({}, TRADE.assign(exporter=[2, 371, 365]), GAPS, "name the system"),
    ({}, TRADE.assign(exporter=["USA", 371, 365]), GAPS, "mixes numbers and text"),
    ({"system": "cow"}, TRADE, GAPS, "text"),
    ({"system": "iso2"}, TRADE, GAPS, "system"),
    ({}, TRADE.assign(t=["a", "b", "2020"]), GAPS, "'a'"),
    ({}, TRADE.assign(t=20201), GAPS, "20201"),
    ({"lags": (0, 0)}, TRADE, GAPS, "lags"),
    ({"lags": "1"}, TRADE, GAPS, "lags"),
    ({}, TRADE, GAPS.reset_index(), "index"),
    ({}, TRADE, pd.concat([GAPS, GAPS]), "repeat"),
    ({"directed": False}, TRADE, GAPS + np.arange(len(GAPS))[:, None], "differ"),
    ({}, TRADE.assign(t=2015), GAPS, "2015"),
    ({}, [1, 2], GAPS, "table"),
]


@pytest.mark.parametrize(("options", "data", "measures", "keyword"), BAD, ids=range(len(BAD)))
def test_bad_input_is_one_clear_error(options, data, measures, keyword):
    with pytest.raises(ai.AlignIndexError, match=keyword):
        geo.attach(data, measures, **(SIDES | options))
