"""What the coefficients share: their result, the bootstrap, weights, and which units count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import TypeAlias

import numpy as np
import pandas as pd

from alignindex.base.arguments import (
    check_choice,
    check_count,
    check_level,
    generator,
    seed_of,
)
from alignindex.base.errors import ReliabilityError
from alignindex.base.intervals import intervals
from alignindex.base.typing import Floats, Ints
from alignindex.kernels.reliability import coefficients as kernels
from alignindex.reliability.ratings import Ratings

__all__ = [
    "Coefficient",
    "Seed",
    "agreement_weights",
    "bootstrapped",
    "named",
    "paired",
    "rated",
]

Seed: TypeAlias = np.random.Generator | int | None
Measure: TypeAlias = Callable[[Ints, Ints], kernels.Agreement]
WEIGHTS = ("nominal", "linear", "squared")
HIDDEN = ("name", "draws", "seed")  # not columns of a table


@dataclass(frozen=True)
class Coefficient:
    """A coefficient of agreement and how sure it is.

    Attributes
    ----------
    name : str
    value : float
        NaN where it is undefined: no variation, or nothing to pair.
    lower, upper : float
        Percentile interval of the bootstrap; NaN without draws.
    level : float
        Probability of the interval.
    observed, expected : float
        Agreement seen, and by chance (for alpha beyond ``nominal``: minus the mean squared
        difference); ``value = 1 - (1 - observed)/(1 - expected)``, or with the differences
        themselves ``1 - observed/expected``.
    n_units : int
        Units that count: rated by two coders or more (of Fleiss's and Gwet's: by one or more, since
        all of them tell how common a level is).
    n_ratings : int
        Ratings of those units.
    n_coders : int
    undefined : int
        Draws in which the coefficient is undefined; the interval rests on the others.
    draws : ndarray
        The coefficient in every draw of the bootstrap.
    seed : int or None
        Seed that gives the same draws again; None if a Generator was given.
    """

    name: str
    value: float
    lower: float
    upper: float
    level: float
    observed: float
    expected: float
    n_units: int
    n_ratings: int
    n_coders: int
    undefined: int
    draws: Floats = field(repr=False, compare=False)
    seed: int | None = field(repr=False, compare=False)

    def __float__(self) -> float:
        return self.value

    def to_frame(self) -> pd.DataFrame:
        """Return a table of one row: the coefficient, its interval, and what it rests on.

        Examples
        --------
        >>> import alignindex as ai
        >>> table = pd.DataFrame({"X": [0, 0, 1, 1], "Y": [0, 0, 1, 0]})
        >>> ai.reliability.cohen_kappa(table, draws=0).to_frame()["value"]
        Cohen's kappa    0.5
        Name: value, dtype: float64
        """
        row = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in HIDDEN}
        return pd.DataFrame([row], index=[self.name])


def bootstrapped(
    name: str,
    measure: Measure,
    table: Ratings,
    codes: Ints,
    level: float,
    draws: int,
    rng: Seed,
    *,
    ordered: bool = False,
) -> Coefficient:
    """Compute a coefficient of codes, and its percentile interval over resampled units."""
    random = generator(rng)
    check_level(level)
    check_count(draws, "draws", 0)
    rows, times = kernels.distinct(codes, ordered=ordered)
    found = measure(rows, times[None])
    drawn = measure(rows, kernels.resample(times, draws, random)).value if draws else np.empty(0)
    ends = intervals({"value": drawn}, level).values()
    lower, upper = (np.nan if np.isnan(end) else float(end) for end in ends)  # nan is nan: equal
    return Coefficient(
        name=name,
        value=float(found.value[0]),
        lower=lower,
        upper=upper,
        level=level,
        observed=float(found.observed[0]),
        expected=float(found.expected[0]),
        n_units=len(codes),
        n_ratings=int(np.count_nonzero(codes >= 0)),
        n_coders=int(np.count_nonzero((table.codes >= 0).any(axis=0))),
        undefined=int(np.isnan(drawn).sum()),
        draws=drawn,
        seed=seed_of(rng, random),
    )


def paired(table: Ratings) -> Ints:
    """Codes of the units with two ratings or more; there must be some."""
    size = np.count_nonzero(table.codes >= 0, axis=1)
    if not (size > 1).any():
        raise ReliabilityError(
            f"agreement needs units that two coders rated; none of the {len(size)} units has two "
            "ratings. Have some of them coded twice"
        )
    codes: Ints = table.codes[size > 1]
    return codes


def rated(table: Ratings) -> Ints:
    """Codes of the units with a rating; some must have two."""
    paired(table)
    return table.codes[(table.codes >= 0).any(axis=1)]


def agreement_weights(weights: str | pd.DataFrame, table: Ratings) -> Floats:
    """Agreement of every two levels."""
    if isinstance(weights, pd.DataFrame):
        return _own_weights(weights, table)
    check_choice(weights, "weights", WEIGHTS)
    if weights == "nominal":
        return np.eye(len(table.levels))
    if not table.ordered:
        raise ReliabilityError(
            f"{weights} weights need an order; {list(table.levels)} are names. Declare them in "
            "order with levels="
        )
    values = table.values
    distance = np.abs(values[:, None] - values)
    share = distance / max(float(distance.max()), 1e-300)
    return np.asarray(1.0 - (share if weights == "linear" else share**2))


def _own_weights(weights: pd.DataFrame, table: Ratings) -> Floats:
    names = list(table.levels)
    if set(weights.index) != set(names) or set(weights.columns) != set(names):
        raise ReliabilityError(
            f"weights must have one row and one column for each of the levels {names}; got rows "
            f"{list(weights.index)} and columns {list(weights.columns)}"
        )
    agree = weights.loc[names, names].to_numpy(np.float64)
    if not (np.array_equal(agree, agree.T) and (np.diag(agree) == 1).all() and (agree <= 1).all()):
        raise ReliabilityError(
            "weights must be symmetric, 1 on the diagonal and at most 1 elsewhere (how far two "
            f"levels agree); got {agree.tolist()}"
        )
    return agree


def named(name: str, weights: str | pd.DataFrame) -> str:
    """Name of a coefficient with its weights."""
    if isinstance(weights, pd.DataFrame):
        return f"{name}, own weights"
    return name if weights == "nominal" else f"{name}, {weights} weights"
