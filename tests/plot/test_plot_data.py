"""What is drawn is what the result holds: numbers read back from the artists."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection, QuadMesh
from numpy.testing import assert_allclose, assert_array_equal

import alignindex as ai
from alignindex import dynamics, plot, poles, robustness

NAN = np.nan


def lines(ax: Axes) -> dict[str, np.ndarray]:
    return {
        str(line.get_label()): np.column_stack(line.get_data()).astype(float)
        for line in ax.get_lines()
        if not str(line.get_label()).startswith("_")
    }


def of(ax: Axes, gid: str) -> list[Any]:
    return [artist for artist in ax.get_children() if artist.get_gid() == gid]


def edges(band: Any) -> dict[float, tuple[float, float]]:
    """Lower and upper edge of a filled band by year."""
    points = np.concatenate([path.vertices for path in band.get_paths()])
    found = pd.DataFrame(points, columns=["x", "y"]).groupby("x")["y"].agg(["min", "max"])
    return {float(x): (row["min"], row["max"]) for x, row in found.iterrows()}


def series(frame: pd.Series, state: str, partner: str) -> pd.Series:
    own = frame.loc[(state, partner)]
    return own.reindex(range(2000, 2014))


def segments(artist: LineCollection) -> np.ndarray:
    """Ends of horizontal lines; one with an unknown end is not drawn."""
    return np.array([segment[:, 0] for segment in artist.get_segments() if len(segment)])


# --- over time -----------------------------------------------------------------------------------


def test_trajectories_are_the_scores_and_gaps_stay_gaps(result: Any) -> None:
    ax = plot.trajectories(result, states="ALB")
    drawn = lines(ax)
    assert list(drawn) == ["ALB–RUS", "ALB–TUR", "ALB–USA"]
    for partner in ("RUS", "TUR", "USA"):
        wanted = series(result.scores["score"], "ALB", partner)
        assert_array_equal(drawn[f"ALB–{partner}"][:, 0], wanted.index)
        assert_array_equal(drawn[f"ALB–{partner}"][:, 1], wanted)
    assert np.isnan(drawn["ALB–USA"][5, 1])  # the missing row


def test_the_light_band_is_the_bounds(result: Any) -> None:
    ax = plot.trajectories(result, states="CUB", partners="USA")
    (band,) = of(ax, "bounds")
    low, high = (series(result.scores[name], "CUB", "USA") for name in ("low", "high"))
    drawn = edges(band)
    assert low[2002] < high[2002]
    for year in range(2000, 2014):
        assert drawn[year] == (low[year], high[year])


def test_a_band_of_one_year_is_drawn_as_a_bar(result: Any) -> None:
    ax = plot.trajectories(result, states="ALB", partners="USA", years=(2004, 2006))
    bars = [bar.get_segments()[0] for bar in of(ax, "bounds alone")]
    low, high = (result.scores.at[("ALB", "USA", 2004), name] for name in ("low", "high"))
    assert_array_equal(bars[0], [[2004, low], [2004, high]])


def test_the_dark_band_is_the_outermost_quantiles(result: Any, sure: Any) -> None:
    ax = plot.trajectories(result, states="BOL", partners="USA", uncertainty=sure)
    assert of(ax, "bounds") == []
    (band,) = of(ax, "draws")
    drawn = edges(band)
    for year in range(2000, 2014):
        row = sure.scores.loc[("BOL", "USA", year)]
        assert drawn[year] == (row["q05"], row["q95"])
    both = plot.trajectories(
        result, states="BOL", partners="USA", uncertainty=sure, bounds=True
    )  # fmt: skip
    assert len(of(both, "bounds")) == len(of(both, "draws")) == 1


def test_realignments_stand_at_their_first_year(result: Any) -> None:
    shifts = dynamics.realignments(result)
    found = shifts.found
    row = found.loc[("ALB", "RUS", 1)]
    assert row["first"] == 2007
    ax = plot.trajectories(result, states="ALB", partners="RUS", realignments=shifts)
    (mark,) = of(ax, "realignment")
    score = result.scores.at[("ALB", "RUS", 2007), "score"]
    assert_array_equal(mark.get_offsets(), [[2007, score]])
    points = mark.get_paths()[0].vertices
    assert points[np.abs(points[:, 0]).argmin(), 1] == points[:, 1].min()  # it points down
    (bar,) = of(ax, "realignment years")
    assert_array_equal(segments(bar), [[row["year_lower"], row["year_upper"]]])
    elsewhere = plot.trajectories(result, states="DNK", partners="USA", realignments=shifts)
    assert of(elsewhere, "realignment") == []


def test_a_realignment_in_an_unknown_year_stands_at_the_next_score(result: Any) -> None:
    shifts = dynamics.realignments(result)
    scores = result.scores["score"].copy()
    scores.loc[("ALB", "RUS", 2007)] = NAN
    ax = plot.trajectories(scores, states="ALB", partners="RUS", realignments=shifts)
    (mark,) = of(ax, "realignment")
    assert_array_equal(mark.get_offsets(), [[2007, scores.loc[("ALB", "RUS", 2008)]]])


def test_the_series_that_were_segmented_can_be_drawn(result: Any) -> None:
    shifts = dynamics.realignments(result)
    ax = plot.trajectories(shifts.series, states="BOL", realignments=shifts)
    for partner in ("RUS", "TUR", "USA"):
        wanted = shifts.series.values.loc[("BOL", partner)]
        assert_array_equal(lines(ax)[f"BOL–{partner}"][:, 1], wanted)


def test_bands_of_the_index_are_named_where_they_lie(result: Any) -> None:
    content = result.spec.model_dump(mode="json", exclude_none=True)
    content["bands"] = [
        {"name": "hedger", "lo": 0.4, "hi": 0.6},
        {"name": "ally", "lo": 1, "hi": 1},
    ]
    spec = ai.IndexSpec.from_dict(content)
    ax = plot.trajectories(result.scores, states="ALB", spec=spec)
    assert {t.get_text(): t.xy[1] for t in of(ax, "band")} == {"hedger": 0.5, "ally": 1.0}
    assert of(plot.trajectories(result, states="ALB"), "band") == []


def test_small_multiples_hold_every_dyad(result: Any) -> None:
    axes = plot.small_multiples(result, states=["DNK", "ALB"], partners=["USA", "RUS"])
    assert [ax.get_title(loc="left") for ax in axes] == ["DNK", "ALB"]
    for ax, state in zip(axes, ("DNK", "ALB"), strict=True):
        drawn = lines(ax)
        assert list(drawn) == ["USA", "RUS"]
        for partner, points in drawn.items():
            assert_array_equal(points[:, 1], series(result.scores["score"], state, partner))
        low = [edges(band) for band in of(ax, "bounds")]
        assert low[0][2000][0] == result.scores.at[(state, "USA", 2000), "low"]


def test_tilt_is_that_of_poles(result: Any) -> None:
    table = poles.tilt(result, poles=("RUS", "USA"))
    drawn = lines(plot.tilt(result, poles=("RUS", "USA")))
    assert list(drawn) == ["ALB", "BOL", "CUB", "DNK"]
    for state, points in drawn.items():
        assert_array_equal(points[:, 1], table.loc[state, "tilt"].reindex(range(2000, 2014)))


def test_a_table_of_tilt_brings_its_band(result: Any) -> None:
    scores = result.scores["score"]
    draws = scores.to_numpy() + np.random.default_rng(1).normal(0, 0.01, (50, len(scores)))
    table = poles.tilt(scores, poles=("RUS", "USA"), draws=np.clip(draws, 0, 1))
    ax = plot.tilt(table, poles=("RUS", "USA"), states="DNK")
    (band,) = of(ax, "draws")
    drawn, row = edges(band), table.loc[("DNK", 2003)]
    assert drawn[2003] == (row["tilt_lower"], row["tilt_upper"])


def test_bump_ranks_the_scores_of_each_year(result: Any) -> None:
    drawn = lines(plot.bump(result, partners="TUR"))
    scores = result.scores["score"].xs("TUR", level="partner").unstack("year")
    wanted = scores.rank(ascending=False, method="min")
    for state, points in drawn.items():
        assert_array_equal(points[:, 1], wanted.loc[state])
    assert np.isnan(drawn["DNK"][-1, 1])


def test_bump_of_draws_takes_their_nominal_ranks(sure: Any) -> None:
    drawn = lines(plot.bump(sure, states="CUB"))
    assert list(drawn) == ["RUS", "TUR", "USA"]
    wanted = sure.ranks["nominal"].loc["CUB"].unstack("year")
    for partner, points in drawn.items():
        assert_array_equal(points[:, 1], wanted.loc[partner])


def test_equal_scores_share_the_better_rank() -> None:
    index = pd.MultiIndex.from_product([["A", "B", "C"], ["P"], [2000]],
                                       names=["state", "partner", "year"])  # fmt: skip
    drawn = lines(plot.bump(pd.Series([0.1 + 0.2, 0.3, 0.2], index=index), partners="P"))
    assert [drawn[name][0, 1] for name in "ABC"] == [1, 1, 3]


def test_ideal_points_and_their_bands(votes_points: pd.DataFrame) -> None:
    ax = plot.idealpoints(votes_points, states=["CUB", "BOL"], level=0.95)
    drawn = lines(ax)
    for state, points in drawn.items():
        own = votes_points[votes_points["state"] == state].set_index("period")
        assert_array_equal(points[:, 1], own["point"].reindex(range(50, 60)))
    own = votes_points[votes_points["state"] == "CUB"].set_index("period")
    band = edges(of(ax, "interval")[0])
    for period, (low, high) in band.items():
        half = 1.959963984540054 * own.at[int(period), "se"]
        assert_allclose([low, high], own.at[int(period), "point"] + np.array([-half, half]))


def test_calibrated_standard_errors_come_first(votes_points: pd.DataFrame) -> None:
    wider = votes_points.assign(se_calibrated=2 * votes_points["se"])
    narrow, wide = (
        edges(of(plot.idealpoints(table, states="CUB"), "interval")[0])[50.0]
        for table in (votes_points, wider)
    )
    assert_allclose(wide[1] - wide[0], 2 * (narrow[1] - narrow[0]))


# --- tables --------------------------------------------------------------------------------------


def cells(ax: Axes) -> np.ma.MaskedArray:
    (mesh,) = [artist for artist in ax.get_children() if isinstance(artist, QuadMesh)]
    values = mesh.get_array()
    assert values is not None
    return np.ma.masked_array(values).reshape(len(ax.get_yticks()), -1)


def rows_of(ax: Axes) -> list[str]:
    return [label.get_text() for label in ax.get_yticklabels()]


def test_heatmap_cells_are_the_scores_and_unknown_ones_are_hatched(result: Any) -> None:
    ax = plot.heatmap(result, partners="USA", order="name")
    wanted = result.scores["score"].xs("USA", level="partner").unstack("year")
    assert rows_of(ax) == list(wanted.index)
    assert_array_equal(cells(ax).filled(NAN), wanted)
    assert cells(ax).mask.sum() == wanted.isna().to_numpy().sum() > 0
    (behind,) = of(ax, "unknown")
    assert behind.get_hatch()
    assert behind.get_bbox().bounds == (1999.5, -0.5, 14.0, 4.0)


def test_heatmap_rows_in_order(result: Any) -> None:
    mean = result.scores["score"].xs("TUR", level="partner").groupby("state").mean()
    by_mean = plot.heatmap(result, partners="TUR")
    assert rows_of(by_mean) == list(mean.sort_values(ascending=False).index)
    assert rows_of(plot.heatmap(result, partners="TUR", states=["DNK", "ALB"])) == ["DNK", "ALB"]


def test_an_observed_zero_is_coloured_not_hatched() -> None:
    index = pd.MultiIndex.from_product([["A", "B"], ["P"], [2000, 2001]],
                                       names=["state", "partner", "year"])  # fmt: skip
    ax = plot.heatmap(pd.Series([0.0, NAN, 1.0, 0.0], index=index), partners="P", order="name")
    assert_array_equal(cells(ax).mask, [[False, True], [False, False]])


def test_similarity_orders_and_keeps_the_values(result: Any) -> None:
    like = poles.likeness(result, year=2012)
    like.loc["ALB", "CUB"] = like.loc["CUB", "ALB"] = NAN
    ax = plot.similarity(like)
    names = rows_of(ax)
    assert sorted(names) == list(like.index)
    assert_array_equal(cells(ax).filled(NAN), like.loc[names, names])
    assert [label.get_text() for label in ax.get_xticklabels()] == names
    given = plot.similarity(like, order="given", states=["DNK", "ALB"])
    assert rows_of(given) == ["DNK", "ALB"]


def test_states_that_are_alike_stand_together() -> None:
    names = list("ADBECF")
    team = np.array([name in "ABC" for name in names])
    values = np.where(team[:, None] == team, 0.9, 0.1)
    np.fill_diagonal(values, 1.0)
    ordered = rows_of(plot.similarity(pd.DataFrame(values, index=names, columns=names)))
    assert {frozenset(ordered[:3]), frozenset(ordered[3:])} == {frozenset("ABC"), frozenset("DEF")}


def test_a_similarity_matrix_of_several_periods() -> None:
    votes = pd.DataFrame({
        "year": [1, 1, 1, 1, 2, 2, 2, 2], "state": list("AABB") * 2, "rcid": [1, 2] * 4,
        "vote": [1, 1, 1, 3, 1, 3, 1, 3],
    })  # fmt: skip
    table = ai.similarity.dyads(votes, by="year", measures=["agreement"])
    matrix = ai.similarity.to_matrix(table, "agreement", diagonal=1)
    ax = plot.similarity(matrix, periods=1, label="agreement")
    assert_array_equal(cells(ax), [[1, 0.5], [0.5, 1]])
    with pytest.raises(ai.AlignIndexError, match="2 periods, from 1 to 2; choose one"):
        plot.similarity(matrix)


# --- one year ------------------------------------------------------------------------------------


def test_scores_with_bounds_and_draws(result: Any, sure: Any) -> None:
    ax = plot.scores(result, years=2012, partners="TUR", uncertainty=sure)
    table = result.scores.xs((2012, "TUR"), level=("year", "partner"))
    names = rows_of(ax)
    assert names[-1] == "DNK"  # no score
    assert table.loc[names, "score"].dropna().is_monotonic_decreasing
    (dots,) = of(ax, "score")
    assert isinstance(dots, PathCollection)
    offsets = np.ma.masked_array(dots.get_offsets()).filled(NAN)
    assert_array_equal(offsets[:, 0], table.loc[names, "score"])
    assert_array_equal(segments(of(ax, "bounds")[0]), table.loc[names, ["low", "high"]])
    drawn = sure.scores.xs((2012, "TUR"), level=("year", "partner")).loc[names, ["q05", "q95"]]
    assert drawn.iloc[3].isna().all()
    assert_array_equal(segments(of(ax, "draws")[0]), drawn.iloc[:3])


def test_ranks_with_intervals(sure: Any) -> None:
    ax = plot.ranks(sure, years=2012, partners="TUR")
    names = rows_of(ax)
    table = sure.ranks.xs((2012, "TUR"), level=("year", "partner")).loc[names]
    (dots,) = of(ax, "rank")
    assert_array_equal(np.ma.masked_array(dots.get_offsets()).filled(NAN)[:3, 0],
                       table["nominal"].iloc[:3])  # fmt: skip
    assert_array_equal(segments(of(ax, "draws")[0]), table[["q05", "q95"]].iloc[:3])
    assert np.isnan(table["nominal"].iloc[3])


def test_the_network_has_the_scores_that_reach_the_threshold(result: Any) -> None:
    score = result.scores["score"].xs(2004, level="year")
    least = float(np.sort(score.dropna())[4])  # one of the scores reaches it exactly
    ax = plot.network(result, years=2004, min_score=least)
    ties = {p.get_gid(): p.get_linewidth() for p in ax.patches}
    wanted = {f"tie {s}–{p}" for (s, p), value in score.items() if value >= least}
    wanted |= {f"unknown {s}–{p}" for (s, p), value in score.items() if np.isnan(value)}
    assert set(ties) == wanted
    assert any(name.startswith("unknown") for name in wanted)
    known = [(s, p) for s, p in score.index if f"tie {s}–{p}" in ties]
    widths = [ties[f"tie {s}–{p}"] for s, p in known]
    assert_array_equal(np.argsort(widths), np.argsort(score.loc[known]))


def test_the_network_is_the_same_every_time(result: Any) -> None:
    def places(layout: Any) -> list[tuple[float, float]]:
        ax = plot.network(result, years=2004, layout=layout)
        return [text.xy for text in ax.texts if str(text.get_gid()).startswith("node")]

    assert places("ring") == places("ring")
    pytest.importorskip("networkx")
    pytest.importorskip("scipy")
    assert places("kamada_kawai") == places("kamada_kawai")


# --- one score -----------------------------------------------------------------------------------


def captions(ax: Axes) -> list[str]:
    found = ax.figure.findobj(lambda artist: artist.get_gid() == "caption")
    return [" ".join(text.get_text().split()) for text in found]


def bars(ax: Axes, gid: str) -> list[Any]:
    return [patch for patch in ax.patches if str(patch.get_gid()).startswith(gid)]


def test_contributions_lie_end_to_end_up_to_the_score(result: Any) -> None:
    key = ("BOL", "USA", 2006)
    ax = plot.contributions(result, state="BOL", partner="USA", year=2006)
    drawn = {patch.get_gid()[5:]: (patch.get_x(), patch.get_width()) for patch in bars(ax, "part")}
    parts = result.contributions.loc[key].dropna()
    assert_allclose([width for _, width in drawn.values()], parts, rtol=0, atol=1e-15)
    assert list(drawn) == list(parts.index) == ["arms", "bases"]
    ends = [x + width for x, width in drawn.values()]
    assert_allclose([0, ends[0]], [x for x, _ in drawn.values()], rtol=0, atol=1e-15)
    assert_allclose(ends[-1], result.scores.at[key, "score"], rtol=0, atol=1e-15)
    (mark,) = of(ax, "score")
    assert mark.get_xdata()[0] == result.scores.at[key, "score"]
    (hatch,) = bars(ax, "unknown")
    assert hatch.get_gid() == "unknown votes"
    # By hand: votes weigh 1 beside the 2 of the node, so they can add a third, and no more.
    assert_allclose([hatch.get_x(), hatch.get_width()], [0, 1 / 3], rtol=0, atol=1e-15)
    assert {t.get_gid(): t.get_text() for t in ax.texts}["code votes"] == "unknown"
    (words,) = captions(ax)
    assert (
        "as wide as what it could add with its full weight; parts that are not counted start"
        in words
    )
    assert_array_equal(segments(of(ax, "bounds")[0])[0], result.scores.loc[key, ["low", "high"]])


def test_contributions_below_a_geometric_mean_start_at_one(result: Any) -> None:
    content = result.spec.model_dump(mode="json", exclude_none=True)
    spec = ai.IndexSpec.from_dict(content | {"aggregation": "geometric"})
    other = ai.score(result.panel, spec)
    ax = plot.contributions(other, state="DNK", partner="USA", year=2000)
    drawn = bars(ax, "part")
    assert drawn[0].get_x() == 1.0
    end = drawn[-1].get_x() + drawn[-1].get_width()
    assert_allclose(end, other.scores.at[("DNK", "USA", 2000), "score"], rtol=0, atol=1e-12)


def test_a_score_that_is_not_there_says_so(result: Any) -> None:
    ax = plot.contributions(result, state="BOL", partner="RUS", year=2004)
    (words,) = of(ax, "value")
    assert words.get_text() == "no score"
    assert bars(ax, "part") == []
    widths = [patch.get_width() for patch in bars(ax, "unknown")]
    assert_allclose(widths, [2 / 3 * 1 / 4, 2 / 3 * 3 / 4, 1 / 3], rtol=0, atol=1e-15)


def held_at_the_least(aggregation: str) -> Any:
    """Two indicators of equal weight; one y is known, so that its code is 0.5 at least."""
    index = pd.MultiIndex.from_product([["ALB"], ["USA"], range(2000, 2002)],
                                       names=["state", "partner", "year"])  # fmt: skip
    panel = pd.DataFrame({"x": [0.1, 0.1], "y": [1.0, np.nan]}, index=index)
    rule = {"kind": "thresholds", "cuts": [1, 2], "codes": [0, 0.5, 1]}
    window = {"kind": "trailing_sum", "years": 2}
    spec = {
        "schema_version": 1, "name": "held", "fidelity": "illustrative",
        "missing": "renormalise", "aggregation": aggregation,
        "indicators": [
            {"name": "x", "columns": ["x"], "rule": {"kind": "identity"}},
            {"name": "y", "columns": ["y"], "rule": rule, "window": window},
        ],
    }  # fmt: skip
    return ai.score(panel, ai.IndexSpec.from_dict(spec))


def test_an_unknown_code_that_is_counted_is_hatched_from_its_least_to_its_greatest() -> None:
    ax = plot.contributions(held_at_the_least("mean"), state="ALB", partner="USA", year=2001)
    texts = {text.get_gid(): text.get_text() for text in ax.texts}
    assert texts["code y"] == "+0.250 · 0.5 at least"
    (hatch,) = bars(ax, "unknown")
    # x adds 0.05; y adds 0.25 at least and 0.5 at most.
    assert_allclose([hatch.get_x(), hatch.get_width()], [0.3, 0.25], rtol=0, atol=1e-15)
    (words,) = captions(ax)
    assert words.count("full weight.") == 1


def test_the_hatching_claims_no_width_where_parts_are_not_weight_times_code() -> None:
    ax = plot.contributions(held_at_the_least("geometric"), state="ALB", partner="USA", year=2001)
    (hatch,) = bars(ax, "unknown")
    assert (hatch.get_x(), hatch.get_width()) == (0.0, 1.0)
    (words,) = captions(ax)
    assert "Hatched rows: unknown." in words


def test_a_bump_says_how_equal_scores_are_ranked(result: Any) -> None:
    (words,) = captions(plot.bump(result, partners="USA"))
    assert "Equal scores share the better rank." in words


def test_the_tree_shows_every_part_with_its_share(result: Any) -> None:
    ax = plot.tree(result)
    texts = {text.get_gid(): text.get_text() for text in ax.texts}
    weights = {name[7:]: float(text) for name, text in texts.items() if name.startswith("weight")}
    assert weights == {"force": 0.67, "votes": 0.33, "arms": 0.25, "bases": 0.75}
    assert texts["part "] == "invented\nmean"
    assert texts["part bases"] == "bases\nidentity"
    widths = {line.get_gid(): line.get_linewidth() for line in ax.get_lines()}
    assert widths["branch bases"] > widths["branch arms"]


def test_weights_that_do_not_count_are_not_shown(result: Any) -> None:
    content = result.spec.model_dump(mode="json", exclude_none=True)
    content["nodes"][0]["aggregation"] = "min"
    texts = {t.get_gid(): t.get_text() for t in plot.tree(ai.IndexSpec.from_dict(content)).texts}
    assert texts["weight bases"] == texts["weight arms"] == ""
    assert texts["weight force"] == "0.67"


def test_sensitivity_bars_and_intervals(effects: Any) -> None:
    ax = plot.sensitivity(effects)
    table = effects.effects.droplevel(["state", "partner", "year"])
    names = rows_of(ax)
    assert table.loc[names, "total"].is_monotonic_decreasing
    for kind in ("first", "total"):
        (group,) = [c for c in ax.containers if c.patches[0].get_gid() == kind]
        assert_array_equal([bar.get_width() for bar in group.patches], table.loc[names, kind])
        (interval,) = of(ax, f"{kind} interval")
        assert_array_equal(segments(interval), table.loc[names, [f"{kind}_lower", f"{kind}_upper"]])


def test_effects_of_one_output_among_several(result: Any) -> None:
    choices = [robustness.drop_one(result.spec)]
    found = robustness.factorial(result, choices)
    ax = plot.sensitivity(found, of=("ALB", "TUR", 2001))
    (group,) = [c for c in ax.containers if c.patches[0].get_gid() == "shapley"]
    key = found.effects.loc[("ALB", "TUR", 2001)]
    assert_array_equal([bar.get_width() for bar in group.patches], key["shapley"])
    with pytest.raises(ai.AlignIndexError, match=r"of \d+ outputs; choose one with of="):
        plot.sensitivity(found)
    with pytest.raises(ai.AlignIndexError, match="did you mean 'ALB'"):
        plot.sensitivity(found, of=("ALL", "TUR", 2001))
