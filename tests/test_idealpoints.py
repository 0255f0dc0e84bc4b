"""The labelled front of the ideal points: results, bad input, preparation, published votes."""

from __future__ import annotations

import math
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import alignindex as ai
from alignindex.base.errors import AlignIndexError
from alignindex.idealpoints import encode as encoding
from alignindex.idealpoints.threads import one_thread


def invented(
    n_states: int = 12, n_periods: int = 4, n_items: int = 25, seed: int = 0, levels: int = 3
) -> tuple[pd.DataFrame, pd.Series]:
    """Votes drawn from the model, and the points behind them by (state, period)."""
    rng = np.random.default_rng(seed)
    names = ["USA", *[f"S{j:02d}" for j in range(1, n_states)]]
    home = np.linspace(1.6, -1.6, n_states)
    rows, truth = [], {}
    rcid = 100
    for session in range(1, n_periods + 1):
        points = home + rng.normal(0, 0.15, n_states)
        truth.update({(name, session): p for name, p in zip(names, points, strict=True)})
        for _ in range(n_items):
            rcid += 1
            slope = rng.normal(0, 1.5)
            lower = rng.normal(0.0, 0.5)
            upper = lower + (rng.uniform(0.3, 1.0) if levels == 3 else 0.0)
            z = slope * points + rng.normal(size=n_states)
            vote = 1 + (z > lower) + (z > upper)
            if levels == 2:
                vote = np.where(vote == 3, 2, 1)
            present = rng.random(n_states) < 0.93
            rows += [
                (name, rcid, session, int(v))
                for name, v, here in zip(names, vote, present, strict=True)
                if here
            ]
    votes = pd.DataFrame(rows, columns=["state", "rcid", "session", "vote"])
    kept = votes.groupby("rcid")["vote"].transform("nunique") > 1
    return votes[kept].reset_index(drop=True), pd.Series(truth)


VOTES, TRUTH = invented()


def quick(votes: pd.DataFrame = VOTES, **options: Any) -> ai.idealpoints.IdealPoints:
    return ai.idealpoints.fit(votes, **{"draws": 0, **options})


@pytest.fixture(scope="module")
def result() -> ai.idealpoints.IdealPoints:
    return ai.idealpoints.fit(VOTES, draws=2, rng=1)


def refused(votes: pd.DataFrame, *parts: str, **options: Any) -> None:
    """The fit is refused with a message that holds all parts."""
    with pytest.raises(AlignIndexError) as caught:
        quick(votes, **options)
    for part in parts:
        assert part in str(caught.value)


# --- what a fit gives


def test_points_are_labelled_standardised_and_near_the_truth(result: Any) -> None:
    points = result.points
    columns = ["state", "period", "point", "se", "se_calibrated", "n_votes"]
    assert points.columns.tolist() == columns
    assert points["point"].mean() == pytest.approx(0.0, abs=1e-12)
    assert points["point"].std(ddof=0) == pytest.approx(1.0, rel=1e-12)
    truth = TRUTH.loc[list(zip(points["state"], points["period"], strict=True))]
    assert np.corrcoef(points["point"], truth)[0, 1] > 0.97
    assert points.loc[points["state"] == "USA", "point"].mean() > 0
    n = VOTES.groupby(["state", "session"]).size()
    wanted = n.loc[list(zip(points["state"], points["period"], strict=True))]
    assert points["n_votes"].tolist() == wanted.tolist()


def test_calibrated_error_is_one_factor_times_the_error(result: Any) -> None:
    ratio = result.points["se_calibrated"] / result.points["se"]
    assert ratio.min() == pytest.approx(result.fit.inflation, rel=1e-12)
    assert ratio.max() == pytest.approx(result.fit.inflation, rel=1e-12)
    assert (result.points["se"] > 0).all()


