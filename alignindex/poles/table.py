"""Scores as a table of state-years by partners: what the measures of several poles run on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.errors import PanelError, closest
from alignindex.base.typing import Floats, Ints
from alignindex.kernels.scoring import tree
from alignindex.panel.index import DyadYears, dyad_years, numbered, once_an_index
from alignindex.scoring.result import AlignmentResult

__all__ = [
    "Data",
    "Scores",
    "Ties",
    "check_code_draws",
    "comparable",
    "distinct",
    "read_scores",
    "ties",
]

Data = AlignmentResult | pd.Series | pd.DataFrame


@dataclass(frozen=True, eq=False)
class Scores:
    """A panel of scores, its rows sorted."""

    table: pd.DataFrame  # score, low, high (if there are any)
    rows: DyadYears
    given: pd.Index[Any]  # as in the data
    order: Ints | None  # place of each row there; None where they were sorted
    span: tuple[float, float]  # least and greatest score

    def drawn(self, draws: Floats) -> Floats:
        """Draws in the order of the rows."""
        return draws if self.order is None else draws[:, self.order]


def score_columns(data: Data, *, also: str = "") -> pd.DataFrame:
    """Columns ``score``, and ``low`` and ``high`` where there are bounds, of a panel of scores.

    ``also`` names what else the caller takes, for the message.

    Raises
    ------
    PanelError
        If it is no panel of scores.
    """
    if isinstance(data, AlignmentResult):
        return data.scores[["score", "low", "high"]]
    if isinstance(data, pd.Series):
        return data.rename("score").to_frame()
    if isinstance(data, pd.DataFrame) and "score" in data.columns:
        return data[[name for name in ("score", "low", "high") if name in data.columns]]
    got = list(data.columns) if isinstance(data, pd.DataFrame) else type(data).__name__
    raise PanelError(
        f"expected an AlignmentResult, {also}a Series of scores, or a table with the column "
        f"'score', each with the index (state, partner, year); got {got}"
    )


def read_scores(data: Data, draws: Floats | None = None) -> Scores:
    """Sorted table of scores, with its rows numbered.

    Raises
    ------
    PanelError
        If it is no panel of scores, holds ±inf, or the draws have another shape.
    """
    table = score_columns(data)
    if draws is not None and (draws.ndim != 2 or draws.shape[1] != len(table)):
        raise PanelError(
            f"draws of scores have the shape (draws, {len(table)}), one column a row of the "
            f"scores; got {draws.shape}"
        )
    table = table.astype(np.float64)
    own = data.scores.index if isinstance(data, AlignmentResult) else data.index
    rows, order = numbered(own)
    if order is not None:
        table = table.iloc[order]
    table = table.set_axis(rows.index.view(), axis=0)
    score = table["score"].to_numpy()
    span = (np.fmin.reduce(score), np.fmax.reduce(score)) if len(score) else (np.nan, np.nan)
    if np.isinf(span).any():
        raise PanelError(f"scores must be finite; got ±inf at {rows.name(np.isinf(score))}")
    return Scores(table, rows, own, order, span)


def check_code_draws(result: AlignmentResult, draws: Floats) -> None:
    """Refuse what are no draws of the codes of a result.

    Raises
    ------
    PanelError
        If the shape is not (draws, rows, indicators).
    """
    if draws.ndim != 3 or draws.shape[1:] != result.codes.shape:
        raise PanelError(
            "this measure leaves indicators of a result out, so it takes draws of the codes, with "
            f"the shape (draws, {len(result.codes)}, {result.codes.shape[1]}); got {draws.shape}"
        )


@dataclass(frozen=True, eq=False)
class Ties:
    """Rows are state-years, columns partners."""

    index: pd.MultiIndex  # (state, year)
    partners: pd.Index[Any]
    score: Floats
    low: Floats
    high: Floats
    bounded: bool
    draws: Floats | None  # (draws, rows, partners)

    def column(self, partner: str) -> int:
        """Place of a partner.

        Raises
        ------
        PanelError
            If there is none of this name (with the closest).
        """
        names = [str(name) for name in self.partners]
        if partner not in names:
            raise PanelError(
                f"partner {partner!r} is not among the partners{closest(partner, names)}; "
                f"there are {', '.join(names)}"
            )
        return names.index(partner)

    def pair(self, a: str, b: str) -> tuple[int, int]:
        """Places of two different partners.

        Raises
        ------
        PanelError
            If one is not there, or they are the same.
        """
        if a == b:
            raise PanelError(f"two different partners are compared; got {a!r} twice")
        return self.column(a), self.column(b)


def ties(
    data: Data, *, draws: Floats | None = None, least: float | None = 0.0, unit: bool = False
) -> Ties:
    """Spread scores over state-years and partners; `least` and `unit` check their range.

    Raises
    ------
    PanelError
        If a score is negative (or above 1, with `unit`): shares, balances and tilts have no
        meaning there.
    """
    scores = read_scores(data, draws)
    table, rows = scores.table, scores.rows
    score = table["score"].to_numpy()
    top = 1.0 + 1e-9 if unit else np.inf
    floor = -np.inf if least is None else least
    if scores.span[0] < floor or scores.span[1] > top:
        wrong = (score < floor) | (score > top)
        raise PanelError(
            f"this measure takes scores {'in [0, 1]' if unit else 'of at least 0'}; got "
            f"{rows.name(wrong, score)}. Give the root of the spec a scale of [0, 1], or "
            "rescale the table"
        )
    index, place, empty = once_an_index(
        rows.index, "state-years by partners", lambda: _places(rows)
    )

    def spread(values: Floats) -> Floats:
        out: Floats = values.take(place, axis=-1)
        out[..., empty[0], empty[1]] = np.nan
        return out

    bounded = {"low", "high"} <= set(table.columns)
    own = spread(score)
    low, high = (spread(table[n].to_numpy()) if bounded else own for n in ("low", "high"))
    drawn = None if draws is None else spread(scores.drawn(draws))
    return Ties(index.view(), rows.partners, own, low, high, bounded, drawn)


def _places(rows: DyadYears) -> tuple[pd.MultiIndex, Ints, tuple[NDArray[np.intp], ...]]:
    """State-years, and in a table of them by partners the row of each cell, and where is none."""
    first = int(rows.year.min(initial=2**40))
    years = int(rows.year.max(initial=first)) - first + 1
    key = rows.state.astype(np.int64) * years + (rows.year - first)
    at, row = distinct(key, len(rows.states) * years)
    index = pd.MultiIndex.from_arrays(
        [rows.states.take(at // years), at % years + first], names=["state", "year"]
    )
    place = np.full((len(at), len(rows.partners)), -1, dtype=np.int64)
    place[row, rows.partner] = np.arange(len(row))
    empty = np.nonzero(place < 0)
    place[empty] = 0
    return index, place, empty


def distinct(keys: Ints, size: int) -> tuple[Ints, Ints]:
    """Sorted distinct keys in 0 .. size - 1, and the place of each key among them.

    `numpy.unique` without its sort: a table of what is there is enough for keys this dense.
    """
    there = np.zeros(size, dtype=bool)
    there[keys] = True
    return np.flatnonzero(there), (np.cumsum(there) - 1)[keys]


def comparable(result: AlignmentResult, *, partners: Sequence[str] | None = None) -> pd.DataFrame:
    """Score each state-year on the indicators whose codes are known toward *every* partner.

    A score toward one partner may rest on five indicators and toward another on two. Here all
    ties of a state in a year rest on the same ones, so that depth, tilt and types compare like
    with like.

    Parameters
    ----------
    result : AlignmentResult
    partners : sequence of str, optional
        Those to be compared; default all in the panel. A state is not its own partner. Adding a
        partner changes the common set, and so may change every score.

    Returns
    -------
    DataFrame
        Index (state, partner, year), `score` and `n_indicators` (in the common set); NaN and 0
        where a partner has no row in the year, or no indicator is known toward all of them. It
        goes into every measure of this module.

    Raises
    ------
    PanelError
        If a partner is not in the panel.

    Examples
    --------
    >>> import alignindex as ai
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> like = comparable(result)
    >>> like.loc[("KAZ", slice(None), 2010), "n_indicators"].to_list()
    [3, 3, 3, 3]
    """
    _, rows = dyad_years(result.scores)
    names = [str(name) for name in rows.partners]
    chosen = names if partners is None else list(partners)
    for name in chosen:
        if name not in names:
            raise PanelError(
                f"partner {name!r} is not in the panel{closest(name, names)}; it has "
                f"{', '.join(names)}"
            )
    keep = rows.partners.isin(chosen)[rows.partner]
    codes, state, year = result.codes[keep], rows.state[keep], rows.year[keep]
    first = int(year.min(initial=2**40))
    years = int(year.max(initial=first)) - first + 1
    at, number = distinct(state.astype(np.int64) * years + year - first, len(rows.states) * years)
    seen = codes.notna().to_numpy()
    due = len(set(chosen)) - rows.states.isin(chosen)[at // years].astype(np.int64)
    common = np.empty(seen.shape, dtype=bool)
    for j in range(seen.shape[1]):
        count = np.bincount(number, weights=seen[:, j], minlength=len(at))
        common[:, j] = (count == due)[number]
    held = np.where(common, codes.to_numpy(), np.nan)
    value, _, _ = tree.evaluate(result.spec.tree, held, held, held, propagate=False)
    return pd.DataFrame({"score": value, "n_indicators": common.sum(axis=1)}, index=codes.index)
