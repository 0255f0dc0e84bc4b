"""Presences of foreign forces by directed dyad and year: the table ``bases/yearly``.

``hosted`` is what the state hosts with its consent on 31 December, as in the column ``bases`` of
the panel; ``hosted_low`` and ``hosted_high`` are its bounds on the scale of the default index
(none 0, facility 0.5, base 1). ``imposed`` is 1 where forces of the partner stand there against
the state's will, by ``bases/imposed``, and 0 where the pair was researched and none do.
"""

from __future__ import annotations

from collections.abc import Iterable

import codings
import numpy as np
import pandas as pd

FIRST_YEAR = 1992
CODE = {0: 0.0, 1: 0.5, 2: 1.0}
COLUMNS = ["state", "partner", "year", "hosted", "hosted_low", "hosted_high", "imposed"]
TOP = codings.KIND_RANK["base"]
Cell = tuple[str, str, int]


def derive(
    presences: pd.DataFrame,
    coverage: pd.DataFrame,
    imposed: pd.DataFrame,
    states: Iterable[str],
    partners: Iterable[str],
) -> pd.DataFrame:
    """The table, for every state and partner and every year to the last one covered."""
    spells = codings.spells_of(presences)
    against = _against(imposed)
    researched = {
        (row.host, row.patron, year)
        for row in coverage.itertuples(index=False)
        for year in range(int(row.first), int(row.last) + 1)
    }
    last = int(coverage["last"].max())
    keys = [(state, partner, year) for state in sorted(states) for partner in sorted(partners)
            if state != partner for year in range(FIRST_YEAR, last + 1)]  # fmt: skip
    rows = [
        _row(key, spells.get(key[:2], []), key in researched, against.get(key[:2], []))
        for key in keys
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _against(imposed: pd.DataFrame) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """First year, and year of the end, of each spell of forces that were not asked for."""
    spells: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for row in imposed[imposed["confidence"] != "low"].itertuples(index=False):
        end = 9999 if pd.isna(row.end) else int(row.end[:4])
        spells.setdefault((row.state, row.partner), []).append((int(row.start[:4]), end))
    return spells


def _row(
    key: Cell, spells: list[codings.Spell], researched: bool, against: list[tuple[int, int]]
) -> list[object]:
    year = key[2]
    least, most = codings.hosted(spells, year)
    there = any(first <= year < end for first, end in against)
    if researched:
        return [*key, codings.KINDS[least, most], CODE[least], CODE[most], float(there)]
    stands = 1.0 if there else np.nan
    if least:  # what was seen stands, and more may have been there
        return [*key, codings.KINDS[least, TOP], CODE[least], CODE[TOP], stands]
    return [*key, np.nan, np.nan, np.nan, stands]
