"""Indices side by side: hand-worked pairs, what is refused, what is said, what is written."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import alignindex as ai
from alignindex.base.errors import AlignIndexError, OutputError, PanelError, SpecError
from alignindex.comparison.pairs import compares, items, scale_of

KEYS = ["state", "partner", "year"]


def spec(name: str, columns: dict[str, str], **options: object) -> ai.IndexSpec:
    """Make a spec that reads the columns as they are; `columns` maps indicators to them."""
    weights = options.pop("weights", {})
    return ai.IndexSpec.from_dict(
        {
            "schema_version": 1,
            "name": name,
            "fidelity": "illustrative",
            "missing": "renormalise",
            "indicators": [
                {
                    "name": n,
                    "columns": [c],
                    "rule": {"kind": "identity"},
                    "weight": weights.get(n, 1.0),
                }
                for n, c in columns.items()
            ],
            **options,
        }
    )


def panel(rows: list[tuple[object, ...]], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[*KEYS, *columns]).set_index(KEYS).sort_index().astype(float)


@pytest.fixture
def hand() -> pd.DataFrame:
    """Four states, one partner and year, the last without the second raw value."""
    rows = [
        ("A", "P", 2000, 1.0, 0.0, 0.2),
        ("B", "P", 2000, 0.5, 0.5, 0.8),
        ("C", "P", 2000, 0.0, 1.0, 0.8),
        ("D", "P", 2000, 0.4, np.nan, np.nan),
    ]
    return panel(rows, ["x", "y", "z"])


XY = spec("xy", {"x": "x", "y": "y"}, scale=[-100, 100])
XZ = spec("xz", {"arms": "x", "z": "z"}, missing="propagate")


def test_scores_are_shares_of_the_way_from_least_to_greatest(hand):
    found = ai.compare([XY, XZ], panel=hand)
    assert found.results["xy"].scores["score"].tolist() == pytest.approx([0, 0, 0, -20])
    assert found.scores["xy"].tolist() == pytest.approx([0.5, 0.5, 0.5, 0.4])
    assert found.scores["xz"].tolist()[:3] == pytest.approx([0.6, 0.65, 0.4])
    assert np.isnan(found.scores["xz"].iloc[3])
    assert found.specs.loc["xy", ["minimum", "maximum", "scored"]].tolist() == [-100, 100, 4]
    assert found.specs["partners"].tolist() == ["P", "P"]


def test_ranks_tie_and_are_those_of_each_spec_alone_while_a_pair_ranks_what_both_score(hand):
    found = ai.compare([XY, XZ], panel=hand)
    assert found.ranks["xy"].tolist() == [1, 1, 1, 4]
    assert found.ranks["xz"].tolist()[:3] == [2, 1, 3]
    assert found.percentiles["xy"].tolist() == [2.5 / 4, 2.5 / 4, 2.5 / 4, 0.5 / 4]
    pair = found.pair("xy", "xz")
    assert pair.index.get_level_values("state").tolist() == ["A", "B", "C"]
    assert pair["first_rank"].tolist() == [1, 1, 1]
    assert pair["first_percentile"].tolist() == [0.5, 0.5, 0.5]
    assert pair["of"].tolist() == [3, 3, 3]
    assert found.correlations.loc[("xy", "xz"), ["n", "groups", "clusters"]].tolist() == [3, 1, 3]


def test_the_excess_is_split_by_hand(hand):
    found = ai.compare([XY, XZ], panel=hand)
    pair = found.pair("xy", "xz")
    assert pair["difference"].tolist() == pytest.approx([-0.1, -0.15, 0.1])
    assert pair["typical"].tolist() == pytest.approx([-0.05] * 3)
    assert pair["excess"].tolist() == pytest.approx([-0.05, -0.1, 0.15])
    parts = found.attribution("xy", "xz")
    # x is read by both with weight 1/2: nothing. y: (c - 1/2) / 2. z: -(c - 0.6) / 2.
    assert parts.columns.tolist() == ["x + arms", "y", "z", "composition"]
    assert parts["x + arms"].tolist() == pytest.approx([0, 0, 0], abs=1e-15)
    assert parts["y"].tolist() == pytest.approx([-0.25, 0, 0.25])
    assert parts["z"].tolist() == pytest.approx([0.2, -0.1, -0.1])
    assert parts["composition"].tolist() == pytest.approx([0, 0, 0], abs=1e-15)


def test_an_unknown_indicator_is_composition_and_no_low_code():
    rows = [("A", "P", 2000, 0.4, 0.9), ("B", "P", 2000, 0.4, 0.7), ("C", "P", 2000, 0.4, np.nan)]
    table = panel(rows, ["x", "y"])
    parts = ai.compare([XY, spec("x", {"x": "x"})], panel=table).attribution("xy", "x")
    # Differences 0.25, 0.15, 0; the third has no y, which would have lifted it as it lifts others.
    assert parts["y"].tolist() == pytest.approx([0.05, -0.05, 0.0])
    assert parts["x"].tolist() == pytest.approx([0, 0, 0], abs=1e-15)
    assert parts["composition"].tolist() == pytest.approx([0.2 / 3, 0.2 / 3, -0.4 / 3])


def test_disagreements_stand_largest_first_with_their_cause(hand):
    found = ai.compare([XY, XZ], panel=hand)
    table = found.disagreements(top=2)
    assert [key[2] for key in table.index] == ["C", "B"]
    assert table["cause"].tolist() == ["y", "z"]
    assert table["part"].tolist() == pytest.approx([0.25, -0.1])
    assert len(found.disagreements(top=None)) == 3
    turned = found.disagreements(top=1, first="xz", second="xy")
    assert turned["excess"].item() == pytest.approx(-0.15)
    assert turned["part"].item() == pytest.approx(-0.25)
    assert turned[["first_score", "second_score"]].to_numpy().tolist() == [[0.4, 0.5]]
    assert (turned["first_rank"].item(), turned["second_rank"].item()) == (3, 1)


def test_disagreements_by_dyad_are_means_over_its_years():
    rows = [(s, "P", y, v, w) for y, shift in ((2000, 0.0), (2001, 0.2))
            for s, v, w in (("A", 0.2 + shift, 0.5), ("B", 0.1, 0.9), ("C", 0.6, 0.1))]  # fmt: skip
    found = ai.compare(
        [spec("x", {"x": "x"}), spec("y", {"y": "y"})], panel=panel(rows, ["x", "y"])
    )
    by_dyad = found.disagreements(top=None, by="dyad").droplevel(["first", "second"])
    single = found.pair("x", "y")["excess"].groupby(["state", "partner"]).mean()
    assert by_dyad["excess"].sort_index().tolist() == pytest.approx(single.tolist())
    assert by_dyad["years"].tolist() == [2, 2, 2]
    # Mean differences: A -0.2, B -0.8, C 0.5; their mean is -1/6.
    assert by_dyad.index.tolist() == [("C", "P"), ("B", "P"), ("A", "P")]
    assert by_dyad["excess"].tolist() == pytest.approx([0.5 + 1 / 6, -0.8 + 1 / 6, -0.2 + 1 / 6])


def test_without_groups_the_correlations_are_those_of_scipy():
    table = ai.load_panel("post_soviet")
    found = ai.compare(["erkomaishvili2019", "erkomaishvili2019-kappa"], panel=table, within=())
    shared = found.scores.dropna().round(9)
    row = found.correlations.iloc[0]
    assert row["n"] == len(shared)
    assert row["spearman"] == pytest.approx(stats.spearmanr(*shared.to_numpy().T)[0], abs=1e-12)
    assert row["kendall"] == pytest.approx(stats.kendalltau(*shared.to_numpy().T)[0], abs=1e-12)


def test_the_interval_holds_its_estimate_widens_with_its_level_and_follows_the_seed():
    names = ["erkomaishvili2019", "erkomaishvili2019-kappa", "erkomaishvili2019-count"]

    def row(*specs: str, **options: object) -> pd.Series:
        found = ai.compare(specs, panel="post_soviet", draws=200, **options)
        return found.correlations.loc[(specs[0], specs[1])]

    narrow, wide = row(*names, rng=1, level=0.8), row(*names, rng=1, level=0.95)
    for name in ("spearman", "kendall"):
        assert wide[f"{name}_lower"] < narrow[f"{name}_lower"] < narrow[name]
        assert narrow[name] < narrow[f"{name}_upper"] < wide[f"{name}_upper"]
    assert row(*names[:2], rng=1, level=0.95).equals(wide)  # whatever else is compared
    assert not row(*names, rng=2, level=0.95).equals(wide)
    dyads = row(*names, rng=1, level=0.95, cluster="dyad")
    assert (wide["clusters"], dyads["clusters"]) == (18, 68)


def test_few_clusters_have_no_interval(hand):
    specs = [spec("x", {"x": "x"}), spec("y", {"y": "y"})]
    row = ai.compare(specs, panel=hand).correlations.iloc[0]
    ends = ["spearman_lower", "spearman_upper", "kendall_lower", "kendall_upper"]
    assert row[ends].isna().all()
    assert row[["spearman", "kendall"]].tolist() == pytest.approx([-1, -1])


def test_what_is_chosen_is_compared_and_windows_stay_whole():
    names = ["erkomaishvili2019", "erkomaishvili2019-kappa"]
    whole = ai.compare(names, panel="post_soviet")
    part = ai.compare(names, panel="post_soviet", partners=["RUS"], years=range(2005, 2010))
    rows = part.scores.index
    assert rows.get_level_values("partner").unique().tolist() == ["RUS"]
    assert sorted(rows.get_level_values("year").unique()) == [2005, 2006, 2007, 2008, 2009]
    pd.testing.assert_frame_equal(part.scores, whole.scores.loc[rows])
    pd.testing.assert_frame_equal(part.ranks, whole.ranks.loc[rows])
    assert ai.compare(names, panel="post_soviet", states="ARM", years=2013).scores.shape == (4, 2)


def test_results_of_unlike_panels_meet_on_what_both_have(hand):
    other = panel([("A", "P", 2000, 0.9), ("E", "P", 2000, 0.1), ("A", "P", 2001, 0.3)], ["x"])
    found = ai.compare(
        {"here": ai.score(hand, XY), "there": ai.score(other, spec("x", {"x": "x"}))}
    )
    assert len(found.scores) == 6
    assert found.pair("here", "there").index.tolist() == [("A", "P", 2000)]
    assert np.isnan(found.correlations["kendall"].item())
    assert found.correlations["groups"].item() == 0
    assert str(found).endswith("beyond the usual difference of the group: none")


def stages(name: str) -> ai.IndexSpec:
    return spec(name, {"x": "x", "y": "y"}, aggregation="stages", met=0.5, missing="propagate")


def test_stages_have_an_order_only(hand):
    assert scale_of(stages("s")) == "ordinal"
    assert compares(stages("s"), XY) == compares(stages("s"), stages("t")) == "order"
    found = ai.compare([stages("s"), XY], panel=hand)
    assert np.isnan(found.correlations["difference"].item())
    assert found.pair("s", "xy")[["difference", "typical", "excess"]].isna().all(axis=None)
    by_place = found.disagreements(measure="place")
    assert (by_place["cause"] == "").all()
    assert by_place["shift"].iloc[0] == by_place["shift"].abs().max()
    assert "only the order" in found.explain("A", "P", 2000)
    assert "largest disagreements in place" in found.summary()
    for refused in (
        lambda: found.disagreements(),
        lambda: found.disagreements(first="s", second="xy"),
        lambda: found.attribution("s", "xy"),
    ):
        with pytest.raises(AlignIndexError, match="only the order"):
            refused()


def test_a_score_between_two_poles_is_compared_by_its_order_and_with_its_like_in_full():
    rows = [(s, p, 2000, x) for s, a, b in (("A", 0.9, 0.1), ("B", 0.5, 0.6), ("C", 0.2, 0.8))
            for p, x in (("P", a), ("Q", b))]  # fmt: skip
    table = panel(rows, ["x"])
    tilt = {"name": "x", "columns": ["x", "x@Q"], "rule": {"kind": "tilt"}}
    between = spec("between", {"x": "x"}, poles=["P", "Q"], indicators=[tilt], scale=[0, 100])
    other = spec("other", {"x": "x"}, poles=["P", "Q"], indicators=[tilt | {"cut": 0.5}])
    plain = spec("plain", {"x": "x"})
    found = ai.compare([between, other, plain], panel=table)
    assert found.specs["scale"].tolist() == ["bipolar P–Q", "bipolar P–Q", "interval"]
    assert found.correlations["compares"].tolist() == ["scores", "order", "order"]
    # Tilts (1 + x - y) / 2: 0.9, 0.45, 0.2; at 0.5 they are cut to 1, 0, 0. Partner of both is P.
    shared = found.pair("between", "other")
    assert shared.index.get_level_values("partner").unique().tolist() == ["P"]
    assert shared["first_score"].tolist() == pytest.approx([0.9, 0.45, 0.2])
    assert shared["second_score"].tolist() == [1, 0, 0]
    parts = found.attribution("between", "other")
    assert parts["x"].tolist() == pytest.approx(shared["excess"].tolist())
    assert found.correlations.loc[("between", "plain"), "kendall"] == pytest.approx(1.0)


@pytest.mark.slow
def test_every_index_with_inputs_in_the_box_can_be_compared_with_every_other():
    names = [n for n in ai.list_specs().index if (ai.spec_inputs(n)["panel"] != "").all()]
    found = ai.compare(names, draws=2, rng=1)
    known = found.scores.notna()
    assert known.any().all()
    for (first, second), row in found.correlations.iterrows():
        assert row["n"] == (known[first] & known[second]).sum()
        if row["compares"] == "scores" and row["n"]:
            gap = found.attribution(first, second).sum(axis=1) - found.pair(first, second)["excess"]
            assert gap.abs().max() < 1e-12


def test_items_join_what_reads_one_column_or_has_one_name_and_leave_weight_0_out():
    one = spec("one", {"arms": "a", "votes": "v", "only": "o", "idle": "i"}, weights={"idle": 0.0})
    two = spec("two", {"weapons": "a", "votes": "kappa", "other": "i"})
    assert items(one, two) == {
        "arms + weapons": ([0], [0]),
        "votes": ([1], [1]),
        "only": ([2], []),
        "other": ([], [2]),
    }
    clash = spec("clash", {"composition": "c"})
    assert list(items(clash, spec("b", {"b": "b"}))) == ["composition (indicator)", "b"]


def test_words_say_fidelity_shared_rows_and_parts():
    names = ["erkomaishvili2019", "erkomaishvili2019-kappa"]
    found = ai.compare(names, panel="post_soviet", rng=1)
    text = str(found)
    assert text.count("reconstructed") == 2
    assert f"every index scores {len(found.pair(*names)):,} of them" in text
    told = found.explain("KAZ", "CHN", 2015)
    pair = found.pair(*names).loc[("KAZ", "CHN", 2015)]
    assert f"{pair['excess']:+.3f} beyond it" in told
    assert "un_votes" in told


def test_a_folder_holds_it_all(hand, tmp_path):
    found = ai.compare([XY, XZ], panel=hand, rng=1)
    folder = found.save(tmp_path / "out")
    assert sorted(p.name for p in folder.iterdir()) == [
        "correlations.csv", "coverage.csv", "disagreements.csv", "percentiles.csv",
        "provenance.json", "ranks.csv", "scores.csv", "spec-1.toml", "spec-2.toml", "specs.csv",
    ]  # fmt: skip
    scores = pd.read_csv(folder / "scores.csv", dtype=str)
    assert scores["xz"].map(float).equals(found.scores["xz"].reset_index(drop=True))
    told = json.loads((folder / "provenance.json").read_text())
    assert told["results"]["xy"]["spec"]["digest"] == XY.digest
    assert told["options"]["within"] == ["partner", "year"]
    assert ai.IndexSpec.from_toml((folder / "spec-2.toml").read_text()) == XZ
    with pytest.raises(OutputError, match="exists already"):
        found.save(folder)


BAD = [
    (lambda p: ai.compare("erkomaishvili2019", panel=p), SpecError, "a list of specs"),
    (lambda p: ai.compare([XY], panel=p), SpecError, r"two specs .* got \['xy'\]"),
    (lambda p: ai.compare([], panel=p), SpecError, "got none"),
    (lambda p: ai.compare([XY, XY], panel=p), SpecError, "more than one is called 'xy'.*mapping"),
    (lambda p: ai.compare([XY, 7], panel=p), SpecError, "names of bundled specs .* got int"),
    (lambda p: ai.compare([XY, "erkomaishvili"], panel=p), SpecError, "did you mean"),
    (lambda p: ai.compare([XY, XZ], panel=7), PanelError, "takes a DataFrame.*got int"),
    (lambda p: ai.compare([XY, XZ], panel=p[["x", "y"]]), PanelError, "'xz' cannot be scored.*'z'"),
    (
        lambda p: ai.compare([XY, XZ], panel=p, states=["Q"]),
        PanelError,
        "states: 'Q'",
    ),
    (lambda p: ai.compare([XY, XZ], panel=p, years=[1999]), PanelError, "2000 to 2000"),
    (lambda p: ai.compare([XY, XZ], panel=p, years=[]), PanelError, r"years.*got \[\]"),
    (lambda p: ai.compare([XY, XZ], panel=p, within=["yeer"]), AlignIndexError, "mean 'year'"),
    (lambda p: ai.compare([XY, XZ], panel=p, cluster="states"), AlignIndexError, "mean 'state'"),
    (lambda p: ai.compare([XY, XZ], panel=p, level=90), AlignIndexError, "between 0 and 1.*90"),
    (lambda p: ai.compare([XY, XZ], panel=p, draws=1), AlignIndexError, "at least 2"),
    (lambda p: ai.compare([XY, XZ], panel=p, level="0.9"), AlignIndexError, "level .*got '0.9'"),
    (
        lambda p: ai.compare([XY, XZ], panel=p, draws=100.5),
        AlignIndexError,
        "draws must be a whole number of at least 2; got 100.5",
    ),
    (lambda p: ai.compare([XY, XZ], panel=p, draws="10"), AlignIndexError, "got '10'"),
    (lambda p: ai.compare([XY, XZ], panel=p, rng="a"), AlignIndexError, "a seed.*got 'a'"),
    (lambda p: ai.compare([XY, XZ], panel=p, rng=-1), AlignIndexError, "a seed.*got -1"),
    (lambda p: ai.compare([XY, XZ], panel=p, within=5), AlignIndexError, "list of state.*got 5"),
    (lambda p: ai.compare([XY, XZ], panel=p, within=None), AlignIndexError, "or .. for all"),
    (
        lambda p: ai.compare([XY, XZ], panel=p, cluster=["state"]),
        AlignIndexError,
        r"cluster takes state or dyad; got \['state'\]",
    ),
    (
        lambda p: ai.compare([XY, XZ], panel=p, years=2015.0),
        PanelError,
        "years takes.*got 2015.0",
    ),
    (lambda p: ai.compare([XY, XZ], panel=p, years=["2000"]), PanelError, "years takes.*'2000'"),
    (
        lambda p: ai.compare([XY, XZ], panel=p, states=[["A"]]),
        PanelError,
        r"states: \['A'\]",
    ),
    (lambda p: ai.compare([XY, XZ], panel=p, partners=3.5), PanelError, "partners: 3.5"),
    (
        lambda p: ai.compare([XY, XZ], panel=p, states=["D"]),
        PanelError,
        "no two of the specs score a common dyad-year: 'xy' scores 2000–2000 with P; 'xz' has no",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD)
def test_what_cannot_be_compared_is_refused_with_a_mend(hand, call, error, message):
    with pytest.raises(error, match=message):
        call(hand)


def test_names_and_options_of_a_comparison_are_checked(hand):
    found = ai.compare([XY, XZ], panel=hand)
    for call, message in (
        (lambda: found.pair("xy", "xx"), "label 'xx'"),
        (lambda: found.pair("xy", "xy"), "two specs"),
        (lambda: found.disagreements(top=0), "at least 1"),
        (lambda: found.disagreements(measure="scores"), "did you mean 'score'"),
        (lambda: found.disagreements(by="year"), "dyad-year or dyad"),
        (lambda: found.disagreements(first="yx"), "label 'yx'"),
        (lambda: found.pair(["xy"], "xz"), r"first takes the label of one spec.*\['xy'\]"),
        (lambda: found.disagreements(first=["xy"]), r"first takes the label.*got \['xy'\]"),
        (lambda: found.disagreements(second=3), "second takes the label.*got 3"),
        (lambda: found.disagreements(top=2.0), "whole number of at least 1; got 2.0"),
        (lambda: found.disagreements(measure=["score"]), r"measure takes.*got \['score'\]"),
        (lambda: found.explain("A", "P", 1900), "A–P from 2000 to 2000, but not 1900"),
        (lambda: found.explain(["A"], "P", 2000), r"state: \['A'\]"),
        (lambda: found.explain("A", "Q", 2000), "partner: 'Q'"),
        (lambda: found.explain("A", "P", "2000.5"), "whole number.*got '2000.5'"),
        (lambda: found.explain("A", "P", True), "whole number.*got True"),
        (lambda: found.summary(states=["Q"]), "states: 'Q'"),
        (lambda: found.summary(states=5), "states: 5"),
        (lambda: found.summary(top=1.5), "top must be a whole number"),
    ):
        with pytest.raises(AlignIndexError, match=message):
            call()
    with pytest.raises(AlignIndexError) as wrong_year:
        found.explain("A", "P", 1900)
    assert "did you mean" not in str(wrong_year.value)


def test_one_name_and_numbers_of_numpy_do_as_well(hand):
    found = ai.compare([XY, XZ], panel=hand, draws=np.int64(20), rng=np.int64(1))
    pd.testing.assert_frame_equal(found.disagreements(top=np.int64(2)), found.disagreements(top=2))
    assert found.summary(states="A") == found.summary(states=["A"]) != found.summary()
    assert found.explain("A", "P", np.int64(2000)) == found.explain("A", "P", 2000)
    one = ai.compare([XY, XZ], panel=hand, years=range(2000, 2001), rng=1)
    assert len(one.scores) == len(found.scores)


def test_the_public_name_is_a_function_however_the_package_is_loaded():
    import importlib

    importlib.import_module("alignindex.comparison.build")
    assert callable(ai.compare)
    assert ai.compare is ai.comparison.compare
