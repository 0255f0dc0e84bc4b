"""From tidy tables to panel columns: one function an indicator, and `build`, which joins them.

Each function takes the tidy table of a reader (or one of your own with the same columns) and the
**declared coverage**: the years, and where need be the actors, for which the source says all there
is. Inside it "no row" is an observed none; outside it every cell is unknown. Sources without
direction appear in both directions of the dyad, directed ones in one.
"""

from __future__ import annotations

from alignindex.builders._column import Column, Coverage
from alignindex.builders._join import build
from alignindex.builders.arms import arms
from alignindex.builders.events import exercises, hosting
from alignindex.builders.forces import attribute, military_expenditure, troops
from alignindex.builders.ties import alliances, memberships, obligations
from alignindex.builders.votes import positions, votes

__all__ = [
    "Column",
    "Coverage",
    "alliances",
    "arms",
    "attribute",
    "build",
    "exercises",
    "hosting",
    "memberships",
    "military_expenditure",
    "obligations",
    "positions",
    "troops",
    "votes",
]
