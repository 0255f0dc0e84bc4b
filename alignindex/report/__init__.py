"""Documents made of a result: a page that opens offline, and tables for publication.

`html` writes one self-contained file to look around in; `table` gives LaTeX, Markdown, HTML or a
workbook. They compute nothing of their own, and are the only place where numbers are rounded.
"""

from __future__ import annotations

from alignindex.report.page import html
from alignindex.report.tables import table

__all__ = ["html", "table"]
