"""The fronts of poles: worked numbers, bounds, draws, the network extra, errors."""

from __future__ import annotations

import builtins
import gc
import weakref

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import alignindex as ai
from alignindex import dynamics, poles
from alignindex.base.errors import AlignIndexError, ExtraError, PanelError

NAN = np.nan
KEYS = ["state", "partner", "year"]


def scores(states: str, partners: str, values: list, year: int = 2010) -> pd.Series:
    index = pd.MultiIndex.from_product([states.split(), partners.split(), [year]], names=KEYS)
    return pd.Series(np.ravel(values).astype(float), index=index)


def bounded(states: str, partners: str, low: list, high: list, score: list) -> pd.DataFrame:
    return pd.DataFrame(
        {
            n: scores(states, partners, v)
            for n, v in (("score", score), ("low", low), ("high", high))
        }
    )


@pytest.fixture(scope="module")
def bundled() -> ai.AlignmentResult:
    return ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")


# --- depth and spread ----------------------------------------------------------------------------


def test_depth_with_missing_partners_and_bounds() -> None:
    table = bounded(
        "A B", "P Q R",
        low=[0.2, 0.5, 0.1, 0.3, NAN, NAN],
        high=[0.9, 0.5, 0.1, 0.3, NAN, NAN],
        score=[NAN, 0.5, 0.1, 0.3, NAN, NAN],
    )  # fmt: skip
    got = poles.depth(table)
    assert_array_equal(got["depth"], [0.1, NAN])
    assert_array_equal(got["partners"], [2, 1])
    assert_array_equal(got["low"], [0.2, NAN])
    assert_array_equal(got["high"], [0.5, NAN])
    assert_array_equal(poles.depth(table["score"], k=1)["depth"], [0.5, 0.3])


def test_four_weak_ties_spread_like_four_strong_ones_but_lie_less_deep() -> None:
    got = poles.multivectorism(scores("A B", "P Q R S", [[0.1] * 4, [1.0] * 4]))
    assert_allclose(got[["n0", "n1", "n2"]], 4.0)
    assert got["second"].tolist() == [0.1, 1.0]
    assert got["second_ratio"].tolist() == [1.0, 1.0]


def test_effective_partners_by_hand() -> None:
    got = poles.effective_partners(scores("A", "P Q R", [0.5, 0.25, 0.25])).iloc[0]
    assert got["n0"] == 3
    assert got["n1"] == pytest.approx(2**1.5)  # entropy 1.5 bits
    assert got["n2"] == pytest.approx(1 / 0.375)
    none = poles.effective_partners(scores("A", "P Q", [0.0, 0.0])).iloc[0]
    assert none[["n0", "n1", "n2"]].isna().all()
    assert none["first"] == 0.0


def test_rival_hedge_by_hand() -> None:
    got = poles.rival_hedge(
        scores("A B C", "P Q", [0.6, 0.2, 0.0, 0.0, 0.3, NAN]), poles=("P", "Q")
    )
    assert_allclose(got["strength"], [0.2, 0.0, NAN])
    assert_allclose(got["evenness"], [0.5, NAN, NAN])


# --- tilt ----------------------------------------------------------------------------------------


def test_tilt_and_its_ratio() -> None:
    table = scores("A B C", "P Q", [0.02, 0.01, 0.0, 0.0, 1.0, 0.0])
    assert_allclose(poles.tilt(table, poles=("P", "Q"))["tilt"], [50.5, 50.0, 100.0])
    assert_allclose(
        poles.tilt(table, poles=("P", "Q"), form="ratio")["tilt"], [200 / 3, NAN, 100.0]
    )
    assert_array_equal(poles.tilt(table, poles=("P", "Q"))["hedges"], [1.0, 1.0, 0.0])
    assert_allclose(poles.tilt(table, poles=("P", "Q"))["depth"], [0.015, 0.0, 0.5])


def test_band_ends_are_hedging_whatever_the_rounding() -> None:
    table = scores("A B C", "P Q", [0.4, 0.3, 0.3, 0.4, 0.41, 0.3])
    assert poles.tilt(table, poles=("P", "Q"))["hedges"].tolist() == [1.0, 1.0, 0.0]


