"""What a page says in plain HTML: robustness, provenance, citations."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.errors import OutputError, PanelError
from alignindex.data import dataset_info
from alignindex.report.pack import pack
from alignindex.report.words import doi_url, fixed
from alignindex.robustness import Uncertainty, importance, leave_one_out, uncertainty
from alignindex.scoring.result import AlignmentResult

__all__ = ["Intervals", "indicator_rows", "intervals", "provenance_rows"]


@dataclass(frozen=True)
class Intervals:
    """Draws of a result, as a page or a table shows them.

    Attributes
    ----------
    scores, ranks : DataFrame
        Columns ``lo`` and ``hi``; rows of the result.
    told : str
        What the interval is, in words.
    span : str
        Its probabilities, such as ``5–95 %``.
    order_kept : float
        Mean share of the draws in which a group keeps its order.
    within : str
        What the rows of a group share: ranks are among them.
    """

    scores: pd.DataFrame
    ranks: pd.DataFrame
    told: str
    span: str
    order_kept: float
    within: str

    def packed(self, keep: NDArray[np.bool_]) -> dict[str, Any]:
        """Columns for the page."""
        return {
            "span": self.span,
            "within": self.within,
            **{name: pack(self.scores[name].to_numpy()[keep]) for name in ("lo", "hi", "known")},
            **{
                f"rank_{name}": pack(self.ranks[name].to_numpy()[keep])
                for name in ("nominal", "lo", "hi")
            },
        }


def intervals(
    result: AlignmentResult,
    given: Uncertainty | None,
    *,
    varied: str = "",
    draws: int,
    rng: np.random.Generator | int | None,
) -> Intervals | None:
    """Intervals that were given, or of quick default draws; None for no draws.

    Raises
    ------
    PanelError
        If the draws that were given are not of this result.
    OutputError
        If `varied` is said of the default draws.
    """
    if varied and given is None:
        raise OutputError(
            "varied says what the draws of uncertainty vary; give them as uncertainty= too"
        )
    if given is None:
        if draws == 0:
            return None
        sure = uncertainty(result, draws=draws, rng=rng)
        seed = f"seed {rng}" if isinstance(rng, (int, np.integer)) else "a generator without seed"
        told = (
            f"{draws:,} draws, {seed}: weights from a Dirichlet distribution around the nominal "
            "ones (concentration 50), unknown codes drawn evenly among what is admissible; coding "
            "rules, aggregation and coder error are not varied"
        )
    else:
        sure = given
        told = f"{given._inputs.draws:,} draws: {varied or 'what they vary was not stated'}"
    if not sure.scores.index.equals(result.scores.index):
        raise PanelError(
            f"uncertainty must be of the result that is shown: it has {len(sure.scores):,} "
            f"dyad-years, the result {len(result.scores):,}, and they are not the same; call "
            "robustness.uncertainty(result) with this result"
        )
    names = [name for name in sure.scores.columns if name.startswith("q")]
    if len(names) < 2:
        raise PanelError(
            f"an interval needs two quantiles; the uncertainty has {', '.join(names) or 'none'}: "
            "call robustness.uncertainty(result, quantiles=(0.05, 0.5, 0.95))"
        )
    names = sorted(names, key=_percent)
    first, last = names[0], names[-1]
    rename = {first: "lo", last: "hi"}
    kept = sure.groups["order_kept"].to_numpy()
    shared = [str(name) for name in sure.groups.index.names]
    return Intervals(
        scores=sure.scores.rename(columns=rename),
        ranks=sure.ranks.rename(columns=rename),
        told=told,
        span=f"{_percent(first):g}–{_percent(last):g} %",
        order_kept=float(np.nanmean(kept)) if np.isfinite(kept).any() else math.nan,
        within="all rows" if shared == ["group"] else f"the rows of one {' and '.join(shared)}",
    )


def _percent(name: str) -> float:
    return float(name.removeprefix("q"))


def indicator_rows(result: AlignmentResult) -> list[dict[str, str]]:
    """Give the importance of each indicator, and what leaving it out changes, as texts."""
    table = importance(result)
    without: pd.DataFrame | None = None
    if len(result.spec.indicators) > 1:
        changes = leave_one_out(result)[["score_change", "rank_change"]]
        without = changes.abs().groupby("dropped").mean()
    rows = []
    for indicator in result.spec.indicators:
        line = table.loc[indicator.name].to_dict()
        change = None if without is None else without.loc[indicator.name].to_dict()
        rows.append(
            {
                "name": indicator.title or indicator.name,
                "weight": _shown(line["weight"]),
                "ratio": _shown(line["ratio"]),
                "noise": _shown(line["noise"]),
                "share": _shown(line["share"]),
                "n": f"{int(line['n']):,}",
                "score_change": "" if change is None else _shown(change["score_change"]),
                "rank_change": "" if change is None else _shown(change["rank_change"], 2),
            }
        )
    return rows


def _shown(value: float, digits: int = 3) -> str:
    return "–" if math.isnan(value) else fixed(value, digits)


def provenance_rows(result: AlignmentResult) -> dict[str, Any]:
    """Versions, digests, and a line for each data set with its citation and licence."""
    facts = result.provenance
    sets: dict[str, dict[str, Any]] = {}
    for table, entry in facts["datasets"].items():
        info = dataset_info(table)
        row = sets.setdefault(
            info.name,
            {
                "title": info.title,
                "version": entry["version"],
                "retrieved": entry["retrieved"],
                "citation": info.citation,
                "licence": info.licence,
                "doi": info.doi,
                "doi_url": doi_url(info.doi),
                "hashes": [],
            },
        )
        row["hashes"].append((table, entry["sha256"]))
    return {**facts, "datasets": sets}
