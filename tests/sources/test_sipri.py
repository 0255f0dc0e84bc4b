"""SIPRI's files: the register, the TIV tables of both sites, military expenditure."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alignindex.base.errors import SourceError
from alignindex.sources import sipri, unga
from alignindex.sources.sipri import register as _register
from benchmarks.studies.fuzz_readers import MILEX, NEW_TABLE, OLD_TABLE, REGISTER, VOTES


def closes(table: pd.DataFrame, info: sipri.SourceInfo) -> bool:  # type: ignore[name-defined]
    return info.rows_read == len(table) + len(info.rejected)


def register(text: str) -> tuple[pd.DataFrame, object]:
    return sipri.read_trade_register(io.BytesIO(text.encode("cp1252")))


def tiv(text: str, **options: str) -> tuple[pd.DataFrame, object]:
    return sipri.read_tiv_table(io.BytesIO(text.encode()), **options)  # type: ignore[arg-type]


def milex(text: str) -> tuple[pd.DataFrame, object]:
    return sipri.read_milex(io.BytesIO(text.encode()), measure="current_usd")


# Trade register -------------------------------------------------------------------------


def test_register_of_invented_deals() -> None:
    table, info = register(REGISTER)
    assert info.rows_read == 6
    assert info.rejected.empty
    assert info.notes == ("1 records were broken over lines and joined again",)
    assert info.version == "1 Jul 2024 1:02:03 PM"
    assert info.title.startswith("Transfers of major conventional arms")
    assert (info.first_year, info.last_year) == (1991, 2010)
    assert table["recipient"].fillna("").tolist() == ["ARM", "ARM", "GEO", "YEM", "NATO", ""]
    assert table["supplier"].fillna("").tolist() == ["RUS", "SUN", "UKR", "", "USA", "IRN"]
    assert table["delivery_years"].fillna("").tolist()[:2] == ["1996; 1997", "1991"]
    assert table["ordered"].tolist()[0] == 8
    assert table["ordered"].isna().tolist() == [False, True, False, True, False, False]
    assert table["order_year_uncertain"].tolist() == [True, False, True, True, False, False]
    assert table["tiv_delivered"].tolist()[4:] == [60, 0]
    assert pd.isna(table["tiv_delivered"][3])
    assert table["comments"][2] == "Long comment"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.split("\n", 2)[2],
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace(",", ";").replace("1996; 1997", '"1996; 1997"'),
        lambda text: "\ufeff" + text.split("\n", 2)[2],
        lambda text: "Source\n\n\n" + text,
    ],
    ids=["no preamble", "CRLF", "semicolon", "BOM", "longer preamble"],
)
def test_register_however_saved(change: object) -> None:
    expected, _ = register(REGISTER)
    found, _ = sipri.read_trade_register(io.BytesIO(change(REGISTER).encode()))  # type: ignore[operator]
    pd.testing.assert_frame_equal(found, expected)


def test_register_with_other_columns() -> None:
    text = (
        "Note,Supplier,SIPRI TIV of delivered weapons,Recipient,Year(s) of delivery,Year of order\n"
        "x,France,7.5,Armenia,2024,2023\n"
    )
    table, info = register(text)
    assert table.loc[0, ["recipient", "supplier", "tiv_delivered"]].tolist() == ["ARM", "FRA", 7.5]
    assert info.notes[0].startswith("not in the file: ordered, designation")


def test_register_rejects_broken_records() -> None:
    good = "Armenia,Russia,1996,?,8,,T,g,8,?,1996; 1997,New,P,0.5,4,4\n"
    head = REGISTER.split("\n")[2] + "\n"
    broken = [
        ("Armenia,Russia,1996\n", "expected 16 fields, found 3"),
        ("\n", "blank line"),
        (head, "header repeated"),
        (good.replace("1996,?", "19x6,?"), "order_year is unreadable"),
        (good.replace("1996; 1997", "1996 and later"), "delivery_years is unreadable"),
        (good.replace("4,4\n", "4,four\n"), "tiv_delivered is unreadable"),
        (good.replace(",?,8", ",!,8"), "order_year_uncertain is unreadable"),
        (good.replace("Armenia", ""), "recipient_name is unreadable"),
        (good.replace("\n", ",5\n"), "expected 16 fields, found 17"),
    ]
    table, info = register(head + "".join(f"{line}{good}" for line, _ in broken))
    assert info.rejected["reason"].tolist() == [reason for _, reason in broken]
    assert info.rejected["line"].tolist() == [2 * i + 2 for i in range(len(broken))]
    assert len(table) == len(broken)
    assert closes(table, info)


@pytest.mark.parametrize("surplus", ["", "5"])
@pytest.mark.parametrize("order", [(17, 15), (15, 17), (16, 17, 15), (16, 15, 17)])
def test_register_whose_broken_records_even_out(order: tuple[int, ...], surplus: str) -> None:
    good = "Armenia,Russia,1996,?,8,,T,g,8,?,1996; 1997,New,P,0.5,4,4"
    record = {15: good.rsplit(",", 1)[0], 16: good, 17: f"{good},{surplus}"}
    text = "\n".join([REGISTER.split("\n")[2], *(record[fields] for fields in (*order, 16))])
    table, info = register(text)
    assert info.rejected[["line", "reason"]].values.tolist() == [
        [at + 2, f"expected 16 fields, found {fields}"]
        for at, fields in enumerate(order)
        if fields != 16
    ]
    assert table["tiv_delivered"].tolist() == [4] * (order.count(16) + 1)


@pytest.mark.parametrize("piece", [1, 7, 1 << 18])
@pytest.mark.parametrize("blank", ["\t ", "\u3000"])
@pytest.mark.parametrize("place", [0, 1, 11, 15])
def test_register_with_blanks_around_cells(
    place: int, blank: str, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, _ = register(REGISTER)
    monkeypatch.setattr(_register, "_PIECE", piece)
    *above, last = REGISTER.rstrip("\n").split("\n")
    for form in (f"{blank}{{}}", f"{{}}{blank}", f"{blank}{{}}{blank}"):
        cells = last.split(",")
        cells[place] = form.format(cells[place])
        text = "\n".join([*above, ",".join(cells)])
        table, info = sipri.read_trade_register(io.BytesIO(text.encode()))
        pd.testing.assert_frame_equal(table, expected)
        assert info.rejected.empty


# TIV tables -----------------------------------------------------------------------------


def test_old_table_says_exports_to_and_means_imports_of() -> None:
    table, info = tiv(OLD_TABLE)
    assert set(table["recipient"].dropna()) == {"ARM"}
    assert info.reasons == {"blank line": 6, "total": 6}
    assert closes(table, info)
    cell = table.set_index(["supplier_name", "year"])
    assert cell.loc[("Russia", 1993), ["supplier", "tiv", "reported"]].tolist() == [
        "RUS", 1200.0, "amount",
    ]  # fmt: skip
    assert cell.loc[("Russia", 1994), ["tiv", "reported"]].tolist() == [0.0, "under_half"]
    assert cell.loc[("Ukraine", 1994), "supplier"] == "UKR"
    assert cell.loc[("Ukraine", 1993), ["tiv", "reported"]].tolist() == [0.0, "none"]
    assert cell.loc[("Soviet Union", 1991), "supplier"] == "SUN"
    # No delivery in a year without such an actor is nobody's zero.
    assert pd.isna(cell.loc[("Soviet Union", 1993), "supplier"])
    assert pd.isna(cell.loc[("Russia", 1990), "supplier"])


@pytest.mark.parametrize(
    ("title", "row_side", "other"),
    [
        ("TIV of arms exports to Armenia, 1990-1995", "supplier", "Armenia"),
        ("TIV of arms exports from Armenia, 1990-1995", "recipient", "Armenia"),
        ("TIV of arms exports to all, 1990-1995", "recipient", "all"),
        ("TIV of arms exports from all, 1990-1995", "supplier", "all"),
    ],
)
def test_directions_of_the_old_site(title: str, row_side: str, other: str) -> None:
    text = OLD_TABLE.replace("TIV of arms exports to Armenia, 1990-1995", title)
    table, _ = tiv(text)
    other_side = "supplier" if row_side == "recipient" else "recipient"
    assert set(table[f"{row_side}_name"]) == {"Russia", "Ukraine", "Soviet Union"}
    assert set(table[f"{other_side}_name"]) == {other}


def test_new_table_knows_what_is_not_yet_covered() -> None:
    table, info = tiv(NEW_TABLE)
    assert table["year"].max() == 2023
    assert info.reasons["not yet covered"] == 3
    assert info.reasons["total"] == 4
    cell = table.set_index(["recipient_name", "year"])
    assert cell.loc[("Armenia", 2021), ["tiv", "reported"]].tolist() == [0.0, "under_half"]
    assert pd.isna(cell.loc[("Libya HoR*", 2022), "recipient"])
    assert cell.loc[("Libya HoR*", 2022), "tiv"] == 1
    assert set(table["supplier_name"]) == {"all"}


def test_exports_by() -> None:
    table, _ = tiv(NEW_TABLE.replace("Recipient,", "Exports by,"))
    assert table.loc[0, ["supplier", "recipient_name"]].tolist() == ["ARM", "all"]


def test_a_table_that_does_not_tell() -> None:
    text = ",1990,1991\nRussia,1,2\n"
    with pytest.raises(SourceError, match="pass rows='recipient' or rows='supplier'"):
        tiv(text)
    table, _ = tiv(text, rows="supplier", other="Armenia")
    assert table[["recipient", "supplier_name", "tiv"]].values.tolist() == [
        ["ARM", "Russia", 1.0], ["ARM", "Russia", 2.0],
    ]  # fmt: skip


def test_tiv_rejects_broken_cells() -> None:
    text = OLD_TABLE.replace("2,,2\n", "x,-3,2\n") + "France,1,2\n"
    table, info = tiv(text)
    assert info.reasons == {
        "blank line": 6, "total": 6, "no TIV": 2, "expected 8 fields, found 3": 6,
    }  # fmt: skip
    assert closes(table, info)
    rejected = info.rejected[info.rejected["reason"] == "no TIV"]
    assert rejected[["column", "text"]].values.tolist() == [
        ["1994", "Ukraine: x"], ["1995", "Ukraine: -3"],
    ]  # fmt: skip


# Military expenditure -------------------------------------------------------------------


def test_milex_csv() -> None:
    table, info = milex(MILEX)
    assert info.reasons == {"region": 4}
    assert closes(table, info)
    cell = table.set_index(["state_name", "year"])
    assert cell.loc[("Algeria", 1993), ["state", "value"]].tolist() == ["DZA", 1300.5]
    assert cell.loc[("Algeria", 1991), "reported"] == "unknown"
    assert cell.loc[("USSR", 1990), ["state", "value"]].tolist() == ["SUN", 100.5]
    assert cell.loc[("USSR", 1992), "reported"] == "no_state"
    assert pd.isna(cell.loc[("USSR", 1992), "state"])
    assert cell.loc[("Yemen", 1991), "reported"] == "unknown"
    assert cell.loc[("Algeria", 1990), "marks"] == "§4"
    assert table["certainty"].isna().all()


def test_milex_workbook(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    colours = pytest.importorskip("openpyxl.styles").Color
    book = openpyxl.Workbook()
    book.active.title = "Front page"
    for name, rows in {
        "Constant (2021) US$": [
            ["Country", "", "Notes", 1991, 1992], ["Armenia", "", "†", "xxx", 5.5],
        ],
        "Share of Govt. spending": [
            ["Country", "Notes", "Reporting year", 1991, 1992], ["Georgia", "", "", "...", 0.25],
        ],
        "Current US$": [
            ["Country", "Notes", 1991, 1992], ["Central Asia"], ["Kazakhstan", "", 1, 2],
        ],
        "Share of GDP": [["Country", "Notes", 1991], ["Latvia", "", 0.01]],
    }.items():  # fmt: skip
        sheet = book.create_sheet(name)
        sheet.append(["Military expenditure © SIPRI 2022"])
        sheet.append([])
        for row in rows:
            sheet.append(row)
    estimate = book["Current US$"]["D5"]
    estimate.font = openpyxl.styles.Font(color=colours(indexed=12))
    book.save(tmp_path / "milex.xlsx")
    table, info = sipri.read_milex(tmp_path / "milex.xlsx")
    assert closes(table, info)
    assert info.version == "© SIPRI 2022"
    assert info.notes == ("sheets not read: Front page",)
    cell = table.set_index(["measure", "state_name", "year"])
    assert cell.loc[("constant_usd", "Armenia", 1992), ["value", "base_year"]].tolist() == [
        5.5,
        2021,
    ]
    assert cell.loc[("share_government", "Georgia", 1992), "value"] == 0.25
    assert cell.loc[("current_usd", "Kazakhstan", 1992), "certainty"] == "estimate"
    assert cell.loc[("current_usd", "Kazakhstan", 1991), "certainty"] == "reported"
    one, _ = sipri.read_milex(tmp_path / "milex.xlsx", measures=["share_gdp"])
    assert one[["state", "value", "unit"]].values.tolist() == [["LVA", 0.01, "share (1 is all)"]]
    with pytest.raises(SourceError, match="did you mean 'share_gdp'"):
        sipri.read_milex(tmp_path / "milex.xlsx", measures=["share_gpd"])


# The wrong file -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reader", "text", "fitting"),
    [
        (sipri.read_trade_register, OLD_TABLE, "sources.sipri.read_tiv_table"),
        (sipri.read_tiv_table, REGISTER, "sources.sipri.read_trade_register"),
        (sipri.read_tiv_table, MILEX, "sources.sipri.read_milex"),
        (sipri.read_milex, VOTES, "sources.unga.read_voeten"),
        (unga.read_voeten, NEW_TABLE, "sources.sipri.read_tiv_table"),
    ],
)
def test_the_wrong_file_names_the_right_reader(reader: object, text: str, fitting: str) -> None:
    with pytest.raises(SourceError, match=f"looks like a file for {fitting}"):
        reader(io.BytesIO(text.encode()))  # type: ignore[operator]


def test_a_header_and_nothing_below() -> None:
    with pytest.raises(SourceError, match="no usable record"):
        register(REGISTER.split("\n")[2] + "\n")


# Published files ------------------------------------------------------------------------


@pytest.mark.real
def test_register_as_published(sources: Path) -> None:
    path = sources / "sipri_at" / "trade-register_2024-10_extract.csv"
    table, info = sipri.read_trade_register(path)
    assert info.version == "13 Oct 2024 2:20:11 PM"
    assert closes(table, info)
    assert info.rejected.empty
    deals = table[(table["recipient"] == "ARM") & (table["supplier"] == "RUS")]
    assert deals["tiv_delivered"].sum() == pytest.approx(860, abs=0.5)
    packed, _ = sipri.read_trade_register(io.BytesIO(gzip.compress(path.read_bytes())))
    pd.testing.assert_frame_equal(packed, table)


@pytest.mark.real
def test_register_joins_the_two_broken_records(sources: Path) -> None:
    path = sources / "sipri_at" / "trade-register_2024-10_ragged_and_latin1_rows.csv"
    table, info = sipri.read_trade_register(path)
    assert len(table) == 12
    assert info.rejected.empty
    assert info.notes == ("2 records were broken over lines and joined again",)
    columns = ["recipient_name", "supplier_name", "recipient", "tiv_delivered"]
    deals = table[columns].values.tolist()
    assert ["Thailand", "Ukraine", "THA", 3.25] in deals
    assert ["United Nations**", "Israel", "UN", 9.0] in deals


@pytest.mark.real
def test_armenia_from_russia_in_the_table(sources: Path) -> None:
    path = sources / "sipri_at" / "old_values_2022" / "TIV-Import-Armenia-1950-2021.csv"
    table, info = sipri.read_tiv_table(path)
    assert closes(table, info)
    pair = table[(table["supplier"] == "RUS") & table["year"].between(1992, 2021)]
    assert pair["tiv"].sum() == 834
    assert ",832" in path.read_text().split("Russia,")[1].split("\n")[0]


@pytest.mark.real
def test_shares_of_russia_1992_2021(sources: Path) -> None:
    shares = {
        "Belarus": 0.968, "Tajikistan": 0.941, "Armenia": 0.880, "Kyrgyzstan": 0.869,
        "Kazakhstan": 0.857, "Azerbaijan": 0.512, "Uzbekistan": 0.398, "Turkmenistan": 0.224,
        "Lithuania": 0.104, "Latvia": 0.020, "Georgia": 0.005, "Estonia": 0, "Moldova": 0,
        "Ukraine": 0,
    }  # fmt: skip
    folder = sources / "sipri_at" / "old_values_2022"
    for name, expected in shares.items():
        table, info = sipri.read_tiv_table(folder / f"TIV-Import-{name}-1950-2021.csv")
        russia = table.loc[(table["supplier"] == "RUS") & (table["year"] >= 1992), "tiv"].sum()
        rejected = info.rejected
        total = rejected[(rejected["reason"] == "total") & (rejected["column"].astype(int) >= 1992)]
        cells = pd.to_numeric(total["text"].str.removeprefix("Total: "))
        assert russia / cells.sum() == pytest.approx(expected, abs=0.0005), name


@pytest.mark.real
def test_world_tables_of_both_sites(sources: Path) -> None:
    folder = sources / "sipri_at"
    old, _ = sipri.read_tiv_table(folder / "old_values_2022" / "TIV-Import-all-1950-2021.csv")
    new, info = sipri.read_tiv_table(folder / "import-export-values_1950-2024.csv")
    out, _ = sipri.read_tiv_table(folder / "import-export-values_1950-2024_1950-2024.csv")
    assert new["year"].max() == 2023
    assert info.reasons["not yet covered"] == 261
    assert set(old["supplier_name"]) == {"all"} == set(out["recipient_name"])
    unnamed = new[new["recipient"].isna() & (new["reported"] != "none")]["recipient_name"].unique()
    apart = {"Libya GNC", "unknown recipient(s)"}
    assert all(name.endswith("*") or name in apart for name in unnamed)
    # Imports and exports of the world are the same deliveries; cells are rounded.
    totals = new.groupby("year")["tiv"].sum() / out.groupby("year")["tiv"].sum()
    assert np.abs(totals - 1).max() < 0.01


@pytest.mark.slow
@pytest.mark.real
def test_milex_as_published(sources: Path) -> None:
    table, info = sipri.read_milex(sources / "sipri_milex" / "SIPRI-Milex-data-1948-2023.xlsx")
    assert closes(table, info)
    assert table["measure"].nunique() == 7
    assert set(table["base_year"].dropna()) == {2022}
    assert not table[table["state"].notna()].duplicated(["state", "year", "measure"]).any()
    named = table[table["value"].notna()]
    assert named["state"].notna().all()
    own = table[(table["measure"] == "current_usd") & (table["year"] == 2018)]
    spent = own.set_index("state")["value"]
    for state, expected in {"ARM": 513, "BLR": 923, "KAZ": 1498, "RUS": 61609, "TJK": 81}.items():
        assert spent[state] == pytest.approx(expected, abs=0.6)
    shares = table.loc[table["measure"] == "share_gdp", "value"]
    assert shares.max() < 1.5


@pytest.mark.real
def test_milex_csv_as_exported(sources: Path) -> None:
    path = sources / "sipri_milex" / "SIPRI-Milex-Current-Dollars.csv"
    table, info = sipri.read_milex(path, measure="current_usd")
    assert closes(table, info)
    assert (info.first_year, info.last_year) == (1949, 2022)
    algeria = table[(table["state"] == "DZA") & (table["year"] == 1962)]
    assert algeria["reported"].tolist() in (["amount"], ["unknown"])
