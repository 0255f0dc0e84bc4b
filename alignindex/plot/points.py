"""Ideal points over time, with their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from alignindex.base.arguments import check_number, check_years
from alignindex.base.errors import AlignIndexError, PanelError
from alignindex.idealpoints import IdealPoints
from alignindex.plot import choose
from alignindex.plot.canvas import (
    axes_on,
    fewer,
    heading,
    looks,
    name_axis,
    plain_axes,
    shown,
    warn_empty,
    whole_years,
    write_caption,
)
from alignindex.plot.choose import Labels, Years, row
from alignindex.plot.labels import end_labels, last_points
from alignindex.plot.lines import draw_band, draw_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["idealpoints"]


def idealpoints(
    data: IdealPoints | pd.DataFrame,
    *,
    states: Labels = None,
    periods: Years = None,
    level: float = 0.9,
    label: str = "session",
    ax: Axes | None = None,
) -> Axes:
    """Draw ideal points over time, with bands of their standard errors.

    Parameters
    ----------
    data : IdealPoints or DataFrame
        From `idealpoints.fit`, or its `points`: state, period, point, and `se_calibrated` or `se`.
    states : code or list of codes, optional
        At most seven; all by default.
    periods : int, (first, last) or list of int, optional
        Sessions or years to draw; all by default.
    level : float
        Probability of the bands, in (0, 1): point ± z · standard error of a normal distribution.
        Calibrated standard errors are used if there are any.
    label : str
        Name of a period.
    ax : Axes, optional
        Default: a new figure.

    Returns
    -------
    Axes
        One line per state; gaps where there is no point.

    Raises
    ------
    PanelError
        If a state or period does not occur, or the points do not move.
    AlignIndexError
        If there are more than seven states, the table does not hold ideal points, or `level` is
        out of range.
    ExtraError
        If matplotlib is not installed.

    Warns
    -----
    UserWarning
        If no point is known.

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
    table = data.points if isinstance(data, IdealPoints) else data
    if not isinstance(table, pd.DataFrame) or not {"state", "point"} <= set(table.columns):
        raise AlignIndexError(
            "expected a result of idealpoints.fit or a table with state, period, point and se; "
            f"got {list(table) if isinstance(table, pd.DataFrame) else type(table).__name__}"
        )
    if "period" not in table.columns:
        raise PanelError("these points do not move over time: fit them by period to draw them")
    check_number(level, "level", "a probability between 0 and 1, such as 0.9", 0, 1)
    keyed = table.set_index(["state", "period"])
    if keyed.index.has_duplicates:
        raise PanelError("a state has two points in one period; keep one")
    known = keyed.index.get_level_values("state").unique().sort_values()
    names = choose.select_labels(states, known, "states")
    look = looks(names, list(known), "states", fewer("states", names))
    when = keyed.index.get_level_values("period")
    keyed = keyed[when.isin(check_years(periods, known=when.unique(), name="periods"))]
    keyed.index = keyed.index.set_names(["state", "year"])
    rows = pd.Index(names, name="state")
    span = choose.span_of(keyed.index.get_level_values("year"))
    wide = choose.grid(keyed["point"], rows, span)

    ax = axes_on(ax, 2.4)
    plain_axes(ax)
    told = ""
    column = next((n for n in ("se_calibrated", "se") if n in keyed and keyed[n].notna().any()), "")
    if column:
        from scipy.special import ndtri

        z = float(ndtri(0.5 + level / 2))
        se = choose.grid(keyed[column], rows, span)
        for name in names:
            point, half = row(wide, name), z * row(se, name)
            draw_band(ax, span, point - half, point + half, look[name], 0.2, "interval")
        kind = "calibrated" if column == "se_calibrated" else "uncalibrated"
        told = f"Band: {100 * level:g} % interval, {kind} standard errors. "
    for place, name in enumerate(names):
        draw_line(ax, span, row(wide, name), look[name], start=place).set_label(shown(name))
    whole_years(ax, span[0], span[-1])
    name_axis(ax, "y", "ideal point")
    name_axis(ax, "x", label)
    end_labels(ax, last_points(wide, {name: (name, look[name].colour) for name in names}))
    heading(ax, "Ideal points")
    if bool(wide.isna().to_numpy().all()):
        warn_empty(ax, "no point of these states is known.")
    write_caption(ax, f"{told}Gap: no point.", _origin(data))
    return ax


def _origin(data: Any) -> str:
    """Return the votes that the points were estimated from; only an index has a fidelity."""
    if not isinstance(data, IdealPoints):
        return "Fidelity unknown: drawn from a table of points."
    fit = data.fit
    return (
        f"Estimated from {fit.n_votes:,} votes on {fit.n_items:,} items, digest "
        f"{fit.digest[:8]}{'' if fit.converged else '; not converged'}. Only an index has a "
        "fidelity."
    )
