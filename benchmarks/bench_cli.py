"""What the command line and the import cost, beside a plain `import pandas`.

Run: python benchmarks/bench_cli.py

Every figure is the wall time of a fresh interpreter, best of several; the two sides take turns, so
that a busy spell of the machine falls on both.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from time import perf_counter

TIMES = 7
PANDAS = ("-c", "import pandas")
IMPORT = ("-c", "import pandas, alignindex")
SCORE = ("-m", "alignindex", "score")


def seconds(*arguments: str) -> float:
    """Wall time of one fresh interpreter."""
    start = perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - start


def best(*commands: Sequence[str], times: int = TIMES) -> list[float]:
    """Least time of each command, the commands taking turns."""
    rounds = [[seconds(*command) for command in commands] for _ in range(times)]
    return [min(column) for column in zip(*rounds, strict=True)]


def score_beyond_pandas() -> float:
    """Seconds of `alignindex score` from the box beyond those of `import pandas`."""
    score, pandas = best(SCORE, PANDAS)
    return score - pandas


def import_ratio() -> float:
    """Time of `import alignindex` with every public function, over that of `import pandas`."""
    names = "from alignindex import score, load_panel, load_spec, as_panel, load_dataset"
    ours, pandas = best(("-c", names), PANDAS)
    return ours / pandas


def lazy_import_ratio() -> float:
    """Time of a bare `import alignindex`, pandas included, over that of `import pandas`."""
    ours, pandas = best(IMPORT, PANDAS)
    return ours / pandas


GATES: list[tuple[str, Callable[[], float], float, str]] = [
    ("alignindex score - import pandas, seconds", score_beyond_pandas, 2.0, "max"),
    ("import alignindex / import pandas", lazy_import_ratio, 1.5, "max"),
    ("import of what scores / import pandas", import_ratio, 1.8, "max"),
]

if __name__ == "__main__":
    for name, measure, limit, sense in GATES:
        print(f"{name}: {measure():.3f} (at {sense} {limit:g})")
