"""Say what is meant by a code that names no actor."""

from __future__ import annotations

from typing import Literal

from alignindex import states
from alignindex.errors import closest

__all__ = ["CodeSystem", "stranger"]

CodeSystem = Literal["iso3", "cow", "gw", "any"]


def stranger(code: str, codes: CodeSystem) -> str:
    """Say that a code names no actor, with what was probably meant."""
    kind = {"iso3": "ISO3 code", "cow": "COW number", "gw": "Gleditsch–Ward number"}.get(
        codes, "name or ISO3 code"
    )
    meant = states.resolve(code, system="any", unknown="missing")
    if isinstance(meant, str) and codes == "iso3":
        hint = f" (did you mean {meant!r}?)"
    elif codes in ("iso3", "any"):
        hint = closest(code, states.known())
    else:
        hint = ""
    if not hint and code.isdecimal() and codes == "iso3":
        hint = " (for numbers say --codes cow or --codes gw)"
    return f"{code!r} is not the {kind} of any actor{hint}"
