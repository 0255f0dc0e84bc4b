"""Odd files, columns and streams: one clear error, or the right value."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import alignindex as ai
from alignindex.cli import main

SPEC = ai.IndexSpec.from_dict(
    {
        "schema_version": 1,
        "name": "own",
        "fidelity": "illustrative",
        "missing": "renormalise",
        "indicators": [{"name": "a", "columns": ["x"], "rule": {"kind": "identity"}}],
    }
)
ROOT = Path(ai.__file__).resolve().parents[1]


@pytest.fixture
def spec_file(tmp_path: Path) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(SPEC.to_toml(), encoding="utf-8")
    return path


def panel_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "panel.csv"
    path.write_text(text, encoding="utf-8")
    return path


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Run the command line, which must refuse with one line."""
    assert main([str(argument) for argument in arguments]) == 2
    out, err = capsys.readouterr()
    assert err.count("\n") == 1
    return str(err + out)


# --- parquet -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "notes",
    [b"{", b"\xff", b"[]", b"null", b'{"index_columns": ["q"], "columns": []}', b'{"columns": 5}'],
)
def test_odd_notes_of_pandas_in_parquet(tmp_path: Path, notes: bytes) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = pa.table({"state": ["ARM"], "partner": ["RUS"], "year": [2010], "x": [0.5]})
    path = tmp_path / "panel.parquet"
    parquet.write_table(table.replace_schema_metadata({b"pandas": notes}), path)
    assert ai.validate_panel(path, SPEC) == []


@pytest.mark.parametrize("content", [b"PAR1", b"PAR1" * 100, b"x" * 50, b"PAR1\0\0\0\0PAR1"])
def test_damaged_parquet_is_one_error(tmp_path: Path, content: bytes) -> None:
    pytest.importorskip("pyarrow")
    path = tmp_path / "panel.parquet"
    path.write_bytes(content)
    with pytest.raises(ai.PanelError, match="Parquet"):
        ai.validate_panel(path, SPEC)


# --- paths and streams ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a\0b.csv", "x" * 300 + ".csv", "x" * 5000 + ".csv", "."])
def test_paths_that_no_system_takes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    path = f"{tmp_path}/{name}"
    assert len(told(capsys, "validate", path)) < 1000
    assert len(told(capsys, "score", "--panel", path)) < 1000


@pytest.mark.parametrize("name", ["o\0ut", "x" * 300])
def test_output_paths_that_no_system_takes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    path = f"{tmp_path}/{name}"
    assert "cannot be written" in told(capsys, "score", "--out", path)
    assert "cannot be written" in told(capsys, "report", "-o", f"{path}.html")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    path = folder / "panel.csv"
    path.write_text("state,partner,year,x\n")
    folder.chmod(0)
    try:
        assert "ermission" in told(capsys, "validate", path)
        assert "ermission" in told(capsys, "score", "--out", folder / "out")
        with pytest.raises(ai.OutputError, match="ermission"):
            ai.load_result(folder)
    finally:
        folder.chmod(0o700)


@pytest.mark.slow
@pytest.mark.parametrize("command", [("score",), ("specs",), ("explain", "ARM", "RUS", "2013")])
@pytest.mark.parametrize("stream", [1, 2])
def test_a_closed_stream_is_not_a_bug(command: tuple[str, ...], stream: int) -> None:
    words = [sys.executable, "-m", "alignindex", *command]
    code = f"import os; os.close({stream}); os.execv({words[0]!r}, {words!r})"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=False, cwd=ROOT, text=True
    )
    assert "Traceback" not in done.stderr
    if stream == 1:
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert "closed" in done.stderr
    else:
        assert done.returncode == 0


# --- the command line ----------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["arm", "Armenia", "371", "ARM"])
def test_states_as_names_and_numbers(capsys: pytest.CaptureFixture[str], label: str) -> None:
    assert main(["explain", "ARM", "RUS", "2013"]) == 0
    expected = capsys.readouterr().out
    assert main(["explain", label, "Russia", "2013"]) == 0
    assert capsys.readouterr().out == expected
    assert main(["score", "--state", "ARM", "--partner", "RUS"]) == 0
    expected = capsys.readouterr().out
    assert main(["score", "--state", label, "--partner", "365"]) == 0
    assert capsys.readouterr().out == expected


def test_a_label_that_could_be_two_is_refused() -> None:
    index = ai.as_panel(
        pd.DataFrame({"state": ["arm", "Arm"], "partner": ["RUS", "RUS"], "year": 2010, "x": 0.5})
    )
    result = ai.score(index, SPEC)
    assert result.explain("arm", "RUS", 2010) != result.explain("Arm", "RUS", 2010)
    with pytest.raises(ai.PanelError, match="'ARM'"):
        result.explain("ARM", "RUS", 2010)


