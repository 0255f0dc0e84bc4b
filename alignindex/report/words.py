"""Words and numbers that every document shares: what a fidelity means, names, digits."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd

from alignindex import states
from alignindex.spec import IndexSpec

__all__ = ["actor_names", "counts", "default_digits", "doi_url", "fixed"]


def actor_names(codes: Iterable[object], year: int) -> dict[str, str]:
    """Names of the actors in the year, where their codes are known.

    Examples
    --------
    >>> actor_names(["ARM", "X1"], 2013)
    {'ARM': 'Armenia'}
    """
    labels = [str(code) for code in codes]
    found = states.resolve(labels, system="iso3", year=year, to="name", unknown="missing")
    return {label: str(n) for label, n in zip(labels, found, strict=True) if pd.notna(n)}


def counts(spec: IndexSpec) -> bool:
    """Whether a score is a count of indicators, to be shown as k of n."""
    weights = {indicator.weight for indicator in spec.indicators}
    return spec.aggregation == "sum" and not spec.nodes and not spec.scale and len(weights) == 1


def default_digits(spec: IndexSpec) -> int:
    """Decimals that show a thousandth of the range of the scores or less; of a count, none.

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
    """Address of a DOI, or an empty text for what is none.

    Examples
    --------
    >>> doi_url("10.1177/0020881718825079")
    'https://doi.org/10.1177/0020881718825079'
    """
    return f"https://doi.org/{doi}" if doi.startswith("10.") else ""
