"""The bundled roll calls: known tallies, options, bad input, and the published files again."""

from __future__ import annotations

import csv
import gzip
import lzma
import shutil
import sys
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alignindex as ai
from alignindex.base.errors import DatasetError, SimilarityError
from alignindex.data import data_root, roll_calls

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "datasets"))

# Tallies (yes, no, abstain) as the verbatim records and press releases of the time give them.
TALLIES = {
    "A/RES/181(II)[A]": (33, 13, 10),  # partition of Palestine, 1947
    "A/RES/377(V)[A-C]": (52, 5, 2),  # uniting for peace, 1950
    "A/RES/2758(XXVI)": (76, 35, 17),  # China's seat, 1971
    "A/RES/3379(XXX)": (72, 35, 32),  # Zionism, 1975
    "A/RES/ES-6/2": (104, 18, 18),  # Afghanistan, 1980
    "A/RES/46/86": (111, 25, 13),  # revocation of 3379, 1991
    "A/RES/67/19": (138, 9, 41),  # Palestine an observer state, 2012
    "A/RES/68/262": (100, 11, 58),  # Crimea, 2014
    "A/RES/71/205": (70, 26, 77),
    "A/RES/72/190": (70, 26, 76),
    "A/RES/ES-10/19": (128, 9, 35),  # Jerusalem, 2017
    "A/RES/ES-11/1": (141, 5, 35),  # Ukraine, 2022
    "A/RES/ES-11/3": (93, 24, 58),  # Human Rights Council
    "A/RES/ES-11/4": (143, 5, 35),  # annexations
    "A/RES/ES-11/6": (141, 7, 32),
    "A/RES/ES-11/7": (93, 18, 65),  # February 2025
    "A/RES/63/49": (127, 30, 23),  # nuclear opinion; the release has other votes under its number
}


@pytest.fixture(scope="module")
def votes() -> pd.DataFrame:
    return ai.load_votes()


def tally(votes: pd.DataFrame, rcid: int) -> tuple[int, int, int]:
    cast = votes.loc[votes["rcid"] == rcid, "vote"]
    return tuple(int((cast == vote).sum()) for vote in (1, 3, 2))  # type: ignore[return-value]


@pytest.mark.slow
@pytest.mark.parametrize(("symbol", "expected"), TALLIES.items())
def test_published_tallies(
    votes: pd.DataFrame, symbol: str, expected: tuple[int, int, int]
) -> None:
    calls = ai.load_dataset("unga_votes")
    found = calls.loc[calls["symbol"] == symbol, "rcid"]
    assert tally(votes, int(found.item())) == expected


@pytest.mark.parametrize(
    ("symbol", "state", "vote"),
    [
        ("A/RES/68/262", "ARM", 3), ("A/RES/68/262", "KAZ", 2), ("A/RES/68/262", "UKR", 1),
        ("A/RES/2758(XXVI)", "TWN", np.nan), ("A/RES/2758(XXVI)", "GBR", 1),
        ("A/RES/ES-11/1", "BLR", 3), ("A/RES/ES-11/1", "IND", 2), ("A/RES/ES-11/1", "UZB", np.nan),
        ("A/RES/ES-11/7", "USA", 3), ("A/RES/181(II)[A]", "SUN", 1), ("A/RES/181(II)[A]", "GBR", 2),
    ],
)  # fmt: skip
def test_known_votes(votes: pd.DataFrame, symbol: str, state: str, vote: float) -> None:
    calls = ai.load_dataset("unga_votes").set_index("symbol")
    rows = votes[(votes["rcid"] == calls.loc[symbol, "rcid"]) & (votes["state"] == state)]
    np.testing.assert_equal(rows["vote"].item(), vote)


def test_shape_and_keys(votes: pd.DataFrame) -> None:
    assert list(votes) == ["rcid", "session", "date", "year", "state", "vote", "kind"]
    assert not votes.duplicated(["rcid", "state"]).any()
    assert set(votes["vote"].dropna()) == {1.0, 2.0, 3.0}
    assert set(votes["kind"]) == {"adopted"}
    assert (votes["date"].dt.year == votes["year"]).all()
    by_call = votes.groupby("rcid", sort=False)
    assert (by_call["session"].nunique() == 1).all()
    assert (votes["session"] - (votes["year"] - 1945)).isin([-1, 0]).all()


def test_one_series_without_a_seam(votes: pd.DataFrame) -> None:
    """Roll calls of each year as the library lists them; nothing but adopted resolutions."""
    per_year = votes.groupby("year")["rcid"].nunique()
    assert per_year.loc[2018:].to_dict() == {
        2018: 107, 2019: 100, 2020: 100, 2021: 86, 2022: 89, 2023: 88, 2024: 95, 2025: 34,
    }  # fmt: skip
    assert set(range(1946, 2026)) - set(per_year.index) == {1964}


