"""Bars of a sensitivity analysis: what an output depends on."""

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
    TEXT,
    axes_on,
    caption,
    plain_axes,
    source,
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
    effects: Sensitivity | Factorial | pd.DataFrame,
    *,
    of: Sequence[Any] | str | int | None = None,
    spec: IndexSpec | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw what an output depends on: the shares of its variance that are due to each factor.

    Parameters
    ----------
    effects : Sensitivity, Factorial or DataFrame
        From `robustness.sensitivity` or `robustness.factorial`, or its `effects`.
    of : optional
        Which output, where there are several: the key of a dyad-year (state, partner, year), or
        of a group such as (partner, year).
    spec : IndexSpec, optional
        The spec behind it, ``result.spec``, for the caption.
    ax : Axes, optional

    Returns
    -------
    Axes
        For each factor, the largest total effect on top, a bar each of ``first``, ``shapley``
        (where there is one) and ``total``, with intervals where there are any. Estimates may lie
        a little outside 0 to 1, and are drawn as they are.

    Raises
    ------
    PanelError
        If the output is not there, or `of` is needed.
    AlignIndexError
        If `effects` is something else.
    ExtraError
        If matplotlib is not installed.

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
    table = effects if isinstance(effects, pd.DataFrame) else getattr(effects, "effects", None)
    if not isinstance(table, pd.DataFrame) or not {"first", "total"} <= set(table.columns):
        raise AlignIndexError(
            "expected what robustness.sensitivity or robustness.factorial gives; got "
            f"{type(effects).__name__}"
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
        ends, values = None, table[kind].to_numpy(dtype=np.float64)
        if f"{kind}_lower" in table.columns:
            # An interval of the bootstrap need not hold the estimate: it is drawn from end to end.
            ends = table[[f"{kind}_lower", f"{kind}_upper"]].to_numpy(dtype=np.float64)
        ax.barh(
            at, values, height=height * 0.92, color=BARS[kind], label=WORDS[kind], gid=kind,
            linewidth=0.5, edgecolor=COLOURS[0] if kind == "total" else BARS[kind],
        )  # fmt: skip
        if ends is not None:
            ax.hlines(at, *ends.T, color=INK, linewidth=0.9, gid=f"{kind} interval")
    for row in np.flatnonzero(table[kinds].isna().all(axis=1).to_numpy()):
        ax.barh(row, 1.0, height=0.8, facecolor="white", edgecolor="#c4c4c4", hatch=HATCH,
                linewidth=0, gid="unknown")  # fmt: skip
    ax.set_yticks(rows, [str(label) for label in table.index], fontsize=SMALL)
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("share of the variance", fontsize=SMALL, color=INK, labelpad=2)
    if ax.get_xlim()[1] < 1:
        ax.set_xlim(right=1.0)
    ax.legend(
        loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=len(kinds), fontsize=SMALL - 0.5,
        frameon=False, labelcolor=INK, handlelength=1.2, columnspacing=1.0, handletextpad=0.4,
        borderaxespad=0.1, borderpad=0.1,
    )  # fmt: skip
    ax.set_title(f"What {name} depends on", fontsize=TEXT, color=INK, loc="left", pad=15)
    told = "Line: bootstrap interval." if "total_lower" in table.columns else "Exact effects."
    if bool(table[kinds].isna().to_numpy().any()):
        told += " Hatched: no share, since the output never changes or is unknown."
    caption(ax, told, source(origin))
    return ax


def _one_output(table: pd.DataFrame, of: Any) -> tuple[pd.DataFrame, str]:
    """Rows of one output, by factor, and its name."""
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
                choose.one_of(label, index.get_level_values(level).unique(), level)
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
    named = dict(zip(levels, map(str, key), strict=True))
    dyad = "–".join(named[name] for name in ("state", "partner") if name in named)
    rest = [value for name, value in named.items() if name not in ("state", "partner")]
    return " ".join([*([dyad] if dyad else []), *rest]) or "the output"
