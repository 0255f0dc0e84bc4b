"""``python -m alignindex`` is ``alignindex``."""

from __future__ import annotations

import sys

from alignindex.cli import main

if __name__ == "__main__":
    sys.exit(main())
