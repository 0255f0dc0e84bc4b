"""From what a user names to results with labels, and from results to rows that can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex import data
from alignindex.base.arguments import check_choice, is_whole, shown
from alignindex.base.errors import AlignIndexError, PanelError, SpecError, closest, first_three
from alignindex.comparison.checks import check_code, check_year
from alignindex.panel.index import KEYS
from alignindex.panel.inputs import panel_for_spec
from alignindex.scoring.result import AlignmentResult, score
from alignindex.spec import IndexSpec, load_spec

__all__ = ["CLUSTERS", "Given", "cluster_numbers", "group_numbers", "results_of", "rows_of"]

Given: TypeAlias = AlignmentResult | IndexSpec | str | Path
Ints = NDArray[np.int64]

CLUSTERS = {"state": ["state"], "dyad": ["state", "partner"]}


def results_of(
    given: Iterable[Given] | Mapping[str, Given], panel: pd.DataFrame | str | None
) -> dict[str, AlignmentResult]:
    """Score what is not scored yet, and label every result with the name of its spec.

    Raises
    ------
    SpecError
        If there are fewer than two, a thing is no spec and no result, or two share a label.
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
        raise SpecError(f"compare needs two specs or results at least; got {labels or 'none'}")
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


def rows_of(
    results: Mapping[str, AlignmentResult],
    chosen: Mapping[str, Sequence[Any] | None],
) -> pd.MultiIndex:
    """All the dyad-years of the results that are among the chosen states, partners and years.

    Raises
    ------
    PanelError
        If no result has a chosen code or year (with the closest), or nothing is left.
    """
    rows: Any = None
    for result in results.values():
        index = result.scores.index
        if rows is None or not rows.equals(index):
            rows = index if rows is None else rows.union(index)
    keep = np.ones(len(rows), dtype=bool)
    for name, codes in chosen.items():
        if codes is None:
            continue
        values = rows.get_level_values(name)
        wanted = _listed(codes, name)
        known = values.unique()
        unknown = [code for code in wanted if code not in known]
        if unknown:
            raise PanelError(_unknown(name, unknown[0], known))
        keep &= values.isin(wanted)
    if not keep.any():
        raise PanelError("no dyad-year is left to compare; choose other states, partners or years")
    kept: pd.MultiIndex = rows[keep].remove_unused_levels()
    return kept


def _listed(codes: Any, name: str) -> list[Any]:
    """Return one code or year, or several, as a list."""
    if isinstance(codes, str) or is_whole(codes):
        wanted = [codes]
    elif isinstance(codes, Iterable) and not isinstance(codes, (Mapping, bytes, pd.DataFrame)):
        wanted = list(codes)
    else:
        example = "[2010, 2015] or range(2010, 2016)" if name == "year" else "['KAZ', 'ARM']"
        raise PanelError(f"{name}s takes a list, such as {example}; got {shown(codes)}")
    for code in wanted:
        check_year(code) if name == "year" else check_code(code, name)
    return wanted


def _unknown(name: str, code: object, known: pd.Index[Any]) -> str:
    if name == "year":
        return (
            f"no spec has the year {code!r}; there are the years {known.min()} to {known.max()} "
            "(whole numbers)"
        )
    codes = known.astype(str)
    return (
        f"no spec has the {name} {code!r}{closest(str(code), codes)}; there are {', '.join(codes)}"
    )


def group_numbers(index: pd.MultiIndex, within: Sequence[str]) -> tuple[Ints, list[str]]:
    """Give numbers to the groups in which dyad-years are compared.

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
    """Give numbers to the clusters that the bootstrap draws whole.

    Raises
    ------
    AlignIndexError
        If there is no such cluster.
    """
    check_choice(cluster, "cluster", CLUSTERS)
    return _numbers(index, CLUSTERS[cluster])


def _numbers(index: pd.MultiIndex, names: Sequence[str]) -> Ints:
    """Numbers in the order of the labels, so that the order of rows decides nothing."""
    number = np.zeros(len(index), dtype=np.int64)
    for name in names:
        labels, place = np.unique(index.get_level_values(name), return_inverse=True)
        number = number * len(labels) + place
    return np.unique(number, return_inverse=True)[1].astype(np.int64)
