"""Coder error: codes and positions drawn from what the truth may be, given what was coded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from alignindex.base.errors import PanelError, SpecError, closest, first_three
from alignindex.base.typing import Floats, Ints
from alignindex.robustness.draws.cells import EXACT, Cells
from alignindex.robustness.draws.dependence import Owners
from alignindex.spec import IndexSpec, Indicator
from alignindex.spec.rules import Distance, Levels

__all__ = ["Coders", "check_coders", "with_coders"]

Coders: TypeAlias = Mapping[str, Any]


def check_coders(
    coders: Any, facts: Any, spec: IndexSpec, index: pd.Index[Any]
) -> dict[str, pd.DataFrame]:
    """Return coder errors by indicator, after a check of them and of the labels of facts.

    Raises
    ------
    SpecError, PanelError
        If either is of another kind, or names an indicator, column or row that does not exist.
    """
    check = {} if coders is None else coders
    if not isinstance(check, Mapping):
        raise SpecError(
            "coders is a mapping from indicator to a DataFrame of its coder errors, such as "
            f"{{'bases': confusion}}; got {type(check).__name__}"
        )
    rules = {indicator.name: indicator for indicator in spec.indicators}
    wrong = [str(name) for name in check if name not in rules]
    if wrong:
        raise SpecError(
            f"coders names indicator {wrong[0]!r}, and spec {spec.name!r} has none"
            f"{closest(wrong[0], rules)}; it has {', '.join(rules)}"
        )
    for name, table in check.items():
        if not isinstance(table, pd.DataFrame) or table.empty:
            raise SpecError(
                f"coders[{name!r}] must be a DataFrame with a row and a column for every code: a "
                "confusion matrix (index: true code, columns: code given) or the probability of "
                f"each code by dyad-year; got {type(table).__name__} without cells"
            )
    if facts is None:
        return dict(check)
    allowed = [column for name in check for column in _fact_columns(rules[name])]
    if not isinstance(facts, pd.DataFrame):
        raise PanelError(
            "facts must be a DataFrame with the rows of result.codes and one column per indicator "
            f"of coders; got {facts!r}"
        )
    strange = [str(column) for column in facts.columns if column not in allowed]
    if strange or facts.index.has_duplicates or not facts.index.isin(index).all():
        raise PanelError(
            "facts has one row per dyad-year of the result, each once, and one column per "
            "indicator of coders (for a distance: the columns of its positions); there are "
            f"{', '.join(allowed) or 'none'}"
            + (f"; got column {strange[0]!r}{closest(strange[0], allowed)}" if strange else "")
        )
    return dict(check)


def _fact_columns(indicator: Indicator) -> tuple[str, ...]:
    return indicator.columns if isinstance(indicator.rule, Distance) else (indicator.name,)


def _marks(name: str, owners: Owners, facts: pd.DataFrame | None) -> Floats:
    """Return the number of the fact behind each cell; NaN where `facts` has no label."""
    if facts is None:
        return np.full(len(owners.year), np.nan)
    names = owners.columns or (name,)
    index = owners.rows.index
    labels = facts.reindex(index=index, columns=list(names)).astype(object)
    numbers = pd.factorize(labels.to_numpy().T.ravel())[0].astype(np.float64)
    marks = pd.Series(np.where(numbers < 0, np.nan, numbers))
    groups = marks.groupby(owners.key)
    most = groups.transform("max")
    apart = np.flatnonzero((most != groups.transform("min")) & most.notna())
    if apart.size:
        raise PanelError(
            f"facts has different labels in {', '.join(names)} for one fact, "
            f"{owners.label(int(apart[0]))}: rows that share a fact need one label, or shared= "
            "must declare them apart"
        )
    return np.asarray(marks, dtype=np.float64)


def with_coders(cells: Cells, table: pd.DataFrame, facts: pd.DataFrame | None) -> None:
    """Let coded values be drawn from what the truth may be, given the code.

    See :func:`alignindex.robustness.uncertainty` for the two forms of `table`. A spell also ends
    where the label of the fact changes.
    """
    name = cells.indicator.name
    assert cells.owners is not None
    marks = _marks(name, cells.owners, facts)
    try:
        chance = table.to_numpy(np.float64)
    except (TypeError, ValueError):
        raise SpecError(
            f"coders[{name!r}] must hold probabilities; got columns of "
            f"{first_three(sorted({str(kind) for kind in table.dtypes}))}"
        ) from None
    columns = _categories(cells.indicator, table.columns)
    if isinstance(table.index, pd.MultiIndex):
        _from_probabilities(cells, table, chance, columns, marks)
    else:
        _from_confusion(cells, table, chance, columns, marks)


def _categories(indicator: Indicator, labels: ArrayLike) -> Floats:
    """Codes of labels, which are codes or names of the indicator's levels."""
    out = []
    for label in np.asarray(labels, dtype=object):
        if isinstance(label, str) and isinstance(indicator.rule, Levels):
            if label not in indicator.rule.codes:
                raise SpecError(
                    f"coders[{indicator.name!r}] names level {label!r}, and the rule has none"
                    f"{closest(label, indicator.rule.codes)}"
                )
            low, high = indicator.rule.bounds(label)
            if low != high:
                raise SpecError(
                    f"coders[{indicator.name!r}]: level {label!r} has no code of its own but "
                    f"bounds {[low, high]}; a true category has one code"
                )
            out.append(1.0 - low if indicator.reverse else low)
        else:
            try:
                value = float(label)
            except (TypeError, ValueError):
                value = np.nan
            if not 0 <= value <= 1:
                raise SpecError(
                    f"coders[{indicator.name!r}] needs codes in [0, 1] or level names as labels; "
                    f"got {label!r}"
                )
            out.append(value)
    values = np.array(out)
    if len(np.unique(values)) < len(values):
        raise SpecError(
            f"coders[{indicator.name!r}] has several labels with one code; merge them: "
            f"{list(np.asarray(labels, dtype=object))}"
        )
    return values


