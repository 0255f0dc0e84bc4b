"""How weights are drawn: around the nominal ones, on the whole simplex, or in stated ranges."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, Union

import numpy as np

from alignindex.base.errors import SpecError, closest
from alignindex.base.typing import Floats
from alignindex.kernels.robustness import draws as kernels
from alignindex.spec import IndexSpec
from alignindex.spec.checks import children_of

__all__ = ["Dirichlet", "Ranges", "Simplex", "WeightFactor", "WeightRule", "Weights", "factors_of"]


@dataclass(frozen=True)
class Dirichlet:
    r"""Weights around the nominal ones: Dirichlet with parameters concentration × nominal share.

    A weight with nominal share w has mean w and standard deviation
    :math:`\sqrt{w (1 - w) / (A + 1)}`, A being the concentration: with A = 50 and five equal
    weights, 0.2 ± 0.056. The smaller A, the wider.

    Examples
    --------
    >>> Dirichlet(50)
    Dirichlet(concentration=50)
    """

    concentration: float = 50.0

    def __post_init__(self) -> None:
        # Below a tenth nearly all draws put all weight on one indicator, and the gamma variates
        # behind them underflow.
        number = isinstance(self.concentration, int | float | np.number)
        if not (number and self.concentration >= 0.1 and math.isfinite(self.concentration)):
            raise SpecError(
                f"Dirichlet needs a concentration of at least 0.1, got {self.concentration!r}; "
                "fixed weights are weights=None, and all weights alike are Simplex()"
            )

    def draw(self, uniform: Floats, names: tuple[str, ...], nominal: Floats) -> Floats:
        """Weights (draws, k) from uniforms (draws, k) and nominal shares (k,)."""
        return kernels.dirichlet(uniform, self.concentration * nominal)


@dataclass(frozen=True)
class Simplex:
    """Every set of weights is as likely as any other: Dirichlet with all parameters 1.

    The nominal weights play no part, except that a child of weight 0 stays out.
    """

    def draw(self, uniform: Floats, names: tuple[str, ...], nominal: Floats) -> Floats:
        """Weights (draws, k) from uniforms (draws, k)."""
        return kernels.dirichlet(uniform, np.ones(len(nominal)))


@dataclass(frozen=True)
class Ranges:
    """Each weight times a factor, uniform in its range, before the weights are normalised.

    Parameters
    ----------
    spread : float or mapping
        ``0.25`` lets every weight vary by ± 25 %; a mapping gives ``(minimum, maximum)`` factor by
        child (indicator or node), and a child that it does not name keeps its weight.

    Examples
    --------
    >>> Ranges({"bases": (0.5, 2.0)})
    Ranges(spread={'bases': (0.5, 2.0)})
    """

    spread: float | Mapping[str, tuple[float, float]] = field(default=0.25)

    def __post_init__(self) -> None:
        if isinstance(self.spread, Mapping):
            for name, ends in self.spread.items():
                pair = isinstance(ends, tuple | list) and len(ends) == 2
                if not (
                    pair
                    and all(isinstance(end, int | float | np.number) for end in ends)
                    and 0 < ends[0] <= ends[1] < math.inf
                ):
                    raise SpecError(
                        f"Ranges needs 0 < minimum <= maximum for {name!r}, got {ends!r}"
                    )
        elif not (isinstance(self.spread, int | float | np.number) and 0 < self.spread < 1):
            raise SpecError(
                f"Ranges needs a spread between 0 and 1, such as 0.25 for ± 25 %; got "
                f"{self.spread!r}"
            )

    def ends(self, name: str) -> tuple[float, float]:
        """Minimum and maximum factor of a child."""
        if isinstance(self.spread, Mapping):
            return self.spread.get(name, (1.0, 1.0))
        return 1.0 - self.spread, 1.0 + self.spread

    def draw(self, uniform: Floats, names: tuple[str, ...], nominal: Floats) -> Floats:
        """Weights (draws, k) from uniforms (draws, k) and nominal shares (k,)."""
        ends = np.array([self.ends(name) for name in names])
        raw = nominal * (ends[:, 0] + (ends[:, 1] - ends[:, 0]) * uniform)
        out: Floats = raw / raw.sum(axis=1, keepdims=True)
        return out


WeightRule: TypeAlias = Union[Dirichlet, Simplex, Ranges]  # noqa: UP007
Weights: TypeAlias = Union[WeightRule, Mapping[str, Union[WeightRule, None]], None]  # noqa: UP007


@dataclass(frozen=True)
class WeightFactor:
    """The drawn weights below one node."""

    node: str
    children: tuple[str, ...]
    nominal: Floats
    rule: WeightRule

    def multipliers(self, uniform: Floats) -> dict[str, Floats]:
        """Drawn over nominal share of each child, from uniforms (draws, children)."""
        drawn = self.rule.draw(uniform, self.children, self.nominal) / self.nominal
        return {name: drawn[:, j] for j, name in enumerate(self.children)}


def factors_of(spec: IndexSpec, weights: Weights | Any) -> list[WeightFactor]:
    """Nodes whose weights are drawn, with their children of positive weight.

    Raises
    ------
    SpecError
        If `weights` is not a rule, or names a node or child that the spec does not have.
    """
    owners = ["", *(node.name for node in spec.nodes)]
    if isinstance(weights, Mapping):
        rules = dict(weights)
        for name in rules:
            if name not in owners:
                raise SpecError(
                    f"weights names node {name!r}, and spec {spec.name!r} has none"
                    f"{closest(name, owners)}; its nodes: "
                    f"{', '.join(repr(n) for n in owners)} ('' is the root)"
                )
    else:
        rules = dict.fromkeys(owners, weights)
    found = []
    named: set[str] = set()
    for owner in owners:
        rule = rules.get(owner)
        if rule is None:
            continue
        if not isinstance(rule, (Dirichlet, Simplex, Ranges)):
            raise SpecError(
                f"weights takes Dirichlet(...), Simplex(), Ranges(...), a mapping from nodes to "
                f"these, or None for fixed weights; got {rule!r}"
            )
        children = [child for child in children_of(spec, owner) if child.weight > 0]
        named |= {child.name for child in children}
        if len(children) < 2:
            continue  # one child has all the weight, whatever is drawn
        share = np.array([child.weight for child in children])
        names = tuple(child.name for child in children)
        found.append(WeightFactor(owner, names, share / share.sum(), rule))
    for rule in rules.values():
        if isinstance(rule, Ranges) and isinstance(rule.spread, Mapping):
            for name in rule.spread:
                if name not in named:
                    raise SpecError(
                        f"Ranges names {name!r}, and no child with a weight is called that"
                        f"{closest(name, sorted(named))}"
                    )
    return found
