"""Ideal points over time, with what is not known about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alignindex.base.errors import AlignIndexError, PanelError
from alignindex.idealpoints import IdealPoints
from alignindex.plot import choose
from alignindex.plot.canvas import (
    INK,
    SMALL,
    TEXT,
    axes_on,
    caption,
    end_labels,
    last_points,
    looks,
    plain_axes,
    whole_years,
)
from alignindex.plot.choose import Names, row
from alignindex.plot.lines import draw_band, draw_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["idealpoints"]


def idealpoints(
    points: IdealPoints | pd.DataFrame,
    *,
    states: Names = None,
    periods: tuple[int, int] | None = None,
    level: float = 0.9,
    label: str = "session",
    ax: Axes | None = None,
) -> Axes:
    """Draw ideal points over time, with bands of their standard errors.

    Parameters
    ----------
    points : IdealPoints or DataFrame
        From `idealpoints.fit`, or its `points`: state, period, point, and `se_calibrated` or `se`.
    states : str or sequence of str, optional
        At most seven.
    periods : (int, int), optional
        First and last.
    level : float
        Coverage of the bands, in (0, 1): point ± z · standard error of a normal distribution.
        Calibrated standard errors are used where there are any.
    label : str
        What a period is.
    ax : Axes, optional

    Returns
    -------
    Axes
        One line a state; gaps where there is no point.

    Raises
    ------
    PanelError
        If a state or period is not there, or the points do not move.
    AlignIndexError
        If there are more than seven states, the table is none of ideal points, or `level` is out
        of range.
    ExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> import alignindex as ai
    >>> table = pd.DataFrame({
    ...     "state": ["ARM", "ARM", "USA", "USA"], "period": [70, 71, 70, 71],
    ...     "point": [-0.4, -0.3, 1.9, 2.0], "se": [0.2, 0.2, 0.1, 0.1]})
    >>> ax = ai.plot.idealpoints(table)
    >>> ax.get_lines()[1].get_ydata().tolist()
    [1.9, 2.0]
    """
    table = points.points if isinstance(points, IdealPoints) else points
    if not isinstance(table, pd.DataFrame) or not {"state", "point"} <= set(table.columns):
        raise AlignIndexError(
            "expected what idealpoints.fit gives, or a table with state, period, point and se; got "
            f"{list(table.columns) if isinstance(table, pd.DataFrame) else type(table).__name__}"
        )
    if "period" not in table.columns:
        raise PanelError("these points do not move over time: fit them by period to draw them")
    if not 0 < level < 1:
        raise AlignIndexError(f"level is a coverage between 0 and 1, such as 0.9; got {level}")
    keyed = table.assign(state=table["state"].astype(str)).set_index(["state", "period"])
    if keyed.index.has_duplicates:
        raise PanelError("a state has two points in one period; keep one")
    known = keyed.index.get_level_values("state").unique().sort_values()
    names = choose.chosen(states, known, "state")
    look = looks(names, [str(name) for name in known], "states")
    first, last = choose.years_of(periods, keyed.index.get_level_values("period"))
    keyed.index = keyed.index.set_names(["state", "year"])
    rows = pd.Index(names, name="state")
    span = np.arange(first, last + 1)
    wide = choose.grid(keyed["point"], rows, (first, last))

    ax = axes_on(ax, 2.4)
    plain_axes(ax)
    told = ""
    column = next((n for n in ("se_calibrated", "se") if n in keyed and keyed[n].notna().any()), "")
    if column:
        from scipy.special import ndtri

        z = float(ndtri(0.5 + level / 2))
        se = choose.grid(keyed[column], rows, (first, last))
        for name in names:
            point, half = row(wide, name), z * row(se, name)
            draw_band(ax, span, point - half, point + half, look[name], 0.2, "interval")
        kind = "calibrated" if column == "se_calibrated" else "uncalibrated"
        told = f"Band: {100 * level:g} % interval, {kind} standard errors. "
    for place, name in enumerate(names):
        draw_line(ax, span, row(wide, name), look[name], start=place).set_label(name)
    whole_years(ax, first, last)
    ax.set_ylabel("ideal point", fontsize=SMALL, color=INK, labelpad=3)
    ax.set_xlabel(label, fontsize=SMALL, color=INK, labelpad=2)
    end_labels(ax, last_points(wide, {name: (name, look[name].colour) for name in names}))
    ax.set_title("Ideal points", fontsize=TEXT, color=INK, loc="left")
    caption(ax, f"{told}Gap: no point.", _origin(points))
    return ax


def _origin(points: Any) -> str:
    """Say what the points were estimated from: they are no index, and have no fidelity."""
    if not isinstance(points, IdealPoints):
        return "Fidelity unknown: drawn from a table of points."
    fit = points.fit
    return (
        f"Estimated from {fit.n_votes:,} votes on {fit.n_items:,} items, digest "
        f"{fit.digest[:8]}{'' if fit.converged else '; not converged'}: no index, so no fidelity."
    )