def _shares(name: str, table: Floats, what: str) -> Floats:
    total = table.sum(axis=1)
    wrong = ~(np.abs(total - 1.0) <= 1e-6) | ~(table >= 0).all(axis=1)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        hint = ""
        if np.isnan(table[row]).any():
            hint = (
                "; NaN stands where nothing was seen, such as a level without units: estimate the "
                "matrix with dawid_skene(..., smoothing=1), which fills it"
            )
        raise SpecError(
            f"coders[{name!r}]: each row of {what} must hold probabilities that sum to 1; row "
            f"{row + 1} is {table[row].tolist()}{hint}"
        )
    shares: Floats = table / total[:, None]
    return shares


def _from_confusion(
    cells: Cells, table: pd.DataFrame, chance: Floats, given: Floats, marks: Floats
) -> None:
    name = cells.indicator.name
    true = _categories(cells.indicator, table.index)
    chance = _shares(name, chance, "a confusion matrix")
    if not np.array_equal(np.sort(true), np.sort(given)):
        raise SpecError(
            f"coders[{name!r}]: a confusion matrix has the same codes in index (true) and columns "
            f"(given); got {true.tolist()} and {given.tolist()}"
        )
    chance = chance[:, [int(np.flatnonzero(given == value)[0]) for value in true]]
    coded = ~np.isnan(cells.value)
    near = np.abs(cells.value[coded][:, None] - true)
    place = near.argmin(axis=1)
    far = near.min(axis=1) > EXACT
    if far.any():
        raise SpecError(
            f"coders[{name!r}] lacks {int(far.sum())} of the codes that occur, such as "
            f"{cells.value[coded][far][0]:g}; it has {true.tolist()}. A confusion matrix needs a "
            "row and column for every code, and does not go with alternatives that change the "
            "codes of its indicator"
        )
    category = np.full(len(cells.value), np.nan)
    category[coded] = place
    assert cells.owners is not None
    first = cells.owners.spells(coded, category, marks)
    spell = np.unique(first[first >= 0])
    prior = _prior(np.bincount(category[spell].astype(np.int64), minlength=len(true)), chance)
    joint = prior[:, None] * chance
    with np.errstate(invalid="ignore"):  # a code that never occurs has no posterior and needs none
        posterior = (joint / joint.sum(axis=0)).T
    for given_code in np.unique(place):
        inside = coded & (category == given_code)
        if np.isnan(posterior[given_code]).any():
            raise SpecError(
                f"coders[{name!r}]: the code {true[given_code]:g} occurs in {int(inside.sum())} "
                "dyad-years, and the confusion matrix says that no true code is ever given as it: "
                "its column holds no probability. Correct that column, or smooth the matrix"
            )
        cumulative = np.cumsum(posterior[given_code])
        cells.table[inside] = cells.add_table(true, cumulative)
    cells.follow(first, coded=True)


