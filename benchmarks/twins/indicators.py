"""Slow, obvious twins of the indicator builders: plain loops, one dyad-year at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

NAN = float("nan")


def exercise_count(
    events: Iterable[tuple[str, int, int]], state: str, partner: str, year: int, *, span: bool
) -> float:
    """Exercises (participants, first year, last year) in which both took part in the year."""
    count = 0.0
    for participants, first, last in events:
        parties = {code.strip() for code in participants.split(";")}
        there = first <= year <= last if span else year == first
        if state in parties and partner in parties and state != partner and there:
            count += 1
    return count


def shared_memberships(
    spells: Iterable[tuple[str, str, int, int | None]], state: str, partner: str, year: int
) -> float:
    """Organisations that both belong to on 31 December; spells (actor, org, start, end)."""
    spells = list(spells)

    def of(actor: str) -> set[str]:
        return {
            org
            for who, org, start, end in spells
            if who == actor and start <= year and (end is None or year < end)
        }

    return float(len(of(state) & of(partner)))


def arms(
    deliveries: Iterable[tuple[str, str | None, int, float]],
    state: str,
    partner: str,
    year: int,
    years: int,
    first: int,
) -> tuple[float, float, float]:
    """Yearly volume from the partner and from all, and the trailing share; covered from `first`."""
    deliveries = list(deliveries)

    def volume(year: int, supplier: str | None) -> float:
        total = 0.0
        for who, whom, when, tiv in deliveries:
            if who == state and when == year and supplier in (None, whom):
                total += tiv
        return total

    window = [t for t in range(year - years + 1, year + 1) if t >= first]
    part = sum(volume(t, partner) for t in window)
    whole = sum(volume(t, None) for t in window)
    share = part / whole if whole > 0 else NAN
    return volume(year, partner), volume(year, None), share


def position(
    events: Sequence[tuple[str, float | None]], year: int, yes: float, no: float, silent: float
) -> float:
    """Position at the end of a year, trying every way in which unknown votes can have gone."""
    past = [event for event in sorted(events, key=lambda e: e[0]) if int(event[0][:4]) <= year]
    ends = set()
    unknown = [i for i, (_, value) in enumerate(past) if value is None]
    for number in range(2 ** len(unknown)):
        now = silent
        for i, (_, value) in enumerate(past):
            if value is None:
                value = yes if number >> unknown.index(i) & 1 else no
            if value > silent and now < value:
                now = value
            if value < silent and now > value:
                now = value
        ends.add(now)
    return ends.pop() if len(ends) == 1 else NAN
