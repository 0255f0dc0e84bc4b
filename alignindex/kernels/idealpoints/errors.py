"""Standard errors of dynamic ordinal ideal points: a block Laplace approximation.

The joint precision of points and item parameters is that of the prior plus the expected
information of every vote. Eliminating the items of one period leaves a matrix that is block
tridiagonal by period; items voted on again in other periods stay as a border. A block
factorisation then gives the marginal variances, and draws from the same Gaussian.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular

from alignindex.kernels.idealpoints.model import (
    CUT_VARIANCE,
    Model,
    Parameters,
    density,
    interval_score,
    mills,
)
from alignindex.kernels.typing import Bools, Floats, Ints

__all__ = ["Laplace", "Period", "expected_information", "factorise"]


class Period(NamedTuple):
    """One period of the factorisation; n nodes (phantoms last), m items of this period alone."""

    nodes: Ints  # (n_real,) numbers of the real nodes
    items: Ints  # (m,)
    cross: Floats  # (n, m, 3) information between points and item parameters
    inverse: Floats  # (n, n) inverse of S, the block after forward elimination
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


def expected_information(a: Floats, c: Floats, two: Bools) -> tuple[Floats, Floats, Floats]:
    r"""Return the Fisher information of votes in their cut distances.

    With probabilities :math:`p_1 = \Phi(a)`, :math:`p_3 = \Phi(-c)`, :math:`p_2` the rest:
    :math:`I_{11} = \phi(a)^2 (1/p_1 + 1/p_2)`, :math:`I_{22} = \phi(c)^2 (1/p_2 + 1/p_3)`,
    :math:`I_{12} = -\phi(a)\phi(c)/p_2`; if ``two`` is false there is one cut-point, and
    :math:`I_{11} = \phi(a)^2 / (p_1 (1 - p_1))`, the others 0.
    """
    # 1 / (p (1 - p)) = 1/p + 1/(1 - p), so every term is a density times a stable ratio of mills.
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
    """Sum the expected information by node, by item and between them.

    The cut distances are a = g - b t and c = h - b t, with point t, slope b and cut-points g, h.
    By the chain rule the information in (t, b, g, h) follows from that in (a, c).
    """
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
    # An item with one cut-point has no third parameter: a 1 keeps its block invertible.
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

    A block tridiagonal matrix allows links between neighbouring periods only. k links of precision
    k w over the phantoms have, once the phantoms are integrated out, exactly the precision w.
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
        # The diagonal of the prior holds w at both ends; with phantoms it must hold gap times w.
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
    """Factorise the joint precision of points and items at the estimate.

    Eliminating the items of one period leaves, for the points, a matrix that is block tridiagonal
    by period. The forward pass eliminates period after period: with D_t the block of period t and
    W the precisions of its links to t + 1, it leaves ``S_t = D_t - W' S_(t-1)^-1 W``. The right
    sides (border items and frame) are eliminated along with it, and their Schur complement
    collects ``R' S_t^-1 R``. The backward pass solves for the right sides.

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
    border, first, column = border_of(votes.item, vote_period, votes.n_items, n_periods)
    # Location and scale of the points, which the standardisation fixes.
    frame = np.stack([np.ones_like(now.points), now.points], axis=1)
    frame = np.asarray(frame / np.sqrt((frame**2).sum(axis=0)), dtype=np.float64)
    order = np.argsort(vote_period, kind="stable")
    bounds = np.searchsorted(vote_period[order], np.arange(n_periods + 1))

    end = 3 * border.size  # the border's columns, then those of the frame
    width = end + 2
    periods: list[Period] = []
    rights: list[Floats] = []
    schur = np.zeros((width, width))
    into, taken, below = np.zeros(0, dtype=np.int64), np.zeros((0, 0)), np.zeros((0, width))
    for t in range(n_periods):
        mine = order[bounds[t] : bounds[t + 1]]
        place, item = chain.slot[votes.node[mine]], votes.item[mine]
        n, nodes = chain.prior[t].size, chain.real[t]
        items, cross, filling, used = crossing(place, item, column, blocks.vote[mine], n)
        diagonal = chain.prior[t].copy()
        diagonal[: nodes.size] += blocks.point[nodes]
        reduced = np.einsum("nmi,mij->nmj", cross, item_inverse[items]).reshape(n, -1)
        left = np.diag(diagonal) - reduced @ cross.reshape(n, -1).T
        right = np.zeros((n, width))
        right[:, :end].reshape(n, -1, 3)[:, used] = filling
        right[: nodes.size, end:] = frame[nodes]
        left[np.ix_(into, into)] -= taken
        right[into] += below
        root = cholesky(left, lower=True, check_finite=False)
        inverse = cho_solve((root, True), np.eye(n), check_finite=False)
        half = solve_triangular(root, right, lower=True, check_finite=False)
        # Columns of border items that nobody has voted on yet are still zero.
        voted = 3 * int((first[border] <= t).sum())
        filled = np.append(np.arange(voted), np.arange(end, width))
        part = half[:, filled]
        schur[np.ix_(filled, filled)] += part.T @ part
        here, weight = chain.here[t], chain.weight[t]
        into = chain.there[t]
        taken = inverse[np.ix_(here, here)] * weight[:, None] * weight[None, :]
        below = weight[:, None] * (inverse[here] @ right)
        rights.append(right)
        periods.append(Period(nodes, items, cross, inverse, here, into, weight))

    solved = back_substitute(periods, rights)
    matrix = -schur[:end, :end]
    for k, number in enumerate(border):
        matrix[3 * k : 3 * k + 3, 3 * k : 3 * k + 3] += blocks.item[number]
    return Laplace(
        periods=tuple(periods),
        item_inverse=item_inverse,
        border=border,
        solved=tuple(x[:, :end] for x in solved),
        solved_frame=tuple(x[:, end:] for x in solved),
        border_root=cholesky(matrix, lower=True, check_finite=False) if border.size else matrix,
        border_frame=schur[:end, end:],
        frame=frame,
    )


