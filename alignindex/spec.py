"""Index specs: the indicators, coding rules, weights and aggregation of one index.

A spec is a tree. Indicators are its leaves; they hang from nodes, and the nodes from the root,
which is the index itself. Every node has its own aggregation, and every child its own weight.
One TOML file holds one spec; :func:`load_spec` reads it, :meth:`IndexSpec.to_toml` writes it.
"""

from __future__ import annotations

import hashlib
import json
import math
import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import Field, ValidationError, model_validator

from alignindex._spec_checks import (
    children_of,
    range_of,
    range_problems,
    readable,
    tree_problems,
)
from alignindex._toml import dumps
from alignindex.errors import SpecError, closest
from alignindex.kernels.tree import LINEAR, Tree
from alignindex.rules import (
    COLUMNS_OF_RULE,
    WINDOWS,
    WINDOWS_OF_RULE,
    Code,
    Model,
    NoWindow,
    Number,
    Rule,
    Weight,
    Window,
)

__all__ = ["IndexSpec", "Indicator", "Node", "YearSpan", "list_specs", "load_spec"]

Aggregation = Literal["mean", "sum", "geometric", "min", "stages"]
Fidelity = Literal["verified", "documented", "reconstructed", "illustrative"]


class YearSpan(Model):
    """Years from `first` to `last`, both included; one of them may be left open."""

    first: int | None = None
    last: int | None = None

    @model_validator(mode="after")
    def _check(self) -> YearSpan:
        if self.first is None and self.last is None:
            raise ValueError("a span of years needs first or last, or both")
        if self.first is not None and self.last is not None and self.first > self.last:
            raise ValueError(f"first = {self.first} comes after last = {self.last}")
        return self


