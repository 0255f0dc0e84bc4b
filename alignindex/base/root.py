"""The folder of the bundled tables: in the installed package, or at the top of a checkout."""

from __future__ import annotations

from pathlib import Path

__all__ = ["data_root"]

_PACKAGE = Path(__file__).resolve().parents[1]


def data_root() -> Path:
    """Return the folder of the bundled tables.

    A folder counts only if it holds ``catalogue.toml``: another package called ``datasets`` may
    lie in its place.

    Raises
    ------
    FileNotFoundError
        If neither the installed package nor a checkout holds the tables.

    Examples
    --------
    >>> (data_root() / "catalogue.toml").is_file()
    True
    """
    for folder in (_PACKAGE / "_datasets", _PACKAGE.parent / "datasets"):
        if (folder / "catalogue.toml").is_file():
            return folder
    if not _PACKAGE.is_dir():
        raise FileNotFoundError(
            f"alignindex is imported from the archive {_archive()}, and its tables are files: "
            "unpack or install it instead"
        )
    raise FileNotFoundError(
        f"expected the bundled tables in {_PACKAGE / '_datasets'}, found no catalogue.toml there; "
        "reinstall alignindex"
    )


def _archive() -> Path:
    """Return the file that the package is imported from."""
    return next((part for part in _PACKAGE.parents if part.is_file()), _PACKAGE)
