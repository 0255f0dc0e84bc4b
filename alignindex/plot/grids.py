"""Tables as pictures: states by years, and states by states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.arguments import check_choice
from alignindex.base.errors import PanelError
from alignindex.base.typing import Floats
from alignindex.plot import choose
from alignindex.plot.canvas import (
    HATCH,
    INK,
    PALE,
    PLAIN,
    SMALL,
    TINY,
    axes_on,
    figure_of,
    heading,
    name_rows,
    plain_axes,
    shown,
    source,
    warn_empty,
    write_caption,
)
from alignindex.plot.choose import Data, Labels, Years
from alignindex.similarity import SimilarityMatrix
from alignindex.spec import IndexSpec

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["heatmap", "similarity"]


def heatmap(
    data: Data,
    *,
    partners: Labels,
    states: Labels = None,
    years: Years = None,
    order: Literal["mean", "name"] = "mean",
    spec: IndexSpec | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the scores with one partner, states by years.

    Parameters
    ----------
    data : AlignmentResult, Series or DataFrame
        A result, or scores with the index (state, partner, year).
    partners : code
        The partner.
    states : code or list of codes, optional
        Drawn from top to bottom in this order; all by default.
    years : int, (first, last) or list of int, optional
    order : {"mean", "name"}
        Order of the states if none are named: by mean score, highest on top, or by name.
    spec : IndexSpec, optional
        The spec behind a plain table, for the caption.
    ax : Axes, optional
        Default: a new figure.

    Returns
    -------
    Axes
        A cell without a score is hatched, never coloured. The colours span the range of the index.

    Raises
    ------
    PanelError
        If the partner, a state or a year does not occur, or several partners are given.
    AlignIndexError
        If the order is unknown.
    ExtraError
        If matplotlib is not installed.

    Warns
    -----
    UserWarning
        If no score is known.

    Examples
    --------
    >>> import alignindex as ai
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> ax = ai.plot.heatmap(result, partners="RUS", states=["BLR", "ARM", "GEO"])
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['BLR', 'ARM', 'GEO']
    """
    check_choice(order, "order", ("mean", "name"))
    table, origin = choose.scores_of(data), choose.spec_of(data, spec)
    index = table.index
    pole = choose.one_label(partners, index.get_level_values("partner").unique(), "partners")
    keep = choose.select_rows(index, states=states, partners=pole, years=years)
    score = table.loc[keep, "score"].droplevel("partner")
    there = score.index.get_level_values("state").unique().sort_values()
    names = choose.select_labels(states, there, "states")
    span = choose.span_of(score.index.get_level_values("year"))
    wide = choose.grid(score, pd.Index(names, name="state"), span)
    if states is None and order == "mean":
        mean = wide.mean(axis=1)
        wide = wide.loc[mean.sort_values(ascending=False, kind="stable").index]

    values = wide.to_numpy(dtype=np.float64)
    ax = axes_on(ax, max(1.5, 0.85 + 0.135 * len(wide)))
    ends = origin.range if origin is not None else _ends(values)
    _cells(ax, values, np.arange(span[0], span[-1] + 2) - 0.5, ends, "alignment score")
    name_rows(ax, list(wide.index))
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(nbins=7, integer=True))
    heading(ax, f"Alignment with {shown(pole)}")
    told = "Hatched: no score. " if bool(np.isnan(values).any()) else ""
    if states is None and order == "mean":
        told += "States by mean score. "
    if bool(np.isnan(values).all()):
        warn_empty(ax, f"no score with {shown(pole)} is known.")
    write_caption(ax, told, source(origin))
    return ax


