"""Votes in the General Assembly: similarity by year or session, and positions on one question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from alignindex.base.errors import PanelError, closest, first_three
from alignindex.base.keys import KEYS
from alignindex.indicators.column import (
    Column,
    Covered,
    actor_coverages,
    as_coverage,
    chosen,
    named,
    need_columns,
)
from alignindex.similarity import MEASURES, dyads

YES, ABSTAIN, NO, NO_MEMBER = 1, 2, 3, 9


def votes(
    votes: pd.DataFrame,
    *,
    coverage: Covered,
    measures: Sequence[str] = ("agreement_half", "kappa_linear"),
    by: Literal["year", "session"] = "year",
    item: str = "rcid",
    min_shared: int = 10,
    unanimous: Literal["keep", "drop"] = "keep",
    states: Iterable[str] | None = None,
    names: Mapping[str, str] | None = None,
) -> list[Column]:
    """Similarity of the votes of two states, by calendar year or session.

    Parameters
    ----------
    votes : DataFrame
        Of `sources.unga.read_voeten` or `read_undl`: ``state, vote`` (1 yes, 2 abstain, 3 no;
        8 absent; 9 not a member), the roll call, and ``year`` or ``session``.
    coverage : (first, last), Coverage, SourceInfo or DataFrame
        The **complete** years: roll calls that break off within a year do not cover it.
    measures : sequence of str, optional
        Keys of `alignindex.similarity.MEASURES`.
    by : {"year", "session"}
        Calendar year of the roll call, or the session, which becomes its year (session + 1945).
    item : str, optional
        Column that tells the roll calls apart.
    min_shared : int, optional
        Dyads with fewer roll calls on which both voted are unknown.
    unanimous : {"keep", "drop"}
        Whether roll calls without any disagreement among the votes cast count; published
        agreement scores leave them out. Unanimity is that of the whole table.
    states : iterable of str, optional
        States to compare; all where left out.
    names : mapping, optional
        Measure to column name; ``un_<measure>`` for the others.

    Returns
    -------
    list of Column
        One for each measure, the same in both directions. A dyad without shared roll calls is
        unknown.

    Raises
    ------
    PanelError
        If columns lack, a measure is unknown, or no vote of the chosen states is left.
    SimilarityError
        If a state votes twice, in contradiction, on a roll call.

    Notes
    -----
    Raw agreement is not comparable across partners: the Assembly's majority votes one way.
    Compare partners under a measure corrected for chance as well (``kappa_linear``).

    Examples
    --------
    >>> from alignindex.panel.build import build_panel
    >>> table = pd.DataFrame({"state": ["ARM", "ARM", "RUS", "RUS"], "rcid": [1, 2, 1, 2],
    ...                       "vote": [3, 2, 3, 1], "year": 2014})
    >>> parts = votes(table, coverage=(2014, 2014), min_shared=2,
    ...               measures=["agreement_half"], names={"agreement_half": "un_votes"})
    >>> build_panel(states=["ARM"], partners=["RUS"], years=[2014], indicators=parts)
                        un_votes
    state partner year
    ARM   RUS     2014      0.75
    """
    chosen(by, ("year", "session"), "by")
    chosen(unanimous, ("keep", "drop"), "unanimous")
    strange = [name for name in measures if name not in MEASURES]
    if strange or not measures:
        raise PanelError(
            f"measures are keys of alignindex.similarity.MEASURES; got "
            f"{first_three(strange) or 'none'}{closest(strange[0], MEASURES) if strange else ''}"
        )
    columns = named(names, list(measures), "un")
    need_columns(votes, ["state", "vote", item, by], "indicators.votes")
    rows = votes[["state", "vote", item, by]].dropna(subset=["state", by])
    rows = rows[rows["vote"] != NO_MEMBER]
    cast = rows["vote"].where(rows["vote"].isin([YES, ABSTAIN, NO])).astype(np.float64)
    year = rows[by].astype(np.int64) + (1945 if by == "session" else 0)
    rows = rows.assign(cast=cast, when=year)
    declared = as_coverage(coverage)
    wanted = rows["when"].between(declared.first, declared.last)
    if states is not None:
        wanted &= rows["state"].isin(list(states))
    if not rows.loc[wanted, "cast"].notna().any():
        raise PanelError(
            f"indicators.votes found no vote of the chosen states in {declared.first}–"
            f"{declared.last}; check coverage, states and the table"
        )
    if unanimous == "drop":
        # Of the whole table: two states that always agree may still have split the Assembly.
        spread = rows.groupby(item)["cast"].agg(["min", "max"])
        wanted &= rows[item].isin(spread.index[spread["min"] < spread["max"]])
    rows = rows[wanted]
    found = pd.DataFrame(columns=["state", "partner", "when", *measures], dtype=np.float64)
    if rows["cast"].notna().any():  # else every roll call was unanimous: all is unknown
        found = dyads(
            rows,
            state="state",
            item=item,
            value="cast",
            levels=[YES, ABSTAIN, NO],
            by="when",
            measures=list(measures),
            min_shared=min_shared,
            directed=True,
        )
    ends = [found["state"].astype(object), found["partner"].astype(object)]
    index = pd.MultiIndex.from_arrays([*ends, found["when"].astype(np.int64)], names=list(KEYS))
    return [
        Column(own, pd.Series(found[measure].to_numpy(), index=index), declared.both_ways())
        for measure, own in columns.items()
    ]


def positions(
    votes: pd.DataFrame,
    *,
    rollcalls: Sequence[Any],
    coverage: Covered,
    item: str = "unres",
    yes: float = 0.0,
    no: float = 0.75,
    silent: float = 0.5,
    statements: pd.DataFrame | None = None,
    name: str = "position",
) -> list[Column]:
    """Positions of both ends of a dyad on one question, from chosen roll calls and statements.

    Parameters
    ----------
    votes : DataFrame
        Votes as for `votes`, with ``date``.
    rollcalls : sequence
        The roll calls on the question, as their column has them; of resolutions ``A/RES/68/262``,
        ``R/68/262`` and ``68/262`` are the same.
    coverage : (first, last), Coverage, SourceInfo or DataFrame
        Years of the positions; the first is that in which the question arose. A table has
        ``actor, first, last``.
    item : str, optional
        Column of the roll calls.
    yes, no, silent : float, optional
        Positions that a Yes and a No state, and that of an actor that has said nothing.
    statements : DataFrame, optional
        Other statements and acts: ``actor, date`` (ISO text), ``value``.
    name : str, optional

    Returns
    -------
    list of Column
        ``<name>_state`` and ``<name>_partner``: position at the end of the year. A statement
        above ``silent`` raises the position to its value if it is lower, one below ``silent``
        lowers it if it is higher; abstentions, absences and neutral remarks change nothing. A
        state that has no row on a roll call may have voted either way: it is unknown until what
        it says later leaves one position only. Actors without any row are unknown.

    Raises
    ------
    PanelError
        If columns lack, a roll call is not in the table, or it has no date.

    Examples
    --------
    >>> from alignindex.panel.build import build_panel
    >>> table = pd.DataFrame({"state": ["ARM", "KAZ", "UKR"], "vote": [3, 2, 1],
    ...                       "unres": "A/RES/68/262", "date": pd.Timestamp("2014-03-27")})
    >>> said = pd.DataFrame({"actor": ["RUS"], "date": ["2014-03-18"], "value": [1.0]})
    >>> parts = positions(table, rollcalls=["68/262"], coverage=(2014, 2015), statements=said,
    ...                   name="crimea")
    >>> build_panel(states=["ARM", "KAZ", "UKR"], partners=["RUS"], years=[2014], indicators=parts)
                        crimea_state  crimea_partner
    state partner year
    ARM   RUS     2014          0.75             NaN
    KAZ   RUS     2014          0.50             NaN
    UKR   RUS     2014          0.00             NaN

    Russia has no row on the roll call here, and its position is not known without its vote: a Yes
    would have withdrawn the statement.
    """
    need_columns(votes, ["state", "vote", item, "date"], "indicators.positions")
    wanted = {_bare(label): label for label in rollcalls}
    labels, uniques = pd.factorize(votes[item])
    bare = np.array([*[_bare(label) for label in uniques], ""], dtype=object)[labels]
    rows = votes[pd.Index(bare).isin(list(wanted))]
    rows = rows.assign(call=bare[pd.Index(bare).isin(list(wanted))]).dropna(subset=["state"])
    absent = [str(wanted[key]) for key in wanted if not (rows["call"] == key).any()]
    if absent or not wanted:
        raise PanelError(
            f"roll calls that are not in column {item!r} of the table: "
            f"{first_three(absent) or 'none was asked for'}; write them as the table does, or "
            "leave them out"
        )
    dates = rows.groupby("call")["date"].first()
    if dates.isna().any():
        raise PanelError(f"roll calls without a date: {first_three(dates.index[dates.isna()])}")
    of_state, of_partner = actor_coverages(coverage)
    events = _events(rows, dates, yes, no, statements)
    years = range(of_state.first, of_state.last + 1)
    cells = {
        (actor, year): value
        for actor, own in events.items()
        for year, value in zip(years, _by_year(own, years, (yes, no), silent), strict=True)
    }
    index = pd.MultiIndex.from_tuples(list(cells), names=["actor", "year"])
    values = pd.Series(list(cells.values()), index=index, dtype=np.float64)
    return [
        Column(f"{name}_state", values, of_state, end="state"),
        Column(f"{name}_partner", values, of_partner, end="partner"),
    ]


def _bare(label: object) -> str:
    """Return the number of a resolution without what stands before it."""
    text = str(label).strip()
    for prefix in ("A/RES/", "R/"):
        text = text.removeprefix(prefix)
    return text


def _events(
    rows: pd.DataFrame,
    dates: pd.Series[Any],
    yes: float,
    no: float,
    statements: pd.DataFrame | None,
) -> dict[str, list[tuple[str, float | None]]]:
    """Dated values of each actor in order; None stands for a vote that is not known."""
    said: dict[str, list[tuple[str, float | None]]] = {}
    value = rows["vote"].map({YES: yes, NO: no})
    days = {call: str(date)[:10] for call, date in dates.items()}
    for state, own in rows.assign(value=value).groupby("state"):
        known = dict(zip(own["call"], own["value"], strict=True))
        listed = [(days[c], float(v)) for c, v in known.items() if pd.notna(v)]
        unseen = [(day, None) for call, day in days.items() if call not in known]
        said[str(state)] = [*listed, *unseen]
    if statements is not None:
        need_columns(statements, ["actor", "date", "value"], "statements of indicators.positions")
        for row in statements.itertuples(index=False):
            unheard: list[tuple[str, float | None]] = [(day, None) for day in days.values()]
            said.setdefault(str(row.actor), unheard).append((str(row.date)[:10], float(row.value)))  # type: ignore[arg-type]
    return {actor: sorted(own, key=lambda event: event[0]) for actor, own in said.items()}


def _by_year(
    events: list[tuple[str, float | None]],
    years: range,
    either: tuple[float, float],
    silent: float,
) -> list[float]:
    """Position at the end of each year; NaN where an unknown vote leaves more than one."""

    def update(position: float, value: float) -> float:
        if value > silent:
            return max(position, value)
        return min(position, value) if value < silent else position

    possible, out, at = {silent}, [], 0
    for year in years:
        while at < len(events) and int(events[at][0][:4]) <= year:
            value = events[at][1]
            if value is None:
                possible |= {update(p, v) for p in possible for v in either}
            else:
                possible = {update(p, value) for p in possible}
            at += 1
        out.append(next(iter(possible)) if len(possible) == 1 else float("nan"))
    return out
