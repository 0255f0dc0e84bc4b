"""Every example of the README and the docs is executed, and shows what the page shows.

A page's ```python blocks are doctests that share one namespace. In a ```console block each
``$ alignindex ...`` is run in the process, and its output must be what follows. A ```{code-cell}
block of a notebook page is executed in the same namespace, and what it ends with is shown as a
notebook would show it. Pages are run in an empty folder; ``...`` stands for anything.
"""

from __future__ import annotations

import ast
import contextlib
import doctest
import io
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("C*.md"))]
BLOCK = re.compile(
    r"^```(?:(python|console)|\{(code-cell)\}[^\n]*)\n(.*?)^```", re.DOTALL | re.MULTILINE
)
CELL_OPTION = re.compile(r"^:([\w-]+):(.*)\n", re.MULTILINE)
CELL_HEADER = re.compile(r"\A---\n.*?^---\n", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def blocks(page: Path) -> list[tuple[str, str, int]]:
    """Kind, text and line number of the blocks of a page that are executed."""
    text = page.read_text(encoding="utf-8")
    return [(m[1] or m[2], m[3], text.count("\n", 0, m.start()) + 1) for m in BLOCK.finditer(text)]


def run_console(text: str, page: Path, line: int) -> None:
    from alignindex.cli import main

    checker = doctest.OutputChecker()
    for command in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        call, _, wanted = command.partition("\n")
        program, *arguments = shlex.split(call)
        assert program == "alignindex", f"{page.name}:{line}: only alignindex is run, not {program}"
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            main(arguments)
        assert checker.check_output(wanted, out.getvalue(), OPTIONS), (
            f"{page.name}:{line}: $ {call}\nexpected:\n{wanted}\ngot:\n{out.getvalue()}"
        )


def run_cell(text: str, namespace: dict[str, Any], page: Path, line: int) -> None:
    """Execute a cell; draw the figure, or write the table, that it ends with."""
    options = dict(CELL_OPTION.findall(text))
    # Lines that are left out stay as empty ones, so that an error names the right line.
    text = CELL_HEADER.sub(lambda header: "\n" * header[0].count("\n"), text)
    tree = ast.parse(CELL_OPTION.sub("\n", text), f"{page.name}, cell in line {line}")
    ast.increment_lineno(tree, line)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    wrong = pytest.raises(Exception) if "raises-exception" in options.get("tags", "") else None
    with wrong or contextlib.nullcontext(), contextlib.redirect_stdout(io.StringIO()):
        exec(compile(tree, str(page), "exec"), namespace)
        if last is not None:
            shown = eval(compile(ast.Expression(last.value), str(page), "eval"), namespace)
            for name in ("_repr_png_", "_repr_html_"):
                getattr(shown, name, lambda: None)()
            repr(shown)
        pyplot = sys.modules.get("matplotlib.pyplot")
        for number in pyplot.get_fignums() if pyplot else ():  # as a notebook does after a cell
            pyplot.figure(number).savefig(io.BytesIO())
            pyplot.close(number)


# The first pages that a newcomer reads; .ci/run runs every page.
QUICK = {"README.md", "quickstart.md", "concepts.md", "unknown_is_not_zero.md", "vocabulary.md"}
EVERY = [pytest.param(page, marks=() if page.name in QUICK else pytest.mark.slow) for page in PAGES]


@pytest.mark.parametrize("page", EVERY, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_do_what_the_page_shows(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setenv("ALIGNINDEX_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("ALIGNINDEX_ACCEPT_TERMS", raising=False)
    parser, namespace = doctest.DocTestParser(), {"__name__": "__main__"}
    for kind, text, line in blocks(page):
        if kind == "console":
            run_console(text, page, line)
            continue
        if kind == "code-cell":
            run_cell(text, namespace, page, line)
            continue
        assert ">>> " in text, f"{page.name}:{line}: a python block without >>> is not executed"
        test = parser.get_doctest(text, namespace, page.name, str(page), line)
        runner, report = doctest.DocTestRunner(optionflags=OPTIONS), io.StringIO()
        runner.run(test, out=report.write, clear_globs=False)
        namespace = test.globs
        assert runner.failures == 0, report.getvalue()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_inside_the_tree_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_there_are_pages_with_examples() -> None:
    assert sum(len(blocks(page)) for page in PAGES) >= 5
