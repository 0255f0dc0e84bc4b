"""Where the count of joint exercises of a pair enters the panel: the rule, and its table.

A cell of the panel holds a number of one of two kinds, which ``exercises/coverage`` tells apart:

``complete``
    the number is established: by a published count (``enumerated``), or because events or an
    official statement rule exercises out and none was found (``zero``). Declared by hand.
``at_least``
    at least one exercise was seen, and how many more there were is not known. Such a number is
    let in only where it cannot mislead a sum of three years or more: no three consecutive years
    that are all let in, and not all established, have fewer than three exercises together.

So a sum over three years that are all in the panel is either exact or at least three, and a sum
over years of which some are empty is a lower bound. Years in which none was seen and nothing is
established stay out, which is *unknown*. Rows of low confidence are not counted.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby

import pandas as pd

WINDOW = 3
ENOUGH = 3
ESTABLISHED = ("zero:", "enumerated:")
COLUMNS = ["state", "partner", "first", "last", "status", "note"]

Pair = tuple[str, str]


def seen(events: pd.DataFrame) -> Counter[tuple[str, str, int]]:
    """Exercises that began in a year, by ordered pair of participants."""
    counts: Counter[tuple[str, str, int]] = Counter()
    for row in events.itertuples(index=False):
        taking_part = {actor.strip() for actor in row.participants.split(";")}
        for state in taking_part:
            for partner in taking_part - {state}:
                counts[state, partner, int(row.start[:4])] += 1
    return counts


def let_in(counts: dict[int, int], exact: set[int]) -> set[int]:
    """Years of one pair whose number enters the panel.

    Starts from the established years and those with at least one exercise. While three
    consecutive years of these are not all established and hold fewer than three exercises, the
    year with the fewest among those not established is left out, the latest of equals.
    """
    years = exact | {year for year, number in counts.items() if number > 0}
    while True:
        for last in sorted(years):
            window = range(last - WINDOW + 1, last + 1)
            loose = [year for year in window if year not in exact]
            if not loose or not years.issuperset(window):
                continue
            if sum(counts.get(year, 0) for year in window) < ENOUGH:
                years.remove(min(loose, key=lambda year: (counts.get(year, 0), -year)))
                break
        else:
            return years


def derive(
    events: pd.DataFrame,
    coverage: pd.DataFrame,
    states: tuple[str, ...],
    partners: tuple[str, ...],
) -> pd.DataFrame:
    """The table ``exercises/coverage``: established spans as declared, the others by the rule."""
    sure = seen(events[events["confidence"] != "low"])
    every = seen(events)
    declared = coverage[coverage["note"].str.startswith(ESTABLISHED)]
    rows: list[tuple[str, str, int, int, str, str]] = []
    exact: dict[Pair, set[int]] = {}
    for state, partner, first, last, _, note in declared[COLUMNS].itertuples(index=False):
        rows.append((state, partner, int(first), int(last), "complete", note))
        exact.setdefault((state, partner), set()).update(range(int(first), int(last) + 1))
    for state in states:
        for partner in partners:
            if state == partner:
                continue
            established = exact.get((state, partner), set())
            counts = {y: n for (a, b, y), n in sure.items() if (a, b) == (state, partner)}
            inside = let_in(counts, established)
            found = {y: n for (a, b, y), n in every.items() if (a, b) == (state, partner)}
            status = {y: "at_least" if y in inside else "partial" for y in found}
            rows += [
                (state, partner, years[0], years[-1], word, _note(word, years, found))
                for word, years in _spans({y: w for y, w in status.items() if y not in established})
            ]
    table = pd.DataFrame(rows, columns=COLUMNS).sort_values(["state", "partner", "first"])
    return table.reset_index(drop=True)


def _spans(status: dict[int, str]) -> list[tuple[str, list[int]]]:
    """Runs of consecutive years with the same word."""
    ordered = sorted(status.items())
    runs = groupby(enumerate(ordered), key=lambda item: (item[1][0] - item[0], item[1][1]))
    return [(word, [year for _, (year, _) in run]) for (_, word), run in runs]


def _note(word: str, years: list[int], found: dict[int, int]) -> str:
    seen_by_year = ", ".join(f"{year}: {found[year]}" for year in years)
    return f"lower bound{'' if word == 'at_least' else ', not in the panel'}: {seen_by_year}"
