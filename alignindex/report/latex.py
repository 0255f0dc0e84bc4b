"""A table as LaTeX with booktabs rules."""

from __future__ import annotations

from alignindex.report.sheet import Cell, Sheet

__all__ = ["escape", "latex"]

PAGE = 40  # rows that a page holds, beside caption and notes
SIGNS = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "_": r"\_", "%": r"\%", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': "''",
    # After the end of a row, a bracket or star would be taken as an option of that end.
    "[": "{[}", "]": "{]}", "*": "{*}",
    "–": "--", "—": "---", "−": "$-$", "→": r"$\rightarrow$", "≥": r"$\geq$", "≤": r"$\leq$",
}  # fmt: skip


def escape(text: str) -> str:
    r"""Text that LaTeX prints as it is.

    Examples
    --------
    >>> print(escape("R&D_50% {a}"))
    R\&D\_50\% \{a\}
    """
    return "".join(SIGNS.get(sign, sign) for sign in " ".join(text.split()))


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
                below = [rf"{{\scriptsize {_signed(cell.interval)}}}" if cell.interval else ""
                         for cell in cells]  # fmt: skip
                lines.append(" & ".join([*[""] * len(texts), *below]) + r" \\")
    return lines


def _number(cell: Cell) -> str:
    return _signed(escape(cell.text)) if cell.text[:1] == "-" else escape(cell.text)


def _signed(text: str) -> str:
    return text.replace("-", "$-$")
