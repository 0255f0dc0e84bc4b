"""What the panel ``world`` stores: ideal points, treaty pledges and US troops."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from spec_inputs import ATOP_RANK

import alignindex as ai

PARTNERS = ("USA", "RUS", "CHN", "GBR", "FRA", "DEU", "TUR")  # of the pledges at hand
PLEDGE_YEARS = (1990, 2018)  # the copy at hand begins in 1990, version 5.1 ends in 2018


def points() -> pd.DataFrame:
    """Ideal points of members by calendar year, from adopted resolutions alone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # unanimous roll calls say nothing
        found = ai.idealpoints.fit(ai.load_votes(), by="year", rng=0).points
    found = found.rename(columns={"period": "year"})
    columns = ["state", "year", "point", "se", "se_calibrated", "n_votes"]
    found = found[columns].astype({"state": str})
    return found.sort_values(["state", "year"], ignore_index=True)


def pledges(folder: Path) -> pd.DataFrame:
    """Spells of the strongest pledge of a state to a partner (ATOP); 0 is none."""
    table = pd.read_csv(folder / "atop" / "peacesciencer_atop_alliance.csv")
    rank = np.zeros(len(table))
    for column, value in ATOP_RANK:
        rank = np.maximum(rank, np.where(table[column] == 1, value, 0.0))
    table = table.assign(rank=rank)
    found = {
        (int(a), int(b), int(year)): value
        for a, b, year, value in zip(table["ccode1"], table["ccode2"], table["year"], rank,
                                     strict=True)
    }  # fmt: skip
    numbers = sorted({a for a, _, _ in found})
    rows: list[list[object]] = []
    for year in range(PLEDGE_YEARS[0], PLEDGE_YEARS[1] + 1):
        members = set(ai.states.members(year, system="un")["iso3"])
        names = ai.states.resolve(numbers, system="cow", year=year, unknown="missing")
        codes = {
            number: "SUN" if number == 365 and year == 1991 else name
            for number, name in zip(numbers, names, strict=True)
        }
        for a in numbers:
            for b in numbers:
                state, partner = codes[a], codes[b]
                if a != b and state in members and partner in (*PARTNERS, "SUN"):
                    rows.append([state, partner, year, found.get((a, b, year), 0.0)])
    long = pd.DataFrame(rows, columns=["state", "partner", "year", "pledge"])
    long = long.sort_values(["state", "partner", "year"], ignore_index=True)
    same = long[["state", "partner", "pledge"]].eq(long[["state", "partner", "pledge"]].shift())
    new = ~(same.all(axis=1) & (long["year"] == long["year"].shift() + 1))
    spell = long.groupby(new.cumsum())
    return pd.DataFrame(
        {
            "state": spell["state"].first(),
            "partner": spell["partner"].first(),
            "first": spell["year"].min(),
            "last": spell["year"].max(),
            "pledge": spell["pledge"].first(),
        }
    ).reset_index(drop=True)


def troops(folder: Path) -> pd.DataFrame:
    """US active-duty personnel in each member of the UN; the names of one host are added up."""
    path = folder / "troopdata" / "troopdata-rebuild-country-year.csv"
    table = pd.read_csv(path, encoding="latin-1", usecols=["year", "ccode", "troops_ad"])
    state = ai.states.resolve(table["ccode"], system="cow", year=table["year"], unknown="missing")
    table = table.assign(state=state.astype(object))[state.notna()]
    members = {
        (code, year)
        for year in table["year"].unique()
        for code in ai.states.members(int(year), system="un")["iso3"]
    }
    held = [key in members for key in zip(table["state"], table["year"], strict=True)]
    table = table[held].groupby(["state", "year"], as_index=False)["troops_ad"].sum()
    return table.rename(columns={"troops_ad": "troops"})[["state", "year", "troops"]]


FILES = {"world/pledges": "world/pledges.csv", "world/troops": "world/troops.csv"}
TABLE_KEYS = {
    "world": ["state", "year"],
    "world/pledges": ["state", "partner", "first"],
    "world/troops": ["state", "year"],
}
PUBLISHED = {
    "world": lambda _folder: points(),
    "world/pledges": pledges,
    "world/troops": troops,
}
