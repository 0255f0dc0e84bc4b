"""The wheel holds every bundled table and runs in an empty environment, far from the checkout."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

pytestmark = [
    pytest.mark.wheel,
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("build") is None, reason="needs the package `build` (extra dev)"
    ),
]


def run(*command: object, **options: object) -> str:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", out, ROOT)
    return next(out.glob("*.whl"))


def test_wheel_holds_the_tables_of_the_catalogue_and_the_specs(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    catalogue = tomllib.loads((ROOT / "datasets" / "catalogue.toml").read_text(encoding="utf-8"))
    files = {table["file"] for entry in catalogue.values() for table in entry["tables"]}
    files |= {file["file"] for entry in catalogue.values() for file in entry.get("files", ())}
    assert len(files) >= 9
    assert {f"alignindex/_datasets/{file}" for file in files} <= names
    assert "alignindex/_datasets/catalogue.toml" in names
    specs = {path.name for path in (ROOT / "alignindex" / "spec" / "bundled").glob("*.toml")}
    assert {f"alignindex/spec/bundled/{name}" for name in specs} <= names
    assert {"alignindex/py.typed", "alignindex/data/fetch.toml"} <= names


def test_wheel_runs_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    venv.create(home, with_pip=True)
    python = home / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    run(python, "-m", "pip", "install", "-q", wheel, cwd=tmp_path)
    code = (
        "import alignindex as ai; from alignindex.data import data_root\n"
        "result = ai.score(ai.load_panel('post_soviet'), 'erkomaishvili2019')\n"
        "print(data_root().name, len(result.scores), result.spec.fidelity)"
    )
    root, rows, fidelity = run(python, "-c", code, cwd=tmp_path).split()
    assert (root, fidelity) == ("_datasets", "reconstructed")
    assert int(rows) == len((ROOT / "datasets/post_soviet/table.csv").read_text().splitlines()) - 1
    shown = run(python, "-m", "alignindex", "score", "--partner", "RUS", cwd=tmp_path)
    assert "reconstructed" in shown.lower()
    assert "ARM" in shown
