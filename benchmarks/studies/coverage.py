"""Coverage of the intervals under known coder error, weights fixed.

The generators below were written down before anything was tuned and are frozen. Each draws true
codes, spell by spell, and the codes that a fallible coder gives them; `uncertainty` sees the given
codes and what is known of the coder, and its 90 % interval of each score and of each change over
time should hold the truth in 90 % of the cases.

``confusion``
    Eight indicators of four codes, unequal weights; the coder errs with a known confusion matrix,
    independently by spell. Well specified. The shares of the true codes are not given.
``probabilities``
    As ``confusion``, but what is known is the probability of each code, spell by spell: the exact
    posterior under the shares of the true codes. Well specified.
``leaning`` (misspecified)
    As ``confusion``, but in two studies out of five the coder leans: every error of that study
    goes up, in all indicators at once, with the same overall error matrix. The analysis takes
    errors as independent.

The spells that were coded are told to `uncertainty` (`facts`). A fourth row shows ``confusion``
without them: two neighbouring spells that were given the same code are then taken for one.

Run ``python -m benchmarks.studies.coverage [--scale 0.1]``; exit 1 if a well-specified generator
covers outside 90 ± 3 %.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd

import alignindex as ai
from alignindex import robustness

CODES = np.array([0.0, 0.3, 0.65, 1.0])
SHARES = np.array([0.4, 0.25, 0.2, 0.15])
WEIGHTS = (1.0, 0.83, 0.71, 0.62, 0.55, 0.47, 0.41, 0.36)
CONFUSION = np.array(
    [
        [0.75, 0.15, 0.07, 0.03],
        [0.12, 0.70, 0.13, 0.05],
        [0.05, 0.14, 0.68, 0.13],
        [0.03, 0.07, 0.15, 0.75],
    ]
)
UP = np.array([[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1]], dtype=float)
STATES, YEARS, CHANGE = 40, 12, 0.2
FULL = 60  # data sets a generator
BAR = (0.87, 0.93)


def spec() -> ai.IndexSpec:
    return ai.IndexSpec(
        schema_version=1,
        name="coverage",
        fidelity="illustrative",
        missing="propagate",
        indicators=tuple(
            {"name": f"x{j}", "columns": (f"x{j}",), "weight": w, "rule": {"kind": "identity"}}
            for j, w in enumerate(WEIGHTS)
        ),
    )


def simulate(generator: str, rng: np.random.Generator):
    """True codes, given codes, probabilities of the true ones, and which cells are one fact."""
    n, k = STATES * YEARS, len(WEIGHTS)
    true, given, fact = np.empty((3, n, k), int)
    confusion = CONFUSION
    if generator == "leaning" and rng.random() < 0.4:
        # All errors of this study go up by one class, with the same chance of an error.
        right = np.diag(CONFUSION)
        confusion = np.diag(right) + (1 - right)[:, None] * UP
    for j in range(k):
        for s in range(STATES):
            start = s * YEARS
            # A spell is coded once; two neighbours may have the same code.
            cut = np.flatnonzero(rng.random(YEARS - 1) < CHANGE) + 1
            for a, b in zip([0, *cut], [*cut, YEARS], strict=True):
                t = rng.choice(4, p=SHARES)
                true[start + a : start + b, j] = t
                fact[start + a : start + b, j] = start + a
                given[start + a : start + b, j] = rng.choice(4, p=confusion[t])
    posterior = SHARES[:, None] * CONFUSION
    posterior = (posterior / posterior.sum(axis=0)).T
    return true, given, posterior[given], fact


def one(generator: str, known_facts: bool, rng: np.random.Generator) -> tuple[float, float]:
    """Share of scores, and of changes from the first to the last year, that the interval holds."""
    true, given, probabilities, fact = simulate(generator, rng)
    names = [f"x{j}" for j in range(len(WEIGHTS))]
    index = pd.MultiIndex.from_product(
        [[f"S{s:02d}" for s in range(STATES)], ["POL"], range(2000, 2000 + YEARS)],
        names=["state", "partner", "year"],
    )
    panel = pd.DataFrame(CODES[given], index=index, columns=names)
    truth = ai.score(pd.DataFrame(CODES[true], index=index, columns=names), spec())
    if generator == "probabilities":
        coders = {
            name: pd.DataFrame(probabilities[:, j], index=index, columns=CODES)
            for j, name in enumerate(names)
        }
    else:
        table = pd.DataFrame(CONFUSION, index=CODES, columns=CODES)
        coders = dict.fromkeys(names, table)
    sure = robustness.uncertainty(
        ai.score(panel, spec()),
        draws=1000,
        weights=None,
        missing=None,
        coders=coders,
        facts=pd.DataFrame(fact, index=index, columns=names) if known_facts else None,
        rng=int(rng.integers(2**31)),
    )
    value = truth.scores["score"]
    inside = (sure.scores["q05"] <= value + 1e-9) & (value - 1e-9 <= sure.scores["q95"])
    change = sure.difference(2000, 1999 + YEARS)
    moved = value.xs(1999 + YEARS, level="year") - value.xs(2000, level="year")
    held = (change["q05"] <= moved + 1e-9) & (moved - 1e-9 <= change["q95"])
    return float(inside.mean()), float(held.mean())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full size")
    sets = max(24, round(FULL * parser.parse_args().scale))
    print(f"{sets} data sets a generator, {STATES} dyads x {YEARS} years\n")
    print("| generator | scores in the 90 % interval | changes | bar |\n|---|---:|---:|---|")
    broken = False
    cases = [(name, True) for name in ("confusion", "probabilities", "leaning")]
    for number, (generator, known_facts) in enumerate([*cases, ("confusion", False)]):
        rng = np.random.default_rng([20261122, number])
        found = [one(generator, known_facts, rng) for _ in range(sets)]
        scores, changes = np.mean(found, axis=0)
        judged = generator != "leaning" and known_facts
        good = BAR[0] <= scores <= BAR[1] and BAR[0] <= changes <= BAR[1]
        broken |= judged and not good
        bar = ("ok" if good else "BROKEN") if judged else "misspecified: shown, not judged"
        name = generator if known_facts else f"{generator}, facts not told"
        print(f"| {name} | {scores:.3f} | {changes:.3f} | {bar} |", flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
