"""Every figure against its baseline picture.

The pictures depend on the version of matplotlib: they are compared under the one that they were
made with, and skipped under others. After a change that is meant, look at each picture, then::

    python -m pytest tests/plot/test_plot_images.py --mpl-generate-path=tests/plot/baseline
"""

from __future__ import annotations

from typing import Any

import matplotlib
import pytest
from matplotlib.figure import Figure

from alignindex import dynamics, plot, poles

BASELINE = "3.11"
HERE = ".".join(matplotlib.__version__.split(".")[:2])

pytestmark = [
    pytest.mark.skipif(
        HERE != BASELINE, reason=f"baselines are of matplotlib {BASELINE}, this is {HERE}"
    ),
]
picture = pytest.mark.mpl_image_compare(
    baseline_dir="baseline", style="default", savefig_kwargs={"dpi": 80}, tolerance=2
)


@picture
def test_trajectories(result: Any, sure: Any) -> Figure:
    shifts = dynamics.realignments(result)
    return plot.trajectories(
        result, states="ALB", bounds=True, uncertainty=sure, realignments=shifts
    ).figure


@picture
def test_trajectories_of_other_axes(result: Any) -> Figure:
    figure = Figure(figsize=(5.4, 2.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    plot.trajectories(result, partners="USA", ax=left)
    plot.trajectories(result.scores["score"], partners="USA", states="CUB", ax=right)
    return figure


@picture
def test_small_multiples(result: Any) -> Figure:
    return plot.small_multiples(result)[0].figure


@picture
def test_heatmap(result: Any) -> Figure:
    return plot.heatmap(result, partners="USA").figure


@picture
def test_tilt(result: Any) -> Figure:
    return plot.tilt(result, poles=("RUS", "USA")).figure


@picture
def test_scores(result: Any, sure: Any) -> Figure:
    return plot.scores(result, years=2012, uncertainty=sure).figure


@picture
def test_ranks(result: Any, sure: Any) -> Figure:
    return plot.ranks(sure, years=2004, partners="RUS", spec=result.spec).figure


@picture
def test_bump(result: Any) -> Figure:
    return plot.bump(result, partners="TUR", highlight=["ALB", "DNK"]).figure


@picture
def test_contributions(result: Any) -> Figure:
    return plot.contributions(result, state="BOL", partner="USA", year=2006).figure


@picture
def test_tree(result: Any) -> Figure:
    return plot.tree(result).figure


@picture
def test_sensitivity(result: Any, effects: Any) -> Figure:
    return plot.sensitivity(effects, spec=result.spec).figure


@picture
def test_similarity(result: Any) -> Figure:
    return plot.similarity(poles.likeness(result, year=2012), spec=result.spec).figure


@picture
def test_idealpoints(votes_points: Any) -> Figure:
    return plot.idealpoints(votes_points).figure


@picture
def test_network(result: Any) -> Figure:
    return plot.network(result, years=2004, min_score=0.4).figure
