"""Alignment as a process: how much a tie moves, when it shifted for good, and what moved it.

Every measure takes an `AlignmentResult`, a plain Series of scores with the index (state, partner,
year), or the :class:`Paths` that :func:`paths` makes of them, which is where indicators, years,
windows and draws are chosen.
"""

from __future__ import annotations

from alignindex.dynamics.breaks import Realignments, RealignmentWarning, realignments
from alignindex.dynamics.motion import fluidity, turnover
from alignindex.dynamics.series import Paths, paths
from alignindex.dynamics.split import changes
from alignindex.dynamics.unwindow import unwindowed

__all__ = [
    "Paths",
    "RealignmentWarning",
    "Realignments",
    "changes",
    "fluidity",
    "paths",
    "realignments",
    "turnover",
    "unwindowed",
]
