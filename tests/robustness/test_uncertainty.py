from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import alignindex as ai
from alignindex import robustness
from alignindex.base.errors import AlignIndexError, PanelError, SpecError
from alignindex.kernels.robustness import draws as kernels
from alignindex.robustness.draws import cells as facts
from benchmarks.twins import robustness as slow


def make_spec(k: int = 3, **changes) -> ai.IndexSpec:
    content = {
        "schema_version": 1,
        "name": "invented",
        "fidelity": "illustrative",
        "missing": "renormalise",
        "indicators": tuple(
            {
                "name": f"x{j}",
                "columns": (f"x{j}",),
                "rule": {"kind": "thresholds", "cuts": [1, 2], "codes": [0.0, 0.5, 1.0]},
            }
            for j in range(k)
        ),
    }
    return ai.IndexSpec(**{**content, **changes})


def make_panel(states: int = 6, years: int = 5, k: int = 3, seed: int = 0, holes: float = 0.15):
    rng = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product(
        [[f"S{i}" for i in range(states)], ["P", "Q"], range(2000, 2000 + years)],
        names=["state", "partner", "year"],
    )
    values = rng.integers(0, 3, (len(index), k)).astype(float)
    values[rng.random(values.shape) < holes] = np.nan
    return pd.DataFrame(values, index=index, columns=[f"x{j}" for j in range(k)])


@pytest.fixture(scope="module")
def result():
    return ai.score(make_panel(), make_spec())


def same(a: robustness.Uncertainty, b: robustness.Uncertainty) -> None:
    for name in ("scores", "ranks", "groups"):
        pd.testing.assert_frame_equal(getattr(a, name), getattr(b, name), check_exact=True)


def test_the_summaries_are_those_of_the_draws(result):
    sure = robustness.uncertainty(
        result, draws=300, rng=3, keep_draws=True, thresholds=[0.5], top=[1, 2], ties="average"
    )
    draws = sure.draws
    assert draws.shape == (300, len(result.scores))
    np.testing.assert_allclose(
        sure.scores[["q05", "q50", "q95"]].T, np.nanquantile(draws, [0.05, 0.5, 0.95], axis=0)
    )
    np.testing.assert_allclose(sure.scores["mean"], draws.mean(axis=0))
    np.testing.assert_allclose(sure.scores["sd"], draws.std(axis=0), atol=1e-12)
    np.testing.assert_allclose(sure.scores["above_0.5"], (draws > 0.5 + 1e-11).mean(axis=0))
    pd.testing.assert_series_equal(
        sure.scores["nominal"], result.scores["score"], check_names=False
    )
    year, partner = (result.scores.index.get_level_values(n) for n in ("year", "partner"))
    rows = np.flatnonzero((year == 2002) & (partner == "Q"))
    ranks = slow.rank_draws(draws[:, rows].T, np.ones(len(rows)), "average")
    for name, p in (("q05", 0.05), ("q50", 0.5), ("q95", 0.95)):
        expected = [slow.rank_quantile(row, p) for row in ranks]
        np.testing.assert_array_equal(sure.ranks[name].iloc[rows], expected)
    np.testing.assert_allclose(sure.ranks["top_2"].iloc[rows], (ranks <= 2).mean(axis=1))
    nominal = slow.rank_draws(
        result.scores["score"].to_numpy()[rows][:, None], np.ones(len(rows)), "average"
    )
    np.testing.assert_array_equal(sure.ranks["nominal"].iloc[rows], nominal[:, 0])
    group = sure.groups.loc[("Q", 2002)]
    assert group["order_kept"] == (ranks == nominal).all(axis=0).mean()
    assert group["mean_rank_change"] == pytest.approx(np.abs(ranks - nominal).mean())


@pytest.mark.parametrize("within", [("partner", "year"), ()])
@pytest.mark.parametrize("memory", [0.02, 0.2, 5])
def test_bits_do_not_depend_on_the_memory_budget(result, memory, within):
    options = {"draws": 200, "rng": 11, "within": within, "coders": confusion()}
    same(
        robustness.uncertainty(result, memory=memory, **options),
        robustness.uncertainty(result, memory=512, **options),
    )


