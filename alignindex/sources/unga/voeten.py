"""The roll-call votes of Voeten, Strezhnev and Bailey: one row for each state and roll call."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from alignindex import states
from alignindex.base.errors import SourceError, first_three
from alignindex.sources.reading.common import (
    Ledger,
    Signature,
    Source,
    SourceInfo,
    close,
    need,
    numbers,
)
from alignindex.sources.reading.keys import reject_repeated
from alignindex.sources.reading.tables import first_of, read_any
from alignindex.sources.unga.common import VOTES, dates_and_years
from alignindex.states.resolution import actor_codes

_ROLL_CALL = ("rcid", "rc_id", "resid", "roll_call", "rollcall")
_VOTE = ("vote", "vote_code")
_COW = ("ccode", "country_code_cow")
_STATE = (*_COW, "iso3", "iso3c", "state", "state_code", "country", "countryname", "state_name")
VOETEN = Signature("unga.read_voeten", (_ROLL_CALL, _VOTE, _STATE))
_ROLL_CALLS = Signature("unga.read_voeten", (_ROLL_CALL, ("date", "session", "unres")))

_CODES = (1, 2, 3, 8, 9)
_FLAGS = ("importantvote", "amend", "para", "me", "nu", "di", "hr", "co", "ec")
_TEXTS = ("unres", "short", "descr")


def read_voeten(
    source: Source, *, rollcalls: Source | None = None
) -> tuple[pd.DataFrame, SourceInfo]:
    r"""Read the United Nations General Assembly Voting Data.

    Parameters
    ----------
    source : path or open binary file
        Votes as text (comma, tab or semicolon), parquet or Stata, also as ``.gz`` or ``.zip``:
        the published file, or any table with one row for each state and roll call. Votes are
        numbers or words (``yes, no, abstain``; ``Y, N, A, X``); states are COW codes, ISO3 codes
        or names. RData is not read; the error names the line of R that exports it.
    rollcalls : path or open binary file, optional
        The table of roll calls (``rcid, session, date, unres, ...``) where the votes come without
        it; text or parquet.

    Returns
    -------
    table : pandas.DataFrame
        One row for each state and roll call, in the order of the file: ``rcid`` (a number; text
        where the file has none), ``session``
        (``Int64``), ``date``, ``year`` (calendar year of the date, ``Int64``), ``ccode`` (COW
        code, ``Int64``), ``state`` (actor code of the year; missing where there was no such
        actor), ``vote`` (1 yes, 2 abstain, 3 no, 8 absent, 9 not a member) and what the file
        says of the roll call: ``unres, short, descr`` (text), ``importantvote, amend, para, me,
        nu, di, hr, co, ec`` (1, 0, or NaN: unknown, not 0).
    info : SourceInfo
        One record is one vote.

    Raises
    ------
    SourceError
        If the source cannot be opened, holds no such votes, or the roll calls do not fit them.
    ExtraError
        If it is parquet and the extra ``io`` is not installed.

    Notes
    -----
    The file's own ``year`` is not used where there is a date: in the 2017 release it is the
    session's year, and a session runs into the next calendar year (resolution 68/262 of March
    2014 has 2013). Roll calls without a date have no year. COW 365 is ``SUN`` to 1990 and
    ``RUS`` from 1991; ``ccode`` keeps the one code. A second record of a state on a roll call
    is rejected.

    References
    ----------
    Voeten, Strezhnev & Bailey, United Nations General Assembly Voting Data,
    doi:10.7910/DVN/LEJUQZ.

    Examples
    --------
    >>> import io
    >>> text = "rcid,session,vote,ccode,date\n5309,68,3,365,3/27/2014\n5309,68,2,705,3/27/2014\n"
    >>> table, info = read_voeten(io.BytesIO(text.encode()))
    >>> table[["state", "year", "vote"]].values.tolist()
    [['RUS', 2014, 3], ['KAZ', 2014, 2]]
    """
    ledger = Ledger()
    payload, table, read = read_any(source, VOETEN, ledger, texts="|".join(["date", *_TEXTS]))
    notes: list[str] = []
    table = table.rename(columns={str(first_of(table, _ROLL_CALL)): "rcid"})
    table = table.rename(columns={str(first_of(table, _VOTE)): "vote"})
    state = str(first_of(table, _STATE))
    cow = state in _COW or bool((numbers(table[state]).notna() == table[state].notna()).all())
    table = _with_numbers(table)
    named = table["rcid"].dtype.kind not in "iuf" and numbers(table["rcid"]).isna().all()
    if named:  # such as the number of a resolution
        missing = table["rcid"].isna()
        ledger.add_rows(table[missing], "no rcid", [state, "vote"])
        table = table[~missing].assign(rcid=table.loc[~missing, "rcid"].astype("str"))
    whole = [*([] if named else ["rcid"]), "vote", *([state] if cow else [])]
    table = need(table, whole, ledger)
    for column, reason in (("vote", "vote is none of 1, 2, 3, 8, 9"), (state, "no state")):
        if column == "vote":
            wrong = pd.Series(~np.isin(table["vote"].to_numpy(), _CODES), index=table.index)
        else:
            wrong = table[state].isna()
        if wrong.any():
            rows = table[wrong]
            cells = zip(rows["rcid"], rows[state], rows["vote"], strict=True)
            texts = [f"rcid {rcid}, state {actor}, vote {vote}" for rcid, actor, vote in cells]
            ledger.add_many(rows["line"].tolist(), reason, texts)
            table = table[~wrong]
    table = reject_repeated(table, ["rcid", state], ledger, values=["vote"])
    if rollcalls is not None:
        table = _with_roll_calls(table, rollcalls, notes)
    out = _tidy(table.reset_index(drop=True), state, cow, notes)
    info = close(
        out,
        ledger,
        read,
        payload,
        reader=VOETEN.reader,
        layout="parquet" if payload.kind == "parquet" else "delimited text",
        title="United Nations General Assembly Voting Data",
        version=_last(out),
        citation="Voeten, Erik; Strezhnev, Anton; Bailey, Michael, United Nations General "
        "Assembly Voting Data, Harvard Dataverse, doi:10.7910/DVN/LEJUQZ",
        licence="CC0 1.0",
        url="https://doi.org/10.7910/DVN/LEJUQZ",
        unit="vote",
        notes=tuple(notes),
    )
    return out, info


def _with_numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Turn votes in words (yes, no, abstain; Y, N, A, X) into the numbers of the data."""
    if table["vote"].dtype.kind in "iuf":
        return table
    codes_, words = pd.factorize(table["vote"])
    known = [VOTES.get(str(word).strip().upper(), word) for word in words]
    numbered = np.array([*known, np.nan], dtype=object)[codes_]
    return table.assign(vote=pd.Series(numbered, index=table.index).infer_objects())


