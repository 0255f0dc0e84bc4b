"""Coding rules and windows: what turns the raw values of an indicator into a code in [0, 1].

Each is one small model, told apart by its `kind`. The arithmetic is in `kernels.coding`, and
`coding.CODERS` ties the two together.
"""

from __future__ import annotations

from typing import Annotated, Literal, Union

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = [
    "COLUMNS_OF_RULE",
    "RULES",
    "WINDOWS",
    "WINDOWS_OF_RULE",
    "Balance",
    "Code",
    "Distance",
    "Identity",
    "LastKnown",
    "Levels",
    "MinMax",
    "Model",
    "NoWindow",
    "Number",
    "Rule",
    "Share",
    "Thresholds",
    "Tilt",
    "TrailingMean",
    "TrailingSum",
    "Weight",
    "Window",
]

Code = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Model(BaseModel):
    """Base of every part of a spec: immutable, and closed to keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# --- coding rules: raw value -> code in [0, 1] ---------------------------------------------------


class Identity(Model):
    """The raw value is a code already: it lies in [0, 1]."""

    kind: Literal["identity"] = "identity"


class Share(Model):
    """Part / whole, both summed over the years of the window in which both are observed.

    An observed whole of zero gives 0/0, which is *undefined*: the indicator does not apply then.
    `tolerance` (in raw units a year) is by how much a part may exceed its whole because published
    figures are rounded; such a share counts as 1, and a larger excess is an error.
    """

    kind: Literal["share"] = "share"
    tolerance: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0


class Thresholds(Model):
    """Cut-points: below ``cuts[0]`` the first code, from ``cuts[j]`` on the code j + 1."""

    kind: Literal["thresholds"] = "thresholds"
    cuts: Annotated[tuple[Number, ...], Field(min_length=1)]
    codes: tuple[Code, ...]

    @model_validator(mode="after")
    def _check(self) -> Thresholds:
        if any(a >= b for a, b in zip(self.cuts, self.cuts[1:], strict=False)):
            raise ValueError(f"cuts must rise strictly; got {list(self.cuts)}")
        if len(self.codes) != len(self.cuts) + 1:
            raise ValueError(
                f"{len(self.cuts)} cuts make {len(self.cuts) + 1} classes; got {len(self.codes)} "
                "codes: give one code more than there are cuts"
            )
        return self


class Levels(Model):
    """Named categories. A category maps to a code, or to ``[lo, hi]`` when it is known in part.

    A category in part (such as a presence whose consent is disputed) is unknown, and its code
    lies between lo and hi.
    """

    kind: Literal["levels"] = "levels"
    codes: Annotated[dict[str, Code | tuple[Code, Code]], Field(min_length=1)]

    @model_validator(mode="after")
    def _check(self) -> Levels:
        for name, code in self.codes.items():
            if isinstance(code, tuple) and code[0] > code[1]:
                raise ValueError(f"level {name!r} has its bounds the wrong way round: {list(code)}")
        return self

    def bounds(self, name: str) -> tuple[float, float]:
        """Least and greatest code of a category (equal where it is known)."""
        code = self.codes[name]
        return code if isinstance(code, tuple) else (code, code)


class MinMax(Model):
    """(raw - lo) / (hi - lo) with stated bounds; outside them is an error unless `clip`."""

    kind: Literal["minmax"] = "minmax"
    lo: Number
    hi: Number
    clip: bool = False

    @model_validator(mode="after")
    def _check(self) -> MinMax:
        if self.lo >= self.hi:
            raise ValueError(f"minmax needs lo < hi; got lo = {self.lo}, hi = {self.hi}")
        return self


class Distance(Model):
    """Nearness of two positions in [0, 1]: 1 - abs(state - partner)."""

    kind: Literal["distance"] = "distance"


class Balance(Model):
    """One amount of two: x / (x + y), both summed over the years in which both are observed.

    Says to which of two partners (or ends) an amount goes: 1 all to the first, 0 all to the second.
    With neither it is 0/0, *undefined*: the indicator does not apply then.
    """

    kind: Literal["balance"] = "balance"


class Tilt(Model):
    """Nearness to the first of two ends: (1 + x - y) / 2, for x and y in [0, 1].

    0.5 where both are the same, whether both are high or both are low.
    """

    kind: Literal["tilt"] = "tilt"


Rule = Annotated[
    Union[Identity, Share, Thresholds, Levels, MinMax, Distance, Balance, Tilt],  # noqa: UP007
    Field(discriminator="kind"),
]
RULES = {
    "identity": Identity,
    "share": Share,
    "thresholds": Thresholds,
    "levels": Levels,
    "minmax": MinMax,
    "distance": Distance,
    "balance": Balance,
    "tilt": Tilt,
}
COLUMNS_OF_RULE = {"share": 2, "distance": 2, "balance": 2, "tilt": 2}


# --- windows: yearly values -> one value for the year --------------------------------------------


class NoWindow(Model):
    """The value of the year itself."""

    kind: Literal["none"] = "none"

    @property
    def reach(self) -> int:
        """Years that the window reaches back."""
        return 0


class TrailingSum(Model):
    """Sum over the years t - years + 1 .. t; known only when every one of them is observed.

    A partial sum that already fixes the code is enough: amounts are never negative. (`share` has
    its own reading: part and whole are summed over the years in which both are observed.)
    """

    kind: Literal["trailing_sum"] = "trailing_sum"
    years: Annotated[int, Field(ge=1, le=1000)]

    @property
    def reach(self) -> int:
        """Years that the window reaches back."""
        return self.years - 1


class TrailingMean(Model):
    """Mean of the observed years among t - years + 1 .. t, of which `min_years` are needed."""

    kind: Literal["trailing_mean"] = "trailing_mean"
    years: Annotated[int, Field(ge=1, le=1000)]
    min_years: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _check(self) -> TrailingMean:
        if self.min_years > self.years:
            raise ValueError(f"min_years = {self.min_years} exceeds years = {self.years}")
        return self

    @property
    def reach(self) -> int:
        """Years that the window reaches back."""
        return self.years - 1


class LastKnown(Model):
    """The latest observed value that is at most `max_age` years old."""

    kind: Literal["last_known"] = "last_known"
    max_age: Annotated[int, Field(ge=0, le=1000)]

    @property
    def reach(self) -> int:
        """Years that the window reaches back."""
        return self.max_age


Window = Annotated[
    Union[NoWindow, TrailingSum, TrailingMean, LastKnown],  # noqa: UP007
    Field(discriminator="kind"),
]
WINDOWS = ("none", "trailing_sum", "trailing_mean", "last_known")
WINDOWS_OF_RULE = {
    "share": ("none", "trailing_sum"),
    "levels": ("none", "last_known"),
    "distance": ("none", "trailing_mean", "last_known"),
    "balance": ("none", "trailing_sum"),
    "tilt": ("none", "trailing_mean", "last_known"),
}
