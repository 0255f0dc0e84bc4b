"""Bars of a sensitivity analysis: the factors that an output depends on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alignindex.base.errors import AlignIndexError, PanelError
from alignindex.plot import choose
from alignindex.plot.canvas import (
    COLOURS,
    HATCH,
    INK,
    SMALL,
    axes_on,
    heading,
    name_axis,
    name_rows,
    plain_axes,
    shown,
    source,
    warn_empty,
    write_caption,
)
from alignindex.robustness import Factorial, Sensitivity
from alignindex.spec import IndexSpec

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["sensitivity"]

BARS = {"first": COLOURS[0], "shapley": COLOURS[5], "total": "#e3eef6"}  # dark, middle, pale
WORDS = {
    "first": "by itself",
    "shapley": "Shapley share",
    "total": "with interactions",
}


def sensitivity(
    data: Sensitivity | Factorial | pd.DataFrame,
    *,
    of: Sequence[Any] | str | int | None = None,
    spec: IndexSpec | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the share of the variance of an output that is due to each factor.

    Parameters
    ----------
    data : Sensitivity, Factorial or DataFrame
        From `robustness.sensitivity` or `robustness.factorial`, or its `effects`.
    of : optional
        The output, if there are several: the key of a dyad-year (state, partner, year), or of a
        group such as (partner, year).
    spec : IndexSpec, optional
        The spec behind it, ``result.spec``, for the caption.
    ax : Axes, optional
        Default: a new figure.

    Returns
    -------
    Axes
        For each factor, the largest total effect on top, a bar each of ``first``, ``shapley``
        (if there is one) and ``total``, with intervals if there are any. Estimates may lie
        slightly outside 0 to 1, and are drawn as they are.

    Raises
    ------
    PanelError
        If the output does not occur, or `of` is needed.
    AlignIndexError
        If `data` is something else.
    ExtraError
        If matplotlib is not installed.

    Warns
    -----
    UserWarning
        If no share is known.

    Examples
    --------
    >>> import alignindex as ai
    >>> panel = ai.load_panel("post_soviet").loc[["ARM"]]
    >>> result = ai.score(panel, "erkomaishvili2019")
    >>> choice = ai.robustness.Choice(
    ...     "mean", {"arithmetic": None, "geometric": ai.robustness.Aggregate("geometric")})
    >>> found = ai.robustness.factorial(result, [choice, ai.robustness.drop_one(result.spec)])
    >>> ax = ai.plot.sensitivity(found, of=("ARM", "RUS", 2013), spec=result.spec)
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['dropped', 'mean']
    """
    table = data if isinstance(data, pd.DataFrame) else getattr(data, "effects", None)
    if not isinstance(table, pd.DataFrame) or not {"first", "total"} <= set(table.columns):
        raise AlignIndexError(
            "expected a result of robustness.sensitivity or robustness.factorial; got "
            f"{type(data).__name__}"
        )
    origin = choose.spec_of(None, spec)
    table, name = _one_output(table, of)
    table = table.sort_values("total", ascending=False, kind="stable", na_position="last")
    kinds = [kind for kind in BARS if kind in table.columns]
    rows, height = np.arange(len(table)), 0.8 / len(kinds)

    ax = axes_on(ax, 1.0 + 0.17 * len(kinds) * len(table))
    plain_axes(ax, grid="x")
    for i, kind in enumerate(kinds):
        at = rows + (i - (len(kinds) - 1) / 2) * height
        values = table[kind].to_numpy(dtype=np.float64)
        style: dict[str, Any] = {"color": BARS[kind], "label": WORDS[kind], "linewidth": 0.5}
        style["edgecolor"] = COLOURS[0] if kind == "total" else BARS[kind]
        ax.barh(at, values, height=height * 0.92, gid=kind, **style)
        if f"{kind}_lower" in table.columns:
            # A bootstrap interval may miss the estimate, so it is drawn from end to end.
            ends = table[[f"{kind}_lower", f"{kind}_upper"]].to_numpy(dtype=np.float64)
            ax.hlines(at, *ends.T, color=INK, linewidth=0.9, gid=f"{kind} interval")
    blank: dict[str, Any] = {"facecolor": "white", "edgecolor": "#c4c4c4", "hatch": HATCH}
    for row in np.flatnonzero(table[kinds].isna().all(axis=1).to_numpy()):
        ax.barh(row, 1.0, height=0.8, linewidth=0, gid="unknown", **blank)
    name_rows(ax, list(table.index))
    ax.set_ylim(len(table) - 0.4, -0.6)
    name_axis(ax, "x", "share of the variance")
    if ax.get_xlim()[1] < 1:
        ax.set_xlim(right=1.0)
    place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0)}
    place |= {"handlelength": 1.2, "columnspacing": 1.0, "handletextpad": 0.4}
    place |= {"borderaxespad": 0.1, "borderpad": 0.1, "frameon": False, "labelcolor": INK}
    ax.legend(ncols=len(kinds), fontsize=SMALL - 0.5, **place)
    heading(ax, f"What {name} depends on", pad=15)
    told = "Line: bootstrap interval." if "total_lower" in table.columns else "Exact effects."
    if bool(table[kinds].isna().to_numpy().any()):
        told += " Hatched: no share, since the output never changes or is unknown."
    if bool(table[kinds].isna().to_numpy().all()):
        warn_empty(ax, "the output never changes or is unknown.")
    write_caption(ax, told, source(origin))
    return ax


def _one_output(table: pd.DataFrame, of: Any) -> tuple[pd.DataFrame, str]:
    """Return the rows of one output, by factor, and its name."""
    index = table.index
    levels = [str(name) for name in index.names[:-1]]
    keys = list(dict.fromkeys(zip(*(index.get_level_values(name) for name in levels), strict=True)))
    if of is None and len(keys) != 1:
        raise PanelError(
            f"the effects are of {len(keys)} outputs; choose one with of=, a key "
            f"({', '.join(levels)}) such as {tuple(map(_plain, keys[0]))!r}"
        )
    wanted = keys[0] if of is None else (tuple(of) if isinstance(of, (tuple, list)) else (of,))
    if wanted not in keys:
        for level, label in zip(levels, wanted, strict=False):
            if level in ("state", "partner"):
                choose.one_label(label, index.get_level_values(level).unique(), f"{level}s")
        raise PanelError(
            f"there are no effects of {wanted!r}; a key is ({', '.join(levels)}), such "
            f"as {tuple(map(_plain, keys[0]))!r}"
        )
    here = np.ones(len(table), dtype=bool)
    for level, label in zip(levels, wanted, strict=True):
        here &= index.get_level_values(level) == label
    part = table[here]
    part = part.set_axis(part.index.get_level_values(-1), axis=0)
    return part, _title(levels, wanted)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _title(levels: Sequence[Any], key: Sequence[Any]) -> str:
    named = dict(zip(levels, map(shown, key), strict=True))
    dyad = "–".join(named[name] for name in ("state", "partner") if name in named)
    rest = [value for name, value in named.items() if name not in ("state", "partner")]
    return " ".join([*([dyad] if dyad else []), *rest]) or "the output"