@pytest.mark.slow
def test_kinds_and_absences() -> None:
    every = ai.load_votes(kinds="all", years=(1990, 2019), absences="code", flags=True)
    assert set(every["kind"].unique()) == {"adopted", "amendment", "paragraph", "other"}
    assert set(every["vote"].unique()) == {1.0, 2.0, 3.0, 8.0}
    assert every.loc[every["kind"] == "adopted", "date"].notna().all()
    assert every.loc[(every["kind"] != "adopted") & (every["year"] < 2003), "date"].isna().all()
    assert set(every["hr"].dropna().unique()) == {0.0, 1.0}
    plain = ai.load_votes(years=(1990, 2019), absences="drop")
    coded = every[(every["kind"] == "adopted") & (every["vote"] < 8)]
    pd.testing.assert_frame_equal(
        plain.reset_index(drop=True), coded[list(plain)].reset_index(drop=True)
    )
    assert ai.load_votes(kinds=["disputed"])["rcid"].nunique() == 24


def test_other_kinds_end_in_2017() -> None:
    rest = ai.load_votes(kinds=["amendment", "paragraph", "other"])
    assert rest["year"].max() == 2017
    assert rest["rcid"].max() < 10_000 < ai.load_votes(years=1946)["rcid"].min()


def test_china_before_and_after_the_seat_changed_hands() -> None:
    """The vote of 25 October 1971 is the last of the delegation from Taipei."""
    both = ai.load_votes(years=1971, states=["CHN", "TWN"])
    assert both.loc[both["state"] == "TWN", "date"].max() == pd.Timestamp("1971-10-25")
    assert both.loc[both["state"] == "CHN", "date"].min() > pd.Timestamp("1971-10-25")
    assert not both.duplicated("rcid").any()


def test_selection() -> None:
    one = ai.load_votes(years=2014, states=["Armenia", "RUS"])
    assert one["state"].cat.categories.tolist() == ["ARM", "RUS"]
    assert one["year"].unique().tolist() == [2014]
    listed = ai.load_votes(years=[2012, 2014], states="ARM")
    span = ai.load_votes(years=(2012, 2014), states="ARM")
    assert listed["year"].unique().tolist() == [2012, 2014]
    assert span["year"].unique().tolist() == [2012, 2013, 2014]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kinds": "adoptd"}, ["'adoptd'", "did you mean 'adopted'"]),
        ({"kinds": []}, ["none"]),
        ({"states": ["ARM", "Atlantis"]}, ["Atlantis", "General Assembly"]),
        ({"states": "XKX"}, ["XKX"]),
        ({"years": 1919}, ["1919", "1946-2025"]),
        ({"years": (2014, 2012)}, ["ends before it begins"]),
        ({"years": (2012, 2013, 2014)}, ["(2012, 2013, 2014)"]),
        ({"years": [2012.5]}, ["2012.5"]),
        ({"years": []}, ["none"]),
        ({"absences": "code8"}, ["code8", "did you mean 'code'"]),
    ],
)
def test_bad_input(options: dict[str, object], words: list[str]) -> None:
    with pytest.raises(DatasetError) as caught:
        ai.load_votes(**options)  # type: ignore[arg-type]
    for word in words:
        assert word in str(caught.value)


def test_a_matrix_that_was_changed_is_refused(tmp_path: Path) -> None:
    root = Path(shutil.copytree(data_root(), tmp_path / "datasets"))
    path = root / "unga_votes" / "votes.xz"
    path.write_bytes(lzma.compress(lzma.decompress(path.read_bytes())[:-1]))
    with pytest.raises(DatasetError, match=r"votes\.xz.*sha256"):
        ai.load_votes(root=root)
    path.unlink()
    with pytest.raises(DatasetError, match="cannot be read"):
        ai.load_votes(root=root)


def test_ready_for_similarity(votes: pd.DataFrame) -> None:
    table = ai.similarity.dyads(
        votes[votes["year"] == 2013], by="year", measures=["agreement_half"]
    ).set_index(["state", "partner"])
    own = ai.load_dataset("unga_agreement/v1").set_index(["state_a", "state_b", "year"])
    row = table.loc[("ARM", "RUS")]
    # Version 1 also counts rejected drafts and paragraphs, so the two are near but not equal.
    assert 0 < abs(row["agreement_half"] - own.loc[("ARM", "RUS", 2013), "agreement_half"]) < 0.05


def test_a_table_goes_in_as_it_is(votes: pd.DataFrame) -> None:
    """Without any option: one row per pair and session, missing votes left out."""
    few = votes[votes["state"].isin(["ARM", "RUS", "USA"])]
    found = ai.similarity.dyads(few, measures=["agreement_half"])
    assert {"state", "partner", "session", "n_shared", "agreement_half"} <= set(found.columns)
    one = few[few["session"] == found["session"].iloc[-1]]
    wide = one.pivot(index="rcid", columns="state", values="vote")[["ARM", "RUS"]].dropna()
    row = found[(found["state"] == "ARM") & (found["partner"] == "RUS")].iloc[-1]
    assert row["n_shared"] == len(wide)
    by_hand = (1 - (wide["ARM"] - wide["RUS"]).abs() / 2).mean()
    assert row["agreement_half"] == pytest.approx(by_hand, abs=1e-12)


