"""A declared coverage speaks only for actors that a table can speak for; keys have to overlap."""

from __future__ import annotations

import warnings

import pandas as pd
import pytest

from alignindex import indicators
from alignindex.base.errors import PanelError
from alignindex.indicators import Column, Coverage
from alignindex.panel.build import build_panel
from alignindex.panel.convert import as_panel

PROMISE = pd.DataFrame(
    {"state": ["ARM"], "partner": ["RUS"], "year": [2000], "defense": [1.0], "consultation": [1.0]}
)
PACT = PROMISE.assign(strength=3.0)
DEALS = pd.DataFrame(
    {
        "recipient": ["ARM", "ARM"],
        "supplier": ["RUS", "CHN"],
        "delivery_years": ["2000", "2001"],
        "tiv_delivered": [3.0, 1.0],
    }
)
MEMBERS = pd.DataFrame(
    {"state": ["ARM", "RUS"], "org": "CSTO", "start": "1992", "end": [None, None]}
)
SPELLS = pd.DataFrame(
    {"host": ["ARM"], "patron": "RUS", "kind": "base", "consent": "yes", "start": "1992", "end": ""}
).replace("", None)
EVENTS = pd.DataFrame({"participants": ["ARM;RUS"], "start_year": [2000]})


def made(kind: str, coverage: object) -> list[Column]:
    """Columns of one indicator whose table names ARM and RUS (and CHN as a supplier)."""
    found = {
        "obligations": lambda: indicators.obligations(
            PROMISE, coverage=coverage, kinds=["defense", "consultation"]
        ),
        "alliances": lambda: indicators.alliances(PACT, coverage=coverage),
        "arms": lambda: indicators.arms(DEALS, coverage=coverage),
        "memberships": lambda: indicators.memberships(MEMBERS, coverage=coverage),
        "hosting": lambda: indicators.hosting(SPELLS, coverage=coverage),
        "exercises": lambda: indicators.exercises(EVENTS, coverage=coverage),
    }[kind]()
    return found if isinstance(found, list) else [found]


KINDS = ["obligations", "alliances", "arms", "memberships", "hosting", "exercises"]


def panel_of(columns: list[Column], states: list[str]) -> pd.DataFrame:
    return build_panel(states=states, partners=["RUS", "JPN"], years=[2000], indicators=columns)


@pytest.mark.parametrize("kind", KINDS)
def test_a_state_that_the_table_does_not_name_is_unknown(kind: str) -> None:
    columns = made(kind, (1995, 2005))
    with pytest.warns(UserWarning, match=r"no row of the table concerns .*IND"):
        panel = panel_of(columns, ["ARM", "IND"])
    assert panel.loc[("IND", "JPN", 2000)].isna().all()
    assert panel.loc[("ARM", "RUS", 2000)].notna().all()


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "memberships"])
def test_one_that_it_names_has_none_with_anybody(kind: str) -> None:
    columns = made(kind, (1995, 2005))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        row = panel_of(columns, ["ARM"]).loc[("ARM", "JPN", 2000)]
    assert row.iloc[0] in (0.0, "none")


@pytest.mark.parametrize("kind", KINDS)
def test_an_exhaustive_source_speaks_for_everybody(kind: str) -> None:
    columns = made(kind, Coverage(1995, 2005, exhaustive=True))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        row = panel_of(columns, ["ARM", "IND"]).loc[("IND", "JPN", 2000)]
    assert row.iloc[0] in (0.0, "none")


@pytest.mark.parametrize("kind", KINDS)
def test_actors_declared_by_hand_are_taken_with_a_warning(kind: str) -> None:
    covered = Coverage(1995, 2005, states=["ARM", "IND"])
    with pytest.warns(UserWarning, match="concerns IND"):
        columns = made(kind, covered)
    assert panel_of(columns, ["ARM", "IND"]).loc[("IND", "JPN", 2000)].iloc[0] in (0.0, "none")


def test_a_register_without_any_declared_state_warns_of_all() -> None:
    states = ["IND", "PAK", "BGD"]
    with pytest.warns(UserWarning, match="concerns BGD, IND, PAK"):
        indicators.arms(DEALS, coverage=Coverage(2000, 2019, states=states))


