"""Coding rules and windows: they turn the raw values of an indicator into a code in [0, 1].

Each is one small model, told apart by its `kind`. The arithmetic is in `kernels.scoring.coding`,
and `scoring.coding.CODERS` ties the two together.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar, Literal, Union

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

__all__ = [
    "COLUMNS_OF_RULE",
    "KINDS_SINCE_2",
    "RULES",
    "WINDOWS",
    "WINDOWS_OF_RULE",
    "Balance",
    "Code",
    "Column",
    "DecayMean",
    "DecaySum",
    "Distance",
    "Identity",
    "LastKnown",
    "Levels",
    "MinMax",
    "Model",
    "NoWindow",
    "Number",
    "Positive",
    "Rule",
    "Saturate",
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
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Column = Annotated[str, Field(min_length=1)]
MOST_HALVINGS = 1000  # 2^-1074 is the smallest number above 0


class Model(BaseModel):
    """Base of every part of a spec: immutable, and closed to keys that it does not know.

    `ADDED` names the fields that the language gained after a part was first published. At its
    default such a field is not written, so the digest of an older spec stays the same. `SINCE_2`
    names those that a file with ``schema_version = 1`` may not use.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ADDED: ClassVar[frozenset[str]] = frozenset()
    SINCE_2: ClassVar[frozenset[str]] = frozenset()

    @model_serializer(mode="wrap")
    def _without_added(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        content: dict[str, Any] = handler(self)
        fields = type(self).model_fields
        for name in self.ADDED | self.SINCE_2:
            if name in content and getattr(self, name) == fields[name].default:
                del content[name]
        return content


# --- coding rules: raw value -> code in [0, 1] ---------------------------------------------------


class Identity(Model):
    """The raw value is a code already: it lies in [0, 1]."""

    kind: Literal["identity"] = "identity"


class Share(Model):
    """Part / whole, both summed over the years of the window in which both are observed.

    An observed whole of zero gives 0/0, which is *undefined*: the indicator does not apply then.
    `tolerance` (in raw units a year) is by how much a part may exceed its whole because published
    figures are rounded; such a share counts as 1, and a larger excess is an error.

    With `prior_volume` m and `prior_years` N the share is drawn towards the dyad's own share of
    the last N years, p: (part + m p) / (whole + m). A small volume then decides little. A window
    in which nothing was received gives p, and only N years without anything are undefined.
    """

    SINCE_2: ClassVar[frozenset[str]] = frozenset({"prior_volume", "prior_years"})

    kind: Literal["share"] = "share"
    tolerance: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    prior_volume: Positive | None = None
    prior_years: Annotated[int, Field(ge=1, le=1000)] | None = None

    @model_validator(mode="after")
    def _check(self) -> Share:
        if (self.prior_volume is None) != (self.prior_years is None):
            raise ValueError("prior_volume and prior_years go together: give both or neither")
        return self


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
        if "" in self.codes:
            raise ValueError('a level needs a name; got "", which in a file is a missing value')
        for name, code in self.codes.items():
            if isinstance(code, tuple) and code[0] > code[1]:
                raise ValueError(f"level {name!r} has its bounds the wrong way round: {list(code)}")
        return self

    def bounds(self, name: str) -> tuple[float, float]:
        """Minimum and maximum code of a category (equal where it is known)."""
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
        if math.isinf(self.hi - self.lo):
            raise ValueError(
                f"hi - lo is too large for a floating-point number; got lo = {self.lo}, "
                f"hi = {self.hi}: state the raw values in a larger unit"
            )
        return self


class Saturate(Model):
    """A code that rises from 0 towards 1 and never gets there, for amounts without a maximum.

    With k = `half`, the amount at which the code is 0.5: ``exponential`` is 1 - 0.5^(x / k), and
    ``hyperbolic`` is x / (x + k). An amount below 0 (after a subtraction) counts as 0.
    """

    kind: Literal["saturate"] = "saturate"
    half: Positive
    form: Literal["exponential", "hyperbolic"] = "exponential"


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
    Union[  # noqa: UP007
        Identity, Share, Thresholds, Levels, MinMax, Saturate, Distance, Balance, Tilt
    ],
    Field(discriminator="kind"),
]
RULES = {
    "identity": Identity,
    "share": Share,
    "thresholds": Thresholds,
    "levels": Levels,
    "minmax": MinMax,
    "saturate": Saturate,
    "distance": Distance,
    "balance": Balance,
    "tilt": Tilt,
}
COLUMNS_OF_RULE = {"share": 2, "distance": 2, "balance": 2, "tilt": 2}


