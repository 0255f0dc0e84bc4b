"""The bundled tables: every byte in the catalogue, every fault refused with its mend."""

from __future__ import annotations

import csv
import hashlib
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alignindex.base import root as _root
from alignindex.base.errors import DatasetError
from alignindex.data import data_root, dataset_info, list_datasets, load_dataset, load_panel

NAMES = list_datasets()["name"].tolist()
TABLES = [table.name for name in NAMES for table in dataset_info(name).tables]
STATES = [
    "ARM", "AZE", "BLR", "CHN", "EST", "GEO", "KAZ", "KGZ", "LTU", "LVA", "MDA", "RUS", "TJK",
    "TKM", "TUR", "UKR", "USA", "UZB",
]  # fmt: skip
PARTNERS = ["CHN", "RUS", "TUR", "USA"]

ENTRY = """
[toy]
title = "A toy"
version = "3"
description = "Invented."
citation = "Nobody"
licence = "MIT"
url = ""
doi = ""
retrieved = "2026-11"
sources = []
coverage = "1999"

[[toy.tables]]
name = "toy"
file = "toy/table.csv"
sha256 = "{sha256}"
rows = 2
key = ["code", "year"]
columns = [
  {{ name = "code", dtype = "string", meaning = "a code" }},
  {{ name = "year", dtype = "int64", meaning = "a year" }},
  {{ name = "value", dtype = "{dtype}", meaning = "a value"{more} }},
]
"""


