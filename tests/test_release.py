"""What a release says of itself: one version, a valid citation, types, every module listed."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

import alignindex

ROOT = Path(__file__).resolve().parents[1]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_version_has_one_place() -> None:
    project = tomllib.loads(text("pyproject.toml"))
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["hatch"]["version"]["path"] == "alignindex/base/version.py"
    # A citation file cannot refer to code, so it is held to it.
    cited = re.search(r"^version: (\S+)$", text("CITATION.cff"), re.M)
    assert cited is not None
    assert cited[1] == alignindex.__version__


def test_the_changelog_begins_with_this_version() -> None:
    """Released here means released there: the changelog has a date where the citation has one."""
    head = re.search(r"^## (\S+) \((.+)\)$", text("CHANGELOG.md"), re.M)
    assert head is not None
    assert head[1] == alignindex.__version__
    dated = re.search(r"^date-released: (\S+)$", text("CITATION.cff"), re.M)
    assert head[2] == ("unreleased" if dated is None else dated[1])


def test_the_citation_file_is_valid() -> None:
    if importlib.util.find_spec("cffconvert") is None:
        pytest.skip("needs the package cffconvert (extra dev)")
    from cffconvert import Citation

    citation = Citation(text("CITATION.cff"))
    citation.validate()
    assert "Erkomaishvili" in citation.cffstr


def test_types_are_shipped() -> None:
    assert files("alignindex").joinpath("py.typed").is_file()
    assert "Typing :: Typed" in text("pyproject.toml")


def test_every_public_module_is_in_the_reference() -> None:
    page = text("docs/reference/api.md")
    listed = set(re.findall(r"^   ~?alignindex\.([a-z_.]+)$", page, re.M))
    inner = {"base", "cli", "kernels", "panel", "scoring"}
    found = {
        path.stem
        for path in (ROOT / "alignindex").iterdir()
        if not path.name.startswith("_")
        and (path.suffix == ".py" or (path / "__init__.py").is_file())
    }
    assert found - inner - listed == set()
    assert {name.split(".")[0] for name in listed} <= found | set(alignindex.__all__)


def test_the_readme_has_the_two_blocks_that_are_promised() -> None:
    blocks = re.findall(r"^```bash\n(.*?)^```", text("README.md"), re.M | re.S)
    assert len(blocks) == 2
    assert "pip install -q ." in blocks[0]
    assert "pytest" in blocks[1]


def test_the_picture_of_the_readme_shows_the_bundled_scores() -> None:
    spec = importlib.util.spec_from_file_location("pictures", ROOT / "docs" / "pictures.py")
    assert spec is not None
    assert spec.loader is not None
    pictures = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pictures)
    result = alignindex.score(alignindex.load_panel("post_soviet"), "erkomaishvili2019")
    picture = pictures.PLACE.relative_to(ROOT).as_posix()
    assert f"]({picture})" in text("README.md")
    shown = f"scores {pictures.digest(result)}".encode() in pictures.PLACE.read_bytes()
    assert shown, f"{picture} shows other scores than the bundled ones: python docs/pictures.py"
