"""Lines, tables and small pictures of text, on any terminal and off it."""

from __future__ import annotations

import math
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TextIO

__all__ = ["GAP", "WIDTH", "field", "sparkline", "table", "write"]

WIDTH = 100
LEVELS = "▁▂▃▄▅▆▇█"
GAP = "·"
# One for one, so that columns stay in line.
ASCII = str.maketrans({**dict(zip(LEVELS, "12345678", strict=True)), GAP: ".", "–": "-", "—": "-"})


def write(text: str, stream: TextIO) -> None:
    """Write text; where the stream cannot encode it, in ASCII (levels of a sparkline as 1 to 8).

    Examples
    --------
    >>> import io
    >>> bytes_ = io.BytesIO()
    >>> stream = io.TextIOWrapper(bytes_, encoding="ascii")
    >>> write("ARM–RUS ▁·█ Türkiye", stream)
    >>> stream.flush()
    >>> bytes_.getvalue()
    b'ARM-RUS 1.8 Turkiye'
    """
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = unicodedata.normalize("NFKD", text.translate(ASCII))
        text = "".join(c for c in text if not unicodedata.combining(c))
        text = text.encode("ascii", errors="replace").decode("ascii")
    stream.write(text)


def sparkline(values: Iterable[float], lo: float, hi: float) -> str:
    """Draw values between `lo` and `hi` as blocks, one a value; unknown ones are gaps.

    Examples
    --------
    >>> sparkline([0.0, 0.5, float("nan"), 1.0], 0.0, 1.0)
    '▁▅·█'
    """
    n, span = len(LEVELS), hi - lo
    return "".join(
        GAP if math.isnan(v) else LEVELS[min(n - 1, max(0, int((v - lo) / span * n)))]
        for v in values
    )


def table(rows: Sequence[Sequence[str]], align: str, *, indent: int = 2) -> list[str]:
    """Lay out rows of cells in columns; `align` has one of ``<`` and ``>`` for each.

    Examples
    --------
    >>> table([["state", "score"], ["ARM", "0.9"]], "<>", indent=0)
    ['state  score', 'ARM      0.9']
    """
    widths = [max(len(row[k]) for row in rows) for k in range(len(align))]
    return [
        (
            " " * indent
            + "  ".join(f"{c:{a}{w}}" for c, a, w in zip(row, align, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def field(label: str, text: str, *, indent: int = 2, width: int = 12) -> list[str]:
    """Lay out a label and its text, wrapped; a text without content gives nothing.

    Examples
    --------
    >>> field("fidelity", "reconstructed")
    ['  fidelity    reconstructed']
    """
    return textwrap.wrap(
        text, WIDTH, initial_indent=f"{'':{indent}}{label:<{width}}",
        subsequent_indent=" " * (indent + width), break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
