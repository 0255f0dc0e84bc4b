"""Figures of results: colour-blind safe, readable in a column of print, the unknown as unknown.

Every function takes a result, or the table of the measure that it draws, and the keyword `ax`; it
returns the Axes (an array of them where there are several). Nothing is shown, no global setting is
touched, and pyplot is not needed: save with ``ax.figure.savefig("figure.pdf")``. In a notebook the
Axes show themselves. The caption under each figure says what is drawn, and the fidelity of the
index behind it. Needs the extra ``plot``.
"""

from __future__ import annotations

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
