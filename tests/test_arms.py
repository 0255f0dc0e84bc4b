"""Arms imports, version 2: two forms of one register, and the seam between them.

Cells are checked against sums made by hand from the lines of the published files, and every cell
once more with a reader of its own.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import sys
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignindex.data import load_dataset

FOLDER = Path(__file__).resolve().parents[1] / "datasets"
KEY = ["recipient", "supplier", "year"]


def load(name: str) -> ModuleType:
    sys.path.insert(0, str(FOLDER))
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


arms = load("arms")

DELIVERIES = """Notes of an invented register
SIPRI AT Database ID,Supplier,Recipient,Delivery year,TIV delivery values
1,Russia,Armenia,2022,1.5
1,Russia,Armenia,2023,0.5
2,Nowhere,Armenia,2023,2
3,Russia,Ukraine Rebels*,2023,9
4,Soviet Union,China,1991,4
5,Turkiye,Armenia,2023,0
"""
DEALS = """Notes
Recipient,Supplier,Weapon,Comments,Year(s) of delivery,SIPRI TIV of delivered weapons
Armenia,India,gun,,2024,3
Armenia,Russia,tank,torn by
 a line end,2023; 2024,5
Armenia,Nowhere,ship,,2022; 2023; 2024,1
Armenia,France,ordered,,,
Ukraine Rebels*,Russia,gun,,2024,9
"""


@pytest.fixture
def invented(tmp_path: Path) -> Path:
    folder = tmp_path / "sipri_at"
    folder.mkdir()
    (folder / arms.BY_DELIVERY).write_bytes(DELIVERIES.encode("iso-8859-1"))
    (folder / arms.BY_DEAL).write_bytes(DEALS.replace("\n", "\r\n").encode("iso-8859-1"))
    return tmp_path


def test_both_forms_are_read_and_the_seam_is_named(invented: Path) -> None:
    table = arms.arms_imports(invented).set_index(KEY)
    third = 1 / 3
    exact, split = "register_by_delivery_2024", "register_2025_even_split"
    assert {key: table.loc[("ARM", *key)].tolist() for key in (
        ("RUS", 2022), ("RUS", 2023), ("TUR", 2023), ("RUS", 2024), ("IND", 2024), ("FRA", 2024),
    )} == {
        ("RUS", 2022): [1.5, "amount", 1.5, "amount", 0.0, 0.0, exact],
        ("RUS", 2023): [0.5, "amount", 2.5, "amount", 0.0, 0.0, exact],
        ("TUR", 2023): [0.0, "under_half", 2.5, "amount", 0.0, 0.0, exact],
        ("RUS", 2024): [2.5, "amount", 5.5 + third, "amount", 2.5, 2.5 + third, split],
        ("IND", 2024): [3.0, "amount", 5.5 + third, "amount", 0.0, 2.5 + third, split],
        ("FRA", 2024): [0.0, "none", 5.5 + third, "amount", 0.0, 2.5 + third, split],
    }  # fmt: skip
    assert (table.loc["UKR", "tiv_total"] == 0).all()  # rebels are not the state
    assert set(table.index.get_level_values("year")) == set(range(1992, 2025))


def test_a_share_of_nothing_is_unknown(invented: Path) -> None:
    seam = arms.seam(invented).set_index(["recipient", "supplier"])
    row = seam.loc[("ARM", "RUS")]
    assert row[["tiv_delivery", "total_delivery", "share_delivery"]].tolist() == [2.0, 4.0, 0.5]
    assert row[["tiv_deal", "total_deal"]].tolist() == pytest.approx([2.5, 2.5 + 2 / 3])
    assert seam.loc[("GEO", "RUS"), ["share_delivery", "share_deal"]].isna().all()


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("BY_DELIVERY", "2023,2\n", "2023,2,7\n", "line 5: 6 of 5 fields"),
        ("BY_DELIVERY", "China,1991", "China,1992", "CHN|China from the Soviet Union in 1992"),
        ("BY_DEAL", "gun,,2024,9", "gun", "too few fields: 'Ukraine Rebels"),
    ],
)
def test_a_broken_register_is_refused(
    invented: Path, name: str, old: str, new: str, words: str
) -> None:
    path = invented / "sipri_at" / getattr(arms, name)
    text = path.read_text(encoding="iso-8859-1")
    assert old in text
    path.write_text(text.replace(old, new), encoding="iso-8859-1")
    with pytest.raises(ValueError, match=words):
        arms.arms_imports(invented)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Armenia", "Turkiye", "PKK (Turkiye)*", "Peru"]),
            st.sampled_from(["Russia", "India", "Nowhere"]),
            st.lists(st.integers(2000, 2004), min_size=1, max_size=4, unique=True),
            st.integers(0, 400).map(lambda quarter: quarter / 4),
        )
    )
)
def test_an_even_split_loses_nothing(deals: list[tuple[str, str, list[int], float]]) -> None:
    parts = [
        part
        for recipient, supplier, years, volume in deals
        for part in arms._parts(
            Path("x"), {"Recipient": recipient, "Supplier": supplier}, years, volume
        )
    ]
    found = arms._summed(iter(parts))
    for recipient, code in (("Armenia", "ARM"), ("Turkiye", "TUR")):
        volume = sum(Fraction(d[3]) for d in deals if d[0] == recipient)
        by_year = [v for (r, s, _), v in found.items() if r == code and s == "Total"]
        assert sum(v for v, _ in by_year) == pytest.approx(float(volume), abs=1e-9)
        spread = sum(Fraction(d[3]) for d in deals if d[0] == recipient and len(d[2]) > 1)
        assert sum(s for _, s in by_year) == pytest.approx(float(spread), abs=1e-9)
        for year in range(2000, 2005):
            sources = [v for (r, s, y), (v, _) in found.items()
                       if (r, y) == (code, year) and s != "Total"]  # fmt: skip
            total = found.get((code, "Total", year), (0.0, 0.0))[0]
            assert sum(sources) == pytest.approx(total, abs=1e-9)
    assert {r for r, _, _ in found} <= {"ARM", "TUR"}


# --- the shipped table --------------------------------------------------------------------
# Sums of the volumes on the lines of the two registers, made by hand.
HAND = {
    ("ARM", "RUS", 1994): (181.34, 181.34),
    ("ARM", "RUS", 1995): (47.09, 47.09),
    ("AZE", "TUR", 2020): (28.8, 50.55),
    ("KAZ", "RUS", 2020): (46 + 220, None),
    ("KGZ", "TUR", 2021): (2.4, 2.4),  # one of three drones; the others came in 2022
    ("KGZ", "TUR", 2022): (9 + 4.8, 13.8),
    ("KGZ", "TUR", 2023): (8, 8 + 14.5),
    ("KAZ", "RUS", 2021): (25 + 60, 85),
    ("KAZ", "RUS", 2022): (25 + 110 + 2.7 + 50, 25 + 110 + 2.7 + 50 + 3),
    ("ARM", "IND", 2023): (0.6 * 6, 3.6 + 3.84),
    ("ARM", "FRA", 2023): (0.16 * 24, 3.6 + 3.84),
    ("ARM", "IND", 2024): (16 + 5, 21),
    ("ARM", "FRA", 2024): (0, 21),
    ("KAZ", "RUS", 2024): (440, None),
    ("KAZ", "DEU", 2024): (12, None),
    ("KGZ", "TUR", 2024): (0, 0),
}


@pytest.mark.parametrize("key", HAND)
def test_cells_are_those_of_the_lines(key: tuple[str, str, int]) -> None:
    row = load_dataset("arms_imports").set_index(KEY).loc[key]
    tiv, total = HAND[key]
    assert row["tiv"] == pytest.approx(tiv, abs=1e-9)
    if total is not None:
        assert row["tiv_total"] == pytest.approx(total, abs=1e-9)


def test_parts_are_no_more_than_their_whole() -> None:
    table = load_dataset("arms_imports")
    for value, how, split in (
        ("tiv", "tiv_reported", "tiv_split"),
        ("tiv_total", "total_reported", "total_split"),
    ):
        assert ((table[value] > 0) == (table[how] == "amount")).all()
        assert (table[split] <= table[value] + 1e-9).all()
        assert (table.loc[table["year"] <= 2023, split] == 0).all()
    by_year = table.groupby(["recipient", "year"])
    assert (by_year["tiv"].sum() <= by_year["tiv_total"].first() + 1e-9).all()
    assert (by_year["tiv_total"].nunique() == 1).all()
    own = {"RUS", "USA", "CHN", "TUR", "BLR", "UKR"}  # recipients that are suppliers too
    assert len(table) == 33 * (18 * 13 - len(own))
    assert (table["basis"].eq("register_2025_even_split") == table["year"].eq(2024)).all()


def test_version_1_is_still_there_byte_for_byte() -> None:
    kept = {
        "arms_imports/v1.csv": "e7bf956fd32b99c96767c62d61ff16edcb4115556f2fa5f7b510d8f43363363c",
        "military_spending/v1.csv": (
            "f93b2f74afa04aa8ef2bbee0791dd387a206346b1a8b643cae5ef14bb7455519"
        ),
    }
    for name, digest in kept.items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest


def test_the_seam_in_the_readme_is_that_of_the_table() -> None:
    text = (FOLDER / "arms_imports" / "README.md").read_text(encoding="utf-8")
    seam = load_dataset("arms_imports/seam")
    rows = {m[1]: m[2].split(" | ") for m in re.finditer(r"^\| ([A-Z]{3}) \| (.+) \|$", text, re.M)}
    assert set(rows) == set(seam["recipient"])
    for recipient, cells in rows.items():
        own = seam[seam["recipient"] == recipient].set_index("supplier")
        first = own.iloc[0]
        assert cells[0] == f"{first['total_delivery']:.1f} / {first['total_deal']:.1f}"
        for cell, partner in zip(cells[1:], ("RUS", "USA", "CHN", "TUR"), strict=True):
            if partner == recipient:
                assert cell == "–"
                continue
            shares = own.loc[partner, ["share_delivery", "share_deal"]]
            assert cell == ("0" if (shares == 0).all() else " / ".join(f"{s:.3f}" for s in shares))
    gap = (seam["share_delivery"] - seam["share_deal"]).abs()
    assert f"{gap.mean():.3f} in the mean" in text
    large = seam[gap > 0.05]
    assert set(map(tuple, large[["recipient", "supplier"]].to_numpy())) == {
        ("LVA", "USA"), ("KGZ", "RUS"), ("KGZ", "TUR")
    }  # fmt: skip
    assert f"Without KGZ the mean is {gap[seam['recipient'] != 'KGZ'].mean():.3f}" in text


# --- against the published files ----------------------------------------------------------
def plain_lines(path: Path, heading: str) -> list[list[str]]:
    """Fields of the lines below the heading; the torn records of the register are joined."""
    text = path.read_bytes().decode("iso-8859-1").replace("\r", "")
    body = text[text.index("\n" + heading) + 1 :].split("\n")[1:]
    wide = body[0].count(",")
    lines: list[str] = []
    for line in body:
        if lines and lines[-1].count(",") < wide:
            lines[-1] += line
        elif line:
            lines.append(line)
    return [line.split(",") for line in lines]


@pytest.mark.real
def test_every_cell_follows_from_the_registers(sources: Path) -> None:
    folder = sources / "sipri_at"
    sums: dict[tuple[str, str, int], Fraction] = defaultdict(Fraction)
    for f in plain_lines(folder / arms.BY_DELIVERY, "SIPRI AT"):
        for source in (f[1], "all"):
            sums[f[2], source, int(f[10])] += Fraction(f[15])
    for f in plain_lines(folder / arms.BY_DEAL, "Recipient,"):
        years = [y.strip() for y in f[10].split(";")]
        if "2024" in years:
            for source in (f[1], "all"):
                sums[f[0], source, 2024] += Fraction(f[15]) / len(years)
        assert "2025" not in years
    names = {code: name for name, code in arms.SUPPLIER_NAMES.items() if name != "Turkey"}
    for row in load_dataset("arms_imports").itertuples():
        key = (names[row.recipient], names[row.supplier], row.year)
        assert row.tiv == pytest.approx(float(sums.get(key, 0)), abs=1e-9), key
        total = sums.get((key[0], "all", row.year), 0)
        assert row.tiv_total == pytest.approx(float(total), abs=1e-9), key


@pytest.mark.real
def test_totals_of_the_two_forms_differ_where_deals_last_for_years(sources: Path) -> None:
    delivered, deals = arms.by_delivery(sources), arms.by_deal(sources)
    assert delivered["KAZ", "Total", 2021] == (85.0, 0.0)
    assert deals["KAZ", "Total", 2021] == (250.0, 165.0)  # 660 over four years, and 85
    assert deals["KGZ", "TUR", 2021] == (3.6, 3.6)
    assert deals["KGZ", "BLR", 2023] == (30.0, 0.0)
    assert ("KGZ", "BLR", 2023) not in delivered  # a revision, not the split


@pytest.mark.real
def test_the_excerpt_stays_below_a_tenth(sources: Path) -> None:
    """Figures bundled, versions 1 and 2 together, of the register's cells that are not empty."""
    lines = plain_lines(sources / "sipri_at" / arms.BY_DEAL, "Recipient,")
    cells = {(f[0], f[1], y.strip()) for f in lines for y in f[10].split(";") if y.strip()}
    totals = {(recipient, year) for recipient, _, year in cells}
    assert (len(lines), len(cells), len(totals)) == (28348, 23300, 8085)
    bundled = {}
    for name in ("arms_imports", "arms_imports/v1"):
        table = load_dataset(name)
        once = table.drop_duplicates(["recipient", "year"])
        bundled[name] = (int((table["tiv"] > 0).sum()), int((once["tiv_total"] > 0).sum()))
    assert bundled["arms_imports"] == (863, 387)
    published = len(cells) + len(totals)
    assert round(100 * sum(bundled["arms_imports"]) / published, 1) == 4.0
    assert round(100 * sum(map(sum, bundled.values())) / published, 1) == 6.2


def test_suppliers_that_the_texts_name_show() -> None:
    table = load_dataset("arms_imports").set_index(KEY)["tiv"]
    seen = table[table > 0].index
    for pair in (("ARM", "FRA"), ("ARM", "IND"), ("AZE", "ISR"), ("AZE", "BLR"), ("KGZ", "TUR")):
        assert any(key[:2] == pair for key in seen), pair
    assert isinstance(table, pd.Series)
