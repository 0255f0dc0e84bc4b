"""Run a command, and turn every outcome into an exit code and a line on stderr."""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Sequence

from alignindex.base.errors import AlignIndexError
from alignindex.cli.parser import build_parser
from alignindex.cli.text import write

__all__ = ["main"]

DEBUG = "ALIGNINDEX_DEBUG"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; those of the process unless given.

    Returns
    -------
    int
        0 for success, 2 for an error that the user can fix, 1 for a bug, 130 if interrupted.

    Examples
    --------
    >>> main(["--version"])
    alignindex 0.2.0
    0
    """
    command = ""
    try:
        arguments = build_parser().parse_args(argv)
        command = f" {arguments.command}" if arguments.command else ""
        code: int = arguments.run(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()  # a closed pipe shows here at the latest
    except SystemExit as stop:  # argparse, after --help, --version or a usage error
        return stop.code if isinstance(stop.code, int) else 0
    except BrokenPipeError:
        _let_go_of_stdout()
        return 0
    except OSError as error:  # a full disk behind stdout, a folder that may not be entered
        _trace()
        _let_go_of_stdout()
        where = f": {error.filename}" if error.filename else " (standard output?)"
        _tell(f"alignindex{command}: {error.strerror or error}{where}\n")
        return 2
    except KeyboardInterrupt:
        _tell(f"alignindex{command}: interrupted\n")
        return 130
    except AlignIndexError as error:
        _trace()
        _tell(f"alignindex{command}: {one_line(on_command_line(str(error)))}\n")
        return 2
    except Exception as error:  # anything else is a bug: a line and exit code 1
        _trace()
        reason = " ".join(str(error).split())[:200]
        _tell(
            f"alignindex{command}: a bug in alignindex, please report it: "
            f"{type(error).__name__}: {reason} (set {DEBUG}=1 for the traceback)\n"
        )
        return 1
    return code


def one_line(message: str) -> str:
    r"""Shorten a message with a list of problems to the first of them.

    Examples
    --------
    >>> one_line("x is not a valid index spec:\n  - a\n  - b\n  - c")
    'x is not a valid index spec: a (and 2 more; list all with: alignindex validate FILE)'
    """
    head, *problems = message.split("\n  - ")
    if not problems:
        return " ".join(message.split())
    more = f" (and {len(problems) - 1} more; list all with: alignindex validate FILE)"
    return f"{head} {problems[0]}{more if len(problems) > 1 else ''}"


def on_command_line(message: str) -> str:
    """Return a message with the options of the command line in place of Python's arguments.

    Examples
    --------
    >>> on_command_line("replace it with force=True, or say sentinels=[-9, -99]")
    'replace it with --force, or say --sentinels -9 -99'
    """
    message = message.replace("force=True", "--force")

    def option(match: re.Match[str]) -> str:
        return f"--sentinels {match[1].replace(',', '')}".rstrip()

    return re.sub(r"sentinels=\[(.*?)\]", option, message)


def _tell(line: str) -> None:
    if sys.stderr is not None:
        write(line, sys.stderr)


def _trace() -> None:
    if os.environ.get(DEBUG):
        traceback.print_exc()


def _let_go_of_stdout() -> None:
    """Point stdout elsewhere after its reader has left, so that exiting stays silent."""
    if sys.stdout is None:
        return
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # stdout is not a file
        return
