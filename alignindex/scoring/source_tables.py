"""Readers of the bundled tables: the rows on a dyad that an explanation cites, one line each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from alignindex.data import load_dataset

__all__ = ["READERS", "Ask"]

Row = dict[Any, Any]
HELD = 5  # years for which a statement holds, as in positions/yearly
NOT_COUNTED = ("security_services", "patrol")  # kinds of exercises that count in no panel


@dataclass(frozen=True)
class Ask:
    """What an explanation asks a table for: rows on a dyad in some years, for some columns."""

    state: str
    partner: str
    years: Sequence[int]
    columns: Sequence[str]
    version: str = ""  # of the tables behind an older panel, such as "/v1"

    def wants(self, *columns: str) -> bool:
        """Whether any of the columns is asked for; all are if none is named."""
        return not self.columns or bool(set(columns) & set(self.columns))


@lru_cache(maxsize=16)
def _table(name: str) -> pd.DataFrame:
    """Return a bundled table, read once; callers must not change it."""
    return load_dataset(name)


@lru_cache(maxsize=32)
def _groups(name: str, *keys: str) -> dict[tuple[str, ...], list[Row]]:
    """Return the rows of a bundled table by the actors that they are about."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in _table(name).to_dict("records"):
        groups.setdefault(tuple(str(row[key]) for key in keys), []).append(row)
    return groups


def _about(name: str, **actors: str) -> list[Row]:
    return _groups(name, *actors).get(tuple(actors.values()), [])


def _arms(ask: Ask) -> list[str]:
    words = {"under_half": "printed 0: under 0.5", "none": "no entry: none", "unknown": "unknown"}
    return [
        f"{r['year']}: {r['tiv']:g} of {r['tiv_total']:g} million TIV"
        + (f" ({words[str(r['tiv_reported'])]})" if str(r["tiv_reported"]) in words else "")
        + f" [{r['basis']}]"
        for r in _about(f"arms_imports{ask.version}", recipient=ask.state, supplier=ask.partner)
        if r["year"] in ask.years
    ]


@lru_cache(maxsize=1)
def _exercises_of() -> dict[str, list[tuple[frozenset[str], Row]]]:
    """Return exercises by participant, in the order of the table."""
    found: dict[str, list[tuple[frozenset[str], Row]]] = {}
    for row in _table("exercises").to_dict("records"):
        parties = frozenset(row["participants"].split(";"))
        for party in parties:
            found.setdefault(party, []).append((parties, row))
    return found


def _exercises(ask: Ask) -> list[str]:
    spans = _about("exercises/coverage", state=ask.state, partner=ask.partner)
    deep = not ask.version and ask.wants("exercise_depth")
    lines = [
        f"{r['start']}: {r['name']} ({r['place']})"
        + (f", {_size(r)}" if deep else "")
        + f" [{r['source']}; {r['confidence']}]"
        + (": not counted" if r["confidence"] == "low" else "")
        for parties, r in _exercises_of().get(ask.state, [])
        if ask.partner in parties and r["year"] in ask.years and r["kind"] not in NOT_COUNTED
    ]
    if deep:
        lines += [
            f"{r['date']}: {r['exercise']}, {str(r['what']).replace('_', ' ')} "
            f"[{r['source']}; {r['confidence']}]"
            for r in _about("exercises/refusals", state=ask.state, partner=ask.partner)
            if r["year"] in ask.years and r["counts"] == "yes" and r["confidence"] != "low"
        ]
    return [*lines, *_coverage(spans, ask.years, "count not known: finding none proves nothing")]


def _size(row: Row) -> str:
    """Return how many states took part, as far as is known."""
    if pd.isna(row["n_participants"]):
        return f"{row['n_at_least']:g} states at least"
    return "bilateral" if row["n_participants"] == 2 else f"{row['n_participants']:g} states"


def _votes(ask: Ask) -> list[str]:
    a, b = sorted((ask.state, ask.partner))
    return [
        f"{r['year']}: {r['shared_rollcalls']} shared roll calls"
        + (f", agreement {r['agreement_half']:.3f}" if r["shared_rollcalls"] else "")
        + ("" if pd.isna(r["kappa_linear"]) else f", linear kappa {r['kappa_linear']:.3f}")
        for r in _about(f"unga_agreement{ask.version}", state_a=a, state_b=b)
        if r["year"] in ask.years
    ]


