"""The panel as a network of one year: who is alike, which pole draws, and a map over the years."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.arguments import check_count, check_level, check_years
from alignindex.base.errors import ExtraError
from alignindex.base.intervals import intervals
from alignindex.base.typing import Floats, Ints
from alignindex.kernels import poles as kernels
from alignindex.panel.index import DyadYears
from alignindex.poles.table import state_years, ties
from alignindex.scoring.scores import Data, read_scores

__all__ = ["biplot", "likeness", "strength", "to_networkx"]


def likeness(
    data: Data,
    *,
    year: int,
    min_shared: int = 2,
    draws: Floats | None = None,
    level: float = 0.9,
) -> pd.DataFrame:
    """How alike the ties of the states are in a year: 1 - mean absolute difference.

    Parameters
    ----------
    data : AlignmentResult, Series or DataFrame
        Scores in [0, 1].
    year : int
    min_shared : int
        Number of shared partners that a value needs.
    draws : ndarray, shape (draws, rows), optional
    level : float
        Probability of the intervals over draws.

    Returns
    -------
    DataFrame
        States by states, symmetric, in [0, 1], 1 on the diagonal; NaN below `min_shared`
        shared partners. A partner that is one of the two states is not shared. With draws three
        such tables side by side, under an outer level of the columns: ``likeness``,
        ``likeness_lower``, ``likeness_upper``.

    Raises
    ------
    PanelError
        If a score lies outside [0, 1] or the year is not in the data.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([["ARM", "BLR"], ["RUS", "USA"], [2010]],
    ...                                    names=["state", "partner", "year"])
    >>> likeness(pd.Series([0.75, 0.25, 0.75, 0.5], index=index), year=2010).loc["ARM", "BLR"]
    np.float64(0.875)
    """
    check_count(min_shared, "min_shared", 1)
    table = ties(data, draws=draws, level=level, high=1.0)
    rows = _of_year(table.index.get_level_values("year"), year)
    states = table.index[rows].get_level_values("state")

    def framed(value: Floats) -> pd.DataFrame:
        return pd.DataFrame(value, index=states, columns=states.rename("other"))

    own = framed(kernels.likeness(table.score[rows], min_shared=min_shared)[0])
    if table.draws is None:
        return own
    drawn, _ = kernels.likeness(table.draws[:, rows], min_shared=min_shared)
    ends = intervals({"likeness": drawn}, level)
    parts = {"likeness": own} | {name: framed(end) for name, end in ends.items()}
    return pd.concat(parts, axis=1)


def strength(data: Data, *, draws: Floats | None = None, level: float = 0.9) -> pd.DataFrame:
    """How strongly each pole draws the states of the panel, year by year.

    Parameters
    ----------
    data : AlignmentResult, Series or DataFrame
    draws : ndarray, shape (draws, rows), optional
    level : float
        Probability of the intervals over draws.

    Returns
    -------
    DataFrame
        Index (partner, year): `total` (sum of the scores toward it, its in-strength), `mean`,
        `states` (number with a score). NaN without any. Compare totals of different years with
        care: the number of states with a score may differ. With draws ``_lower``/``_upper``.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([["ARM", "BLR"], ["RUS", "USA"], [2010]],
    ...                                    names=["state", "partner", "year"])
    >>> strength(pd.Series([0.75, 0.25, 0.75, 0.5], index=index))
                  total   mean  states
    partner year
    RUS     2010   1.50  0.750       2
    USA     2010   0.75  0.375       2
    """
    check_level(level)
    scores = read_scores(data, draws)
    rows = scores.rows
    index, cell, size = rows.once("partner-years", lambda: _partner_years(rows))

    def measured(x: Floats) -> tuple[Floats, Floats, Ints]:
        unknown = np.isnan(x)
        count = size - np.bincount(cell[unknown], minlength=len(size))
        total = np.bincount(cell, weights=np.where(unknown, 0.0, x), minlength=len(size))
        known = np.where(count > 0, count, np.nan)
        return np.where(count > 0, total, np.nan), total / known, count

    total, mean, states = measured(scores.table["score"].to_numpy())
    columns: dict[str, Any] = {"total": total, "mean": mean, "states": states}
    if scores.draws is not None:
        drawn = np.array([measured(draw)[:2] for draw in scores.draws])
        columns |= intervals({"total": drawn[:, 0], "mean": drawn[:, 1]}, level)
    return pd.DataFrame(columns, index=index.view())


def _partner_years(rows: DyadYears) -> tuple[pd.MultiIndex, Ints, Ints]:
    """Partner-years, the one of each row, and how many rows each has."""
    index, cell = state_years(rows.partner, rows.partners, rows.year, "partner")
    return index, cell, np.bincount(cell, minlength=len(index))


def biplot(data: Data, *, draws: Floats | None = None, level: float = 0.9) -> pd.DataFrame:
    """Map states and poles in two dimensions, year after year on the same axes.

    Each year's scores (states by partners, centred by partner) are reduced to their first two
    singular vectors. Each map is then rotated or reflected onto that of the latest year before it
    by orthogonal Procrustes on the states in both, so that movement on the map is movement of
    ties and not of axes. Later years change no earlier map; another state or partner does.

    Parameters
    ----------
    data : AlignmentResult, Series or DataFrame
    draws : ndarray, shape (draws, rows), optional
        The map of each draw is brought onto the map of the scores of its year.
    level : float
        Probability of the intervals over draws.

    Returns
    -------
    DataFrame
        Index (year, kind, name) with kind ``state`` or ``partner``: `x`, `y`, `explained` (share
        of the year's sum of squares on the map). States are in units of the scores, partners are
        directions of at most unit length. A state with a missing partner, itself apart from the
        poles, has NaN: leave out partners that are states of the panel too, or read them with care.
        With draws also ``x_lower``, ``x_upper``, ``y_lower``, ``y_upper``.

    Notes
    -----
    Procrustes: Schönemann (1966), doi:10.1007/BF02289451. Biplot: Gabriel (1971),
    doi:10.1093/biomet/58.3.453.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([["ARM", "BLR", "GEO"], ["RUS", "USA"], [2010, 2011]],
    ...                                    names=["state", "partner", "year"])
    >>> scores = pd.Series([0.9, 0.9, 0.2, 0.2, 0.8, 0.8, 0.1, 0.1, 0.2, 0.2, 0.6, 0.6],
    ...                    index=index)
    >>> found = biplot(scores)
    >>> bool((found.loc[2010] - found.loc[2011]).abs().max().max() < 1e-12)
    True
    """
    table = ties(data, draws=draws, level=level, low=-np.inf)
    states = table.index.get_level_values("state").unique()
    year_of = table.index.get_level_values("year").to_numpy()
    parts = []
    before = np.full((len(states), 2), np.nan)
    for year in np.unique(year_of):
        rows = np.flatnonzero(year_of == year)
        place = states.get_indexer(table.index[rows].get_level_values("state"))
        shape = (len(states), len(table.partners))

        def mapped(values: Floats) -> tuple[Floats, Floats, float]:
            scores = np.full(shape, np.nan)  # noqa: B023
            scores[place] = values  # noqa: B023
            return kernels.biplot(scores)

        points, partners, explained = mapped(table.score[rows])
        fresh = bool(np.isnan(before).all())
        turn = _upright(partners) if fresh else kernels.align(points, before)
        both = np.vstack([points @ turn, partners @ turn])
        points = both[: len(states)]
        # A state that drops out for a year keeps its last place as an anchor.
        before = points if fresh else np.where(np.isnan(points), before, points)
        names = [("state", name) for name in states] + [("partner", n) for n in table.partners]
        index = pd.MultiIndex.from_tuples(
            [(int(year), *name) for name in names], names=["year", "kind", "name"]
        )
        part = pd.DataFrame(both, index=index, columns=["x", "y"]).assign(explained=explained)
        if table.draws is not None:
            maps = []
            for draw in table.draws[:, rows]:
                at, to, _ = mapped(draw)
                maps.append(np.vstack([at, to]) @ kernels.align(at, points))
            drawn = np.array(maps)
            part = part.assign(**intervals({"x": drawn[..., 0], "y": drawn[..., 1]}, level))
        parts.append(part)
    return pd.concat(parts).sort_index()


def _upright(partners: Floats) -> Floats:
    """Signs that make the longest partner of each axis point up: singular vectors have none."""
    longest = np.take_along_axis(partners, np.abs(np.nan_to_num(partners)).argmax(axis=0)[None], 0)
    return np.diag(np.where(np.ravel(longest) < 0, -1.0, 1.0))


def to_networkx(data: Data, *, year: int) -> Any:
    """Make a directed graph of a year: an edge from state to partner for every known score.

    Parameters
    ----------
    data : AlignmentResult, Series or DataFrame
    year : int

    Returns
    -------
    networkx.DiGraph
        Nodes: every state and partner of the year. Edges: attribute `weight`, the score, and `low`,
        `high` where there are bounds. The graph has the attribute `year`.

    Raises
    ------
    ExtraError
        If networkx is not installed (extra ``network``).
    PanelError
        If the year is not in the data.
    """
    try:
        import networkx
    except ImportError:
        raise ExtraError("a graph", "network") from None
    scores = read_scores(data)
    table, rows = scores.table, scores.rows
    inside = _of_year(rows.index.get_level_values("year"), year)
    graph = networkx.DiGraph(year=int(year))
    part = table.iloc[inside]
    state = part.index.get_level_values("state")
    partner = part.index.get_level_values("partner")
    graph.add_nodes_from(dict.fromkeys([*state, *partner]))
    bounds = [name for name in ("low", "high") if name in part.columns]
    for i, (source, target) in enumerate(zip(state, partner, strict=True)):
        score = float(part["score"].iloc[i])
        if not np.isnan(score):
            attributes = {name: float(part[name].iloc[i]) for name in bounds}
            graph.add_edge(source, target, weight=score, **attributes)
    return graph


def _of_year(years: pd.Index[Any], year: int) -> NDArray[np.intp]:
    """Return the rows of one year, which must exist."""
    check_count(year, "year", 1)
    check_years(year, known=years.unique(), name="year")
    return np.flatnonzero(years == year)
