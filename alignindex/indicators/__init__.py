"""From tidy tables to panel columns: one function per indicator; `build_panel` joins them.

Each function takes the tidy table of a reader (or one of your own with the same columns) and the
**declared coverage**: the years, and where need be the actors, for which the source says all there
is. Inside it "no row" is an observed none; outside it every cell is unknown. Sources without
direction appear in both directions of the dyad, directed ones in one.
"""

from __future__ import annotations

from alignindex.indicators.arms import arms
from alignindex.indicators.column import Column, Coverage
from alignindex.indicators.events import exercises, hosting
from alignindex.indicators.forces import attribute, military_expenditure, troops
from alignindex.indicators.ties import alliances, memberships, obligations
from alignindex.indicators.votes import positions, votes

__all__ = [
    "Column",
    "Coverage",
    "alliances",
    "arms",
    "attribute",
    "exercises",
    "hosting",
    "memberships",
    "military_expenditure",
    "obligations",
    "positions",
    "troops",
    "votes",
]