def test_seed_decides_the_calibration_and_nothing_else(result: Any) -> None:
    again = ai.idealpoints.fit(VOTES, draws=2, rng=1)
    pd.testing.assert_frame_equal(again.points, result.points, check_exact=True)
    other = ai.idealpoints.fit(VOTES, draws=2, rng=2)
    assert other.fit.inflation != result.fit.inflation
    same = ["state", "period", "point", "se", "n_votes"]
    pd.testing.assert_frame_equal(other.points[same], result.points[same], check_exact=True)


def test_standard_errors_can_be_left_out() -> None:
    bare = quick(standard_errors=False)
    assert bare.points[["se", "se_calibrated"]].isna().all(axis=None)
    assert math.isnan(bare.fit.inflation)


def test_items_carry_parameters_and_errors(result: Any) -> None:
    items = result.items.set_index("item")
    assert sorted(items.index) == sorted(VOTES["rcid"].unique())
    three = VOTES.groupby("rcid")["vote"].nunique() == 3
    assert (items.loc[three, "cut_1"] < items.loc[three, "cut_2"]).all()
    assert (items["discrimination_se"] > 0).all()
    # A category that never occurs leaves the cut-point beside it unknown.
    no_yes = VOTES.groupby("rcid")["vote"].min() > 1
    assert items["cut_1"].isna().equals(no_yes.reindex(items.index).rename("cut_1"))


def test_result_is_frozen_and_says_what_it_is(result: Any) -> None:
    with pytest.raises(AttributeError):
        result.points = None
    assert "12 states, 4 periods" in repr(result)
    assert result.fit.converged
    assert result.fit.digest == quick(standard_errors=False).fit.digest
    assert result.fit.digest != quick(VOTES.iloc[1:], standard_errors=False).fit.digest


def test_anchor_sets_the_sign() -> None:
    up, down = (quick(anchor=("S11", sign), standard_errors=False) for sign in (1, -1))
    np.testing.assert_allclose(up.points["point"], -down.points["point"], rtol=1e-12)
    mine = up.points["state"] == "S11"
    assert up.points.loc[mine, "point"].mean() > 0 > down.points.loc[mine, "point"].mean()
    np.testing.assert_allclose(
        up.items["discrimination"], -down.items["discrimination"], rtol=1e-12
    )


def test_two_categories() -> None:
    votes, truth = invented(levels=2, seed=3)
    found = quick(votes, levels=[1, 2])
    wanted = truth.loc[list(zip(found.points["state"], found.points["period"], strict=True))]
    assert np.corrcoef(found.points["point"], wanted)[0, 1] > 0.95
    assert [c for c in found.items if c.startswith("cut")] == ["cut_1", "cut_1_se"]
    # Yes and no of three levels without an abstention are the same data.
    same = quick(votes.assign(vote=votes["vote"].map({1: 1, 2: 3})))
    np.testing.assert_allclose(same.points["point"], found.points["point"], rtol=1e-12)


def test_text_levels_are_the_same_votes() -> None:
    words = VOTES.assign(vote=VOTES["vote"].map({1: "Y", 2: "A", 3: "N"}))
    found = quick(words, levels=["Y", "A", "N"])
    np.testing.assert_array_equal(found.points["point"], quick().points["point"])


def test_static_points_have_no_period() -> None:
    found = quick(dynamic=False)
    assert found.points.columns.tolist() == ["state", "point", "se", "se_calibrated", "n_votes"]
    assert len(found.points) == 12
    by_state = TRUTH.groupby(level=0).mean()
    assert np.corrcoef(found.points["point"], by_state.loc[found.points["state"]])[0, 1] > 0.98
    assert quick(VOTES.drop(columns="session"), dynamic=False, by=None).points.equals(found.points)


