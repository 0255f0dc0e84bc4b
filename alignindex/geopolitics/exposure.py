"""Exposure of states and portfolios to distant partners, and what a shift would change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.arguments import check_choice, is_number, shown
from alignindex.base.errors import PanelError, closest, first_three
from alignindex.base.keys import label_text
from alignindex.geopolitics.blocs import Blocs
from alignindex.geopolitics.layers import as_distances
from alignindex.geopolitics.points import check_whole_years
from alignindex.geopolitics.points import distance as distance_of
from alignindex.kernels.geopolitics.exposure import exposed
from alignindex.kernels.scoring.aggregate import falls_short

__all__ = ["Exposure", "exposure", "reallocate"]

SUM = 1e-6  # how far shares may miss 1: published shares are rounded


@dataclass(frozen=True, eq=False)
class Exposure:
    """Exposure by state and year, and the partners without a distance.

    Attributes
    ----------
    table : DataFrame
        Index (state, year): ``exposure``, ``coverage``, ``low``, ``high``, ``concentration``,
        ``n_partners``, and with blocs ``share_<bloc>`` and ``share_unknown``.
    unmatched : DataFrame
        state, partner, year, share: partners without a distance.
    """

    table: pd.DataFrame
    unmatched: pd.DataFrame

    def __repr__(self) -> str:
        return (
            f"<Exposure: {len(self.table)} portfolio-years; {len(self.unmatched)} rows without a "
            "distance>"
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the table of exposures, indexed (state, year)."""
        return self.table


def exposure(
    data: pd.DataFrame,
    distances: Any,
    *,
    state: str = "state",
    partner: str = "partner",
    year: str = "year",
    value: str = "weight",
    measure: str = "distance",
    totals: str = "check",
    bounds: tuple[float, float] | None = None,
    min_coverage: float = 0.0,
    blocs: Blocs | pd.DataFrame | None = None,
) -> Exposure:
    r"""Return the weighted mean distance of a portfolio of partners, with coverage and bounds.

    :math:`E_{it} = \sum_j w_{ijt} d_{ijt} / \sum_j w_{ijt}` over the partners with a distance; the
    denominator is the coverage, as the weights of a portfolio sum to 1.

    Parameters
    ----------
    data : DataFrame
        One row per partner of a portfolio: `state` that holds it, `partner`, `year` and `value`
        (share of trade, FDI, reserves, patents). Without a year column it stands for all years of
        the distances.
    distances : DataFrame
        Distances (state, partner, year, `measure`), or points (state, year, point).
    state, partner, year, value : str
        Columns of `data`.
    measure : str
        Column of the distances.
    totals : {"check", "scale"}
        ``"check"`` refuses weights that do not sum to 1; ``"scale"`` divides amounts by their sum.
    bounds : (float, float), optional
        What an unknown distance may be. By default the minimum and maximum distance of the state
        in the year.
    min_coverage : float
        ``exposure`` is NaN below this coverage; bounds stay.
    blocs : Blocs or DataFrame, optional
        Index (state, year) with ``bloc``: adds the share held in each.

    Returns
    -------
    Exposure
        ``exposure`` and ``low`` to ``high`` are in units of the distance: the bounds are what is
        left possible by partners without one. ``coverage`` is in [0, 1]; ``concentration`` is the
        Herfindahl index of the shares, in (0, 1].

    Raises
    ------
    PanelError
        Missing columns, weights that are negative, missing or do not sum to 1, a partner twice, a
        state that is its own partner, years without any distance, bounds that the distances leave.

    References
    ----------
    Rhoades (1993), The Herfindahl-Hirschman index, Federal Reserve Bulletin 79, 188-189.

    Examples
    --------
    >>> import pandas as pd
    >>> import alignindex as ai
    >>> points = pd.DataFrame({"state": ["USA", "BRA", "IRN"], "year": 2024, "point": [0, 5, 10]})
    >>> trade = pd.DataFrame({"state": "IRN", "partner": ["USA", "BRA"], "weight": 0.5})
    >>> ai.geopolitics.exposure(trade, points).table["exposure"].item()
    7.5
    """
    check_choice(totals, "totals", ("check", "scale"))
    if not is_number(min_coverage) or not 0 <= min_coverage <= 1:
        raise PanelError(f"min_coverage must be within [0, 1]; got {shown(min_coverage)}")
    gaps = as_gaps(distances, measure)
    held = shares_of(data, state, partner, year, value, totals, gaps)
    keys = ["state", "partner", "year"]
    at = pd.MultiIndex.from_frame(gaps[keys]).get_indexer(pd.MultiIndex.from_frame(held[keys]))
    found = np.where(at >= 0, gaps[measure].to_numpy()[at], np.nan)
    owner, portfolios = pd.factorize(pd.MultiIndex.from_frame(held[["state", "year"]]))
    ends = ends_of(gaps, measure, portfolios, bounds)
    share = held["share"].to_numpy()
    result = exposed(owner.astype(np.int64), share, found, ends[:, 0], ends[:, 1])
    table = pd.DataFrame(
        {
            "exposure": np.where(falls_short(result.coverage, min_coverage), np.nan, result.value),
            "coverage": np.clip(result.coverage, 0.0, 1.0),
            "low": result.low,
            "high": result.high,
            "concentration": result.concentration,
            "n_partners": np.bincount(owner, minlength=len(portfolios)),
        },
        index=pd.MultiIndex.from_tuples(portfolios, names=["state", "year"]),
    )
    if blocs is not None:
        table = table.join(bloc_shares(held, owner, len(portfolios), blocs).set_axis(table.index))
    lost = held.loc[np.isnan(found), [*keys, "share"]].reset_index(drop=True)
    return Exposure(table.sort_index(), lost)


