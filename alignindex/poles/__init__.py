"""Alignment with several poles at once: how deep, how spread, how tilted, how mutual.

Every measure takes an `AlignmentResult` or a plain Series of scores with the index (state, partner,
year). Raw scores toward different partners may rest on different indicators; :func:`comparable`
scores each state-year on those that are known toward every partner.
"""

from __future__ import annotations

from alignindex.poles.asymmetry import asymmetry
from alignindex.poles.depth import depth, effective_partners, multivectorism, rival_hedge
from alignindex.poles.networks import biplot, likeness, strength, to_networkx
from alignindex.poles.obligations import obligation_gap
from alignindex.poles.pair import tilt
from alignindex.poles.table import comparable
from alignindex.poles.types import Typology, typology

__all__ = [
    "Typology",
    "asymmetry",
    "biplot",
    "comparable",
    "depth",
    "effective_partners",
    "likeness",
    "multivectorism",
    "obligation_gap",
    "rival_hedge",
    "strength",
    "tilt",
    "to_networkx",
    "typology",
]
