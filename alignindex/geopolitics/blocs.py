"""Blocs of states, with labels that keep from year to year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from alignindex.base.arguments import (
    Years,
    check_choice,
    check_count,
    check_number,
    generator,
    is_number,
    shown,
)
from alignindex.base.errors import PanelError, first_three
from alignindex.base.typing import Floats, Ints
from alignindex.geopolitics.layers import Layer, check_poles, layers, to_poles
from alignindex.kernels.geopolitics import clusters as kernel

__all__ = ["BLOC_PRESETS", "Blocs", "blocs"]

METHODS = ("anchors", "quantile", "k_means", "ward", "communities")


class BlocPreset(NamedTuple):
    """A published definition of blocs as options of `blocs`."""

    options: Mapping[str, Any]
    fidelity: str
    source: str
    note: str


BLOC_PRESETS: Mapping[str, BlocPreset] = {
    "quartiles": BlocPreset(
        {"method": "quantile", "groups": 4}, "documented",
        "Gopinath, Gourinchas, Presbitero & Topalova (2024), IMF WP/24/76",
        "Exact: quartiles of a distance of ideal points. Ours: the distance is that to the first "
        "pole, and the pole itself takes no part in the cut points.",
    ),
    "oenb2025": BlocPreset(
        {"method": "communities"}, "reconstructed",
        "Kirsamer & Kirsamer (2025), OeNB Bulletin Q4/25-1",
        "Exact: network communities of a bilateral index; three blocs are reported for 2022. Ours: "
        "modularity of 1 - d / max(d), and the index that is handed in: theirs joins ideal points, "
        "voice and accountability, and the level of representation.",
    ),
    "anchors": BlocPreset(
        {"method": "anchors"}, "illustrative", "alignindex",
        "Ours: nearer to one pole than to the other by more than a quarter of the largest "
        "difference of the year.",
    ),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Blocs:
    """Blocs of states by year.

    Attributes
    ----------
    table : DataFrame
        Index (state, year): ``bloc`` (text; missing where unknown), ``silhouette``, and with draws
        ``p_<bloc>``, the share of draws in each bloc.
    diagnostics : DataFrame
        Index year: n_states, n_unknown, n_blocs, silhouette (mean), within and between (mean
        distance inside blocs and across), modularity, same_as_before (adjusted Rand index with the
        year before, on the states in both).
    options : dict
        Method and options.
    """

    table: pd.DataFrame
    diagnostics: pd.DataFrame
    options: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        names = ", ".join(sorted(self.table["bloc"].dropna().unique()))
        return f"<Blocs: {self.options['method']}, {len(self.diagnostics)} years; {names}>"

    def to_frame(self) -> pd.DataFrame:
        """Return the table of blocs, indexed (state, year)."""
        return self.table


def blocs(
    data: Any,
    *,
    method: str = "anchors",
    groups: int = 4,
    poles: tuple[str, str] = ("USA", "CHN"),
    neutral: float = 0.25,
    resolution: float = 1.0,
    value: str = "distance",
    years: Years = None,
    draws: int = 0,
    rng: np.random.Generator | int | None = 0,
) -> Blocs:
    """Divide states into blocs, year by year, with labels that keep.

    Parameters
    ----------
    data : DataFrame
        Points (state, year, point, and se for draws) or symmetric distances (state, partner,
        year, `value`).
    method : str
        ``"anchors"``: by net alignment between the poles: the first pole's bloc above `neutral`,
        the second's below -`neutral`, else ``neutral``. ``"quantile"``: by quantile of the distance
        to the first pole, 1 nearest. ``"k_means"``: exact k-means of points on their line.
        ``"ward"``: Ward's hierarchical clusters of the distances. ``"communities"``: network
        communities of the weights 1 - d / max(d), their number found. Or a preset of
        ``BLOC_PRESETS``: quartiles, oenb2025, anchors.
    groups : int
        Number of blocs of quantile, k_means and ward, at least 2.
    poles : (str, str)
        For anchors and quantile; also, the first year's clusters are numbered by their mean
        distance to the first pole, 1 nearest, where it is there.
    neutral : float
        Half-width of the neutral band on the scale [-1, 1] of the year, at least 0 and below 1.
    resolution : float
        Of the modularity; larger values give more communities.
    value : str
        Column of the distances.
    years : int, (first, last) or list of int, optional
    draws : int
        Number of draws of the points behind the membership probabilities.
    rng : Generator, int or None

    Returns
    -------
    Blocs

    Raises
    ------
    PanelError
        Poles that do not occur, fewer than two groups, years with fewer (different) states than
        groups, k_means or draws without points, distances that are missing for clusters.

    Notes
    -----
    Clusters have no names of their own. From year to year, and from the estimate to each draw,
    they get the labels that keep the most states in place (an assignment problem, solved exactly).
    A cluster that shares no state with the label left for it takes a free number up to `groups`,
    or a new number where the number of communities is found.

    References
    ----------
    Ward (1963), doi:10.1080/01621459.1963.10500845. Newman (2006), doi:10.1073/pnas.0601602103
    (modularity). Clauset, Newman & Moore (2004), doi:10.1103/PhysRevE.70.066111. Rousseeuw (1987),
    doi:10.1016/0377-0427(87)90125-7 (silhouette). Hubert & Arabie (1985), doi:10.1007/BF01908075.

    Examples
    --------
    >>> import pandas as pd
    >>> import alignindex as ai
    >>> points = pd.DataFrame(
    ...     {"state": ["BRA", "CHN", "DEU", "USA"], "year": 2024, "point": [0.9, -1.0, 1.8, 3.0]}
    ... )
    >>> ai.geopolitics.blocs(points).table["bloc"].tolist()
    ['neutral', 'CHN', 'USA', 'USA']
    """
    if method in BLOC_PRESETS:
        options = BLOC_PRESETS[method].options
        method, groups = options["method"], options.get("groups", groups)
    check_choice(method, "method", (*METHODS, *BLOC_PRESETS))
    check_count(groups, "groups", 2)
    check_count(draws, "draws", 0)
    if not is_number(neutral) or not 0 <= neutral < 1:
        raise PanelError(f"neutral must be at least 0 and below 1; got {shown(neutral)}")
    check_number(resolution, "resolution", "a number above 0", 0, np.inf)
    found = layers(data, value=value, years=years)
    if method in ("anchors", "quantile"):
        check_poles(poles, found)
    namer = Namer(method, groups, poles, neutral, resolution)
    random = generator(rng)
    blocks, rows, before = [], {}, None
    for layer in found:
        codes = namer.settle(layer)
        block = pd.DataFrame({"state": layer.states, "year": layer.year})
        block["bloc"] = namer.words(codes)
        block["silhouette"], rows[layer.year] = judge(layer, codes, resolution)
        rows[layer.year]["same_as_before"] = likeness(before, (layer.states, codes))
        if draws:
            shares = namer.shares(layer, codes, draws, random)
            for code in range(shares.shape[1]):
                block[f"p_{namer.word(code)}"] = shares[:, code]
        blocks.append(block)
        before = (layer.states, codes)
    table = pd.concat(blocks, ignore_index=True).set_index(["state", "year"]).sort_index()
    for column in table.columns[table.columns.str.startswith("p_")]:
        # A bloc that came later has no share in the years before.
        table[column] = table[column].fillna(0.0).where(table["bloc"].notna(), np.nan)
    options = {"method": method, "groups": groups, "poles": tuple(poles), "neutral": neutral}
    diagnostics = pd.DataFrame.from_dict(rows, orient="index").rename_axis("year")
    return Blocs(table, diagnostics, options)


class Namer:
    """Divides one year after the other and keeps the labels of the last."""

    def __init__(
        self, method: str, groups: int, poles: tuple[str, str], neutral: float, resolution: float
    ) -> None:
        self.method, self.groups, self.poles = method, groups, poles
        self.neutral, self.resolution = neutral, resolution
        self.last: dict[str, int] = {}
        self.ever = 0

    def word(self, code: int) -> str:
        """Return the label of a code."""
        if self.method == "anchors":
            return (self.poles[0], "neutral", self.poles[1])[code]
        return str(code + 1)

    def words(self, codes: Ints) -> list[str | float]:
        """Return labels; NaN where a state has none."""
        return [self.word(int(code)) if code >= 0 else np.nan for code in codes]

    def raw(self, layer: Layer) -> Ints:
        """Divide one year; codes of clusters are arbitrary, -1 is unknown."""
        if self.method == "anchors":
            first, second = to_poles(layer, self.poles)
            net = second - first
            if np.isnan(net).all():
                return np.full(net.size, -1, dtype=np.int64)
            most = np.nanmax(np.abs(net))
            net = net / most if most > 0 else net
            code = np.where(net > self.neutral, 0, np.where(net < -self.neutral, 2, 1))
            return np.where(np.isnan(net), -1, code).astype(np.int64)
        if self.method == "quantile":
            return self.quantiles(layer)
        self.check(layer)
        if self.method == "k_means":
            assert layer.points is not None
            return kernel.k_means_line(layer.points, self.groups)
        if self.method == "ward":
            tree = linkage(squareform(layer.distance, checks=False), method="ward")
            return np.asarray(fcluster(tree, self.groups, criterion="maxclust"), np.int64) - 1
        most = layer.distance.max()
        weights = 1.0 - layer.distance / most if most > 0 else np.ones_like(layer.distance)
        np.fill_diagonal(weights, 0.0)
        if not weights.sum() > 0:
            return np.arange(len(weights), dtype=np.int64)
        return kernel.communities(weights, self.resolution)

    def quantiles(self, layer: Layer) -> Ints:
        """Divide by quantile of the distance to the first pole."""
        first, _ = to_poles(layer, self.poles)
        others = first[~np.isnan(first) & (layer.states != self.poles[0])]
        if layer.place(self.poles[0]) is None:
            return np.full(first.size, -1, dtype=np.int64)
        if others.size < self.groups:
            raise PanelError(
                f"{layer.year} has {others.size} states with a distance to {self.poles[0]}, fewer "
                f"than groups={self.groups}: take fewer groups, or leave the year out"
            )
        cuts = np.quantile(others, np.arange(1, self.groups) / self.groups)
        code = np.searchsorted(cuts, first, side="left")
        return np.asarray(np.where(np.isnan(first), -1, code), dtype=np.int64)

    def check(self, layer: Layer) -> None:
        """Refuse a year that cannot be divided into clusters."""
        if self.method == "k_means" and layer.points is None:
            raise PanelError(
                "k_means needs points (state, year, point); for a table of distances take "
                "method='ward' or 'communities'"
            )
        unknown = np.isnan(layer.distance)
        if unknown.any():
            pairs = first_three(
                f"{layer.states[i]}-{layer.states[j]}" for i, j in np.argwhere(unknown)
            )
            raise PanelError(
                f"clusters need all distances of a year; {layer.year} lacks {pairs}: drop these "
                "states, or take method='anchors'"
            )
        distinct = layer.states.size
        if self.method != "communities":
            distinct = np.unique(layer.distance, axis=0).shape[0]
        needed = 2 if self.method == "communities" else self.groups
        if distinct < needed:
            raise PanelError(
                f"{layer.year} has {distinct} different states, fewer than {needed} blocs: take "
                "fewer groups, or leave the year out"
            )

    def settle(self, layer: Layer) -> Ints:
        """Divide one year and give its clusters the labels that keep."""
        codes = self.raw(layer)
        if self.method in ("anchors", "quantile"):
            return codes
        codes = kernel.first_seen(codes)
        size = int(codes.max()) + 1
        if not self.last:
            first, _ = to_poles(layer, self.poles)
            if not np.isnan(first).any():
                means = [float(first[codes == c].mean()) for c in range(size)]
                codes = np.argsort(np.argsort(means, kind="stable"))[codes].astype(np.int64)
        else:
            before = np.array([self.last.get(str(s), -1) for s in layer.states], dtype=np.int64)
            codes = self.rename(before, codes, max(self.ever, int(before.max()) + 1))
        self.ever = max(self.ever, int(codes.max()) + 1)
        self.last |= dict(zip(map(str, layer.states), codes.tolist(), strict=True))
        return codes

    def rename(self, before: Ints, codes: Ints, n_before: int) -> Ints:
        """Give clusters old labels by overlap, free or new ones to the rest."""
        size = int(codes.max()) + 1
        given = kernel.match(kernel.overlap(before, codes, n_before, size))
        free = [c for c in range(n_before + size) if c not in set(given.tolist())]
        if self.method == "communities":
            free = [c for c in free if c >= n_before]
        for place in np.flatnonzero(given < 0):
            given[place] = free.pop(0)
        return given[codes]

    def shares(self, layer: Layer, codes: Ints, draws: int, random: np.random.Generator) -> Floats:
        """Share of draws of the points in which each state is in each bloc."""
        if layer.points is None or layer.errors is None or np.isnan(layer.errors).any():
            raise PanelError(
                "draws need points with a standard error in the column se; fit with errors=True, "
                "or leave draws=0"
            )
        size = {"anchors": 3, "communities": self.ever}.get(self.method, self.groups)
        counts = np.zeros((codes.size, size))
        for _ in range(draws):
            at = layer.points + layer.errors * random.standard_normal(codes.size)
            drawn = self.raw(layer._replace(points=at, distance=np.abs(at[:, None] - at[None, :])))
            if self.method not in ("anchors", "quantile"):
                drawn = self.rename(codes, kernel.first_seen(drawn), size)
            inside = (drawn >= 0) & (drawn < size)
            counts[np.flatnonzero(inside), drawn[inside]] += 1
        return counts / draws


def judge(layer: Layer, codes: Ints, resolution: float) -> tuple[Floats, dict[str, float]]:
    """Silhouettes of the states, and what judges the division of a year."""
    known = np.flatnonzero(codes >= 0)
    out = np.full(codes.size, np.nan)
    facts: dict[str, float] = {"n_states": codes.size, "n_unknown": codes.size - known.size}
    labels = np.unique(codes[known], return_inverse=True)[1].astype(np.int64)
    facts["n_blocs"] = int(labels.max()) + 1 if known.size else 0
    gaps = layer.distance[np.ix_(known, known)]
    whole = known.size > 1 and not np.isnan(gaps).any()
    if whole and facts["n_blocs"] > 1:
        out[known] = kernel.silhouette(gaps, labels)
    i, j = np.triu_indices(known.size, 1)
    same = labels[i] == labels[j]
    facts["silhouette"] = float(np.mean(out[known])) if known.size else np.nan
    facts["within"] = float(gaps[i, j][same].mean()) if same.any() else np.nan
    facts["between"] = float(gaps[i, j][~same].mean()) if (~same).any() else np.nan
    facts["modularity"] = np.nan
    if whole and gaps.max() > 0:
        weights = 1.0 - gaps / gaps.max()
        np.fill_diagonal(weights, 0.0)
        if weights.sum() > 0:
            facts["modularity"] = kernel.modularity(weights, labels, resolution)
    return out, facts


def likeness(before: Any, now: Any) -> float:
    """Return the adjusted Rand index of two years, on the states that have a bloc in both."""
    if before is None:
        return np.nan
    _, i, j = np.intersect1d(before[0], now[0], return_indices=True)
    one, other = before[1][i], now[1][j]
    known = (one >= 0) & (other >= 0)
    return kernel.adjusted_rand(one[known], other[known]) if known.sum() > 1 else np.nan
