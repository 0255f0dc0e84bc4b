"""Print a requirements file with the oldest versions that pyproject.toml allows."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
extras = project["optional-dependencies"]


def expanded(requirements: list[str]) -> list[str]:
    """Return requirements, with those of the package's own extras in the place of their names."""
    found: list[str] = []
    for requirement in requirements:
        own = re.fullmatch(r"alignindex\[(.+)\]", requirement)
        inner = [r for extra in own[1].split(",") for r in extras[extra]] if own else []
        found += expanded(inner) if own else [requirement]
    return list(dict.fromkeys(found))


for requirement in expanded([*project["dependencies"], *extras["test"]]):
    name, _, version = requirement.partition(">=")
    if not re.fullmatch(r"[0-9.]+", version):
        raise SystemExit(f"{requirement!r} has no plain lower bound")
    # A bound such as 2.0 means the first release that pip finds for it, 2.0.0 or 2.0.
    print(f"{name}=={version}")