def _tidy(table: pd.DataFrame, state: str, cow: bool, notes: list[str]) -> pd.DataFrame:
    """Columns of the tidy table, from whatever of them the file has."""
    out = pd.DataFrame({"rcid": table["rcid"]})
    session = table.get("session")
    if session is not None and session.dtype.kind not in "iu":
        session = numbers(session)
    out["session"] = _whole(session, table, "session", notes)
    if "date" in table:
        out["date"], year = dates_and_years(table["date"])
        lost = int(out["date"].isna().sum() - table["date"].isna().sum())
        if lost:
            notes.append(f"date: {lost} cells are not dates and are missing")
        undated = int(year.isna().sum())
        if undated:
            notes.append(f"{undated} votes have no date, and so no year")
    else:
        out["date"] = pd.Series(pd.NaT, index=out.index, dtype="datetime64[s]")
        year = numbers(table["year"]) if "year" in table else pd.Series(np.nan, index=out.index)
        notes.append(
            "no dates: year is that of the file, often the session's"
            if "year" in table
            else "neither dates nor years; give rollcalls="
        )
    out["year"] = _whole(year, table, "year", notes)
    voted = table["vote"].between(1, 3)
    when = out["year"]
    if when.isna().any():
        when = when.fillna(out["session"] + 1945)
    known = when.notna()
    code = actor_codes(
        table[state],
        when.fillna(0).astype(np.int64),
        system="cow" if cow else "any",
        sure=(voted | ~known).to_numpy(dtype=bool),
    )
    if cow:
        out["ccode"] = table[state].astype("Int64")
    else:
        out["ccode"] = states.resolve(code, system="iso3", to="cow", unknown="missing")
    out["state"] = code
    out["vote"] = table["vote"].astype(np.int8)
    strangers = table.loc[code.isna() & voted, state].unique()
    if len(strangers):
        notes.append(f"voted, but are not known actors: {first_three(strangers)}")
    for name in _TEXTS:
        if name in table:
            out[name] = table[name]
    for name in _FLAGS:
        if name in table:
            value = numbers(table[name])
            lost = int(value.isna().sum() - table[name].isna().sum())
            if lost:
                notes.append(f"{name}: {lost} cells are not numbers and are missing")
            out[name] = value
    return out


def _whole(
    value: pd.Series[Any] | None, table: pd.DataFrame, name: str, notes: list[str]
) -> pd.Series[Any]:
    """Whole numbers as ``Int64``; others are missing, and noted."""
    if value is None:
        return pd.Series(pd.NA, index=table.index, dtype="Int64")
    if value.dtype.kind in "iu":
        return value.astype("Int64")
    broken = value.notna() & ((value != np.floor(value)) | (value.abs() > 10_000))
    if broken.any():
        notes.append(f"{name}: {int(broken.sum())} cells are not whole numbers and are missing")
    return value.mask(broken).astype("Int64")


def _with_roll_calls(table: pd.DataFrame, source: Source, notes: list[str]) -> pd.DataFrame:
    """Join what a table of roll calls says to the votes."""
    ledger = Ledger()
    payload, calls, _ = read_any(source, _ROLL_CALLS, ledger)
    calls = calls.rename(columns={str(first_of(calls, _ROLL_CALL)): "rcid"})
    calls = need(calls, ["rcid"], ledger).drop(columns="line")
    twice = calls.loc[calls["rcid"].duplicated(), "rcid"].unique()
    if len(twice):
        raise SourceError(
            f"{VOETEN.reader} expected one row for each roll call in {payload.name}, found "
            f"{len(twice)} repeated ({first_three(twice)}); remove the repeated rows"
        )
    if len(ledger.frame()):
        notes.append(
            f"{payload.name}: {len(ledger.frame())} rows without a roll call were left out"
        )
    missing = ~table["rcid"].isin(calls["rcid"])
    if missing.all():
        raise SourceError(
            f"{VOETEN.reader} expected in {payload.name} the roll calls of the votes, found none "
            "of them; give the roll calls of the same release"
        )
    if missing.any():
        notes.append(f"{payload.name} lacks the roll calls of {int(missing.sum())} votes")
    new = [name for name in calls.columns if name == "rcid" or name not in table.columns]
    return table.merge(calls[new], on="rcid", how="left", validate="many_to_one")


def _last(out: pd.DataFrame) -> str:
    last = out["date"].max()
    return "" if pd.isna(last) else f"roll calls to {last.date().isoformat()}"
