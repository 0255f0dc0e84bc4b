"""Codebooks and coded units: what may be coded, what was, by whom, from which source, how surely.

A value that is missing says why: `unknown` (looked for, not to be found), `not_applicable` (the
question does not arise), `not_coded` (nobody has looked yet), `contested` (sources or parties
disagree). None of the four is a rating, and none of them is 0.
"""

from __future__ import annotations

import datetime
import enum
from collections.abc import Sequence
from typing import Annotated, Any

import pandas as pd
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from alignindex.base.errors import ReliabilityError, closest, first_three

__all__ = ["COLUMNS", "Codebook", "CodedUnit", "CodingSheet", "Level", "MissingReason"]

# A line feed survives in a quoted CSV field; other control characters do not in every reader.
Text = Annotated[str, Field(pattern=r"^[^\x00-\x09\x0b-\x1f\x7f]*$")]
# Names neither begin nor end with a blank, and are of one line.
Name = Annotated[
    str,
    Field(pattern=r"^[^\x00-\x20\x7f\ufeff]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$", max_length=200),
]
# Columns that say how a unit was coded; every other column of a sheet is a part of the unit.
COLUMNS = ("coder", "value", "missing", "source", "date", "confidence", "note")


class MissingReason(enum.StrEnum):
    """Why there is no value."""

    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"
    NOT_CODED = "not_coded"
    CONTESTED = "contested"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Level(_Record):
    """One value that may be coded.

    Attributes
    ----------
    name : str
    code : float or None
        Its code in [0, 1], if it has one.
    anchor : str
        What a coder must see to give it, with an example.
    """

    name: Name
    code: float | None = Field(default=None, ge=0, le=1, allow_inf_nan=False)
    anchor: Text = Field(min_length=1)


