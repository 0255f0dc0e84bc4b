"""Write the page of all bundled indices from their spec files.

``python docs/gallery/make_specs.py --check`` says whether ``specs.md`` is up to date, and
``--write`` makes it so: after a change of a spec, a bundled table or the scoring.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))

import spec_formulas

import alignindex as ai
from alignindex.comparison.pairs import scale_of
from alignindex.scoring.explain import rule_text
from alignindex.spec import FIDELITY, IndexSpec, Indicator
from alignindex.spec.parts import Node

OWN = "bring your own"
PAGE = Path(__file__).parent / "specs.md"
MARKUP = str.maketrans({mark: f"\\{mark}" for mark in "\\*_`<>$|[]"})
HEAD = """\
---
file_format: mystnb
kernelspec:
  name: python3
---

% Written by docs/gallery/make_specs.py from the spec files: change those, not this page.

# Indices

Every index that comes with the package: its formula, its tree, what of it is published and what is
ours, what it needs, and what it says of the default panel. All of it is written from the [spec
files](../spec_language.md) themselves. [Fidelity](../fidelity.md) says how near a spec is to its
source. Where two of them part, and why, is the matter of [Would another index say the
same?](../compare.md)

"""
TREE = """\
```{{code-cell}} python
:tags: [remove-input]
:mystnb: {{image: {{alt: "Tree of the index {name}, as in the text below"}}}}

ai.plot.tree("{name}")
```
"""
START = """\
```{code-cell} python
:tags: [remove-cell]

import alignindex as ai
```
"""
LEGEND = """\
How to read the formulas: S is the score, v the value of a node, c a code in [0, 1], x and y the raw
values in an indicator's first and second column, z the amount that is subtracted, t the year, and
[...] is 1 if the condition in it holds, else 0. Formulas show the case in which every code is
known; the effect of a missing code is described below each.
"""


def plain(text: str) -> str:
    """Text as it is, without meaning as markup."""
    return text.translate(MARKUP)


def table(header: list[str], rows: list[list[str]]) -> list[str]:
    lines = [header, ["---"] * len(header), *rows]
    return [*(f"| {' | '.join(cells)} |" for cells in lines), ""]


def math_block(formula: str) -> list[str]:
    return ["```{math}", formula, "```", ""]


def overview(specs: list[IndexSpec]) -> list[str]:
    rows = []
    for spec in specs:
        lo, hi = spec.range
        rows.append(
            [
                f"[{spec.name}](#{spec.name})",
                spec.fidelity,
                f"{scale_of(spec)}, {lo:g} to {hi:g}",
                str(len(spec.indicators)),
                "in the box" if bundled(spec) else OWN,
            ]
        )
    return table(["index", "fidelity", "scale", "indicators", "inputs"], rows)


def bundled(spec: IndexSpec) -> bool:
    return bool((ai.spec_inputs(spec)["panel"] != "").all())


def facts(spec: IndexSpec) -> list[str]:
    lo, hi = spec.range
    lines = [f"**{plain(spec.title)}**", "", f"- Citation: {plain(spec.citation)}"]
    if spec.doi:
        lines.append(f"- DOI: [{spec.doi}](https://doi.org/{spec.doi})")
    if spec.url and spec.doi not in spec.url:
        lines.append(f"- Address: <{spec.url}>")
    lines += [
        f"- Fidelity: **{spec.fidelity}**, that is: {FIDELITY[spec.fidelity]}",
        f"- Scale: {scale_of(spec)}, {lo:g} to {hi:g}",
    ]
    if spec.bands:
        names = [
            f"{plain(b.name)} {b.lo:g}" + (f" to {b.hi:g}" if b.hi > b.lo else "")
            for b in spec.bands
        ]
        lines.append(f"- Named scores: {'; '.join(names)}")
    return [*lines, ""]


def formulas(spec: IndexSpec) -> list[str]:
    lines = ["### Formula", "", *math_block(spec_formulas.value(spec, spec))]
    for node in spec.nodes:
        if node.weight > 0:
            lines += math_block(spec_formulas.value(spec, node))
    lines += [missing(spec), ""]
    groups: dict[str, list[Indicator]] = {}
    for indicator in spec.indicators:
        groups.setdefault(spec_formulas.code(indicator), []).append(indicator)
    lines += ["The codes:", ""]
    for formula, members in groups.items():
        names = [
            f"{plain(i.name)} ({', '.join(f'`{column}`' for column in i.columns)})" for i in members
        ]
        lines += ["; ".join(names), "", *math_block(formula)]
    return lines


def missing(spec: IndexSpec) -> str:
    if spec.missing == "propagate":
        return "One unknown code makes the score unknown; its bounds remain."
    return (
        "The weight of an unknown code goes to the known ones of the same node"
        + (
            f"; under a coverage of {spec.min_coverage:g} there is no score"
            if spec.min_coverage
            else ""
        )
        + "."
    )


def tree(spec: IndexSpec) -> list[str]:
    lines = [f"{spec.name}: {spec.aggregation}"]

    def hang(parent: str, indent: str) -> None:
        parts: list[Indicator | Node] = [
            part for part in (*spec.nodes, *spec.indicators) if part.parent == parent
        ]
        whole = math.fsum(part.weight for part in parts)
        for number, part in enumerate(parts, start=1):
            last = number == len(parts)
            told = part.aggregation if isinstance(part, Node) else rule_text(part)
            branch, stem = ("└─ ", "   ") if last else ("├─ ", "│  ")
            lines.append(f"{indent}{branch}{part.weight / whole:.3g} {part.name}: {told}")
            if isinstance(part, Node):
                hang(part.name, indent + stem)

    hang("", "")
    return ["### Tree", "", *TREE.format(name=spec.name).splitlines(), "", "```text", *lines, "```",
            ""]  # fmt: skip


def sources(spec: IndexSpec) -> list[str]:
    notes = [line.strip() for line in spec.notes.strip().splitlines()]
    paragraphs, text = [], ""
    for line in notes:  # a new point begins after a blank line, or with a word and a colon
        starts = not line or line.split(":")[0] in {"As published", "Exact", "Ours", "Scale",
                                                    "Not seen", "Not found"}  # fmt: skip
        if starts and text:
            paragraphs.append(text)
            text = ""
        text = f"{text} {line}".strip()
    paragraphs += [text] if text else []
    listed = [f"- {plain(paragraph)}" for paragraph in paragraphs]
    return ["### Published, and ours", "", *listed, ""]


def inputs(spec: IndexSpec) -> list[str]:
    rows = [
        [f"`{row.column}`", plain(row.indicators), f"`{row.panel}`" if row.panel else OWN]
        for row in ai.spec_inputs(spec).itertuples(index=False)
    ]
    return ["### Inputs", "", *table(["raw column", "read by", "bundled panel"], rows)]


def scores(spec: IndexSpec) -> list[str]:
    lines = ["### Scores", ""]
    if not bundled(spec):
        text = "No scores: the package does not hold all inputs. With a panel of your own:"
        return [*lines, text, "", f'    ai.score(ai.as_panel(mine), "{spec.name}")', ""]
    result = ai.score(ai.panel_for_spec(spec), spec)
    known = result.scores["score"].dropna()
    years = known.index.get_level_values("year")
    year = result.latest_complete_year()
    year = year if year in set(years) else int(years.max())
    of_year = result.scores.xs(year, level="year").dropna(subset=["low"])
    middle = of_year["score"].fillna((of_year["low"] + of_year["high"]) / 2).unstack("partner")
    order = middle.mean(axis=1).sort_values(ascending=False, kind="stable").index
    first, last = years.min(), years.max()
    span = f"of {first}" if first == last else f"from {first} to {last}"
    text = (
        f"In {year}; {len(known):,} dyad-years {span} have a score. "
        "Where missing values leave no score, its bounds stand instead; – marks dyads outside the "
        "panel. States stand in the order of their means."
    )
    cells = [
        [str(state), *(one(spec, of_year, (state, partner)) for partner in middle.columns)]
        for state in order
    ]
    return [*lines, text, "", *table(["state", *(f"with {p}" for p in middle.columns)], cells)]


def one(spec: IndexSpec, scores: pd.DataFrame, dyad: tuple[str, str]) -> str:
    """A score as a reader would write it, with its name if it has one, or its bounds."""
    if dyad not in scores.index:
        return "–"
    score, low, high = scores.loc[dyad, ["score", "low", "high"]]
    digits = 0 if spec.aggregation in ("sum", "stages") else 1 if spec.range[1] > 10 else 2

    def written(value: float) -> str:
        return f"{round(value, digits) + 0.0:.{digits}f}"

    if pd.isna(score):
        return f"{written(low)} to {written(high)}"
    name = spec.band_of(score)
    return written(score) + (f" ({plain(name)})" if name else "")


def page() -> str:
    specs = [ai.load_spec(name) for name in ai.list_specs().index]
    lines = [HEAD, START, *overview(specs), LEGEND]
    for spec in specs:
        lines += [f"## {spec.name}", "", *facts(spec), *formulas(spec), *tree(spec)]
        lines += [*sources(spec), *inputs(spec), *scores(spec)]
    return "\n".join(lines).rstrip() + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true", help="write the page")
    what.add_argument("--check", action="store_true", help="exit 1 if the page is not up to date")
    options = parser.parse_args()
    text = page()
    if options.write:
        PAGE.write_text(text, encoding="utf-8", newline="\n")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    print("docs/gallery/specs.md is not what the specs give; run it with --write", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
