"""Columns of numbers as compact JSON that keeps every number to the last bit."""

from __future__ import annotations

import base64
import json
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["dumps", "pack", "pack_index", "unpack"]

INDEX_TYPES = ("<u1", "<u2", "<u4")


def pack(values: NDArray[np.float64]) -> dict[str, Any]:
    """Pack floats as distinct values with their places, or as raw bytes if that is shorter.

    Returns
    -------
    dict
        ``{"v": distinct values, null for NaN, "w": bytes of a place, "i": places in base64}`` or
        ``{"f": float64, little-endian, in base64}``.

    Examples
    --------
    >>> pack(np.array([0.5, np.nan, 0.5]))
    {'w': 1, 'i': 'AAEA', 'v': [0.5, None]}
    """
    values = np.asarray(values, dtype="<f8")
    values = np.where(np.isnan(values), np.nan, values)  # one NaN, whatever its payload
    # By bits, so that -0.0 stays what it is.
    distinct, places = np.unique(values.view("<i8"), return_inverse=True)
    numbers = [None if math.isnan(v) else v for v in distinct.view("<f8").tolist()]
    by_value = {**pack_index(places), "v": numbers}
    raw = {"f": base64.b64encode(values.tobytes()).decode()}
    return min(by_value, raw, key=lambda packed: len(dumps(packed)))


def pack_index(places: NDArray[np.integer[Any]]) -> dict[str, Any]:
    """Pack whole numbers from 0 in the narrowest width that holds them.

    Examples
    --------
    >>> pack_index(np.array([0, 1, 255]))
    {'w': 1, 'i': 'AAH/'}
    """
    top = int(places.max()) if len(places) else 0
    kind = next(k for k in INDEX_TYPES if top <= np.iinfo(k).max)
    data = base64.b64encode(np.asarray(places).astype(kind).tobytes()).decode()
    return {"w": int(kind[-1]), "i": data}


def unpack(packed: dict[str, Any]) -> NDArray[np.float64]:
    """Return the numbers of a packed column, as the page does; for tests.

    Examples
    --------
    >>> unpack(pack(np.array([0.1, np.nan]))).tolist()
    [0.1, nan]
    """
    if "f" in packed:
        return np.frombuffer(base64.b64decode(packed["f"]), dtype="<f8")
    places = np.frombuffer(base64.b64decode(packed["i"]), dtype=f"<u{packed['w']}")
    if "v" not in packed:
        return places.astype(np.float64)
    values = np.array([np.nan if v is None else v for v in packed["v"]], dtype=np.float64)
    return np.asarray(values[places])


def dumps(value: object) -> str:
    r"""JSON that may stand inside a script element: no ``<``, ``>`` or ``&`` in it.

    Examples
    --------
    >>> dumps({"a": "</script>"})
    '{"a":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
