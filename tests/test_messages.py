"""The error messages that users meet, read and compared together.

``tests/messages.txt`` lists bad calls by room, each with the error that it raises. Tests elsewhere
check the class, the offender and a keyword; the wording is held here alone. To add a case, write
its ``>>> call``; then, and after a message has changed, renew the file and read the difference:

    python tests/test_messages.py --write
"""

from __future__ import annotations

import re
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import alignindex as ai
from alignindex.base.errors import AlignIndexError

GOLDEN = Path(__file__).with_name("messages.txt")
CALL = ">>> "


def rule(kind: str, **options: Any) -> dict[str, Any]:
    """Return an index of one indicator `x`, as a mapping, with a rule of this kind."""
    indicator = {"name": "x", "columns": ["x"], "rule": {"kind": kind, **options}}
    return index(indicators=[indicator])


def index(**fields: Any) -> dict[str, Any]:
    """Return an index of two indicators, as a mapping, with some fields replaced."""
    names = ("x0", "x1")
    made = [{"name": name, "columns": [name], "rule": {"kind": "identity"}} for name in names]
    return {"schema_version": 1, "name": "invented", "fidelity": "illustrative",
            "missing": "renormalise", "indicators": made} | fields  # fmt: skip


def names(folder: Path) -> dict[str, Any]:
    """Return what the calls may use: small invented tables, and modules under their short names."""
    keys = pd.MultiIndex.from_product(
        [["ARM", "GEO", "KAZ"], ["RUS", "CHN"], [2012, 2013]], names=["state", "partner", "year"]
    )
    codes = np.arange(24).reshape(12, 2) % 5 / 4
    panel = pd.DataFrame(codes, index=keys, columns=["x0", "x1"])
    spec = ai.IndexSpec.from_dict(index())
    result = ai.score(panel, spec)
    calls = [(state, call) for call in range(1, 13) for state in ("ARM", "GEO", "RUS", "USA")]
    votes = pd.DataFrame(calls, columns=["state", "rcid"])
    votes["vote"] = [1 + (5 * i + i // 4) % 3 for i in range(len(votes))]
    votes["session"] = 60 + (votes["rcid"] > 6)
    (folder / "broken.toml").write_text("name = [1,\n", encoding="utf-8")
    (folder / "short.csv").write_text("state,partner\nARM,RUS\n", encoding="utf-8")
    (folder / "old.txt").write_text("kept", encoding="utf-8")
    return {
        "ai": ai, "np": np, "pd": pd, "nan": np.nan, "folder": folder, "index": index, "rule": rule,
        "rob": ai.robustness, "rel": ai.reliability, "sim": ai.similarity, "ind": ai.indicators,
        "geo": ai.geopolitics, "panel": panel, "flat": panel.reset_index(), "spec": spec,
        "result": result, "votes": votes, "sure": ai.robustness.uncertainty(result, draws=5),
        "ratings": pd.DataFrame({"A": [1, 2, 1, 3], "B": [1, 2, 2, 3]}, index=list("abcd")),
        "one": pd.DataFrame({"state": ["ARM"], "partner": ["RUS"], "year": [2012]}),
    }  # fmt: skip


def said(call: str, known: dict[str, Any]) -> str:
    """Return the class and the text of the error that a call raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            eval(call, known)
    except AlignIndexError as error:
        text = str(error).replace(str(known["folder"]), "<folder>").replace("\\", "/")
        text = re.sub(r"(bundled:|There are:) .*", r"\1 ...", text)  # the catalogue grows
        return f"{type(error).__name__}: {text}"
    except Exception as error:
        return f"NOT ONE OF OURS, {type(error).__name__}: {error}"
    return "NO ERROR"


def renewed(text: str) -> str:
    """Return the golden file with every message as it is now; headings and calls stay."""
    kept = [line for line in text.splitlines() if line.startswith((CALL, "# "))]
    with tempfile.TemporaryDirectory() as folder:
        known = names(Path(folder))
        lines = []
        for line in kept:
            lines += ["", line, ""] if line.startswith("# ") else [line]
            if line.startswith(CALL):
                lines += ["    " + part for part in said(line[len(CALL) :], known).splitlines()]
    return "\n".join(lines).strip("\n") + "\n"


def test_messages_are_those_of_the_golden_file() -> None:
    before = GOLDEN.read_text(encoding="utf-8")
    after = renewed(before)
    assert "NO ERROR" not in after
    assert "NOT ONE OF OURS" not in after
    assert after.splitlines() == before.splitlines(), "python tests/test_messages.py --write"


def test_every_call_is_there_once() -> None:
    calls = [line for line in GOLDEN.read_text(encoding="utf-8").splitlines() if CALL in line]
    assert len(calls) == len(set(calls)) >= 100


if __name__ == "__main__":
    now = renewed(GOLDEN.read_text(encoding="utf-8"))
    if "--write" in sys.argv:
        GOLDEN.write_text(now, encoding="utf-8", newline="\n")
    else:
        print(now, end="")
