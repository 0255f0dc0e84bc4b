"""The network of one year: which states are aligned with which partners."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from alignindex.base.arguments import check_choice, is_number
from alignindex.base.errors import AlignIndexError, ExtraError
from alignindex.plot import choose
from alignindex.plot.canvas import (
    COLOURS,
    DASHES,
    INK,
    LETTERS,
    PALE,
    TINY,
    axes_on,
    bare_axes,
    heading,
    note,
    shown,
    source,
    warn_empty,
    write_caption,
)
from alignindex.plot.choose import Data, Labels, Years
from alignindex.spec import IndexSpec

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["network"]

Places = dict[Any, tuple[float, float]]


def network(
    data: Data,
    *,
    years: Years,
    states: Labels = None,
    partners: Labels = None,
    min_score: float = 0.5,
    layout: Literal["ring", "kamada_kawai"] = "ring",
    spec: IndexSpec | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the alignments of one year as arrows from states to partners.

    Parameters
    ----------
    data : AlignmentResult, Series or DataFrame
        A result, or scores with the index (state, partner, year).
    years : int
        The year.
    states, partners : code or list of codes, optional
        What to draw; all by default.
    min_score : float
        Scores below it are not drawn.
    layout : {"ring", "kamada_kawai"}
        ``ring``: partners on an inner ring, the other states around them, each in the direction
        in which its scores pull it. ``kamada_kawai``: distances as near as possible to (greatest
        score - score) (Kamada & Kawai 1989, doi:10.1016/0020-0190(89)90102-6), starting from that
        ring; needs the extra ``network``. Both give the same picture every time.
    spec : IndexSpec, optional
        The spec behind a plain table, for the caption.
    ax : Axes, optional
        Default: a new figure.

    Returns
    -------
    Axes
        The width of an arrow is its score. A thin dotted arrow is an unknown score.

    Raises
    ------
    PanelError
        If the year, a state or a partner does not occur, or several years are given.
    AlignIndexError
        If `min_score` is not finite, or the layout is unknown.
    ExtraError
        If matplotlib, or networkx for ``kamada_kawai``, is not installed.

    Warns
    -----
    UserWarning
        If no score reaches `min_score`.

    Examples
    --------
    >>> import alignindex as ai
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> ax = ai.plot.network(result, years=2019, min_score=0.7)
    >>> sorted(p.get_gid() for p in ax.patches if p.get_gid().startswith("tie ARM"))
    ['tie ARM–RUS']
    """
    check_choice(layout, "layout", ("ring", "kamada_kawai"))
    if not is_number(min_score) or not math.isfinite(min_score):
        raise AlignIndexError(f"min_score is a score, such as 0.5; got {min_score!r}")
    table, origin = choose.scores_of(data), choose.spec_of(data, spec)
    year = choose.one_year(years, table.index.get_level_values("year"))
    keep = choose.select_rows(table.index, states=states, partners=partners, years=year)
    score = table.loc[keep, "score"].droplevel("year")
    own, poles = (
        choose.select_labels(wanted, score.index.get_level_values(name).unique(), f"{name}s")
        for name, wanted in (("state", states), ("partner", partners))
    )
    place = _ring(score, own, poles)
    if layout == "kamada_kawai":
        place = _kamada_kawai(score, place)

    ax = axes_on(ax, 3.85)
    bare_axes(ax)
    ax.set_aspect("equal")
    _ties(ax, score, place, poles, min_score)
    _nodes(ax, place, poles)
    heading(ax, f"Alignments in {year}")
    told = f"Arrow: score of at least {min_score:g}, the wider the higher. "
    if bool(score.isna().any()):
        told += "Dotted: score unknown. "
    if bool(score.isna().all()):
        warn_empty(ax, f"no score is known in {year}.", 0.02)
    elif not bool((score >= min_score).any()):
        highest = f"the highest is {float(score.max()):.3g}"
        warn_empty(
            ax, f"no score reaches {min_score:g} in {year}; {highest}: lower min_score.", 0.02
        )
    write_caption(ax, told, source(origin))
    return ax


def _ends(score: pd.Series) -> dict[tuple[Any, Any], float]:
    """Return the scores by dyad."""
    return dict(zip(score.index, score.to_numpy(dtype=np.float64), strict=True))