def test_linked_items_share_their_parameters() -> None:
    first, second = VOTES.loc[VOTES["session"] == 1, "rcid"].min(), VOTES["rcid"].max()
    links = pd.DataFrame({"v1": [1], "rcid1": [first], "rcid2": [second]})
    found = quick(links=links).items.set_index("item")
    columns = ["group", "discrimination", "discrimination_se"]
    pd.testing.assert_series_equal(
        found.loc[first, columns], found.loc[second, columns], check_names=False
    )
    assert found["group"].nunique() == len(found) - 1
    assert found.loc[first, "period"] != found.loc[second, "period"]
    pairs = quick(links=[(first, second)]).items.set_index("item")
    assert pairs.equals(found)


def test_chains_of_links_are_one_item() -> None:
    index = pd.Index([10, 20, 30, 40])
    groups, _ = encoding.link_groups(index, [(10, 30), (30, 40)])
    assert groups[0] == groups[2] == groups[3] != groups[1]


def test_links_to_unknown_items_are_counted() -> None:
    known = VOTES["rcid"].unique()
    found = quick(links=[(known[0], known[-1]), (known[0], -5)], standard_errors=False)
    row = found.fit.skipped[found.fit.skipped["what"] == "link"]
    assert row["votes"].tolist() == [1]


def test_a_gap_may_keep_or_grow_the_walk() -> None:
    absent = (VOTES["state"] == "S05") & VOTES["session"].isin([2, 3])
    votes = VOTES[~absent]
    encoded = {
        gap: encoding.encode(
            votes, state="state", item="rcid", value="vote", by="session", levels=[1, 2, 3],
            not_cast=(), links=None, gap=gap,
        )
        for gap in ("keep", "grow")
    }  # fmt: skip
    keep, grow = encoded["keep"].model.link, encoded["grow"].model.link
    changed = np.flatnonzero(keep != grow)
    assert changed.size == 1
    assert keep[changed[0]] == pytest.approx(3 * grow[changed[0]])
    a, b = (quick(votes, gap=gap).points for gap in ("keep", "grow"))
    assert not np.allclose(a["point"], b["point"])
    assert len(a[a["state"] == "S05"]) == 2


def test_walk_variance_follows_the_votes_cast() -> None:
    data = encoding.encode(
        VOTES, state="state", item="rcid", value="vote", by="session", levels=[1, 2, 3],
        not_cast=(), links=None, gap="keep",
    )  # fmt: skip
    n = data.nodes["n_votes"].to_numpy()
    assert data.model.link[0] == pytest.approx((n[0] + n[1]) / (0.5 * n[1]))
    assert data.model.link[3] == 0.0  # the next state begins


def test_progress_shows_a_bar(capsys: pytest.CaptureFixture[str]) -> None:
    quick(progress=True, standard_errors=False)
    assert "sweeps" in capsys.readouterr().err
    quick(standard_errors=False)
    assert capsys.readouterr().err == ""


# --- bad input: each says what was expected, what came, and the mend


def test_unknown_levels() -> None:
    strange = VOTES.assign(vote=VOTES["vote"].where(VOTES.index > 2, 7))
    refused(strange, "one of [1, 2, 3]", "7 (3 rows)", "votes[votes['vote'].isin([1, 2, 3])]")


def test_words_for_votes() -> None:
    words = VOTES.assign(vote=VOTES["vote"].map({1: "Y", 2: "A", 3: "N"}))
    refused(words, "'Y'", ".map({'Y': 1, 'A': 2, 'N': 3})", "ai.sources")


def test_contradictory_votes_are_named() -> None:
    row = VOTES.iloc[[5]]
    twice = pd.concat([VOTES, row.assign(vote=row["vote"] % 3 + 1)], ignore_index=True)
    refused(twice, "contradictory", f"{row['state'].iloc[0]} on {row['rcid'].iloc[0]}")


def test_identical_repeats_count_once() -> None:
    found = quick(pd.concat([VOTES, VOTES.iloc[:4]]), standard_errors=False)
    row = found.fit.skipped.iloc[0]
    assert (row["reason"], row["votes"]) == ("identical repeat of a vote, counted once", 4)
    np.testing.assert_array_equal(
        found.points["point"], quick(standard_errors=False).points["point"]
    )


