"""Small multiples: one panel per state, all poles in each."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alignindex.base.arguments import check_count
from alignindex.base.errors import AlignIndexError
from alignindex.plot import choose
from alignindex.plot.canvas import (
    COLUMN,
    INK,
    PLAIN,
    SMALL,
    ends_of,
    fewer,
    figure_of,
    looks,
    new_figure,
    plain_axes,
    shown,
    source,
    warn_empty,
    whole_years,
    write_caption,
)
from alignindex.plot.choose import Data, Labels, Years, row
from alignindex.plot.lines import draw_band, draw_line, score_axis
from alignindex.spec import IndexSpec

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["small_multiples"]


class Panels(np.ndarray[Any, Any]):
    """An array of Axes with a short text, which a notebook shows below the figure."""

    def __repr__(self) -> str:
        return f"<{self.size} panels: array of Axes>"


def small_multiples(
    data: Data,
    *,
    states: Labels = None,
    partners: Labels = None,
    years: Years = None,
    bounds: bool = True,
    columns: int = 3,
    spec: IndexSpec | None = None,
    ax: Iterable[Axes] | None = None,
) -> Panels:
    """Draw every state in a panel of its own, with its scores toward all poles.

    Parameters
    ----------
    data : AlignmentResult, Series or DataFrame
        A result, or scores with the index (state, partner, year).
    states, partners : code or list of codes, optional
        What to draw, in this order; all by default. At most seven partners.
    years : int, (first, last) or list of int, optional
    bounds : bool
        Draw the minimum and maximum possible score as a band, if there are bounds.
    columns : int
        Panels beside one another, in a new figure.
    spec : IndexSpec, optional
        The spec behind a plain table, for the caption.
    ax : array of Axes, optional
        At least one for each state. Default: a new figure of column width.

    Returns
    -------
    ndarray of Axes
        One per state, in order; their figure is ``axes[0].figure``.

    Raises
    ------
    PanelError
        If a state, partner or year does not occur.
    AlignIndexError
        If there are more than seven partners, or fewer axes than states.
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
    >>> axes = ai.plot.small_multiples(result, states=["ARM", "BLR", "KAZ"])
    >>> [ax.get_title(loc="left") for ax in axes]
    ['ARM', 'BLR', 'KAZ']
    """
    table, origin = choose.scores_of(data), choose.spec_of(data, spec)
    index = table.index
    names = choose.select_labels(states, index.get_level_values("state").unique(), "states")
    known = index.get_level_values("partner").unique().sort_values()
    poles = choose.select_labels(partners, known, "partners")
    table = table[choose.select_rows(index, states=states, partners=partners, years=years)]
    span = choose.span_of(table.index.get_level_values("year"))
    look = looks(poles, list(known), "partners", fewer("partners", poles))
    rows = pd.MultiIndex.from_product([names, poles], names=["state", "partner"])
    score = choose.grid(table["score"], rows, span)
    banded = bounds and {"low", "high"} <= set(table.columns)
    if banded:
        low, high = (choose.grid(table[n], rows, span) for n in ("low", "high"))

    ends = ends_of(origin, table.to_numpy())
    axes = _panels(ax, len(names), columns)
    for panel, state in zip(axes, names, strict=True):
        plain_axes(panel)
        for place, pole in enumerate(poles):
            key = (state, pole)
            if banded:
                draw_band(panel, span, row(low, key), row(high, key), look[pole], 0.15, "bounds")
            line = draw_line(panel, span, row(score, key), look[pole], start=place)
            line.set(label=shown(pole), linewidth=0.9, markersize=2)
        score_axis(panel, ends, "")
        whole_years(panel, span[0], span[-1], bins=3)
        panel.set_title(shown(state), fontsize=SMALL, color=INK, loc="left", pad=2, **PLAIN)
    if bool(score.isna().to_numpy().all()):
        warn_empty(axes[0], "no score is known.")
    told = "Band: minimum and maximum possible score. " if banded else ""
    _frame(axes, ax is None, f"{told}Gap: no score. {source(origin)}", len(poles))
    return axes


def _panels(ax: Iterable[Axes] | None, count: int, columns: int) -> Panels:
    """Return axes for the panels: the given ones, or a new grid of them that share their scales."""
    out = np.empty(count, dtype=object).view(Panels)
    if ax is not None:
        given = list(np.asarray(ax, dtype=object).ravel())
        if len(given) < count:
            raise AlignIndexError(
                f"{count} states need as many axes; got {len(given)}: give more, or choose states"
            )
        out[:] = given[:count]
        return out
    check_count(columns, "columns", 1)
    columns = min(columns, count)
    rows = math.ceil(count / columns)
    figure = new_figure(COLUMN, 0.75 + 0.85 * rows)
    for i in range(count):
        share = out[0] if i else None
        out[i] = figure.add_subplot(rows, columns, i + 1, sharex=share, sharey=share)
        if i % columns:
            out[i].tick_params(labelleft=False)
        if i + columns < count:
            out[i].tick_params(labelbottom=False)
    return out


def _frame(axes: Panels, own: bool, text: str, entries: int) -> None:
    """Add key and caption: to the figure if it was made here, else to the first and last panel."""
    lines = axes[0].get_lines()[-entries:]
    labels = [line.get_label() for line in lines]
    blank = ["" for _ in lines]  # a legend leaves out labels that begin with an underscore
    style: dict[str, Any] = {"frameon": False, "fontsize": SMALL, "labelcolor": INK}
    style |= {"handlelength": 2.6, "columnspacing": 1.2, "handletextpad": 0.4}
    style |= {"borderaxespad": 0.2, "ncols": min(entries, 4)}
    figure = figure_of(axes[0])
    if own:
        key = figure.legend(lines, blank, loc="outside upper center", **style)
        figure.supylabel("alignment score", fontsize=SMALL, color=INK)
    else:
        key = axes[0].legend(lines, blank, loc="best", **style)
    for name, label in zip(key.get_texts(), labels, strict=True):
        name.set(text=label, **PLAIN)
    write_caption(axes[0 if own else -1], text, "")
