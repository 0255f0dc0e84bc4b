"""The command `compare`: what it prints, what it refuses, what it writes."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

import alignindex as ai
from alignindex.cli import main

PLAIN, KAPPA, COUNT = "erkomaishvili2019", "erkomaishvili2019-kappa", "erkomaishvili2019-count"


class Answer(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    def call(*arguments: object) -> Answer:
        code = main(["compare", *map(str, arguments)])
        return Answer(code, *capsys.readouterr())

    return call


def test_help_shows_examples_that_work(run: Callable[..., Answer]) -> None:
    answer = run("--help")
    assert answer.code == 0
    examples = re.findall(r"^  alignindex compare (.*)$", answer.out, flags=re.MULTILINE)
    assert len(examples) == 2
    for example in examples:
        assert run(*shlex.split(example)).code == 0


def test_it_prints_fidelity_and_the_numbers_of_the_library(run: Callable[..., Answer]) -> None:
    answer = run(PLAIN, KAPPA, COUNT)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.count(" reconstructed ") == 3
    assert "RECONSTRUCTED: after a published design" in " ".join(answer.out.split())
    found = ai.compare([PLAIN, KAPPA, COUNT], rng=1)
    for (first, second), row in found.correlations.iterrows():
        line = next(
            line for line in answer.out.splitlines() if re.match(rf"  {first} +{second} ", line)
        )
        assert f"{row['n']:,}" in line
        for name in ("spearman", "kendall"):
            shown = f"{row[name]:.2f}  {row[f'{name}_lower']:.2f} to {row[f'{name}_upper']:.2f}"
            assert shown in line


def test_scores_stand_side_by_side_with_ranks(run: Callable[..., Answer]) -> None:
    answer = run(PLAIN, KAPPA, "--partner", "RUS", "--year", 2013, "--top", 0)
    found = ai.compare([PLAIN, KAPPA], partners=["RUS"], years=[2013])
    key = ("ARM", "RUS", 2013)
    cells = [
        f"{found.scores.loc[key, spec]:.2f} ({found.ranks.loc[key, spec]:.0f})"
        for spec in (PLAIN, KAPPA)
    ]
    assert re.search(rf"^  ARM  Armenia +{' +'.join(map(re.escape, cells))}$", answer.out, re.M)
    assert "with Russia (RUS)" in answer.out
    assert "largest disagreements" not in answer.out
    assert "with China" not in answer.out


def test_a_chosen_state_is_shown_alone_and_compared_with_all(run: Callable[..., Answer]) -> None:
    answer = run(PLAIN, KAPPA, "--state", "KAZ", "--partner", "CHN", "--year", 2015)
    whole = run(PLAIN, KAPPA, "--partner", "CHN", "--year", 2015)
    pattern = rf"^  {PLAIN}  {KAPPA} .*$"
    assert re.findall(pattern, answer.out, re.M) == re.findall(pattern, whole.out, re.M) != []
    assert "UZB" not in answer.out
    found = ai.compare([PLAIN, KAPPA], partners=["CHN"], years=[2015])
    assert found.explain("KAZ", "CHN", 2015) in answer.out
    assert "Alignment of" not in whole.out


def test_a_panel_of_ones_own_and_specs_of_one_name(
    run: Callable[..., Answer], tmp_path: Path
) -> None:
    panel = ai.load_panel("post_soviet").loc[["ARM", "BLR", "KAZ"]]
    panel.to_csv(tmp_path / "panel.csv")
    mine = tmp_path / "mine.toml"
    mine.write_text(
        ai.load_spec(PLAIN).to_toml().replace("min_coverage = 0.6", "min_coverage = 0.2")
    )
    answer = run(PLAIN, mine, "--panel", tmp_path / "panel.csv")
    assert answer.code == 0
    assert f"  {PLAIN}" not in answer.out.splitlines()[0]
    assert str(mine) in answer.out  # both are called by what was given
    assert "No interval: fewer than ten states" in " ".join(answer.out.split())


def test_out_writes_the_comparison(run: Callable[..., Answer], tmp_path: Path) -> None:
    folder = tmp_path / "out"
    answer = run(PLAIN, KAPPA, "--partner", "RUS", "--out", folder)
    assert answer.code == 0
    assert f"to {folder}" in answer.out
    table = pd.read_csv(folder / "correlations.csv", dtype=str)
    found = ai.compare([PLAIN, KAPPA], partners=["RUS"], rng=1)
    assert table["kendall"].map(float).tolist() == found.correlations["kendall"].tolist()
    assert set(json.loads((folder / "provenance.json").read_text())["results"]) == {PLAIN, KAPPA}
    again = run(PLAIN, KAPPA, "--out", folder)
    assert again.code == 2
    assert "exists already" in again.err
    rest = ("--partner", "RUS", "--out", folder, "--force", "--format", "json")
    assert run(PLAIN, KAPPA, *rest).code == 0
    assert (folder / "scores.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ([], ["SPEC"]),
        ([PLAIN], ["two specs", PLAIN]),
        ([PLAIN, PLAIN], ["named twice"]),
        ([PLAIN, "erkomaishvili2019-kapa"], ["did you mean 'erkomaishvili2019-kappa'"]),
        ([PLAIN, KAPPA, "--partner", "ROS"], ["'ROS'", "did you mean 'RUS'"]),
        ([PLAIN, KAPPA, "--state", "KAS"], ["'KAS'", "did you mean 'KAZ'"]),
        ([PLAIN, KAPPA, "--year", "1066"], ["1066", "1992"]),
        ([PLAIN, KAPPA, "--year", "soon"], ["whole number"]),
        ([PLAIN, KAPPA, "--top", "-1"], ["--top", "whole number from 0 on"]),
        ([PLAIN, KAPPA, "--force"], ["--out"]),
        ([PLAIN, KAPPA, "--panel", "none.csv"], ["none.csv"]),
    ],
)
def test_what_can_be_mended_is_one_line(
    run: Callable[..., Answer], arguments: list[str], parts: list[str]
) -> None:
    answer = run(*arguments)
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.count("\n") == 1
    assert answer.err.startswith("alignindex compare: ")
    for part in parts:
        assert part in answer.err