def test_an_item_with_one_category_is_named_and_nan() -> None:
    dull = pd.DataFrame({"state": ["USA", "S01", "S02"], "rcid": 7, "session": 1, "vote": 1})
    votes = pd.concat([VOTES, dull], ignore_index=True)
    with pytest.warns(UserWarning, match=r"1 items \(7\): one observed category"):
        found = quick(votes)
    item = found.items[found.items["item"] == 7]
    unknown = ["group", "discrimination", "discrimination_se", "cut_1", "cut_2"]
    assert item[unknown].isna().all(axis=None)
    assert item["n_votes"].item() == 3
    np.testing.assert_array_equal(found.points["point"], quick().points["point"])


def test_a_period_too_small_is_named_and_nan() -> None:
    small = pd.DataFrame(
        {"state": ["USA", "S01", "S02"], "rcid": 9999, "session": 9, "vote": [3, 1, 1]}
    )
    with pytest.warns(UserWarning, match=r"1 periods \(9\): fewer than 2 items"):
        found = quick(pd.concat([VOTES, small], ignore_index=True))
    last = found.points[found.points["period"] == 9]
    assert last["state"].tolist() == ["S01", "S02", "USA"]
    assert last[["point", "se"]].isna().all(axis=None)
    assert found.fit.n_periods == 4


def test_disconnected_states_and_sessions_are_named() -> None:
    other = VOTES.assign(
        state="X" + VOTES["state"], rcid=VOTES["rcid"] + 5000, session=VOTES["session"] + 10
    )
    votes = pd.concat([VOTES, other[other["session"] < 13]], ignore_index=True)
    refused(votes, "2 parts", "XS01; XS02; XS03; and 9 more", "periods 11; 12", "links=")


def test_sessions_without_common_states_are_tied_by_links() -> None:
    other = VOTES.assign(state="X" + VOTES["state"], rcid=VOTES["rcid"] + 5000)
    votes = pd.concat([VOTES, other], ignore_index=True)
    ids = VOTES["rcid"].unique()[:5]
    found = quick(votes, links=[(k, k + 5000) for k in ids], standard_errors=False)
    assert found.fit.n_states == 24


def test_an_item_in_two_periods() -> None:
    votes = pd.concat([VOTES, VOTES.iloc[[0]].assign(session=3, state="S11x")])
    refused(votes, "1 items occur in several periods", str(VOTES["rcid"].iloc[0]), "links=")


def test_missing_column() -> None:
    refused(VOTES, "no column 'stat'", "did you mean 'state'?", state="stat")


def test_not_a_frame() -> None:
    refused([1, 2], "expected a DataFrame", "list")  # type: ignore[arg-type]


def test_missing_keys() -> None:
    votes = VOTES.assign(rcid=VOTES["rcid"].where(VOTES.index != 3))
    refused(votes, "1 votes have no item", "rows 3")


def test_published_votes_go_in_as_they_are() -> None:
    more = pd.DataFrame(
        {"state": ["S01", "TUV", None], "rcid": 101, "session": 1, "vote": [8, 9, 9]}
    )
    raw = pd.concat([VOTES[~((VOTES["state"] == "S01") & (VOTES["rcid"] == 101))], more])
    found = quick(raw, standard_errors=False)
    told = {(row.key, row.reason): row.votes for row in found.fit.skipped.itertuples()}
    assert told == {(8, "not cast"): 1, (9, "not cast"): 2}
    assert "TUV" not in set(found.points["state"])


def test_votes_without_a_state_are_left_out_with_a_warning() -> None:
    votes = VOTES.assign(state=VOTES["state"].where(VOTES.index != 3))
    with pytest.warns(UserWarning, match="1 votes are left out.*no state"):
        found = quick(votes, standard_errors=False)
    wanted = quick(VOTES.drop(index=3), standard_errors=False)
    np.testing.assert_array_equal(found.points["point"], wanted.points["point"])
    assert found.fit.skipped["reason"].tolist() == ["no state"]


