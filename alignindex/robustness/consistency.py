"""What the codes look like, how they hang together, and whether an outside measure agrees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from alignindex.robustness.draws.sampler import check_result
from alignindex.robustness.external import External, correlation, external
from alignindex.scoring.result import AlignmentResult
from alignindex.spec import IndexSpec
from alignindex.spec.checks import children_of

__all__ = ["Consistency", "consistency"]

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
    external : External or None
        Agreement with the outside measure, if one was given.
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
    external: External | None = field(repr=False, default=None)
    caution: str = CAUTION

    def to_frame(self) -> pd.DataFrame:
        """Return `indicators`."""
        return self.indicators

    def __str__(self) -> str:
        parts = {
            "Indicators": self.indicators,
            "Spearman correlations": self.spearman,
            "Flags": self.flags,
            "Cronbach's alpha": self.alpha,
            "Principal components": self.components,
        }
        text = "\n\n".join(f"{name}\n{frame.to_string()}" for name, frame in parts.items())
        if self.external is not None:
            text += f"\n\nAn outside measure\n{self.external}"
        return f"{text}\n\n{self.caution}"


def consistency(
    result: AlignmentResult,
    *,
    outside: pd.Series | None = None,
    rng: np.random.Generator | int | None = 0,
) -> Consistency:
    """Report on the codes of a result: availability, shape, correlations, alpha, components.

    Parameters
    ----------
    result : AlignmentResult
    outside : Series, optional
        An outside measure of the same dyad-years, index (state, partner, year): the report then
        holds how far the score agrees with it, as :func:`external` says.
    rng : Generator, int or None
        For the interval of that agreement; nothing else is random.

    Returns
    -------
    Consistency

    Notes
    -----
    Nothing here is a test that an index must pass. ``sd`` and ``skew`` describe the codes at
    hand (sums of powers over n); alpha uses sample variances (over n - 1), which leave it the
    same. Alpha and components take the dyad-years where
    every indicator concerned has a code, and leave constant indicators out; with fewer than three
    such dyad-years they are NaN.

    Raises
    ------
    PanelError
        If the outside measure has other keys, or shares fewer than three known dyad-years.

    Examples
    --------
    >>> import alignindex as ai
    >>> from alignindex import robustness
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> report = robustness.consistency(result, outside=result.panel["un_kappa"], rng=1)
    >>> report.indicators["constant"].any()
    np.False_
    >>> report.external.spearman > 0
    True
    """
    check_result(result)
    agreement = None if outside is None else external(result, outside, rng=rng)
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
        external=agreement,
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
            out[i, j] = out[j, i] = correlation(values[both, i], values[both, j], by_rank)
    return pd.DataFrame(out, index=codes.columns, columns=codes.columns)


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
