"""Alignment over time: trajectories with bands and realignments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alignindex.base.errors import AlignIndexError
from alignindex.base.typing import Floats
from alignindex.dynamics import Realignments
from alignindex.plot import choose
from alignindex.plot.canvas import (
    GREY,
    PALE,
    Look,
    axes_on,
    ends_of,
    heading,
    looks,
    name_axis,
    note,
    plain_axes,
    shown,
    source,
    warn_empty,
    whole_years,
    write_caption,
)
from alignindex.plot.choose import Data, Labels, Years, row
from alignindex.plot.labels import end_labels, last_points
from alignindex.robustness import Uncertainty
from alignindex.spec import IndexSpec

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

__all__ = ["draw_band", "draw_line", "score_axis", "trajectories"]

Dyad = tuple[Any, Any]


def trajectories(
    data: Data,
    *,
    states: Labels = None,
    partners: Labels = None,
    years: Years = None,
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
    states, partners : code or list of codes, optional
        Dyads to draw; all by default. At most seven lines can be told apart.
    years : int, (first, last) or list of int, optional
    bounds : bool, optional
        Draw the minimum and maximum possible score as a light band, if there are bounds. Default:
        only without `uncertainty`.
    uncertainty : Uncertainty, optional
        From `robustness.uncertainty`: draw its outermost quantiles as a darker band.
    realignments : Realignments, optional
        From `dynamics.realignments`: mark those that are material and not drift, with a triangle
        up or down in the first year of the new regime, and a bar over the years that may have been
        the first. The triangle stands at the score of that year, or of the next year with a score.
    spec : IndexSpec, optional
        The spec behind a plain table, for the caption.
    ax : Axes, optional
        Default: a new figure of column width.

    Returns
    -------
    Axes
        One line per dyad, with its name; gaps where there is no score. If the spec names bands of
        scores, their names stand behind the lines.

    Raises
    ------
    PanelError
        If a state, partner or year does not occur, or no dyad is left.
    AlignIndexError
        If there are more than seven dyads, or `uncertainty` is of something else.
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
    >>> ax = ai.plot.trajectories(result, states="ARM")
    >>> [line.get_label() for line in ax.get_lines()]
    ['ARM–CHN', 'ARM–RUS', 'ARM–TUR', 'ARM–USA']
    """
    table, origin = choose.scores_of(data), choose.spec_of(data, spec)
    everyone = table.index
    dyads = _dyads(everyone, states, partners)
    table = table[choose.select_rows(everyone, states=states, partners=partners, years=years)]
    there = set(table.index.droplevel("year"))  # type: ignore[arg-type]
    dyads = [dyad for dyad in dyads if dyad in there]
    span = choose.span_of(table.index.get_level_values("year"))
    named, title = _names(dyads)
    one = f"states={shown(dyads[0][0])!r}, partners={shown(dyads[0][1])!r}"
    advice = f"with states and partners, such as {one}, or draw small_multiples or a heatmap"
    look = looks(list(named.values()), _all_names(everyone, dyads), "dyads", advice)
    styles = {dyad: look[name] for dyad, name in named.items()}
    rows = pd.MultiIndex.from_tuples(dyads, names=["state", "partner"])
    wide = choose.grid(table["score"], rows, span)

    ax = axes_on(ax, 2.4)
    plain_axes(ax)
    bounds = uncertainty is None if bounds is None else bounds
    told = _bands(ax, table, rows, span, styles, bounds, uncertainty)
    for place, dyad in enumerate(dyads):
        line = draw_line(ax, span, row(wide, dyad), styles[dyad], start=place)
        line.set_label(f"{shown(dyad[0])}–{shown(dyad[1])}")
    score_axis(ax, ends_of(origin, table.to_numpy()), "alignment score")
    if realignments is not None and _mark(ax, realignments, styles, wide):
        told.append("Triangle: realignment, with the years that may have begun it.")
    whole_years(ax, span[0], span[-1])
    if origin is not None and _name_bands(ax, origin):
        told.append("Grey names: bands of the index.")
    if len(dyads) > 1:
        end_labels(ax, last_points(wide, {d: (named[d], styles[d].colour) for d in dyads}))
    if title:
        heading(ax, title)
    if bool(wide.isna().to_numpy().all()):
        warn_empty(ax, "no score of these dyads is known.")
    write_caption(ax, " ".join([*told, "Gap: no score."]), source(origin))
    return ax


def _bands(
    ax: Axes,
    table: pd.DataFrame,
    rows: pd.MultiIndex,
    span: range,
    styles: dict[Dyad, Look],
    bounds: bool,
    uncertainty: Uncertainty | None,
) -> list[str]:
    """Draw bands of bounds and of draws; return what they are."""
    told = []
    if bounds and {"low", "high"} <= set(table.columns):
        low, high = (choose.grid(table[name], rows, span) for name in ("low", "high"))
        for dyad, look in styles.items():
            draw_band(ax, span, row(low, dyad), row(high, dyad), look, 0.15, "bounds")
        kind = "Band" if uncertainty is None else "Light band"
        told.append(f"{kind}: minimum and maximum possible score.")
    if uncertainty is not None:
        drawn = choose.checked(uncertainty, table.index).scores.loc[table.index]
        ends = choose.interval_of(drawn)
        low, high = (choose.grid(end, rows, span) for end in (ends.low, ends.high))
        for dyad, look in styles.items():
            draw_band(ax, span, row(low, dyad), row(high, dyad), look, 0.3, "draws")
        told.append(f"{'Dark band' if bounds else 'Band'}: {ends.name}.")
    return told


