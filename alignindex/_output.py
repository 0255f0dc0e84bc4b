"""Write files whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from alignindex.errors import OutputError

__all__ = ["write_file", "write_folder"]


def write_folder(folder: Path, files: Mapping[str, str | bytes], *, force: bool = False) -> Path:
    """Write files into a new folder; either all of them appear or none.

    Raises
    ------
    OutputError
        If the folder exists and `force` is not set, or it cannot be written.
    """
    if folder.exists() and not force:
        raise OutputError(
            f"output folder {str(folder)!r} exists already; name another, or replace it with force"
        )
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{str(folder)!r} is a file, not a folder; name another")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
            fresh = Path(temporary) / "new"
            fresh.mkdir()
            for name, content in files.items():
                data = content.encode() if isinstance(content, str) else content
                (fresh / name).write_bytes(data)
            old = Path(temporary) / "old"
            try:
                if folder.exists():  # the old folder leaves only once the new one is whole
                    folder.rename(old)
                fresh.rename(folder)
            except BaseException:
                if old.exists():  # and comes back if the new one cannot take its place
                    old.rename(folder)
                raise
    except OSError as error:
        raise OutputError(
            f"output folder {str(folder)!r} cannot be written: {error.strerror}"
        ) from None
    return folder


def write_file(path: Path, content: str | bytes, *, force: bool = False) -> Path:
    """Write one file, whole or not at all.

    Raises
    ------
    OutputError
        If the file exists and `force` is not set, or it cannot be written.
    """
    if path.exists() and not force:
        raise OutputError(
            f"output file {str(path)!r} exists already; name another, or replace it with force"
        )
    data = content.encode() if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            shutil.copymode(path, name) if path.exists() else os.chmod(name, 0o644)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(
            f"output file {str(path)!r} cannot be written: {error.strerror}"
        ) from None
    return path
