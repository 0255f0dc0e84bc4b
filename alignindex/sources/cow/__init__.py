"""Correlates of War: formal alliances, the state system, national material capabilities."""

from __future__ import annotations

from alignindex.sources.cow.alliances import ALLIANCES, read_alliances
from alignindex.sources.cow.alliances import UNREAD as UNREAD
from alignindex.sources.cow.states import COUNTRY_CODES, NMC, SPELLS, read_nmc, read_states

__all__ = ["read_alliances", "read_nmc", "read_states"]

SIGNATURES = (ALLIANCES, SPELLS, COUNTRY_CODES, NMC)
