"""The spec of one index: everything that turns a panel into scores."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, ValidationError, model_validator

from alignindex.base.errors import SpecError
from alignindex.kernels.scoring.aggregate import NOISE
from alignindex.kernels.scoring.tree import Tree, evaluate
from alignindex.spec import toml
from alignindex.spec.checks import (
    band_problems,
    pole_problems,
    range_of,
    range_problems,
    readable,
    tree_problems,
)
from alignindex.spec.formula import formula_lines
from alignindex.spec.inherit import resolve, varied
from alignindex.spec.language import (
    carry_problems,
    number_problems,
    version_problems,
    written_problems,
)
from alignindex.spec.parts import (
    Aggregation,
    Alternative,
    Band,
    Fidelity,
    Frequency,
    Indicator,
    Neutral,
    Node,
)
from alignindex.spec.rules import RULES, WINDOWS, Code, Column, Model, Number
from alignindex.spec.shape import build_tree, leaf_weights, references

__all__ = ["IndexSpec"]


class IndexSpec(Model):
    """One index: everything that turns a panel into scores.

    Attributes
    ----------
    name, title, version, citation, doi, url, notes : str
        Name and origin of the index.
    fidelity : {"verified", "documented", "reconstructed", "illustrative"}
        How far the spec follows what was published; shown wherever a result is shown.
    aggregation, scale, met
        Of the root, as for :class:`Node`.
    missing : {"propagate", "renormalise", "carry"}
        What an unknown code does: makes the score unknown, leaves its weight to the others, or
        is replaced by the dyad's own code of an earlier year, if there is a recent one.
    min_coverage : float
        Unless ``propagate``: the minimum share of the applicable weight that must be observed or
        carried.
    carry_years : int
        Under ``carry``: how many years old a carried code may be.
    carry_until : str, optional
        Under ``carry``: a panel column that marks a rupture by a value above 0. No code of an
        earlier year is carried into such a year, or across it.
    neutral : float, optional
        Code at which an indicator is neither hostile nor aligned; `neutral_score` is the score
        with every code there.
    frequencies : tuple of {"year", "quarter", "month", "week", "day"}
        Lengths of the periods of the panels that the index is meant for.
    indicators, nodes : tuple
        The tree.
    poles : tuple of str, optional
        Two partners ``(a, b)`` of a bipolar index, whose score says where a state stands between
        them: for each state and year the rows of a and b become one, whose partner is a, and in
        which a column ``x`` holds what b's row had in ``x@b``.
    bands : tuple of Band
        Names for ranges of the score.
    alternatives : tuple of Alternative
        Choices that could have been made otherwise; `variant` gives the spec of one.
    derived_from : str
        Name of the spec that this one extends; the content is whole all the same.

    Examples
    --------
    >>> from alignindex.spec import load_spec
    >>> spec = load_spec("erkomaishvili2019")
    >>> [indicator.name for indicator in spec.indicators]
    ['arms', 'exercises', 'un_votes', 'bases', 'crimea']
    >>> spec.fidelity
    'reconstructed'
    """

    ADDED: ClassVar[frozenset[str]] = frozenset({"poles", "bands"})
    SINCE_2: ClassVar[frozenset[str]] = frozenset(
        {"alternatives", "carry_until", "carry_years", "derived_from", "frequencies", "neutral"}
    )

    schema_version: Literal[1, 2]
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
    missing: Literal["propagate", "renormalise", "carry"]
    min_coverage: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.0
    carry_years: Annotated[int, Field(ge=0, le=1000)] | None = None
    carry_until: Column | None = None
    neutral: Neutral | None = None
    frequencies: Annotated[tuple[Frequency, ...], Field(min_length=1)] = ("year",)
    poles: tuple[str, str] | None = None
    bands: tuple[Band, ...] = ()
    nodes: tuple[Node, ...] = ()
    indicators: tuple[Indicator, ...]
    alternatives: tuple[Alternative, ...] = ()
    derived_from: str = ""

    def __init__(self, **content: Any) -> None:
        try:
            type(self).__pydantic_validator__.validate_python(content, self_instance=self)
        except ValidationError as error:
            raise _refusal(error, content, "the spec", {}) from None

    # pydantic then validates dictionaries without calling it, and raises errors of its own.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @model_validator(mode="after")
    def _check(self) -> IndexSpec:
        problems = (
            tree_problems(self)
            or number_problems(self)
            or [
                *range_problems(self),
                *pole_problems(self),
                *band_problems(self),
            ]
        )
        problems = version_problems(self) + problems
        if not problems:
            problems = carry_problems(self)
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
        columns = [column for indicator in self.indicators for column in indicator.reads]
        return tuple(dict.fromkeys([*columns, *([self.carry_until] if self.carry_until else [])]))

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
        return build_tree(self, self, "")

    @property
    def leaf_weights(self) -> tuple[float, ...]:
        """Weight of each indicator, multiplied down the tree; they sum to 1.

        Examples
        --------
        >>> from alignindex.spec import load_spec
        >>> load_spec("erkomaishvili2019").leaf_weights
        (0.2, 0.2, 0.2, 0.2, 0.2)
        """
        return leaf_weights(self)

    @property
    def carry_ages(self) -> tuple[int, ...]:
        """Years for which a code of each indicator may be carried; 0 unless ``missing = "carry"``.

        Examples
        --------
        >>> from alignindex.spec import load_spec
        >>> load_spec("erkomaishvili2019-v1").carry_ages
        (0, 0, 0, 0, 0)
        """
        if self.missing != "carry":
            return (0,) * len(self.indicators)
        general = self.carry_years or 0
        return tuple(
            general if indicator.carry_years is None else indicator.carry_years
            for indicator in self.indicators
        )

    @property
    def neutral_score(self) -> float | None:
        """Score with every indicator at its neutral code; None where no neutral point is stated."""
        if self.neutral is None:
            return None
        own = [self.neutral if i.neutral is None else i.neutral for i in self.indicators]
        codes = np.array([own])
        return float(evaluate(self.tree, codes, codes, codes, propagate=True)[0][0])

    @property
    def references(self) -> dict[str, float]:
        """Code at which each indicator stands when it is left out of a Shapley value.

        1 below a geometric or min node, else 0; see `AlignmentResult.contributions`.
        """
        return references(self)

    @property
    def range(self) -> tuple[float, float]:
        """Minimum and maximum score that any codes in [0, 1] can give."""
        return range_of(self, self, "")

    @property
    def formula(self) -> tuple[str, ...]:
        r"""Formula of the score in plain text: one line for the score and one for each node.

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
        content.pop("derived_from", None)
        for alternative in content.get("alternatives", ()):
            for level in alternative["levels"]:  # a change is kept as it was written
                level["change"] = toml.alike(level["change"])
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def variant(self, name: str | Mapping[str, str], choice: str = "") -> IndexSpec:
        """Return the spec under a level of one of its alternatives, or of several.

        Parameters
        ----------
        name : str or mapping
            Name of an alternative; or names to levels, which are applied in the spec's order.
        choice : str
            Name of the level, with a single name.

        Returns
        -------
        IndexSpec
            Complete, without alternatives, and named after the levels.

        Raises
        ------
        SpecError
            If there is no such alternative or level, or the levels contradict one another.

        Examples
        --------
        >>> base = {"schema_version": 2, "name": "x", "fidelity": "illustrative",
        ...         "missing": "propagate", "aggregation": "mean",
        ...         "indicators": [{"name": "a", "columns": ["a"], "rule": {"kind": "identity"}}]}
        >>> levels = [{"name": "geometric", "change": {"aggregation": "geometric"}}]
        >>> spec = IndexSpec(**base, alternatives=[{"name": "mean", "levels": levels}])
        >>> spec.variant("mean", "geometric").aggregation
        'geometric'
        """
        choices = {name: choice} if isinstance(name, str) else name
        return type(self).from_dict(varied(self, choices), where="the variant")

    def to_toml(self) -> str:
        """Write the spec as TOML, whole; reading it back gives an equal spec.

        Examples
        --------
        >>> from alignindex.spec import load_spec
        >>> spec = load_spec("erkomaishvili2019")
        >>> IndexSpec.from_toml(spec.to_toml()) == spec
        True
        """
        return toml.dumps(self.model_dump(mode="json", exclude_none=True))

    @classmethod
    def from_toml(
        cls, text: str, *, where: str = "the TOML text", folder: Path | None = None
    ) -> IndexSpec:
        """Read a spec from TOML text.

        Parameters
        ----------
        text : str
        where : str
            Names the text in an error.
        folder : Path, optional
            Folder that a path in ``extends`` starts from.

        Raises
        ------
        SpecError
            If the text is not TOML (with line and column) or not a spec (with every problem, and
            the line of those that stand on one).
        """
        content = toml.read(text, where)
        # Lists that are merged with a base have other places than in the file.
        lines = {} if "extends" in content else toml.lines_of(text)
        spec = cls._read(content, where, folder, lines)
        problems = written_problems(spec)
        if problems:
            shown = "".join(f"\n  - {problem}" for problem in problems)
            raise SpecError(f"{where} is not a valid index spec:{shown}")
        return spec

    @classmethod
    def from_dict(
        cls, content: Mapping[str, Any], *, where: str = "the spec", folder: Path | None = None
    ) -> IndexSpec:
        """Make a spec from nested dictionaries, with errors that a user can act on.

        Dictionaries are often those of another spec with some keys changed. So alternatives to
        parts that are gone, and ``carry_years`` under another rule, are let pass here; in a file
        they are errors.

        Raises
        ------
        SpecError
            Naming every problem and the closest valid name.
        """
        return cls._read(content, where, folder, {})

    @classmethod
    def _read(
        cls, content: Mapping[str, Any], where: str, folder: Path | None, lines: toml.Lines
    ) -> IndexSpec:
        if isinstance(content, Mapping):
            content = resolve(content, where=where, folder=folder)
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise _refusal(error, content, where, lines) from None


def _refusal(
    error: ValidationError, content: Mapping[str, Any], where: str, lines: toml.Lines
) -> SpecError:
    keys = {
        "indicators": Indicator.model_fields,
        "nodes": Node.model_fields,
        "bands": Band.model_fields,
        "alternatives": Alternative.model_fields,
        "spec": IndexSpec.model_fields,
    }
    problems = []
    for one in error.errors():
        line = toml.line_of(lines, [step for step in one["loc"] if step not in (*RULES, *WINDOWS)])
        problems.append(readable(one, content, keys) + (f" (line {line})" if line else ""))
    shown = "".join(f"\n  - {problem}" for problem in problems)
    return SpecError(f"{where} is not a valid index spec:{shown}")
