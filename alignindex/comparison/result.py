"""The result of a comparison."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from alignindex.base.arguments import check_choice, check_count, shown
from alignindex.base.errors import AlignIndexError, closest
from alignindex.base.files import save_tables
from alignindex.base.version import __version__
from alignindex.comparison import words
from alignindex.comparison.disagreements import largest, rows
from alignindex.comparison.pairs import Pair
from alignindex.panel.select import Labels, select_labels, select_row
from alignindex.scoring.result import AlignmentResult

__all__ = ["Comparison"]

Measure = Literal["score", "place"]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Indices side by side; made by :func:`alignindex.compare`.

    Attributes
    ----------
    results : mapping of str to AlignmentResult
        By label, with scores on their own scales.
    specs : DataFrame
        By spec: ``fidelity``, ``scale`` (interval, ordinal, or bipolar with its poles),
        ``minimum`` and ``maximum`` score that it can give, ``scored`` (dyad-years, among those
        compared), ``coverage`` (their mean), ``first_year``, ``last_year``, ``partners``.
    scores, percentiles, ranks, coverage : DataFrame
        One row per dyad-year of any result, one column per spec; NaN where it gives no score.
        Scores are on the common scale. Rank 1 is the highest in the group, equal scores share the
        best of their ranks. Ranks and percentiles are among all rows that the *one* spec scores in
        the group; :meth:`pair` has those among the rows that two specs score.
    correlations : DataFrame
        By pair (first, second): ``n`` (dyad-years in common), ``groups`` (with at least two of
        them), ``clusters``; ``spearman`` and ``kendall`` within groups, each with ``_lower`` and
        ``_upper``; ``difference`` (mean of first minus second on the common scale; NaN where only
        the order can be compared); ``compares`` (``scores`` or ``order``).
    options : mapping
        ``within``, ``cluster``, ``level``, ``draws`` and the ``seed`` of the draws.

    Examples
    --------
    >>> import alignindex as ai
    >>> found = ai.compare(["erkomaishvili2019", "erkomaishvili2019-kappa"], rng=1)
    >>> found.specs["fidelity"].tolist()
    ['reconstructed', 'reconstructed']
    >>> found.scores.columns.tolist()
    ['erkomaishvili2019', 'erkomaishvili2019-kappa']
    """

    results: Mapping[str, AlignmentResult] = field(repr=False)
    specs: pd.DataFrame = field(repr=False)
    scores: pd.DataFrame = field(repr=False)
    percentiles: pd.DataFrame = field(repr=False)
    ranks: pd.DataFrame = field(repr=False)
    coverage: pd.DataFrame = field(repr=False)
    correlations: pd.DataFrame = field(repr=False)
    pairs: Mapping[tuple[str, str], Pair] = field(repr=False)
    options: Mapping[str, Any] = field(repr=False)

    def __repr__(self) -> str:
        shared = int(self.scores.notna().all(axis=1).sum())
        return (
            f"<Comparison: {', '.join(map(str, self.specs.index))}; {shared} dyad-years in common>"
        )

    def __str__(self) -> str:
        return self.summary()

    def pair(self, first: str, second: str) -> pd.DataFrame:
        """Return two specs side by side on the dyad-years that both score.

        Parameters
        ----------
        first, second : str
            Labels.

        Returns
        -------
        DataFrame
            One row per shared dyad-year: ``first_score``, ``second_score`` (common scale);
            ``first_rank``, ``second_rank``, ``of`` (rows of the group), ``first_percentile``,
            ``second_percentile``, all among the shared rows; ``shift`` (first percentile minus
            second); ``difference`` (first score minus second), ``typical`` (its mean in the
            group), ``excess`` (difference minus typical). The last three are NaN where only the
            order can be compared.

        Raises
        ------
        AlignIndexError
            If there is no such pair.

        Examples
        --------
        >>> import alignindex as ai
        >>> found = ai.compare(["erkomaishvili2019", "erkomaishvili2019-kappa"], rng=1)
        >>> row = found.pair("erkomaishvili2019-kappa", "erkomaishvili2019").loc["ARM", "RUS", 2013]
        >>> bool(row["difference"] < 0)  # kappa takes chance agreement out
        True
        """
        found, turned = self._pair(first, second)
        table = found.table
        if not turned:
            return table.copy()
        names = {"first": "second", "second": "first"}
        table = table.rename(
            columns={
                f"{a}_{what}": f"{b}_{what}"
                for a, b in names.items()
                for what in ("score", "rank", "percentile")
            }
        )[table.columns]
        signed = ["shift", "difference", "typical", "excess"]
        table[signed] = -table[signed]
        return table

    def attribution(self, first: str, second: str) -> pd.DataFrame:
        r"""Return the excess of two specs split exactly over the indicators.

        An item is an indicator of either spec, or those of both that read a column in common or
        have the same name. An indicator adds to the score of a dyad-year what it contributes,
        less what it typically contributes in the group per unit of its weight (its mean
        :math:`\bar c_j`, over the dyad-years where it takes part): below means and sums
        :math:`\omega_{ij} (c_{ij} - \bar c_j)`, with the weight renormalised over what is
        observed. An item is what its indicators add in the first spec minus what they add in the
        second. ``composition`` is the rest: dyad-years of a group differ in *which* indicators are
        observed, and with that in the level that their score starts from.

        Parameters
        ----------
        first, second : str
            Labels.

        Returns
        -------
        DataFrame
            Rows as in :meth:`pair`, one column per item and ``composition`` last; they sum to its
            ``excess``.

        Raises
        ------
        AlignIndexError
            If there is no such pair, or only the order of the two can be compared.

        Notes
        -----
        Below a node that is neither a mean nor a sum, contributions are Shapley values (see
        `AlignmentResult.contributions`), and the typical one is their mean.

        Examples
        --------
        >>> import alignindex as ai
        >>> found = ai.compare(["erkomaishvili2019", "erkomaishvili2019-kappa"], rng=1)
        >>> names = "erkomaishvili2019", "erkomaishvili2019-kappa"
        >>> gap = found.attribution(*names).sum(axis=1) - found.pair(*names)["excess"]
        >>> bool(gap.abs().max() < 1e-12)
        True
        """
        found, turned = self._pair(first, second)
        self._refuse_order(first, second)
        return -found.attribution if turned else found.attribution.copy()

    def disagreements(
        self,
        *,
        top: int | None = 10,
        first: str | None = None,
        second: str | None = None,
        measure: Measure = "score",
        by: Literal["dyad-year", "dyad"] = "dyad-year",
    ) -> pd.DataFrame:
        """Return where specs disagree most, and which indicator is behind it.

        Parameters
        ----------
        top : int, optional
            How many rows; None for all.
        first, second : str, optional
            Only pairs with these; all pairs unless given.
        measure : {"score", "place"}
            What is compared: the excess of the difference on the common scale (pairs of which only
            the order can be compared are left out), or the shift in percentile within the group.
        by : {"dyad-year", "dyad"}
            Single dyad-years, or means over the years of each dyad.

        Returns
        -------
        DataFrame
            Index (first, second, state, partner, year), or ``years`` as a column; the columns of
            :meth:`pair` without percentiles (by dyad, without ranks); ``cause`` (item that adds
            most to the excess, in its direction) and ``part`` (what it adds), where there is an
            excess and not the order alone can be compared. The largest stands first.

        Raises
        ------
        AlignIndexError
            If there is no such pair, an option is unknown, or a pair that is asked for by both
            names has no scores to compare.

        Examples
        --------
        >>> import alignindex as ai
        >>> found = ai.compare(["erkomaishvili2019", "erkomaishvili2019-kappa"], rng=1)
        >>> found.disagreements(top=3)["cause"].unique().tolist()
        ['un_votes']
        """
        check_choice(measure, "measure", ("score", "place"))
        check_choice(by, "by", ("dyad-year", "dyad"))
        if top is not None:
            check_count(top, "top", 1)
        for name, label in (("first", first), ("second", second)):
            if label is not None:
                self._check_label(label, name)
        named = first is not None and second is not None
        keys = [(str(first), str(second))]
        if not named:
            keys = [
                (b, a) if b == first or a == second else (a, b)
                for a, b in self.pairs
                if first in (None, a, b) and second in (None, a, b)
            ]
        size = "excess" if measure == "score" else "shift"
        if named and measure == "score":
            self._refuse_order(*keys[0])
        tables = [
            self._disagreement(*key, by, size, top)
            for key in keys
            if measure == "place" or self._compares(*key) == "scores"
        ]
        if not tables:
            raise AlignIndexError(
                "of these specs only the order can be compared, not the scores; use measure='place'"
            )
        return largest(pd.concat(tables), size, top)

    def explain(self, state: str, partner: str, year: int) -> str:
        """Return in words where the specs place a dyad-year, and why they differ.

        Raises
        ------
        PanelError
            If there is no such dyad-year; the message names the part that is wrong.

        Examples
        --------
        >>> import alignindex as ai
        >>> found = ai.compare(["erkomaishvili2019", "erkomaishvili2019-kappa"], rng=1)
        >>> print(found.explain("KAZ", "RUS", 2015).splitlines()[0])
        Alignment of KAZ with RUS in 2015, by 2 indices
        """
        return words.explanation(self, select_row(self.scores.index, state, partner, year))

    def summary(self, *, top: int = 3, states: Labels = None) -> str:
        """Return the result in words.

        Parameters
        ----------
        top : int
            How many of the largest disagreements to name.
        states : label or iterable of labels, optional
            Name disagreements about these only; all states are compared.

        Raises
        ------
        PanelError
            If no spec has one of the states.
        AlignIndexError
            If `top` is not a whole number.

        Examples
        --------
        >>> import alignindex as ai
        >>> found = ai.compare(["erkomaishvili2019", "erkomaishvili2019-kappa"], rng=1)
        >>> found.summary(top=0).splitlines()[0]
        '2 indices side by side'
        """
        check_count(top, "top", 0)
        known = self.scores.index.get_level_values("state").unique()
        return words.summary(
            self, top, None if states is None else select_labels(states, known, "states")
        )

    @property
    def provenance(self) -> dict[str, Any]:
        """Return what made this comparison: its options, and the provenance of every result."""
        return {
            "package": {"name": "alignindex", "version": __version__},
            "options": dict(self.options),
            "results": {label: result.provenance for label, result in self.results.items()},
        }

    def save(
        self,
        folder: str | Path,
        *,
        format: Literal["csv", "json", "parquet"] = "csv",
        escape: bool = False,
        force: bool = False,
    ) -> Path:
        """Write the comparison into a new folder, whole or not at all.

        Files: ``specs``, ``scores``, ``percentiles``, ``ranks``, ``coverage``, ``correlations``
        and ``disagreements`` (all, by place) in the format, ``provenance.json``, and one
        ``spec-N.toml`` for every spec. Numbers are written in full precision.

        Parameters
        ----------
        folder : str or Path
        format : {"csv", "json", "parquet"}
            Parquet needs the extra ``io``.
        escape : bool
            Put an apostrophe before text in CSV that a spreadsheet would run as a formula.
        force : bool
            Replace the folder if it holds an earlier comparison and nothing else.

        Raises
        ------
        OutputError
            If the folder exists and `force` is not set, it holds other files, it cannot be
            written, or there is no such format.
        ExtraError
            If the format is Parquet and pyarrow is not installed.
        """
        tables = {
            "specs": self.specs,
            "scores": self.scores,
            "percentiles": self.percentiles,
            "ranks": self.ranks,
            "coverage": self.coverage,
            "correlations": self.correlations,
            "disagreements": self.disagreements(top=None, measure="place"),
        }
        specs = [result.spec.to_toml() for result in self.results.values()]
        texts = {f"spec-{n}.toml": text for n, text in enumerate(specs, start=1)}
        texts["provenance.json"] = json.dumps(self.provenance, indent=2) + "\n"
        return save_tables(folder, tables, texts, format=format, escape=escape, force=force)

    def _disagreement(
        self, first: str, second: str, by: str, size: str, top: int | None
    ) -> pd.DataFrame:
        table = self.pair(first, second)
        parts = (
            self.attribution(first, second) if self._compares(first, second) == "scores" else None
        )
        found = largest(rows(table, parts, by), size, top)
        return pd.concat({(first, second): found}, names=["first", "second"])

    def _check_label(self, label: Any, name: str) -> None:
        """Raise unless this is the label of one spec."""
        labels = list(self.results)
        if not isinstance(label, str):
            raise AlignIndexError(
                f"{name} takes the label of one spec, such as {labels[0]!r}; got {shown(label)}"
            )
        if label not in labels:
            raise AlignIndexError(
                f"{name}: no spec has the label {label!r}{closest(label, labels)}; there are "
                f"{', '.join(labels)}"
            )

    def _pair(self, first: str, second: str) -> tuple[Pair, bool]:
        """Return the pair, and whether it is the other way round."""
        self._check_label(first, "first")
        self._check_label(second, "second")
        if first == second:
            raise AlignIndexError(f"a pair takes two specs; got {first!r} twice")
        turned = (first, second) not in self.pairs
        return self.pairs[(second, first) if turned else (first, second)], turned

    def _compares(self, first: str, second: str) -> str:
        _, turned = self._pair(first, second)
        key = (second, first) if turned else (first, second)
        return str(self.correlations.loc[key, "compares"])

    def _refuse_order(self, first: str, second: str) -> None:
        if self._compares(first, second) == "order":
            scales = self.specs["scale"]
            raise AlignIndexError(
                f"only the order of {first!r} ({scales[first]} scale) and {second!r} "
                f"({scales[second]} scale) can be compared, not their scores; use "
                "disagreements(measure='place') and pair()"
            )