def test_bits_do_not_depend_on_the_blocks(result, monkeypatch):
    from alignindex.robustness.draws import sampler

    before = robustness.uncertainty(result, draws=100, rng=1, coders=confusion())
    monkeypatch.setattr(sampler, "BLOCK", 64)
    monkeypatch.setattr(sampler, "DRAW_BLOCK", 7)
    monkeypatch.setattr(sampler, "CACHED", 300)
    same(before, robustness.uncertainty(result, draws=100, rng=1, coders=confusion()))


def test_the_same_seed_gives_the_same_bits_and_another_does_not(result):
    one, two = (robustness.uncertainty(result, draws=100, rng=5) for _ in range(2))
    same(one, two)
    other = robustness.uncertainty(result, draws=100, rng=6)
    assert (other.scores["mean"] != one.scores["mean"]).any()
    generator = np.random.default_rng(5)
    same(one, robustness.uncertainty(result, draws=100, rng=generator))


def test_kept_draws_are_those_that_are_drawn_again(result):
    sure = robustness.uncertainty(result, draws=50, rng=2, keep_draws=True, coders=confusion())
    np.testing.assert_array_equal(sure.sample(), sure.draws)
    keys = [("S3", "Q", 2001), ("S0", "P", 2004)]
    place = result.scores.index.get_indexer(pd.MultiIndex.from_tuples(keys))
    np.testing.assert_array_equal(sure.sample(keys), sure.draws[:, place])


def test_fixed_inputs_give_the_nominal_scores_in_every_draw(result):
    sure = robustness.uncertainty(
        result, draws=5, weights=None, missing=None, rng=1, keep_draws=True
    )
    expected = np.tile(result.scores["score"], (5, 1))
    np.testing.assert_allclose(sure.draws, expected, atol=1e-15)
    assert (sure.groups["order_kept"] == 1).all()
    assert (sure.groups["mean_rank_change"] == 0).all()


def test_unknown_codes_stay_within_the_bounds_of_the_score(result):
    for rule in ("admissible", "hot_deck"):
        sure = robustness.uncertainty(
            result, draws=200, weights=None, missing=rule, rng=1, keep_draws=True
        )
        assert (sure.draws >= result.scores["low"].to_numpy() - 1e-12).all()
        assert (sure.draws <= result.scores["high"].to_numpy() + 1e-12).all()


def test_a_spell_of_unknown_years_is_one_fact():
    panel = make_panel(holes=0.0)
    panel.loc[("S1", "P", 2001) : ("S1", "P", 2003), "x0"] = np.nan
    result = ai.score(panel, make_spec(1))
    sure = robustness.uncertainty(result, draws=400, weights=None, rng=1)
    a, b, c = sure.sample([("S1", "P", y) for y in (2001, 2002, 2003)]).T
    np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(b, c)
    values, counts = np.unique(a, return_counts=True)
    assert values.tolist() == [0.0, 0.5, 1.0]
    assert (np.abs(counts - 400 / 3) < 4 * np.sqrt(400 * 2 / 9)).all()
    gap = sure.difference(2001, 2003).loc[("S1", "P")]
    assert gap["q05"] == gap["q95"] == 0


def confusion() -> dict[str, pd.DataFrame]:
    codes = [0.0, 0.5, 1.0]
    table = [[0.8, 0.2, 0.0], [0.1, 0.8, 0.1], [0.0, 0.3, 0.7]]
    return {"x1": pd.DataFrame(table, index=codes, columns=codes)}


