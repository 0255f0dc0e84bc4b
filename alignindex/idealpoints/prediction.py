"""Predicted votes, fit of a roll call, and distances between points."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtr

from alignindex.base.errors import SimilarityError, closest, first_three
from alignindex.base.typing import Bools, Ints
from alignindex.idealpoints.encode import check_columns, check_levels, check_values
from alignindex.idealpoints.result import IdealPoints

__all__ = ["distance", "probabilities", "roll_call_fit"]

FIRST_YEAR = 1000  # smaller numbers are sessions or other periods, not calendar years


def probabilities(
    result: IdealPoints, votes: pd.DataFrame, *, item: str = "rcid", state: str = "state"
) -> pd.DataFrame:
    r"""Return the probability of every level at the estimates.

    With point θ, discrimination β and cut-points g: :math:`P(\text{level} \le c) = \Phi(g_c -
    \beta\theta)`, for the point of the state in the period of the item. A category that never
    occurred on an item (or on those linked to it) has probability 0.

    Parameters
    ----------
    result : IdealPoints
    votes : DataFrame
        States and items, one row per prediction; other columns are ignored.
    item, state : str
        Names of its columns.

    Returns
    -------
    DataFrame
        One column per level, in the order of ``result.levels``, with the index of `votes`. NaN
        if the item has no estimate, or the state no point in the item's period.

    Raises
    ------
    SimilarityError
        If an item or a state was not part of the fit.

    References
    ----------
    Bailey, Strezhnev, Voeten (2017), doi:10.1177/0022002715595700.

    Examples
    --------
    >>> import pandas as pd
    >>> import alignindex as ai
    >>> ballots = {"USA": "NNNYYA", "GBR": "NNAYYY", "BRA": "AYYAYN", "RUS": "YYYNNN"}
    >>> votes = pd.DataFrame(
    ...     [(s, v, vote) for s, row in ballots.items() for v, vote in enumerate(row)],
    ...     columns=["state", "rcid", "vote"],
    ... )
    >>> result = ai.idealpoints.fit(
    ...     votes, levels=["Y", "A", "N"], by=None, dynamic=False, draws=0
    ... )
    >>> chances = ai.idealpoints.probabilities(result, votes)
    >>> bool((chances.sum(axis=1).round(12) == 1).all())
    True
    """
    check_columns(votes, [item, state])
    row = pd.Index(result.items["item"]).get_indexer(pd.Index(votes[item]))
    if (row < 0).any():
        names = pd.Index(votes[item])[row < 0].unique()
        raise SimilarityError(
            f"{len(names)} items were not part of the fit: {first_three(names)}; predict roll "
            "calls that were fitted, or fit again with them"
        )
    known = result.points["state"].unique()
    strange = pd.Index(votes[state])[~votes[state].isin(known)].unique()
    if len(strange):
        hint = closest(str(strange[0]), [str(name) for name in known])
        raise SimilarityError(
            f"{len(strange)} states were not part of the fit: {first_three(strange)}{hint}"
        )
    keys = ["state", "period"] if "period" in result.points else ["state"]
    wanted = {"state": votes[state].to_numpy()}
    if "period" in result.points:
        wanted["period"] = result.items["period"].to_numpy()[row]
    points = pd.DataFrame(wanted).merge(
        result.points[[*keys, "point"]], on=keys, how="left", validate="many_to_one"
    )
    items = result.items.iloc[row]
    eta = points["point"].to_numpy() * items["discrimination"].to_numpy()
    n_cuts = len(result.levels) - 1
    cuts = items[[f"cut_{c}" for c in range(1, n_cuts + 1)]].to_numpy(dtype=float)
    outside = outer_levels(result, row)
    # A cut-point is unknown if no vote lies beyond it, so it is infinite: -inf before the first
    # known cut-point of the item, +inf after it.
    cuts = np.where(np.isnan(cuts), np.where(outside, -np.inf, np.inf), cuts)
    below = np.column_stack([ndtr(cuts[:, c] - eta) for c in range(n_cuts)])
    edges = np.column_stack([np.zeros(eta.size), below, np.ones(eta.size)])
    chances = np.diff(edges, axis=1)
    chances[np.isnan(eta)] = np.nan
    return pd.DataFrame(chances, index=votes.index, columns=pd.Index(result.levels))


def outer_levels(result: IdealPoints, row: Ints) -> Bools:
    """Return whether each cut-point lies before the first known cut-point of its item."""
    n_cuts = len(result.levels) - 1
    known = result.items[[f"cut_{c}" for c in range(1, n_cuts + 1)]].notna().to_numpy()[row]
    reached = np.cumsum(known, axis=1) > 0
    return np.asarray(~reached, dtype=bool)


def roll_call_fit(
    result: IdealPoints,
    votes: pd.DataFrame,
    *,
    item: str = "rcid",
    value: str = "vote",
    state: str = "state",
) -> pd.DataFrame:
    r"""Return the fit of every roll call: geometric mean probability and reduction in error.

    ``gmp`` is :math:`\exp(\frac1n \sum \log p)` over the votes cast, p the probability given to
    the level that was chosen; it lies in [0, 1], and a guess among k levels gives 1/k. ``pre`` is
    :math:`(e_0 - e)/e_0`, with e the number of votes that differ from the likeliest level, and
    :math:`e_0` the number that differ from the commonest level. 1 is perfect, 0 as good as always
    predicting the commonest level, below 0 worse; NaN if all votes agree.

    Parameters
    ----------
    result : IdealPoints
    votes : DataFrame
        The votes of the fit, or others by its states on its items. Codes of votes that were not
        cast must be NaN or absent, as in the result of `prepare`.
    item, value, state : str
        Names of its columns.

    Returns
    -------
    DataFrame
        Index item, sorted: n_votes, gmp, commonest (share), correct (share), pre. Votes without a
        prediction are not counted; a roll call without a prediction has NaN.

    References
    ----------
    Poole, Rosenthal (1991), American Journal of Political Science 35(1), 228-278,
    doi:10.2307/2111445.

    Examples
    --------
    >>> import pandas as pd
    >>> import alignindex as ai
    >>> ballots = {"USA": "NNNYYA", "GBR": "NNAYYY", "BRA": "AYYAYN", "RUS": "YYYNNN"}
    >>> votes = pd.DataFrame(
    ...     [(s, v, vote) for s, row in ballots.items() for v, vote in enumerate(row)],
    ...     columns=["state", "rcid", "vote"],
    ... )
    >>> result = ai.idealpoints.fit(
    ...     votes, levels=["Y", "A", "N"], by=None, dynamic=False, draws=0
    ... )
    >>> ai.idealpoints.roll_call_fit(result, votes)["n_votes"].tolist()
    [4, 4, 4, 4, 4, 4]
    """
    check_columns(votes, [item, value, state])
    levels = check_levels(result.levels)
    check_values(votes[value], levels, [])
    cast = votes[votes[value].notna()]
    chances = probabilities(result, cast, state=state, item=item).to_numpy()
    chosen = pd.Index(levels).get_indexer(pd.Index(cast[value]))
    predicted = ~np.isnan(chances[:, 0])
    p = chances[np.arange(chosen.size), chosen]
    names, number = np.unique(cast[item].to_numpy(), return_inverse=True)
    table = pd.DataFrame({"number": number, "chosen": chosen, "p": p})[predicted]
    with np.errstate(divide="ignore"):  # a chosen level of probability 0 makes gmp 0
        table["log_p"] = np.log(table["p"])
    table["right"] = chances[predicted].argmax(axis=1) == table["chosen"]
    by_item = table.groupby("number")
    n = by_item.size().reindex(range(names.size), fill_value=0)
    most = table.groupby(["number", "chosen"]).size().groupby("number").max()
    most, right = (x.reindex(range(names.size)) for x in (most, by_item["right"].sum()))
    baseline = (n - most).where(n > 0)
    return pd.DataFrame(
        {
            "n_votes": n.to_numpy(),
            "gmp": np.exp(by_item["log_p"].mean()).reindex(range(names.size)).to_numpy(),
            "commonest": (most / n.where(n > 0)).to_numpy(),
            "correct": (right / n.where(n > 0)).to_numpy(),
            "pre": ((right - most) / baseline.where(baseline > 0)).to_numpy(),
        },
        index=pd.Index(names, name="item"),
    )


def distance(
    data: IdealPoints | pd.DataFrame, *, year_offset: int = 0, name: str = "ideal_point_distance"
) -> pd.DataFrame:
    r"""Return the distance of ideal points, :math:`|\theta_{it} - \theta_{jt}|`, of all dyads.

    Parameters
    ----------
    data : IdealPoints or DataFrame
        A result of `fit`, or a table with the columns state, period and point.
    year_offset : int
        Added to the period to get a calendar year: 1945 for sessions of the General Assembly.
    name : str
        Name of the column.

    Returns
    -------
    DataFrame
        One column, in units of the points' standard deviation, 0 or more; indexed (state,
        partner, year), both directions, sorted, ready for the panel. States without a point in
        a period have no rows for it.

    Raises
    ------
    SimilarityError
        If a column is missing, a state has two points in one period, or the periods are not
        calendar years after adding `year_offset`.

    References
    ----------
    Bailey, Strezhnev, Voeten (2017), doi:10.1177/0022002715595700.

    Examples
    --------
    >>> import pandas as pd
    >>> import alignindex as ai
    >>> points = pd.DataFrame(
    ...     {"state": ["ARM", "RUS"], "period": [60, 60], "point": [0.25, -0.5]}
    ... )
    >>> ai.idealpoints.distance(points, year_offset=1945)  # doctest: +NORMALIZE_WHITESPACE
                        ideal_point_distance
    state partner year
    ARM   RUS     2005                  0.75
    RUS   ARM     2005                  0.75
    """
    points = data.points if isinstance(data, IdealPoints) else data
    for column in ("state", "period", "point"):
        if column not in points.columns:
            raise SimilarityError(
                f"points need the columns state, period and point; {column!r} is missing"
                f"{closest(column, [str(c) for c in points.columns])}. Points that do not move "
                "have no period: add a column with the period that they represent"
            )
    known = points[points["point"].notna()]
    twice = known[known.duplicated(["state", "period"])]
    if len(twice):
        rows = zip(twice["state"], twice["period"], strict=True)
        shown = first_three(f"{state} in {period}" for state, period in rows)
        raise SimilarityError(
            f"{len(twice)} states have two points in one period: {shown}; keep one of each"
        )
    blocks = []
    for period, there in known.sort_values("state").groupby("period", sort=True):
        states, at = there["state"].to_numpy(), there["point"].to_numpy(dtype=float)
        i, j = np.nonzero(~np.eye(at.size, dtype=bool))
        block = {
            "state": states[i],
            "partner": states[j],
            "year": period,
            name: np.abs(at[i] - at[j]),
        }
        blocks.append(pd.DataFrame(block))
    if not blocks:
        raise SimilarityError("no state has a point: expected at least one row with a number")
    table = pd.concat(blocks, ignore_index=True)
    if year_offset:
        table["year"] = table["year"] + year_offset
    if pd.api.types.is_numeric_dtype(table["year"]) and (table["year"] < FIRST_YEAR).any():
        raise SimilarityError(
            f"expected calendar years, got {first_three(table['year'].unique())}; year_offset=1945 "
            "turns sessions of the General Assembly into years"
        )
    return table.set_index(["state", "partner", "year"]).sort_index()
