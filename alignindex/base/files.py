"""Write files whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from alignindex.base.errors import OutputError, first_three

__all__ = ["write_file", "write_folder"]


def write_folder(folder: Path, files: Mapping[str, str | bytes], *, force: bool = False) -> Path:
    """Write files into a new folder; either all of them appear or none.

    Raises
    ------
    OutputError
        If the folder exists and `force` is not set, it holds files that are not of an earlier
        result (which `force` does not touch), or it cannot be written.
    """
    if folder.exists() and not force:
        raise OutputError(
            f"output folder {str(folder)!r} exists already; name another, or replace it with "
            "force=True"
        )
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{str(folder)!r} is a file, not a folder; name another")
    if folder.exists():
        ours = {Path(name).stem for name in files}
        foreign = sorted(entry.name for entry in folder.iterdir() if entry.stem not in ours)
        if foreign:
            raise OutputError(
                f"output folder {str(folder)!r} holds files that are not of an earlier result: "
                f"{first_three(foreign)}; name another folder, or move them away"
            )
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
        If the file exists and `force` is not set, it is a folder, or it cannot be written.
    """
    if path.is_dir():
        raise OutputError(f"{str(path)!r} is a folder, not a file; name a file")
    if path.exists() and not force:
        raise OutputError(
            f"output file {str(path)!r} exists already; name another, or replace it with force=True"
        )
    data = content.encode() if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as temporary:
            fresh = Path(temporary) / "new"
            fresh.write_bytes(data)
            fresh.replace(path)
    except OSError as error:
        raise OutputError(
            f"output file {str(path)!r} cannot be written: {error.strerror}"
        ) from None
    return path
