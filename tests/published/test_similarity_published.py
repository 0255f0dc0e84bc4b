"""Numbers from elsewhere: Signorino & Ritter's example of 1914, and General Assembly votes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import alignindex as ai

# Signorino & Ritter 1999, "Tau-b or Not Tau-b", Table 6: commitments of 1914 (0 none, 1 entente,
# 2 neutrality, 3 defence) and shares of capabilities.
ORDER = [
    "GMY",
    "RUS",
    "UKG",
    "FRN",
    "AUH",
    "ITA",
    "BEL",
    "SPN",
    "TUR",
    "NTH",
    "SWD",
    "RUM",
    "POR",
    "SWZ",
    "GRC",
    "DEN",
    "YUG",
    "BUL",
    "NOR",
    "ALB",
]
GERMANY = [3, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0]
RUSSIA = [0, 3, 1, 3, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
CAPABILITIES = [
    0.25, 0.21, 0.20, 0.08, 0.08, 0.05, 0.03, 0.03, 0.02, 0.01,
    0.01, 0.01, 0.01, 0.01, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0,
]  # fmt: skip
UNWEIGHTED = {
    "s_absolute": 0.4,
    "s_squared": 0.444444444444444,
    "a_absolute": -0.04,
    "kappa_squared": -0.0775862068965516,
    "kappa_linear": -0.0714285714285714,
    "pi_nominal": -0.0447761194029855,
    "tau_b": 0.0303169531295416,
}
WEIGHTED = {"s_absolute": -0.46, "s_squared": -0.348888888888889}


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "state": ["GMY"] * 20 + ["RUS"] * 20,
            "item": ORDER * 2,
            "value": GERMANY + RUSSIA,
        }
    )


COLUMNS = {"item": "item", "value": "value", "by": None, "levels": [0, 1, 2, 3]}


@pytest.mark.parametrize("name", UNWEIGHTED)
def test_1914(table, name):
    found = ai.similarity.dyads(table, **COLUMNS, measures=[name])
    assert found.loc[0, "n_shared"] == 20
    assert found.loc[0, name] == pytest.approx(UNWEIGHTED[name], abs=2e-15)


@pytest.mark.parametrize("name", WEIGHTED)
def test_1914_weighted_by_capabilities(table, name):
    weights = pd.Series(CAPABILITIES, index=ORDER)
    found = ai.similarity.dyads(table, **COLUMNS, measures=[name], item_weights=weights)
    assert found.loc[0, name] == pytest.approx(WEIGHTED[name], abs=2e-15)


def test_1914_from_a_list_of_ties(table):
    listed = table[(table["value"] > 0) & (table["state"] != table["item"])]
    portfolios = ai.similarity.portfolios(
        listed,
        partner="item",
        members=ORDER,
        levels=[0, 1, 2, 3],
        self_tie="maximum",
    )
    found = ai.similarity.dyads(portfolios, **COLUMNS, measures=list(UNWEIGHTED))
    row = found.set_index(["state", "partner"]).loc[("GMY", "RUS")]
    for name, expected in UNWEIGHTED.items():
        assert row[name] == pytest.approx(expected, abs=2e-15), name


# The rest reads published files.

SUCCESSORS = [
    "ARM",
    "AZE",
    "BLR",
    "EST",
    "GEO",
    "KAZ",
    "KGZ",
    "LTU",
    "LVA",
    "MDA",
    "TJK",
    "TKM",
    "UKR",
    "UZB",
]
POLES = ["RUS", "USA"]


@pytest.fixture(scope="module")
def votes(sources) -> pd.DataFrame:
    path = sources / "unga" / "unga_votes.parquet"
    table = pd.read_parquet(path)
    table["iso3"] = table["iso3"].astype("str")
    return table[table["iso3"].isin([*SUCCESSORS, *POLES])]


@pytest.mark.real
def test_agreement_with_russia_and_the_usa_2014_2019(votes):
    recent = votes[votes["year"].between(2014, 2019)]
    found = ai.similarity.dyads(
        recent,
        state="iso3",
        by="year",
        measures=["agreement", "agreement_half"],
        directed=True,
    ).set_index(["year", "state", "partner"])
    # By hand: a column a state, and plain comparisons.
    checked = 0
    for year, block in recent.groupby("year"):
        wide = block.pivot(index="rcid", columns="iso3", values="vote")
        wide = wide.where(wide != 8)  # absent
        for state in SUCCESSORS:
            for pole in POLES:
                pair = wide[[state, pole]].dropna()
                same = (pair[state] == pair[pole]).mean()
                half = (1 - (pair[state] - pair[pole]).abs() / 2).mean()
                row = found.loc[(year, state, pole)]
                assert row["n_shared"] == len(pair) > 0
                assert row["agreement"] == pytest.approx(same, abs=1e-14)
                assert row["agreement_half"] == pytest.approx(half, abs=1e-14)
                checked += 1
    assert checked == 6 * 14 * 2


@pytest.mark.real
def test_the_vote_on_crimea(votes):
    # A/RES/68/262 of 27 March 2014, the roll call recorded on that day with these positions.
    day = votes[votes["date"] == pd.Timestamp("2014-03-27")]
    found = ai.similarity.dyads(
        day,
        state="iso3",
        by=None,
        measures=["agreement_half"],
        directed=True,
    ).set_index(["partner", "state"])["agreement_half"]
    expected = dict.fromkeys(["AZE", "EST", "GEO", "LVA", "LTU", "MDA", "UKR"], 0.0)
    expected |= dict.fromkeys(["ARM", "BLR"], 1.0) | dict.fromkeys(["KAZ", "UZB"], 0.5)
    expected |= dict.fromkeys(["KGZ", "TJK", "TKM"], np.nan)
    with_russia = found.loc["RUS"].drop("USA")
    assert with_russia.sort_index().equals(pd.Series(expected).sort_index().rename_axis("state"))
    # The USA voted yes, so agreement with it is the mirror image.
    np.testing.assert_array_equal(found.loc["USA"].drop("RUS"), 1 - with_russia)


@pytest.mark.real
def test_all_sessions_at_once_equal_sessions_one_by_one(votes):
    options = {
        "state": "iso3",
        "unanimous": "drop",
    }
    whole = ai.similarity.dyads(votes, by="session", **options)
    for session, block in votes.groupby("session"):
        if block["iso3"].nunique() < 2:
            continue
        alone = ai.similarity.dyads(block, by=None, **options)
        part = whole[whole["session"] == session].drop(columns="session").reset_index(drop=True)
        pd.testing.assert_frame_equal(part, alone, check_exact=True)


@pytest.mark.real
def test_raw_agreement_does_not_compare_partners(sources):
    # The sentence in docs/similarity.md: the Assembly's majority, not the pair, decides.
    table = pd.read_parquet(sources / "unga" / "unga_votes.parquet")
    partners = ["RUS", "USA", "CHN", "TUR"]
    table["iso3"] = table["iso3"].astype("str")
    table = table[table["iso3"].isin([*SUCCESSORS, *partners]) & table["year"].between(2000, 2019)]
    found = ai.similarity.dyads(
        table,
        state="iso3",
        by="year",
        measures=["agreement"],
        directed=True,
        min_shared=10,
    )
    found = found[found["state"].isin(SUCCESSORS) & found["partner"].isin(partners)]
    wide = found.pivot(index=["year", "state"], columns="partner", values="agreement").dropna()
    closest = wide.idxmax(axis="columns")
    assert len(closest) > 250
    assert closest.isin(["CHN", "TUR"]).mean() > 0.9
    assert not (closest == "USA").any()
