"""One year, side by side: scores and ranks with their intervals, and ranks over the years."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.errors import PanelError
from alignindex.kernels.robustness.ranks import rank_draws
from alignindex.plot import choose
from alignindex.plot.canvas import (
    COLOURS,
    GREY,
    INK,
    SMALL,
    TEXT,
    Look,
    axes_on,
    caption,
    end_labels,
    ends_of,
    last_points,
    looks,
    plain_axes,
    source,
    whole_years,
)
from alignindex.plot.choose import Data, Names, row
from alignindex.plot.lines import draw_line
from alignindex.robustness import Uncertainty
from alignindex.spec import IndexSpec

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["bump", "ranks", "scores"]

Floats = NDArray[np.float64]


def scores(
    data: Data,
    *,
    year: int,
    state: Names = None,
    partner: Names = None,
    bounds: bool = True,
    uncertainty: Uncertainty | None = None,
    spec: IndexSpec | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the scores of a year as dots, with their intervals, the highest on top.

    Parameters
    ----------
    data : AlignmentResult, Series or DataFrame
        A result, or scores with the index (state, partner, year).
    year : int
    state, partner : str or sequence of str, optional
        Which dyads; all unless given.
    bounds : bool
        Draw the least and greatest possible score as a thin line, where there are bounds.
    uncertainty : Uncertainty, optional
        From `robustness.uncertainty`: draw its outermost quantiles as a thick line.
    spec : IndexSpec, optional
        The spec behind a plain table, for the caption.
    ax : Axes, optional

    Returns
    -------
    Axes
        A dyad without a score has no dot, and stands below those that have one.

    Raises
    ------
    PanelError
        If the year, a state or a partner is not there.
    ExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import alignindex as ai
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> ax = ai.plot.scores(result, year=2019, partner="RUS", state=["ARM", "BLR", "GEO"])
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['ARM', 'BLR', 'GEO']
    """
    table, origin = choose.scores_of(data), choose.spec_of(data, spec)
    table = _of_year(table, year, state, partner)
    table = table.sort_values("score", ascending=False, kind="stable", na_position="last")
    names, what = _names(table.index)
    rows = np.arange(len(table))

    ax = axes_on(ax, 1.1 + 0.15 * len(table))
    plain_axes(ax, grid="x")
    told = []
    if bounds and {"low", "high"} <= set(table.columns):
        ax.hlines(rows, table["low"], table["high"], color=GREY, linewidth=0.8, zorder=2.5,
                  gid="bounds")  # fmt: skip
        told.append("Thin line: least and greatest possible score.")
    if uncertainty is not None:
        ends = choose.interval_of(choose.checked(uncertainty, table.index).scores.loc[table.index])
        ax.hlines(rows, ends.low, ends.high, color=COLOURS[5], linewidth=3.4, gid="draws")
        told.append(f"Thick line: {ends.name}.")
    ax.scatter(table["score"], rows, s=16, color=COLOURS[0], linewidth=0, zorder=3, gid="score")
    low, high = ends_of(origin, table.to_numpy())
    room = 0.02 * (high - low)
    ax.set_xlim(low - room, high + room)
    _rows(ax, names)
    ax.set_xlabel("alignment score", fontsize=SMALL, color=INK, labelpad=2)
    ax.set_title(f"Alignment {what}, {year}".replace(" ,", ","), fontsize=TEXT, color=INK,
                 loc="left")  # fmt: skip
    if bool(table["score"].isna().any()):
        told.append("No dot: no score.")
    caption(ax, " ".join(told), source(origin))
    return ax


