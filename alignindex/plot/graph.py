"""The network of a year: who is aligned with whom."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from alignindex.base.errors import AlignIndexError, ExtraError
from alignindex.plot import choose
from alignindex.plot.canvas import (
    COLOURS,
    DASHES,
    INK,
    LETTERS,
    PALE,
    TEXT,
    TINY,
    axes_on,
    bare_axes,
    caption,
    source,
)
from alignindex.plot.choose import Data, Names
from alignindex.spec import IndexSpec

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["network"]

Places = dict[str, tuple[float, float]]


def network(
    data: Data,
    *,
    year: int,
    states: Names = None,
    partners: Names = None,
    at_least: float = 0.5,
    layout: Literal["ring", "kamada_kawai"] = "ring",
    spec: IndexSpec | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the alignments of a year as arrows from states to partners.

    Parameters
    ----------
    data : AlignmentResult, Series or DataFrame
        A result, or scores with the index (state, partner, year).
    year : int
    states, partners : str or sequence of str, optional
        Which; all unless given.
    at_least : float
        Scores below it are not drawn.
    layout : {"ring", "kamada_kawai"}
        ``ring``: partners on an inner ring, the other states around them, each in the direction
        in which its scores pull it. ``kamada_kawai``: distances as near to (greatest score -
        score) as can be (Kamada & Kawai 1989, doi:10.1016/0020-0190(89)90102-6), from that ring;
        needs the extra ``network``. Both give the same picture every time.
    spec : IndexSpec, optional
        The spec behind a plain table, for the caption.
    ax : Axes, optional

    Returns
    -------
    Axes
        Width of an arrow: its score. Dotted and thin: the score is unknown.

    Raises
    ------
    PanelError
        If the year, a state or a partner is not there.
    AlignIndexError
        If `at_least` is not finite, or there is no such layout.
    ExtraError
        If matplotlib, or networkx for ``kamada_kawai``, is not installed.

    Examples
    --------
    >>> import alignindex as ai
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> ax = ai.plot.network(result, year=2019, at_least=0.7)
    >>> sorted(p.get_gid() for p in ax.patches if p.get_gid().startswith("tie ARM"))
    ['tie ARM–RUS']
    """
    if layout not in ("ring", "kamada_kawai"):
        raise AlignIndexError(f"layout is 'ring' or 'kamada_kawai'; got {layout!r}")
    if not math.isfinite(at_least):
        raise AlignIndexError(f"at_least is a score, such as 0.5; got {at_least!r}")
    table, origin = choose.scores_of(data), choose.spec_of(data, spec)
    index = table.index
    at = choose.one_year(year, index.get_level_values("year"))
    score = table.loc[index.get_level_values("year") == at, "score"].droplevel("year")
    own = choose.chosen(states, score.index.get_level_values("state").unique(), "state")
    poles = choose.chosen(partners, score.index.get_level_values("partner").unique(), "partner")
    score = score[
        score.index.get_level_values("state").isin(own)
        & score.index.get_level_values("partner").isin(poles)
    ]
    place = _ring(score, own, poles)
    if layout == "kamada_kawai":
        place = _kamada_kawai(score, place)

    ax = axes_on(ax, 3.85)
    bare_axes(ax)
    ax.set_aspect("equal")
    _ties(ax, score, place, poles, at_least)
    _nodes(ax, place, poles)
    ax.set_title(f"Alignments in {at}", fontsize=TEXT, color=INK, loc="left")
    told = f"Arrow: score of at least {at_least:g}, the wider the higher. "
    if bool(score.isna().any()):
        told += "Dotted: score unknown. "
    caption(ax, told, source(origin))
    return ax


def _ring(score: pd.Series, states: list[str], poles: list[str]) -> Places:
    """Partners on an inner ring, the other states evenly around, in the direction of their pull."""
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
    # By angle around the ring from the first pole; those that nothing pulls come last, by name.
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
    """Places from networkx: the nearer, the higher the score."""
    try:
        import networkx
    except ImportError:
        raise ExtraError("the layout 'kamada_kawai'", "network") from None
    graph = networkx.Graph()
    graph.add_nodes_from(start)
    top = float(score.max())
    known = choose.ties_of(score.dropna())
    for (state, partner), value in known.items():
        both = [value, known.get((partner, state), np.nan)]
        distance = 0.6 + top - float(np.nanmean(both))
        graph.add_edge(state, partner, distance=distance)
    found: dict[str, Any] = networkx.kamada_kawai_layout(graph, pos=start, weight="distance")
    return {name: (float(where[0]), float(where[1])) for name, where in found.items()}


def _ties(ax: Axes, score: pd.Series, place: Places, poles: list[str], at_least: float) -> None:
    """Arrows of the scores, in the colour of the partner; dotted where the score is unknown."""
    from matplotlib.patches import FancyArrowPatch

    low = min(at_least, float(np.nan_to_num(score.min())))
    top = max(float(np.nan_to_num(score.max())), low + 1e-9)
    values = choose.ties_of(score)
    for (state, partner), value in values.items():
        unknown = math.isnan(value)
        if not unknown and value < at_least:
            continue
        mutual = (partner, state) in values
        number = poles.index(partner) % len(COLOURS)
        share = 0.0 if unknown else (value - low) / (top - low)
        ax.add_patch(
            FancyArrowPatch(
                place[state], place[partner],
                arrowstyle="-|>", mutation_scale=5, shrinkA=8, shrinkB=9,
                connectionstyle=f"arc3,rad={0.18 if mutual else 0.06}",
                color=PALE if unknown else COLOURS[number],
                linewidth=0.5 if unknown else 0.6 + 1.6 * share,
                linestyle=(0, (1, 2)) if unknown else DASHES[number],
                alpha=0.7 if unknown else 0.85, zorder=1 if unknown else 2,
                gid=f"{'unknown' if unknown else 'tie'} {state}–{partner}",
            )
        )  # fmt: skip


def _nodes(ax: Axes, place: Places, poles: list[str]) -> None:
    """Names in circles; partners in their colour."""
    for name, (x, y) in place.items():
        pole = name in poles
        colour = LETTERS[COLOURS[poles.index(name) % len(COLOURS)]] if pole else PALE
        ax.annotate(
            name, xy=(x, y), ha="center", va="center", fontsize=TINY + (0.5 if pole else 0),
            fontweight="bold" if pole else "normal", color="white" if pole else INK, zorder=4,
            bbox={"boxstyle": "circle,pad=0.25", "facecolor": colour if pole else "white",
                  "edgecolor": colour, "linewidth": 0.8},
            annotation_clip=False, gid=f"node {name}",
        )  # fmt: skip
    xs, ys = zip(*place.values(), strict=True)
    room = 0.11 * max(max(xs) - min(xs), max(ys) - min(ys), 1.0)
    ax.set_xlim(min(xs) - room, max(xs) + room)
    ax.set_ylim(min(ys) - room, max(ys) + room)
