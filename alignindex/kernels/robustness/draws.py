"""Scores under many draws of the weights: one row per dyad-year, one column per draw.

A draw is one set of weights for all rows, and one value for each code that is drawn. Everything
here is elementwise in rows and draws (no matrix product): a score depends on nothing but its own
row and its own draw, to the last bit, however rows and draws are cut into blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special

from alignindex.kernels.scoring.tree import Tree
from alignindex.kernels.typing import Bools, Floats, Ints

__all__ = [
    "choose",
    "dirichlet",
    "node_count",
    "score_draws",
    "spans",
    "spells",
    "uniforms",
]

Part = tuple[Floats, Bools, Bools]  # value (0 where unknown), known rows, rows where it applies

ALWAYS_PROPAGATE = ("min", "stages")
TINY = 1e-300  # keeps a drawn weight positive: 0 would take the child out of the index


# --- random numbers ------------------------------------------------------------------------------


def uniforms(key: NDArray[np.uint64], draws: int) -> Floats:
    """Uniform numbers of one fact, the same wherever and whenever they are asked for.

    The stream is a counter-based generator (Philox, 10 rounds; Salmon et al. 2011,
    doi:10.1145/2063384.2063405) with a key of its own, so it depends on no order, no chunk and no
    other fact.

    Parameters
    ----------
    key : ndarray of uint64, shape (2,)
        Of the fact.
    draws : int

    Returns
    -------
    ndarray, shape (draws,)
        In [0, 1).

    Examples
    --------
    >>> key = np.array([1, 2], dtype=np.uint64)
    >>> bool((uniforms(key, 3) == uniforms(key, 5)[:3]).all())
    True
    """
    return np.random.Generator(np.random.Philox(key=key)).random(draws)


def dirichlet(uniform: Floats, concentration: Floats) -> Floats:
    r"""Dirichlet draws from independent uniforms, one per component.

    :math:`g_j = F^{-1}_{\Gamma(a_j)}(u_j)` and :math:`w_j = g_j / \sum_l g_l`: each uniform is one
    independent factor of a sensitivity analysis.

    Parameters
    ----------
    uniform : ndarray, shape (draws, k)
        In [0, 1).
    concentration : ndarray, shape (k,)
        Positive :math:`a_j`; the mean of :math:`w_j` is :math:`a_j / \sum a`.

    Returns
    -------
    ndarray, shape (draws, k)
        Positive, each row sums to 1.

    Examples
    --------
    >>> dirichlet(np.array([[0.5, 0.5]]), np.array([2.0, 2.0]))
    array([[0.5, 0.5]])
    """
    gamma = np.maximum(special.gammaincinv(concentration, uniform), TINY)
    out: Floats = gamma / gamma.sum(axis=1, keepdims=True)
    return out


def choose(uniform: Floats, cumulative: Floats) -> NDArray[np.intp]:
    """Category of each uniform number: how many of the cumulative probabilities it has reached.

    Parameters
    ----------
    uniform : ndarray, shape (draws,)
    cumulative : ndarray, shape (m,)
        Cumulative probabilities; the last is 1 up to rounding, and is not needed.

    Examples
    --------
    >>> choose(np.array([0.1, 0.5, 0.999]), np.array([0.5, 0.75, 1.0]))
    array([0, 1, 2])
    """
    steps = cumulative[:-1]
    if steps.size > 16:
        return np.searchsorted(steps, uniform, side="right")
    out = np.zeros(uniform.shape, dtype=np.intp)
    for step in steps:
        out += uniform >= step
    return out


# --- spells --------------------------------------------------------------------------------------


def spells(key: Ints, part: Bools, *values: Floats) -> NDArray[np.intp]:
    """Mark the spells: runs of consecutive years of one dyad in which nothing changes.

    Parameters
    ----------
    key : ndarray of int, shape (n,)
        Rising; neighbours in time differ by 1, rows of different dyads by far more.
    part : ndarray of bool, shape (n,)
        Rows that belong to a spell.
    *values : ndarray, shape (n,)
        What must stay the same within a spell (NaN equals NaN).

    Returns
    -------
    ndarray of int, shape (n,)
        First row of the spell that the row belongs to; -1 outside `part`.

    Examples
    --------
    >>> spells(np.array([1, 2, 3, 5]), np.array([True, True, True, True]),
    ...        np.array([0.5, 0.5, 1.0, 1.0]))
    array([0, 0, 2, 3])
    """
    n = len(key)
    starts = np.ones(n, dtype=bool)
    starts[1:] = (np.diff(key) != 1) | ~part[:-1]
    for value in values:
        now, before = value[1:], value[:-1]
        starts[1:] |= ~((now == before) | (np.isnan(now) & np.isnan(before)))
    first = np.maximum.accumulate(np.where(starts, np.arange(n), 0))
    return np.where(part, first, -1)


# --- scores --------------------------------------------------------------------------------------


def node_count(tree: Tree) -> int:
    """Count the nodes of a tree, the root included."""
    return 1 + sum(node_count(child) for child in tree.children if isinstance(child, Tree))


def spans(total: int, size: int) -> Iterator[slice]:
    """Cut ``range(total)`` into slices of at most `size`.

    Examples
    --------
    >>> list(spans(5, 2))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    for start in range(0, total, max(1, size)):
        yield slice(start, min(start + max(1, size), total))


