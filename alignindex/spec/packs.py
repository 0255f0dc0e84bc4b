"""Specs by name: the bundled ones, and those that other distributions offer.

A distribution offers specs by an entry point of the group ``alignindex.packs``. It names a package
whose folder ``specs`` holds one TOML file for each spec.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

from alignindex.base.errors import SpecError, closest

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["GROUP", "Offer", "bundled", "offered", "spec_text"]

GROUP = "alignindex.packs"


class Offer(NamedTuple):
    """A spec file that can be loaded by its name, and where it comes from."""

    file: Any  # a Traversable: a file of a package, perhaps in a zip
    origin: str


@cache
def bundled() -> Mapping[str, Offer]:
    """Specs that come with alignindex, by name."""
    folder = resources.files("alignindex.spec") / "bundled"
    return {name: Offer(file, "alignindex") for name, file in _files(folder)}


def _files(folder: Any) -> list[tuple[str, Any]]:
    specs = [entry for entry in folder.iterdir() if entry.name.endswith(".toml")]
    named = [(entry.name.removesuffix(".toml"), entry) for entry in specs]
    return sorted(named, key=lambda pair: pair[0])


def offered() -> dict[str, Offer]:
    """Return the specs of all installed packs, by name; a pack that is broken is warned about.

    Raises
    ------
    SpecError
        If two distributions offer packs of one name, or two packs specs of one name.
    """
    from importlib.metadata import entry_points

    homes: dict[str, str] = {}
    found: dict[str, Offer] = {}

    def home_of(point: EntryPoint) -> str:
        return f"{point.dist.name} {point.dist.version}" if point.dist is not None else point.value

    points = sorted(entry_points(group=GROUP), key=lambda point: (point.name, home_of(point)))
    for point in points:
        home = home_of(point)
        if point.name in homes:
            raise SpecError(
                f"two packs are called {point.name!r}: one of {homes[point.name]}, one of {home}; "
                "uninstall one of them"
            )
        homes[point.name] = home
        origin = f"pack {point.name} ({home})"
        try:
            specs = _files(resources.files(point.load()) / "specs")
        except Exception as error:  # a foreign package may fail in any way
            warnings.warn(
                f"{origin} cannot be read and is left out: {type(error).__name__}: {error}",
                stacklevel=3,
            )
            continue
        for name, file in specs:
            other = bundled().get(name) or found.get(name)
            if other is not None:
                raise SpecError(
                    f"spec {name!r} is offered twice: by {other.origin} and by {origin}; "
                    "rename it, or uninstall the pack"
                )
            found[name] = Offer(file, origin)
    return found


def spec_text(name: str, *, where: str = "") -> str:
    """Text of the spec of this name, bundled or from a pack.

    Raises
    ------
    SpecError
        If there is no such spec (with the closest name).
    """
    offer = bundled().get(name)
    if offer is None:
        packs = offered()
        offer = packs.get(name)
        if offer is None:
            known = [*bundled(), *packs]
            start = f"{where}: " if where else ""
            raise SpecError(
                f"{start}there is no bundled spec {name!r}{closest(name, known)}; "
                f"bundled: {', '.join(known)}; your own spec is given by the path of its .toml file"
            )
    return str(offer.file.read_text(encoding="utf-8-sig"))
