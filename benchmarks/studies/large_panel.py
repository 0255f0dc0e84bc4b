"""Uncertainty of every dyad of the world since 1946: how long it takes, and how much memory.

193 states, 37,056 directed dyads, 87 years: 3.2 million dyad-years, five coded indicators that
change every eight years, 2 % of the spells unknown; 1,000 draws of weights and unknown codes, ranks
among the partner's dyads of each year. The budget (`memory`) is for what is held at once besides
the panel, the result, the codes under each coding and the tables that are returned; these are
counted from their sizes, and the study fails if the peak exceeds the sum of all.

Run ``python -m benchmarks.studies.large_panel [--scale 0.1]`` (fewer years).
"""

from __future__ import annotations

import argparse
import resource
import sys
import time

import numpy as np
import pandas as pd

import alignindex as ai
from alignindex import robustness

STATES, YEARS, SPELL = 193, 87, 8
LEVELS = (4, 4, 4, 3, 5)
UNKNOWN = 0.02
DRAWS, BUDGET = 1000, 512
CODING = 4 * 8 + 1  # bytes a cell: value, bounds, fact, table; whether a coder may err
SLACK = 200  # MiB: the interpreter's own, and what the allocator keeps


def peak() -> float:
    """Greatest resident size so far, in MiB."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def panel(years: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    names = np.array([f"S{i:03d}" for i in range(STATES)], dtype=object)
    state, partner = np.nonzero(~np.eye(STATES, dtype=bool))
    index = pd.MultiIndex.from_arrays(
        [
            pd.Categorical.from_codes(np.repeat(state, years), names),
            pd.Categorical.from_codes(np.repeat(partner, years), names),
            np.tile(np.arange(1946, 1946 + years), len(state)),
        ],
        names=["state", "partner", "year"],
    )
    columns = {}
    for j, levels in enumerate(LEVELS):
        shape = (len(state), -(-years // SPELL))
        code = rng.integers(0, levels, shape) / (levels - 1)
        code[rng.random(shape) < UNKNOWN] = np.nan
        columns[f"x{j}"] = np.repeat(code, SPELL, axis=1)[:, :years].ravel()
    return pd.DataFrame(columns, index=index)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0, help="share of the years")
    years = max(SPELL, round(YEARS * parser.parse_args().scale))
    spec = ai.IndexSpec(
        schema_version=1,
        name="large",
        fidelity="illustrative",
        missing="renormalise",
        indicators=tuple(
            {"name": f"x{j}", "columns": (f"x{j}",), "rule": {"kind": "identity"}}
            for j in range(len(LEVELS))
        ),
    )
    result = ai.score(panel(years), spec)
    before = peak()
    start = time.perf_counter()
    sure = robustness.uncertainty(result, draws=DRAWS, rng=1, memory=BUDGET)
    seconds, after = time.perf_counter() - start, peak()
    rows = len(result.scores)
    tables = sum(frame.memory_usage(index=False).sum() for frame in (sure.scores, sure.ranks))
    codings = rows * len(LEVELS) * CODING
    allowed = BUDGET + SLACK + (tables + codings) / (1 << 20)
    good = after - before <= allowed
    print("| dyad-years | draws | seconds | panel and result (MiB) | added (MiB) | allowed (MiB) |")
    print("|---:|---:|---:|---:|---:|---:|")
    print(f"| {rows:,} | {DRAWS:,} | {seconds:.0f} | {before:.0f} | {after - before:.0f} "
          f"| {allowed:.0f} |")  # fmt: skip
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