def test_tilt_over_draws() -> None:
    table = scores("A", "P Q", [0.6, 0.4])
    draws = np.array([[0.6, 0.4], [0.52, 0.5], [0.4, 0.5], [0.5, 0.5]])
    got = poles.tilt(table, poles=("P", "Q"), draws=draws).iloc[0]
    assert got["p_hedges"] == 0.75
    assert got["p_first"] == 0.5


# --- asymmetry -----------------------------------------------------------------------------------


def test_asymmetry_of_a_plain_table() -> None:
    index = pd.MultiIndex.from_tuples(
        [("CHN", "RUS", 2010), ("RUS", "CHN", 2010), ("ARM", "RUS", 2010), ("RUS", "CHN", 2011)],
        names=KEYS,
    )
    got = poles.asymmetry(pd.Series([0.7, 0.1, 0.9, 0.5], index=index))
    assert_allclose(got.loc[("CHN", "RUS", 2010), "asymmetry"], 0.6)
    assert_allclose(got.loc[("RUS", "CHN", 2010), ["asymmetry", "mutual", "relative"]],
                    [-0.6, 0.1, -0.75])  # fmt: skip
    assert got.loc[("ARM", "RUS", 2010), ["mirror", "asymmetry", "mutual"]].isna().all()
    assert np.isnan(got.loc[("RUS", "CHN", 2011), "asymmetry"])


def test_asymmetry_of_a_result_uses_directed_indicators_alone(bundled: ai.AlignmentResult) -> None:
    own = poles.asymmetry(bundled)
    directed = ["arms", "exercises", "un_votes", "bases"]  # Crimea is symmetric
    pd.testing.assert_frame_equal(own, poles.asymmetry(bundled, indicators=directed))
    row = own.loc[("CHN", "RUS", 2005)]
    codes = bundled.codes
    here, there = codes.loc[("CHN", "RUS", 2005)], codes.loc[("RUS", "CHN", 2005)]
    both = [n for n in directed if np.isfinite(here[n]) and np.isfinite(there[n])]
    assert row["n_indicators"] == len(both)
    assert row["asymmetry"] == pytest.approx(here[both].mean() - there[both].mean())
    assert own.loc[("ARM", "RUS")]["asymmetry"].isna().all()


# --- types ---------------------------------------------------------------------------------------


def test_types_in_order_and_only_undetermined_where_bounds_permit() -> None:
    table = bounded(
        "A B C D E", "P Q",
        score=[0.3, 0.1, 0.5, 0.45, 0.8, 0.2, 0.5, NAN, NAN, NAN],
        low=[0.3, 0.1, 0.5, 0.45, 0.6, 0.0, 0.5, 0.0, NAN, NAN],
        high=[0.3, 0.1, 0.5, 0.45, 0.9, 0.3, 0.5, 0.45, NAN, NAN],
    )  # fmt: skip
    got = poles.typology(table).classes.droplevel("year")
    assert got["type"].tolist()[:4] == ["non-aligned", "multi-vector", "with P", "undetermined"]
    assert got.loc["D", "possible"] == "multi-vector | with P"
    assert got.loc["D", "nominal"] == "with P"
    assert got.loc["E", ["type", "nominal"]].isna().all()


def test_types_by_threshold_and_over_draws() -> None:
    table = scores("A", "P Q", [0.5, 0.42])
    draws = np.array([[0.5, 0.42], [0.5, 0.3], [0.2, 0.3], [0.5, 0.41]])
    got = poles.typology(table, thresholds=[0.4, 0.45, 0.6], draws=draws)
    assert got.by_threshold.iloc[0].tolist() == ["multi-vector", "with P", "non-aligned"]
    assert got.probabilities is not None
    assert got.probabilities.iloc[0].to_dict() == {
        "non-aligned": 0.25, "multi-vector": 0.5, "with P": 0.25, "with Q": 0.0
    }  # fmt: skip


# --- obligation ----------------------------------------------------------------------------------


