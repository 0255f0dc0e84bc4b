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


DATASETS = [
    "bases",
    "crimea",
    "exercises",
    "refusals",
    "presences",
    "consent",
    "imposed",
    "statements",
]


@pytest.mark.parametrize("dataset", DATASETS)
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
    for dataset in DATASETS:
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


# --- the second round: refusals, presences to 2025, statements and positions ---------------------
def test_positions_differ_where_the_nearest_code_of_the_scale_is_another() -> None:
    table = ratings("positions").astype(float)
    differ = table[(table["A"] - table["B"]).abs() > 0.125]  # half a step of the scale of coder B
    listed = load_dataset("codings/disagreements").query("dataset == 'positions'")
    assert {(s, year) for s, _, year in differ.index} == set(
        zip(listed["subject"], listed["first"], strict=True)
    )
    for row in listed.itertuples():
        cell = table.loc[(row.subject, "Ukraine", row.first)]
        assert row.first == row.last
        assert (f"{cell['A']:.3f}", f"{cell['B']:g}") == (row.code_a, row.code_b)


def test_the_first_coding_of_positions_is_the_rule_and_the_rule_was_not_changed() -> None:
    coded = load_dataset("codings/positions").query("coder == 'A'").set_index(["actor", "year"])
    now = load_dataset("positions/yearly").set_index(["actor", "year"])
    assert coded["position"].sort_index().equals(now["position"].sort_index())


@pytest.mark.parametrize(
    ("record", "column", "first", "now"),
    [
        ("2023-R03", "what", "stayed_away", "withdrew"),
        ("2022-R03", "ground", "political", "practical"),
        ("2006-R02", "what", "cancelled", "suspended"),
        ("2009-R04", "what", "withdrew", "declined"),
        ("2011-R01", "what", "declined", "stayed_away"),
    ],
)
def test_a_correction_leaves_the_first_coding_as_it_was(
    record: str, column: str, first: str, now: str
) -> None:
    coded = load_dataset("codings/refusals").query("coder == 'A'").set_index("record")
    assert coded.loc[record, column] == first
    assert load_dataset("exercises/refusals").set_index("refusal_id").loc[record, column] == now


def test_what_was_no_refusal_is_no_longer_one() -> None:
    assert not {"2023-R02", "2024-R01"} & set(load_dataset("exercises/refusals")["refusal_id"])
    coded = load_dataset("codings/refusals").query("coder == 'A'").set_index("record")
    assert set(coded.loc[["2023-R02", "2024-R01"], "part"]) == {"refused"}
    yearly = load_dataset("exercises/yearly").set_index(["state", "partner", "year"])
    # One withdrawal less: the US department had named Armenia for Defender 23 by mistake.
    assert yearly.loc[("ARM", "USA", 2023), "refusals"] == 0


def test_participants_that_the_second_coder_found_take_part() -> None:
    events = load_dataset("exercises").set_index("exercise_id")
    assert "BLR" in events.loc["2010-10", "participants"].split(";")
    assert "LVA" in events.loc["2017-13", "participants"].split(";")
    assert (events.loc["2010-10", "n_participants"], events.loc["2017-13", "n_participants"]) == (
        6,
        15,
    )


def test_the_units_of_the_second_round_are_those_that_were_handed_out() -> None:
    coded = load_dataset("codings/refusals")
    units = load_dataset("codings/units_refusals")
    for coder in ("A", "B"):
        assert set(coded.loc[coded["coder"] == coder, "unit"]) == set(units["unit"])
    spans = load_dataset("codings/units_presences")
    expected = {
        (row.host, row.patron, year)
        for row in spans.itertuples()
        for year in range(row.first, row.last + 1)
    }
    presences = load_dataset("codings/presences")
    for coder in ("A", "B"):
        own = presences[presences["coder"] == coder]
        assert set(zip(own["host"], own["patron"], own["year"], strict=True)) == expected
