"""Variants of ideal points: which votes are taken, and the presets that publications use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from alignindex.base.arguments import is_whole, shown
from alignindex.base.errors import SimilarityError, closest, first_three
from alignindex.base.typing import Bools, Floats, Ints

__all__ = ["PRESETS", "Ballots", "Variant", "as_variant", "ballots", "select", "variants"]

FIRST_SESSION = 1945  # session 1 opened in 1946
ABSTAIN = 2
NEAR = 0.025  # share of the minority below which a roll call is nearly unanimous
FLAGS = ("important", "me", "nu", "di", "hr", "co", "ec")
SETS = ("all", "final", "economic", "important", *(f"without_{flag}" for flag in FLAGS))
LEVELS = {
    "votes": SETS,
    "unanimous": ("drop", "near"),
    "links": ("none", "given"),
    "missing": ("skip", "abstain"),
}


@dataclass(frozen=True)
class Variant:
    """One way to make ideal points of General Assembly votes.

    Attributes
    ----------
    start : int or None
        First year; None takes all sessions. A year stands for the session that opens in it.
    votes : str
        ``"all"``; ``"final"`` (resolutions as adopted, no votes on paragraphs and amendments);
        ``"economic"`` and ``"important"`` (flagged so); ``"without_<flag>"`` for one of the flags
        me (Middle East), nu (nuclear weapons), di (disarmament), hr (human rights), co
        (colonialism), ec (economic development) and important. A roll call whose flag is unknown
        is neither economic nor important, and stays in ``"without_<flag>"``.
    unanimous : {"drop", "near"}
        ``"drop"`` leaves roll calls out on which all agree: they say nothing to an ordinal probit,
        so to keep them would give the same points. ``"near"`` also leaves those out on which less
        than 2.5 % of the votes differ from the commonest.
    links : {"none", "given"}
        ``"given"`` uses the table of repeated roll calls that is handed in.
    missing : {"skip", "abstain"}
        What a member that did not vote counts as: nothing, or an abstention.
    """

    start: int | None = None
    votes: str = "all"
    unanimous: str = "drop"
    links: str = "none"
    missing: str = "skip"

    def __post_init__(self) -> None:
        if self.start is not None and not (is_whole(self.start) and 1946 <= self.start <= 9999):
            raise SimilarityError(
                f"start takes a year from 1946 on, or None; got {shown(self.start)}"
            )
        for name, known in LEVELS.items():
            value = getattr(self, name)
            if value not in known:
                raise SimilarityError(
                    f"{name} takes {', '.join(known)}; got {shown(value)}"
                    f"{closest(str(value), known)}"
                )

    @property
    def label(self) -> str:
        """Its choices in one line, such as ``all/full/drop/none/skip``."""
        start = "full" if self.start is None else str(self.start)
        return "/".join([self.votes, start, self.unanimous, self.links, self.missing])


class Preset(NamedTuple):
    """A published variant: its exact parts, our parts, and its source."""

    variant: Variant
    fidelity: str
    source: str
    note: str


VOETEN = "Bailey, Strezhnev & Voeten (2017), doi:10.1177/0022002715595700; release of July 2025"
AIRAUDO = "Airaudo, de Soyres, Richards & Santacreu (2025), doi:10.17016/IFDP.2025.1408"
PRESETS: Mapping[str, Preset] = {
    "july2025_all": Preset(
        Variant(votes="all"), "documented", VOETEN,
        "Exact: all votes from 1946. Ours: the estimator, and links only where they are given.",
    ),
    "july2025_final": Preset(
        Variant(votes="final"), "documented", VOETEN,
        "Exact: votes on final passage. Ours: the estimator, and what counts as final passage.",
    ),
    "airaudo_all_full": Preset(
        Variant(start=1946, votes="all"), "documented", AIRAUDO,
        "Exact: all votes from 1946. Ours: the estimator.",
    ),
    "airaudo_economic_full": Preset(
        Variant(start=1971, votes="economic"), "documented", AIRAUDO,
        "Exact: economic votes from 1971. Ours: economic votes are those that the table flags `ec`;"
        " roll calls without a known flag are left out.",
    ),
    "airaudo_all_short": Preset(
        Variant(start=1992, votes="all"), "documented", AIRAUDO,
        "Exact: all votes after 1991. Ours: the first session is the one that opens in 1992.",
    ),
}  # fmt: skip


def variants() -> pd.DataFrame:
    """List the published variants: their choices, fidelity, source and note.

    Returns
    -------
    DataFrame
        Index preset; columns start, votes, unanimous, links, missing, fidelity, source, note.

    Examples
    --------
    >>> import alignindex as ai
    >>> ai.geopolitics.variants()["votes"].to_dict()["airaudo_economic_full"]
    'economic'
    """
    rows = {
        name: {f.name: getattr(preset.variant, f.name) for f in fields(Variant)}
        | {"fidelity": preset.fidelity, "source": preset.source, "note": preset.note}
        for name, preset in PRESETS.items()
    }
    table = pd.DataFrame.from_dict(rows, orient="index")
    table["start"] = table["start"].astype("Int64")
    return table.rename_axis("preset")


def as_variant(variant: Any) -> Variant:
    """Return a variant by itself, by the name of a preset, or by its choices in a mapping."""
    if isinstance(variant, Variant):
        return variant
    if isinstance(variant, str) and variant in PRESETS:
        return PRESETS[variant].variant
    if isinstance(variant, Mapping):
        known = [f.name for f in fields(Variant)]
        wrong = [name for name in variant if name not in known]
        if wrong:
            raise SimilarityError(
                f"a variant has the choices {', '.join(known)}; got {first_three(wrong)}"
                f"{closest(str(wrong[0]), known)}"
            )
        return Variant(**variant)
    near = closest(variant, PRESETS) if isinstance(variant, str) else ""
    raise SimilarityError(
        f"expected a Variant or one of {', '.join(PRESETS)}; got {shown(variant)}{near}"
    )


class Ballots(NamedTuple):
    """Votes in numbers: one entry per vote, and one row per roll call in `items`."""

    state: Ints
    item: Ints
    vote: Floats  # 1, 2, 3; NaN for a member that did not vote
    states: pd.Index
    items: pd.DataFrame  # rcid, session and the flags and kinds that there are


def ballots(votes: pd.DataFrame) -> Ballots:
    """Check a table of votes and turn it into numbers, once for all variants."""
    if not isinstance(votes, pd.DataFrame):
        raise SimilarityError(f"votes must be a DataFrame; got {type(votes).__name__}")
    there = [str(column) for column in votes.columns]
    for column in ("rcid", "session", "state", "vote"):
        if column not in votes.columns:
            raise SimilarityError(
                f"votes have no column {column!r}{closest(column, there)}; expected rcid, "
                f"session, state and vote, found {', '.join(there[:20])}"
            )
    if votes.empty:
        raise SimilarityError("votes are empty: expected one row per member and roll call")
    value = pd.to_numeric(votes["vote"], errors="coerce").to_numpy(dtype=np.float64)
    strange = ~np.isin(value, [1, 2, 3, 8, 9]) & votes["vote"].notna().to_numpy()
    if strange.any():
        raise SimilarityError(
            "vote takes 1 yes, 2 abstain, 3 no, 8 or NaN (did not vote), 9 (not a member); got "
            f"{first_three(votes['vote'].to_numpy()[strange])}"
        )
    keep = value != 9
    kept = votes.loc[keep]
    item, rcid = pd.factorize(kept["rcid"])
    state, states = pd.factorize(kept["state"].astype(object), sort=True)
    if (item < 0).any() or (state < 0).any():
        raise SimilarityError("every vote needs an rcid and a state; fill or drop empty ones")
    cast = value[keep].copy()
    cast[cast == 8] = np.nan
    check_once(item * len(states) + state, cast, states, rcid)
    first = np.unique(item, return_index=True)[1]
    columns = [c for c in ("kind", "para", "amend", *FLAGS) if c in kept.columns]
    items = kept.iloc[first][["session", *columns]].reset_index(drop=True)
    items.insert(0, "rcid", rcid)
    return Ballots(item=item, state=state, vote=cast, states=pd.Index(states), items=items)


def check_once(cell: Ints, cast: Floats, states: Any, rcid: Any) -> None:
    """Refuse different votes of a state on one roll call."""
    table = pd.DataFrame({"cell": cell, "vote": np.where(np.isnan(cast), 0.0, cast)})
    repeated = table.loc[table["cell"].duplicated(keep=False)]
    if repeated.empty:
        return
    kinds = repeated.groupby("cell")["vote"].nunique()
    bad = kinds.index[kinds > 1].to_numpy()
    if bad.size:
        item, state = np.divmod(bad, len(states))
        named = first_three(f"{states[s]} on {rcid[i]}" for s, i in zip(state, item, strict=True))
        raise SimilarityError(
            f"{bad.size} states cast different votes on one roll call: {named}; keep the one that "
            "counts"
        )


def wanted_items(items: pd.DataFrame, variant: Variant) -> Bools:
    """Mark the roll calls of a variant by start year and vote set."""
    keep = np.ones(len(items), dtype=bool)
    if variant.start is not None:
        keep &= (items["session"] + FIRST_SESSION >= variant.start).to_numpy()
    name = variant.votes
    if name == "final":
        if "kind" in items:
            keep &= (items["kind"] == "adopted").to_numpy()
        elif {"para", "amend"} <= set(items.columns):
            keep &= ~((items[["para", "amend"]] == 1).any(axis=1)).to_numpy()
        else:
            raise _needs("votes='final'", "kind, or para and amend")
    elif name != "all":
        flag = {"economic": "ec", "important": "important"}.get(name, name[len("without_") :])
        if flag not in items:
            raise _needs(f"votes={name!r}", flag)
        marked = (items[flag] == 1).to_numpy()
        keep &= marked if name in ("economic", "important") else ~marked
    return keep


def _needs(choice: str, column: str) -> SimilarityError:
    return SimilarityError(
        f"{choice} needs the column {column} in votes; load them with their flags, or choose "
        "another set of votes"
    )


def select(votes: Ballots, variant: Variant) -> pd.DataFrame:
    """Return the votes of a variant, without roll calls and sessions that cannot be used.

    States are the numbers of ``votes.states``.
    """
    wanted = wanted_items(votes.items, variant)
    value = votes.vote
    if variant.missing == "abstain":
        if not np.isnan(value).any():
            raise SimilarityError(
                "missing='abstain' needs rows for members that did not vote (NaN or 8), and votes "
                "have none: load them with absences='missing'"
            )
        value = np.where(np.isnan(value), float(ABSTAIN), value)
    rows = wanted[votes.item] & ~np.isnan(value)
    size, session = len(votes.items), votes.items["session"].to_numpy()
    cells = votes.item[rows] * 3 + value[rows].astype(np.int64) - 1
    counts = np.bincount(cells, minlength=3 * size).reshape(size, 3)
    total = counts.sum(axis=1)
    minority = total - counts.max(axis=1)
    useful = minority > 0
    if variant.unanimous == "near":
        useful &= minority >= NEAR * total
    sessions, per = np.unique(session[useful], return_counts=True)
    useful &= np.isin(session, sessions[per > 1])
    rows &= useful[votes.item]
    if not rows.any():
        raise SimilarityError(
            f"variant {variant.label}: no roll call is left on which states differ; take an "
            "earlier start or another set of votes"
        )
    item = votes.item[rows]
    return pd.DataFrame(
        {
            "rcid": votes.items["rcid"].to_numpy()[item],
            "session": session[item],
            "state": votes.state[rows],  # numbers in the order of the names: quicker to sort
            "vote": value[rows].astype(np.int64),
        }
    )
