"""The parts of a page in plain HTML: robustness, provenance, citations."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.arguments import generator, seed_of
from alignindex.base.errors import AlignIndexError, OutputError, PanelError, SpecError
from alignindex.base.typing import Bools
from alignindex.data import dataset_info
from alignindex.report.pack import pack
from alignindex.report.words import DASH, doi_url, fixed
from alignindex.robustness import Uncertainty, importance, leave_one_out, uncertainty
from alignindex.scoring.result import AlignmentResult

__all__ = ["Intervals", "indicator_rows", "intervals", "provenance_rows"]


@dataclass(frozen=True)
class Intervals:
    """Intervals over draws of a result, as a page or a table shows them.

    Attributes
    ----------
    scores, ranks : DataFrame
        Columns ``lo`` and ``hi``; rows of the result.
    told : str
        Number of draws and what they vary, in words.
    span : str
        Its probabilities, such as ``5–95 %``.
    order_kept : float
        Mean share of the draws in which a group keeps its order.
    within : str
        The group within which rows are ranked, in words.
    """

    scores: pd.DataFrame
    ranks: pd.DataFrame
    told: str
    span: str
    order_kept: float
    within: str

    def packed(self, keep: Bools) -> dict[str, Any]:
        """Return the columns for the page."""
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
    """Return the intervals of the given draws, or of quick default draws; None for no draws.

    Raises
    ------
    PanelError
        If the given draws are not of this result.
    OutputError
        If `varied` is given without `given`.
    """
    if varied and given is None:
        raise OutputError(
            "varied says what the draws of uncertainty vary; give them as uncertainty= too"
        )
    if given is None:
        if draws == 0:
            return None
        seed_number = seed_of(rng, generator(rng))
        rng = rng if seed_number is None else seed_number
        sure = uncertainty(result, draws=draws, rng=rng)
        seed = "a generator" if seed_number is None else f"seed {seed_number}"
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
            f"uncertainty must be of the result that is shown; it has {len(sure.scores):,} "
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


def indicator_rows(result: AlignmentResult) -> tuple[list[dict[str, str]], list[str]]:
    """Return importance and leave-one-out changes of each indicator as texts, and what failed.

    What cannot be computed is a dash, with its reason in the second list.
    """
    names = [indicator.name for indicator in result.spec.indicators]
    columns = ["weight", "ratio", "noise", "share", "n"]
    table = pd.DataFrame(np.nan, index=names, columns=columns)
    failed: list[str] = []
    try:
        table = importance(result)
    except AlignIndexError as error:
        table["weight"] = result.spec.leaf_weights
        failed.append(f"No importance: {error}")
    changes = _changes(result, names, failed)
    rows = []
    for indicator in result.spec.indicators:
        line: dict[str, float] = table.loc[indicator.name, columns].astype(float).to_dict()  # type: ignore[assignment]
        row = {key: _shown(value) for key, value in line.items()}
        row["n"] = DASH if math.isnan(line["n"]) else f"{int(line['n']):,}"
        for key, digits in (("score_change", 3), ("rank_change", 2)):
            row[key] = _shown(changes[key].to_dict()[indicator.name], digits)
        rows.append({"name": indicator.title or indicator.name, **row})
    return rows, failed


def _changes(result: AlignmentResult, names: list[str], failed: list[str]) -> pd.DataFrame:
    """Return the mean absolute change of score and rank without each indicator.

    NaN, and a line in `failed`, where the spec is not valid without the indicator.
    """
    columns = ["score_change", "rank_change"]
    out = pd.DataFrame(np.nan, index=names, columns=columns)
    if len(names) < 2:
        return out
    todo: list[str | list[str]] = [names]
    while todo:
        wanted = todo.pop(0)
        try:
            found = leave_one_out(result, indicators=wanted)[columns]
        except SpecError as error:
            if isinstance(wanted, str):
                failed.append(f"No index without {wanted!r}: {error}")
            else:  # some cannot be left out: try them one by one
                todo += names
            continue
        out.update(found.abs().groupby("dropped").mean())
    return out


def _shown(value: float, digits: int = 3) -> str:
    return DASH if math.isnan(value) else fixed(value, digits)


def provenance_rows(result: AlignmentResult) -> dict[str, Any]:
    """Return versions, digests, and for each data set its citation and licence."""
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
