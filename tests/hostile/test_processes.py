"""Processes that die, run side by side, are optimised, or have no room to write."""

from __future__ import annotations

import multiprocessing
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alignindex as ai

ROOT = Path(ai.__file__).resolve().parents[1]
KILLS = 60
# For each line that it reads, forks a child that saves two results in turn until it is killed.
SAVER = """
import os, sys
import alignindex as ai
from alignindex.base import files
if sys.argv[2] == "renames":
    files._exchange = lambda one, two: False
panel = ai.load_panel("post_soviet").loc[["ARM", "BLR"]]
results = [ai.score(part, "erkomaishvili2019") for part in (panel, panel.loc[["ARM"]])]
for result in results:
    result.contributions, result.provenance
for line in sys.stdin:
    child = os.fork()
    if not child:
        for turn in range(10**9):
            results[turn % 2].save(sys.argv[1], force=True)
    print(child, flush=True)
    os.waitpid(child, 0)
    print("gone", flush=True)
"""


def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        **options,  # type: ignore[call-overload]
    )


@pytest.mark.parametrize("how", ["exchange", "renames"])
def test_a_killed_save_leaves_a_whole_result(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "out"
    rng = np.random.default_rng(0)
    sizes = set()
    words = [sys.executable, "-c", SAVER, str(folder), how]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
    with subprocess.Popen(words, cwd=ROOT, **pipes) as saver:  # type: ignore[call-overload]
        for _ in range(KILLS):
            saver.stdin.write("save\n")
            child = int(saver.stdout.readline())
            time.sleep(0.02 + float(rng.uniform(0, 0.05)))
            os.kill(child, signal.SIGKILL)
            assert saver.stdout.readline() == "gone\n"
            if how == "exchange" and sizes:  # one of the two is under its name at any time
                assert folder.is_dir()
            if folder.exists() or (tmp_path / ".out-earlier").exists():
                sizes.add(len(ai.load_result(folder).scores))
            assert {entry.name for entry in tmp_path.iterdir() if entry.name[0] != "."} <= {"out"}
        saver.stdin.close()
    assert sizes == {136, 272}  # either result, and always a whole one
    result = ai.score(ai.load_panel("post_soviet").loc[["ARM"]], "erkomaishvili2019")
    assert len(ai.load_result(result.save(folder, force=True)).scores) == 136


def digests(states: list[str]) -> list[str]:
    panel = ai.load_panel("post_soviet").loc[states]
    result = ai.score(panel, "erkomaishvili2019")
    text = result.explain(states[0], "RUS", 2013) + str(result.composition()["changed"].sum())
    numbers = pd.concat([result.scores, result.contributions], axis=1).to_numpy(dtype=float)
    return [text, numbers.tobytes().hex(), result.provenance["panel"]["digest"]]


STATES = [["ARM"], ["BLR"], ["KAZ"], ["UZB"], ["ARM", "BLR"], ["GEO"], ["UKR"], ["TJK"]]


def test_eight_threads_score_as_one() -> None:
    expected = [digests(states) for states in STATES]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            assert list(pool.map(digests, STATES)) == expected


def test_eight_threads_share_one_result() -> None:
    made = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    expected = ai.poles.multivectorism(made.scores)
    fresh = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(lambda _: ai.poles.multivectorism(fresh.scores), range(16)):
            pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_spawned_processes_score_as_one() -> None:
    # Tests cannot be imported by name in a spawned process; functions of the package can.
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        panel = ai.load_panel("post_soviet").loc[STATES[0]]
        result = pool.submit(ai.score, panel, "erkomaishvili2019").result()
        own = ai.score(panel, "erkomaishvili2019")
        pd.testing.assert_frame_equal(result.scores, own.scores, check_exact=True)
        assert result.provenance == own.provenance
        with pytest.raises(ai.SpecError, match="nothing"):
            pool.submit(ai.score, panel, "nothing").result()


@pytest.mark.parametrize("command", [("score",), ("explain", "ARM", "RUS", "2013"), ("specs",)])
@pytest.mark.parametrize("flag", ["-O", "-OO"])
def test_optimised_python_prints_the_same(command: tuple[str, ...], flag: str) -> None:
    plain, optimised = run("-m", "alignindex", *command), run(flag, "-m", "alignindex", *command)
    assert (optimised.returncode, optimised.stderr) == (0, "")
    assert optimised.stdout == plain.stdout


@pytest.mark.parametrize("arguments", [("score", "--panel", "none.csv"), ("score", "--year", "1")])
def test_optimised_python_refuses_the_same(arguments: tuple[str, ...]) -> None:
    plain, optimised = (
        run("-m", "alignindex", *arguments),
        run("-OO", "-m", "alignindex", *arguments),
    )
    assert optimised.returncode == plain.returncode == 2
    assert optimised.stderr == plain.stderr


def test_an_install_that_may_only_be_read(tmp_path: Path) -> None:
    copy = tmp_path / "site"
    for name in ("alignindex", "datasets"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    for path in [copy, *copy.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = sorted(copy.rglob("*"))
    try:
        for command in (("score",), ("explain", "ARM", "RUS", "2013"), ("validate", "x.toml")):
            done = run(
                "-B", "-m", "alignindex", *command, env={**os.environ, "PYTHONPATH": str(copy)}
            )
            assert "Traceback" not in done.stderr
            assert done.returncode == (2 if command[0] == "validate" else 0)
        assert sorted(copy.rglob("*")) == before
    finally:
        for path in [copy, *copy.rglob("*")]:
            path.chmod(0o755)


def limited() -> None:
    """Let no file grow beyond 20,000 bytes, as on a disk that is full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    small = ("score", "--state", "ARM", "--partner", "RUS", "--out", folder)
    assert run("-m", "alignindex", *small, preexec_fn=limited).returncode == 0
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    done = run("-m", "alignindex", "score", "--out", folder, "--force", preexec_fn=limited)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "cannot be written" in done.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]
    page = tmp_path / "page.html"
    page.write_text("old")
    report = ("report", "-o", page, "--force", "--draws", 0)
    done = run("-m", "alignindex", *report, preexec_fn=limited)
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert page.read_text() == "old"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["out", "page.html"]