def toy(folder: Path, content: str, dtype: str = "float64", more: str = "") -> Path:
    """A data folder with one table and its catalogue, hash included."""
    (folder / "toy").mkdir()
    data = content.encode("utf-8")
    (folder / "toy" / "table.csv").write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    (folder / "catalogue.toml").write_text(
        ENTRY.format(sha256=sha256, dtype=dtype, more=more), encoding="utf-8"
    )
    return folder


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the bundled folder that a test may spoil."""
    return Path(shutil.copytree(data_root(), tmp_path / "datasets"))


def raw(name: str) -> list[dict[str, str]]:
    """The rows of a bundled table, read with the standard library alone."""
    table = next(t for t in dataset_info(name).tables if t.name == name)
    with (data_root() / table.file).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


# --- the bundled folder ------------------------------------------------------------------
def test_every_bundled_file_is_in_the_catalogue_or_explains_it() -> None:
    declared = {t.file for name in NAMES for t in dataset_info(name).tables}
    declared |= {f.file for name in NAMES for f in dataset_info(name).files}
    explaining = {f"{name}/README.md" for name in NAMES} | {"README.md", "catalogue.toml"}
    explaining |= {path.name for path in data_root().glob("*.py")}
    explaining |= {f"{path.parent.name}/CODEBOOK.md" for path in data_root().glob("*/CODEBOOK.md")}
    root = data_root()
    found = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert found == declared | explaining


@pytest.mark.parametrize("name", TABLES)
def test_bytes_rows_and_line_ends_are_those_of_the_catalogue(name: str) -> None:
    table = next(t for t in dataset_info(name).tables if t.name == name)
    content = (data_root() / table.file).read_bytes()
    assert hashlib.sha256(content).hexdigest() == table.sha256
    assert b"\r" not in content
    assert content.endswith(b"\n")
    assert not content.startswith(b"\xef\xbb\xbf")
    assert table.rows == len(raw(name)) == len(load_dataset(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLES)
def test_loaded_cells_are_the_cells_of_the_file(name: str) -> None:
    frame = load_dataset(name)
    for column in frame:
        texts = [row[str(column)] for row in raw(name)]
        assert frame[column].isna().tolist() == [text == "" for text in texts]
        for text, value in zip(texts, frame[column], strict=True):
            if text:
                assert value == (text if isinstance(value, str) else float(text))


@pytest.mark.parametrize("name", NAMES)
def test_entries_say_where_the_data_come_from(name: str) -> None:
    info = dataset_info(name)
    for text in (info.title, info.version, info.description, info.citation, info.licence):
        assert text.strip()
    assert info.sources
    assert info.coverage
    assert re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", info.retrieved)
    for table in info.tables:
        assert all(column.meaning for column in table.columns)
        assert set(table.key) <= {column.name for column in table.columns}


@pytest.mark.parametrize("name", NAMES)
def test_declared_coverage_is_the_observed_one(name: str) -> None:
    info = dataset_info(name)
    rows = raw(info.table.name)
    for declared in info.coverage_by:
        years = [int(row["year"]) for row in rows if row[declared.column] != ""]
        assert (declared.first, declared.last, declared.observed) == (
            min(years), max(years), len(years)
        )  # fmt: skip
    if name == "post_soviet":
        measured = [c.name for c in info.table.columns if c.name not in info.table.key]
        assert [c.column for c in info.coverage_by] == measured


def test_the_list_shows_what_a_user_must_cite() -> None:
    table = list_datasets()
    assert table.columns.tolist() == [
        "name", "title", "version", "rows", "coverage", "licence", "citation"
    ]  # fmt: skip
    assert table["name"].is_monotonic_increasing
    assert {
        "arms_imports", "bases", "crimea", "exercises", "memberships", "military_spending",
        "post_soviet", "unga_agreement",
    } <= set(NAMES)  # fmt: skip
    assert (table["rows"] > 0).all()
    assert "SIPRI" in table.set_index("name").loc["arms_imports", "citation"]


def test_data_root_takes_no_folder_without_a_catalogue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site" / "alignindex"
    (package / "_datasets").mkdir(parents=True)
    (tmp_path / "site" / "datasets").mkdir()
    (tmp_path / "site" / "datasets" / "__init__.py").touch()
    monkeypatch.setattr(_root, "_PACKAGE", package)
    with pytest.raises(DatasetError, match=r"catalogue\.toml.*\n?.*reinstall alignindex"):
        data_root()
    with pytest.raises(DatasetError, match=r"catalogue\.toml"):
        load_dataset("bases")
    (tmp_path / "site" / "datasets" / "catalogue.toml").touch()
    assert data_root() == tmp_path / "site" / "datasets"
    (package / "_datasets" / "catalogue.toml").touch()
    assert data_root() == package / "_datasets"


# --- the panel ---------------------------------------------------------------------------
def test_the_panel_is_ready_for_scoring() -> None:
    panel = load_panel("post_soviet")
    assert panel.index.names == ["state", "partner", "year"]
    assert panel.index.is_unique
    assert panel.index.is_monotonic_increasing
    assert panel.columns.tolist() == [
        "arms_tiv", "arms_tiv_total", "exercises", "exercise_depth", "exercise_refusals",
        "un_votes", "un_kappa", "un_percentile", "bases", "crimea_state", "crimea_partner",
        "position_state", "position_partner", "pledge_kind", "appeals", "answers", "hostility",
        "rupture",
    ]  # fmt: skip
    bases, pledge = panel.pop("bases"), panel.pop("pledge_kind")
    assert pledge.dtype.categories.tolist() == [
        "none", "consultation", "restraint", "below_defence", "frozen_defence", "defence"
    ]  # fmt: skip
    assert (panel.dtypes == "float64").all()
    assert bases.dtype.categories.tolist() == [
        "none", "disputed_facility", "disputed_base", "facility", "facility_or_base", "base"
    ]  # fmt: skip
    table = dataset_info("post_soviet").table
    assert panel.attrs == {"dataset": "post_soviet", "version": "2", "sha256": table.sha256}


def test_the_panel_holds_every_directed_dyad_and_year() -> None:
    index = load_panel().index
    years = range(1992, 2026)
    expected = [(s, p, y) for s in sorted(STATES) for p in PARTNERS if s != p for y in years]
    assert index.tolist() == expected


def test_values_stay_in_their_ranges() -> None:
    panel = load_panel()
    assert (panel["arms_tiv"].dropna() >= 0).all()
    assert panel["arms_tiv"].isna().equals(panel["arms_tiv_total"].isna())
    # SIPRI rounds each cell: a part may pass its total by the rounding of the two.
    assert (panel["arms_tiv"] <= panel["arms_tiv_total"] + 1).loc[panel["arms_tiv"].notna()].all()
    assert panel["un_votes"].dropna().between(0, 1).all()
    assert (panel["un_kappa"].dropna() <= 1).all()
    assert (panel["exercises"].dropna() % 1 == 0).all()
    assert set(panel["crimea_state"].dropna()) == {0.0, 0.5, 0.75, 1.0}
    for name in ("un_percentile", "position_state", "position_partner", "answers"):
        assert panel[name].dropna().between(0, 1).all()
    assert set(panel["hostility"].dropna()) == {0.0, 1.0, 2.0, 3.0, 4.0, 5.0}
    assert set(panel["rupture"]) == set(panel["appeals"]) == {0.0, 1.0}
    assert (panel["exercise_refusals"] % 1 == 0).all()
    # An exercise weighs 0.2 at least and 1 at most.
    both = panel[["exercises", "exercise_depth"]].dropna()
    assert (both["exercise_depth"] <= both["exercises"] + 1e-9).all()
    assert (both["exercise_depth"] >= 0.2 * both["exercises"] - 1e-9).all()
    before = panel.index.get_level_values("year") < 2014
    positions = ["crimea_state", "crimea_partner", "position_state", "position_partner"]
    assert panel.loc[before, positions].isna().all(axis=None)


def test_votes_read_the_same_in_both_directions() -> None:
    panel = load_panel()[["un_votes", "un_kappa"]]
    swapped = panel.swaplevel("state", "partner").rename_axis(panel.index.names)
    both = panel.index.intersection(swapped.index)
    assert len(both) == 12 * 34
    pd.testing.assert_frame_equal(panel.loc[both], swapped.loc[both])


def test_votes_need_ten_shared_roll_calls() -> None:
    panel = load_panel()
    shared = {frozenset((row["state_a"], row["state_b"])): {} for row in raw("unga_agreement")}  # type: dict[frozenset[str], dict[int, int]]
    for row in raw("unga_agreement"):
        pair = frozenset((row["state_a"], row["state_b"]))
        shared[pair][int(row["year"])] = int(row["shared_rollcalls"])
    few = 0
    for state, partner, year in panel.index:
        n = shared[frozenset((state, partner))].get(year, 0)
        few += 0 < n < 10
        part_of_a_year = year == 2025
        assert np.isnan(panel.loc[(state, partner, year), "un_votes"]) == (n < 10 or part_of_a_year)
    assert few > 0  # the rule has something to bite on


# --- figures that are known from elsewhere ------------------------------------------------
def test_arms_figures_known_from_elsewhere() -> None:
    arms = load_dataset("arms_imports/v1").query("year <= 2021 and supplier == 'RUS'")
    sums = arms.groupby("recipient")[["tiv", "tiv_total"]].sum()
    assert sums.loc["ARM", "tiv"] == 834
    share = sums["tiv"] / sums["tiv_total"]
    known = {
        "BLR": 0.968, "TJK": 0.941, "ARM": 0.880, "KGZ": 0.869, "KAZ": 0.857, "AZE": 0.512,
        "UZB": 0.398, "TKM": 0.224, "LTU": 0.104, "LVA": 0.020, "GEO": 0.005, "EST": 0.0,
        "MDA": 0.0, "UKR": 0.0,
    }  # fmt: skip
    for state, value in known.items():
        assert share[state] == pytest.approx(value, abs=0.0005 + 1e-12), state


def test_none_under_half_and_unknown_stay_apart() -> None:
    arms = load_dataset("arms_imports/v1")
    for value, how in (("tiv", "tiv_reported"), ("tiv_total", "total_reported")):
        assert (arms.loc[arms[how] == "amount", value] > 0).all()
        assert (arms.loc[arms[how].isin(["none", "under_half"]), value] == 0).all()
        assert arms.loc[arms[how] == "unknown", value].isna().all()
        assert arms[value].isna().equals(arms["basis"] == "not_available")
    small = arms[arms["tiv_reported"] == "under_half"]
    assert {tuple(key) for key in small[["recipient", "supplier", "year"]].to_numpy()} == {
        ("AZE", "USA", 2009), ("AZE", "USA", 2013), ("LTU", "USA", 2012), ("UZB", "USA", 2018)
    }  # fmt: skip
    missing = arms[arms["basis"] == "not_available"]
    assert set(missing["recipient"]) == {"CHN", "USA"}
    assert set(missing["year"]) == {2022, 2023}
    split = arms["basis"] == "register_2024_even_split"
    assert set(arms.loc[split, "year"]) == {2022, 2023}
    assert (arms.loc[arms["year"] < 2022, ["tiv", "tiv_total"]] % 1 == 0).all(axis=None)


@pytest.mark.parametrize(
    ("name", "constant"),
    [("military_spending", "usd_constant_2023"), ("military_spending/v1", "usd_constant_2022")],
)
def test_spending_figures_known_from_elsewhere(name: str, constant: str) -> None:
    spending = load_dataset(name).set_index(["state", "year"])
    known = {"ARM": 513, "BLR": 923, "KAZ": 1498, "RUS": 61609, "TJK": 81}
    for state, value in known.items():
        assert spending.loc[(state, 2018), "usd_current"] == pytest.approx(value, abs=0.5)
        assert "another overview prints USD" in spending.loc[(state, 2018), "note"]
    for column in ("usd_current", constant):
        assert (spending[column].dropna() > 0).all()


@pytest.mark.parametrize(
    ("name", "share"),
    [
        ("post_soviet/v1", 0.9),
        ("post_soviet", 8 / 9),
    ],  # without amendments Russia comes up a little
)
def test_the_closest_partner_by_raw_agreement_is_never_the_usa(name: str, share: float) -> None:
    votes = load_panel(name)["un_votes"].unstack("partner").dropna()
    votes = votes.loc[[state for state in STATES if state not in PARTNERS]]
    years = votes.index.get_level_values("year")
    nearest = votes[(years >= 2000) & (years <= 2019)].idxmax(axis=1).value_counts()
    assert "USA" not in nearest.index
    assert nearest[["CHN", "TUR"]].sum() > share * nearest.sum()


@pytest.mark.parametrize(
    ("actor", "positions"),
    [
        ("RUS", {2014: 1.0, 2021: 1.0}),
        ("KAZ", {2014: 0.75, 2019: 0.75}),
        ("ARM", {2014: 0.75, 2019: 0.75}),
        ("UZB", {2014: 0.5, 2015: 0.5, 2016: 0.75, 2021: 0.75}),
        ("TJK", {2014: 0.5, 2016: 0.5, 2017: 0.75, 2023: 0.75}),
        ("AZE", {2014: 0.0, 2019: 0.0}),
        ("TKM", {2014: 0.5, 2019: 0.5}),
        ("BLR", {2014: 0.75, 2020: 0.75, 2021: 1.0}),
        ("GEO", {2014: 0.0}),
        ("UKR", {2014: 0.0}),
    ],
)
def test_positions_on_crimea_follow_the_rule(actor: str, positions: dict[int, float]) -> None:
    table = load_dataset("crimea/positions").set_index(["actor", "year"])["position"]
    for year, position in positions.items():
        assert table[actor, year] == position


@pytest.mark.parametrize(
    ("state", "partner", "first", "last", "kind"),
    [
        ("ARM", "RUS", 1992, 2025, "base"),
        ("UKR", "RUS", 1992, 2013, "base"),
        ("UKR", "RUS", 2014, 2025, "none"),
        ("GEO", "RUS", 2001, 2006, "base"),
        ("GEO", "RUS", 2008, 2025, "none"),
        ("KGZ", "USA", 2001, 2008, "base"),
        ("KGZ", "USA", 2009, 2013, "facility"),
        ("KGZ", "USA", 2014, 2025, "none"),
        ("UZB", "USA", 2001, 2004, "base"),
        ("UZB", "USA", 2005, 2025, "none"),
        ("BLR", "RUS", 1992, 1995, "base"),
        ("BLR", "RUS", 1996, 2012, "facility"),
        ("BLR", "RUS", 2013, 2014, "base"),
        ("BLR", "RUS", 2015, 2020, "facility"),
        ("BLR", "RUS", 2021, 2025, "base"),
        ("KAZ", "RUS", 1992, 1995, "base"),
        ("KAZ", "RUS", 1996, 2025, "facility"),
        ("LVA", "RUS", 1995, 1998, "facility"),
        ("LVA", "RUS", 1999, 2025, "none"),
        ("AZE", "RUS", 1993, 2011, "facility"),
        ("AZE", "RUS", 2012, 2019, "none"),
        ("AZE", "TUR", 2021, 2023, "facility"),
        ("MDA", "RUS", 1993, 2025, "disputed_facility"),
    ],
)
def test_bases_follow_the_dates(state: str, partner: str, first: int, last: int, kind: str) -> None:
    spell = load_panel().loc[(state, partner), "bases"].loc[first:last]
    assert len(spell) == last - first + 1
    assert (spell == kind).all()


# --- bad input ---------------------------------------------------------------------------
@pytest.mark.parametrize("call", [load_dataset, load_panel, dataset_info])
def test_an_unknown_name_shows_the_closest(call: object) -> None:
    with pytest.raises(DatasetError) as caught:
        call("base")  # type: ignore[operator]
    assert "unknown data set 'base' (did you mean 'bases'?)" in str(caught.value)
    assert "arms_imports" in str(caught.value)


def test_a_table_that_is_no_panel_is_refused() -> None:
    with pytest.raises(DatasetError, match=r"'bases' has the key presence_id") as caught:
        load_panel("bases")
    assert "load_dataset" in str(caught.value)


def test_a_changed_file_is_refused(copy: Path) -> None:
    path = copy / "bases" / "table.csv"
    expected = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(path.read_bytes().replace(b"high", b"HIGH", 1))
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(DatasetError) as caught:
        load_dataset("bases", root=copy)
    message = str(caught.value)
    assert f"{path}: expected sha256 {expected}, found {found}" in message
    assert "Reinstall alignindex" in message
    assert "python datasets/rebuild.py --hashes" in message
    assert len(load_dataset("memberships", root=copy)) > 0  # the others are untouched


def test_a_missing_file_is_named(copy: Path) -> None:
    (copy / "post_soviet" / "table.csv").unlink()
    with pytest.raises(DatasetError, match=r"post_soviet: expected the file .*table\.csv.*Reinst"):
        load_panel("post_soviet", root=copy)


def test_a_missing_or_broken_catalogue_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"expected a catalogue at .*catalogue\.toml"):
        list_datasets(root=tmp_path)
    toy(tmp_path, "code,year,value\nA,1999,1.5\n")
    catalogue = tmp_path / "catalogue.toml"
    good = catalogue.read_text(encoding="utf-8")
    catalogue.write_text("\n[toy]\ntitle = = 1\n", encoding="utf-8")
    with pytest.raises(DatasetError, match=r"expected a catalogue in TOML: .*line"):
        list_datasets(root=tmp_path)
    catalogue.write_text(good.replace('citation = "Nobody"\n', ""), encoding="utf-8")
    with pytest.raises(DatasetError, match="lacks the field 'citation'"):
        list_datasets(root=tmp_path)


def test_an_edited_catalogue_is_read_again(tmp_path: Path) -> None:
    toy(tmp_path, "code,year,value\nA,1999,1.5\n")
    assert dataset_info("toy", root=tmp_path).version == "3"
    catalogue = tmp_path / "catalogue.toml"
    text = catalogue.read_text(encoding="utf-8")
    catalogue.write_text(text.replace('version = "3"', 'version = "30"'), encoding="utf-8")
    assert dataset_info("toy", root=tmp_path).version == "30"


def test_only_an_empty_field_is_missing(tmp_path: Path) -> None:
    root = toy(tmp_path, "code,year,value\nNA,1999,\nNaN,1999,NA\nnull,1999,None\n", "string")
    table = load_dataset("toy", root=root)
    assert table["code"].tolist() == ["NA", "NaN", "null"]
    assert table["value"].isna().tolist() == [True, False, False]
    assert table["value"].tolist()[1:] == ["NA", "None"]


def test_numbers_read_back_to_the_last_bit(tmp_path: Path) -> None:
    values = [0.1 + 0.2, 1 / 3, 5e-324, 1.7976931348623157e308, 0.8529411764705882]
    lines = "".join(f"S{i},1999,{value!r}\n" for i, value in enumerate(values))
    root = toy(tmp_path, "code,year,value\n" + lines)
    assert load_dataset("toy", root=root)["value"].tolist() == values


HEADER = "code,year,value"
KINDS = ', categories = ["base", "none"]'


@pytest.mark.parametrize(
    ("lines", "dtype", "more", "message"),
    [
        (["code,year", "A,1999"], "float64", "", r"columns code, year, value; .*lacks"),
        (["code,year,valve", "A,1999,1"], "float64", "", r"'value' \(did you mean 'valve'\?\)"),
        (["code,year,valve", "A,1999,1"], "float64", "", r"has the undeclared 'valve'"),
        (["year,code,value", "1999,A,1"], "float64", "", r"the file has them in another order"),
        ([HEADER, "A,1999,1", "B,1999,x"], "float64", "", r"value: expected float64, .*3: 'x'"),
        ([HEADER, "A,1999,nan"], "float64", "", r"found row 2: 'nan'"),
        ([HEADER, "A,1999,inf"], "float64", "", r"found row 2: 'inf'"),
        ([HEADER, "A,1999.5,1"], "float64", "", r"year: expected int64, found row 2: '1999\.5'"),
        ([HEADER, "A,,1"], "float64", "", r"year: expected int64, found row 2: empty"),
        ([HEADER, "A,1999,Base"], "category", KINDS, r"\(one of base, none\), found row 2: 'Base'"),
        ([HEADER, "A,1999,3/2014"], "date", "", r"expected date, found row 2: '3/2014'"),
        ([HEADER, "A,1999,1"], "flaot", "", r"unknown type 'flaot'.*float64"),
        ([HEADER, "A,1999,1", "A,1999,2"], "float64", "", r"one row for each .*\(A, 1999\); row 3"),
        ([HEADER, *(f"{c},1999,x" for c in "ABCDE")], "float64", "", r"row 4: 'x'; and 2 more"),
    ],
)  # fmt: skip
def test_contents_that_do_not_fit_are_refused(
    tmp_path: Path, lines: list[str], dtype: str, more: str, message: str
) -> None:
    root = toy(tmp_path, "\n".join(lines) + "\n", dtype, more)
    with pytest.raises(DatasetError, match=message) as caught:
        load_dataset("toy", root=root)
    assert str(tmp_path / "toy" / "table.csv") in str(caught.value)
