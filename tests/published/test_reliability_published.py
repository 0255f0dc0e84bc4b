"""Numbers from elsewhere: Krippendorff 2011, Gwet 2014, Fleiss 1971, Dawid & Skene 1979."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from alignindex import reliability as rel

N = None
# Krippendorff 2011, section C: four observers, twelve units, values 1 to 5. Gwet 2014 (p. 120)
# works the same ratings.
OBSERVERS = pd.DataFrame(
    {
        "A": [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N],
        "B": [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3],
        "C": [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N],
        "D": [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
    }
)


@pytest.mark.parametrize(
    ("level", "published"),
    [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)],
)
def test_krippendorff_2011(level, published):
    found = rel.krippendorff_alpha(OBSERVERS, scale=level, draws=0)
    assert found.value == pytest.approx(published, abs=5e-4)
    assert (found.n_units, found.n_ratings, found.n_coders) == (11, 40, 4)


@pytest.mark.parametrize(
    ("measure", "weights", "published"),
    [
        # Unweighted: the README of Gwet's R package irrCAC, and to more digits, with the weighted
        # ones, the published example of an R function `agree_coef` that follows it.
        (rel.percent_agreement, "nominal", 0.8181818),
        (rel.gwet_ac, "nominal", 0.7754441),
        (rel.fleiss_kappa, "nominal", 0.7611693),
        (rel.percent_agreement, "squared", 0.9753788),
        (rel.gwet_ac, "squared", 0.9140007),
        (rel.fleiss_kappa, "squared", 0.8649351),
    ],
)
def test_gwet_2014(measure, weights, published):
    found = measure(OBSERVERS, weights=weights, levels=[1, 2, 3, 4, 5], draws=0)
    assert found.value == pytest.approx(published, abs=6e-8)


def from_counts(rows: list[list[int]]) -> pd.DataFrame:
    """One row a unit: how many coders gave each level; which of them is immaterial here."""
    return pd.DataFrame([[k for k, n in enumerate(row) for _ in range(n)] for row in rows])


@pytest.mark.parametrize(
    ("measure", "published"),
    [
        (rel.gwet_ac, 0.4448007),
        (rel.fleiss_kappa, 0.4139265),
        (rel.krippendorff_alpha, 0.4204384),
    ],
)
def test_fleiss_1971_first_fifteen_patients(measure, published):
    """Six psychiatrists, five diagnoses; values from the README of irrCAC."""
    patients = [
        [0, 0, 0, 6, 0], [0, 3, 0, 0, 3], [0, 1, 4, 0, 1], [0, 0, 0, 0, 6], [0, 3, 0, 3, 0],
        [2, 0, 4, 0, 0], [0, 0, 4, 0, 2], [2, 0, 3, 1, 0], [2, 0, 0, 4, 0], [0, 0, 0, 0, 6],
        [1, 0, 0, 5, 0], [1, 1, 0, 4, 0], [0, 3, 3, 0, 0], [1, 0, 0, 5, 0], [0, 2, 0, 3, 1],
    ]  # fmt: skip
    assert measure(from_counts(patients), draws=0).value == pytest.approx(published, abs=6e-8)


def test_two_abstractors():
    """Three categories, 100 patients; values from the README of irrCAC."""
    table = {(0, 0): 13, (1, 1): 20, (1, 2): 7, (2, 1): 4, (2, 2): 56}
    ratings = pd.DataFrame([pair for pair, n in table.items() for _ in range(n)])
    near = {"abs": 6e-8}
    assert rel.percent_agreement(ratings, draws=0).value == pytest.approx(0.89)
    assert rel.cohen_kappa(ratings, draws=0).value == pytest.approx(0.7964094, **near)
    assert rel.fleiss_kappa(ratings, draws=0).value == pytest.approx(0.7962397, **near)
    assert rel.gwet_ac(ratings, draws=0).value == pytest.approx(0.8493305, **near)
    assert rel.krippendorff_alpha(ratings, draws=0).value == pytest.approx(0.7972585, **near)
    row = rel.pairwise(ratings).iloc[0]
    assert row["kappa"] == pytest.approx(0.7964094, **near)
    assert row["ac"] == pytest.approx(0.8493305, **near)


# Dawid & Skene 1979, Table 1: fitness of 45 patients for an anaesthetic, 1 to 4; the first three
# digits are readings of the first anaesthetist on three days.
PATIENTS = """
1111111 3334334 1122122 2223121 2223222 2223322 1222111 3333433 2222223 2322223 4444444 2223343
1111111 2223212 1211111 1112111 1111111 1111111 2222221 2221322 2222222 2222221 2223222 2212222
1111111 1111111 2322222 1111111 1111111 1121121 1111111 3333233 1111111 2222222 2223232 4334343
2212232 2323233 3333432 1111111 1111111 1212111 2322222 1211111 2222222
"""


def test_dawid_skene_1979():
    table = pd.DataFrame([[int(digit) for digit in word] for word in PATIENTS.split()])
    assert table.shape == (45, 7)
    fit = rel.dawid_skene(table, coder_of={0: "A", 1: "A", 2: "A"})
    assert fit.converged
    # Shares of the four classes as printed there.
    np.testing.assert_allclose(fit.prevalence, [0.40, 0.42, 0.11, 0.07], rtol=0, atol=5e-3)
    assert fit.ratings.loc["A"] == 135