def test_sentinels_on_the_command_line(
    tmp_path: Path, spec_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = panel_file(tmp_path, "state,partner,year,x\nARM,RUS,2010,-9\nARM,RUS,2011,0.5\n")
    rest = ("--panel", path, "--spec", spec_file)
    assert "--sentinels -9" in told(capsys, "score", *rest)
    assert main(["score", *map(str, rest), "--sentinels", "-9"]) == 0
    assert "0.500" in capsys.readouterr().out
    assert main(["validate", str(path), "--spec", str(spec_file), "--sentinels", "-9"]) == 0
    capsys.readouterr()
    # As a value -9 is outside the range of the rule.
    assert "takes values" in told(capsys, "score", *rest, "--sentinels")


def test_years_as_text_in_a_file(tmp_path: Path, spec_file: Path) -> None:
    path = panel_file(tmp_path, 'state,partner,year,x\nARM,RUS,"2010",0.5\n')
    assert ai.validate_panel(path, spec_file) == []


def test_a_change_of_composition_is_flagged(capsys: pytest.CaptureFixture[str]) -> None:
    result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    moves = result.composition().loc[("ARM", "RUS")].query("changed")
    assert len(moves)
    last = int(moves.index.max())
    assert main(["score", "--state", "ARM", "--partner", "RUS", "--year", str(last)]) == 0
    out = " ".join(capsys.readouterr().out.split())
    for year, row in moves.iterrows():
        signed = [f"+{name}" for name in row["joined"].split(", ") if name]
        signed += [f"-{name}" for name in row["left"].split(", ") if name]
        assert f"{year} {', '.join(f'{move} (1 of 1)' for move in signed)}" in out


def test_composition_by_hand() -> None:
    spec = SPEC.model_copy(
        update={
            "indicators": tuple(
                SPEC.indicators[0].model_copy(update={"name": n, "columns": (n,), "weight": w})
                for n, w in (("a", 1.0), ("b", 1.0), ("c", 0.0))
            )
        }
    )
    nan = np.nan
    data = pd.DataFrame(
        {
            "state": ["X", "X", "X", "X", "Y"],
            "partner": "Z",
            "year": [2010, 2011, 2012, 2014, 2011],
            "a": [0.5, 0.5, nan, nan, 0.5],
            "b": [nan, 0.5, nan, 0.5, nan],
            "c": [nan, 0.5, 0.5, nan, nan],
        }
    )
    found = ai.score(ai.as_panel(data), spec).composition()
    assert found["indicators"].tolist() == ["a", "a, b", "", "b", "a"]
    assert found["joined"].tolist() == ["", "b", "", "", ""]
    assert found["left"].tolist() == ["", "", "", "a", ""]
    assert found["changed"].tolist() == [False, True, False, True, False]


def test_the_latest_complete_year_needs_half_of_the_dyads() -> None:
    years = [2010, 2011, 2012]
    data = pd.DataFrame(
        [
            {"state": s, "partner": "Z", "year": y, "x": v}
            for y, known in zip(years, (4, 2, 1), strict=True)
            for s, v in zip("ABCD", [0.5] * known + [None] * (4 - known), strict=True)
        ]
    )
    result = ai.score(ai.as_panel(data), SPEC)
    assert result.latest_complete_year() == 2011
    assert result.latest_complete_year(share=0.25) == 2012
    assert result.latest_complete_year(share=0.51) == 2010
    assert result.latest_complete_year(share=1) == 2010
    assert "half of the dyads complete to 2011" in repr(result)
    for share in (0, -1, 1.5, "half", True, None):
        with pytest.raises(ai.AlignIndexError, match="share"):
            result.latest_complete_year(share=share)  # type: ignore[arg-type]


def test_an_indicator_of_weight_0_does_not_make_a_year_incomplete() -> None:
    other = SPEC.indicators[0].model_copy(update={"name": "b", "columns": ("y",), "weight": 0.0})
    spec = SPEC.model_copy(update={"indicators": (*SPEC.indicators, other)})
    data = pd.DataFrame({"state": "A", "partner": "B", "year": [2000, 2001], "x": 0.5, "y": np.nan})
    assert ai.score(ai.as_panel(data), spec).latest_complete_year() == 2001


# --- tables --------------------------------------------------------------------------------------


def test_numbers_of_a_panel_pass_through_to_frame() -> None:
    data = pd.DataFrame({"state": [371, 255], "partner": [365, 2], "year": 1990, "x": [0.5, 1.0]})
    result = ai.score(ai.as_panel(data), SPEC)
    cow = result.to_frame(codes="cow")
    assert cow[["ccode1", "ccode2"]].to_numpy().tolist() == [[255, 2], [371, 365]]
    assert result.to_frame(codes="gw")["gwcode1"].tolist() == [255, 371]
    late = ai.score(ai.as_panel(data.assign(year=2010)), SPEC)
    assert late.to_frame(codes="gw", system="cow")["gwcode1"].tolist() == [260, 371]
    assert late.to_frame(codes="name", system="cow")["state"].tolist() == ["Germany", "Armenia"]
    with pytest.raises(ai.ActorError, match="system="):
        late.to_frame(codes="name")


def wide(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"state": ["ARM", "BLR"], "partner": ["RUS", "RUS"]} | columns)


