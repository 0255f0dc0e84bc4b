"""Source rows behind the bundled panel: which table rows stand behind a dyad's raw values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import pandas as pd

from alignindex.data import load_dataset, load_panel, panel_columns

__all__ = ["bundled_name", "bundled_panels", "source_rows"]

Row = dict[Any, Any]


@lru_cache(maxsize=16)
def _table(name: str) -> pd.DataFrame:
    """Read a bundled table once a session; callers only read it."""
    return load_dataset(name)


@lru_cache(maxsize=8)
def _panel(name: str) -> pd.DataFrame:
    """Read a bundled panel once a session; callers only read it."""
    return load_panel(name)


def bundled_panels(panel: pd.DataFrame) -> tuple[str, ...]:
    """Names of the bundled panels that a panel is made of, cell for cell; none if any cell is not.

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
    """Name of the bundled panel or panels that a panel is part of; None if it is part of none.

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
    """Rows of a bundled table behind one indicator of a dyad in some years, a line each.

    `columns` are those that the indicator reads; a table that stands behind several columns gives
    the rows of these alone (of all, where none is named). Returns an empty list for a table without
    rows on the dyad, or one that has no reader here.

    Examples
    --------
    >>> source_rows("unga_agreement", "ARM", "RUS", [2013])[0].split(":")[0]
    '2013'
    """
    if dataset in _READERS_BY_COLUMN:
        return _READERS_BY_COLUMN[dataset](state, partner, years, columns)
    reader = _READERS.get(dataset)
    return [] if reader is None else reader(state, partner, years)


@lru_cache(maxsize=32)
def _groups(name: str, *keys: str) -> dict[tuple[str, ...], list[Row]]:
    """Rows of a bundled table in their order, by the actors that they are about."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in _table(name).to_dict("records"):
        groups.setdefault(tuple(str(row[key]) for key in keys), []).append(row)
    return groups


def _about(name: str, **actors: str) -> list[Row]:
    return _groups(name, *actors).get(tuple(actors.values()), [])


def _arms(state: str, partner: str, years: Sequence[int]) -> list[str]:
    words = {"under_half": "printed 0: under 0.5", "none": "no entry: none", "unknown": "unknown"}
    return [
        f"{r['year']}: {r['tiv']:g} of {r['tiv_total']:g} million TIV"
        + (f" ({words[str(r['tiv_reported'])]})" if str(r["tiv_reported"]) in words else "")
        + f" [{r['basis']}]"
        for r in _about("arms_imports", recipient=state, supplier=partner)
        if r["year"] in years
    ]


@lru_cache(maxsize=1)
def _exercises_of() -> dict[str, list[tuple[frozenset[str], Row]]]:
    """Exercises by participant, in the order of the table."""
    found: dict[str, list[tuple[frozenset[str], Row]]] = {}
    for row in _table("exercises").to_dict("records"):
        parties = frozenset(row["participants"].split(";"))
        for party in parties:
            found.setdefault(party, []).append((parties, row))
    return found


def _exercises(state: str, partner: str, years: Sequence[int]) -> list[str]:
    spans = _about("exercises/coverage", state=state, partner=partner)
    return [
        *(
            f"{r['start']}: {r['name']} ({r['place']}) [{r['source']}; {r['confidence']}]"
            for parties, r in _exercises_of().get(state, [])
            if partner in parties and r["year"] in years
        ),
        *_coverage(spans, years, "count not known: that none was found proves nothing"),
    ]


def _votes(state: str, partner: str, years: Sequence[int]) -> list[str]:
    a, b = sorted((state, partner))
    return [
        f"{r['year']}: {r['shared_rollcalls']} shared roll calls"
        + (f", agreement {r['agreement_half']:.3f}" if r["shared_rollcalls"] else "")
        + ("" if pd.isna(r["kappa_linear"]) else f", linear kappa {r['kappa_linear']:.3f}")
        for r in _about("unga_agreement/v1", state_a=a, state_b=b)
        if r["year"] in years
    ]