# --- windows: yearly values -> one value for the year --------------------------------------------


class BaseWindow(Model):
    """What every window has: how far it reaches back, and the columns that it reads itself."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the window reads beside those of the indicator."""
        return ()


class NoWindow(BaseWindow):
    """The value of the year itself."""

    kind: Literal["none"] = "none"

    @property
    def reach(self) -> int:
        """Years that the window reaches back."""
        return 0


class TrailingSum(BaseWindow):
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


class TrailingMean(BaseWindow):
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


class LastKnown(BaseWindow):
    """The latest observed value that is at most `max_age` years old."""

    kind: Literal["last_known"] = "last_known"
    max_age: Annotated[int, Field(ge=0, le=1000)]

    @property
    def reach(self) -> int:
        """Years that the window reaches back."""
        return self.max_age


class Decay(BaseWindow):
    """Amounts of the years t - years + 1 .. t, each halved for every `half_life` years of age.

    `subtract` names a column that is taken off each year's amount first, such as refusals.
    `reset` names a column that marks ruptures by a value above 0: the amounts of the year of a
    rupture, and of all earlier years, count as 0 from that year on.
    """

    years: Annotated[int, Field(ge=1, le=1000)]
    half_life: Positive
    subtract: Column | None = None
    reset: Column | None = None

    @model_validator(mode="after")
    def _check_half_life(self) -> Decay:
        if self.years / self.half_life > MOST_HALVINGS:
            raise ValueError(
                f"half_life = {self.half_life:g} halves an amount more than {MOST_HALVINGS} times "
                f"in years = {self.years}, down to 0; state a longer half_life or fewer years"
            )
        return self

    @property
    def reach(self) -> int:
        """Years that the window reaches back."""
        return self.years - 1

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the window reads beside those of the indicator: `subtract`, `reset`."""
        return tuple(name for name in (self.subtract, self.reset) if name is not None)

    @property
    def total(self) -> float:
        """Sum of the factors of all years: by how much a steady yearly amount is multiplied."""
        return math.fsum(0.5 ** (age / self.half_life) for age in range(self.years))


class DecaySum(Decay):
    """Sum of x(t - a) 0.5^(a / half_life) over the ages a = 0 .. years - 1.

    Known only when every year is observed back to the latest rupture. Otherwise the years that
    are observed bound it, and may fix the code.
    """

    kind: Literal["decay_sum"] = "decay_sum"


class DecayMean(Decay):
    """As `decay_sum`, divided by the sum of the factors of the observed years.

    `min_years` of the years must be observed. Years from before a rupture count as observed.
    """

    kind: Literal["decay_mean"] = "decay_mean"
    min_years: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _check(self) -> DecayMean:
        if self.min_years > self.years:
            raise ValueError(f"min_years = {self.min_years} exceeds years = {self.years}")
        return self


Window = Annotated[
    Union[  # noqa: UP007
        NoWindow, TrailingSum, TrailingMean, LastKnown, DecaySum, DecayMean
    ],
    Field(discriminator="kind"),
]
WINDOWS = ("none", "trailing_sum", "trailing_mean", "last_known", "decay_sum", "decay_mean")
WINDOWS_OF_RULE = {
    "share": ("none", "trailing_sum"),
    "levels": ("none", "last_known"),
    "distance": ("none", "trailing_mean", "last_known"),
    "balance": ("none", "trailing_sum"),
    "tilt": ("none", "trailing_mean", "last_known"),
}
KINDS_SINCE_2 = frozenset({"saturate", "decay_sum", "decay_mean"})
