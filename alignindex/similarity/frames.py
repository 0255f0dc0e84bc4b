"""The result of `dyads` as an array, and under the names that users of other packages know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex import states as actor_codes
from alignindex.base.errors import SimilarityError, first_three
from alignindex.kernels.similarity.measures import MEASURES
from alignindex.similarity.checks import check_choice, check_columns, check_table

__all__ = ["SimilarityMatrix", "to_frame", "to_matrix"]


class SimilarityMatrix(NamedTuple):
    """A measure as an array."""

    values: NDArray[np.float64]
    """shape (states, states, periods), symmetric; NaN where there is no value"""
    states: pd.Index
    periods: pd.Index
    """groups, sorted; a single 0 where the table has none"""


def to_matrix(
    frame: pd.DataFrame,
    measure: str,
    *,
    period: str | None = None,
    states: Sequence[Any] | None = None,
    diagonal: float = np.nan,
) -> SimilarityMatrix:
    """Return one measure as a states × states × periods array.

    Parameters
    ----------
    frame : DataFrame
        Result of `dyads`, in one direction or both.
    measure : str
        Column to take; ``n_shared`` too.
    period : str, optional
        Column of the periods. Left out: the only column of groups, or none.
    states : sequence, optional
        States and their order. Left out: all, sorted.
    diagonal : float, optional
        Value of a state with itself, which `dyads` does not compute: 1 for agreements, S, kappa,
        pi and tau-b of a varied portfolio, but not for A.

    Returns
    -------
    SimilarityMatrix
        ``values, states, periods``.

    Examples
    --------
    >>> import pandas as pd
    >>> from alignindex.similarity import dyads, to_matrix
    >>> votes = pd.DataFrame(
    ...     {"state": list("AABBCC"), "item": [1, 2] * 3, "value": [1, 1, 1, 3, 3, 3]}
    ... )
    >>> matrix = to_matrix(dyads(votes, levels=[1, 2, 3]), "agreement", diagonal=1)
    >>> matrix.values[:, :, 0]
    array([[1. , 0.5, 0. ],
           [0.5, 1. , 0.5],
           [0. , 0.5, 1. ]])
    """
    check_table(frame, "frame")
    check_columns(frame, {"measure": measure, "state": "state", "partner": "partner"})
    period = _period(frame, period)
    labels = pd.Index(states) if states is not None else _all_states(frame)
    if not labels.is_unique:
        raise SimilarityError(
            f"states names some twice: {first_three(labels[labels.duplicated()])}"
        )
    numbers = frame[period] if period else pd.Series(0, index=frame.index)
    at, periods = pd.factorize(numbers, sort=True)
    keys = [*([period] if period else []), "state", "partner"]
    if frame.duplicated(keys).any():
        twice = frame.loc[frame.duplicated(keys), keys].itertuples(index=False, name=None)
        raise SimilarityError(
            f"several rows of one dyad and period: {first_three(twice)}; select one group, or name "
            "the column of periods with period=..."
        )
    first, second = (labels.get_indexer(pd.Index(frame[end])) for end in ("state", "partner"))
    known = (first >= 0) & (second >= 0)
    first, second, at = first[known], second[known], at[known]
    numbers_there = frame[measure].to_numpy(dtype=np.float64)[known]
    values = np.full((len(labels), len(labels), len(periods)), np.nan)
    values[second, first, at] = numbers_there
    # Last, so that a table of both directions keeps its own.
    values[first, second, at] = numbers_there
    values[np.arange(len(labels)), np.arange(len(labels))] = diagonal
    return SimilarityMatrix(values, labels, pd.Index(periods))


def _period(frame: pd.DataFrame, period: str | None) -> str | None:
    """Return the column of periods: the one named, or the only one before `state`."""
    if period is not None:
        check_columns(frame, {"period": period})
        return period
    before = list(frame.columns[: frame.columns.get_loc("state")])
    if len(before) > 1:
        raise SimilarityError(
            f"the table has groups {', '.join(map(str, before))}; name the column of periods with "
            "period=... and select one value of the others"
        )
    return before[0] if before else None


def _all_states(frame: pd.DataFrame) -> pd.Index:
    """Return every actor, sorted."""
    found = pd.Index(pd.concat([frame["state"], frame["partner"]]).unique())
    order = found.argsort()
    ordered: pd.Index = found.take(order)
    return ordered


_CODE_COLUMNS = {"cow": ("ccode1", "ccode2"), "gw": ("gwcode1", "gwcode2")}


def to_frame(
    frame: pd.DataFrame,
    *,
    codes: str | Mapping[Any, Any] | None = "cow",
    names: str | None = None,
    source: str = "votes",
    system: str = "any",
    year: str = "year",
    weighted: bool | None = None,
    binary: bool | None = None,
) -> pd.DataFrame:
    """Return both directions of every dyad, under other codes and names.

    Parameters
    ----------
    frame : DataFrame
        Result of `dyads`, in one direction or both.
    codes : {"cow", "gw", "iso3", "name"}, mapping or None, optional
        Codes of the actors: Correlates of War (columns ``ccode1, ccode2``), Gleditsch & Ward
        (``gwcode1, gwcode2``), ISO3 or names; a mapping from label to code; None to leave them.
    names : {"haege", "fpsim"} or None, optional
        Names of the measures: those of Häge's data set (``srsvvs, kappavv, pivv, taub``, ...), or
        of its revision of 2026 (``svotevus, kvotevus``, ...). A measure that a scheme lacks keeps
        its own name. With two levels Häge's scheme has one S; `s_absolute` gets its name.
    source : {"votes", "alliances"}, optional
        What was compared; part of those names.
    system : str, optional
        What the labels of states are, as in `alignindex.states.resolve`. Where it is what `codes`
        asks for, labels are left as they are.
    year : str, optional
        Column of the year, since codes change hands. Without it, labels mean their last bearer.
    weighted, binary : bool, optional
        Whether items were weighted and whether there were two levels; read from ``attrs`` where
        left out. Part of the names.

    Returns
    -------
    DataFrame
        Actor columns, groups, ``n_shared``, measures; sorted by the actors and groups.

    Examples
    --------
    >>> import pandas as pd
    >>> from alignindex.similarity import dyads, to_frame
    >>> votes = pd.DataFrame(
    ...     {"year": 2014, "state": ["ARM", "ARM", "RUS", "RUS"], "item": [1, 2, 1, 2],
    ...      "value": [1, 2, 1, 3]}
    ... )
    >>> table = dyads(votes, levels=[1, 2, 3], by="year", measures=["s_squared", "agreement"])
    >>> to_frame(table, codes="cow", names="haege")
       ccode1  ccode2  year  n_shared  srsvvs  agreement
    0     365     371  2014         2    0.75        0.5
    1     371     365  2014         2    0.75        0.5
    """
    check_table(frame, "frame")
    check_columns(frame, {"state": "state", "partner": "partner"})
    check_choice("names", names, (None, "haege", "fpsim"))
    check_choice("source", source, ("votes", "alliances"))
    groups = list(frame.columns[: frame.columns.get_loc("state")])
    both = _both_directions(frame, [*groups, "state", "partner"])
    actors = ["state", "partner"]
    if codes is not None:
        for column in actors:
            both[column] = _recode(both, column, codes, system, year)
        if isinstance(codes, str):
            renamed = dict(zip(actors, _CODE_COLUMNS.get(codes, actors), strict=True))
            both, actors = both.rename(columns=renamed), list(renamed.values())
    rest = [column for column in both.columns if column not in (*actors, *groups)]
    both = both[[*actors, *groups, *rest]].sort_values([*actors, *groups], ignore_index=True)
    if names is not None:
        weighted = _recorded(frame, "weighted", weighted)
        binary = _recorded(frame, "binary", binary)
        both = both.rename(columns=_new_names(rest, names, source, binary, weighted))
    return both


def _both_directions(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Append every dyad the other way round, unless the table has both ways already."""
    turned = frame.rename(columns={"state": "partner", "partner": "state"})[frame.columns]
    repeated = frame.duplicated(keys)
    if repeated.any():
        twice = frame.loc[repeated, keys].itertuples(index=False, name=None)
        raise SimilarityError(f"several rows of one dyad: {first_three(twice)}; keep one of each")
    there = pd.MultiIndex.from_frame(turned[keys]).isin(pd.MultiIndex.from_frame(frame[keys]))
    if there.all():
        return frame.copy()
    if there.any():
        alone = frame.loc[~there, keys].itertuples(index=False, name=None)
        raise SimilarityError(
            f"some dyads have both directions and some one, such as {first_three(alone)}; filter "
            "both ends alike, or start from undirected dyads"
        )
    return pd.concat([frame, turned], ignore_index=True)


