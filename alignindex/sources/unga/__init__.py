"""The UN General Assembly: roll-call votes, and published ideal points and agreement scores."""

from __future__ import annotations

from alignindex.sources.unga.common import votes_cast
from alignindex.sources.unga.scores import (
    AGREEMENT,
    IDEAL_POINTS,
    read_agreement,
    read_ideal_points,
)
from alignindex.sources.unga.undl import UNDL, read_undl
from alignindex.sources.unga.voeten import VOETEN, read_voeten

__all__ = ["read_agreement", "read_ideal_points", "read_undl", "read_voeten", "votes_cast"]

SIGNATURES = (VOETEN, UNDL, IDEAL_POINTS, AGREEMENT)
