"""What every test shares: the folder of published files, and Hypothesis profiles."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]

# The default profile is deterministic: the same examples in every run, so that a clone that passes
# today passes tomorrow. `mutation` has more of them, and so has `search`, which looks for new ones;
# give it --hypothesis-seed to repeat a run.
settings.register_profile(
    "default",
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("mutation", parent=settings.get_profile("default"), max_examples=50)
settings.register_profile(
    "search", parent=settings.get_profile("mutation"), derandomize=False, print_blob=True
)
settings.register_profile("thorough", parent=settings.get_profile("search"), max_examples=1000)
settings.load_profile(os.environ.get("ALIGNINDEX_HYPOTHESIS", "default"))


def sources_folder() -> Path | None:
    """Return the folder with the published files, or None where there is none."""
    named = os.environ.get("ALIGNINDEX_SOURCES")
    folder = Path(named) if named else ROOT.parent / "shared" / "sources"
    return folder if folder.is_dir() else None


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    """Close the figures of pyplot after each test, as a notebook does after each cell."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture(scope="session")
def sources() -> Path:
    """Folder of the published files; the test is skipped where there is none."""
    folder = sources_folder()
    if folder is None:
        pytest.skip("no published files: neither ../shared/sources nor $ALIGNINDEX_SOURCES")
    return folder
