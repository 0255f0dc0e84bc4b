"""Ideal points of states from their votes.

`fit` estimates one-dimensional points that move over time; `prepare` does the customary cleaning
of General Assembly votes; `probabilities` and `roll_call_fit` predict votes and judge the fit;
`distance` turns points into a column of the dyad-year panel.
"""

from __future__ import annotations

from alignindex.idealpoints.estimation import fit
from alignindex.idealpoints.prediction import distance, probabilities, roll_call_fit
from alignindex.idealpoints.preparation import prepare
from alignindex.idealpoints.result import FitSummary, IdealPoints, Prepared

__all__ = [
    "FitSummary",
    "IdealPoints",
    "Prepared",
    "distance",
    "fit",
    "prepare",
    "probabilities",
    "roll_call_fit",
]
