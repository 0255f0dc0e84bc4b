"""What all figures keep to: axes, captions, no global state, clear errors."""

from __future__ import annotations

import builtins
import io
import itertools
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
from alignindex.plot.canvas import COLOURS, DASHES, MARKERS, spread

FIGURES: dict[str, Callable[[Any, Any, Any, Any], Callable[..., Any]]] = {
    "trajectories": lambda r, *_: lambda **k: plot.trajectories(r, state="ALB", **k),
    "small_multiples": lambda r, *_: lambda **k: plot.small_multiples(r, **k),
    "heatmap": lambda r, *_: lambda **k: plot.heatmap(r, partner="USA", **k),
    "tilt": lambda r, *_: lambda **k: plot.tilt(r, "RUS", "USA", **k),
    "bump": lambda r, *_: lambda **k: plot.bump(r, partner="USA", **k),
    "scores": lambda r, *_: lambda **k: plot.scores(r, year=2004, **k),
    "ranks": lambda r, u, *_: lambda **k: plot.ranks(u, year=2004, spec=r.spec, **k),
    "network": lambda r, *_: lambda **k: plot.network(r, year=2004, **k),
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
    assert set(FIGURES) == set(plot.__all__)


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
    plot.heatmap(result, partner="USA").figure.savefig(out, format="pdf")  # with hatched cells
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


def test_no_global_setting_changes_and_pyplot_stays_away() -> None:
    code = """
import sys, matplotlib, pandas as pd, alignindex as ai
assert "matplotlib.pyplot" not in sys.modules
def settings():  # to read `backend` is to import pyplot
    return {key: matplotlib.rcParams[key] for key in matplotlib.rcParams if key != "backend"}

before = settings()
index = pd.MultiIndex.from_product([["A", "B"], ["P", "Q"], [2000, 2001]],
                                   names=["state", "partner", "year"])
scores = pd.Series([0.1, 0.2, 0.3, None, 0.5, 0.6, 0.7, 0.8], index=index)
for ax in (ai.plot.trajectories(scores), ai.plot.heatmap(scores, partner="P"),
           ai.plot.network(scores, year=2000), ai.plot.small_multiples(scores)[0]):
    assert ax._repr_png_()[:4] == ax.figure._repr_png_()[:4] == b"\\x89PNG"
assert settings() == before
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


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
        plot.network(result, year=2004, layout="kamada_kawai")


def test_a_partner_keeps_its_look_whatever_is_chosen(result: Any) -> None:
    def colour(**chosen: Any) -> Any:
        ax = plot.trajectories(result, state="ALB", **chosen)
        lines = {line.get_label(): line for line in ax.get_lines()}
        return lines["ALB–USA"].get_color(), lines["ALB–USA"].get_linestyle()

    assert colour() == colour(partner="USA") == colour(partner=["USA", "RUS"])


def test_lines_differ_by_more_than_colour() -> None:
    assert len(set(COLOURS)) == len(set(MARKERS)) == len({str(dash) for dash in DASHES})


def test_a_table_without_a_spec_says_so_and_one_with_it_names_it(result: Any) -> None:
    scores = result.scores["score"]
    (text,) = captions(plot.trajectories(scores, state="ALB").figure)
    assert "Fidelity unknown" in text
    (text,) = captions(plot.trajectories(scores, state="ALB", spec=result.spec).figure)
    assert "Index invented v1, fidelity: illustrative." in text


def test_the_axis_spans_the_range_of_the_index(result: Any) -> None:
    content = result.spec.model_dump(mode="json", exclude_none=True) | {"scale": [0, 100]}
    wide = ai.score(result.panel, ai.IndexSpec.from_dict(content))
    assert plot.trajectories(wide, state="ALB").get_ylim() == (-2.0, 102.0)
    assert plot.scores(wide, year=2004).get_xlim() == (-2.0, 102.0)
    plot.contributions(wide, state="ALB", partner="USA", year=2004)


def test_a_dyad_without_any_score_is_an_empty_line() -> None:
    index = pd.MultiIndex.from_product([["A", "B"], ["P"], [2000, 2001]],
                                       names=["state", "partner", "year"])  # fmt: skip
    scores = pd.Series([np.nan, np.nan, 0.2, 0.4], index=index)
    ax = plot.trajectories(scores)
    assert [text.get_text() for text in ax.texts if text.get_gid() == "name"] == ["B"]
    ax.figure.draw_without_rendering()
    nothing = plot.heatmap(scores.loc[["A"]], partner="P")
    nothing.figure.draw_without_rendering()
    plot.scores(scores.loc[["A"]], year=2000).figure.draw_without_rendering()
    plot.bump(scores.loc[["A"]], partner="P").figure.draw_without_rendering()
    plot.network(scores.loc[["A"]], year=2000).figure.draw_without_rendering()


def test_too_many_to_highlight_names_the_option_that_chooses() -> None:
    index = pd.MultiIndex.from_product([list("ABCDEFGH"), ["P"], [2000, 2001]],
                                       names=["state", "partner", "year"])  # fmt: skip
    scores = pd.Series(np.linspace(0, 1, 16), index=index)
    with pytest.raises(AlignIndexError, match=r"such as highlight=\['A', 'B', 'C'\]"):
        plot.bump(scores, partner="P", highlight=list("ABCDEFGH"))


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
        (lambda r: plot.trajectories(r, state="ALP"), "state 'ALP' .*did you mean 'ALB'"),
        (lambda r: plot.trajectories(r, partner="RU"), "partner 'RU' .*did you mean 'RUS'"),
        (lambda r: plot.trajectories(r, state=[]), "no state is named"),
        (
            lambda r: plot.trajectories(r),
            r"at most 7 lines .* got 12 dyads: choose some with state and partner, such as "
            r"state='ALB', partner='RUS', or draw them with small_multiples or heatmap",
        ),
        (lambda r: plot.trajectories(r, state="ALB", years=(1990, 1995)), "they run from 2000"),
        (lambda r: plot.trajectories(r, state="ALB", years=(2005, 2001)), "first = 2005 after"),
        (lambda r: plot.trajectories(r, state="ALB", years=2005), r"years are \(first, last\)"),
        (lambda r: plot.trajectories(r, state="ALB", uncertainty=3), "robustness.uncertainty"),
        (lambda r: plot.trajectories(r, state="ALB", realignments=3), "dynamics.realignments"),
        (lambda r: plot.trajectories(r, state="ALB", ax=3), "matplotlib Axes.* got int"),
        (lambda r: plot.trajectories([1, 2]), "expected an AlignmentResult"),
        (lambda r: plot.trajectories(r.scores[["low"]]), "the column 'score'"),
        (lambda r: plot.trajectories(r.scores.iloc[:0]), "nothing to draw"),
        (lambda r: plot.trajectories(r.scores, state="ALB", spec="x"), "the IndexSpec behind"),
        (lambda r: plot.heatmap(r, partner="USB"), "did you mean 'USA'"),
        (lambda r: plot.heatmap(r, partner=["USA"]), "partner takes one name"),
        (lambda r: plot.heatmap(r, partner="USA", order="x"), "order is 'mean' or 'name'"),
        (lambda r: plot.small_multiples(r, columns=0), "columns counts panels"),
        (lambda r: plot.small_multiples(r, ax=[]), "4 states need as many axes; got 0"),
        (lambda r: plot.tilt(r, "RUS", "UXA"), "did you mean 'USA'"),
        (lambda r: plot.tilt(r, "RUS", "USA", states="DNX"), "did you mean 'DNK'"),
        (lambda r: plot.scores(r, year=1999), "year 1999 .* closest is 2000"),
        (lambda r: plot.scores(r, year="2004"), "a year must be a whole number"),
        (lambda r: plot.scores(r, year=2005, state="ALB", partner="USA"), "no dyad of ALB"),
        (lambda r: plot.bump(r), "give partner"),
        (lambda r: plot.bump(r, partner="USA", state="ALB"), "give partner"),
        (lambda r: plot.bump(r, partner="USA", highlight="ALL"), "did you mean 'ALB'"),
        (lambda r: plot.ranks(r, year=2004), "robustness.uncertainty"),
        (lambda r: plot.contributions(r, state="ALB", partner="USA", year=2005), "closest is 2004"),
        (lambda r: plot.contributions(r.scores, state="A", partner="B", year=1), "AlignmentResult"),
        (lambda r: plot.tree("erkomaishvili2018"), "did you mean 'erkomaishvili2019'"),
        (lambda r: plot.sensitivity(r), "robustness.sensitivity or robustness.factorial"),
        (lambda r: plot.similarity(r.scores), "square table"),
        (lambda r: plot.similarity(3), "SimilarityMatrix"),
        (lambda r: plot.idealpoints(r), "idealpoints.fit"),
        (lambda r: plot.idealpoints(pd.DataFrame({"state": ["A"], "point": [1.0]})), "do not move"),
        (lambda r: plot.network(r, year=2004, layout="x"), "layout is 'ring' or"),
        (lambda r: plot.network(r, year=2004, at_least=float("nan")), "at_least is a score"),
        (lambda r: plot.network(r, year=1990), "closest is 2000"),
    ],
)  # fmt: skip
def test_errors_say_what_is_wrong(call: Any, message: str, result: Any) -> None:
    with pytest.raises(AlignIndexError, match=message):
        call(result)


def test_an_uncertainty_of_other_rows_is_refused(result: Any, sure: Any) -> None:
    other = result.scores["score"].rename(index={"ALB": "AAA"})
    with pytest.raises(AlignIndexError, match=r"no draws of \('AAA', 'RUS', 2000\)"):
        plot.trajectories(other, state="AAA", uncertainty=sure)
    few = ai.robustness.uncertainty(result, draws=20, quantiles=(0.5,), rng=1)
    with pytest.raises(AlignIndexError, match="two quantiles"):
        plot.ranks(few, year=2004)


def test_two_points_in_one_period_are_refused(votes_points: pd.DataFrame) -> None:
    with pytest.raises(PanelError, match="two points in one period"):
        plot.idealpoints(pd.concat([votes_points, votes_points.tail(1)]))
    with pytest.raises(AlignIndexError, match="level is a coverage"):
        plot.idealpoints(votes_points, level=1.5)
