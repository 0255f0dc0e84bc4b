"""The result of `dyads` as an array, and under the names of other packages and data sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from alignindex import states as actor_codes
from alignindex.base.errors import SimilarityError, first_three
from alignindex.base.typing import Floats, Ints
from alignindex.kernels.similarity.measures import MEASURES
from alignindex.similarity.checks import check_choice, check_columns, check_table

__all__ = ["SimilarityMatrix", "to_frame", "to_matrix"]


class SimilarityMatrix(NamedTuple):
    """A measure as an array."""

    values: Floats
    """shape (states, states, periods), symmetric; NaN where there is no value"""
    states: pd.Index
    periods: pd.Index
    """groups, sorted; a single 0 if the table has none"""


def to_matrix(
    data: pd.DataFrame,
    measure: str,
    *,
    by: str | None = None,
    states: Sequence[Any] | None = None,
    diagonal: float = np.nan,
) -> SimilarityMatrix:
    """Return one measure as a states × states × periods array.

    Parameters
    ----------
    data : DataFrame
        Result of `dyads`, in one direction or both.
    measure : str
        Column to take; ``n_shared`` too.
    by : str, optional
        Column of the periods. Default: the only column of groups, if there is one.
    states : sequence, optional
        States and their order. Default: all, sorted.
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
    ...     {"state": list("AABBCC"), "rcid": [1, 2] * 3, "vote": [1, 1, 1, 3, 3, 3]}
    ... )
    >>> matrix = to_matrix(dyads(votes, by=None), "agreement", diagonal=1)
    >>> matrix.values[:, :, 0]
    array([[1. , 0.5, 0. ],
           [0.5, 1. , 0.5],
           [0. , 0.5, 1. ]])
    """
    check_table(data, "data")
    check_columns(data, {"measure": measure, "state": "state", "partner": "partner"})
    by = _only_group(data, by)
    known = pd.unique(pd.concat([data["state"], data["partner"]]))
    labels = pd.Index(known).sort_values() if states is None else pd.Index(states)
    if not labels.is_unique:
        raise SimilarityError(
            f"states must be different; repeated: {first_three(labels[labels.duplicated()])}"
        )
    at, periods = pd.factorize(data[by] if by else np.zeros(len(data), dtype=int), sort=True)
    keys = [*([by] if by else []), "state", "partner"]
    if data.duplicated(keys).any():
        twice = data.loc[data.duplicated(keys), keys].itertuples(index=False, name=None)
        raise SimilarityError(
            f"several rows have the same dyad and period: {first_three(twice)}; select one group, "
            "or name the column of periods with by=..."
        )
    first, second = (labels.get_indexer(pd.Index(data[end])) for end in ("state", "partner"))
    there = (first >= 0) & (second >= 0)
    first, second, at = first[there], second[there], at[there]
    numbers = data[measure].to_numpy(dtype=np.float64)[there]
    values = np.full((len(labels), len(labels), len(periods)), np.nan)
    values[second, first, at] = numbers
    # Last, so that each direction of a directed table keeps its own value.
    values[first, second, at] = numbers
    values[np.arange(len(labels)), np.arange(len(labels))] = diagonal
    return SimilarityMatrix(values, labels, pd.Index(periods))


def _only_group(data: pd.DataFrame, by: str | None) -> str | None:
    """Return the column of periods: the one named, or the only one before `state`."""
    if by is not None:
        check_columns(data, {"by": by})
        return by
    before = list(data.columns[: data.columns.get_loc("state")])
    if len(before) > 1:
        raise SimilarityError(
            f"the table has groups {', '.join(map(str, before))}; name the column of periods with "
            "by=... and select one value of the others"
        )
    return before[0] if before else None


FIRST_SESSION = 1946  # year of the first session of the General Assembly
FIRST_YEAR, LAST_YEAR = 1816, 2100
_CODE_COLUMNS = {"cow": ("ccode1", "ccode2"), "gw": ("gwcode1", "gwcode2")}


def to_frame(
    data: pd.DataFrame,
    *,
    codes: str | Mapping[Any, Any] | None = "cow",
    names: str | None = None,
    source: str = "votes",
    system: str = "any",
    year: str = "year",
    weighted: bool | None = None,
    binary: bool | None = None,
) -> pd.DataFrame:
    """Return both directions of every dyad, with other codes and names.

    Parameters
    ----------
    data : DataFrame
        Result of `dyads`, in one direction or both.
    codes : {"cow", "gw", "iso3", "name"}, mapping or None, optional
        Codes of the actors: Correlates of War (columns ``ccode1, ccode2``), Gleditsch & Ward
        (``gwcode1, gwcode2``), ISO3 or names; a mapping from label to code; None to keep the
        labels.
    names : {"haege", "fpsim"} or None, optional
        Names of the measures: those of Häge's data set (``srsvvs, kappavv, pivv, taub``, ...), or
        of its revision of 2026 (``svotevus, kvotevus``, ...). A measure that a scheme lacks keeps
        its own name. With two levels Häge's scheme has one S; `s_absolute` gets its name.
    source : {"votes", "alliances"}, optional
        The kind of items that were compared; part of those names.
    system : str, optional
        System of the labels in `data`, as in `alignindex.states.resolve`. Labels that are already
        in the system of `codes` are kept.
    year : str, optional
        Column of the calendar year, since a code may pass from one state to another. Without such
        a column, ``session`` gives the year (session + 1945).
    weighted, binary : bool, optional
        Whether items were weighted and whether there were two levels; part of the names. Default:
        as `dyads` recorded it in ``attrs``.

    Returns
    -------
    DataFrame
        Actor columns, groups, ``n_shared``, measures; sorted by the actors and groups.

    Raises
    ------
    SimilarityError
        If an actor has no code, or the table has no year and a code depends on it.

    Examples
    --------
    >>> import pandas as pd
    >>> from alignindex.similarity import dyads, to_frame
    >>> votes = pd.DataFrame(
    ...     {"session": 40, "state": ["DEU", "DEU", "SUN", "SUN"], "rcid": [1, 2, 1, 2],
    ...      "vote": [1, 2, 1, 3]}
    ... )
    >>> table = dyads(votes, measures=["s_squared", "agreement"])
    >>> to_frame(table, codes="cow", names="haege")  # in 1985, so that DEU is West Germany
       ccode1  ccode2  session  n_shared  srsvvs  agreement
    0     260     365       40         2    0.75        0.5
    1     365     260       40         2    0.75        0.5
    """
    check_table(data, "data")
    check_columns(data, {"state": "state", "partner": "partner"})
    check_choice("names", names, (None, "haege", "fpsim"))
    check_choice("source", source, ("votes", "alliances"))
    groups = list(data.columns[: data.columns.get_loc("state")])
    both = _both_directions(data, [*groups, "state", "partner"])
    actors = ["state", "partner"]
    if isinstance(codes, str):
        check_choice("codes", codes, ("cow", "gw", "iso3", "name"))
        if codes != system:
            both[actors] = _recode(both, actors, codes, system, year)
        renamed = dict(zip(actors, _CODE_COLUMNS.get(codes, actors), strict=True))
        both, actors = both.rename(columns=renamed), list(renamed.values())
    elif codes is not None:
        both[actors] = _checked_codes(both[actors], both[actors].apply(lambda c: c.map(codes)))
    rest = [column for column in both.columns if column not in (*actors, *groups)]
    both = both[[*actors, *groups, *rest]].sort_values([*actors, *groups], ignore_index=True)
    if names is not None:
        weighted = _recorded(data, "weighted", weighted)
        binary = _recorded(data, "binary", binary)
        both = both.rename(columns=_new_names(rest, names, source, binary, weighted))
    return both


def _both_directions(data: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Append the other direction of every dyad, unless the table has both already."""
    turned = data.rename(columns={"state": "partner", "partner": "state"})[data.columns]
    repeated = data.duplicated(keys)
    if repeated.any():
        twice = data.loc[repeated, keys].itertuples(index=False, name=None)
        raise SimilarityError(f"several rows of one dyad: {first_three(twice)}; keep one of each")
    there = pd.MultiIndex.from_frame(turned[keys]).isin(pd.MultiIndex.from_frame(data[keys]))
    if there.all():
        return data.copy()
    if there.any():
        alone = data.loc[~there, keys].itertuples(index=False, name=None)
        raise SimilarityError(
            f"some dyads have both directions and some one, such as {first_three(alone)}; filter "
            "both ends alike, or start from undirected dyads"
        )
    return pd.concat([data, turned], ignore_index=True)


