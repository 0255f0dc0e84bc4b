"""Agreement of states over the roll calls of one period, exact to the last bit.

Arrays in, arrays out; nothing is checked here. A vote is 1 yes, 2 abstain or 3 no; every other
number is not a vote.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Agreement", "agreement", "mid_ranks"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
STEPS = np.abs(np.subtract.outer(np.arange(3), np.arange(3)))


class Agreement(NamedTuple):
    """Measures of every pair, (rows, columns); NaN without a shared roll call."""

    shared: Ints  # roll calls on which both voted
    agreement: Floats
    alignment: Floats  # A
    kappa: Floats  # linear weights; NaN too where chance disagreement is zero


def agreement(rows: NDArray[Any], columns: NDArray[Any]) -> Agreement:
    r"""Measures of each row of one table with each row of another, over shared roll calls.

    With :math:`W_{kl} = |k - l| / 2`, P the joint proportions on shared roll calls and E the
    product of its margins: agreement :math:`1 - \sum W P`, A :math:`2 (\sum W E - \sum W P)` and
    kappa :math:`1 - \sum W P / \sum W E`. Counts are whole numbers up to one division each.

    Parameters
    ----------
    rows : (n, roll calls) array
    columns : (m, roll calls) array
    """
    # Products of float32 flags: whole numbers below 2^24, so exact in any order.
    one = [(rows == level).astype(np.float32) for level in (1, 2, 3)]
    other = [(columns == level).astype(np.float32) for level in (1, 2, 3)]
    joint = np.array([[a @ b.T for b in other] for a in one]).astype(np.int64)
    shared = joint.sum(axis=(0, 1))
    observed = np.tensordot(STEPS, joint, axes=2)  # 2 n ΣW∘P
    expected = np.einsum("kl,kij,lij->ij", STEPS, joint.sum(axis=1), joint.sum(axis=0))  # 2 n² ΣW∘E
    gain = expected - shared * observed
    with np.errstate(divide="ignore", invalid="ignore"):
        return Agreement(
            shared,
            (2 * shared - observed) / (2 * shared),
            gain / shared**2,
            np.where(expected > 0, gain / expected, np.nan),
        )


def mid_ranks(values: Floats) -> Floats:
    """Place of each value among all, in (0, 1): share below plus half the share of equals.

    Parameters
    ----------
    values : (n,) array without NaN
    """
    ordered = np.sort(values)
    below = np.searchsorted(ordered, values, side="left")
    up_to = np.searchsorted(ordered, values, side="right")
    return np.asarray((below + up_to) / (2 * max(values.size, 1)), dtype=np.float64)
