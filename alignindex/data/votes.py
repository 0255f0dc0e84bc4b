"""The bundled roll calls of the United Nations General Assembly, 1946-2025."""

from __future__ import annotations

import lzma
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex import states as actors
from alignindex.base.errors import DatasetError, closest, first_three
from alignindex.base.typing import Ints
from alignindex.data.catalogue import FIX, dataset_info
from alignindex.data.tables import checked_bytes, load_dataset

__all__ = ["RollCalls", "load_votes", "roll_calls"]

KINDS = ("adopted", "amendment", "paragraph", "other", "disputed")
FLAGS = ("important", "me", "nu", "di", "hr", "co", "ec")
# Codes of the packed matrix, and what `load_votes` gives for them.
YES, ABSTAIN, NO, NOT_VOTING, ILLEGIBLE = 1, 2, 3, 4, 5
ABSENT = 8.0  # the customary code of published voting data


class RollCalls(NamedTuple):
    """All bundled roll calls.

    Attributes
    ----------
    calls : DataFrame
        One row per roll call, as in ``load_dataset("unga_votes")``, with its calendar `year`.
    states : list of str
        Actor codes.
    votes : ndarray of uint8, shape (states, roll calls)
        0 not listed (not a member), 1 yes, 2 abstain, 3 no, 4 not voting, 5 illegible.
    """

    calls: pd.DataFrame
    states: list[str]
    votes: NDArray[np.uint8]


def roll_calls(*, root: str | Path | None = None) -> RollCalls:
    """Return the bundled roll calls with their votes as a matrix.

    Parameters
    ----------
    root : path, optional
        Folder with a ``catalogue.toml``; the bundled one unless given.

    Raises
    ------
    DatasetError
        If a file is missing or not the one of the catalogue.

    Examples
    --------
    >>> from alignindex.data import roll_calls
    >>> calls, states, votes = roll_calls()
    >>> votes.shape == (len(states), len(calls))
    True
    """
    info = dataset_info("unga_votes", root=root)
    calls = load_dataset("unga_votes", root=root)
    states = load_dataset("unga_votes/states", root=root)["state"].tolist()
    packed = next(file for file in info.files if file.name == "unga_votes/matrix")
    votes = np.frombuffer(lzma.decompress(checked_bytes(info, packed, root)), dtype=np.uint8)
    if votes.size != len(states) * len(calls):
        raise DatasetError(
            f"{packed.file}: expected {len(states)} × {len(calls)} votes, found {votes.size}. {FIX}"
        )
    calls["year"] = calls["date"].str[:4].astype(np.int64)
    return RollCalls(calls, states, votes.reshape(len(states), len(calls)))


