"""The errors of alignindex: one base, named children, one way to write a message.

Every message says three things: what was expected, what came (with the first three
offenders), and how to fix it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any

__all__ = [
    "ActorError",
    "AlignIndexError",
    "DatasetError",
    "ExtraError",
    "OutputError",
    "PanelError",
    "ReliabilityError",
    "SimilarityError",
    "SourceError",
    "SpecError",
    "closest",
    "first_three",
]


LONGEST_WORD, LONGEST_MESSAGE = 300, 20_000  # characters; input may hold labels of any length


class AlignIndexError(ValueError):
    """Base of every error that a user of alignindex can fix.

    Examples
    --------
    >>> len(str(AlignIndexError("x" * 1_000_000))) < 400
    True
    """

    def __init__(self, message: str = "") -> None:
        text = re.sub(
            rf"\S{{{LONGEST_WORD},}}", lambda word: f"{word[0][:200]}…{word[0][-20:]}", message
        )
        if len(text) > LONGEST_MESSAGE:
            text = f"{text[:LONGEST_MESSAGE]}… ({len(text):,} characters)"
        super().__init__(text)


class PanelError(AlignIndexError):
    """A panel breaks its contract: keys, types or values."""


class SpecError(AlignIndexError):
    """An index spec cannot be read, or contradicts itself or the panel."""


class DatasetError(AlignIndexError):
    """A bundled table is unknown, missing or not the one that was shipped."""


class SourceError(AlignIndexError):
    """A published file is missing, unreadable or not of the stated format."""


class ActorError(AlignIndexError):
    """An actor (state, organisation, de facto entity) cannot be identified."""


class SimilarityError(AlignIndexError):
    """Votes or portfolios cannot be compared as asked, or ideal points cannot be estimated."""


class ReliabilityError(AlignIndexError):
    """Ratings of coders, or a codebook, cannot be read or compared as asked."""


class OutputError(AlignIndexError):
    """A result cannot be written to, or read from, the place that was named."""


class ExtraError(AlignIndexError, ImportError):
    """An optional dependency is not installed; the message names the extra."""

    def __init__(self, purpose: str, extra: str) -> None:
        super().__init__(f'{purpose} needs an extra: pip install "alignindex[{extra}]"')
        self.purpose, self.extra = purpose, extra

    def __reduce__(self) -> tuple[Any, ...]:
        # A message alone would not make the error again in another process.
        return type(self), (self.purpose, self.extra)


def closest(name: str, options: Iterable[str]) -> str:
    """Return ``" (did you mean 'x'?)"`` for the nearest option, or an empty string.

    Examples
    --------
    >>> closest("rus", ["RUS", "USA"])
    " (did you mean 'RUS'?)"
    >>> closest("zzz", ["RUS"])
    ''
    """
    if len(str(name)) > LONGEST_WORD:
        return ""
    by_fold = {option.casefold(): option for option in options}
    found = difflib.get_close_matches(str(name).casefold(), by_fold, n=1, cutoff=0.6)
    return f" (did you mean {by_fold[found[0]]!r}?)" if found else ""


def first_three(offenders: Iterable[object]) -> str:
    """Join the first three offenders and count the rest.

    Examples
    --------
    >>> first_three(["a", "b", "c", "d", "e"])
    'a; b; c; and 2 more'
    """
    items = [str(offender) for offender in offenders]
    shown = "; ".join(items[:3])
    return shown if len(items) <= 3 else f"{shown}; and {len(items) - 3} more"
