"""Specs: the bundled ones, reading and writing, and every way in which one can be wrong."""

from __future__ import annotations

import hashlib
import json

import pytest
from pydantic import ValidationError

from alignindex import list_specs, load_spec
from alignindex.base.errors import AlignIndexError, SpecError
from alignindex.spec import IndexSpec

X = {"name": "votes", "columns": ["votes"], "rule": {"kind": "identity"}}
SPEC = {
    "schema_version": 1,
    "name": "test",
    "fidelity": "illustrative",
    "missing": "renormalise",
    "indicators": [X],
}


def make(**changes):
    return IndexSpec.from_dict(SPEC | changes)


def refused(**changes):
    with pytest.raises(SpecError) as error:
        make(**changes)
    return str(error.value)


# --- what is wrong --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weight", "words"),
    [
        (-1.0, "greater than or equal to 0, got -1.0"),
        (float("nan"), "finite number, got nan"),
        (float("inf"), "finite number, got inf"),
        ("much", "valid number"),
    ],
)
def test_weights(weight, words):
    message = refused(indicators=[X | {"weight": weight}])
    assert "indicators > 'votes' > weight: " in message
    assert words in message
    node = {"name": "n", "weight": weight}
    message = refused(nodes=[node], indicators=[X | {"parent": "n"}])
    assert "nodes > 'n' > weight: " in message


def test_weights_that_are_all_0():
    assert "the weights below the root are all 0" in refused(indicators=[X | {"weight": 0}])
    below = [X | {"name": "a", "weight": 0, "parent": "n"}, X]
    message = refused(nodes=[{"name": "n"}], indicators=below)
    assert "the weights below node 'n' are all 0: at least one must be positive" in message


def test_weights_that_cannot_be_added():
    huge = [X | {"weight": 1e308}, X | {"name": "other", "weight": 1e308}]
    assert "too large to be added" in refused(indicators=huge)


def test_unknown_rule_shows_the_closest():
    message = refused(indicators=[X | {"rule": {"kind": "treshold"}}])
    assert "indicators > 'votes' > rule: unknown kind 'treshold'" in message
    assert "(did you mean 'thresholds'?)" in message
    assert "one of identity, share, thresholds, levels, minmax, saturate" in message


def test_a_rule_without_a_kind():
    message = refused(indicators=[X | {"rule": {}}])
    assert "indicators > 'votes' > rule: needs a kind; one of identity, share" in message
    assert "rule: is required" in refused(indicators=[{"name": "a", "columns": ["a"]}])
    message = refused(indicators=[X | {"rule": {"kind": "minmax", "lo": 0}}])
    assert "indicators > 'votes' > rule > hi: is required" in message


def test_unknown_window_shows_the_closest():
    message = refused(indicators=[X | {"window": {"kind": "trailing_summ", "years": 3}}])
    assert "window: unknown kind 'trailing_summ' (did you mean 'trailing_sum'?)" in message
    assert "one of none, trailing_sum, trailing_mean, last_known" in message


def test_unknown_parent_shows_the_closest():
    message = refused(nodes=[{"name": "security"}], indicators=[X | {"parent": "securty"}])
    assert "'votes' hangs from node 'securty', which is not declared" in message
    assert "(did you mean 'security'?)" in message
    message = refused(
        nodes=[{"name": "a", "parent": "b"}], indicators=[X, X | {"name": "y", "parent": "a"}]
    )
    assert "'a' hangs from node 'b', which is not declared" in message


def test_a_cycle():
    nodes = [{"name": "a", "parent": "b"}, {"name": "b", "parent": "a"}]
    message = refused(nodes=nodes, indicators=[X | {"parent": "a"}])
    assert "the tree has a cycle through node 'a'" in message
    nodes = [{"name": "a", "parent": "a"}]
    assert "cycle through node 'a'" in refused(nodes=nodes, indicators=[X | {"parent": "a"}])


def test_names_must_be_unique():
    assert "used twice: votes" in refused(indicators=[X, X])
    assert "used twice: n" in refused(
        nodes=[{"name": "n"}], indicators=[X | {"name": "n", "parent": "n"}]
    )


@pytest.mark.parametrize("name", ["state", "partner", "year"])
def test_an_indicator_named_as_a_key(name):
    assert f"an indicator cannot be named {name!r}" in refused(indicators=[X | {"name": name}])
    make(indicators=[X | {"name": f"{name}s"}])


