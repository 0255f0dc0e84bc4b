"""What a score is made of: its contributions, and the tree of its spec."""

from __future__ import annotations

import math
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alignindex.base.errors import AlignIndexError, PanelError
from alignindex.kernels.scoring import tree as trees
from alignindex.panel.index import dyad_years
from alignindex.plot import choose
from alignindex.plot.canvas import (
    COLOURS,
    COLUMN,
    GREY,
    HATCH,
    INK,
    PALE,
    SMALL,
    TEXT,
    TINY,
    axes_on,
    bare_axes,
    caption,
    plain_axes,
    source,
)
from alignindex.scoring.coding import Coder
from alignindex.scoring.result import AlignmentResult
from alignindex.spec import IndexSpec, Indicator, Node, load_spec
from alignindex.spec.checks import children_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["contributions", "tree"]

UNWEIGHTED = ("min", "stages")
LETTER, BRANCH = 3.7, 33.0  # points: width of a letter, length of a branch


def contributions(
    result: AlignmentResult, *, state: str, partner: str, year: int, ax: Axes | None = None
) -> Axes:
    """Draw why a score is what it is: one bar an indicator, end to end from nothing to the score.

    Parameters
    ----------
    result : AlignmentResult
    state, partner : str
    year : int
    ax : Axes, optional

    Returns
    -------
    Axes
        Bars start where the one above ends, from the reference (0 unless a node is geometric or a
        minimum) down to the score, whose bounds are a thin line. Beside each its code. Where an
        indicator is unknown, its row says so and is hatched: under means and sums from the least
        to the most that it could add with its full weight (drawn from where the bar above ends
        if its least or greatest code is counted, else from the left end of the sum); under other
        aggregations, where that depends on the other codes, over the whole row.

    Raises
    ------
    PanelError
        If there is no such dyad-year (with the closest).
    ExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import alignindex as ai
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> ax = ai.plot.contributions(result, state="ARM", partner="RUS", year=2019)
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['arms', 'exercises', 'un_votes', 'bases', 'crimea', 'score']
    """
    if not isinstance(result, AlignmentResult):
        raise AlignIndexError(
            "contributions takes an AlignmentResult, which knows what its scores are made of; got "
            f"{type(result).__name__}"
        )
    key = _key(result, state, partner, year)
    row: Any = result.scores.index.get_loc(key)
    parts, codes = result.contributions.iloc[row], result.codes.iloc[row]
    applies, score = result.applies.iloc[row], result.scores.iloc[row]
    reference = float(result.reference.iloc[row])
    names = [str(name) for name in parts.index]
    possible = _possible(result, key)

    ax = axes_on(ax, 0.95 + 0.2 * (len(names) + 1))
    plain_axes(ax, grid="x")
    low, high = result.spec.range
    room = 0.02 * (high - low)
    linear = _is_linear(result.spec.tree)
    at = reference
    for place, name in enumerate(names):
        part, before = float(parts[name]), at
        if not math.isnan(part):
            ax.barh(
                place, part, left=at, height=0.62, linewidth=0,
                color=COLOURS[0] if part >= 0 else COLOURS[1], gid=f"part {name}",
            )  # fmt: skip
            at += part
        ends: Any = possible.loc[name]
        beside = _beside(part, float(codes[name]), ends["low"], ends["high"])
        faint = math.isnan(part)
        _write(ax, place, beside, gid=f"code {name}", colour=GREY if faint else INK)
        if math.isnan(float(codes[name])) and bool(applies[name]):
            left, width = low, high - low
            if linear:
                left = (ends["start"] if math.isnan(part) else before) + ends["least"]
                width = ends["most"] - ends["least"]
            ax.barh(
                place, width, left=left, height=0.62, facecolor="none", edgecolor="#8c8c8c",
                hatch=HATCH, linewidth=0, zorder=2, gid=f"unknown {name}",
            )  # fmt: skip
    last, value = len(names), float(score["score"])
    if not math.isnan(float(score["low"])):
        ax.hlines([last], [float(score["low"])], [float(score["high"])], color=PALE, linewidth=1.2,
                  gid="bounds")  # fmt: skip
    if not math.isnan(value):
        ax.plot([value], [last], marker="D", markersize=5, color=INK, linestyle="none", gid="score")
        ax.axvline(value, color=PALE, linewidth=0.6, linestyle=(0, (3, 2)), zorder=0.9)
    words = "no score" if math.isnan(value) else f"{value:.3f}"
    _write(ax, last, words, gid="value", weight="bold")
    ax.set_xlim(low - room, high + room)
    ax.set_yticks(range(last + 1), [*names, "score"], fontsize=SMALL)
    ax.set_ylim(last + 0.6, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_title(f"{state} with {partner}, {year}", fontsize=TEXT, color=INK, loc="left")
    _write(ax, -0.85, "part · code", gid="head", colour=GREY)
    told = ""
    if not math.isnan(value):
        told += f"Bars add up{f' from {reference:.3g}' if reference else ''} to the score. "
    if float(score["low"]) < float(score["high"]):
        told += "Thin line: least and greatest possible score. "
    unknown = codes.isna() & applies
    if bool(unknown.any()) and not linear:
        told += "Hatched rows: unknown. "
    elif bool(unknown.any()):
        start = float(possible["start"].iloc[0])
        told += "Hatched: unknown, as wide as what it could add with its full weight"
        apart = bool((unknown & parts.isna()).any())
        told += f"; what is not counted starts at {start:.3g}. " if apart else ". "
    caption(ax, told, source(result.spec))
    return ax


def _key(result: AlignmentResult, state: str, partner: str, year: int) -> tuple[str, str, int]:
    """Check that the dyad-year is there."""
    index = result.scores.index
    state = choose.one_of(state, index.get_level_values("state").unique(), "state")
    partner = choose.one_of(partner, index.get_level_values("partner").unique(), "partner")
    dyad = (index.get_level_values("state") == state) & (
        index.get_level_values("partner") == partner)  # fmt: skip
    if not dyad.any():
        raise PanelError(f"the data have no dyad {state}–{partner}")
    return state, partner, choose.one_year(year, index.get_level_values("year")[dyad])


def _is_linear(node: trees.Tree) -> bool:
    """Say whether every node is a mean or sum, so that a part is weight times code."""
    inner = [child for child in node.children if isinstance(child, trees.Tree)]
    return node.aggregation in trees.LINEAR and all(map(_is_linear, inner))


def _possible(result: AlignmentResult, key: tuple[str, str, int]) -> pd.DataFrame:
    """Least and greatest code of each indicator, and what they add if all others are known.

    `least` and `most` are NaN unless all nodes are linear: there they are the full weight times
    the code, from `start`, the value of the index where every code is 0.
    """
    index = result.scores.index
    state, partner, year = key
    dyad = result.panel[
        (index.get_level_values(0) == state) & (index.get_level_values(1) == partner)
    ]
    _, rows = dyad_years(dyad)
    place = int(np.flatnonzero(rows.year == year)[0])
    _, low, high = Coder(dyad, result.spec, rows).block(slice(0, len(dyad)))
    ends = np.stack([low[:, place], high[:, place]])
    table = pd.DataFrame(ends.T, index=result.codes.columns, columns=["low", "high"])
    table[["least", "most", "start"]] = np.nan
    if _is_linear(result.spec.tree):
        parts, start = trees.contributions(result.spec.tree, ends, ~np.isnan(ends), propagate=False)
        table["least"], table["most"], table["start"] = parts[0], parts[1], start[0]
    return table


def _beside(part: float, code: float, low: float, high: float) -> str:
    """Write the part and the code; for an unknown code what bounds it."""
    if math.isnan(low):
        return "does not apply"
    words = f"{code:.2f}"
    if math.isnan(code) and (low, high) == (0.0, 1.0):
        words = "unknown"
    elif math.isnan(code) and high == 1.0:
        words = f"{low:.2g} at least"
    elif math.isnan(code):
        words = f"{high:.2g} at most" if low == 0.0 else f"{low:.2g} to {high:.2g}"
    if math.isnan(part):
        return words if math.isnan(code) else f"code {words}"
    return f"{part:+.3f} · {words}"


def _write(
    ax: Axes, row: float, text: str, *, gid: str, colour: str = INK, weight: str = "normal"
) -> None:
    ax.annotate(
        text, xy=(1.0, row), xycoords=("axes fraction", "data"), xytext=(4, 0),
        textcoords="offset points", ha="left", va="center", fontsize=TINY, color=colour,
        fontweight=weight, annotation_clip=False, gid=gid,
    )  # fmt: skip


def tree(spec: IndexSpec | AlignmentResult | str | Path, *, ax: Axes | None = None) -> Axes:
    """Draw the tree of a spec: the index, its nodes and its indicators, with their weights.

    Parameters
    ----------
    spec : IndexSpec, AlignmentResult, str or Path
        A spec, a result with one, the name of a bundled one or the path of a TOML file.
    ax : Axes, optional

    Returns
    -------
    Axes
        From left to right; on each branch the weight among its siblings, which sum to 1 (none
        below a minimum or stages, where weights do not count). Below the name of a node its
        aggregation, below that of an indicator its coding rule. Wider than a column where the
        names are long.

    Raises
    ------
    SpecError
        If the spec cannot be loaded.
    ExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import alignindex as ai
    >>> ax = ai.plot.tree("erkomaishvili2019")
    >>> sorted(text.get_gid() for text in ax.texts if text.get_gid().startswith("weight"))[:2]
    ['weight arms', 'weight bases']
    """
    own = spec.spec if isinstance(spec, AlignmentResult) else spec
    own = own if isinstance(own, IndexSpec) else load_spec(own)
    place: dict[str, tuple[int, float]] = {}
    rows = _lay(own, "", 0, [], place)
    both: list[Node | Indicator] = [*own.nodes, *own.indicators]
    parts = {part.name: part for part in both}
    text = {name: _words(name or own.name, _told(parts.get(name, own))) for name in place}
    wide = {name: max(map(len, words.split("\n"))) * LETTER for name, words in text.items()}
    deep = max(level for level, _ in place.values())
    # Columns as wide as their widest text, in points, with room for a branch between them.
    left = [0.0]
    for level in range(deep + 1):
        left.append(left[-1] + BRANCH + max(wide[n] for n, (at, _) in place.items() if at == level))
    across = left[-1] - BRANCH + 6

    ax = axes_on(ax, 0.45 + 0.36 * rows, width=max(COLUMN, across / 72 + 0.2))
    bare_axes(ax)
    ax.set_xlim(-4, max(across, 72 * COLUMN - 20))
    ax.set_ylim(rows - 0.45, -0.55)
    for name, (level, row) in place.items():
        x, part = left[level], parts.get(name)
        if part is not None:
            siblings = math.fsum(p.weight for p in both if p.parent == part.parent)
            share = part.weight / siblings
            # Below a minimum or stages a weight only tells who takes part.
            above = own if not part.parent else parts[part.parent]
            counts = getattr(above, "aggregation", "") not in UNWEIGHTED
            up, y = place[part.parent]
            start = left[up] + 8  # below the box of the parent
            bend = x - BRANCH + 9
            ax.plot(
                [start, bend, bend, x], [y, y, row, row], color=PALE,
                linewidth=0.4 + 2.2 * share if counts else 0.8, zorder=1, solid_joinstyle="miter",
                linestyle="-" if share else (0, (1, 2)), gid=f"branch {name}",
            )  # fmt: skip
            weight = f"{share:.2g}" if counts or not share else ""
            ax.annotate(
                weight, xy=(x - 4, row), xytext=(0, 2), textcoords="offset points",
                ha="right", va="bottom", fontsize=TINY, color=GREY, gid=f"weight {name}",
            )  # fmt: skip
        inner = not isinstance(part, Indicator)
        ax.annotate(
            text[name], xy=(x, row), ha="left", va="center", fontsize=TINY + 0.5, color=INK,
            linespacing=1.15, zorder=2, annotation_clip=False, gid=f"part {name}",
            bbox={"boxstyle": "round,pad=0.25", "facecolor": "#dceaf5" if inner else "#f4f4f4",
                  "edgecolor": COLOURS[0] if inner else PALE, "linewidth": 0.6},
        )  # fmt: skip
    caption(ax, f"Missing data: {own.missing}. On the branches: weight.", source(own))
    return ax


def _lay(
    spec: IndexSpec,
    name: str,
    level: int,
    leaves: list[str],
    place: dict[str, tuple[int, float]],
) -> int:
    """Place a node in the middle of its children, leaves one below the other; count the leaves."""
    rows = []
    for child in children_of(spec, name):
        if isinstance(child, Node):
            _lay(spec, child.name, level + 1, leaves, place)
        else:
            place[child.name] = (level + 1, float(len(leaves)))
            leaves.append(child.name)
        rows.append(place[child.name][1])
    place[name] = (level, (rows[0] + rows[-1]) / 2)
    return len(leaves)


def _words(name: str, told: str) -> str:
    """Write what a part does below its name, no wider than need be."""
    # Lines break after commas only: elsewhere the spaces are made such that do not.
    whole = ", ".join(word.replace(" ", "\N{NO-BREAK SPACE}") for word in told.split(", "))
    return f"{name}\n{textwrap.fill(whole, max(len(name), 18))}".replace("\N{NO-BREAK SPACE}", " ")


def _told(part: IndexSpec | Node | Indicator) -> str:
    """Say what a node or an indicator does, in a few words."""
    if not isinstance(part, Indicator):
        scale = f", scale {part.scale[0]:g} to {part.scale[1]:g}" if part.scale else ""
        met = f", met from {part.met:g}" if part.met is not None else ""
        return f"{part.aggregation}{met}{scale}"
    words = [part.rule.kind.replace("_", " ")]
    window = getattr(part.window, "years", None)
    if window:
        words.append(f"{window} years")
    if part.reverse:
        words.append("reversed")
    if part.cut is not None:
        words.append(f"cut at {part.cut:g}")
    if part.years is not None:
        words.append(f"{part.years.first or ''}–{part.years.last or ''}")
    return ", ".join(words)
