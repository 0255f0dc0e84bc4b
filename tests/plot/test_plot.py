"""What all figures keep to: axes, captions, no global state, clear errors."""

from __future__ import annotations

import builtins
import io
import itertools
import os
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import alignindex as ai
from alignindex import plot
from alignindex.base.errors import AlignIndexError, ExtraError, PanelError
from alignindex.plot.canvas import COLOURS, DASHES, MARKERS
from alignindex.plot.labels import spread

FIGURES: dict[str, Callable[[Any, Any, Any, Any], Callable[..., Any]]] = {
    "trajectories": lambda r, *_: lambda **k: plot.trajectories(r, states="ALB", **k),
    "small_multiples": lambda r, *_: lambda **k: plot.small_multiples(r, **k),
    "heatmap": lambda r, *_: lambda **k: plot.heatmap(r, partners="USA", **k),
    "tilt": lambda r, *_: lambda **k: plot.tilt(r, poles=("RUS", "USA"), **k),
    "bump": lambda r, *_: lambda **k: plot.bump(r, partners="USA", **k),
    "scores": lambda r, *_: lambda **k: plot.scores(r, years=2004, **k),
    "ranks": lambda r, u, *_: lambda **k: plot.ranks(u, years=2004, spec=r.spec, **k),
    "network": lambda r, *_: lambda **k: plot.network(r, years=2004, **k),
    "similarity": lambda r, *_: (
        lambda **k: plot.similarity(ai.poles.likeness(r, year=2004), spec=r.spec, **k)
    ),
    "contributions": lambda r, *_: (
        lambda **k: plot.contributions(r, state="ALB", partner="USA", year=2004, **k)
    ),
    "tree": lambda r, *_: lambda **k: plot.tree(r, **k),
    "sensitivity": lambda r, u, e, _: lambda **k: plot.sensitivity(e, spec=r.spec, **k),
    "idealpoints": lambda r, u, e, p: lambda **k: plot.idealpoints(p, **k),
}


@pytest.fixture(params=FIGURES)
def draw(request: Any, result: Any, sure: Any, effects: Any, votes_points: Any) -> Any:
    made = FIGURES[request.param](result, sure, effects, votes_points)
    made.__name__ = request.param
    return made


def first(drawn: Any) -> Axes:
    return drawn[0] if isinstance(drawn, np.ndarray) else drawn


def captions(figure: Figure) -> list[str]:
    return [
        text.get_text().replace("\n", " ")
        for text in figure.findobj(mpl.text.Text)
        if text.get_gid() == "caption"
    ]


def test_every_public_figure_is_tested_here() -> None:
    assert set(FIGURES) == set(plot.__all__) - {"caption"}


def test_a_figure_of_its_own_fits_a_column_and_says_how_near_the_index_is(draw: Any) -> None:
    figure = first(draw()).figure
    assert isinstance(figure, Figure)
    assert figure.get_figwidth() <= 3.4 + 0.5 * (draw.__name__ == "tree")
    (text,) = captions(figure)
    wanted = "Fidelity unknown" if draw.__name__ == "idealpoints" else "fidelity: illustrative."
    assert wanted in text
    sizes = [t.get_fontsize() for t in figure.findobj(mpl.text.Text) if t.get_text()]
    assert 6 <= min(sizes) <= max(sizes) <= 8


def test_it_draws_on_the_axes_given(draw: Any) -> None:
    figure = Figure(figsize=(6, 6))
    if draw.__name__ == "small_multiples":
        axes = figure.subplots(2, 2)
        assert list(draw(ax=axes)) == list(axes.ravel())
    else:
        ax = figure.subplots()
        assert draw(ax=ax) is ax
    assert len(captions(figure)) == 1


def test_it_can_be_saved_as_vectors(result: Any) -> None:
    out = io.BytesIO()
    plot.heatmap(result, partners="USA").figure.savefig(out, format="pdf")  # with hatched cells
    assert out.getvalue().startswith(b"%PDF")