def border_of(item: Ints, period: Ints, n_items: int, n_periods: int) -> tuple[Ints, Ints, Ints]:
    """Return the items voted on in several periods, every item's first period, and its column.

    Border items are sorted by first period, so that their columns fill from the left. The column
    of an item that is not in the border is -1.
    """
    first, last = np.full(n_items, n_periods), np.full(n_items, -1)
    np.minimum.at(first, item, period)
    np.maximum.at(last, item, period)
    border = np.flatnonzero(first < last)
    border = border[np.argsort(first[border], kind="stable")]
    column = np.full(n_items, -1)
    column[border] = np.arange(border.size)
    return border, first, column


def crossing(
    place: Ints, item: Ints, column: Ints, vote: Floats, n: int
) -> tuple[Ints, Floats, Floats, Ints]:
    """Return the information between the points of a period and the items voted on in it.

    Returns
    -------
    items : (m,) items of this period alone
    cross : (n, m, 3) information between points and these items
    filling : (n, k, 3) information between points and border items
    used : (k,) columns of these border items
    """
    single = column[item] < 0
    items, used = np.unique(item[single]), np.unique(column[item[~single]])
    at = np.searchsorted(items, item[single])
    cross = scatter(place[single], at, vote[single], (n, items.size))
    at = np.searchsorted(used, column[item[~single]])
    return items, cross, scatter(place[~single], at, vote[~single], (n, used.size)), used


def back_substitute(periods: list[Period], rights: list[Floats]) -> list[Floats]:
    """Return the solution of the points for every right side, from the last period to the first."""
    solved: list[Floats] = list(rights)
    for t in range(len(periods) - 1, -1, -1):
        this, right = periods[t], rights[t]
        if t + 1 < len(periods):
            np.add.at(right, this.here, this.weight[:, None] * solved[t + 1][this.there])
        solved[t] = this.inverse @ right
    return solved


def scatter(row: Ints, column: Ints, values: Floats, shape: tuple[int, int]) -> Floats:
    """Sum (n_votes, 3) values into a (rows, columns, 3) array."""
    size = shape[0] * shape[1]
    place = row * shape[1] + column
    parts = [np.bincount(place, values[:, j], minlength=size)[:size] for j in range(3)]
    return np.asarray(np.stack(parts, axis=-1).reshape(*shape, 3), dtype=np.float64)
