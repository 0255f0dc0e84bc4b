"""Run every benchmark gate and print one table; exit 1 if a gate is broken.

``python -m benchmarks.run`` runs all; names of modules (``scoring similarity``) pick some;
``--extras`` adds the absolute seconds; ``--markdown`` prints the table for benchmarks/README.md.
A gate that misses its limit is measured twice more and judged by the best of the three: a busy
machine can make a ratio worse, never better.
"""

from __future__ import annotations

import argparse
import importlib
import platform
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
TRIES = 3


def modules(names: list[str]) -> list[str]:
    found = sorted(path.stem for path in FOLDER.glob("bench_*.py"))
    return [name for name in found if not names or name.removeprefix("bench_") in names]


def holds(value: float, limit: float, sense: str) -> bool:
    return value <= limit if sense == "max" else value >= limit


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="modules without bench_: scoring similarity ...")
    parser.add_argument("--extras", action="store_true", help="absolute seconds too, not gated")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    options = parser.parse_args()
    rows: list[tuple[str, str, str, str]] = []
    broken = 0
    for name in modules(options.names):
        module = importlib.import_module(f"benchmarks.{name}")
        for gate, measure, limit, sense in module.GATES:
            value = measure()
            for _ in range(TRIES - 1):
                if holds(value, limit, sense):
                    break
                again = measure()
                value = min(value, again) if sense == "max" else max(value, again)
            good = holds(value, limit, sense)
            broken += not good
            bound = f"{'≤' if sense == 'max' else '≥'} {limit:g}"
            rows.append((gate, f"{value:.3g}", bound, "ok" if good else "BROKEN"))
            if not options.markdown:
                print(
                    f"{'ok    ' if good else 'BROKEN'} {value:9.3g} ({bound})  {gate}", flush=True
                )
        if options.extras and hasattr(module, "extras"):
            for label, value in module.extras().items():
                rows.append((label, f"{value:.3g}", "", "not gated"))
                if not options.markdown:
                    print(f"       {value:9.3g}           {label}", flush=True)
    if options.markdown:
        versions = [
            f"{name} {importlib.import_module(name).__version__}"
            for name in ("numpy", "pandas", "scipy")
        ]
        print(f"Python {platform.python_version()}, {', '.join(versions)}, {platform.machine()}\n")
        print("| what | measured | limit | |\n|---|---:|---:|---|")
        print("\n".join(f"| {' | '.join(row)} |" for row in rows))
    print(f"{len(rows)} figures, {broken} gates broken", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
