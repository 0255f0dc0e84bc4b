"""The bundled specs, and reading a spec from a file."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd

from alignindex.base.errors import SpecError, closest
from alignindex.spec.model import IndexSpec

__all__ = ["list_specs", "load_spec"]


def _bundled() -> dict[str, Any]:
    folder = resources.files("alignindex.spec") / "bundled"
    return {
        entry.name.removesuffix(".toml"): entry
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name.removesuffix(".toml"))
        if entry.name.endswith(".toml")
    }


def load_spec(name: str | Path) -> IndexSpec:
    """Load a bundled spec by its name, or your own from a TOML file.

    Parameters
    ----------
    name : str or Path
        A name from :func:`list_specs`, or the path of a ``.toml`` file.

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
    bundled = _bundled()
    if str(name) in bundled:
        text = bundled[str(name)].read_text(encoding="utf-8")
        return IndexSpec.from_toml(text, where=f"the bundled spec {str(name)!r}")
    path = Path(name)
    if path.suffix != ".toml" and not path.exists():
        raise SpecError(
            f"there is no bundled spec {str(name)!r}{closest(str(name), bundled)}; "
            f"bundled: {', '.join(bundled)}; your own spec is given by the path of its .toml file"
        )
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise SpecError(f"spec file {str(path)!r} cannot be read: {reason}") from None
    return IndexSpec.from_toml(text, where=f"spec file {str(path)!r}")


def list_specs() -> pd.DataFrame:
    """List the bundled specs: fidelity, indicators, title and citation by name.

    Examples
    --------
    >>> list_specs().loc["erkomaishvili2019", "fidelity"]
    'reconstructed'
    """
    specs = [load_spec(name) for name in _bundled()]
    rows = {
        spec.name: {
            "fidelity": spec.fidelity,
            "indicators": len(spec.indicators),
            "title": spec.title,
            "citation": spec.citation,
        }
        for spec in specs
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("name")
