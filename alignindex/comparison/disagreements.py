"""Disagreements of two indices as rows, and the largest ones."""

from __future__ import annotations

import numpy as np
import pandas as pd

from alignindex.kernels.scoring.aggregate import NOISE

__all__ = ["largest", "rows"]


def rows(table: pd.DataFrame, parts: pd.DataFrame | None, by: str) -> pd.DataFrame:
    """Lay out what two indices say of the same dyad-years, with the cause of each excess.

    Parameters
    ----------
    table : DataFrame
        Of `Comparison.pair`.
    parts : DataFrame or None
        Of `Comparison.attribution`; None where only the order can be compared.
    by : {"dyad-year", "dyad"}
        Single dyad-years, or means over the years of each dyad.
    """
    if by == "dyad":
        keys = ["state", "partner"]
        means = table.drop(columns=["first_rank", "second_rank", "of"]).groupby(keys).mean()
        means.insert(0, "years", table.groupby(keys).size())
        table = means
        parts = None if parts is None else parts.groupby(keys).mean()
    table = table.drop(columns=["first_percentile", "second_percentile"])
    table["cause"], table["part"] = "", np.nan
    if parts is not None and len(table):
        pulls = parts.to_numpy() * np.sign(table["excess"].to_numpy())[:, None]
        most = pulls.argmax(axis=1)
        parted = table["excess"].abs().to_numpy() > NOISE
        table["cause"] = np.where(parted, parts.columns.to_numpy(dtype=object)[most], "")
        chosen = parts.to_numpy()[np.arange(len(table)), most]
        table["part"] = np.where(parted, chosen, np.nan)
    return table


def largest(table: pd.DataFrame, size: str, top: int | None) -> pd.DataFrame:
    """Put the largest first by the column `size`, and keep the `top` of them (all if None)."""
    # Rounding must not decide the order of equal disagreements.
    order = np.argsort(-np.round(table[size].abs().to_numpy(), 12), kind="stable")
    return table.iloc[order[:top]]
