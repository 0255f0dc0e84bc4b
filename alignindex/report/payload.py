"""The data of a page: every number of a result, the spec in words, and the source rows."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.errors import SpecError
from alignindex.base.typing import Bools, Floats
from alignindex.panel.index import dyad_years
from alignindex.report.pack import pack, pack_index
from alignindex.report.words import actor_names, counts, default_digits
from alignindex.scoring.coding import BLOCK, Coder
from alignindex.scoring.evidence import bundled_name, source_rows
from alignindex.scoring.explain import rule_text
from alignindex.scoring.result import AlignmentResult
from alignindex.spec import Indicator

__all__ = ["YEAR_SIGN", "payload", "source_lines"]

YEAR_SIGN = "\ue000"  # stands for the year in a source line, so that years share a line
SCORES = ("score", "low", "high", "coverage", "carried", "n_indicators")


class _Pool:
    """Distinct items, numbered in the order of their first use."""

    def __init__(self) -> None:
        self.number: dict[Hashable, int] = {}

    def add(self, item: Hashable) -> int:
        return self.number.setdefault(item, len(self.number))

    @property
    def items(self) -> list[Any]:
        return list(self.number)


def payload(result: AlignmentResult, keep: Bools, year: int, *, sources: bool) -> dict[str, Any]:
    """Return all that the page shows of a result, without the draws.

    Parameters
    ----------
    result : AlignmentResult
    keep : ndarray of bool
        Rows to show.
    year : int
        Year to open with.
    sources : bool
        Cite the source rows, if the panel is bundled.
    """
    spec, scores, index = result.spec, result.scores, result.scores.index[keep]
    labels = {}
    rows = {}
    for name in ("state", "partner", "year"):
        level = index.get_level_values(name)
        if name == "year":  # also years without a row, which break the lines of the charts
            distinct = pd.Index(range(int(level.min()), int(level.max()) + 1))
        else:
            distinct = pd.Index(level.unique()).sort_values()
        rows[name] = pack_index(distinct.get_indexer(level))
        labels[name] = [int(v) if name == "year" else str(v) for v in distinct]
    low, high = _code_bounds(result)
    seen = result.codes.notna().to_numpy().T
    return {
        "n": len(index),
        "year": year,
        "labels": labels,
        "rows": rows,
        "names": actor_names(index),
        "scores": {name: pack(scores[name].to_numpy()[keep]) for name in SCORES if name in scores},
        "codes": [pack(result.codes[name].to_numpy()[keep]) for name in result.codes.columns],
        # NaN if an indicator does not apply; 0 if its code is observed, so that columns pack well.
        "code_low": [pack(values[keep]) for values in np.where(seen, 0.0, low)],
        "code_high": [pack(values[keep]) for values in np.where(seen, 0.0, high)],
        "carried": _carried(result, keep),
        "raw": {name: _raw(result.panel[name], keep) for name in spec.columns},
        **_parts(result, keep),
        "why": _why(result, keep),
        "sources": _sources(result, keep) if sources and bundled_name(result.panel) else None,
        "spec": _spec(result),
    }


def _code_bounds(result: AlignmentResult) -> tuple[Floats, Floats]:
    """Return the minimum and maximum possible codes, (indicators, rows)."""
    n = len(result.panel)
    _, rows = dyad_years(result.panel)
    coder = Coder(result.panel, result.spec, rows)
    bounds = np.empty((2, len(result.spec.indicators), n))
    for start in range(0, n, BLOCK):
        part = slice(start, min(start + BLOCK, n))
        _, bounds[0][:, part], bounds[1][:, part] = coder.block(part)
    return bounds[0], bounds[1]


def _carried(result: AlignmentResult, keep: Bools) -> list[dict[str, Any]] | None:
    """Return rows, ages and codes that are carried, by indicator; None if the spec carries none."""
    if result.spec.missing != "carry":
        return None
    found = []
    for name in result.codes.columns:
        ages = result.carried[name].to_numpy(np.float64)[keep]
        rows = np.flatnonzero(~np.isnan(ages))  # few, so that a whole column would be waste
        codes = result.codes_used[name].to_numpy(np.float64)[keep][rows]
        found.append({"row": pack_index(rows), "age": pack(ages[rows]), "code": pack(codes)})
    return found


def _raw(column: pd.Series, keep: Bools) -> dict[str, Any]:
    values = column[keep]
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return pack(values.to_numpy(dtype=np.float64))
    categories = [str(name) for name in values.cat.categories]
    # Place 0 means missing.
    return {
        **pack_index(values.cat.codes.to_numpy().astype(np.int64) + 1),
        "c": [None, *categories],
    }


def _parts(result: AlignmentResult, keep: Bools) -> dict[str, Any]:
    try:
        parts = result.contributions
    except SpecError as error:
        return {"parts": None, "reference": None, "no_parts": str(error)}
    return {
        "parts": [pack(parts[name].to_numpy()[keep]) for name in parts.columns],
        "reference": pack(result.reference.to_numpy()[keep]),
        "no_parts": "",
    }


def _spec(result: AlignmentResult) -> dict[str, Any]:
    spec = result.spec
    return {
        "name": spec.name,
        "fidelity": spec.fidelity,
        "range": list(spec.range),
        "digits": default_digits(spec),
        "counts": counts(spec),
        "missing": spec.missing,
        "min_coverage": spec.min_coverage,
        "aggregation": spec.aggregation,
        "flat": not spec.nodes,
        "indicators": [
            {
                "name": indicator.name,
                "title": indicator.title or indicator.name,
                "columns": list(indicator.reads),
                "reach": indicator.reach,
                "rule": rule_text(indicator),
                "weight": weight,
                "dataset": indicator.dataset,
            }
            for indicator, weight in zip(spec.indicators, spec.leaf_weights, strict=True)
        ],
    }


def _why(result: AlignmentResult, keep: Bools) -> dict[str, Any]:
    """Return why an indicator does not apply, by row; place 0 means that it applies."""
    pool, of = _Pool(), []
    pool.add("")
    index = result.scores.index[keep]
    keys = list(zip(*(index.get_level_values(i) for i in range(3)), strict=True))
    for indicator in result.spec.indicators:
        applies = result.applies[indicator.name].to_numpy()[keep]
        places = np.zeros(len(index), dtype=np.int64)
        for row in np.flatnonzero(~applies):
            places[row] = pool.add(_reason(indicator, *keys[row]))
        of.append(pack_index(places))
    return {"texts": pool.items, "of": of}


def _reason(indicator: Indicator, state: object, partner: object, year: int) -> str:
    span = indicator.years
    if span is not None and span.first is not None and year < span.first:
        return f"the indicator begins in {span.first}"
    if span is not None and span.last is not None and year > span.last:
        return f"the indicator ends in {span.last}"
    if indicator.states is not None and state not in indicator.states:
        return f"it is declared for the states {', '.join(indicator.states)}"
    if indicator.partners is not None and partner not in indicator.partners:
        return f"it is declared for the partners {', '.join(indicator.partners)}"
    return "the whole is 0 in every observed year of the window, so that the share is undefined"


def source_lines(
    dataset: str,
    state: str,
    partner: str,
    year: int,
    columns: Sequence[str] = (),
    panel: str = "",
) -> list[str]:
    """Return the source rows of one year, with a sign in place of the first mention of the year.

    Examples
    --------
    >>> line = source_lines("unga_agreement", "ARM", "RUS", 2013)[0]
    >>> line.replace(YEAR_SIGN, "Y")[:2]
    'Y:'
    """
    lines = source_rows(dataset, state, partner, [year], columns, panel)
    return [re.sub(rf"\b{year}\b", YEAR_SIGN, line, count=1) for line in lines]


def _sources(result: AlignmentResult, keep: Bools) -> dict[str, Any]:
    """Return the source rows of every indicator and year; the page joins those of a window."""
    lines, sets = _Pool(), _Pool()
    sets.add(())
    panel = bundled_name(result.panel) or ""
    index = result.scores.index[keep]
    keys: Sequence[tuple[Any, ...]] = list(index)
    of: list[dict[str, Any] | None] = []
    for indicator in result.spec.indicators:
        if not indicator.dataset:
            of.append(None)
            continue
        places = np.zeros(len(keys), dtype=np.int64)
        for row, (state, partner, year) in enumerate(keys):
            found = source_lines(
                indicator.dataset, str(state), str(partner), int(year), indicator.columns, panel
            )
            places[row] = sets.add(tuple(lines.add(line) for line in found))
        of.append(pack_index(places))
    return {"lines": lines.items, "sets": [list(s) for s in sets.items], "of": of}