def similarity(
    data: SimilarityMatrix | pd.DataFrame,
    *,
    periods: Any = None,
    states: Labels = None,
    order: Literal["cluster", "given"] = "cluster",
    label: str = "similarity",
    spec: IndexSpec | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how similar states are, with similar states beside one another.

    Parameters
    ----------
    data : SimilarityMatrix or DataFrame
        From `similarity.to_matrix` or `poles.likeness`; a square table of states.
    periods : optional
        The period to draw, if a `SimilarityMatrix` has several.
    states : code or list of codes, optional
        States to draw; all by default.
    order : {"cluster", "given"}
        ``cluster``: average linkage on (greatest value - value), with the leaves in the optimal
        order (Bar-Joseph, Gifford & Jaakkola 2001, doi:10.1093/bioinformatics/17.suppl_1.S22).
        For the order alone, an unknown pair has the mean distance.
    label : str
        Name of the measure, for the colour bar.
    spec : IndexSpec, optional
        The spec behind a table of `poles.likeness`, for the caption.
    ax : Axes, optional
        Default: a new figure.

    Returns
    -------
    Axes
        Unknown pairs are hatched. The colours span 0 to 1, or -1 to 1 if a value is negative.

    Raises
    ------
    PanelError
        If the table is not square, or a state or the period does not occur.
    AlignIndexError
        If the order is unknown.
    ExtraError
        If matplotlib is not installed.

    Warns
    -----
    UserWarning
        If no value is known.

    Examples
    --------
    >>> import alignindex as ai
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> like = ai.poles.likeness(result, year=2019)
    >>> ax = ai.plot.similarity(like, spec=result.spec)
    >>> sorted(label.get_text() for label in ax.get_yticklabels()) == sorted(like.index)
    True
    """
    check_choice(order, "order", ("cluster", "given"))
    table, when = _square(data, periods)
    at = table.index.get_indexer(pd.Index(choose.select_labels(states, table.index, "states")))
    table = table.iloc[at, at]
    if order == "cluster":
        place = _leaves(table.to_numpy(dtype=np.float64))
        table = table.iloc[place, place]
    values = table.to_numpy(dtype=np.float64)
    n = len(table)
    ax = axes_on(ax, 3.3)
    _cells(ax, values, np.arange(n + 1) - 0.5, _ends(values), label)
    size = min(SMALL, max(3.0, 150.0 / max(n, 1)))
    names = [shown(name) for name in table.index]
    name_rows(ax, names, size)
    ax.set_xticks(range(n), names, fontsize=size, rotation=90, **PLAIN)
    ax.tick_params(axis="x", length=0)
    ax.set_aspect("equal")
    if when is not None:
        heading(ax, shown(when))
    told = "Hatched: no value. " if bool(np.isnan(values).any()) else ""
    if order == "cluster":
        told += "Similar states stand beside one another (average linkage, optimal order). "
    if bool(np.isnan(values).all()):
        warn_empty(ax, "no value is known.")
    origin = f"Measure: {label}; no index." if spec is None else source(spec)
    write_caption(ax, told, origin)
    return ax


def _square(matrix: SimilarityMatrix | pd.DataFrame, period: Any) -> tuple[pd.DataFrame, Any]:
    """Return one states × states table, and its period."""
    if isinstance(matrix, pd.DataFrame):
        if period is not None:
            raise PanelError("periods goes with a SimilarityMatrix; this table has none")
        if len(matrix) == 0 or list(map(str, matrix.index)) != list(map(str, matrix.columns)):
            raise PanelError(
                "expected a square table with the same states in rows and columns, such as "
                f"poles.likeness gives; got {matrix.shape[0]} rows × {matrix.shape[1]} columns"
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
            "one with periods="
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
    """Return the order of the states in which neighbours are most similar."""
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
    """Return the ends of the colours: 0 to 1, -1 to 1, or those of the values if wider."""
    known = values[~np.isnan(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    return min(low, -1.0) if low < 0 else 0.0, max(high, 1.0)


def _cells(
    ax: Axes, values: Floats, across: NDArray[Any], ends: tuple[float, float], label: str
) -> None:
    """Draw coloured cells, hatched without a value, and a colour bar beside them."""
    from matplotlib.patches import Rectangle

    plain_axes(ax, grid="")
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    ax.tick_params(length=0)
    rows = np.arange(len(values) + 1) - 0.5
    width = float(across[-1] - across[0])
    hatched: dict[str, Any] = {"facecolor": "white", "edgecolor": "#b0b0b0", "hatch": HATCH}
    back = Rectangle((float(across[0]), -0.5), width, len(values), linewidth=0, **hatched)
    back.set(zorder=0.5, gid="unknown")
    ax.add_patch(back)
    known = np.ma.masked_invalid(values)
    style: dict[str, Any] = {"cmap": "cividis", "edgecolor": "white", "linewidth": 0.3, "zorder": 1}
    mesh = ax.pcolormesh(across, rows, known, vmin=ends[0], vmax=ends[1], **style)
    ax.set_xlim(across[0], across[-1])
    ax.set_ylim(len(values) - 0.5, -0.5)
    bar = figure_of(ax).colorbar(mesh, ax=ax, fraction=0.05, pad=0.02, aspect=22)
    bar.set_label(label, fontsize=SMALL, color=INK, **PLAIN)
    bar.ax.tick_params(labelsize=TINY, length=2, width=0.5, pad=2, color=PALE, labelcolor=INK)
    bar.outline.set_linewidth(0)