def test_a_node_without_children():
    assert "node 'n' has no children" in refused(nodes=[{"name": "n"}])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mising": "propagate"}, "mising: there is no such key (did you mean 'missing'?)"),
        (
            {"indicators": [X | {"wieght": 1}]},
            "indicators > 'votes' > wieght: there is no such key (did you mean 'weight'?)",
        ),
        (
            {"nodes": [{"name": "n", "agregation": "min"}], "indicators": [X | {"parent": "n"}]},
            "nodes > 'n' > agregation: there is no such key (did you mean 'aggregation'?)",
        ),
        (
            {"indicators": [X | {"rule": {"kind": "identity", "clip": True}}]},
            "indicators > 'votes' > rule > clip: there is no such key",
        ),
        ({"fidelity": "documentd"}, "got 'documentd' (did you mean 'documented'?)"),
        ({"aggregation": "average"}, "expected one of mean, sum, geometric, min, stages"),
        ({"missing": "drop"}, "missing: expected one of propagate, renormalise, carry, got 'drop'"),
        ({"schema_version": 3}, "schema_version: expected one of 1, 2, got 3"),
        ({"min_coverage": 1.5}, "min_coverage: Input should be less than or equal to 1, got 1.5"),
        ({"min_coverage": 0.5, "missing": "propagate"}, "min_coverage works under missing ="),
        ({"met": 0.5}, "the root: `met` goes with aggregation 'stages', and only with it"),
        ({"aggregation": "stages"}, "the root: `met` goes with aggregation 'stages'"),
        ({"scale": [1, 0]}, "the root: scale must rise, got [1.0, 0.0]"),
        ({"scale": [0, float("inf")]}, "scale"),
        ({"name": ""}, "name"),
        ({"indicators": []}, "indicators"),
    ],
)
def test_keys_and_values(changes, words):
    assert words in refused(**changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rule": {"kind": "thresholds", "cuts": [3, 1], "codes": [0, 1, 1]}}, "rise strictly"),
        ({"rule": {"kind": "thresholds", "cuts": [1, 1], "codes": [0, 1, 1]}}, "rise strictly"),
        ({"rule": {"kind": "thresholds", "cuts": [1, 3], "codes": [0, 1]}}, "3 classes; got 2"),
        ({"rule": {"kind": "thresholds", "cuts": [1], "codes": [0, 2]}}, "less than or equal to 1"),
        ({"rule": {"kind": "levels", "codes": {"a": [1, 0]}}}, "'a' has its bounds the wrong way"),
        ({"rule": {"kind": "levels", "codes": {}}}, "codes"),
        ({"rule": {"kind": "levels", "codes": {"": 1}}}, "a level needs a name"),
        ({"window": {"kind": "decay_sum", "years": 3, "half_life": 0.0005}}, "1000 times"),
        (
            {"window": {"kind": "decay_mean", "years": 3, "half_life": 1e-300, "min_years": 1}},
            "1000 times",
        ),
        ({"rule": {"kind": "levels", "codes": {"a": 1.5}}}, "rule > codes > a: "),
        ({"rule": {"kind": "minmax", "lo": 1, "hi": 1}}, "minmax needs lo < hi"),
        ({"rule": {"kind": "share"}}, "rule 'share' reads 2 column(s); got ['votes']"),
        ({"columns": ["a", "b"]}, "rule 'identity' reads 1 column(s); got ['a', 'b']"),
        ({"columns": []}, "columns"),
        (
            {
                "rule": {"kind": "levels", "codes": {"a": 1}},
                "window": {"kind": "trailing_sum", "years": 2},
            },
            "window 'trailing_sum' has no meaning for rule 'levels'; use one of none, last_known",
        ),
        (
            {"window": {"kind": "trailing_mean", "years": 2, "min_years": 3}},
            "min_years = 3 exceeds",
        ),
        ({"window": {"kind": "trailing_sum", "years": 0}}, "greater than or equal to 1"),
        ({"window": {"kind": "trailing_sum", "years": 1.5}}, "years"),
        ({"years": {"first": 2015, "last": 2014}}, "first = 2015 comes after last = 2014"),
        ({"years": {}}, "needs first or last"),
        ({"states": []}, "states"),
        ({"cut": 1.5}, "cut"),
    ],
)
def test_indicators(changes, words):
    message = refused(indicators=[X | changes])
    assert words in message
    assert "'votes'" in message


