"""The parts of a spec: its indicators, the nodes they hang from, and names for its scores."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from alignindex.spec.rules import (
    COLUMNS_OF_RULE,
    WINDOWS,
    WINDOWS_OF_RULE,
    Code,
    Model,
    NoWindow,
    Number,
    Rule,
    Share,
    Weight,
    Window,
)

__all__ = [
    "FIDELITY",
    "Aggregation",
    "Alternative",
    "AlternativeLevel",
    "Band",
    "Fidelity",
    "Frequency",
    "Indicator",
    "Neutral",
    "Node",
    "YearSpan",
]

Aggregation = Literal["mean", "sum", "geometric", "min", "stages"]
Fidelity = Literal["verified", "documented", "reconstructed", "illustrative"]
Frequency = Literal["year", "quarter", "month", "week", "day"]
# Between hostility and alignment there must be room on both sides.
Neutral = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]

FIDELITY: dict[str, str] = {  # what each means, wherever a result is shown
    "verified": "rules as published, and they give the published scores",
    "documented": "rules as published; not held against published scores (there were none, or "
    "they were not at hand)",
    "reconstructed": "after a published design; rules that could not be read are our own, as the "
    "notes of the spec say, and the scores are not the published ones",
    "illustrative": "an example, not a published index",
}


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
        Its name, its name in a table, and a description.
    columns : tuple of str
        Panel columns it reads: two for `share` (part, whole) and `distance` (position of the
        state, of the partner), else one.
    unit : str
        Unit of these columns, checked against ``panel.attrs["units"]`` where that names them.
    dataset : str
        Bundled table that the columns come from, if any.
    rule, window
        Coding rule, and the window of years that is summed up before coding.
    weight : float
        Relative weight among the children of its parent.
    parent : str
        Node it hangs from; empty for the root.
    reverse : bool
        Reverse the code: 1 - code.
    cut : float, optional
        Last step of coding: 1 if the (oriented) code reaches `cut`, else 0.
    carry_years : int, optional
        Under ``missing = "carry"``: how old a carried code of this indicator may be, in place of
        the spec's own number; 0 carries none.
    neutral : float, optional
        Code at which this indicator is neither hostile nor aligned, if not the spec's `neutral`.
    years, states, partners
        Where the indicator applies. Elsewhere it does not count in score, coverage or bounds.
    """

    SINCE_2: ClassVar[frozenset[str]] = frozenset({"unit", "carry_years", "neutral"})

    name: Annotated[str, Field(min_length=1)]
    title: str = ""
    description: str = ""
    columns: Annotated[tuple[str, ...], Field(min_length=1)]
    unit: str = ""
    dataset: str = ""
    rule: Rule
    window: Window = NoWindow()
    weight: Weight = 1.0
    parent: str = ""
    reverse: bool = False
    cut: Code | None = None
    carry_years: Annotated[int, Field(ge=0, le=1000)] | None = None
    neutral: Neutral | None = None
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
        if isinstance(self.rule, Share) and self.rule.prior_years is not None:
            short = self.window.reach + 1
            if self.rule.prior_years <= short:
                raise ValueError(
                    f"prior_years must exceed the {short} year(s) of the window; got "
                    f"{self.rule.prior_years}"
                )
        return self

    @property
    def reads(self) -> tuple[str, ...]:
        """Panel columns behind a code: `columns`, then those that the window reads itself."""
        return self.columns + self.window.columns

    @property
    def reach(self) -> int:
        """Years before its own that a code depends on."""
        prior = self.rule.prior_years if isinstance(self.rule, Share) else None
        return max(self.window.reach, (prior or 1) - 1)


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


class Band(Model):
    """A named range of the score, both ends included.

    Where two bands share an end, a score on it belongs to the one that comes first in the file.
    """

    name: Annotated[str, Field(min_length=1)]
    lo: Number
    hi: Number

    @model_validator(mode="after")
    def _check(self) -> Band:
        if self.lo > self.hi:
            raise ValueError(f"a band needs lo <= hi; got lo = {self.lo:g}, hi = {self.hi:g}")
        return self


class AlternativeLevel(Model):
    """One admissible way to do it: a name, and the parts of a spec that it changes.

    `change` holds keys of a spec, merged into it as a file that ``extends`` another is.
    """

    name: Annotated[str, Field(min_length=1)]
    change: Annotated[dict[str, Any], Field(min_length=1)]


class Alternative(Model):
    """A choice that the author of an index could have made otherwise, with its other levels."""

    name: Annotated[str, Field(min_length=1)]
    title: str = ""
    levels: Annotated[tuple[AlternativeLevel, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check(self) -> Alternative:
        names = [level.name for level in self.levels]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"levels must have different names; used twice: {', '.join(twice)}")
        return self
