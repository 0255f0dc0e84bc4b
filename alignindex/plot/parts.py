"""The contributions to a score, and the tree of a spec."""

from __future__ import annotations

import math
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alignindex.base.errors import AlignIndexError
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
    TINY,
    axes_on,
    bare_axes,
    heading,
    name_rows,
    note,
    plain_axes,
    shown,
    source,
    write_caption,
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
    """Draw the parts of a score: one bar per indicator, end to end up to the score.

    Parameters
    ----------
    result : AlignmentResult
    state, partner : str
    year : int
    ax : Axes, optional
        Default: a new figure.

    Returns
    -------
    Axes
        Bars start where the bar above ends, from the reference (0 unless a node is geometric or a
        minimum) down to the score, whose bounds are a thin line. Beside each bar stands its code.
        An unknown indicator is hatched: under means and sums from the minimum to the maximum that
        it could add with its full weight (drawn from where the bar above ends if its minimum or
        maximum code is counted, else from the left end of the sum); under other aggregations,
        where that depends on the other codes, over the whole row.

    Raises
    ------
    PanelError
        If the dyad-year does not occur (with the closest).
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
            "contributions takes an AlignmentResult, which has the parts of its scores; got "
            f"{type(result).__name__}"
        )
    key = _key(result, state, partner, year)
    row: Any = result.scores.index.get_loc(key)
    parts, codes = result.contributions.iloc[row], result.codes.iloc[row]
    score, reference = result.scores.iloc[row], float(result.reference.iloc[row])
    unknown = codes.isna() & result.applies.iloc[row]
    table = _possible(result, key).assign(part=parts, code=codes, unknown=unknown)

    ax = axes_on(ax, 0.95 + 0.2 * (len(table) + 1))
    plain_axes(ax, grid="x")
    linear = _is_linear(result.spec.tree)
    _bars(ax, table, reference, None if linear else result.spec.range)
    _score(ax, len(table), *(float(score[name]) for name in ("low", "score", "high")))
    low, high = result.spec.range
    room = 0.02 * (high - low)
    ax.set_xlim(low - room, high + room)
    name_rows(ax, [*table.index, "score"])
    ax.set_ylim(len(table) + 0.6, -0.6)
    ax.spines["left"].set_visible(False)
    heading(ax, f"{shown(key[0])} with {shown(key[1])}, {key[2]}")
    _beside(ax, -0.85, "part · code", "head", GREY)
    told = ""
    if not math.isnan(float(score["score"])):
        told += f"Bars add up{f' from {reference:.3g}' if reference else ''} to the score. "
    if float(score["low"]) < float(score["high"]):
        told += "Thin line: minimum and maximum possible score. "
    if bool(unknown.any()) and not linear:
        told += "Hatched rows: unknown. "
    elif bool(unknown.any()):
        told += "Hatched: unknown, as wide as what it could add with its full weight"
        apart = bool((unknown & parts.isna()).any())
        start = f"; parts that are not counted start at {float(table['start'].iloc[0]):.3g}"
        told += f"{start if apart else ''}. "
    write_caption(ax, told, source(result.spec))
    return ax


def _bars(ax: Axes, table: pd.DataFrame, at: float, whole: tuple[float, float] | None) -> None:
    """Draw the bar and the code of every indicator, from the reference on.

    An unknown indicator is hatched over the range `whole`, or, if that is None, over what it could
    add.
    """
    for place, (name, row) in enumerate(table.iterrows()):
        part, before = float(row["part"]), at
        counted = not math.isnan(part)
        if counted:
            colour = COLOURS[0] if part >= 0 else COLOURS[1]
            bar: dict[str, Any] = {"left": at, "height": 0.62, "linewidth": 0, "color": colour}
            ax.barh(place, part, gid=f"part {name}", **bar)
            at += part
        words = _words_beside(part, float(row["code"]), row["low"], row["high"])
        _beside(ax, place, words, f"code {name}", INK if counted else GREY)
        if row["unknown"]:
            start = before if counted else row["start"]
            ends = whole or (start + row["least"], start + row["most"])
            empty: dict[str, Any] = {"facecolor": "none", "edgecolor": "#8c8c8c", "hatch": HATCH}
            empty |= {"left": ends[0], "height": 0.62, "linewidth": 0, "zorder": 2}
            width = ends[1] - ends[0] if whole else row["most"] - row["least"]
            ax.barh(place, width, gid=f"unknown {name}", **empty)


def _score(ax: Axes, row: int, low: float, value: float, high: float) -> None:
    """Draw the score with its bounds in the last row."""
    if not math.isnan(low):
        ax.hlines([row], [low], [high], color=PALE, linewidth=1.2, gid="bounds")
    if not math.isnan(value):
        ax.plot([value], [row], marker="D", markersize=5, color=INK, linestyle="none", gid="score")
        ax.axvline(value, color=PALE, linewidth=0.6, linestyle=(0, (3, 2)), zorder=0.9)
    words = "no score" if math.isnan(value) else f"{value:.3f}"
    _beside(ax, row, words, "value", INK, fontweight="bold")


def _key(result: AlignmentResult, state: str, partner: str, year: int) -> tuple[Any, Any, int]:
    """Return the labels of the dyad-year; raise if it does not occur."""
    index = result.scores.index
    names = []
    for name, wanted in (("state", state), ("partner", partner)):
        names.append(choose.one_label(wanted, index.get_level_values(name).unique(), name))
        index = index[index.get_level_values(name) == names[-1]] if name == "state" else index
    years = index[index.get_level_values("partner") == names[1]].get_level_values("year")
    return names[0], names[1], choose.one_year(year, years)


def _is_linear(node: trees.Tree) -> bool:
    """Return whether every node is a mean or sum, so that a part is weight times code."""
    inner = [child for child in node.children if isinstance(child, trees.Tree)]
    return node.aggregation in trees.LINEAR and all(map(_is_linear, inner))


def _possible(result: AlignmentResult, key: tuple[Any, Any, int]) -> pd.DataFrame:
    """Return the minimum and maximum code of each indicator, and what they add.

    `least` and `most` are the full weight times these codes, and `start` is the value of the index
    if every code is 0; all three are NaN unless all nodes are linear.
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


