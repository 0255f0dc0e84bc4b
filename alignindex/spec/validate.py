"""What can be wrong with a spec file."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from alignindex import states
from alignindex.base.errors import SpecError, closest
from alignindex.data import list_datasets
from alignindex.spec import IndexSpec, toml
from alignindex.spec.checks import tree_problems
from alignindex.spec.inherit import resolve
from alignindex.spec.library import read_text
from alignindex.states.strangers import stranger

__all__ = ["validate_spec"]


def validate_spec(path: str | Path) -> list[str]:
    r"""Return everything that is wrong with a spec file, one sentence each.

    Beside what `load_spec` refuses: data sets that are not bundled, and actors that do not exist.

    Raises
    ------
    SpecError
        If the file is missing or unreadable, or is not TOML (with line and column).

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "mine.toml"
    >>> _ = path.write_text('schema_version = 1\nname = "mine"\nfidelity = "illustrative"\n')
    >>> validate_spec(path)
    ['missing: is required', 'indicators: is required']
    """
    path = Path(path)
    where, text = f"spec file {str(path)!r}", read_text(path)
    content = toml.read(text, where)
    try:
        content = resolve(content, where=where, folder=path.parent)
    except SpecError as error:
        return [str(error)]
    problems = []
    try:
        IndexSpec.from_toml(text, where=where, folder=path.parent)
    except SpecError as error:
        problems = str(error).split("\n  - ")[1:]
        # A part that is wrong in itself keeps the tree from being checked: check a sketch of it.
        tree = _sketch_problems(content)
        problems = [problem for problem in problems if problem != "; ".join(tree)] + tree
    return [*problems, *_name_problems(content)]


def _sketch_problems(content: Mapping[str, Any]) -> list[str]:
    """Problems of the tree, with everything that is wrong in a part taken as right."""

    def table(value: object) -> list[Mapping[str, Any]]:
        return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []

    def sketch(part: Mapping[str, Any], place: int) -> SimpleNamespace:
        weight, name, parent = part.get("weight", 1.0), part.get("name"), part.get("parent", "")
        sane = isinstance(weight, (int, float)) and math.isfinite(weight) and weight >= 0
        scale = part.get("scale")
        numbers = isinstance(scale, list) and all(isinstance(end, (int, float)) for end in scale)
        return SimpleNamespace(
            name=name if isinstance(name, str) and name else f"no. {place}",
            parent=parent if isinstance(parent, str) else "",
            weight=weight if sane else 1.0,
            aggregation=part.get("aggregation", "mean"),
            scale=scale if numbers and len(cast(list[float], scale)) == 2 else None,
            met=part.get("met"),
        )

    root = sketch(content, 0)
    root.nodes = [sketch(part, k) for k, part in enumerate(table(content.get("nodes")), 1)]
    root.indicators = [
        sketch(part, k) for k, part in enumerate(table(content.get("indicators")), 1)
    ]
    return tree_problems(cast(IndexSpec, root)) if root.indicators else []


def _name_problems(content: Mapping[str, Any]) -> list[str]:
    """Name the data sets and actors that an indicator mentions and that do not exist."""
    problems = []
    indicators = content.get("indicators")
    known = set(list_datasets()["name"])
    for code in _strings(content.get("poles")):
        if not states.is_actor(code):
            problems.append(f"poles: {stranger(code, 'iso3')}")
    for part in indicators if isinstance(indicators, list) else ():
        if not isinstance(part, dict):
            continue
        where = f"indicators > {part.get('name')!r}"
        dataset = part.get("dataset", "")
        if isinstance(dataset, str) and dataset and dataset not in known:
            problems.append(
                f"{where} > dataset: there is no bundled data set {dataset!r}"
                f"{closest(dataset, known)}; leave it out for data of your own"
            )
        for field in ("states", "partners"):
            for code in _strings(part.get(field)):
                if not states.is_actor(code):
                    problems.append(f"{where} > {field}: {stranger(code, 'iso3')}")
    return problems


def _strings(value: object) -> Iterable[str]:
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else ()
