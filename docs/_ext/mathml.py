"""Formulas as MathML, which browsers show by themselves: no script from elsewhere is loaded."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx

BRACE = re.compile(r"\\underbrace\{((?:[^{}]|\{[^{}]*\})*)\}_\{([^{}]*)\}")


def mathml(formula: str, *, as_block: bool) -> str:
    """A formula in MathML; a named brace is brackets with the name below, which any font has."""
    named = BRACE.sub(r"\\underset{\\text{\2}}{[\1]}", formula)
    return str(tex2mathml(named, as_block=as_block))


def inline(translator: Any, node: nodes.math) -> None:
    formula = mathml(node.astext(), as_block=False)
    translator.body.append(f'<span class="math">{formula}</span>')
    raise nodes.SkipNode


def block(translator: Any, node: nodes.math_block) -> None:
    formula = mathml(node.astext(), as_block=True)
    translator.body.append(f'<div class="math">{formula}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
