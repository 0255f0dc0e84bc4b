"""Run a command, and turn whatever happens into an exit code and a line that helps."""

from __future__ import annotations

import os
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
        0 if all is well, 2 for what the user can mend, 1 for a bug, 130 if interrupted.

    Examples
    --------
    >>> main(["--version"])
    alignindex 0.1.0
    0
    """
    command = ""
    try:
        arguments = build_parser().parse_args(argv)
        command = f" {arguments.command}" if arguments.command else ""
        code: int = arguments.run(arguments)
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
        write(f"alignindex{command}: {error.strerror or error}{where}\n", sys.stderr)
        return 2
    except KeyboardInterrupt:
        write(f"alignindex{command}: interrupted\n", sys.stderr)
        return 130
    except AlignIndexError as error:
        _trace()
        write(f"alignindex{command}: {one_line(str(error))}\n", sys.stderr)
        return 2
    except Exception as error:  # whatever it is, the user gets a line and the exit code of a bug
        _trace()
        reason = " ".join(str(error).split())[:200]
        write(
            f"alignindex{command}: a bug in alignindex, please report it: "
            f"{type(error).__name__}: {reason} (set {DEBUG}=1 for the traceback)\n",
            sys.stderr,
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


def _trace() -> None:
    if os.environ.get(DEBUG):
        traceback.print_exc()


def _let_go_of_stdout() -> None:
    """Whoever read our output has left: point stdout elsewhere, so that exiting stays silent."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # stdout is no file at all
        return
