"""The blank line that ends an example for doctest is not shown."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx


def strip(app: Sphinx, doctree: nodes.document) -> None:
    for block in doctree.findall(nodes.literal_block):
        text = block.astext()
        # A block whose text is not its source has been marked up already.
        if text != text.rstrip() and block.rawsource in (text, ""):
            block.rawsource = text.rstrip()
            block.children = [nodes.Text(text.rstrip())]


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("doctree-read", strip)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
