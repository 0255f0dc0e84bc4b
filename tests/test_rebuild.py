"""The derived tables follow from the others, and from the published files where these are."""

from __future__ import annotations

import csv
import importlib.util
import math
import re
import shutil
from collections import Counter
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignindex.base.errors import DatasetError
from alignindex.data import dataset_info, load_dataset, load_panel

FOLDER = Path(__file__).resolve().parents[1] / "datasets"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


rebuild = load("rebuild")
coverage_of_exercises = load("exercise_coverage")
compare_mme = load("compare_mme")
region_panel = load("region_panel")
presence_yearly = load("presence_yearly")
published = load("from_published")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the bundled folder that a test may change."""
    return Path(shutil.copytree(FOLDER, tmp_path / "datasets"))


# --- shipped == rebuilt -------------------------------------------------------------------
@pytest.mark.slow
def test_shipped_tables_equal_the_rebuild() -> None:
    derived = rebuild.rebuild(FOLDER)
    assert set(derived) == {
        "bases/yearly", "codings", "crimea/positions", "economist2023/panel", "exercises/coverage",
        "exercises/yearly", "hostility/yearly", "memberships/behaviour", "memberships/pledges",
        "positions/units", "positions/yearly", "post_soviet", "strategic_stages/panel",
        "unga_agreement", "unga_relative",
    }  # fmt: skip
    for name, frame in derived.items():
        assert rebuild.differences(load_dataset(name), frame, rebuild.TABLE_KEYS[name]) == []
        path = rebuild.HERE / rebuild.FILES.get(name, f"{name}/table.csv")
        text = frame.to_csv(index=False, lineterminator="\n")
        assert path.read_bytes() == text.encode("utf-8")  # the bytes too, not the values only


def test_the_columns_of_the_panel_are_functions_of_their_name() -> None:
    columns = [c.name for c in dataset_info("post_soviet").table.columns]
    assert columns == [*rebuild.KEY, *region_panel.COLUMNS]


def test_differences_are_told_cell_by_cell() -> None:
    shipped = pd.DataFrame({"k": [1, 2, 3], "v": [0.5, np.nan, 2.0], "w": ["a", "b", "c"]})
    rebuilt = pd.DataFrame({"k": [1, 2, 4], "v": [0.5, 0.0, 2.0], "w": ["a", "B", "c"]})
    assert rebuild.differences(shipped, shipped.copy(), ["k"]) == []
    assert rebuild.differences(shipped, rebuilt, ["k"]) == [
        "3: shipped, not rebuilt",
        "4: rebuilt, not shipped",
        "2 v: shipped nan, rebuilt 0.0",
        "2 w: shipped 'b', rebuilt 'B'",
    ]
    least = float(np.nextafter(0.5, 1))
    assert rebuild.differences(shipped, shipped.replace(0.5, least), ["k"]) == [
        f"1 v: shipped 0.5, rebuilt {least!r}"
    ]
    assert rebuild.differences(shipped, shipped.drop(columns="w"), ["k"]) == [
        "column w: shipped only"
    ]


@pytest.mark.slow
def test_an_edited_table_is_refused_then_rebuilt(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rebuild.main([], copy) == 0
    bases = copy / "bases" / "table.csv"
    text = bases.read_text(encoding="utf-8")
    # Belarus hosts Russian facilities; consent withdrawn on paper turns them into none.
    lines = [
        line.replace(",yes,", ",no,") if line.startswith("BLR-RUS") else line
        for line in text.split("\n")
    ]
    bases.write_bytes("\n".join(lines).encode("utf-8"))
    with pytest.raises(DatasetError, match=r"rebuild\.py --hashes"):
        rebuild.main([], copy)
    assert rebuild.main(["--hashes"], copy) == 0
    capsys.readouterr()
    assert rebuild.main([], copy) == 1
    told = capsys.readouterr().out
    assert "crimea/positions: 180 rows, 0 differences" in told
    assert "('BLR', 'RUS', 2005) bases: shipped 'facility', rebuilt 'none'" in told
    assert not re.search(r"\('(?!BLR|(bases|presences|consent)', 'BLR)", told)
    assert rebuild.main(["--write"], copy) == 0
    assert rebuild.main([], copy) == 0
    assert load_panel(root=copy).loc[("BLR", "RUS", 2005), "bases"] == "none"
    assert rebuild.renew_hashes(copy) == []


def test_renewed_coverage_is_the_observed_one(copy: Path) -> None:
    path = copy / "arms_imports" / "table.csv"
    rows = path.read_text(encoding="utf-8").split("\n")
    kept = [row for row in rows if ",1992," not in row]
    path.write_bytes("\n".join(kept).encode("utf-8"))
    changed = rebuild.renew_hashes(copy)
    assert any(re.search(r'"tiv", first = 1993, last = 2024, observed = 7296,', c) for c in changed)
    assert f"rows = {len(kept) - 2}" in changed
    assert len(load_dataset("arms_imports", root=copy)) == len(kept) - 2


def test_a_folder_without_the_published_files_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "unga").mkdir()
    with pytest.raises(SystemExit) as caught:
        rebuild.main(["--sources", str(tmp_path)])
    assert caught.value.code == 2
    assert f"{tmp_path} lacks sipri_at, sipri_milex" in capsys.readouterr().err


# --- agreement and kappa ------------------------------------------------------------------
def slow_dyad(a: list[int | None], b: list[int | None]) -> tuple[int, Fraction, Fraction | None]:
    """Shared roll calls, agreement and kappa from their definitions, in exact arithmetic."""
    shared = [(x, y) for x, y in zip(a, b, strict=True) if x in (1, 2, 3) and y in (1, 2, 3)]
    n = len(shared)
    points = {0: Fraction(1), 1: Fraction(1, 2), 2: Fraction(0)}
    agreement = sum((points[abs(x - y)] for x, y in shared), Fraction(0)) / n
    rows, columns = Counter(x for x, _ in shared), Counter(y for _, y in shared)
    observed = sum((Fraction(abs(x - y), 2) for x, y in shared), Fraction(0)) / n
    expected = sum(
        (
            Fraction(abs(i - j), 2) * Fraction(rows[i], n) * Fraction(columns[j], n)
            for i in (1, 2, 3)
            for j in (1, 2, 3)
        ),
        Fraction(0),
    )
    return n, agreement, (1 - observed / expected if expected else None)


def floats(votes: list[int | None]) -> np.ndarray:
    return np.array([np.nan if vote is None else float(vote) for vote in votes])


def test_agreement_and_kappa_by_hand() -> None:
    # Shared: (1,1) (1,2) (2,3) (3,1); distances 0, 1/2, 1/2, 1, so agreement is 1 - 2/4.
    # Margins of a: 2/4 1/4 1/4, of b: 2/4 1/4 1/4; expected distance
    # 1/2·(1/4·1/2 + 1/4) + 1/4·(1/2·1/2 + 1/4·1/2) + 1/4·(1/2 + 1/4·1/2) = 7/16.
    n, agreement, kappa = published.dyad_agreement(
        floats([1, 1, 2, 3, None, 2]), floats([1, 2, 3, 1, 2, None])
    )
    assert (n, agreement) == (4, 0.5)
    assert kappa == -1 / 7  # 1 - (1/2) / (7/16)


def test_agreement_and_kappa_where_they_degenerate() -> None:
    nothing = published.dyad_agreement(floats([None, 1]), floats([2, None]))
    assert nothing[0] == 0
    assert np.isnan(nothing[1:]).all()
    same = published.dyad_agreement(floats([2, 2, 2]), floats([2, 2, 2]))
    assert same[:2] == (3, 1.0)
    assert np.isnan(same[2])  # no disagreement is expected by chance
    assert published.dyad_agreement(floats([1, 1]), floats([3, 3])) == (2, 0.0, 0.0)


VOTE = st.sampled_from([1, 2, 3, None])


@given(st.lists(st.tuples(VOTE, VOTE), min_size=1, max_size=60))
def test_agreement_and_kappa_equal_their_slow_twin(votes: list[tuple[int | None, ...]]) -> None:
    a, b = [vote[0] for vote in votes], [vote[1] for vote in votes]
    n, agreement, kappa = published.dyad_agreement(floats(a), floats(b))
    np.testing.assert_array_equal(
        published.dyad_agreement(floats(b), floats(a)), (n, agreement, kappa)
    )
    if n == 0:
        assert not any(x is not None and y is not None for x, y in votes)
        return
    slow_n, slow_agreement, slow_kappa = slow_dyad(a, b)
    assert (n, agreement) == (slow_n, float(slow_agreement))
    if slow_kappa is None:
        assert math.isnan(kappa)
    else:
        assert kappa == float(slow_kappa)
    own = published.dyad_agreement(floats(a), floats(a))
    assert own[1] == 1.0
    assert own[2] == 1.0 or len({vote for vote in a if vote is not None}) == 1


def test_votes_enter_the_panel_both_ways_from_ten_shared_roll_calls() -> None:
    table = pd.DataFrame(
        [("AAA", "RUS", 2000, 9, 0.5, 0.1), ("AAA", "RUS", 2001, 10, 0.6, np.nan),
         ("AAA", "RUS", 2002, 11, 0.7, -0.3)],
        columns=["state_a", "state_b", "year", "shared_rollcalls", "agreement_half",
                 "kappa_linear"],
    )  # fmt: skip
    for ends in (("AAA", "RUS"), ("RUS", "AAA")):
        index = pd.MultiIndex.from_tuples([(*ends, y) for y in range(2000, 2004)])
        votes = region_panel.un_votes({"unga_agreement": table}, index)
        np.testing.assert_array_equal(votes, [np.nan, 0.6, 0.7, np.nan])
        kappa = region_panel.un_kappa({"unga_agreement": table}, index)
        np.testing.assert_array_equal(kappa, [np.nan, np.nan, -0.3, np.nan])


# --- arms ---------------------------------------------------------------------------------
REGISTER = """An invented register in the published layout
Data generated: never
Recipient,Supplier,Number delivered, ,Year(s) of delivery,SIPRI TIV of delivered weapons
Armenia,Russia,4,,2021; 2022,3
Armenia,Russia,4,,2022,0.25
Armenia,Nowhere,4,,2021; 2022; 2023,1
Armenia,France,4,,,9
Elsewhere,Russia,4,,2023,9
"""


def test_register_volumes_are_split_evenly(tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    path.write_text(REGISTER, encoding="iso-8859-1")
    third = 1 / 3
    assert published._register(path) == {
        ("ARM", "RUS", 2021): 1.5,
        ("ARM", "RUS", 2022): 1.75,
        ("ARM", "Nowhere", 2021): third,
        ("ARM", "Nowhere", 2022): third,
        ("ARM", "Nowhere", 2023): third,
        ("ARM", "Total", 2021): 1.5 + third,
        ("ARM", "Total", 2022): 1.75 + third,
        ("ARM", "Total", 2023): third,
    }
    path.write_text(REGISTER.replace(",0.25\n", ",0.25,\n"), encoding="iso-8859-1")
    with pytest.raises(ValueError, match=r"line 5: 7 of 6 fields"):
        published._register(path)


def test_no_row_is_an_observed_none_and_a_printed_zero_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "sipri_at"
    folder.mkdir()
    (folder / "import_tiv_2022.csv").write_text(
        '"Import_To","Export_From","Year","TIV"\n"Armenia","Russia","2000",0\n'
        '"Armenia","Total","2000",0\n"Armenia","Total","2001",7\n"Armenia","Total","Total",7\n',
        encoding="utf-8",
    )
    (folder / "trade-register_2024-10_extract.csv").write_text(REGISTER, encoding="iso-8859-1")
    table = published.arms_imports(tmp_path).set_index(["recipient", "supplier", "year"])
    columns = ["tiv", "tiv_reported", "tiv_total", "total_reported", "basis"]
    assert table.columns.tolist() == columns
    cells = {key: table.loc[key].tolist() for key in table.index}
    book = "import_table_2022"
    assert cells["ARM", "RUS", 2000] == [0.0, "under_half", 0.0, "under_half", book]
    assert cells["ARM", "USA", 2000] == [0.0, "none", 0.0, "under_half", book]
    assert cells["ARM", "RUS", 2001] == [0.0, "none", 7.0, "amount", book]
    assert cells["KAZ", "RUS", 2001] == [0.0, "none", 0.0, "none", book]
    split = "register_2024_even_split"
    assert cells["ARM", "RUS", 2022] == [1.75, "amount", 1.75 + 1 / 3, "amount", split]
    assert cells["KAZ", "RUS", 2023] == [0.0, "none", 0.0, "none", split]
    assert table.loc[("CHN", "RUS", 2022), ["tiv", "tiv_total"]].isna().all()
    assert table.loc[("CHN", "RUS", 2021), "tiv"] == 0.0


# --- bases --------------------------------------------------------------------------------
def bases_of(spells: list[tuple[object, ...]], years: range, covered: bool = True) -> list[object]:
    columns = ["presence_id", "host", "patron", "kind", "consent", "start", "end", "confidence"]
    rows = [(f"p{i}", "AAA", "RUS", *spell, "high") for i, spell in enumerate(spells)]
    rows.append(("low", "AAA", "RUS", "base", "yes", "1992", np.nan, "low"))  # does not count
    span = [("AAA", "RUS", years[0], years[-1])] if covered else []
    imposed = pd.DataFrame(columns=["state", "partner", "start", "end", "confidence"])
    made = presence_yearly.derive(
        pd.DataFrame(rows, columns=columns),
        # The last row sets how far the table goes.
        pd.DataFrame([*span, ("ZZZ", "ZZZ", 1, years[-1])],
                     columns=["host", "patron", "first", "last"]),
        imposed, ["AAA"], ["RUS"],
    )  # fmt: skip
    index = pd.MultiIndex.from_tuples([("AAA", "RUS", y) for y in years], names=rebuild.KEY)
    return region_panel.bases({"bases/yearly": made}, index).tolist()


@pytest.mark.parametrize(
    ("spells", "expected"),
    [
        ([], "none"),
        ([("base", "yes")], "base"),
        ([("facility", "yes")], "facility"),
        ([("base", "no")], "none"),
        ([("facility", "disputed")], "disputed_facility"),
        ([("base", "disputed")], "disputed_base"),
        ([("base", "disputed"), ("facility", "yes")], "facility_or_base"),
        ([("facility", "disputed"), ("facility", "yes")], "facility"),
        ([("facility", "disputed"), ("base", "yes")], "base"),
        ([("facility", "disputed"), ("base", "disputed")], "disputed_base"),
        ([("base", "no"), ("facility", "yes")], "facility"),
        ([("facility", "yes"), ("base", "yes")], "base"),
    ],
)
def test_the_highest_kind_with_consent_counts(spells: list[tuple[str, str]], expected: str) -> None:
    dated = [(*spell, "1999", np.nan) for spell in spells]
    assert bases_of(dated, range(2000, 2001)) == [expected]
    # Not researched: more may have been there than what was found.
    at_least = {
        "base": "base",
        "facility": "facility_or_base",
        "facility_or_base": "facility_or_base",
    }
    found = bases_of(dated, range(2000, 2001), covered=False)
    if expected in at_least:
        assert found == [at_least[expected]]
    else:
        assert pd.isna(found[0])


def test_a_presence_is_there_on_the_last_day_of_the_year() -> None:
    years = range(2000, 2005)
    none, base = "none", "base"
    for start, end in [
        ("2001-12-31", "2003-06-03"), ("2001", "2003"), ("2001-01", "2003-12-31"),
    ]:  # fmt: skip
        spell = ("base", "yes", start, end)
        assert bases_of([spell], years) == [none, base, base, none, none]
    follow = [("base", "yes", "2001", "2003-03-18"), ("base", "no", "2003-03-18", np.nan)]
    assert bases_of(follow, years) == [none, base, base, none, none]
    with pytest.raises(ValueError, match=r"p0 has no start; give at least its year"):
        bases_of([("base", "yes", np.nan, np.nan)], years)


# --- exercises ----------------------------------------------------------------------------
def test_exercises_count_where_the_list_is_complete() -> None:
    events = pd.DataFrame(
        [("2004-12-30", "AAA;RUS;USA", "high"), ("2005", "RUS; AAA", "medium"),
         ("2005-03", "AAA;BBB", "high"), ("2006-01-01", "AAA;RUS", "high"),
         ("2004", "AAA;RUS", "low")],
        columns=["start", "participants", "confidence"],
    )  # fmt: skip
    coverage = pd.DataFrame(
        [("AAA", "RUS", 2003, 2003, "complete"), ("AAA", "RUS", 2004, 2005, "at_least"),
         ("AAA", "USA", 2004, 2005, "partial"),
         ("RUS", "BBB", 2005, 2005, "complete")],
        columns=["state", "partner", "first", "last", "status"],
    )  # fmt: skip
    tables = {"exercises": events, "exercises/coverage": coverage}
    keys = [("AAA", "RUS", y) for y in range(2003, 2007)] + [
        ("RUS", "AAA", 2005), ("AAA", "USA", 2004), ("BBB", "RUS", 2005)
    ]  # fmt: skip
    index = pd.MultiIndex.from_tuples(keys, names=rebuild.KEY)
    counts = region_panel.exercises(tables, index).tolist()
    expected = [0.0, 1.0, 1.0, np.nan, 1.0, np.nan, 0.0]
    np.testing.assert_array_equal(counts, expected)


@given(
    counts=st.dictionaries(st.integers(2000, 2009), st.integers(0, 4)),
    exact=st.sets(st.integers(2000, 2009)),
)
def test_a_lower_bound_is_let_in_where_it_cannot_mislead(
    counts: dict[int, int], exact: set[int]
) -> None:
    inside = coverage_of_exercises.let_in(counts, exact)
    seen = {year for year, number in counts.items() if number}
    assert exact <= inside <= exact | seen
    for width in range(3, 11):  # the promise holds for wider windows too
        for first in range(2000, 2011 - width):
            window = set(range(first, first + width))
            if window <= inside and not window <= exact:
                assert sum(counts.get(year, 0) for year in window) >= 3
    # No year is left out for nothing: each that is, would mislead beside the established ones.
    for year in seen - inside:
        near = [set(range(first, first + 3)) for first in range(year - 2, year + 1)]
        assert any(
            window <= exact | seen and sum(counts.get(y, 0) for y in window) < 3 for window in near
        )


def test_spans_of_exercises_follow_from_the_rows() -> None:
    events = pd.DataFrame(
        [("2001", "AAA;RUS", "high"), ("2002", "AAA;RUS", "high"), ("2003", "AAA;RUS", "high"),
         ("2003", "AAA;RUS", "low"), ("2005", "AAA;RUS", "low"), ("2008", "AAA;RUS", "high")],
        columns=["start", "participants", "confidence"],
    )  # fmt: skip
    declared = pd.DataFrame(
        [("AAA", "RUS", 2006, 2007, "complete", "zero: war"),
         ("AAA", "RUS", 1999, 1999, "at_least", "lower bound: 1999: 7")],
        columns=coverage_of_exercises.COLUMNS,
    )  # fmt: skip
    found = coverage_of_exercises.derive(events, declared, ("AAA",), ("RUS",))
    assert found.to_numpy().tolist() == [
        ["AAA", "RUS", 2001, 2003, "at_least", "lower bound: 2001: 1, 2002: 1, 2003: 2"],
        ["AAA", "RUS", 2005, 2005, "partial", "lower bound, not in the panel: 2005: 1"],
        ["AAA", "RUS", 2006, 2007, "complete", "zero: war"],
        ["AAA", "RUS", 2008, 2008, "partial", "lower bound, not in the panel: 2008: 1"],
    ]


def test_counts_of_mme_are_by_pair_and_year_of_the_start(tmp_path: Path) -> None:
    file = tmp_path / "mme.csv"
    file.write_text(
        "MMEID,s.year,StateA,StateB,StateC\n"
        "a,2001,Russia,Armenia ,\nb,2001,Armenia,Russia,Belgium\nc,xx,Armenia,Russia,\n"
        "d,2003,United States,Georgia,Russia\n",
        encoding="latin-1",
    )
    counts = compare_mme.mme_counts(file)
    assert counts["ARM", "RUS", 2001] == counts["RUS", "ARM", 2001] == 2
    with_georgia = {key for key in counts if key[0] == "GEO"}
    assert with_georgia == {("GEO", "USA", 2003), ("GEO", "RUS", 2003)}
    assert not [key for key in counts if "BEL" in key]
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r"other\.csv: .*columns s\.year"):
        compare_mme.mme_counts(tmp_path / "other.csv")


@pytest.mark.slow
def test_the_comparison_counts_cells_and_codes() -> None:
    key = [("ARM", "RUS", year) for year in (1992, 1993, 1994)]
    panel = pd.Series([1.0, 1.0, 1.0], pd.MultiIndex.from_tuples(key, names=rebuild.KEY))
    mme = {key[0]: 2, ("CHN", "RUS", 2004): 1}
    lines = compare_mme.compare(dict.fromkeys(key, 1), mme, panel)
    assert lines[0].endswith(
        "MME has exercises in 1, the table in 3; fewer in the table 1, more 2, of these in the "
        "table only 2; sums 2 and 3"
    )
    assert lines[2:] == [
        "three-year code 1 in the panel, 0.5 from MME: 1", "  ARM-RUS 1994: 1, MME 0.5"
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.real
def test_codes_of_the_panel_agree_with_those_of_mme(sources: Path) -> None:
    events = load_dataset("exercises")
    own = coverage_of_exercises.seen(events[events["confidence"] != "low"])
    mme = compare_mme.mme_counts(sources / "mme" / "mme_v7.csv")
    lines = compare_mme.compare(own, mme, load_panel("post_soviet")["exercises"])
    form = re.compile(r"three-year code (\S+) in .*, (\S+) from MME: (\d+)")
    found = [form.fullmatch(line) for line in lines]
    table = {(m[1], m[2]): int(m[3]) for m in found if m}
    same = sum(number for (ours, theirs), number in table.items() if ours == theirs)
    assert ("0", "1") not in table
    assert ("1", "0") not in table
    assert same / sum(table.values()) > 0.97
    text = (FOLDER / "exercises" / "README.md").read_text(encoding="utf-8")
    assert f"{same} of {sum(table.values())}" in " ".join(
        text.split()
    )  # the figure that the README prints


# --- Crimea -------------------------------------------------------------------------------
def positions_of(
    rows: list[tuple[str, str, str | float, float, str | float]], last: int = 2021
) -> dict[int, tuple[float, str]]:
    """Positions of Armenia under invented statements; votes that are not given were absences."""
    given_votes = {row[2] for row in rows if row[1] == "vote"}
    rows = rows + [
        (date, "vote", f"A/RES/{number}", np.nan, "absent")
        for number, date in rebuild.CRIMEA_ROLLCALLS.items()
        if f"A/RES/{number}" not in given_votes
    ]
    columns = ["date", "kind", "resolution", "value", "vote"]
    table = pd.DataFrame(rows, columns=columns).assign(actor="ARM")
    span = pd.DataFrame([("ARM", 2014, last)], columns=["actor", "first", "last"])
    found = rebuild.crimea_positions(table, span)
    own = found[found["actor"] == "ARM"]
    return {y: (p, b) for y, p, b in own[["year", "position", "basis"]].itertuples(index=False)}


def said(date: str, value: float) -> tuple[str, str, float, float, float]:
    return (date, "statement", np.nan, value, np.nan)


def voted(number: str, vote: str, value: float = np.nan) -> tuple[str, str, str, float, str]:
    return (rebuild.CRIMEA_ROLLCALLS[number], "vote", f"A/RES/{number}", value, vote)


def test_silence_is_neutral_and_the_latest_statement_stands() -> None:
    assert set(positions_of([]).values()) == {(0.5, "observed")}
    found = positions_of([said("2015-05-01", 0.75), voted("72/190", "yes", 0.0),
                          voted("73/194", "abstain"), said("2019", 0.75)])  # fmt: skip
    expected = [0.5, 0.75, 0.75, 0.0, 0.0, 0.75, 0.75, 0.75]
    assert [position for position, _ in found.values()] == expected


def test_support_does_not_replace_a_recognition_but_affirmation_does() -> None:
    found = positions_of([said("2014-03-18", 1.0), voted("68/262", "no", 0.75),
                          voted("71/205", "no"), voted("74/17", "yes", 0.0),
                          said("2020-01-01", 0.75)])  # fmt: skip
    expected = [1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.75, 0.75]
    assert [position for position, _ in found.values()] == expected


def test_an_unseen_vote_is_marked_until_a_statement_settles_it() -> None:
    found = positions_of([voted("68/262", "no", 0.75), voted("71/205", "unknown"),
                          said("2018-01-01", 0.0)])  # fmt: skip
    bases = [basis for _, basis in found.values()]
    assert bases == ["observed"] * 2 + ["assumed"] * 2 + ["observed"] * 4
    assert [found[year][0] for year in (2014, 2016, 2017, 2018)] == [0.75, 0.75, 0.75, 0.0]
    # A recognition does not settle to one value after a later No: the vote unseen may have been
    # a Yes, and then the No stands at 0.75.
    found = positions_of([said("2014-03-18", 1.0), voted("71/205", "unknown"),
                          voted("72/190", "no", 0.75)])  # fmt: skip
    assert found[2017] == (1.0, "assumed")


def test_outside_coverage_a_position_is_unknown() -> None:
    found = positions_of([said("2014-03-18", 1.0)], last=2016)
    assert found == dict.fromkeys((2014, 2015, 2016), (1.0, "observed"))
    table = load_dataset("crimea/positions")
    unknown = table["basis"] == "unknown"
    assert table["position"].isna().equals(unknown)
    spans = {row.actor: row.last for row in load_dataset("crimea/coverage").itertuples()}
    assert all(
        row.year > spans[row.actor] for row in table[unknown].itertuples()
    )  # fmt: skip


def test_a_value_that_contradicts_its_vote_is_refused() -> None:
    with pytest.raises(ValueError, match=r"ARM, .*68/262, value 0\.75"):
        positions_of([voted("68/262", "yes", 0.75)])
    with pytest.raises(ValueError, match=r"vote absent on 68/262, value 0\.0"):
        positions_of([voted("68/262", "absent", 0.0)])
    with pytest.raises(ValueError, match=r"on 60/1, value"):
        positions_of([("2005-09-16", "vote", "A/RES/60/1", np.nan, "yes")])


# --- against the published files ------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.real
@pytest.mark.parametrize("name", sorted(published.TABLES))
def test_shipped_tables_follow_from_the_published_files(name: str, sources: Path) -> None:
    derived = published.TABLES[name](sources)
    assert rebuild.differences(load_dataset(name), derived, rebuild.TABLE_KEYS[name]) == []


@pytest.mark.slow
@pytest.mark.real
def test_agreement_of_every_pair_and_year_in_plain_loops(sources: Path) -> None:
    votes = pd.read_parquet(sources / "unga" / "unga_votes.parquet")
    records: dict[tuple[str, int], dict[int, int]] = {}
    states = set(rebuild.STATES)
    for rcid, date, state, vote in zip(
        votes["rcid"], votes["date"], votes["iso3"], votes["vote"], strict=True
    ):
        if state in states and 1992 <= date.year <= 2019:
            records.setdefault((state, date.year), {})[rcid] = vote
    table = load_dataset("unga_agreement/v1").set_index(["state_a", "state_b", "year"])
    assert len(table) == 153 * 28
    for a, b in combinations(sorted(states), 2):
        for year in range(1992, 2020):
            first, second = records.get((a, year), {}), records.get((b, year), {})
            common = sorted(set(first) & set(second))
            left, right = [first[i] for i in common], [second[i] for i in common]
            n, agreement, kappa = table.loc[(a, b, year)]
            if n == 0:
                assert not [1 for x, y in zip(left, right, strict=True) if x < 4 and y < 4]
                assert math.isnan(agreement)
                assert math.isnan(kappa)
                continue
            slow_n, slow_agreement, slow_kappa = slow_dyad(left, right)
            assert (n, agreement) == (slow_n, float(slow_agreement))
            assert math.isnan(kappa) if slow_kappa is None else kappa == float(slow_kappa)


@pytest.mark.real
def test_the_measures_of_the_library_give_the_bundled_agreement(sources: Path) -> None:
    from alignindex import similarity

    votes = pd.read_parquet(sources / "unga" / "unga_votes.parquet")
    votes = votes[votes["iso3"].isin(rebuild.STATES) & votes["vote"].isin([1, 2, 3])]
    votes = votes[votes["year"].between(1992, 2019)].astype({"iso3": str})
    found = similarity.dyads(
        votes, state="iso3", item="rcid", value="vote", levels=[1, 2, 3], by="year",
        measures=["agreement_half", "kappa_linear"],
    ).set_index(["state", "partner", "year"])  # fmt: skip
    own = load_dataset("unga_agreement/v1").query("shared_rollcalls > 0")
    own = own.set_index(["state_a", "state_b", "year"])
    assert len(found) == len(own)
    found = found.reindex(own.index)
    assert (found["n_shared"] == own["shared_rollcalls"]).all()
    for name in ("agreement_half", "kappa_linear"):
        np.testing.assert_allclose(found[name], own[name], rtol=0, atol=1e-12)


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "code"),
    [("Armenia", "ARM"), ("Kazakhstan", "KAZ"), ("Latvia", "LVA"), ("Moldova", "MDA"),
     ("Russia", "RUS"), ("Turkey", "TUR"), ("Ukraine", "UKR")],
)  # fmt: skip
def test_arms_equal_the_tables_of_the_old_site(name: str, code: str, sources: Path) -> None:
    path = sources / "sipri_at" / "old_values_2022" / f"TIV-Import-{name}-1950-2021.csv"
    with path.open(encoding="iso-8859-1", newline="") as handle:
        rows = list(csv.reader(handle))
    header = next(row for row in rows if len(row) > 1 and row[1] == "1950")
    cells = {row[0]: dict(zip(header, row, strict=False)) for row in rows if row and row[0]}
    names = {"RUS": "Russia", "USA": "United States", "CHN": "China", "TUR": "Turkey"}
    own = load_dataset("arms_imports/v1").query("recipient == @code and year <= 2021")
    assert len(own) == (3 if code in names else 4) * 30
    for row in own.itertuples():
        for source, value, how in (
            (names[row.supplier], row.tiv, row.tiv_reported),
            ("Total", row.tiv_total, row.total_reported),
        ):
            text = cells.get(source, {}).get(str(row.year), "")
            assert value == float(text or 0)
            assert how == {"": "none", "0": "under_half"}.get(text.strip(), "amount")


@pytest.mark.real
def test_register_years_agree_with_the_published_totals(sources: Path) -> None:
    """Where no entry spans several years, an even split is exact, up to SIPRI's rounding."""
    folder = sources / "sipri_at"
    text = (folder / "trade-register_2024-10_extract.csv").read_text(encoding="iso-8859-1")
    lines = text.split("\n")
    register = list(csv.DictReader(lines[lines.index(next(
        line for line in lines if line.startswith("Recipient,"))):]))  # fmt: skip
    spread = {
        (row["Recipient"], year.strip())
        for row in register
        if ";" in row["Year(s) of delivery"]
        for year in row["Year(s) of delivery"].split(";")
    }
    totals = (folder / "import-export-values_1950-2024.csv").read_text(encoding="iso-8859-1")
    lines = totals.split("\n")
    start = next(i for i, line in enumerate(lines) if line.startswith("Recipient,1950"))
    printed = {row["Recipient"]: row for row in csv.DictReader(lines[start:])}
    arms = load_dataset("arms_imports/v1").groupby(["recipient", "year"])["tiv_total"].first()
    compared = 0
    for name, code in published.ARMS_NAMES.items():
        if code not in published.REGISTER_RECIPIENTS or name not in printed:
            continue
        for year in published.REGISTER_YEARS:
            if (name, str(year)) in spread:
                continue
            own = arms.loc[(code, year)]
            assert own == pytest.approx(float(printed[name][str(year)] or 0), abs=0.5 + 1e-9)
            compared += 1
    assert compared >= 8


@pytest.mark.real
def test_spending_equals_the_workbook(sources: Path) -> None:
    path = sources / "sipri_milex" / "SIPRI-Milex-data-1948-2023.xlsx"
    own = load_dataset("military_spending/v1").set_index(["state", "year"])
    for sheet, column in (
        ("Current US$", "usd_current"),
        ("Constant (2022) US$", "usd_constant_2022"),
    ):
        book = pd.read_excel(path, sheet_name=sheet, header=5).set_index("Country")
        for name, code in published.SPENDING_NAMES.items():
            for year in range(1992, 2024):
                cell, value = book.loc[name, year], own.loc[(code, year), column]
                if isinstance(cell, str) or cell == 0:
                    assert math.isnan(value)
                else:
                    assert value == cell
    zeros = own["note"].fillna("").str.contains("printed as 0")
    assert zeros.sum() == 11
    assert own.index[zeros].get_level_values("year").max() == 1994
