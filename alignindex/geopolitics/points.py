"""Ideal points of a variant, and distances between states."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from alignindex import idealpoints
from alignindex.base.arguments import Years, check_count, check_years, generator
from alignindex.base.errors import PanelError, SimilarityError, closest, first_three
from alignindex.base.typing import Floats, Ints
from alignindex.geopolitics.variants import FIRST_SESSION, Variant, as_variant, ballots, select
from alignindex.panel.select import Labels, select_labels

__all__ = ["as_points", "distance", "ideal_points", "point_matrix"]


def run_fit(votes: pd.DataFrame, **options: Any) -> pd.DataFrame:
    """Fit and return state, year, point, se and n_votes: the one call of the estimator."""
    result = idealpoints.fit(
        votes, item="rcid", value="vote", state="state", by="session", **options
    )
    points = result.points.rename(columns={"session": "period"})
    error = points["se_calibrated"].where(points["se_calibrated"].notna(), points["se"])
    return pd.DataFrame(
        {
            "state": points["state"],
            "year": points["period"].astype(np.int64) + FIRST_SESSION,
            "point": points["point"],
            "se": error,
            "n_votes": points["n_votes"],
        }
    )


def ideal_points(
    votes: pd.DataFrame,
    *,
    variant: Variant | str = "july2025_all",
    links: pd.DataFrame | None = None,
    errors: bool = False,
    anchor: tuple[str, int] = ("USA", 1),
    rng: np.random.Generator | int | None = 0,
) -> pd.DataFrame:
    """Fit the ideal points of one variant of General Assembly votes.

    Parameters
    ----------
    votes : DataFrame
        One row per member and roll call: rcid, session, state, vote (1 yes, 2 abstain, 3 no; 8 or
        NaN did not vote; 9 not a member), and the flags that the variant needs.
    variant : Variant or str
        A preset of `variants`, or a `Variant`.
    links : DataFrame, optional
        Roll calls voted again (rcid1, rcid2), used by variants with ``links="given"``.
    errors : bool
        True gives calibrated standard errors, which takes longer.
    anchor : (state, sign)
        The state whose mean point has this sign.
    rng : Generator, int or None
        For the calibration of errors alone.

    Returns
    -------
    DataFrame
        state, year (the session's opening), point (mean 0 and sd 1 over all states and years of
        the variant), se (NaN without errors), n_votes. ``attrs["variant"]`` is its label.

    Raises
    ------
    SimilarityError
        Columns, votes or flags that are missing; a variant without votes; what
        `idealpoints.fit` refuses.

    References
    ----------
    Bailey, Strezhnev & Voeten (2017), doi:10.1177/0022002715595700.

    Examples
    --------
    >>> import pandas as pd
    >>> import alignindex as ai
    >>> ballots = {"USA": "331122", "GBR": "332111", "BRA": "121231", "RUS": "111333"}
    >>> votes = pd.DataFrame(
    ...     [(v, 75, s, int(vote)) for s, row in ballots.items() for v, vote in enumerate(row)],
    ...     columns=["rcid", "session", "state", "vote"],
    ... )
    >>> points = ai.geopolitics.ideal_points(votes)
    >>> points.sort_values("point")["state"].iloc[0]
    'RUS'
    """
    chosen = as_variant(variant)
    return fit_variant(ballots(votes), chosen, links=links, errors=errors, anchor=anchor, rng=rng)


def fit_variant(votes: Any, variant: Variant, *, links: Any = None, errors: bool = False,
                anchor: Any = ("USA", 1), rng: Any = 0) -> pd.DataFrame:  # fmt: skip
    """Fit one variant of votes in numbers."""
    if variant.links == "given" and links is None:
        raise SimilarityError(
            "a variant with links='given' needs links=, a table of repeated roll calls (rcid1, "
            "rcid2)"
        )
    chosen = select(votes, variant)
    tied = links if variant.links == "given" else None
    if tied is not None:
        known = set(chosen["rcid"])
        tied = tied[tied["rcid1"].isin(known) & tied["rcid2"].isin(known)]
        tied = tied if len(tied) else None
    there = votes.states[np.unique(chosen["state"])]
    if not isinstance(anchor, tuple) or len(anchor) != 2 or anchor[0] not in there:
        near = closest(str(anchor[0]), map(str, there)) if isinstance(anchor, tuple) else ""
        raise SimilarityError(
            f"anchor takes (state, 1) or (state, -1), a state that votes in variant "
            f"{variant.label}; got {anchor!r}{near}"
        )
    points = run_fit(
        chosen, levels=(1, 2, 3), links=tied, standard_errors=errors,
        anchor=(int(votes.states.get_loc(anchor[0])), anchor[1]),
        draws=3 if errors else 0, rng=rng,
    )  # fmt: skip
    points["state"] = votes.states.to_numpy()[points["state"].to_numpy()]
    points.attrs["variant"] = variant.label
    return points


def as_points(data: Any, *, point: str = "point") -> pd.DataFrame:
    """Return checked points: state, year, point, and se where there is one; none is missing."""
    if not isinstance(data, pd.DataFrame):
        raise PanelError(f"points must be a DataFrame; got {type(data).__name__}")
    table = data.reset_index() if "state" not in data.columns else data
    there = [str(column) for column in table.columns]
    for column in ("state", "year", point):
        if column not in table.columns:
            raise PanelError(
                f"points need the columns state, year and {point}; {column!r} is missing"
                f"{closest(column, there)}"
            )
    kept = table.loc[table[point].notna()]
    out = pd.DataFrame(
        {
            "state": kept["state"].astype(str).to_numpy(),
            "year": check_whole_years(kept["year"]),
            "point": kept[point].to_numpy(dtype=np.float64),
            "se": kept["se"].to_numpy(dtype=np.float64) if "se" in kept else np.nan,
        }
    )
    if out.empty:
        raise PanelError("no state has a point: expected at least one row with a number")
    twice = out.loc[out.duplicated(["state", "year"])]
    if len(twice):
        named = first_three(
            f"{s} in {y}" for s, y in zip(twice["state"], twice["year"], strict=True)
        )
        raise PanelError(f"{len(twice)} states have two points in one year: {named}; keep one each")
    return out.sort_values(["year", "state"], ignore_index=True)


def check_whole_years(years: pd.Series[Any]) -> Ints:
    """Return years as whole numbers."""
    numbers = pd.to_numeric(years, errors="coerce").to_numpy(dtype=np.float64)
    bad = ~np.isfinite(numbers) | (numbers != np.floor(numbers))
    if bad.any():
        raise PanelError(
            f"years must be whole numbers; got {first_three(map(repr, years.to_numpy()[bad]))}"
        )
    return numbers.astype(np.int64)


def point_matrix(points: pd.DataFrame, draws: int, rng: Any) -> Floats:
    """Return the points and `draws` normal draws of them, one column each."""
    at = points["point"].to_numpy()
    if not draws:
        return at[:, None]
    error = points["se"].to_numpy()
    if np.isnan(error).any() or (error < 0).any():
        raise PanelError(
            "draws need a standard error of 0 or more for every point, in the column se; fit with "
            "errors=True, or leave draws=0"
        )
    drawn = generator(rng).standard_normal((draws, at.size)).T * error[:, None]
    return np.column_stack([at, at[:, None] + drawn])


def distance(
    data: pd.DataFrame,
    *,
    variant: Variant | str = "july2025_all",
    states: Labels = None,
    partners: Labels = None,
    years: Years = None,
    draws: int = 0,
    links: pd.DataFrame | None = None,
    rng: np.random.Generator | int | None = 0,
) -> pd.DataFrame:
    r"""Return distances of ideal points (IPD), :math:`|\theta_{it} - \theta_{jt}|`, by dyad-year.

    Parameters
    ----------
    data : DataFrame
        Votes, as in `ideal_points`, or points: state, year, point and, for draws, se.
    variant : Variant or str
        For votes: which variant is fitted.
    states, partners : label or list of labels, optional
        Rows to give; the fit always takes all states.
    years : int, (first, last) or list of int, optional
    draws : int
        Number of draws of every distance: points plus normal errors with their se, independent
        between states and years. Columns ``distance_0``, ``distance_1``, ...
    links : DataFrame, optional
        As in `ideal_points`.
    rng : Generator, int or None
        For the draws.

    Returns
    -------
    DataFrame
        Index (state, partner, year), both directions, sorted. ``distance`` in standard deviations
        of the points, 0 or more, and the draws. A state without a point in a year has no rows.

    Raises
    ------
    SimilarityError, PanelError
        Votes or points that cannot be used, years or states that do not occur, draws without se.

    Notes
    -----
    A point's error is the same in all its dyads, as it should be; errors of one state in two
    years are drawn independently, which overstates the noise of changes over time.

    References
    ----------
    Bailey, Strezhnev & Voeten (2017), doi:10.1177/0022002715595700.

    Examples
    --------
    >>> import pandas as pd
    >>> import alignindex as ai
    >>> points = pd.DataFrame({"state": ["BRA", "IRN", "USA"], "year": 2024, "point": [5, 0, 10]})
    >>> ai.geopolitics.distance(points, states="IRN")["distance"].tolist()
    [5.0, 10.0]
    """
    check_count(draws, "draws", 0)
    if "point" in data.columns:
        points = as_points(data)
    else:
        errors = draws > 0
        points = as_points(ideal_points(data, variant=variant, links=links, errors=errors, rng=rng))
    chosen = check_years(years, known=points["year"].unique())
    points = points[points["year"].isin(chosen)].reset_index(drop=True)
    known = points["state"].unique()
    rows = points["state"].isin(select_labels(states, known, "states")).to_numpy()
    columns = points["state"].isin(select_labels(partners, known, "partners")).to_numpy()
    values = point_matrix(points, draws, rng)
    one, other = [], []
    for year in chosen:
        here = np.flatnonzero(points["year"].to_numpy() == year)
        left, right = here[rows[here]], here[columns[here]]
        i, j = np.repeat(left, right.size), np.tile(right, left.size)
        one.append(i[i != j])
        other.append(j[i != j])
    i, j = np.concatenate(one), np.concatenate(other)
    label = points["state"].to_numpy()
    index = pd.MultiIndex.from_arrays(
        [label[i], label[j], points["year"].to_numpy()[i]], names=["state", "partner", "year"]
    )
    names = ["distance", *(f"distance_{d}" for d in range(draws))]
    table = pd.DataFrame(np.abs(values[i] - values[j]), index=index, columns=names)
    return table.sort_index()
