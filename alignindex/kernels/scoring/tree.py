"""Evaluate the tree of an index: value, bounds, coverage and contributions of many rows at once.

Three arrays `code`, `low` and `high` say in which condition a row's code is:

==============  ==============  ==========================
condition       `code`          `low`, `high`
==============  ==============  ==========================
observed        the code        both the code
unknown         NaN             minimum and maximum code that an admissible raw value gives
carried         an earlier one  as for an unknown code
not applicable  NaN             both NaN
==============  ==============  ==========================
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from alignindex.kernels.scoring import aggregate, shapley
from alignindex.kernels.typing import Bools, Floats

__all__ = ["LINEAR", "Tree", "codes_in_use", "contributions", "evaluate"]

LINEAR = ("mean", "sum")
ALWAYS_PROPAGATE = ("min", "stages")


class Tree(NamedTuple):
    """A node: how it aggregates its children, which are leaves (columns of codes) or nodes.

    `weights` go with `children`; for a sum their mean over the positive ones is 1. `scale`
    (lo, hi) maps the value v to lo + (hi - lo) v. `met` belongs to stages.
    """

    aggregation: str
    children: tuple[int | Tree, ...]
    weights: tuple[float, ...]
    scale: tuple[float, float] | None = None
    met: float | None = None

    @property
    def leaves(self) -> list[int]:
        """Columns of codes below this node, in order."""
        return [
            leaf
            for child in self.children
            for leaf in (child.leaves if isinstance(child, Tree) else [child])
        ]

    @property
    def players(self) -> list[int]:
        """Leaves that take part: every weight between them and this node is positive."""
        return [
            leaf
            for child, weight in zip(self.children, self.weights, strict=True)
            if weight > 0
            for leaf in (child.players if isinstance(child, Tree) else [child])
        ]

    @property
    def flat(self) -> bool:
        """Whether every child that takes part is a leaf."""
        pairs = zip(self.children, self.weights, strict=True)
        return not any(isinstance(child, Tree) for child, weight in pairs if weight > 0)

    @property
    def reference(self) -> float:
        """Code at which a leaf stands when a Shapley value leaves it out."""
        return 1.0 if self.aggregation in ("geometric", "min") else 0.0


def _aggregate(tree: Tree, codes: Floats) -> Floats:
    if tree.aggregation == "mean":
        return aggregate.weighted_mean(codes, tree.weights)
    if tree.aggregation == "sum":
        return aggregate.weighted_sum(codes, tree.weights)
    if tree.aggregation == "geometric":
        return aggregate.weighted_geometric(codes, tree.weights)
    if tree.aggregation == "min":
        return aggregate.minimum(codes, tree.weights)
    assert tree.met is not None
    return aggregate.stages(codes, tree.weights, tree.met)


def _scaled(tree: Tree, value: Floats) -> Floats:
    if tree.scale is None:
        return value
    lo, hi = tree.scale
    return lo + (hi - lo) * value


def _columns(parts: list[Floats]) -> Floats:
    """Stack the children of a node as columns (n, children), Fortran-ordered."""
    return np.stack(parts).T


def _full(tree: Tree, codes: Floats) -> Floats:
    """Value of a node where no code is unknown; NaN codes are not applicable."""
    if tree.children == tuple(range(codes.shape[1])):
        return _scaled(tree, _aggregate(tree, codes))
    parts = [_full(c, codes) if isinstance(c, Tree) else codes[:, c] for c in tree.children]
    return _scaled(tree, _aggregate(tree, _columns(parts)))


def _partial(tree: Tree, codes: Floats, applies: Bools, propagate: bool) -> tuple[Floats, Bools]:
    """Value of a node from the codes that are known, and where the node applies at all."""
    values, lives = [], []
    for child in tree.children:
        if isinstance(child, Tree):
            value, live = _partial(child, codes, applies, propagate)
        else:
            value, live = codes[:, child], applies[:, child]
        values.append(value)
        lives.append(live)
    table, live = _columns(values), np.stack(lives).T
    takes_part = np.asarray(tree.weights) > 0
    unknown = ((live & np.isnan(table)) & takes_part).any(axis=1)
    value = _aggregate(tree, table)
    if propagate or tree.aggregation in ALWAYS_PROPAGATE:
        value[unknown] = np.nan
    elif tree.aggregation == "sum" and unknown.any():
        # As with a mean, missing codes hand their weight to the others.
        due = aggregate.observed_weight(np.where(live, 1.0, np.nan), tree.weights)
        seen = aggregate.observed_weight(table, tree.weights)
        np.multiply(value, due / np.where(seen > 0, seen, np.nan), out=value, where=unknown)
    some: Bools = np.any(live & takes_part, axis=1)
    return _scaled(tree, value), some


def evaluate(
    tree: Tree, code: Floats, low: Floats, high: Floats, *, propagate: bool
) -> tuple[Floats, Floats, Floats]:
    """Value of a tree and its bounds.

    Under ``propagate`` one unknown code makes the value unknown; else its weight goes to the
    observed ones of the same node (min and stages always propagate). Where that would put the
    value outside its bounds, because an unknown code is known to be high or low, the value is
    the bound: the nearest possible one.

    Parameters
    ----------
    tree : Tree
    code, low, high : ndarray, shape (n, leaves)
        See the table at the top of this module.
    propagate : bool

    Returns
    -------
    value, least, greatest : ndarray, shape (n,)
        `value` is NaN where it is unknown, all three where nothing applies.

    Examples
    --------
    The second code is unknown, between 0.5 and 1; the mean rests on the first.

    >>> mean = Tree("mean", (0, 1), (1.0, 1.0))
    >>> code, low, high = np.array([[[0.8, np.nan]], [[0.8, 0.5]], [[0.8, 1.0]]])
    >>> evaluate(mean, code, low, high, propagate=False)
    (array([0.8]), array([0.65]), array([0.9]))
    >>> evaluate(mean, code, low, high, propagate=True)[0]
    array([nan])
    """
    rows = np.flatnonzero((low < high).any(axis=1))  # a code is unknown, or carried
    value = _full(tree, code)
    if rows.size == 0:
        return value, value.copy(), value.copy()
    least, greatest = value.copy(), value.copy()
    least[rows] = _full(tree, low[rows])
    greatest[rows] = _full(tree, high[rows])
    known, _ = _partial(tree, code[rows], ~np.isnan(low[rows]), propagate)
    value[rows] = np.clip(known, least[rows], greatest[rows])
    return value, least, greatest


def codes_in_use(tree: Tree, code: Floats, low: Floats, high: Floats, *, propagate: bool) -> Floats:
    """Return the codes behind the value: those of a bound in rows that are held at it.

    Parameters and shapes as in :func:`evaluate`.

    Examples
    --------
    The known code alone would give 0.2, and the minimum possible value is 0.35.

    >>> mean = Tree("mean", (0, 1), (1.0, 1.0))
    >>> code, low, high = np.array([[[0.2, np.nan]], [[0.2, 0.5]], [[0.2, 1.0]]])
    >>> codes_in_use(mean, code, low, high, propagate=False)
    array([[0.2, 0.5]])
    """
    plain, _ = _partial(tree, code, ~np.isnan(low), propagate)
    least, greatest = _full(tree, low), _full(tree, high)
    # Rounding noise alone must not make an unknown code look as if it took part.
    slack = aggregate.NOISE * np.maximum(1.0, np.abs(plain))
    below, above = plain < least - slack, plain > greatest + slack
    return np.where(below[:, None], low, np.where(above[:, None], high, code))


def _linear_parts(
    tree: Tree, codes: Floats, applies: Bools, propagate: bool
) -> tuple[Floats, Floats]:
    """Contributions below a mean or sum: weight x what each child contributes."""
    n, k = codes.shape
    values, references, lives, below = [], [], [], []
    for child in tree.children:
        if isinstance(child, Tree):
            part, reference = contributions(child, codes, applies, propagate=propagate)
            value, live = _partial(child, codes, applies, propagate)
        else:
            part = np.full((n, k), np.nan)
            part[:, child] = codes[:, child]
            reference = np.where(np.isnan(codes[:, child]), np.nan, 0.0)
            value, live = codes[:, child], applies[:, child]
        values.append(value)
        references.append(reference)
        lives.append(live)
        below.append(part)
    table, live = _columns(values), np.stack(lives).T
    seen = aggregate.observed_weight(table, tree.weights)
    unit = np.where(seen > 0, seen, np.nan)
    if tree.aggregation == "sum":
        unit = unit / aggregate.observed_weight(np.where(live, 1.0, np.nan), tree.weights)
    lo, hi = tree.scale or (0.0, 1.0)
    out = np.full((n, k), np.nan)
    base = np.full(n, lo)
    for child, weight, part, reference in zip(
        tree.children, tree.weights, below, references, strict=True
    ):
        if weight == 0:
            continue  # takes no part
        share = (hi - lo) * weight / unit
        leaves = child.leaves if isinstance(child, Tree) else [child]
        out[:, leaves] = part[:, leaves] * share[:, None]
        base += np.where(np.isnan(reference), 0.0, reference) * share
    return out, np.where(seen > 0, base, np.nan)


def _shapley_parts(
    tree: Tree, codes: Floats, applies: Bools, propagate: bool
) -> tuple[Floats, Floats]:
    """Exact Shapley values of the leaves below a node, and its value without them."""
    leaves = tree.players
    resting = codes.copy()
    resting[:, leaves] = np.where(np.isnan(codes[:, leaves]), np.nan, tree.reference)
    base, _ = _partial(tree, resting, applies, propagate)
    if tree.flat:
        parts = _closed(tree, codes[:, leaves])
    elif tree.aggregation == "geometric":
        parts = _factored(tree, codes, resting, applies, propagate)
    else:
        parts = _all_subsets(tree, codes, resting, applies, propagate)
    out = np.full(codes.shape, np.nan)
    absent = np.isnan(codes[:, leaves]) | np.isnan(base)[:, None]
    out[:, leaves] = np.where(absent, np.nan, parts)
    return out, base


def _closed(tree: Tree, codes: Floats) -> Floats:
    """Shapley values of a node whose children are leaves."""
    weights = [weight for weight in tree.weights if weight > 0]
    lo, hi = tree.scale or (0.0, 1.0)
    if tree.aggregation == "geometric":
        parts = shapley.of_geometric(codes, weights)
    elif tree.aggregation == "min":
        parts = shapley.of_minimum(codes)
    else:
        assert tree.met is not None
        parts = shapley.of_stages(codes, weights, tree.met)
    return (hi - lo) * parts


def _factored(
    tree: Tree, codes: Floats, resting: Floats, applies: Bools, propagate: bool
) -> Floats:
    """Shapley values below a geometric mean of nodes: only subsets within each child are needed.

    The value of a set is a product of one factor for each child. So the expected gain of a leaf,
    when every other leaf is there with probability t, is its expected gain in its own child's
    factor times the expected factors of the others: a polynomial in t, as in
    `kernels.scoring.shapley`.
    """
    known = _columns(
        [
            _partial(c, codes, applies, propagate)[0] if isinstance(c, Tree) else codes[:, c]
            for c in tree.children
        ]
    )
    total = aggregate.observed_weight(known, tree.weights)
    m, n = len(tree.players), len(codes)
    points, share_of = np.polynomial.legendre.leggauss((m + 1) // 2)
    t = (points + 1.0) / 2.0
    expected, gains = [], []
    for child, weight, value in zip(tree.children, tree.weights, known.T, strict=True):
        if weight == 0:
            continue
        own = child.players if isinstance(child, Tree) else [child]
        power = np.where(np.isnan(value), 0.0, weight / np.where(total > 0, total, 1.0))
        factor, gain = np.zeros((n, len(t))), np.zeros((len(own), n, len(t)))
        current = codes.copy()
        for subset in range(1 << len(own)):
            members = [bool(subset >> j & 1) for j in range(len(own))]
            current[:, own] = np.where(members, codes[:, own], resting[:, own])
            part = (
                _partial(child, current, applies, propagate)[0]
                if isinstance(child, Tree)
                else current[:, child]
            )
            raised = np.where(np.isnan(value), 1.0, np.maximum(part, 0.0)) ** power
            size, rest = sum(members), len(own) - sum(members)
            factor += raised[:, None] * (t**size * (1.0 - t) ** rest)
            for j, member in enumerate(members):
                chance = t ** (size - member) * (1.0 - t) ** (rest - (not member))
                gain[j] += raised[:, None] * (chance if member else -chance)
        expected.append(factor)
        gains.append(gain)
    lo, hi = tree.scale or (0.0, 1.0)
    parts = []
    for k, gain in enumerate(gains):
        others = np.ones((n, len(t)))
        for factor in (*expected[:k], *expected[k + 1 :]):
            others *= factor
        parts += [(others * one * (share_of / 2.0)).sum(axis=1) for one in gain]
    return (hi - lo) * _columns(parts)


def _all_subsets(
    tree: Tree, codes: Floats, resting: Floats, applies: Bools, propagate: bool
) -> Floats:
    """Shapley values below a minimum or stages of nodes, by all 2^m subsets of the leaves."""
    leaves = tree.players
    m, n = len(leaves), len(codes)
    weight = [1 / (m * math.comb(m - 1, size)) for size in range(m)]
    parts = np.zeros((n, m))
    current = codes.copy()
    for subset in range(1 << m):
        members = [bool(subset >> j & 1) for j in range(m)]
        current[:, leaves] = np.where(members, codes[:, leaves], resting[:, leaves])
        value, _ = _partial(tree, current, applies, propagate)
        size = sum(members)
        for j in range(m):
            # v(S) enters with a plus for the members of S, with a minus for the others.
            parts[:, j] += value * (weight[size - 1] if members[j] else -weight[size])
    return parts


def contributions(
    tree: Tree, codes: Floats, applies: Bools, *, propagate: bool
) -> tuple[Floats, Floats]:
    r"""Return what each leaf contributes to the value, and the value at the reference.

    The contributions of a row and its reference value sum to its value. Below a mean or a sum a
    leaf contributes weight x code; below any other node, its Shapley value
    :math:`\sum_{S \not\ni j} \frac{|S|!(m-|S|-1)!}{m!} [v(S \cup j) - v(S)]`, where v(S) is the
    node's value with the codes of S and every other leaf at the reference (1 below a geometric
    mean or minimum, else 0). Linear nodes above such a node only multiply by their weights.

    Parameters
    ----------
    tree : Tree
    codes : ndarray, shape (n, leaves)
        NaN where a code is unknown or does not apply.
    applies : ndarray of bool, shape (n, leaves)
    propagate : bool

    Returns
    -------
    contributions : ndarray, shape (n, leaves)
        NaN for a leaf that does not count: unknown, not applicable, or of weight 0.
    reference : ndarray, shape (n,)

    Examples
    --------
    >>> codes = np.array([[0.5, 0.25]])
    >>> applies = np.ones((1, 2), dtype=bool)
    >>> contributions(Tree("mean", (0, 1), (1.0, 1.0)), codes, applies, propagate=True)
    (array([[0.25 , 0.125]]), array([0.]))
    >>> contributions(Tree("min", (0, 1), (1.0, 1.0)), codes, applies, propagate=True)
    (array([[-0.25, -0.5 ]]), array([1.]))
    """
    parts = _linear_parts if tree.aggregation in LINEAR else _shapley_parts
    return parts(tree, codes, applies, propagate)
