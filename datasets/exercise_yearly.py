"""Joint exercises and refusals by directed dyad and year: the table ``exercises/yearly``.

An exercise weighs by how many states took part. Among n states each has n - 1 partners, so what an
exercise tells of one pair falls as 1 / (n - 1). The number of states is often known only roughly,
so three classes stand in for it, each with the weight of its smallest size, two figures rounded:

    bilateral   2 states            1
    small       3 to 8 states       0.5    the region's standing groups: CSTO, BLACKSEAFOR, CIS
    large       9 states and more   0.2    the upper end of the class would be 0.125

The limit lies at eight because no exercise of these standing groups has had more but one of the
SCO (nine, 2021): that one member stays away does not change what the exercise says of the others.
Where the number of states is not known, ``depth`` is empty and ``depth_low`` and ``depth_high``
hold the smallest and the largest sum that the lower bound ``n_at_least`` allows.
"""

from __future__ import annotations

from collections.abc import Iterable

import exercise_coverage
import numpy as np
import pandas as pd

FIRST_YEAR = 1992
BILATERAL, SMALL, LARGE = 1.0, 0.5, 0.2
SMALL_TO = 8
KEY = ["state", "partner", "year"]
COLUMNS = [
    *KEY, "status", "count", "bilateral", "depth", "depth_low", "depth_high", "count_without_mme",
    "security", "refusals", "refused_by_partner",
]  # fmt: skip
Cell = tuple[str, str, int]


def weight(states: float) -> float:
    """Weight of an exercise of so many states for each pair of them."""
    if states < 2:
        raise ValueError(f"an exercise of {states:g} states; expected two or more")
    return BILATERAL if states == 2 else SMALL if states <= SMALL_TO else LARGE


def bounds(number: float, at_least: float) -> tuple[float, float]:
    """Smallest and largest weight: equal where the number of states is known, or is large."""
    if not np.isnan(number):
        return weight(number), weight(number)
    return LARGE, weight(at_least)


def rests_on_mme_alone(source: str) -> bool:
    """Whether no report but the collection MME is named."""
    return all(part.strip().startswith("MME v7") for part in source.split(";"))


def derive(
    events: pd.DataFrame,
    coverage: pd.DataFrame,
    refusals: pd.DataFrame,
    states: Iterable[str],
    partners: Iterable[str],
) -> pd.DataFrame:
    """The table, for every state and partner and every year to the last one covered."""
    sums = _sums(events)
    status = {
        (row.state, row.partner, year): str(row.status)
        for row in coverage.itertuples(index=False)
        for year in range(int(row.first), int(row.last) + 1)
    }
    refused = _refused(refusals)
    last = int(coverage["last"].max())
    keys = [(state, partner, year) for state in sorted(states) for partner in sorted(partners)
            if state != partner for year in range(FIRST_YEAR, last + 1)]  # fmt: skip
    rows = [_row(key, sums.get(key, [0.0] * 6), status, refused) for key in keys]
    return pd.DataFrame(rows, columns=COLUMNS)


def _sums(events: pd.DataFrame) -> dict[Cell, list[float]]:
    """Count, bilateral, low and high depth, count without MME, and security, of each cell."""
    found: dict[Cell, list[float]] = {}
    for row in events[events["confidence"] != "low"].itertuples(index=False):
        counts = row.kind not in exercise_coverage.NOT_COUNTED
        low, high = bounds(float(row.n_participants), float(row.n_at_least))
        parts = (
            [1.0, float(row.n_participants == 2), low, high,
             float(not rests_on_mme_alone(row.source)), 0.0]
            if counts else [0.0] * 5 + [float(row.kind == "security_services")]
        )  # fmt: skip
        taking_part = {actor.strip() for actor in row.participants.split(";")}
        for state in taking_part:
            for partner in taking_part - {state}:
                cell = found.setdefault((state, partner, int(row.start[:4])), [0.0] * 6)
                for place, part in enumerate(parts):
                    cell[place] += part
    return found


def _refused(refusals: pd.DataFrame) -> dict[Cell, int]:
    """Refusals that count, by who refused, toward whom, and year."""
    found: dict[Cell, int] = {}
    sure = refusals[(refusals["counts"] == "yes") & (refusals["confidence"] != "low")]
    for row in sure.itertuples(index=False):
        key = (row.state, row.partner, int(row.year))
        found[key] = found.get(key, 0) + 1
    return found


def _row(
    key: Cell, sums: list[float], status: dict[Cell, str], refused: dict[Cell, int]
) -> list[object]:
    state, partner, year = key
    word = status.get(key, "unknown")
    count, bilateral, low, high, without_mme, security = sums
    if word == "unknown" or (word == "partial" and count == 0):
        numbers = [np.nan] * 6
    else:
        low, high = round(low, 10), round(high, 10)
        numbers = [count, bilateral, low if low == high else np.nan, low, high, without_mme]
    back = refused.get((partner, state, year), 0)
    return [*key, word, *numbers, security, float(refused.get(key, 0)), float(back)]
