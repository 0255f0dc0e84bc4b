"""Joint tables of all pairs of actors, by matrix products, within a memory budget.

Write ``X_k`` for the 0/1 matrix (actors × items) that marks where an actor is at level ``k``; then
``X_k W X_l'``, with the item weights on the diagonal of ``W``, gives for every pair of actors the
weight of the items on which the first is at level ``k`` and the second at level ``l``. Every
measure of similarity follows from these tables (levels × levels, one per pair). Counts and their
sums are integers, which floats represent exactly, so results on unweighted or integer-weighted
items do not depend on how the work is cut into blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from alignindex.kernels.typing import Floats

__all__ = [
    "BLOCK_BYTES",
    "Distance",
    "Tables",
    "level_distances",
    "n_pairs",
    "pair_indices",
    "table_chunks",
    "tile_side",
]

Segment: TypeAlias = tuple[slice, slice]

BLOCK_BYTES = 64 * 2**20
"""Working memory that a kernel may use beside its input and its result, in bytes.

The minimum is a chunk of pairs and the marks of sixteen actors.
"""

# Cells of the tables that are turned into measures at once: few enough to stay in cache.
_CHUNK_CELLS = 9 * 8_192
# Sums of integer weights below this limit are exact in single precision.
_EXACT_IN_SINGLE = 2**24


class Distance(NamedTuple):
    """Disagreement between levels: symmetric, zero on the diagonal, not divided by its span.

    Distances between integer levels are thus integers, and exact.
    """

    name: str
    matrix: Floats
    """shape (levels, levels)"""
    span: float
    """largest entry; S, A and the agreements divide by it"""


class Tables:
    """Joint tables of many pairs; sums that several measures need are computed once.

    Parameters
    ----------
    joint : ndarray, shape (levels, levels, pairs)
        Weight of the items on which the pair's first actor is at the row's level and its second
        at the column's.
    """

    def __init__(self, joint: Floats) -> None:
        self.n_levels = joint.shape[0]
        self.cells: Floats = joint.reshape(self.n_levels**2, -1)
        self.first: Floats = joint.sum(axis=1)
        self.second: Floats = joint.sum(axis=0)
        self.total: Floats = self.first.sum(axis=0)
        self._kept: dict[tuple[str, str], Floats] = {}

    def _once(self, what: str, distance: Distance, compute: Callable[[], Floats]) -> Floats:
        key = (what, distance.name)
        if key not in self._kept:
            self._kept[key] = compute()
        return self._kept[key]

    def observed(self, distance: Distance) -> Floats:
        """Sum of ``d_kl n_kl``: the observed disagreement, times the total."""
        # einsum, since the threads of BLAS cost more than they save on so little work.
        return self._once(
            "observed",
            distance,
            lambda: np.einsum("k,kp->p", distance.matrix.ravel(), self.cells),
        )

    def independent(self, distance: Distance) -> Floats:
        """Sum of ``d_kl r_k c_l``: the disagreement by chance, times the total squared."""
        return self._once(
            "independent",
            distance,
            lambda: (self.first * (distance.matrix @ self.second)).sum(axis=0),
        )

    def pooled(self, distance: Distance) -> Floats:
        """Sum of ``d_kl (r_k + c_k)(r_l + c_l)``: by chance of pooled margins, times 4 totals²."""
        both = self.first + self.second
        return self._once("pooled", distance, lambda: (both * (distance.matrix @ both)).sum(axis=0))


def level_distances(levels: Floats) -> dict[str, Distance]:
    """Return the bundled distances between the declared level values, shape (levels,)."""
    rank = np.arange(len(levels), dtype=np.float64)
    steps = np.abs(rank[:, None] - rank)
    gap = np.abs(levels[:, None] - levels)
    matrices = {
        "nominal": (steps > 0).astype(np.float64),
        "rank": steps,
        "absolute": gap,
        "squared": gap**2,
    }
    return {name: Distance(name, m, float(m.max())) for name, m in matrices.items()}


def n_pairs(n_actors: int) -> int:
    """Return the number of unordered pairs."""
    return n_actors * (n_actors - 1) // 2


def pair_indices(n_actors: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return first and second actor of every pair, in the order of results: (0,1), (0,2), ..."""
    lengths = np.arange(n_actors - 1, -1, -1)
    first = np.repeat(np.arange(n_actors), lengths)
    second = np.arange(len(first)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + first + 1
    return first, second


def table_chunks(
    codes: NDArray[np.signedinteger[Any]],
    n_levels: int,
    weightings: Sequence[Floats | None],
    counts: Floats | None = None,
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[tuple[list[Floats], Floats | None, list[Segment]]]:
    """Yield the joint tables of all pairs, chunk by chunk.

    Actors are cut into tiles; one product per pair of tiles gives their tables. The rows of the
    upper triangle are copied into chunks that stay in cache.

    Yields
    ------
    joints : list of ndarray, shape (levels, levels, pairs of the chunk)
        One per weighting. Overwritten by the next chunk.
    number : ndarray, shape (pairs of the chunk,), or None without `counts`
        Number of shared items.
    segments : list of (slice of the result, slice of the chunk)
        Where the pairs of the chunk stand among all pairs.
    """
    n, n_items = codes.shape
    side = tile_side(n, n_items, n_levels, len(weightings), block_bytes)
    capacity = max(min(_chunk_pairs(n_levels), n_pairs(n)), side)
    joints = [np.empty((n_levels, n_levels, capacity)) for _ in weightings]
    number = None if counts is None else np.empty(capacity)
    segments: list[Segment] = []
    filled = 0

    def chunk() -> tuple[list[Floats], Floats | None, list[Segment]]:
        part = None if number is None else number[:filled]
        # Measures reshape the tables, which a view of full-width rows would not allow.
        tight = [np.ascontiguousarray(joint[:, :, :filled]) for joint in joints]
        return tight, part, _joined(segments)

    for top in range(0, n, side):
        upper = codes[top : top + side]
        for left in range(top, n, side):
            right = codes[left : left + side]
            products = [_joint_products(upper, right, n_levels, w) for w in weightings]
            overlap = None if counts is None else _overlap(upper, right, counts)
            for i in range(len(upper)):
                actor = top + i
                start = max(actor + 1 - left, 0)
                length = len(right) - start
                if length <= 0:
                    continue
                if filled + length > capacity:
                    yield chunk()
                    segments, filled = [], 0
                for which, joint in enumerate(joints):
                    joint[:, :, filled : filled + length] = products[which][:, i, :, start:]
                if number is not None and overlap is not None:
                    number[filled : filled + length] = overlap[i, start:]
                # Pairs of earlier actors come first, then the partners before this segment.
                at = actor * (2 * n - actor - 1) // 2 + left + start - actor - 1
                segments.append((slice(at, at + length), slice(filled, filled + length)))
                filled += length
            # Free this tile's tables before the next are computed.
            del products, overlap
    if filled:
        yield chunk()


def tile_side(
    n_actors: int, n_items: int, n_levels: int, n_weightings: int, block_bytes: int
) -> int:
    """Return how many actors a tile may hold within `block_bytes` (at least 8)."""
    # A chunk's tables, twice since they are copied, and the rows of the measures.
    chunk = 8 * _chunk_pairs(n_levels) * (4 * n_levels**2 * n_weightings + 8 * n_levels + 32)
    room = max(block_bytes - chunk, 0)
    # Two tiles of side s take a·s² bytes for their products and b·s for their marks, with and
    # without weights; s solves a·s² + b·s = room.
    a = 8.0 * (n_levels**2 * n_weightings + 1)
    b = 8.0 * (3 * n_levels + 3) * n_items
    side = int((np.sqrt(b * b + 4.0 * a * room) - b) / (2.0 * a))
    return max(1, min(n_actors, max(side, 8)))


def _chunk_pairs(n_levels: int) -> int:
    """Return how many pairs a chunk holds."""
    return max(256, _CHUNK_CELLS // n_levels**2)


def _joined(segments: list[Segment]) -> list[Segment]:
    """Join segments that follow one another in the result, so that fewer slices are copied."""
    joined: list[Segment] = []
    for target, source in segments:
        if joined and joined[-1][0].stop == target.start:
            before = joined.pop()
            target = slice(before[0].start, target.stop)
            source = slice(before[1].start, source.stop)
        joined.append((target, source))
    return joined


def _marks(
    codes: NDArray[np.signedinteger[Any]], n_levels: int, dtype: type[np.floating[Any]]
) -> NDArray[Any]:
    """Return the 0/1 marks of every level, shape (levels × actors, items)."""
    marks = np.empty((n_levels, *codes.shape), dtype=dtype)
    for level in range(n_levels):
        np.equal(codes, level, out=marks[level])
    return marks.reshape(n_levels * len(codes), codes.shape[1])


def _joint_products(
    upper: NDArray[np.signedinteger[Any]],
    right: NDArray[np.signedinteger[Any]],
    n_levels: int,
    weights: Floats | None,
) -> NDArray[Any]:
    """Return the joint tables of two tiles, shape (levels, upper, levels, right)."""
    dtype = _precision(upper.shape[1], weights)
    marks = _marks(upper, n_levels, dtype)
    others = marks if right is upper or _same(upper, right) else _marks(right, n_levels, dtype)
    # Without weights `weighted @ marks.T` is symmetric, and BLAS (syrk) does half the work.
    weighted = marks if weights is None else marks * weights.astype(dtype)
    product: NDArray[Any] = weighted @ others.T
    return product.reshape(n_levels, len(upper), n_levels, len(right))


def _same(upper: NDArray[Any], right: NDArray[Any]) -> bool:
    """Return whether two slices of one array are the same slice."""
    return upper.ctypes.data == right.ctypes.data and upper.shape == right.shape


def _overlap(
    upper: NDArray[np.signedinteger[Any]], right: NDArray[np.signedinteger[Any]], counts: Floats
) -> Floats:
    """Return the number of shared items of two tiles, shape (upper, right)."""
    return ((upper >= 0) * counts) @ (right >= 0).astype(np.float64).T


def _precision(n_items: int, weights: Floats | None) -> type[np.floating[Any]]:
    """Return single precision if it is exact: for counts or integer weights of a small sum."""
    if weights is None:
        exact = n_items < _EXACT_IN_SINGLE
    else:
        exact = bool(np.all(weights == np.rint(weights)) and weights.sum() < _EXACT_IN_SINGLE)
    return np.float32 if exact else np.float64
