"""Slow, obvious twins of the robustness kernels: plain loops, checked against by the tests."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from alignindex.kernels.scoring import tree as trees

Tree = trees.Tree


def with_weights(tree: Tree, weights: Sequence[Sequence[float]]) -> Tree:
    """The tree with the weights of one draw, given node by node, root first."""
    queue = list(weights)

    def walk(node: Tree) -> Tree:
        own = [float(w) for w in queue.pop(0)]
        positive = [w for w in own if w > 0]
        if node.aggregation == "sum":
            own = [w * len(positive) / sum(positive) for w in own]
        children = tuple(walk(c) if isinstance(c, Tree) else c for c in node.children)
        return node._replace(children=children, weights=tuple(own))

    return walk(tree)


def score_draws(tree, weights, codes, low, high, *, propagate):
    """One tree and one evaluation a draw."""
    n, draws = len(low[0]), len(weights[0])
    out = np.empty((n, draws))
    for d in range(draws):
        code, least, greatest = (
            np.stack([c[:, d if c.shape[1] > 1 else 0] for c in sides], axis=1)
            for sides in (codes, low, high)
        )
        one = with_weights(tree, [w[d] for w in weights])
        for i in range(n):
            known = ~np.isnan(code[i])
            lo = np.where(known, code[i], least[i])
            hi = np.where(known, code[i], greatest[i])
            out[i, d] = trees.evaluate(
                one, code[i : i + 1], lo[None, :], hi[None, :], propagate=propagate
            )[0][0]
    return out


def rank_draws(scores, count, ties, tolerance=1e-11):
    """Ranks by counting who is above; NaN where a score is unknown. Shape (n, draws)."""
    n, draws = scores.shape
    out = np.full((n, draws), np.nan)
    for d in range(draws):
        for i in range(n):
            if math.isnan(scores[i, d]):
                continue
            above = level = 0
            for j in range(n):
                if math.isnan(scores[j, d]):
                    continue
                gap = scores[j, d] - scores[i, d]
                if abs(gap) <= tolerance:
                    level += int(count[j])
                elif gap > 0:
                    above += int(count[j])
            out[i, d] = {
                "min": above + 1,
                "max": above + level,
                "average": above + (level + 1) / 2,
            }[ties]
    return out


def rank_quantile(ranks: Sequence[float], p: float) -> float:
    """Least rank that at least a share p of the known ones does not exceed."""
    known = sorted(r for r in ranks if not math.isnan(r))
    for rank in known:
        if sum(r <= rank for r in known) >= p * len(known) - 1e-9:
            return rank
    return math.nan


def kendall_distance(nominal, scores):
    """Share of discordant pairs, a pair tied in one ranking only counted half."""
    out = []
    for d in range(scores.shape[1]):
        total = pairs = 0.0
        for i, j in itertools.combinations(range(len(nominal)), 2):
            values = (nominal[i], nominal[j], scores[i, d], scores[j, d])
            if any(math.isnan(v) for v in values):
                continue
            pairs += 1
            old, new = values[0] - values[1], values[2] - values[3]
            if old * new < 0:
                total += 1
            elif (old == 0) != (new == 0):
                total += 0.5
        out.append(total / pairs if pairs else math.nan)
    return np.array(out)


def copeland(codes, weights):
    """Wins minus losses over comparisons, pair by pair."""
    n, k = codes.shape
    out = np.full(n, np.nan)
    for i in range(n):
        results = []
        for j in range(n):
            both = [
                h for h in range(k)
                if weights[h] > 0 and not (math.isnan(codes[i, h]) or math.isnan(codes[j, h]))
            ]  # fmt: skip
            if i == j or not both:
                continue
            higher = math.fsum(weights[h] for h in both if codes[i, h] - codes[j, h] > 1e-12)
            lower = math.fsum(weights[h] for h in both if codes[j, h] - codes[i, h] > 1e-12)
            lead = higher - lower
            results.append(0 if abs(lead) < 1e-12 * sum(weights) else math.copysign(1, lead))
        if results:
            out[i] = sum(results) / len(results)
    return out


def spells(key, part, *values):
    """First row of the spell of each row, row by row."""
    out = []
    for i in range(len(key)):
        if not part[i]:
            out.append(-1)
            continue
        follows = i > 0 and part[i - 1] and key[i] - key[i - 1] == 1
        same = follows and all(
            v[i] == v[i - 1] or (math.isnan(v[i]) and math.isnan(v[i - 1])) for v in values
        )
        out.append(out[-1] if same else i)
    return np.array(out)


def owner_spells(owner, year, part, *values):
    """First cell of the spell of each cell: the years of an owner, one after the other."""
    out = [-1] * len(owner)
    for who in set(owner):
        cells = [c for c in range(len(owner)) if owner[c] == who and part[c]]
        before = None
        for now in sorted({year[c] for c in cells}):
            mine = [c for c in cells if year[c] == now]
            same = before is not None and year[before] == now - 1 and all(
                v[before] == v[mine[0]] or (math.isnan(v[before]) and math.isnan(v[mine[0]]))
                for v in values
            )  # fmt: skip
            for c in mine:
                out[c] = out[before] if same else mine[0]
            before = mine[0]
    return out


def factorial_effects(outputs, probabilities):
    """Effects of one output by the definition: conditional means, permutations of the factors."""
    k = len(probabilities)
    cells = list(itertools.product(*(range(len(p)) for p in probabilities)))
    mass = {c: math.prod(probabilities[j][c[j]] for j in range(k)) for c in cells}
    mean = math.fsum(mass[c] * outputs[c] for c in cells)

    def explained(u):
        total = 0.0
        for fixed in itertools.product(*(range(len(probabilities[j])) for j in u)):
            inside = [c for c in cells if all(c[j] == f for j, f in zip(u, fixed, strict=True))]
            p = math.fsum(mass[c] for c in inside)
            if p > 0:
                conditional = math.fsum(mass[c] * outputs[c] for c in inside) / p
                total += p * (conditional - mean) ** 2
        return total

    everything = tuple(range(k))
    first = [explained((j,)) for j in everything]
    total = [
        explained(everything) - explained(tuple(i for i in everything if i != j))
        for j in everything
    ]
    shapley = [0.0] * k
    orders = list(itertools.permutations(everything))
    for order in orders:
        before: tuple[int, ...] = ()
        for j in order:
            after = tuple(sorted((*before, j)))
            shapley[j] += (explained(after) - explained(before)) / len(orders)
            before = after
    return explained(everything), first, total, shapley


def saltelli_jansen(a, b, ab):
    """Indices of one output, number by number."""
    both = [*a, *b]
    centre = math.fsum(both) / len(both)
    variance = math.fsum((v - centre) ** 2 for v in both) / len(both)
    n = len(a)
    first = [
        math.fsum((b[r] - centre) * (row[r] - a[r]) for r in range(n)) / n / variance for row in ab
    ]
    total = [math.fsum((a[r] - row[r]) ** 2 for r in range(n)) / (2 * n) / variance for row in ab]
    return first, total


def correlation_ratio(x, y):
    """Variance of the class means of y over the variance of y."""
    mean = math.fsum(y) / len(y)
    variance = math.fsum((v - mean) ** 2 for v in y)
    between = 0.0
    for level in set(x):
        inside = [v for u, v in zip(x, y, strict=True) if u == level]
        between += len(inside) * (math.fsum(inside) / len(inside) - mean) ** 2
    return between / variance