def test_wide_tables() -> None:
    nan = np.nan
    long = ai.as_panel(
        pd.DataFrame(
            {
                "state": ["ARM", "ARM", "BLR", "BLR"],
                "partner": "RUS",
                "year": [2010, 2011, 2010, 2011],
                "arms": [0.1, 0.2, 0.3, nan],
            }
        )
    )
    for columns in (("2010", "2011"), (2010, 2011), ("X2010", "X2011")):
        data = wide().assign()
        data[columns[0]], data[columns[1]] = [0.1, 0.3], [0.2, nan]
        pd.testing.assert_frame_equal(ai.panel_from_wide(data, value="arms"), long)
    for join in ("arms_{}", "arms.{}", "arms-{}", "arms {}", "arms{}"):
        data = wide(**{join.format(2010): [0.1, 0.3], join.format(2011): [0.2, nan]})
        pd.testing.assert_frame_equal(ai.panel_from_wide(data), long)
    two = ai.panel_from_wide(wide(arms_2010=[0.1, 0.3], bases_2011=["none", "base"]))
    assert two["arms"].isna().tolist() == [False, True, False, True]
    assert two["bases"].astype(object).where(two["bases"].notna(), None).tolist() == [
        *(None, "none"),
        *(None, "base"),
    ]
    named = wide(arms_2010=[0.1, 0.3]).rename(columns={"state": "a", "partner": "b"})
    assert ai.panel_from_wide(named, state="a", partner="b").shape == (2, 1)
    sentinel = ai.panel_from_wide(wide(arms_2010=[0.1, -9.0]), sentinels=[-9])
    assert sentinel["arms"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("data", "options", "part"),
    [
        (wide(arms_2010=[1.0, 2.0], note=["a", "b"]), {}, "'note'"),
        (wide(), {}, "no column"),
        (wide(**{"2010": [1.0, 2.0]}), {}, "value="),
        (wide(**{"2010": [1.0, 2.0], "arms_2011": [1.0, 2.0]}), {"value": "x"}, "one form"),
        (wide(arms_2010=[1.0, 2.0]), {"value": "x"}, "leave value out"),
        (wide(arms_2010=[1.0, 2.0], arms2010=[1.0, 2.0]), {}, "both"),
        (wide(arms_2010=[1.0, 2.0]), {"state": "from"}, "'from'"),
        (wide(arms_2010=[1.0, 2.0]), {"partner": "state"}, "key columns"),
        (wide(arms_0000=[1.0, 2.0]), {}, "year must"),
        (pd.concat([wide(arms_2010=[1.0, 2.0])] * 2), {}, "must be unique"),
        (wide(arms_2010=[-9.0, 2.0]), {}, "sentinels="),
        (wide(arms_2010=[1.0, 2.0]).assign(state="RUS"), {}, "own partner"),
        ([1], {}, "DataFrame"),
    ],
)
def test_wide_tables_that_are_refused(data: Any, options: dict[str, Any], part: str) -> None:
    with pytest.raises(ai.PanelError, match=part):
        ai.panel_from_wide(data, **options)


def test_a_wide_table_with_a_column_twice() -> None:
    data = wide(arms_2010=[1.0, 2.0])
    with pytest.raises(ai.PanelError, match=r"twice|both"):
        ai.panel_from_wide(pd.concat([data, data[["arms_2010"]]], axis=1))


def test_json_of_a_label_that_is_not_text(tmp_path: Path) -> None:
    data = pd.DataFrame({"state": [371], "partner": [365], "year": 2010, "x": [0.5]})
    folder = ai.score(ai.as_panel(data), SPEC).save(tmp_path / "out", format="json")
    assert json.loads((folder / "scores.json").read_text())[0]["state"] == 371
