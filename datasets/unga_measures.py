"""Agreement in the General Assembly by dyad and year, and where it stands in the world's.

Everything follows from the bundled roll calls, adopted resolutions alone, so that one rule holds
from the first year to the last. Counts are whole numbers up to one division each.
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from from_published import FIRST_YEAR, PARTNERS, STATES

from alignindex.data import roll_calls

MIN_SHARED = 10  # a member enters the distribution of a year with this many shared roll calls
STEPS = np.abs(np.subtract.outer(np.arange(3), np.arange(3)))


class Year(NamedTuple):
    """Measures of every pair of members in one year, as (states, states)."""

    shared: np.ndarray
    agreement: np.ndarray
    alignment: np.ndarray  # A
    kappa: np.ndarray


def of_year(votes: np.ndarray) -> Year:
    """Measures of every two rows of (states, roll calls); 1 yes, 2 abstain, 3 no, else no vote.

    With W = |i − j| / 2, P the joint proportions on shared roll calls and E the product of their
    margins: agreement 1 − ΣW∘P, A = 2 (ΣW∘E − ΣW∘P), kappa 1 − ΣW∘P / ΣW∘E.
    """
    one = [(votes == level).astype(np.float32) for level in (1, 2, 3)]
    joint = np.array([[a @ b.T for b in one] for a in one]).round().astype(np.int64)
    shared = joint.sum(axis=(0, 1))
    observed = np.tensordot(STEPS, joint, axes=2)  # 2 n ΣW∘P
    rows, columns = joint.sum(axis=1), joint.sum(axis=0)
    expected = np.einsum("kl,kij,lij->ij", STEPS, rows, columns)  # 2 n² ΣW∘E
    gain = expected - shared * observed
    with np.errstate(divide="ignore", invalid="ignore"):
        return Year(
            shared,
            (2 * shared - observed) / (2 * shared),
            gain / shared**2,
            np.where(expected > 0, gain / expected, np.nan),
        )


def years(root: Path) -> tuple[list[str], dict[int, Year]]:
    """Measures of all members in every year from 1992."""
    calls, every, votes = roll_calls(root=root)
    adopted = (calls["kind"] == "adopted").to_numpy()
    year = calls["year"].to_numpy()
    return every, {
        int(this): of_year(votes[:, adopted & (year == this)])
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
