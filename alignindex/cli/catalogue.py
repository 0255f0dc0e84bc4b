"""The commands `specs` and `datasets`."""

from __future__ import annotations

import argparse
import sys

from alignindex.cli.text import field, write
from alignindex.data import ColumnInfo, DatasetInfo, data_root, dataset_info, list_datasets
from alignindex.panel.inputs import spec_inputs
from alignindex.scoring.explain import rule_text
from alignindex.spec import Band, IndexSpec, Indicator, Node, list_specs, load_spec

__all__ = ["run_datasets", "run_specs"]


def run_specs(arguments: argparse.Namespace) -> int:
    """List the bundled specs, or show one."""
    if arguments.name:
        lines = _spec(load_spec(arguments.name))
    else:
        lines = []
        for name in list_specs().index:
            spec = load_spec(str(name))
            lines += [*_spec_head(spec), ""]
        lines.append("one in full: alignindex specs NAME")
    write("\n".join(lines) + "\n", sys.stdout)
    return 0


def run_datasets(arguments: argparse.Namespace) -> int:
    """List the bundled data sets, or show one."""
    if arguments.name:
        lines = _dataset(dataset_info(arguments.name))
    else:
        lines = []
        for name in list_datasets()["name"]:
            lines += [*_dataset_head(dataset_info(str(name))), ""]
        lines.append("one in full: alignindex datasets NAME")
    write("\n".join(lines) + "\n", sys.stdout)
    return 0


# --- specs ---------------------------------------------------------------------------------------


def _spec_head(spec: IndexSpec) -> list[str]:
    names = ", ".join(indicator.name for indicator in spec.indicators)
    return [
        spec.name,
        *field("title", spec.title),
        *field("fidelity", spec.fidelity),
        *field("indicators", names),
        *field("citation", spec.citation),
    ]


def _spec(spec: IndexSpec) -> list[str]:
    lo, hi = spec.range
    rest = f"goes to the rest; no score under a coverage of {spec.min_coverage:g}"
    missing = {
        "propagate": "propagate: one missing indicator makes the score unknown",
        "renormalise": f"renormalise: the weight of a missing indicator {rest}",
        "carry": f"carry: a code of the dyad's last {spec.carry_years} years stands for an unknown "
        f"one; the weight of unknown codes still {rest}",
    }[spec.missing]
    lines = [
        *_spec_head(spec),
        *field("doi", spec.doi),
        *field("url", spec.url),
        *field("version", spec.version),
        *field("digest", spec.digest),
        *field("aggregation", _aggregation(spec)),
        *[line for text in spec.formula for line in field("formula", text)],
        *field("scores", f"{lo:g} to {hi:g}"),
        *field("poles", _poles(spec)),
        *field("bands", "; ".join(f"{b.name} {_range(b)}" for b in spec.bands)),
        *field("missing", missing),
        *_inputs(spec),
    ]
    for node in spec.nodes:
        lines += ["", f"node {node.name}" + (f" · {node.title}" if node.title else "")]
        lines += field("parent", node.parent)
        lines += field("weight", f"{node.weight:g} among its siblings")
        lines += field("aggregation", _aggregation(node))
    for indicator, weight in zip(spec.indicators, spec.leaf_weights, strict=True):
        title = f" · {indicator.title}" if indicator.title else ""
        lines += [
            "",
            f"{indicator.name}{title}",
            *field("meaning", indicator.description),
            *field("parent", indicator.parent),
            *field("weight", f"{weight:.3g} of the whole"),
            *field("columns", ", ".join(indicator.columns)),
            *field("data set", indicator.dataset),
            *field("rule", rule_text(indicator)),
            *field("applies", _where(indicator)),
        ]
    for number, paragraph in enumerate(spec.notes.strip().split("\n\n")):
        lines += ["", *field("" if number else "notes", paragraph)]
    return lines


def _poles(spec: IndexSpec) -> str:
    if spec.poles is None:
        return ""
    lo, hi = spec.range
    return f"{lo:g} is wholly {spec.poles[1]}, {hi:g} wholly {spec.poles[0]}"


def _range(band: Band) -> str:
    return f"{band.lo:g}" if band.lo == band.hi else f"{band.lo:g} to {band.hi:g}"


def _inputs(spec: IndexSpec) -> list[str]:
    """Which bundled panel holds which columns, and what has to be brought."""
    table = spec_inputs(spec)
    lines = []
    for home in table["panel"].unique():
        named = ", ".join(table.loc[table["panel"] == home, "column"])
        lines += field("inputs" if home else "bring", f"{home}: {named}" if home else named)
    return lines


def _aggregation(owner: IndexSpec | Node) -> str:
    scale = f", scaled to {owner.scale[0]:g} to {owner.scale[1]:g}" if owner.scale else ""
    met = f", a stage is met from {owner.met:g}" if owner.met is not None else ""
    return f"{owner.aggregation}{met}{scale}"


def _where(indicator: Indicator) -> str:
    parts = []
    if indicator.years is not None:
        first, last = indicator.years.first, indicator.years.last
        parts.append(
            f"{first} to {last}" if first and last else f"from {first}" if first else f"to {last}"
        )
    if indicator.states is not None:
        parts.append(f"states {', '.join(indicator.states)}")
    if indicator.partners is not None:
        parts.append(f"partners {', '.join(indicator.partners)}")
    return "; ".join(parts)


# --- data sets -----------------------------------------------------------------------------------


def _dataset_head(info: DatasetInfo) -> list[str]:
    return [
        f"{info.name}, version {info.version}",
        *field("title", info.title),
        *field("coverage", info.coverage),
        *field("citation", info.citation),
        *field("licence", info.licence),
    ]


def _dataset(info: DatasetInfo) -> list[str]:
    lines = [
        *_dataset_head(info),
        *field("contents", info.description),
        *field("doi", info.doi),
        *field("url", info.url),
        *field("retrieved", info.retrieved),
    ]
    for number, source in enumerate(info.sources):
        lines += field("" if number else "sources", source)
    lines += field("notes", str(data_root() / info.name / "README.md"))
    if info.coverage_by:
        lines += ["", "observed"]
        width = max(len(cover.column) for cover in info.coverage_by) + 2
        for cover in info.coverage_by:
            note = f"; {cover.note}" if cover.note else ""
            text = f"{cover.first}–{cover.last}, {cover.observed:,} cells{note}"
            lines += field(cover.column, text, width=width)
    for part in info.tables:
        lines += ["", f"table {part.name}: {part.rows:,} rows, key {', '.join(part.key)}"]
        width = max(len(column.name) for column in part.columns) + 2
        for column in part.columns:
            lines += field(column.name, _column(column), width=width)
        lines += field("sha256", part.sha256, width=width)
    return lines


def _column(column: ColumnInfo) -> str:
    unit = f" [{column.unit}]" if column.unit else ""
    among = f"; one of {', '.join(column.categories)}" if column.categories else ""
    return f"{column.meaning}{unit}{among}"
