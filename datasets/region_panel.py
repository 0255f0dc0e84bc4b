"""The panel ``post_soviet``: one function per raw column, from the other bundled tables alone.

Cells are raw yearly values, status on 31 December; an empty cell is unknown. A partial year of a
source is empty (the roll calls of 2025).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import exercise_coverage
import numpy as np
import pandas as pd
from from_published import FIRST_YEAR, PARTNERS, STATES

Tables = Mapping[str, pd.DataFrame]
KEY = ["state", "partner", "year"]
LAST_YEAR = 2025
VOTES_TO = 2024  # last complete year of roll calls
MIN_SHARED_ROLLCALLS = 10
NEEDED = (
    "arms_imports", "exercises", "exercises/coverage", "exercises/yearly", "unga_agreement",
    "unga_relative", "bases/yearly", "crimea/positions", "positions/yearly", "memberships/pledges",
    "memberships/behaviour", "hostility/yearly",
)  # fmt: skip


# --- arms ----------------------------------------------------------------------------------------
def arms_tiv(tables: Tables, index: pd.MultiIndex) -> pd.Series:
    """Volume of major arms that the state received from the partner in the year."""
    return _arms(tables, "tiv").reindex(index)


def arms_tiv_total(tables: Tables, index: pd.MultiIndex) -> pd.Series:
    """Volume of major arms that the state received from anybody in the year."""
    return _arms(tables, "tiv_total").reindex(index)


def _arms(tables: Tables, column: str) -> pd.Series:
    return tables["arms_imports"].set_index(["recipient", "supplier", "year"])[column]


# --- exercises -----------------------------------------------------------------------------------
def exercises(tables: Tables, index: pd.MultiIndex) -> pd.Series:
    """Joint exercises of state and partner that began in the year, where coverage lets them in."""
    counts = exercise_coverage.seen(sure(tables["exercises"]))
    let_in = tables["exercises/coverage"].query("status in ('complete', 'at_least')")
    known = set(_covered(let_in))
    known |= {(b, a, year) for a, b, year in known}  # taking part together has no direction
    return pd.Series(
        [float(counts.get(key, 0)) if key in known else np.nan for key in index], index
    )


def exercise_depth(tables: Tables, index: pd.MultiIndex) -> pd.Series:
    """Exercises of the year weighted by how few took part.

    Lower bounds and searches that found none are let in; a year in which the number is contested
    or was not looked for is unknown.
    """
    yearly = _yearly(tables, "exercises/yearly", index)
    known = yearly["status"].isin(["complete", "at_least", "none_found"])
    return yearly["depth"].where(known)


def exercise_refusals(tables: Tables, index: pd.MultiIndex) -> pd.Series:
    """Exercises that the state refused toward the partner in the year, as far as was found."""
    return _yearly(tables, "exercises/yearly", index)["refusals"]


def sure(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of which a source was seen: those of low confidence do not enter the panel."""
    return table[table["confidence"] != "low"]


# --- votes ---------------------------------------------------------------------------------------
def un_votes(tables: Tables, index: pd.MultiIndex) -> pd.Series:
    """Mean agreement in the General Assembly, with at least ten shared roll calls."""
    return _unga(tables, "agreement_half").reindex(index)


def un_kappa(tables: Tables, index: pd.MultiIndex) -> pd.Series:
    """Linearly weighted kappa in the General Assembly, with at least ten shared roll calls."""
    return _unga(tables, "kappa_linear").reindex(index)


def un_percentile(tables: Tables, index: pd.MultiIndex) -> pd.Series:
    """Place of the state's agreement with the partner among all members in the year, 0 to 1."""
    found = _yearly(tables, "unga_relative", index)["unga_percentile"]
    return found.where(index.get_level_values("year") <= VOTES_TO)


def _unga(tables: Tables, column: str) -> pd.Series:
    """Both directions of an undirected measure; empty below the minimum overlap."""
    table = tables["unga_agreement"]
    enough = table[
        (table["shared_rollcalls"] >= MIN_SHARED_ROLLCALLS) & (table["year"] <= VOTES_TO)
    ]
    ways = (("state_a", "state_b"), ("state_b", "state_a"))
    return pd.concat([enough.set_index([a, b, "year"])[column].rename_axis(KEY) for a, b in ways])


# --- presences -----------------------------------------------------------------------------------
def bases(tables: Tables, index: pd.MultiIndex) -> pd.Series:
    """Highest kind of the partner's presence that the state hosts with consent on 31 December."""
    return _yearly(tables, "bases/yearly", index)["hosted"].astype(object)