def test_obligation_gap_needs_three_others_and_the_same_obligation() -> None:
    table = scores("A B C D E F", "RUS", [0.9, 0.6, 0.6, 0.6, 0.1, NAN])
    bound = pd.Series(["X", "X", "X", "X", "Y", "X"], index=table.index)
    got = poles.obligation_gap(table, bound)
    assert_allclose(got["gap"], [0.3, -0.1, -0.1, -0.1, NAN, NAN], atol=1e-12)
    fewer = poles.obligation_gap(table, bound.iloc[:3])
    assert fewer["gap"].isna().all()
    flags = poles.obligation_gap(table, pd.Series([True] * 4 + [False] * 2, index=table.index))
    assert len(flags) == 4


def test_obligation_gap_leaves_treaties_out() -> None:
    base = {"schema_version": 1, "name": "s", "fidelity": "illustrative", "missing": "renormalise"}
    spec = ai.IndexSpec.from_dict(
        base
        | {
            "indicators": [
                {"name": n, "columns": [n], "rule": {"kind": "identity"}} for n in ("pact", "act")
            ]
        }
    )
    index = scores("A B C D", "RUS", [0.0] * 4).index
    panel = pd.DataFrame({"pact": 1.0, "act": [0.8, 0.2, 0.2, 0.2]}, index=index)
    got = poles.obligation_gap(
        ai.score(panel, spec), pd.Series("X", index=index), treaties=["pact"]
    )
    assert_allclose(got["behaviour"], [0.8, 0.2, 0.2, 0.2])
    assert_allclose(got["gap"], [0.6, -0.2, -0.2, -0.2])


# --- comparable and networks ---------------------------------------------------------------------


def test_comparable_scores_on_what_is_known_toward_all() -> None:
    base = {"schema_version": 1, "name": "s", "fidelity": "illustrative", "missing": "renormalise"}
    spec = ai.IndexSpec.from_dict(
        base
        | {"indicators": [{"name": n, "columns": [n], "rule": {"kind": "identity"}} for n in "ab"]}
    )
    index = scores("A B", "P Q", [0.0] * 4).index
    panel = pd.DataFrame({"a": [0.2, 0.4, 0.6, 0.8], "b": [1.0, NAN, 1.0, 0.0]}, index=index)
    result = ai.score(panel, spec)
    got = poles.comparable(result)
    assert_allclose(got["score"], [0.2, 0.4, 0.8, 0.4])
    assert got["n_indicators"].tolist() == [1, 1, 2, 2]
    assert_allclose(poles.comparable(result, partners=["P"])["score"], [0.6, 0.8])
    lacking = poles.comparable(ai.score(panel.iloc[1:], spec))
    assert_array_equal(lacking["score"], [NAN, 0.8, 0.4])  # P has no row for A


def test_strength_and_similarity() -> None:
    table = scores("A B C", "P Q", [0.5, 0.1, 0.7, 0.3, NAN, 0.2])
    got = poles.strength(table)
    assert_allclose(got["total"], [1.2, 0.6])
    assert_allclose(got["mean"], [0.6, 0.2])
    assert got["states"].tolist() == [2, 3]
    alike = poles.likeness(table, year=2010)
    assert alike.loc["A", "B"] == pytest.approx(0.8)
    assert np.isnan(alike.loc["A", "C"])
    assert poles.likeness(table, year=2010, min_shared=1).loc["A", "C"] == pytest.approx(0.9)


def test_biplot_turns_axes_and_not_states() -> None:
    rng = np.random.default_rng(6)
    first = rng.random((6, 3))
    second = first.copy()
    second[2] += 0.05
    index = pd.MultiIndex.from_product([list("ABCDEF"), list("PQR"), [2001, 2002]], names=KEYS)
    table = pd.Series(np.stack([first, second], axis=2).ravel(), index=index)
    got = poles.biplot(table)
    one, two = (got.loc[(y, "state"), ["x", "y"]].to_numpy() for y in (2001, 2002))
    assert np.abs(one - two).max() < 0.08
    alone = poles.biplot(table[table.index.get_level_values("year") == 2001])
    pd.testing.assert_frame_equal(alone, got.loc[[2001]])
    centred = second - second.mean(axis=0)
    arms = got.loc[(2002, "partner"), ["x", "y"]].to_numpy()
    left, size, right = np.linalg.svd(centred, full_matrices=False)
    assert_allclose(two @ arms.T, (left[:, :2] * size[:2]) @ right[:2], atol=1e-12)


