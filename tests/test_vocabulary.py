"""Every public signature uses the argument names of docs/vocabulary.md."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import alignindex as ai

PAGE = Path(__file__).resolve().parents[1] / "docs" / "vocabulary.md"


def table() -> list[list[str]]:
    """Rows of the first table of the page, without its head."""
    part = PAGE.read_text(encoding="utf-8").split("## Arguments")[1].split("## Words")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def replaced() -> dict[str, str]:
    """Names that are not used, each with the name to use."""
    rows = table()
    return {old: row[1] for row in rows for old in re.findall(r"`(\w+)`", row[4])}


def public() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every public function and method, by the name that a user types after ``ai.``."""

    def visit(name: str, value: object) -> Iterator[tuple[str, Callable[..., Any]]]:
        if isinstance(value, ModuleType):
            for inner in value.__all__:
                yield from visit(f"{name}.{inner}", getattr(value, inner))
        elif inspect.isclass(value) and value.__module__.startswith("alignindex"):
            for inner, method in vars(value).items():
                if not inner.startswith("_") and inspect.isfunction(method):
                    yield f"{name}.{inner}", method
        elif inspect.isfunction(value):
            yield name, value

    for name in ai.__all__:
        yield from visit(name, getattr(ai, name))


PUBLIC = dict(public())


def test_the_walk_finds_the_public_functions() -> None:
    assert {"score", "robustness.uncertainty", "sources.sipri.read_milex"} <= PUBLIC.keys()
    assert len(PUBLIC) > 100


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_arguments_have_the_names_of_the_vocabulary(name: str) -> None:
    parameters = inspect.signature(PUBLIC[name]).parameters
    wrong = {old: new for old, new in replaced().items() if old in parameters}
    assert not wrong, f"ai.{name}: use {wrong}"


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_rng_is_zero_and_level_is_nine_tenths_by_default(name: str) -> None:
    parameters = inspect.signature(PUBLIC[name]).parameters
    for argument, value in {"rng": 0, "level": 0.9}.items():
        if argument in parameters:
            default = parameters[argument].default
            assert default in (value, inspect.Parameter.empty), f"ai.{name}: {argument}={default}"
