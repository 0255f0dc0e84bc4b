"""The results of a fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from alignindex.base.typing import Floats

__all__ = ["FitSummary", "IdealPoints", "Prepared"]


@dataclass(frozen=True, eq=False)
class FitSummary:
    """How the fit went.

    Attributes
    ----------
    iterations : int
        Sweeps until the prediction of the watched votes stopped improving.
    converged : bool
        False if `max_sweeps` came first.
    trace : ndarray
        Mean log-probability of the watched votes before the first and after every sweep.
    n_watched : int
        Votes kept out to judge the sweeps; 0 if there were too few, and all votes were watched.
    n_votes, n_states, n_periods, n_items : int
        Numbers in the model; linked items count once.
    inflation : float
        The factor of the calibration (NaN without draws).
    seed : int or None
        Seed of the simulated refits; None if a generator was given.
    skipped : DataFrame
        Votes, items and periods that did not enter the model: what, key, reason, votes.
    digest : str
        Hash of the votes, links and options.
    """

    iterations: int
    converged: bool
    trace: Floats
    n_watched: int
    n_votes: int
    n_states: int
    n_periods: int
    n_items: int
    inflation: float
    seed: int | None
    skipped: pd.DataFrame
    digest: str


@dataclass(frozen=True, eq=False)
class IdealPoints:
    """Ideal points, item parameters and how they were found.

    Attributes
    ----------
    points : DataFrame
        state, period, point, se, se_calibrated, n_votes; one row per state and period (no period
        column if the points do not move). NaN if the period is too small to identify.
    items : DataFrame
        item, period, group, discrimination, cut_1 (and cut_2), their standard errors, n_votes.
        Linked items share a group and its parameters. NaN for an item with one observed category.
    fit : FitSummary
    levels : tuple
        The levels in their order; a positive discrimination means that states further up the
        scale vote for higher levels.
    """

    points: pd.DataFrame
    items: pd.DataFrame
    fit: FitSummary
    levels: tuple[object, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the points."""
        return self.points.copy()

    def __repr__(self) -> str:
        fit = self.fit
        return (
            f"<IdealPoints: {fit.n_states} states, {fit.n_periods} periods, {fit.n_items} items, "
            f"{fit.n_votes} votes; {fit.iterations} sweeps, digest {fit.digest}>"
        )


class Prepared(NamedTuple):
    """Votes ready for `fit`, and the account of rows that were skipped."""

    votes: pd.DataFrame
    skipped: pd.DataFrame
