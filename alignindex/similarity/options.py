"""Options of `dyads`: measures, standard errors, consensus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from alignindex.base.arguments import is_whole
from alignindex.base.errors import SimilarityError, closest, first_three
from alignindex.base.typing import Floats
from alignindex.kernels.similarity.measures import MEASURES
from alignindex.kernels.similarity.tables import Distance, level_distances

__all__ = ["Bootstrap", "Chosen", "Consensus", "Disagreement", "chosen_measures"]

Chosen: TypeAlias = dict[str, tuple[str, Distance]]
_CUSTOM_FORMS = ("agreement", "s", "a", "kappa", "pi")


@dataclass(frozen=True, eq=False)
class Disagreement:
    """A measure from your own matrix of disagreements.

    Parameters
    ----------
    name : str
        Name of its column in the result.
    matrix : array_like or DataFrame, shape (levels, levels)
        Disagreement of every two levels: finite, ≥ 0, symmetric, zero on the diagonal, not all
        zero. An array is in the order of the declared `levels`; a DataFrame is labelled by them.
    form : {"agreement", "s", "a", "kappa", "pi"}
        The formula. With D the observed mean disagreement, E that of independent portfolios, P
        that of pooled margins, and max the largest entry: ``1 − D/max``, ``1 − 2 D/max``,
        ``2 (E − D)/max``, ``1 − D/E`` or ``1 − D/P``.

    Examples
    --------
    Abstention counts as nearly a no:

    >>> import pandas as pd
    >>> from alignindex.similarity import Disagreement, dyads
    >>> soft = Disagreement("soft", [[0, 0.9, 1], [0.9, 0, 0.1], [1, 0.1, 0]], form="s")
    >>> votes = pd.DataFrame(
    ...     {"state": ["A", "A", "B", "B"], "rcid": [1, 2, 1, 2], "vote": [1, 2, 1, 3]}
    ... )
    >>> dyads(votes, by=None, measures=["s_absolute", soft])
      state partner  n_shared  s_absolute  soft
    0     A       B         2         0.5   0.9
    """

    name: str
    matrix: ArrayLike | pd.DataFrame
    form: str = "s"

    def __post_init__(self) -> None:
        if self.form not in _CUSTOM_FORMS:
            raise SimilarityError(
                f"form of Disagreement {self.name!r} must be one of {', '.join(_CUSTOM_FORMS)}, "
                f"got {self.form!r}{closest(str(self.form), _CUSTOM_FORMS)}"
            )
        if not isinstance(self.name, str) or not self.name:
            raise SimilarityError(f"a Disagreement needs a name for its column, got {self.name!r}")


@dataclass(frozen=True)
class Bootstrap:
    """Standard errors by redrawing items.

    Parameters
    ----------
    draws : int, optional
        How often the items of a group are redrawn; the draws are the same for all its dyads.
    rng : numpy.random.Generator, int or None, optional
        Seed or generator; the same seed gives the same numbers. None takes a fresh seed, which
        ``attrs["seed"]`` of the result records.
    """

    draws: int = 1000
    rng: np.random.Generator | int | None = 0

    def __post_init__(self) -> None:
        if not is_whole(self.draws) or self.draws < 2:
            raise SimilarityError(f"Bootstrap needs at least 2 draws, got {self.draws!r}")


@dataclass(frozen=True)
class Consensus:
    """Resolutions adopted without a vote, counted as if all had voted alike.

    Parameters
    ----------
    number : int, or Series or mapping from group to int
        Their number: one for all groups, or one per group of `by` (keys as in its column; tuples
        for several columns).
    level : float
        The level that all are assumed to have voted, such as the value of a yes.
    weight : float, optional
        Item weight of each resolution.

    Notes
    -----
    The share of decisions that come to a vote changes from session to session. Leaving out the
    others makes members look more opposed than they are, and more so in some years than in others
    (Häge & Hug 2016, "Consensus decisions and similarity measures in international
    organizations", International Interactions 42(3), 503–529). Consensus counts in the measures
    and their standard errors, not in `n_shared`: `min_shared` counts recorded votes.
    """

    number: int | Mapping[object, int] | pd.Series
    level: float
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.weight) and self.weight >= 0):
            raise SimilarityError(
                f"weight of Consensus must be a finite number ≥ 0, got {self.weight!r}"
            )

    def by_group(self, labels: pd.DataFrame) -> Floats:
        """Return the number of each group, shape (groups,)."""
        if isinstance(self.number, (int, np.integer)):
            numbers = pd.Series(float(self.number), index=range(len(labels)))
        elif not isinstance(self.number, (Mapping, pd.Series)):
            raise SimilarityError(
                "number of Consensus must be an int, or a Series or mapping from group to int, "
                f"got {type(self.number).__name__}"
            )
        elif labels.shape[1] == 0:
            raise SimilarityError(
                "number of Consensus is given by group, but there is no `by`; give one int"
            )
        else:
            given = dict(self.number.items())
            one = labels.shape[1] == 1
            keys = [row[0] if one else row for row in labels.itertuples(index=False, name=None)]
            missing = [key for key in keys if key not in given]
            if missing:
                raise SimilarityError(
                    f"number of Consensus lacks {len(missing)} of {len(keys)} groups: "
                    f"{first_three(missing)}; give 0 where nothing was adopted without a vote"
                )
            numbers = pd.Series([given[key] for key in keys])
        values = pd.to_numeric(numbers, errors="coerce").to_numpy(dtype=np.float64)
        wrong = ~(np.isfinite(values) & (values >= 0) & (values == np.rint(values)))
        if wrong.any():
            raise SimilarityError(
                "number of Consensus must be whole and ≥ 0, got "
                f"{first_three(numbers[wrong].tolist())}"
            )
        return values


def chosen_measures(measures: Sequence[str | Disagreement] | None, levels: Floats) -> Chosen:
    """Return the form and distance of each chosen measure by name; None chooses all that apply."""
    bundled = level_distances(np.sort(levels))
    if measures is None:
        # agreement_half gives half a mark for abstention, the one level in the middle.
        measures = [name for name in MEASURES if len(levels) == 3 or name != "agreement_half"]
    if isinstance(measures, (str, Disagreement)):
        measures = [measures]
    if not len(measures):
        raise SimilarityError(f"measures is empty; name some of {', '.join(MEASURES)}")
    chosen: Chosen = {}
    for measure in measures:
        name = measure.name if isinstance(measure, Disagreement) else measure
        if name in chosen:
            raise SimilarityError(f"measures names {name!r} twice; give each name once")
        if isinstance(measure, Disagreement):
            chosen[name] = (measure.form, _own_distance(measure, levels))
        elif measure not in MEASURES:
            raise SimilarityError(
                f"unknown measure {measure!r}{closest(str(measure), MEASURES)}; there are "
                f"{', '.join(MEASURES)}, and Disagreement(name, matrix, form) for your own"
            )
        elif measure == "agreement_half" and len(levels) != 3:
            raise SimilarityError(
                f"agreement_half needs three levels, got {len(levels)}; for others take "
                "agreement, s_absolute or a Disagreement of your own"
            )
        else:
            form, kind = MEASURES[measure]
            chosen[name] = (form, bundled[kind])
    return chosen


def _own_distance(measure: Disagreement, levels: Floats) -> Distance:
    """Check a matrix and put it in the order of ascending levels."""
    about = f"matrix of Disagreement {measure.name!r}"
    table = measure.matrix
    if isinstance(table, pd.DataFrame):
        named = set(levels.tolist())
        if any(set(axis.tolist()) != named for axis in table.axes):
            raise SimilarityError(
                f"{about} must be labelled by the levels {levels.tolist()}, got rows "
                f"{table.index.tolist()} and columns {table.columns.tolist()}"
            )
        table = table.reindex(index=levels, columns=levels)
    matrix = np.asarray(table, dtype=np.float64)
    size = len(levels)
    if matrix.shape != (size, size):
        raise SimilarityError(
            f"{about} must have shape ({size}, {size}), one row and column per level, got "
            f"{matrix.shape}"
        )
    if not np.isfinite(matrix).all() or (matrix < 0).any() or not matrix.any():
        raise SimilarityError(
            f"{about} must be finite, ≥ 0 and not all zero, got {matrix.tolist()}"
        )
    if np.diag(matrix).any() or not np.array_equal(matrix, matrix.T):
        raise SimilarityError(
            f"{about} must be symmetric with a zero diagonal, got {matrix.tolist()}; similarity "
            "does not depend on which state comes first"
        )
    order = np.argsort(levels)
    # The kernel caches sums by the name of the distance, so it must be unique.
    return Distance(f"own:{measure.name}", matrix[np.ix_(order, order)], float(matrix.max()))
