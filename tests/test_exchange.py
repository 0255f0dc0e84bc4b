"""CSV and parquet go to R and back: with R itself where it is, else with files of its format.

The R blocks of ``docs/howto/r.md`` are what is run.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alignindex as ai

pa = pytest.importorskip("pyarrow", reason="needs the extra io")
pq = pytest.importorskip("pyarrow.parquet")

PAGE = Path(__file__).resolve().parents[1] / "docs" / "howto" / "r.md"
SPEC = """
schema_version = 1
name = "r"
fidelity = "illustrative"
missing = "renormalise"

[[indicators]]
name = "visits"
columns = ["visits"]
rule = { kind = "minmax", lo = 0, hi = 4 }

[[indicators]]
name = "trade"
columns = ["trade"]
rule = { kind = "identity" }
"""
# What write.csv makes of the table of the page: quoted text, 15 digits, CRLF on Windows.
FROM_R = (
    '"state","partner","year","visits","trade"\n"KAZ","RUS",2020,4,0.1\n'
    '"KAZ","CHN",2020,1,0.333333333333333\n"NAM","CHN",2020,,0.25\n'
)


def r_blocks() -> list[str]:
    return re.findall(r"^```r\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.M)


def run_r(code: str, folder: Path) -> None:
    rscript = shutil.which("Rscript")
    if rscript is None:
        pytest.skip("no Rscript: the R blocks of docs/howto/r.md are not run")
    done = subprocess.run(
        [rscript, "--vanilla", "-e", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def read(path: Path) -> pd.DataFrame:
    return ai.as_panel(pd.read_csv(path, keep_default_na=False, na_values=[""]))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_in_the_format_of_write_csv_becomes_a_panel(tmp_path: Path, end: str) -> None:
    path = tmp_path / "ties.csv"
    path.write_bytes(FROM_R.replace("\n", end).encode())
    panel = read(path)
    assert panel.loc[("KAZ", "RUS", 2020)].tolist() == [4.0, 0.1]
    assert np.isnan(panel.loc[("NAM", "CHN", 2020), "visits"])
    scores = ai.score(panel, ai.IndexSpec.from_toml(SPEC)).scores
    assert scores.loc[("NAM", "CHN", 2020), ["score", "low", "high"]].tolist() == [
        0.25,
        0.125,
        0.625,
    ]


def test_what_r_writes_is_the_format_that_was_assumed(tmp_path: Path) -> None:
    run_r(r_blocks()[0], tmp_path)
    assert (tmp_path / "ties.csv").read_text().splitlines() == FROM_R.splitlines()
    pd.testing.assert_frame_equal(read(tmp_path / "ties.csv"), read_text(tmp_path))


def read_text(folder: Path) -> pd.DataFrame:
    path = folder / "by_hand.csv"
    path.write_text(FROM_R)
    return read(path)


def test_r_reads_the_scores(tmp_path: Path) -> None:
    result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    frame = result.to_frame(codes="cow")
    frame.to_csv(tmp_path / "scores.csv", index=False)
    back = 'write.csv(data.frame(x = sprintf("%.17g", scores$score)), "back.csv")'
    missing = f"stopifnot(nrow(scores) == {len(frame)}, sum(is.na(scores$score)) == "
    run_r(f"{r_blocks()[1]}\n{missing}{int(frame['score'].isna().sum())})\n{back}", tmp_path)
    # As text first: pandas 2 reads numbers of a CSV to within a bit.
    back = pd.read_csv(tmp_path / "back.csv", dtype=str)["x"].astype(float)
    np.testing.assert_allclose(back, frame["score"], rtol=4e-16)  # R reads to the last bit or two


def test_a_parquet_file_with_the_types_of_arrow_becomes_a_panel(tmp_path: Path) -> None:
    table = pa.table(
        {
            "state": pa.array(["KAZ", "KAZ", "NAM"]).dictionary_encode(),
            "partner": pa.array(["RUS", "CHN", "CHN"]),
            "year": pa.array([2020, 2020, 2020], pa.int32()),
            "visits": pa.array([4, 1, None], pa.int32()),
            "trade": pa.array([0.1, 1 / 3, 0.25]),
        },
        metadata={"r": "A\n3\n263680\n197888\n5\nUTF-8\n"},
    )
    pq.write_table(table, tmp_path / "ties.parquet")
    panel = ai.as_panel(pd.read_parquet(tmp_path / "ties.parquet"))
    assert panel.loc[("KAZ", "CHN", 2020)].tolist() == [1.0, 1 / 3]  # to the last bit
    assert np.isnan(panel.loc[("NAM", "CHN", 2020), "visits"])


def test_a_result_goes_through_parquet_unchanged(tmp_path: Path) -> None:
    frame = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019").to_frame(codes="cow")
    frame.to_parquet(tmp_path / "scores.parquet", index=False)
    types = {f.name: f.type for f in pq.read_schema(tmp_path / "scores.parquet")}
    # What arrow in R reads without a package of its own: 64-bit integers, doubles and text.
    assert types["ccode1"] == pa.int64()
    assert types["score"] == pa.float64()
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "scores.parquet"), frame)