def test_to_networkx() -> None:
    pytest.importorskip("networkx")
    graph = poles.to_networkx(scores("A B", "P Q", [0.5, NAN, 0.7, 0.3]), year=2010)
    assert dict(graph.edges) == {
        ("A", "P"): {"weight": 0.5}, ("B", "P"): {"weight": 0.7}, ("B", "Q"): {"weight": 0.3}
    }  # fmt: skip
    assert set(graph) == set("ABPQ")
    assert graph.graph["year"] == 2010


def test_to_networkx_without_it_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args, **options):
        if name == "networkx":
            raise ImportError(name)
        return real(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ExtraError, match=r'pip install "alignindex\[network\]"'):
        poles.to_networkx(scores("A", "P", [0.5]), year=2010)


# --- draws: every measure against itself on each draw ---------------------------------------------

DRAWS = np.array([[0.5, 0.2, 0.7, 0.3], [0.4, 0.4, 0.6, 0.1], [0.9, 0.0, 0.5, 0.5]])


@pytest.mark.parametrize(
    ("measure", "columns"),
    [
        (poles.multivectorism, ["first", "second", "second_ratio", "n0", "n1", "n2"]),
        (poles.strength, ["total", "mean"]),
        (lambda d, **k: poles.likeness(d, year=2010, min_shared=1, **k), ["likeness"]),
    ],
)
def test_intervals_are_those_of_the_measure_on_each_draw(measure, columns: list[str]) -> None:
    table = scores("A B", "RUS USA", [0.5, 0.2, 0.7, 0.3])
    got = measure(table, draws=DRAWS, level=0.5)
    each = [measure(pd.Series(draw, index=table.index)) for draw in DRAWS]
    if columns == ["likeness"]:
        each = [pd.concat({"likeness": one}, axis=1) for one in each]
    for name in columns:
        stack = np.stack([one[name].to_numpy() for one in each])
        for end, q in (("lower", 0.25), ("upper", 0.75)):
            assert_allclose(got[f"{name}_{end}"], np.quantile(stack, q, axis=0), atol=1e-14)
    shuffled = table.iloc[[2, 0, 3, 1]]
    assert_allclose(measure(shuffled, draws=DRAWS[:, [2, 0, 3, 1]], level=0.5), got, atol=1e-14)


def directed_result(values: np.ndarray) -> ai.AlignmentResult:
    """Two states that are each other's partners, two indicators: a pact and an act."""
    base = {"schema_version": 1, "name": "s", "fidelity": "illustrative", "missing": "renormalise"}
    spec = ai.IndexSpec.from_dict(
        base
        | {
            "indicators": [
                {"name": n, "columns": [n], "rule": {"kind": "identity"}} for n in ("pact", "act")
            ]
        }
    )
    rows = [("A", "B"), ("A", "C"), ("A", "D"), ("B", "A"), ("B", "C"), ("B", "D")]
    index = pd.MultiIndex.from_tuples([(*row, 2010) for row in rows], names=KEYS)
    return ai.score(pd.DataFrame(values, index=index, columns=["pact", "act"]), spec)


def test_draws_of_codes_make_the_intervals_of_what_leaves_indicators_out() -> None:
    rng = np.random.default_rng(5)
    drawn = rng.random((7, 6, 2))
    own = drawn[0].copy()
    own[3, 1] = NAN  # unknown codes stay so in every draw
    result = directed_result(own)
    each = [directed_result(np.where(np.isnan(own), NAN, one)) for one in drawn]
    tails = [0.05, 0.95]

    got = poles.asymmetry(result, indicators=["pact", "act"], draws=drawn)
    stack = np.stack([poles.asymmetry(r, indicators=["pact", "act"])["asymmetry"] for r in each])
    for row in (0, 3):  # the dyads with a mirror
        ends = got[["asymmetry_lower", "asymmetry_upper"]].iloc[row]
        assert_allclose(ends, np.quantile(stack[:, row], tails), atol=1e-14)
        assert got["p_positive"].iloc[row] == (stack[:, row] > 0).mean()
    assert got["asymmetry_lower"].iloc[[1, 2, 4, 5]].isna().all()
    assert got["asymmetry_lower"].iloc[0] == pytest.approx(-got["asymmetry_upper"].iloc[3])

    bound = pd.Series("X", index=result.scores.index)
    gap = poles.obligation_gap(result, bound, treaties=["pact"], draws=drawn)
    stack = np.stack([poles.obligation_gap(r, bound, treaties=["pact"])["gap"] for r in each])
    known = [0, 1, 2, 4, 5]
    ends = gap[["gap_lower", "gap_upper"]].to_numpy()[known]
    assert_allclose(ends, np.quantile(stack[:, known], tails, axis=0).T, atol=1e-14)
    assert np.isnan(gap["gap_lower"].iloc[3])


