"""Draws of the codes alone: what the measures over time and over poles take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from alignindex.base.arguments import check_count, generator
from alignindex.base.errors import AlignIndexError
from alignindex.base.typing import Floats
from alignindex.robustness.draws.alternatives import Choice
from alignindex.robustness.draws.cells import MissingDraws
from alignindex.robustness.draws.coder_error import Coders
from alignindex.robustness.draws.dependence import Sharing
from alignindex.robustness.draws.sampler import Sampler
from alignindex.scoring.result import AlignmentResult

__all__ = ["draw_codes"]


def draw_codes(
    result: AlignmentResult,
    *,
    draws: int = 1_000,
    coders: Coders | None = None,
    facts: pd.DataFrame | None = None,
    shared: Mapping[str, Sharing] | None = None,
    alternatives: Sequence[Choice] = (),
    missing: MissingDraws = None,
    rng: np.random.Generator | int | None = 0,
) -> Floats:
    """Draw the codes of a result under coder error, choices of coding and unknown values.

    A trajectory is scored on a fixed set of indicators and a behaviour without its treaties, so
    `dynamics.paths`, `dynamics.changes`, `poles.asymmetry` and `poles.obligation_gap` take draws
    of codes, not of scores. A fact is drawn once: the same error stands in every year of its
    spell and in every dyad that rests on it.

    Parameters
    ----------
    result : AlignmentResult
    draws : int
    coders, facts, shared, alternatives, missing
        As in :func:`uncertainty`, except that unknown codes stay unknown unless `missing` says how
        to draw them. Weights do not affect codes.
    rng : Generator, int or None
        With the seed of a call of :func:`uncertainty` that has the same options, draw d here is
        draw d there.

    Returns
    -------
    ndarray, shape (draws, rows, indicators)
        Rows as in ``result.codes``, columns in the order of the spec; NaN where a code is unknown
        or an alternative leaves the indicator out.

    Raises
    ------
    AlignIndexError
        If nothing is to be drawn, or an option is out of its range.

    Examples
    --------
    >>> import alignindex as ai
    >>> from alignindex import dynamics, robustness
    >>> result = ai.score(ai.load_panel("post_soviet").loc[["KAZ"]], "erkomaishvili2019")
    >>> sure = pd.DataFrame({0.0: [0.9, 0.1, 0.0], 0.5: [0.1, 0.8, 0.1], 1.0: [0.0, 0.1, 0.9]},
    ...                     index=[0.0, 0.5, 1.0])
    >>> codes = robustness.draw_codes(result, draws=50, coders={"bases": sure}, rng=1)
    >>> series = dynamics.paths(result, years=(1996, 2019), draws=codes)
    >>> moved = dynamics.fluidity(series)
    >>> bool((moved["rate_upper"] >= moved["rate_lower"]).all())
    True
    """
    check_count(draws, "draws", 1)
    sampler = Sampler(
        result,
        alternatives=alternatives,
        missing=missing,
        coders=coders,
        facts=facts,
        shared=shared,
    )
    if not (sampler.choices or sampler.coders) and missing is None:
        raise AlignIndexError(
            "there is nothing to draw: give coders= (a confusion matrix or probabilities for an "
            "indicator), alternatives= (choices of coding), or missing="
        )
    return sampler.codes(sampler.inputs(draws, generator(rng)))
