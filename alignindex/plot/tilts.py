"""Tilt between two poles over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alignindex import poles
from alignindex.base.errors import PanelError
from alignindex.plot import choose
from alignindex.plot.canvas import (
    INK,
    PALE,
    TEXT,
    axes_on,
    caption,
    end_labels,
    last_points,
    looks,
    plain_axes,
    source,
    whole_years,
)
from alignindex.plot.choose import Names, row
from alignindex.plot.lines import draw_band, draw_line
from alignindex.poles.pair import BAND
from alignindex.scoring.result import AlignmentResult
from alignindex.spec import IndexSpec

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["tilt"]


def tilt(
    data: AlignmentResult | pd.Series | pd.DataFrame,
    a: str,
    b: str,
    *,
    states: Names = None,
    years: tuple[int, int] | None = None,
    spec: IndexSpec | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw which of two poles states lean to, over the years.

    Parameters
    ----------
    data : AlignmentResult, Series or DataFrame
        Scores, or the table of ``poles.tilt(..., poles=(a, b))``, whose ``tilt_lower`` and
        ``tilt_upper`` are drawn as a band.
    a, b : str
        The poles: 100 is wholly a, 0 wholly b.
    states : str or sequence of str, optional
        At most seven.
    years : (int, int), optional
    spec : IndexSpec, optional
        The spec behind a plain table, for the caption.
    ax : Axes, optional

    Returns
    -------
    Axes
        One line a state; the published hedging band, 45 to 55, behind them.

    Raises
    ------
    PanelError
        If a pole, state or year is not there.
    AlignIndexError
        If there are more than seven states.
    ExtraError
        If matplotlib is not installed.

    Notes
    -----
    Scores toward two poles may rest on different indicators: give `poles.comparable(result)` to
    compare like with like.

    Examples
    --------
    >>> import alignindex as ai
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> like = ai.poles.comparable(result)
    >>> ax = ai.plot.tilt(like, "RUS", "USA", states=["ARM", "KAZ"], spec=result.spec)
    >>> [line.get_label() for line in ax.get_lines()][1:]
    ['ARM', 'KAZ']
    """
    origin = choose.spec_of(data, spec)
    ready = isinstance(data, pd.DataFrame) and "tilt" in data.columns
    table: pd.DataFrame = data if ready else poles.tilt(data, poles=(a, b))  # type: ignore[assignment]
    if list(table.index.names) != ["state", "year"]:
        raise PanelError(
            "a table of poles.tilt has the index (state, year); got "
            f"{', '.join(map(str, table.index.names))}"
        )
    table = table.sort_index()
    known = table.index.get_level_values("state").unique()
    names = choose.chosen(states, known, "state")
    first, last = choose.years_of(years, table.index.get_level_values("year"))
    look = looks(names, [str(name) for name in known], "states")
    rows = pd.Index(names, name="state")
    span = np.arange(first, last + 1)
    wide = choose.grid(table["tilt"], rows, (first, last))

    ax = axes_on(ax, 2.4)
    plain_axes(ax)
    low, high = BAND
    ax.axhspan(low, high, color="#f0f0f0", linewidth=0, zorder=0.2, gid="hedging")
    ax.axhline(50, color=PALE, linewidth=0.6, zorder=0.4)
    told = [f"100: wholly {a}, 0: wholly {b}; grey: hedging, {low:g} to {high:g}."]
    if {"tilt_lower", "tilt_upper"} <= set(table.columns):
        ends = [choose.grid(table[n], rows, (first, last)) for n in ("tilt_lower", "tilt_upper")]
        for name in names:
            draw_band(ax, span, row(ends[0], name), row(ends[1], name), look[name], 0.25, "draws")
        told.append("Band: interval over the draws.")
    for place, name in enumerate(names):
        draw_line(ax, span, row(wide, name), look[name], start=place).set_label(name)
    ax.set_ylim(-3, 103)
    ax.set_yticks([0, 25, 50, 75, 100], [f"{b} 0", "25", "50", "75", f"{a} 100"])
    whole_years(ax, first, last)
    end_labels(ax, last_points(wide, {name: (name, look[name].colour) for name in names}))
    ax.set_title(f"Tilt between {a} and {b}", fontsize=TEXT, color=INK, loc="left")
    caption(ax, " ".join([*told, "Gap: unknown."]), source(origin))
    return ax