def _relative(ask: Ask) -> list[str]:
    return [
        f"{r['year']}: "
        + (f"agreement {r['unga_agreement']:.3f} over " if r["unga_shared"] else "")
        + f"{r['unga_shared']:g} roll calls; {r['unga_members']:g} members {r['unga_mean']:.3f}"
        for r in _about("unga_relative", state=ask.state, partner=ask.partner)
        if r["year"] in ask.years
    ]


def _bases(ask: Ask) -> list[str]:
    last, first = f"{max(ask.years)}-12-31", f"{min(ask.years)}"
    spans = _about("bases/coverage", host=ask.state, patron=ask.partner)
    return [
        *(
            f"{r['start']} to {_text(r['end']) or 'open'}: {r['name']}, {r['kind_detail']}, "
            f"{r['kind']}, consent {r['consent']} [{r['source']}; {r['confidence']}]"
            for r in _about("bases", host=ask.state, patron=ask.partner)
            if str(r["start"]) <= last and (_text(r["end"]) or "9999")[: len(first)] >= first
        ),
        *_coverage(spans, ask.years, "not researched in full: some presences may not be listed"),
    ]


def _crimea(ask: Ask) -> list[str]:
    lines = []
    for actor in (ask.state, ask.partner):
        made = [
            r
            for r in _about("crimea", actor=actor)
            if str(r["date"]) <= f"{max(ask.years)}-12-31" and not pd.isna(r["value"])
        ]
        lines += [
            " ".join(
                f"{actor} {r['date']}: {_text(r['resolution'])} {_text(r['vote'])} "
                f"{_text(r['paraphrase'])} -> {r['value']:g} "
                f"[{r['source']}; {r['confidence']}]".split()
            )
            for r in made[-1:]
        ] or [f"{actor}: no statement or vote that takes a side by then"]
        lines += _assumed(actor, ask.years)
    return lines


def _assumed(actor: str, years: Sequence[int]) -> list[str]:
    """Return lines on years in which a position rests on incomplete votes."""
    note = "; ".join(str(r["note"]) for r in _about("crimea/coverage", actor=actor))
    return [
        f"{actor} {r['year']}: position {r['basis']}, since not every vote was seen: {note}"
        for r in _about("crimea/positions", actor=actor)
        if r["year"] in years and r["basis"] != "observed"
    ]


def _positions(ask: Ask) -> list[str]:
    lines = []
    for actor in (ask.state, ask.partner):
        for r in _about("positions/yearly", actor=actor):
            if r["year"] in ask.years:
                part: str = "unknown" if pd.isna(r["position"]) else f"{r['position']:.3f}"
                cast = [
                    f"{str(v['resolution']).removeprefix('A/RES/')} {v['vote']}"
                    for v in _about("positions/votes", actor=actor)
                    if str(v["date"])[:4] == str(r["year"])
                ]
                lines.append(f"{actor} {r['year']}: {part}, by {r['basis']}; votes: "
                             f"{', '.join(cast) or 'none was held'}")  # fmt: skip
        said = [
            s
            for s in _about("positions", actor=actor)
            if not pd.isna(s["value"])
            and s["confidence"] != "low"
            and min(ask.years) - HELD <= int(str(s["date"])[:4]) <= max(ask.years)
        ]
        lines += [
            f"{actor} {s['date']}: {s['paraphrase']} -> {s['value']:g} "
            f"[{s['source']}; {s['confidence']}]"
            for s in said
        ]
    return lines


def _memberships(ask: Ask) -> list[str]:
    lines = []
    if ask.wants("pledge_kind"):
        lines += [
            f"{r['year']}: strongest pledge by {r['pledge_basis']}"
            + (", the part in its organisation frozen" if r["pledge_frozen"] == 1 else "")
            for r in _about("memberships/pledges", state=ask.state, partner=ask.partner)
            if r["year"] in ask.years and _text(r["pledge_basis"])
        ]
    if ask.wants("answers", "appeals") and ask.partner == "RUS":
        lines += [
            f"{r['date']}: {r['against']}; appeal to {r['appeal']}, {r['response']} "
            f"[{r['source']}; {r['confidence']}]"
            for r in _about("memberships/obligation_use", state=ask.state)
            if int(str(r["date"])[:4]) in ask.years
            and r["appeal"] != "none"
            and r["confidence"] != "low"
        ]
    return lines