def as_gaps(distances: Any, measure: str) -> pd.DataFrame:
    """Return directed distances as columns; those of points are made."""
    if isinstance(distances, pd.DataFrame) and "point" in distances.columns:
        made = distance_of(distances).rename(columns={"distance": measure})
        return as_distances(made, measure)
    return as_distances(distances, measure)


def shares_of(
    data: Any, state: str, partner: str, year: str, value: str, totals: str, gaps: pd.DataFrame
) -> pd.DataFrame:
    """Check the weights and return state, partner, year and share."""
    if not isinstance(data, pd.DataFrame):
        raise PanelError(f"data must be a DataFrame; got {type(data).__name__}")
    absent = [c for c in (state, partner, value) if c not in data.columns]
    if absent:
        there = [str(column) for column in data.columns]
        raise PanelError(
            f"data has no column {absent[0]!r}{closest(str(absent[0]), there)}; columns are "
            f"{', '.join(there[:20])}"
        )
    if data.empty:
        raise PanelError("data is empty: expected one row per partner of a portfolio")
    weight = pd.to_numeric(data[value], errors="coerce").to_numpy(dtype=np.float64)
    bad = ~(np.isfinite(weight) & (weight >= 0))
    empty = data[[state, partner]].isna().any(axis=1).to_numpy()
    if bad.any() or empty.any():
        rows = first_three(data.index[bad | empty])
        raise PanelError(
            f"every row needs a state, a partner and a weight of 0 or more; rows {rows} have not: "
            "a partner whose weight is unknown makes every share unknown; drop it knowingly"
        )
    held = pd.DataFrame(
        {
            "state": data[state].astype(str).to_numpy(),
            "partner": data[partner].astype(str).to_numpy(),
        }
    )
    if year in data.columns:
        held["year"], held["share"] = check_whole_years(data[year]), weight
        strange = sorted(set(held["year"]) - set(gaps["year"]))
        if strange:
            raise PanelError(
                f"no distance in {first_three(strange)}; they run from {gaps['year'].min()} to "
                f"{gaps['year'].max()}: drop these years of the weights"
            )
    else:
        held["share"] = weight
        held = held.merge(pd.DataFrame({"year": np.unique(gaps["year"])}), how="cross")
    keys = ["state", "partner", "year"]
    for wrong, what in (
        (
            held["state"] == held["partner"],
            "pairs a state with itself: leave the domestic part out",
        ),
        (held.duplicated(keys), "gives a partner twice: add its rows up first"),
    ):
        if wrong.any():
            named = first_three(" ".join(map(str, row)) for row in held.loc[wrong, keys].to_numpy())
            raise PanelError(f"{int(wrong.sum())} rows: data {what} ({named})")
    total = held.groupby(["state", "year"])["share"].transform("sum").to_numpy()
    off = (np.abs(total - 1) > SUM) if totals == "check" else ~(total > 0)
    if off.any():
        first = held.loc[off].drop_duplicates(["state", "year"])
        named = first_three(
            f"{s} in {y}: {t:.6g}"
            for s, y, t in zip(first["state"], first["year"], total[first.index], strict=True)
        )
        need = "1" if totals == "check" else "more than 0"
        raise PanelError(
            f"the weights of a portfolio must sum to {need}; they do not for {named}. For amounts "
            "take totals='scale'"
        )
    return held.assign(share=held["share"] / total)


