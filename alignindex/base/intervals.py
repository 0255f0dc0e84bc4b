"""Intervals of measures over draws."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alignindex.base.errors import PanelError

__all__ = ["check_interval", "intervals"]

Floats = NDArray[np.float64]


def check_interval(interval: float) -> None:
    """Refuse what is no coverage.

    Raises
    ------
    PanelError
    """
    if not 0 < interval < 1:
        raise PanelError(f"interval is a coverage between 0 and 1, such as 0.9; got {interval}")


def intervals(drawn: dict[str, Floats], interval: float) -> dict[str, Floats]:
    """Equal-tailed intervals over the first axis; NaN where a measure is unknown in every draw.

    Parameters
    ----------
    drawn : dict of str to ndarray, shape (draws, ...)
    interval : float
        Coverage, above 0 and below 1.

    Returns
    -------
    dict of str to ndarray, shape (...)
        ``<name>_low`` and ``<name>_high``. Draws in which a measure is unknown take no part.

    Raises
    ------
    PanelError
        If `interval` is no coverage.

    Examples
    --------
    >>> ends = intervals({"depth": np.array([[0.0], [0.5], [1.0]])}, 0.5)
    >>> ends["depth_low"], ends["depth_high"]
    (array([0.25]), array([0.75]))
    """
    check_interval(interval)
    tails = np.array([(1 - interval) / 2, (1 + interval) / 2])
    out = {}
    for name, values in drawn.items():
        low, high = np.full((2, *values.shape[1:]), np.nan)
        known = ~np.isnan(values).all(axis=0)
        if known.any():
            low[known], high[known] = np.nanquantile(values[:, known], tails, axis=0)
        out[f"{name}_low"], out[f"{name}_high"] = low, high
    return out
