"""Draws of codes: the draws behind those of scores, handed to the measures over time and poles."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import alignindex as ai
from alignindex import dynamics, robustness
from alignindex.base.errors import AlignIndexError

LEVELS = [0.0, 0.5, 1.0]
DOUBT = pd.DataFrame(
    [[0.8, 0.2, 0.0], [0.1, 0.8, 0.1], [0.0, 0.3, 0.7]], index=LEVELS, columns=LEVELS
)


def result(x: list[float], y: list[float], missing: str = "renormalise") -> ai.AlignmentResult:
    indicators = [
        {"name": n, "columns": [n], "weight": w, "rule": {"kind": "identity"}}
        for n, w in (("x", 1.0), ("y", 3.0))
    ]
    spec = ai.IndexSpec.from_dict(
        {
            "schema_version": 1, "name": "two", "fidelity": "illustrative", "missing": missing,
            "indicators": indicators,
        }
    )  # fmt: skip
    index = pd.MultiIndex.from_product(
        [["A", "B"], ["P"], range(2001, 2001 + len(x) // 2)], names=["state", "partner", "year"]
    )
    return ai.score(pd.DataFrame({"x": x, "y": y}, index=index), spec)


def test_they_are_the_codes_behind_the_draws_of_scores() -> None:
    scored = result([0.5, 0.5, 1.0, 0.0, 0.0, 0.5], [0.2, 0.4, 0.6, 0.8, 1.0, 0.0])
    options = {"draws": 40, "coders": {"x": DOUBT}, "missing": None, "rng": 3}
    codes = robustness.draw_codes(scored, **options)
    kept = robustness.uncertainty(scored, weights=None, keep_draws=True, **options).draws
    assert codes.shape == (40, 6, 2)
    np.testing.assert_allclose((codes[..., 0] + 3.0 * codes[..., 1]) / 4.0, kept, atol=1e-15)
    assert set(np.unique(codes[..., 0])) == set(LEVELS)
    np.testing.assert_array_equal(codes[:, :, 1], np.tile(scored.codes["y"], (40, 1)))


def test_unknown_stays_unknown_unless_it_is_drawn() -> None:
    scored = result([0.5, np.nan, 1.0, 0.0], [0.2, 0.4, 0.6, 0.8])
    codes = robustness.draw_codes(scored, draws=20, coders={"x": DOUBT}, rng=1)
    assert np.isnan(codes[:, 1, 0]).all()
    filled = robustness.draw_codes(scored, draws=20, missing="admissible", rng=1)
    assert not np.isnan(filled[:, 1, 0]).any()
    assert len(np.unique(filled[:, 1, 0])) == 20


def test_an_indicator_that_an_alternative_leaves_out_is_nan_there() -> None:
    scored = result([0.5, 0.5, 1.0, 0.0], [0.2, 0.4, 0.6, 0.8])
    choice = robustness.Choice("leave out", {"none": None, "x": robustness.Drop("x")})
    codes = robustness.draw_codes(scored, draws=200, alternatives=[choice], rng=1)
    out = np.isnan(codes[:, :, 0])
    assert (out.all(axis=1) | ~out.any(axis=1)).all()  # one choice for all rows of a draw
    assert 0.3 < out[:, 0].mean() < 0.7
    assert not np.isnan(codes[:, :, 1]).any()


def test_an_error_stands_for_the_whole_spell_and_so_makes_no_movement() -> None:
    other = [0.0, 1.0, 0.0, 1.0, 0.5, 1.0, 0.0, 1.0, 0.5, 0.0]
    scored = result([0.5] * 10 + other, [0.2] * 20)
    codes = robustness.draw_codes(scored, draws=60, coders={"x": DOUBT}, rng=1)
    assert (codes[:, :10, 0] == codes[:, :1, 0]).all()  # the first dyad is one spell
    assert len(np.unique(codes[:, 0, 0])) > 1
    moved = dynamics.fluidity(dynamics.paths(scored, draws=codes))
    assert (moved.iloc[0][["rate", "rate_lower", "rate_upper"]] == 0.0).all()
    assert moved.iloc[1]["rate_lower"] < moved.iloc[1]["rate_upper"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "nothing to draw: give coders="),
        ({"coders": {"x": DOUBT}, "draws": 0}, "draws"),
    ],
)
def test_errors(options: dict, message: str) -> None:
    with pytest.raises(AlignIndexError, match=message):
        robustness.draw_codes(result([0.5] * 4, [0.2] * 4), **options)
