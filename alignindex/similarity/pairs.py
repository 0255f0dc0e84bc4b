"""`dyads`: similarity of every two states in every group, from a long table of votes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alignindex.base.arguments import generator, is_whole, seed_of
from alignindex.base.errors import SimilarityError, first_three
from alignindex.base.typing import Floats, Ints
from alignindex.kernels.similarity.errors import analytic_errors, bootstrap_errors
from alignindex.kernels.similarity.measures import pair_measures
from alignindex.kernels.similarity.tables import n_pairs, pair_indices
from alignindex.similarity.checks import (
    PUBLISHED,
    check_choice,
    check_columns,
    check_known,
    check_levels,
    check_table,
    level_codes,
    members_only,
)
from alignindex.similarity.groups import By, Groups, group_rows
from alignindex.similarity.items import Blocks, blocks, group_weights
from alignindex.similarity.options import (
    Bootstrap,
    Chosen,
    Consensus,
    Disagreement,
    chosen_measures,
)

__all__ = ["dyads"]


def dyads(
    votes: pd.DataFrame,
    *,
    item: str = "rcid",
    value: str = "vote",
    state: str = "state",
    by: By = "session",
    levels: Sequence[float] | None = None,
    measures: Sequence[str | Disagreement] | None = None,
    item_weights: pd.Series | None = None,
    min_shared: int = 1,
    absent: str | float = "drop",
    unanimous: str = "keep",
    directed: bool = False,
    se: str | Bootstrap | None = None,
    consensus: Consensus | None = None,
) -> pd.DataFrame:
    r"""Return the similarity of every two states over the items that both have.

    Parameters
    ----------
    votes : DataFrame
        One row per state and item, such as the table of `sources.unga.read_voeten`. Three cases
        are kept apart: an *abstention* is a level like any other, an *absence* is a row with NaN,
        and a state that is *not a member* has no row. With levels among 1, 2 and 3 the other two
        codes of published votes mean the same: 8 (absent) is read as NaN, and rows with 9 (not a
        member) are left out. Rows without a state are left out with a warning.
    item, value, state : str, optional
        Columns of the item (roll call; partner of a commitment), the level and the state.
    by : str, Rolling, Flags, a sequence of them or None, optional
        Columns whose values form groups (session, year), rolling windows, issue flags. Items are
        matched within a group. None makes a single group.
    levels : sequence of float, optional
        All values that `value` may take, whether or not they occur; at least two, possibly uneven.
        Distances are between these values. Any other value is an error. Default: those that the
        table declares in ``attrs["levels"]``, else 1, 2 and 3 (yes, abstain, no).
    measures : sequence of str or Disagreement, optional
        Keys of `MEASURES`, and your own matrices. Default: all bundled measures
        (`agreement_half` with three levels only).
    item_weights : Series, optional
        Weight of each item, relative, ≥ 0, indexed by item, or by the columns of `by` and item. An
        item of weight 0 does not count.
    min_shared : int, optional
        Dyads with fewer shared items get NaN; `n_shared` shows how many there are.
    absent : "drop" or one of `levels`, optional
        What an absence counts as: nothing, or a level (some authors read it as an abstention).
    unanimous : {"keep", "drop"}, optional
        Whether to keep items on which all votes cast in the group are the same. They raise
        agreement and hardly affect measures corrected for chance.
    directed : bool, optional
        Whether to list every dyad in both directions. All measures are symmetric.
    se : "analytic", "bootstrap" or Bootstrap, optional
        Adds a column ``<measure>_se`` for each measure: by the delta method, or by redrawing
        items (``Bootstrap(draws, rng)`` sets their number and the seed).
    consensus : Consensus, optional
        Resolutions adopted without a vote, counted as agreement of all.

    Returns
    -------
    DataFrame
        The columns of `by`, then ``state, partner, n_shared``, one column per measure, and their
        standard errors; sorted by group, state, partner. A dyad is listed if both states have a
        row in the group; in an undirected dyad, `state` is the one that sorts first. ``attrs``
        holds ``levels``, ``binary``, ``weighted``, ``forms`` (name → form), ``seed`` (of the
        bootstrap), ``unknown_flags``, and the number of rows that were left out:
        ``identical_duplicates``, ``not_a_member``, ``no_state``.

    Raises
    ------
    SimilarityError
        If a column is absent, a value is not numeric or not a level, rows contradict each other,
        weights miss an item or are negative, or a group has no votes.

    Notes
    -----
    Write :math:`p_{kl}` for the share (by weight) of the shared items on which the state is at
    level k and the partner at level l, :math:`r_k, c_l` for its margins, :math:`q_k = (r_k+c_k)/2`,
    :math:`v` for the level values and :math:`R` for their range. With the distances

    .. math:: d_{kl} = [k \ne l], \quad |v_k - v_l|, \quad (v_k - v_l)^2

    (nominal; absolute, also "linear"; squared) of largest value m, and

    .. math:: D = \sum p_{kl} d_{kl}, \quad E = \sum r_k c_l d_{kl}, \quad P = \sum q_k q_l d_{kl}

    ================  ============================  ========  =============================
    measure           formula                       range     degenerate cases
    ================  ============================  ========  =============================
    agreement         1 − D, nominal                0 to 1
    agreement_half    1 − D/2 of ranks              0 to 1    three levels only
    s_*               1 − 2 D/m                     −1 to 1
    a_*               2 (E − D)/m                   −1 to 1   0 if either is constant
    kappa_*           1 − D/E                       −1 to 1   0 if one is constant
                                                              NaN if both are at one level
    pi_*              1 − D/P                       −1 to 1   NaN if both are at one level
    tau_b             (C − D) / √(untied × untied)  −1 to 1   NaN if either is constant
    ================  ============================  ========  =============================

    One rule holds for all: 0/0 is NaN, and so is every measure without a shared item. In tau-b,
    C and D are the concordant and discordant pairs of items; the weight of a pair is the product
    of its items' weights.

    Cost: about nine matrix products of states × items per group; 64 MB of working memory beside
    the result, whatever the number of states.

    References
    ----------
    S: Signorino & Ritter 1999, doi:10.1111/0020-8833.00113. Kappa: Cohen 1960,
    doi:10.1177/001316446002000104, and 1968, doi:10.1037/h0026256. Pi: Scott 1955,
    doi:10.1086/266577. Tau-b: Kendall 1945, doi:10.1093/biomet/33.3.239. Chance correction of
    foreign-policy similarity: Häge 2011, doi:10.1093/pan/mpr023. A: Benati & Capurri 2026.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from alignindex.similarity import dyads
    >>> votes = pd.DataFrame(
    ...     [
    ...         ("BLR", 1, 1), ("BLR", 2, 3), ("BLR", 3, 3),
    ...         ("KAZ", 1, 1), ("KAZ", 2, 2), ("KAZ", 3, np.nan),
    ...         ("USA", 1, 3), ("USA", 2, 1), ("USA", 3, 1),
    ...     ],
    ...     columns=["state", "rcid", "vote"],
    ... )
    >>> dyads(votes, by=None, measures=["agreement", "s_absolute", "tau_b"])
      state partner  n_shared  agreement  s_absolute  tau_b
    0   BLR     KAZ         2        0.5         0.5    1.0
    1   BLR     USA         3        0.0        -1.0   -1.0
    2   KAZ     USA         2        0.0        -0.5   -1.0
    >>> dyads(votes, by=None, measures=["agreement"], absent=2, se="analytic")
      state partner  n_shared  agreement  agreement_se
    0   BLR     KAZ         3   0.333333      0.272166
    1   BLR     USA         3   0.000000      0.000000
    2   KAZ     USA         3   0.000000      0.000000
    """
    check_table(votes, "votes")
    columns = {"state": state, "item": item, "value": value}
    check_columns(votes, columns)
    declared = check_levels(votes.attrs.get("levels", PUBLISHED) if levels is None else levels)
    votes, left_out = members_only(votes, columns, declared)
    check_known(votes, {"item": item})
    chosen = chosen_measures(measures, declared)
    absent_code = _absent_code(absent, declared)
    check_choice("unanimous", unanimous, ("keep", "drop"))
    if not (is_whole(min_shared) and min_shared >= 1):
        raise SimilarityError(f"min_shared must be a whole number ≥ 1, got {min_shared!r}")
    errors = _errors(se)
    rng = generator(errors.rng if isinstance(errors, Bootstrap) else 0)
    codes = level_codes(votes, value, declared, (state, item))
    groups = group_rows(votes, by)
    _check_names(groups, chosen, bool(errors))

    found = blocks(
        votes,
        groups,
        codes,
        state=state,
        item=item,
        n_levels=len(declared),
        absent=absent_code,
        unanimous=unanimous,
    )
    weights = group_weights(found, groups, item, item_weights)
    extra = _consensus(consensus, groups, declared)
    work = _Work(found, weights, extra, chosen, errors, rng)
    frame = _measure(work, groups, int(min_shared), directed)
    frame.attrs = {
        "levels": declared.tolist(),
        "binary": len(declared) == 2,
        "weighted": item_weights is not None,
        "forms": {name: form for name, (form, _) in chosen.items()},
        "seed": seed_of(errors.rng, rng) if isinstance(errors, Bootstrap) else None,
        "identical_duplicates": found.identical_duplicates,
        **left_out,
        "unknown_flags": groups.unknown_flags,
    }
    return frame


@dataclass(frozen=True)
class _Extra:
    """Decisions by consensus, as the kernels read them."""

    code: int
    numbers: Floats
    weight: float


@dataclass(frozen=True)
class _Work:
    """Everything that the measures of a group need."""

    found: Blocks
    weights: list[Floats | None]
    extra: _Extra | None
    chosen: Chosen
    errors: str | Bootstrap | None
    rng: np.random.Generator


def _absent_code(absent: object, levels: Floats) -> int | None:
    """Return the position of the level that an absence counts as; None to drop it."""
    if isinstance(absent, str):
        if absent == "drop":
            return None
    elif isinstance(absent, (int, float, np.number)) and absent in levels:
        return int(np.searchsorted(np.sort(levels), float(absent)))
    raise SimilarityError(
        f'absent must be "drop" or one of levels={levels.tolist()}, got {absent!r}'
    )


def _errors(se: str | Bootstrap | None) -> str | Bootstrap | None:
    """Check `se`; "bootstrap" means the defaults of Bootstrap."""
    if se is None or isinstance(se, Bootstrap):
        return se
    check_choice("se", se, ("analytic", "bootstrap"))
    return Bootstrap() if se == "bootstrap" else se


def _check_names(groups: Groups, chosen: Chosen, errors: bool) -> None:
    """Raise if two columns of the result would have the same name."""
    names = [*groups.labels.columns, "state", "partner", "n_shared", *chosen]
    names += [f"{name}_se" for name in chosen] if errors else []
    twice = sorted({str(name) for name in names if names.count(name) > 1})
    if twice:
        raise SimilarityError(
            f"the result would have two columns {first_three(twice)}; rename the column of by, or "
            "the Disagreement"
        )


def _consensus(consensus: Consensus | None, groups: Groups, levels: Floats) -> _Extra | None:
    """Return the number of consensus decisions of every group."""
    if consensus is None:
        return None
    if consensus.level not in levels:
        raise SimilarityError(
            f"level of Consensus must be one of levels={levels.tolist()}, got {consensus.level!r}"
        )
    code = int(np.searchsorted(np.sort(levels), consensus.level))
    return _Extra(code, consensus.by_group(groups.labels), float(consensus.weight))


def _measure(work: _Work, groups: Groups, min_shared: int, directed: bool) -> pd.DataFrame:
    """Run the kernels group by group into one array, and label it."""
    found, chosen, errors = work.found, work.chosen, work.errors
    sizes = [n_pairs(len(block.states)) * (2 if directed else 1) for block in found.blocks]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    total = int(starts[-1])
    if not total:
        raise SimilarityError(
            "no group holds two states, so there is no dyad; check `state` and `by`"
        )
    values = np.empty((len(chosen) * (2 if errors else 1), total))
    shared = np.empty(total, dtype=np.int64)
    first, second = np.empty((2, total), dtype=np.intp)
    for number, block in enumerate(found.blocks):
        part = slice(int(starts[number]), int(starts[number + 1]))
        whole = values[:, part] if not directed else np.empty((len(values), sizes[number] // 2))
        n_shared = _one_group(work, number, whole)
        scarce = n_shared < min_shared
        if scarce.any():
            whole[:, scarce] = np.nan
        one, other = pair_indices(len(block.states))
        if directed:
            order = np.lexsort((np.concatenate([other, one]), np.concatenate([one, other])))
            one, other = np.concatenate([one, other])[order], np.concatenate([other, one])[order]
            order %= len(n_shared)
            values[:, part], n_shared = whole[:, order], n_shared[order]
        shared[part] = n_shared
        first[part], second[part] = block.states[one], block.states[other]
    names = [*chosen, *(f"{name}_se" for name in chosen)] if errors else list(chosen)
    # The transpose of the array is the frame's own block: no copy.
    frame = pd.DataFrame(values.T, columns=pd.Index(names), copy=False)
    frame.insert(0, "n_shared", shared)
    frame.insert(0, "partner", found.labels.take(second))
    frame.insert(0, "state", found.labels.take(first))
    for name in reversed(groups.labels.columns):
        column = pd.Index(groups.labels[name])
        frame.insert(0, name, column.take(np.repeat(np.arange(len(sizes)), sizes)))
    return frame


def _one_group(work: _Work, number: int, out: Floats) -> Ints:
    """Fill the rows of one group, measures and then their errors; return the shared items."""
    codes, weights = work.found.blocks[number].codes, work.weights[number]
    n_levels, errors, extra = work.found.n_levels, work.errors, work.extra
    asked = list(work.chosen.values())
    squares = counts = None
    times = np.ones(codes.shape[1])
    if extra is not None:
        # One column stands for all decisions by consensus; `counts` keeps it out of n_shared.
        weights = np.ones(codes.shape[1]) if weights is None else weights
        decisions = np.full((len(codes), 1), extra.code, dtype=codes.dtype)
        codes = np.hstack([codes, decisions])
        times = np.append(times, extra.numbers[number])
        counts = np.append((weights > 0).astype(np.float64), 0.0)
        weights = np.append(weights, extra.weight)
        weights, squares = weights * times, weights**2 * times
    if errors == "analytic":
        values, shared, spread = analytic_errors(
            codes, n_levels, asked, weights=weights, squares=squares, counts=counts
        )
        out[: len(asked)], out[len(asked) :] = values, spread
        return shared
    _, shared = pair_measures(
        codes, n_levels, asked, weights=weights, counts=counts, out=out[: len(asked)]
    )
    if not isinstance(errors, Bootstrap):
        return shared
    population = int(times.sum())
    shape = (errors.draws, len(times))
    draws = np.zeros(shape, dtype=np.int64)
    if population:
        draws = work.rng.multinomial(population, times / population, size=errors.draws)
    # Back to the weight of a single item, of which `draws` says how many.
    single = (
        None
        if weights is None
        else np.divide(weights, times, out=np.zeros(len(times)), where=times > 0)
    )
    out[len(asked) :] = bootstrap_errors(codes, n_levels, asked, draws, weights=single)
    return shared
