"""One year, side by side: scores and ranks with their intervals, and ranks over the years."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alignindex.base.errors import PanelError
from alignindex.kernels.robustness.ranks import rank_draws
from alignindex.plot import choose
from alignindex.plot.canvas import (
    COLOURS,
    GREY,
    MAX_LINES,
    Look,
    axes_on,
    ends_of,
    heading,
    looks,
    name_axis,
    name_rows,
    plain_axes,
    shown,
    source,
    warn_empty,
    whole_years,
    write_caption,
)
from alignindex.plot.choose import Data, Labels, Years, row
from alignindex.plot.labels import end_labels, last_points
from alignindex.plot.lines import draw_line
from alignindex.robustness import Uncertainty
from alignindex.spec import IndexSpec

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["bump", "ranks", "scores"]


def scores(
    data: Data,
    *,
    years: Years,
    states: Labels = None,
    partners: Labels = None,
    bounds: bool = True,
    uncertainty: Uncertainty | None = None,
    spec: IndexSpec | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the scores of one year as dots with their intervals, the highest on top.

    Parameters
    ----------
    data : AlignmentResult, Series or DataFrame
        A result, or scores with the index (state, partner, year).
    years : int
        The year.
    states, partners : code or list of codes, optional
        Dyads to draw; all by default.
    bounds : bool
        Draw the minimum and maximum possible score as a thin line, if there are bounds.
    uncertainty : Uncertainty, optional
        From `robustness.uncertainty`: draw its outermost quantiles as a thick line.
    spec : IndexSpec, optional
        The spec behind a plain table, for the caption.
    ax : Axes, optional
        Default: a new figure.

    Returns
    -------
    Axes
        A dyad without a score has no dot, and stands below those that have one.

    Raises
    ------
    PanelError
        If the year, a state or a partner does not occur, or several years are given.
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
    >>> ax = ai.plot.scores(result, years=2019, partners="RUS", states=["ARM", "BLR", "GEO"])
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['ARM', 'BLR', 'GEO']
    """
    table, origin = choose.scores_of(data), choose.spec_of(data, spec)
    table, year = _of_year(table, years, states, partners)
    table = table.sort_values("score", ascending=False, kind="stable", na_position="last")
    names, what = _names(table.index)
    rows = np.arange(len(table))

    ax = axes_on(ax, 1.1 + 0.15 * len(table))
    plain_axes(ax, grid="x")
    told = []
    if bounds and {"low", "high"} <= set(table.columns):
        line: dict[str, Any] = {"color": GREY, "linewidth": 0.8, "zorder": 2.5}
        ax.hlines(rows, table["low"], table["high"], gid="bounds", **line)
        told.append("Thin line: minimum and maximum possible score.")
    if uncertainty is not None:
        ends = choose.interval_of(choose.checked(uncertainty, table.index).scores.loc[table.index])
        ax.hlines(rows, ends.low, ends.high, color=COLOURS[5], linewidth=3.4, gid="draws")
        told.append(f"Thick line: {ends.name}.")
    ax.scatter(table["score"], rows, s=16, color=COLOURS[0], linewidth=0, zorder=3, gid="score")
    low, high = ends_of(origin, table.to_numpy())
    room = 0.02 * (high - low)
    ax.set_xlim(low - room, high + room)
    _name_dyads(ax, names)
    name_axis(ax, "x", "alignment score")
    heading(ax, f"Alignment{what}, {year}")
    if bool(table["score"].isna().any()):
        told.append("No dot: no score.")
    if bool(table["score"].isna().all()):
        warn_empty(ax, f"no score of these dyads is known in {year}.")
    write_caption(ax, " ".join(told), source(origin))
    return ax


