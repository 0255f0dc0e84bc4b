"""Every coding of every indicator that a plan asks for, with what is drawn in each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from alignindex.base.errors import PanelError, SpecError, closest
from alignindex.base.typing import Floats
from alignindex.panel.columns import column_problems
from alignindex.panel.index import DyadYears
from alignindex.robustness.draws import coded_cells as facts
from alignindex.robustness.draws.coded_cells import Cells, Codes, MissingRule
from alignindex.robustness.draws.coder_error import Coders, with_coders
from alignindex.robustness.draws.dependence import Owners, Sharing, check_sharing, owners_of
from alignindex.scoring.coding import Coder
from alignindex.spec import IndexSpec, Indicator
from alignindex.spec.rules import Distance, Identity

__all__ = ["Codings"]


class Codings:
    """Codes of the indicators of a panel, each coding made once."""

    def __init__(
        self,
        panel: pd.DataFrame,
        rows: DyadYears,
        spec: IndexSpec,
        index: pd.Index[Any],
        *,
        missing: MissingRule = None,
        coders: Coders | None = None,
        facts_of: pd.DataFrame | None = None,
        shared: Mapping[str, Sharing] | None = None,
    ) -> None:
        self.panel, self.rows, self.spec, self.index = panel, rows, spec, index
        self.missing, self.facts_of = missing, facts_of
        self.coders = _checked_coders(coders, spec)
        self._check(missing)
        self.declared = check_sharing(spec, shared)
        self._owners: dict[str, Owners] = {}
        self._codes: dict[str, Codes] = {}

    @property
    def made(self) -> Iterable[Codes]:
        """Codings made so far."""
        return self._codes.values()

    @property
    def sharing(self) -> dict[str, Sharing]:
        """Who owns the facts of each indicator of which something has been drawn so far."""
        return {name: owners.kind for name, owners in self._owners.items()}

    def _check(self, missing: MissingRule) -> None:
        if isinstance(missing, str) and missing not in ("admissible", "hot_deck"):
            raise SpecError(
                f"missing must be 'admissible', 'hot_deck', a list of completed code tables, or "
                f"None to leave unknown what is; got {missing!r}"
                f"{closest(missing, ['admissible', 'hot_deck'])}"
            )
        if missing is not None and not isinstance(missing, str):
            if isinstance(missing, pd.DataFrame) or not isinstance(missing, Sequence):
                raise SpecError(
                    "missing must be 'admissible', 'hot_deck', a list of completed code tables, or "
                    f"None; got {type(missing).__name__}"
                )
            if not len(missing):
                raise SpecError("missing is an empty list; give completed code tables, or None")
            odd = next((table for table in missing if not isinstance(table, pd.DataFrame)), None)
            if odd is not None:
                raise SpecError(
                    "missing as a list holds completed tables, DataFrames with the rows and "
                    f"columns of result.codes; got {odd!r} in it"
                )
        if self.facts_of is not None:
            table = self.facts_of
            if not isinstance(table, pd.DataFrame):
                raise PanelError(
                    "facts must be a DataFrame with the rows of result.codes and one column an "
                    f"indicator of coders; got {table!r}"
                )
            allowed = [
                name
                for indicator in self.spec.indicators
                if indicator.name in self.coders
                for name in (
                    indicator.columns if isinstance(indicator.rule, Distance) else (indicator.name,)
                )
            ]
            wrong = [str(c) for c in table.columns if c not in allowed]
            if wrong or table.index.has_duplicates or not table.index.isin(self.index).all():
                raise PanelError(
                    "facts has one row a dyad-year of the result, each once, and one column an "
                    "indicator of coders (for a distance: the columns of its positions); there are "
                    f"{', '.join(allowed) or 'none'}"
                    + (f"; got column {wrong[0]!r}{closest(wrong[0], allowed)}" if wrong else "")
                )

    def of(self, indicator: Indicator, columns: Mapping[str, tuple[str, pd.Series]]) -> Codes:
        """Code one indicator, with the columns that are recoded and what was done to them."""
        alone = indicator.model_copy(update={"weight": 1.0, "parent": ""})
        recoded = {name: columns[name] for name in alone.columns if name in columns}
        name = alone.model_dump_json() + "".join(done for done, _ in recoded.values())
        if name not in self._codes:
            panel = self.panel
            if recoded:
                panel = panel.assign(**{c: values for c, (_, values) in recoded.items()})
            self._codes[name] = self._with_draws(alone, panel)
        return self._codes[name]

    def _coded(self, indicator: Indicator, panel: pd.DataFrame) -> Cells:
        single = IndexSpec(
            schema_version=self.spec.schema_version,
            name=self.spec.name,
            fidelity=self.spec.fidelity,
            missing=self.spec.missing,
            carry_years=self.spec.carry_years,
            carry_until=self.spec.carry_until,
            neutral=self.spec.neutral,
            indicators=(indicator,),
        )
        problems = column_problems(panel, single, self.rows)
        if problems:
            raise PanelError(problems[0])
        codes = Coder(panel, single, self.rows).filled(slice(0, len(panel)))
        return Cells(indicator, codes.used[0], codes.low[0], codes.high[0])

    def _with_draws(self, indicator: Indicator, panel: pd.DataFrame) -> Codes:
        cells = self._coded(indicator, panel)
        erring = indicator.name in self.coders
        drawn = erring or (
            isinstance(self.missing, str)
            and bool((np.isnan(cells.value) & ~np.isnan(cells.low)).any())
        )
        if not drawn and not isinstance(self.missing, Sequence):
            return Codes(cells)
        codes = Codes(cells)
        if drawn:
            what = cells
            if isinstance(indicator.rule, Distance):
                codes.ends = what = self._ends(indicator, panel)
            what.owners = self.owners(indicator)
            if erring:
                with_coders(what, self.coders[indicator.name], self._marks(indicator, what.owners))
            if isinstance(self.missing, str):
                facts.with_missing(what, self.missing)
        if self.missing is not None and not isinstance(self.missing, str):
            facts.with_imputations(cells, self.missing, self.index)
        return codes

    def _ends(self, indicator: Indicator, panel: pd.DataFrame) -> Cells:
        """Code the positions behind a distance as they are: one cell an end."""
        plain = {"rule": Identity(), "reverse": False, "cut": None}
        ends = [
            self._coded(indicator.model_copy(update={**plain, "columns": (column,)}), panel)
            for column in indicator.columns
        ]
        value, low, high = (
            np.concatenate([getattr(end, side) for end in ends])
            for side in ("value", "low", "high")
        )
        return Cells(ends[0].indicator, value, low, high)

    def owners(self, indicator: Indicator) -> Owners:
        """Who owns the facts behind an indicator: decided once, on the panel as it came."""
        if indicator.name not in self._owners:
            nominal = next(i for i in self.spec.indicators if i.name == indicator.name)
            self._owners[indicator.name] = owners_of(
                self.panel, self.rows, nominal, self.declared.get(indicator.name)
            )
        return self._owners[indicator.name]

    def _marks(self, indicator: Indicator, owners: Owners) -> Floats:
        """Give the number of the fact that each cell rests on; NaN where unsaid."""
        names = owners.columns or (indicator.name,)
        if self.facts_of is None:
            return np.full(len(owners.year), np.nan)
        sides = []
        for name in names:
            labels = pd.Series(np.nan, index=self.index, dtype=object)
            if name in self.facts_of.columns:
                labels = self.facts_of[name].reindex(self.index).astype(object)
            sides.append(labels.to_numpy())
        numbers = pd.factorize(np.concatenate(sides))[0].astype(np.float64)
        marks = np.where(numbers < 0, np.nan, numbers)
        of_owner = pd.Series(marks).groupby(owners.key)
        apart = np.flatnonzero(of_owner.transform("max") != of_owner.transform("min"))
        apart = apart[~np.isnan(of_owner.transform("max").to_numpy()[apart])]
        if apart.size:
            raise PanelError(
                f"facts has different labels in {', '.join(names)} for one fact, "
                f"{owners.label(int(apart[0]))}: rows that share a fact need one label, or shared= "
                "must declare them apart"
            )
        return marks


def _checked_coders(coders: Any, spec: IndexSpec) -> dict[str, Any]:
    if coders is None:
        return {}
    if not isinstance(coders, Mapping):
        raise SpecError(
            "coders is a mapping from indicator to a DataFrame of its coder errors, such as "
            f"{{'bases': confusion}}; got {type(coders).__name__}"
        )
    names = [indicator.name for indicator in spec.indicators]
    for name in coders:
        if name not in names:
            raise SpecError(
                f"coders names indicator {name!r}, and spec {spec.name!r} has none"
                f"{closest(str(name), names)}; it has {', '.join(names)}"
            )
    return dict(coders)
