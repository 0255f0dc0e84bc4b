"""Where the bundled tables lie: inside the installed package, or at the top of a checkout."""

from __future__ import annotations

from pathlib import Path

__all__ = ["data_root"]

_PACKAGE = Path(__file__).resolve().parents[1]


def data_root() -> Path:
    """Return the folder of the bundled tables.

    A folder counts only if it holds ``catalogue.toml``, so that another package that is called
    ``datasets`` is never mistaken for ours.

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
    raise FileNotFoundError(
        f"expected the bundled tables in {_PACKAGE / '_datasets'}, found no catalogue.toml there; "
        "reinstall alignindex"
    )