def test_the_seed_is_recorded() -> None:
    found = ai.idealpoints.fit(VOTES, draws=1, rng=None)
    again = ai.idealpoints.fit(VOTES, draws=1, rng=found.fit.seed)
    pd.testing.assert_frame_equal(found.points, again.to_frame(), check_exact=True)
    assert quick(standard_errors=False).fit.seed == 0


def test_missing_votes_are_not_cast_and_counted() -> None:
    votes = VOTES.assign(vote=VOTES["vote"].where(VOTES.index > 2))
    found = quick(votes, standard_errors=False)
    assert found.fit.skipped["votes"].tolist() == [3]
    np.testing.assert_array_equal(
        found.points["point"], quick(VOTES.iloc[3:], standard_errors=False).points["point"]
    )


def test_unknown_anchor() -> None:
    refused(VOTES, "anchor 'usa'", "did you mean 'USA'?", anchor=("usa", 1))
    refused(VOTES, "(state, +1) or (state, -1)", anchor=("USA", 2))


@pytest.mark.parametrize("levels", [[1], [1, 1, 2], [1, 2, 3, 4]])
def test_levels_are_two_or_three(levels: list[int]) -> None:
    refused(VOTES, "two or three different values", repr(levels), levels=levels)


def test_options_are_checked() -> None:
    refused(VOTES, "keep or grow", "'keeps'", gap="keeps")
    refused(VOTES, "dynamic=False", by=None)
    refused(VOTES, "draws must be", "at least 0", draws=-1)


def test_links_are_checked() -> None:
    refused(VOTES, "two columns", "got 3", links=[(1, 2, 3)])
    refused(VOTES, "none of the 1 links", "-1, -2", links=[(-1, -2)])


def test_nothing_to_estimate() -> None:
    same = VOTES.assign(vote=1)
    refused(same, "nothing can be estimated")
    refused(VOTES.assign(vote=np.nan), "no vote was cast")


# --- prediction, distance


def test_probabilities_are_those_of_the_model(result: Any) -> None:
    rows = VOTES.iloc[[0, 40, 300]].set_index(pd.Index(["a", "b", "c"]))
    chances = ai.idealpoints.probabilities(result, rows)
    assert chances.columns.tolist() == [1, 2, 3]
    assert chances.index.tolist() == ["a", "b", "c"]
    items = result.items.set_index("item")
    points = result.points.set_index(["state", "period"])["point"]
    for label, row in rows.iterrows():
        item = items.loc[row["rcid"]]
        eta = item["discrimination"] * points.loc[(row["state"], row["session"])]
        cdf = [0.5 * math.erfc(-(item[c] - eta) / math.sqrt(2)) for c in ("cut_1", "cut_2")]
        below = [1.0 if math.isnan(x) else x for x in cdf]
        if math.isnan(item["cut_1"]):
            below[0] = 0.0
        wanted = [below[0], below[1] - below[0], 1 - below[1]]
        assert chances.loc[label].tolist() == pytest.approx(wanted, abs=1e-12)


def test_probabilities_of_levels_that_never_occur_are_zero(result: Any) -> None:
    chances = ai.idealpoints.probabilities(result, VOTES)
    assert chances.sum(axis=1).to_numpy() == pytest.approx(1.0, abs=1e-12)
    seen = VOTES.groupby(["rcid", "vote"]).size().unstack(fill_value=0) > 0
    for level in (1, 2, 3):
        silent = VOTES["rcid"].map(~seen[level])
        assert silent.any()
        assert chances.loc[silent, level].max() < 1e-12


def test_prediction_of_what_was_not_fitted_is_refused(result: Any) -> None:
    with pytest.raises(AlignIndexError, match=r"1 items were not part of the fit: -1"):
        ai.idealpoints.probabilities(result, VOTES.iloc[[0]].assign(rcid=-1))
    with pytest.raises(AlignIndexError, match=r"states were not part of the fit: USS"):
        ai.idealpoints.probabilities(result, VOTES.iloc[[0]].assign(state="USS"))


