"""`dyads`: similarity of every two states, in every group, from a long table of votes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alignindex.base.errors import SimilarityError, first_three
from alignindex.kernels.similarity.errors import analytic_errors, bootstrap_errors
from alignindex.kernels.similarity.measures import pair_measures
from alignindex.kernels.similarity.tables import n_pairs, pair_indices
from alignindex.similarity.checks import (
    check_choice,
    check_columns,
    check_known,
    check_levels,
    check_table,
    level_codes,
)
from alignindex.similarity.groups import By, Groups, group_rows
from alignindex.similarity.items import Block, Blocks, blocks, group_weights
from alignindex.similarity.options import (
    Bootstrap,
    Chosen,
    Consensus,
    Disagreement,
    chosen_measures,
)

__all__ = ["dyads"]


def dyads(
    data: pd.DataFrame,
    *,
    state: str = "state",
    item: str = "item",
    value: str = "value",
    levels: Sequence[float] | None = None,
    by: By = None,
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
    data : DataFrame
        One row a state and item. Three things are kept apart: an *abstention* is a level like any
        other, an *absence* is a row with NaN, and a state that is *no member* has no row.
    state, item, value : str, optional
        Columns of the state, the item (roll call; partner of a commitment) and the level.
    levels : sequence of float, optional
        All values that `value` may take, whether or not they occur; at least two, possibly uneven.
        Distances are between these values. Any other value is an error. Unless given, what the
        table declares in ``attrs["levels"]``, as that of `load_votes` does.
    by : str, Rolling, Flags or a sequence of them, optional
        Columns whose values make groups (session, year), rolling windows, issue flags. Every
        group is a block of its own; items are matched within it.
    measures : sequence of str or Disagreement, optional
        Keys of `MEASURES`, and matrices of one's own. All bundled ones where left out
        (`agreement_half` with three levels only).
    item_weights : Series, optional
        Weight of each item, relative, ≥ 0, indexed by item, or by the columns of `by` and item. An
        item of weight 0 counts nowhere.
    min_shared : int, optional
        Dyads with fewer shared items get NaN; `n_shared` shows how many there are.
    absent : "drop" or one of `levels`, optional
        What an absence counts as: nothing, or a level (some authors read it as an abstention).
    unanimous : {"keep", "drop"}, optional
        Whether items on which all cast votes of the group are the same count. They raise agreement
        and leave measures corrected for chance nearly alone.
    directed : bool, optional
        Whether every dyad comes in both directions. All measures are symmetric.
    se : "analytic", "bootstrap" or Bootstrap, optional
        Adds a column ``<measure>_se`` for each: by the delta method, or by redrawing items
        (``Bootstrap(draws, rng)`` to set their number and the seed).
    consensus : Consensus, optional
        Resolutions adopted without a vote, as agreement of all.

    Returns
    -------
    DataFrame
        The columns of `by`, then ``state, partner, n_shared``, a column a measure, and their
        standard errors; sorted by group, state, partner. A dyad is listed if both states have a
        row in the group. Undirected dyads have the state that sorts first first. ``attrs`` holds
        ``levels``, ``binary``, ``weighted``, ``forms`` (name → form), ``identical_duplicates``
        (rows left out because they repeat another) and ``unknown_flags``.

    Raises
    ------
    SimilarityError
        For columns that are not there, values outside the levels or not numeric, contradictory
        rows, weights that miss an item or are negative, a group without votes.

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

    One rule holds for all: 0/0 is NaN, and so is everything on no shared item. In tau-b C and D
    are the concordant and discordant pairs of items, a pair weighing the product of its weights.

    Cost: about nine matrix products of states × items a group; 64 MB of working memory beside the
    result, whatever the number of states.

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
    ...     columns=["state", "item", "value"],
    ... )
    >>> dyads(votes, levels=[1, 2, 3], measures=["agreement", "s_absolute", "tau_b"])
      state partner  n_shared  agreement  s_absolute  tau_b
    0   BLR     KAZ         2        0.5         0.5    1.0
    1   BLR     USA         3        0.0        -1.0   -1.0
    2   KAZ     USA         2        0.0        -0.5   -1.0
    >>> dyads(votes, levels=[1, 2, 3], measures=["agreement"], absent=2, se="analytic")
      state partner  n_shared  agreement  agreement_se
    0   BLR     KAZ         3   0.333333      0.272166
    1   BLR     USA         3   0.000000      0.000000
    2   KAZ     USA         3   0.000000      0.000000
    """
    check_table(data, "data")
    columns = {"state": state, "item": item, "value": value}
    check_columns(data, columns)
    check_known(data, {"state": state, "item": item})
    declared = check_levels(_declared(levels, data, value))
    chosen = chosen_measures(measures, declared)
    absent_code = _absent_code(absent, declared)
    check_choice("unanimous", unanimous, ("keep", "drop"))
    if not (isinstance(min_shared, (int, np.integer)) and min_shared >= 1):
        raise SimilarityError(f"min_shared must be a whole number ≥ 1, got {min_shared!r}")
    errors = _errors(se)
    codes = level_codes(data, value, declared, (state, item))
    groups = group_rows(data, by)
    _check_names(groups, chosen, bool(errors))

    found = blocks(
        data,
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
    frame = _measure(found, groups, weights, extra, chosen, errors, int(min_shared), directed)
    frame.attrs = {
        "levels": declared.tolist(),
        "binary": len(declared) == 2,
        "weighted": item_weights is not None,
        "forms": {name: form for name, (form, _) in chosen.items()},
        "identical_duplicates": found.identical_duplicates,
        "unknown_flags": groups.unknown_flags,
    }
    return frame


@dataclass(frozen=True)
class _Extra:
    """Consensus in kernel terms."""

    code: int
    numbers: NDArray[np.float64]
    weight: float


def _declared(levels: Sequence[float] | None, data: pd.DataFrame, value: str) -> Sequence[float]:
    """Return the levels that are given, or those that the table brings along."""
    if levels is None:
        levels = data.attrs.get("levels")
    if levels is None:
        found = data[value].dropna().unique()
        raise SimilarityError(
            f"levels are not declared, neither by levels= nor in data.attrs['levels']; column "
            f"{value!r} holds {first_three(repr(each) for each in found)}. Name every value that "
            "may occur, such as levels=[1, 2, 3]"
        )
    return levels


def _absent_code(absent: object, levels: NDArray[np.float64]) -> int | None:
    """Return the position of the level that an absence counts as, None to drop it."""
    if isinstance(absent, str):
        if absent == "drop":
            return None
    elif isinstance(absent, (int, float, np.number)) and absent in levels:
        return int(np.searchsorted(np.sort(levels), float(absent)))
    raise SimilarityError(
        f'absent must be "drop" or one of levels={levels.tolist()}, got {absent!r}'
    )


def _errors(se: str | Bootstrap | None) -> str | Bootstrap | None:
    """Check `se`, and give "bootstrap" its defaults."""
    if se is None or isinstance(se, Bootstrap):
        return se
    check_choice("se", se, ("analytic", "bootstrap"))
    return Bootstrap() if se == "bootstrap" else se


def _check_names(groups: Groups, chosen: Chosen, errors: bool) -> None:
    """Refuse columns of the result that would bear one name."""
    names = [*groups.labels.columns, "state", "partner", "n_shared", *chosen]
    names += [f"{name}_se" for name in chosen] if errors else []
    twice = sorted({str(name) for name in names if names.count(name) > 1})
    if twice:
        raise SimilarityError(
            f"the result would have two columns {first_three(twice)}; rename the column of by, or "
            "the Disagreement"
        )


def _consensus(
    consensus: Consensus | None, groups: Groups, levels: NDArray[np.float64]
) -> _Extra | None:
    """Return the number of consensus decisions of every group."""
    if consensus is None:
        return None
    if consensus.level not in levels:
        raise SimilarityError(
            f"level of Consensus must be one of levels={levels.tolist()}, got {consensus.level!r}"
        )
    code = int(np.searchsorted(np.sort(levels), consensus.level))
    return _Extra(code, consensus.by_group(groups.labels), float(consensus.weight))


def _measure(
    found: Blocks,
    groups: Groups,
    weights: list[NDArray[np.float64] | None],
    extra: _Extra | None,
    chosen: Chosen,
    errors: str | Bootstrap | None,
    min_shared: int,
    directed: bool,
) -> pd.DataFrame:
    """Run the kernels group by group into one array, and label it."""
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
    rng = np.random.default_rng(errors.rng) if isinstance(errors, Bootstrap) else None
    for number, (block, weight) in enumerate(zip(found.blocks, weights, strict=True)):
        part = slice(int(starts[number]), int(starts[number + 1]))
        whole = values[:, part] if not directed else np.empty((len(values), sizes[number] // 2))
        n_shared = _one_group(
            block, weight, extra, number, found.n_levels, chosen, errors, rng, whole
        )
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


def _one_group(
    block: Block,
    weights: NDArray[np.float64] | None,
    extra: _Extra | None,
    number: int,
    n_levels: int,
    chosen: Chosen,
    errors: str | Bootstrap | None,
    rng: np.random.Generator | None,
    out: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Fill the rows of one group, measures and then their errors; return the shared items."""
    codes, asked = block.codes, list(chosen.values())
    squares = counts = None
    times = np.ones(codes.shape[1])
    if extra is not None:
        # One column stands for all decisions by consensus; it counts in no number of votes.
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
    rng = cast("np.random.Generator", rng)
    population = int(times.sum())
    shape = (errors.draws, len(times))
    draws = np.zeros(shape, dtype=np.int64)
    if population:
        draws = rng.multinomial(population, times / population, size=errors.draws)
    # Back to the weight of a single item, of which `draws` says how many.
    single = (
        None
        if weights is None
        else np.divide(weights, times, out=np.zeros(len(times)), where=times > 0)
    )
    out[len(asked) :] = bootstrap_errors(codes, n_levels, asked, draws, weights=single)
    return shared
