"""Published scores from General Assembly votes: ideal points, and agreement of pairs."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from alignindex.sources.reading.common import (
    Ledger,
    Signature,
    Source,
    SourceInfo,
    close,
    need,
    numbers,
    wrong_file,
)
from alignindex.sources.reading.keys import reject_repeated
from alignindex.sources.reading.tables import first_of, read_any
from alignindex.sources.reading.yearly import reject_replaced
from alignindex.states.resolution import actor_codes

IDEAL_POINTS = Signature(
    "unga.read_ideal_points",
    (("ccode",), ("session", "year"), ("idealpoint*",)),
)
_AGREE = ("agree", "agree3un", "agreement")
AGREEMENT = Signature(
    "unga.read_agreement", (("ccode1",), ("ccode2",), ("year", "session", "session.x"), _AGREE)
)
_CITATION = (
    "Bailey, Michael A., Anton Strezhnev, and Erik Voeten (2017), Estimating Dynamic State "
    "Preferences from United Nations Voting Data, Journal of Conflict Resolution 61(2), 430–456, "
    "doi:10.1177/0022002715595700"
)


def read_ideal_points(source: Source) -> tuple[pd.DataFrame, SourceInfo]:
    r"""Read published ideal points of states in the General Assembly.

    Parameters
    ----------
    source : path or open binary file
        Text (comma, tab or semicolon), parquet or Stata, also as ``.gz`` or ``.zip``: the points
        by session (to 2020), those by year (2025), or those of an issue.

    Returns
    -------
    table : pandas.DataFrame
        One row for each state and session or year: ``state`` (actor code of the year), ``ccode``,
        ``session`` (``Int64``; missing where the file has none), ``year`` (that of the file; where
        it has sessions alone, session + 1945), ``ideal_point``, ``n_votes`` and quantiles ``q0``
        to ``q100`` as far as the file has them. Files with several estimates have one of each
        for every estimate: ``ideal_point_all, n_votes_all, q5_all``, ``ideal_point_fp`` (final
        passage), ``ideal_point_legacy``; files of an issue ``ideal_point_humanrights`` and so on.
    info : SourceInfo
        One record is one state and session, or one state and year.

    Raises
    ------
    SourceError
        If the source cannot be opened or holds no ideal points.

    Notes
    -----
    The releases misspell their first quantile ``QO`` (letter O); it is ``q0``. In the release of
    2025 the year of ``fp`` and ``all`` is the calendar year, that of ``legacy`` the year in which
    the session began; no session is derived from it. We know these files from their
    descriptions, and have not had a real one to test with.

    References
    ----------
    Bailey, Strezhnev & Voeten (2017), doi:10.1177/0022002715595700.

    Examples
    --------
    >>> import io
    >>> text = "ccode,session,NVotes,IdealPoint,QO%,Q50%\n2,68,80,2.9,2.1,2.8\n"
    >>> table, info = read_ideal_points(io.BytesIO(text.encode()))
    >>> table[["state", "year", "ideal_point", "q0", "q50"]].values.tolist()
    [['USA', 2013, 2.9, 2.1, 2.8]]
    """
    ledger = Ledger()
    payload, table, read = read_any(source, IDEAL_POINTS, ledger)
    sessions, years = "session" in table.columns, "year" in table.columns
    key = ["ccode", *(["session"] if sessions else []), *(["year"] if years else [])]
    table = need(table, key, ledger)
    if not years:
        table = table.assign(year=table["session"] + 1945)
    table = _in_time(table, table["year"], ledger)
    columns = {name: own for name in table.columns if (own := _estimate(name))}
    main = next((name for name, own in columns.items() if own.startswith("ideal_point")), None)
    if main is None:
        raise wrong_file(payload, IDEAL_POINTS)
    notes: list[str] = []
    table = reject_repeated(table, key, ledger, values=[main])
    table = reject_replaced(table, ["ccode"], ledger).reset_index(drop=True)
    out = pd.DataFrame({"ccode": table["ccode"]})
    out["session"] = table["session"].astype("Int64") if sessions else pd.Series(dtype="Int64")
    out["year"] = table["year"]
    out.insert(0, "state", actor_codes(out["ccode"], out["year"], system="cow"))
    if "ideal_point_legacy" in columns.values() and not sessions:
        notes.append("ideal_point_legacy is by session: its year is that in which a session began")
    estimates = {own: _number(table[name], name, notes) for name, own in columns.items()}
    out = pd.concat([out, pd.DataFrame(estimates, index=out.index)], axis=1)
    info = close(
        out,
        ledger,
        read,
        payload,
        reader=IDEAL_POINTS.reader,
        layout="ideal points by session" if sessions else "ideal points by year",
        title="United Nations General Assembly ideal points",
        version=f"to {int(out['year'].max())}" if len(out) else "",
        citation=_CITATION,
        licence="CC0 1.0",
        url="https://doi.org/10.7910/DVN/LEJUQZ",
        unit="state and session" if sessions else "state and year",
        notes=tuple(notes),
    )
    return out, info


def _estimate(heading: str) -> str:
    """Name of a column of estimates, or an empty string for any other column."""
    for pattern, own in ((r"idealpoint(\w*)", "ideal_point"), (r"nvotes(\w*)", "n_votes")):
        found = re.fullmatch(pattern, heading)
        if found:
            return own + (f"_{found[1]}" if found[1] else "")
    found = re.fullmatch(r"q(o|\d{1,3})[%.]?([a-z]\w*)?", heading)
    if found:
        share = "0" if found[1] == "o" else str(int(found[1]))
        return f"q{share}" + (f"_{found[2]}" if found[2] else "")
    return ""


def read_agreement(source: Source) -> tuple[pd.DataFrame, SourceInfo]:
    r"""Read published agreement scores of pairs of states in the General Assembly.

    Parameters
    ----------
    source : path or open binary file
        Text (comma, tab or semicolon) or parquet, also as ``.gz`` or ``.zip``.

    Returns
    -------
    table : pandas.DataFrame
        One row for each row of the file: ``state, partner`` (actor codes of the year), ``ccode1,
        ccode2``, ``year`` and ``agree`` (from 0 to 1).
    info : SourceInfo
        One record is one pair and year.

    Raises
    ------
    SourceError
        If the source cannot be opened or holds no agreement scores.

    Notes
    -----
    The published scores leave out roll calls that were unanimous among the votes cast, so they
    are lower than agreement over all roll calls. Their year is that of the session, if the file
    says nothing else; where it has sessions alone, ``year`` is session + 1945. Some releases
    hold each pair once and some twice; nothing is added here. We know these files from their
    descriptions, and have not had a real one to test with.

    References
    ----------
    Voeten, Strezhnev & Bailey, United Nations General Assembly Voting Data,
    doi:10.7910/DVN/LEJUQZ.

    Examples
    --------
    >>> import io
    >>> text = "ccode1,ccode2,agree,year\n371,365,0.75,2013\n"
    >>> table, info = read_agreement(io.BytesIO(text.encode()))
    >>> table[["state", "partner", "year", "agree"]].values.tolist()
    [['ARM', 'RUS', 2013, 0.75]]
    """
    ledger = Ledger()
    payload, table, read = read_any(source, AGREEMENT, ledger)
    when = str(first_of(table, ("year", "session", "session.x")))
    agree = str(first_of(table, _AGREE))
    table = need(table, ["ccode1", "ccode2", when], ledger)
    table = table.assign(when=table[when] + (0 if when == "year" else 1945))
    table = _in_time(table, table["when"], ledger)
    value = numbers(table[agree])
    wrong = (value.isna() & table[agree].notna()) | (value < 0) | (value > 1)
    if wrong.any():
        rejected = table[wrong]
        ledger.add_many(rejected["line"].tolist(), "agreement is not from 0 to 1", rejected[agree])
        table = table[~wrong]
    table = table.assign(agree=numbers(table[agree]))
    table = reject_repeated(table, ["ccode1", "ccode2", "when"], ledger, values=["agree"])
    table = reject_replaced(table, ["ccode1", "ccode2"], ledger, year="when")
    table = table.reset_index(drop=True)
    out = pd.DataFrame(
        {
            "state": actor_codes(table["ccode1"], table["when"], system="cow"),
            "partner": actor_codes(table["ccode2"], table["when"], system="cow"),
            "ccode1": table["ccode1"],
            "ccode2": table["ccode2"],
            "year": table["when"].astype(np.int64),
            "agree": table["agree"],
        }
    )
    info = close(
        out,
        ledger,
        read,
        payload,
        reader=AGREEMENT.reader,
        layout=f"pairs by {when}",
        title="United Nations General Assembly agreement scores",
        version=f"to {int(out['year'].max())}" if len(out) else "",
        citation=_CITATION,
        licence="CC0 1.0",
        url="https://doi.org/10.7910/DVN/LEJUQZ",
        unit="pair and year",
        notes=(f"year is {when} + 1945",) if when != "year" else (),
    )
    return out, info


def _in_time(table: pd.DataFrame, year: pd.Series[Any], ledger: Ledger) -> pd.DataFrame:
    """Reject records of a time in which there was no General Assembly."""
    wrong = ~year.between(1945, 2100)
    if wrong.any():
        ledger.add_many(table.loc[wrong, "line"].tolist(), "no year of the Assembly", year[wrong])
    return table[~wrong]


def _number(values: pd.Series[Any], name: str, notes: list[str]) -> pd.Series[Any]:
    value = numbers(values)
    lost = int((value.isna() & values.notna()).sum())
    if lost:
        notes.append(f"{name}: {lost} cells are not numbers and are missing")
    return value