def ends_of(gaps: pd.DataFrame, measure: str, portfolios: Any, bounds: Any) -> np.ndarray[Any, Any]:
    """Return what an unknown distance may be, for each portfolio."""
    if bounds is not None:
        good = isinstance(bounds, tuple | list) and len(bounds) == 2 and all(map(is_number, bounds))
        if not good or not bounds[0] <= bounds[1]:
            raise PanelError(f"bounds takes (minimum, maximum); got {shown(bounds)}")
        low, high = gaps[measure].min(), gaps[measure].max()
        if low < bounds[0] or high > bounds[1]:
            raise PanelError(
                f"bounds {tuple(bounds)} do not hold the distances, which run from {low} to {high}"
            )
        return np.tile(np.array(bounds, dtype=np.float64), (len(portfolios), 1))
    ends = gaps.groupby(["state", "year"])[measure].agg(["min", "max"])
    return ends.reindex(pd.MultiIndex.from_tuples(portfolios)).to_numpy(dtype=np.float64)


def bloc_shares(held: pd.DataFrame, owner: Any, size: int, blocs: Any) -> pd.DataFrame:
    """Share of each portfolio that each bloc holds."""
    table = blocs.table if isinstance(blocs, Blocs) else blocs
    if not isinstance(table, pd.DataFrame) or "bloc" not in table or table.index.nlevels != 2:
        raise PanelError("blocs takes what ai.geopolitics.blocs returns: index (state, year), bloc")
    mine = pd.MultiIndex.from_frame(held[["partner", "year"]])
    texts = table["bloc"].astype(object).map(label_text, na_action="ignore")
    words = texts.reindex(mine).to_numpy(dtype=object)
    names = sorted(set(texts.dropna()))
    share, out = held["share"].to_numpy(), {}
    for name in names:
        out[f"share_{name}"] = np.bincount(owner, weights=share * (words == name), minlength=size)
    nowhere = pd.isna(words)
    out["share_unknown"] = np.bincount(owner, weights=share * nowhere, minlength=size)
    return pd.DataFrame(out)


def reallocate(
    data: pd.DataFrame,
    leave: str | Iterable[str],
    join: str | Iterable[str],
    *,
    share: float = 1.0,
    state: str = "state",
    partner: str = "partner",
    year: str = "year",
    value: str = "weight",
) -> pd.DataFrame:
    """Move weight from some partners to others, as a counterfactual.

    Parameters
    ----------
    data : DataFrame
        Weights, as in `exposure`.
    leave, join : str or iterable of str
        Partners that lose weight, and that gain it: in proportion to what a portfolio holds of
        them already, or in equal parts where it holds none.
    share : float
        Share of the weight in `leave` that moves, in [0, 1].
    state, partner, year, value : str
        Columns of `data`.

    Returns
    -------
    DataFrame
        The weights after the move, with the same sum for every portfolio; partners that join are
        added as rows. A state never joins its own portfolio.

    Raises
    ------
    PanelError
        A partner in both lists, an empty list, a share outside [0, 1], nobody to move to.

    Examples
    --------
    >>> import pandas as pd
    >>> import alignindex as ai
    >>> trade = pd.DataFrame({"state": "DEU", "partner": ["CHN", "USA"], "weight": [0.25, 0.75]})
    >>> ai.geopolitics.reallocate(trade, "CHN", "USA", share=0.5)["weight"].tolist()
    [0.125, 0.875]
    """
    out, into = ([each] if isinstance(each, str) else list(each) for each in (leave, join))
    both = sorted(set(out) & set(into))
    if both or not out or not into:
        raise PanelError(
            "leave and join take different partners, at least one each; got "
            f"{first_three(both) if both else 'an empty list'}"
        )
    if not is_number(share) or not 0 <= share <= 1:
        raise PanelError(f"share must be within [0, 1]; got {shown(share)}")
    absent = [c for c in (state, partner, value) if c not in data.columns]
    if absent:
        raise PanelError(f"data has no column {absent[0]!r}")
    data = data.astype({value: np.float64})  # parts of whole weights need not be whole
    keys = [state, *([year] if year in data.columns else [])]
    blocks = []
    for key, held in data.groupby(keys, sort=False):
        own = key[0]
        moved = share * float(held.loc[held[partner].isin(out), value].sum())
        block = held.assign(
            **{value: np.where(held[partner].isin(out), held[value] * (1 - share), held[value])}
        )
        gainers = [each for each in into if each != own]
        if not gainers:
            raise PanelError(f"nobody can join the portfolio of {own}: name another partner")
        new = [each for each in gainers if each not in set(held[partner])]
        have = float(block.loc[block[partner].isin(gainers), value].sum())
        if have > 0:
            rise = block[partner].isin(gainers)
            block[value] = block[value].where(~rise, block[value] * (1 + moved / have))
        elif moved > 0:
            extra = pd.DataFrame([{**dict(zip(keys, key, strict=True)), partner: n} for n in new])
            block = pd.concat([block, extra.assign(**{value: 0.0})]) if new else block
            block.loc[block[partner].isin(gainers), value] = moved / len(gainers)
        blocks.append(block)
    return pd.concat(blocks, ignore_index=True)
