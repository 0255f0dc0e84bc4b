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

from alignindex import states
from alignindex.base.errors import OutputError, PanelError, closest
from alignindex.cli.parser import DEFAULT_SPEC
from alignindex.cli.progress import progress
from alignindex.cli.text import GAP, WIDTH, field, sparkline, table, write
from alignindex.panel.inputs import panel_for_spec
from alignindex.panel.validate import read_panel
from alignindex.scoring.evidence import bundled_name
from alignindex.scoring.result import AlignmentResult, score
from alignindex.spec import FIDELITY, IndexSpec, Indicator, load_spec

__all__ = ["run_explain", "run_score"]

UNKNOWN = "?"


def run_score(arguments: argparse.Namespace) -> int:
    """Print the scores of one year, and write those of every year if a folder is named."""
    _check_output(arguments)
    steps = 3 if arguments.out else 2
    spec = load_spec(arguments.spec)
    panel = _panel(arguments, spec, steps)
    with progress(f"scoring {len(panel):,} dyad-years", 2, steps):
        whole = score(panel, spec)
    result = _select(whole, arguments.state, arguments.partner)
    year = _year(result, arguments.year, whole.latest_complete_year())
    lines = _head(whole, result, arguments.spec, year)
    if year is not None:
        lines += _body(result, year)
        lines += _legend(result)
    if arguments.out:
        with progress(f"writing {len(result.scores):,} dyad-years", 3, steps):
            folder = result.save(
                arguments.out, format=arguments.format or "csv", force=arguments.force
            )
        lines += ["", f"wrote {len(result.scores):,} dyad-years, every year, to {folder}"]
    write("\n".join(lines) + "\n", sys.stdout)
    return 0


def run_explain(arguments: argparse.Namespace) -> int:
    """Print why one dyad-year has its score."""
    spec = load_spec(arguments.spec)
    panel = _panel(arguments, spec, 2)
    for name in ("state", "partner"):
        _known(getattr(arguments, name), panel.index.get_level_values(name), name)
    with progress(f"scoring {len(panel):,} dyad-years", 2, 2):
        text = score(panel, spec).explain(arguments.state, arguments.partner, arguments.year)
    write(f"{text}\n", sys.stdout)
    return 0


def _panel(arguments: argparse.Namespace, spec: IndexSpec, steps: int) -> pd.DataFrame:
    if arguments.panel is None:
        return panel_for_spec(spec)
    with progress(f"reading {arguments.panel.name}", 1, steps):
        named = "" if arguments.spec == DEFAULT_SPEC else arguments.spec
        return read_panel(arguments.panel, spec, named=named)


def _check_output(arguments: argparse.Namespace) -> None:
    """Refuse what cannot be written before anything is computed."""
    if arguments.out is None:
        for option, given in (("--format", arguments.format), ("--force", arguments.force)):
            if given:
                raise OutputError(f"{option} says how --out writes; add --out FOLDER")
    elif arguments.out.exists() and not arguments.force:
        raise OutputError(
            f"output folder {str(arguments.out)!r} exists already; name another, or replace it "
            "with --force"
        )


# --- selection -----------------------------------------------------------------------------------


def _known(code: str, labels: pd.Index[Any], name: str) -> None:
    """Refuse a code that the panel lacks, with the one that was probably meant."""
    known = [str(label) for label in labels.unique()]
    if code in known:
        return
    meant = states.resolve(code, system="any", unknown="missing")
    hint = f" (did you mean {meant!r}?)" if meant in known else closest(code, known)
    shown = ", ".join(known[:20]) + (f" and {len(known) - 20} more" if len(known) > 20 else "")
    raise PanelError(f"{name} {code!r} is not in the panel{hint}; it has {shown or 'no rows'}")


def _select(
    result: AlignmentResult, states_: Sequence[str], partners: Sequence[str]
) -> AlignmentResult:
    """Keep some dyads whole; dyads do not affect one another."""
    if not states_ and not partners:
        return result
    index = result.scores.index
    keep = np.ones(len(index), dtype=bool)
    for name, codes in (("state", states_), ("partner", partners)):
        labels = index.get_level_values(name)
        for code in codes:
            _known(code, labels, name)
        if codes:
            keep &= labels.isin(list(codes))
    if not keep.any():
        raise PanelError(
            f"the panel has no dyad of {', '.join(states_)} with {', '.join(partners)}; name others"
        )
    return dataclasses.replace(
        result,
        scores=result.scores[keep],
        codes=result.codes[keep],
        applies=result.applies[keep],
        panel=result.panel[keep],
    )


