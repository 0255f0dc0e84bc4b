"""Portfolios of commitments as votes, and similarity over several sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.errors import SimilarityError, first_three
from alignindex.base.typing import Floats
from alignindex.kernels.similarity.measures import MEASURES
from alignindex.similarity.checks import (
    check_choice,
    check_columns,
    check_known,
    check_levels,
    check_table,
    level_codes,
)

__all__ = ["combine", "portfolios"]

# Forms that are linear in the disagreement: a mean over sources is again such a measure.
_LINEAR = ("agreement", "s", "a")


def portfolios(
    commitments: pd.DataFrame,
    *,
    members: pd.DataFrame | Iterable[Any],
    levels: Sequence[float],
    self_tie: str,
    none: float = 0.0,
    state: str = "state",
    partner: str = "partner",
    value: str = "value",
    by: str | None = None,
    several: str = "error",
) -> pd.DataFrame:
    """Complete directed commitments into portfolios that `dyads` compares.

    Sources list the ties that exist; a portfolio also lists the partners without a tie. Every
    member gets a row for every member.

    Parameters
    ----------
    commitments : DataFrame
        One row per directed tie: the commitment of `state` to `partner`.
    members : DataFrame or iterable
        The actors of the system: a DataFrame with the columns `state` and `by`, or, without `by`,
        any iterable of actors. It tells states without ties from states outside the system.
    levels : sequence of float
        All values that a commitment may take, such as ``[0, 1, 2, 3]``.
    self_tie : {"maximum", "drop"}
        Commitment of a state to itself. ``"maximum"``: the highest level (usual since Signorino &
        Ritter 1999; any two states then disagree on the two items that are themselves, unless they
        are allied at that level). ``"drop"``: a dyad is compared by its ties to third parties
        alone.
    none : float, optional
        Level of a pair without a tie.
    state, partner, value : str, optional
        Columns of `commitments`.
    by : str, optional
        Column of the period, in `commitments` and `members`.
    several : {"error", "maximum"}, optional
        What to do with several ties of one state to one partner in one period (alliance lists
        have one row per treaty): raise an error, or take the highest level.

    Returns
    -------
    DataFrame
        Columns `by` (if given), ``state, item, value``; sorted. For `dyads` say
        ``item="item", value="value"`` and the same `by`.

    Raises
    ------
    SimilarityError
        If an actor is not a member, a value is missing or not a level, or a tie is repeated.

    Examples
    --------
    >>> import pandas as pd
    >>> from alignindex.similarity import dyads, portfolios
    >>> ties = pd.DataFrame(
    ...     {"state": ["A", "B", "A"], "partner": ["B", "A", "C"], "value": [3, 3, 1]}
    ... )
    >>> table = portfolios(ties, members="ABCD", levels=[0, 1, 2, 3], self_tie="maximum")
    >>> table.pivot(index="state", columns="item", values="value")
    item     A    B    C    D
    state
    A      3.0  3.0  1.0  0.0
    B      3.0  3.0  0.0  0.0
    C      0.0  0.0  3.0  0.0
    D      0.0  0.0  0.0  3.0
    >>> names = {"item": "item", "value": "value", "by": None}
    >>> dyads(table, **names, levels=[0, 1, 2, 3], measures=["s_absolute"]).iloc[[0]]
      state partner  n_shared  s_absolute
    0     A       B         4    0.833333
    """
    check_table(commitments, "commitments")
    columns = {"state": state, "partner": partner}
    check_columns(commitments, {**columns, "value": value, **({"by": by} if by else {})})
    check_known(commitments, {**columns, "value": value, **({"by": by} if by else {})})
    check_choice("self_tie", self_tie, ("maximum", "drop"))
    check_choice("several", several, ("error", "maximum"))
    declared = check_levels(levels)
    if none not in declared:
        raise SimilarityError(f"none must be one of levels={declared.tolist()}, got {none!r}")
    level_codes(commitments, value, declared, (state, partner))
    actors = _members(members, state, by)
    keys = ["by", "state", "item"]
    ties = pd.DataFrame(
        {
            "by": commitments[by].to_numpy() if by else 0,
            "state": commitments[state].to_numpy(),
            "item": commitments[partner].to_numpy(),
            "value": commitments[value].to_numpy(dtype=np.float64),
        }
    )
    if several == "error" and ties.duplicated(keys).any():
        twice = ties.loc[ties.duplicated(keys), keys[0 if by else 1 :]]
        raise SimilarityError(
            f"{len(twice)} commitments repeat a state and partner: "
            f"{first_three(twice.itertuples(index=False, name=None))}; keep one of each, or say "
            'several="maximum" to take the strongest'
        )
    ties = ties.groupby(keys, observed=True)["value"].max().reset_index()
    whole = actors.merge(actors.rename(columns={"state": "item"}), on="by")
    table = whole.merge(ties, on=keys, how="outer", indicator="found")
    strangers = table.loc[table["found"] == "right_only", keys[0 if by else 1 :]]
    if len(strangers):
        raise SimilarityError(
            f"{len(strangers)} commitments have a state or partner that is not a member: "
            f"{first_three(strangers.itertuples(index=False, name=None))}; add it to members, or "
            "drop the rows"
        )
    own = table["state"] == table["item"]
    table["value"] = table["value"].fillna(none)
    if self_tie == "maximum":
        table.loc[own, "value"] = declared.max()
    else:
        table = table[~own]
    table = table[[*keys, "value"]].sort_values(keys, ignore_index=True)
    return table.rename(columns={"by": by}) if by else table.drop(columns="by")


def _members(members: pd.DataFrame | Iterable[Any], state: str, by: str | None) -> pd.DataFrame:
    """Return the members of every period, as columns `by` and `state`."""
    if isinstance(members, pd.DataFrame):
        columns = {"state": state, **({"by": by} if by else {})}
        check_table(members, "members")
        check_columns(members, columns)
        check_known(members, columns)
        table = pd.DataFrame(
            {"by": members[by].to_numpy() if by else 0, "state": members[state].to_numpy()}
        )
    elif by:
        raise SimilarityError(
            f"with by={by!r}, members must be a DataFrame with the columns {by!r} and {state!r}, "
            "since membership changes"
        )
    else:
        table = pd.DataFrame({"by": 0, "state": list(members)})
    return table.drop_duplicates(ignore_index=True)


def combine(
    data: Sequence[pd.DataFrame],
    *,
    weights: Sequence[float] | None = None,
    measures: Sequence[str] | None = None,
    missing: str = "propagate",
) -> pd.DataFrame:
    r"""Return similarity over several sources, such as votes and alliances.

    Parameters
    ----------
    data : sequence of DataFrame
        Results of `dyads` with the same groups; all directed, or all undirected.
    weights : sequence of float, optional
        Relative weight of each source, ≥ 0, not all 0. Default: equal.
    measures : sequence of str, optional
        Columns to combine. Default: every agreement, S and A that all sources have.
    missing : {"propagate", "renormalise"}, optional
        A dyad that is missing or undefined in a source gets NaN, or the mean over the other
        sources.

    Returns
    -------
    DataFrame
        Groups, ``state, partner``, ``n_shared`` (the sum), ``n_sources`` (number of sources of
        positive weight that list the dyad) and the measures; standard errors, for independent
        sources, if all sources have them.

    Notes
    -----
    Signorino & Ritter (1999, doi:10.1111/0020-8833.00113) measure S in a space that the items of
    all sources span, with a weight and a largest distance for each; that is

    .. math:: S = \frac{\sum_s w_s S_s}{\sum_s w_s}

    Agreement and A are linear in the same way. Kappa, pi and tau-b are ratios; their mean is not a
    kappa, pi or tau-b. For those, put the sources' items into one table with `item_weights`, and
    call `dyads` once.

    Examples
    --------
    >>> import pandas as pd
    >>> from alignindex.similarity import combine, dyads
    >>> votes = pd.DataFrame({"state": list("AABB"), "rcid": [1, 2, 1, 2], "vote": [1, 1, 1, 3]})
    >>> pacts = pd.DataFrame({"state": list("AABB"), "rcid": [7, 8, 7, 8], "vote": [0, 3, 0, 3]})
    >>> combine(
    ...     [
    ...         dyads(votes, by=None, measures=["s_absolute"]),
    ...         dyads(pacts, by=None, levels=[0, 1, 2, 3], measures=["s_absolute"]),
    ...     ],
    ...     weights=[3, 1],
    ... )
      state partner  n_shared  n_sources  s_absolute
    0     A       B         4          2        0.25
    """
    frames = list(data)
    for number, frame in enumerate(frames):
        check_table(frame, f"data[{number}]")
    if len(frames) < 2:
        raise SimilarityError(f"combine needs at least two results of dyads, got {len(frames)}")
    check_choice("missing", missing, ("propagate", "renormalise"))
    share = _shares(weights, len(frames))
    keys = _keys(frames)
    names = _linear_measures(frames, measures)
    with_errors = all(f"{name}_se" in frame for frame in frames for name in names)

    indexed = [frame.set_index(keys) for frame in frames]
    index = indexed[0].index
    for frame in indexed[1:]:
        index = index.union(frame.index)
    aligned = [frame.reindex(index) for frame in indexed]
    listed = np.stack([index.isin(frame.index) for frame in indexed]) & (share > 0)[:, None]
    result = pd.DataFrame(index=index)
    result["n_shared"] = np.sum(
        [frame["n_shared"].fillna(0).to_numpy(dtype=np.int64) for frame in aligned], axis=0
    )
    result["n_sources"] = listed.sum(axis=0)
    errors: dict[str, Any] = {}
    for name in names:
        values = np.stack([frame[name].to_numpy(dtype=np.float64) for frame in aligned])
        # A source of weight zero does not count, even if it is undefined.
        part = np.where(np.isnan(values), 0.0, share[:, None]) * (share > 0)[:, None]
        used = part.sum(axis=0)
        complete = used > 0 if missing == "renormalise" else ~np.isnan(values[share > 0]).any(0)
        out = np.full(len(index), np.nan)
        known = np.where(np.isnan(values), 0.0, values)
        result[name] = np.divide((part * known).sum(axis=0), used, out=out, where=complete)
        if with_errors:
            spread = np.stack([frame[f"{name}_se"].to_numpy(np.float64) for frame in aligned])
            total = np.sqrt(((part * np.where(part > 0, spread, 0.0)) ** 2).sum(axis=0))
            out = np.full(len(index), np.nan)
            errors[f"{name}_se"] = np.divide(total, used, out=out, where=complete)
    for name, column in errors.items():
        result[name] = column
    return result.reset_index()


def _shares(weights: Sequence[float] | None, n_sources: int) -> Floats:
    """Check weights of sources."""
    share = np.ones(n_sources) if weights is None else np.asarray(weights, dtype=np.float64)
    if share.shape != (n_sources,):
        raise SimilarityError(
            f"weights needs one number per source: {n_sources} sources, got {share.shape}"
        )
    if not np.isfinite(share).all() or (share < 0).any() or not share.any():
        raise SimilarityError(f"weights must be finite, ≥ 0 and not all 0, got {share.tolist()}")
    return share


def _keys(frames: Sequence[pd.DataFrame]) -> list[str]:
    """Return the columns before n_shared, which must be the same in all sources."""
    found = []
    for number, frame in enumerate(frames):
        check_columns(frame, {"data": "n_shared", "state": "state", "partner": "partner"})
        keys = list(frame.columns[: frame.columns.get_loc("n_shared")])
        if frame.duplicated(keys).any():
            twice = frame.loc[frame.duplicated(keys), keys].itertuples(index=False, name=None)
            raise SimilarityError(
                f"data[{number}] lists dyads twice: {first_three(twice)}; give each once"
            )
        pairs = frame[["state", "partner"]].drop_duplicates()
        reverse = pairs.rename(columns={"state": "partner", "partner": "state"})
        found.append((keys, len(pairs.merge(reverse)) > 0))
    if any(each != found[0] for each in found):
        shown = [f"{keys}, {'directed' if both else 'undirected'}" for keys, both in found]
        raise SimilarityError(
            f"all sources need the same groups and direction, got {first_three(shown)}; call dyads "
            "with the same `by` names and `directed`"
        )
    return found[0][0]


def _linear_measures(frames: Sequence[pd.DataFrame], measures: Sequence[str] | None) -> list[str]:
    """Return the measures to combine; raise for ratios."""
    forms = {name: measure.form for name, measure in MEASURES.items()}
    for frame in frames:
        forms |= frame.attrs.get("forms", {})
    shared = [name for name in frames[0].columns if all(name in frame for frame in frames)]
    linear = [name for name in shared if forms.get(name) in _LINEAR]
    if measures is None and linear:
        return linear
    if measures is None:
        raise SimilarityError(
            "no agreement, S or A is in all sources; ask dyads for the same measures of each"
        )
    names = [measures] if isinstance(measures, str) else list(measures)
    for name in names:
        for frame in frames:
            check_columns(frame, {"measures": name})
    ratios = [name for name in names if name not in linear]
    if ratios:
        raise SimilarityError(
            f"combine takes agreements, S and A, got {first_three(ratios)}: kappa, pi and tau-b "
            "are ratios, and a mean of ratios is not such a measure; put the items of all sources "
            "into one table with item_weights and call dyads once"
        )
    return names
