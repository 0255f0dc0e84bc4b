"""What votes say without a model: agreement of dyads, and blocs by one roll call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from alignindex import similarity
from alignindex.base.errors import SimilarityError, first_three
from alignindex.geopolitics.variants import (
    FIRST_SESSION,
    Variant,
    as_variant,
    ballots,
    wanted_items,
)

__all__ = ["agreement", "vote_blocs"]

WORDS = {1.0: "for", 2.0: "abstained", 3.0: "against"}


def agreement(
    votes: pd.DataFrame,
    *,
    variant: Variant | str = "july2025_all",
    measures: Sequence[str] = ("agreement_half", "s_absolute", "kappa_linear", "pi_nominal"),
    min_shared: int = 1,
) -> pd.DataFrame:
    """Return the agreement families by dyad-year: agreement, S, kappa and pi.

    Parameters
    ----------
    votes : DataFrame
        As in `ideal_points`.
    variant : Variant or str
        Which roll calls are taken (``Variant(votes="economic")`` for economic ones), and what an
        absence counts as. Unanimous roll calls stay: to agree on them is agreement.
    measures : sequence of str
        Names of `ai.similarity.MEASURES`.
    min_shared : int
        Fewest shared votes of a dyad-year; below, values are NaN.

    Returns
    -------
    DataFrame
        Index (state, partner, year), both directions, sorted; ``n_shared`` and the measures.

    Raises
    ------
    SimilarityError
        As `ideal_points` and `ai.similarity.dyads`.

    References
    ----------
    Signorino & Ritter (1999), doi:10.1111/0020-8833.00113. Häge (2011), doi:10.1093/pan/mpr014.

    Examples
    --------
    >>> import pandas as pd
    >>> import alignindex as ai
    >>> votes = pd.DataFrame(
    ...     {"rcid": [1, 1, 2, 2], "session": 75, "state": ["BRA", "USA"] * 2, "vote": [1, 3, 1, 2]}
    ... )
    >>> ai.geopolitics.agreement(votes)["agreement_half"].tolist()
    [0.25, 0.25]
    """
    chosen = as_variant(variant)
    data = ballots(votes)
    value = data.vote
    if chosen.missing == "abstain":
        value = np.where(np.isnan(value), 2.0, value)
    rows = wanted_items(data.items, chosen)[data.item] & ~np.isnan(value)
    if not rows.any():
        raise SimilarityError(f"variant {chosen.label} has no votes")
    item = data.item[rows]
    table = pd.DataFrame(
        {
            "rcid": item,
            "year": data.items["session"].to_numpy()[item] + FIRST_SESSION,
            "state": data.states.to_numpy()[data.state[rows]],
            "vote": value[rows],
        }
    )
    found = similarity.dyads(
        table, item="rcid", value="vote", levels=[1, 2, 3], by="year", measures=list(measures),
        min_shared=min_shared, directed=True,
    )  # fmt: skip
    return found.set_index(["state", "partner", "year"]).sort_index()


def vote_blocs(votes: pd.DataFrame) -> pd.DataFrame:
    """Return blocs by one roll call: for, abstained, against, absent.

    The definition that studies of fragmentation take from the resolution on Ukraine of 2 March
    2022 (A/RES/ES-11/1); who is put with whom after that is theirs.

    Parameters
    ----------
    votes : DataFrame
        The votes of one roll call: rcid, session, state, vote as in `ideal_points`, and ``year``
        where there is one.

    Returns
    -------
    DataFrame
        Index (state, year), sorted: ``bloc``. Members without a vote are ``absent``; states that
        are not listed have no row.

    Raises
    ------
    SimilarityError
        Several roll calls, a state twice, or votes that `ideal_points` refuses.

    References
    ----------
    United Nations General Assembly (2022), resolution ES-11/1, https://undocs.org/A/RES/ES-11/1.

    Examples
    --------
    >>> import pandas as pd
    >>> import alignindex as ai
    >>> votes = pd.DataFrame(
    ...     {"rcid": 1, "session": 76, "year": 2022, "state": ["BRA", "CHN", "RUS"],
    ...      "vote": [1, 2, 3]}
    ... )
    >>> ai.geopolitics.vote_blocs(votes)["bloc"].tolist()
    ['for', 'abstained', 'against']
    """
    data = ballots(votes)
    if len(data.items) != 1:
        raise SimilarityError(
            f"blocs by vote take one roll call; got {len(data.items)} "
            f"({first_three(data.items['rcid'])}): choose one, such as votes[votes['rcid'] == ...]"
        )
    names = data.states.to_numpy()[data.state]
    twice = pd.Index(names)[pd.Index(names).duplicated()]
    if len(twice):
        raise SimilarityError(f"{first_three(twice)} voted twice; keep one row each")
    year: Any = data.items["session"].iloc[0] + FIRST_SESSION
    if "year" in votes:
        year = votes["year"].iloc[0]
    words = [WORDS.get(float(each), "absent") for each in data.vote]
    index = pd.MultiIndex.from_arrays([names, np.full(len(names), int(year))])
    table = pd.DataFrame({"bloc": words}, index=index.set_names(["state", "year"]))
    return table.sort_index()
