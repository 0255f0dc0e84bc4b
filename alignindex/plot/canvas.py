"""What all figures share: sizes, colours, captions, direct labels, and axes to draw on.

Nothing here touches pyplot or ``rcParams``: a new figure is a plain `Figure`, and every size and
colour is given to the artist that has it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.errors import AlignIndexError, ExtraError
from alignindex.spec import IndexSpec

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "COLOURS",
    "COLUMN",
    "DASHES",
    "GREY",
    "HATCH",
    "INK",
    "LETTERS",
    "MOST_LINES",
    "PALE",
    "SMALL",
    "TEXT",
    "TINY",
    "End",
    "Look",
    "axes_on",
    "bare_axes",
    "caption",
    "end_labels",
    "ends_of",
    "figure_of",
    "fit",
    "last_points",
    "looks",
    "need",
    "new_figure",
    "plain_axes",
    "source",
    "spread",
    "whole_years",
]

Floats = NDArray[np.float64]

COLUMN = 3.4  # inches: the width of a column in print
DPI = 200
TEXT, SMALL, TINY = 8.0, 7.0, 6.0  # points
INK, GREY, PALE, FAINT = "#222222", "#555555", "#8c8c8c", "#e6e6e6"
HATCH = "////"  # what is unknown, distinct from any value

# Okabe & Ito (2008) without yellow, which cannot be seen on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
# The same hues dark enough for small letters: a contrast with white of 5 at least.
LETTERS = dict(
    zip(
        COLOURS,
        ("#0072B2", "#B84F00", "#00795A", "#A8517F", "#8F6300", "#1F74A8", "#000000"),
        strict=True,
    )
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DASHES: tuple[Any, ...] = (
    "-",
    (0, (5, 1.5)),
    (0, (1.2, 1.2)),
    (0, (6, 1.5, 1.2, 1.5)),
    (0, (2.5, 1)),
    (0, (8, 2.5)),
    (0, (4, 1.2, 1.2, 1.2, 1.2, 1.2)),
)
MOST_LINES = len(COLOURS)


class End(NamedTuple):
    """Where a line ends, and what it is called."""

    name: str
    x: float
    y: float
    colour: str


class Look(NamedTuple):
    """How a line is told from the others, in colour and in grey."""

    colour: str
    marker: str
    dash: Any


def looks(
    names: Sequence[str], among: Sequence[str], what: str, *, mend: str = ""
) -> dict[str, Look]:
    """Give every name its look; by its place in `among`, so that it keeps it from figure to figure.

    `mend` says how fewer are chosen, where no option is called `what`.

    Raises
    ------
    AlignIndexError
        If there are more names than looks.
    """
    if len(names) > MOST_LINES:
        raise AlignIndexError(
            f"at most {MOST_LINES} lines can be told apart; got {len(names)} {what}: choose some "
            f"{mend or f'such as {what}={list(names[:3])}'}, or draw them with small_multiples or "
            "heatmap"
        )
    order = list(among) if len(among) <= MOST_LINES else list(names)
    return {
        name: Look(COLOURS[i], MARKERS[i], DASHES[i]) for name in names for i in [order.index(name)]
    }


def need() -> None:
    """Check that matplotlib is there.

    Raises
    ------
    ExtraError
        If it is not installed.
    """
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise ExtraError("a figure", "plot") from None


def new_figure(width: float, height: float) -> Figure:
    """Make a figure that pyplot does not know."""
    need()
    from alignindex.plot.shown import ShownFigure

    return ShownFigure(figsize=(width, height), dpi=DPI, layout="constrained")


def axes_on(ax: Axes | None, height: float, *, width: float = COLUMN) -> Axes:
    """Return the axes given, or those of a new figure.

    Raises
    ------
    ExtraError
        If matplotlib is not installed.
    AlignIndexError
        If `ax` is something else.
    """
    need()
    from matplotlib.axes import Axes

    from alignindex.plot.shown import ShownAxes

    if ax is None:
        return new_figure(width, height).add_subplot(axes_class=ShownAxes)
    if not isinstance(ax, Axes):
        raise AlignIndexError(
            f"ax takes matplotlib Axes, such as those of Figure().subplots(); got "
            f"{type(ax).__name__}"
        )
    return ax


def figure_of(ax: Axes) -> Figure:
    """Return the figure that the axes are on, also inside a subfigure."""
    figure: Any = ax.get_figure()
    while figure.get_figure() is not figure:
        figure = figure.get_figure()
    return figure  # type: ignore[no-any-return]


def plain_axes(ax: Axes, *, grid: str = "y") -> None:
    """Two thin spines, small ticks, a faint grid behind the data."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(PALE)
        ax.spines[side].set_linewidth(0.6)
    ax.tick_params(
        labelsize=SMALL, length=2.5, width=0.6, pad=2, color=PALE, labelcolor=INK, which="major"
    )
    ax.tick_params(which="minor", length=0)
    ax.set_axisbelow(True)
    if grid:
        ax.grid(axis=grid, color=FAINT, linewidth=0.6)  # type: ignore[arg-type]


def bare_axes(ax: Axes) -> None:
    """No spines and no ticks; unlike `set_axis_off` it leaves the axis a place for the caption."""
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.set_xticks([])
    ax.set_yticks([])


def whole_years(ax: Axes, first: float, last: float, *, bins: int = 6) -> None:
    """Ticks at whole years or sessions only."""
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(nbins=bins, integer=True, min_n_ticks=2))
    room = max(0.02 * (last - first), 0.4)
    ax.set_xlim(first - room, last + room)


