"""What the codes look like, how they hang together, and whether an outside measure agrees."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex._spec_checks import children_of
from alignindex.errors import AlignIndexError, PanelError, first_three
from alignindex.index import AlignmentResult
from alignindex.spec import IndexSpec

__all__ = ["Consistency", "External", "consistency", "external"]

Floats = NDArray[np.float64]
CAUTION = (
    "alpha presumes that the indicators reflect one thing; a formative index, whose indicators "
    "make up what they measure, does not need it"
)


@dataclass(frozen=True, eq=False)
class Consistency:
    """One report on the indicators.

    Attributes
    ----------
    indicators : DataFrame
        By indicator: ``available`` (share of the dyad-years where it applies that have a code),
        ``n``, ``distinct``, ``min``, ``mean``, ``max``, ``sd``, ``skew``, ``constant``.
    pearson, spearman, pairs : DataFrame
        Correlations over the dyad-years with both codes, and the number of these. NaN for a
        constant indicator.
    flags : DataFrame
        ``first``, ``second``, ``node``, ``r``, ``flag``: ``redundant`` (abs(r) > 0.9), or
        ``negative`` (r < 0 below one node).
    alpha : DataFrame
        By node (``""`` is the root): ``alpha`` of Cronbach over the dyad-years with all the
        indicators below it, ``n``, ``k``.
    components : DataFrame
        Loadings of the principal components of the correlations; the last row is the ``share`` of
        the variance. The sign of each is fixed: its loadings sum to something positive.
    caution : str
        What alpha does not say.
    """

    indicators: pd.DataFrame = field(repr=False)
    pearson: pd.DataFrame = field(repr=False)
    spearman: pd.DataFrame = field(repr=False)
    pairs: pd.DataFrame = field(repr=False)
    flags: pd.DataFrame = field(repr=False)
    alpha: pd.DataFrame = field(repr=False)
    components: pd.DataFrame = field(repr=False)
    caution: str = CAUTION

    def __str__(self) -> str:
        parts = {
            "Indicators": self.indicators,
            "Spearman correlations": self.spearman,
            "Flags": self.flags,
            "Cronbach's alpha": self.alpha,
            "Principal components": self.components,
        }
        text = "\n\n".join(f"{name}\n{frame.to_string()}" for name, frame in parts.items())
        return f"{text}\n\n{self.caution}"


def consistency(result: AlignmentResult) -> Consistency:
    """Report on the codes of a result: availability, shape, correlations, alpha, components.

    Parameters
    ----------
    result : AlignmentResult

    Returns
    -------
    Consistency

    Notes
    -----
    Nothing here is a test that an index must pass. Alpha and components take the dyad-years where
    every indicator concerned has a code, and leave constant indicators out; with fewer than three
    such dyad-years they are NaN.

    Examples
    --------
    >>> import alignindex as ai
    >>> from alignindex import robustness
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> report = robustness.consistency(result)
    >>> report.indicators["constant"].any()
    np.False_
    """
    codes = result.codes
    applies = result.applies.sum()
    table = pd.DataFrame(
        {
            "available": codes.notna().sum() / applies.where(applies > 0),
            "n": codes.notna().sum(),
            "distinct": codes.nunique(),
            "min": codes.min(),
            "mean": codes.mean(),
            "max": codes.max(),
            "sd": codes.std(ddof=0),
            "skew": codes.apply(_skew),
            "constant": codes.nunique() <= 1,
        }
    ).rename_axis("indicator")
    seen = codes.notna().to_numpy().astype(np.int64)
    pairs = pd.DataFrame(seen.T @ seen, index=codes.columns, columns=codes.columns)
    pearson, spearman = _correlations(codes, False), _correlations(codes, True)
    groups = dict(_below(result.spec, ""))
    alpha = pd.DataFrame.from_dict(
        {name: _alpha(codes[list(leaves)]) for name, leaves in groups.items()}, orient="index"
    ).rename_axis("node")
    return Consistency(
        indicators=table,
        pearson=pearson,
        spearman=spearman,
        pairs=pairs,
        flags=_flags(result.spec, pearson),
        alpha=alpha,
        components=_components(codes),
    )


def _skew(values: pd.Series) -> float:
    x = values.dropna().to_numpy()
    if len(x) < 3 or np.ptp(x) == 0:
        return np.nan
    centred = x - x.mean()
    return float((centred**3).mean() / (centred**2).mean() ** 1.5)


def _correlations(codes: pd.DataFrame, by_rank: bool) -> pd.DataFrame:
    k = codes.shape[1]
    out = np.full((k, k), np.nan)
    values = codes.to_numpy()
    for i in range(k):
        for j in range(i + 1):
            both = ~np.isnan(values[:, [i, j]]).any(axis=1)
            out[i, j] = out[j, i] = _correlation(values[both, i], values[both, j], by_rank)
    return pd.DataFrame(out, index=codes.columns, columns=codes.columns)


def _correlation(x: Floats, y: Floats, by_rank: bool) -> float:
    if by_rank:
        x, y = (np.asarray(pd.Series(v).rank(), dtype=np.float64) for v in (x, y))
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return np.nan
    x, y = x - x.mean(), y - y.mean()
    return float(np.clip(x @ y / np.sqrt((x @ x) * (y @ y)), -1.0, 1.0))


def _below(spec: IndexSpec, name: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every node with the indicators below it, at any depth."""
    nodes = {node.name for node in spec.nodes}

    def leaves(parent: str) -> list[str]:
        found: list[str] = []
        for child in children_of(spec, parent):
            found += leaves(child.name) if child.name in nodes else [child.name]
        return found

    yield name, tuple(leaves(name))
    for child in children_of(spec, name):
        if child.name in nodes:
            yield from _below(spec, child.name)


