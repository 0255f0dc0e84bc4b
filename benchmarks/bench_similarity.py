"""Similarity timed against its floor, its slow way and itself, always as ratios in one run.

`GATES` holds ``(name, function, limit, sense)``; `extras` the seconds behind them and what else is
worth knowing. The votes are made up in the shape of the General Assembly's.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pandas as pd

from alignindex.kernels.similarity.errors import analytic_errors
from alignindex.kernels.similarity.measures import MEASURES, pair_measures
from alignindex.kernels.similarity.tables import BLOCK_BYTES, level_distances, n_pairs
from alignindex.similarity import Bootstrap, dyads

LEVELS = (1.0, 2.0, 3.0)
FIVE = ("agreement", "s_absolute", "s_squared", "kappa_linear", "pi_squared")


def chosen(names=tuple(MEASURES)):
    distances = level_distances(np.array(LEVELS))
    return [(MEASURES[name].form, distances[MEASURES[name].distance]) for name in names]


def seconds(call: Callable[[], object], repeats: int = 5) -> float:
    """Least time of several runs: what the machine needs when nothing else disturbs it."""
    best = np.inf
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best


def ratio(upper: Callable[[], object], lower: Callable[[], object], repeats: int = 9) -> float:
    """Ratio of least times, the two run by turns so that both meet the same disturbances."""
    times = [(seconds(upper, 1), seconds(lower, 1)) for _ in range(repeats)]
    tops, bottoms = zip(*times, strict=True)
    return min(tops) / min(bottoms)


def coded_votes(states: int, items: int, missing: float = 0.1, seed: int = 0) -> np.ndarray:
    codes = np.random.default_rng(seed).choice(3, size=(states, items), p=[0.75, 0.15, 0.1])
    codes[np.random.default_rng(seed + 1).random(codes.shape) < missing] = -1
    return codes.astype(np.int8)


def long_votes(codes: np.ndarray, session: int = 1) -> pd.DataFrame:
    state, item = np.nonzero(codes >= 0)
    return pd.DataFrame(
        {
            "session": session,
            "state": np.array([f"S{number:03d}" for number in range(len(codes))])[state],
            "rcid": item + 1000 * session,
            "vote": codes[state, item] + 1.0,
        }
    )


@lru_cache(maxsize=1)
def assembly() -> pd.DataFrame:
    """Votes of 74 sessions, 51 to 193 members, 84 roll calls each: the size of 1946–2019."""
    known = {1: 51, 10: 60, 16: 99, 22: 120, 30: 142, 45: 160, 48: 184, 74: 193}
    members = np.interp(np.arange(1, 75), list(known), list(known.values())).astype(int)
    parts = [
        long_votes(coded_votes(n, 84, seed=session), session)
        for session, n in enumerate(members, start=1)
    ]
    return pd.concat(parts, ignore_index=True)


def by_session(measures=None) -> pd.DataFrame:
    return dyads(assembly(), measures=measures)


# ------------------------------------------------------------------- the ways to compare with


def floor(codes: np.ndarray) -> None:
    """What cannot be avoided: one float64 one-hot product, one pass over nine tables a measure."""
    marks = np.concatenate([codes == level for level in range(3)]).astype(np.float64)
    product = marks @ marks.T
    tables = np.ones((9, n_pairs(len(codes))))
    for _ in MEASURES:
        tables.sum(axis=0)
    assert product.shape[0] == 3 * len(codes)


def self_merge(votes: pd.DataFrame) -> pd.DataFrame:
    """Four measures the way they are written in notebooks, session by session."""
    parts = []
    for session, block in votes.groupby("session"):
        pairs = block.merge(block, on="rcid", suffixes=("", "_2"))
        pairs = pairs[pairs["state"] < pairs["state_2"]]
        gap = (pairs["vote"] - pairs["vote_2"]).abs() / 2
        pairs = pairs.assign(same=gap == 0, absolute=gap, squared=gap**2)
        means = pairs.groupby(["state", "state_2"])[["same", "absolute", "squared"]].mean()
        parts.append(
            pd.DataFrame(
                {
                    "session": session,
                    "agreement": means["same"],
                    "agreement_half": 1 - means["absolute"],
                    "s_absolute": 1 - 2 * means["absolute"],
                    "s_squared": 1 - 2 * means["squared"],
                }
            )
        )
    return pd.concat(parts)


# ------------------------------------------------------------------------------------ gates


def kernels_over_floor() -> float:
    codes = coded_votes(193, 100)
    measures = chosen()
    return ratio(lambda: pair_measures(codes, 3, measures), lambda: floor(codes), 40)


def labels_over_kernels() -> float:
    codes = coded_votes(193, 100)
    votes, measures = long_votes(codes), chosen()
    return ratio(lambda: dyads(votes, by=None), lambda: pair_measures(codes, 3, measures), 40)


def self_merge_over_five() -> float:
    """Every eighth session, since the merge takes its time; it computes four measures."""
    votes = assembly()
    votes = votes[votes["session"] % 8 == 0]
    ours = seconds(lambda: dyads(votes, measures=FIVE))
    return seconds(lambda: self_merge(votes), 1) / ours


def growth_over_quadratic() -> float:
    """From 1,000 to 5,000 actors the pairs grow 25-fold."""
    measures = chosen(FIVE)
    small, large = coded_votes(1000, 1000), coded_votes(5000, 1000)
    grown = seconds(lambda: pair_measures(large, 3, measures), 2)
    return grown / seconds(lambda: pair_measures(small, 3, measures), 4) / 25


def memory_over_budget() -> float:
    """Working memory for 5,000 actors beside the result."""
    codes, measures = coded_votes(5000, 1000), chosen(FIVE)
    tracemalloc.start()
    try:
        values, shared = pair_measures(codes, 3, measures)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return (peak - values.nbytes - shared.nbytes) / BLOCK_BYTES


def analytic_errors_over_values() -> float:
    codes, measures = coded_votes(193, 100), chosen()
    return ratio(
        lambda: analytic_errors(codes, 3, measures), lambda: pair_measures(codes, 3, measures), 20
    )


GATES = [
    ("similarity: kernels / (products + passes)", kernels_over_floor, 10.0, "max"),
    ("similarity: dyads with labels / kernels", labels_over_kernels, 2.5, "max"),
    ("similarity: pandas self-merge / five measures", self_merge_over_five, 20.0, "min"),
    ("similarity: 5,000 actors / quadratic growth from 1,000", growth_over_quadratic, 2.0, "max"),
    ("similarity: working memory / stated budget", memory_over_budget, 1.0, "max"),
    ("similarity: analytic errors / values alone", analytic_errors_over_values, 12.0, "max"),
]


def extras() -> dict[str, float]:
    """Seconds behind the ratios."""
    codes, measures = coded_votes(193, 100), chosen()
    votes = long_votes(codes)
    large = coded_votes(5000, 1000)
    return {
        "similarity: 193 x 100, 13 measures, kernels [s]": seconds(
            lambda: pair_measures(codes, 3, measures), 15
        ),
        "similarity: 193 x 100, 13 measures, dyads [s]": seconds(lambda: dyads(votes, by=None), 15),
        "similarity: 193 x 100, 13 measures, 1,000 bootstrap draws [s]": seconds(
            lambda: dyads(votes, by=None, se=Bootstrap(1000, rng=1)), 1
        ),
        "similarity: dyad-sessions of 74 sessions": float(len(by_session(["agreement"]))),
        "similarity: 74 sessions, 13 measures with labels [s]": seconds(by_session, 3),
        "similarity: 74 sessions, five measures with labels [s]": seconds(
            lambda: by_session(FIVE), 3
        ),
        "similarity: 5,000 x 1,000, five measures, kernels [s]": seconds(
            lambda: pair_measures(large, 3, chosen(FIVE)), 1
        ),
    }


if __name__ == "__main__":
    for name, measure, limit, sense in GATES:
        print(f"{name}: {measure():.2f} ({sense} {limit})")
    for name, value in extras().items():
        print(f"{name}: {value:.4g}")
