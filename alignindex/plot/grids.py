"""Tables as pictures: states by years, and states by states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.errors import PanelError
from alignindex.plot import choose
from alignindex.plot.canvas import (
    HATCH,
    INK,
    PALE,
    SMALL,
    TEXT,
    TINY,
    axes_on,
    caption,
    figure_of,
    plain_axes,
    source,
)
from alignindex.plot.choose import Data, Names
from alignindex.similarity import SimilarityMatrix
from alignindex.spec import IndexSpec

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["heatmap", "similarity"]

Floats = NDArray[np.float64]


def heatmap(
    data: Data,
    *,
    partner: str,
    states: Names = None,
    years: tuple[int, int] | None = None,
    order: Literal["mean", "name"] = "mean",
    spec: IndexSpec | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the scores toward one partner, states by years.

    Parameters
    ----------
    data : AlignmentResult, Series or DataFrame
        A result, or scores with the index (state, partner, year).
    partner : str
    states : str or sequence of str, optional
        Drawn from top to bottom in this order if they are named.
    years : (int, int), optional
    order : {"mean", "name"}
        Of states that are not named: by their mean score, highest on top, or by name.
    spec : IndexSpec, optional
        The spec behind a plain table, for the caption.
    ax : Axes, optional

    Returns
    -------
    Axes
        A cell without a score is hatched, never coloured. The colours span the range of the index.

    Raises
    ------
    PanelError
        If the partner, a state or a year is not there, or there is no such order.
    ExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import alignindex as ai
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> ax = ai.plot.heatmap(result, partner="RUS", states=["BLR", "ARM", "GEO"])
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['BLR', 'ARM', 'GEO']
    """
    if order not in ("mean", "name"):
        raise PanelError(f"order is 'mean' or 'name', or the states in their order; got {order!r}")
    table, origin = choose.scores_of(data), choose.spec_of(data, spec)
    index = table.index
    pole = choose.one_of(partner, index.get_level_values("partner").unique(), "partner")
    score = table.loc[index.get_level_values("partner") == pole, "score"].droplevel("partner")
    names = choose.chosen(states, score.index.get_level_values("state").unique(), "state")
    first, last = choose.years_of(years, score.index.get_level_values("year"))
    wide = choose.grid(score, pd.Index(names, name="state"), (first, last))
    if states is None:
        wide = wide.sort_index()
        if order == "mean":
            mean = wide.mean(axis=1)
            wide = wide.loc[mean.sort_values(ascending=False, kind="stable").index]

    values = wide.to_numpy(dtype=np.float64)
    ax = axes_on(ax, max(1.5, 0.85 + 0.135 * len(wide)))
    ends = origin.range if origin is not None else _ends(values)
    _cells(ax, values, np.arange(first, last + 2) - 0.5, ends, "alignment score")
    _rows(ax, list(wide.index), SMALL)
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(nbins=7, integer=True))
    ax.set_title(f"Alignment with {pole}", fontsize=TEXT, color=INK, loc="left")
    told = "Hatched: no score. " if bool(np.isnan(values).any()) else ""
    if states is None and order == "mean":
        told += "States by mean score. "
    caption(ax, told, source(origin))
    return ax


