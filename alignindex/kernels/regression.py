"""Covariances of regressions on dyads, and the pooling of multiple imputations."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from alignindex.kernels.typing import Floats, Ints

__all__ = [
    "Pooled",
    "cluster_meat",
    "dyadic_meat",
    "effective_members",
    "group_sums",
    "is_positive",
    "jackknife",
    "least_squares",
    "pool",
    "two_way_meat",
]


def least_squares(design: Floats, outcome: Floats) -> tuple[Floats, Floats]:
    """Return the coefficients and the inverse of X'X, by a QR decomposition.

    The design has full column rank; its front checks that.
    """
    q, r = np.linalg.qr(design)
    inverse = np.linalg.inv(r)
    return inverse @ (q.T @ outcome), inverse @ inverse.T


def group_sums(scores: Floats, group: Ints, n_groups: int) -> Floats:
    """Sum the rows of each group; shape (n_groups, columns)."""
    columns = [np.bincount(group, weights=column, minlength=n_groups) for column in scores.T]
    return np.stack(columns, axis=1)


def cluster_meat(scores: Floats, group: Ints) -> Floats:
    """Sum s_d s_e' over all pairs of rows in one group."""
    sums = group_sums(scores, group, int(group.max()) + 1)
    return sums.T @ sums


def _joint(one: Ints, other: Ints) -> Ints:
    """Give the pairs of two groups that occur one number each."""
    width = int(other.max()) + 1
    return np.asarray(np.unique(one * width + other, return_inverse=True)[1], dtype=np.int64)


def dyadic_meat(scores: Floats, state: Ints, partner: Ints, doubled: bool = False) -> Floats:
    """Sum s_d s_e' over all pairs of rows that share at least one member, in whichever place.

    Sums by member count a pair of rows once for each member that it shares, so rows of the same
    two members are counted twice: those of one unordered dyad are taken off once, unless
    `doubled`, which is larger and always positive. No row pairs a member with itself.
    """
    size = int(max(state.max(), partner.max())) + 1
    by_member = group_sums(scores, state, size) + group_sums(scores, partner, size)
    meat = by_member.T @ by_member
    if doubled:
        return meat
    low, high = np.minimum(state, partner), np.maximum(state, partner)
    return meat - cluster_meat(scores, _joint(low, high))


def two_way_meat(scores: Floats, one: Ints, other: Ints, doubled: bool = False) -> Floats:
    """Sum s_d s_e' over all pairs of rows that share one group or the other.

    Pairs that share both are counted twice if `doubled`.
    """
    meat = cluster_meat(scores, one) + cluster_meat(scores, other)
    return meat if doubled else meat - cluster_meat(scores, _joint(one, other))


def _deleted(scores: Floats, hessians: Floats, whole: Floats, group: list[Ints]) -> Floats:
    """Change of the coefficients when the rows of each group are left out; (groups, columns)."""
    size, k = 1 + max(int(codes.max()) for codes in group), scores.shape[1]
    flat = hessians.reshape(len(hessians), k * k)
    sums = np.sum([group_sums(scores, codes, size) for codes in group], axis=0)
    parts = np.sum([group_sums(flat, codes, size) for codes in group], axis=0)
    left = whole - parts.reshape(size, k, k)
    return np.linalg.solve(left, sums[:, :, None])[:, :, 0]


def jackknife(
    scores: Floats, hessians: Floats, state: Ints, partner: Ints, doubled: bool = False
) -> Floats:
    """Leave out one member after the other: a dyadic covariance with less bias in small samples.

    `hessians`, shape (rows, k, k), are the rows' parts of the negative Hessian: x x' for least
    squares, for which leaving out is exact; else it is one Newton step. As in the plain formula,
    rows of one unordered dyad enter twice and are taken off once, unless `doubled`.
    """
    whole = hessians.sum(axis=0)
    member = _deleted(scores, hessians, whole, [state, partner])
    if doubled:
        return member.T @ member
    pair = _joint(np.minimum(state, partner), np.maximum(state, partner))
    dyad = _deleted(scores, hessians, whole, [pair])
    return member.T @ member - dyad.T @ dyad


def effective_members(design: Floats, bread: Floats, state: Ints, partner: Ints) -> Floats:
    """Effective number of members behind each coefficient: (sum w^2)^2 / sum w^4.

    w is the weight of a member's own error in the coefficient.
    """
    size = int(max(state.max(), partner.max())) + 1
    sums = group_sums(design, state, size) + group_sums(design, partner, size)
    weight = (sums @ bread) ** 2
    with np.errstate(invalid="ignore"):
        return np.asarray(weight.sum(axis=0) ** 2 / (weight**2).sum(axis=0))


def is_positive(covariance: Floats) -> bool:
    """Say whether no eigenvalue is negative, judged on the correlation scale.

    A variance of zero or less is negative too, but for a coefficient without any error at all.
    """
    variance = np.diag(covariance)
    if (variance < 0).any():
        return False
    scale = np.sqrt(np.where(variance > 0, variance, 1.0))
    scaled = covariance / np.outer(scale, scale)
    return bool(np.linalg.eigvalsh((scaled + scaled.T) / 2).min() >= -1e-10)


class Pooled(NamedTuple):
    """Pooled estimates, one entry per parameter; `total` is a matrix."""

    estimate: Floats
    within: Floats
    between: Floats
    total: Floats
    df: Floats
    share: Floats


def pool(estimates: Floats, covariances: Floats, complete: float) -> Pooled:
    """Pool m estimates, shape (m, k), and covariances, shape (m, k, k), by Rubin's rules."""
    m = len(estimates)
    mean = estimates.mean(axis=0)
    within = covariances.mean(axis=0)
    around = estimates - mean
    between = around.T @ around / (m - 1)
    extra = (1 + 1 / m) * between
    total = within + extra
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.diag(extra) / np.diag(total)
        old = np.where(np.diag(extra) > 0, (m - 1) / share**2, np.inf)
        df = old
        if np.isfinite(complete):
            observed = (complete + 1) / (complete + 3) * complete * (1 - share)
            df = 1 / (1 / old + 1 / observed)
    return Pooled(mean, within, between, total, df, share)