class Indicator(Model):
    """One observable tie: where its raw value stands, and how it becomes a code.

    Attributes
    ----------
    name, title, description : str
        What it is called, in a table and in words.
    columns : tuple of str
        Panel columns it reads: two for `share` (part, whole) and `distance` (position of the
        state, of the partner), else one.
    dataset : str
        Bundled table behind the columns, if there is one.
    rule, window
        Coding rule, and the window of years that is summed up before coding.
    weight : float
        Relative weight among the children of its parent.
    parent : str
        Node it hangs from; empty for the root.
    reverse : bool
        Turn the code round: 1 - code.
    cut : float, optional
        Last step of coding: 1 if the (oriented) code reaches `cut`, else 0.
    years, states, partners
        Where the indicator applies. Elsewhere it is no part of score, coverage or bounds.
    """

    name: Annotated[str, Field(min_length=1)]
    title: str = ""
    description: str = ""
    columns: Annotated[tuple[str, ...], Field(min_length=1)]
    dataset: str = ""
    rule: Rule
    window: Window = NoWindow()
    weight: Weight = 1.0
    parent: str = ""
    reverse: bool = False
    cut: Code | None = None
    years: YearSpan | None = None
    states: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    partners: Annotated[tuple[str, ...], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _check(self) -> Indicator:
        needed = COLUMNS_OF_RULE.get(self.rule.kind, 1)
        if len(self.columns) != needed:
            raise ValueError(
                f"rule {self.rule.kind!r} reads {needed} column(s); got {list(self.columns)}"
            )
        allowed = WINDOWS_OF_RULE.get(self.rule.kind, WINDOWS)
        if self.window.kind not in allowed:
            raise ValueError(
                f"window {self.window.kind!r} has no meaning for rule {self.rule.kind!r}; "
                f"use one of {', '.join(allowed)}"
            )
        return self


class Node(Model):
    """An inner node: it aggregates its children, and has a weight among its siblings.

    `scale` ``[lo, hi]`` maps its value v to lo + (hi - lo) v before the parent sees it. `met` is
    the code from which a stage counts as reached (aggregation ``stages`` only).
    """

    name: Annotated[str, Field(min_length=1)]
    title: str = ""
    aggregation: Aggregation = "mean"
    weight: Weight = 1.0
    parent: str = ""
    scale: tuple[Number, Number] | None = None
    met: Code | None = None


class IndexSpec(Model):
    """One index, complete: everything that turns a panel into scores.

    Attributes
    ----------
    name, title, version, citation, doi, url, notes : str
        What the index is and where it comes from.
    fidelity : {"verified", "documented", "reconstructed", "illustrative"}
        How far the spec follows what was published; shown wherever a result is shown.
    aggregation, scale, met
        Of the root, as for :class:`Node`.
    missing : {"propagate", "renormalise"}
        What an unknown code does: makes the score unknown, or leaves its weight to the others.
    min_coverage : float
        Under ``renormalise``: the least share of the applicable weight that must be observed.
    indicators, nodes : tuple
        The tree.

    Examples
    --------
    >>> spec = load_spec("erkomaishvili2019")
    >>> [indicator.name for indicator in spec.indicators]
    ['arms', 'exercises', 'un_votes', 'bases', 'crimea']
    >>> spec.fidelity
    'reconstructed'
    """

    schema_version: Literal[1]
    name: Annotated[str, Field(min_length=1)]
    title: str = ""
    version: str = "1"
    fidelity: Fidelity
    citation: str = ""
    doi: str = ""
    url: str = ""
    notes: str = ""
    aggregation: Aggregation = "mean"
    scale: tuple[Number, Number] | None = None
    met: Code | None = None
    missing: Literal["propagate", "renormalise"]
    min_coverage: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.0
    nodes: tuple[Node, ...] = ()
    indicators: tuple[Indicator, ...]

    @model_validator(mode="after")
    def _check(self) -> IndexSpec:
        problems = tree_problems(self) or range_problems(self)
        if problems:
            raise ValueError("; ".join(problems))
        if self.missing == "propagate" and self.min_coverage > 0:
            raise ValueError(
                "min_coverage works under missing = 'renormalise' only; "
                "under 'propagate' one unknown code blanks the score already"
            )
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """Panel columns that the spec reads, in spec order, each once."""
        return tuple(dict.fromkeys(column for i in self.indicators for column in i.columns))

    @property
    def tree(self) -> Tree:
        """The tree as the kernels read it: leaves are positions in `indicators`."""
        return _build_tree(self, self, "")

    @property
    def leaf_weights(self) -> tuple[float, ...]:
        """Weight of each indicator, multiplied down the tree; they sum to 1.

        Examples
        --------
        >>> load_spec("erkomaishvili2019").leaf_weights
        (0.2, 0.2, 0.2, 0.2, 0.2)
        """
        parts = {node.name: node for node in self.nodes}

        def weight(part: Indicator | Node) -> float:
            siblings = math.fsum(other.weight for other in children_of(self, part.parent))
            own = part.weight / siblings
            return own * weight(parts[part.parent]) if part.parent else own

        return tuple(weight(indicator) for indicator in self.indicators)

    @property
    def references(self) -> dict[str, float]:
        """Code at which each indicator stands when it is left out of a Shapley value.

        1 below a geometric or min node, else 0; see `AlignmentResult.contributions`.
        """
        found: dict[str, float] = {}

        def walk(tree: Tree, reference: float | None) -> None:
            if reference is None and tree.aggregation not in LINEAR:
                reference = tree.reference
            for child in tree.children:
                if isinstance(child, Tree):
                    walk(child, reference)
                else:
                    found[self.indicators[child].name] = reference or 0.0

        walk(self.tree, None)
        return {indicator.name: found[indicator.name] for indicator in self.indicators}

    @property
    def range(self) -> tuple[float, float]:
        """Least and greatest score that any codes in [0, 1] can give."""
        return range_of(self, self, "")

    @property
    def digest(self) -> str:
        """SHA-256 of the content; the same for the same spec, however it was written."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def to_toml(self) -> str:
        """Write the spec as TOML; reading it back gives an equal spec.

        Examples
        --------
        >>> spec = load_spec("erkomaishvili2019")
        >>> IndexSpec.from_toml(spec.to_toml()) == spec
        True
        """
        return dumps(self.model_dump(mode="json", exclude_none=True))

    @classmethod
    def from_toml(cls, text: str, *, where: str = "the TOML text") -> IndexSpec:
        """Read a spec from TOML text; `where` names the text in an error.

        Raises
        ------
        SpecError
            If the text is not TOML (with line and column) or not a spec (with every problem).
        """
        try:
            content = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise SpecError(f"{where} is not valid TOML: {error}") from None
        return cls.from_dict(content, where=where)

    @classmethod
    def from_dict(cls, content: dict[str, Any], *, where: str = "the spec") -> IndexSpec:
        """Make a spec from nested dictionaries, with errors that a user can act on.

        Raises
        ------
        SpecError
            Naming every problem and the closest valid name.
        """
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            keys = {
                "indicators": Indicator.model_fields,
                "nodes": Node.model_fields,
                "spec": cls.model_fields,
            }
            problems = "".join(f"\n  - {readable(e, content, keys)}" for e in error.errors())
            raise SpecError(f"{where} is not a valid index spec:{problems}") from None


def _build_tree(spec: IndexSpec, owner: IndexSpec | Node, name: str) -> Tree:
    children = children_of(spec, name)
    positions = {indicator.name: i for i, indicator in enumerate(spec.indicators)}
    weights = [child.weight for child in children]
    # Only the ratios count. Divided by the largest (for a sum: by the mean over the positive
    # ones), equal weights are exactly 1 and leave no rounding behind.
    positive = [weight for weight in weights if weight > 0]
    unit = math.fsum(positive) / len(positive) if owner.aggregation == "sum" else max(positive)
    return Tree(
        aggregation=owner.aggregation,
        children=tuple(
            _build_tree(spec, child, child.name)
            if isinstance(child, Node)
            else positions[child.name]
            for child in children
        ),
        weights=tuple(weight / unit for weight in weights),
        scale=owner.scale,
        met=owner.met,
    )


def _bundled() -> dict[str, Any]:
    folder = resources.files("alignindex") / "specs"
    return {
        entry.name.removesuffix(".toml"): entry
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name.removesuffix(".toml"))
        if entry.name.endswith(".toml")
    }


def load_spec(name: str | Path) -> IndexSpec:
    """Load a bundled spec by its name, or your own from a TOML file.

    Parameters
    ----------
    name : str or Path
        A name from :func:`list_specs`, or the path of a ``.toml`` file.

    Returns
    -------
    IndexSpec

    Raises
    ------
    SpecError
        If there is no such spec (with the closest name), the file cannot be read, its TOML is
        broken (with line and column), or the spec contradicts itself (with every problem).

    Examples
    --------
    >>> load_spec("erkomaishvili2019").min_coverage
    0.6
    """
    if not isinstance(name, (str, Path)):
        raise SpecError(
            f"expected a spec, the name of a bundled one or the path of a .toml file; got "
            f"{type(name).__name__}: IndexSpec.from_dict makes a spec of a dictionary"
        )
    bundled = _bundled()
    if str(name) in bundled:
        text = bundled[str(name)].read_text(encoding="utf-8")
        return IndexSpec.from_toml(text, where=f"the bundled spec {str(name)!r}")
    path = Path(name)
    if path.suffix != ".toml" and not path.exists():
        raise SpecError(
            f"there is no bundled spec {str(name)!r}{closest(str(name), bundled)}; "
            f"bundled: {', '.join(bundled)}; your own spec is given by the path of its .toml file"
        )
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise SpecError(f"spec file {str(path)!r} cannot be read: {reason}") from None
    return IndexSpec.from_toml(text, where=f"spec file {str(path)!r}")


def list_specs() -> pd.DataFrame:
    """List the bundled specs: fidelity, indicators, title and citation by name.

    Examples
    --------
    >>> list_specs().loc["erkomaishvili2019", "fidelity"]
    'reconstructed'
    """
    specs = [load_spec(name) for name in _bundled()]
    rows = {
        spec.name: {
            "fidelity": spec.fidelity,
            "indicators": len(spec.indicators),
            "title": spec.title,
            "citation": spec.citation,
        }
        for spec in specs
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("name")
