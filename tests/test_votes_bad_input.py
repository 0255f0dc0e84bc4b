"""The bundled votes, and what users append to them: every case named, none silent."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import alignindex as ai
from alignindex.base.errors import SimilarityError


@pytest.fixture(scope="module")
def votes() -> pd.DataFrame:
    return ai.load_votes(years=(2010, 2012)).astype({"kind": str})


def fit(votes: pd.DataFrame, **options: object) -> ai.idealpoints.IdealPoints:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return ai.idealpoints.fit(votes, standard_errors=False, **options)  # type: ignore[arg-type]


def dyads(votes: pd.DataFrame, **options: object) -> pd.DataFrame:
    options = {"by": None, "measures": ["agreement_half", "kappa_linear"], **options}
    return ai.similarity.dyads(votes, **options)  # type: ignore[arg-type]


def extra(**columns: object) -> pd.DataFrame:
    """A user's own roll call, as rows to append."""
    row = {"rcid": 1, "session": 67, "year": 2012, "state": ["USA", "RUS", "ATL"],
           "vote": [1.0, 3.0, 3.0]}  # fmt: skip
    return pd.DataFrame({**row, **columns})


def test_a_state_with_three_votes(votes: pd.DataFrame) -> None:
    """It gets a point near the centre that its prior allows, and no agreement of ten roll calls."""
    keep = votes["rcid"].unique()[[5, 30, 60]]
    few = votes[(votes["state"] != "VNM") | votes["rcid"].isin(keep)]
    mine = fit(few).points.query("state == 'VNM'")
    assert mine["n_votes"].sum() <= 3
    assert mine["point"].notna().all()
    found = dyads(few, min_shared=10).set_index(["state", "partner"])
    assert found.loc[("USA", "VNM"), "n_shared"] <= 3
    assert np.isnan(found.loc[("USA", "VNM"), "agreement_half"])


def test_a_year_without_roll_calls(votes: pd.DataFrame) -> None:
    points = fit(votes[votes["year"] != 2011], by="year").points
    assert sorted(points["period"].unique()) == [2010, 2012]
    assert set(dyads(votes[votes["year"] != 2011], by="year")["year"]) == {2010, 2012}


def test_disconnected_blocks(votes: pd.DataFrame) -> None:
    one = votes[votes["year"] == 2012]
    calls = one["rcid"].unique()
    west = one[one["state"].isin(["USA", "GBR", "FRA", "ISR"]) & one["rcid"].isin(calls[:40])]
    rest = one[one["state"].isin(["CUB", "IRN", "SYR", "RUS"]) & one["rcid"].isin(calls[40:])]
    both = pd.concat([west, rest])
    with pytest.raises(SimilarityError, match=r"2 parts.*common scale.*CUB"):
        fit(both)
    found = dyads(both)
    apart = found["n_shared"] == 0
    assert int(apart.sum()) == 16
    assert found.loc[apart, "agreement_half"].isna().all()


def test_unanimous_votes_only(votes: pd.DataFrame) -> None:
    same = votes.assign(vote=1.0)
    with pytest.raises(SimilarityError, match="nothing can be estimated"):
        fit(same)
    found = dyads(same)
    assert (found["agreement_half"] == 1).all()
    assert found["kappa_linear"].isna().all()


def test_an_unknown_actor_in_an_appended_roll_call(votes: pd.DataFrame) -> None:
    """Codes are opaque here: the actor is kept with its one vote, and so can be seen."""
    points = fit(pd.concat([votes, extra()], ignore_index=True)).points
    assert points.loc[points["state"] == "ATL", "n_votes"].tolist() == [1]
    found = dyads(pd.concat([votes, extra()], ignore_index=True))
    strange = found[(found["state"] == "ATL") | (found["partner"] == "ATL")]
    assert int((strange["n_shared"] > 0).sum()) == 2


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"vote": ["Y", "N", "N"]}, ["'Y'", "map the words"]),
        ({"vote": [1, 7, 6]}, ["7.0", "6.0", "absence"]),
        ({"session": ["67", "67", "67"]}, ["'session'", "one kind", "str"]),
        ({"session": None}, ["3 votes have no period", "session"]),
        ({"session": 66}, ["several periods"]),
    ],
)
def test_appended_rows_that_do_not_fit(
    votes: pd.DataFrame, columns: dict[str, object], words: list[str]
) -> None:
    if columns.get("session") == 66:
        columns = {**columns, "rcid": votes["rcid"].iloc[-1], "state": ["ATL", "BTL", "CTL"]}
    with pytest.raises(SimilarityError) as caught:
        fit(pd.concat([votes, extra(**columns)], ignore_index=True))
    for word in words:
        assert word in str(caught.value)


def test_an_identifier_that_is_taken(votes: pd.DataFrame) -> None:
    clash = extra(
        rcid=votes["rcid"].iloc[0], session=votes["session"].iloc[0], vote=[1.0, 2.0, 3.0]
    )
    with pytest.raises(SimilarityError, match=r"contradictory votes.*different identifiers"):
        fit(pd.concat([votes, clash], ignore_index=True))


@pytest.mark.parametrize("function", [fit, dyads])
def test_no_vote_at_all(function: Callable[[pd.DataFrame], object]) -> None:
    with pytest.raises(SimilarityError, match=r"no vote|no rows|empty"):
        function(ai.load_votes(years=2012).iloc[:0])


def test_codes_of_absence_are_no_votes(votes: pd.DataFrame) -> None:
    missing = dyads(ai.load_votes(years=2012))
    coded = dyads(ai.load_votes(years=2012, absences="code"))
    pd.testing.assert_frame_equal(missing, coded)