def _pattern_sums(known: Bools, weights: Floats) -> Floats:
    """Sum of the weights of the children that are known: (rows, draws), or (1, draws)."""
    if known.all():
        return _sum_of(weights, range(known.shape[1]))[None, :]
    bits = known @ (1 << np.arange(known.shape[1], dtype=np.int64))
    patterns, inverse = np.unique(bits, return_inverse=True)
    table = np.stack(
        [
            _sum_of(weights, [j for j in range(known.shape[1]) if pattern >> j & 1])
            for pattern in patterns
        ]
    )
    return table[inverse]


def _sum_of(weights: Floats, columns: Sequence[int] | range) -> Floats:
    total = np.zeros(len(weights))
    for j in columns:
        total += weights[:, j]
    return total


def _sum_terms(parts: list[Part], weights: Floats, shape: tuple[int, int]) -> Floats:
    """Sum of weight x value over the children; an unknown value is 0 and adds nothing."""
    total, term = np.empty(shape), np.empty(shape)
    own = np.ascontiguousarray(weights.T)
    first = True
    for weight, (value, known, _) in zip(own, parts, strict=True):
        if known.any():
            np.multiply(value, weight, out=total if first else term)
            if not first:
                total += term
            first = False
    if first:
        total[...] = 0.0
    return total


def _node(tree: Tree, parts: list[Part], weights: Floats, propagate: bool) -> Part:
    """Aggregate the children of a node; weights are (draws, children)."""
    takes_part = [j for j, weight in enumerate(tree.weights) if weight > 0]
    parts, weights = [parts[j] for j in takes_part], weights[:, takes_part]
    known = np.stack([part[1] for part in parts], axis=1)
    live = np.stack([part[2] for part in parts], axis=1)
    some_known: Bools = np.any(known, axis=1)
    applies: Bools = np.any(live, axis=1)
    due_unknown = (live & ~known).any(axis=1)
    kind = tree.aggregation
    if propagate or kind in ALWAYS_PROPAGATE:
        some_known &= ~due_unknown
    shape = (known.shape[0], weights.shape[0])
    if kind in ("mean", "sum"):
        value = _sum_terms(parts, weights, shape)
        seen = _pattern_sums(known, weights)
        if kind == "sum":
            # Weights of a sum have the mean 1; the weight of unknown codes goes to the rest.
            value *= weights.shape[1] / _sum_of(weights, range(weights.shape[1]))
            if (due_unknown & some_known).any():
                rows = np.flatnonzero(due_unknown & some_known)
                value[rows] *= _pattern_sums(live[rows], weights) / _pattern_sums(
                    known[rows], weights
                )
        else:
            with np.errstate(invalid="ignore"):  # rows without codes are masked below
                value /= seen
    elif kind == "geometric":
        with np.errstate(divide="ignore"):  # log 0 = -inf, exp(-inf) = 0
            logs = [
                (np.where(on[:, None], np.log(np.where(on[:, None], v, 1.0)), 0.0), on, due)
                for v, on, due in parts
            ]
        value = _sum_terms(logs, weights, shape)
        with np.errstate(invalid="ignore"):
            value /= _pattern_sums(known, weights)
        np.exp(value, out=value)
    elif kind == "min":
        value = np.full(shape, np.inf)
        for v, known_, _ in parts:
            np.minimum(value, np.where(known_[:, None], v, np.inf), out=value)
    else:
        assert tree.met is not None
        value = np.zeros(shape)
        going = np.ones(shape, dtype=bool)
        for j, (v, known_, _) in enumerate(parts):
            reached = v >= tree.met
            going &= reached | ~known_[:, None]
            value += np.where(going & reached & known_[:, None], weights[:, j], 0.0)
        with np.errstate(invalid="ignore"):
            value /= _pattern_sums(known, weights)
    if tree.scale is not None:
        lo, hi = tree.scale
        value = lo + (hi - lo) * value
    value[~some_known] = 0.0
    return value, some_known, applies


