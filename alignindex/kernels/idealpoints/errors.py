"""Standard errors of dynamic ordinal ideal points: a block Laplace approximation.

The joint precision of points and item parameters is the prior's plus the expected information
of every vote. Items of one period are eliminated block by block, which leaves a matrix that is
block tridiagonal by period; items voted again in other periods stay as a border. A block
factorisation then gives the marginal variances, and draws from the same Gaussian.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky, solve_triangular

from alignindex.kernels.idealpoints.model import (
    CUT_VARIANCE,
    Model,
    Parameters,
    density,
    interval_score,
    mills,
)

__all__ = ["Laplace", "Period", "expected_information", "factorise"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Period(NamedTuple):
    """One period of the factorisation; n nodes (phantoms last), m items of this period alone."""

    nodes: Ints  # (n_real,) numbers of the real nodes
    items: Ints  # (m,)
    cross: Floats  # (n, m, 3) information between points and item parameters
    inverse: Floats  # (n, n) inverse of what the forward elimination leaves
    here: Ints  # (k,) positions of nodes with a link to the next period
    there: Ints  # (k,) their positions in the next period
    weight: Floats  # (k,) precision of the link


class Laplace(NamedTuple):
    """Factors of the joint precision."""

    periods: tuple[Period, ...]
    item_inverse: Floats  # (n_items, 3, 3) inverse item blocks (slope, lower, upper)
    border: Ints  # (n_border,) items voted in several periods
    solved: tuple[Floats, ...]  # per period (n, 3 n_border) S^-1 B
    solved_frame: tuple[Floats, ...]  # per period (n, 2) S^-1 U
    border_root: Floats  # (3 n_border, 3 n_border) lower Cholesky factor of M
    border_frame: Floats  # (3 n_border, 2) B' S^-1 U
    frame: Floats  # (n_nodes, 2) the directions of location and scale, orthonormal


def expected_information(a: Floats, c: Floats, two: Flags) -> tuple[Floats, Floats, Floats]:
    r"""Fisher information of one vote in its cut distances.

    With probabilities :math:`p_1 = \Phi(a)`, :math:`p_3 = \Phi(-c)`, :math:`p_2` the rest:
    :math:`I_{11} = \phi(a)^2 (1/p_1 + 1/p_2)`, :math:`I_{22} = \phi(c)^2 (1/p_2 + 1/p_3)`,
    :math:`I_{12} = -\phi(a)\phi(c)/p_2`; where ``two`` is false there is one cut-point, and
    :math:`I_{11} = \phi(a)^2 / (p_1 (1 - p_1))`, the others 0.
    """
    at_lower = density(a)
    first = at_lower * mills(a)
    second, between = np.zeros_like(a), np.zeros_like(a)
    one = ~two
    first[one] += at_lower[one] * mills(-a[one])
    a, c, at_lower, at_upper = a[two], c[two], at_lower[two], density(c[two])
    left, right, _ = interval_score(a, c)
    first[two] += at_lower * left
    second[two] = at_upper * (mills(-c) + right)
    between[two] = -at_lower * right
    return first, second, between


class Blocks(NamedTuple):
    """Information gathered over the votes."""

    point: Floats  # (n_nodes,) of the points, without the prior
    item: Floats  # (n_items, 3, 3) with the prior
    vote: Floats  # (n_votes, 3) between a vote's point and its item


def gather(model: Model, now: Parameters) -> Blocks:
    """Gather the expected information by node, by item and between them."""
    votes, item = model.votes, model.votes.item
    two = model.two_cuts[item]
    t, b = now.points[votes.node], now.slopes[item]
    eta = b * t
    first, second, between = expected_information(now.lower[item] - eta, now.upper[item] - eta, two)
    to_lower, to_upper = -(first + between), -(second + between)
    whole = -(to_lower + to_upper)
    n = votes.n_items

    def total(values: Floats) -> Floats:
        return np.asarray(np.bincount(item, values, minlength=n), dtype=np.float64)

    block = np.zeros((n, 3, 3))
    block[:, 0, 0] = total(whole * t * t) + 1.0
    block[:, 0, 1] = block[:, 1, 0] = total(to_lower * t)
    block[:, 0, 2] = block[:, 2, 0] = total(to_upper * t)
    block[:, 1, 1] = total(first) + 1.0 / CUT_VARIANCE
    block[:, 1, 2] = block[:, 2, 1] = total(between)
    # Items with one cut-point keep an empty third row; any positive number will do there.
    block[:, 2, 2] = total(second) + np.where(model.two_cuts, 1.0 / CUT_VARIANCE, 1.0)
    point = np.asarray(np.bincount(votes.node, whole * b * b, minlength=votes.n_nodes), float)
    cross = np.stack([whole * eta, b * to_lower, b * to_upper], axis=1)
    return Blocks(point, block, cross)


class Chain(NamedTuple):
    """Real and phantom nodes by period, with links between neighbouring periods only."""

    slot: Ints  # (n_nodes,) position of a real node in its period
    real: tuple[Ints, ...]  # per period the numbers of its real nodes
    prior: tuple[Floats, ...]  # per period the diagonal of the prior precision, phantoms last
    here: tuple[Ints, ...]
    there: tuple[Ints, ...]
    weight: tuple[Floats, ...]


def chain_of(model: Model, period: Ints) -> Chain:
    """Lay out the periods; an absence of k - 1 periods becomes k - 1 phantom nodes.

    Links of precision k w over the phantoms marginalise exactly to one of precision w.
    """
    n_periods, n_nodes = int(period.max()) + 1, period.size
    real = tuple(np.flatnonzero(period == t) for t in range(n_periods))
    slot = np.empty(n_nodes, dtype=np.int64)
    for nodes in real:
        slot[nodes] = np.arange(nodes.size)
    size = np.array([nodes.size for nodes in real], dtype=np.int64)
    prior = [model.prior_diagonal[nodes].tolist() for nodes in real]
    here: list[list[int]] = [[] for _ in range(n_periods)]
    there: list[list[int]] = [[] for _ in range(n_periods)]
    weight: list[list[float]] = [[] for _ in range(n_periods)]
    for node in np.flatnonzero(model.link > 0.0):
        start, stop = int(period[node]), int(period[node + 1])
        gap, w = stop - start, float(model.link[node])
        # The prior's diagonal counts the link once at each end; with phantoms it is gap times.
        prior[start][slot[node]] += (gap - 1) * w
        prior[stop][slot[node + 1]] += (gap - 1) * w
        at = int(slot[node])
        for t in range(start, stop):
            if t + 1 == stop:
                to = int(slot[node + 1])
            else:
                to = int(size[t + 1])
                size[t + 1] += 1
                prior[t + 1].append(2.0 * gap * w)
            here[t].append(at)
            there[t].append(to)
            weight[t].append(gap * w)
            at = to
    as_ints = [tuple(np.array(x, dtype=np.int64) for x in side) for side in (here, there)]
    diagonals, weights = (tuple(np.array(x, dtype=float) for x in side) for side in (prior, weight))
    return Chain(slot, real, diagonals, as_ints[0], as_ints[1], weights)


def factorise(model: Model, now: Parameters, period: Ints) -> Laplace:
    """Factorise the joint precision at the estimate.

    Parameters
    ----------
    model : Model
    now : Parameters
        Standardised.
    period : (n_nodes,) int array
        Rank of each node's period, from 0; every rank occurs.
    """
    votes, blocks, chain = model.votes, gather(model, now), chain_of(model, period)
    n_periods = len(chain.real)
    item_inverse = np.asarray(np.linalg.inv(blocks.item), dtype=np.float64)
    vote_period = period[votes.node]
    first = np.full(votes.n_items, n_periods)
    last = np.full(votes.n_items, -1)
    np.minimum.at(first, votes.item, vote_period)
    np.maximum.at(last, votes.item, vote_period)
    border = np.flatnonzero(first < last)
    border = border[np.argsort(first[border], kind="stable")]  # so that columns fill from the left
    column = np.full(votes.n_items, -1)
    column[border] = np.arange(border.size)
    frame = np.stack([np.ones_like(now.points), now.points], axis=1)
    frame = np.asarray(frame / np.sqrt((frame**2).sum(axis=0)), dtype=np.float64)
    order = np.argsort(vote_period, kind="stable")
    bounds = np.searchsorted(vote_period[order], np.arange(n_periods + 1))

    end = 3 * border.size  # the border's columns, then those of the frame
    width = end + 2
    periods: list[Period] = []
    carried: list[Floats] = []
    below = np.zeros((0, width))  # what the elimination of a period hands to the next
    taken = np.zeros((0, 0))
    into = np.zeros(0, dtype=np.int64)
    schur = np.zeros((width, width))
    for t in range(n_periods):
        mine = order[bounds[t] : bounds[t + 1]]
        place, item = chain.slot[votes.node[mine]], votes.item[mine]
        n, nodes = chain.prior[t].size, chain.real[t]
        items = np.unique(item[column[item] < 0])
        single = column[item] < 0
        cross = scatter(
            place[single],
            np.searchsorted(items, item[single]),
            blocks.vote[mine[single]],
            (n, items.size),
        )
        diagonal = chain.prior[t].copy()
        diagonal[: nodes.size] += blocks.point[nodes]
        reduced = np.einsum("nmi,mij->nmj", cross, item_inverse[items]).reshape(n, -1)
        left = np.diag(diagonal) - reduced @ cross.reshape(n, -1).T
        right = np.zeros((n, width))
        used = np.unique(column[item[~single]])
        filling = scatter(
            place[~single],
            np.searchsorted(used, column[item[~single]]),
            blocks.vote[mine[~single]],
            (n, used.size),
        )
        right[:, :end].reshape(n, -1, 3)[:, used] = filling
        right[: nodes.size, end:] = frame[nodes]
        left[np.ix_(into, into)] -= taken
        right[into] += below
        root = cholesky(left, lower=True, check_finite=False)
        inverse = cho_solve((root, True), np.eye(n), check_finite=False)
        half = solve_triangular(root, right, lower=True, check_finite=False)
        # Only columns of items already voted on are filled.
        open_ = 3 * int((first[border] <= t).sum())
        filled = np.append(np.arange(open_), np.arange(end, width))
        part = half[:, filled]
        schur[np.ix_(filled, filled)] += part.T @ part
        here, there, weight = chain.here[t], chain.there[t], chain.weight[t]
        taken = inverse[np.ix_(here, here)] * weight[:, None] * weight[None, :]
        below = weight[:, None] * (inverse[here] @ right)
        into = there
        carried.append(right)
        periods.append(Period(nodes, items, cross, inverse, here, there, weight))

    solved: list[Floats] = [np.zeros((0, width))] * n_periods
    for t in range(n_periods - 1, -1, -1):
        this = periods[t]
        right = carried[t]
        if t + 1 < n_periods:
            np.add.at(right, this.here, this.weight[:, None] * solved[t + 1][this.there])
        solved[t] = this.inverse @ right
    matrix = -schur[:end, :end]
    for k, number in enumerate(border):
        matrix[3 * k : 3 * k + 3, 3 * k : 3 * k + 3] += blocks.item[number]
    border_root = cholesky(matrix, lower=True, check_finite=False) if border.size else matrix
    return Laplace(
        tuple(periods),
        item_inverse,
        border,
        tuple(x[:, :end] for x in solved),
        tuple(x[:, end:] for x in solved),
        border_root,
        schur[:end, end:],
        frame,
    )


def scatter(row: Ints, column: Ints, values: Floats, shape: tuple[int, int]) -> Floats:
    """Sum (n_votes, 3) values into a (rows, columns, 3) array."""
    size = shape[0] * shape[1]
    place = row * shape[1] + column
    parts = [np.bincount(place, values[:, j], minlength=size)[:size] for j in range(3)]
    return np.asarray(np.stack(parts, axis=-1).reshape(*shape, 3), dtype=np.float64)
