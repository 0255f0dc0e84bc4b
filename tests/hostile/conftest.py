"""Mark every test of this folder as `hostile`, and those with processes that die as `slow`."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
SLOW = {"test_processes.py"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.hostile)
            if item.path.name in SLOW:
                item.add_marker(pytest.mark.slow)
