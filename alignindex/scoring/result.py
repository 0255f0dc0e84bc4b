"""Score a panel with a spec: from raw values to scores that can explain themselves."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from pandas.util import hash_pandas_object

from alignindex import data, states
from alignindex.base.errors import PanelError, closest
from alignindex.base.files import write_folder
from alignindex.base.formats import encode
from alignindex.base.version import __version__
from alignindex.kernels.scoring import aggregate, tree
from alignindex.panel.columns import column_problems
from alignindex.panel.index import dyad_years
from alignindex.panel.poles import pair_poles
from alignindex.scoring.coding import BLOCK, Coder
from alignindex.scoring.coding import carried as carried_codes
from alignindex.scoring.contributions import contributions
from alignindex.scoring.evidence import bundled_name, bundled_panels
from alignindex.scoring.explain import explanation
from alignindex.spec import IndexSpec, load_spec

__all__ = ["AlignmentResult", "score"]


CodeSystem = Literal["iso3", "cow", "gw", "name"]


@dataclass(frozen=True, eq=False)
class AlignmentResult:
    """Scores of a panel under a spec, with all that is needed to explain them.

    Attributes
    ----------
    scores : DataFrame
        Index (state, partner, year); columns `score`, `low`, `high` (least and greatest score
        that any admissible raw value of what is unknown would give), `coverage` (share of the
        applicable weight that is observed; NaN where no indicator applies), `carried` (share of
        it that is carried from the dyad's own past), `n_indicators` (observed ones of positive
        weight).
    codes : DataFrame
        One column an indicator, in spec order: the code, NaN where it is unknown or does not
        apply.
    applies : DataFrame of bool
        Where each indicator applies (a code of NaN is unknown where it does).
    panel : DataFrame
        The panel that was scored; under poles, the one in which their rows are paired.
    spec : IndexSpec

    Examples
    --------
    >>> import alignindex as ai
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> result.spec.fidelity
    'reconstructed'
    >>> list(result.scores.columns)
    ['score', 'low', 'high', 'coverage', 'carried', 'n_indicators']
    """

    scores: pd.DataFrame = field(repr=False)
    codes: pd.DataFrame = field(repr=False)
    applies: pd.DataFrame = field(repr=False)
    panel: pd.DataFrame = field(repr=False)
    spec: IndexSpec = field(repr=False)

    def __repr__(self) -> str:
        known = int(self.scores["score"].notna().sum())
        return (
            f"<AlignmentResult: {self.spec.name} ({self.spec.fidelity}), "
            f"{len(self.scores)} dyad-years, {known} with a score>"
        )

    @cached_property
    def contributions(self) -> pd.DataFrame:
        r"""What each indicator contributes to each score.

        ``contributions.sum(axis=1) + reference == score``. Below a mean or a sum the contribution
        is weight × code (weights renormalised over what is observed); below a geometric mean, a
        minimum or stages it is the Shapley value of the node, where an indicator that is left out
        stands at ``spec.references``. NaN where an indicator is no part of the score. Where a
        score is held at one of its bounds, because the plain value lies beyond it, contributions
        are those of the codes at that bound.

        Raises
        ------
        SpecError
            If more than 20 indicators hang below nodes of a node that is not linear.
        """
        return self._parts[0]

    @cached_property
    def reference(self) -> pd.Series:
        """Score with every indicator that takes part at its reference code; see `contributions`."""
        return self._parts[1]

    @cached_property
    def _parts(self) -> tuple[pd.DataFrame, pd.Series]:
        return contributions(self.panel, self.spec, self.scores["score"])

    @cached_property
    def carried(self) -> pd.DataFrame:
        """Age in years of each code that is carried from the dyad's own past; NaN elsewhere.

        `codes` holds the observed codes only; `codes_used` has the carried ones in place.
        """
        return self._carried[1]

    @cached_property
    def codes_used(self) -> pd.DataFrame:
        """Codes behind the scores: `codes`, with those that are carried in place."""
        return self._carried[0]

    @cached_property
    def _carried(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        _, rows = dyad_years(self.panel)
        tables = carried_codes(self.panel, self.spec, rows)
        index, columns = self.codes.index, self.codes.columns
        used, age = (pd.DataFrame(table, index, columns, copy=False) for table in tables)
        return used, age

    def explain(self, state: str, partner: str, year: int) -> str:
        """Say why a dyad-year has its score, indicator by indicator.

        Each indicator's raw values by year of the window, the source rows behind them (for the
        bundled panel), the rule, the code, its weight, its part of the score; and what is unknown
        or does not apply, and what it could change.

        Raises
        ------
        PanelError
            If the panel has no such dyad-year (with the closest).

        Examples
        --------
        >>> import alignindex as ai
        >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
        >>> print(result.explain("ARM", "RUS", 2013).splitlines()[0])
        Alignment of ARM with RUS in 2013
        """
        index = self.scores.index
        key = (state, partner, year)
        if key not in index:
            raise PanelError(_no_such_row(index, key))
        of_dyad = (index.get_level_values(0) == state) & (index.get_level_values(1) == partner)
        dyad = self.panel[of_dyad]
        alone = score(dyad, self.spec)  # independent of all other dyads: the same score
        _, rows = dyad_years(dyad)
        place = int(np.flatnonzero(rows.year == year)[0])
        code, low, high, used, age = Coder(dyad, self.spec, rows).filled(slice(0, len(dyad)))
        parts = pd.DataFrame(
            {
                "code": code[:, place],
                "low": low[:, place],
                "high": high[:, place],
                "used": used[:, place],
                "age": age[:, place],
                "contribution": alone.contributions.iloc[place].to_numpy(),
            },
            index=self.codes.columns,
        )
        return explanation(
            key=key,
            spec=self.spec,
            score=alone.scores.iloc[place],
            reference=float(alone.reference.iloc[place]),
            parts=parts,
            history=dyad.droplevel(["state", "partner"]),
            bundled=bundled_name(dyad),
        )

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """What made this result: package, spec and panel, with digests; data sets with versions.

        The digest of the panel is taken when this is first read. `panel.bundled` names the bundled
        panel (or panels, joined by " + ") that the scored one is part of, or is None; `datasets`
        then holds the version and hash of each and of every table behind it.
        """
        bundled = bundled_name(self.panel)
        behind = [i.dataset for i in self.spec.indicators if i.dataset] if bundled else []
        sets = [*bundled_panels(self.panel), *behind]
        years = self.scores.index.get_level_values("year")
        return {
            "package": {"name": "alignindex", "version": __version__},
            "spec": {
                "name": self.spec.name,
                "version": self.spec.version,
                "fidelity": self.spec.fidelity,
                "digest": self.spec.digest,
                "citation": self.spec.citation,
                "doi": self.spec.doi,
            },
            "panel": {
                "digest": _digest(self.panel[list(self.spec.columns)]),
                "rows": len(self.panel),
                "years": [int(years.min()), int(years.max())] if len(years) else [],
                "bundled": bundled,
            },
            "datasets": {
                table.name: {
                    "version": info.version,
                    "sha256": table.sha256,
                    "retrieved": info.retrieved,
                }
                for info in map(data.dataset_info, dict.fromkeys(sets))
                for table in info.tables
            },
        }

    def to_frame(self, *, codes: CodeSystem = "iso3") -> pd.DataFrame:
        """Scores, bounds, coverage, codes and fidelity as one flat table.

        Parameters
        ----------
        codes : {"iso3", "cow", "gw", "name"}
            ``iso3`` and ``name`` give the columns ``state, partner, year``; ``cow`` gives
            ``ccode1, ccode2, year`` and ``gw`` gives ``gwcode1, gwcode2, year``. Actors are
            resolved in the year of the row.

        Raises
        ------
        ActorError
            If an actor has no such code in its year.

        Examples
        --------
        >>> import alignindex as ai
        >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
        >>> result.to_frame(codes="cow").columns[:4].tolist()
        ['ccode1', 'ccode2', 'year', 'score']
        """
        codes_table = self.codes.add_prefix("code_")
        frame = pd.concat([self.scores, codes_table], axis=1).reset_index()
        frame["fidelity"] = self.spec.fidelity
        if codes == "iso3":
            return frame
        names = {"cow": ("ccode1", "ccode2"), "gw": ("gwcode1", "gwcode2")}
        new = names.get(codes, ("state", "partner"))
        for old, name in zip(("state", "partner"), new, strict=True):
            resolved = states.resolve(frame[old], system="iso3", year=frame["year"], to=codes)
            frame[old] = np.asarray(resolved)
            frame = frame.rename(columns={old: name})
        return frame

    def latest_complete_year(self) -> int | None:
        """Latest year in which every indicator that applies has at least one code; None if none.

        Examples
        --------
        >>> import alignindex as ai
        >>> ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019").latest_complete_year()
        2019
        """
        year = self.scores.index.get_level_values("year")
        known = self.codes.notna().groupby(year).any()
        applies = self.applies.groupby(year).any()
        complete = known.index[((known | ~applies).all(axis=1)) & known.any(axis=1)]
        return int(complete.max()) if len(complete) else None

    def save(
        self,
        folder: str | Path,
        *,
        format: Literal["csv", "json", "parquet"] = "csv",
        force: bool = False,
    ) -> Path:
        """Write the result into a new folder, whole or not at all.

        Files: ``scores``, ``codes`` and ``contributions`` in the format, ``spec.toml`` and
        ``provenance.json``. Numbers are written in full precision.

        Parameters
        ----------
        folder : str or Path
        format : {"csv", "json", "parquet"}
            Parquet needs the extra ``io``.
        force : bool
            Replace the folder if it exists.

        Raises
        ------
        OutputError
            If the folder exists and `force` is not set, it cannot be written, or there is no
            such format.
        ExtraError
            If Parquet is asked for and pyarrow is not installed.
        """
        tables = {"scores": self.scores, "codes": self.codes, "contributions": self.contributions}
        return write_folder(
            Path(folder),
            {
                **{f"{name}.{format}": encode(table, format) for name, table in tables.items()},
                "spec.toml": self.spec.to_toml(),
                "provenance.json": json.dumps(self.provenance, indent=2) + "\n",
            },
            force=force,
        )


def score(panel: pd.DataFrame, spec: IndexSpec | str | Path) -> AlignmentResult:
    r"""Score every dyad-year of a panel.

    Order of operations: raw values → window over years → code → orientation → weight → aggregate
    → scale. Nothing is rounded. Dyads do not affect one another, and a score depends on no later
    year.

    Parameters
    ----------
    panel : DataFrame
        Index (state, partner, year), unique; see :func:`as_panel`. Unsorted rows are sorted.
    spec : IndexSpec, str or Path
        A spec, the name of a bundled one, or the path of a TOML file.

    Returns
    -------
    AlignmentResult

    Raises
    ------
    PanelError
        If the panel breaks its contract or lacks a column of the spec; the message names the
        column, the first three rows and the mend.
    SpecError
        If the spec cannot be loaded.

    Notes
    -----
    With codes :math:`c_j`, weights :math:`w_j` and the observed indicators O, the default index is
    :math:`\sum_{j \in O} w_j c_j / \sum_{j \in O} w_j`. An unknown code makes the score unknown
    under ``missing = "propagate"``; under ``"renormalise"`` it is left out, unless that would put
    the score outside what is possible: then the nearest possible score is given (a count of
    exercises may be incomplete, and yet be known to be three at least).

    Examples
    --------
    >>> import alignindex as ai
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> bool(result.scores["score"].between(0, 1).where(result.scores["score"].notna(), True).all())
    True
    """
    spec = spec if isinstance(spec, IndexSpec) else load_spec(spec)
    panel, rows = dyad_years(panel)
    if spec.poles is not None:
        panel, rows = dyad_years(pair_poles(panel, spec))
    problems = column_problems(panel, spec, rows)
    if problems:
        raise PanelError(problems[0])
    n, k = len(panel), len(spec.indicators)
    values = {name: np.empty(n) for name in ("score", "low", "high", "coverage", "carried")}
    values["n_indicators"] = np.empty(n, dtype=np.int64)
    codes, applies = np.empty((k, n)), np.empty((k, n), dtype=bool)
    coder = Coder(panel, spec, rows)
    weights = np.array(spec.leaf_weights)
    counted = np.flatnonzero(weights)
    for start in range(0, n, BLOCK):
        part = slice(start, min(start + BLOCK, n))
        code, low, high, used, age = coder.filled(part)
        value, least, greatest = tree.evaluate(
            spec.tree, used.T, low.T, high.T, propagate=spec.missing == "propagate"
        )
        codes[:, part] = code
        np.equal(low, low, out=applies[:, part])
        due = aggregate.observed_weight(low.T, weights)
        seen = aggregate.observed_weight(code.T, weights)
        with np.errstate(invalid="ignore"):  # nothing applies: 0/0 is NaN
            coverage = seen / due
            held = aggregate.observed_weight(age.T, weights) if coder.oldest else 0.0
            carried = held / due
        value[aggregate.falls_short(coverage + carried, spec.min_coverage)] = np.nan
        values["score"][part], values["low"][part], values["high"][part] = value, least, greatest
        values["coverage"][part], values["carried"][part] = coverage, carried
        values["n_indicators"][part] = np.count_nonzero(code[counted] == code[counted], axis=0)
    names = [indicator.name for indicator in spec.indicators]
    return AlignmentResult(
        scores=pd.DataFrame(values, index=rows.index, copy=False),
        codes=pd.DataFrame(codes.T, index=rows.index, columns=names, copy=False),
        applies=pd.DataFrame(applies.T, index=rows.index, columns=names, copy=False),
        # Without copying a number; with copy-on-write, later changes to the caller's panel do not
        # reach what contributions, digest and explanations are taken from.
        panel=panel.copy(deep=False),
        spec=spec,
    )


def _no_such_row(index: pd.Index[Any], key: tuple[str, str, int]) -> str:
    state, partner, year = key
    if not isinstance(year, (int, np.integer)):
        return f"a year must be a whole number, such as 2013; got {year!r}"
    for name, label in (("state", state), ("partner", partner)):
        known = index.get_level_values(name).unique().astype(str)
        if str(label) not in known:
            return (
                f"{name} {label!r} is not in the panel{closest(label, known)}; "
                f"it has {', '.join(known)}"
            )
    dyad = (index.get_level_values(0) == state) & (index.get_level_values(1) == partner)
    if not dyad.any():
        return f"the panel has no dyad {state}–{partner}; there are others of {state}"
    years = index.get_level_values("year")[dyad]
    return f"the panel has {state}–{partner} from {years.min()} to {years.max()}, but not {year}"


def _digest(panel: pd.DataFrame) -> str:
    """SHA-256 of the keys and values that were scored, the same on every machine."""
    plain = panel.astype(dict.fromkeys(panel.select_dtypes("category").columns, object))
    hashes = hash_pandas_object(plain, index=True).to_numpy(dtype="<u8")
    header = json.dumps([str(column) for column in panel.columns]).encode()
    return hashlib.sha256(header + hashes.tobytes()).hexdigest()
