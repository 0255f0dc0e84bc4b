"""Agreement over roll calls: hand-worked cells and a slow twin in fractions."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from alignindex.kernels.rollcalls import agreement, mid_ranks
from benchmarks.twins.rollcalls import agreement_of


def same(value: float, exact: Fraction | None) -> bool:
    return math.isnan(value) if exact is None else value == float(exact)


def test_a_hand_worked_year() -> None:
    """Three states on five roll calls.

    X and Y share 1, 2, 4: disagreements 0, 1/2, 1, so agreement 1/2. X casts 1, 2, 1 and Y
    1, 1, 3 there: chance disagreement (0+0+1 + 1/2+1/2+1/2 + 0+0+1)/9 = 7/18, A = -2/9 and
    kappa = 1 - (1/2)/(7/18) = -2/7. Z votes yes throughout; X and Z
    share all five: 0, 1/2, 0, 0, 1.
    """
    votes = np.array([[1, 2, 1, 1, 3], [1, 1, 4, 3, 0], [1, 1, 1, 1, 1]], dtype=np.uint8)
    found = agreement(votes, votes)
    assert found.shared.tolist() == [[5, 3, 5], [3, 3, 3], [5, 3, 5]]
    assert found.agreement[0, 1] == 1 / 2
    assert found.alignment[0, 1] == -2 / 9
    assert found.kappa[0, 1] == -2 / 7
    assert found.agreement[0, 2] == 7 / 10
    assert found.kappa[0, 2] == 0
    assert math.isnan(found.kappa[2, 2])


@given(
    hnp.arrays(
        np.uint8, st.tuples(st.integers(2, 4), st.integers(1, 8)), elements=st.integers(0, 5)
    )
)
def test_measures_equal_the_slow_twin(votes: np.ndarray) -> None:
    found = agreement(votes, votes)
    cast = [{call: int(vote) for call, vote in enumerate(row) if 1 <= vote <= 3} for row in votes]
    for i, a in enumerate(cast):
        for j, b in enumerate(cast):
            n, mean, alignment, kappa = agreement_of(a, b)
            assert found.shared[i, j] == n
            assert same(float(found.agreement[i, j]), mean)
            assert same(float(found.alignment[i, j]), alignment)
            assert same(float(found.kappa[i, j]), kappa)


def test_mid_ranks_by_hand() -> None:
    assert mid_ranks(np.array([0.5, 0.2, 0.5, 0.9])).tolist() == [0.5, 0.125, 0.5, 0.875]
    assert mid_ranks(np.array([0.3])).tolist() == [0.5]
    assert mid_ranks(np.array([])).tolist() == []