def test_roll_call_fit_by_hand(result: Any) -> None:
    table = ai.idealpoints.roll_call_fit(result, VOTES)
    rcid = VOTES["rcid"].iloc[200]
    mine = VOTES[VOTES["rcid"] == rcid]
    chances = ai.idealpoints.probabilities(result, mine)
    p = [chances.loc[i, v] for i, v in mine["vote"].items()]
    wrong = int((chances.idxmax(axis=1) != mine["vote"]).sum())
    most = int(mine["vote"].value_counts().max())
    row = table.loc[rcid]
    assert row["n_votes"] == len(mine)
    assert row["gmp"] == pytest.approx(math.prod(p) ** (1 / len(p)), rel=1e-12)
    assert row["commonest"] == most / len(mine)
    assert row["correct"] == pytest.approx(1 - wrong / len(mine), rel=1e-12)
    minority = len(mine) - most
    assert row["pre"] == pytest.approx((minority - wrong) / minority, rel=1e-12)
    assert table["gmp"].mean() > 1 / 3
    assert table["pre"].mean() > 0


def test_distance_is_a_panel_column(result: Any) -> None:
    table = ai.idealpoints.distance(result.points, year_offset=1945)
    assert table.index.names == ["state", "partner", "year"]
    assert table.index.is_monotonic_increasing
    assert table.index.is_unique
    assert len(table) == 12 * 11 * 4
    points = result.points.set_index(["state", "period"])["point"]
    wanted = abs(points["USA", 2] - points["S03", 2])
    assert table.loc[("USA", "S03", 1947)].item() == wanted
    assert table.loc[("S03", "USA", 1947)].item() == wanted


def test_distance_leaves_out_states_without_a_point() -> None:
    points = pd.DataFrame({"state": list("ABC"), "period": 2001, "point": [0.0, np.nan, 1.5]})
    pairs = [("A", "C", 2001), ("C", "A", 2001)]
    assert ai.idealpoints.distance(points).index.tolist() == pairs


def test_sessions_are_not_years(result: Any) -> None:
    with pytest.raises(AlignIndexError, match=r"calendar years, got 1; 2; 3.*year_offset=1945"):
        ai.idealpoints.distance(result)
    found = ai.idealpoints.distance(result, year_offset=1945)
    assert found.equals(ai.idealpoints.distance(result.points, year_offset=1945))


def test_distance_is_refused() -> None:
    twice = pd.DataFrame({"state": ["A", "A"], "period": 1, "point": [0.0, 1.0]})
    with pytest.raises(AlignIndexError, match="A in 1"):
        ai.idealpoints.distance(twice)
    with pytest.raises(AlignIndexError, match="'period' is missing"):
        ai.idealpoints.distance(twice.drop(columns="period"))
    with pytest.raises(AlignIndexError, match="no state has a point"):
        ai.idealpoints.distance(twice.assign(point=np.nan))


# --- preparation


PUBLISHED = pd.DataFrame(
    [
        (state, rcid, session, vote)
        for rcid, session, votes in [
            (1, 44, [1, 2, 3, 8]),
            (2, 44, [1, 3, 1, 9]),
            (3, 45, [1, 3, 3, 1]),  # an amendment, after 1989
            (4, 45, [1, 1, 1, 8]),  # unanimous
            (5, 45, [1, 3, 3, 1]),
            (6, 45, [2, 1, 3, 1]),
            (7, 46, [2, 1, 3, 1]),  # alone in its session
        ]
        for state, vote in zip("ABCD", votes, strict=True)
    ],
    columns=["state", "rcid", "session", "vote"],
)
ROLL_CALLS = pd.DataFrame(
    {
        "rcid": range(1, 8),
        "para": pd.array([1, 0, 0, 0, 0, pd.NA, 0], dtype="Int8"),
        "amend": pd.array([0, 0, 1, 0, 0, 0, 0], dtype="Int8"),
    }
)


