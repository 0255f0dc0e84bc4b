"""Sizes, colours, texts, direct labels and axes, shared by all figures.

Nothing here changes ``rcParams``: every size and colour is given to its artist. A new figure comes
from pyplot, which is imported only then, so that ``plt.show()`` and ``plt.savefig()`` work on it.
"""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from alignindex.base.errors import AlignIndexError, ExtraError
from alignindex.base.typing import Floats
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
    "MAX_LINES",
    "PALE",
    "PLAIN",
    "SMALL",
    "TEXT",
    "TINY",
    "Look",
    "axes_on",
    "bare_axes",
    "caption",
    "ends_of",
    "fewer",
    "figure_of",
    "heading",
    "looks",
    "name_axis",
    "name_rows",
    "new_figure",
    "note",
    "plain_axes",
    "shown",
    "source",
    "warn_empty",
    "whole_years",
    "write_caption",
]

OURS = "alignindex"  # gid of figures that were made here

COLUMN = 3.4  # inches: the width of a column in print
DPI = 200
TEXT, SMALL, TINY = 8.0, 7.0, 6.0  # points
INK, GREY, PALE, FAINT = "#222222", "#555555", "#8c8c8c", "#e6e6e6"
HATCH = "////"  # marks missing values, distinct from any colour
# Names and titles may hold $ and backslashes, which are letters and not formulas.
PLAIN: dict[str, Any] = {"parse_math": False, "usetex": False}
LONGEST = 28  # characters of a name that a figure shows

# Okabe & Ito (2008) without yellow, which cannot be seen on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
# The same hues, dark enough for small letters: a contrast with white of at least 5.
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
MAX_LINES = len(COLOURS)


class Look(NamedTuple):
    """The style of a line, which differs from the others also in grey."""

    colour: str
    marker: str
    dash: Any


def shown(name: object) -> str:
    r"""Return a name as one line of at most 28 characters.

    Examples
    --------
    >>> shown("Bosnia and\nHerzegovina"), len(shown("x" * 1000))
    ('Bosnia and Herzegovina', 28)
    """
    text = str(name)[: 10 * LONGEST]
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def looks(names: Sequence[Any], among: Sequence[Any], what: str, advice: str) -> dict[Any, Look]:
    """Return the look of every name, by its place in `among`, so that all figures agree.

    Parameters
    ----------
    what, advice : str
        What the names are, and how to choose fewer, for the message.

    Raises
    ------
    AlignIndexError
        If there are more names than looks.
    """
    if len(names) > MAX_LINES:
        raise AlignIndexError(
            f"at most {MAX_LINES} lines can be told apart; got {len(names)} {what}: choose fewer "
            f"{advice}"
        )
    order = list(among) if len(among) <= MAX_LINES else list(names)
    places = {name: order.index(name) for name in names}
    return {name: Look(COLOURS[i], MARKERS[i], DASHES[i]) for name, i in places.items()}


def fewer(option: str, names: Sequence[Any]) -> str:
    """Return the advice for `looks`, with an example."""
    return f"such as {option}={[shown(name) for name in names[:3]]}, or draw a heatmap"


def new_figure(width: float, height: float) -> Figure:
    """Return a new figure of pyplot.

    Raises
    ------
    ExtraError
        If matplotlib is not installed.
    """
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ExtraError("a figure", "plot") from None
    figure = pyplot.figure(figsize=(width, height), dpi=DPI, layout="constrained")
    figure.set_gid(OURS)
    return figure


def axes_on(ax: Axes | None, height: float, *, width: float = COLUMN) -> Axes:
    """Return the given axes, or axes on a new figure.

    Raises
    ------
    ExtraError
        If matplotlib is not installed.
    AlignIndexError
        If `ax` is something else.
    """
    if ax is None:
        return new_figure(width, height).add_subplot()
    try:
        from matplotlib.axes import Axes
    except ImportError:
        raise ExtraError("a figure", "plot") from None
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
    """Give the axes two thin spines, small ticks, and a faint grid behind the data."""
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
    """Remove spines and ticks; unlike `set_axis_off` this leaves room for the caption."""
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.set_xticks([])
    ax.set_yticks([])


def whole_years(ax: Axes, first: float, last: float, *, bins: int = 6) -> None:
    """Set ticks at whole years or sessions only."""
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(nbins=bins, integer=True, min_n_ticks=2))
    room = max(0.02 * (last - first), 0.4)
    ax.set_xlim(first - room, last + room)


