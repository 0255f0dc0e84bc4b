"""Downloading one file over HTTP: resumed where it was cut, checked for length, with clear errors.

The bytes go to a part file, which stays after a failure so that the next call takes up where
this one ended. Beside it lies the server's validator (ETag or date): if the file has changed in
between, the download starts again from the first byte.
"""

from __future__ import annotations

import email.utils
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from alignindex.base.errors import SourceError, closest, first_three

__all__ = ["dataverse_address", "discard", "download"]

ATTEMPTS = 3
LONGEST_WAIT = 60.0  # seconds that a server may ask us to wait
CHUNK = 1 << 13  # what of a chunk has come when the line falls silent is lost
BUSY = (429, 503)


class _Broken(Exception):
    """A download that ended early and is worth another attempt."""


def download(
    address: str, part: Path, *, known: bool, by_hand: str, timeout: float, progress: bool
) -> None:
    """Complete the part file from an address, or raise and keep what came.

    Parameters
    ----------
    address : str
        URL of the file.
    part : Path
        File to write; what an earlier call left in it is kept if the server can resume.
    known : bool
        True if the hash of the whole file is known, so that pieces may be joined even where the
        server names no version of the file.
    by_hand : str
        How to go on without this download, for the end of an error.
    timeout : float
        Seconds without a byte after which an attempt ends.
    progress : bool
        Show a bar.

    Raises
    ------
    SourceError
        If the file cannot be had whole.
    """
    broken = ""
    for _ in range(ATTEMPTS):
        try:
            return _attempt(address, part, known=known, timeout=timeout, progress=progress)
        except _Broken as error:
            broken = str(error)
        except SourceError as error:
            raise SourceError(f"{error} {by_hand}") from error.__cause__
    held = part.stat().st_size if part.exists() else 0
    raise SourceError(
        f"{address}: {broken}, {ATTEMPTS} times. {held} bytes are kept: call again to resume. "
        f"{by_hand}"
    )


def discard(part: Path) -> None:
    """Delete a part file, if it is there, and what is noted of it."""
    part.unlink(missing_ok=True)
    _mark(part).unlink(missing_ok=True)


def dataverse_address(server: str, doi: str, file: str, *, by_hand: str, timeout: float) -> str:
    """Return the address of a file of a Dataverse, from the list of the latest published version.

    Raises
    ------
    SourceError
        If the list cannot be had, or holds no file of that name; the error shows the closest.
    """
    address = (
        f"{server.rstrip('/')}/api/datasets/:persistentId/versions/:latest-published/files"
        f"?persistentId=doi:{doi}"
    )
    for _ in range(ATTEMPTS):
        try:
            with _get(address, {}, timeout) as response:
                listed = response.json()["data"]
                names = {str(item["dataFile"]["filename"]): item["dataFile"] for item in listed}
                break
        except _Broken as error:
            broken: Exception = error
        except SourceError as error:
            raise SourceError(f"{error} {by_hand}") from error.__cause__
        except (ValueError, KeyError, TypeError) as error:
            raise SourceError(
                f"{address}: expected the list of files of doi:{doi} as JSON, got something else. "
                f"{by_hand}"
            ) from error
        except _failures() as error:
            broken = error
    else:
        raise SourceError(f"{address}: the list of files did not come ({broken}). {by_hand}")
    if file not in names:
        raise SourceError(
            f"doi:{doi}: expected a file {file!r}{closest(file, names)}; the latest published "
            f"version holds {first_three(sorted(names)) or 'none'}: the publisher has replaced "
            f"it. {by_hand}"
        )
    return f"{server.rstrip('/')}/api/access/datafile/{names[file]['id']}"


