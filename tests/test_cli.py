"""The command line: what it prints, what it refuses, and how it ends."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

import alignindex
from alignindex.base import root as _root
from alignindex.cli import common as _common
from alignindex.cli import main
from alignindex.cli import progress as _progress
from alignindex.cli.text import sparkline
from alignindex.data import list_datasets, load_panel
from alignindex.panel.inputs import spec_inputs
from alignindex.scoring.result import score
from alignindex.spec import list_specs, load_spec

COMMANDS = ("score", "explain", "compare", "report", "specs", "datasets", "validate")
RECONSTRUCTED = "fidelity    RECONSTRUCTED: "


class Answer(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    def call(*arguments: object) -> Answer:
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Answer(code, out, err)

    return call


@pytest.fixture
def panel_file(tmp_path: Path) -> Path:
    """The bundled panel as a user's file."""
    path = tmp_path / "panel.csv"
    load_panel("post_soviet").to_csv(path)
    return path


def refused(answer: Answer, *parts: str) -> None:
    """Exit code 2, and one line on stderr with all that is expected in it."""
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.count("\n") == 1
    assert answer.err.startswith("alignindex")
    assert "Traceback" not in answer.err
    for part in parts:
        assert part in answer.err


# --- help and version ----------------------------------------------------------------------------


def test_version(run: Callable[..., Answer]) -> None:
    assert run("--version") == Answer(0, f"alignindex {alignindex.__version__}\n", "")


