"""Tilt between two poles over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from alignindex import poles as measures
from alignindex.base.errors import PanelError
from alignindex.plot import choose
from alignindex.plot.canvas import (
    PALE,
    PLAIN,
    axes_on,
    fewer,
    heading,
    looks,
    plain_axes,
    shown,
    source,
    warn_empty,
    whole_years,
    write_caption,
)
from alignindex.plot.choose import Labels, Years, row
from alignindex.plot.labels import end_labels, last_points
from alignindex.plot.lines import draw_band, draw_line
from alignindex.poles.pair import BAND
from alignindex.scoring.result import AlignmentResult
from alignindex.spec import IndexSpec

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["tilt"]


def tilt(
    data: AlignmentResult | pd.Series | pd.DataFrame,
    *,
    poles: tuple[str, str],
    states: Labels = None,
    years: Years = None,
    spec: IndexSpec | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw toward which of two poles states lean, over the years.

    Parameters
    ----------
    data : AlignmentResult, Series or DataFrame
        Scores, or the table of ``poles.tilt`` for these poles, whose interval is drawn as a band.
    poles : (str, str)
        100 is wholly the first pole, 0 wholly the second.
    states : code or list of codes, optional
        At most seven; all by default.
    years : int, (first, last) or list of int, optional
    spec : IndexSpec, optional
        The spec behind a plain table, for the caption.
    ax : Axes, optional
        Default: a new figure.

    Returns
    -------
    Axes
        One line per state; the published hedging band, 45 to 55, behind them.

    Raises
    ------
    PanelError
        If a pole, state or year does not occur, or `poles` are not two.
    AlignIndexError
        If there are more than seven states.
    ExtraError
        If matplotlib is not installed.

    Warns
    -----
    UserWarning
        If no tilt is known.

    Notes
    -----
    Scores toward two poles may rest on different indicators: give `poles.comparable(result)` to
    compare like with like.

    Examples
    --------
    >>> import alignindex as ai
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> like = ai.poles.comparable(result)
    >>> two = {"poles": ("RUS", "USA"), "states": ["ARM", "KAZ"]}
    >>> ax = ai.plot.tilt(like, **two, spec=result.spec)
    >>> [line.get_label() for line in ax.get_lines()][1:]
    ['ARM', 'KAZ']
    """
    origin = choose.spec_of(data, spec)
    if isinstance(poles, str) or len(poles) != 2:
        raise PanelError(f'poles takes two partners, such as ("RUS", "USA"); got {poles!r}')
    ready = isinstance(data, pd.DataFrame) and "tilt" in data.columns
    table: pd.DataFrame = data if ready else measures.tilt(data, poles=poles)  # type: ignore[assignment]
    a, b = map(shown, poles)
    if list(table.index.names) != ["state", "year"]:
        raise PanelError(
            "a table of poles.tilt has the index (state, year); got "
            f"{', '.join(map(str, table.index.names))}"
        )
    table = table.sort_index()
    known = table.index.get_level_values("state").unique()
    names = choose.select_labels(states, known, "states")
    look = looks(names, list(known), "states", fewer("states", names))
    table = table[choose.select_rows(table.index, states=names, years=years)]
    rows = pd.Index(names, name="state")
    span = choose.span_of(table.index.get_level_values("year"))
    wide = choose.grid(table["tilt"], rows, span)

    ax = axes_on(ax, 2.4)
    plain_axes(ax)
    low, high = BAND
    ax.axhspan(low, high, color="#f0f0f0", linewidth=0, zorder=0.2, gid="hedging")
    ax.axhline(50, color=PALE, linewidth=0.6, zorder=0.4)
    told = [f"100: wholly {a}, 0: wholly {b}; grey: hedging, {low:g} to {high:g}."]
    if {"tilt_lower", "tilt_upper"} <= set(table.columns):
        ends = [choose.grid(table[n], rows, span) for n in ("tilt_lower", "tilt_upper")]
        for name in names:
            draw_band(ax, span, row(ends[0], name), row(ends[1], name), look[name], 0.25, "draws")
        told.append("Band: interval over the draws.")
    for place, name in enumerate(names):
        draw_line(ax, span, row(wide, name), look[name], start=place).set_label(shown(name))
    ax.set_ylim(-3, 103)
    ax.set_yticks([0, 25, 50, 75, 100], [f"{b} 0", "25", "50", "75", f"{a} 100"], **PLAIN)
    whole_years(ax, span[0], span[-1])
    end_labels(ax, last_points(wide, {name: (name, look[name].colour) for name in names}))
    heading(ax, f"Tilt between {a} and {b}")
    if bool(wide.isna().to_numpy().all()):
        warn_empty(ax, "no tilt of these states is known.")
    write_caption(ax, " ".join([*told, "Gap: unknown."]), source(origin))
    return ax
