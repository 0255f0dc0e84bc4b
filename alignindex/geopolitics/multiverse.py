"""`multiverse`: fit all variants of the ideal points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any

import pandas as pd

from alignindex.base.arguments import check_count
from alignindex.base.errors import SimilarityError, closest, first_three
from alignindex.geopolitics.points import as_points, fit_variant
from alignindex.geopolitics.universe import CHOICES, Multiverse
from alignindex.geopolitics.variants import Variant, as_variant, ballots

__all__ = ["multiverse"]


def multiverse(
    votes: pd.DataFrame,
    *,
    alternatives: Mapping[str, Sequence[Any]] | None = None,
    variants: Sequence[Variant | str] | None = None,
    links: pd.DataFrame | None = None,
    anchor: tuple[str, int] = ("USA", 1),
    workers: int = 2,
    progress: bool = False,
) -> Multiverse:
    """Fit the ideal points of many variants of the votes.

    Parameters
    ----------
    votes : DataFrame
        As in `ideal_points`, with the flags that the sets of votes need.
    alternatives : mapping of str to sequence, optional
        Levels of the choices start, votes, unanimous, links, missing; all combinations are run.
        By default votes all or final, starts 1946 and 1992.
    variants : sequence of Variant or presets, optional
        Runs these in place of a grid; then choices have no parts.
    links : DataFrame, optional
        Repeated roll calls, for ``links="given"``.
    anchor : (state, sign)
    workers : int
        Fits that run at the same time, as threads.
    progress : bool
        True shows a bar.

    Returns
    -------
    Multiverse
        Every variant is fitted by itself: its numbers depend neither on the other variants nor on
        `workers`.

    Raises
    ------
    SimilarityError
        Unknown choices or levels, a variant twice, votes or flags that are missing, a variant
        without votes.

    References
    ----------
    Airaudo, de Soyres, Richards & Santacreu (2025), doi:10.17016/IFDP.2025.1408 (measured
    fragmentation hangs on the variant). Steegen et al. (2016), doi:10.1177/1745691616658637.

    Examples
    --------
    >>> import pandas as pd
    >>> import alignindex as ai
    >>> ballots = {"USA": "331122", "GBR": "332111", "BRA": "121231", "RUS": "111333"}
    >>> votes = pd.DataFrame(
    ...     [(v, 75, s, int(vote)) for s, row in ballots.items() for v, vote in enumerate(row)],
    ...     columns=["rcid", "session", "state", "vote"],
    ... )
    >>> runs = ai.geopolitics.multiverse(votes, alternatives={"unanimous": ["drop", "near"]})
    >>> runs.to_frame(states="USA", partners="RUS")["n_variants"].tolist()
    [2]
    """
    check_count(workers, "workers", 1)
    chosen, varied = grid_of(alternatives, variants)
    data = ballots(votes)

    def one(variant: Variant) -> pd.Series:
        points = as_points(fit_variant(data, variant, links=links, anchor=anchor))
        return points.set_index(["state", "year"])["point"].rename(variant.label)

    with ThreadPoolExecutor(max_workers=workers) as pool:
        found = pool.map(one, chosen)
        if progress:
            from tqdm import tqdm

            found = tqdm(found, total=len(chosen), desc="variants")
        columns = list(found)
    points = pd.concat(columns, axis=1).sort_index()
    points.columns.name = "variant"
    table = pd.DataFrame(
        [{name: getattr(v, name) for name in CHOICES} for v in chosen],
        index=pd.Index([v.label for v in chosen], name="variant"),
    )
    table["start"] = table["start"].astype("Int64")
    return Multiverse(table, varied, points)


def grid_of(alternatives: Any, variants: Any) -> tuple[list[Variant], dict[str, tuple[Any, ...]]]:
    """Return the variants to run, and the choices that vary if they are a full grid."""
    if variants is not None:
        if alternatives is not None:
            raise SimilarityError(
                "give alternatives= (a full grid) or variants= (a list), not both"
            )
        if isinstance(variants, str | Variant) or not len(variants):
            raise SimilarityError("variants takes a list of variants or presets, at least one")
        chosen, varied = [as_variant(each) for each in variants], {}
    else:
        levels = (
            {"start": (1946, 1992), "votes": ("all", "final")}
            if alternatives is None
            else alternatives
        )
        wrong = [name for name in levels if name not in CHOICES]
        if wrong or not levels:
            raise SimilarityError(
                f"choices are {', '.join(CHOICES)}; got {first_three(wrong) or 'none'}"
                f"{closest(str(wrong[0]), CHOICES) if wrong else ''}"
            )
        listed = {name: tuple(each) if not isinstance(each, str) else (each,)
                  for name, each in levels.items()}  # fmt: skip
        empty = [name for name, each in listed.items() if not each]
        if empty:
            raise SimilarityError(f"choice {empty[0]!r} has no level: name at least one")
        chosen = [
            Variant(**dict(zip(listed, cell, strict=True))) for cell in product(*listed.values())
        ]
        varied = listed
    labels = [v.label for v in chosen]
    twice = [label for label in dict.fromkeys(labels) if labels.count(label) > 1]
    if twice:
        raise SimilarityError(f"variants occur twice: {first_three(twice)}; name each once")
    return chosen, varied
