"""A comparison in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alignindex.base.text import lay_out, wrap
from alignindex.kernels.scoring.aggregate import NOISE

if TYPE_CHECKING:
    from alignindex.comparison.result import Comparison

__all__ = ["explanation", "summary"]

WIDTH = 96


def summary(comparison: Comparison, top: int, states: Sequence[str] | None) -> str:
    """Return specs, correlations and the largest disagreements in words."""
    shared = int(comparison.scores.notna().all(axis=1).sum())
    lines = [
        f"{len(comparison.results)} indices side by side",
        *_wrapped(
            f"{len(comparison.scores):,} dyad-years; every index scores {shared:,} of them. Each "
            "pair is compared on those that both score"
        ),
        "",
        *_specs(comparison),
        "",
        *_correlations(comparison),
    ]
    if top:
        lines += ["", *_disagreements(comparison, top, states)]
    return "\n".join(lines)


def _specs(comparison: Comparison) -> list[str]:
    rows = [["index", "fidelity", "scale", "scored", "years", "coverage", "partners"]]
    for label, row in comparison.specs.iterrows():
        none = row["scored"] == 0
        rows.append(
            [
                str(label),
                str(row["fidelity"]),
                f"{row['scale']}, {row['minimum']:g} to {row['maximum']:g}",
                f"{row['scored']:,}",
                "–" if none else _span(row["first_year"], row["last_year"]),
                "–" if none else f"{row['coverage']:.2f}",
                str(row["partners"]) or "–",
            ]
        )
    return lay_out(rows, "<<<>>><")


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"


def _correlations(comparison: Comparison) -> list[str]:
    options = comparison.options
    within = " and ".join(options["within"])
    lines = [
        f"rank correlation within {within}" if within else "rank correlation over all dyad-years"
    ]
    lines[0] += f" ({options['level']:.0%} intervals, whole {options['cluster']}s redrawn)"
    rows = [["", "", "n", "Spearman", "", "Kendall", ""]]
    pairs: Any = comparison.correlations.iterrows()
    apart = []
    for (first, second), row in pairs:
        if not row["n"]:
            apart.append(f"{first} and {second}")
            continue
        cells = [str(first), str(second), f"{row['n']:,}"]
        for name in ("spearman", "kendall"):
            cells += [_number(row[name]), _interval(row[f"{name}_lower"], row[f"{name}_upper"])]
        rows.append(cells)
    lines += lay_out(rows, "<<>><><")
    return lines + (_wrapped(f"no dyad-year in common: {'; '.join(apart)}") if apart else [])


def _number(value: float) -> str:
    return "?" if np.isnan(value) else f"{value:.2f}"


def _interval(lower: float, upper: float) -> str:
    return "" if np.isnan(lower) else f"{lower:.2f} to {upper:.2f}"


def _disagreements(comparison: Comparison, top: int, states: Sequence[str] | None) -> list[str]:
    some = top if states is None else None
    if (comparison.correlations["compares"] == "scores").any():
        table = comparison.disagreements(top=some)
        size = table["excess"]
        lines = ["largest disagreements, beyond the usual difference of the group"]
    else:
        table = comparison.disagreements(top=some, measure="place")
        size = table["shift"]
        lines = ["largest disagreements in place (only the order of these can be compared)"]
    table = table[size.abs().to_numpy() > NOISE]
    if states is not None:
        table = table[table.index.get_level_values("state").isin(list(states))]
    if not len(table):
        return [f"{lines[0]}: none"]
    rows: Any = table.iloc[:top].iterrows()
    for (first, second, state, partner, year), row in rows:
        text = (
            f"{state}–{partner} {year}: {first} {row['first_score']:.2f} (rank "
            f"{row['first_rank']:.0f} of {row['of']:.0f}), {second} {row['second_score']:.2f} "
            f"(rank {row['second_rank']:.0f})"
        )
        if row["cause"]:
            text += f"; {row['excess']:+.2f}, of which {row['part']:+.2f} by {row['cause']}"
        lines += _wrapped(text)
    return lines


def explanation(comparison: Comparison, key: Any) -> str:
    """Return where every spec places one dyad-year, and why each two of them differ."""
    state, partner, year = key
    lines = [f"Alignment of {state} with {partner} in {year}, by {len(comparison.results)} indices"]
    rows = [["index", "fidelity", "score", "scale", "common", "coverage"]]
    commons: Any = comparison.scores.loc[key]
    coverages: Any = comparison.coverage.loc[key]
    for label, result in comparison.results.items():
        own: Any = result.scores["score"].get(key, np.nan)
        common, coverage = commons[label], coverages[label]
        lo, hi = result.spec.range
        cells = ["no score", "", "", ""]
        if not np.isnan(common):
            cells = [f"{own:.3f}", f"{lo:g} to {hi:g}", f"{common:.3f}", f"{coverage:.2f}"]
        rows.append([label, result.spec.fidelity, *cells])
    lines += lay_out(rows, "<<>>>>")
    for (first, second), pair in comparison.pairs.items():
        if key in pair.index:
            parts = None
            if comparison.correlations.loc[(first, second), "compares"] == "scores":
                parts = pair.attribution.loc[key]
            lines += ["", f"{first} against {second}", *_pair(pair.table.loc[key], parts)]
    return "\n".join(lines)


def _pair(row: pd.Series[float], parts: pd.Series[float] | None) -> list[str]:
    lines = _wrapped(
        f"rank {row['first_rank']:.0f} and rank {row['second_rank']:.0f} of {row['of']:.0f} states "
        "that both score in the group"
    )
    if parts is None:
        return lines + _wrapped("only the order of the two can be compared, not the scores")
    lines += _wrapped(
        f"{row['first_score']:.3f} - {row['second_score']:.3f} = {row['difference']:+.3f} on the "
        f"common scale: {row['typical']:+.3f} usual in the group, {row['excess']:+.3f} beyond it"
    )
    shown = parts[parts.abs() > 5e-4].sort_values(key=lambda part: -part.abs(), kind="stable")
    rows = [[str(name), f"{part:+.3f}"] for name, part in shown.items()]
    return lines + (lay_out(rows, "<>") if rows else [])


def _wrapped(text: str) -> list[str]:
    return wrap(text, WIDTH, first="  ", rest="    ")