def test_nothing_sticks_out(draw: Any) -> None:
    """Every text that is shown lies on the page, and no two names of rows or lines overlap."""
    ax = first(draw())
    figure = ax.figure
    figure.draw_without_rendering()
    page = figure.bbox.padded(1.0)
    named = []
    for text in figure.findobj(mpl.text.Text):
        if not text.get_text() or not text.get_visible():
            continue
        box = text.get_window_extent()
        if text.get_gid() in ("name", "caption") or str(text.get_gid()).startswith("node"):
            assert page.containsx(box.x0), text
            assert page.containsx(box.x1), text
            assert page.containsy(box.y0), text
            assert page.containsy(box.y1), text
        if text.get_gid() == "name":
            named.append(box)
    for i, one in enumerate(named):
        for other in named[:i]:
            shared = min(one.y1, other.y1) - max(one.y0, other.y0)
            assert shared < 0.35 * one.height or one.x1 < other.x0 or other.x1 < one.x0
    rows = [label.get_window_extent() for label in ax.get_yticklabels() if label.get_text()]
    rows = [box for box in rows if ax.bbox.y0 - 1 <= (box.y0 + box.y1) / 2 <= ax.bbox.y1 + 1]
    for one, other in itertools.pairwise(rows):
        shared = min(one.y1, other.y1) - max(one.y0, other.y0)
        assert shared < 0.25 * one.height


def test_no_global_setting_changes_and_pyplot_comes_late() -> None:
    code = """
import io, sys, matplotlib, pandas as pd, alignindex as ai
from matplotlib.figure import Figure
def settings():  # to read `backend` is to import pyplot
    return {key: matplotlib.rcParams[key] for key in matplotlib.rcParams if key != "backend"}

before = settings()
index = pd.MultiIndex.from_product([["A", "B"], ["P", "Q"], [2000, 2001]],
                                   names=["state", "partner", "year"])
scores = pd.Series([0.1, 0.2, 0.3, None, 0.5, 0.6, 0.7, 0.8], index=index)
ai.plot.trajectories(scores, ax=Figure().subplots())
assert "matplotlib.pyplot" not in sys.modules  # axes that are given need none
for draw in (lambda: ai.plot.trajectories(scores), lambda: ai.plot.heatmap(scores, partners="P"),
             lambda: ai.plot.network(scores, years=2000, min_score=0.1),
             lambda: ai.plot.small_multiples(scores)[0]):
    ax = draw()
    plt = sys.modules["matplotlib.pyplot"]
    assert plt.gcf() is ax.figure
    out = io.BytesIO()
    plt.savefig(out, format="rgba")
    assert len(set(out.getvalue())) > 50  # not a blank page
assert settings() == before
"""
    run = {"check": True, "env": {**os.environ, "MPLBACKEND": "Agg"}}
    subprocess.run([sys.executable, "-c", code], **run)


