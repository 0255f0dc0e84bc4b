"""A page for every bundled data set, written from the catalogue before the build reads anything.

Citation, licence, coverage and columns come from ``datasets/catalogue.toml``, the rest is the
README of the data set. The pages are not kept in the repository.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from sphinx.application import Sphinx

from alignindex.data import DatasetInfo, dataset_info, list_datasets

FOLDER = Path("reference", "datasets")


def cell(text: object) -> str:
    """Text as it is: no backslash, asterisk or underscore means markup in a table cell."""
    plain = str(text).replace("\\", "\\\\")
    for mark in "*`_|":
        plain = plain.replace(mark, f"\\{mark}")
    return plain


def table(title: str, header: tuple[str, ...], rows: list[tuple[object, ...]]) -> list[str]:
    """A list-table of reStructuredText."""
    lines = [f".. list-table:: {cell(title)}", "   :header-rows: 1", "   :class: wide", ""]
    for row in (header, *rows):
        marks = ["   * -", *["     -"] * (len(row) - 1)]
        lines += [f"{mark} {cell(text)}" for mark, text in zip(marks, row, strict=True)]
    return [*lines, ""]


def page(info: DatasetInfo) -> str:
    """The page of one data set."""
    title = f"{info.name}"
    doi = f"`doi:{info.doi} <https://doi.org/{info.doi}>`__" if info.doi else ""
    lines = [
        title,
        "=" * len(title),
        "",
        f"**{cell(info.title)}**, version {cell(info.version)}. {cell(info.description)}",
        "",
        f":Citation: {cell(info.citation)} {doi}",
        f":Licence: {cell(info.licence)}",
        f":Coverage: {cell(info.coverage)}",
        f":Retrieved: {cell(info.retrieved)}",
        f":Load: ``ai.load_dataset({info.name!r})``",
        "",
    ]
    if info.sources:
        lines += ["Sources", "-------", "", *(f"- {cell(source)}" for source in info.sources), ""]
    if info.coverage_by:
        lines += ["Observed cells by column", "------------------------", ""]
        found = [(c.column, c.first, c.last, c.observed, c.note) for c in info.coverage_by]
        lines += table("Coverage", ("column", "first", "last", "cells", "note"), found)
    lines += ["Columns", "-------", ""]
    for part in info.tables:
        columns = [(c.name, c.dtype, c.unit, c.meaning) for c in part.columns]
        lines += [f"Key: {', '.join(part.key)}; {part.rows} rows.", ""]
        lines += table(part.name, ("column", "type", "unit", "meaning"), columns)
    lines += [
        "How it was made",
        "---------------",
        "",
        f".. include:: {info.name}.readme",
        "   :parser: myst_parser.sphinx_",
        "",
    ]
    return "\n".join(lines)


def readme(name: str, pages: Collection[str]) -> str:
    """The README of a data set without its title; links to other READMEs lead to their pages."""

    def lead(match: re.Match[str]) -> str:
        return f"[{match[1]}]({match[2]}.rst)" if match[2] in pages else match[1]

    path = Path(__file__).resolve().parents[2] / "datasets" / name / "README.md"
    text = path.read_text(encoding="utf-8").partition("\n")[2]
    return re.sub(r"\[([^\]]+)\]\(\.\./(\w*)/?README\.md\)", lead, text)


def write_pages(app: Sphinx) -> None:
    folder = Path(app.srcdir) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    listed = list_datasets()
    pages = {name: page(dataset_info(name)) for name in listed["name"]}
    head = ["Bundled data sets", "=================", ""]
    head += [
        "What is in the box, with the citation that each table asks for. A result names the",
        "version and hash of every table behind it (``result.provenance``).",
        "",
    ]
    rows: list[tuple[object, ...]] = [
        (row.name, row.title, row.rows, row.coverage, row.licence)
        for row in listed.itertuples(index=False)
    ]
    shown = table("Data sets", ("name", "title", "rows", "coverage", "licence"), rows)
    for name in pages:
        shown = [line.replace(f"* - {cell(name)}", f"* - :doc:`{name}`", 1)
                 if line == f"   * - {cell(name)}" else line for line in shown]  # fmt: skip
    tree = [".. toctree::", "   :hidden:", "", *(f"   {name}" for name in pages), ""]
    index = "\n".join([*head, *shown, *tree])
    files = {f"{name}.readme": readme(name, pages) for name in pages}
    files |= {f"{name}.rst": text for name, text in {**pages, "index": index}.items()}
    for name, text in files.items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    for path in folder.iterdir():
        if path.name not in files:
            path.unlink()


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
