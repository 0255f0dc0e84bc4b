"""What leaves a result: flat tables, provenance, folders that appear whole or not at all."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alignindex as ai
from alignindex.base import files
from alignindex.base.errors import ActorError, OutputError
from alignindex.base.files import write_folder
from alignindex.spec import IndexSpec

nan = np.nan
FILES = [
    *("applies.csv", "codes.csv", "contributions.csv", "panel.csv"),
    *("provenance.json", "scores.csv", "spec.toml"),
]
SPEC = IndexSpec.from_dict(
    {
        "schema_version": 1, "name": "own", "fidelity": "documented", "missing": "renormalise",
        "indicators": [
            {"name": "votes", "columns": ["votes"], "rule": {"kind": "identity"}},
            {"name": "bases", "columns": ["bases"],
             "rule": {"kind": "levels", "codes": {"none": 0, "base": 1}}},
        ],
    }
)  # fmt: skip


def make_panel(**columns):
    data = pd.DataFrame(
        {
            "state": ["ARM", "ARM", "DEU", "DEU"],
            "partner": ["RUS", "RUS", "USA", "USA"],
            "year": [2012, 2013, 2004, 2013],
            "votes": [0.1, 1 / 3, nan, 0.7],
            "bases": ["base", None, "none", "none"],
        }
    )
    return ai.as_panel(data.assign(**columns))


def make_result(**columns):
    return ai.score(make_panel(**columns), SPEC)


def tree_of(folder):
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*"))


# --- to_frame -------------------------------------------------------------------------------------


def test_to_frame_holds_scores_codes_and_fidelity():
    result = make_result()
    frame = result.to_frame()
    assert frame.columns.tolist() == [
        "state", "partner", "year", "score", "low", "high", "coverage",
        "carried", "n_indicators",
        "code_votes", "code_bases", "fidelity",
    ]  # fmt: skip
    assert frame[["state", "partner", "year"]].to_records(index=False).tolist() == list(
        result.scores.index
    )
    np.testing.assert_array_equal(frame["score"], result.scores["score"])
    np.testing.assert_array_equal(frame["code_bases"], result.codes["bases"])
    assert frame["fidelity"].unique().tolist() == ["documented"]


def test_to_frame_in_other_codes():
    result = make_result()
    cow, gw = result.to_frame(codes="cow"), result.to_frame(codes="gw")
    assert cow.columns.tolist()[:3] == ["ccode1", "ccode2", "year"]
    assert gw.columns.tolist()[:3] == ["gwcode1", "gwcode2", "year"]
    # Germany since 1990 is 255 to the Correlates of War, and 260 to Gleditsch and Ward.
    assert cow["ccode1"].tolist() == [371, 371, 255, 255]
    assert cow["ccode2"].tolist() == [365, 365, 2, 2]
    assert gw["gwcode1"].tolist() == [371, 371, 260, 260]
    names = result.to_frame(codes="name")
    assert names.columns.tolist()[:3] == ["state", "partner", "year"]
    assert names["state"].tolist()[:2] == ["Armenia", "Armenia"]
    for frame in (cow, gw, names):
        np.testing.assert_array_equal(frame["score"], result.scores["score"])


def test_to_frame_refuses_actors_without_a_code():
    result = make_result(state=["ARM", "ARM", "ZZZ", "ZZZ"])
    assert len(result.to_frame()) == 4
    with pytest.raises(ActorError, match="ZZZ"):
        result.to_frame(codes="cow")


# --- provenance -----------------------------------------------------------------------------------


def test_provenance_names_package_spec_and_panel():
    result = make_result()
    made = result.provenance
    assert made["package"] == {"name": "alignindex", "version": ai.__version__}
    assert made["spec"]["name"] == "own"
    assert made["spec"]["fidelity"] == "documented"
    assert made["spec"]["digest"] == SPEC.digest
    assert made["panel"]["rows"] == 4
    assert made["panel"]["years"] == [2004, 2013]
    assert made["panel"]["bundled"] is None
    assert made["datasets"] == {}
    assert json.loads(json.dumps(made)) == made


def test_provenance_of_the_bundled_panel_names_the_tables():
    result = ai.score(ai.load_panel("post_soviet").loc[["ARM", "GEO"]], "erkomaishvili2019")
    made = result.provenance
    assert made["panel"]["bundled"] == "post_soviet"
    assert list(made["datasets"]) == [
        "post_soviet", "post_soviet/v1", "arms_imports", "arms_imports/seam", "arms_imports/v1",
        "exercises", "exercises/coverage", "exercises/series", "exercises/refusals",
        "exercises/yearly", "exercises/counts", "unga_relative", "bases", "bases/training",
        "bases/coverage", "bases/imposed", "bases/yearly", "positions", "positions/rollcalls",
        "positions/votes", "positions/yearly", "positions/units",
    ]  # fmt: skip
    for table in made["datasets"].values():
        assert len(table["sha256"]) == 64
        assert table["version"]
    assert made["spec"]["fidelity"] == "reconstructed"


def digest(panel, spec=SPEC):
    return ai.score(panel, spec).provenance["panel"]["digest"]


def test_the_digest_of_a_panel_is_that_of_what_was_scored():
    panel = make_panel()
    first = digest(panel)
    assert len(first) == 64
    assert digest(make_panel()) == first
    assert digest(panel.iloc[::-1]) == first  # the order of rows is no content
    assert digest(panel.assign(more=1.0)) == first  # nor is a column that the spec does not read
    assert digest(panel[["bases", "votes"]]) == first
    other_order = panel["bases"].cat.set_categories(["none", "more", "base"])
    assert digest(panel.assign(bases=other_order)) == first
    assert digest(panel.assign(bases=panel["bases"].astype(object))) == first
    assert digest(panel.assign(bases=panel["bases"].astype("string"))) == first


@pytest.mark.parametrize(
    "changes",
    [
        {"votes": [0.1, 1 / 3, nan, np.nextafter(0.7, 1)]},
        {"votes": [0.1, 1 / 3, 0.0, 0.7]},
        {"bases": ["base", None, "none", "base"]},
        {"bases": ["base", "none", "none", "none"]},
        {"year": [2012, 2013, 2004, 2014]},
        {"partner": ["RUS", "RUS", "USA", "CHN"]},
    ],
)
def test_the_digest_changes_with_the_data(changes):
    assert digest(make_panel(**changes)) != digest(make_panel())


# --- save -----------------------------------------------------------------------------------------


def test_save_writes_every_number_in_full(tmp_path):
    result = make_result()
    folder = result.save(tmp_path / "deep" / "out")
    assert tree_of(folder) == FILES
    for name in ("scores", "codes", "contributions"):
        table = getattr(result, name)
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            head, *rows = csv.reader(file)
        assert head == ["state", "partner", "year", *table.columns]
        assert [(a, b, int(year)) for a, b, year, *_ in rows] == table.index.tolist()
        read = [[float(cell) if cell else nan for cell in row[3:]] for row in rows]
        np.testing.assert_array_equal(np.array(read), table.to_numpy(dtype=float))
    assert b"\r" not in (folder / "scores.csv").read_bytes()
    assert IndexSpec.from_toml((folder / "spec.toml").read_text(encoding="utf-8")) == SPEC
    made = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    assert made == result.provenance
    assert made["spec"]["fidelity"] == "documented"


def test_a_saved_spec_scores_the_same(tmp_path):
    result = make_result()
    folder = result.save(tmp_path / "out")
    again = ai.score(make_panel(), folder / "spec.toml")
    pd.testing.assert_frame_equal(again.scores, result.scores)
    assert again.provenance == result.provenance


def test_save_refuses_a_folder_that_exists(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine", encoding="utf-8")
    told = r"out' exists already; name another, or replace it with force=True"
    with pytest.raises(OutputError, match=told):
        make_result().save(folder)
    assert tree_of(tmp_path) == ["out", "out/mine.txt"]


def test_force_leaves_a_folder_alone_that_holds_other_files(tmp_path):
    folder = make_result().save(tmp_path / "out")
    (folder / "thesis.docx").write_text("years of work")
    with pytest.raises(OutputError, match=r"not of an earlier result: thesis\.docx; name another"):
        make_result().save(folder, force=True)
    assert (folder / "thesis.docx").read_text() == "years of work"


def test_force_replaces_the_folder(tmp_path):
    folder = make_result().save(tmp_path / "out")
    other = make_result(votes=[0.9, 0.9, 0.9, 0.9])
    other.save(folder, force=True)
    assert tree_of(tmp_path) == ["out", *[f"out/{name}" for name in FILES]]
    assert (folder / "scores.csv").read_bytes() != b""
    read = pd.read_csv(folder / "codes.csv")
    assert read["votes"].tolist() == [0.9] * 4


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    for force in (False, True):
        with pytest.raises(OutputError, match="out'"):
            make_result().save(tmp_path / "out", force=force)
    assert (tmp_path / "out").read_text(encoding="utf-8") == "mine"
    with pytest.raises(OutputError, match="cannot be written"):
        make_result().save(tmp_path / "out" / "below")


def test_an_unknown_format(tmp_path):
    with pytest.raises(
        OutputError, match=r"csv, json, parquet; got 'cvs' \(did you mean 'csv'\?\)"
    ):
        make_result().save(tmp_path / "out", format="cvs")
    assert tree_of(tmp_path) == []


def failing(method, when):
    """Return a method that raises once `when` says so, as a full disk would."""

    def call(self, *args):
        if when(self, *args):
            raise OSError(28, "No space left on device")
        return method(self, *args)

    return call


def test_a_failed_write_leaves_nothing_behind(tmp_path, monkeypatch):
    full = failing(Path.write_bytes, lambda path, data: path.name == "spec.toml")
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="cannot be written: No space left on device"):
        make_result().save(tmp_path / "out")
    assert tree_of(tmp_path) == []


def test_a_failed_write_keeps_what_was_there(tmp_path, monkeypatch):
    folder = make_result().save(tmp_path / "out")
    before = {name: (folder / name).read_bytes() for name in FILES}
    full = failing(Path.write_bytes, lambda path, data: path.name == "spec.toml")
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="No space left"):
        make_result(votes=[0.9] * 4).save(folder, force=True)
    assert {name: (folder / name).read_bytes() for name in FILES} == before
    assert tree_of(tmp_path) == ["out", *[f"out/{name}" for name in FILES]]


@pytest.mark.parametrize("error", [OSError(16, "Device or resource busy"), KeyboardInterrupt()])
def test_the_old_folder_returns_where_the_new_one_cannot_take_its_place(
    tmp_path, monkeypatch, error
):
    folder = write_folder(tmp_path / "out", {"a.txt": "old"})
    monkeypatch.setattr(files, "_exchange", lambda one, two: False)
    rename = Path.rename

    def fail(self, target):
        if self.name == "new":
            raise error
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OutputError if isinstance(error, OSError) else KeyboardInterrupt):
        write_folder(folder, {"a.txt": "new"}, force=True)
    assert (folder / "a.txt").read_text(encoding="utf-8") == "old"
    assert tree_of(tmp_path) == ["out", "out/a.txt"]


def test_an_error_before_writing_leaves_nothing(tmp_path):
    spec = SPEC.model_dump(exclude_none=True)
    names = [f"v{j}" for j in range(21)]
    spec["indicators"] = [
        spec["indicators"][0] | {"name": n, "columns": [n], "parent": "below"} for n in names
    ]
    wide = IndexSpec.from_dict(spec | {"aggregation": "min", "nodes": [{"name": "below"}]})
    result = ai.score(make_panel(**dict.fromkeys(names, 0.5)), wide)
    assert result.scores["score"].tolist() == pytest.approx([0.5] * 4)
    with pytest.raises(ai.AlignIndexError, match="21 indicators below nodes"):
        result.save(tmp_path / "out")
    assert tree_of(tmp_path) == []
