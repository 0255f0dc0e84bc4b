"""Version 2 of the language: alternatives, units, frequencies, inheritance, packs, limits."""

from __future__ import annotations

import json
import math
import re
import sys
import textwrap
import warnings
from pathlib import Path

import pandas as pd
import pydantic
import pytest

import alignindex as ai
from alignindex import IndexSpec
from alignindex.base.errors import PanelError, SpecError
from alignindex.spec import schema, toml
from alignindex.spec.inherit import merge
from alignindex.spec.packs import bundled
from alignindex.spec.validate import validate_spec

A = {"name": "a", "columns": ["a"], "rule": {"kind": "identity"}}
B = {"name": "b", "columns": ["b"], "rule": {"kind": "minmax", "lo": 0, "hi": 4}}
DOCS = Path(__file__).resolve().parents[1] / "docs"


def make(**changes):
    content = {
        "schema_version": 2, "name": "x", "fidelity": "illustrative", "missing": "propagate",
        "indicators": [A, B],
    }  # fmt: skip
    return IndexSpec.from_toml(toml.dumps(content | changes))


def panel(**columns):
    keys = {"state": ["ARM"], "partner": ["RUS"], "year": [2000]}
    return ai.as_panel(pd.DataFrame(keys | columns))


def refused(text, tmp_path, name="mine.toml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError) as error:
        ai.load_spec(path)
    return str(error.value)


# --- the constructor ------------------------------------------------------------------------------


def test_the_constructor_gives_the_errors_of_the_reader():
    content = make().model_dump() | {"missing": "renormalize"}
    with pytest.raises(SpecError, match="did you mean 'renormalise'"):
        IndexSpec(**content)
    with pytest.raises(SpecError, match="indicators: is required"):
        IndexSpec(schema_version=2, name="x", fidelity="illustrative", missing="propagate")
    assert IndexSpec(**make().model_dump()) == make()


def test_a_copy_and_a_pickle_are_equal():
    import copy
    import pickle

    spec = make(neutral=0.5)
    assert copy.deepcopy(spec) == pickle.loads(pickle.dumps(spec)) == spec


# --- alternatives ---------------------------------------------------------------------------------

ALTERNATIVES = [
    {"name": "cut", "levels": [
        {"name": "low", "change": {"indicators": [{"name": "b", "rule": {"hi": 2}}]}},
        {"name": "steps", "change": {"indicators": [
            {"name": "b", "rule": {"kind": "thresholds", "cuts": [1], "codes": [0, 1]}}]}},
    ]},
    {"name": "how", "title": "How codes are put together", "levels": [
        {"name": "geometric", "change": {"aggregation": "geometric"}},
        {"name": "without a", "change": {"remove": ["a"]}},
    ]},
]  # fmt: skip


def test_a_level_of_an_alternative_is_a_spec_of_its_own():
    spec = make(alternatives=ALTERNATIVES)
    assert [a.name for a in spec.alternatives] == ["cut", "how"]
    table = panel(a=[0.64], b=[1.0])
    value = {
        key: ai.score(table, spec.variant(*key)).scores["score"].item()
        for key in (("cut", "low"), ("cut", "steps"), ("how", "geometric"), ("how", "without a"))
    }
    assert value == pytest.approx(
        {
            ("cut", "low"): (0.64 + 0.5) / 2,
            ("cut", "steps"): (0.64 + 1) / 2,
            ("how", "geometric"): math.sqrt(0.64 * 0.25),
            ("how", "without a"): 0.25,
        },
        rel=1e-14,
    )
    both = spec.variant({"how": "geometric", "cut": "low"})
    assert ai.score(table, both).scores["score"].item() == pytest.approx(math.sqrt(0.64 * 0.5))
    assert both.name == "x [cut: low] [how: geometric]"
    assert both.alternatives == ()
    assert ai.score(table, spec).scores["score"].item() == pytest.approx((0.64 + 0.25) / 2)


def test_alternatives_survive_toml_and_count_in_the_digest():
    spec = make(alternatives=ALTERNATIVES)
    assert IndexSpec.from_toml(spec.to_toml()) == spec
    assert spec.digest != make().digest


def level(**change):
    return [{"name": "how", "levels": [{"name": "other", "change": change}]}]


@pytest.mark.parametrize(
    ("alternatives", "word"),
    [
        (level(aggregation="geometrical"), "geometric"),
        (level(aggregation="mean"), "changes nothing"),
        (level(name="y"), "cannot be changed"),
        (level(indicators=[{"name": "c", "weight": 2}]), "does not have"),
        (level(remove=["c"]), "no such part"),
        (level(indicators=[{"name": "b", "rule": {"lo": 9}}]), "lo < hi"),
        (level(remove=["a", "b"]), "no children"),
        (level(), "change"),
        (level(aggregation="min") * 2, "used twice"),
        ([{"name": "how", "levels": []}], "levels"),
    ],
)
def test_alternatives_that_make_no_spec(alternatives, word):
    with pytest.raises(SpecError, match=word):
        make(alternatives=alternatives)


def test_another_rule_for_missing_codes_may_be_an_alternative():
    spec = make(
        missing="carry", carry_years=3, carry_until="war",
        indicators=[A | {"carry_years": 1}, B], alternatives=level(missing="renormalise"),
    )  # fmt: skip
    variant = spec.variant("how", "other")
    assert (variant.missing, variant.carry_ages, variant.carry_until) == (
        "renormalise",
        (0, 0),
        None,
    )


def test_a_spec_with_alternatives_can_be_varied_and_unwindowed():
    window = {"kind": "trailing_sum", "years": 2}
    spec = make(
        indicators=[A, B | {"window": window}],
        alternatives=level(indicators=[{"name": "b", "window": {"years": 3}}]),
    )
    result = ai.score(panel(a=[0.5], b=[1.0]), spec)
    drawn = ai.robustness.uncertainty(
        result, draws=3, rng=0, alternatives=[ai.robustness.drop_one(spec)]
    )
    assert len(drawn.scores) == 1
    assert ai.dynamics.unwindowed(spec).alternatives == ()
    # In a dictionary that is derived from a spec, an alternative to what is gone may stay.
    left = IndexSpec.from_dict(spec.model_dump() | {"indicators": [A]})
    with pytest.raises(SpecError, match="does not have"):
        left.variant("how", "other")
    with pytest.raises(SpecError, match="does not have"):
        IndexSpec.from_toml(left.to_toml())


def test_an_alternative_that_is_not_there():
    spec = make(alternatives=ALTERNATIVES)
    with pytest.raises(SpecError, match="did you mean 'cut'"):
        spec.variant("cuts", "low")
    with pytest.raises(SpecError, match="did you mean 'steps'"):
        spec.variant("cut", "step")
    with pytest.raises(SpecError, match="it has none"):
        make().variant("cut", "low")


# --- units and frequencies ------------------------------------------------------------------------


def test_a_unit_is_held_against_the_panel():
    spec = make(indicators=[A | {"unit": "share"}, B])
    table = panel(a=[0.5], b=[1.0])
    table.attrs["units"] = {"a": "share", "b": "events"}
    assert ai.score(table, spec).scores["score"].item() == 0.375
    table.attrs["units"] = {"a": "percent"}
    with pytest.raises(PanelError, match="'percent'"):
        ai.score(table, spec)
    table.attrs["units"] = ["percent"]
    with pytest.raises(PanelError, match="list"):
        ai.score(table, spec)
    table.attrs = {}
    assert ai.score(table, spec).scores["score"].item() == 0.375


def test_a_yearly_panel_under_a_monthly_spec():
    table = panel(a=[0.5], b=[1.0])
    assert ai.score(table, make(frequencies=["month", "year"])).scores["score"].item() == 0.375
    with pytest.raises(PanelError, match="month"):
        ai.score(table, make(frequencies=["month"]))
    with pytest.raises(SpecError, match="did you mean 'month'"):
        make(frequencies=["months"])


@pytest.mark.parametrize(
    "later",
    [
        {"frequencies": ["month"]},
        {"alternatives": ALTERNATIVES},
        {"indicators": [A | {"unit": "share"}]},
        {"indicators": [A | {"rule": {"kind": "saturate", "half": 1}}]},
        {"indicators": [A | {"window": {"kind": "decay_sum", "years": 2, "half_life": 1}}]},
    ],
    ids=lambda later: json.dumps(later)[:40],
)
def test_version_1_has_no_key_of_version_2(later):
    make(**later)
    with pytest.raises(SpecError, match="needs schema_version = 2"):
        make(schema_version=1, **later)


# --- extends --------------------------------------------------------------------------------------

BASE = """
schema_version = 1
name = "base"
fidelity = "documented"
missing = "renormalise"
min_coverage = 0.6

[[indicators]]
name = "a"
columns = ["a"]
rule = { kind = "identity" }

[[indicators]]
name = "b"
columns = ["b"]
cut = 0.5
rule = { kind = "minmax", lo = 0.0, hi = 4.0 }
"""
HEAD = """
schema_version = 2
name = "mine"
fidelity = "illustrative"
extends = "base.toml"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "base.toml").write_text(BASE)
    return tmp_path


def test_a_spec_inherits_and_overrides(folder):
    path = folder / "mine.toml"
    path.write_text(
        HEAD
        + """
remove = ["b.cut"]
min_coverage = 0.5
[[indicators]]
name = "b"
weight = 3.0
rule = { hi = 2.0 }
[[indicators]]
name = "c"
columns = ["c"]
rule = { kind = "identity" }
"""
    )
    spec = ai.load_spec(path)
    assert [i.name for i in spec.indicators] == ["a", "b", "c"]
    b = spec.indicators[1]
    assert (b.weight, b.cut, b.rule.hi, b.rule.lo) == (3.0, None, 2.0, 0.0)
    assert (spec.missing, spec.min_coverage, spec.derived_from) == (
        "renormalise", 0.5, "base.toml",
    )  # fmt: skip
    # What is written is whole, and has the digest of the same spec written by hand.
    again = IndexSpec.from_toml(spec.to_toml())
    assert again == spec
    by_hand = IndexSpec(**spec.model_dump() | {"derived_from": ""})
    assert by_hand.digest == spec.digest
    assert validate_spec(path) == []


def test_a_bundled_spec_can_be_extended(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(HEAD.replace("base.toml", "erkomaishvili2019") + 'remove = ["crimea"]')
    spec = ai.load_spec(path)
    assert [i.name for i in spec.indicators] == ["arms", "exercises", "un_votes", "bases"]
    assert ai.load_spec("erkomaishvili2019").indicators[:4] == spec.indicators


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (HEAD.replace("base.toml", "erkomaishvili2018"), "did you mean 'erkomaishvili2019'"),
        (HEAD.replace("base.toml", "bas.toml"), "cannot be read"),
        (HEAD.replace('"base.toml"', "3"), "extends takes"),
        (HEAD.replace("schema_version = 2", "schema_version = 1"), "schema_version = 2"),
        (HEAD.replace("base.toml", "mine.toml"), "circle"),
        (HEAD.replace("base.toml", "other.toml"), "circle"),
        (HEAD.replace('name = "mine"', ""), "name: is required"),
        (HEAD.replace('fidelity = "illustrative"', ""), "fidelity: is required"),
        (HEAD + 'remove = ["bb"]', "did you mean 'b'"),
        (HEAD + 'remove = ["b.reverse"]', "no such part or key"),
        (HEAD + 'remove = "b"', "list of names"),
        (HEAD + '[[indicators]]\nname = "bb"\nweight = 2.0', "did you mean 'b'"),
        (HEAD + '[indicators]\nname = "b"', "list of tables"),
        (HEAD + '[[indicators]]\nname = "b"\nwieght = 2.0', "did you mean 'weight'"),
    ],
)
def test_inheritance_that_cannot_be(folder, text, word):
    (folder / "other.toml").write_text(HEAD.replace("base.toml", "mine.toml"))
    assert word in refused(text, folder)
    assert word in "; ".join(validate_spec(folder / "mine.toml"))


def test_validate_knows_the_nodes_of_a_base(folder):
    text = BASE + '[[nodes]]\nname = "n"\n[[indicators]]\nname = "c"\ncolumns = ["c"]\n'
    text += 'parent = "n"\nrule = { kind = "identity" }\n'
    (folder / "base.toml").write_text(text)
    path = folder / "mine.toml"
    path.write_text(HEAD + '[[indicators]]\nname = "b"\nparent = "n"\nweight = -1.0')
    assert validate_spec(path) == [
        "indicators > 'b' > weight: Input should be greater than or equal to 0, got -1.0"
    ]


def test_a_merge_leaves_the_base_alone():
    base = {"indicators": [{"name": "a", "rule": {"kind": "identity"}}]}
    merge(base, {"indicators": [{"name": "a", "weight": 2}], "remove": ["a.rule"]})
    assert base == {"indicators": [{"name": "a", "rule": {"kind": "identity"}}]}


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        ({"indicators": 3}, "indicators must be a list of tables; got 3"),
        ({"bands": ["low"]}, "bands must be a list of tables"),
        ({"indicators": [{"columns": ["a"]}]}, "indicators > 1 needs a name in text; it has none"),
        ({"nodes": [{"name": ["n"]}]}, "nodes > 1 needs a name in text; got ['n']"),
        ({"indicators": [A | {"rule": "identity"}]}, "indicators > 'a' > rule must be a table"),
        ({"indicators": [A | {"window": 3}]}, "indicators > 'a' > window must be a table; got 3"),
    ],
)
def test_what_cannot_be_merged_is_a_spec_error(bad, word):
    plain = {"indicators": [A, B]}
    with pytest.raises(SpecError, match=re.escape(word)):
        merge(plain, bad)
    with pytest.raises(SpecError, match=re.escape(f"in the base, {word}")):
        merge(plain | bad, {"remove": ["b"], "indicators": [{"name": "a", "rule": {"lo": 1}}]})


def test_a_name_of_two_kinds_is_removed_by_its_kind():
    base = {"indicators": [A | {"name": "low"}, B], "bands": [{"name": "low", "lo": 0, "hi": 1}]}
    with pytest.raises(SpecError, match=r"write 'indicators\.low' or 'bands\.low'"):
        merge(base, {"remove": ["low"]})
    assert merge(base, {"remove": ["bands.low"]}) == base | {"bands": []}
    assert merge(base, {"remove": ["indicators.low"]}) == base | {"indicators": [B]}
    assert merge(base, {"remove": ["bands.low.hi"]})["bands"] == [{"name": "low", "lo": 0}]
    assert "hi" not in merge(base, {"remove": ["low.hi"]})["bands"][0]


def test_equal_specs_have_one_digest_however_a_change_writes_its_numbers():
    def under(change):
        return make(alternatives=[{"name": "w", "levels": [{"name": "x", "change": change}]}])

    whole, real = (under({"indicators": [{"name": "b", "weight": w}]}) for w in (2, 2.0))
    assert whole == real
    assert whole.digest == real.digest
    cuts = [{"indicators": [{"name": "b", "rule": {"lo": 0, "hi": h}}]} for h in (1, 2)]
    assert under(cuts[0]).digest != under(cuts[1]).digest


# --- lines, limits and hostile text ---------------------------------------------------------------


def test_a_problem_has_the_line_on_which_it_stands(tmp_path):
    text = BASE.replace("missing", "mising").replace("hi = 4.0", "hi = -4.0") + "weight = -1.0\n"
    message = refused(text, tmp_path)
    assert re.search(r"mising: there is no such key .*\(line 5\)", message)
    assert re.search(r"'b' > rule: minmax needs lo < hi.*\(line 17\)", message)
    assert re.search(r"'b' > weight: .*\(line 18\)", message)
    assert validate_spec(tmp_path / "mine.toml") == message.split("\n  - ")[1:]


def test_lines_are_counted_past_strings_and_lists_that_hold_several():
    text = 'a = """\nb = 1\n"""\nc = [\n 1,\n]\n[[d]]\n[d.e]\nf = "#"  # g = 2\n[[d]]\nh.i = 1'
    assert toml.lines_of(text) == {
        ("a",): 1, ("c",): 4, ("d", 0): 7, ("d", 0, "e"): 8, ("d", 0, "e", "f"): 9,
        ("d", 1): 10, ("d", 1, "h", "i"): 11,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (".".join(["a"] * 20_000) + " = 1", "dotted key"),
        ("[" + ".".join(['"a"'] * 20_000) + "]", "dotted key"),
        ("a = " + "[" * 500 + "]" * 500, "nests"),
        ("a = " + "{a = " * 500 + "1" + "}" * 500, "nests"),
        ("a = " + "9" * 5_000, "cannot be read"),
        ("a = \x00", "not valid TOML"),
    ],
    ids=["dotted", "header", "list", "table", "digits", "nul"],
)
def test_hostile_toml_is_one_clear_error(tmp_path, text, word):
    message = refused(text, tmp_path)
    assert word in message
    assert len(message) < 400


def test_dots_and_brackets_in_text_are_only_text(tmp_path):
    path = tmp_path / "mine.toml"
    odd = "1.2" + ".3" * 50 + "[" * 60
    path.write_text(BASE + f'description = "{odd}"\n')
    assert ai.load_spec(path).indicators[1].description == odd


def test_a_byte_order_mark_is_passed_over(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("\ufeff" + BASE, encoding="utf-8")
    assert ai.load_spec(path).name == "base"
    assert validate_spec(path) == []


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"scale": [-1e308, 1e308]}, "scale"),
        ({"scale": [0, 1e301]}, "overflow"),
        (
            {"indicators": [B | {"rule": {"kind": "minmax", "lo": -1e308, "hi": 1e308}}]},
            "too large",
        ),
        ({"indicators": [A | {"weight": 1e-301}, B]}, "'a' is too small"),
        ({"indicators": [A | {"weight": 5e-324}, B | {"weight": 5e-324}]}, "too small"),
        ({"indicators": [A | {"weight": 1e-200}, B | {"weight": 1e200}]}, "too small"),
        (
            {"nodes": [{"name": "n", "weight": 1e-200}],
             "indicators": [A | {"parent": "n", "weight": 1e-200}, B | {"parent": "n"},
                            B | {"name": "c"}]},
            "'a' is too small",
        ),
        (
            {"nodes": [{"name": "n", "aggregation": "sum", "scale": [-1e200, 1e200]}],
             "indicators": [A | {"parent": "n"}, B], "scale": [-1e200, 1e200]},
            "overflow",
        ),
    ],
)  # fmt: skip
def test_numbers_that_overflow_are_refused(changes, word):
    with pytest.raises(SpecError, match=word):
        make(**changes)


def test_a_weight_of_zero_and_small_weights_pass():
    spec = make(indicators=[A | {"weight": 1e-290}, B | {"weight": 0}])
    table = ai.score(panel(a=[0.5], b=[1.0]), spec)
    assert table.scores["score"].item() == 0.5
    assert table.contributions["a"].item() == 0.5


@pytest.mark.parametrize("kind", ["balance", "share"])
def test_amounts_too_large_to_be_added_are_refused(kind):
    spec = make(indicators=[A | {"columns": ["a", "b"], "rule": {"kind": kind}}])
    with pytest.raises(PanelError, match="larger unit"):
        ai.score(panel(a=[1e308], b=[1e308]), spec)


def test_a_value_that_misses_a_bound_is_shown_as_it_is():
    with pytest.raises(PanelError, match=r"1\.000001"):
        ai.score(panel(a=[1.000001], b=[1.0]), make())


# --- the JSON Schema ------------------------------------------------------------------------------


def test_the_shipped_schema_is_that_of_the_models():
    shipped = json.loads(schema.PATH.read_text(encoding="utf-8"))
    made = schema.spec_schema()
    assert set(shipped["$defs"]) == set(made["$defs"])
    for name, part in made["$defs"].items():
        assert set(shipped["$defs"][name].get("properties", {})) == set(part.get("properties", {}))
    if shipped["$comment"] == made["$comment"]:  # as another version of pydantic writes it
        assert shipped == made
    else:
        assert pydantic.VERSION not in shipped["$comment"]


KINDS = {"string": str, "number": (int, float), "integer": int, "object": dict, "array": list,
         "boolean": bool, "null": type(None)}  # fmt: skip


def fits(value, part, root):
    """Whether a value fits a JSON Schema, for the keywords that ours uses."""
    if "$ref" in part:
        return fits(value, root["$defs"][part["$ref"].rsplit("/", 1)[1]], root)
    if "if" in part:
        return fits(value, part["then" if fits(value, part["if"], root) else "else"], root)
    for several in ("anyOf", "oneOf"):
        if several in part and not any(fits(value, one, root) for one in part[several]):
            return False
    if "const" in part and value != part["const"]:
        return False
    if "enum" in part and value not in part["enum"]:
        return False
    if "type" in part and not isinstance(value, KINDS[part["type"]]):
        return False
    if isinstance(value, dict):
        known = part.get("properties", {})
        extra = part.get("additionalProperties", True)
        return set(part.get("required", ())) <= set(value) and all(
            fits(v, known[k], root)
            if k in known
            else (fits(v, extra, root) if isinstance(extra, dict) else extra)
            for k, v in value.items()
        )
    if isinstance(value, list):
        items = part.get("prefixItems", []) or [part.get("items", {})] * len(value)
        return len(items) == len(value) and all(map(fits, value, items, [root] * len(value)))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return part.get("minimum", -math.inf) <= value <= part.get("maximum", math.inf)
    return True


def test_the_schema_takes_every_bundled_spec_and_tells_a_slip():
    root = schema.spec_schema()
    for offer in bundled().values():
        content = toml.read(offer.file.read_text(encoding="utf-8"), "a bundled spec")
        assert fits(content, root, root)
        assert not fits(content | {"mising": "carry"}, root, root)
        assert not fits(content | {"min_coverage": 2}, root, root)
    part = {"schema_version": 2, "name": "x", "fidelity": "illustrative", "extends": "y"}
    assert fits(part | {"indicators": [{"name": "a", "weight": 2}]}, root, root)
    assert not fits(part | {"indicators": [{"weight": 2}]}, root, root)


# --- packs ----------------------------------------------------------------------------------------


def install(folder, name, module, *, pack="example", version="1.0"):
    """Lay a distribution into a folder of the path: metadata, and a package if it has code."""
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[alignindex.packs]\n{pack} = {module}\n")


def package(folder, module, **specs):
    home = folder / module / "specs"
    home.mkdir(parents=True)
    (folder / module / "__init__.py").write_text("")
    for name, text in specs.items():
        (home / f"{name}.toml").write_text(text)


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("r3pack")]:
        del sys.modules[name]


def test_the_example_pack_of_the_docs(site, monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS / "example_pack"))
    settings = (DOCS / "example_pack" / "pyproject.toml").read_text(encoding="utf-8")
    import tomllib

    points = tomllib.loads(settings)["project"]["entry-points"]["alignindex.packs"]
    ((pack, module),) = points.items()
    install(site, "alignindex-example", module, pack=pack)
    table = ai.list_specs()
    mine = table[table["origin"] != "alignindex"]
    assert mine["origin"].unique().tolist() == [f"pack {pack} (alignindex-example 1.0)"]
    for name in mine.index:
        assert ai.load_spec(name).name == name
    assert set(bundled()) == set(table.index[table["origin"] == "alignindex"])
    sys.modules.pop(module, None)


def test_a_spec_of_a_pack_can_be_extended(site):
    install(site, "one", "r3pack_one")
    package(site, "r3pack_one", base=BASE)
    text = HEAD.replace("base.toml", "base")
    assert IndexSpec.from_toml(text).derived_from == "base"


def test_a_broken_pack_is_named_and_the_rest_work(site):
    install(site, "one", "r3pack_one", pack="one")
    install(site, "two", "r3pack_absent", pack="two")
    install(site, "three", "r3pack_three", pack="three")
    package(site, "r3pack_one", base=BASE)
    package(site, "r3pack_three", wrong="schema_version = 9")
    with pytest.warns(UserWarning, match="pack") as caught:
        table = ai.list_specs()
    texts = [str(one.message) for one in caught]
    assert any("pack two (two 1.0)" in t and "r3pack_absent" in t for t in texts)
    assert any("pack three (three 1.0)" in t for t in texts)
    assert table.loc["base", "origin"] == "pack one (one 1.0)"
    assert "wrong" not in table.index
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ai.load_spec("erkomaishvili2019").name == "erkomaishvili2019"


@pytest.mark.parametrize("same", ["pack", "spec"])
def test_two_of_one_name_are_an_error(site, same):
    install(site, "one", "r3pack_one", pack="mine")
    install(site, "two", "r3pack_two", pack="mine" if same == "pack" else "other")
    package(site, "r3pack_one", base=BASE)
    package(site, "r3pack_two", base=BASE)
    with pytest.raises(SpecError, match=r"one 1\.0.*two 1\.0"):
        ai.list_specs()
    with pytest.raises(SpecError, match=r"one 1\.0.*two 1\.0"):
        ai.load_spec("base")


def test_a_pack_does_not_take_the_name_of_a_bundled_spec(site):
    install(site, "one", "r3pack_one")
    package(site, "r3pack_one", erkomaishvili2019=BASE)
    with pytest.raises(SpecError, match="offered twice"):
        ai.list_specs()


def test_the_complete_example_of_the_docs_uses_all_of_version_2():
    text = (DOCS / "spec_language.md").read_text(encoding="utf-8")
    example = text.split("<!-- complete example -->")[1].split("```toml\n")[1].split("```")[0]
    spec = IndexSpec.from_toml(textwrap.dedent(example))
    assert spec.missing == "carry"
    assert spec.neutral_score == 0
    kinds = {i.rule.kind for i in spec.indicators} | {i.window.kind for i in spec.indicators}
    assert {"share", "decay_mean", "levels", "saturate"} <= kinds
    assert spec.alternatives
