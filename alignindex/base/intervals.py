"""Intervals of measures over draws."""

from __future__ import annotations

import numpy as np

from alignindex.base.arguments import check_level
from alignindex.base.typing import Floats

__all__ = ["intervals"]


def intervals(drawn: dict[str, Floats], level: float) -> dict[str, Floats]:
    """Equal-tailed intervals over the first axis; NaN where a measure is unknown in every draw.

    Parameters
    ----------
    drawn : dict of str to ndarray, shape (draws, ...)
    level : float
        Probability of the interval, above 0 and below 1.

    Returns
    -------
    dict of str to ndarray, shape (...)
        ``<name>_lower`` and ``<name>_upper``. Draws in which a measure is unknown are left out.

    Raises
    ------
    AlignIndexError
        If `level` is not a probability.

    Examples
    --------
    >>> ends = intervals({"depth": np.array([[0.0], [0.5], [1.0]])}, 0.5)
    >>> ends["depth_lower"], ends["depth_upper"]
    (array([0.25]), array([0.75]))
    """
    check_level(level)
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    out = {}
    for name, values in drawn.items():
        ends = np.full((2, *values.shape[1:]), np.nan)
        known = ~np.isnan(values).all(axis=0)
        if known.any():
            ends[:, known] = np.nanquantile(values[:, known], tails, axis=0)
        out[f"{name}_lower"], out[f"{name}_upper"] = ends
    return out