@pytest.mark.parametrize("key", ["India", 750, 750.0])
def test_keys_without_overlap_are_an_error(key: object) -> None:
    table = pd.DataFrame({"state": [key], "partner": "USA", "year": 2000, "troops": [5.0]})
    column = indicators.troops(table, coverage=(1990, 2010))
    with pytest.raises(PanelError, match=r"troops concerns no actor.*'IND'"):
        build_panel(states=["IND"], partners=["CHN"], years=[2000], indicators=[column])


def test_keys_that_overlap_in_part_are_a_warning_with_what_is_meant() -> None:
    table = pd.DataFrame(
        {"state": ["ARM", "India"], "partner": "USA", "year": 2000, "troops": [5.0, 6.0]}
    )
    column = indicators.troops(table, coverage=(1990, 2010))
    with pytest.warns(UserWarning, match=r"'India' \(did you mean 'IND'"):
        panel = build_panel(
            states=["ARM", "IND"], partners=["USA"], years=[2000], indicators=[column]
        )
    assert panel["troops"].isna().tolist() == [False, True]


def test_figures_of_states_and_panels_of_ones_own_are_compared_too() -> None:
    figures = pd.DataFrame({"state": ["Armenia"], "year": [2000], "cinc": [0.1]})
    with pytest.raises(PanelError, match="cinc_state concerns no actor"):
        build_panel(
            states=["ARM"], partners=["RUS"], years=[2000],
            indicators=indicators.attribute(figures, value="cinc", coverage=(1990, 2010)),
        )  # fmt: skip
    own = as_panel(
        pd.DataFrame({"state": ["Armenia"], "partner": ["Russia"], "year": [2000], "x": [1.0]})
    )
    with pytest.raises(PanelError, match=r"x concerns no actor.*did you mean 'ARM'"):
        build_panel(states=["ARM"], partners=["RUS"], years=[2000], indicators=[own])


def test_votes_without_any_split_roll_call_are_unknown() -> None:
    votes = pd.DataFrame(
        {"state": ["ARM", "RUS"] * 2, "rcid": [1, 1, 2, 2], "vote": 1, "year": 2014}
    )
    columns = indicators.votes(
        votes, coverage=(2014, 2014), min_shared=1, unanimous="drop", measures=["agreement_half"]
    )
    panel = build_panel(states=["ARM"], partners=["RUS"], years=[2014], indicators=columns)
    assert panel.isna().all(axis=None)


def test_arms_by_delivery_need_no_split() -> None:
    table = pd.DataFrame(
        {
            "recipient": ["ARM", "ARM", "ARM"],
            "supplier": ["RUS", "RUS", None],
            "year": [2000, 2001, 2001],
            "tiv_delivered": [3.0, 1.0, 0.5],
        }
    )
    columns = indicators.arms(table, coverage=(2000, 2002))
    panel = build_panel(
        states=["ARM"], partners=["RUS"], years=[2000, 2001, 2002], indicators=columns
    )
    assert list(panel) == ["arms_tiv", "arms_tiv_total"]
    assert panel.to_numpy().tolist() == [[3.0, 3.0], [1.0, 1.5], [0.0, 0.0]]


@pytest.mark.parametrize("named", [{"states": ["ARM"]}, {"states": ["ARM", "GEO"], "partners": []}])
def test_spells_of_dyads_without_direction_keep_to_the_actors_declared(named: dict) -> None:
    spells = pd.DataFrame({"state": ["ARM", "GEO"], "partner": "RUS", "first": 1995, "last": 2000})
    declared = Coverage(1995, 2000, spells=spells, exhaustive=True, **named)
    both = declared.both_ways()
    ends = pd.Series(["ARM", "GEO", "RUS"]).to_numpy(), pd.Series(["RUS"] * 2 + ["ARM"]).to_numpy()
    year = pd.Series([1996] * 3).to_numpy()
    there = declared.holds(*ends, year) | declared.holds(*reversed(ends), year)
    assert both.holds(*ends, year).tolist() == there.tolist()
    assert not both.holds(*ends, year)[1]
    assert both.exhaustive
    assert Coverage(1995, 2000, ["ARM"], exhaustive=True).both_ways().exhaustive
