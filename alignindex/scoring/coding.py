"""From raw columns to codes: windows, rules, orientation, and where an indicator applies."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.kernels.scoring import coding as kernels
from alignindex.kernels.scoring.coding import Coded, Floats, Ints
from alignindex.panel.columns import RawColumn, read_column, windowed
from alignindex.panel.index import DyadYears
from alignindex.spec import IndexSpec, Indicator
from alignindex.spec.rules import (
    Balance,
    Distance,
    Identity,
    Levels,
    MinMax,
    Share,
    Thresholds,
    Tilt,
    TrailingSum,
    Window,
)

__all__ = ["BLOCK", "CODERS", "Coder"]

BLOCK = 32_768  # rows coded at once: the temporaries of a block stay in a core's cache


# --- rules ---------------------------------------------------------------------------------------


def _identity(rule: Identity, raw: Sequence[Floats], key: Ints, window: Window) -> Coded:
    return kernels.identity(*windowed(raw[0], key, window))


def _share(rule: Share, raw: Sequence[Floats], key: Ints, window: Window) -> Coded:
    part, whole = raw
    both = np.isfinite(part) & np.isfinite(whole)
    years = window.years if isinstance(window, TrailingSum) else 1
    part_sum, observed = kernels.trailing_sum(np.where(both, part, np.nan), key, years)
    whole_sum, _ = kernels.trailing_sum(np.where(both, whole, np.nan), key, years)
    return kernels.share(part_sum, whole_sum, observed)


def _thresholds(rule: Thresholds, raw: Sequence[Floats], key: Ints, window: Window) -> Coded:
    value, least = windowed(raw[0], key, window)
    return kernels.thresholds(value, rule.cuts, rule.codes, least)


def _levels(rule: Levels, raw: Sequence[Floats], key: Ints, window: Window) -> Coded:
    value, _ = windowed(raw[0], key, window)
    bounds = np.array([rule.bounds(name) for name in rule.codes])
    return kernels.levels(value, bounds[:, 0], bounds[:, 1])


def _minmax(rule: MinMax, raw: Sequence[Floats], key: Ints, window: Window) -> Coded:
    value, least = windowed(raw[0], key, window)
    return kernels.minmax(value, rule.lo, rule.hi, least)


def _distance(rule: Distance, raw: Sequence[Floats], key: Ints, window: Window) -> Coded:
    state, partner = (windowed(values, key, window)[0] for values in raw)
    return kernels.distance(state, partner)


def _balance(rule: Balance, raw: Sequence[Floats], key: Ints, window: Window) -> Coded:
    both = np.isfinite(raw[0]) & np.isfinite(raw[1])
    years = window.years if isinstance(window, TrailingSum) else 1
    one, other = (
        kernels.trailing_sum(np.where(both, values, np.nan), key, years) for values in raw
    )
    return kernels.share(one[0], one[0] + other[0], one[1])


def _tilt(rule: Tilt, raw: Sequence[Floats], key: Ints, window: Window) -> Coded:
    one, other = (windowed(values, key, window)[0] for values in raw)
    return kernels.tilt(one, other)


CODERS: dict[str, Callable[..., Coded]] = {
    "identity": _identity,
    "share": _share,
    "thresholds": _thresholds,
    "levels": _levels,
    "minmax": _minmax,
    "distance": _distance,
    "balance": _balance,
    "tilt": _tilt,
}


def _encode(indicator: Indicator, raw: Sequence[Floats], rows: DyadYears, where: slice) -> Coded:
    """Code, least and greatest code of one indicator in a range of rows.

    Order of operations: window over years, rule, orientation (`reverse`), `cut`, applicability.

    Parameters
    ----------
    indicator : Indicator
    raw : sequence of ndarray
        The indicator's columns, in the rows of `where`.
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
        coded = tuple(np.where(outside, np.nan, part) for part in coded)  # type: ignore[assignment]
    return coded


def _applies(indicator: Indicator, rows: DyadYears, where: slice) -> NDArray[np.bool_]:
    """Where the declared years, states and partners hold."""
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


class Coder:
    """Codes of any range of rows; windows look back before it."""

    def __init__(self, panel: pd.DataFrame, spec: IndexSpec, rows: DyadYears) -> None:
        self.spec, self.rows = spec, rows
        self.columns = _read_columns(panel, spec)
        self.back = max(indicator.window.reach for indicator in spec.indicators)

    def block(self, part: slice) -> tuple[Floats, Floats, Floats]:
        """Code, least and greatest code, each (indicators, rows)."""
        before = slice(max(0, part.start - self.back), part.stop)
        skip, n = part.start - before.start, part.stop - part.start
        out = np.empty((3, len(self.spec.indicators), n))
        for j, indicator in enumerate(self.spec.indicators):
            raw = [column.slice(before) for column in self.columns[indicator.name]]
            for side, coded in enumerate(_encode(indicator, raw, self.rows, before)):
                out[side, j] = coded[skip:]
        return out[0], out[1], out[2]


# --- columns -------------------------------------------------------------------------------------


def _read_columns(panel: pd.DataFrame, spec: IndexSpec) -> dict[str, list[RawColumn]]:
    """Raw columns of every indicator, without copying a number. The panel has been checked."""
    return {
        indicator.name: [read_column(panel[name], indicator) for name in indicator.columns]
        for indicator in spec.indicators
    }