def _ring(score: pd.Series, states: list[Any], poles: list[Any]) -> Places:
    """Place partners on an inner ring, and the other states evenly around, near their pull."""
    out: Places = {}
    turn = np.pi / 2 + 2 * np.pi * np.arange(len(poles)) / max(len(poles), 1)
    inner = 0.42 if len(poles) > 1 else 0.0
    towards = np.column_stack([np.cos(turn), np.sin(turn)])
    for pole, where in zip(poles, towards, strict=True):
        out[pole] = (inner * float(where[0]), inner * float(where[1]))
    around = [name for name in states if name not in out]
    if not around:
        return out
    wide = score.unstack("partner").reindex(index=around, columns=poles)
    values = np.nan_to_num(wide.to_numpy(dtype=np.float64))
    pull = values @ towards
    angle = np.arctan2(pull[:, 1], pull[:, 0])
    # By angle around the ring from the first pole; states without a pull come last, by name.
    angle = np.where(np.hypot(*pull.T) > 1e-9, np.mod(angle - turn[0], 2 * np.pi), 2 * np.pi)
    order = np.lexsort((np.arange(len(around)), np.round(angle, 9)))
    even = 2 * np.pi * np.arange(len(around)) / len(around)
    # Turn the ring so that states stand as near to their own directions as they can.
    gap = np.angle(np.exp(1j * (angle[order] - even)).sum())
    for i, row in enumerate(order):
        where = turn[0] + even[i] + gap
        out[around[int(row)]] = (float(np.cos(where)), float(np.sin(where)))
    return out


def _kamada_kawai(score: pd.Series, start: Places) -> Places:
    """Return places from networkx: the higher the score, the nearer."""
    try:
        import networkx
    except ImportError:
        raise ExtraError("the layout 'kamada_kawai'", "network") from None
    graph = networkx.Graph()
    graph.add_nodes_from(start)
    top = float(score.max())
    known = _ends(score.dropna())
    for (state, partner), value in known.items():
        both = [value, known.get((partner, state), np.nan)]
        distance = 0.6 + top - float(np.nanmean(both))
        graph.add_edge(state, partner, distance=distance)
    found: dict[str, Any] = networkx.kamada_kawai_layout(graph, pos=start, weight="distance")
    return {name: (float(where[0]), float(where[1])) for name, where in found.items()}


def _ties(ax: Axes, score: pd.Series, place: Places, poles: list[Any], min_score: float) -> None:
    """Draw arrows of the scores, in the colour of the partner; dotted if the score is unknown."""
    from matplotlib.patches import FancyArrowPatch

    low = min(min_score, float(np.nan_to_num(score.min())))
    top = max(float(np.nan_to_num(score.max())), low + 1e-9)
    values = _ends(score)
    for (state, partner), value in values.items():
        unknown = math.isnan(value)
        if not unknown and value < min_score:
            continue
        number = poles.index(partner) % len(COLOURS)
        share = 0.0 if unknown else (value - low) / (top - low)
        style: dict[str, Any] = {
            "color": PALE if unknown else COLOURS[number],
            "linewidth": 0.5 if unknown else 0.6 + 1.6 * share,
            "linestyle": (0, (1, 2)) if unknown else DASHES[number],
            "alpha": 0.7 if unknown else 0.85,
            "zorder": 1 if unknown else 2,
        }
        bend = 0.18 if (partner, state) in values else 0.06
        arrow = FancyArrowPatch(
            place[state],
            place[partner],
            arrowstyle="-|>",
            mutation_scale=5,
            shrinkA=8,
            shrinkB=9,
            connectionstyle=f"arc3,rad={bend}",
            gid=f"{'unknown' if unknown else 'tie'} {state}–{partner}",
            **style,
        )
        ax.add_patch(arrow)


def _nodes(ax: Axes, place: Places, poles: list[Any]) -> None:
    """Write names in circles; partners in their colour."""
    for name, at in place.items():
        pole = name in poles
        colour = LETTERS[COLOURS[poles.index(name) % len(COLOURS)]] if pole else PALE
        circle = {"boxstyle": "circle,pad=0.25", "edgecolor": colour, "linewidth": 0.8}
        circle["facecolor"] = colour if pole else "white"
        style: dict[str, Any] = {"ha": "center", "va": "center", "zorder": 4, "bbox": circle}
        style |= {"color": "white", "fontweight": "bold"} if pole else {"color": INK}
        size = TINY + (0.5 if pole else 0)
        note(ax, shown(name), at, gid=f"node {name}", fontsize=size, **style)
    xs, ys = zip(*place.values(), strict=True)
    room = 0.11 * max(max(xs) - min(xs), max(ys) - min(ys), 1.0)
    ax.set_xlim(min(xs) - room, max(xs) + room)
    ax.set_ylim(min(ys) - room, max(ys) + room)