def ends_of(spec: IndexSpec | None, values: Floats) -> tuple[float, float]:
    """Return the ends of an axis of scores: of the index, else 0 and 1, else of the values."""
    if spec is not None:
        return spec.range
    known = values[~np.isnan(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if low >= 0 and high <= 1:
        return 0.0, 1.0
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def size_of(ax: Axes) -> tuple[float, float]:
    """Return the width and height of the axes in points."""
    box = ax.get_window_extent()
    scale = 72.0 / figure_of(ax).dpi
    return box.width * scale, box.height * scale


def source(spec: IndexSpec | None) -> str:
    """Return the name of the index and its fidelity, for the caption."""
    if spec is None:
        return "Fidelity unknown: drawn from a table, no spec was given."
    return f"Index {spec.name} v{spec.version}, fidelity: {spec.fidelity}."


def heading(ax: Axes, text: str, **options: Any) -> None:
    """Write the title of a figure."""
    ax.set_title(text, fontsize=TEXT, color=INK, loc="left", **PLAIN, **options)


def name_axis(ax: Axes, axis: str, text: str) -> None:
    """Write what an axis shows."""
    write = ax.set_xlabel if axis == "x" else ax.set_ylabel
    write(text, fontsize=SMALL, color=INK, labelpad=2 if axis == "x" else 3, **PLAIN)


def name_rows(ax: Axes, names: Sequence[object], size: float = SMALL) -> None:
    """Name the rows of a table, without ticks."""
    ax.set_yticks(range(len(names)), [shown(name) for name in names], fontsize=size, **PLAIN)
    ax.tick_params(axis="y", length=0)


def note(ax: Axes, text: str, xy: tuple[float, float], *, gid: str, **options: Any) -> None:
    """Write a small text at a place, also outside the axes."""
    style: dict[str, Any] = {"fontsize": TINY, "color": INK, "annotation_clip": False}
    if "xytext" in options:
        style["textcoords"] = "offset points"
    ax.annotate(text, xy=xy, gid=gid, **PLAIN, **(style | options))


def write_caption(ax: Axes, text: str, origin: str) -> None:
    """Write a caption in small print below: what is drawn, then where it comes from.

    It stands below the figure if that was made here, else below the axes.
    """
    figure, words = figure_of(ax), " ".join(f"{text} {origin}".split())
    own = figure.get_gid() == OURS
    width = 72 * figure.get_figwidth() * 0.95 if own else size_of(ax)[0]
    lines = textwrap.fill(words, max(20, int(width / (0.54 * TINY))))
    if own:
        style: dict[str, Any] = {"fontsize": TINY, "color": GREY, **PLAIN}
        figure.supxlabel(lines, x=0.02, ha="left", gid="caption", **style)
        return
    below: Any = ("axes fraction", ax.xaxis.label)
    side: dict[str, Any] = {"xycoords": below, "xytext": (0, -3), "ha": "left", "va": "top"}
    note(ax, lines, (0.0, 0.0), gid="caption", color=GREY, **side)


def caption(ax: Axes | Sequence[Axes]) -> str:
    """Return the caption of a figure as text, without line breaks.

    The title is ``ax.get_title(loc="left")``.

    Parameters
    ----------
    ax : Axes or array of Axes
        As a function of this module returned it.

    Raises
    ------
    AlignIndexError
        If the figure has no caption of this module.

    Examples
    --------
    >>> import alignindex as ai
    >>> ai.plot.caption(ai.plot.tree("benati-capurri"))[:45]
    'Missing data: propagate. On the branches: wei'
    """
    from matplotlib.axes import Axes

    axes = [ax] if isinstance(ax, Axes) else list(np.asarray(ax, dtype=object).ravel())
    if not axes or not all(isinstance(one, Axes) for one in axes):
        raise AlignIndexError(
            f"ax takes the Axes that a figure returned, or several; got {type(ax).__name__}"
        )
    figure = figure_of(axes[0])
    own = [figure] if figure.get_gid() == OURS else axes
    found: Any = [text for part in own for text in part.findobj() if text.get_gid() == "caption"]
    if not found:
        raise AlignIndexError("the figure has no caption of alignindex.plot")
    return " ".join(found[-1].get_text().split())


def warn_empty(ax: Axes, why: str, height: float = 0.5) -> None:
    """Warn that a figure shows nothing, and say why in it, at a height of the axes."""
    middle: dict[str, Any] = {"xycoords": "axes fraction", "ha": "center", "va": "center"}
    white = {"boxstyle": "square,pad=0.3", "facecolor": "white", "edgecolor": "none"}
    style = {"fontsize": SMALL, "color": GREY, "zorder": 9, "bbox": white}
    note(ax, textwrap.fill(why, 44), (0.5, height), gid="empty", **middle, **style)
    warnings.warn(f"the figure shows nothing: {why}", UserWarning, stacklevel=3)
