"""The customary cleaning of General Assembly votes, with an account of the rows it skips."""

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
    skipped_values,
)
from alignindex.idealpoints.result import Prepared

__all__ = ["prepare"]


def prepare(
    votes: pd.DataFrame,
    *,
    item: str = "rcid",
    value: str = "vote",
    by: str = "session",
    levels: Sequence[Hashable] = (1, 2, 3),
    not_cast: Sequence[Hashable] = (8, 9),
    roll_calls: pd.DataFrame | None = None,
    flags: Sequence[str] = ("para", "amend"),
    flags_after: int = 44,
) -> Prepared:
    """Skip the rows that published ideal points of the General Assembly leave out.

    In this order: rows without a vote; if `roll_calls` is given, votes on paragraphs and
    amendments in later periods; roll calls on which all votes agree; periods with fewer than two
    roll calls left (session 19).

    Parameters
    ----------
    votes : DataFrame
        One row per state and roll call.
    item, value, by : str
        Names of its columns.
    levels : sequence
        The levels of a vote.
    not_cast : sequence
        Codes of votes that were not cast: 8 absent and 9 not a member in the published files.
    roll_calls : DataFrame, optional
        One row per roll call: the item column and `flags`.
    flags : sequence of str
        Its columns that mark (with 1) roll calls to leave out. An empty flag is unknown: the roll
        call stays, and the account counts it.
    flags_after : int
        Flags matter in periods after this one: 44 is the session that opened in 1989.

    Returns
    -------
    Prepared
        ``votes``: the rows that stay, with their columns and index. ``skipped``: what, key,
        reason, votes.

    Raises
    ------
    SimilarityError
        If a column is missing, a value is neither a level nor in `not_cast`, or `roll_calls` has a
        roll call twice.

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
    >>> kept, skipped = ai.idealpoints.prepare(votes)
    >>> kept["rcid"].unique().tolist()
    [1, 3]
    >>> skipped[["what", "key", "reason", "votes"]]
       what key                 reason  votes
    0  vote   8               not cast      1
    1  item   2  one observed category      2
    2  item   4  one observed category      1
    """
    known = check_levels(levels)
    check_columns(votes, [item, value, by])
    check_values(votes[value], known, not_cast)
    cast = votes[value].isin(known)
    notes = [skipped_values(votes.loc[~cast, value])]
    kept = votes[cast]
    if roll_calls is not None:
        kept, more = drop_flagged(kept, roll_calls, item, by, flags, flags_after)
        notes += more
    for what, column, counted, fewest, reason in (
        ("item", item, value, 2, "one observed category"),
        ("period", by, item, MIN_ITEMS, f"fewer than {MIN_ITEMS} roll calls"),
    ):
        different = kept.groupby(column, observed=True)[counted].nunique()
        few = different.index[different < fewest]
        notes.append(named(few, reason, kept[column].value_counts().reindex(few), what))
        kept = kept[~kept[column].isin(few)]
    return Prepared(kept, pd.concat(notes, ignore_index=True))


def drop_flagged(
    votes: pd.DataFrame,
    roll_calls: pd.DataFrame,
    item: str,
    by: str,
    flags: Sequence[str],
    after: int,
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Skip flagged roll calls of later periods; count those whose flags are unknown."""
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
    late = votes.loc[votes[by] > after, item]
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
