"""Slow twins of `kernels/regression.py`: written from the definitions, with plain loops."""

from __future__ import annotations

import math

import numpy as np


def least_squares(design, outcome):
    """Coefficients from the normal equations, and the inverse of X'X."""
    x = np.asarray(design, float)
    k = x.shape[1]
    gram = [[math.fsum(row[a] * row[b] for row in x) for b in range(k)] for a in range(k)]
    right = [math.fsum(row[a] * y for row, y in zip(x, outcome, strict=True)) for a in range(k)]
    inverse = np.linalg.inv(np.array(gram))
    return inverse @ np.array(right), inverse


def meat(scores, together):
    """Sum of s_d s_e' over all ordered pairs of rows (d, e) that `together` says are tied."""
    n, k = np.asarray(scores).shape
    total = np.zeros((k, k))
    for d in range(n):
        for e in range(n):
            if together(d, e):
                total += np.outer(scores[d], scores[e])
    return total


def dyadic_meat(scores, state, partner):
    """Rows are tied if they share a member, in whichever place."""
    return meat(scores, lambda d, e: bool({state[d], partner[d]} & {state[e], partner[e]}))


def cluster_meat(scores, group):
    """Rows are tied if they are in one group."""
    return meat(scores, lambda d, e: group[d] == group[e])


def two_way_meat(scores, one, other):
    """Rows are tied if they share one group or the other."""
    return meat(scores, lambda d, e: one[d] == one[e] or other[d] == other[e])


def pool(estimates, covariances, complete):
    """Rubin's rules for one parameter after the other; Barnard and Rubin's degrees of freedom."""
    m, k = len(estimates), len(estimates[0])
    rows = []
    for j in range(k):
        values = [float(q[j]) for q in estimates]
        mean = math.fsum(values) / m
        within = math.fsum(float(u[j][j]) for u in covariances) / m
        between = math.fsum((v - mean) ** 2 for v in values) / (m - 1)
        extra = (1 + 1 / m) * between
        total = within + extra
        share = extra / total if total > 0 else math.nan
        old = math.inf if extra == 0 else (m - 1) / share**2
        if math.isinf(complete):
            df = old
        else:
            observed = (complete + 1) / (complete + 3) * complete * (1 - share)
            df = 1 / ((0 if math.isinf(old) else 1 / old) + 1 / observed) if observed else 0.0
        rows.append((mean, within, between, total, df, share))
    return rows


def jackknife(scores, hessians, state, partner):
    """Leave out members, then dyads, one after the other, by explicit loops."""
    n, k = np.asarray(scores).shape
    whole = sum(hessians[d] for d in range(n))

    def squares(groups):
        total = np.zeros((k, k))
        for rows in groups:
            left = whole - sum(hessians[d] for d in rows)
            change = np.linalg.inv(left) @ sum(scores[d] for d in rows)
            total += np.outer(change, change)
        return total

    members = sorted({*state, *partner})
    pairs = sorted({tuple(sorted((state[d], partner[d]))) for d in range(n)})
    by_member = [[d for d in range(n) if m in (state[d], partner[d])] for m in members]
    by_pair = [[d for d in range(n) if {state[d], partner[d]} == set(p)] for p in pairs]
    return squares(by_member) - squares(by_pair)


def effective_members(design, bread, state, partner):
    found = []
    for j in range(len(bread)):
        weights = []
        for m in sorted({*state, *partner}):
            rows = [d for d in range(len(state)) if m in (state[d], partner[d])]
            weights.append(math.fsum(float(bread[j] @ design[d]) for d in rows) ** 2)
        found.append(math.fsum(weights) ** 2 / math.fsum(w**2 for w in weights))
    return found
