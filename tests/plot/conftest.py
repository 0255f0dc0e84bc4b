"""A small invented panel for the figures: gaps, unknown codes, a row that is missing, a shift."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import alignindex as ai

mpl.use("Agg")

STATES, PARTNERS, YEARS = ("ALB", "BOL", "CUB", "DNK"), ("RUS", "TUR", "USA"), range(2000, 2014)
SPEC = {
    "schema_version": 1,
    "name": "invented",
    "fidelity": "illustrative",
    "missing": "renormalise",
    "min_coverage": 0.5,
    "nodes": [{"name": "force", "weight": 2.0}],
    "indicators": [
        {"name": "arms", "columns": ["arms"], "rule": {"kind": "identity"}, "parent": "force"},
        {"name": "bases", "columns": ["bases"], "rule": {"kind": "identity"}, "parent": "force",
         "weight": 3.0},
        {"name": "votes", "columns": ["votes"], "rule": {"kind": "identity"}, "weight": 1.0},
    ],
}  # fmt: skip


def invented_panel() -> pd.DataFrame:
    index = pd.MultiIndex.from_product(
        [STATES, PARTNERS, YEARS], names=["state", "partner", "year"]
    )
    rng = np.random.default_rng(20)
    level = np.repeat(rng.random((len(index) // len(YEARS), 3)), len(YEARS), axis=0)
    values = np.clip(level + rng.normal(0, 0.03, level.shape), 0, 1)
    panel = pd.DataFrame(values, index=index, columns=["arms", "bases", "votes"])
    year = panel.index.get_level_values("year").to_numpy()
    panel.loc[("ALB", "RUS")] = np.where(year[: len(YEARS), None] < 2007, 0.9, 0.15)
    panel.loc[("BOL", "RUS", 2004), :] = np.nan  # nothing known: no score, bounds [0, 1]
    panel.loc[("BOL", "USA", 2006), "votes"] = np.nan
    panel.loc[("CUB", "USA", slice(2002, 2003)), ["arms", "bases"]] = np.nan  # too little known
    panel.loc[("DNK", "TUR", slice(2010, 2013)), :] = np.nan
    return panel.drop(("ALB", "USA", 2005))  # a missing row: an unobserved year


@pytest.fixture(scope="session")
def result() -> ai.AlignmentResult:
    return ai.score(invented_panel(), ai.IndexSpec.from_dict(SPEC))


@pytest.fixture(scope="session")
def sure(result: ai.AlignmentResult) -> ai.robustness.Uncertainty:
    return ai.robustness.uncertainty(result, draws=200, rng=1)


@pytest.fixture(scope="session")
def votes_points() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    rows = [
        (state, period, mean + 0.1 * rng.normal(), 0.2 + 0.1 * rng.random())
        for state, mean in (("ALB", -0.5), ("BOL", 0.1), ("CUB", 1.4))
        for period in range(50, 60)
        if (state, period) != ("BOL", 54)
    ]
    table = pd.DataFrame(rows, columns=["state", "period", "point", "se"])
    table.loc[3, ["point", "se"]] = np.nan
    return table


@pytest.fixture(scope="session")
def effects(result: ai.AlignmentResult) -> ai.robustness.Sensitivity:
    one = ai.score(result.panel.loc[[("ALB", "USA", 2004)]], result.spec)
    return ai.robustness.sensitivity(one, points=1024, factors="weight", draws=50, rng=1)
