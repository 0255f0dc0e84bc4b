"""Fetching official files: terms first, then one whole and checked file in the user's cache."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from datetime import UTC, datetime
from pathlib import Path

from alignindex.base.errors import ExtraError, SourceError, first_three
from alignindex.base.files import write_file
from alignindex.data.download import dataverse_address, discard, download
from alignindex.data.fetchable import Fetchable, find_fetchable, list_fetchable

__all__ = ["fetch", "list_fetchable"]

CACHE = "ALIGNINDEX_CACHE"
ACCEPT = "ALIGNINDEX_ACCEPT_TERMS"


def fetch(
    name: str,
    *,
    accept: bool = False,
    source: str | Path | None = None,
    folder: str | Path | None = None,
    registry: str | Path | None = None,
    timeout: float = 30.0,
    progress: bool = False,
) -> Path:
    """Return the path of an official file, downloaded once, checked each time.

    Parameters
    ----------
    name : str
        A name of `list_fetchable`, such as ``"cow-trade"``.
    accept : bool, default False
        True says that you accept the publisher's terms and will cite the file. Needed the first
        time only. The environment variable ``ALIGNINDEX_ACCEPT_TERMS``, with names separated by
        commas or ``all``, says the same.
    source : path, optional
        A copy that you have downloaded yourself: it is checked like a download and put into the
        cache. No network is used.
    folder : path, optional
        Folder of the cache: ``ALIGNINDEX_CACHE`` where that is set, otherwise the user's cache
        folder.
    registry : path, optional
        A registry of your own (TOML), for files on a server of your own; see
        ``docs/howto/fetch.md``.
    timeout : float, default 30
        Seconds without a byte after which an attempt ends.
    progress : bool, default False
        Show a bar.

    Returns
    -------
    Path
        The file, or the file inside the archive that a reader takes. A file in the cache is
        used again if its hash is right.

    Raises
    ------
    SourceError
        If the name is unknown; the terms are not accepted (the message shows them and the
        citation); the file must be downloaded by hand; the server cannot be reached, is slow,
        busy, or has no such file; the download is cut (the next call resumes); or the bytes are
        not those of the registry or of the first download.
    ExtraError
        If the extra ``fetch`` is not installed.

    Notes
    -----
    The file appears under its name only when it is whole and its SHA-256 is right. Where the
    registry knows no hash, that of the first download is recorded in ``locks`` in the cache
    folder, and later downloads must equal it: this notices a change, and cannot tell whether the
    first file was the right one.

    Examples
    --------
    >>> try:
    ...     fetch("cow-trade", folder="an empty folder")
    ... except SourceError as error:
    ...     print(str(error).splitlines()[-1])
    To accept and fetch: fetch('cow-trade', accept=True), or set ALIGNINDEX_ACCEPT_TERMS=cow-trade
    """
    entry = find_fetchable(name, registry)
    if not timeout > 0:
        raise SourceError(f"expected a timeout above 0 seconds, got {timeout!r}")
    _need_extra()
    root = _root(folder)
    path = root / entry.name / entry.version / entry.file
    lock = root / "locks" / f"{entry.name} {entry.version}.json"
    expected = entry.sha256 or _locked(lock)
    if source is None and path.is_file() and expected and _sha256(path) == expected:
        return _taken_out(entry, path)
    _check_terms(entry, accept)
    part = Path(source) if source is not None else path.with_name(path.name + ".part")
    if source is None:
        _download(entry, part, known=bool(expected), timeout=timeout, progress=progress)
    try:
        _check_kind(entry, part)
        digest = _sha256(part)
        _check_hash(entry, digest, expected, lock)
    except SourceError:
        if source is None:  # what is wrong cannot be resumed
            discard(part)
        raise
    if source is None:
        part.replace(path)
        discard(part)
    else:
        _keep(path, part.read_bytes())
    if not expected:
        record = {
            "name": entry.name, "version": entry.version, "file": entry.file, "sha256": digest,
            "size": path.stat().st_size, "locked": datetime.now(UTC).isoformat("T", "seconds"),
        }  # fmt: skip
        _keep(lock, json.dumps(record, indent=2) + "\n")
    return _taken_out(entry, path)


def _need_extra() -> None:
    try:
        import pooch  # noqa: F401
        import requests  # noqa: F401
    except ImportError as error:
        raise ExtraError("fetch", "fetch") from error


def _root(folder: str | Path | None) -> Path:
    """Folder of the cache."""
    if folder is not None:
        return Path(folder)
    import pooch

    return Path(os.environ.get(CACHE) or pooch.os_cache("alignindex"))


def _check_terms(entry: Fetchable, accept: bool) -> None:
    """Refuse, with terms and citation, unless they are accepted."""
    named = {part.strip() for part in os.environ.get(ACCEPT, "").split(",")}
    if accept or named & {"all", entry.name}:
        return
    raise SourceError(
        f"{entry.name}: {entry.title}, version {entry.version}. Its terms are not accepted yet.\n"
        f"  Terms: {entry.terms}\n  Page: {entry.page}\n  Cite: {entry.citation}\n"
        f"To accept and fetch: fetch({entry.name!r}, accept=True), or set {ACCEPT}={entry.name}"
    )


def _download(entry: Fetchable, part: Path, *, known: bool, timeout: float, progress: bool) -> None:
    """Complete the part file from the server of an entry."""
    by_hand = (
        f"Or download {entry.file!r} by hand from {entry.page} and call "
        f"fetch({entry.name!r}, accept=True, source=PATH)."
    )
    if entry.by_hand:
        raise SourceError(
            f"{entry.name}: its publisher gives it out through a page or on request. "
            + by_hand.removeprefix("Or ").capitalize()
        )
    address = entry.address or dataverse_address(
        entry.server, entry.doi, entry.file, by_hand=by_hand, timeout=timeout
    )
    try:
        download(address, part, known=known, by_hand=by_hand, timeout=timeout, progress=progress)
    except OSError as error:  # of the disk: those of the network have been told
        raise SourceError(
            f"{part}: cannot be written ({error.strerror}); give another folder="
        ) from error


def _check_kind(entry: Fetchable, path: Path) -> None:
    """Refuse what cannot be the file, before its hash is recorded."""
    try:
        with path.open("rb") as file:
            head = file.read(512).lstrip().lower()
    except OSError as error:
        raise SourceError(
            f"{entry.name}: expected the file {path}, which cannot be read ({error.strerror})"
        ) from error
    if not head:
        came = "an empty file"
    elif head.startswith((b"<!doctype html", b"<html")):
        came = "a web page"
    elif entry.file.endswith(".zip") and not zipfile.is_zipfile(path):
        came = "no zip archive"
    else:
        return
    raise SourceError(
        f"{entry.name}: expected {entry.file!r}, got {came}. Look at {entry.page}: the publisher "
        "may have moved it"
    )


def _check_hash(entry: Fetchable, digest: str, expected: str, lock: Path) -> None:
    if expected and digest != expected:
        way = (
            f"look at {entry.page} for a newer version, and report it"
            if entry.sha256
            else f"to take the new file, compare the two and delete {lock}"
        )
        origin = "the registry" if entry.sha256 else "the first download"
        raise SourceError(
            f"{entry.name}: expected sha256 {expected} ({origin}), got {digest}: the publisher "
            f"has replaced {entry.file!r}, or it was damaged on the way; {way}"
        )


def _keep(path: Path, content: str | bytes) -> None:
    """Write a file of the cache, whole or not at all, and the folders above it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SourceError(
            f"{path.parent}: cannot be made ({error.strerror}); give another folder="
        ) from error
    write_file(path, content, force=True)


def _locked(lock: Path) -> str:
    """Hash that the first download recorded, or an empty string."""
    try:
        return str(json.loads(lock.read_text(encoding="utf-8"))["sha256"])
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError(
            f"{lock}: expected the record of a first download, which cannot be read; delete it "
            "to record the next one"
        ) from error


def _taken_out(entry: Fetchable, path: Path) -> Path:
    """Path of the file inside an archive, taken out unless it lies there; or of the file."""
    if not entry.member:
        return path
    try:
        with zipfile.ZipFile(path) as archive:
            found = [item for item in archive.namelist() if item.split("/")[-1] == entry.member]
            if len(found) != 1:
                raise SourceError(
                    f"{entry.name}: expected one {entry.member!r} in {path}, which holds "
                    f"{first_three(archive.namelist())}"
                )
            inner, item = path.with_name(entry.member), archive.getinfo(found[0])
            if inner.is_file() and zlib.crc32(inner.read_bytes()) == item.CRC:
                return inner
            return write_file(inner, archive.read(item), force=True)
    except zipfile.BadZipFile as error:
        raise SourceError(f"{entry.name}: {path} is a damaged archive ({error})") from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
