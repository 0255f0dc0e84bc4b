"""Write text to any stream; draw small pictures as text."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from typing import TextIO

from alignindex.base.errors import OutputError
from alignindex.base.text import wrap

__all__ = ["GAP", "WIDTH", "field", "sparkline", "write"]

WIDTH = 100
LEVELS = "▁▂▃▄▅▆▇█"
GAP = "·"
# One for one, so that columns stay in line.
ASCII = str.maketrans({**dict(zip(LEVELS, "12345678", strict=True)), GAP: ".", "–": "-", "—": "-"})


def write(text: str, stream: TextIO | None) -> None:
    """Write text, in ASCII where the stream cannot encode it (a sparkline as 1 to 8).

    Raises
    ------
    OutputError
        If the stream is closed.

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
    if stream is None or stream.closed:
        raise OutputError("the output stream is closed; leave it open, or send it to a file")
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = unicodedata.normalize("NFKD", text.translate(ASCII))
        text = "".join(c for c in text if not unicodedata.combining(c))
        text = text.encode("ascii", errors="replace").decode("ascii")
    stream.write(text)


def sparkline(values: Iterable[float], lo: float, hi: float) -> str:
    """Return one block per value between `lo` and `hi`; a missing value is a gap.

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


def field(label: str, text: str, *, indent: int = 2, width: int = 12) -> list[str]:
    """Return a label and its wrapped text; nothing for an empty text.

    Examples
    --------
    >>> field("fidelity", "reconstructed")
    ['  fidelity    reconstructed']
    """
    first = f"{'':{indent}}{label:<{width}}"
    return wrap(text, WIDTH, first=first, rest=" " * (indent + width))
