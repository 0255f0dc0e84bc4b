"""A writer for the part of TOML that specs use; the standard library only reads it."""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["dumps"]

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
