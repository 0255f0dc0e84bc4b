"""Say what is meant by a code that names no actor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from alignindex import states
from alignindex.errors import closest

__all__ = ["CodeSystem", "stranger"]

CodeSystem = Literal["iso3", "cow", "gw", "any"]


def stranger(code: str, codes: CodeSystem, near: Iterable[str] = ()) -> str:
    """Say that a code names no actor, with what was probably meant (one of `near` at best).

    Examples
    --------
    >>> stranger("CHM", "iso3", near=["CHN", "RUS"])
    "'CHM' is not the ISO3 code of any actor (did you mean 'CHN'?)"
    """
    kind = {"iso3": "ISO3 code", "cow": "COW number", "gw": "Gleditsch–Ward number"}.get(
        codes, "name or ISO3 code"
    )
    meant = states.resolve(code, system="any", unknown="missing")
    if isinstance(meant, str) and codes == "iso3":
        hint = f" (did you mean {meant!r}?)"
    elif codes in ("iso3", "any"):
        hint = closest(code, near) or closest(code, sorted(states.known()))
    else:
        hint = ""
    if not hint and code.isdecimal() and codes == "iso3":
        hint = " (for numbers say --codes cow or --codes gw)"
    return f"{code!r} is not the {kind} of any actor{hint}"