def test_a_coding_error_hits_a_spell():
    panel = make_panel(holes=0.0)
    panel.loc[("S1", "P"), "x1"] = [0.0, 0.0, 2.0, 2.0, 2.0]
    result = ai.score(panel[["x1"]], make_spec(2).model_copy(
        update={"indicators": make_spec(2).indicators[1:]}))  # fmt: skip
    sure = robustness.uncertainty(
        result, draws=300, weights=None, missing=None, coders=confusion(), rng=1
    )
    years = sure.sample([("S1", "P", y) for y in range(2000, 2005)])
    np.testing.assert_array_equal(years[:, 0], years[:, 1])
    np.testing.assert_array_equal(years[:, 2], years[:, 4])
    assert len(np.unique(years[:, 0])) > 1
    assert abs(np.corrcoef(years[:, 0], years[:, 2])[0, 1]) < 0.25
    labels = pd.DataFrame({"x1": "one"}, index=panel.index)
    labels.loc[("S1", "P", 2004), "x1"] = "another"
    apart = robustness.uncertainty(
        result, draws=300, weights=None, missing=None, coders=confusion(), facts=labels, rng=1
    ).sample([("S1", "P", y) for y in (2003, 2004)])
    assert (apart[:, 0] != apart[:, 1]).any()


def test_the_posterior_of_a_code_is_that_of_bayes():
    """Shares of true codes 0.5/0.5, errors 0.2: the given shares are 0.5/0.5, P(true|given) 0.8."""
    index = pd.MultiIndex.from_product([[f"S{i}" for i in range(10)], ["P"], [2000]],
                                       names=["state", "partner", "year"])  # fmt: skip
    panel = pd.DataFrame({"x0": [0.0] * 5 + [2.0] * 5}, index=index)
    spec = make_spec(1)
    table = pd.DataFrame([[0.8, 0.2], [0.2, 0.8]], index=[0.0, 1.0], columns=[0.0, 1.0])
    sure = robustness.uncertainty(
        ai.score(panel, spec), draws=4000, weights=None, coders={"x0": table}, rng=1
    )
    expected = np.array([0.2] * 5 + [0.8] * 5)
    np.testing.assert_allclose(sure.scores["mean"], expected, atol=4 * 0.4 / np.sqrt(4000))


def test_category_probabilities_stand_in_for_an_unknown_code():
    panel = make_panel(holes=0.0)
    panel.loc[("S0", "P", 2001), "x0"] = np.nan
    result = ai.score(panel, make_spec(1, missing="propagate"))
    chance = pd.DataFrame([[0.25, 0.75]], columns=[0.0, 1.0],
                          index=result.scores.index[[1]])  # fmt: skip
    sure = robustness.uncertainty(
        result, draws=2000, weights=None, missing=None, coders={"x0": chance}, rng=1
    )
    assert np.isnan(result.scores["score"].iloc[1])
    assert sure.scores["mean"].iloc[1] == pytest.approx(0.75, abs=0.04)


def test_a_subset_of_dyads_has_the_same_draws(result):
    some = ai.score(make_panel().loc[["S1", "S4"]], make_spec())
    options = {"draws": 100, "rng": 4}
    whole = robustness.uncertainty(result, **options)
    part = robustness.uncertainty(some, **options)
    names = ["mean", "sd", "q05", "q95"]
    pd.testing.assert_frame_equal(
        part.scores[names], whole.scores.loc[["S1", "S4"], names], check_exact=True
    )


def test_completed_tables_are_taken_whole(result):
    filled = [result.codes.fillna(value) for value in (0.0, 1.0)]
    sure = robustness.uncertainty(
        result, draws=100, weights=None, missing=filled, rng=1, keep_draws=True
    )
    ends = [table.mean(axis=1).to_numpy() for table in filled]
    for draw in sure.draws:
        assert any(np.allclose(draw, end) for end in ends)
    with pytest.raises(PanelError, match="must give a code in"):
        robustness.uncertainty(result, draws=5, missing=[result.codes])


def test_blank_scores_stay_blank():
    panel = make_panel(holes=0.5)
    result = ai.score(panel, make_spec(min_coverage=0.6))
    sure = robustness.uncertainty(result, draws=50, rng=1)
    np.testing.assert_array_equal(sure.scores["known"] == 0, result.scores["score"].isna())


