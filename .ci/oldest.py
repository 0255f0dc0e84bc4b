"""Print a requirements file with the oldest versions that pyproject.toml allows."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
extras = project["optional-dependencies"]
wanted = [*project["dependencies"], *extras["test"], *extras["io"]]
for requirement in wanted:
    if requirement.startswith("alignindex"):
        continue
    name, _, version = requirement.partition(">=")
    if not re.fullmatch(r"[0-9.]+", version):
        raise SystemExit(f"{requirement!r} has no plain lower bound")
    # A bound such as 2.0 means the first release that pip finds for it, 2.0.0 or 2.0.
    print(f"{name}=={version}")
