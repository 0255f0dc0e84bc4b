"""Voting data of the UN Digital Library: one row for each state and adopted resolution."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from alignindex import states
from alignindex.base.errors import first_three
from alignindex.base.typing import Bools
from alignindex.sources.reading.common import Ledger, Signature, Source, SourceInfo, close, numbers
from alignindex.sources.reading.keys import reject_repeated
from alignindex.sources.reading.ledger import blank_records
from alignindex.sources.reading.tables import first_of, read_any
from alignindex.sources.unga.common import VOTES, dates_and_years

_CODE, _NAME, _VOTE = ("ms_code", "ms_codes"), ("ms_name", "ms_names"), ("ms_vote", "ms_votes")
UNDL = Signature("unga.read_undl", (("undl_id", "undl_link"), _CODE, _VOTE))
_MARKS = ("session", "resolution", "draft", "committee_report", "meeting")
_TEXTS = ("title", "agenda_title", "subjects", "vote_note", "undl_link")  # as they stand
_TOTALS = ("total_yes", "total_no", "total_abstentions", "total_non_voting", "total_ms")


def read_undl(source: Source) -> tuple[pd.DataFrame, SourceInfo]:
    r"""Read the General Assembly voting data of the UN Digital Library (2024 onward).

    Parameters
    ----------
    source : path or open binary file
        The CSV as downloaded, also as ``.gz`` or ``.zip``.

    Returns
    -------
    table : pandas.DataFrame
        One row for each state and resolution: ``rcid`` (the roll call, as of `read_voeten`: here
        the text of ``undl_id``), ``undl_id`` (text), ``date``, ``year`` (calendar year,
        ``Int64``), ``state`` (actor code of the year), ``ms_code, ms_name`` (as in the file),
        ``vote`` (``Int64``: 1 yes, 2 abstain, 3 no, 8 not voting; missing where the file is
        blank), and as far as the file has them ``session`` (text, also ``ES-10``),
        ``resolution, draft, committee_report, meeting`` (text without blanks around it), ``title,
        agenda_title, subjects, vote_note, undl_link`` (text as it stands) and ``total_yes,
        total_no, total_abstentions, total_non_voting, total_ms`` (numbers).
    info : SourceInfo
        One record is one vote. Its notes say where the votes of a resolution do not add up to
        the totals that the file states.

    Raises
    ------
    SourceError
        If the source cannot be opened or is not such a file.

    Notes
    -----
    The library lists adopted resolutions only: votes lost are not in it, so agreement from it
    is not comparable with agreement from all roll calls. We know this format (and the older one
    with ``ms_codes, ms_names, ms_votes`` and ``NV``) from its description, and have not had a
    real file to test with.

    References
    ----------
    United Nations Digital Library, General Assembly voting data, https://digitallibrary.un.org.

    Examples
    --------
    >>> import io
    >>> text = (
    ...     "undl_id,ms_code,ms_name,ms_vote,date,resolution\n"
    ...     "768123,UKR,UKRAINE,Y,2014-03-27,A/RES/68/262\n"
    ...     "768123,KGZ,KYRGYZSTAN,X,2014-03-27,A/RES/68/262\n"
    ... )
    >>> table, info = read_undl(io.BytesIO(text.encode()))
    >>> table[["state", "year", "vote"]].values.tolist()
    [['UKR', 2014, 1], ['KGZ', 2014, 8]]
    """
    ledger = Ledger()
    texts = "|".join(["date", *_CODE, *_NAME, *_VOTE])
    payload, table, read = read_any(source, UNDL, ledger, texts=texts)
    names = {str(first_of(table, spellings)): spellings[0] for spellings in (_CODE, _NAME, _VOTE)}
    table = table.rename(columns=names)
    for name in ("ms_name", "undl_id"):
        if name not in table:
            table[name] = table["undl_link"] if name == "undl_id" else None
    blank = blank_records(table)
    for name in ("undl_id", "ms_code", "ms_name"):
        table[name] = _text(table[name])
    codes, uniques = pd.factorize(_text(table["ms_vote"]))
    known = [VOTES.get(str(unique).upper(), -1) for unique in uniques]
    vote = np.array([*known, 0], dtype=np.int64)[codes]
    again = table["ms_code"].isin(["ms_code", "ms_codes"])
    nobody = table["ms_code"].isna() & table["ms_name"].isna()
    odd = pd.Series(vote < 0, index=table.index)
    gone = np.full(len(table), "", dtype=object)
    for wrong, reason in (
        (odd, "ms_vote is none of Y, A, N, X, NV"),
        (table["undl_id"].isna(), "no undl_id"),
        (nobody, "no state"),
        (again, "header repeated"),
        (blank, "blank line"),
    ):
        if wrong.any():
            gone[wrong.to_numpy(dtype=bool)] = reason
    lost = gone != ""
    for reason in dict.fromkeys(gone[lost]):
        rows = table[gone == reason]
        shown = rows[["undl_id", "ms_code", "ms_vote"]].astype(object).itertuples(index=False)
        ledger.add_many(rows["line"].tolist(), reason, [", ".join(map(str, row)) for row in shown])
    table["vote"] = pd.Series(pd.arrays.IntegerArray(vote, vote <= 0), index=table.index)
    table["who"] = _either(table["ms_code"], table["ms_name"])
    if lost.any():
        table = table[~lost]
    table = reject_repeated(table, ["undl_id", "who"], ledger, values=["vote"]).reset_index(
        drop=True
    )
    notes: list[str] = []
    out = _tidy(table, notes)
    info = close(
        out,
        ledger,
        read,
        payload,
        reader=UNDL.reader,
        layout="UN Digital Library",
        title="UN General Assembly voting data, UN Digital Library",
        version="" if out["date"].isna().all() else f"votes to {out['date'].max().date()}",
        citation="United Nations, Dag Hammarskjöld Library, UN General Assembly voting data",
        licence="as the United Nations Digital Library states",
        url="https://digitallibrary.un.org",
        unit="vote",
        notes=tuple(notes),
    )
    return out, info


def _tidy(table: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    out = pd.DataFrame({"rcid": table["undl_id"], "undl_id": table["undl_id"]})
    if "date" in table:
        out["date"], year = dates_and_years(table["date"])
        out["year"] = year.astype("Int64")
    else:
        out["date"] = np.datetime64("NaT", "s")
        out["year"] = pd.array([pd.NA] * len(out), dtype="Int64")
    undated = int(out["date"].isna().sum())
    if undated:
        notes.append(f"{undated} votes have no readable date, and so no year")
    years = out["year"].fillna(0).astype(np.int64)
    code, name = table["ms_code"], table["ms_name"]
    # A code out of its time still names its actor if that one voted.
    voted = table["vote"].isin([1, 2, 3]).to_numpy(dtype=bool)
    state = _states(code, name, years, voted)
    out["state"] = state
    strange = state.isna()
    strangers: Any = table.loc[strange, "who"].unique() if strange.any() else ()
    if len(strangers):
        notes.append(f"no known actors: {first_three(sorted(map(str, strangers)))}")
    out["ms_code"], out["ms_name"] = code, name
    out["vote"] = table["vote"]
    for column in (*_MARKS, *_TEXTS):
        if column in table:
            out[column] = _text(table[column], verbatim=column in _TEXTS)
    for column in _TOTALS:
        if column in table:
            out[column] = numbers(table[column])
    _compare_totals(out, notes)
    return out.infer_objects()


def _states(
    code: pd.Series[Any],
    name: pd.Series[Any],
    years: pd.Series[Any],
    voted: Bools,
) -> pd.Series[Any]:
    """Actor of each vote, by code, else by name; one out of its time if it cast a vote.

    Each code is looked up once with each of its names and years.
    """
    at_code, codes = pd.factorize(code)
    at_name, names = pd.factorize(name)
    at_year, known = pd.factorize(years)
    pairs = (at_code + 1) * (len(names) + 1) + at_name + 1
    at, distinct = pd.factorize(pairs * len(known) + at_year)
    pairs, of_year = np.divmod(distinct, max(len(known), 1))
    of_code, of_name = np.divmod(pairs, len(names) + 1)
    code = pd.Series(np.append(np.nan, np.asarray(codes, dtype=object))[of_code], dtype=object)
    name = pd.Series(np.append(np.nan, np.asarray(names, dtype=object))[of_name], dtype=object)
    year = np.asarray(known)[of_year]
    then = states.resolve(code, system="iso3", year=year, unknown="missing")
    then = _either(then, states.resolve(name, system="un", year=year, unknown="missing"))
    ever = _either(then, states.resolve(code, system="iso3", unknown="missing"))
    ever = _either(ever, states.resolve(name, system="un", unknown="missing"))
    either = pd.concat([then, ever], ignore_index=True)
    return pd.Series(either.array.take(at + len(then) * voted), index=years.index)


def _text(values: pd.Series[Any], *, verbatim: bool = False) -> pd.Series[Any]:
    """Text, without blanks around unless ``verbatim``; the number 120.0 is ``"120"`` again."""
    missing = values.isna()
    if missing.all():
        return pd.Series([None] * len(values), index=values.index, dtype="str").mask(missing)
    if values.dtype.kind == "f" and (values[~missing] % 1 == 0).all():
        values = values.astype("Int64")
    if values.dtype == object and pd.api.types.infer_dtype(values) != "string":
        text = values.astype("str").str.strip()
        return text.mask(missing | (text == ""))
    if verbatim and values.dtype.kind not in "iufb":
        return values
    if isinstance(values.dtype, pd.StringDtype):
        text = values.str.strip()
        empty = text == ""
        return text.mask(empty) if empty.any() else text
    # The distinct values are few: a resolution says the same of all its votes.
    codes, uniques = pd.factorize(values)
    text = pd.Series(uniques).astype("str").str.strip()
    text = text.mask(text == "")
    return pd.Series(text.array.take(codes, allow_fill=True), index=values.index)


def _either(first: pd.Series[Any], second: pd.Series[Any]) -> pd.Series[Any]:
    return first.where(first.notna(), second) if first.isna().any() else first


def _compare_totals(out: pd.DataFrame, notes: list[str]) -> None:
    """Note resolutions whose votes do not add up to the stated totals."""
    counted = {"total_yes": 1, "total_no": 3, "total_abstentions": 2}
    there = [name for name in counted if name in out]
    if not there:
        return
    call, ids = pd.factorize(out["undl_id"])
    vote = out["vote"].fillna(0).to_numpy(dtype=np.int64)
    differ = np.zeros(len(ids), dtype=bool)
    for name in there:
        value = out[name].to_numpy()
        given = np.flatnonzero(~np.isnan(value))[::-1]
        stated = np.full(len(ids), np.nan)
        stated[call[given]] = value[given]  # the first of each, as the last to be written
        own = np.bincount(call, weights=vote == counted[name], minlength=len(ids))
        differ |= ~np.isnan(stated) & (stated != own)
    if differ.any():
        notes.append(
            f"{int(differ.sum())} resolutions whose votes do not add up to the stated totals: "
            f"{first_three(ids[differ])}"
        )