def test_above_counts_ties_apart(result):
    sure = robustness.uncertainty(result, draws=200, rng=1, keep_draws=True)
    table = sure.above([(("S0", "P"), ("S1", "P")), (("S0", "P", 2001), ("S0", "P", 2001))])
    assert len(table) == 6
    index = result.scores.index
    i, j = (index.get_loc((s, "P", 2003)) for s in ("S0", "S1"))
    row = table[table["year_i"] == 2003].iloc[0]
    assert row["above"] == (sure.draws[:, i] > sure.draws[:, j] + 1e-11).mean()
    assert table.iloc[-1][["above", "tied"]].tolist() == [0.0, 1.0]


def test_alternatives_with_another_range_are_put_on_the_nominal_one():
    result = ai.score(make_panel(holes=0.0), make_spec())
    choice = robustness.Choice("how", {"mean": None, "sum": robustness.Aggregate("sum")})
    sure = robustness.uncertainty(
        result, draws=20, weights=None, alternatives=[choice], rng=1, keep_draws=True
    )
    np.testing.assert_allclose(sure.draws, np.tile(result.scores["score"], (20, 1)), atol=1e-14)


def test_every_alternative_is_honoured_in_every_analysis():
    """COINr ignores alternatives it was asked for (#60)."""
    result = ai.score(make_panel(), make_spec())
    choices = [
        robustness.Choice("agg", {"mean": None, "min": robustness.Aggregate("min")}),
        robustness.drop_one(result.spec),
    ]
    sure = robustness.uncertainty(
        result, draws=400, weights=None, missing=None, alternatives=choices, rng=1, keep_draws=True
    )
    found = robustness.factorial(result, choices)
    runs = {tuple(np.round(row, 9)) for row in found.outputs.fillna(-1).to_numpy()}
    seen = {tuple(np.round(row, 9)) for row in np.nan_to_num(sure.draws, nan=-1.0)}
    assert seen == runs
    assert len(runs) == 8


def test_weights_of_each_node_are_drawn_by_themselves():
    spec = make_spec(
        nodes=({"name": "hard"},),
        indicators=tuple(
            {**i.model_dump(), "parent": "hard" if j < 2 else ""}
            for j, i in enumerate(make_spec().indicators)
        ),
    )
    panel = make_panel(holes=0.0)
    result = ai.score(panel, spec)
    sure = robustness.uncertainty(
        result, draws=50, weights={"hard": robustness.Simplex()}, rng=1, keep_draws=True
    )
    codes = result.codes.to_numpy()
    for draw in sure.draws:
        least = (np.minimum(codes[:, 0], codes[:, 1]) + codes[:, 2]) / 2
        most = (np.maximum(codes[:, 0], codes[:, 1]) + codes[:, 2]) / 2
        assert (draw >= least - 1e-12).all()
        assert (draw <= most + 1e-12).all()
    equal = codes[:, 0] == codes[:, 1]
    assert sure.scores["sd"].to_numpy()[equal].max() < 1e-12
    assert sure.scores["sd"].to_numpy()[~equal].min() > 0.01


def test_one_large_group_needs_no_more_than_the_budget():
    import tracemalloc

    panel = make_panel(states=400, years=10, holes=0.0)
    result = ai.score(panel, make_spec())
    tracemalloc.start()
    robustness.uncertainty(result, draws=2000, rng=1, memory=16, within=())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 32 * 2**20  # 8,000 x 2,000 scores alone are 122 MiB; tables and panel come on top


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"draws": 0}, "at least 1"),
        ({"quantiles": [5]}, r"quantiles .* got 5"),
        ({"top": [0]}, "whole numbers from 1"),
        ({"memory": 0}, "budget in MiB"),
        ({"within": ["partners"]}, "did you mean 'partner'"),
        ({"ties": "dense"}, "ties takes"),
        ({"missing": "hotdeck"}, "did you mean 'hot_deck'"),
        ({"missing": []}, "completed code tables"),
        ({"coders": {"x9": None}}, "coders names indicator 'x9'"),
        ({"coders": {"x1": 3}}, "must be a DataFrame"),
        ({"weights": 0.5}, "weights takes Dirichlet"),
        ({"weights": {"hard": robustness.Simplex()}}, "names node 'hard'"),
        ({"weights": robustness.Ranges({"x7": (0.5, 2)})}, "Ranges names 'x7'"),
        ({"draws": 10_000, "keep_draws": True, "memory": 1}, "raise memory="),
    ],
)
def test_a_wrong_option_is_named(result, options, message):
    with pytest.raises(AlignIndexError, match=message):
        robustness.uncertainty(result, **{"draws": 5, **options})


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ([[0.9, 0.2], [0.1, 0.9]], "sum to 1"),
        ([[0.9, 0.1], [0.1, 0.9]], "lacks"),
    ],
)
def test_a_wrong_confusion_matrix_is_named(result, table, message):
    frame = pd.DataFrame(table, index=[0.0, 1.0], columns=[0.0, 1.0])
    with pytest.raises(SpecError, match=message):
        robustness.uncertainty(result, draws=5, coders={"x0": frame})


