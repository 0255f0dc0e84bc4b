"""Take the windows out of a spec, so that a break is dated in the year in which it happened."""

from __future__ import annotations

from typing import Any

from alignindex.spec import IndexSpec, Indicator
from alignindex.spec.rules import Decay, DecaySum, LastKnown, Thresholds, TrailingSum

__all__ = ["unwindowed"]


def unwindowed(spec: IndexSpec) -> IndexSpec:
    """Return the same index on single years instead of windows.

    A trailing mean delays a step by half its window, and so does a code that is made from a sum
    over years. The rules are kept as they are but for their unit of time: where a rule reads the
    sum of w years, its cut-points and bounds are divided by w, so that a steady yearly amount
    keeps its code. A share is the share of the year; a mean is the value of the year. `last_known`
    stays: it repeats a status and averages nothing.

    Parameters
    ----------
    spec : IndexSpec

    Returns
    -------
    IndexSpec
        Its name ends in ``-unwindowed``; the spec itself if it has no such window.

    Notes
    -----
    Yearly codes are noisier than windowed ones: three exercises in three years may be 1 + 1 + 1 or
    3 + 0 + 0, and a year without any imports has no share at all.

    Examples
    --------
    >>> import alignindex as ai
    >>> spec = unwindowed(ai.load_spec("erkomaishvili2019"))
    >>> [indicator.window.kind for indicator in spec.indicators]
    ['none', 'decay_mean', 'none', 'none', 'none']
    >>> spec.indicators[1].window.years  # what decays within a year keeps its rule
    1
    """
    indicators = [_of_one_year(indicator) for indicator in spec.indicators]
    if all(new is old for new, old in zip(indicators, spec.indicators, strict=True)):
        return spec
    # The alternatives of the spec change windows and rules that are not here any more.
    content = spec.model_dump(mode="json", exclude_none=True, exclude={"alternatives"})
    content["indicators"] = [i.model_dump(mode="json", exclude_none=True) for i in indicators]
    content["name"] = f"{spec.name}-unwindowed"
    content.pop("alternatives", None)  # they change windows that are gone
    return IndexSpec.from_dict(content, where=f"spec {spec.name!r} without its windows")


def _of_one_year(indicator: Indicator) -> Indicator:
    window = indicator.window
    content: dict[str, Any] = indicator.model_dump(mode="json", exclude_none=True)
    for name in ("prior_volume", "prior_years"):
        content["rule"].pop(name, None)
    if window.kind == "none" or isinstance(window, LastKnown):
        return indicator if indicator.reach == window.reach else Indicator.model_validate(content)
    content["window"] = {"kind": "none"}
    if isinstance(window, Decay):  # one year keeps what is subtracted and what ends the past
        content["window"] = window.model_dump(mode="json", exclude_none=True) | {"years": 1}
        if not isinstance(window, DecaySum):
            content["window"]["min_years"] = 1
    rule = indicator.rule
    if isinstance(window, (TrailingSum, DecaySum)):
        steady = window.total if isinstance(window, DecaySum) else window.years
        if isinstance(rule, Thresholds):
            content["rule"]["cuts"] = [cut / steady for cut in rule.cuts]
        elif rule.kind == "saturate":
            content["rule"]["half"] = rule.half / steady
        elif rule.kind in ("identity", "minmax"):
            lo, hi = (rule.lo, rule.hi) if rule.kind == "minmax" else (0.0, 1.0)
            # One year may hold more than its even part of a sum that stays below `hi`.
            content["rule"] = {
                "kind": "minmax",
                "lo": lo / steady,
                "hi": hi / steady,
                "clip": True,
            }
    return Indicator.model_validate(content)