def test_a_table_may_declare_its_levels() -> None:
    bare = pd.DataFrame({"state": ["A", "B"], "rcid": [1, 1], "vote": [0.0, 3.0]})
    with pytest.raises(SimilarityError, match=r"outside levels=\[1, 2, 3\]: 0 in 1 rows"):
        ai.similarity.dyads(bare, by=None)
    bare.attrs["levels"] = [0, 3]
    assert ai.similarity.dyads(bare, by=None).attrs["levels"] == [0, 3]


def test_ready_for_ideal_points() -> None:
    votes = ai.load_votes(years=(2012, 2014))
    with pytest.warns(UserWarning, match="one observed category"):
        points = ai.idealpoints.fit(votes, standard_errors=False).points
    last = points[points["period"] == 68].set_index("state")["point"]
    assert last["USA"] > last["GBR"] > last["BRA"] > last["CUB"]


def test_size_in_a_wheel(tmp_path: Path) -> None:
    path = tmp_path / "part.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted((data_root() / "unga_votes").iterdir()):
            archive.write(file, file.name)
    assert path.stat().st_size < 600_000


def test_disagreements_are_as_the_matrix_has_them() -> None:
    words = {1.0: "yes", 2.0: "abstain", 3.0: "no", 8.0: "not voting"}
    table = ai.load_dataset("unga_votes/disagreements").query("library != 'not listed'")
    every = ai.load_votes(absences="code").set_index(["rcid", "state"])["vote"]
    own = every.loc[pd.MultiIndex.from_frame(table[["rcid", "state"]])].map(words)
    assert own.tolist() == table["library"].astype(str).tolist()
    assert (table["library"].astype(str) != table["release_2021"].astype(str)).all()


@pytest.mark.slow
@pytest.mark.real
def test_every_vote_of_the_library(sources: Path) -> None:
    """Another reader, the standard library's, counts every vote of every roll call."""
    expected: dict[int, Counter[str]] = {}
    with gzip.open(
        sources / "unga_2025" / "undl_votes_1946-2025.csv.gz", "rt", encoding="utf-8", newline=""
    ) as file:
        for row in csv.DictReader(file):
            expected.setdefault(int(row["undl_id"]), Counter())[row["ms_vote"]] += 1
    calls, _, matrix = roll_calls()
    adopted = calls.index[calls["kind"] == "adopted"]
    assert len(expected) == len(adopted) == 5_539
    for place in adopted:
        counts = np.bincount(matrix[:, place], minlength=6)
        found = dict(zip(["Y", "A", "N", "X", ""], counts[1:].tolist(), strict=True))
        assert {k: n for k, n in found.items() if n} == expected[int(calls.at[place, "rcid"])]


@pytest.mark.real
def test_shared_roll_calls_agree_with_the_release(sources: Path) -> None:
    """Outside the table of disagreements, every vote cast in both files is the same."""
    votes = pd.read_parquet(sources / "unga" / "unga_votes.parquet")
    votes = votes[votes["vote"] < 8]
    calls = ai.load_dataset("unga_votes").query("kind == 'adopted' and release_rcid.notna()")
    year = votes["rcid"].map(calls.set_index("release_rcid")["date"].str[:4].astype(int))
    votes = votes[year.notna()].copy()
    year = year.dropna().astype(int)
    votes["state"] = ai.states.resolve(
        votes["ccode"], system="cow", year=year, unknown="missing"
    ).astype(object)
    votes["rcid"] = votes["rcid"].map(calls.set_index("release_rcid")["rcid"])
    both = ai.load_votes().dropna(subset="vote").astype({"state": object})
    both = both.merge(votes, on=["rcid", "state"], suffixes=("", "_release"))
    told = ai.load_dataset("unga_votes/disagreements").query(
        "library not in ['not voting', 'not listed'] and release_2021 != 'not voting'"
    )
    differ = both[both["vote"] != both["vote_release"]]
    assert len(both) > 720_000
    pairs = set(zip(differ["rcid"], differ["state"], strict=True))
    assert pairs == set(zip(told["rcid"], told["state"], strict=True))


@pytest.mark.slow
@pytest.mark.real
def test_rebuilding_gives_the_same_votes(sources: Path) -> None:
    import unga_rollcalls

    shipped = (data_root() / "unga_votes" / "votes.xz").read_bytes()
    assert lzma.decompress(unga_rollcalls.matrix(sources)) == lzma.decompress(shipped)
    for name, frame in unga_rollcalls.tables(sources).items():
        text = frame.to_csv(index=False, lineterminator="\n").encode("utf-8")
        file = unga_rollcalls.FILES.get(name, f"{name}/table.csv")
        assert (data_root() / file).read_bytes() == text, name
