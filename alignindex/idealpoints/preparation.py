"""The customary cleaning of General Assembly votes, with an account of what it sets aside."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd

from alignindex.base.errors import SimilarityError, closest
from alignindex.idealpoints.encode import (
    MIN_ITEMS,
    account,
    check_columns,
    check_levels,
    check_values,
    named,
)
from alignindex.idealpoints.result import Prepared

__all__ = ["prepare"]


def prepare(
    votes: pd.DataFrame,
    *,
    item: str = "rcid",
    value: str = "vote",
    period: str = "session",
    levels: Sequence[Hashable] = (1, 2, 3),
    not_cast: Sequence[Hashable] = (8, 9),
    roll_calls: pd.DataFrame | None = None,
    flags: Sequence[str] = ("para", "amend"),
    flags_after: int = 44,
) -> Prepared:
    """Set aside what published ideal points of the General Assembly set aside.

    In this order: rows without a cast vote; where `roll_calls` is given, votes on paragraphs and
    amendments in later periods; roll calls on which all cast votes agree; periods with fewer
    than two roll calls left (session 19).

    Parameters
    ----------
    votes : DataFrame
        One row a state and roll call.
    item, value, period : str
        Names of its columns.
    levels : sequence
        The levels that are votes.
    not_cast : sequence
        Codes that are none: 8 absent and 9 not a member in the published files.
    roll_calls : DataFrame, optional
        One row a roll call: the item column and `flags`.
    flags : sequence of str
        Its columns that mark (with 1) roll calls to leave out. An empty flag is unknown: the roll
        call stays, and is counted in the account.
    flags_after : int
        Flags matter in periods after this one: 44 is the session that opened in 1989.

    Returns
    -------
    Prepared
        ``votes``: the rows that stay, with their columns and index. ``set_aside``: what, key,
        reason, votes.

    Raises
    ------
    SimilarityError
        Missing columns, a value that is neither a level nor in `not_cast`, a roll call twice in
        `roll_calls`.

    References
    ----------
    Bailey, Strezhnev, Voeten (2017), doi:10.1177/0022002715595700.

    Examples
    --------
    >>> import pandas as pd
    >>> import alignindex as ai
    >>> votes = pd.DataFrame(
    ...     {
    ...         "state": ["USA", "RUS"] * 4,
    ...         "rcid": [1, 1, 2, 2, 3, 3, 4, 4],
    ...         "session": 46,
    ...         "vote": [1, 3, 1, 1, 3, 1, 8, 1],
    ...     }
    ... )
    >>> kept, set_aside = ai.idealpoints.prepare(votes)
    >>> kept["rcid"].unique().tolist()
    [1, 3]
    >>> set_aside[["what", "key", "reason", "votes"]]
       what key                 reason  votes
    0  vote   8               not cast      1
    1  item   2  one observed category      2
    2  item   4  one observed category      1
    """
    known = check_levels(levels)
    check_columns(votes, [item, value, period])
    check_values(votes[value], known, not_cast)
    notes = []
    cast = votes[value].isin(known)
    for code, count in votes.loc[~cast, value].value_counts(dropna=False, sort=False).items():
        notes.append(account([("vote", code, "not cast", int(count))]))
    kept = votes[cast]
    if roll_calls is not None:
        kept, more = drop_flagged(kept, roll_calls, item, period, flags, flags_after)
        notes += more
    categories = kept.groupby(item, observed=True)[value].nunique()
    dull = categories.index[categories < 2]
    counts = kept[item].value_counts().reindex(dull)
    notes.append(named(dull, "one observed category", counts, "item"))
    kept = kept[~kept[item].isin(dull)]
    per_period = kept.groupby(period, observed=True)[item].nunique()
    small = per_period.index[per_period < MIN_ITEMS]
    counts = kept[period].value_counts().reindex(small)
    notes.append(named(small, f"fewer than {MIN_ITEMS} roll calls", counts, "period"))
    kept = kept[~kept[period].isin(small)]
    return Prepared(kept, pd.concat(notes, ignore_index=True))


def drop_flagged(
    votes: pd.DataFrame,
    roll_calls: pd.DataFrame,
    item: str,
    period: str,
    flags: Sequence[str],
    after: int,
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Leave out flagged roll calls of later periods; count those whose flags are unknown."""
    present = [str(column) for column in roll_calls.columns]
    for column in (item, *flags):
        if column not in roll_calls.columns:
            raise SimilarityError(
                f"roll_calls has no column {column!r}{closest(column, present)}; columns are "
                f"{', '.join(present)}. Name the flags with flags="
            )
    repeated = int(roll_calls[item].duplicated().sum())
    if repeated:
        raise SimilarityError(
            f"{repeated} rows of roll_calls repeat an item of column {item!r}: expected one "
            "row each"
        )
    table = roll_calls.set_index(item)[list(flags)]
    late = votes.loc[votes[period] > after, item]
    counts = late.value_counts(sort=False)
    marks = table.reindex(counts.index)
    flagged = (marks == 1).fillna(False).astype(bool).any(axis=1)
    unknown = marks.isna().any(axis=1) & ~flagged
    out = counts.index[flagged]
    notes = [named(out, f"flagged: {' or '.join(flags)}", counts[flagged], "item")]
    if unknown.any():
        rows = [("flag", "", f"{int(unknown.sum())} roll calls with an unknown flag, kept", 0)]
        notes.append(account(rows))
    return votes[~votes[item].isin(np.asarray(out))], notes