def test_a_geometric_mean_takes_nothing_negative():
    nodes = [{"name": "tone", "scale": [-1, 1]}]
    message = refused(nodes=nodes, indicators=[X | {"parent": "tone"}], aggregation="geometric")
    assert "'tone' can be as low as -1, and a geometric mean takes no negative value" in message
    # All together the mean is 0.5 at least; where only the first applies, it is -1.
    nodes = [
        {"name": "both"},
        {"name": "a", "parent": "both", "scale": [-1, 0]},
        {"name": "b", "parent": "both", "scale": [2, 3]},
    ]
    below = [X | {"parent": "a"}, X | {"name": "other", "parent": "b"}]
    message = refused(nodes=nodes, indicators=below, aggregation="geometric")
    assert "'both' can be as low as -1" in message
    nodes[1]["scale"] = [0, 1]
    assert make(nodes=nodes, indicators=below, aggregation="geometric").range == (1.0, 2.0)


def test_every_problem_is_named_at_once():
    message = refused(fidelity="x", aggregation="y", indicators=[X | {"weight": -1, "wieght": 1}])
    assert message.startswith("the spec is not a valid index spec:")
    for words in ("fidelity: ", "aggregation: ", "'votes' > weight: ", "'votes' > wieght: "):
        assert words in message
    message = refused(nodes=[{"name": "n"}, {"name": "m"}])
    assert "node 'n' has no children" in message
    assert "node 'm' has no children" in message


def test_required_keys():
    with pytest.raises(SpecError) as error:
        IndexSpec.from_dict({})
    for key in ("schema_version", "name", "fidelity", "missing", "indicators"):
        assert f"  - {key}: is required" in str(error.value)


