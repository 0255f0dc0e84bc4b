"""Tables of a result in publication style."""

from __future__ import annotations

from pathlib import Path

from alignindex.base.arguments import is_whole
from alignindex.base.errors import OutputError, PanelError, closest
from alignindex.base.files import write_file
from alignindex.panel.select import Labels, Years, select_rows
from alignindex.report.facts import intervals as intervals_of
from alignindex.report.latex import latex
from alignindex.report.markup import html_table, markdown
from alignindex.report.sheet import build, decimals
from alignindex.report.xlsx import xlsx
from alignindex.robustness import Uncertainty
from alignindex.scoring.result import AlignmentResult

__all__ = ["table"]

FORMATS = ("latex", "markdown", "html", "xlsx")
LAYOUTS = ("wide", "long")
INTERVALS = ("bounds", "draws")


def table(
    result: AlignmentResult,
    *,
    format: str = "markdown",
    layout: str = "wide",
    states: Labels = None,
    partners: Labels = None,
    years: Years = None,
    intervals: str | None = None,
    uncertainty: Uncertainty | None = None,
    varied: str = "",
    digits: int | None = None,
    names: bool = True,
    caption: str = "",
    label: str = "",
    path: str | Path | None = None,
    force: bool = False,
) -> str | bytes | Path:
    r"""Set scores as a table for a paper, with notes on fidelity, rounding and citation.

    Parameters
    ----------
    result : AlignmentResult
    format : {"latex", "markdown", "html", "xlsx"}
        LaTeX with booktabs rules (longtable if long, or longer than a page); Markdown as a pipe
        table; HTML as a table element; a workbook of real numbers (16 significant digits) with
        number formats (extra ``io``).
    layout : {"wide", "long"}
        Wide: one row per state, one column per year, one group of rows per partner. Long: one row
        per dyad-year, with coverage and the number of observed indicators. Rows are sorted by the
        names that are shown.
    states, partners : code or list of codes, optional
        Show these only; all by default.
    years : int, (first, last) or list of int, optional
        Show these only; all by default.
    intervals : {"bounds", "draws"}, optional
        Around each score: the minimum and maximum score that missing values leave possible, or
        the outer quantiles of `uncertainty`.
    uncertainty : Uncertainty, optional
        Draws of this result, from :func:`alignindex.robustness.uncertainty`; for ``"draws"``.
    varied : str
        What the draws of `uncertainty` vary, in words, for the notes.
    digits : int, optional
        Decimals of the scores, 0 to 15. Default: enough to show a thousandth of their range.
        Numbers of a workbook are not rounded, only shown rounded.
    names : bool
        Show names of the actors instead of codes, if they are known.
    caption : str
        Default: the title of the index, and the years.
    label : str
        ``\label`` in LaTeX, ``id`` in HTML; other formats have none.
    path : str or Path, optional
        File to write, whole or not at all. Default: the text (or the bytes of the workbook) is
        returned.
    force : bool
        Replace an existing file.

    Returns
    -------
    str, bytes or Path

    Raises
    ------
    OutputError
        If an option is not one of those above, or the file cannot be written.
    PanelError
        If a state, partner or year does not occur, or `uncertainty` is not of this result.
    ExtraError
        If a workbook is asked for and openpyxl is not installed.

    Examples
    --------
    >>> import alignindex as ai
    >>> result = ai.score(ai.load_panel("post_soviet"), "erkomaishvili2019")
    >>> text = ai.report.table(result, states="ARM", partners="RUS", years=[2003, 2013])
    >>> for line in text.splitlines()[2:]:
    ...     print(line[:9])
    | state
    | -------
    | Armenia
    <BLANKLINE>
    *Notes.*
    """
    for option, given, allowed in (
        ("format", format, FORMATS),
        ("layout", layout, LAYOUTS),
        ("intervals", intervals, (None, *INTERVALS)),
    ):
        if given not in allowed:
            words = [word for word in allowed if word is not None]
            raise OutputError(
                f"{option} must be one of {', '.join(words)}; got {given!r}"
                f"{closest(str(given), words)}"
            )
    if (intervals == "draws") != (uncertainty is not None):
        raise OutputError(
            'intervals="draws" and uncertainty go together: '
            'table(result, intervals="draws", uncertainty=robustness.uncertainty(result, rng=1))'
        )
    if digits is not None and not (is_whole(digits) and 0 <= digits <= 15):
        raise OutputError(f"digits must be a whole number from 0 to 15; got {digits!r}")
    if label and format in ("markdown", "xlsx"):
        raise OutputError(f"label is for latex and html; {format} has none")
    if label and not all(sign.isalnum() or sign in "-_:." for sign in label):
        raise OutputError(f"label takes letters, digits and - _ : . only; got {label!r}")
    if not len(result.scores):
        raise PanelError("the result has no dyad-years to show: score a panel with rows")
    keep = select_rows(result.scores.index, states=states, partners=partners, years=years)
    sure = intervals_of(result, uncertainty, varied=varied, draws=0, rng=0)
    sheet = build(
        result,
        keep,
        layout=layout,
        interval=intervals,
        sure=sure,
        digits=decimals(result, keep) if digits is None else int(digits),
        names=names,
        caption=caption,
    )
    content: str | bytes
    if format == "latex":
        content = latex(sheet, layout=layout, label=label)
    elif format == "markdown":
        content = markdown(sheet)
    elif format == "html":
        content = html_table(sheet, label=label)
    else:
        content = xlsx(sheet)
    return content if path is None else write_file(Path(path), content, force=force)