def _recode(
    frame: pd.DataFrame, column: str, codes: str | Mapping[Any, Any], system: str, year: str
) -> pd.Series:
    """Return a column of actors in other codes."""
    if isinstance(codes, str):
        check_choice("codes", codes, ("cow", "gw", "iso3", "name"))
        if codes == system:
            # They are what is asked for, in whatever year.
            kept: pd.Series[Any] = frame[column]
            return kept
        years = frame[year].to_numpy() if year in frame.columns else None
        found = actor_codes.resolve(frame[column], system=system, year=years, to=codes)  # type: ignore[call-overload]
    else:
        found = frame[column].map(codes)
    lacking = found.isna().to_numpy()
    if lacking.any():
        labels = frame.loc[lacking, column].unique()
        raise SimilarityError(
            f"{len(labels)} actors have no code in {codes if isinstance(codes, str) else 'codes'}: "
            f"{first_three(labels)}; drop their dyads, or add them to a mapping given as codes"
        )
    if pd.api.types.is_integer_dtype(found.dtype):
        # None is missing, so a plain integer column will do.
        found = found.astype("int64")
    whole: pd.Series[Any] = found
    return whole


def _recorded(frame: pd.DataFrame, what: str, given: bool | None) -> bool:
    """Return the option, or what `dyads` noted."""
    if given is None and what not in frame.attrs:
        raise SimilarityError(
            f"the table no longer says whether it is {what} (attrs are lost by some operations of "
            f"pandas); say {what}=True or {what}=False"
        )
    return bool(frame.attrs[what] if given is None else given)


