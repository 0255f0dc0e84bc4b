"""The parts that the readers of General Assembly votes share: words for votes, and dates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.errors import SourceError, first_three
from alignindex.base.typing import Ints
from alignindex.sources.reading.keys import suspects_of

# 1 yes, 2 abstain, 3 no, 8 absent or not voting, 9 not a member.
VOTES = {
    "Y": 1,
    "A": 2,
    "N": 3,
    "X": 8,
    "NV": 8,
    "YES": 1,
    "ABSTAIN": 2,
    "NO": 3,
    "ABSTENTION": 2,
    "ABSTAINED": 2,
    "ABSENT": 8,
    "NOT VOTING": 8,
    "NON-VOTING": 8,
    "NOT A MEMBER": 9,
    "NON-MEMBER": 9,
}


def votes_cast(votes: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a reader's table that can be compared: states, and votes or absences.

    Parameters
    ----------
    votes : DataFrame
        Of `read_voeten` or `read_undl`.

    Returns
    -------
    DataFrame
        Its rows without those of no actor and those of states that are not members (9), with
        ``vote`` 1 yes, 2 abstain, 3 no, and NaN where the state was absent or did not vote. Where
        two codes of one actor have a row on a roll call, the vote cast counts.

    Raises
    ------
    SourceError
        If the table has no ``rcid``, ``state`` or ``vote``.

    Examples
    --------
    >>> table = pd.DataFrame({"rcid": [1, 1, 1, 1], "state": ["ARM", "RUS", None, "GEO"],
    ...                       "vote": [1, 3, 1, 8]})
    >>> votes_cast(table)[["state", "vote"]].values.tolist()
    [['ARM', 1.0], ['RUS', 3.0], ['GEO', nan]]
    """
    lacking = [name for name in ("rcid", "state", "vote") if name not in votes.columns]
    if lacking:
        raise SourceError(
            f"unga.votes_cast expected the table of read_voeten or read_undl, with {lacking[0]!r}; "
            f"got {first_three(map(str, votes.columns))}"
        )
    rows = votes[votes["state"].notna() & (votes["vote"] != 9).fillna(True)]
    vote = rows["vote"].astype("Float64").to_numpy(np.float64, na_value=np.nan)
    rows = rows.assign(vote=np.where(np.isin(vote, [1, 2, 3]), vote, np.nan))
    shared = suspects_of(rows, ["rcid", "state"])
    if not shared.size:
        return rows
    twice = rows.iloc[shared].sort_values("vote", kind="stable")
    return rows.drop(index=twice.index[twice.duplicated(["rcid", "state"]) & twice["vote"].isna()])


def dates(values: pd.Series[Any]) -> pd.Series[Any]:
    """Read dates written ``2014-03-27``, ``3/27/2014`` (month first) or ``20140327``.

    Anything else is missing.
    """
    if values.dtype.kind == "M":
        return pd.Series(values.dt.tz_localize(None).astype("datetime64[s]"))
    codes, parsed = _distinct_dates(values)
    return pd.Series(parsed[codes], index=values.index)


def dates_and_years(values: pd.Series[Any]) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """Read dates as `dates` does, with their calendar years (float, NaN where there is none)."""
    if values.dtype.kind == "M":
        found = dates(values)
        return found, found.dt.year.astype(np.float64)
    codes, parsed = _distinct_dates(values)
    years = parsed.astype("datetime64[Y]").astype(np.float64) + 1970.0
    years[np.isnat(parsed)] = np.nan
    return (
        pd.Series(parsed[codes], index=values.index),
        pd.Series(years[codes], index=values.index),
    )


def _distinct_dates(
    values: pd.Series[Any],
) -> tuple[Ints, np.ndarray[Any, np.dtype[np.datetime64]]]:
    """Place of each value among the distinct dates, the last of which is the missing one."""
    codes, uniques = pd.factorize(values)
    texts = pd.Series([str(value).strip().removesuffix(".0") for value in uniques], dtype=object)
    parsed = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[s]")
    for pattern, form, shape in (
        ("%Y-%m-%d", texts.str[:10], r"\d{4}-\d{1,2}-\d{1,2}"),
        ("%m/%d/%Y", texts, r"\d{1,2}/\d{1,2}/\d{4}"),
        ("%Y%m%d", texts, r"\d{8}"),
    ):
        if parsed.notna().all():
            break
        fits = form.str.fullmatch(shape).fillna(False).astype(bool)
        if fits.any():
            found = pd.to_datetime(form[fits].astype(str), format=pattern, errors="coerce")
            parsed[fits] = found.astype("datetime64[s]")
    return codes, np.append(parsed.to_numpy(), np.datetime64("NaT"))
