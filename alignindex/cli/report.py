"""The command `report`."""

from __future__ import annotations

import argparse
import sys

from alignindex.base.files import check_file
from alignindex.cli.common import panel_of
from alignindex.cli.progress import progress
from alignindex.cli.text import write
from alignindex.report import html
from alignindex.scoring.result import score
from alignindex.spec import load_spec

__all__ = ["run_report"]


def run_report(arguments: argparse.Namespace) -> int:
    """Write the page of a result."""
    check_file(arguments.output, force=arguments.force)
    spec = load_spec(arguments.spec)
    panel = panel_of(arguments, spec, arguments.spec)
    with progress(f"scoring {len(panel):,} dyad-years", 2, 3):
        result = score(panel, spec)
    with progress(f"writing {arguments.output.name}", 3, 3):
        path = html(
            result,
            arguments.output,
            states=arguments.state or None,
            partners=arguments.partner or None,
            draws=arguments.draws,
            rng=arguments.seed,
            title=arguments.title,
            force=arguments.force,
        )
    write(f"wrote {path}: {spec.name}, {spec.fidelity}; open it in a browser\n", sys.stdout)
    return 0
