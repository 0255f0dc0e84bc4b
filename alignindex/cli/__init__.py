"""The command line: ``alignindex score``, ``explain``, ``compare``, ``report`` and others.

Exit codes: 0 for success; 2 for anything that the user can fix, with one line on stderr; 1 for
a bug. ``ALIGNINDEX_DEBUG=1`` shows the traceback of either.
"""

from __future__ import annotations

from alignindex.cli.command import main

__all__ = ["main"]
