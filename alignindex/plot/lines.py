"""Alignment over time: trajectories with bands and realignments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.errors import AlignIndexError, PanelError
from alignindex.dynamics import Realignments
from alignindex.plot import choose
from alignindex.plot.canvas import (
    GREY,
    INK,
    PALE,
    SMALL,
    TEXT,
    TINY,
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
from alignindex.robustness import Uncertainty
from alignindex.spec import IndexSpec

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

__all__ = ["draw_band", "draw_line", "score_axis", "trajectories"]

Floats = NDArray[np.float64]
Years = NDArray[np.int64]


def trajectories(
    data: Data,
    *,
    state: Names = None,
    partner: Names = None,
    years: tuple[int, int] | None = None,
    bounds: bool | None = None,
    uncertainty: Uncertainty | None = None,
    realignments: Realignments | None = None,
    spec: IndexSpec | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw scores over the years, with bands and realignments.

    Parameters
    ----------
    data : AlignmentResult, Series, DataFrame or Paths
        A result, or scores with the index (state, partner, year); `low` and `high` are bounds.
        `Paths`, such as the `series` of realignments, are the series on a fixed set of indicators.
    state, partner : str or sequence of str, optional
        Which dyads; all unless given. At most seven lines can be told apart.
    years : (int, int), optional
        First and last.
    bounds : bool, optional
        Draw the least and greatest possible score as a light band, where there are bounds. Unless
        said otherwise, where no `uncertainty` is given.
    uncertainty : Uncertainty, optional
        From `robustness.uncertainty`: draw its outermost quantiles as a darker band.
    realignments : Realignments, optional
        From `dynamics.realignments`: mark the material ones that are no drift, a triangle up or
        down in the first year of the new regime, with the years that hold it as a bar. It stands
        at the score of that year, or of the next year that has one.
    spec : IndexSpec, optional
        The spec behind a plain table, for the caption.
    ax : Axes, optional
        Where to draw; a new figure of column width unless given.

    Returns
    -------
    Axes
        One line a dyad, labelled with its name; gaps where the score is unknown. Where the spec
        names bands of scores, their names stand behind the lines.

    Raises
    ------
    PanelError
        If a state, partner or year is not there, or no dyad is left.
    AlignIndexError
        If there are more than seven dyads, or `uncertainty` is of something else.
    ExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import alignindex as ai
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> ax = ai.plot.trajectories(result, state="ARM")
    >>> [line.get_label() for line in ax.get_lines()]
    ['ARM–CHN', 'ARM–RUS', 'ARM–TUR', 'ARM–USA']
    """
    table, origin = choose.scores_of(data), choose.spec_of(data, spec)
    index = table.index
    states = choose.chosen(state, index.get_level_values("state").unique(), "state")
    partners = choose.chosen(partner, index.get_level_values("partner").unique(), "partner")
    first, last = choose.years_of(years, index.get_level_values("year"))
    year = index.get_level_values("year")
    table = table[
        index.get_level_values("state").isin(states)
        & index.get_level_values("partner").isin(partners)
        & (year >= first) & (year <= last)
    ]  # fmt: skip
    there = set(table.index.droplevel("year"))  # type: ignore[arg-type]
    dyads = [(s, p) for s in states for p in partners if (s, p) in there]
    if not dyads:
        raise PanelError(
            f"the data have no dyad of {', '.join(states[:3])} with {', '.join(partners[:3])} in "
            f"{first} to {last}"
        )
    if years is None:
        first, last = choose.years_of(None, table.index.get_level_values("year"))
    named, title = _names(dyads)
    mend = f"with state and partner, such as state={dyads[0][0]!r}, partner={dyads[0][1]!r}"
    look = looks(list(named.values()), _all_names(index, dyads), "dyads", mend=mend)
    rows = pd.MultiIndex.from_tuples(dyads, names=["state", "partner"])
    span = np.arange(first, last + 1)
    wide = choose.grid(table["score"], rows, (first, last))

    ax = axes_on(ax, 2.4)
    plain_axes(ax)
    told = []
    if bounds is None:
        bounds = uncertainty is None
    if bounds and {"low", "high"} <= set(table.columns):
        low, high = (choose.grid(table[name], rows, (first, last)) for name in ("low", "high"))
        for dyad in dyads:
            draw_band(ax, span, row(low, dyad), row(high, dyad), look[named[dyad]], 0.15, "bounds")
        told.append(
            f"{'Band' if uncertainty is None else 'Light band'}: least and greatest possible score."
        )
    if uncertainty is not None:
        drawn = choose.checked(uncertainty, table.index).scores.loc[table.index]
        ends = choose.interval_of(drawn)
        low, high = (choose.grid(end, rows, (first, last)) for end in (ends.low, ends.high))
        for dyad in dyads:
            draw_band(ax, span, row(low, dyad), row(high, dyad), look[named[dyad]], 0.3, "draws")
        told.append(f"{'Dark band' if bounds else 'Band'}: {ends.name}.")
    for place, dyad in enumerate(dyads):
        line = draw_line(ax, span, row(wide, dyad), look[named[dyad]], start=place)
        line.set_label(f"{dyad[0]}–{dyad[1]}")
    score_axis(ax, ends_of(origin, table.to_numpy()), "alignment score")
    if realignments is not None and _mark(ax, realignments, dyads, named, look, wide):
        told.append("Triangle: realignment, with the years that may have begun it.")
    whole_years(ax, first, last)
    if origin is not None and _name_bands(ax, origin):
        told.append("Grey names: bands of the index.")
    if len(dyads) > 1:
        end_labels(
            ax, last_points(wide, {key: (name, look[name].colour) for key, name in named.items()})
        )
    if title:
        ax.set_title(title, fontsize=TEXT, color=INK, loc="left")
    told.append("Gap: no score.")
    caption(ax, " ".join(told), source(origin))
    return ax


