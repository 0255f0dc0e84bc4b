"""Points or distances as one square matrix per year."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.arguments import Years, check_years
from alignindex.base.errors import PanelError, closest, first_three
from alignindex.base.typing import Floats
from alignindex.geopolitics.points import as_points, check_whole_years

__all__ = ["Layer", "as_distances", "check_poles", "layers", "to_poles"]

KEYS = ["state", "partner", "year"]


class Layer(NamedTuple):
    """States of a year, sorted, with their distances; points and errors where they are known."""

    year: int
    states: NDArray[np.object_]
    distance: Floats
    points: Floats | None
    errors: Floats | None

    def place(self, state: str) -> int | None:
        """Return the number of a state, or None."""
        found = np.flatnonzero(self.states == state)
        return int(found[0]) if found.size else None


def as_distances(data: Any, value: str) -> pd.DataFrame:
    """Return state, partner, year and value as columns, checked; a missing value is no row."""
    if not isinstance(data, pd.DataFrame | pd.Series):
        raise PanelError(f"distances must be a DataFrame; got {type(data).__name__}")
    table = data.to_frame(value) if isinstance(data, pd.Series) else data
    table = table.reset_index() if "state" not in table.columns else table
    there = [str(column) for column in table.columns]
    for column in (*KEYS, value):
        if column not in table.columns:
            raise PanelError(
                f"distances need state, partner, year and {value}; {column!r} is missing"
                f"{closest(column, there)}"
            )
    kept = table.loc[table[value].notna()]
    out = pd.DataFrame(
        {
            "state": kept["state"].astype(str).to_numpy(),
            "partner": kept["partner"].astype(str).to_numpy(),
            "year": check_whole_years(kept["year"]),
            value: kept[value].to_numpy(dtype=np.float64),
        }
    )
    if out.empty:
        raise PanelError("no dyad has a distance: expected at least one row with a number")
    twice = out.loc[out.duplicated(KEYS)]
    if len(twice):
        named = first_three(" ".join(map(str, row)) for row in twice[KEYS].to_numpy())
        raise PanelError(f"{len(twice)} dyad-years occur twice: {named}; keep one row each")
    return out


def layers(data: Any, *, value: str, years: Years) -> list[Layer]:
    """Return one layer per year, from points (state, year, point) or from distances."""
    if isinstance(data, pd.DataFrame) and "point" in data.columns:
        points = as_points(data)
        chosen = check_years(years, known=points["year"].unique())
        out = []
        for year, here in points[points["year"].isin(chosen)].groupby("year", sort=True):
            at = here["point"].to_numpy()
            states = here["state"].to_numpy(dtype=object)
            gap = np.abs(at[:, None] - at[None, :])
            out.append(Layer(int(str(year)), states, gap, at, here["se"].to_numpy()))
        return out
    table = as_distances(data, value)
    if (table[value] < 0).any():
        raise PanelError(f"distances are at least 0; {value} goes down to {table[value].min()}")
    chosen = check_years(years, known=table["year"].unique())
    out = []
    for year, here in table[table["year"].isin(chosen)].groupby("year", sort=True):
        states = np.unique(here[["state", "partner"]].to_numpy(dtype=object))
        one, other = (np.searchsorted(states, here[side]) for side in ("state", "partner"))
        square = np.full((states.size, states.size), np.nan)
        square[one, other] = here[value]
        square = np.where(np.isnan(square), square.T, square)
        np.fill_diagonal(square, 0.0)
        uneven = ~np.isclose(square, square.T, rtol=1e-9, atol=1e-12, equal_nan=True)
        if uneven.any():
            i, j = np.argwhere(uneven)[0]
            raise PanelError(
                f"distances must be the same in both directions; {states[i]} and {states[j]} in "
                f"{year} have {square[i, j]} and {square[j, i]}: take their mean first"
            )
        out.append(Layer(int(str(year)), states, square, None, None))
    return out


def check_poles(poles: Any, found: list[Layer]) -> None:
    """Raise unless this is a pair of different states that occur."""
    if not isinstance(poles, tuple | list) or len(poles) != 2 or poles[0] == poles[1]:
        raise PanelError(f"poles takes two different states, such as ('USA', 'CHN'); got {poles!r}")
    known = sorted({str(state) for layer in found for state in layer.states})
    absent = [pole for pole in poles if pole not in known]
    if absent:
        raise PanelError(
            f"poles: {first_three(map(repr, absent))} not found"
            f"{closest(str(absent[0]), known)}; there are {', '.join(known[:20])}"
        )


def to_poles(layer: Layer, poles: tuple[str, str]) -> tuple[Floats, Floats]:
    """Distances of all states to the two poles; NaN where a pole is absent."""
    found = []
    for pole in poles:
        place = layer.place(pole)
        absent = np.full(layer.states.size, np.nan)
        found.append(absent if place is None else layer.distance[:, place])
    return found[0], found[1]
