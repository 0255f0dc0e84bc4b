"""Military expenditure, version 2, and armed forces."""

from __future__ import annotations

import importlib.util
import math
import sys
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from alignindex.data import load_dataset

FOLDER = Path(__file__).resolve().parents[1] / "datasets"


def load(name: str) -> ModuleType:
    sys.path.insert(0, str(FOLDER))
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


spending = load("spending")

# Read off the workbook by eye: state, year, column, figure.
HAND = [
    ("ARM", 2024, "usd_current", 1418.0117),
    ("ARM", 2024, "usd_constant_2023", 1416.4515),
    ("ARM", 2024, "gov_share", 0.183263),
    ("ARM", 2018, "gov_share", 0.171307),
    ("TUR", 2023, "usd_current", 19577.8319),
    ("TUR", 2023, "usd_constant_2023", 19577.8319),
    ("TUR", 2024, "usd_current", 24978.7355),
    ("KAZ", 2019, "usd_current", 1853.4997),
    ("KAZ", 2019, "usd_constant_2023", 2366.5176),
    ("KAZ", 2018, "gov_share", 0.044338),
    ("RUS", 2018, "gov_share", 0.114032),
    ("RUS", 2024, "gdp_share", 0.070523),
    ("UKR", 2024, "gov_share", 0.540069),
    ("UZB", 2018, "gov_share", 0.110556),
]


@pytest.mark.parametrize(("state", "year", "column", "figure"), HAND)
def test_figures_are_those_of_the_sheets(state: str, year: int, column: str, figure: float) -> None:
    table = load_dataset("military_spending").set_index(["state", "year"])
    assert table.loc[(state, year), column] == pytest.approx(figure, rel=1e-5)


def test_what_the_workbook_cannot_mean_is_unknown_and_said() -> None:
    table = load_dataset("military_spending").set_index(["state", "year"])
    zero = table["note"].fillna("").str.contains("printed as 0")
    assert zero.sum() == 11
    assert table.loc[zero, "usd_current"].isna().all()
    odd = table["note"].fillna("").str.contains("printed share of government spending")
    assert set(table.index[odd]) == {("BLR", year) for year in range(2001, 2025)}
    assert table.loc[odd, "gov_share"].isna().all()
    assert "40.6%, would put that spending at 3.8% of GDP" in table.loc[("BLR", 2018), "note"]
    assert table.loc[("BLR", 2018), "usd_current"] == pytest.approx(923.26, abs=0.005)


def test_a_screen_takes_only_what_is_out_of_range() -> None:
    values = {"usd_current": 5.0, "usd_constant_2023": 6.0, "gdp_share": 0.021, "gov_share": 0.3}
    assert spending._screen(dict(values)) == []  # exactly 7 %
    low = dict(values, gov_share=0.31)
    assert len(spending._screen(low)) == 1
    assert low["gov_share"] is None
    none = dict(values, usd_current=0, gdp_share=None)
    assert spending._screen(none) == [
        "printed as 0 after redenomination of the currency: taken as unknown"
    ]
    assert none["usd_current"] is None
    assert none["gov_share"] == 0.3  # nothing to hold it against


@pytest.mark.slow
@pytest.mark.real
def test_every_figure_is_that_of_the_workbook(sources: Path) -> None:
    path = sources / "sipri_milex" / spending.WORKBOOK
    own = load_dataset("military_spending").set_index(["state", "year"])
    printed = 0
    for column, sheet in spending.SHEETS.items():
        book = pd.read_excel(path, sheet_name=sheet, header=None)
        top = book.index[book[0] == "Country"][0]
        book.columns = [int(c) if isinstance(c, float | int) and c == c else c
                        for c in book.loc[top]]  # fmt: skip
        book = book.loc[top + 1 :].set_index("Country")
        for year in (c for c in book.columns if isinstance(c, int)):
            printed += int(pd.to_numeric(book[year], errors="coerce").notna().sum())
        for name, code in spending.SPENDING_NAMES.items():
            for year in range(1992, 2025):
                cell, value = book.loc[name, year], own.loc[(code, year), column]
                if isinstance(cell, str) or cell == 0 or (column == "gov_share" and code == "BLR"
                                                          and year >= 2001):  # fmt: skip
                    assert math.isnan(value)
                else:
                    assert value == cell
    assert printed == 30125
    bundled = int(own[[*spending.SHEETS]].notna().sum().sum())
    assert bundled == 1980  # below a tenth, as the README says


# --- armed forces -------------------------------------------------------------------------
def test_forces_by_hand() -> None:
    forces = load_dataset("armed_forces").set_index(["state", "year"])
    active = {("ARM", 2016): 45000, ("BLR", 2016): 48000, ("KAZ", 1992): 40000,
              ("RUS", 2016): 798000, ("UZB", 2016): 48000, ("USA", 2015): 1433000}  # fmt: skip
    for key, persons in active.items():
        assert forces.loc[key, "active"] == persons
    wide = {("ARM", 2018): 48800, ("BLR", 2018): 155350, ("TJK", 2018): 16800,
            ("KGZ", 2018): 20900, ("UZB", 2018): 68000, ("MDA", 2018): 6150,
            ("RUS", 2018): 1454000, ("TUR", 2018): 512200, ("TKM", 2020): 57000}  # fmt: skip
    for key, persons in wide.items():
        assert forces.loc[key, "with_paramilitary"] == persons
    about = {("ARM", 2019): 45000, ("BLR", 2020): 45000, ("KAZ", 2019): 45000,
             ("TJK", 2019): 9500, ("UZB", 2019): 55000, ("RUS", 2019): 900000}  # fmt: skip
    for key, persons in about.items():
        assert forces.loc[key, "active_estimate"] == persons
    given = forces["active_estimate"].dropna()
    assert sorted(given.index.get_level_values("state")) == sorted(
        set(forces.index.get_level_values("state")) - {"USA"}
    )  # one year per state
    notes = load_dataset("armed_forces/factbook")["note"].fillna("")
    assert notes.str.contains("vary").sum() == 9  # as the README says
    assert forces["active"].isna().equals(
        pd.Series([y > 2016 or (s, y) in {("BLR", 1997), ("BLR", 1998)} for s, y in forces.index],
                  forces.index)
    )  # fmt: skip
    years = forces.index.get_level_values("year")
    assert (forces["with_paramilitary"].notna() == (years >= 2016)).all()


@pytest.mark.real
def test_active_forces_are_those_of_the_capabilities(sources: Path) -> None:
    book = pd.read_csv(sources / "cow" / spending.NMC).set_index(["ccode", "year"])["milper"]
    forces = load_dataset("armed_forces").set_index(["state", "year"])["active"]
    for code, state in spending.COW.items():
        for year in range(1992, 2017):
            value = forces[state, year]
            if book[code, year] == -9:
                assert math.isnan(value)
            else:
                assert value == 1000 * book[code, year]
