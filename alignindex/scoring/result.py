"""Score a panel with a spec: from raw values to scores that can explain themselves."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from alignindex import states
from alignindex.base.errors import PanelError
from alignindex.base.files import save_tables
from alignindex.kernels.scoring import aggregate, tree
from alignindex.panel.columns import column_problems
from alignindex.panel.index import dyad_years
from alignindex.panel.poles import pair_poles
from alignindex.panel.select import select_row, select_rows
from alignindex.scoring.coding import BLOCK, Coder
from alignindex.scoring.coding import carried as carried_codes
from alignindex.scoring.composition import composition, latest_complete_year
from alignindex.scoring.contributions import contributions
from alignindex.scoring.evidence import bundled_name
from alignindex.scoring.explain import explanation
from alignindex.scoring.provenance import check_labels, label_kind, panel_read, provenance_of
from alignindex.spec import IndexSpec, load_spec

__all__ = ["AlignmentResult", "score"]

CodeSystem = Literal["iso3", "cow", "gw", "name"]
SHARES_MEMORY = int(pd.__version__.split(".")[0]) < 3  # a shallow copy shares later changes


@dataclass(frozen=True, eq=False)
class AlignmentResult:
    """Scores of a panel under a spec, with all that is needed to explain them.

    Attributes
    ----------
    scores : DataFrame
        Index (state, partner, year); columns `score`, `low`, `high` (minimum and maximum score
        that admissible values of the missing cells would give), `coverage` (share of the
        applicable weight that is observed; NaN where no indicator applies), `carried` (share of
        it that is carried from the dyad's own past), `n_indicators` (observed indicators of
        positive weight).
    codes : DataFrame
        One column per indicator, in the order of the spec: the code, NaN where it is unknown or
        does not apply.
    applies : DataFrame of bool
        Where each indicator applies; there a code of NaN is unknown.
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
        known, complete = int(self.scores["score"].notna().sum()), self.latest_complete_year()
        until = "" if complete is None else f"; half of the dyads complete to {complete}"
        return (
            f"<AlignmentResult: {self.spec.name} ({self.spec.fidelity}), "
            f"{len(self.scores)} dyad-years, {known} with a score{until}>"
        )

    @cached_property
    def contributions(self) -> pd.DataFrame:
        r"""Return what each indicator contributes to each score.

        ``contributions.sum(axis=1) + reference == score``. Below a mean or a sum a contribution is
        weight × code, with weights renormalised over the observed indicators. Below a geometric
        mean, a minimum or stages it is the Shapley value of the node; an indicator that is left
        out stands at ``spec.references``. NaN where an indicator is not part of the score. Where
        the plain value lies beyond a bound, the score is held at the bound, and contributions are
        those of the codes at that bound.

        Raises
        ------
        SpecError
            If more than 20 indicators hang below nodes of a node that is not linear.
        """
        return self._parts[0]

    @cached_property
    def reference(self) -> pd.Series:
        """Return the score with every observed indicator at its reference; see `contributions`."""
        return self._parts[1]

    @cached_property
    def _parts(self) -> tuple[pd.DataFrame, pd.Series]:
        return contributions(self.panel, self.spec, self.scores["score"])

    @cached_property
    def carried(self) -> pd.DataFrame:
        """Return the age in years of each code carried from the dyad's own past; else NaN.

        `codes` holds the observed codes only; `codes_used` has the carried ones in place.
        """
        return self._carried[1]

    @cached_property
    def codes_used(self) -> pd.DataFrame:
        """Return the codes behind the scores: `codes`, with the carried ones in place."""
        return self._carried[0]

    @cached_property
    def _carried(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        tables = carried_codes(self.panel, self.spec, dyad_years(self.panel)[1])
        index, columns = self.codes.index, self.codes.columns
        used, age = (pd.DataFrame(table, index, columns, copy=False) for table in tables)
        return used, age

    def explain(self, state: str, partner: str, year: int) -> str:
        """Return why a dyad-year has its score, indicator by indicator.

        For each indicator: raw values of the window, the source rows behind them (bundled panel),
        the rule, the code, its weight and its part of the score; for a missing code its bounds.

        Parameters
        ----------
        state, partner : str
            Codes of the panel, or names and numbers of states that stand for one of them.
        year : int

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
        key = select_row(index, state, partner, year)
        dyad = self.panel[select_rows(index, states=[key[0]], partners=[key[1]])]
        alone = score(dyad, self.spec)  # independent of all other dyads: the same score
        _, rows = dyad_years(dyad)
        place = int(np.flatnonzero(rows.year == key[2])[0])
        filled = Coder(dyad, self.spec, rows).filled(slice(0, len(dyad)))
        names = ("code", "low", "high", "used", "age")
        parts = pd.DataFrame({n: v[:, place] for n, v in zip(names, filled, strict=True)})
        parts["contribution"] = alone.contributions.iloc[place].to_numpy()
        return explanation(
            key=key,
            spec=self.spec,
            score=alone.scores.iloc[place],
            reference=float(alone.reference.iloc[place]),
            parts=parts.set_axis(self.codes.columns),
            history=dyad.droplevel(["state", "partner"]),
            bundled=bundled_name(dyad[list(self.spec.columns)]),
        )

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """Return what made this result: package, spec and panel with digests; versions of data.

        The digest of the panel is taken when this is first read. `panel.bundled` names the bundled
        panel (or panels, joined by " + ") that the scored one is part of, or is None; `datasets`
        then holds the version and hash of each and of every table behind it.
        """
        return provenance_of(self.panel, self.spec)

    def to_frame(
        self, *, codes: CodeSystem = "iso3", system: CodeSystem | None = None
    ) -> pd.DataFrame:
        """Return scores, bounds, coverage, codes and fidelity as one flat table.

        Parameters
        ----------
        codes : {"iso3", "cow", "gw", "name"}
            ``iso3`` and ``name`` give the columns ``state, partner, year``; ``cow`` gives
            ``ccode1, ccode2, year`` and ``gw`` gives ``gwcode1, gwcode2, year``. Actors are
            resolved in the year of the row.
        system : {"iso3", "cow", "gw", "name"}, optional
            What the labels of the panel are. Default: text is ISO3, and numbers are of the system
            that is asked for, so they are kept as they are.

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
        names = {"cow": ("ccode1", "ccode2"), "gw": ("gwcode1", "gwcode2")}
        new = names.get(codes, ("state", "partner"))
        for old, name in zip(("state", "partner"), new, strict=True):
            number = label_kind(self.scores.index, old) == "number"
            own = system or (codes if number and codes in names else "iso3")
            if own != codes:
                resolved = states.resolve(frame[old], system=own, year=frame["year"], to=codes)
                frame[old] = np.asarray(resolved)
            frame = frame.rename(columns={old: name})
        return frame

    def latest_complete_year(self, *, share: float = 0.5) -> int | None:
        """Return the latest year that is complete for enough dyads; None if there is none.

        A year is complete if every indicator that applies in it has a code for at least `share`
        of the dyads to which it applies (half by default); weight 0 does not count.

        Parameters
        ----------
        share : float
            Above 0 and up to 1; 1 asks for every dyad.

        Raises
        ------
        AlignIndexError
            If `share` is out of range.

        Examples
        --------
        >>> import alignindex as ai
        >>> ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019").latest_complete_year()
        2024
        """
        counted = np.array(self.spec.leaf_weights) > 0
        return latest_complete_year(self.codes.loc[:, counted], self.applies.loc[:, counted], share)

    def composition(self) -> pd.DataFrame:
        """Return which indicators stand behind each score, and where that changes.

        `dynamics.changes` splits a change into codes and composition.

        Returns
        -------
        DataFrame
            Index as `scores`: `indicators` (names of the observed indicators of positive weight,
            joined by ", "; empty where there is no score), `joined` and `left` (names that come or
            go compared with the latest earlier score of the dyad), `changed` (whether any do).

        Examples
        --------
        Crimea joins in 2014:

        >>> import alignindex as ai
        >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
        >>> result.composition().loc[("ARM", "RUS", 2014), "joined"]
        'crimea'
        """
        return composition(self.scores["score"], self.codes_used, self.spec.leaf_weights)

    def save(
        self,
        folder: str | Path,
        *,
        format: Literal["csv", "json", "parquet"] = "csv",
        escape: bool = False,
        force: bool = False,
    ) -> Path:
        """Write the result into a new folder, whole or not at all; `load_result` reads it back.

        Files: ``scores``, ``codes``, ``contributions``, ``applies`` and ``panel`` (the columns
        that the spec reads) in the format, ``spec.toml`` and ``provenance.json``. Numbers are
        written in full precision.

        Parameters
        ----------
        folder : str or Path
            A symbolic link is followed.
        format : {"csv", "json", "parquet"}
            Parquet needs the extra ``io``.
        escape : bool
            Put an apostrophe before text in CSV that a spreadsheet would run as a formula, such
            as a label that begins with ``=``. Such a label does not come back.
        force : bool
            Replace the folder if it holds an earlier result and nothing else.

        Raises
        ------
        OutputError
            If the folder exists and `force` is not set, it holds other files, it cannot be
            written, there is no such format, or a label is neither text nor a whole number.
        ExtraError
            If the format is Parquet and pyarrow is not installed.
        """
        check_labels(self.scores.index)
        tables = {
            name: getattr(self, name) for name in ("scores", "codes", "contributions", "applies")
        }
        tables["panel"] = panel_read(self.panel, self.spec)
        texts = {
            "spec.toml": self.spec.to_toml(),
            "provenance.json": json.dumps(self.provenance, indent=2) + "\n",
        }
        return save_tables(folder, tables, texts, format=format, escape=escape, force=force)


def score(panel: pd.DataFrame, spec: IndexSpec | str | Path) -> AlignmentResult:
    r"""Score every dyad-year of a panel.

    Order of operations: raw values → window over years → code → orientation → weight → aggregate
    → scale. Nothing is rounded. Dyads do not affect one another, and later years do not affect a
    score.

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
        column, the first three rows and how to fix them.
    SpecError
        If the spec cannot be loaded.

    Notes
    -----
    With codes :math:`c_j`, weights :math:`w_j` and the known indicators O, the default index is
    :math:`\sum_{j \in O} w_j c_j / \sum_{j \in O} w_j`. A missing code makes the score missing
    under ``missing = "propagate"``; it leaves the mean under ``"renormalise"``, and under
    ``"carry"`` only if the dyad has no recent code of its own. A score is held within its bounds.

    Examples
    --------
    >>> import alignindex as ai
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> float(result.scores.loc[("BLR", "RUS", 2023), "score"].round(3))
    0.972
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
        value, minimum, maximum = tree.evaluate(
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
        values["score"][part], values["low"][part], values["high"][part] = value, minimum, maximum
        values["coverage"][part], values["carried"][part] = coverage, carried
        values["n_indicators"][part] = np.count_nonzero(code[counted] == code[counted], axis=0)
    names = [indicator.name for indicator in spec.indicators]
    index = rows.index.view()  # names set on the caller's index do not reach the result
    return AlignmentResult(
        scores=pd.DataFrame(values, index=index, copy=False),
        codes=pd.DataFrame(codes.T, index=index, columns=names, copy=False),
        applies=pd.DataFrame(applies.T, index=index, columns=names, copy=False),
        # Contributions, digest and explanations are made later: the caller's changes to the panel
        # must not reach them. pandas 3 copies on write.
        panel=panel.copy(deep=SHARES_MEMORY).set_axis(index),
        spec=spec,
    )
