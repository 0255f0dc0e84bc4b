"""A table as LaTeX with booktabs rules."""

from __future__ import annotations

from alignindex.report.sheet import Cell, Sheet
from alignindex.report.words import one_line

__all__ = ["escape", "latex"]

PAGE = 40  # rows that a page holds, beside caption and notes
SIGNS = {sign: f"\\{sign}" for sign in "{}$&#_%"}
SIGNS |= {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
SIGNS |= {"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': "''"}
# After the end of a row, LaTeX would read a bracket or star as an option of that end.
SIGNS |= {sign: f"{{{sign}}}" for sign in "[]*"}
SIGNS |= {"–": "--", "—": "---", "−": "$-$", "→": r"$\rightarrow$"}
SIGNS |= {"≥": r"$\geq$", "≤": r"$\leq$"}


def escape(text: str) -> str:
    r"""Return a text that LaTeX prints as it is.

    Examples
    --------
    >>> print(escape("R&D_50% {a}"))
    R\&D\_50\% \{a\}
    """
    return "".join(SIGNS.get(sign, sign) for sign in one_line(text))


def latex(sheet: Sheet, *, layout: str, label: str) -> str:
    """Write a table float (wide), or a longtable (long, and what is longer than a page)."""
    columns = "l" * len(sheet.texts) + "r" * len(sheet.numbers)
    head = " & ".join(map(escape, [*sheet.texts, *sheet.numbers])) + r" \\"
    tag = rf"\label{{{label}}}" if label else ""
    caption = rf"\caption{{{escape(sheet.caption)}}}{tag}"
    notes = r"\textit{Notes.} " + " ".join(map(escape, sheet.notes))
    body = _body(sheet)
    if layout == "wide" and len(body) <= PAGE:
        lines = [
            r"% needs \usepackage{booktabs}",
            r"\begin{table}[htbp]",
            r"\centering",
            caption,
            rf"\begin{{tabular}}{{{columns}}}",
            r"\toprule",
            head,
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            r"\par\smallskip",
            rf"\begin{{minipage}}{{\linewidth}}\footnotesize {notes}\end{{minipage}}",
            r"\end{table}",
        ]
    else:
        lines = [
            r"% needs \usepackage{booktabs} and \usepackage{longtable}",
            rf"\begin{{longtable}}{{{columns}}}",
            caption + r"\\",
            r"\toprule",
            head,
            r"\midrule",
            r"\endfirsthead",
            r"\toprule",
            head,
            r"\midrule",
            r"\endhead",
            r"\bottomrule",
            r"\endfoot",
            *body,
            r"\end{longtable}",
            rf"{{\footnotesize\noindent {notes}\par}}",
        ]
    return "\n".join(lines) + "\n"


def _body(sheet: Sheet) -> list[str]:
    lines = []
    width = len(sheet.texts) + len(sheet.numbers)
    for number, (title, rows) in enumerate(sheet.groups):
        if number:
            lines.append(r"\addlinespace")
        if title:
            lines.append(rf"\multicolumn{{{width}}}{{l}}{{\textit{{{escape(title)}}}}} \\")
        for texts, cells in rows:
            lines.append(" & ".join([*map(escape, texts), *map(_number, cells)]) + r" \\")
            if any(cell.interval for cell in cells):
                small = [rf"{{\scriptsize {_signed(cell.interval)}}}" for cell in cells]
                below = [s if c.interval else "" for s, c in zip(small, cells, strict=True)]
                lines.append(" & ".join([*[""] * len(texts), *below]) + r" \\")
    return lines


def _number(cell: Cell) -> str:
    return _signed(escape(cell.text)) if cell.text[:1] == "-" else escape(cell.text)


def _signed(text: str) -> str:
    return text.replace("-", "$-$")
