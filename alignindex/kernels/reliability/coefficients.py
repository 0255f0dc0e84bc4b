"""Reliability kernels: chance-corrected agreement of coders, for many weightings of units at once.

Ratings are codes 0..K-1, one row per unit, one column per coder, -1 where there is none. `times`
says how often each row counts: one line is the data, many lines are bootstrap draws. Everything
is a sum over units, so a draw costs a matrix product over the *distinct* rows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import sparse

from alignindex.kernels.typing import Floats, Ints

__all__ = [
    "Agreement",
    "alpha",
    "cohen",
    "confusion",
    "counts",
    "distinct",
    "fleiss",
    "gwet",
    "others",
    "resample",
]

BLOCK = 2_000_000  # cells of an intermediate table that are held at once


class Agreement(NamedTuple):
    """A coefficient in its parts, each of shape (b,), one entry a line of `times`.

    Attributes
    ----------
    value : ndarray
        (observed - expected)/(1 - expected); NaN where nothing can be paired, or where all that
        was seen is one level and chance alone gives full agreement.
    observed, expected : ndarray
        Agreement seen, and agreement expected by chance.
    """

    value: Floats
    observed: Floats
    expected: Floats


def distinct(codes: Ints, *, ordered: bool = False) -> tuple[Ints, Ints]:
    """Distinct rows and how often each occurs.

    Parameters
    ----------
    codes : ndarray of int, shape (n, c)
    ordered : bool
        False: coders are exchangeable, so rows are sorted first and permuting coders gives the
        same rows exactly.

    Returns
    -------
    rows : ndarray of int, shape (r, c)
        In lexicographic order, so that permuting units changes nothing.
    times : ndarray of int, shape (r,)
    """
    table = codes if ordered else np.sort(codes, axis=1)
    rows, times = np.unique(table, axis=0, return_counts=True)
    return rows.astype(np.int64), times.astype(np.int64)


def resample(times: Ints, draws: int, rng: np.random.Generator) -> Ints:
    """Draw units with replacement: how often each distinct row comes up, shape (draws, r).

    Drawing n units evenly is drawing the multiplicities of distinct rows from a multinomial.
    """
    n = int(times.sum())
    if np.all(times == 1):  # as many rows as units: counting indices is the cheaper multinomial
        out = np.empty((draws, n), dtype=np.int64)
        for line in out:
            line[:] = np.bincount(rng.integers(n, size=n), minlength=n)
        return out
    return rng.multinomial(n, times / n, size=draws).astype(np.int64)


def counts(codes: Ints, levels: int) -> sparse.csr_array:
    """How many coders gave each level to each unit, shape (r, k), sparse."""
    row, column = np.nonzero(codes >= 0)
    given = codes[row, column]
    return sparse.csr_array(
        (np.ones(len(row)), (row, given)), shape=(len(codes), levels), dtype=np.float64
    )


def _lines(times: Ints, width: int) -> list[slice]:
    """Blocks of lines whose tables of this width fit in the budget."""
    step = max(1, BLOCK // max(width, 1))
    return [slice(start, start + step) for start in range(0, len(times), step)]


def _chance_corrected(observed: Floats, expected: Floats) -> Agreement:
    room = 1.0 - expected
    # Full agreement by chance alone (one level in use) leaves nothing to correct; what rounding
    # makes of that zero must not pass for a coefficient.
    defined = room > 1e-12
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(defined, (observed - expected) / np.where(defined, room, 1.0), np.nan)
    return Agreement(value, observed, expected)


def alpha(codes: Ints, values: Floats, times: Ints, scale: str) -> Agreement:
    r"""Krippendorff's alpha, for each line of `times`.

    With the coincidences o, their margins n. and a squared difference d between values,
    alpha = 1 - (n - 1) sum o d / sum n n d. All differences but the ratio one are squared
    distances between scores, so both sums come from each unit's sum and sum of squares; ordinal
    scores are mid-ranks, which depend on the margins and so on the replicate.

    Parameters
    ----------
    codes : ndarray of int, shape (r, c)
    values : ndarray, shape (k,)
        What the codes stand for, ascending; not negative for ``ratio``.
    times : ndarray of int, shape (b, r)
    scale : {"nominal", "ordinal", "interval", "ratio"}

    Returns
    -------
    Agreement
        `value` is alpha; `observed` and `expected` are 1 - disagreement for ``nominal``, and minus
        the mean squared difference for the others. All NaN where no unit has two ratings.
    """
    size = np.count_nonzero(codes >= 0, axis=1)
    paired = size > 1
    codes, times, size = codes[paired], times[:, paired], size[paired].astype(np.float64)
    number = times @ size  # pairable ratings
    table = counts(codes, len(values))
    if scale == "nominal":
        seen, chance = _nominal(table, times, size)
    elif scale == "ratio":
        seen, chance = _ratio(codes, table, values, times, size)
    elif scale == "interval":
        seen, chance = _interval(codes, values, times, size)
    else:
        seen, chance = _ordinal(codes, table, times, size)
    with np.errstate(invalid="ignore", divide="ignore"):
        seen = seen / number
        chance = chance / (number * (number - 1.0))
        value = np.where(chance > 0, 1.0 - seen / np.where(chance > 0, chance, 1.0), np.nan)
    shift = 1.0 if scale == "nominal" else 0.0
    return Agreement(value, shift - seen, shift - chance)


def _nominal(table: sparse.csr_array, times: Ints, size: Floats) -> tuple[Floats, Floats]:
    same = np.asarray(table.multiply(table).sum(axis=1)).ravel()
    within = (size**2 - same) / (size - 1.0)
    chance = np.empty(len(times))
    for part in _lines(times, table.shape[1]):
        margins = _margins(table, times[part])
        # n^2 - sum n_k^2, written as a sum of products so that one level gives an exact zero.
        rest = margins.sum(axis=1, keepdims=True) - margins
        chance[part] = np.einsum("bk,bk->b", margins, rest)
    return times @ within, chance


def _margins(table: sparse.csr_array, times: Ints) -> Floats:
    return np.ascontiguousarray((table.T @ times.T.astype(np.float64)).T)


def _interval(codes: Ints, values: Floats, times: Ints, size: Floats) -> tuple[Floats, Floats]:
    present = codes >= 0
    used = values[codes[present]]
    # Centring costs nothing, differences do not see it, and squares keep their digits.
    x = np.where(present, values[codes] - (used.mean() if used.size else 0.0), 0.0)
    total, square = x.sum(axis=1), (x**2).sum(axis=1)
    mean = total / size
    around = np.where(present, (x - mean[:, None]) ** 2, 0.0).sum(axis=1)
    within = 2.0 * size * around / (size - 1.0)
    number, sums, squares = times @ size, times @ total, times @ square
    chance = 2.0 * (number * squares - sums**2)
    # One value in all leaves only rounding: an exact zero then.
    spread = times[:, x.any(axis=1)].any(axis=1) & (chance > 1e-13 * number * squares)
    return times @ within, np.where(spread, chance, 0.0)


def _ordinal(
    codes: Ints, table: sparse.csr_array, times: Ints, size: Floats
) -> tuple[Floats, Floats]:
    present = codes >= 0
    seen, chance = np.empty(len(times)), np.empty(len(times))
    for part in _lines(times, table.shape[1] + codes.size):
        weight = times[part]
        margins = _margins(table, weight)
        ranks = np.cumsum(margins, axis=1) - margins / 2.0
        number = margins.sum(axis=1, keepdims=True)
        ranks -= number / 2.0  # the mean mid-rank is half the number of ratings
        x = np.where(present, ranks[:, codes], 0.0)
        mean = x.sum(axis=2) / size
        around = (np.where(present, x - mean[:, :, None], 0.0) ** 2).sum(axis=2)
        seen[part] = np.einsum("br,br->b", weight, 2.0 * size * around / (size - 1.0))
        # Centred ranks are all zero, exactly, where one level is in use.
        chance[part] = 2.0 * number[:, 0] * np.einsum("bk,bk->b", margins, ranks**2)
    return seen, chance


def _ratio(
    codes: Ints, table: sparse.csr_array, values: Floats, times: Ints, size: Floats
) -> tuple[Floats, Floats]:
    within = np.zeros(len(codes))
    for first in range(codes.shape[1]):
        for second in range(first):
            both = (codes[:, first] >= 0) & (codes[:, second] >= 0)
            a, b = values[codes[both, first]], values[codes[both, second]]
            within[both] += 2.0 * _relative(a, b) / (size[both] - 1.0)
    chance = np.zeros(len(times))
    step = max(1, BLOCK // len(values))
    for lines in _lines(times, len(values)):
        margins = _margins(table, times[lines])
        for start in range(0, len(values), step):
            delta = _relative(values[start : start + step, None], values)
            chance[lines] += np.einsum(
                "bj,bj->b", margins[:, start : start + step], margins @ delta.T
            )
    return times @ within, chance


def _relative(a: Floats, b: Floats) -> Floats:
    """Return ((a - b)/(a + b))^2, and 0 between two zeros."""
    total = a + b
    return np.asarray(((a - b) / np.where(total > 0, total, 1.0)) ** 2)


def _observed(codes: Ints, weights: Floats, times: Ints) -> tuple[Floats, Floats]:
    """Mean pairwise agreement (b,), and mean share of each level (b, k)."""
    size = np.count_nonzero(codes >= 0, axis=1).astype(np.float64)
    table = counts(codes, len(weights)).toarray()
    pairs = np.einsum("rk,rk->r", table, table @ weights) - table @ np.diag(weights)
    paired = size > 1
    mean = np.where(paired, pairs / np.where(paired, size * (size - 1.0), 1.0), 0.0)
    share = table / np.where(size > 0, size, 1.0)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        observed = (times @ mean) / (times @ paired)
        shares = (times @ share) / (times @ (size > 0))[:, None]
    return observed, shares


def fleiss(codes: Ints, weights: Floats, times: Ints) -> Agreement:
    """Fleiss's kappa, weighted, with ratings missing or not, for each line of `times`.

    Parameters
    ----------
    codes : ndarray of int, shape (r, c)
    weights : ndarray, shape (k, k)
        Agreement of two levels: 1 on the diagonal, symmetric.
    times : ndarray of int, shape (b, r)
    """
    observed, p = _observed(codes, weights, times)
    return _chance_corrected(observed, np.einsum("bk,kl,bl->b", p, weights, p))


def gwet(codes: Ints, weights: Floats, times: Ints) -> Agreement:
    """Gwet's AC1 (identity weights) or AC2, for each line of `times`.

    Shapes as in :func:`fleiss`. NaN with a single level: chance is then undefined.
    """
    observed, p = _observed(codes, weights, times)
    k = len(weights)
    if k < 2:
        nothing = np.full(len(times), np.nan)
        return Agreement(nothing, observed, nothing)
    spread = np.einsum("bk,bk->b", p, 1.0 - p)
    return _chance_corrected(observed, weights.sum() / (k * (k - 1.0)) * spread)


def cohen(codes: Ints, weights: Floats, times: Ints) -> Agreement:
    """Cohen's kappa, weighted, of two coders on the units that both rated.

    Parameters
    ----------
    codes : ndarray of int, shape (r, 2)
    weights : ndarray, shape (k, k)
    times : ndarray of int, shape (b, r)
    """
    both = (codes >= 0).all(axis=1)
    codes, times = codes[both], times[:, both]
    number = times.sum(axis=1)
    first = _margins(counts(codes[:, :1], len(weights)), times)
    second = _margins(counts(codes[:, 1:], len(weights)), times)
    with np.errstate(invalid="ignore", divide="ignore"):
        observed = (times @ weights[codes[:, 0], codes[:, 1]]) / number
        expected = np.einsum("bk,kl,bl->b", first, weights, second) / number.astype(float) ** 2
    return _chance_corrected(observed, expected)


def others(codes: Ints, levels: int, coder: int) -> Floats:
    """Share of each level among the ratings of the other coders, shape (n, k); NaN if none."""
    table = counts(np.delete(codes, coder, axis=1), levels).toarray()
    size = table.sum(axis=1, keepdims=True)
    return np.where(size > 0, table / np.where(size > 0, size, 1.0), np.nan)


def confusion(codes: Ints, reference: Floats) -> Floats:
    """Ratings of one coder by the reference.

    Parameters
    ----------
    codes : ndarray of int, shape (n,)
    reference : ndarray, shape (n, k)
        Probability of each level in truth; NaN where there is no reference.

    Returns
    -------
    ndarray, shape (k, k)
        Expected number of units by level in truth (rows) and level given (columns).
    """
    k = reference.shape[1]
    used = (codes >= 0) & ~np.isnan(reference).any(axis=1)
    table = np.zeros((k, k))
    np.add.at(table.T, codes[used], reference[used])
    return table
