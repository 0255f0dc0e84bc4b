"""Codes that are drawn: what is unknown, and what a coder may have got wrong, spell by spell."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, Union

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from alignindex.errors import PanelError, SpecError, closest
from alignindex.kernels import draws as kernels
from alignindex.panel import DyadYears
from alignindex.rules import Levels, Thresholds
from alignindex.spec import Indicator

__all__ = [
    "Coders",
    "Codes",
    "MissingRule",
    "key_of",
    "with_coders",
    "with_imputations",
    "with_missing",
]  # fmt: skip

Floats = NDArray[np.float64]
Coders: TypeAlias = Mapping[str, Any]
MissingRule: TypeAlias = Union[str, Sequence[pd.DataFrame], None]  # noqa: UP007
EXACT = 1e-9  # codes this near to a category are that category


@dataclass
class Codes:
    """Codes of one indicator under one coding, some of them drawn.

    `fact` numbers the label of the stream that a row follows (-1: not drawn), `table` the list of
    values that it picks from (-1: uniform between low and high).
    """

    indicator: Indicator
    code: Floats
    low: Floats
    high: Floats
    fact: NDArray[np.int64]
    table: NDArray[np.int64]
    labels: list[str]
    tables: list[tuple[Floats, Floats]]  # values and their cumulative probabilities


def key_of(seed: bytes, label: str) -> NDArray[np.uint64]:
    """Key of the stream of one fact: a hash, so that it depends on no order."""
    digest = hashlib.blake2b(label.encode(), key=seed, digest_size=16).digest()
    return np.frombuffer(digest, dtype="<u8").astype(np.uint64)


def _admissible(indicator: Indicator) -> Floats | None:
    """Codes that an indicator can take, or None if it can take any in a range."""
    if indicator.cut is not None:
        return np.array([0.0, 1.0])
    rule = indicator.rule
    if isinstance(rule, Thresholds):
        codes = np.array(sorted(set(rule.codes)))
    elif isinstance(rule, Levels):
        codes = np.array(sorted({end for name in rule.codes for end in rule.bounds(name)}))
    else:
        return None
    return np.sort(1.0 - codes) if indicator.reverse else codes


def _label_spells(codes: Codes, rows: DyadYears, first: NDArray[np.intp], source: str) -> None:
    """Give the rows of each spell one fact, named by what it is about and when it begins."""
    inside = first >= 0
    starts, number = np.unique(first[inside], return_inverse=True)
    codes.fact[inside] = len(codes.labels) + number
    for start in starts:
        year, state = rows.year[start], rows.states[rows.state[start]]
        partner = rows.partners[rows.partner[start]]
        codes.labels.append(f"{source}|{codes.indicator.name}|{state}|{partner}|{year}")


def _add_table(codes: Codes, known: dict[bytes, int], values: Floats, cumulative: Floats) -> int:
    name = values.tobytes() + b"|" + cumulative.tobytes()
    if name not in known:
        known[name] = len(codes.tables)
        codes.tables.append((values, cumulative))
    return known[name]


def _even(number: int) -> Floats:
    return np.arange(1, number + 1) / number


def with_missing(codes: Codes, rows: DyadYears, rule: str) -> None:
    """Let unknown codes be drawn: one fact a spell of unknown years of a dyad.

    ``admissible``: equally likely among the codes that the rule can give between low and high, or
    uniform there. ``hot_deck``: equally likely among the codes observed for the same dyad between
    low and high; if there is none, for the same partner, then anywhere; failing that, admissible.
    """
    unknown = np.isnan(codes.code) & ~np.isnan(codes.low) & (codes.fact < 0)
    first = kernels.spells(rows.key, unknown)
    _label_spells(codes, rows, first, "missing")
    allowed = _admissible(codes.indicator)
    known: dict[bytes, int] = {}
    pools = _Donors(codes.code, rows) if rule == "hot_deck" else None
    for row in np.flatnonzero(unknown):
        low, high = codes.low[row] - EXACT, codes.high[row] + EXACT
        values = np.empty(0) if pools is None else pools.between(row, low, high)
        if not values.size and allowed is not None:
            values = allowed[(allowed >= low) & (allowed <= high)]
        if values.size:
            codes.table[row] = _add_table(codes, known, values, _even(values.size))


class _Donors:
    """Observed codes of an indicator, sorted, by dyad, by partner and altogether."""

    def __init__(self, code: Floats, rows: DyadYears) -> None:
        self.rows = rows
        seen = np.flatnonzero(~np.isnan(code))
        seen = seen[np.argsort(code[seen], kind="stable")]
        self.everywhere = code[seen]
        self.dyad = rows.state.astype(np.int64) * len(rows.partners) + rows.partner
        self.by_dyad = _pools(code[seen], self.dyad[seen])
        self.by_partner = _pools(code[seen], np.asarray(rows.partner)[seen])

    def between(self, row: np.intp, low: float, high: float) -> Floats:
        """Donors of one row, from the nearest pool that has one in its bounds."""
        none = np.empty(0)
        for pool in (
            self.by_dyad.get(int(self.dyad[row]), none),
            self.by_partner.get(int(self.rows.partner[row]), none),
            self.everywhere,
        ):
            part = pool[np.searchsorted(pool, low) : np.searchsorted(pool, high, side="right")]
            if part.size:
                return np.asarray(part)
        return none


def _pools(values: Floats, owner: NDArray[Any]) -> dict[int, Floats]:
    """Values of each owner, in the order in which they come."""
    order = np.argsort(owner, kind="stable")
    owners, starts = np.unique(owner[order], return_index=True)
    parts = np.split(values[order], starts[1:]) if owners.size else []
    return {int(name): part for name, part in zip(owners, parts, strict=True)}


def with_imputations(codes: Codes, tables: Sequence[pd.DataFrame], index: pd.Index[Any]) -> None:
    """Let unknown codes come from completed tables: a draw takes one table for all of them."""
    unknown = np.flatnonzero(np.isnan(codes.code) & ~np.isnan(codes.low) & (codes.fact < 0))
    if not unknown.size:
        return
    name = codes.indicator.name
    columns = []
    for number, table in enumerate(tables):
        if name not in table.columns or not index.isin(table.index).all():
            raise PanelError(
                f"completed table no. {number + 1} must have the rows and columns of result.codes; "
                f"it lacks column {name!r} or some rows"
            )
        columns.append(table[name].reindex(index).to_numpy(np.float64)[unknown])
    values = np.stack(columns, axis=1)
    bad = np.isnan(values) | (values < -EXACT) | (values > 1 + EXACT)
    if bad.any():
        row = unknown[np.flatnonzero(bad.any(axis=1))[0]]
        raise PanelError(
            f"completed tables must give a code in [0, 1] wherever one is unknown; {name!r} is "
            f"{values[bad][0]} at {index[row]} ({int(bad.sum())} such cells)"
        )
    codes.labels.append("missing|completed tables")
    codes.fact[unknown] = len(codes.labels) - 1
    known: dict[bytes, int] = {}
    for row, value in zip(unknown, values, strict=True):
        codes.table[row] = _add_table(codes, known, value, _even(len(tables)))


# --- coder error ---------------------------------------------------------------------------------


def with_coders(codes: Codes, rows: DyadYears, table: Any, marks: Floats) -> None:
    """Let coded values be drawn from what the truth may be, given the code.

    See :func:`alignindex.robustness.uncertainty` for the two forms of `table`. A spell also ends
    where `marks` changes, (rows,).
    """
    if not isinstance(table, pd.DataFrame):
        raise SpecError(
            f"coders[{codes.indicator.name!r}] must be a DataFrame: a confusion matrix (index: "
            "true code, columns: code given) or the probability of each code by dyad-year; got "
            f"{type(table).__name__}"
        )
    columns = _categories(codes.indicator, table.columns)
    if isinstance(table.index, pd.MultiIndex):
        _from_probabilities(codes, rows, table, columns, marks)
    else:
        _from_confusion(codes, rows, table, columns, marks)


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
    if np.isnan(table).any() or (table < 0).any() or (np.abs(total - 1.0) > 1e-6).any():
        row = int(np.flatnonzero(~(np.abs(total - 1.0) <= 1e-6) | (table < 0).any(axis=1))[0])
        raise SpecError(
            f"coders[{name!r}]: each row of {what} must hold probabilities that sum to 1; row "
            f"{row + 1} is {table[row].tolist()}"
        )
    shares: Floats = table / total[:, None]
    return shares


def _from_confusion(
    codes: Codes, rows: DyadYears, table: pd.DataFrame, given: Floats, marks: Floats
) -> None:
    known: dict[bytes, int] = {}
    name = codes.indicator.name
    true = _categories(codes.indicator, table.index)
    chance = _shares(name, table.to_numpy(np.float64), "a confusion matrix")
    if not np.array_equal(np.sort(true), np.sort(given)):
        raise SpecError(
            f"coders[{name!r}]: a confusion matrix has the same codes in index (true) and columns "
            f"(given); got {true.tolist()} and {given.tolist()}"
        )
    chance = chance[:, [int(np.flatnonzero(given == value)[0]) for value in true]]
    coded = ~np.isnan(codes.code)
    near = np.abs(codes.code[coded][:, None] - true)
    place = near.argmin(axis=1)
    far = near.min(axis=1) > EXACT
    if far.any():
        raise SpecError(
            f"coders[{name!r}] lacks {int(far.sum())} of the codes that occur, such as "
            f"{codes.code[coded][far][0]:g}; it has {true.tolist()}. A confusion matrix needs a "
            "row and column for every code, and does not go with alternatives that change the "
            "codes of its indicator"
        )
    category = np.full(len(codes.code), np.nan)
    category[coded] = place
    first = kernels.spells(rows.key, coded, category, marks)
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
                "its column holds no probability. Mend that column, or smooth the matrix"
            )
        cumulative = np.cumsum(posterior[given_code])
        codes.table[inside] = _add_table(codes, known, true, cumulative)
    _label_spells(codes, rows, first, "coders")


def _prior(count: NDArray[np.int64], chance: Floats) -> Floats:
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
    codes: Codes, rows: DyadYears, table: pd.DataFrame, values: Floats, marks: Floats
) -> None:
    known: dict[bytes, int] = {}
    name = codes.indicator.name
    place = rows.index.get_indexer(table.index)
    if (place < 0).any():
        raise PanelError(
            f"coders[{name!r}] has {int((place < 0).sum())} dyad-years that were not scored, such "
            f"as {table.index[int(np.flatnonzero(place < 0)[0])]}"
        )
    if table.index.has_duplicates:
        raise PanelError(f"coders[{name!r}] has a dyad-year twice; keep one row each")
    outside = np.isnan(codes.low[place])
    if outside.any():
        where = table.index[int(np.flatnonzero(outside)[0])]
        raise PanelError(f"coders[{name!r}] has {where}, where the indicator does not apply")
    chance = _shares(name, table.to_numpy(np.float64), "category probabilities")
    part = np.zeros(len(codes.code), dtype=bool)
    part[place] = True
    number = np.full(len(part), np.nan)
    for row, p in zip(place, chance, strict=True):
        codes.table[row] = _add_table(codes, known, values, np.cumsum(p))
        number[row] = codes.table[row]
    _label_spells(codes, rows, kernels.spells(rows.key, part, number, codes.code, marks), "coders")
