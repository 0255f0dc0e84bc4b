"""Simulation study of the ideal points: recovery and coverage under three generators.

The generators below were written down before the estimator was tuned and are frozen: they are
not to be changed to suit it. Each draws true points and votes on a given *skeleton*, that is who
voted on which roll call in which session and which roll calls are linked.

``plain``
    Blocs, slow drift of states around them, the model's own likelihood.
``heavy`` (misspecified)
    As ``plain``, but the errors of the votes are Student-t with 4 degrees of freedom, the mean of
    all states drifts from session to session, and their spread breathes with a period of 30.
``mixed``
    As ``plain``, but half of the items hardly discriminate and the others strongly and mostly in
    one direction.

The skeleton is that of the General Assembly's sessions where the published files are at hand
(``../shared/sources`` or ``$ALIGNINDEX_SOURCES``), else an invented one of similar shape.

Run ``python -m benchmarks.studies.idealpoints [--scale 0.1]``; the table is printed as Markdown.
A scale below 1 takes the last part of the sessions. Aims: correlation with the truth of at least
0.97 in every session with 50 or more items, coverage of ``se_calibrated`` at a nominal 0.90 within
0.87 and 0.93, and at least 0.80 in every ten sessions. What misses its aim is bold. The exit code
is 1 only where a figure falls below its floor, which guards what has been reached.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import alignindex as ai

GENERATORS = ("plain", "heavy", "mixed")
# Lowest session correlation, coverage: what was reached, less the noise of a small scale.
FLOORS = {"plain": (0.94, 0.85), "heavy": (0.92, 0.60), "mixed": (0.94, 0.85)}
QUANTILE = 1.6448536269514722


class Skeleton(NamedTuple):
    """Who voted on what: one row per vote; nodes are states in sessions, state by state."""

    node: NDArray[np.int64]
    item: NDArray[np.int64]
    node_state: NDArray[np.int64]
    node_period: NDArray[np.int64]
    n_items: int


def true_points(
    skeleton: Skeleton, generator: str, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Points of every node: blocs, slow drift; standardised over the nodes."""
    state, period = skeleton.node_state, skeleton.node_period
    n_states, periods = int(state.max()) + 1, np.arange(period.min(), period.max() + 1)
    centre = rng.choice([-1.0, 0.0, 1.5], size=n_states, p=[0.40, 0.35, 0.25])
    home = centre + rng.normal(0.0, 0.4, n_states)
    path = np.empty((n_states, periods.size))
    path[:, 0] = home + rng.normal(0.0, 0.3, n_states)
    for t in range(1, periods.size):
        step = rng.normal(0.0, 0.12, n_states)
        path[:, t] = path[:, t - 1] + 0.03 * (home - path[:, t - 1]) + step
    if generator == "heavy":
        drift = np.cumsum(rng.normal(0.0, 0.1, periods.size))
        spread = 1.0 + 0.15 * np.sin(2.0 * np.pi * periods / 30.0)
        path = path * spread + drift
    points = path[state, period - period.min()]
    return (points - points.mean()) / points.std()


