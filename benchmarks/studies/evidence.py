"""What the evidence of the bundled panel bears: four tables, which docs/evidence.md shows.

``holdout``      raw values of 2016-2019 are hidden, one indicator at a time; error of the code that
                 the default rule puts in their place, of the dyad's last code, and of the mean of
                 its other codes
``composition``  share of dyads whose score moves by more than 0.05 in a year because of what is
                 known, not of what happened; a carried code counts as not known
``known``        years with a score with Russia, of each of the fourteen, and what they rest on
``intervals``    share of scores inside their own 90 % interval, and the median width

``python -m benchmarks.studies.evidence [--scale 0.1]`` prints them; the scale is the share of the
draws of the intervals. Version 1 stands beside version 2 where both have the figure. Exit 1 if a
bar of the page is broken at full scale.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import numpy as np
import pandas as pd

import alignindex as ai
from alignindex.robustness import Choice, Replace, uncertainty
from alignindex.spec import IndexSpec
from benchmarks.studies.face_validity import FOURTEEN

CASES = (
    ("erkomaishvili2019", "post_soviet"),
    ("erkomaishvili2019-v1", "post_soviet/v1"),
    ("alignindex2026", "post_soviet"),
)
LAST = 2024  # last complete year of votes
HIDDEN = (2016, 2019)
MOVED = 0.05
POSITIONS = 2014  # the year in which positions begin
FULL = 2000  # draws
INSIDE = 0.97
KNOWN = 0.90


def result_of(spec: str, panel: str) -> ai.AlignmentResult:
    """Scores of a bundled spec on a bundled panel, to the last complete year."""
    rows = ai.load_panel(panel)
    return ai.score(rows[rows.index.get_level_values("year") <= LAST], spec)


# --- hold-out ------------------------------------------------------------------------------------
def holdout(spec: str = "erkomaishvili2019", panel: str = "post_soviet") -> pd.DataFrame:
    """Mean absolute error of what stands in for the hidden codes, by indicator.

    Each error is over the cells in which all three fillings give a code: the true code is known
    from that year's own data, the dyad has an earlier code, and other indicators have one.
    ``filled`` is the share of the hidden codes for which the default rule gives one.
    """
    result = result_of(spec, panel)
    years = result.codes.index.get_level_values("year")
    hidden = (years >= HIDDEN[0]) & (years <= HIDDEN[1])
    rows = []
    for indicator in result.spec.indicators:
        name = indicator.name
        columns = [*indicator.columns]
        if subtracted := getattr(indicator.window, "subtract", None):
            columns.append(subtracted)
        blank = result.panel.copy()
        for column in columns:
            blank[column] = blank[column].mask(hidden)
        with_gap = ai.score(blank, result.spec)
        rule = with_gap.codes_used[name]
        last = result.codes[name].mask(hidden).groupby(level=["state", "partner"]).ffill()
        others = result.codes_used.drop(columns=name).mean(axis=1)
        true = result.codes[name].where(hidden)
        table = pd.DataFrame({"rule": rule, "last": last, "others": others}).sub(true, axis=0)
        both = table.where(true.notna()).dropna()
        rows.append(
            (
                name,
                int(true.notna().sum()),
                float(rule[true.notna()].notna().mean()),
                len(both),
                *both.abs().mean(),
            )
        )
    names = ["indicator", "hidden", "filled", "compared", "rule", "last", "others"]
    return pd.DataFrame(rows, columns=names).set_index("indicator")


# --- composition ---------------------------------------------------------------------------------
def composition(result: ai.AlignmentResult) -> pd.DataFrame:
    """By year: dyads with a change, and the share with a composition part above 0.05.

    `changes` compares observed codes: a code carried in either year counts as composition.
    """
    parts = ai.dynamics.changes(result).dropna(subset=["change"])
    by_year = parts["composition"].abs().gt(MOVED).groupby(level="year")
    return pd.DataFrame({"dyads": by_year.size(), "share": by_year.mean()})


# --- known scores --------------------------------------------------------------------------------
def known(result: ai.AlignmentResult, partner: str = "RUS") -> pd.DataFrame:
    """By state: share of the years 1994-2024 with a score, and what the scores rest on."""
    rows = []
    for state in FOURTEEN:
        own = result.scores.loc[(state, partner)].loc[1994:LAST]
        scored = own[own["score"].notna()]
        years = LAST - 1994 + 1
        carried = scored["carried"] if "carried" in scored else pd.Series(0.0, scored.index)
        observed = np.isclose(scored["coverage"], 1.0)
        rows.append((state, len(scored) / years, float(carried.mean()), observed.sum() / years))
    names = ["state", "scored", "carried", "all_observed"]
    return pd.DataFrame(rows, columns=names).set_index("state")


# --- intervals -----------------------------------------------------------------------------------
def declared(spec: IndexSpec) -> list[Choice]:
    """Choices of method that a spec declares, each of its levels as probable as the nominal one.

    Weights of nodes are left to the drawn weights.
    """
    choices = []
    for alternative in spec.alternatives:
        levels: dict[str, Sequence[Replace] | None] = {"as it is": None}
        for level in alternative.levels:
            varied = spec.variant(alternative.name, level.name)
            pairs = zip(spec.indicators, varied.indicators, strict=True)
            changed = [
                Replace(new.name, columns=new.columns, rule=_plain(new.rule),
                        window=_plain(new.window), weight=new.weight)
                for old, new in pairs if old != new
            ]  # fmt: skip
            if changed:
                levels[level.name] = changed
        if len(levels) > 1:
            choices.append(Choice(alternative.name, levels))
    return choices


def _plain(part: object) -> object:
    return part.model_dump(mode="json") if hasattr(part, "model_dump") else part


def intervals(
    result: ai.AlignmentResult,
    draws: int,
    *,
    alternatives: bool = False,
    missing: str = "admissible",
) -> pd.DataFrame:
    """By year: scores, the share inside their own 90 % interval, and the median width."""
    sure = uncertainty(
        result, draws=draws, rng=0, missing=missing,
        alternatives=declared(result.spec) if alternatives else (),
    ).scores.dropna(subset=["nominal"])  # fmt: skip
    inside = (sure["nominal"] >= sure["q05"]) & (sure["nominal"] <= sure["q95"])
    table = pd.DataFrame({"inside": inside, "width": sure["q95"] - sure["q05"]})
    by_year = table.groupby(level="year")
    frame = pd.DataFrame(
        {
            "scores": by_year.size(),
            "inside": by_year["inside"].mean(),
            "width": by_year["width"].median(),
        }
    )
    frame.loc["all"] = [len(table), table["inside"].mean(), table["width"].median()]
    return frame


# --- printing ------------------------------------------------------------------------------------
def markdown(frame: pd.DataFrame, digits: dict[str, int]) -> str:
    """A frame as a Markdown table; NaN as an empty cell."""
    head = [frame.index.name or "", *map(str, frame.columns)]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for label, row in frame.iterrows():
        cells = [str(label)]
        for name, value in row.items():
            cells.append("" if pd.isna(value) else f"{value:.{digits.get(str(name), 3)}f}")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def tables(draws: int = FULL) -> dict[str, str]:
    """Every table of the page, as Markdown, by its heading."""
    results = {spec: result_of(spec, panel) for spec, panel in CASES}
    found: dict[str, str] = {}
    counts = {"hidden": 0, "compared": 0}
    for spec, panel in (CASES[0], CASES[2]):
        found[f"Hold-out: {spec}"] = markdown(holdout(spec, panel), counts)
    parts = {spec: composition(result)["share"] for spec, result in results.items()}
    found["Composition"] = markdown(pd.DataFrame(parts), {})
    for spec, result in results.items():
        found[f"Known: {spec}"] = markdown(known(result), {})
    overall, by_year = _intervals(results, draws)
    found["Intervals"] = markdown(overall, {"scores": 0})
    found["Intervals by year"] = markdown(by_year, {})
    return found


def _intervals(
    results: dict[str, ai.AlignmentResult], draws: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Over all years by analysis, and the share inside by year under the default analysis."""
    overall, by_year = {}, {}
    for spec, result in results.items():
        for name, options in (
            ("default", {}),
            ("own history", {"missing": "hot_deck"}),
            ("declared alternatives", {"alternatives": True, "missing": "hot_deck"}),
        ):
            if name == "declared alternatives" and not result.spec.alternatives:
                continue
            table = intervals(result, draws, **options)  # type: ignore[arg-type]
            years = table.drop(index="all")
            overall[f"{spec}, {name}"] = [*table.loc["all"], years["inside"].min()]
            if name != "own history":
                by_year[f"{spec}, {name}"] = years["inside"]
    names = ["scores", "inside", "width", "lowest year"]
    first = pd.DataFrame.from_dict(overall, orient="index", columns=names)
    first.index.name, frame = "analysis", pd.DataFrame(by_year)
    frame.index.name = "year"
    return first, frame


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the draws")
    options = parser.parse_args()
    for name, table in tables(max(100, round(options.scale * FULL))).items():
        print(f"### {name}\n\n{table}\n", flush=True)
    result = result_of(*CASES[0])
    broken = []
    moved = composition(result)["share"].drop(POSITIONS)
    if (moved > 0.10).any():
        broken.append(
            f"composition above 0.05 for more than 10 % in {list(moved[moved > 0.1].index)}"
        )
    few = known(result)["scored"]
    if (few < KNOWN).any():
        broken.append(f"scores in under 90 % of the years: {list(few[few < KNOWN].index)}")
    for line in broken:
        print(f"bar not reached: {line}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