# --- parts of other figures too ------------------------------------------------------------------


def draw_line(ax: Axes, years: Iterable[int], values: Floats, look: Look, *, start: int) -> Line2D:
    """Draw a line with gaps, and a marker at every sixth year and every isolated year."""
    known = ~np.isnan(values)
    beside = np.zeros_like(known)
    beside[1:] |= known[:-1]
    beside[:-1] |= known[1:]
    every = (np.arange(len(values)) % 6 == start % 6) | ~beside
    (line,) = ax.plot(
        list(years),
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
    ax: Axes, years: Iterable[int], low: Floats, high: Floats, look: Look, alpha: float, gid: str
) -> None:
    """Fill between two series; an isolated year, which has no area, becomes a bar."""
    at, style = np.array(list(years)), {"color": look.colour, "alpha": alpha, "zorder": 1.2}
    known = ~np.isnan(low) & ~np.isnan(high)
    ax.fill_between(at, low, high, where=known, linewidth=0, gid=gid, **style)  # type: ignore[arg-type]
    around = np.concatenate([[False], known, [False]])
    alone = known & ~around[:-2] & ~around[2:]
    if alone.any():
        bars: Any = {"linewidth": 3, "gid": f"{gid} alone", **style}
        ax.vlines(at[alone], low[alone], high[alone], **bars)


def score_axis(ax: Axes, ends: tuple[float, float], label: str) -> None:
    """Show the whole range of the index on the vertical axis, and name it."""
    low, high = ends
    ax.set_ylim(low - 0.02 * (high - low), high + 0.02 * (high - low))
    if label:
        name_axis(ax, "y", label)


def _name_bands(ax: Axes, spec: IndexSpec) -> bool:
    """Name the bands of the index, faintly behind the lines; return whether it has any."""
    for band in spec.bands:
        for end in {band.lo, band.hi}:
            ax.axhline(end, color=PALE, linewidth=0.5, linestyle=(0, (1, 2)), zorder=0.6)
        # The name of a band that is a single score stands inside the axes.
        edge = "top" if band.hi == spec.range[1] else "bottom"
        style: dict[str, Any] = {"va": "center" if band.lo < band.hi else edge, "ha": "left"}
        style |= {"xycoords": ("axes fraction", "data"), "xytext": (2, 0), "color": GREY}
        at = (0.0, (band.lo + band.hi) / 2)
        note(ax, band.name, at, gid="band", zorder=0.7, annotation_clip=None, **style)
    return bool(spec.bands)


def _dyads(index: pd.Index[Any], states: Labels, partners: Labels) -> list[Dyad]:
    """Return all pairs of the chosen states and partners, in their order."""
    own, other = (
        choose.select_labels(wanted, index.get_level_values(name).unique(), f"{name}s")
        for name, wanted in (("state", states), ("partner", partners))
    )
    return [(s, p) for s in own for p in other]


def _names(dyads: Sequence[Dyad]) -> tuple[dict[Dyad, str], str]:
    """Return short names of the dyads, and a title with what they share."""
    states, partners = {s for s, _ in dyads}, {p for _, p in dyads}
    first = [shown(name) for name in dyads[0]]
    if len(dyads) == 1:
        return {dyads[0]: first[1]}, f"Alignment of {first[0]} with {first[1]}"
    if len(states) == 1:
        return {d: shown(d[1]) for d in dyads}, f"Alignment of {first[0]}"
    if len(partners) == 1:
        return {d: shown(d[0]) for d in dyads}, f"Alignment with {first[1]}"
    return {d: f"{shown(d[0])}–{shown(d[1])}" for d in dyads}, ""


def _all_names(index: pd.Index[Any], dyads: Sequence[Dyad]) -> list[str]:
    """Return all names of this kind in the data, so that a partner keeps its look."""
    states, partners = {s for s, _ in dyads}, {p for _, p in dyads}
    if len(states) == 1 or len(partners) == 1:
        level = "partner" if len(states) == 1 else "state"
        return [shown(name) for name in index.get_level_values(level).unique().sort_values()]
    return [f"{shown(s)}–{shown(p)}" for s, p in dyads]


def _mark(
    ax: Axes, realignments: Realignments, styles: dict[Dyad, Look], wide: pd.DataFrame
) -> bool:
    """Mark the realignments of the dyads drawn; return whether there is one."""
    if not isinstance(realignments, Realignments):
        raise AlignIndexError(
            "realignments takes the result of dynamics.realignments(result); got "
            f"{type(realignments).__name__}"
        )
    first = int(wide.columns[0])
    found = realignments.found
    found = found[(found["first"] >= first) & (found["first"] <= wide.columns[-1])]
    some = False
    for key, shift in zip(found.index, found.to_dict("records"), strict=True):
        if key[:2] not in styles:
            continue
        year, scores = int(shift["first"]), row(wide, key[:2])
        known = np.flatnonzero(~np.isnan(scores))
        if not known.size:
            continue
        some = True
        after = known[known >= year - first]
        y = float(scores[after[0] if after.size else known[-1]])
        colour = styles[key[:2]].colour
        bar: Any = {"color": colour, "linewidth": 2.2, "alpha": 0.55, "zorder": 3}
        ax.hlines(y, shift["year_lower"], shift["year_upper"], gid="realignment years", **bar)
        look: Any = {"facecolor": "white", "edgecolor": colour, "linewidth": 1.0, "zorder": 4}
        marker = "^" if shift["step"] > 0 else "v"
        ax.scatter([year], [y], s=26, marker=marker, gid="realignment", **look)
    return some
