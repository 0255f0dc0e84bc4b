"""Links that leave ``docs/`` for a file that the site shows as a page lead to that page.

The Markdown of the pages is read in the repository too, where ``../datasets/bases/README.md`` is
right; on the site the same text stands at ``reference/datasets/bases``.
"""

from __future__ import annotations

import os
import re
from pathlib import PurePosixPath

from sphinx.application import Sphinx

LINK = re.compile(r"(\]\()((?:\.\./)+[^)#\s]+)((?:#[^)]*)?\))")
PAGES = {
    "benchmarks/README.md": "benchmarks.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "README.md": "index.md",
}


def page_of(path: str) -> str | None:
    """Return the page, from ``docs/``, of a file named from the top of the repository."""
    found = re.fullmatch(r"datasets/(\w+)/README\.md", path)
    return f"reference/datasets/{found[1]}.rst" if found else PAGES.get(path)


def lead_inside(app: Sphinx, docname: str, content: list[str]) -> None:
    here = PurePosixPath("docs", docname).parent

    def replace(match: re.Match[str]) -> str:
        target = page_of(os.path.normpath(here / match[2]))
        if target is None:
            return match[0]
        return f"{match[1]}{os.path.relpath(PurePosixPath('docs', target), here)}{match[3]}"

    content[0] = LINK.sub(replace, content[0])


def drop_folder_links(app: Sphinx, relative_path: object, parent: str, content: list[str]) -> None:
    """A link to a folder, such as ``[studies](studies)``, is words on the site."""
    content[0] = re.sub(r"\[([^\]]+)\]\(([\w/]+)\)", r"\1", content[0])


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", lead_inside)
    app.connect("include-read", drop_folder_links)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