def _attempt(address: str, part: Path, *, known: bool, timeout: float, progress: bool) -> None:
    """One request; the part file grows by what comes."""
    mark = _mark(part)
    validator = _validator(mark, address)
    held = part.stat().st_size if part.exists() and (validator or known) else 0
    headers = {"Range": f"bytes={held}-"} if held else {}
    if held and validator:
        headers["If-Range"] = validator
    with _get(address, headers, timeout) as response:
        if response.status_code == 416:  # nothing is left to send, or the part is too long
            if response.headers.get("Content-Range") == f"bytes */{held}":
                return
            part.unlink(missing_ok=True)
            raise _Broken("the part that was kept does not fit the file")
        held = _start(response, held)
        length = response.headers.get("Content-Length", "")
        whole = held + int(length) if length.isdigit() else None
        part.parent.mkdir(parents=True, exist_ok=True)
        tag = response.headers.get("ETag", "")
        validator = tag if tag and not tag.startswith("W/") else ""
        validator = validator or response.headers.get("Last-Modified", "")
        mark.write_text(json.dumps({"address": address, "validator": validator}), encoding="utf-8")
        from tqdm import tqdm

        bar = tqdm(
            total=whole, initial=held, unit="B", unit_scale=True, disable=not progress,
            desc=part.stem,
        )  # fmt: skip
        with bar, part.open("r+b" if held else "wb") as file:
            file.seek(held)
            response.raw.enforce_content_length = False  # keep the last piece of a cut
            try:
                for chunk in response.iter_content(CHUNK):
                    file.write(chunk)
                    bar.update(len(chunk))
            except _failures() as error:
                raise _Broken(f"the connection was cut or fell silent for {timeout} s") from error
    came = part.stat().st_size
    if whole is not None and came != whole:
        raise _Broken(f"the download was cut: {came} of {whole} bytes came")


def _start(response: Any, held: int) -> int:
    """Where the bytes of a response begin: 0 unless the server has resumed as asked."""
    if response.status_code != 206:
        return 0
    span = response.headers.get("Content-Range", "")
    if not span.startswith(f"bytes {held}-"):
        raise SourceError(f"{response.url}: asked for bytes {held}-, the server sent {span!r}.")
    return held


def _get(address: str, headers: dict[str, str], timeout: float) -> Any:
    """Response to a request; a busy server is waited for within bounds."""
    import requests

    host = urlsplit(address).netloc
    # Lengths and hashes are those of the published bytes, so no compression on the way.
    headers = {"Accept-Encoding": "identity", "User-Agent": "alignindex", **headers}
    for attempt in range(ATTEMPTS):
        try:
            response = requests.get(address, headers=headers, stream=True, timeout=timeout)
        except requests.exceptions.Timeout as error:
            raise _Broken(f"{host} did not answer within {timeout} s") from error
        except requests.exceptions.TooManyRedirects as error:
            raise SourceError(f"{address}: the server redirects in a circle.") from error
        except requests.exceptions.SSLError as error:
            raise SourceError(f"{address}: the certificate of {host} was refused.") from error
        except requests.exceptions.RequestException as error:
            raise SourceError(
                f"{address}: {host} cannot be reached (is this machine online?)."
            ) from error
        status = response.status_code
        if status in BUSY:
            wait = _wait(response.headers.get("Retry-After", ""), attempt)
            response.close()
            if wait > LONGEST_WAIT or attempt == ATTEMPTS - 1:
                raise SourceError(
                    f"{address}: the server is busy (HTTP {status}) and asks to wait "
                    f"{wait:.0f} s; try again then."
                )
            time.sleep(wait)
            continue
        if status not in (200, 206, 416):
            response.close()
            words = "there is no such file" if status in (404, 410) else "the request was refused"
            raise SourceError(f"{address}: {words} (HTTP {status}).")
        return response
    raise AssertionError("unreachable")  # pragma: no cover


def _wait(value: str, attempt: int) -> float:
    """Seconds that Retry-After asks for: a number, a date, or 1, 2, 4 where it is absent."""
    if value.isdigit():
        return float(value)
    try:
        until = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return float(2**attempt)
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


def _mark(part: Path) -> Path:
    """File that notes whence a part file comes."""
    return part.with_name(part.name + ".json")


def _validator(mark: Path, address: str) -> str:
    """Return the validator of what an earlier call left, if it came from the same address."""
    try:
        held = json.loads(mark.read_text(encoding="utf-8"))
        return str(held["validator"]) if held["address"] == address else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _failures() -> tuple[type[Exception], ...]:
    """Errors of a stream that ends early or falls silent."""
    import requests

    return (requests.exceptions.RequestException, OSError)
