"""Source rows behind the bundled panels: which panel was scored, and the rows behind its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import pandas as pd

from alignindex.data import load_panel, panel_columns
from alignindex.scoring.source_tables import READERS, Ask

__all__ = ["bundled_name", "bundled_panels", "source_rows"]

OLD_PANELS = ("post_soviet/v1",)


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
    found = _holding(panel, homes)
    for old in () if found else OLD_PANELS:
        found = found or _holding(panel, {str(column): old for column in _panel(old)})
    return found


def _holding(panel: pd.DataFrame, homes: Mapping[str, str]) -> tuple[str, ...]:
    """Return the panels of `homes` (by column) that hold every cell of a panel, or none."""
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
    dataset: str,
    state: str,
    partner: str,
    years: Sequence[int],
    columns: Sequence[str] = (),
    panel: str = "",
) -> list[str]:
    """Return the rows of a bundled table behind an indicator of a dyad, one line per row.

    `columns` are those that the indicator reads; a table that stands behind several columns gives
    the rows of these only (of all columns if none is named). `panel` is the bundled panel that was
    scored: version 1 of it rests on version 1 of the tables. The list is empty for a table without
    rows on the dyad or without a reader here.

    Examples
    --------
    >>> source_rows("unga_agreement", "ARM", "RUS", [2013])[0].split(":")[0]
    '2013'
    """
    reader = READERS.get(dataset)
    version = "/v1" if panel in OLD_PANELS else ""
    return [] if reader is None else reader(Ask(state, partner, years, columns, version))