def simulate(
    skeleton: Skeleton, generator: str, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """True points of the nodes and a category 0, 1, 2 for every vote."""
    points = true_points(skeleton, generator, rng)
    n = skeleton.n_items
    slope = rng.normal(0.0, 1.0, n)
    if generator == "mixed":
        strong = rng.random(n) < 0.5
        sign = np.where(rng.random(n) < 0.8, 1.0, -1.0)
        slope = np.where(strong, sign * np.abs(rng.normal(1.5, 0.5, n)), rng.normal(0.0, 0.3, n))
    spread = np.sqrt(1.0 + slope**2)
    lower = rng.normal(0.9, 0.8, n) * spread
    upper = lower + rng.exponential(0.6, n) * spread
    error = rng.normal(size=skeleton.node.size)
    if generator == "heavy":
        error = rng.standard_t(4.0, skeleton.node.size) / np.sqrt(2.0)
    latent = slope[skeleton.item] * points[skeleton.node] + error
    category = (latent > lower[skeleton.item]).astype(np.int64) + (latent > upper[skeleton.item])
    return points, category


def sources_folder() -> Path | None:
    named = os.environ.get("ALIGNINDEX_SOURCES")
    folder = Path(named) if named else Path(__file__).resolve().parents[3] / "shared" / "sources"
    folder = folder / "unga"
    return folder if folder.is_dir() else None


def cast_votes() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Who voted on what (state, rcid, session), and links."""
    folder = sources_folder()
    if folder is not None:
        votes = pd.read_parquet(folder / "unga_votes.parquet")
        votes = votes[votes["year"] <= 2019]
        roll_calls = pd.read_parquet(folder / "unga_rollcalls.parquet")
        kept = ai.idealpoints.prepare(votes, roll_calls=roll_calls).votes
        kept = kept.rename(columns={"ccode": "state"})[["state", "rcid", "session"]]
        return kept, pd.read_csv(folder / "Matches.csv")
    rng = np.random.default_rng(20)
    rows, links = [], []
    for session in range(1, 75):
        present = np.arange(min(55 + 3 * session, 193))
        for number in range(40 + session // 2):
            rcid = 1000 * session + number
            there = present[rng.random(present.size) < 0.9]
            rows.append(pd.DataFrame({"state": there, "rcid": rcid, "session": session}))
            if number < 8 and session > 1:
                links.append((rcid - 1000, rcid))
    return pd.concat(rows, ignore_index=True), pd.DataFrame(links, columns=["rcid1", "rcid2"])


def skeleton_of(votes: pd.DataFrame, links: pd.DataFrame) -> Skeleton:
    """Number nodes and items; linked roll calls are one item."""
    rcids = np.unique(votes["rcid"])
    parent = {int(r): int(r) for r in rcids}

    def root(r: int) -> int:
        while parent[r] != r:
            r = parent[r]
        return r

    for one, other in zip(links["rcid1"], links["rcid2"], strict=True):
        if one in parent and other in parent:
            parent[root(int(other))] = root(int(one))
    group = pd.Series({r: root(r) for r in parent})
    items = np.unique(group)
    item = np.searchsorted(items, group.loc[votes["rcid"]].to_numpy())
    nodes = votes[["state", "session"]].drop_duplicates().sort_values(["state", "session"])
    place = pd.MultiIndex.from_frame(nodes).get_indexer(
        pd.MultiIndex.from_frame(votes[["state", "session"]])
    )
    state = np.unique(nodes["state"], return_inverse=True)[1]
    return Skeleton(
        place.astype(np.int64),
        item.astype(np.int64),
        state.astype(np.int64),
        nodes["session"].to_numpy(dtype=np.int64),
        items.size,
    )


class Figures(NamedTuple):
    """What one simulated data set shows."""

    lowest: float  # correlation over the sessions with 50 or more items
    short: int  # such sessions below 0.97
    sessions: int
    median: float
    plain_coverage: float
    coverage: float
    worst_decade: float
    error: float
    location: float  # root mean square of the session means of the error
    seconds: float


def run(votes: pd.DataFrame, links: pd.DataFrame, generator: str, seed: int, draws: int) -> Figures:
    skeleton = skeleton_of(votes, links)
    rng = np.random.default_rng([seed, GENERATORS.index(generator)])
    truth, category = simulate(skeleton, generator, rng)
    table = votes.assign(vote=category)
    table = ai.idealpoints.prepare(table, levels=[0, 1, 2], not_cast=[]).votes
    anchor = table["state"].iloc[0]
    start = time.perf_counter()
    result = ai.idealpoints.fit(
        table, levels=[0, 1, 2], links=links, anchor=(anchor, 1), draws=draws, rng=seed
    )
    seconds = time.perf_counter() - start
    nodes = votes[["state", "session"]].drop_duplicates().sort_values(["state", "session"])
    nodes = nodes.assign(truth=truth).rename(columns={"session": "period"})
    both = result.points.merge(nodes, on=["state", "period"]).dropna(subset=["point"])
    sign = np.sign(np.corrcoef(both["point"], both["truth"])[0, 1])
    # Scale and location are the data's own, also where a node was lost to unanimous items.
    standard = (both["truth"] - both["truth"].mean()) / both["truth"].std(ddof=0)
    error = sign * both["point"] - standard
    items = table.groupby("session")["rcid"].nunique()
    correlation = pd.Series(
        {
            session: abs(np.corrcoef(rows["point"], rows["truth"])[0, 1])
            for session, rows in both.groupby("period")
        }
    )
    large = correlation[items.reindex(correlation.index) >= 50]
    inside = error.abs() <= QUANTILE * both["se_calibrated"]
    decade = inside.groupby((both["period"] - 1) // 10).mean()
    return Figures(
        float(large.min()),
        int((large < 0.97).sum()),
        large.size,
        float(correlation.median()),
        float((error.abs() <= QUANTILE * both["se"]).mean()),
        float(inside.mean()),
        float(decade.min()),
        float(np.sqrt((error**2).mean())),
        float(np.sqrt((error.groupby(both["period"]).mean() ** 2).mean())),
        seconds,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0, help="share of the sessions")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    votes, links = cast_votes()
    sessions = np.unique(votes["session"])
    first = sessions[-max(3, round(options.scale * sessions.size))]
    votes = votes[votes["session"] >= first].reset_index(drop=True)
    draws = 3 if options.scale >= 1.0 else 2
    print(
        f"{len(votes):,} votes, {votes['session'].nunique()} sessions, {draws} draws, "
        f"seed {options.seed}, published skeleton: {sources_folder() is not None}\n"
    )
    print(
        "| generator | lowest session correlation | below 0.97 | median | cover of se | cover of "
        "se_calibrated | worst ten sessions | rms error | of session means | seconds |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    broken = []
    for generator in GENERATORS:
        got = run(votes, links, generator, options.seed, draws)

        def cell(value: float, met: bool) -> str:
            return f"{value:.3f}" if met else f"**{value:.3f}**"

        print(
            f"| {generator} | {cell(got.lowest, got.lowest >= 0.97)} | {got.short} of "
            f"{got.sessions} | {got.median:.3f} | {got.plain_coverage:.3f} | "
            f"{cell(got.coverage, 0.87 <= got.coverage <= 0.93)} | "
            f"{cell(got.worst_decade, got.worst_decade >= 0.80)} | {got.error:.3f} | "
            f"{got.location:.3f} | {got.seconds:.1f} |",
            flush=True,
        )
        correlation, coverage = FLOORS[generator]
        if got.lowest < correlation or got.coverage < coverage:
            broken.append(f"{generator}: correlation {got.lowest:.3f}, cover {got.coverage:.3f}")
    for line in broken:
        print(f"below its floor: {line}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
