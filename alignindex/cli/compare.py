"""The command `compare`."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from alignindex.base.errors import SpecError
from alignindex.base.text import lay_out
from alignindex.cli.common import UNKNOWN, check_output, finish, names_in, panel_of
from alignindex.cli.progress import progress
from alignindex.cli.text import field
from alignindex.comparison import Comparison, compare
from alignindex.panel.select import select_labels
from alignindex.scoring.result import AlignmentResult, score
from alignindex.spec import FIDELITY, load_spec

__all__ = ["run_compare"]


def run_compare(arguments: argparse.Namespace) -> int:
    """Print indices side by side, and write the comparison if a folder is named."""
    check_output(arguments)
    with progress(f"scoring with {len(arguments.specs)} specs", 1, 3):
        results = _results(arguments)
    with progress("comparing", 2, 3):
        found = compare(
            results, partners=arguments.partner or None, years=arguments.year or None, rng=1
        )
        known = found.scores.index.get_level_values("state").unique()
        shown = select_labels(arguments.state, known, "states") if arguments.state else None
        words = found.summary(top=arguments.top, states=shown)
        lines = [*_head(found), "", words, *_side_by_side(found, shown)]
        if len(arguments.state) == len(arguments.partner) == len(arguments.year) == 1:
            key = (arguments.state[0], arguments.partner[0], arguments.year[0])
            lines += ["", found.explain(*key)]
    lines += _legend(found)
    what = f"{len(found.scores):,} dyad-years and all comparisons"
    return finish(arguments, lines, found.save, what)


def _results(arguments: argparse.Namespace) -> dict[str, AlignmentResult]:
    """Score with every spec; its label is its name, or the argument where names are the same."""
    specs = [load_spec(given) for given in arguments.specs]
    names = [spec.name for spec in specs]
    found = {}
    for given, spec in zip(arguments.specs, specs, strict=True):
        label = spec.name if names.count(spec.name) == 1 else str(given)
        if label in found:
            raise SpecError(f"spec {given!r} is named twice; name each once")
        found[label] = score(panel_of(arguments, spec, given), spec)
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


def _side_by_side(found: Comparison, wanted: list[Any] | None) -> list[str]:
    """Return scores and ranks of one year, one table per partner.

    The year is the latest in which every spec scores at least half of the dyads that it scores in
    its best year: two scores of a single dyad would say little about the others.
    """
    scored = found.scores.notna().groupby(level="year").sum()
    enough = (scored > 0) & (scored >= scored.max() / 2)
    complete = scored.index[enough.all(axis=1)]
    if not len(complete):
        return ["", "there is no year in which every spec scores half of its dyads"]
    year = int(complete.max())
    scores: Any = found.scores.xs(year, level="year")
    ranks: Any = found.ranks.xs(year, level="year")
    known = scores.notna().any(axis=1)
    if wanted is not None:
        known &= known.index.get_level_values("state").isin(wanted)
    if not known.any():
        return ["", f"no score in {year}"]
    scores, ranks = scores[known], ranks[known]
    names = names_in((code for key in scores.index for code in key), year)
    header = ["", "", *(f"[{n}]" for n in range(1, len(scores.columns) + 1))]
    labels = "; ".join(f"[{n}] {label}" for n, label in enumerate(scores.columns, 1))
    title = f"scores on the common scale in {year}, with the rank among the states of the partner"
    lines = ["", title, *field("", labels, indent=2, width=0)]
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
    laid = lay_out(rows, "<<" + ">" * len(scores.columns))
    stops = [start for start, _ in starts[1:]] + [len(rows)]
    for (start, partner), stop in zip(starts, stops, strict=True):
        name = names.get(partner)
        lines += ["", f"with {name} ({partner})" if name else f"with {partner}", laid[0]]
        lines += laid[start:stop]
    return lines


def _legend(found: Comparison) -> list[str]:
    text = (
        "Common scale: share of the way from the minimum score that an index can give to the "
        "maximum. A rank in this table is among all states that the one index scores; a comparison "
        "of two indices ranks the states that both score."
    )
    if (found.correlations["compares"] == "order").any():
        text += (
            " Stages, and scores between two poles, are compared with others by their order only."
        )
    if found.correlations["spearman_lower"].isna().any():
        text += " No interval: fewer than ten states to redraw, or no correlation."
    return ["", *field("", text, indent=0, width=0)]
