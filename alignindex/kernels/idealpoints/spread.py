"""Standard deviations and random draws from the block Laplace factors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_solve, solve_triangular

from alignindex.kernels.idealpoints.errors import Laplace
from alignindex.kernels.idealpoints.model import Model, Parameters
from alignindex.kernels.typing import Floats, Ints

__all__ = ["Spread", "draw", "spread"]


class Spread(NamedTuple):
    """Standard deviations, with location and scale fixed by the standardisation."""

    points: Floats  # (n_nodes,)
    slopes: Floats  # (n_items,)
    lower: Floats  # (n_items,)
    upper: Floats  # (n_items,)


def spread(laplace: Laplace, now: Parameters) -> Spread:
    """Return marginal standard deviations, with the standardisation projected out.

    The diagonal of the inverse is computed from the last period to the first (Takahashi's
    recursion): the covariance of a period is S^-1 plus G C G', with C the covariance of the next
    period and G = S^-1 W the gain through the links. Border items add ``B' M^-1 B`` in each period,
    and items follow from the points that voted on them.
    """
    n_nodes, n_items = now.points.size, now.slopes.size
    has_border = laplace.border.size > 0
    root = laplace.border_root
    frame_root = (
        solve_triangular(root, laplace.border_frame, lower=True) if has_border else np.zeros((0, 2))
    )
    variance, on_frame = np.empty(n_nodes), np.empty((n_nodes, 2))
    covariance = np.zeros((n_items, 3, 3))
    with_points: list[tuple[Ints, Floats]] = []
    behind = np.zeros((0, 0))  # selected inverse of the next period
    for t in range(len(laplace.periods) - 1, -1, -1):
        this = laplace.periods[t]
        chosen = this.inverse
        if this.here.size:
            gain = this.inverse[:, this.here] * this.weight
            chosen = chosen + gain @ behind[np.ix_(this.there, this.there)] @ gain.T
        behind = chosen
        full, solved_frame = chosen, laplace.solved_frame[t]
        if has_border:
            outer = solve_triangular(root, laplace.solved[t].T, lower=True, check_finite=False)
            full = full + outer.T @ outer
            solved_frame = solved_frame + outer.T @ frame_root
        real = this.nodes.size
        variance[this.nodes] = np.diagonal(full)[:real]
        on_frame[this.nodes] = solved_frame[:real]
        inverse = laplace.item_inverse[this.items]
        weights = np.einsum("nmi,mij->mjn", this.cross, inverse)  # (m, 3, n)
        covariance[this.items] = inverse + (weights @ full) @ weights.transpose(0, 2, 1)
        with_points.append((this.items, -(weights @ solved_frame)))
    if has_border:
        whole = cho_solve((root, True), np.eye(root.shape[0]), check_finite=False)
        at = 3 * np.arange(laplace.border.size)[:, None] + np.arange(3)
        covariance[laplace.border] = whole[at[:, :, None], at[:, None, :]]
        against = -cho_solve((root, True), laplace.border_frame, check_finite=False)
        with_points.append((laplace.border, against.reshape(-1, 3, 2)))
    frame = laplace.frame
    middle = frame.T @ on_frame  # covariance of location and scale
    projected = variance - 2.0 * (frame * on_frame).sum(axis=1)
    projected += np.einsum("ia,ab,ib->i", frame, middle, frame)
    # Item parameters are on the standardised scale, so they vary with its location and scale.
    moved = np.zeros((n_items, 3, 2))
    moved[:, 0, 1] = now.slopes / np.sqrt(n_nodes)
    moved[:, 1:, 0] = -now.slopes[:, None] / np.sqrt(n_nodes)
    between = np.zeros((n_items, 3, 2))
    for items, values in with_points:
        between[items] = values
    mixed = between @ moved.transpose(0, 2, 1)
    covariance += mixed + mixed.transpose(0, 2, 1) + moved @ middle @ moved.transpose(0, 2, 1)
    sd = np.sqrt(np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 0.0))
    return Spread(np.sqrt(np.maximum(projected, 0.0)), sd[:, 0], sd[:, 1], sd[:, 2])


def draw(laplace: Laplace, model: Model, now: Parameters, rng: np.random.Generator) -> Parameters:
    """Draw points and items once from the Laplace Gaussian, not yet standardised.

    The border is drawn first, then the periods from the last to the first given the next, then
    the items given the points: the order in which the factorisation eliminated them, reversed.
    """
    points, items = np.zeros(now.points.size), np.zeros((now.slopes.size, 3))
    border_draw = np.zeros(3 * laplace.border.size)
    if laplace.border.size:
        noise = rng.standard_normal(border_draw.size)
        border_draw = solve_triangular(laplace.border_root.T, noise, lower=False)
        items[laplace.border] = border_draw.reshape(-1, 3)
    roots = np.linalg.cholesky(laplace.item_inverse)
    ahead = np.zeros(0)
    for t in range(len(laplace.periods) - 1, -1, -1):
        this = laplace.periods[t]
        root = np.linalg.cholesky(this.inverse)
        deviation = root @ rng.standard_normal(root.shape[0])
        if this.here.size:
            deviation += this.inverse[:, this.here] @ (this.weight * ahead[this.there])
        ahead = deviation
        path = deviation - laplace.solved[t] @ border_draw
        points[this.nodes] = path[: this.nodes.size]
        pull = np.einsum("nmi,n->mi", this.cross, path)
        noise = np.einsum("mij,mj->mi", roots[this.items], rng.standard_normal(pull.shape))
        items[this.items] = noise - np.einsum("mij,mj->mi", laplace.item_inverse[this.items], pull)
    # The Gaussian knows nothing of the order of cut-points: shorten deviations that reverse it.
    gap, closing = now.upper - now.lower, items[:, 1] - items[:, 2]
    crossing = model.two_cuts & (closing > 0.9 * gap)
    items[crossing] *= (0.9 * gap[crossing] / closing[crossing])[:, None]
    lower = now.lower + items[:, 1]
    return Parameters(
        now.points + points,
        now.variance,
        now.slopes + items[:, 0],
        lower,
        np.where(model.two_cuts, now.upper + items[:, 2], lower),
    )
