"""Everything that is wrong with a file, at once: each kind of fault, alone and together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignindex.base.errors import AlignIndexError, PanelError, SpecError
from alignindex.data import load_panel
from alignindex.panel.convert import as_panel
from alignindex.panel.validate import read_panel, validate_panel
from alignindex.scoring.result import score
from alignindex.spec import IndexSpec, load_spec
from alignindex.spec.validate import validate_spec

SPEC = load_spec("erkomaishvili2019-v1")
GOOD: dict[str, Any] = {
    "arms_tiv": 3,
    "arms_tiv_total": 4,
    "exercises": 2,
    "un_votes": 0.75,
    "bases": "facility",
    "crimea_state": 0.5,
    "crimea_partner": 1,
}


def rows() -> list[dict[str, Any]]:
    """Two dyads, 2013 to 2015, with nothing wrong; the header is line 1, KAZ 2013 line 5."""
    return [
        {"state": state, "partner": "RUS", "year": year, **GOOD}
        for state in ("ARM", "KAZ")
        for year in (2013, 2014, 2015)
    ]


def write(tmp_path: Path, table: list[dict[str, Any]], name: str = "panel.csv") -> Path:
    path = tmp_path / name
    pd.DataFrame(table).to_csv(path, index=False)
    return path


def changed(line: int, **cells: Any) -> list[dict[str, Any]]:
    table = rows()
    table[line - 2].update(cells)
    return table


def test_a_sound_panel_has_no_problems_and_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, rows())
    assert validate_panel(path, SPEC) == []
    panel = read_panel(path, SPEC)
    assert panel.index.names == ["state", "partner", "year"]
    assert panel.loc[("KAZ", "RUS", 2014), "bases"] == "facility"
    assert panel["arms_tiv"].dtype == "float64"


# Each row: what is done to the panel, and the one sentence that is said about it.
FAULTS = {
    "duplicate": (
        [*rows(), rows()[0]],
        "(state, partner, year) must be unique; there again: line 8: ARM–RUS 2013 (first in "
        "line 2). Keep one row per dyad-year",
    ),
    "missing key": (
        changed(3, partner=""),
        "key 'partner' is empty in line 3; every row needs state, partner and year",
    ),
    "missing year": (
        changed(3, year=""),
        "key 'year' is empty in line 3; every row needs state, partner and year",
    ),
    "own partner": (
        changed(4, partner="ARM"),
        "a state cannot be its own partner: line 4: ARM–ARM 2015; remove these rows",
    ),
    "broken year": (
        changed(4, year=2014.5),
        "column 'year': a year must be a whole number, such as 2013; got line 4: 2014.5",
    ),
    "year in words": (
        changed(4, year="MMXV"),
        "column 'year': a year must be a whole number, such as 2013; got line 4: 'MMXV'",
    ),
    "year with a slip": (
        changed(4, year=201500),
        "column 'year': a year must lie between 1815 and 2100; got line 4: 201500 (is it a slip?)",
    ),
    "year without a digit": (
        changed(4, year=201),
        "column 'year': a year must lie between 1815 and 2100; got line 4: 201 (is a digit "
        "missing?)",
    ),
    "year of two digits": (
        changed(4, year="18"),
        "column 'year': a year must lie between 1815 and 2100; got line 4: 18 (is a digit "
        "missing?)",
    ),
    "blank before a code": (
        changed(4, state=" ARM"),
        "column 'state': a code has a blank before or after it, which makes it another state: "
        "line 4: ' ARM'. Remove the blank: 'ARM'",
    ),
    "blank after a code": (
        [*rows()[:2], *[{**row, "partner": "RUS "} for row in rows()[2:4]], *rows()[4:]],
        "column 'partner': a code has a blank before or after it, which makes it another state: "
        "line 4: 'RUS '; line 5: 'RUS '. Remove the blanks: 'RUS'",
    ),
    "text": (
        changed(5, exercises="NA"),
        "column 'exercises' must hold numbers; got line 5: 'NA'. Leave the cell empty for a "
        "missing value",
    ),
    "not a number in words": (
        changed(5, exercises="nan"),
        "column 'exercises' must hold numbers; got line 5: 'nan'. Leave the cell empty for a "
        "missing value",
    ),
    "infinite": (
        changed(5, arms_tiv_total="inf"),
        "column 'arms_tiv_total' must hold finite numbers; got line 5: inf. Leave the cell empty "
        "for a missing value",
    ),
    "minus infinite": (
        changed(5, un_votes="-inf"),
        "column 'un_votes' must hold finite numbers; got line 5: -inf. Leave the cell empty for "
        "a missing value",
    ),
    "share above 1": (
        changed(6, arms_tiv=6),
        "indicator 'arms': a share cannot exceed 1, and 'arms_tiv' exceeds 'arms_tiv_total' by "
        "more than the tolerance of 1 for rounding, by KAZ–RUS 2014: 2.",
    ),
    "share below 0": (
        changed(6, arms_tiv=-1),
        "column 'arms_tiv' of indicator 'arms': amounts that make up a share must not be "
        "negative; got KAZ–RUS 2014: -1.",
    ),
    "code above 1": (
        changed(6, un_votes=75),
        "column 'un_votes' of indicator 'un_votes': rule 'identity' takes values in [0, 1]; got "
        "KAZ–RUS 2014: 75.",
    ),
    "unknown category": (
        changed(7, bases="facilty"),
        "column 'bases' holds categories that rule 'levels' of indicator 'bases' does not know: "
        "'facilty' (did you mean 'facility'?) (KAZ–RUS 2015)",
    ),
    "unknown actor": (
        changed(7, state="KAS"),
        "column 'state', line 7: 'KAS' is not the ISO3 code of any actor (did you mean",
    ),
    "actor by name": (
        changed(7, state="Kazakhstan"),
        "column 'state', line 7: 'Kazakhstan' is not the ISO3 code of any actor (did you mean "
        "'KAZ'?)",
    ),
    "actor by number": (
        changed(7, state="705"),
        "column 'state', line 7: '705' is not the ISO3 code of any actor (for numbers say --codes "
        "cow or --codes gw)",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_alone(tmp_path: Path, fault: str) -> None:
    table, message = FAULTS[fault]
    (problem,) = validate_panel(write(tmp_path, table), SPEC)
    assert problem.startswith(message)


@pytest.mark.parametrize("fault", [name for name in FAULTS if "actor" not in name])
def test_no_panel_is_read_from_a_faulty_file(tmp_path: Path, fault: str) -> None:
    table, message = FAULTS[fault]
    path = write(tmp_path, table)
    with pytest.raises(PanelError) as caught:
        read_panel(path, SPEC)
    assert str(caught.value).startswith(f"{path}: {message}")


def test_actors_are_opaque_to_reading(tmp_path: Path) -> None:
    assert len(read_panel(write(tmp_path, changed(7, state="Atlantis")), SPEC)) == 6


def test_a_missing_column_is_named_with_the_closest(tmp_path: Path) -> None:
    table = [{("exercise" if k == "exercises" else k): v for k, v in r.items()} for r in rows()]
    (problem,) = validate_panel(write(tmp_path, table), SPEC)
    assert problem.startswith(
        "spec 'erkomaishvili2019-v1' needs column 'exercises' for indicator exercises, and the "
        "panel has none (did you mean 'exercise'?)"
    )


def test_a_missing_key_column_is_named_with_the_closest_and_hides_no_cell(tmp_path: Path) -> None:
    table = [
        {("states" if k == "state" else k): v for k, v in r.items() if k != "bases"}
        for r in changed(5, exercises="many", un_votes="inf")
    ]
    problems = validate_panel(write(tmp_path, table), SPEC)
    assert [problem.split(";")[0] for problem in problems] == [
        "key column 'state' is not in the table (did you mean 'states'?)",
        "column 'exercises' must hold numbers",
        "column 'un_votes' must hold finite numbers",
        "spec 'erkomaishvili2019-v1' needs column 'bases', and the table has none",
    ]


def test_a_file_of_cow_numbers_is_told_how_its_keys_are_named(tmp_path: Path) -> None:
    names = {"state": "ccode1", "partner": "ccode2"}
    table = [{names.get(key, key): value for key, value in row.items()} for row in rows()]
    first, second = validate_panel(write(tmp_path, table), SPEC)
    assert first.startswith("key column 'state' is not in the table; it has ccode1, ccode2, year")
    for problem, name in ((first, "state"), (second, "partner")):
        assert problem.endswith(
            f". Rename the column that holds it to {name!r}; for COW numbers say --codes cow to "
            "alignindex validate"
        )


def test_a_code_that_only_shares_letters_with_another_is_no_guess(tmp_path: Path) -> None:
    (problem,) = validate_panel(write(tmp_path, changed(3, state="KOS")), SPEC)
    assert problem == "column 'state', line 3: 'KOS' is not the ISO3 code of any actor"
    (problem,) = validate_panel(write(tmp_path, changed(3, state="KAY")), SPEC)
    assert problem.endswith("(did you mean 'KAZ'?)")
    (problem,) = validate_panel(write(tmp_path, changed(3, state="UZBE")), SPEC)
    assert problem.endswith("(did you mean 'UZB'?)")
    (problem,) = validate_panel(write(tmp_path, changed(3, state="KZG")), SPEC)
    assert problem.endswith("(did you mean 'KGZ'?)")


def test_all_faults_at_once(tmp_path: Path) -> None:
    """Faults in different cells of one file give each its own sentence, as they do alone."""
    table = rows()
    for year, _ in enumerate(FAULTS):
        table += [{"state": "UZB", "partner": "USA", "year": 1992 + year, **GOOD}]
    table[0]["bases"] = "facilty"
    table[1]["un_votes"] = 75
    table[2]["arms_tiv"] = -1
    table[3]["exercises"] = "NA"
    table[4]["crimea_state"] = "inf"
    table[5]["partner"] = ""
    table[6]["year"] = "x"
    table[7]["state"] = "USA"
    table[8]["year"] = 1996
    table[9]["state"] = "Atlantis"
    path = write(tmp_path, table)
    path.write_text(path.read_text() + "ARM,RUS\n")
    problems = validate_panel(path, SPEC)
    expected = [
        f"every row must have the 10 fields of the header; got line {len(table) + 2}: 2 fields",
        "key 'partner' is empty in line 7",
        "column 'year': a year must be a whole number, such as 2013; got line 8: 'x'",
        "a state cannot be its own partner: line 9: USA–USA 1993",
        "(state, partner, year) must be unique; there again: line 12: UZB–USA 1996 (first in line "
        "10)",
        "column 'exercises' must hold numbers; got line 5: 'NA'",
        "column 'crimea_state' must hold finite numbers; got line 6: ",
        "column 'arms_tiv' of indicator 'arms': amounts that make up a share must not be negative",
        "column 'un_votes' of indicator 'un_votes': rule 'identity' takes values in [0, 1]",
        "column 'bases' holds categories that rule 'levels' of indicator 'bases' does not know",
        "column 'state', line 11: 'Atlantis' is not the ISO3 code of any actor",
    ]
    assert len(problems) == len(expected)
    for problem, start in zip(problems, expected, strict=True):
        assert problem.startswith(start)
    with pytest.raises(PanelError) as caught:
        read_panel(path, SPEC)
    assert f" (and 9 more problems: alignindex validate {path})" in str(caught.value)


def test_more_than_three_offenders_are_counted(tmp_path: Path) -> None:
    table = rows()
    for row in table[:5]:
        row["exercises"] = "?"
    (problem,) = validate_panel(write(tmp_path, table), SPEC)
    assert "got line 2: '?'; line 3: '?'; line 4: '?'; and 2 more." in problem


@pytest.mark.parametrize(
    ("codes", "state", "wrong"), [("cow", 371, 999), ("gw", 371, 999), ("any", "Armenia", "Arx")]
)
def test_other_systems_of_codes(tmp_path: Path, codes: Any, state: Any, wrong: Any) -> None:
    partner = "RUS" if codes == "any" else 365
    table = [{**row, "partner": partner, "state": state} for row in rows()[:3]]
    assert validate_panel(write(tmp_path, table), SPEC, codes=codes) == []
    table[1]["state"] = wrong
    (problem,) = validate_panel(write(tmp_path, table), SPEC, codes=codes)
    assert problem.startswith(f"column 'state', line 3: '{wrong}' is not the ")


def test_a_crowd_of_unknown_actors_is_counted(tmp_path: Path) -> None:
    table = [{**rows()[0], "state": f"Q{k:02d}"} for k in range(15)]
    problems = validate_panel(write(tmp_path, table), SPEC)
    assert len(problems) == 11
    assert problems[9].startswith("column 'state', line 11: 'Q09' is not the ISO3 code")
    assert problems[10].startswith(
        "column 'state': 5 more codes name no actor: 'Q10'; 'Q11'; 'Q12'; and 2 more."
    )


def test_an_empty_panel_is_sound_and_scores_to_nothing(tmp_path: Path) -> None:
    path = tmp_path / "panel.csv"
    path.write_text("state,partner,year," + ",".join(GOOD) + "\n")
    assert validate_panel(path, SPEC) == []
    result = score(read_panel(path, SPEC), SPEC)
    assert len(result.scores) == 0
    assert list(result.scores.columns) == [
        "score",
        "low",
        "high",
        "coverage",
        "carried",
        "n_indicators",
    ]
    assert list(result.codes.columns) == [i.name for i in SPEC.indicators]


def test_a_column_of_nothing_is_all_unknown(tmp_path: Path) -> None:
    panel = read_panel(write(tmp_path, [{**row, "exercises": ""} for row in rows()]), SPEC)
    assert panel["exercises"].isna().all()
    assert panel["exercises"].dtype == "float64"


def test_the_bundled_panel_survives_the_way_through_a_file(tmp_path: Path) -> None:
    bundled = load_panel("post_soviet/v1")
    bundled.to_csv(tmp_path / "p.csv")
    assert validate_panel(tmp_path / "p.csv", SPEC) == []
    again = read_panel(tmp_path / "p.csv", SPEC)
    assert set(again.columns) == set(SPEC.columns)
    pd.testing.assert_frame_equal(
        again.drop(columns="bases"),
        bundled[again.columns].drop(columns="bases"),
        check_exact=True,
        check_index_type=False,
    )
    assert again["bases"].astype(object).equals(bundled["bases"].astype(object))
    ours, theirs = score(again, SPEC), score(bundled, SPEC)
    assert ours.provenance["panel"] == theirs.provenance["panel"]


def test_parquet_is_checked_alike(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    table = pd.DataFrame(changed(6, arms_tiv=6))
    table["exercises"] = table["exercises"].map(str)
    table.loc[0, "exercises"] = "two"
    table.to_parquet(tmp_path / "p.parquet")
    problems = validate_panel(tmp_path / "p.parquet", SPEC)
    assert [problem.split(".")[0] for problem in problems] == [
        "column 'exercises' must hold numbers; got row 1: 'two'",
        "indicator 'arms': a share cannot exceed 1, and 'arms_tiv' exceeds 'arms_tiv_total' by "
        "more than the tolerance of 1 for rounding, by KAZ–RUS 2014: 2",
    ]


@pytest.mark.slow
@given(st.permutations(range(6)))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        sound = read_panel(write(Path(folder), rows()), SPEC)
        mixed = read_panel(write(Path(folder), [rows()[k] for k in order]), SPEC)
    pd.testing.assert_frame_equal(sound, mixed)


CELLS = st.tuples(
    st.sampled_from(["state", "partner", "year", *GOOD]),
    st.integers(0, 5),
    st.sampled_from(["", "ARM", "RUS", 2013, 2014.5, 0, 1, 5, -1, "NA", "inf", "base", "0.5"]),
)


# What a panel in memory may hold, and a file only by a slip.
SLIPS = ("of any actor", "must lie between 1815 and 2100", "a blank before or after")


@given(st.lists(CELLS, max_size=3))
def test_a_file_has_no_problems_just_if_its_table_can_be_scored(changes: list[Any]) -> None:
    """The twin: read by pandas alone, then `as_panel` and `score`, which stop at the first."""
    import tempfile

    table = rows()
    for column, row, value in changes:
        table[row][column] = value
    words = {"state": str, "partner": str, "bases": str}
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), table)
        told = validate_panel(path, SPEC)
        found = [p for p in told if not any(slip in p for slip in SLIPS)]
        plain = pd.read_csv(path, keep_default_na=False, na_values=[""], dtype=words)
    try:
        score(as_panel(plain), SPEC)
    except AlignIndexError:
        assert told
    else:
        assert not found


# --- specs ---------------------------------------------------------------------------------------

MINE = """
schema_version = 1
name = "mine"
fidelity = "illustrative"
missing = "renormalise"
[[indicators]]
name = "a"
columns = ["a"]
rule = { kind = "identity" }
weight = 1.0
[[indicators]]
name = "b"
columns = ["b"]
rule = { kind = "identity" }
weight = 1.0
"""


def spec_file(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    text = MINE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return path


def test_a_sound_spec_has_no_problems(tmp_path: Path) -> None:
    assert validate_spec(spec_file(tmp_path)) == []
    assert isinstance(load_spec(tmp_path / "mine.toml"), IndexSpec)


WEIGHT = "weight = 1.0"
NODES = '[[nodes]]\nname = "x"\nparent = "y"\n[[nodes]]\nname = "y"\nparent = "x"\n[[indicators]]'
SPEC_FAULTS = {
    "negative weight": ((WEIGHT, "weight = -1.0"), "indicators > 'a' > weight: "),
    "weight no number": ((WEIGHT, "weight = nan"), "indicators > 'a' > weight: "),
    "weights all 0": ((WEIGHT, "weight = 0.0"), "the weights below the root are all 0: at least"),
    "unknown rule": (
        ('"identity"', '"identiti"'),
        "indicators > 'a' > rule: unknown kind 'identiti' (did you mean 'identity'?)",
    ),
    "unknown parent": (
        ('name = "a"', 'name = "a"\nparent = "z"'),
        "'a' hangs from node 'z', which is not declared",
    ),
    "unknown aggregation": (
        ('"renormalise"', '"renormalise"\naggregation = "means"'),
        "aggregation: expected one of mean, sum, geometric, min, stages, got 'means' (did you "
        "mean 'mean'?)",
    ),
    "unknown key": (
        ('name = "a"', 'name = "a"\nwieght = 2'),
        "indicators > 'a' > wieght: there is no such key (did you mean 'weight'?)",
    ),
    "names twice": (('name = "a"', 'name = "b"'), "names must be unique; used twice: b"),
    "unknown data set": (
        ('name = "a"', 'name = "a"\ndataset = "base"'),
        "indicators > 'a' > dataset: there is no bundled data set 'base' (did you mean 'bases'?)",
    ),
    "unknown actor": (
        ('name = "a"', 'name = "a"\npartners = ["RUS", "Turkey"]'),
        "indicators > 'a' > partners: 'Turkey' is not the ISO3 code of any actor (did you mean "
        "'TUR'?)",
    ),
}


@pytest.mark.parametrize("fault", SPEC_FAULTS)
def test_each_fault_of_a_spec(tmp_path: Path, fault: str) -> None:
    change, message = SPEC_FAULTS[fault]
    problems = validate_spec(spec_file(tmp_path, change))
    assert problems
    assert problems[0].startswith(message)


def test_a_cycle_names_every_node_of_it(tmp_path: Path) -> None:
    problems = validate_spec(spec_file(tmp_path, ("[[indicators]]", NODES)))
    assert "names must be unique; used twice: x, y" in problems  # the block stands there twice
    assert "the tree has a cycle through node 'x': correct a parent" in problems


def test_a_fault_in_a_part_does_not_hide_those_of_the_tree(tmp_path: Path) -> None:
    path = spec_file(
        tmp_path,
        ('name = "b"', 'name = "b"\nparent = "z"\ndataset = "base"'),
        ('columns = ["a"]', "columns = []"),
        ('"illustrative"', '"ilustrative"'),
    )
    starts = [
        "fidelity: expected one of verified, documented",
        "indicators > 'a' > columns: ",
        "'b' hangs from node 'z', which is not declared",
        "indicators > 'b' > dataset: there is no bundled",
    ]
    for problem, start in zip(validate_spec(path), starts, strict=True):
        assert problem.startswith(start)


def test_problems_of_the_tree_are_listed_one_by_one(tmp_path: Path) -> None:
    path = spec_file(
        tmp_path,
        ('name = "a"', 'name = "a"\nparent = "y"'),
        ('name = "b"', 'name = "b"\nparent = "z"'),
    )
    assert [problem.split(",")[0] for problem in validate_spec(path)] == [
        "'a' hangs from node 'y'",
        "'b' hangs from node 'z'",
    ]


def test_broken_toml_is_given_by_line_and_column(tmp_path: Path) -> None:
    path = spec_file(tmp_path, ('name = "mine"', 'name = "mine'))
    with pytest.raises(SpecError, match=r"is not valid TOML: .*line 3, column 13"):
        validate_spec(path)


def test_a_spec_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="cannot be read: No such file or directory"):
        validate_spec(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'name = "caf\xe9"')
    with pytest.raises(SpecError, match="cannot be read: it is not UTF-8 text"):
        validate_spec(tmp_path / "latin.toml")


@pytest.mark.parametrize(
    "content",
    [
        "", "nodes = 3", "indicators = 'x'", "indicators = [1, 2]", "[[indicators]]\nname = 3",
        "[[indicators]]\nname = 'a'\nparent = 4\nweight = 'x'\nscale = [1]", "scale = ['a', 'b']",
        "[[nodes]]\naggregation = 4\nscale = 'x'\n[[indicators]]\nstates = [3]\ndataset = 4",
    ],
)  # fmt: skip
def test_nonsense_is_told_about_not_stumbled_over(tmp_path: Path, content: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(content)
    assert "schema_version: is required" in validate_spec(path)
