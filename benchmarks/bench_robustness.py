"""Speed of the robustness analyses, as ratios within one run."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pandas as pd

import alignindex as ai
from alignindex import robustness

DRAWS, DYADS = 10_000, 18_528
LEVELS = (4, 4, 4, 3, 5)  # 960 possible profiles
SEED = 1
SOME = 200  # draws of which the loops are timed; they are alike


def seconds(function: Callable[[], object], repeat: int = 2) -> float:
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def score_codes(codes: np.ndarray) -> ai.AlignmentResult:
    index = pd.MultiIndex.from_product(
        [[f"S{i:05d}" for i in range(len(codes))], ["P"], [2000]],
        names=["state", "partner", "year"],
    )
    names = [f"x{j}" for j in range(codes.shape[1])]
    spec = ai.IndexSpec(
        schema_version=1,
        name="benchmark",
        fidelity="illustrative",
        missing="renormalise",
        indicators=tuple({"name": n, "columns": (n,), "rule": {"kind": "identity"}} for n in names),
    )
    return ai.score(pd.DataFrame(codes, index=index, columns=names), spec)


@lru_cache(maxsize=2)
def coded(distinct: bool) -> ai.AlignmentResult:
    rng = np.random.default_rng(SEED)
    if distinct:
        return score_codes(rng.random((DYADS, len(LEVELS))))
    return score_codes(np.stack([rng.integers(0, n, DYADS) / (n - 1) for n in LEVELS], axis=1))


def draw(result: ai.AlignmentResult) -> robustness.Uncertainty:
    return robustness.uncertainty(result, draws=DRAWS, missing=None, rng=SEED, memory=1024)


def loop_over_profiles() -> float:
    """Loop of rankdata with percentiles of scores and ranks, over `uncertainty`."""
    from scipy.stats import rankdata

    result = coded(False)
    codes = result.codes.to_numpy()
    weights = np.random.default_rng(SEED).dirichlet(np.full(5, 10.0), SOME)
    found, scores = np.empty((2, SOME, DYADS))

    def loop() -> None:
        for d, w in enumerate(weights):
            scores[d] = codes @ w
            found[d] = rankdata(-scores[d], method="min")

    ranking = seconds(loop) * DRAWS / SOME
    quantiles = 0.0
    for values in (found, scores):
        table = np.repeat(values, 10, axis=0)[:, : DYADS // 50]
        once = seconds(lambda table=table: np.percentile(table, [5, 50, 95], axis=0), 1)
        quantiles += once * DRAWS / len(table) * DYADS / table.shape[1]
    return (ranking + quantiles) / seconds(lambda: draw(result), 5)


def distinct_over_sorts() -> float:
    """`uncertainty` where all rows are distinct, over the argsort of every draw."""
    result = coded(True)
    codes = result.codes.to_numpy()
    weights = np.random.default_rng(SEED).dirichlet(np.full(5, 10.0), SOME)
    scores = weights @ codes.T
    sorts = seconds(lambda: [np.argsort(row) for row in scores], 3) * DRAWS / SOME
    return seconds(lambda: draw(result), 1) / sorts


def default_over_sorts() -> float:
    """The default `uncertainty` of the bundled panel, over sorting its scores of each draw."""
    result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    scores = np.random.default_rng(SEED).random((DRAWS, len(result.scores)))
    sorts = seconds(lambda: [np.argsort(row) for row in scores], 3)
    return seconds(lambda: robustness.uncertainty(result, rng=SEED), 3) / sorts


def thresholds(cuts: list[float], codes: list[float]) -> dict[str, object]:
    return {"kind": "thresholds", "cuts": cuts, "codes": codes}


def six_choices() -> list[robustness.Choice]:
    def window(years: int) -> robustness.Replace:
        return robustness.Replace("arms", window={"kind": "trailing_sum", "years": years})

    def bases(half: float) -> robustness.Replace:
        codes = {"none": 0.0, "facility": half, "base": 1.0, "disputed_facility": (0.0, half),
                 "disputed_base": (0.0, 1.0), "facility_or_base": (half, 1.0)}  # fmt: skip
        return robustness.Replace("bases", rule={"kind": "levels", "codes": codes})

    any_one, finer = thresholds([1.0], [0.0, 1.0]), thresholds([2.0, 4.0], [0.0, 0.5, 1.0])
    silence = {x: robustness.Recode("crimea_state", {0.5: x}) for x in (0.25, 0.75)}
    return [
        robustness.Choice(
            "exercises",
            {
                "three classes": None,
                "any": robustness.Replace("exercises", rule=any_one),
                "finer": robustness.Replace("exercises", rule=finer),
            },
        ),
        robustness.Choice("window", {"5": None, "3": window(3), "10": window(10)}),
        robustness.Choice("facility", {"0.5": None, "0.25": bases(0.25), "0.75": bases(0.75)}),
        robustness.Choice("silence", {"0.5": None, "0.25": silence[0.25], "0.75": silence[0.75]}),
        robustness.Choice(
            "aggregation",
            {
                "mean": None,
                "geometric": robustness.Aggregate("geometric"),
                "min": robustness.Aggregate("min"),
            },
        ),
        robustness.Choice(
            "left out",
            {
                "none": None,
                "votes": robustness.Drop("un_votes"),
                "exercises": robustness.Drop("exercises"),
            },
        ),
    ]


@lru_cache(maxsize=1)
def with_russia() -> ai.AlignmentResult:
    panel = ai.load_panel("post_soviet")
    state, partner = (panel.index.get_level_values(n) for n in ("state", "partner"))
    ours = (partner == "RUS") & ~state.isin(["USA", "CHN", "TUR"])
    return ai.score(panel[ours], "erkomaishvili2019")


def runs_over_factorial() -> float:
    """729 calls of `score` on 448 dyad-years, over exact effects of 729 runs."""
    result = with_russia()
    one = seconds(lambda: ai.score(result.panel, result.spec), 5)
    return 729 * one / seconds(lambda: robustness.factorial(result, six_choices()))


GATES = [
    (
        "loop of rankdata with percentiles / uncertainty, 960 profiles",
        loop_over_profiles,
        50.0,  # on two idle cores 79; a busy machine takes its second thread away
        "min",
    ),
    ("uncertainty / argsort of every draw, all distinct", distinct_over_sorts, 2.6, "max"),
    ("default uncertainty, bundled panel / argsort of every draw", default_over_sorts, 6.0, "max"),
    ("729 calls of score / exact factorial effects", runs_over_factorial, 2.0, "min"),
]


def extras() -> dict[str, float]:
    """Absolute seconds, reported and not gated."""
    bundled = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    return {
        "uncertainty, 10,000 draws x 18,528 dyads, 960 profiles (s)": seconds(
            lambda: draw(coded(False))
        ),
        "default uncertainty of the bundled panel (s)": seconds(
            lambda: robustness.uncertainty(bundled, rng=SEED)
        ),
        "exact factorial effects, 729 runs x 448 dyad-years (s)": seconds(
            lambda: robustness.factorial(with_russia(), six_choices())
        ),
    }
