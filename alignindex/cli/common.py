"""What several commands share: reading a panel, checking and writing output, names of states."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from alignindex import states
from alignindex.base.errors import OutputError
from alignindex.base.files import check_folder
from alignindex.cli.parser import DEFAULT_SPEC
from alignindex.cli.progress import progress
from alignindex.cli.text import write
from alignindex.panel.inputs import panel_for_spec
from alignindex.panel.validate import read_panel
from alignindex.spec import IndexSpec

__all__ = ["check_output", "finish", "names_in", "panel_of"]

UNKNOWN = "?"


def panel_of(arguments: argparse.Namespace, spec: IndexSpec, given: str) -> pd.DataFrame:
    """Return the panel of ``--panel``, or the bundled one; `given` is the spec as it was named."""
    if arguments.panel is None:
        return panel_for_spec(spec)
    with progress(f"reading {arguments.panel.name}", 1, 3):
        named = "" if given == DEFAULT_SPEC else given
        return read_panel(arguments.panel, spec, named=named, sentinels=arguments.sentinels)


def check_output(arguments: argparse.Namespace) -> None:
    """Raise before anything is computed if ``--out`` cannot be written."""
    if arguments.out is None:
        for option in ("format", "escape", "force"):
            if getattr(arguments, option):
                raise OutputError(f"--{option} says how --out writes; add --out FOLDER")
    else:
        check_folder(arguments.out, force=arguments.force)


def finish(
    arguments: argparse.Namespace, lines: list[str], save: Callable[..., Path], what: str
) -> int:
    """Write to ``--out`` if it is given, then print; return the exit code."""
    if arguments.out is not None:
        with progress(f"writing {what}", 3, 3):
            folder = save(
                arguments.out,
                format=arguments.format or "csv",
                escape=arguments.escape,
                force=arguments.force,
            )
        lines = [*lines, "", f"wrote {what} to {folder}"]
    write("\n".join(lines) + "\n", sys.stdout)
    return 0


def names_in(codes: Iterable[object], year: int) -> dict[str, str]:
    """Return the names of actors in a year, where their codes are known."""
    distinct = sorted(set(map(str, codes)))
    found = states.resolve(distinct, system="iso3", year=year, to="name", unknown="missing")
    return {code: str(name) for code, name in zip(distinct, found, strict=True) if pd.notna(name)}
