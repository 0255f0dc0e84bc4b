"""Run the simulation studies one after the other: ``python -m benchmarks.studies --scale 0.1``."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).parent
NOT_STUDIES = {"__init__", "__main__", "fuzz_seeds", "fuzz_workbooks"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full size")
    parser.add_argument("names", nargs="*", help="studies; all unless named")
    options = parser.parse_args()
    found = sorted(p.stem for p in FOLDER.glob("*.py") if p.stem not in NOT_STUDIES)
    failed = []
    for name in options.names or found:
        start = time.perf_counter()
        print(f"--- {name}", flush=True)
        command = [
            sys.executable,
            "-m",
            f"benchmarks.studies.{name}",
            "--scale",
            str(options.scale),
        ]
        if subprocess.run(command, check=False).returncode:
            failed.append(name)
        print(f"--- {name}: {time.perf_counter() - start:.0f} s", flush=True)
    print(f"{len(found)} studies, failed: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