# --- pieces that other figures use too -----------------------------------------------------------


def draw_line(ax: Axes, years: Years, values: Floats, look: Look, *, start: int) -> Line2D:
    """One series: a line with gaps, a marker now and then and at every year that stands alone."""
    known = ~np.isnan(values)
    beside = np.zeros_like(known)
    beside[1:] |= known[:-1]
    beside[:-1] |= known[1:]
    every = (np.arange(len(values)) % 6 == start % 6) | ~beside
    (line,) = ax.plot(
        years,
        values,
        color=look.colour,
        linestyle=look.dash,
        linewidth=1.2,
        marker=look.marker,
        markersize=3,
        markeredgewidth=0,
        markevery=[int(i) for i in np.flatnonzero(every & known)],
        solid_capstyle="butt",
    )
    return line


def draw_band(
    ax: Axes,
    years: Years,
    low: Floats,
    high: Floats,
    look: Look,
    alpha: float,
    gid: str,
) -> None:
    """Fill between two series; a year that stands alone is a bar, which would else be nothing."""
    known = ~np.isnan(low) & ~np.isnan(high)
    ax.fill_between(
        years, low, high, where=known, color=look.colour, alpha=alpha, linewidth=0,
        zorder=1.2, gid=gid,
    )  # fmt: skip
    around = np.concatenate([[False], known, [False]])
    alone = known & ~around[:-2] & ~around[2:]
    if alone.any():
        ax.vlines(
            years[alone], low[alone], high[alone], color=look.colour, alpha=alpha,
            linewidth=3, zorder=1.2, gid=f"{gid} alone",
        )  # fmt: skip


def score_axis(ax: Axes, ends: tuple[float, float], label: str) -> None:
    """Let the axis show the whole range of the index, and say what it is."""
    low, high = ends
    ax.set_ylim(low - 0.02 * (high - low), high + 0.02 * (high - low))
    if label:
        ax.set_ylabel(label, fontsize=SMALL, color=INK, labelpad=3)


def _name_bands(ax: Axes, spec: IndexSpec) -> bool:
    """Name the bands of scores that the index has, faintly behind the lines."""
    for band in spec.bands:
        for end in {band.lo, band.hi}:
            ax.axhline(end, color=PALE, linewidth=0.5, linestyle=(0, (1, 2)), zorder=0.6)
        ax.annotate(
            band.name, xy=(0.0, (band.lo + band.hi) / 2), xycoords=("axes fraction", "data"),
            xytext=(2, 0), textcoords="offset points", ha="left", fontsize=TINY, color=GREY,
            va="center" if band.lo < band.hi else "top" if band.hi == spec.range[1] else "bottom",
            zorder=0.7, gid="band",
        )  # fmt: skip
    return bool(spec.bands)


def _names(dyads: Sequence[tuple[str, str]]) -> tuple[dict[tuple[str, str], str], str]:
    """Short names of the dyads, and a title with what they share."""
    states, partners = {s for s, _ in dyads}, {p for _, p in dyads}
    if len(dyads) == 1:
        state, partner = dyads[0]
        return {dyads[0]: partner}, f"Alignment of {state} with {partner}"
    if len(states) == 1:
        return {d: d[1] for d in dyads}, f"Alignment of {dyads[0][0]}"
    if len(partners) == 1:
        return {d: d[0] for d in dyads}, f"Alignment with {dyads[0][1]}"
    return {d: f"{d[0]}–{d[1]}" for d in dyads}, ""


def _all_names(index: pd.Index[Any], dyads: Sequence[tuple[str, str]]) -> list[str]:
    """All names a line of this kind may have, so that a partner keeps its look."""
    states, partners = {s for s, _ in dyads}, {p for _, p in dyads}
    if len(states) == 1:
        return [str(name) for name in index.get_level_values("partner").unique().sort_values()]
    if len(partners) == 1:
        return [str(name) for name in index.get_level_values("state").unique().sort_values()]
    return [f"{s}–{p}" for s, p in dyads]


def _mark(
    ax: Axes,
    realignments: Realignments,
    dyads: Sequence[tuple[str, str]],
    named: dict[tuple[str, str], str],
    look: dict[str, Look],
    wide: pd.DataFrame,
) -> bool:
    """Mark the realignments of the dyads drawn; tell whether there is one."""
    if not isinstance(realignments, Realignments):
        raise AlignIndexError(
            "realignments takes what dynamics.realignments(result) gives; got "
            f"{type(realignments).__name__}"
        )
    first = int(wide.columns[0])
    found = realignments.found
    found = found[(found["first"] >= first) & (found["first"] <= wide.columns[-1])]
    some = False
    for key, shift in zip(found.index, found.to_dict("records"), strict=True):
        dyad = (str(key[0]), str(key[1]))
        if dyad not in dyads:
            continue
        year = int(shift["first"])
        scores = row(wide, dyad)
        known = np.flatnonzero(~np.isnan(scores))
        if not known.size:
            continue
        some = True
        after = known[known >= year - first]
        y = float(scores[after[0] if after.size else known[-1]])
        colour = look[named[dyad]].colour
        ax.hlines(
            y, shift["year_lower"], shift["year_upper"], color=colour, linewidth=2.2, alpha=0.55,
            zorder=3, gid="realignment years",
        )  # fmt: skip
        ax.scatter(
            [year], [y], s=26, marker="^" if shift["step"] > 0 else "v", facecolor="white",
            edgecolor=colour, linewidth=1.0, zorder=4, gid="realignment",
        )  # fmt: skip
    return some
