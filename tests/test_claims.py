"""Every claim that the data are said to hold is shown by its query."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd
import pytest

from alignindex.base.errors import DatasetError
from alignindex.data import load_dataset

load = lru_cache(maxsize=None)(load_dataset)
CLAIMS = load("claims")
PRESENT = CLAIMS[CLAIMS["status"] == "present"]


@pytest.mark.parametrize("claim", list(PRESENT["claim_id"]))
def test_the_query_shows_the_claim(claim: str) -> None:
    row = PRESENT.set_index("claim_id").loc[claim]
    result = eval(row["query"], dict(NAMES))  # our own table, never a user's
    assert bool(result) is True, row["claim"]


# What a query may use: a table by its name, and a few plain functions.
NAMES = {
    "__builtins__": {}, "t": load, "set": set, "len": len, "list": list, "all": all, "round": round,
}  # fmt: skip


def test_every_item_of_the_texts_appears() -> None:
    items = set(CLAIMS["item"])
    assert {str(number) for number in range(1, 34)} <= items
    assert len(CLAIMS) >= 60


def test_a_claim_that_is_not_held_says_why() -> None:
    for row in CLAIMS.itertuples():
        if row.status == "not held":
            assert pd.isna(row.query), row.claim_id
            assert isinstance(row.note, str), row.claim_id
        if row.status == "present":
            assert isinstance(row.table, str), row.claim_id
            assert f't("{row.table}")' in row.query, row.claim_id


def test_no_claim_waits_for_its_table() -> None:
    assert set(CLAIMS["status"]) == {"present", "not held"}


def test_a_query_of_an_unknown_table_is_an_error() -> None:
    with pytest.raises(DatasetError, match="unknown data set"):
        eval('t("nothing")', dict(NAMES))


def test_ids_follow_their_items() -> None:
    for row in CLAIMS.itertuples():
        prefix = f"{int(row.item):02d}" if row.item.isdigit() else row.item
        assert row.claim_id[:-1] == prefix
