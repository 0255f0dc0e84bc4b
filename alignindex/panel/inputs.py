"""The bundled panel for a spec, joined from the panels that hold its columns."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from alignindex.base.errors import PanelError, first_three
from alignindex.data.catalogue import panel_columns
from alignindex.data.tables import load_panel
from alignindex.spec import IndexSpec, load_spec

__all__ = ["panel_for_spec", "spec_inputs"]


def spec_inputs(spec: IndexSpec | str | Path) -> pd.DataFrame:
    """Return which bundled panel holds each raw column of a spec.

    Parameters
    ----------
    spec : IndexSpec, str or Path
        A spec, the name of a bundled one, or the path of a TOML file.

    Returns
    -------
    DataFrame
        One row per column of ``spec.raw_columns``: `column`, the `indicators` that read it, and the
        bundled `panel` that holds it; empty if none does.

    Raises
    ------
    SpecError
        If the spec cannot be loaded.

    Examples
    --------
    >>> import alignindex as ai
    >>> ai.spec_inputs("voting-cohesion")
         column indicators        panel
    0  un_votes   un_votes  post_soviet
    """
    spec = spec if isinstance(spec, IndexSpec) else load_spec(spec)
    homes = panel_columns()
    ending = f"@{spec.poles[1]}" if spec.poles else ""
    rows = [
        {
            "column": column,
            "indicators": ", ".join(
                i.name
                for i in spec.indicators
                if column in {c.removesuffix(ending) for c in i.reads}
            ),
            "panel": homes.get(column, ""),
        }
        for column in spec.raw_columns
    ]
    return pd.DataFrame(rows, columns=["column", "indicators", "panel"])


def panel_for_spec(spec: IndexSpec | str | Path) -> pd.DataFrame:
    """Return the bundled panel that a spec can score.

    Parameters
    ----------
    spec : IndexSpec, str or Path
        A spec, the name of a bundled one, or the path of a TOML file.

    Returns
    -------
    DataFrame
        Index (state, partner, year), sorted; the columns of ``spec.raw_columns``. If they come
        from several bundled panels, it has every dyad-year of any of them, and a column is NaN
        where its own panel has no such row.

    Raises
    ------
    SpecError
        If the spec cannot be loaded.
    PanelError
        If no bundled panel holds some column; the message names each and what reads it.

    Examples
    --------
    >>> import alignindex as ai
    >>> panel = ai.panel_for_spec("voting-cohesion")
    >>> panel.columns.tolist()
    ['un_votes']
    >>> ai.score(panel, "voting-cohesion").spec.name
    'voting-cohesion'
    """
    spec = spec if isinstance(spec, IndexSpec) else load_spec(spec)
    table = spec_inputs(spec)
    lacking = table[table["panel"] == ""]
    if len(lacking):
        named = [f"{r.column!r} (for {r.indicators})" for r in lacking.itertuples(index=False)]
        shown = "; ".join(named) if len(named) <= 40 else first_three(named)
        raise PanelError(
            f"no bundled panel holds {len(lacking)} of the {len(table)} columns that spec "
            f"{spec.name!r} reads: {shown}. Bring them in a panel of your own, see "
            "as_panel (on the command line: --panel FILE)"
        )
    parts = [
        load_panel(str(name))[group["column"].tolist()]
        for name, group in table.groupby("panel", sort=False)
    ]
    whole = parts[0] if len(parts) == 1 else pd.concat(parts, axis=1, join="outer").sort_index()
    whole = whole[list(spec.raw_columns)]
    whole.attrs = {}  # concat keeps the attributes of one part
    return whole