def _years(data: pd.DataFrame, year: str) -> Ints | None:
    """Return the calendar year of every row, from the named column or from ``session``."""
    column = next((name for name in (year, "session") if name in data.columns), None)
    if column is None:
        return None
    numbers = pd.to_numeric(data[column], errors="coerce").to_numpy(dtype=np.float64)
    if column == "session":
        numbers = numbers + FIRST_SESSION - 1
    wrong = ~((numbers >= FIRST_YEAR) & (numbers <= LAST_YEAR) & (numbers == np.rint(numbers)))
    if wrong.any():
        kind = "sessions, from 1" if column == "session" else "calendar years"
        raise SimilarityError(
            f"codes of actors depend on the year, and column {column!r} must hold {kind}; got "
            f"{first_three(data.loc[wrong, column].unique())}. Add a column of years and name it "
            "with year=..., or say codes=None"
        )
    return numbers.astype(np.int64)


def _recode(
    data: pd.DataFrame, ends: list[str], codes: str, system: str, year: str
) -> pd.DataFrame:
    """Return the columns of actors in other codes, each row in its year."""
    lookup: Any = actor_codes.resolve
    actors, years = data[ends], _years(data, year)
    if years is None:
        labels = pd.unique(actors.to_numpy().ravel())
        span = np.arange(FIRST_YEAR, LAST_YEAR + 1)
        grid = lookup(
            np.repeat(labels, len(span)), system=system, to=codes, unknown="missing",
            year=np.tile(span, len(labels)),
        )  # fmt: skip
        several = grid.groupby(np.repeat(np.arange(len(labels)), len(span))).nunique() > 1
        if several.any():
            raise SimilarityError(
                f"the {codes} code of {first_three(labels[several.to_numpy()])} depends on the "
                "year, and the table has none: call dyads by year or session, or name the column "
                "of years with year=..."
            )
    options = {"system": system, "to": codes}
    if years is None or (year in data.columns and year != "session"):
        found = actors.apply(lambda column: lookup(column, year=years, **options))
    else:
        found = actors.apply(lambda c: lookup(c, year=years, unknown="missing", **options))
        for name in ends:
            # A session runs into the next year, and a state may have joined only then.
            late = found[name].isna()
            found.loc[late, name] = lookup(actors.loc[late, name], year=years[late] + 1, **options)
    return _checked_codes(actors, found, codes)