def test_broken_toml_names_line_and_column(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text('name = "x"\nweight = = 1\n', encoding="utf-8")
    with pytest.raises(SpecError, match=r"own\.toml' .*TOML: .*line 2, column 10"):
        load_spec(file)


def test_unknown_spec_shows_the_closest():
    with pytest.raises(SpecError) as error:
        load_spec("erkomaishvili2018")
    message = str(error.value)
    assert (
        "there is no bundled spec 'erkomaishvili2018' (did you mean 'erkomaishvili2019'?)"
        in message
    )
    assert "erkomaishvili2019-count" in message
    assert "path of its .toml file" in message


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(SpecError, match=r"none\.toml' cannot be read: No such file"):
        load_spec(tmp_path / "none.toml")
    with pytest.raises(SpecError, match="cannot be read: Is a directory"):
        load_spec(tmp_path)
    file = tmp_path / "latin.toml"
    file.write_bytes('name = "ü"'.encode("latin-1"))
    with pytest.raises(SpecError, match=r"latin\.toml' .*not UTF-8"):
        load_spec(file)
    file.write_text("schema_version = 1\n", encoding="utf-8")
    with pytest.raises(SpecError, match=r"latin\.toml' is not a valid"):
        load_spec(str(file))


def test_spec_errors_are_of_the_one_base():
    with pytest.raises(AlignIndexError):
        make(name="")
    with pytest.raises(ValueError, match="index spec"):
        make(name="")


# --- what is right --------------------------------------------------------------------------------


def test_a_spec_is_frozen_and_closed():
    spec = make()
    with pytest.raises(ValidationError):
        spec.missing = "propagate"
    with pytest.raises(ValidationError):
        spec.indicators[0].weight = 2.0


def test_columns_each_once_in_spec_order():
    share = {"name": "arms", "columns": ["part", "whole"], "rule": {"kind": "share"}}
    again = X | {"name": "again"}
    assert make(indicators=[share, X, again]).columns == ("part", "whole", "votes")


def test_leaf_weights_multiply_down_the_tree():
    nodes = [{"name": "a", "weight": 3}, {"name": "b", "weight": 1, "parent": "a"}]
    below = [
        X | {"name": "1", "weight": 1},  # 1/4
        X | {"name": "2", "weight": 2, "parent": "a"},  # 3/4 · 2/3
        X | {"name": "3", "weight": 5, "parent": "b"},  # 3/4 · 1/3 · 5/10
        X | {"name": "4", "weight": 5, "parent": "b"},
    ]
    assert make(nodes=nodes, indicators=below).leaf_weights == pytest.approx(
        (0.25, 0.5, 0.125, 0.125), abs=1e-15
    )


def test_references_go_by_the_topmost_node_that_is_not_linear():
    nodes = [
        {"name": "geo", "aggregation": "geometric"},
        {"name": "stage", "aggregation": "stages", "met": 0.5, "parent": "geo"},
        {"name": "stage2", "aggregation": "stages", "met": 0.5},
        {"name": "min2", "aggregation": "min", "parent": "stage2"},
    ]
    below = [X | {"name": name, "parent": name.rstrip("'")} for name in ("geo'", "stage'", "min2'")]
    spec = make(nodes=nodes, indicators=[X, *below])
    assert spec.references == {"votes": 0.0, "geo'": 1.0, "stage'": 1.0, "min2'": 0.0}


def test_the_digest_tells_specs_apart():
    spec = make()
    assert spec.digest == make().digest == IndexSpec.from_toml(spec.to_toml()).digest
    assert len(spec.digest) == 64
    others = [
        make(notes="x"),
        make(missing="propagate"),
        make(indicators=[X | {"weight": 2}]),
        make(indicators=[X | {"reverse": True}]),
        make(min_coverage=0.1),
    ]
    assert len({spec.digest, *(other.digest for other in others)}) == 6
    # Defaults that are written out make no other spec.
    assert make(aggregation="mean", min_coverage=0.0).digest == spec.digest
    assert make(indicators=[X | {"weight": 1}]).digest == spec.digest


def test_toml_comes_out_readable():
    text = make(notes='two\n"lines"').to_toml()
    assert 'notes = "two\\n\\"lines\\""' in text
    assert "[[indicators]]" in text
    assert 'rule = { kind = "identity" }' in text


# --- the bundled specs ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "-count", "-kappa", "-v1"])
def test_the_bundled_specs(name):
    spec = load_spec(f"erkomaishvili2019{name}")
    assert spec.name == f"erkomaishvili2019{name}"
    assert spec.fidelity == "reconstructed"
    assert [i.name for i in spec.indicators] == ["arms", "exercises", "un_votes", "bases", "crimea"]
    assert len(set(spec.leaf_weights)) == 1
    assert spec.doi == "10.1177/0020881718825079"
    assert IndexSpec.from_toml(spec.to_toml()) == spec
    arms, exercises, votes, bases, crimea = spec.indicators
    assert arms.columns == ("arms_tiv", "arms_tiv_total")
    assert arms.window.years == 5
    assert crimea.years.first == 2014
    if name == "-count":
        assert (spec.missing, spec.aggregation) == ("propagate", "sum")
        assert spec.range == (0.0, 5.0)
        assert (arms.cut, exercises.rule.cuts, votes.cut, crimea.cut) == (0.5, (1.0,), 0.75, 0.75)
        assert bases.rule.codes["facility"] == bases.rule.codes["base"] == 1.0
    elif name == "-v1":
        assert (spec.missing, spec.min_coverage, spec.aggregation) == ("renormalise", 0.6, "mean")
        assert spec.range == (0.0, 1.0)
        assert exercises.rule.codes == (0.0, 0.5, 1.0)
    else:
        assert (spec.missing, spec.min_coverage, spec.aggregation) == ("carry", 0.6, "mean")
        assert spec.range == (0.0, 1.0)
        assert votes.columns == (("un_kappa",) if name == "-kappa" else ("un_percentile",))
        for alternative in spec.alternatives:
            for level in alternative.levels:
                assert spec.variant(alternative.name, level.name).digest != spec.digest


def test_list_specs():
    table = list_specs()
    assert table.index.name == "name"
    assert {"erkomaishvili2019", "erkomaishvili2019-count"} <= set(table.index)
    assert set(table["fidelity"]) <= {"verified", "documented", "reconstructed", "illustrative"}
    assert (table["citation"] != "").all()


# --- between two poles, and names for scores ------------------------------------------------------

BOTH = {"name": "votes", "columns": ["votes", "votes@CHN"], "rule": {"kind": "tilt"}}
POLES = {"poles": ["USA", "CHN"], "indicators": [BOTH]}


def test_columns_of_a_bipolar_spec():
    spec = make(**POLES)
    assert spec.columns == ("votes", "votes@CHN")
    assert spec.raw_columns == ("votes",)
    assert make().raw_columns == make().columns == ("votes",)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"poles": ["USA", "USA"]}, "poles must be two different actors"),
        ({"poles": ["USA", "RUS"]}, "'votes' reads column 'votes@CHN': with poles ['USA', 'RUS']"),
        (
            {"indicators": [BOTH | {"columns": ["votes", "votes"]}]},
            "some indicator must read CHN, as in 'votes@CHN'",
        ),
        ({"indicators": [BOTH | {"partners": ["USA"]}]}, "every row has partner USA"),
        ({"poles": ["USA"]}, "poles > 1: is required"),
    ],
)
def test_poles_that_make_no_sense(changes, words):
    assert words in refused(**(POLES | changes))


