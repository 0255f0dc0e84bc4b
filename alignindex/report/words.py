"""Names of actors, digits and addresses, for every document."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from alignindex import states
from alignindex.spec import IndexSpec

__all__ = ["DASH", "actor_names", "counts", "default_digits", "doi_url", "fixed", "one_line"]

DASH = "–"  # a number that is missing or cannot be computed


def actor_names(index: pd.Index[Any]) -> dict[str, str]:
    """Return the names of the actors in their last year of the index, if their codes are known.

    Examples
    --------
    >>> keys = [("ARM", "SUN", 1990), ("ARM", "X1", 2013), ("YUG", "X1", 1985)]
    >>> index = pd.MultiIndex.from_tuples(keys, names=["state", "partner", "year"])
    >>> actor_names(index)
    {'ARM': 'Armenia', 'SUN': 'Soviet Union', 'YUG': 'Yugoslavia'}
    """
    years = index.get_level_values("year")
    ends = [pd.Series(years, index.get_level_values(name)) for name in ("state", "partner")]
    last = pd.concat(ends).groupby(level=0, observed=True).max()
    last.index = last.index.astype(str)
    last = last.sort_index()
    options: Any = {"system": "iso3", "to": "name", "unknown": "missing"}
    found = states.resolve(list(last.index), year=last.to_numpy(), **options)
    names = {label: str(n) for label, n in zip(last.index, found, strict=True) if pd.notna(n)}
    several = pd.Series(names, dtype=object).duplicated(keep=False)
    return {code: f"{n} ({code})" if several[code] else n for code, n in names.items()}


def counts(spec: IndexSpec) -> bool:
    """Return whether a score is a count of indicators, shown as k of n."""
    weights = {indicator.weight for indicator in spec.indicators}
    return spec.aggregation == "sum" and not spec.nodes and not spec.scale and len(weights) == 1


def default_digits(spec: IndexSpec) -> int:
    """Return the decimals that show a thousandth of the range of the scores; 0 for a count.

    Examples
    --------
    >>> from alignindex.spec import load_spec
    >>> default_digits(load_spec("erkomaishvili2019"))
    3
    """
    if counts(spec):
        return 0
    lo, hi = spec.range
    return max(0, math.ceil(3 - math.log10(hi - lo) - 1e-9)) if hi > lo else 3


def fixed(value: float, digits: int) -> str:
    """Round a number half to even for print, without a minus before a zero.

    Examples
    --------
    >>> fixed(-0.0004, 3), fixed(0.93862, 3)
    ('0.000', '0.939')
    """
    text = f"{value:.{digits}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text


def doi_url(doi: str) -> str:
    """Return the address of a DOI, or an empty text for anything else.

    Examples
    --------
    >>> doi_url("10.1177/0020881718825079")
    'https://doi.org/10.1177/0020881718825079'
    """
    return f"https://doi.org/{doi}" if doi.startswith("10.") else ""


def one_line(text: str) -> str:
    r"""Return a text on one line, without control characters.

    Examples
    --------
    >>> one_line("a\r\nb\x00 c")
    'a b c'
    """
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