def _checked_codes(actors: pd.DataFrame, found: pd.DataFrame, name: str = "codes") -> pd.DataFrame:
    """Return the codes, as plain integers if they are whole; raise if an actor has none."""
    lacking = found.isna()
    if lacking.to_numpy().any():
        labels = pd.unique(actors.to_numpy()[lacking.to_numpy()])
        raise SimilarityError(
            f"{len(labels)} actors have no code in {name}: {first_three(labels)}; drop their "
            "dyads, or add them to a mapping given as codes"
        )
    whole = all(pd.api.types.is_integer_dtype(dtype) for dtype in found.dtypes)
    return found.astype("int64") if whole else found


def _recorded(data: pd.DataFrame, what: str, given: bool | None) -> bool:
    """Return the option as given, or as `dyads` recorded it."""
    if given is None and what not in data.attrs:
        raise SimilarityError(
            f"the table no longer says whether it is {what} (attrs are lost by some operations of "
            f"pandas); say {what}=True or {what}=False"
        )
    return bool(data.attrs[what] if given is None else given)


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
    """Return the name in Häge's data set (srsvvs, kappava, ...), or None."""
    values = "b" if binary else "v"
    if form == "s":
        # Two levels have one distance, so the name does not say which.
        return f"srs{'w' * weighted}{values}{source[0]}{'' if binary else kind[0]}"
    if form in ("kappa", "pi") and kind == "squared" and not weighted:
        return f"{form}{values}{source[0]}"
    return "taub" if form == "tau_b" and not weighted else None


def _fpsim_name(form: str, kind: str, source: str, binary: bool, weighted: bool) -> str | None:
    """Return the name in the scheme of 2026 (svotevus, kallyvws, ...), or None."""
    letter = {"s": "s", "a": "a", "kappa": "k", "pi": "p"}.get(form)
    if letter is None or kind not in ("absolute", "squared"):
        return None
    family = {"votes": "vote", "alliances": "ally"}[source]
    return f"{letter}{family}{'b' if binary else 'v'}{'w' if weighted else 'u'}{kind[0]}"
