"""Say in words why a dyad-year has its score."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd

from alignindex.base.text import wrap
from alignindex.kernels.scoring.aggregate import falls_short
from alignindex.scoring.evidence import source_rows
from alignindex.spec import IndexSpec, Indicator
from alignindex.spec.rules import (
    Balance,
    Decay,
    DecaySum,
    LastKnown,
    Levels,
    MinMax,
    Saturate,
    Share,
    Thresholds,
    TrailingMean,
    TrailingSum,
)

__all__ = ["explanation"]

WIDTH = 96


def explanation(
    *,
    key: tuple[str, str, int],
    spec: IndexSpec,
    score: pd.Series[float],
    reference: float,
    parts: pd.DataFrame,
    history: pd.DataFrame,
    bundled: str | None,
) -> str:
    """Explain one score.

    Parameters
    ----------
    key : tuple
        State, partner, year.
    spec : IndexSpec
    score : Series
        The row of `AlignmentResult.scores`.
    reference : float
        Score with every indicator that takes part at its reference.
    parts : DataFrame
        Per indicator: code, low, high, contribution.
    history : DataFrame
        Raw values of the dyad, by year.
    bundled : str or None
        Bundled panel that these values come from; its source rows are cited.
    """
    state, partner, year = key
    if spec.poles is None:
        title = f"Alignment of {state} with {partner} in {year}"
    else:
        title = f"{state} between {spec.poles[0]} and {spec.poles[1]} in {year}"
    lines = [title, *_headline(spec, score, parts)]
    weights = spec.leaf_weights
    for place, indicator in enumerate(spec.indicators):
        lines += [
            "",
            f"{indicator.name} · {indicator.title}" if indicator.title else indicator.name,
        ]
        for label, text in _indicator(spec, place, weights, parts, score, history, key, bundled):
            lines += _paragraph(label, text)
    lines += ["", *_sum(spec, score, reference, parts), *_foot(spec, bundled)]
    return "\n".join(lines)


def _headline(spec: IndexSpec, score: pd.Series[float], parts: pd.DataFrame) -> list[str]:
    if math.isnan(score["low"]):
        value = "no score: no indicator applies"
    else:
        span = f"possible {score['low']:.3f} to {score['high']:.3f}"
        if not math.isnan(score["score"]):
            value = f"score {score['score']:.3f}{_met(spec, parts)} ({span})"
        elif spec.missing != "propagate" and _short(spec, score):
            held = " + carried" if spec.missing == "carry" else ""
            value = (
                f"no score: coverage{held} {score['coverage'] + score['carried']:.2f} is under the "
                f"{spec.min_coverage:g} that the spec asks for ({span})"
            )
        else:
            value = f"score unknown ({span})"
        value += f", coverage {score['coverage']:.2f}"
        if score["carried"] > 0:
            value += f", carried {score['carried']:.2f}"
    lines = [value, f"index {spec.name}, version {spec.version}, fidelity: {spec.fidelity}"]
    reading = _reading(spec, score["score"])
    return lines[:1] + ([reading] if reading else []) + lines[1:]


def _short(spec: IndexSpec, score: pd.Series[float]) -> bool:
    covered = np.asarray(score["coverage"] + score["carried"])
    return bool(falls_short(covered, spec.min_coverage))


def _met(spec: IndexSpec, parts: pd.DataFrame) -> str:
    """Name what a count is out of: k of n, in words."""
    weights = {indicator.weight for indicator in spec.indicators if indicator.weight > 0}
    if spec.aggregation != "sum" or spec.nodes or spec.scale or len(weights) > 1:
        return ""
    counted = [indicator.weight > 0 for indicator in spec.indicators]
    return f" of {int(parts.loc[counted, 'low'].notna().sum())}"


def _reading(spec: IndexSpec, score: float) -> str:
    """Say what the ends of a scale between two poles are, and the band that the score lies in."""
    texts = []
    if spec.poles is not None:
        least, greatest = spec.range
        texts.append(f"{least:g} is wholly {spec.poles[1]}, {greatest:g} wholly {spec.poles[0]}")
    if spec.neutral_score is not None:
        least, greatest = spec.range
        texts.append(f"{least:g} hostile, {spec.neutral_score:g} neutral, {greatest:g} aligned")
    band = "" if math.isnan(score) else spec.band_of(score)
    return "; ".join([*texts, *([f"band: {band}"] if band else [])])


def _indicator(
    spec: IndexSpec,
    place: int,
    weights: tuple[float, ...],
    parts: pd.DataFrame,
    score: pd.Series[float],
    history: pd.DataFrame,
    key: tuple[str, str, int],
    bundled: str | None,
) -> list[tuple[str, str]]:
    indicator, part = spec.indicators[place], parts.iloc[place]
    state, partner, year = key
    old = year if math.isnan(part["age"]) else year - int(part["age"])  # the year of its code
    years = list(range(old - indicator.reach, year + 1))
    rows = [("raw", _raw(indicator, history, years))]
    if bundled and indicator.dataset:
        for label, pole, columns in _ends(spec, indicator, partner):
            found = source_rows(indicator.dataset, state, pole, years, columns, bundled)
            rows += [("source", f"{indicator.dataset}{label}: {line}") for line in found]
    rows.append(("rule", rule_text(indicator)))
    if indicator.parent:
        titles = {node.name: node.title or node.name for node in spec.nodes}
        rows.append(("node", titles[indicator.parent]))
    weight = f"{weights[place]:.3g} of the full weight"
    if weights[place] == 0:
        weight = "0: no part of the score, shown beside it"
    elif not spec.nodes and not math.isnan(part["code"]) and score["coverage"] > 0:
        observed = parts["code"].notna().to_numpy()
        seen = math.fsum(w for w, known in zip(weights, observed, strict=True) if known)
        weight += f", {weights[place] / seen:.3g} of what is observed"
    code, low, high = part["code"], part["low"], part["high"]
    if math.isnan(low):
        return [*rows, ("code", f"does not apply: {_why_not(indicator, year, key)}")]
    if not math.isnan(part["age"]):
        rows += [
            ("code", f"{part['used']:.3f}, carried from {old}; unknown, {low:.3g} to {high:.3g}"),
            ("weight", weight),
        ]
        if not math.isnan(part["contribution"]):
            rows.append(("part", f"{part['contribution']:+.3f} of the score"))
        return rows
    if math.isnan(code):
        rows += [
            ("code", f"unknown, between {low:.3g} and {high:.3g}"),
            ("weight", weight),
            ("effect", _effect(spec, place, parts, score)),
        ]
        if not math.isnan(part["contribution"]):
            end = f"least, {low:.3g}" if score["score"] == score["low"] else f"greatest, {high:.3g}"
            rows.append(("part", f"{part['contribution']:+.3f} of the score, at the {end}"))
        return rows
    rows += [("code", f"{code:.3f}"), ("weight", weight)]
    if not math.isnan(part["contribution"]):
        rows.append(("part", f"{part['contribution']:+.3f} of the score"))
    return rows


def _ends(
    spec: IndexSpec, indicator: Indicator, partner: str
) -> list[tuple[str, str, tuple[str, ...]]]:
    """Partners whose rows an indicator reads: a label in words, the partner, and the columns."""
    if spec.poles is None:
        return [("", partner, indicator.columns)]
    ending = f"@{spec.poles[1]}"
    of_b = tuple(c.removesuffix(ending) for c in indicator.columns if c.endswith(ending))
    of_a = tuple(c for c in indicator.columns if not c.endswith(ending))
    both = zip(spec.poles, (of_a, of_b), strict=True)
    return [(f" with {pole}", pole, columns) for pole, columns in both if columns]


def _effect(spec: IndexSpec, place: int, parts: pd.DataFrame, score: pd.Series[float]) -> str:
    if spec.aggregation != "mean" or spec.nodes:
        span = score["high"] - score["low"]
        return f"with all that is unknown, the score could be anywhere in a span of {span:.3f}"
    weights = pd.Series(spec.leaf_weights, index=parts.index)
    due = weights[parts["low"].notna()].sum()  # what does not apply leaves its weight to the rest
    lo, hi = spec.scale or (0.0, 1.0)
    part = parts.iloc[place]
    reach = (hi - lo) * (part["high"] - part["low"]) * weights.iloc[place]
    return f"known, it could move the score by up to {reach / due if due > 0 else 0:.3f}"


def _why_not(indicator: Indicator, year: int, key: tuple[str, str, int]) -> str:
    span = indicator.years
    if span is not None:
        if span.first is not None and year < span.first:
            return f"the indicator begins in {span.first}"
        if span.last is not None and year > span.last:
            return f"the indicator ends in {span.last}"
    if indicator.states is not None and key[0] not in indicator.states:
        return f"it is declared for the states {', '.join(indicator.states)}"
    if indicator.partners is not None and key[1] not in indicator.partners:
        return f"it is declared for the partners {', '.join(indicator.partners)}"
    return "the whole is 0 in every observed year of the window, so that the share is undefined"


def _raw(indicator: Indicator, history: pd.DataFrame, years: list[int]) -> str:
    texts = []
    for column in indicator.reads:
        values = [
            history[column].get(year, float("nan")) if year in history.index else float("nan")
            for year in years
        ]
        shown = [
            "unknown" if pd.isna(v) else v if isinstance(v, str) else f"{v:.6g}" for v in values
        ]
        if len(years) == 1:
            texts.append(f"{column} {shown[0]}")
        else:
            pairs = ", ".join(f"{year}: {value}" for year, value in zip(years, shown, strict=True))
            texts.append(f"{column} {pairs}")
    return "; ".join(texts)


def rule_text(indicator: Indicator) -> str:
    """Coding rule of an indicator, window and orientation included, as a sentence.

    Examples
    --------
    >>> from alignindex.spec import load_spec
    >>> rule_text(load_spec("erkomaishvili2019-v1").indicators[1])
    'sum over 3 years, every one observed; below 1: 0; from 1: 0.5; from 3: 1'
    """
    texts = [
        text for text in (_window_text(indicator), _RULES[indicator.rule.kind](indicator)) if text
    ]
    if indicator.reverse:
        texts.append("turned round (1 - code)")
    if indicator.cut is not None:
        texts.append(f"then 1 from {indicator.cut:g} on, else 0")
    return "; ".join(text for text in texts if text)


def _window_text(indicator: Indicator) -> str:
    window = indicator.window
    if isinstance(indicator.rule, (Share, Balance)):
        return ""
    if isinstance(window, TrailingSum):
        return f"sum over {window.years} years, every one observed"
    if isinstance(window, TrailingMean):
        return f"mean over {window.years} years, at least {window.min_years} observed"
    if isinstance(window, Decay):
        kind = "sum" if isinstance(window, DecaySum) else "mean"
        text = f"{kind} over {window.years} years, halved every {window.half_life:g}"
        if window.subtract is not None:
            text += f", less {window.subtract}"
        return text + (f", ended by {window.reset}" if window.reset is not None else "")
    if isinstance(window, LastKnown):
        return f"latest value of the last {window.max_age} years"
    return ""


def _share_text(indicator: Indicator) -> str:
    part, whole = indicator.columns
    window, rule = indicator.window, indicator.rule
    text = f"{part} / {whole}"
    if isinstance(window, TrailingSum):
        text += (
            f", both summed over the years of the last {window.years} in which both are observed"
        )
    if isinstance(rule, Share) and rule.prior_years is not None:
        text += (
            f"; drawn towards the share of the last {rule.prior_years} years, which counts as a "
            f"volume of {rule.prior_volume:g}"
        )
    return text


def _saturate_text(indicator: Indicator) -> str:
    rule, column = indicator.rule, indicator.columns[0]
    assert isinstance(rule, Saturate)
    if rule.form == "exponential":
        return f"1 - 0.5^({column} / {rule.half:g})"
    return f"{column} / ({column} + {rule.half:g})"


def _balance_text(indicator: Indicator) -> str:
    one, other = indicator.columns
    text = f"{one} / ({one} + {other})"
    if isinstance(indicator.window, TrailingSum):
        text += (
            f", both summed over the years of the last {indicator.window.years} "
            "in which both are observed"
        )
    return text


def _thresholds_text(indicator: Indicator) -> str:
    assert isinstance(indicator.rule, Thresholds)
    cuts, codes = indicator.rule.cuts, indicator.rule.codes
    steps = [f"from {cut:g}: {code:g}" for cut, code in zip(cuts, codes[1:], strict=True)]
    return "; ".join([f"below {cuts[0]:g}: {codes[0]:g}", *steps])


def _levels_text(indicator: Indicator) -> str:
    assert isinstance(indicator.rule, Levels)
    return "; ".join(
        f"{name}: {code:g}"
        if isinstance(code, float)
        else f"{name}: unknown, {code[0]:g} to {code[1]:g}"
        for name, code in indicator.rule.codes.items()
    )


def _minmax_text(indicator: Indicator) -> str:
    assert isinstance(indicator.rule, MinMax)
    lo, hi = indicator.rule.lo, indicator.rule.hi
    clipped = ", kept within [0, 1]" if indicator.rule.clip else ""
    return f"({indicator.columns[0]} - {lo:g}) / {hi - lo:g}{clipped}"


_RULES: dict[str, Callable[[Indicator], str]] = {
    "identity": lambda indicator: f"{indicator.columns[0]} as it is",
    "share": _share_text,
    "thresholds": _thresholds_text,
    "levels": _levels_text,
    "minmax": _minmax_text,
    "saturate": _saturate_text,
    "distance": lambda indicator: f"1 - |{indicator.columns[0]} - {indicator.columns[1]}|",
    "balance": _balance_text,
    "tilt": lambda indicator: f"(1 + {indicator.columns[0]} - {indicator.columns[1]}) / 2",
}

_MISSING = {
    "propagate": "one unknown code makes the score unknown",
    "renormalise": "the weight of unknown codes goes to the others",
    "carry": "an unknown code is carried from the dyad's own past if it can be, and else leaves "
    "its weight to the others",
}
_AGGREGATIONS = {
    "mean": "weighted mean",
    "sum": "sum",
    "geometric": "weighted geometric mean",
    "min": "minimum",
    "stages": "stages reached, each only after the earlier ones",
}


def _sum(
    spec: IndexSpec, score: pd.Series[float], reference: float, parts: pd.DataFrame
) -> list[str]:
    how = _AGGREGATIONS[spec.aggregation] + (" over a tree of nodes" if spec.nodes else "")
    lines = _paragraph("together", f"{how}; {_MISSING[spec.missing]}")
    if spec.nodes:
        for line in spec.formula:
            lines += _paragraph("", line)
    if math.isnan(score["score"]):
        return lines
    if (parts["used"].isna() & parts["contribution"].notna()).any():
        end = "least" if score["score"] == score["low"] else "greatest"
        lines += _paragraph(
            "",
            f"the known codes alone would give a score beyond what is possible; it is held at the "
            f"{end} possible score, with every unknown code at its {end}",
        )
    terms = " ".join(f"{c:+.3f}" for c in parts["contribution"].dropna())
    start = "" if reference == 0 else f"{reference:.3f} at the reference "
    return lines + _paragraph("", f"{start}{terms} = {score['score']:.3f}")


def _foot(spec: IndexSpec, bundled: str | None) -> list[str]:
    data = f"data: bundled panel {bundled}" if bundled else "data: the panel that was given"
    return [*_paragraph("", data), *(_paragraph("", spec.citation) if spec.citation else [])]


def _paragraph(label: str, text: str) -> list[str]:
    return wrap(text, WIDTH, first=f"  {label:<9}", rest=" " * 11)
