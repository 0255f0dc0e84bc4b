"""TOML as specs use it: reading with limits, the lines of keys, and a writer."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from alignindex.base.errors import SpecError

__all__ = ["Lines", "alike", "dumps", "line_of", "lines_of", "read"]

Lines = Mapping[tuple[str | int, ...], int]

# Keys of whole numbers, wherever they stand.
WHOLE = ("carry_until", "carry_years", "first", "last", "min_years", "schema_version", "years")
DEEPEST = 32  # parts of a dotted key, or brackets within brackets; a spec has four
_STRINGS = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""|'
    r"'''(?:[^']|'(?!''))*'''|"
    r'"(?:[^"\\\n]|\\.)*"|'
    r"'[^'\n]*'|#[^\n]*",
    re.DOTALL,
)
_DOTTED = re.compile(r"[\w-]+(?:[ \t]*\.[ \t]*[\w-]+)*")
_HEADER = re.compile(r"[ \t]*(\[\[?)([^\[\]\n]+)\]")
_ASSIGNED = re.compile(r"[ \t]*([\w.-]+)[ \t]*=")


def read(text: str, where: str) -> dict[str, Any]:
    """Read TOML, within limits that no spec comes near; `where` names the text in an error.

    Raises
    ------
    SpecError
        If the text is not TOML (with line and column), or nests deeper than any spec.
    """
    plain = _blanked(text)
    if any(found.group().count(".") >= DEEPEST for found in _DOTTED.finditer(plain)):
        raise SpecError(f"{where} has a dotted key of more than {DEEPEST} parts; no spec needs one")
    depth = 0
    for found in re.finditer(r"[\[\]{}]", plain):
        depth += 1 if found.group() in "[{" else -1
        if depth > DEEPEST:
            raise SpecError(f"{where} nests brackets more than {DEEPEST} deep; no spec needs that")
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise SpecError(f"{where} is not valid TOML: {error}") from None
    except (ValueError, RecursionError) as error:  # such as an integer of 5,000 digits
        raise SpecError(f"{where} holds a value that cannot be read: {error}") from None


def _blanked(text: str) -> str:
    """Text with strings and comments taken out, line by line where it was."""
    return _STRINGS.sub(lambda found: "_" + "\n" * found.group().count("\n"), text)


def lines_of(text: str) -> dict[tuple[str | int, ...], int]:
    r"""Line (from 1) of every table header and of every key at the start of a line.

    Examples
    --------
    >>> lines_of('name = "x"\n[[indicators]]\nweight = 1')
    {('name',): 1, ('indicators', 0): 2, ('indicators', 0, 'weight'): 3}
    """
    found: dict[tuple[str | int, ...], int] = {}
    counts: dict[tuple[str | int, ...], int] = {}
    table: tuple[str | int, ...] = ()
    depth = 0
    for number, line in enumerate(_blanked(text).split("\n"), 1):
        header, assigned = _HEADER.match(line), _ASSIGNED.match(line)
        if depth == 0 and header:
            path: tuple[str | int, ...] = ()
            steps = [step.strip() for step in header[2].split(".")]
            for place, step in enumerate(steps):
                path += (step,)
                if header[1] == "[[" and place == len(steps) - 1:
                    counts[path] = counts.get(path, -1) + 1
                if path in counts:
                    path += (counts[path],)
            table = path
            found.setdefault(table, number)
            continue
        if depth == 0 and assigned:
            found.setdefault((*table, *assigned[1].split(".")), number)
        depth += sum(line.count(c) for c in "[{") - sum(line.count(c) for c in "]}")
    return found


def line_of(lines: Lines, place: Sequence[str | int]) -> int | None:
    """Line of a place in a file, or of the nearest thing around it."""
    path = tuple(place)
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path)


_BARE = re.compile(r"[A-Za-z0-9_-]+")


def _text(value: str) -> str:
    # A JSON string is a TOML basic string, but for the one control character JSON leaves as it is.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    return "[" + ", ".join(_value(item) for item in value) + "]"


def dumps(content: dict[str, Any]) -> str:
    """Write a dictionary as TOML: plain values first, then lists of dictionaries as tables.

    Examples
    --------
    >>> print(dumps({"name": "x", "parts": [{"weight": 1.0}]}), end="")
    name = "x"
    <BLANKLINE>
    [[parts]]
    weight = 1.0
    """
    tables = {
        key: value
        for key, value in content.items()
        if isinstance(value, (list, tuple)) and value and isinstance(value[0], dict)
    }
    lines = [
        f"{_key(key)} = {_value(value)}" for key, value in content.items() if key not in tables
    ]
    for key, rows in tables.items():
        for row in rows:
            lines += ["", f"[[{_key(key)}]]"]
            lines += [f"{_key(k)} = {_value(v)}" for k, v in row.items()]
    return "\n".join(lines) + "\n"


def alike(value: Any, key: str = "") -> Any:
    """Write the numbers in a change alike, 2 as 2.0, and years and versions as whole numbers."""
    if isinstance(value, dict):
        return {name: alike(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [alike(one, key) for one in value]
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 2**53:
        return value
    return int(value) if key in WHOLE and value == int(value) else float(value)
