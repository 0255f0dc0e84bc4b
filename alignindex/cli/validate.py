"""The command `validate`."""

from __future__ import annotations

import argparse
import sys

from alignindex.base.errors import AlignIndexError
from alignindex.base.text import wrap
from alignindex.cli.parser import DEFAULT_SPEC
from alignindex.cli.progress import progress
from alignindex.cli.text import WIDTH, write
from alignindex.panel.file import FORMATS
from alignindex.panel.validate import validate_panel
from alignindex.spec import load_spec
from alignindex.spec.validate import validate_spec

__all__ = ["run_validate"]


def run_validate(arguments: argparse.Namespace) -> int:
    """Print every problem of a file, numbered; return 2 if there are any."""
    path, default = arguments.file, ""
    kind = path.suffix.lower()
    if kind == ".toml":
        for option in ("spec", "codes", "sentinels"):
            if getattr(arguments, option):
                raise AlignIndexError(f"--{option} goes with a panel; {path} is a spec")
        what, problems = "spec", validate_spec(path)
    elif kind in FORMATS:
        spec = load_spec(arguments.spec or DEFAULT_SPEC)
        with progress(f"checking {path.name}", 1, 1):
            problems = validate_panel(
                path, spec, codes=arguments.codes or "iso3", sentinels=arguments.sentinels
            )
        what = f"panel for the spec {spec.name!r}"
        default = "" if arguments.spec else " (the default; --spec names another)"
    else:
        raise AlignIndexError(
            f"{path}: expected a panel ({', '.join(FORMATS)}) or a spec (.toml), "
            f"got the ending {path.suffix!r}"
        )
    if not problems:
        write(f"{path}: no problem found as a {what}\n", sys.stdout)
        return 0
    width = len(str(len(problems)))
    for number, problem in enumerate(problems, start=1):
        lines = wrap(problem, WIDTH, first=f"{number:>{width}}. ", rest=" " * (width + 2))
        write("\n".join(lines) + "\n", sys.stdout)
    if sys.stdout is not None:
        sys.stdout.flush()
    count = f"{len(problems)} problems" if len(problems) > 1 else "1 problem"
    write(f"alignindex validate: {path}: {count} as a {what}{default}\n", sys.stderr)
    return 2
