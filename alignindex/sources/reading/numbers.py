"""Numbers as published files write them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.typing import Floats


def numbers(values: pd.Series[Any]) -> pd.Series[Any]:
    """Read numbers as published files write them; what cannot be read for certain is NaN.

    Blanks around, no-break spaces and a trailing per cent sign do not count; thousands may be
    separated by a comma or a blank (``1,234`` is 1234) and decimals follow a point. ``12,5`` is
    read as 12.5; nothing else with a comma is.

    Examples
    --------
    >>> numbers(pd.Series(["0 ", "1,234.5", "12,5", "6.5%", "...", "1,23,4"])).tolist()
    [0.0, 1234.5, 12.5, 6.5, nan, nan]
    """
    if values.dtype.kind in "iufb":
        return values.astype(np.float64)
    codes, uniques = pd.factorize(values)
    distinct = np.array([*(_number(text) for text in uniques), np.nan], dtype=np.float64)
    return pd.Series(distinct[codes], index=values.index, name=values.name)


def floats(values: pd.Series[Any]) -> Floats:
    """Numbers of a column, as `numbers` reads them, without an index."""
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iuf":
        return values.to_numpy(dtype=np.float64)
    return numbers(values).to_numpy()


def _number(text: object) -> float:
    if isinstance(text, int | float) and not isinstance(text, bool):
        return float(text)
    if not isinstance(text, str):
        return float("nan")
    bare = text.replace("\u00a0", " ").strip().removesuffix("%").strip()
    if not bare or bare.strip("0123456789.,+-eE "):
        return float("nan")
    if "," in bare or " " in bare:
        sign, digits = ("-", bare[1:]) if bare[0] == "-" else ("", bare)
        whole, point, rest = digits.partition(".")
        for mark in (",", " "):
            first, *groups = whole.split(mark)
            thousands = all(len(group) == 3 and group.isdigit() for group in groups)
            if groups and thousands and first.isdigit() and len(first) <= 3:
                bare = f"{sign}{first}{''.join(groups)}{point}{rest}"
                break
        else:
            left, _, right = digits.partition(",")
            if not (left.isdigit() and right.isdigit() and len(right) != 3):
                return float("nan")
            bare = f"{sign}{left}.{right}"
    try:
        value = float(bare)
    except ValueError:
        return float("nan")
    return value if np.isfinite(value) else float("nan")