def test_no_command_shows_the_help_of_all(run: Callable[..., Answer]) -> None:
    answer = run()
    assert answer.code == 0
    assert all(f"\n    {command} " in answer.out for command in COMMANDS)
    assert "ALIGNINDEX_DEBUG" in answer.out


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example_that_works(
    run: Callable[..., Answer], command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = run(command, "--help")
    assert answer.code == 0
    examples = re.findall(rf"^  alignindex ({command}.*)$", answer.out, flags=re.MULTILINE)
    assert examples
    assert answer.out.isascii()
    pytest.importorskip("pyarrow")
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text(load_spec("erkomaishvili2019").to_toml())
    for name in ("mine.csv", "panel.csv"):
        load_panel("post_soviet").to_csv(name)
    for example in examples:
        assert run(*example.split()).code == 0


# --- score ---------------------------------------------------------------------------------------


def lines_of(out: str) -> dict[tuple[str, str], list[str]]:
    """Cells of every row of the printed tables, by state and partner."""
    cells: dict[tuple[str, str], list[str]] = {}
    partner = ""
    for line in out.splitlines():
        if line.startswith("with "):
            partner = line.split("(")[-1].rstrip(")").removeprefix("with ")
        elif partner and line.startswith("  ") and not line.startswith("  state"):
            state, *rest = line.split()
            cells[state, partner] = rest
    return cells


def test_score_prints_every_dyad_of_the_latest_complete_year(run: Callable[..., Answer]) -> None:
    answer = run("score")
    assert (answer.code, answer.err) == (0, "")
    assert RECONSTRUCTED in answer.out
    assert "bundled panel post_soviet" in answer.out
    result = score(load_panel("post_soviet"), "erkomaishvili2019")
    year = result.latest_complete_year()
    assert (
        f"\nyear        {year}, the latest in which every indicator has data on half" in answer.out
    )
    changed = result.composition()["changed"]
    of_year = result.scores.xs(year, level="year")
    printed = lines_of(answer.out)
    assert set(printed) == set(of_year.index)
    lo, hi = result.spec.range
    for key, row in of_year.iterrows():
        cells = printed[key]
        past_changes = changed.loc[key].loc[:year]
        assert (cells[-1] == "*") == bool(past_changes.iloc[1:].any())
        *_, value, span, coverage, history = [cell for cell in cells if cell != "*"]
        assert value == ("?" if np.isnan(row["score"]) else f"{row['score']:.3f}")
        assert span == f"{row['low']:.3f}–{row['high']:.3f}"
        assert coverage == f"{row['coverage']:.2f}"
        past = result.scores.loc[key, "score"].loc[:year]
        assert history == sparkline(past, lo, hi)
        assert len(history) == year - 1992 + 1


@pytest.mark.slow
def test_score_fits_a_hundred_columns_and_keeps_its_columns_in_line(
    run: Callable[..., Answer],
) -> None:
    bundled = [spec for spec in list_specs().index if (spec_inputs(spec)["panel"] != "").all()]
    assert len(bundled) >= 10
    for spec in bundled:
        out = run("score", "--spec", spec).out
        assert max(map(len, out.splitlines())) <= 100
        headers = {line for line in out.splitlines() if line.startswith("  state ")}
        assert len(headers) == 1


def test_score_sorts_by_score_and_puts_the_unknown_last(run: Callable[..., Answer]) -> None:
    rows = lines_of(run("score", "--partner", "RUS", "--year", "1992").out).values()
    cells = [[cell for cell in row if cell != "*"][-4] for row in rows]
    known = [float(cell) for cell in cells if cell != "?"]
    assert known == sorted(known, reverse=True)
    assert "?" in cells
    assert cells.index("?") == len(known)


def test_state_partner_and_year_select(run: Callable[..., Answer]) -> None:
    out = run("score", "--state", "KAZ", "UZB", "--partner", "RUS,CHN", "--year", "2015").out
    assert set(lines_of(out)) == {
        (state, partner) for state in ("KAZ", "UZB") for partner in ("RUS", "CHN")
    }
    whole = score(load_panel("post_soviet"), "erkomaishvili2019").scores
    assert f"{whole.loc[('KAZ', 'CHN', 2015), 'score']:.3f}" in out
    assert "\nyear        2015" in out


def test_a_year_without_data_on_an_indicator_says_so(run: Callable[..., Answer]) -> None:
    out = run("score", "--year", 2025).out
    assert (
        "2025; under half of the dyads have un_votes; 2024 is the latest year with every"
        in " ".join(out.split())
    )


def test_a_count_is_shown_as_k_of_n(run: Callable[..., Answer]) -> None:
    out = run("score", "--spec", "erkomaishvili2019-count", "--partner", "RUS").out
    result = score(load_panel("post_soviet"), "erkomaishvili2019-count")
    row = result.scores.loc[("BLR", "RUS", 2024)]
    assert row["score"] == row["n_indicators"] == 5
    assert re.search(r"BLR +Belarus +5 of 5 +5–5 +1\.00", out)
    early = run(
        "score", "--spec", "erkomaishvili2019-count", "--partner", "RUS", "--year", "2010"
    ).out
    assert re.search(r"ARM +Armenia +4 of 4 +4–4 +1\.00", early)  # crimea begins in 2014


def test_a_panel_and_a_spec_of_ones_own(run: Callable[..., Answer], tmp_path: Path) -> None:
    spec = tmp_path / "mine.toml"
    spec.write_text(
        'schema_version = 1\nname = "mine"\nfidelity = "illustrative"\nmissing = "propagate"\n'
        '[[indicators]]\nname = "trade"\ncolumns = ["trade"]\nrule = { kind = "identity" }\n'
    )
    panel = tmp_path / "mine.csv"
    panel.write_text("state,partner,year,trade\nX,Y,2001,0.25\nX,Y,2003,1\nZ,Y,2003,\n")
    answer = run("score", "--panel", panel, "--spec", spec)
    assert (answer.code, answer.err) == (0, "")
    assert "ILLUSTRATIVE: an example, not a published index" in answer.out
    assert "the panel given" in answer.out
    assert lines_of(answer.out) == {
        ("X", "Y"): ["1.000", "1.000–1.000", "1.00", "▃·█"],
        ("Z", "Y"): ["?", "0.000–1.000", "0.00", "···"],
    }


def test_a_panel_file_scores_like_the_bundled_one(
    run: Callable[..., Answer], panel_file: Path
) -> None:
    assert run("score", "--panel", panel_file).out == run("score").out


def test_a_panel_without_a_complete_year_says_so(
    run: Callable[..., Answer], panel_file: Path
) -> None:
    table = pd.read_csv(panel_file)
    table[table["year"] > 2024].to_csv(panel_file, index=False)
    out = run("score", "--panel", panel_file).out
    said = "2025; under half of the dyads have arms, exercises, un_votes; no year of the panel has"
    assert f"year {said}" in " ".join(out.split())


def test_an_empty_panel_gives_an_empty_answer(run: Callable[..., Answer], panel_file: Path) -> None:
    panel_file.write_text(panel_file.read_text().splitlines()[0] + "\n")
    answer = run("score", "--panel", panel_file, "--out", panel_file.parent / "out")
    assert (answer.code, answer.err) == (0, "")
    assert "the panel has no rows, so there are no scores" in answer.out
    scores = pd.read_csv(panel_file.parent / "out" / "scores.csv")
    assert list(scores.columns)[:4] == ["state", "partner", "year", "score"]
    assert len(scores) == 0


# --- output --------------------------------------------------------------------------------------


def read_back(path: Path) -> pd.DataFrame:
    keys = ["state", "partner", "year"]
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix == ".json":
        records = json.loads(path.read_text(encoding="utf-8"))
        return pd.DataFrame(records).set_index(keys).astype(float)
    # As text first: before 3.1 pandas' own reader is off by a last bit here and there.
    table = pd.read_csv(path, dtype=str).astype({"year": int}).set_index(keys)
    return table.map(float)


@pytest.mark.parametrize("format", ["csv", "json", "parquet"])
def test_out_writes_every_year_in_full(
    run: Callable[..., Answer], tmp_path: Path, format: str
) -> None:
    if format == "parquet":
        pytest.importorskip("pyarrow")
    folder = tmp_path / "results"
    given = () if format == "csv" else ("--format", format)
    answer = run("score", "--partner", "RUS", "--out", folder, *given)
    assert answer.code == 0
    assert f" dyad-years, every year, to {folder}" in answer.out
    tables = ("scores", "codes", "contributions")
    assert {path.name for path in folder.iterdir()} == {
        *(f"{table}.{format}" for table in (*tables, "applies", "panel")),
        *("spec.toml", "provenance.json"),
    }
    panel = load_panel("post_soviet")
    result = score(panel[panel.index.get_level_values("partner") == "RUS"], "erkomaishvili2019")
    for name in tables:
        expected = getattr(result, name).astype(float)
        found = read_back(folder / f"{name}.{format}").astype(float)
        assert list(found.columns) == list(expected.columns)
        assert found.index.tolist() == expected.index.tolist()
        np.testing.assert_array_equal(found.to_numpy(), expected.to_numpy())
    assert load_spec(folder / "spec.toml") == result.spec
    provenance = json.loads((folder / "provenance.json").read_text())
    assert provenance == result.provenance
    assert provenance["panel"]["bundled"] == "post_soviet"


def test_a_folder_that_exists_is_refused_without_force(
    run: Callable[..., Answer], tmp_path: Path
) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / "old.txt").write_text("mine")
    refused(run("score", "--out", folder), f"{folder}' exists already", "--force")
    assert (folder / "old.txt").read_text() == "mine"
    refused(run("score", "--out", folder, "--force"), "not of an earlier result: old.txt")
    (folder / "old.txt").unlink()
    assert run("score", "--out", folder, "--force").code == 0
    assert not (folder / "old.txt").exists()
    assert (folder / "scores.csv").exists()