def _new_names(
    columns: Sequence[str], names: str, source: str, binary: bool, weighted: bool
) -> dict[str, str]:
    """Return old → new names of measures and their standard errors."""
    rename = _haege_name if names == "haege" else _fpsim_name
    new: dict[str, str] = {}
    for column in columns:
        if column in MEASURES:
            name = rename(*MEASURES[column], source, binary, weighted)
            if name is not None and name not in new.values():
                new |= {column: name, f"{column}_se": f"{name}_se"}
    return new


def _haege_name(form: str, kind: str, source: str, binary: bool, weighted: bool) -> str | None:
    """Return the name of Häge's data set (srsvvs, kappava, ...), None where it has none."""
    values = "b" if binary else "v"
    if form == "s":
        # Two levels have one distance, and the name says none.
        return f"srs{'w' * weighted}{values}{source[0]}{'' if binary else kind[0]}"
    if form in ("kappa", "pi") and kind == "squared" and not weighted:
        return f"{form}{values}{source[0]}"
    return "taub" if form == "tau_b" and not weighted else None


def _fpsim_name(form: str, kind: str, source: str, binary: bool, weighted: bool) -> str | None:
    """Return the name of the scheme of 2026 (svotevus, kallyvws, ...), None where it has none."""
    letter = {"s": "s", "a": "a", "kappa": "k", "pi": "p"}.get(form)
    if letter is None or kind not in ("absolute", "squared"):
        return None
    family = {"votes": "vote", "alliances": "ally"}[source]
    return f"{letter}{family}{'b' if binary else 'v'}{'w' if weighted else 'u'}{kind[0]}"
