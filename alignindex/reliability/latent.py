"""The true code behind the ratings, and each coder's error rates (Dawid & Skene 1979)."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.arguments import check_count, check_number, check_within
from alignindex.base.errors import ReliabilityError, first_three
from alignindex.base.typing import Ints
from alignindex.kernels.reliability import latent_codes as kernels
from alignindex.reliability.ratings import Ratings, read

__all__ = ["TrueCodes", "dawid_skene"]


@dataclass(frozen=True)
class TrueCodes:
    """What the true codes may be, and how each coder errs.

    Attributes
    ----------
    probabilities : DataFrame
        Units by levels: P(true level | ratings). NaN for a unit that nobody rated.
    prevalence : Series
        Share of each true level.
    confusion : DataFrame
        Index `coder`, `true`; columns the levels given: P(given | true). NaN where a coder rated
        nothing that may be of that level.
    ratings : Series
        Number of readings by coder.
    log_likelihood : float
    iterations : int
    converged : bool
        Whether no prevalence or error rate moved by more than the tolerance in the last step.
    doubtful : tuple
        Levels that the coders together do not call by their own name more often than by any other:
        their labels may be exchanged, or the level has no units. Look at `confusion` first.
    """

    probabilities: pd.DataFrame
    prevalence: pd.Series[Any]
    confusion: pd.DataFrame
    ratings: pd.Series[Any]
    log_likelihood: float
    iterations: int
    converged: bool
    doubtful: tuple[Any, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return `probabilities`."""
        return self.probabilities

    def codes(self) -> pd.Series[Any]:
        """Return the most probable level of each unit, the earlier one of equals; NaN if unrated.

        Take the probabilities where you can: a most probable code hides how sure it is.
        """
        chance = self.probabilities
        known = chance.notna().all(axis=1).to_numpy()
        names = np.array([*chance.columns, np.nan], dtype=object)
        best = np.full(len(chance), len(names) - 1)
        best[known] = chance.to_numpy()[known].argmax(axis=1)
        return pd.Series(names[best], index=chance.index, name="code").infer_objects()

    def pooled(self) -> pd.DataFrame:
        """Return P(given | true) of a reading by any coder, weighted by their readings.

        A confusion matrix for `uncertainty(coders={indicator: ...})`, if the codes that were
        scored came from one coder, whoever that was. NaN in the row of a level without units:
        `smoothing` above 0 fills it, and `uncertainty` wants it filled.
        """
        weight = self.ratings.reindex(self.confusion.index.get_level_values("coder")).to_numpy()
        known = self.confusion.notna().all(axis=1)
        weighted = self.confusion.mul(weight, axis=0)
        total = pd.Series(weight, index=self.confusion.index).where(known)
        by_true = weighted.groupby(level="true", sort=False).sum(min_count=1)
        return by_true.div(total.groupby(level="true", sort=False).sum(min_count=1), axis=0)


