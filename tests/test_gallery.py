"""The page of all indices: up to date, with formulas that say what the specs do."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

import alignindex as ai

GALLERY = Path(__file__).resolve().parents[1] / "docs" / "gallery"


def load(name: str) -> ModuleType:
    """Import a module of the gallery, which is no package."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, GALLERY / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


formulas = load("spec_formulas")


@pytest.fixture(scope="module")
def text() -> str:
    return (GALLERY / "specs.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_page_is_what_the_specs_give(text: str) -> None:
    assert text == load("make_specs").page(), (
        "docs/gallery/specs.md is not up to date; run: python docs/gallery/make_specs.py --write"
    )


def test_every_spec_has_its_section_with_citation_fidelity_and_inputs(text: str) -> None:
    sections = dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    assert list(sections) == list(ai.list_specs().index)
    for name, section in sections.items():
        spec = ai.load_spec(name)
        assert f"**{spec.fidelity}**" in section
        assert spec.doi in section
        heads = re.findall("^### (.*)$", section, re.MULTILINE)
        assert heads == [
            "Formula",
            "Tree",
            "Published, and ours",
            "Inputs",
            "Scores",
        ]
        for column in spec.raw_columns:
            assert f"| `{column}` |" in section


def test_every_formula_can_be_shown_without_a_script_from_elsewhere(text: str) -> None:
    mathml = pytest.importorskip("docutils.utils.math.latex2mathml")
    found = re.findall(r"^```{math}\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)
    assert len(found) > len(ai.list_specs())
    for formula in found:
        assert "<math" in mathml.tex2mathml(formula, as_block=True)


def make(aggregation: str, weights: dict[str, float], **options: object) -> ai.IndexSpec:
    return ai.IndexSpec.from_dict(
        {
            "schema_version": 1,
            "name": "x",
            "fidelity": "illustrative",
            "missing": "propagate",
            "aggregation": aggregation,
            "indicators": [
                {"name": n, "columns": [n], "rule": {"kind": "identity"}, "weight": w}
                for n, w in weights.items()
            ],
            **options,
        }
    )


A, B = r"c_{\mathrm{a}}", r"c_{\mathrm{b\_b}}"
EQUAL, UNEQUAL = {"a": 2.0, "b_b": 2.0}, {"a": 1.0, "b_b": 3.0}


@pytest.mark.parametrize(
    ("spec", "formula"),
    [
        (make("mean", EQUAL), rf"S = \frac{{1}}{{2}} \left({A} + {B}\right)"),
        (make("mean", UNEQUAL), rf"S = 0.25\,{A} + 0.75\,{B}"),
        (make("mean", {"a": 1, "b_b": 2}), rf"S = \frac{{1}}{{3}}\,{A} + \frac{{2}}{{3}}\,{B}"),
        (make("mean", {"a": 1, "b_b": 0}), f"S = {A}"),
        (make("sum", EQUAL), f"S = {A} + {B}"),
        (make("sum", UNEQUAL), rf"S = 0.5\,{A} + 1.5\,{B}"),
        (make("geometric", EQUAL), rf"S = \left({A} {B}\right)^{{1/2}}"),
        (make("geometric", UNEQUAL), rf"S = {A}^{{0.25}}\,{B}^{{0.75}}"),
        (make("min", EQUAL), rf"S = \min\left({A}, {B}\right)"),
        (
            make("stages", UNEQUAL, met=0.5),
            rf"S = 0.25\,[{A} \ge 0.5] + 0.75\,[{A} \ge 0.5]\,[{B} \ge 0.5]",
        ),
        (
            make("mean", UNEQUAL, scale=[-100, 100]),
            rf"S = -100 + 200 \cdot \left(0.25\,{A} + 0.75\,{B}\right)",
        ),
        (make("mean", dict.fromkeys("abcdefg", 1.0)), r"S = \frac{1}{7} \sum_{j=1}^{7} c_j"),
    ],
)
def test_the_formula_of_a_score_is_that_of_its_node(spec: ai.IndexSpec, formula: str) -> None:
    assert formulas.value(spec, spec) == formula


SUM3, LAST = {"kind": "trailing_sum", "years": 3}, {"kind": "last_known", "max_age": 2}


@pytest.mark.parametrize(
    ("options", "formula"),
    [
        ({"rule": {"kind": "identity"}}, "c = x"),
        ({"rule": {"kind": "identity"}, "window": LAST}, r"c = x_{\mathrm{latest}}"),
        ({"rule": {"kind": "identity"}, "reverse": True}, r"c = 1 - r,\quad r = x"),
        (
            {"rule": {"kind": "distance"}, "columns": ["x", "y"], "reverse": True, "cut": 0.5},
            r"c = [1 - r \ge 0.5],\quad r = 1 - \left|x - y\right|",
        ),
        (
            {"rule": {"kind": "share"}, "columns": ["x", "y"], "window": SUM3},
            r"c = \frac{\sum_{u=t-2}^{t} x_u}{\sum_{u=t-2}^{t} y_u}",
        ),
        ({"rule": {"kind": "balance"}, "columns": ["x", "y"]}, r"c = \frac{x}{x + y}"),
        (
            {"rule": {"kind": "saturate", "half": 1}},
            r"c = 1 - 2^{-s},\quad s = \max\left(0, x\right)",
        ),
        (
            {"rule": {"kind": "saturate", "half": 3, "form": "hyperbolic"}, "window": SUM3},
            r"c = \frac{s}{s + 3},\quad s = \max\left(0, \sum_{u=t-2}^{t} x_u\right)",
        ),
        (
            {
                "rule": {"kind": "saturate", "half": 2},
                "window": {
                    "kind": "decay_mean",
                    "years": 5,
                    "half_life": 2,
                    "min_years": 3,
                    "subtract": "z",
                },
            },
            r"c = 1 - 2^{-s/2},\quad s = \max\left(0, \frac{\sum_{a=0}^{4} 2^{-a/2}\,(x_{t-a} - "
            r"z_{t-a})}{\sum_{a=0}^{4} 2^{-a/2}}\right)",
        ),
        (
            {
                "rule": {"kind": "share", "prior_volume": 30, "prior_years": 15},
                "columns": ["x", "y"],
                "window": SUM3,
            },
            r"c = \frac{\sum_{u=t-2}^{t} x_u + 30\,p}{\sum_{u=t-2}^{t} y_u + 30},\quad "
            r"p = \frac{\sum_{u=t-14}^{t} x_u}{\sum_{u=t-14}^{t} y_u}",
        ),
        ({"rule": {"kind": "tilt"}, "columns": ["x", "y"]}, r"c = \frac{1 + x - y}{2}"),
        ({"rule": {"kind": "minmax", "lo": -1, "hi": 3}}, r"c = \frac{x + 1}{4}"),
        ({"rule": {"kind": "minmax", "lo": 2, "hi": 3}}, "c = x - 2"),
        (
            {"rule": {"kind": "thresholds", "cuts": [1, 4], "codes": [0, 0.5, 1]}, "window": SUM3},
            r"c = \begin{cases} 0 & s < 1 \\ 0.5 & 1 \le s < 4 \\ 1 & s \ge 4 \end{cases},"
            r"\quad s = \sum_{u=t-2}^{t} x_u",
        ),
        (
            {"rule": {"kind": "levels", "codes": {"n": 0.0, "d": [0.0, 1.0], "o": 0.0}}},
            r"c = \begin{cases} 0 & \mathrm{n}\text{ or }\mathrm{o} \\ "
            r"\text{unknown in } [0, 1] & \mathrm{d} \end{cases}",
        ),
    ],
)
def test_the_formula_of_a_code_is_that_of_its_rule(
    options: dict[str, object], formula: str
) -> None:
    indicators = [{"name": "a", "columns": ["x"], **options}]
    spec = make("mean", {"a": 1.0}, schema_version=2, indicators=indicators)
    assert formulas.code(spec.indicators[0]) == formula


@pytest.mark.slow
@pytest.mark.parametrize("name", ai.list_specs().index)
def test_the_tree_of_every_index_can_be_drawn(name: str) -> None:
    pytest.importorskip("matplotlib")
    texts = {text.get_text().split("\n")[0] for text in ai.plot.tree(name).texts}
    assert {indicator.name for indicator in ai.load_spec(name).indicators} <= texts