def ranks(
    uncertainty: Uncertainty,
    *,
    year: int,
    state: Names = None,
    partner: Names = None,
    spec: IndexSpec | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the ranks of a year with their intervals over the draws.

    Parameters
    ----------
    uncertainty : Uncertainty
        From `robustness.uncertainty`; its ranks are within what was asked for there, by default
        among the states of one partner in one year.
    year : int
    state, partner : str or sequence of str, optional
        Which dyads; all unless given.
    spec : IndexSpec, optional
        The spec behind it, ``result.spec``, for the caption.
    ax : Axes, optional

    Returns
    -------
    Axes
        Dot: the nominal rank; line: the outermost quantiles. A dyad without a rank has no dot.

    Raises
    ------
    PanelError
        If the year, a state or a partner is not there.
    AlignIndexError
        If `uncertainty` is something else, or has fewer than two quantiles.
    ExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import alignindex as ai
    >>> panel = ai.load_panel("post_soviet")
    >>> result = ai.score(panel.loc[panel.index.get_level_values("year") == 2019],
    ...                   "erkomaishvili2019")
    >>> sure = ai.robustness.uncertainty(result, draws=100, rng=1)
    >>> ax = ai.plot.ranks(sure, year=2019, partner="RUS", spec=result.spec)
    >>> ax.get_title(loc="left")
    'Rank with RUS, 2019'
    """
    sure = choose.checked(uncertainty, pd.Index([]))
    origin = choose.spec_of(None, spec)
    table = _of_year(sure.ranks, year, state, partner)
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
    _rows(ax, names)
    ax.set_xlabel("rank, 1 is the highest score", fontsize=SMALL, color=INK, labelpad=2)
    ax.set_title(f"Rank {what}, {year}".replace(" ,", ","), fontsize=TEXT, color=INK, loc="left")
    told = f"Dot: nominal rank; line: {ends.name}. {_within(sure)}"
    if bool(table["nominal"].isna().any()):
        told += " No dot: no rank."
    caption(ax, told, source(origin))
    return ax


def bump(
    data: Data | Uncertainty,
    *,
    partner: str | None = None,
    state: str | None = None,
    years: tuple[int, int] | None = None,
    highlight: Names = None,
    spec: IndexSpec | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw ranks over the years: of the states with one partner, or of the partners of one state.

    Parameters
    ----------
    data : AlignmentResult, Series, DataFrame or Uncertainty
        Scores, which are ranked within each year (equal ones share the better rank), or an
        `Uncertainty`, whose nominal ranks are drawn as they are.
    partner, state : str
        One of them: whose states, or whose partners.
    years : (int, int), optional
    highlight : str or sequence of str, optional
        At most seven in colour, the others grey; unless given, all where there are no more.
    spec : IndexSpec, optional
        The spec behind a plain table or an `Uncertainty`, for the caption.
    ax : Axes, optional

    Returns
    -------
    Axes
        One line a state (or partner); gaps where there is no score and so no rank.

    Raises
    ------
    PanelError
        If neither or both of `partner` and `state` are given, or one is not there.
    AlignIndexError
        If more than seven are highlighted.
    ExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import alignindex as ai
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> ax = ai.plot.bump(result, partner="RUS", highlight=["ARM", "GEO", "UKR"])
    >>> len(ax.get_lines())
    17
    """
    if (partner is None) == (state is None):
        raise PanelError("give partner (to rank its states) or state (to rank its partners)")
    origin = choose.spec_of(data, spec)
    of, over = ("partner", "state") if partner is not None else ("state", "partner")
    series = data.ranks["nominal"] if isinstance(data, Uncertainty) else (
        choose.scores_of(data)["score"])  # fmt: skip
    whose = choose.one_of(str(partner or state), series.index.get_level_values(of).unique(), of)
    series = series[series.index.get_level_values(of) == whose].droplevel(of)
    first, last = choose.years_of(years, series.index.get_level_values("year"))
    names = choose.chosen(None, series.index.get_level_values(over).unique().sort_values(), over)
    wide = choose.grid(series, pd.Index(names, name=over), (first, last))
    if not isinstance(data, Uncertainty):
        doubled = [rank_draws(column[:, None])[:, 0] for column in wide.to_numpy(np.float64).T]
        ranked = np.where(wide.isna(), np.nan, np.stack(doubled, axis=1) / 2.0)
        wide = pd.DataFrame(ranked, index=wide.index, columns=wide.columns)
    bright = choose.chosen(highlight, names, over) if highlight is not None else (
        names if len(names) <= len(COLOURS) else [])  # fmt: skip
    mend = f"such as highlight={bright[:3]}"
    look = looks(bright, names, f"{over}s", mend=mend)
    grey = Look("#a8a8a8", ".", "-")

    worst = float(np.nanmax([wide.max().max(), 1.0]))
    ax = axes_on(ax, max(1.8, 1.1 + 0.13 * max(worst, len(names))))
    plain_axes(ax, grid="")
    for place, name in enumerate(names):
        own = look.get(name, grey)
        line = draw_line(ax, wide.columns.to_numpy(), row(wide, name), own, start=place)
        line.set_label(name)
        if name not in look:
            line.set(linewidth=0.8, zorder=1.5)
    ax.set_ylim(worst + 0.7, 0.3)
    _whole_ranks(ax, "y")
    whole_years(ax, first, last)
    colour = {name: look[name].colour if name in look else "#6e6e6e" for name in names}
    end_labels(ax, last_points(wide, {name: (name, colour[name]) for name in names}))
    ax.set_ylabel("rank", fontsize=SMALL, color=INK, labelpad=3)
    if isinstance(data, Uncertainty):
        told, title = f"1 is the highest score. {_within(data)}", f"Nominal ranks of {whose}"
    else:
        told = "1 is the highest score of the year. Equal scores share the better rank."
        title = f"Partners of {whose} by rank"
    if of == "partner":
        title = f"Rank of alignment with {whose}"
    ax.set_title(title, fontsize=TEXT, color=INK, loc="left")
    told += " Gap: no score. Where the number of scores changes, ranks move with it."
    caption(ax, told, source(origin))
    return ax


def _of_year(table: pd.DataFrame, year: int, state: Names, partner: Names) -> pd.DataFrame:
    """Rows of a year, of the states and partners wanted."""
    index = table.index
    at = choose.one_year(year, index.get_level_values("year"))
    states = choose.chosen(state, index.get_level_values("state").unique(), "state")
    partners = choose.chosen(partner, index.get_level_values("partner").unique(), "partner")
    part: pd.DataFrame = table[
        (index.get_level_values("year") == at)
        & index.get_level_values("state").isin(states)
        & index.get_level_values("partner").isin(partners)
    ]
    if part.empty:
        raise PanelError(
            f"the data have no dyad of {', '.join(states[:3])} with {', '.join(partners[:3])} in "
            f"{year}"
        )
    return part


def _within(uncertainty: Uncertainty) -> str:
    """Say among which rows the ranks are."""
    names = [str(name) for name in uncertainty.groups.index.names if name in choose.KEYS]
    return f"Ranks are among rows of the same {' and '.join(names)}." if names else ""


def _names(index: pd.Index[Any]) -> tuple[list[str], str]:
    """Names of the rows without what they share, and what they share."""
    states = [str(name) for name in index.get_level_values("state")]
    partners = [str(name) for name in index.get_level_values("partner")]
    if len(set(partners)) == 1:
        return states, f"with {partners[0]}"
    if len(set(states)) == 1:
        return partners, f"of {states[0]}"
    return [f"{s}–{p}" for s, p in zip(states, partners, strict=True)], ""


def _rows(ax: Axes, names: Sequence[str]) -> None:
    ax.set_yticks(range(len(names)), list(names), fontsize=SMALL)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def _whole_ranks(ax: Axes, axis: str) -> None:
    """Ticks at whole ranks: all, or every fifth where they would not fit."""
    own = ax.xaxis if axis == "x" else ax.yaxis
    worst = int(max(ax.get_xlim() if axis == "x" else ax.get_ylim()))
    step = 1 if worst <= 20 else 5 if worst <= 100 else 25
    own.set_ticks([rank for rank in range(1, worst + 1) if rank == 1 or rank % step == 0])
