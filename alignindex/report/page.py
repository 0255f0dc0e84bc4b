"""One self-contained page of a result, to explore without a network."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from alignindex.base.arguments import is_whole
from alignindex.base.errors import ExtraError, OutputError, PanelError, SpecError
from alignindex.base.files import write_file
from alignindex.base.typing import Bools
from alignindex.panel.select import Labels, Years, select_rows
from alignindex.report.facts import Intervals, indicator_rows, intervals, provenance_rows
from alignindex.report.pack import dumps
from alignindex.report.payload import payload
from alignindex.report.words import doi_url
from alignindex.robustness import Uncertainty
from alignindex.scoring.result import AlignmentResult
from alignindex.spec import FIDELITY

__all__ = ["LIMIT", "html"]

LIMIT = 50_000  # dyad-years: about 10 MB, which a browser opens in two seconds
SCRIPTS = ("data", "dom", "table", "heatmap", "chart", "lines", "state", "main")
NO_DRAWS = "No draws were made for this page"


def html(
    result: AlignmentResult,
    path: str | Path | None = None,
    *,
    states: Labels = None,
    partners: Labels = None,
    years: Years = None,
    uncertainty: Uncertainty | None = None,
    varied: str = "",
    draws: int = 1_000,
    rng: np.random.Generator | int | None = 0,
    sources: bool = True,
    title: str = "",
    dated: str = "",
    limit: int | None = LIMIT,
    force: bool = False,
) -> str | Path:
    """Write a result as one page that opens offline and needs no network.

    The page has a table (to sort and filter), a heatmap, trajectories, a view of one state with
    all its partners (contributions, codes, raw values and the source rows behind them), robustness,
    provenance, citations, and all numbers as CSV. What cannot be computed for an index is shown as
    a dash, with the reason.

    Parameters
    ----------
    result : AlignmentResult
    path : str or Path, optional
        File to write, whole or not at all. Default: the text is returned.
    states, partners : code or list of codes, optional
        Show these only. Ranks, intervals and importance remain those of the whole result.
    years : int, (first, last) or list of int, optional
        Show these only.
    uncertainty : Uncertainty, optional
        Draws of this result for the intervals. Default: quick draws.
    varied : str
        What the draws of `uncertainty` vary, in words, for the page.
    draws : int
        Number of default draws (:func:`alignindex.robustness.uncertainty` with its defaults); 0
        for a page without intervals. The page states number and seed.
    rng : Generator, int or None
        Seed of the default draws. With a number, the same result gives the same bytes; None takes
        a fresh seed, which the page states.
    sources : bool
        Cite the source rows behind each value, if the panel is bundled.
    title : str
        Heading. Default: the title of the spec.
    dated : str
        Printed in the provenance as it is. Default: no date, so that the same result gives the
        same file.
    limit : int or None
        Maximum number of dyad-years in a page, at roughly 250 bytes each; None for any number.
    force : bool
        Replace an existing file.

    Returns
    -------
    str or Path
        The text of the page, or the path of the file.

    Raises
    ------
    ExtraError
        If jinja2 is not installed (extra ``report``).
    PanelError
        If the result has no rows, a chosen state, partner or year does not occur, there are more
        rows than `limit`, or `uncertainty` is not of this result.
    OutputError
        If the file exists and `force` is not set, it cannot be written, `draws` is not a whole
        number, or `varied` is given without `uncertainty`.

    Notes
    -----
    Numbers are rounded for display only; the page and its CSV files hold the numbers of the result
    to the last bit. A Content-Security-Policy in the page forbids every connection, and every
    script and style but its own.

    Examples
    --------
    >>> import alignindex as ai
    >>> result = ai.score(ai.load_panel("post_soviet").loc[["ARM"]], "erkomaishvili2019")
    >>> page = ai.report.html(result, draws=100)
    >>> page[:15], "reconstructed" in page
    ('<!doctype html>', True)
    """
    if importlib.util.find_spec("jinja2") is None:
        raise ExtraError("a report page", "report")
    if path is not None and Path(path).exists() and not force:
        raise OutputError(
            f"output file {str(path)!r} exists already; name another, or replace it with force=True"
        )
    if not (is_whole(draws) and draws >= 0):
        raise OutputError(f"draws must be a whole number of at least 0; got {draws!r}")
    if not len(result.scores):
        raise PanelError("the result has no dyad-years to show: score a panel with rows")
    keep = select_rows(result.scores.index, states=states, partners=partners, years=years)
    n = int(keep.sum())
    if limit is not None and n > limit:
        raise PanelError(
            f"a page holds up to {limit:,} dyad-years, and this one would hold {n:,} (roughly "
            f"{n / 4_000:.0f} MB): choose states or partners, score fewer years, or raise limit"
        )
    sure, without = None, NO_DRAWS
    try:
        sure = intervals(result, uncertainty, varied=varied, draws=draws, rng=rng)
    except SpecError as error:
        if uncertainty is not None:
            raise
        without = f"No draws could be made ({error})"
    text = _render(result, keep, sure, without, sources, title, dated)
    return text if path is None else write_file(Path(path), text, force=force)


def _render(
    result: AlignmentResult,
    keep: Bools,
    sure: Intervals | None,
    without: str,
    sources: bool,
    title: str,
    dated: str,
) -> str:
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    spec = result.spec
    years = result.scores.index[keep].get_level_values("year")
    complete = result.latest_complete_year()
    year = complete if complete is not None and complete in years else int(years.max())
    data = payload(result, keep, year, sources=sources)
    data["interval"] = None if sure is None else sure.packed(keep)
    library, style = _asset("vendor/uplot/uPlot.iife.min.js"), _style()
    own = '(() => {\n"use strict";\n' + "\n".join(map(_script, SCRIPTS)) + "\n})();\n"
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    environment.trim_blocks = environment.lstrip_blocks = environment.keep_trailing_newline = True
    indicators, failed = indicator_rows(result)
    return environment.from_string(_asset("assets/page.html.j2")).render(
        title=title or spec.title or spec.name,
        spec=spec,
        fidelity_means=FIDELITY[spec.fidelity],
        notes=[paragraph for paragraph in spec.notes.strip().split("\n\n") if paragraph],
        doi_url=doi_url(spec.doi),
        rows=int(keep.sum()),
        all_rows=len(keep),
        known=int(result.scores["score"][keep].notna().sum()),
        first=int(years.min()),
        last=int(years.max()),
        complete=complete,
        interval=sure,
        without=without,
        indicators=indicators,
        failed=failed,
        facts=provenance_rows(result),
        date=dated,
        policy=_policy([library, own], [style]),
        library=Markup(library),
        library_licence=_asset("vendor/uplot/LICENSE"),
        own=Markup(own),
        style=Markup(style),
        data=Markup(dumps(data)),
    )


def _asset(name: str) -> str:
    found: Any = resources.files("alignindex.report")
    for part in name.split("/"):
        found = found / part
    return str(found.read_text(encoding="utf-8"))


def _script(name: str) -> str:
    return f"// --- {name}.js\n{_asset(f'assets/{name}.js')}"


def _style() -> str:
    return _asset("vendor/uplot/uPlot.min.css") + "\n" + _asset("assets/page.css")


def _policy(scripts: Sequence[str], styles: Sequence[str]) -> str:
    """Return a Content-Security-Policy that allows these scripts and styles alone, by hash."""

    def hashes(texts: Sequence[str]) -> str:
        digests = (hashlib.sha256(text.encode()).digest() for text in texts)
        return " ".join(f"'sha256-{base64.b64encode(d).decode()}'" for d in digests)

    return (
        f"default-src 'none'; script-src {hashes(scripts)}; style-src {hashes(styles)}; "
        "base-uri 'none'; form-action 'none'"
    )
