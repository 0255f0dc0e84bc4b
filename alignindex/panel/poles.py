"""The panel of a bipolar index: for each state and year, one row made of the rows of both poles."""

from __future__ import annotations

from typing import Any

import pandas as pd

from alignindex.base.errors import PanelError, closest
from alignindex.base.keys import label_text
from alignindex.spec import IndexSpec

__all__ = ["pair_poles"]


def pair_poles(panel: pd.DataFrame, spec: IndexSpec) -> pd.DataFrame:
    """Return the panel that a spec reads: the panel itself, or with the rows of both poles joined.

    Parameters
    ----------
    panel : DataFrame
        Sorted; index (state, partner, year).
    spec : IndexSpec
        With poles ``(a, b)``, a column ``x@b`` is column ``x`` of the row with b, and a plain ``x``
        that of the row with a.

    Returns
    -------
    DataFrame
        Under poles: one row for each state and year that has a row with a or with b; its partner
        is a. The poles themselves are not among the states. Cells of a missing row are NaN, also
        where no state has a row with one of the poles, so that a part of a panel scores as the
        whole. A panel that is paired already is returned as it is.

    Raises
    ------
    PanelError
        If neither pole is a partner in the panel, only the poles have rows with one another, a
        column is there more than once, or a column of the second pole's rows is already there in
        part.

    Examples
    --------
    >>> from alignindex.panel.convert import as_panel
    >>> panel = as_panel(pd.DataFrame({
    ...     "state": ["LAO", "LAO"], "partner": ["USA", "CHN"], "year": [2020, 2020],
    ...     "visits": [1.0, 4.0],
    ... }))
    >>> spec = IndexSpec.from_dict({
    ...     "schema_version": 1, "name": "x", "fidelity": "illustrative", "missing": "propagate",
    ...     "poles": ["USA", "CHN"],
    ...     "indicators": [{"name": "visits", "columns": ["visits", "visits@CHN"],
    ...                     "rule": {"kind": "balance"}}],
    ... })
    >>> pair_poles(panel, spec)
                        visits  visits@CHN
    state partner year
    LAO   USA     2020     1.0         4.0
    """
    if spec.poles is None:
        return panel
    a, b = spec.poles
    of_b = [column for column in spec.columns if column.endswith(f"@{b}")]
    labels = panel.index.get_level_values("partner")
    partner = _texts(labels)
    there = [column for column in of_b if column in panel.columns]
    if len(there) == len(of_b) and (partner == a).all():
        return panel
    if there:
        raise PanelError(
            f"column {there[0]!r} is made of {b}'s rows, and the panel has it already: leave it "
            f"out, or give a paired panel with {', '.join(of_b)} and partner {a} throughout"
        )
    columns = panel.columns.astype(str)
    twice = [name for name in spec.raw_columns if (columns == name).sum() > 1]
    if twice:
        raise PanelError(
            f"the panel has column {twice[0]!r} more than once; keep one column of a name"
        )
    partners = partner.unique()
    if len(panel) and a not in partners and b not in partners:
        raise PanelError(
            f"spec {spec.name!r} says where a state stands between {a} and {b}, and the panel has "
            f"no row with partner {a!r}{closest(a, partners)} or {b!r}{closest(b, partners)}; its "
            f"partners: {', '.join(partners[:8])}"
        )
    state = panel.index.get_level_values("state")
    outside = ~_texts(state).isin(spec.poles)
    rows = {pole: panel[(partner == pole) & outside].droplevel("partner") for pole in spec.poles}
    index = rows[a].index.union(rows[b].index)
    if len(panel) and index.empty:
        raise PanelError(
            f"spec {spec.name!r} says where a state stands between {a} and {b}, and the only "
            "states with a row with either are the poles themselves: add other states"
        )
    paired = rows[a].reindex(index)
    for column in of_b:
        base = column.removesuffix(f"@{b}")
        if base in panel.columns:  # else the check of the columns names it
            paired[column] = rows[b][base].reindex(index)
    level = index.get_level_values
    ends = pd.Index([_own(labels, a)] * len(index), dtype=object)
    keys = [level("state"), ends, level("year")]
    return paired.set_axis(pd.MultiIndex.from_arrays(keys, names=panel.index.names))


def _texts(labels: pd.Index[Any]) -> pd.Index[Any]:
    """Labels of a level as text, since a spec names its poles in text."""
    codes, values = pd.factorize(labels)
    return pd.Index([label_text(value) for value in values.tolist()], dtype=object)[codes]


def _own(labels: pd.Index[Any], pole: str) -> Any:
    """Return the label that a pole has in a panel, or would have."""
    if not pd.api.types.is_numeric_dtype(labels.dtype) or not len(labels):
        return pole
    new = int(pole) if pole.isdecimal() else pole
    return next((each for each in labels.unique().tolist() if label_text(each) == pole), new)
