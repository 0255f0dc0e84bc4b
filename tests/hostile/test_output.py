"""What is written: nothing foreign is destroyed, and everything comes back."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import alignindex as ai
from alignindex.base import files
from alignindex.cli import main

nan = np.nan
FORMATS = ["csv", "json", "parquet"]
SPEC = ai.IndexSpec.from_dict(
    {
        "schema_version": 1,
        "name": "own",
        "fidelity": "documented",
        "missing": "renormalise",
        "indicators": [
            {"name": "votes", "columns": ["votes"], "rule": {"kind": "identity"}},
            {
                "name": "bases",
                "columns": ["bases"],
                "rule": {"kind": "levels", "codes": {"none": 0, "base": [0.5, 1]}},
                "years": {"first": 2013},
            },
        ],
    }
)


def result(**columns: Any) -> ai.AlignmentResult:
    data = pd.DataFrame(
        {
            "state": ["ARM", "ARM", "DEU", "DEU"],
            "partner": ["RUS", "RUS", "USA", "USA"],
            "year": [2012, 2013, 2004, 2013],
            "votes": [0.1, 1 / 3, nan, 5e-324],
            "bases": ["base", None, "none", "none"],
            "unused": [1.0, 2.0, 3.0, 4.0],
        }
    )
    return ai.score(ai.as_panel(data.assign(**columns)), SPEC)


def bundled() -> ai.AlignmentResult:
    return ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# --- force ---------------------------------------------------------------------------------------


def spoil(folder: Path, how: str) -> None:
    """Put something into a folder of results that is not of a result."""
    if how == "a folder of that name":
        (folder / "codes.csv").unlink()
        (folder / "codes.csv").mkdir()
        (folder / "codes.csv" / "thesis.txt").write_text("years")
    elif how == "a folder beside":
        (folder / "codes").mkdir()
        (folder / "codes" / "thesis.txt").write_text("years")
    elif how == "a symbolic link":
        (folder.parent / "thesis.csv").write_text("years")
        (folder / "codes.csv").unlink()
        (folder / "codes.csv").symlink_to(folder.parent / "thesis.csv")
    elif how == "no provenance":
        (folder / "provenance.json").unlink()
    else:
        (folder / how).write_text("years")


@pytest.mark.parametrize(
    "how",
    [
        *("scores.docx", "scores.csv.bak", "spec.toml~", "Scores.csv", "scores", ".hidden"),
        *("a folder of that name", "a folder beside", "a symbolic link", "no provenance"),
    ],
)
def test_force_refuses_a_folder_with_anything_else(tmp_path: Path, how: str) -> None:
    folder = result().save(tmp_path / "out")
    spoil(folder, how)
    before = contents(tmp_path)
    with pytest.raises(ai.OutputError, match="not of an earlier result"):
        result(votes=[0.9] * 4).save(folder, force=True)
    assert contents(tmp_path) == before
    assert sorted(entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")) == []


@pytest.mark.parametrize("old", FORMATS)
@pytest.mark.parametrize("new", FORMATS)
def test_force_replaces_a_result_of_any_format(tmp_path: Path, old: str, new: str) -> None:
    folder = result().save(tmp_path / "out", format=old)
    result(votes=[0.9] * 4).save(folder, format=new, force=True)
    assert ai.load_result(folder).codes["votes"].tolist() == [0.9] * 4
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]
    assert {path.suffix for path in folder.iterdir()} == {f".{new}", ".toml", ".json"}


def test_force_fills_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert len(ai.load_result(result().save(tmp_path / "out", force=True)).scores) == 4


@pytest.mark.parametrize("exchange", [True, False])
def test_links_and_modes_are_kept(
    tmp_path: Path, exchange: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not exchange:
        monkeypatch.setattr(files, "_exchange", lambda one, two: False)
    real = result().save(tmp_path / "real")
    real.chmod(0o750)
    (real / "scores.csv").chmod(0o640)
    link = tmp_path / "link"
    link.symlink_to(real, target_is_directory=True)
    result(votes=[0.9] * 4).save(link, force=True)
    assert link.is_symlink()
    assert ai.load_result(real).codes["votes"].tolist() == [0.9] * 4
    assert stat.S_IMODE(real.stat().st_mode) == 0o750
    assert stat.S_IMODE((real / "scores.csv").stat().st_mode) == 0o640
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["link", "real"]


def test_a_page_keeps_its_link_and_its_mode(tmp_path: Path) -> None:
    (tmp_path / "real.html").write_text("old")
    (tmp_path / "real.html").chmod(0o600)
    (tmp_path / "link.html").symlink_to(tmp_path / "real.html")
    files.write_file(tmp_path / "link.html", "new", force=True)
    assert (tmp_path / "link.html").is_symlink()
    assert (tmp_path / "real.html").read_text() == "new"
    assert stat.S_IMODE((tmp_path / "real.html").stat().st_mode) == 0o600


def test_a_page_creates_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "nope" / "x.html"
    assert main(["report", "-o", str(target)]) == 2
    assert "nope" in capsys.readouterr().err
    with pytest.raises(ai.OutputError, match="does not exist"):
        files.write_file(target, "x")
    assert not (tmp_path / "nope").exists()


@pytest.mark.parametrize("path", ["/dev/null", "/dev/full"])
def test_a_device_is_not_replaced(path: str) -> None:
    before = os.stat(path)
    with pytest.raises(ai.OutputError, match="regular file"):
        files.write_file(Path(path), "x", force=True)
    assert os.stat(path).st_rdev == before.st_rdev


@pytest.mark.parametrize("name", ["a\0b", "x" * 300, "x" * 5000])
def test_names_that_no_system_takes(tmp_path: Path, name: str) -> None:
    for call in (
        lambda: result().save(tmp_path / name),
        lambda: result().save(tmp_path / name, force=True),
        lambda: files.write_file(tmp_path / f"{name}.html", "x"),
    ):
        with pytest.raises(ai.OutputError, match="cannot be written") as error:
            call()
        assert len(str(error.value)) < 500
    for call in (
        lambda: ai.load_result(tmp_path / name),
        lambda: ai.validate_panel(tmp_path / f"{name}.csv", SPEC),
    ):
        with pytest.raises(ai.AlignIndexError, match="cannot be read"):
            call()


def test_a_replacement_that_was_interrupted_is_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = result().save(tmp_path / "out")
    folder.rename(tmp_path / ".out-earlier")  # as after the first of two renames
    assert ai.load_result(folder).codes["votes"].tolist()[0] == 0.1
    folder.rename(tmp_path / ".out-earlier")
    monkeypatch.setattr(files, "_exchange", lambda one, two: False)
    with pytest.raises(ai.OutputError, match="exists already"):
        result().save(folder)
    # As after the second, before the old one is deleted.
    result().save(tmp_path / ".out-earlier")
    result(votes=[0.9] * 4).save(folder, force=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]
    assert ai.load_result(folder).codes["votes"].tolist() == [0.9] * 4


def test_a_file_that_appears_during_the_replacement_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = result().save(tmp_path / "out")
    exchange = files._exchange

    def late(one: Path, two: Path) -> bool:
        (two / "thesis.txt").write_text("years")
        return exchange(one, two)

    monkeypatch.setattr(files, "_exchange", late)
    with pytest.raises(ai.OutputError, match=r"thesis\.txt"):
        result().save(folder, force=True)
    assert [path.read_text() for path in tmp_path.rglob("thesis.txt")] == ["years"]


# --- cells ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["a\rb", "a\nb", "a,b", 'a"b', "\r", "'x", " x ", "NA", "nan"])
@pytest.mark.parametrize("format", FORMATS)
def test_labels_come_back(tmp_path: Path, label: str, format: str) -> None:
    made = result(state=[label, label, "DEU", "DEU"])
    back = ai.load_result(made.save(tmp_path / "out", format=format))
    pd.testing.assert_frame_equal(back.scores, made.scores, check_exact=True)
    assert back.provenance == made.provenance


@pytest.mark.parametrize("label", ['=HYPERLINK("http://x")', "+1", "-1", "@x", "\t=1"])
def test_cells_that_a_spreadsheet_would_run(tmp_path: Path, label: str) -> None:
    made = result(state=[label, label, "DEU", "DEU"])
    plain = pd.read_csv(made.save(tmp_path / "plain") / "scores.csv")
    assert label in set(plain["state"])
    safe = pd.read_csv(made.save(tmp_path / "safe", escape=True) / "scores.csv")
    assert f"'{label}" in set(safe["state"])
    pd.testing.assert_frame_equal(safe.drop(columns="state"), plain.drop(columns="state"))
    with pytest.raises(ai.OutputError, match="digest"):
        ai.load_result(tmp_path / "safe")


def test_text_that_is_not_unicode(tmp_path: Path) -> None:
    made = result(state=pd.Series(["\ud800", "\ud800", "DEU", "DEU"], dtype=object))
    for format in FORMATS:
        with pytest.raises(ai.AlignIndexError, match="Unicode"):
            made.save(tmp_path / "out", format=format)
    assert list(tmp_path.iterdir()) == []


# --- results that come back ----------------------------------------------------------------------


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("make", [result, bundled])
def test_a_result_comes_back_to_the_bit(tmp_path: Path, format: str, make: Any) -> None:
    made = make()
    back = ai.load_result(made.save(tmp_path / "out", format=format))
    for name in ("scores", "codes", "contributions", "applies"):
        pd.testing.assert_frame_equal(getattr(back, name), getattr(made, name), check_exact=True)
    assert back.spec == made.spec
    assert back.provenance == made.provenance
    columns = list(made.spec.columns)
    for name in columns:
        one, two = back.panel[name], made.panel[name]
        assert one.astype(object).where(one.notna(), None).tolist() == (
            two.astype(object).where(two.notna(), None).tolist()
        )
    key = made.scores.index[1]
    assert back.explain(*key) == made.explain(*key)
    pd.testing.assert_series_equal(back.reference, made.reference, check_exact=True)
    assert str(back) == str(made)


def test_numbers_and_text_as_labels_come_back_as_such(tmp_path: Path) -> None:
    for format in FORMATS:
        for place, labels in enumerate(([371, 371, 255, 255], ["002", "002", "255", "255"])):
            made = result(state=labels)
            back = ai.load_result(made.save(tmp_path / f"{format}{place}", format=format))
            states = back.scores.index.get_level_values("state")
            assert states.tolist() == made.scores.index.get_level_values("state").tolist()
            assert back.provenance == made.provenance


@pytest.mark.parametrize("format", FORMATS)
def test_an_empty_result_comes_back(tmp_path: Path, format: str) -> None:
    made = ai.score(ai.load_panel("post_soviet").iloc[:0], "erkomaishvili2019")
    back = ai.load_result(made.save(tmp_path / "out", format=format))
    assert len(back.scores) == 0
    assert list(back.codes) == list(made.codes)


def test_a_comparison_is_not_a_result(tmp_path: Path) -> None:
    names = ["erkomaishvili2019", "erkomaishvili2019-kappa"]
    folder = ai.compare(names, partners="RUS", draws=2).save(tmp_path / "out")
    with pytest.raises(ai.OutputError, match=r"does not hold a result.*spec\.toml"):
        ai.load_result(folder)


def test_another_version_says_so(tmp_path: Path) -> None:
    folder = result().save(tmp_path / "out")
    made = json.loads((folder / "provenance.json").read_text())
    made["package"]["version"] = "0.1.7"
    (folder / "provenance.json").write_text(json.dumps(made))
    with pytest.warns(UserWarning, match=r"0\.1\.7"):
        back = ai.load_result(folder)
    assert back.scores.equals(result().scores)
    for name in ("panel.csv", "applies.csv"):  # which 0.1 did not write
        (folder / name).unlink()
    with pytest.raises(ai.OutputError, match=r"panel\.csv.*0\.1\.7"):
        ai.load_result(folder)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("panel.csv", "0.1,", "0.2,"),
        ("panel.csv", "none", "base"),
        ("scores.csv", "ARM,RUS,2012", "ARM,RUS,2011"),
        ("scores.csv", "score", "skore"),
        ("codes.csv", "0.1", "x"),
        ("contributions.csv", "DEU", "FRA"),
        ("spec.toml", 'name = "own"', 'name = "other"'),
        ("spec.toml", "missing", "mising"),
        ("provenance.json", "{", ""),
        ("provenance.json", '"panel"', '"pannel"'),
        ("provenance.json", '"digest": "', '"digest": "0'),
    ],
)
def test_a_folder_that_was_changed_is_one_error(
    tmp_path: Path, name: str, old: str, new: str
) -> None:
    folder = result().save(tmp_path / "out")
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1))
    with pytest.raises(ai.OutputError):
        ai.load_result(folder)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b"null", b"a,b\n1\n", b"PAR1"])
def test_a_damaged_table_is_one_error(tmp_path: Path, format: str, content: bytes) -> None:
    folder = result().save(tmp_path / "out", format=format)
    (folder / f"codes.{format}").write_bytes(content)
    with pytest.raises(ai.OutputError):
        ai.load_result(folder)


def test_what_is_not_a_folder_of_a_result(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    for name in ("file", "empty", "none"):
        with pytest.raises(ai.OutputError, match=name):
            ai.load_result(tmp_path / name)


def test_a_result_in_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(result().save(tmp_path / "out"))
    assert len(ai.load_result(".").scores) == 4


def test_what_an_interrupted_replacement_left_is_deleted(tmp_path: Path) -> None:
    folder = result().save(tmp_path / "out")
    left = result().save(tmp_path / ".out-earlier")
    result().save(folder, force=True)
    assert not left.exists()


def test_a_spec_made_from_dictionaries_comes_back(tmp_path: Path) -> None:
    content = SPEC.model_dump(mode="json", exclude_none=True) | {"schema_version": 2}
    level = {"name": "x", "change": {"indicators": [{"name": "gone", "weight": 2.0}]}}
    for n, more in enumerate(
        ({"carry_years": 3}, {"alternatives": [{"name": "w", "levels": [level]}]})
    ):
        spec = ai.IndexSpec.from_dict(content | more)
        made = ai.score(result().panel, spec)
        assert ai.load_result(made.save(tmp_path / f"{n}")).spec == spec


def test_what_is_wrong_with_a_saved_spec_is_said(tmp_path: Path) -> None:
    folder = result().save(tmp_path / "out")
    text = (folder / "spec.toml").read_text()
    (folder / "spec.toml").write_text(text.replace("missing =", "mising ="))
    with pytest.raises(ai.OutputError, match="did you mean 'missing'") as error:
        ai.load_result(folder)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("level", "number"),
    [
        ([nan, nan], [0.5, 0.6]),
        ([None, None], [0.5, 0.6]),
        ([0.0, 1.0], [0.5, 0.6]),
        ([1.0, nan], [0.5, 0.6]),
        ([False, True], [0.5, 0.6]),
        (pd.Categorical([0, 1], categories=[2, 1, 0]), [0.5, 0.6]),
        (["0", None], pd.Series([None, None], dtype=object)),
        (["0", "1"], [0, 1]),
    ],
)
def test_columns_of_any_dtype_come_back(
    tmp_path: Path, format: str, level: Any, number: Any
) -> None:
    if format == "parquet":
        pytest.importorskip("pyarrow")
    content = SPEC.model_dump(mode="json", exclude_none=True)
    content["indicators"][1]["rule"]["codes"] = {"0": 0.0, "1": 1.0}
    del content["indicators"][1]["years"]
    data = pd.DataFrame({"state": "A", "partner": "B", "year": [2000, 2001]})
    data = data.assign(bases=level, votes=number).set_index(["state", "partner", "year"])
    made = ai.score(data, ai.IndexSpec.from_dict(content))
    back = ai.load_result(made.save(tmp_path / "out", format=format))
    pd.testing.assert_frame_equal(back.scores, made.scores, check_exact=True)
    again = ai.score(back.panel, back.spec)
    pd.testing.assert_frame_equal(again.codes, made.codes, check_exact=True)


def test_labels_that_would_not_come_back_are_refused(tmp_path: Path) -> None:
    index = pd.MultiIndex.from_tuples([(2.0, 365.0, 2013)], names=["state", "partner", "year"])
    made = ai.score(pd.DataFrame({"votes": [0.5], "bases": ["none"]}, index), SPEC)
    with pytest.raises(ai.OutputError, match="labels of state must be text or whole numbers"):
        made.save(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
