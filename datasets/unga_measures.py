"""Agreement in the General Assembly by dyad and year, and where it stands in the world's.

Everything follows from the bundled roll calls, adopted resolutions alone, so that one rule holds
from the first year to the last. Counts are whole numbers up to one division each.
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from from_published import FIRST_YEAR, PARTNERS, STATES

from alignindex.data import roll_calls
from alignindex.kernels.rollcalls import Agreement, agreement

MIN_SHARED = 10  # a member enters the distribution of a year with this many shared roll calls


def years(root: Path) -> tuple[list[str], dict[int, Agreement]]:
    """Measures of all members in every year from 1992."""
    calls, every, votes = roll_calls(root=root)
    adopted = (calls["kind"] == "adopted").to_numpy()
    year = calls["year"].to_numpy()
    return every, {
        int(this): agreement(*[votes[:, adopted & (year == this)]] * 2)
        for this in np.unique(year[adopted & (year >= FIRST_YEAR)])
    }


def unga_agreement(root: Path) -> pd.DataFrame:
    """Agreement and linear kappa of every pair of the region's states, and the poles."""
    every, found = years(root)
    rows = []
    for a, b in combinations(sorted(STATES), 2):
        i, j = every.index(a), every.index(b)
        rows += [
            (a, b, year, m.shared[i, j], m.agreement[i, j], m.kappa[i, j])
            for year, m in found.items()
        ]
    names = ["state_a", "state_b", "year", "shared_rollcalls", "agreement_half", "kappa_linear"]
    return pd.DataFrame(rows, columns=names)


def unga_relative(root: Path) -> pd.DataFrame:
    """Each state's agreement with a partner beside that of all members with the partner."""
    every, found = years(root)
    rows = []
    for state in sorted(STATES):
        i = every.index(state)
        for partner in sorted(PARTNERS):
            if partner == state:
                continue
            j = every.index(partner)
            for year, m in found.items():
                others = m.shared[:, j] >= MIN_SHARED
                others[j] = False
                world = m.agreement[others, j]
                own = m.agreement[i, j]
                place = np.nan
                if others[i]:
                    place = (2 * (world < own).sum() + (world == own).sum()) / (2 * world.size)
                rows.append(
                    (state, partner, year, m.shared[i, j], own, world.mean(), world.std(),
                     world.size, place, m.alignment[i, j], m.kappa[i, j])
                )  # fmt: skip
    names = ["state", "partner", "year", "unga_shared", "unga_agreement", "unga_mean", "unga_sd",
             "unga_members", "unga_percentile", "unga_a", "unga_kappa"]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


TABLE_KEYS = {
    "unga_agreement": ["state_a", "state_b", "year"],
    "unga_relative": ["state", "partner", "year"],
}
DERIVED = {"unga_agreement": unga_agreement, "unga_relative": unga_relative}