def ranks(
    uncertainty: Uncertainty,
    *,
    years: Years,
    states: Labels = None,
    partners: Labels = None,
    spec: IndexSpec | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the ranks of one year with their intervals over the draws.

    Parameters
    ----------
    uncertainty : Uncertainty
        From `robustness.uncertainty`, which sets the group within which rows are ranked (by
        default the states of one partner in one year).
    years : int
        The year.
    states, partners : code or list of codes, optional
        Dyads to draw; all by default.
    spec : IndexSpec, optional
        The spec behind it, ``result.spec``, for the caption.
    ax : Axes, optional
        Default: a new figure.

    Returns
    -------
    Axes
        Dot: the nominal rank; line: the outermost quantiles. A dyad without a rank has no dot.

    Raises
    ------
    PanelError
        If the year, a state or a partner does not occur, or several years are given.
    AlignIndexError
        If `uncertainty` is something else, or has fewer than two quantiles.
    ExtraError
        If matplotlib is not installed.

    Warns
    -----
    UserWarning
        If no dyad has a rank.

    Examples
    --------
    >>> import alignindex as ai
    >>> panel = ai.load_panel("post_soviet")
    >>> result = ai.score(panel.loc[panel.index.get_level_values("year") == 2019],
    ...                   "erkomaishvili2019")
    >>> sure = ai.robustness.uncertainty(result, draws=100, rng=1)
    >>> ax = ai.plot.ranks(sure, years=2019, partners="RUS", spec=result.spec)
    >>> ax.get_title(loc="left")
    'Rank with RUS, 2019'
    """
    sure = choose.checked(uncertainty, pd.Index([]))
    origin = choose.spec_of(None, spec)
    table, year = _of_year(sure.ranks, years, states, partners)
    table = table.sort_values("nominal", kind="stable", na_position="last")
    names, what = _names(table.index)
    ends = choose.interval_of(table)
    rows = np.arange(len(table))

    ax = axes_on(ax, 1.1 + 0.15 * len(table))
    plain_axes(ax, grid="x")
    ax.hlines(rows, ends.low, ends.high, color=COLOURS[5], linewidth=3.4, gid="draws")
    ax.scatter(table["nominal"], rows, s=16, color=COLOURS[0], linewidth=0, zorder=3, gid="rank")
    worst = np.nanmax([ends.high.max(), table["nominal"].max(), 1.0])
    ax.set_xlim(0.4, float(worst) + 0.6)
    _whole_ranks(ax, "x")
    _name_dyads(ax, names)
    name_axis(ax, "x", "rank, 1 is the highest score")
    heading(ax, f"Rank{what}, {year}")
    told = f"Dot: nominal rank; line: {ends.name}. {_within(sure)}"
    if bool(table["nominal"].isna().any()):
        told += " No dot: no rank."
    if bool(table["nominal"].isna().all()):
        warn_empty(ax, f"no dyad has a rank in {year}.")
    write_caption(ax, told, source(origin))
    return ax


def bump(
    data: Data | Uncertainty,
    *,
    partners: Labels = None,
    states: Labels = None,
    years: Years = None,
    highlight: Labels = None,
    spec: IndexSpec | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw ranks over the years: of the states with one partner, or of the partners of one state.

    Parameters
    ----------
    data : AlignmentResult, Series, DataFrame or Uncertainty
        Scores, which are ranked within each year (equal scores share the better rank), or an
        `Uncertainty`, whose nominal ranks are drawn.
    partners, states : code
        Give one of them: the partner whose states are ranked, or the state whose partners are.
    years : int, (first, last) or list of int, optional
    highlight : code or list of codes, optional
        At most seven in colour, the others grey. Default: all, if there are at most seven.
    spec : IndexSpec, optional
        The spec behind a plain table or an `Uncertainty`, for the caption.
    ax : Axes, optional
        Default: a new figure.

    Returns
    -------
    Axes
        One line per state (or partner); gaps where there is no score, and so no rank.

    Raises
    ------
    PanelError
        If neither or both of `partners` and `states` are given, or a code does not occur.
    AlignIndexError
        If more than seven are highlighted.
    ExtraError
        If matplotlib is not installed.

    Warns
    -----
    UserWarning
        If nothing is ranked, or more than seven lines are drawn and none is highlighted.

    Examples
    --------
    >>> import alignindex as ai
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> ax = ai.plot.bump(result, partners="RUS", highlight=["ARM", "GEO", "UKR"])
    >>> len(ax.get_lines())
    17
    """
    if (partners is None) == (states is None):
        raise PanelError("give partners (one, to rank its states) or states (to rank its partners)")
    origin = choose.spec_of(data, spec)
    of, over = ("partner", "state") if states is None else ("state", "partner")
    drawn = isinstance(data, Uncertainty)
    series = data.ranks["nominal"] if drawn else choose.scores_of(data)["score"]  # type: ignore[union-attr, arg-type]
    wanted = partners if states is None else states
    whose = choose.one_label(wanted, series.index.get_level_values(of).unique(), f"{of}s")
    series = series[choose.select_rows(series.index, **{f"{of}s": whose, "years": years})]
    series = series.droplevel(of)
    span = choose.span_of(series.index.get_level_values("year"))
    names = list(series.index.get_level_values(over).unique().sort_values())
    wide = choose.grid(series, pd.Index(names, name=over), span)
    if not drawn:
        doubled = [rank_draws(column[:, None])[:, 0] for column in wide.to_numpy(np.float64).T]
        wide = (pd.DataFrame(doubled, wide.columns, wide.index).T / 2.0).where(wide.notna())
    few = len(names) <= MAX_LINES
    bright = names if few else []
    if highlight is not None:
        bright = choose.select_labels(highlight, names, "highlight")
    look = looks(bright, names, f"{over}s", f"such as highlight={[str(n) for n in bright[:3]]}")

    worst = float(np.nanmax([wide.max().max(), 1.0]))
    ax = axes_on(ax, max(1.8, 1.1 + 0.13 * max(worst, len(names))))
    plain_axes(ax, grid="")
    grey = Look("#a8a8a8", ".", "-")
    for place, name in enumerate(names):
        line = draw_line(ax, span, row(wide, name), look.get(name, grey), start=place)
        line.set_label(shown(name))
        if name not in look:
            line.set(linewidth=0.8, zorder=1.5)
    ax.set_ylim(worst + 0.7, 0.3)
    _whole_ranks(ax, "y")
    whole_years(ax, span[0], span[-1])
    colour = {name: look[name].colour if name in look else "#6e6e6e" for name in names}
    end_labels(ax, last_points(wide, {name: (name, colour[name]) for name in names}))
    name_axis(ax, "y", "rank")
    told, title = "1 is the highest score of the year. Equal scores share the better rank.", "rank"
    if drawn:
        told, title = f"1 is the highest score. {_within(data)}", "nominal rank"  # type: ignore[arg-type]
    if of == "partner":
        heading(ax, f"{title.capitalize()} of alignment with {shown(whose)}")
    else:
        heading(ax, f"Partners of {shown(whose)} by {title}")
    told += " Gap: no score. Where the number of scores changes, ranks move with it."
    if bool(wide.isna().to_numpy().all()):
        warn_empty(ax, "no score is known, so nothing is ranked.")
    elif not bright:
        warn_empty(ax, f"{len(names)} lines, none in colour: name up to seven with highlight=.")
    write_caption(ax, told, source(origin))
    return ax


def _of_year(
    table: pd.DataFrame, years: Years, states: Labels, partners: Labels
) -> tuple[pd.DataFrame, int]:
    """Return the rows of one year, of the chosen states and partners."""
    year = choose.one_year(years, table.index.get_level_values("year"))
    keep = choose.select_rows(table.index, states=states, partners=partners, years=year)
    return table[keep], year


def _within(uncertainty: Uncertainty) -> str:
    """Return a sentence about the group within which rows are ranked."""
    names = [str(name) for name in uncertainty.groups.index.names if name in choose.KEYS]
    return f"Ranks are among rows of the same {' and '.join(names)}." if names else ""


def _names(index: pd.Index[Any]) -> tuple[list[str], str]:
    """Return the names of the rows without what they share, and what they share."""
    states = [shown(name) for name in index.get_level_values("state")]
    partners = [shown(name) for name in index.get_level_values("partner")]
    if len(set(partners)) == 1:
        return states, f" with {partners[0]}"
    if len(set(states)) == 1:
        return partners, f" of {states[0]}"
    return [f"{s}–{p}" for s, p in zip(states, partners, strict=True)], ""


def _name_dyads(ax: Axes, names: list[str]) -> None:
    name_rows(ax, names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.spines["left"].set_visible(False)


def _whole_ranks(ax: Axes, axis: str) -> None:
    """Set ticks at whole ranks: at all, or at every fifth if all do not fit."""
    own = ax.xaxis if axis == "x" else ax.yaxis
    worst = int(max(ax.get_xlim() if axis == "x" else ax.get_ylim()))
    step = 1 if worst <= 20 else 5 if worst <= 100 else 25
    own.set_ticks([rank for rank in range(1, worst + 1) if rank == 1 or rank % step == 0])