def similarity(
    matrix: SimilarityMatrix | pd.DataFrame,
    *,
    period: Any = None,
    states: Names = None,
    order: Literal["cluster", "given"] = "cluster",
    label: str = "similarity",
    spec: IndexSpec | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how alike states are, those that are alike beside one another.

    Parameters
    ----------
    matrix : SimilarityMatrix or DataFrame
        From `similarity.to_matrix` or `poles.similarity`; a square table of states.
    period : optional
        Which period of a `SimilarityMatrix` that has several.
    states : str or sequence of str, optional
        Which states; all unless given.
    order : {"cluster", "given"}
        ``cluster``: average linkage on (greatest value - value), with the leaves in the optimal
        order (Bar-Joseph, Gifford & Jaakkola 2001, doi:10.1093/bioinformatics/17.suppl_1.S22).
        Only for the order, an unknown pair stands at the mean distance.
    label : str
        What is measured, for the colour bar.
    spec : IndexSpec, optional
        The spec behind a table of `poles.similarity`, for the caption.
    ax : Axes, optional

    Returns
    -------
    Axes
        Unknown pairs are hatched. The colours span 0 to 1, or -1 to 1 where a value is negative.

    Raises
    ------
    PanelError
        If the table is not square, a state or the period is not there.
    ExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import alignindex as ai
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> like = ai.poles.likeness(result, year=2019)
    >>> ax = ai.plot.similarity(like, spec=result.spec)
    >>> sorted(label.get_text() for label in ax.get_yticklabels()) == sorted(like.index)
    True
    """
    if order not in ("cluster", "given"):
        raise PanelError(f"order is 'cluster' or 'given'; got {order!r}")
    table, when = _square(matrix, period)
    names = choose.chosen(states, table.index, "state")
    table = table.set_axis([str(n) for n in table.index], axis=0).loc[names]
    table = table.set_axis([str(n) for n in table.columns], axis=1)[names]
    if order == "cluster":
        place = _leaves(table.to_numpy(dtype=np.float64))
        table = table.iloc[place, place]
    values = table.to_numpy(dtype=np.float64)
    n = len(table)
    ax = axes_on(ax, 3.3)
    _cells(ax, values, np.arange(n + 1) - 0.5, _ends(values), label)
    size = min(SMALL, max(3.0, 150.0 / max(n, 1)))
    _rows(ax, list(table.index), size)
    ax.set_xticks(range(n), list(table.columns), fontsize=size, rotation=90)
    ax.set_aspect("equal")
    if when is not None:
        ax.set_title(str(when), fontsize=TEXT, color=INK, loc="left")
    told = "Hatched: no value. " if bool(np.isnan(values).any()) else ""
    if order == "cluster":
        told += "States that are alike stand beside one another (average linkage, optimal order). "
    caption(ax, told, source(spec) if spec is not None else f"Measure: {label}; no index.")
    return ax


def _square(matrix: SimilarityMatrix | pd.DataFrame, period: Any) -> tuple[pd.DataFrame, Any]:
    """One states × states table, and its period."""
    if isinstance(matrix, pd.DataFrame):
        if period is not None:
            raise PanelError("period goes with a SimilarityMatrix; this table has none")
        if len(matrix) == 0 or list(map(str, matrix.index)) != list(map(str, matrix.columns)):
            raise PanelError(
                "expected a square table with the same states in rows and columns, such as "
                f"poles.similarity gives; got {matrix.shape[0]} rows × {matrix.shape[1]} columns"
            )
        return matrix, None
    if not isinstance(matrix, SimilarityMatrix):
        raise PanelError(
            "expected a SimilarityMatrix (similarity.to_matrix) or a square table; got "
            f"{type(matrix).__name__}"
        )
    periods = list(matrix.periods)
    if period is None and len(periods) != 1:
        raise PanelError(
            f"the matrix has {len(periods)} periods, from {periods[0]} to {periods[-1]}; choose "
            "one with period="
        )
    if period is not None and period not in periods:
        raise PanelError(
            f"period {period!r} is not in the matrix; it has "
            f"{', '.join(map(str, periods[:5]))}{', …' if len(periods) > 5 else ''}"
        )
    at = 0 if period is None else periods.index(period)
    values = pd.DataFrame(matrix.values[:, :, at], index=matrix.states, columns=matrix.states)
    return values, period if period is not None else None


def _leaves(values: Floats) -> NDArray[np.int64]:
    """Order of the states in which neighbours are most alike."""
    n = len(values)
    if n < 3:
        return np.arange(n)
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    both = np.stack([values, values.T])
    known = ~np.isnan(both)
    count = known.sum(axis=0)
    like = np.where(
        count > 0, np.where(known, both, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan
    )
    off = ~np.eye(n, dtype=bool) & (count > 0)
    if not off.any():
        return np.arange(n)
    distance = like[off].max() - like
    distance[count == 0] = distance[off].mean()
    np.fill_diagonal(distance, 0.0)
    tree = linkage(squareform(distance, checks=False), "average", optimal_ordering=True)
    return np.asarray(leaves_list(tree), dtype=np.int64)


def _ends(values: Floats) -> tuple[float, float]:
    """Choose the ends of the colours: 0 to 1, -1 to 1, or those of the values if wider."""
    known = values[~np.isnan(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    return min(low, -1.0) if low < 0 else 0.0, max(high, 1.0)


def _cells(
    ax: Axes, values: Floats, across: NDArray[Any], ends: tuple[float, float], label: str
) -> None:
    """Coloured cells, hatched where there is no value, and a colour bar beside them."""
    from matplotlib.patches import Rectangle

    rows = np.arange(len(values) + 1) - 0.5
    ax.add_patch(
        Rectangle(
            (float(across[0]), -0.5), float(across[-1] - across[0]), len(values), linewidth=0,
            facecolor="white", edgecolor="#b0b0b0", hatch=HATCH, zorder=0.5, gid="unknown",
        )
    )  # fmt: skip
    mesh = ax.pcolormesh(
        across, rows, np.ma.masked_invalid(values), cmap="cividis", vmin=ends[0], vmax=ends[1],
        edgecolor="white", linewidth=0.3, zorder=1,
    )  # fmt: skip
    ax.set_xlim(across[0], across[-1])
    ax.set_ylim(len(values) - 0.5, -0.5)
    bar = figure_of(ax).colorbar(mesh, ax=ax, fraction=0.05, pad=0.02, aspect=22)
    bar.set_label(label, fontsize=SMALL, color=INK)
    bar.ax.tick_params(labelsize=TINY, length=2, width=0.5, pad=2, color=PALE, labelcolor=INK)
    bar.outline.set_linewidth(0)


def _rows(ax: Axes, names: Sequence[str], size: float) -> None:
    """Name the rows."""
    plain_axes(ax, grid="")
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    ax.set_yticks(range(len(names)), list(names), fontsize=size)
    ax.tick_params(length=0)
