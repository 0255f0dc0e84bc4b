"""`fit`: points, standard errors and their calibration."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import pandas as pd

from alignindex.base.arguments import check_choice, check_count, generator, seed_of
from alignindex.base.errors import SimilarityError, closest, first_three
from alignindex.base.typing import Bools, Floats
from alignindex.idealpoints.encode import Encoded, encode, hold_out
from alignindex.idealpoints.result import FitSummary, IdealPoints
from alignindex.idealpoints.threads import one_thread
from alignindex.kernels.idealpoints.errors import Laplace, factorise
from alignindex.kernels.idealpoints.model import (
    Estimate,
    Model,
    Parameters,
    arrange,
    estimate,
    standardise,
    sweep,
)
from alignindex.kernels.idealpoints.spread import Spread, draw, spread

__all__ = ["fit"]

POLISHING = 2  # sweeps with the watched votes back in
NOMINAL, NORMAL_QUANTILE = 0.90, 1.6448536269514722


def fit(
    votes: pd.DataFrame,
    *,
    item: str = "rcid",
    value: str = "vote",
    state: str = "state",
    by: str | None = "session",
    levels: Sequence[Hashable] = (1, 2, 3),
    not_cast: Sequence[Hashable] = (8, 9),
    links: pd.DataFrame | Sequence[tuple[Hashable, Hashable]] | None = None,
    dynamic: bool = True,
    anchor: tuple[Hashable, int] = ("USA", 1),
    gap: str = "keep",
    standard_errors: bool = True,
    draws: int = 3,
    tolerance: float = 1e-4,
    max_sweeps: int = 100,
    rng: np.random.Generator | int | None = 0,
    progress: bool | None = None,
) -> IdealPoints:
    r"""Estimate one-dimensional ideal points of states that move over time.

    The model is the dynamic ordinal probit of Bailey, Strezhnev and Voeten: state i casts vote v
    in period t by the latent :math:`z = \beta_v \theta_{it} + \varepsilon`,
    :math:`\varepsilon \sim N(0, 1)`, and the level is given by the cut-points of v between which z
    falls. Priors: :math:`\beta \sim N(0, 1)`, cut-points N(0, 50), a state's first point N(0, 4),
    then a random walk with variance :math:`0.5\, n_t / (n_t + n_{t-1})`, n the number of votes
    cast. Points are standardised to mean 0 and sd 1 over all states and periods.

    Parameters
    ----------
    votes : DataFrame
        One row per vote, such as the table of `sources.unga.read_voeten`. A vote that was not cast
        has no row, NaN or a code of `not_cast`.
    item, value, state, by : str
        Names of its columns; `by` is the period, and may be None with ``dynamic=False``.
    levels : sequence of two or three values
        The levels in their order, such as 1 yes, 2 abstain, 3 no. Any other value is an error.
    not_cast : sequence
        Codes of votes that were not cast: 8 absent and 9 not a member in the published files.
        Their number is in ``fit.skipped``.
    links : DataFrame or pairs, optional
        Items voted on again, in two columns (``rcid1`` and ``rcid2`` if there are more); linked
        items share discrimination and cut-points, which connects periods. Links that name an item
        without votes are counted in ``fit.skipped``.
    dynamic : bool
        False: one point per state for all votes; ``points`` then has no period column.
    anchor : (state, sign)
        The sign, +1 or -1, of the mean point of this state.
    gap : {"keep", "grow"}
        The walk over an absence of k - 1 periods has the variance of one step, or k times as much.
        Periods are counted as they occur among the votes.
    standard_errors : bool
        False leaves them NaN and saves most of the time.
    draws : int
        Number of simulated refits behind ``se_calibrated``; with 0 that column is NaN.
    tolerance : float
        Sweeps stop when they gain less than this in mean log-probability (nats per vote) on votes
        kept out of the estimation, judged over four sweeps.
    max_sweeps : int
    rng : Generator, int or None
        Seed of the simulated refits; points and ``se`` do not depend on it. None takes a fresh
        seed, which ``fit.seed`` records.
    progress : bool, optional
        True shows a progress bar.

    Returns
    -------
    IdealPoints
        Frozen; ``points``, ``items``, ``fit`` and ``levels``; ``to_frame()`` gives the points.

    Raises
    ------
    SimilarityError
        For unknown columns or levels, contradictory votes, an item in two periods, votes that fall
        into parts without a common scale, or an anchor without votes.

    Warns
    -----
    UserWarning
        Names items with one observed category and periods too small to identify, which are NaN in
        the result, and counts votes without a state, which are left out.

    Notes
    -----
    ``se`` is the posterior sd of the stated model by a block Laplace approximation, the
    standardisation projected out. ``se_calibrated`` is ``se`` times one factor, chosen so that 90 %
    intervals cover 90 % of the points of votes simulated from the fit. Neither covers a shift that
    all states share from one period to the next: the model treats their walks as independent.

    References
    ----------
    Bailey, Strezhnev, Voeten (2017), Journal of Conflict Resolution 61(2), 430-456,
    doi:10.1177/0022002715595700. Imai, Lo, Olmsted (2016), American Political Science Review
    110(4), 631-656, doi:10.1017/S000305541600037X (variational EM for ideal points).

    Examples
    --------
    >>> import pandas as pd
    >>> import alignindex as ai
    >>> ballots = {"USA": "NNNYYA", "GBR": "NNAYYY", "BRA": "AYYAYN", "RUS": "YYYNNN"}
    >>> votes = pd.DataFrame(
    ...     [(s, v, vote) for s, row in ballots.items() for v, vote in enumerate(row)],
    ...     columns=["state", "rcid", "vote"],
    ... )
    >>> result = ai.idealpoints.fit(
    ...     votes, levels=["Y", "A", "N"], by=None, dynamic=False, draws=0
    ... )
    >>> result.points.sort_values("point")["state"].tolist()
    ['RUS', 'BRA', 'GBR', 'USA']
    """
    check_choice(gap, "gap", ("keep", "grow"))
    check_count(draws, "draws", 0)
    check_count(max_sweeps, "max_sweeps", 1)
    if not tolerance >= 0.0:
        raise SimilarityError(f"tolerance must be at least 0; got {tolerance}")
    if dynamic and by is None:
        raise SimilarityError(
            "a dynamic fit needs a period: name the column with by=, or set dynamic=False"
        )
    generators = generator(rng)
    data = encode(
        votes,
        item=item,
        value=value,
        state=state,
        by=by if dynamic else None,
        levels=levels,
        not_cast=not_cast,
        links=links,
        gap=gap,
    )
    sign = check_anchor(data, anchor)
    warn_of(data.skipped)
    with one_thread():
        with progress_bar(progress, max_sweeps) as report:
            found = find(data, tolerance=tolerance, max_sweeps=max_sweeps, report=report)
        now = orient(data, found.parameters, anchor[0], sign)
        sizes = (now.points.size, *[now.slopes.size] * 3)
        error = Spread(*(np.full(size, np.nan) for size in sizes))
        calibrated, inflation = np.full(now.points.size, np.nan), np.nan
        if standard_errors:
            laplace = factorise(data.model, now, data.node_period)
            error = spread(laplace, now)
        if standard_errors and draws:
            spawned = generators.spawn(draws)
            inflation = calibrate(data, laplace, now, error, spawned, tolerance, max_sweeps)
            calibrated = error.points * inflation
    held = hold_out(data)
    summary = FitSummary(
        iterations=len(found.trace) - 1,
        converged=found.converged,
        trace=found.trace,
        n_watched=0 if held is None else int(held.sum()),
        n_votes=data.node.size,
        n_states=int(data.model.state[-1]) + 1,
        n_periods=int(data.node_period.max()) + 1 if dynamic else 1,
        n_items=now.slopes.size,
        inflation=float(inflation),
        seed=seed_of(rng, generators),
        skipped=data.skipped,
        digest=data.digest,
    )
    points = point_table(data, now, error, calibrated, dynamic)
    items = item_table(data, now, error, len(levels), dynamic)
    return IdealPoints(points, items, summary, tuple(levels))


def check_anchor(data: Encoded, anchor: tuple[Hashable, int]) -> int:
    """Return the sign of the anchor; raise unless its state is in the model."""
    if not (isinstance(anchor, tuple) and len(anchor) == 2 and anchor[1] in (-1, 1)):
        raise SimilarityError(f"anchor must be (state, +1) or (state, -1), got {anchor!r}")
    in_model = data.nodes.loc[data.nodes["number"] >= 0, "state"].unique()
    present = data.states[in_model]
    if anchor[0] not in present:
        hint = closest(str(anchor[0]), [str(name) for name in present])
        raise SimilarityError(
            f"the anchor {anchor[0]!r} casts no vote that enters the model{hint}; name a state "
            f"that does, such as anchor=({present[0]!r}, 1)"
        )
    return int(anchor[1])


def warn_of(skipped: pd.DataFrame) -> None:
    """Warn of items and periods that get no estimate, and of votes without a state."""
    parts = []
    for what, plural in (("item", "items"), ("period", "periods")):
        for reason, rows in skipped[skipped["what"] == what].groupby("reason", sort=False):
            parts.append(f"{len(rows)} {plural} ({first_three(rows['key'])}): {reason}")
    if parts:
        told = f"not estimated, NaN in the result: {'; '.join(parts)}"
        told += ". All are listed in fit.skipped; ai.idealpoints.prepare removes them beforehand"
        warnings.warn(told, UserWarning, stacklevel=3)
    nameless = int(skipped.loc[skipped["reason"] == "no state", "votes"].sum())
    if nameless:
        told = f"{nameless:,} votes are left out, since they have no state; fill the column"
        warnings.warn(told, UserWarning, stacklevel=3)


@contextmanager
def progress_bar(
    progress: bool | None, total: int
) -> Iterator[Callable[[int, float], None] | None]:
    """Yield a callback that draws a bar, or None."""
    if not progress:
        yield None
        return
    from tqdm import tqdm

    with tqdm(total=total, desc="sweeps") as bar:

        def report(number: int, value: float) -> None:
            bar.set_postfix_str(f"mean log-probability {value:.5f}", refresh=False)
            bar.update(number - bar.n)

        yield report


def find(
    data: Encoded,
    *,
    tolerance: float,
    max_sweeps: int,
    report: Callable[[int, float], None] | None = None,
) -> Estimate:
    """Estimate without the watched votes, then use all votes in the last sweeps."""
    model, held = data.model, hold_out(data)
    if held is None:
        return estimate(model, tolerance=tolerance, max_sweeps=max_sweeps, report=report)
    n_nodes, n_items = model.votes.n_nodes, model.votes.n_items
    kept, watched = (
        arrange(data.node[mask], data.group[mask], data.kind[mask], n_nodes, n_items)
        for mask in (~held, held)
    )
    part = model._replace(votes=kept)
    found = estimate(part, watched, tolerance=tolerance, max_sweeps=max_sweeps, report=report)
    now = found.parameters
    for _ in range(POLISHING):
        now = sweep(model, now)
    return found._replace(parameters=now)


def orient(data: Encoded, now: Parameters, anchor: Hashable, sign: int) -> Parameters:
    """Return the parameters, reflected if needed, so that the anchor has its sign."""
    in_model = data.nodes[data.nodes["number"] >= 0]
    mine = (data.states[in_model["state"]] == anchor).nonzero()[0]
    if float(now.points[mine].mean()) * sign >= 0.0:
        return now
    return now._replace(points=-now.points, slopes=-now.slopes)


class Redrawn(NamedTuple):
    """Simulated votes in the numbering of the model, and the points behind them."""

    data: Encoded
    points: Floats


def redraw(data: Encoded, laplace: Laplace, now: Parameters, rng: np.random.Generator) -> Redrawn:
    """Draw parameters, and then votes where votes were cast; unanimous items drop out."""
    truth = standardise(draw(laplace, data.model, now, rng))
    node, group = data.node, data.group
    latent = truth.slopes[group] * truth.points[node] + rng.standard_normal(node.size)
    kind = np.where(latent > truth.upper[group], 2, (latent > truth.lower[group]).astype(int))
    seen = np.zeros((truth.slopes.size, 3), dtype=bool)
    seen[group, kind] = True
    kinds = seen.sum(axis=1)
    keep = kinds[group] > 1
    number = np.cumsum(kinds > 1) - 1
    # An item with two kinds left has one cut-point, and its votes are low or high.
    lowest = seen.argmax(axis=1)
    three = kinds == 3
    kind = np.where(three[group], kind, np.where(kind == lowest[group], 0, 2)).astype(np.int64)
    node, group, kind = node[keep], number[group[keep]].astype(np.int64), kind[keep]
    votes = arrange(node, group, kind, data.model.votes.n_nodes, int((kinds > 1).sum()))
    model = Model(votes, three[kinds > 1], data.model.state, data.model.link)
    changed = data._replace(node=node, group=group, kind=kind, model=model)
    return Redrawn(changed, truth.points)


def calibrate(
    data: Encoded,
    laplace: Laplace,
    now: Parameters,
    error: Spread,
    generators: Sequence[np.random.Generator],
    tolerance: float,
    max_sweeps: int,
) -> float:
    """Return the factor by which 90 % intervals cover 90 % of the simulated points."""

    def refit(rng: np.random.Generator) -> Floats:
        simulated = redraw(data, laplace, now, rng)
        again = find(simulated.data, tolerance=tolerance, max_sweeps=max_sweeps).parameters.points
        # Both are standardised, so that only the sign is arbitrary.
        sign = 1.0 if float(again @ simulated.points) >= 0.0 else -1.0
        return np.asarray(np.abs(sign * again - simulated.points) / error.points)

    # Every refit has its own generator, so threads do not change the numbers.
    with ThreadPoolExecutor(max_workers=2) as pool:
        ratios = np.concatenate(list(pool.map(refit, generators)))
    return float(np.quantile(ratios, NOMINAL) / NORMAL_QUANTILE)


def point_table(
    data: Encoded, now: Parameters, error: Spread, calibrated: Floats, dynamic: bool
) -> pd.DataFrame:
    """Return the points with their labels; nodes outside the model are NaN."""
    number = data.nodes["number"].to_numpy()
    inside = number >= 0

    def placed(values: Floats) -> Floats:
        full = np.full(number.size, np.nan)
        full[inside] = values[number[inside]]
        return full

    columns: dict[str, object] = {"state": data.states[data.nodes["state"]]}
    if dynamic:
        columns["period"] = data.periods[data.nodes["period"]]
    columns["point"] = placed(now.points)
    columns["se"], columns["se_calibrated"] = placed(error.points), placed(calibrated)
    columns["n_votes"] = data.nodes["n_votes"].to_numpy()
    return pd.DataFrame(columns)


def item_table(
    data: Encoded, now: Parameters, error: Spread, n_levels: int, dynamic: bool
) -> pd.DataFrame:
    """Return the items with their labels; a category that never occurs leaves its cut-point NaN."""
    group = data.group_of_item
    inside = group >= 0
    mine = group[inside]
    period_of = data.table.groupby("item")["period"].first().to_numpy()
    columns: dict[str, object] = {"item": data.items}
    if dynamic:
        columns["period"] = data.periods[period_of]
    columns["group"] = pd.array(np.where(inside, group, -1), dtype="Int64")
    table = pd.DataFrame(columns)
    table.loc[~inside, "group"] = pd.NA

    def placed(values: Floats, where: Bools | None = None) -> Floats:
        full = np.full(group.size, np.nan)
        full[inside] = (
            values[mine] if where is None else np.where(where[mine], values[mine], np.nan)
        )
        return full

    table["discrimination"] = placed(now.slopes)
    table["discrimination_se"] = placed(error.slopes)
    facts = data.groups
    two = facts["two_cuts"].to_numpy()
    lowest, highest = facts["lowest"].to_numpy(), facts["highest"].to_numpy()
    for cut in range(1, n_levels):
        # Cut number `cut` separates level cut - 1 from level cut; it is known if both sides occur.
        known = (lowest < cut) & (highest >= cut)
        lower = ~two | (cut == 1)
        table[f"cut_{cut}"] = placed(np.where(lower, now.lower, now.upper), known)
        table[f"cut_{cut}_se"] = placed(np.where(lower, error.lower, error.upper), known)
    table["n_votes"] = np.bincount(data.table["item"], minlength=group.size)
    return table
