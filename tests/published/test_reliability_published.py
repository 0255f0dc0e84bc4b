"""Numbers from elsewhere: Krippendorff 2011, Gwet 2014, Fleiss 1971, Dawid & Skene 1979."""

from __future__ import annotations

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
    found = rel.krippendorff_alpha(OBSERVERS, level=level, replicates=0)
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
    found = measure(OBSERVERS, weights=weights, levels=[1, 2, 3, 4, 5], replicates=0)
    assert found.value == pytest.approx(published, abs=6e-8)
