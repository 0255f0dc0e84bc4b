"""Arms: what a state received from the partner, and from anybody, by year."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.errors import PanelError, first_three
from alignindex.base.keys import KEYS
from alignindex.indicators.column import Column, Covered, as_coverage, need_columns, spoken_for


def arms(
    table: pd.DataFrame, *, coverage: Covered, share_years: int | None = None, prefix: str = "arms"
) -> list[Column]:
    """Volume of major arms delivered by the partner and by everyone, and the share.

    Parameters
    ----------
    table : DataFrame
        Of `sources.sipri.read_tiv_table` (``recipient, supplier, year, tiv``), with **all
        suppliers** of its recipients, or of `sources.sipri.read_trade_register`: prefer its form
        by delivery, which needs no even split.
    coverage : (first, last), Coverage, SourceInfo or DataFrame
        Years in which no row means none. Unless it names states or is exhaustive, it holds for
        the recipients of the table: a state that is not in it is unknown.
    share_years : int, optional
        Adds the partner's share of the sum over the covered years of t − n + 1, ..., t.
    prefix : str, optional

    Returns
    -------
    list of Column
        ``arms_tiv`` (from the partner) and ``arms_tiv_total`` (from anybody, unknown suppliers
        too), million TIV. Of a register by deal also ``arms_tiv_split``: how much of ``arms_tiv``
        rests on **deals with several years of delivery, spread evenly over them**, which is no
        observation. With ``share_years`` also ``arms_share`` in [0, 1], NaN where nothing was
        received (0/0).

    Raises
    ------
    PanelError
        If columns lack, the table holds one supplier alone (then its totals are not totals), or a
        recipient, supplier and year stand in it twice.

    Notes
    -----
    For an index, use the two volumes with rule ``share`` and a window: it knows 0/0 as not
    applicable. ``arms_share`` is for use outside an index.

    Examples
    --------
    >>> from alignindex.panel.build import build_panel
    >>> table = pd.DataFrame({"recipient": ["ARM", "ARM"], "supplier": ["RUS", "CHN"],
    ...                       "recipient_name": "Armenia", "supplier_name": ["Russia", "China"],
    ...                       "year": [2012, 2013], "tiv": [30.0, 10.0]})
    >>> parts = arms(table, coverage=(2012, 2013), share_years=2)
    >>> build_panel(states=["ARM"], partners=["RUS"], years=[2012, 2013, 2014], indicators=parts)
                        arms_tiv  arms_tiv_total  arms_share
    state partner year
    ARM   RUS     2012      30.0            30.0        1.00
                  2013       0.0            10.0        0.75
                  2014       NaN             NaN         NaN
    """
    need_columns(table, ["recipient", "supplier"], "indicators.arms")
    register = "delivery_years" in table.columns and "tiv" not in table.columns
    by_delivery = {"year", "tiv_delivered"} <= set(table.columns)
    rows = _by_delivery(table) if by_delivery else _deals(table) if register else _cells(table)
    span = as_coverage(coverage)
    actors = table["recipient"].unique()
    declared = spoken_for(span, actors, "state", "indicators.arms")
    everyone = spoken_for(
        replace(span, partners=None), actors, "state", "indicators.arms", warn=False
    )
    rows = rows.dropna(subset=["state"])
    total = _sum(rows, ["state", "year"], "tiv")
    known = rows.dropna(subset=["supplier"])
    pair = ["state", "supplier", "year"]
    pairs = _sum(known, pair, "tiv")
    columns = [
        Column(f"{prefix}_tiv", pairs.rename_axis(list(KEYS)), declared, 0.0),
        Column(f"{prefix}_tiv_total", total, everyone, 0.0, end="state"),
    ]
    if register and not by_delivery:
        split = _sum(known, pair, "split")
        columns.append(Column(f"{prefix}_tiv_split", split.rename_axis(list(KEYS)), declared, 0.0))
    if share_years is not None:
        if share_years < 1:
            raise PanelError(f"share_years is a number of years from 1, got {share_years!r}")
        window = (span.first, span.last, share_years)
        whole, part = _trailing(total, *window), _trailing(pairs, *window)
        bought = whole.where(whole > 0)  # 0/0 is not a share
        share = part.div(bought.reindex(part.index.get_level_values(0)).to_numpy())
        columns.append(
            Column(
                f"{prefix}_share",
                pd.Series(share.stack(future_stack=True)).rename_axis(list(KEYS)),
                declared,
                pd.Series((bought * 0.0).stack(future_stack=True)),
            )
        )
    return columns


def _sum(rows: pd.DataFrame, key: list[str], value: str) -> pd.Series[Any]:
    """Sum by key; unknown if one of its parts is unknown."""
    grouped = rows.groupby(key)[value]
    return grouped.sum().mask(grouped.size() > grouped.count())


def _cells(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of TIV tables; one supplier alone, or a cell twice, is an error."""
    need_columns(table, ["year", "tiv"], "indicators.arms")
    suppliers = "supplier_name" if "supplier_name" in table.columns else "supplier"
    recipients = "recipient_name" if "recipient_name" in table.columns else "recipient"
    if table[suppliers].nunique(dropna=False) == 1 < table[recipients].nunique(dropna=False):
        raise PanelError(
            f"indicators.arms needs all suppliers of a recipient to know its total, the table has "
            f"{table[suppliers].iloc[0]!r} alone: give SIPRI's table of the recipient's imports"
        )
    key = [recipients, suppliers, "year"]
    twice = table.duplicated(key)
    if twice.any():
        shown = [" ".join(map(str, row)) for row in table.loc[twice, key].to_numpy()]
        raise PanelError(
            f"a cell stands twice in the table: {first_three(shown)}; join tables that do not "
            "overlap"
        )
    rows = table[["recipient", "supplier", "year", "tiv"]].rename(columns={"recipient": "state"})
    return rows.assign(split=0.0)


