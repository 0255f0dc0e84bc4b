"""The command `compare`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import numpy as np
import pandas as pd

from alignindex import states
from alignindex.base.errors import SpecError
from alignindex.cli.progress import progress
from alignindex.cli.score import _check_output
from alignindex.cli.text import field, table, write
from alignindex.comparison import Comparison, compare
from alignindex.panel.inputs import panel_for_spec
from alignindex.panel.validate import read_panel
from alignindex.scoring.result import AlignmentResult, score
from alignindex.spec import FIDELITY, load_spec

__all__ = ["run_compare"]

UNKNOWN = "?"
SEED = 1  # the same call prints the same


def run_compare(arguments: argparse.Namespace) -> int:
    """Print indices side by side, and write the comparison if a folder is named."""
    _check_output(arguments)
    steps = 3 if arguments.out else 2
    with progress(f"scoring with {len(arguments.specs)} specs", 1, steps):
        results = _results(arguments)
    with progress("comparing", 2, steps):
        found = compare(
            results,
            partners=arguments.partner or None,
            years=arguments.year or None,
            rng=SEED,
        )
        shown = arguments.state or None
        words = found.summary(top=arguments.top, states=shown)
        lines = [*_head(found), "", words, *_side_by_side(found, shown)]
        if len(arguments.state) == len(arguments.partner) == len(arguments.year) == 1:
            key = (arguments.state[0], arguments.partner[0], arguments.year[0])
            lines += ["", found.explain(*key)]
    lines += _legend(found)
    if arguments.out:
        with progress(f"writing {len(found.scores):,} dyad-years", 3, steps):
            folder = found.save(
                arguments.out, format=arguments.format or "csv", force=arguments.force
            )
        lines += ["", f"wrote {len(found.scores):,} dyad-years and all comparisons to {folder}"]
    write("\n".join(lines) + "\n", sys.stdout)
    return 0


def _results(arguments: argparse.Namespace) -> dict[str, AlignmentResult]:
    """Score with every spec; a spec is called by its name, or as it was given."""
    specs = [load_spec(given) for given in arguments.specs]
    names = [spec.name for spec in specs]
    found = {}
    for given, spec in zip(arguments.specs, specs, strict=True):
        label = spec.name if names.count(spec.name) == 1 else str(given)
        if label in found:
            raise SpecError(f"spec {given!r} is named twice; name each once")
        if arguments.panel is None:
            panel = panel_for_spec(spec)
        else:
            panel = read_panel(arguments.panel, spec, named=given)
        found[label] = score(panel, spec)
    return found


def _head(found: Comparison) -> list[str]:
    lines = []
    for label, result in found.results.items():
        lines += field(label, result.spec.title, indent=0, width=max(map(len, found.results)) + 2)
    told = dict.fromkeys(result.spec.fidelity for result in found.results.values())
    lines.append("")
    for number, fidelity in enumerate(told):
        text = f"{fidelity.upper()}: {FIDELITY[fidelity]}"
        lines += field("" if number else "fidelity", text, indent=0)
    return lines


def _side_by_side(found: Comparison, wanted: list[str] | None) -> list[str]:
    """Scores and ranks in one year, a table a partner: the latest in which every spec has some."""
    scored = found.scores.notna().groupby(level="year").any()
    complete = scored.index[scored.all(axis=1)]
    if not len(complete):
        return ["", "no year in which every one of them has a score"]
    year = int(complete.max())
    scores: Any = found.scores.xs(year, level="year")
    ranks: Any = found.ranks.xs(year, level="year")
    known = scores.notna().any(axis=1)
    if wanted is not None:
        known &= known.index.get_level_values("state").isin(wanted)
    if not known.any():
        return ["", f"no score in {year}"]
    scores, ranks = scores[known], ranks[known]
    names = _names(scores.index, year)
    header = ["", "", *(f"[{n}]" for n in range(1, len(scores.columns) + 1))]
    lines = [
        "",
        f"scores on the common scale in {year}, with the rank among the states of the partner",
        *field("", "; ".join(f"[{n}] {label}" for n, label in enumerate(scores.columns, 1)),
               indent=2, width=0),
    ]  # fmt: skip
    rows, starts = [header], []
    for partner, part in scores.groupby(level="partner", observed=True):
        part = part.droplevel("partner")
        ordered = part.loc[part.mean(axis=1).sort_values(ascending=False, kind="stable").index]
        starts.append((len(rows), str(partner)))
        for state in ordered.index:
            cells = [
                f"{value:.2f} ({rank:.0f})" if not np.isnan(value) else UNKNOWN
                for value, rank in zip(ordered.loc[state], ranks.loc[(state, partner)], strict=True)
            ]
            rows.append([str(state), names.get(str(state), ""), *cells])
    laid = table(rows, "<<" + ">" * len(scores.columns))
    stops = [start for start, _ in starts[1:]] + [len(rows)]
    for (start, partner), stop in zip(starts, stops, strict=True):
        name = names.get(partner)
        lines += ["", f"with {name} ({partner})" if name else f"with {partner}", laid[0]]
        lines += laid[start:stop]
    return lines


def _names(index: pd.Index[Any], year: int) -> dict[str, str]:
    codes = sorted({str(code) for key in index for code in key})
    found = states.resolve(codes, system="iso3", year=year, to="name", unknown="missing")
    return {code: str(name) for code, name in zip(codes, found, strict=True) if pd.notna(name)}


def _legend(found: Comparison) -> list[str]:
    text = (
        "Common scale: share of the way from the least score that an index can give to the "
        "greatest. A rank in this table is among all that the one index scores; a comparison of "
        "two ranks what both score."
    )
    if (found.correlations["compares"] == "order").any():
        text += (
            " Stages, and scores between two poles, are compared with others by their order only."
        )
    if found.correlations["spearman_low"].isna().any():
        text += " No interval: fewer than ten states to redraw, or no correlation."
    return ["", *field("", text, indent=0, width=0)]
