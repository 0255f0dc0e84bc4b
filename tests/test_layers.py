"""Modules import only from rungs above their own, and kernels import numpy and scipy alone."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "alignindex"
RUNGS = (
    ("_root", "_toml", "errors"),
    ("kernels",),
    ("rules",),
    ("_spec_checks",),
    ("spec", "states"),
    ("data", "sources", "similarity", "idealpoints"),
    ("builders",),
    ("panel",),
    ("coding", "panel_file"),
    ("_arguments", "_formats", "_intervals", "_output", "contributions", "evidence"),
    ("explain",),
    ("index",),
    ("robustness", "reliability", "dynamics", "poles", "comparison", "validate"),
    ("plot", "report"),
    ("cli",),
    ("__main__",),
)
RUNG_OF = {name: number for number, names in enumerate(RUNGS) for name in names}
KERNELS_MAY_IMPORT = {"__future__", "numpy", "scipy", "collections", "typing", "math", "itertools"}
MODULES = sorted(PACKAGE.rglob("*.py"))


def imported(tree: ast.AST) -> list[str]:
    """Dotted names that a module imports, `if TYPE_CHECKING` blocks aside."""
    typing_only = {
        child
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for child in ast.walk(node)
    }
    names: list[str] = []
    for node in ast.walk(tree):
        if node in typing_only:
            continue
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide the ladder"
            if node.module == "alignindex":
                names += [f"alignindex.{alias.name}" for alias in node.names]
            else:
                names.append(node.module or "")
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path: Path) -> None:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    if parts == ("__init__",):
        return
    own = parts[0]
    assert own in RUNG_OF, f"{own} stands on no rung; add it to RUNGS"
    for name in imported(ast.parse(path.read_text(encoding="utf-8"))):
        top, _, rest = name.partition(".")
        if own == "kernels":
            # A kernel may call another kernel; errors and everything else are for the fronts.
            allowed = top in KERNELS_MAY_IMPORT or rest.startswith("kernels")
            assert allowed, f"kernel {path.name} imports {name}"
        elif top == "alignindex" and rest and rest != "__version__":
            target = rest.split(".")[0]
            inside = target == own and path.parent != PACKAGE
            assert inside or RUNG_OF[target] < RUNG_OF[own], f"{own} imports {target}"


def test_public_names_resolve() -> None:
    import alignindex

    for name in alignindex.__all__:
        assert getattr(alignindex, name) is not None
