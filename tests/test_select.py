"""Choosing rows and years: one gate."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignindex.base.arguments import check_years
from alignindex.base.errors import PanelError
from alignindex.panel.select import select_labels, select_rows

INDEX = pd.MultiIndex.from_product(
    [["ARM", "BLR"], ["RUS", "USA"], [2017, 2018, 2019]], names=["state", "partner", "year"]
)


@pytest.mark.parametrize(
    ("years", "meant"),
    [
        (2019, [2019]),
        (np.int64(2019), [2019]),
        ((2017, 2019), [2017, 2018, 2019]),
        ([2019, 2017, 2017], [2017, 2019]),
        (range(2017, 2019), [2017, 2018]),
        (pd.Index([2018]), [2018]),
        (None, [2017, 2018, 2019]),
    ],
)
def test_years_mean_one_thing(years: Any, meant: list[int]) -> None:
    assert check_years(years, known=[2019, 2017, 2018]) == meant


@pytest.mark.parametrize(
    "years",
    ["2019", 2019.0, True, (2019, 2017), (2017,), [], [2017, "x"], {2017: 1}, 10**30, -5, [True]],
)
def test_other_years_are_one_error(years: Any) -> None:
    with pytest.raises(PanelError, match="span"):
        check_years(years)


def test_a_listed_year_must_exist_and_a_span_is_cut() -> None:
    assert check_years((1990, 2017), known=[2017, 2018]) == [2017]
    with pytest.raises(PanelError, match="1990"):
        check_years([1990, 2017], known=[2017, 2018])
    with pytest.raises(PanelError, match="2020"):
        check_years((2020, 2025), known=[2017, 2018])


def test_labels_keep_their_order_and_their_type() -> None:
    assert select_labels(["BLR", "ARM", "BLR"], ["ARM", "BLR"], "states") == ["BLR", "ARM"]
    assert select_labels(["365"], [2, 365], "states") == [365]


@pytest.mark.parametrize("wanted", ["AMR", ["ARM", "AMR"]])
def test_an_unknown_label_names_the_closest(wanted: Any) -> None:
    with pytest.raises(PanelError, match="ARM"):
        select_labels(wanted, ["ARM", "BLR"], "states")


def test_no_label_at_all_is_an_error() -> None:
    with pytest.raises(PanelError, match="empty"):
        select_labels([], ["ARM"], "states")


def test_labels_that_never_meet_are_an_error() -> None:
    index = INDEX[[0, -1]]  # ARM-RUS 2017 and BLR-USA 2019
    with pytest.raises(PanelError, match="together"):
        select_rows(index, states="ARM", partners="USA")


choices = st.one_of(st.none(), st.lists(st.sampled_from(["ARM", "BLR"]), min_size=1, unique=True))


@given(choices, st.one_of(st.none(), st.sampled_from(["RUS", "USA"])), st.integers(2017, 2019))
def test_rows_are_those_of_a_plain_loop(
    states: list[str] | None, partners: str | None, last: int
) -> None:
    keep = select_rows(INDEX, states=states, partners=partners, years=(2017, last))
    slow = [
        (states is None or state in states)
        and (partners is None or partner == partners)
        and year <= last
        for state, partner, year in INDEX
    ]
    assert keep.tolist() == slow
