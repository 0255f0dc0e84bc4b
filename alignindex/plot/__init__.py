"""Figures of results: safe for colour-blind readers, readable in a column of print.

Every function takes a result, or the table of the measure that it draws, and the keyword `ax`; it
returns the Axes (an array of them if there are several). Without `ax` it makes a new figure of
pyplot, so that ``plt.show()`` and ``plt.savefig("figure.pdf")`` work as usual, and a notebook shows
it. No global setting is changed. Missing values are shown as missing; a figure without any value
says so, and warns. The caption under each figure says what is drawn and how closely the index
behind it follows its source; `caption` returns it as text. Needs the extra ``plot``.
"""

from __future__ import annotations

from alignindex.plot.canvas import caption
from alignindex.plot.dots import bump, ranks, scores
from alignindex.plot.effects import sensitivity
from alignindex.plot.graph import network
from alignindex.plot.grids import heatmap, similarity
from alignindex.plot.lines import trajectories
from alignindex.plot.panels import small_multiples
from alignindex.plot.parts import contributions, tree
from alignindex.plot.points import idealpoints
from alignindex.plot.tilts import tilt

__all__ = [
    "bump",
    "caption",
    "contributions",
    "heatmap",
    "idealpoints",
    "network",
    "ranks",
    "scores",
    "sensitivity",
    "similarity",
    "small_multiples",
    "tilt",
    "trajectories",
    "tree",
]
