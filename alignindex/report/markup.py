"""A table as Markdown or HTML."""

from __future__ import annotations

import html
import re

from alignindex.report.sheet import Cell, Sheet
from alignindex.report.words import one_line

__all__ = ["html_table", "markdown"]

SPECIAL = re.compile(r"([\\`*_{}|~\[\]!#])")
INTERVAL = re.compile(r"(\[-?[\d.]+, -?[\d.]+\](?![(\[:]))")
ADDRESS = re.compile(r"\b(?:(?:https?|ftp|mailto|javascript|data):(?=\S)|www\.)", re.IGNORECASE)


def markdown(sheet: Sheet) -> str:
    """Write a pipe table; several groups become a first column."""
    grouped = len(sheet.groups) > 1
    head = [*(["partner"] if grouped else []), *sheet.texts, *sheet.numbers]
    rows = [
        [*([title.removeprefix("with ")] if grouped else []), *texts, *map(_with_interval, cells)]
        for title, texts, cells in sheet.rows
    ]
    left = len(head) - len(sheet.numbers)
    table = [[_plain(cell) for cell in row] for row in [head, *rows]]
    widths = [max(3, *(len(row[k]) for row in table)) for k in range(len(head))]

    def line(cells: list[str]) -> str:
        laid = [
            f"{cell:<{width}}" if k < left else f"{cell:>{width}}"
            for k, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(laid)} |"

    rule = ["-" * w if k < left else "-" * (w - 1) + ":" for k, w in enumerate(widths)]
    lone = sheet.groups[0][0] if len(sheet.groups) == 1 and sheet.groups[0][0] else ""
    caption = f"{_plain(sheet.caption)}{f' ({_plain(lone)})' if lone else ''}"
    notes = " ".join(_plain(note) for note in sheet.notes)
    return "\n".join(
        [f"**{caption}**", "", line(table[0]), f"| {' | '.join(rule)} |",
         *map(line, table[1:]), "", f"*Notes.* {notes}", ""]
    )  # fmt: skip


def _with_interval(cell: Cell) -> str:
    return f"{cell.text} {cell.interval}".strip()


def _plain(text: str) -> str:
    r"""Return a text that Markdown shows as it is, on one line and without links.

    Brackets of an interval such as [0.1, 0.2] are kept, unless a parenthesis or a colon follows.

    Examples
    --------
    >>> print(_plain("a|b <i> *c* [0.1, 0.2] [1](javascript:x)"))
    a\|b &lt;i&gt; \*c\* [0.1, 0.2] \[1\](javascript\:x)
    """
    text = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    parts = INTERVAL.split(text)
    parts[::2] = [SPECIAL.sub(r"\\\1", part) for part in parts[::2]]
    # A renderer may turn an address into a link on its own.
    return ADDRESS.sub(
        lambda found: found[0].replace(":", "\\:").replace(".", "\\."), "".join(parts)
    )


def escape(text: str) -> str:
    """Return a text that HTML shows as it is."""
    return html.escape(one_line(text))


def html_table(sheet: Sheet, *, label: str) -> str:
    """Write a table element with caption, groups of rows and notes in its foot."""
    width = len(sheet.texts) + len(sheet.numbers)
    left = [f'<th scope="col">{escape(title)}</th>' for title in sheet.texts]
    right = [f'<th scope="col" class="number">{escape(title)}</th>' for title in sheet.numbers]
    name = f' id="{escape(label)}"' if label else ""
    lines = [
        f'<table class="alignindex"{name}>',
        f"<caption>{escape(sheet.caption)}</caption>",
        f"<thead><tr>{''.join([*left, *right])}</tr></thead>",
    ]
    for title, rows in sheet.groups:
        lines.append("<tbody>")
        if title:
            lines.append(
                f'<tr><th scope="rowgroup" colspan="{width}"><em>{escape(title)}</em></th></tr>'
            )
        for texts, cells in rows:
            first, *others = texts
            lines.append(
                f'<tr><th scope="row">{escape(first)}</th>'
                + "".join(f"<td>{escape(text)}</td>" for text in others)
                + "".join(_td(cell) for cell in cells)
                + "</tr>"
            )
        lines.append("</tbody>")
    notes = " ".join(escape(note) for note in sheet.notes)
    lines += [
        f'<tfoot><tr><td colspan="{width}"><em>Notes.</em> {notes}</td></tr></tfoot>', "</table>"
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _td(cell: Cell) -> str:
    below = f"<br><small>{escape(cell.interval)}</small>" if cell.interval else ""
    return f'<td class="number">{escape(cell.text)}{below}</td>'
