"""A table for publication before it takes a format: cells, groups, notes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.typing import Bools
from alignindex.base.version import __version__
from alignindex.report.facts import Intervals
from alignindex.report.words import DASH, actor_names, counts, default_digits, fixed
from alignindex.scoring.result import AlignmentResult
from alignindex.spec import FIDELITY

__all__ = ["Cell", "Sheet", "build", "decimals"]

Row = tuple[tuple[str, ...], tuple["Cell", ...]]
Groups = tuple[tuple[str, tuple[Row, ...]], ...]


@dataclass(frozen=True)
class Cell:
    """A number with its interval; `value` is None if there is no such dyad-year."""

    value: float | None
    digits: int
    low: float = math.nan
    high: float = math.nan

    @property
    def text(self) -> str:
        """The number as text: a dash if it is missing, empty if there is no such dyad-year."""
        if self.value is None:
            return ""
        return DASH if math.isnan(self.value) else fixed(self.value, self.digits)

    @property
    def interval(self) -> str:
        """The interval as text, or an empty text."""
        if math.isnan(self.low):
            return ""
        return f"[{fixed(self.low, self.digits)}, {fixed(self.high, self.digits)}]"


@dataclass(frozen=True)
class Sheet:
    """Rows in groups: texts in the first columns, cells in the others."""

    caption: str
    texts: tuple[str, ...]
    numbers: tuple[str, ...]
    groups: Groups
    notes: tuple[str, ...] = field(default=())

    @property
    def rows(self) -> list[tuple[str, tuple[str, ...], tuple[Cell, ...]]]:
        """Group, texts and cells of every row."""
        return [(title, texts, cells) for title, rows in self.groups for texts, cells in rows]


def decimals(result: AlignmentResult, keep: Bools) -> int:
    """Return the default decimals: a thousandth of the range; 0 for a count of whole numbers."""
    scores = result.scores["score"][keep].dropna()
    if counts(result.spec) and not (scores == scores.round()).all():
        return 2
    return default_digits(result.spec)


def build(
    result: AlignmentResult,
    keep: Bools,
    *,
    layout: str,
    interval: str | None,
    sure: Intervals | None,
    digits: int,
    names: bool,
    caption: str,
) -> Sheet:
    """Lay a result out, `wide` (years as columns, one group per partner) or `long`."""
    frame = result.scores[keep].copy()
    if interval == "bounds":
        frame["lo"], frame["hi"] = frame["low"], frame["high"]
    elif sure is not None:
        frame["lo"], frame["hi"] = sure.scores["lo"][keep], sure.scores["hi"][keep]
    spec, index = result.spec, frame.index
    years = np.unique(index.get_level_values("year"))
    found = actor_names(index) if names else {}
    named: list[Any] = [
        [found.get(str(code), str(code)) for code in index.get_level_values(name)]
        for name in ("state", "partner")
    ]
    named.append(index.get_level_values("year"))
    frame.index = pd.MultiIndex.from_arrays(named, names=["state", "partner", "year"])
    frame = frame.sort_index(kind="stable")  # by the names that are shown
    lay = _wide if layout == "wide" else _long
    texts, numbers, groups = lay(frame, digits, interval)
    if not caption:
        period = str(years[0]) if len(years) == 1 else f"{years[0]}–{years[-1]}"
        caption = f"{spec.title or spec.name}: alignment scores, {period}"
    return Sheet(
        caption=caption,
        texts=texts,
        numbers=numbers,
        groups=groups,
        notes=_notes(result, frame, layout, interval, sure, digits, groups),
    )


Laid = tuple[tuple[str, ...], tuple[str, ...], Groups]


def _wide(frame: pd.DataFrame, digits: int, interval: str | None) -> Laid:
    years, groups = np.unique(frame.index.get_level_values("year")), []
    for partner, of_partner in frame.groupby(level="partner", observed=True):
        rows = []
        for state, of_state in of_partner.groupby(level="state", observed=True):
            by_year = of_state.droplevel(["state", "partner"])
            cells = tuple(
                _cell(by_year.loc[year], digits, interval)
                if year in by_year.index
                else Cell(None, digits)
                for year in years
            )
            rows.append(((str(state),), cells))
        groups.append((f"with {partner}", tuple(rows)))
    return ("state",), tuple(map(str, years)), tuple(groups)


def _cell(row: pd.Series, digits: int, interval: str | None) -> Cell:
    if interval is None:
        return Cell(float(row["score"]), digits)
    return Cell(float(row["score"]), digits, float(row["lo"]), float(row["hi"]))


def _long(frame: pd.DataFrame, digits: int, interval: str | None) -> Laid:
    wanted = ["score", *(["lo", "hi"] if interval else []), "coverage", "n_indicators"]
    titles = {
        "lo": "low" if interval == "bounds" else "lower",
        "hi": "high" if interval == "bounds" else "upper",
        "n_indicators": "indicators",
    }
    places = {"coverage": 2, "n_indicators": 0}
    columns = [frame[name].to_numpy(dtype=np.float64) for name in wanted]
    rows = tuple(
        (
            tuple(map(str, key)),
            tuple(
                Cell(float(column[i]), places.get(name, digits))
                for name, column in zip(wanted, columns, strict=True)
            ),
        )
        for i, key in enumerate(frame.index)
    )
    numbers = tuple(titles.get(name, name) for name in wanted)
    return ("state", "partner", "year"), numbers, (("", rows),)


def _notes(
    result: AlignmentResult,
    frame: pd.DataFrame,
    layout: str,
    interval: str | None,
    sure: Intervals | None,
    digits: int,
    groups: Groups,
) -> tuple[str, ...]:
    spec, facts = result.spec, result.provenance
    lo, hi = spec.range
    unit = "decimal" if digits == 1 else "decimals"
    scale = "number of indicators met" if counts(spec) else f"scores from {lo:g} to {hi:g}"
    notes = [
        f"Index {spec.name}, version {spec.version}: {scale}, rounded to {digits} {unit}.",
        f"Fidelity: {spec.fidelity.upper()}: {FIDELITY[spec.fidelity]}.",
    ]
    where = "In brackets" if layout == "wide" else "low, high"
    if layout == "long" and interval == "draws":
        where = "lower, upper"
    if interval == "bounds":
        notes.append(f"{where}: minimum and maximum score that missing values leave possible.")
    elif sure is not None:
        notes.append(f"{where}: {sure.span} of the draws ({sure.told}).")
    if frame["score"].isna().any():
        notes.append(f"{DASH}: no score, which means unknown and not zero.")
    if layout == "wide" and len(frame) < sum(len(r[1]) for _, rows in groups for r in rows):
        notes.append("Empty: no such dyad-year in the panel.")
    if spec.citation:
        doi = f" doi:{spec.doi}." if spec.doi else ""
        notes.append(f"Index: {spec.citation}{doi}")
    notes.append(
        f"Computed with alignindex {__version__}; SHA-256 of the spec begins with "
        f"{facts['spec']['digest'][:12]}, of the panel with {facts['panel']['digest'][:12]}."
    )
    return tuple(notes)
