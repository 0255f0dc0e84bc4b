"""What the coefficients share: their result, the bootstrap, weights, and which units count."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from alignindex.base.errors import ReliabilityError, closest
from alignindex.base.typing import Floats, Ints
from alignindex.kernels.reliability import coefficients as kernels
from alignindex.reliability.ratings import Ratings

__all__ = [
    "Coefficient",
    "Seed",
    "agreement_weights",
    "bootstrapped",
    "named",
    "one_of",
    "paired",
    "rated",
]

Seed: TypeAlias = np.random.Generator | int | None
Measure: TypeAlias = Callable[[Ints, Ints], kernels.Agreement]
WEIGHTS = ("nominal", "linear", "squared")


@dataclass(frozen=True)
class Coefficient:
    """A coefficient of agreement and how sure it is.

    Attributes
    ----------
    name : str
    value : float
        NaN where it is undefined: no variation, or nothing to pair.
    low, high : float
        Percentile interval of the bootstrap; NaN without replicates.
    interval : float
        Its nominal coverage.
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
        Replicates in which the coefficient is undefined; the interval rests on the others.
    replicates : ndarray
        The coefficient in every replicate.
    """

    name: str
    value: float
    low: float
    high: float
    interval: float
    observed: float
    expected: float
    n_units: int
    n_ratings: int
    n_coders: int
    undefined: int
    replicates: Floats = field(repr=False, compare=False)

    def __float__(self) -> float:
        return self.value


def bootstrapped(
    name: str,
    measure: Measure,
    table: Ratings,
    codes: Ints,
    interval: float,
    replicates: int,
    rng: Seed,
    *,
    ordered: bool = False,
) -> Coefficient:
    """Compute a coefficient of codes, and its percentile interval over resampled units."""
    random = _generator(rng)
    if not (isinstance(interval, int | float | np.number) and 0 < interval < 1):
        raise ReliabilityError(
            f"interval is a coverage between 0 and 1, such as 0.95; got {interval!r}"
        )
    if isinstance(replicates, bool) or not isinstance(replicates, int | np.integer):
        raise ReliabilityError(f"replicates is a whole number; got {replicates!r}")
    if replicates < 0:
        raise ReliabilityError(f"replicates must be 0 (no interval) or more; got {replicates}")
    rows, times = kernels.distinct(codes, ordered=ordered)
    found = measure(rows, times[None])
    drawn = np.empty(0)
    low = high = np.nan
    if replicates:
        weightings = kernels.resample(times, replicates, random)
        drawn = measure(rows, weightings).value
        if not np.isnan(drawn).all():
            low, high = np.nanquantile(drawn, [(1 - interval) / 2, (1 + interval) / 2])
    return Coefficient(
        name=name,
        value=float(found.value[0]),
        low=float(low),
        high=float(high),
        interval=interval,
        observed=float(found.observed[0]),
        expected=float(found.expected[0]),
        n_units=len(codes),
        n_ratings=int(np.count_nonzero(codes >= 0)),
        n_coders=int(np.count_nonzero((table.codes >= 0).any(axis=0))),
        undefined=int(np.isnan(drawn).sum()),
        replicates=drawn,
    )


def _generator(rng: Any) -> np.random.Generator:
    """Make a generator from a seed, or pass one on."""
    if isinstance(rng, np.random.Generator):
        return rng
    whole = isinstance(rng, int | np.integer) and not isinstance(rng, bool)
    if rng is None or (whole and rng >= 0):
        return np.random.default_rng(rng)
    raise ReliabilityError(
        f"rng must be a whole number of at least 0 (a seed), a numpy Generator or None; got {rng!r}"
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
    one_of("weights", weights, WEIGHTS)
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


def one_of(name: str, value: object, options: Sequence[str]) -> None:
    """Refuse an option that does not exist."""
    if value not in options:
        raise ReliabilityError(
            f"{name} must be one of {list(options)}{closest(str(value), options)}; got {value!r}"
        )
