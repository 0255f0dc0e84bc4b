"""Names beside the ends of lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from alignindex.base.typing import Floats
from alignindex.plot.canvas import LETTERS, SMALL, note, shown, size_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["End", "end_labels", "last_points", "spread"]


class End(NamedTuple):
    """The end of a line, and its name."""

    name: str
    x: float
    y: float
    colour: str


def spread(places: Sequence[float], gap: float, low: float, high: float) -> Floats:
    """Move places as little as possible (least squares) so that all are at least `gap` apart.

    Examples
    --------
    >>> spread([0.5, 0.5, 0.9], 0.1, 0.0, 1.0)
    array([0.45, 0.55, 0.9 ])
    """
    wanted = np.asarray(places, dtype=np.float64)
    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(len(wanted))
    # Without the steps the places must not fall: isotonic regression, which pools neighbours.
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
    """Return the last known point of each row that has one, with its name and colour."""
    ends = []
    for key, (name, colour) in named.items():
        values = wide.loc[key].to_numpy(dtype=np.float64)
        known = np.flatnonzero(~np.isnan(values))
        if known.size:
            x = float(wide.columns[known[-1]])
            ends.append(End(shown(name), x, float(values[known[-1]]), colour))
    return ends


def end_labels(ax: Axes, ends: Sequence[End]) -> None:
    """Write the name of each line beside its end, so that names do not overlap.

    The limits of the axes must be set before.
    """
    if not ends:
        return
    bottom, top = sorted(ax.get_ylim())
    gap = (top - bottom) * 1.1 * SMALL / size_of(ax)[1]
    left, right = ax.get_xlim()
    last = max(end.x for end in ends)
    style: dict[str, Any] = {"ha": "left", "fontsize": SMALL, "gid": "name"}
    white = {"boxstyle": "square,pad=0.05", "facecolor": "white", "alpha": 0.85}
    white["edgecolor"] = "none"
    # A line that ended long ago is named where it ended.
    old = [end for end in ends if end.x < last - 0.2 * (right - left)]
    for end in old:
        style["color"] = LETTERS.get(end.colour, end.colour)
        note(ax, end.name, (end.x, end.y), xytext=(3, 3), va="bottom", bbox=white, **style)
    ends = [end for end in ends if end not in old]
    at = spread([end.y for end in ends], gap, bottom, top)
    for end, place in zip(ends, at, strict=True):
        # A name that does not stand beside its end is joined to it by a line.
        apart = abs(place - end.y) > gap / 4 or end.x < last
        line = {"arrowstyle": "-", "color": end.colour, "linewidth": 0.5, "alpha": 0.7}
        style["arrowprops"] = line | {"shrinkA": 0, "shrinkB": 1.5} if apart else None
        style["color"] = LETTERS.get(end.colour, end.colour)
        style["textcoords"] = ("axes fraction", "data")
        note(ax, end.name, (end.x, end.y), xytext=(1.02, place), va="center", **style)
