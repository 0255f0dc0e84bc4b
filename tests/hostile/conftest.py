"""Mark every test of this folder as `hostile`; slow ones run only with ``-m hostile``."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
SLOW = {"test_processes.py"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    asked = "hostile" in (config.getoption("markexpr") or "")
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.hostile)
            if item.path.name in SLOW and not asked:
                item.add_marker(pytest.mark.skip(reason="slow: python -m pytest -m hostile"))
