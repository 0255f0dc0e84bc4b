"""Hold the bundled scores against what docs/face_validity.md expected of them.

``python -m benchmarks.studies.face_validity`` prints the outcome of every row, misses included.
A miss is a finding, not a fault: the exit code is 0 unless a row cannot be computed.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import pandas as pd

import alignindex as ai

CSTO = ["ARM", "BLR", "KAZ", "KGZ", "TJK"]
BALTIC = ["EST", "LVA", "LTU"]
FOURTEEN = sorted([*CSTO, *BALTIC, "AZE", "GEO", "MDA", "TKM", "UKR", "UZB"])
Outcome = tuple[str, bool, str]
CASES = (  # spec, panel, heading of the page
    ("erkomaishvili2019", "post_soviet", "`erkomaishvili2019`"),
    ("erkomaishvili2019-v1", "post_soviet/v1", "`erkomaishvili2019-v1` on version 1 of the panel"),
    ("erkomaishvili2019-kappa", "post_soviet", "`erkomaishvili2019-kappa`"),
    ("alignindex2026", "post_soviet", "`alignindex2026`"),
)


class Scores:
    """Means of scores by dyad and span of years."""

    def __init__(self, scores: pd.Series) -> None:
        self.scores = scores

    def mean(self, state: str, partner: str, first: int, last: int) -> float:
        years = self.scores.loc[(state, partner)]
        return float(years.loc[first:last].mean())

    def at(self, state: str, partner: str, year: int) -> float:
        return float(self.scores.loc[(state, partner, year)])


def _step(s: Scores, no: str, dyad: tuple[str, str], before: tuple[int, int],
          after: tuple[int, int], least: float) -> Outcome:  # fmt: skip
    """Expect a change of at least `least` (negative: a fall) from one span to another."""
    a, b = s.mean(*dyad, *before), s.mean(*dyad, *after)
    change = b - a
    good = change <= least if least < 0 else change >= least
    if least == 0:
        good = change > 0
    return no, good, f"{a:.3f} → {b:.3f}"


def _yearly(s: Scores, no: str, above: list[str], below: list[str], partner: str) -> Outcome:
    """Expect, in each year 2004–2019 with scores, the lowest of one group above the other."""
    missed, compared = [], 0
    for year in range(2004, 2020):
        high = [s.at(state, partner, year) for state in above]
        low = [s.at(state, partner, year) for state in below]
        high, low = [v for v in high if v == v], [v for v in low if v == v]
        if high and low:
            compared += 1
            if min(high) <= max(low):
                missed.append(year)
    holds = compared - len(missed)
    detail = f"holds in {holds} of {compared} years"
    if missed:
        detail += "; not in " + ", ".join(str(year) for year in missed)
    return no, compared > 0 and not missed, detail


def outcomes(result: ai.AlignmentResult) -> list[Outcome]:
    """Outcome of every row of the table: number, whether it held, the figures."""
    s = Scores(result.scores["score"])
    rus = {state: s.mean(state, "RUS", 2004, 2019) for state in FOURTEEN}
    usa = {state: s.mean(state, "USA", 2004, 2019) for state in FOURTEEN}
    order = sorted((state for state in rus if rus[state] == rus[state]), key=lambda s: -rus[s])
    without = [state for state in rus if state not in order]
    ranked = ", ".join(f"{state} {rus[state]:.3f}" for state in order)
    ranked += f"; no score: {', '.join(without)}" if without else ""
    rows: list[Outcome] = []
    rows.append(("F1", set(order[-3:]) == set(BALTIC) and not without, ranked))
    rows.append(_step(s, "F2", ("GEO", "RUS"), (2003, 2007), (2009, 2013), -0.10))
    rows.append(_step(s, "F3", ("UKR", "RUS"), (2009, 2013), (2015, 2019), -0.10))
    rows.append(_step(s, "F4", ("UZB", "RUS"), (1994, 1998), (2000, 2004), -1e-9))
    rows.append(_step(s, "F5", ("UZB", "RUS"), (2000, 2004), (2007, 2011), 0))
    rows.append(_step(s, "F6", ("UZB", "RUS"), (2007, 2011), (2013, 2017), -1e-9))
    others = [state for state in FOURTEEN if state not in CSTO]
    rows.append(_yearly(s, "F7", CSTO, others, "RUS"))
    rows.append(("F8", "BLR" in order[:3], f"BLR is no. {order.index('BLR') + 1}"))
    rows.append(("F9", "ARM" in order[:2], f"ARM is no. {order.index('ARM') + 1}"))
    rows.append(_yearly(s, "F10", ["KAZ"], ["UZB", "TKM"], "RUS"))
    low, high = min(usa[state] for state in BALTIC), max(usa[state] for state in CSTO)
    rows.append(("F11", low > high, f"lowest Baltic {low:.3f}, highest CSTO {high:.3f}"))
    a, b = s.mean("GEO", "USA", 2009, 2019), s.mean("GEO", "RUS", 2009, 2019)
    rows.append(("F12", a > b, f"USA {a:.3f}, RUS {b:.3f}"))
    rows.append(_step(s, "F13", ("KGZ", "USA"), (2002, 2013), (2015, 2019), -1e-9))
    rows.append(_step(s, "F14", ("UZB", "USA"), (2002, 2004), (2007, 2011), -1e-9))
    rows.append(_yearly(s, "F15", ["AZE"], ["ARM"], "TUR"))
    rows.append(_step(s, "F16", ("UKR", "RUS"), (2006, 2009), (2010, 2013), 0))
    top = max(rus[state] for state in BALTIC)
    good = rus["BLR"] > rus["MDA"] > top
    moldova = "no score" if "MDA" in without else f"{rus['MDA']:.3f}"
    rows.append(("F17", good, f"BLR {rus['BLR']:.3f}, MDA {moldova}, highest Baltic {top:.3f}"))
    a, b = s.mean("CHN", "RUS", 2000, 2010), s.mean("RUS", "CHN", 2000, 2010)
    rows.append(("F18", a > b, f"CHN–RUS {a:.3f}, RUS–CHN {b:.3f}"))
    return rows


def markdown(rows: list[Outcome]) -> str:
    """Outcomes as a Markdown table."""
    lines = [
        f"| {no} | {'as expected' if held else '**miss**'} | {figures} |"
        for no, held, figures in rows
    ]
    return "\n".join(["| no. | outcome | figures |", "|---|---|---|", *lines])


def table(result: ai.AlignmentResult) -> str:
    """Outcomes of F1–F18 as a Markdown table."""
    return markdown(outcomes(result))


def print_tables(about: str | None, span: str, make: Callable[[ai.AlignmentResult], str]) -> int:
    """Read the command line of a study and print its table for every index."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--scale", type=float, default=1.0, help="has no effect here")
    parser.parse_args()
    for spec, panel, heading in CASES:
        result = ai.score(ai.load_panel(panel), spec)
        print(f"### {span}: {heading}", make(result), sep="\n\n", end="\n\n")
    return 0


def main() -> int:
    return print_tables(__doc__, "F1–F18", table)


if __name__ == "__main__":
    raise SystemExit(main())