def test_a_balance_and_a_tilt_read_two_columns():
    for kind in ("balance", "tilt"):
        message = refused(indicators=[X | {"rule": {"kind": kind}}])
        assert f"rule '{kind}' reads 2 column(s); got ['votes']" in message
    message = refused(indicators=[BOTH | {"window": {"kind": "trailing_sum", "years": 2}}])
    assert "window 'trailing_sum' has no meaning for rule 'tilt'" in message


@pytest.mark.parametrize(
    ("bands", "words"),
    [
        ([{"name": "a", "lo": 0.6, "hi": 0.4}], "a band needs lo <= hi; got lo = 0.6, hi = 0.4"),
        ([{"name": "a", "lo": 0, "hi": 2}], "band 'a' [0, 2] lies outside the scores"),
        (
            [{"name": "a", "lo": 0, "hi": 0.6}, {"name": "b", "lo": 0.5, "hi": 1}],
            "bands 'a' and 'b' overlap",
        ),
        (
            [{"name": "a", "lo": 0, "hi": 0.5}, {"name": "a", "lo": 0.5, "hi": 1}],
            "bands must have different names; used twice: a",
        ),
        ([{"name": "a", "lo": 0, "hi": 1, "high": 2}], "there is no such key"),
    ],
)
def test_bands_that_make_no_sense(bands, words):
    assert words in refused(bands=bands)


def test_a_score_on_a_shared_end_belongs_to_the_first_band():
    bands = [{"name": "middle", "lo": 0.4, "hi": 0.6}, {"name": "low", "lo": 0, "hi": 0.4},
             {"name": "high", "lo": 0.6, "hi": 0.9}]  # fmt: skip
    spec = make(bands=bands)
    named = [spec.band_of(score) for score in (0, 0.4 - 1e-14, 0.4, 0.6, 0.61, 0.95)]
    assert named == ["low", "middle", "middle", "middle", "high", ""]


def test_fields_that_came_later_change_no_digest():
    content = make().model_dump(mode="json")
    assert not {"poles", "bands", "neutral", "carry_years", "alternatives"} & set(content)
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    assert make().digest == hashlib.sha256(text.encode()).hexdigest()
    assert make(bands=[{"name": "all", "lo": 0, "hi": 1}]).digest != make().digest
    assert make(**POLES).digest != make(indicators=[BOTH]).digest


def test_a_formula_in_plain_text():
    leaf = X | {"rule": {"kind": "identity"}}
    spec = make(
        aggregation="geometric", scale=[0, 10],
        nodes=[{"name": "n", "weight": 3, "aggregation": "sum", "scale": [1, 2]},
               {"name": "s", "aggregation": "stages", "met": 0.5}],
        indicators=[leaf | {"name": "a", "parent": "n"}, leaf | {"name": "b", "parent": "n"},
                    leaf | {"name": "c", "parent": "s"}, leaf | {"name": "d", "parent": "s"},
                    leaf | {"name": "zero", "weight": 0}],
    )  # fmt: skip
    assert spec.formula == (
        "score = 10 × (n^0.75 · s^0.25)",
        "n = 1 + 1 × (sum of (a, b))",
        "s = share of the stages (c, d) reached, each from 0.5 on and only after the earlier ones",
    )
