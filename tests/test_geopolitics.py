"""Distance, alignment, groups, blocs and exposure: hand-worked cases, laws and bad input."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage

import alignindex as ai
from alignindex import geopolitics as geo

STATES = ["BRA", "CHN", "DEU", "FRA", "IND", "IRN", "RUS", "USA"]


def points(seed: int = 0, years=(2020, 2021, 2022), states=STATES, se: float | None = None):
    rng = np.random.default_rng(seed)
    rows = [(s, y, float(rng.normal(0.5, 1))) for s in states for y in years]
    table = pd.DataFrame(rows, columns=["state", "year", "point"])
    return table if se is None else table.assign(se=se)


# Distance


def test_distances_are_gaps_of_points_in_both_directions():
    table = geo.distance(points(), years=2021, states=["USA", "BRA"], partners="CHN")
    at = points().set_index(["state", "year"])["point"]
    assert table.index.tolist() == [("BRA", "CHN", 2021), ("USA", "CHN", 2021)]
    assert table["distance"].tolist() == [
        abs(at["BRA", 2021] - at["CHN", 2021]),
        abs(at["USA", 2021] - at["CHN", 2021]),
    ]
    whole = geo.distance(points())
    assert len(whole) == 8 * 7 * 3
    assert whole.index.is_monotonic_increasing
    assert whole["distance"].equals(whole.swaplevel(0, 1).sort_index()["distance"].set_axis(
        whole.index))  # fmt: skip


def test_draws_share_a_states_error_over_its_dyads():
    table = geo.distance(points(se=0.5), draws=400, years=2020, rng=3)
    names = [f"distance_{d}" for d in range(400)]
    assert list(table.columns) == ["distance", *names]
    quiet = points(se=0.0)
    quiet.loc[quiet["state"] == "USA", "se"] = 0.7
    drawn = geo.distance(quiet, draws=5, years=2020, rng=1)
    still = drawn.drop(index="USA", level="state").drop(index="USA", level="partner")
    for name in names[:5]:
        assert still[name].equals(still["distance"].rename(name))
    assert (drawn.loc["USA", names[0]] != drawn.loc["USA", "distance"]).all()
    again = geo.distance(points(se=0.5), draws=400, years=2020, rng=3)
    pd.testing.assert_frame_equal(table, again)


# Net alignment


def test_net_alignment_by_hand():
    """China -1, USA 3, Brazil 0.5: (1.5 - 2.5) / 4 = -0.25; a year later the poles are 2 apart."""
    table = pd.DataFrame(
        {
            "state": ["BRA", "CHN", "USA"] * 2,
            "year": [2020] * 3 + [2021] * 3,
            "point": [0.5, -1, 3, 1, 0, 2],
        }
    )
    over_sample = geo.net_alignment(table)["net_alignment"]
    assert over_sample.xs(2020, level="year").tolist() == [-0.25, -1, 1]
    assert over_sample.xs(2021, level="year").tolist() == [0, -0.5, 0.5]
    by_year = geo.net_alignment(table, over="year")["net_alignment"]
    assert by_year.xs(2021, level="year").tolist() == [0, -1, 1]


@given(seed=st.integers(0, 5000), over=st.sampled_from(["sample", "year"]))
def test_net_alignment_lies_within_its_ends_and_turns_with_the_poles(seed, over):
    table = points(seed)
    found = geo.net_alignment(table, over=over)["net_alignment"]
    assert found.abs().max() <= 1
    turned = geo.net_alignment(table, poles=("CHN", "USA"), over=over)["net_alignment"]
    np.testing.assert_array_equal(turned, -found)
    same = geo.net_alignment(geo.distance(table), over=over)["net_alignment"]
    np.testing.assert_allclose(same, found, rtol=1e-12)


def test_a_year_without_a_pole_is_unknown():
    table = points()
    table = table[~((table["state"] == "CHN") & (table["year"] == 2021))]
    found = geo.net_alignment(table)["net_alignment"]
    assert found.xs(2021, level="year").isna().all()
    assert found.xs(2020, level="year").notna().all()


# Groups


def test_distance_to_a_weighted_group_by_hand():
    """Brazil 0; Canada 1 with weight 1, USA 4 with weight 3: 13 / 4. Canada sees the USA alone."""
    table = pd.DataFrame({"state": ["BRA", "CAN", "USA"], "year": 2024, "point": [0.0, 1, 4]})
    found = geo.group_distance(table, ["CAN", "USA", "JPN"], weights={"CAN": 1, "USA": 3, "JPN": 4})
    assert found["group_distance"].tolist() == [13 / 4, 3, 3]
    assert found["coverage"].tolist() == [4 / 8, 3 / 7, 1 / 5]


def test_membership_follows_the_year():
    table = pd.DataFrame(
        {
            "state": ["ZAF", "BRA", "EGY"] * 2,
            "year": [2010] * 3 + [2024] * 3,
            "point": [0, 1, 5] * 2,
        }
    )
    found = geo.group_distance(table, "BRICS")["group_distance"]
    assert found["EGY", 2010] == 4  # Brazil alone
    assert found["EGY", 2024] == 4.5  # Brazil and South Africa; Egypt itself takes no part
    assert geo.GROUPS["EU"]["GBR"] == (1973, 2019)
    assert sum(first <= 2024 <= (last or 9999) for first, last in geo.GROUPS["EU"].values()) == 27


# Blocs


def test_anchors_by_hand():
    """Net alignment of the year: -0.05, -1, 0.4 and 1; the neutral band is a quarter wide."""
    table = pd.DataFrame(
        {"state": ["BRA", "CHN", "DEU", "USA"], "year": 2024, "point": [0.9, -1.0, 1.8, 3.0]}
    )
    assert geo.blocs(table).table["bloc"].tolist() == ["neutral", "CHN", "USA", "USA"]
    wide = geo.blocs(table, neutral=0.5)
    assert wide.table["bloc"].tolist() == ["neutral", "CHN", "neutral", "USA"]


def test_quartiles_leave_the_pole_out_of_the_cuts():
    table = pd.DataFrame(
        {"state": ["USA", "A", "B", "C", "D", "CHN"], "year": 2024, "point": [0, 1, 2, 3, 4, 9]}
    )
    found = geo.blocs(table, method="quartiles").table["bloc"].droplevel("year")
    # Distances 1 2 3 4 9: quartiles 2, 3, 4.
    assert found.to_dict() == {"USA": "1", "A": "1", "B": "1", "C": "2", "D": "3", "CHN": "4"}


@given(seed=st.integers(0, 5000), method=st.sampled_from(["k_means", "ward", "communities"]))
def test_labels_do_not_swap(seed, method):
    """A year that repeats keeps every label, and names of states play no part."""
    first = points(seed, years=(2020,))
    table = pd.concat([first, first.assign(year=2021), first.assign(year=2022)])
    found = geo.blocs(table, method=method, groups=3)
    wide = found.table["bloc"].unstack("year")
    assert (wide[2020] == wide[2021]).all()
    assert (wide[2020] == wide[2022]).all()
    assert found.diagnostics["same_as_before"].iloc[1:].tolist() == [1.0, 1.0]
    turned = table.assign(point=-table["point"])
    mirror = geo.blocs(turned, method=method, groups=3).table["bloc"].unstack("year")
    if method == "k_means":
        assert (mirror == wide).all(axis=None)


def test_a_state_that_moves_takes_the_label_of_its_new_bloc():
    rows = []
    for year, india in ((2020, 0.0), (2021, 5.1)):
        rows += [("USA", year, 5.0), ("DEU", year, 5.2), ("FRA", year, 4.9), ("IND", year, india)]
        rows += [("CHN", year, 0.1), ("RUS", year, 0.2), ("IRN", year, 0.3)]
    table = pd.DataFrame(rows, columns=["state", "year", "point"])
    for method in ("k_means", "ward", "communities"):
        bloc = geo.blocs(table, method=method, groups=2).table["bloc"]
        assert bloc["USA", 2020] == bloc["USA", 2021] == "1"
        assert bloc["CHN", 2020] == bloc["CHN", 2021] == "2"
        assert (bloc["IND", 2020], bloc["IND", 2021]) == ("2", "1")


@given(seed=st.integers(0, 5000), k=st.integers(2, 4))
def test_ward_is_that_of_scipy_up_to_labels(seed, k):
    table = points(seed, years=(2020,))
    found = geo.blocs(table, method="ward", groups=k).table["bloc"]
    x = table.sort_values("state")["point"].to_numpy()
    wanted = fcluster(linkage(x[:, None], "ward"), k, "maxclust")
    assert len(set(zip(found, wanted, strict=True))) == len(set(wanted))


def test_membership_is_sure_without_error_and_a_share_with_it():
    sure = geo.blocs(points(4, se=1e-9), method="k_means", groups=3, draws=20)
    shares = sure.table[["p_1", "p_2", "p_3"]]
    assert (shares.max(axis=1) == 1).all()
    assert (shares.idxmax(axis=1).str[2:] == sure.table["bloc"]).all()
    unsure = geo.blocs(points(4, se=0.6), draws=200, rng=5)
    shares = unsure.table[["p_USA", "p_neutral", "p_CHN"]]
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert ((shares > 0) & (shares < 1)).any(axis=None)


def test_membership_by_hand():
    """The poles are 4 apart, so the band ends at 0.5; Brazil has mean 0 and sd 0.5."""
    table = pd.DataFrame(
        {"state": ["BRA", "CHN", "USA"], "year": 2024, "point": [0.0, -2.0, 2.0], "se": [0.5, 0, 0]}
    )
    found = geo.blocs(table, draws=20_000).table.loc[("BRA", 2024)]
    # Net alignment 2 x / 4 > 0.25 means x > 0.5, one standard error.
    assert found["p_USA"] == pytest.approx(0.158655, abs=3 * math.sqrt(0.16 * 0.84 / 20_000))
    assert found["p_neutral"] == pytest.approx(0.682689, abs=3 * math.sqrt(0.68 * 0.32 / 20_000))


def test_diagnostics_count_what_is_unknown():
    table = points()
    gaps = geo.distance(table)
    gaps = gaps.drop(index=[("BRA", "USA", 2021), ("USA", "BRA", 2021)])
    found = geo.blocs(gaps)
    assert pd.isna(found.table.loc[("BRA", 2021), "bloc"])
    assert found.diagnostics["n_unknown"].tolist() == [0, 1, 0]
    one = geo.blocs(table, neutral=0.999, years=2020)
    assert one.table["silhouette"].notna().all()
    shown = geo.blocs(table, method="quantile", groups=2).diagnostics
    assert (shown["between"] > shown["within"]).all()


def test_the_compound_index_by_hand():
    """Distance 3 of 6, voice 1 of 5, an embassy: (0.5 + 0.8 + 1) / 3."""
    row = {"ideal_point_distance": 3.0, "voice_distance": 1.0, "level_of_representation": 1.0}
    index = pd.MultiIndex.from_tuples([("BRA", "USA", 2020)], names=["state", "partner", "year"])
    panel = ai.as_panel(pd.DataFrame([row], index=index).reset_index())
    score = ai.score(panel, "oenb2025").scores["score"].item()
    assert score == pytest.approx((0.5 + 0.8 + 1) / 3)


# Exposure


def test_exposure_from_iran():
    table = pd.DataFrame({"state": ["USA", "BRA", "IRN"], "year": 2024, "point": [0, 5, 10]})
    trade = pd.DataFrame({"state": "IRN", "partner": ["USA", "BRA"], "weight": [0.5, 0.5]})
    row = geo.exposure(trade, table).table.loc[("IRN", 2024)]
    assert row["exposure"] == 7.5
    assert (row["coverage"], row["low"], row["high"], row["concentration"]) == (1, 7.5, 7.5, 0.5)


def test_missing_partners_are_bounded_and_listed():
    """USA 0.5 at 10, Brazil 0.25 at 5, Cuba 0.25 unknown: 6.25 / 0.75, plus 0.25 of 5 to 10."""
    table = pd.DataFrame({"state": ["USA", "BRA", "IRN"], "year": 2024, "point": [0, 5, 10]})
    trade = pd.DataFrame(
        {"state": "IRN", "partner": ["USA", "BRA", "CUB"], "year": 2024, "weight": [20.0, 10, 10]}
    )
    blocs = geo.blocs(table, method="quantile", groups=2, poles=("USA", "IRN"))
    found = geo.exposure(trade, table, totals="scale", blocs=blocs)
    row = found.table.loc[("IRN", 2024)]
    assert row["exposure"] == pytest.approx(6.25 / 0.75)
    assert (row["coverage"], row["low"], row["high"]) == (0.75, 6.25 + 1.25, 6.25 + 2.5)
    assert (row["share_1"], row["share_2"], row["share_unknown"]) == (0.75, 0, 0.25)
    assert found.unmatched.to_numpy().tolist() == [["IRN", "CUB", 2024, 0.25]]
    wide = geo.exposure(trade, table, totals="scale", bounds=(0, 20)).table.iloc[0]
    assert (wide["low"], wide["high"]) == (6.25, 11.25)
    strict = geo.exposure(trade, table, totals="scale", min_coverage=0.8).table.iloc[0]
    assert math.isnan(strict["exposure"])
    assert strict["low"] == 7.5


@pytest.mark.parametrize("labels", [[1, 2, 2], [1.0, 2.0, np.nan], ["1", "2", "2"]])
def test_blocs_may_be_numbers(labels):
    table = pd.DataFrame({"state": ["USA", "BRA", "IRN"], "year": 2024, "point": [0, 5, 10]})
    trade = pd.DataFrame({"state": "IRN", "partner": ["USA", "BRA"], "weight": [0.25, 0.75]})
    blocs = table.assign(bloc=labels).set_index(["state", "year"])[["bloc"]]
    row = geo.exposure(trade, table, blocs=blocs).table.loc[("IRN", 2024)]
    assert (row["share_1"], row["share_2"], row["share_unknown"]) == (0.25, 0.75, 0)


@pytest.mark.slow
@given(seed=st.integers(0, 5000), share=st.floats(0, 1, width=16))
def test_a_shift_keeps_the_sum_and_moves_exposure_in_proportion(seed, share):
    rng = np.random.default_rng(seed)
    table = points(seed, years=(2020,))
    trade = pd.DataFrame({"state": "BRA", "partner": STATES[1:], "weight": rng.uniform(0.1, 1, 7)})
    trade["weight"] /= trade["weight"].sum()

    def exposed(weights):
        return geo.exposure(weights, table).table["exposure"].item()

    moved = geo.reallocate(trade, ["CHN", "RUS"], ["DEU", "IND"], share=share)
    assert moved["weight"].sum() == pytest.approx(1)
    assert (moved["weight"] >= 0).all()
    whole = geo.reallocate(trade, ["CHN", "RUS"], ["DEU", "IND"])
    wanted = exposed(trade) + share * (exposed(whole) - exposed(trade))
    assert exposed(moved) == pytest.approx(wanted, abs=1e-12)


def test_a_shift_to_new_partners_is_in_equal_parts_and_never_domestic():
    trade = pd.DataFrame(
        {
            "state": ["DEU", "DEU", "IND"],
            "partner": ["CHN", "USA", "CHN"],
            "weight": [0.4, 0.6, 1.0],
        }
    )
    moved = geo.reallocate(trade, "CHN", ["IND", "VNM"], share=0.5).set_index(["state", "partner"])
    assert moved["weight"].to_dict() == pytest.approx(
        {("DEU", "CHN"): 0.2, ("DEU", "USA"): 0.6, ("DEU", "IND"): 0.1, ("DEU", "VNM"): 0.1,
         ("IND", "CHN"): 0.5, ("IND", "VNM"): 0.5}
    )  # fmt: skip


def test_a_full_coverage_is_enough_whatever_the_rounding_of_the_shares():
    for seed in range(30):
        amounts = np.random.default_rng(seed).integers(1, 100, 7).astype(float)
        trade = pd.DataFrame({"state": "BRA", "partner": STATES[1:], "weight": amounts})
        found = geo.exposure(trade, points(), totals="scale", min_coverage=1.0)
        assert found.table["exposure"].notna().all()


def test_whole_weights_are_moved_in_parts():
    trade = pd.DataFrame({"state": "DEU", "partner": ["CHN", "IND", "VNM"], "weight": [1, 0, 0]})
    assert geo.reallocate(trade, "CHN", ["IND", "VNM"], share=1)["weight"].tolist() == [0, 0.5, 0.5]
    assert trade["weight"].dtype == np.int64


HOLD = pd.DataFrame({"state": "IRN", "partner": ["USA", "BRA"], "year": 2020, "weight": 0.5})
GAPS = geo.distance(points())
HOLED = GAPS.drop(index=[("BRA", "USA", 2021), ("USA", "BRA", 2021)])
BAD = [
    (lambda: geo.distance(points().drop(columns="year")), "'year'"),
    (lambda: geo.distance(pd.concat([points()] * 2)), "two points"),
    (lambda: geo.distance(points().assign(point=np.nan)), "no state"),
    (lambda: geo.distance(points(), years=1900), "1900"),
    (lambda: geo.distance(points(), states="USAA"), "'USAA'"),
    (lambda: geo.distance(points(), draws=2), "standard error"),
    (lambda: geo.distance(points().assign(year=2020.5)), "whole"),
    (lambda: geo.net_alignment(points(), poles=("USA", "USA")), "poles"),
    (lambda: geo.net_alignment(points(), poles=("USA", "CHI")), "'CHI'"),
    (lambda: geo.net_alignment(points(), over="years"), "over"),
    (lambda: geo.net_alignment(-GAPS), "at least 0"),
    (lambda: geo.net_alignment(GAPS + np.arange(len(GAPS))[:, None]), "both directions"),
    (lambda: geo.net_alignment(pd.concat([GAPS, GAPS])), "twice"),
    (lambda: geo.group_distance(points(), "NATO"), "'NATO'"),
    (lambda: geo.group_distance(points(), []), "empty"),
    (lambda: geo.group_distance(points(), ["USA", "DEU"], weights={"USA": 1}), "DEU"),
    (lambda: geo.blocs(points(), method="kmeans"), "k_means"),
    (lambda: geo.blocs(points(), groups=1), "groups"),
    (lambda: geo.blocs(points(), neutral=1.0), "neutral"),
    (lambda: geo.blocs(points(), method="k_means", groups=9), "2020"),
    (lambda: geo.blocs(points(), method="quantile", groups=8), "2020"),
    (lambda: geo.blocs(points(states=["USA"]), method="communities"), "2020"),
    (lambda: geo.blocs(GAPS, method="k_means"), "points"),
    (lambda: geo.blocs(GAPS, draws=3), "points"),
    (lambda: geo.blocs(HOLED, method="ward", groups=2), "BRA-USA"),
    (lambda: geo.blocs(points(), years=(1900, 1910)), "1900"),
    (lambda: geo.exposure(HOLD.assign(weight=0.4), points()), "IRN in 2020: 0.8"),
    (lambda: geo.exposure(HOLD.assign(weight=-0.5), points()), "0 or more"),
    (lambda: geo.exposure(HOLD.assign(weight=[0.5, np.nan]), points()), "rows 1"),
    (lambda: geo.exposure(HOLD.assign(weight=0.0), points(), totals="scale"), "more than 0"),
    (lambda: geo.exposure(pd.concat([HOLD, HOLD]), points(), totals="scale"), "twice"),
    (lambda: geo.exposure(HOLD.assign(partner=["IRN", "BRA"]), points()), "itself"),
    (lambda: geo.exposure(HOLD.assign(year=1999), points()), "1999"),
    (lambda: geo.exposure(HOLD.rename(columns={"weight": "w"}), points()), "'weight'"),
    (lambda: geo.exposure(HOLD, points(), bounds=(0, 0.001)), "bounds"),
    (lambda: geo.exposure(HOLD, points(), bounds=(2, 1)), "bounds"),
    (lambda: geo.exposure(HOLD, points(), min_coverage=2), "min_coverage"),
    (lambda: geo.exposure(HOLD.head(0), points()), "empty"),
    (lambda: geo.exposure(HOLD, points(), blocs=points()), "blocs"),
    (lambda: geo.exposure(HOLD, points(), totals="sum"), "totals"),
    (lambda: geo.reallocate(HOLD, "USA", "USA"), "different"),
    (lambda: geo.reallocate(HOLD, [], "USA"), "empty"),
    (lambda: geo.reallocate(HOLD, "USA", "BRA", share=1.5), "share"),
    (lambda: geo.reallocate(HOLD, "USA", "IRN"), "IRN"),
]


@pytest.mark.parametrize(("call", "keyword"), BAD, ids=range(len(BAD)))
def test_bad_input_is_one_clear_error(call, keyword):
    with pytest.raises(ai.AlignIndexError, match=keyword):
        call()