def test_prepare_skips_and_accounts() -> None:
    kept, aside = ai.idealpoints.prepare(PUBLISHED, roll_calls=ROLL_CALLS)
    assert sorted(kept["rcid"].unique()) == [1, 2, 5, 6]
    told = {(row.what, row.key): (row.reason, row.votes) for row in aside.itertuples()}
    assert told["vote", 8] == ("not cast", 2)
    assert told["vote", 9] == ("not cast", 1)
    assert told["item", 3] == ("flagged: para or amend", 4)
    assert told["item", 4] == ("one observed category", 3)
    assert told["period", 46] == ("fewer than 2 roll calls", 4)
    assert told["flag", ""] == ("1 roll calls with an unknown flag, kept", 0)
    assert len(kept) + aside["votes"].sum() == len(PUBLISHED)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        quick(kept, anchor=("A", 1))


def test_prepare_without_flags_keeps_amendments() -> None:
    kept, _ = ai.idealpoints.prepare(PUBLISHED)
    assert sorted(kept["rcid"].unique()) == [1, 2, 3, 5, 6]


def test_prepare_is_refused() -> None:
    with pytest.raises(AlignIndexError, match=r"one of \[1, 2, 3\], found 7 \(1 rows\)"):
        ai.idealpoints.prepare(
            PUBLISHED.assign(vote=PUBLISHED["vote"].where(PUBLISHED.index > 0, 7))
        )
    with pytest.raises(AlignIndexError, match="no column 'amend'"):
        ai.idealpoints.prepare(PUBLISHED, roll_calls=ROLL_CALLS[["rcid", "para"]])
    with pytest.raises(AlignIndexError, match="repeat an item"):
        ai.idealpoints.prepare(PUBLISHED, roll_calls=pd.concat([ROLL_CALLS] * 2))


# --- published votes


@pytest.mark.slow
@pytest.mark.real
def test_general_assembly(sources: Path) -> None:
    folder = sources / "unga"
    votes = pd.read_parquet(folder / "unga_votes.parquet")
    votes = votes[votes["year"].between(1985, 2004)]
    roll_calls = pd.read_parquet(folder / "unga_rollcalls.parquet")
    kept, aside = ai.idealpoints.prepare(votes, roll_calls=roll_calls)
    assert len(kept) + aside["votes"].sum() == len(votes)
    found = ai.idealpoints.fit(
        kept, state="ccode", anchor=(2, 1), links=pd.read_csv(folder / "Matches.csv"), draws=0
    )
    assert found.fit.converged
    points = found.points.pivot(index="state", columns="period", values="point")
    usa, russia, britain = points.loc[2], points.loc[365], points.loc[200]
    # The United States stand at the end of the scale throughout, Israel (666) near it, Britain
    # between them and the middle; Moscow moves there as the Cold War ends.
    rank = points.rank(ascending=False)
    assert (rank.loc[2] == 1).all()
    assert (rank.loc[666] <= 5).all()
    assert ((usa > britain) & (britain > points.median())).all()
    assert russia[40] < points[40].median()
    assert russia[48] - russia[40] > 5 * found.points["se"].median()
    fit = ai.idealpoints.roll_call_fit(found, kept, state="ccode")
    assert fit["gmp"].median() > 0.75
    assert fit["pre"].median() > 0.4


def test_blas_has_one_thread_with_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    control = pytest.importorskip("threadpoolctl")

    def threads() -> list[int]:
        info = control.threadpool_info()
        return [pool["num_threads"] for pool in info if pool["user_api"] == "blas"]

    before = threads()
    with one_thread():
        assert threads() == [1] * len(before)
    assert threads() == before
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    with one_thread():  # without the extra nothing is limited, and nothing fails
        assert control.threadpool_info() is not None