# --- positions -----------------------------------------------------------------------------------
def crimea_state(tables: Tables, index: pd.MultiIndex) -> pd.Series:
    """The state's position on Crimea by version 1's rule: the latest one-way statement or vote."""
    return _position(tables["crimea/positions"], index, "state")


def crimea_partner(tables: Tables, index: pd.MultiIndex) -> pd.Series:
    """The partner's position on Crimea by version 1's rule."""
    return _position(tables["crimea/positions"], index, "partner")


def position_state(tables: Tables, index: pd.MultiIndex) -> pd.Series:
    """The state's position on Ukraine's territory in the year; silence is unknown."""
    return _position(_spoken(tables), index, "state")


def position_partner(tables: Tables, index: pd.MultiIndex) -> pd.Series:
    """The partner's position on Ukraine's territory in the year; silence is unknown."""
    return _position(_spoken(tables), index, "partner")


def _spoken(tables: Tables) -> pd.DataFrame:
    table = tables["positions/yearly"]
    return table[~table["basis"].isin(["silent", "unknown"])]


def _position(table: pd.DataFrame, index: pd.MultiIndex, who: str) -> pd.Series:
    """Position at the end of the year of one end of the dyad; empty before 2014."""
    positions = table.set_index(["actor", "year"])["position"]
    pairs = index.droplevel("partner" if who == "state" else "state")
    return pd.Series(positions.reindex(pairs).to_numpy(), index)


# --- pledges, behaviour, hostility ---------------------------------------------------------------
def pledge_kind(tables: Tables, index: pd.MultiIndex) -> pd.Series:
    """Strongest pledge in force between the two; ``below_defence`` where only that is known."""
    yearly = _yearly(tables, "memberships/pledges", index)
    names = {0.0: "none", 1.0: "consultation", 2.0: "restraint", 3.0: "defence"}
    words = yearly["pledge"].map(names).astype(object)
    words = words.where(words.notna() | (yearly["pledge_defence"] != 0), "below_defence")
    return words.mask((yearly["pledge_frozen"] == 1) & (words == "defence"), "frozen_defence")


def appeals(tables: Tables, index: pd.MultiIndex) -> pd.Series:
    """1 in a year in which the state appealed to the partner or its alliance, else 0."""
    made = tables["memberships/behaviour"].set_index(KEY)["appeals"].reindex(index)
    return (made.fillna(0) > 0).astype(float)


def answers(tables: Tables, index: pd.MultiIndex) -> pd.Series:
    """How far the appeal of the year was answered: 0 not at all, 1/3, 2/3, 1 with forces."""
    best = tables["memberships/behaviour"].set_index(KEY)["answer"].reindex(index)
    return best.fillna(0) / 3


def hostility(tables: Tables, index: pd.MultiIndex) -> pd.Series:
    """Level of hostility between the two, 0 none to 5 war."""
    return _yearly(tables, "hostility/yearly", index)["hostility"]


def rupture(tables: Tables, index: pd.MultiIndex) -> pd.Series:
    """1 in a year of war between the two, else 0: wars are listed for all pairs."""
    return (hostility(tables, index) == 5).astype(float)


# --- the panel -----------------------------------------------------------------------------------
def _yearly(tables: Tables, name: str, index: pd.MultiIndex) -> pd.DataFrame:
    return tables[name].set_index(KEY).reindex(index)


def _covered(coverage: pd.DataFrame) -> Iterator[tuple[str, str, int]]:
    """Every (state, partner, year) of a coverage table of first and last years."""
    for row in coverage.itertuples(index=False):
        for year in range(int(row.first), int(row.last) + 1):
            yield row.state, row.partner, year


COLUMNS: dict[str, Callable[[Tables, pd.MultiIndex], pd.Series]] = {
    function.__name__: function
    for function in (
        arms_tiv, arms_tiv_total, exercises, exercise_depth, exercise_refusals, un_votes, un_kappa,
        un_percentile, bases, crimea_state, crimea_partner, position_state, position_partner,
        pledge_kind, appeals, answers, hostility, rupture,
    )
}  # fmt: skip


def build_panel(tables: Tables) -> pd.DataFrame:
    """Directed dyad-years of the region with the four poles, 1992 to 2025."""
    keys = [(state, partner, year) for state in sorted(STATES) for partner in sorted(PARTNERS)
            if state != partner for year in range(FIRST_YEAR, LAST_YEAR + 1)]  # fmt: skip
    index = pd.MultiIndex.from_tuples(keys, names=KEY)
    return pd.DataFrame({name: column(tables, index) for name, column in COLUMNS.items()})
