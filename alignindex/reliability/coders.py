"""Coder by coder: who agrees with whom, who takes what for what, and who leans which way."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.errors import ReliabilityError, first_three
from alignindex.base.typing import Floats, Ints
from alignindex.kernels.reliability import coefficients as kernels
from alignindex.reliability.bootstrap import agreement_weights, paired
from alignindex.reliability.ratings import Ratings, read

__all__ = ["bias", "confusion", "pairwise"]


def pairwise(
    ratings: pd.DataFrame,
    *,
    weights: str | pd.DataFrame = "nominal",
    levels: Sequence[Any] | None = None,
) -> pd.DataFrame:
    """Agreement of every two coders on the units that both rated.

    Parameters
    ----------
    ratings : DataFrame
        Units by coders, or long rows `unit, coder, value`.
    weights : {"nominal", "linear", "squared"} or DataFrame
        See :func:`gwet_ac`.
    levels : sequence, optional

    Returns
    -------
    DataFrame
        One row per pair (index `coder`, `other`): `n_units`, `agreement`, `kappa` (Cohen's) and
        `ac` (Gwet's); NaN where they share no unit, and kappa also where both give one level only.

    Raises
    ------
    ReliabilityError

    Examples
    --------
    >>> table = pd.DataFrame({"X": [0, 0, 1, 1], "Y": [0, 0, 1, 0]})
    >>> pairwise(table)[["n_units", "agreement", "kappa"]]
                 n_units  agreement  kappa
    coder other
    X     Y            4       0.75    0.5
    """
    table = read(ratings, levels=levels)
    agree = agreement_weights(weights, table)
    out = []
    for a, b in itertools.combinations(range(len(table.coders)), 2):
        codes = table.codes[:, [a, b]]
        codes = codes[(codes >= 0).all(axis=1)]
        rows, times = kernels.distinct(codes, ordered=True)
        kappa = kernels.cohen(rows, agree, times[None])
        ac = kernels.gwet(rows, agree, times[None])
        out.append((len(codes), kappa.observed[0], kappa.value[0], ac.value[0]))
    index = pd.MultiIndex.from_tuples(
        list(itertools.combinations(table.coders, 2)), names=["coder", "other"]
    )
    return pd.DataFrame(out, index=index, columns=["n_units", "agreement", "kappa", "ac"])


def confusion(
    ratings: pd.DataFrame,
    *,
    reference: pd.Series[Any] | pd.DataFrame | None = None,
    shares: bool = False,
    levels: Sequence[Any] | None = None,
) -> pd.DataFrame:
    """Count what each coder gave (columns) where the reference says what it is (rows).

    Parameters
    ----------
    ratings : DataFrame
        Units by coders, or long rows `unit, coder, value`.
    reference : Series or DataFrame, optional
        The truth to hold coders to: a Series of values by unit (adjudicated, say), or a DataFrame
        of the probability of each level by unit (such as ``dawid_skene(...).probabilities``). By
        default the other coders: a unit that two of them call 0 and one calls 1 counts 2/3 as 0
        and 1/3 as 1.
    shares : bool
        Shares of each row, P(given | true), instead of numbers of units; NaN in a row without any.
    levels : sequence, optional

    Returns
    -------
    DataFrame
        Index `coder`, `true`; one column per level. ``.loc[coder]`` of the shares is the confusion
        matrix that `uncertainty` of the robustness module takes.

    Raises
    ------
    ReliabilityError

    Examples
    --------
    >>> table = pd.DataFrame({"X": [0, 0, 1, 1], "Y": [0, 1, 1, 1]})
    >>> confusion(table, reference=pd.Series([0, 0, 1, 1])).loc["Y"]
            0    1
    true
    0     1.0  1.0
    1     0.0  2.0
    """
    table = read(ratings, levels=levels)
    given = _reference(table, reference)
    tables = []
    for number in range(len(table.coders)):
        against = _others(table, number) if given is None else given
        counted = kernels.confusion(table.codes[:, number], against)
        if shares:
            total = counted.sum(axis=1, keepdims=True)
            counted = np.where(total > 0, counted / np.where(total > 0, total, 1.0), np.nan)
        tables.append(counted)
    index = pd.MultiIndex.from_product([table.coders, table.levels], names=["coder", "true"])
    return pd.DataFrame(np.concatenate(tables), index=index, columns=list(table.levels))


def bias(
    ratings: pd.DataFrame,
    *,
    reference: pd.Series[Any] | pd.DataFrame | None = None,
    levels: Sequence[Any] | None = None,
) -> pd.DataFrame:
    """How each coder leans: against a reference, on the same units.

    Parameters
    ----------
    ratings, levels
        See :func:`confusion`.
    reference : Series or DataFrame, optional
        As in :func:`confusion`; by default the mean of the other coders of a unit.

    Returns
    -------
    DataFrame
        One row per coder: `n_units` that have both; `agreement`, the share of the units on which
        the reference says the same; for levels with an order `mean`, the mean of rating minus
        reference (above 0: the coder goes too high), its standard error `se` over units (sample
        standard deviation, with n - 1, over the root of n), and
        `absolute`, the mean size of the difference; and for each level `surplus_<level>`, the share
        of units to which the coder gives it minus the reference's share (they sum to 0). Values are
        level values, positions for names. NaN without units; `se` NaN with fewer than two.

    Raises
    ------
    ReliabilityError

    Examples
    --------
    >>> table = pd.DataFrame({"X": [0, 0, 1, 1], "Y": [0, 1, 1, 1], "Z": [0, 0, 1, 1]})
    >>> bias(table)[["n_units", "agreement", "mean"]]
           n_units  agreement   mean
    coder
    X            4      0.875 -0.125
    Y            4      0.750  0.250
    Z            4      0.875 -0.125
    """
    table = read(ratings, levels=levels)
    given = _reference(table, reference)
    rows = []
    for number in range(len(table.coders)):
        against = _others(table, number) if given is None else given
        used = (table.codes[:, number] >= 0) & ~np.isnan(against).any(axis=1)
        rows.append(_lean(table, table.codes[used, number], against[used]))
    index = pd.Index(table.coders, name="coder")
    out = pd.DataFrame(rows, index=index)
    return out.astype({"n_units": np.int64})


def _lean(table: Ratings, codes: Ints, against: Floats) -> dict[str, float]:
    n, nothing = len(codes), np.nan
    own = np.eye(len(table.levels))[codes]
    out: dict[str, float] = {
        "n_units": n,
        "agreement": float((own * against).sum() / n) if n else nothing,
    }
    if table.ordered:
        difference = table.values[codes] - against @ table.values
        distance = np.abs(table.values[codes][:, None] - table.values)
        out["mean"] = float(difference.mean()) if n else nothing
        out["se"] = float(difference.std(ddof=1) / np.sqrt(n)) if n > 1 else nothing
        out["absolute"] = float((distance * against).sum() / n) if n else nothing
    surplus = (own - against).mean(axis=0) if n else np.full(len(table.levels), nothing)
    return out | {f"surplus_{level}": x for level, x in zip(table.levels, surplus, strict=True)}


def _others(table: Ratings, number: int) -> Floats:
    paired(table)  # somebody must have rated what another did
    return kernels.others(table.codes, len(table.levels), number)


def _reference(table: Ratings, reference: Any) -> Floats | None:
    """Probability of each level by unit, NaN where the reference says nothing; None for none."""
    if reference is None:
        return None
    if not isinstance(reference, pd.Series | pd.DataFrame):
        raise ReliabilityError(
            "reference must be a Series of values by unit, or a DataFrame of the probability of "
            f"each level by unit; got {type(reference).__name__}"
        )
    if reference.index.has_duplicates or not table.units.isin(reference.index).any():
        raise ReliabilityError(
            "reference must have each unit once, in its index as in that of the ratings; it has "
            f"{len(reference)} rows such as {first_three(map(repr, reference.index[:1]))}, and the "
            f"ratings have {first_three(map(repr, table.units[:1]))}"
        )
    aligned = reference.reindex(table.units)
    out = np.full((len(table.units), len(table.levels)), np.nan)
    if isinstance(aligned, pd.Series):
        where = {level: number for number, level in enumerate(table.levels)}
        known = aligned.notna().to_numpy()
        values = aligned.to_numpy(dtype=object)[known]
        strange = [value for value in values if value not in where]
        if strange:
            raise ReliabilityError(
                f"reference must hold levels {list(table.levels)}; it also has "
                f"{first_three(map(repr, strange))}. Declare every value with levels="
            )
        out[known] = np.eye(len(table.levels))[[where[value] for value in values]]
        return out
    if set(aligned.columns) != set(table.levels):
        raise ReliabilityError(
            f"reference must have one column for each of the levels {list(table.levels)}; got "
            f"{list(aligned.columns)}"
        )
    chance = aligned[list(table.levels)].to_numpy(np.float64)
    unknown = np.isnan(chance).all(axis=1)
    wrong = ~unknown & ~((np.abs(chance.sum(axis=1) - 1) <= 1e-6) & (chance >= 0).all(axis=1))
    if wrong.any():
        shown = [
            f"{table.units[int(row)]!r}: {chance[row].tolist()}" for row in np.flatnonzero(wrong)
        ]
        raise ReliabilityError(
            f"reference probabilities of a unit must sum to 1; not so for {first_three(shown)}"
        )
    return chance
