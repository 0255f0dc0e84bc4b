"""The panel ``world``: every member of the United Nations beside ten large states, 1946-2025.

Stored are points and counts of states; what concerns a dyad follows from them on load.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from alignindex import states as actors
from alignindex.base.typing import Array
from alignindex.data.catalogue import dataset_info
from alignindex.data.tables import load_dataset
from alignindex.data.votes import roll_calls
from alignindex.kernels.rollcalls import agreement, mid_ranks

__all__ = ["world_panel"]

PARTNERS = ("USA", "SUN", "RUS", "CHN", "GBR", "FRA", "DEU", "IND", "JPN", "TUR", "BRA")
FIRST, LAST = 1946, 2025
MIN_SHARED = 10  # roll calls that a measure of a pair needs
KEY = ["state", "partner", "year"]
# Organisations of `memberships` whose full members count, and who and when was researched.
# A membership that is frozen is not a full one.
MEMBERSHIPS = ("BRICS", "CIS", "CST/CSTO", "EAEU", "EU", "NATO", "OTS", "SCO")
MEMBERSHIP_PARTNERS = ("USA", "RUS", "CHN", "TUR")
MEMBERSHIP_YEARS = (1992, 2025)


def world_panel(root: str | Path | None = None) -> pd.DataFrame:
    """Return the panel ``world``, index (state, partner, year), sorted; see `load_panel`."""
    panel = _with_votes(root)
    for part in (_points, _pledges, _troops, _memberships):
        panel = part(panel, root)
    info = dataset_info("world", root=root)
    panel = panel[[column.name for column in info.derived]]
    names = ("unga_votes", "world", "memberships")
    parts = [t.sha256 for name in names for t in dataset_info(name, root=root).tables]
    parts += [file.sha256 for file in dataset_info("unga_votes", root=root).files]
    digest = hashlib.sha256("".join(parts).encode()).hexdigest()
    panel.attrs = {"dataset": "world", "version": info.version, "sha256": digest}
    return panel


def _with_votes(root: str | Path | None) -> pd.DataFrame:
    """Every member and partner of each year, with their votes compared."""
    calls, every, votes = roll_calls(root=root)
    adopted = (calls["kind"] == "adopted").to_numpy()
    years = calls["year"].to_numpy()
    place = {code: at for at, code in enumerate(every)}
    parts = []
    for year in range(FIRST, LAST + 1):
        members = [code for code in _members(year) if code in place]
        partners = [code for code in PARTNERS if code in members]
        mine = votes[:, adopted & (years == year)]
        rows = np.array([place[code] for code in members])
        columns = np.array([place[code] for code in partners])
        found = agreement(mine[rows], mine[columns])
        enough = found.shared >= MIN_SHARED
        other = np.array(members)[:, None] != np.array(partners)[None]
        percentile = np.full(found.shared.shape, np.nan)
        for column in range(len(partners)):
            world = enough[:, column] & other[:, column]
            percentile[world, column] = mid_ranks(found.agreement[world, column])
        i, j = np.nonzero(other)

        def known(values: Array, enough: Any = enough, i: Any = i, j: Any = j) -> Any:
            return np.where(enough, values, np.nan)[i, j]

        seen = mine.shape[1] > 0
        parts.append(
            pd.DataFrame(
                {
                    "state": np.array(members)[i],
                    "partner": np.array(partners)[j],
                    "year": year,
                    "votes_shared": found.shared[i, j] if seen else np.nan,
                    "votes_agreement": known(found.agreement),
                    "votes_a": known(found.alignment),
                    "votes_kappa": known(found.kappa),
                    "votes_percentile": percentile[i, j],
                }
            )
        )
    return pd.concat(parts, ignore_index=True).set_index(KEY).sort_index()


def _members(year: int) -> list[str]:
    """Members of the United Nations in a year, each once."""
    return list(dict.fromkeys(actors.members(year, system="un")["iso3"]))


def _points(panel: pd.DataFrame, root: str | Path | None) -> pd.DataFrame:
    """Distance of ideal points; errors of two states of a year are taken as independent."""
    table = load_dataset("world", root=root).set_index(["state", "year"])
    ends = [
        table.reindex(
            pd.MultiIndex.from_arrays([panel.index.get_level_values(name) for name in end])
        )
        for end in (("state", "year"), ("partner", "year"))
    ]
    point = [end["point"].to_numpy() for end in ends]
    error = [end["se_calibrated"].to_numpy() for end in ends]
    return panel.assign(
        ideal_distance=np.abs(point[0] - point[1]),
        ideal_distance_se=np.hypot(error[0], error[1]),
    )


def _pledges(panel: pd.DataFrame, root: str | Path | None) -> pd.DataFrame:
    """Strongest pledge of the state to the partner by treaty; unknown outside the spells."""
    spells = load_dataset("world/pledges", root=root)
    count = (spells["last"] - spells["first"] + 1).to_numpy()
    rows = np.repeat(np.arange(len(spells)), count)
    offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    index = pd.MultiIndex.from_arrays(
        [
            spells["state"].to_numpy()[rows],
            spells["partner"].to_numpy()[rows],
            spells["first"].to_numpy()[rows] + offset,
        ]
    )
    held = pd.Series(spells["pledge"].to_numpy()[rows], index.set_names(KEY))
    held = pd.concat([held, _later_pledges(held, root)])
    return panel.assign(treaty_pledge=held.reindex(panel.index).to_numpy())


def _later_pledges(held: pd.Series[float], root: str | Path | None) -> pd.Series[float]:
    """Curated pledges after the last year of ATOP.

    Only for pairs on which the two agree in that year: ATOP counts declarations that the curated
    table does not, and a change that comes from the rules of coding is not one of the pair.
    """
    table = load_dataset("memberships/pledges", root=root)
    own = table.set_index(KEY)["pledge"]
    last = held.index.get_level_values("year").max()
    before, now = held.xs(last, level="year"), own.xs(last, level="year")
    agreed = now.index[now == before.reindex(now.index)]
    pairs = pd.MultiIndex.from_frame(table[["state", "partner"]])
    later: pd.Series[float] = own[(table["year"] > last).to_numpy() & pairs.isin(agreed)]
    return later


def _troops(panel: pd.DataFrame, root: str | Path | None) -> pd.DataFrame:
    """US troops in the state: a value towards the USA alone."""
    table = load_dataset("world/troops", root=root).set_index(["state", "year"])["troops"]
    host = [panel.index.get_level_values(name) for name in ("state", "year")]
    found = table.reindex(pd.MultiIndex.from_arrays(host)).to_numpy(dtype=np.float64)
    american = panel.index.get_level_values("partner") == "USA"
    return panel.assign(us_troops=np.where(american, found, np.nan))


def _memberships(panel: pd.DataFrame, root: str | Path | None) -> pd.DataFrame:
    """Organisations of which both are full members on 31 December."""
    table = load_dataset("memberships", root=root)
    # Other states have rows in a single organisation, and the rest of theirs is unknown.
    researched = sorted(load_dataset("memberships/pledges", root=root)["state"].unique())
    table = table[(table["status"] == "member") & table["org"].isin(MEMBERSHIPS)]
    first, last = MEMBERSHIP_YEARS
    table = table.assign(end=table["end"].fillna("9999"))  # open
    held = {
        (org, state, year)
        for org, state, start, end in zip(
            table["org"], table["state"], table["start"], table["end"], strict=True
        )
        for year in range(first, last + 1)
        if start <= f"{year}-12-31" < end
    }
    counts = {
        (state, partner, year): float(
            sum((org, state, year) in held and (org, partner, year) in held for org in MEMBERSHIPS)
        )
        for state in researched
        for partner in MEMBERSHIP_PARTNERS
        for year in range(first, last + 1)
    }
    shared = pd.Series(counts).reindex(panel.index)
    return panel.assign(memberships_shared=shared.to_numpy(dtype=np.float64))