def _walk(tree: Tree, weights: Iterator[Floats], leaves: Sequence[Part], propagate: bool) -> Part:
    own = next(weights)
    parts = [
        _walk(child, weights, leaves, propagate) if isinstance(child, Tree) else leaves[child]
        for child in tree.children
    ]
    return _node(tree, parts, own, propagate)


def score_draws(
    tree: Tree,
    weights: Sequence[Floats],
    codes: Sequence[Floats],
    low: Sequence[Floats],
    high: Sequence[Floats],
    *,
    propagate: bool,
) -> Floats:
    """Value of a tree for every row and draw.

    The rules are those of `kernels.tree.evaluate`: under ``propagate`` one unknown code makes the
    value unknown, else its weight goes to the observed ones of the same node, and a value never
    leaves the bounds that the unknown codes allow.

    Parameters
    ----------
    tree : Tree
        Its own weights tell only which children take part (> 0).
    weights : sequence of ndarray, shape (draws, children)
        One array a node, in the order root first, then down child by child.
    codes : sequence of ndarray, shape (rows, 1) or (rows, draws)
        One array a leaf. Whether a code is NaN does not depend on the draw.
    low, high : sequence of ndarray, shape (rows, 1) or (rows, draws)
        Minimum and maximum code where it is unknown; NaN, in all draws, where the indicator does
        not apply.
    propagate : bool

    Returns
    -------
    ndarray, shape (rows, draws)
        NaN where the value is unknown.

    Examples
    --------
    >>> tree = Tree("mean", (0, 1), (1.0, 1.0))
    >>> one, half = np.array([[1.0]]), np.array([[0.5]])
    >>> score_draws(tree, [np.array([[1.0, 1.0], [3.0, 1.0]])], [one, half], [one, half],
    ...             [one, half], propagate=False)
    array([[0.75 , 0.875]])
    """

    def leaf(value: Floats, applies: Bools) -> Part:
        known = ~np.isnan(value[:, 0])
        if not known.all():
            value = np.where(known[:, None], value, 0.0)
        return value, known, applies

    live = [~np.isnan(side[:, 0]) for side in low]
    leaves = [leaf(code, on) for code, on in zip(codes, live, strict=True)]
    value, known, _ = _walk(tree, iter(weights), leaves, propagate)
    unknown = np.zeros(len(value), dtype=bool)
    for _, seen, on in leaves:
        unknown |= on & ~seen
    held = np.flatnonzero(unknown & known)
    if held.size:
        ends = []
        for side in (low, high):
            parts = [
                leaf(np.where(np.isnan(code[held]), end[held], code[held]), on[held])
                for code, end, on in zip(codes, side, live, strict=True)
            ]
            ends.append(_walk(tree, iter(weights), parts, propagate)[0])
        value[held] = np.clip(value[held], *ends)
    value[~known] = np.nan
    return value