def test_nothing_is_written_when_something_is_wrong(
    run: Callable[..., Answer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name == "pyarrow" else found(name, *a)
    )
    answer = run("score", "--out", tmp_path / "results", "--format", "parquet")
    refused(answer, 'writing Parquet needs an extra: pip install "alignindex[io]"')
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_is_not_replaced(run: Callable[..., Answer], tmp_path: Path) -> None:
    path = tmp_path / "results"
    path.write_text("mine")
    refused(run("score", "--out", path, "--force"), "is a file, not a folder")
    assert path.read_text() == "mine"


# --- explain, specs, datasets --------------------------------------------------------------------


def test_explain_prints_the_explanation(run: Callable[..., Answer], panel_file: Path) -> None:
    result = score(load_panel("post_soviet"), "erkomaishvili2019")
    expected = result.explain("ARM", "RUS", 2013) + "\n"
    assert run("explain", "ARM", "RUS", "2013") == Answer(0, expected, "")
    assert run("explain", "ARM", "RUS", "2013", "--panel", panel_file).out == expected
    kappa = run("explain", "ARM", "RUS", "2013", "--spec", "erkomaishvili2019-kappa").out
    assert "fidelity: reconstructed" in kappa
    assert "un_kappa" in kappa


def test_specs_lists_all_with_fidelity_and_citation(run: Callable[..., Answer]) -> None:
    out = run("specs").out
    for name, row in list_specs().iterrows():
        assert f"\n{name}\n" in f"\n{out}"
        assert row["citation"][:50] in out
    own = (list_specs()["fidelity"] == "reconstructed").sum()
    assert out.count("  fidelity    reconstructed\n") == own


def test_specs_shows_one_whole(run: Callable[..., Answer], tmp_path: Path) -> None:
    spec = load_spec("erkomaishvili2019")
    out = run("specs", "erkomaishvili2019").out
    flat = " ".join(out.split())
    for part in (spec.citation, spec.digest, spec.doi, " ".join(spec.notes.split()[:12])):
        assert part in flat
    for indicator in spec.indicators:
        assert f"\n{indicator.name} · {indicator.title}\n" in out
        assert indicator.description in flat
        assert ", ".join(indicator.columns) in out
    assert "mean over 5 years, halved every 2, less exercise_refusals, ended by rupture" in flat
    assert "  applies     from 2014\n" in out
    (tmp_path / "mine.toml").write_text(spec.to_toml())
    assert run("specs", tmp_path / "mine.toml").out == out


def test_specs_shows_the_nodes_of_a_tree(run: Callable[..., Answer], tmp_path: Path) -> None:
    path = tmp_path / "tree.toml"
    path.write_text(
        'schema_version = 1\nname = "tree"\nfidelity = "illustrative"\nmissing = "propagate"\n'
        '[[nodes]]\nname = "deep"\ntitle = "Depth"\naggregation = "stages"\nmet = 0.5\n'
        'weight = 3\nscale = [0, 2]\n[[indicators]]\nname = "a"\nparent = "deep"\n'
        'columns = ["a"]\nrule = { kind = "identity" }\nstates = ["ARM"]\npartners = ["RUS"]\n'
        "years = { last = 2000 }\n"
    )
    out = run("specs", path).out
    assert "\nnode deep · Depth\n" in out
    assert "  aggregation stages, a stage is met from 0.5, scaled to 0 to 2\n" in out
    assert "  applies     to 2000; states ARM; partners RUS\n" in out
    assert "  missing     propagate: one missing indicator makes the score unknown\n" in out


def test_datasets_lists_all_with_citation_and_licence(run: Callable[..., Answer]) -> None:
    out = run("datasets").out
    flat = " ".join(out.split())
    for row in list_datasets().itertuples():
        assert f"{row.name}, version {row.version}" in out
        for part in (row.citation, row.licence, row.coverage):
            assert " ".join(part.split()) in flat


def test_datasets_shows_one_whole(run: Callable[..., Answer]) -> None:
    out = run("datasets", "arms_imports").out
    flat = " ".join(out.split())
    info = alignindex.data.dataset_info("arms_imports")
    for part in (info.citation, info.licence, info.url, info.table.sha256, *info.sources):
        assert part in flat
    for column in info.table.columns:
        assert column.meaning in flat
    for cover in info.coverage_by:
        assert f"{cover.first}–{cover.last}, {cover.observed:,} cells" in flat


@pytest.mark.parametrize("arguments", [(), ("--help",), ("specs",), ("datasets",)])
def test_listings_fit_a_hundred_columns(
    run: Callable[..., Answer], arguments: tuple[str, ...]
) -> None:
    assert max(map(len, run(*arguments).out.splitlines())) <= 100


# --- validate ------------------------------------------------------------------------------------


def test_validate_finds_nothing_wrong(run: Callable[..., Answer], panel_file: Path) -> None:
    answer = run("validate", panel_file)
    told = f"{panel_file}: no problem found as a panel for the spec 'erkomaishvili2019'\n"
    assert answer == Answer(0, told, "")
    spec = panel_file.with_name("mine.toml")
    spec.write_text(load_spec("erkomaishvili2019").to_toml())
    assert run("validate", spec) == Answer(0, f"{spec}: no problem found as a spec\n", "")


def test_validate_numbers_everything_that_is_wrong(
    run: Callable[..., Answer], panel_file: Path
) -> None:
    lines = panel_file.read_text().splitlines()
    lines[1] = lines[1].replace("ARM,CHN,1992", "ARM,CHN,1992.5")
    lines[2] = lines[2].replace("ARM,CHN", "ARM,CHM")
    lines[3] = lines[3].replace("none", "nonne")
    panel_file.write_text("\n".join([*lines, lines[4]]) + "\n")
    answer = run("validate", panel_file)
    assert answer.code == 2
    starts = [line[:24] for line in re.findall(r"^\d+\. .*$", answer.out, re.MULTILINE)]
    assert starts == [
        "1. column 'year': a year",
        "2. (state, partner, year",
        "3. column 'bases' holds ",
        "4. column 'partner', lin",
    ]
    assert "there again: line 2314: ARM–CHN 1995 (first in line 5)." in answer.out
    assert "'CHM' is not the ISO3 code of any actor (did you mean 'CHN'?)" in " ".join(
        answer.out.split()
    )
    assert max(map(len, answer.out.splitlines())) <= 100
    assert answer.err == (
        f"alignindex validate: {panel_file}: 4 problems as a panel for the spec "
        "'erkomaishvili2019' (the default; --spec names another)\n"
    )


def test_validate_against_a_spec_of_ones_own(run: Callable[..., Answer], panel_file: Path) -> None:
    table = pd.read_csv(panel_file).drop(columns="un_kappa")
    table.to_csv(panel_file, index=False)
    assert run("validate", panel_file).code == 0
    answer = run("validate", panel_file, "--spec", "erkomaishvili2019-kappa")
    assert answer.code == 2
    assert "needs column 'un_kappa'" in answer.out
    assert answer.err.endswith("1 problem as a panel for the spec 'erkomaishvili2019-kappa'\n")


def test_validate_with_other_codes(run: Callable[..., Answer], panel_file: Path) -> None:
    table = pd.read_csv(panel_file).query("state == 'ARM' and partner == 'RUS'")
    table.assign(state=371, partner=365).to_csv(panel_file, index=False)
    assert run("validate", panel_file, "--codes", "cow").code == 0
    answer = run("validate", panel_file)
    assert answer.code == 2
    assert "(for numbers say --codes cow or --codes gw)" in " ".join(answer.out.split())


def test_validate_a_spec_lists_its_problems(run: Callable[..., Answer], tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('schema_version = 1\nname = "mine"\nfidelity = "verifid"\n')
    answer = run("validate", path)
    assert answer.code == 2
    assert answer.out.startswith("1. fidelity: expected one of verified, ")
    assert "\n2. missing: is required\n3. indicators: is required\n" in answer.out
    assert answer.err == f"alignindex validate: {path}: 3 problems as a spec\n"


# --- what is refused -----------------------------------------------------------------------------

REFUSED = {
    "unknown command": (("scores",), "got 'scores' (did you mean 'score'?)"),
    "unknown option": (
        ("score", "--partners", "RUS"),
        "--partners RUS (did you mean '--partner'?); see alignindex score --help",
    ),
    "abbreviated option": (("score", "--part", "RUS"), "unrecognized arguments: --part RUS"),
    "option without a like": (("specs", "--zzz"), "arguments: --zzz; see alignindex specs --help"),
    "word too many": (("specs", "a", "b"), "arguments: b; see alignindex specs --help"),
    "option of no command": (
        ("--versoin",),
        "--versoin (did you mean '--version'?); see alignindex --help",
    ),
    "unknown format": (
        ("score", "--out", "x", "--format", "cvs"),
        "expected one of csv, parquet, json, got 'cvs' (did you mean 'csv'?)",
    ),
    "format without out": (("score", "--format", "csv"), "--format says how --out writes; add"),
    "force without out": (("score", "--force"), "--force says how --out writes; add --out FOLDER"),
    "year in words": (("score", "--year", "MMXX"), "a year must be a whole number", "'MMXX'"),
    "broken year": (("explain", "ARM", "RUS", "2013.5"), "a year must be a whole number"),
    "year beyond the panel": (
        ("score", "--year", "1990"),
        "--year: 1990 not found",
        "there are 1992 to ",
    ),
    "year beyond the panel, explain": (
        ("explain", "ARM", "RUS", "1990"),
        "ARM–RUS from 1992 to ",
        "but not 1990",
    ),
    "unknown spec": (
        ("score", "--spec", "erkomaishvilli2019"),
        "there is no bundled spec 'erkomaishvilli2019' (did you mean 'erkomaishvili2019'?)",
    ),
    "unknown spec, specs": (("specs", "erkomaishvili"), "(did you mean 'erkomaishvili2019'?)"),
    "unknown data set": (("datasets", "base"), "unknown data set 'base' (did you mean 'bases'?)"),
    "unknown state": (("score", "--state", "AMR"), "states: 'AMR' not found (did you mean 'ARM'?)"),
    "unknown partner": (
        ("score", "--partner", "RUS", "UAS"),
        "partners: 'UAS' not found (did you mean 'USA'?)",
    ),
    "a name that names no actor": (("explain", "Kazakhland", "RUS", "2013"), "state: 'Kazakhland'"),
    "a state that is not in the panel": (("explain", "KAZ", "France", "2013"), "partner: 'France'"),
    "no such dyad": (
        ("score", "--state", "RUS", "--partner", "RUS"),
        "no row has these states, partners and years together",
    ),
    "no such dyad, explain": (("explain", "RUS", "RUS", "2013"), "there is no dyad RUS–RUS"),
    "no panel": (("score", "--panel", "none.csv"), "'none.csv' cannot be read: No such file"),
    "panel of another format": (("score", "--panel", "p.xlsx"), "with the ending .csv or .parquet"),
    "no spec file": (("score", "--spec", "none.toml"), "'none.toml' cannot be read: No such file"),
    "file to validate of no format": (
        ("validate", "p.xlsx"),
        "p.xlsx: expected a panel (.csv, .parquet) or a spec (.toml), got the ending '.xlsx'",
    ),
    "no file to validate": (("validate", "none.toml"), "'none.toml' cannot be read"),
    "a spec checked as a panel": (
        ("validate", "none.toml", "--spec", "erkomaishvili2019"),
        "--spec goes with a panel; none.toml is a spec",
    ),
    "nothing to validate": (("validate",), "the following arguments are required: FILE"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_one_line(
    run: Callable[..., Answer], case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.xlsx").write_bytes(b"PK\x03\x04")
    arguments, *parts = REFUSED[case]
    refused(run(*arguments), *parts)


def break_panel(table: pd.DataFrame, fault: str) -> pd.DataFrame:
    table = table.astype(object)
    if fault == "duplicate":
        return pd.concat([table, table.iloc[[0]]])
    if fault == "missing column":
        return table.rename(columns={"exercise_depth": "exercise_dept"})
    column, value = {
        "missing key": ("partner", ""),
        "own partner": ("partner", "ARM"),
        "broken year": ("year", 1992.5),
        "text": ("exercise_depth", "NA"),
        "infinite": ("arms_tiv", "inf"),
        "share above 1": ("arms_tiv", 9e9),
        "share below 0": ("arms_tiv", -1),
        "category": ("bases", "bass"),
    }[fault]
    table.loc[0, column] = value
    return table


@pytest.mark.parametrize(
    ("fault", "message"),
    {
        "duplicate": "must be unique; there again: line 2314: ARM–CHN 1992 (first in line 2)",
        "missing key": "key 'partner' is empty in line 2; every row needs",
        "own partner": "a state cannot be its own partner: line 2: ARM–ARM 1992",
        "broken year": "a year must be a whole number, such as 2013; got line 2: 1992.5",
        "text": "column 'exercise_depth' must hold numbers; got line 2: 'NA'.",
        "infinite": "column 'arms_tiv' must hold finite numbers; got line 2: inf.",
        "share above 1": "a share cannot exceed 1, and 'arms_tiv' exceeds 'arms_tiv_total'",
        "share below 0": "must not be negative; got ARM–CHN 1992: -1.",
        "category": "does not know: 'bass' (did you mean 'base'?) (ARM–CHN 1992)",
        "missing column": "needs column 'exercise_depth' for indicator exercises, and the panel "
        "has none (did you mean 'exercise_dept'?)",
    }.items(),
)
@pytest.mark.parametrize("command", ["score", "explain"])
def test_a_faulty_panel_is_refused(
    run: Callable[..., Answer], panel_file: Path, command: str, fault: str, message: str
) -> None:
    table = pd.read_csv(panel_file, dtype=str, keep_default_na=False)
    break_panel(table, fault).to_csv(panel_file, index=False)
    dyad = ("ARM", "RUS", "2013") if command == "explain" else ()
    refused(run(command, *dyad, "--panel", panel_file), str(panel_file), message)


def test_a_refusal_gives_the_command_that_lists_the_same_problems(
    run: Callable[..., Answer], panel_file: Path
) -> None:
    table = pd.read_csv(panel_file).drop(columns=["un_kappa", "un_percentile", "exercise_depth"])
    table.to_csv(panel_file, index=False)
    for options in ([], ["--spec", "erkomaishvili2019-kappa"]):
        answer = run("score", "--panel", panel_file, *options)
        hint = re.search(r"\(and 1 more problem: alignindex (.*)\)\n", answer.err)
        assert hint is not None
        listed = run(*hint[1].split())
        assert listed.code == 2
        assert f"column '{'un_kappa' if options else 'un_percentile'}'" in listed.out
        assert "2 problems" in listed.err


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("weight = 1.0", "weight = -1.0", "indicators > 'arms' > weight: "),
        ("weight = 1.0", "weight = nan", "indicators > 'arms' > weight: "),
        ("weight = 1.0", "weight = 0.0", "the weights below the root are all 0"),
        ('kind = "distance"', 'kind = "distanse"', "unknown kind 'distanse' (did you mean 'dist"),
        ('parent = ""', 'parent = "z"', "hangs from node 'z', which is not declared"),
        (
            "nodes = []",
            'nodes = [{ name = "x", parent = "x" }]',
            "the tree has a cycle through node 'x'",
        ),
        ('name = "arms"', "name = arms", "is not valid TOML: Invalid value (at line 1"),
    ],
)
def test_a_faulty_spec_is_refused(
    run: Callable[..., Answer], tmp_path: Path, old: str, new: str, message: str
) -> None:
    text = load_spec("erkomaishvili2019").to_toml()
    assert old in text
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(old, new))
    refused(run("score", "--spec", path), str(path), message)


def test_a_bundled_table_that_was_changed_is_refused(
    run: Callable[..., Answer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "datasets"
    shutil.copytree(_root.data_root(), copy)
    table = copy / "post_soviet" / "table.csv"
    table.write_bytes(table.read_bytes().replace(b"base", b"none", 1))
    monkeypatch.setattr(_root, "data_root", lambda: copy)
    refused(run("score"), f"{table}: expected sha256 ", "Reinstall alignindex")


# --- bugs, interruptions, surroundings -----------------------------------------------------------


def test_a_bug_is_one_short_line_and_exit_code_1(
    run: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> None:
        raise KeyError("no\nsuch")

    monkeypatch.setattr(_common, "panel_for_spec", broken)
    monkeypatch.delenv("ALIGNINDEX_DEBUG", raising=False)
    answer = run("score")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == (
        "alignindex score: a bug in alignindex, please report it: KeyError: 'no\\nsuch' (set "
        "ALIGNINDEX_DEBUG=1 for the traceback)\n"
    )
    monkeypatch.setenv("ALIGNINDEX_DEBUG", "1")
    assert "Traceback (most recent call last)" in run("score").err


def test_debug_shows_the_traceback_of_a_refusal(
    run: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALIGNINDEX_DEBUG", "1")
    answer = run("specs", "none")
    assert answer.code == 2
    assert "Traceback" in answer.err


def test_an_interruption_ends_quietly(
    run: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_common, "panel_for_spec", interrupted)
    assert run("score") == Answer(130, "", "alignindex score: interrupted\n")


def test_progress_shows_only_after_its_delay(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with _progress.progress("scoring 10 dyad-years", 2, 3):
        pass
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(_progress, "DELAY", 0.0)
    with _progress.progress("scoring 10 dyad-years", 2, 3):
        time.sleep(1.0)
    assert "scoring 10 dyad-years (step 2 of 3), 00:" in capsys.readouterr().err


def process(*arguments: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "alignindex", *arguments],
        capture_output=True, check=False, env={**os.environ, **variables},
    )  # fmt: skip


def test_an_ascii_terminal_gets_levels_in_digits() -> None:
    done = process("score", "--partner", "RUS", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode("ascii")
    result = score(load_panel("post_soviet"), "erkomaishvili2019")
    past = result.scores.loc[("BLR", "RUS"), "score"].loc[:2024]
    picture = sparkline(past, 0.0, 1.0).translate(str.maketrans("▁▂▃▄▅▆▇█·", "12345678."))
    assert re.search(rf"BLR +Belarus .* {re.escape(picture)} [*]\n", text)
    refusal = process("explain", "ARM", "RUS", "1990", PYTHONIOENCODING="ascii")
    assert b"there is ARM-RUS from 1992 to " in refusal.stderr


def test_a_closed_pipe_is_no_error() -> None:
    done = subprocess.run(
        f"'{sys.executable}' -m alignindex score | head -n 1; echo ${{PIPESTATUS[0]}}",
        shell=True, executable=shutil.which("bash"), capture_output=True, check=True,
    )  # fmt: skip
    first, status = done.stdout.decode().splitlines()
    assert first == load_spec("erkomaishvili2019").title
    assert status == "0"
    assert done.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_is_told_about() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "alignindex", "specs"],
            stdout=full, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == b"alignindex specs: No space left on device (standard output?)\n"


def test_help_imports_no_pandas() -> None:
    code = "import sys; from alignindex.cli import main; main(['--help']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    loaded = done.stdout.decode().split()
    assert not {"pandas", "numpy", "pydantic", "scipy"} & set(loaded)


def test_score_imports_nothing_that_it_does_not_need() -> None:
    code = "import sys; from alignindex.cli import main; main(['score']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    loaded = done.stdout.decode().split()
    assert not {"scipy.stats", "matplotlib", "tqdm", "pyarrow.parquet"} & set(loaded)


def test_the_entry_point_of_the_package_is_main() -> None:
    project = Path(alignindex.__file__).parents[1] / "pyproject.toml"
    if not project.exists():
        pytest.skip("not a checkout")
    scripts = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["scripts"]
    assert scripts == {"alignindex": "alignindex.cli:main"}
