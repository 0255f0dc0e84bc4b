"""The raw columns that a spec reads: values, windows, and problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.errors import closest, first_three
from alignindex.kernels.scoring import decay, windows
from alignindex.kernels.typing import Floats, Ints
from alignindex.panel.index import KEYS, DyadYears
from alignindex.spec import IndexSpec, Indicator
from alignindex.spec.rules import (
    Balance,
    Decay,
    DecayMean,
    Distance,
    Identity,
    LastKnown,
    Levels,
    MinMax,
    Saturate,
    Share,
    Tilt,
    TrailingMean,
    TrailingSum,
    Window,
)

__all__ = [
    "RawColumn",
    "Windowed",
    "column_problems",
    "level_name",
    "listed",
    "read_column",
    "read_numbers",
    "windowed",
]

# Sums and means carry rounding: an excess over a bound of this part of the range is rounding, and
# a larger one an error. (Where a source rounds, `share` has a tolerance.)
SLACK = 1e-9
LARGEST = 1e300  # thousands of such numbers can still be added
NAMED = 40  # columns that a message lists


@dataclass(frozen=True)
class RawColumn:
    """Raw values of one panel column: numbers, or the positions of categories among levels."""

    values: NDArray[Any]
    lookup: Floats | None = None  # category code -> level position; the last entry is NaN

    def slice(self, rows: slice) -> Floats:
        """Rows as float64, NaN where unknown."""
        part: NDArray[Any] = self.values[rows]
        return part if self.lookup is None else self.lookup.take(part)  # -1 takes the last


class Windowed(NamedTuple):
    """Value of a window; where that is unknown, what it lies between, if anything bounds it."""

    value: Floats
    least: Floats | None = None
    greatest: Floats | None = None


def windowed(raw: Sequence[Floats], key: Ints, window: Window) -> Windowed:
    """Value of the window over a column, which is followed by those that the window reads."""
    values = raw[0]
    if isinstance(window, TrailingSum):
        total, observed = windows.trailing_sum(values, key, window.years)
        return Windowed(np.where(observed == window.years, total, np.nan), total)
    if isinstance(window, TrailingMean):
        return Windowed(windows.trailing_mean(values, key, window.years, window.min_years))
    if isinstance(window, LastKnown):
        return Windowed(windows.last_known(values, key, window.max_age))
    if isinstance(window, Decay):
        own = dict(zip(window.columns, raw[1:], strict=True))
        subtract = own[window.subtract] if window.subtract is not None else None
        reset = own[window.reset] if window.reset is not None else None
        if isinstance(window, DecayMean):
            return Windowed(
                decay.decay_mean(
                    values, key, window.years, window.half_life, window.min_years, subtract, reset
                )
            )
        return Windowed(
            *decay.decay_sum(values, key, window.years, window.half_life, subtract, reset)
        )
    return Windowed(values)


def read_column(series: pd.Series, indicator: Indicator) -> RawColumn:
    """Return the values of a column as an indicator reads them."""
    if isinstance(indicator.rule, Levels):
        category = series.astype("category").cat
        position = {name: float(i) for i, name in enumerate(indicator.rule.codes)}
        # A category that the rule does not know may be declared, as long as no row holds it.
        known = (position.get(level_name(c), np.nan) for c in category.categories)
        lookup = np.array([*known, np.nan])
        return RawColumn(category.codes.to_numpy(), lookup)
    return RawColumn(read_numbers(series))


def level_name(category: object) -> str:
    """Return the name of a category in a spec: 1.0 and True, as a panel holds them, are "1".

    Examples
    --------
    >>> level_name(1.0), level_name(True), level_name("base"), level_name(0.5)
    ('1', '1', 'base', '0.5')
    """
    number = isinstance(category, bool | int | float | np.number | np.bool_)
    if number and float(cast(Any, category)).is_integer():
        return str(int(cast(Any, category)))
    return str(category)


def read_numbers(series: pd.Series) -> Floats:
    """Return float64 values, without a copy where the column is float64 already."""
    if not pd.api.types.is_numeric_dtype(series):  # the check accepts it if every cell is missing
        return np.full(len(series), np.nan)
    return series.to_numpy(dtype=np.float64, na_value=np.nan)


def column_problems(
    panel: pd.DataFrame, spec: IndexSpec, rows: DyadYears, *, header: Sequence[str] = ()
) -> list[str]:
    """Return everything that keeps the columns of a panel from being coded, one sentence each.

    `header` has the names of its file, if only some columns were read.

    Examples
    --------
    >>> import alignindex as ai
    >>> from alignindex.panel.index import dyad_years
    >>> keys = {"state": ["ARM"], "partner": ["RUS"], "year": [2013]}
    >>> spec = IndexSpec.from_dict({
    ...     "schema_version": 1, "name": "x", "fidelity": "illustrative", "missing": "propagate",
    ...     "indicators": [{"name": "a", "columns": ["votes"], "rule": {"kind": "identity"}}],
    ... })
    >>> panel, rows = dyad_years(ai.as_panel(pd.DataFrame({**keys, "vote": [0.5]})))
    >>> column_problems(panel, spec, rows)[0].partition(";")[0]
    "spec 'x' needs column 'votes' for indicator a, and the panel has none (did you mean 'vote'?)"
    """
    columns = [str(column) for column in panel.columns]
    names = [name for name in header if name not in KEYS] or columns
    twice = [name for name in spec.columns if columns.count(name) > 1]
    if twice:
        return [
            f"the panel has column {first_three(repr(name) for name in twice)} more than once; "
            "keep one column of a name"
        ]
    problems = [*_frequency_problems(spec), *_absent_problems(panel, spec, names)]
    there = set(panel.columns)
    for indicator in spec.indicators:
        for name in indicator.reads:
            if name in there:
                problems += _type_problems(panel[name], indicator, rows)
    if spec.carry_until in there:
        problems += _number_problems(panel[spec.carry_until], "carry_until", rows)
    problems += _unit_problems(panel, spec)
    if not problems:
        for indicator in spec.indicators:
            problems += _value_problems(panel, indicator, rows)
    return list(dict.fromkeys(problems))


def _frequency_problems(spec: IndexSpec) -> list[str]:
    """Refuse a yearly panel under a spec that is meant for shorter periods."""
    if "year" in spec.frequencies:
        return []
    return [
        f"spec {spec.name!r} is meant for panels by {' or '.join(spec.frequencies)}, and this "
        "panel is yearly: use a spec that names 'year' among its frequencies"
    ]


def _absent_problems(panel: pd.DataFrame, spec: IndexSpec, columns: list[str]) -> list[str]:
    problems = []
    for name in spec.raw_columns:
        read = [column for column in _readings(name, spec) if column not in panel.columns]
        if read:
            users = [i.name for i in spec.indicators if not set(read).isdisjoint(i.reads)]
            use = f"indicator {', '.join(users)}" if users else "carry_until"
            problems.append(
                f"spec {spec.name!r} needs column {name!r} for {use}, and "
                f"the panel has none{closest(name, columns)}; it has {listed(columns)}"
            )
    return problems


def listed(columns: list[str]) -> str:
    """Return the first columns of a table as text, and how many more there are."""
    rest = f" and {len(columns) - NAMED} more" if len(columns) > NAMED else ""
    return f"{', '.join(columns[:NAMED])}{rest}" if columns else "none"


def _unit_problems(panel: pd.DataFrame, spec: IndexSpec) -> list[str]:
    """Compare the units that a spec names with those that the panel declares."""
    declared = panel.attrs.get("units", {})
    if not isinstance(declared, Mapping):
        return [
            f"panel.attrs['units'] must map column names to units; got {type(declared).__name__}"
        ]
    return [
        f"indicator {indicator.name!r} reads column {name!r} in {indicator.unit!r}, and the panel "
        f"declares {declared[name]!r}: convert the column, or correct the unit in the spec or in "
        "panel.attrs['units']"
        for indicator in spec.indicators
        for name in indicator.columns
        if indicator.unit and name in declared and declared[name] != indicator.unit
    ]


def _readings(name: str, spec: IndexSpec) -> list[str]:
    """Return the columns that a spec reads of a raw column, with that of the second pole."""
    ways = [name, f"{name}@{spec.poles[1]}"] if spec.poles else [name]
    return [column for column in ways if column in spec.columns]


def _type_problems(series: pd.Series, indicator: Indicator, rows: DyadYears) -> list[str]:
    if isinstance(indicator.rule, Levels):
        name, known = series.name, list(indicator.rule.codes)
        category = series.astype("category").cat.remove_unused_categories()
        unknown = [c for c in category.cat.categories if level_name(c) not in known]
        used = category.isin(unknown).to_numpy() if unknown else np.zeros(0, dtype=bool)
        if not used.any():
            return []
        first = level_name(category[used].iloc[0])
        return [
            f"column {name!r} holds categories that rule 'levels' of indicator "
            f"{indicator.name!r} does not know: "
            f"{first_three(repr(level_name(c)) for c in unknown)}{closest(first, known)} "
            f"({rows.name(used)}); it knows {', '.join(known)}"
        ]
    use = f"rule {indicator.rule.kind!r} of indicator {indicator.name!r}"
    return _number_problems(series, use, rows)


def _number_problems(series: pd.Series, use: str, rows: DyadYears) -> list[str]:
    """Say what keeps a column from being read as numbers."""
    name = series.name
    if not pd.api.types.is_numeric_dtype(series):
        text = series.dropna()
        if text.empty:  # as in an empty file: no cell can be wrong
            return []
        number = pd.to_numeric(text.astype(object), errors="coerce")
        wrong = text[number.isna()]
        shown = first_three(repr(v) for v in (wrong if len(wrong) else text).astype(object))
        return [
            f"column {name!r} must hold numbers for {use}; got {series.dtype} with {shown}: "
            "convert it with pd.to_numeric, with an empty cell for a missing value"
        ]
    if pd.api.types.is_complex_dtype(series):
        return [f"column {name!r} holds complex numbers; give its real part"]
    values = read_numbers(series)
    if not len(values):
        return []
    most = max(np.fmax.reduce(values), -np.fmin.reduce(values))
    if np.isinf(most):
        return [
            f"column {name!r} must hold finite numbers; got ±inf at {rows.name(np.isinf(values))}: "
            "leave the cell empty (NaN) for a missing value"
        ]
    if most > LARGEST:
        return [
            f"column {name!r} must hold numbers up to ±{LARGEST:g}; got "
            f"{rows.name(np.abs(values) > LARGEST, values)}: give it in a larger unit"
        ]
    return []


def _value_problems(panel: pd.DataFrame, indicator: Indicator, rows: DyadYears) -> list[str]:
    """Name the values that a rule or a window does not take."""
    rule, window, names = indicator.rule, indicator.window, indicator.reads
    if isinstance(rule, Levels) or not len(panel):
        return []
    raw = [read_column(panel[name], indicator).slice(slice(None)) for name in names]

    def outside(values: Floats, lo: float, hi: float, name: str, what: str, fix: str) -> list[str]:
        if not (np.fmin.reduce(values) < lo or np.fmax.reduce(values) > hi):
            return []
        wrong = (values < lo) | (values > hi)
        shown = rows.name(wrong, values)
        return [f"column {name!r} of indicator {indicator.name!r}: {what}; got {shown}. {fix}"]

    problems: list[str] = []
    amounts = isinstance(rule, (Share, Balance, Saturate))
    if amounts or window.kind in ("trailing_sum", "decay_sum"):
        what = f"amounts that {_verb(indicator)} must not be negative"
        for values, name in zip(raw, names, strict=True):
            problems += outside(values, 0.0, np.inf, name, what, "Leave an unknown amount empty")
    if problems:
        return problems
    if isinstance(rule, Share):
        return _share_problems(rule, indicator, raw, rows)
    if isinstance(rule, (Distance, Tilt)):
        for values, name in zip(raw, names, strict=True):
            what, fix = "positions lie in [0, 1]", "Rescale the positions"
            problems += outside(values, 0.0, 1.0, name, what, fix)
    elif isinstance(rule, Identity) or (isinstance(rule, MinMax) and not rule.clip):
        lo, hi = (rule.lo, rule.hi) if isinstance(rule, MinMax) else (0.0, 1.0)
        value, least, _ = windowed(raw, rows.key, window)
        what = f"rule {rule.kind!r} takes values in [{lo:g}, {hi:g}]"
        fix = _fix_of_bounds(rule, value)
        noise = SLACK * (hi - lo)
        problems += outside(value, lo - noise, hi + noise, names[0], what, fix)
        if least is not None and not problems:  # a partial sum can already be too large
            problems += outside(least, -np.inf, hi + noise, names[0], what, fix)
    return problems


def _fix_of_bounds(rule: Identity | MinMax, value: Floats) -> str:
    """Say what to do about values outside the bounds of a rule."""
    if isinstance(rule, MinMax):
        return "Give the right bounds, or clip = true to keep larger and smaller values within them"
    if np.fmin.reduce(value) >= 0 and 2 < np.fmax.reduce(value) <= 100:
        return (
            "If these are percentages, divide them by 100, or use rule = "
            '{ kind = "minmax", lo = 0, hi = 100 } in the spec'
        )
    return 'Use rule = { kind = "minmax", lo = ..., hi = ... } with the bounds of the column'


def _share_problems(
    rule: Share, indicator: Indicator, raw: Sequence[Floats], rows: DyadYears
) -> list[str]:
    excess = raw[0] - raw[1]
    if not np.fmax.reduce(excess) > rule.tolerance:
        return []
    wrong = excess > rule.tolerance + SLACK * raw[1]
    if not wrong.any():
        return []
    part, whole = indicator.columns
    return [
        f"indicator {indicator.name!r}: a share cannot exceed 1, and {part!r} exceeds {whole!r} by "
        f"more than the tolerance of {rule.tolerance:g} for rounding, by "
        f"{rows.name(wrong, excess)}. Correct the part or the whole, or state a larger tolerance "
        "in the spec if the source rounds"
    ]


def _verb(indicator: Indicator) -> str:
    if isinstance(indicator.rule, (Share, Balance)):
        return f"make up a {indicator.rule.kind}"
    return "saturate" if isinstance(indicator.rule, Saturate) else "are summed over years"
