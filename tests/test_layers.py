"""Rooms import only from bands above their own; kernels import numpy and scipy; no circles."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "alignindex"
# The one list of bands, from top to bottom. `latent` and `distributed` are reserved.
BANDS = (
    ("base",),
    ("kernels",),
    ("states",),
    ("data",),
    ("spec", "sources", "similarity", "idealpoints", "reliability"),
    ("indicators",),
    ("panel",),
    ("scoring",),
    (
        "robustness",
        "dynamics",
        "poles",
        "comparison",
        "latent",
        "geopolitics",
        "distributed",
        "regression",
    ),
    ("plot", "report"),
    ("cli",),
    ("__main__",),
)
BAND_OF = {name: number for number, names in enumerate(BANDS) for name in names}
KERNELS_MAY_IMPORT = {"__future__", "numpy", "scipy", "collections", "typing", "math", "itertools"}
MODULES = sorted(PACKAGE.rglob("*.py"))
NAME_OF = {
    path: ".".join(("alignindex", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(
        ".__init__"
    )
    for path in MODULES
}
KNOWN = set(NAME_OF.values())


def run_time_nodes(tree: ast.AST, *, functions: bool) -> Iterator[ast.AST]:
    """Nodes outside ``if TYPE_CHECKING`` blocks; with those inside functions, or without."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        yield child
        if functions or not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from run_time_nodes(child, functions=functions)


def imported(tree: ast.AST, *, functions: bool = True) -> list[str]:
    """Return the modules (with names of modules resolved) that a module imports."""
    names: list[str] = []
    for node in run_time_nodes(tree, functions=functions):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide the ladder"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                names.append(inner if inner in KNOWN else str(node.module))
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path: Path) -> None:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    if parts == ("__init__",):
        return
    own = parts[0]
    assert own in BAND_OF, f"{own} stands in no band; add it to BANDS"
    for name in imported(ast.parse(path.read_text(encoding="utf-8"))):
        top, _, rest = name.partition(".")
        if own == "kernels":
            # A kernel may call another kernel; errors and everything else are for the fronts.
            allowed = top in KERNELS_MAY_IMPORT or rest.startswith("kernels")
            assert allowed, f"kernel {path.name} imports {name}"
        elif top == "alignindex":
            target = rest.split(".")[0]
            assert target, f"{path.name} imports the package itself"
            assert target == own or BAND_OF[target] < BAND_OF[own], f"{own} imports {target}"


def test_no_module_is_in_a_circle_of_imports() -> None:
    edges = {
        NAME_OF[path]: {
            name
            for name in imported(ast.parse(path.read_text(encoding="utf-8")), functions=False)
            if name in KNOWN and name != NAME_OF[path]
        }
        for path in MODULES
    }
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail[trail.index(name) :], name))
        if name not in done:
            for target in edges[name]:
                visit(target, (*trail, name))
            done.add(name)

    for name in edges:
        visit(name, ())


def test_every_public_name_hangs_from_the_package() -> None:
    import alignindex as ai

    for name in ai.__all__:
        assert getattr(ai, name) is not None