def _flags(spec: IndexSpec, pearson: pd.DataFrame) -> pd.DataFrame:
    parent = {indicator.name: indicator.parent for indicator in spec.indicators}
    names = list(pearson.columns)
    rows = []
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            r = float(pearson.at[one, other])  # type: ignore[arg-type]
            same = parent[one] == parent[other]
            if abs(r) > 0.9:
                rows.append((one, other, parent[one] if same else None, r, "redundant"))
            if r < 0 and same:
                rows.append((one, other, parent[one], r, "negative"))
    return pd.DataFrame(rows, columns=["first", "second", "node", "r", "flag"])


def _complete(codes: pd.DataFrame) -> pd.DataFrame:
    whole = codes.dropna()
    return whole.loc[:, whole.nunique() > 1]


def _alpha(codes: pd.DataFrame) -> dict[str, float]:
    whole = _complete(codes)
    k, n = whole.shape[1], len(whole)
    value = np.nan
    if k >= 2 and n >= 3:
        total = whole.sum(axis=1).var(ddof=1)
        parts = whole.var(ddof=1).sum()
        value = k / (k - 1) * (1 - parts / total) if total > 0 else np.nan
    return {"alpha": float(value), "n": n, "k": k}


def _components(codes: pd.DataFrame) -> pd.DataFrame:
    whole = _complete(codes)
    k = whole.shape[1]
    names = [f"PC{i + 1}" for i in range(k)]
    if len(whole) < 3 or k == 0:
        return pd.DataFrame(np.nan, index=[*codes.columns, "share"], columns=["PC1"])
    size, vectors = np.linalg.eigh(np.corrcoef(whole.to_numpy().T).reshape(k, k))
    size, vectors = size[::-1], vectors[:, ::-1]
    # The sign of an eigenvector is arbitrary: the sum of the loadings decides, or, where that is
    # nothing, the first loading that is something.
    for j in range(k):
        total = vectors[:, j].sum()
        if abs(total) < 1e-9:
            total = vectors[np.flatnonzero(np.abs(vectors[:, j]) > 1e-9)[0], j]
        vectors[:, j] *= np.sign(total)
    frame = pd.DataFrame(vectors, index=whole.columns, columns=names).reindex(codes.columns)
    frame.loc["share"] = size / size.sum()
    return frame


