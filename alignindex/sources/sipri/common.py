"""Shared by the SIPRI readers: codes of SIPRI names by date, and the date of a download."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from alignindex import states
from alignindex.states.resolution import actor_codes

CREDIT: dict[str, Any] = {
    "licence": "(c) SIPRI; use with credit as its terms ask, no redistribution",
    "url": "https://www.sipri.org/databases/armstransfers",
    "citation": "Stockholm International Peace Research Institute, SIPRI Arms Transfers Database",
}


def codes(names: pd.Series[Any], year: pd.Series[Any] | None, *, strict: bool) -> pd.Series[Any]:
    """Actor codes by date; not ``strict``: a name out of its time keeps its usual actor."""
    if year is None:
        return states.resolve(names, system="sipri", unknown="missing")
    years = year.fillna(0).astype(np.int64)
    return actor_codes(names, years, system="sipri", sure=not strict)


def generated(lines: Sequence[str]) -> str:
    """Date on which the file was generated, as it says itself."""
    for line in lines:
        found = re.match(r'"?(?:Data generated|Generated):\s*(.*?)[",;\s]*$', line)
        if found:
            return found.group(1)
    return ""
