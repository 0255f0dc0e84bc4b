"""The paper template runs on files in the published layouts, and gives the same bytes again."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

pytest.importorskip("matplotlib", reason="needs the extra plot")

SCRIPT = Path(__file__).resolve().parents[1] / "docs" / "template" / "paper.py"


@pytest.fixture(scope="module")
def paper() -> ModuleType:
    spec = importlib.util.spec_from_file_location("paper", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.DRAWS = 50
    return module


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A register and roll calls in their published layouts; deals and votes are invented."""
    register = tmp_path / "register.csv"
    register.write_text(
        "Transfers of major conventional arms\n\n"
        "Recipient,Supplier,Year of order, ,Number ordered, ,Weapon designation,"
        "Weapon description,Number delivered, ,Year(s) of delivery,status,Comments,"
        "SIPRI TIV per unit,SIPRI TIV for total order,SIPRI TIV of delivered weapons\n"
        "Armenia,Russia,2017,,8,,Type A,SAM system,8,,2018; 2019,New,,5,40,40\n"
        "Armenia,China,2018,,2,,Type B,MRL,2,,2019,New,,5,10,10\n"
        "Georgia,United States,2017,?,4,,Type C,APC,4,,2018,New,,2,8,8\n",
        encoding="latin-1",
    )
    lines = ["rcid,session,vote,ccode,date"]
    for call in range(1, 13):
        cast = {365: 1, 2: 3, 371: 1 if call > 3 else 2, 372: 3}
        lines += [f"{call},74,{vote},{ccode},10/{call}/2019" for ccode, vote in cast.items()]
    votes = tmp_path / "votes.csv"
    votes.write_text("\n".join(lines) + "\n")
    return register, votes


def test_files_of_ones_own_replace_the_columns_that_they_cover(
    paper: ModuleType, files: tuple[Path, Path], tmp_path: Path
) -> None:
    register, votes = files
    out = tmp_path / "out"
    options = ["--arms", str(register), "--arms-years", "2015", "2019"]
    options += ["--votes", str(votes), "--votes-years", "2019", "2019"]
    assert paper.main(["--out", str(out), *options]) == 0
    codes = pd.read_csv(out / "result" / "codes.csv", index_col=["state", "partner", "year"])
    # 20 + 20 from Russia and 10 from China in five years, and in all that the file covers. Of the
    # three others that voted, Armenia agrees most with Russia (9 of 12 votes the same, 3 at a
    # distance), and Georgia and the USA not at all: places (2 + 1/2) / 3 and (2/2) / 3.
    assert codes.loc[("ARM", "RUS", 2019), ["arms", "un_votes"]].tolist() == [0.8, 2.5 / 3]
    assert codes.loc[("GEO", "RUS", 2019), ["arms", "un_votes"]].tolist() == [0.0, 1 / 3]
    assert codes.loc[("KAZ", "RUS", 2019), ["arms", "un_votes"]].isna().all()  # 0/0; did not vote
    assert codes.loc[("ARM", "RUS", 2019), "bases"] == 1  # bundled
    made = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert made["files_given"] == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }
    cited = (out / "tables" / "data.md").read_text(encoding="utf-8")
    assert "bases" in cited
    for unused in ("arms_imports", "unga_relative"):
        assert unused not in cited


@pytest.mark.slow
def test_raw_agreement_of_a_file_is_scored_by_a_spec_that_reads_it(
    paper: ModuleType, files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paper, "SPEC", "erkomaishvili2019-v1")
    out = tmp_path / "out"
    options = ["--votes", str(files[1]), "--votes-years", "2019", "2019"]
    assert paper.main(["--out", str(out), *options]) == 0
    codes = pd.read_csv(out / "result" / "codes.csv", index_col=["state", "partner", "year"])
    # 9 of 12 votes the same, 3 at a distance.
    assert codes.loc[("ARM", "RUS", 2019), "un_votes"] == (9 + 3 / 2) / 12
    assert codes.loc[("GEO", "RUS", 2019), "un_votes"] == 0.0
    assert pd.isna(codes.loc[("KAZ", "RUS", 2019), "un_votes"])  # it did not vote: unknown


def test_the_years_of_the_study_are_those_scored(
    paper: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paper, "YEARS", (2005, 2021))
    assert paper.main(["--out", str(tmp_path / "out")]) == 0
    scores = pd.read_csv(tmp_path / "out" / "result" / "scores.csv")
    assert sorted(scores["year"].unique()) == list(range(2005, 2022))


@pytest.mark.slow
def test_the_same_again_gives_the_same_bytes(paper: ModuleType, tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        out = tmp_path / name
        assert paper.main(["--out", str(out)]) == 0
        found.append((out / "manifest.json").read_bytes())
        made = json.loads(found[-1])
        for path, digest in made["outputs"].items():
            assert hashlib.sha256((out / path).read_bytes()).hexdigest() == digest
        kinds = {Path(path).suffix for path in made["outputs"]}
        assert {".tex", ".md", ".pdf", ".png", ".csv", ".toml"} <= kinds
    assert found[0] == found[1]
    tex = (tmp_path / "one" / "tables" / "scores.tex").read_text(encoding="utf-8")
    assert "fidelity: reconstructed" in tex
    assert tex.count("&") == 4 * (1 + len(paper.STATES))
    assert r"\toprule" in tex


def test_years_are_asked_for_and_folders_are_not_overwritten(
    paper: ModuleType,
    files: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for options in (["--arms", str(files[0])], ["--votes-years", "2019", "2019"]):
        with pytest.raises(SystemExit, match="2"):
            paper.main(["--out", str(tmp_path / "new"), *options])
        assert "go together" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        paper.main(["--out", str(tmp_path)])
    assert "exists" in capsys.readouterr().err