def _hostility(ask: Ask) -> list[str]:
    lines = []
    for r in _about("hostility/yearly", state=ask.state, partner=ask.partner):
        if r["year"] in ask.years:
            names = _text(r["hostility_rows"]).split(";")
            lines += [f"{r['year']}: {_hostile()[name]}" for name in names if name in _hostile()]
    return lines


@lru_cache(maxsize=1)
def _hostile() -> dict[str, str]:
    """Return wars, occupations, sanctions and disputes by identifier, in words."""
    found = {}
    for table, key, text in (
        ("hostility", "war_id", "name"),
        ("hostility/occupation", "occupation_id", "territory"),
        ("hostility/sanctions", "sanction_id", "measure"),
        ("hostility/disputes", "dispute_id", "text"),
    ):
        word = {"hostility": "war", "hostility/occupation": "occupation"}.get(table, "")
        for r in _table(table).to_dict("records"):
            said = f"{word}: {r[text]}" if word else str(r[text])
            found[str(r[key])] = f"{said} [{r['source']}; {r['confidence']}]"
    return found


def _obligations(ask: Ask) -> list[str]:
    words = {0: "no pledge", 1: "consultation", 2: "neutrality or non-aggression", 3: "defence"}
    return [
        f"{r['year']}: strongest pledge {words[int(r['alliance'])]}"
        for r in _about("obligations", state=ask.state, partner=ask.partner)
        if r["year"] in ask.years
    ]


def _alignment(ask: Ask) -> list[str]:
    one, other = sorted((ask.state, ask.partner))
    return [
        f"{r['year']}: {r['shared_rollcalls']} shared roll calls"
        for r in _about("unga_agreement/v1", state_a=one, state_b=other)
        if r["year"] in ask.years
    ]


def _stages(ask: Ask) -> list[str]:
    found = _about("strategic_stages", state=ask.state, partner=ask.partner)
    found = found or _about("strategic_stages", state=ask.partner, partner=ask.state)
    return [
        _fact(f"{r['first']}–{r['last']}", r)
        for r in found
        if (not ask.columns or r["criterion"] in ask.columns)
        and any(r["first"] <= year <= r["last"] for year in ask.years)
    ]


def _measures(ask: Ask) -> list[str]:
    return [
        _fact("March 2023", r)
        for r in _about("economist2023", state=ask.state)
        if not ask.columns or r["measure"] in ask.columns
    ]


def _fact(when: str, row: Row) -> str:
    """Return one row of a curated yes or no with its source."""
    value: str = "unknown" if pd.isna(row["value"]) else "yes" if row["value"] else "no"
    note = f"; {row['note']}" if _text(row["note"]) else ""
    return f"{when}: {value} [{_text(row['source']) or 'no source'}; {row['confidence']}]{note}"


def _coverage(spans: Sequence[Row], years: Sequence[int], outside: str) -> list[str]:
    """Return lines on the declared coverage of a dyad in some years, or `outside`."""
    lines, open_years = [], set(years)
    for r in spans:
        within = [year for year in years if r["first"] <= year <= r["last"]]
        if within:
            lines.append(f"coverage {_span(within)}: {r.get('status', 'researched')}; {r['note']}")
            open_years -= set(within)
    if open_years:
        lines.append(f"coverage {_span(sorted(open_years))}: {outside}")
    return lines


def _span(years: Sequence[int]) -> str:
    """Return years as a span if they follow one another, otherwise one by one."""
    first, last = years[0], years[-1]
    if len(years) > 2 and last - first == len(years) - 1:
        return f"{first}–{last}"
    return ", ".join(map(str, years))


def _text(value: object) -> str:
    return "" if pd.isna(value) else str(value)  # type: ignore[call-overload]


READERS: dict[str, Callable[[Ask], list[str]]] = {
    "arms_imports": _arms,
    "bases": _bases,
    "crimea": _crimea,
    "economist2023": _measures,
    "exercises": _exercises,
    "hostility": _hostility,
    "memberships": _memberships,
    "obligations": _obligations,
    "positions": _positions,
    "strategic_stages": _stages,
    "unga_agreement": _votes,
    "unga_alignment": _alignment,
    "unga_relative": _relative,
}
