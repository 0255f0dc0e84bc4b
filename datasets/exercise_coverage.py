"""Where the count of joint exercises of a pair is worth what: the rules, and their table.

``exercises/coverage`` tells apart what a number of a year is:

``complete``
    the number is established: by a published count (``enumerated``), or because events or an
    official statement rule exercises out and none was found (``zero``). Declared by hand.
``none_found``
    a search of named sources found none, and nothing rules them out. Declared by hand. It is
    weaker than a zero: the README says how often such a search has missed one.
``at_least``
    at least one exercise was seen, and how many more there were is not known. Such a number is
    let in only where it cannot mislead a sum of three years or more: no three consecutive years
    that are all let in, and not all established, have fewer than three exercises together.
``partial``
    a lower bound that is not let in, or seen with low confidence only.

So a sum over three years that are established or let in is either exact or at least three, and a
sum over years of which some are empty is a lower bound. Rows of low confidence are not counted,
nor are exercises of the kinds in ``NOT_COUNTED``.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby

import pandas as pd

WINDOW = 3
ENOUGH = 3
NOT_COUNTED = ("security_services", "patrol")
DECLARED = {"zero:": "complete", "enumerated:": "complete", "none found:": "none_found"}
COLUMNS = ["state", "partner", "first", "last", "status", "note"]

Pair = tuple[str, str]


def counting(events: pd.DataFrame) -> pd.DataFrame:
    """Exercises of the kinds that count: of armed forces, alone or mixed with others."""
    return events[~events["kind"].isin(NOT_COUNTED)] if "kind" in events else events


def seen(events: pd.DataFrame) -> Counter[tuple[str, str, int]]:
    """Exercises that began in a year and count, by ordered pair of participants."""
    counts: Counter[tuple[str, str, int]] = Counter()
    for row in counting(events).itertuples(index=False):
        taking_part = {actor.strip() for actor in row.participants.split(";")}
        for state in taking_part:
            for partner in taking_part - {state}:
                counts[state, partner, int(row.start[:4])] += 1
    return counts


def let_in(counts: dict[int, int], exact: set[int]) -> set[int]:
    """Years of one pair whose number may enter a sum of three years.

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
    """The table ``exercises/coverage``: declared spans as they are, the others by the rule.

    Raises ValueError where a span that declares none holds an exercise.
    """
    sure = seen(events[events["confidence"] != "low"])
    every = seen(events)
    rows: list[tuple[str, str, int, int, str, str]] = []
    declared: dict[Pair, dict[int, str]] = {}
    for state, partner, first, last, _, note in coverage[COLUMNS].itertuples(index=False):
        status = next((word for start, word in DECLARED.items() if note.startswith(start)), None)
        if status is None:
            continue
        rows.append((state, partner, int(first), int(last), status, note))
        for year in range(int(first), int(last) + 1):
            declared.setdefault((state, partner), {})[year] = status
            _agree(state, partner, year, note, every)
    for state in states:
        for partner in partners:
            if state == partner:
                continue
            own = declared.get((state, partner), {})
            established = {year for year, word in own.items() if word == "complete"}
            counts = {y: n for (a, b, y), n in sure.items() if (a, b) == (state, partner)}
            inside = let_in(counts, established)
            found = {y: n for (a, b, y), n in every.items() if (a, b) == (state, partner)}
            status_of = {y: "at_least" if y in inside else "partial" for y in found}
            rows += [
                (state, partner, years[0], years[-1], word, _note(word, years, found))
                for word, years in _spans({y: w for y, w in status_of.items() if y not in own})
            ]
    table = pd.DataFrame(rows, columns=COLUMNS).sort_values(["state", "partner", "first"])
    return table.reset_index(drop=True)


def _agree(
    state: str, partner: str, year: int, note: str, every: Counter[tuple[str, str, int]]
) -> None:
    if not note.startswith("enumerated:") and every[state, partner, year]:
        raise ValueError(
            f"exercises/coverage: {state}-{partner} {year} is declared as {note.split(':')[0]!r}, "
            f"while the table has {every[state, partner, year]}; correct the span or the row"
        )


def _spans(status: dict[int, str]) -> list[tuple[str, list[int]]]:
    """Runs of consecutive years with the same word."""
    ordered = sorted(status.items())
    runs = groupby(enumerate(ordered), key=lambda item: (item[1][0] - item[0], item[1][1]))
    return [(word, [year for _, (year, _) in run]) for (_, word), run in runs]


def _note(word: str, years: list[int], found: dict[int, int]) -> str:
    seen_by_year = ", ".join(f"{year}: {found[year]}" for year in years)
    return f"lower bound{'' if word == 'at_least' else ', not in the panel'}: {seen_by_year}"
