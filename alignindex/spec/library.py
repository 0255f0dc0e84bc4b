"""The bundled specs and those of packs, and reading a spec from a file."""

from __future__ import annotations

import warnings
from pathlib import Path

import pandas as pd

from alignindex.base.errors import SpecError
from alignindex.spec.model import IndexSpec
from alignindex.spec.packs import bundled, offered, spec_text

__all__ = ["list_specs", "load_spec", "read_text"]


def load_spec(name: str | Path) -> IndexSpec:
    """Load a spec by its name, or your own from a TOML file.

    Parameters
    ----------
    name : str or Path
        A name from :func:`list_specs` (bundled, or from an installed pack), or the path of a
        ``.toml`` file.

    Returns
    -------
    IndexSpec

    Raises
    ------
    SpecError
        If there is no such spec (with the closest name), the file cannot be read, its TOML is
        broken (with line and column), or the spec contradicts itself (with every problem).

    Examples
    --------
    >>> load_spec("erkomaishvili2019").min_coverage
    0.6
    """
    if not isinstance(name, (str, Path)):
        raise SpecError(
            f"expected a spec, the name of a bundled one or the path of a .toml file; got "
            f"{type(name).__name__}: IndexSpec.from_dict makes a spec of a dictionary"
        )
    path = Path(name)
    if str(name) in bundled() or (path.suffix != ".toml" and not path.exists()):
        return IndexSpec.from_toml(spec_text(str(name)), where=f"the spec {str(name)!r}")
    where = f"spec file {str(path)!r}"
    return IndexSpec.from_toml(read_text(path), where=where, folder=path.parent)


def read_text(path: Path) -> str:
    """Text of a spec file, without the byte-order mark that some editors put first.

    Raises
    ------
    SpecError
        If the file is missing, unreadable or not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise SpecError(f"spec file {str(path)!r} cannot be read: {reason}") from None


def list_specs() -> pd.DataFrame:
    """List all specs that can be loaded by name: fidelity, indicators, title, citation, origin.

    `origin` is ``alignindex`` for a bundled spec, and else names the pack and its distribution. A
    pack that cannot be read is named in a warning and left out, and so is a spec of a pack that is
    not valid.

    Raises
    ------
    SpecError
        If two packs have one name, or offer specs of one name.

    Examples
    --------
    >>> list_specs().loc["erkomaishvili2019", ["fidelity", "origin"]].tolist()
    ['reconstructed', 'alignindex']
    """
    rows = {}
    for name, offer in {**bundled(), **offered()}.items():
        try:
            spec = load_spec(name)
        except SpecError as error:
            if offer.origin == "alignindex":
                raise
            warnings.warn(f"{offer.origin} is left out in part: {error}", stacklevel=2)
            continue
        rows[name] = {
            "fidelity": spec.fidelity,
            "indicators": len(spec.indicators),
            "title": spec.title,
            "citation": spec.citation,
            "origin": offer.origin,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("name")
