"""What the scores of 2020–2025 should show, written before the evidence for those years existed.

``python -m benchmarks.studies.expectations`` prints the outcome of every row for the current
bundled panel. A row with a missing score is a miss. docs/face_validity.md shows the table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import alignindex as ai
from benchmarks.studies.face_validity import (
    BALTIC,
    CSTO,
    FOURTEEN,
    Scores,
    markdown,
    print_tables,
)

Test = Callable[[Scores], tuple[bool, str]]


@dataclass(frozen=True)
class Expectation:
    """One row: a number, a sentence, and the test that the scores must pass."""

    no: str
    text: str
    test: Test


def change(state: str, partner: str, before: tuple[int, int], after: tuple[int, int],
           by: float) -> Test:  # fmt: skip
    """Expect the mean to move by at least `by` (a fall where negative)."""

    def test(s: Scores) -> tuple[bool, str]:
        a, b = s.mean(state, partner, *before), s.mean(state, partner, *after)
        return (b - a <= by if by < 0 else b - a >= by), f"{a:.3f} → {b:.3f}"

    return test


def above(high: list[tuple[str, str]], low: list[tuple[str, str]], first: int, last: int) -> Test:
    """Expect every dyad of one group to have a higher mean than every dyad of the other."""

    def test(s: Scores) -> tuple[bool, str]:
        top = {dyad: s.mean(*dyad, first, last) for dyad in high}
        bottom = {dyad: s.mean(*dyad, first, last) for dyad in low}
        least, most = min(top, key=top.__getitem__), max(bottom, key=bottom.__getitem__)
        held = all(a > b for a in top.values() for b in bottom.values())  # NaN fails
        return held, (
            f"{least[0]}–{least[1]} {top[least]:.3f}, {most[0]}–{most[1]} {bottom[most]:.3f}"
        )

    return test


def rank(state: str, partner: str, first: int, last: int, *, top: int = 0, bottom: int = 0) -> Test:
    """Expect the mean of a state among the highest or the lowest of the fourteen."""

    def test(s: Scores) -> tuple[bool, str]:
        means = {other: s.mean(other, partner, first, last) for other in FOURTEEN}
        known = sorted((m for m in means.values() if m == m), reverse=True)
        own = means[state]
        if own != own:
            return False, "no score"
        place = known.index(own) + 1
        held = place <= top if top else place > len(known) - bottom
        return held, f"no. {place} of {len(known)}, {own:.3f}"

    return test


def with_partner(states: list[str], partner: str) -> list[tuple[str, str]]:
    return [(state, partner) for state in states if state != partner]


EXPECTATIONS = (
    Expectation("G1", "Armenia moves away from Russia between 2019 and 2024, by at least 0.10.",
                change("ARM", "RUS", (2019, 2019), (2024, 2024), -0.10)),
    Expectation("G2", "In 2024 Armenia stands below Belarus, Kazakhstan, Kyrgyzstan and "
                "Tajikistan with Russia.",
                above(with_partner(["BLR", "KAZ", "KGZ", "TJK"], "RUS"), [("ARM", "RUS")],
                      2024, 2024)),
    Expectation("G3", "Armenia's move is visible in 2022, before it froze its participation in "
                "the CSTO.", change("ARM", "RUS", (2018, 2020), (2022, 2023), -0.05)),
    Expectation("G4", "Belarus comes no less close to Russia after 2020 than before.",
                change("BLR", "RUS", (2015, 2019), (2022, 2024), 0.0)),
    Expectation("G5", "Belarus is the closest of the fourteen to Russia in 2022–2024.",
                rank("BLR", "RUS", 2022, 2024, top=1)),
    Expectation("G6", "Ukraine is the lowest or second lowest with Russia in 2022–2024.",
                rank("UKR", "RUS", 2022, 2024, bottom=2)),
    Expectation("G7", "Each Baltic state stands below each CSTO member with Russia, 2020–2024.",
                above(with_partner(CSTO, "RUS"), with_partner(BALTIC, "RUS"), 2020, 2024)),
    Expectation("G8", "Moldova moves away from Russia after 2021.",
                change("MDA", "RUS", (2015, 2019), (2023, 2024), -0.02)),
    Expectation("G9", "Moldova stays above Ukraine with Russia, 2022–2024.",
                above([("MDA", "RUS")], [("UKR", "RUS")], 2022, 2024)),
    Expectation("G10", "Kazakhstan stands above Uzbekistan, Turkmenistan and Azerbaijan with "
                "Russia, 2020–2024.",
                above([("KAZ", "RUS")], with_partner(["UZB", "TKM", "AZE"], "RUS"), 2020, 2024)),
    Expectation("G11", "Kyrgyzstan and Tajikistan stand above Uzbekistan, Azerbaijan and Georgia "
                "with Russia, 2020–2024.",
                above(with_partner(["KGZ", "TJK"], "RUS"),
                      with_partner(["UZB", "AZE", "GEO"], "RUS"), 2020, 2024)),
    Expectation("G12", "Azerbaijan is the closest of the fourteen to Turkey, 2021–2024.",
                rank("AZE", "TUR", 2021, 2024, top=1)),
    Expectation("G13", "Azerbaijan comes closer to Turkey after the war of 2020.",
                change("AZE", "TUR", (2012, 2018), (2021, 2024), 0.0)),
    Expectation("G14", "Armenia is among the three lowest with Turkey, 2020–2024.",
                rank("ARM", "TUR", 2020, 2024, bottom=3)),
    Expectation("G15", "Armenia comes closer to the USA in 2023–2024 than in 2015–2019.",
                change("ARM", "USA", (2015, 2019), (2023, 2024), 0.0)),
    Expectation("G16", "Ukraine is closer to the USA in 2022–2024 than in 2010–2013, by at least "
                "0.10.", change("UKR", "USA", (2010, 2013), (2022, 2024), 0.10)),
    Expectation("G17", "Georgia is less close to the USA in 2024 than in 2018–2020.",
                change("GEO", "USA", (2018, 2020), (2024, 2024), -0.01)),
    Expectation("G18", "Each Baltic state stands above each CSTO member and Azerbaijan with the "
                "USA, 2020–2024.",
                above(with_partner(BALTIC, "USA"), with_partner([*CSTO, "AZE"], "USA"),
                      2020, 2024)),
    Expectation("G19", "Ukraine stands above Georgia and Moldova with the USA, 2022–2024.",
                above([("UKR", "USA")], with_partner(["GEO", "MDA"], "USA"), 2022, 2024)),
    Expectation("G20", "Belarus is among the three lowest with the USA, 2021–2024.",
                rank("BLR", "USA", 2021, 2024, bottom=3)),
    Expectation("G21", "China is closer to Russia than to the USA, 2020–2024.",
                above([("CHN", "RUS")], [("CHN", "USA")], 2020, 2024)),
    Expectation("G22", "Russia is closer to China in 2018–2024 than in 1995–2000.",
                change("RUS", "CHN", (1995, 2000), (2018, 2024), 0.0)),
    Expectation("G23", "Russia is less close to the USA in 2022–2024 than in 2005–2012.",
                change("RUS", "USA", (2005, 2012), (2022, 2024), -0.01)),
    Expectation("G24", "Turkey is closer to the USA than to Russia, 2020–2024.",
                above([("TUR", "USA")], [("TUR", "RUS")], 2020, 2024)),
    Expectation("G25", "Turkey is closer to Russia than the Baltic states and Ukraine are, "
                "2020–2024.",
                above([("TUR", "RUS")], with_partner([*BALTIC, "UKR"], "RUS"), 2020, 2024)),
    Expectation("G26", "No CSTO member but Armenia falls by more than 0.15 with Russia from 2019 "
                "to 2024.", lambda s: _no_fall(s)),
)  # fmt: skip


def _no_fall(s: Scores) -> tuple[bool, str]:
    falls = {
        state: s.mean(state, "RUS", 2024, 2024) - s.mean(state, "RUS", 2019, 2019)
        for state in CSTO
        if state != "ARM"
    }
    shown = ", ".join(f"{state} {fall:+.3f}" for state, fall in falls.items())
    return all(fall >= -0.15 for fall in falls.values()), shown


def outcomes(result: ai.AlignmentResult) -> list[tuple[str, bool, str]]:
    """Outcome of every row: number, whether it held, the figures."""
    scores = Scores(result.scores["score"])
    return [(row.no, *row.test(scores)) for row in EXPECTATIONS]


def table(result: ai.AlignmentResult) -> str:
    """Outcomes of G1–G26 as a Markdown table."""
    return markdown(outcomes(result))


def main() -> int:
    return print_tables(__doc__, "G1–G26", table)


if __name__ == "__main__":
    raise SystemExit(main())
