"""Benchmarks of the ideal points: ratios within one run, on votes of the General Assembly's size.

The votes are simulated (generator ``plain`` of the study) on the published skeleton where the
files are at hand, else on an invented one of similar size.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
from scipy.special import ndtr

import alignindex as ai
from alignindex.idealpoints.encode import Encoded, encode
from alignindex.kernels.idealpoints import errors as laplace
from alignindex.kernels.idealpoints import model as kernel
from alignindex.kernels.idealpoints import spread as reading
from benchmarks.studies.idealpoints import cast_votes, simulate, skeleton_of
from benchmarks.twins import idealpoints as slow

OPTIONS = {"levels": [0, 1, 2], "draws": 0}


def best(call: Callable[[], object], repeats: int = 3) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


@cache
def votes() -> tuple[pd.DataFrame, pd.DataFrame]:
    table, links = cast_votes()
    _, category = simulate(skeleton_of(table, links), "plain", np.random.default_rng(7))
    table = table.assign(vote=category)
    return ai.idealpoints.prepare(table, levels=[0, 1, 2], not_cast=[]).votes, links


@cache
def encoded() -> Encoded:
    table, links = votes()
    return encode(
        table, state="state", item="rcid", value="vote", by="session", levels=[0, 1, 2],
        not_cast=(), links=links, gap="keep",
    )  # fmt: skip


@cache
def settled() -> kernel.Parameters:
    return kernel.estimate(encoded().model, max_sweeps=8).parameters


@cache
def small() -> tuple[kernel.Model, slow.Table, np.ndarray, kernel.Parameters]:
    """Three sessions and a fifth of the states, with links, for dense matrices."""
    table, links = votes()
    first = sorted(table["session"].unique())[-3]
    part = table[(table["session"] >= first) & table["state"].isin(table["state"].unique()[::5])]
    part = ai.idealpoints.prepare(part, levels=[0, 1, 2], not_cast=[]).votes
    data = encode(
        part, state="state", item="rcid", value="vote", by="session", levels=[0, 1, 2],
        not_cast=(), links=links, gap="keep",
    )  # fmt: skip
    now = kernel.estimate(data.model, max_sweeps=4).parameters
    rows = list(zip(data.node.tolist(), data.group.tolist(), data.kind.tolist(), strict=True))
    table_of = slow.Table(
        rows, data.model.two_cuts.tolist(), data.model.state.tolist(), data.model.link.tolist()
    )
    return data.model, table_of, data.node_period, now


def two_cdf_passes() -> float:
    x = np.random.default_rng(0).normal(size=encoded().node.size)
    return best(lambda: (ndtr(x), ndtr(-x)))


def sweep_to_floor() -> float:
    model, now = encoded().model, settled()
    return best(lambda: kernel.sweep(model, now)) / two_cdf_passes()


def errors_to_product() -> float:
    """The floor is the product of S^-1 B with a square matrix of the border's size."""
    data, now = encoded(), settled()
    factors = laplace.factorise(data.model, now, data.node_period)
    width = 3 * factors.border.size
    rng = np.random.default_rng(0)
    tall, square = rng.normal(size=(now.points.size, width)), rng.normal(size=(width, width))
    floor = best(lambda: tall @ square, 2)
    whole = best(
        lambda: reading.spread(laplace.factorise(data.model, now, data.node_period), now), 1
    )
    return whole / floor


def probability_against_twin() -> float:
    model, table, _, now = small()
    items = (now.slopes, now.lower, now.upper)
    slowly = best(lambda: slow.mean_log_probability(table, now.points, *items))
    return slowly / best(lambda: kernel.mean_log_probability(model.votes, now), 10)


def errors_against_dense() -> float:
    model, table, period, now = small()
    items = (now.slopes, now.lower, now.upper)
    slowly = best(lambda: slow.standard_deviations(table, now.points, *items), 1)
    return slowly / best(lambda: reading.spread(laplace.factorise(model, now, period), now))


def deviation_from_dense() -> float:
    model, table, period, now = small()
    points, _ = slow.standard_deviations(table, now.points, now.slopes, now.lower, now.upper)
    found = reading.spread(laplace.factorise(model, now, period), now).points
    return float(np.abs(found / points - 1.0).max())


def labels_to_kernels() -> float:
    table, links = votes()
    anchor = (table["state"].iloc[0], 1)
    model = encoded().model
    with_labels = best(
        lambda: ai.idealpoints.fit(
            table, links=links, anchor=anchor, standard_errors=False, **OPTIONS
        ),
        2,
    )
    return with_labels / best(lambda: kernel.estimate(model), 2)


GATES = [
    ("ideal points: one sweep / two normal-cdf passes over the votes", sweep_to_floor, 15.0, "max"),
    ("ideal points: standard errors / one product with the border", errors_to_product, 20.0, "max"),
    ("ideal points: log-probability, loop / kernel", probability_against_twin, 30.0, "min"),
    ("ideal points: standard errors, dense / blocks", errors_against_dense, 5.0, "min"),
    ("ideal points: largest deviation from the dense sd", deviation_from_dense, 1e-8, "max"),
    ("ideal points: fit with labels / kernels", labels_to_kernels, 3.0, "max"),
]


def extras() -> dict[str, float]:
    """Absolute seconds on the simulated votes."""
    table, links = votes()
    anchor = (table["state"].iloc[0], 1)
    found = {}
    for label, options in (
        ("fit, seconds", {"standard_errors": False, "draws": 0}),
        ("fit with se, seconds", {"draws": 0}),
        ("fit with se and se_calibrated, seconds", {"draws": 3, "rng": 1}),
    ):
        start = time.perf_counter()
        ai.idealpoints.fit(table, links=links, anchor=anchor, levels=[0, 1, 2], **options)
        found[f"ideal points: {label}"] = time.perf_counter() - start
    return found