def _prior(count: Ints, chance: Floats) -> Floats:
    """Share of each true category among the spells: maximum likelihood, by EM from even shares."""
    share = count / max(count.sum(), 1)
    prior = np.full(len(share), 1.0 / len(share))
    for _ in range(10_000):
        joint = prior[:, None] * chance
        total = joint.sum(axis=0)
        new = (joint / np.where(total > 0, total, 1.0)) @ share
        new = new / new.sum()
        if np.abs(new - prior).max() < 1e-12:
            break
        prior = new
    return prior


def _from_probabilities(
    cells: Cells, table: pd.DataFrame, chance: Floats, values: Floats, marks: Floats
) -> None:
    owners = cells.owners
    assert owners is not None
    name = cells.indicator.name
    if table.index.has_duplicates:
        raise PanelError(f"coders[{name!r}] has a row twice; keep one row each")
    row = _rows_of_cells(table, owners, name)
    unused = np.setdiff1d(np.arange(len(table)), row)
    if unused.size:
        raise PanelError(
            f"coders[{name!r}] has {unused.size} rows that were not scored, such as "
            f"{table.index[int(unused[0])]}"
        )
    outside = (row >= 0) & np.isnan(cells.low)
    if table.index.nlevels == 3 and outside.any():
        where = table.index[int(row[np.flatnonzero(outside)[0]])]
        raise PanelError(f"coders[{name!r}] has {where}, where the indicator does not apply")
    shares = _shares(name, chance, "category probabilities")
    numbers = np.array([cells.add_table(values, np.cumsum(p)) for p in shares])
    number = pd.Series(np.where(row >= 0, numbers[row], np.nan))
    # A row speaks for everything that shares its fact.
    of_owner = number.groupby(owners.key)
    most, least = of_owner.transform("max"), of_owner.transform("min")
    if (most != least)[most.notna()].any():
        cell = int(np.flatnonzero((most != least) & most.notna())[0])
        raise PanelError(
            f"coders[{name!r}] has different probabilities for one fact, {owners.label(cell)}: "
            "rows that share a fact need the same, or shared= must declare them apart"
        )
    most = most.where(~np.isnan(cells.low))
    part = most.notna().to_numpy()
    cells.table[part] = most[part].astype(np.int64)
    spells = owners.spells(part, most.to_numpy(), cells.value, marks)
    cells.follow(spells, coded=True)


def _rows_of_cells(table: pd.DataFrame, owners: Owners, name: str) -> NDArray[np.intp]:
    """Row of the table that speaks of each cell; -1 for none."""
    actors = owners.actors()
    if table.index.nlevels == 2 and actors is not None:
        return np.asarray(table.index.get_indexer(actors))
    if table.index.nlevels == 3 and not owners.columns:
        return np.asarray(table.index.get_indexer(owners.rows.index))
    if owners.columns:
        wanted = (
            "(actor, year): the probability of each position"
            if actors is not None
            else "true codes only (a confusion matrix), since its positions differ by dyad"
        )
    else:
        wanted = "(state, partner, year)" + (" or (actor, year)" if actors is not None else "")
    raise PanelError(
        f"coders[{name!r}]: the facts of this indicator are one for each {owners.kind}, and a "
        f"table of probabilities has the index {wanted}; got {list(table.index.names)}"
    )
