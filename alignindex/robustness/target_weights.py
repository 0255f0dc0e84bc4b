"""Weights fitted to the importance that indicators should have."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.arguments import is_number
from alignindex.base.errors import AlignIndexError, SpecError, closest
from alignindex.base.typing import Floats
from alignindex.kernels.robustness import sensitivity as kernels
from alignindex.kernels.scoring.tree import Tree
from alignindex.robustness.draws.sampler import check_result
from alignindex.robustness.importance import LEAST
from alignindex.scoring.result import AlignmentResult
from alignindex.spec import IndexSpec
from alignindex.spec.checks import children_of

__all__ = ["TargetWeights", "target_weights"]


@dataclass(frozen=True, eq=False)
class TargetWeights:
    """Weights whose importance comes nearest to a target.

    Attributes
    ----------
    table : DataFrame
        One row per indicator: ``target``, ``reached`` (share of the importance), ``weight``
        (multiplied down the tree; they sum to 1), ``nominal``.
    spec : IndexSpec
        The spec with these weights, node by node.
    reached : bool
        Whether every share is within 0.01 of its target.
    gap : float
        Maximum distance from the target.
    n : int
        Dyad-years used: those with every indicator.
    """

    table: pd.DataFrame = field(repr=False)
    spec: IndexSpec = field(repr=False)
    reached: bool
    gap: float
    n: int

    def to_frame(self) -> pd.DataFrame:
        """Return `table`."""
        return self.table

    def __str__(self) -> str:
        if self.reached:
            return f"the target importance is reached within {self.gap:.3f}"
        return (
            f"the target importance cannot be reached: the nearest weights within the bounds miss "
            f"it by up to {self.gap:.3f}; correlations between indicators set a limit to what "
            "weights can do"
        )


def target_weights(
    result: AlignmentResult,
    target: Mapping[str, float] | None = None,
    *,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> TargetWeights:
    """Fit weights to a target importance; say so when it cannot be reached.

    Parameters
    ----------
    result : AlignmentResult
        Of a spec whose nodes are all ``mean`` (the root may be a ``sum``), scaled or not: its
        score is a weighted sum of the codes, so the ratios are known for all weights.
    target : mapping of str to float, optional
        Share of the importance that each indicator should have; the nominal weights unless given.
    bounds : (float, float)
        Minimum and maximum weight of an indicator, of weights that sum to 1; in a tree, weights
        multiplied down it.

    Returns
    -------
    TargetWeights

    Raises
    ------
    SpecError
        If a node is not linear, the target does not name its indicators, or the bounds leave no
        weights that sum to 1.
    AlignIndexError
        If fewer than 30 dyad-years have every indicator, or one does not vary in them.

    Notes
    -----
    Least squares between the shares of the correlation ratios, adjusted as in :func:`importance`,
    and the target (Becker et al. 2017), by sequential quadratic programming from the nominal
    weights and from each vertex direction; the best of them is kept. Nothing in
    it is random.

    Examples
    --------
    >>> import alignindex as ai
    >>> from alignindex import robustness
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> robustness.target_weights(result).table["weight"].sum().round(9).item()
    1.0
    """
    check_result(result)
    spec = result.spec
    names = [indicator.name for indicator in spec.indicators]
    k = len(names)
    gains = _gains(spec)
    nominal = np.array(spec.leaf_weights)
    goal = _goal(target, names, nominal)
    low, high = _bounds(bounds, k)
    codes = result.codes.to_numpy()
    x = codes[~np.isnan(codes).any(axis=1)]
    if len(x) < LEAST or (np.ptp(x, axis=0) == 0).any():
        flat = [n for n, c in zip(names, x.T, strict=True) if len(x) and np.ptp(c) == 0]
        raise AlignIndexError(
            f"target_weights needs {LEAST} dyad-years with every indicator, and each must vary "
            f"there; got {len(x)}, without variation: {', '.join(flat) or 'none'}"
        )
    full, _, covariance, sizes = kernels.becker_matrices(x * gains)

    def shares(w: Floats) -> Floats:
        ratio = np.einsum("i,jik,k->j", w, full, w) / max(w @ covariance @ w, 1e-300)
        ratio = np.maximum(kernels.adjusted(ratio, len(x), sizes), 0.0)
        return np.asarray(ratio / max(ratio.sum(), 1e-300))

    best = _fit(shares, goal, nominal, low, high)
    reached = shares(best)
    gap = float(np.abs(reached - goal).max())
    table = pd.DataFrame(
        {"target": goal, "reached": reached, "weight": best, "nominal": nominal},
        index=pd.Index(names, name="indicator"),
    )
    return TargetWeights(
        table=table,
        spec=_with_weights(spec, dict(zip(names, best.tolist(), strict=True))),
        reached=gap <= 0.01,
        gap=gap,
        n=len(x),
    )


def _fit(
    shares: Callable[[Floats], Floats], goal: Floats, nominal: Floats, low: float, high: float
) -> Floats:
    """Return the weights whose shares come nearest to the goal, from several starts.

    Raises
    ------
    AlignIndexError
        If no weights within the bounds are found.
    """
    from scipy.optimize import minimize

    best: Floats | None = None
    loss, k = np.inf, len(goal)
    for start in (nominal, *(0.5 * nominal + 0.5 * corner for corner in np.eye(k))):
        found = minimize(
            lambda w: float(((shares(w) - goal) ** 2).sum()),
            np.clip(start, low, high),
            method="SLSQP",
            bounds=[(low, high)] * k,
            constraints={"type": "eq", "fun": lambda w: w.sum() - 1.0},
            options={"ftol": 1e-14, "maxiter": 500},
        )
        w = np.clip(found.x, low, high)
        if abs(w.sum() - 1.0) < 1e-6 and found.fun < loss:
            best, loss = w / w.sum(), found.fun
    if best is None:
        raise AlignIndexError("no weights within the bounds were found; widen them")
    return best


def _gains(spec: IndexSpec) -> Floats:
    """Find what a code counts for besides its weight: the scales between it and the root.

    Raises
    ------
    SpecError
        If a node is not linear, or a sum stands below another node: its weights have the mean 1
        among those that are not 0, so they are not shares of a whole.
    """
    gains = np.ones(len(spec.indicators))
    rules = {"": spec.aggregation, **{node.name: node.aggregation for node in spec.nodes}}
    for name, rule in rules.items():
        if rule != "mean" and not (rule == "sum" and not name):
            raise SpecError(
                "target_weights needs a score that is a weighted mean of the codes all the way "
                f"down: 'mean' at every node, or 'sum' at the root; spec {spec.name!r} has {rule!r}"
                f" at {f'node {name!r}' if name else 'the root'}. Score it with 'mean' there, or "
                "fit weights of the nodes by themselves"
            )

    def walk(tree: Tree, gain: float) -> None:
        lo, hi = tree.scale or (0.0, 1.0)
        for child in tree.children:
            if isinstance(child, Tree):
                walk(child, gain * (hi - lo))
            else:
                gains[child] = gain * (hi - lo)

    walk(spec.tree, 1.0)
    return gains


def _goal(target: Any, names: list[str], nominal: Floats) -> Floats:
    wanted = dict(zip(names, nominal, strict=True)) if target is None else target
    if not isinstance(wanted, Mapping):
        raise SpecError(f"target is a mapping from indicator to share; got {target!r}")
    wrong = [str(name) for name in wanted if name not in names]
    if wrong:
        near = closest(wrong[0], names)
        raise SpecError(f"target names {wrong[0]!r}, and there is no such indicator{near}")
    shares: list[Any] = [wanted.get(name) for name in names]
    number = all(is_number(v) and 0 <= v < math.inf for v in shares)
    if not number or sum(shares) <= 0:
        raise SpecError(f"target must give every indicator a share >= 0, not all 0; got {wanted}")
    goal = np.array(shares, dtype=np.float64)
    return np.asarray(goal / goal.sum())


def _bounds(bounds: Any, k: int) -> tuple[float, float]:
    pair = isinstance(bounds, tuple | list) and len(bounds) == 2
    if not pair or not all(map(is_number, bounds)):
        raise SpecError(f"bounds are two numbers, such as (0.05, 0.5); got {bounds!r}")
    low, high = bounds
    if not (0 <= low <= high and low * k <= 1 <= high * k):
        raise SpecError(f"bounds {bounds} leave no {k} weights that sum to 1")
    return float(low), float(high)


def _with_weights(spec: IndexSpec, leaves: dict[str, float]) -> IndexSpec:
    """Give a spec weights node by node, so that they multiply down to those of the leaves."""
    nodes = {node.name for node in spec.nodes}

    def mass(name: str) -> float:
        if name not in nodes:
            return leaves[name]
        return math.fsum(mass(child.name) for child in children_of(spec, name))

    def weight(part: Any) -> float:
        # Below a node that has no weight the weights say nothing: they stay as they are.
        whole = mass(part.parent) if part.parent else 1.0
        return mass(part.name) / whole if whole > 0 else part.weight

    return spec.model_copy(
        update={
            kind: tuple(
                part.model_copy(update={"weight": weight(part)}) for part in getattr(spec, kind)
            )
            for kind in ("nodes", "indicators")
        }
    )
