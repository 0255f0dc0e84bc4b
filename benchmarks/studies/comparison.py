"""Do the intervals of rank correlations between two indices hold the truth?

Two indices of the same dyads, coded in five classes: each is a position of the state (shared by
its dyads), something of the dyad, and a yearly error, the two correlated in all three. The truth is
the correlation within partner and year in a population of 800 states drawn in the same way; a data
set has a sample of states, with four partners and eight years. The generator was fixed before the
intervals were looked at.

Shown for whole states redrawn (the default of `ai.compare`) and for whole dyads redrawn, which
takes the dyads of a state as independent. Spearman's coefficient of small groups is below that of
the population on average (for n states, ((n - 2) rho + 3 tau) / (n + 1)), whatever the interval.

Run ``python -m benchmarks.studies.comparison [--scale 0.1]``; exit 1 if, with 40 states, the 90 %
interval of Kendall's coefficient by states covers outside 90 ± 6 %.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd

import alignindex as ai

PARTNERS, YEARS, POPULATION = ("P", "Q", "R", "S"), range(2000, 2008), 800
SHARED = 0.6  # correlation of the two indices in every component
FULL, BAR = 600, (0.84, 0.96)


def spec(name: str) -> ai.IndexSpec:
    return ai.IndexSpec.from_dict(
        {
            "schema_version": 1,
            "name": name,
            "fidelity": "illustrative",
            "missing": "propagate",
            "indicators": [{"name": name, "columns": [name], "rule": {"kind": "identity"}}],
        }
    )


def draw(states: int, rng: np.random.Generator) -> pd.DataFrame:
    """Codes of two indices for some states."""
    cov = [[1.0, SHARED], [SHARED, 1.0]]

    def pairs(*shape: int) -> np.ndarray:
        return rng.multivariate_normal([0.0, 0.0], cov, size=shape)

    latent = (
        pairs(states, 1, 1)
        + 0.7 * pairs(states, len(PARTNERS), 1)
        + 0.5 * pairs(states, len(PARTNERS), len(YEARS))
    )
    codes = np.clip(np.floor(latent / 0.9 + 2.5), 0, 4) / 4
    index = pd.MultiIndex.from_product(
        [[f"S{i:04d}" for i in range(states)], PARTNERS, YEARS], names=["state", "partner", "year"]
    )
    return pd.DataFrame(codes.reshape(-1, 2), index=index, columns=["x", "y"])


def compared(table: pd.DataFrame, **options: object) -> pd.Series:
    return ai.compare([spec("x"), spec("y")], panel=table, **options).correlations.iloc[0]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full size")
    sets = max(60, round(FULL * parser.parse_args().scale))
    rng = np.random.default_rng(20261122)
    truth = compared(draw(POPULATION, rng), draws=2, rng=0)
    print(f"{sets} data sets a row; truth: Spearman {truth['spearman']:.3f}, "
          f"Kendall {truth['kendall']:.3f}\n")  # fmt: skip
    print(
        "| states | redrawn | Spearman: mean | covered | width | Kendall: mean | covered | width |"
    )
    print("|---:|---|---:|---:|---:|---:|---:|---:|")
    broken = False
    for states in (12, 18, 40):
        tables = [draw(states, rng) for _ in range(sets)]
        for cluster in ("state", "dyad"):
            rows = pd.DataFrame(
                [compared(t, cluster=cluster, draws=400, rng=k) for k, t in enumerate(tables)]
            )
            cells, covered = [], 0.0
            for name in ("spearman", "kendall"):
                low, high = rows[f"{name}_lower"], rows[f"{name}_upper"]
                covered = float(((low <= truth[name]) & (truth[name] <= high)).mean())
                cells += [rows[name].mean(), covered, (high - low).mean()]
            print(
                f"| {states} | {cluster}s | {' | '.join(f'{c:.3f}' for c in cells)} |", flush=True
            )
            if (states, cluster) == (40, "state"):
                broken = not BAR[0] <= covered <= BAR[1]
    print("BROKEN" if broken else "ok")
    return int(broken)


if __name__ == "__main__":
    raise SystemExit(main())