def test_maps_of_draws_are_turned_onto_the_map_of_the_scores() -> None:
    rng = np.random.default_rng(6)
    table = scores("A B C D", "RUS USA", rng.random(8))
    same = poles.biplot(table, draws=np.tile(table.to_numpy(), (5, 1)))
    for axis in "xy":
        assert_allclose(same[f"{axis}_lower"], same[axis], atol=1e-12)
        assert_allclose(same[f"{axis}_upper"], same[axis], atol=1e-12)
    near = poles.biplot(table, draws=table.to_numpy() + 0.01 * rng.standard_normal((50, 8)))
    states = near.xs("state", level="kind")
    for axis in "xy":  # never mirrored: a flipped map would make intervals as wide as the map
        assert (states[f"{axis}_upper"] - states[f"{axis}_lower"]).max() < 0.1


# --- reading an index once ------------------------------------------------------------------------


def test_measures_do_not_hang_on_the_order_of_rows_or_on_what_was_read_before() -> None:
    table = scores("A B", "RUS USA", [0.5, 0.2, 0.7, 0.3])
    first = poles.depth(table)
    turned = poles.depth(table.iloc[::-1])
    pd.testing.assert_frame_equal(first, turned)
    other = table * 0.5
    other.index = table.index  # the same index object with other scores
    assert_allclose(poles.depth(other)["depth"], first["depth"] / 2)


@pytest.mark.parametrize(
    "measure",
    [
        poles.depth,
        poles.strength,
        poles.asymmetry,
        poles.multivectorism,
        lambda data: poles.tilt(data, poles=("RUS", "USA")),
        lambda data: poles.typology(data).classes,
        lambda data: poles.likeness(data, year=2010, min_shared=1),
        poles.biplot,
        dynamics.fluidity,
        dynamics.turnover,
        lambda data: dynamics.paths(data).values,
        lambda data: dynamics.paths(data).members,
    ],
)
def test_names_set_on_what_came_out_do_not_come_back(measure) -> None:
    index = pd.MultiIndex.from_product([["A", "B"], ["RUS", "USA"], [2010, 2011]], names=KEYS)
    table = pd.Series([0.5, 0.2, 0.7, 0.3, 0.1, 0.4, 0.6, 0.8], index=index)
    out = measure(table)
    names = list(out.index.names)
    out.index.names = [f"own {i}" for i in range(out.index.nlevels)]
    assert list(measure(table).index.names) == names


def test_labels_without_a_row_are_no_partners() -> None:
    table = scores("A B C", "CHN RUS USA", [0.1, 0.5, 0.2, 0.3, 0.7, 0.3, 0.9, 0.2, 0.8])
    some = table[table.index.get_level_values("partner") != "CHN"]
    clean = some.copy()
    clean.index = some.index.remove_unused_levels()
    assert "CHN" in some.index.levels[1]
    with pytest.raises(PanelError, match="'CHN' not found"):
        poles.tilt(some, poles=("RUS", "CHN"))
    pd.testing.assert_frame_equal(poles.biplot(some), poles.biplot(clean))
    assert poles.biplot(some)["x"].notna().all()