def ends_of(spec: IndexSpec | None, values: Floats) -> tuple[float, float]:
    """Choose the ends of an axis of scores: of the index, else 0 and 1, else of the values."""
    if spec is not None:
        return spec.range
    known = values[~np.isnan(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if low >= 0 and high <= 1:
        return 0.0, 1.0
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def size_of(ax: Axes) -> tuple[float, float]:
    """Width and height of the axes in points."""
    box = ax.get_window_extent()
    scale = 72.0 / figure_of(ax).dpi
    return box.width * scale, box.height * scale


def source(spec: IndexSpec | None) -> str:
    """Say which index this is, and how far it follows what was published."""
    if spec is None:
        return "Fidelity unknown: drawn from a table, no spec was given."
    return f"Index {spec.name} v{spec.version}, fidelity: {spec.fidelity}."


def fit(text: str, points: float, size: float = TINY) -> str:
    """Break a text into lines of at most so many points."""
    return textwrap.fill(text, max(20, int(points / (0.54 * size))))


def caption(ax: Axes, text: str, origin: str) -> None:
    """Write a caption in small print below: what is drawn, then where it comes from.

    Below the figure, where it is ours; below the axes, where they were given.
    """
    from alignindex.plot.shown import ShownFigure

    figure = figure_of(ax)
    words = " ".join(f"{text} {origin}".split())
    if isinstance(figure, ShownFigure):
        figure.supxlabel(
            fit(words, 72 * figure.get_figwidth() * 0.95), x=0.02, ha="left", fontsize=TINY,
            color=GREY, gid="caption",
        )  # fmt: skip
        return
    width, _ = size_of(ax)
    ax.annotate(
        fit(words, width),
        xy=(0.0, 0.0),
        xycoords=("axes fraction", ax.xaxis.label),
        xytext=(0, -3),
        textcoords="offset points",
        ha="left",
        va="top",
        fontsize=TINY,
        color=GREY,
        annotation_clip=False,
        gid="caption",
    )


def spread(places: Sequence[float], gap: float, low: float, high: float) -> Floats:
    """Move places as little as possible (least squares) so that no two are nearer than `gap`.

    Examples
    --------
    >>> spread([0.5, 0.5, 0.9], 0.1, 0.0, 1.0)
    array([0.45, 0.55, 0.9 ])
    """
    wanted = np.asarray(places, dtype=np.float64)
    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(len(wanted))
    # Pool neighbours that would overlap: isotonic regression of what is left after the steps.
    blocks: list[tuple[float, int]] = []
    for value in wanted[order] - steps:
        mean, size = float(value), 1
        while blocks and blocks[-1][0] > mean:
            before, n = blocks.pop()
            mean, size = (mean * size + before * n) / (size + n), size + n
        blocks.append((mean, size))
    level = np.concatenate([np.full(n, mean) for mean, n in blocks]) if blocks else wanted
    out = np.empty_like(wanted)
    out[order] = np.clip(level, low, max(low, high - gap * max(len(wanted) - 1, 0))) + steps
    return out


def last_points(wide: pd.DataFrame, named: Mapping[Any, tuple[str, str]]) -> list[End]:
    """Last known point of each row, with its name and colour; none of a row without any."""
    ends = []
    for key, (name, colour) in named.items():
        at: Any = wide.index.get_loc(key)
        values = wide.to_numpy(dtype=np.float64)[at]
        known = np.flatnonzero(~np.isnan(values))
        if known.size:
            x = float(wide.columns[known[-1]])
            ends.append(End(name, x, float(values[known[-1]]), colour))
    return ends


def _letters(end: End) -> str:
    return LETTERS.get(end.colour, end.colour)


def end_labels(ax: Axes, ends: Sequence[End]) -> None:
    """Write the name of each line beside its end, apart from one another.

    The limits of the axes must be set before.
    """
    if not ends:
        return
    bottom, top = sorted(ax.get_ylim())
    gap = (top - bottom) * 1.1 * SMALL / size_of(ax)[1]
    left, right = ax.get_xlim()
    last = max(end.x for end in ends)
    # A line that ended long ago is named where it ended.
    old = [end for end in ends if end.x < last - 0.2 * (right - left)]
    for end in old:
        ax.annotate(
            end.name, xy=(end.x, end.y), xytext=(3, 3), textcoords="offset points", ha="left",
            va="bottom", fontsize=SMALL, color=_letters(end), annotation_clip=False, gid="name",
            bbox={"boxstyle": "square,pad=0.05", "facecolor": "white", "edgecolor": "none",
                  "alpha": 0.85},
        )  # fmt: skip
    ends = [end for end in ends if end not in old]
    at = spread([end.y for end in ends], gap, bottom, top)
    for end, place in zip(ends, at, strict=True):
        # A line from the end to the name, where the one does not lie beside the other.
        apart = abs(place - end.y) > gap / 4 or end.x < last
        ax.annotate(
            end.name, xy=(end.x, end.y), xytext=(1.02, place), textcoords=("axes fraction", "data"),
            ha="left", va="center", fontsize=SMALL, color=_letters(end), annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": end.colour, "linewidth": 0.5, "alpha": 0.7,
                        "shrinkA": 0, "shrinkB": 1.5} if apart else None,
            gid="name",
        )  # fmt: skip