class Codebook(_Record):
    """The question that coders answer, and the levels of the answer in order.

    Attributes
    ----------
    name : str
        Of the indicator.
    question : str
    levels : tuple of Level
        At least two, in order.

    Examples
    --------
    >>> book = Codebook(
    ...     name="bases",
    ...     question="Does the state host forces of the partner with its consent?",
    ...     levels=(
    ...         Level(name="none", code=0.0, anchor="No presence, or one without consent."),
    ...         Level(name="facility", code=0.5, anchor="A radar, a range, a leased complex."),
    ...         Level(name="base", code=1.0, anchor="Ground, air or naval forces are based."),
    ...     ),
    ... )
    >>> book.names
    ('none', 'facility', 'base')
    """

    name: Name
    question: Text = Field(min_length=1)
    levels: tuple[Level, ...] = Field(min_length=2)

    @field_validator("levels")
    @classmethod
    def _names_differ(cls, levels: tuple[Level, ...]) -> tuple[Level, ...]:
        names = [level.name for level in levels]
        twice = sorted({name for name in names if names.count(name) > 1})
        reserved = sorted({name for name in names if name in set(MissingReason)})
        if twice:
            raise ValueError(f"levels must have different names; several have {twice}")
        if reserved:
            raise ValueError(f"{reserved} say why a value is missing; name the levels otherwise")
        return levels

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the levels, in order."""
        return tuple(level.name for level in self.levels)


class CodedUnit(_Record):
    """One coder's answer for one unit.

    Attributes
    ----------
    unit : tuple of str
        What was coded, such as ``("ARM", "RUS", "2013")``.
    coder : str
    value : str or None
        A level of the codebook; None if missing.
    missing : MissingReason or None
        Why, if there is no value: exactly one of the two is given.
    source : str
    date : date or None
        Of the coding.
    confidence : float or None
        How sure the coder is, in [0, 1].
    note : str
    """

    unit: tuple[Name, ...] = Field(min_length=1)
    coder: Name
    value: str | None = None
    missing: MissingReason | None = Field(default=None, strict=False)
    source: Text = ""
    date: datetime.date | None = None
    confidence: float | None = Field(default=None, ge=0, le=1, allow_inf_nan=False)
    note: Text = ""

    @model_validator(mode="after")
    def _value_or_reason(self) -> CodedUnit:
        if (self.value is None) == (self.missing is None):
            raise ValueError(
                "give either a value or the reason why it is missing "
                f"({', '.join(MissingReason)}); got "
                f"value={self.value!r} and missing={self.missing!r}"
            )
        return self


class CodingSheet(_Record):
    """A codebook, and what coders coded by it.

    Attributes
    ----------
    codebook : Codebook
    unit : tuple of str
        Names of the parts of a unit, such as ``("state", "partner", "year")``.
    rows : tuple of CodedUnit
    """

    codebook: Codebook
    unit: tuple[Name, ...] = Field(default=("unit",), min_length=1)
    rows: tuple[CodedUnit, ...] = ()

    @model_validator(mode="after")
    def _rows_fit(self) -> CodingSheet:
        names, width = self.codebook.names, len(self.unit)
        if len(set(self.unit)) < width or set(self.unit) & set(COLUMNS):
            raise ValueError(
                f"parts of a unit must have different names, none of {list(COLUMNS)}; got "
                f"{list(self.unit)}"
            )
        strange = [row for row in self.rows if row.value is not None and row.value not in names]
        if strange:
            shown = first_three(f"{row.value!r} of {row.unit}" for row in strange)
            raise ValueError(
                f"values must be levels of codebook {self.codebook.name!r} {list(names)}; "
                f"{len(strange)} are not: {shown}{closest(str(strange[0].value), names)}"
            )
        uneven = [row.unit for row in self.rows if len(row.unit) != width]
        if uneven:
            raise ValueError(f"a unit has the parts {self.unit}; got {first_three(uneven)}")
        keys = [(row.unit, row.coder) for row in self.rows]
        seen: set[tuple[tuple[str, ...], str]] = set()
        twice = [key for key in keys if key in seen or seen.add(key)]  # type: ignore[func-returns-value]
        if twice:
            raise ValueError(f"a coder codes a unit once; coded again: {first_three(twice)}")
        return self

    def ratings(self, *, keep: Sequence[MissingReason | str] = ()) -> pd.DataFrame:
        """Table of units by coders, for the coefficients.

        Parameters
        ----------
        keep : sequence of MissingReason
            Reasons to treat as levels of their own, after those of the codebook: coders who
            disagree whether a question *applies* disagree too. Such levels have no order, so take
            nominal coefficients then. The others are NaN.

        Returns
        -------
        DataFrame
            Of ordered categories (unordered with `keep`); the index holds the unit. A part named
            `year` becomes a whole number, as it is in a panel, if every one of them is.
        """
        try:
            kept = tuple(dict.fromkeys(MissingReason(reason) for reason in keep))
        except ValueError as error:
            raise ReliabilityError(
                f"keep names reasons why a value is missing, {', '.join(MissingReason)}; {error}"
            ) from None
        kind = pd.CategoricalDtype([*self.codebook.names, *map(str, kept)], ordered=not kept)
        cells: dict[str, dict[tuple[str, ...], str]] = {row.coder: {} for row in self.rows}
        units = sorted({row.unit for row in self.rows})
        for row in self.rows:
            if row.value is not None:
                cells[row.coder][row.unit] = row.value
            elif row.missing in kept:
                cells[row.coder][row.unit] = str(row.missing)
        parts = [_part(name, of) for name, *of in zip(self.unit, *units, strict=True)]
        index: pd.Index[Any] = (
            pd.MultiIndex.from_arrays(parts, names=self.unit)
            if len(parts) > 1
            else pd.Index(parts[0], name=self.unit[0], dtype=None if parts[0] else object)
        )
        columns = {
            coder: pd.Categorical([cells[coder].get(unit) for unit in units], dtype=kind)
            for coder in sorted(cells)
        }
        out = pd.DataFrame(columns, index=index)
        out.columns.name = "coder"
        return out

    def missing(self) -> pd.DataFrame:
        """Count, by coder, the values and each reason why one is missing."""
        names = ["value", *map(str, MissingReason)]
        table = {coder: dict.fromkeys(names, 0) for coder in sorted({r.coder for r in self.rows})}
        for row in self.rows:
            table[row.coder][str(row.missing or "value")] += 1
        out = pd.DataFrame.from_dict(table, orient="index", columns=names)
        out.index.name = "coder"
        return out


def _part(name: str, cells: list[str]) -> list[str] | list[int]:
    years = name == "year" and all(cell.isdecimal() and cell.isascii() for cell in cells)
    return [int(cell) for cell in cells] if years else cells