def test_facts_have_independent_streams(result):
    sure = robustness.uncertainty(result, draws=10, rng=1)
    labels = [
        cells.label(cell)
        for cells in sure._sampler.made.values()
        for cell in np.unique(cells.fact[cells.fact >= 0])
    ]
    assert len(labels) > 10
    assert len(labels) == len(set(labels))
    keys = {facts.key_of(b"k", label).tobytes() for label in labels}
    assert len(keys) == len(labels)
    assert kernels.uniforms(facts.key_of(b"k", labels[0]), 3).shape == (3,)


def test_the_hot_deck_takes_the_nearest_donors_within_the_bounds():
    panel = make_panel(holes=0.0)
    panel.loc[("S1", "P"), "x0"] = [0.0, 2.0, np.nan, np.nan, 2.0]
    panel.loc[("S2", "Q"), "x0"] = np.nan  # no donor of its own: those of its partner
    result = ai.score(panel, make_spec(1))
    sure = robustness.uncertainty(result, draws=600, weights=None, missing="hot_deck", rng=1)
    values, counts = np.unique(sure.sample([("S1", "P", 2002)]), return_counts=True)
    assert values.tolist() == [0.0, 1.0]
    assert abs(counts[1] - 400) < 4 * np.sqrt(600 * 2 / 9)
    partner = result.codes["x0"].xs("Q", level="partner").dropna()
    mean = sure.sample([("S2", "Q", 2000)]).mean()
    assert mean == pytest.approx(partner.mean(), abs=4 * partner.std() / np.sqrt(600))


def test_rows_that_differ_nominally_alone_keep_their_own_nominal_rank():
    """No draw takes the nominal rule: all rows are alike in every draw, and still apart before."""
    panel = make_panel(holes=0.0)
    result = ai.score(panel, make_spec(1))
    one = {"kind": "thresholds", "cuts": [1.0], "codes": [1.0, 1.0]}
    two = {"kind": "thresholds", "cuts": [1.0], "codes": [0.5, 0.5]}
    choice = robustness.Choice(
        "rule",
        {"a": robustness.Replace("x0", rule=one), "b": robustness.Replace("x0", rule=two)},
    )
    sure = robustness.uncertainty(result, draws=20, weights=None, alternatives=[choice], within=())
    score = result.scores["score"]
    assert score.nunique() > 1
    pd.testing.assert_series_equal(sure.scores["nominal"], score, check_names=False)
    expected = score.rank(method="min", ascending=False)
    pd.testing.assert_series_equal(sure.ranks["nominal"], expected, check_names=False)
    assert sure.seed == 0
    assert sure.to_frame() is sure.scores


def test_fresh_entropy_is_recorded_and_gives_the_same_draws_again(result):
    fresh = robustness.uncertainty(result, draws=10, rng=None)
    same(fresh, robustness.uncertainty(result, draws=10, rng=fresh.seed))
    assert fresh.seed > 2**32
    assert robustness.uncertainty(result, draws=2, rng=np.random.default_rng(1)).seed is None
