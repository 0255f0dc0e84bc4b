"""Specs and results with labels, and the rows on which they are compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from alignindex import data
from alignindex.base.arguments import check_choice, shown
from alignindex.base.errors import AlignIndexError, PanelError, SpecError, closest, first_three
from alignindex.base.typing import Ints
from alignindex.panel.index import KEYS
from alignindex.panel.inputs import panel_for_spec
from alignindex.panel.select import select_rows
from alignindex.scoring.result import AlignmentResult, score
from alignindex.spec import IndexSpec, load_spec

__all__ = ["CLUSTERS", "Given", "cluster_numbers", "group_numbers", "results_of", "rows_of"]

Given: TypeAlias = AlignmentResult | IndexSpec | str | Path
CLUSTERS = {"state": ["state"], "dyad": ["state", "partner"]}


def results_of(
    given: Iterable[Given] | Mapping[str, Given], panel: pd.DataFrame | str | None
) -> dict[str, AlignmentResult]:
    """Return labelled results; specs are scored first, and a label is the name of the spec.

    Raises
    ------
    SpecError
        If there are fewer than two, one is neither a spec nor a result, or two share a label.
    PanelError
        If the panel lacks a column of a spec, or no bundled panel holds it; the message names the
        spec.
    """
    if isinstance(given, (str, Path, IndexSpec, AlignmentResult)) or not isinstance(
        given, Iterable
    ):
        raise SpecError(
            "compare takes a list of specs, names or results, or a mapping of labels to them; "
            f"got {'one ' if not isinstance(given, str) else ''}{_shown(given)}"
        )
    wanted = list(given.values() if isinstance(given, Mapping) else given)
    specs = [_spec(thing) for thing in wanted]
    labels = [str(label) for label in given] if isinstance(given, Mapping) else []
    labels = labels or [spec.name for spec in specs]
    if len(wanted) < 2:
        raise SpecError(f"compare needs at least two specs or results; got {labels or 'none'}")
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise SpecError(
            f"more than one is called {first_three(map(repr, twice))}; tell them apart with a "
            'mapping: compare({"a label": one, "another": two})'
        )
    table = data.load_panel(panel) if isinstance(panel, str) else panel
    if table is not None and not isinstance(table, pd.DataFrame):
        raise PanelError(
            "panel takes a DataFrame, the name of a bundled panel, or None for the bundled panels "
            f"that hold the inputs of each spec; got {type(table).__name__}"
        )
    found = {}
    for label, thing, spec in zip(labels, wanted, specs, strict=True):
        if isinstance(thing, AlignmentResult):
            found[label] = thing
            continue
        try:
            found[label] = score(panel_for_spec(spec) if table is None else table, spec)
        except PanelError as error:
            raise PanelError(f"{label!r} cannot be scored: {error}") from None
    return found


def _spec(thing: object) -> IndexSpec:
    if isinstance(thing, AlignmentResult):
        return thing.spec
    if isinstance(thing, IndexSpec):
        return thing
    if isinstance(thing, (str, Path)):
        return load_spec(thing)
    raise SpecError(
        "compare takes results, specs, names of bundled specs and paths of .toml files; got "
        f"{_shown(thing)}"
    )


def _shown(thing: object) -> str:
    return repr(thing) if isinstance(thing, (str, Path)) else type(thing).__name__


def rows_of(results: Mapping[str, AlignmentResult], **chosen: Any) -> pd.MultiIndex:
    """Return all dyad-years of the results among the chosen `states`, `partners` and `years`.

    Raises
    ------
    PanelError
        If no result has a chosen code or year (with the closest), or there is no row.
    """
    rows: Any = None
    for result in results.values():
        index = result.scores.index
        if rows is None or not rows.equals(index):
            rows = index if rows is None else rows.union(index)
    if not len(rows):
        raise PanelError("there is no dyad-year to compare; the panels are empty")
    kept: pd.MultiIndex = rows[select_rows(rows, **chosen)].remove_unused_levels()
    return kept


def group_numbers(index: pd.MultiIndex, within: Sequence[str]) -> tuple[Ints, list[str]]:
    """Return the number of the group in which each dyad-year is compared, and the key names.

    Raises
    ------
    AlignIndexError
        If `within` holds anything but state, partner and year.
    """
    if not isinstance(within, Iterable):
        raise AlignIndexError(
            f"within takes a list of {', '.join(KEYS)}, or () for all dyad-years together; got "
            f"{shown(within)}"
        )
    names = [within] if isinstance(within, str) else list(within)
    wrong = [name for name in names if name not in KEYS]
    if wrong:
        raise AlignIndexError(
            f"within takes {', '.join(KEYS)}; got {wrong[0]!r}{closest(str(wrong[0]), KEYS)}"
        )
    return _numbers(index, names), names


def cluster_numbers(index: pd.MultiIndex, cluster: str) -> Ints:
    """Return the number of the cluster that the bootstrap draws with each dyad-year.

    Raises
    ------
    AlignIndexError
        If the cluster is unknown.
    """
    check_choice(cluster, "cluster", CLUSTERS)
    return _numbers(index, CLUSTERS[cluster])


def _numbers(index: pd.MultiIndex, names: Sequence[str]) -> Ints:
    """Return group numbers in the order of the labels, whatever the order of rows."""
    number = np.zeros(len(index), dtype=np.int64)
    for name in names:
        labels, place = np.unique(index.get_level_values(name), return_inverse=True)
        number = number * len(labels) + place
    return np.unique(number, return_inverse=True)[1].astype(np.int64)