@dataclass(frozen=True, eq=False)
class External:
    """Agreement of the score with an outside measure.

    Attributes
    ----------
    spearman, low, high : float
        Rank correlation and its interval by resampling whole dyads.
    n, dyads : int
        Dyad-years with both, and the dyads they come from.
    table : DataFrame
        ``score``, ``outside``, and ``residual``: the score minus what its least-squares line on
        the outside measure gives. Rows with both.
    """

    spearman: float
    low: float
    high: float
    n: int
    dyads: int
    table: pd.DataFrame = field(repr=False)


def external(
    result: AlignmentResult,
    series: pd.Series,
    *,
    level: float = 0.9,
    bootstrap: int = 1000,
    rng: np.random.Generator | int | None = None,
) -> External:
    """Compare the score with an outside measure of the same dyad-years.

    Years of one dyad are no independent observations: the interval comes from resampling whole
    dyads, and is much wider than a formula for n independent rows would give.

    Parameters
    ----------
    result : AlignmentResult
    series : Series
        Index (state, partner, year).
    level : float
    bootstrap : int
    rng : Generator, int or None

    Returns
    -------
    External

    Raises
    ------
    PanelError
        If the series has other keys, or shares fewer than three known dyad-years.
    AlignIndexError
        If `level` or `bootstrap` is out of range.

    Examples
    --------
    >>> import alignindex as ai
    >>> from alignindex import robustness
    >>> panel = ai.load_panel("post_soviet")
    >>> result = ai.score(panel, "erkomaishvili2019")
    >>> robustness.external(result, panel["un_kappa"], rng=1).spearman > 0
    True
    """
    if not 0 < level < 1 or bootstrap < 2:
        raise AlignIndexError(
            f"level lies between 0 and 1, and bootstrap is at least 2; got {level} and {bootstrap}"
        )
    if not isinstance(series, pd.Series) or list(series.index.names) != list(
        result.scores.index.names
    ):
        raise PanelError(
            "external takes a Series with the index (state, partner, year); set it with "
            "as_panel(data)[column]"
        )
    if series.index.has_duplicates:
        raise PanelError("the outside series has a dyad-year twice; keep one value each")
    table = pd.DataFrame({"score": result.scores["score"]})
    table["outside"] = series.reindex(table.index).astype(np.float64)
    endless = table.index[np.isinf(table["outside"])]
    if len(endless):
        named = [f"{state}–{partner} {year}" for state, partner, year in endless]
        raise PanelError(
            f"the outside series must be finite; got ±inf at {first_three(named)}: an unknown "
            "value is NaN"
        )
    table = table.dropna()
    if len(table) < 3:
        raise PanelError(
            f"only {len(table)} dyad-years have both a score and an outside value; three are "
            "needed: check actor codes and years"
        )
    score, outside = table["score"].to_numpy(), table["outside"].to_numpy()
    found = _correlation(score, outside, True)
    codes, _ = pd.factorize(table.index.droplevel("year"))  # type: ignore[arg-type]
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(codes.max() + 2))
    blocks = [order[a:b] for a, b in itertools.pairwise(bounds)]
    generator = np.random.default_rng(rng)
    values = np.empty(bootstrap)
    for i in range(bootstrap):
        picked = generator.integers(0, len(blocks), len(blocks))
        rows = np.concatenate([blocks[p] for p in picked])
        values[i] = _correlation(score[rows], outside[rows], True)
    values = values[~np.isnan(values)]
    ends = np.quantile(values, [(1 - level) / 2, (1 + level) / 2]) if values.size else [np.nan] * 2
    centred = outside - outside.mean()
    spread = centred @ centred
    slope = centred @ (score - score.mean()) / spread if spread > 0 else 0.0
    table["residual"] = score - score.mean() - slope * centred
    return External(found, float(ends[0]), float(ends[1]), len(table), len(blocks), table)
