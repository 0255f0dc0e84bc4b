"""The registry of published files that can be fetched: what each is, whence, and on which terms."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd

from alignindex.base.errors import SourceError, closest, first_three

__all__ = ["Fetchable", "find_fetchable", "list_fetchable", "read_registry"]

REGISTRY = Path(__file__).with_name("fetch.toml")


@dataclass(frozen=True, slots=True)
class Fetchable:
    """One published file.

    ``address`` is a URL, or ``""`` for a file of a Dataverse, which is found by ``doi`` and
    ``file`` on ``server``; with neither, the publisher gives the file out by hand.
    """

    name: str
    title: str
    version: str
    file: str
    page: str
    terms: str
    citation: str
    address: str = ""
    server: str = ""
    doi: str = ""
    member: str = ""  # the file to take out of an archive, by its name without folders
    size: int = 0  # bytes; 0 where it is not known
    sha256: str = ""
    checked: str = ""  # where hash and address come from
    reader: str = ""

    @property
    def by_hand(self) -> bool:
        """True if a person must download the file from its page."""
        return not self.address and not self.server


def list_fetchable(*, registry: str | Path | None = None) -> pd.DataFrame:
    """List the published files that `alignindex.fetch` knows; no network is used.

    Parameters
    ----------
    registry : path, optional
        A registry of your own (TOML); the one inside the package unless given.

    Returns
    -------
    DataFrame
        Index ``name``, sorted. Columns: title, version, doi, file, member (the file inside an
        archive), how (``download``, or ``by hand`` where the publisher asks for a form or a
        request), size (bytes; missing where unknown), sha256 (missing where unknown), hash
        (``known``, or ``locked at first download``: the first file that comes is recorded, and
        every later one must equal it), checked (where hash and address come from), reader,
        terms, citation, page.

    Raises
    ------
    SourceError
        If the registry cannot be read.

    Examples
    --------
    >>> table = list_fetchable()
    >>> table.loc["cow-trade", ["version", "how", "hash"]].tolist()
    ['4.0', 'download', 'known']
    >>> table.loc["gsdb", "how"]
    'by hand'
    """
    rows = [
        {
            "name": entry.name,
            "title": entry.title,
            "version": entry.version,
            "doi": entry.doi or None,
            "file": entry.file,
            "member": entry.member or None,
            "how": "by hand" if entry.by_hand else "download",
            "size": entry.size or None,
            "sha256": entry.sha256 or None,
            "hash": "known" if entry.sha256 else "locked at first download",
            "checked": entry.checked or None,
            "reader": entry.reader or None,
            "terms": entry.terms,
            "citation": entry.citation,
            "page": entry.page,
        }
        for entry in read_registry(registry).values()
    ]
    table = pd.DataFrame(rows).set_index("name").sort_index()
    return table.astype({"size": "Int64"})


def find_fetchable(name: str, registry: str | Path | None) -> Fetchable:
    """Entry of a name; the error shows the closest one."""
    entries = read_registry(registry)
    if name not in entries:
        raise SourceError(
            f"expected the name of a file that can be fetched, got {name!r}"
            f"{closest(str(name), entries)}. list_fetchable() shows all: "
            f"{first_three(sorted(entries))}."
        )
    return entries[name]


def read_registry(path: str | Path | None) -> dict[str, Fetchable]:
    """Every entry of a registry by name."""
    path = REGISTRY if path is None else Path(path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SourceError(
            f"expected a registry of files at {path}, which cannot be read ({error.strerror}); "
            "give the path of a TOML file, or leave out registry="
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: expected a registry in TOML: {error}") from error
    return {name: _entry(path, name, entry) for name, entry in content.items()}


def _entry(path: Path, name: str, entry: Mapping[str, Any]) -> Fetchable:
    kinds = {field.name: int if field.name == "size" else str for field in fields(Fetchable)}
    if not isinstance(entry, Mapping):
        raise SourceError(f"{path}: expected a table [{name}], got {entry!r}")
    wrong = [
        f"{key} = {value!r}"
        for key, value in entry.items()
        if key == "name" or not isinstance(value, kinds.get(key, ()))
    ]
    needed = ("title", "version", "file", "page", "terms", "citation")
    lacking = [key for key in needed if not entry.get(key)]
    unsafe = [
        part
        for part in (name, entry.get("version", ""), entry.get("file", ""))
        if not str(part).strip(". ") or set(str(part)) & set('/\\:*?"<>|')
    ]
    if wrong or lacking or unsafe:
        raise SourceError(
            f"{path}: entry {name!r} cannot be used. Unknown or of the wrong type: "
            f"{first_three(wrong) or 'none'}. Missing: {first_three(lacking) or 'none'}. "
            f"Not fit for the name of a file: {first_three(unsafe) or 'none'}."
        )
    return Fetchable(name=name, **entry)