def test_the_package_is_there_without_matplotlib_and_names_the_extra() -> None:
    code = """
import sys
sys.modules["matplotlib"] = None
import alignindex as ai
try:
    ai.plot.tree("erkomaishvili2019")
except ai.AlignIndexError as error:
    assert isinstance(error, ImportError)
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert 'pip install "alignindex[plot]"' in done.stdout


def test_a_layout_of_networkx_names_its_extra(result: Any, monkeypatch: Any) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "networkx":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ExtraError, match=r"alignindex\[network\]"):
        plot.network(result, years=2004, layout="kamada_kawai")


def test_a_partner_keeps_its_look_whatever_is_chosen(result: Any) -> None:
    def colour(**chosen: Any) -> Any:
        ax = plot.trajectories(result, states="ALB", **chosen)
        lines = {line.get_label(): line for line in ax.get_lines()}
        return lines["ALB–USA"].get_color(), lines["ALB–USA"].get_linestyle()

    assert colour() == colour(partners="USA") == colour(partners=["USA", "RUS"])


def test_lines_differ_by_more_than_colour() -> None:
    assert len(set(COLOURS)) == len(set(MARKERS)) == len({str(dash) for dash in DASHES})


def test_a_table_without_a_spec_says_so_and_one_with_it_names_it(result: Any) -> None:
    scores = result.scores["score"]
    (text,) = captions(plot.trajectories(scores, states="ALB").figure)
    assert "Fidelity unknown" in text
    (text,) = captions(plot.trajectories(scores, states="ALB", spec=result.spec).figure)
    assert "Index invented v1, fidelity: illustrative." in text


def test_the_axis_spans_the_range_of_the_index(result: Any) -> None:
    content = result.spec.model_dump(mode="json", exclude_none=True) | {"scale": [0, 100]}
    wide = ai.score(result.panel, ai.IndexSpec.from_dict(content))
    assert plot.trajectories(wide, states="ALB").get_ylim() == (-2.0, 102.0)
    assert plot.scores(wide, years=2004).get_xlim() == (-2.0, 102.0)
    plot.contributions(wide, state="ALB", partner="USA", year=2004)


def test_a_dyad_without_any_score_is_an_empty_line() -> None:
    index = pd.MultiIndex.from_product([["A", "B"], ["P"], [2000, 2001]],
                                       names=["state", "partner", "year"])  # fmt: skip
    scores = pd.Series([np.nan, np.nan, 0.2, 0.4], index=index)
    ax = plot.trajectories(scores)
    assert [text.get_text() for text in ax.texts if text.get_gid() == "name"] == ["B"]
    ax.figure.draw_without_rendering()


def scores_of(*values: float, states: str = "AB") -> pd.Series:
    index = pd.MultiIndex.from_product([list(states), ["P"], [2000, 2001]],
                                       names=["state", "partner", "year"])  # fmt: skip
    return pd.Series(values, index=index)


NAN = float("nan")
NOTHING = scores_of(NAN, NAN, NAN, NAN)
EMPTY: dict[str, tuple[Callable[[], Any], str]] = {
    "trajectories": (lambda: plot.trajectories(NOTHING), "no score"),
    "small multiples": (lambda: plot.small_multiples(NOTHING), "no score"),
    "heatmap": (lambda: plot.heatmap(NOTHING, partners="P"), "no score with P"),
    "scores": (lambda: plot.scores(NOTHING, years=2000), "no score"),
    "bump": (lambda: plot.bump(NOTHING, partners="P"), "nothing is ranked"),
    "bump without highlight": (
        lambda: plot.bump(scores_of(*np.linspace(0, 1, 16), states="ABCDEFGH"), partners="P"),
        "highlight=",
    ),
    "network": (lambda: plot.network(NOTHING, years=2000), "no score"),
    "network without an arrow": (
        lambda: plot.network(scores_of(0.1, 0.2, 0.3, 0.4), years=2000),
        "no score reaches 0.5 in 2000; the highest is 0.3",
    ),
    "tilt": (
        lambda: plot.tilt(pd.concat([NOTHING, NOTHING.rename(index={"P": "Q"})]), poles=("P", "Q")),
        "no tilt",
    ),
    "similarity": (
        lambda: plot.similarity(pd.DataFrame(NAN, index=list("AB"), columns=list("AB"))),
        "no value",
    ),
    "ideal points": (
        lambda: plot.idealpoints(pd.DataFrame({"state": ["A"], "period": [1], "point": [NAN]})),
        "no point",
    ),
}


@pytest.mark.parametrize("case", EMPTY)
def test_a_figure_that_shows_nothing_says_so_and_warns(case: str) -> None:
    call, why = EMPTY[case]
    with pytest.warns(UserWarning, match=f"shows nothing: .*{re.escape(why)}"):
        drawn = first(call())
    (text,) = [text for text in drawn.texts if text.get_gid() == "empty"]
    assert why in " ".join(text.get_text().split())
    drawn.figure.draw_without_rendering()
    assert plot.caption(drawn)


def test_an_arrow_at_the_threshold_is_no_reason_to_warn() -> None:
    ax = plot.network(scores_of(0.5, 0.2, 0.3, 0.4), years=2000)
    assert not [text for text in ax.texts if text.get_gid() == "empty"]


ODD = ["US$1 to US$2", r"$\x$", r"\frac{1}", "_hidden", "a\nb\x00", "x" * 500]


def test_names_are_text_and_not_formulas() -> None:
    index = pd.MultiIndex.from_product([ODD[:3], ODD[3:], [2000, 2001]],
                                       names=["state", "partner", "year"])  # fmt: skip
    scores = pd.Series(np.linspace(0.1, 1, len(index)), index=index)
    like = pd.DataFrame(1.0, index=ODD, columns=ODD)
    table = pd.DataFrame({"state": ODD[:2], "period": 1, "point": [0.0, 1.0], "se": 0.1})
    drawn = [
        plot.trajectories(scores, states=ODD[0]),
        plot.small_multiples(scores)[0],
        plot.heatmap(scores, partners=ODD[3]),
        plot.tilt(scores, poles=(ODD[3], ODD[5])),
        plot.scores(scores, years=2000),
        plot.bump(scores, partners=ODD[5]),
        plot.network(scores, years=2000, min_score=0),
        plot.similarity(like, label="$1 $2"),
        plot.idealpoints(table, label="$1 $2"),
    ]
    for ax in drawn:
        ax.figure.savefig(io.BytesIO(), format="png")  # a formula that is none would raise
        for text in ax.figure.findobj(mpl.text.Text):
            shown, is_formula = text._preprocess_math(text.get_text())
            assert not is_formula, text
            assert shown == text.get_text()
    names = [text.get_text() for text in drawn[1].figure.legends[0].get_texts()]
    assert names == sorted(["_hidden", "a b", "x" * 27 + "…"])


def test_a_spec_of_odd_names_is_drawn() -> None:
    spec = {
        "schema_version": 1, "name": "odd", "fidelity": "illustrative", "missing": "propagate",
        "indicators": [
            {"name": "a", "title": "$x$", "columns": ["a"], "rule": {"kind": "identity"}},
            {"name": "b", "columns": ["b"], "rule": {"kind": "identity"}, "weight": 0},
        ],
        "bands": [{"name": r"US$1 to $\y$", "lo": 0, "hi": 1}],
    }  # fmt: skip
    index = pd.MultiIndex.from_product([["$A"], ["B$"], [2000]], names=["state", "partner", "year"])
    panel = pd.DataFrame({"a": [0.5], "b": [0.1]}, index=index)
    made = ai.score(panel, ai.IndexSpec.from_dict(spec))
    for ax in (
        plot.tree(made),
        plot.trajectories(made),
        plot.contributions(made, state="$A", partner="B$", year=2000),
    ):
        ax.figure.savefig(io.BytesIO(), format="png")


def test_a_caption_comes_as_text(result: Any) -> None:
    ax = plot.heatmap(result, partners="USA")
    assert plot.caption(ax) == (
        "Hatched: no score. States by mean score. Index invented v1, fidelity: illustrative."
    )
    assert ax.get_title(loc="left") == "Alignment with USA"
    assert plot.caption(plot.small_multiples(result)).startswith("Band: minimum and maximum")
    two = Figure().subplots(1, 2)
    plot.heatmap(result, partners="USA", ax=two[0])
    plot.trajectories(result, states="ALB", ax=two[1])
    assert plot.caption(two[0]).startswith("Hatched")
    assert plot.caption(two[1]).startswith("Band")
    with pytest.raises(AlignIndexError, match="no caption"):
        plot.caption(Figure().subplots())
    with pytest.raises(AlignIndexError, match=r"Axes.* got str"):
        plot.caption("x")


def test_panels_are_an_array_with_a_short_text(result: Any) -> None:
    axes = plot.small_multiples(result)
    assert repr(axes) == "<4 panels: array of Axes>"
    assert isinstance(axes, np.ndarray)
    assert axes.shape == (4,)


@pytest.mark.parametrize(
    ("years", "wanted"),
    [(2005, [2005]), ((2004, 2006), [2004, 2005, 2006]), ([2004, 2006], [2004, 2006]),
     (range(2004, 2006), [2004, 2005]), ((1990, 2001), [2000, 2001])],
)  # fmt: skip
def test_years_are_a_year_a_span_or_a_list(result: Any, years: Any, wanted: list[int]) -> None:
    for ax in (
        plot.trajectories(result, states="CUB", partners="TUR", years=years),
        plot.small_multiples(result, states="CUB", partners="TUR", years=years)[0],
        plot.bump(result, states="CUB", years=years),
        plot.tilt(result, poles=("RUS", "TUR"), states="CUB", years=years),
    ):
        x, y = ax.get_lines()[-1].get_data()
        assert [year for year, value in zip(x, y, strict=True) if not np.isnan(value)] == wanted


def test_codes_that_are_numbers_are_chosen_and_drawn() -> None:
    index = pd.MultiIndex.from_product([[365, 371], [2], [2000, 2001]],
                                       names=["state", "partner", "year"])  # fmt: skip
    scores = pd.Series([0.1, 0.2, 0.3, 0.4], index=index)
    ax = plot.trajectories(scores, states=371)
    assert [line.get_label() for line in ax.get_lines()] == ["371–2"]
    assert [t.get_text() for t in plot.heatmap(scores, partners=2).get_yticklabels()] == [
        "371",
        "365",
    ]
    plot.network(scores, years=2000, min_score=0)
    plot.bump(scores, partners="2", highlight=[371])


def test_too_many_to_highlight_names_the_option_that_chooses() -> None:
    index = pd.MultiIndex.from_product([list("ABCDEFGH"), ["P"], [2000, 2001]],
                                       names=["state", "partner", "year"])  # fmt: skip
    scores = pd.Series(np.linspace(0, 1, 16), index=index)
    with pytest.raises(AlignIndexError, match=r"such as highlight=\['A', 'B', 'C'\]"):
        plot.bump(scores, partners="P", highlight=list("ABCDEFGH"))


def test_names_are_spread_as_little_as_can_be() -> None:
    assert spread([], 0.1, 0, 1).tolist() == []
    assert spread([0.2, 0.8], 0.1, 0, 1).tolist() == [0.2, 0.8]
    np.testing.assert_allclose(spread([0.5, 0.5, 0.5], 0.1, 0, 1), [0.4, 0.5, 0.6])
    np.testing.assert_allclose(spread([1.0, 1.0], 0.1, 0, 1), [0.9, 1.0])
    np.testing.assert_allclose(spread([0.0, 0.0], 0.1, 0, 1), [0.0, 0.1])


# --- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda r: plot.trajectories(r, states="ALP"), "states: 'ALP' .*did you mean 'ALB'"),
        (lambda r: plot.trajectories(r, partners="RU"), "partners: 'RU' .*did you mean 'RUS'"),
        (lambda r: plot.trajectories(r, states=[]), "states is empty"),
        (
            lambda r: plot.trajectories(r),
            r"at most 7 lines .* got 12 dyads: .* such as states='ALB', partners='RUS', or",
        ),
        (lambda r: plot.trajectories(r, states="ALB", years=(1990, 1995)), "2000 to 2013"),
        (lambda r: plot.trajectories(r, states="ALB", years=(2005, 2001)), "years takes a year"),
        (lambda r: plot.trajectories(r, states="ALB", years="2005"), "years takes a year"),
        (lambda r: plot.trajectories(r, states="ALB", uncertainty=3), "robustness.uncertainty"),
        (lambda r: plot.trajectories(r, states="ALB", realignments=3), "dynamics.realignments"),
        (lambda r: plot.trajectories(r, states="ALB", ax=3), "matplotlib Axes.* got int"),
        (lambda r: plot.trajectories([1, 2]), "expected an AlignmentResult"),
        (lambda r: plot.trajectories(r.scores[["low"]]), "the column 'score'"),
        (lambda r: plot.trajectories(r.scores.iloc[:0]), "nothing to draw"),
        (lambda r: plot.trajectories(r.scores, states="ALB", spec="x"), "the IndexSpec behind"),
        (lambda r: plot.heatmap(r, partners="USB"), "did you mean 'USA'"),
        (lambda r: plot.heatmap(r, partners=["USA", "TUR"]), "one of partners.* got 2"),
        (lambda r: plot.heatmap(r, partners=None), "one of partners.* got none"),
        (lambda r: plot.heatmap(r, partners="USA", order="x"), "order takes mean or name"),
        (lambda r: plot.small_multiples(r, columns=0), "columns must be"),
        (lambda r: plot.small_multiples(r, ax=[]), "4 states need as many axes; got 0"),
        (lambda r: plot.tilt(r, poles=("RUS", "UXA")), "did you mean 'USA'"),
        (lambda r: plot.tilt(r, poles="RUS"), "poles takes two"),
        (lambda r: plot.tilt(r, poles=("RUS", "USA"), states="DNX"), "did you mean 'DNK'"),
        (lambda r: plot.scores(r, years=1999), "1999 not found; there are 2000"),
        (lambda r: plot.scores(r, years="2004"), "years takes a year"),
        (lambda r: plot.scores(r, years=(2004, 2005)), "one year.* got 2"),
        (lambda r: plot.scores(r, years=2005, states="ALB", partners="USA"), "no row has these"),
        (lambda r: plot.bump(r), "give partners"),
        (lambda r: plot.bump(r, partners="USA", states="ALB"), "give partners"),
        (lambda r: plot.bump(r, partners="USA", highlight="ALL"), "did you mean 'ALB'"),
        (lambda r: plot.ranks(r, years=2004), "robustness.uncertainty"),
        (lambda r: plot.contributions(r, state="ALB", partner="USA", year=2005), "2005 not found"),
        (lambda r: plot.contributions(r.scores, state="A", partner="B", year=1), "AlignmentResult"),
        (lambda r: plot.tree("erkomaishvili2018"), "did you mean 'erkomaishvili2019'"),
        (lambda r: plot.sensitivity(r), "robustness.sensitivity or robustness.factorial"),
        (lambda r: plot.similarity(r.scores), "square table"),
        (lambda r: plot.similarity(3), "SimilarityMatrix"),
        (lambda r: plot.idealpoints(r), "idealpoints.fit"),
        (lambda r: plot.idealpoints(pd.DataFrame({"state": ["A"], "point": [1.0]})), "do not move"),
        (lambda r: plot.network(r, years=2004, layout="x"), "layout takes ring or"),
        (lambda r: plot.network(r, years=2004, min_score=float("nan")), "min_score is a score"),
        (lambda r: plot.network(r, years=1990), "1990 not found"),
    ],
)  # fmt: skip
def test_errors_say_what_is_wrong(call: Any, message: str, result: Any) -> None:
    with pytest.raises(AlignIndexError, match=message):
        call(result)


def test_an_uncertainty_of_other_rows_is_refused(result: Any, sure: Any) -> None:
    other = result.scores["score"].rename(index={"ALB": "AAA"})
    with pytest.raises(AlignIndexError, match=r"no draws of \('AAA', 'RUS', 2000\)"):
        plot.trajectories(other, states="AAA", uncertainty=sure)
    few = ai.robustness.uncertainty(result, draws=20, quantiles=(0.5,), rng=1)
    with pytest.raises(AlignIndexError, match="two quantiles"):
        plot.ranks(few, years=2004)


def test_two_points_in_one_period_are_refused(votes_points: pd.DataFrame) -> None:
    with pytest.raises(PanelError, match="two points in one period"):
        plot.idealpoints(pd.concat([votes_points, votes_points.tail(1)]))
    with pytest.raises(AlignIndexError, match="level must be a probability"):
        plot.idealpoints(votes_points, level=1.5)
