"""Mutation testing knows every kernel, and every test that it names is there."""

from __future__ import annotations

from benchmarks import mutation


def test_every_kernel_has_its_tests() -> None:
    files = {
        path.relative_to(mutation.KERNELS).as_posix() for path in mutation.KERNELS.rglob("*.py")
    }
    code = {name for name in files if not name.endswith("__init__.py")} - {"typing.py"}
    assert set(mutation.TESTS) == code


def test_every_test_that_is_named_is_there() -> None:
    named = {name for names in mutation.TESTS.values() for name in names}
    assert {name for name in named if not (mutation.ROOT / "tests" / name).is_file()} == set()


def test_every_equivalent_mutant_has_an_argument() -> None:
    for key, why in mutation.equivalents().items():
        assert key.split(":")[0] in mutation.TESTS
        assert len(why.split()) > 3
