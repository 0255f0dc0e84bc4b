"""The two codings: what they cover, that every disagreement is decided, and what was decided."""

from __future__ import annotations

import pandas as pd
import pytest

from alignindex import reliability
from alignindex.data import load_dataset

UNIT = ["subject", "object", "year"]


def ratings(dataset: str) -> pd.DataFrame:
    rows = load_dataset("codings").query("dataset == @dataset")
    return reliability.as_ratings(rows, unit=UNIT, value="code")


@pytest.mark.parametrize("dataset", ["bases", "crimea", "exercises"])
def test_every_disagreement_is_listed_with_its_decision_and_no_other(dataset: str) -> None:
    table = ratings(dataset)
    differ = table[table["A"].notna() & table["B"].notna() & (table["A"] != table["B"])]
    found = {
        (*key, row.A, row.B, row.adjudicated)
        for key, row in zip(differ.index, differ.itertuples(index=False), strict=True)
    }
    listed = {
        (row.subject, actor.strip(), year, row.code_a, row.code_b, row.adjudicated)
        for row in load_dataset("codings/disagreements").itertuples(index=False)
        if row.dataset == dataset and not pd.isna(row.code_a)
        for year in range(row.first, row.last + 1)
        for actor in row.object.split(";")
    }
    assert found == listed


def test_the_adjudicated_code_departs_from_what_both_coders_gave_nowhere() -> None:
    for dataset in ("bases", "crimea", "exercises"):
        table = ratings(dataset).dropna()
        same = table[table["A"] == table["B"]]
        assert (same["adjudicated"] == same["A"]).all()


def test_the_sample_of_exercises_is_a_fifth_and_the_same_for_both() -> None:
    coded = load_dataset("codings/exercises")
    by_coder = {
        coder: set(part["exercise_id"]) for coder, part in coded.groupby("coder", observed=True)
    }
    assert by_coder["A"] == by_coder["B"]
    assert len(by_coder["A"]) == 54  # a fifth of the 269 that there were
    assert by_coder["A"] <= set(load_dataset("exercises")["exercise_id"])


def test_spells_of_one_presence_and_coder_do_not_overlap() -> None:
    spells = load_dataset("codings/bases")
    for (coder, *_), part in spells.groupby(["coder", "host", "patron", "presence"], observed=True):
        ordered = part.sort_values("start")
        for before, after in zip(ordered.itertuples(), ordered.iloc[1:].itertuples(), strict=False):
            assert not pd.isna(before.end), (coder, before.presence)
            assert str(before.end)[:7] <= str(after.start)[:7], (coder, before.presence)


def test_every_coded_row_names_its_source() -> None:
    for name in ("codings/bases", "codings/exercises"):
        table = load_dataset(name)
        assert table["source"].notna().all()
        unseen = table["source"].str.contains("general knowledge", na=False)
        assert set(table.loc[unseen, "confidence"]) <= {"low"}


def test_what_was_coded_with_low_confidence_is_compared_by_no_one() -> None:
    coded = load_dataset("codings/exercises")
    low = coded[coded["confidence"] == "low"]
    compared = load_dataset("codings").query("dataset == 'exercises'")
    assert len(low) == 7  # all of them coder B's
    for row in low.itertuples():
        of_unit = compared[compared["subject"] == row.exercise_id]
        assert set(of_unit["coder"]) == {"A", "B", "adjudicated"} - {row.coder}
