"""Exposure of weighted portfolios of partners."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from alignindex.kernels.typing import Floats, Ints

__all__ = ["Exposed", "exposed"]


class Exposed(NamedTuple):
    """One entry per portfolio."""

    value: Floats
    coverage: Floats
    low: Floats
    high: Floats
    concentration: Floats


def exposed(
    owner: Ints, share: Floats, distance: Floats, lowest: Floats, highest: Floats
) -> Exposed:
    """Sum share times distance for each owner.

    Parameters
    ----------
    owner : ndarray of int, shape (rows,)
        Portfolio of each row, numbered from 0 without gaps.
    share : ndarray, shape (rows,)
        Shares of a portfolio, which sum to 1.
    distance : ndarray, shape (rows,)
        NaN where unknown.
    lowest, highest : ndarray, shape (portfolios,)
        What an unknown distance may be; NaN leaves the bounds unknown where they are needed.
    """
    size = lowest.size
    known = ~np.isnan(distance)
    held = np.where(known, share, 0.0)

    def total(values: Floats) -> Floats:
        sums: Floats = np.bincount(owner, weights=values, minlength=size).astype(np.float64)
        return sums

    coverage, part = total(held), total(held * np.where(known, distance, 0.0))
    unknown = total(np.where(known, 0.0, share))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(coverage > 0, part / coverage, np.nan)
    low, high = (np.where(unknown > 0, part + unknown * end, part) for end in (lowest, highest))
    return Exposed(value, coverage, low, high, total(share * share))
