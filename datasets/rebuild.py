"""Rebuild the derived tables and compare them with the shipped ones, cell by cell.

    python datasets/rebuild.py                    compare the panel and the other
                                                  derived tables
    python datasets/rebuild.py --write            write them, and renew the catalogue
    python datasets/rebuild.py --hashes           renew hashes, row counts and observed coverage
    python datasets/rebuild.py --sources FOLDER   also re-derive what comes from published files

The panel ``post_soviet`` is made from the other bundled tables only: see region_panel.py.
"""

from __future__ import annotations

import argparse
import hashlib
import lzma
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from alignindex.data import load_dataset

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import arms  # noqa: E402
import codings  # noqa: E402
import exercise_coverage  # noqa: E402
import exercise_yearly  # noqa: E402
import from_published  # noqa: E402
import hostility_yearly  # noqa: E402
import pledges  # noqa: E402
import positions  # noqa: E402
import presence_yearly  # noqa: E402
import region_panel  # noqa: E402
import spec_inputs  # noqa: E402
import spending  # noqa: E402
import unga_measures  # noqa: E402
import unga_rollcalls  # noqa: E402
import world_inputs  # noqa: E402
from from_published import PARTNERS, STATES  # noqa: E402

Tables = Mapping[str, pd.DataFrame]
KEY = ["state", "partner", "year"]
SOURCE_FOLDERS = (*from_published.SOURCE_FOLDERS, "atop", "unga_2025", "cow", "troopdata")
# Modules with PUBLISHED, FILES and TABLE_KEYS.
MODULES = (arms, hostility_yearly, pledges, positions, spec_inputs, spending, unga_rollcalls,
           unga_measures, world_inputs)  # fmt: skip
TABLES = from_published.TABLES | {
    k: v for m in MODULES for k, v in getattr(m, "PUBLISHED", {}).items()
}
INPUTS = ("arms_imports", "exercises", "exercises/coverage", "exercises/refusals", "bases",
          "bases/coverage", "bases/imposed")  # fmt: skip

CRIMEA_FIRST = 2014
# The roll calls on the status of Crimea that count as statements (a choice of this project).
CRIMEA_ROLLCALLS = {
    "68/262": "2014-03-27", "71/205": "2016-12-19", "72/190": "2017-12-19",
    "73/194": "2018-12-17", "73/263": "2018-12-22", "74/17": "2019-12-09",
    "74/168": "2019-12-18", "75/29": "2020-12-07", "75/192": "2020-12-16",
    "76/70": "2021-12-09", "76/179": "2021-12-16",
}  # fmt: skip


# ---------------------------------------------------------------------------------------
# Positions on Crimea, from dated statements and votes
def update(position: float, value: float) -> float:
    """Position after a statement of the given value.

    A recognition (1) or an affirmation of Ukraine's integrity (0) replaces what went before.
    Support (0.75) replaces neutrality and affirmation; it contradicts no recognition.
    """
    return max(position, value) if value == 0.75 and position == 1.0 else value


def crimea_positions(statements: pd.DataFrame, coverage: pd.DataFrame) -> pd.DataFrame:
    """Position of each actor at the end of each year: the latest statement still in force.

    An actor that has said nothing stands at 0.5. A listed vote that was not seen may have been a
    Yes (0), a No (0.75) or neither. ``basis`` is ``observed`` where all of these lead to the same
    position, or a later statement settles it; ``assumed`` where the declared coverage, which gives
    its reason, takes the unseen vote not to have changed anything; ``unknown`` outside coverage.
    """
    covered = {
        (row["actor"], year)
        for _, row in coverage.iterrows()
        for year in range(int(row["first"]), int(row["last"]) + 1)
    }
    last = int(coverage["last"].max())
    rows = []
    for actor in sorted(STATES):
        events = _crimea_events(actor, statements[statements["actor"] == actor])
        position, possible = 0.5, {0.5}
        for year in range(CRIMEA_FIRST, last + 1):
            for date, value in events:
                if int(date[:4]) != year:
                    continue
                if value is None:
                    possible |= {update(p, v) for p in possible for v in (0.0, 0.75)}
                else:
                    possible = {update(p, value) for p in possible}
                    position = update(position, value)
            if (actor, year) not in covered:
                rows.append((actor, year, np.nan, "unknown"))
            else:
                rows.append(
                    (actor, year, position, "observed" if len(possible) == 1 else "assumed")
                )
    return pd.DataFrame(rows, columns=["actor", "year", "position", "basis"])


