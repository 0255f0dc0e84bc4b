"""Source rows behind the bundled panel: the table rows behind the raw values of a dyad."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from alignindex.data import load_dataset, load_panel, panel_columns

__all__ = ["bundled_name", "bundled_panels", "source_rows"]

Row = dict[Any, Any]


@dataclass(frozen=True)
class Ask:
    """What an explanation asks a table for: rows on a dyad in some years, for some columns."""

    state: str
    partner: str
    years: Sequence[int]
    columns: Sequence[str]


@lru_cache(maxsize=16)
def _table(name: str) -> pd.DataFrame:
    """Return a bundled table, read once; callers must not change it."""
    return load_dataset(name)


@lru_cache(maxsize=8)
def _panel(name: str) -> pd.DataFrame:
    """Return a bundled panel, read once; callers must not change it."""
    return load_panel(name)


def bundled_panels(panel: pd.DataFrame) -> tuple[str, ...]:
    """Return the bundled panels that hold every cell of a panel; none if any cell is elsewhere.

    A column that is the second pole's (``x@CHN``) is compared with that pole's rows. A cell is
    unknown where its bundled panel has no such row.

    Examples
    --------
    >>> from alignindex.data import load_panel
    >>> panel = load_panel("post_soviet")
    >>> bundled_panels(panel.loc[["ARM"]])
    ('post_soviet',)
    >>> bundled_panels(panel.fillna({"exercises": 0.0}))
    ()
    """
    homes = panel_columns()
    columns = {str(c): str(c).rpartition("@") if "@" in str(c) else (str(c), "", "") for c in panel}
    if not columns or any(base not in homes for base, _, _ in columns.values()):
        return ()
    seen = pd.Series(False, index=panel.index)
    for column, (base, _, pole) in columns.items():
        whole, index = _panel(homes[base])[base], panel.index
        if pole:
            keys = {name: index.get_level_values(name) for name in ("state", "year")}
            index = pd.MultiIndex.from_arrays(
                [keys["state"], [pole] * len(index), keys["year"]], names=index.names
            )
        there = index.isin(whole.index)
        if (
            not panel[column]
            .astype(object)
            .where(there)
            .equals(whole.astype(object).reindex(index).set_axis(panel.index))
            or panel.loc[~there, column].notna().any()
        ):
            return ()
        seen |= there
    return (
        tuple(dict.fromkeys(homes[base] for base, _, _ in columns.values())) if seen.all() else ()
    )


def bundled_name(panel: pd.DataFrame) -> str | None:
    """Return the name of the bundled panel or panels that a panel is part of, or None.

    Examples
    --------
    >>> from alignindex.data import load_panel
    >>> bundled_name(load_panel("post_soviet").loc[["ARM"]])
    'post_soviet'
    """
    return " + ".join(bundled_panels(panel)) or None


def source_rows(
    dataset: str, state: str, partner: str, years: Sequence[int], columns: Sequence[str] = ()
) -> list[str]:
    """Return the rows of a bundled table behind an indicator of a dyad, one line per row.

    `columns` are those that the indicator reads; a table that stands behind several columns gives
    the rows of these only (of all columns if none is named). The list is empty for a table without
    rows on the dyad or without a reader here.

    Examples
    --------
    >>> source_rows("unga_agreement", "ARM", "RUS", [2013])[0].split(":")[0]
    '2013'
    """
    reader = _READERS.get(dataset)
    return [] if reader is None else reader(Ask(state, partner, years, columns))


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
        for r in _about("arms_imports", recipient=ask.state, supplier=ask.partner)
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
    return [
        *(
            f"{r['start']}: {r['name']} ({r['place']}) [{r['source']}; {r['confidence']}]"
            for parties, r in _exercises_of().get(ask.state, [])
            if ask.partner in parties and r["year"] in ask.years
        ),
        *_coverage(spans, ask.years, "count not known: finding none proves nothing"),
    ]


def _votes(ask: Ask) -> list[str]:
    a, b = sorted((ask.state, ask.partner))
    return [
        f"{r['year']}: {r['shared_rollcalls']} shared roll calls"
        + (f", agreement {r['agreement_half']:.3f}" if r["shared_rollcalls"] else "")
        + ("" if pd.isna(r["kappa_linear"]) else f", linear kappa {r['kappa_linear']:.3f}")
        for r in _about("unga_agreement/v1", state_a=a, state_b=b)
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


_READERS: dict[str, Callable[[Ask], list[str]]] = {
    "arms_imports": _arms,
    "bases": _bases,
    "crimea": _crimea,
    "economist2023": _measures,
    "exercises": _exercises,
    "obligations": _obligations,
    "strategic_stages": _stages,
    "unga_agreement": _votes,
    "unga_alignment": _alignment,
}