def dawid_skene(
    ratings: pd.DataFrame,
    *,
    levels: Sequence[Any] | None = None,
    coder_of: Mapping[Hashable, Hashable] | None = None,
    smoothing: float = 0.0,
    tolerance: float = 1e-8,
    max_iterations: int = 10_000,
) -> TrueCodes:
    r"""Estimate true codes and error rates from ratings alone, as latent classes.

    Given the true level j of a unit, coder c gives level k with chance :math:`\theta_{cjk}`,
    whatever the others give; units are of level j with chance :math:`\pi_j`. EM starts from the
    shares of each unit's ratings (no random start: same data, same answer) and rests when no
    :math:`\pi` or :math:`\theta` changes by more than `tolerance`.

    Parameters
    ----------
    ratings : DataFrame
        Units by coders, NaN where a coder did not rate; or long rows `unit, coder, value`.
    levels : sequence, optional
        Every value that may be given. One that is never given has prevalence 0.
    coder_of : mapping from column to coder, optional
        For repeated readings: columns with one coder share its error rates.
    smoothing : float
        Readings added to each coder's every true level, spread evenly over what it may give: 0 is
        maximum likelihood, which calls a slip that was not seen impossible and so is too sure with
        few units; 1 is mild.
    tolerance : float
    max_iterations : int

    Returns
    -------
    TrueCodes

    Raises
    ------
    ReliabilityError
        If the table or an option is not as described; or no unit has three readings: two coders
        cannot show which of them errs.

    Warns
    -----
    RuntimeWarning
        If EM has not come to rest; `converged` is then False.

    Notes
    -----
    The likelihood can have several maxima, and the labels of true levels are fixed only by the
    start, that is by coders being right more often than not: `doubtful` names levels where they
    are not. Coders who err *together* (a shared source, an ambiguous rule) are taken for right:
    independence given the truth is the assumption to defend. Probabilities do not carry the
    uncertainty of the error rates themselves.

    References
    ----------
    Dawid & Skene 1979, doi:10.2307/2346806.

    Examples
    --------
    >>> table = pd.DataFrame({
    ...     "X": ["no", "no", "yes", "yes", "no", "yes"],
    ...     "Y": ["no", "no", "yes", "yes", "yes", "yes"],
    ...     "Z": ["no", "no", "yes", "no", "no", "yes"],
    ... })
    >>> fit = dawid_skene(table, smoothing=1)
    >>> fit.codes().tolist()
    ['no', 'no', 'yes', 'yes', 'no', 'yes']
    >>> fit.confusion.loc["X"].round(2)
            no   yes
    true
    no    0.82  0.18
    yes   0.18  0.82
    """
    most = np.finfo(float).max
    check_within(smoothing, "smoothing", "a number of readings, 0 or more", 0, most)
    check_number(tolerance, "tolerance", "a change at rest, such as 1e-8", 0, 1)
    check_count(max_iterations, "max_iterations", 1)
    table = read(ratings, levels=levels, repeated=True)
    coders, coder = _coders(table, coder_of)
    size = np.count_nonzero(table.codes >= 0, axis=1)
    if size.max() < 3:
        raise ReliabilityError(
            f"error rates need units with three readings or more; the most here is {size.max()}. "
            "Two readings that differ cannot show which is wrong: add a coder, or give an "
            "adjudicated reference to confusion"
        )
    k = len(table.levels)
    rated = size > 0
    codes = table.codes[rated]
    rows, place, times = np.unique(codes, axis=0, return_inverse=True, return_counts=True)
    fit = kernels.dawid_skene(
        kernels.readings(rows, coder, len(coders), k),
        times.astype(np.int64),
        k,
        smoothing=smoothing,
        tolerance=tolerance,
        max_iterations=max_iterations,
    )
    converged = fit.change <= tolerance
    if not converged:
        warnings.warn(
            f"EM has not come to rest in {fit.iterations} iterations (last change {fit.change:.2g} "
            f"> {tolerance:g}); raise max_iterations, or add smoothing",
            RuntimeWarning,
            stacklevel=2,
        )
    chance = np.full((len(size), k), np.nan)
    chance[rated] = fit.posterior[np.reshape(place, -1)]
    names = list(table.levels)
    index = pd.MultiIndex.from_product([coders, names], names=["coder", "true"])
    given = np.bincount(coder, weights=(table.codes >= 0).sum(axis=0), minlength=len(coders))
    found = TrueCodes(
        probabilities=pd.DataFrame(chance, index=table.units, columns=names),
        prevalence=pd.Series(fit.prevalence, index=pd.Index(names, name="true"), name="share"),
        confusion=pd.DataFrame(fit.rates.reshape(-1, k), index=index, columns=names),
        ratings=pd.Series(
            given.astype(np.int64), index=pd.Index(coders, name="coder"), name="ratings"
        ),
        log_likelihood=fit.log_likelihood,
        iterations=fit.iterations,
        converged=converged,
        doubtful=(),
    )
    return replace(found, doubtful=_doubtful(found))


def _doubtful(found: TrueCodes) -> tuple[Any, ...]:
    """Levels whose own name is not the most frequent one among the readings of their units."""
    pooled = found.pooled().to_numpy()
    others = np.where(np.eye(len(pooled), dtype=bool), 0.0, pooled).max(axis=1)
    wrong = ~(np.diag(pooled) > others)  # NaN, a level without units, is doubtful too
    return tuple(found.probabilities.columns[wrong])


def _coders(
    table: Ratings, coder_of: Mapping[Hashable, Hashable] | None
) -> tuple[list[Hashable], Ints]:
    """Coders in order of first appearance, and the number of each column's coder."""
    if coder_of is not None and not isinstance(coder_of, Mapping):
        raise ReliabilityError(
            f"coder_of is a mapping from column to coder, for repeated readings; got {coder_of!r}"
        )
    named = dict(coder_of or {})
    unknown = [column for column in named if column not in table.coders]
    if unknown:
        raise ReliabilityError(
            f"coder_of names columns {first_three(map(repr, unknown))}, and the ratings have "
            f"{table.coders}"
        )
    owner = [named.get(column, column) for column in table.coders]
    coders = list(dict.fromkeys(owner))
    return coders, np.array([coders.index(name) for name in owner], dtype=np.int64)
