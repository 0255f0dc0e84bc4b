"""Coefficients of agreement with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import pandas as pd

from alignindex.base.arguments import check_choice
from alignindex.base.errors import ReliabilityError, closest
from alignindex.base.typing import Ints
from alignindex.kernels.reliability import coefficients as kernels
from alignindex.reliability.bootstrap import (
    Coefficient,
    Seed,
    agreement_weights,
    bootstrapped,
    named,
    paired,
    rated,
)
from alignindex.reliability.ratings import read

__all__ = [
    "cohen_kappa",
    "fleiss_kappa",
    "gwet_ac",
    "krippendorff_alpha",
    "percent_agreement",
]

Scale: TypeAlias = Literal["nominal", "ordinal", "interval", "ratio"]


def krippendorff_alpha(
    ratings: pd.DataFrame,
    *,
    scale: Scale = "nominal",
    levels: Sequence[Any] | None = None,
    level: float = 0.9,
    draws: int = 1000,
    rng: Seed = 0,
) -> Coefficient:
    r"""Krippendorff's alpha: one minus disagreement seen over disagreement by chance.

    .. math:: \alpha = 1 - (n - 1) \frac{\sum_{ck} o_{ck}\, \delta^2_{ck}}
                                       {\sum_{ck} n_c n_k\, \delta^2_{ck}}

    Each ordered pair of ratings of a unit with m ratings adds 1/(m - 1) to the coincidences o;
    n are their margins. Squared differences: nominal 0 or 1; ordinal, of the mid-ranks of the n
    ratings; interval, of the values; ratio, ((a - b)/(a + b))^2.

    Parameters
    ----------
    ratings : DataFrame
        Units by coders, NaN where a coder did not rate; or long rows `unit, coder, value`.
    scale : {"nominal", "ordinal", "interval", "ratio"}
        Scale of measurement. Ordinal needs numbers, ordered categories, or `levels`.
    levels : sequence, optional
        Every value that may be given, in order. Levels that do not occur leave alpha alone.
    level : float
        Probability of the bootstrap interval.
    draws : int
        Number of bootstrap draws, 0 for none.
    rng : Generator, int or None

    Returns
    -------
    Coefficient
        1 for perfect agreement, 0 for chance, below 0 for systematic disagreement. NaN where
        every paired rating is the same value: without variation nothing shows reliability.

    Raises
    ------
    ReliabilityError
        If the table is not as described, or no unit has two ratings.
    AlignIndexError
        If an option is out of its range.

    Notes
    -----
    The bootstrap draws *units* with replacement, among those with two ratings or more, and
    computes both disagreements anew: units are what was sampled, and ratings of one unit belong
    together. (Hayes & Krippendorff 2007 draw pairs and hold the expected disagreement fixed, which
    takes pairs of one unit for independent and is too sure.) It says how alpha varies over units
    for these coders; other coders may differ by more. Permuting units or coders gives the same
    interval for a seed.

    References
    ----------
    Krippendorff 2011, *Computing Krippendorff's alpha-reliability*. Zapf et al. 2016,
    doi:10.1186/s12874-016-0200-9, on the bootstrap over units.

    Examples
    --------
    >>> table = pd.DataFrame({"X": [0, 1, 1, 2], "Y": [0, 1, 2, 2], "Z": [0, 1, None, 2]})
    >>> round(krippendorff_alpha(table, scale="ordinal", draws=0).value, 3)
    0.852
    """
    check_choice(scale, "scale", get_args(Scale))
    table = read(ratings, levels=levels)
    if scale == "ordinal" and not table.ordered:
        raise ReliabilityError(
            f"ordinal ratings need an order; {list(table.levels)} are names. Declare them in order "
            "with levels="
        )
    if scale in ("interval", "ratio") and not table.numeric:
        raise ReliabilityError(
            f"{scale} ratings must be numbers; got {list(table.levels)}. Take ordinal with levels="
        )
    if scale == "ratio" and table.values.min() < 0:
        raise ReliabilityError(
            f"ratio ratings count from zero; the minimum is {table.values.min():g}. Take interval"
        )

    def measure(rows: Ints, times: Ints) -> kernels.Agreement:
        return kernels.alpha(rows, table.values, times, scale)

    name = f"Krippendorff's alpha, {scale}"
    return bootstrapped(name, measure, table, paired(table), level, draws, rng)


def percent_agreement(
    ratings: pd.DataFrame,
    *,
    weights: str | pd.DataFrame = "nominal",
    levels: Sequence[Any] | None = None,
    level: float = 0.9,
    draws: int = 1000,
    rng: Seed = 0,
) -> Coefficient:
    """Share of pairs of coders that agree, averaged over units with two ratings or more.

    Parameters
    ----------
    ratings, levels, level, draws, rng
        See :func:`krippendorff_alpha`.
    weights : {"nominal", "linear", "squared"} or DataFrame
        Agreement of two levels, see :func:`gwet_ac`.

    Returns
    -------
    Coefficient
        A share in [0, 1]; `expected` is 0, since nothing is taken off for chance.

    Raises
    ------
    ReliabilityError

    Examples
    --------
    >>> table = pd.DataFrame({"X": ["yes", "no", "no"], "Y": ["yes", "no", "yes"]})
    >>> percent_agreement(table, draws=0).value
    0.6666666666666666
    """
    table = read(ratings, levels=levels)
    agree = agreement_weights(weights, table)

    def measure(rows: Ints, times: Ints) -> kernels.Agreement:
        seen = kernels.fleiss(rows, agree, times).observed
        return kernels.Agreement(seen, seen, np.zeros_like(seen))

    return bootstrapped("Percent agreement", measure, table, paired(table), level, draws, rng)


def fleiss_kappa(
    ratings: pd.DataFrame,
    *,
    weights: str | pd.DataFrame = "nominal",
    levels: Sequence[Any] | None = None,
    level: float = 0.9,
    draws: int = 1000,
    rng: Seed = 0,
) -> Coefficient:
    r"""Fleiss's kappa: coders are exchangeable, chance is :math:`\sum_{kl} w_{kl} p_k p_l`.

    p is the mean over units of the share of each level among the unit's ratings. With ratings
    missing this is Gwet's extension; with two coders and none missing it is Scott's pi.

    Parameters
    ----------
    ratings, levels, level, draws, rng
        See :func:`krippendorff_alpha`; the bootstrap draws among all rated units.
    weights : {"nominal", "linear", "squared"} or DataFrame
        See :func:`gwet_ac`.

    Returns
    -------
    Coefficient
        NaN where all ratings are one level.

    Raises
    ------
    ReliabilityError

    References
    ----------
    Fleiss 1971, doi:10.1037/h0031619. Gwet 2014, *Handbook of Inter-Rater Reliability*, 4th ed.

    Examples
    --------
    >>> table = pd.DataFrame({"X": ["yes", "no", "no"], "Y": ["yes", "no", "yes"]})
    >>> round(fleiss_kappa(table, draws=0).value, 3)
    0.333
    """
    table = read(ratings, levels=levels)
    agree = agreement_weights(weights, table)

    def measure(rows: Ints, times: Ints) -> kernels.Agreement:
        return kernels.fleiss(rows, agree, times)

    name = named("Fleiss's kappa", weights)
    return bootstrapped(name, measure, table, rated(table), level, draws, rng)


def gwet_ac(
    ratings: pd.DataFrame,
    *,
    weights: str | pd.DataFrame = "nominal",
    levels: Sequence[Any] | None = None,
    level: float = 0.9,
    draws: int = 1000,
    rng: Seed = 0,
) -> Coefficient:
    r"""Gwet's AC1 (nominal weights) or AC2: agreement that rare levels do not upset.

    Chance is :math:`\frac{\sum_{kl} w_{kl}}{K(K - 1)} \sum_k p_k (1 - p_k)` for K levels, so it
    falls as one level takes over, where kappa's rises to 1. For rare categories, such as the
    recognition of an annexation, kappa can be near 0 although coders differ on one unit in a
    hundred.

    Parameters
    ----------
    ratings, level, draws, rng
        See :func:`krippendorff_alpha`; the bootstrap draws among all rated units.
    weights : {"nominal", "linear", "squared"} or DataFrame
        Agreement of two levels: 1 if equal; linear 1 - d/D and squared 1 - (d/D)^2, with d the
        distance of the level values (positions for names in declared order) and D the largest; or
        a symmetric table of your own with 1 on its diagonal.
    levels : sequence, optional
        Every value that may be given. **AC depends on their number**: declare those that happen
        not to occur.

    Returns
    -------
    Coefficient
        NaN with a single level.

    Raises
    ------
    ReliabilityError

    References
    ----------
    Gwet 2008, doi:10.1348/000711006X126600.

    Examples
    --------
    >>> table = pd.DataFrame({"X": [0] * 99 + [1], "Y": [0] * 100})
    >>> round(gwet_ac(table, draws=0).value, 3)
    0.99
    >>> round(fleiss_kappa(table, draws=0).value, 3)
    -0.005
    """
    table = read(ratings, levels=levels)
    agree = agreement_weights(weights, table)
    plain = isinstance(weights, str) and weights == "nominal"
    name = "Gwet's AC1" if plain else named("Gwet's AC2", weights)

    def measure(rows: Ints, times: Ints) -> kernels.Agreement:
        return kernels.gwet(rows, agree, times)

    return bootstrapped(name, measure, table, rated(table), level, draws, rng)


def cohen_kappa(
    ratings: pd.DataFrame,
    *,
    coders: tuple[Hashable, Hashable] | None = None,
    weights: str | pd.DataFrame = "nominal",
    levels: Sequence[Any] | None = None,
    level: float = 0.9,
    draws: int = 1000,
    rng: Seed = 0,
) -> Coefficient:
    r"""Cohen's kappa of two coders, each with margins of its own; weighted if asked.

    Parameters
    ----------
    ratings, levels, level, draws, rng
        See :func:`krippendorff_alpha`; only units that both rated count.
    coders : pair of column labels, optional
        Which two; may be left out if there are only two. For all pairs see :func:`pairwise`.
    weights : {"nominal", "linear", "squared"} or DataFrame
        See :func:`gwet_ac`. Distances are between level *values*: for unevenly spaced numbers this
        differs from programs that take positions.

    Returns
    -------
    Coefficient
        NaN where both give one and the same level throughout.

    Raises
    ------
    ReliabilityError

    References
    ----------
    Cohen 1960, doi:10.1177/001316446002000104; 1968 (weighted), doi:10.1037/h0026256.

    Examples
    --------
    >>> table = pd.DataFrame({"X": [0, 0, 1, 1], "Y": [0, 0, 1, 0]})
    >>> cohen_kappa(table, draws=0).value
    0.5
    """
    table = read(ratings, levels=levels)
    pair = list(table.coders) if coders is None else list(coders)
    unknown = [name for name in pair if name not in table.coders]
    if unknown:
        hint = closest(str(unknown[0]), [str(name) for name in table.coders])
        raise ReliabilityError(f"coders must be two of {table.coders}; got {unknown[0]!r}{hint}")
    if len(set(pair)) != 2:
        raise ReliabilityError(
            f"Cohen's kappa is about two coders; got {len(pair)}: {pair}. Name two with coders=, "
            "take pairwise for all pairs, or fleiss_kappa for all at once"
        )
    agree = agreement_weights(weights, table)
    codes = table.codes[:, [table.coders.index(name) for name in pair]]
    codes = codes[(codes >= 0).all(axis=1)]
    if not len(codes):
        raise ReliabilityError(f"coders {pair[0]!r} and {pair[1]!r} have no unit in common")

    def measure(rows: Ints, times: Ints) -> kernels.Agreement:
        return kernels.cohen(rows, agree, times)

    name = named("Cohen's kappa", weights)
    return bootstrapped(name, measure, table, codes, level, draws, rng, ordered=True)
