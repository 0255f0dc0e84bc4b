"""The front of similarity: options, groups, portfolios, shapes, messages, and peers' defects."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from alignindex import similarity
from alignindex.base.errors import SimilarityError
from alignindex.similarity import (
    MEASURES,
    Bootstrap,
    Consensus,
    Disagreement,
    Flags,
    Rolling,
    combine,
    portfolios,
    to_frame,
    to_matrix,
)
from benchmarks.twins import similarity as twin

LEVELS = [1, 2, 3]


def dyads(votes, **options):
    """As the function, with the columns of the tables below, and one group."""
    return similarity.dyads(votes, **{"item": "item", "value": "value", "by": None, **options})


def table(rows, columns=("state", "item", "value")):
    return pd.DataFrame(rows, columns=list(columns))


def long(portfolio_of, **constants):
    """One row a state and item from lists of values; "-" marks no row, None an absence."""
    rows = [
        (state, number, np.nan if value is None else value)
        for state, values in portfolio_of.items()
        for number, value in enumerate(values)
        if value != "-"
    ]
    return table(rows).assign(**constants)


@pytest.fixture
def votes():
    return long(
        {
            "BLR": [1, 3, 3, 1, None],
            "KAZ": [1, 2, 3, 1, 2],
            "USA": [3, 1, 3, 1, 1],
        }
    )


def one(data, name, **options):
    options = {"levels": LEVELS, "measures": [name], **options}
    return dyads(data, **options)[name].tolist()


# ---------------------------------------------------------------------- what comes out


def test_shape_of_the_result(votes):
    found = dyads(votes, levels=LEVELS)
    assert list(found.columns) == ["state", "partner", "n_shared", *MEASURES]
    assert found[["state", "partner"]].to_numpy().tolist() == [
        ["BLR", "KAZ"],
        ["BLR", "USA"],
        ["KAZ", "USA"],
    ]
    assert found["n_shared"].tolist() == [4, 4, 5]
    assert type(found) is pd.DataFrame
    assert found.index.equals(pd.RangeIndex(3))


def test_every_measure_equals_its_twin(votes):
    found = dyads(votes, levels=LEVELS, absent=2)
    filled = votes.fillna(2).pivot(index="state", columns="item", values="value")
    for row in found.itertuples():
        x, y = filled.loc[row.state].tolist(), filled.loc[row.partner].tolist()
        for name in MEASURES:
            expected = twin.similarity(name, x, y, LEVELS)
            assert getattr(row, name) == pytest.approx(expected, abs=1e-14), name


def test_more_than_three_levels_leave_half_marks_out():
    data = long({"A": [0, 1, 2, 3], "B": [0, 1, 3, 3]})
    found = dyads(data, levels=[0, 1, 2, 3])
    assert list(found.columns[3:]) == [name for name in MEASURES if name != "agreement_half"]


def test_levels_in_any_order_mean_the_same(votes):
    matrix = np.array([[0.0, 0.2, 1.0], [0.2, 0.0, 0.7], [1.0, 0.7, 0.0]])  # of 1, 2, 3
    turned = [2, 0, 1]
    own = Disagreement("own", matrix, form="kappa")
    turned_own = Disagreement("own", matrix[np.ix_(turned, turned)], form="kappa")
    left = dyads(votes, levels=[1, 2, 3], measures=[*MEASURES, own])
    right = dyads(votes, levels=[3, 1, 2], measures=[*MEASURES, turned_own])
    pd.testing.assert_frame_equal(left, right, check_exact=True)


def test_directed_has_both_rows_of_a_dyad(votes):
    found = dyads(votes, levels=LEVELS, directed=True, se="analytic")
    keys = found[["state", "partner"]].to_numpy().tolist()
    assert keys == sorted(keys)
    assert len(keys) == 6
    by_key = found.set_index(["state", "partner"])
    pd.testing.assert_frame_equal(
        by_key, by_key.swaplevel().rename_axis(by_key.index.names).sort_index(), check_exact=True
    )


def test_absence_abstention_and_no_member_are_three_things():
    data = long({"A": [1, 1, 3], "B": [1, None, "-"]})
    assert dyads(data, levels=LEVELS)["n_shared"].tolist() == [1]
    as_abstention = dyads(data, levels=LEVELS, absent=2, measures=["agreement_half"])
    # The absence became a level, the missing row did not.
    assert as_abstention["n_shared"].tolist() == [2]
    assert as_abstention["agreement_half"].tolist() == [0.75]
    assert one(data.dropna(), "agreement_half", absent=2) == [1.0]


def test_min_shared_blanks_but_shows(votes):
    found = dyads(votes, levels=LEVELS, min_shared=5, se="analytic")
    assert found["n_shared"].tolist() == [4, 4, 5]
    assert found.loc[:1, list(MEASURES)].isna().all(axis=None)
    assert found.loc[:1, "agreement_se"].isna().all()
    assert found.loc[2, list(MEASURES)].notna().all()


def test_unanimous_items_are_judged_among_cast_votes():
    data = long({"A": [1, 1, 1, 3], "B": [1, 1, None, 1], "C": [1, 3, 1, 2]})
    # Item 0 is unanimous, item 2 among the votes cast, although B's absence counts as a level.
    found = dyads(data, levels=LEVELS, unanimous="drop", absent=2, measures=["agreement"])
    assert found["n_shared"].tolist() == [2, 2, 2]
    assert found["agreement"].tolist() == [0.5, 0.0, 0.0]
    assert dyads(data, levels=LEVELS, measures=["agreement"])["n_shared"].tolist() == [3, 4, 3]


def test_unanimous_is_judged_within_the_group():
    data = pd.concat(
        [
            long({"A": [1, 1], "B": [1, 3], "C": [1, 1]}, session=1),
            long({"A": [1, 1], "B": [3, 1], "C": [1, 1]}, session=2),
        ]
    )
    found = dyads(data, levels=LEVELS, by="session", unanimous="drop", measures=["agreement"])
    assert found["agreement"].tolist() == [0.0, 1.0, 0.0] * 2


def test_a_group_of_unanimous_items_only_keeps_its_dyads():
    data = long({"A": [1, 1], "B": [1, 1]}, session=19)
    found = dyads(data, levels=LEVELS, by="session", unanimous="drop")
    assert found["n_shared"].tolist() == [0]
    assert found[list(MEASURES)].isna().all(axis=None)


def test_item_weights_and_the_twin(votes):
    weights = pd.Series([0.0, 2.5, 1.0, 0.25, 3.0, 99.0], index=[0, 1, 2, 3, 4, 5])
    found = dyads(votes, levels=LEVELS, item_weights=weights).set_index(["state", "partner"])
    wide = votes.pivot(index="state", columns="item", values="value")
    x, y = wide.loc["KAZ"].tolist(), wide.loc["USA"].tolist()
    assert found.loc[("KAZ", "USA"), "n_shared"] == 4  # an item of weight 0 counts nowhere
    for name in MEASURES:
        expected = twin.similarity(name, x, y, LEVELS, weights.tolist()[:5])
        assert found.loc[("KAZ", "USA"), name] == pytest.approx(expected, abs=1e-14), name


def test_item_weights_by_group():
    data = pd.concat([long({"A": [1, 1], "B": [1, 3]}, year=y) for y in (2000, 2001)])
    index = pd.MultiIndex.from_product([[2000, 2001], [0, 1]], names=["year", "item"])
    found = one(data, "agreement", by="year", item_weights=pd.Series([3, 1, 1, 4], index=index))
    assert found == [0.75, 0.2]


@pytest.mark.parametrize("form", ["agreement", "s", "a", "kappa", "pi"])
def test_own_matrix_equals_the_twin(votes, form):
    matrix = pd.DataFrame([[0, 2, 5], [2, 0, 1], [5, 1, 0]], index=[1, 2, 3], columns=[1, 2, 3])
    found = dyads(votes, levels=LEVELS, measures=[Disagreement("own", matrix, form=form)])
    wide = votes.pivot(index="state", columns="item", values="value")
    for row in found.itertuples():
        pair = [
            [None if np.isnan(v) else v for v in wide.loc[state]]
            for state in (row.state, row.partner)
        ]
        items = twin.shared_items(*pair)
        expected = twin.FORMS[form](items, lambda a, b: matrix.loc[a, b] / 5)
        assert row.own == pytest.approx(expected, abs=1e-14)


def test_the_nominal_matrix_gives_the_nominal_measures(votes):
    nominal = 1 - np.eye(3)
    own = [Disagreement(f"own_{form}", nominal, form) for form in ("kappa", "pi", "agreement")]
    found = dyads(votes, levels=LEVELS, measures=[*MEASURES, *own])
    for form, same in (("kappa", "kappa_nominal"), ("pi", "pi_nominal"), ("agreement",) * 2):
        np.testing.assert_array_equal(found[f"own_{form}"], found[same])


# ---------------------------------------------------------------------- groups


def test_by_several_columns():
    parts = [
        long({"A": [1, 1], "B": values}, session=session, topic=topic)
        for session, topic, values in [(2, "x", [1, 1]), (1, "y", [1, 3]), (1, "x", [3, 3])]
    ]
    found = dyads(pd.concat(parts), levels=LEVELS, by=["session", "topic"], measures=["agreement"])
    assert found[["session", "topic", "agreement"]].to_numpy().tolist() == [
        [1, "x", 0.0],
        [1, "y", 0.5],
        [2, "x", 1.0],
    ]


def test_groups_do_not_mix_with_row_order(votes):
    data = pd.concat([votes.assign(year=y) for y in (2001, 2000)]).reset_index(drop=True)
    data.loc[data["year"] == 2001, "value"] = data["value"].replace({1: 3, 3: 1})
    sorted_rows = dyads(data.sort_values("year"), levels=LEVELS, by="year")
    shuffled = dyads(data.sample(frac=1, random_state=4), levels=LEVELS, by="year")
    pd.testing.assert_frame_equal(sorted_rows, shuffled, check_exact=True)


def test_rolling_windows_pool_years():
    years = {2000: [1, 1], 2001: [3, 3], 2003: [1, 3]}
    data = pd.concat(
        [
            long({"A": [1, 1], "B": values}, year=year).assign(
                item=lambda d, year=year: d["item"] + 10 * year
            )
            for year, values in years.items()
        ]
    )
    found = dyads(data, levels=LEVELS, by=Rolling("year", 2), measures=["agreement"])
    # Windows: 2000–2001, and 2002–2003, in which 2002 has no row.
    assert found[["year", "n_shared", "agreement"]].to_numpy().tolist() == [
        [2001, 4, 0.5],
        [2003, 2, 0.5],
    ]
    wide = dyads(data, levels=LEVELS, by=Rolling("year", 4), measures=["agreement"])
    assert wide[["year", "n_shared"]].to_numpy().tolist() == [[2003, 6]]
    alone = dyads(data, levels=LEVELS, by=Rolling("year", 1))
    pd.testing.assert_frame_equal(alone, dyads(data, levels=LEVELS, by="year"), check_exact=True)


def test_flags_may_overlap_and_missing_flags_are_unknown():
    data = long({"A": [1, 1, 1], "B": [1, 3, 1]})
    data["hr"] = data["item"].map({0: 1, 1: 1, 2: 0})
    data["me"] = data["item"].map({0: 0, 1: 1, 2: np.nan})
    found = dyads(data, levels=LEVELS, by=Flags(["me", "hr"]), measures=["agreement"])
    assert found[["issue", "n_shared", "agreement"]].to_numpy().tolist() == [
        ["me", 1, 0.0],
        ["hr", 2, 0.5],
    ]
    assert found.attrs["unknown_flags"] == {"me": 2, "hr": 0}


def test_flags_cross_other_groups(votes):
    data = pd.concat([votes.assign(year=y, hr=int(y == 2000), co=1) for y in (2000, 2001)])
    found = dyads(data, levels=LEVELS, by=["year", Flags(["hr", "co"], name="topic")])
    assert list(zip(found["year"], found["topic"], strict=True))[::3] == [
        (2000, "hr"),
        (2000, "co"),
        (2001, "co"),
    ]
    alone = dyads(votes, levels=LEVELS)
    for _, block in found.groupby(["year", "topic"]):
        pd.testing.assert_frame_equal(
            block.drop(columns=["year", "topic"]).reset_index(drop=True), alone, check_exact=True
        )


def test_group_of_one_state_has_no_dyad(votes):
    data = pd.concat([votes.assign(year=2000), long({"BLR": [1, 2]}, year=2001)])
    assert dyads(data, levels=LEVELS, by="year")["year"].unique().tolist() == [2000]


@pytest.mark.parametrize("convert", [str, "category", "string", "int"])
def test_labels_of_any_type(votes, convert):
    if convert == "int":
        labels = votes["state"].map({"BLR": 370, "KAZ": 705, "USA": 2})
        expected = [[2, 370], [2, 705], [370, 705]]
    else:
        labels = votes["state"].astype(convert)
        expected = [["BLR", "KAZ"], ["BLR", "USA"], ["KAZ", "USA"]]
        if convert == "category":
            # A category order of its own does not order the result.
            labels = labels.cat.set_categories(["USA", "KAZ", "BLR", "unused"])
    found = dyads(votes.assign(state=labels), levels=LEVELS)
    assert found[["state", "partner"]].to_numpy().tolist() == expected


@pytest.mark.parametrize("dtype", ["Int64", "float32", "int8", "Float64"])
def test_values_of_any_numeric_type(dtype):
    data = long({"A": [1, 2, 3], "B": [1, 3, 3]})
    expected = dyads(data, levels=LEVELS)
    found = dyads(data.assign(value=data["value"].astype(dtype)), levels=LEVELS)
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_nullable_absence():
    data = long({"A": [1, 2, None], "B": [1, 3, 3]})
    data["value"] = data["value"].astype("Int64")
    assert dyads(data, levels=LEVELS)["n_shared"].tolist() == [2]


def test_identical_duplicates_are_kept_once_and_counted(votes):
    twice = pd.concat([votes, votes.iloc[:2], votes[votes["value"].isna()]])
    found = dyads(twice, levels=LEVELS)
    assert found.attrs["identical_duplicates"] == 3
    pd.testing.assert_frame_equal(found, dyads(votes, levels=LEVELS), check_exact=True)


def test_the_data_are_left_alone(votes):
    before = votes.copy(deep=True)
    dyads(votes, levels=LEVELS, absent=2, unanimous="drop", se=Bootstrap(3, rng=1))
    pd.testing.assert_frame_equal(votes, before)


# ---------------------------------------------------------------------- errors and consensus


def test_analytic_errors_equal_the_twin(votes):
    weights = pd.Series([0.5, 2.0, 1.0, 1.5, 3.0])
    found = dyads(votes, levels=LEVELS, item_weights=weights, se="analytic")
    assert list(found.columns[-13:]) == [f"{name}_se" for name in MEASURES]
    wide = votes.pivot(index="state", columns="item", values="value")
    row = found.iloc[2]
    x, y = wide.loc["KAZ"].tolist(), wide.loc["USA"].tolist()
    for name in MEASURES:
        expected = twin.jackknife_error(name, x, y, LEVELS, weights.tolist())
        assert row[f"{name}_se"] == pytest.approx(expected, rel=1e-7), name


def test_bootstrap_is_repeatable_and_needs_no_global_state(votes):
    np.random.seed(3)  # noqa: NPY002 - to see that it is not used
    left = dyads(votes, levels=LEVELS, se=Bootstrap(50, rng=7))
    right = dyads(votes, levels=LEVELS, se=Bootstrap(50, rng=np.random.default_rng(7)))
    other = dyads(votes, levels=LEVELS, se=Bootstrap(50, rng=8))
    pd.testing.assert_frame_equal(left, right, check_exact=True)
    assert not left["agreement_se"].equals(other["agreement_se"])


def test_bootstrap_with_weights_and_consensus_equals_the_twin(votes):
    weights = pd.Series([0.5, 2.0, 1.0, 1.5, 3.0])
    consensus = Consensus(4, level=1, weight=2.0)
    found = dyads(
        votes, levels=LEVELS, item_weights=weights, consensus=consensus, se=Bootstrap(40, rng=2)
    )
    wide = votes.pivot(index="state", columns="item", values="value")
    times = np.array([1, 1, 1, 1, 1, 4])
    draws = np.random.default_rng(2).multinomial(9, times / 9, size=40)
    x, y = [*wide.loc["KAZ"], 1], [*wide.loc["USA"], 1]
    for name in MEASURES:
        expected = twin.bootstrap_error(name, x, y, LEVELS, draws, [*weights, 2.0])
        assert found.loc[2, f"{name}_se"] == pytest.approx(expected, rel=1e-9), name


def test_consensus_counts_as_agreement_of_all(votes):
    number = pd.Series({2000: 3, 2001: 0})
    data = pd.concat([votes.assign(year=y) for y in (2000, 2001)])
    found = dyads(
        data, levels=LEVELS, by="year", consensus=Consensus(number, level=1), se="analytic"
    ).set_index(["year", "state", "partner"])
    wide = votes.pivot(index="state", columns="item", values="value")
    x, y = wide.loc["KAZ"].tolist(), wide.loc["USA"].tolist()
    for year, more in ((2000, [1, 1, 1]), (2001, [])):
        row = found.loc[(year, "KAZ", "USA")]
        assert row["n_shared"] == 5  # recorded votes alone
        for name in MEASURES:
            expected = twin.similarity(name, x + more, y + more, LEVELS)
            assert row[name] == pytest.approx(expected, abs=1e-14), name
            error = twin.jackknife_error(name, x + more, y + more, LEVELS)
            assert row[f"{name}_se"] == pytest.approx(error, rel=1e-7), name


def test_consensus_alone_is_no_shared_vote():
    data = long({"A": [1, None], "B": [None, 1]})
    found = dyads(data, levels=LEVELS, consensus=Consensus(10, level=1), measures=["agreement"])
    assert found["n_shared"].tolist() == [0]
    assert found["agreement"].isna().all()


# ---------------------------------------------------------------------- portfolios and combine


def ties():
    return table([("A", "B", 3), ("B", "A", 3), ("A", "C", 1)], ("state", "partner", "value"))


def test_portfolios_complete_the_ties():
    found = portfolios(ties(), members="ABCD", levels=[0, 1, 2, 3], self_tie="maximum")
    wide = found.pivot(index="state", columns="item", values="value")
    assert wide.to_numpy().tolist() == [[3, 3, 1, 0], [3, 3, 0, 0], [0, 0, 3, 0], [0, 0, 0, 3]]


def test_self_tie_drop_compares_ties_to_third_parties():
    found = portfolios(ties(), members="ABCD", levels=[0, 1, 2, 3], self_tie="drop")
    similar = dyads(found, levels=[0, 1, 2, 3], measures=["s_absolute"])
    assert similar["n_shared"].tolist() == [2] * 6
    by_key = similar.set_index(["state", "partner"])["s_absolute"]
    # A and B toward C and D: (1, 0) and (0, 0).
    assert by_key.loc[("A", "B")] == pytest.approx(1 - 2 * (1 / 3) / 2)


def test_portfolios_by_period_and_weights_by_capabilities():
    data = pd.concat([ties().assign(year=1914), ties().iloc[:2].assign(year=1915)])
    members = pd.DataFrame({"state": list("ABCD") + list("ABC"), "year": [1914] * 4 + [1915] * 3})
    found = portfolios(data, members=members, levels=[0, 1, 2, 3], self_tie="maximum", by="year")
    assert found.groupby("year").size().to_dict() == {1914: 16, 1915: 9}
    shares = pd.Series(
        [0.4, 0.3, 0.2, 0.1, 0.5, 0.25, 0.25],
        index=pd.MultiIndex.from_frame(members[["year", "state"]]),
    )
    similar = dyads(
        found, levels=[0, 1, 2, 3], by="year", item_weights=shares, measures=["s_absolute"]
    ).set_index(["year", "state", "partner"])["s_absolute"]
    assert similar.loc[(1914, "A", "C")] == pytest.approx(
        1 - 2 * (0.4 * 3 + 0.3 * 3 + 0.2 * 2 + 0.1 * 0) / 3
    )
    assert similar.loc[(1915, "A", "B")] == 1.0


def test_several_treaties_take_the_strongest():
    data = pd.concat([ties(), ties().iloc[:1].assign(value=1)])
    options = {"members": "ABCD", "levels": [0, 1, 2, 3], "self_tie": "maximum"}
    with pytest.raises(SimilarityError, match=r"repeat a state and partner: \('A', 'B', 1\)|\('A"):
        portfolios(data, **options)
    strongest = portfolios(data, several="maximum", **options)
    pd.testing.assert_frame_equal(strongest, portfolios(ties(), **options))


def test_combine_is_signorino_and_ritters_s(votes):
    pacts = long({"BLR": [0, 3], "KAZ": [0, 3], "USA": [0, 0]})
    left = dyads(votes, levels=LEVELS, se="analytic")
    right = dyads(pacts, levels=[0, 1, 2, 3], se="analytic")
    found = combine([left, right], weights=[3, 1])
    assert list(found.columns[:4]) == ["state", "partner", "n_shared", "n_sources"]
    assert found["n_shared"].tolist() == [6, 6, 7]
    assert found["n_sources"].tolist() == [2, 2, 2]
    for name in ("agreement", "s_absolute", "s_squared", "a_absolute", "a_squared"):
        expected = (3 * left[name] + right[name]) / 4
        np.testing.assert_allclose(found[name], expected, rtol=1e-14)
        errors = np.sqrt((3 * left[f"{name}_se"]) ** 2 + right[f"{name}_se"] ** 2) / 4
        np.testing.assert_allclose(found[f"{name}_se"], errors, rtol=1e-14)
    assert not {"kappa_linear", "pi_nominal", "tau_b", "agreement_half"} & set(found.columns)


def test_combine_with_equal_items_is_one_table(votes):
    # Same levels, one weight an item: stacking the items is the same as weighing the sources.
    other = votes.dropna().assign(item=lambda d: d["item"] + 100)
    other = other[other["item"] < 103]
    both = pd.concat([votes[votes["item"] < 3], other])
    parts = [dyads(part, levels=LEVELS) for part in (votes[votes["item"] < 3], other)]
    stacked = dyads(both, levels=LEVELS)
    np.testing.assert_allclose(combine(parts)["s_absolute"], stacked["s_absolute"], rtol=1e-14)


def test_combine_and_a_dyad_that_one_source_lacks(votes):
    left = dyads(votes, levels=LEVELS, measures=["s_absolute"])
    right = left[left["partner"] != "USA"].assign(s_absolute=-1.0)
    propagated = combine([left, right])
    assert propagated["s_absolute"].isna().tolist() == [False, True, True]
    assert propagated["n_sources"].tolist() == [2, 1, 1]
    renormalised = combine([left, right], missing="renormalise")
    expected = [(left["s_absolute"][0] - 1) / 2, *left["s_absolute"][1:]]
    assert renormalised["s_absolute"].tolist() == expected
    # A source without weight has no say, not even by being undefined.
    ignored = combine([left, right], weights=[1, 0])
    assert ignored["s_absolute"].tolist() == left["s_absolute"].tolist()


# ---------------------------------------------------------------------- shapes


def test_to_matrix_is_symmetric_by_period(votes):
    data = pd.concat([votes.assign(year=2000), votes[votes["state"] != "USA"].assign(year=2001)])
    found = dyads(data, levels=LEVELS, by="year", measures=["agreement"])
    values, states, periods = to_matrix(found, "agreement", diagonal=1.0)
    assert states.tolist() == ["BLR", "KAZ", "USA"]
    assert periods.tolist() == [2000, 2001]
    assert values.shape == (3, 3, 2)
    np.testing.assert_array_equal(values, values.transpose(1, 0, 2))
    assert values[0, 1, 0] == found.loc[0, "agreement"]
    assert np.isnan(values[0, 2, 1])
    assert (values[[0, 1, 2], [0, 1, 2]] == 1).all()
    directed = dyads(data, levels=LEVELS, by="year", measures=["agreement"], directed=True)
    np.testing.assert_array_equal(to_matrix(directed, "agreement", diagonal=1).values, values)
    some = to_matrix(found, "agreement", states=["USA", "BLR"])
    np.testing.assert_array_equal(some.values[0, 1], values[2, 0])
    assert np.isnan(some.values[0, 0]).all()


def test_to_frame_for_users_of_other_packages(votes):
    data = votes.assign(year=2014)
    found = dyads(data, levels=LEVELS, by="year")
    old = to_frame(found, codes="cow", names="haege")
    assert list(old.columns[:4]) == ["ccode1", "ccode2", "year", "n_shared"]
    assert set(old["ccode1"]) == {2, 370, 705}
    assert old["ccode1"].dtype == "int64"
    for new, name in {
        "srsvvs": "s_squared",
        "srsvva": "s_absolute",
        "kappavv": "kappa_squared",
        "pivv": "pi_squared",
        "taub": "tau_b",
        "kappa_linear": "kappa_linear",
    }.items():
        key = {2: "USA", 370: "BLR", 705: "KAZ"}
        for row in old.itertuples():
            pair = {key[row.ccode1], key[row.ccode2]}
            there = found[found["state"].isin(pair) & found["partner"].isin(pair)]
            assert getattr(row, new) == there[name].item()
    revised = to_frame(found, codes="gw", names="fpsim")
    assert {"gwcode1", "svotevus", "svotevua", "avotevus", "kvotevus", "pvotevua"} <= set(revised)


def german(**when):
    """Votes of Germany and a neighbour that no change of states touches."""
    return long({"DEU": [1, 2], "FRA": [1, 3]}, **when)


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ({"session": 40}, 260),  # 1985
        ({"session": 44}, 260),
        ({"session": 45}, 255),  # 1990: the unified state holds the code
        ({"session": 60}, 255),
        ({"year": 1985}, 260),
        ({"year": 2005}, 255),
    ],
)
def test_codes_are_those_of_the_row_s_year(when, code):
    (by,) = when
    found = to_frame(dyads(german(**when), by=by, measures=["agreement"]), codes="cow")
    assert found["ccode1"].tolist() == [220, code]
    gw = to_frame(dyads(german(**when), by=by, measures=["agreement"]), codes="gw")
    assert gw["gwcode1"].tolist() == [220, 260]  # Gleditsch and Ward give both states one code


def test_a_session_runs_into_the_next_year():
    # Ghana joined in March 1957, in session 11 of 1956.
    found = dyads(long({"GHA": [1], "FRA": [1]}, session=11), by="session")
    assert to_frame(found)["ccode1"].tolist() == [220, 452]


@pytest.mark.parametrize(
    ("table", "options", "keyword"),
    [
        (german(), {"by": None}, "DEU depends on the year"),
        (german(round=3), {"by": "round"}, "DEU depends on the year"),
        (german(year=40), {"by": "year"}, "calendar years"),
        (german(session="ES-10"), {"by": "session"}, "sessions"),
    ],
)
def test_codes_without_a_year_are_refused(table, options, keyword):
    with pytest.raises(SimilarityError, match=keyword):
        to_frame(dyads(table, measures=["agreement"], **options), codes="cow")


def test_codes_that_never_change_need_no_year():
    found = dyads(long({"FRA": [1, 2], "USA": [1, 3]}), measures=["agreement"])
    assert to_frame(found, codes="cow")["ccode1"].tolist() == [2, 220]


def test_published_votes_go_in_as_they_are():
    rows = [
        ("ARM", 1, 50, 1), ("ARM", 2, 50, 8), ("ARM", 3, 50, 3),
        ("BLR", 1, 50, 1), ("BLR", 2, 50, 2), ("BLR", 3, 50, 1),
        ("SSD", 1, 50, 9), ("SSD", 2, 50, 9),
        (None, 1, 50, 9),
    ]  # fmt: skip
    votes = pd.DataFrame(rows, columns=["state", "rcid", "session", "vote"])
    found = similarity.dyads(votes)
    # 8 is an absence; a state that is not a member has no dyad, and needs no name.
    assert found[["session", "state", "partner", "n_shared", "agreement"]].values.tolist() == [
        [50, "ARM", "BLR", 2, 0.5]
    ]
    assert (found.attrs["not_a_member"], found.attrs["no_state"]) == (3, 0)
    as_abstention = similarity.dyads(votes, absent=2)
    assert as_abstention["agreement"].tolist() == [2 / 3]


def test_votes_without_a_state_are_left_out_with_a_warning():
    votes = long({"A": [1, 2], "B": [1, 3]})
    more = pd.concat([votes, table([(None, 0, 1)])], ignore_index=True)
    with pytest.warns(UserWarning, match="1 votes are left out.*no state"):
        found = dyads(more)
    assert found.attrs["no_state"] == 1
    pd.testing.assert_frame_equal(found, dyads(votes), check_exact=True, check_dtype=False)


def test_the_seed_of_the_bootstrap_is_recorded(votes):
    fresh = dyads(votes, se=Bootstrap(20, rng=None))
    again = dyads(votes, se=Bootstrap(20, rng=fresh.attrs["seed"]))
    pd.testing.assert_frame_equal(fresh, again, check_exact=True)
    assert dyads(votes, se="bootstrap").attrs["seed"] == 0
    assert dyads(votes).attrs["seed"] is None


def test_to_frame_leaves_labels_that_are_what_is_asked_for():
    # 315 is no state in the year 1993, but some files have it; nothing is looked up.
    found = dyads(long({315: [1], 365: [1]}, year=1993), levels=LEVELS, by="year")
    assert to_frame(found, codes="cow", system="cow")["ccode1"].tolist() == [315, 365]


@pytest.mark.parametrize(
    ("levels", "weights", "scheme", "source", "expected"),
    [
        ([0, 1, 2, 3], False, "haege", "alliances", {"srsvas", "srsvaa", "kappava", "piva"}),
        ([0, 1, 2, 3], True, "haege", "alliances", {"srswvas", "srswvaa", "kappa_squared"}),
        ([0, 1], False, "haege", "alliances", {"srsba", "kappaba", "piba", "s_squared"}),
        ([0, 1], False, "fpsim", "alliances", {"sallybua", "sallybus", "kallybus"}),
        ([0, 1, 2, 3], True, "fpsim", "alliances", {"sallyvwa", "aallyvws", "pallyvws"}),
    ],
)
def test_names_follow_levels_and_weights(levels, weights, scheme, source, expected):
    data = long({"A": [0, 1, 1], "B": [0, 0, 1]})
    weigh = pd.Series([1.0, 2.0, 3.0]) if weights else None
    found = dyads(data, levels=levels, item_weights=weigh, se="analytic")
    renamed = to_frame(found, codes={"A": 1, "B": 2}, names=scheme, source=source)
    assert expected | {f"{name}_se" for name in expected} <= set(renamed.columns)
    assert renamed.columns.is_unique


# ---------------------------------------------------------------------- defects of peers


def test_peer_defect_1_levels_that_do_not_occur():
    # Distances are between declared values, also uneven ones, whichever of them occur.
    data = long({"A": [0, 3], "B": [0, 1]})
    assert one(data, "s_absolute", levels=[0, 1, 3]) == [1 / 3]
    assert one(data, "s_absolute", levels=[0, 1, 2, 3]) == one(data, "s_absolute", levels=[0, 1, 3])
    narrow = long({"A": [0, 1], "B": [0, 0]})
    assert one(narrow, "s_absolute", levels=[0, 1, 2, 3]) == [2 / 3]
    assert one(narrow, "s_absolute", levels=[0, 1]) == [0.0]


@pytest.mark.parametrize("kind", ["absolute", "squared"])
def test_peer_defect_2_one_denominator_in_a(kind):
    # A of independent portfolios is zero, also when the extreme level does not occur.
    data = long({"A": [0, 0, 1, 1], "B": [0, 1, 0, 1]})
    found = dyads(data, levels=[0, 1, 5])
    assert found[f"a_{kind}"].tolist() == [0.0]
    expected = twin.similarity(f"a_{kind}", [0, 1, 1], [0, 0, 1], [0, 1, 5])
    varied = dyads(long({"A": [0, 1, 1], "B": [0, 0, 1]}), levels=[0, 1, 5])
    assert varied.loc[0, f"a_{kind}"] == pytest.approx(expected, abs=1e-15)
    assert expected != 0


def test_peer_defect_3_nominal_kappa_is_not_zero(votes):
    found = dyads(votes, levels=LEVELS, measures=["kappa_nominal"]).set_index(["state", "partner"])
    # KAZ 1 2 3 1 2 and USA 3 1 3 1 1: agreement 2/5, by chance (2·3 + 2·0 + 1·2)/25.
    assert found.loc[("KAZ", "USA"), "kappa_nominal"] == pytest.approx((0.4 - 0.32) / 0.68)


def test_peer_defect_4_pi_is_nominal_linear_and_squared(votes):
    found = dyads(votes, levels=LEVELS, measures=["pi_nominal", "pi_linear", "pi_squared"])
    x, y = [1, 2, 3, 1, 2], [3, 1, 3, 1, 1]
    values = found.iloc[2, 3:].tolist()
    expected = [twin.similarity(f"pi_{k}", x, y, LEVELS) for k in ("nominal", "linear", "squared")]
    assert values == pytest.approx(expected, abs=1e-15)
    assert len(set(values)) == 3


def test_peer_defect_5_values_outside_the_levels_are_an_error(votes):
    with pytest.raises(SimilarityError, match="values outside levels"):
        dyads(votes.replace({"value": {2: 7}}), levels=LEVELS)


def test_peer_defect_6_both_directions_join_to_directed_rows(votes):
    directed = pd.DataFrame(
        [(a, b) for a in ("BLR", "KAZ", "USA") for b in ("BLR", "KAZ", "USA") if a != b],
        columns=["state", "partner"],
    )
    for found in (
        dyads(votes, levels=LEVELS, directed=True),
        to_frame(dyads(votes, levels=LEVELS), codes=None),
        to_frame(dyads(votes, levels=LEVELS, directed=True), codes=None),
    ):
        joined = directed.merge(found, how="left")
        assert len(joined) == 6
        assert joined["agreement"].notna().all()


def test_peer_defect_7_nothing_is_rounded():
    data = long({"A": [1] * 7, "B": [1] * 6 + [3]})
    assert one(data, "agreement") == [6 / 7]
    assert to_frame(dyads(data, levels=LEVELS), codes=None)["agreement"].tolist() == [6 / 7] * 2


# ---------------------------------------------------------------------- bad input


def bad_votes(**changes):
    return long({"A": [1, 2], "B": [1, 3]}).assign(**changes)


BAD_INPUT = {
    "unknown levels": (
        lambda: dyads(bad_votes(value=[1, 7, 1, 10]), levels=LEVELS),
        r"values outside levels=\[1, 2, 3\]: 7 in 1 rows \(first: state A, item 1\); 10 in 1 rows "
        r"\(first: state B, item 1\)\. Declare them, .* absence is NaN",
    ),
    "codes of published votes among other levels": (
        lambda: dyads(bad_votes(value=[1, 8, 1, 9]), levels=[0, 1, 2]),
        r"values outside levels=\[0, 1, 2\]: 8 in 1 rows .*; 9 in 1 rows",
    ),
    "no members": (
        lambda: dyads(bad_votes(value=9), levels=LEVELS),
        r"4 rows have the code 9",
    ),
    "weights that miss an item": (
        lambda: dyads(bad_votes(), levels=LEVELS, item_weights=pd.Series({0: 1.0})),
        r"misses 1 items of the data: 1; give every item a weight, 0 to leave it out",
    ),
    "weights that miss an item of a group": (
        lambda: dyads(
            bad_votes(year=2000),
            levels=LEVELS,
            by="year",
            item_weights=pd.Series([1.0, 1.0], index=pd.MultiIndex.from_product([[1999], [0, 1]])),
        ),
        r"misses 2 items of the data: \(2000, 0\); \(2000, 1\)",
    ),
    "negative weights": (
        lambda: dyads(bad_votes(), levels=LEVELS, item_weights=pd.Series([1.0, -2.0])),
        r"must be finite and ≥ 0; 1 are not: 1: -2\.0",
    ),
    "missing weights": (
        lambda: dyads(bad_votes(), levels=LEVELS, item_weights=pd.Series([np.nan, 1.0])),
        r"must be finite and ≥ 0; 1 are not: 0: nan",
    ),
    "weights given twice": (
        lambda: dyads(bad_votes(), levels=LEVELS, item_weights=pd.Series([1, 2, 3], [0, 1, 1])),
        r"several weights to 1 items: 1",
    ),
    "weights that are words": (
        lambda: dyads(bad_votes(), levels=LEVELS, item_weights=pd.Series(["a", "b"])),
        r"item_weights must be numbers",
    ),
    "weights that are no Series": (
        lambda: dyads(bad_votes(), levels=LEVELS, item_weights=[1, 2]),
        r"must be a Series indexed by 'item', got list",
    ),
    "weights of another index": (
        lambda: dyads(
            bad_votes(),
            levels=LEVELS,
            item_weights=pd.Series([1.0], index=pd.MultiIndex.from_tuples([(1, 2)])),
        ),
        r"must be indexed by 'item', got an index of 2 levels",
    ),
    "contradictory votes": (
        lambda: dyads(
            pd.concat([bad_votes(), table([("B", 1, 1)])]).assign(session=68),
            levels=LEVELS,
            by="session",
        ),
        r"contradictory votes of one state on one item in session 68: state B, item 1 "
        r"\(rows \[3, 0\]\); keep one row",
    ),
    "a vote and an absence": (
        lambda: dyads(pd.concat([bad_votes(), table([("B", 1, np.nan)])]), levels=LEVELS),
        r"contradictory votes of one state on one item in the data: state B, item 1",
    ),
    "a group without votes": (
        lambda: dyads(
            pd.concat([bad_votes(year=2000), bad_votes(year=2001, value=np.nan)]),
            levels=LEVELS,
            by="year",
        ),
        r"1 of 2 groups of `by` have no votes, .* missing: year 2001",
    ),
    "a flag without votes": (
        lambda: dyads(bad_votes(hr=0), levels=LEVELS, by=Flags("hr")),
        r"a group of `by` has no votes: no row has 'hr' = 1",
    ),
    "letters for votes": (
        lambda: dyads(bad_votes(value=list("YNAX")), levels=LEVELS),
        r"must hold numbers, .* with 'Y'; 'N'; 'A'; and 1 more; map its categories, .*"
        r"\.map\(\{\"Y\": 1, .*alignindex\.sources\.unga",
    ),
    "no such column": (
        lambda: dyads(bad_votes().rename(columns={"item": "items"}), levels=LEVELS),
        r"item='item' is not a column of the data \(did you mean 'items'\?\); name one of state",
    ),
    "a column twice": (
        lambda: dyads(pd.concat([bad_votes(), bad_votes()["item"]], axis=1), levels=LEVELS),
        r"item='item' names several columns",
    ),
    "no such group": (
        lambda: dyads(bad_votes(session=1), levels=LEVELS, by="sesion"),
        r"by='sesion' is not a column of the data \(did you mean 'session'\?\)",
    ),
    "a group of a wrong kind": (
        lambda: dyads(bad_votes(), levels=LEVELS, by=[3]),
        r"by takes column names, Rolling\(column, width\) and Flags",
    ),
    "a group twice": (
        lambda: dyads(bad_votes(y=1), levels=LEVELS, by=["y", Rolling("y", 1)]),
        r"by names 'y' twice",
    ),
    "a missing group": (
        lambda: dyads(bad_votes(year=[2000, None, 2000, 2000]), levels=LEVELS, by="year"),
        r"by column 'year' is missing in 1 rows \(index 1\)",
    ),
    "a missing item": (
        lambda: dyads(bad_votes(item=[0, None, 0, 1]), levels=LEVELS),
        r"item column 'item' is missing in 1 rows \(index 1\); fill it or drop",
    ),
    "no session": (
        lambda: dyads(bad_votes(), by="session"),
        r"by='session' is not a column .* by=None",
    ),
    "states of two kinds": (
        lambda: dyads(bad_votes(state=["A", "A", 2, 2]), levels=LEVELS),
        r"column 'state' mixes int and str",
    ),
    "one state": (
        lambda: dyads(bad_votes(state="A", item=[0, 1, 2, 3]), levels=LEVELS),
        r"no group holds two states",
    ),
    "no rows": (
        lambda: dyads(bad_votes().iloc[:0], levels=LEVELS),
        r"votes has no rows",
    ),
    "no table": (
        lambda: dyads({"state": ["A"]}, levels=LEVELS),
        r"votes must be a pandas DataFrame .* got dict",
    ),
    "one level": (
        lambda: dyads(bad_votes(), levels=[1]),
        r"at least two finite numbers, got \[1\]",
    ),
    "a level twice": (
        lambda: dyads(bad_votes(), levels=[1, 2, 2]),
        r"levels must differ, got \[1, 2, 2\]",
    ),
    "levels that are words": (
        lambda: dyads(bad_votes(), levels=["yes", "no"]),
        r"levels must be numbers, got \['yes', 'no'\]; map",
    ),
    "too many levels": (
        lambda: dyads(bad_votes(), levels=range(200)),
        r"at most 32 levels, got 200",
    ),
    "unknown measure": (
        lambda: dyads(bad_votes(), levels=LEVELS, measures=["kapa_linear"]),
        r"unknown measure 'kapa_linear' \(did you mean 'kappa_linear'\?\); there are agreement,",
    ),
    "a measure twice": (
        lambda: dyads(bad_votes(), levels=LEVELS, measures=["tau_b", "tau_b"]),
        r"names 'tau_b' twice",
    ),
    "no measure": (
        lambda: dyads(bad_votes(), levels=LEVELS, measures=[]),
        r"measures is empty",
    ),
    "half marks of four levels": (
        lambda: dyads(bad_votes(), levels=[1, 2, 3, 4], measures=["agreement_half"]),
        r"agreement_half needs three levels, got 4",
    ),
    "absent as no level": (
        lambda: dyads(bad_votes(), levels=LEVELS, absent=8),
        r'absent must be "drop" or one of levels=\[1\.0, 2\.0, 3\.0\], got 8',
    ),
    "absent misspelt": (
        lambda: dyads(bad_votes(), levels=LEVELS, absent="dorp"),
        r'absent must be "drop" or one of levels',
    ),
    "unanimous misspelt": (
        lambda: dyads(bad_votes(), levels=LEVELS, unanimous="dropp"),
        r"unanimous must be one of 'keep', 'drop', got 'dropp' \(did you mean 'drop'\?\)",
    ),
    "min_shared of zero": (
        lambda: dyads(bad_votes(), levels=LEVELS, min_shared=0),
        r"min_shared must be a whole number ≥ 1, got 0",
    ),
    "se misspelt": (
        lambda: dyads(bad_votes(), levels=LEVELS, se="boostrap"),
        r"se must be one of 'analytic', 'bootstrap', got 'boostrap' \(did you mean 'bootstrap'",
    ),
    "two columns of a name": (
        lambda: dyads(bad_votes(partner=1), levels=LEVELS, by="partner"),
        r"the result would have two columns partner",
    ),
    "one draw": (lambda: Bootstrap(1), r"at least 2 draws, got 1"),
    "own matrix of another shape": (
        lambda: dyads(bad_votes(), levels=LEVELS, measures=[Disagreement("m", np.eye(2))]),
        r"'m' must have shape \(3, 3\), .* got \(2, 2\)",
    ),
    "own matrix not symmetric": (
        lambda: dyads(
            bad_votes(),
            levels=LEVELS,
            measures=[Disagreement("m", [[0, 1, 2], [3, 0, 1], [2, 1, 0]])],
        ),
        r"'m' must be symmetric with a zero diagonal",
    ),
    "own matrix negative": (
        lambda: dyads(bad_votes(), levels=LEVELS, measures=[Disagreement("m", -np.ones((3, 3)))]),
        r"'m' must be finite, ≥ 0 and not all zero",
    ),
    "own matrix of other labels": (
        lambda: dyads(
            bad_votes(), levels=LEVELS, measures=[Disagreement("m", pd.DataFrame(1 - np.eye(3)))]
        ),
        r"'m' must be labelled by the levels \[1\.0, 2\.0, 3\.0\], got rows \[0, 1, 2\]",
    ),
    "own form misspelt": (
        lambda: Disagreement("m", np.eye(3), form="kapa"),
        r"must be one of agreement, s, a, kappa, pi, got 'kapa' \(did you mean 'kappa'",
    ),
    "window of words": (
        lambda: dyads(bad_votes(year="x"), levels=LEVELS, by=Rolling("year", 2)),
        r"Rolling\('year', ...\) needs whole numbers",
    ),
    "window of fractions": (
        lambda: dyads(bad_votes(year=0.5), levels=LEVELS, by=Rolling("year", 2)),
        r"needs whole numbers, got 0\.5",
    ),
    "window wider than the data": (
        lambda: dyads(bad_votes(year=2000), levels=LEVELS, by=Rolling("year", 2)),
        r"no window of width 2 fits into 'year' from 2000 to 2000",
    ),
    "window of no width": (lambda: Rolling("year", 0), r"width of at least 1, got 0"),
    "flags of other values": (
        lambda: dyads(bad_votes(hr=2), levels=LEVELS, by=Flags(["hr"])),
        r"columns of 0, 1 or NaN; 'hr' \(int64\) has others: 2",
    ),
    "flags of words": (
        lambda: dyads(bad_votes(hr="yes"), levels=LEVELS, by=Flags(["hr"])),
        r"columns of 0, 1 or NaN; 'hr' \(.*\) has others: yes",
    ),
    "consensus of no level": (
        lambda: dyads(bad_votes(), levels=LEVELS, consensus=Consensus(3, level=0)),
        r"level of Consensus must be one of levels=\[1\.0, 2\.0, 3\.0\], got 0",
    ),
    "consensus that lacks a group": (
        lambda: dyads(
            bad_votes(year=2000), levels=LEVELS, by="year", consensus=Consensus({1999: 3}, level=1)
        ),
        r"lacks 1 of 1 groups: 2000; give 0",
    ),
    "consensus of a fraction": (
        lambda: dyads(
            bad_votes(year=2000),
            levels=LEVELS,
            by="year",
            consensus=Consensus({2000: 2.5}, level=1),
        ),
        r"must be whole and ≥ 0, got 2\.5",
    ),
    "consensus by group without groups": (
        lambda: dyads(bad_votes(), levels=LEVELS, consensus=Consensus({2000: 2}, level=1)),
        r"there is no `by`; give one int",
    ),
    "consensus of a wrong type": (
        lambda: dyads(bad_votes(), levels=LEVELS, consensus=Consensus(2.5, level=1)),
        r"must be an int, or a Series or mapping from group to int, got float",
    ),
    "consensus of negative weight": (
        lambda: Consensus(2, level=1, weight=-1),
        r"weight of Consensus must be a finite number ≥ 0, got -1",
    ),
    "ties of strangers": (
        lambda: portfolios(ties(), members="AB", levels=[0, 1, 2, 3], self_tie="drop"),
        r"1 commitments .* not a member: \('A', 'C'\)",
    ),
    "ties without a value": (
        lambda: portfolios(
            ties().assign(value=np.nan), members="ABC", levels=[0, 1, 3], self_tie="drop"
        ),
        r"value column 'value' is missing in 3 rows",
    ),
    "ties of an unknown level": (
        lambda: portfolios(ties(), members="ABC", levels=[0, 1], self_tie="drop"),
        r"values outside levels=\[0, 1\]: 3 in 2 rows \(first: state A, partner B\)",
    ),
    "no tie is no level": (
        lambda: portfolios(ties(), members="ABC", levels=[1, 3], self_tie="drop"),
        r"none must be one of levels=\[1\.0, 3\.0\], got 0",
    ),
    "self tie of no policy": (
        lambda: portfolios(ties(), members="ABC", levels=[0, 1, 3], self_tie="max"),
        r"self_tie must be one of 'maximum', 'drop', got 'max'",
    ),
    "members without periods": (
        lambda: portfolios(
            ties().assign(y=1), members="ABC", levels=[0, 1, 3], self_tie="drop", by="y"
        ),
        r"members must be a DataFrame with the columns 'y' and 'state'",
    ),
    "combining one": (
        lambda: combine([dyads(bad_votes(), levels=LEVELS)]),
        r"at least two results of dyads, got 1",
    ),
    "combining ratios": (
        lambda: combine([dyads(bad_votes(), levels=LEVELS)] * 2, measures=["kappa_linear"]),
        r"got kappa_linear: kappa, pi and tau-b are ratios",
    ),
    "combining nothing in common": (
        lambda: combine(
            [
                dyads(bad_votes(), levels=LEVELS, measures=["agreement"]),
                dyads(bad_votes(), levels=LEVELS, measures=["s_absolute"]),
            ]
        ),
        r"no agreement, S or A is in all sources",
    ),
    "combining different groups": (
        lambda: combine(
            [dyads(bad_votes(), levels=LEVELS), dyads(bad_votes(y=1), levels=LEVELS, by="y")]
        ),
        r"all sources need the same groups and direction, got \['state', 'partner'\], undirected",
    ),
    "combining different directions": (
        lambda: combine(
            [dyads(bad_votes(), levels=LEVELS), dyads(bad_votes(), levels=LEVELS, directed=True)]
        ),
        r"\['state', 'partner'\], directed",
    ),
    "weights of too few sources": (
        lambda: combine([dyads(bad_votes(), levels=LEVELS)] * 2, weights=[1]),
        r"one number per source: 2 sources, got \(1,\)",
    ),
    "weights of sources all zero": (
        lambda: combine([dyads(bad_votes(), levels=LEVELS)] * 2, weights=[0, 0]),
        r"not all 0, got \[0\.0, 0\.0\]",
    ),
    "matrix of no measure": (
        lambda: to_matrix(dyads(bad_votes(), levels=LEVELS), "agrement"),
        r"measure='agrement' is not a column of the data \(did you mean 'agreement'\?\)",
    ),
    "matrix of two groups": (
        lambda: to_matrix(dyads(bad_votes(a=1, b=2), levels=LEVELS, by=["a", "b"]), "agreement"),
        r"groups a, b; name the column of periods",
    ),
    "matrix of repeated dyads": (
        lambda: to_matrix(
            dyads(
                pd.concat([bad_votes(a=1, b=2), bad_votes(a=2, b=2)]), levels=LEVELS, by=["a", "b"]
            ),
            "agreement",
            by="b",
        ),
        r"same dyad and period: \(2, 'A', 'B'\)",
    ),
    "code that is not there": (
        lambda: to_frame(dyads(bad_votes(), levels=LEVELS), codes={"A": 1}),
        r"1 actors have no code in codes: B",
    ),
    "codes of no system": (
        lambda: to_frame(dyads(bad_votes(), levels=LEVELS), codes="cov"),
        r"codes must be one of 'cow', 'gw', 'iso3', 'name', got 'cov' \(did you mean 'cow'",
    ),
    "names of no scheme": (
        lambda: to_frame(dyads(bad_votes(), levels=LEVELS), codes=None, names="hage"),
        r"names must be one of None, 'haege', 'fpsim', got 'hage'",
    ),
    "frame without its record": (
        lambda: to_frame(
            pd.DataFrame(dyads(bad_votes(), levels=LEVELS).to_dict()), codes=None, names="haege"
        ),
        r"no longer says whether it is weighted .* say weighted=True",
    ),
    "half of the directions": (
        lambda: to_frame(
            dyads(long({"A": [1], "B": [1], "C": [1]}), levels=LEVELS, directed=True).iloc[:3],
            codes=None,
        ),
        r"some dyads have both directions and some one",
    ),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input(case):
    call, message = BAD_INPUT[case]
    with pytest.raises(SimilarityError, match=message):
        call()


def test_an_item_with_one_observed_category_is_no_error():
    data = long({"A": [1, 1], "B": [1, 3], "C": [1, 2]})
    assert dyads(data, levels=LEVELS, measures=["agreement"])["agreement"].tolist() == [0.5] * 3