def _crimea_events(actor: str, own: pd.DataFrame) -> list[tuple[str, float | None]]:
    """Dated values of one actor in order; None stands for a listed vote that was not seen."""
    events: list[tuple[str, float | None]] = []
    seen = set()
    for row in own.itertuples(index=False):
        value = None if pd.isna(row.value) else float(row.value)
        number = str(row.resolution).removeprefix("A/RES/")
        if row.kind != "vote":
            if value is not None:
                events.append((row.date, value))
            continue
        due = {"yes": 0.0, "no": 0.75}.get(row.vote)
        if number not in CRIMEA_ROLLCALLS or (value is not None and value != due):
            raise ValueError(
                f"crimea: {actor}, vote {row.vote} on {number}, value {value}: expected one of the "
                f"listed roll calls and {due} or an empty value; fix datasets/crimea/table.csv"
            )
        if due is not None:  # left empty in the table where it contradicts nothing
            events.append((row.date, due))
        if not pd.isna(row.vote) and row.vote != "unknown":
            seen.add(number)
    events += [(date, None) for n, date in CRIMEA_ROLLCALLS.items() if n not in seen]
    return sorted(events, key=lambda event: event[0])


def rebuild(root: Path = HERE) -> dict[str, pd.DataFrame]:
    """Derived tables by name, from the other tables under ``root``."""
    tables = {name: load_dataset(name, root=root) for name in INPUTS}
    crimea = crimea_positions(
        region_panel.sure(load_dataset("crimea", root=root)),
        load_dataset("crimea/coverage", root=root),
    )
    coverage = exercise_coverage.derive(
        tables["exercises"], tables["exercises/coverage"], tuple(STATES), tuple(PARTNERS)
    )
    made = {
        "crimea/positions": crimea,
        "exercises/coverage": coverage,
        "exercises/yearly": exercise_yearly.derive(
            tables["exercises"], coverage, tables["exercises/refusals"], STATES, PARTNERS
        ),
        "bases/yearly": presence_yearly.derive(
            tables["bases"], tables["bases/coverage"], tables["bases/imposed"], STATES, PARTNERS
        ),
        **positions.derived(root),
        **spec_inputs.derived(root),
        **pledges.derived(root),
        **hostility_yearly.derived(root),
        **{name: make(root) for name, make in unga_measures.DERIVED.items()},
    }
    made["codings"] = codings.derive(root, crimea, made["positions/yearly"])
    tables |= made
    return made | {"post_soviet": region_panel.build_panel(tables).reset_index()}


# ---------------------------------------------------------------------------------------
# Comparing, writing, hashing
FILES = {
    "crimea/positions": "crimea/positions.csv",
    "exercises/coverage": "exercises/coverage.csv",
    "exercises/yearly": "exercises/yearly.csv",
    "bases/yearly": "bases/yearly.csv",
    "unga_agreement/v1": "unga_agreement/v1.csv",
    **{k: v for m in MODULES for k, v in getattr(m, "FILES", {}).items()},
}
TABLE_KEYS = {
    "codings": codings.KEY,
    "crimea/positions": ["actor", "year"],
    "exercises/coverage": ["state", "partner", "first"],
    "exercises/yearly": KEY,
    "bases/yearly": KEY,
    "post_soviet": KEY,
    **{k: v for m in MODULES for k, v in m.TABLE_KEYS.items()},
    "unga_agreement/v1": ["state_a", "state_b", "year"],
}


TOLERANCES = {"world": 1e-6}  # estimates: the last digits depend on the machine


def differences(
    shipped: pd.DataFrame, rebuilt: pd.DataFrame, key: list[str], tolerance: float = 0.0
) -> list[str]:
    """One line for each row or cell that differs; equal means the same bits, or both missing.

    With a tolerance, numbers that differ by no more are equal too.
    """
    old = shipped.set_index(key).astype(object)
    new = rebuilt.set_index(key).astype(object)
    found = [f"{row}: shipped, not rebuilt" for row in old.index.difference(new.index)]
    found += [f"{row}: rebuilt, not shipped" for row in new.index.difference(old.index)]
    for name in old.columns.symmetric_difference(new.columns):
        found.append(f"column {name}: {'shipped' if name in old else 'rebuilt'} only")
    rows = old.index.intersection(new.index)
    for name in old.columns.intersection(new.columns):
        for row, a, b in zip(rows, old.loc[rows, name], new.loc[rows, name], strict=True):
            gaps = bool(pd.isna(a)) + bool(pd.isna(b))
            near = isinstance(a, float) and abs(a - b) <= tolerance if gaps == 0 else False
            if gaps == 1 or (gaps == 0 and a != b and not near):
                found.append(f"{row} {name}: shipped {a!r}, rebuilt {b!r}")
    return found