def test_comparable_asks_only_for_partners_that_are_there(bundled: ai.AlignmentResult) -> None:
    partner = bundled.panel.index.get_level_values("partner")
    few = ai.score(bundled.panel[partner != "CHN"], bundled.spec)
    named = poles.comparable(bundled, partners=["RUS", "USA", "TUR"])
    pd.testing.assert_frame_equal(poles.comparable(few), named, check_index_type=False)


def test_what_was_read_is_given_up_with_the_index() -> None:
    table = scores("A B", "RUS USA", [0.5, 0.2, 0.7, 0.3])
    poles.depth(table)
    held = weakref.ref(table.index)
    del table
    gc.collect()
    assert held() is None


# --- errors --------------------------------------------------------------------------------------

TABLE = scores("A B", "RUS USA", [0.5, 0.2, 0.7, 0.3])


@pytest.mark.parametrize(
    "options",
    [{"threshold": 40}, {"thresholds": [0.4, 40]}, {"threshold": np.nan}, {"margin": 1.5}],
)
def test_a_threshold_off_the_scale_is_refused(bundled: ai.AlignmentResult, options) -> None:
    """In per cent, everybody would be non-aligned."""
    for data in (TABLE, bundled):
        with pytest.raises(AlignIndexError, match=r"scale of the scores|margin must be"):
            poles.typology(data, **options)


def test_a_threshold_on_a_wider_scale_is_taken() -> None:
    got = poles.typology(TABLE * 100, threshold=40, margin=10, thresholds=[60])
    assert got.classes["type"].tolist() == ["with RUS", "with RUS"]
    assert got.by_threshold[60].tolist() == ["non-aligned", "with RUS"]
    assert got.to_frame() is got.classes


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: poles.depth(TABLE, k=0), "k must be"),
        (lambda: poles.depth(TABLE, draws=np.zeros((2, 3))), r"shape \(draws, 4\)"),
        (lambda: poles.depth([1]), "got list"),
        (lambda: poles.effective_partners(TABLE - 1), "at least 0; got A–RUS 2010: -0.5"),
        (lambda: poles.tilt(TABLE * 2, poles=("RUS", "USA")), r"in \[0, 1\]; got B–RUS 2010: 1.4"),
        (lambda: poles.tilt(TABLE, poles=("RUS", "UZA")), r"did you mean 'USA'\?"),
        (lambda: poles.tilt(TABLE, poles=("RUS", "RUS")), "two different partners"),
        (lambda: poles.tilt(TABLE, poles=("RUS", "USA"), form="log"), "form takes .* got 'log'"),
        (lambda: poles.tilt(TABLE, poles="RU"), "poles takes two .* got 'RU'"),
        (lambda: poles.rival_hedge(TABLE, poles=("RUS", "TUR")), "'TUR' not found"),
        (lambda: poles.typology(TABLE, margin=-0.1), "margin must be .* got -0.1"),
        (lambda: poles.likeness(TABLE, year=1999), "1999 not found"),
        (
            lambda: poles.obligation_gap(TABLE, TABLE.droplevel("year")),
            "obligations must be a Series",
        ),
        (lambda: poles.obligation_gap(TABLE, pd.concat([TABLE, TABLE])), "obligations repeat"),
        (lambda: poles.obligation_gap(TABLE, TABLE, min_others=0), "min_others"),
        (lambda: poles.obligation_gap(TABLE, TABLE, treaties=["x"]), "holds behaviour already"),
        (lambda: poles.depth(TABLE, draws=np.zeros((2, 4)), level=2), "level must be"),
    ],
)
def test_errors_name_what_came(call, message: str) -> None:
    with pytest.raises(AlignIndexError, match=message):
        call()


def test_errors_on_results(bundled: ai.AlignmentResult) -> None:
    with pytest.raises(PanelError, match="did you mean 'RUS'"):
        poles.comparable(bundled, partners=["RUZ"])
    with pytest.raises(PanelError, match="did you mean 'bases'"):
        poles.asymmetry(bundled, indicators=["base"])
    with pytest.raises(PanelError, match="takes draws of the codes"):
        poles.asymmetry(bundled, draws=np.zeros((2, len(bundled.scores))))
    with pytest.raises(PanelError, match="not found"):
        poles.obligation_gap(bundled, bundled.scores["score"], treaties=["pact"])
