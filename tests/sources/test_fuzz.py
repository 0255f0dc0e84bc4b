"""A small run of the fuzz study: mutated files give named errors, and accounts that close."""

from __future__ import annotations

import pytest

from benchmarks.studies import fuzz_workbooks as books
from benchmarks.studies.fuzz_readers import READERS, mutate, run, seeds


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_mutated_inputs(name: str) -> None:
    outcomes = run(name, 60, seed=20_260, sources=None)
    assert sum(outcomes.values()) == 60
    # The study would show nothing if every input were refused, or none.
    assert outcomes["refused"] < 58
    assert outcomes["refused"] > 0


@pytest.mark.parametrize("name", READERS)
def test_seeds_are_read_whole(name: str) -> None:
    import io

    for data in seeds(name, None):
        table, info = READERS[name][0](io.BytesIO(data))
        assert len(table)
        assert info.rows_read == len(table) + len(info.rejected)


@pytest.mark.slow
@pytest.mark.parametrize("name", books.READERS)
def test_mutated_workbooks(name: str) -> None:
    outcomes = run(name, 40, seed=20_260, sources=None)
    assert sum(outcomes.values()) == 40
    assert 0 < outcomes["refused"] < 38


@pytest.mark.parametrize("name", books.READERS)
def test_workbooks_are_read_whole(name: str) -> None:
    import io

    reader, data = books.READERS[name]
    table, info = reader(io.BytesIO(data()))
    assert len(table)
    assert info.rows_read == len(table) + len(info.rejected)


def test_old_and_new_workbook_say_the_same() -> None:
    import io

    import pandas as pd

    (old, _), (new, _) = (
        books.READERS[f"exercises.read_jme: {kind}"][0](
            io.BytesIO(books.READERS[f"exercises.read_jme: {kind}"][1]())
        )
        for kind in ("xls", "xlsx")
    )
    assert len(old) == 3
    pd.testing.assert_frame_equal(old, new)


def test_mutation_is_reproducible() -> None:
    import numpy as np

    first = mutate(b"a,b\n1,2\n", np.random.default_rng([1, 2]))
    assert first == mutate(b"a,b\n1,2\n", np.random.default_rng([1, 2]))