def load_votes(
    *,
    years: int | tuple[int, int] | Iterable[int] | None = None,
    states: str | Iterable[str] | None = None,
    kinds: str | Iterable[str] = "adopted",
    absences: Literal["missing", "code", "drop"] = "missing",
    flags: bool = False,
    root: str | Path | None = None,
) -> pd.DataFrame:
    """Load roll-call votes of the United Nations General Assembly, 1946 to October 2025.

    Parameters
    ----------
    years : int, (first, last) or list of int, optional
        Calendar years: one, a span with both ends, or the listed ones. All unless given.
    states : str or list of str, optional
        Actor codes (ISO3 of the time: ``SUN`` until 1991, then ``RUS``), or names. All unless
        given.
    kinds : str or list of str
        ``"adopted"``: resolutions as adopted, the one series that runs from 1946 to 2025.
        ``"all"``: also votes on amendments (``amendment``), paragraphs (``paragraph``) and
        rejected drafts, motions and votes of unknown kind (``other``); they end in December 2017.
        Or some of these names. ``disputed`` are 24 roll calls that may be second records of adopted
        resolutions; they come only when named.
    absences : {"missing", "code", "drop"}
        What a member that did not vote gets: NaN, the code 8, or no row.
    flags : bool
        True adds what the release of 2021 says of the roll call: ``important`` (to the USA), and
        the issues ``me`` (Middle East), ``nu`` (nuclear weapons), ``di`` (disarmament), ``hr``
        (human rights), ``co`` (colonialism), ``ec`` (economic development): 1, 0, or NaN where
        that release does not have the roll call, as for all since 2020.
    root : path, optional
        Folder with a ``catalogue.toml``; the bundled one unless given.

    Returns
    -------
    DataFrame
        One row per member and roll call: ``rcid`` (of the UN Digital Library for adopted
        resolutions, of the release for others), ``session`` (the regular session during which
        the vote fell, also for special ones), ``date`` (NaT where only the month is known: kinds
        other than ``adopted`` before 2003), ``year``, ``state``, ``vote`` (1 yes, 2 abstain,
        3 no), ``kind``. In the order of roll calls, then states. ``attrs`` holds ``dataset``,
        ``version``, ``sha256`` of the matrix and ``levels``.

    Raises
    ------
    DatasetError
        Unknown kinds or states, years outside 1946-2025, or files that are not those of the
        catalogue.

    Notes
    -----
    The sources do not tell a member that was absent from one that was present and did not vote;
    both are "not voting". A non-member has no row. One vote is illegible in the source: NaN.

    References
    ----------
    United Nations Digital Library, General Assembly voting data, https://digitallibrary.un.org.
    Voeten, Strezhnev and Bailey, United Nations General Assembly Voting Data,
    doi:10.7910/DVN/LEJUQZ.

    Examples
    --------
    >>> import alignindex as ai
    >>> votes = ai.load_votes(years=2024, states=["BRA", "IND"])
    >>> votes.columns.tolist()
    ['rcid', 'session', 'date', 'year', 'state', 'vote', 'kind']
    >>> ai.similarity.dyads(votes, by=None)[["state", "partner", "n_shared"]]
      state partner  n_shared
    0   BRA     IND        94
    """
    calls, every, matrix = roll_calls(root=root)
    if absences not in ("missing", "code", "drop"):
        raise DatasetError(
            f"expected absences in missing, code, drop; got {absences!r}"
            f"{closest(str(absences), ['missing', 'code', 'drop'])}"
        )
    wanted = calls["kind"].isin(_kinds(kinds)) & _years(years, calls["year"])
    rows = np.flatnonzero(wanted)
    columns = np.arange(len(every)) if states is None else _states(states, every)
    votes = matrix.T[np.ix_(rows, columns)]
    there = votes > 0
    if absences == "drop":
        there &= votes < NOT_VOTING
    call, state = np.nonzero(there)
    cast = votes[call, state].astype(np.float64)
    cast[cast == NOT_VOTING] = ABSENT if absences == "code" else np.nan
    cast[cast == ILLEGIBLE] = np.nan
    chosen = calls.iloc[rows]
    exact = chosen["date"].where(chosen["date"].str.len() == 10)
    date = pd.to_datetime(exact).astype("datetime64[s]").to_numpy()
    labels = pd.Index([every[i] for i in columns])
    table = pd.DataFrame(
        {
            "rcid": chosen["rcid"].to_numpy()[call],
            "session": chosen["session"].to_numpy()[call],
            "date": date[call],
            "year": chosen["year"].to_numpy()[call],
            "state": pd.Categorical.from_codes(state, categories=labels),
            "vote": cast,
            "kind": chosen["kind"].array.take(call),
        }
    )
    if flags:
        for flag in FLAGS:
            table[flag] = chosen[flag].to_numpy()[call]
    info = dataset_info("unga_votes", root=root)
    table.attrs.update(
        dataset="unga_votes", version=info.version, sha256=info.files[0].sha256, levels=[1, 2, 3]
    )
    return table


def _kinds(kinds: str | Iterable[str]) -> list[str]:
    """Return the kinds asked for."""
    if isinstance(kinds, str):
        kinds = [kind for kind in KINDS if kind != "disputed"] if kinds == "all" else [kinds]
    asked = list(kinds)
    wrong = [f"{kind!r}{closest(str(kind), KINDS)}" for kind in asked if kind not in KINDS]
    if wrong or not asked:
        raise DatasetError(
            f"expected kinds 'all' or some of {', '.join(KINDS)}; "
            f"got {first_three(wrong) or 'none'}. 'adopted' is the series 1946-2025"
        )
    return asked


def _years(
    years: int | tuple[int, int] | Iterable[int] | None, column: pd.Series[Any]
) -> pd.Series[Any]:
    """Mark the roll calls of the years asked for."""
    if years is None:
        return pd.Series(True, index=column.index)
    span = isinstance(years, tuple)
    asked = [years] if isinstance(years, int | np.integer) else list(years)
    first, last = int(column.min()), int(column.max())
    whole = [
        isinstance(year, int | np.integer) and not isinstance(year, bool) and first <= year <= last
        for year in asked
    ]
    wrong = [repr(year) for year, good in zip(asked, whole, strict=True) if not good]
    if span and len(asked) != 2:
        wrong = [repr(years)]
    if span and not wrong and asked[0] > asked[1]:
        wrong = [f"{years!r}, which ends before it begins"]
    if wrong or not asked:
        raise DatasetError(
            f"expected years within {first}-{last}: a year, a span (first, last) or a list; "
            f"got {first_three(wrong) or 'none'}"
        )
    return column.between(asked[0], asked[1]) if span else column.isin(asked)


def _states(states: str | Iterable[str], every: list[str]) -> Ints:
    """Return the places of the states asked for, which may be names."""
    asked = [states] if isinstance(states, str) else list(states)
    at = {code: place for place, code in enumerate(every)}
    found, wrong = [], []
    for state in asked:
        code = state
        if state not in at:
            code = actors.resolve(state, unknown="missing")
        if code in at:
            found.append(at[code])
        else:
            wrong.append(f"{state!r}{closest(str(state), every)}")
    if wrong or not asked:
        raise DatasetError(
            "expected states that voted in the General Assembly; got "
            f"{first_three(wrong) or 'none'}. Use actor codes such as BRA, or names; "
            "load_dataset('unga_votes/states') lists them"
        )
    return np.unique(np.array(found, dtype=np.int64))
