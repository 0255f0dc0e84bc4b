"""Small multiples: one panel a state, all poles in each."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alignindex.base.errors import AlignIndexError
from alignindex.plot import choose
from alignindex.plot.canvas import (
    COLUMN,
    INK,
    SMALL,
    caption,
    ends_of,
    figure_of,
    looks,
    new_figure,
    plain_axes,
    source,
    whole_years,
)
from alignindex.plot.choose import Data, Names, row
from alignindex.plot.lines import draw_band, draw_line, score_axis
from alignindex.spec import IndexSpec

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

__all__ = ["small_multiples"]


def small_multiples(
    data: Data,
    *,
    states: Names = None,
    partners: Names = None,
    years: tuple[int, int] | None = None,
    bounds: bool = True,
    columns: int = 3,
    spec: IndexSpec | None = None,
    ax: Iterable[Axes] | None = None,
) -> NDArray[Any]:
    """Draw every state in a panel of its own, with its scores toward all poles.

    Parameters
    ----------
    data : AlignmentResult, Series or DataFrame
        A result, or scores with the index (state, partner, year).
    states, partners : str or sequence of str, optional
        Which, and in which order; at most seven partners.
    years : (int, int), optional
    bounds : bool
        Draw the least and greatest possible score as a band, where there are bounds.
    columns : int
        Panels beside one another, in a new figure.
    spec : IndexSpec, optional
        The spec behind a plain table, for the caption.
    ax : array of Axes, optional
        One for each state at least; a new figure of column width unless given.

    Returns
    -------
    ndarray of Axes
        One a state, in order; their figure is ``axes[0].figure``.

    Raises
    ------
    PanelError
        If a state, partner or year is not there.
    AlignIndexError
        If there are more than seven partners, or fewer axes than states.
    ExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import alignindex as ai
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> axes = ai.plot.small_multiples(result, states=["ARM", "BLR", "KAZ"])
    >>> [ax.get_title(loc="left") for ax in axes]
    ['ARM', 'BLR', 'KAZ']
    """
    table, origin = choose.scores_of(data), choose.spec_of(data, spec)
    index = table.index
    names = choose.chosen(states, index.get_level_values("state").unique(), "state")
    known = [str(name) for name in index.get_level_values("partner").unique().sort_values()]
    poles = choose.chosen(partners, known, "partner")
    first, last = choose.years_of(years, index.get_level_values("year"))
    look = looks(poles, known, "partners")
    rows = pd.MultiIndex.from_product([names, poles], names=["state", "partner"])
    span = np.arange(first, last + 1)
    score = choose.grid(table["score"], rows, (first, last))
    banded = bounds and {"low", "high"} <= set(table.columns)
    if banded:
        low, high = (choose.grid(table[n], rows, (first, last)) for n in ("low", "high"))

    ends = ends_of(origin, table.to_numpy())
    axes = _panels(ax, len(names), columns)
    for panel, state in zip(axes, names, strict=True):
        plain_axes(panel)
        for place, pole in enumerate(poles):
            if banded:
                draw_band(panel, span, row(low, (state, pole)), row(high, (state, pole)),
                          look[pole], 0.15, "bounds")  # fmt: skip
            line = draw_line(panel, span, row(score, (state, pole)), look[pole], start=place)
            line.set_label(pole)
            line.set_linewidth(0.9)
            line.set_markersize(2)
        score_axis(panel, ends, "")
        whole_years(panel, first, last, bins=3)
        panel.set_title(state, fontsize=SMALL, color=INK, loc="left", pad=2)
    told = "Band: least and greatest possible score. " if banded else ""
    _frame(axes, ax is None, f"{told}Gap: no score. {source(origin)}", len(poles))
    return axes


def _panels(ax: Iterable[Axes] | None, count: int, columns: int) -> NDArray[Any]:
    """Axes for the panels: a new grid of them that share their scales, or those given."""
    if ax is not None:
        given = list(np.asarray(ax, dtype=object).ravel())
        if len(given) < count:
            raise AlignIndexError(
                f"{count} states need as many axes; got {len(given)}: give more, or choose states"
            )
        return np.array([*given[:count], None], dtype=object)[:-1]
    if columns < 1:
        raise AlignIndexError(f"columns counts panels beside one another, from 1; got {columns}")
    columns = min(columns, count)
    rows = math.ceil(count / columns)
    figure = new_figure(COLUMN, 0.75 + 0.85 * rows)
    from alignindex.plot.shown import ShownAxes

    out = np.empty(count, dtype=object)
    for i in range(count):
        share = out[0] if i else None
        out[i] = figure.add_subplot(
            rows, columns, i + 1, axes_class=ShownAxes, sharex=share, sharey=share
        )
        if i % columns:
            out[i].tick_params(labelleft=False)
        if i + columns < count:
            out[i].tick_params(labelbottom=False)
    return out


def _frame(axes: NDArray[Any], own: bool, text: str, entries: int) -> None:
    """Key and caption: of the figure if it is ours, else on the first and last panel."""
    handles, labels = axes[0].get_legend_handles_labels()
    style = {
        "frameon": False, "fontsize": SMALL, "labelcolor": INK, "handlelength": 2.6,
        "columnspacing": 1.2, "handletextpad": 0.4, "borderaxespad": 0.2, "ncols": min(entries, 4),
    }  # fmt: skip
    if not own:
        axes[0].legend(handles, labels, loc="best", **style)
        caption(axes[-1], text, "")
        return
    figure = figure_of(axes[0])
    figure.legend(handles, labels, loc="outside upper center", **style)
    caption(axes[0], text, "")
    figure.supylabel("alignment score", fontsize=SMALL, color=INK)