def write(name: str, frame: pd.DataFrame, root: Path = HERE) -> None:
    """Write a table as UTF-8 with LF line ends; floats so that they read back unchanged."""
    path = root / FILES.get(name, f"{name}/table.csv")
    path.write_bytes(frame.to_csv(index=False, lineterminator="\n").encode("utf-8"))


def renew_hashes(root: Path = HERE) -> list[str]:
    """Renew sha256, rows and observed coverage in the catalogue; return the changed lines."""
    path = root / "catalogue.toml"
    lines = path.read_text(encoding="utf-8").split("\n")
    main: pd.DataFrame | None = None
    file = ""
    # Coverage stands above the tables of its entry, so the entry's main table is read first.
    for number, line in enumerate(lines):
        if header := re.fullmatch(r"\[(\w+)\]", line):
            main = _raw(root / header[1] / "table.csv")
        elif given := re.fullmatch(r'file = "(.+)"', line):
            file = given[1]
        elif line.startswith("sha256 = "):
            lines[number] = f'sha256 = "{hashlib.sha256((root / file).read_bytes()).hexdigest()}"'
        elif line.startswith("rows = "):
            lines[number] = f"rows = {len(_raw(root / file))}"
        elif (cover := re.match(r'(\s*\{ column = "(\w+)"), .*?observed = \d+', line)) and (
            main is not None
        ):
            seen = main.loc[main[cover[2]].notna(), "year"].astype(int)
            span = f"first = {seen.min()}, last = {seen.max()}, observed = {len(seen)}"
            lines[number] = f"{cover[1]}, {span}{line[cover.end() :]}"
    old = path.read_text(encoding="utf-8").split("\n")
    path.write_bytes("\n".join(lines).encode("utf-8"))
    return [new for before, new in zip(old, lines, strict=True) if before != new]


def _raw(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])


def packed(folder: Path, *, write_it: bool, root: Path = HERE) -> int:
    """Pack the votes again; 1 if the shipped file holds other votes or other bytes, else 0."""
    path, content = root / unga_rollcalls.MATRIX, unga_rollcalls.matrix(folder)
    if write_it:
        path.write_bytes(content)
        return 0
    shipped = path.read_bytes()
    same = lzma.decompress(shipped) == lzma.decompress(content)
    told = "same bytes" if shipped == content else "same votes, packed by another xz"
    print(f"{unga_rollcalls.MATRIX}: {told if same else 'other votes'}")
    return 0 if same else 1


def main(arguments: list[str] | None = None, root: Path = HERE) -> int:
    """Run the command; 1 if a shipped table differs from its rebuild, else 0."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="write what was rebuilt")
    parser.add_argument("--hashes", action="store_true", help="renew the catalogue and stop")
    parser.add_argument("--sources", type=Path, help="folder with the published files")
    options = parser.parse_args(arguments)
    if options.sources:
        lacking = [name for name in SOURCE_FOLDERS if not (options.sources / name).is_dir()]
        if lacking:
            parser.error(
                f"--sources: expected a folder with {', '.join(SOURCE_FOLDERS)}; "
                f"{options.sources} lacks {', '.join(lacking)}"
            )
    if options.hashes or options.write:  # who writes takes the tables as they are now
        print("\n".join(renew_hashes(root)) or "The catalogue is up to date.")
    if options.hashes:
        return 0
    status = 0
    names = TABLES if options.sources else {}
    stages = [lambda name=name: {name: TABLES[name](options.sources)} for name in names]
    stages.append(lambda: rebuild(root))  # last: the panel reads what was just written
    if options.sources:
        status = packed(options.sources, write_it=options.write, root=root)
    for stage in stages:
        for name, frame in stage().items():
            if options.write:
                write(name, frame, root)
                continue
            found = differences(load_dataset(name, root=root), frame, TABLE_KEYS[name],
                                TOLERANCES.get(name, 0.0))  # fmt: skip
            print(f"{name}: {len(frame)} rows, {len(found)} differences")
            print("".join(f"  {line}\n" for line in found), end="")
            status = 1 if found else status
        if options.write:
            print("\n".join(renew_hashes(root)) or "The catalogue is up to date.")
    return status


if __name__ == "__main__":
    sys.exit(main())
