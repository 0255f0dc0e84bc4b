"""What a comparison found."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from alignindex.base.arguments import check_choice, check_count
from alignindex.base.errors import AlignIndexError
from alignindex.base.files import write_folder
from alignindex.base.formats import encode
from alignindex.base.version import __version__
from alignindex.comparison import words
from alignindex.comparison.checks import check_key, check_label, state_list
from alignindex.comparison.disagreements import largest, rows
from alignindex.comparison.pairs import Pair
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
        By spec: ``fidelity``, ``scale`` (interval, ordinal, or bipolar with its poles), ``least``
        and ``greatest`` score that it can give, ``scored`` (dyad-years, among those compared),
        ``coverage`` (their mean), ``first_year``, ``last_year``, ``partners``.
    scores, percentiles, ranks, coverage : DataFrame
        One row a dyad-year that any of the results has, one column a spec; NaN where it gives no
        score. Scores are on the common scale. Rank 1 is the highest in the group, equal scores
        share the best of their ranks; ranks and percentiles are among all that the *one* spec
        scores in the group: those of two specs over what both score are in :meth:`pair`.
    correlations : DataFrame
        By pair (first, second): ``n`` (dyad-years in common), ``groups`` (with two of them at
        least), ``clusters``; ``spearman`` and ``kendall`` within groups, each with ``_low`` and
        ``_high``; ``difference`` (mean of first minus second on the common scale; NaN where only
        the order can be compared); ``compares`` (``scores`` or ``order``).
    options : mapping
        ``within``, ``cluster``, ``level``, ``bootstrap`` and the ``seed`` of the replicates.

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
        """Lay two specs side by side on the dyad-years that both score.

        Parameters
        ----------
        first, second : str
            Labels.

        Returns
        -------
        DataFrame
            One row a shared dyad-year: ``first_score``, ``second_score`` (common scale);
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
        r"""Split the excess of two specs over the indicators, exactly.

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
            Rows as in :meth:`pair`, one column an item and ``composition`` last; they sum to its
            ``excess``.

        Raises
        ------
        AlignIndexError
            If there is no such pair, or only the order of the two can be compared.

        Notes
        -----
        Where a node of a spec is no mean or sum, contributions are Shapley values (see
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
        """Say where specs disagree most, and which indicator is behind it.

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
                check_label(label, name, self.results)
        named = first is not None and second is not None
        keys = [(str(first), str(second))] if named else [
            (b, a) if b == first or a == second else (a, b)
            for a, b in self.pairs
            if first in (None, a, b) and second in (None, a, b)
        ]  # fmt: skip
        size = "excess" if measure == "score" else "shift"
        if named and measure == "score":
            self._refuse_order(*keys[0])
        tables = [self._disagreement(*key, by, size, top) for key in keys
                  if measure == "place" or self._compares(*key) == "scores"]  # fmt: skip
        if not tables:
            raise AlignIndexError(
                "of these specs only the order can be compared, not the scores; use measure='place'"
            )
        return largest(pd.concat(tables), size, top)

    def explain(self, state: str, partner: str, year: int) -> str:
        """Say in words where the specs place a dyad-year, and what parts them.

        Raises
        ------
        PanelError
            If no spec has such a dyad-year; the message names the part that is wrong.

        Examples
        --------
        >>> import alignindex as ai
        >>> found = ai.compare(["erkomaishvili2019", "erkomaishvili2019-kappa"], rng=1)
        >>> print(found.explain("KAZ", "RUS", 2015).splitlines()[0])
        Alignment of KAZ with RUS in 2015, by 2 indices
        """
        rows: Any = self.scores.index
        return words.explanation(self, check_key(rows, state, partner, year))

    def summary(self, *, top: int = 3, states: str | Sequence[str] | None = None) -> str:
        """Say in words what was found.

        Parameters
        ----------
        top : int
            How many of the largest disagreements are named.
        states : str or sequence of str, optional
            Name disagreements about these only; they are compared with the others nevertheless.

        Raises
        ------
        PanelError
            If no spec has one of the states.
        AlignIndexError
            If `top` is no whole number.

        Examples
        --------
        >>> import alignindex as ai
        >>> found = ai.compare(["erkomaishvili2019", "erkomaishvili2019-kappa"], rng=1)
        >>> found.summary(top=0).splitlines()[0]
        '2 indices side by side'
        """
        check_count(top, "top", 0)
        return words.summary(self, top, state_list(states, self._states()))

    @property
    def provenance(self) -> dict[str, Any]:
        """What made this comparison: its options, and the provenance of every result."""
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
        force : bool
            Replace the folder if it exists.

        Raises
        ------
        OutputError
            If the folder exists and `force` is not set, it cannot be written, or there is no such
            format.
        ExtraError
            If Parquet is asked for and pyarrow is not installed.
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
        return write_folder(
            Path(folder),
            {
                **{f"{name}.{format}": encode(table, format) for name, table in tables.items()},
                **{f"spec-{n}.toml": text for n, text in enumerate(specs, start=1)},
                "provenance.json": json.dumps(self.provenance, indent=2) + "\n",
            },
            force=force,
        )

    def _disagreement(
        self, first: str, second: str, by: str, size: str, top: int | None
    ) -> pd.DataFrame:
        table = self.pair(first, second)
        parts = (
            self.attribution(first, second) if self._compares(first, second) == "scores" else None
        )
        found = largest(rows(table, parts, by), size, top)
        return pd.concat({(first, second): found}, names=["first", "second"])

    def _states(self) -> list[str]:
        return [str(s) for s in self.scores.index.get_level_values("state").unique()]

    def _pair(self, first: str, second: str) -> tuple[Pair, bool]:
        """Return the pair, and whether it is the other way round."""
        check_label(first, "first", self.results)
        check_label(second, "second", self.results)
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
