"""Slow twins of the ideal-point kernels: plain loops and dense matrices, one vote at a time.

They share no code with the kernels, and are the oracle of the tests and benchmarks.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Table(NamedTuple):
    """Votes as rows (node, item, kind 0 low / 1 middle / 2 high), and what the prior needs."""

    rows: list[tuple[int, int, int]]
    two_cuts: list[bool]
    state: list[int]
    link: list[float]


def phi(x: float) -> float:
    return math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)


def cdf(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def probabilities(point: float, slope: float, lower: float, upper: float) -> list[float]:
    """Probabilities of low, middle and high."""
    below, above = cdf(lower - slope * point), cdf(slope * point - upper)
    return [below, cdf(upper - slope * point) - below, above]


def mean_log_probability(
    table: Table, points: Floats, slopes: Floats, lower: Floats, upper: Floats
) -> float:
    total = 0.0
    for node, item, kind in table.rows:
        total += math.log(probabilities(points[node], slopes[item], lower[item], upper[item])[kind])
    return total / len(table.rows)


def prior_precision(table: Table) -> Floats:
    """Precision of the points under the prior: N(0, 4) at first, then the random walk."""
    n = len(table.state)
    matrix = np.zeros((n, n))
    for j in range(n):
        if j == 0 or table.state[j] != table.state[j - 1]:
            matrix[j, j] += 0.25
        else:
            w = table.link[j - 1]
            matrix[j, j] += w
            matrix[j - 1, j - 1] += w
            matrix[j, j - 1] -= w
            matrix[j - 1, j] -= w
    return matrix


def vote_derivatives(
    kind: int, lower: float, upper: float, eta: float, step: float = 1e-5
) -> tuple[float, float, float, float, float]:
    """Score and observed information of one vote in (a, c), by central differences."""

    def log_p(a: float, c: float) -> float:
        return math.log([cdf(a), cdf(c) - cdf(a), cdf(-c)][kind])

    a, c, h = lower - eta, upper - eta, step
    da = (log_p(a + h, c) - log_p(a - h, c)) / (2 * h)
    dc = (log_p(a, c + h) - log_p(a, c - h)) / (2 * h)
    h = 1e-3
    aa = -(log_p(a + h, c) - 2 * log_p(a, c) + log_p(a - h, c)) / h**2
    cc = -(log_p(a, c + h) - 2 * log_p(a, c) + log_p(a, c - h)) / h**2
    corners = log_p(a + h, c + h) - log_p(a + h, c - h) - log_p(a - h, c + h)
    ac = -(corners + log_p(a - h, c - h)) / (4 * h**2)
    return da, dc, aa, cc, ac


def joint_precision(
    table: Table, points: Floats, slopes: Floats, lower: Floats, upper: Floats
) -> Floats:
    """Prior precision plus expected information of all points and items, dense.

    The order is: the points, then slope, lower and upper cut-point of each item. An item with one
    cut-point has a lone 1 in the place of its upper one. The expected information of a vote is
    the sum over its outcomes of (gradient of p)(gradient of p)' / p.
    """
    n, m = len(points), len(slopes)
    matrix = np.zeros((n + 3 * m, n + 3 * m))
    matrix[:n, :n] = prior_precision(table)
    for k in range(m):
        at = n + 3 * k
        matrix[at, at], matrix[at + 1, at + 1] = 1.0, 0.02
        matrix[at + 2, at + 2] = 0.02 if table.two_cuts[k] else 1.0
    for node, item, _ in table.rows:
        t, b = points[node], slopes[item]
        a, c = lower[item] - b * t, upper[item] - b * t
        place = [node, n + 3 * item, n + 3 * item + 1, n + 3 * item + 2]
        # Gradients of a and c in (point, slope, lower, upper).
        of_a, of_c = np.array([-b, -t, 1.0, 0.0]), np.array([-b, -t, 0.0, 1.0])
        if table.two_cuts[item]:
            outcomes = [
                (cdf(a), phi(a) * of_a),
                (cdf(c) - cdf(a), phi(c) * of_c - phi(a) * of_a),
                (cdf(-c), -phi(c) * of_c),
            ]
        else:
            outcomes = [(cdf(a), phi(a) * of_a), (cdf(-a), -phi(a) * of_a)]
        for p, gradient in outcomes:
            matrix[np.ix_(place, place)] += np.outer(gradient, gradient) / p
    return matrix


def standard_deviations(
    table: Table, points: Floats, slopes: Floats, lower: Floats, upper: Floats
) -> tuple[Floats, Floats]:
    """Sd of the points (n,) and items (m, 3) by inverting the whole matrix.

    The standardisation is a map of all parameters; its Jacobian carries the covariance over.
    """
    covariance = np.linalg.inv(joint_precision(table, points, slopes, lower, upper))
    n, m = len(points), len(slopes)
    jacobian = np.eye(n + 3 * m)
    to_mean = np.ones(n) / n
    to_sd = points / n  # at mean 0 and sd 1
    for j in range(n):
        jacobian[j, :n] -= to_mean + points[j] * to_sd
    for k in range(m):
        at = n + 3 * k
        jacobian[at, :n] += slopes[k] * to_sd
        jacobian[at + 1, :n] -= slopes[k] * to_mean
        jacobian[at + 2, :n] -= slopes[k] * to_mean
    sd = np.sqrt(np.diag(jacobian @ covariance @ jacobian.T))
    return sd[:n], sd[n:].reshape(m, 3)


def sweep(
    table: Table,
    points: Floats,
    variance: Floats,
    slopes: Floats,
    lower: Floats,
    upper: Floats,
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """One sweep of the variational estimator, vote by vote, with dense chain matrices.

    Steps are taken whole, so the comparison with the kernel wants values near the optimum.
    """
    n, m = len(points), len(slopes)
    new_slopes, new_lower, new_upper = slopes.copy(), lower.copy(), upper.copy()
    second = np.zeros(m)
    for item in range(m):
        precision = np.diag([1.0, 0.02, 0.02])
        gradient = np.array([-slopes[item], -0.02 * lower[item], -0.02 * upper[item]])
        for node, k, kind in table.rows:
            if k != item:
                continue
            t = points[node]
            second[item] += t * t + variance[node]
            da, dc, aa, cc, ac = vote_derivatives(kind, lower[k], upper[k], slopes[k] * t)
            of_a, of_c = np.array([-t, 1.0, 0.0]), np.array([-t, 0.0, 1.0])
            gradient += da * of_a + dc * of_c
            precision += aa * np.outer(of_a, of_a) + cc * np.outer(of_c, of_c)
            precision += ac * (np.outer(of_a, of_c) + np.outer(of_c, of_a))
            precision[0, 0] += variance[node]
            gradient[0] -= slopes[k] * variance[node]
        if table.two_cuts[item]:
            step = np.linalg.solve(precision, gradient)
        else:
            fold = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
            precision[2, 2] -= 0.02  # one cut-point has one prior
            gradient[2] += 0.02 * upper[item]
            step = fold @ np.linalg.solve(fold.T @ precision @ fold, fold.T @ gradient)
        new_slopes[item] += step[0]
        new_lower[item] += step[1]
        new_upper[item] += step[2]
    ridge, unit, data, score = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    for node, k, kind in table.rows:
        b = new_slopes[k]
        da, dc, aa, cc, ac = vote_derivatives(kind, new_lower[k], new_upper[k], b * points[node])
        ridge[node] += 1.0 / (1.0 + second[k])
        unit[node] += b * b
        data[node] += (aa + cc + 2 * ac) * b * b
        score[node] -= (da + dc) * b
    prior = prior_precision(table) + np.diag(ridge)
    moved = points + np.linalg.solve(prior + np.diag(data), score - prior @ points)
    new_variance = np.diag(np.linalg.inv(prior + np.diag(unit)))
    centre, scale = moved.mean(), moved.std()
    return (
        (moved - centre) / scale,
        new_variance / scale**2,
        new_slopes * scale,
        new_lower - new_slopes * centre,
        new_upper - new_slopes * centre,
    )