def _words_beside(part: float, code: float, low: float, high: float) -> str:
    """Return the part and the code as text; for an unknown code its bounds."""
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


def _beside(ax: Axes, row: float, text: str, gid: str, colour: str, **options: Any) -> None:
    """Write a text to the right of a row."""
    place: Any = {"xycoords": ("axes fraction", "data"), "xytext": (4, 0), "va": "center"}
    note(ax, text, (1.0, row), gid=gid, ha="left", color=colour, **place, **options)


def tree(spec: IndexSpec | AlignmentResult | str | Path, *, ax: Axes | None = None) -> Axes:
    """Draw the tree of a spec: the index, its nodes and its indicators, with their weights.

    Parameters
    ----------
    spec : IndexSpec, AlignmentResult, str or Path
        A spec, a result with one, the name of a bundled spec or the path of a TOML file.
    ax : Axes, optional
        Default: a new figure.

    Returns
    -------
    Axes
        From left to right; on each branch the weight relative to its siblings, which sum to 1
        (none below a minimum or stages, where weights do not count). A node has its aggregation
        below its name, an indicator its coding rule. Wider than a column if the names are long.

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
    text = {name: _words(shown(name or own.name), _told(parts.get(name, own))) for name in place}
    wide = {name: max(map(len, words.split("\n"))) * LETTER for name, words in text.items()}
    deep = max(level for level, _ in place.values())
    # Each column is as wide as its widest text, in points, with room for a branch between them.
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
            total = math.fsum(p.weight for p in both if p.parent == part.parent)
            share = part.weight / total
            # Below a minimum or stages a weight only says whether an indicator counts.
            above = own if not part.parent else parts[part.parent]
            counts = getattr(above, "aggregation", "") not in UNWEIGHTED
            up, y = place[part.parent]
            start, bend = left[up] + 8, x - BRANCH + 9  # from below the box of the parent
            line: dict[str, Any] = {"color": PALE, "zorder": 1, "solid_joinstyle": "miter"}
            line["linewidth"] = 0.4 + 2.2 * share if counts else 0.8
            line["linestyle"] = "-" if share else (0, (1, 2))
            ax.plot([start, bend, bend, x], [y, y, row, row], gid=f"branch {name}", **line)
            weight = f"{share:.2g}" if counts or not share else ""
            beside: dict[str, Any] = {"xytext": (0, 2), "ha": "right", "va": "bottom"}
            note(ax, weight, (x - 4, row), gid=f"weight {name}", color=GREY, **beside)
        inner = not isinstance(part, Indicator)
        box = {"boxstyle": "round,pad=0.25", "facecolor": "#dceaf5" if inner else "#f4f4f4"}
        style: dict[str, Any] = {"ha": "left", "va": "center", "linespacing": 1.15, "zorder": 2}
        style["bbox"] = {**box, "edgecolor": COLOURS[0] if inner else PALE, "linewidth": 0.6}
        note(ax, text[name], (x, row), gid=f"part {name}", fontsize=TINY + 0.5, **style)
    write_caption(ax, f"Missing data: {own.missing}. On the branches: weight.", source(own))
    return ax


def _lay(
    spec: IndexSpec,
    name: str,
    level: int,
    leaves: list[str],
    place: dict[str, tuple[int, float]],
) -> int:
    """Place a node beside the middle of its children, leaves below one another; count leaves."""
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
    """Return the name of a part with its description below, in short lines."""
    # Lines break after commas only, since all other spaces become no-break spaces.
    whole = ", ".join(word.replace(" ", "\N{NO-BREAK SPACE}") for word in told.split(", "))
    return f"{name}\n{textwrap.fill(whole, max(len(name), 18))}".replace("\N{NO-BREAK SPACE}", " ")


def _told(part: IndexSpec | Node | Indicator) -> str:
    """Return the aggregation of a node, or the coding rule of an indicator, in a few words."""
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
