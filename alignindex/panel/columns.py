"""The raw columns that a spec reads: values, windows, and problems."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.errors import closest, first_three
from alignindex.kernels.scoring import coding as kernels
from alignindex.kernels.scoring.coding import Floats, Ints
from alignindex.panel.index import DyadYears
from alignindex.spec import IndexSpec, Indicator
from alignindex.spec.rules import (
    Balance,
    Distance,
    Identity,
    LastKnown,
    Levels,
    MinMax,
    Share,
    Tilt,
    TrailingMean,
    TrailingSum,
    Window,
)

__all__ = ["RawColumn", "column_problems", "read_column", "read_numbers", "windowed"]

# Sums and means carry rounding: an excess over a bound of this part of the range is noise, and a
# larger one an error. (What a source rounds itself is a matter of `share`'s tolerance.)
NOISE = 1e-9


@dataclass(frozen=True)
class RawColumn:
    """Raw values of one panel column: numbers, or the positions of categories among levels."""

    values: NDArray[Any]
    lookup: Floats | None = None  # category code -> level position; the last entry is NaN

    def slice(self, rows: slice) -> Floats:
        """Rows as float64, NaN where unknown."""
        part: NDArray[Any] = self.values[rows]
        return part if self.lookup is None else self.lookup.take(part)  # -1 takes the last


# --- windows -------------------------------------------------------------------------------------


def windowed(values: Floats, key: Ints, window: Window) -> tuple[Floats, Floats | None]:
    """Value of the window; and where that is unknown, what it is at least."""
    if isinstance(window, TrailingSum):
        total, observed = kernels.trailing_sum(values, key, window.years)
        return np.where(observed == window.years, total, np.nan), total
    if isinstance(window, TrailingMean):
        return kernels.trailing_mean(values, key, window.years, window.min_years), None
    if isinstance(window, LastKnown):
        return kernels.last_known(values, key, window.max_age), None
    return values, None


def read_column(series: pd.Series, indicator: Indicator) -> RawColumn:
    """Return the values of a column as an indicator reads them."""
    if isinstance(indicator.rule, Levels):
        category = series.astype("category").cat
        position = {name: float(i) for i, name in enumerate(indicator.rule.codes)}
        # A category that the rule does not know may be declared, as long as no row holds it.
        known = (position.get(str(c), np.nan) for c in category.categories)
        lookup = np.array([*known, np.nan])
        return RawColumn(category.codes.to_numpy(), lookup)
    return RawColumn(read_numbers(series))


def read_numbers(series: pd.Series) -> Floats:
    """Float64 values, without a copy where the column is float64 already."""
    if not pd.api.types.is_numeric_dtype(series):  # the check lets it pass if all is unknown
        return np.full(len(series), np.nan)
    return series.to_numpy(dtype=np.float64, na_value=np.nan)


def column_problems(panel: pd.DataFrame, spec: IndexSpec, rows: DyadYears) -> list[str]:
    """Everything that keeps the columns of a panel from being coded, one sentence each.

    Examples
    --------
    >>> from alignindex.panel.index import as_panel, dyad_years
    >>> keys = {"state": ["ARM"], "partner": ["RUS"], "year": [2013]}
    >>> spec = IndexSpec.from_dict({
    ...     "schema_version": 1, "name": "x", "fidelity": "illustrative", "missing": "propagate",
    ...     "indicators": [{"name": "a", "columns": ["votes"], "rule": {"kind": "identity"}}],
    ... })
    >>> panel, rows = dyad_years(as_panel(pd.DataFrame({**keys, "vote": [0.5]})))
    >>> column_problems(panel, spec, rows)[0].partition(";")[0]
    "spec 'x' needs column 'votes' for indicator a, and the panel has none (did you mean 'vote'?)"
    """
    problems: list[str] = []
    columns = [str(column) for column in panel.columns]
    twice = [name for name in spec.columns if columns.count(name) > 1]
    if twice:
        return [
            f"the panel has column {first_three(repr(name) for name in twice)} more than once; "
            "keep one column of a name"
        ]
    for name in spec.raw_columns:
        read = [column for column in _readings(name, spec) if column not in panel.columns]
        if read:
            users = [i.name for i in spec.indicators if not set(read).isdisjoint(i.columns)]
            problems.append(
                f"spec {spec.name!r} needs column {name!r} for indicator {', '.join(users)}, and "
                f"the panel has none{closest(name, columns)}; it has {', '.join(columns) or 'none'}"
            )
    for indicator in spec.indicators:
        for name in indicator.columns:
            if name in panel.columns:
                problems += _type_problems(panel[name], indicator, rows)
    if not problems:
        for indicator in spec.indicators:
            problems += _value_problems(panel, indicator, rows)
    return list(dict.fromkeys(problems))


def _readings(name: str, spec: IndexSpec) -> list[str]:
    """Columns that a spec reads of one raw column: its own name, and that of the second pole."""
    ways = [name, f"{name}@{spec.poles[1]}"] if spec.poles else [name]
    return [column for column in ways if column in spec.columns]


def _type_problems(series: pd.Series, indicator: Indicator, rows: DyadYears) -> list[str]:
    name, kind = series.name, indicator.rule.kind
    if isinstance(indicator.rule, Levels):
        known = list(indicator.rule.codes)
        category = series.astype("category").cat.remove_unused_categories()
        unknown = [c for c in category.cat.categories if str(c) not in known]
        used = category.isin(unknown).to_numpy() if unknown else np.zeros(0, dtype=bool)
        if not used.any():
            return []
        first = str(category[used].iloc[0])
        return [
            f"column {name!r} holds categories that rule 'levels' of indicator "
            f"{indicator.name!r} does not know: "
            f"{first_three(repr(str(c)) for c in unknown)}{closest(first, known)} "
            f"({rows.name(used)}); it knows {', '.join(known)}"
        ]
    if not pd.api.types.is_numeric_dtype(series):
        text = series.dropna()
        if text.empty:  # as in an empty file: nothing is there that could be wrong
            return []
        number = pd.to_numeric(text.astype(object), errors="coerce")
        wrong = text[number.isna()]
        shown = first_three(repr(v) for v in (wrong if len(wrong) else text).astype(object))
        return [
            f"column {name!r} must hold numbers for rule {kind!r} of indicator "
            f"{indicator.name!r}; got {series.dtype} with {shown}: convert it with "
            "pd.to_numeric, an empty cell for what is unknown"
        ]
    values = read_numbers(series)
    if len(values) and (np.isinf(np.fmin.reduce(values)) or np.isinf(np.fmax.reduce(values))):
        return [
            f"column {name!r} must hold finite numbers; got ±inf at {rows.name(np.isinf(values))}: "
            "an empty cell (NaN) stands for unknown"
        ]
    return []


def _value_problems(panel: pd.DataFrame, indicator: Indicator, rows: DyadYears) -> list[str]:
    rule, window = indicator.rule, indicator.window
    if isinstance(rule, Levels) or not len(panel):
        return []
    raw = [read_column(panel[name], indicator).slice(slice(None)) for name in indicator.columns]

    def outside(values: Floats, lo: float, hi: float, name: str, what: str, mend: str) -> list[str]:
        if not (np.fmin.reduce(values) < lo or np.fmax.reduce(values) > hi):
            return []
        wrong = (values < lo) | (values > hi)
        return [f"column {name!r} of indicator {indicator.name!r}: {what}; got "
                f"{rows.name(wrong, values)}. {mend}"]  # fmt: skip

    names = indicator.columns
    inf = np.inf
    problems: list[str] = []
    if isinstance(rule, (Share, Balance)) or window.kind == "trailing_sum":
        for values, name in zip(raw, names, strict=True):
            problems += outside(
                values, 0.0, inf, name, f"amounts that {_verb(indicator)} must not be negative",
                "An unknown amount is an empty cell",
            )  # fmt: skip
    if problems:
        return problems
    if isinstance(rule, Share):
        excess = raw[0] - raw[1]
        wrong = np.zeros(0, dtype=bool)
        if np.fmax.reduce(excess) > rule.tolerance:
            wrong = excess > rule.tolerance + NOISE * raw[1]
        if wrong.any():
            problems.append(
                f"indicator {indicator.name!r}: a share cannot exceed 1, and {names[0]!r} exceeds "
                f"{names[1]!r} by more than the tolerance of {rule.tolerance:g} for rounding, by "
                f"{rows.name(wrong, excess)}. Mend the part or the whole, or state a larger "
                "tolerance in the spec if the source rounds"
            )
    elif isinstance(rule, (Distance, Tilt)):
        for values, name in zip(raw, names, strict=True):
            problems += outside(
                values, 0.0, 1.0, name, "positions lie in [0, 1]", "Rescale the positions"
            )
    elif isinstance(rule, Identity) or (isinstance(rule, MinMax) and not rule.clip):
        lo, hi = (rule.lo, rule.hi) if isinstance(rule, MinMax) else (0.0, 1.0)
        value, least = windowed(raw[0], rows.key, window)
        what = f"rule {rule.kind!r} takes values in [{lo:g}, {hi:g}]"
        mend = "Use rule 'minmax' with the right bounds, or clip = true if the excess is meant"
        noise = NOISE * (hi - lo)
        problems += outside(value, lo - noise, hi + noise, names[0], what, mend)
        if least is not None and not problems:  # a partial sum can be too great already
            problems += outside(least, -inf, hi + noise, names[0], what, mend)
    return problems


def _verb(indicator: Indicator) -> str:
    if isinstance(indicator.rule, (Share, Balance)):
        return f"make up a {indicator.rule.kind}"
    return "are summed over years"
