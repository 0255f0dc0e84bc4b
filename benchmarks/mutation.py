"""Mutation testing of the kernels: change one operator or number at a time; do the tests notice?

    python -m benchmarks.mutation                        every mutant of every kernel file
    python -m benchmarks.mutation --sample 100 --seed 1  a random sample
    python -m benchmarks.mutation --file scoring/tree.py
    python -m benchmarks.mutation --report               the table of what has run so far

The mutations are cosmic-ray's (extra ``dev``). Every outcome is appended to a journal, so that a
run that was stopped goes on where it ended. A mutant that no test can tell from the original is
listed in ``equivalent.toml`` beside this file, with the argument.

Each mutant runs in a fork of a process that has loaded numpy, pandas, scipy and pytest already. The
mutated source stands in for the file through an import hook; nothing is written into the tree.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import random
import re
import signal
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KERNELS = ROOT / "alignindex" / "kernels"
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
JOURNAL = ROOT / ".mutation" / "journal.jsonl"
TIMEOUT = 90  # seconds; a mutant that hangs counts as noticed
MUTANTS_PER_BYTE = 4000 / 200_000  # about so many: enough to know which share to draw
MIN_KILLED, MAX_EQUIVALENT = 0.95, 0.05  # the bars of a whole run
MIN_KILLED_OF_SAMPLE = 0.80  # survivors of a sample have not been looked through for equivalents

# The tests that are meant to notice a change of a file, fastest first.
TESTS = {
    "comparison.py": ["kernels/test_concordance.py", "laws/test_comparison_laws.py",
                      "test_comparison.py"],
    "dynamics/dating.py": ["kernels/test_paths.py", "test_dynamics.py",
                           "laws/test_dynamics_laws.py"],
    "dynamics/paths.py": ["kernels/test_paths.py", "test_dynamics.py",
                          "laws/test_dynamics_laws.py"],
    "dynamics/segments.py": ["kernels/test_paths.py", "test_dynamics.py",
                             "laws/test_dynamics_laws.py"],
    "geopolitics/clusters.py": ["kernels/test_geopolitics.py"],
    "geopolitics/exposure.py": ["kernels/test_geopolitics.py"],
    "geopolitics/parts.py": ["kernels/test_geopolitics.py"],
    "idealpoints/errors.py": ["kernels/test_idealpoints.py", "test_idealpoints.py"],
    "idealpoints/model.py": ["kernels/test_idealpoints.py", "test_idealpoints.py"],
    "idealpoints/spread.py": ["kernels/test_idealpoints.py", "test_idealpoints.py"],
    "poles.py": ["test_poles.py", "laws/test_poles_laws.py"],
    "regression.py": ["kernels/test_regression.py"],
    "reliability/coefficients.py": ["kernels/test_reliability.py", "test_reliability.py"],
    "reliability/latent_codes.py": ["kernels/test_reliability.py", "test_reliability.py",
                                    "laws/test_reliability_laws.py"],
    "robustness/draws.py": ["kernels/test_draws.py", "laws/test_robustness_laws.py",
                            "robustness/test_uncertainty.py"],
    "robustness/ranks.py": ["kernels/test_ranks.py", "robustness/test_uncertainty.py"],
    "robustness/sensitivity.py": ["kernels/test_sensitivity.py", "robustness/test_effects.py"],
    "rollcalls.py": ["kernels/test_rollcalls.py"],
    "scoring/aggregate.py": ["kernels/test_aggregate.py", "kernels/test_tree.py",
                             "laws/test_scoring_laws.py"],
    "scoring/coding.py": ["kernels/test_coding.py", "kernels/test_decay.py",
                          "laws/test_scoring_laws.py"],
    "scoring/decay.py": ["kernels/test_decay.py", "laws/test_scoring_laws.py"],
    "scoring/shapley.py": ["kernels/test_shapley.py", "kernels/test_tree.py"],
    "scoring/tree.py": ["kernels/test_tree.py", "laws/test_scoring_laws.py"],
    "scoring/windows.py": ["kernels/test_coding.py", "kernels/test_decay.py",
                           "laws/test_scoring_laws.py"],
    "similarity/errors.py": ["kernels/test_similarity.py", "test_similarity.py"],
    "similarity/measures.py": ["kernels/test_similarity.py",
                               "published/test_similarity_published.py", "test_similarity.py"],
    "similarity/tables.py": ["kernels/test_similarity.py", "published/test_similarity_published.py",
                             "test_similarity.py"],
}  # fmt: skip
SWAPS = {
    "Add": "Sub", "Sub": "Add", "Mul": "Div", "Div": "Mul", "FloorDiv": "Mul", "Mod": "Mul",
    "Pow": "Mul", "BitAnd": "BitOr", "BitOr": "BitAnd", "BitXor": "BitOr", "LShift": "RShift",
    "RShift": "LShift",
}  # fmt: skip
COMPARISONS = {"Eq": ("NotEq", "GtE"), "NotEq": ("Eq", "Gt"), "Lt": ("LtE", "GtE"),
               "LtE": ("Lt", "Gt"), "Gt": ("GtE", "LtE"), "GtE": ("Gt", "Lt"), "Is": ("IsNot",),
               "IsNot": ("Is",)}  # fmt: skip
OPERATORS = (
    *(f"core/ReplaceBinaryOperator_{a}_{b}" for a, b in SWAPS.items()),
    *(f"core/ReplaceComparisonOperator_{a}_{b}" for a, all_b in COMPARISONS.items() for b in all_b),
    "core/NumberReplacer", "core/AddNot", "core/ReplaceAndWithOr", "core/ReplaceOrWithAnd",
    "core/ReplaceTrueWithFalse", "core/ReplaceFalseWithTrue", "core/ReplaceBreakWithContinue",
    "core/ReplaceContinueWithBreak", "core/ReplaceUnaryOperator_USub_UAdd",
    "core/ReplaceUnaryOperator_Delete_Not", "core/ReplaceUnaryOperator_Delete_Invert",
)  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One change of one kernel file."""

    file: str
    operator: str
    occurrence: int
    line: int
    code: str
    before: str
    after: str
    again: int = 0  # earlier lines of this file that read the same

    @property
    def key(self) -> str:
        """Stable as long as the changed line and its operator are: line numbers may move."""
        text = f"{self.operator}|{self.before.strip()}|{self.after.strip()}|{self.again}"
        return f"{self.file}:{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def mutants_of(file: str, draw: random.Random | None = None, share: float = 1) -> Iterator[Mutant]:
    """Mutants of a kernel file, or a share drawn at random; annotations and docstrings stay."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator, operator_names

    code = (KERNELS / file).read_text(encoding="utf-8")
    lines = code.splitlines()
    tree = get_ast(code)
    known = set(operator_names())
    for name in OPERATORS:
        if name not in known:
            continue
        operator = get_operator(name)()
        places = sum(len(list(operator.mutation_positions(node))) for node in ast_nodes(tree))
        for occurrence in range(places):
            if draw is not None and draw.random() > share:
                continue
            changed = mutate_code(code, operator, occurrence)
            if changed is None or changed == code:
                continue
            new = changed.splitlines()
            at = next((i for i, (a, b) in enumerate(zip(lines, new, strict=False)) if a != b), -1)
            if at < 0 or _is_annotation(lines[at]) or _is_idle(lines[at]):
                continue
            if lines[at].replace("strict=True", "strict=False") == new[at].strip("\n"):
                continue  # lengths that are equal anyway
            again = sum(line == lines[at] for line in lines[:at])
            yield Mutant(file, name, occurrence, at + 1, changed, lines[at], new[at], again)


def _about(files: list[str]) -> float:
    """About how many mutants these files have."""
    return MUTANTS_PER_BYTE * sum((KERNELS / file).stat().st_size for file in files)


def _is_idle(line: str) -> bool:
    """Say whether a change of the line cannot matter: sizes of pieces of work, ``strict=True``."""
    text = line.strip()
    sizes = text.split(" = ")[0]
    return sizes.isupper() and sizes.endswith(("BYTES", "CELLS", "BLOCK", "CHUNK", "ROWS"))


def _is_annotation(line: str) -> bool:
    text = line.strip()
    optional = re.search(r"^\w+: .*\| None\b", text) is not None
    return optional or text.startswith(("def ", "from ", "import ", "@"))


class Replaced(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Import hook: one module is made from the mutated source."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant
        parts = mutant.file.removesuffix(".py").split("/")
        self.module = ".".join(("alignindex.kernels", *parts))

    def find_spec(self, name, path=None, target=None):  # type: ignore[no-untyped-def]
        if name != self.module:
            return None
        return importlib.util.spec_from_loader(name, self, origin=self.mutant.file)

    def exec_module(self, module) -> None:  # type: ignore[no-untyped-def]
        exec(compile(self.mutant.code, str(KERNELS / self.mutant.file), "exec"), module.__dict__)


def outcome(mutant: Mutant) -> str:
    """``killed``, ``survived`` or ``hung``, as told by the tests in a forked process."""
    child = os.fork()
    if child == 0:
        _run_tests(mutant)
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return "survived" if os.waitstatus_to_exitcode(status) == 0 else "killed"
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "hung"


def _run_tests(mutant: Mutant) -> None:
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    sys.meta_path.insert(0, Replaced(mutant))
    import pytest

    files = [str(ROOT / "tests" / name) for name in TESTS[mutant.file]]
    code = 1
    try:
        code = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *files]))
    finally:
        os._exit(code)


def read_journal(path: Path) -> dict[str, dict[str, object]]:
    """Outcomes so far, by the key of the mutant."""
    if not path.is_file():
        return {}
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {row["key"]: row for row in rows}


def equivalents() -> dict[str, str]:
    """Mutants that no test can notice, each with its argument."""
    if not EQUIVALENT.is_file():
        return {}
    rows = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8")).get("mutant", [])
    return {row["key"]: row["why"] for row in rows}


def report(journal: dict[str, dict[str, object]], keys: set[str] | None = None) -> tuple[str, bool]:
    """Table by file, and whether the bars hold over all files together."""
    same = equivalents()
    rows = [row for key, row in journal.items() if keys is None or key in keys]
    lines = ["| kernel | mutants | killed | equivalent | survived |", "|---|---:|---:|---:|---:|"]
    total: Counter[str] = Counter()
    for file in sorted({str(row["file"]) for row in rows}):
        count: Counter[str] = Counter()
        for row in rows:
            if row["file"] == file:
                what = "killed" if row["outcome"] in ("killed", "hung") else "survived"
                count["equivalent" if what == "survived" and row["key"] in same else what] += 1
        total += count
        lines.append(_line(file, count))
    lines.append(_line("**all**", total))
    real = total["killed"] + total["survived"]
    everything = real + total["equivalent"]
    killed = MIN_KILLED if keys is None else MIN_KILLED_OF_SAMPLE
    held = bool(real) and total["killed"] / real >= killed
    if keys is None:  # a small sample may hold many equivalent mutants by chance
        held &= not everything or total["equivalent"] / everything <= MAX_EQUIVALENT
    share = f"killed {total['killed'] / real:.1%} of those that differ" if real else "no mutant ran"
    return "\n".join([*lines, "", share]), held


def _line(name: str, count: Counter[str]) -> str:
    return (
        f"| {name} | {sum(count.values())} | {count['killed']} | {count['equivalent']} | "
        f"{count['survived']} |"
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sample", type=int, help="run so many mutants, drawn at random")
    parser.add_argument("--seed", type=int, default=0, help="seed of the sample")
    parser.add_argument("--file", action="append", help="only this kernel file (may be repeated)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument("--journal", type=Path, default=JOURNAL)
    parser.add_argument("--report", action="store_true", help="print the table and stop")
    parser.add_argument("--survivors", action="store_true", help="print every survivor")
    options = parser.parse_args()
    journal = read_journal(options.journal)
    if not options.report:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        os.environ.setdefault("ALIGNINDEX_HYPOTHESIS", "mutation")
        import pandas  # noqa: F401 - loaded once, before the forks
        import pydantic  # noqa: F401
        import scipy.linalg
        import scipy.special  # noqa: F401

        files = options.file or sorted(TESTS)
        draw = None if options.sample is None else random.Random(options.seed)
        share = 1.0 if draw is None else min(1.0, 1.2 * options.sample / _about(files))
        every = [mutant for file in files for mutant in mutants_of(file, draw, share)]
        if draw is not None and len(every) > options.sample:
            every = draw.sample(every, options.sample)
        for file in sorted({mutant.file for mutant in every}):  # the control: no change
            code = (KERNELS / file).read_text(encoding="utf-8")
            if outcome(Mutant(file, "none", 0, 0, code, "", "")) != "survived":
                print(f"the tests of {file} fail without a change: {', '.join(TESTS[file])}")
                return 2
        wanted = {mutant.key for mutant in every}
        todo = [mutant for mutant in every if mutant.key not in journal]
        print(f"{len(every)} mutants, {len(todo)} to run")
        options.journal.parent.mkdir(parents=True, exist_ok=True)
        end = time.monotonic() + options.seconds
        with ThreadPoolExecutor(options.jobs) as pool, options.journal.open("a") as out:
            # Threads only wait for their fork; the tests run in processes of their own.
            for mutant, found in zip(todo, pool.map(lambda m: _timed(m, end), todo), strict=True):
                if found is None:
                    continue
                row = {"key": mutant.key, "file": mutant.file, "line": mutant.line,
                       "operator": mutant.operator.removeprefix("core/"),
                       "before": mutant.before.strip(), "after": mutant.after.strip(),
                       "outcome": found}  # fmt: skip
                journal[mutant.key] = row
                out.write(json.dumps(row) + "\n")
                out.flush()
    else:
        wanted = None
    table, held = report(journal, wanted)
    print(table)
    if options.survivors or (options.sample is not None and not held):
        for row in journal.values():
            if row["outcome"] == "survived" and (wanted is None or row["key"] in wanted):
                mark = " (equivalent)" if row["key"] in equivalents() else ""
                print(f"{row['key']} line {row['line']}{mark}: {row['before']}  ->  {row['after']}")
    return 0 if held else 1


def _timed(mutant: Mutant, end: float) -> str | None:
    return None if time.monotonic() > end else outcome(mutant)


if __name__ == "__main__":
    raise SystemExit(main())
