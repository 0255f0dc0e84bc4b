"""Simulation study of the ideal points: recovery and coverage under three generators.

The generators below were written down before the estimator was tuned and are frozen: they are
not to be changed to suit it. Each draws true points and votes on a given *skeleton*, that is who
voted on which roll call in which session and which roll calls are linked.

``plain``
    Blocs, slow drift of states around them, the model's own likelihood.
``heavy`` (misspecified)
    As ``plain``, but the errors of the votes are Student-t with 4 degrees of freedom, the mean of
    all states drifts from session to session, and their spread breathes with a period of 30.
``mixed``
    As ``plain``, but half of the items hardly discriminate and the others strongly and mostly in
    one direction.

Run ``python -m benchmarks.studies.idealpoints [--scale 0.1]``; the table is printed as Markdown.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Skeleton(NamedTuple):
    """Who voted on what: one row a vote; nodes are states in sessions, state by state."""

    node: NDArray[np.int64]
    item: NDArray[np.int64]
    node_state: NDArray[np.int64]
    node_period: NDArray[np.int64]
    n_items: int


def true_points(skeleton: Skeleton, generator: str, rng: np.random.Generator) -> NDArray[np.float64]:
    """Points of every node: blocs, slow drift; standardised over the nodes."""
    state, period = skeleton.node_state, skeleton.node_period
    n_states, periods = int(state.max()) + 1, np.arange(period.min(), period.max() + 1)
    centre = rng.choice([-1.0, 0.0, 1.5], size=n_states, p=[0.40, 0.35, 0.25])
    home = centre + rng.normal(0.0, 0.4, n_states)
    path = np.empty((n_states, periods.size))
    path[:, 0] = home + rng.normal(0.0, 0.3, n_states)
    for t in range(1, periods.size):
        step = rng.normal(0.0, 0.12, n_states)
        path[:, t] = path[:, t - 1] + 0.03 * (home - path[:, t - 1]) + step
    if generator == "heavy":
        drift = np.cumsum(rng.normal(0.0, 0.1, periods.size))
        spread = 1.0 + 0.15 * np.sin(2.0 * np.pi * periods / 30.0)
        path = path * spread + drift
    points = path[state, period - period.min()]
    return (points - points.mean()) / points.std()


def simulate(
    skeleton: Skeleton, generator: str, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """True points of the nodes and a category 0, 1, 2 for every vote."""
    points = true_points(skeleton, generator, rng)
    n = skeleton.n_items
    slope = rng.normal(0.0, 1.0, n)
    if generator == "mixed":
        strong = rng.random(n) < 0.5
        sign = np.where(rng.random(n) < 0.8, 1.0, -1.0)
        slope = np.where(strong, sign * np.abs(rng.normal(1.5, 0.5, n)), rng.normal(0.0, 0.3, n))
    spread = np.sqrt(1.0 + slope**2)
    lower = rng.normal(0.9, 0.8, n) * spread
    upper = lower + rng.exponential(0.6, n) * spread
    error = rng.normal(size=skeleton.node.size)
    if generator == "heavy":
        error = rng.standard_t(4.0, skeleton.node.size) / np.sqrt(2.0)
    latent = slope[skeleton.item] * points[skeleton.node] + error
    category = (latent > lower[skeleton.item]).astype(np.int64) + (latent > upper[skeleton.item])
    return points, category