def _by_delivery(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of the register by delivery and year."""
    rows = table[["recipient", "supplier", "year", "tiv_delivered"]]
    rows = rows.rename(columns={"recipient": "state", "tiv_delivered": "tiv"}).dropna(subset="year")
    return rows.assign(year=rows["year"].astype(np.int64), split=0.0)


def _deals(table: pd.DataFrame) -> pd.DataFrame:
    """Deals of the register by year of delivery, each volume split evenly over its years."""
    need_columns(table, ["delivery_years", "tiv_delivered"], "indicators.arms")
    held = table[table["delivery_years"].notna()]
    years = [[int(y) for y in re.findall(r"\d{4}", str(text))] for text in held["delivery_years"]]
    times = np.array([len(found) for found in years], dtype=np.int64)
    at = np.repeat(np.arange(len(held)), times)
    part = held["tiv_delivered"].to_numpy(dtype=np.float64)[at] / times[at]
    return pd.DataFrame(
        {
            "state": held["recipient"].to_numpy(dtype=object)[at],
            "supplier": held["supplier"].to_numpy(dtype=object)[at],
            "year": np.array([y for found in years for y in found], dtype=np.int64),
            "tiv": part,
            "split": np.where(times[at] > 1, part, 0.0),
        }
    )


def _trailing(values: pd.Series[Any], first: int, last: int, years: int) -> pd.DataFrame:
    """Sum over the last years as far as they are covered, a column a covered year.

    A year without a row is 0; a sum with an unknown part is unknown.
    """
    unknown = values.isna().unstack(fill_value=False)
    wide = values.unstack()
    span = range(first, last + 1)
    wide = wide.reindex(columns=span).fillna(0.0).T.rolling(years, min_periods=1).sum().T
    lost = unknown.reindex(columns=span, fill_value=False).astype(np.float64)
    return wide.mask(lost.T.rolling(years, min_periods=1).max().T > 0)