def _bases(state: str, partner: str, years: Sequence[int]) -> list[str]:
    last, first = f"{max(years)}-12-31", f"{min(years)}"
    spans = _about("bases/coverage", host=state, patron=partner)
    return [
        *(
            f"{r['start']} to {_text(r['end']) or 'open'}: {r['name']}, {r['kind_detail']}, "
            f"{r['kind']}, consent {r['consent']} [{r['source']}; {r['confidence']}]"
            for r in _about("bases", host=state, patron=partner)
            if str(r["start"]) <= last and (_text(r["end"]) or "9999")[: len(first)] >= first
        ),
        *_coverage(spans, years, "not researched as a whole: there may be presences not listed"),
    ]


def _crimea(state: str, partner: str, years: Sequence[int]) -> list[str]:
    lines = []
    for actor in (state, partner):
        made = [
            r
            for r in _about("crimea", actor=actor)
            if str(r["date"]) <= f"{max(years)}-12-31" and not pd.isna(r["value"])
        ]
        lines += [
            " ".join(
                f"{actor} {r['date']}: {_text(r['resolution'])} {_text(r['vote'])} "
                f"{_text(r['paraphrase'])} -> {r['value']:g} "
                f"[{r['source']}; {r['confidence']}]".split()
            )
            for r in made[-1:]
        ] or [f"{actor}: no statement or vote that takes a side by then"]
        lines += _assumed(actor, years)
    return lines


def _assumed(actor: str, years: Sequence[int]) -> list[str]:
    """Lines on the years in which a position rests on votes that were not seen."""
    note = "; ".join(str(r["note"]) for r in _about("crimea/coverage", actor=actor))
    return [
        f"{actor} {r['year']}: position {r['basis']}, since not every vote was seen: {note}"
        for r in _about("crimea/positions", actor=actor)
        if r["year"] in years and r["basis"] != "observed"
    ]


def _obligations(state: str, partner: str, years: Sequence[int]) -> list[str]:
    words = {0: "no pledge", 1: "consultation", 2: "neutrality or non-aggression", 3: "defence"}
    return [
        f"{r['year']}: strongest pledge {words[int(r['alliance'])]}"
        for r in _about("obligations", state=state, partner=partner)
        if r["year"] in years
    ]


def _alignment(state: str, partner: str, years: Sequence[int]) -> list[str]:
    one, other = sorted((state, partner))
    return [
        f"{r['year']}: {r['shared_rollcalls']} shared roll calls"
        for r in _about("unga_agreement/v1", state_a=one, state_b=other)
        if r["year"] in years
    ]


def _stages(state: str, partner: str, years: Sequence[int], columns: Sequence[str]) -> list[str]:
    found = _about("strategic_stages", state=state, partner=partner)
    found = found or _about("strategic_stages", state=partner, partner=state)
    return [
        _fact(f"{r['first']}–{r['last']}", r)
        for r in found
        if (not columns or r["criterion"] in columns)
        and any(r["first"] <= year <= r["last"] for year in years)
    ]


def _measures(state: str, partner: str, years: Sequence[int], columns: Sequence[str]) -> list[str]:
    return [
        _fact("March 2023", r)
        for r in _about("economist2023", state=state)
        if not columns or r["measure"] in columns
    ]


def _fact(when: str, row: Row) -> str:
    """Write one row of a curated yes or no, with what is known of it."""
    value: str = "unknown" if pd.isna(row["value"]) else "yes" if row["value"] else "no"
    note = f"; {row['note']}" if _text(row["note"]) else ""
    return f"{when}: {value} [{_text(row['source']) or 'no source'}; {row['confidence']}]{note}"


def _coverage(spans: Sequence[Row], years: Sequence[int], outside: str) -> list[str]:
    """Lines on what is declared about the rows of a dyad in some years; `outside`, if nothing."""
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
    """Name years that follow one another, or that do not."""
    first, last = years[0], years[-1]
    if len(years) > 2 and last - first == len(years) - 1:
        return f"{first}–{last}"
    return ", ".join(map(str, years))


def _text(value: object) -> str:
    return "" if pd.isna(value) else str(value)  # type: ignore[call-overload]


_READERS: dict[str, Callable[[str, str, Sequence[int]], list[str]]] = {
    "arms_imports": _arms,
    "bases": _bases,
    "crimea": _crimea,
    "exercises": _exercises,
    "obligations": _obligations,
    "unga_agreement": _votes,
    "unga_alignment": _alignment,
}
_READERS_BY_COLUMN: dict[str, Callable[[str, str, Sequence[int], Sequence[str]], list[str]]] = {
    "economist2023": _measures,
    "strategic_stages": _stages,
}
