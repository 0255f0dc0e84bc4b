"""The commands `score` and `explain`."""

from __future__ import annotations

import argparse
import dataclasses
import math
import sys
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pandas as pd

from alignindex.base.arguments import check_years
from alignindex.base.text import lay_out
from alignindex.cli.common import UNKNOWN, check_output, finish, names_in, panel_of
from alignindex.cli.progress import progress
from alignindex.cli.text import GAP, WIDTH, field, sparkline, write
from alignindex.panel.select import select_rows
from alignindex.scoring.evidence import bundled_name
from alignindex.scoring.result import AlignmentResult, score
from alignindex.spec import FIDELITY, IndexSpec, Indicator, load_spec

__all__ = ["run_explain", "run_score"]

CHANGED = "*"  # beside a history in which other indicators stand behind the scores


def run_score(arguments: argparse.Namespace) -> int:
    """Print the scores of one year, and write those of every year if a folder is named."""
    check_output(arguments)
    spec = load_spec(arguments.spec)
    panel = panel_of(arguments, spec, arguments.spec)
    with progress(f"scoring {len(panel):,} dyad-years", 2, 3):
        whole = score(panel, spec)
    result = _select(whole, arguments.state, arguments.partner)
    year = _year(result, arguments.year, whole.latest_complete_year())
    lines = _head(whole, result, arguments.spec, year)
    if year is not None:
        composition = result.composition()
        lines += _body(result, year, composition)
        lines += _changes(composition, year)
        lines += _legend(result)
    return finish(arguments, lines, result.save, f"{len(result.scores):,} dyad-years, every year,")


def run_explain(arguments: argparse.Namespace) -> int:
    """Print why one dyad-year has its score."""
    spec = load_spec(arguments.spec)
    panel = panel_of(arguments, spec, arguments.spec)
    with progress(f"scoring {len(panel):,} dyad-years", 2, 3):
        text = score(panel, spec).explain(arguments.state, arguments.partner, arguments.year)
    write(f"{text}\n", sys.stdout)
    return 0


def _select(
    result: AlignmentResult, states: Sequence[str], partners: Sequence[str]
) -> AlignmentResult:
    """Keep some dyads whole; dyads do not affect one another."""
    if not states and not partners:
        return result
    keep = select_rows(result.scores.index, states=states or None, partners=partners or None)
    tables = ("scores", "codes", "applies", "panel")
    return dataclasses.replace(result, **{name: getattr(result, name)[keep] for name in tables})


def _year(result: AlignmentResult, asked: int | None, complete: int | None) -> int | None:
    """Return the year to print; None for an empty panel."""
    years = result.scores.index.get_level_values("year")
    if asked is not None:
        return check_years(asked, known=years, name="--year")[0]
    if not len(years):
        return None
    return complete if complete is not None and complete in years else int(years.max())


# --- what is printed -----------------------------------------------------------------------------


def _head(
    whole: AlignmentResult, result: AlignmentResult, source: str, year: int | None
) -> list[str]:
    spec, complete = result.spec, whole.latest_complete_year()
    bundled = bundled_name(result.panel[list(spec.columns)]) if year is not None else None
    lines = [
        spec.title or spec.name,
        "",
        *field("fidelity", f"{spec.fidelity.upper()}: {FIDELITY[spec.fidelity]}", indent=0),
        *field("index", f"{spec.name}, version {spec.version}", indent=0),
        *field("notes", f"alignindex specs {source}", indent=0),
        *field("data", f"bundled panel {bundled}" if bundled else "the panel given", indent=0),
    ]
    if year is None:
        return [*lines, "", "the panel has no rows, so there are no scores"]
    told = f"{year}, the latest in which every indicator has data on half of the dyads or more"
    if year != complete:
        lacking = _lacking(whole, year)
        told = f"{year}" + (
            f"; under half of the dyads have {', '.join(lacking)}" if lacking else ""
        )
        if complete is None:
            told += "; no year of the panel has data on every indicator"
        elif lacking:
            told += f"; {complete} is the latest year with every indicator"
    return lines + field("year", told, indent=0)


def _lacking(result: AlignmentResult, year: int) -> list[str]:
    """Return the indicators of a year with codes for under half of the dyads they apply to."""
    of_year = result.scores.index.get_level_values("year") == year
    due, known = result.applies[of_year].sum(), result.codes[of_year].notna().sum()
    return [str(name) for name in due.index[(due > 0) & ((known < due / 2) | (known == 0))]]