def _year(result: AlignmentResult, asked: int | None, complete: int | None) -> int | None:
    """Year to print; None for an empty panel."""
    years = result.scores.index.get_level_values("year")
    if asked is not None and asked not in years:
        has = f"{years.min()}–{years.max()}" if len(years) else "no rows"
        raise PanelError(f"--year {asked}: the panel has {has}; name a year of it")
    if not len(years):
        return None
    if asked is None:
        asked = complete if complete is not None and complete in years else int(years.max())
    return asked


# --- what is printed -----------------------------------------------------------------------------


def _head(
    whole: AlignmentResult, result: AlignmentResult, source: str, year: int | None
) -> list[str]:
    spec, complete = result.spec, whole.latest_complete_year()
    bundled = bundled_name(result.panel) if year is not None else None
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
    told = f"{year}, the latest in which every indicator has data"
    if year != complete:
        lacking = _lacking(whole, year)
        told = f"{year}" + (f"; no dyad has data on {', '.join(lacking)}" if lacking else "")
        if complete is None:
            told += "; no year of the panel has data on every indicator"
        elif lacking:
            told += f"; {complete} is the latest year with every indicator"
    return lines + field("year", told, indent=0)


def _lacking(result: AlignmentResult, year: int) -> list[str]:
    """Name the indicators that apply in a year, and that no dyad has a code on."""
    of_year = result.scores.index.get_level_values("year") == year
    lacking = result.applies[of_year].any() & ~result.codes[of_year].notna().any()
    return [str(name) for name in lacking.index[lacking]]


def _body(result: AlignmentResult, year: int) -> list[str]:
    """One table a partner, the most aligned first, with the scores up to the year."""
    scores = result.scores
    of_year = cast(pd.DataFrame, scores.xs(year, level="year")).sort_index()
    of_year["due"] = cast(pd.DataFrame, result.applies.xs(year, level="year")).sum(axis=1)
    codes = {str(code) for key in of_year.index for code in key} | set(result.spec.poles or ())
    names = _names(sorted(codes), year)
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
    laid = table(rows, "<<>>>")  # all at once: the columns of all partners are in line
    width = max(len(line) for line in laid)

    years = list(range(int(scores.index.get_level_values("year").min()), year + 1))
    years = years[-max(10, WIDTH - 2 - width) :]
    history = scores["score"].unstack("year").reindex(columns=years)
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
            lines.append(f"{next(at):<{width}}  {sparkline(values, lo, hi)}")
    return lines


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
    """Whether a score is a count of indicators, to be shown as k of n."""
    weights = {indicator.weight for indicator in spec.indicators}
    return spec.aggregation == "sum" and not spec.nodes and not spec.scale and len(weights) == 1


def _names(codes: list[str], year: int) -> dict[str, str]:
    """Names of the actors in the year, where their codes are known."""
    found = states.resolve(codes, system="iso3", year=year, to="name", unknown="missing")
    return {code: str(name) for code, name in zip(codes, found, strict=True) if pd.notna(name)}


def _legend(result: AlignmentResult) -> list[str]:
    spec, scores = result.spec, result.scores
    lo, hi = spec.range
    text = (
        "low–high: the least and greatest score that what is unknown leaves possible. coverage: "
        f"share of the weight that is observed. On the right the score year by year, ▁ lowest to █ "
        f"highest eighth of {lo:g}–{hi:g}, {GAP} none. Shown to three decimals; --out writes all."
    )
    if scores["score"].isna().any():
        why = (
            f"the share of the weight that is observed{' or carried' * (spec.missing == 'carry')} "
            f"is under {spec.min_coverage:g}"
            if spec.missing != "propagate"
            else "an indicator is unknown"
        )
        text += f" {UNKNOWN}: no score, since {why} (or none applies)."
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
