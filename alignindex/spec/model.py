"""The spec of one index, whole: everything that turns a panel into scores."""

from __future__ import annotations

import hashlib
import json
import math
import tomllib
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from alignindex.base.errors import SpecError
from alignindex.kernels.scoring.aggregate import NOISE
from alignindex.kernels.scoring.tree import LINEAR, Tree
from alignindex.spec.checks import (
    band_problems,
    children_of,
    pole_problems,
    range_of,
    range_problems,
    readable,
    tree_problems,
)
from alignindex.spec.formula import formula_lines
from alignindex.spec.parts import Aggregation, Band, Fidelity, Indicator, Node
from alignindex.spec.rules import Code, Model, Number
from alignindex.spec.toml import dumps

__all__ = ["IndexSpec"]

# Fields that came later: at their defaults they are no content, and digests stay what they were.
LATER: dict[str, Any] = {"poles": None, "bands": []}


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
    poles : tuple of str, optional
        Two partners ``(a, b)`` of a bipolar index, whose score says where a state stands between
        them: for each state and year the rows of a and b become one, whose partner is a, and in
        which a column ``x`` holds what b's row had in ``x@b``.
    bands : tuple of Band
        Names for ranges of the score.

    Examples
    --------
    >>> from alignindex.spec import load_spec
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
    poles: tuple[str, str] | None = None
    bands: tuple[Band, ...] = ()
    nodes: tuple[Node, ...] = ()
    indicators: tuple[Indicator, ...]

    @model_validator(mode="after")
    def _check(self) -> IndexSpec:
        problems = tree_problems(self) or [
            *range_problems(self),
            *pole_problems(self),
            *band_problems(self),
        ]
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
    def raw_columns(self) -> tuple[str, ...]:
        """Columns that a panel must bring: `columns`, with those of both poles named once.

        Examples
        --------
        >>> from alignindex.spec import load_spec
        >>> load_spec("khong-liow").raw_columns[0]
        'un_votes'
        """
        if self.poles is None:
            return self.columns
        ending = f"@{self.poles[1]}"
        return tuple(dict.fromkeys(column.removesuffix(ending) for column in self.columns))

    @property
    def tree(self) -> Tree:
        """The tree as the kernels read it: leaves are positions in `indicators`."""
        return _build_tree(self, self, "")

    @property
    def leaf_weights(self) -> tuple[float, ...]:
        """Weight of each indicator, multiplied down the tree; they sum to 1.

        Examples
        --------
        >>> from alignindex.spec import load_spec
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
    def formula(self) -> tuple[str, ...]:
        r"""How the score comes about from the codes, in plain text: one line for it and each node.

        Examples
        --------
        >>> from alignindex.spec import load_spec
        >>> print("\n".join(load_spec("fu2022-additive").formula))
        score = 0.4 P + 0.4 E + 0.2 S
        P = -1 + 2 × (mean of (P1, P2, P3))
        E = mean of (E1, E2, E3, E4)
        S = mean of (S1, S2)
        """
        return formula_lines(self)

    def band_of(self, score: float) -> str:
        """Name of the band that a score lies in; empty where there is none.

        Examples
        --------
        >>> from alignindex.spec import load_spec
        >>> load_spec("khong-liow").band_of(52.5)
        'hedger'
        """
        noise = NOISE * max(1.0, *map(abs, self.range))
        inside = (b.name for b in self.bands if b.lo - noise <= score <= b.hi + noise)
        return next(inside, "")

    @property
    def digest(self) -> str:
        """SHA-256 of the content; the same for the same spec, however it was written."""
        content = self.model_dump(mode="json")
        for name, default in LATER.items():
            if content[name] == default:
                del content[name]
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def to_toml(self) -> str:
        """Write the spec as TOML; reading it back gives an equal spec.

        Examples
        --------
        >>> from alignindex.spec import load_spec
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
                "bands": Band.model_fields,
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
