"""Documents from a result: a page that opens offline, and tables for publication.

`html` writes one self-contained file to explore; `table` returns LaTeX, Markdown, HTML or a
workbook. Only here are numbers rounded.
"""

from __future__ import annotations

from alignindex.report.page import html
from alignindex.report.tables import table

__all__ = ["html", "table"]
