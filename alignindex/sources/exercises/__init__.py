"""Joint military exercises: MME, the JME worksheet, and any other set of joint events."""

from __future__ import annotations

from alignindex.sources.exercises.events import read_events
from alignindex.sources.exercises.jme import JME, read_jme
from alignindex.sources.exercises.mme import MME, read_mme

__all__ = ["read_events", "read_jme", "read_mme"]

SIGNATURES = (MME, JME)
