"""Say what is meant by a code that names no actor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from alignindex import states
from alignindex.base.errors import closest

__all__ = ["CodeSystem", "stranger"]

CodeSystem = Literal["iso3", "cow", "gw", "any"]


def stranger(code: str, codes: CodeSystem, near: Iterable[str] = ()) -> str:
    """Say that a code names no actor, with what was probably meant (one of `near` at best).

    Examples
    --------
    >>> stranger("CHM", "iso3", near=["CHN", "RUS"])
    "'CHM' is not the ISO3 code of any actor (did you mean 'CHN'?)"

    A code that only shares letters is not guessed:

    >>> stranger("KOS", "iso3", near=["OTS"])
    "'KOS' is not the ISO3 code of any actor"
    """
    kind = {"iso3": "ISO3 code", "cow": "COW number", "gw": "Gleditsch–Ward number"}.get(
        codes, "name or ISO3 code"
    )
    meant = states.resolve(code, system="any", unknown="missing")
    if isinstance(meant, str) and codes == "iso3":
        hint = f" (did you mean {meant!r}?)"
    elif codes in ("iso3", "any"):
        hint = _guess(code, near)
    else:
        hint = ""
    if not hint and code.isdecimal() and codes == "iso3":
        hint = " (for numbers say --codes cow or --codes gw)"
    return f"{code!r} is not the {kind} of any actor{hint}"


def _guess(code: str, near: Iterable[str]) -> str:
    """Name what was probably meant, among the other codes of the file first.

    Three letters are near to too many codes: of those in the file one may differ in one place, of
    all others only two neighbours may have changed places.
    """
    if len(code) != 3:
        return closest(code, near) or closest(code, sorted(states.known()))
    word = code.upper()
    swapped = {word[1] + word[0] + word[2], word[0] + word[2] + word[1]} - {word}
    own = [c for c in near if len(c) == 3]
    one_off = [c for c in own if sum(a != b for a, b in zip(c.upper(), word, strict=True)) == 1]
    meant = (
        [c for c in own if c.upper() in swapped]
        or sorted(one_off)
        or sorted(swapped & set(states.known()))
    )
    return f" (did you mean {meant[0]!r}?)" if meant else ""
