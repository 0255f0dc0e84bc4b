"""The prose of the project is plain English: no phrase of a private dialect anywhere in the tree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BANNED = {
    r"\bmend(s|ed|ing)?\b": "fix",
    r"\b[Oo]ne (row|column|line|file) an? (?!time)": "one row per ...",
    r"(?<!there )(?<!There )(?<!e )\bis no (?!longer|more|less|different|such|doubt|need|room|way|one\b)"
    r"[a-z]+": "is not a ...",
    r"[Ll]east and (the )?greatest": "minimum and maximum",
    r"\bset aside\b": "rejected, or skipped",
    r"\b[Ww]hat (is|are) (not|no|ours|known|unknown)\b": "name the thing",
    r"\bthe unknown\b(?! [a-z])": "missing values",
    r"\bcan be had\b": "is available",
}
FOLDERS = ("alignindex", "benchmarks", "datasets", "docs", ".ci", ".github")
ENDINGS = {".py", ".md", ".toml", ".j2", ".js", ".yml"}
# This page names the phrases; the vendored library, generated pages and data are not our prose.
LEFT_OUT = ("vendor", "_build", "generated", "docs/vocabulary.md")


def files() -> list[Path]:
    found = [
        ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
    ]
    for folder in FOLDERS:
        found += [path for path in sorted((ROOT / folder).rglob("*")) if path.suffix in ENDINGS]
    return [p for p in found if not any(part in p.as_posix() for part in LEFT_OUT)]


@pytest.mark.parametrize("pattern", BANNED, ids=BANNED.values())
def test_no_phrase_of_a_private_dialect(pattern: str) -> None:
    banned = re.compile(pattern)
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if banned.search(line)
    ]
    assert not found, f"write {BANNED[pattern]!r} instead:\n" + "\n".join(found)


def test_the_walk_reaches_the_package_and_the_pages() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in files()}
    assert {"alignindex/scoring/result.py", "docs/data.md", "datasets/bases/README.md"} <= names
