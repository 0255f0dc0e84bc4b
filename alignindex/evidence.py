"""Source rows behind the bundled panel: which table rows stand behind a dyad's raw values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import pandas as pd

from alignindex.data import load_dataset, load_panel

__all__ = ["bundled_name", "source_rows"]

BUNDLED_PANELS = ("post_soviet",)


@lru_cache(maxsize=16)
def _table(name: str) -> pd.DataFrame:
    """Read a bundled table once a session; callers only read it."""
    return load_panel(name) if name in BUNDLED_PANELS else load_dataset(name)


def bundled_name(panel: pd.DataFrame) -> str | None:
    """Name of the bundled panel that a panel is part of, cell for cell; None if there is none.

    Examples
    --------
    >>> from alignindex.data import load_panel
    >>> panel = load_panel("post_soviet")
    >>> bundled_name(panel.loc[["ARM"]])
    'post_soviet'
    >>> bundled_name(panel.fillna({"exercises": 0.0})) is None
    True
    """
    for name in BUNDLED_PANELS:
        whole = _table(name)
        shared = [column for column in panel.columns if column in whole.columns]
        if (
            not shared
            or len(shared) < len(panel.columns)
            or not panel.index.isin(whole.index).all()
        ):
            continue
        ours = whole.loc[panel.index, shared]
        if all(ours[c].astype(object).equals(panel[c].astype(object)) for c in shared):
            return name
    return None


def source_rows(dataset: str, state: str, partner: str, years: Sequence[int]) -> list[str]:
    """Rows of a bundled table behind one indicator of a dyad in some years, a line each.

    Returns an empty list for a table without rows on the dyad, or one that has no reader here.

    Examples
    --------
    >>> source_rows("unga_agreement", "ARM", "RUS", [2013])[0].split(":")[0]
    '2013'
    """
    reader = _READERS.get(dataset)
    return [] if reader is None else reader(state, partner, years)


def _arms(state: str, partner: str, years: Sequence[int]) -> list[str]:
    table = _table("arms_imports")
    rows = table[
        (table["recipient"] == state) & (table["supplier"] == partner) & table["year"].isin(years)
    ]
    words = {"under_half": "printed 0: under 0.5", "none": "no entry: none", "unknown": "unknown"}
    return [
        f"{r.year}: {r.tiv:g} of {r.tiv_total:g} million TIV"
        + (f" ({words[str(r.tiv_reported)]})" if str(r.tiv_reported) in words else "")
        + f" [{r.basis}]"
        for r in _rows(rows)
    ]


def _exercises(state: str, partner: str, years: Sequence[int]) -> list[str]:
    table = _table("exercises")
    parties = table["participants"].str.split(";")
    both = parties.map(lambda names: state in names and partner in names)
    rows = table[both & table["year"].isin(years)]
    return [f"{r.start}: {r['name']} ({r.place}) [{r.source}; {r.confidence}]" for r in _rows(rows)]


def _votes(state: str, partner: str, years: Sequence[int]) -> list[str]:
    table = _table("unga_agreement")
    a, b = sorted((state, partner))
    rows = table[(table["state_a"] == a) & (table["state_b"] == b) & table["year"].isin(years)]
    return [
        f"{r.year}: {r.shared_rollcalls} shared roll calls, agreement {r.agreement_half:.3f}, "
        f"linear kappa {r.kappa_linear:.3f}"
        for r in _rows(rows)
    ]


def _bases(state: str, partner: str, years: Sequence[int]) -> list[str]:
    table = _table("bases")
    last, first = f"{max(years)}-12-31", f"{min(years)}"
    start, end = table["start"].astype(str), table["end"].fillna("9999").astype(str)
    rows = table[
        (table["host"] == state)
        & (table["patron"] == partner)
        & (start <= last)
        & (end.str.slice(0, len(first)) >= first)
    ]
    return [
        f"{r.start} to {_text(r.end) or 'open'}: {r['name']}, {r.kind_detail}, {r.kind}, consent "
        f"{r.consent} [{r.source}; {r.confidence}]"
        for r in _rows(rows)
    ]


def _crimea(state: str, partner: str, years: Sequence[int]) -> list[str]:
    table = _table("crimea")
    dates = table["date"].astype(str)
    lines = []
    for actor in (state, partner):
        made = table[
            (table["actor"] == actor) & (dates <= f"{max(years)}-12-31") & table["value"].notna()
        ]
        latest = made.iloc[[-1]] if len(made) else made
        lines += [
            f"{actor} {r.date}: {_text(r.resolution)} {_text(r.vote)} {_text(r.paraphrase)} -> "
            f"{r.value:g} [{r.source}; {r.confidence}]".replace("  ", " ")
            for r in _rows(latest)
        ] or [f"{actor}: no statement or vote that takes a side by then"]
    return lines


def _text(value: object) -> str:
    return "" if pd.isna(value) else str(value)  # type: ignore[call-overload]


def _rows(table: pd.DataFrame) -> list[pd.Series]:
    """Rows of a table, one by one."""
    return [table.iloc[place] for place in range(len(table))]


_READERS: dict[str, Callable[[str, str, Sequence[int]], list[str]]] = {
    "arms_imports": _arms,
    "bases": _bases,
    "crimea": _crimea,
    "exercises": _exercises,
    "unga_agreement": _votes,
}
