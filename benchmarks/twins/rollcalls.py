"""Slow twin of the agreement kernel, in fractions. Shared by tests and benchmarks."""

from __future__ import annotations

from fractions import Fraction

Pair = tuple[int, Fraction | None, Fraction | None, Fraction | None]


def agreement_of(a: dict[int, int], b: dict[int, int]) -> Pair:
    """Shared roll calls, agreement, A and kappa of two records of {roll call: vote}, in words.

    Chance disagreement is the mean over every vote of one with every vote of the other.
    """
    common = sorted(set(a) & set(b))
    n = len(common)
    if n == 0:
        return 0, None, None, None
    observed = sum(Fraction(abs(a[call] - b[call]), 2) for call in common) / n
    chance = sum(Fraction(abs(a[i] - b[j]), 2) for i in common for j in common) / n**2
    kappa = None if chance == 0 else 1 - observed / chance
    return n, 1 - observed, 2 * (chance - observed), kappa
