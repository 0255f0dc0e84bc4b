"""Dynamic ordinal ideal points: the vote likelihood and the point estimate (variational EM).

Arrays in, arrays out; nothing is checked here. A *node* is one state in one period; nodes are
numbered state by state, period by period, so that each state's periods are neighbours. A vote
has one of three kinds: ``low`` (below the only or the lower cut-point of its item), ``middle``
(between two cut-points) and ``high``. Items on which only two categories occur have one
cut-point and only low and high votes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.linalg import eigh, lapack
from scipy.sparse import csr_array
from scipy.special import erfcx, log_ndtr, ndtr, ndtri

from alignindex.kernels.typing import Bools, Floats, Ints

__all__ = [
    "Estimate",
    "Model",
    "Parameters",
    "Votes",
    "arrange",
    "chain_posterior",
    "estimate",
    "interval_score",
    "mean_log_probability",
    "mills",
    "standardise",
    "start_values",
    "sweep",
]

LOW, MIDDLE, HIGH = 0, 1, 2
FIRST_VARIANCE = 4.0  # of a state's first point
CUT_VARIANCE = 50.0
PATIENCE = 4  # sweeps
ROOT_TWO_OVER_PI = float(np.sqrt(2.0 / np.pi))
ROOT_HALF = float(np.sqrt(0.5))
ROOT_TWO_PI = float(np.sqrt(2.0 * np.pi))


class Votes(NamedTuple):
    """Votes sorted by kind and then by node, so that sums run over neighbouring entries."""

    node: Ints  # (n_votes,) non-decreasing within a kind
    item: Ints  # (n_votes,)
    kind_start: Ints  # (4,) kind k is node[kind_start[k]:kind_start[k + 1]]
    order: Ints  # (n_votes,) position of each sorted vote in the arrays that were given
    n_nodes: int
    n_items: int


def arrange(node: Ints, item: Ints, kind: Ints, n_nodes: int, n_items: int) -> Votes:
    """Sort the votes by kind, node and item."""
    order = np.lexsort((item, node, kind))
    start = np.searchsorted(kind[order], np.arange(4)).astype(np.int64)
    return Votes(node[order], item[order], start, order, n_nodes, n_items)


def mills(x: Floats) -> Floats:
    r"""Inverse Mills ratio :math:`\phi(x)/\Phi(x)`, without cancellation in either tail."""
    # phi(x) / Phi(x) = sqrt(2/pi) / erfcx(-x / sqrt 2); erfcx overflows to inf on the far
    # right, where the ratio is an exact 0.
    return np.asarray(ROOT_TWO_OVER_PI / erfcx(x * -ROOT_HALF), dtype=np.float64)


def density(x: Floats) -> Floats:
    """Return the standard normal density."""
    return np.asarray(np.exp(-0.5 * x * x) / ROOT_TWO_PI, dtype=np.float64)


def interval_score(a: Floats, c: Floats) -> tuple[Floats, Floats, Floats]:
    r"""Ratios :math:`\phi(a)/p` and :math:`\phi(c)/p` and :math:`p = \Phi(c) - \Phi(a)`, a < c."""
    flip = a + c > 0.0  # work in the left tail, where ndtr keeps its digits
    left, right = np.where(flip, -c, a), np.where(flip, -a, c)
    p = np.maximum(ndtr(right) - ndtr(left), np.finfo(np.float64).tiny)
    return density(a) / p, density(c) / p, p


def chain_posterior(diagonal: Floats, link: Floats, right_side: Floats) -> tuple[Floats, Floats]:
    """Return the mean and marginal variances of Gaussian chains with a tridiagonal precision.

    Parameters
    ----------
    diagonal : (n,) array
        Diagonal of the precision.
    link : (n - 1,) array
        Precision of the link between nodes j and j + 1; 0 where a new chain begins.
    right_side : (n,) array
        Precision times mean.

    Returns
    -------
    mean, variance : (n,) arrays
        ``variance`` is the diagonal of the inverse.
    """
    if diagonal.size == 1:
        return right_side / diagonal, 1.0 / diagonal
    forward, lower, _ = lapack.dpttrf(diagonal, -link)
    mean, _ = lapack.dpttrs(forward, lower, right_side)
    backward, _, _ = lapack.dpttrf(diagonal[::-1], -link[::-1])
    # The pivots of elimination from the left and from the right both contain the node's own
    # diagonal, so it is subtracted once.
    return np.asarray(mean), 1.0 / (forward + backward[::-1] - diagonal)


class Model(NamedTuple):
    """The votes, the prior chain of the points, and the number of cut-points of each item."""

    votes: Votes
    two_cuts: Bools  # (n_items,) items on which three categories occur
    state: Ints  # (n_nodes,) non-decreasing
    link: Floats  # (n_nodes - 1,) prior precision between neighbours, 0 between states

    @property
    def prior_diagonal(self) -> Floats:
        """Diagonal of the prior precision of the points."""
        first = np.append(True, self.state[1:] != self.state[:-1])
        diagonal = np.where(first, 1.0 / FIRST_VARIANCE, 0.0)
        diagonal[1:] += self.link
        diagonal[:-1] += self.link
        return diagonal


class Parameters(NamedTuple):
    """Points (mean 0, sd 1 over the nodes) and the item parameters on that scale."""

    points: Floats  # (n_nodes,)
    variance: Floats  # (n_nodes,) of the variational posterior: far too small to report
    slopes: Floats  # (n_items,)
    lower: Floats  # (n_items,) the only or the lower cut-point
    upper: Floats  # (n_items,) equals `lower` where an item has one cut-point


class Terms(NamedTuple):
    """Derivatives of the log-likelihood of each vote in its two cut distances."""

    da: Floats  # (n_votes,) derivative in a = lower - slope * point
    dc: Floats  # (n_votes,) derivative in c = upper - slope * point
    aa: Floats  # (n_votes,) minus the second derivatives
    cc: Floats
    ac: Floats  # (n_middle,) of the middle votes; 0 for the others


def vote_terms(votes: Votes, now: Parameters) -> Terms:
    """Return the score and observed information of every vote in its two cut distances.

    A low vote has probability Phi(a), a high one Phi(-c), a middle one Phi(c) - Phi(a).
    """
    item, start = votes.item, votes.kind_start
    eta = now.slopes[item] * now.points[votes.node]
    low, middle, high = (slice(start[k], start[k + 1]) for k in (LOW, MIDDLE, HIGH))
    da, dc, aa, cc = (np.zeros_like(eta) for _ in range(4))
    x = now.lower[item[low]] - eta[low]
    ratio = mills(x)
    da[low], aa[low] = ratio, ratio * (ratio + x)
    a, c = now.lower[item[middle]] - eta[middle], now.upper[item[middle]] - eta[middle]
    left, right, _ = interval_score(a, c)
    da[middle], dc[middle] = -left, right
    aa[middle], cc[middle] = left * (left - a), right * (right + c)
    x = now.upper[item[high]] - eta[high]
    ratio = mills(-x)
    dc[high], cc[high] = -ratio, ratio * (ratio - x)
    return Terms(da, dc, aa, cc, -left * right)


def mean_log_probability(votes: Votes, now: Parameters) -> float:
    """Return the mean log-probability of the votes."""
    item, start = votes.item, votes.kind_start
    eta = now.slopes[item] * now.points[votes.node]
    low, middle, high = (slice(start[k], start[k + 1]) for k in (LOW, MIDDLE, HIGH))
    _, _, p = interval_score(
        now.lower[item[middle]] - eta[middle], now.upper[item[middle]] - eta[middle]
    )
    total = (
        log_ndtr(now.lower[item[low]] - eta[low]).sum()
        + np.log(p).sum()
        + log_ndtr(eta[high] - now.upper[item[high]]).sum()
    )
    return float(total / item.size)


def item_step(model: Model, now: Parameters) -> Parameters:
    """Take one Newton step of every item's slope and cut-points, given the points.

    An item has three parameters (slope b, cuts g and h), hence a 3 × 3 system each. The chain rule
    through a = g - b t and c = h - b t gives gradient and precision; the priors add the rest.
    """
    votes, two = model.votes, model.two_cuts
    terms, item, n = vote_terms(votes, now), votes.item, votes.n_items
    middle = slice(votes.kind_start[MIDDLE], votes.kind_start[HIGH])
    t, one_cut = now.points[votes.node], ~two[item]

    def total(values: Floats) -> Floats:
        return np.asarray(np.bincount(item, values, minlength=n), dtype=np.float64)

    # An item with one cut-point has no middle votes; its high votes count at the lower cut-point.
    da, dc = np.where(one_cut, terms.da + terms.dc, terms.da), np.where(one_cut, 0.0, terms.dc)
    aa, cc = np.where(one_cut, terms.aa + terms.cc, terms.aa), np.where(one_cut, 0.0, terms.cc)
    ta, tc = aa * t, cc * t
    ta[middle] += terms.ac * t[middle]
    tc[middle] += terms.ac * t[middle]
    # E(b t)^2 = b^2 (t^2 + variance of t), so the variance of the points is a ridge on the slope.
    # Without it slopes would be too small, as with any error in a regressor.
    ridge = total(now.variance[votes.node])
    precision, gradient = np.zeros((n, 3, 3)), np.zeros((n, 3))
    precision[:, 0, 0] = total((ta + tc) * t) + ridge + 1.0
    precision[:, 0, 1] = precision[:, 1, 0] = -total(ta)
    precision[:, 0, 2] = precision[:, 2, 0] = -total(tc)
    precision[:, 1, 1] = total(aa) + 1.0 / CUT_VARIANCE
    precision[:, 1, 2] = precision[:, 2, 1] = np.bincount(item[middle], terms.ac, minlength=n)
    precision[:, 2, 2] = total(cc) + np.where(two, 1.0 / CUT_VARIANCE, 1.0)
    gradient[:, 0] = -total((da + dc) * t) - now.slopes * (ridge + 1.0)
    gradient[:, 1] = total(da) - now.lower / CUT_VARIANCE
    gradient[:, 2] = np.where(two, total(dc) - now.upper / CUT_VARIANCE, 0.0)
    step = np.linalg.solve(precision, gradient[:, :, None])[:, :, 0]
    # Far from the optimum a Newton step may overshoot: no step is longer than 1, and none closes
    # more than 80 % of the gap between the cut-points.
    step /= np.maximum(1.0, np.abs(step).max(axis=1, keepdims=True))
    gap, closing = now.upper - now.lower, step[:, 1] - step[:, 2]
    crossing = two & (closing > 0.8 * gap)
    step[crossing] *= (0.8 * gap[crossing] / closing[crossing])[:, None]
    lower = now.lower + step[:, 1]
    upper = np.where(two, now.upper + step[:, 2], lower)
    return now._replace(slopes=now.slopes + step[:, 0], lower=lower, upper=upper)


def point_step(model: Model, now: Parameters, slope_variance: Floats) -> Parameters:
    """Take one Newton step of every state's path, given the items; not yet standardised.

    The precision is tridiagonal: the random walk's, plus the information of the votes on the
    diagonal, plus the variance of the slopes as a ridge.
    """
    votes = model.votes
    terms, n = vote_terms(votes, now), votes.n_nodes
    middle = slice(votes.kind_start[MIDDLE], votes.kind_start[HIGH])
    b = now.slopes[votes.item]
    information = terms.aa + terms.cc
    information[middle] += 2.0 * terms.ac
    ridge = np.bincount(votes.node, slope_variance[votes.item], minlength=n)
    score = np.bincount(votes.node, -(terms.da + terms.dc) * b, minlength=n)
    data = np.bincount(votes.node, information * b * b, minlength=n)
    unit = np.bincount(votes.node, b * b, minlength=n)
    prior = model.prior_diagonal
    pull = (prior + ridge) * now.points
    pull[1:] -= model.link * now.points[:-1]
    pull[:-1] -= model.link * now.points[1:]
    step, _ = chain_posterior(prior + ridge + data, model.link, np.asarray(score - pull, float))
    # Given the latent utilities z, which have unit variance, each vote adds b^2 to the precision.
    _, variance = chain_posterior(prior + ridge + unit, model.link, np.zeros(n))
    return now._replace(points=now.points + np.clip(step, -1.0, 1.0), variance=variance)


def standardise(now: Parameters) -> Parameters:
    """Scale the points to mean 0 and sd 1 over the nodes, and the items so that b t - g stays."""
    centre, scale = float(now.points.mean()), float(now.points.std())
    return Parameters(
        (now.points - centre) / scale,
        now.variance / scale**2,
        now.slopes * scale,
        now.lower - now.slopes * centre,
        now.upper - now.slopes * centre,
    )


def sweep(model: Model, now: Parameters) -> Parameters:
    """Update all items given the points, then all points given the items."""
    after = item_step(model, now)
    second_moment = (now.points**2 + now.variance)[model.votes.node]
    n_items = model.votes.n_items
    weight = np.asarray(np.bincount(model.votes.item, second_moment, minlength=n_items), float)
    return standardise(point_step(model, after, 1.0 / (1.0 + weight)))


def start_values(model: Model) -> Parameters:
    """Return start values: points from the main direction of disagreement, cuts from the margins.

    A state's deviation on an item is its kind of vote less the item's mean. The points start at
    the leading eigenvector of the states' mean products of deviations, the cut-points at the
    normal quantiles of the shares of votes, with half a vote added to each kind.
    """
    votes = model.votes
    kind = np.repeat([LOW, MIDDLE, HIGH], np.diff(votes.kind_start))
    counts = np.bincount(3 * votes.item + kind, minlength=3 * votes.n_items).reshape(-1, 3)
    unseen = np.where(model.two_cuts[:, None], 0.5, np.array([0.5, 0.0, 0.5]))
    shares = counts + unseen
    lower = ndtri(shares[:, 0] / shares.sum(axis=1))
    upper = np.where(model.two_cuts, -ndtri(shares[:, 2] / shares.sum(axis=1)), lower)
    cast = counts.sum(axis=1)
    deviation = kind - ((counts[:, MIDDLE] + 2.0 * counts[:, HIGH]) / cast)[votes.item]
    place = (model.state[votes.node], votes.item)
    shape = (int(model.state[-1]) + 1, votes.n_items)
    rows = csr_array((deviation, place), shape=shape)
    present = csr_array((np.ones_like(deviation), place), shape=shape)
    shared = (present @ present.T).toarray()
    product = (rows @ rows.T).toarray() / np.maximum(shared, 1.0)
    _, vectors = eigh(product, subset_by_index=[shape[0] - 1, shape[0] - 1])
    points = vectors[model.state, 0]
    scale = points.std()
    points = (points - points.mean()) / (scale if scale > 0.0 else 1.0)
    slopes = np.bincount(votes.item, deviation * points[votes.node], minlength=votes.n_items)
    slopes = slopes / (10.0 + cast)  # ten neutral votes shrink the slopes of small items
    return Parameters(points, np.zeros(votes.n_nodes), slopes, lower, upper)


class Estimate(NamedTuple):
    """Parameters, and how the sweeps ended."""

    parameters: Parameters
    trace: Floats  # (sweeps + 1,) mean log-probability of the votes that are watched
    converged: bool


def estimate(
    model: Model,
    watched: Votes | None = None,
    *,
    tolerance: float = 1e-4,
    max_sweeps: int = 100,
    report: Callable[[int, float], None] | None = None,
) -> Estimate:
    """Sweep until the prediction of the watched votes stops improving.

    Parameters
    ----------
    model : Model
    watched : Votes, optional
        Votes kept out of ``model``. Default: the votes of the model.
    tolerance : float
        Minimum gain in mean log-probability that justifies another sweep.
    max_sweeps : int
    report : callable, optional
        Called with the number of the sweep and the mean log-probability.

    Returns
    -------
    Estimate
    """
    watch = model.votes if watched is None else watched
    now = start_values(model)
    trace = [mean_log_probability(watch, now)]
    best, converged = now, False
    for number in range(1, max_sweeps + 1):
        now = sweep(model, now)
        trace.append(mean_log_probability(watch, now))
        if report is not None:
            report(number, trace[-1])
        if trace[-1] > max(trace[:-1]):
            best = now
        # A single sweep may lower the probability and the next raise it, so four are judged
        # together.
        if number > PATIENCE and max(trace[-PATIENCE:]) - max(trace[:-PATIENCE]) < (
            PATIENCE * tolerance
        ):
            converged = True
            break
    return Estimate(best, np.array(trace), converged)
