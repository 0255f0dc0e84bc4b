"""Lay out plain text: wrapped paragraphs and tables."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

__all__ = ["lay_out", "wrap"]


def wrap(text: str, width: int, *, first: str = "", rest: str = "") -> list[str]:
    """Return the lines of a text; `first` begins the first line and `rest` the others.

    Examples
    --------
    >>> wrap("one two three", 9, first="- ", rest="  ")
    ['- one two', '  three']
    """
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def lay_out(rows: Sequence[Sequence[str]], align: str, *, indent: int = 2) -> list[str]:
    """Return the lines of a table; `align` has one of ``<`` and ``>`` per column.

    Examples
    --------
    >>> lay_out([["state", "score"], ["ARM", "0.9"]], "<>", indent=0)
    ['state  score', 'ARM      0.9']
    """
    widths = [max(len(row[k]) for row in rows) for k in range(len(align))]
    lines = []
    for row in rows:
        cells = zip(row, align, widths, strict=True)
        line = "  ".join(f"{cell:{side}{width}}" for cell, side, width in cells)
        lines.append((" " * indent + line).rstrip())
    return lines