def _body(result: AlignmentResult, year: int, composition: pd.DataFrame) -> list[str]:
    """Return one table per partner, the most aligned first, with the scores up to the year."""
    scores = result.scores
    of_year = cast(pd.DataFrame, scores.xs(year, level="year")).sort_index()
    of_year["due"] = cast(pd.DataFrame, result.applies.xs(year, level="year")).sum(axis=1)
    names = names_in([*(c for key in of_year.index for c in key), *(result.spec.poles or ())], year)
    groups = {
        str(partner): part.droplevel("partner").sort_values(
            "score", ascending=False, kind="stable", na_position="last"
        )
        for partner, part in of_year.groupby(level="partner", observed=True)
    }
    counts = _counts(result.spec)
    header = ["state", "", "score", "low–high", "coverage"]
    rows = [header]
    for part in groups.values():
        rows += [_row(str(row.Index), names, row, counts) for row in part.itertuples()]
    laid = lay_out(rows, "<<>>>")  # all at once: the columns of all partners are in line
    width = max(len(line) for line in laid)

    years = list(range(int(scores.index.get_level_values("year").min()), year + 1))
    years = years[-max(10, WIDTH - 4 - width) :]
    history = scores["score"].unstack("year").reindex(columns=years)
    shown_years = _years(composition).isin(years[1:])
    moved = composition["changed"][shown_years].groupby(level=["state", "partner"]).any()
    ends = f"{years[0]}{years[-1]:>{len(years) - 4}}" if len(years) >= 9 else f"to {years[-1]}"
    lo, hi = result.spec.range
    lines: list[str] = []
    at = iter(laid[1:])
    for partner, part in groups.items():
        ends_of = [partner] if result.spec.poles is None else list(result.spec.poles)
        named = [f"{names[one]} ({one})" if one in names else one for one in ends_of]
        lines += ["", f"with {named[0]}" if len(named) == 1 else f"between {' and '.join(named)}"]
        lines.append(f"{laid[0]:<{width}}  {ends}")
        for state in part.index:
            values = history.loc[(state, partner)].to_numpy(dtype=np.float64)
            shown = f"{next(at):<{width}}  {sparkline(values, lo, hi)}"
            lines.append(f"{shown} {CHANGED}" if moved.get((state, partner), False) else shown)
    return lines


def _changes(composition: pd.DataFrame, year: int) -> list[str]:
    """Say where other indicators stand behind a score than behind the one before."""
    shown = composition[_years(composition) <= year]
    changed = shown[shown["changed"]]
    if changed.empty:
        return []
    dyads = len(shown.groupby(level=["state", "partner"]))
    large: list[str] = []
    small: list[int] = []
    for at, rows in changed.groupby(level="year"):
        counts = {
            sign + name: int(rows[column].str.split(", ").map(lambda c, n=name: n in c).sum())
            for sign, column in (("+", "joined"), ("-", "left"))
            for name in dict.fromkeys(", ".join(rows[column]).split(", "))
            if name
        }
        many = [f"{move} ({n} of {dyads})" for move, n in counts.items() if n * 2 >= dyads]
        large += [f"{at} {', '.join(many)}"] if many else []
        small += [] if many else [int(cast(int, at))]
    told = [*large, *([f"fewer dyads in {_spans_of(small)}"] if small else [])]
    text = (
        f"{CHANGED} In this history some scores rest on other indicators than the score before, "
        f"and differ for that reason too: {'; '.join(told)}. In Python, result.composition() "
        "lists every change."
    )
    return ["", *field("", text, indent=0, width=0)]


def _spans_of(years: Sequence[int]) -> str:
    """Return ascending years with runs as spans, such as "1993–2013, 2015"."""
    runs: list[list[int]] = []
    for year in years:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def _years(table: pd.DataFrame) -> pd.Index[Any]:
    return table.index.get_level_values("year")


def _row(state: str, names: dict[str, str], row: Any, counts: bool) -> list[str]:
    def shown(value: float) -> str:
        return f"{value:.0f}" if counts and value.is_integer() else f"{value:.3f}"

    known = not math.isnan(row.score)
    return [
        state,
        names.get(state, ""),
        shown(row.score) + (f" of {row.due}" if counts else "") if known else UNKNOWN,
        "none applies" if math.isnan(row.low) else f"{shown(row.low)}–{shown(row.high)}",
        "" if math.isnan(row.coverage) else f"{row.coverage:.2f}",
    ]


def _counts(spec: IndexSpec) -> bool:
    """Return whether a score is a count of indicators, to be shown as k of n."""
    weights = {indicator.weight for indicator in spec.indicators}
    return spec.aggregation == "sum" and not spec.nodes and not spec.scale and len(weights) == 1


def _legend(result: AlignmentResult) -> list[str]:
    spec, scores = result.spec, result.scores
    lo, hi = spec.range
    text = (
        "low–high: minimum and maximum score that missing values leave possible. coverage: share "
        "of the weight that is observed. On the right the score year by year, ▁ lowest to █ "
        f"highest eighth of {lo:g}–{hi:g}, {GAP} none. Shown to three decimals; --out writes all."
    )
    if scores["score"].isna().any():
        why = (
            f"the share of the weight that is observed{' or carried' * (spec.missing == 'carry')} "
            f"is under {spec.min_coverage:g}"
            if spec.missing != "propagate"
            else "an indicator is missing"
        )
        text += f" {UNKNOWN}: no score, because {why} (or none applies)."
    partly = [i for i in spec.indicators if i.years is not None]
    if partly:
        text += (
            f" Not every indicator applies in every year ({_spans(partly)}): there a score can "
            "jump with no change in any code."
        )
    return ["", *field("", text, indent=0, width=0)]


def _spans(indicators: Sequence[Indicator]) -> str:
    texts = []
    for indicator in indicators:
        span = indicator.years
        assert span is not None
        first = "" if span.first is None else f" from {span.first}"
        last = "" if span.last is None else f" to {span.last}"
        texts.append(f"{indicator.name}{first}{last}")
    return ", ".join(texts)
