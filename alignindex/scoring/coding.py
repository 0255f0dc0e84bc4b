"""From raw columns to codes: windows, rules, orientation, and where an indicator applies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from alignindex.kernels.scoring import coding as kernels
from alignindex.kernels.scoring import windows
from alignindex.kernels.scoring.coding import Coded
from alignindex.kernels.typing import Bools, Floats, Ints
from alignindex.panel.columns import RawColumn, read_column, read_numbers, windowed
from alignindex.panel.index import DyadYears
from alignindex.spec import IndexSpec, Indicator
from alignindex.spec.rules import (
    Balance,
    Distance,
    Identity,
    Levels,
    MinMax,
    Saturate,
    Share,
    Thresholds,
    Tilt,
    Window,
)

__all__ = ["BLOCK", "CODERS", "Coder", "Filled", "carried"]

BLOCK = 32_768  # rows coded at once: the temporaries of a block stay in a core's cache


# --- rules ---------------------------------------------------------------------------------------


def _both(raw: Sequence[Floats], key: Ints, years: int) -> tuple[Floats, Floats, Floats]:
    """Sum two columns over the years in which both are observed, and count those."""
    seen = np.isfinite(raw[0]) & np.isfinite(raw[1])
    one, observed = windows.trailing_sum(np.where(seen, raw[0], np.nan), key, years)
    other, _ = windows.trailing_sum(np.where(seen, raw[1], np.nan), key, years)
    return one, other, observed


def _identity(rule: Identity, raw: Sequence[Floats], key: Ints, window: Window) -> Coded:
    return kernels.identity(*windowed(raw, key, window))


def _share(rule: Share, raw: Sequence[Floats], key: Ints, window: Window) -> Coded:
    part, whole, observed = _both(raw, key, window.reach + 1)
    if rule.prior_years is None or rule.prior_volume is None:
        return kernels.share(part, whole, observed)
    prior = _both(raw, key, rule.prior_years)[:2]
    return kernels.share(part, whole, observed, prior, rule.prior_volume)


def _thresholds(rule: Thresholds, raw: Sequence[Floats], key: Ints, window: Window) -> Coded:
    value, least, greatest = windowed(raw, key, window)
    return kernels.thresholds(value, rule.cuts, rule.codes, least, greatest)


def _levels(rule: Levels, raw: Sequence[Floats], key: Ints, window: Window) -> Coded:
    bounds = np.array([rule.bounds(name) for name in rule.codes])
    return kernels.levels(windowed(raw, key, window).value, bounds[:, 0], bounds[:, 1])


def _minmax(rule: MinMax, raw: Sequence[Floats], key: Ints, window: Window) -> Coded:
    value, least, greatest = windowed(raw, key, window)
    return kernels.minmax(value, rule.lo, rule.hi, least, greatest)


def _saturate(rule: Saturate, raw: Sequence[Floats], key: Ints, window: Window) -> Coded:
    value, least, greatest = windowed(raw, key, window)
    return kernels.saturate(value, rule.half, rule.form, least, greatest)


def _distance(rule: Distance, raw: Sequence[Floats], key: Ints, window: Window) -> Coded:
    state, partner = (windowed([values], key, window).value for values in raw)
    return kernels.distance(state, partner)


def _balance(rule: Balance, raw: Sequence[Floats], key: Ints, window: Window) -> Coded:
    one, other, observed = _both(raw, key, window.reach + 1)
    return kernels.share(one, one + other, observed)


def _tilt(rule: Tilt, raw: Sequence[Floats], key: Ints, window: Window) -> Coded:
    one, other = (windowed([values], key, window).value for values in raw)
    return kernels.tilt(one, other)


CODERS: dict[str, Callable[..., Coded]] = {
    "identity": _identity,
    "share": _share,
    "thresholds": _thresholds,
    "levels": _levels,
    "minmax": _minmax,
    "saturate": _saturate,
    "distance": _distance,
    "balance": _balance,
    "tilt": _tilt,
}


def _encode(indicator: Indicator, raw: Sequence[Floats], rows: DyadYears, where: slice) -> Coded:
    """Code, minimum and maximum code of one indicator in a range of rows.

    Order of operations: window over years, rule, orientation (`reverse`), `cut`, applicability.

    Parameters
    ----------
    indicator : Indicator
    raw : sequence of ndarray
        The columns that it reads, in the rows of `where`.
    rows : DyadYears
    where : slice
        Must begin far enough before the rows that matter for the longest window.
    """
    coded = CODERS[indicator.rule.kind](indicator.rule, raw, rows.key[where], indicator.window)
    if indicator.reverse:
        coded = kernels.reverse(coded)
    if indicator.cut is not None:
        coded = kernels.cut(coded, indicator.cut)
    outside = ~_applies(indicator, rows, where)
    if outside.any():
        code, low, high = (np.where(outside, np.nan, part) for part in coded)
        return code, low, high
    return coded


def _applies(indicator: Indicator, rows: DyadYears, where: slice) -> Bools:
    """Where the indicator applies: its declared years, states and partners."""
    year = rows.year[where]
    applies = np.ones(len(year), dtype=bool)
    if indicator.years is not None:
        if indicator.years.first is not None:
            applies &= year >= indicator.years.first
        if indicator.years.last is not None:
            applies &= year <= indicator.years.last
    if indicator.states is not None:
        applies &= rows.states.isin(list(indicator.states)).take(rows.state[where])
    if indicator.partners is not None:
        applies &= rows.partners.isin(list(indicator.partners)).take(rows.partner[where])
    return applies


class Filled(NamedTuple):
    """Codes of a range of rows, each (indicators, rows).

    `code` is the observed code, `low` and `high` its bounds, `used` the code with those that are
    carried from earlier years, and `age` the age of a carried code in years (NaN elsewhere).
    """

    code: Floats
    low: Floats
    high: Floats
    used: Floats
    age: Floats


class Coder:
    """Codes of any range of rows; windows look back before it."""

    def __init__(self, panel: pd.DataFrame, spec: IndexSpec, rows: DyadYears) -> None:
        self.spec, self.rows = spec, rows
        self.columns = _read_columns(panel, spec)
        self.back = max(indicator.reach for indicator in spec.indicators)
        self.ages = spec.carry_ages
        self.oldest = max(self.ages)
        self.rupture = None if spec.carry_until is None else read_numbers(panel[spec.carry_until])

    def block(self, part: slice) -> tuple[Floats, Floats, Floats]:
        """Observed code, minimum and maximum code, each (indicators, rows)."""
        before = slice(max(0, part.start - self.back), part.stop)
        skip, n = part.start - before.start, part.stop - part.start
        out = np.empty((3, len(self.spec.indicators), n))
        for j, indicator in enumerate(self.spec.indicators):
            raw = [column.slice(before) for column in self.columns[indicator.name]]
            for side, coded in enumerate(_encode(indicator, raw, self.rows, before)):
                out[side, j] = coded[skip:]
        return out[0], out[1], out[2]

    def filled(self, part: slice) -> Filled:
        """Return the codes, with codes of earlier years of the dyad in place of unknown ones."""
        if self.oldest == 0:
            code, low, high = self.block(part)
            return Filled(code, low, high, code, np.broadcast_to(np.nan, code.shape))
        before = slice(max(0, part.start - self.oldest), part.stop)
        code, low, high = self.block(before)
        used, age = np.empty((2, *code.shape))
        rupture = None if self.rupture is None else self.rupture[before]
        for j, years in enumerate(self.ages):
            used[j], age[j] = windows.carry(
                code[j], low[j], high[j], self.rows.key[before], years, rupture
            )
        skip = part.start - before.start
        return Filled(*(table[:, skip:] for table in (code, low, high, used, age)))


def carried(panel: pd.DataFrame, spec: IndexSpec, rows: DyadYears) -> tuple[Floats, Floats]:
    """Codes with the carried ones in place, and the ages of those; each (rows, indicators)."""
    used, age = np.empty((2, len(spec.indicators), len(panel)))
    coder = Coder(panel, spec, rows)
    for start in range(0, len(panel), BLOCK):
        part = slice(start, min(start + BLOCK, len(panel)))
        filled = coder.filled(part)
        used[:, part], age[:, part] = filled.used, filled.age
    return used.T, age.T


def _read_columns(panel: pd.DataFrame, spec: IndexSpec) -> dict[str, list[RawColumn]]:
    """Raw columns of every indicator, without copying a number. The panel has been checked."""
    return {
        indicator.name: [read_column(panel[name], indicator) for name in indicator.reads]
        for indicator in spec.indicators
    }
